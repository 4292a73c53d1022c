//! What the recorder keeps, and how it takes what one input came to.

use super::intervals::{Intervals, Sample};
use super::plan::Plan;
use super::real_books::Real;
use crate::contents::{Contents, NOTICES_ACCEPTED};
use crate::data::*;
use crate::follow::{Follow, Follows};
use crate::groups::GroupBook;
use crate::handled::{Handled, Sent};
use crate::invariants::{Invariants, Violation};
use crate::ledgers::LedgerBook;
use crate::loads::LoadBook;
use crate::outstanding::Outstanding;
use crate::stand_ins::StandIns;
use crate::structure::{self, Structure};
use crate::stuck::Standstill;
use crate::trace;
use std::collections::BTreeMap;
use throng_cost::Work;
use throng_kernel::entity::EntityId;
use throng_kernel::fingerprint::Fingerprint;
use throng_net::{Bulk, Flow, Traffic};
use throng_stack::{Counter, Kind, OpenRoom, Peer, RequestId, Stored, Subject};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// Party kinds of the network's accounts.
pub(super) const PARTIES: [&str; 2] = ["client", "provider"];

/// Kinds of what goes over links that no stack sends, behind those that it does: what answers that a request is taken, and
/// what sets up connections.
pub(super) const CARRIERS: [&str; 2] = ["receipt", "connection"];

/// What of [`CARRIERS`] it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Carrier {
    Receipt = 0,
    Connection = 1,
}

/// One message of so many bytes.
pub(super) fn one(bytes: u64) -> Bulk {
    Bulk {
        messages: 1,
        bytes,
        ..Bulk::default()
    }
}

fn party(peer: Peer) -> usize {
    match peer {
        Peer::Client(_) => 0,
        Peer::Provider(_) => 1,
    }
}

