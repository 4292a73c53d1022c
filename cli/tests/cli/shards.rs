//! Several `throng load` that share one load, and `throng merge`.

use super::live::Demo;
use super::{BUSY, stderr, stdout, throng, throng_in};
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// An address at which nobody listens just now.
fn address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    free.expect("a port").to_string()
}

/// A shard of a load of these providers, which writes into a folder called after it.
fn begin(demo: &Demo, shard: &str, meets: &str, more: &[&str]) -> Child {
    let mut load = Command::new(env!("CARGO_BIN_EXE_throng"));
    load.current_dir(demo.home.path())
        .arg("load")
        .args(BUSY)
        .args(["--most-late", "10s", "--quiet", "--format", "json"])
        .args(["--target", &demo.targets[0], "--target", &demo.targets[1]])
        .args(["--ca", "demo/ca.pem", "--shard", shard, "--meet", meets])
        .args(more);
    if !more.contains(&"--out") {
        load.args(["--out", &shard.replace('/', "-of-")]);
    }
    load.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    load.spawn().expect("starts")
}

fn end(load: Child) -> Output {
    load.wait_with_output().expect("ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn summary(folder: &Path) -> Value {
    let json = std::fs::read_to_string(folder.join("summary.json")).expect("a summary");
    serde_json::from_str(&json).expect("JSON")
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

#[test]
fn two_shards_make_one_load() {
    let demo = Demo::start();
    let home = demo.home.path();
    let meets = address();
    // Nobody is away at the end, so that every message read is somebody's latency or caught up with.
    let rule = [
        "--set",
        "messages.rate=1800/h",
        "--set",
        "users.online=1000h",
    ];
    let loads = ["1/2", "2/2"].map(|shard| begin(&demo, shard, &meets, &rule));
    for output in loads.map(end) {
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let folders = ["2-of-2", "1-of-2"];
    let met = ["--threshold", "counts.messages_accepted > 10"];
    let mut merge = throng_in(home);
    merge
        .arg("merge")
        .args(folders)
        .args(["--out", "both", "--format", "json"]);
    let json = stdout(merge.args(met));
    let both: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(summary(&home.join("both")), both);
    // What a page of a load says of how to do it again, no merge does.
    let page = std::fs::read_to_string(home.join("both/report.html")).expect("a page");
    assert!(page.contains("Put together by:"), "{page}");
    let shards = folders.map(|folder| summary(&home.join(folder)));

    // What everybody wants is what the scenario says, as a simulation has it.
    let mut run = throng_in(home);
    let simulated = run
        .arg("run")
        .args(BUSY)
        .args(rule)
        .args(["--quiet", "--format", "json"]);
    let simulated: Value = serde_json::from_str(&stdout(simulated)).expect("JSON");
    assert_eq!(
        both["counts"]["intents"], simulated["counts"]["intents"],
        "{json}"
    );

    let of = |all: &Value, path: &str| count(all.pointer(path).unwrap_or(&Value::Null));
    for path in [
        "/counts/messages_accepted",
        "/counts/messages_decrypted",
        "/counts/commits_accepted",
        "/run/clients",
        "/traffic/sent_bytes",
        "/real/generator/intended",
        "/real/generator/taken",
        "/real/lateness_ms/count",
    ] {
        let sum: u64 = shards.iter().map(|shard| of(shard, path)).sum();
        assert_eq!(of(&both, path), sum, "{path}: {json}");
        assert!(sum > 0, "{path}");
    }
    for shard in &shards {
        assert!(
            count(&shard["counts"]["others"]["messages_of_other_shards"]) > 0,
            "{shard}"
        );
        assert_eq!(shard["real"]["violations"], Value::Null, "{shard}");
        assert_eq!(shard["thresholds"], Value::Null, "{shard}");
    }
    assert_eq!(
        both["counts"]["others"]["messages_of_other_shards"],
        Value::Null,
        "{json}"
    );
    let accepted = count(&both["counts"]["messages_accepted"]);
    assert_eq!(
        accepted,
        count(&both["counts"]["intents"]["message"]),
        "{json}"
    );
    let latency = count(&both["latencies_ms"]["message"]["count"]);
    let caught_up = count(&both["counts"]["messages_caught_up"]);
    assert_eq!(
        latency + caught_up,
        count(&both["counts"]["messages_decrypted"]),
        "{json}"
    );
    let real = &both["real"];
    for none in ["violations", "failed", "errors", "limits", "shard"] {
        assert_eq!(real[none], Value::Null, "{none}: {json}");
    }
    assert_eq!(both["thresholds"][0]["met"], true, "{json}");
    let each = real["shards"].as_array().expect("shards");
    let numbers: Vec<u64> = each.iter().map(|shard| count(&shard["number"])).collect();
    assert_eq!(numbers, [1, 2]);
    for shard in each {
        // One clock, and a way there and back on one machine.
        assert!(shard["clock_apart_ms"].as_f64() < Some(50.0), "{shard}");
        assert!(shard["intended_per_s"].as_f64() > Some(0.0), "{shard}");
    }

    // The folder is as any: a page again, a comparison, an export.
    throng_in(home).args(["report", "both"]).assert().success();
    throng_in(home)
        .args(["compare", "both", "both"])
        .assert()
        .success();
    let export = ["export", "both", "--format", "openmetrics"];
    assert!(stdout(throng_in(home).args(export)).contains("throng_"));
    wrong_folders(home);
}

/// What cannot be put together is said in one message, and nothing is written.
fn wrong_folders(home: &Path) {
    let merge = |folders: &[&str], out: &str, code: i32| {
        let mut merge = throng_in(home);
        let message = stderr(merge.arg("merge").args(folders).args(["--out", out]), code);
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(out != "none" || !home.join(out).exists(), "{message}");
        message
    };
    let missing = merge(&["1-of-2"], "none", 2);
    assert!(missing.contains("there is no 2/2"), "{missing}");
    let twice = merge(&["1-of-2", "2-of-2", "./1-of-2"], "none", 2);
    assert!(twice.contains("are both shard 1/2"), "{twice}");
    let no_shard = merge(&["1-of-2", "both"], "none", 2);
    assert!(no_shard.contains("both has no shard.json"), "{no_shard}");
    let nothing = merge(&["1-of-2", "nowhere"], "none", 2);
    assert!(nothing.contains("nowhere has no shard.json"), "{nothing}");
    let over = merge(&["1-of-2", "2-of-2"], "./2-of-2", 2);
    assert!(over.contains("is the folder of a shard"), "{over}");
    let rule = merge(
        &["1-of-2", "2-of-2", "--threshold", "mesage.p99 < 1s"],
        "none",
        2,
    );
    assert!(rule.contains("message"), "{rule}");
    let got = home.join("1-of-2/shard/got.csv");
    let mut bytes = std::fs::read(&got).expect("a table");
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&got, bytes).expect("damaged");
    let damaged = merge(&["1-of-2", "2-of-2"], "none", 2);
    assert!(
        damaged.contains("got.csv: it is not as it was"),
        "{damaged}"
    );
}

#[test]
fn a_shard_that_is_none_is_refused_before_anything_begins() {
    let target = ["--target", "a.example=127.0.0.1:1", "--ca", "ca.pem"];
    let meet = ["--meet", "127.0.0.1:9"];
    for (flags, said) in [
        (
            &[&["--shard", "0/3"][..], &target, &meet][..],
            "such as 2/3",
        ),
        (&[&["--shard", "4/3"], &target, &meet], "such as 2/3"),
        (&[&["--shard", "one"], &target, &meet], "such as 2/3"),
        (&[&["--shard", "1/3"], &meet], "--target"),
        (&[&["--shard", "1/3"], &target], "--meet"),
        (&[&meet], "--shard"),
    ] {
        let (mut command, home) = throng();
        let message = stderr(command.args(["load", "small"]).args(flags.concat()), 2);
        assert!(message.contains(said), "{flags:?}: {message}");
        assert_eq!(std::fs::read_dir(home.path()).expect("listed").count(), 0);
    }
}

/// Of two that would write into one folder the second is told so; the first goes on as if nothing were.
#[test]
fn two_shards_do_not_share_a_folder() {
    let demo = Demo::start();
    let meets = address();
    let more = ["--out", "both", "--meet-within", "5s"];
    let loads = ["1/2", "2/2"].map(|shard| begin(&demo, shard, &meets, &more));
    let mut codes = Vec::new();
    for load in loads.map(end) {
        codes.push(load.status.code());
        if load.status.code() == Some(2) {
            let taken = "--out: another shard that runs just now writes into both";
            assert!(said(&load).contains(taken), "{}", said(&load));
        }
    }
    codes.sort_unstable();
    // The one that has it waits for the other, which does not come.
    assert_eq!(codes, [Some(1), Some(2)]);
    assert!(!demo.home.path().join("both/summary.json").exists());
}

/// What can be seen at once is said before others wait for a shard.
#[test]
fn what_cannot_be_scraped_is_said_before_the_others_are_met() {
    let demo = Demo::start();
    let nobody = address();
    let scraped = format!("database=http://{nobody}/metrics");
    let failed = end(begin(&demo, "2/2", &address(), &["--scrape", &scraped]));
    assert_eq!(failed.status.code(), Some(2), "{}", said(&failed));
    assert!(
        said(&failed).contains("cannot read what database shows"),
        "{}",
        said(&failed)
    );
}

#[test]
fn where_a_shard_does_not_come_or_goes_that_is_said() {
    let demo = Demo::start();
    let home = demo.home.path();
    let meets = address();
    let alone = end(begin(&demo, "1/2", &meets, &["--meet-within", "1s"]));
    assert_eq!(alone.status.code(), Some(1), "{}", said(&alone));
    assert!(
        said(&alone).contains("shard 2/2 did not come within 1"),
        "{}",
        said(&alone)
    );
    assert!(!home.join("1-of-2/summary.json").exists());

    // Another scenario; the first goes on waiting, and the right one comes, and goes without a word.
    let meets = address();
    let long = ["--set", "duration=60s"];
    let first = begin(&demo, "1/2", &meets, &long);
    let other = end(begin(&demo, "2/2", &meets, &["--set", "duration=61s"]));
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
    assert!(
        said(&other).contains("its scenario is another"),
        "{}",
        said(&other)
    );
    // Thresholds are part of it, and whoever has others is told where to look.
    let strict = ["--set", "duration=60s", "--threshold", "message.p99 < 1s"];
    let other = end(begin(&demo, "2/2", &meets, &strict));
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
    assert!(
        said(&other).contains("expected the same scenario, seed, --set and --threshold of all"),
        "{}",
        said(&other)
    );
    let mut second = begin(&demo, "2/2", &meets, &long);
    std::thread::sleep(std::time::Duration::from_secs(15));
    second.kill().expect("ends");
    second.wait().expect("ends");
    let first = end(first);
    assert_eq!(first.status.code(), Some(1), "{}", said(&first));
    assert!(
        said(&first).contains("shard 2/2 has gone"),
        "{}",
        said(&first)
    );
    let summary = summary(&home.join("1-of-2"));
    assert_eq!(summary["partial"], true);
    assert_eq!(summary["real"]["violations"], Value::Null, "{summary}");
}
