//! The [`Engine`] over OpenMLS.

use crate::app_data::{self as data, AppData, AppDataUpdate, ComponentId, Listed};
use crate::engine::{
    Checked, CommitBundle, CommitEffect, CommitParts, CommitPlan, Engine, EngineConfig,
    ExternalPlan, Heard, HpkeKey, HubAccepted, KeyPackage, MlsError, Parents, Plaintext, Processed,
    ProposalPlan, Proposed, WarmGroup, WarmMember,
};
use crate::openmls::app_data::{self, listed, listed_in_group_info};
use crate::openmls::audience::Audience;
use crate::openmls::beside::Beside;
use crate::openmls::client::Client;
use crate::openmls::error::malformed;
use crate::openmls::group::{self, Group};
use crate::openmls::hub::{CheckedCommit, CheckedProposals, Hub};
use crate::openmls::settings::Settings;
use crate::openmls::{credentials, framing, member, semi_private, tree, warm};
use crate::terms::{Lifetime, Offer, Terms};
use crate::tree_health::NodeState;
use crate::tree_health::TreeHealth;
use crate::wire::{
    Credential, DomainList, ExternalReceiver, ExternalSender, HpkeCiphertext, MlsBytes,
    OpaqueBytes, PartialGroupInfo, SafeAadItem, safe_aad,
};
use crate::work::Work;
use openmls::prelude::LeafNodeIndex;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::Serialize;

/// MLS as OpenMLS does it: every message is really encrypted, signed, decrypted and verified.
#[derive(Debug, Clone)]
pub struct OpenMlsEngine {
    settings: Settings,
    measuring: bool,
    keeping: bool,
}

/// Let the client's stopwatch run while it does something.
fn timed<T>(client: &mut Client, operation: impl FnOnce(&mut Client) -> T) -> T {
    let began = client.stopwatch.begin();
    let result = operation(client);
    client.stopwatch.end(began);
    result
}

impl Engine for OpenMlsEngine {
    type Message = MlsBytes;
    type Tree = OpaqueBytes;
    type Client = Client;
    type Group = Group;
    type Hub = Hub;
    type CheckedCommit = CheckedCommit;
    type CheckedProposals = CheckedProposals;
    type Audience = Audience;

    fn new(config: EngineConfig) -> Self {
        Self {
            settings: Settings::new(&config),
            measuring: false,
            keeping: false,
        }
    }

    fn measuring(self) -> Self {
        Self {
            measuring: true,
            ..self
        }
    }

    fn keeping(mut self) -> Self {
        self.keeping = true;
        self.settings.kept = true;
        self
    }

    fn client(
        &self,
        identity: &[u8],
        streams: &Streams,
        owner: StreamOwner,
    ) -> Result<Client, MlsError> {
        let key = streams.key(owner, "mls");
        Client::new(&self.settings, identity, key, self.measuring)
    }

    fn key_package(&self, client: &mut Client) -> Result<KeyPackage<MlsBytes>, MlsError> {
        timed(client, |client| client.key_package(&self.settings, false))
    }

    fn last_resort_key_package(
        &self,
        client: &mut Client,
    ) -> Result<KeyPackage<MlsBytes>, MlsError> {
        timed(client, |client| client.key_package(&self.settings, true))
    }

    fn set_lifetime(&self, client: &mut Client, lifetime: Lifetime) {
        client.lifetime = lifetime;
    }

    fn forget_key_package(&self, client: &mut Client, reference: &[u8]) -> Result<(), MlsError> {
        client.forget_key_package(reference);
        Ok(())
    }

    fn client_kept(&self, client: &Client) -> Result<Vec<u8>, MlsError> {
        client.kept()
    }

    fn client_restored(
        &self,
        kept: &[u8],
        streams: &Streams,
        owner: StreamOwner,
    ) -> Result<Client, MlsError> {
        let key = streams.key(owner, "mls");
        Client::restored(&self.settings, kept, key, self.measuring)
    }

