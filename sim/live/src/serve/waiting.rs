//! Requests that have no answer yet.

use std::collections::BTreeMap;
use throng_stack::Reply;
use throng_stack::web::Pair;
use tokio::sync::oneshot;

/// Who waits for what. A request that comes again while the first is under way is handled once, and answered twice.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    open: BTreeMap<Pair, Vec<oneshot::Sender<Reply>>>,
    added: usize,
}

/// After so many requests those are forgotten whose asker has given up.
const SWEEP_EVERY: usize = 4096;

impl Waiting {
    pub(super) fn add(&mut self, pair: Pair, asker: oneshot::Sender<Reply>) {
        self.open.entry(pair).or_default().push(asker);
        self.added += 1;
        if self.added.is_multiple_of(SWEEP_EVERY) {
            self.open.retain(|_, askers| {
                askers.retain(|asker| !asker.is_closed());
                !askers.is_empty()
            });
        }
    }

    /// All who wait for this have their answer. Where nobody does, whoever asked will ask again.
    pub(super) fn answer(&mut self, pair: Pair, reply: &Reply) {
        for asker in self.open.remove(&pair).into_iter().flatten() {
            let _ = asker.send(reply.clone());
        }
    }
}
