//! What hubs do not take, in part or at all: it changes nothing, whoever sent it learns so, and the room lives on.

use crate::bench::{Bench, Fault, provider};
use throng_mimi::refusal::Refusal;
use throng_mimi::vocabulary::subjects;
use throng_mimi::wire::FrameKind;
use throng_stack::Fact;
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};

const ROOM: RoomId = RoomId(0);
const TIMEOUT: &[&str] = &["policy.request_timeout=10s"];

/// Why a provider refused anything so far.
fn refusals(bench: &Bench, of: u16) -> Vec<Refusal> {
    let reason = |o: &Fact| match o {
        Fact::Refused { reason, .. } | Fact::Rejected { reason } => {
            let mut all = Refusal::ALL.iter();
            all.find(|refusal| refusal.reason() == *reason).copied()
        }
        _ => None,
    };
    bench.seen(provider(of)).filter_map(reason).collect()
}

/// How many commits and proposals a hub accepted so far.
fn accepted(bench: &Bench) -> usize {
    bench.count(
        provider(0),
        |o| matches!(o, Fact::Accepted(accepted) if *accepted.subject != subjects::MESSAGE),
    )
}

/// What happens to bytes on their way.
type Damage = fn(&mut Vec<u8>);

fn cut(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

/// The GroupInfo comes last, but for a byte about the tree; its signature is its end.
const FORGE_GROUP_INFO: Damage = |bytes| {
    let at = bytes.len() - 20;
    bytes[at] ^= 1;
};

/// A commit's sender stands behind its header, group and epoch: another leaf signs otherwise.
const ANOTHER_SENDER: Damage = |bytes| {
    let group_id = usize::from(bytes[4]);
    let leaf = 4 + 1 + group_id + 8 + 1 + 3;
    bytes[leaf] ^= 1;
};

#[test]
fn a_damaged_commit_is_refused_whole() {
    let cases: [(Damage, Refusal); 3] = [
        (cut, Refusal::MalformedFrame),
        (FORGE_GROUP_INFO, Refusal::Mls),
        (ANOTHER_SENDER, Refusal::Mls),
    ];
    for (damage, reason) in cases {
        let mut bench = Bench::new(&[0, 1, 2], &[(0, 0)], &[]);
        bench.open_room(0, 0, &[1, 2]);
        let (before, at) = (accepted(&bench), bench.epoch(0, 1));
        bench.fault(Fault::damage(FrameKind::UpdateCommit, damage).to(provider(0)));
        bench.wish(1, Action::Update { room: ROOM });
        bench.run();
        assert_eq!(refusals(&bench, 0), [reason]);
        assert_eq!(accepted(&bench), before);
        assert_eq!(bench.epoch(0, 1), at);
        assert_eq!(bench.skipped(1).len(), 1, "{:?}", bench.skipped(1));
        bench.assert_alive(0, &[0, 1, 2]);
        bench.wish(1, Action::Update { room: ROOM });
        bench.run();
        assert_eq!(accepted(&bench), before + 1);
        bench.assert_alive(0, &[0, 1, 2]);
    }
}

/// Two members propose to add the same user at once, each with another: the second bundle falls as a whole, and no commit
/// is held to the half of it. Whoever made it looks again, and adds whom nobody else is adding.
#[test]
fn proposals_that_come_together_fall_together() {
    let mut bench = Bench::new(
        &[0, 1, 0, 1, 2],
        &[(0, 0)],
        &["policy.commit=propose", "policy.commit_delay=5s"],
    );
    bench.open_room(0, 0, &[1]);
    let before = accepted(&bench);
    for (who, users) in [(0, [2, 3]), (1, [4, 3])] {
        let users = users.map(UserId).to_vec();
        bench.wish(who, Action::Add { room: ROOM, users });
    }
    bench.run_for(throng_workloads::time::SimSpan::from_millis(100));
    assert_eq!(refusals(&bench, 0), [Refusal::AddedAlready]);
    assert_eq!(accepted(&bench), before + 1, "one bundle");
    assert_eq!(bench.epoch(0, 4), None);
    bench.run();
    assert_eq!(refusals(&bench, 0), [Refusal::AddedAlready]);
    assert_eq!(bench.skipped(1), [""; 0]);
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

/// On its way to the hub a message gets another's name. The hub refuses that, the follower has no answer to what
/// it asked, and the genuine one comes when it asks again.
#[test]
fn nobody_speaks_in_anothers_name() {
    let mut bench = Bench::new(&[0, 1, 2], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1, 2]);
    let as_another = |envelope: &mut throng_stack::Envelope| {
        if let Some(request) = &mut envelope.request {
            request.client = ClientId(0);
        }
    };
    let forged = Fault::forge(FrameKind::SubmitMessage, as_another);
    bench.fault(forged.from(provider(1)).to(provider(0)));
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 50,
        },
    );
    bench.run();
    assert_eq!(refusals(&bench, 0), [Refusal::NoMember]);
    assert_eq!(refusals(&bench, 1), [Refusal::Unasked]);
    assert_eq!(bench.read_by(0), 1);
    assert_eq!(bench.read_by(2), 1);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// Two users of one provider: a message of the one says that it is the other's.
