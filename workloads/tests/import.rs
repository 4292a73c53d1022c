//! Exports of chats become traces that replay, without names and texts; broken ones are refused with their line.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use throng_workloads::error::ScenarioError;
use throng_workloads::generate::Workload;
use throng_workloads::import::{self, Counts, Format, Import, Key, Window};
use throng_workloads::intent::{Action, Intent};
use throng_workloads::population::Population;
use throng_workloads::scenario::{Scenario, ScenarioSource};

const CSV: &str = "\
length,sender,room,time,channel_topic
5,alice,tea,2026-11-29T10:00:00Z,x
7,bob,tea,2026-11-29T11:00:01.25+01:00,
0,\"carol, of sales\",\"the \"\"big\"\" room\",1795946402,
12,alice,\"the \"\"big\"\" room\",1795946402.5,
";

const MATTERMOST: &str = r#"{"type": "version", "version": 1}
{"type": "emoji", "emoji": {"name": "tea"}}
{"type": "team", "team": {"name": "acme"}}
{"type": "channel", "channel": {"team": "acme", "name": "tea", "type": "O"}}
{"type": "channel", "channel": {"team": "acme", "name": "silent", "type": "O"}}
{"type": "user", "user": {"username": "alice", "teams": [{"name": "acme", "channels": [{"name": "tea"}, {"name": "silent"}]}]}}
{"type": "user", "user": {"username": "bob", "teams": [{"name": "acme", "channels": [{"name": "tea"}]}]}}
{"type": "user", "user": {"username": "carol", "teams": null}}
{"type": "bot", "bot": {"username": "robot", "owner": "alice"}}

{"type": "post", "post": {"team": "acme", "channel": "tea", "user": "alice", "message": "gr\u00fc\u00df dich", "create_at": 1795946400000, "replies": [{"user": "carol", "message": "secret words", "create_at": 1795946402500}, {"user": "robot", "message": "beep", "create_at": 1795946402600}]}}
{"type": "post", "post": {"team": "acme", "channel": "tea", "user": "bob", "type": "system_header_change", "message": "new", "create_at": 1795946401000}}
{"type": "post", "post": {"team": "acme", "channel": "tea", "user": "bob", "type": "system_leave_channel", "message": "bye", "create_at": 1795946409000}}
{"type": "direct_channel", "direct_channel": {"members": ["alice", "bob"], "header": ""}}
{"type": "direct_post", "direct_post": {"channel_members": ["bob", "alice"], "user": "bob", "message": "psst", "create_at": 1795946405000, "replies": null}}
"#;

/// The files of a folder.
const SLACK: &[(&str, &str)] = &[
    (
        "users.json",
        r#"[{"id": "U1", "name": "alice"}, {"id": "U2", "name": "bob"}, {"id": "U3"}, {"id": "U9", "is_bot": true}]"#,
    ),
    (
        "channels.json",
        r#"[{"id": "C1", "name": "tea", "creator": "U1", "members": ["U1", "U3"]}, {"id": "C2", "name": "../silent", "members": ["U1"]}]"#,
    ),
    ("dms.json", r#"[{"id": "D1", "members": ["U1", "U2"]}]"#),
    (
        "tea/2026-11-29.json",
        r#"[
    {"type": "message", "user": "U1", "text": "hello \ud83d", "ts": "1795946400.000200"},
    {"type": "message", "subtype": "channel_join", "user": "U2", "text": "<@U2> has joined", "ts": "1795946401.000000"},
    {"type": "message", "subtype": "channel_join", "user": "U3", "inviter": "U1", "text": "joined", "ts": "1795946402.000000"},
    {"type": "message", "subtype": "bot_message", "text": "beep", "ts": "1795946403.000000"},
    {"type": "message", "user": "U9", "text": "boop", "ts": "1795946403.000001"},
    {"type": "message", "subtype": "channel_topic", "user": "U1", "text": "topic", "ts": "1795946404.000000"},
    {"type": "message", "user": "U2", "text": "secret words", "ts": "1795946405.000000", "blocks": [{"a": [1, 2, {"b": null}]}]}
]"#,
    ),
    (
        "tea/2026-11-30.json",
        r#"[{"type": "message", "subtype": "channel_leave", "user": "U2", "text": "left", "ts": "1796032800.000000"},
            {"type": "message", "subtype": "file_share", "user": "U4", "ts": "1796032801.5"}]"#,
    ),
    (
        "D1/2026-11-29.json",
        r#"[{"type": "message", "user": "U2", "text": "psst", "ts": "1795946400.5"}]"#,
    ),
    ("canvases/a.json", "not looked at"),
];

