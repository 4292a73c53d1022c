//! A membership as it is written down, and one that goes on from that.
//!
//! OpenMLS shows its state to nobody but a storage, and writes only what a call has changed. What is small is therefore kept all along
//! ([`Settings::storage`]); what grows with the group, its tree and the secrets of messages, is written when somebody asks for it: as it is then,
//! whatever OpenMLS had written of it before.

use super::Group;
use crate::engine::MlsError;
use crate::openmls::client::Client;
use crate::openmls::error::{malformed, refused};
use crate::openmls::kept;
use crate::openmls::settings::Settings;
use crate::openmls::storage::{Entry, Kind, Storage};
use crate::openmls::tree;
use crate::secret_tree::SecretTrees;
use openmls::prelude::{GroupId, MlsGroup, MlsGroupState};
use openmls_traits::storage::StorageProvider as _;
use serde::{Deserialize, Serialize};

/// What this is called where OpenMLS refuses it.
const WHAT: &str = "writing a group down";

/// What is written of a membership.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: Vec<u8>,
    /// All parts of OpenMLS's state.
    state: Vec<Entry>,
    /// The private keys of the epoch.
    keys: Vec<Entry>,
    first_epoch: u64,
    sealed: u32,
    secrets: SecretTrees,
    /// The participant list, where it is kept beside the GroupContext.
    list: Option<Vec<u8>>,
}

impl Group {
    /// All of it.
    ///
    /// # Errors
    /// [`MlsError::Refused`] where something is under way: a commit that nobody has accepted, or proposals that nobody has committed.
    pub(crate) fn kept(&mut self, client: &Client) -> Result<Vec<u8>, MlsError> {
        self.active(WHAT)?;
        let small = self.storage.entries(Kind::State);
        if small.is_empty() {
            return Err(refused(WHAT)("it is none of an engine that keeps groups"));
        }
        let mls = &mut self.mls;
        if mls.pending_commit().is_some() {
            return Err(refused(WHAT)("a commit is pending"));
        }
        if mls.pending_proposals().next().is_some() || !self.proposed.is_empty() {
            return Err(refused(WHAT)("proposals are pending"));
        }
        let all = Storage::capturing();
        for part in small {
            all.insert(Kind::State, part);
        }
        // Set anew as it is: that has OpenMLS write the secrets of messages, and how the group is configured.
        let policy = mls.past_epoch_deletion_policy().clone();
        mls.set_past_epoch_deletion_policy(&client.provider(&all), policy)
            .map_err(refused(WHAT))?;
        let id = mls.group_id();
        all.write_tree(id, mls.treesync()).map_err(refused(WHAT))?;
        all.write_group_state(id, &MlsGroupState::Operational)
            .map_err(refused(WHAT))?;
        kept::write(&Kept {
            id: id.as_slice().to_vec(),
            state: all.entries(Kind::State),
            keys: self.storage.entries(Kind::EpochKeyPairs),
            first_epoch: self.first_epoch,
            sealed: self.sealed,
            secrets: self.secrets.clone(),
            list: self.list.clone(),
        })
    }

    /// The client's membership from what [`Self::kept`] gave.
    pub(crate) fn restored(
        settings: &Settings,
        client: &Client,
        kept: &[u8],
    ) -> Result<Self, MlsError> {
        let kept: Kept = kept::read(kept)?;
        let (all, storage) = (Storage::capturing(), settings.storage());
        for (name, value) in kept.state {
            storage.put_state(&name, &value);
            all.insert(Kind::State, (name, value));
        }
        for pair in kept.keys {
            storage.insert(Kind::EpochKeyPairs, pair);
        }
        let mls = MlsGroup::load(&all, &GroupId::from_slice(&kept.id)).map_err(malformed)?;
        let mls = mls.ok_or_else(|| malformed("a part of the group is missing"))?;
        let own = mls.own_leaf_index().u32();
        let is_own = |key: &[u8]| key == client.signature_key();
        let is_member = mls
            .treesync()
            .full_leaves()
            .any(|(leaf, node)| leaf.u32() == own && is_own(node.signature_key().as_slice()));
        if !is_member {
            return Err(malformed("the group has another client at this leaf"));
        }
        tree::survey(mls.treesync())?;
        Ok(Self {
            mls,
            storage,
            first_epoch: kept.first_epoch,
            joining: false,
            proposed: Vec::new(),
            sealed: kept.sealed,
            secrets: kept.secrets,
            list: kept.list,
            pending_list: None,
        })
    }
}
