//! `throng sweep`.

use super::{stderr, stdout, throng, throng_in};
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

/// Three points of runs that take a fraction of a second.
const SWEEP: [&str; 8] = [
    "sweep",
    "small",
    "--set",
    "duration=20s",
    "--vary",
    "rooms.size=2,4,8",
    "--engine",
    "model",
];

fn sweep(home: &Path, replicas: u32, folder: &str, more: &[&str]) {
    let mut command = throng_in(home);
    command
        .args(SWEEP)
        .args(["--quiet", "--out", folder])
        .args(["--replicas", &replicas.to_string()])
        .args(more);
    command.assert().success();
}

fn file(home: &Path, name: &str) -> String {
    fs::read_to_string(home.join(name)).expect(name)
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "one", &["--threads", "1"]);
    sweep(home, 2, "two", &["--threads", "2"]);
    assert_eq!(file(home, "one/sweep.csv"), file(home, "two/sweep.csv"));
    assert_eq!(file(home, "one/fits.csv"), file(home, "two/fits.csv"));
}

#[test]
fn a_sweep_goes_on_where_it_was_left() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "whole", &[]);
    sweep(home, 2, "cut", &[]);
    // As if it had been killed: two runs and the tables are not there, and one was half written by somebody else.
    for name in ["runs/00001-00000.json", "sweep.csv", "fits.csv"] {
        fs::remove_file(home.join("cut").join(name)).expect(name);
    }
    fs::write(home.join("cut/runs/00002-00001.json"), "{ \"point\": 2,").expect("written");
    let kept = home.join("cut/runs/00000-00000.json");
    let before = fs::metadata(&kept).and_then(|file| file.modified());
    sweep(home, 2, "cut", &[]);
    assert_eq!(file(home, "cut/sweep.csv"), file(home, "whole/sweep.csv"));
    let after = fs::metadata(&kept).and_then(|file| file.modified());
    assert_eq!(
        before.expect("a time"),
        after.expect("a time"),
        "made again"
    );
}

#[test]
fn replicas_can_be_added_later() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "more", &[]);
    sweep(home, 3, "more", &[]);
    sweep(home, 3, "three", &[]);
    assert_eq!(file(home, "more/sweep.csv"), file(home, "three/sweep.csv"));
    // And left out again, by all that reads the folder.
    sweep(home, 2, "more", &[]);
    sweep(home, 2, "two", &[]);
    assert_eq!(file(home, "more/sweep.csv"), file(home, "two/sweep.csv"));
    let page = |folder| {
        throng_in(home)
            .args(["report", folder, "--quiet"])
            .assert()
            .success();
        file(home, &format!("{folder}/report.html")).replace("--out more", "--out two")
    };
    assert!(page("more") == page("two"));
}

/// Runs that are made one at a time have a process each, and so a memory of their own.
#[test]
fn memory_is_measured_where_runs_are_made_one_at_a_time() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 3, "alone", &["--threads", "1"]);
    sweep(home, 3, "together", &["--threads", "2"]);
    let memory = |folder: &str| {
        let runs = fs::read_dir(home.join(folder).join("runs")).expect("runs");
        let of_run = runs.map(|run| {
            let text = fs::read_to_string(run.expect("a run").path()).expect("a run");
            let run: serde_json::Value = serde_json::from_str(&text).expect("json");
            run["simulator"]["simulator.peak_memory"].as_f64()
        });
        of_run.collect::<Vec<Option<f64>>>()
    };
    assert_eq!(memory("together"), [None; 9]);
    if cfg!(target_os = "linux") {
        assert!(memory("alone").iter().all(|bytes| *bytes > Some(1e6)));
    }
    for rule in ["simulator.peak_memory > 1000%", "simulator.wall > 100000%"] {
        let line = ["compare", "alone", "alone", "--fail-on", rule];
        throng_in(home).args(line).assert().success();
    }
    // Nobody measured it there.
    let rule = "simulator.peak_memory > 10%";
    let line = ["compare", "alone", "together", "--fail-on", rule];
    let text = stderr(throng_in(home).args(line), 2);
    assert!(
        text.contains("compare two sweeps with several --replicas"),
        "{text}"
    );
}

