//! Clients that go on from what was written of them: they do what they would have done.

use super::bench::{Bench, client};
use proptest::prelude::*;
use throng_stack::{Fact, Membership, Rest, RestError};
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);

/// Delays are not drawn: whoever goes on draws theirs from the beginning of a stream.
const STEADY: &[&str] = &[
    "policy.request_timeout=10s",
    "policy.epoch_tolerance=2",
    "policy.commit_delay=100ms",
    "policy.backoff=70ms",
];

fn say(bench: &mut Bench, who: u32, bytes: u32) {
    bench.wish(who, Action::Message { room: ROOM, bytes });
}

/// Everybody goes offline and comes back. In between each who is at rest goes on from what is written of it, where there is a number for what
/// it draws then; otherwise it is written down all the same, which changes nothing. How many were at rest.
fn pause(bench: &mut Bench, clients: u32, run: Option<u64>) -> usize {
    for who in 0..clients {
        bench.wish(who, Action::Offline);
    }
    bench.run();
    let rests: Vec<u32> = (0..clients)
        .filter(|who| bench.written(*who).is_ok())
        .collect();
    for who in rests.iter().copied() {
        if let Some(run) = run {
            bench.rest(who, run);
        }
    }
    for who in 0..clients {
        bench.wish(who, Action::Online);
    }
    bench.run();
    rests.len()
}

#[test]
fn who_goes_on_from_what_was_written_reads_speaks_and_commits() {
    let mut bench = Bench::new(&[0, 1, 1, 0], &[(0, 0)], STEADY);
    bench.open_room(0, 0, &[1, 2]);
    bench.assert_alive(0, &[0, 1, 2]);
    assert_eq!(pause(&mut bench, 4, Some(1)), 4);
    bench.assert_alive(0, &[0, 1, 2]);
    for who in [2, 0, 1] {
        bench.wish(who, Action::Update { room: ROOM });
        bench.run();
        bench.assert_converged(0, &[0, 1, 2]);
    }
    // A KeyPackage from before is of use.
    let users = vec![UserId(3)];
    bench.wish(1, Action::Add { room: ROOM, users });
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
    bench.wish(2, Action::Leave { room: ROOM });
    bench.run();
    bench.assert_alive(0, &[0, 1, 3]);
    assert_eq!(pause(&mut bench, 4, Some(2)), 4);
    bench.assert_alive(0, &[0, 1, 3]);
    assert_eq!(bench.epoch(0, 2), None);
    for who in 0..4 {
        assert_eq!(bench.unprocessable(who), [""; 0]);
        assert_eq!(bench.skipped(who), [""; 0]);
    }
}

/// What waits at the provider meanwhile comes to whoever goes on, once.
#[test]
fn what_was_said_while_it_rested_comes_once() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], STEADY);
    bench.open_room(0, 0, &[1, 2]);
    say(&mut bench, 0, 10);
    bench.run();
    bench.wish(1, Action::Offline);
    bench.run();
    let written = bench.written(1).expect("at rest");
    say(&mut bench, 0, 20);
    bench.wish(2, Action::Update { room: ROOM });
    bench.run();
    say(&mut bench, 2, 30);
    bench.run();
    let resumed = bench.resumed(1, &written, 1).expect("a client");
    bench.clients.insert(ClientId(1), resumed);
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(bench.read_by(1), 3);
    bench.assert_alive(0, &[0, 1, 2]);
    assert_eq!(bench.unprocessable(1), [""; 0]);
}

/// What was sent, between whom, and what happened: but for what members agree on, which is another secret.
fn came_to(bench: &Bench) -> (Vec<String>, Vec<String>) {
    let carried = bench.all_carried().map(|packet| format!("{packet:?}"));
    let facts = bench.observed().iter().map(|(at, who, fact)| {
        let fact = match fact {
            Fact::Reached {
                room,
                state,
                joined,
                counted,
                ..
            } => Fact::Reached {
                room: *room,
                state: *state,
                digest: None,
                joined: *joined,
                counted: *counted,
            },
            other => other.clone(),
        };
        format!("{at:?} {who:?} {fact:?}")
    });
    (carried.collect(), facts.collect())
}

