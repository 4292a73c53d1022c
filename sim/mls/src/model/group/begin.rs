//! How a membership begins: the group's creator, a warm room, a Welcome, an external commit.

use super::{Group, bundle, path_counts, proposal_checks};
use crate::app_data::AppData;
use crate::context_work::ContextOperation;
use crate::engine::{CommitBundle, ExternalPlan, MlsError, Parents};
use crate::identities::Identities;
use crate::model::app_data::with_tree_len;
use crate::model::client::Client;
use crate::model::commit::{Commit, Committer};
use crate::model::lengths::{LeafSource, ProposalLength};
use crate::model::message::{Blob, Content, Kind, Message, Place};
use crate::model::proposal::Covered;
use crate::model::refused;
use crate::model::roster::Roster;
use crate::model::settings::Settings;
use crate::model::tree::Tree;
use crate::model::version::Version;
use crate::tree_work::{TreeCommit, TreeOperation};
use crate::work::Work;
use std::sync::Arc;

pub(in crate::model) fn create(
    settings: &Settings,
    client: &mut Client,
    group_id: &[u8],
    app_data: &AppData,
) -> Group {
    let mut tree = Tree::new(&settings.lengths);
    let mut roster = Roster::new(settings.lengths.credentials);
    let occupant = roster.register(&client.identity);
    let identity = client.identity.len() as u64;
    let len = settings.lengths.leaf_node(identity, LeafSource::KeyPackage);
    let leaf = tree.add(occupant, len as u32, 0, &mut ());
    roster.enter(&tree, leaf);
    *client.work() += Work {
        operations: 1,
        key_pairs: 1,
        signatures: 1,
        ..Work::default()
    };
    client.work().add_epoch(tree.width());
    client.work().add_tree(TreeOperation::Create, &tree.stats());
    let app_data = settings.group_data(|| app_data.clone());
    let version = Version::begin(settings.lengths, group_id, 0, tree, roster, app_data);
    client.work().add_context(
        ContextOperation::Create {
            context: version.context(),
        },
        settings.lengths.signed_context,
    );
    Group::at(settings, version, leaf)
}

/// A group that exists before time zero: of members who joined one after the other by external commits, or whom one
/// commit without a path added to the first.
pub(in crate::model) fn warm(
    settings: &Settings,
    identities: Identities,
    parents: Parents,
    group_id: &[u8],
    app_data: AppData,
) -> Result<Version, MlsError> {
    let count = identities.len();
    if count == 0 {
        return Err(refused("warm start", "a group needs a member"));
    }
    let others = count as u64 - 1;
    let (epoch, source_of_others) = match parents {
        Parents::Filled => (others, LeafSource::Commit { parent_hash: true }),
        Parents::Blank => (others.min(1), LeafSource::KeyPackage),
    };
    let members = identities.iter().enumerate().map(|(number, identity)| {
        let source = match number {
            0 => LeafSource::KeyPackage,
            _ => source_of_others,
        };
        let len = settings.lengths.leaf_node(identity.len() as u64, source);
        (number as u32, len as u32)
    });
    let tree = match parents {
        // The stamp of the commit that created this epoch.
        Parents::Filled => Tree::full(&settings.lengths, members, epoch as u32 + 1),
        Parents::Blank => Tree::bare(&settings.lengths, members),
    };
    let roster = Roster::full(identities, settings.lengths.credentials, &tree);
    Ok(Version::begin(
        settings.lengths,
        group_id,
        epoch,
        tree,
        roster,
        settings.group_data(|| app_data),
    ))
}

pub(in crate::model) fn group_info(
    client: &mut Client,
    group: &Group,
) -> Result<(Message, Blob), MlsError> {
    group.active("group info")?;
    let version = &group.version;
    let lengths = version.history().lengths;
    let len = lengths.group_info_message(version.context());
    let (tree_len, stats) = version.look(|state| (state.tree.encoded_len(), state.tree.stats()));
    let beside = with_tree_len(tree_len, version.list_beside());
    client.work().add_tree(TreeOperation::Export, &stats);
    client.work().add_context(
        ContextOperation::SignGroupInfo {
            context: version.context(),
        },
        lengths.signed_context,
    );
    *client.work() += Work {
        operations: 1,
        key_pairs: 1,
        signatures: 1,
        bytes: len + beside,
        ..Work::default()
    };
    let place = Place::At(Arc::new(version.clone()));
    Ok((
        Message::new(len, Kind::GroupInfo(place)),
        Blob::new(beside, Content::Tree),
    ))
}