fn key() -> Key {
    Key::of(b"a key that tests know")
}

/// The export in a folder of its own.
fn file(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk");
    fs::write(&path, text).expect("written");
    (folder, path)
}

fn slack(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    folder
}

fn read(format: Format, path: &Path) -> Result<Import, ScenarioError> {
    import::read(format, path, key(), Window::default())
}

fn trace(import: &Import) -> String {
    let mut trace = Vec::new();
    import
        .write_trace(&mut trace)
        .expect("a Vec takes everything");
    String::from_utf8(trace).expect("text")
}

/// What a run makes of it: what was written is read and checked as any scenario with a trace is.
fn replayed(import: &Import) -> Vec<Intent> {
    let source = ScenarioSource::inline("scenario.toml", import.scenario("talk"));
    let scenario = Scenario::parse(&source, &[]).expect("a sound scenario");
    let streams = scenario.streams();
    let population = Population::draw(&scenario, &streams);
    let text = trace(import);
    let workload = Workload::from_trace(
        &scenario,
        &population,
        &streams,
        "trace.csv",
        text.as_bytes(),
    );
    let intents: Vec<Intent> = workload.expect("a sound trace").collect();
    assert!(intents.iter().eq(&import.intents().collect::<Vec<_>>()));
    intents
}

fn sizes(intents: &[Intent]) -> Vec<(u64, u32)> {
    let messages = intents.iter().filter_map(|intent| match intent.action {
        Action::Message { bytes, .. } => Some((intent.at.as_millis(), bytes)),
        _ => None,
    });
    messages.collect()
}

fn count(intents: &[Intent], name: &str) -> usize {
    intents
        .iter()
        .filter(|intent| intent.action.name() == name)
        .count()
}

fn left_out(counts: &Counts, reason: &str) -> u64 {
    let found = counts
        .left_out
        .iter()
        .find(|(known, _)| known.contains(reason));
    found.map_or(0, |(_, number)| *number)
}

#[test]
fn csv_becomes_a_trace() {
    let (_folder, path) = file(CSV);
    let import = read(Format::Csv, &path).expect("sound");
    let intents = replayed(&import);
    assert_eq!(
        sizes(&intents),
        [(0, 5), (1_250, 7), (2_000, 0), (2_500, 12)]
    );
    let counts = import.counts();
    assert_eq!(
        (counts.messages, counts.bytes, counts.rooms, counts.people),
        (4, 24, 2, 3)
    );
    // Nobody is known to be anywhere before they write.
    assert_eq!(
        (
            count(&intents, "create"),
            count(&intents, "add"),
            counts.added
        ),
        (2, 2, 2)
    );
    assert!(counts.left_out.is_empty(), "{counts:?}");
}

#[test]
fn mattermost_becomes_a_trace() {
    let (_folder, path) = file(MATTERMOST);
    let import = read(Format::Mattermost, &path).expect("sound");
    let intents = replayed(&import);
    // "grüß dich" has two letters of two bytes.
    assert_eq!(sizes(&intents), [(0, 11), (2_500, 12), (5_000, 4)]);
    let counts = import.counts();
    assert_eq!(
        (counts.rooms, counts.people, counts.added, counts.leaves),
        (2, 3, 1, 1)
    );
    // alice adds bob to the one, bob alice to the other, and somebody carol.
    assert_eq!((count(&intents, "create"), count(&intents, "add")), (2, 3));
    assert_eq!(left_out(counts, "bots"), 1);
    assert_eq!(left_out(counts, "notices"), 1);
    assert_eq!(left_out(counts, "rooms in which nothing happened"), 1);
}

