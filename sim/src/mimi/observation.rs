//! What participants report of what happened to them. Observations feed the record, the fingerprint and the
//! invariants; they never feed back into the protocol.

use crate::mimi::packet::RequestId;
use crate::mls::engine::CommitEffect;
use crate::mls::tree_health::NodeState;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::SimTime;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    // ---- at hubs ----
    /// A room's group exists now.
    RoomCreated {
        /// The room.
        room: RoomId,
        /// Its creator's client.
        creator: ClientId,
    },
    /// A commit was accepted.
    CommitAccepted(Box<CommitAccepted>),
    /// A proposal was accepted, as this event of the room.
    ProposalAccepted {
        /// The room.
        room: RoomId,
        /// Its number among the room's events.
        event: u64,
        /// Who is to receive it.
        receivers: Arc<[ClientId]>,
        /// How many passive clients are to receive it besides.
        passive: u64,
        /// How many acting members the proposals remove that wait for a commit now.
        leaving: u64,
        /// The acting members that none of them removes.
        stay: Arc<[ClientId]>,
    },
    /// An application message was accepted, as this event of the room.
    MessageAccepted {
        /// The room.
        room: RoomId,
        /// Its number among the room's events.
        event: u64,
        /// The request that carried it.
        request: RequestId,
        /// Who is to receive it.
        receivers: Arc<[ClientId]>,
        /// How many passive clients are to receive it besides.
        passive: u64,
    },
    /// A handshake came for another epoch than the room's.
    WrongEpoch {
        /// The room.
        room: RoomId,
        /// The request that carried it.
        request: RequestId,
    },
    /// A handshake was refused for another reason.
    HandshakeRefused {
        /// The room.
        room: RoomId,
        /// The request that carried it.
        request: RequestId,
        /// Why.
        reason: &'static str,
    },
    /// An application message came for an epoch that is too old.
    EpochTooOld {
        /// The room.
        room: RoomId,
    },
    /// KeyPackages were handed out, missed, expired.
    KeyPackagesTaken {
        /// How many were handed out.
        used: u32,
        /// How many clients had none left.
        exhausted: u32,
        /// How many were dropped as expired.
        expired: u32,
    },

    // ---- at clients ----
    /// The client published KeyPackages.
    KeyPackagesPublished {
        /// How many.
        count: u32,
    },
    /// The client sent a commit to the hub.
    CommitSent {
        /// The room.
        room: RoomId,
        /// The request that carries it.
        request: RequestId,
        /// When what it is for was wanted.
        wanted: SimTime,
        /// The how-manieth attempt for that, from 1.
        attempt: u32,
    },
    /// The client sent an application message.
    MessageSent {
        /// The room.
        room: RoomId,
        /// The request that carries it.
        request: RequestId,
        /// When it was wanted.
        wanted: SimTime,
    },
    /// The client is at a new epoch.
    EpochReached {
        /// The room.
        room: RoomId,
        /// The epoch.
        epoch: u64,
        /// The first 8 bytes of the epoch authenticator, where the engine has secrets.
        authenticator: Option<[u8; 8]>,
        /// Whether the client became a member with this epoch.
        joined: bool,
    },
    /// The client handled the room's event.
    EventHandled {
        /// The room.
        room: RoomId,
        /// Its number among the room's events.
        event: u64,
    },
    /// The client decrypted an application message.
    Decrypted {
        /// The room.
        room: RoomId,
        /// Its number among the room's events.
        event: u64,
        /// The epoch in which it was encrypted.
        epoch: u64,
        /// Length of its content in bytes.
        bytes: u32,
    },
    /// The client could not process something that it received.
    Unprocessable {
        /// The room.
        room: RoomId,
        /// Why, in a word or two.
        reason: &'static str,
    },
    /// Users are to be added, as somebody wanted.
    JoinWanted {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// When it was wanted.
        wanted: SimTime,
    },
    /// The client itself wants to join from outside.
    ExternalJoinWanted {
        /// The room.
        room: RoomId,
        /// When it was wanted.
        wanted: SimTime,
    },
    /// The client proposed to leave, with all of its user's clients.
    LeaveProposed {
        /// The room.
        room: RoomId,
        /// When it was wanted.
        wanted: SimTime,
    },
    /// The client was removed from the room.
    Removed {
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
        /// When it came online.
        since: SimTime,
    },
    /// An intent could not be carried out.
    Skipped {
        /// Why, in a word or two.
        reason: &'static str,
    },
}

/// A commit that a hub accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitAccepted {
    /// The room.
    pub room: RoomId,
    /// Its number among the room's events.
    pub event: u64,
    /// The request that carried it.
    pub request: RequestId,
    /// What it did to the group.
    pub effect: CommitEffect,
    /// Length of its MLSMessage, in bytes.
    pub commit_bytes: u64,
    /// Length of its Welcome's MLSMessage; 0 where it has none.
    pub welcome_bytes: u64,
    /// Who is to receive it: the members before it but the committer, removed ones included.
    pub receivers: Arc<[ClientId]>,
    /// How many passive clients are to receive it besides.
    pub passive: u64,
    /// The nodes of a small tree after it ([`hub_small_tree`](crate::mls::engine::Engine::hub_small_tree)); `None`
    /// of a larger one.
    pub tree: Option<Vec<NodeState>>,
}