/// Follows a run and fills its record. A clone is where it stands, from which a record so far can be made.
#[derive(Clone)]
pub struct Recorder {
    pub(super) plan: Plan,
    pub(super) fingerprint: Fingerprint,
    pub(super) invariants: Invariants,
    pub(super) stand_ins: StandIns,
    pub(super) traffic: Traffic,
    pub(super) counts: Counts,
    pub(super) intents: BTreeMap<&'static str, u64>,
    pub(super) skipped: BTreeMap<&'static str, u64>,
    pub(super) undecryptable: BTreeMap<&'static str, u64>,
    /// Those of the sample at hand.
    pub(super) latencies: Latencies<Sample>,
    /// Those of the interval in which measuring ended, once it has: what came later does not count.
    pub(super) last_latencies: Option<Latencies<Sample>>,
    pub(super) intervals: Intervals,
    pub(super) largest_room: u32,
    /// What only one protocol has, where the run is of that.
    pub(super) groups: Option<GroupBook>,
    pub(super) standstill: Standstill,
    pub(super) clients: Follows,
    /// How many others there are, who do nothing but receive.
    pub(super) passive: u32,
    /// How many of all are online.
    pub(super) online: u32,
    pub(super) outstanding: Outstanding,
    /// Commits under way: when wanted, and which attempt at it this is, from 1.
    pub(super) attempts: BTreeMap<RequestId, (SimTime, u32)>,
    /// Application messages under way: what their senders call them, and when wanted.
    pub(super) messages: BTreeMap<RequestId, (&'static Subject, SimTime)>,
    /// By what their senders and readers call them.
    pub(super) contents: Contents,
    pub(super) joins: BTreeMap<(RoomId, UserId), SimTime>,
    pub(super) external_joins: BTreeMap<(RoomId, ClientId), SimTime>,
    pub(super) leaves: BTreeMap<(RoomId, UserId), SimTime>,
    /// When what waits in a room for a change was accepted.
    pub(super) proposals: BTreeMap<RoomId, Vec<SimTime>>,
    pub(super) series: Vec<SeriesPoint>,
    pub(super) point: SeriesPoint,
    pub(super) stored: Vec<Stored>,
    pub(super) client_work: Work,
    pub(super) provider_work: Vec<Work>,
    /// By party and by what it answered to.
    pub(super) measured: BTreeMap<(&'static str, &'static str), MeasuredRow>,
    pub(super) end: SimTime,
    /// Where it was asked for.
    pub(super) structure: Option<Structure>,
    /// Who pays for whom, and who sees what.
    pub(super) ledgers: LedgerBook,
    /// What providers do second by second, where it was asked for.
    pub(super) loads: Option<LoadBook>,
    /// What only a run over real connections has.
    pub(super) real: Option<Real>,
}

impl Recorder {
    /// A recorder at the start of a run.
    pub fn new(mut plan: Plan) -> Self {
        let (homes, shows) = (
            std::mem::take(&mut plan.homes),
            std::mem::take(&mut plan.shows),
        );
        let outages = std::mem::take(&mut plan.outages);
        Self {
            ledgers: LedgerBook::of(plan.providers.len(), homes, shows, outages),
            point: SeriesPoint {
                time: SimTime::ZERO + plan.interval,
                ..SeriesPoint::default()
            },
            fingerprint: Fingerprint::new(),
            invariants: Invariants::default(),
            stand_ins: StandIns::default(),
            traffic: Traffic::new(
                PARTIES.len(),
                plan.vocabulary.packets.len() + CARRIERS.len(),
            ),
            counts: Counts::default(),
            intents: BTreeMap::new(),
            skipped: BTreeMap::new(),
            undecryptable: BTreeMap::new(),
            latencies: Latencies::made(Sample::default),
            last_latencies: None,
            intervals: Intervals::default(),
            largest_room: 0,
            groups: GroupBook::of(plan.vocabulary, plan.rooms.len()),
            standstill: Standstill::default(),
            clients: Follows::default(),
            passive: 0,
            online: 0,
            outstanding: Outstanding::default(),
            attempts: BTreeMap::new(),
            messages: BTreeMap::new(),
            contents: Contents::default(),
            joins: BTreeMap::new(),
            external_joins: BTreeMap::new(),
            leaves: BTreeMap::new(),
            proposals: BTreeMap::new(),
            series: Vec::new(),
            stored: Vec::new(),
            client_work: Work::default(),
            provider_work: vec![Work::default(); plan.providers.len()],
            measured: BTreeMap::new(),
            end: SimTime::ZERO,
            structure: None,
            loads: None,
            real: None,
            plan,
        }
    }

    /// Keep what is sent length by length, and CPU times by what they are for.
    pub fn keep_structure(&mut self) {
        self.structure.get_or_insert_default();
    }

    /// Keep what each provider has to do second by second.
    pub fn keep_loads(&mut self) {
        let providers = self.plan.providers.len();
        self.loads.get_or_insert_with(|| LoadBook::of(providers));
    }

    /// A client exists from now on that is an entity of its own.
    pub fn client(&mut self, client: ClientId, user: UserId, online: bool, since: SimTime) {
        self.online += u32::from(online);
        let follow = Follow {
            user,
            online,
            since,
            cpu: SimSpan::ZERO,
        };
        self.clients.insert(client, follow);
        self.ledgers.client(client, user);
    }

    /// A client exists that does nothing but receive.
    pub fn passive_client(&mut self, online: bool) {
        self.passive += 1;
        self.online += u32::from(online);
    }

    /// The 99th percentile up to the last sample of messages, or of commits where there is no message yet.
    pub fn p99(&self) -> Option<(&'static str, SimSpan)> {
        let so_far = self.intervals.so_far();
        let told = [
            ("messages", &so_far.message),
            ("commits", &so_far.commit_accept),
        ];
        let (of, told) = told.into_iter().find(|(_, latency)| !latency.is_empty())?;
        let micros = told.value_at_quantile(0.99);
        Some((of, SimSpan::from_nanos(micros.saturating_mul(1_000))))
    }

    /// The latencies up to the last sample.
    pub fn so_far(&self) -> &Latencies {
        self.intervals.so_far()
    }

