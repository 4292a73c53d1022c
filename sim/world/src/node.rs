//! A party with its links and its cores, as an entity of the kernel.
//!
//! The party decides what happens; the node decides when. Inputs are handled in order of arrival;
//! what they take ([`Price`]) occupies a core, and whatever comes of them leaves when that is done.
//! Work of one room is done in order, one piece after the other, so that a room's messages stay in order.
//!
//! Links are handed what leaves in the order in which it leaves. On one core that is the order of inputs; on several, long work
//! may be done after work that began later, so that what it sends waits for its moment as an event of its own.

use crate::access::{Accesses, Way};
use crate::leaving::{Batch, Leaving, Shared};
use crate::line::Line;
use crate::links::{self, Links};
use crate::price::{Charge, Price};
use crate::stand_ins::StandIns;
use crate::waking::{WOKEN, Waking};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use throng_cost::Work;
use throng_kernel::entity::{Context, Entity, EntityId};
use throng_kernel::station::{Served, Station};
use throng_net::{Link, Outages, Transmission};
use throng_record::handled::{About, Handled, Happening, Received, Sent};
use throng_stack::{Envelope, Fact, Input, Listeners, Outputs, Party, Peer, Stored};
use throng_workloads::dist::unit;
use throng_workloads::intent::{Action, ClientId, Intent, RoomId};
use throng_workloads::stream::Stream;
use throng_workloads::time::{SimSpan, SimTime};

/// Where peers stand among the kernel's entities: providers first, then clients in order of their ids, but for
/// those who do nothing but receive and are no entities.
#[derive(Debug, Clone)]
pub struct Places {
    /// How many providers there are.
    pub providers: u32,
    /// The clients that act, ascending, of those that exist at the start; none where all do.
    pub acting: Option<Arc<[ClientId]>>,
    /// How many clients exist at the start. Later ones all act.
    pub at_start: u32,
}

impl Places {
    /// The places of a run in which all clients act.
    pub fn all_act(providers: u32, at_start: u32) -> Self {
        Self {
            providers,
            acting: None,
            at_start,
        }
    }

    /// The entity of a peer; for a client that does not act one that does not exist.
    pub fn entity(&self, peer: Peer) -> EntityId {
        let client = match peer {
            Peer::Provider(provider) => return EntityId::from_index(provider.0.into()),
            Peer::Client(client) => client,
        };
        let place = match &self.acting {
            None => client.0,
            Some(acting) if client.0 >= self.at_start => {
                acting.len() as u32 + (client.0 - self.at_start)
            }
            Some(acting) => match acting.binary_search(&client) {
                Ok(place) => place as u32,
                Err(_) => return EntityId::from_index(EntityId::MAX_COUNT as u32 - 1),
            },
        };
        EntityId::from_index(self.providers + place)
    }

    /// The peer of an entity.
    pub fn peer(&self, entity: EntityId) -> Peer {
        let index = entity.index() as u32;
        let Some(place) = index.checked_sub(self.providers) else {
            return Peer::Provider(throng_workloads::intent::ProviderId(index as u16));
        };
        Peer::Client(match &self.acting {
            None => ClientId(place),
            Some(acting) => match acting.get(place as usize) {
                Some(client) => *client,
                None => ClientId(self.at_start + (place - acting.len() as u32)),
            },
        })
    }
}

/// What happens to a node.
#[derive(Debug)]
pub enum Event {
    /// Its party is told something.
    Input(Input),
    /// Work is done: what it sends leaves now, or when it is safe, where it has to be.
    Departure(Vec<(Peer, Envelope)>, bool),
    /// What is safe is written, by the writers of its connections.
    Writing(Vec<(Peer, Envelope)>),
    /// What was written leaves: it is handed to an access that is shared.
    Written(Vec<(Peer, Envelope)>),
    /// Something begins to come through an access that is shared, over a link that can carry so many bits a second.
    Coming(Box<Envelope>, f64),
    /// What came for these is done: they are sent for when it is safe.
    Pushes(Vec<ClientId>),
    /// A push was sent to it.
    Pushed,
    /// The push is there.
    Wakes,
    /// It was awake for as long as a push keeps it so; which of them.
    Sleeps(u64),
    /// A shared access has carried something, unless what came meanwhile holds it up.
    Carried,
}

