//! Proposals that wait for a commit, and which of them may.

use super::Hub;
use super::checked::{CheckedProposal, CheckedProposals, Handshake, Pending, Target};
use crate::app_data::{AppDataError, AppDataUpdate};
use crate::engine::{Checked, MlsError, Uncoverable};
use crate::openmls::app_data;
use crate::openmls::client::Client;
use crate::openmls::error::{encode, refused};
use crate::openmls::provider::Provider;
use crate::openmls::tree;
use crate::wire::MlsBytes;
use openmls::framing::Sender as MlsSender;
use openmls::prelude::{
    ExternalProposal, LeafNode, LeafNodeIndex, Proposal, QueuedProposal, SenderExtensionIndex,
};
use std::collections::BTreeSet;

impl Hub {
    /// Check proposals that stand or fall together.
    pub(crate) fn check_proposals(
        &mut self,
        proposals: &[MlsBytes],
    ) -> Result<Checked<CheckedProposals>, MlsError> {
        let mut checked: Vec<CheckedProposal> = Vec::with_capacity(proposals.len());
        for message in proposals {
            match self.check(message, &checked)? {
                Handshake::Proposal(proposal) => checked.push(proposal),
                Handshake::Commit(_) => return Err(refused("accept")("not a proposal")),
            }
        }
        let sender = match checked.first() {
            Some(first) if checked.iter().all(|other| other.sender == first.sender) => {
                first.sender.clone()
            }
            _ => {
                return Err(refused("accept")(
                    "proposals of several senders, or of none",
                ));
            }
        };
        let removed = checked.iter().filter_map(|p| p.pending.removes());
        Ok(Checked {
            sender,
            admits: checked.iter().filter_map(|p| p.pending.adds()).collect(),
            excludes: removed.map(|leaf| self.identity(leaf)).collect(),
            leavers: checked
                .iter()
                .filter_map(|p| p.pending.leaver())
                .map(|leaf| self.identity(leaf))
                .collect(),
            app_data: checked.iter().filter_map(|p| p.pending.updates()).collect(),
            ends: Vec::new(),
            invites: Vec::new(),
            handshake: CheckedProposals(checked),
        })
    }

