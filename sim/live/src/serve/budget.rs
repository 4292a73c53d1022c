//! How much memory the bodies of requests may take that the provider has not taken yet: all together, and those of each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use throng_stack::Peer;

/// What there is, and who has how much of it.
#[derive(Debug)]
pub(super) struct Budget {
    most: u64,
    most_each: u64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: u64,
    each: BTreeMap<Peer, u64>,
}

/// What somebody has of it, until this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    peer: Peer,
    bytes: u64,
}

impl Budget {
    pub(super) fn new(most: u64, most_each: u64) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_each,
            held: Mutex::default(),
        })
    }

    /// Nothing of it yet.
    pub(super) fn share(self: &Arc<Self>, peer: Peer) -> Share {
        Share {
            budget: Arc::clone(self),
            peer,
            bytes: 0,
        }
    }
}

impl Share {
    /// So much more, where there is so much.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let held = &self.budget.held;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.each.get(&self.peer).copied().unwrap_or_default();
        let fits = held.all + bytes <= self.budget.most && own + bytes <= self.budget.most_each;
        if fits {
            held.all += bytes;
            held.each.insert(self.peer, own + bytes);
            self.bytes += bytes;
        }
        fits
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let held = &self.budget.held;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= self.bytes;
        if let Some(own) = held.each.get_mut(&self.peer) {
            *own -= self.bytes;
            if *own == 0 {
                held.each.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::intent::ClientId;

    #[test]
    fn what_is_given_back_is_there_for_others() {
        let budget = Budget::new(10, 6);
        let share = |client| budget.share(Peer::Client(ClientId(client)));
        let (mut one, mut again, mut other) = (share(1), share(1), share(2));
        assert!(one.grow(4) && again.grow(2));
        assert!(!again.grow(1), "of each");
        assert!(other.grow(4));
        assert!(!other.grow(1), "of all");
        drop(one);
        assert!(other.grow(2) && again.grow(1));
        drop((again, other));
        let held = budget.held.lock().unwrap();
        assert_eq!((held.all, held.each.len()), (0, 0));
    }
}