/// A party, its outgoing links and its cores.
pub struct Node {
    party: Box<dyn Party>,
    links: Links,
    station: Station,
    price: Arc<Price>,
    places: Places,
    /// The part of all that comes from providers that is lost on its way, and what decides.
    loss: Option<(f64, Stream)>,
    stand_ins: StandIns,
    /// The cores that it shares with others, where it does.
    host: Option<Shared>,
    /// Of a provider: when what it sends leaves. Boxed, as hundreds of thousands of clients have none.
    leaving: Option<Box<Leaving>>,
    /// Those of its clients that can be woken.
    wakeable: BTreeSet<ClientId>,
    /// Among how many writers its connections are dealt, and how often they have written: each in turn is the first.
    writers: u32,
    turns: u32,
    /// Until when something waits for its moment to leave.
    waits_until: Option<SimTime>,
    /// Of a provider whose connections share bandwidth.
    accesses: Option<Box<Accesses>>,
    /// When it is down.
    outages: Outages,
    /// Of a device that can be woken.
    waking: Option<Box<Waking>>,
    /// Over which it sets up connections, and since when there is one; where it never does, nothing.
    line: Option<Line>,
}

impl Node {
    /// A node without links.
    pub fn new(party: Box<dyn Party>, cores: u32, price: Arc<Price>, places: Places) -> Self {
        Self {
            party,
            links: Links::default(),
            station: Station::new(cores as usize),
            price,
            places,
            loss: None,
            stand_ins: StandIns::default(),
            line: None,
            outages: Outages::default(),
            host: None,
            leaving: None,
            wakeable: BTreeSet::new(),
            writers: 1,
            turns: 0,
            waits_until: None,
            accesses: None,
            waking: None,
        }
    }

    /// Have what it does take cores of this machine, too.
    pub fn set_host(&mut self, host: Shared) {
        self.host = Some(host);
    }

    /// Have what it sends leave like this.
    pub fn set_leaving(&mut self, leaving: Leaving) {
        self.leaving = Some(Box::new(leaving));
    }

    /// Have what it sends written by so many writers, each of which has its part of the connections, where it has several cores.
    pub fn set_writers(&mut self, writers: u32) {
        self.writers = writers;
    }

    /// Have its connections share this bandwidth.
    pub fn set_accesses(&mut self, accesses: Accesses) {
        self.accesses = Some(Box::new(accesses));
    }

    /// What bandwidth its connections share.
    pub fn accesses(&self) -> Option<&Accesses> {
        self.accesses.as_deref()
    }

    /// Have pushes sent to this client of its, too.
    pub fn add_wakeable(&mut self, client: ClientId) {
        self.wakeable.insert(client);
    }

    /// Be woken like this.
    pub fn set_waking(&mut self, waking: Waking) {
        self.waking = Some(Box::new(waking));
    }

    /// Have connections set up over this.
    pub fn set_line(&mut self, line: Line) {
        self.line = Some(line);
    }

    /// What its work takes.
    pub fn price(&self) -> &Price {
        &self.price
    }

    /// Be down then: what comes is lost, and whatever it would do itself it does when it is back.
    pub fn set_outages(&mut self, outages: Outages) {
        self.outages = outages;
    }

    /// Lose this part of all that comes from providers.
    pub fn lose(&mut self, part: f64, stream: Stream) {
        self.loss = (part > 0.0).then_some((part, stream));
    }

    /// Have one of its clients stand for those of a room who only receive.
    pub fn listen(&mut self, room: RoomId, listeners: Listeners) {
        self.stand_ins.add(room, listeners);
    }

    /// Whether an envelope gets lost before it is here.
    fn loses(&mut self, now: SimTime, envelope: &Envelope) -> bool {
        if self.outages.back(now).is_some() {
            return true;
        }
        match (&mut self.loss, envelope.from) {
            (Some((part, stream)), Peer::Provider(_)) => unit(stream) < *part,
            _ => !self.party.online(),
        }
    }

    /// The link to a peer.
    pub fn connect(&mut self, to: Peer, link: Link) {
        self.links.put(to, link);
    }

    /// The party.
    pub fn party(&self) -> &dyn Party {
        &*self.party
    }