/// A replica is the run that `--set run=N` makes by itself.
#[test]
fn a_replica_can_be_run_alone() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "all", &[]);
    let line = [
        "run",
        "small",
        "--quiet",
        "--out",
        "alone",
        "--engine",
        "model",
        "--set",
        "duration=20s",
        "--set",
        "rooms.size=4",
        "--set",
        "run=1",
    ];
    throng_in(home).args(line).assert().success();
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_str(&file(home, name)).expect("json")
    };
    let (sample, summary) = (
        json("all/runs/00001-00001.json"),
        json("alone/summary.json"),
    );
    assert_eq!(sample["fingerprint"], summary["fingerprint"]);
    assert_eq!(
        sample["measures"]["counts.commit_attempts"].as_f64(),
        summary["counts"]["commit_attempts"].as_f64()
    );
}

#[test]
fn it_says_what_it_found() {
    let (_, home) = throng();
    let text = stdout(throng_in(home.path()).args(SWEEP));
    assert!(text.contains("3 points"), "{text}");
    assert!(text.contains("rooms.size"), "{text}");
    assert!(text.contains("commit.bytes.mean"), "{text}");
    assert!(home.path().join("sweeps/small-1/sweep.csv").exists());
}

#[test]
fn mistakes_are_bad_usage_and_leave_nothing() {
    let (_, home) = throng();
    let home = home.path();
    for (line, said) in [
        (
            &["--vary", "rooms.size="][..],
            "expected a key and its values",
        ),
        (&["--vary", "rooms.size=4,4"], "the value 4 is there twice"),
        (
            &["--vary", "rooms.size=4", "--vary", "rooms.size=8"],
            "the key is varied twice",
        ),
        (&["--vary", "rooms.sise=4"], "rooms.sise"),
        (&["--vary", "rooms.size=4,-1"], "rooms.size"),
        (
            &["--vary", "rooms.size=4,8", "--set", "rooms.size=2"],
            "--vary rooms.size and --set rooms.size=2 contradict one another",
        ),
        (
            &[
                "--vary",
                "messages.size=1B,2B",
                "--set",
                "messages.size.dist=zipf",
            ],
            "contradict one another",
        ),
        (
            &[
                "--vary",
                "messages.size=1B,2B",
                "--vary",
                "messages.size.dist=zipf",
            ],
            "--vary messages.size.dist and --vary messages.size contradict one another",
        ),
        (
            &["--vary", "seed=1,2", "--seed", "3"],
            "--vary seed and --seed 3 contradict one another",
        ),
        (
            &["--vary", "engine=model,openmls", "--engine", "model"],
            "contradict",
        ),
        (
            &["--vary", "run=1,2"],
            "--vary run and --replicas, which numbers the runs, contradict",
        ),
        (
            &["--vary", "rooms.size=4", "--set", "run=2"],
            "--replicas, which numbers the runs, and --set run=2 contradict",
        ),
        (
            &["--vary", "rooms.size=4", "--threshold", "jion.p95 < 1s"],
            "did you mean \"join.p95 < 1s\"?",
        ),
        (&["--vary", "rooms.size=4", "--replicas", "0"], "--replicas"),
        (&[], "--vary"),
        (
            &["--vary", "rooms.size=4", "--set", "cost.source=measured"],
            "measured",
        ),
    ] {
        let mut command = throng_in(home);
        let text = stderr(command.args(["sweep", "small"]).args(line), 2);
        assert!(text.contains(said), "{line:?}: {text}");
        assert_eq!(fs::read_dir(home).expect("a folder").count(), 0, "{line:?}");
    }
}

