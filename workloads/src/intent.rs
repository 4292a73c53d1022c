//! What somebody wants to happen: the one currency between workloads and the simulation.
//!
//! Generators and CSV traces both yield [`Intent`]s in time order. An intent says who wants what and
//! when; whether and when it succeeds is the simulation's affair (arrivals are open-loop: a slow
//! provider cannot slow its users' wishes down).

use crate::time::SimTime;

/// A provider, by its place in the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(pub u16);

/// A user (a person with an account at one provider), numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub u32);

/// A client (one device of one user), numbered from 0 in order of first appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u32);

/// A room, numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u32);

/// One wish of one client.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// When somebody wants it.
    pub at: SimTime,
    /// The client that acts. Clients that are offline act on it when they are back.
    pub actor: ClientId,
    /// What they want.
    pub action: Action,
}

/// What a client can be asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Create the room on its hub, with the actor as the only member.
    Create {
        /// The room.
        room: RoomId,
    },
    /// Add all clients of these users to the room in one commit (or proposals, by policy).
    Add {
        /// The room.
        room: RoomId,
        /// Whom to add.
        users: Vec<UserId>,
    },
    /// Join the room by GroupInfo and external commit.
    JoinExternal {
        /// The room.
        room: RoomId,
    },
    /// Leave the room with all of the user's clients.
    Leave {
        /// The room.
        room: RoomId,
    },
    /// Remove a user's clients from the room.
    Remove {
        /// The room.
        room: RoomId,
        /// Whom to remove.
        user: UserId,
    },
    /// Do something to another user by the role that the actor's user has (draft-ietf-mimi-room-policy-03, "Role Capabilities").
    Administer {
        /// The room.
        room: RoomId,
        /// To whom.
        user: UserId,
        /// What.
        measure: Measure,
    },
    /// Ask for KeyPackages of a user's clients as if to add them to the room, and add nobody.
    LookUp {
        /// The room.
        room: RoomId,
        /// Whose.
        user: UserId,
    },
    /// Refresh the actor's own leaf.
    Update {
        /// The room.
        room: RoomId,
    },
    /// Send an application message.
    Message {
        /// The room.
        room: RoomId,
        /// Length of the MIMI content, in bytes, before encryption and padding.
        bytes: u32,
    },
    /// The actor is a new device of its user: it comes into being, publishes KeyPackages and joins
    /// each of the user's rooms by external commit.
    NewClient {
        /// The user it belongs to.
        user: UserId,
        /// The rooms it joins.
        rooms: Vec<RoomId>,
    },
    /// The actor's device is lost for good; `remover` removes its leaf from each room.
    Lost {
        /// A client of the same user where there is one, otherwise another member, for each room.
        removers: Vec<(RoomId, ClientId)>,
    },
    /// The actor has its user's account deleted. With it go the user's other devices; the user is in no room any more, as far as wishes go:
    /// who removes them wishes so before.
    DeleteAccount {
        /// Those devices.
        others: Vec<ClientId>,
    },
    /// The actor lost its group state but not its identity: it comes back to each of its rooms by an
    /// external commit that removes its old leaf (RFC 9420, section 12.4.3.2: resync).
    Resync {
        /// The room.
        room: RoomId,
    },
    /// The actor goes offline.
    Offline,
    /// The actor goes offline without a word: its provider takes it for connected.
    Vanish,
    /// The actor comes back online.
    Online,
}

impl Intent {
    /// What a device does that goes with its user's account: it goes without a word, and for good. Nobody wished so.
    pub fn gone_with_account(at: SimTime, actor: ClientId) -> [Self; 2] {
        let removers = Vec::new();
        [Action::Vanish, Action::Lost { removers }].map(|action| Self { at, actor, action })
    }
}

/// What somebody can do to another by a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Take the user's clients out of the group. The user stays a participant, and may come back.
    Kick,
    /// Give the user the role `banned`, and take the clients out.
    Ban,
    /// Make a banned user a participant again. The clients stay outside.
    Unban,
    /// Give the user the next role up.
    Promote,
    /// Give the user the next role down.
    Demote,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Kick,
        Self::Ban,
        Self::Unban,
        Self::Promote,
        Self::Demote,
    ];

    /// The word for it in traces and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kick => "kick",
            Self::Ban => "ban",
            Self::Unban => "unban",
            Self::Promote => "promote",
            Self::Demote => "demote",
        }
    }

    /// Whether the user's clients are no members any more.
    pub const fn takes_out(self) -> bool {
        matches!(self, Self::Kick | Self::Ban)
    }
}

impl Action {
    /// All that [`Action::name`] says.
    pub const NAMES: [&'static str; 20] = [
        "create",
        "add",
        "join",
        "leave",
        "remove",
        "kick",
        "ban",
        "unban",
        "promote",
        "demote",
        "look-up",
        "update",
        "message",
        "new-client",
        "lost",
        "delete-account",
        "resync",
        "offline",
        "vanish",
        "online",
    ];

    /// The word for it in traces and reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Add { .. } => "add",
            Self::JoinExternal { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::Remove { .. } => "remove",
            Self::Administer { measure, .. } => measure.name(),
            Self::LookUp { .. } => "look-up",
            Self::Update { .. } => "update",
            Self::Message { .. } => "message",
            Self::NewClient { .. } => "new-client",
            Self::Lost { .. } => "lost",
            Self::DeleteAccount { .. } => "delete-account",
            Self::Resync { .. } => "resync",
            Self::Offline => "offline",
            Self::Vanish => "vanish",
            Self::Online => "online",
        }
    }
}
