//! What providers keep: in files and in a database, and what becomes of it when they, or the database, are killed.

use super::database::Database;
use super::{BUSY, stderr, stdout, throng, throng_in};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Besides what [`BUSY`] says: long enough for somebody to be killed in the middle, however busy the machine is.
const PATIENT: [&str; 8] = [
    "--set",
    "duration=8s",
    "--most-late",
    "10s",
    "--format",
    "json",
    "--quiet",
    "--threshold",
];

/// All that was accepted came to everybody once and in order, which the recorder looks after; and much was.
fn nothing_is_lost(json: &str) {
    let summary: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(summary["real"]["violations"], Value::Null, "{json}");
    let counts = &summary["counts"];
    assert_eq!(
        counts["messages_accepted"], counts["intents"]["message"],
        "{json}"
    );
    let delivered = &summary["invariants"]["what a hub accepted arrives once, in order"];
    assert!(delivered.as_u64() > Some(20), "{json}");
}

/// One provider after the other gets to do nothing any more, and another process goes on from its file.
#[test]
fn what_was_acknowledged_survives_a_kill() {
    let (mut command, _home) = throng();
    let json = stdout(command.arg("load").args(BUSY).args(PATIENT).args([
        "counts.messages_accepted > 10",
        "--kill",
        "b.example=2s+500ms",
        "--kill",
        "a.example=4s",
    ]));
    nothing_is_lost(&json);
    // Connections broke, and clients opened others.
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    assert_ne!(summary["real"]["errors"], Value::Null, "{json}");
}

/// A hub that does nothing for a while, and whose connections stay open: whoever waits for it waits that long, and nobody loses anything.
#[test]
fn who_was_frozen_goes_on_as_if_it_had_been_slow() {
    let (mut command, _home) = throng();
    let json = stdout(command.arg("load").args(BUSY).args(PATIENT).args([
        "counts.messages_accepted > 10",
        "--freeze",
        "b.example=2s+3s",
    ]));
    nothing_is_lost(&json);
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    let slowest = summary["latencies_ms"]["message"]["max"].as_f64();
    assert!(slowest > Some(2_500.0), "{json}");
    assert_eq!(summary["real"]["errors"], Value::Null, "{json}");
}

/// Where it is in a database, that can end at once and come back: nobody hears of anything meanwhile.
#[test]
fn what_was_acknowledged_survives_the_end_of_a_database() {
    let Some(database) = Database::start() else {
        return;
    };
    database.create("a.example");
    database.create("b.example");
    let (mut command, _home) = throng();
    let json = thread::scope(|scope| {
        scope.spawn(|| {
            // In preparation or after it: it is all the same.
            thread::sleep(Duration::from_secs(5));
            database.crash_and_begin();
        });
        stdout(command.arg("load").args(BUSY).args(PATIENT).args([
            "counts.messages_accepted > 10",
            "--store",
            &database.url("{domain}"),
        ]))
    });
    nothing_is_lost(&json);
    // The hub of all of them is b.example.
    let count = "SELECT count(*) FROM throng_rows WHERE tbl = 'groups'";
    assert_eq!(database.query("b.example", count).trim(), "3");
}

/// Longer than the load: whoever is frozen comes back when the measured part is over, and all that was accepted arrives.
#[test]
fn nobody_stays_frozen_beyond_the_measured_part() {
    let (mut command, _home) = throng();
    let begun = Instant::now();
    let json = stdout(command.arg("load").args(BUSY).args(PATIENT).args([
        "counts.messages_accepted > 10",
        "--freeze",
        "a.example=7s+5min",
    ]));
    nothing_is_lost(&json);
    assert!(
        begun.elapsed() < Duration::from_secs(150),
        "it waited for nobody"
    );
}

#[test]
fn who_is_to_be_killed_has_to_be_somebody() {
    let (mut command, _home) = throng();
    let message = stderr(command.args(["load", "small", "--kill", "c.example=1s"]), 2);
    assert!(
        message.contains("expected one of a.example, b.example"),
        "{message}"
    );
    let (mut command, _home) = throng();
    let message = stderr(command.args(["load", "small", "--kill", "b.example"]), 2);
    assert!(message.contains("b.example=5s+2s"), "{message}");
    let (mut command, _home) = throng();
    let message = stderr(
        command.args(["load", "small", "--freeze", "c.example=1s"]),
        2,
    );
    assert!(message.contains("--freeze c.example=1s+1s"), "{message}");
    let (mut command, _home) = throng();
    let both = ["--freeze", "b.example=2s+9s", "--kill", "b.example=3s"];
    let message = stderr(command.args(["load", "small"]).args(both), 2);
    assert!(
        message.contains("it is away then, because of --kill b.example=3s+1s"),
        "{message}"
    );
}