#[test]
fn slack_becomes_a_trace() {
    let folder = slack(SLACK);
    let import = read(Format::Slack, folder.path()).expect("sound");
    let intents = replayed(&import);
    // Half a surrogate pair is as long as it would be in UTF-8.
    assert_eq!(
        sizes(&intents),
        [(0, 9), (499, 4), (4_999, 12), (86_401_499, 0)]
    );
    let counts = import.counts();
    assert_eq!((counts.rooms, counts.people), (2, 4));
    // U3 is a member in the end, and was none before they came.
    assert_eq!((counts.joins, counts.leaves, counts.added), (2, 1, 1));
    assert_eq!((count(&intents, "join"), count(&intents, "leave")), (1, 1));
    assert_eq!(left_out(counts, "bots"), 2);
    assert_eq!(left_out(counts, "notices"), 1);
    assert_eq!(left_out(counts, "rooms in which nothing happened"), 1);
    assert_eq!(left_out(counts, "folders"), 1);
}

#[test]
fn no_name_and_no_word_comes_out() {
    let (_csv, csv) = file(CSV);
    let (_mattermost, mattermost) = file(MATTERMOST);
    let slack = slack(SLACK);
    for (format, path) in [
        (Format::Csv, csv.as_path()),
        (Format::Mattermost, &mattermost),
        (Format::Slack, slack.path()),
    ] {
        let import = read(format, path).expect("sound");
        let written = trace(&import) + &import.scenario("talk");
        for name in [
            "alice", "bob", "carol", "tea", "acme", "big", "secret", "words", "psst", "U1", "C1",
            "D1", "179594",
        ] {
            assert!(!written.contains(name), "{format:?}: {name} in {written}");
        }
    }
}

#[test]
fn the_key_decides_the_numbers_and_nothing_else_does() {
    let rows: String = (0..40)
        .map(|n| format!("{n},room {},p{n:02},1\n", n % 7))
        .collect();
    let (_folder, path) = file(format!("time,room,sender,length\n{rows}"));
    let with = |secret: &[u8]| {
        let read = import::read(Format::Csv, &path, Key::of(secret), Window::default());
        trace(&read.expect("sound"))
    };
    assert_eq!(with(b"one"), with(b"one"));
    assert_ne!(with(b"one"), with(b"other"));
    // Neither in the order of time nor in that of names, which here is the same.
    let text = with(b"one");
    let actors: Vec<u32> = text
        .lines()
        .filter(|line| line.contains(",message,"))
        .filter_map(|line| {
            line.split(',')
                .nth(2)?
                .strip_prefix('u')?
                .strip_suffix(".0")?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(actors.len(), 40);
    assert!(!actors.is_sorted(), "{actors:?}");
}

/// Where nothing else says who is in a room, whoever said something before a window is in it, as without one.
#[test]
fn who_wrote_before_a_window_is_there_when_it_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("talk.csv");
    let rows = "time,room,sender,length\n10,tea,ann,1\n11,tea,bob,1\n12,tea,cleo,1\n20,tea,ann,7\n";
    std::fs::write(&file, rows).expect("written");
    let window = Window {
        from: Some("15".parse().expect("a moment")),
        to: None,
    };
    let import = import::read(Format::Csv, &file, key(), window).expect("sound");
    replayed(&import);
    let counts = import.counts();
    assert_eq!((counts.messages, counts.people, counts.added), (1, 3, 0));
}

/// An export may have all of a day at one time, in the order of names: none of that order is left.
#[test]
fn the_order_of_names_at_one_time_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |name: &str, rows: &[&str]| {
        let file = folder.path().join(name);
        let rows = rows.concat();
        std::fs::write(&file, format!("time,room,sender,length\n{rows}")).expect("written");
        let import = import::read(Format::Csv, &file, key(), Window::default()).expect("sound");
        let mut trace = Vec::new();
        import.write_trace(&mut trace).expect("written");
        trace
    };
    let rows = [
        "0,tea,ann,1\n",
        "0,tea,bob,2\n",
        "0,tea,cleo,3\n",
        "0,milk,ann,4\n",
    ];
    let mut backwards = rows;
    backwards.reverse();
    let (one, other) = (read("one.csv", &rows), read("other.csv", &backwards));
    assert_eq!(String::from_utf8(one), String::from_utf8(other));
}

