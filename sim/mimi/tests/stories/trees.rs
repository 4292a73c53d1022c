//! Ratchet trees that joiners get from a URL: fetched once for all at a provider, and asked for anew where they are gone.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::vocabulary::{counters, reasons};
use throng_mimi::wire::FrameKind;
use throng_mls::accepted::AcceptedCommit;
use throng_stack::{Fact, Peer};
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const BY_URL: &[&str] = &["policy.tree=url", "policy.request_timeout=10s"];

fn bench(users: &[u16], more: &[&str]) -> Bench {
    Bench::new(users, &[(0, 0)], &[BY_URL, more].concat())
}

fn sent(bench: &Bench, kind: FrameKind, from: Peer) -> usize {
    bench.carried(kind).filter(|one| one.from == from).count()
}

fn externals(bench: &Bench) -> usize {
    let external = |fact: &Fact| matches!(fact, Fact::Accepted(a) if a.detail::<AcceptedCommit>().is_some_and(|c| c.effect.external));
    bench.count(provider(0), external)
}

fn add(bench: &mut Bench, users: &[u32]) {
    let users = users.iter().copied().map(UserId).collect();
    bench.wish(0, Action::Add { room: ROOM, users });
}

/// While the request for a tree is on its way to the hub, the room goes on.
fn late_fetch(bench: &mut Bench) {
    let slow = Fault::late(FrameKind::RatchetTreeRequest, SimSpan::from_secs(5));
    bench.fault(slow.to(provider(0)));
}

#[test]
fn a_tree_is_fetched_once_for_all_who_join_at_a_provider() {
    let mut bench = bench(&[0, 1, 1, 1, 0], &[]);
    bench.open_room(0, 0, &[1, 2, 3, 4]);
    for of in 1..=4 {
        assert_eq!(sent(&bench, FrameKind::RatchetTreeRequest, client(of)), 1);
    }
    // Of two that the hub gives away one goes to another provider, for three.
    assert_eq!(sent(&bench, FrameKind::RatchetTreeRequest, provider(1)), 1);
    assert_eq!(bench.counted(provider(0), counters::TREES_FETCHED), 2);
    assert_eq!(bench.counted(provider(1), counters::TREES_SHARED), 2);
    assert_eq!(externals(&bench), 0);
    bench.assert_alive(0, &[0, 1, 2, 3, 4]);
}

#[test]
fn what_goes_between_providers_is_shorter_than_with_the_tree() {
    let between = |overrides: &[&str]| {
        let mut bench = Bench::new(&[0, 1], &[(0, 0)], overrides);
        bench.open_room(0, 0, &[1]);
        let welcome = bench.carried(FrameKind::NotifyWelcome);
        let mut welcome = welcome.filter(|one| one.to == provider(1));
        welcome.next().expect("a Welcome").bytes
    };
    let (with, without) = (between(&[]), between(BY_URL));
    let tree = {
        let mut bench = bench(&[0, 1], &[]);
        bench.open_room(0, 0, &[1]);
        let mut trees = bench.carried(FrameKind::RatchetTree);
        trees.next().expect("a tree").bytes
    };
    let url = "https://p0.example/v1/x-throng/ratchetTree/mimi%3A%2F%2Fp0.example%2Fr%2Fr0/1";
    // The GroupContext says from where trees may come: an extension of `p0.example`.
    let extension = 2 + 1 + (1 + (1 + 10));
    // And each of the two leaves that its client knows that.
    let tree = tree - 2 * 2;
    assert_eq!(
        with - tree + 2 + url.len() as u64 + extension,
        without,
        "{with} {tree}"
    );
}

#[test]
fn who_joins_from_outside_fetches_the_tree_too() {
    let mut bench = bench(&[0, 1], &[]);
    bench.open_room(0, 0, &[1]);
    let device = bench.add_device(1, &[0]);
    bench.run();
    assert_eq!(externals(&bench), 1);
    assert_eq!(bench.counted(provider(0), counters::TREES_GONE), 0);
    bench.assert_alive(0, &[0, 1, device]);
}