    /// From now on latencies do not count any more; all else goes on. Whoever comes back at the end, because it is the end, has much to
    /// say at once, and nobody who is real does that.
    pub fn end_measuring(&mut self) {
        if self.last_latencies.is_some() {
            return;
        }
        // Whoever went away before something came is not waited for: it has come to all who stayed.
        for flight in self.outstanding.drain() {
            self.arrived(flight);
        }
        self.last_latencies = Some(self.latencies.clone());
    }

    /// What was accepted so far: changes, proposals and messages, also those that clients send by themselves.
    pub fn accepted(&self) -> u64 {
        let counts = &self.counts;
        let notices = counts.others.get(NOTICES_ACCEPTED.0).copied();
        let messages = counts.messages_accepted + notices.unwrap_or_default();
        counts.commits_accepted + counts.proposals + messages
    }

    /// Deliveries that are still to come to clients that are online.
    pub fn awaited(&self) -> u64 {
        let clients = &self.clients;
        let online = |client| clients.get(client).is_none_or(|follow| follow.online);
        self.invariants.awaited(online)
    }

    /// How often something that a hub accepted has come to a client so far.
    pub fn deliveries(&self) -> u64 {
        self.invariants.deliveries()
    }

    /// A room that exists before time zero.
    pub fn open_room(&mut self, room: &OpenRoom) {
        let passive: usize = room.listeners.iter().map(|all| all.seats.len()).sum();
        if let Some(row) = self.plan.rooms.get_mut(room.room.0 as usize) {
            row.first_epoch = room.state;
        }
        let count = (room.members.len() + passive) as u32;
        self.opened(SimTime::ZERO, room.room, count, room.detail.as_deref());
        self.stand_ins.open_room(room);
        self.ledgers.open_room(room);
        let stand_ins = room.listeners.iter().map(|all| all.stand_in);
        let members = room.members.iter().copied().chain(stand_ins);
        self.invariants.warm_room(room.room, room.state, members);
    }

    /// What is counted before time zero.
    pub fn counted_before(&mut self, counted: &[(Counter, u64)]) {
        for (counter, by) in counted {
            self.counts.add(*counter, *by);
        }
    }

    /// A client lost its device for good.
    pub fn lost(&mut self, at: SimTime, client: ClientId) {
        self.standstill.lose(at, client);
        if let Some(real) = &mut self.real {
            real.lost.insert(client);
        }
    }

    /// Time has come to this moment: what ends by then ends before what comes next.
    pub fn until(&mut self, now: SimTime) {
        self.sample_until(now);
    }

    /// The workload yielded an intent.
    pub fn intent(&mut self, action: &'static str) {
        *self.intents.entry(action).or_default() += 1;
        if !matches!(action, "message" | "online" | "offline") {
            self.point.churn += 1;
        }
    }

    /// Take what one input came to for a party, whose entity the fingerprint names.
    pub fn take(
        &mut self,
        now: SimTime,
        (me, entity): (Peer, EntityId),
        handled: &Handled,
    ) -> Result<(), (SimTime, Violation)> {
        self.sample_until(now);
        self.loads_until(now);
        trace::enter(&mut self.fingerprint, now, entity, handled, &self.stand_ins);
        self.end = self.end.max(handled.done);
        self.account(me, handled);
        self.cpu(me, handled);
        let client = match me {
            Peer::Client(client) => Some(client),
            Peer::Provider(_) => None,
        };
        for fact in &handled.facts {
            self.invariants
                .observe(client, fact, &self.stand_ins)
                .map_err(|violation| (handled.done, violation))?;
            self.note(handled.done, client, fact);
        }
        self.ledgers.handled(me, handled);
        Ok(())
    }

    /// What a party sent left.
    pub fn departed(&mut self, at: SimTime, (me, entity): (Peer, EntityId), sent: &[Sent]) {
        self.sample_until(at);
        self.loads_until(at);
        trace::departed(&mut self.fingerprint, at, entity, sent);
        self.account_sent(me, sent);
        self.ledgers.departed(me, sent);
    }

    /// A party sent something to a peer to which no link leads: it is in no account.
    pub fn stray(&mut self, me: Peer, to: Peer, kind: Kind) -> Result<(), Violation> {
        let nowhere = Err(format!(
            "{kind} from {me:?} to {to:?}, to whom no link leads"
        ));
        self.invariants.balanced(nowhere)
    }

