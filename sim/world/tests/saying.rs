//! What is in messages: counted by kind, whoever reads it and however it is delivered.

use crate::common;

use common::{run_on, scenario};
use std::collections::BTreeMap;
use throng_record::{ContentRow, Record};

const NOTICES: [&str; 2] = ["status", "typing"];

fn rows(record: &Record) -> BTreeMap<&str, &ContentRow> {
    let rows = record.contents.iter();
    rows.map(|row| (&*row.kind, row)).collect()
}

/// Of what people say, and of what clients say by themselves: how many were accepted, and how often one was read.
fn sums(record: &Record) -> [(u64, u64); 2] {
    let mut sums = [(0, 0); 2];
    for (kind, row) in rows(record) {
        let sum = &mut sums[usize::from(NOTICES.contains(&kind))];
        *sum = (sum.0 + row.accepted, sum.1 + row.read);
    }
    sums
}

const SHORT: [&str; 4] = [
    "duration=5min",
    "messages.content=mimi",
    "messages.rate=120/h",
    "messages.receipt_delay=5s",
];

#[test]
fn reports_and_notices_are_counted_by_themselves() {
    let with = |more: &[&str]| run_on(&scenario("small", &[&SHORT[..], more].concat()), 2);
    let silent = with(&[]);
    let talking = with(&["messages.receipts=read", "messages.typing=true"]);
    for record in [&silent, &talking] {
        let [said, notices] = sums(record);
        let counts = &record.counts;
        let read = (counts.messages_accepted, counts.messages_decrypted);
        assert_eq!(said, read);
        let other = |name: &str| counts.others.get(name).copied().unwrap_or_default();
        let counted = (other("notices_accepted"), other("notices_read"));
        assert_eq!(notices, counted);
        assert!(said.0 > 50, "{said:?}");
        // Each reading is in a latency, or was waited for in a catch-up.
        let latencies = record.latencies.message.len();
        assert_eq!(
            latencies + counts.messages_caught_up,
            counts.messages_decrypted
        );
        let room_messages: u64 = record.rooms.iter().map(|room| room.messages).sum();
        assert_eq!(room_messages, counts.messages_accepted);
    }
    assert_eq!(sums(&silent)[1], (0, 0));
    let (talked, quiet) = (rows(&talking), rows(&silent));
    assert!(talked["status"].accepted > 50 && talked["status"].read > 100);
    assert!(talked["typing"].accepted >= talking.counts.messages_accepted);
    // A report is about one message at least.
    assert!(talked["status"].read_bytes >= 37 * talked["status"].read);
    // People say the same, of the same kinds, whatever clients say besides.
    let kinds = |rows: &BTreeMap<&str, &ContentRow>| -> Vec<String> {
        let said = rows.keys().filter(|kind| !NOTICES.contains(kind));
        said.map(|kind| (*kind).to_owned()).collect()
    };
    assert_eq!(kinds(&talked), kinds(&quiet));
    assert!(kinds(&quiet).len() >= 4, "{:?}", kinds(&quiet));
}

/// Whether those who only receive are counted in one loop or simulated one by one.
#[test]
fn whoever_only_receives_reads_the_same() {
    let run = |passive: &str| {
        let settings = [
            passive,
            "duration=5min",
            "rooms.size=20",
            "messages.receipts=none",
            "messages.rate=30/h",
            "messages.speakers={ dist = \"zipf\", exponent = 3 }",
        ];
        run_on(&scenario("receipts", &settings), 2)
    };
    let (counted, simulated) = (run("users.passive=counted"), run("users.passive=simulated"));
    assert!(counted.events < simulated.events / 2);
    assert_eq!(counted.contents, simulated.contents);
    assert!(rows(&counted)["typing"].read > 100);
}

/// Every report that a device sends counts, once, whatever is lost between providers; and both engines say the same.
#[test]
fn abuse_is_reported_as_often_as_people_do() {
    let settings = |more: &[&str]| {
        let reporting = [
            "messages.franking=true",
            "messages.reports=0.2",
            "messages.kinds={ text = 1, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0 }",
        ];
        scenario("small", &[&SHORT[..], &reporting, more].concat())
    };
    let counts = |record: &Record| {
        let other = |name: &str| record.counts.others.get(name).copied().unwrap_or_default();
        (other("abuse_reports"), other("messages_reported"))
    };
    let record = run_on(&settings(&[]), 2);
    let (reports, messages) = counts(&record);
    let read = record.counts.messages_decrypted;
    let share = messages as f64 / read as f64;
    assert!((0.1..0.3).contains(&share), "{messages} of {read}");
    assert!(reports > 20 && reports <= messages);
    let lossy = run_on(
        &settings(&["network.request_loss=0.1", "policy.request_timeout=10s"]),
        2,
    );
    assert!(counts(&lossy).1 > 20);
    let failed = &lossy.counts.skipped;
    assert!(
        !failed.iter().any(|(id, _)| id.contains("report")),
        "{failed:?}"
    );
    let verdict = throng_world::verify::verify(&settings(&["duration=1min"]), |_| true).unwrap();
    assert!(verdict.agrees(), "{verdict:#?}");
}

/// Nobody does nothing but receive where all report what they got.
#[test]
fn whoever_reports_is_simulated() {
    let run = |passive: &str| {
        let settings = [
            passive,
            "duration=3min",
            "rooms.size=6",
            "messages.rate=60/h",
        ];
        run_on(&scenario("receipts", &settings), 2)
    };
    let (counted, simulated) = (run("users.passive=counted"), run("users.passive=simulated"));
    assert_eq!(counted.fingerprint, simulated.fingerprint);
    assert!(rows(&counted)["status"].read > 0);
}
