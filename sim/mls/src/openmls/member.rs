//! What a member does: commit, propose, process, encrypt.

use crate::app_data::SAFE_AAD;
use crate::context_work::{CommitReader, ContextOperation};
use crate::engine::{CommitBundle, CommitPlan, MlsError, Processed, ProposalPlan};
use crate::openmls::app_data;
use crate::openmls::beside;
use crate::openmls::client::Client;
use crate::openmls::credentials;
use crate::openmls::error::{encode, malformed, refused};
use crate::openmls::framing::{self, ContentType, Header, WireFormat};
use crate::openmls::group::{Group, context_len, parse};
use crate::openmls::labelled::labelled;
use crate::openmls::pending;
use crate::openmls::semi_private;
use crate::openmls::settings::Settings;
use crate::openmls::storage::Kind;
use crate::openmls::tree::{self, LeafChanges};
use crate::terms::{LAST_RESORT, Lifetime, Offer, Terms};
use crate::tree_stats::TreeStats;
use crate::tree_work::TreeOperation;
use crate::wire::leaf_node::LeafNodeSource;
use crate::wire::{self, EmbeddedMessage as _, MlsBytes, OpaqueBytes, SafeAadItem};
use openmls::framing::{SafeAad, Sender};
use openmls::prelude::hash_ref::ProposalRef;
use openmls::prelude::{
    KeyPackage, LeafNodeIndex, LeafNodeParameters, MlsMessageBodyIn, MlsMessageOut, OpenMlsCrypto,
    ProcessedMessageContent, Proposal, ProposalOrRefType, Propose, ProtocolVersion, QueuedProposal,
    StagedCommit,
};
use openmls_traits::signatures::Signer as _;
use tls_codec::Deserialize as _;

/// Make a commit (RFC 9420, section 12.4.1) that covers the pending proposals and the plan.
pub(crate) fn commit(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    plan: &CommitPlan<'_, MlsBytes>,
) -> Result<CommitBundle<MlsBytes>, MlsError> {
    group.active("commit")?;
    if group.mls.pending_commit().is_some() {
        return Err(refused("commit")("another commit is pending"));
    }
    client.work.operations += 1;
    let adds = plan
        .adds
        .iter()
        .map(|message| key_package(settings, client, message))
        .collect::<Result<Vec<_>, _>>()?;
    // OpenMLS knows no Remove beside a SelfRemove of the same leaf, and asks of the own last.
    if group.leaves_by_itself(group.own_leaf()) {
        return Err(refused("commit")("a committer cannot remove itself"));
    }
    let mut removes = plan.removes.to_vec();
    removes.sort_unstable();
    removes.dedup();
    removes.retain(|leaf| !group.leaves_by_itself(*leaf));
    let pending_add = |proposal: &Proposal| matches!(proposal, Proposal::Add(_));
    let welcomes = !adds.is_empty()
        || group
            .mls
            .pending_proposals()
            .any(|queued| pending_add(queued.proposal()));

    let before = group.context_len();
    let provider = client.provider(&group.storage);
    // What is there twice is there once, as where OpenMLS itself queues proposals by their references.
    let own = plan.app_data.iter().enumerate();
    let own = own.filter(|(place, update)| !plan.app_data[..*place].contains(update));
    let own = own.map(|(_, update)| app_data::proposal(update));
    let mut builder = group
        .mls
        .commit_builder()
        .propose_removals(removes.into_iter().map(LeafNodeIndex::new))
        .propose_adds(adds)
        .add_proposals(own.map(|update| Proposal::AppDataUpdate(Box::new(update))))
        .force_self_update(plan.force_path)
        .load_psks(&group.storage)
        .map_err(refused("commit"))?
        .use_ratchet_tree_extension(settings.tree_in_welcome && welcomes)
        .create_group_info(true);
    let mut applied = app_data::apply(
        settings.app_data,
        group.list.as_deref(),
        builder.app_data_dictionary_updater(),
        builder.app_data_update_proposals(),
    )?;
    builder.with_app_data_dictionary_updates(applied.updates.take());
    let messages = builder
        .build(&client.crypto, &client.crypto, &client.signer(), |_| true)
        .map_err(refused("commit"))?
        .stage_commit(&provider)
        .map_err(refused("commit"))?;
    let (commit, welcome, group_info) = messages.into_messages();
    let group_info = group_info.ok_or_else(|| refused("commit")("no GroupInfo made"))?;
    let mut group_info = encode(&group_info)?;
    let mut signed_tree = None;
    if settings.tree_in_welcome && welcomes {
        let tree_len;
        (group_info, tree_len) = without_tree(client, &group_info)?;
        signed_tree = Some(tree_len);
    }
    applied.count(settings.app_data, &mut client.work);
    group.pending_list = applied.beside(settings.app_data);
    let bundle = CommitBundle {
        commit: encode(&commit)?,
        welcome: welcome.as_ref().map(encode).transpose()?,
        group_info,
    };
    account_commit(client, group, &bundle, signed_tree)?;
    account_contexts(client, group, &bundle, (before, signed_tree.is_some()))?;
    let commit = semi_private::seal(settings, client, group, bundle.commit)?;
    Ok(CommitBundle { commit, ..bundle })
}

