//! Clients who stand for many at their provider.
//!
//! Of those who do nothing but receive in a room, one at each provider is known to the protocol's machines, which treat it as
//! anybody ([`Listeners`]). Here it becomes many again: what its provider sends it goes to all of them in one piece
//! ([`Broadcast`]), they take as much work and storage as so many would, and what it acknowledges all of them do. Their
//! acknowledgements are served together with the event that makes them do so: they would come one by one within the next
//! moments.

use std::collections::BTreeMap;
use throng_record::handled::{Acknowledgement, Broadcast};
use throng_stack::{Envelope, Input, Listeners, Outputs, Party, Peer, Receiver, Stored, Taken};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::SimTime;

/// The stand-ins among a provider's clients.
#[derive(Default)]
pub(super) struct StandIns {
    all: BTreeMap<ClientId, StandIn>,
}

/// One of them.
struct StandIn {
    /// Where it is a member.
    room: RoomId,
    /// For how many it stands, itself among them.
    clients: u64,
    receiver: Box<dyn Receiver>,
    /// What the provider stores all along for all of them.
    kept: Stored,
    /// What waits for the others, as it does for this one.
    waiting: Stored,
}

impl StandIns {
    /// Have somebody stand for those of a room who only receive: it is a member of no other room.
    pub(super) fn add(&mut self, room: RoomId, listeners: Listeners) {
        let stand_in = StandIn {
            room,
            clients: listeners.seats.len() as u64,
            receiver: listeners.receiver,
            kept: listeners.stored,
            waiting: Stored::default(),
        };
        self.all.insert(listeners.stand_in, stand_in);
    }

    /// Take what is for stand-ins from among what their provider wants done, add what the others take, and have it serve what
    /// all say in return.
    pub(super) fn take(
        &mut self,
        now: SimTime,
        provider: &mut dyn Party,
        out: &mut Outputs,
    ) -> Vec<Broadcast> {
        let mut broadcasts = Vec::new();
        if self.all.is_empty() {
            return broadcasts;
        }
        for (to, envelope) in std::mem::take(&mut out.sends) {
            let stand_in = match to {
                Peer::Client(client) => self.all.get_mut(&client).map(|known| (client, known)),
                Peer::Provider(_) => None,
            };
            match (stand_in, envelope.event) {
                (Some((client, stand_in)), Some(event)) if envelope.room == Some(stand_in.room) => {
                    let event = (client, event);
                    broadcasts.push(stand_in.broadcast(now, event, envelope, provider, out));
                }
                _ => out.sends.push((to, envelope)),
            }
        }
        broadcasts
    }

    /// What the provider stores for all for whom somebody stands, without knowing of it.
    pub(super) fn stored(&self) -> Stored {
        let mut sum = Stored::default();
        for stand_in in self.all.values() {
            sum += stand_in.kept;
            sum += stand_in.waiting;
        }
        sum
    }
}

