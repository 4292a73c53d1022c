//! Who is in the group, and who may change it.

use super::Member;
use crate::client::context::{Context, Device};
use std::collections::BTreeSet;
use throng_mls::engine::Engine;
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::{CommitPolicy, Committer};

impl<E: Engine> Member<E> {
    /// The leaves of the client with this URI, or of all whose URIs begin with it where it ends in a dot.
    pub(super) fn leaves(&self, engine: &E, uri: &[u8]) -> impl Iterator<Item = u32> {
        // A prefix also matches longer client numbers.
        engine
            .members(&self.group, uri)
            .into_iter()
            .filter(move |(_, identity)| identity == uri || uri.ends_with(b"."))
            .map(|(leaf, _)| leaf)
    }

    pub(super) fn leaves_of(&self, device: &Device<E>, user: UserId) -> Vec<u32> {
        match device.directory.client_prefix(user) {
            Some(prefix) => self.leaves(&device.engine, prefix.as_bytes()).collect(),
            None => Vec::new(),
        }
    }

    /// The leaves that pending proposals remove.
    pub(super) fn going(&self, engine: &E) -> BTreeSet<u32> {
        engine.pending_removals(&self.group).into_iter().collect()
    }

    /// Whether a pending proposal removes the member itself: it may neither commit nor speak then.
    pub(super) fn leaving(&self, engine: &E) -> bool {
        self.going(engine).contains(&engine.own_leaf(&self.group))
    }

    /// Whether this client may commit what itself wishes.
    pub(super) fn may_commit(&self, cx: &Context<'_, E>) -> bool {
        match cx.device.policy.committer {
            Committer::Admin => self.is_admin(cx.device, cx.room),
            Committer::Anyone
            | Committer::AdminCovers
            | Committer::LowestLeaf
            | Committer::MostActive
            | Committer::Rendezvous => true,
        }
    }

    /// Whether its wishes become proposals.
    pub(super) fn proposes(&self, cx: &Context<'_, E>) -> bool {
        cx.device.policy.commit == CommitPolicy::Propose || !self.may_commit(cx)
    }

    /// Whether it is the room's creator, or that has gone.
    pub(super) fn is_admin(&self, device: &Device<E>, room: RoomId) -> bool {
        match device.directory.creator_of(room) {
            Some(admin) => admin == device.user || !self.stays(device, admin),
            None => false,
        }
    }

    /// Whether a user has a client in the room that no pending proposal removes.
    fn stays(&self, device: &Device<E>, user: UserId) -> bool {
        let leaving = self.going(&device.engine);
        self.leaves_of(device, user)
            .iter()
            .any(|leaf| !leaving.contains(leaf))
    }
}
