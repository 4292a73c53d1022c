//! What each fact adds to counts, latencies and rows.

use super::books::Recorder;
use crate::contents::{NOTICES_ACCEPTED, NOTICES_READ};
use crate::follow::Follow;
use crate::outstanding::{Awaited, Flight};
use throng_audience::delays::percentile;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Accepted, Counter, Detail, Fact, Failure, MembershipWish, Reason, Subject};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::SimTime;

impl Recorder {
    pub(super) fn note(&mut self, at: SimTime, client: Option<ClientId>, fact: &Fact) {
        if client.is_none() {
            self.ledgers.noted(at, fact);
        }
        match fact {
            Fact::Opened { room, detail, .. } => self.opened(at, *room, 1, detail.as_deref()),
            Fact::Accepted(accepted) => {
                self.standstill.accepted(at, accepted);
                self.count(accepted.counted);
                match accepted.subject.class {
                    SubjectClass::Change => self.change_accepted(at, accepted),
                    SubjectClass::Proposal => {
                        self.counts.proposals += 1;
                        self.proposals.entry(accepted.room).or_default().push(at);
                    }
                    SubjectClass::Message | SubjectClass::Notice => {
                        self.message_accepted(at, accepted);
                    }
                }
            }
            Fact::Refused {
                request, reason, ..
            } => {
                let attempt = self.attempts.remove(request).is_some();
                match reason.counter {
                    Some(counter) if attempt || !reason.explains(Failure::GivenUp) => {
                        self.counts.add(counter, 1);
                    }
                    _ => self.failed(Failure::GivenUp, reason),
                }
            }
            Fact::Rejected { reason } => self.failed(Failure::GivenUp, reason),
            Fact::Counted(counted) => {
                for (counter, by) in counted {
                    self.counts.add(*counter, *by);
                }
            }
            other => {
                if let Some(client) = client {
                    self.note_client(at, client, other);
                }
            }
        }
    }

    /// A room begins, with so many members.
    pub(super) fn opened(
        &mut self,
        at: SimTime,
        room: RoomId,
        members: u32,
        detail: Option<&dyn Detail>,
    ) {
        if let Some(row) = self.plan.rooms.get_mut(room.0 as usize) {
            row.created = Some(at);
            row.initial_members = members;
            row.members = members;
            self.largest_room = self.largest_room.max(members);
        }
        if let Some(groups) = &mut self.groups {
            groups.opened(at, room, detail);
        }
    }

    fn message_accepted(&mut self, at: SimTime, accepted: &Accepted) {
        let sent = self.messages.remove(&accepted.request);
        // A hub cannot see what it is; its sender knows.
        let what = sent.map_or(accepted.subject, |(what, _)| what);
        self.contents.of(what).accepted += 1;
        if what.class == SubjectClass::Notice {
            self.counts.add(NOTICES_ACCEPTED, 1);
            if sent.is_some() {
                self.depart(at, (Awaited::Notice, what), accepted);
            }
            return;
        }
        self.counts.messages_accepted += 1;
        self.point_of(at).messages += 1;
        if let Some(row) = self.plan.rooms.get_mut(accepted.room.0 as usize) {
            row.messages += 1;
        }
        if let Some((_, wanted)) = sent {
            self.depart(at, (Awaited::Message(wanted), what), accepted);
        }
    }

    fn count(&mut self, counted: Option<Counter>) {
        if let Some(counter) = counted {
            self.counts.add(counter, 1);
        }
    }

    fn failed(&mut self, failure: Failure, reason: &'static Reason) {
        debug_assert!(
            self.plan.vocabulary.gives(failure, reason),
            "no rule can name {failure:?} for {reason:?}: it is not in the tables"
        );
        let counts = match failure {
            Failure::GivenUp => &mut self.skipped,
            Failure::Unreadable => &mut self.undecryptable,
            Failure::Rejoining => return,
        };
        *counts.entry(reason.id).or_default() += 1;
    }

