//! Who holds which leaf.
//!
//! Identities are kept once, and found by the part that all clients of a user have in common (for a MIMI client URI
//! everything up to its last dot).

use super::node::Leaf;
use super::tree::Tree;
use crate::credentials::{Checked, CredentialLengths};
use crate::identities::{Identities, Identity};
use hashbrown::HashTable;

/// Occupants by number, and leaves by identity.
#[derive(Debug, Clone)]
pub(super) struct Roster {
    identities: Identities,
    credentials: CredentialLengths,
    /// What checking the credentials of all who hold a leaf takes.
    checked: Checked,
    /// Occupied leaves, by the hash of their occupant's user part.
    leaves: HashTable<u32>,
}

fn hash(identity: Identity<'_>) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for piece in identity.user_part() {
        hasher.update(piece);
    }
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    u64::from_le_bytes(first)
}

impl Roster {
    /// One of nobody, for clients with such credentials.
    pub(super) fn new(credentials: CredentialLengths) -> Self {
        Self {
            identities: Identities::default(),
            credentials,
            checked: Checked::default(),
            leaves: HashTable::new(),
        }
    }

    /// What checking the credentials of all who hold a leaf takes.
    pub(super) fn checked(&self) -> Checked {
        self.checked
    }

    /// The roster of a tree whose leaves are occupied by these, in order.
    pub(super) fn full(
        mut identities: Identities,
        credentials: CredentialLengths,
        tree: &Tree,
    ) -> Self {
        identities.shrink_to_fit();
        let count = identities.len();
        let mut roster = Self {
            identities,
            leaves: HashTable::with_capacity(count),
            ..Self::new(credentials)
        };
        for leaf in 0..count as u32 {
            roster.enter(tree, leaf);
        }
        roster
    }

    /// Number an identity.
    pub(super) fn register(&mut self, identity: &[u8]) -> u32 {
        self.identities.push(identity)
    }

    /// The identity at a leaf; empty where it is blank.
    pub(super) fn at(&self, leaf: &Leaf) -> Identity<'_> {
        if leaf.is_blank() {
            return Identity::whole(&[]);
        }
        self.identities.get(leaf.occupant)
    }

    fn checked_of(&self, occupant: u32) -> Checked {
        let uri = self.identities.get(occupant).len();
        self.credentials.checked(uri as u64)
    }

    fn key(&self, occupant: u32) -> u64 {
        hash(self.identities.get(occupant))
    }

    /// The leaf was occupied.
    pub(super) fn enter(&mut self, tree: &Tree, leaf: u32) {
        let occupant = tree.leaf(leaf).occupant;
        if occupant == Leaf::NOBODY {
            return;
        }
        self.checked += self.checked_of(occupant);
        let key = self.key(occupant);
        // Taken out so that the others can be hashed again from the rest.
        let mut leaves = std::mem::take(&mut self.leaves);
        leaves.insert_unique(key, leaf, |other| self.key(tree.leaf(*other).occupant));
        self.leaves = leaves;
    }

    /// The leaf is about to be left.
    pub(super) fn exit(&mut self, tree: &Tree, leaf: u32) {
        let occupant = tree.leaf(leaf).occupant;
        if occupant == Leaf::NOBODY {
            return;
        }
        let key = self.key(occupant);
        if let Ok(entry) = self.leaves.find_entry(key, |other| *other == leaf) {
            entry.remove();
            self.checked -= self.checked_of(occupant);
        }
    }

    /// Members whose identity begins with `prefix`: leaf and identity, ascending by leaf.
    pub(super) fn find(&self, tree: &Tree, prefix: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let member = |leaf: u32| {
            let identity = self.at(tree.leaf(leaf));
            let found = !tree.leaf(leaf).is_blank() && identity.starts_with(prefix);
            found.then(|| (leaf, identity.to_vec()))
        };
        // With a dot in it, it names one user.
        let mut found: Vec<_> = if prefix.contains(&b'.') {
            let leaves = self.leaves.iter_hash(hash(Identity::whole(prefix)));
            leaves.filter_map(|leaf| member(*leaf)).collect()
        } else {
            (0..tree.width()).filter_map(member).collect()
        };
        found.sort_unstable();
        found
    }

    /// The leaf of the member with exactly this identity.
    pub(super) fn leaf_of(&self, tree: &Tree, identity: &[u8]) -> Option<u32> {
        let same = |leaf: &&u32| self.at(tree.leaf(**leaf)) == *identity;
        self.leaves
            .iter_hash(hash(Identity::whole(identity)))
            .find(same)
            .copied()
    }

    /// Memory that it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.identities.memory() + self.leaves.allocation_size()
    }
}
