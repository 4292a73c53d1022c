//! A provider's own clients, one by one: what waits for each, and its KeyPackages.

use hashbrown::HashTable;
use std::collections::VecDeque;
use std::sync::Arc;
use throng_stack::{Envelope, Keeps, spread};
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::SimTime;

/// A KeyPackage in the store.
#[derive(Debug, Clone)]
pub struct StoredKeyPackage<M> {
    /// The MLSMessage.
    pub message: M,
    /// Its KeyPackageRef.
    pub reference: Vec<u8>,
    /// Its length in bytes.
    pub bytes: u64,
    /// When its lifetime ends.
    pub expires: SimTime,
    /// Whether it is handed out again and again, when all others are gone.
    pub last_resort: bool,
}

/// One client as its provider sees it.
#[derive(Debug)]
pub(super) struct Account<M> {
    pub(super) user: UserId,
    /// Among all in the order of registration.
    pub(super) place: u64,
    pub(super) session: Session,
    pub(super) queue: Queue,
    pub(super) key_packages: VecDeque<StoredKeyPackage<M>>,
    /// The one that is handed out again and again when there are no others.
    pub(super) last_resort: Option<StoredKeyPackage<M>>,
    /// Of all of them.
    pub(super) key_package_bytes: u64,
    /// How many were taken from these so far: the number of the first.
    pub(super) first_package: u64,
}

/// What is known of a client while the provider's process runs, and not longer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Session {
    pub(super) connected: bool,
    /// Whether the client has been told since it last published that few KeyPackages are left.
    pub(super) told_low: bool,
}

impl<M> Account<M> {
    pub(super) fn new(user: UserId, place: u64, connected: bool) -> Self {
        Self {
            user,
            place,
            session: Session {
                connected,
                told_low: false,
            },
            queue: Queue::default(),
            key_packages: VecDeque::new(),
            last_resort: None,
            key_package_bytes: 0,
            first_package: 0,
        }
    }

    /// Whether it had KeyPackages and has none any more.
    pub(super) fn has_run_out(&self) -> bool {
        self.key_packages.is_empty() && self.first_package > 0
    }

    /// Whether so many more KeyPackages can be kept, of so many bytes.
    pub(super) fn has_room(&self, keeps: &Keeps, more: u64, bytes: u64) -> bool {
        self.key_packages.len() as u64 + more <= keeps.key_packages
            && self.key_package_bytes + bytes <= keeps.key_package_bytes
    }
}

/// What waits for a client until it says that it has it, oldest first. Their numbers follow one another, so that what goes to many is kept
/// once: its number is its place.
#[derive(Debug, Default)]
pub(super) struct Queue {
    envelopes: VecDeque<Arc<Envelope>>,
    bytes: u64,
    next: u64,
}

impl Queue {
    /// That of an account whose next envelope is to have this number.
    pub(super) fn resume(next: u64) -> Self {
        Self {
            next,
            ..Self::default()
        }
    }

    /// Put behind the others what waited in a queue of before, under this number. False: that does not follow the one before it.
    pub(super) fn resume_with(&mut self, sequence: u64, envelope: Arc<Envelope>) -> bool {
        let fits = sequence < u64::MAX && (self.is_empty() || sequence == self.next);
        if fits {
            self.next = sequence;
            self.push(envelope);
        }
        fits
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.envelopes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.envelopes.is_empty()
    }

    /// Their bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number of the next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The number of the first that waits.
    fn first(&self) -> u64 {
        self.next - self.envelopes.len() as u64
    }

    /// Put an envelope behind the others: its number.
    pub(super) fn push(&mut self, envelope: Arc<Envelope>) -> u64 {
        self.bytes += envelope.packet.len();
        self.envelopes.push_back(envelope);
        self.next += 1;
        self.next - 1
    }

    /// Take the first off, if its number is before this one: its number, and its length.
    pub(super) fn pop_before(&mut self, sequence: u64) -> Option<(u64, u64)> {
        let first = self.first();
        if first >= sequence {
            return None;
        }
        let envelope = self.envelopes.pop_front()?;
        let bytes = envelope.packet.len();
        self.bytes -= bytes;
        // Where much had waited, room for it is not kept.
        if self.envelopes.capacity() > 64 && self.envelopes.len() < self.envelopes.capacity() / 8 {
            self.envelopes.shrink_to(self.envelopes.capacity() / 4);
        }
        Some((first, bytes))
    }

    /// The envelope of this number, while it waits.
    pub(super) fn waiting(&self, sequence: u64) -> Option<Envelope> {
        let place = usize::try_from(sequence.checked_sub(self.first())?).ok()?;
        let envelope = self.envelopes.get(place)?;
        Some(numbered(sequence, envelope))
    }

