//! What a client knows of one room, and what it still wants there.

use std::collections::{BTreeMap, VecDeque};
use throng_mls::engine::Engine;
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::SimTime;

/// One client in one room.
pub(super) struct Membership<E: Engine> {
    /// The group, while the client is a member.
    pub(super) group: Option<E::Group>,
    /// What is wanted, oldest first.
    pub(super) wants: VecDeque<Want<E::Message>>,
    /// Wants that were proposed and wait for a commit to cover them.
    pub(super) proposed: Vec<Want<E::Message>>,
    /// The handshake that the hub has not answered yet; there is never more than one.
    pub(super) handshake: Option<Handshake<E>>,
    /// The number of the request that carries it: answers to others are stale.
    pub(super) handshake_request: Option<u32>,
    /// Back-off after a lost commit: nothing is tried before its timer.
    pub(super) backing_off: bool,
    /// The epoch that must be reached before another try (a lost commit's winner must be processed).
    pub(super) retry_from: u64,
    /// Names the next want.
    pub(super) next_want: u32,
    /// While the timer to commit pending proposals runs.
    pub(super) commit_armed: Option<Armed>,
    /// Tells stale timers from current ones.
    pub(super) generation: u32,
    /// The wish to join from outside, until it is fulfilled.
    pub(super) external: Option<ExternalJoin>,
    /// Whether the room is to be created by this client.
    pub(super) create: bool,
}

impl<E: Engine> Default for Membership<E> {
    fn default() -> Self {
        Self {
            group: None,
            wants: VecDeque::new(),
            proposed: Vec::new(),
            handshake: None,
            handshake_request: None,
            backing_off: false,
            retry_from: 0,
            next_want: 0,
            commit_armed: None,
            generation: 0,
            external: None,
            create: false,
        }
    }
}

impl<E: Engine> Membership<E> {
    /// Something new is wanted.
    pub(super) fn want(&mut self, since: SimTime, what: Wish<E::Message>) -> Want<E::Message> {
        let number = self.next_want;
        self.next_want += 1;
        Want {
            number,
            attempts: 0,
            since,
            what,
        }
    }

    /// The want of this number, taken out of the queue.
    pub(super) fn take_want(&mut self, number: u32) -> Option<Want<E::Message>> {
        let at = self.wants.iter().position(|want| want.number == number)?;
        self.wants.remove(at)
    }

    /// The want of this number lost an attempt; how many it has lost now.
    pub(super) fn lost_attempt(&mut self, number: u32) -> u32 {
        match self.wants.iter_mut().find(|want| want.number == number) {
            Some(want) => {
                want.attempts += 1;
                want.attempts
            }
            None => 1,
        }
    }

    /// Nobody can act in a room while offline or before being a member, so the latency of what is wanted
    /// there begins no earlier than `now`.
    pub(super) fn wish_no_earlier_than(&mut self, now: SimTime) {
        for want in &mut self.wants {
            want.since = want.since.max(now);
        }
        if let Some(external) = &mut self.external {
            external.since = external.since.max(now);
        }
    }
}

/// A timer to commit what others proposed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Armed {
    /// When the proposals were seen.
    pub(super) since: SimTime,
    /// When the timer is due; one that comes earlier is stale.
    pub(super) due: SimTime,
}

/// Something wanted in a room, and since when.
#[derive(Debug, Clone)]
pub(super) struct Want<M> {
    /// Its number in the room: the queue's front may change while the hub is asked.
    pub(super) number: u32,
    /// Attempts that were lost.
    pub(super) attempts: u32,
    /// Since when.
    pub(super) since: SimTime,
    /// What.
    pub(super) what: Wish<M>,
}

/// What can be wanted in a room.
#[derive(Debug, Clone)]
pub(super) enum Wish<M> {
    /// Add the clients of these users.
    Add(Gathering<M>),
    /// Remove all clients of a user.
    RemoveUser(UserId),
    /// Remove one client.
    RemoveClient(UserId, ClientId),
    /// Refresh the own leaf.
    Update,
    /// Leave, with all clients of the own user.
    Leave,
    /// Send a message with so many bytes of content.
    Message(u32),
}

/// KeyPackages on their way in.
#[derive(Debug, Clone)]
pub(super) struct Gathering<M> {
    /// Whom to add.
    pub(super) users: Vec<UserId>,
    /// What came back for each so far: client URI and KeyPackage.
    pub(super) found: BTreeMap<UserId, Vec<(Vec<u8>, M)>>,
    /// Whether the requests are out.
    pub(super) asked: bool,
}

impl<M> Gathering<M> {
    pub(super) fn new(users: Vec<UserId>) -> Self {
        Self {
            users,
            found: BTreeMap::new(),
            asked: false,
        }
    }

    /// Whether the user's KeyPackages were asked for and are not there yet.
    pub(super) fn awaits(&self, user: UserId) -> bool {
        self.asked && self.users.contains(&user) && !self.found.contains_key(&user)
    }

    pub(super) fn complete(&self) -> bool {
        self.found.len() == self.users.len()
    }
}

/// A handshake that waits for the hub's answer.
pub(super) enum Handshake<E: Engine> {
    /// A commit for the want of this number.
    CommitForWant(u32),
    /// A commit that covers pending proposals.
    CommitPending,
    /// Proposals for the want of this number, as they were sent.
    Propose(u32, Vec<E::Message>),
    /// The group's creation.
    Create,
    /// GroupInfo was asked for; the HPKE key that it is to be sealed to.
    GroupInfo {
        /// The public key.
        public_key: Vec<u8>,
    },
    /// An external commit; the group that exists if it is accepted.
    External {
        /// The group, with its commit pending.
        group: Box<E::Group>,
    },
}

/// The wish to join from outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExternalJoin {
    /// Since when.
    pub(super) since: SimTime,
    /// External commits that were lost.
    pub(super) attempts: u32,
    /// Tries that failed, whether or not they came to a commit: they set the back-off.
    pub(super) tries: u32,
}