#[test]
fn a_window_takes_its_part_and_who_was_there_at_its_beginning() {
    let folder = slack(SLACK);
    let window = |from: Option<&str>, to: Option<&str>| {
        let moment = |text: &str| text.parse().expect("a moment");
        let window = Window {
            from: from.map(moment),
            to: to.map(moment),
        };
        import::read(Format::Slack, folder.path(), key(), window)
    };
    let later = window(Some("2026-11-30"), None).expect("sound");
    let intents = replayed(&later);
    assert_eq!(sizes(&intents), [(1_500, 0)]);
    let counts = later.counts();
    // U1, U2 and U3 are in the room when the day begins; then U2 leaves, and U4 comes.
    assert_eq!(
        (counts.people, counts.leaves, counts.joins, counts.added),
        (4, 1, 0, 1)
    );
    assert_eq!(left_out(counts, "outside"), 5);

    let first = window(None, Some("2026-11-29T10:00:01Z")).expect("sound");
    assert_eq!(first.counts().messages, 2);
    // U3 comes later than that.
    assert_eq!(first.counts().people, 2);
    replayed(&first);

    let error = window(Some("2027-01-01"), None)
        .expect_err("empty")
        .to_string();
    assert!(
        error.ends_with("nobody says anything between --from and --to; expected messages"),
        "{error}"
    );
    let error = window(Some("2"), Some("1")).expect_err("empty").to_string();
    assert!(error.contains("--to is not after --from"), "{error}");
}

#[test]
fn a_message_that_is_longer_than_any_is_taken_as_the_longest() {
    let text = "x".repeat((16 << 20) + 1);
    let post = format!(
        "{{\"type\":\"version\",\"version\":1}}\n{{\"type\":\"post\",\"post\":{{\"team\":\"a\",\"channel\":\"b\",\"user\":\"c\",\"message\":\"{text}\",\"create_at\":5}}}}\n"
    );
    let (_folder, path) = file(post);
    let import = read(Format::Mattermost, &path).expect("sound");
    assert_eq!(import.counts().shortened, 1);
    assert_eq!(sizes(&replayed(&import)), [(0, 16 << 20)]);
}

/// Line, and what is said of it.
fn complaint(format: Format, text: &str) -> String {
    let (folder, path) = file(text);
    let error = read(format, &path).expect_err("refused").to_string();
    error
        .replace(&*folder.path().to_string_lossy(), "")
        .replace('\\', "/")
}

