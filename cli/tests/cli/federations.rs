//! `throng load --as`: a part of a federation, beside providers under test.

use super::{BUSY, stderr, stdout, throng_in};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use throng_live::serve::demo::Certificates;

/// A provider under test, and the folder of everybody's certificates.
struct Tested {
    process: Child,
    address: String,
}

impl Tested {
    /// One that knows the other, and where that will listen.
    fn start(home: &Path, domain: &str, other: &str) -> Self {
        let certificates = home.join("certificates");
        let mut serve = Command::new(env!("CARGO_BIN_EXE_throng"));
        serve
            .current_dir(home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        serve.args([
            "serve",
            "--domain",
            domain,
            "--listen",
            "127.0.0.1:0",
            "--store",
            "memory",
        ]);
        serve
            .args(["--peer", other, "--ca"])
            .arg(certificates.join("ca.pem"));
        serve
            .arg("--cert")
            .arg(certificates.join(format!("{domain}.pem")));
        serve
            .arg("--key")
            .arg(certificates.join(format!("{domain}.key")));
        let mut process = serve.spawn().expect("starts");
        let mut line = String::new();
        let mut says = BufReader::new(process.stdout.take().expect("a pipe"));
        says.read_line(&mut line).expect("text");
        let address = line.trim().rsplit(' ').next().expect("an address");
        Self {
            address: format!("{domain}={address}"),
            process,
        }
    }
}

impl Drop for Tested {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let domains = ["a.example", "b.example"].map(str::to_owned);
    Certificates::make(&home.path().join("certificates"), &domains).expect("certificates");
    home
}

/// Where a provider can listen that is to be known before it begins.
pub(crate) fn free(domain: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    format!("{domain}={address}")
}

fn load(home: &Path, role: &str, arguments: &[&str]) -> assert_cmd::Command {
    let mut load = throng_in(home);
    load.arg("load")
        .args(BUSY)
        .args(["--most-late", "10s", "--quiet"]);
    load.args(["--as", role, "--certificates", "certificates"]);
    load.args(arguments);
    load
}

/// What a load came to in which nothing is wrong.
pub(crate) fn sound(load: &mut assert_cmd::Command) -> Value {
    let json = stdout(load.args(["--format", "json"]));
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    let real = &summary["real"];
    for nothing in ["violations", "failed", "findings", "errors"] {
        assert_eq!(real[nothing], Value::Null, "{nothing}: {json}");
    }
    let counts = &summary["counts"];
    assert_eq!(
        counts["messages_accepted"], counts["intents"]["message"],
        "{json}"
    );
    assert!(
        counts["messages_accepted"]
            .as_u64()
            .is_some_and(|count| count > 10),
        "{json}"
    );
    summary
}

#[test]
fn a_hub_under_test_orders_the_rooms_of_followers_that_are_ours() {
    let (home, ours) = (home(), free("b.example"));
    let hub = Tested::start(home.path(), "a.example", &ours);
    let arguments = ["--hub", &hub.address, "--listen", &ours];
    let summary = sound(&mut load(home.path(), "follower", &arguments));
    // Nobody's account is at the hub: all that it knows of comes from another provider.
    let servers = summary["real"]["servers"].as_array().expect("servers");
    let servers: Vec<&str> = servers
        .iter()
        .filter_map(|one| one["server"].as_str())
        .collect();
    assert_eq!(servers, ["b.example"]);
    let command = summary["run"]["command"].to_string() + &summary.to_string();
    assert!(command.contains("--as follower"), "{command}");
}

#[test]
fn followers_under_test_are_in_rooms_of_a_hub_that_is_ours() {
    let (home, ours) = (home(), free("a.example"));
    let follower = Tested::start(home.path(), "b.example", &ours);
    let arguments = ["--follower", &follower.address, "--listen", &ours];
    sound(&mut load(home.path(), "hub", &arguments));
}

#[test]
fn who_does_not_fit_is_said_before_anything_begins() {
    let home = home();
    for (role, arguments, code, wrong) in [
        ("follower", vec![], 2, "expected --hub a.example=ADDRESS"),
        (
            "follower",
            vec!["--hub", "b.example=127.0.0.1:1"],
            2,
            "expected a.example",
        ),
        (
            "hub",
            vec!["--follower", "a.example=127.0.0.1:1"],
            2,
            "expected another",
        ),
        (
            "hub",
            vec!["--follower", "c.example=127.0.0.1:1"],
            2,
            "a.example, b.example",
        ),
        (
            "follower",
            vec!["--hub", "a.example=127.0.0.1:1"],
            1,
            "cannot reach a.example",
        ),
    ] {
        let message = stderr(&mut load(home.path(), role, &arguments), code);
        assert!(message.contains(wrong), "{wrong}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(!home.path().join("loads").exists(), "{wrong}");
    }
    std::fs::remove_file(home.path().join("certificates/b.example.key")).expect("there");
    let hub = ["--hub", "a.example=127.0.0.1:1"];
    let message = stderr(&mut load(home.path(), "follower", &hub), 2);
    assert!(message.contains("b.example.key"), "{message}");
}
