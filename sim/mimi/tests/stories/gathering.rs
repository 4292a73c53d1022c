//! Several events in one body of `/notify`: what waits goes together, in its order, once, and whole.

use super::bench::{Bench, Fault, LATENCY, provider};
use throng_mimi::vocabulary::counters;
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Keep};
use throng_workloads::intent::{Action, ProviderId, RoomId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const GATHERING: &[&str] = &["policy.request_timeout=10s", "policy.notify_batch=5"];

/// Alice at the hub, Bob and Carol at one follower, with these keys besides.
fn room(overrides: &[&str]) -> Bench {
    let overrides = [GATHERING, overrides].concat();
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[1, 2]);
    bench
}

fn say(bench: &mut Bench, who: u32, times: u32) {
    for _ in 0..times {
        bench.wish(
            who,
            Action::Message {
                room: ROOM,
                bytes: 50,
            },
        );
    }
}

/// The bodies that went to the follower since: of how many events each.
fn bodies(bench: &Bench, before: usize) -> Vec<usize> {
    let all = bench.carried(FrameKind::NotifyApplication);
    let all = all.filter(|carried| carried.from == provider(0) && carried.to == provider(1));
    all.skip(before).map(|carried| carried.events).collect()
}

/// Which of a room's messages a client read, in which order.
fn read(bench: &Bench, who: u32) -> Vec<u64> {
    let events = bench
        .seen(super::bench::client(who))
        .filter_map(|fact| match fact {
            Fact::Read { event, .. } => Some(*event),
            _ => None,
        });
    events.collect()
}

fn assert_all_read_in_order(bench: &Bench, messages: usize) {
    for who in [1, 2] {
        let read = read(bench, who);
        assert_eq!(read.len(), messages, "{read:?}");
        assert!(read.windows(2).all(|pair| pair[0] < pair[1]), "{read:?}");
    }
}

/// The answer to the second body.
fn lose_second_answer(bench: &mut Bench) {
    let lost = Fault::lose(FrameKind::NotifyAccepted).from(provider(1));
    bench.fault(lost.after(1));
}

/// Of five events there were two bodies.
fn assert_repeated_to_the_byte(bench: &Bench) {
    let all = bench.carried(FrameKind::NotifyApplication);
    let all = all.filter(|carried| carried.to == provider(1) && carried.events == 5);
    let digests: Vec<_> = all.map(|carried| carried.digest).collect();
    assert_eq!(digests[0], digests[1], "the same to the byte");
}

