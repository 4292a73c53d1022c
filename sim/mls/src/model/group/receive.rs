//! What a member does with what it receives, and the Work of checking it, which the hub shares.

use super::{Group, merge_pending};
use crate::context_work::{CommitReader, ContextOperation};
use crate::engine::{MlsError, Processed};
use crate::model::client::Client;
use crate::model::commit::Commit;
use crate::model::lengths::Lengths;
use crate::model::message::{Kind, Message, epoch_of};
use crate::model::proposal::{Proposal, ProposalId, What};
use crate::model::refused;
use crate::model::semi_private;
use crate::model::settings::Settings;
use crate::tree_work::TreeOperation;
use crate::work::Work;
use std::sync::Arc;

pub(in crate::model) fn process(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    message: &Message,
) -> Result<Processed, MlsError> {
    group.active("process")?;
    let (got, current) = (epoch_of(message)?, group.epoch());
    let oldest = match message.kind() {
        Kind::Application(_) => current
            .saturating_sub(settings.epoch_tolerance)
            .max(group.first_epoch),
        _ => current,
    };
    if !(oldest..=current).contains(&got) {
        return Err(MlsError::WrongEpoch { got, current });
    }
    client.work().operations += 1;
    let opened;
    let message = match message.sealed() {
        Some(_) => {
            *client.work() += semi_private::work(
                message,
                group.version.context(),
                settings.lengths.signed_context,
            );
            opened = message.opened();
            &opened
        }
        None => message,
    };
    match message.kind() {
        Kind::Application(_) => client.work().message_bytes += message.len(),
        _ => client.work().bytes += message.len(),
    }
    match message.kind() {
        Kind::Application(application) => {
            if application.sender == group.leaf && application.epoch == current {
                return Err(refused("process", "the member's own message"));
            }
            client.work().verifications += 1;
            client.work().add_context(
                ContextOperation::Decrypt {
                    context: group.version.context(),
                },
                settings.lengths.signed_context,
            );
            let derived = group.secrets.derive(application.epoch, application.sender);
            client.work().secret_nodes += derived;
            Ok(Processed::Application {
                content: application.content.to_vec(),
                epoch: application.epoch,
                sender: application.sender,
                safe_aad: application.safe_aad.clone(),
            })
        }
        Kind::Proposal(proposal) => {
            let lengths = &settings.lengths;
            *client.work() += proposal_checks(lengths, proposal, group.version.context(), true);
            if group.pending.iter().all(|known| known.id != proposal.id) {
                let about = match proposal.what {
                    What::Update => proposal.id.sender.leaf(),
                    What::Remove(leaf) => Some(leaf),
                    What::Add(_) | What::AppData(_) | What::SelfRemove => None,
                };
                if about.is_some_and(|leaf| group.leaves_by_itself(leaf)) {
                    return Err(refused("process", "the member leaves by itself"));
                }
                group.pending.push(Proposal::clone(proposal));
            }
            Ok(Processed::Proposal)
        }
        Kind::Commit(commit) => process_commit(client, group, commit),
        _ => Err(MlsError::Malformed(
            "neither handshake nor application message".to_owned(),
        )),
    }
}

/// What whoever receives a proposal verifies: the message, and the leaf or KeyPackage in it.
pub(in crate::model) fn proposal_checks(
    lengths: &Lengths,
    proposal: &Proposal,
    context: u64,
    member: bool,
) -> Work {
    let mut work = Work {
        verifications: 1 + match proposal.what {
            What::Add(_) => 2,
            What::Update => 1,
            What::Remove(_) | What::AppData(_) | What::SelfRemove => 0,
        },
        ..Work::default()
    };
    if let What::Add(package) = &proposal.what {
        work.add_checked(lengths.checked(package.identity.len()));
    }
    // An external sender signs no GroupContext, and tags nothing (RFC 9420, sections 6.1 and 6.2).
    if proposal.id.sender.leaf().is_some() {
        work.add_context(
            ContextOperation::ReadProposal { context, member },
            lengths.signed_context,
        );
    }
    work
}

/// What whoever receives a commit verifies, hub or member: the message and the path's leaf, and what is in
/// the proposals that it carries by value.
pub(in crate::model) fn commit_checks(commit: &Commit, by: CommitReader) -> Work {
    let mut work = Work {
        verifications: 1 + u64::from(commit.path.is_some()) + 2 * commit.adds_by_value,
        ..Work::default()
    };
    work.add_checked(commit.brings);
    commit.data_lengths.count(&mut work);
    work.add_context(
        ContextOperation::ReadCommit {
            before: commit.base.context(),
            after: commit.context,
            by,
            external: commit.external,
        },
        commit.base.history().lengths.signed_context,
    );
    work
}

/// What it takes to go to the epoch of a commit that was checked.
pub(in crate::model) fn commit_merged(commit: &Commit) -> Work {
    let mut work = Work {
        ciphertexts: commit.path.map_or(0, |path| path.ciphertexts),
        ..Work::default()
    };
    work.add_tree(TreeOperation::Read(commit.on_tree()), &commit.stats);
    work
}

/// What a commit takes a member that stays, whose leaf meets the committer's at `height`.
pub(in crate::model) fn commit_received(commit: &Commit, height: u32) -> Work {
    let path = commit.path.is_some();
    let mut work = commit_checks(commit, CommitReader::Member { path });
    work += commit_merged(commit);
    work.add_epoch(commit.stats.leaves);
    if commit.path.is_some() {
        work.opens += 1;
        work.key_pairs += commit.shared_nodes(height);
    }
    if commit.external {
        // The init secret comes sealed to the epoch's external key pair, which is derived for it.
        work.opens += 1;
        work.key_pairs += 1;
    }
    work
}

fn process_commit(
    client: &mut Client,
    group: &mut Group,
    commit: &Arc<Commit>,
) -> Result<Processed, MlsError> {
    let own = group
        .pending_commit
        .as_ref()
        .is_some_and(|pending| Arc::ptr_eq(pending, commit));
    if own {
        merge_pending(group);
        return Ok(Processed::Commit {
            epoch: group.epoch(),
            removed: false,
            external: false,
            committer: Some(commit.committer),
        });
    }
    if !commit.external && commit.committer == group.leaf {
        return Err(refused("process", "an own commit that is not pending"));
    }
    let known = |id: &ProposalId| group.pending.iter().any(|proposal| proposal.id == *id);
    if !commit.references.iter().all(known) {
        return Err(refused(
            "process",
            "the commit covers a proposal that was never received",
        ));
    }
    let removed = commit.removes.iter().any(|(leaf, _)| *leaf == group.leaf);
    *client.work() += match removed {
        true => {
            let mut work = commit_checks(commit, CommitReader::Removed);
            work += commit_merged(commit);
            work
        }
        false => commit_received(commit, commit.height_to(group.leaf)),
    };
    let epoch = commit.epoch();
    group.go_to(commit.applied_to(&group.version));
    group.removed = removed;
    Ok(Processed::Commit {
        epoch,
        removed,
        external: commit.external,
        committer: (!commit.external).then_some(commit.committer),
    })
}
