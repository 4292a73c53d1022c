//! What hubs did, as far as it follows from what their clients were told and what came to them: for providers that run already, and of
//! which nobody knows what they wrote down.
//!
//! An event is known by its message, which the hub sends on as it came. It was accepted at the latest when its sender heard so, or when the
//! first receiver got it; where none of them is online, only the sender can say. Who has to get it are those who were members when it was sent, and whoever got an earlier one: what of that
//! never comes, or comes twice or out of order, is found as with providers that write everything down. What a hub does without telling any
//! client is not.
//!
//! Where this is one of several shards, the others' clients are strangers: what they sent comes from nobody known, and what is sent to
//! them alone comes to nobody. Neither is missed here; what concerns them is kept for them (`elsewhere`).

use super::elsewhere::Elsewhere;
use super::runs::Runs;
use crate::meeting::Owed;
use std::collections::{BTreeMap, BTreeSet};
use throng_record::invariants::DELIVERED;
use throng_record::recorder::Recorder;
use throng_stack::fact::Change;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Accepted, Fact, RequestId, Subject};
use throng_workloads::intent::{ClientId, RoomId, UserId};
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
    /// Its message.
    digest: Option<Digest>,
    /// From when it counts as wanted.
    wanted: SimTime,
    /// When it was first sent, and when it was granted.
    at: SimTime,
    granted: Option<SimTime>,
    /// Whether it was entered as accepted.
    placed: bool,
    /// Whether somebody has got it, so that it is known which event it became.
    seen: bool,
    /// Whether it was sent before anything was measured.
    prepared: bool,
}

/// An event that somebody got.
#[derive(Debug, Clone, Copy)]
struct Event {
    /// Whose, and since when it was under way, where one of our clients asked for it.
    sent: Option<(ClientId, SimTime)>,
    digest: Digest,
}

/// A member, as itself has it.
#[derive(Debug, Clone, Default)]
struct Member {
    since: SimTime,
    handled: Runs,
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
    /// What of that was granted and nobody has got, although there is somebody who has to. Nobody joins who has to get it, too.
    unseen: BTreeSet<RequestId>,
    rooms: BTreeMap<RoomId, Room>,
    /// Where this is one of several shards.
    elsewhere: Option<Elsewhere>,
    /// Events that came to nobody here so far, which have no number that anybody knows.
    unnumbered: u64,
}

impl Derived {
    /// Nothing yet; as one of several shards, where it is one.
    pub(super) fn new(elsewhere: Option<Elsewhere>) -> Self {
        Self {
            elsewhere,
            ..Self::default()
        }
    }

