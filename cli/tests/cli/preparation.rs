//! `throng load --save-preparation` and `--preparation`: what was prepared once is there again, as often as somebody wants.

use super::database::Database;
use super::{stderr, stdout, throng_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Rooms that exist before anything is measured, and people who want all kinds of things in them.
const WARM: [&str; 15] = [
    "load",
    "small",
    "--set",
    "duration=4s",
    "--set",
    "rooms.start=warm",
    "--set",
    "messages.rate=3600/h",
    "--set",
    "churn.updates=600/h",
    "--set",
    "churn.joins=600/h",
    "--most-late",
    "10s",
    "--quiet",
];

/// A load in a folder, with these flags too.
fn load(home: &Path, more: &[&str]) -> assert_cmd::Command {
    let mut command = throng_in(home);
    command.args(WARM).args(more);
    command
}

fn summary(command: &mut assert_cmd::Command) -> Value {
    let json = stdout(command.args(["--format", "json"]));
    serde_json::from_str(&json).expect("JSON")
}

/// All files of a folder, those in folders of it too.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).expect("a file"))),
        }
    }
    found
}

/// What has to hold of each of these loads, and whether it was taken up.
fn sound(summary: &Value, loaded: bool) {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let real = &summary["real"];
    assert_eq!(real["violations"], Value::Null, "{summary}");
    assert_eq!(real["failed"], Value::Null, "{summary}");
    assert_eq!(summary["partial"], false, "{summary}");
    let counts = &summary["counts"];
    let messages = count(&counts["messages_accepted"]);
    assert!(messages > 10, "{summary}");
    assert_eq!(counts["messages_accepted"], counts["intents"]["message"]);
    assert!(count(&counts["commits_accepted"]) > 2, "{summary}");
    assert!(count(&counts["messages_decrypted"]) > 2 * messages);
    for (name, checks) in summary["invariants"].as_object().expect("invariants") {
        assert!(count(checks) > 0, "{name}: {summary}");
    }
    let preparation = &real["generator"]["preparation"];
    assert_eq!(preparation["loaded"], loaded, "{summary}");
    assert!(preparation["took_s"].as_f64() > Some(0.0), "{summary}");
    // Each provider was looked at while it was loaded, whether or not it had begun again.
    let servers = real["servers"].as_array().expect("servers");
    assert_eq!(servers.len(), 2, "{summary}");
    assert!(servers.iter().all(|server| count(&server["samples"]) >= 2));
}

#[test]
fn a_preparation_is_taken_up_again_and_again() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let first = summary(&mut load(
        home,
        &["--save-preparation", "kept/small", "--out", "first"],
    ));
    sound(&first, false);
    let kept = home.join("kept/small");
    let names: Vec<String> = files(&kept)
        .keys()
        .map(|path| {
            path.strip_prefix(&kept)
                .expect("inside")
                .display()
                .to_string()
        })
        .collect();
    let expected = [
        "clients",
        "manifest.json",
        "scenario.toml",
        "stores/a.example.redb",
        "stores/b.example.redb",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        fs::read_dir(home.join("kept")).expect("a folder").count(),
        1
    );
    let before = files(&kept);

    let taken = ["--preparation", "kept/small", "--out"];
    let second = summary(load(home, &taken).arg("second"));
    sound(&second, true);
    let command = second["simulator"]["command"]
        .as_str()
        .expect("a command")
        .to_owned();
    assert!(command.contains("--preparation kept/small"), "{command}");
    // Of one seed: the same people want the same.
    assert_eq!(second["counts"]["intents"], first["counts"]["intents"]);
    // Of other lengths and rates, and with a provider that is killed.
    let other = ["--set", "duration=5s", "--set", "messages.rate=5000/h"];
    let killed = ["--kill", "b.example=1s+1s"];
    let third = summary(load(home, &taken).arg("third").args(other).args(killed));
    let real = &third["real"];
    assert_eq!(real["violations"], Value::Null, "{third}");
    assert_eq!(real["generator"]["preparation"]["loaded"], true);
    assert_eq!(
        third["counts"]["messages_accepted"],
        third["counts"]["intents"]["message"]
    );
    assert_eq!(files(&kept), before, "nothing in it has changed");

    // The rooms begin where preparation left them, as in the load that made it.
    let rows = |of: &str, columns: [usize; 3]| -> Vec<Vec<String>> {
        let rooms = fs::read_to_string(home.join(of).join("rooms.csv")).expect("a table");
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            columns.map(|column| cells[column].to_owned()).to_vec()
        };
        rooms.lines().map(row).collect()
    };
    let head = fs::read_to_string(home.join("first/rooms.csv")).expect("a table");
    let head: Vec<&str> = head.lines().next().expect("a head").split(',').collect();
    let column = |name: &str| head.iter().position(|cell| *cell == name).expect(name);
    let columns = ["room", "initial_members", "first_epoch"].map(column);
    let made = rows("first", columns);
    assert!(
        made.len() > 1 && made == rows("second", columns),
        "{made:?}"
    );

    let report = fs::read_to_string(home.join("second/report.html")).expect("a page");
    assert!(report.contains("taken up as it was stored"));
}

