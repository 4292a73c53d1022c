//! Who is told what an operation on a tree changes.

use super::node::{Leaf, Parent};

/// Is told of every node before it changes.
pub trait Journal {
    /// A leaf was `old`.
    fn leaf(&mut self, index: u32, old: Leaf);
    /// A parent was `old`.
    fn parent(&mut self, height: u32, index: u32, old: Parent);
}

/// Keeps nothing.
impl Journal for () {
    #[inline]
    fn leaf(&mut self, _: u32, _: Leaf) {}
    #[inline]
    fn parent(&mut self, _: u32, _: u32, _: Parent) {}
}
