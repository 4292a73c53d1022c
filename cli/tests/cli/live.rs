//! `throng load` and `throng serve`: over real connections, on loopback.

use super::{BUSY, stderr, stdout, throng};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

/// What people say has content that others decode, what they report and notice goes over the same connections, and both are told apart.
#[test]
fn people_report_what_they_read_over_real_connections() {
    let (mut command, _home) = throng();
    let content = [
        "messages.content=mimi",
        "messages.receipts=read",
        "messages.receipt_delay=200ms",
        "messages.typing=true",
    ];
    let content = content.iter().flat_map(|setting| ["--set", setting]);
    let patient = ["--most-late", "10s", "--format", "json", "--quiet"];
    let json = stdout(command.arg("load").args(BUSY).args(content).args(patient));
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(summary["real"]["violations"], Value::Null, "{json}");
    let counts = &summary["counts"];
    assert_eq!(
        counts["messages_accepted"], counts["intents"]["message"],
        "{json}"
    );
    assert_eq!(
        counts["undecryptable"]["malformed-content"],
        Value::Null,
        "{json}"
    );
    let kinds = summary["contents"].as_array().expect("kinds");
    let read = |kind: &str| {
        let row = kinds.iter().find(|row| row["kind"] == kind);
        row.and_then(|row| row["read"].as_u64()).unwrap_or_default()
    };
    assert!(read("text") > 10 && read("typing") > 10, "{json}");
    assert!(read("status") > 10, "{json}");
    let said = kinds
        .iter()
        .filter(|row| row["kind"] != "status" && row["kind"] != "typing");
    let said: u64 = said.filter_map(|row| row["read"].as_u64()).sum();
    assert_eq!(counts["messages_decrypted"].as_u64(), Some(said), "{json}");
}

/// The providers are processes, the clients real OpenMLS ones, and between them is nothing but HTTPS with mutual TLS between
/// providers. The record is made from what both note, and what has to hold of a simulated run has to hold of it.
#[test]
fn a_load_ends_with_the_report_of_a_real_run() {
    let (mut command, home) = throng();
    // However busy the machine is that this runs on.
    let patient = ["--most-late", "10s", "--format", "json", "--quiet"];
    let rules = [
        "--threshold",
        "counts.messages_accepted > 10",
        "--out",
        "real",
    ];
    let json = stdout(command.arg("load").args(BUSY).args(patient).args(rules));
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    let written = std::fs::read_to_string(home.path().join("real/summary.json"));
    assert_eq!(written.expect("a summary"), json);

    assert_eq!(summary["reproducible"], false, "{json}");
    assert_eq!(summary["fingerprint"], "", "{json}");
    let real = &summary["real"];
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    assert!(count(&real["machine"]["cores"]) > 0, "{json}");
    assert_eq!(real["errors"], Value::Null, "{json}");
    assert_eq!(real["violations"], Value::Null, "{json}");
    assert_eq!(summary["thresholds"][0]["met"], true, "{json}");

    let counts = &summary["counts"];
    let accepted = count(&counts["messages_accepted"]);
    assert_eq!(accepted, count(&counts["intents"]["message"]), "{json}");
    assert!(count(&counts["commits_accepted"]) > 5, "{json}");
    // How late the generator is counts from what the scenario wishes, and from nothing that it does itself.
    let wishes = counts["intents"].as_object().expect("intents").values();
    let wishes: u64 = wishes.map(count).sum();
    assert_eq!(count(&real["lateness_ms"]["count"]), wishes, "{json}");
    for (name, checks) in summary["invariants"].as_object().expect("invariants") {
        assert!(count(checks) > 0, "{name}: {json}");
    }
    // Each event has several receivers, and some are of the other provider.
    let delivered = &summary["invariants"]["what a hub accepted arrives once, in order"];
    assert!(count(delivered) > 2 * accepted, "{json}");
    let latency = |name: &str, figure: &str| {
        let figure = &summary["latencies_ms"][name][figure];
        figure.as_f64().unwrap_or_default()
    };
    for name in ["message", "converge", "join", "commit-accept"] {
        assert!(latency(name, "p50") > 0.0, "{name}: {json}");
    }
    // Whoever counts from the wish says no less, and of the same messages.
    let generator = &real["generator"];
    assert_eq!(count(&generator["intended"]), wishes, "{json}");
    assert_eq!(count(&generator["taken"]), wishes, "{json}");
    assert_eq!(real["failed"], Value::Null, "{json}");
    assert!(generator["cpu_s"].as_f64() > Some(0.0), "{json}");
    // Five seconds of naps of ten milliseconds; a busy machine makes them longer.
    assert!(count(&generator["thread_delay_ms"]["count"]) > 50, "{json}");
    let seconds = std::fs::read_to_string(home.path().join("real/generator.csv"));
    let seconds = seconds.expect("a table");
    let due = seconds.lines().skip(1).map(|line| -> u64 {
        let cells = line.split(',').nth(1);
        cells.and_then(|cell| cell.parse().ok()).expect("a number")
    });
    assert_eq!(due.sum::<u64>(), wishes, "{seconds}");
    let raw = &real["message_raw_ms"];
    assert!(
        raw["mean"].as_f64() <= Some(latency("message", "mean")),
        "{json}"
    );
    assert_eq!(
        raw["count"], summary["latencies_ms"]["message"]["count"],
        "{json}"
    );

    // Each provider was looked at in each second, and all of them together stand in the series.
    let servers = real["servers"].as_array().expect("servers");
    assert_eq!(servers.len(), 2, "{json}");
    for server in servers {
        assert!(count(&server["samples"]) >= 3, "{server}");
        assert!(server["cpu_s"].as_f64() > Some(0.0), "{server}");
        assert!(count(&server["memory_max_bytes"]) > 1 << 20, "{server}");
        // A socket of its own for each client, at least.
        assert!(count(&server["connections_max"]) > 1, "{server}");
        assert!(server["files_max"].as_u64() > server["connections_max"].as_u64());
        assert!(count(&server["stored_last_bytes"]) > 0, "{server}");
    }
    let series = std::fs::read_to_string(home.path().join("real/series.csv"));
    let series = series.expect("a table");
    assert!(
        series.starts_with("time_s,") && series.contains(",servers_cpu_s,"),
        "{series}"
    );
    assert!(home.path().join("real/plots/server-cpu.svg").exists());

    let page = home.path().join("real/report.html");
    let told = |page: &str| page.contains("Over real connections");
    assert!(told(&std::fs::read_to_string(&page).expect("a page")));
    std::fs::remove_file(&page).expect("removed");
    let mut report = super::throng_in(home.path());
    report.args(["report", "real"]).assert().success();
    assert!(told(&std::fs::read_to_string(&page).expect("a page again")));
    let mut compare = super::throng_in(home.path());
    compare.args(["compare", "real", "real"]).assert().success();
}