pub(in crate::model) fn join(
    settings: &Settings,
    client: &mut Client,
    message: &Message,
    tree: Option<&Blob>,
) -> Result<Group, MlsError> {
    let Kind::Welcome(welcome) = message.kind() else {
        return Err(MlsError::Malformed("not a Welcome".to_owned()));
    };
    let mine = welcome.references.iter().position(|r| client.has(r));
    let Some(mine) = mine else {
        return Err(refused(
            "join",
            "the Welcome is for none of the client's KeyPackages",
        ));
    };
    client.work().operations += 1;
    client.work().bytes += message.len() + tree.map_or(0, Blob::len);
    let commit = &welcome.commit;
    if commit.beside_welcome(welcome.tree_inside).is_some() && tree.is_none() {
        return Err(refused(
            "join",
            "there is no ratchet tree or no participant list",
        ));
    }
    let place = welcome.places.get(mine);
    let Some((leaf, _)) = place.and_then(|place| commit.adds.get(*place)) else {
        return Err(refused(
            "join",
            "the commit adds nobody with this KeyPackage",
        ));
    };
    let path_keys = commit.shared_nodes(commit.height_to(*leaf));
    *client.work() += Work {
        opens: 1,
        key_pairs: path_keys,
        verifications: 1 + u64::from(commit.health.members),
        ciphertexts: welcome.references.len() as u64,
        context_bytes: welcome.sealed_group_info,
        ..Work::default()
    };
    client.work().add_checked(commit.checked);
    client.work().add_epoch(commit.stats.leaves);
    client
        .work()
        .add_tree(TreeOperation::Validate, &commit.stats);
    client.work().add_context(
        ContextOperation::Join {
            context: commit.context,
        },
        settings.lengths.signed_context,
    );
    if welcome.tree_inside {
        client.work().add_tree(TreeOperation::Sign, &commit.stats);
    }
    if let Some(list) = commit.data_lengths.beside {
        client.work().add_list(list, true);
    }
    client.joined_by(&welcome.references[mine]);
    Ok(Group::at(settings, commit.applied_to(&commit.base), *leaf))
}

pub(in crate::model) fn join_external(
    settings: &Settings,
    client: &mut Client,
    group_info: &Message,
    tree: &Blob,
    plan: &ExternalPlan<'_, Message>,
) -> Result<(Group, CommitBundle<Message>), MlsError> {
    client.work().operations += 1;
    client.work().bytes += group_info.len() + tree.len();
    let Kind::GroupInfo(place) = group_info.kind() else {
        return Err(MlsError::Malformed("not a GroupInfo".to_owned()));
    };
    let base = place.version();
    let lengths = base.history().lengths;
    let old = base.look(|state| {
        let leaf = state.roster.leaf_of(&state.tree, &client.identity);
        let members = u64::from(state.tree.totals().members);
        (leaf, members, state.roster.checked())
    });
    let (old, members, checked) = old;
    let mut covered = Covered {
        bytes: lengths.by_value(ProposalLength::ExternalInit),
        ..Covered::default()
    };
    if let Some(leaf) = old {
        covered.removes.push(leaf);
        covered.bytes += lengths.by_value(ProposalLength::Remove);
    }
    let left = cover_leavers(client, &base, (&mut covered, old), plan.pending);
    for (place, update) in plan.app_data.iter().enumerate() {
        // OpenMLS queues proposals by their references, so what is there twice is there once.
        if !plan.app_data[..place].contains(update) {
            covered.update(&lengths, update);
        }
    }
    if let Some(list) = base.list_beside() {
        client.work().add_list(list, true);
    }
    client.work().add_checked(checked);
    // What comes before it is known whether there can be such a commit.
    *client.work() += Work {
        seals: 1,
        verifications: 1 + members,
        secret_slots: base.leaves().into(),
        ..Work::default()
    };
    let commit = Commit::new(&base, Committer::New(&client.identity), &covered, true)?;
    let commit = Arc::new(commit);
    let (bundle, bytes) = bundle(&commit);
    let (nodes, ciphertexts) = path_counts(&commit);
    *client.work() += Work {
        seals: ciphertexts,
        key_pairs: nodes + 2,
        signatures: 3,
        bytes,
        ..Work::default()
    };
    let (before, after) = (base.context(), commit.context);
    commit.data_lengths.count(client.work());
    for operation in [
        ContextOperation::CheckGroupInfo { context: before },
        ContextOperation::Commit {
            before,
            after,
            seals: ciphertexts,
            external: true,
        },
        ContextOperation::SignGroupInfo { context: after },
    ] {
        client.work().add_context(operation, lengths.signed_context);
    }
    client.work().add_epoch(commit.stats.leaves);
    client
        .work()
        .add_tree(TreeOperation::Validate, &commit.stats);
    let path_only = TreeCommit {
        path: true,
        external: true,
        removes: left,
        ..TreeCommit::default()
    };
    client
        .work()
        .add_tree(TreeOperation::Make(path_only), &commit.stats);
    let mut group = Group::at(settings, base, commit.committer);
    group.first_epoch += 1;
    group.joining = true;
    group.pending_commit = Some(commit);
    Ok((group, bundle))
}

/// Cover the SelfRemoves among the proposals that wait, but that of the joiner's `old` leaf, which goes by value: how many there are. Each
/// was read and its signature checked.
fn cover_leavers(
    client: &mut Client,
    base: &Version,
    (covered, old): (&mut Covered, Option<u32>),
    pending: &[Message],
) -> u64 {
    let lengths = base.history().lengths;
    let before = covered.leavers.len();
    for message in pending {
        let Some(Kind::Proposal(proposal)) = message.in_clear() else {
            continue;
        };
        let leaver = proposal.leaver().filter(|leaf| Some(*leaf) != old);
        let Some(leaf) = leaver.filter(|leaf| !covered.leavers.contains(leaf)) else {
            continue;
        };
        client.work().bytes += message.len();
        *client.work() += proposal_checks(&lengths, proposal, base.context(), false);
        covered.bytes += lengths.by_reference();
        covered.references.push(proposal.id);
        covered.removes.push(leaf);
        covered.leavers.push(leaf);
    }
    covered.removes.sort_unstable();
    covered.leavers.sort_unstable();
    (covered.leavers.len() - before) as u64
}