    fn key_packages(&self, client: &Client) -> usize {
        client.key_packages.len()
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
        timed(client, |client| {
            group::create(&self.settings, client, group_id, app_data)
        })
    }

    fn group_info(
        &self,
        client: &mut Client,
        group: &Group,
    ) -> Result<(MlsBytes, OpaqueBytes), MlsError> {
        timed(client, |client| group::group_info(client, group))
    }

    fn join(
        &self,
        client: &mut Client,
        welcome: &MlsBytes,
        tree: Option<&OpaqueBytes>,
    ) -> Result<Group, MlsError> {
        timed(client, |client| {
            group::join(&self.settings, client, welcome, tree)
        })
    }

    fn join_external_with(
        &self,
        client: &mut Client,
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        plan: &ExternalPlan<'_, MlsBytes>,
    ) -> Result<(Group, CommitBundle<MlsBytes>), MlsError> {
        timed(client, |client| {
            let storage = self.settings.storage();
            group::join_external(&self.settings, client, group_info, tree, plan, storage)
        })
    }

    fn warm_group<'a>(
        &self,
        members: impl IntoIterator<Item = WarmMember<'a, Client>>,
        parents: Parents,
        streams: &Streams,
        group_id: &[u8],
        app_data: AppData,
    ) -> Result<WarmGroup<Self>, MlsError> {
        let mut passive = Vec::new();
        let mut order = Vec::new();
        for member in members {
            order.push(match member {
                WarmMember::Acting(client) => Some(client),
                WarmMember::Passive { identity, owner } => {
                    passive.push(self.client(&identity, streams, owner)?);
                    None
                }
            });
        }
        let acts: Vec<bool> = order.iter().map(Option::is_some).collect();
        let mut others = passive.iter_mut();
        let mut clients: Vec<&mut Client> = order
            .into_iter()
            .filter_map(|client| client.or_else(|| others.next()))
            .collect();
        let (groups, hub) =
            warm::warm_group(&self.settings, &mut clients, parents, group_id, &app_data)?;
        let (mut acting, mut receiving) = (Vec::new(), Vec::new());
        for (group, acts) in groups.into_iter().zip(acts) {
            if acts { &mut acting } else { &mut receiving }.push(group);
        }
        Ok(WarmGroup {
            groups: acting,
            hub,
            audience: Audience::new(passive, receiving),
        })
    }

    fn hear(&self, audience: &mut Audience, message: &MlsBytes) -> Result<Heard, MlsError> {
        audience.hear(self, message)
    }

    fn key_package_len(&self, identity: &[u8], last_resort: bool) -> Result<u64, MlsError> {
        // Of somebody who exists for this question alone: no KeyPackage depends in length on its keys.
        let mut client = Client::new(&self.settings, identity, [0; 32], false)?;
        let package = client.key_package(&self.settings, last_resort)?;
        Ok(package.message.as_slice().len() as u64)
    }

    fn forget(&self, _client: &mut Client, group: Group) -> Result<(), MlsError> {
        drop(group);
        Ok(())
    }

    fn group_kept(&self, client: &Client, group: &mut Group) -> Result<Vec<u8>, MlsError> {
        group.kept(client)
    }

    fn group_restored(&self, client: &Client, kept: &[u8]) -> Result<Group, MlsError> {
        Group::restored(&self.settings, client, kept)
    }

    fn commit(
        &self,
        client: &mut Client,
        group: &mut Group,
        plan: &CommitPlan<'_, MlsBytes>,
    ) -> Result<CommitBundle<MlsBytes>, MlsError> {
        timed(client, |client| {
            member::commit(&self.settings, client, group, plan)
        })
    }

    fn beside_pending_welcome(
        &self,
        client: &Client,
        group: &Group,
    ) -> Result<Option<OpaqueBytes>, MlsError> {
        member::beside_pending_welcome(&self.settings, client, group)
    }

    fn merge_pending(&self, client: &mut Client, group: &mut Group) -> Result<(), MlsError> {
        timed(client, |client| member::merge_pending(client, group))
    }

    fn clear_pending(&self, _client: &mut Client, group: &mut Group) -> Result<(), MlsError> {
        member::clear_pending(group)
    }

    fn propose(
        &self,
        client: &mut Client,
        group: &mut Group,
        plan: &ProposalPlan<'_, MlsBytes>,
    ) -> Result<MlsBytes, MlsError> {
        timed(client, |client| {
            member::propose(&self.settings, client, group, plan)
        })
    }

    fn withdraw(
        &self,
        _client: &mut Client,
        group: &mut Group,
        proposals: &[MlsBytes],
    ) -> Result<(), MlsError> {
        member::withdraw(group, proposals)
    }

    fn process(
        &self,
        client: &mut Client,
        group: &mut Group,
        message: &MlsBytes,
    ) -> Result<Processed, MlsError> {
        timed(client, |client| {
            member::process(&self.settings, client, group, message)
        })
    }

    fn encrypt_with(
        &self,
        client: &mut Client,
        group: &mut Group,
        content: &[u8],
        safe_aad: &[SafeAadItem],
    ) -> Result<MlsBytes, MlsError> {
        timed(client, |client| {
            member::encrypt(client, group, content, safe_aad)
        })
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
        let mut leavers: Vec<u32> = tree::leavers(group.mls.pending_proposals()).collect();
        leavers.sort_unstable();
        leavers
    }

    fn pending_proposals(&self, group: &Group) -> usize {
        group.mls.pending_proposals().count()
    }

    fn members(&self, group: &Group, prefix: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let mut members = tree::members(group.mls.treesync());
        members.retain(|(_, identity)| identity.starts_with(prefix));
        members
    }

    fn participant(&self, group: &Group, user: &[u8]) -> Listed {
        listed(group.list(self.settings.app_data), user)
    }

    fn participant_at(&self, group: &Group, index: u32) -> Option<(Vec<u8>, u32)> {
        data::get(group.list(self.settings.app_data)?, index)
    }

    fn participants(&self, group: &Group) -> Vec<(Vec<u8>, u32)> {
        let list = group.list(self.settings.app_data);
        list.map(data::all).unwrap_or_default()
    }

    fn component(&self, group: &Group, component: ComponentId) -> Option<Vec<u8>> {
        let rules = self.settings.app_data;
        app_data::component(rules, group.mls.public_group().group_context(), component)
    }

    fn tree_sources(&self, group: &Group) -> DomainList {
        app_data::tree_sources(group.mls.public_group().group_context())
    }

    fn pending_app_data(&self, group: &Group) -> Vec<AppDataUpdate> {
        group.pending_app_data()
    }

    fn member(&self, group: &Group, leaf: u32) -> Option<Vec<u8>> {
        let credential = group.mls.member(LeafNodeIndex::new(leaf))?;
        Some(credentials::uri(credential))
    }

    fn leaves(&self, group: &Group) -> Vec<u32> {
        let leaves = group.mls.treesync().full_leaves();
        leaves.map(|(leaf, _)| leaf.u32()).collect()
    }

    fn member_count(&self, group: &Group) -> usize {
        group.mls.treesync().full_leaves().count()
    }

    fn tree(&self, group: &Group) -> Option<(TreeHealth, Vec<NodeState>)> {
        let survey = tree::survey(group.mls.treesync()).ok()?;
        Some((survey.health(), survey.nodes))
    }

    fn epoch_authenticator(&self, group: &Group) -> Option<Vec<u8>> {
        Some(group.mls.epoch_authenticator().as_slice().to_vec())
    }

    fn hub(&self, group_info: &MlsBytes, tree: &OpaqueBytes) -> Result<Hub, MlsError> {
        Hub::begin(
            &self.settings,
            group_info,
            tree,
            (self.measuring, self.keeping),
        )
    }

    fn hub_kept(&self, hub: &Hub) -> Option<Vec<u8>> {
        hub.kept()
    }

    fn hub_restored(&self, kept: &[u8]) -> Result<Hub, MlsError> {
        Hub::restored(&self.settings, kept, self.measuring)
    }

    fn hub_accept(&self, hub: &mut Hub, message: &MlsBytes) -> Result<HubAccepted, MlsError> {
        hub.timed(|hub| hub.accept(message))
    }

    fn hub_check_commit(
        &self,
        hub: &mut Hub,
        parts: CommitParts<'_, MlsBytes>,
    ) -> Result<(Checked<CheckedCommit>, MlsBytes), MlsError> {
        hub.timed(|hub| hub.check_commit(parts))
    }

    fn hub_take_commit(
        &self,
        hub: &mut Hub,
        commit: CheckedCommit,
    ) -> Result<CommitEffect, MlsError> {
        hub.timed(|hub| hub.take_commit(commit))
    }

    fn hub_check_proposals(
        &self,
        hub: &mut Hub,
        proposals: &[MlsBytes],
    ) -> Result<Checked<CheckedProposals>, MlsError> {
        hub.timed(|hub| hub.check_proposals(proposals))
    }

    fn hub_take_proposals(
        &self,
        hub: &mut Hub,
        proposals: CheckedProposals,
    ) -> Result<(), MlsError> {
        hub.timed(|hub| hub.take_proposals(proposals))
    }

    fn hub_propose_removes(
        &self,
        sender: &mut Client,
        hub: &Hub,
        leaves: &[u32],
    ) -> Result<Vec<MlsBytes>, MlsError> {
        timed(sender, |sender| hub.propose_removes(sender, leaves))
    }

    fn external_receiver(&self, client: &Client) -> Result<ExternalReceiver, MlsError> {
        client.as_receiver(&self.settings)
    }

    fn hub_open(
        &self,
        receiver: &mut Client,
        hub: &Hub,
        message: &MlsBytes,
    ) -> Result<MlsBytes, MlsError> {
        timed(receiver, |receiver| {
            semi_private::open_outside(&self.settings, receiver, hub, message)
        })
    }

    fn hub_has_member(&self, hub: &Hub, identity: &[u8], signature_key: &[u8]) -> bool {
        hub.has_member(identity, signature_key)
    }

    fn hub_participant(&self, hub: &Hub, user: &[u8]) -> Listed {
        listed(hub.list(), user)
    }

    fn hub_participant_at(&self, hub: &Hub, index: u32) -> Option<(Vec<u8>, u32)> {
        data::get(hub.list()?, index)
    }

    fn hub_participants(&self, hub: &Hub) -> Vec<(Vec<u8>, u32)> {
        hub.list().map(data::all).unwrap_or_default()
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

    fn hub_tree(&self, hub: &Hub) -> Result<OpaqueBytes, MlsError> {
        hub.tree()
    }

    fn hub_beside_welcome(&self, hub: &Hub) -> Result<Option<OpaqueBytes>, MlsError> {
        hub.beside_welcome(self.settings.tree_in_welcome)
    }

    fn hub_tree_len(&self, hub: &Hub) -> usize {
        hub.tree_len()
    }

    fn hub_members(&self, hub: &Hub) -> Vec<(u32, Vec<u8>)> {
        hub.members()
    }

    fn take_hub_work(&self, hub: &mut Hub) -> Work {
        hub.take_work()
    }

    fn message_epoch(&self, message: &MlsBytes) -> Result<u64, MlsError> {
        Ok(framing::header(message.as_slice())?.epoch)
    }

    fn group_info_participant(
        &self,
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        user: &[u8],
    ) -> Result<Listed, MlsError> {
        let rules = self.settings.app_data;
        match Beside::new(rules, Some(tree))?.list {
            Some(list) => Ok(listed(Some(&list), user)),
            None => listed_in_group_info(rules, group_info, user),
        }
    }

    fn message_proposal(&self, message: &MlsBytes) -> Option<Proposed> {
        let header = framing::header(message.as_slice()).ok()?;
        framing::proposal(header).ok()?
    }

    fn message_sender(&self, message: &MlsBytes) -> Option<u32> {
        match framing::header(message.as_slice()).ok()?.sender? {
            framing::Sender::Member(leaf) => Some(leaf),
            _ => None,
        }
    }

    fn message_safe_aad(&self, message: &MlsBytes) -> Result<Vec<SafeAadItem>, MlsError> {
        let said = framing::application_aad(message.as_slice())?;
        safe_aad::decode(said).map_err(malformed)
    }

    fn partial_group_info(&self, group_info: &MlsBytes) -> Result<PartialGroupInfo, MlsError> {
        framing::partial_group_info(group_info.as_slice())
    }

    fn welcome_references(&self, welcome: &MlsBytes) -> Result<Vec<Vec<u8>>, MlsError> {
        framing::welcome_references(welcome.as_slice())
    }

    fn welcome_for(
        &self,
        welcome: &MlsBytes,
        references: &[Vec<u8>],
    ) -> Result<MlsBytes, MlsError> {
        let cut = framing::welcome_for(welcome.as_slice(), references)?;
        MlsBytes::new(cut).map_err(malformed)
    }

    fn key_package_reference(&self, key_package: &MlsBytes) -> Result<Vec<u8>, MlsError> {
        member::key_package_reference(&self.settings, key_package)
    }

    fn key_package_identity(&self, key_package: &MlsBytes) -> Result<Vec<u8>, MlsError> {
        member::key_package_identity(key_package)
    }

    fn key_package_terms(&self, key_package: &MlsBytes) -> Result<Terms, MlsError> {
        member::key_package_terms(key_package)
    }

    fn key_package_offer(&self, key_package: &MlsBytes) -> Result<Offer, MlsError> {
        member::key_package_offer(key_package)
    }

    fn seal_group_info<P: Plaintext>(
        &self,
        sealer: &mut Client,
        public_key: &[u8],
        room_id: &[u8],
        plaintext: &P,
    ) -> Result<HpkeCiphertext<OpaqueBytes>, MlsError> {
        timed(sealer, |sealer| {
            sealer.seal_group_info(&self.settings, public_key, room_id, plaintext)
        })
    }

    fn hpke_key(&self, client: &mut Client) -> Result<HpkeKey, MlsError> {
        timed(client, |client| client.hpke_key(&self.settings))
    }

    fn open_group_info<P: Plaintext>(
        &self,
        client: &mut Client,
        key: &HpkeKey,
        room_id: &[u8],
        sealed: &HpkeCiphertext<OpaqueBytes>,
    ) -> Result<P, MlsError> {
        timed(client, |client| {
            client.open_group_info(&self.settings, key, room_id, sealed)
        })
    }

    fn sign_with_label<T: Serialize>(
        &self,
        client: &mut Client,
        label: &str,
        content: &T,
    ) -> Result<Vec<u8>, MlsError> {
        timed(client, |client| client.sign(label, content))
    }

    fn verify_with_label<T: Serialize>(
        &self,
        verifier: &mut Client,
        public_key: &[u8],
        label: &str,
        content: &T,
        signature: &[u8],
    ) -> Result<(), MlsError> {
        timed(verifier, |verifier| {
            verifier.verify(public_key, label, content, signature)
        })
    }

    fn signature_key(&self, client: &Client) -> Vec<u8> {
        client.signature_key().to_vec()
    }

    fn credential(&self, client: &Client) -> Credential {
        client.said_credential()
    }

    fn authenticate(
        &self,
        verifier: &mut Client,
        credential: &Credential,
        signature_key: &[u8],
    ) -> Result<Vec<u8>, MlsError> {
        timed(verifier, |verifier| {
            let read = (credential.credential_type, credential.content.as_slice());
            let issued = &self.settings.credentials;
            issued.validate(&verifier.crypto, read, signature_key)?;
            Ok(credential.client_uri()?.into_owned())
        })
    }

    fn ciphersuite_code(&self) -> u16 {
        self.settings.ciphersuite as u16
    }

    fn tree_in_welcome(&self) -> bool {
        self.settings.tree_in_welcome
    }
}
