//! A ratchet tree for which somebody was given a URL.

use std::collections::BTreeSet;
use throng_workloads::intent::ProviderId;

/// The tree of an epoch, and who was told where it is.
#[derive(Debug)]
pub(super) struct HandedOut<T> {
    pub(super) tree: T,
    pub(super) told: BTreeSet<ProviderId>,
}