/// Count what the pending commit took. `signed_tree` is the length of the tree where it went into GroupInfos.
fn account_commit(
    client: &mut Client,
    group: &Group,
    bundle: &CommitBundle<MlsBytes>,
    signed_tree: Option<u64>,
) -> Result<(), MlsError> {
    let mut bytes = bundle.commit.as_slice().len() + bundle.group_info.as_slice().len();
    if let Some(welcome) = &bundle.welcome {
        let welcome = welcome.as_slice();
        bytes += welcome.len();
        let joiners = framing::welcome_references(welcome)?.len() as u64;
        client.work.context_bytes += joiners * framing::welcome_context(welcome)?;
    }
    client.work.bytes += bytes as u64;
    let Some(staged) = group.mls.pending_commit() else {
        return Ok(());
    };
    let tree = group.mls.treesync();
    let leaf = group.own_leaf();
    let (on_tree, after) = client.stopwatch.leave_out(|| {
        let on_tree = pending::on_tree(&LeafChanges::new(tree, staged), staged, false);
        (on_tree, pending::after(tree, staged, leaf))
    });
    let pending::After {
        stats: after,
        resolution,
    } = after?;
    client.work.add_epoch(after.leaves);
    client.work.add_tree(TreeOperation::Make(on_tree), &after);
    if bundle.welcome.is_some() {
        let joiners = on_tree.adds;
        let sealed = TreeOperation::Welcome {
            joiners,
            resolution,
        };
        client.work.add_tree(sealed, &after);
    }
    if let Some(encoded_len) = signed_tree {
        let after = TreeStats {
            encoded_len,
            ..after
        };
        // In the Welcome's GroupInfo and in the hub's.
        client.work.add_tree(TreeOperation::Sign, &after);
        client.work.add_tree(TreeOperation::Sign, &after);
    }
    Ok(())
}

/// Count what the pending commit took of GroupContexts; that of its epoch has a length of `before`.
fn account_contexts(
    client: &mut Client,
    group: &Group,
    bundle: &CommitBundle<MlsBytes>,
    (before, tree_in_welcome): (u64, bool),
) -> Result<(), MlsError> {
    let Some(staged) = group.mls.pending_commit() else {
        return Ok(());
    };
    let after = context_len(staged.group_context());
    let commit = bundle.commit.as_slice();
    let seals = client
        .stopwatch
        .leave_out(|| framing::commit_ciphertexts(commit))?;
    client.count_context(ContextOperation::Commit {
        before,
        after,
        seals: seals.unwrap_or(0).into(),
        external: false,
    });
    // The hub's, that in a Welcome, and the hub's once more without the tree that OpenMLS puts there too.
    let group_infos = match (&bundle.welcome, tree_in_welcome) {
        (None, _) => 1,
        (Some(_), false) => 2,
        (Some(_), true) => 3,
    };
    for _ in 0..group_infos {
        client.count_context(ContextOperation::SignGroupInfo { context: after });
    }
    Ok(())
}

/// Decode and verify a KeyPackage that somebody published (RFC 9420, section 10.1).
fn key_package(
    settings: &Settings,
    client: &mut Client,
    message: &MlsBytes,
) -> Result<KeyPackage, MlsError> {
    client.work.bytes += message.as_slice().len() as u64;
    let MlsMessageBodyIn::KeyPackage(body) = parse(message)?.extract() else {
        return Err(malformed("not a KeyPackage"));
    };
    let package = body
        .validate(&client.crypto, ProtocolVersion::Mls10)
        .map_err(refused("key package"))?;
    settings
        .credentials
        .validate_leaf(&client.crypto, package.leaf_node())?;
    Ok(package)
}

