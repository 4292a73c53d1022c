//! Several who want the same epoch: one commit wins, the others wait for it and come again.

use super::bench::{Bench, client, provider};
use throng_mimi::vocabulary::{reasons, subjects};
use throng_mimi::wire::FrameKind;
use throng_stack::Fact;
use throng_workloads::intent::{Action, RoomId, UserId};

const ROOM: RoomId = RoomId(0);

fn accepted(o: &Fact) -> bool {
    matches!(o, Fact::Accepted(accepted) if *accepted.subject == subjects::COMMIT)
}

fn wrong_epoch(o: &Fact) -> bool {
    matches!(o, Fact::Refused { reason, .. } if **reason == reasons::WRONG_EPOCH)
}

#[test]
fn of_two_commits_at_once_one_wins_and_the_other_comes_again() {
    let mut bench = Bench::new(&[0, 1, 2], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    let before = bench.count(provider(0), accepted);
    bench.wish(1, Action::Update { room: ROOM });
    bench.wish(2, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(bench.count(provider(0), wrong_epoch), 1);
    assert_eq!(bench.count(provider(0), accepted) - before, 2);
    let attempts = |of| -> Vec<u32> {
        let attempt = |o: &Fact| match o {
            Fact::Sent {
                subject, attempt, ..
            } if **subject == subjects::COMMIT => Some(*attempt),
            _ => None,
        };
        bench.seen(client(of)).filter_map(attempt).collect()
    };
    let mut all = [attempts(1), attempts(2)];
    all.sort();
    assert_eq!(all, [vec![1], vec![1, 2]]);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn a_message_of_an_epoch_that_is_too_old_is_sent_anew() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &["policy.epoch_tolerance=0"]);
    bench.open_room(0, 0, &[1]);
    bench.wish(0, Action::Update { room: ROOM });
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 70,
        },
    );
    bench.run();
    let too_old =
        |o: &Fact| matches!(o, Fact::Refused { reason, .. } if **reason == reasons::EPOCH_TOO_OLD);
    assert_eq!(bench.count(provider(0), too_old), 1);
    assert_eq!(bench.read_by(0), 1);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn who_sees_proposals_commits_them_before_it_speaks() {
    let mut bench = Bench::new(&[0, 1, 2], &[(0, 0)], &["policy.commit_delay=1h"]);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(2, Action::Leave { room: ROOM });
    bench.run_for(throng_workloads::time::SimSpan::from_secs(1));
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 70,
        },
    );
    bench.run_for(throng_workloads::time::SimSpan::from_secs(1));
    // The message waited for no timer: its sender committed what was pending first.
    assert_eq!(bench.read_by(0), 1);
    assert_eq!(bench.epoch(0, 2), None);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn all_who_would_cover_a_proposal_race_and_one_wins() {
    let mut bench = Bench::new(&[0, 1, 2, 2], &[(0, 0)], &["policy.commit_delay=1s"]);
    bench.open_room(0, 0, &[1, 2, 3]);
    let before = bench.count(provider(0), accepted);
    bench.wish(3, Action::Leave { room: ROOM });
    bench.run();
    assert_eq!(bench.count(provider(0), accepted) - before, 1);
    assert_eq!(bench.count(provider(0), wrong_epoch), 2);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn an_external_commit_voids_proposals_and_they_are_made_anew() {
    let mut bench = Bench::new(
        &[0, 1, 2, 3],
        &[(0, 0)],
        &["policy.commit=propose", "policy.commit_delay=30s"],
    );
    bench.wish(0, Action::Create { room: ROOM });
    bench.wish(
        0,
        Action::Add {
            room: ROOM,
            users: vec![UserId(1), UserId(2)],
        },
    );
    bench.run();
    bench.wish(
        0,
        Action::Remove {
            room: ROOM,
            user: UserId(2),
        },
    );
    bench.run_for(throng_workloads::time::SimSpan::from_secs(1));
    bench.wish(3, Action::JoinExternal { room: ROOM });
    bench.run();
    let proposals = bench
        .carried(FrameKind::UpdateProposal)
        .filter(|c| c.from == client(0))
        .count();
    // The adds; the removal; the removal again.
    assert_eq!(proposals, 3);
    assert_eq!(bench.epoch(0, 2), None);
    bench.assert_alive(0, &[0, 1, 3]);
}
