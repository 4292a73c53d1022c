//! Work: so much of each unit of a table.
//!
//! What is worth counting is for a protocol to say, once, by [`units!`](crate::units): its table, and a struct with a
//! field for each unit. Everybody else adds up [`Work`] and prices it without knowing what the units are.

use std::fmt;
use std::ops::{AddAssign, Range};
use throng_workloads::scenario::{CostUnit, Lacking};

/// A table has so many units at most, those before it included: work is added up all the time, so it is an array. A multiple of
/// the lanes in which it is priced.
pub const MOST_UNITS: usize = 48;

/// So many units are priced beside each other.
pub(crate) const LANES: usize = 4;

const _: () = assert!(MOST_UNITS.is_multiple_of(LANES));

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
    /// The unit that was counted in its place before: where a profile lacks its costs, it costs what that one does.
    pub instead: Option<&'static str>,
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
            instead: None,
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

    /// It was counted later than others, and this unit in its place before.
    pub const fn instead_of(self, other: &'static str) -> Self {
        Self {
            later: true,
            instead: Some(other),
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

/// What a protocol counts: a table of units, which may go on after another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    before: Option<&'static Units>,
    /// Where its own units begin.
    from: usize,
    group: &'static str,
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
        Self {
            before: None,
            from: 0,
            group: "",
            units,
            costs: "",
        }
    }

    /// The same with what they cost where no scenario says otherwise: the text of a profile file. It may have costs of units of tables
    /// that go on after this one.
    pub const fn costing(self, costs: &'static str) -> Self {
        Self { costs, ..self }
    }

    /// The same as what reports call all of its units together.
    pub const fn called(self, group: &'static str) -> Self {
        Self { group, ..self }
    }

    /// The same as all those of another table, and then these.
    ///
    /// # Panics
    /// When there are more than [`MOST_UNITS`]: made for constants, where the compiler says so.
    pub const fn after(self, before: &'static Units) -> Self {
        assert!(self.before.is_none(), "a table goes on after one other");
        let from = before.len();
        assert!(from + self.units.len() <= MOST_UNITS, "too many units");
        Self {
            before: Some(before),
            from,
            ..self
        }
    }

    /// The texts of the built-in profile, table by table; none where the units cost nothing.
    pub(crate) fn costs(&self) -> Vec<&'static str> {
        let tables = self.tables();
        let costs = tables.into_iter().map(|table| table.costs);
        costs.filter(|text| !text.is_empty()).collect()
    }

    fn tables(&self) -> Vec<Self> {
        let mut tables = self.before.map(Self::tables).unwrap_or_default();
        tables.push(*self);
        tables
    }

    /// What the units are called together, table by table, with their places.
    ///
    /// ```
    /// use throng_cost::{Unit, Units};
    ///
    /// const WAYS: Units = Units::new(&[Unit::new("stair", "stairs", "")]).called("ways");
    /// const UNITS: Units = Units::new(&[Unit::new("letter", "letters", "")])
    ///     .called("letters")
    ///     .after(&WAYS);
    /// let groups: Vec<_> = UNITS.groups().collect();
    /// assert_eq!(groups, [("ways", 0..1), ("letters", 1..2)]);
    /// assert_eq!(UNITS.position("letter"), Some(1));
    /// ```
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, Range<usize>)> + use<> {
        let tables = self.tables().into_iter();
        tables.map(|table| (table.group, table.from..table.len()))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.from + self.units.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the units begin that this table has itself: 0, or behind those of the one before it.
    pub const fn from(&self) -> usize {
        self.from
    }

    fn at(&self, place: usize) -> Option<&'static Unit> {
        match place.checked_sub(self.from) {
            Some(own) => self.units.get(own),
            None => self.before.and_then(|before| before.at(place)),
        }
    }

    /// All of them, in their order.
    pub fn all(&self) -> impl Iterator<Item = &'static Unit> + Clone + use<> {
        let this = *self;
        (0..self.len()).filter_map(move |place| this.at(place))
    }

    /// The place of the unit of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.all().position(|unit| unit.name == name)
    }

    /// What is counted of each unit.
    pub fn count<'a>(&self, work: &'a Work) -> impl Iterator<Item = (Unit, u64)> + 'a {
        self.all().copied().zip(work.counts)
    }

    /// The same as scenarios know them.
    pub fn costs_of(&self) -> Vec<CostUnit> {
        let known = self.all();
        let known = known.map(|unit| CostUnit {
            name: unit.name,
            lacking: match (unit.later, unit.instead) {
                (_, Some(_)) => Lacking::Another,
                (true, None) => Lacking::Nothing,
                (false, None) => Lacking::Wrong,
            },
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
        let lacks = |unit: &&'static Unit| !unit.later && !names.contains(&unit.name);
        match self.all().find(lacks) {
            Some(unit) => Err(format!("it lacks costs of `{}`", unit.name)),
            None => Ok(()),
        }
    }
}

/// So much of each unit of a table, by place in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// How much of each; 0 beyond the table.
    pub counts: [u64; MOST_UNITS],
    /// CPU time in nanoseconds that a stopwatch says all this took; 0 where nobody measured. It is no
    /// unit: two engines, or two runs, never agree on it.
    pub measured_ns: u64,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            counts: [0; MOST_UNITS],
            measured_ns: 0,
        }
    }
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
/// [`of_pairs`](Unit::of_pairs), [`later`](Unit::later), [`instead_of`](Unit::instead_of). What reports call all of them together stands
/// behind `called`, and the profile file that says what they cost where no scenario does behind `costing`, as `include_str!` wants it. A table
/// that goes on `after` another has that one's units before its own, so that both are counted in one [`Work`](crate::Work).
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
///
/// throng_cost::units! {
///     /// What they do at the office.
///     pub struct Office in ALL_UNITS called "office" after UNITS {
///         /// Letters sorted.
///         sorted: "sorted_letter", instead_of("letter");
///     }
/// }
///
/// let mut all = work;
/// all += Office { sorted: 9, ..Office::default() };
/// let counted: Vec<_> = ALL_UNITS.count(&all).map(|(_, n)| n).collect();
/// assert_eq!(counted, [4, 40, 9]);
/// ```
#[macro_export]
macro_rules! units {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident in $table:ident
        $(called $group:literal)? $(costing $costs:literal)? $(after $before:path)? {
            $($(#[doc = $what:literal])+ $counter:ident: $unit:literal $(, $property:ident $(($of:literal))?)*;)*
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
            $($crate::Unit::new($unit, stringify!($counter), concat!($($what),+))$(.$property($($of)?))*,)*
        ])$(.called($group))?$(.costing(include_str!($costs)))?$(.after(&$before))?;

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                $(self.$counter += other.$counter;)*
                self.measured_ns += other.measured_ns;
            }
        }

        impl std::ops::AddAssign<$name> for $crate::Work {
            // Of all units its own alone: the others stay as they are.
            fn add_assign(&mut self, other: $name) {
                let counts = &mut self.counts[$table.from()..$table.len()];
                for (sum, more) in counts.iter_mut().zip([$(other.$counter),*]) {
                    *sum += more;
                }
                self.measured_ns += other.measured_ns;
            }
        }

        impl From<$name> for $crate::Work {
            fn from(work: $name) -> Self {
                let mut all = Self::default();
                all += work;
                all
            }
        }
    };
}