/// Something that people do.
fn act(bench: &mut Bench, what: u8, who: u32) {
    let action = match what % 8 {
        0..=3 => Action::Message {
            room: ROOM,
            bytes: u32::from(what),
        },
        4 => Action::Update { room: ROOM },
        5 => Action::Add {
            room: ROOM,
            users: vec![UserId(3)],
        },
        6 => Action::Leave { room: ROOM },
        _ => Action::Resync { room: ROOM },
    };
    bench.wish(who, action);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever has happened before, and whatever happens then: the same is sent, byte for byte as long, and the same comes of it.
    #[test]
    fn a_rested_client_does_what_it_would_have_done(
        before in prop::collection::vec((any::<u8>(), 0u32..4), 0..8),
        after in prop::collection::vec((any::<u8>(), 0u32..4), 1..8),
        proposes in any::<bool>(),
    ) {
        let came = [None, Some(1), Some(2)].map(|run| {
            let mut keys = STEADY.to_vec();
            if proposes {
                keys.push("policy.commit=propose");
            }
            let mut bench = Bench::new(&[0, 1, 1, 0], &[(0, 0)], &keys);
            bench.open_room(0, 0, &[1, 2]);
            for (what, who) in &before {
                act(&mut bench, *what, *who);
                bench.run_for(SimSpan::from_millis(15));
            }
            bench.run();
            pause(&mut bench, 4, run);
            for (what, who) in &after {
                act(&mut bench, *what, *who);
                bench.run_for(SimSpan::from_millis(15));
            }
            bench.run();
            came_to(&bench)
        });
        assert_eq!(came[0], came[1]);
        assert_eq!(came[0], came[2]);
    }
}

#[test]
fn it_says_what_it_is_a_member_of() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0), (1, 1)], STEADY);
    bench.open_room(0, 0, &[1, 2]);
    bench.open_room(1, 1, &[]);
    bench.wish(2, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(pause(&mut bench, 3, Some(1)), 3);
    let of = |who: u32, room: u32| Membership {
        room: RoomId(room),
        state: bench.epoch(room, who).expect("a member").0,
        members: if room == 0 { 3 } else { 1 },
        digest: bench.epoch(room, who).map(|(_, digest)| digest),
    };
    let of_client = |who: u32| bench.clients[&ClientId(who)].memberships();
    assert_eq!(of_client(0), [of(0, 0)]);
    assert_eq!(of_client(1), [of(1, 0), of(1, 1)]);
    let detail = |who: u32| bench.clients[&ClientId(who)].detail(ROOM);
    assert!(detail(0).is_some() && detail(0) == detail(2));
    let others = bench.clients[&ClientId(2)].detail(RoomId(1));
    assert!(others.is_none());
}

#[test]
fn who_is_not_at_rest_says_why() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], STEADY);
    bench.open_room(0, 0, &[1]);
    let why = |bench: &mut Bench, who: u32| match bench.written(who) {
        Err(RestError::Busy(why)) => why,
        other => panic!("{other:?}"),
    };
    bench.written(1).expect("at rest");
    bench.wish(1, Action::Update { room: ROOM });
    assert_eq!(why(&mut bench, 1), "a request waits for its answer");
    bench.run();
    bench.written(1).expect("at rest again");
    bench.wish(1, Action::Offline);
    bench.run();
    say(&mut bench, 1, 5);
    assert_eq!(
        why(&mut bench, 1),
        "in the room mimi://p0.example/r/r0, somebody wants something"
    );
    bench.wish(1, Action::Online);
    assert_eq!(why(&mut bench, 1), "it has not caught up");
    bench.run();
    // Others' proposal, which somebody is about to commit.
    bench.wish(1, Action::Leave { room: ROOM });
    bench.run_until_seen(client(0), |fact| matches!(fact, Fact::Handled { .. }));
    let waits = why(&mut bench, 0);
    assert!(
        waits.ends_with("it is about to commit what others proposed"),
        "{waits}"
    );
    bench.run();
    bench.wish(1, Action::JoinExternal { room: ROOM });
    bench.run_for(SimSpan::from_millis(1));
    assert_eq!(why(&mut bench, 1), "a request waits for its answer");
    bench.run();
    bench.written(1).expect("at rest again");
    let removers = Vec::new();
    bench.wish(2, Action::Lost { removers });
    assert_eq!(why(&mut bench, 2), "the device is lost");
}

#[test]
fn damage_another_version_and_another_client_are_errors() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], STEADY);
    bench.open_room(0, 0, &[1]);
    let written = bench.written(1).expect("at rest");
    let error = |bytes: &[u8], of: u32| bench.resumed(of, bytes, 1).err();
    assert_eq!(error(&written, 1), None);
    for length in 0..written.len() {
        let cut = error(&written[..length], 1);
        assert!(
            matches!(cut, Some(RestError::Damaged(_))),
            "{length}: {cut:?}"
        );
    }
    let longer = [&written[..], &[0]].concat();
    assert!(matches!(error(&longer, 1), Some(RestError::Damaged(_))));
    let other = error(&written, 2).expect("another's").to_string();
    assert_eq!(
        other,
        "it is mimi://p1.example/d/u1.1; expected mimi://p1.example/d/u2.2"
    );
    let mut later = written.clone();
    later[1] += 1;
    let later = error(&later, 1).expect("of another version").to_string();
    assert_eq!(later, "it is of version 4; expected 3");
    // Whatever turned on the disk: an error, or another client's state, and nothing worse.
    let mut refused = 0;
    for place in 0..written.len() {
        let mut damaged = written.clone();
        damaged[place] ^= 1 << (place % 8);
        refused += usize::from(error(&damaged, 1).is_some());
    }
    assert!(refused > 0);
}
