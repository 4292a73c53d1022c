//! What people say, as others read it, and what clients report of it.

use super::bench::{Bench, client};
use std::collections::BTreeMap;
use throng_mimi::vocabulary::{reasons, subjects};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Subject};
use throng_workloads::intent::{Action, RoomId};
use throng_workloads::scenario::Content;
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const MIMI: &str = "messages.content=mimi";
const READ: &[&str] = &[
    MIMI,
    "messages.receipts=read",
    "messages.receipt_delay=2s",
    "messages.kinds={ text = 1, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0 }",
];

fn say(bench: &mut Bench, who: u32, bytes: u32) {
    bench.wish(who, Action::Message { room: ROOM, bytes });
}

/// How often a client read each kind, and how long the last of it was.
fn read(bench: &Bench, of: u32) -> BTreeMap<&'static str, (usize, u32)> {
    let mut kinds = BTreeMap::new();
    for seen in bench.seen(client(of)) {
        if let Fact::Read { subject, bytes, .. } = seen {
            let kind = kinds.entry(subject.id).or_insert((0, 0));
            *kind = (kind.0 + 1, *bytes);
        }
    }
    kinds
}

/// How often a client sent something of a kind.
fn sent(bench: &Bench, of: u32, what: &'static Subject) -> usize {
    bench.count(
        client(of),
        |seen| matches!(seen, Fact::Sent { subject, .. } if **subject == *what),
    )
}

#[test]
fn others_read_what_it_is() {
    let kinds = "messages.kinds={ text = 0.25, reply = 0.15, reaction = 0.15, edit = 0.15, delete = 0.15, attachment = 0.15 }";
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[MIMI, kinds]);
    bench.open_room(0, 0, &[1, 2]);
    for round in 0..80 {
        say(&mut bench, round % 3, 50);
        bench.run();
    }
    let kinds = [
        &subjects::TEXT,
        &subjects::REPLY,
        &subjects::REACTION,
        &subjects::EDIT,
        &subjects::DELETE,
        &subjects::ATTACHMENT,
    ];
    for who in 0..3 {
        assert_eq!(bench.unprocessable(who), [""; 0]);
        let read = read(&bench, who);
        for kind in kinds {
            let others = (0..3).filter(|other| *other != who);
            let expected: usize = others.map(|other| sent(&bench, other, kind)).sum();
            let found = read.get(kind.id).map_or(0, |(count, _)| *count);
            assert!(
                found == expected && found > 0,
                "{kind:?}: {found} of {expected}"
            );
        }
    }
    // A salt and its head, a topic, three nulls, the two names with their keys, and the part around 50 bytes: a text of so many bytes is
    // always as long.
    let names = "mimi://p1.example/u/u1".len() + "mimi://p0.example/r/r0".len();
    let around = 1 + 17 + 1 + 1 + 1 + 1 + (1 + 1 + 1 + 1 + 1) + (1 + 1 + 1 + 1 + 32 + 2);
    assert_eq!(read(&bench, 0)["text"].1 as usize, around + names + 50);
}

