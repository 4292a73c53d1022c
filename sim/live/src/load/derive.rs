//! What hubs did, as far as it follows from what their clients were told and what came to them: for providers that run already, and of
//! which nobody knows what they wrote down.
//!
//! An event is known by its message, which the hub sends on as it came. It was accepted at the latest when its sender heard so, or when the
//! first receiver got it; where none of them is online, only the sender can say. Who has to get it are those who were members when it was sent, and whoever got an earlier one: what of that
//! never comes, or comes twice or out of order, is found as with providers that write everything down. What a hub does without telling any
//! client is not.
//!
//! A hub that speaks the draft alone numbers nothing: then each provider of ours numbers what comes for its own clients, and only by their
//! messages are events of the one those of the other.
//!
//! What everybody has who has to is forgotten, so that a long load takes no more memory than a short one.
//!
//! Where this is one of several shards, the others' clients are strangers: what they sent comes from nobody known, and what is sent to
//! them alone comes to nobody. Neither is missed here; what concerns them is kept for them (`elsewhere`).

mod room;

use super::elsewhere::{Elsewhere, Of};
use crate::meeting::Owed;
use room::{Digest, Event, Member, Numbers, Room, Rooms};
use std::collections::{BTreeMap, BTreeSet};
use throng_record::invariants::DELIVERED;
use throng_record::recorder::Recorder;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Accepted, Fact, RequestId, Subject};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::time::SimTime;

/// What those have entered as who are in a room from the beginning.
const FROM_THE_BEGINNING: u64 = 1;

/// What clients said and heard of events.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    /// A client asked for an event with this message.
    Asked(RequestId, Digest),
    /// A client heard that its request was granted.
    Granted(RequestId),
    /// A client got an event, which has this number there.
    Got(ClientId, (RoomId, u64), Digest),
}

/// A request for an event.
#[derive(Debug, Clone)]
struct Sent {
    room: RoomId,
    subject: &'static Subject,
    /// Its message.
    digest: Option<Digest>,
    /// From when it counts as wanted.
    wanted: SimTime,
    /// When it was first sent, and when it was granted, as far as is known: at the latest when somebody got it.
    at: SimTime,
    granted: Option<SimTime>,
    /// Whether it was entered as accepted.
    placed: bool,
    /// By whose numbers it is known which event it became, since somebody who has those has got it.
    seen: BTreeSet<Numbers>,
    /// The number by which the record knows it, since the first got it.
    recorded: Option<u64>,
    /// Whether it was sent before anything was measured.
    prepared: bool,
    /// How many had entered rooms when the first got it: who enters later is not waited for. 0 where nobody is.
    entered: Option<u64>,
}

/// What follows so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Derived {
    asked: BTreeMap<Digest, RequestId>,
    sent: BTreeMap<RequestId, Sent>,
    /// What of that was granted and nobody has got who has these numbers, although somebody of them has to. Nobody joins who has to get
    /// it, too.
    unseen: BTreeSet<(RequestId, Numbers)>,
    rooms: Rooms,
    /// Where the hub numbers nothing: where each client is.
    homes: Option<BTreeMap<ClientId, ProviderId>>,
    /// Devices that never come back.
    lost: BTreeSet<ClientId>,
    /// Where this is one of several shards.
    elsewhere: Option<Elsewhere>,
    /// Events that came to nobody here so far, which have no number that anybody knows.
    unnumbered: u64,
    /// How many have entered rooms so far, those who were there from the beginning taken for one.
    entered: u64,
}

impl Derived {
    /// Nothing yet; as one of several shards, where it is one. Where hubs number no events, each provider of ours does.
    pub(super) fn new(elsewhere: Option<Elsewhere>, unnumbered: bool) -> Self {
        Self {
            elsewhere,
            homes: unnumbered.then(BTreeMap::new),
            entered: FROM_THE_BEGINNING,
            ..Self::default()
        }
    }

    /// Whose numbers a client has for events.
    fn numbers(&self, client: ClientId) -> Numbers {
        let home = self.homes.as_ref().and_then(|homes| homes.get(&client));
        home.map_or(Numbers::Hubs, |home| Numbers::Followers(*home))
    }

