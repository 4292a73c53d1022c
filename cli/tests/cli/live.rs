//! `throng load` and `throng serve`: over real connections, on loopback.

use super::{stderr, stdout, throng};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// A scenario in which much happens in a few seconds.
const BUSY: [&str; 14] = [
    "load",
    "small",
    "--set",
    "duration=5s",
    "--set",
    "rooms.created=0s",
    "--set",
    "rooms.grow_interval=100ms",
    "--set",
    "messages.rate=3600/h",
    "--set",
    "churn.updates=600/h",
    "--set",
    "churn.joins=600/h",
];

/// The providers are processes, the clients real OpenMLS ones, and between them is nothing but HTTPS with mutual TLS between
/// providers. What a hub accepted has to come to each receiver once and in order, or the command fails.
#[test]
fn a_load_delivers_all_that_was_accepted_once_and_in_order() {
    let (mut command, _home) = throng();
    // However busy the machine is that this runs on.
    let patient = ["--most-late", "10s", "--format", "json", "--quiet"];
    let json = stdout(command.args(BUSY).args(patient));
    let outcome: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(outcome["providers"], 2, "{json}");
    assert_eq!(outcome["violations"], Value::Array(Vec::new()), "{json}");
    assert_eq!(
        outcome["errors"],
        Value::Object(Default::default()),
        "{json}"
    );
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let accepted = count(&outcome["accepted"]["message"]);
    assert!(accepted > 10, "{json}");
    assert_eq!(accepted, count(&outcome["wishes"]["message"]), "{json}");
    assert!(count(&outcome["accepted"]["commit"]) > 5, "{json}");
    // Each event has several receivers, and some are of the other provider.
    assert!(count(&outcome["delivered"]) > 2 * accepted, "{json}");
    assert!(count(&outcome["join"]["count"]) > 3, "{json}");
    let of = |name: &str, figure: &str| outcome[name][figure].as_f64().unwrap_or_default();
    assert!(of("message", "p50_ms") > 0.0, "{json}");
    assert!(
        of("message", "p99_ms") >= of("message_raw", "p50_ms"),
        "{json}"
    );
}

/// Rooms that exist before time zero are made by the protocol itself, before anything is measured.
#[test]
fn warm_rooms_are_there_before_the_first_wish() {
    let (mut command, _home) = throng();
    let text = stdout(command.args([
        "load",
        "small",
        "--set",
        "duration=1s",
        "--set",
        "rooms.start=warm",
        "--set",
        "messages.rate=7200/h",
        "--set",
        "users.count=8",
        "--most-late",
        "10s",
    ]));
    assert!(text.starts_with("small, seed 1, for real\n"), "{text}");
    assert!(text.contains("each once and in order"), "{text}");
    assert!(text.contains("errors            none"), "{text}");
}

/// A figure about the command itself must not be taken for one about providers.
#[test]
fn where_the_generator_was_the_limit_that_is_said_first() {
    let (mut command, _home) = throng();
    let hasty = ["--set", "duration=2s", "--most-late", "1us"];
    let assert = command.args(BUSY).args(hasty).assert().code(99);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.starts_with("the generator was the limit"), "{text}");
}

#[test]
fn what_cannot_be_had_in_real_time_is_said_before_anything_begins() {
    let (mut command, _home) = throng();
    let message = stderr(
        command.args(["load", "small", "--set", "users.count=20000"]),
        2,
    );
    assert!(
        message.contains("users.count") && message.contains("at most 8000"),
        "{message}"
    );
    let (mut command, _home) = throng();
    let message = stderr(command.args(["load", "small", "--set", "engine=model"]), 2);
    assert!(message.contains("expected `openmls`"), "{message}");
}

#[test]
fn a_provider_that_cannot_be_one_says_why() {
    let (mut command, home) = throng();
    let alone = ["serve", "--domain", "a.example"];
    let files = ["--ca", "ca.pem", "--cert", "a.pem", "--key", "a.key"];
    let message = stderr(command.args(alone).args(files), 2);
    assert!(message.contains("cannot read a.pem"), "{message}");
    let (mut command, _home) = throng();
    let message = stderr(command.args(alone), 2);
    assert!(message.contains("--ca"), "{message}");

    let mut demo = Command::new(env!("CARGO_BIN_EXE_throng"));
    demo.current_dir(home.path()).stdout(Stdio::piped());
    let demo = demo.args(["serve", "--demo", "2", "--listen", "127.0.0.1:0"]);
    let mut demo = demo.spawn().expect("starts");
    let lines = BufReader::new(demo.stdout.take().expect("a pipe")).lines();
    let said: Vec<String> = lines.take(3).map(|line| line.expect("text")).collect();
    let address = said[0]
        .strip_prefix("a.example listens on ")
        .expect("an address");
    assert!(
        said[1].starts_with("b.example listens on 127.0.0.1:"),
        "{said:?}"
    );
    assert_eq!(said[2], "their certificates are in demo");

    let serve = |certificate: &str, listen: &str| {
        let mut command = super::throng_in(home.path());
        command
            .args(alone)
            .args(["--ca", "demo/ca.pem", "--key", "demo/a.example.key"]);
        stderr(command.args(["--cert", certificate, "--listen", listen]), 2)
    };
    let taken = serve("demo/a.example.pem", address);
    assert!(
        taken.contains(&format!("cannot listen on {address}")),
        "{taken}"
    );
    let foreign = serve("demo/b.example.pem", "127.0.0.1:0");
    assert!(foreign.contains("not one of a.example"), "{foreign}");
    std::fs::File::create(home.path().join("empty.pem"))
        .expect("a file")
        .write_all(b"")
        .expect("written");
    let none = serve("empty.pem", "127.0.0.1:0");
    assert!(none.contains("empty.pem holds no certificate"), "{none}");
    demo.kill().expect("ends");
    demo.wait().expect("ends");
}