    /// What the party stores, and what it would beside that for those for whom others stand.
    pub fn stored(&self) -> Stored {
        let mut stored = self.party.stored();
        stored += self.stand_ins.stored();
        stored
    }

    /// Its cores.
    pub fn station(&self) -> &Station {
        &self.station
    }

    /// When something is safe that was done `at` that moment.
    fn safe(&mut self, at: SimTime, stores: bool) -> SimTime {
        let Some(leaving) = &mut self.leaving else {
            return at;
        };
        leaving.safe(at, stores, &self.price, self.host.as_deref())
    }

    /// Put on links what leaves one after the other on one core, which was done with it `at` that moment.
    fn write(
        &mut self,
        at: SimTime,
        stores: bool,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let Some(leaving) = &self.leaving else {
            let sends = sends.into_iter().map(|send| (at, send));
            return self.leave(sends, ctx);
        };
        let writing = leaving.writing(&sends, &self.price);
        let taken = SimTime::from_nanos(
            at.as_nanos()
                .saturating_sub(writing.iter().map(|span| span.as_nanos()).sum()),
        );
        let safe = self.safe(taken, stores);
        let leaving = self.leaving.as_mut();
        let written = leaving.map_or_else(Vec::new, |leaving| leaving.written(safe, &writing));
        self.leave(written.into_iter().zip(sends), ctx)
    }

    /// Whether what is sent is written by others than whoever handled what it came of.
    fn writes_apart(&self) -> bool {
        self.writers > 1 && self.station.cores() > 1
    }

    /// How long it takes to write each of these.
    fn writing(&self, sends: &[(Peer, Envelope)]) -> Vec<SimSpan> {
        match &self.leaving {
            Some(leaving) => leaving.writing(sends, &self.price),
            None => vec![SimSpan::ZERO; sends.len()],
        }
    }

    /// What is safe `at` that moment leaves, when it is written.
    fn depart(
        &mut self,
        at: SimTime,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        if !self.writes_apart() {
            return self.leave(sends.into_iter().map(|send| (at, send)), ctx);
        }
        if sends.is_empty() {
            return Vec::new();
        }
        if self.has_to_wait(at, ctx) {
            ctx.schedule(at, Event::Writing(sends));
            return Vec::new();
        }
        self.write_apart(sends, ctx)
    }

    /// Whether what is to leave `at` that moment has to wait for an event of its own: until then, or behind others that wait for this very moment.
    fn has_to_wait(&mut self, at: SimTime, ctx: &Context<Event, Happening>) -> bool {
        let waits = at > ctx.now() || self.waits_until.is_some_and(|until| until >= at);
        if waits {
            self.waits_until = self.waits_until.max(Some(at));
        }
        waits
    }

    /// Have writers write, each the slice of its connections, on whichever cores are free.
    fn write_apart(
        &mut self,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let writers = u64::from(self.writers);
        let writing = self.writing(&sends);
        let mut slices: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (number, (to, _)) in sends.iter().enumerate() {
            let writer = (links::hash(*to) % writers) as u32;
            slices.entry(writer).or_default().push(number);
        }
        let mut written = vec![SimTime::ZERO; sends.len()];
        let first = self.turns % self.writers;
        self.turns = self.turns.wrapping_add(1);
        let later = slices.split_off(&first);
        for (writer, slice) in later.into_iter().chain(slices) {
            let takes = slice
                .iter()
                .fold(SimSpan::ZERO, |all, number| all + writing[*number]);
            // Lanes of writers are beside those of rooms.
            let mut at = self.serve(ctx.now(), Some(u32::MAX - writer), takes).start;
            for number in slice {
                at += writing[number];
                written[number] = at;
            }
        }
        let mut sends: Vec<_> = written.into_iter().zip(sends).collect();
        sends.sort_by_key(|(at, _)| *at);
        self.leave(sends, ctx)
    }

    /// Have a core work.
    fn serve(&mut self, now: SimTime, lane: Option<u32>, service: SimSpan) -> Served {
        match &self.host {
            None => self.station.serve(now, lane, service),
            Some(host) => self.station.serve_from(now, lane, service, |ready| {
                let mut host = host.lock().unwrap_or_else(PoisonError::into_inner);
                host.pass(now);
                host.take(ready, service)
            }),
        }
    }

