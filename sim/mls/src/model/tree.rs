//! The ratchet tree of RFC 9420 as a structure, in flat arrays.
//!
//! A node knows what its parent needs: how many nodes its resolution has and how many members are below.
//! Every operation changes nodes of one direct path and reads one sibling a level; so it costs O(log N) time and
//! touches O(log N) lines of memory. What reports ask of the whole tree (its health, its length on the wire)
//! is kept as sums that each changed node adjusts.
//!
//! Leaves are an array, and parents another, numbered as in a heap: the root is 1, and the children of node
//! n are 2n and 2n + 1. So a climb shifts one index, a level's nodes lie together, and the upper levels of a
//! large tree, which every operation passes, stay in the cache. Siblings share a cache line. A leaf is 12 bytes
//! and a parent 16.
//!
//! # Speed
//! `cargo bench -p throng-benches --bench tree` measures it on the workload of Tainted TreeKEM. Most steps of a path
//! meet a parent without unmerged leaves, which changes nothing but its key: one comparison sees that, and no sum is
//! touched. What did not help there: the step for all others as a call of its own (5 % slower at
//! 2^9 members), huge pages (no difference at 2^19), and reading the lowest levels of a path ahead of the climb (2 %
//! there, within the noise). What is left at 2^19 members is waiting for memory, the caller's own list of members
//! included.

mod explicit;

pub use explicit::{InvalidTree, Listed};
pub(crate) use explicit::{node_index, place};

use super::journal::Journal;
use super::lengths::{Lengths, vector};
use super::node::{Leaf, Pair, Parent, Summary};
use crate::tree_health::TreeHealth;
use crate::tree_stats::TreeStats;

/// The tallest tree: leaf indices are 32 bits (RFC 9420, section 7.7), and a sum of a leaf index and a
/// level must not overflow.
pub const MAX_HEIGHT: u32 = 30;

/// What does not depend on one node alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Levels of parents; the tree has 2^height leaves.
    pub height: u32,
    /// Leaves with a member.
    pub members: u32,
    /// Parents with a key.
    pub filled_parents: u32,
    /// Entries in all `unmerged_leaves` together.
    pub unmerged: u64,
    /// The leaves below each filled parent, added up.
    pub filled_span: u64,
    /// Length of all nodes that are not blank, as the `ratchet_tree` extension writes them, in bytes.
    pub node_bytes: u64,
    /// [`TreeHealth::ciphertexts_sum`].
    pub ciphertexts_sum: u64,
}

/// The lengths of a ParentNode that are not its `unmerged_leaves`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ParentLength {
    with_hash: u64,
    top: u64,
}

/// A ratchet tree. It always has at least one leaf.
///
/// ```
/// use throng_mls::model::tree::Tree;
/// use throng_mls::model::lengths::Lengths;
/// use throng_workloads::scenario::Ciphersuite;
///
/// let lengths = Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519);
/// let mut tree = Tree::new(&lengths);
/// // Five members, numbered 0 to 4, are added without a path: no parent has a key.
/// for member in 0..5 {
///     assert_eq!(tree.add(member, 200, 1, &mut ()), member);
/// }
/// assert_eq!((tree.health().leaves, tree.health().blank_parents), (8, 7));
/// // Leaf 0 commits: it encrypts to 1, to {2, 3} and to 4, in three nodes.
/// let mut copath = Vec::new();
/// let path = tree.set_path(0, 200, 2, &mut (), |height, resolution| copath.push((height, resolution)));
/// assert_eq!(copath, [(1, 1), (2, 2), (3, 1)]);
/// assert_eq!(tree.copath_resolution(0), 4);
/// assert_eq!((path.nodes, path.ciphertexts), (0b111, 4));
/// ```
#[derive(Debug, Clone)]
pub struct Tree {
    /// A power of two; there may be more than the tree is wide, and they are blank there.
    leaves: Vec<Leaf>,
    /// The parents over all of `leaves`: node n is side n mod 2 of pair n / 2, so pair n has the children of node n.
    pairs: Vec<Pair>,
    totals: Totals,
    parent_length: ParentLength,
}