/// From a database, and into another one, which has to be empty.
#[test]
fn what_is_in_a_database_is_stored_and_taken_up_in_another() {
    let Some(database) = Database::start() else {
        return;
    };
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    for domain in ["a.example", "b.example"] {
        database.create(domain);
        database.create(&format!("second-{domain}"));
    }
    let [first, second] = ["{domain}", "second-{domain}"].map(|name| database.url(name));
    let saved = [
        "--save-preparation",
        "kept",
        "--store",
        &first,
        "--out",
        "first",
    ];
    let first = summary(&mut load(home, &saved));
    let taken = [
        "--preparation",
        "kept",
        "--store",
        &second,
        "--out",
        "second",
    ];
    let second = summary(&mut load(home, &taken));
    sound(&first, false);
    sound(&second, true);
    let accounts = |name: &str| {
        database.query(
            name,
            "SELECT count(*) FROM throng_rows WHERE tbl = 'accounts'",
        )
    };
    for domain in ["a.example", "b.example"] {
        let (made, taken) = (accounts(domain), accounts(&format!("second-{domain}")));
        assert!(made == taken && made.trim() != "0", "{made} {taken}");
    }
    // Batch by batch nobody reads all that there is, but what is looked for.
    let per_change = "SELECT (seq_tup_read + idx_tup_fetch) / (n_tup_ins + n_tup_upd + n_tup_del) \
                      FROM pg_stat_user_tables WHERE relname = 'throng_rows'";
    let read = database.query("a.example", per_change);
    assert!(
        read.trim().parse().is_ok_and(|read: u32| read < 10),
        "{read}"
    );
    // Nothing is put into any of them where one is not empty.
    database.query("second-a.example", "TRUNCATE throng_rows");
    let message = stderr(&mut load(home, &taken), 2);
    assert!(
        message.contains("second-b.example") && message.contains("expected an empty store"),
        "{message}"
    );
    assert_eq!(accounts("second-a.example").trim(), "0");
}

