//! Work: so much of each unit of a table.
//!
//! What is worth counting is for a protocol to say, once, by [`units!`](crate::units): its table, and a struct with a
//! field for each unit. Everybody else adds up [`Work`] and prices it without knowing what the units are.

use std::fmt;
use std::ops::AddAssign;
use throng_workloads::scenario::CostUnit;

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
    /// With what it grows besides what is done.
    pub grows: Grows,
    /// Whether it was counted later than others: profiles from before lack it, and what it stands for is in the others there.
    pub later: bool,
}

impl Unit {
    /// One that has always been counted, of what is done and no more.
    pub const fn new(name: &'static str, counter: &'static str, what: &'static str) -> Self {
        Self {
            name,
            counter,
            what,
            grows: Grows::Not,
            later: false,
        }
    }

    /// It is counted in proportion to the group.
    pub const fn of_group(self) -> Self {
        Self {
            grows: Grows::Group,
            ..self
        }
    }

    /// It is counted for pairs of members.
    pub const fn of_pairs(self) -> Self {
        Self {
            grows: Grows::Pairs,
            ..self
        }
    }

    /// It was counted later than others.
    pub const fn later(self) -> Self {
        Self {
            later: true,
            ..self
        }
    }
}

/// With what the count of a unit grows besides what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grows {
    /// With nothing.
    Not,
    /// In proportion to the group, whatever is changed in it.
    Group,
    /// With pairs of members.
    Pairs,
}

/// What a protocol counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    units: &'static [Unit],
    costs: &'static str,
}

impl Units {
    /// A table of at most [`MOST_UNITS`] units that cost nothing.
    ///
    /// # Panics
    /// When there are more: made for constants, where the compiler says so.
    pub const fn new(units: &'static [Unit]) -> Self {
        assert!(units.len() <= MOST_UNITS, "a table has too many units");
        Self { units, costs: "" }
    }

    /// The same with what they cost where no scenario says otherwise: the text of a profile file.
    pub const fn costing(self, costs: &'static str) -> Self {
        Self { costs, ..self }
    }

    /// The text of the built-in profile; none where the units cost nothing.
    pub(crate) const fn costs(&self) -> &'static str {
        self.costs
    }

    /// All of them, in their order.
    pub const fn all(&self) -> &'static [Unit] {
        self.units
    }

    /// The place of the unit of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.units.iter().position(|unit| unit.name == name)
    }

    /// What is counted of each unit.
    pub fn count<'a>(&self, work: &'a Work) -> impl Iterator<Item = (Unit, u64)> + 'a {
        self.units.iter().copied().zip(work.counts)
    }

    /// The same as scenarios know them.
    pub fn costs_of(&self) -> Vec<CostUnit> {
        let known = self.units.iter();
        let known = known.map(|unit| CostUnit {
            name: unit.name,
            later: unit.later,
        });
        known.collect()
    }

    /// Whether a profile that has costs of just these is one for this table.
    ///
    /// # Errors
    /// A unit that the table does not have, or one that the profile lacks.
    ///
    /// ```
    /// use throng_cost::{Unit, Units};
    ///
    /// const UNITS: Units = Units::new(&[
    ///     Unit::new("letter", "letters", ""),
    ///     Unit::new("stair", "stairs", ""),
    ///     Unit::new("bell", "bells", "").later(),
    /// ]);
    /// assert_eq!(UNITS.check(&["stair", "letter"]), Ok(()));
    /// assert_eq!(UNITS.check(&["leter", "stair"]), Err("it has costs of `leter`".to_owned()));
    /// assert_eq!(UNITS.check(&["stair"]), Err("it lacks costs of `letter`".to_owned()));
    /// ```
    pub fn check(&self, names: &[&str]) -> Result<(), String> {
        if let Some(name) = names.iter().find(|name| self.position(name).is_none()) {
            return Err(format!("it has costs of `{name}`"));
        }
        let lacks = |unit: &&Unit| !unit.later && !names.contains(&unit.name);
        match self.units.iter().find(lacks) {
            Some(unit) => Err(format!("it lacks costs of `{}`", unit.name)),
            None => Ok(()),
        }
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
/// with its name in cost profiles, and, where it has any, its properties: [`of_group`](Unit::of_group),
/// [`of_pairs`](Unit::of_pairs), [`later`](Unit::later). The profile file that says
/// what they cost where no scenario does stands behind `costing`, as `include_str!` wants it.
///
/// ```
/// throng_cost::units! {
///     /// What a postman does.
///     pub struct Rounds in UNITS {
///         /// Letters delivered.
///         letters: "letter";
///         /// Stairs climbed, which nobody counted in the first years.
///         stairs: "stair", later;
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
        $visibility:vis struct $name:ident in $table:ident $(costing $costs:literal)? {
            $($(#[doc = $what:literal])+ $counter:ident: $unit:literal $(, $property:ident)*;)*
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
            $($crate::Unit::new($unit, stringify!($counter), concat!($($what),+))$(.$property())*,)*
        ])$(.costing(include_str!($costs)))?;

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