/// The key that a parent begins with.
pub(crate) struct Key {
    pub(crate) set: u32,
    pub(crate) unmerged: u32,
    pub(crate) top: bool,
}

/// The path of a commit: which ancestors of the committer's leaf it sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Path {
    /// Bit h − 1 stands for the ancestor at height h; those with an empty copath resolution are left out
    /// (the filtered direct path, RFC 9420, section 4.1.2).
    pub nodes: u32,
    /// Nodes in the resolutions of all their copath children; leaves that the same commit adds count.
    pub ciphertexts: u64,
}

impl Path {
    /// How many nodes it sets at `height` and above: what a receiver whose lowest common ancestor with the
    /// committer is there derives keys for.
    pub const fn nodes_from(&self, height: u32) -> u32 {
        (self.nodes >> (height - 1)).count_ones()
    }
}

impl Tree {
    /// A tree of one blank leaf.
    pub fn new(lengths: &Lengths) -> Self {
        // Presence, node type, node.
        let parent = |hash| 2 + lengths.parent_node(hash, 0) - vector(0);
        Self {
            leaves: vec![Leaf::BLANK],
            pairs: vec![Pair::default()],
            totals: Totals::default(),
            parent_length: ParentLength {
                with_hash: parent(true),
                top: parent(false),
            },
        }
    }

    // ---- asking ----

    /// The sums over the whole tree.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Levels of parents.
    pub fn height(&self) -> u32 {
        self.totals.height
    }

    /// How many leaves it has, a power of two.
    pub fn width(&self) -> u32 {
        1 << self.totals.height
    }

    /// The leaf at this index; blank beyond the tree.
    pub fn leaf(&self, index: u32) -> &Leaf {
        self.leaves.get(index as usize).unwrap_or(&Leaf::BLANK)
    }

    /// The `index`-th parent at `height`, which begins with 1; `None` beyond the tree.
    pub fn parent(&self, height: u32, index: u32) -> Option<&Parent> {
        if height > self.totals.height || index >= 1 << (self.totals.height - height) {
            return None;
        }
        if height == 0 {
            return None;
        }
        let node = self.node(height, index);
        Some(&self.pairs[node / 2].0[node % 2])
    }

    /// The state that reports show.
    pub fn health(&self) -> TreeHealth {
        let t = &self.totals;
        TreeHealth {
            members: t.members,
            leaves: self.width(),
            blank_leaves: self.width() - t.members,
            blank_parents: self.width() - 1 - t.filled_parents,
            unmerged_leaves: t.unmerged as u32,
            ciphertexts_sum: t.ciphertexts_sum,
        }
    }

    /// What decides the time that operations on the whole of it take.
    pub fn stats(&self) -> TreeStats {
        TreeStats {
            leaves: self.width(),
            members: self.totals.members,
            filled_parents: self.totals.filled_parents,
            unmerged: self.totals.unmerged,
            encoded_len: vector(self.encoded_len()),
            filled_span: self.totals.filled_span,
        }
    }

    /// The leaf that the next member gets: the leftmost blank one; one beyond the tree where none is.
    pub fn leftmost_blank(&self) -> u32 {
        if self.totals.members == self.width() {
            return self.width();
        }
        let mut index = 0;
        for height in (0..self.totals.height).rev() {
            let left = self.summary(height, 2 * index);
            index = 2 * index + u32::from(left.members == 1 << height);
        }
        index
    }

    /// Nodes in the resolutions of the copath of `leaf`, together.
    pub fn copath_resolution(&self, leaf: u32) -> u64 {
        (0..self.totals.height)
            .map(|height| self.summary(height, (leaf >> height) ^ 1).resolution)
            .map(u64::from)
            .sum()
    }

    /// The rightmost member's leaf; `None` in an empty tree.
    pub fn last_member(&self) -> Option<u32> {
        if self.totals.members == 0 {
            return None;
        }
        let mut index = 0;
        for height in (0..self.totals.height).rev() {
            let right = self.summary(height, 2 * index + 1);
            index = 2 * index + u32::from(right.members > 0);
        }
        Some(index)
    }