/// What goes beside the Welcome of the pending commit.
pub(crate) fn beside_pending_welcome(
    settings: &Settings,
    client: &Client,
    group: &Group,
) -> Result<Option<OpaqueBytes>, MlsError> {
    let list = group.pending_list.as_deref().or(group.list.as_deref());
    match settings.tree_in_welcome {
        true => beside::without_tree(list),
        false => beside::with_tree(pending_tree(client, group)?, list).map(Some),
    }
}

/// The tree of the epoch that the pending commit creates.
fn pending_tree(client: &Client, group: &Group) -> Result<OpaqueBytes, MlsError> {
    let staged = group
        .mls
        .pending_commit()
        .ok_or_else(|| refused("commit")("no commit is pending"))?;
    let tree = staged
        .export_ratchet_tree(&client.crypto, group.mls.export_ratchet_tree())
        .map_err(refused("commit"))?
        .ok_or_else(|| refused("commit")("the committer is not a member"))?;
    tree::encode(&tree)
}

/// The same GroupInfo without its `ratchet_tree` extension, signed anew, and the length of that
/// tree. OpenMLS gives the hub's GroupInfo the extensions of the Welcome's; the hub has the tree.
fn without_tree(client: &Client, group_info: &MlsBytes) -> Result<(MlsBytes, u64), MlsError> {
    let (mut tbs, tree_len) = framing::group_info_without_tree(group_info.as_slice())?;
    let content = labelled("GroupInfoTBS", &tbs)?;
    let signature = client
        .signer()
        .sign(&content)
        .map_err(|error| refused("commit")(format!("{error:?}")))?;
    framing::push_vector(&mut tbs, &signature)?;
    let message = [&[0, 1, 0, 4], &tbs[..]].concat();
    let message = MlsBytes::new(message).map_err(malformed)?;
    Ok((message, tree_len))
}

/// Go to the epoch of the pending commit.
pub(crate) fn merge_pending(client: &mut Client, group: &mut Group) -> Result<(), MlsError> {
    if group.joining {
        group.joining = false;
        return Ok(());
    }
    group
        .mls
        .merge_pending_commit(&client.provider(&group.storage))
        .map_err(refused("merge"))?;
    group.storage.clear(Kind::UpdateKeyPair);
    group.proposed.clear();
    if let Some(list) = group.pending_list.take() {
        group.list = Some(list);
    }
    client.stopwatch.leave_out(|| group.enter_epoch());
    Ok(())
}

/// Forget the pending commit. A joiner whose external commit was refused has no group; it forgets
/// this one and joins again.
pub(crate) fn clear_pending(group: &mut Group) -> Result<(), MlsError> {
    group.pending_list = None;
    group
        .mls
        .clear_pending_commit(&group.storage)
        .map_err(refused("clear"))
}

/// Make a proposal (RFC 9420, section 12.1) for others to commit.
pub(crate) fn propose(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    plan: &ProposalPlan<'_, MlsBytes>,
) -> Result<MlsBytes, MlsError> {
    group.active("propose")?;
    client.work.operations += 1;
    let about = match plan {
        ProposalPlan::Remove(leaf) => Some(*leaf),
        ProposalPlan::Update | ProposalPlan::SelfRemove => Some(group.own_leaf()),
        ProposalPlan::Add(_) | ProposalPlan::AppData(_) => None,
    };
    if about.is_some_and(|leaf| group.leaves_by_itself(leaf)) {
        return Err(refused("propose")("the member leaves by itself"));
    }
    // Who joins from outside has to read that it leaves, and what it proposes with that.
    let leaves =
        matches!(plan, ProposalPlan::SelfRemove) || group.leaves_by_itself(group.own_leaf());
    let (message, reference) = match made(settings, client, group, plan)? {
        Some(proposal) => group
            .mls
            .propose(
                &client.provider(&group.storage),
                &client.signer(),
                proposal,
                ProposalOrRefType::Reference,
            )
            .map_err(refused("propose"))?,
        None => self_remove(client, group)?,
    };
    let message = encode(&message)?;
    client.work.bytes += message.as_slice().len() as u64;
    client.count_context(ContextOperation::Propose {
        context: group.context_len(),
    });
    let message = match leaves {
        true => message,
        false => semi_private::seal(settings, client, group, message)?,
    };
    group.proposed.push((message.clone(), reference));
    Ok(message)
}

