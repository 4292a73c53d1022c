//! Bad usage, bad scenarios, folders that cannot be written.

use super::{SHORT, stderr, throng};
use std::fs;

#[test]
fn an_unknown_scenario_is_bad_usage_and_has_a_hint() {
    let (mut command, home) = throng();
    let message = stderr(command.args(["run", "smal"]), 2);
    assert_eq!(
        message,
        "error: there is no built-in scenario \"smal\"; did you mean `small`?\n"
    );
    assert!(!home.path().join("runs").exists(), "nothing was begun");
}

#[test]
fn a_missing_file_is_named_with_the_reason() {
    let (mut command, _home) = throng();
    let message = stderr(command.args(["run", "missing.toml"]), 2);
    assert!(
        message.starts_with("error: cannot read missing.toml: "),
        "{message}"
    );
}

#[test]
fn a_bad_key_is_shown_where_it_stands() {
    let (mut command, home) = throng();
    fs::write(home.path().join("team.toml"), "[rooms]\ncuont = 3\n").expect("written");
    let message = stderr(command.args(["run", "team.toml"]), 2);
    assert!(message.contains("team.toml:2:1"), "{message}");
    assert!(message.contains("count"), "{message}");
}

/// Wherever a rule stands, what is wrong with it is said there.
#[test]
fn a_bad_threshold_is_shown_where_it_stands() {
    let (mut command, home) = throng();
    let text = "duration = \"1s\"\nthresholds = [\"join.p95 < 1s\", \"join.p(95) < 1.5s\"]\n";
    fs::write(home.path().join("th.toml"), text).expect("written");
    let message = stderr(command.args(["run", "th.toml"]), 2);
    assert_eq!(
        message,
        "error: th.toml:2:32: thresholds.1: \"join.p(95) < 1.5s\": no measure is called \"join.p(95)\"; \
         did you mean \"join.p95 < 1.5s\"?\n"
    );
    let (mut command, _home) = throng();
    let set = "thresholds=[\"join < 1s\"]";
    let message = stderr(command.args(["run", "small", "--set", set]), 2);
    assert!(
        message
            .starts_with("error: --set thresholds=[\"join < 1s\"]: thresholds.0: \"join < 1s\": "),
        "{message}"
    );
    let (mut command, _home) = throng();
    let line = ["run", "small", "--threshold", "join < 1s"];
    let message = stderr(command.args(line), 2);
    assert!(message.starts_with("error: \"join < 1s\": "), "{message}");
}

/// Once such a size took the whole process down.
#[test]
fn a_message_that_no_memory_holds_is_refused() {
    let (mut command, home) = throng();
    let text = "engine = \"model\"\n[messages]\nsize = \"99GB\"\n";
    fs::write(home.path().join("big.toml"), text).expect("written");
    let message = stderr(command.args(["run", "big.toml"]), 2);
    assert_eq!(
        message,
        "error: big.toml:3:8: messages.size: messages of 99GB; expected at most 16MiB\n"
    );
}

#[test]
fn a_bad_override_names_the_flag() {
    let (mut command, _home) = throng();
    let message = stderr(
        command.args(["run", "small", "--set", "rooms.count=many"]),
        2,
    );
    assert!(message.contains("--set rooms.count=many"), "{message}");
}

#[test]
fn flags_that_contradict_one_another_are_bad_usage() {
    for (line, said) in [
        (
            &["--seed", "3", "--set", "seed=4"][..],
            "error: --seed 3 and --set seed=4 contradict one another; expected one of them\n",
        ),
        (
            &["--engine", "model", "--set", "engine=openmls"],
            "error: --engine model and --set engine=openmls contradict one another; expected one of them\n",
        ),
    ] {
        let (mut command, home) = throng();
        assert_eq!(stderr(command.args(["run", "small"]).args(line), 2), said);
        assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 0);
    }
}

#[test]
fn unknown_flags_and_no_command_are_bad_usage() {
    for line in [&["run", "--sed", "1"][..], &[], &["run", "--threads", "0"]] {
        let (mut command, _home) = throng();
        let message = stderr(command.args(line), 2);
        assert!(
            message.contains("Usage: throng") || message.contains("try '--help'"),
            "{message}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made_fails_before_the_simulation() {
    let (mut command, home) = throng();
    fs::write(home.path().join("taken"), "a file").expect("written");
    let message = stderr(command.args(SHORT).args(["--out", "taken/here"]), 1);
    assert!(
        message.starts_with("error: cannot create the folder taken/here: "),
        "{message}"
    );
}

#[test]
fn a_trace_that_cannot_be_written_is_named() {
    let (mut command, _home) = throng();
    let message = stderr(
        command
            .args(SHORT)
            .args(["--save-trace", "no/such/folder.csv"]),
        1,
    );
    assert!(
        message.contains("cannot write no/such/folder.csv: "),
        "{message}"
    );
}
