//! What hubs did, as far as it follows from what their clients were told and what came to them: for providers that run already, and of
//! which nobody knows what they wrote down.
//!
//! An event is known by its message, which the hub sends on as it came. It was accepted at the latest when its sender heard so, or when the
//! first receiver got it. Who has to get it are those who were members when it was sent, and whoever got an earlier one: what of that
//! never comes, or comes twice or out of order, is found as with providers that write everything down. What a hub does without telling any
//! client is not.

use std::collections::{BTreeMap, BTreeSet};
use throng_record::invariants::DELIVERED;
use throng_record::recorder::Recorder;
use throng_stack::fact::Change;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Accepted, Fact, RequestId, Subject};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::SimTime;

/// By what a message is known again.
pub(super) type Digest = [u8; 32];

/// What clients said and heard of events.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    /// A client asked for an event with this message.
    Asked(RequestId, Digest),
    /// A client heard that its request was granted.
    Granted(RequestId),
    /// A client got an event.
    Got(RoomId, u64, Digest),
}

/// A request for an event.
#[derive(Debug, Clone, Copy)]
struct Sent {
    room: RoomId,
    subject: &'static Subject,
    /// When it was first sent, and when it was granted.
    at: SimTime,
    granted: Option<SimTime>,
    /// Whether it is known which event it became.
    placed: bool,
}

/// An event that somebody got.
#[derive(Debug, Clone, Copy)]
struct Event {
    /// Whose, and since when it was under way, where one of our clients asked for it.
    sent: Option<(ClientId, SimTime)>,
}

/// A member, as itself has it.
#[derive(Debug, Clone, Default)]
struct Member {
    since: SimTime,
    handled: BTreeSet<u64>,
}

/// A room, as its members have it.
#[derive(Debug, Clone, Default)]
struct Room {
    events: BTreeMap<u64, Event>,
    members: BTreeMap<ClientId, Member>,
    state: u64,
}

/// What follows so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Derived {
    asked: BTreeMap<Digest, RequestId>,
    sent: BTreeMap<RequestId, Sent>,
    rooms: BTreeMap<RoomId, Room>,
}

impl Derived {
    /// Somebody said or heard something of an event.
    pub(super) fn told(&mut self, at: SimTime, told: Told, recorder: &mut Recorder) {
        match told {
            Told::Asked(request, digest) => {
                self.asked.insert(digest, request);
            }
            Told::Granted(request) => {
                if let Some(sent) = self.sent.get_mut(&request) {
                    sent.granted.get_or_insert(at);
                }
            }
            Told::Got(room, event, digest) => self.got(at, (room, event), digest, recorder),
        }
    }

    /// The first who gets an event shows that there is one, and which.
    fn got(
        &mut self,
        at: SimTime,
        (room, event): (RoomId, u64),
        digest: Digest,
        recorder: &mut Recorder,
    ) {
        let known = self.rooms.entry(room).or_default();
        if known.events.contains_key(&event) {
            return;
        }
        let request = self.asked.get(&digest).copied();
        let sent = request.and_then(|request| self.sent.get_mut(&request));
        let by = request.map(|request| request.client);
        known.events.insert(
            event,
            Event {
                sent: by.zip(sent.as_ref().map(|sent| sent.at)),
            },
        );
        let (Some(request), Some(sent)) = (request, sent) else {
            // A stranger's: nobody here waits for its being accepted.
            return;
        };
        if std::mem::replace(&mut sent.placed, true) {
            return;
        }
        let receivers = known.members.keys().copied();
        let receivers = receivers.filter(|client| *client != request.client);
        let receivers: Vec<ClientId> = receivers.collect();
        let accepted = Accepted {
            change: known.change(sent.subject),
            ..Accepted::new((room, event), sent.subject, request, receivers.into())
        };
        let at = sent.granted.map_or(at, |granted| granted.min(at));
        recorder.derived(at, &Fact::Accepted(Box::new(accepted)));
    }

