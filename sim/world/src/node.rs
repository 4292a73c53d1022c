//! A party with its links and its cores, as an entity of the kernel.
//!
//! The party decides what happens; the node decides when. Inputs are handled in order of arrival;
//! what they take ([`Price`]) occupies a core, and whatever comes of them leaves when that is done.
//! Work of one room is done in order, one piece after the other, so that a room's messages stay in order.
//!
//! Links are handed what leaves in the order in which it leaves. On one core that is the order of inputs; on several, long work
//! may be done after work that began later, so that what it sends waits for its moment as an event of its own.

use crate::leaving::{Batch, Leaving, Shared};
use crate::line::Line;
use crate::links::Links;
use crate::price::{Charge, Price};
use crate::stand_ins::StandIns;
use std::sync::{Arc, PoisonError};
use throng_cost::Work;
use throng_kernel::entity::{Context, Entity, EntityId};
use throng_kernel::station::Station;
use throng_net::{Link, Outages};
use throng_record::handled::{About, Handled, Happening, Received, Sent};
use throng_stack::{Envelope, Input, Listeners, Outputs, Party, Peer, Stored};
use throng_workloads::dist::unit;
use throng_workloads::intent::{ClientId, RoomId};
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
    /// When it is down.
    outages: Outages,
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
            return self.transmit(sends, ctx);
        };
        let writing = leaving.writing(&sends, &self.price);
        let taken = SimTime::from_nanos(
            at.as_nanos()
                .saturating_sub(writing.iter().map(|span| span.as_nanos()).sum()),
        );
        let safe = self.safe(taken, stores);
        let leaving = self.leaving.as_mut();
        let written = leaving.map_or_else(Vec::new, |leaving| leaving.written(safe, &writing));
        self.transmit(written.into_iter().zip(sends), ctx)
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
            let (bytes, kind) = (envelope.wire_len(), envelope.packet.kind());
            let (body, about) = (envelope.packet.len(), About::of(&envelope));
            let (at, opened) = match &mut self.line {
                None => (at, None),
                Some(line) => line.ready(at, envelope.overhead.opening),
            };
            let Some(link) = self.links.get_mut(to) else {
                ctx.emit(Happening::Stray { to, kind });
                continue;
            };
            if opened.is_some() {
                link.fresh();
            }
            let mut transmission = link.send(at, bytes);
            let behind: Vec<Sent> = envelope
                .behind()
                .iter()
                .map(|part| {
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
                })
                .collect();
            let bytes = bytes - behind.iter().map(|part| part.bytes).sum::<u64>();
            let entity = self.places.entity(to);
            let arrive = |envelope| Event::Input(Input::Envelope(envelope));
            let envelope = Box::new(envelope);
            if let Some(again) = transmission.duplicate {
                ctx.send(entity, again, arrive(envelope.clone()));
            }
            ctx.send(entity, transmission.arrival, arrive(envelope));
            all.push(Sent {
                to,
                kind,
                about,
                body,
                bytes,
                transmission,
                opened: opened.map(Box::new),
            });
            all.extend(behind);
        }
        all
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
        let broadcasts = self.stand_ins.take(now, &mut *self.party, &mut out);
        let Charge { service, profiled } = self.price.charge(&out.work);
        let served = match &self.host {
            None => self.station.serve(now, lane, service),
            Some(host) => self.station.serve_from(now, lane, service, |ready| {
                let mut host = host.lock().unwrap_or_else(PoisonError::into_inner);
                host.pass(now);
                host.take(ready, service)
            }),
        };
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
            self.transmit(out.sends.into_iter().map(|send| (at, send)), ctx)
        } else {
            if stores || !out.sends.is_empty() {
                ctx.schedule(served.done, Event::Departure(out.sends, stores));
            }
            Vec::new()
        };
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
        let comes = matches!(event, Event::Input(Input::Envelope(_)));
        if let (Some(back), false) = (self.outages.back(now), comes) {
            return ctx.schedule(back, event);
        }
        match event {
            Event::Input(input) => self.take(now, input, ctx),
            Event::Departure(sends, stores) => {
                let at = self.safe(now, stores);
                let sent = self.transmit(sends.into_iter().map(|send| (at, send)), ctx);
                ctx.emit(Happening::Departed(sent));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_cost::{Unit, Units};
    use throng_kernel::entity::Class;
    use throng_kernel::windows::{Lookahead, Windows};
    use throng_net::Direction;
    use throng_stack::{Fact, Kind, Packet, Service, Timer};
    use throng_workloads::dist::Dist;
    use throng_workloads::intent::{ProviderId, RoomId};
    use throng_workloads::scenario::{CostSource, LinkSpec, ProfileSpec, Recovery};
    use throng_workloads::stream::{StreamOwner, Streams};

    const LATENCY: SimSpan = SimSpan::from_millis(10);
    const THERE: Peer = Peer::Provider(ProviderId(1));
    const NOTE: Kind = Kind::new(0, "note");
    const LATER: SimSpan = SimSpan::from_millis(5);
    /// What a worker does.
    const UNITS: Units = Units::new(&[
        Unit::new("nothing", "nothings", ""),
        Unit::new("byte", "bytes", ""),
    ])
    .costing("[nanoseconds]\nnothing = 0\nbyte = 50000\n");

    /// Works as long as a packet of the first room is long, and not at all on others; then sends a byte on to `to`, and
    /// notes whenever its timer is due.
    struct Worker {
        to: Option<Peer>,
    }

    impl Party for Worker {
        fn handle(&mut self, _: SimTime, input: Input, out: &mut Outputs) {
            match (input, self.to) {
                (Input::Envelope(envelope), Some(to)) => {
                    let room = envelope.room.unwrap_or(RoomId(0));
                    if room == RoomId(0) {
                        out.work.counts[1] = envelope.packet.len();
                    } else {
                        out.work.counts[1] = 1;
                    }
                    out.sends.push((to, envelope_of(room, 1)));
                    let timer = Timer {
                        room,
                        purpose: 0,
                        generation: 0,
                    };
                    out.timers.push((LATER, timer));
                }
                (Input::Timer(timer), _) => out.note(Fact::Handled {
                    room: timer.room,
                    event: 0,
                }),
                _ => {}
            }
        }
    }

    fn envelope_of(room: RoomId, bytes: usize) -> Envelope {
        Envelope {
            room: Some(room),
            ..Envelope::new(
                Peer::Provider(ProviderId(0)),
                Packet::of_bytes(NOTE, vec![0; bytes]),
            )
        }
    }

    fn node(to: Option<Peer>, cores: u32) -> Node {
        slower(to, cores, 1.0)
    }

    fn slower(to: Option<Peer>, cores: u32, factor: f64) -> Node {
        let spec = ProfileSpec::built_in(factor);
        let price = Price::new(CostSource::Profile, "test", &spec, UNITS);
        let party = Box::new(Worker { to });
        Node::new(party, cores, Arc::new(price), Places::all_act(2, 0))
    }

    fn link() -> Link {
        let spec = LinkSpec {
            floor: LATENCY,
            latency: Dist::Constant(LATENCY.as_secs_f64()),
            jitter: Dist::Constant(0.0),
            up: 1e12,
            down: 1e12,
            loss: 0.0,
            retransmit: Dist::Constant(0.2),
            duplicate: 0.0,
            reorder: 0.0,
            packet: 1400,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        };
        let stream = Streams::new(1, 0).stream(StreamOwner::Link(0, 1), "link");
        Link::new(Arc::new(spec), Direction::Up, stream)
    }

    /// What happens to two providers of which the first sends on to the second what it is told: a long piece of work in one
    /// room, and 5 ms later a short one in another.
    fn played(cores: u32, to: Peer) -> Vec<(SimTime, EntityId, Happening)> {
        played_by(node(Some(to), cores))
    }

    fn played_by(mut first: Node) -> Vec<(SimTime, EntityId, Happening)> {
        let lookahead = Lookahead {
            edge: LATENCY,
            core: LATENCY,
        };
        let mut windows = Windows::new(lookahead).unwrap();
        first.connect(THERE, link());
        windows.add_entity(Class::Core, first).unwrap();
        windows.add_entity(Class::Core, node(None, 1)).unwrap();
        for (millis, room, bytes) in [(0, 0, 5_000), (5, 1, 1)] {
            let at = SimTime::ZERO + SimSpan::from_millis(millis);
            let input = Input::Envelope(Box::new(envelope_of(RoomId(room), bytes)));
            let to = EntityId::from_index(0);
            windows.inject(at, to, Event::Input(input)).unwrap();
        }
        let mut all = Vec::new();
        let mut see = |at, who, happening| all.push((at, who, happening));
        windows.run(SimTime::MAX, &mut see).unwrap();
        all
    }

    fn arrivals(all: &[(SimTime, EntityId, Happening)]) -> Vec<SimTime> {
        let there = all.iter().filter(|(_, who, _)| who.index() == 1);
        there.map(|(at, ..)| *at).collect()
    }

    /// What a byte takes.
    const UNIT: SimSpan = SimSpan::from_micros(50);

    #[test]
    fn rooms_do_not_wait_for_each_other_on_a_link() {
        let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
        let long = at(0) + UNIT * 5_000 + LATENCY;
        // On one core the short work comes after the long; on two it passes by, on the link as well.
        let two = arrivals(&played(2, THERE));
        assert_eq!(two, [at(5) + UNIT + LATENCY, long]);
        let one = arrivals(&played(1, THERE));
        assert_eq!(one, [long, long + UNIT]);
    }

    /// What takes no time and has nothing to store does not pass by what is being stored, on however many cores.
    #[test]
    fn nothing_is_heard_of_before_what_was_done_before_it_is_safe() {
        let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
        for cores in [1, 2] {
            let mut first = slower(Some(THERE), cores, 0.0);
            let service = Service {
                stores: |work| work.counts[1] > 1,
                ..Service::default()
            };
            let draws = Streams::new(1, 0).stream(StreamOwner::Provider(0), "sync");
            first.set_leaving(Leaving::new(service, Dist::Constant(0.020), draws));
            let safe = at(20) + LATENCY;
            assert_eq!(arrivals(&played_by(first)), [safe, safe], "{cores} cores");
        }
    }

    #[test]
    fn timers_run_from_when_the_work_is_done() {
        let all = played(2, THERE);
        let noted = all.iter().filter_map(|(at, _, happening)| match happening {
            Happening::Handled(handled) if !handled.facts.is_empty() => Some(*at),
            _ => None,
        });
        let start = SimTime::ZERO;
        let wanted = [
            start + SimSpan::from_millis(5) + UNIT + LATER,
            start + UNIT * 5_000 + LATER,
        ];
        assert_eq!(noted.collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn what_no_link_leads_to_is_not_lost_silently() {
        let all = played(2, Peer::Provider(ProviderId(7)));
        let strays = all.iter().filter(|(.., happening)| {
            matches!(happening, Happening::Stray { to, .. } if *to == Peer::Provider(ProviderId(7)))
        });
        assert_eq!(strays.count(), 2);
    }
}
