//! What is told of a run, and to whom of the ledgers it matters.

use super::costs::Costs;
use super::data::Ledgers;
use super::dependence::Dependence;
use super::down::{Down, OutageBook};
use super::homes::Homes;
use super::sights::Sights;
use crate::handled::{Handled, Sent};
use crate::loads::LoadSecond;
use throng_net::{Bulk, Counters};
use throng_stack::vocabulary::{Shown, SubjectClass};
use throng_stack::{Accepted, Fact, OpenRoom, Peer, Stored};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// All ledgers of a run under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct LedgerBook {
    homes: Homes,
    costs: Costs,
    sights: Sights,
    dependence: Dependence,
    outages: OutageBook,
}

impl LedgerBook {
    /// Empty ledgers of so many providers. `shows` is what each kind of packet shows.
    pub(crate) fn of(
        providers: usize,
        homes: Homes,
        shows: Vec<Shown>,
        outages: Vec<Down>,
    ) -> Self {
        Self {
            homes,
            costs: Costs::of(providers),
            sights: Sights::of(providers, shows),
            dependence: Dependence::of(providers),
            outages: OutageBook::of(outages),
        }
    }

    /// A client exists from now on.
    pub(crate) fn client(&mut self, client: ClientId, user: UserId) {
        self.homes.client(client, user);
    }

    /// A room that exists before time zero.
    pub(crate) fn open_room(&mut self, room: &OpenRoom) {
        self.sights.open_room(room, &self.homes);
    }

    /// Something happened at a provider.
    pub(crate) fn noted(&mut self, at: SimTime, fact: &Fact) {
        match fact {
            Fact::Opened { room, by, .. } => self.sights.opened(*room, *by, &self.homes),
            Fact::Accepted(accepted) => self.accepted(at, accepted),
            Fact::Refused { request, .. } => self.outages.refused(*request),
            _ => {}
        }
    }

    fn accepted(&mut self, at: SimTime, accepted: &Accepted) {
        let by = accepted.request.provider;
        self.costs.caused(accepted.room, accepted.event, by);
        match accepted.subject.class {
            SubjectClass::Message => {
                self.dependence.sent(by, accepted.room, &self.homes);
                self.outages.accepted(at, accepted, &self.homes);
            }
            SubjectClass::Notice => {}
            SubjectClass::Change | SubjectClass::Proposal => {
                self.sights.changed(accepted, &self.homes);
            }
        }
    }

    /// Something happened at a client, which wants what it wants no earlier than it is online.
    pub(crate) fn noted_by(
        &mut self,
        at: SimTime,
        (client, online): (ClientId, SimTime),
        fact: &Fact,
    ) {
        match fact {
            Fact::Sent {
                room,
                subject,
                request,
                wanted,
                ..
            } if !self.outages.is_empty() && subject.class == SubjectClass::Message => {
                self.outages.sent(*room, *request, (*wanted).max(online));
            }
            Fact::Handled { room, event } if !self.outages.is_empty() => {
                let who = (client, online);
                self.outages.handled(at, (*room, *event), who, &self.homes);
            }
            Fact::Read {
                room,
                subject,
                bytes,
                ..
            } => {
                if let Some(home) = self.homes.home(client) {
                    self.read(home, *room, (1, u64::from(*bytes)), subject.class);
                }
            }
            _ => {}
        }
    }

    /// So many users of a provider read something of so many bytes each.
    pub(crate) fn read(
        &mut self,
        at: ProviderId,
        room: RoomId,
        (readers, bytes): (u64, u64),
        class: SubjectClass,
    ) {
        self.sights.read(at, readers, readers * bytes);
        if class == SubjectClass::Message {
            self.dependence.read(at, room, readers, &self.homes);
        }
    }

