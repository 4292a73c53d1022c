//! One client's membership of one group, and how it begins and ends.

mod keeping;

use crate::app_data::{AppData, AppDataUpdate};
use crate::context_work::ContextOperation;
use crate::engine::{CommitBundle, MlsError};
use crate::openmls::app_data;
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
use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::hash_ref::ProposalRef;
use openmls::prelude::{
    GroupContext, GroupId, LeafNodeParameters, MlsGroup, MlsMessageBodyIn, MlsMessageIn, Proposal,
    StagedWelcome,
};
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
    pub(crate) secrets: SecretTrees,
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
            secrets,
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
            .filter_map(|queued| match queued.proposal() {
                Proposal::Remove(remove) => Some(remove.removed().u32()),
                _ => None,
            })
            .collect()
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
        &settings.create(app_data)?,
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
    client.work.add_context(ContextOperation::Create {
        context: context_len(mls.public_group().group_context()),
    });
    Ok(Group::begin(settings, mls, storage, stats.leaves))
}

/// The GroupInfo of the current epoch, without the tree (RFC 9420, section 12.4.3), and the tree.
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
    client.work.add_context(ContextOperation::SignGroupInfo {
        context: group.context_len(),
    });
    client.work.bytes += (message.as_slice().len() + encoded.as_slice().len()) as u64;
    Ok((message, encoded))
}

/// Join from a Welcome (RFC 9420, section 12.4.3.1). The KeyPackage is used up only if that
/// succeeds, so that a forged Welcome cannot burn it.
pub(crate) fn join(
    settings: &Settings,
    client: &mut Client,
    welcome: &MlsBytes,
    tree: Option<&OpaqueBytes>,
) -> Result<Group, MlsError> {
    let references = framing::welcome_references(welcome.as_slice())?;
    let joiners = references.len() as u64;
    let reference = references
        .into_iter()
        .find(|reference| client.key_packages.contains_key(reference))
        .ok_or_else(|| refused("join")("the Welcome is for none of the client's KeyPackages"))?;
    client.work.operations += 1;
    client.work.bytes += welcome.as_slice().len() as u64;
    client.work.bytes += tree.map_or(0, |tree| tree.as_slice().len() as u64);
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
    if let Some(tree) = tree {
        builder = builder.with_ratchet_tree(tree::decode(tree)?);
    }
    let mls = builder
        .build()
        .map_err(refused("join"))?
        .into_group(&provider)
        .map_err(refused("join"))?;
    client.key_packages.remove(&reference);
    let stats = client
        .stopwatch
        .leave_out(|| tree::survey(mls.treesync()))?
        .stats;
    client.work.ciphertexts += joiners;
    client.work.context_bytes += framing::welcome_context(welcome.as_slice())?;
    client.work.add_epoch(stats.leaves);
    client.work.add_tree(TreeOperation::Validate, &stats);
    client.work.add_context(ContextOperation::Join {
        context: context_len(mls.public_group().group_context()),
    });
    if tree.is_none() {
        client.work.add_tree(TreeOperation::Sign, &stats);
    }
    Ok(Group::begin(settings, mls, storage, stats.leaves))
}

/// Join by external commit (RFC 9420, section 12.4.3.2). An old leaf with the client's signature
/// key is removed by the same commit.
pub(crate) fn join_external(
    settings: &Settings,
    client: &mut Client,
    group_info: &MlsBytes,
    ratchet_tree: &OpaqueBytes,
    updates: &[AppDataUpdate],
    storage: Storage,
) -> Result<(Group, CommitBundle<MlsBytes, OpaqueBytes>), MlsError> {
    client.work.operations += 1;
    client.work.bytes += (group_info.as_slice().len() + ratchet_tree.as_slice().len()) as u64;
    let verifiable = parse_group_info(group_info)?;
    let tree = tree::decode(ratchet_tree)?;
    // OpenMLS lays out a secret tree for the epoch of the GroupInfo too, though nothing can be derived from it.
    client.work.secret_slots += client
        .stopwatch
        .leave_out(|| u64::from(tree::leaves_sent(ratchet_tree, &tree)));
    let before = framing::group_info(group_info.as_slice())?
        .group_context
        .len() as u64;
    let provider = client.provider(&storage);
    let mut builder = MlsGroup::external_commit_builder()
        .with_ratchet_tree(tree)
        .with_config(settings.join.clone())
        .skip_lifetime_validation()
        .build_group(&provider, verifiable, client.credential.clone())
        .map_err(refused("external join"))?;
    if let Some(capabilities) = settings.capabilities() {
        let leaf = LeafNodeParameters::builder().with_capabilities(capabilities);
        builder = builder.leaf_node_parameters(leaf.build());
    }
    for update in updates {
        builder = builder.add_app_data_update_proposal(app_data::proposal(update));
    }
    let mut builder = builder
        .load_psks(&storage)
        .map_err(refused("external join"))?
        .use_ratchet_tree_extension(false)
        .create_group_info(true);
    let applied = app_data::apply(
        settings.app_data,
        builder.app_data_dictionary_updater(),
        builder.app_data_update_proposals(),
    )?;
    builder.with_app_data_dictionary_updates(applied.updates);
    let (mls, messages) = builder
        .build(&client.crypto, &client.crypto, &client.signer(), |_| true)
        .map_err(refused("external join"))?
        .finalize(&provider)
        .map_err(refused("external join"))?;
    let (commit, _, group_info) = messages.into_messages();
    let group_info = group_info.ok_or_else(|| refused("external join")("no GroupInfo made"))?;
    let bundle = CommitBundle {
        commit: encode(&commit)?,
        welcome: None,
        group_info: encode(&group_info)?,
        tree: None,
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
        ..TreeCommit::default()
    };
    client.work.add_epoch(stats.leaves);
    client.work.add_tree(TreeOperation::Make(path_only), &stats);
    let after = context_len(mls.public_group().group_context());
    let seals = framing::commit_ciphertexts(bundle.commit.as_slice())?.unwrap_or(0);
    client.work.app_data_bytes += applied.list_bytes;
    client
        .work
        .add_context(ContextOperation::CheckGroupInfo { context: before });
    client.work.add_context(ContextOperation::Commit {
        before,
        after,
        seals: seals.into(),
        external: true,
    });
    client
        .work
        .add_context(ContextOperation::SignGroupInfo { context: after });
    let mut group = Group::begin(settings, mls, storage, stats.leaves);
    group.joining = true;
    Ok((group, bundle))
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
