//! Those who are asked before they are added.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::vocabulary::{counters, reasons};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Party, WishKind};
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const ASKED: &[&str] = &[
    "policy.consent=asked",
    "policy.consent_delay=60s",
    "policy.request_timeout=10s",
];
const REFUSED: &str = "policy.consent_refused=1";
const FOR_ROOM: &str = "policy.consent=asked-for-room";

/// User 0 is alone in room 0 of its provider, 1 and 2 are at another, and 3 is at the first.
fn alone(more: &[&str]) -> Bench {
    let mut bench = Bench::new(&[0, 1, 1, 0], &[(0, 0), (0, 0)], &[ASKED, more].concat());
    for room in [0, 1] {
        bench.open_room(room, 0, &[]);
    }
    bench
}

fn add(bench: &mut Bench, room: u32, users: &[u32]) {
    let users = users.iter().copied().map(UserId).collect();
    let room = RoomId(room);
    bench.wish(0, Action::Add { room, users });
}

/// How many were asked, gave it, and refused, at both providers.
fn answers(bench: &Bench) -> [u64; 3] {
    let counters = [
        counters::CONSENTS_ASKED,
        counters::CONSENTS_GIVEN,
        counters::CONSENTS_REFUSED,
    ];
    counters
        .map(|counter| bench.counted(provider(0), counter) + bench.counted(provider(1), counter))
}

fn sent(bench: &Bench, kind: FrameKind) -> usize {
    let between = bench.carried(kind);
    let between = between.filter(|one| one.from == provider(0) || one.from == provider(1));
    between.count()
}

#[test]
fn who_is_asked_and_consents_is_added() {
    let mut bench = alone(&[]);
    add(&mut bench, 0, &[1, 2, 3]);
    bench.run_for(SimSpan::from_secs(30));
    // Meanwhile all else goes on, and all three are still wanted.
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 9,
        },
    );
    bench.run_for(SimSpan::from_secs(1));
    assert_eq!(answers(&bench), [3, 0, 0]);
    let open = bench.clients.values().flat_map(Party::open_wishes);
    let open: Vec<WishKind> = open.map(|wish| wish.kind).collect();
    assert_eq!(open, [WishKind::Join; 3]);
    bench.run();
    assert_eq!(answers(&bench), [3, 3, 0]);
    bench.assert_converged(0, &[0, 1, 2, 3]);
    assert_eq!(bench.skipped(0), [""; 0]);
    // What is between providers goes from one to the other.
    assert_eq!(sent(&bench, FrameKind::RequestConsentResponse), 2 + 3);
    assert!(
        bench
            .carried(FrameKind::UpdateConsent)
            .any(|one| one.from == provider(1) && one.to == provider(0))
    );
    // In another room, nobody is asked again.
    add(&mut bench, 1, &[1, 3]);
    bench.run();
    bench.assert_converged(1, &[0, 1, 3]);
    assert_eq!(answers(&bench), [3, 3, 0]);
}

#[test]
fn who_consents_to_one_room_is_asked_for_the_next() {
    let mut bench = alone(&[FOR_ROOM]);
    add(&mut bench, 0, &[1]);
    bench.run();
    bench.assert_converged(0, &[0, 1]);
    assert_eq!(answers(&bench), [1, 1, 0]);
    add(&mut bench, 1, &[1]);
    bench.run();
    bench.assert_converged(1, &[0, 1]);
    assert_eq!(answers(&bench), [2, 2, 0]);
}

#[test]
fn who_refuses_is_not_added_and_not_asked_again() {
    let mut bench = alone(&[REFUSED]);
    add(&mut bench, 0, &[1, 3]);
    bench.run();
    assert_eq!(answers(&bench), [2, 0, 2]);
    assert_eq!(bench.skipped(0), [reasons::CONSENT_REFUSED.id; 2]);
    add(&mut bench, 0, &[1]);
    bench.run();
    assert_eq!(answers(&bench), [2, 0, 2]);
    assert_eq!(bench.skipped(0), [reasons::CONSENT_REFUSED.id; 3]);
    bench.assert_converged(0, &[0]);
}

/// Whatever is lost between providers, and whoever is restarted meanwhile.
#[test]
fn words_about_consent_come_once_whatever_is_lost() {
    use FrameKind as K;
    for kind in [
        K::RequestConsent,
        K::RequestConsentResponse,
        K::UpdateConsent,
        K::UpdateConsentResponse,
    ] {
        for restarted in [None, Some(0), Some(1)] {
            let mut bench = alone(&[]);
            bench.lose_and_double(kind);
            add(&mut bench, 0, &[1, 3]);
            bench.run_for(SimSpan::from_secs(5));
            if let Some(id) = restarted {
                let own: &[u32] = if id == 0 { &[0, 3] } else { &[1, 2] };
                bench.restart(id, own);
            }
            bench.run();
            bench.assert_converged(0, &[0, 1, 3]);
            assert_eq!(answers(&bench), [2, 2, 0], "{kind} {restarted:?}");
            assert_eq!(bench.skipped(0), [""; 0]);
        }
    }
}

