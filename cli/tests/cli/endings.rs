//! Interrupts and closed pipes.
#![cfg(unix)]

use serde_json::Value;
use std::fs;
use std::io::Read;
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
