//! One client's membership of one group: how it begins and ends, and what a member does.

use super::client::Client;
use super::commit::{Commit, Committer};
use super::lengths::{AEAD_TAG, LeafSource, ProposalLength};
use super::message::{Application, Blob, Content, Kind, Message, Place, Welcome};
use super::proposal::{Covered, Proposal, ProposalId, Says, What};
use super::refused;
use super::roster::{Identities, Roster};
use super::settings::Settings;
use super::tree::Tree;
use super::version::Version;
use crate::mls::engine::{CommitBundle, CommitPlan, MlsError, Processed, ProposalPlan};
use crate::mls::secret_tree::SecretTrees;
use crate::mls::tree_work::TreeOperation;
use crate::mls::work::Work;
use std::sync::Arc;

/// A membership of the model.
#[derive(Debug)]
pub struct Group {
    version: Version,
    leaf: u32,
    /// The first epoch whose secrets the member has.
    first_epoch: u64,
    /// An own commit that the hub has not answered; while `joining` it is the external commit that is to
    /// make this a membership.
    pending_commit: Option<Arc<Commit>>,
    joining: bool,
    removed: bool,
    /// In the order in which they were seen.
    pending: Vec<Proposal>,
    /// Own proposals of this epoch, as they were sent.
    proposed: Vec<(Message, ProposalId)>,
    proposals_made: u32,
    secrets: SecretTrees,
}