/// A process that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Begins to serve, and waits until it does.
fn serving(home: &Path, arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    command.current_dir(home).stdout(Stdio::piped());
    let mut child = command
        .arg("serve")
        .args(arguments)
        .spawn()
        .expect("starts");
    let mut said = String::new();
    let mut prints = BufReader::new(child.stdout.take().expect("a pipe"));
    prints.read_line(&mut said).expect("text");
    assert!(said.contains("listens on"), "{said}");
    Running(child)
}

/// A folder with the certificates of two providers.
fn certified() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    drop(serving(
        home.path(),
        &["--demo", "2", "--listen", "127.0.0.1:0"],
    ));
    home
}

fn alone<'a>(domain: &'a str, certificate: &'a str, key: &'a str, store: &'a str) -> [&'a str; 12] {
    [
        "--domain",
        domain,
        "--listen",
        "127.0.0.1:0",
        "--ca",
        "demo/ca.pem",
        "--cert",
        certificate,
        "--key",
        key,
        "--store",
        store,
    ]
}

fn a(store: &str) -> [&str; 12] {
    alone(
        "a.example",
        "demo/a.example.pem",
        "demo/a.example.key",
        store,
    )
}

fn b(store: &str) -> [&str; 12] {
    alone(
        "b.example",
        "demo/b.example.pem",
        "demo/b.example.key",
        store,
    )
}

#[test]
fn a_file_that_cannot_be_a_providers_store_is_left_alone() {
    let home = certified();
    let home = home.path();
    let refused = |arguments: &[&str], code| {
        let mut command = throng_in(home);
        stderr(command.arg("serve").args(arguments), code)
    };
    let running = serving(home, &a("a.redb"));
    let in_use = refused(&a("a.redb"), 2);
    assert!(
        in_use.contains("a.redb is in use by another process"),
        "{in_use}"
    );
    drop(running);
    let other = refused(&b("a.redb"), 2);
    assert!(
        other.contains("a.redb is the store of a.example; expected that of b.example"),
        "{other}"
    );
    std::fs::write(home.join("diary"), "dear diary").expect("written");
    let none = refused(&a("diary"), 2);
    assert!(none.contains("diary is no store of throng"), "{none}");
    assert_eq!(
        std::fs::read(home.join("diary")).expect("a file"),
        b"dear diary"
    );
    let inside = refused(&a("diary/a.redb"), 1);
    assert!(
        inside.contains("cannot use the store diary/a.redb"),
        "{inside}"
    );
    // Where nothing is said of it, there is a folder for it.
    drop(serving(home, &a("memory")[..10]));
    assert!(home.join("stores/a.example.redb").exists());
}

#[test]
fn a_database_that_cannot_be_a_providers_store_is_left_alone() {
    let home = certified();
    let home = home.path();
    let refused = |arguments: &[&str], code| {
        let mut command = throng_in(home);
        stderr(command.arg("serve").args(arguments), code)
    };
    let nobody = refused(&a("postgres://me:secret@127.0.0.1:1/there"), 1);
    assert!(
        nobody.contains("cannot reach the database postgres://127.0.0.1:1/there"),
        "{nobody}"
    );
    assert!(!nobody.contains("secret"), "{nobody}");
    let Some(database) = Database::start() else {
        return;
    };
    let missing = refused(&a(&database.url("missing")), 1);
    assert!(missing.contains("\"missing\" does not exist"), "{missing}");
    let url = database.create("a");
    let running = serving(home, &a(&url));
    let in_use = refused(&a(&url), 2);
    assert!(in_use.contains("is in use by another process"), "{in_use}");
    drop(running);
    let other = refused(&b(&url), 2);
    assert!(
        other.contains("is the store of a.example; expected that of b.example"),
        "{other}"
    );
    database.query("a", "UPDATE throng_meta SET version = 7");
    let later = refused(&a(&url), 2);
    assert!(later.contains("schema version 7; expected 5"), "{later}");
}
