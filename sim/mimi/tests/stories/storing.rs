//! Providers that go on from nothing but the rows that they had stored: they do what they would have done.

use super::bench::{Bench, Fault, came_of, provider};
use proptest::prelude::*;
use std::collections::BTreeMap;
use throng_mimi::wire::FrameKind;
use throng_stack::{Change, Input, Keep, Outputs, Party, Peer};
use throng_workloads::intent::{Action, ProviderId, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const TIMEOUT: &[&str] = &["policy.request_timeout=10s", "policy.epoch_tolerance=2"];

/// Something that people do, and something that goes wrong.
fn act(bench: &mut Bench, what: u8, who: u32) {
    let action = match what % 8 {
        0..=2 => Action::Message {
            room: ROOM,
            bytes: u32::from(what),
        },
        3 => Action::Update { room: ROOM },
        4 => Action::Add {
            room: ROOM,
            users: vec![UserId(3)],
        },
        5 => Action::Leave { room: ROOM },
        6 => Action::Offline,
        _ => Action::Online,
    };
    bench.wish(who, action);
}

/// Whoever connects says how far they are, and what is before that waits no longer.
fn connect_anew(bench: &mut Bench, clients: &[u32]) {
    for client in clients {
        bench.wish(*client, Action::Offline);
        bench.wish(*client, Action::Online);
    }
    bench.run();
}

/// A provider and one restored from its rows get the same inputs from now on, as a bench goes on that knows only the first.
fn go_on_alike(mut bench: Bench, id: ProviderId, acts: &[(u8, u32)]) {
    // Both begin a process: nobody is connected, and what is owed is sent again.
    let (mut out, mut restored_out) = (Outputs::default(), Outputs::default());
    let mut restored = bench.make_provider(id);
    restored
        .restore(bench.rows(id), &mut restored_out)
        .expect("whole rows");
    let stopped = bench.providers.remove(&id).expect("a provider");
    let unrestored = stopped.restart(&mut out);
    assert_eq!(came_of(&out), came_of(&restored_out));
    assert_eq!(unrestored.stored(), restored.stored());
    bench.providers.insert(id, unrestored);
    bench.take(Peer::Provider(id), out);
    bench.hear(Peer::Provider(id));
    for client in 0..4 {
        bench.wish(client, Action::Offline);
        bench.wish(client, Action::Online);
    }
    for (what, who) in acts {
        act(&mut bench, *what, *who);
        bench.run_for(SimSpan::from_millis(25));
    }
    bench.run_for(SimSpan::from_secs(60));
    let mut stored: BTreeMap<_, _> = BTreeMap::new();
    for (at, input, expected) in bench.heard() {
        // The numbers of timers are of their process. What they are for comes again by itself.
        if matches!(input, Input::Timer(_)) {
            continue;
        }
        let mut out = Outputs::default();
        restored.handle(at, input, &mut out);
        for Change { table, key, value } in restored.changes() {
            stored.insert((table, key), value);
        }
        assert_eq!(came_of(&out), expected);
    }
    assert!(!stored.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever has happened before, and whatever happens then.
    #[test]
    fn a_restored_provider_does_what_it_would_have_done(
        before in prop::collection::vec((any::<u8>(), 0u32..4), 1..12),
        after in prop::collection::vec((any::<u8>(), 0u32..4), 1..8),
        which in 0u16..2,
        loss in 0u64..3,
    ) {
        let mut bench = Bench::new(&[0, 1, 1, 0], &[(0, 0)], TIMEOUT);
        bench.open_room(0, 0, &[1, 2]);
        bench.lose(loss as f64 * 0.1, loss);
        for (what, who) in before {
            act(&mut bench, what, who);
            bench.run_for(SimSpan::from_millis(15));
        }
        // Repetitions are answered alike; when they come is a matter of draws.
        bench.heal();
        go_on_alike(bench, ProviderId(which), &after);
    }
}

/// What is stored is what is there: nothing is left of what is over, so that a store does not grow for ever.
#[test]
fn rows_go_with_what_they_were_for() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1, 2]);
    for who in [0, 1, 2] {
        bench.wish(
            who,
            Action::Message {
                room: ROOM,
                bytes: 100,
            },
        );
        bench.wish(who, Action::Update { room: ROOM });
        bench.run();
    }
    bench.assert_alive(0, &[0, 1, 2]);
    connect_anew(&mut bench, &[0, 1, 2]);
    for id in [ProviderId(0), ProviderId(1)] {
        let left = |table: &str| {
            let rows = bench.rows(id).into_iter();
            rows.filter(|row| row.table == table).count()
        };
        for table in ["requests", "events", "early", "shared", "proposals"] {
            assert_eq!(left(table), 0, "{table} of {id:?}");
        }
        assert_eq!(left("groups"), usize::from(id.0 == 0));
    }
}