#[test]
fn what_comes_while_a_body_is_under_way_goes_together_and_in_order() {
    let mut bench = room(&[]);
    say(&mut bench, 0, 9);
    bench.run();
    // The first by itself, then as many as one may hold, then the rest.
    assert_eq!(bodies(&bench, 0), [1, 5, 3]);
    assert_all_read_in_order(&bench, 9);
    // One answer each, and no more requests than bodies.
    let receipts = bench.carried(FrameKind::NotifyAccepted);
    let of_the_welcome = 1;
    assert_eq!(receipts.count(), 3 + of_the_welcome);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn one_event_a_body_is_as_many_bodies_as_before() {
    let mut bench = room(&["policy.notify_batch=1"]);
    say(&mut bench, 0, 9);
    bench.run();
    assert_eq!(bodies(&bench, 0), [1; 9]);
    assert_all_read_in_order(&bench, 9);
}

#[test]
fn a_body_is_no_longer_than_may_be_but_for_one_event_by_itself() {
    let mut bench = room(&["policy.notify_batch_bytes=1B"]);
    say(&mut bench, 0, 4);
    bench.run();
    assert_eq!(bodies(&bench, 0), [1; 4]);
    assert_all_read_in_order(&bench, 4);
}

#[test]
fn what_comes_first_waits_for_others_as_long_as_it_may_or_until_they_are_enough() {
    let mut bench = room(&["policy.notify_batch_wait=1s"]);
    let begun = bench.now();
    say(&mut bench, 0, 2);
    bench.run();
    assert_eq!(bodies(&bench, 0), [2]);
    let all: Vec<_> = bench.carried(FrameKind::NotifyApplication).collect();
    let went = all.iter().find(|carried| carried.to == provider(1));
    let waited = went.expect("a body").at.since(begun);
    assert!(waited >= SimSpan::from_secs(1) && waited < SimSpan::from_secs(1) + LATENCY * 4);
    let begun = bench.now();
    say(&mut bench, 0, 5);
    bench.run_for(LATENCY * 8);
    assert_eq!(bodies(&bench, 1), [5]);
    assert!(bench.now().since(begun) < SimSpan::from_secs(1));
    bench.run();
    assert_all_read_in_order(&bench, 7);
}

#[test]
fn a_lost_answer_repeats_the_same_body_and_nobody_reads_it_twice() {
    let mut bench = room(&[]);
    lose_second_answer(&mut bench);
    say(&mut bench, 0, 9);
    bench.run();
    assert_eq!(bodies(&bench, 0), [1, 5, 5, 3]);
    assert_repeated_to_the_byte(&bench);
    assert_all_read_in_order(&bench, 9);
}

#[test]
fn a_body_that_comes_twice_is_taken_once() {
    let mut bench = room(&[]);
    bench.fault(
        Fault::twice(FrameKind::NotifyApplication)
            .to(provider(1))
            .times(3),
    );
    say(&mut bench, 0, 9);
    bench.run();
    assert_all_read_in_order(&bench, 9);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// Whatever the follower takes at most, nothing is lost, and nothing is taken twice.
#[test]
fn what_is_too_large_is_refused_whole_and_comes_in_smaller_bodies() {
    let mut bench = room(&["policy.notify_most=700B"]);
    say(&mut bench, 0, 9);
    bench.run();
    let bodies = bodies(&bench, 0);
    assert_eq!(bodies[..2], [1, 5], "it is not known before");
    let refused = bench.carried(FrameKind::NotifyTooLarge).count();
    assert!(refused > 0, "{bodies:?}");
    let counted = bench.counted(provider(0), counters::BODIES_TOO_LARGE);
    assert_eq!(counted, refused as u64);
    assert_all_read_in_order(&bench, 9);
    // From now on it is.
    let before = bench.carried(FrameKind::NotifyTooLarge).count();
    say(&mut bench, 0, 9);
    bench.run();
    assert_eq!(bench.carried(FrameKind::NotifyTooLarge).count(), before);
    assert_all_read_in_order(&bench, 18);
}

/// A body that was sent twice is refused twice, and halved once.
#[test]
fn what_is_refused_twice_is_halved_once() {
    let once = |twice: bool| {
        let mut bench = room(&["policy.notify_most=700B"]);
        if twice {
            bench.fault(
                Fault::twice(FrameKind::NotifyTooLarge)
                    .from(provider(1))
                    .times(1),
            );
        }
        say(&mut bench, 0, 9);
        bench.run();
        assert_all_read_in_order(&bench, 9);
        bodies(&bench, 0)
    };
    assert_eq!(once(true), once(false));
}

/// Nothing of a body that is refused has changed anything, down to the rows.
#[test]
fn what_is_refused_leaves_nothing_behind() {
    let mut bench = room(&["policy.notify_most=1B"]);
    bench.store(ProviderId(1));
    let rows = |bench: &Bench| {
        let all = bench.rows(ProviderId(1)).into_iter();
        all.map(|row| (row.table, row.key, row.value))
            .collect::<Vec<_>>()
    };
    say(&mut bench, 0, 4);
    // The first by itself, which is taken; the second body is answered by 413.
    bench.run_until_sent(FrameKind::NotifyAccepted);
    bench.run_for(LATENCY);
    let before = rows(&bench);
    bench.run_until_sent(FrameKind::NotifyTooLarge);
    let after = rows(&bench);
    let queues = |rows: &[(String, Vec<u8>, Vec<u8>)]| {
        let kept = rows
            .iter()
            .filter(|(table, ..)| table != "queues" && table != "shared");
        kept.filter(|(table, ..)| table != "accounts")
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(queues(&before), queues(&after));
    bench.run();
    assert_all_read_in_order(&bench, 4);
}

#[test]
fn a_hub_that_is_restarted_repeats_the_body_that_was_under_way() {
    let mut bench = room(&[]);
    // Nothing comes through for a while.
    bench.fault(
        Fault::lose(FrameKind::NotifyApplication)
            .to(provider(1))
            .after(1)
            .times(1),
    );
    say(&mut bench, 0, 9);
    bench.run_for(LATENCY * 10);
    assert_eq!(bodies(&bench, 0), [1, 5]);
    bench.restart(0, &[0]);
    // More has come meanwhile: it is no part of what is repeated.
    say(&mut bench, 0, 1);
    bench.run();
    let again = bodies(&bench, 2);
    assert_eq!((again[0], again.iter().sum()), (5, 9), "{again:?}");
    assert_repeated_to_the_byte(&bench);
    assert_all_read_in_order(&bench, 10);
    // Nothing of it is left.
    bench.store(ProviderId(0));
    let mut rows = bench.rows(ProviderId(0)).into_iter();
    assert!(!rows.any(|row| row.table == "together" || row.table == "events"));
}

#[test]
fn a_follower_that_is_restarted_takes_what_it_had_not_and_nothing_twice() {
    let mut bench = room(&[]);
    lose_second_answer(&mut bench);
    say(&mut bench, 0, 9);
    bench.run_for(LATENCY * 10);
    bench.restart(1, &[1, 2]);
    bench.run();
    assert_all_read_in_order(&bench, 9);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// Answers have their numbers among the events, and a Welcome its place.
#[test]
fn answers_and_welcomes_keep_their_places() {
    let overrides = [GATHERING, &["policy.notify_batch_wait=200ms"]].concat();
    let mut bench = Bench::new(&[0, 1, 1, 1], &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[1]);
    say(&mut bench, 0, 3);
    let (room, users) = (ROOM, vec![throng_workloads::intent::UserId(3)]);
    bench.wish(1, Action::Add { room, users });
    say(&mut bench, 1, 2);
    say(&mut bench, 0, 3);
    bench.run();
    assert!(bench.epoch(0, 3).is_some());
    bench.assert_alive(0, &[0, 1, 3]);
    for who in [0, 1, 3] {
        assert_eq!(bench.unprocessable(who), [""; 0]);
    }
}

/// Of an own engine: a hub that is given rows of bodies goes on from them, whatever else it was told.
#[test]
fn rows_of_bodies_go_with_what_they_are_for() {
    let mut bench = room(&[]);
    say(&mut bench, 0, 9);
    for _ in 0..20 {
        bench.run_for(LATENCY);
        bench.store(ProviderId(0));
        let mut begun = bench.make_provider(ProviderId(0));
        let mut out = throng_stack::Outputs::default();
        let rows = bench.rows(ProviderId(0));
        let restored = begun.restore(rows, &mut out);
        restored.unwrap_or_else(|error| panic!("{error}"));
    }
    bench.run();
    assert_all_read_in_order(&bench, 9);
}
