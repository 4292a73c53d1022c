//! Becoming a member: by Welcome, and from outside.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::vocabulary::reasons;
use throng_mimi::wire::FrameKind;
use throng_mls::accepted::AcceptedCommit;
use throng_stack::Fact;
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);

#[test]
fn one_commit_adds_people_of_two_providers_by_welcome() {
    let mut bench = Bench::new(&[0, 0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2, 3]);
    assert_eq!(bench.epoch(0, 0).map(|(epoch, _)| epoch), Some(1));
    // The hub sends the Welcome once to the other provider, which gives it to both of its clients.
    let to = |peer| {
        bench
            .carried(FrameKind::NotifyWelcome)
            .filter(move |c| c.to == peer)
    };
    assert_eq!(to(provider(1)).count(), 1);
    assert_eq!([1, 2, 3].map(|of| to(client(of)).count()), [1, 1, 1]);
    bench.assert_alive(0, &[0, 1, 2, 3]);
}

/// The hub cuts a Welcome for each provider, and a provider for each of its clients, who get as much however many are added.
#[test]
fn each_who_is_added_gets_what_is_for_it_alone() {
    let each = ["policy.welcome=each"];
    let lengths = |overrides: &[&str]| {
        let mut bench = Bench::new(&[0, 0, 1, 1, 1], &[(0, 0)], overrides);
        bench.open_room(0, 0, &[1, 2, 3, 4]);
        bench.assert_alive(0, &[0, 1, 2, 3, 4]);
        let to = |peer| {
            let all = bench.carried(FrameKind::NotifyWelcome);
            let bytes: Vec<u64> = all.filter(|c| c.to == peer).map(|c| c.bytes).collect();
            assert_eq!(bytes.len(), 1, "one each");
            bytes[0]
        };
        let clients = [1, 2, 3, 4].map(|of| to(client(of)));
        assert_eq!(clients, [clients[0]; 4]);
        (to(provider(1)), clients[0])
    };
    let (whole_between, whole) = lengths(&[]);
    let (between, own) = lengths(&each);
    assert_eq!(whole_between, whole);
    // EncryptedGroupSecrets: a KeyPackageRef and an HPKECiphertext of the joiner secret, no path secret and no PSK.
    let secrets = (1 + 32) + (1 + 32) + (1 + (1 + 32) + 1 + 1 + 16);
    // The secrets' vector has two bytes of length from 64 bytes on.
    assert_eq!(whole - own, 3 * secrets);
    // Three of four are there.
    assert_eq!(whole_between - between, secrets);
}

/// What a client wants in a room it does in order, though it takes a while to find those who are to be added.
#[test]
fn what_is_said_after_an_addition_is_read_by_who_is_added() {
    let mut bench = Bench::new(&[0, 1, 2], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1]);
    let slow = Fault::late(FrameKind::KeyMaterialResponse, SimSpan::from_secs(30));
    bench.fault(slow.from(provider(2)));
    let users = vec![UserId(2)];
    bench.wish(0, Action::Add { room: ROOM, users });
    let bytes = 10;
    bench.wish(0, Action::Message { room: ROOM, bytes });
    bench.run();
    assert_eq!([bench.read_by(1), bench.read_by(2)], [1, 1]);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn a_new_device_joins_from_outside() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1]);
    let device = bench.add_device(1, &[0]);
    bench.run();
    let external = |o: &Fact| matches!(o, Fact::Accepted(a) if a.detail::<AcceptedCommit>().is_some_and(|c| c.effect.external));
    assert_eq!(bench.count(provider(0), external), 1);
    assert_eq!(
        bench
            .carried(FrameKind::NotifyWelcome)
            .filter(|c| c.to == client(device))
            .count(),
        0
    );
    bench.assert_alive(0, &[0, 1, device]);
}

#[test]
fn who_joins_before_the_room_exists_asks_again_until_it_does() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &["policy.backoff=1s"]);
    bench.wish(1, Action::JoinExternal { room: ROOM });
    bench.run_for(SimSpan::from_secs(10));
    assert!(bench.carried(FrameKind::GroupInfoRequest).count() > 2);
    assert_eq!(bench.epoch(0, 1), None);
    bench.wish(0, Action::Create { room: ROOM });
    bench.run();
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn two_who_join_from_outside_at_once_both_get_in() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[]);
    bench.wish(1, Action::JoinExternal { room: ROOM });
    bench.wish(2, Action::JoinExternal { room: ROOM });
    bench.run();
    // Both had the GroupInfo of one epoch: one lost, and came again with the next.
    let wrong =
        |o: &Fact| matches!(o, Fact::Refused { reason, .. } if **reason == reasons::WRONG_EPOCH);
    assert_eq!(bench.count(provider(0), wrong), 1);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn whoever_is_removed_can_be_added_again() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(
        0,
        Action::Remove {
            room: ROOM,
            user: UserId(1),
        },
    );
    bench.run();
    assert_eq!(bench.epoch(0, 1), None);
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 10,
        },
    );
    bench.wish(
        0,
        Action::Add {
            room: ROOM,
            users: vec![UserId(1)],
        },
    );
    bench.run();
    // What was wished in between is done now.
    assert_eq!(bench.read_by(0), 1);
    bench.assert_alive(0, &[0, 1, 2]);
}

/// A proposal may wait for longer than any KeyPackage lasts, while others are handed out: whoever is added by it gets the
/// Welcome all the same.
#[test]
fn a_welcome_finds_its_way_however_long_its_commit_takes() {
    let policy = [
        "policy.commit=propose",
        "policy.commit_delay=3h",
        "policy.committer=anyone",
        "policy.key_package_lifetime=1h",
    ];
    let second = SimSpan::from_secs(1);
    let other = RoomId(1);
    let mut bench = Bench::new(&[0; 67], &[(0, 0), (0, 1), (0, 65)], &policy);
    bench.wish(0, Action::Create { room: ROOM });
    bench.wish(1, Action::Create { room: other });
    bench.run_for(second);
    let add = |bench: &mut Bench, who: u32, room: RoomId, user: u32| {
        let users = vec![UserId(user)];
        bench.wish(who, Action::Add { room, users });
        bench.run_for(second);
    };
    for user in 1..=64 {
        add(&mut bench, 0, ROOM, user);
    }
    bench.run_for(second * 9_000);
    let committed = |o: &Fact| matches!(o, Fact::Accepted(accepted) if accepted.change.is_some());
    assert_eq!(bench.count(provider(0), committed), 0);
    // Whoever does something replaces its old KeyPackages.
    bench.wish(65, Action::Create { room: RoomId(2) });
    bench.run_for(second);
    add(&mut bench, 1, other, 65);
    bench.run();
    let all: Vec<u32> = (0..=64).collect();
    bench.assert_alive(0, &all);
}