    /// Length of the tree as the `ratchet_tree` extension has it (RFC 9420, section 12.4.3.3), without the
    /// vector's own length: all nodes up to the last one that is not blank.
    pub fn encoded_len(&self) -> u64 {
        let Some(last) = self.last_member() else {
            return 0;
        };
        // A parent with a key has members on both sides, so the last node is a leaf.
        let nodes = 2 * u64::from(last) + 1;
        let filled = u64::from(self.totals.members) + u64::from(self.totals.filled_parents);
        nodes - filled + self.totals.node_bytes
    }

    /// The `unmerged_leaves` of a parent, ascending: those below it who were added after its key was set. Walks
    /// over all leaves below.
    pub fn unmerged_leaves(&self, height: u32, index: u32) -> Vec<u32> {
        let Some(parent) = self.parent(height, index).filter(|p| !p.is_blank()) else {
            return Vec::new();
        };
        let below = index << height..(index + 1) << height;
        below
            .filter(|leaf| self.leaf(*leaf).added > parent.set)
            .collect()
    }

    fn summary(&self, height: u32, index: u32) -> Summary {
        if height == 0 {
            return self.leaf(index).into();
        }
        self.parent(height, index)
            .map_or(Summary::BLANK_LEAF, Summary::from)
    }

    /// The number of a node in the heap; leaves have numbers too.
    fn node(&self, height: u32, index: u32) -> usize {
        (self.leaves.len() >> height) + index as usize
    }

    /// As [`Tree::parent`], to write to; inside the arrays, and of height 1 at least.
    fn parent_mut(&mut self, height: u32, index: u32) -> &mut Parent {
        let node = self.node(height, index);
        &mut self.pairs[node / 2].0[node % 2]
    }

    // ---- proposals ----

    /// Add `occupant` at the leftmost blank leaf (RFC 9420, section 7.7; the leaf is unmerged at every parent
    /// above that has a key). `len`: length of its LeafNode. Returns the leaf.
    pub fn add(&mut self, occupant: u32, len: u32, stamp: u32, journal: &mut impl Journal) -> u32 {
        if self.totals.members == self.width() {
            self.extend();
        }
        // One way down: every node on it gets one member more below it and one node more in its resolution,
        // where it is blank through its children, else as an unmerged leaf.
        let mut totals = self.totals;
        let mut node = self.node(totals.height, 0);
        if totals.height > 0 {
            let root = &mut self.pairs[node / 2].0[node % 2];
            journal.parent(totals.height, 0, *root);
            totals.one_more(root);
        }
        for height in (1..totals.height).rev() {
            let pair = &mut self.pairs[node].0;
            let side = usize::from(pair[0].members == 1 << height);
            node = 2 * node + side;
            let index = node - (self.leaves.len() >> height);
            journal.parent(height, index as u32, pair[side]);
            totals.one_more(&mut pair[side]);
            let copath = Summary::from(&pair[1 - side]);
            totals.ciphertexts_sum += u64::from(copath.members) + u64::from(copath.resolution);
        }
        if totals.height > 0 {
            let left = 2 * node - self.leaves.len();
            let right = usize::from(!self.leaves[left].is_blank());
            node = left + right;
            let copath = Summary::from(&self.leaves[node ^ 1]);
            totals.ciphertexts_sum += u64::from(copath.members) + u64::from(copath.resolution);
        } else {
            node = 0;
        }
        totals.members += 1;
        self.totals = totals;
        let new = Leaf {
            occupant,
            added: stamp,
            len,
        };
        self.write_leaf(node as u32, new, journal);
        node as u32
    }