    fn note_client(&mut self, at: SimTime, client: ClientId, fact: &Fact) {
        let Some(follow) = self.clients.get(client).copied() else {
            return;
        };
        self.ledgers.noted_by(at, (client, follow.since), fact);
        match fact {
            Fact::Sent {
                room,
                subject,
                request,
                wanted,
                attempt,
                bytes,
            } => match subject.class {
                SubjectClass::Change => {
                    self.counts.commit_attempts += 1;
                    self.point.attempts += 1;
                    if let Some(row) = self.plan.rooms.get_mut(room.0 as usize) {
                        row.attempts += 1;
                    }
                    self.attempts.insert(*request, (*wanted, *attempt));
                }
                // Whoever was offline when it wanted to speak is not kept waiting by the system.
                SubjectClass::Message | SubjectClass::Notice => {
                    let wanted = (*wanted).max(follow.since);
                    self.messages.insert(*request, (subject, wanted));
                    let content = self.contents.of(subject);
                    content.sent += 1;
                    content.sent_bytes += bytes;
                }
                SubjectClass::Proposal => {}
            },
            Fact::Reached {
                room,
                joined: true,
                counted,
                ..
            } => {
                self.count(*counted);
                self.joined(at, *room, client, follow);
            }
            Fact::Handled { room, event } => self.handled(at, *room, *event, client, follow.since),
            Fact::Read {
                room,
                event,
                subject,
                bytes,
                ..
            } => {
                self.read(subject, 1, u64::from(*bytes));
                if subject.class == SubjectClass::Notice {
                    return;
                }
                match self.outstanding.awaits(*room, *event, client) {
                    Some((Awaited::Message(wanted), accepted))
                        if follow.since <= accepted && self.last_latencies.is_none() =>
                    {
                        if wanted >= self.plan.warmup {
                            self.latencies.message.enter(at - wanted);
                        }
                    }
                    _ => self.counts.messages_caught_up += 1,
                }
            }
            Fact::Unreadable { reason, .. } => self.failed(Failure::Unreadable, reason),
            Fact::Rejoining { reason, .. } => self.failed(Failure::Rejoining, reason),
            Fact::GivenUp { reason } => self.failed(Failure::GivenUp, reason),
            Fact::Wanted {
                room,
                what: MembershipWish::Join(user),
                since,
            } => {
                self.joins.insert((*room, *user), *since);
            }
            Fact::Wanted {
                room,
                what: MembershipWish::JoinFromOutside,
                since,
            } => {
                self.external_joins
                    .insert((*room, client), (*since).max(follow.since));
            }
            Fact::Wanted {
                room,
                what: MembershipWish::Leave,
                since,
            } => {
                self.leaves
                    .entry((*room, follow.user))
                    .or_insert((*since).max(follow.since));
            }
            Fact::Online { online } => {
                self.online = self.online + u32::from(*online) - u32::from(follow.online);
                let since = if *online { at } else { follow.since };
                let now = Follow {
                    online: *online,
                    since,
                    ..follow
                };
                self.clients.insert(client, now);
            }
            Fact::CaughtUp { since } if *since >= self.plan.warmup => {
                self.latencies.catch_up.enter(at - *since);
            }
            Fact::Fetched { since, .. } if *since >= self.plan.warmup => {
                self.latencies.download.enter(at - *since);
            }
            _ => {}
        }
    }

    /// So many read something of so many bytes each.
    pub(super) fn read(&mut self, what: &'static Subject, readers: u64, bytes: u64) {
        let content = self.contents.of(what);
        content.read += readers;
        content.read_bytes += readers * bytes;
        match what.class {
            SubjectClass::Notice => self.counts.add(NOTICES_READ, readers),
            _ => self.counts.messages_decrypted += readers,
        }
    }

    fn joined(&mut self, at: SimTime, room: RoomId, client: ClientId, follow: Follow) {
        let external = self.external_joins.remove(&(room, client));
        let invited = || self.joins.get(&(room, follow.user)).copied();
        if let Some(wanted) = external.or_else(invited).filter(|w| *w >= self.plan.warmup) {
            // An invitation that waits for an offline device is not late.
            self.latencies.join.enter(at - wanted.max(follow.since));
        }
    }