#[test]
fn who_is_away_is_told_when_it_is_back() {
    let mut bench = alone(&[]);
    add(&mut bench, 0, &[1]);
    bench.run_for(SimSpan::from_secs(5));
    bench.wish(0, Action::Offline);
    bench.run();
    assert_eq!(answers(&bench), [1, 1, 0]);
    bench.wish(0, Action::Online);
    bench.run();
    bench.assert_converged(0, &[0, 1]);
}

/// Whoever is removed before the answer asks no more, and the other is not troubled.
#[test]
fn who_cannot_add_anybody_any_more_cancels() {
    let mut bench = alone(&[]);
    add(&mut bench, 0, &[3]);
    bench.run();
    let users = vec![UserId(1)];
    bench.wish(3, Action::Add { room: ROOM, users });
    bench.run_for(SimSpan::from_secs(5));
    assert_eq!(answers(&bench), [2, 1, 0]);
    bench.wish(
        0,
        Action::Remove {
            room: ROOM,
            user: UserId(3),
        },
    );
    bench.run();
    assert_eq!(answers(&bench), [2, 1, 0], "nobody is there to be answered");
    assert_eq!(bench.skipped(3), [reasons::REMOVED_BEFORE_CHANGE.id]);
    assert_eq!(
        bench.count(client(1), |fact| matches!(fact, Fact::Reached { .. })),
        0
    );
}

const WITH_KEY_PACKAGES: &str = "policy.consent_key_packages=true";

/// How many KeyPackages came with consent, and how many were handed out at all, at both providers.
fn key_packages(bench: &Bench) -> (u64, u64) {
    let [granted, used] = [counters::KEY_PACKAGES_GRANTED, counters::KEY_PACKAGES_USED]
        .map(|counter| bench.counted(provider(0), counter) + bench.counted(provider(1), counter));
    (granted, used)
}

fn asked_for(bench: &Bench) -> usize {
    let asked = bench.carried(FrameKind::KeyMaterialRequest);
    asked.filter(|one| one.from == client(0)).count()
}

#[test]
fn key_packages_come_with_consent_and_nobody_asks_for_them() {
    let told = |overrides: &[&str]| {
        let mut bench = alone(overrides);
        add(&mut bench, 0, &[1, 2, 3]);
        bench.run();
        bench.assert_alive(0, &[0, 1, 2, 3]);
        (asked_for(&bench), key_packages(&bench))
    };
    // Who is not allowed it yet asks once, and without KeyPackages once more.
    assert_eq!(told(&[]), (6, (0, 3)));
    assert_eq!(told(&[WITH_KEY_PACKAGES]), (3, (3, 3)));
}

/// A KeyPackage adds a client to one group: of several who wait for the same consent one has it, and the others ask.
#[test]
fn key_packages_that_come_with_consent_are_used_once() {
    let mut bench = alone(&[WITH_KEY_PACKAGES]);
    for room in [0, 1] {
        add(&mut bench, room, &[1]);
    }
    bench.fault(Fault::twice(FrameKind::UpdateConsent).from(provider(1)));
    bench.run();
    for room in [0, 1] {
        bench.assert_alive(room, &[0, 1]);
    }
    assert_eq!(key_packages(&bench), (1, 2));
    assert_eq!(asked_for(&bench), 3);
    assert_eq!(bench.skipped(0), [""; 0]);
}

/// Nor does a request that comes twice take more of them, whether its answer is under way or has been heard.
#[test]
fn a_request_that_comes_twice_takes_key_packages_once() {
    // The user answers at once, so that what comes again comes after the grant.
    let taken = |twice: bool| {
        let mut bench = alone(&[WITH_KEY_PACKAGES, "policy.consent_delay=0s"]);
        if twice {
            // Both are answered, and neither answer comes: it is asked once more.
            bench.fault(Fault::twice(FrameKind::RequestConsent).from(provider(0)));
            bench.fault(
                Fault::lose(FrameKind::RequestConsentResponse)
                    .from(provider(1))
                    .times(2),
            );
        }
        add(&mut bench, 0, &[1]);
        bench.run();
        bench.assert_alive(0, &[0, 1]);
        let told = bench.carried(FrameKind::UpdateConsent);
        let told = told.filter(|one| one.from == provider(1)).count();
        (key_packages(&bench), told)
    };
    let (once, told) = taken(false);
    assert_eq!((once, told), ((1, 1), 1));
    let (twice, told) = taken(true);
    assert_eq!(twice, once);
    assert!(told > 1, "it was granted again");
}

/// Consent is there all the same where there are no KeyPackages, or no more for this one.
#[test]
fn consent_comes_without_key_packages_where_there_are_none() {
    let mut bench = alone(&[
        WITH_KEY_PACKAGES,
        "policy.key_material_limit=1",
        "policy.key_material_period=10h",
    ]);
    add(&mut bench, 0, &[1, 2]);
    bench.run();
    assert_eq!(answers(&bench), [2, 2, 0]);
    let (granted, used) = key_packages(&bench);
    assert_eq!((granted, used), (1, 1), "one a period");
    let joined = [1, 2].map(|of| bench.epoch(0, of).is_some());
    assert_eq!(joined.iter().filter(|joined| **joined).count(), 1);
}