#[test]
fn a_hub_stamps_what_it_cannot_read() {
    let texts = "messages.kinds={ text = 1, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0 }";
    let lengths = [false, true].map(|franked| {
        let franking = format!("messages.franking={franked}");
        let set = [MIMI, texts, "messages.typing=true", &franking];
        let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &set);
        bench.open_room(0, 0, &[1, 2]);
        for who in 0..3 {
            say(&mut bench, who, 50);
            bench.run();
        }
        for who in 0..3 {
            assert_eq!(bench.unprocessable(who), [""; 0]);
            let read = read(&bench, who);
            assert_eq!((read["text"].0, read["typing"].0), (2, 2));
        }
        let kinds = [
            FrameKind::SubmitMessage,
            FrameKind::SubmitMessageResponse,
            FrameKind::NotifyApplication,
        ];
        kinds.map(|kind| {
            bench
                .carried(kind)
                .map(|carried| carried.bytes)
                .sum::<u64>()
        })
    });
    let [without, with] = lengths;
    // A tag in clear with its component and lengths, and a stamp with a signature of 64 bytes.
    let (tag, stamp) = (1 + 2 + 1 + 32 - 1 + 1, 32 + 2 + 2 + 64);
    // A text and a notice of each: to its provider and from there to the hub, unless that is the same.
    let submitted = 2 * (1 + 2 + 2);
    assert_eq!(with[0] - without[0], submitted * tag);
    assert_eq!(with[1] - without[1], submitted * stamp);
    // To each of the others, and from the hub to the follower: of what the hub's own member says, and of what the follower's do.
    let notified = 2 * (2 + 1 + 2 * (2 + 1));
    assert_eq!(with[2] - without[2], notified * (tag + stamp));
}

#[test]
fn the_first_who_speaks_says_something_new() {
    let replies = "messages.kinds={ text = 0, reply = 0.5, reaction = 0, edit = 0.5, delete = 0, attachment = 0 }";
    let mut bench = Bench::new(&[0, 0], &[(0, 0)], &[MIMI, replies]);
    bench.open_room(0, 0, &[1]);
    say(&mut bench, 0, 10);
    bench.run();
    assert_eq!(sent(&bench, 0, &subjects::TEXT), 1);
    for _ in 0..10 {
        say(&mut bench, 0, 10);
        bench.run();
    }
    assert_eq!(sent(&bench, 0, &subjects::TEXT), 1);
    assert!(sent(&bench, 0, &subjects::EDIT) > 0 && sent(&bench, 0, &subjects::REPLY) > 0);
}

#[test]
fn what_came_together_is_reported_together() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], READ);
    bench.open_room(0, 0, &[1, 2]);
    for _ in 0..3 {
        say(&mut bench, 0, 10);
    }
    bench.run();
    // One report of three messages from each of the others; nobody reports a report.
    assert_eq!(
        read(&bench, 0),
        BTreeMap::from([("status", (2, 1 + 3 * 36))])
    );
    for who in [1, 2] {
        assert_eq!(sent(&bench, who, &subjects::STATUS), 1);
        assert_eq!(read(&bench, who)["status"].0, 1);
    }
    assert_eq!(sent(&bench, 0, &subjects::STATUS), 0);
    say(&mut bench, 1, 10);
    bench.run();
    assert_eq!(sent(&bench, 0, &subjects::STATUS), 1);
    assert_eq!(read(&bench, 1)["status"].1, 1 + 36);
}

#[test]
fn a_notice_goes_before_each_message() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &[MIMI, "messages.typing=true"]);
    bench.open_room(0, 0, &[1]);
    for _ in 0..4 {
        say(&mut bench, 0, 10);
        bench.run();
    }
    let told: Vec<&str> = bench
        .seen(client(1))
        .filter_map(|seen| match seen {
            Fact::Read { subject, .. } => Some(subject.id),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 8);
    let notices = told.iter().step_by(2);
    assert!(notices.clone().all(|kind| *kind == "typing"), "{told:?}");
    assert_eq!(sent(&bench, 0, &subjects::TYPING), 4);
    // Nobody waits for a notice.
    assert!(bench.clients.values().all(|client| {
        use throng_stack::Party;
        client.open_wishes().is_empty()
    }));
}

/// RFC 9420, section 12.4: no application data while valid proposals are uncommitted. A report waits for whoever commits them, and
/// makes nobody commit sooner.
#[test]
fn a_report_waits_while_proposals_do() {
    let mut settings = READ.to_vec();
    settings.push("policy.commit_delay=1min");
    let mut bench = Bench::new(&[0, 0, 0], &[(0, 0)], &settings);
    bench.open_room(0, 0, &[1, 2]);
    say(&mut bench, 0, 10);
    bench.run_for(SimSpan::from_secs(1));
    bench.wish(2, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_secs(20));
    assert_eq!(sent(&bench, 1, &subjects::STATUS), 0);
    bench.run();
    assert_eq!(sent(&bench, 1, &subjects::STATUS), 1);
    // Who has gone has nobody to report to.
    assert_eq!(sent(&bench, 2, &subjects::STATUS), 0);
    assert_eq!(read(&bench, 0)["status"], (1, 37));
}

