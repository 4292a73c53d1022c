//! Samples in the course of the run, the last checks, and the record.

use super::books::{CARRIERS, PARTIES, Recorder};
use super::intervals::Sample;
use super::real_books::Real;
use crate::data::{LATENCIES, Latencies, ProviderWork, Record, SeriesPoint, TrafficRow};
use crate::follow::Follow;
use crate::groups::GroupBook;
use crate::histogram::enter;
use crate::invariants::{ADDS_UP, BALANCED, Violation};
use crate::open::{OpenLatency, Waiting};
use crate::reasons::STILL_OPEN;
use hdrhistogram::Histogram;
use std::collections::{BTreeMap, BTreeSet};
use throng_cost::Work;
use throng_net::Flow;
use throng_stack::{OpenWish, Stored, Vocabulary};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

impl Recorder {
    // ---- series ----

    /// When the sample at hand ends.
    pub fn sample_due(&self) -> SimTime {
        self.point.time
    }

    /// How long a sample is.
    pub fn sample_length(&self) -> SimSpan {
        self.plan.interval
    }

    /// What each provider stores, in their order, when a sample ends.
    pub fn stored(&mut self, stored: Vec<Stored>) {
        self.stored = stored;
    }

    /// End all samples that are over at `now`.
    pub(super) fn sample_until(&mut self, now: SimTime) {
        while self.point.time <= now {
            self.sample();
        }
    }

    /// End all intervals of what providers do that are over at `now`.
    pub(super) fn loads_until(&mut self, now: SimTime) {
        if let Some(loads) = self.loads.as_mut().filter(|loads| loads.is_due(now)) {
            loads.until(now, &self.ledgers.loads());
        }
    }

    /// The sample that a moment belongs to, also one that has ended: broadcasts are worked out later than they
    /// left, and of a hub that writes nothing down it is known only later what it accepted.
    pub(super) fn point_of(&mut self, at: SimTime) -> &mut SeriesPoint {
        let ended = self.series.partition_point(|point| point.time <= at);
        match self.series.get_mut(ended) {
            Some(point) => point,
            None => &mut self.point,
        }
    }

    fn sample(&mut self) {
        let mut point = std::mem::take(&mut self.point);
        self.point.time = point.time + self.plan.interval;
        let begin = self.series.last().map_or(SimTime::ZERO, |last| last.time);
        if let Some(last) = &mut self.last_latencies {
            // What came later belongs to the end, and after this there is nothing more.
            self.latencies = std::mem::replace(last, Latencies::made(Sample::default));
        }
        self.intervals.end(begin, point.time, &mut self.latencies);
        point.online = self.online;
        let members = self.plan.rooms.iter().map(|room| u64::from(room.members));
        point.members = members.sum();
        if let Some(groups) = &mut self.groups {
            groups.sample(point.time);
        }
        for (row, stored) in self.plan.providers.iter_mut().zip(&self.stored) {
            if let Some(archive) = &mut row.archive {
                archive.history_max = archive.history_max.max(stored.history_bytes);
            }
            row.stored_max = row.stored_max.max(stored.bytes());
            row.key_packages_left = stored.key_packages;
            point.queued += stored.queued;
            point.key_packages += stored.key_packages;
            point.exhausted += stored.exhausted;
            point.stored_bytes += stored.bytes();
        }
        self.ledgers.stored(&self.stored);
        self.series.push(point);
    }

    // ---- the end ----

    /// The last checks, where the run came to its end: nothing is on its way any more.
    pub fn check_end(&mut self) -> Result<(), Violation> {
        let flying = self
            .traffic
            .flows()
            .find(|(_, counters)| counters.in_flight().messages > 0);
        let result = match flying {
            Some((flow, counters)) => Err(format!(
                "{} {} never arrived",
                counters.in_flight().messages,
                kind_of(self.plan.vocabulary, flow.kind)
            )),
            None => Ok(()),
        };
        self.invariants.balanced(result)?;
        let clients = &self.clients;
        let online = |client| clients.get(client).is_none_or(|follow| follow.online);
        self.invariants.finish(online, &self.stand_ins)
    }

    /// The network's accounts add up, now.
    pub fn check_balance(&mut self) -> Result<(), Violation> {
        let result = self
            .traffic
            .balanced()
            .map_err(|imbalance| imbalance.to_string());
        self.invariants.balanced(result)?;
        let providers = |party| PARTIES[party] == "provider";
        let sent = self.traffic.total(|flow| providers(flow.from)).sent.bytes;
        let received = self.traffic.total(|flow| providers(flow.to)).received.bytes;
        let rows = self.plan.providers.iter();
        let rows = rows.map(|row| (row.to_clients + row.to_providers, row.requests, row.busy));
        let result = self.ledgers.adds_up((sent, received), rows);
        self.invariants.adds_up(result)
    }

