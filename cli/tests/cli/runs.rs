//! `throng run` to its end.

use super::{SHORT, stdout, throng, throng_in};
use serde_json::Value;
use std::fs;

/// The fingerprint in what `--format json` prints.
fn fingerprint(json: &str) -> String {
    let summary: Value = serde_json::from_str(json).expect("json");
    summary["fingerprint"]
        .as_str()
        .expect("a fingerprint")
        .to_owned()
}

#[test]
fn a_run_prints_a_summary_and_writes_its_folder() {
    let (mut command, home) = throng();
    let text = stdout(command.args(SHORT));
    assert!(text.starts_with("small, seed 1\n"), "{text}");
    assert!(
        text.contains("throng run small --seed 1 --set duration=20s"),
        "{text}"
    );
    assert!(
        !text.contains('\u{1b}'),
        "no colour where there is no terminal"
    );
    let folder = home.path().join("runs/small-1");
    for name in [
        "summary.json",
        "report.html",
        "commits.csv",
        "rooms.csv",
        "series.csv",
        "scenario.toml",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
}

#[test]
fn json_is_what_the_folder_holds() {
    let (mut command, home) = throng();
    let json = stdout(command.args(SHORT).args(["--format", "json", "--quiet"]));
    let written =
        fs::read_to_string(home.path().join("runs/small-1/summary.json")).expect("a file");
    assert_eq!(json, written);
}

#[test]
fn quiet_prints_nothing() {
    let (mut command, _home) = throng();
    let assert = command.args(SHORT).arg("--quiet").assert().success();
    assert!(assert.get_output().stdout.is_empty());
    assert!(assert.get_output().stderr.is_empty());
}

#[test]
fn the_number_of_threads_changes_no_fingerprint_and_the_seed_does() {
    let run = |more: &[&str]| {
        let (mut command, _home) = throng();
        fingerprint(&stdout(
            command.args(SHORT).args(["--format", "json"]).args(more),
        ))
    };
    let one = run(&["--threads", "1"]);
    assert_eq!(one, run(&["--threads", "3"]));
    assert_ne!(one, run(&["--seed", "2"]));
}

#[test]
fn the_command_in_a_report_repeats_the_run() {
    let (mut command, home) = throng();
    let first = stdout(command.args(SHORT).args([
        "--seed",
        "5",
        "--set",
        "rooms.count=2",
        "--format",
        "json",
    ]));
    let summary: Value = serde_json::from_str(&first).expect("json");
    let line = summary["simulator"]["command"].as_str().expect("a command");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let again = stdout(
        throng_in(home.path())
            .args(words)
            .args(["--format", "json"]),
    );
    assert_eq!(fingerprint(&first), fingerprint(&again));
}

#[test]
fn the_scenario_of_a_folder_repeats_the_run() {
    let (mut command, home) = throng();
    let first = stdout(
        command
            .args(SHORT)
            .args(["--out", "first", "--format", "json"]),
    );
    let resolved = [
        "run",
        "first/scenario.toml",
        "--out",
        "second",
        "--format",
        "json",
    ];
    let again = stdout(throng_in(home.path()).args(resolved));
    assert_eq!(fingerprint(&first), fingerprint(&again));
}

#[test]
fn a_saved_trace_names_every_wish() {
    let (mut command, home) = throng();
    let json = stdout(
        command
            .args(SHORT)
            .args(["--save-trace", "wishes.csv", "--format", "json"]),
    );
    let summary: Value = serde_json::from_str(&json).expect("json");
    let intents = summary["counts"]["intents"].as_object().expect("intents");
    let wished: u64 = intents.values().filter_map(Value::as_u64).sum();
    let trace = fs::read_to_string(home.path().join("wishes.csv")).expect("a trace");
    assert_eq!(
        trace.lines().count() as u64,
        wished + 1,
        "a head and a line for each wish"
    );
}

#[test]
fn a_run_that_ends_at_once_is_reported_too() {
    let (mut command, _home) = throng();
    let text = stdout(command.args(["run", "small", "--set", "duration=1ms"]));
    assert!(text.contains("fingerprint"), "{text}");
}