/// The scenario simulated is another kind of run: nobody says that one is worse where times differ.
#[test]
fn a_real_run_is_never_compared_as_exact() {
    let (mut command, home) = throng();
    let short = [
        "small",
        "--quiet",
        "--set",
        "duration=1s",
        "--set",
        "rooms.created=0s",
        "--out",
    ];
    let patient = ["real", "--most-late", "10s"];
    command
        .arg("load")
        .args(short)
        .args(patient)
        .assert()
        .success();
    let mut run = super::throng_in(home.path());
    let lasting = ["simulated", "--set", "policy.request_timeout=2s"];
    run.arg("run").args(short).args(lasting).assert().success();
    let mut compare = super::throng_in(home.path());
    let text = stdout(compare.args(["compare", "simulated", "real"]));
    assert!(text.contains("real"), "{text}");
}

/// Rooms that exist before time zero are made by the protocol itself, before anything is measured.
#[test]
fn warm_rooms_are_there_before_the_first_wish() {
    let (mut command, home) = throng();
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
    assert!(
        text.starts_with("real: over HTTPS, in real time, on "),
        "{text}"
    );
    assert!(text.contains("Invariants that held"), "{text}");
    let rooms = std::fs::read_to_string(home.path().join("loads/small-1/rooms.csv"));
    let rooms = rooms.expect("a table");
    assert!(
        rooms.lines().skip(1).all(|row| row.contains(",warm,")),
        "{rooms}"
    );
}

/// A figure about the command itself must not be taken for one about providers.
#[test]
fn where_the_generator_was_the_limit_that_is_said_first() {
    let (mut command, _home) = throng();
    let hasty = ["--set", "duration=2s", "--most-late", "1us"];
    // What only the simulator knows of is said to count for nothing.
    let push = ["--set", "users.connections.0.push=1s"];
    let load = command.arg("load").args(BUSY).args(hasty).args(push);
    let assert = load.assert().code(99);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let warning =
        "warning: for the simulator alone, and nothing in a load: users.connections.push\n";
    assert_eq!(said, warning);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.starts_with("the generator was the limit"), "{text}");
}

