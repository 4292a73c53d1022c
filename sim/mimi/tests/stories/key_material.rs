//! What becomes of KeyPackages: pools that run dry and are filled again, the one of last resort, lifetimes, and how often one may ask.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::framed::Framed;
use throng_mimi::vocabulary::counters;
use throng_mimi::wire::{ClientKeyMaterial, ClientMaterial, Frame, FrameKind, KeyMaterialUserCode};
use throng_mls::wire::MlsBytes;
use throng_stack::{Fact, Input};
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const HOUR: SimSpan = SimSpan::from_secs(3600);

/// Users 0 and 2 at the first provider, each with a room there; user 1 at the second.
fn bench(policy: &[&str]) -> Bench {
    let mut bench = Bench::new(&[0, 1, 0], &[(0, 0), (0, 2), (0, 0)], policy);
    for (room, creator) in [(0, 0), (1, 2), (2, 0)] {
        bench.open_room(room, creator, &[]);
    }
    bench
}

/// User 0 asks for KeyPackages of user 1.
fn look_up(bench: &mut Bench) {
    let user = UserId(1);
    bench.wish(0, Action::LookUp { room: ROOM, user });
    bench.run();
}

fn add(bench: &mut Bench, room: u32, creator: u32) {
    let (room, users) = (RoomId(room), vec![UserId(1)]);
    bench.wish(creator, Action::Add { room, users });
    bench.run();
}

fn handed_out(bench: &Bench) -> (u64, u64) {
    let of = |what| bench.counted(provider(1), what);
    (
        of(counters::KEY_PACKAGES_USED),
        of(counters::KEY_PACKAGES_EXHAUSTED),
    )
}

/// How often client 1 has published.
fn uploads(bench: &Bench) -> usize {
    bench.carried(FrameKind::PublishKeyPackages).count()
}