    /// What leaves at those moments: on links, or through an access that they share. What has left by now is what comes of it.
    fn leave(
        &mut self,
        sends: impl IntoIterator<Item = (SimTime, (Peer, Envelope))>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let ways = self.accesses.as_ref();
        if ways.is_none_or(|ways| ways.up.is_none()) {
            return self.transmit(sends, ctx);
        }
        // What is carried when depends on what is handed over until then.
        let mut sends = sends.into_iter().peekable();
        while let Some((at, send)) = sends.next() {
            let mut together = vec![send];
            while let Some((_, send)) = sends.next_if(|(next, _)| *next == at) {
                together.push(send);
            }
            if self.has_to_wait(at, ctx) {
                ctx.schedule(at, Event::Written(together));
            } else {
                self.hand_over(together, ctx);
            }
        }
        Vec::new()
    }

    /// Hands to the shared access what leaves now.
    fn hand_over(&mut self, sends: Vec<(Peer, Envelope)>, ctx: &mut Context<Event, Happening>) {
        let now = ctx.now();
        let Some(up) = self.accesses.as_mut().and_then(|ways| ways.up.as_mut()) else {
            return;
        };
        for (to, envelope) in sends {
            let Some(link) = self.links.get_mut(to) else {
                let kind = envelope.packet.kind();
                ctx.emit(Happening::Stray { to, kind });
                continue;
            };
            let (limit, bytes) = (link.bandwidth(), envelope.wire_len());
            up.put(now, to, limit, bytes, (to, envelope));
        }
        if let Some(at) = up.look() {
            ctx.schedule(at, Event::Carried);
        }
    }

    /// What the shared accesses have carried by now goes on.
    fn go_on(&mut self, ctx: &mut Context<Event, Happening>) {
        let now = ctx.now();
        let Some(mut ways) = self.accesses.take() else {
            return;
        };
        let mut sent = Vec::new();
        if let Some(up) = &mut ways.up {
            up.carry(now, |mut carried| {
                let Some((to, envelope)) = carried.what.take() else {
                    return 0;
                };
                let Some(link) = self.links.get_mut(to) else {
                    return 0;
                };
                let way = (link.pass_on(now, &carried), link.enters());
                let entity = self.places.entity(to);
                dispatch(entity, (to, envelope), way, &mut sent, ctx);
                way.0.lost_bytes
            });
        }
        let mut come = Vec::new();
        if let Some(down) = &mut ways.down {
            down.carry(now, |carried| {
                come.extend(carried.what);
                0
            });
        }
        let looks = [
            ways.up.as_mut().and_then(Way::look),
            ways.down.as_mut().and_then(Way::look),
        ];
        self.accesses = Some(ways);
        for at in looks.into_iter().flatten() {
            ctx.schedule(at, Event::Carried);
        }
        if !sent.is_empty() {
            ctx.emit(Happening::Departed(sent));
        }
        for envelope in come {
            self.take(now, Input::Envelope(envelope), ctx);
        }
    }

    /// Something begins to come through the shared access.
    fn come(&mut self, envelope: Box<Envelope>, limit: f64, ctx: &mut Context<Event, Happening>) {
        let now = ctx.now();
        // It is lost where nobody is there.
        let here = self.outages.back(now).is_none();
        let ways = self.accesses.as_mut().filter(|_| here);
        let Some(down) = ways.and_then(|ways| ways.down.as_mut()) else {
            return self.take(now, Input::Envelope(envelope), ctx);
        };
        down.put(now, envelope.from, limit, envelope.wire_len(), envelope);
        if let Some(at) = down.look() {
            ctx.schedule(at, Event::Carried);
        }
    }

    /// Put on links what leaves at those moments.
    fn transmit(
        &mut self,
        sends: impl IntoIterator<Item = (SimTime, (Peer, Envelope))>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let sends = sends.into_iter();
        let mut all = Vec::with_capacity(sends.size_hint().0);
        for (at, (to, envelope)) in sends {
            let (at, opened) = match &mut self.line {
                None => (at, None),
                Some(line) => line.ready(at, envelope.overhead.opening),
            };
            let Some(link) = self.links.get_mut(to) else {
                let kind = envelope.packet.kind();
                ctx.emit(Happening::Stray { to, kind });
                continue;
            };
            if opened.is_some() {
                link.fresh();
            }
            let transmission = link.send(at, envelope.wire_len());
            let way = (transmission, link.enters());
            let entity = self.places.entity(to);
            let sent = dispatch(entity, (to, envelope), way, &mut all, ctx);
            sent.opened = opened.map(Box::new);
        }
        all
    }

