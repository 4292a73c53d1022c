//! What a commit does to a version of a group, worked out by whoever makes it.

use super::app_data::{DataChange, DataLengths, beside_welcome_len};
use super::changes::Changes;
use super::key_package::REFERENCE;
use super::lengths::{LeafSource, Lengths, SenderLength};
use super::proposal::{Covered, ProposalId};
use super::refused;
use super::tree::Path;
use super::version::{State, Version};
use crate::app_data::AppDataUpdate;
use crate::credentials::Checked;
use crate::engine::MlsError;
use crate::tree_health::TreeHealth;
use crate::tree_stats::TreeStats;
use crate::tree_work::TreeCommit;
use std::sync::Arc;
use throng_workloads::time::SimTime;

/// A commit, with its outcome.
#[derive(Debug)]
pub(super) struct Commit {
    /// The version that it is for.
    pub(super) base: Version,
    /// Tells it from others for the same version.
    pub(super) number: u64,
    /// The committer's leaf in the new tree.
    pub(super) committer: u32,
    pub(super) committer_identity: Vec<u8>,
    pub(super) external: bool,
    pub(super) references: Vec<ProposalId>,
    /// In the order of the commit.
    pub(super) adds: Vec<(u32, Vec<u8>)>,
    /// The references of their KeyPackages, in the same order.
    pub(super) key_packages: Vec<[u8; REFERENCE]>,
    /// Identities of those whose leaves have a lifetime that ends, and when.
    pub(super) ends: Vec<(Vec<u8>, SimTime)>,
    /// How many of them it carries by value.
    pub(super) adds_by_value: u64,
    /// Ascending.
    pub(super) removes: Vec<(u32, Vec<u8>)>,
    /// Those among them that leave by SelfRemove, ascending.
    pub(super) leavers: Vec<u32>,
    /// Ascending.
    pub(super) updates: Vec<u32>,
    pub(super) path: Option<PathLength>,
    /// Nodes in the resolutions of the committer's copath in the new tree; 0 where nobody is added.
    pub(super) resolution: u64,
    /// What checking the credentials of all members takes once it is done.
    pub(super) checked: Checked,
    /// What checking those takes whom it adds by value, and its own where the committer comes from outside.
    pub(super) brings: Checked,
    pub(super) health: TreeHealth,
    /// The new tree.
    pub(super) stats: TreeStats,
    /// Length of the new tree's encoding without that of its vector, in bytes.
    pub(super) tree_len: u64,
    /// Length of the list of proposals, in bytes.
    pub(super) proposals_len: u64,
    /// What it changes in the tree of `base`, not done.
    pub(super) changes: Changes,
    /// The updates of application data that it covers.
    pub(super) app_data: Vec<Arc<AppDataUpdate>>,
    /// What they change, not done.
    pub(super) data: DataChange,
    /// Length of the new epoch's GroupContext, in bytes.
    pub(super) context: u64,
    /// How long application data is then.
    pub(super) data_lengths: DataLengths,
}

/// A path as it travels.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathLength {
    pub(super) path: Path,
    /// HPKE ciphertexts: those of the resolutions less the leaves that the commit adds.
    pub(super) ciphertexts: u64,
    /// Length of the UpdatePath, in bytes.
    pub(super) len: u64,
}

/// Who commits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Committer<'a> {
    /// The member at this leaf.
    Member(u32),
    /// Somebody from outside, with this identity.
    New(&'a [u8]),
}

impl Commit {
    /// Work out a commit on `base`. With `force_path` it has a path whether or not it needs one.
    pub(super) fn new(
        base: &Version,
        committer: Committer<'_>,
        covered: &Covered,
        force_path: bool,
    ) -> Result<Self, MlsError> {
        let lengths = base.history().lengths;
        let stamp = base.next_stamp();
        let outcome = base.look(|state| -> Result<_, MlsError> {
            check(state, covered)?;
            let data = Data::new(state, covered)?;
            let mut changes = Changes::begin(&state.tree);
            let outcome = apply(
                state,
                &lengths,
                committer,
                covered,
                force_path,
                stamp,
                &mut changes,
            );
            changes.swap(&mut state.tree);
            Ok((outcome, changes, data))
        });
        let (outcome, changes, data) = outcome?;
        Ok(Self {
            base: base.clone(),
            number: outcome.number,
            committer: outcome.committer,
            committer_identity: outcome.committer_identity,
            external: matches!(committer, Committer::New(_)),
            references: covered.references.clone(),
            adds: outcome.adds,
            key_packages: covered.adds.iter().map(|p| p.reference).collect(),
            ends: covered.ends(),
            adds_by_value: covered.adds_by_value,
            removes: outcome.removes,
            leavers: covered.leavers.clone(),
            updates: covered.updates.clone(),
            path: outcome.path,
            resolution: outcome.resolution,
            checked: outcome.checked,
            brings: brings(&lengths, committer, covered),
            health: outcome.health,
            stats: outcome.stats,
            tree_len: outcome.tree_len,
            proposals_len: covered.bytes,
            changes,
            app_data: covered.app_data.clone(),
            context: lengths.group_context(
                base.group_id(),
                base.epoch() + 1,
                data.lengths.extensions,
            ),
            data_lengths: data.lengths,
            data: data.change,
        })
    }

