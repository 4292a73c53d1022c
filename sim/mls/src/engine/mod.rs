//! What a client, a member and a hub can ask of MLS.
//!
//! An [`Engine`] is a stateless set of operations over three kinds of state that it defines: a
//! *client* (one device: identity and private keys), a *group* (one client's membership of one group)
//! and a *hub* (the public state of one group, as MIMI's hub keeps it). Engines differ in what is
//! inside; lengths, structure and [`Work`] are the same in all.
//!
//! - `config`: what every engine of a run is told.
//! - `plans`: what somebody is to make; `found`: what is found in messages; `hub`: what a hub makes of those.
//! - `warm`: members from before time zero; `sealing`: keys for one message; `error`: why MLS refuses.

mod config;
mod error;
mod found;
mod hub;
mod plans;
mod sealing;
mod warm;

pub use config::EngineConfig;
use error::keeps_nothing;
pub use error::{MlsError, Uncoverable};
pub use found::{Heard, HeardWhat, Processed, Proposed};
pub use hub::{Checked, CommitEffect, CommitParts, HubAccepted, Invite, SentGroupInfo};
pub use plans::{CommitBundle, CommitPlan, ExternalPlan, KeyPackage, ProposalPlan};
pub use sealing::{HpkeKey, Plaintext};
pub use warm::{Parents, WarmMember};

use crate::app_data::{AppData, AppDataUpdate, ComponentId, Listed};
use crate::terms::{Lifetime, Offer, Terms};
use crate::tree_health::TreeHealth;
use crate::tree_health::{NodeState, SMALL_TREE};
use crate::wire::{
    Credential, DomainList, EmbeddedMessage, ExternalReceiver, ExternalSender, HpkeCiphertext,
    PartialGroupInfo, SafeAadItem,
};
use crate::work::Work;
use throng_workloads::stream::{StreamOwner, Streams};

/// What a committer of engine `E` sends.
pub type BundleOf<E> = CommitBundle<<E as Engine>::Message>;

/// A group that exists before time zero.
pub struct WarmGroup<E: Engine> {
    /// The memberships of those who will act, in their order.
    pub groups: Vec<E::Group>,
    /// The group's public state.
    pub hub: E::Hub,
    /// Those who will only receive.
    pub audience: E::Audience,
}