    /// What one input came to for a party: after what it noted.
    pub(crate) fn handled(&mut self, me: Peer, handled: &Handled) {
        self.costs.handled(me, handled, &self.homes);
        if let Peer::Provider(me) = me {
            let came = handled.all_received().filter(|received| !received.lost);
            came.for_each(|received| self.sights.came(me, received, &self.homes));
        }
    }

    /// What a party sent left later.
    pub(crate) fn departed(&mut self, me: Peer, sent: &[Sent]) {
        match me {
            Peer::Provider(me) => self.costs.sent(me, sent, me, &self.homes),
            Peer::Client(_) => self.costs.opened(sent),
        }
    }

    /// An event went to many clients of a provider at once; so much went to them, came back, and said that that came.
    pub(crate) fn broadcast(
        &mut self,
        me: ProviderId,
        event: (RoomId, u64),
        sent: [&Bulk; 2],
        received: &Bulk,
    ) {
        self.costs.broadcast(me, event, sent, received);
    }

    /// What each provider stores when a sample ends.
    pub(crate) fn stored(&mut self, stored: &[Stored]) {
        self.costs.stored(stored);
    }

    /// What each provider did so far.
    pub(crate) fn loads(&self) -> Vec<LoadSecond> {
        self.costs.loads()
    }

    /// Whether what providers paid is what all together sent and received, and what each paid what its own row says: bytes sent, requests,
    /// core time.
    pub(crate) fn adds_up(
        &self,
        (sent, received): (u64, u64),
        each: impl IntoIterator<Item = (u64, u64, SimSpan)>,
    ) -> Result<(), String> {
        let all = self.costs.sums(None);
        if (all.sent, all.received) != (sent, received) {
            return Err(format!(
                "providers sent {sent} and received {received} bytes, and the ledger has {} and {}",
                all.sent, all.received
            ));
        }
        for (provider, known) in each.into_iter().enumerate() {
            let sums = self.costs.sums(Some(provider));
            if (sums.sent, sums.requests, sums.cpu) != known {
                let (sent, requests, cpu) = known;
                return Err(format!(
                    "provider {provider} sent {sent} bytes and served {requests} requests in {cpu}, and the ledger has {sums:?}"
                ));
            }
        }
        Ok(())
    }

    /// The ledgers of providers of these domains and of the rooms that began; `links` are the accounts of links between providers, and
    /// of those to clients.
    pub(crate) fn finish(
        &self,
        domains: &[String],
        rooms: &[RoomId],
        links: [Counters; 2],
    ) -> Ledgers {
        let homes = &self.homes;
        Ledgers {
            costs: self.costs.rows(domains),
            pairs: self.costs.pairs(domains),
            exposures: self.sights.rows(domains, homes, links),
            dependence: self.dependence.rows(domains, rooms, homes),
            outages: self.outages.rows(domains, homes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handled::{About, Received};
    use throng_cost::Work;
    use throng_stack::Kind;

    /// Of a packet from a client, all that the accounts have is in the ledger, or it is found.
    #[test]
    fn what_is_not_in_the_ledger_is_found() {
        let mut book = LedgerBook::of(1, Homes::default(), Vec::new(), Vec::new());
        let took = SimSpan::from_micros(3);
        let mut handled = Handled::measured(SimTime::ZERO, took, Work::default(), Vec::new());
        handled.received = Some(Received {
            from: Peer::Client(ClientId(0)),
            kind: Kind::new(0, "ack"),
            about: About::default(),
            bytes: 8,
            receipt: 5,
            lost: false,
        });
        book.handled(Peer::Provider(ProviderId(0)), &handled);
        assert_eq!(book.adds_up((5, 8), [(5, 1, took)]), Ok(()));
        for (all, each) in [
            ((6, 8), (5, 1, took)),
            ((5, 9), (5, 1, took)),
            ((5, 8), (5, 2, took)),
            ((5, 8), (5, 1, SimSpan::ZERO)),
        ] {
            assert!(book.adds_up(all, [each]).is_err());
        }
    }
}
