//! What is said of a run beforehand, and how near that comes.

use super::{stdout, throng};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use throng_workloads::builtin;
use throng_workloads::scenario::Expected;

/// What a hub accepted and a client got, and what was wished for, in a run of a built-in scenario.
fn counted(name: &str) -> [f64; 2] {
    let (mut command, _home) = throng();
    let line = ["run", name, "--engine", "model", "--format", "json"];
    let text = stdout(command.args(line));
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let delivered = &summary["invariants"]["what a hub accepted arrives once, in order"];
    let intents = summary["counts"]["intents"].as_object().expect("intents");
    let wishes = intents.values().filter_map(serde_json::Value::as_f64).sum();
    [delivered.as_f64().expect("a number"), wishes]
}

/// Rooms of every beginning, coming and going, proposals, moments at which many do something, people who are offline.
#[test]
fn expectations_are_met_by_half() {
    // Those take longer than tests may.
    let large = [
        "enterprise",
        "ttkem",
        "sqrt-n",
        "zipf-updaters",
        "webinar-100k",
        "million",
    ];
    let names = builtin::LIBRARY.iter().map(|built_in| built_in.name);
    for name in names.filter(|name| !large.contains(name)) {
        let scenario = builtin::find(name)
            .and_then(|s| s.scenario(&[]))
            .expect("built in");
        let expected = Expected::of(&scenario);
        let [deliveries, wishes] = counted(name);
        // Who cannot be added for want of KeyPackages gets nothing, and that is what there is to be found.
        let drained = name == "keypackage-drain";
        let all = [
            ("wishes", expected.wishes, wishes),
            ("deliveries", expected.deliveries(), deliveries),
        ];
        for (what, expected, found) in all.into_iter().take(if drained { 1 } else { 2 }) {
            println!("{name}: {what}: {expected:.0} expected, {found} found");
            let off = (expected / found).max(found / expected);
            assert!(
                off < 1.5,
                "{name}: {what}: {expected} expected, {found} found"
            );
        }
    }
}

/// It is said before the run begins, which here never ends.
#[test]
fn whoever_begins_a_very_long_run_is_told_first() {
    let home = tempfile::tempdir().expect("a folder");
    for line in [
        &["run", "million"][..],
        &[
            "sweep",
            "million",
            "--vary",
            "messages.rate=0.0002/h,0.0003/h",
            "--threads",
            "1",
        ],
    ] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_throng"))
            .args(line)
            .current_dir(home.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut said = BufReader::new(run.stderr.take().expect("its errors")).lines();
        let first = said.next().expect("a line").expect("text");
        run.kill().expect("killed");
        run.wait().expect("ended");
        assert!(first.starts_with("warning: about 1.4"), "{first}");
        assert!(first.contains(" billion deliveries are to be"), "{first}");
        let rest = said.map_while(Result::ok);
        assert_eq!(rest.filter(|line| line.contains("warning")).count(), 0);
    }
}
