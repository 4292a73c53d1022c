//! What a member makes: commits, proposals, application messages.

use super::{Group, bundle, path_counts};
use crate::app_data::AppDataUpdate;
use crate::ciphersuite::AEAD_TAG_LEN as AEAD_TAG;
use crate::context_work::ContextOperation;
use crate::engine::{CommitBundle, CommitPlan, MlsError, ProposalPlan};
use crate::model::client::Client;
use crate::model::commit::{Commit, Committer};
use crate::model::lengths::SenderLength;
use crate::model::message::{Application, Kind, Message, Welcome};
use crate::model::proposal::{Covered, Proposal, ProposalId, Proposer, Says, What};
use crate::model::refused;
use crate::model::semi_private;
use crate::model::settings::Settings;
use crate::tree_work::TreeOperation;
use crate::wire::{SafeAadItem, safe_aad};
use crate::work::Work;
use std::sync::Arc;

pub(in crate::model) fn commit(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    plan: &CommitPlan<'_, Message>,
) -> Result<CommitBundle<Message>, MlsError> {
    group.active("commit")?;
    if group.pending_commit.is_some() {
        return Err(refused("commit", "another commit is pending"));
    }
    client.work().operations += 1;
    let mut adds = Vec::with_capacity(plan.adds.len());
    for message in plan.adds {
        let package = message.key_package()?;
        client.work().bytes += message.len();
        client.work().verifications += 2;
        let checked = settings.lengths.checked(package.identity.len());
        client.work().add_checked(checked);
        adds.push(Arc::clone(package));
    }
    let mut removes = plan.removes.to_vec();
    removes.sort_unstable();
    removes.dedup();
    let covered = Covered::choose(
        &settings.lengths,
        group.leaf,
        &group.pending,
        &removes,
        &adds,
        plan.app_data,
    )?;
    let commit = Arc::new(Commit::new(
        &group.version,
        Committer::Member(group.leaf),
        &covered,
        plan.force_path,
    )?);
    let welcomes = !covered.adds.is_empty();
    let (mut bundle, mut bytes) = bundle(&commit);
    commit.data_lengths.count(client.work());
    client.work().add_context(
        ContextOperation::Commit {
            before: group.version.context(),
            after: commit.context,
            seals: path_counts(&commit).1,
            external: false,
        },
        settings.lengths.signed_context,
    );
    // The hub's, that in a Welcome, and the hub's once more without the tree that OpenMLS puts there too.
    for _ in 0..1 + u64::from(welcomes) + u64::from(welcomes && settings.tree_in_welcome) {
        client.work().add_context(
            ContextOperation::SignGroupInfo {
                context: commit.context,
            },
            settings.lengths.signed_context,
        );
    }
    client.work().add_epoch(commit.stats.leaves);
    client
        .work()
        .add_tree(TreeOperation::Make(commit.on_tree()), &commit.stats);
    if welcomes {
        let tree_inside = settings.tree_in_welcome;
        let joiners = covered.adds.len() as u64;
        let group_info_len = commit.welcome_group_info(tree_inside);
        let len = settings
            .lengths
            .welcome_message(joiners, commit.path.is_some(), group_info_len);
        let welcome = Welcome {
            references: covered.adds.iter().map(|p| p.reference).collect(),
            places: (0..covered.adds.len()).collect(),
            commit: Arc::clone(&commit),
            tree_inside,
            sealed_group_info: group_info_len + AEAD_TAG,
        };
        client.work().context_bytes += joiners * (group_info_len + AEAD_TAG);
        let sealed = TreeOperation::Welcome {
            joiners,
            resolution: commit.resolution,
        };
        client.work().add_tree(sealed, &commit.stats);
        if tree_inside {
            client.work().add_tree(TreeOperation::Sign, &commit.stats);
            client.work().add_tree(TreeOperation::Sign, &commit.stats);
        }
        bytes += len;
        bundle.welcome = Some(Message::new(len, Kind::Welcome(Box::new(welcome))));
    }
    let (nodes, ciphertexts) = path_counts(&commit);
    *client.work() += Work {
        seals: ciphertexts + covered.adds.len() as u64,
        // The leaf's and those of the path; the new epoch's external one.
        key_pairs: 1 + if commit.path.is_some() { nodes + 1 } else { 0 },
        // The commit and the hub's GroupInfo; the leaf; the Welcome's GroupInfo; the hub's once more without
        // the tree that OpenMLS puts there too.
        signatures: 2
            + u64::from(commit.path.is_some())
            + u64::from(welcomes)
            + u64::from(welcomes && settings.tree_in_welcome),
        bytes,
        ..Work::default()
    };
    bundle.commit = semi_private::seal(settings, client, &group.version, bundle.commit)?;
    group.pending_commit = Some(commit);
    Ok(bundle)
}

pub(in crate::model) fn merge_pending(group: &mut Group) {
    // Without a pending commit there is nothing to merge, and OpenMLS merges nothing.
    let Some(commit) = group.pending_commit.take() else {
        return;
    };
    group.joining = false;
    group.leaf = commit.committer;
    group.go_to(commit.applied_to(&group.version));
}