#[test]
fn who_goes_on_reports_what_it_had_read() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], READ);
    bench.open_room(0, 0, &[1]);
    say(&mut bench, 0, 10);
    bench.run_for(SimSpan::from_secs(1));
    bench.wish(1, Action::Offline);
    bench.rest(1, 1);
    bench.run();
    assert_eq!(read(&bench, 0).get("status"), None);
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(read(&bench, 0)["status"], (1, 37));
    // What it says is new, although its draws begin anew, and it knows what was said before.
    for _ in 0..5 {
        say(&mut bench, 1, 10);
        bench.run();
    }
    assert_eq!(bench.unprocessable(0), [""; 0]);
}

#[test]
fn of_two_devices_one_says_that_it_was_read_and_both_that_they_have_it() {
    for (receipts, expected) in [("read", 1), ("delivery", 2)] {
        let receipts = format!("messages.receipts={receipts}");
        let delay = "messages.receipt_delay={ dist = \"uniform\", min = \"1s\", max = \"20s\" }";
        let settings = [MIMI, &receipts, delay, READ[3]];
        let mut bench = Bench::new(&[0, 1], &[(0, 0)], &settings);
        bench.open_room(0, 0, &[1]);
        let second = bench.add_device(1, &[0]);
        bench.run();
        say(&mut bench, 0, 10);
        bench.run();
        let reports = [1, second].map(|device| sent(&bench, device, &subjects::STATUS));
        assert_eq!(reports.iter().sum::<usize>(), expected, "{receipts}");
        assert_eq!(read(&bench, 0)["status"].0, expected);
        // Nobody reports what its own user says.
        say(&mut bench, 1, 10);
        bench.run();
        assert_eq!(sent(&bench, second, &subjects::STATUS), reports[1]);
    }
}

#[test]
fn what_cannot_be_decoded_is_counted_and_harms_nobody() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], READ);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(2, Action::Offline);
    bench.run();
    bench.rest_saying(2, 1, Content::Opaque);
    bench.wish(2, Action::Online);
    bench.run();
    say(&mut bench, 2, 100);
    bench.run();
    for who in [0, 1] {
        assert_eq!(bench.unprocessable(who), [reasons::CONTENT_MALFORMED.id]);
        assert_eq!(read(&bench, who), BTreeMap::new());
        assert_eq!(sent(&bench, who, &subjects::STATUS), 0);
    }
    let handled = |seen: &Fact| matches!(seen, Fact::Handled { .. });
    let before = bench.count(client(0), handled);
    say(&mut bench, 1, 100);
    bench.run();
    assert!(bench.count(client(0), handled) > before);
    assert_eq!(read(&bench, 0)["text"].0, 1);
}

#[test]
fn a_message_that_is_encrypted_again_is_the_same_message() {
    let settings = [MIMI, READ[3], "policy.epoch_tolerance=0"];
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &settings);
    bench.open_room(0, 0, &[1]);
    // The commit is ahead of the message at the hub, and behind it at who says it.
    bench.wish(0, Action::Update { room: ROOM });
    say(&mut bench, 1, 10);
    bench.run();
    assert_eq!(sent(&bench, 1, &subjects::TEXT), 2);
    assert_eq!(read(&bench, 0)["text"].0, 1);
    assert_eq!(bench.unprocessable(0), [""; 0]);
    // Each goes to the follower, and from there to the hub.
    assert_eq!(bench.carried(FrameKind::SubmitMessage).count(), 4);
}