    /// The open wishes, as latencies would count them: no earlier than their client is online.
    fn waiting(&self, open: &[(ClientId, OpenWish)]) -> Vec<Waiting> {
        let online = |follow: &Follow| follow.online.then_some(follow.since);
        // Of a user's devices the one that has been there longest.
        let mut users: BTreeMap<UserId, SimTime> = BTreeMap::new();
        for follow in self.clients.values() {
            if let Some(since) = online(follow) {
                let user = users.entry(follow.user).or_insert(since);
                *user = since.min(*user);
            }
        }
        // Of a shard's load, those whom it drives: of others it does not know whether they are there.
        let known: Option<BTreeSet<UserId>> = self.real.as_ref().map(|_| {
            let users = self.clients.values().map(|follow| follow.user);
            users.collect()
        });
        let waiting = |(client, wish): &(ClientId, OpenWish)| {
            let own = self.clients.get(*client).and_then(online);
            let begun = own.map(|online| online.max(wish.since));
            let let_in = wish.lets_in.iter();
            let let_in = let_in.filter_map(|user| users.get(user).copied()).min();
            let mut lets_in = wish.lets_in.iter();
            let strange = |user| known.as_ref().is_some_and(|known| !known.contains(user));
            let since = match wish.lets_in.is_empty() {
                true => begun,
                false if lets_in.any(strange) => begun.map(|_| self.end),
                false => begun.zip(let_in).map(|(begun, there)| begun.max(there)),
            };
            Waiting {
                kind: wish.kind,
                begun: begun.unwrap_or(self.end),
                since,
            }
        };
        open.iter().map(waiting).collect()
    }

    /// The record. `stored` is what each provider stores at the end, `open` the wishes that are left, and whose they are,
    /// `client_cpu` the CPU times of the clients that do not act.
    pub fn finish(
        mut self,
        partial: bool,
        events: u64,
        stored: &[Stored],
        open: &[(ClientId, OpenWish)],
        mut client_cpu: Histogram<u64>,
    ) -> Record {
        for flight in self.outstanding.drain() {
            self.arrived(flight);
        }
        self.stored = stored.to_vec();
        if !partial {
            // Nothing happening any more is part of it.
            self.end = self.end.max(self.plan.until);
        }
        while self.point.time < self.end {
            self.sample();
        }
        self.point.time = self.end;
        self.sample();
        for client in self.clients.values() {
            enter(&mut client_cpu, client.cpu);
        }
        if !open.is_empty() {
            let count = open.len() as u64;
            self.skipped.insert(STILL_OPEN.id, count);
        }
        let kinds = LATENCIES
            .iter()
            .filter_map(|latency| Some((latency.wish?, latency.name)));
        let open = OpenLatency::all(kinds, &self.waiting(open), self.plan.warmup, self.end);
        self.counts.key_packages_left = stored.iter().map(|s| s.key_packages).sum();
        self.counts.intents = self.intents.into_iter().collect();
        self.counts.skipped = self.skipped.into_iter().collect();
        self.counts.undecryptable = self.undecryptable.into_iter().collect();
        let vocabulary = self.plan.vocabulary;
        let traffic = self
            .traffic
            .flows()
            .map(|(flow, counters)| TrafficRow {
                from: PARTIES[flow.from].into(),
                to: PARTIES[flow.to].into(),
                kind: kind_of(vocabulary, flow.kind).into(),
                messages: counters.sent.messages,
                bodies: counters.bodies,
                sent: counters.sent.bytes,
                received: counters.received.bytes,
                lost: counters.lost.bytes,
                duplicated: counters.duplicated.bytes,
            })
            .collect();
        let links = [[1, 1], [1, 0]].map(|[from, to]| {
            // Of a client's link, both ways.
            let link = |flow: Flow| [[from, to], [to, from]].contains(&[flow.from, flow.to]);
            self.traffic.total(link)
        });
        let ledgers = self.real.is_none().then(|| {
            let domains = self.plan.providers.iter().map(|row| row.domain.clone());
            let began = self.plan.rooms.iter().filter(|row| row.created.is_some());
            let (domains, began): (Vec<_>, Vec<_>) = (
                domains.collect(),
                began.map(|row| RoomId(row.room)).collect(),
            );
            self.ledgers.finish(&domains, &began, links)
        });
        let loads = self.loads.map(|loads| {
            let rows = self.plan.providers.iter();
            loads.finish(&self.ledgers.loads(), stored, rows.map(|row| &*row.domain))
        });
        let (latency_intervals, latencies) = self.intervals.finish();
        let held = self.invariants.rows().into_iter();
        Record {
            fingerprint: match self.real {
                Some(_) => String::new(),
                None => self.fingerprint.finish().to_string(),
            },
            partial,
            end: self.end,
            events,
            clients: self.clients.len() + self.passive,
            counts: self.counts,
            latencies,
            contents: self.contents.finish(),
            latency_intervals,
            open,
            rooms: self.plan.rooms,
            largest_room: self.largest_room,
            stuck_rooms: self.standstill.rooms(),
            series: self.series,
            marks: self.plan.marks,
            traffic,
            ledgers,
            loads: loads.unwrap_or_default(),
            hub_work: {
                let mut all = Work::default();
                for work in &self.provider_work {
                    all += *work;
                }
                all
            },
            provider_work: self
                .provider_work
                .into_iter()
                .map(|work| ProviderWork {
                    work,
                    cpu: Vec::new(),
                })
                .collect(),
            providers: self.plan.providers,
            client_cpu,
            units: self.plan.vocabulary.units,
            client_work: self.client_work,
            measured: self.measured.into_values().collect(),
            // What nobody checks of a real run holds by how it is booked.
            invariants: match self.real {
                Some(_) => held
                    .filter(|row| row.name != BALANCED && row.name != ADDS_UP)
                    .collect(),
                None => held.collect(),
            },
            groups: self.groups.map(GroupBook::finish),
            structure: self.structure,
            real: self.real.map(Real::finish),
        }
    }
}

