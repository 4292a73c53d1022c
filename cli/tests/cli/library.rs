//! `throng scenarios` and `throng completions`.

use super::{stderr, stdout, throng, throng_in};
use std::fs;

#[test]
fn the_library_is_listed_with_its_questions() {
    let (mut command, home) = throng();
    let listed = stdout(command.arg("scenarios"));
    assert_eq!(
        listed,
        stdout(throng_in(home.path()).args(["scenarios", "list"]))
    );
    let names: Vec<&str> = listed
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        names.first(),
        Some(&"company"),
        "the default one comes first"
    );
    assert!(names.contains(&"small"));
    assert!(
        listed
            .lines()
            .all(|line| line.starts_with(' ') || line.split_whitespace().count() > 1)
    );
}

#[test]
fn a_shown_scenario_is_a_file_that_runs() {
    let (mut command, home) = throng();
    let text = stdout(command.args(["scenarios", "show", "small"]));
    fs::write(home.path().join("mine.toml"), text).expect("written");
    throng_in(home.path())
        .args(["run", "mine.toml", "--set", "duration=1s", "--quiet"])
        .assert()
        .success();
}

#[test]
fn an_unknown_name_has_a_hint() {
    let (mut command, _home) = throng();
    let message = stderr(command.args(["scenarios", "show", "compny"]), 2);
    assert!(message.contains("did you mean `company`?"), "{message}");
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (mut command, _home) = throng();
        let script = stdout(command.args(["completions", shell]));
        assert!(
            script.contains("throng") && script.contains("save-trace"),
            "{shell}"
        );
    }
}

#[test]
fn help_names_the_exit_codes() {
    for line in [&["--help"][..], &["run", "--help"]] {
        let (mut command, _home) = throng();
        let help = stdout(command.args(line));
        assert!(help.contains("130  interrupted"), "{help}");
    }
}