#[test]
fn a_pool_of_five_is_dry_after_five_requests_and_full_when_its_client_is_back() {
    let mut bench = bench(&["policy.key_packages=5"]);
    bench.wish(1, Action::Offline);
    bench.run();
    for asked in 1..=7u64 {
        look_up(&mut bench);
        assert_eq!(handed_out(&bench), (asked.min(5), asked.saturating_sub(5)));
    }
    assert_eq!(
        bench.counted(client(0), counters::KEY_PACKAGES_LOOKED_UP),
        5
    );
    // It was told once, when two were left, and hears of it now.
    assert_eq!(uploads(&bench), 0);
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(uploads(&bench), 1);
    add(&mut bench, 0, 0);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn a_client_that_is_never_told_does_not_fill_its_pool() {
    let mut bench = bench(&["policy.key_packages=2", "policy.key_packages_low=0"]);
    for _ in 0..3 {
        look_up(&mut bench);
    }
    assert_eq!(handed_out(&bench), (2, 1));
    assert_eq!(uploads(&bench), 0);
    add(&mut bench, 0, 0);
    assert_eq!(
        bench.skipped(0),
        ["nobody-to-add:-no-KeyPackage,-or-members-already"]
    );
}

#[test]
fn the_one_of_last_resort_adds_a_client_to_several_rooms_and_is_then_replaced() {
    let mut bench = bench(&["policy.key_packages=1", "policy.last_resort=true"]);
    bench.wish(1, Action::Offline);
    bench.run();
    look_up(&mut bench);
    add(&mut bench, 0, 0);
    // Its provider's process ends in between, and has to know whose it was.
    bench.restart(1, &[]);
    add(&mut bench, 1, 2);
    assert_eq!(handed_out(&bench), (3, 0));
    let last_resort = bench.counted(provider(1), counters::KEY_PACKAGES_LAST_RESORT);
    assert_eq!(last_resort, 2);
    bench.wish(1, Action::Online);
    bench.run();
    for (room, creator) in [(0, 0), (1, 2)] {
        bench.assert_alive(room, &[creator, 1]);
    }
    // It was told before the process ended and after, so two uploads are for the pool. The third is the new one of last resort.
    assert_eq!(uploads(&bench), 3);
    bench.wish(1, Action::Offline);
    bench.run();
    look_up(&mut bench);
    look_up(&mut bench);
    // The new one works as the first did, for a client that goes on from what was written of it.
    bench.rest(1, 1);
    add(&mut bench, 2, 0);
    let last_resort = bench.counted(provider(1), counters::KEY_PACKAGES_LAST_RESORT);
    assert_eq!(last_resort, 3);
    bench.wish(1, Action::Online);
    bench.run();
    bench.assert_alive(2, &[0, 1]);
}

#[test]
fn what_has_ended_is_not_handed_out_and_is_replaced_when_its_client_is_back() {
    let policy = [
        "policy.key_packages=3",
        "policy.key_package_lifetime=1h",
        "policy.last_resort=true",
    ];
    let mut bench = bench(&policy);
    bench.wish(1, Action::Offline);
    bench.run_for(HOUR);
    look_up(&mut bench);
    assert_eq!(handed_out(&bench), (0, 1));
    let expired = bench.counted(provider(1), counters::KEY_PACKAGES_EXPIRED);
    assert_eq!(expired, 4, "that of last resort too");
    bench.wish(1, Action::Online);
    bench.run();
    add(&mut bench, 0, 0);
    bench.assert_alive(0, &[0, 1]);
}

/// RFC 9420, section 7.3: whoever adds a client looks at its leaf's lifetime.
#[test]
fn nobody_adds_a_client_whose_key_package_has_ended_on_its_way() {
    let mut bench = bench(&["policy.key_package_lifetime=1h"]);
    bench.fault(Fault::late(FrameKind::KeyMaterialResponse, HOUR).from(provider(1)));
    add(&mut bench, 0, 0);
    let expected = [
        "a-KeyPackage-whose-lifetime-does-not-hold",
        "nobody-to-add:-no-KeyPackage,-or-members-already",
    ];
    assert_eq!(bench.skipped(0), expected);
}

#[test]
fn who_asks_too_often_gets_nothing_and_others_do() {
    let mut bench = bench(&["policy.key_material_limit=2"]);
    let refused = |bench: &Bench| {
        let too_many = "more-requests-for-KeyPackages-than-one-user-may-make";
        bench.count(
            provider(1),
            |fact| matches!(fact, Fact::Refused { reason, .. } if reason.id == too_many),
        )
    };
    for _ in 0..3 {
        look_up(&mut bench);
    }
    assert_eq!((handed_out(&bench), refused(&bench)), ((2, 0), 1));
    // It is turned down with the draft's code, which is no longer than any answer without KeyPackages.
    let answers = bench.carried(FrameKind::KeyMaterialResponse);
    let lengths: Vec<u64> = answers
        .filter(|answer| answer.from == provider(1))
        .map(|answer| answer.bytes)
        .collect();
    assert!(lengths[2] < lengths[1] / 2, "{lengths:?}");
    add(&mut bench, 1, 2);
    bench.assert_alive(1, &[2, 1]);
    bench.run_for(SimSpan::from_secs(1800));
    look_up(&mut bench);
    assert_eq!((handed_out(&bench), refused(&bench)), ((4, 0), 1));
}

#[test]
fn nobody_looks_anybody_up_while_offline_or_from_outside() {
    let mut bench = bench(&[]);
    bench.wish(
        1,
        Action::LookUp {
            room: ROOM,
            user: UserId(0),
        },
    );
    bench.wish(0, Action::Offline);
    look_up(&mut bench);
    let reason = "a-look-up-that-could-not-be-made:-offline,-or-no-member";
    assert_eq!(
        (bench.skipped(0), bench.skipped(1)),
        (vec![reason], vec![reason])
    );
    assert_eq!(bench.carried(FrameKind::KeyMaterialRequest).count(), 0);
}

/// Of a user with two devices one has nothing left: the answer says so of each, and who can be added is.
#[test]
fn of_a_user_whose_devices_have_not_all_something_left_the_others_are_added() {
    let mut bench = bench(&["policy.key_packages=2"]);
    bench.wish(1, Action::Offline);
    bench.run();
    for _ in 0..2 {
        look_up(&mut bench);
    }
    assert_eq!(handed_out(&bench), (2, 0));
    let second = bench.add_device(1, &[]);
    bench.run();
    bench.hear(client(0));
    add(&mut bench, 0, 0);
    assert_eq!(handed_out(&bench), (3, 1));
    let heard = bench.heard().into_iter();
    let answers = heard.filter_map(|(_, input, _)| match input {
        Input::Envelope(envelope) => match envelope.packet.open::<MlsBytes>() {
            Ok(Frame::KeyMaterialResponse(response)) => Some(response),
            _ => None,
        },
        _ => None,
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].user_status, KeyMaterialUserCode::PartialSuccess);
    let exhausted = |client: &ClientKeyMaterial<MlsBytes>| {
        matches!(client.material, ClientMaterial::KeyMaterialExhausted)
    };
    let exhausted = answers[0].clients.iter().map(exhausted);
    assert_eq!(exhausted.collect::<Vec<bool>>(), [true, false]);
    bench.assert_converged(0, &[0, second]);
    assert_eq!(bench.epoch(0, 1), None);
}