    /// An event is on its way to those of its receivers who are online, but for those whom it excludes.
    fn depart(&mut self, at: SimTime, subject: (Awaited, &'static Subject), accepted: &Accepted) {
        let clients = &self.clients;
        let excludes = accepted.change.as_ref().map(|change| &change.excludes);
        let excluded = |client: &ClientId| {
            excludes.is_some_and(|gone| gone.iter().any(|(_, gone)| gone == client))
        };
        let awaited = accepted.receivers.iter().copied().filter(|client| {
            clients.get(*client).is_some_and(|follow| follow.online) && !excluded(client)
        });
        let (room, event) = (accepted.room, accepted.event);
        let passive = self.stand_ins.passive(accepted);
        self.outstanding
            .depart(room, event, at, subject, awaited, passive);
    }

    fn handled(&mut self, at: SimTime, room: RoomId, event: u64, client: ClientId, since: SimTime) {
        let Some((subject, accepted)) = self.outstanding.awaits(room, event, client) else {
            return;
        };
        let counts = since <= accepted;
        if let (Awaited::Change(_), true) = (subject, counts && accepted >= self.plan.warmup) {
            self.latencies.converge.enter(at - accepted);
        }
        if let Some(flight) = self.outstanding.arrive(room, event, client, at, counts) {
            self.arrived(flight);
        }
    }

    /// Everybody who was awaited and stayed online has handled it.
    pub(super) fn arrived(&mut self, mut flight: Flight) {
        flight.spans.sort_unstable();
        match flight.subject {
            Awaited::Message(wanted) if wanted >= self.plan.warmup => {
                let last = flight
                    .spans
                    .last()
                    .map(|span| flight.accepted + *span - wanted);
                if let Some(last) = last.max(flight.delays.max()) {
                    self.latencies.message_last.enter(last);
                }
                self.latencies.message.add(&flight.delays);
            }
            Awaited::Message(_) | Awaited::Notice => {}
            Awaited::Change(row) => {
                let counts = flight.accepted >= self.plan.warmup;
                if counts {
                    self.latencies.converge.add(&flight.delays);
                }
                let (p50, p99, last);
                if flight.delays.count() == 0 {
                    p50 = percentile(&flight.spans, 50);
                    p99 = percentile(&flight.spans, 99);
                    last = flight.spans.last().copied();
                } else {
                    // Percentiles of all together, as finely as the passive ones are counted.
                    flight
                        .spans
                        .iter()
                        .for_each(|span| flight.delays.record(*span));
                    p50 = flight.delays.percentile(50);
                    p99 = flight.delays.percentile(99);
                    last = flight.delays.max();
                }
                if let (Some(groups), Some(row)) = (&mut self.groups, row) {
                    groups.converged(row, [p50, p99, last]);
                }
                if let (true, Some(last)) = (counts, last) {
                    self.latencies.converge_last.enter(last);
                }
            }
        }
    }

    /// A change settles what waits in its room; one that somebody makes from outside voids it. Where only what clients noted is known, and
    /// of several generators each knows some of them, nobody can say which commit came first after a proposal.
    fn covered(&mut self, at: SimTime, accepted: &Accepted) {
        let proposals = self.proposals.remove(&accepted.room);
        let mut admits = accepted.change.iter().flat_map(|change| &change.admits);
        if self.clients_only() || admits.any(|new| *new == accepted.request.client) {
            return;
        }
        let measured = |proposed: &SimTime| *proposed >= self.plan.warmup;
        for proposed in proposals.into_iter().flatten().filter(measured) {
            self.latencies.cover.enter(at - proposed);
        }
    }

    fn change_accepted(&mut self, at: SimTime, accepted: &Accepted) {
        self.counts.commits_accepted += 1;
        self.point_of(at).commits += 1;
        let (wanted, attempts) = self.attempts.remove(&accepted.request).unwrap_or((at, 1));
        // A wish made offline begins to count when its client is online.
        let since = self.clients.get(accepted.request.client);
        let wanted = wanted.max(since.map_or(at, |follow| follow.since.min(at)));
        if wanted >= self.plan.warmup {
            self.latencies.commit_accept.enter(at - wanted);
            self.latencies.attempts.record(u64::from(attempts));
        }
        self.covered(at, accepted);
        let change = accepted.change.as_ref();
        for (user, _) in change.iter().flat_map(|change| &change.excludes) {
            if let Some(wanted) = self
                .leaves
                .remove(&(accepted.room, *user))
                .filter(|w| *w >= self.plan.warmup)
            {
                self.latencies.leave.enter(at - wanted);
            }
        }
        let Some(row) = self.plan.rooms.get_mut(accepted.room.0 as usize) else {
            return;
        };
        let receivers = self.stand_ins.receivers(accepted);
        row.commits += 1;
        row.fanout_bytes += change.map_or(0, |change| change.bytes) * receivers;
        row.epoch = change
            .map_or(0, |change| change.state)
            .saturating_sub(row.first_epoch);
        if let Some(change) = change {
            let members = (row.members + change.admits.len() as u32)
                .saturating_sub(change.excludes.len() as u32);
            row.members = members;
            self.largest_room = self.largest_room.max(members);
        }
        let (epoch, effort) = (row.epoch, (attempts, at - wanted));
        let groups = self.groups.as_mut();
        let commit = groups.and_then(|groups| groups.accepted(at, accepted, epoch, effort));
        let subject = (Awaited::Change(commit), accepted.subject);
        self.depart(at, subject, accepted);
    }
}
