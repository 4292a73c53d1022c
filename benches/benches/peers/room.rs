//! What every peer is asked to do, and how long it took.

use std::time::{Duration, Instant};

/// Whatever made a peer fail.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The group's id, as long in all rooms.
pub(crate) const GROUP: &[u8] = b"mimi://a.example/r/clubhouse";

/// A name of 29 bytes, as `sim`'s measured sizes have it.
pub(crate) fn name(index: u32) -> Vec<u8> {
    format!("mimi://a.example/d/a/{index:08}").into_bytes()
}

/// Seconds an operation takes. What a peer does not do is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Times {
    /// The committer makes an update commit and takes it over.
    pub(crate) make: Option<f64>,
    /// Another member processes and takes it over; it meets the committer at the root.
    pub(crate) receive: Option<f64>,
    /// The hub validates and takes it over.
    pub(crate) hub: Option<f64>,
    /// A new member joins from a Welcome with the tree inside.
    pub(crate) join: Option<f64>,
}

impl Times {
    /// The lesser of each.
    pub(crate) fn least(self, other: Self) -> Self {
        let least = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            make: least(self.make, other.make),
            receive: least(self.receive, other.receive),
            hub: least(self.hub, other.hub),
            join: least(self.join, other.join),
        }
    }

    /// Commits a second that one committer makes and one receiver processes, one after the other. Without a
    /// receiver: that are made.
    pub(crate) fn pace(&self) -> Option<f64> {
        self.make
            .map(|make| 1.0 / (make + self.receive.unwrap_or(0.0)))
    }
}

/// The commit that all peers must agree on: the first update in the full tree, by leaf 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Commit {
    /// HPKE ciphertexts in its path.
    pub(crate) ciphertexts: u64,
    /// Length of its MLSMessage, where there is one.
    pub(crate) bytes: Option<usize>,
}

/// A room with a full tree of a power of two of members, at least 4: leaf 0 commits, the last leaf receives,
/// the last but one gives way to whoever joins.
pub(crate) trait Room {
    /// `count` update commits; what one of them took on average.
    fn updates(&mut self, count: u32) -> Result<Times, Failure>;
    /// Leaf 0 replaces the last member but one by a new one, in one commit, and the new one joins.
    fn join(&mut self) -> Result<Times, Failure>;
    /// The room's first update commit.
    fn first(&self) -> Commit;
}

/// The sum of what a piece of code took in several goes.
#[derive(Default)]
pub(crate) struct Clock(Duration);

impl Clock {
    pub(crate) fn time<T>(&mut self, what: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let out = what();
        self.0 += start.elapsed();
        out
    }

    /// Seconds a go, of so many.
    pub(crate) fn mean(&self, goes: u32) -> Option<f64> {
        Some(self.0.as_secs_f64() / f64::from(goes))
    }
}
