//! What hubs do not take, in part or at all: it changes nothing, whoever sent it learns so, and the room lives on.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::refusal::Refusal;
use throng_mimi::vocabulary::subjects;
use throng_mimi::wire::FrameKind;
use throng_stack::Fact;
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};
use throng_workloads::time::SimSpan;

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
    bench.run_for(SimSpan::from_millis(100));
    assert_eq!(refusals(&bench, 0), [Refusal::AddedAlready]);
    assert_eq!(accepted(&bench), before + 1, "one bundle");
    assert_eq!(bench.epoch(0, 4), None);
    bench.run();
    assert_eq!(refusals(&bench, 0), [Refusal::AddedAlready]);
    assert_eq!(bench.skipped(1), [""; 0]);
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

/// A KeyPackage's signature is its end, and the last KeyPackage that of the response.
const FORGE_LAST_KEY_PACKAGE: Damage = |bytes| {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
};

/// Whoever makes proposals has them pending already, the first where the second cannot be made: they are taken back, or
/// no commit of that member would be one that the hub can take.
#[test]
fn of_proposals_that_cannot_all_be_made_none_is_kept() {
    let mut bench = Bench::new(&[0, 0, 1], &[(0, 0)], &["policy.commit=propose"]);
    bench.open_room(0, 0, &[2]);
    let second = bench.add_device(1, &[]);
    bench.run();
    let damage = Fault::damage(FrameKind::KeyMaterialResponse, FORGE_LAST_KEY_PACKAGE);
    bench.fault(damage.to(client(0)));
    let add = |bench: &mut Bench| {
        let users = vec![UserId(1)];
        bench.wish(0, Action::Add { room: ROOM, users });
        bench.run();
    };
    add(&mut bench);
    assert_eq!(bench.skipped(0), ["a-proposal-could-not-be-made"]);
    bench.assert_alive(0, &[0, 2]);
    assert_eq!(refusals(&bench, 0), []);
    add(&mut bench);
    bench.assert_alive(0, &[0, 1, 2, second]);
}

/// Whoever is to commit what is pending, and is not allowed to, waits longer each time.
#[test]
fn a_commit_of_what_is_pending_is_not_repeated_without_end() {
    // So often it is damaged on its way; and whether the member gives up its state of the group.
    for (times, rejoins) in [(4, 0), (5, 1)] {
        let overrides = [
            "policy.committer=admin-covers",
            "policy.commit_delay=1h",
            "policy.backoff=100ms",
        ];
        let mut bench = Bench::new(&[0, 1, 2], &[(0, 1)], &overrides);
        bench.open_room(0, 1, &[0, 2]);
        let damage = Fault::damage(FrameKind::UpdateCommit, cut).from(client(1));
        bench.fault(damage.times(times));
        bench.wish(2, Action::Leave { room: ROOM });
        bench.run_for(SimSpan::from_secs(1));
        let begun = bench.now();
        let bytes = 10;
        bench.wish(1, Action::Message { room: ROOM, bytes });
        bench.run();
        let commits = bench.carried(FrameKind::UpdateCommit);
        let at: Vec<_> = commits
            .filter(|c| c.from == client(1) && c.at >= begun)
            .map(|c| c.at)
            .collect();
        for (tries, pair) in (0..times - 1).zip(at.windows(2)) {
            let least = SimSpan::from_millis(100 << tries);
            assert!(pair[1] - pair[0] > least, "{at:?}");
        }
        let rejoined = bench.count(client(1), |o| matches!(o, Fact::Rejoining { .. }));
        assert_eq!(rejoined, rejoins);
        assert_eq!(at.len(), times as usize + 1 + rejoins, "{at:?}");
        assert_eq!(bench.read_by(0), 1);
        assert_eq!(bench.epoch(0, 2), None);
        bench.assert_alive(0, &[0, 1]);
    }
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
    assert_eq!(bench.skipped(1), ["a-message-was-not-allowed"]);
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
