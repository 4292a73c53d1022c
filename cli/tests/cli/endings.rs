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

/// What Ctrl-C sends, and what CI systems do.
const SIGNALS: [&str; 2] = ["-INT", "-TERM"];

fn send(signal: &str, child: &Child) {
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.expect("a kill command").success());
}

/// Waits until the command listens for signals. Where the system does not say, that takes no longer than this.
fn listens(child: &Child) {
    const SIGINT: u64 = 1 << (2 - 1);
    let caught = || -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    };
    let begun = Instant::now();
    while caught().is_none_or(|mask| mask & SIGINT == 0)
        && begun.elapsed() < Duration::from_secs(20)
    {
        sleep(Duration::from_millis(20));
    }
    // Of the signals it listens for, that is the first.
    sleep(Duration::from_millis(300));
}

/// What a child that has ended said.
fn said(from: Option<impl Read>) -> String {
    let mut text = String::new();
    from.expect("piped")
        .read_to_string(&mut text)
        .expect("text");
    text
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
    for signal in SIGNALS {
        let home = tempfile::tempdir().expect("a folder");
        let mut child = begin(home.path(), &ENDLESS);
        begun(home.path());
        send(signal, &child);
        assert_eq!(end(&mut child).code(), Some(130), "{signal}");
        let json = fs::read_to_string(home.path().join("out/summary.json")).expect("a summary");
        let summary: Value = serde_json::from_str(&json).expect("json");
        assert_eq!(summary["partial"], Value::Bool(true));
        let note = summary["simulator"]["note"].as_str().expect("a note");
        assert!(note.starts_with("interrupted after "), "{note}");
        let text = said(child.stdout.take());
        assert!(
            text.contains("partial: the run was stopped before its end"),
            "{text}"
        );
    }
}

/// A world of a million clients takes seconds to set up.
#[test]
fn an_interrupt_while_setting_up_ends_at_once() {
    for signal in SIGNALS {
        let home = tempfile::tempdir().expect("a folder");
        let line = ["run", "million", "--out", "out"];
        let mut child = begin(home.path(), &line);
        begun(home.path());
        send(signal, &child);
        let sent = Instant::now();
        assert_eq!(end(&mut child).code(), Some(130), "{signal}");
        assert!(sent.elapsed() < Duration::from_secs(2), "{signal}");
        let text = said(child.stderr.take());
        let last = text.lines().last();
        assert_eq!(
            last,
            Some("interrupted while setting up: nothing is written"),
            "{text}"
        );
        assert!(!home.path().join("out/summary.json").exists());
    }
}

/// `timeout` sends its signal to the command and then to the group that the command is in.
#[test]
fn a_signal_that_comes_twice_is_one() {
    let home = tempfile::tempdir().expect("a folder");
    let mut child = begin(home.path(), &ENDLESS);
    begun(home.path());
    send("-TERM", &child);
    send("-TERM", &child);
    assert_eq!(end(&mut child).code(), Some(130));
    assert!(home.path().join("out/summary.json").is_file());
}

#[test]
fn an_interrupted_comparison_of_engines_says_what_agreed() {
    for signal in SIGNALS {
        let home = tempfile::tempdir().expect("a folder");
        let mut child = begin(home.path(), &["verify", "small", "--set", "duration=300d"]);
        listens(&child);
        send(signal, &child);
        assert_eq!(end(&mut child).code(), Some(130), "{signal}");
        let text = said(child.stdout.take());
        assert!(
            text.starts_with("· small, seed 1: both engines agree so far\n  partial: stopped at "),
            "{text}"
        );
        assert!(
            text.contains("of 300 d\n") && text.contains("compared, one by one"),
            "{text}"
        );
    }
}

#[test]
fn an_interrupted_calibration_writes_no_profile_that_it_could_not_measure() {
    for signal in SIGNALS {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("cost-profile.toml"), "an earlier one").expect("written");
        let mut child = begin(home.path(), &["calibrate"]);
        listens(&child);
        send(signal, &child);
        assert_eq!(end(&mut child).code(), Some(130), "{signal}");
        assert_eq!(
            said(child.stderr.take()),
            "interrupted: too little was measured for a profile; none is written\n"
        );
        let left = fs::read_dir(home.path()).expect("listed").count();
        let kept = fs::read_to_string(home.path().join("cost-profile.toml")).expect("kept");
        assert_eq!((left, kept.as_str()), (1, "an earlier one"));
    }
}

/// Whether the sweep alone is told to stop, or its runs too, it stops, says what to do, and goes on later.
#[test]
fn an_interrupted_sweep_goes_on() {
    for (threads, signal) in [("1", "-INT"), ("2", "-INT"), ("1", "-TERM"), ("2", "-TERM")] {
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
            &[&line[..], &["--set", "duration=60d"]].concat(),
        );
        begun(home.path());
        send(signal, &child);
        assert_eq!(end(&mut child).code(), Some(130), "{threads} {signal}");
        assert_eq!(
            said(child.stderr.take()),
            "interrupted: 0 of 2 runs are done; the same command goes on with the others\n"
        );
        assert!(!home.path().join("out/sweep.csv").exists());
        let runs = fs::read_dir(home.path().join("out/runs")).expect("runs");
        assert_eq!(runs.count(), 0, "nothing is half-written");
    }
}

/// A key at a terminal, or a CI system that ends a group, interrupts the sweep and the process that makes its run, at whatever
/// moment: between two runs, while one begins, or while one is made.
#[test]
fn a_key_interrupts_all_of_a_sweep() {
    for (wait, signal) in [(0, "-INT"), (117, "-TERM"), (233, "-INT"), (350, "-TERM")] {
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
        let kill = Command::new("kill").args([signal, "--", &group]).status();
        assert!(kill.expect("a kill command").success());
        let code = end(&mut child).code();
        let said = said(child.stderr.take());
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
        assert_eq!(said(child.stderr.take()), "", "{line:?}");
    }
    assert!(
        home.path().join("out/summary.json").is_file(),
        "the report was written first"
    );
}
