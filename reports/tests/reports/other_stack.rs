//! A run of another protocol than MIMI is reported like any other, with its own units and packets, and without what only MLS has.

#[path = "../../../sim/world/tests/toy/mod.rs"]
mod toy;

use super::sample;
use throng_record::{Record, RoomRow};
use throng_reports::page::side_by_side_html;
use throng_reports::{Stored, Summary, rewrite_page, summary_text, write_run};
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_world::World;

fn run_toy() -> (Scenario, Record) {
    let flags = ["churn.new_clients=0/h", "churn.lost_clients=0/h"].map(str::to_owned);
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&flags).expect("sound");
    let stack = |_: &_, population: &_, _: &_| Ok(Box::new(toy::Toy::new(population)) as _);
    let mut world = World::with(&scenario, &stack, &|_, party| party).expect("a world");
    while world.step().expect("no fault") {}
    let record = world.finish(false).expect("sound accounts");
    (scenario, record)
}

#[test]
fn a_run_without_mls_is_reported() {
    let (scenario, record) = run_toy();
    let summary = Summary::new(&scenario, &record, &sample::info());
    assert_eq!(summary.counts.others.get("postcards"), Some(&1));
    assert!(summary.latencies_ms["message"].count > 0);
    assert!(summary.work.hubs.of("packets") > 0);
    let kinds = summary.traffic.kinds.iter().map(|row| row.kind.as_str());
    assert!(kinds.clone().count() > 0 && kinds.clone().all(|kind| ["say", "tell"].contains(&kind)));
    let text = summary_text(&scenario, &record, &sample::info(), false);
    assert!(text.contains("packets"), "{text}");
    assert!(text.contains("nothing that one can say"), "{text}");
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    write_run(
        &run,
        &scenario,
        &scenario.to_toml(),
        &record,
        &sample::info(),
    )
    .expect("written");
    let page = std::fs::read_to_string(run.join("report.html")).expect("a page");
    assert!(page.contains("packets") && page.contains("tell"));
    assert!(page.contains("postcards") && text.contains("1 postcards"));
}

/// Words of MLS that a page or a terminal would print with zeros behind them.
const OF_MLS: [&str; 8] = [
    "Welcome",
    "KeyPackage",
    "ciphertext",
    "blank",
    "unmerged",
    "Ratchet tree",
    "Tree health",
    "with a path",
];

#[test]
fn what_only_mls_has_is_left_out_and_the_rest_is_read_back() {
    let (scenario, record) = run_toy();
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path();
    let write = |record: &Record| {
        let toml = scenario.to_toml();
        write_run(run, &scenario, &toml, record, &sample::info()).expect("written")
    };
    let file = |name: &str| std::fs::read_to_string(run.join(name)).expect("a file");
    // In a folder in which a run with groups stood before.
    let before = write(&sample::record()).files;
    let after = write(&record).files;
    let gone = before.iter().filter(|file| !after.contains(file));
    let gone = gone.map(|file| {
        file.strip_prefix(run)
            .expect("inside")
            .display()
            .to_string()
    });
    assert_eq!(
        gone.collect::<Vec<_>>(),
        [
            "commits.csv",
            "trees.csv",
            "plots/tree-ciphertexts.svg",
            "plots/tree-blanks.svg",
            "plots/small-room-tree.svg",
            "plots/commit-size.svg",
            "plots/converge.svg",
        ]
    );
    assert!(!run.join("commits.csv").exists() && !run.join("plots/converge.svg").exists());
    let heads =
        ["rooms.csv", "series.csv"].map(|name| file(name).lines().next().map(str::to_owned));
    for head in heads.iter().flatten() {
        assert!(
            !head.contains("leaves") && !head.contains("ciphertexts"),
            "{head}"
        );
    }
    assert!(!file("summary.json").contains("\"tree\""));

    let stored = Stored::read(run, "toy").expect("whole");
    assert_eq!(stored.details.groups, None);
    let members = |rooms: &[RoomRow]| rooms.iter().map(|row| row.members).collect::<Vec<_>>();
    assert_eq!(members(&stored.details.rooms), members(&record.rooms));
    let page = file("report.html");
    rewrite_page(run, &stored, None).expect("written");
    assert_eq!(file("report.html"), page);

    let text = summary_text(&scenario, &record, &sample::info(), false);
    // A note on what any provider stores.
    let page = page.replace("Queues, KeyPackages and public group states.", "");
    for shown in [&page, &text] {
        for word in OF_MLS {
            assert!(!shown.contains(word), "{word}: {}", around(shown, word));
        }
    }
    let both = side_by_side_html(&[stored.clone(), stored], "0.1.0").expect("drawn");
    assert!(both.contains("plot-bytes-over-time") && !both.contains("plot-commit-size"));
}

/// Where a word stands.
fn around<'t>(text: &'t str, word: &str) -> &'t str {
    let at = text.find(word).unwrap_or(0);
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..].lines().next().unwrap_or_default()
}
