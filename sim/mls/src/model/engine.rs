//! The [`Engine`] without cryptography.

use super::audience::Audience;
use super::client::Client;
use super::group::{self, Group};
use super::hub::{CheckedCommit, CheckedProposals, Hub};
use super::message::{Blob, Kind, Message, epoch_of};
use super::proposal::What;
use super::semi_private;
use super::settings::Settings;
use super::signature_key::{receiver_key, signature_key};
use crate::app_data::{AppData, AppDataUpdate, ComponentId, Listed};
use crate::engine::{
    Checked, CommitBundle, CommitEffect, CommitParts, CommitPlan, Engine, EngineConfig,
    ExternalPlan, Heard, HpkeKey, HubAccepted, KeyPackage, MlsError, Parents, Plaintext, Processed,
    ProposalPlan, Proposed, WarmGroup, WarmMember,
};
use crate::identities::Identities;
use crate::secret_tree::SecretTrees;
use crate::terms::{Lifetime, Offer, Terms};
use crate::tree_health::NodeState;
use crate::tree_health::TreeHealth;
use crate::wire::{
    Credential, DomainList, ExternalReceiver, ExternalSender, HpkeCiphertext, PartialGroupInfo,
    RatchetTreePresence, SafeAadItem,
};
use crate::work::Work;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::{Serialize, Size};

/// MLS as structure, lengths and Work.
#[derive(Debug, Clone)]
pub struct ModelEngine {
    settings: Settings,
}

impl Engine for ModelEngine {
    type Message = Message;
    type Tree = Blob;
    type Client = Client;
    type Group = Group;
    type Hub = Hub;
    type CheckedCommit = CheckedCommit;
    type CheckedProposals = CheckedProposals;
    type Audience = Audience;

    fn new(config: EngineConfig) -> Self {
        Self {
            settings: Settings::new(&config),
        }
    }

    fn client(
        &self,
        identity: &[u8],
        streams: &Streams,
        owner: StreamOwner,
    ) -> Result<Client, MlsError> {
        self.settings.credentials.check_name(identity)?;
        Ok(Client::new(identity, streams.key(owner, "mls")))
    }

    fn key_package(&self, client: &mut Client) -> Result<KeyPackage<Message>, MlsError> {
        Ok(client.key_package(&self.settings, false))
    }

    fn last_resort_key_package(
        &self,
        client: &mut Client,
    ) -> Result<KeyPackage<Message>, MlsError> {
        Ok(client.key_package(&self.settings, true))
    }

    fn set_lifetime(&self, client: &mut Client, lifetime: Lifetime) {
        client.lifetime = lifetime;
    }

    fn forget_key_package(&self, client: &mut Client, reference: &[u8]) -> Result<(), MlsError> {
        client.use_up(reference);
        Ok(())
    }

    fn take_work(&self, client: &mut Client) -> Work {
        client.take_work()
    }

    fn create_with(
        &self,
        client: &mut Client,
        group_id: &[u8],
        app_data: &AppData,
    ) -> Result<Group, MlsError> {
        Ok(group::create(&self.settings, client, group_id, app_data))
    }

    fn group_info(&self, client: &mut Client, group: &Group) -> Result<(Message, Blob), MlsError> {
        group::group_info(client, group)
    }

    fn join(
        &self,
        client: &mut Client,
        welcome: &Message,
        tree: Option<&Blob>,
    ) -> Result<Group, MlsError> {
        group::join(&self.settings, client, welcome, tree)
    }

    fn join_external_with(
        &self,
        client: &mut Client,
        group_info: &Message,
        tree: &Blob,
        plan: &ExternalPlan<'_, Message>,
    ) -> Result<(Group, CommitBundle<Message>), MlsError> {
        group::join_external(&self.settings, client, group_info, tree, plan)
    }