    /// The epoch that it creates.
    pub(super) fn epoch(&self) -> u64 {
        self.base.epoch() + 1
    }

    /// Its length as an MLSMessage, in bytes.
    pub(super) fn len(&self) -> u64 {
        let sender = match self.external {
            true => SenderLength::NewMember,
            false => SenderLength::Member,
        };
        self.base.history().lengths.commit_message(
            self.base.group_id(),
            sender,
            self.proposals_len,
            self.path.map(|path| path.len),
        )
    }

    /// Identities of those who leave by SelfRemove.
    pub(super) fn leavers(&self) -> Vec<Vec<u8>> {
        let left = self.removes.iter();
        left.filter(|(leaf, _)| self.leavers.contains(leaf))
            .map(|(_, identity)| identity.clone())
            .collect()
    }

    /// Length of the new epoch's GroupInfo in a Welcome, in bytes.
    pub(super) fn welcome_group_info(&self, tree_inside: bool) -> u64 {
        let tree = tree_inside.then_some(self.tree_len);
        let lengths = self.base.history().lengths;
        lengths.welcome_group_info(self.context, tree)
    }

    /// Length of the content that goes beside its Welcome, if anything does.
    pub(super) fn beside_welcome(&self, tree_inside: bool) -> Option<u64> {
        beside_welcome_len(tree_inside, self.tree_len, self.data_lengths.beside)
    }

    /// What it does to the tree as a whole, for whoever makes or reads it.
    pub(super) fn on_tree(&self) -> TreeCommit {
        TreeCommit {
            path: self.path.is_some(),
            external: self.external,
            adds: self.adds.len() as u64,
            added_leaves: self.adds.iter().map(|(leaf, _)| u64::from(*leaf)).sum(),
            updates: self.updates.len() as u64,
            removes: self.removes.len() as u64,
        }
    }

    /// The height at which a leaf meets the committer's; 0 for the committer itself.
    pub(super) fn height_to(&self, leaf: u32) -> u32 {
        u32::BITS - (leaf ^ self.committer).leading_zeros()
    }

    /// Key pairs of the path that a member derives whose leaf meets the committer's at `height`: those of the
    /// nodes that both are below.
    pub(super) fn shared_nodes(&self, height: u32) -> u64 {
        match self.path {
            Some(path) if height > 0 => u64::from(path.path.nodes_from(height)),
            _ => 0,
        }
    }

    /// The version that follows by it on this one.
    pub(super) fn applied_to(&self, version: &Version) -> Version {
        version.after(self.number, &self.changes, &self.data, self.context)
    }
}

/// What a commit makes of application data.
struct Data {
    change: DataChange,
    lengths: DataLengths,
}

impl Data {
    fn new(state: &State, covered: &Covered) -> Result<Self, MlsError> {
        let Some(app_data) = &state.app_data else {
            return match covered.app_data.is_empty() {
                true => Ok(Self {
                    change: DataChange::default(),
                    lengths: DataLengths::default(),
                }),
                false => Err(refused("application data", "the group has none to update")),
            };
        };
        let updates = covered.app_data.iter().map(Arc::as_ref);
        let change = app_data
            .resolve(updates)
            .map_err(|error| refused("application data", &error.to_string()))?;
        Ok(Self {
            lengths: app_data.lengths_after(&change),
            change,
        })
    }
}

/// What OpenMLS validates of the proposals of a commit, as far as structure goes (ValSem101 to 113).
fn check(state: &State, covered: &Covered) -> Result<(), MlsError> {
    let blank = |leaf: &&u32| state.tree.leaf(**leaf).is_blank();
    if covered
        .removes
        .iter()
        .chain(&covered.updates)
        .any(|leaf| blank(&leaf))
    {
        return Err(refused(
            "commit",
            "a proposal is about a leaf without a member",
        ));
    }
    let mut added: Vec<&[u8]> = covered.adds.iter().map(|p| &*p.identity).collect();
    for identity in &added {
        let member = state.roster.leaf_of(&state.tree, identity);
        // OpenMLS lets a key come back with the Remove of its old leaf, not with a SelfRemove.
        let goes = |leaf| covered.removes.contains(&leaf) && !covered.leavers.contains(&leaf);
        if member.is_some_and(|leaf| !goes(leaf)) {
            return Err(refused("commit", "the client to add is a member already"));
        }
    }
    added.sort_unstable();
    if added.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(refused("commit", "a client is added twice"));
    }
    Ok(())
}