    /// The same fact, with the numbers by which the record knows events.
    pub(super) fn recorded(&self, client: ClientId, fact: &mut Fact) {
        if self.homes.is_none() {
            return;
        }
        if let Fact::Handled { room, event } | Fact::Read { room, event, .. } = fact {
            let known = self.rooms.get(room);
            let known = known.and_then(|room| room.event(self.numbers(client), *event));
            *event = known.map_or(*event, |known| known.recorded);
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
        self.lost.insert(client);
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

    /// A client comes into being, at this provider.
    pub(super) fn began(&mut self, client: ClientId, user: UserId, home: ProviderId) {
        if let Some(homes) = &mut self.homes {
            homes.insert(client, home);
        }
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
        let member = |client: &ClientId| {
            let numbers = self.numbers(*client);
            let member = Member {
                numbers,
                entered: FROM_THE_BEGINNING,
                ..Member::default()
            };
            (*client, member)
        };
        let known = Room::prepared(state, members.iter().map(member));
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
            Told::Got(client, event, digest) => self.got(at, client, event, digest, recorder),
        }
    }

    /// What nobody has to get who is online was accepted when its sender hears so: nobody will say so any sooner. Who is away has it
    /// when it comes back, which may be at the end, when nothing is measured any more; others may have it in shards of which nobody here
    /// hears.
    fn granted(&mut self, at: SimTime, request: RequestId, recorder: &mut Recorder) {
        let Some(sent) = self.sent.get(&request).cloned() else {
            return;
        };
        if self.homes.is_none() && !sent.seen.is_empty() {
            return;
        }
        let due: Vec<(ClientId, Numbers)> = self.due(request, &sent).collect();
        let unseen = due.iter().map(|(_, numbers)| (request, *numbers));
        self.unseen.extend(unseen);
        if sent.placed || due.iter().any(|(client, _)| recorder.is_online(*client)) {
            return;
        }
        self.accept_unseen(at, request, recorder);
    }

    /// Nothing is measured any more from now on: what those did not get who had to, because they went away, was accepted when its sender
    /// heard so.
    pub(super) fn over(&mut self, recorder: &mut Recorder) {
        let unseen = self.unseen().filter(|(_, sent, _)| !sent.placed);
        let unseen: Vec<_> = unseen.map(|(request, _, at)| (at, request)).collect();
        for (at, request) in unseen {
            self.accept_unseen(at, request, recorder);
        }
    }

    /// Enters an event of which nobody who has to get it can say which it is.
    fn accept_unseen(&mut self, at: SimTime, request: RequestId, recorder: &mut Recorder) {
        let number = self.number();
        let Some(sent) = self.sent.get_mut(&request) else {
            return;
        };
        if !std::mem::replace(&mut sent.placed, true) {
            sent.entered = Some(0);
            let sent = sent.clone();
            self.accept(at, (request, &sent), number, Vec::new(), recorder);
        }
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
        let said = [SubjectClass::Message, SubjectClass::Notice];
        let counts = !sent.prepared || !said.contains(&sent.subject.class);
        if let (Some(elsewhere), Some(digest), true) = (&mut self.elsewhere, sent.digest, counts) {
            let times = [sent.wanted, sent.at, at];
            elsewhere.accepted(&digest, (sent.room, sent.subject), times);
        }
    }

    /// The first who gets an event shows that there is one, and which.
    fn got(
        &mut self,
        at: SimTime,
        client: ClientId,
        (room, event): (RoomId, u64),
        digest: Digest,
        recorder: &mut Recorder,
    ) {
        let numbers = self.numbers(client);
        self.forget_past(room, numbers);
        let known = self.rooms.entry(room).or_default();
        if let Some(had) = known.event(numbers, event) {
            if had.digest != digest {
                recorder.checked(DELIVERED, false, || {
                    let (room, client) = (room.0, client.0);
                    format!("room r{room}: event {event} is another message for client {client} than for others")
                });
            }
            return;
        }
        if let Numbers::Followers(_) = numbers {
            // By the numbers of whoever counts what comes nothing comes twice.
            let had = known.number_of(numbers, &digest);
            recorder.checked(DELIVERED, had.is_none(), || {
                let (room, client) = (room.0, client.0);
                format!("room r{room}: event {event} came to client {client} before, as {had:?}")
            });
        }
        let request = self.asked.get(&digest).copied();
        let mut sent = request.and_then(|request| self.sent.get_mut(&request));
        let by = request.map(|request| request.client);
        let entered = self.entered;
        let entered = sent
            .as_mut()
            .map_or(entered, |sent| *sent.entered.get_or_insert(entered));
        let recorded = sent.as_ref().and_then(|sent| sent.recorded);
        let recorded = recorded.unwrap_or_else(|| known.record(numbers, event));
        let got = Event {
            sent: by.zip(sent.as_ref().map(|sent| sent.at)),
            digest,
            recorded,
            entered,
        };
        known.got(numbers, event, got);
        let (Some(request), Some(sent)) = (request, sent) else {
            // A stranger's: nobody here waits for its being accepted.
            return;
        };
        sent.seen.insert(numbers);
        self.unseen.remove(&(request, numbers));
        if std::mem::replace(&mut sent.placed, true) {
            return;
        }
        sent.recorded = Some(recorded);
        let receivers = known.members.keys().copied();
        let receivers = receivers.filter(|client| *client != request.client);
        let receivers: Vec<ClientId> = receivers.collect();
        let at = *sent
            .granted
            .insert(sent.granted.map_or(at, |granted| granted.min(at)));
        let sent = sent.clone();
        if self.homes.is_some() {
            // Who has other numbers has to get it all the same.
            let due: Vec<_> = self.due(request, &sent).collect();
            let unseen = due.into_iter().map(|(_, numbers)| (request, numbers));
            self.unseen.extend(unseen);
        }
        self.accept(at, (request, &sent), recorded, receivers, recorder);
    }

    /// Forgets what everybody in a room has who has to and who has these numbers, where that is much.
    fn forget_past(&mut self, room: RoomId, numbers: Numbers) {
        let known = self.rooms.get_mut(&room);
        let past = known.map(|known| known.forget_past(numbers, &self.lost));
        for past in past.unwrap_or_default() {
            let of = self.asked.get(&past).copied();
            let sent = of.and_then(|request| self.sent.get(&request));
            let (Some(request), Some(sent)) = (of, sent) else {
                continue;
            };
            let known = self.rooms.get(&room);
            let had = known.is_some_and(|known| known.has(&past));
            if !had && self.due(request, sent).next().is_none() {
                self.asked.remove(&past);
                self.sent.remove(&request);
            }
        }
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
                    seen: BTreeSet::new(),
                    recorded: None,
                    prepared: false,
                    entered: None,
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
        let numbers = self.numbers(client);
        let of_room = self.rooms.get(&room);
        let known = of_room.and_then(|room| room.event(numbers, event));
        let member = of_room.and_then(|room| room.members.get(&client));
        if let (Some(elsewhere), Some(known)) = (&mut self.elsewhere, known) {
            let awaited = member.is_some_and(|member| member.entered <= known.entered);
            let of = match known.sent {
                Some(_) => Of::Own { awaited },
                None => Of::Others,
            };
            elsewhere.handled(at, client, (room, event), (&known.digest, of));
        }
    }

    fn joined(&mut self, at: SimTime, room: RoomId, client: ClientId, recorder: &mut Recorder) {
        let numbers = self.numbers(client);
        let known = self.rooms.entry(room).or_default();
        if known.is_new() {
            let opened = Fact::Opened {
                room,
                by: client,
                detail: None,
            };
            recorder.derived(at, &opened);
        }
        self.entered += 1;
        let member = Member {
            numbers,
            since: at,
            entered: self.entered,
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
        if member.numbers != Numbers::Hubs {
            // What numbers it as it comes says nothing of the hub's order.
            return;
        }
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
            due.filter(|(client, _)| of(*client)).count() as u64
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

    /// What was granted, and when, and nobody has got who has to; or nobody who has the same numbers.
    fn unseen(&self) -> impl Iterator<Item = (RequestId, &Sent, SimTime)> {
        let mut last = None;
        let requests = self.unseen.iter().map(|(request, _)| *request);
        let requests = requests.filter(move |request| last.replace(*request) != Some(*request));
        let sent = requests.filter_map(|request| Some((request, self.sent.get(&request)?)));
        let sent = sent.filter(|(_, sent)| !sent.prepared);
        sent.filter_map(|(request, sent)| Some((request, sent, sent.granted?)))
    }

    /// Who has to get what nobody has got who has the same numbers: those who were members when it was sent and still are, but for
    /// whoever sent it.
    fn due(&self, request: RequestId, sent: &Sent) -> impl Iterator<Item = (ClientId, Numbers)> {
        let (at, by) = (sent.at, request.client);
        let room = self.rooms.get(&sent.room).into_iter();
        let members = room.flat_map(|room| &room.members);
        let members = members.map(|(client, member)| (*client, member));
        members
            .filter(move |(client, member)| *client != by && member.since < at)
            .map(|(client, member)| (client, member.numbers))
            .filter(|(_, numbers)| !sent.seen.contains(numbers))
    }

    /// Nothing comes any more: what was granted and never seen is counted, and what has to have come to clients who are online has.
    /// Returns what never came to others.
    pub(super) fn finish(&mut self, whole: bool, recorder: &mut Recorder) -> u64 {
        let unseen = self.finish_unseen(recorder);
        let mut undelivered = 0;
        for (name, room) in self.rooms.iter().filter(|_| whole) {
            let members = room.members.iter();
            for (client, member) in members.filter(|(client, _)| !self.lost.contains(client)) {
                // Whether all has come from other shards is known when they are put together.
                let counts = |event: &u64| {
                    let own = room.event(member.numbers, *event);
                    let own = own.is_some_and(|event| event.sent.is_some());
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
                let due = self.due(request, sent).map(|(client, _)| client);
                (request, sent.clone(), at, due.collect::<Vec<_>>())
            })
            .collect();
        let mut lacking = BTreeMap::new();
        for (request, sent, at, due) in unseen {
            for client in &due {
                *lacking.entry((sent.room, *client)).or_default() += 1;
            }
            if !sent.placed {
                let number = self.number();
                self.accept(at, (request, &sent), number, due, recorder);
            }
        }
        lacking
    }
}

#[cfg(test)]
mod tests;
