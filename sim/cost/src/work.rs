//! Work: so much of each unit of a table.
//!
//! What is worth counting is for a protocol to say, once, by [`units!`](crate::units): its table, and a struct with a
//! field for each unit. Everybody else adds up [`Work`] and prices it without knowing what the units are.

use std::fmt;
use std::ops::AddAssign;

/// A table has so many units at most: work is added up all the time, so it is an array.
pub const MOST_UNITS: usize = 24;

/// One unit of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Its name in cost profiles, singular: `key_pair`.
    pub name: &'static str,
    /// Its name where it is counted, plural: `key_pairs`.
    pub counter: &'static str,
    /// What it is, in words.
    pub what: &'static str,
}

/// What a protocol counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units(&'static [Unit]);

impl Units {
    /// A table of at most [`MOST_UNITS`] units.
    ///
    /// # Panics
    /// When there are more: made for constants, where the compiler says so.
    pub const fn new(units: &'static [Unit]) -> Self {
        assert!(units.len() <= MOST_UNITS, "a table has too many units");
        Self(units)
    }

    /// All of them, in their order.
    pub const fn all(&self) -> &'static [Unit] {
        self.0
    }

    /// The place of the unit of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|unit| unit.name == name)
    }

    /// What is counted of each unit.
    pub fn count<'a>(&self, work: &'a Work) -> impl Iterator<Item = (Unit, u64)> + 'a {
        self.0.iter().copied().zip(work.counts)
    }
}

/// So much of each unit of a table, by place in it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// How much of each; 0 beyond the table.
    pub counts: [u64; MOST_UNITS],
    /// CPU time in nanoseconds that a stopwatch says all this took; 0 where nobody measured. It is no
    /// unit: two engines, or two runs, never agree on it.
    pub measured_ns: u64,
}

impl Work {
    /// The same so many times.
    #[must_use]
    pub fn times(&self, count: u64) -> Self {
        Self {
            counts: self.counts.map(|each| each * count),
            measured_ns: self.measured_ns * count,
        }
    }

    /// Whether nothing was done.
    pub fn is_nothing(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        for (sum, more) in self.counts.iter_mut().zip(other.counts) {
            *sum += more;
        }
        self.measured_ns += other.measured_ns;
    }
}

impl fmt::Debug for Work {
    /// Without the zeros beyond the last unit that counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = self.counts.iter().rposition(|count| *count > 0);
        let used = &self.counts[..used.map_or(0, |last| last + 1)];
        write!(f, "Work({used:?}, measured {} ns)", self.measured_ns)
    }
}

/// Declares a table of units, and the struct by which a protocol counts them: a field for each, named in the plural,
/// with its name in cost profiles.
///
/// ```
/// throng_cost::units! {
///     /// What a postman does.
///     pub struct Rounds in UNITS {
///         /// Letters delivered.
///         letters: "letter",
///         /// Stairs climbed.
///         stairs: "stair",
///     }
/// }
///
/// let mut day = Rounds { letters: 3, ..Rounds::default() };
/// day += Rounds { letters: 1, stairs: 40, ..Rounds::default() };
/// let work = throng_cost::Work::from(day);
/// let counted: Vec<_> = UNITS.count(&work).map(|(unit, n)| (unit.counter, n)).collect();
/// assert_eq!(counted, [("letters", 4), ("stairs", 40)]);
/// ```
#[macro_export]
macro_rules! units {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident in $table:ident {
            $($(#[doc = $what:literal])+ $counter:ident: $unit:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        $visibility struct $name {
            $($(#[doc = $what])+ pub $counter: u64,)*
            /// CPU time in nanoseconds that a stopwatch says all this took; 0 where nobody measured. It is no
            /// unit: two engines, or two runs, never agree on it.
            pub measured_ns: u64,
        }

        /// The units that are counted, in the order of the fields.
        $visibility const $table: $crate::Units = $crate::Units::new(&[
            $($crate::Unit {
                name: $unit,
                counter: stringify!($counter),
                what: concat!($($what),+),
            },)*
        ]);

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                $(self.$counter += other.$counter;)*
                self.measured_ns += other.measured_ns;
            }
        }

        impl std::ops::AddAssign<$name> for $crate::Work {
            fn add_assign(&mut self, other: $name) {
                *self += Self::from(other);
            }
        }

        impl From<$name> for $crate::Work {
            fn from(work: $name) -> Self {
                let mut counts = [0; $crate::work::MOST_UNITS];
                for (count, counted) in counts.iter_mut().zip([$(work.$counter),*]) {
                    *count = counted;
                }
                Self {
                    counts,
                    measured_ns: work.measured_ns,
                }
            }
        }
    };
}
