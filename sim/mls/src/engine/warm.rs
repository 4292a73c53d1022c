//! Members of groups that exist before time zero.

use throng_workloads::stream::StreamOwner;

/// A member of a group that exists before time zero.
#[derive(Debug)]
pub enum WarmMember<'a, C> {
    /// It will act: its state is its own.
    Acting(&'a mut C),
    /// It will do nothing but receive: its state is the engine's, in the group's audience.
    Passive {
        /// Its identity.
        identity: Vec<u8>,
        /// Whose streams its randomness comes from.
        owner: StreamOwner,
    },
}

/// Whether the parents of a new tree have keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parents {
    /// Each that has members under both children, as when all have committed.
    Filled,
    /// None, as when one commit without a path has added all.
    Blank,
}