    pub(super) fn account(&mut self, me: Peer, handled: &Handled) {
        for received in handled.all_received() {
            let flow = Flow {
                from: party(received.from),
                to: party(me),
                kind: received.kind.index(),
            };
            if received.lost {
                self.traffic.lost(flow, received.bytes);
            } else {
                self.traffic.received(flow, received.bytes);
                if received.receipt > 0 {
                    self.carried(
                        (me, received.from),
                        Carrier::Receipt,
                        &one(received.receipt),
                    );
                }
            }
        }
        self.account_sent(me, &handled.sent);
    }

    /// Something went over links that no stack sent.
    pub(super) fn carried(&mut self, (from, to): (Peer, Peer), what: Carrier, bulk: &Bulk) {
        let flow = Flow {
            from: party(from),
            to: party(to),
            kind: self.plan.vocabulary.packets.len() + what as usize,
        };
        self.traffic.delivered(flow, bulk);
        self.point.bytes += bulk.sent_bytes();
        if let (Peer::Provider(provider), Peer::Client(_)) = (from, to) {
            self.plan.providers[usize::from(provider.0)].to_clients += bulk.sent_bytes();
        }
    }

    fn account_sent(&mut self, me: Peer, sent: &[Sent]) {
        for sent in sent {
            let flow = Flow {
                from: party(me),
                to: party(sent.to),
                kind: sent.kind.index(),
            };
            self.traffic.sent(flow, sent.bytes, &sent.transmission);
            self.traffic.said(flow, sent.body);
            if let Some(structure) = &mut self.structure {
                structure.sent(me, sent.to, sent.kind.name(), sent.body);
            }
            self.point.bytes += sent.transmission.sent_bytes;
            if let Peer::Provider(provider) = me {
                let row = &mut self.plan.providers[usize::from(provider.0)];
                match sent.to {
                    Peer::Client(_) => row.to_clients += sent.transmission.sent_bytes,
                    Peer::Provider(_) => row.to_providers += sent.transmission.sent_bytes,
                }
            }
            if let Some(opened) = &sent.opened {
                self.carried((me, sent.to), Carrier::Connection, &opened.there);
                self.carried((sent.to, me), Carrier::Connection, &opened.back);
            }
        }
    }

    /// Set what a stopwatch said beside what the profile says.
    fn measure(&mut self, me: Peer, handled: &Handled) {
        if handled.work.measured_ns == 0 {
            return;
        }
        let party = structure::party(me);
        let trigger = structure::trigger(handled.received);
        let row = self.measured.entry((party, trigger));
        let row = row.or_insert(MeasuredRow {
            party,
            trigger,
            times: 0,
            measured: SimSpan::ZERO,
            profiled: SimSpan::ZERO,
        });
        row.times += 1;
        row.measured += handled.service;
        row.profiled += handled.profiled;
    }

    pub(super) fn cpu(&mut self, me: Peer, handled: &Handled) {
        self.measure(me, handled);
        if let Some(structure) = &mut self.structure {
            structure.took(me, handled);
        }
        match me {
            Peer::Client(client) => {
                self.client_work += handled.work;
                if let Some(follow) = self.clients.get_mut(client) {
                    follow.cpu += handled.service;
                }
            }
            // It was down, or nothing got through: nothing was served.
            Peer::Provider(_) if handled.received.is_some_and(|received| received.lost) => {}
            Peer::Provider(provider) => {
                self.provider_work[usize::from(provider.0)] += handled.work;
                let row = &mut self.plan.providers[usize::from(provider.0)];
                row.busy += handled.service;
                row.requests += 1;
                row.wait_max = row.wait_max.max(handled.waited);
                self.point.provider_busy += handled.service;
                if let Some(loads) = &mut self.loads {
                    loads.served(usize::from(provider.0), handled);
                }
                self.point.provider_wait_max = self.point.provider_wait_max.max(handled.waited);
                self.latencies.provider_wait.enter(handled.waited);
            }
        }
    }
}