    /// Remove the member at `leaf`: its leaf and direct path become blank, and the tree loses its right half
    /// while that has no member (RFC 9420, sections 7.7 and 12.1.3). Nothing happens at a blank leaf.
    pub fn remove(&mut self, leaf: u32, journal: &mut impl Journal) {
        if self.leaf(leaf).is_blank() {
            return;
        }
        self.totals.members -= 1;
        self.write_leaf(leaf, Leaf::BLANK, journal);
        self.blank_path(leaf, Summary::BLANK_LEAF, journal);
        while self.totals.height > 0 && self.summary(self.totals.height - 1, 1).members == 0 {
            self.truncate(journal);
        }
    }

    /// Take an Update of the member at `leaf`: its direct path becomes blank (RFC 9420, section 12.1.2).
    pub fn update(&mut self, leaf: u32, len: u32, journal: &mut impl Journal) {
        if self.leaf(leaf).is_blank() {
            return;
        }
        let new = Leaf {
            len,
            ..*self.leaf(leaf)
        };
        self.write_leaf(leaf, new, journal);
        self.blank_path(leaf, Summary::MEMBER, journal);
    }

    /// Blank the direct path of a leaf which had a member and is `after` now.
    #[inline]
    fn blank_path(&mut self, leaf: u32, mut after: Summary, journal: &mut impl Journal) {
        let mut totals = self.totals;
        let mut before = Summary::MEMBER;
        let gone = before.members - after.members;
        let mut sibling = Summary::from(self.leaf(leaf ^ 1));
        let mut node = self.node(0, leaf);
        for height in 1..=totals.height {
            node /= 2;
            let pair = &mut self.pairs[node / 2].0;
            let old = pair[node % 2];
            let new = Parent {
                set: 0,
                resolution: after.resolution + sibling.resolution,
                members: old.members - gone,
                top: false,
            };
            totals.ciphertexts_sum += after.ciphertexts(sibling);
            totals.ciphertexts_sum -= before.ciphertexts(sibling);
            if new != old {
                journal.parent(height, leaf >> height, old);
                totals.count(height, &old, &self.parent_length, false);
                pair[node % 2] = new;
            }
            before = Summary::from(&old);
            after = Summary::from(&new);
            // Beside the root is nobody.
            sibling = Summary::from(&pair[(node % 2) ^ 1]);
        }
        self.totals = totals;
    }

    // ---- a commit's path ----

    /// Set the filtered direct path of the member at `leaf` (RFC 9420, section 7.5): its nodes get a key that
    /// everybody below them has; ancestors left out of it become blank. `copath` is told of each node set:
    /// its height, and how many nodes the resolution of its copath child has.
    pub fn set_path(
        &mut self,
        leaf: u32,
        len: u32,
        stamp: u32,
        journal: &mut impl Journal,
        mut copath: impl FnMut(u32, u32),
    ) -> Path {
        let new = Leaf {
            len,
            ..*self.leaf(leaf)
        };
        self.write_leaf(leaf, new, journal);
        let top = self.highest_on_path(leaf);
        let mut path = Path::default();
        // Resolutions of the two children: the one on the way, as it is now, and the other.
        let (mut child, mut copath_child) = (1, Summary::from(self.leaf(leaf ^ 1)).resolution);
        let mut node = self.node(0, leaf);
        for height in 1..=self.totals.height {
            node /= 2;
            let pair = &mut self.pairs[node / 2].0;
            let beside = pair[(node % 2) ^ 1].resolution;
            let parent = &mut pair[node % 2];
            let (on_path, is_top) = (copath_child > 0, height == top);
            if on_path {
                path.nodes |= 1 << (height - 1);
                path.ciphertexts += u64::from(copath_child);
                copath(height, copath_child);
            }
            if parent.resolution == 1 && !parent.is_blank() && parent.top == is_top {
                // The usual case: nothing changes but the key. (Where the copath child is empty, the parent
                // is blank: whoever left it last blanked it.)
                journal.parent(height, leaf >> height, *parent);
                parent.set = stamp;
                child = 1;
            } else {
                let new = Parent {
                    set: if on_path { stamp } else { 0 },
                    resolution: if on_path { 1 } else { child },
                    members: parent.members,
                    top: is_top,
                };
                child = new.resolution;
                self.replace(height, leaf >> height, new, journal);
            }
            copath_child = beside;
        }
        path
    }