/// MLS operations over an engine's own kinds of state.
///
/// All operations add what they did to the state's [`Work`], which [`Engine::take_work`] and
/// [`Engine::take_hub_work`] hand out.
pub trait Engine: Send + Sync + Sized + 'static {
    /// An MLSMessage on the wire.
    type Message: EmbeddedMessage<Opaque = Self::Tree> + Send + Sync + 'static;
    /// A ratchet tree on the wire (the `ratchet_tree` extension's content).
    type Tree: tls_codec::Size
        + tls_codec::Serialize
        + tls_codec::Deserialize
        + Clone
        + std::fmt::Debug
        + Eq
        + Send
        + Sync
        + 'static;
    /// One device: identity and private keys.
    type Client: Send + 'static;
    /// One client's membership of one group.
    type Group: Send + 'static;
    /// The public state of one group.
    type Hub: Send + 'static;
    /// A commit that a hub has checked and not taken.
    type CheckedCommit: Send;
    /// Proposals that a hub has checked and not taken.
    type CheckedProposals: Send;
    /// The members of one group who do nothing but receive.
    type Audience: Send + 'static;

    /// The engine for a run.
    fn new(config: EngineConfig) -> Self;
    /// The same engine, but one that times what it does with a stopwatch and says so in
    /// [`Work::measured_ns`]. An engine that does nothing worth timing stays as it is.
    fn measuring(self) -> Self {
        self
    }
    /// The same engine, but one whose hubs and members can be written down ([`Engine::hub_kept`], [`Engine::group_kept`]). For hubs that
    /// takes time at every commit, which only those spend whose hubs outlive the process.
    fn keeping(self) -> Self {
        self
    }

    // ---- a client ----

    /// A new device with this identity; all its randomness comes from the streams of `owner`.
    fn client(
        &self,
        identity: &[u8],
        streams: &Streams,
        owner: StreamOwner,
    ) -> Result<Self::Client, MlsError>;
    /// A fresh KeyPackage; its private part stays with the client until it is used or
    /// [dropped](Engine::forget_key_package).
    fn key_package(&self, client: &mut Self::Client)
    -> Result<KeyPackage<Self::Message>, MlsError>;
    /// A fresh KeyPackage that may be used more than once; its private part stays with the client until it is
    /// [dropped](Engine::forget_key_package).
    fn last_resort_key_package(
        &self,
        client: &mut Self::Client,
    ) -> Result<KeyPackage<Self::Message>, MlsError>;
    /// How long the KeyPackages hold, and the leaves of new groups, that the client makes from now on. At first they
    /// [always](Lifetime::ALWAYS) do, and so they do after a client was [restored](Engine::client_restored).
    fn set_lifetime(&self, client: &mut Self::Client, lifetime: Lifetime);
    /// Forget the private part of a KeyPackage that was never used (its lifetime ended).
    fn forget_key_package(
        &self,
        client: &mut Self::Client,
        reference: &[u8],
    ) -> Result<(), MlsError>;
    /// A client, to be taken up by [`Engine::client_restored`], without its randomness and without its groups.
    ///
    /// # Errors
    /// [`MlsError::Refused`] by an engine that keeps none.
    fn client_kept(&self, _client: &Self::Client) -> Result<Vec<u8>, MlsError> {
        Err(keeps_nothing("a client"))
    }
    /// A client as it was kept. Its randomness comes from these streams from now on, which are to be others than it had before: two that
    /// go on from the same state would seal different things with the same randomness.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it was not kept by an engine of this kind, [`MlsError::Refused`] by one that keeps none.
    fn client_restored(
        &self,
        _kept: &[u8],
        _streams: &Streams,
        _owner: StreamOwner,
    ) -> Result<Self::Client, MlsError> {
        Err(keeps_nothing("a client"))
    }
    /// How many KeyPackages the client has private parts of.
    fn key_packages(&self, _client: &Self::Client) -> usize {
        0
    }
    /// The client's work since the last call.
    fn take_work(&self, client: &mut Self::Client) -> Work;

    // ---- becoming a member ----

    /// Create a group with this id and the client as its only member, without application data.
    fn create(&self, client: &mut Self::Client, group_id: &[u8]) -> Result<Self::Group, MlsError> {
        self.create_with(client, group_id, &AppData::default())
    }
    /// Create a group with this id and this application data, and the client as its only member. The data is left out where the
    /// engine's groups have none.
    fn create_with(
        &self,
        client: &mut Self::Client,
        group_id: &[u8],
        app_data: &AppData,
    ) -> Result<Self::Group, MlsError>;
    /// The GroupInfo and tree of the current epoch (what a creator gives to the hub). Where the GroupContext has no more than a hash
    /// of the participant list, the list comes with the tree.
    fn group_info(
        &self,
        client: &mut Self::Client,
        group: &Self::Group,
    ) -> Result<(Self::Message, Self::Tree), MlsError>;
    /// Join from a Welcome; `tree` where the Welcome does not carry it.
    fn join(
        &self,
        client: &mut Self::Client,
        welcome: &Self::Message,
        tree: Option<&Self::Tree>,
    ) -> Result<Self::Group, MlsError>;
    /// Join by external commit. An old leaf with the client's signature key is removed by the same
    /// commit (resync). The new group is at the new epoch only after [`Engine::merge_pending`].
    fn join_external(
        &self,
        client: &mut Self::Client,
        group_info: &Self::Message,
        tree: &Self::Tree,
    ) -> Result<(Self::Group, BundleOf<Self>), MlsError> {
        self.join_external_with(client, group_info, tree, &ExternalPlan::NOTHING)
    }
    /// The same, with more in the commit.
    fn join_external_with(
        &self,
        client: &mut Self::Client,
        group_info: &Self::Message,
        tree: &Self::Tree,
        plan: &ExternalPlan<'_, Self::Message>,
    ) -> Result<(Self::Group, BundleOf<Self>), MlsError>;
    /// A group of all these that exists before time zero, with this application data, and its hub, with `parents` filled or blank
    /// and no leaf unmerged. Leaves are in the order given. No Work is counted.
    fn warm_group<'a>(
        &self,
        members: impl IntoIterator<Item = WarmMember<'a, Self::Client>>,
        parents: Parents,
        streams: &Streams,
        group_id: &[u8],
        app_data: AppData,
    ) -> Result<WarmGroup<Self>, MlsError>
    where
        Self::Client: 'a;
    /// All passive members of a group process a message, as [`Engine::process`] would for each.
    fn hear(
        &self,
        audience: &mut Self::Audience,
        message: &Self::Message,
    ) -> Result<Heard, MlsError>;
    /// Length of a KeyPackage's MLSMessage for a client with this identity, in bytes.
    fn key_package_len(&self, identity: &[u8], last_resort: bool) -> Result<u64, MlsError>;
    /// Forget a group and its secrets.
    fn forget(&self, client: &mut Self::Client, group: Self::Group) -> Result<(), MlsError>;

    /// A membership, to be taken up by [`Engine::group_restored`].
    ///
    /// # Errors
    /// [`MlsError::Refused`] where a commit or proposals are pending, and by an engine that is not [keeping](Engine::keeping).
    fn group_kept(
        &self,
        _client: &Self::Client,
        _group: &mut Self::Group,
    ) -> Result<Vec<u8>, MlsError> {
        Err(keeps_nothing("a group"))
    }
    /// A client's membership as it was kept.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it was not kept by an engine of this kind, or is another client's; [`MlsError::Refused`] by one that
    /// keeps none.
    fn group_restored(
        &self,
        _client: &Self::Client,
        _kept: &[u8],
    ) -> Result<Self::Group, MlsError> {
        Err(keeps_nothing("a group"))
    }

    // ---- a member ----

    /// Make a commit that covers all pending proposals (but the member's own Update) and the plan.
    /// The group stays at its epoch, with the commit pending.
    fn commit(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
        plan: &CommitPlan<'_, Self::Message>,
    ) -> Result<BundleOf<Self>, MlsError>;
    /// What [`Engine::hub_beside_welcome`] gives once a hub has taken the pending commit, for those who have no hub. It counts no Work:
    /// no committer of MIMI makes it.
    fn beside_pending_welcome(
        &self,
        client: &Self::Client,
        group: &Self::Group,
    ) -> Result<Option<Self::Tree>, MlsError>;
    /// The hub accepted the pending commit: go to its epoch.
    fn merge_pending(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
    ) -> Result<(), MlsError>;
    /// The hub refused the pending commit: forget it. (One who joins externally forgets the group
    /// and joins anew.)
    fn clear_pending(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
    ) -> Result<(), MlsError>;
    /// Make a proposal; it is pending in the member's own group too.
    fn propose(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
        plan: &ProposalPlan<'_, Self::Message>,
    ) -> Result<Self::Message, MlsError>;
    /// The hub refused these proposals of the member's own: they are pending no more.
    fn withdraw(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
        proposals: &[Self::Message],
    ) -> Result<(), MlsError>;
    /// Process a message of the group: proposals become pending, commits are merged, application
    /// messages are decrypted. A commit of another drops an own pending one. Handshake messages
    /// must be of the group's epoch, application messages of one that is remembered, else
    /// [`MlsError::WrongEpoch`].
    fn process(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
        message: &Self::Message,
    ) -> Result<Processed, MlsError>;
    /// Encrypt application content. Refused while proposals are pending: whoever has seen them
    /// commits before sending (RFC 9420, section 12.4).
    fn encrypt(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
        content: &[u8],
    ) -> Result<Self::Message, MlsError> {
        self.encrypt_with(client, group, content, &[])
    }
    /// The same, with items of Safe AAD beside the content, ascending by component: in clear, and signed with it. Refused where there
    /// are any and the group's application data has no [`SAFE_AAD`](crate::app_data::SAFE_AAD).
    fn encrypt_with(
        &self,
        client: &mut Self::Client,
        group: &mut Self::Group,
        content: &[u8],
        safe_aad: &[SafeAadItem],
    ) -> Result<Self::Message, MlsError>;

    /// The group's epoch.
    fn epoch(&self, group: &Self::Group) -> u64;
    /// The member's own leaf.
    fn own_leaf(&self, group: &Self::Group) -> u32;
    /// Leaves that pending proposals remove. A member among them may not commit.
    fn pending_removals(&self, group: &Self::Group) -> Vec<u32>;
    /// Those among them that leave by SelfRemove, ascending.
    fn pending_leavers(&self, group: &Self::Group) -> Vec<u32>;
    /// Identities of those whom pending proposals add.
    fn pending_additions(&self, group: &Self::Group) -> Vec<Vec<u8>>;
    /// How many proposals are pending.
    fn pending_proposals(&self, group: &Self::Group) -> usize;
    /// Members whose identity starts with `prefix`: leaf and identity, ascending by leaf.
    fn members(&self, group: &Self::Group, prefix: &[u8]) -> Vec<(u32, Vec<u8>)>;
    /// Whether the user of this URI is a participant, by the application data of the group's epoch.
    fn participant(&self, group: &Self::Group, user: &[u8]) -> Listed;
    /// The participant at this index of the list, and its role.
    fn participant_at(&self, group: &Self::Group, index: u32) -> Option<(Vec<u8>, u32)>;
    /// All participants, in the order of the list, each with its role; none where there is no list.
    fn participants(&self, group: &Self::Group) -> Vec<(Vec<u8>, u32)>;
    /// The data of a component in the GroupContext of the group's epoch.
    fn component(&self, group: &Self::Group, component: ComponentId) -> Option<Vec<u8>>;
    /// The domains from which the group's ratchet tree may be fetched, where its GroupContext says so (`ratchet_tree_source_domains`).
    fn tree_sources(&self, group: &Self::Group) -> DomainList;
    /// Updates of application data that pending proposals make.
    fn pending_app_data(&self, group: &Self::Group) -> Vec<AppDataUpdate>;
    /// The identity of the member at this leaf; `None` where there is nobody.
    fn member(&self, group: &Self::Group, leaf: u32) -> Option<Vec<u8>>;
    /// The leaves of all members, ascending.
    fn leaves(&self, group: &Self::Group) -> Vec<u32> {
        let members = self.members(group, b"").into_iter();
        members.map(|(leaf, _)| leaf).collect()
    }
    /// How many members have lower leaves than this one.
    fn members_before(&self, group: &Self::Group, leaf: u32) -> u32 {
        self.leaves(group).partition_point(|other| *other < leaf) as u32
    }
    /// How many members the group has.
    fn member_count(&self, group: &Self::Group) -> usize;
    /// The tree's state and all its nodes, as a hub would have them ([`Engine::hub_health`], [`Engine::hub_nodes`]); `None` where they
    /// cannot be read.
    fn tree(&self, group: &Self::Group) -> Option<(TreeHealth, Vec<NodeState>)>;
    /// The epoch authenticator (RFC 9420, section 8.7), where the engine has secrets.
    fn epoch_authenticator(&self, group: &Self::Group) -> Option<Vec<u8>>;

    // ---- the hub ----

    /// The public state of a group from a GroupInfo and its tree.
    fn hub(&self, group_info: &Self::Message, tree: &Self::Tree) -> Result<Self::Hub, MlsError>;
    /// Validate a handshake message and, if all its rules hold, take it into the state: a proposal
    /// is cached, a commit must cover every cached proposal and moves the epoch. Of several
    /// proposals about one leaf a commit can cover one, a SelfRemove before any Remove and that before any Update, and none of the
    /// committer's own Updates; those count as covered. A proposal that no commit could cover is
    /// refused. External commits must cover SelfRemoves and can cover nothing else; the cached proposals end with their epoch.
    fn hub_accept(
        &self,
        hub: &mut Self::Hub,
        message: &Self::Message,
    ) -> Result<HubAccepted, MlsError>;
    /// Check a commit with all that comes with it, and change nothing. Who may be whom is not MLS's to know: whoever asks
    /// has to look at those whom it admits. Besides what [`Engine::hub_accept`] checks: there is a
    /// Welcome if and only if the commit adds somebody, and it is for the KeyPackages added; the GroupInfo is of the
    /// epoch that the commit creates, says of it what the commit makes, is signed by the committer, can be joined by, and
    /// has no tree in it. It comes back whole, whether it came so or not.
    fn hub_check_commit(
        &self,
        hub: &mut Self::Hub,
        parts: CommitParts<'_, Self::Message>,
    ) -> Result<(Checked<Self::CheckedCommit>, Self::Message), MlsError>;
    /// Take a commit into the state. It was checked against this very state.
    fn hub_take_commit(
        &self,
        hub: &mut Self::Hub,
        commit: Self::CheckedCommit,
    ) -> Result<CommitEffect, MlsError>;
    /// Check proposals of one sender that stand or fall together, each as if those before it were cached, and change
    /// nothing.
    fn hub_check_proposals(
        &self,
        hub: &mut Self::Hub,
        proposals: &[Self::Message],
    ) -> Result<Checked<Self::CheckedProposals>, MlsError>;
    /// Take proposals into the state: they are cached until a commit covers them.
    fn hub_take_proposals(
        &self,
        hub: &mut Self::Hub,
        proposals: Self::CheckedProposals,
    ) -> Result<(), MlsError>;
    /// Proposals that the members at these leaves go, made by whom the group has among its external senders (RFC 9420, section
    /// 12.1.8): a hub. They are not checked and taken yet, as those of others. Refused where it is none of them.
    fn hub_propose_removes(
        &self,
        sender: &mut Self::Client,
        hub: &Self::Hub,
        leaves: &[u32],
    ) -> Result<Vec<Self::Message>, MlsError>;
    /// What a group has to say of a client so that its members' handshakes can be encrypted for it, too, in SemiPrivateMessages
    /// (draft-mahy-mls-semiprivatemessage): among the data of the component
    /// [`EXTERNAL_RECEIVERS`](crate::wire::semi_private::EXTERNAL_RECEIVERS). Members of a group that has one send them so, but for
    /// SelfRemoves and what whoever leaves by one proposes after it, which those have to read who join from outside
    /// (draft-ietf-mls-extensions, "SelfRemove Proposal"); external commits are in clear.
    fn external_receiver(&self, client: &Self::Client) -> Result<ExternalReceiver, MlsError>;
    /// The PublicMessage in a SemiPrivateMessage of the group's epoch, for a receiver whom the group names. It goes on from there as one
    /// that came in clear; the Work of opening it is the receiver's.
    ///
    /// # Errors
    /// [`MlsError::Refused`] where it is not encrypted for this receiver, or is not what its sender signed; [`MlsError::WrongEpoch`];
    /// [`MlsError::Malformed`] where it is something else.
    fn hub_open(
        &self,
        receiver: &mut Self::Client,
        hub: &Self::Hub,
        message: &Self::Message,
    ) -> Result<Self::Message, MlsError>;
    /// Whether a client is a member with this very signature key.
    fn hub_has_member(&self, hub: &Self::Hub, identity: &[u8], signature_key: &[u8]) -> bool;
    /// Whether the user of this URI is a participant, by the application data of the group's epoch.
    fn hub_participant(&self, hub: &Self::Hub, user: &[u8]) -> Listed;
    /// The participant at this index of the list, and its role.
    fn hub_participant_at(&self, hub: &Self::Hub, index: u32) -> Option<(Vec<u8>, u32)>;
    /// All participants, in the order of the list, each with its role; none where there is no list.
    fn hub_participants(&self, hub: &Self::Hub) -> Vec<(Vec<u8>, u32)>;
    /// The data of a component in the GroupContext of the group's epoch.
    fn hub_component(&self, hub: &Self::Hub, component: ComponentId) -> Option<Vec<u8>>;
    /// Who may propose without being a member (RFC 9420, section 12.1.8.1), by the GroupContext of the group's epoch.
    fn hub_external_senders(&self, hub: &Self::Hub) -> Vec<ExternalSender>;
    /// Updates of application data that the cached proposals make.
    fn hub_pending_app_data(&self, hub: &Self::Hub) -> Vec<AppDataUpdate>;
    /// The group's identifier.
    fn hub_group_id(&self, hub: &Self::Hub) -> Vec<u8>;
    /// The group's epoch.
    fn hub_epoch(&self, hub: &Self::Hub) -> u64;
    /// The tree's state.
    fn hub_health(&self, hub: &Self::Hub) -> TreeHealth;
    /// All nodes of the tree, blank ones too, in the array representation of RFC 9420, appendix C.
    fn hub_nodes(&self, hub: &Self::Hub) -> Vec<NodeState>;
    /// The same, where the tree has at most [`SMALL_TREE`] leaves.
    fn hub_small_tree(&self, hub: &Self::Hub) -> Option<Vec<NodeState>> {
        (self.hub_health(hub).leaves <= SMALL_TREE).then(|| self.hub_nodes(hub))
    }
    /// The tree, for joiners; and where the GroupContext has no more than a hash of the participant list, the list with it.
    fn hub_tree(&self, hub: &Self::Hub) -> Result<Self::Tree, MlsError>;
    /// The same, as far as those need it who join by a Welcome; `None` where all is in the Welcome.
    fn hub_beside_welcome(&self, hub: &Self::Hub) -> Result<Option<Self::Tree>, MlsError>;
    /// The length of what [`Engine::hub_tree`] gives on the wire, in bytes.
    fn hub_tree_len(&self, hub: &Self::Hub) -> usize;
    /// Members: leaf and identity, ascending by leaf.
    fn hub_members(&self, hub: &Self::Hub) -> Vec<(u32, Vec<u8>)>;
    /// The public state of the group at its epoch, to be taken up by [`Engine::hub_restored`]; the proposals that are cached are
    /// whoever's who keeps it. `None` of an engine that is not [keeping](Engine::keeping).
    fn hub_kept(&self, _hub: &Self::Hub) -> Option<Vec<u8>> {
        None
    }
    /// A hub as it was kept. Nothing is checked that was checked before: a leaf whose lifetime has ended since stays a member's.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it was not kept by an engine of this kind.
    fn hub_restored(&self, _kept: &[u8]) -> Result<Self::Hub, MlsError> {
        Err(MlsError::Malformed("this engine keeps no hubs".to_owned()))
    }
    /// The hub's work since the last call.
    fn take_hub_work(&self, hub: &mut Self::Hub) -> Work;

    // ---- a message from outside ----

    /// Whether the user of this URI is a participant, by the application data that a GroupInfo says the group has, or what came
    /// beside it.
    fn group_info_participant(
        &self,
        group_info: &Self::Message,
        tree: &Self::Tree,
        user: &[u8],
    ) -> Result<Listed, MlsError>;
    /// What a hub that follows the handshakes lacks for this GroupInfo.
    fn partial_group_info(&self, group_info: &Self::Message) -> Result<PartialGroupInfo, MlsError>;

    /// The epoch that a handshake or application message states in clear.
    fn message_epoch(&self, message: &Self::Message) -> Result<u64, MlsError>;
    /// What a proposal in clear says; `None` of any other message.
    fn message_proposal(&self, message: &Self::Message) -> Option<Proposed>;
    /// The leaf of the member that a handshake message says in clear to be its sender; `None` where it is from outside, or where that
    /// is not said in clear.
    fn message_sender(&self, message: &Self::Message) -> Option<u32>;
    /// The items of Safe AAD that an application message of a group with [`SAFE_AAD`](crate::app_data::SAFE_AAD) has in clear.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where there is no SafeAAD in it, or it is another message.
    fn message_safe_aad(&self, message: &Self::Message) -> Result<Vec<SafeAadItem>, MlsError>;
    /// The KeyPackageRefs that a Welcome is for, in its order.
    fn welcome_references(&self, welcome: &Self::Message) -> Result<Vec<Vec<u8>>, MlsError>;
    /// The same Welcome for the clients of these KeyPackageRefs alone: its encrypted GroupInfo, and of its EncryptedGroupSecrets theirs, in
    /// its order. Nothing in a Welcome is signed or sealed over all of it, so that anybody can make it (RFC 9420, section 12.4.3.1).
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it is no Welcome, [`MlsError::WrongParts`] where it is not for one of them.
    fn welcome_for(
        &self,
        welcome: &Self::Message,
        references: &[Vec<u8>],
    ) -> Result<Self::Message, MlsError>;
    /// The KeyPackageRef of a KeyPackage message (RFC 9420, section 5.2).
    fn key_package_reference(&self, key_package: &Self::Message) -> Result<Vec<u8>, MlsError>;
    /// The URI of the client whose KeyPackage it is. Nothing is verified.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it cannot be read.
    fn key_package_identity(&self, key_package: &Self::Message) -> Result<Vec<u8>, MlsError>;
    /// What a KeyPackage message says of its use. Nothing is verified.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it cannot be read.
    fn key_package_terms(&self, key_package: &Self::Message) -> Result<Terms, MlsError>;
    /// For which groups a KeyPackage message is of use. Nothing is verified.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where it cannot be read.
    fn key_package_offer(&self, key_package: &Self::Message) -> Result<Offer, MlsError>;
    /// Seal GroupInfo and tree to a joiner's HPKE public key (MIMI's groupInfoPublicKey): EncryptWithLabel (RFC 9420,
    /// section 5.1.3) with the label that MIMI gives it and the room's identifier as context.
    fn seal_group_info<P: Plaintext>(
        &self,
        sealer: &mut Self::Client,
        public_key: &[u8],
        room_id: &[u8],
        plaintext: &P,
    ) -> Result<HpkeCiphertext<Self::Tree>, MlsError>;
    /// A fresh HPKE key pair of the client, for [`Engine::open_group_info`].
    fn hpke_key(&self, client: &mut Self::Client) -> Result<HpkeKey, MlsError>;
    /// Open what was sealed to this key for this room.
    fn open_group_info<P: Plaintext>(
        &self,
        client: &mut Self::Client,
        key: &HpkeKey,
        room_id: &[u8],
        sealed: &HpkeCiphertext<Self::Tree>,
    ) -> Result<P, MlsError>;
    /// SignWithLabel (RFC 9420, section 5.1.2) with the client's signature key: MIMI's requests and answers carry such
    /// signatures.
    fn sign_with_label<T: tls_codec::Serialize>(
        &self,
        client: &mut Self::Client,
        label: &str,
        content: &T,
    ) -> Result<Vec<u8>, MlsError>;
    /// VerifyWithLabel with somebody's public key; the Work is the verifier's.
    fn verify_with_label<T: tls_codec::Serialize>(
        &self,
        verifier: &mut Self::Client,
        public_key: &[u8],
        label: &str,
        content: &T,
        signature: &[u8],
    ) -> Result<(), MlsError>;
    /// The client's signature public key, as MIMI's structs carry it.
    fn signature_key(&self, client: &Self::Client) -> Vec<u8>;
    /// The client's credential.
    fn credential(&self, client: &Self::Client) -> Credential;
    /// The URI of the client with this credential and this signature key, once the verifier has found the credential to be valid: of the
    /// type that the engine's clients have, signed by who issues theirs, and that key's. The Work is the verifier's. A basic credential is always
    /// valid: nothing in it proves anything.
    ///
    /// # Errors
    /// [`MlsError::Refused`] where it is not valid.
    fn authenticate(
        &self,
        verifier: &mut Self::Client,
        credential: &Credential,
        signature_key: &[u8],
    ) -> Result<Vec<u8>, MlsError>;
    /// The ciphersuite's number, as the wire has it ([`Suite::code`](crate::ciphersuite::Suite::code)).
    fn ciphersuite_code(&self) -> u16;
    /// Whether Welcomes carry the ratchet tree in their GroupInfo.
    fn tree_in_welcome(&self) -> bool;
}
