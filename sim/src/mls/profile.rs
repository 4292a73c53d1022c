//! What Work costs in virtual CPU time.

use crate::mls::work::Work;
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
    /// For one of each of [`Work::counters`], in their order.
    pub nanos: [f64; Work::COUNTERS],
    /// Members of the largest group that was measured for it; `None` where nobody says. Times in larger ones are
    /// extrapolated.
    pub calibrated_to: Option<u32>,
    /// Where it is a projection to an implementation that was not measured: what that does otherwise.
    pub projection: Vec<&'static str>,
}

/// What is counted of an operation in proportion to the tree, whatever it changes.
const WHOLE_TREE: [&str; 9] = [
    "tree_node",
    "member_node",
    "leaf_check",
    "far_leaf_check",
    "leaf_step",
    "resolved_node",
    "far_resolved_node",
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
            nanos: COSTS.nanos,
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
                nanos: costs.nanos,
                calibrated_to: costs.calibrated_to,
                projection: Vec::new(),
            },
        };
        let mut profile = base.scaled(name, spec.factor);
        if spec.whole_tree == WholeTree::Kept {
            profile.project("whole tree kept", &WHOLE_TREE);
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
    /// use throng_sim::mls::profile::CostProfile;
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
        let each = work.counters().into_iter().zip(self.nanos);
        let nanos: f64 = each.map(|((_, count), nanos)| count as f64 * nanos).sum();
        SimSpan::from_nanos((nanos + 0.5) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::scenario::COST_UNITS;

    #[test]
    fn receiving_an_update_takes_the_time_that_was_measured() {
        // In a full tree of 128 leaves.
        let work = Work {
            operations: 1,
            opens: 1,
            key_pairs: 1,
            verifications: 2,
            tree_nodes: 3 * 255,
            member_nodes: 4 * 128,
            ciphertexts: 7,
            bytes: 1_197,
            ..Work::default()
        };
        let time = CostProfile::built_in().time(&work);
        assert!((250_000..750_000).contains(&time.as_nanos()), "{time}");
        let slow = CostProfile::built_in().scaled("phone", 3.0).time(&work);
        assert!(slow.as_nanos().abs_diff(3 * time.as_nanos()) <= 3);
        assert_eq!(
            CostProfile::built_in().time(&Work::default()),
            SimSpan::ZERO
        );
    }

    #[test]
    fn scenarios_name_the_units_that_work_counts() {
        let counters = Work::default().counters().map(|(name, _)| name.to_owned());
        assert_eq!(counters, COST_UNITS.map(|unit| format!("{unit}s")));
    }

    #[test]
    fn where_the_whole_tree_is_kept_a_commit_takes_the_same_in_any_tree() {
        use crate::mls::tree_stats::TreeStats;
        use crate::mls::tree_work::{TreeCommit, TreeOperation};
        let spec = ProfileSpec {
            whole_tree: WholeTree::Kept,
            ..ProfileSpec::built_in(1.0)
        };
        let time = |spec: &ProfileSpec, leaves: u32| {
            let stats = TreeStats {
                leaves,
                members: leaves - 1,
                filled_parents: leaves - 1,
                encoded_len: u64::from(leaves) * 300,
                ..TreeStats::default()
            };
            let mut work = Work {
                operations: 1,
                opens: 1,
                ..Work::default()
            };
            work.add_epoch(leaves);
            let commit = TreeCommit {
                path: true,
                adds: 1,
                added_leaves: u64::from(leaves) / 2,
                removes: 1,
                ..TreeCommit::default()
            };
            let welcome = TreeOperation::Welcome {
                joiners: 1,
                resolution: u64::from(leaves.ilog2()),
            };
            for operation in [
                TreeOperation::Make(commit),
                welcome,
                TreeOperation::Sign,
                TreeOperation::Export,
            ] {
                work.add_tree(operation, &stats);
            }
            CostProfile::of_scenario("phone", spec).time(&work)
        };
        assert_eq!(time(&spec, 1 << 20), time(&spec, 2));
        let anew = ProfileSpec::built_in(1.0);
        assert!(time(&anew, 1 << 20).as_nanos() > 10_000 * time(&anew, 2).as_nanos());
    }

    #[test]
    fn where_leaf_checks_are_indexed_nothing_grows_with_the_square_of_a_group() {
        use crate::mls::tree_stats::TreeStats;
        use crate::mls::tree_work::{TreeCommit, TreeOperation};
        let nanos = |leaf_checks, leaves: u32| {
            let stats = TreeStats {
                leaves,
                members: leaves,
                ..TreeStats::default()
            };
            let all = u64::from(leaves) - 1;
            let add_all = TreeCommit {
                adds: all,
                added_leaves: all * u64::from(leaves) / 2,
                ..TreeCommit::default()
            };
            let mut work = Work::default();
            work.add_tree(TreeOperation::Validate, &stats);
            work.add_tree(TreeOperation::Make(add_all), &stats);
            let sealed = TreeOperation::Welcome {
                joiners: all,
                resolution: all,
            };
            work.add_tree(sealed, &stats);
            let spec = ProfileSpec {
                measured: Some(MachineCosts {
                    source: String::new(),
                    nanos: [1.0; Work::COUNTERS],
                    calibrated_to: None,
                }),
                leaf_checks,
                ..ProfileSpec::built_in(1.0)
            };
            let profile = CostProfile::of_scenario("mine", &spec);
            (profile.time(&work).as_nanos(), profile.projection)
        };
        let (small, said) = nanos(LeafChecks::Indexed, 1 << 13);
        assert_eq!(said, ["leaf checks indexed"]);
        let (large, _) = nanos(LeafChecks::Indexed, 1 << 16);
        assert!(large < 9 * small, "{small}, {large}");
        let (small, said) = nanos(LeafChecks::Pairwise, 1 << 13);
        assert!(said.is_empty());
        let (large, _) = nanos(LeafChecks::Pairwise, 1 << 16);
        assert!(large > 60 * small, "{small}, {large}");
    }

    #[test]
    fn a_measured_profile_takes_the_place_of_the_built_in_one() {
        let mut nanos = [0.0; Work::COUNTERS];
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
        let work = Work {
            seals: 3,
            opens: 9,
            ..Work::default()
        };
        assert_eq!(profile.time(&work), SimSpan::from_nanos(600));
        assert_eq!(
            (profile.name.as_str(), profile.source.as_str()),
            ("mine", "2 × a phone")
        );
        assert_eq!(profile.calibrated_to, Some(300));
    }
}
