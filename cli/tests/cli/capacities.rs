//! `throng capacity`.

use super::{stderr, throng, throng_in};
use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// A provider that is slow enough to be full of few messages.
const SLOW: &str = r#"
duration = "10s"
engine = "model"
[[providers]]
domain = "a.example"
cores = 1
profile = "slow"
[users]
count = 10
[[users.connections]]
link = "fibre"
[rooms]
count = 5
size = 4
start = "warm"
[messages]
rate = "1/s"
[cost.profiles]
slow = 200
"#;

const ASKED: [&str; 8] = [
    "capacity",
    "slow.toml",
    "--slo",
    "message.p95 < 600ms",
    "--vary",
    "messages.rate",
    "--replicas",
    "2",
];

fn capacity(home: &Path, more: &[&str]) -> Command {
    fs::write(home.join("slow.toml"), SLOW).expect("written");
    let mut command = throng_in(home);
    command.args(ASKED).args(more);
    command
}

/// What a search that ends with this code printed on standard output.
fn said(home: &Path, more: &[&str], code: i32) -> String {
    let assert = capacity(home, more).assert().code(code);
    String::from_utf8(assert.get_output().stdout.clone()).expect("text")
}

#[test]
fn a_slow_provider_binds_and_any_number_of_threads_finds_the_same() {
    let (_, home) = throng();
    let home = home.path();
    let few = ["--precision", "5%", "--binding", "1", "--quiet"];
    let inputs = "cost.provider.a.example,messages.size";
    for threads in ["1", "2"] {
        let more = [
            "--threads",
            threads,
            "--out",
            threads,
            "--sensitivity",
            inputs,
        ];
        capacity(home, &[&few[..], &more].concat())
            .assert()
            .success();
    }
    for name in ["capacity.json", "capacity.csv", "report.html"] {
        let read = |folder: &str| fs::read_to_string(home.join(folder).join(name)).expect(name);
        assert!(read("1") == read("2"), "{name} differs");
    }
    let text = fs::read_to_string(home.join("1/capacity.json")).expect("written");
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let number = |pointer: &str| {
        found
            .pointer(pointer)
            .and_then(|it| it.as_f64())
            .expect(pointer)
    };
    assert!(number("/answer/low") < number("/answer/value"));
    assert!(number("/answer/value") < number("/answer/high"));
    assert_eq!(found["hindrances"][0]["binds"], "CPU of a.example");
    // Half the cost is twice the capacity, but for what links take; a fifth more of it is less.
    let relieved = number("/hindrances/0/tried/0/change/mean");
    assert!((0.6..1.6).contains(&relieved), "{relieved}");
    assert_eq!(found["sensitivity"][0]["knob"], "cost.provider.a.example");
    assert!(number("/sensitivity/0/more/mean") < -0.1);
    assert!(number("/sensitivity/0/less/mean") > 0.1);
    for plot in ["message-p95-by-messages-rate", "sensitivity"] {
        assert!(home.join("1/plots").join(format!("{plot}.svg")).exists());
    }
}

#[test]
fn what_is_not_reached_fails_and_where_nothing_ends_that_is_said() {
    let (_, home) = throng();
    let home = home.path();
    let quick = [
        "--precision",
        "20%",
        "--binding",
        "0",
        "--sensitivity",
        "none",
    ];
    let least = [&quick[..], &["--at-least", "1000/s"]].concat();
    let found = said(home, &least, 99);
    assert!(found.contains("at least"), "{found}");
    // Whoever asks for a value has an answer where all holds up to there, or nothing does from below it.
    let all = [&quick[..], &["--to", "0.2/s"]].concat();
    let found = said(home, &[&all[..], &["--at-least", "0.2/s"]].concat(), 0);
    assert!(found.contains("all that was tried holds"), "{found}");
    let none = [&quick[..], &["--set", "cost.profiles.slow=20000"]].concat();
    let found = said(home, &[&none[..], &["--at-least", "1/s"]].concat(), 99);
    assert!(found.contains("not even the smallest"), "{found}");
}

