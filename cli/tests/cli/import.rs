//! `throng import`, and what it wrote, run.

use super::{stderr, stdout, throng, throng_in};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Messages of three people in two rooms, in no order.
const TALK: &str = "\
sender,time,room,length
anna,2026-11-29T10:00:00Z,kitchen,5
\"bert\u{1b}[31m\",2026-11-29T10:00:30Z,kitchen,7
anna,2026-11-29T10:00:31Z,office,70000
cleo,2026-11-29T10:00:01.5Z,kitchen,0
";

const EXPORT: &str = r#"{"type":"version","version":1}
{"type":"user","user":{"username":"anna","teams":[{"name":"acme","channels":[{"name":"kitchen"}]}]}}
{"type":"user","user":{"username":"bert","teams":[{"name":"acme","channels":[{"name":"kitchen"}]}]}}
{"type":"post","post":{"team":"acme","channel":"kitchen","user":"anna","message":"hello","create_at":1795946400000,"replies":[{"user":"bert","message":"hi","create_at":1795946405000}]}}
{"type":"direct_post","direct_post":{"channel_members":["anna","cleo"],"user":"cleo","message":"psst","create_at":1795946401000}}
"#;

fn slack(home: &Path) {
    for (name, text) in [
        ("users.json", r#"[{"id":"U1"},{"id":"U2"},{"id":"U3"}]"#),
        (
            "channels.json",
            r#"[{"id":"C1","name":"kitchen","members":["U1","U2"]}]"#,
        ),
        (
            "kitchen/2026-11-29.json",
            r#"[{"type":"message","user":"U1","text":"hello","ts":"1795946400.0"},
                {"type":"message","subtype":"channel_join","user":"U3","text":"","ts":"1795946401.0"},
                {"type":"message","user":"U3","text":"hi","ts":"1795946402.0"},
                {"type":"message","subtype":"channel_leave","user":"U3","text":"","ts":"1795946409.0"},
                {"type":"message","subtype":"bot_message","text":"beep","ts":"1795946409.5"}]"#,
        ),
    ] {
        let path = home.join("acme slack").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

/// How many messages a run of this scenario had, after checking that none came to nothing.
fn run(home: &Path, scenario: &str, more: &[&str]) -> u64 {
    let line = ["run", scenario, "--format", "json", "--quiet"];
    let json = stdout(throng_in(home).args(line).args(more));
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    let counts = &summary["counts"];
    assert_eq!(counts["skipped"], serde_json::json!({}), "{counts}");
    assert_eq!(counts["messages_accepted"], counts["intents"]["message"]);
    counts["messages_accepted"].as_u64().expect("a count")
}

#[test]
fn an_import_of_each_format_runs() {
    let (_, home) = throng();
    let home = home.path();
    fs::write(home.join("talk.csv"), TALK).expect("written");
    fs::write(home.join("export.jsonl"), EXPORT).expect("written");
    slack(home);
    for (export, format, folder, messages) in [
        ("talk.csv", "csv", "imports/talk", 4),
        ("export.jsonl", "mattermost", "imports/export", 3),
        ("acme slack", "slack", "imports/acme slack", 2),
    ] {
        let said = stdout(throng_in(home).args(["import", export, "--format", format]));
        assert!(said.contains(&format!("{messages} messages")), "{said}");
        assert!(said.contains("scenario.toml"), "{said}");
        let scenario = format!("{folder}/scenario.toml");
        assert_eq!(run(home, &scenario, &["--engine", "model"]), messages);
        for name in ["scenario.toml", "trace.csv"] {
            let text = fs::read_to_string(home.join(folder).join(name)).expect("a file");
            for word in [
                "anna", "bert", "cleo", "kitchen", "office", "hello", "psst", "U1",
            ] {
                assert!(!text.contains(word), "{word} in {name}:\n{text}");
            }
        }
    }
    // Everything is really encrypted, too.
    assert_eq!(run(home, "imports/talk/scenario.toml", &[]), 4);
}

#[test]
fn the_same_key_gives_the_same_bytes() {
    let (_, home) = throng();
    let home = home.path();
    let rows: String = (0..60)
        .map(|n| format!("p{n},{n},room {},9\n", n % 5))
        .collect();
    fs::write(
        home.join("talk.csv"),
        format!("sender,time,room,length\n{rows}"),
    )
    .expect("written");
    fs::write(home.join("key"), "sixteen secret b").expect("written");
    fs::write(home.join("short"), "fifteen bytes..").expect("written");
    let import = |out: &str, more: &[&str]| {
        let line = [
            "import", "talk.csv", "--format", "csv", "--quiet", "--out", out,
        ];
        let said = stdout(throng_in(home).args(line).args(more));
        assert_eq!(said, "");
        fs::read(home.join(out).join("trace.csv")).expect("a trace")
    };
    let keyed = import("a/x", &["--key", "key"]);
    assert_eq!(keyed, import("b/x", &["--key", "key"]));
    let scenario = |folder: &str| fs::read(home.join(folder).join("scenario.toml")).expect("one");
    assert_eq!(scenario("a/x"), scenario("b/x"));
    // Drawn anew each time. An earlier import is replaced.
    let drawn = import("b/x", &[]);
    assert_ne!(keyed, drawn);
    assert_ne!(drawn, import("b/x", &[]));
    assert_eq!(fs::read_dir(home.join("b")).expect("a folder").count(), 1);

    let line = ["import", "talk.csv", "--format", "csv", "--key"];
    let message = stderr(throng_in(home).args(line).arg("short"), 2);
    assert_eq!(
        message,
        "error: short: a key of 15 B; expected 16 secret bytes or more, and at most 1 MiB\n"
    );
    let message = stderr(throng_in(home).args(line).arg("nowhere"), 2);
    assert!(
        message.starts_with("error: cannot read nowhere: "),
        "{message}"
    );
}

#[test]
fn a_broken_row_is_shown_and_nothing_is_written() {
    let (_, home) = throng();
    let home = home.path();
    let line = ["import", "talk.csv", "--format", "csv"];
    let rows = TALK.replace("2026-11-29T10:00:30Z", "half \u{9b}past");
    fs::write(home.join("talk.csv"), rows).expect("written");
    let message = stderr(throng_in(home).args(line), 2);
    assert_eq!(
        message,
        "error: talk.csv:3: \"half \\u{9b}past\" is no time; expected one as in RFC 3339, such as \
         2026-11-29T10:00:00Z, or seconds since 1970\n"
    );
    assert_eq!(fs::read_dir(home).expect("a folder").count(), 1);

    fs::write(home.join("talk.csv"), TALK).expect("written");
    // Not even an earlier import.
    let message = stderr(throng_in(home).args(line).args(["--from", "2027-01-01"]), 2);
    assert!(
        message.contains("nobody says anything between --from and --to"),
        "{message}"
    );
    assert_eq!(fs::read_dir(home).expect("a folder").count(), 1);
    for (moment, said) in [
        ("yesterday", "expected a date"),
        ("2026-13-01", "expected a date"),
    ] {
        let message = stderr(throng_in(home).args(line).args(["--to", moment]), 2);
        assert!(message.contains(said), "{message}");
    }
    let message = stderr(
        throng_in(home).args(["import", "nowhere", "--format", "slack"]),
        2,
    );
    assert!(
        message.starts_with("error: cannot read nowhere: "),
        "{message}"
    );
}

#[test]
fn a_folder_that_holds_more_is_not_replaced() {
    let (_, home) = throng();
    let home = home.path();
    fs::write(home.join("talk.csv"), TALK).expect("written");
    fs::create_dir(home.join("mine")).expect("made");
    fs::write(home.join("mine/notes.txt"), "mine").expect("written");
    for (out, holds) in [
        ("mine", "more than an import"),
        ("talk.csv", "no import"),
        ("..", "more than an import"),
    ] {
        let line = ["import", "talk.csv", "--format", "csv", "--out", out];
        let message = stderr(throng_in(home).args(line), 2);
        assert_eq!(
            message,
            format!("error: {out} holds {holds}; choose another --out, or remove it\n")
        );
    }
    assert_eq!(
        fs::read_to_string(home.join("talk.csv")).expect("still there"),
        TALK
    );
    // A scenario of one's own with its trace has the names of an import, and so may an export.
    fs::create_dir(home.join("own")).expect("made");
    fs::write(home.join("own/scenario.toml"), "name = \"own\"\n").expect("written");
    fs::write(home.join("own/trace.csv"), TALK).expect("written");
    fs::create_dir(home.join("chat")).expect("made");
    fs::write(home.join("chat/trace.csv"), TALK).expect("written");
    for (export, out) in [("talk.csv", "own"), ("chat/trace.csv", "chat")] {
        let line = ["import", export, "--format", "csv", "--out", out];
        let message = stderr(throng_in(home).args(line), 2);
        assert!(
            message.contains("a scenario that is no import"),
            "{message}"
        );
        let trace = home.join(out).join("trace.csv");
        assert_eq!(fs::read_to_string(trace).expect("still there"), TALK);
    }
    let line = ["import", "talk.csv", "--format", "csv", "--out", "again"];
    stdout(throng_in(home).args(line));
    let line = [
        "import",
        "again/trace.csv",
        "--format",
        "csv",
        "--out",
        "again",
    ];
    let message = stderr(throng_in(home).args(line), 2);
    assert!(message.contains("what is read"), "{message}");
}