    /// A fact of a client, before the recorder takes it.
    pub(super) fn fact(
        &mut self,
        at: SimTime,
        client: ClientId,
        fact: &Fact,
        recorder: &mut Recorder,
    ) {
        match fact {
            Fact::Sent {
                room,
                subject,
                request,
                ..
            } => {
                self.sent.entry(*request).or_insert(Sent {
                    room: *room,
                    subject,
                    at,
                    granted: None,
                    placed: false,
                });
            }
            Fact::Reached {
                room, joined: true, ..
            } => self.joined(at, *room, client, recorder),
            Fact::Excluded { room } | Fact::Rejoining { room, .. } => {
                let known = self.rooms.entry(*room).or_default();
                known.members.remove(&client);
                recorder.members(*room, known.members.len() as u32);
                if matches!(fact, Fact::Excluded { .. }) {
                    recorder.left(at, *room, client);
                }
            }
            Fact::Handled { room, event } => self.handled(*room, client, *event, recorder),
            _ => {}
        }
    }

    fn joined(&mut self, at: SimTime, room: RoomId, client: ClientId, recorder: &mut Recorder) {
        let known = self.rooms.entry(room).or_default();
        if known.members.is_empty() && known.events.is_empty() {
            let opened = Fact::Opened {
                room,
                by: client,
                detail: None,
            };
            recorder.derived(at, &opened);
        }
        let member = Member {
            since: at,
            ..Member::default()
        };
        known.members.insert(client, member);
        recorder.members(room, known.members.len() as u32);
    }

    fn handled(&mut self, room: RoomId, client: ClientId, event: u64, recorder: &mut Recorder) {
        let known = self.rooms.entry(room).or_default();
        let Some(member) = known.members.get_mut(&client) else {
            return;
        };
        let last = member.handled.last().copied();
        member.handled.insert(event);
        recorder.checked(DELIVERED, last.is_none_or(|last| last < event), || {
            format!(
                "room r{}: client {} handled event {event} after {last:?}",
                room.0, client.0
            )
        });
    }

    /// Deliveries that are still to come to clients of whom this holds.
    pub(super) fn awaited(&self, of: impl Fn(ClientId) -> bool) -> u64 {
        let rooms = self.rooms.values();
        let members = rooms.flat_map(|room| {
            let members = room.members.iter().filter(|(client, _)| of(**client));
            members.map(|(client, member)| room.lacks(*client, member).count() as u64)
        });
        members.sum()
    }

    /// Nothing comes any more: what was granted and never seen is counted, and what has to have come to clients who are online has.
    /// Returns what never came to others.
    pub(super) fn finish(&mut self, whole: bool, recorder: &mut Recorder) -> u64 {
        // Numbers that no hub gets to.
        let mut unseen = u64::MAX;
        let granted = self.sent.iter().filter(|(_, sent)| !sent.placed);
        for (request, sent) in granted {
            let Some(at) = sent.granted else {
                continue;
            };
            let room = self.rooms.get_mut(&sent.room);
            let accepted = Accepted {
                change: room.and_then(|room| room.change(sent.subject)),
                ..Accepted::new((sent.room, unseen), sent.subject, *request, [].into())
            };
            recorder.derived(at, &Fact::Accepted(Box::new(accepted)));
            unseen -= 1;
        }
        let mut undelivered = 0;
        for (name, room) in self.rooms.iter().filter(|_| whole) {
            for (client, member) in &room.members {
                let lacks: Vec<u64> = room.lacks(*client, member).collect();
                if !recorder.is_online(*client) {
                    undelivered += lacks.len() as u64;
                    continue;
                }
                recorder.checked(DELIVERED, lacks.is_empty(), || {
                    format!(
                        "room r{}: {} events never reached client {}, which is online: {:?}",
                        name.0,
                        lacks.len(),
                        client.0,
                        &lacks[..lacks.len().min(5)]
                    )
                });
            }
        }
        undelivered
    }
}

impl Room {
    /// What an event changes, where it does.
    fn change(&mut self, subject: &Subject) -> Option<Change> {
        if subject.class != SubjectClass::Change {
            return None;
        }
        self.state += 1;
        Some(Change {
            state: self.state,
            ..Change::default()
        })
    }

    /// The events that a member has to get and has not: those that were sent since it is one, and those after the first that it got.
    fn lacks<'r>(&'r self, client: ClientId, member: &'r Member) -> impl Iterator<Item = u64> + 'r {
        let first = member.handled.first().copied();
        let lacks = self.events.iter().filter(move |(number, event)| {
            let own = event.sent.is_some_and(|(by, _)| by == client);
            let later = first.is_some_and(|first| first < **number);
            let since = event.sent.is_some_and(|(_, at)| at > member.since);
            !own && (later || since) && !member.handled.contains(number)
        });
        lacks.map(|(number, _)| *number)
    }
}
