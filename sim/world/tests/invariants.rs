//! Each invariant fires when a party breaks it.

use crate::common;

use common::{run_with, scenario};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use throng_mimi::framed::Framed;
use throng_mimi::vocabulary::subjects;
use throng_mimi::wire::FrameKind;
use throng_record::invariants::{AGREE, DELIVERED, EXCLUDED, ONE_COMMIT};
use throng_stack::{Fact, Peer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_world::SimError;

const HUB: Peer = Peer::Provider(ProviderId(0));

fn broken(result: Result<throng_record::Record, SimError>) -> (&'static str, String) {
    match result {
        Err(SimError::Invariant { name, replay, .. }) => (name, replay),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("nothing fired"),
    }
}

#[test]
fn a_client_with_another_epoch_authenticator_is_found() {
    let scenario = scenario("creator-adds-all", &["rooms.size=6", "users.count=6"]);
    let result = run_with(&scenario, Peer::Client(ClientId(3)), |_, out| {
        for fact in &mut out.facts {
            if let Fact::Reached {
                digest: Some(value),
                ..
            } = fact
            {
                value[0] ^= 1;
            }
        }
    });
    let (name, replay) = broken(result);
    assert_eq!(name, AGREE);
    assert!(replay.contains("--seed"), "{replay}");
}

#[test]
fn a_hub_that_accepts_two_commits_in_one_epoch_is_found() {
    let scenario = scenario("creator-adds-all", &["rooms.size=6", "users.count=6"]);
    let result = run_with(&scenario, HUB, |_, out| {
        let again: Vec<Fact> = out
            .facts
            .iter()
            .filter(
                |o| matches!(o, Fact::Accepted(accepted) if *accepted.subject == subjects::COMMIT),
            )
            .cloned()
            .collect();
        out.facts.extend(again);
    });
    assert_eq!(broken(result).0, ONE_COMMIT);
}

#[test]
fn a_provider_that_forgets_to_deliver_is_found() {
    let scenario = scenario("creator-adds-all", &["rooms.size=6", "users.count=6"]);
    let dropped = Arc::new(AtomicBool::new(false));
    let result = run_with(&scenario, HUB, move |_, out| {
        out.sends.retain(|(_, envelope)| {
            let forget = envelope.packet.frame_kind() == Some(FrameKind::NotifyCommit)
                && !dropped.swap(true, Ordering::Relaxed);
            !forget
        });
    });
    assert_eq!(broken(result).0, DELIVERED);
}

#[test]
fn a_client_that_handles_an_event_twice_is_found() {
    let scenario = scenario("creator-adds-all", &["rooms.size=6", "users.count=6"]);
    let result = run_with(&scenario, Peer::Client(ClientId(2)), |_, out| {
        let again = out
            .facts
            .iter()
            .find(|o| matches!(o, Fact::Handled { .. }))
            .cloned();
        out.facts.extend(again);
    });
    assert_eq!(broken(result).0, DELIVERED);
}

#[test]
fn a_client_that_decrypts_after_its_removal_is_found() {
    let scenario = scenario(
        "half-blank",
        &["rooms.size=6", "users.count=6", "rooms.count=1"],
    );
    let epoch = Arc::new(AtomicU32::new(0));
    let removed: Arc<Mutex<Option<RoomId>>> = Arc::default();
    let bend = move |out: &mut throng_stack::Outputs| {
        let mut later = Vec::new();
        for fact in &out.facts {
            match fact {
                Fact::Reached { state: reached, .. } => {
                    epoch.store(*reached as u32, Ordering::Relaxed)
                }
                Fact::Excluded { room } => *removed.lock().expect("no panic") = Some(*room),
                _ => {}
            }
        }
        if let Some(room) = removed.lock().expect("no panic").take() {
            let next = u64::from(epoch.load(Ordering::Relaxed)) + 1;
            later.push(Fact::Read {
                room,
                event: 0,
                subject: &throng_mimi::vocabulary::subjects::MESSAGE,
                state: next,
                bytes: 1,
            });
        }
        out.facts.extend(later);
    };
    // Every second member is removed; bend each client so that whoever that is gives itself away.
    let fired = (0..6).any(|client| {
        let bend = bend.clone();
        match run_with(&scenario, Peer::Client(ClientId(client)), move |_, out| {
            bend(out)
        }) {
            Err(SimError::Invariant { name, .. }) => name == EXCLUDED,
            _ => false,
        }
    });
    assert!(fired, "nobody was removed, or nothing fired");
}

/// A client that is removed and added again while it is offline reads, when it is back, what waited from
/// its earlier stay: no invariant may call that a leak.
#[test]
fn a_client_removed_and_added_again_while_offline_may_read_what_waited() {
    let scenario = scenario(
        "small",
        &[
            "seed=4",
            "churn.join_by=add",
            "duration=15min",
            "policy.key_packages=10",
        ],
    );
    let record = common::run_on(&scenario, 2);
    assert!(record.counts.messages_decrypted > 0);
}
