//! What of a run goes into its fingerprint: structure, lengths and times, never secret-dependent bytes.

use crate::audience::Delivered;
use crate::kernel::entity::EntityId;
use crate::kernel::fingerprint::Fingerprint;
use crate::mimi::observation::Observation;
use crate::mimi::participant::Broadcast;
use crate::world::node::Handled;
use throng_workloads::time::SimTime;

/// Kinds of entries in the trace; the numbers are part of every fingerprint.
mod kind {
    pub(super) const RECEIVED: u16 = 1;
    pub(super) const SENT: u16 = 2;
    pub(super) const DONE: u16 = 3;
    pub(super) const HEARD: u16 = 4;
    pub(super) const OBSERVED: u16 = 16;
}

/// Enter what one input came to.
pub fn enter(fingerprint: &mut Fingerprint, now: SimTime, entity: EntityId, handled: &Handled) {
    let who = entity;
    if let Some(received) = &handled.received {
        let sizes = [
            received.kind.index() as u64,
            received.bytes,
            u64::from(received.lost),
        ];
        fingerprint.record(now, who, kind::RECEIVED, &sizes);
    }
    fingerprint.record(
        handled.done,
        who,
        kind::DONE,
        &[handled.waited.as_nanos(), handled.service.as_nanos()],
    );
    for sent in &handled.sent {
        let t = &sent.transmission;
        let sizes = [
            sent.kind.index() as u64,
            sent.bytes,
            t.sent_bytes,
            t.arrival.as_nanos(),
        ];
        fingerprint.record(handled.done, who, kind::SENT, &sizes);
    }
    for observation in &handled.observations {
        observe(fingerprint, handled.done, who, observation);
    }
}

/// Enter what became of a broadcast, which left at `departure`.
pub fn heard(
    fingerprint: &mut Fingerprint,
    departure: SimTime,
    provider: EntityId,
    broadcast: &Broadcast,
    delivered: &Delivered,
) {
    let sizes = [
        broadcast.room.0.into(),
        broadcast.event,
        broadcast.acknowledgements,
        delivered.count(),
        delivered.digest,
        delivered.last.as_nanos(),
        delivered.cpu.as_nanos(),
        delivered.traffic.lost_bytes,
        delivered.traffic.duplicates,
    ];
    fingerprint.record(departure, provider, kind::HEARD, &sizes);
}

fn observe(fingerprint: &mut Fingerprint, time: SimTime, who: EntityId, observation: &Observation) {
    use Observation as O;
    let (code, sizes): (u16, [u64; 6]) = match observation {
        O::RoomCreated { room, .. } => (0, [room.0.into(), 0, 0, 0, 0, 0]),
        O::CommitAccepted(commit) => return commit_accepted(fingerprint, time, who, commit),
        O::ProposalAccepted {
            room,
            event,
            receivers,
            passive,
            ..
        } => (
            2,
            [
                room.0.into(),
                *event,
                receivers.len() as u64 + passive,
                0,
                0,
                0,
            ],
        ),
        O::MessageAccepted {
            room,
            event,
            receivers,
            passive,
            ..
        } => (
            3,
            [
                room.0.into(),
                *event,
                receivers.len() as u64 + passive,
                0,
                0,
                0,
            ],
        ),
        O::WrongEpoch { room, request } => (
            4,
            [
                room.0.into(),
                request.client.0.into(),
                request.number.into(),
                0,
                0,
                0,
            ],
        ),
        O::HandshakeRefused { room, request, .. } => (
            5,
            [
                room.0.into(),
                request.client.0.into(),
                request.number.into(),
                0,
                0,
                0,
            ],
        ),
        O::EpochTooOld { room } => (6, [room.0.into(), 0, 0, 0, 0, 0]),
        O::KeyPackagesTaken {
            used,
            exhausted,
            expired,
        } => (
            7,
            [
                (*used).into(),
                (*exhausted).into(),
                (*expired).into(),
                0,
                0,
                0,
            ],
        ),
        O::KeyPackagesPublished { count } => (8, [(*count).into(), 0, 0, 0, 0, 0]),
        O::CommitSent {
            room,
            request,
            wanted,
            attempt,
        } => (
            9,
            [
                room.0.into(),
                request.number.into(),
                wanted.as_nanos(),
                (*attempt).into(),
                0,
                0,
            ],
        ),
        O::MessageSent {
            room,
            request,
            wanted,
        } => (
            10,
            [
                room.0.into(),
                request.number.into(),
                wanted.as_nanos(),
                0,
                0,
                0,
            ],
        ),
        O::EpochReached {
            room,
            epoch,
            joined,
            ..
        } => (11, [room.0.into(), *epoch, u64::from(*joined), 0, 0, 0]),
        O::EventHandled { room, event } => (12, [room.0.into(), *event, 0, 0, 0, 0]),
        O::Decrypted {
            room,
            event,
            epoch,
            bytes,
        } => (13, [room.0.into(), *event, *epoch, (*bytes).into(), 0, 0]),
        O::Unprocessable { room, .. } => (14, [room.0.into(), 0, 0, 0, 0, 0]),
        O::JoinWanted { room, user, wanted } => (
            15,
            [room.0.into(), user.0.into(), wanted.as_nanos(), 0, 0, 0],
        ),
        O::ExternalJoinWanted { room, wanted } => {
            (16, [room.0.into(), wanted.as_nanos(), 0, 0, 0, 0])
        }
        O::LeaveProposed { room, wanted } => (17, [room.0.into(), wanted.as_nanos(), 0, 0, 0, 0]),
        O::Removed { room } => (18, [room.0.into(), 0, 0, 0, 0, 0]),
        O::Online { online } => (19, [u64::from(*online), 0, 0, 0, 0, 0]),
        O::CaughtUp { since } => (20, [since.as_nanos(), 0, 0, 0, 0, 0]),
        O::Skipped { .. } => (21, [0; 6]),
    };
    fingerprint.record(time, who, kind::OBSERVED + code, &sizes);
}

fn commit_accepted(
    fingerprint: &mut Fingerprint,
    time: SimTime,
    who: EntityId,
    commit: &crate::mimi::observation::CommitAccepted,
) {
    let effect = &commit.effect;
    let health = &effect.health;
    let mut sizes = vec![
        commit.room.0.into(),
        commit.event,
        effect.epoch,
        effect.committer_leaf.into(),
        u64::from(effect.external),
        u64::from(effect.path),
        effect.ciphertexts.into(),
        commit.commit_bytes,
        commit.welcome_bytes,
        health.members.into(),
        health.leaves.into(),
        health.blank_leaves.into(),
        health.blank_parents.into(),
        health.unmerged_leaves.into(),
        health.ciphertexts_sum,
    ];
    for leaves in [
        effect
            .adds
            .iter()
            .map(|(leaf, _)| *leaf)
            .collect::<Vec<u32>>(),
        effect.removes.iter().map(|(leaf, _)| *leaf).collect(),
        effect.updates.clone(),
    ] {
        sizes.push(leaves.len() as u64);
        sizes.extend(leaves.into_iter().map(u64::from));
    }
    fingerprint.record(time, who, kind::OBSERVED + 1, &sizes);
}
