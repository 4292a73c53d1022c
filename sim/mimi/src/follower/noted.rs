//! What has changed of a follower's state, for whoever stores it, and which waiting envelopes are stored once for several clients.

use crate::kept::Touched;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_stack::Envelope;
use throng_stack::packet::Body;
use throng_workloads::intent::ClientId;

/// A place in a client's queue.
pub(super) type Place = (ClientId, u64);

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) accounts: Touched<ClientId>,
    pub(super) queued: Touched<Place>,
    /// KeyPackages, by the client and their numbers.
    pub(super) packages: Touched<(ClientId, u64)>,
    /// Those of last resort, by the client.
    pub(super) last_resorts: Touched<ClientId>,
    pub(super) owners: Touched<Vec<u8>>,
    pub(super) shared: Shared,
}

impl Noted {
    /// An envelope was put into a queue.
    pub(super) fn queued(&mut self, place: Place, envelope: &Envelope) {
        if self.queued.noted() {
            self.shared.refer(place, envelope);
            self.queued.note(place);
        }
    }

    /// The owner of a KeyPackage is another one, or none.
    pub(super) fn owner(&mut self, reference: &[u8]) {
        if self.owners.noted() {
            self.owners.note(reference.to_vec());
        }
    }
}

/// What is delivered to several clients, one after another, is the same packet with the same headers, and one row.
#[derive(Debug, Default)]
pub(super) struct Shared {
    of: BTreeMap<Place, u64>,
    envelopes: BTreeMap<u64, Uses>,
    last: Option<(u64, Envelope)>,
    next: u64,
}

#[derive(Debug, Default)]
struct Uses {
    places: usize,
    stored: bool,
}

/// How an envelope in a queue is stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Where it is.
    Inline,
    /// As the shared one of this number.
    Shared {
        number: u64,
        /// Whether that is to be stored with it.
        first: bool,
    },
}

impl Shared {
    fn refer(&mut self, place: Place, envelope: &Envelope) {
        let number = match &self.last {
            Some((number, last)) if same(last, envelope) => *number,
            _ => {
                self.next += 1;
                self.last = Some((self.next, envelope.clone()));
                self.next
            }
        };
        self.of.insert(place, number);
        self.envelopes.entry(number).or_default().places += 1;
    }

    /// How what is in this place is to be stored: on its own, where nobody else has it.
    pub(super) fn store(&mut self, place: Place) -> Stored {
        let Some(number) = self.of.get(&place).copied() else {
            return Stored::Inline;
        };
        let uses = self.envelopes.entry(number).or_default();
        if uses.places == 1 && !uses.stored {
            self.of.remove(&place);
            self.envelopes.remove(&number);
            self.last = None;
            return Stored::Inline;
        }
        let first = !std::mem::replace(&mut uses.stored, true);
        Stored::Shared { number, first }
    }

    /// A place is empty. The number of what is to be stored no more.
    pub(super) fn release(&mut self, place: Place) -> Option<u64> {
        let number = self.of.remove(&place)?;
        let uses = self.envelopes.get_mut(&number)?;
        uses.places -= 1;
        if uses.places > 0 {
            return None;
        }
        if self.last.as_ref().is_some_and(|(last, _)| *last == number) {
            self.last = None;
        }
        let uses = self.envelopes.remove(&number)?;
        uses.stored.then_some(number)
    }

    /// What is in a place is the stored one of this number.
    pub(super) fn restore(&mut self, place: Place, number: u64) {
        self.of.insert(place, number);
        let uses = self.envelopes.entry(number).or_default();
        (uses.places, uses.stored) = (uses.places + 1, true);
        self.next = self.next.max(number);
    }
}

/// Whether both are one packet with the same headers, but for the number in the queue.
fn same(one: &Envelope, other: &Envelope) -> bool {
    let bytes = |envelope: &Envelope| match envelope.packet.body() {
        Body::Bytes(bytes) => Some(Arc::clone(bytes)),
        Body::Structure(_) => None,
    };
    let shared = match (bytes(one), bytes(other)) {
        (Some(one), Some(other)) => Arc::ptr_eq(&one, &other),
        _ => false,
    };
    let headers = |envelope: &Envelope| (envelope.room, envelope.request, envelope.event);
    shared && headers(one) == headers(other)
}
