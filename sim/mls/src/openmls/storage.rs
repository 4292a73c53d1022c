//! What OpenMLS must find again while a group lives in memory.
//!
//! OpenMLS writes a group's whole state to its storage at every change, so that it can be loaded
//! after a restart; its stock in-memory provider turns all of it into JSON each time. Here groups
//! live in memory and are never loaded, so nearly all of it may be dropped. What OpenMLS 0.9.2
//! reads back:
//!
//! | value | read when |
//! |---|---|
//! | epoch key pairs (private keys of the own direct path) | a commit is processed or merged |
//! | encryption key pairs (of own Update proposals) | a commit that covers the Update is processed |
//! | KeyPackage with its private keys | a Welcome is joined |
//! | PSKs | never here: no PSK proposals are made |
//!
//! Values are kept in `postcard`, which is compact and not self-describing; all the types above
//! tolerate that. The maps are ordered. Every group has a storage of its own, so forgetting a group
//! forgets its keys.
//!
//! A *capturing* storage keeps the group's state too: a [warm start](super::warm) makes members
//! from it. One of a member that is going to be written down keeps the small parts of it, some of which
//! OpenMLS shows to nobody else; what is large it writes when it is asked to.

use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A value could not be encoded or decoded: a mistake of ours, not of a peer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// In the compact codec.
    #[error("storage codec failed")]
    Postcard(#[from] postcard::Error),
    /// In the self-describing codec.
    #[error("storage codec failed")]
    Json(#[from] serde_json::Error),
}

/// The kinds of value that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A KeyPackage and its private keys, by reference.
    KeyPackage,
    /// The key pair of an own Update, by public key.
    UpdateKeyPair,
    /// The private keys of an epoch, by epoch and leaf.
    EpochKeyPairs,
    /// A part of the group's state, by name (where it is captured).
    State,
}

/// How much of the group's state is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Capture {
    #[default]
    Nothing,
    /// All but what grows with the group.
    Small,
    All,
}

/// The parts of the state that do not grow with the group: some hundred bytes.
const SMALL: [&str; 6] = [
    "interim_transcript_hash",
    "group_context",
    "confirmation_tag",
    "resumption_psk_store",
    "own_leaf_index",
    "group_epoch_secrets",
];

impl Capture {
    fn keeps(self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Small => SMALL.contains(&name),
            Self::All => true,
        }
    }
}

/// A key within its kind, and the value, encoded.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// Values by kind and key.
type Entries = BTreeMap<(Kind, Vec<u8>), Vec<u8>>;

/// The storage of one group, or of one KeyPackage until it is used.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    // Interior mutability because OpenMLS hands out shared references only; never borrowed across a
    // call.
    entries: RefCell<Entries>,
    capture: Capture,
}

impl Storage {
    /// A storage that keeps the group's state as well.
    pub(crate) fn capturing() -> Self {
        Self {
            capture: Capture::All,
            ..Self::default()
        }
    }

    /// A storage that keeps the small parts of the group's state as well.
    pub(crate) fn of_kept() -> Self {
        Self {
            capture: Capture::Small,
            ..Self::default()
        }
    }

    /// Bytes kept, keys and values (memory for each member matters).
    pub(crate) fn bytes(&self) -> usize {
        self.entries
            .borrow()
            .iter()
            .map(|((_, key), value)| key.len() + value.len())
            .sum()
    }

    /// Put a value in as OpenMLS would.
    pub(crate) fn insert(&self, kind: Kind, (key, value): Entry) {
        self.entries.borrow_mut().insert((kind, key), value);
    }

    /// Put a part of the group's state in by the name that it has in another storage, if this one keeps it.
    pub(crate) fn put_state(&self, name: &[u8], value: &[u8]) {
        let keeps = postcard::from_bytes(name).is_ok_and(|name| self.capture.keeps(name));
        if keeps {
            self.insert(Kind::State, (name.to_vec(), value.to_vec()));
        }
    }

