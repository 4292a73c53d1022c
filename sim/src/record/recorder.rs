//! Turns what happened, in its total order, into the record.

use crate::kernel::entity::EntityId;
use crate::kernel::fingerprint::Fingerprint;
use crate::mimi::directory::parse_client_uri;
use crate::mimi::observation::{CommitAccepted, Observation};
use crate::mimi::packet::{Peer, RequestId};
use crate::mimi::participant::Stored;
use crate::mimi::wire::FrameKind;
use crate::mls::work::{TreeHealth, Work};
use crate::net::{Flow, Traffic};
use crate::record::data::*;
use crate::record::invariants::{Invariants, Violation};
use crate::record::outstanding::{Flight, Outstanding, Subject, percentile};
use crate::record::trace;
use crate::world::node::{Handled, Places};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// Party kinds of the network's accounts.
const PARTIES: [&str; 2] = ["client", "provider"];

fn party(peer: Peer) -> usize {
    match peer {
        Peer::Client(_) => 0,
        Peer::Provider(_) => 1,
    }
}

/// One client as the record follows it.
#[derive(Debug, Clone, Copy)]
struct Follow {
    user: UserId,
    online: bool,
    since: SimTime,
    cpu: SimSpan,
}

/// What the recorder is told before the run.
pub struct Plan {
    /// Latencies of what was wanted before this stay out of the histograms.
    pub warmup: SimTime,
    /// Length of a sample's interval.
    pub interval: SimSpan,
    /// Where entities stand.
    pub places: Places,
    /// A row per room, as it starts.
    pub rooms: Vec<RoomRow>,
    /// A row per provider, as it starts.
    pub providers: Vec<ProviderRow>,
}

/// Follows a run and fills its record.
pub struct Recorder {
    plan: Plan,
    fingerprint: Fingerprint,
    invariants: Invariants,
    traffic: Traffic,
    counts: Counts,
    intents: BTreeMap<&'static str, u64>,
    skipped: BTreeMap<&'static str, u64>,
    undecryptable: BTreeMap<&'static str, u64>,
    latencies: Latencies,
    commits: Vec<CommitRow>,
    clients: Vec<Follow>,
    outstanding: Outstanding,
    /// Commits under way: when wanted, the how-manieth attempt.
    attempts: BTreeMap<RequestId, (SimTime, u32)>,
    messages: BTreeMap<RequestId, SimTime>,
    joins: BTreeMap<(RoomId, UserId), SimTime>,
    external_joins: BTreeMap<(RoomId, ClientId), SimTime>,
    leaves: BTreeMap<(RoomId, UserId), SimTime>,
    series: Vec<SeriesPoint>,
    point: SeriesPoint,
    client_work: Work,
    hub_work: Work,
    end: SimTime,
}

/// A histogram of microseconds, or of counts, with three significant digits.
fn histogram() -> Histogram<u64> {
    // Three digits are within what the constructor accepts.
    let mut histogram =
        Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap_or_else(|_| unreachable!());
    histogram.auto(true);
    histogram
}

fn enter(histogram: &mut Histogram<u64>, span: SimSpan) {
    // A resizing histogram takes every value.
    histogram.saturating_record(span.as_nanos() / 1_000);
}

impl Recorder {
    /// A recorder at the start of a run.
    pub fn new(plan: Plan) -> Self {
        let latencies = Latencies {
            message: histogram(),
            message_last: histogram(),
            commit_accept: histogram(),
            converge: histogram(),
            converge_last: histogram(),
            join: histogram(),
            leave: histogram(),
            catch_up: histogram(),
            provider_wait: histogram(),
            attempts: histogram(),
        };
        Self {
            point: SeriesPoint {
                time: SimTime::ZERO + plan.interval,
                ..SeriesPoint::default()
            },
            plan,
            fingerprint: Fingerprint::new(),
            invariants: Invariants::default(),
            traffic: Traffic::new(PARTIES.len(), FrameKind::ALL.len()),
            counts: Counts::default(),
            intents: BTreeMap::new(),
            skipped: BTreeMap::new(),
            undecryptable: BTreeMap::new(),
            latencies,
            commits: Vec::new(),
            clients: Vec::new(),
            outstanding: Outstanding::default(),
            attempts: BTreeMap::new(),
            messages: BTreeMap::new(),
            joins: BTreeMap::new(),
            external_joins: BTreeMap::new(),
            leaves: BTreeMap::new(),
            series: Vec::new(),
            client_work: Work::default(),
            hub_work: Work::default(),
            end: SimTime::ZERO,
        }
    }

