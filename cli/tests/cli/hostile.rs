//! Whatever is typed, named or written into files, nothing of it acts on the terminal.

use super::{throng, throng_in};
use std::fs;
use std::path::Path;

/// Colours, rings, begins a sequence in eight bits, turns the direction, breaks a line, hides.
const HOSTILE: &str = "a\u{1b}[31m\u{7}\u{9b}1m\u{202e}\u{2028}\u{200b}\u{e0041}z";

/// How it is shown.
const SHOWN: &str = r"a\u{1b}[31m\u{7}\u{9b}1m\u{202e}\u{2028}\u{200b}\u{e0041}z";

fn assert_calm(what: &str, text: &str) {
    let acts = |letter: &char| {
        letter.is_control() && !matches!(letter, '\n' | '\t')
            || matches!(
                letter,
                '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
            )
    };
    if let Some(letter) = text.chars().find(acts) {
        panic!("{what}: {letter:?} in {text:?}");
    }
}

/// What a command prints on both of its outputs.
fn printed(folder: &Path, line: &[&str], code: i32) -> String {
    let assert = throng_in(folder).args(line).assert().code(code);
    let output = assert.get_output();
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    let text = format!("{out}{err}");
    assert_calm(&format!("{line:?}"), &text);
    text
}

#[test]
fn a_hostile_scenario_is_shown_and_not_obeyed() {
    let (_, home) = throng();
    let home = home.path();
    let text = r#"description = "a\u001b[31m\u0007\u009b1m\u202e\u2028\u200b\U000e0041z"
duration = "5s"
engine = "model"
thresholds = ["provider.b.example.busy <\u2028 1h"]
[[providers]]
domain = "b.example"
region = "b\u202e\u2066"
[users]
count = 8
[rooms]
count = 1
size = 4
"#;
    fs::write(home.join("team.toml"), text).expect("written");
    let folder = format!("out/{HOSTILE}");
    let said = printed(home, &["run", "team.toml", "--out", &folder], 0);
    // Description, folder and page; threshold.
    assert_eq!(said.matches(SHOWN).count(), 3, "{said}");
    assert!(
        said.contains(r"provider.b.example.busy <\u{2028} 1h"),
        "{said}"
    );
    for entry in fs::read_dir(home.join(&folder)).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let text = fs::read_to_string(&path).expect("text");
            assert_calm(&path.to_string_lossy(), &text);
        }
    }
    let json = printed(
        home,
        &["run", "team.toml", "--out", "b", "--format", "json"],
        0,
    );
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["scenario"]["description"].as_str(), Some(HOSTILE));
    let resolved = format!("{folder}/scenario.toml");
    printed(home, &["run", &resolved, "--out", "again"], 0);
    assert!(printed(home, &["compare", &folder, "again"], 0).contains(SHOWN));
    printed(
        home,
        &["compare", &folder, "again", "--format", "markdown"],
        0,
    );
    printed(
        home,
        &[
            "export",
            &folder,
            "--format",
            "openmetrics",
            "--measure",
            "*",
        ],
        0,
    );
    assert!(printed(home, &["report", &folder], 0).contains(SHOWN));
    let verified = printed(home, &["verify", "team.toml", "--set", "duration=1s"], 0);
    assert!(verified.starts_with("✓ team"), "{verified}");
}

#[test]
fn mistakes_quote_what_was_typed_and_nothing_of_it_acts() {
    let (_, home) = throng();
    let home = home.path();
    fs::write(home.join("raw.toml"), format!("name = \"{HOSTILE}\"")).expect("written");
    fs::write(home.join("key.toml"), r#""a\u001b[31m" = 1"#).expect("written");
    let trace = "time,room,actor,action,target\n1s,r0,u0.0,\u{1b}[31m\u{202e},\n";
    fs::write(home.join("people.csv"), trace).expect("written");
    // A domain is a host name.
    for domain in [
        "b\u{202e}\u{2066}.example",
        "b\u{200b}.example",
        "b\u{1b}[31m",
    ] {
        let set = format!("providers.0.domain={domain}");
        let said = printed(home, &["run", "small", "--set", &set], 2);
        assert!(said.contains("is no host name; expected labels"), "{said}");
    }
    // The parser does not say which character it was.
    printed(home, &["run", "raw.toml"], 2);
    let with = |before: &str| format!("{before}{HOSTILE}");
    let flag = with("--");
    let (set, keyed) = (with("rooms.size="), format!("rooms.{HOSTILE}=1"));
    let (vary, rule) = (format!("rooms.size=4,{HOSTILE}"), with("join.p95 < "));
    let missing = format!("no/{HOSTILE}.toml");
    for (line, code) in [
        (&["run", &missing][..], 2),
        (&["run", HOSTILE], 2),
        (&["run", "key.toml"], 2),
        (&["run", "small", &flag], 2),
        (&["run", "small", "--threads", HOSTILE], 2),
        (&["run", "small", "--engine", HOSTILE], 2),
        (&["run", "small", "--set", &set], 2),
        (&["run", "small", "--set", &keyed], 2),
        (&["run", "small", "--set", HOSTILE], 2),
        (&["run", "small", "--set", "trace=people.csv"], 2),
        (&["run", "small", "--threshold", &rule], 2),
        (&["run", "small", "--save-baseline", HOSTILE], 2),
        (&["sweep", "small", "--vary", &vary], 2),
        (&["sweep", "small", "--vary", HOSTILE], 2),
        (&["compare", HOSTILE, "b"], 2),
        (&["report", HOSTILE], 2),
        (&["export", HOSTILE, "--format", "bencher"], 2),
        (&["verify", "--vectors", HOSTILE], 2),
        (&["calibrate", "--out", &missing], 1),
        (&["scenarios", "show", HOSTILE], 2),
        (&[HOSTILE], 2),
    ] {
        let said = printed(home, line, code);
        assert!(said.contains(r"\u{1b}[31m"), "{line:?}: {said}");
    }
}

/// A scenario's name makes its folder's: it is refused where it could lead elsewhere, and spelled out in the complaint.
#[test]
fn a_name_leads_nowhere_else() {
    let (_, home) = throng();
    let home = home.path();
    for name in [HOSTILE, "../up", "a/b", "..", ".hidden", "a\\b"] {
        let set = format!("name={name}");
        let said = printed(home, &["run", "small", "--set", &set], 2);
        assert!(said.contains("cannot name a folder"), "{said}");
    }
    // A name that comes from the file's is no better.
    fs::write(
        home.join(format!("{HOSTILE}.toml")),
        "duration = \"1s\"\nengine = \"model\"\n",
    )
    .expect("written");
    printed(home, &["run", &format!("./{HOSTILE}.toml")], 0);
    assert!(home.join("runs/scenario-1/summary.json").is_file());
    assert_eq!(fs::read_dir(home.join("runs")).expect("listed").count(), 1);
}
