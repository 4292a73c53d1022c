//! What a shard keeps of what concerns the others: when what its users sent was wanted and accepted, and what came from elsewhere to its
//! clients. Latencies of the one with the other are known when all is over, and nobody is told them wrong before.

use crate::meeting::Owed;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use throng_record::shard::{
    Agreed, EventDigest, EventSort, GotEvent, Invited, Joined, MemberCount, OF_OTHERS, SentEvent,
    Stay,
};
use throng_record::{Ledger, Record};
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, MembershipWish, Subject};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// What is known so far of what concerns others.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    measuring: bool,
    /// Whose each client of this shard is.
    users: BTreeMap<ClientId, UserId>,
    /// Since when each has been online, or was the last time.
    online: BTreeMap<ClientId, SimTime>,
    /// Those that join by themselves.
    outside: BTreeSet<(RoomId, ClientId)>,
    /// Where each of this shard's events stands in the ledger.
    places: BTreeMap<EventDigest, usize>,
    /// What the client that is at work just now has read.
    reads: Option<(RoomId, u64)>,
    messages: u64,
    /// On what the first agreed with others that reached a state.
    agreed: BTreeMap<(RoomId, u64), [u8; 8]>,
    /// Devices that never come back.
    lost: BTreeSet<ClientId>,
    /// What its users sent of late, for others to hear.
    lately: Lately,
    /// What others' users sent of late, in which room and when, and to whom here it has come.
    owed: BTreeMap<EventDigest, (RoomId, SimTime, BTreeSet<ClientId>)>,
    ledger: Ledger,
}

/// Who sent an event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// A client of this shard; whether the receiver was known to be a member when the first got it, and still is.
    Own { awaited: bool },
    /// One of another.
    Others,
}

/// What the users of a shard sent of late.
pub(super) type Lately = Arc<Mutex<VecDeque<Owed>>>;

/// So long is of late: whoever repeats something at intervals that double waits no longer after an outage of half that.
const LATE: SimSpan = SimSpan::from_secs(60);

/// By what all shards know an event.
fn short(digest: &[u8; 32]) -> EventDigest {
    let mut half = EventDigest::default();
    half.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = *from);
    half
}

/// The same in two halves, as it is said to others, and back.
fn halves(digest: EventDigest) -> (u64, u64) {
    let all = u128::from_be_bytes(digest);
    ((all >> 64) as u64, all as u64)
}

fn whole((first, second): (u64, u64)) -> EventDigest {
    ((u128::from(first) << 64) | u128::from(second)).to_be_bytes()
}

impl Elsewhere {
    /// Nothing yet. What was wanted in the warm-up is in no latency, and so long are the record's samples.
    pub(super) fn new(warmup: SimTime, interval: SimSpan) -> Self {
        Self {
            measuring: false,
            users: BTreeMap::new(),
            online: BTreeMap::new(),
            outside: BTreeSet::new(),
            places: BTreeMap::new(),
            reads: None,
            messages: 0,
            agreed: BTreeMap::new(),
            lost: BTreeSet::new(),
            lately: Lately::default(),
            owed: BTreeMap::new(),
            ledger: Ledger {
                warmup,
                interval,
                ..Ledger::default()
            },
        }
    }

    /// What comes from now on is in no latency.
    pub(super) fn ends(&mut self, at: SimTime) {
        self.ledger.ends = Some(at);
    }

    /// What its users sent of late, as long as it is followed.
    pub(super) fn lately(&self) -> Lately {
        Arc::clone(&self.lately)
    }

    /// Other shards say what their users sent of late.
    pub(super) fn owed(&mut self, owed: &[Owed]) {
        for one in owed {
            let (room, sent) = (RoomId(one.room), SimTime::from_nanos(one.sent));
            let owed = (room, sent, BTreeSet::new());
            self.owed.insert(whole(one.digest), owed);
        }
        for got in &self.ledger.got {
            if let Some((.., came)) = self.owed.get_mut(&got.digest) {
                came.insert(got.client);
            }
        }
    }

    /// What that is: in which room, when it was sent, and to whom it has come.
    pub(super) fn still_owed(
        &self,
    ) -> impl Iterator<Item = (RoomId, SimTime, &BTreeSet<ClientId>)> {
        let owed = self.owed.values();
        owed.map(|(room, sent, came)| (*room, *sent, came))
    }

    /// What was before this is nobody's figure.
    pub(super) fn begin_measuring(&mut self) {
        self.measuring = true;
    }

    /// A client of this shard comes into being.
    pub(super) fn began(&mut self, client: ClientId, user: UserId) {
        self.users.insert(client, user);
    }

    /// From when something counts that a client wants: it is not kept waiting by anybody before it is online.
    pub(super) fn since(&self, client: ClientId, wanted: SimTime) -> SimTime {
        wanted.max(self.online_since(client))
    }

    fn online_since(&self, client: ClientId) -> SimTime {
        self.online.get(&client).copied().unwrap_or_default()
    }

    /// A client's device is lost.
    pub(super) fn lost(&mut self, client: ClientId) {
        self.lost.insert(client);
    }