    /// A client exists from now on; clients come in the order of their numbers.
    pub fn client(&mut self, user: UserId, online: bool, since: SimTime) {
        self.clients.push(Follow {
            user,
            online,
            since,
            cpu: SimSpan::ZERO,
        });
    }

    /// A room that exists before time zero.
    pub fn warm_room(
        &mut self,
        room: RoomId,
        epoch: u64,
        health: TreeHealth,
        members: Vec<ClientId>,
    ) {
        let row = &mut self.plan.rooms[room.0 as usize];
        row.initial_members = members.len() as u32;
        row.created = Some(SimTime::ZERO);
        row.health = health;
        row.first_epoch = epoch;
        self.invariants.warm_room(room, epoch, members);
    }

    /// KeyPackages that are at providers before time zero.
    pub fn published_before(&mut self, count: u64) {
        self.counts.key_packages_published += count;
    }

    /// The workload yielded an intent.
    pub fn intent(&mut self, action: &'static str) {
        *self.intents.entry(action).or_default() += 1;
        if !matches!(action, "message" | "online" | "offline") {
            self.point.churn += 1;
        }
    }

    /// Take what one input came to.
    pub fn take(
        &mut self,
        now: SimTime,
        entity: EntityId,
        handled: &Handled,
    ) -> Result<(), (SimTime, Violation)> {
        trace::enter(&mut self.fingerprint, now, entity, handled);
        self.end = self.end.max(handled.done);
        let me = self.plan.places.peer(entity);
        self.account(me, handled);
        self.cpu(me, handled);
        let client = match me {
            Peer::Client(client) => Some(client),
            Peer::Provider(_) => None,
        };
        for observation in &handled.observations {
            self.invariants
                .observe(client, observation)
                .map_err(|violation| (handled.done, violation))?;
            self.observe(handled.done, client, observation);
        }
        Ok(())
    }

    fn account(&mut self, me: Peer, handled: &Handled) {
        if let Some(received) = handled.received {
            let flow = Flow {
                from: party(received.from),
                to: party(me),
                kind: received.kind.index(),
            };
            if received.lost {
                self.traffic.lost(flow, received.bytes);
            } else {
                self.traffic.received(flow, received.bytes);
            }
        }
        for sent in &handled.sent {
            let flow = Flow {
                from: party(me),
                to: party(sent.to),
                kind: sent.kind.index(),
            };
            self.traffic.sent(flow, sent.bytes, &sent.transmission);
            self.point.bytes += sent.transmission.sent_bytes;
            if let Peer::Provider(provider) = me {
                let row = &mut self.plan.providers[usize::from(provider.0)];
                match sent.to {
                    Peer::Client(_) => row.to_clients += sent.transmission.sent_bytes,
                    Peer::Provider(_) => row.to_providers += sent.transmission.sent_bytes,
                }
            }
        }
    }

    fn cpu(&mut self, me: Peer, handled: &Handled) {
        match me {
            Peer::Client(client) => {
                self.client_work += handled.work;
                self.clients[client.0 as usize].cpu += handled.service;
            }
            Peer::Provider(provider) => {
                self.hub_work += handled.work;
                let row = &mut self.plan.providers[usize::from(provider.0)];
                row.busy += handled.service;
                row.requests += 1;
                row.wait_max = row.wait_max.max(handled.waited);
                self.point.provider_busy += handled.service;
                self.point.provider_wait_max = self.point.provider_wait_max.max(handled.waited);
                enter(&mut self.latencies.provider_wait, handled.waited);
            }
        }
    }