#[test]
fn another_sweep_in_the_folder_is_not_mixed_in() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "here", &[]);
    let before = file(home, "here/sweep.csv");
    for (more, said) in [
        (&["--seed", "2"][..], "the scenario is another"),
        (&["--vary", "rooms.count=2,3"], "something else is varied"),
    ] {
        let mut command = throng_in(home);
        let text = stderr(command.args(SWEEP).args(["--out", "here"]).args(more), 2);
        assert!(text.contains(said), "{text}");
    }
    fs::write(home.join("here/sweep.json"), "{").expect("written");
    let mut command = throng_in(home);
    let text = stderr(command.args(SWEEP).args(["--out", "here"]), 2);
    assert!(text.contains("its sweep.json cannot be read"), "{text}");
    assert_eq!(before, file(home, "here/sweep.csv"));
}

/// What MLS promises: an update's commit grows with log N where the tree is full, and with N where it is bare.
#[test]
fn the_laws_of_full_and_bare_trees_are_found() {
    let (_, home) = throng();
    let line = [
        "sweep",
        "tree-growth",
        "--quiet",
        "--out",
        "growth",
        "--replicas",
        "3",
        "--vary",
        "rooms.start=warm,bare",
        "--vary",
        "users.count=16,32,64,128,256,512,1024,2048",
    ];
    throng_in(home.path()).args(line).assert().success();
    let fits = file(home.path(), "growth/fits.csv");
    // A path has a ciphertext a level in a full tree, and one for each other member in a tree without parents (RFC 9420, section
    // 7.6). A ciphertext takes 82 bytes; a level takes one, the node's public key and two lengths besides.
    for (start, measure, law, at_first, by_n) in [
        (
            "warm",
            "commit.ciphertexts.mean",
            "log N",
            about(0.0),
            about(1.0),
        ),
        (
            "bare",
            "commit.ciphertexts.max",
            "N",
            about(-1.0),
            about(1.0),
        ),
        (
            "warm",
            "commit.bytes.mean",
            "log N",
            404.0..=407.0,
            117.0..=118.0,
        ),
        ("bare", "commit.bytes.max", "N", 400.0..=600.0, 82.0..=83.0),
    ] {
        let wanted = format!("{start},,users.count,{measure},{law},");
        let row = fits.lines().find_map(|row| row.strip_prefix(&wanted));
        let row = row.unwrap_or_else(|| panic!("{wanted}: {fits}"));
        let mut numbers = row
            .split(',')
            .map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("a column");
        let (a, b): (f64, f64) = (next(), next());
        assert!(at_first.contains(&a) && by_n.contains(&b), "{wanted}{row}");
    }
}

/// A number, but for the errors of arithmetic.
fn about(number: f64) -> RangeInclusive<f64> {
    number - 1e-9..=number + 1e-9
}

/// Two sweeps side by side: the same code, then commits that are a byte longer.
#[test]
fn two_sweeps_are_compared() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "main", &["--threads", "1"]);
    sweep(home, 2, "new", &["--threads", "2"]);
    let text = stdout(throng_in(home).args(["compare", "main", "new"]));
    assert!(text.contains("all that was simulated is equal"), "{text}");
    assert!(
        text.contains("measure rooms.size ") && text.contains("simulator.wall 4"),
        "{text}"
    );

    let path = home.join("new/runs/00001-00001.json");
    let text = fs::read_to_string(&path).expect("a run");
    let mut run: serde_json::Value = serde_json::from_str(&text).expect("json");
    let bytes = &mut run["measures"]["commit.bytes.mean"];
    *bytes = (bytes.as_f64().expect("a mean") + 1.0).into();
    fs::write(&path, run.to_string()).expect("written");
    let mut command = throng_in(home);
    let assert = command.args(["compare", "main", "new"]).assert().code(99);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("✗ commit.bytes.mean 4 "), "{text}");

    for (pair, said) in [
        (
            ["main", "main/runs/00000-00000.json"],
            "not the figures of a run",
        ),
        (["main", "nowhere"], "no run and no baseline"),
    ] {
        let mut command = throng_in(home);
        let text = stderr(command.arg("compare").args(pair), 2);
        assert!(text.contains(said), "{text}");
    }
    // A run that was cut off by somebody else is not silently left out.
    let cut = home.join("main/runs/00001-00000.json");
    let whole = fs::read_to_string(&cut).expect("a run");
    fs::write(&cut, &whole[..300]).expect("written");
    let mut command = throng_in(home);
    let text = stderr(command.args(["compare", "main", "new"]), 2);
    assert!(
        text.contains("main/runs/00001-00000.json: EOF while parsing"),
        "{text}"
    );
    fs::write(&cut, whole).expect("written");
    fs::create_dir(home.join("empty")).expect("a folder");
    fs::copy(home.join("main/sweep.json"), home.join("empty/sweep.json")).expect("copied");
    let mut command = throng_in(home);
    let text = stderr(command.args(["compare", "main", "empty"]), 2);
    assert!(text.contains("no run of it is done"), "{text}");
}

