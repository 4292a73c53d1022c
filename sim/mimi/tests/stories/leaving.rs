//! Those who leave: by Removes and by SelfRemove, and what the hub still does for them.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::wire::FrameKind;
use throng_stack::Fact;
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
/// Members who wait longer than any of these stories before they commit what others proposed.
const SLOW: &str = "policy.commit_delay=1h";

fn room(leave: &str, users: &[u16], others: &[u32]) -> Bench {
    let leave = format!("policy.leave={leave}");
    let mut bench = Bench::new(users, &[(0, 0)], &[&leave, SLOW]);
    bench.open_room(0, 0, others);
    bench
}

fn leave(bench: &mut Bench, who: u32) {
    bench.wish(who, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_secs(1));
}

fn join(bench: &mut Bench, who: u32) {
    bench.wish(who, Action::JoinExternal { room: ROOM });
    bench.run_for(SimSpan::from_secs(5));
}

/// How often a client proposed something.
fn proposed(bench: &Bench, by: u32) -> usize {
    let all = bench.carried(FrameKind::UpdateProposal);
    all.filter(|carried| carried.from == client(by)).count()
}

/// A room with another device of user 2 in it.
fn with_another_device(leave: &str, users: &[u16]) -> (Bench, u32) {
    let mut bench = room(leave, users, &[1, 2]);
    let other = bench.add_device(2, &[0]);
    bench.run_for(SimSpan::from_secs(1));
    bench.assert_alive(0, &[0, 1, 2, other]);
    (bench, other)
}

/// User 2 is off the list: whoever is on it is not added.
fn assert_can_be_added_again(bench: &mut Bench) {
    bench.wish(
        0,
        Action::Add {
            room: ROOM,
            users: vec![UserId(2)],
        },
    );
    bench.run();
    assert!(bench.epoch(0, 2).is_some(), "the user was on the list");
}

#[test]
fn an_external_commit_covers_self_removes_and_voids_removes() {
    for (how, out) in [("self-remove", true), ("removes", false)] {
        let mut bench = room(how, &[0, 1, 2, 3], &[1, 2]);
        leave(&mut bench, 2);
        assert!(bench.epoch(0, 2).is_some(), "nobody has committed it");
        join(&mut bench, 3);
        assert_eq!(bench.epoch(0, 2).is_none(), out, "{how}");
        assert_eq!(proposed(&bench, 2), if out { 1 } else { 2 }, "{how}");
        if out {
            // Nothing waits any more, and whoever left is off the list: the same user can come again.
            bench.assert_alive(0, &[0, 1, 3]);
            let users = vec![UserId(2)];
            bench.wish(0, Action::Add { room: ROOM, users });
            bench.run();
            bench.assert_alive(0, &[0, 1, 2, 3]);
        }
    }
}

#[test]
fn members_cover_a_self_remove_as_a_remove() {
    let mut bench = room("self-remove", &[0, 1, 2], &[1, 2]);
    leave(&mut bench, 2);
    // Whoever has seen it commits it before it speaks.
    bench.assert_alive(0, &[0, 1]);
    assert_eq!(bench.epoch(0, 2), None);
    assert_eq!(bench.unprocessable(2), [] as [&str; 0]);
}

#[test]
fn all_devices_leave_by_themselves() {
    let (mut bench, other) = with_another_device("self-remove", &[0, 1, 2, 3]);
    leave(&mut bench, 2);
    assert_eq!((proposed(&bench, 2), proposed(&bench, other)), (1, 1));
    join(&mut bench, 3);
    assert_eq!((bench.epoch(0, 2), bench.epoch(0, other)), (None, None));
    bench.assert_alive(0, &[0, 1, 3]);
    assert_can_be_added_again(&mut bench);
}

/// The one that was away stays when the external commit comes, its user on the list with it, and goes once it is back.
#[test]
fn a_device_that_is_away_leaves_later() {
    let (mut bench, other) = with_another_device("self-remove", &[0, 1, 2, 3]);
    bench.wish(other, Action::Offline);
    bench.run_for(SimSpan::from_secs(1));
    leave(&mut bench, 2);
    join(&mut bench, 3);
    assert_eq!(bench.epoch(0, 2), None);
    assert_eq!(proposed(&bench, other), 0);
    bench.wish(other, Action::Online);
    bench.run_for(SimSpan::from_secs(1));
    assert_eq!(proposed(&bench, other), 1);
    bench.assert_alive(0, &[0, 1, 3]);
    assert_eq!(bench.epoch(0, other), None);
    assert_can_be_added_again(&mut bench);
}

/// The hub has taken the leave when somebody speaks who does not know of it.
#[test]
fn who_leaves_hears_nothing_more_but_the_commit() {
    for how in ["self-remove", "removes"] {
        let mut bench = room(how, &[0, 1, 2], &[1, 2]);
        bench.fault(Fault::late(FrameKind::NotifyProposal, SimSpan::from_secs(9)).to(provider(1)));
        leave(&mut bench, 2);
        bench.wish(
            1,
            Action::Message {
                room: ROOM,
                bytes: 70,
            },
        );
        bench.run_for(SimSpan::from_secs(1));
        assert_eq!([0, 2].map(|of| bench.read_by(of)), [1, 0], "{how}");
        bench.run_for(SimSpan::from_secs(10));
        bench.assert_alive(0, &[0, 1]);
        assert_eq!(bench.epoch(0, 2), None);
    }
}

/// One device of a user has left for all; another has not heard of it, and speaks.
#[test]
fn nobody_speaks_once_its_user_has_left() {
    let (mut bench, other) = with_another_device("removes", &[0, 1, 2]);
    bench.fault(Fault::late(FrameKind::NotifyProposal, SimSpan::from_secs(9)).to(client(other)));
    leave(&mut bench, 2);
    let before = bench.read_by(0);
    bench.wish(
        other,
        Action::Message {
            room: ROOM,
            bytes: 70,
        },
    );
    // What is late holds back the answer, too.
    bench.run_for(SimSpan::from_secs(11));
    assert_eq!(bench.skipped(other), ["a-message-was-not-allowed"]);
    assert_eq!(bench.read_by(0), before);
    let refused = |fact: &Fact| match fact {
        Fact::Refused { reason, .. } => reason.id == "sent-by-a-participant-who-is-being-removed",
        _ => false,
    };
    assert_eq!(bench.count(provider(0), refused), 1);
}
