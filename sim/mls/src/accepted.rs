//! What a record keeps of groups: of a commit that was accepted, and of a tree at time zero.

use crate::engine::{CommitEffect, Engine};
use crate::tree_health::{NodeState, SMALL_TREE, TreeHealth};
use serde::{Deserialize, Serialize};

/// What these details are called in the tables of a stack.
pub const GROUPS: &str = "mls-groups";

/// A commit that a hub accepted, as far as only MLS has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedCommit {
    /// What it did to the group.
    pub effect: CommitEffect,
    /// Length of its MLSMessage, in bytes.
    pub commit_bytes: u64,
    /// Length of its Welcome's MLSMessage; 0 where it has none.
    pub welcome_bytes: u64,
    /// The nodes of a small tree after it ([`hub_small_tree`](crate::engine::Engine::hub_small_tree)); `None`
    /// of a larger one.
    pub tree: Option<Vec<NodeState>>,
}

impl AcceptedCommit {
    /// The numbers that belong into a fingerprint.
    pub fn numbers(&self) -> Vec<u64> {
        let effect = &self.effect;
        let health = &effect.health;
        let mut numbers = vec![
            effect.committer_leaf.into(),
            u64::from(effect.external),
            u64::from(effect.path),
            effect.ciphertexts.into(),
            self.welcome_bytes,
            health.members.into(),
            health.leaves.into(),
            health.blank_leaves.into(),
            health.blank_parents.into(),
            health.unmerged_leaves.into(),
            health.ciphertexts_sum,
        ];
        let leaf = |(leaf, _): &(u32, Vec<u8>)| u64::from(*leaf);
        let lists: [Vec<u64>; 3] = [
            effect.adds.iter().map(leaf).collect(),
            effect.removes.iter().map(leaf).collect(),
            effect.updates.iter().copied().map(u64::from).collect(),
        ];
        for list in lists {
            numbers.push(list.len() as u64);
            numbers.extend(list);
        }
        numbers
    }
}

/// The tree of a group that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupTree {
    /// Its state.
    pub health: TreeHealth,
    /// Its nodes, where it is small.
    pub nodes: Option<Vec<NodeState>>,
}

impl GroupTree {
    /// As a hub knows it.
    pub fn of<E: Engine>(engine: &E, hub: &E::Hub) -> Self {
        Self {
            health: engine.hub_health(hub),
            nodes: engine.hub_small_tree(hub),
        }
    }

    /// As a member knows it, where the engine's members say.
    pub fn of_member<E: Engine>(engine: &E, group: &E::Group) -> Option<Self> {
        let (health, nodes) = engine.tree(group)?;
        Some(Self {
            nodes: (health.leaves <= SMALL_TREE).then_some(nodes),
            health,
        })
    }
}