    fn observe(&mut self, at: SimTime, client: Option<ClientId>, observation: &Observation) {
        match observation {
            Observation::RoomCreated { room, .. } => {
                let row = &mut self.plan.rooms[room.0 as usize];
                row.created = Some(at);
                row.initial_members = 1;
                row.health = TreeHealth {
                    members: 1,
                    leaves: 1,
                    ..TreeHealth::default()
                };
            }
            Observation::CommitAccepted(commit) => self.commit_accepted(at, commit),
            Observation::ProposalAccepted { .. } => self.counts.proposals += 1,
            Observation::MessageAccepted {
                room,
                event,
                request,
                receivers,
            } => {
                self.counts.messages_accepted += 1;
                self.point.messages += 1;
                self.plan.rooms[room.0 as usize].messages += 1;
                if let Some(wanted) = self.messages.remove(request) {
                    self.depart(*room, *event, at, Subject::Message(wanted), receivers, &[]);
                }
            }
            Observation::WrongEpoch { request, .. } => {
                self.counts.wrong_epoch += 1;
                self.attempts.remove(request);
            }
            Observation::HandshakeRefused { request, .. } => {
                self.counts.refused += 1;
                self.attempts.remove(request);
            }
            Observation::EpochTooOld { .. } => self.counts.epoch_too_old += 1,
            Observation::KeyPackagesTaken {
                used,
                exhausted,
                expired,
            } => {
                self.counts.key_packages_used += u64::from(*used);
                self.counts.key_packages_exhausted += u64::from(*exhausted);
                self.counts.key_packages_expired += u64::from(*expired);
            }
            other => {
                if let Some(client) = client {
                    self.observe_client(at, client, other);
                }
            }
        }
    }

    fn observe_client(&mut self, at: SimTime, client: ClientId, observation: &Observation) {
        let follow = self.clients[client.0 as usize];
        match observation {
            Observation::KeyPackagesPublished { count } => {
                self.counts.key_packages_published += u64::from(*count);
            }
            Observation::CommitSent {
                room,
                request,
                wanted,
                attempt,
            } => {
                self.counts.commit_attempts += 1;
                self.point.attempts += 1;
                self.plan.rooms[room.0 as usize].attempts += 1;
                self.attempts.insert(*request, (*wanted, *attempt));
            }
            Observation::MessageSent {
                request, wanted, ..
            } => {
                // Whoever was offline when it wanted to speak is not kept waiting by the system.
                self.messages.insert(*request, (*wanted).max(follow.since));
            }
            Observation::EpochReached {
                room, joined: true, ..
            } => self.joined(at, *room, client, follow),
            Observation::EventHandled { room, event } => {
                self.handled(at, *room, *event, client, follow.since)
            }
            Observation::Decrypted { room, event, .. } => {
                self.counts.messages_decrypted += 1;
                if let Some((Subject::Message(wanted), accepted)) =
                    self.outstanding.awaits(*room, *event, client)
                    && follow.since <= accepted
                    && wanted >= self.plan.warmup
                {
                    enter(&mut self.latencies.message, at - wanted);
                }
            }
            Observation::Unprocessable { reason, .. } => {
                *self.undecryptable.entry(reason).or_default() += 1
            }
            Observation::Skipped { reason } => *self.skipped.entry(reason).or_default() += 1,
            Observation::JoinWanted { room, user, wanted } => {
                self.joins.insert((*room, *user), *wanted);
            }
            Observation::ExternalJoinWanted { room, wanted } => {
                self.external_joins
                    .insert((*room, client), (*wanted).max(follow.since));
            }
            Observation::LeaveProposed { room, wanted } => {
                self.leaves
                    .entry((*room, follow.user))
                    .or_insert((*wanted).max(follow.since));
            }
            Observation::Online { online } => {
                let follow = &mut self.clients[client.0 as usize];
                follow.online = *online;
                if *online {
                    follow.since = at;
                }
            }
            Observation::CaughtUp { since } if *since >= self.plan.warmup => {
                enter(&mut self.latencies.catch_up, at - *since);
            }
            _ => {}
        }
    }

