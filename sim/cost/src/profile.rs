//! What Work costs in virtual CPU time.

use crate::work::{Grows, LANES, MOST_UNITS, Units, Work};
use std::ops::Range;
use throng_workloads::scenario::{LeafChecks, MachineCosts, ProfileSpec, WholeTree};
use throng_workloads::time::SimSpan;

/// Nanoseconds of one core for each unit of [`Work`]. Virtual time always comes from such a
/// profile, so runs repeat on any machine.
#[derive(Debug, Clone, PartialEq)]
pub struct CostProfile {
    /// Its name in scenarios.
    pub name: String,
    /// Which machine was measured, with what, and when.
    pub source: String,
    /// For one of each unit, in the order of its table; 0 beyond it.
    pub nanos: [f64; MOST_UNITS],
    /// Members of the largest group that was measured for it; `None` where nobody says. Times in larger ones are
    /// extrapolated.
    pub calibrated_to: Option<u32>,
    /// Where it is a projection to an implementation that was not measured: what that does otherwise.
    pub projection: Vec<&'static str>,
}

impl CostProfile {
    /// The profile that needs no measuring: what these units cost by the table's own file.
    pub fn built_in(units: Units) -> Self {
        let tables = units.costs().into_iter().map(|text| {
            // A test of the table's crate reads the same text, so that no run can find a mistake in it.
            MachineCosts::parse("built_in.toml", text).unwrap_or_else(|error| {
                unreachable!("the built-in cost profile cannot be read: {error}")
            })
        });
        let costs = tables.reduce(|mut all, more| {
            all.source = format!("{}; {}", all.source, more.source);
            all.nanos.extend(more.nanos);
            all
        });
        Self::measured("server", units, &costs.unwrap_or_default())
    }

    /// One that was measured. Units that it lacks cost what those do that were counted in their place before, or nothing, and what it
    /// has besides is left out: whoever takes profiles from people asks [`Units::check`] first.
    fn measured(name: &str, units: Units, costs: &MachineCosts) -> Self {
        let mut nanos = [0.0; MOST_UNITS];
        let cost = |name: &str| {
            let mut known = costs.nanos.iter();
            known.find(|(unit, _)| unit == name).map(|(_, each)| *each)
        };
        for (unit, each) in units.all().zip(&mut nanos) {
            let before = || unit.instead.and_then(cost);
            *each = cost(unit.name).or_else(before).unwrap_or(0.0);
        }
        Self {
            name: name.to_owned(),
            source: costs.source.clone(),
            nanos,
            calibrated_to: costs.calibrated_to,
            projection: Vec::new(),
        }
    }

    /// What a scenario calls `name`: the built-in profile of these units or a measured one, slower by a factor.
    pub fn of_scenario(name: &str, spec: &ProfileSpec, units: Units) -> Self {
        let base = match &spec.measured {
            None => Self::built_in(units),
            Some(costs) => Self::measured(name, units, costs),
        };
        let mut profile = base.scaled(name, spec.factor);
        if spec.whole_tree == WholeTree::Kept {
            profile.project("whole tree kept", units, &[Grows::Group, Grows::Pairs]);
        }
        if spec.leaf_checks == LeafChecks::Indexed {
            profile.project("leaf checks indexed", units, &[Grows::Pairs]);
        }
        profile
    }

    /// Let units that grow like this cost nothing, and say so.
    fn project(&mut self, what: &'static str, units: Units, grow: &[Grows]) {
        for (unit, nanos) in units.all().zip(&mut self.nanos) {
            if grow.contains(&unit.grows) {
                *nanos = 0.0;
            }
        }
        self.source = format!("{}; {what}", self.source);
        self.projection.push(what);
    }

    /// How many times as large as the largest group that was measured one of `members` is; `None` where it is no larger, or
    /// nobody says what was measured.
    ///
    /// ```
    /// use throng_cost::{CostProfile, Units};
    ///
    /// let units = Units::new(&[]);
    /// let profile = CostProfile { calibrated_to: Some(2_000), ..CostProfile::built_in(units) };
    /// assert_eq!((profile.beyond(2_000), profile.beyond(5_000)), (None, Some(2.5)));
    /// ```
    pub fn beyond(&self, members: u32) -> Option<f64> {
        let measured = self.calibrated_to?;
        (members > measured).then(|| f64::from(members) / f64::from(measured.max(1)))
    }

    /// The same machine, `factor` times as slow, under another name.
    pub fn scaled(&self, name: &str, factor: f64) -> Self {
        let source = match factor == 1.0 {
            true => self.source.clone(),
            false => format!("{factor} × {}", self.source),
        };
        Self {
            name: name.to_owned(),
            source,
            nanos: self.nanos.map(|nanos| nanos * factor),
            calibrated_to: self.calibrated_to,
            projection: self.projection.clone(),
        }
    }

