//! Who commits what others proposed, and when: each policy, and what it does when the one whose turn it is does not come.

use super::bench::{Bench, client, provider};
use throng_mimi::vocabulary::{reasons, subjects};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Peer};
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

const ROOM: RoomId = RoomId(0);

/// How long the bench is busy with whatever waits for no timer.
const SOON: SimSpan = SimSpan::from_secs(1);

/// Without any delay, all who may commit do so at once.
const AT_ONCE: &str = "policy.commit_delay=0s";

/// Commits that were sent since: when, and by whom.
fn commits_since(bench: &Bench, since: SimTime) -> Vec<(SimTime, Peer)> {
    let sent = bench.observed().iter().filter_map(|(at, who, fact)| {
        let commit = matches!(fact, Fact::Sent { subject, .. } if **subject == subjects::COMMIT);
        (commit && *at >= since).then_some((*at, *who))
    });
    sent.collect()
}

fn committers_since(bench: &Bench, since: SimTime) -> Vec<Peer> {
    let commits = commits_since(bench, since).into_iter();
    commits.map(|(_, who)| who).collect()
}

fn lost(bench: &Bench) -> usize {
    let wrong_epoch =
        |o: &Fact| matches!(o, Fact::Refused { reason, .. } if **reason == reasons::WRONG_EPOCH);
    bench.count(provider(0), wrong_epoch)
}

/// Five users at three providers in one room, whose hub is at the first; user 4 is about to leave.
fn five(overrides: &[&str]) -> Bench {
    let mut bench = Bench::new(
        &[0, 1, 0, 2, 1],
        &[(0, 0)],
        &[&[AT_ONCE], overrides].concat(),
    );
    bench.open_room(0, 0, &[1, 2, 3, 4]);
    bench
}

