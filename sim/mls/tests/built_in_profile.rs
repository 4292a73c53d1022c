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
fn the_built_in_profile_is_one_for_the_units_that_are_counted() {
    let costs =
        MachineCosts::parse("built_in.toml", include_str!("../src/built_in.toml")).expect("sound");
    let names: Vec<&str> = costs.nanos.iter().map(|(unit, _)| unit.as_str()).collect();
    assert_eq!(UNITS.check(&names), Ok(()));
    for unit in UNITS.all() {
        assert_eq!(unit.counter, format!("{}s", unit.name));
    }
}

/// Files that `throng calibrate` wrote when these were all that was counted are still read.
#[test]
fn a_profile_from_before_pairs_and_far_leaves_were_counted_is_one() {
    let before = [
        "operation",
        "seal",
        "open",
        "key_pair",
        "signature",
        "verification",
        "tree_node",
        "member_node",
        "leaf_check",
        "proposal",
        "epoch",
        "secret_slot",
        "ciphertext",
        "secret_node",
        "byte",
        "message_byte",
        "context_byte",
        "tree_byte",
    ];
    assert_eq!(UNITS.check(&before), Ok(()));
    for unit in before {
        let others: Vec<&str> = before.into_iter().filter(|other| *other != unit).collect();
        assert!(UNITS.check(&others).is_err(), "{unit}");
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