    /// Propose as an external sender that members go.
    pub(crate) fn propose_removes(
        &self,
        sender: &mut Client,
        leaves: &[u32],
    ) -> Result<Vec<MlsBytes>, MlsError> {
        let context = self.group.group_context();
        let place = app_data::sender_index(context, sender.signature_key());
        let place = place.ok_or_else(|| refused("propose")("no external sender of the group"))?;
        let mut proposals = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let message = ExternalProposal::new_remove::<Provider<'_>>(
                LeafNodeIndex::new(*leaf),
                context.group_id().clone(),
                context.epoch(),
                &sender.signer(),
                SenderExtensionIndex::new(place),
            );
            let message = encode(&message.map_err(refused("propose"))?)?;
            sender.work.operations += 1;
            sender.work.bytes += message.as_slice().len() as u64;
            proposals.push(message);
        }
        Ok(proposals)
    }

    pub(crate) fn take_proposals(&mut self, proposals: CheckedProposals) -> Result<(), MlsError> {
        for CheckedProposal {
            proposal, pending, ..
        } in proposals.0
        {
            if self
                .pending
                .iter()
                .all(|known| known.reference != pending.reference)
            {
                self.group
                    .add_proposal(&self.storage, *proposal)
                    .map_err(refused("accept"))?;
                self.pending.push(pending);
            }
        }
        Ok(())
    }

    /// What OpenMLS checks only when the proposal is committed. A proposal that no commit can cover
    /// must not be cached: every commit would be refused for leaving it out.
    pub(super) fn check_proposal(
        &mut self,
        proposal: &QueuedProposal,
        earlier: &[CheckedProposal],
    ) -> Result<Target, MlsError> {
        let invalid = |reason| MlsError::InvalidProposal {
            reference: proposal.proposal_reference_ref().as_slice().to_vec(),
            reason,
        };
        let member = |leaf: LeafNodeIndex| match self.group.leaf(leaf) {
            Some(_) => Ok(leaf.u32()),
            None => Err(invalid(Uncoverable::NoMember)),
        };
        match (proposal.proposal(), proposal.sender()) {
            (Proposal::Remove(remove), _) => {
                let leaf = member(remove.removed())?;
                if self.leaves_by_itself(leaf, earlier) {
                    return Err(invalid(Uncoverable::Leaves));
                }
                match self.somebody_stays(leaf, earlier) {
                    true => Ok(Target::Remove(leaf)),
                    false => Err(invalid(Uncoverable::NobodyStays)),
                }
            }
            (Proposal::SelfRemove, MlsSender::Member(leaf)) => {
                // OpenMLS would find that out when it is committed.
                if !tree::knows_self_remove(self.group.treesync()) {
                    return Err(invalid(Uncoverable::OtherKind));
                }
                let leaf = member(*leaf)?;
                match self.somebody_stays(leaf, earlier) {
                    true => Ok(Target::SelfRemove(leaf)),
                    false => Err(invalid(Uncoverable::NobodyStays)),
                }
            }
            (Proposal::Update(update), MlsSender::Member(leaf)) => {
                let leaf = member(*leaf)?;
                if self.leaves_by_itself(leaf, earlier) {
                    return Err(invalid(Uncoverable::Leaves));
                }
                self.check_identity(leaf, update.leaf_node())?;
                Ok(Target::Update(leaf))
            }
            (Proposal::Add(add), _) => {
                // A client is one by its name, whatever its key; and MLS wants no key twice.
                let node = add.key_package().leaf_node();
                let (name, key) = (tree::identity(node), node.signature_key());
                let mut leaves = self.group.treesync().full_leaves();
                let same =
                    |leaf: &LeafNode| leaf.signature_key() == key || tree::identity(leaf) == name;
                if leaves.any(|(_, leaf)| same(leaf)) {
                    return Err(invalid(Uncoverable::MemberAlready));
                }
                let mut waiting = self.waiting(earlier);
                let key = key.as_slice();
                let same = |pending: &Pending| match &pending.target {
                    Target::Add {
                        identity,
                        key: other,
                    } => *identity == name || other == key,
                    _ => false,
                };
                if waiting.any(same) {
                    return Err(invalid(Uncoverable::AddedAlready));
                }
                Ok(Target::Add {
                    identity: name,
                    key: key.to_vec(),
                })
            }
            (other, _) => match app_data::update(other) {
                Some(update) => {
                    self.check_update(&update, earlier)
                        .map_err(|error| invalid(Uncoverable::AppData(error)))?;
                    Ok(Target::AppData(update))
                }
                None => Err(invalid(Uncoverable::OtherKind)),
            },
        }
    }

    /// Proposals that wait, and those that are to be taken with another.
    fn waiting<'a>(&'a self, earlier: &'a [CheckedProposal]) -> impl Iterator<Item = &'a Pending> {
        let earlier = earlier.iter().map(|checked| &checked.pending);
        self.pending.iter().chain(earlier)
    }

    /// Whether a member leaves by SelfRemove.
    fn leaves_by_itself(&self, leaf: u32, earlier: &[CheckedProposal]) -> bool {
        let mut waiting = self.waiting(earlier);
        waiting.any(|pending| pending.leaver() == Some(leaf))
    }

    /// Whether application data can be updated so, together with what waits.
    fn check_update(
        &mut self,
        update: &AppDataUpdate,
        earlier: &[CheckedProposal],
    ) -> Result<(), AppDataError> {
        let rules = self.app_data.ok_or(AppDataError::Malformed)?;
        let updates = self
            .waiting(earlier)
            .filter_map(|pending| match &pending.target {
                Target::AppData(other) if other.component == update.component => {
                    Some(other.update.as_slice())
                }
                _ => None,
            });
        let mut updates: Vec<&[u8]> = updates.collect();
        updates.push(&update.update);
        let of_list = update.component == rules.participants;
        let old = match of_list {
            true => self.list(),
            false => app_data::data(self.group.group_context(), update.component),
        };
        let new = rules.apply(update.component, old, &updates)?;
        if of_list {
            self.work.add_list(new.len() as u64, false);
        }
        Ok(())
    }

    /// Updates of application data that the cached proposals make.
    pub(crate) fn pending_app_data(&self) -> Vec<AppDataUpdate> {
        self.pending.iter().filter_map(Pending::updates).collect()
    }

    /// Whether a member would be left to commit once `leaf` is to be removed, too.
    fn somebody_stays(&self, leaf: u32, earlier: &[CheckedProposal]) -> bool {
        let going = self.waiting(earlier).filter_map(Pending::removes);
        let mut going: BTreeSet<u32> = going.collect();
        going.insert(leaf);
        going.len() < self.health.members as usize
    }
}
