//! What of a run goes into its fingerprint: structure, lengths and times, never secret-dependent bytes.

use crate::handled::{Broadcast, Handled, Sent};
use crate::stand_ins::StandIns;
use throng_audience::Delivered;
use throng_kernel::entity::EntityId;
use throng_kernel::fingerprint::Fingerprint;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, MembershipWish};
use throng_workloads::time::SimTime;

/// Kinds of entries in the trace; the numbers are part of every fingerprint.
mod kind {
    pub(super) const RECEIVED: u16 = 1;
    pub(super) const SENT: u16 = 2;
    pub(super) const DONE: u16 = 3;
    pub(super) const HEARD: u16 = 4;
    pub(super) const NOTED: u16 = 16;
}

/// Enter what one input came to.
pub fn enter(
    fingerprint: &mut Fingerprint,
    now: SimTime,
    entity: EntityId,
    handled: &Handled,
    stand_ins: &StandIns,
) {
    let who = entity;
    for received in handled.all_received() {
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
    departed(fingerprint, handled.done, who, &handled.sent);
    for fact in &handled.facts {
        note(fingerprint, (handled.done, who), fact, stand_ins);
    }
}

/// Enter what left at this time.
pub fn departed(fingerprint: &mut Fingerprint, at: SimTime, who: EntityId, sent: &[Sent]) {
    for sent in sent {
        let t = &sent.transmission;
        let sizes = [
            sent.kind.index() as u64,
            sent.bytes,
            t.sent_bytes,
            t.arrival.as_nanos(),
        ];
        fingerprint.record(at, who, kind::SENT, &sizes);
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
        broadcast.acknowledgements(),
        delivered.count(),
        delivered.digest,
        delivered.last.as_nanos(),
        delivered.cpu.as_nanos(),
        delivered.traffic.lost_bytes,
        delivered.traffic.duplicates,
    ];
    fingerprint.record(departure, provider, kind::HEARD, &sizes);
}

fn note(
    fingerprint: &mut Fingerprint,
    (time, who): (SimTime, EntityId),
    fact: &Fact,
    stand_ins: &StandIns,
) {
    let mut enter = |code: u16, numbers: &[u64]| {
        fingerprint.record(time, who, kind::NOTED + code, numbers);
    };
    match fact {
        Fact::Opened { room, .. } => enter(0, &[room.0.into()]),
        Fact::Accepted(accepted) => {
            let code = match accepted.subject.class {
                SubjectClass::Change => 1,
                SubjectClass::Proposal => 2,
                SubjectClass::Message => 3,
                SubjectClass::Notice => 19,
            };
            let receivers = stand_ins.receivers(accepted);
            let mut numbers = vec![accepted.room.0.into(), accepted.event, receivers];
            numbers.extend(accepted.change.as_ref().map(|change| change.state));
            numbers.extend(&accepted.numbers);
            enter(code, &numbers);
        }
        Fact::Refused { room, request, .. } => enter(
            4,
            &[
                room.0.into(),
                request.client.0.into(),
                request.number.into(),
            ],
        ),
        Fact::Rejected { .. } => enter(5, &[]),
        Fact::Counted(counted) => {
            let numbers: Vec<u64> = counted.iter().map(|(_, by)| *by).collect();
            enter(6, &numbers);
        }
        Fact::Wanted { room, what, since } => {
            let (what, user) = match what {
                MembershipWish::Join(user) => (0, user.0),
                MembershipWish::JoinFromOutside => (1, 0),
                MembershipWish::Leave => (2, 0),
            };
            enter(7, &[room.0.into(), what, user.into(), since.as_nanos()]);
        }
        Fact::Sent {
            room,
            request,
            wanted,
            attempt,
            ..
        } => enter(
            8,
            &[
                room.0.into(),
                request.number.into(),
                wanted.as_nanos(),
                (*attempt).into(),
            ],
        ),
        Fact::Repeated {
            room,
            request,
            sending,
        } => enter(
            9,
            &[room.0.into(), request.number.into(), (*sending).into()],
        ),
        Fact::Reached {
            room,
            state,
            joined,
            ..
        } => enter(10, &[room.0.into(), *state, u64::from(*joined)]),
        Fact::Handled { room, event } => enter(11, &[room.0.into(), *event]),
        Fact::Read {
            room,
            event,
            subject,
            state,
            bytes,
        } => {
            let code = match subject.class {
                SubjectClass::Notice => 20,
                _ => 12,
            };
            enter(code, &[room.0.into(), *event, *state, (*bytes).into()]);
        }
        Fact::Unreadable { room, .. } => enter(13, &[room.0.into()]),
        Fact::Rejoining { room, .. } => enter(14, &[room.0.into()]),
        Fact::Excluded { room } => enter(15, &[room.0.into()]),
        Fact::Online { online } => enter(16, &[u64::from(*online)]),
        Fact::CaughtUp { since } => enter(17, &[since.as_nanos()]),
        Fact::GivenUp { .. } => enter(18, &[]),
        Fact::Fetched { room, since } => enter(21, &[room.0.into(), since.as_nanos()]),
    }
}
