//! Interrupts and closed pipes.
#![cfg(unix)]

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A run that nobody waits for to end.
const ENDLESS: [&str; 6] = ["run", "small", "--set", "duration=300d", "--out", "out"];

fn begin(folder: &Path, line: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_throng"))
        .current_dir(folder)
        .args(line)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

fn interrupt(child: &Child) {
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("a kill command").success());
}

/// Waits for the end, but not for ever.
fn end(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().expect("killed");
            panic!("it did not end");
        }
        sleep(Duration::from_millis(20));
    }
}

/// Waits until the run has made its folder, which it does just before it listens and simulates.
fn begun(folder: &Path) {
    let begun = Instant::now();
    while !folder.join("out").is_dir() && begun.elapsed() < Duration::from_secs(30) {
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(500));
}

#[test]
fn an_interrupt_writes_what_was_measured() {
    let home = tempfile::tempdir().expect("a folder");
    let mut child = begin(home.path(), &ENDLESS);
    begun(home.path());
    interrupt(&child);
    assert_eq!(end(&mut child).code(), Some(130));
    let json = fs::read_to_string(home.path().join("out/summary.json")).expect("a summary");
    let summary: Value = serde_json::from_str(&json).expect("json");
    assert_eq!(summary["partial"], Value::Bool(true));
    let note = summary["simulator"]["note"].as_str().expect("a note");
    assert!(note.starts_with("interrupted after "), "{note}");
    let mut text = String::new();
    child
        .stdout
        .take()
        .expect("piped")
        .read_to_string(&mut text)
        .expect("text");
    assert!(
        text.contains("partial: the run was stopped before its end"),
        "{text}"
    );
}

/// Whether the sweep alone is told to stop, or its runs too, it stops, says what to do, and goes on later.
#[test]
fn an_interrupted_sweep_goes_on() {
    for threads in ["1", "2"] {
        let home = tempfile::tempdir().expect("a folder");
        let line = [
            "sweep",
            "small",
            "--vary",
            "rooms.size=2,4",
            "--out",
            "out",
            "--threads",
            threads,
        ];
        let mut child = begin(
            home.path(),
            &[&line[..], &["--set", "duration=300d"]].concat(),
        );
        begun(home.path());
        interrupt(&child);
        assert_eq!(end(&mut child).code(), Some(130), "{threads}");
        let mut said = String::new();
        let mut complaints = child.stderr.take().expect("piped");
        complaints.read_to_string(&mut said).expect("text");
        assert_eq!(
            said,
            "interrupted: 0 of 2 runs are done; the same command goes on with the others\n"
        );
        assert!(!home.path().join("out/sweep.csv").exists());
        let runs = fs::read_dir(home.path().join("out/runs")).expect("runs");
        assert_eq!(runs.count(), 0, "nothing is half-written");
    }
}

/// A key at a terminal interrupts the sweep and the process that makes its run, at whatever moment: between two runs, while one
/// begins, or while one is made.
#[test]
fn a_key_interrupts_all_of_a_sweep() {
    for wait in [0, 117, 233, 350] {
        let home = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_throng"))
            .current_dir(home.path())
            .args([
                "sweep",
                "small",
                "--engine",
                "model",
                "--set",
                "duration=20s",
            ])
            .args([
                "--vary",
                "rooms.size=2,4",
                "--replicas",
                "5000",
                "--threads",
                "1",
                "--out",
                "out",
            ])
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        // It listens when the first run is made.
        let first = home.path().join("out/runs/00000-00000.json");
        let begun = Instant::now();
        while !first.exists() && begun.elapsed() < Duration::from_secs(30) {
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(wait));
        let group = format!("-{}", child.id());
        let kill = Command::new("kill").args(["-INT", "--", &group]).status();
        assert!(kill.expect("a kill command").success());
        let mut said = String::new();
        let mut complaints = child.stderr.take().expect("piped");
        let code = end(&mut child).code();
        complaints.read_to_string(&mut said).expect("text");
        assert_eq!(code, Some(130), "{said}");
        assert!(
            said.starts_with("interrupted: ") && said.lines().count() == 1,
            "{said}"
        );
    }
}

#[test]
fn a_reader_that_goes_early_hears_no_complaint() {
    let home = tempfile::tempdir().expect("a folder");
    for line in [
        &["run", "small", "--set", "duration=1s", "--out", "out"][..],
        &["scenarios"],
        &["completions", "bash"],
    ] {
        let mut child = begin(home.path(), line);
        drop(child.stdout.take());
        assert_eq!(end(&mut child).code(), Some(0), "{line:?}");
        let mut complaint = String::new();
        child
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut complaint)
            .expect("text");
        assert_eq!(complaint, "", "{line:?}");
    }
    assert!(
        home.path().join("out/summary.json").is_file(),
        "the report was written first"
    );
}