    /// The push is there: connect, if nobody has the device in hand.
    fn wake(&mut self, ctx: &mut Context<Event, Happening>) {
        let online = self.party.online();
        let Some(waking) = &mut self.waking else {
            return;
        };
        waking.comes();
        if online {
            return;
        }
        let (awake, told) = waking.wake();
        ctx.schedule(ctx.now() + awake, Event::Sleeps(told));
        self.act(Action::Online, ctx);
    }

    /// Do something of one's own accord.
    fn act(&mut self, action: Action, ctx: &mut Context<Event, Happening>) {
        if let Peer::Client(actor) = self.places.peer(ctx.me()) {
            let at = ctx.now();
            let intent = Box::new(Intent { at, actor, action });
            self.take(at, Input::Intent(intent), ctx);
        }
    }

    fn take(&mut self, now: SimTime, input: Input, ctx: &mut Context<Event, Happening>) {
        let mut behind = Vec::new();
        let (received, lane) = match &input {
            Input::Envelope(envelope) => {
                let lost = self.loses(now, envelope);
                behind.extend(envelope.behind().iter().map(|part| Received {
                    from: envelope.from,
                    kind: part.packet.kind(),
                    about: About::of(part),
                    bytes: part.packet.len(),
                    receipt: 0,
                    lost,
                }));
                let received = Received {
                    from: envelope.from,
                    kind: envelope.packet.kind(),
                    about: About::of(envelope),
                    bytes: envelope.wire_len() - behind.iter().map(|part| part.bytes).sum::<u64>(),
                    receipt: envelope.overhead.back.into(),
                    lost,
                };
                (Some(received), envelope.room.map(|room| room.0))
            }
            Input::Timer(timer) => (None, Some(timer.room.0)),
            _ => (None, None),
        };
        if let Input::Envelope(envelope) = &input
            && envelope.overhead.opening.is_some()
            && let Some(back) = self.links.get_mut(envelope.from)
        {
            back.fresh();
        }
        if received.is_some_and(|r| r.lost) {
            return ctx.emit(Happening::Handled(Box::new(Handled {
                received,
                behind,
                done: now,
                waited: SimSpan::ZERO,
                service: SimSpan::ZERO,
                profiled: SimSpan::ZERO,
                work: Work::default(),
                sent: Vec::new(),
                broadcasts: Vec::new(),
                facts: Vec::new(),
            })));
        }
        let mut out = Outputs::default();
        self.party.handle(now, input, &mut out);
        if let Some(waking) = &mut self.waking
            && waking.just_woken()
            && self.party.online()
        {
            out.note(Fact::Counted(vec![(WOKEN, 1)]));
        }
        let broadcasts = self.stand_ins.take(now, &mut *self.party, &mut out);
        let Charge { service, profiled } = self.price.charge(&out.work);
        let own = match self.writes_apart() {
            true => self
                .writing(&out.sends)
                .into_iter()
                .fold(service, SimSpan::saturating_sub),
            false => service,
        };
        let served = self.serve(now, lane, own);
        for (after, timer) in out.timers {
            ctx.schedule(served.done + after, Event::Input(Input::Timer(timer)));
        }
        let leaving = self.leaving.as_ref();
        let stores = leaving.is_some_and(|leaving| leaving.waits(&out.work));
        let in_order = self.station.cores() == 1;
        let sent = if in_order {
            self.write(served.done, stores, out.sends, ctx)
        } else if served.done == now && !stores {
            // Not before what is still being stored.
            let at = self.safe(now, false);
            self.depart(at, out.sends, ctx)
        } else {
            if stores || !out.sends.is_empty() {
                ctx.schedule(served.done, Event::Departure(out.sends, stores));
            }
            Vec::new()
        };
        out.pushes.retain(|client| self.wakeable.contains(client));
        if !out.pushes.is_empty() {
            ctx.schedule(served.done, Event::Pushes(out.pushes));
        }
        let batches = self.leaving.as_deref_mut().map(Leaving::begun);
        let mut in_batches = SimSpan::ZERO;
        if let Some(Batch { work, service }) = batches.flatten() {
            out.work += work;
            in_batches = service;
        }
        ctx.emit(Happening::Handled(Box::new(Handled {
            received,
            behind,
            done: served.done,
            waited: served.waited,
            service: service + in_batches,
            profiled: profiled + in_batches,
            work: out.work,
            sent,
            broadcasts,
            facts: out.facts,
        })));
    }
}