#[test]
fn broken_rows_are_shown_with_what_would_be_right() {
    let row = |row: &str| format!("time,room,sender,length\n1,a,b,2\n\n{row}\n");
    for (text, said) in [
        (
            String::new(),
            "/talk:1: expected a header with the columns time, room, sender, length, found nothing",
        ),
        (
            "time,rooom,sender,length\n".to_owned(),
            "/talk:1: no column is called `room`; did you mean `rooom`?",
        ),
        (
            "time,room,sender,length,time\n".to_owned(),
            "/talk:1: two columns are called \"time\"; expected one",
        ),
        (
            row("2,a,b"),
            "/talk:4: 3 fields; expected one for each column; is the file truncated?",
        ),
        (row(",,,"), "/talk:4: no time; expected one in each row"),
        (row("2,,b,7"), "/talk:4: no room; expected one in each row"),
        (
            row("noon,a,b,7"),
            "/talk:4: \"noon\" is no time; expected one as in RFC 3339",
        ),
        (
            row("2,a,b,-7"),
            "/talk:4: \"-7\" is no length of a message; expected a number of bytes up to 16777216",
        ),
        (
            row("2,a,b,99999999"),
            "/talk:4: \"99999999\" is no length of a message",
        ),
        (row("2,a,\"b,7"), "/talk:4: a quote without its end"),
        (
            row("\u{1b}[31m,a,b,7"),
            "/talk:4: \"/u{1b}[31m\" is no time",
        ),
        (
            "time,room,sender,length\n0,a,b,1\n999999999,a,b,1\n".to_owned(),
            "/talk: it is of 11574 d; expected less than ten years",
        ),
        (
            "time,room,sender,length\n".to_owned(),
            "/talk: nobody says anything in it; expected messages",
        ),
    ] {
        let got = complaint(Format::Csv, &text);
        assert!(got.starts_with(said), "{got}\nshould start with\n{said}");
    }
    let (_folder, path) = file(b"time,room,sender,length\n1,\xff,b,2\n");
    let error = read(Format::Csv, &path).expect_err("refused").to_string();
    assert!(error.ends_with(":2: the line is not UTF-8"), "{error}");

    let line = |line: &str| format!("{{\"type\":\"version\",\"version\":1}}\n\n{line}\n");
    for (text, said) in [
        (
            String::new(),
            "/talk:1: expected Mattermost's bulk export, which begins with",
        ),
        (
            "{\"type\":\"version\",\"version\":2}\n".to_owned(),
            "/talk:1: expected Mattermost's bulk export",
        ),
        (
            "{\"type\":\"post\"}\n".to_owned(),
            "/talk:1: expected Mattermost's bulk export",
        ),
        (line("{"), "/talk:3: column 1: EOF while parsing an object"),
        (
            line("{\"type\":\"post\"}"),
            "/talk:3: a line of the type \"post\" without `post`; expected it",
        ),
        (
            line(
                "{\"type\":\"post\",\"post\":{\"team\":\"a\",\"channel\":\"b\",\"message\":\"\",\"create_at\":1}}",
            ),
            "/talk:3: a post without `user`; expected one",
        ),
        (
            line(
                "{\"type\":\"post\",\"post\":{\"team\":\"a\",\"channel\":\"b\",\"user\":\"c\",\"create_at\":9223372036854775807}}",
            ),
            "/talk:3: a post without a time; expected `create_at` in milliseconds since 1970",
        ),
        (
            line(
                "{\"type\":\"post\",\"post\":{\"team\":\"a\",\"channel\":\"b\",\"user\":\"c\",\"create_at\":\"now\"}}",
            ),
            "/talk:3: column 76: invalid type: string \"now\", expected i64",
        ),
        (
            line("{\"type\":\"direct_post\",\"direct_post\":{\"user\":\"c\",\"create_at\":1}}"),
            "/talk:3: a direct channel of nobody; expected the usernames of its members",
        ),
    ] {
        let got = complaint(Format::Mattermost, &text);
        assert!(got.starts_with(said), "{got}\nshould start with\n{said}");
    }
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    let (_folder, path) = file("PK");
    let error = read(Format::Slack, &path).expect_err("a file").to_string();
    assert!(
        error.contains("not a folder; expected the one that Slack's ZIP file"),
        "{error}"
    );
    let error = read(Format::Slack, &path.join("nowhere")).expect_err("nothing");
    assert!(matches!(error, ScenarioError::Read { .. }), "{error}");
    let empty = slack(&[("users.json", "[]")]);
    let error = read(Format::Slack, empty.path())
        .expect_err("no lists")
        .to_string();
    assert!(
        error.contains("no export of Slack; expected users.json in it"),
        "{error}"
    );
    for (day, said) in [
        (
            "{}",
            ".json:1: column 1: invalid type: map, expected an array",
        ),
        (
            "[\n{\"type\": \"message\", \"user\": \"U1\"}]",
            ".json:2: column",
        ),
        (
            "[\n\n{\"type\": \"message\", \"user\": \"U1\", \"ts\": \"noon\"}]",
            ".json:3: column",
        ),
        ("[\n{\"type\": \"mess", ".json:2: column"),
    ] {
        let mut files = SLACK.to_vec();
        files.push(("tea/2026-12-01.json", day));
        let error = read(Format::Slack, slack(&files).path())
            .expect_err("refused")
            .to_string();
        assert!(error.contains(said), "{error}\nshould contain\n{said}");
    }
}