#[test]
fn what_holds_everywhere_or_nowhere_is_told_with_how_far_it_is_from_its_limit() {
    let (_, home) = throng();
    let home = home.path();
    // (what is typed, where to, what is found at both ends)
    for (more, wrong) in [
        (
            ["--from", "0.05/s", "--to", "0.2/s"],
            ["holds everywhere from 3/min to 12/min", " at 3/min, "],
        ),
        (
            ["--set", "cost.profiles.slow=20000", "--to", "2/s"],
            ["holds nowhere from 36/h to 2/s", " at 36/h, "],
        ),
        // Where all is below what is asked for, that is no answer.
        (
            ["--to", "0.2/s", "--at-least", "0.3/s"],
            ["holds everywhere from 36/h to 12/min", " at 36/h, "],
        ),
    ] {
        let said = stderr(&mut capacity(home, &more), 2);
        for wrong in wrong {
            assert!(said.contains(wrong), "{said}");
        }
        assert!(said.contains("message.p95 < 600ms ("), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(!home.join("capacities").exists());
}

#[test]
fn as_many_replicas_are_made_as_the_interval_takes() {
    let (_, home) = throng();
    let home = home.path();
    let more = ["--within", "8%", "--precision", "5%", "--binding", "0"];
    let less = ["--sensitivity", "none", "--format", "json", "--quiet"];
    let text = said(home, &[&more[..], &less].concat(), 0);
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let number = |pointer: &str| found.pointer(pointer).and_then(|it| it.as_f64());
    let (value, high) = (number("/answer/value"), number("/answer/high"));
    let half = high.zip(value).map(|(high, value)| high / value - 1.0);
    assert!(half.is_some_and(|half| half <= 0.08), "{half:?}");
    let replicas = found["replicas"].as_array().map_or(0, Vec::len);
    assert!(replicas > 2, "{replicas}");
    assert_eq!(found["first"], 2);
    assert!(
        found["command"]
            .as_str()
            .is_some_and(|it| it.contains("--within 8%"))
    );
    let far = ["--within", "0.01%", "--precision", "5%"];
    let said = stderr(&mut capacity(home, &far), 2);
    assert!(said.contains("a longer duration"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn mistakes_are_named_before_anything_is_run() {
    let (_, home) = throng();
    let home = home.path();
    for (more, wrong) in [
        (["--from", "5/s", "--to", "2/s"], "not below --to"),
        (
            ["--from", "5", "--to", "9/s"],
            "cannot be one of messages.rate",
        ),
        (
            ["--sensitivity", "nix", "--to", "9/s"],
            "no input is called that",
        ),
        (["--precision", "0", "--to", "9/s"], "expected a share"),
        (["--within", "none", "--to", "9/s"], "--within none"),
        (
            ["--sensitivity", "none,all", "--to", "9/s"],
            "--sensitivity none,all: none and all stand alone; expected one",
        ),
        (
            ["--slo", "mesage.p95 < 1s", "--to", "9/s"],
            "no measure is called",
        ),
        (["--at-least", "x", "--to", "9/s"], "no number"),
    ] {
        let said = stderr(&mut capacity(home, &more), 2);
        assert!(said.contains(wrong), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    for (key, wrong) in [
        (
            "messages.rtae",
            "--vary messages.rtae: unknown key; did you",
        ),
        (
            "",
            "--vary '': that is no key; expected one that is a number",
        ),
        ("engine", "is no number"),
        ("messages.size", "it is a table"),
        ("run", "contradict"),
    ] {
        let mut words = ASKED;
        words[5] = key;
        let said = stderr(throng_in(home).args(words), 2);
        assert!(said.contains(wrong), "{said}");
        assert!(!said.contains("--set"), "nobody typed it: {said}");
    }
    for (key, from, wrong) in [
        (
            "users.count",
            "0.5",
            "--from 0.5: expected a whole number from 1",
        ),
        (
            "rooms.size",
            "20",
            "--from 20: a room can have 20 users, but",
        ),
    ] {
        let mut words = ASKED;
        words[5] = key;
        let said = stderr(throng_in(home).args(words).args(["--from", from]), 2);
        assert!(said.contains(wrong), "{said}");
    }
    let nothing = ["capacity", "slow.toml", "--vary", "users.count"];
    let said = stderr(throng_in(home).args(nothing), 2);
    assert!(said.contains("--slo"), "{said}");
    assert!(!home.join("capacities").exists());
}
