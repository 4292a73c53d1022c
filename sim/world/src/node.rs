//! A party with its links and its cores, as an entity of the kernel.
//!
//! The party decides what happens; the node decides when. Inputs are handled in order of arrival;
//! what they take ([`Price`]) occupies a core, and whatever comes of them leaves when that is done.
//! Work of one room is done in order, one piece after the other, so that a room's messages stay in order.

use crate::price::{Charge, Price};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_cost::Work;
use throng_kernel::entity::{Context, Entity, EntityId};
use throng_kernel::station::Station;
use throng_net::Link;
use throng_record::handled::{Handled, Received, Sent};
use throng_stack::{Envelope, Input, Outputs, Party, Peer};
use throng_workloads::dist::unit;
use throng_workloads::intent::ClientId;
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

/// A party, its outgoing links and its cores.
pub struct Node {
    party: Box<dyn Party>,
    links: BTreeMap<Peer, Link>,
    station: Station,
    price: Arc<Price>,
    places: Places,
    /// The part of all that comes from providers that is lost on its way, and what decides.
    loss: Option<(f64, Stream)>,
}

impl Node {
    /// A node without links.
    pub fn new(party: Box<dyn Party>, cores: u32, price: Arc<Price>, places: Places) -> Self {
        Self {
            party,
            links: BTreeMap::new(),
            station: Station::new(cores as usize),
            price,
            places,
            loss: None,
        }
    }

    /// Lose this part of all that comes from providers.
    pub fn lose(&mut self, part: f64, stream: Stream) {
        self.loss = (part > 0.0).then_some((part, stream));
    }

    /// Whether an envelope gets lost before it is here.
    fn loses(&mut self, envelope: &Envelope) -> bool {
        match (&mut self.loss, envelope.from) {
            (Some((part, stream)), Peer::Provider(_)) => unit(stream) < *part,
            _ => !self.party.online(),
        }
    }

    /// The link to a peer.
    pub fn connect(&mut self, to: Peer, link: Link) {
        self.links.insert(to, link);
    }

    /// The party.
    pub fn party(&self) -> &dyn Party {
        &*self.party
    }

    /// Its cores.
    pub fn station(&self) -> &Station {
        &self.station
    }

    fn transmit(
        &mut self,
        at: SimTime,
        to: Peer,
        envelope: Envelope,
        ctx: &mut Context<Input, Handled>,
    ) -> Option<Sent> {
        let link = self.links.get_mut(&to)?;
        let bytes = envelope.packet.len();
        let transmission = link.send(at, bytes);
        let sent = Sent {
            to,
            kind: envelope.packet.kind(),
            bytes,
            transmission,
        };
        let entity = self.places.entity(to);
        if let Some(again) = transmission.duplicate {
            ctx.send(entity, again, Input::Envelope(Box::new(envelope.clone())));
        }
        ctx.send(
            entity,
            transmission.arrival,
            Input::Envelope(Box::new(envelope)),
        );
        Some(sent)
    }
}

impl Entity for Node {
    type Event = Input;
    type Output = Handled;

    fn handle(&mut self, now: SimTime, input: Input, ctx: &mut Context<Input, Handled>) {
        let (received, lane) = match &input {
            Input::Envelope(envelope) => {
                let received = Received {
                    from: envelope.from,
                    kind: envelope.packet.kind(),
                    bytes: envelope.packet.len(),
                    lost: self.loses(envelope),
                };
                (Some(received), envelope.room.map(|room| room.0))
            }
            Input::Timer(timer) => (None, Some(timer.room.0)),
            _ => (None, None),
        };
        if received.is_some_and(|r| r.lost) {
            return ctx.emit(Handled {
                received,
                done: now,
                waited: SimSpan::ZERO,
                service: SimSpan::ZERO,
                profiled: SimSpan::ZERO,
                work: Work::default(),
                sent: Vec::new(),
                broadcasts: Vec::new(),
                facts: Vec::new(),
            });
        }
        let mut out = Outputs::default();
        self.party.handle(now, input, &mut out);
        let Charge { service, profiled } = self.price.charge(&out.work);
        let served = self.station.serve(now, lane, service);
        let sends = std::mem::take(&mut out.sends);
        let sent = sends
            .into_iter()
            .filter_map(|(to, envelope)| self.transmit(served.done, to, envelope, ctx))
            .collect();
        for (at, timer) in out.timers {
            ctx.schedule(at.max(served.done), Input::Timer(timer));
        }
        ctx.emit(Handled {
            received,
            done: served.done,
            waited: served.waited,
            service,
            profiled,
            work: out.work,
            sent,
            broadcasts: out.broadcasts,
            facts: out.facts,
        });
    }
}