impl StandIn {
    /// An event goes to all.
    fn broadcast(
        &mut self,
        now: SimTime,
        (stand_in, event): (ClientId, u64),
        envelope: Envelope,
        provider: &mut dyn Party,
        out: &mut Outputs,
    ) -> Broadcast {
        let (packet, others) = (envelope.packet.clone(), self.clients - 1);
        let bytes = envelope.wire_len();
        out.work += self.receiver.passing_on(&envelope).times(others);
        self.waiting.queued += others;
        self.waiting.queued_bytes += others * packet.len();
        let Taken { said, work } = self.receiver.take(envelope);
        let acknowledgement = said.as_ref().map(|said| Acknowledgement {
            kind: said.packet.kind(),
            body: said.packet.len(),
            bytes: said.wire_len(),
            receipt: said.overhead.back.into(),
        });
        if let Some(said) = said {
            let mut served = Outputs::default();
            provider.handle(now, Input::Envelope(Box::new(said)), &mut served);
            out.work += served.work.times(self.clients);
            out.sends.extend(served.sends);
            out.timers.extend(served.timers);
            out.facts.extend(served.facts);
            self.waiting = Stored::default();
        }
        Broadcast {
            room: self.room,
            event,
            stand_in,
            clients: self.clients,
            packet,
            bytes,
            acknowledgement,
            work,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_cost::Work;
    use throng_stack::{Kind, Packet};
    use throng_workloads::intent::ProviderId;

    const ROOM: RoomId = RoomId(2);
    const ME: ClientId = ClientId(5);
    const HOME: Peer = Peer::Provider(ProviderId(0));

    /// Serving an envelope takes it one unit.
    struct Provider;

    impl Party for Provider {
        fn handle(&mut self, _: SimTime, input: Input, out: &mut Outputs) {
            if let Input::Envelope(envelope) = input {
                assert_eq!(envelope.from, Peer::Client(ME));
                out.work.counts[0] += 1;
            }
        }
    }

    /// Acknowledges every second packet; passing one on takes a unit a byte.
    struct EverySecond(u64);

    impl Receiver for EverySecond {
        fn take(&mut self, _: Envelope) -> Taken {
            self.0 += 1;
            let said = self.0.is_multiple_of(2);
            let mut work = Work::default();
            work.counts[2] = 1 + u64::from(said);
            Taken {
                said: said.then(|| envelope(Peer::Client(ME), None, 3)),
                work,
            }
        }

        fn passing_on(&self, envelope: &Envelope) -> Work {
            let mut work = Work::default();
            work.counts[1] = envelope.wire_len();
            work
        }
    }

    fn envelope(from: Peer, event: Option<u64>, bytes: u64) -> Envelope {
        let packet = Packet::of_structure(Kind::new(0, "note"), bytes, ());
        Envelope {
            room: Some(ROOM),
            event,
            ..Envelope::new(from, packet)
        }
    }

    fn four() -> StandIns {
        let mut stand_ins = StandIns::default();
        let listeners = Listeners {
            provider: ProviderId(0),
            stand_in: ME,
            seats: (5..9).map(|client| (ClientId(client), client)).collect(),
            receiver: Box::new(EverySecond(0)),
            stored: Stored {
                key_packages: 40,
                ..Stored::default()
            },
        };
        stand_ins.add(ROOM, listeners);
        stand_ins
    }

    fn taken(stand_ins: &mut StandIns, sends: Vec<(Peer, Envelope)>) -> (Vec<Broadcast>, Outputs) {
        let mut out = Outputs {
            sends,
            ..Outputs::default()
        };
        let broadcasts = stand_ins.take(SimTime::ZERO, &mut Provider, &mut out);
        (broadcasts, out)
    }

    #[test]
    fn what_one_is_sent_goes_to_all_and_is_worked_for_stored_and_acknowledged_by_all() {
        let mut stand_ins = four();
        let to_me = |event| (Peer::Client(ME), envelope(HOME, Some(event), 10));
        let other = (Peer::Client(ClientId(1)), envelope(HOME, Some(0), 10));
        let (first, out) = taken(&mut stand_ins, vec![to_me(0), other]);
        assert_eq!((first[0].clients, first[0].acknowledgements()), (4, 0));
        assert_eq!((first[0].bytes, first[0].work.counts[2]), (10, 1));
        assert_eq!(out.sends.len(), 1, "what is for another stays");
        assert_eq!(out.work.counts[..2], [0, 30], "the provider counts one");
        let stored = stand_ins.stored();
        let waiting = (stored.queued, stored.queued_bytes, stored.key_packages);
        assert_eq!(waiting, (3, 30, 40));
        let (second, out) = taken(&mut stand_ins, vec![to_me(1)]);
        assert_eq!((second[0].event, second[0].acknowledgements()), (1, 4));
        assert_eq!(second[0].work.counts[2], 2);
        assert_eq!(out.work.counts[..2], [4, 30]);
        assert!(out.sends.is_empty());
        let stored = stand_ins.stored();
        assert_eq!((stored.queued, stored.queued_bytes), (0, 0));
    }

    #[test]
    fn what_is_no_event_of_their_room_stays_for_a_link_that_there_is_not() {
        let mut stand_ins = four();
        let elsewhere = Envelope {
            room: Some(RoomId(7)),
            ..envelope(HOME, Some(0), 10)
        };
        let none = envelope(HOME, None, 10);
        let sends = [elsewhere, none].map(|envelope| (Peer::Client(ME), envelope));
        let (broadcasts, out) = taken(&mut stand_ins, sends.into());
        assert!(broadcasts.is_empty());
        assert_eq!(out.sends.len(), 2);
    }
}
