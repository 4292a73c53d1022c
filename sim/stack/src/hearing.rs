//! What those find in an event who do nothing but receive, all of them alike.

use crate::packet::Packet;
use throng_cost::Work;

/// The protocol's side of the passive members of one room.
pub trait Hearing: Send {
    /// All handle what a fan-out carries. An error, in words, where they cannot.
    fn hear(&mut self, packet: &Packet) -> Result<Heard, String>;
}

/// What passive members found in an event of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The sender's place among the members, where it decides what handling takes.
    pub sender: Option<u32>,
    /// What handling it takes a member, by the height at which its place and the sender's meet in a binary tree; heights
    /// beyond the last entry are as that.
    pub work: Vec<Work>,
    /// What it was.
    pub what: HeardWhat,
}

impl Heard {
    /// What it takes a member whose place meets the sender's at `height`.
    pub fn at(&self, height: usize) -> Work {
        let work = self.work.get(height).or(self.work.last());
        work.copied().unwrap_or_default()
    }
}

/// What an event was that passive members received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeardWhat {
    /// A message.
    Message {
        /// The state of the room in which it was written.
        state: u64,
        /// Length of its content in bytes.
        bytes: u64,
    },
    /// Something on the way to a change.
    Proposal,
    /// A change.
    Change {
        /// The new state.
        state: u64,
        /// A digest on which all who reach this state agree, where there is one.
        digest: Option<[u8; 8]>,
    },
}
