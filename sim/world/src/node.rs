//! A party with its links and its cores, as an entity of the kernel.
//!
//! The party decides what happens; the node decides when. Inputs are handled in order of arrival;
//! what they take ([`Price`]) occupies a core, and whatever comes of them leaves when that is done.
//! Work of one room is done in order, one piece after the other, so that a room's messages stay in order.
//!
//! Links are handed what leaves in the order in which it leaves. On one core that is the order of inputs; on several, long work
//! may be done after work that began later, so that what it sends waits for its moment as an event of its own.

use crate::access::Accesses;
use crate::leaving::{Batch, Leaving, Shared};
use crate::line::Line;
use crate::links::Links;
use crate::price::{Charge, Price};
use crate::stand_ins::StandIns;
use crate::waking::{WOKEN, Waking};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use throng_cost::Work;
use throng_kernel::entity::{Context, Entity, EntityId};
use throng_kernel::station::{Served, Station};
use throng_net::{Link, Outages};
use throng_record::handled::{About, Handled, Happening, Received};
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
    loss: Option<Box<(f64, Stream)>>,
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
    line: Option<Box<Line>>,
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
        self.line = Some(Box::new(line));
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
        self.loss = (part > 0.0).then(|| Box::new((part, stream)));
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
        match (self.loss.as_deref_mut(), envelope.from) {
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
                Self::tell(sent, ctx);
            }
            Event::Writing(sends) => {
                let sent = self.write_apart(sends, ctx);
                Self::tell(sent, ctx);
            }
            Event::Written(sends) => self.hand_over(sends, ctx),
            Event::Coming(envelope, limit) => self.come(envelope, limit, ctx),
            Event::Carried => self.go_on(ctx),
        }
    }
}

mod sending;
#[cfg(test)]
mod tests;
