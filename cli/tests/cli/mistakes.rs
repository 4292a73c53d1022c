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