pub(in crate::model) fn clear_pending(group: &mut Group) {
    group.pending_commit = None;
}

pub(in crate::model) fn propose(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    plan: &ProposalPlan<'_, Message>,
) -> Result<Message, MlsError> {
    group.active("propose")?;
    client.work().operations += 1;
    let mut work = Work {
        signatures: 1,
        ..Work::default()
    };
    let about = match plan {
        ProposalPlan::Remove(leaf) => Some(*leaf),
        ProposalPlan::Update | ProposalPlan::SelfRemove => Some(group.leaf),
        ProposalPlan::Add(_) | ProposalPlan::AppData(_) => None,
    };
    if about.is_some_and(|leaf| group.leaves_by_itself(leaf)) {
        return Err(refused("propose", "the member leaves by itself"));
    }
    // Who joins from outside has to read that it leaves, and what it proposes with that.
    let leaves = matches!(plan, ProposalPlan::SelfRemove) || group.leaves_by_itself(group.leaf);
    let what = match plan {
        ProposalPlan::SelfRemove if !settings.self_remove => {
            return Err(refused("propose", "not all members know SelfRemove"));
        }
        ProposalPlan::SelfRemove => What::SelfRemove,
        ProposalPlan::Add(message) => {
            let package = message.key_package()?;
            work.bytes += message.len();
            work.verifications += 2;
            work.add_checked(settings.lengths.checked(package.identity.len()));
            What::Add(Arc::clone(package))
        }
        ProposalPlan::Remove(leaf) => {
            let blank = group
                .version
                .look(|state| state.tree.leaf(*leaf).is_blank());
            if blank {
                return Err(refused("propose", "no member at this leaf"));
            }
            What::Remove(*leaf)
        }
        ProposalPlan::Update => {
            work.key_pairs += 1;
            work.signatures += 1;
            What::Update
        }
        ProposalPlan::AppData(update) => What::AppData(Arc::new(AppDataUpdate::clone(update))),
    };
    let length = what.length(group.identity_len());
    let len = group.version.history().lengths.proposal_message(
        group.version.group_id(),
        SenderLength::Member,
        length,
    );
    work.bytes += len;
    work.add_context(
        ContextOperation::Propose {
            context: group.version.context(),
        },
        settings.lengths.signed_context,
    );
    *client.work() += work;
    let id = ProposalId {
        epoch: group.epoch(),
        sender: Proposer::Member(group.leaf),
        says: match &what {
            What::Add(package) => Says::Add(package.reference),
            What::Remove(leaf) => Says::Remove(*leaf),
            What::Update => Says::Update(group.proposals_made),
            What::AppData(update) => Says::AppData(digest(update)),
            What::SelfRemove => Says::SelfRemove,
        },
    };
    group.proposals_made += 1;
    let proposal = Proposal { id, what };
    group.pending.push(proposal.clone());
    let message = Message::new(len, Kind::Proposal(Box::new(proposal)));
    let message = match leaves {
        true => message,
        false => semi_private::seal(settings, client, &group.version, message)?,
    };
    group.proposed.push((message.clone(), id));
    Ok(message)
}

/// What tells an update from others of the same sender.
fn digest(update: &AppDataUpdate) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&update.component.to_be_bytes());
    hasher.update(&update.update);
    hasher.finalize().into()
}

pub(in crate::model) fn withdraw(group: &mut Group, proposals: &[Message]) {
    for message in proposals {
        let known = group.proposed.iter().position(|(m, _)| m == message);
        if let Some(known) = known {
            let (_, id) = group.proposed.remove(known);
            group.pending.retain(|proposal| proposal.id != id);
        }
    }
}

pub(in crate::model) fn encrypt(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    content: &[u8],
    safe_aad: &[SafeAadItem],
) -> Result<Message, MlsError> {
    group.active("encrypt")?;
    client.work().operations += 1;
    if !group.pending.is_empty() {
        return Err(refused("encrypt", "proposals are pending"));
    }
    let lengths = &group.version.history().lengths;
    if !lengths.safe_aad && !safe_aad.is_empty() {
        return Err(refused("encrypt", "the group's messages have no Safe AAD"));
    }
    safe_aad::encode(safe_aad).map_err(|error| refused("encrypt", &error.to_string()))?;
    let len = lengths.application_message(
        group.version.group_id(),
        (content.len() as u64, safe_aad::items_len(safe_aad)),
        settings.padding,
    );
    client.work().signatures += 1;
    client.work().add_context(
        ContextOperation::Encrypt {
            context: group.version.context(),
        },
        settings.lengths.signed_context,
    );
    client.work().message_bytes += len;
    let epoch = group.epoch();
    client.work().secret_nodes += group.secrets.derive(epoch, group.leaf);
    let application = Application {
        epoch,
        sender: group.leaf,
        content: content.into(),
        safe_aad: safe_aad.to_vec(),
    };
    Ok(Message::new(len, Kind::Application(Box::new(application))))
}