/// What OpenMLS is to propose; nothing where the member leaves, which it does elsewhere.
fn made(
    settings: &Settings,
    client: &mut Client,
    group: &Group,
    plan: &ProposalPlan<'_, MlsBytes>,
) -> Result<Option<Propose>, MlsError> {
    Ok(Some(match plan {
        ProposalPlan::SelfRemove if !tree::knows_self_remove(group.mls.treesync()) => {
            return Err(refused("propose")("not all members know SelfRemove"));
        }
        ProposalPlan::SelfRemove => return Ok(None),
        ProposalPlan::Add(message) => Propose::Add(key_package(settings, client, message)?),
        ProposalPlan::Remove(leaf) => Propose::Remove(*leaf),
        ProposalPlan::Update => Propose::Update(LeafNodeParameters::default()),
        ProposalPlan::AppData(update) => Propose::UpdateAppDataComponent {
            component_id: update.component,
            update: update.update.clone(),
        },
    }))
}

/// Leave by SelfRemove: the message, and the reference of what is pending now.
fn self_remove(
    client: &Client,
    group: &mut Group,
) -> Result<(MlsMessageOut, ProposalRef), MlsError> {
    let message = group
        .mls
        .leave_group_via_self_remove(&client.provider(&group.storage), &client.signer())
        .map_err(refused("propose"))?;
    let own = group.mls.own_leaf_index();
    let queued = group.mls.pending_proposals().find(|queued| {
        matches!(queued.proposal(), Proposal::SelfRemove) && *queued.sender() == Sender::Member(own)
    });
    let queued = queued.ok_or_else(|| refused("propose")("the proposal is not pending"))?;
    Ok((message, queued.proposal_reference_ref().clone()))
}

/// Take back own proposals that the hub refused; what is not known (any more) is passed over.
pub(crate) fn withdraw(group: &mut Group, proposals: &[MlsBytes]) -> Result<(), MlsError> {
    let (gone, kept) = std::mem::take(&mut group.proposed)
        .into_iter()
        .partition(|(message, _)| proposals.contains(message));
    group.proposed = kept;
    let gone: Vec<(MlsBytes, _)> = gone;
    for (_, reference) in gone {
        group
            .mls
            .remove_pending_proposal(&group.storage, &reference)
            .map_err(refused("withdraw"))?;
    }
    Ok(())
}

/// Encrypt application content (RFC 9420, section 15).
pub(crate) fn encrypt(
    client: &mut Client,
    group: &mut Group,
    content: &[u8],
    safe_aad: &[SafeAadItem],
) -> Result<MlsBytes, MlsError> {
    group.active("encrypt")?;
    client.work.operations += 1;
    if !safe_aad.is_empty() {
        if app_data::data(group.mls.public_group().group_context(), SAFE_AAD).is_none() {
            return Err(refused("encrypt")("the group's messages have no Safe AAD"));
        }
        let items = safe_aad.iter();
        let items = items.map(|item| {
            openmls::framing::SafeAadItem::new(
                item.component_id,
                item.aad_item_data.as_slice().to_vec(),
            )
        });
        group
            .mls
            .set_safe_aad(items.collect())
            .map_err(refused("encrypt"))?;
    }
    let message = group
        .mls
        .create_message(&client.provider(&group.storage), &client.signer(), content)
        .map_err(refused("encrypt"));
    if message.is_err() && !safe_aad.is_empty() {
        // It would go with whatever is made next.
        group
            .mls
            .set_safe_aad(Vec::new())
            .map_err(refused("encrypt"))?;
    }
    let message = encode(&message?)?;
    client.work.message_bytes += message.as_slice().len() as u64;
    client.count_context(ContextOperation::Encrypt {
        context: group.context_len(),
    });
    client.work.secret_nodes += group.secrets.derive(group.epoch(), group.own_leaf());
    Ok(message)
}

/// Items of Safe AAD as the wire has them.
fn own_items(safe_aad: &SafeAad) -> Vec<SafeAadItem> {
    let items = safe_aad.items().iter();
    items
        .map(|item| SafeAadItem {
            component_id: item.component_id(),
            aad_item_data: item.data().into(),
        })
        .collect()
}

