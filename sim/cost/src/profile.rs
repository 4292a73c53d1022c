//! What Work costs in virtual CPU time.

use crate::work::{MOST_UNITS, Work};
use std::sync::LazyLock;
use throng_workloads::scenario::{COST_UNITS, MachineCosts, ProfileSpec, WholeTree};
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
}

/// What is counted of an operation in proportion to the tree, whatever it changes.
const WHOLE_TREE: [&str; 5] = [
    "tree_node",
    "member_node",
    "leaf_check",
    "secret_slot",
    "tree_byte",
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
        }
    }

    /// What a scenario calls `name`: the built-in profile or a measured one, slower by a factor.
    pub fn of_scenario(name: &str, spec: &ProfileSpec) -> Self {
        let base = match &spec.measured {
            None => Self::built_in(),
            Some(MachineCosts { source, nanos }) => Self {
                name: name.to_owned(),
                source: source.clone(),
                nanos: padded(nanos),
            },
        };
        let mut profile = base.scaled(name, spec.factor);
        if spec.whole_tree == WholeTree::Kept {
            for (unit, nanos) in COST_UNITS.iter().zip(&mut profile.nanos) {
                if WHOLE_TREE.contains(unit) {
                    *nanos = 0.0;
                }
            }
            profile.source = format!("{}; whole tree kept", profile.source);
        }
        profile
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
            }),
            whole_tree: WholeTree::Anew,
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
    }
}