/// What a careless hand or a broken disk does to a file.
#[derive(Debug, Clone)]
enum Damage {
    Delete(Index, usize),
    Flip(Index, u8),
    Insert(Index, &'static str),
    Truncate(Index),
    /// A line once more somewhere else.
    Repeat(Index, Index),
}

const ODD: &[&str] = &[
    "\"",
    ",",
    "\n",
    "\r",
    "{",
    "}",
    "[",
    "]",
    "null",
    "-1",
    "1e999",
    "9223372036854775807",
    "\\ud800",
    "\u{1b}[2J",
    ";",
    "\0",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), 1usize..60).prop_map(|(at, count)| Damage::Delete(at, count)),
        (any::<Index>(), 1u8..=255).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<Index>(), select(ODD)).prop_map(|(at, text)| Damage::Insert(at, text)),
        any::<Index>().prop_map(Damage::Truncate),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

fn apply(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let length = bytes.len();
    let place = |at: &Index| at.index(length.max(1)).min(length);
    match damage {
        Damage::Delete(at, count) => {
            let start = place(at);
            bytes.drain(start..(start + count).min(length));
        }
        Damage::Flip(at, bits) => {
            if let Some(byte) = bytes.get_mut(place(at)) {
                *byte ^= bits;
            }
        }
        Damage::Insert(at, text) => {
            bytes.splice(place(at)..place(at), text.bytes());
        }
        Damage::Truncate(at) => bytes.truncate(place(at)),
        Damage::Repeat(from, to) => {
            let mut lines: Vec<Vec<u8>> =
                bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let again = lines[from.index(lines.len())].clone();
            lines.insert(to.index(lines.len()), again);
            bytes = lines.join(&b'\n');
        }
    }
    bytes
}

/// What is taken can be replayed; what is refused is refused with the name of a file.
fn taken_or_refused(read: Result<Import, ScenarioError>, folder: &Path) {
    match read {
        Ok(import) => {
            let messages = sizes(&replayed(&import)).len() as u64;
            assert_eq!(messages, import.counts().messages);
        }
        Err(error) => assert!(
            error.to_string().contains(&*folder.to_string_lossy()),
            "{error}"
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_mutilated_file_is_taken_or_refused(
        (format, text) in select(vec![(Format::Csv, CSV), (Format::Mattermost, MATTERMOST)]),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let (folder, path) = file(damages.iter().fold(text.as_bytes().to_vec(), apply));
        taken_or_refused(read(format, &path), folder.path());
    }

    #[test]
    fn a_mutilated_folder_is_taken_or_refused(
        which in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let folder = slack(SLACK);
        let (name, text) = SLACK[which.index(SLACK.len())];
        let text = damages.iter().fold(text.as_bytes().to_vec(), apply);
        fs::write(folder.path().join(name), text).expect("written");
        taken_or_refused(read(Format::Slack, folder.path()), folder.path());
    }

    /// Whoever comes, goes and writes in whatever order: what is made of it makes sense.
    #[test]
    fn any_order_of_events_replays(
        events in prop::collection::vec((0u32..6, 0u32..4, 0u32..5, 0u32..5), 1..60),
        from in 0u32..6,
        to in 6u32..8,
        members in prop::collection::vec(0u32..5, 0..5),
    ) {
        let mut lines: Vec<String> = vec![r#"{"type":"version","version":1}"#.to_owned()];
        for member in members {
            lines.push(format!(
                r#"{{"type":"user","user":{{"username":"p{member}","teams":[{{"name":"t","channels":[{{"name":"r0"}},{{"name":"r1"}}]}}]}}}}"#
            ));
        }
        for (second, what, person, room) in events {
            let kind = ["", "", "system_join_channel", "system_leave_channel"][what as usize];
            lines.push(format!(
                r#"{{"type":"post","post":{{"team":"t","channel":"r{}","user":"p{person}","type":"{kind}","message":"x","create_at":{}}}}}"#,
                room % 3, second * 1000
            ));
        }
        let (folder, path) = file(lines.join("\n"));
        let moment = |second: u32| second.to_string().parse().ok();
        let window = Window { from: moment(from), to: moment(to) };
        taken_or_refused(import::read(Format::Mattermost, &path, key(), window), folder.path());
    }
}