/// Process a message of the group.
pub(crate) fn process(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    message: &MlsBytes,
) -> Result<Processed, MlsError> {
    group.active("process")?;
    let header = framing::header(message.as_slice())?;
    check_epoch(settings, group, &header)?;
    let opened;
    let (message, header) = match message.is_sealed() {
        true => {
            opened = semi_private::open(client, group, message)?;
            (&opened, framing::header(opened.as_slice())?)
        }
        false => (message, header),
    };
    let ciphertexts = match (header.content_type, header.sender) {
        // Commits are in clear; what encrypted ones hold is not known here.
        (ContentType::Commit, Some(_)) => framing::path_ciphertexts(header.rest)?,
        _ => None,
    };
    client.work.operations += 1;
    let len = message.as_slice().len() as u64;
    match header.content_type {
        ContentType::Application => client.work.message_bytes += len,
        ContentType::Proposal | ContentType::Commit => client.work.bytes += len,
    }
    let message = parse(message)?
        .try_into_protocol_message()
        .map_err(malformed)?;
    let processed = group
        .mls
        .process_message(&client.provider(&group.storage), message)
        .map_err(refused("process"))?;
    let epoch = processed.epoch().as_u64();
    let sender = match processed.sender() {
        Sender::Member(leaf) => Some(leaf.u32()),
        _ => None,
    };
    let safe_aad = processed.safe_aad().map(own_items).unwrap_or_default();
    let context = group.context_len();
    match processed.into_content() {
        ProcessedMessageContent::ApplicationMessage(content) => {
            let sender =
                sender.ok_or_else(|| refused("process")("application data from outside"))?;
            client.count_context(ContextOperation::Decrypt { context });
            client.work.secret_nodes += group.secrets.derive(epoch, sender);
            Ok(Processed::Application {
                content: content.into_bytes(),
                epoch,
                sender,
                safe_aad,
            })
        }
        ProcessedMessageContent::ProposalMessage(proposal)
        | ProcessedMessageContent::ExternalJoinProposalMessage(proposal) => {
            // A hub may send a proposal back to its maker, in whose group it is pending already.
            let reference = proposal.proposal_reference_ref();
            let known = |queued: &QueuedProposal| queued.proposal_reference_ref() == reference;
            // An external sender signs no GroupContext, and tags nothing (RFC 9420, sections 6.1 and 6.2).
            if !matches!(proposal.sender(), Sender::External(_)) {
                client.count_context(ContextOperation::ReadProposal {
                    context,
                    member: true,
                });
            }
            validate_proposal(settings, client, group, &proposal)?;
            if !group.mls.pending_proposals().any(known) {
                let about = match (proposal.proposal(), proposal.sender()) {
                    (Proposal::Remove(remove), _) => Some(remove.removed()),
                    (Proposal::Update(_), Sender::Member(leaf)) => Some(*leaf),
                    _ => None,
                };
                if about.is_some_and(|leaf| group.leaves_by_itself(leaf.u32())) {
                    return Err(refused("process")("the member leaves by itself"));
                }
                group
                    .mls
                    .store_pending_proposal(&group.storage, *proposal)
                    .map_err(refused("process"))?;
            }
            Ok(Processed::Proposal)
        }
        ProcessedMessageContent::StagedCommitMessage(staged) => {
            let processed = merge(settings, client, group, *staged, (sender, None))?;
            client.work.ciphertexts += u64::from(ciphertexts.unwrap_or(0));
            Ok(processed)
        }
        ProcessedMessageContent::UnresolvedAppDataCommit(unresolved) => {
            let mut applied = app_data::apply(
                settings.app_data,
                group.list.as_deref(),
                group.mls.app_data_dictionary_updater(),
                unresolved.app_data_update_proposals(),
            )?;
            applied.count(settings.app_data, &mut client.work);
            let staged = group
                .mls
                .stage_app_data_commit(
                    &client.provider(&group.storage),
                    *unresolved,
                    applied.updates.take(),
                )
                .map_err(refused("process"))?;
            let list = applied.beside(settings.app_data);
            let processed = merge(settings, client, group, staged, (sender, list))?;
            client.work.ciphertexts += u64::from(ciphertexts.unwrap_or(0));
            Ok(processed)
        }
        ProcessedMessageContent::OwnPendingCommit => {
            merge_pending(client, group)?;
            Ok(Processed::Commit {
                epoch: group.epoch(),
                removed: false,
                external: false,
                committer: sender,
            })
        }
        ProcessedMessageContent::OwnPrivateMessage => {
            Err(refused("process")("the member's own message"))
        }
    }
}

