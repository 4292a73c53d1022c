//! Those who are known by their handles alone when somebody adds them.

use super::bench::{Bench, Fault, provider};
use throng_mimi::vocabulary::reasons;
use throng_mimi::wire::FrameKind;
use throng_stack::Party;
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const BY_HANDLE: &str = "policy.find=handle";
const HIDDEN: &str = "policy.findable=0";
const LOSSY: &str = "policy.request_timeout=10s";

/// User 0 is alone in room 0 of its provider, 1 and 2 are at another, and 3 is at the first.
fn alone(more: &[&str]) -> Bench {
    let mut bench = Bench::new(
        &[0, 1, 1, 0],
        &[(0, 0)],
        &[&[BY_HANDLE, LOSSY], more].concat(),
    );
    bench.open_room(0, 0, &[]);
    bench
}

fn add(bench: &mut Bench, users: &[u32]) {
    let users = users.iter().copied().map(UserId).collect();
    let room = RoomId(0);
    bench.wish(0, Action::Add { room, users });
}

/// How many queries went from provider to provider.
fn between(bench: &Bench) -> usize {
    let queries = bench.carried(FrameKind::IdentifierQuery);
    let queries = queries.filter(|one| one.from == provider(0) && one.to == provider(1));
    queries.count()
}

#[test]
fn who_is_found_by_handle_is_added() {
    let mut bench = alone(&[]);
    add(&mut bench, &[1, 2, 3]);
    bench.run();
    bench.assert_converged(0, &[0, 1, 2, 3]);
    // Whose provider is its own needs no other.
    assert_eq!(between(&bench), 2);
    assert_eq!(bench.carried(FrameKind::IdentifierResponse).count(), 2 + 3);
    assert_eq!(bench.skipped(0), [""; 0]);
    // Nobody asks for keys before it knows whose.
    let first = |kind| bench.carried(kind).map(|one| one.at).min();
    assert!(first(FrameKind::IdentifierResponse) < first(FrameKind::KeyMaterialRequest));
}

#[test]
fn who_does_not_want_to_be_found_is_not_added() {
    let mut bench = alone(&[HIDDEN]);
    add(&mut bench, &[1, 3]);
    bench.run();
    assert_eq!(bench.skipped(0), [reasons::NOT_FOUND.id; 2]);
    assert_eq!(bench.carried(FrameKind::KeyMaterialRequest).count(), 0);
    bench.assert_converged(0, &[0]);
    let open = bench.clients.values().flat_map(Party::open_wishes);
    assert_eq!(open.count(), 0);
}

/// Each decides for itself, and those who are found are added without the others.
#[test]
fn some_are_found_and_others_are_not() {
    let users: Vec<u16> = (0..13).map(|user| user % 2).collect();
    let overrides = [BY_HANDLE, LOSSY, "policy.findable=0.5"];
    let mut bench = Bench::new(&users, &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[]);
    let others: Vec<u32> = (1..13).collect();
    add(&mut bench, &others);
    bench.run();
    let there = |bench: &Bench| {
        let found = others.iter().filter(|of| bench.epoch(0, **of).is_some());
        found.copied().collect::<Vec<u32>>()
    };
    let found = there(&bench);
    assert!((1..12).contains(&found.len()), "{found:?}");
    assert_eq!(
        bench.skipped(0),
        vec![reasons::NOT_FOUND.id; 12 - found.len()]
    );
    // Whoever asks again hears the same.
    add(&mut bench, &others);
    bench.run();
    assert_eq!(there(&bench), found);
}

/// Whatever is lost between providers, and whoever is restarted meanwhile.
#[test]
fn somebody_is_found_whatever_is_lost() {
    for kind in [FrameKind::IdentifierQuery, FrameKind::IdentifierResponse] {
        for restarted in [None, Some(0), Some(1)] {
            let mut bench = alone(&[]);
            bench.lose_and_double(kind);
            add(&mut bench, &[1, 3]);
            bench.run_for(SimSpan::from_secs(5));
            if let Some(id) = restarted {
                let own: &[u32] = if id == 0 { &[0, 3] } else { &[1, 2] };
                bench.restart(id, own);
            }
            bench.run();
            bench.assert_converged(0, &[0, 1, 3]);
            assert_eq!(bench.skipped(0), [""; 0], "{kind} {restarted:?}");
        }
    }
}

/// Where no answer ever comes, that one is given up and the others are added.
#[test]
fn who_is_never_heard_of_is_given_up() {
    let mut bench = alone(&[]);
    let silence = Fault::lose(FrameKind::IdentifierQuery).to(provider(1));
    bench.fault(silence.times(100));
    add(&mut bench, &[1, 3]);
    bench.run();
    assert_eq!(bench.skipped(0), [reasons::FIND_UNANSWERED.id]);
    bench.assert_converged(0, &[0, 3]);
}

/// Who is asked for consent was found before, and is not looked for again.
#[test]
fn who_consents_is_found_once() {
    let mut bench = alone(&["policy.consent=asked", "policy.consent_delay=60s"]);
    add(&mut bench, &[1]);
    bench.run();
    bench.assert_converged(0, &[0, 1]);
    assert_eq!(between(&bench), 1);
}
