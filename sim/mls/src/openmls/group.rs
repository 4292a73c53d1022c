//! One client's membership of one group, and how it begins and ends.

mod keeping;

use crate::app_data::{AppData, AppDataRules, AppDataUpdate};
use crate::context_work::ContextOperation;
use crate::engine::{CommitBundle, ExternalPlan, MlsError, Proposed};
use crate::openmls::app_data;
use crate::openmls::beside::{self, Beside};
use crate::openmls::client::Client;
use crate::openmls::error::{encode, malformed, refused};
use crate::openmls::framing::{self, WireFormat};
use crate::openmls::settings::Settings;
use crate::openmls::storage::{Kind, Storage};
use crate::openmls::tree;
use crate::secret_tree::SecretTrees;
use crate::tree_stats::TreeStats;
use crate::tree_work::{TreeCommit, TreeOperation};
use crate::wire::{MlsBytes, OpaqueBytes};
use crate::work::Work;
use openmls::framing::{PublicMessageIn, Sender};
use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::hash_ref::ProposalRef;
use openmls::prelude::{
    GroupContext, GroupId, LeafNodeParameters, MlsGroup, MlsMessageBodyIn, MlsMessageIn, Proposal,
    StagedWelcome,
};
use std::collections::BTreeSet;
use tls_codec::{Deserialize as _, Size as _};

/// A membership of the OpenMLS engine.
#[derive(Debug)]
pub struct Group {
    pub(crate) mls: MlsGroup,
    pub(crate) storage: Storage,
    /// The first epoch whose secrets the member has.
    pub(crate) first_epoch: u64,
    /// Made by an external commit that the hub has not accepted yet. OpenMLS is at the new epoch
    /// from the beginning; for everyone else the group is not there before it is merged.
    pub(crate) joining: bool,
    /// The member's own proposals of this epoch, as they were sent, with what OpenMLS calls them.
    pub(crate) proposed: Vec<(MlsBytes, ProposalRef)>,
    /// How many of its handshakes it has encrypted.
    pub(crate) sealed: u32,
    pub(crate) secrets: SecretTrees,
    /// The encoded participant list, where it is kept beside the GroupContext, and the one that a pending commit makes of it.
    pub(crate) list: Option<Vec<u8>>,
    pub(crate) pending_list: Option<Vec<u8>>,
}

impl Group {
    /// `leaves`: of the tree, blank ones included.
    fn begin(settings: &Settings, mls: MlsGroup, storage: Storage, leaves: u32) -> Self {
        let first_epoch = mls.epoch().as_u64();
        let secrets = SecretTrees::new(first_epoch, leaves, settings.epoch_tolerance);
        Self {
            mls,
            storage,
            first_epoch,
            joining: false,
            proposed: Vec::new(),
            sealed: 0,
            secrets,
            list: None,
            pending_list: None,
        }
    }

    /// With this participant list beside the GroupContext, if it is kept there.
    pub(crate) fn beside(self, list: Option<Vec<u8>>) -> Self {
        Self { list, ..self }
    }

    /// The encoded participant list.
    pub(crate) fn list(&self, rules: Option<AppDataRules>) -> Option<&[u8]> {
        match &self.list {
            Some(list) => Some(list),
            None => app_data::list(rules, self.mls.public_group().group_context()),
        }
    }

    /// A membership whose state was put together by a warm start.
    pub(crate) fn warm(settings: &Settings, mls: MlsGroup, storage: Storage) -> Self {
        let leaves = tree::leaves(mls.treesync());
        Self::begin(settings, mls, storage, leaves)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.mls.epoch().as_u64() - u64::from(self.joining)
    }

    /// What was derived for messages ends with the epoch.
    pub(crate) fn enter_epoch(&mut self) {
        let leaves = tree::leaves(self.mls.treesync());
        self.secrets.enter(self.epoch(), leaves);
    }

    pub(crate) fn own_leaf(&self) -> u32 {
        self.mls.own_leaf_index().u32()
    }

    /// Leaves that pending proposals remove.
    pub(crate) fn pending_removals(&self) -> Vec<u32> {
        self.mls
            .pending_proposals()
            .filter_map(|queued| match (queued.proposal(), queued.sender()) {
                (Proposal::Remove(remove), _) => Some(remove.removed().u32()),
                (Proposal::SelfRemove, Sender::Member(leaf)) => Some(leaf.u32()),
                _ => None,
            })
            .collect()
    }

    /// Whether a member leaves by a SelfRemove that is pending.
    pub(crate) fn leaves_by_itself(&self, leaf: u32) -> bool {
        tree::leavers(self.mls.pending_proposals()).any(|leaver| leaver == leaf)
    }

