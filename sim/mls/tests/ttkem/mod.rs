//! The workload with which Tainted TreeKEM was evaluated (Klein et al., IEEE S&P 2021), as TreeKEM.js runs it:
//! start with 2^(i − 1) members, then of every ten operations one adds a member, one removes one and eight
//! refresh one's own keys; every operation is committed at once, with a path.
//!
//! It drives any structure that can do those three things, so that the model's tree, a rough loop beside it
//! and a test all see the same draws. Benchmarks use this file too.

#![allow(dead_code, unreachable_pub, reason = "each user takes a part")]

use rand_core::Rng;
use throng_mls::model::tree::Tree;
use throng_workloads::stream::{Stream, StreamOwner, Streams};

/// Length of every LeafNode, in bytes: what a client with a name of some 30 bytes has.
pub const LEAF_LEN: u32 = 200;

/// What the workload is done to.
pub trait Structure {
    /// Add a member by the commit that follows; its leaf.
    fn add(&mut self) -> u32;
    /// Remove the member at this leaf by the commit that follows.
    fn remove(&mut self, leaf: u32);
    /// The member at this leaf commits with a path. Returns its ciphertexts.
    fn commit(&mut self, leaf: u32) -> u64;
}

/// What was done, to be done again without drawing.
pub enum Operation {
    Add,
    Remove(u32),
    Commit(u32),
}

/// Does what it is asked to, and writes it down.
pub struct Recorder<'a, S> {
    pub structure: &'a mut S,
    pub done: Vec<Operation>,
}

impl<S: Structure> Structure for Recorder<'_, S> {
    fn add(&mut self) -> u32 {
        self.done.push(Operation::Add);
        self.structure.add()
    }

    fn remove(&mut self, leaf: u32) {
        self.done.push(Operation::Remove(leaf));
        self.structure.remove(leaf);
    }

    fn commit(&mut self, leaf: u32) -> u64 {
        self.done.push(Operation::Commit(leaf));
        self.structure.commit(leaf)
    }
}

/// Do again what was written down; returns the ciphertexts of all paths.
pub fn replay(done: &[Operation], structure: &mut impl Structure) -> u64 {
    let mut sum = 0;
    for operation in done {
        match *operation {
            Operation::Add => {
                structure.add();
            }
            Operation::Remove(leaf) => structure.remove(leaf),
            Operation::Commit(leaf) => sum += structure.commit(leaf),
        }
    }
    sum
}

/// The draws: who is added, removed, refreshed, and who commits it.
#[derive(Clone)]
pub struct Mix {
    stream: Stream,
    /// Leaves of the members, in no order.
    members: Vec<u32>,
}

impl Mix {
    /// `members`: the leaves that are taken at the start.
    pub fn new(seed: u64, members: impl IntoIterator<Item = u32>) -> Self {
        Self {
            stream: Streams::new(seed, 0).stream(StreamOwner::Run, "ttkem"),
            members: members.into_iter().collect(),
        }
    }

    /// One operation and its commit; returns the ciphertexts of its path. Who is removed never commits it,
    /// nor does who is added.
    #[inline]
    pub fn step(&mut self, structure: &mut impl Structure) -> u64 {
        // The lower half of a draw says what is done, the upper one by whom.
        let draw = self.stream.next_u64();
        let kind = below(draw as u32, 10);
        if kind == 1 && self.members.len() > 2 {
            let gone = below(self.stream.next_u32(), self.members.len());
            structure.remove(self.members.swap_remove(gone));
        }
        let committer = self.members[below((draw >> 32) as u32, self.members.len())];
        if kind == 0 {
            self.members.push(structure.add());
        }
        structure.commit(committer)
    }

    /// So many operations; returns the ciphertexts of all their paths.
    pub fn steps(&mut self, count: u64, structure: &mut impl Structure) -> u64 {
        (0..count).map(|_| self.step(structure)).sum()
    }
}

/// A uniform draw scaled to 0..`end`, which is below 2^32. Off by less than `end`/2^32.
fn below(draw: u32, end: usize) -> usize {
    ((u64::from(draw) * end as u64) >> 32) as usize
}

/// The model's tree, and what a caller of it counts.
#[derive(Clone)]
pub struct Model {
    pub tree: Tree,
    /// The commit that is being made; the tree began with 1.
    stamp: u32,
    occupant: u32,
    /// Members that the next commit adds: their leaves are in its copath resolutions, but get no ciphertext (RFC
    /// 9420, section 7.5), each being in just one of them.
    added: u64,
}

impl Model {
    pub fn new(tree: Tree) -> Self {
        Self {
            stamp: 2,
            occupant: tree.totals().members,
            added: 0,
            tree,
        }
    }
}

impl Structure for Model {
    #[inline]
    fn add(&mut self) -> u32 {
        self.added += 1;
        self.occupant += 1;
        self.tree.add(self.occupant, LEAF_LEN, self.stamp, &mut ())
    }

    #[inline]
    fn remove(&mut self, leaf: u32) {
        self.tree.remove(leaf, &mut ());
    }

    #[inline]
    fn commit(&mut self, leaf: u32) -> u64 {
        let path = self
            .tree
            .set_path(leaf, LEAF_LEN, self.stamp, &mut (), |_, _| ());
        self.stamp += 1;
        path.ciphertexts - std::mem::take(&mut self.added)
    }
}
