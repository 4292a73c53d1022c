//! Clients whose state of the group is of no use: they join anew, and say so.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::wire::FrameKind;
use throng_mls::accepted::AcceptedCommit;
use throng_stack::Envelope;
use throng_stack::Fact;
use throng_workloads::intent::{Action, RoomId, UserId};

const ROOM: RoomId = RoomId(0);

fn reasons(bench: &Bench, of: u32) -> Vec<&'static str> {
    let reason = |o: &Fact| match o {
        Fact::Rejoining { reason, .. } => Some(reason.id),
        _ => None,
    };
    bench.seen(client(of)).filter_map(reason).collect()
}

#[expect(clippy::ptr_arg, reason = "what a fault does to a body")]
fn flip_middle(bytes: &mut Vec<u8>) {
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 0x55;
    }
}

fn cut(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

/// The leaves in the room, as its hub counts them.
fn members(bench: &Bench) -> u32 {
    let health = |o: &Fact| match o {
        Fact::Accepted(a) => a
            .detail::<AcceptedCommit>()
            .map(|c| c.effect.health.members),
        _ => None,
    };
    bench
        .seen(provider(0))
        .filter_map(health)
        .next_back()
        .expect("a commit")
}

#[test]
fn whose_welcome_is_refused_joins_from_outside() {
    for damage in [flip_middle, cut] {
        let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
        bench.fault(Fault::damage(FrameKind::NotifyWelcome, damage).to(client(1)));
        bench.wish(0, Action::Create { room: ROOM });
        bench.wish(
            0,
            Action::Add {
                room: ROOM,
                users: vec![UserId(1), UserId(2)],
            },
        );
        bench.run();
        assert_eq!(reasons(&bench, 1), ["a-Welcome-that-was-refused"]);
        assert_eq!(reasons(&bench, 2), [""; 0]);
        // Its old leaf is gone: three people, three leaves.
        assert_eq!(members(&bench), 3);
        bench.assert_alive(0, &[0, 1, 2]);
    }
}

#[test]
fn who_cannot_process_a_commit_joins_anew() {
    for damage in [flip_middle, cut] {
        let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
        bench.open_room(0, 0, &[1, 2]);
        bench.fault(Fault::damage(FrameKind::NotifyCommit, damage).to(client(2)));
        bench.wish(0, Action::Update { room: ROOM });
        bench.run();
        assert_eq!(reasons(&bench, 2).len(), 1, "{:?}", bench.unprocessable(2));
        assert_eq!(members(&bench), 3);
        bench.assert_alive(0, &[0, 1, 2]);
    }
}

#[test]
fn what_was_wanted_before_joining_anew_is_done_after_it() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(2, Action::Offline);
    bench.fault(Fault::damage(FrameKind::NotifyCommit, cut).to(client(2)));
    bench.wish(0, Action::Update { room: ROOM });
    bench.wish(
        2,
        Action::Message {
            room: ROOM,
            bytes: 5,
        },
    );
    bench.wish(
        2,
        Action::Remove {
            room: ROOM,
            user: UserId(1),
        },
    );
    bench.run();
    bench.wish(2, Action::Online);
    bench.run();
    assert_eq!(reasons(&bench, 2), ["a-commit-that-cannot-be-read"]);
    assert_eq!([bench.read_by(0), bench.read_by(1)], [1, 1]);
    assert_eq!(bench.epoch(0, 1), None);
    bench.assert_alive(0, &[0, 2]);
}

#[test]
fn an_old_commit_is_no_reason_to_join_anew() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1]);
    bench.wish(0, Action::Update { room: ROOM });
    bench.run_until_sent(FrameKind::NotifyCommit);
    // The follower has it twice, as the hub could not know that it had come.
    bench.fault(Fault::twice(FrameKind::NotifyCommit).to(provider(1)));
    bench.wish(0, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(reasons(&bench, 1), [""; 0]);
    bench.assert_alive(0, &[0, 1]);
}

/// The envelope is about another room than it says.
fn astray(envelope: &mut Envelope) {
    envelope.room = Some(RoomId(1));
}

#[test]
fn a_member_that_missed_a_commit_joins_anew_with_the_next() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0), (0, 0)], &[]);
    bench.open_room(0, 0, &[1]);
    let second = Fault::forge(FrameKind::NotifyCommit, astray).to(client(1));
    bench.fault(second.after(1));
    for _ in 0..3 {
        bench.wish(0, Action::Update { room: ROOM });
        bench.run();
    }
    assert_eq!(reasons(&bench, 1), ["a-commit-that-cannot-be-processed"]);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn who_waits_for_a_commit_that_never_comes_joins_anew() {
    let timeout = ["policy.request_timeout=10s"];
    let mut bench = Bench::new(&[0, 1], &[(0, 0), (0, 0)], &timeout);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::forge(FrameKind::NotifyCommit, astray).to(client(1)));
    bench.wish(0, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(reasons(&bench, 1), [""; 0]);
    bench.wish(1, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(reasons(&bench, 1), ["a-commit-that-never-came"]);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn a_resync_that_is_wished_keeps_the_members() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(2, Action::Resync { room: ROOM });
    bench.run();
    assert_eq!(members(&bench), 3);
    bench.assert_alive(0, &[0, 1, 2]);
}
