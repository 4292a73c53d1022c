//! `throng export`, `throng man`, `throng completions`.

use super::{stderr, stdout, throng, throng_in};
use std::fs;

#[test]
fn a_run_and_a_sweep_are_exported() {
    let (_, home) = throng();
    let home = home.path();
    let run = [
        "run",
        "small",
        "--quiet",
        "--engine",
        "model",
        "--set",
        "duration=20s",
    ];
    throng_in(home).args(run).assert().success();
    let sweep = [
        "sweep",
        "small",
        "--quiet",
        "--engine",
        "model",
        "--set",
        "duration=20s",
    ];
    let vary = ["--vary", "rooms.size=2,4", "--replicas", "2"];
    throng_in(home).args(sweep).args(vary).assert().success();

    let export = |what, format| stdout(throng_in(home).args(["export", what, "--format", format]));
    let json = |text: String| -> serde_json::Value { serde_json::from_str(&text).expect("json") };
    let entries = json(export("runs/small-1", "github-action-benchmark"));
    assert!(entries.as_array().is_some_and(|entries| entries.len() > 5));
    assert!(entries[0]["unit"].is_string() && entries[0]["value"].is_number());
    let entries = json(export("sweeps/small-1", "github-action-benchmark"));
    let ranges = entries.as_array().expect("entries").iter();
    let ranges: Vec<&str> = ranges.filter_map(|entry| entry["range"].as_str()).collect();
    assert!(ranges.len() > 5 && ranges.iter().all(|range| range.starts_with('±')));
    let benchmarks = json(export("sweeps/small-1", "bencher"));
    let metric = &benchmarks["small rooms.size=4"]["commit-bytes-mean"];
    assert!(
        metric["lower_value"].as_f64() < metric["value"].as_f64(),
        "{metric}"
    );
    let text = export("runs/small-1/summary.json", "openmetrics");
    assert!(
        text.contains("throng_join_seconds{scenario=\"small\""),
        "{text}"
    );
    let text = export("sweeps/small-1", "openmetrics");
    assert!(text.contains("rooms_size=\"4\""), "{text}");
    // The same again, byte by byte.
    assert_eq!(text, export("sweeps/small-1", "openmetrics"));

    let few = [
        "export",
        "runs/small-1",
        "--format",
        "openmetrics",
        "--measure",
        "joim.*",
    ];
    let text = stderr(throng_in(home).args(few), 2);
    assert!(text.contains("no measure is called"), "{text}");
    let text = stderr(
        throng_in(home).args(["export", "nowhere", "--format", "bencher"]),
        2,
    );
    assert!(text.contains("nowhere"), "{text}");
}

#[test]
fn manuals_cover_every_command() {
    let (_, home) = throng();
    let home = home.path();
    let page = stdout(throng_in(home).arg("man"));
    assert!(page.contains(".TH throng 1"), "{page}");
    throng_in(home)
        .args(["man", "--out", "man"])
        .assert()
        .success();
    let mut names: Vec<String> = fs::read_dir(home.join("man"))
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    names.sort();
    for name in [
        "throng.1",
        "throng-run.1",
        "throng-sweep.1",
        "throng-compare.1",
    ] {
        assert!(names.iter().any(|known| known == name), "{names:?}");
    }
    let run = fs::read_to_string(home.join("man/throng-run.1")).expect("a page");
    assert!(
        run.contains("threshold") && run.contains("Exit codes"),
        "{run}"
    );
}
