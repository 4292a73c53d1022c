//! `throng calibrate`, and scenarios that use what it wrote.

use super::{SHORT, stderr, stdout, throng, throng_in};
use std::fs;

#[test]
fn what_was_calibrated_can_be_used() {
    let (mut command, home) = throng();
    let text = stdout(command.args([
        "calibrate",
        "--quick",
        "--largest",
        "12",
        "--out",
        "mine.toml",
    ]));
    assert!(text.contains("Predicted against measured"), "{text}");
    assert!(
        text.contains("external join") && text.contains("median error"),
        "{text}"
    );
    assert!(text.ends_with("written to mine.toml\n"), "{text}");
    let profile = fs::read_to_string(home.path().join("mine.toml")).expect("written");
    assert!(
        profile.contains("\n[nanoseconds]\noperation = "),
        "{profile}"
    );
    let left: Vec<_> = fs::read_dir(home.path()).expect("listed").collect();
    assert_eq!(left.len(), 1, "nothing unfinished is left: {left:?}");

    let flag = "cost.profiles.server={ file = 'mine.toml', factor = 2 }";
    let run = |out: &str| {
        let mut command = throng_in(home.path());
        stdout(
            command
                .args(SHORT)
                .args(["--set", flag, "--quiet", "--out", out]),
        );
        let summary = fs::read_to_string(home.path().join(out).join("summary.json"));
        let summary: serde_json::Value =
            serde_json::from_str(&summary.expect("there")).expect("JSON");
        summary["fingerprint"].clone()
    };
    // A measured profile is as reproducible as the built-in one.
    assert_eq!(run("one"), run("two"));
}

#[test]
fn a_profile_with_a_mistake_is_a_bad_scenario() {
    let (mut command, home) = throng();
    fs::write(
        home.path().join("mine.toml"),
        "[nanoseconds]\nseal = -3\nopne = 2\n",
    )
    .expect("written");
    let text = "[cost.profiles]\nserver = { file = \"mine.toml\" }\n";
    fs::write(home.path().join("team.toml"), text).expect("written");
    let message = stderr(command.args(["run", "team.toml"]), 2);
    assert!(
        message.contains("team.toml:2:19: cost.profiles.server.file: "),
        "{message}"
    );
    assert!(
        message.contains("mine.toml:2:8: nanoseconds.seal: -3 is negative"),
        "{message}"
    );
    assert!(message.contains("nanoseconds.open: missing"), "{message}");
    assert!(
        message.contains("mine.toml:3:1: nanoseconds.opne: unknown key; did you mean `open`?"),
        "{message}"
    );
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_measuring() {
    let (mut command, _home) = throng();
    let message = stderr(
        command.args(["calibrate", "--out", "no/such/folder.toml"]),
        1,
    );
    assert!(
        message.starts_with("error: cannot write no/such/folder.toml: "),
        "{message}"
    );
    let (mut command, _home) = throng();
    let message = stderr(command.args(["calibrate", "--out", "."]), 1);
    assert!(message.starts_with("error: cannot write .: "), "{message}");
}

#[test]
fn groups_of_nobody_are_bad_usage() {
    for largest in ["0", "1", "many", "9999999"] {
        let (mut command, _home) = throng();
        let message = stderr(command.args(["calibrate", "--largest", largest]), 2);
        assert!(message.contains("--largest"), "{message}");
    }
}

#[test]
fn what_a_provider_takes_is_put_beside_what_mls_does() {
    let (mut command, home) = throng();
    let mine = home.path().join("mine.toml");
    let text = stdout(command.args(["calibrate", "--provider", "--quick", "--out", "mine.toml"]));
    assert!(text.contains("What a provider takes here"), "{text}");
    assert!(
        text.contains("request in") && text.contains("resumption out"),
        "{text}"
    );
    let profile = fs::read_to_string(&mine).expect("written");
    // MLS as built in, and the provider as measured.
    assert!(
        profile.contains("operation = ") && profile.contains("request_in = "),
        "{profile}"
    );
    assert!(
        profile.contains("[provider]\n") && profile.contains("store = \"a file\""),
        "{profile}"
    );
    let flag = "cost.profiles.server={ file = 'mine.toml' }";
    let mut command = throng_in(home.path());
    stdout(
        command
            .args(SHORT)
            .args(["--set", flag, "--quiet", "--out", "one"]),
    );
}

#[test]
fn what_is_no_profile_is_not_measured_into() {
    let (mut command, home) = throng();
    let mine = home.path().join("mine.toml");
    fs::write(&mine, "[nanoseconds]\nseal = -3\n").expect("written");
    let arguments = ["calibrate", "--provider", "--out", "mine.toml"];
    let message = stderr(command.args(arguments), 2);
    assert!(
        message.contains("mine.toml:2:8: nanoseconds.seal: -3 is negative"),
        "{message}"
    );
    let text = fs::read_to_string(&mine).expect("there");
    assert_eq!(text, "[nanoseconds]\nseal = -3\n");
    let (mut command, _home) = throng();
    let message = stderr(command.args(["calibrate", "--store", "memory"]), 2);
    assert!(message.contains("--provider"), "{message}");
}