/// A load that measures nothing must not pass for one that found nothing wrong.
#[test]
fn a_load_in_which_nothing_happens_fails() {
    let (mut command, _home) = throng();
    let idle = ["load", "small", "--quiet", "--set", "duration=1s"];
    let later = ["--set", "rooms.created=30s", "--most-late", "10s"];
    let message = stderr(command.args(idle).args(later), 1);
    assert!(message.contains("nobody wanted anything"), "{message}");
}

/// What people want in a minute, in two seconds: at thirty times the speed, or by stages that come to a minute.
#[test]
fn people_want_the_same_however_fast_their_time_passes() {
    let lively = [
        "small",
        "--quiet",
        "--set",
        "rooms.created=0s",
        "--set",
        "messages.rate=360/h",
        "--format",
        "json",
    ];
    let minute = ["--set", "duration=60s"];
    let ramp = "load.stages=[{shape = 'ramp', duration = '2s', from = 10, to = 30}, {duration = '1s', to = 20}]";
    let (mut run, _home) = throng();
    let simulated = stdout(run.arg("run").args(lively).args(minute));
    let simulated: Value = serde_json::from_str(&simulated).expect("JSON");
    for faster in [["--speed", "30"], ["--set", ramp]] {
        let (mut load, _home) = throng();
        let patient = ["--most-late", "10s"];
        let load = load.arg("load").args(lively).args(patient);
        let load = match faster[0] {
            "--speed" => load.args(minute),
            _ => load,
        };
        let json = stdout(load.args(faster));
        let summary: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(
            summary["counts"]["intents"], simulated["counts"]["intents"],
            "{faster:?}"
        );
        let generator = &summary["real"]["generator"];
        let lasted = generator["intended"].as_f64().expect("wishes")
            / generator["intended_per_s"].as_f64().expect("a rate");
        assert!((1.0..20.0).contains(&lasted), "{faster:?}: {lasted}");
        let rates = generator["rates"].as_array().map_or(0, Vec::len);
        assert_eq!(rates, usize::from(faster[0] == "--speed"), "{json}");
    }
}

#[test]
fn a_rule_ends_a_load_early() {
    let (mut command, _home) = throng();
    let soon = ["--abort", "messages.accepted >= 0", "--abort-after", "1s"];
    let message = stderr(command.args(["load", "small"]).args(soon), 2);
    assert!(message.contains("no measure is called"), "{message}");
    let (mut command, _home) = throng();
    let soon = [
        "--abort",
        "counts.messages_accepted >= 0",
        "--abort-after",
        "1s",
    ];
    let patient = ["--most-late", "10s", "--set", "duration=60s"];
    let assert = command
        .arg("load")
        .args(BUSY)
        .args(patient)
        .args(soon)
        .assert();
    let assert = assert.code(99);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("partial"), "{text}");
    assert!(
        text.contains("counts.messages_accepted >= 0 held for 1"),
        "{text}"
    );
}

/// What was measured until then is kept, holds, and is said to be part of a run.
#[cfg(target_os = "linux")]
#[test]
fn a_provider_that_is_killed_ends_a_load_with_what_was_measured() {
    let home = tempfile::tempdir().expect("a folder");
    let mut load = Command::new(env!("CARGO_BIN_EXE_throng"));
    let patient = ["--most-late", "10s", "--set", "duration=60s", "--quiet"];
    load.current_dir(home.path())
        .arg("load")
        .args(BUSY)
        .args(patient);
    load.args(["--out", "real"]).stderr(Stdio::piped());
    let load = load.spawn().expect("starts");
    let children = format!("/proc/{0}/task/{0}/children", load.id());
    // It has prepared by then, or has not: either way it ends in order.
    std::thread::sleep(std::time::Duration::from_secs(6));
    let children = std::fs::read_to_string(children).expect("children");
    let provider = children.split_whitespace().next().expect("a provider");
    let killed = Command::new("kill").args(["-9", provider]).status();
    assert!(killed.expect("killed").success());
    let output = load.wait_with_output().expect("ends");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("SIGKILL"), "{message}");
    let json = std::fs::read_to_string(home.path().join("real/summary.json"));
    let summary: Value = serde_json::from_str(&json.expect("a summary")).expect("JSON");
    assert_eq!(summary["partial"], true);
    assert_eq!(summary["real"]["violations"], Value::Null, "{summary}");
    let failed = summary["real"]["failed"][0].as_str().expect("a reason");
    assert!(failed.contains("ended: signal: 9"), "{failed}");
}