impl Group {
    pub(super) fn at(settings: &Settings, version: Version, leaf: u32) -> Self {
        let first_epoch = version.epoch();
        let tolerance = settings.epoch_tolerance as usize;
        let secrets = SecretTrees::new(first_epoch, version.leaves(), tolerance);
        Self {
            version,
            leaf,
            first_epoch,
            pending_commit: None,
            joining: false,
            removed: false,
            pending: Vec::new(),
            proposed: Vec::new(),
            proposals_made: 0,
            secrets,
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.version.epoch()
    }

    pub(super) fn own_leaf(&self) -> u32 {
        self.leaf
    }

    pub(super) fn pending_removals(&self) -> Vec<u32> {
        let removed = |proposal: &Proposal| match proposal.what {
            What::Remove(leaf) => Some(leaf),
            _ => None,
        };
        self.pending.iter().filter_map(removed).collect()
    }

    pub(super) fn pending_proposals(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn members(&self, prefix: &[u8]) -> Vec<(u32, Vec<u8>)> {
        self.version
            .look(|state| state.roster.find(&state.tree, prefix))
    }

    pub(super) fn member_count(&self) -> usize {
        self.version
            .look(|state| state.tree.totals().members as usize)
    }

    fn active(&self, operation: &'static str) -> Result<(), MlsError> {
        match (self.joining, self.removed) {
            (true, _) => Err(refused(
                operation,
                "the external commit is not accepted yet",
            )),
            (_, true) => Err(refused(operation, "not a member any more")),
            _ => Ok(()),
        }
    }

    fn identity_len(&self) -> u64 {
        let leaf = self.leaf;
        self.version
            .look(|state| state.roster.at(state.tree.leaf(leaf)).len() as u64)
    }

    /// Go to another version: what belonged to the epoch ends with it.
    fn go_to(&mut self, version: Version) {
        self.secrets.enter(version.epoch(), version.leaves());
        self.version = version;
        self.pending_commit = None;
        self.pending.clear();
        self.proposed.clear();
        self.proposals_made = 0;
    }
}

// ---- becoming a member ----

pub(super) fn create(settings: &Settings, client: &mut Client, group_id: &[u8]) -> Group {
    let mut tree = Tree::new(&settings.lengths);
    let mut roster = Roster::default();
    let occupant = roster.register(&client.identity);
    let identity = client.identity.len() as u64;
    let len = settings.lengths.leaf_node(identity, LeafSource::KeyPackage);
    let leaf = tree.add(occupant, len as u32, 0, &mut ());
    roster.enter(&tree, leaf);
    client.work += Work {
        operations: 1,
        key_pairs: 1,
        signatures: 1,
        ..Work::default()
    };
    client.work.add_epoch(tree.width());
    client.work.add_tree(TreeOperation::Create, &tree.stats());
    Group::at(
        settings,
        Version::begin(settings.lengths, group_id, 0, tree, roster),
        leaf,
    )
}

/// The tree of members who joined one after the other by external commits, before time zero; the epoch is
/// their number less one.
pub(super) fn warm(
    settings: &Settings,
    identities: Identities,
    group_id: &[u8],
) -> Result<Version, MlsError> {
    let count = identities.len();
    if count == 0 {
        return Err(refused("warm start", "a group needs a member"));
    }
    let epoch = count as u64 - 1;
    let members = identities.iter().enumerate().map(|(number, identity)| {
        let source = match number {
            0 => LeafSource::KeyPackage,
            _ => LeafSource::Commit { parent_hash: true },
        };
        let len = settings.lengths.leaf_node(identity.len() as u64, source);
        (number as u32, len as u32)
    });
    // The stamp of the commit that created this epoch.
    let tree = Tree::full(&settings.lengths, members, epoch as u32 + 1);
    let roster = Roster::full(identities, &tree);
    Ok(Version::begin(
        settings.lengths,
        group_id,
        epoch,
        tree,
        roster,
    ))
}

pub(super) fn group_info(client: &mut Client, group: &Group) -> Result<(Message, Blob), MlsError> {
    group.active("group info")?;
    let version = &group.version;
    let lengths = version.history().lengths;
    let len = lengths.group_info_message(version.group_id(), version.epoch());
    let (tree_len, stats) = version.look(|state| (state.tree.encoded_len(), state.tree.stats()));
    client.work.add_tree(TreeOperation::Export, &stats);
    client.work += Work {
        operations: 1,
        key_pairs: 1,
        signatures: 1,
        bytes: len + tree_len,
        ..Work::default()
    };
    let place = Place::At(Arc::new(version.clone()));
    Ok((
        Message::new(len, Kind::GroupInfo(place)),
        Blob::new(tree_len, Content::Tree),
    ))
}

pub(super) fn join(
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
    client.work.operations += 1;
    client.work.bytes += message.len() + tree.map_or(0, Blob::len);
    if !welcome.tree_inside && tree.is_none() {
        return Err(refused("join", "there is no ratchet tree"));
    }
    let commit = &welcome.commit;
    let Some((leaf, _)) = commit.adds.get(mine) else {
        return Err(refused(
            "join",
            "the commit adds nobody with this KeyPackage",
        ));
    };
    let path_keys = commit.shared_nodes(commit.height_to(*leaf));
    client.work += Work {
        opens: 1,
        key_pairs: path_keys,
        verifications: 1 + u64::from(commit.health.members),
        ciphertexts: welcome.references.len() as u64,
        context_bytes: welcome.sealed_group_info,
        ..Work::default()
    };
    client.work.add_epoch(commit.stats.leaves);
    client.work.add_tree(TreeOperation::Validate, &commit.stats);
    if welcome.tree_inside {
        client.work.add_tree(TreeOperation::Sign, &commit.stats);
    }
    client.use_up(&welcome.references[mine]);
    Ok(Group::at(settings, commit.base.after(commit), *leaf))
}

pub(super) fn join_external(
    settings: &Settings,
    client: &mut Client,
    group_info: &Message,
    tree: &Blob,
) -> Result<(Group, CommitBundle<Message, Blob>), MlsError> {
    client.work.operations += 1;
    client.work.bytes += group_info.len() + tree.len();
    let Kind::GroupInfo(place) = group_info.kind() else {
        return Err(MlsError::Malformed("not a GroupInfo".to_owned()));
    };
    let base = place.version();
    let lengths = base.history().lengths;
    let old = base.look(|state| {
        let leaf = state.roster.leaf_of(&state.tree, &client.identity);
        (leaf, u64::from(state.tree.totals().members))
    });
    let (old, members) = old;
    let mut covered = Covered {
        bytes: lengths.by_value(ProposalLength::ExternalInit),
        ..Covered::default()
    };
    if let Some(leaf) = old {
        covered.removes.push(leaf);
        covered.bytes += lengths.by_value(ProposalLength::Remove);
    }
    let commit = Commit::new(&base, Committer::New(&client.identity), &covered, true)?;
    let commit = Arc::new(commit);
    let (bundle, bytes) = bundle(&commit, false, false);
    let (nodes, ciphertexts) = path_counts(&commit);
    client.work += Work {
        seals: 1 + ciphertexts,
        key_pairs: nodes + 2,
        signatures: 3,
        verifications: 1 + members,
        bytes,
        ..Work::default()
    };
    client.work.secret_slots += u64::from(base.leaves());
    client.work.add_epoch(commit.stats.leaves);
    client.work.add_tree(TreeOperation::Validate, &commit.stats);
    let path_only = TreeOperation::Commit {
        path: true,
        adds: 0,
        updates: 0,
        removes: 0,
    };
    client.work.add_tree(path_only, &commit.stats);
    let mut group = Group::at(settings, base, commit.committer);
    group.first_epoch += 1;
    group.joining = true;
    group.pending_commit = Some(commit);
    Ok((group, bundle))
}

/// What goes to the hub, and how long it is together.
fn bundle(
    commit: &Arc<Commit>,
    welcomes: bool,
    tree_in_welcome: bool,
) -> (CommitBundle<Message, Blob>, u64) {
    let lengths = commit.base.history().lengths;
    let place = Place::After(Arc::clone(commit));
    let group_info = Message::new(
        lengths.group_info_message(commit.base.group_id(), commit.epoch()),
        Kind::GroupInfo(place),
    );
    let message = Message::new(commit.len(), Kind::Commit(Arc::clone(commit)));
    let mut bytes = message.len() + group_info.len();
    let tree = (welcomes && !tree_in_welcome).then(|| Blob::new(commit.tree_len, Content::Tree));
    bytes += tree.as_ref().map_or(0, Blob::len);
    let bundle = CommitBundle {
        commit: message,
        welcome: None,
        group_info,
        tree,
    };
    (bundle, bytes)
}

/// Nodes and ciphertexts of a commit's path.
fn path_counts(commit: &Commit) -> (u64, u64) {
    commit.path.map_or((0, 0), |path| {
        (u64::from(path.path.nodes.count_ones()), path.ciphertexts)
    })
}

// ---- a member ----

pub(super) fn commit(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    plan: &CommitPlan<'_, Message>,
) -> Result<CommitBundle<Message, Blob>, MlsError> {
    group.active("commit")?;
    if group.pending_commit.is_some() {
        return Err(refused("commit", "another commit is pending"));
    }
    client.work.operations += 1;
    let mut adds = Vec::with_capacity(plan.adds.len());
    for message in plan.adds {
        let package = message.key_package()?;
        client.work.bytes += message.len();
        client.work.verifications += 2;
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
    )?;
    let commit = Arc::new(Commit::new(
        &group.version,
        Committer::Member(group.leaf),
        &covered,
        plan.force_path,
    )?);
    let welcomes = !covered.adds.is_empty();
    let (mut bundle, mut bytes) = bundle(&commit, welcomes, settings.tree_in_welcome);
    client.work.add_epoch(commit.stats.leaves);
    client.work.add_tree(commit.operation(), &commit.stats);
    if welcomes {
        let tree_inside = settings.tree_in_welcome;
        let joiners = covered.adds.len() as u64;
        let group_info_len = commit.welcome_group_info(tree_inside);
        let len = settings
            .lengths
            .welcome_message(joiners, commit.path.is_some(), group_info_len);
        let welcome = Welcome {
            references: covered.adds.iter().map(|p| p.reference).collect(),
            commit: Arc::clone(&commit),
            tree_inside,
            sealed_group_info: group_info_len + AEAD_TAG,
        };
        client.work.context_bytes += joiners * (group_info_len + AEAD_TAG);
        if tree_inside {
            client.work.add_tree(TreeOperation::Sign, &commit.stats);
            client.work.add_tree(TreeOperation::Sign, &commit.stats);
        } else {
            let before = group.version.look(|state| state.tree.stats());
            client.work.add_tree(TreeOperation::ExportPending, &before);
            client.work.add_tree(TreeOperation::Export, &before);
            client.work.add_tree(TreeOperation::Export, &commit.stats);
        }
        bytes += len;
        bundle.welcome = Some(Message::new(len, Kind::Welcome(welcome)));
    }
    let (nodes, ciphertexts) = path_counts(&commit);
    client.work += Work {
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
    group.pending_commit = Some(commit);
    Ok(bundle)
}

pub(super) fn merge_pending(group: &mut Group) -> Result<(), MlsError> {
    // Without a pending commit there is nothing to merge, and OpenMLS merges nothing.
    let Some(commit) = group.pending_commit.take() else {
        return Ok(());
    };
    group.joining = false;
    group.leaf = commit.committer;
    group.go_to(group.version.after(&commit));
    Ok(())
}

pub(super) fn clear_pending(group: &mut Group) {
    group.pending_commit = None;
}

pub(super) fn propose(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    plan: &ProposalPlan<'_, Message>,
) -> Result<Message, MlsError> {
    group.active("propose")?;
    client.work.operations += 1;
    let mut work = Work {
        signatures: 1,
        ..Work::default()
    };
    let what = match plan {
        ProposalPlan::Add(message) => {
            let package = message.key_package()?;
            work.bytes += message.len();
            work.verifications += 2;
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
    };
    let length = what.length(group.identity_len());
    let len = settings
        .lengths
        .proposal_message(group.version.group_id(), length);
    work.bytes += len;
    client.work += work;
    let id = ProposalId {
        epoch: group.epoch(),
        sender: group.leaf,
        says: match &what {
            What::Add(package) => Says::Add(package.reference),
            What::Remove(leaf) => Says::Remove(*leaf),
            What::Update => Says::Update(group.proposals_made),
        },
    };
    group.proposals_made += 1;
    let proposal = Proposal { id, what };
    group.pending.push(proposal.clone());
    let message = Message::new(len, Kind::Proposal(proposal));
    group.proposed.push((message.clone(), id));
    Ok(message)
}

pub(super) fn withdraw(group: &mut Group, proposals: &[Message]) {
    for message in proposals {
        let known = group.proposed.iter().position(|(m, _)| m == message);
        if let Some(known) = known {
            let (_, id) = group.proposed.remove(known);
            group.pending.retain(|proposal| proposal.id != id);
        }
    }
}

pub(super) fn encrypt(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    content: &[u8],
) -> Result<Message, MlsError> {
    group.active("encrypt")?;
    client.work.operations += 1;
    if !group.pending.is_empty() {
        return Err(refused("encrypt", "proposals are pending"));
    }
    let len = settings.lengths.application_message(
        group.version.group_id(),
        content.len() as u64,
        settings.padding,
    );
    client.work.signatures += 1;
    client.work.message_bytes += len;
    let epoch = group.epoch();
    client.work.secret_nodes += group.secrets.derive(epoch, group.leaf);
    let application = Application {
        epoch,
        sender: group.leaf,
        content: content.into(),
    };
    Ok(Message::new(len, Kind::Application(application)))
}

pub(super) fn process(
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
    client.work.operations += 1;
    match message.kind() {
        Kind::Application(_) => client.work.message_bytes += message.len(),
        _ => client.work.bytes += message.len(),
    }
    match message.kind() {
        Kind::Application(application) => {
            if application.sender == group.leaf && application.epoch == current {
                return Err(refused("process", "the member's own message"));
            }
            client.work.verifications += 1;
            let derived = group.secrets.derive(application.epoch, application.sender);
            client.work.secret_nodes += derived;
            Ok(Processed::Application {
                content: application.content.to_vec(),
                epoch: application.epoch,
                sender: application.sender,
            })
        }
        Kind::Proposal(proposal) => {
            client.work += proposal_checks(proposal);
            if group.pending.iter().all(|known| known.id != proposal.id) {
                group.pending.push(proposal.clone());
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
pub(super) fn proposal_checks(proposal: &Proposal) -> Work {
    Work {
        verifications: 1 + match proposal.what {
            What::Add(_) => 2,
            What::Update => 1,
            What::Remove(_) => 0,
        },
        ..Work::default()
    }
}

/// What whoever receives a commit verifies, hub or member: the message and the path's leaf, and what is in
/// the proposals that it carries by value.
pub(super) fn commit_checks(commit: &Commit) -> Work {
    Work {
        verifications: 1 + u64::from(commit.path.is_some()) + 2 * commit.adds_by_value,
        ..Work::default()
    }
}

/// What it takes to go to the epoch of a commit that was checked.
pub(super) fn commit_merged(commit: &Commit) -> Work {
    let mut work = Work {
        ciphertexts: commit.path.map_or(0, |path| path.ciphertexts),
        ..Work::default()
    };
    work.add_tree(commit.operation(), &commit.stats);
    work
}

/// What a commit takes a member that stays, whose leaf meets the committer's at `height`.
pub(super) fn commit_received(commit: &Commit, height: u32) -> Work {
    let mut work = commit_checks(commit);
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
        merge_pending(group)?;
        return Ok(Processed::Commit {
            epoch: group.epoch(),
            removed: false,
            external: false,
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
    client.work += match removed {
        true => {
            let mut work = commit_checks(commit);
            work += commit_merged(commit);
            work
        }
        false => commit_received(commit, commit.height_to(group.leaf)),
    };
    let epoch = commit.epoch();
    group.go_to(group.version.after(commit));
    group.removed = removed;
    Ok(Processed::Commit {
        epoch,
        removed,
        external: commit.external,
    })
}

/// The epoch that a handshake or application message states.
pub(super) fn epoch_of(message: &Message) -> Result<u64, MlsError> {
    match message.kind() {
        Kind::Commit(commit) => Ok(commit.base.epoch()),
        Kind::Proposal(proposal) => Ok(proposal.id.epoch),
        Kind::Application(application) => Ok(application.epoch),
        _ => Err(MlsError::Malformed(
            "neither handshake nor application message".to_owned(),
        )),
    }
}