/// Has an envelope arrive at an entity as its link has it, through a shared access where it enters one.
fn dispatch<'a>(
    entity: EntityId,
    (to, envelope): (Peer, Envelope),
    (mut transmission, enters): (Transmission, Option<f64>),
    sent: &'a mut Vec<Sent>,
    ctx: &mut Context<Event, Happening>,
) -> &'a mut Sent {
    let first = sent.len();
    let bytes = envelope.wire_len();
    let behind = envelope.behind().iter().map(|part| {
        let bytes = part.packet.len();
        Sent {
            to,
            kind: part.packet.kind(),
            about: About::of(part),
            body: bytes,
            bytes,
            transmission: transmission.part(bytes),
            opened: None,
        }
    });
    let behind: Vec<Sent> = behind.collect();
    sent.push(Sent {
        to,
        kind: envelope.packet.kind(),
        about: About::of(&envelope),
        body: envelope.packet.len(),
        bytes: bytes - behind.iter().map(|part| part.bytes).sum::<u64>(),
        transmission,
        opened: None,
    });
    sent.extend(behind);
    let arrive = |envelope| match enters {
        None => Event::Input(Input::Envelope(envelope)),
        Some(limit) => Event::Coming(envelope, limit),
    };
    let envelope = Box::new(envelope);
    if let Some(again) = transmission.duplicate {
        ctx.send(entity, again, arrive(envelope.clone()));
    }
    ctx.send(entity, transmission.arrival, arrive(envelope));
    &mut sent[first]
}

impl Entity for Node {
    type Event = Event;
    type Output = Happening;

    fn handle(&mut self, now: SimTime, event: Event, ctx: &mut Context<Event, Happening>) {
        // What has been taken is carried, and what comes meanwhile is lost.
        let comes = matches!(
            event,
            Event::Input(Input::Envelope(_)) | Event::Coming(..) | Event::Carried
        );
        if let (Some(back), false) = (self.outages.back(now), comes) {
            return ctx.schedule(back, event);
        }
        match event {
            Event::Input(input) => {
                if let (Some(waking), Input::Intent(intent)) = (&mut self.waking, &input) {
                    waking.obey(&intent.action);
                }
                self.take(now, input, ctx);
            }
            Event::Pushes(clients) => {
                let safe = self.safe(now, false);
                for peer in clients.into_iter().map(Peer::Client) {
                    if let Some(link) = self.links.get_mut(peer) {
                        let heard = safe + link.spec().floor;
                        ctx.send(self.places.entity(peer), heard, Event::Pushed);
                    }
                }
            }
            Event::Pushed => {
                if let Some(takes) = self.waking.as_mut().and_then(|waking| waking.heard()) {
                    ctx.schedule(now + takes, Event::Wakes);
                }
            }
            Event::Wakes => self.wake(ctx),
            Event::Sleeps(told) => {
                if self
                    .waking
                    .as_mut()
                    .is_some_and(|waking| waking.sleeps(told))
                {
                    self.act(Action::Offline, ctx);
                }
            }
            Event::Departure(sends, stores) => {
                let at = self.safe(now, stores);
                let sent = self.depart(at, sends, ctx);
                if !sent.is_empty() {
                    ctx.emit(Happening::Departed(sent));
                }
            }
            Event::Writing(sends) => {
                let sent = self.write_apart(sends, ctx);
                if !sent.is_empty() {
                    ctx.emit(Happening::Departed(sent));
                }
            }
            Event::Written(sends) => self.hand_over(sends, ctx),
            Event::Coming(envelope, limit) => self.come(envelope, limit, ctx),
            Event::Carried => self.go_on(ctx),
        }
    }
}

#[cfg(test)]
mod tests;
