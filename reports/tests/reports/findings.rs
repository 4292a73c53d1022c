//! What providers under test do otherwise than the documents say is told wherever people read of a run, with the section, and as it was
//! found: nobody can draw on a terminal or put anything into a page by what they answer. So is why a run is none to rely on.

use super::sample;
use std::fs;
use throng_record::{FindingRow, Generator, RealRecord, Record};
use throng_reports::run_info::{Machine, RealInfo, Share};
use throng_reports::{RunInfo, summary_text, write_run};
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_world::World;

/// What a short run gives, as if it had been a real one with these findings, and what is known beside it.
fn real(findings: Vec<FindingRow>) -> (Scenario, Record, RunInfo) {
    let overrides = ["duration=20s".to_owned()];
    let small = builtin::find("small").and_then(|found| found.scenario(&overrides));
    let scenario = small.expect("built in");
    let mut world = World::new(&scenario).expect("a world");
    while world.step().expect("a step") {}
    let simulated = world.finish(false).expect("a record");
    let record = Record {
        fingerprint: String::new(),
        real: Some(RealRecord {
            message_raw: simulated.latencies.message.clone(),
            clients_only: true,
            undelivered: 0,
            violations: Vec::new(),
            servers: Vec::new(),
            findings,
        }),
        ..simulated
    };
    let info = RunInfo {
        real: Some(RealInfo {
            machine: Machine {
                processor: None,
                cores: 2,
                system: "a system".to_owned(),
            },
            generator: Generator::idle(2),
            failed: Vec::new(),
            share: Share::Whole,
        }),
        ..sample::info()
    };
    (scenario, record, info)
}

#[test]
fn a_run_of_which_nobody_could_read_anything_is_none_to_rely_on() {
    let (scenario, mut record, info) = real(Vec::new());
    let told = |record: &Record| {
        let text = summary_text(&scenario, record, &info, false);
        text.contains("failed: of 7 messages that came nobody could read one")
    };
    record.counts.undecryptable = vec![("a-reason", 4), ("another-reason", 3)];
    record.counts.messages_decrypted = 1;
    assert!(!told(&record));
    record.counts.messages_decrypted = 0;
    assert!(told(&record));
    record.counts.undecryptable = Vec::new();
    assert!(!told(&record));
}

#[test]
fn what_is_otherwise_is_told_with_its_section() {
    let finding = |section: &str, found: &str, times: u64| FindingRow {
        provider: "b.example".to_owned(),
        section: section.to_owned(),
        found: found.to_owned(),
        times,
    };
    let section = "draft-ietf-mimi-protocol-06, \"Update Room State\"";
    let (scenario, record, info) = real(vec![
        finding(section, "status 418 to an update", 1_234),
        finding("RFC 9420, section 6", "\u{1b}[31m<script>", 1),
    ]);

    let home = tempfile::tempdir().expect("a folder");
    write_run(home.path(), &scenario, &scenario.to_toml(), &record, &info).expect("written");
    let page = fs::read_to_string(home.path().join("report.html")).expect("a page");
    for told in ["status 418 to an update", "Update Room State", "1,234"] {
        assert!(page.contains(told), "{told}");
    }
    assert!(!page.contains('\u{1b}'), "nothing that draws");
    assert!(page.contains("&lt;script&gt;"), "nothing that runs");

    let text = summary_text(&scenario, &record, &info, false);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("otherwise than the documents say"), "{text}");
    assert!(words.contains(section), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}
