//! `throng compare`, baselines and thresholds.

use super::{SHORT, stderr, stdout, throng, throng_in};
use std::fs;
use std::path::Path;

fn run(home: &Path, more: &[&str]) {
    throng_in(home)
        .args(SHORT)
        .arg("--quiet")
        .args(more)
        .assert()
        .success();
}

#[test]
fn a_run_is_equal_to_its_baseline() {
    let (_, home) = throng();
    run(home.path(), &["--save-baseline", "main"]);
    run(home.path(), &["--out", "again", "--threads", "1"]);
    let text = stdout(throng_in(home.path()).args(["compare", "main", "again"]));
    assert!(text.contains("✓ all that was simulated is equal"), "{text}");
    run(home.path(), &["--out", "model", "--engine", "model"]);
    let text = stdout(throng_in(home.path()).args(["compare", "main", "model/summary.json"]));
    assert!(text.contains("engine: openmls → model"), "{text}");
}

#[test]
fn a_change_ends_with_99_in_every_format() {
    let (_, home) = throng();
    run(home.path(), &["--out", "one"]);
    run(home.path(), &["--out", "two"]);
    let path = home.path().join("two/summary.json");
    let summary = fs::read_to_string(&path).expect("a summary");
    let mut json: serde_json::Value = serde_json::from_str(&summary).expect("json");
    let attempts = json["counts"]["commit_attempts"].as_u64().expect("a count");
    json["counts"]["commit_attempts"] = (attempts + 1).into();
    fs::write(&path, json.to_string()).expect("written");
    for (format, said) in [
        ("text", "✗ counts.commit_attempts"),
        ("markdown", "| ✗ | `counts.commit_attempts` |"),
        ("json", "\"broken\": true"),
        ("junit", "<failure"),
    ] {
        let mut command = throng_in(home.path());
        let assert = command
            .args(["compare", "one", "two", "--format", format])
            .assert();
        let output = assert.code(99).get_output().stdout.clone();
        let text = String::from_utf8(output).expect("text");
        assert!(text.contains(said), "{format}: {text}");
    }
    let rule = [
        "compare",
        "one",
        "two",
        "--fail-on",
        "counts.commit_attempts > 50%",
    ];
    throng_in(home.path()).args(rule).assert().success();
}

#[test]
fn what_cannot_be_compared_is_bad_usage() {
    let (_, home) = throng();
    run(home.path(), &["--save-baseline", "main"]);
    run(home.path(), &["--seed", "2", "--out", "two"]);
    let written =
        |name: &str, text: &str| fs::write(home.path().join(name), text).expect("written");
    written("broken.json", "{ \"schema\": 4,");
    written("list.json", "[]");
    written("old.json", "{ \"schema\": 1 }");
    fs::create_dir(home.path().join("empty")).expect("made");
    for (line, said) in [
        (
            &["main", "two"][..],
            "main and two differ in their seeds, 1 and 2",
        ),
        (
            &["mian", "two"],
            "no run and no baseline is called \"mian\"",
        ),
        (
            &["main", "broken.json"],
            "broken.json: not the figures of a run: EOF while parsing",
        ),
        (
            &["main", "list.json"],
            "list.json: not the figures of a run",
        ),
        (
            &["main", "old.json"],
            "of schema 1, and this throng reads 3 to 4",
        ),
        (&["main", "empty"], "cannot read empty/summary.json"),
        (
            &["main", "two", "--fail-on", "commit.bites.mean > 2%"],
            "did you mean \"commit.bytes.mean > 2%\"?",
        ),
        (
            &["main", "two", "--fail-on", "commit.bytes.mean > 2s"],
            "\"2s\" is a time",
        ),
    ] {
        let message = stderr(throng_in(home.path()).arg("compare").args(line), 2);
        assert!(message.contains(said), "{line:?}: {message}");
    }
}

/// A figure that is null is not one that nothing happened of.
#[test]
fn figures_that_are_none_are_refused() {
    let (_, home) = throng();
    run(home.path(), &["--out", "one"]);
    let summary = fs::read_to_string(home.path().join("one/summary.json")).expect("a summary");
    let mut json: serde_json::Value = serde_json::from_str(&summary).expect("json");
    json["latencies_ms"]["join"]["p99"] = serde_json::Value::Null;
    let broken = serde_json::to_string_pretty(&json).expect("json");
    fs::write(home.path().join("broken.json"), broken).expect("written");
    let message = stderr(
        throng_in(home.path()).args(["compare", "one", "broken.json"]),
        2,
    );
    assert!(
        message.contains("broken.json") && message.contains("p99") && message.contains(" line "),
        "{message}"
    );
}

#[test]
fn thresholds_decide_the_exit_code() {
    let (mut command, home) = throng();
    let rules = [
        "--threshold",
        "join.p95 < 1h",
        "--threshold",
        "join.p50 < 1us",
    ];
    let assert = command.args(SHORT).args(rules).assert().code(99);
    let text = String::from_utf8(assert.get_output().stdout.clone()).expect("text");
    assert!(
        text.contains("✓ join.p95 < 1h: ") && text.contains("✗ join.p50 < 1us: "),
        "{text}"
    );
    let page = fs::read_to_string(home.path().join("runs/small-1/report.html")).expect("a page");
    assert!(
        page.contains("✗ not met"),
        "verdicts come first on the page"
    );
    let junit = fs::read_to_string(home.path().join("runs/small-1/thresholds.xml")).expect("JUnit");
    assert!(
        junit.contains("failures=\"1\"") && junit.contains("tests=\"2\""),
        "{junit}"
    );
    // Who wants to hear of errors alone hears of what is broken.
    let mut quiet = throng_in(home.path());
    let message = stderr(quiet.args(SHORT).arg("--quiet").args(rules), 99);
    assert!(
        message.starts_with("error: not met: join.p50 < 1us: ") && message.lines().count() == 1,
        "{message}"
    );
    let set = "thresholds=[\"join.p95 < 1h\"]";
    throng_in(home.path())
        .args(SHORT)
        .args(["--quiet", "--set", set])
        .assert()
        .success();
}

#[test]
fn a_threshold_on_nothing_known_is_refused_before_the_run() {
    let (mut command, home) = throng();
    let message = stderr(
        command.args(SHORT).args(["--threshold", "jion.p95 < 1s"]),
        2,
    );
    assert!(
        message.contains("no measure is called \"jion.p95\"; did you mean \"join.p95 < 1s\"?"),
        "{message}"
    );
    assert!(!home.path().join("runs").exists(), "nothing was begun");
    let (mut command, _home) = throng();
    let message = stderr(command.args(SHORT).args(["--save-baseline", "../main"]), 2);
    assert!(message.contains("cannot name a baseline"), "{message}");
}
