//! What the hub was asked and has not answered yet.

use crate::wire::GroupInfoRatchetTree;
use throng_mls::engine::{Engine, HpkeKey};
use tls_codec::VLBytes;

/// The one request of a room that changes what the client is there: there is never more than one.
pub(super) struct InFlight<E: Engine> {
    /// The number of the request that carries it: answers to others are stale.
    pub(super) request: u32,
    /// What it is.
    pub(super) what: Asked<E>,
}

impl<E: Engine> InFlight<E> {
    /// Whether it is a member's commit.
    pub(super) fn is_commit(&self) -> bool {
        matches!(self.what, Asked::Handshake(Handshake::Commit { .. }))
    }
}

/// What can be asked of the hub.
pub(super) enum Asked<E: Engine> {
    /// By a member.
    Handshake(Handshake<E::Message>),
    /// By one who is none.
    Knock(Knock<E>),
}

/// What a member asks the hub to take.
#[derive(Debug)]
pub(super) enum Handshake<M> {
    /// The group's creation.
    Create {
        /// Whether it was tried before, with an unknown end.
        again: bool,
    },
    /// A commit that covers what is pending, and the want of this number, if it is for one.
    Commit {
        /// The want's number.
        want: Option<u32>,
    },
    /// Proposals for the want of this number.
    Propose {
        /// The want's number.
        want: u32,
        /// As they were sent.
        sent: Vec<M>,
    },
}

/// How one who is no member asks to become one.
pub(super) enum Knock<E: Engine> {
    /// For the room's GroupInfo.
    GroupInfo {
        /// The HPKE key that it is to be sealed to.
        key: HpkeKey,
    },
    /// For the ratchet tree that goes with a GroupInfo.
    Tree {
        /// The GroupInfo, and what else came with it.
        opened: Box<GroupInfoRatchetTree<E::Message>>,
        /// Where the tree is.
        url: VLBytes,
    },
    /// By an external commit.
    Commit {
        /// The group that exists if it is accepted, with the commit pending.
        group: Box<E::Group>,
    },
}
