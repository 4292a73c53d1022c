//! Ratchet trees that joiners fetch from a URL (draft-ietf-mls-ratchet-tree-options, "Conveying the ratchet tree using HTTPS").
//!
//! The hub has the tree of an epoch as it was when it gave somebody the URL, for as many epochs more as the policy says, and gives it to the
//! providers that it gave the URL to. Whoever comes later, or after the process has ended, comes in vain, and has to ask anew.

use super::handed_out::HandedOut;
use super::room::Room;
use crate::web::tree_url;
use crate::wire::RatchetTreeOption;
use std::collections::BTreeSet;
use throng_mls::engine::{Engine, MlsError};
use throng_workloads::intent::ProviderId;

impl<E: Engine> Room<E> {
    /// How those at these providers get this tree, who join by it at the present epoch: the tree itself, or where it is.
    pub(super) fn tree_option(
        &mut self,
        engine: &E,
        tree: E::Tree,
        to: impl IntoIterator<Item = ProviderId>,
    ) -> Result<RatchetTreeOption<E::Tree>, MlsError> {
        if self.rules.tree_epochs.is_none() {
            return Ok(RatchetTreeOption::Full(tree));
        }
        let names = (
            self.directory.room_uri(self.id),
            self.directory.hub_of(self.id),
        );
        let hub = names.1.and_then(|hub| self.directory.domain(hub));
        let (Some(room), Some(hub)) = (names.0, hub) else {
            return Ok(RatchetTreeOption::Full(tree));
        };
        let epoch = engine.hub_epoch(&self.state);
        let url = tree_url::url(hub, &room, epoch);
        let handed_out = self.trees.entry(epoch).or_insert_with(|| HandedOut {
            tree,
            told: BTreeSet::new(),
        });
        handed_out.told.extend(to);
        Ok(RatchetTreeOption::HttpsUri {
            ratchet_tree_url: url.into_bytes().into(),
        })
    }

    /// The tree of an epoch, for a provider that was told where it is.
    pub fn tree_at(&self, epoch: u64, provider: ProviderId) -> Option<&E::Tree> {
        let handed_out = self.trees.get(&epoch)?;
        handed_out
            .told
            .contains(&provider)
            .then_some(&handed_out.tree)
    }

    /// The epoch has changed: the oldest are forgotten.
    pub(super) fn forget_trees(&mut self, engine: &E) {
        let keep = self.rules.tree_epochs.unwrap_or(0);
        let oldest = engine.hub_epoch(&self.state).saturating_sub(keep);
        self.trees = self.trees.split_off(&oldest);
    }
}
