//! The passive clients of all rooms: what they hear, and when.
//!
//! What their provider sends to the one who stands for them goes to all, in one piece ([`Broadcast`]). Nothing else that they
//! do comes back, so they are no entities of the kernel: after each window the world works out its broadcasts here.

use super::error::SimError;
use super::people::People;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_audience::{Audience, AudienceClass, Delivered, Event};
use throng_cost::Work;
use throng_kernel::entity::EntityId;
use throng_record::handled::Broadcast;
use throng_stack::{Heard, Hearing, OpenRoom, Packet};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::stream::Streams;
use throng_workloads::time::{SimSpan, SimTime};

/// Passive clients by room.
#[derive(Default)]
pub(super) struct Crowds {
    rooms: BTreeMap<RoomId, Crowd>,
}

/// The passive members of one room.
pub(super) struct Crowd {
    members: Box<dyn Hearing>,
    audiences: BTreeMap<ProviderId, Audience>,
    classes: Vec<Arc<AudienceClass>>,
    /// Events that came to some providers and not yet to all: what they were to members, and how many providers lack them.
    under_way: BTreeMap<u64, (Arc<Heard>, usize)>,
}

/// One broadcast.
pub(super) struct Job {
    pub(super) provider: ProviderId,
    /// The provider's.
    pub(super) entity: EntityId,
    pub(super) departure: SimTime,
    /// Delays count from here.
    pub(super) since: SimTime,
    pub(super) broadcast: Broadcast,
}

/// What became of one; nothing where nobody was there to receive it.
pub(super) type Outcome = Result<Option<(Arc<Heard>, Delivered)>, String>;

/// What one event costs, by class, then by height.
type Costs = Vec<Vec<SimSpan>>;

/// What an audience is to receive.
struct Delivery {
    /// Of the job.
    number: usize,
    heard: Arc<Heard>,
    costs: Costs,
}

impl Delivery {
    fn costs(&self) -> Vec<&[SimSpan]> {
        self.costs.iter().map(Vec::as_slice).collect()
    }
}

impl Crowd {
    pub(super) fn new(
        members: Box<dyn Hearing>,
        audiences: BTreeMap<ProviderId, Audience>,
        classes: Vec<Arc<AudienceClass>>,
    ) -> Self {
        Self {
            members,
            audiences,
            classes,
            under_way: BTreeMap::new(),
        }
    }

    /// What the event is to members. The first provider that it comes to has them process it; that it comes
    /// to each in order is checked by the invariants.
    fn hear_once(&mut self, event: u64, packet: &Packet) -> Result<Arc<Heard>, String> {
        if let Some((heard, left)) = self.under_way.get_mut(&event) {
            let heard = Arc::clone(heard);
            *left -= 1;
            if *left == 0 {
                self.under_way.remove(&event);
            }
            return Ok(heard);
        }
        let heard = Arc::new(self.members.hear(packet)?);
        let left = self.audiences.len() - 1;
        if left > 0 {
            self.under_way.insert(event, (Arc::clone(&heard), left));
        }
        Ok(heard)
    }
}

impl Crowds {
    /// Those of a room who only receive; `classes` are the scenario's classes of connection and device.
    pub(super) fn open(
        &mut self,
        room: &mut OpenRoom,
        people: &People,
        streams: &Streams,
        classes: &[Arc<AudienceClass>],
    ) -> Result<(), SimError> {
        let Some(members) = room.hearing.take() else {
            return Ok(());
        };
        let seat = |(client, place): &(ClientId, u32)| {
            let described = &people.population.clients[client.0 as usize];
            (described.connection as u8, *place, *client)
        };
        let mut audiences = BTreeMap::new();
        for listeners in &room.listeners {
            let (classes, provider) = (classes.to_vec(), listeners.provider);
            let seats = listeners.seats.iter().map(seat);
            let audience = Audience::new(classes, seats, streams, provider, room.room)?;
            audiences.insert(provider, audience);
        }
        let crowd = Crowd::new(members, audiences, classes.to_vec());
        self.rooms.insert(room.room, crowd);
        Ok(())
    }

    /// Work out broadcasts, which are in the order in which they left; what became of each, in the same order. Nothing
    /// where nobody there is passive.
    pub(super) fn deliver(&mut self, jobs: &[Job]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(jobs.len());
        let mut deliveries: BTreeMap<(RoomId, ProviderId), Vec<Delivery>> = BTreeMap::new();
        for (number, job) in jobs.iter().enumerate() {
            outcomes.push(self.price(job).map(|known| {
                let (heard, costs) = known?;
                let delivery = Delivery {
                    number,
                    heard,
                    costs,
                };
                let audience = (job.broadcast.room, job.provider);
                deliveries.entry(audience).or_default().push(delivery);
                None
            }));
        }
        for ((room, provider), deliveries) in deliveries {
            let crowd = self.rooms.get_mut(&room);
            let Some(audience) = crowd.and_then(|crowd| crowd.audiences.get_mut(&provider)) else {
                continue;
            };
            let costs: Vec<Vec<&[SimSpan]>> = deliveries.iter().map(Delivery::costs).collect();
            let event = |(delivery, costs): (&Delivery, _)| {
                let job = &jobs[delivery.number];
                Event {
                    number: job.broadcast.event,
                    departure: job.departure,
                    since: job.since,
                    bytes: job.broadcast.bytes,
                    sender: delivery.heard.sender,
                    costs,
                }
            };
            let pairs = deliveries.iter().zip(costs.iter().map(Vec::as_slice));
            let events: Vec<Event<'_>> = pairs.map(event).collect();
            let delivered = audience.deliver_all(&events);
            for (delivery, delivered) in deliveries.into_iter().zip(delivered) {
                outcomes[delivery.number] = Ok(Some((delivery.heard, delivered)));
            }
        }
        outcomes
    }

    /// What a broadcast is to those who receive it, and what it costs them.
    fn price(&mut self, job: &Job) -> Result<Option<(Arc<Heard>, Costs)>, String> {
        let broadcast = &job.broadcast;
        let Some(crowd) = self.rooms.get_mut(&broadcast.room) else {
            return Ok(None);
        };
        if !crowd.audiences.contains_key(&job.provider) {
            return Ok(None);
        }
        let heard = crowd.hear_once(broadcast.event, &broadcast.packet)?;
        let costs = crowd.classes.iter().map(|class| {
            let cost = |work: &Work| {
                let mut all = *work;
                all += broadcast.work;
                class.profile().time(&all)
            };
            // Whoever finds nothing that takes anything has received it all the same.
            match heard.work.is_empty() {
                true => vec![class.profile().time(&broadcast.work)],
                false => heard.work.iter().map(cost).collect(),
            }
        });
        let costs = costs.collect();
        Ok(Some((heard, costs)))
    }

    /// Enter the CPU time of each passive client, in microseconds.
    pub(super) fn add_cpu_to(&self, histogram: &mut Histogram<u64>) {
        for crowd in self.rooms.values() {
            for audience in crowd.audiences.values() {
                audience.add_cpu_to(histogram);
            }
        }
    }
}
