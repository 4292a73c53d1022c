//! Who holds which leaf.
//!
//! Identities are kept once, end to end in one buffer, and found by the part that all clients of a user
//! have in common (for a MIMI client URI everything up to its last dot).

use super::node::Leaf;
use super::tree::Tree;
use hashbrown::HashTable;

/// Occupants by number, and leaves by identity.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster {
    bytes: Vec<u8>,
    /// Where each occupant's identity ends; it begins where the one before it ends.
    ends: Vec<u32>,
    /// Occupied leaves, by the hash of their occupant's user part.
    leaves: HashTable<u32>,
}

/// What the identities of one user's clients begin with.
fn user_part(identity: &[u8]) -> &[u8] {
    let dot = identity.iter().rposition(|byte| *byte == b'.');
    dot.map_or(identity, |dot| &identity[..=dot])
}

fn hash(user: &[u8]) -> u64 {
    let mut first = [0; 8];
    blake3::Hasher::new()
        .update(user)
        .finalize_xof()
        .fill(&mut first);
    u64::from_le_bytes(first)
}

impl Roster {
    /// Number an identity.
    pub(super) fn register(&mut self, identity: &[u8]) -> u32 {
        self.bytes.extend_from_slice(identity);
        self.ends.push(self.bytes.len() as u32);
        self.ends.len() as u32 - 1
    }

    pub(super) fn identity(&self, occupant: u32) -> &[u8] {
        let at = occupant as usize;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        &self.bytes[start as usize..end as usize]
    }

    /// The identity at a leaf; empty where it is blank.
    pub(super) fn at(&self, leaf: &Leaf) -> &[u8] {
        if leaf.is_blank() {
            return &[];
        }
        self.identity(leaf.occupant)
    }

    fn key(&self, occupant: u32) -> u64 {
        hash(user_part(self.identity(occupant)))
    }

    /// Room for so many more.
    pub(super) fn reserve(&mut self, tree: &Tree, members: usize, bytes: usize) {
        self.bytes.reserve_exact(bytes);
        self.ends.reserve_exact(members);
        let (ends, identities) = (&self.ends, &self.bytes);
        let roster = |leaf: &u32| {
            let at = tree.leaf(*leaf).occupant as usize;
            let start = at.checked_sub(1).map_or(0, |before| ends[before] as usize);
            hash(user_part(&identities[start..ends[at] as usize]))
        };
        self.leaves.reserve(members, roster);
    }

    /// The leaf was occupied.
    pub(super) fn enter(&mut self, tree: &Tree, leaf: u32) {
        let occupant = tree.leaf(leaf).occupant;
        if occupant == Leaf::NOBODY {
            return;
        }
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
        }
    }

    /// Members whose identity begins with `prefix`: leaf and identity, ascending by leaf.
    pub(super) fn find(&self, tree: &Tree, prefix: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let member = |leaf: u32| {
            let identity = self.at(tree.leaf(leaf));
            let found = !tree.leaf(leaf).is_blank() && identity.starts_with(prefix);
            found.then(|| (leaf, identity.to_vec()))
        };
        let user = user_part(prefix);
        let mut found: Vec<_> = if user.ends_with(b".") {
            let leaves = self.leaves.iter_hash(hash(user));
            leaves.filter_map(|leaf| member(*leaf)).collect()
        } else {
            (0..tree.width()).filter_map(member).collect()
        };
        found.sort_unstable();
        found
    }

    /// The leaf of the member with exactly this identity.
    pub(super) fn leaf_of(&self, tree: &Tree, identity: &[u8]) -> Option<u32> {
        let same = |leaf: &&u32| self.at(tree.leaf(**leaf)) == identity;
        self.leaves
            .iter_hash(hash(user_part(identity)))
            .find(same)
            .copied()
    }

    /// Memory that it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<u32>()
            + self.leaves.allocation_size()
    }
}
