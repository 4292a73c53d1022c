//! What happened. Facts feed the record, the fingerprint and the invariants; they never feed back into the protocol.

use crate::packet::RequestId;
use crate::vocabulary::{Counter, Reason, Subject};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::SimTime;

/// What only one protocol has to say of a fact: plain data that its own tables and plots are made from. Whoever knows
/// the type gets it back by [`Accepted::detail`].
pub trait Detail: Any + Debug + Send + Sync {
    /// For downcasting.
    fn as_any(&self) -> &dyn Any;
    /// Whether another detail says the same.
    fn same(&self, other: &dyn Detail) -> bool;
}

impl<T: Any + Debug + PartialEq + Send + Sync> Detail for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn same(&self, other: &dyn Detail) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }
}

impl PartialEq for dyn Detail {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

/// One thing that happened, to the party that reports it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    // ---- at providers ----
    /// A room exists now.
    Opened {
        /// The room.
        room: RoomId,
        /// Its creator's client.
        by: ClientId,
        /// What only the protocol has to say of it.
        detail: Option<Arc<dyn Detail>>,
    },
    /// An event of a room was accepted, and its place in the room's order is settled.
    Accepted(Box<Accepted>),
    /// A request was refused.
    Refused {
        /// The room.
        room: RoomId,
        /// The request.
        request: RequestId,
        /// Why.
        reason: &'static Reason,
    },
    /// Something came in that could not be taken for a request.
    Rejected {
        /// Why.
        reason: &'static Reason,
    },
    /// Things that are only counted.
    Counted(Vec<(Counter, u64)>),

    // ---- at clients ----
    /// Somebody is to become a member, or wants to leave.
    Wanted {
        /// The room.
        room: RoomId,
        /// What is wanted.
        what: MembershipWish,
        /// Since when.
        since: SimTime,
    },
    /// The client sent what was wanted to the hub.
    Sent {
        /// The room.
        room: RoomId,
        /// What it is.
        subject: &'static Subject,
        /// The request that carries it.
        request: RequestId,
        /// Since when it is wanted.
        wanted: SimTime,
        /// Which attempt at it this is, from 1.
        attempt: u32,
        /// Length of the packet that carries it, in bytes.
        bytes: u64,
    },
    /// A request went unanswered for too long, and was sent again.
    Repeated {
        /// The room.
        room: RoomId,
        /// The request.
        request: RequestId,
        /// Which sending it was, from 2.
        sending: u32,
    },
    /// The client's state of the room is a new one.
    Reached {
        /// The room.
        room: RoomId,
        /// Which, in the room's order.
        state: u64,
        /// A digest on which all who reach this state agree, where there is one.
        digest: Option<[u8; 8]>,
        /// Whether the client became a member with it.
        joined: bool,
        /// What the stack counts of that, once: the way in which it joined, say.
        counted: Option<Counter>,
    },
    /// The client handled the room's event.
    Handled {
        /// The room.
        room: RoomId,
        /// Its number among the room's events.
        event: u64,
    },
    /// The client read a message.
    Read {
        /// The room.
        room: RoomId,
        /// Its number among the room's events.
        event: u64,
        /// What it is, as far as whoever reads it can say.
        subject: &'static Subject,
        /// The state of the room in which it was written.
        state: u64,
        /// Length of its content in bytes.
        bytes: u32,
    },
    /// The client could not make anything of something that it received.
    Unreadable {
        /// The room.
        room: RoomId,
        /// Why.
        reason: &'static Reason,
    },
    /// The client's state is of no use any more; it is to become a member anew.
    Rejoining {
        /// The room.
        room: RoomId,
        /// Why.
        reason: &'static Reason,
    },
    /// The client is no member any more.
    Excluded {
        /// The room.
        room: RoomId,
    },
    /// The client went online or offline.
    Online {
        /// Which.
        online: bool,
    },
    /// The client handled everything that had waited for it.
    CaughtUp {
        /// When it came online, or found its connection broken.
        since: SimTime,
    },
    /// The client has what was attached to a message that it read, and can read that, too.
    Fetched {
        /// The room.
        room: RoomId,
        /// When it read the message.
        since: SimTime,
    },
    /// A wish was given up.
    GivenUp {
        /// Why.
        reason: &'static Reason,
    },
}

/// A change of who is a member, as somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipWish {
    /// A user is to be added, with all clients.
    Join(UserId),
    /// The client itself wants to join, without being invited.
    JoinFromOutside,
    /// The client's user wants to leave.
    Leave,
}

/// An event of a room that its hub accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The room.
    pub room: RoomId,
    /// Its number among the room's events.
    pub event: u64,
    /// What it is.
    pub subject: &'static Subject,
    /// The request that carried it.
    pub request: RequestId,
    /// Who is to receive it, ascending. One may stand for many who do nothing but receive.
    pub receivers: Arc<[ClientId]>,
    /// What it changes, where it changes anything.
    pub change: Option<Change>,
    /// What waits in the room since, where it does not settle it itself.
    pub waiting: Option<Waiting>,
    /// Whether what it changes is shown to the room's hub and its members alone, and not to who passes it on.
    pub hidden: bool,
    /// What only its protocol has to say of it.
    pub detail: Option<Arc<dyn Detail>>,
    /// What the stack counts of it, once.
    pub counted: Option<Counter>,
    /// The numbers of that which belong into a fingerprint: structure, lengths and counts, never secret bits.
    pub numbers: Vec<u64>,
}

impl Accepted {
    /// An event that changes nothing and of which no more is to be said.
    pub fn new(
        (room, event): (RoomId, u64),
        subject: &'static Subject,
        request: RequestId,
        receivers: Arc<[ClientId]>,
    ) -> Self {
        Self {
            room,
            event,
            subject,
            request,
            receivers,
            change: None,
            waiting: None,
            hidden: false,
            detail: None,
            counted: None,
            numbers: Vec::new(),
        }
    }

    /// What its protocol says of it, where that is a `D`.
    pub fn detail<D: Any>(&self) -> Option<&D> {
        (**self.detail.as_ref()?).as_any().downcast_ref()
    }
}

/// What an event does to a room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// The state that it creates.
    pub state: u64,
    /// Length of what says so, in bytes, as every receiver gets it.
    pub bytes: u64,
    /// Who becomes a member.
    pub admits: Vec<ClientId>,
    /// Who is no member any more, and whose it was.
    pub excludes: Vec<(UserId, ClientId)>,
}

/// Something asked for that waits in a room until somebody inside settles it by a change: all of it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// How many are to be members no more by it.
    pub leaving: u64,
    /// Those who stay: any of them can settle it, and nobody else.
    pub stay: Arc<[ClientId]>,
}