    /// A fact of a client, before anybody else takes it.
    pub(super) fn fact(&mut self, at: SimTime, client: ClientId, fact: &Fact) {
        match fact {
            Fact::Online { online: true } => {
                self.online.insert(client, at);
            }
            // Of what clients say by themselves no latency counts anything.
            Fact::Read {
                room,
                event,
                subject,
                ..
            } if subject.class == SubjectClass::Message => {
                self.reads = Some((*room, *event));
            }
            Fact::Wanted { room, what, since } => match what {
                MembershipWish::Join(user) => self.ledger.invited.push(Invited {
                    room: *room,
                    user: *user,
                    since: *since,
                }),
                MembershipWish::JoinFromOutside => {
                    self.outside.insert((*room, client));
                }
                MembershipWish::Leave => {}
            },
            Fact::Reached {
                room,
                state,
                digest,
                joined,
                ..
            } => {
                if let Some(digest) = digest {
                    self.agreed.entry((*room, *state)).or_insert(*digest);
                }
                if *joined {
                    self.joined(at, *room, client);
                }
            }
            _ => {}
        }
    }

    /// Whether whoever follows this shard alone can make something of a fact. Who was let in by whom is known when all is put together:
    /// others may want the same.
    pub(super) fn is_own(fact: &Fact) -> bool {
        let invites = |what: &MembershipWish| matches!(what, MembershipWish::Join(_));
        !matches!(fact, Fact::Wanted { what, .. } if invites(what))
    }

    fn joined(&mut self, at: SimTime, room: RoomId, client: ClientId) {
        let outside = self.outside.remove(&(room, client));
        let Some(user) = self.users.get(&client).copied() else {
            return;
        };
        if outside || !self.measuring {
            return;
        }
        self.ledger.joined.push(Joined {
            room,
            user,
            since: self.online_since(client),
            at,
        });
    }

    /// So many clients of this shard are members from now on.
    pub(super) fn members(&mut self, at: SimTime, room: RoomId, members: u32) {
        self.ledger.members.push(MemberCount { at, room, members });
    }

    /// What a client of this shard sent was accepted.
    pub(super) fn accepted(
        &mut self,
        digest: &[u8; 32],
        (room, subject): (RoomId, &Subject),
        [wanted, sent, accepted]: [SimTime; 3],
    ) {
        if !self.measuring {
            return;
        }
        let digest = short(digest);
        self.places.insert(digest, self.ledger.sent.len());
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.push_back(Owed {
            digest: halves(digest),
            room: room.0,
            sent: sent.as_nanos(),
        });
        let late = accepted.as_nanos().saturating_sub(LATE.as_nanos());
        while lately.front().is_some_and(|owed| owed.sent < late) {
            lately.pop_front();
        }
        drop(lately);
        self.ledger.sent.push(SentEvent {
            digest,
            room,
            sort: match subject.class {
                SubjectClass::Message => EventSort::Message,
                SubjectClass::Change => EventSort::Change,
                SubjectClass::Proposal | SubjectClass::Notice => EventSort::Other,
            },
            wanted,
            sent,
            accepted,
            last: None,
        });
    }

    /// A client of this shard handled an event.
    pub(super) fn handled(
        &mut self,
        at: SimTime,
        client: ClientId,
        (room, event): (RoomId, u64),
        (digest, of): (&[u8; 32], Of),
    ) {
        let read = self.reads.take() == Some((room, event));
        if !self.measuring {
            return;
        }
        let (digest, since) = (short(digest), self.online_since(client));
        if let Of::Own { awaited } = of {
            let place = self.places.get(&digest);
            let sent = place.and_then(|place| self.ledger.sent.get_mut(*place));
            let counts = awaited && self.ledger.ends.is_none();
            if let Some(sent) = sent.filter(|sent| counts && since <= sent.accepted) {
                sent.last = sent.last.max(Some(at));
            }
            return;
        }
        if let Some((.., came)) = self.owed.get_mut(&digest) {
            came.insert(client);
        }
        self.messages += u64::from(read);
        self.ledger.got.push(GotEvent {
            digest,
            client,
            since,
            at,
            read,
        });
    }

    /// A client of this shard is a member at the end.
    pub(super) fn stays(&mut self, room: RoomId, client: ClientId, since: SimTime, online: bool) {
        if self.lost.contains(&client) {
            return;
        }
        self.ledger.stays.push(Stay {
            room,
            client,
            since,
            online,
        });
    }

    /// Has a record not take messages for caught up of which it does not know whether they are.
    pub(super) fn set_apart(&self, record: &mut Record) {
        let counts = &mut record.counts;
        counts.messages_caught_up = counts.messages_caught_up.saturating_sub(self.messages);
        counts.others.insert(OF_OTHERS, self.messages);
    }

    /// All of it.
    pub(super) fn into_ledger(self) -> Ledger {
        let agreed = self.agreed.into_iter();
        let agreed = agreed.map(|((room, state), digest)| Agreed {
            room,
            state,
            digest,
        });
        Ledger {
            agreed: agreed.collect(),
            ..self.ledger
        }
    }
}