/// Validate the credential that a proposal brings: whoever commits it later relies on that.
fn validate_proposal(
    settings: &Settings,
    client: &Client,
    group: &Group,
    proposal: &QueuedProposal,
) -> Result<(), MlsError> {
    let (issued, crypto) = (&settings.credentials, &client.crypto);
    match (proposal.proposal(), proposal.sender()) {
        (Proposal::Add(add), _) => issued.validate_leaf(crypto, add.key_package().leaf_node()),
        (Proposal::Update(update), Sender::Member(leaf)) => {
            let old = group.mls.public_group().leaf(*leaf);
            issued.validate_new_leaf(crypto, (old, update.leaf_node()))
        }
        _ => Ok(()),
    }
}

/// Take a verified commit of another into the group, with the participant list that it makes where that is kept beside; an own
/// pending commit is dropped with it.
fn merge(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    staged: StagedCommit,
    (sender, list): (Option<u32>, Option<Vec<u8>>),
) -> Result<Processed, MlsError> {
    let issued = &settings.credentials;
    let committer = match sender {
        Some(leaf) => {
            let leaf = LeafNodeIndex::new(leaf);
            credentials::Committer::Member(group.mls.public_group().leaf(leaf))
        }
        None => credentials::Committer::Outsider,
    };
    issued.validate_commit(&client.crypto, &staged, committer)?;
    let external = sender.is_none();
    let removed = staged.self_removed();
    let epoch = staged.epoch().as_u64();
    let path = staged.update_path_leaf_node().is_some();
    client.count_context(ContextOperation::ReadCommit {
        before: group.context_len(),
        after: context_len(staged.group_context()),
        by: match removed {
            true => CommitReader::Removed,
            false => CommitReader::Member { path },
        },
        external,
    });
    let on_tree = client.stopwatch.leave_out(|| {
        let changes = LeafChanges::new(group.mls.treesync(), &staged);
        pending::on_tree(&changes, &staged, external)
    });
    group
        .mls
        .merge_staged_commit(&client.provider(&group.storage), staged)
        .map_err(refused("process"))?;
    group.proposed.clear();
    group.pending_list = None;
    if let Some(list) = list {
        group.list = Some(list);
    }
    // OpenMLS deletes the key pair of an own Update that was committed, not of one that was voided.
    group.storage.clear(Kind::UpdateKeyPair);
    let after = client
        .stopwatch
        .leave_out(|| TreeStats::count(&tree::outline(group.mls.treesync()), 0));
    if !removed {
        client.work.add_epoch(after.leaves);
    }
    client.work.add_tree(TreeOperation::Read(on_tree), &after);
    group.secrets.enter(epoch, after.leaves);
    Ok(Processed::Commit {
        epoch,
        removed,
        external,
        committer: sender,
    })
}

/// Handshake messages must be of the current epoch; application messages may be of an earlier one
/// that is remembered.
fn check_epoch(settings: &Settings, group: &Group, header: &Header<'_>) -> Result<(), MlsError> {
    let (got, current) = (header.epoch, group.epoch());
    let oldest = match header.content_type {
        ContentType::Application => current
            .saturating_sub(settings.epoch_tolerance as u64)
            .max(group.first_epoch),
        ContentType::Proposal | ContentType::Commit => current,
    };
    match (oldest..=current).contains(&got) {
        true => Ok(()),
        false => Err(MlsError::WrongEpoch { got, current }),
    }
}

fn read_key_package(message: &MlsBytes) -> Result<wire::KeyPackage, MlsError> {
    let body = framing::expect(message.as_slice(), WireFormat::KeyPackage)?.rest();
    wire::KeyPackage::tls_deserialize_exact(body).map_err(malformed)
}

/// The URI of the client whose KeyPackage it is.
pub(crate) fn key_package_identity(message: &MlsBytes) -> Result<Vec<u8>, MlsError> {
    let package = read_key_package(message)?;
    let uri = package.leaf_node.credential.client_uri();
    Ok(uri.map_err(malformed)?.into_owned())
}