    /// Put `new` where a parent over as many members is. Inlined by order: a call costs a path 5 %.
    #[inline(always)]
    fn replace(&mut self, height: u32, index: u32, new: Parent, journal: &mut impl Journal) {
        let node = self.node(height, index);
        let pair = &mut self.pairs[node / 2].0;
        let old = std::mem::replace(&mut pair[node % 2], new);
        if new == old {
            return;
        }
        journal.parent(height, index, old);
        let totals = &mut self.totals;
        totals.count(height, &old, &self.parent_length, false);
        totals.count(height, &new, &self.parent_length, true);
        // Members beside it encrypt to its resolution; beside the root is nobody.
        let beside = u64::from(pair[(node % 2) ^ 1].members);
        totals.ciphertexts_sum += beside * u64::from(new.resolution);
        totals.ciphertexts_sum -= beside * u64::from(old.resolution);
    }

    /// The height of the highest node of the filtered direct path of `leaf`; 0 where it has none.
    fn highest_on_path(&self, leaf: u32) -> u32 {
        (1..=self.totals.height)
            .rev()
            .find(|height| {
                let copath = (leaf >> (height - 1)) ^ 1;
                self.summary(height - 1, copath).resolution > 0
            })
            .unwrap_or(0)
    }

    // ---- writing ----

    fn write_leaf(&mut self, index: u32, new: Leaf, journal: &mut impl Journal) {
        let slot = &mut self.leaves[index as usize];
        let old = std::mem::replace(slot, new);
        journal.leaf(index, old);
        // Presence, node type, node.
        if !old.is_blank() {
            self.totals.node_bytes -= 2 + u64::from(old.len);
        }
        if !new.is_blank() {
            self.totals.node_bytes += 2 + u64::from(new.len);
        }
    }

    /// A new blank root over the old one.
    fn extend(&mut self) {
        let root = self.summary(self.totals.height, 0);
        self.totals.height += 1;
        self.make_room(self.totals.height);
        *self.parent_mut(self.totals.height, 0) = Parent {
            resolution: root.resolution,
            members: root.members,
            ..Parent::default()
        };
    }

    /// The left half becomes the tree. The root is blank: whoever was the last on the right blanked it.
    fn truncate(&mut self, journal: &mut impl Journal) {
        let root = std::mem::take(self.parent_mut(self.totals.height, 0));
        journal.parent(self.totals.height, 0, root);
        self.totals.height -= 1;
    }

    /// Arrays long enough for a tree of `height`. They never get shorter: what is beyond the tree is blank.
    pub(crate) fn make_room(&mut self, height: u32) {
        let (width, wanted) = (self.leaves.len(), 1 << height);
        if wanted <= width {
            return;
        }
        self.leaves.resize(wanted, Leaf::BLANK);
        let narrow = std::mem::replace(&mut self.pairs, vec![Pair::default(); wanted / 2]);
        // A level of w nodes begins with the node w.
        for level in 1..=width.ilog2() {
            let (from, to) = (width >> level, wanted >> level);
            for index in 0..from {
                let (from, to) = (from + index, to + index);
                self.pairs[to / 2].0[to % 2] = narrow[from / 2].0[from % 2];
            }
        }
    }

    /// Put a leaf back as a journal has it; returns what it was.
    pub(crate) fn restore_leaf(&mut self, index: u32, leaf: Leaf) -> Leaf {
        std::mem::replace(&mut self.leaves[index as usize], leaf)
    }

    /// Put a parent back as a journal has it; returns what it was.
    pub(crate) fn restore_parent(&mut self, height: u32, index: u32, parent: Parent) -> Parent {
        std::mem::replace(self.parent_mut(height, index), parent)
    }

    /// Put the sums back that belong to restored nodes; returns what they were.
    pub(crate) fn restore_totals(&mut self, totals: Totals) -> Totals {
        std::mem::replace(&mut self.totals, totals)
    }

    // ---- whole trees ----