    /// Other shards say what their users sent of late.
    pub(super) fn owed(&mut self, owed: &[Owed]) {
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.owed(owed);
        }
    }

    /// A client's device is lost.
    pub(super) fn lost(&mut self, client: ClientId) {
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.lost(client);
        }
    }

    /// What is kept for other shards, where there are some.
    pub(super) fn elsewhere(&self) -> Option<&Elsewhere> {
        self.elsewhere.as_ref()
    }

    /// The same, for whoever notes something there.
    pub(super) fn elsewhere_mut(&mut self) -> Option<&mut Elsewhere> {
        self.elsewhere.as_mut()
    }

    /// The same, when all is over.
    pub(super) fn into_elsewhere(self) -> Option<Elsewhere> {
        self.elsewhere
    }

    /// A client comes into being.
    pub(super) fn began(&mut self, client: ClientId, user: UserId) {
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.began(client, user);
        }
    }

    /// What was sent before this was preparation: where nobody got it, it is nobody's figure.
    pub(super) fn begin_measuring(&mut self) {
        for sent in self.sent.values_mut() {
            sent.prepared = true;
        }
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.begin_measuring();
        }
    }

    /// A room was prepared once, and is there.
    pub(super) fn prepared(&mut self, room: RoomId, state: u64, members: &[ClientId]) {
        let members = members.iter();
        let known = Room {
            members: members.map(|client| (*client, Member::default())).collect(),
            state,
            ..Room::default()
        };
        self.rooms.insert(room, known);
    }

    /// Somebody said or heard something of an event.
    pub(super) fn told(&mut self, at: SimTime, told: Told, recorder: &mut Recorder) {
        match told {
            Told::Asked(request, digest) => {
                self.asked.insert(digest, request);
                if let Some(sent) = self.sent.get_mut(&request) {
                    sent.digest.get_or_insert(digest);
                }
            }
            Told::Granted(request) => {
                if let Some(sent) = self.sent.get_mut(&request) {
                    sent.granted.get_or_insert(at);
                }
                self.granted(at, request, recorder);
            }
            Told::Got(room, event, digest) => self.got(at, (room, event), digest, recorder),
        }
    }

    /// What nobody has to get who is online was accepted when its sender hears so: nobody will say so any sooner. Who is away has it
    /// when it comes back, which may be at the end, when nothing is measured any more; others may have it in shards of which nobody here
    /// hears.
    fn granted(&mut self, at: SimTime, request: RequestId, recorder: &mut Recorder) {
        let Some(sent) = self.sent.get(&request).copied() else {
            return;
        };
        if sent.seen {
            return;
        }
        let due: Vec<ClientId> = self.due(request, &sent).collect();
        if !due.is_empty() {
            self.unseen.insert(request);
        }
        if sent.placed || due.into_iter().any(|client| recorder.is_online(client)) {
            return;
        }
        self.accept_unseen(at, (request, sent), recorder);
    }

    /// Nothing is measured any more from now on: what those did not get who had to, because they went away, was accepted when its sender
    /// heard so.
    pub(super) fn over(&mut self, recorder: &mut Recorder) {
        let unseen = self.unseen().filter(|(_, sent, _)| !sent.placed);
        let unseen: Vec<_> = unseen
            .map(|(request, sent, at)| (at, (request, *sent)))
            .collect();
        for (at, what) in unseen {
            self.accept_unseen(at, what, recorder);
        }
    }

    /// Enters an event of which nobody who has to get it can say which it is.
    fn accept_unseen(
        &mut self,
        at: SimTime,
        (request, sent): (RequestId, Sent),
        recorder: &mut Recorder,
    ) {
        if let Some(sent) = self.sent.get_mut(&request) {
            sent.placed = true;
        }
        let number = self.number();
        self.accept(at, (request, &sent), number, Vec::new(), recorder);
    }

    /// A number that no hub gets to.
    fn number(&mut self) -> u64 {
        self.unnumbered += 1;
        u64::MAX - self.unnumbered
    }

    /// Enters an event that was accepted, and who has to get it.
    fn accept(
        &mut self,
        at: SimTime,
        (request, sent): (RequestId, &Sent),
        event: u64,
        receivers: Vec<ClientId>,
        recorder: &mut Recorder,
    ) {
        let room = self.rooms.entry(sent.room).or_default();
        let accepted = Accepted {
            change: room.change(sent.subject),
            ..Accepted::new((sent.room, event), sent.subject, request, receivers.into())
        };
        recorder.derived(at, &Fact::Accepted(Box::new(accepted)));
        // Of messages of preparation no latency counts anything.
        let counts = !sent.prepared || sent.subject.class != SubjectClass::Message;
        if let (Some(elsewhere), Some(digest), true) = (&mut self.elsewhere, sent.digest, counts) {
            let times = [sent.wanted, sent.at, at];
            elsewhere.accepted(&digest, (sent.room, sent.subject), times);
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
                digest,
            },
        );
        let (Some(request), Some(sent)) = (request, sent) else {
            // A stranger's: nobody here waits for its being accepted.
            return;
        };
        sent.seen = true;
        self.unseen.remove(&request);
        if std::mem::replace(&mut sent.placed, true) {
            return;
        }
        let receivers = known.members.keys().copied();
        let receivers = receivers.filter(|client| *client != request.client);
        let receivers: Vec<ClientId> = receivers.collect();
        let at = sent.granted.map_or(at, |granted| granted.min(at));
        let sent = *sent;
        self.accept(at, (request, &sent), event, receivers, recorder);
    }

    /// A fact of a client, before the recorder takes it.
    pub(super) fn fact(
        &mut self,
        at: SimTime,
        client: ClientId,
        fact: &Fact,
        recorder: &mut Recorder,
    ) {
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.fact(at, client, fact);
        }
        match fact {
            Fact::Sent {
                room,
                subject,
                request,
                wanted,
                ..
            } => {
                let elsewhere = self.elsewhere.as_ref();
                let wanted = elsewhere.map_or(*wanted, |all| all.since(client, *wanted));
                self.sent.entry(*request).or_insert(Sent {
                    room: *room,
                    subject,
                    digest: None,
                    wanted,
                    at,
                    granted: None,
                    placed: false,
                    seen: false,
                    prepared: false,
                });
            }
            Fact::Reached {
                room, joined: true, ..
            } => self.joined(at, *room, client, recorder),
            Fact::Excluded { room } | Fact::Rejoining { room, .. } => {
                let known = self.rooms.entry(*room).or_default();
                known.members.remove(&client);
                let members = known.members.len() as u32;
                self.members(at, *room, members, recorder);
                if matches!(fact, Fact::Excluded { .. }) {
                    recorder.left(at, *room, client);
                }
            }
            Fact::Handled { room, event } => {
                self.handled_elsewhere(at, client, (*room, *event));
                self.handled(*room, client, *event, recorder);
            }
            _ => {}
        }
    }

    fn members(&mut self, at: SimTime, room: RoomId, members: u32, recorder: &mut Recorder) {
        recorder.members(at, room, members);
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.members(at, room, members);
        }
    }

    fn handled_elsewhere(&mut self, at: SimTime, client: ClientId, (room, event): (RoomId, u64)) {
        let known = self
            .rooms
            .get(&room)
            .and_then(|room| room.events.get(&event));
        if let (Some(elsewhere), Some(known)) = (&mut self.elsewhere, known) {
            let own = known.sent.is_some();
            elsewhere.handled(at, client, (room, event), &known.digest, own);
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
        let members = known.members.len() as u32;
        self.members(at, room, members, recorder);
    }

    fn handled(&mut self, room: RoomId, client: ClientId, event: u64, recorder: &mut Recorder) {
        let known = self.rooms.entry(room).or_default();
        let Some(member) = known.members.get_mut(&client) else {
            return;
        };
        let last = member.handled.last();
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
        let unseen = self.unseen().map(|(request, sent, _)| {
            let due = self.due(request, sent);
            due.filter(|client| of(*client)).count() as u64
        });
        let elsewhere = self
            .elsewhere
            .iter()
            .flat_map(|elsewhere| elsewhere.still_owed());
        let elsewhere = elsewhere.map(|(room, sent, came)| {
            let members = self
                .rooms
                .get(&room)
                .into_iter()
                .flat_map(|room| &room.members);
            let due = members.filter(|(client, member)| {
                of(**client) && member.since < sent && !came.contains(*client)
            });
            due.count() as u64
        });
        members.sum::<u64>() + unseen.sum::<u64>() + elsewhere.sum::<u64>()
    }

    /// What was granted, and when, and nobody has got who has to.
    fn unseen(&self) -> impl Iterator<Item = (RequestId, &Sent, SimTime)> {
        let unseen = self.unseen.iter();
        let sent = unseen.filter_map(|request| Some((*request, self.sent.get(request)?)));
        let sent = sent.filter(|(_, sent)| !sent.prepared);
        sent.filter_map(|(request, sent)| Some((request, sent, sent.granted?)))
    }

    /// Who has to get what nobody has got: those who were members when it was sent and still are, but for whoever sent it.
    fn due(&self, request: RequestId, sent: &Sent) -> impl Iterator<Item = ClientId> {
        let (at, by) = (sent.at, request.client);
        let room = self.rooms.get(&sent.room).into_iter();
        let members = room.flat_map(|room| &room.members);
        members
            .filter(move |(client, member)| **client != by && member.since < at)
            .map(|(client, _)| *client)
    }

    /// Nothing comes any more: what was granted and never seen is counted, and what has to have come to clients who are online has.
    /// Returns what never came to others.
    pub(super) fn finish(&mut self, whole: bool, recorder: &mut Recorder) -> u64 {
        let unseen = self.finish_unseen(recorder);
        let mut undelivered = 0;
        for (name, room) in self.rooms.iter().filter(|_| whole) {
            for (client, member) in &room.members {
                // Whether all has come from other shards is known when they are put together.
                let counts = |event: &u64| {
                    let own = room
                        .events
                        .get(event)
                        .is_some_and(|event| event.sent.is_some());
                    self.elsewhere.is_none() || own
                };
                let lacks: Vec<u64> = room.lacks(*client, member).filter(counts).collect();
                let never = unseen.get(&(*name, *client)).copied().unwrap_or_default();
                let count = lacks.len() as u64 + never;
                if let Some(elsewhere) = &mut self.elsewhere {
                    elsewhere.stays(*name, *client, member.since, recorder.is_online(*client));
                }
                if !recorder.is_online(*client) {
                    undelivered += count;
                    continue;
                }
                recorder.checked(DELIVERED, count == 0, || {
                    format!(
                        "room r{}: {count} events never reached client {}, which is online: {never} that reached nobody, {:?}",
                        name.0,
                        client.0,
                        &lacks[..lacks.len().min(5)]
                    )
                });
            }
        }
        undelivered
    }

    /// Enters what was granted and never seen, where that was not done at once. Returns how many of those each member had to get.
    fn finish_unseen(&mut self, recorder: &mut Recorder) -> BTreeMap<(RoomId, ClientId), u64> {
        let unseen: Vec<_> = self
            .unseen()
            .map(|(request, sent, at)| {
                let due: Vec<ClientId> = self.due(request, sent).collect();
                (request, *sent, at, due)
            })
            .collect();
        let mut lacking = BTreeMap::new();
        for (request, sent, at, due) in unseen {
            for client in &due {
                *lacking.entry((sent.room, *client)).or_default() += 1;
            }
            if sent.placed {
                continue;
            }
            let number = self.number();
            self.accept(at, (request, &sent), number, due, recorder);
        }
        lacking
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

    /// The events that a member has to get and has not: those that were sent since it is one, and those after the first that it got. No
    /// other is looked at, of which there are many.
    fn lacks<'r>(&'r self, client: ClientId, member: &'r Member) -> impl Iterator<Item = u64> + 'r {
        let first = member.handled.first();
        let lacks = member.handled.gaps().flat_map(|gap| self.events.range(gap));
        let lacks = lacks.filter(move |(number, event)| {
            let own = event.sent.is_some_and(|(by, _)| by == client);
            let later = first.is_some_and(|first| first < **number);
            let since = event.sent.is_some_and(|(_, at)| at > member.since);
            !own && (later || since)
        });
        lacks.map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_record::Record;
    use throng_record::histogram::histogram;
    use throng_record::recorder::Plan;
    use throng_stacks::live;
    use throng_workloads::intent::ProviderId;
    use throng_workloads::time::SimSpan;

    const ROOM: RoomId = RoomId(0);

    static MESSAGE: Subject = Subject {
        id: "message",
        class: SubjectClass::Message,
    };

    static COMMIT: Subject = Subject {
        id: "commit",
        class: SubjectClass::Change,
    };

    /// A hub that tells its clients this, and what they make of it.
    struct Clients {
        derived: Derived,
        recorder: Recorder,
        now: SimTime,
    }

    impl Clients {
        /// So many, of whom so many are online.
        fn new(count: u32, online: u32) -> Self {
            let mut recorder = Recorder::new(Plan {
                warmup: SimTime::ZERO,
                until: SimTime::ZERO,
                interval: SimSpan::from_secs(1),
                vocabulary: live::vocabulary(),
                marks: Vec::new(),
                rooms: Vec::new(),
                providers: Vec::new(),
            });
            recorder.follow_clients_only();
            for client in 0..count {
                let user = UserId(client);
                recorder.client(ClientId(client), user, client < online, SimTime::ZERO);
            }
            Self {
                derived: Derived::default(),
                recorder,
                now: SimTime::ZERO,
            }
        }

        fn fact(&mut self, client: u32, fact: &Fact) {
            self.now += SimSpan::from_millis(1);
            let client = ClientId(client);
            self.derived
                .fact(self.now, client, fact, &mut self.recorder);
        }

        fn told(&mut self, told: Told) {
            self.now += SimSpan::from_millis(1);
            self.derived.told(self.now, told, &mut self.recorder);
        }

        fn joins(&mut self, client: u32) {
            let reached = Fact::Reached {
                room: ROOM,
                state: 0,
                digest: None,
                joined: true,
                counted: None,
            };
            self.fact(client, &reached);
        }

        /// Client 0 asks for this and hears that it is granted.
        fn granted(&mut self, number: u32, subject: &'static Subject) -> Digest {
            let request = RequestId {
                provider: ProviderId(0),
                client: ClientId(0),
                number,
            };
            let digest = [number as u8; 32];
            let sent = Fact::Sent {
                room: ROOM,
                subject,
                request,
                wanted: self.now,
                attempt: 1,
                bytes: 1,
            };
            self.fact(0, &sent);
            self.told(Told::Asked(request, digest));
            self.told(Told::Granted(request));
            digest
        }

        fn gets(&mut self, client: u32, event: u64, digest: Digest) {
            self.told(Told::Got(ROOM, event, digest));
            self.fact(client, &Fact::Handled { room: ROOM, event });
        }

        fn measure(&mut self) {
            self.recorder.begin_measuring();
            self.derived.begin_measuring();
        }

        fn awaited(&self) -> u64 {
            let online = |client| self.recorder.is_online(client);
            self.derived.awaited(online)
        }

        fn record(mut self) -> Record {
            let undelivered = self.derived.finish(true, &mut self.recorder);
            self.recorder.undelivered(undelivered);
            self.recorder.end_real(false);
            self.recorder.finish(false, 0, &[], &[], histogram())
        }
    }

    #[test]
    fn what_was_granted_and_came_to_nobody_is_missed_by_whoever_was_a_member() {
        let mut clients = Clients::new(4, 3);
        // The last is offline, and the one before it comes when the message is gone.
        for client in [0, 1, 3] {
            clients.joins(client);
        }
        clients.measure();
        clients.granted(0, &MESSAGE);
        clients.joins(2);
        assert_eq!(clients.awaited(), 1);
        let record = clients.record();
        assert_eq!(record.counts.messages_accepted, 1);
        let real = record.real.expect("a real run");
        let found: Vec<_> = real.violations.iter().map(|one| one.name).collect();
        assert_eq!(found, [DELIVERED], "{:?}", real.violations);
        assert!(real.violations[0].detail.contains("client 1"));
        assert_eq!(real.undelivered, 1);
    }

    #[test]
    fn what_was_granted_and_came_to_all_is_missed_by_nobody() {
        let mut clients = Clients::new(2, 2);
        clients.joins(0);
        clients.joins(1);
        clients.measure();
        let digest = clients.granted(0, &MESSAGE);
        assert_eq!(clients.awaited(), 1);
        clients.gets(1, 0, digest);
        assert_eq!(clients.awaited(), 0);
        let record = clients.record();
        assert_eq!(record.counts.messages_accepted, 1);
        let real = record.real.expect("a real run");
        assert_eq!((real.violations, real.undelivered), (Vec::new(), 0));
    }

    /// Nobody is there who could show which event it became: it is accepted at the grant, so that its latency counts although they come
    /// back when nothing is measured any more.
    #[test]
    fn what_was_granted_while_all_others_are_away_is_accepted_then() {
        let mut clients = Clients::new(3, 1);
        for client in 0..3 {
            clients.joins(client);
        }
        clients.measure();
        let digest = clients.granted(0, &COMMIT);
        assert_eq!(clients.recorder.accepted(), 1);
        assert_eq!(clients.awaited(), 0);
        clients.recorder.end_measuring();
        clients.gets(1, 0, digest);
        let record = clients.record();
        assert_eq!(record.counts.commits_accepted, 1);
        assert_eq!(record.latencies.commit_accept.len(), 1);
        assert_eq!(record.latencies.attempts.len(), 1);
        // The last never came back.
        let real = record.real.expect("a real run");
        assert_eq!((real.violations, real.undelivered), (Vec::new(), 1));

        // Where one went away before it came, that shows only when nothing is measured any more.
        let mut clients = Clients::new(2, 2);
        clients.joins(0);
        clients.joins(1);
        clients.measure();
        clients.granted(0, &COMMIT);
        assert_eq!(clients.recorder.accepted(), 0);
        clients.derived.over(&mut clients.recorder);
        clients.recorder.end_measuring();
        assert_eq!(clients.record().latencies.commit_accept.len(), 1);

        // Also where it came to none of them at all.
        let mut clients = Clients::new(3, 1);
        for client in 0..3 {
            clients.joins(client);
        }
        clients.measure();
        clients.granted(0, &MESSAGE);
        let record = clients.record();
        assert_eq!(record.counts.messages_accepted, 1);
        let real = record.real.expect("a real run");
        assert_eq!((real.violations, real.undelivered), (Vec::new(), 2));
    }

    /// The commit of a room's only member comes to nobody, which is as it should be; that of preparation is nobody's figure besides.
    #[test]
    fn a_commit_of_preparation_that_came_to_nobody_is_not_counted() {
        let mut clients = Clients::new(2, 2);
        clients.joins(0);
        clients.granted(0, &COMMIT);
        clients.joins(1);
        clients.measure();
        assert_eq!(clients.awaited(), 0);
        let record = clients.record();
        assert_eq!(record.counts.commits_accepted, 0);
        assert_eq!(record.real.expect("a real run").violations, Vec::new());

        let mut clients = Clients::new(2, 2);
        clients.joins(0);
        clients.measure();
        clients.granted(0, &COMMIT);
        clients.joins(1);
        assert_eq!(clients.awaited(), 0);
        let record = clients.record();
        assert_eq!(record.counts.commits_accepted, 1);
        assert_eq!(record.real.expect("a real run").violations, Vec::new());
    }
}
