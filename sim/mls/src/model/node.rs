//! One leaf and one parent of the ratchet tree, as far as structure goes.

/// A leaf: who holds it, and since when as far as path keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The member, as a number of the caller's; [`Leaf::NOBODY`] where the leaf is blank.
    pub occupant: u32,
    /// The stamp at which it was added; 0 for members that every parent above knows.
    pub added: u32,
    /// Length of the LeafNode on the wire, in bytes.
    pub len: u32,
}

impl Leaf {
    /// No member has this number.
    pub const NOBODY: u32 = u32::MAX;

    /// A leaf without a member.
    pub const BLANK: Self = Self {
        occupant: Self::NOBODY,
        added: 0,
        len: 0,
    };

    /// Whether nobody holds it.
    pub const fn is_blank(&self) -> bool {
        self.occupant == Self::NOBODY
    }
}

/// A parent: when its key was set, and what its subtree comes to.
///
/// `unmerged_leaves` is not stored. A leaf is unmerged at a parent exactly where it was added after the
/// parent's key was set (a commit that does both gives the new member the key, RFC 9420, section 12.4.1),
/// so two stamps say it; the length of the list is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parent {
    /// The stamp at which its key was set; 0 where it is blank.
    pub set: u32,
    /// Nodes in its resolution (RFC 9420, section 4.1.1).
    pub resolution: u32,
    /// Members in its subtree.
    pub members: u32,
    /// Whether its `parent_hash` is empty: it was the highest node of the path that set it.
    pub top: bool,
}

impl Parent {
    /// Whether it has no key.
    pub const fn is_blank(&self) -> bool {
        self.set == 0
    }

    /// Length of its `unmerged_leaves`.
    pub const fn unmerged(&self) -> u32 {
        if self.is_blank() {
            0
        } else {
            self.resolution - 1
        }
    }
}

/// Two siblings, in one cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(32))]
pub(crate) struct Pair(pub(crate) [Parent; 2]);

/// What a node's parent needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) resolution: u32,
    pub(crate) members: u32,
}

impl Summary {
    pub(crate) const BLANK_LEAF: Self = Self {
        resolution: 0,
        members: 0,
    };
    pub(crate) const MEMBER: Self = Self {
        resolution: 1,
        members: 1,
    };

    /// What the members of two sibling subtrees encrypt to the other one, added up.
    pub(crate) const fn ciphertexts(self, sibling: Self) -> u64 {
        self.members as u64 * sibling.resolution as u64
            + sibling.members as u64 * self.resolution as u64
    }
}

impl From<&Leaf> for Summary {
    fn from(leaf: &Leaf) -> Self {
        if leaf.is_blank() {
            Self::BLANK_LEAF
        } else {
            Self::MEMBER
        }
    }
}

impl From<&Parent> for Summary {
    fn from(parent: &Parent) -> Self {
        Self {
            resolution: parent.resolution,
            members: parent.members,
        }
    }
}