    /// The numbers of all that wait.
    pub(super) fn numbers(&self) -> std::ops::Range<u64> {
        self.first()..self.next
    }

    /// All that wait.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Envelope> {
        self.envelopes.iter().map(|envelope| &**envelope)
    }

    /// All that wait, each with its number.
    pub(super) fn all(&self) -> impl Iterator<Item = Envelope> {
        let all = self.numbers().zip(&self.envelopes);
        all.map(|(sequence, envelope)| numbered(sequence, envelope))
    }
}

/// An envelope as one client gets it.
pub(super) fn numbered(sequence: u64, envelope: &Envelope) -> Envelope {
    Envelope {
        sequence,
        ..envelope.clone()
    }
}

/// All accounts, each found without looking at others, however many there are. Nobody goes through them in any order that matters.
#[derive(Debug)]
pub(super) struct Accounts<M> {
    table: HashTable<(ClientId, Account<M>)>,
}

impl<M> Default for Accounts<M> {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
        }
    }
}

fn hash(client: ClientId) -> u64 {
    spread(0, client.0.into())
}

impl<M> Accounts<M> {
    pub(super) fn get(&self, client: ClientId) -> Option<&Account<M>> {
        let found = self.table.find(hash(client), |(known, _)| *known == client);
        found.map(|(_, account)| account)
    }

    pub(super) fn get_mut(&mut self, client: ClientId) -> Option<&mut Account<M>> {
        let same = |known: &(ClientId, _)| known.0 == client;
        let found = self.table.find_mut(hash(client), same);
        found.map(|(_, account)| account)
    }

    /// The account of a client that has none yet.
    pub(super) fn insert(&mut self, client: ClientId, account: Account<M>) {
        let key = |(client, _): &(ClientId, _)| hash(*client);
        self.table
            .insert_unique(hash(client), (client, account), key);
    }

    pub(super) fn remove(&mut self, client: ClientId) -> Option<Account<M>> {
        let same = |known: &(ClientId, _)| known.0 == client;
        let found = self.table.find_entry(hash(client), same).ok()?;
        Some(found.remove().0.1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ClientId, &Account<M>)> {
        let all = self.table.iter();
        all.map(|(client, account)| (*client, account))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Account<M>> {
        self.table.iter_mut().map(|(_, account)| account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use throng_stack::{Kind, Packet, Peer};

    fn envelope(bytes: u64) -> Envelope {
        let packet = Packet::of_structure(Kind::new(0, "event"), bytes, ());
        Envelope::new(Peer::Client(ClientId(1)), packet)
    }

    proptest! {
        /// Against a queue in which each envelope has its number.
        #[test]
        fn numbers_are_places(
            first in 0..1_000u64,
            steps in prop::collection::vec((0..3u8, 0..400u64), 1..400),
        ) {
            let (mut queue, mut plain) = (Queue::resume(first), VecDeque::new());
            let mut next = first;
            for (what, number) in steps {
                if what > 0 {
                    prop_assert_eq!(queue.push(Arc::new(envelope(number))), next);
                    plain.push_back((next, number));
                    next += 1;
                } else {
                    let before = first + number;
                    while let Some(gone) = queue.pop_before(before) {
                        prop_assert_eq!(Some(gone), plain.pop_front());
                    }
                    prop_assert!(plain.front().is_none_or(|(sequence, _)| *sequence >= before));
                }
                let known = |sequence| queue.waiting(sequence).map(|e| (e.sequence, e.packet.len()));
                for (sequence, bytes) in &plain {
                    prop_assert_eq!(known(*sequence), Some((*sequence, *bytes)));
                }
                prop_assert_eq!(known(next), None);
                let all: Vec<_> = queue.all().map(|e| (e.sequence, e.packet.len())).collect();
                prop_assert_eq!(all, Vec::from(plain.clone()));
                prop_assert_eq!(queue.bytes(), plain.iter().map(|(_, bytes)| bytes).sum::<u64>());
                prop_assert_eq!(queue.next(), next);
            }
        }
    }

    #[test]
    fn what_waited_goes_on_only_in_order() {
        let mut queue = Queue::resume(9);
        // Of the account's row more may have been written than of the queue's first.
        assert!(queue.resume_with(7, envelope(1).into()));
        assert!(!queue.resume_with(9, envelope(1).into()));
        assert!(queue.resume_with(8, envelope(2).into()));
        assert_eq!((queue.numbers(), queue.bytes()), (7..9, 3));
        assert!(!Queue::default().resume_with(u64::MAX, envelope(0).into()));
    }
}
