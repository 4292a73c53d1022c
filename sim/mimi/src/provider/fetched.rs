//! Ratchet trees that a follower has fetched for its clients, and is about to.

use super::answers::About;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use throng_stack::Packet;
use throng_workloads::intent::ClientId;

/// So many trees a follower keeps; the oldest is forgotten then.
const MOST: usize = 64;

/// What a follower has fetched, and is about to.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// By their URLs.
    kept: BTreeMap<String, Kept>,
    order: VecDeque<String>,
    /// Who waits for which.
    pub(super) awaited: BTreeMap<String, Vec<About>>,
}

/// A tree, and who of the own clients has had it.
#[derive(Debug)]
struct Kept {
    tree: Packet,
    had: BTreeSet<ClientId>,
}

impl Trees {
    pub(super) fn keep(&mut self, url: String, tree: Packet, had: BTreeSet<ClientId>) {
        if self.kept.insert(url.clone(), Kept { tree, had }).is_none() {
            self.order.push_back(url);
        }
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.kept.remove(&oldest);
            }
        }
    }

    /// The tree for a client. One that comes again for what it has had had no use for that: it is fetched anew.
    pub(super) fn again(&mut self, url: &str, client: ClientId) -> Option<Packet> {
        let kept = self.kept.get_mut(url)?;
        kept.had.insert(client).then(|| kept.tree.clone())
    }

    /// Somebody waits for a tree from now on; whether nobody did before.
    pub(super) fn waits(&mut self, url: &str, who: About) -> bool {
        let awaited = self.awaited.entry(url.to_owned()).or_default();
        let first = awaited.is_empty();
        if !awaited.iter().any(|other| other.request == who.request) {
            awaited.push(who);
        }
        first
    }
}