    fn joined(&mut self, at: SimTime, room: RoomId, client: ClientId, follow: Follow) {
        let external = self.external_joins.remove(&(room, client));
        let invited = || self.joins.get(&(room, follow.user)).copied();
        if external.is_none() && invited().is_some() {
            self.counts.welcomes += 1;
        }
        if let Some(wanted) = external.or_else(invited).filter(|w| *w >= self.plan.warmup) {
            // A Welcome that waits for an offline device is not late.
            enter(&mut self.latencies.join, at - wanted.max(follow.since));
        }
    }

    fn depart(
        &mut self,
        room: RoomId,
        event: u64,
        accepted: SimTime,
        subject: Subject,
        receivers: &[ClientId],
        but: &[ClientId],
    ) {
        let clients = &self.clients;
        let awaited = receivers
            .iter()
            .copied()
            .filter(|client| clients[client.0 as usize].online && !but.contains(client));
        self.outstanding
            .depart(room, event, accepted, subject, awaited);
    }

    fn handled(&mut self, at: SimTime, room: RoomId, event: u64, client: ClientId, since: SimTime) {
        let Some((subject, accepted)) = self.outstanding.awaits(room, event, client) else {
            return;
        };
        let counts = since <= accepted;
        if let (Subject::Commit(_), true) = (subject, counts && accepted >= self.plan.warmup) {
            enter(&mut self.latencies.converge, at - accepted);
        }
        if let Some(flight) = self.outstanding.arrive(room, event, client, at, counts) {
            self.arrived(flight);
        }
    }

    /// Everybody who was awaited has handled it.
    fn arrived(&mut self, mut flight: Flight) {
        flight.spans.sort_unstable();
        let Some(last) = flight.spans.last().copied() else {
            return;
        };
        match flight.subject {
            Subject::Message(wanted) if wanted >= self.plan.warmup => {
                enter(
                    &mut self.latencies.message_last,
                    flight.accepted + last - wanted,
                );
            }
            Subject::Message(_) => {}
            Subject::Commit(row) => {
                let row = &mut self.commits[row];
                row.converge_p50 = percentile(&flight.spans, 50);
                row.converge_p99 = percentile(&flight.spans, 99);
                row.converge_max = Some(last);
                if flight.accepted >= self.plan.warmup {
                    enter(&mut self.latencies.converge_last, last);
                }
            }
        }
    }

    fn commit_accepted(&mut self, at: SimTime, commit: &CommitAccepted) {
        let effect = &commit.effect;
        self.counts.commits_accepted += 1;
        self.counts.external_commits += u64::from(effect.external);
        self.point.commits += 1;
        let row = &mut self.plan.rooms[commit.room.0 as usize];
        row.commits += 1;
        row.health = effect.health;
        let epoch = effect.epoch - row.first_epoch;
        row.epoch = epoch;
        row.fanout_bytes += commit.commit_bytes * commit.receivers.len() as u64;
        let (wanted, attempts) = self.attempts.remove(&commit.request).unwrap_or((at, 1));
        // A wish made offline begins to count when its client is online.
        let wanted = wanted.max(self.clients[commit.request.client.0 as usize].since.min(at));
        if wanted >= self.plan.warmup {
            enter(&mut self.latencies.commit_accept, at - wanted);
            self.latencies
                .attempts
                .saturating_record(u64::from(attempts));
        }
        let gone: Vec<(UserId, ClientId)> = effect
            .removes
            .iter()
            .filter_map(|(_, uri)| parse_client_uri(uri))
            .collect();
        for (user, _) in &gone {
            if let Some(wanted) = self
                .leaves
                .remove(&(commit.room, *user))
                .filter(|w| *w >= self.plan.warmup)
            {
                enter(&mut self.latencies.leave, at - wanted);
            }
        }
        let leaves = |list: &[(u32, Vec<u8>)]| list.iter().map(|(leaf, _)| *leaf).collect();
        self.commits.push(CommitRow {
            time: at,
            room: commit.room.0,
            epoch,
            committer_leaf: effect.committer_leaf,
            external: effect.external,
            adds: leaves(&effect.adds),
            removes: leaves(&effect.removes),
            updates: effect.updates.clone(),
            path: effect.path,
            ciphertexts: effect.ciphertexts,
            commit_bytes: commit.commit_bytes,
            welcome_bytes: commit.welcome_bytes,
            health: effect.health,
            attempts,
            accept: at - wanted,
            converge_p50: None,
            converge_p99: None,
            converge_max: None,
        });
        let removed: Vec<ClientId> = gone.into_iter().map(|(_, client)| client).collect();
        let subject = Subject::Commit(self.commits.len() - 1);
        self.depart(
            commit.room,
            commit.event,
            at,
            subject,
            &commit.receivers,
            &removed,
        );
    }

