//! What Work costs in virtual CPU time.

use crate::work::{MOST_UNITS, Work};
use std::sync::LazyLock;
use throng_workloads::scenario::{COST_UNITS, LeafChecks, MachineCosts, ProfileSpec, WholeTree};
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

/// What is counted of an operation in proportion to the tree, whatever it changes, besides [`PAIRS`].
const WHOLE_TREE: [&str; 6] = [
    "tree_node",
    "member_node",
    "far_tree_node",
    "far_member_node",
    "secret_slot",
    "tree_byte",
];

/// What is counted of an operation once for each pair of leaves.
const PAIRS: [&str; 5] = [
    "leaf_check",
    "far_leaf_check",
    "leaf_step",
    "resolved_node",
    "far_resolved_node",
];

impl CostProfile {
    /// The profile that needs no measuring: OpenMLS on a rented server core.
    ///
    /// `throng calibrate` wrote it; the file says on which machine, and how far it is from what was measured at sizes that
    /// the fit did not see:
    ///
    /// ```toml
    #[doc = include_str!("built_in.toml")]
    /// ```
    pub fn built_in() -> Self {
        static COSTS: LazyLock<MachineCosts> = LazyLock::new(|| {
            // A test reads the same text, so that no run can find a mistake in it.
            MachineCosts::parse("built_in.toml", include_str!("built_in.toml")).unwrap_or_else(
                |error| unreachable!("the built-in cost profile cannot be read: {error}"),
            )
        });
        Self {
            name: "server".to_owned(),
            source: COSTS.source.clone(),
            nanos: padded(&COSTS.nanos),
            calibrated_to: COSTS.calibrated_to,
            projection: Vec::new(),
        }
    }

    /// What a scenario calls `name`: the built-in profile or a measured one, slower by a factor.
    pub fn of_scenario(name: &str, spec: &ProfileSpec) -> Self {
        let base = match &spec.measured {
            None => Self::built_in(),
            Some(costs) => Self {
                name: name.to_owned(),
                source: costs.source.clone(),
                nanos: padded(&costs.nanos),
                calibrated_to: costs.calibrated_to,
                projection: Vec::new(),
            },
        };
        let mut profile = base.scaled(name, spec.factor);
        if spec.whole_tree == WholeTree::Kept {
            profile.project("whole tree kept", &[&WHOLE_TREE[..], &PAIRS].concat());
        }
        if spec.leaf_checks == LeafChecks::Indexed {
            profile.project("leaf checks indexed", &PAIRS);
        }
        profile
    }

    /// Let these units cost nothing, and say so.
    fn project(&mut self, what: &'static str, units: &[&str]) {
        for (unit, nanos) in COST_UNITS.iter().zip(&mut self.nanos) {
            if units.contains(unit) {
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
    /// use throng_cost::profile::CostProfile;
    ///
    /// let profile = CostProfile { calibrated_to: Some(2_000), ..CostProfile::built_in() };
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

    /// The time that `work` takes on one core, rounded to the nearest nanosecond.
    pub fn time(&self, work: &Work) -> SimSpan {
        // Products of integers below 2^53 and a fixed order of additions: the same on every
        // platform.
        let each = work.counts.iter().zip(self.nanos);
        let nanos: f64 = each.map(|(count, nanos)| *count as f64 * nanos).sum();
        SimSpan::from_nanos((nanos + 0.5) as u64)
    }
}

/// A profile's costs, by place in the table.
fn padded(nanos: &[f64]) -> [f64; MOST_UNITS] {
    std::array::from_fn(|place| nanos.get(place).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_profile_takes_the_place_of_the_built_in_one() {
        let mut nanos = [0.0; COST_UNITS.len()];
        nanos[1] = 100.0;
        let spec = ProfileSpec {
            factor: 2.0,
            measured: Some(MachineCosts {
                source: "a phone".to_owned(),
                nanos,
                calibrated_to: Some(300),
            }),
            ..ProfileSpec::built_in(1.0)
        };
        let profile = CostProfile::of_scenario("mine", &spec);
        let mut work = Work::default();
        work.counts[1] = 3;
        work.counts[2] = 9;
        assert_eq!(profile.time(&work), SimSpan::from_nanos(600));
        assert_eq!(
            (profile.name.as_str(), profile.source.as_str()),
            ("mine", "2 × a phone")
        );
        assert_eq!(profile.calibrated_to, Some(300));
    }
}