    /// All entries of a kind, in order of their keys.
    pub(crate) fn entries(&self, kind: Kind) -> Vec<Entry> {
        self.entries
            .borrow()
            .range((kind, Vec::new())..)
            .take_while(|((found, _), _)| *found == kind)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Forget all entries of a kind.
    pub(crate) fn clear(&self, kind: Kind) {
        self.entries
            .borrow_mut()
            .retain(|(found, _), _| *found != kind);
    }

    /// The key of a group's epoch key pairs.
    pub(crate) fn epoch_key(epoch: &impl Serialize, leaf: u32) -> Result<Vec<u8>, StorageError> {
        Ok(postcard::to_stdvec(&(epoch, leaf))?)
    }

    fn write(
        &self,
        kind: Kind,
        key: &impl Serialize,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), StorageError> {
        let entry = (postcard::to_stdvec(key)?, postcard::to_stdvec(value)?);
        self.insert(kind, entry);
        Ok(())
    }

    fn read<V: DeserializeOwned>(
        &self,
        kind: Kind,
        key: &impl Serialize,
    ) -> Result<Option<V>, StorageError> {
        let key = postcard::to_stdvec(key)?;
        match self.entries.borrow().get(&(kind, key)) {
            None => Ok(None),
            Some(bytes) => Ok(Some(postcard::from_bytes(bytes)?)),
        }
    }

    fn remove(&self, kind: Kind, key: &impl Serialize) -> Result<(), StorageError> {
        let key = postcard::to_stdvec(key)?;
        self.entries.borrow_mut().remove(&(kind, key));
        Ok(())
    }

    /// Exchange a part of the group's state.
    pub(crate) fn change_state(
        &self,
        name: &str,
        change: impl FnOnce(&[u8]) -> Result<Vec<u8>, postcard::Error>,
    ) -> Result<(), StorageError> {
        let key = (Kind::State, postcard::to_stdvec(name)?);
        let mut entries = self.entries.borrow_mut();
        if let Some(value) = entries.get_mut(&key) {
            *value = change(value)?;
        }
        Ok(())
    }

    fn write_state(&self, name: &str, value: &impl Serialize) -> Result<(), StorageError> {
        match self.capture.keeps(name) {
            true => self.write(Kind::State, &name, value),
            false => Ok(()),
        }
    }
}

/// Methods for the parts of a group's state: kept where they are captured.
macro_rules! state {
    ($($write:ident, $read:ident: $value:ident;)*) => {$(
        fn $write<G: traits::GroupId<CURRENT_VERSION>, V: traits::$value<CURRENT_VERSION>>(
            &self,
            _group: &G,
            value: &V,
        ) -> Result<(), StorageError> {
            self.write_state(stringify!($read), value)
        }

        fn $read<G: traits::GroupId<CURRENT_VERSION>, V: traits::$value<CURRENT_VERSION>>(
            &self,
            _group: &G,
        ) -> Result<Option<V>, StorageError> {
            self.read(Kind::State, &stringify!($read))
        }
    )*};
}

/// Methods that have nothing to do: what they would delete is not kept, or goes with the storage.
macro_rules! nothing {
    ($($name:ident: $key:ident;)*) => {$(
        fn $name<K: traits::$key<CURRENT_VERSION>>(&self, _key: &K) -> Result<(), StorageError> {
            Ok(())
        }
    )*};
}

impl StorageProvider<CURRENT_VERSION> for Storage {
    type Error = StorageError;

    // ---- kept ----

    fn write_encryption_key_pair<
        K: traits::EncryptionKey<CURRENT_VERSION>,
        V: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        public_key: &K,
        key_pair: &V,
    ) -> Result<(), StorageError> {
        self.write(Kind::UpdateKeyPair, public_key, key_pair)
    }

    fn encryption_key_pair<
        V: traits::HpkeKeyPair<CURRENT_VERSION>,
        K: traits::EncryptionKey<CURRENT_VERSION>,
    >(
        &self,
        public_key: &K,
    ) -> Result<Option<V>, StorageError> {
        self.read(Kind::UpdateKeyPair, public_key)
    }

    fn delete_encryption_key_pair<K: traits::EncryptionKey<CURRENT_VERSION>>(
        &self,
        public_key: &K,
    ) -> Result<(), StorageError> {
        self.remove(Kind::UpdateKeyPair, public_key)
    }

