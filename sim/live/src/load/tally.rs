//! What happened to clients.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, MembershipWish};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// What clients report, from all threads.
pub(super) struct Tally {
    seen: Mutex<Seen>,
    /// Clients that have come online and handled all that had waited, over all times that they did.
    caught_up: AtomicU64,
    /// What happens before the measured part is none of its figures.
    measuring: AtomicBool,
    last: Mutex<Instant>,
}

/// A message as its sender has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// When somebody wanted to say it.
    pub(super) wanted: SimTime,
    /// When it was sent for the first time.
    pub(super) first: SimTime,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Messages by sender and number of the request.
    pub(super) messages: BTreeMap<(ClientId, u32), Sent>,
    /// What each client handled in each room, in its order, from the very beginning.
    pub(super) handled: BTreeMap<(RoomId, ClientId), Vec<u64>>,
    /// When each reader had read which event, of those who were there: what waited for somebody did not take so long on its way.
    pub(super) read: Vec<(RoomId, u64, SimTime)>,
    /// Clients that have come online and are not done with what waited.
    catching_up: BTreeSet<ClientId>,
    /// Since when each client is there, or was there last.
    online_since: BTreeMap<ClientId, SimTime>,
    /// Since when somebody is to become a member.
    joining: BTreeMap<(RoomId, UserId), SimTime>,
    entering: BTreeMap<(RoomId, ClientId), SimTime>,
    /// How long it took to become a member.
    pub(super) joins: Vec<SimSpan>,
    /// How late wishes were taken up.
    pub(super) lateness: Vec<SimSpan>,
    /// What went wrong between clients and providers, how often.
    pub(super) errors: BTreeMap<String, u64>,
    /// What clients could not read, and what they gave up.
    pub(super) unreadable: BTreeMap<&'static str, u64>,
    /// Requests that were sent again.
    pub(super) repeated: u64,
    /// Whose each client is.
    pub(super) users: BTreeMap<ClientId, UserId>,
    /// Clients whose devices are lost.
    pub(super) lost: BTreeSet<ClientId>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            seen: Mutex::default(),
            caught_up: AtomicU64::new(0),
            measuring: AtomicBool::new(false),
            last: Mutex::new(Instant::now()),
        }
    }

    /// From now on is measured.
    pub(super) fn measure(&self) {
        self.measuring.store(true, Ordering::SeqCst);
    }

    fn measures(&self) -> bool {
        self.measuring.load(Ordering::SeqCst)
    }

    pub(super) fn caught_up(&self) -> u64 {
        self.caught_up.load(Ordering::SeqCst)
    }

    /// When anything happened last.
    pub(super) fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wish was taken up so long after somebody had it.
    pub(super) fn late(&self, late: SimSpan) {
        if self.measures() {
            self.seen().lateness.push(late);
        }
    }

    /// Something went wrong.
    pub(super) fn failed(&self, what: String) {
        *self.seen().errors.entry(what).or_default() += 1;
    }

    /// Things happened to a client.
    pub(super) fn take(&self, now: SimTime, client: ClientId, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let measures = self.measures();
        let mut seen = self.seen();
        for fact in facts {
            match fact {
                Fact::Online { online: true } => {
                    seen.catching_up.insert(client);
                    seen.online_since.insert(client, now);
                }
                Fact::CaughtUp { .. } => {
                    seen.catching_up.remove(&client);
                    self.caught_up.fetch_add(1, Ordering::SeqCst);
                }
                Fact::Handled { room, event } => {
                    seen.handled
                        .entry((*room, client))
                        .or_default()
                        .push(*event);
                }
                Fact::Read { room, event, .. } if !seen.catching_up.contains(&client) => {
                    seen.read.push((*room, *event, now));
                }
                Fact::Sent {
                    subject,
                    request,
                    wanted,
                    ..
                } if measures && subject.class == SubjectClass::Message => {
                    let sent = Sent {
                        wanted: *wanted,
                        first: now,
                    };
                    seen.messages.insert((client, request.number), sent);
                }
                Fact::Wanted { room, what, since } if measures => match what {
                    MembershipWish::Join(user) => {
                        seen.joining.insert((*room, *user), *since);
                    }
                    MembershipWish::JoinFromOutside => {
                        seen.entering.insert((*room, client), *since);
                    }
                    MembershipWish::Leave => {}
                },
                Fact::Reached {
                    room, joined: true, ..
                } if measures => seen.joined(now, *room, client),
                Fact::Repeated { .. } => seen.repeated += 1,
                Fact::Unreadable { reason, .. }
                | Fact::Rejoining { reason, .. }
                | Fact::GivenUp { reason } => {
                    *seen.unreadable.entry(reason.text).or_default() += 1;
                }
                _ => {}
            }
        }
    }
}

impl Seen {
    /// A client became a member; of those whom another added, the clients of one user share a wish.
    fn joined(&mut self, now: SimTime, room: RoomId, client: ClientId) {
        let entered = self.entering.remove(&(room, client));
        let user = self.users.get(&client);
        let since = entered.or_else(|| self.joining.get(&(room, *user?)).copied());
        // Before it was there it could not.
        let there = self.online_since.get(&client).copied();
        if let Some(since) = since {
            self.joins
                .push(now.since(since.max(there.unwrap_or_default())));
        }
    }
}
