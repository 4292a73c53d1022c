//! What people hold against others, and how they prove it to the hub.

use super::bench::{Bench, Carried, Fault, client, provider};
use throng_mimi::vocabulary::{counters, reasons};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Peer};
use throng_workloads::intent::{Action, RoomId, UserId};

const ROOM: RoomId = RoomId(0);
const REPORTING: &[&str] = &[
    "messages.content=mimi",
    "messages.kinds={ text = 1, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0 }",
    "messages.franking=true",
    "messages.reports=1",
    "policy.request_timeout=10s",
];

/// Users 0 at the hub, 1 and 2 at another provider, all in one room, who report all that they read.
fn room(more: &[&str]) -> Bench {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[REPORTING, more].concat());
    bench.open_room(0, 0, &[1, 2]);
    bench
}

fn say(bench: &mut Bench, who: u32) {
    bench.wish(
        who,
        Action::Message {
            room: ROOM,
            bytes: 40,
        },
    );
}

fn reported(bench: &Bench) -> (u64, u64) {
    let counters = [counters::ABUSE_REPORTS, counters::MESSAGES_REPORTED];
    let [reports, messages] = counters.map(|counter| bench.counted(provider(0), counter));
    (reports, messages)
}

#[test]
fn who_reads_a_message_can_prove_to_the_hub_who_said_what() {
    let mut bench = room(&[]);
    say(&mut bench, 1);
    bench.run();
    // User 0 and the other user of the sender's provider.
    assert_eq!(reported(&bench), (2, 2));
    let way = |carried: &Carried| (carried.from, carried.to);
    let ways: Vec<(Peer, Peer)> = bench.carried(FrameKind::ReportAbuse).map(way).collect();
    let (hub, follower) = (provider(0), provider(1));
    assert_eq!(ways.len(), 3);
    for step in [(client(0), hub), (client(2), follower), (follower, hub)] {
        assert!(ways.contains(&step), "{step:?} of {ways:?}");
    }
    for who in 0..3 {
        assert_eq!(bench.skipped(who), [""; 0]);
        assert_eq!(bench.unprocessable(who), [""; 0]);
    }
}

#[test]
fn a_report_whose_answer_is_lost_counts_once() {
    for kind in [FrameKind::ReportAbuse, FrameKind::ReportAbuseResponse] {
        let mut bench = room(&[]);
        for (from, to) in [(0, 1), (1, 0)] {
            let lost = Fault::lose(kind).from(provider(from)).to(provider(to));
            bench.fault(lost.times(2));
        }
        bench.fault(Fault::sever(FrameKind::ReportAbuse).from(client(0)));
        say(&mut bench, 1);
        bench.run();
        assert_eq!(reported(&bench), (2, 2), "{kind}");
        assert_eq!(bench.skipped(2), [""; 0]);
    }
}

/// All that waits for somebody who was away is reported when it can be, of each user in one report: a handful in each.
#[test]
fn what_was_missed_is_reported_together() {
    let mut bench = room(&[]);
    bench.wish(2, Action::Offline);
    bench.run();
    for _ in 0..20 {
        say(&mut bench, 1);
        bench.run();
    }
    say(&mut bench, 0);
    bench.run();
    // User 0 has reported each as it came, and user 1 the one of user 0.
    assert_eq!(reported(&bench), (21, 21));
    let before = bench.carried(FrameKind::ReportAbuse).count();
    bench.wish(2, Action::Online);
    bench.run();
    let sent = bench.carried(FrameKind::ReportAbuse).skip(before);
    assert_eq!(sent.filter(|sent| sent.from == client(2)).count(), 1 + 2);
    assert_eq!(reported(&bench), (21 + 3, 21 + 21));
    assert_eq!(bench.skipped(2), [""; 0]);
}

/// Of the last 64 messages of a conversation a client has the stamps.
#[test]
fn what_is_long_past_cannot_be_proven_any_more() {
    let mut bench = room(&[]);
    bench.wish(2, Action::Offline);
    bench.run();
    for _ in 0..70 {
        say(&mut bench, 1);
        bench.run();
    }
    bench.wish(2, Action::Online);
    bench.run();
    let late = bench.skipped(2);
    assert_eq!(late, [reasons::REPORT_TOO_LATE.id; 6]);
    assert_eq!(reported(&bench).1, 70 + 64);
}

/// Who was removed can still report what it had to read.
#[test]
fn who_is_out_can_report_what_it_has() {
    let mut bench = room(&[]);
    bench.wish(2, Action::Offline);
    bench.run();
    say(&mut bench, 1);
    bench.run();
    bench.wish(
        0,
        Action::Remove {
            room: ROOM,
            user: UserId(2),
        },
    );
    bench.run();
    let before = reported(&bench);
    bench.wish(2, Action::Online);
    bench.run();
    assert_eq!(
        bench.count(client(2), |fact| matches!(fact, Fact::Excluded { .. })),
        1
    );
    assert_eq!(reported(&bench), (before.0 + 1, before.1 + 1));
    assert_eq!(bench.skipped(2), [""; 0]);
}

#[test]
fn what_somebody_changed_on_the_way_is_not_taken() {
    let mut bench = room(&[]);
    // The last but the extensions are the time at which the hub took it.
    let later = Fault::damage(FrameKind::ReportAbuse, |bytes| {
        let at = bytes.len() - 2;
        bytes[at] ^= 1;
    });
    bench.fault(later.from(provider(1)));
    say(&mut bench, 1);
    bench.run();
    assert_eq!(reported(&bench), (1, 1));
    assert_eq!(bench.skipped(2), [reasons::REPORT_REFUSED.id]);
    let refused = bench.count(provider(0), |fact| match fact {
        Fact::Refused { reason, .. } => {
            reason.id == "a-report-of-a-message-that-the-hub-did-not-stamp-so"
        }
        _ => false,
    });
    assert_eq!(refused, 1);
}

/// The hub's key, its rooms, and what was reported, are what it stores.
#[test]
fn a_hub_knows_its_stamps_and_reports_again_after_a_restart() {
    let mut bench = room(&[]);
    bench.fault(
        Fault::lose(FrameKind::ReportAbuse)
            .from(provider(1))
            .times(3),
    );
    bench.fault(Fault::lose(FrameKind::ReportAbuseResponse).from(provider(0)));
    say(&mut bench, 1);
    bench.run_until_sent(FrameKind::ReportAbuse);
    bench.restart(0, &[0]);
    bench.run();
    assert_eq!(reported(&bench), (2, 2));
    bench.restart(0, &[0]);
    bench.restart(1, &[1, 2]);
    bench.run();
    assert_eq!(reported(&bench), (2, 2));
    assert_eq!(bench.skipped(2), [""; 0]);
}