/// An event for many is stored once, and each of them has a place where it waits that is a few bytes.
#[test]
fn what_waits_for_many_is_stored_once() {
    let mut bench = Bench::new(&[0, 1, 1, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1, 2, 3]);
    connect_anew(&mut bench, &[1, 2, 3]);
    for who in [1, 2, 3] {
        bench.wish(who, Action::Offline);
    }
    bench.run();
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 5000,
        },
    );
    bench.run();
    let rows = bench.rows(ProviderId(1));
    let of = |table: &str| {
        rows.iter()
            .filter(|row| row.table == table)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("shared").len(), 1);
    let places = of("queues");
    assert_eq!(places.iter().filter(|row| row.value.len() < 20).count(), 3);
    assert!(places.iter().all(|row| row.value.len() < 5000));
    bench.restart(1, &[1, 2, 3]);
    bench.run();
    for who in [1, 2, 3] {
        assert_eq!(bench.read_by(who), 1);
    }
    connect_anew(&mut bench, &[1, 2, 3]);
    assert!(
        bench
            .rows(ProviderId(1))
            .iter()
            .all(|row| row.table != "shared")
    );
}

/// A message costs its own bytes and some hundreds more, whatever the room has become; a commit its group.
#[test]
fn a_message_does_not_rewrite_the_group() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    let hub = ProviderId(0);
    let changed = |bench: &mut Bench, before: &super::bench::Stored| {
        let after = &bench.stores[&hub];
        let new = after
            .iter()
            .filter(|(key, value)| before.get(*key) != Some(*value));
        new.map(|((table, _), _)| table.name()).collect::<Vec<_>>()
    };
    let before = bench.stores[&hub].clone();
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 10,
        },
    );
    bench.run();
    let tables = changed(&mut bench, &before);
    assert!(
        !tables.contains(&"groups") && tables.contains(&"rooms"),
        "{tables:?}"
    );
    bench.wish(1, Action::Update { room: ROOM });
    bench.run();
    assert!(changed(&mut bench, &before).contains(&"groups"));
}

/// Proposals that wait have to be covered after a restart as before.
#[test]
fn what_waits_to_be_committed_still_has_to_be() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1, 2]);
    // Nobody hears of the wish to leave, so nobody commits it.
    bench.fault(Fault::lose(FrameKind::NotifyProposal));
    for who in [0, 1] {
        bench.wish(who, Action::Offline);
    }
    bench.run();
    bench.wish(2, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_secs(1));
    let proposals = |bench: &Bench| {
        let rows = bench.rows(ProviderId(0)).into_iter();
        rows.filter(|row| row.table == "proposals").count()
    };
    // That its client goes, and that its user is taken off the participant list.
    assert_eq!(proposals(&bench), 2);
    bench.restart(0, &[]);
    bench.heal();
    for who in [0, 1] {
        bench.wish(who, Action::Online);
    }
    bench.run();
    assert_eq!(proposals(&bench), 0);
    bench.assert_alive(0, &[0, 1]);
    assert!(
        bench
            .carried(FrameKind::NotifyProposal)
            .any(|one| one.from == provider(0))
    );
}

/// Rows that are not a provider's are refused, and nothing worse.
#[test]
fn damaged_rows_are_refused() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.wish(1, Action::Offline);
    bench.run();
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 10,
        },
    );
    bench.run();
    for id in [ProviderId(0), ProviderId(1)] {
        let rows = bench.rows(id);
        for index in 0..rows.len() {
            let mut cut = rows.clone();
            let value = &mut cut[index].value;
            value.pop();
            let mut out = Outputs::default();
            let restored = bench.make_provider(id).restore(cut, &mut out);
            // Of a row whose value is its key's length nothing can be cut.
            assert!(restored.is_err(), "{:?}", rows[index]);
        }
    }
    let mut foreign = bench.rows(ProviderId(0));
    foreign[0].table = "sessions".to_owned();
    let mut out = Outputs::default();
    let restored = bench
        .make_provider(ProviderId(0))
        .restore(foreign, &mut out);
    assert_eq!(
        restored.unwrap_err().to_string(),
        "there is a table \"sessions\" that nobody knows"
    );
}