    fn warm_group<'a>(
        &self,
        members: impl IntoIterator<Item = WarmMember<'a, Client>>,
        parents: Parents,
        _streams: &Streams,
        group_id: &[u8],
        app_data: AppData,
    ) -> Result<WarmGroup<Self>, MlsError> {
        let members = members.into_iter();
        let mut identities = Identities::with_capacity(members.size_hint().0);
        let mut acting = Vec::new();
        for member in members {
            match member {
                WarmMember::Acting(client) => acting.push(identities.push(&client.identity)),
                WarmMember::Passive { identity, .. } => {
                    identities.push(&identity);
                }
            }
        }
        let version = group::warm(&self.settings, identities, parents, group_id, app_data)?;
        let at = |leaf| Group::at(&self.settings, version.clone(), leaf);
        Ok(WarmGroup {
            groups: acting.into_iter().map(at).collect(),
            audience: Audience {
                epoch: version.epoch(),
                tolerance: self.settings.epoch_tolerance,
                lengths: self.settings.lengths,
                context: version.context(),
                secrets: SecretTrees::new(
                    version.epoch(),
                    version.leaves(),
                    self.settings.epoch_tolerance as usize,
                ),
            },
            hub: Hub::at(version),
        })
    }

    fn hear(&self, audience: &mut Audience, message: &Message) -> Result<Heard, MlsError> {
        audience.hear(message)
    }

    fn key_package_len(&self, identity: &[u8], last_resort: bool) -> Result<u64, MlsError> {
        Ok(self
            .settings
            .lengths
            .key_package_message(identity.len() as u64, last_resort))
    }

    fn forget(&self, _client: &mut Client, group: Group) -> Result<(), MlsError> {
        drop(group);
        Ok(())
    }

    fn commit(
        &self,
        client: &mut Client,
        group: &mut Group,
        plan: &CommitPlan<'_, Message>,
    ) -> Result<CommitBundle<Message>, MlsError> {
        group::commit(&self.settings, client, group, plan)
    }

    fn beside_pending_welcome(
        &self,
        _client: &Client,
        group: &Group,
    ) -> Result<Option<Blob>, MlsError> {
        group::beside_pending_welcome(&self.settings, group)
    }

    fn merge_pending(&self, _client: &mut Client, group: &mut Group) -> Result<(), MlsError> {
        group::merge_pending(group);
        Ok(())
    }

    fn clear_pending(&self, _client: &mut Client, group: &mut Group) -> Result<(), MlsError> {
        group::clear_pending(group);
        Ok(())
    }

    fn propose(
        &self,
        client: &mut Client,
        group: &mut Group,
        plan: &ProposalPlan<'_, Message>,
    ) -> Result<Message, MlsError> {
        group::propose(&self.settings, client, group, plan)
    }

    fn withdraw(
        &self,
        _client: &mut Client,
        group: &mut Group,
        proposals: &[Message],
    ) -> Result<(), MlsError> {
        group::withdraw(group, proposals);
        Ok(())
    }

    fn process(
        &self,
        client: &mut Client,
        group: &mut Group,
        message: &Message,
    ) -> Result<Processed, MlsError> {
        group::process(&self.settings, client, group, message)
    }

    fn encrypt_with(
        &self,
        client: &mut Client,
        group: &mut Group,
        content: &[u8],
        safe_aad: &[SafeAadItem],
    ) -> Result<Message, MlsError> {
        group::encrypt(&self.settings, client, group, content, safe_aad)
    }

    fn epoch(&self, group: &Group) -> u64 {
        group.epoch()
    }

    fn own_leaf(&self, group: &Group) -> u32 {
        group.own_leaf()
    }

    fn pending_additions(&self, group: &Group) -> Vec<Vec<u8>> {
        group.pending_additions()
    }

    fn pending_removals(&self, group: &Group) -> Vec<u32> {
        group.pending_removals()
    }

    fn pending_leavers(&self, group: &Group) -> Vec<u32> {
        group.pending_leavers()
    }

    fn pending_proposals(&self, group: &Group) -> usize {
        group.pending_proposals()
    }

    fn members(&self, group: &Group, prefix: &[u8]) -> Vec<(u32, Vec<u8>)> {
        group.members(prefix)
    }

    fn participant(&self, group: &Group, user: &[u8]) -> Listed {
        group.participant(user)
    }

    fn participant_at(&self, group: &Group, index: u32) -> Option<(Vec<u8>, u32)> {
        group.participant_at(index)
    }

    fn participants(&self, group: &Group) -> Vec<(Vec<u8>, u32)> {
        group.participants()
    }

    fn component(&self, group: &Group, component: ComponentId) -> Option<Vec<u8>> {
        group.component(component)
    }

    fn tree_sources(&self, group: &Group) -> DomainList {
        group.tree_sources()
    }

    fn pending_app_data(&self, group: &Group) -> Vec<AppDataUpdate> {
        group.pending_app_data()
    }

    fn member(&self, group: &Group, leaf: u32) -> Option<Vec<u8>> {
        group.member(leaf)
    }

    fn leaves(&self, group: &Group) -> Vec<u32> {
        group.leaves()
    }

    fn members_before(&self, group: &Group, leaf: u32) -> u32 {
        group.members_before(leaf)
    }

    fn member_count(&self, group: &Group) -> usize {
        group.member_count()
    }

    fn tree(&self, group: &Group) -> Option<(TreeHealth, Vec<NodeState>)> {
        Some(group.tree())
    }

    fn epoch_authenticator(&self, _group: &Group) -> Option<Vec<u8>> {
        None
    }

    fn hub(&self, group_info: &Message, tree: &Blob) -> Result<Hub, MlsError> {
        Hub::new(group_info, tree)
    }

    fn hub_accept(&self, hub: &mut Hub, message: &Message) -> Result<HubAccepted, MlsError> {
        hub.accept(message)
    }

    fn hub_check_commit(
        &self,
        hub: &mut Hub,
        parts: CommitParts<'_, Message>,
    ) -> Result<(Checked<CheckedCommit>, Message), MlsError> {
        hub.check_commit(parts)
    }

    fn hub_take_commit(
        &self,
        hub: &mut Hub,
        commit: CheckedCommit,
    ) -> Result<CommitEffect, MlsError> {
        Ok(hub.take_commit(&commit))
    }

    fn hub_check_proposals(
        &self,
        hub: &mut Hub,
        proposals: &[Message],
    ) -> Result<Checked<CheckedProposals>, MlsError> {
        hub.check_proposals(proposals)
    }

    fn hub_take_proposals(
        &self,
        hub: &mut Hub,
        proposals: CheckedProposals,
    ) -> Result<(), MlsError> {
        hub.take_proposals(proposals);
        Ok(())
    }

    fn hub_propose_removes(
        &self,
        sender: &mut Client,
        hub: &Hub,
        leaves: &[u32],
    ) -> Result<Vec<Message>, MlsError> {
        let key = self.signature_key(sender);
        hub.propose_removes(&key, leaves, sender.work())
    }

    fn external_receiver(&self, client: &Client) -> Result<ExternalReceiver, MlsError> {
        Ok(ExternalReceiver {
            public_key: receiver_key(&self.settings.lengths, &client.identity).into(),
            credential: self.credential(client),
        })
    }

    fn hub_open(
        &self,
        receiver: &mut Client,
        hub: &Hub,
        message: &Message,
    ) -> Result<Message, MlsError> {
        semi_private::open_outside(&self.settings, receiver, hub.version(), message)
    }

    fn hub_has_member(&self, hub: &Hub, identity: &[u8], signature_key: &[u8]) -> bool {
        hub.has_member(&self.settings.lengths, identity, signature_key)
    }

    fn hub_participant(&self, hub: &Hub, user: &[u8]) -> Listed {
        hub.participant(user)
    }

    fn hub_participant_at(&self, hub: &Hub, index: u32) -> Option<(Vec<u8>, u32)> {
        hub.participant_at(index)
    }

    fn hub_participants(&self, hub: &Hub) -> Vec<(Vec<u8>, u32)> {
        hub.participants()
    }

    fn hub_component(&self, hub: &Hub, component: ComponentId) -> Option<Vec<u8>> {
        hub.component(component)
    }

    fn hub_external_senders(&self, hub: &Hub) -> Vec<ExternalSender> {
        hub.external_senders()
    }

    fn hub_pending_app_data(&self, hub: &Hub) -> Vec<AppDataUpdate> {
        hub.pending_app_data()
    }

    fn hub_group_id(&self, hub: &Hub) -> Vec<u8> {
        hub.group_id().to_vec()
    }

    fn hub_epoch(&self, hub: &Hub) -> u64 {
        hub.epoch()
    }

    fn hub_health(&self, hub: &Hub) -> TreeHealth {
        hub.health()
    }

    fn hub_nodes(&self, hub: &Hub) -> Vec<NodeState> {
        hub.nodes()
    }

    fn hub_tree(&self, hub: &Hub) -> Result<Blob, MlsError> {
        Ok(hub.tree())
    }

    fn hub_beside_welcome(&self, hub: &Hub) -> Result<Option<Blob>, MlsError> {
        Ok(hub.beside_welcome(self.settings.tree_in_welcome))
    }

    fn hub_tree_len(&self, hub: &Hub) -> usize {
        hub.tree().tls_serialized_len()
    }

    fn hub_members(&self, hub: &Hub) -> Vec<(u32, Vec<u8>)> {
        hub.members()
    }

    fn take_hub_work(&self, hub: &mut Hub) -> Work {
        std::mem::take(&mut hub.work)
    }

    fn message_epoch(&self, message: &Message) -> Result<u64, MlsError> {
        epoch_of(message)
    }

    fn group_info_participant(
        &self,
        group_info: &Message,
        _tree: &Blob,
        user: &[u8],
    ) -> Result<Listed, MlsError> {
        match group_info.kind() {
            Kind::GroupInfo(place) => Ok(place.version().participant(user)),
            _ => Err(MlsError::Malformed("not a GroupInfo".to_owned())),
        }
    }

    fn message_proposal(&self, message: &Message) -> Option<Proposed> {
        let Some(Kind::Proposal(proposal)) = message.in_clear() else {
            return None;
        };
        Some(match &proposal.what {
            What::Remove(leaf) => Proposed::Remove(*leaf),
            What::AppData(update) => Proposed::AppData(AppDataUpdate::clone(update)),
            What::SelfRemove => Proposed::SelfRemove,
            What::Add(_) | What::Update => Proposed::Other,
        })
    }

    fn message_sender(&self, message: &Message) -> Option<u32> {
        match message.in_clear()? {
            Kind::Proposal(proposal) => proposal.id.sender.leaf(),
            Kind::Commit(commit) => (!commit.external).then_some(commit.committer),
            _ => None,
        }
    }

    fn message_safe_aad(&self, message: &Message) -> Result<Vec<SafeAadItem>, MlsError> {
        match message.kind() {
            Kind::Application(application) => Ok(application.safe_aad.clone()),
            _ => Err(MlsError::Malformed("not an application message".to_owned())),
        }
    }

    fn partial_group_info(&self, group_info: &Message) -> Result<PartialGroupInfo, MlsError> {
        let Kind::GroupInfo(place) = group_info.kind() else {
            return Err(MlsError::Malformed("not a GroupInfo".to_owned()));
        };
        let lengths = place.history().lengths;
        let zeros = |len: u64| vec![0; len as usize].into();
        Ok(PartialGroupInfo {
            ratchet_tree_presence: RatchetTreePresence::NoRatchetTree,
            group_info_extensions: zeros(lengths.group_info_extensions()),
            signature: zeros(lengths.signature),
        })
    }

    fn welcome_references(&self, welcome: &Message) -> Result<Vec<Vec<u8>>, MlsError> {
        match welcome.kind() {
            Kind::Welcome(welcome) => Ok(welcome.references.iter().map(|r| r.to_vec()).collect()),
            _ => Err(MlsError::Malformed("not a Welcome".to_owned())),
        }
    }

    fn welcome_for(&self, welcome: &Message, references: &[Vec<u8>]) -> Result<Message, MlsError> {
        match welcome.kind() {
            Kind::Welcome(welcome) => welcome.cut(&self.settings.lengths, references),
            _ => Err(MlsError::Malformed("not a Welcome".to_owned())),
        }
    }

    fn key_package_reference(&self, key_package: &Message) -> Result<Vec<u8>, MlsError> {
        Ok(key_package.key_package()?.reference.to_vec())
    }

    fn key_package_identity(&self, key_package: &Message) -> Result<Vec<u8>, MlsError> {
        Ok(key_package.key_package()?.identity.to_vec())
    }

    fn key_package_terms(&self, key_package: &Message) -> Result<Terms, MlsError> {
        Ok(key_package.key_package()?.terms)
    }

    fn key_package_offer(&self, key_package: &Message) -> Result<Offer, MlsError> {
        key_package.key_package()?;
        Ok(self.settings.offer.clone())
    }

    fn seal_group_info<P: Plaintext>(
        &self,
        sealer: &mut Client,
        public_key: &[u8],
        room_id: &[u8],
        plaintext: &P,
    ) -> Result<HpkeCiphertext<Blob>, MlsError> {
        Ok(sealer.seal_group_info(&self.settings, public_key, room_id, plaintext))
    }

    fn hpke_key(&self, client: &mut Client) -> Result<HpkeKey, MlsError> {
        Ok(client.hpke_key(&self.settings))
    }

    fn open_group_info<P: Plaintext>(
        &self,
        client: &mut Client,
        key: &HpkeKey,
        room_id: &[u8],
        sealed: &HpkeCiphertext<Blob>,
    ) -> Result<P, MlsError> {
        client.open_group_info(key, room_id, sealed)
    }

    fn sign_with_label<T: Serialize>(
        &self,
        client: &mut Client,
        label: &str,
        content: &T,
    ) -> Result<Vec<u8>, MlsError> {
        client.sign(&self.settings, label, content)
    }

    fn verify_with_label<T: Serialize>(
        &self,
        verifier: &mut Client,
        public_key: &[u8],
        label: &str,
        content: &T,
        signature: &[u8],
    ) -> Result<(), MlsError> {
        verifier.verify(&self.settings, public_key, label, content, signature)
    }

    fn signature_key(&self, client: &Client) -> Vec<u8> {
        signature_key(&self.settings.lengths, &client.identity)
    }

    fn credential(&self, client: &Client) -> Credential {
        let key = self.signature_key(client);
        self.settings.credentials.issue(&client.identity, &key)
    }

    fn authenticate(
        &self,
        verifier: &mut Client,
        credential: &Credential,
        signature_key: &[u8],
    ) -> Result<Vec<u8>, MlsError> {
        let issued = &self.settings.credentials;
        let (uri, work) = issued.authenticate(credential, signature_key);
        *verifier.work() += work;
        uri
    }

    fn ciphersuite_code(&self) -> u16 {
        self.settings.suite.code
    }

    fn tree_in_welcome(&self) -> bool {
        self.settings.tree_in_welcome
    }
}