    /// Updates of application data that pending proposals make.
    pub(crate) fn pending_app_data(&self) -> Vec<AppDataUpdate> {
        self.mls
            .pending_proposals()
            .filter_map(|queued| app_data::update(queued.proposal()))
            .collect()
    }

    /// Length of the GroupContext, in bytes.
    pub(crate) fn context_len(&self) -> u64 {
        context_len(self.mls.public_group().group_context())
    }

    /// Identities of those whom pending proposals add.
    pub(crate) fn pending_additions(&self) -> Vec<Vec<u8>> {
        self.mls
            .pending_proposals()
            .filter_map(|queued| match queued.proposal() {
                Proposal::Add(add) => Some(tree::identity(add.key_package().leaf_node())),
                _ => None,
            })
            .collect()
    }

    /// Bytes of key material that OpenMLS reads back from the group's storage.
    pub fn stored_bytes(&self) -> usize {
        self.storage.bytes()
    }

    /// An error unless the member may act: in the group, and known to the others.
    pub(crate) fn active(&self, operation: &'static str) -> Result<(), MlsError> {
        match (self.joining, self.mls.is_active()) {
            (true, _) => Err(refused(operation)(
                "the external commit is not accepted yet",
            )),
            (_, false) => Err(refused(operation)("not a member any more")),
            _ => Ok(()),
        }
    }
}

/// Create a group with the client as its only member, at epoch 0 (RFC 9420, section 11).
pub(crate) fn create(
    settings: &Settings,
    client: &mut Client,
    group_id: &[u8],
    app_data: &AppData,
) -> Result<Group, MlsError> {
    let storage = settings.storage();
    let mls = MlsGroup::new_with_group_id(
        &client.provider(&storage),
        &client.signer(),
        &settings.create(app_data, client.lifetime)?,
        GroupId::from_slice(group_id),
        client.credential.clone(),
    )
    .map_err(refused("create"))?;
    client.work.operations += 1;
    let stats = client
        .stopwatch
        .leave_out(|| tree::survey(mls.treesync()))?
        .stats;
    client.work.add_epoch(stats.leaves);
    client.work.add_tree(TreeOperation::Create, &stats);
    client.count_context(ContextOperation::Create {
        context: context_len(mls.public_group().group_context()),
    });
    let list = settings.list_beside(app_data)?;
    Ok(Group::begin(settings, mls, storage, stats.leaves).beside(list))
}

/// The GroupInfo of the current epoch, without the tree (RFC 9420, section 12.4.3), and what goes beside it.
pub(crate) fn group_info(
    client: &mut Client,
    group: &Group,
) -> Result<(MlsBytes, OpaqueBytes), MlsError> {
    group.active("group info")?;
    let message = group
        .mls
        .export_group_info(&client.crypto, &client.signer(), false)
        .map_err(refused("group info"))?;
    let message = encode(&message)?;
    let encoded = tree::encode(&group.mls.export_ratchet_tree())?;
    client.work.operations += 1;
    let members = client
        .stopwatch
        .leave_out(|| tree::members_count(group.mls.treesync()));
    let exported = TreeStats {
        encoded_len: encoded.tls_serialized_len() as u64,
        members,
        ..TreeStats::default()
    };
    client.work.add_tree(TreeOperation::Export, &exported);
    client.count_context(ContextOperation::SignGroupInfo {
        context: group.context_len(),
    });
    let beside = beside::with_tree(encoded, group.list.as_deref())?;
    client.work.bytes += (message.as_slice().len() + beside.as_slice().len()) as u64;
    Ok((message, beside))
}

