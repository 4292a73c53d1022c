//! What people still wanted at the end stands beside the latencies: in the summary, as measures, in the terminal and on the page.

use super::sample;
use hdrhistogram::Histogram;
use throng_record::OpenLatency;
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
