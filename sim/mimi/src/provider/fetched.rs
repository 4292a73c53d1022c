//! Ratchet trees that a follower has fetched for its clients, and is about to.

use super::answers::About;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use throng_stack::Packet;
use throng_workloads::intent::{ClientId, RoomId};

/// So many trees a follower keeps; the oldest is forgotten then.
const MOST: usize = 64;

/// The tree of a room at an epoch: its one URL, as whoever asks for it has to name it.
pub(super) type Place = (RoomId, u64);

/// What a follower has fetched, and is about to.
#[derive(Debug, Default)]
pub(super) struct Trees {
    kept: BTreeMap<Place, Kept>,
    order: VecDeque<Place>,
    /// Who waits for which.
    pub(super) awaited: BTreeMap<Place, Vec<About>>,
}

/// A tree, and who of the own clients has had it.
#[derive(Debug)]
struct Kept {
    tree: Packet,
    had: BTreeSet<ClientId>,
}

impl Trees {
    pub(super) fn keep(&mut self, place: Place, tree: Packet, had: BTreeSet<ClientId>) {
        if self.kept.insert(place, Kept { tree, had }).is_none() {
            self.order.push_back(place);
        }
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.kept.remove(&oldest);
            }
        }
    }

    /// The tree for a client. One that comes again for what it has had had no use for that: it is fetched anew.
    pub(super) fn again(&mut self, place: Place, client: ClientId) -> Option<Packet> {
        let kept = self.kept.get_mut(&place)?;
        kept.had.insert(client).then(|| kept.tree.clone())
    }

    /// Somebody waits for a tree from now on; whether nobody did before.
    pub(super) fn waits(&mut self, place: Place, who: About) -> bool {
        let awaited = self.awaited.entry(place).or_default();
        let first = awaited.is_empty();
        if !awaited.iter().any(|other| other.request == who.request) {
            awaited.push(who);
        }
        first
    }
}