/// Somebody at a terminal, which is as it was before when all is over.
#[cfg(target_os = "linux")]
#[test]
fn keys_change_the_pace_and_the_terminal_is_given_back() {
    let home = tempfile::tempdir().expect("a folder");
    let throng = env!("CARGO_BIN_EXE_throng");
    let scenario = "--set duration=8s --set rooms.created=0s --set messages.rate=3600/h";
    let line = format!(
        "stty cols 120; '{throng}' load small {scenario} --most-late 10s --out real; stty -a"
    );
    let mut script = Command::new("script");
    script.current_dir(home.path()).stdin(Stdio::piped());
    script.stdout(Stdio::piped()).env("TERM", "xterm");
    let Ok(mut script) = script.args(["-qec", &line, "/dev/null"]).spawn() else {
        eprintln!("skipped: there is no `script` that gives a terminal");
        return;
    };
    let mut keys = script.stdin.take().expect("a keyboard");
    let typing = std::thread::spawn(move || {
        for _ in 0..12 {
            std::thread::sleep(std::time::Duration::from_millis(700));
            // Where it has ended, nobody reads any more.
            let _ = keys.write_all(b"+").and_then(|()| keys.flush());
        }
    });
    let output = script.wait_with_output().expect("ends");
    typing.join().expect("typed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("wishes/s") && said.contains("keeps up"),
        "{said}"
    );
    let last = said.rsplit("speed ").next().expect("what stty says");
    assert!(
        last.contains(" icanon") && last.contains(" echo "),
        "{last}"
    );
    let json = std::fs::read_to_string(home.path().join("real/summary.json"));
    let summary: Value = serde_json::from_str(&json.expect("a summary")).expect("JSON");
    let rates = summary["real"]["generator"]["rates"].as_array();
    let first = rates.and_then(|rates| rates[0]["factor"].as_f64());
    assert_eq!(first, Some(1.25), "{summary}");
}

#[test]
fn what_cannot_be_had_in_real_time_is_said_before_anything_begins() {
    let (mut command, _home) = throng();
    let message = stderr(
        command.args(["load", "small", "--set", "users.count=20000"]),
        2,
    );
    assert!(
        message.contains("users.count") && message.contains("are possible"),
        "{message}"
    );
    let (mut command, _home) = throng();
    let message = stderr(command.args(["load", "small", "--set", "engine=model"]), 2);
    assert!(message.contains("expected `openmls`"), "{message}");
    let (mut command, _home) = throng();
    command.args(["load", "small", "--set", "users.credential=jwt"]);
    let message = stderr(&mut command, 2);
    assert!(message.contains("users.credential"), "{message}");
    let (mut command, _home) = throng();
    command.args(["load", "small", "--set", "policy.evict_ended=true"]);
    let message = stderr(&mut command, 2);
    assert!(message.contains("policy.evict_ended"), "{message}");
}

/// A federation that somebody else has started.
pub(super) struct Demo {
    process: std::process::Child,
    pub(super) home: tempfile::TempDir,
    /// Where each is, as `--target` has it.
    pub(super) targets: Vec<String>,
}

impl Demo {
    pub(super) fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut demo = Command::new(env!("CARGO_BIN_EXE_throng"));
        demo.current_dir(home.path()).stdout(Stdio::piped());
        demo.args(["serve", "--demo", "2", "--listen", "127.0.0.1:0"]);
        let mut process = demo.spawn().expect("starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let said: Vec<String> = lines.take(3).map(|line| line.expect("text")).collect();
        let targets = said[..2]
            .iter()
            .map(|line| line.replace(" listens on ", "="));
        Self {
            process,
            targets: targets.collect(),
            home,
        }
    }