    /// What the same machine costs as a scenario has it, where one of a unit takes as many nanoseconds as `cost` says of its group, its name
    /// and what it takes here.
    ///
    /// ```
    /// use throng_cost::{CostProfile, Unit, Units};
    ///
    /// const UNITS: Units = Units::new(&[Unit::new("letter", "letters", "")]).costing("[nanoseconds]\nletter = 10\n");
    /// let costs = CostProfile::built_in(UNITS).costs_with(&UNITS, |_, unit, nanos| if unit == "letter" { 1.5 * nanos } else { nanos });
    /// assert_eq!(costs.nanos, [("letter".to_owned(), 15.0)]);
    /// ```
    pub fn costs_with(&self, units: &Units, cost: impl Fn(&str, &str, f64) -> f64) -> MachineCosts {
        let group = |place: usize| {
            let mut groups = units.groups();
            let group = groups.find(|(_, places)| places.contains(&place));
            group.map_or("", |(name, _)| name)
        };
        let nanos = units.all().zip(self.nanos).enumerate();
        let nanos = nanos.map(|(place, (unit, nanos))| {
            let one = cost(group(place), unit.name, nanos);
            (unit.name.to_owned(), one)
        });
        MachineCosts {
            source: self.source.clone(),
            nanos: nanos.collect(),
            calibrated_to: self.calibrated_to,
        }
    }

    /// The time that `work` takes on one core, rounded to the nearest nanosecond.
    pub fn time(&self, work: &Work) -> SimSpan {
        span(nanos_of(&work.counts, &self.nanos))
    }

    /// The parts of that time for the units of each table, by what they are called together. Each is rounded, so that they need not
    /// add up to the nanosecond.
    ///
    /// ```
    /// use throng_cost::{CostProfile, Unit, Units, Work};
    /// use throng_workloads::time::SimSpan;
    ///
    /// const WAYS: Units = Units::new(&[Unit::new("stair", "stairs", "")])
    ///     .called("ways")
    ///     .costing("[nanoseconds]\nstair = 3\n");
    /// const UNITS: Units = Units::new(&[Unit::new("letter", "letters", "")])
    ///     .called("letters")
    ///     .costing("[nanoseconds]\nletter = 100\n")
    ///     .after(&WAYS);
    /// let mut work = Work::default();
    /// work.counts[..2].copy_from_slice(&[5, 2]);
    /// let profile = CostProfile::built_in(UNITS);
    /// let parts = [("ways", SimSpan::from_nanos(15)), ("letters", SimSpan::from_nanos(200))];
    /// assert_eq!(profile.parts(&UNITS, &work), parts);
    /// assert_eq!(profile.time(&work), SimSpan::from_nanos(215));
    /// ```
    pub fn parts(&self, units: &Units, work: &Work) -> Vec<(&'static str, SimSpan)> {
        let part = |(group, places): (&'static str, Range<usize>)| {
            let mut counts = [0; MOST_UNITS];
            counts[places.clone()].copy_from_slice(&work.counts[places]);
            (group, span(nanos_of(&counts, &self.nanos)))
        };
        units.groups().map(part).collect()
    }
}

/// Products of integers below 2^53 and a fixed order of additions: the same on every platform. In lanes, because additions that wait
/// for each other take most of the time; what did not happen is passed over.
fn nanos_of(counts: &[u64; MOST_UNITS], nanos: &[f64; MOST_UNITS]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (counts, nanos) in counts.chunks_exact(LANES).zip(nanos.chunks_exact(LANES)) {
        if counts.iter().all(|count| *count == 0) {
            continue;
        }
        for ((sum, count), nanos) in lanes.iter_mut().zip(counts).zip(nanos) {
            *sum += *count as f64 * nanos;
        }
    }
    lanes.iter().sum()
}

fn span(nanos: f64) -> SimSpan {
    SimSpan::from_nanos((nanos + 0.5) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Unit;

    #[test]
    fn a_measured_profile_takes_the_place_of_the_built_in_one() {
        const UNITS: Units = Units::new(&[
            Unit::new("stop", "stops", ""),
            Unit::new("parcel", "parcels", ""),
            Unit::new("metre", "metres", "").later(),
            Unit::new("letter", "letters", "").instead_of("stop"),
        ]);
        let spec = ProfileSpec {
            factor: 2.0,
            measured: Some(MachineCosts {
                source: "a phone".to_owned(),
                nanos: vec![("parcel".to_owned(), 100.0), ("stop".to_owned(), 7.0)],
                calibrated_to: Some(300),
            }),
            ..ProfileSpec::built_in(1.0)
        };
        let profile = CostProfile::of_scenario("mine", &spec, UNITS);
        let mut work = Work::default();
        work.counts[1] = 3;
        work.counts[2] = 9;
        assert_eq!(profile.time(&work), SimSpan::from_nanos(600));
        // Before letters were counted, each was a stop.
        work.counts[3] = 5;
        assert_eq!(profile.time(&work), SimSpan::from_nanos(600 + 2 * 5 * 7));
        assert_eq!(
            (profile.name.as_str(), profile.source.as_str()),
            ("mine", "2 × a phone")
        );
        assert_eq!(profile.calibrated_to, Some(300));
    }
}
