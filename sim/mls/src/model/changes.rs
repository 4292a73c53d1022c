//! What an operation changed, so that it can be taken back and done again.

use super::journal::Journal;
use super::node::{Leaf, Parent};
use super::tree::{Totals, Tree};

/// A tree's nodes and sums on one side of an operation. [`Changes::swap`] puts them into the tree and keeps
/// those of the other side, so that the same value goes back and forth.
///
/// ```
/// use throng_mls::model::changes::Changes;
/// use throng_mls::model::lengths::Lengths;
/// use throng_mls::model::tree::Tree;
/// use throng_workloads::scenario::Ciphersuite;
///
/// let mut tree = Tree::new(&Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519));
/// tree.add(0, 200, 1, &mut ());
/// let before = tree.health();
/// let mut changes = Changes::begin(&tree);
/// tree.add(1, 200, 2, &mut changes);
/// let after = tree.health();
/// changes.swap(&mut tree);
/// assert_eq!(tree.health(), before);
/// assert_eq!((tree.width(), changes.other_width()), (1, 2));
/// changes.swap(&mut tree);
/// assert_eq!(tree.health(), after);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// In the order in which they changed; a node may be there more than once.
    leaves: Vec<(u32, Leaf)>,
    parents: Vec<(u32, u32, Parent)>,
    totals: Totals,
    /// Whether the tree is now on the side after the operation.
    done: bool,
}

impl Changes {
    /// The start of an operation on `tree`.
    pub fn begin(tree: &Tree) -> Self {
        Self {
            leaves: Vec::new(),
            parents: Vec::new(),
            totals: *tree.totals(),
            done: true,
        }
    }

    /// Take the operation back, or do it again.
    pub fn swap(&mut self, tree: &mut Tree) {
        let highest = self.parents.iter().map(|(height, ..)| *height).max();
        tree.make_room(highest.unwrap_or(0).max(self.totals.height));
        let totals = tree.restore_totals(self.totals);
        if self.done {
            for (index, leaf) in self.leaves.iter_mut().rev() {
                *leaf = tree.restore_leaf(*index, *leaf);
            }
            for (height, index, parent) in self.parents.iter_mut().rev() {
                *parent = tree.restore_parent(*height, *index, *parent);
            }
        } else {
            for (index, leaf) in &mut self.leaves {
                *leaf = tree.restore_leaf(*index, *leaf);
            }
            for (height, index, parent) in &mut self.parents {
                *parent = tree.restore_parent(*height, *index, *parent);
            }
        }
        self.totals = totals;
        self.done = !self.done;
    }

    /// The leaves that it changed, each as it is on the side where the tree is not.
    pub fn leaves(&self) -> impl Iterator<Item = (u32, &Leaf)> {
        self.leaves.iter().map(|(index, leaf)| (*index, leaf))
    }

    /// How many leaves the tree has on the side where it is not, blank ones included.
    pub fn other_width(&self) -> u32 {
        1 << self.totals.height
    }

    /// Memory that it takes, in bytes.
    pub fn memory(&self) -> usize {
        self.leaves.capacity() * size_of::<(u32, Leaf)>()
            + self.parents.capacity() * size_of::<(u32, u32, Parent)>()
    }
}

impl Journal for Changes {
    fn leaf(&mut self, index: u32, old: Leaf) {
        self.leaves.push((index, old));
    }

    fn parent(&mut self, height: u32, index: u32, old: Parent) {
        self.parents.push((height, index, old));
    }
}