    /// The tree that is left when members have joined one after the other by external commits: all leaves
    /// occupied as given (occupant and LeafNode length, in order), a key in every parent that has members
    /// on both sides, nobody unmerged. `stamp` counts as when the keys were set.
    pub fn full(
        lengths: &Lengths,
        members: impl ExactSizeIterator<Item = (u32, u32)>,
        stamp: u32,
    ) -> Self {
        // The left spine was the root once, with an empty parent hash, and was not set since.
        Self::seated(lengths, members, |_, index| {
            Some(Key {
                set: stamp,
                unmerged: 0,
                top: index == 0,
            })
        })
    }

    /// The tree that is left when one commit without a path has added all to a new group: all leaves occupied as
    /// given (occupant and LeafNode length, in order), and no parent with a key.
    pub fn bare(lengths: &Lengths, members: impl ExactSizeIterator<Item = (u32, u32)>) -> Self {
        Self::seated(lengths, members, |_, _| None)
    }

    fn seated(
        lengths: &Lengths,
        members: impl ExactSizeIterator<Item = (u32, u32)>,
        key: impl FnMut(u32, u32) -> Option<Key>,
    ) -> Self {
        let mut tree = Self::new(lengths);
        let count = members.len().max(1) as u32;
        tree.totals.height = count.next_power_of_two().ilog2();
        tree.make_room(tree.totals.height);
        tree.totals.members = members.len() as u32;
        for (leaf, (occupant, len)) in members.enumerate() {
            let new = Leaf {
                occupant,
                added: 0,
                len,
            };
            tree.write_leaf(leaf as u32, new, &mut ());
        }
        tree.fill(key);
        tree
    }

    /// Set parents, from the lowest up, as `key` says of each (height, index) that has members on both
    /// sides. Every sum over parents is counted anew.
    pub(crate) fn fill(&mut self, mut key: impl FnMut(u32, u32) -> Option<Key>) {
        for height in 1..=self.totals.height {
            for index in 0..1 << (self.totals.height - height) {
                let (left, right) = (
                    self.summary(height - 1, 2 * index),
                    self.summary(height - 1, 2 * index + 1),
                );
                let both = left.members > 0 && right.members > 0;
                let mut parent = Parent {
                    resolution: left.resolution + right.resolution,
                    members: left.members + right.members,
                    ..Parent::default()
                };
                if let Some(key) = key(height, index).filter(|_| both) {
                    parent.set = key.set;
                    parent.resolution = 1 + key.unmerged;
                    parent.top = key.top;
                }
                self.totals.ciphertexts_sum += left.ciphertexts(right);
                self.totals
                    .count(height, &parent, &self.parent_length, true);
                *self.parent_mut(height, index) = parent;
            }
        }
    }

    /// Memory that it takes, in bytes.
    pub fn memory(&self) -> usize {
        self.leaves.capacity() * size_of::<Leaf>() + self.pairs.capacity() * size_of::<Pair>()
    }
}

impl Totals {
    /// Count a parent in, or out again; a blank one does not count.
    #[inline]
    fn count(&mut self, height: u32, parent: &Parent, length: &ParentLength, counts_in: bool) {
        if parent.is_blank() {
            return;
        }
        let unmerged = u64::from(parent.unmerged());
        let base = if parent.top {
            length.top
        } else {
            length.with_hash
        };
        let bytes = base + vector(4 * unmerged);
        if counts_in {
            self.filled_parents += 1;
            self.unmerged += unmerged;
            self.filled_span += 1 << height;
            self.node_bytes += bytes;
        } else {
            self.filled_parents -= 1;
            self.unmerged -= unmerged;
            self.filled_span -= 1 << height;
            self.node_bytes -= bytes;
        }
    }

    /// A member is added below a parent.
    #[inline]
    fn one_more(&mut self, parent: &mut Parent) {
        if !parent.is_blank() {
            let unmerged = u64::from(parent.unmerged());
            self.unmerged += 1;
            self.node_bytes += vector(4 * (unmerged + 1)) - vector(4 * unmerged);
        }
        parent.members += 1;
        parent.resolution += 1;
    }
}
