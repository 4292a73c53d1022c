//! What providers owe each other and their clients: it arrives whatever is lost, and outlives the process.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Keeps};
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
/// What a provider says of an envelope for which it has no room.
const QUEUE_FULL: &str = "more-than-is-kept-for-a-client-that-does-not-come";
const TIMEOUT: &[&str] = &["policy.request_timeout=10s"];

fn say(bench: &mut Bench, who: u32) {
    bench.wish(
        who,
        Action::Message {
            room: ROOM,
            bytes: 50,
        },
    );
}

fn handled(bench: &Bench, of: u32) -> Vec<u64> {
    let event = |o: &Fact| match o {
        Fact::Handled { event, .. } => Some(*event),
        _ => None,
    };
    bench.seen(client(of)).filter_map(event).collect()
}

#[test]
fn an_event_that_is_lost_comes_again_and_those_after_it_wait() {
    for kind in [
        FrameKind::NotifyApplication,
        FrameKind::NotifyCommit,
        FrameKind::NotifyWelcome,
    ] {
        let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], TIMEOUT);
        bench.open_room(0, 0, &[1]);
        bench.fault(Fault::lose(kind).from(provider(0)).to(provider(1)));
        let users = vec![UserId(2)];
        bench.wish(0, Action::Add { room: ROOM, users });
        bench.run();
        say(&mut bench, 0);
        say(&mut bench, 0);
        bench.run();
        let events = handled(&bench, 1);
        let mut sorted = events.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(events, sorted, "{}: in order, each once", kind.name());
        assert_eq!(bench.read_by(1), 2);
        assert_eq!(bench.read_by(2), 2);
        for of in [1, 2] {
            assert_eq!(bench.unprocessable(of), [""; 0], "{}", kind.name());
        }
        bench.assert_alive(0, &[0, 1, 2]);
    }
}

#[test]
fn a_lost_201_repeats_the_event_and_nobody_reads_it_twice() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.fault(
        Fault::lose(FrameKind::NotifyAccepted)
            .to(provider(0))
            .times(3),
    );
    say(&mut bench, 0);
    bench.run();
    let between = bench
        .carried(FrameKind::NotifyApplication)
        .filter(|carried| carried.to == provider(1));
    assert_eq!(between.count(), 4);
    assert_eq!(bench.read_by(1), 1);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn a_hub_can_be_restarted_at_any_time() {
    // The hub is a provider of nobody's.
    for kind in [
        FrameKind::UpdateCommit,
        FrameKind::UpdateResponse,
        FrameKind::NotifyCommit,
        FrameKind::NotifyWelcome,
        FrameKind::KeyMaterialRequest,
        FrameKind::KeyMaterialResponse,
    ] {
        let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], TIMEOUT);
        bench.open_room(0, 1, &[0]);
        let users = vec![UserId(2)];
        bench.wish(1, Action::Add { room: ROOM, users });
        bench.run_until_sent(kind);
        bench.restart(0, &[]);
        bench.run();
        bench.assert_alive(0, &[0, 1, 2]);
    }
}

#[test]
fn a_follower_can_be_restarted_at_any_time() {
    for kind in [
        FrameKind::SubmitMessage,
        FrameKind::SubmitMessageResponse,
        FrameKind::NotifyApplication,
        FrameKind::NotifyAccepted,
    ] {
        let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], TIMEOUT);
        bench.open_room(0, 0, &[1, 2]);
        say(&mut bench, 1);
        bench.run_until_sent(kind);
        bench.restart(1, &[1, 2]);
        bench.run();
        assert_eq!(bench.read_by(0), 1, "{}", kind.name());
        assert_eq!(bench.read_by(2), 1, "{}", kind.name());
        bench.assert_alive(0, &[0, 1, 2]);
    }
}

/// Where nothing is repeated, because nothing is lost on the way, a process can still end with what it was told.
#[test]
fn a_restart_sends_again_whatever_the_policy() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &["policy.request_timeout=never"]);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::lose(FrameKind::NotifyApplication).to(provider(1)));
    say(&mut bench, 0);
    bench.run();
    assert_eq!(bench.read_by(1), 0);
    bench.restart(0, &[0]);
    bench.run();
    assert_eq!(bench.read_by(1), 1);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn what_waited_for_a_client_waits_through_a_restart() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.wish(1, Action::Offline);
    bench.run();
    say(&mut bench, 0);
    bench.wish(0, Action::Update { room: ROOM });
    bench.run();
    say(&mut bench, 0);
    bench.run();
    bench.restart(1, &[1]);
    bench.run_for(SimSpan::from_secs(60));
    assert_eq!(bench.read_by(1), 2);
    bench.assert_alive(0, &[0, 1]);
}

/// Of what comes for a client that stays away so much is kept and no more. Others get all of it; this one reads what was kept, sees by what
/// comes later that it missed something, and enters anew.
#[test]
fn who_stays_away_beyond_what_is_kept_enters_anew() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.keep_at_most(
        1,
        Keeps {
            // More than clients have before they acknowledge.
            queued: 20,
            ..Keeps::ALL
        },
    );
    bench.wish(2, Action::Offline);
    bench.run();
    let before = handled(&bench, 2).len();
    for _ in 0..25 {
        bench.wish(0, Action::Update { room: ROOM });
        bench.run();
    }
    let dropped = |o: &Fact| matches!(o, Fact::Rejected { reason } if reason.id == QUEUE_FULL);
    let missed = bench.count(provider(1), dropped);
    assert!((5..=8).contains(&missed), "{missed}");
    bench.wish(2, Action::Online);
    bench.run();
    let rejoined = |o: &Fact| matches!(o, Fact::Rejoining { .. });
    assert_eq!(handled(&bench, 2).len(), before + 25 - missed);
    assert_eq!(bench.count(client(2), rejoined), 0);
    bench.wish(0, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(bench.count(client(2), rejoined), 1);
    assert_eq!(bench.count(client(1), rejoined), 0);
    bench.assert_alive(0, &[0, 1, 2]);
}