/// Join from a Welcome (RFC 9420, section 12.4.3.1). The KeyPackage is used up only if that
/// succeeds, so that a forged Welcome cannot burn it.
pub(crate) fn join(
    settings: &Settings,
    client: &mut Client,
    welcome: &MlsBytes,
    beside: Option<&OpaqueBytes>,
) -> Result<Group, MlsError> {
    let references = framing::welcome_references(welcome.as_slice())?;
    let joiners = references.len() as u64;
    let reference = references
        .into_iter()
        .find(|reference| client.key_packages.contains_key(reference))
        .ok_or_else(|| refused("join")("the Welcome is for none of the client's KeyPackages"))?;
    client.work.operations += 1;
    client.work.bytes += welcome.as_slice().len() as u64;
    client.work.bytes += beside.map_or(0, |beside| beside.as_slice().len() as u64);
    let beside = Beside::new(settings.app_data, beside)?;
    let MlsMessageBodyIn::Welcome(body) = parse(welcome)?.extract() else {
        return Err(malformed("not a Welcome"));
    };
    let storage = settings.storage();
    if let Some(entry) = client.key_packages.get(&reference) {
        storage.insert(Kind::KeyPackage, entry.clone());
    }
    let provider = client.provider(&storage);
    let mut builder = StagedWelcome::build_from_welcome(&provider, &settings.join, body)
        .map_err(refused("join"))?
        .skip_lifetime_validation();
    let tree_beside = beside.tree.is_some();
    if tree_beside {
        builder = builder.with_ratchet_tree(beside.tree()?);
    }
    let mls = builder
        .build()
        .map_err(refused("join"))?
        .into_group(&provider)
        .map_err(refused("join"))?;
    settings
        .credentials
        .validate_tree(&client.crypto, mls.treesync())?;
    let list = beside.list_of(settings.app_data, mls.public_group().group_context())?;
    // OpenMLS keeps one of last resort, as does the client; the group has no more use for it.
    match storage.entries(Kind::KeyPackage).is_empty() {
        true => drop(client.key_packages.remove(&reference)),
        false => storage.clear(Kind::KeyPackage),
    }
    let stats = client
        .stopwatch
        .leave_out(|| tree::survey(mls.treesync()))?
        .stats;
    client.work.ciphertexts += joiners;
    client.work.context_bytes += framing::welcome_context(welcome.as_slice())?;
    client.work.add_epoch(stats.leaves);
    client.work.add_tree(TreeOperation::Validate, &stats);
    client.count_context(ContextOperation::Join {
        context: context_len(mls.public_group().group_context()),
    });
    if !tree_beside {
        client.work.add_tree(TreeOperation::Sign, &stats);
    }
    if let Some(list) = &list {
        client.work.add_list(list.len() as u64, true);
    }
    Ok(Group::begin(settings, mls, storage, stats.leaves).beside(list))
}

/// Join by external commit (RFC 9420, section 12.4.3.2). An old leaf with the client's signature
/// key is removed by the same commit.
pub(crate) fn join_external(
    settings: &Settings,
    client: &mut Client,
    group_info: &MlsBytes,
    ratchet_tree: &OpaqueBytes,
    plan: &ExternalPlan<'_, MlsBytes>,
    storage: Storage,
) -> Result<(Group, CommitBundle<MlsBytes>), MlsError> {
    client.work.operations += 1;
    client.work.bytes += (group_info.as_slice().len() + ratchet_tree.as_slice().len()) as u64;
    let verifiable = parse_group_info(group_info)?;
    let beside = Beside::new(settings.app_data, Some(ratchet_tree))?;
    let tree = beside.tree()?;
    let sent_tree = beside.tree.as_ref().unwrap_or(ratchet_tree);
    // OpenMLS lays out a secret tree for the epoch of the GroupInfo too, though nothing can be derived from it.
    client.work.secret_slots += client
        .stopwatch
        .leave_out(|| u64::from(tree::leaves_sent(sent_tree, &tree)));
    let before = framing::group_info(group_info.as_slice())?
        .group_context
        .len() as u64;
    let old = tree::leaf_of_key(sent_tree, &tree, client.signature_key());
    let leavers = leavers(plan.pending, old)?;
    let left = leavers.len() as u64;
    for message in &leavers {
        client.work.bytes += message.as_slice().len() as u64;
        client.count_context(ContextOperation::ReadProposal {
            context: before,
            member: false,
        });
    }
    let leavers = leavers.into_iter().map(public_message);
    let members = tree.leaves();
    let members = members.map(|leaf| (leaf.credential().clone(), leaf.signature_key().clone()));
    let members: Vec<_> = members.collect();
    let provider = client.provider(&storage);
    let mut builder = MlsGroup::external_commit_builder()
        .with_ratchet_tree(tree)
        .with_proposals(leavers.collect::<Result<_, _>>()?)
        .with_config(settings.join.clone())
        .skip_lifetime_validation()
        .build_group(&provider, verifiable, client.credential.clone())
        .map_err(refused("external join"))?;
    for (credential, key) in &members {
        let issued = &settings.credentials;
        issued.validate_read(&client.crypto, credential, key)?;
    }
    if let Some(capabilities) = settings.capabilities() {
        let leaf = LeafNodeParameters::builder().with_capabilities(capabilities);
        builder = builder.leaf_node_parameters(leaf.build());
    }
    for update in plan.app_data {
        builder = builder.add_app_data_update_proposal(app_data::proposal(update));
    }
    let mut builder = builder
        .load_psks(&storage)
        .map_err(refused("external join"))?
        .use_ratchet_tree_extension(false)
        .create_group_info(true);
    // As the GroupInfo, the list is checked before anything is made of it.
    let mut lists = Work::default();
    let list = beside.list.clone();
    if let (Some(rules), Some(list)) = (settings.app_data, &list) {
        let said = builder.app_data_dictionary_updater();
        if said.old_value(rules.participants) != Some(&rules.in_context(list)) {
            return Err(refused("external join")(
                "the participant list is not the group's",
            ));
        }
        lists.add_list(list.len() as u64, true);
    }
    let applied = app_data::apply(
        settings.app_data,
        list.as_deref(),
        builder.app_data_dictionary_updater(),
        builder.app_data_update_proposals(),
    );
    let mut applied = match applied {
        Ok(applied) => applied,
        Err(error) => {
            drop(builder);
            client.work += lists;
            return Err(error);
        }
    };
    applied.count(settings.app_data, &mut lists);
    builder.with_app_data_dictionary_updates(applied.updates.take());
    let list = applied.beside(settings.app_data).or(list);
    let (mls, messages) = builder
        .build(&client.crypto, &client.crypto, &client.signer(), |_| true)
        .map_err(refused("external join"))?
        .finalize(&provider)
        .map_err(refused("external join"))?;
    client.work += lists;
    let (commit, _, group_info) = messages.into_messages();
    let group_info = group_info.ok_or_else(|| refused("external join")("no GroupInfo made"))?;
    let bundle = CommitBundle {
        commit: encode(&commit)?,
        welcome: None,
        group_info: encode(&group_info)?,
    };
    client.work.bytes += bundle.commit.as_slice().len() as u64;
    client.work.bytes += bundle.group_info.as_slice().len() as u64;
    let stats = client
        .stopwatch
        .leave_out(|| tree::survey(mls.treesync()))?
        .stats;
    client.work.add_tree(TreeOperation::Validate, &stats);
    let path_only = TreeCommit {
        path: true,
        external: true,
        removes: left,
        ..TreeCommit::default()
    };
    client.work.add_epoch(stats.leaves);
    client.work.add_tree(TreeOperation::Make(path_only), &stats);
    let after = context_len(mls.public_group().group_context());
    let seals = framing::commit_ciphertexts(bundle.commit.as_slice())?.unwrap_or(0);
    client.count_context(ContextOperation::CheckGroupInfo { context: before });
    client.count_context(ContextOperation::Commit {
        before,
        after,
        seals: seals.into(),
        external: true,
    });
    client.count_context(ContextOperation::SignGroupInfo { context: after });
    let mut group = Group::begin(settings, mls, storage, stats.leaves).beside(list);
    group.joining = true;
    Ok((group, bundle))
}

