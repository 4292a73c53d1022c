//! Handshakes that members and the hub read, and no other provider.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::FrameKind;
use throng_stack::Fact;
use throng_workloads::intent::{Action, ProviderId, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);

/// Users 0 and 3 at the hub, 1 and 2 at a follower.
fn room(more: &[&str]) -> Bench {
    let settings = ["policy.handshakes=semi-private", "policy.commit_delay=0s"];
    let settings: Vec<&str> = settings.iter().chain(more).copied().collect();
    let mut bench = Bench::new(&[0, 1, 1, 0], &[(0, 0)], &settings);
    bench.wish(0, Action::Create { room: ROOM });
    bench.run();
    let users = vec![UserId(1), UserId(2)];
    bench.wish(0, Action::Add { room: ROOM, users });
    bench.run();
    bench.assert_converged(0, &[0, 1, 2]);
    bench
}

fn carried(bench: &Bench, kind: FrameKind) -> usize {
    bench.carried(kind).count()
}

#[test]
fn a_follower_passes_on_what_it_cannot_read() {
    let mut bench = room(&["policy.commit=propose"]);
    bench.wish(1, Action::Update { room: ROOM });
    bench.run();
    bench.wish(2, Action::Leave { room: ROOM });
    bench.run();
    bench.assert_alive(0, &[0, 1]);
    assert_eq!(bench.epoch(0, 2), None);
    for kind in [
        FrameKind::UpdateCommit,
        FrameKind::UpdateProposal,
        FrameKind::NotifyCommit,
        FrameKind::NotifyProposal,
    ] {
        assert_eq!(carried(&bench, kind), 0, "{kind}");
    }
    assert!(carried(&bench, FrameKind::UpdateSemiPrivateProposal) > 0);
    assert!(carried(&bench, FrameKind::NotifySemiPrivateCommit) > 0);
    for of in 0..3 {
        assert_eq!(bench.unprocessable(of), [] as [&str; 0]);
    }
}

/// Who comes from outside has no keys, so it commits in clear; what waits it can read as far as it has to cover it.
#[test]
fn who_joins_from_outside_takes_who_leaves_with_it() {
    for leave in ["self-remove", "removes"] {
        let mut bench = room(&[&format!("policy.leave={leave}"), "policy.commit_delay=1d"]);
        bench.wish(2, Action::Leave { room: ROOM });
        bench.run_for(SimSpan::from_secs(9));
        let in_clear = usize::from(leave == "self-remove");
        assert_eq!(
            carried(&bench, FrameKind::UpdateProposal).min(1),
            in_clear,
            "{leave}"
        );
        bench.wish(3, Action::JoinExternal { room: ROOM });
        bench.run_for(SimSpan::from_secs(9));
        assert!(carried(&bench, FrameKind::UpdateCommit) > 0);
        assert_eq!(bench.epoch(0, 2).is_none(), leave == "self-remove");
        // Whoever speaks commits what was proposed anew.
        bench.assert_alive(0, &[0, 1, 3]);
        assert_eq!(bench.epoch(0, 2), None);
        assert_eq!(bench.unprocessable(2), [] as [&str; 0]);
    }
}

/// Proposals that wait are stored as they came, and the hub opens them with the key that it has again.
#[test]
fn a_hub_that_begins_anew_still_reads_what_waits() {
    let mut bench = room(&["policy.commit_delay=10min"]);
    bench.fault(Fault::lose(FrameKind::NotifySemiPrivateProposal));
    bench.wish(0, Action::Offline);
    bench.wish(1, Action::Offline);
    bench.run_for(SimSpan::from_secs(9));
    bench.wish(2, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_secs(9));
    let waiting = |bench: &Bench| {
        let rows = bench.rows(ProviderId(0)).into_iter();
        rows.filter(|row| row.table == "proposals").count()
    };
    assert_eq!(waiting(&bench), 2);
    bench.restart(0, &[0, 3]);
    assert_eq!(waiting(&bench), 2, "and none of them is of no use any more");
    bench.heal();
    bench.wish(0, Action::Online);
    bench.wish(1, Action::Online);
    bench.run_for(SimSpan::from_secs(3600));
    bench.assert_alive(0, &[0, 1]);
    assert_eq!(bench.epoch(0, 2), None);
}

/// What was damaged on its way opens for nobody, and changes nothing.
#[test]
fn what_the_hub_cannot_open_it_refuses() {
    let mut bench = room(&[]);
    // Of the keys, or of what is encrypted: whatever is in the middle of it.
    let damage = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let fault = Fault::damage(FrameKind::UpdateSemiPrivateCommit, damage);
    bench.fault(fault.from(client(1)).times(1));
    let before = bench.epoch(0, 0);
    bench.wish(1, Action::Update { room: ROOM });
    bench.run();
    let refused = bench.count(provider(0), |fact| {
        let reasons = [Refusal::Mls, Refusal::MalformedFrame, Refusal::MalformedMessage];
        matches!(fact, Fact::Refused { reason, .. } if reasons.iter().any(|r| r.reason() == *reason))
    });
    assert_eq!((refused, bench.epoch(0, 0)), (1, before));
    bench.assert_alive(0, &[0, 1, 2]);
}
