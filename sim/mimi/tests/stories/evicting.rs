//! Members whose leaves have ended, and a hub that proposes that they go.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::vocabulary::{counters, subjects};
use throng_mimi::wire::FrameKind;
use throng_stack::Fact;
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const MINUTE: SimSpan = SimSpan::from_secs(60);

/// Users 0, 1 and 2, with KeyPackages that hold for an hour; user 3 is outside. Whoever commits for others does so at once, or later.
fn room(commit_delay: &str) -> Bench {
    let delay = format!("policy.commit_delay={commit_delay}");
    let overrides = [
        "policy.evict_ended=true",
        "policy.key_package_lifetime=1h",
        &*delay,
    ];
    let mut bench = Bench::new(&[0, 1, 1, 0], &[(0, 0)], &overrides);
    bench.wish(0, Action::Create { room: ROOM });
    bench.run_for(MINUTE);
    let users = vec![UserId(1), UserId(2)];
    bench.wish(0, Action::Add { room: ROOM, users });
    bench.run_for(MINUTE);
    bench.assert_converged(0, &[0, 1, 2]);
    bench
}

/// How often the hub has proposed something.
fn proposed(bench: &Bench) -> usize {
    bench.count(provider(0), |fact| {
        matches!(fact, Fact::Accepted(accepted)
            if accepted.counted == Some(counters::HUB_PROPOSALS)
                && *accepted.subject == subjects::PROPOSAL)
    })
}

/// User 2 finds that it was removed when it is back.
fn assert_out(bench: &mut Bench) {
    bench.wish(2, Action::Online);
    bench.run_for(MINUTE);
    assert_eq!(bench.epoch(0, 2), None);
}

#[test]
fn who_is_there_makes_its_leaf_anew_and_who_is_not_goes() {
    let mut bench = room("0s");
    bench.wish(2, Action::Offline);
    bench.run_for(MINUTE * 50);
    assert_eq!(proposed(&bench), 0);
    assert!(bench.epoch(0, 2).is_some());
    bench.run_for(MINUTE * 20);
    assert_eq!(proposed(&bench), 1);
    bench.assert_converged(0, &[0, 1]);
    // User 1 has made its leaf anew, so that it holds for good.
    bench.run_for(MINUTE * 120);
    assert_eq!(proposed(&bench), 1);
    bench.assert_alive(0, &[0, 1]);
    // It was kicked, not removed: still a participant, it comes back by itself.
    bench.wish(2, Action::Online);
    bench.run_for(MINUTE);
    assert_eq!(bench.epoch(0, 2), None);
    bench.wish(2, Action::JoinExternal { room: ROOM });
    bench.run_for(MINUTE);
    bench.assert_alive(0, &[0, 1, 2]);
    assert_eq!(bench.unprocessable(2), [] as [&str; 0]);
}

/// Somebody comes in from outside while nobody has committed what the hub proposes.
#[test]
fn an_external_commit_has_the_hubs_proposal_stapled_to_it() {
    let mut bench = room("1d");
    bench.wish(2, Action::Offline);
    bench.run_for(MINUTE * 70);
    assert_eq!(proposed(&bench), 1);
    bench.wish(3, Action::JoinExternal { room: ROOM });
    bench.run_for(MINUTE);
    assert_eq!(proposed(&bench), 2, "once more, for whoever came in");
    // Whoever speaks commits what waits first: the one that came in knows of it, too.
    let action = Action::Message {
        room: ROOM,
        bytes: 70,
    };
    bench.wish(3, action);
    bench.run_for(MINUTE);
    bench.assert_alive(0, &[0, 1, 3]);
    assert_out(&mut bench);
    for of in [0, 1, 3] {
        assert_eq!(bench.unprocessable(of), [] as [&str; 0]);
        assert_eq!(bench.skipped(of), [] as [&str; 0]);
    }
}

/// What the hub proposed and what waits with it is stored.
#[test]
fn a_hub_that_begins_anew_still_asks_for_what_it_proposed() {
    let mut bench = room("10min");
    bench.wish(2, Action::Offline);
    bench.run_for(MINUTE * 63);
    assert_eq!(proposed(&bench), 1);
    bench.restart(0, &[0, 3]);
    bench.run_for(MINUTE * 20);
    bench.assert_alive(0, &[0, 1]);
    assert_out(&mut bench);
}

/// One who does not hear of it commits without, is told so, and commits again.
#[test]
fn no_commit_leaves_out_what_the_hub_proposes() {
    let mut bench = room("1h");
    bench.wish(2, Action::Offline);
    bench.run_for(MINUTE * 55);
    bench.fault(Fault::late(FrameKind::NotifyProposal, MINUTE * 20).to(client(0)));
    bench.run_for(MINUTE * 10);
    assert_eq!(proposed(&bench), 1);
    bench.wish(0, Action::Update { room: ROOM });
    bench.run_for(MINUTE * 60);
    let left_out = bench.count(provider(0), |fact| {
        matches!(fact, Fact::Refused { reason, .. } if reason.id == "commit-without-pending-proposals")
    });
    assert!(left_out > 0);
    bench.assert_alive(0, &[0, 1]);
    assert_out(&mut bench);
}
