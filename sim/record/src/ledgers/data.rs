//! The rows of the ledgers.

use std::borrow::Cow;
use throng_workloads::time::{SimSpan, SimTime};

/// What a provider is to whatever it handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Of rooms that it orders: what goes to other providers and comes from them.
    Hub,
    /// Of rooms that others order: likewise.
    Follower,
    /// What goes to its own clients and comes from them, of whatever room.
    Local,
}

impl Role {
    /// All, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Hub, Self::Follower, Self::Local];

    /// Its name in tables and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Follower => "follower",
            Self::Local => "local provider",
        }
    }
}

/// Whose users something is for, by the names in files.
pub const OWN: &str = "own";
/// As [`OWN`].
pub const OTHERS: &str = "others";

/// All ledgers of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledgers {
    /// What each provider paid, by role and by whose users it was for: six rows each. All together are what all providers paid.
    pub costs: Vec<CostRow>,
    /// What providers paid for one another: those pairs between which something was.
    pub pairs: Vec<PairRow>,
    /// What each party saw; empty where the stack does not say what its packets show.
    pub exposures: Vec<ExposureRow>,
    /// What stops when a provider does, a row each.
    pub dependence: Vec<DependenceRow>,
    /// What stopped while providers were down: four rows for each outage.
    pub outages: Vec<OutageRow>,
}

/// What one provider paid in one role, for its own users or for others'. Something is for whoever caused it: a message for its sender,
/// wherever it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct CostRow {
    /// Its domain.
    pub provider: String,
    /// The role ([`Role::name`]).
    pub role: Cow<'static, str>,
    /// For whose users ([`OWN`], [`OTHERS`]).
    pub users: Cow<'static, str>,
    /// Requests that it served and timers that it looked to.
    pub requests: u64,
    /// Bytes that it took from links.
    pub received: u64,
    /// Bytes that it put on links.
    pub sent: u64,
    /// Events among what it sent, once for each whom it sent one to.
    pub events: u64,
    /// Core time.
    pub cpu: SimSpan,
    /// Bytes that it stored in the mean over the run's samples: public group states as a hub, queues and KeyPackages as a local provider,
    /// which are its own users'.
    pub stored: u64,
}

/// What one provider paid because of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRow {
    /// Who paid.
    pub provider: String,
    /// The other.
    pub other: String,
    /// Bytes that it sent to that one.
    pub sent_to: u64,
    /// Bytes that it sent to anybody because of that one's users.
    pub sent_for: u64,
    /// Core time because of that one's users.
    pub cpu_for: SimSpan,
}

/// What one party saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExposureRow {
    /// A provider's domain; of the network, which links.
    pub party: String,
    /// What it is: a [role](Role), `members` (all clients of the provider's users together), `network` (whoever sees links).
    pub role: Cow<'static, str>,
    /// Rooms of which it knows that there is something.
    pub rooms: u64,
    /// Of those, rooms whose state it saw, and with that their names.
    pub names: u64,
    /// Users of whom it knows that they are in some room.
    pub users: u64,
    /// Of those, users of other providers.
    pub others: u64,
    /// Memberships that it knows: a user in a room.
    pub memberships: u64,
    /// Packets that it handled, or saw pass: when each came, how long it was, between whom.
    pub packets: u64,
    /// Their bytes.
    pub packet_bytes: u64,
    /// Those of them that it can tell to be messages of a room; of members what they read.
    pub messages: u64,
    /// Those of whose sender it knows.
    pub senders: u64,
    /// Packets that say who changes a room's membership, and whom they let in or put out.
    pub changes: u64,
    /// Packets that say who asks for whose keys.
    pub key_requests: u64,
    /// Packets that say that a device comes or goes.
    pub presences: u64,
    /// Packets that say what is fetched that was attached to a message: of a local provider by whom, of all others by which provider.
    pub downloads: u64,
    /// Bytes of content.
    pub content_bytes: u64,
}

/// What stops when a provider does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependenceRow {
    /// Its domain.
    pub provider: String,
    /// Rooms that it is hub of: nothing is accepted in them.
    pub rooms: u64,
    /// Of so many.
    pub rooms_all: u64,
    /// Messages accepted in those rooms.
    pub messages: u64,
    /// Messages of its users in rooms of others: nobody passes them on.
    pub own_elsewhere: u64,
    /// Of so many.
    pub messages_all: u64,
    /// How often its users read a message in rooms of others: that comes when it is back.
    pub reads_elsewhere: u64,
    /// Of so many.
    pub reads_all: u64,
}

/// What became of some messages that people wanted to send while a provider was down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageRow {
    /// Which provider.
    pub provider: String,
    /// Since when.
    pub from: SimTime,
    /// Until when.
    pub until: SimTime,
    /// Which messages ([`Concerned::name`]).
    pub concerned: Cow<'static, str>,
    /// How many were wanted meanwhile and sent at some time.
    pub wanted: u64,
    /// Of those, accepted while it was down.
    pub accepted_during: u64,
    /// Accepted later.
    pub accepted_after: u64,
    /// The longest from wanted to accepted.
    pub longest_wait: SimSpan,
    /// Deliveries of them to those who were online when they were accepted and stayed so.
    pub delivered: u64,
    /// Of those, made while it was down.
    pub delivered_during: u64,
    /// When the last of them was made; `None`: there was none.
    pub last: Option<SimTime>,
}

/// Whom an outage concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concerned {
    /// Messages in rooms of which it is the hub.
    Rooms,
    /// Messages of its users in other rooms.
    Senders,
    /// Messages of others in other rooms that its users are to get: those deliveries alone.
    Readers,
    /// All else.
    Nobody,
}

impl Concerned {
    /// All, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Rooms, Self::Senders, Self::Readers, Self::Nobody];

    /// Its name in tables and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rooms => "in its rooms",
            Self::Senders => "by its users elsewhere",
            Self::Readers => "to its users elsewhere",
            Self::Nobody => "without it",
        }
    }
}
