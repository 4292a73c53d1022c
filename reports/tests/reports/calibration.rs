//! Runs whose times nobody measured say which, and by how much they go beyond what was measured.

use super::sample;
use throng_record::Record;
use throng_reports::page::html;
use throng_reports::{Details, Summary, summary_text};
use throng_workloads::scenario::{LeafChecks, MachineCosts, ProfileSpec, Scenario, WholeTree};

/// The sample run with rooms of at most `members`, on servers that were measured up to 2,000.
fn run(members: u32) -> (Scenario, Record) {
    let (mut scenario, mut record) = (sample::scenario(), sample::record());
    let spec = ProfileSpec {
        measured: Some(MachineCosts {
            source: "a core".to_owned(),
            nanos: vec![("seal".to_owned(), 1.0)],
            calibrated_to: Some(2_000),
        }),
        ..ProfileSpec::built_in(1.0)
    };
    // Nobody has a phone here.
    scenario.cost.profiles = vec![
        ("server".to_owned(), spec.clone()),
        ("phone".to_owned(), spec),
    ];
    record.rooms[3].initial_members = members;
    record.largest_room = record.largest_room.max(members);
    (scenario, record)
}

fn shown((scenario, record): &(Scenario, Record)) -> [String; 2] {
    let text = summary_text(scenario, record, &sample::info(), false);
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "too long: {line}");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let summary = Summary::new(scenario, record, &sample::info());
    let page = html(&summary, &Details::from(record), &[]);
    [words.join(" "), page]
}

#[test]
fn a_room_larger_than_any_that_was_measured_is_named_with_its_factor() {
    let within = run(2_000);
    for shown in shown(&within) {
        assert!(!shown.contains("beyond calibration"), "{shown}");
    }
    let summary = Summary::new(&within.0, &within.1, &sample::info());
    let known: Vec<_> = summary.cost_profiles.iter().collect();
    assert_eq!(known.len(), 1);
    assert_eq!(
        (
            known[0].name.as_str(),
            known[0].calibrated_to,
            known[0].beyond
        ),
        ("server", Some(2_000), None)
    );

    let beyond = run(9_000);
    for shown in shown(&beyond) {
        let said = "the largest room had 9,000 members, 4.5 times the 2,000 up to which the times of server were measured";
        assert!(shown.contains(said), "{shown}");
    }
    let summary = Summary::new(&beyond.0, &beyond.1, &sample::info());
    assert_eq!(summary.run.largest_room, 9_000);
    assert_eq!(summary.cost_profiles[0].beyond, Some(4.5));
    let back: Summary = serde_json::from_str(&summary.to_json()).expect("read");
    assert_eq!(back, summary);
}

#[test]
fn a_room_that_was_large_for_a_while_counts() {
    let (scenario, mut record) = run(10);
    record.largest_room = 8_000;
    for shown in shown(&(scenario, record)) {
        assert!(shown.contains("had 8,000 members, 4.0 times"), "{shown}");
    }
}

#[test]
fn a_projection_is_named() {
    let mut run = run(100);
    for shown in shown(&run) {
        assert!(!shown.contains("projected"), "{shown}");
    }
    run.0.cost.profiles[0].1.leaf_checks = LeafChecks::Indexed;
    for shown in shown(&run) {
        let said = "projected: the times of server are of an implementation that nobody measured (leaf checks indexed)";
        assert!(shown.contains(said), "{shown}");
    }
    run.0.cost.profiles[0].1.whole_tree = WholeTree::Kept;
    for shown in shown(&run) {
        assert!(
            shown.contains("(whole tree kept, leaf checks indexed)"),
            "{shown}"
        );
    }
}