    fn write_encryption_epoch_key_pairs<
        G: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
        V: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        epoch: &E,
        leaf: u32,
        key_pairs: &[V],
    ) -> Result<(), StorageError> {
        self.write(Kind::EpochKeyPairs, &(epoch, leaf), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        G: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
        V: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        epoch: &E,
        leaf: u32,
    ) -> Result<Vec<V>, StorageError> {
        let found = self.read(Kind::EpochKeyPairs, &(epoch, leaf))?;
        Ok(found.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<
        G: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        epoch: &E,
        leaf: u32,
    ) -> Result<(), StorageError> {
        self.remove(Kind::EpochKeyPairs, &(epoch, leaf))
    }

    fn write_key_package<
        K: traits::HashReference<CURRENT_VERSION>,
        V: traits::KeyPackage<CURRENT_VERSION>,
    >(
        &self,
        reference: &K,
        key_package: &V,
    ) -> Result<(), StorageError> {
        self.write(Kind::KeyPackage, reference, key_package)
    }

    fn key_package<
        K: traits::HashReference<CURRENT_VERSION>,
        V: traits::KeyPackage<CURRENT_VERSION>,
    >(
        &self,
        reference: &K,
    ) -> Result<Option<V>, StorageError> {
        self.read(Kind::KeyPackage, reference)
    }

    fn delete_key_package<K: traits::HashReference<CURRENT_VERSION>>(
        &self,
        reference: &K,
    ) -> Result<(), StorageError> {
        self.remove(Kind::KeyPackage, reference)
    }

    // ---- the group's state ----

    state! {
        write_tree, tree: TreeSync;
        write_interim_transcript_hash, interim_transcript_hash: InterimTranscriptHash;
        write_context, group_context: GroupContext;
        write_confirmation_tag, confirmation_tag: ConfirmationTag;
        write_message_secrets, message_secrets: MessageSecrets;
        write_resumption_psk_store, resumption_psk_store: ResumptionPskStore;
        write_own_leaf_index, own_leaf_index: LeafNodeIndex;
        write_group_epoch_secrets, group_epoch_secrets: GroupEpochSecrets;
    }

    // The one part that postcard cannot read back: its deletion policy is an untagged enum. JSON
    // can.
    fn write_mls_join_config<
        G: traits::GroupId<CURRENT_VERSION>,
        V: traits::MlsGroupJoinConfig<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        config: &V,
    ) -> Result<(), StorageError> {
        match self.capture.keeps("mls_group_join_config") {
            true => self.write_state("mls_group_join_config", &serde_json::to_vec(config)?),
            false => Ok(()),
        }
    }

    fn mls_group_join_config<
        G: traits::GroupId<CURRENT_VERSION>,
        V: traits::MlsGroupJoinConfig<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
    ) -> Result<Option<V>, StorageError> {
        let json: Option<Vec<u8>> = self.read(Kind::State, &"mls_group_join_config")?;
        Ok(json.map(|json| serde_json::from_slice(&json)).transpose()?)
    }

    fn write_group_state<
        V: traits::GroupState<CURRENT_VERSION>,
        G: traits::GroupId<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        state: &V,
    ) -> Result<(), StorageError> {
        self.write_state("group_state", state)
    }

    fn group_state<V: traits::GroupState<CURRENT_VERSION>, G: traits::GroupId<CURRENT_VERSION>>(
        &self,
        _group: &G,
    ) -> Result<Option<V>, StorageError> {
        self.read(Kind::State, &"group_state")
    }

    // ---- never read back ----

    fn append_own_leaf_node<
        G: traits::GroupId<CURRENT_VERSION>,
        V: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        _leaf: &V,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn own_leaf_nodes<G: traits::GroupId<CURRENT_VERSION>, V: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        _group: &G,
    ) -> Result<Vec<V>, StorageError> {
        Ok(Vec::new())
    }

    fn queue_proposal<
        G: traits::GroupId<CURRENT_VERSION>,
        K: traits::ProposalRef<CURRENT_VERSION>,
        V: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        _reference: &K,
        _proposal: &V,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn queued_proposal_refs<
        G: traits::GroupId<CURRENT_VERSION>,
        K: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
    ) -> Result<Vec<K>, StorageError> {
        Ok(Vec::new())
    }

    fn queued_proposals<
        G: traits::GroupId<CURRENT_VERSION>,
        K: traits::ProposalRef<CURRENT_VERSION>,
        V: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
    ) -> Result<Vec<(K, V)>, StorageError> {
        Ok(Vec::new())
    }

    fn remove_proposal<
        G: traits::GroupId<CURRENT_VERSION>,
        K: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        _reference: &K,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn clear_proposal_queue<
        G: traits::GroupId<CURRENT_VERSION>,
        K: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn write_signature_key_pair<
        K: traits::SignaturePublicKey<CURRENT_VERSION>,
        V: traits::SignatureKeyPair<CURRENT_VERSION>,
    >(
        &self,
        _public_key: &K,
        _key_pair: &V,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn signature_key_pair<
        K: traits::SignaturePublicKey<CURRENT_VERSION>,
        V: traits::SignatureKeyPair<CURRENT_VERSION>,
    >(
        &self,
        _public_key: &K,
    ) -> Result<Option<V>, StorageError> {
        Ok(None)
    }

    fn write_psk<K: traits::PskId<CURRENT_VERSION>, V: traits::PskBundle<CURRENT_VERSION>>(
        &self,
        _id: &K,
        _psk: &V,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn psk<V: traits::PskBundle<CURRENT_VERSION>, K: traits::PskId<CURRENT_VERSION>>(
        &self,
        _id: &K,
    ) -> Result<Option<V>, StorageError> {
        Ok(None)
    }

    // OpenMLS derives secrets for components from it, which nobody asks for here.
    fn write_application_export_tree<
        G: traits::GroupId<CURRENT_VERSION>,
        V: traits::ApplicationExportTree<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
        _tree: &V,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    fn application_export_tree<
        G: traits::GroupId<CURRENT_VERSION>,
        V: traits::ApplicationExportTree<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
    ) -> Result<Option<V>, StorageError> {
        Ok(None)
    }

    fn delete_application_export_tree<
        G: traits::GroupId<CURRENT_VERSION>,
        V: traits::ApplicationExportTree<CURRENT_VERSION>,
    >(
        &self,
        _group: &G,
    ) -> Result<(), StorageError> {
        Ok(())
    }

    nothing! {
        delete_own_leaf_nodes: GroupId;
        delete_group_config: GroupId;
        delete_tree: GroupId;
        delete_confirmation_tag: GroupId;
        delete_group_state: GroupId;
        delete_context: GroupId;
        delete_interim_transcript_hash: GroupId;
        delete_message_secrets: GroupId;
        delete_all_resumption_psk_secrets: GroupId;
        delete_own_leaf_index: GroupId;
        delete_group_epoch_secrets: GroupId;
        delete_signature_key_pair: SignaturePublicKey;
        delete_psk: PskId;
    }
}