/// What something is called that went over links.
fn kind_of(vocabulary: &Vocabulary, kind: usize) -> &'static str {
    let packets = vocabulary.packets;
    let carrier = || CARRIERS[kind - packets.len()];
    packets.get(kind).copied().unwrap_or_else(carrier)
}

#[cfg(test)]
mod tests {
    use super::super::plan::Plan;
    use super::*;
    use crate::data::ProviderRow;
    use crate::handled::{About, Handled, Received, Sent};
    use throng_cost::Units;
    use throng_kernel::entity::EntityId;
    use throng_net::Transmission;
    use throng_stack::{Kind, Peer};
    use throng_workloads::intent::ClientId;
    use throng_workloads::intent::{ProviderId, UserId};
    use throng_workloads::time::SimSpan;

    const ACK: Kind = Kind::new(0, "ack");

    static WORDS: Vocabulary = Vocabulary {
        name: "test",
        packets: &["ack"],
        by_state: &[],
        units: Units::new(&[]),
        reasons: &[],
        details: &[],
    };

    fn recorder() -> Recorder {
        let mut recorder = Recorder::new(Plan {
            providers: vec![ProviderRow::idle("a.example".to_owned(), 1)],
            ..Plan::of_nothing(&WORDS)
        });
        recorder.client(ClientId(0), UserId(0), true, SimTime::ZERO);
        recorder
    }

    fn handled(received: Option<Received>, sent: Vec<Sent>) -> Handled {
        Handled {
            received,
            behind: Vec::new(),
            done: SimTime::ZERO,
            waited: SimSpan::ZERO,
            service: SimSpan::ZERO,
            profiled: SimSpan::ZERO,
            work: Work::default(),
            sent,
            broadcasts: Vec::new(),
            facts: Vec::new(),
        }
    }

    const PROVIDER: Peer = Peer::Provider(ProviderId(0));
    /// The client's entity: one provider stands before it.
    const CLIENT: (Peer, EntityId) = (Peer::Client(ClientId(0)), EntityId::from_index(1));

    fn ack() -> Sent {
        Sent {
            to: PROVIDER,
            kind: ACK,
            about: About::default(),
            body: 8,
            bytes: 8,
            opened: None,
            transmission: Transmission {
                arrival: SimTime::ZERO,
                duplicate: None,
                queued: SimSpan::ZERO,
                sent_bytes: 8,
                lost_bytes: 0,
                duplicated_bytes: 0,
                retransmissions: 0,
            },
        }
    }

    #[test]
    fn a_link_that_swallows_a_message_is_found_at_the_end() {
        let mut recorder = recorder();
        recorder
            .take(SimTime::ZERO, CLIENT, &handled(None, vec![ack()]))
            .expect("all is well so far");
        assert_eq!(
            recorder.check_end().expect_err("it never arrived").name,
            BALANCED
        );
    }

    #[test]
    fn a_link_that_makes_more_than_was_sent_is_found() {
        let mut recorder = recorder();
        let lossy = Sent {
            transmission: Transmission {
                lost_bytes: 3,
                ..ack().transmission
            },
            ..ack()
        };
        let received = Received {
            from: Peer::Client(ClientId(0)),
            kind: ACK,
            bytes: 8,
            about: About::default(),
            receipt: 0,
            lost: false,
        };
        recorder
            .take(SimTime::ZERO, CLIENT, &handled(None, vec![lossy]))
            .expect("all is well so far");
        recorder
            .take(
                SimTime::ZERO,
                CLIENT,
                &handled(
                    Some(Received {
                        from: PROVIDER,
                        ..received
                    }),
                    Vec::new(),
                ),
            )
            .expect("all is well so far");
        assert_eq!(
            recorder
                .check_balance()
                .expect_err("three bytes too many")
                .name,
            BALANCED
        );
    }
}
