//! Several runs on one page.

use super::sample;
use std::fs;
use std::path::Path;
use throng_record::Record;
use throng_reports::page::side_by_side_html;
use throng_reports::plots::Size;
use throng_reports::plots::side_by_side::{GROWTH, LATENCIES, Named, OVER_TIME};
use throng_reports::{Details, RunInfo, Stored, StoredError, Summary, write_run};
use throng_workloads::scenario::Scenario;

/// A run that is written and read back.
fn stored(home: &Path, label: &str, scenario: &Scenario, record: &Record) -> Stored {
    let dir = home.join(label);
    let info = RunInfo {
        command: format!("throng run company --seed {}", scenario.seed),
        ..sample::info()
    };
    write_run(&dir, scenario, &scenario.to_toml(), record, &info).expect("written");
    Stored::read(&dir, label).expect("whole")
}

/// The sample with commits that are twice as long, in a scenario with another seed, fewer users and a threshold.
fn other(home: &Path) -> Stored {
    let (mut scenario, mut record) = (sample::scenario(), sample::record());
    scenario.seed = 8;
    scenario.users.count = 50;
    scenario.thresholds = vec!["commit.bytes.max < 1kB".to_owned()];
    for row in &mut sample::groups(&mut record).commits {
        row.commit_bytes *= 2;
    }
    stored(home, "runs/other", &scenario, &record)
}

fn pair(home: &Path) -> [Stored; 2] {
    let one = stored(home, "runs/one", &sample::scenario(), &sample::record());
    [one, other(home)]
}

#[test]
fn the_page_says_what_differs() {
    let home = tempfile::tempdir().expect("a folder");
    let page = side_by_side_html(&pair(home.path()), "0.1.0").expect("drawn");
    insta::assert_snapshot!(sample::skeleton(&page, 3));
}

#[test]
fn a_run_beside_itself_is_equal() {
    let home = tempfile::tempdir().expect("a folder");
    let (scenario, record) = (sample::scenario(), sample::record());
    let twice = ["a/same", "b/same"].map(|label| stored(home.path(), label, &scenario, &record));
    let page = side_by_side_html(&twice, "0.1.0").expect("drawn");
    assert!(page.contains("All that was simulated is equal"));
    assert!(!page.contains("class=\"change\">+") && !page.contains("Settings that differ"));
    // The last part of their paths does not tell them apart.
    assert!(page.contains(">a/same<") && page.contains(">b/same<"));
}

#[test]
fn each_run_has_its_own_colour_on_all_plots() {
    let (one, two) = (sample::record(), sample::record());
    let (one, two) = (Details::from(&one), Details::from(&two));
    let runs = [("one", &one), ("two", &two)].map(|(name, details)| Named { name, details });
    for plot in LATENCIES.iter().chain(&OVER_TIME).chain(&GROWTH) {
        for size in [Size::Wide, Size::Narrow] {
            let drawn = plot.draw(&runs, size).expect("drawn");
            let values: serde_json::Value = serde_json::from_str(&drawn.values).expect("json");
            let series = values["series"].as_array().expect("series").iter();
            let colours: Vec<(&str, &str)> = series
                .filter_map(|one| Some((one["name"].as_str()?, one["colour"].as_str()?)))
                .collect();
            assert_eq!(
                colours,
                [("one", "blue"), ("two", "vermilion")],
                "{}",
                plot.name
            );
        }
    }
}

#[test]
fn a_run_in_which_nothing_happened_can_stand_beside_another() {
    let home = tempfile::tempdir().expect("a folder");
    let scenario = sample::scenario();
    let nothing = stored(home.path(), "nothing", &scenario, &sample::empty_record());
    let one = stored(home.path(), "one", &scenario, &sample::record());
    let page = side_by_side_html(&[nothing, one], "0.1.0").expect("drawn");
    assert!(page.contains("<b>nothing</b>"), "it was stopped early");
    assert!(!page.contains("NaN"));
}

/// A file that is missing, cut off or of another run is said, with its name and place.
#[test]
fn damage_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = || stored(home.path(), "run", &sample::scenario(), &sample::record());
    let dir = home.path().join("run");
    let say = || Stored::read(&dir, "run").expect_err("damaged").to_string();
    for file in [
        "summary.json",
        "commits.csv",
        "rooms.csv",
        "series.csv",
        "events.csv",
        "trees.csv",
        "traffic.csv",
        "providers.csv",
        "latency.hlog",
    ] {
        whole();
        fs::remove_file(dir.join(file)).expect("removed");
        let missing = Stored::read(&dir, "run").expect_err("missing");
        assert!(matches!(missing, StoredError::Missing { .. }), "{file}");
        assert!(missing.to_string().contains(file), "{missing}");

        whole();
        let text = fs::read(dir.join(file)).expect("a file");
        let mut broken = text.clone();
        broken.extend_from_slice(b"\n?,\"");
        fs::write(dir.join(file), broken).expect("written");
        assert!(say().contains(file), "{file}: {}", say());
    }
    for file in ["commits.csv", "rooms.csv", "traffic.csv", "providers.csv"] {
        whole();
        let text = fs::read_to_string(dir.join(file)).expect("a file");
        let lines: Vec<&str> = text.lines().collect();
        fs::write(dir.join(file), lines[..lines.len() - 1].join("\n")).expect("written");
        assert!(say().contains("and summary.json says"), "{file}: {}", say());
    }
    whole();
    let mut record = sample::record();
    record.latencies.message.record(77).expect("it grows");
    let summary = Summary::new(&sample::scenario(), &record, &sample::info());
    fs::write(dir.join("summary.json"), summary.to_json()).expect("written");
    assert!(
        say().contains("message has") && say().contains("summary.json says"),
        "{}",
        say()
    );
}