/// What applying it came to.
struct Outcome {
    number: u64,
    committer: u32,
    committer_identity: Vec<u8>,
    adds: Vec<(u32, Vec<u8>)>,
    removes: Vec<(u32, Vec<u8>)>,
    path: Option<PathLength>,
    resolution: u64,
    checked: Checked,
    health: TreeHealth,
    stats: TreeStats,
    tree_len: u64,
}

/// What checking the credentials takes that come with a commit.
fn brings(lengths: &Lengths, committer: Committer<'_>, covered: &Covered) -> Checked {
    // Those by value come last.
    let by_value = covered.adds.iter().rev();
    let by_value = by_value.take(covered.adds_by_value as usize);
    let mut brings = Checked::default();
    for package in by_value {
        brings += lengths.checked(package.identity.len());
    }
    if let Committer::New(identity) = committer {
        brings += lengths.checked(identity.len());
    }
    brings
}

/// Updates, removes, adds (RFC 9420, section 12.4.2), then the committer's path.
fn apply(
    state: &mut State,
    lengths: &Lengths,
    committer: Committer<'_>,
    covered: &Covered,
    force_path: bool,
    stamp: u32,
    changes: &mut Changes,
) -> Outcome {
    let number = state.number();
    let (tree, roster) = (&mut state.tree, &mut state.roster);
    let mut checked = roster.checked();
    for leaf in &covered.updates {
        let identity = roster.at(tree.leaf(*leaf)).len() as u64;
        let len = lengths.leaf_node(identity, LeafSource::Update) as u32;
        tree.update(*leaf, len, changes);
    }
    let mut removes = Vec::with_capacity(covered.removes.len());
    for leaf in &covered.removes {
        removes.push((*leaf, roster.at(tree.leaf(*leaf)).to_vec()));
        checked -= lengths.checked(roster.at(tree.leaf(*leaf)).len());
        tree.remove(*leaf, changes);
    }
    let mut adds = Vec::with_capacity(covered.adds.len());
    for package in &covered.adds {
        let occupant = roster.register(&package.identity);
        let len = lengths.leaf_node(package.identity.len() as u64, LeafSource::KeyPackage);
        let leaf = tree.add(occupant, len as u32, stamp, changes);
        checked += lengths.checked(package.identity.len());
        adds.push((leaf, package.identity.to_vec()));
    }
    let committer = match committer {
        Committer::Member(leaf) => leaf,
        Committer::New(identity) => {
            let occupant = roster.register(identity);
            checked += lengths.checked(identity.len());
            tree.add(occupant, 0, stamp, changes)
        }
    };
    let committer_identity = roster.at(tree.leaf(committer)).to_vec();
    let path = (force_path || covered.needs_path()).then(|| {
        let alone = tree.health().members == 1;
        let source = LeafSource::Commit {
            parent_hash: !alone,
        };
        let leaf_node = lengths.leaf_node(committer_identity.len() as u64, source);
        // New members get their path secret with the Welcome: of each copath the leaves that this commit
        // adds are left out (section 12.4.1). Each is in the resolution of exactly one.
        let mut new = [0u32; 32];
        for (leaf, _) in &adds {
            let height = u32::BITS - (leaf ^ committer).leading_zeros();
            new[height as usize % 32] += 1;
        }
        let (mut nodes, mut ciphertexts) = (0, 0);
        let path = tree.set_path(
            committer,
            leaf_node as u32,
            stamp,
            changes,
            |height, copath| {
                let count = u64::from(copath - new[height as usize]);
                ciphertexts += count;
                nodes += lengths.update_path_node(count);
            },
        );
        PathLength {
            path,
            ciphertexts,
            len: lengths.update_path(leaf_node, nodes),
        }
    });
    let resolution = match adds.is_empty() {
        true => 0,
        false => tree.copath_resolution(committer),
    };
    Outcome {
        number,
        committer,
        committer_identity,
        adds,
        removes,
        path,
        resolution,
        checked,
        health: tree.health(),
        stats: tree.stats(),
        tree_len: tree.encoded_len(),
    }
}