#[test]
fn what_cannot_be_stored_or_taken_up_is_said_before_anything_begins() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let short = ["--set", "duration=1s"];
    summary(load(home, &short).args(["--save-preparation", "kept", "--out", "first"]));
    let refused = |more: &[&str], code: i32, expected: &str| {
        let message = stderr(&mut load(home, more), code);
        assert!(message.contains(expected), "{expected}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(!home.join("loads").exists(), "{expected}");
        let left = fs::read_dir(home).expect("a folder").count();
        assert_eq!(left, 2, "nothing is left of {expected}");
    };
    refused(&["--save-preparation", "kept"], 2, "kept is there already");
    let memory = ["--save-preparation", "other", "--store", "memory"];
    refused(&memory, 2, "with --store memory that is nothing");
    let memory = ["--preparation", "kept", "--store", "memory"];
    refused(&memory, 2, "with --store memory that is nothing");
    let one = [
        "--preparation",
        "kept",
        "--store",
        "postgres://me:secret@localhost/a",
    ];
    refused(
        &one,
        2,
        "postgres://localhost/a: there are 2 providers; expected a folder",
    );
    refused(&["--preparation", "nowhere"], 2, "it is not there");
    let another = ["--preparation", "kept", "--set", "users.count=20"];
    refused(
        &another,
        2,
        "users.count is not what the scenario in it has",
    );
    refused(
        &["--preparation", "kept", "--seed", "7"],
        2,
        "seed is not what",
    );
    let both = ["--preparation", "kept", "--save-preparation", "other"];
    let message = stderr(&mut load(home, &both), 2);
    assert!(message.contains("cannot be used with"), "{message}");

    for (name, wrong) in [
        ("clients", "its clients is damaged"),
        (
            "stores/a.example.redb",
            "its stores/a.example.redb is damaged",
        ),
        ("scenario.toml", "its scenario.toml is damaged"),
        ("manifest.json", "its manifest"),
    ] {
        let path = home.join("kept").join(name);
        let whole = fs::read(&path).expect("a file");
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x20;
        for bytes in [&damaged[..], &whole[..whole.len() / 2]] {
            fs::write(&path, bytes).expect("written");
            let mut command = load(home, &["--preparation", "kept", "--out", "second"]);
            let message = stderr(&mut command, 2);
            assert!(message.contains(wrong), "{name}: {message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
        fs::write(&path, whole).expect("written");
    }
}

/// A federation that somebody else has started, with its stores in a folder.
struct Served {
    process: Child,
    flags: Vec<String>,
}

impl Served {
    fn start(home: &Path, stores: &str) -> Self {
        let mut serve = Command::new(env!("CARGO_BIN_EXE_throng"));
        serve.current_dir(home).stdout(Stdio::piped());
        serve.args(["serve", "--demo", "2", "--listen", "127.0.0.1:0"]);
        let mut process = serve.args(["--store", stores]).spawn().expect("starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let said: Vec<String> = lines.take(3).map(|line| line.expect("text")).collect();
        let targets = said[..2].iter();
        let targets = targets.map(|line| line.replace(" listens on ", "="));
        let targets = targets.flat_map(|target| ["--target".to_owned(), target]);
        let ca = ["--ca".to_owned(), "demo/ca.pem".to_owned()];
        Self {
            flags: targets.chain(ca).collect(),
            process,
        }
    }

    fn load(&self, home: &Path, more: &[&str]) -> assert_cmd::Command {
        let mut command = load(home, more);
        command.args(&self.flags);
        command
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// They stand still for nobody: a preparation of theirs is good while they are as they were, and again when their stores are put back.
#[test]
fn providers_that_run_already_have_to_be_as_they_were() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let copy = |from: &str, to: &str| {
        fs::create_dir_all(home.join(to)).expect("a folder");
        for domain in ["a.example", "b.example"] {
            let name = format!("{domain}.redb");
            let (from, to) = (home.join(from).join(&name), home.join(to).join(&name));
            fs::copy(from, to).expect("copied");
        }
    };
    fs::create_dir(home.join("live")).expect("a folder");
    let served = Served::start(home, "live");
    let said = stdout(&mut served.load(home, &["--save-preparation", "kept"]));
    assert_eq!(said, "", "quiet");
    assert!(!home.join("loads").exists(), "nothing was measured");
    let names: Vec<PathBuf> = files(&home.join("kept")).into_keys().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    drop(served);
    copy("live", "rest");

    for round in ["first", "second"] {
        copy("rest", round);
        let served = Served::start(home, round);
        let taken = ["--preparation", "kept", "--out", round];
        let summary = summary(&mut served.load(home, &taken));
        assert_eq!(summary["real"]["violations"], Value::Null, "{summary}");
        assert_eq!(summary["real"]["failed"], Value::Null, "{summary}");
        let counts = &summary["counts"];
        assert!(counts["messages_accepted"].as_u64() > Some(10), "{summary}");
        assert_eq!(counts["messages_accepted"], counts["intents"]["message"]);
        let error = stderr(&mut served.load(home, &taken), 1);
        assert!(error.contains(".example does not know a client"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    fs::create_dir(home.join("empty")).expect("a folder");
    let served = Served::start(home, "empty");
    let error = stderr(&mut served.load(home, &["--preparation", "kept"]), 1);
    assert!(error.contains("(status 401)"), "{error}");
    // Without them there is nothing to serve from.
    let alone = stderr(&mut load(home, &["--preparation", "kept"]), 2);
    assert!(alone.contains("expected --target for each"), "{alone}");
}