/// What a KeyPackage message says of its use.
pub(crate) fn key_package_terms(message: &MlsBytes) -> Result<Terms, MlsError> {
    let package = read_key_package(message)?;
    let LeafNodeSource::KeyPackage(lifetime) = package.leaf_node.source else {
        return Err(malformed("a KeyPackage whose leaf has no lifetime"));
    };
    let mut extensions = package.extensions.iter();
    Ok(Terms {
        lifetime: Lifetime::read(lifetime),
        last_resort: extensions.any(|extension| extension.extension_type == LAST_RESORT),
    })
}

/// For which groups a KeyPackage message is of use.
pub(crate) fn key_package_offer(message: &MlsBytes) -> Result<Offer, MlsError> {
    let body = framing::expect(message.as_slice(), WireFormat::KeyPackage)?.rest();
    let package = wire::KeyPackage::tls_deserialize_exact(body).map_err(malformed)?;
    Ok(Offer {
        cipher_suite: package.cipher_suite,
        capabilities: package.leaf_node.capabilities,
    })
}

/// The KeyPackageRef of a KeyPackage message (RFC 9420, section 5.2).
pub(crate) fn key_package_reference(
    settings: &Settings,
    message: &MlsBytes,
) -> Result<Vec<u8>, MlsError> {
    let body = framing::expect(message.as_slice(), WireFormat::KeyPackage)?.rest();
    let mut input = Vec::new();
    framing::push_vector(&mut input, b"MLS 1.0 KeyPackage Reference")?;
    framing::push_vector(&mut input, body)?;
    crate::openmls::crypto::primitives()
        .hash(settings.ciphersuite.hash_algorithm(), &input)
        .map_err(refused("key package reference"))
}

#[cfg(test)]
mod tests {
    use crate::app_data::AppData;
    use crate::engine::{CommitPlan, Engine, EngineConfig, Parents, WarmMember};
    use crate::openmls::OpenMlsEngine;
    use throng_workloads::scenario::Ciphersuite;
    use throng_workloads::stream::{StreamOwner, Streams};

    /// OpenMLS expands twice at each node: for both children, or for both ratchets of a leaf. Each message takes some more,
    /// which is what one takes whose sender has written before.
    #[test]
    fn secret_nodes_are_where_openmls_derives_secrets() {
        let engine = OpenMlsEngine::new(EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519));
        let streams = Streams::new(7, 0);
        let mut clients: Vec<_> = (0..11)
            .map(|index| {
                let identity = format!("client {index}");
                engine
                    .client(identity.as_bytes(), &streams, StreamOwner::Client(index))
                    .unwrap()
            })
            .collect();
        let members = clients.iter_mut().map(WarmMember::Acting);
        let mut groups = engine
            .warm_group(
                members,
                Parents::Filled,
                &streams,
                b"room",
                AppData::default(),
            )
            .unwrap()
            .groups;
        const READER: usize = 3;
        let mut own = None;
        let mut others = None;
        for round in 0..3 {
            for sender in [5, 5, 4, 5, 10, 0, 4, 2, 10, 7, 9, 8, 6, 1] {
                for client in &mut clients {
                    engine.take_work(client);
                    client.crypto.take_expansions();
                }
                let message = engine
                    .encrypt(&mut clients[sender], &mut groups[sender], b"hello")
                    .unwrap();
                engine
                    .process(&mut clients[READER], &mut groups[READER], &message)
                    .unwrap();
                for (client, each_message) in [(sender, &mut own), (READER, &mut others)] {
                    let expansions = clients[client].crypto.take_expansions();
                    let nodes = engine.take_work(&mut clients[client]).secret_nodes;
                    let rest = expansions - 2 * nodes;
                    assert_eq!(
                        *each_message.get_or_insert(rest),
                        rest,
                        "round {round}, sender {sender}, client {client}"
                    );
                }
            }
            let plan = CommitPlan {
                adds: &[],
                removes: &[],
                app_data: &[],
                force_path: true,
            };
            let (committer, rest) = (0, 1..clients.len());
            let bundle = engine
                .commit(&mut clients[committer], &mut groups[committer], &plan)
                .unwrap();
            for other in rest {
                engine
                    .process(&mut clients[other], &mut groups[other], &bundle.commit)
                    .unwrap();
            }
            engine
                .merge_pending(&mut clients[committer], &mut groups[committer])
                .unwrap();
        }
        // A key and a nonce for the content, one of each for the sender's data, and the ratchet's next secret.
        assert_eq!((own, others), (Some(5), Some(5)));
    }
}
