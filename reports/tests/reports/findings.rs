//! What providers under test do otherwise than the documents say is told wherever people read of a run, with the section, and as it was
//! found: nobody can draw on a terminal or put anything into a page by what they answer.

use super::sample;
use std::fs;
use throng_record::{FindingRow, Generator, RealRecord, Record};
use throng_reports::run_info::{Machine, RealInfo, Share};
use throng_reports::{RunInfo, summary_text, write_run};
use throng_workloads::builtin;
use throng_world::World;

#[test]
fn what_is_otherwise_is_told_with_its_section() {
    let overrides = ["duration=20s".to_owned()];
    let small = builtin::find("small").and_then(|found| found.scenario(&overrides));
    let scenario = small.expect("built in");
    let mut world = World::new(&scenario).expect("a world");
    while world.step().expect("a step") {}
    let simulated = world.finish(false).expect("a record");
    let finding = |section: &str, found: &str, times: u64| FindingRow {
        provider: "b.example".to_owned(),
        section: section.to_owned(),
        found: found.to_owned(),
        times,
    };
    let section = "draft-ietf-mimi-protocol-06, \"Update Room State\"";
    let record = Record {
        fingerprint: String::new(),
        real: Some(RealRecord {
            message_raw: simulated.latencies.message.clone(),
            clients_only: true,
            undelivered: 0,
            violations: Vec::new(),
            servers: Vec::new(),
            findings: vec![
                finding(section, "status 418 to an update", 1_234),
                finding("RFC 9420, section 6", "\u{1b}[31m<script>", 1),
            ],
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
