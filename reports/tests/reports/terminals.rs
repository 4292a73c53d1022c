//! What a terminal shows of other things than runs: comparisons of both engines, test vectors, calibrations.

use super::sample;
use std::collections::BTreeMap;
use throng_calibrate::{Calibration, Machine, Point, Tree};
use throng_cost::fit::{Errors, Sample};
use throng_mls::vectors::{self, Failure, FileReport, Kind, Skipped};
use throng_mls::work::Work;
use throng_record::groups::CommitSums;
use throng_reports::text::calibration_text;
use throng_reports::{vectors_text, verdict_text};
use throng_workloads::time::SimTime;
use throng_world::verify::{Agreement, Difference, Verdict};

/// Lines that are ours to lay out stay within a terminal of 100 columns.
fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "too long: {line}");
    }
}

fn agreement() -> Agreement {
    Agreement {
        units: Some(throng_mls::work::UNITS),
        inputs: 4_321,
        sent: 1_234,
        sent_bytes: 567_890,
        commits: CommitSums {
            commits: 85,
            commit_bytes: 66_725,
            ciphertexts: 272,
            welcomes: 11,
            welcome_bytes: 17_050,
        },
        messages: 106,
        message_bytes: 54_590,
        client_work: Work {
            operations: 1_854,
            seals: 346,
            ..Work::default()
        }
        .into(),
        provider_work: Work {
            operations: 1_116,
            ..Work::default()
        }
        .into(),
    }
}

#[test]
fn both_engines_agree_or_part() {
    let (one, two) = ("1".repeat(32), "2".repeat(32));
    let text = |verdict: &Verdict| {
        let text = verdict_text(&sample::scenario(), verdict, "throng verify company", false);
        assert_fits(&text);
        text
    };
    let agree = Verdict {
        agreement: agreement(),
        fingerprints: Some([one.clone(), one.clone()]),
        difference: None,
        stopped: None,
    };
    insta::assert_snapshot!("engines-agree", text(&agree));
    let unlike = Verdict {
        fingerprints: Some([one, two]),
        ..agree.clone()
    };
    let said = text(&unlike);
    assert!(
        said.starts_with("✗ company, seed 7: the fingerprints differ"),
        "{said}"
    );
    let stopped = Verdict {
        fingerprints: None,
        stopped: Some(SimTime::from_nanos(61_000_000_000)),
        ..agree.clone()
    };
    let said = text(&stopped);
    assert!(
        said.starts_with(
            "· company, seed 7: both engines agree so far\n  partial: stopped at 61.0 s of 8.00 h\n"
        ),
        "{said}"
    );
    let part = Verdict {
        fingerprints: None,
        difference: Some(Difference {
            time: SimTime::from_nanos(61_234_567_890),
            who: "mimi://alpha.example/d/client-3".to_owned(),
            what: "bytes of update: commit".to_owned(),
            openmls: "812".to_owned(),
            model: "813".to_owned(),
            before: vec!["60.1 s: notify: commit".to_owned()],
        }),
        ..agree
    };
    insta::assert_snapshot!("engines-part", text(&part));
}

#[test]
fn vectors_pass_fail_or_are_skipped() {
    let difference = vectors::Difference {
        what: "tree after".to_owned(),
        expected: "0xabc".to_owned(),
        found: "0xabd".to_owned(),
    };
    let failure = |vector| Failure {
        vector,
        suite: 1,
        differences: vec![difference.clone()],
        more: 2,
    };
    let report = |name: &str, kind, failed, skipped| FileReport {
        path: name.into(),
        kind,
        passed: 5,
        failed,
        skipped,
        compared: 212,
        without_lengths: BTreeMap::from([(4, 1)]),
        without_hashes: BTreeMap::from([(77, 2)]),
        blank_tails: 1,
    };
    let skipped = Skipped {
        vector: 3,
        why: "an unknown ciphersuite".to_owned(),
    };
    let text = vectors_text(
        &[
            report(
                "vectors/tree-operations.json",
                Kind::Operations,
                Vec::new(),
                Vec::new(),
            ),
            report(
                "vectors/treekem.json",
                Kind::TreeKem,
                (0..5).map(failure).collect(),
                vec![skipped],
            ),
        ],
        false,
    );
    assert_fits(&text);
    insta::assert_snapshot!("vectors", text);
}

#[test]
fn a_calibration_says_how_good_it_is() {
    let point = |operation, tree, members, nanos| Point {
        operation,
        tree,
        members,
        listed: members / 2,
        held_out: true,
        sample: Sample {
            work: Work {
                operations: 1,
                seals: u64::from(members),
                ..Work::default()
            }
            .into(),
            nanos,
        },
    };
    let found = Calibration {
        nanos: [1_000.0; throng_cost::work::MOST_UNITS],
        fit: Errors {
            points: 941,
            median: 0.0445,
            worst: 0.2229,
        },
        held_out: Errors {
            points: 2,
            median: 0.05,
            worst: 0.1,
        },
        largest: Errors {
            points: 1,
            median: 0.02,
            worst: 0.02,
        },
        points: vec![
            point("create an update commit", Tree::Bare, 24, 25_000.0),
            point("receive an update commit", Tree::Full, 1_000, 1_112_222.0),
        ],
    };
    let machine = Machine {
        machine: "a machine (linux, 2 cores, one used)".to_owned(),
        versions: "throng 0.1.0, OpenMLS 0.9.2".to_owned(),
        date: "2026-01-02".to_owned(),
    };
    let text = calibration_text(&found, &machine, false);
    assert_fits(&text);
    insta::assert_snapshot!("calibration", text);
}
