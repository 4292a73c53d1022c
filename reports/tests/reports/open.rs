//! What people still wanted at the end stands beside the latencies: in the summary, as measures, in the terminal and on the page.

use super::sample;
use hdrhistogram::Histogram;
use throng_record::OpenLatency;
use throng_reports::compare::{Comparison, Side};
use throng_reports::measures::{Rule, threshold};
use throng_reports::{Summary, measures, summary_text, write_run};
use throng_workloads::time::SimSpan;

#[test]
fn what_is_open_is_said_beside_what_was_fulfilled() {
    let mut record = sample::record();
    let fulfilled = record.latencies.join.len();
    // As many as were fulfilled wait, and for longer than anybody waited: the median is theirs or the greatest of the others.
    let mut ages = Histogram::new(3).expect("a histogram");
    ages.record_n(600_000_000, fulfilled + 1).expect("an age");
    record.open = vec![OpenLatency {
        name: "join",
        count: fulfilled + 1,
        offline: 0,
        oldest: SimSpan::from_secs(600),
        ages,
    }];
    let scenario = sample::scenario();
    let info = sample::info();
    let summary = Summary::new(&scenario, &record, &info);
    let open = &summary.open["join"];
    assert_eq!(open.at_least_ms.count, 2 * fulfilled + 1);
    let p50 = open.at_least_ms.stats.expect("values").p50;
    assert!((p50 / 600_000.0 - 1.0).abs() < 1e-3, "{p50}");
    assert!(summary.latencies_ms["join"].stats.expect("values").p50 < p50);
    let all = measures::of(&summary);
    let measure = |name: &str| all.iter().find(|one| one.name == name).map(|one| one.value);
    assert_eq!(measure("open.join.wishes"), Some((fulfilled + 1) as f64));
    assert_eq!(measure("open.join.oldest"), Some(600_000.0));
    assert_eq!(measure("at-least.join.p50"), Some(p50));
    let text = summary_text(&scenario, &record, &info, false);
    let row = text
        .lines()
        .skip_while(|line| !line.contains("still open at the end"))
        .nth(1);
    assert!(
        row.is_some_and(|row| row.contains("join") && row.contains("10.0 min")),
        "{text}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    write_run(&run, &scenario, sample::TOML, &record, &info).expect("written");
    let page = std::fs::read_to_string(run.join("report.html")).expect("a page");
    assert!(page.contains("still open at the end"));
    // Where nothing is open, nothing is said.
    let none = summary_text(&scenario, &sample::record(), &info, false);
    assert!(!none.contains("still open"));
}

/// A rule on what is open holds best where nothing is: a latency is then at least what it is.
#[test]
fn where_nothing_is_open_rules_on_it_are_met() {
    let summary = Summary::new(&sample::scenario(), &sample::record(), &sample::info());
    assert!(summary.open.is_empty());
    let all = measures::of(&summary);
    let measure = |name: &str| all.iter().find(|one| one.name == name).map(|one| one.value);
    assert!(measure("join.p99").is_some());
    for stat in ["count", "mean", "p50", "p99", "max"] {
        assert_eq!(
            measure(&format!("at-least.join.{stat}")),
            measure(&format!("join.{stat}"))
        );
    }
    let rules = [
        "at-least.join.p99 < 1h",
        "open.join.oldest < 1min",
        "open.*.wishes == 0",
        "open.leave.offline == 0",
    ];
    let rules = rules.map(|rule| Rule::threshold(rule).expect("sound"));
    for outcome in threshold::check(&rules, &all) {
        assert!(outcome.met, "{outcome:?}");
    }
    // And a latency of which no wish is has no such measure.
    assert_eq!(measure("at-least.catch-up.p99"), None);
}

#[test]
fn equal_runs_in_which_nothing_is_open_keep_rules_on_it() {
    let side = Side {
        label: "run".to_owned(),
        summary: Summary::new(&sample::scenario(), &sample::record(), &sample::info()),
        scenario: None,
    };
    for rule in ["at-least.join.p99 > 10%", "open.join.oldest > 1s"] {
        let rules = [Rule::change(rule).expect("sound")];
        let comparison = Comparison::new(&side, &side, &rules, false).expect("comparable");
        assert!(comparison.passes(), "{rule}: {:?}", comparison.judgements);
    }
}

#[test]
fn what_waits_for_somebody_offline_is_told_apart() {
    let mut record = sample::record();
    let mut ages = Histogram::new(3).expect("a histogram");
    ages.record_n(0, 3).expect("an age");
    record.open = vec![OpenLatency {
        name: "leave",
        count: 3,
        offline: 3,
        oldest: SimSpan::ZERO,
        ages,
    }];
    let text = summary_text(&sample::scenario(), &record, &sample::info(), false);
    let mut lines = text.lines();
    let head = lines.find(|line| line.contains("still open at the end"));
    assert!(head.is_some_and(|head| head.contains("offline")), "{text}");
    let row: Vec<&str> = lines.next().expect("a row").split_whitespace().collect();
    assert_eq!(row[4..7], ["3", "3", "–"], "{text}");
    let summary = Summary::new(&sample::scenario(), &record, &sample::info());
    let all = measures::of(&summary);
    let offline = all.iter().find(|one| one.name == "open.leave.offline");
    assert_eq!(offline.map(|one| one.value), Some(3.0));
}

/// Whom latencies leave out is said beside them.
#[test]
fn latencies_say_whom_they_leave_out() {
    let mut record = sample::record();
    record.counts.messages_decrypted = 880;
    record.counts.messages_caught_up = 68;
    let text = summary_text(&sample::scenario(), &record, &sample::info(), false);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("of those who stayed online")
            && words.contains("(68 of 880 decryptions of messages)"),
        "{text}"
    );
    let listed = throng_reports::measures_text();
    for latency in throng_record::LATENCIES {
        assert!(listed.contains(latency.says), "{}", latency.name);
    }
    assert!(listed.contains("message: sent → decrypted by each, of those who stayed online"));
}