/// The SelfRemoves among proposals that wait, each once, but that of the joiner's `old` leaf: OpenMLS removes that by value, and knows
/// no commit that has both.
fn leavers(pending: &[MlsBytes], old: Option<u32>) -> Result<Vec<&MlsBytes>, MlsError> {
    let mut seen = BTreeSet::new();
    let mut leavers = Vec::new();
    for message in pending {
        let header = framing::header(message.as_slice())?;
        // What is encrypted for members nobody from outside can read; a hub takes no SelfRemove so.
        let Some(framing::Sender::Member(leaf)) = header.sender else {
            continue;
        };
        let leaves = framing::proposal(header)? == Some(Proposed::SelfRemove);
        if leaves && Some(leaf) != old && seen.insert(leaf) {
            leavers.push(message);
        }
    }
    Ok(leavers)
}

fn public_message(message: &MlsBytes) -> Result<PublicMessageIn, MlsError> {
    match parse(message)?.extract() {
        MlsMessageBodyIn::PublicMessage(message) => Ok(message),
        _ => Err(malformed("not a PublicMessage")),
    }
}

/// Length of a GroupContext, in bytes.
pub(crate) fn context_len(context: &GroupContext) -> u64 {
    context.tls_serialized_len() as u64
}

/// Decode an MLSMessage whole.
pub(crate) fn parse(message: &MlsBytes) -> Result<MlsMessageIn, MlsError> {
    MlsMessageIn::tls_deserialize_exact(message.as_slice()).map_err(malformed)
}

/// Decode a GroupInfo; its signature is checked by whoever has the tree.
pub(crate) fn parse_group_info(message: &MlsBytes) -> Result<VerifiableGroupInfo, MlsError> {
    let mut body = framing::expect(message.as_slice(), WireFormat::GroupInfo)?.rest();
    let group_info = VerifiableGroupInfo::tls_deserialize(&mut body).map_err(malformed)?;
    match body.is_empty() {
        true => Ok(group_info),
        false => Err(malformed("bytes after the GroupInfo")),
    }
}
