//! What the built-in profile charges for MLS.

use throng_cost::CostProfile;
use throng_mls::tree_stats::TreeStats;
use throng_mls::tree_work::{TreeCommit, TreeOperation};
use throng_mls::work::{UNITS, Work};
use throng_workloads::scenario::{MachineCosts, ProfileSpec, WholeTree};
use throng_workloads::time::SimSpan;

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
    let time = CostProfile::built_in(UNITS).time(&work.into());
    assert!((250_000..750_000).contains(&time.as_nanos()), "{time}");
    let slow = CostProfile::built_in(UNITS)
        .scaled("phone", 3.0)
        .time(&work.into());
    assert!(slow.as_nanos().abs_diff(3 * time.as_nanos()) <= 3);
    assert_eq!(
        CostProfile::built_in(UNITS).time(&Work::default().into()),
        SimSpan::ZERO
    );
}

#[test]
fn the_built_in_profile_has_all_units() {
    let costs =
        MachineCosts::parse("built_in.toml", include_str!("../src/built_in.toml")).expect("sound");
    let names: Vec<&str> = costs.nanos.iter().map(|(unit, _)| unit.as_str()).collect();
    assert_eq!(UNITS.wrong(&names), []);
    for unit in UNITS.all() {
        assert!(names.contains(&unit.name), "{}", unit.name);
        assert_eq!(unit.counter, format!("{}s", unit.name));
    }
}

#[test]
fn where_the_whole_tree_is_kept_a_commit_takes_the_same_in_any_tree() {
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
        CostProfile::of_scenario("phone", spec, UNITS).time(&work.into())
    };
    assert_eq!(time(&spec, 1 << 20), time(&spec, 2));
    let anew = ProfileSpec::built_in(1.0);
    assert!(time(&anew, 1 << 20).as_nanos() > 10_000 * time(&anew, 2).as_nanos());
}