/// A sweep's baseline takes the place of a run's of the same name, and the other way round.
#[test]
fn a_sweep_is_compared_with_its_baseline() {
    let (_, home) = throng();
    let home = home.path();
    let run = [
        "run",
        "small",
        "--quiet",
        "--set",
        "duration=5s",
        "--save-baseline",
        "main",
    ];
    throng_in(home).args(run).assert().success();
    sweep(home, 2, "one", &["--save-baseline", "main"]);
    fs::remove_dir_all(home.join("one")).expect("removed");
    sweep(home, 2, "two", &[]);
    let text = stdout(throng_in(home).args(["compare", "main", "two"]));
    assert!(text.contains("all that was simulated is equal"), "{text}");
    throng_in(home).args(run).assert().success();
    let text = stdout(throng_in(home).args(["compare", "main", "runs/small-1"]));
    assert!(text.contains("all that was simulated is equal"), "{text}");
    let kept = fs::read_dir(home.join("runs/baselines")).expect("a folder");
    assert_eq!(kept.count(), 1, "nothing else is left there");
    let text = stderr(throng_in(home).args(["compare", "mian", "two"]), 2);
    assert!(text.contains("or one of the baselines main"), "{text}");
    let mut command = throng_in(home);
    let text = stderr(command.args(SWEEP).args(["--save-baseline", "a/b"]), 2);
    assert!(text.contains("\"a/b\" cannot name a baseline"), "{text}");
    assert!(!home.join("sweeps").exists(), "nothing was begun");
}

/// A threshold that one run does not meet is the sweep's, and holding runs to others makes none of them anew.
#[test]
fn thresholds_are_held_against_every_run() {
    let (_, home) = throng();
    let home = home.path();
    sweep(home, 2, "held", &["--threshold", "join.p95 < 1h"]);
    let kept = home.join("held/runs/00000-00000.json");
    let before = fs::metadata(&kept).and_then(|file| file.modified());
    let mut command = throng_in(home);
    let rules = [
        "--threshold",
        "join.p95 < 1h",
        "--threshold",
        "traffic.bytes < 1kB",
    ];
    let assert = command
        .args(SWEEP)
        .args(["--out", "held", "--replicas", "2"])
        .args(rules)
        .assert();
    let text = String::from_utf8_lossy(&assert.code(99).get_output().stdout).into_owned();
    assert!(text.contains("✓ join.p95 < 1h: all 6 runs"), "{text}");
    assert!(
        text.contains("✗ traffic.bytes < 1kB: not in 6 of 6 runs (rooms.size=2 run=0: "),
        "{text}"
    );
    let after = fs::metadata(&kept).and_then(|file| file.modified());
    assert_eq!(
        before.expect("a time"),
        after.expect("a time"),
        "made again"
    );
    let junit = file(home, "held/thresholds.xml");
    assert!(
        junit.contains("tests=\"2\"") && junit.contains("failures=\"1\""),
        "{junit}"
    );
    // Without thresholds none is left of them.
    sweep(home, 2, "held", &[]);
    assert!(!home.join("held/thresholds.xml").exists());
}
