//! What each observation adds to counts, latencies and rows.

use super::books::{Follow, Recorder, enter};
use crate::mimi::directory::parse_client_uri;
use crate::mimi::observation::{CommitAccepted, Observation};
use crate::mls::tree_health::NodeState;
use crate::mls::work::TreeHealth;
use crate::record::data::CommitRow;
use crate::record::outstanding::{Flight, Subject, percentile};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::SimTime;

impl Recorder {
    pub(super) fn observe(
        &mut self,
        at: SimTime,
        client: Option<ClientId>,
        observation: &Observation,
    ) {
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
                self.small_rooms
                    .seen(room.0, at, 0, Some(&[NodeState::FULL]));
            }
            Observation::CommitAccepted(commit) => self.commit_accepted(at, commit),
            Observation::ProposalAccepted {
                room,
                passive,
                leaving,
                stay,
                ..
            } => {
                self.counts.proposals += 1;
                if *passive == 0 {
                    self.standstill.propose(at, *room, *leaving, stay);
                }
            }
            Observation::MessageAccepted {
                room,
                event,
                request,
                receivers,
                passive,
            } => {
                self.counts.messages_accepted += 1;
                self.point.messages += 1;
                self.plan.rooms[room.0 as usize].messages += 1;
                if let Some(wanted) = self.messages.remove(request) {
                    let subject = Subject::Message(wanted);
                    self.depart((*room, *event), at, subject, (receivers, *passive), &[]);
                }
            }
            // Proposals and messages can be refused too; only commits are attempts.
            Observation::WrongEpoch { request, .. } => match self.attempts.remove(request) {
                Some(_) => self.counts.wrong_epoch += 1,
                None => self.skip("a proposal of an epoch that is over (proposed again)"),
            },
            Observation::HandshakeRefused {
                request, reason, ..
            } => match self.attempts.remove(request) {
                Some(_) => self.counts.refused += 1,
                None => self.skip(reason),
            },
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

    fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    fn observe_client(&mut self, at: SimTime, client: ClientId, observation: &Observation) {
        let follow = self.clients[&client];
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
            Observation::Skipped { reason } => self.skip(reason),
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
                self.online = self.online + u32::from(*online) - u32::from(follow.online);
                let since = if *online { at } else { follow.since };
                let now = Follow {
                    online: *online,
                    since,
                    ..follow
                };
                self.clients.insert(client, now);
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
        (room, event): (RoomId, u64),
        accepted: SimTime,
        subject: Subject,
        (receivers, passive): (&[ClientId], u64),
        but: &[ClientId],
    ) {
        let clients = &self.clients;
        let awaited = receivers
            .iter()
            .copied()
            .filter(|client| clients[client].online && !but.contains(client));
        self.outstanding
            .depart(room, event, accepted, subject, awaited, passive);
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

    /// Everybody who was awaited and stayed online has handled it.
    pub(super) fn arrived(&mut self, mut flight: Flight) {
        flight.spans.sort_unstable();
        match flight.subject {
            Subject::Message(wanted) if wanted >= self.plan.warmup => {
                let last = flight
                    .spans
                    .last()
                    .map(|span| flight.accepted + *span - wanted);
                if let Some(last) = last.max(flight.delays.max()) {
                    enter(&mut self.latencies.message_last, last);
                }
                flight.delays.add_to(&mut self.latencies.message);
            }
            Subject::Message(_) => {}
            Subject::Commit(row) => {
                let counts = flight.accepted >= self.plan.warmup;
                if counts {
                    flight.delays.add_to(&mut self.latencies.converge);
                }
                let row = &mut self.commits[row];
                let last;
                if flight.delays.count() == 0 {
                    row.converge_p50 = percentile(&flight.spans, 50);
                    row.converge_p99 = percentile(&flight.spans, 99);
                    last = flight.spans.last().copied();
                } else {
                    // Percentiles of all together, as finely as the passive ones are counted.
                    flight
                        .spans
                        .iter()
                        .for_each(|span| flight.delays.record(*span));
                    row.converge_p50 = flight.delays.percentile(50);
                    row.converge_p99 = flight.delays.percentile(99);
                    last = flight.delays.max();
                }
                row.converge_max = last;
                if let (true, Some(last)) = (counts, last) {
                    enter(&mut self.latencies.converge_last, last);
                }
            }
        }
    }

    fn commit_accepted(&mut self, at: SimTime, commit: &CommitAccepted) {
        let effect = &commit.effect;
        self.standstill.commit(commit.room);
        self.counts.commits_accepted += 1;
        self.counts.external_commits += u64::from(effect.external);
        self.point.commits += 1;
        let row = &mut self.plan.rooms[commit.room.0 as usize];
        row.commits += 1;
        row.health = effect.health;
        let epoch = effect.epoch - row.first_epoch;
        row.epoch = epoch;
        row.fanout_bytes += commit.commit_bytes * (commit.receivers.len() as u64 + commit.passive);
        self.small_rooms
            .seen(commit.room.0, at, epoch, commit.tree.as_deref());
        let (wanted, attempts) = self.attempts.remove(&commit.request).unwrap_or((at, 1));
        // A wish made offline begins to count when its client is online.
        let wanted = wanted.max(self.clients[&commit.request.client].since.min(at));
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
            (commit.room, commit.event),
            at,
            subject,
            (&commit.receivers, commit.passive),
            &removed,
        );
    }
}