/// What the hub sends on before the tree is there waits for it, and is read then.
#[test]
fn what_comes_before_the_tree_is_not_lost() {
    let mut bench = bench(&[0, 1], &[]);
    bench.open_room(0, 0, &[]);
    late_fetch(&mut bench);
    add(&mut bench, &[1]);
    bench.run_until_sent(FrameKind::NotifyWelcome);
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 9,
        },
    );
    bench.wish(0, Action::Update { room: ROOM });
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 9,
        },
    );
    bench.run_for(SimSpan::from_secs(2));
    assert_eq!((bench.epoch(0, 1), bench.read_by(1)), (None, 0));
    bench.run();
    assert_eq!((externals(&bench), bench.read_by(1)), (0, 2));
    assert_eq!(bench.unprocessable(1), [""; 0]);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn who_was_added_and_comes_too_late_for_the_tree_joins_from_outside() {
    let mut bench = bench(&[0, 1], &["policy.tree_epochs=0"]);
    bench.open_room(0, 0, &[]);
    late_fetch(&mut bench);
    add(&mut bench, &[1]);
    bench.run_until_sent(FrameKind::NotifyWelcome);
    bench.wish(0, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(bench.counted(provider(0), counters::TREES_GONE), 1);
    assert!(bench.unprocessable(1).contains(&reasons::TREE_GONE.id));
    assert_eq!(externals(&bench), 1);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn as_many_past_epochs_are_there_as_the_policy_says() {
    let mut bench = bench(&[0, 1], &["policy.tree_epochs=2"]);
    bench.open_room(0, 0, &[]);
    late_fetch(&mut bench);
    add(&mut bench, &[1]);
    bench.run_until_sent(FrameKind::NotifyWelcome);
    for _ in 0..2 {
        bench.wish(0, Action::Update { room: ROOM });
    }
    bench.run();
    assert_eq!(bench.counted(provider(0), counters::TREES_GONE), 0);
    assert_eq!(externals(&bench), 0);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn who_joins_from_outside_and_comes_too_late_asks_for_another_group_info() {
    // At a provider that has not fetched it for others.
    let mut bench = bench(&[0, 1, 2], &["policy.tree_epochs=0"]);
    bench.open_room(0, 0, &[1]);
    late_fetch(&mut bench);
    bench.wish(2, Action::JoinExternal { room: ROOM });
    bench.run_until_sent(FrameKind::GroupInfoResponse);
    bench.wish(0, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(bench.counted(provider(0), counters::TREES_GONE), 1);
    assert_eq!(sent(&bench, FrameKind::GroupInfoRequest, client(2)), 2);
    assert_eq!(externals(&bench), 1);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// The hash of the tree is in the GroupInfo: another tree lets nobody in. Whoever comes again for it is not given the same again.
#[test]
fn another_tree_lets_nobody_in() {
    for to in [client(1), provider(1)] {
        let mut bench = bench(&[0, 1], &[]);
        let flip: fn(&mut Vec<u8>) = |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        };
        bench.fault(Fault::damage(FrameKind::RatchetTree, flip).to(to));
        bench.wish(0, Action::Create { room: ROOM });
        bench.run();
        add(&mut bench, &[1]);
        bench.run();
        assert!(
            bench
                .unprocessable(1)
                .contains(&reasons::WELCOME_REFUSED.id)
        );
        assert_eq!(externals(&bench), 1);
        bench.assert_alive(0, &[0, 1]);
    }
}

/// A URL may be for the room and from elsewhere; the hub says so only by mistake.
#[test]
fn a_tree_from_where_the_group_has_none_is_not_joined_by() {
    let mut bench = bench(&[0, 1], &[]);
    bench.wish(0, Action::Create { room: ROOM });
    bench.run();
    // `p0.example` becomes `q0.example`, of which nobody knows.
    let elsewhere: fn(&mut Vec<u8>) = |bytes| {
        let host = b"https://p0.example";
        let url = bytes.windows(host.len()).position(|part| part == host);
        bytes[url.expect("a URL") + 8] = b'q';
    };
    bench.fault(Fault::damage(FrameKind::NotifyWelcome, elsewhere).to(client(1)));
    add(&mut bench, &[1]);
    bench.run();
    assert_eq!(
        sent(&bench, FrameKind::RatchetTreeRequest, provider(1)),
        1,
        "the one from outside"
    );
    assert!(bench.unprocessable(1).contains(&reasons::TREE_GONE.id));
    assert_eq!(externals(&bench), 1);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn a_hub_that_is_restarted_has_given_nobody_a_url() {
    let mut bench = bench(&[0, 1], &[]);
    bench.open_room(0, 0, &[]);
    late_fetch(&mut bench);
    add(&mut bench, &[1]);
    bench.run_until_sent(FrameKind::NotifyWelcome);
    bench.run_for(SimSpan::from_secs(1));
    bench.restart(0, &[0]);
    bench.run();
    assert_eq!(bench.counted(provider(0), counters::TREES_GONE), 1);
    assert_eq!(externals(&bench), 1);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn every_request_for_a_tree_and_every_answer_can_be_lost_between_providers() {
    for kind in [FrameKind::RatchetTreeRequest, FrameKind::RatchetTree] {
        let mut bench = bench(&[0, 1, 1], &[]);
        let faults = [
            Fault::lose(kind).to(provider(0)),
            Fault::lose(kind).from(provider(0)),
        ];
        faults.into_iter().for_each(|fault| bench.fault(fault));
        bench.open_room(0, 0, &[1, 2]);
        assert_eq!(externals(&bench), 0);
        bench.assert_alive(0, &[0, 1, 2]);
    }
}
