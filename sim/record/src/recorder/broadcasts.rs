//! What passive clients add to counts, latencies and accounts.

use super::books::{Carrier, Recorder};
use crate::handled::Broadcast;
use crate::invariants::Violation;
use crate::outstanding::Awaited;
use crate::trace;
use throng_audience::Delivered;
use throng_kernel::entity::EntityId;
use throng_net::{Bulk, Flow};
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Heard, HeardWhat};
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::time::SimTime;

/// As in the accounts of single messages.
const CLIENT: usize = 0;
const PROVIDER: usize = 1;

impl Recorder {
    /// From when the delays of an event's deliveries count: a commit's from its acceptance, a message's from when it was
    /// wanted; those of others count nowhere.
    pub fn since(&self, room: RoomId, event: u64, departure: SimTime) -> SimTime {
        match self.outstanding.subject(room, event) {
            Some((Awaited::Message(wanted), _)) => wanted,
            Some((Awaited::Change(_), accepted)) => accepted,
            Some((Awaited::Notice, _)) | None => departure,
        }
    }

    /// A broadcast left a provider, whose entity the fingerprint names, at `departure`: take what came of it.
    pub fn heard(
        &mut self,
        (provider, entity): (ProviderId, EntityId),
        departure: SimTime,
        broadcast: &Broadcast,
        heard: &Heard,
        delivered: &Delivered,
    ) -> Result<(), (SimTime, Violation)> {
        trace::heard(
            &mut self.fingerprint,
            departure,
            entity,
            broadcast,
            delivered,
        );
        let (room, event, count) = (broadcast.room, broadcast.event, delivered.count());
        let stand_in = broadcast.stand_in;
        let due = self.stand_ins.clients(room, stand_in);
        self.invariants
            .heard((room, event), stand_in, (count, due), &heard.what)
            .map_err(|violation| (departure, violation))?;
        self.end = self.end.max(delivered.last);
        self.account_broadcast(provider, departure, broadcast, delivered);
        for by_height in &delivered.receivers {
            for (height, receivers) in by_height.iter().enumerate() {
                if *receivers > 0 {
                    let mut each = heard.at(height);
                    each += broadcast.work;
                    self.client_work += each.times(*receivers);
                }
            }
        }
        if let HeardWhat::Message { bytes, .. } = heard.what {
            let what = self.outstanding.what(room, event);
            match what {
                Some(what) => self.read(what, count, bytes),
                None => self.counts.messages_decrypted += count,
            }
            let class = what.map_or(SubjectClass::Message, |what| what.class);
            self.ledgers.read(provider, room, (count, bytes), class);
        }
        if let Some(flight) = self
            .outstanding
            .arrive_passive(room, event, &delivered.delays)
        {
            self.arrived(flight);
        }
        Ok(())
    }

    fn account_broadcast(
        &mut self,
        provider: ProviderId,
        departure: SimTime,
        broadcast: &Broadcast,
        delivered: &Delivered,
    ) {
        let down = Flow {
            from: PROVIDER,
            to: CLIENT,
            kind: broadcast.packet.kind().index(),
        };
        self.traffic.delivered(down, &delivered.traffic);
        let said = delivered.count() * broadcast.packet.len();
        self.traffic.said(down, said);
        if let Some(structure) = &mut self.structure {
            structure.broadcast(broadcast);
        }
        let (mut receipts, mut acknowledged) = (Bulk::default(), Bulk::default());
        let mut bytes = delivered.traffic.sent_bytes();
        self.plan.providers[usize::from(provider.0)].to_clients += bytes;
        if let Some(acknowledgement) = &broadcast.acknowledgement {
            let up = Flow {
                from: CLIENT,
                to: PROVIDER,
                kind: acknowledgement.kind.index(),
            };
            let all = |bytes| Bulk {
                messages: broadcast.acknowledgements(),
                bytes,
                ..Bulk::default()
            };
            let said = all(acknowledgement.bytes);
            acknowledged = said;
            self.traffic.delivered(up, &said);
            self.traffic
                .said(up, all(acknowledgement.body).sent_bytes());
            bytes += said.sent_bytes();
            if acknowledgement.receipt > 0 {
                let receipt = Flow {
                    kind: self.plan.vocabulary.packets.len() + Carrier::Receipt as usize,
                    ..down
                };
                receipts = all(acknowledgement.receipt);
                self.traffic.delivered(receipt, &receipts);
                self.plan.providers[usize::from(provider.0)].to_clients += receipts.sent_bytes();
                bytes += receipts.sent_bytes();
            }
        }
        if let Some(loads) = &mut self.loads {
            let to = delivered.traffic.sent_bytes() + receipts.sent_bytes();
            let both = [to, acknowledged.received_bytes()];
            loads.late(usize::from(provider.0), departure, both);
        }
        let event = (broadcast.room, broadcast.event);
        let sent = [&delivered.traffic, &receipts];
        self.ledgers.broadcast(provider, event, sent, &acknowledged);
        self.point_of(departure).bytes += bytes;
    }
}
