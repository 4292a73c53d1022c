//! Who is in the group, and who may change it.

use super::Member;
use crate::client::context::{Context, Device};
use crate::client::room::wants::{Want, Wants, Wish};
use std::collections::BTreeSet;
use throng_mls::engine::{Engine, ProposalPlan};
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::{CommitPolicy, Committer, Leave};

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

    /// Whether the member has proposed to leave by SelfRemove.
    fn leaves_by_itself(&self, engine: &E) -> bool {
        let own = engine.own_leaf(&self.group);
        engine.pending_leavers(&self.group).contains(&own)
    }

    /// Whether it is to leave by SelfRemove because another client of its user does, and has not proposed it yet. What that one proposed
    /// about this one is void with the next external commit.
    fn follows(&self, device: &Device<E>) -> bool {
        let engine = &device.engine;
        if device.policy.leave != Leave::SelfRemove
            || !self.leaving(engine)
            || self.leaves_by_itself(engine)
        {
            return false;
        }
        let leavers = engine.pending_leavers(&self.group);
        let own = self.leaves_of(device, device.user);
        own.iter().any(|leaf| leavers.contains(leaf))
    }

    /// Whether the member can see to a want now. Whoever leaves can do nothing else.
    pub(in crate::client::room) fn can_see_to(
        &self,
        device: &Device<E>,
        want: &Want<E::Message>,
    ) -> bool {
        let engine = &device.engine;
        match matches!(want.what, Wish::Leave) && self.follows(device) {
            true => self.awaits(engine).is_none(),
            false => !self.waits(engine),
        }
    }

    /// Leave after another client of the own user, if that is to be.
    pub(in crate::client::room) fn follow(
        &self,
        cx: &Context<'_, E>,
        wants: &mut Wants<E::Message>,
    ) {
        if self.follows(cx.device) && !wants.leaves() {
            wants.push_first(cx.now, Wish::Leave);
        }
    }

    /// The proposals by which the user's clients at these leaves go.
    pub(super) fn own_removals<M>(
        &self,
        device: &Device<E>,
        leaves: &[u32],
    ) -> Vec<ProposalPlan<'static, M>> {
        let engine = &device.engine;
        let remove = |leaf: &u32| ProposalPlan::Remove(*leaf);
        match device.policy.leave {
            Leave::Removes => leaves.iter().map(remove).collect(),
            Leave::SelfRemove => {
                let own = engine.own_leaf(&self.group);
                // Somebody else's Remove of one of them says nothing here: an external commit voids it, and whoever makes that has to
                // see that this one stays.
                let leavers = engine.pending_leavers(&self.group);
                let mut others = leaves.to_vec();
                others.retain(|leaf| *leaf != own && !leavers.contains(leaf));
                let others = others.iter().map(remove);
                std::iter::once(ProposalPlan::SelfRemove)
                    .chain(others)
                    .collect()
            }
        }
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