#[test]
fn nobody_signs_with_a_neighbours_name() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    // The sender's user comes last: `mimi://p1.example/u/u1`.
    let as_the_other: Damage = |bytes| {
        let number = bytes.last_mut().expect("a body");
        *number = b'2';
    };
    let forged = Fault::damage(FrameKind::SubmitMessage, as_the_other);
    bench.fault(forged.from(provider(1)).to(provider(0)));
    let (room, bytes) = (ROOM, 50);
    bench.wish(1, Action::Message { room, bytes });
    bench.run();
    assert_eq!(refusals(&bench, 0), [Refusal::ForeignSender]);
    assert_eq!(bench.skipped(1), ["a message was not allowed"]);
    assert_eq!(bench.read_by(0), 0);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// A provider that is no hub of the room sends an event of it.
#[test]
fn events_come_from_the_hub_alone() {
    let mut bench = Bench::new(&[0, 1, 2], &[(0, 0), (2, 2)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.open_room(1, 2, &[1]);
    let of_the_other_room = |envelope: &mut throng_stack::Envelope| {
        envelope.room = Some(RoomId(0));
    };
    let forged = Fault::forge(FrameKind::NotifyApplication, of_the_other_room);
    bench.fault(forged.from(provider(2)).to(provider(1)));
    bench.wish(
        2,
        Action::Message {
            room: RoomId(1),
            bytes: 50,
        },
    );
    bench.run();
    assert_eq!(refusals(&bench, 1), [Refusal::ForeignSender]);
    assert_eq!(bench.read_by(1), 0);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// A damaged request for KeyPackages or a GroupInfo is refused with the draft's code, so nobody waits for ever.
#[test]
fn damaged_requests_are_answered() {
    for kind in [FrameKind::KeyMaterialRequest, FrameKind::GroupInfoRequest] {
        for damage in [cut as Damage, FORGE_GROUP_INFO] {
            let mut bench = Bench::new(&[0, 1, 1], &[(0, 1)], &[]);
            bench.open_room(0, 1, &[]);
            bench.fault(Fault::damage(kind, damage).to(provider(0)));
            let users = vec![UserId(2)];
            bench.wish(1, Action::Add { room: ROOM, users });
            bench.wish(0, Action::JoinExternal { room: ROOM });
            bench.run();
            let refused = refusals(&bench, 0);
            assert!(
                matches!(
                    refused[..],
                    [Refusal::MalformedFrame | Refusal::BadSignature]
                ),
                "{}: {refused:?}",
                kind.name()
            );
            bench.assert_alive(0, &[0, 1]);
        }
    }
}
