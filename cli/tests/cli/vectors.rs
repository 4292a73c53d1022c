//! `throng verify --vectors`.

use super::{stderr, stdout, throng};
use std::fs;
use std::path::Path;

/// A LeafNode in which everything that can be empty is; `key` is its encryption key.
fn leaf(key: u8) -> String {
    let (credential, capabilities, source) = ("000100", "0000000000", "02");
    format!("01{key:02x}00{credential}{capabilities}{source}0000")
}

/// A tree of two members under a blank root, with these resolutions, of a suite that RFC 9420 does not have.
fn validation(resolutions: &str) -> String {
    let nodes = format!("0101{}000101{}", leaf(1), leaf(2));
    let tree = format!("{:02x}{nodes}", nodes.len() / 2);
    format!(
        r#"[{{"cipher_suite": 61440, "tree": "{tree}", "group_id": "", "resolutions": {resolutions}}}]"#
    )
}

fn write(home: &Path, name: &str, content: &str) {
    fs::write(home.join(name), content).expect("written");
}

#[test]
fn vectors_that_agree_are_counted_in_a_line_a_file() {
    let (mut command, home) = throng();
    write(home.path(), "one.json", &validation("[[0], [0, 2], [2]]"));
    write(home.path(), "two.json", &validation("[[0], [0, 2], [2]]"));
    let text = stdout(command.args(["verify", "--vectors", "one.json", "two.json"]));
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let head = "file kind checked passed failed skipped compared";
    assert_eq!(lines[0].join(" "), head, "{text}");
    assert_eq!(lines[1].join(" "), "✓ one.json tree validation 1 1 0 0 11");
    assert_eq!(lines[2].join(" "), "✓ two.json tree validation 1 1 0 0 11");
    assert!(
        text.contains("one.json: encoded lengths not compared in 1 vector of ciphersuite 61440"),
        "{text}"
    );
    assert!(text.contains("one.json: hashes not compared"), "{text}");
}

#[test]
fn a_vector_that_disagrees_is_told_and_fails() {
    let (mut command, home) = throng();
    write(home.path(), "bad.json", &validation("[[0], [1], [2]]"));
    let assert = command
        .args(["verify", "--vectors", "bad.json"])
        .assert()
        .code(99);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("✗ bad.json"), "{text}");
    let told = "  vector 1, ciphersuite 61440\n    resolutions[1]\n      expected  [1]\n      found     [0, 2]\n";
    assert!(text.contains(told), "{text}");
}

#[test]
fn quiet_says_it_by_the_exit_code_alone() {
    let (mut command, home) = throng();
    write(home.path(), "bad.json", &validation("[[0], [1], [2]]"));
    let line = ["verify", "--quiet", "--vectors", "bad.json"];
    assert_eq!(stderr(command.args(line), 99), "");
}

#[test]
fn files_that_hold_no_vectors_are_bad_usage() {
    let (_, home) = throng();
    let whole = validation("[[0], [0, 2], [2]]");
    write(home.path(), "cut.json", &whole[..40]);
    write(home.path(), "damaged.json", &whole.replacen(':', "", 1));
    write(home.path(), "other.json", r#"[{"n_leaves": 2}]"#);
    write(
        home.path(),
        "digit.json",
        &whole.replacen("0101", "0x01", 1),
    );
    write(home.path(), "tree.json", &whole.replacen("0101", "0109", 1));
    for (name, expected) in [
        ("missing.json", "error: cannot read missing.json: "),
        (
            "cut.json",
            "error: cut.json: not a file of test vectors: EOF while parsing a string at line 1 column 40\n",
        ),
        (
            "damaged.json",
            "error: damaged.json: not a file of test vectors: expected `:` at line 1 column 18\n",
        ),
        (
            "other.json",
            "error: other.json: none of tree operations, tree validation and TreeKEM has vectors with the fields n_leaves\n",
        ),
        (
            "digit.json",
            "error: digit.json: vector 1: tree: bad hexadecimal: invalid symbol at 3\n",
        ),
        (
            "tree.json",
            "error: tree.json: vector 1: tree: malformed MLS message: unknown node type\n",
        ),
    ] {
        let mut command = super::throng_in(home.path());
        let message = stderr(command.args(["verify", "--vectors", name]), 2);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn the_files_before_a_bad_one_are_told() {
    let (mut command, home) = throng();
    write(home.path(), "one.json", &validation("[[0], [0, 2], [2]]"));
    let assert = command
        .args(["verify", "--vectors", "one.json", "missing.json"])
        .assert()
        .code(2);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("✓ one.json"), "{text}");
}

#[test]
fn vectors_take_the_place_of_a_scenario() {
    for line in [
        &["verify", "small", "--vectors", "one.json"][..],
        &["verify", "--vectors", "one.json", "--seed", "1"],
        &["verify", "--vectors", "one.json", "--set", "rooms.count=1"],
        &["verify", "--vectors"],
    ] {
        let (mut command, _home) = throng();
        let message = stderr(command.args(line), 2);
        assert!(message.contains("--vectors"), "{message}");
    }
}
