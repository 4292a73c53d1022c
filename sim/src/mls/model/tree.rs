//! The ratchet tree of RFC 9420 as a structure, in flat arrays.
//!
//! A node knows what its parent needs: how many nodes its resolution has and how many members are below.
//! Every operation changes nodes of one direct path, from the leaf up, and reads one sibling a level; so it
//! costs O(log N) time and touches O(log N) lines of memory. What reports ask of the whole tree (its
//! health, its length on the wire) is kept as sums that each changed node adjusts.
//!
//! Levels are arrays of their own, leaves first: siblings share a cache line, and the upper levels of a large
//! tree, which every operation passes, stay in the cache. A leaf is 12 bytes and a parent 16.

mod explicit;

pub use explicit::{InvalidTree, Listed};
pub(crate) use explicit::{node_index, place};

use super::journal::Journal;
use super::lengths::{Lengths, vector};
use super::node::{Leaf, Parent, Summary};
use crate::mls::tree_stats::TreeStats;
use crate::mls::work::TreeHealth;

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
/// use throng_sim::mls::model::tree::Tree;
/// use throng_sim::mls::model::lengths::Lengths;
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
/// assert_eq!((path.nodes, path.ciphertexts), (0b111, 4));
/// ```
#[derive(Debug, Clone)]
pub struct Tree {
    leaves: Vec<Leaf>,
    /// By height, from 1; a level may be longer than the tree is wide, and is blank there.
    parents: Vec<Vec<Parent>>,
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
            parents: Vec::new(),
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
        self.parents
            .get((height as usize).checked_sub(1)?)?
            .get(index as usize)
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
        match height.checked_sub(1) {
            None => self.leaf(index).into(),
            Some(level) => self
                .parents
                .get(level as usize)
                .and_then(|level| level.get(index as usize))
                .map_or(Summary::BLANK_LEAF, Summary::from),
        }
    }

    // ---- proposals ----

    /// Add `occupant` at the leftmost blank leaf (RFC 9420, section 7.7; the leaf is unmerged at every parent
    /// above that has a key). `len`: length of its LeafNode. Returns the leaf.
    pub fn add(&mut self, occupant: u32, len: u32, stamp: u32, journal: &mut impl Journal) -> u32 {
        let leaf = self.leftmost_blank();
        if leaf == self.width() {
            self.extend();
        }
        self.occupy(leaf, occupant, len, stamp, journal);
        leaf
    }

    fn occupy(
        &mut self,
        leaf: u32,
        occupant: u32,
        len: u32,
        stamp: u32,
        journal: &mut impl Journal,
    ) {
        self.totals.members += 1;
        let new = Leaf {
            occupant,
            added: stamp,
            len,
        };
        self.write_leaf(leaf, new, journal);
        self.climb(
            leaf,
            Summary::BLANK_LEAF,
            Summary::MEMBER,
            journal,
            |_, old, child, sibling| Parent {
                // In the resolution of its blank ancestors through their children, in that of the others
                // as an unmerged leaf.
                resolution: if old.is_blank() {
                    child.resolution + sibling.resolution
                } else {
                    old.resolution + 1
                },
                members: old.members + 1,
                ..*old
            },
        );
    }

    /// Remove the member at `leaf`: its leaf and direct path become blank, and the tree loses its right half
    /// while that has no member (RFC 9420, sections 7.7 and 12.1.3). Nothing happens at a blank leaf.
    pub fn remove(&mut self, leaf: u32, journal: &mut impl Journal) {
        if self.leaf(leaf).is_blank() {
            return;
        }
        self.totals.members -= 1;
        self.write_leaf(leaf, Leaf::BLANK, journal);
        self.climb(
            leaf,
            Summary::MEMBER,
            Summary::BLANK_LEAF,
            journal,
            |_, old, child, sibling| Parent {
                members: old.members - 1,
                ..blank(child, sibling)
            },
        );
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
        self.climb(
            leaf,
            Summary::MEMBER,
            Summary::MEMBER,
            journal,
            |_, old, child, sibling| Parent {
                members: old.members,
                ..blank(child, sibling)
            },
        );
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
        self.climb(
            leaf,
            Summary::MEMBER,
            Summary::MEMBER,
            journal,
            |height, old, child, sibling| {
                if sibling.resolution == 0 {
                    return Parent {
                        members: old.members,
                        ..blank(child, sibling)
                    };
                }
                path.nodes |= 1 << (height - 1);
                path.ciphertexts += u64::from(sibling.resolution);
                copath(height, sibling.resolution);
                Parent {
                    set: stamp,
                    resolution: 1,
                    members: old.members,
                    top: height == top,
                }
            },
        );
        path
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

    /// Walk from `leaf` to the root. `renew` says what a parent becomes, from its height, what it was, and
    /// its two children: the one on the way, as it is now, and the other.
    #[inline]
    fn climb<J: Journal>(
        &mut self,
        leaf: u32,
        mut before: Summary,
        mut after: Summary,
        journal: &mut J,
        mut renew: impl FnMut(u32, &Parent, Summary, Summary) -> Parent,
    ) {
        let mut index = leaf as usize;
        let mut sibling = Summary::from(&self.leaves[index ^ usize::from(self.leaves.len() > 1)]);
        let levels = &mut self.parents[..self.totals.height as usize];
        let mut height = 0;
        for level in levels {
            height += 1;
            index >>= 1;
            let old = level[index];
            let new = renew(height, &old, after, sibling);
            self.totals.ciphertexts_sum += after.ciphertexts(sibling);
            self.totals.ciphertexts_sum -= before.ciphertexts(sibling);
            if new != old {
                journal.parent(height, index as u32, old);
                level[index] = new;
                if old.set != 0 {
                    self.totals.count(height, &old, &self.parent_length, false);
                }
                if new.set != 0 {
                    self.totals.count(height, &new, &self.parent_length, true);
                }
            }
            before = Summary::from(&old);
            after = Summary::from(&new);
            // The root has no sibling; it is not looked at then.
            sibling = level
                .get(index ^ 1)
                .map_or(Summary::BLANK_LEAF, Summary::from);
        }
    }

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
        let level = &mut self.parents[self.totals.height as usize - 1];
        level[0] = Parent {
            resolution: root.resolution,
            members: root.members,
            ..Parent::default()
        };
    }

    /// The left half becomes the tree. The root is blank: whoever was the last on the right blanked it.
    fn truncate(&mut self, journal: &mut impl Journal) {
        let level = &mut self.parents[self.totals.height as usize - 1];
        let root = std::mem::take(&mut level[0]);
        journal.parent(self.totals.height, 0, root);
        self.totals.height -= 1;
    }

    /// Arrays long enough for a tree of `height`. They never get shorter: what is beyond the tree is blank.
    pub(crate) fn make_room(&mut self, height: u32) {
        let width = 1 << height;
        if self.leaves.len() < width {
            self.leaves.resize(width, Leaf::BLANK);
        }
        let levels = self.parents.len().max(height as usize);
        self.parents.resize_with(levels, Vec::new);
        for (level, parents) in self.parents.iter_mut().enumerate() {
            let wanted = width >> (level + 1);
            if parents.len() < wanted {
                parents.resize(wanted, Parent::default());
            }
        }
    }

    /// Put a leaf back as a journal has it; returns what it was.
    pub(crate) fn restore_leaf(&mut self, index: u32, leaf: Leaf) -> Leaf {
        std::mem::replace(&mut self.leaves[index as usize], leaf)
    }

    /// Put a parent back as a journal has it; returns what it was.
    pub(crate) fn restore_parent(&mut self, height: u32, index: u32, parent: Parent) -> Parent {
        let level = &mut self.parents[height as usize - 1];
        std::mem::replace(&mut level[index as usize], parent)
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
        // The left spine was the root once, with an empty parent hash, and was not set since.
        tree.fill(|_, index| {
            Some(Key {
                set: stamp,
                unmerged: 0,
                top: index == 0,
            })
        });
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
                    members: left.members + right.members,
                    ..blank(left, right)
                };
                if let Some(key) = key(height, index).filter(|_| both) {
                    parent.set = key.set;
                    parent.resolution = 1 + key.unmerged;
                    parent.top = key.top;
                }
                self.totals.ciphertexts_sum += left.ciphertexts(right);
                if !parent.is_blank() {
                    self.totals
                        .count(height, &parent, &self.parent_length, true);
                }
                self.parents[height as usize - 1][index as usize] = parent;
            }
        }
    }

    /// Memory that it takes, in bytes.
    pub fn memory(&self) -> usize {
        let parents: usize = self.parents.iter().map(Vec::capacity).sum();
        self.leaves.capacity() * size_of::<Leaf>() + parents * size_of::<Parent>()
    }
}

/// A blank parent over two children; the members are the caller's to fill in.
fn blank(child: Summary, sibling: Summary) -> Parent {
    Parent {
        set: 0,
        resolution: child.resolution + sibling.resolution,
        members: 0,
        top: false,
    }
}

impl Totals {
    /// Count a filled parent in, or out again.
    #[inline]
    fn count(&mut self, height: u32, parent: &Parent, length: &ParentLength, counts_in: bool) {
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
}
