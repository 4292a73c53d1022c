//! What a party of the protocol is to whoever drives it.
//!
//! Clients and providers are state machines without I/O: they take `(now, input)` and fill
//! [`Outputs`]. The driver owns clocks, links and cores; one in virtual time exists, one over real
//! sockets can follow without a change here.

use crate::fact::Fact;
use crate::packet::{Envelope, Peer};
use crate::vocabulary::Reason;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use throng_cost::Work;
use throng_workloads::intent::{ClientId, Intent, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// What a party is told.
#[derive(Debug, Clone)]
pub enum Input {
    /// An envelope came in.
    Envelope(Box<Envelope>),
    /// Somebody wants something of this client.
    Intent(Box<Intent>),
    /// A timer that it set is due.
    Timer(Timer),
    /// A new device has an account here from now on (providers only).
    OpenAccount {
        /// The client.
        client: ClientId,
        /// Whose it is.
        user: UserId,
    },
    /// The client's connection broke, though nobody went offline: it is to go on over a new one. What it wants, it has wanted since it did. To a
    /// provider: its clients' connections all broke.
    Reconnect,
    /// A device was lost; this client is to remove its leaf.
    RemoveLost {
        /// From which room.
        room: RoomId,
        /// Whose device.
        user: UserId,
        /// Which.
        client: ClientId,
    },
}

/// A timer's name, chosen by the party that set it; timers are never cancelled, a stale one is
/// ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// The room that it is about.
    pub room: RoomId,
    /// What for: the stack's own numbering.
    pub purpose: u16,
    /// Tells a stale timer from the current one.
    pub generation: u32,
}

/// What a party wants done.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Envelopes to send, in order.
    pub sends: Vec<(Peer, Envelope)>,
    /// Timers to set: how long after all this is done and sent, and which.
    pub timers: Vec<(SimSpan, Timer)>,
    /// What happened, for the record.
    pub facts: Vec<Fact>,
    /// What it took.
    pub work: Work,
    /// Connections of its own clients that begin or end with this, in order (providers only).
    pub links: Vec<Link>,
    /// Clients without a connection for which something has come: a push goes to those that can be woken (providers only).
    pub pushes: Vec<ClientId>,
    /// Why the very envelope that came in was turned away, where that is all that came of it. Of those that had waited for it nothing is
    /// said here.
    pub turned: Option<&'static Reason>,
}

/// What becomes of a client's connection to its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It begins.
    Begins(ClientId),
    /// It ends.
    Ends(ClientId),
}

impl Outputs {
    /// Note that something happened.
    pub fn note(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
}

/// A party of the protocol: a client or a provider.
pub trait Party: Send {
    /// Take one input.
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs);

    /// Whether frames reach it now. Providers always are.
    fn online(&self) -> bool {
        true
    }

    /// The wishes that it has and that are not fulfilled.
    fn open_wishes(&self) -> Vec<OpenWish> {
        Vec::new()
    }

    /// Bytes that it stores for others, for the series.
    fn stored(&self) -> Stored {
        Stored::default()
    }
}

/// What somebody wants and has not got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenWish {
    /// What kind of thing.
    pub kind: WishKind,
    /// Since when; later where whoever wants it could not act before.
    pub since: SimTime,
    /// Whom it lets in, where those are others: a join has not begun to be late before they are there.
    pub lets_in: Vec<UserId>,
}

/// Kinds of wishes, as latencies tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WishKind {
    /// To say something.
    Message,
    /// To change the room, in another way than by leaving or entering it.
    Change,
    /// To enter a room, or have somebody enter it.
    Join,
    /// To leave a room.
    Leave,
}

/// What a provider keeps for each of its clients at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// KeyPackages.
    pub key_packages: u64,
    /// Their bytes.
    pub key_package_bytes: u64,
    /// Envelopes that wait until the client says that it has them.
    pub queued: u64,
    /// Their bytes.
    pub queued_bytes: u64,
}

impl Keeps {
    /// Whatever comes.
    pub const ALL: Self = Self {
        key_packages: u64::MAX,
        key_package_bytes: u64::MAX,
        queued: u64::MAX,
        queued_bytes: u64::MAX,
    };
}

/// What a provider stores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Envelopes that wait for clients.
    pub queued: u64,
    /// Their bytes.
    pub queued_bytes: u64,
    /// KeyPackages, without those of last resort.
    pub key_packages: u64,
    /// Clients that had some, and whose are all gone.
    #[serde(default)]
    pub exhausted: u64,
    /// Bytes of all of them.
    pub key_package_bytes: u64,
    /// Bytes of GroupInfos and ratchet trees of the rooms that it is hub of.
    pub group_bytes: u64,
    /// Bytes of events of rooms that it keeps, whether or not anybody waits for them.
    #[serde(default)]
    pub history_bytes: u64,
}

impl AddAssign for Stored {
    fn add_assign(&mut self, other: Self) {
        self.queued += other.queued;
        self.queued_bytes += other.queued_bytes;
        self.key_packages += other.key_packages;
        self.exhausted += other.exhausted;
        self.key_package_bytes += other.key_package_bytes;
        self.group_bytes += other.group_bytes;
        self.history_bytes += other.history_bytes;
    }
}

impl Stored {
    /// All bytes together.
    pub fn bytes(&self) -> u64 {
        self.queued_bytes + self.key_package_bytes + self.group_bytes + self.history_bytes
    }
}