    // ---- series ----

    /// When the sample at hand ends.
    pub fn sample_due(&self) -> SimTime {
        self.point.time
    }

    /// End the sample at hand; `stored` is what each provider stores now, in their order.
    pub fn sample(&mut self, stored: &[Stored]) {
        let mut point = std::mem::take(&mut self.point);
        self.point.time = point.time + self.plan.interval;
        point.online = self.clients.iter().filter(|c| c.online).count() as u32;
        let (mut ciphertexts, mut members) = (0, 0);
        for room in &self.plan.rooms {
            members += u64::from(room.health.members);
            ciphertexts += room.health.ciphertexts_sum;
            point.blank_leaves += u64::from(room.health.blank_leaves);
            point.blank_parents += u64::from(room.health.blank_parents);
            point.unmerged_leaves += u64::from(room.health.unmerged_leaves);
        }
        point.members = members;
        point.mean_ciphertexts = if members == 0 {
            0.0
        } else {
            ciphertexts as f64 / members as f64
        };
        for (row, stored) in self.plan.providers.iter_mut().zip(stored) {
            row.stored_max = row.stored_max.max(stored.bytes());
            row.key_packages_left = stored.key_packages;
            point.queued += stored.queued;
            point.key_packages += stored.key_packages;
            point.stored_bytes += stored.bytes();
        }
        self.series.push(point);
    }

    // ---- the end ----

    /// The last checks, where the run came to its end.
    pub fn check_end(&mut self) -> Result<(), Violation> {
        let clients = &self.clients;
        self.invariants
            .finish(|client| clients[client.0 as usize].online)
    }

    /// The network's accounts add up, now.
    pub fn check_balance(&mut self) -> Result<(), Violation> {
        let result = self
            .traffic
            .balanced()
            .map_err(|imbalance| imbalance.to_string());
        self.invariants.balanced(result)
    }

    /// The record. `stored` is what each provider stores at the end, `open` how many wishes are left.
    pub fn finish(mut self, partial: bool, events: u64, stored: &[Stored], open: u64) -> Record {
        self.sample(stored);
        let mut client_cpu = histogram();
        for client in &self.clients {
            client_cpu.saturating_record(client.cpu.as_nanos() / 1_000);
        }
        if open > 0 {
            self.skipped.insert("still open at the end", open);
        }
        self.counts.key_packages_left = stored.iter().map(|s| s.key_packages).sum();
        self.counts.intents = self.intents.into_iter().collect();
        self.counts.skipped = self.skipped.into_iter().collect();
        self.counts.undecryptable = self.undecryptable.into_iter().collect();
        self.commits
            .sort_by_key(|row| (row.time, row.room, row.epoch));
        let traffic = self
            .traffic
            .flows()
            .map(|(flow, counters)| TrafficRow {
                from: PARTIES[flow.from],
                to: PARTIES[flow.to],
                kind: FrameKind::ALL[flow.kind].name(),
                messages: counters.sent.messages,
                sent: counters.sent.bytes,
                received: counters.received.bytes,
                lost: counters.lost.bytes,
                duplicated: counters.duplicated.bytes,
            })
            .collect();
        Record {
            fingerprint: self.fingerprint.finish().to_string(),
            partial,
            end: self.end,
            events,
            clients: self.clients.len() as u32,
            counts: self.counts,
            latencies: self.latencies,
            commits: self.commits,
            rooms: self.plan.rooms,
            series: self.series,
            traffic,
            providers: self.plan.providers,
            client_cpu,
            client_work: self.client_work,
            hub_work: self.hub_work,
            invariants: self.invariants.rows(),
        }
    }
}
