//! A load that several processes share: which part of it one has, and what each keeps of what concerns the others.
//!
//! A *shard* drives some of a scenario's users, each with all devices. What becomes of what its users send at clients of other shards it
//! does not see, and of what comes to its own clients from there it does not know since when it was under way. Both are written down in a
//! [`Ledger`], by which [`merge`](crate::merge) brings them together afterwards, so that nobody has to wait for others while it is measured.

use std::fmt;
use std::str::FromStr;
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// What is counted of messages that came to a shard's clients from others' users: of these it does not know since when they were under way.
pub const OF_OTHERS: &str = "messages_of_other_shards";

/// More would each have next to nothing to do.
pub const MOST_SHARDS: u32 = 256;

/// One of the shards of a load: the second of three is `2/3`.
///
/// ```
/// use throng_record::Shard;
/// use throng_workloads::intent::UserId;
///
/// let shard: Shard = "2/3".parse().expect("one of three");
/// assert!(shard.drives(UserId(1)) && shard.drives(UserId(4)) && !shard.drives(UserId(0)));
/// assert_eq!(shard.to_string(), "2/3");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// This one, from 1, of so many; `None` where there is no such.
    pub fn new(number: u32, of: u32) -> Option<Self> {
        let sound = (1..=of).contains(&number) && of <= MOST_SHARDS;
        sound.then_some(Self { number, of })
    }

    /// Which, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// Of how many.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether it drives a user, with all devices: whose number, divided by that of shards, leaves one less than the shard's.
    pub fn drives(self, user: UserId) -> bool {
        user.0 % self.of == self.number - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let shard = parts.and_then(|(number, of)| Self::new(number, of));
        shard.ok_or_else(|| {
            format!("expected I/N, the I-th of N shards, such as 2/3; I from 1 to N, N at most {MOST_SHARDS}")
        })
    }
}

/// By what a load is known in all its shards: two runs of one scenario have everything in common but this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadId(pub u64);

impl fmt::Display for LoadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// By what an event is known in all shards: half of a hash of its message, which the hub sends on as it came.
pub type EventDigest = [u8; 16];

/// What a shard keeps of what concerns others. Times are those of the measured part, which begins for all shards at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What was wanted before this is in no latency.
    pub warmup: SimTime,
    /// What came from then on is in no latency: people come back because it is the end.
    pub ends: Option<SimTime>,
    /// How long the record's samples are.
    pub interval: SimSpan,
    /// What its own users sent and a hub accepted.
    pub sent: Vec<SentEvent>,
    /// What of others' events came to its own clients.
    pub got: Vec<GotEvent>,
    /// Whom its own users want in a room.
    pub invited: Vec<Invited>,
    /// Its own clients that joined, but for those that did so by themselves.
    pub joined: Vec<Joined>,
    /// How many of its own clients are members, whenever that changes.
    pub members: Vec<MemberCount>,
    /// Its own clients that are members at the end, but for lost devices.
    pub stays: Vec<Stay>,
    /// What its own clients agree on, state by state.
    pub agreed: Vec<Agreed>,
}

/// An event that a hub accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentEvent {
    /// Which.
    pub digest: EventDigest,
    /// In which room.
    pub room: RoomId,
    /// What latencies count it as.
    pub sort: EventSort,
    /// From when the latency of a message counts.
    pub wanted: SimTime,
    /// When it was first sent.
    pub sent: SimTime,
    /// When it was accepted, as far as clients know.
    pub accepted: SimTime,
    /// When the last of the shard's own clients had it that was online when it was accepted and stayed so.
    pub last: Option<SimTime>,
}

/// What latencies count an event as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSort {
    /// A message.
    Message,
    /// A change, such as a commit.
    Change,
    /// Something else, such as a proposal: it has to come, and no latency counts it.
    Other,
}

/// An event of another shard's user that came to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GotEvent {
    /// Which.
    pub digest: EventDigest,
    /// To whom.
    pub client: ClientId,
    /// Since when that client had been online.
    pub since: SimTime,
    /// When it had handled it.
    pub at: SimTime,
    /// Whether it read a message.
    pub read: bool,
}

/// Somebody is to become a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invited {
    /// In which room.
    pub room: RoomId,
    /// Who.
    pub user: UserId,
    /// Since when that is wanted.
    pub since: SimTime,
}

/// A client became a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// In which room.
    pub room: RoomId,
    /// Whose client it is.
    pub user: UserId,
    /// Since when it had been online.
    pub since: SimTime,
    /// When.
    pub at: SimTime,
}

/// How many clients of a shard are members of a room from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberCount {
    /// From when on.
    pub at: SimTime,
    /// Which room.
    pub room: RoomId,
    /// How many.
    pub members: u32,
}

/// What the clients of a shard that reached a state of a room have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Which room.
    pub room: RoomId,
    /// Which state, in the room's order.
    pub state: u64,
    /// On what all agree who reach it.
    pub digest: [u8; 8],
}

/// A client that is a member of a room at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Which room.
    pub room: RoomId,
    /// Which client.
    pub client: ClientId,
    /// Since when, as itself has it.
    pub since: SimTime,
    /// Whether it is online.
    pub online: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_is_driven_by_one_shard() {
        for of in [1, 2, 3, 7, MOST_SHARDS] {
            for user in (0..1_000).chain([u32::MAX]) {
                let shards = (1..=of).filter_map(|number| Shard::new(number, of));
                let drive = shards.filter(|shard| shard.drives(UserId(user)));
                assert_eq!(drive.count(), 1, "user {user} of {of} shards");
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in [
            "",
            "1",
            "/",
            "1/",
            "/2",
            "0/3",
            "4/3",
            "-1/3",
            "1/0",
            "1/257",
            "a/b",
            "1/2/3",
            "1 /2",
            "99999999999/99999999999",
        ] {
            let error = text.parse::<Shard>().expect_err(text);
            assert!(error.contains("such as 2/3"), "{text}: {error}");
        }
        let shard: Shard = "3/3".parse().expect("the last of three");
        assert_eq!((shard.number(), shard.of()), (3, 3));
    }
}