#[test]
fn the_lowest_leaf_commits_alone() {
    let mut bench = five(&["policy.committer=lowest-leaf"]);
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run();
    assert_eq!(committers_since(&bench, since), [client(0)]);
    assert_eq!(lost(&bench), 0);
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

#[test]
fn where_the_lowest_leaves_are_away_the_next_commits_after_its_turn() {
    let mut bench = five(&["policy.committer=lowest-leaf", "policy.commit_fallback=3s"]);
    bench.wish(0, Action::Offline);
    // It goes without a word, and nobody is told.
    bench.wish(1, Action::Vanish);
    bench.run();
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run();
    let commits = commits_since(&bench, since);
    let [(at, who)] = commits[..] else {
        panic!("{commits:?}");
    };
    assert_eq!(who, client(2));
    // Two come before it; the proposal was on its way for a little longer.
    let waited = at - since;
    assert!(
        (SimSpan::from_secs(6)..SimSpan::from_secs(7)).contains(&waited),
        "{waited}"
    );
    for back in [0, 1] {
        bench.wish(back, Action::Online);
    }
    bench.run();
    assert_eq!(lost(&bench), 0);
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

#[test]
fn a_lowest_leaf_that_leaves_itself_is_not_waited_for() {
    let mut bench = five(&["policy.committer=lowest-leaf", "policy.commit_fallback=1h"]);
    let since = bench.now();
    bench.wish(0, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    assert_eq!(committers_since(&bench, since), [client(1)]);
    bench.run();
    bench.assert_alive(0, &[1, 2, 3, 4]);
}

/// The turn is looked at again when more is proposed: it was another's as long as the first leaf was to stay.
#[test]
fn whose_turn_it_is_changes_with_what_is_proposed() {
    let overrides = [
        "policy.committer=lowest-leaf",
        "policy.commit_fallback=1h",
        "policy.commit_delay=2s",
    ];
    let mut bench = five(&overrides);
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    bench.wish(0, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_secs(5));
    assert_eq!(committers_since(&bench, since), [client(1)]);
    bench.run();
    bench.assert_alive(0, &[1, 2, 3]);
}

#[test]
fn whoever_was_heard_of_last_commits_wherever_it_is() {
    let mut bench = five(&["policy.committer=most-active"]);
    for speaker in [3, 1, 2, 3] {
        bench.wish(
            speaker,
            Action::Message {
                room: ROOM,
                bytes: 10,
            },
        );
        bench.run();
    }
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run();
    assert_eq!(committers_since(&bench, since), [client(3)]);
    assert_eq!(lost(&bench), 0);
    // It has gone: the one before it does, though it has itself said nothing since.
    bench.wish(3, Action::Offline);
    bench.run();
    let since = bench.now();
    bench.wish(1, Action::Leave { room: ROOM });
    bench.run();
    assert_eq!(committers_since(&bench, since), [client(2)]);
    bench.wish(3, Action::Online);
    bench.run();
    bench.assert_alive(0, &[0, 2, 3]);
}

#[test]
fn by_rendezvous_each_epoch_has_one_committer_and_not_always_the_same() {
    let mut bench = five(&["policy.committer=rendezvous", "policy.commit=propose"]);
    let mut committers = std::collections::BTreeSet::new();
    for round in 0..12 {
        let since = bench.now();
        bench.wish(round % 5, Action::Update { room: ROOM });
        bench.run();
        let each = committers_since(&bench, since);
        assert_eq!(each.len(), 1, "round {round}: {each:?}");
        committers.extend(each);
    }
    assert_eq!(lost(&bench), 0);
    assert!(committers.len() > 2, "{committers:?}");
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

const BATCH: [&str; 4] = [
    "policy.commit=propose",
    "policy.committer=lowest-leaf",
    "policy.commit_batch=3",
    "policy.commit_batch_wait=20s",
];

#[test]
fn a_batch_is_committed_when_it_is_complete() {
    let mut bench = five(&BATCH);
    let since = bench.now();
    for proposer in [1, 2] {
        bench.wish(proposer, Action::Update { room: ROOM });
        bench.run_for(SOON);
    }
    assert_eq!(commits_since(&bench, since), []);
    bench.wish(3, Action::Update { room: ROOM });
    bench.run_for(SOON);
    assert_eq!(committers_since(&bench, since), [client(0)]);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

#[test]
fn a_batch_that_does_not_become_complete_is_committed_in_time() {
    let mut bench = five(&BATCH);
    let since = bench.now();
    for proposer in [1, 2] {
        bench.wish(proposer, Action::Update { room: ROOM });
        bench.run_for(SOON);
    }
    bench.run();
    let commits = commits_since(&bench, since);
    let [(at, who)] = commits[..] else {
        panic!("{commits:?}");
    };
    assert_eq!(who, client(0));
    let waited = at - since;
    assert!(
        (SimSpan::from_secs(20)..SimSpan::from_secs(21)).contains(&waited),
        "{waited}"
    );
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

/// RFC 9420, section 12.4: whoever wants to speak commits first, whoever's turn it is.
#[test]
fn who_wants_to_speak_waits_for_nobody() {
    let mut bench = five(&[
        "policy.committer=lowest-leaf",
        "policy.commit_fallback=1h",
        "policy.commit_batch=100",
        "policy.commit_batch_wait=1h",
    ]);
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    let since = bench.now();
    bench.wish(
        3,
        Action::Message {
            room: ROOM,
            bytes: 10,
        },
    );
    bench.run_for(SOON);
    assert_eq!(committers_since(&bench, since), [client(3)]);
    assert_eq!(bench.read_by(0), 1);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

const ONE_FIRST: [&str; 2] = ["policy.admission=one-first", "policy.commit_fallback=3s"];

/// To whom proposals went since, in order.
fn told_since(bench: &Bench, since: SimTime) -> Vec<Peer> {
    let told = bench.carried(FrameKind::NotifyProposal);
    let told = told.filter(|carried| carried.at >= since);
    told.map(|carried| carried.to).collect()
}

#[test]
fn a_hub_that_tells_one_first_has_one_committer() {
    // Told at once, three of those who stay lose: all commit when they hear of it.
    for (overrides, losers) in [(&ONE_FIRST[..], 0), (&[], 3)] {
        let mut bench = five(overrides);
        let since = bench.now();
        bench.wish(4, Action::Leave { room: ROOM });
        bench.run();
        assert_eq!(lost(&bench), losers, "{overrides:?}");
        assert_eq!(committers_since(&bench, since).len(), losers + 1);
        bench.assert_alive(0, &[0, 1, 2, 3]);
    }
}

#[test]
fn the_others_are_told_with_the_commit() {
    let mut bench = five(&ONE_FIRST);
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_until_sent(FrameKind::UpdateCommit);
    let first = told_since(&bench, since);
    let [Peer::Client(_)] = first[..] else {
        panic!("{first:?}");
    };
    assert_eq!(committers_since(&bench, since), first);
    bench.run_for(SOON);
    // The other client of the hub, its two followers, and their three clients; the leaver knows.
    assert_eq!(told_since(&bench, since).len(), 1 + 1 + 2 + 2);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

/// A proposer that stays knows of it already, and is left alone to commit.
#[test]
fn a_proposer_that_stays_is_the_one() {
    let mut bench = five(&[&ONE_FIRST[..], &["policy.commit=propose"]].concat());
    let since = bench.now();
    bench.wish(3, Action::Update { room: ROOM });
    bench.run_until_sent(FrameKind::UpdateCommit);
    assert_eq!(told_since(&bench, since), []);
    bench.run();
    assert_eq!(committers_since(&bench, since), [client(3)]);
    assert_eq!(lost(&bench), 0);
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

#[test]
fn where_the_one_is_gone_without_a_word_the_others_are_told_in_time() {
    let mut bench = five(&ONE_FIRST);
    // The hub's own: one of them will be told first, whether or not it is there.
    for gone in [0, 2] {
        bench.wish(gone, Action::Vanish);
    }
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    assert_eq!(commits_since(&bench, since), []);
    bench.run();
    let (at, _) = commits_since(&bench, since)[0];
    let waited = at - since;
    assert!(
        (SimSpan::from_secs(3)..SimSpan::from_secs(4)).contains(&waited),
        "{waited}"
    );
    for back in [0, 2] {
        bench.wish(back, Action::Online);
    }
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

#[test]
fn where_the_hub_has_no_client_to_tell_all_are_told_at_once() {
    let mut bench = five(&[&ONE_FIRST[..], &["policy.commit_delay=1s"]].concat());
    for gone in [0, 2] {
        bench.wish(gone, Action::Offline);
    }
    bench.run();
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_millis(500));
    // Two followers, and their two clients who stay.
    assert_eq!(told_since(&bench, since).len(), 4);
    bench.run();
    for back in [0, 2] {
        bench.wish(back, Action::Online);
    }
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

/// What is held back is owed: a message takes it along, and a process that ends loses nothing.
#[test]
fn nothing_overtakes_what_is_held_back_and_nobody_forgets_it() {
    let slow = [
        "policy.admission=one-first",
        "policy.commit_fallback=1h",
        "policy.commit_delay=10s",
    ];
    let mut bench = five(&slow);
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    assert_eq!(told_since(&bench, since).len(), 1);
    // Somebody who does not know speaks.
    bench.wish(
        3,
        Action::Message {
            room: ROOM,
            bytes: 10,
        },
    );
    bench.run_for(SOON);
    assert!(told_since(&bench, since).len() > 4);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);

    let mut bench = five(&slow);
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    bench.restart(0, &[0, 2]);
    bench.run_for(SOON);
    assert!(told_since(&bench, since).len() > 4);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

/// Added in one commit without a path, a room begins with blank parents. One commit brings refreshes about, until the tree is full.
#[test]
fn members_refresh_their_leaves_until_the_tree_is_full() {
    let commits = |refresh: &str| {
        let refresh = format!("policy.refresh={refresh}");
        let mut bench = Bench::new(&[0; 8], &[(0, 0)], &[&refresh, "policy.commit_delay=10s"]);
        bench.open_room(0, 0, &[1, 2, 3, 4, 5, 6, 7]);
        for _ in 0..3 {
            bench.wish(0, Action::Update { room: ROOM });
            bench.run();
        }
        let committers = committers_since(&bench, SimTime::ZERO);
        bench.assert_alive(0, &[0, 1, 2, 3, 4, 5, 6, 7]);
        (committers, bench)
    };
    let (committers, _) = commits("0");
    assert!(committers.iter().all(|who| *who == client(0)));
    let (committers, mut bench) = commits("8");
    let others = committers.iter().filter(|who| **who != client(0));
    assert!(others.count() >= 4, "{committers:?}");
    // It is full: nobody refreshes any more.
    let since = bench.now();
    for _ in 0..3 {
        bench.wish(0, Action::Update { room: ROOM });
        bench.run();
    }
    let last = committers_since(&bench, since);
    assert_eq!(last, [client(0); 3]);
}

/// A member that rests remembers who was heard of.
#[test]
fn who_goes_on_from_what_was_written_still_knows_whose_turn_it_is() {
    let mut bench = five(&["policy.committer=most-active", "policy.commit_fallback=1h"]);
    for speaker in [2, 1] {
        bench.wish(
            speaker,
            Action::Message {
                room: ROOM,
                bytes: 10,
            },
        );
        bench.run();
    }
    for of in [0, 1, 2, 3] {
        bench.wish(of, Action::Offline);
    }
    bench.run();
    for of in [0, 1, 2, 3] {
        bench.rest(of, u64::from(of));
        bench.wish(of, Action::Online);
    }
    bench.run();
    let since = bench.now();
    bench.wish(4, Action::Leave { room: ROOM });
    bench.run_for(SOON);
    assert_eq!(committers_since(&bench, since), [client(1)]);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

/// Whoever's turn it is, users who come by proposals come.
#[test]
fn whoever_is_proposed_to_be_added_comes_by_every_policy() {
    for policy in [
        "policy.committer=lowest-leaf",
        "policy.committer=most-active",
        "policy.committer=rendezvous",
        "policy.admission=one-first",
        "policy.commit_batch=4",
        "policy.refresh=1",
    ] {
        let mut bench = Bench::new(
            &[0, 1, 0, 1],
            &[(0, 0)],
            &[AT_ONCE, "policy.commit=propose", policy],
        );
        bench.open_room(0, 0, &[1, 2]);
        bench.wish(
            2,
            Action::Add {
                room: ROOM,
                users: vec![UserId(3)],
            },
        );
        bench.run();
        assert!(bench.epoch(0, 3).is_some(), "{policy}");
        bench.assert_alive(0, &[0, 1, 2, 3]);
    }
}