    fn load(&self, targets: [&str; 2], ca: &std::path::Path) -> assert_cmd::Command {
        let mut load = super::throng_in(self.home.path());
        load.arg("load")
            .args(BUSY)
            .args(["--most-late", "10s", "--quiet"]);
        load.args(["--target", targets[0], "--target", targets[1], "--ca"]);
        load.arg(ca);
        load
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn providers_that_run_already_are_loaded_by_what_clients_know() {
    let (demo, other) = (Demo::start(), Demo::start());
    let [a, b] = [&demo.targets[0][..], &demo.targets[1]];
    let ca = demo.home.path().join("demo/ca.pem");
    let foreign = other.home.path().join("demo/ca.pem");
    let exchanged = [
        b.replace("b.example", "a.example"),
        a.replace("a.example", "b.example"),
    ];
    // From port 1 nobody answers.
    let nobody = "a.example=127.0.0.1:1";
    for (targets, ca, code, wrong) in [
        ([a, b], &foreign, 1, "of no authority that is trusted"),
        (
            [&exchanged[0][..], &exchanged[1]],
            &ca,
            1,
            "does not bear the name a.example",
        ),
        ([nobody, b], &ca, 1, "cannot reach a.example at 127.0.0.1:1"),
        ([a, a], &ca, 2, "a.example is named twice"),
        (
            [a, "c.example=127.0.0.1:1"],
            &ca,
            2,
            "c.example is none of them",
        ),
    ] {
        let message = stderr(&mut demo.load(targets, ca), code);
        assert!(message.contains(wrong), "{wrong}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(!demo.home.path().join("loads").exists(), "{wrong}");
    }

    let json = stdout(demo.load([a, b], &ca).args(["--format", "json"]));
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(summary["real"]["violations"], Value::Null, "{json}");
    assert_eq!(summary["real"]["failed"], Value::Null, "{json}");
    let counts = &summary["counts"];
    assert_eq!(
        counts["messages_accepted"], counts["intents"]["message"],
        "{json}"
    );
    let missing = summary["real"]["missing"].to_string();
    assert!(missing.contains("tell nothing of themselves"), "{missing}");
    // No figure stands for what nobody saw.
    let page = fs::read_to_string(demo.home.path().join("loads/small-1/report.html"));
    let page = page.expect("a page");
    assert!(page.contains("known to providers, which ran already"));
    assert!(!page.contains("ciphertexts in the next commit"));
    // Its rooms and its clients' names are there now.
    let again = stderr(&mut demo.load([a, b], &ca), 1);
    assert!(
        again.contains("was this provider loaded before?"),
        "{again}"
    );
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

/// What providers count is shown on this machine alone, and what goes on said in lines that programs read.
#[test]
fn a_provider_shows_what_it_counts_and_says_what_goes_on() {
    let (_, home) = throng();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_throng"));
    let any = "127.0.0.1:0";
    demo.current_dir(home.path())
        .args(["serve", "--demo", "2", "--listen", any, "--metrics", any])
        .args(["--log-format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut demo = demo.spawn().expect("starts");
    let lines = BufReader::new(demo.stdout.take().expect("a pipe")).lines();
    let said: Vec<String> = lines.take(5).map(|line| line.expect("text")).collect();
    let url = said[1].strip_prefix("a.example shows what it counts at http://");
    let address = url.and_then(|url| url.strip_suffix("/metrics"));
    let mut asks = TcpStream::connect(address.expect("a URL")).expect("a connection");
    asks.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .expect("asked");
    let mut shown = String::new();
    asks.read_to_string(&mut shown).expect("text");
    assert!(shown.contains("\nthrong_connections 0\n"), "{shown}");
    assert!(said[3].starts_with("b.example shows"), "{said:?}");
    assert_eq!(said[4], "their certificates are in demo");
    let mut says = String::new();
    let mut stderr_of = BufReader::new(demo.stderr.take().expect("a pipe"));
    stderr_of.read_line(&mut says).expect("text");
    let line: Value = serde_json::from_str(&says).expect("JSON");
    assert_eq!(
        (&line["level"], &line["message"], &line["domain"]),
        (
            &"INFO".into(),
            &"begins to serve".into(),
            &"a.example".into()
        )
    );
    demo.kill().expect("ends");
    demo.wait().expect("ends");

    let (mut command, _home) = throng();
    let abroad = [
        "serve",
        "--demo",
        "1",
        "--listen",
        any,
        "--metrics",
        "0.0.0.0:9100",
    ];
    let message = stderr(command.args(abroad), 2);
    assert!(
        message.contains("expected an address of loopback, such as 127.0.0.1:9100"),
        "{message}"
    );
}

#[test]
fn a_server_that_shows_nothing_is_said_before_anything_is_measured() {
    let load = |scrape: &str| {
        let (mut command, home) = throng();
        let short = ["load", "small", "--quiet", "--set", "duration=1s"];
        let message = stderr(command.args(short).args(["--scrape", scrape]), 2);
        assert!(!home.path().join("loads/small-1/summary.json").exists());
        message
    };
    let no_url = load("postgres=9187");
    assert!(no_url.contains("expected NAME=URL"), "{no_url}");
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr());
    let nobody = load(&format!(
        "postgres=http://{}/metrics",
        gone.expect("a port")
    ));
    assert!(
        nobody.contains("cannot read what postgres shows at http://"),
        "{nobody}"
    );
}
