//! A run over real connections: the same facts, without what only virtual time has.
//!
//! Nothing of it is entered into a fingerprint that anybody compares. What must hold is collected where it does not, instead of
//! ending the run: it cannot be replayed. What was sent and has not come is booked as lost, and what came twice as a second copy.

use super::books::Recorder;
use crate::data::{Counts, Latencies, RealRecord, SeriesPoint};
use crate::handled::Handled;
use crate::histogram::{enter, histogram};
use crate::invariants::Violation;
use crate::outstanding::Outstanding;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use throng_cost::Work;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, Peer, RequestId};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// So many violations are told; more say no more.
const MOST_VIOLATIONS: usize = 100;

/// What only such a run has.
pub(super) struct Real {
    violations: Vec<Violation>,
    /// When each message was first sent, by its request.
    first_sent: BTreeMap<RequestId, SimTime>,
    /// The same by the event that it became.
    sent: BTreeMap<(RoomId, u64), SimTime>,
    message_raw: Histogram<u64>,
}

impl Real {
    pub(super) fn finish(self) -> RealRecord {
        RealRecord {
            message_raw: self.message_raw,
            violations: self.violations,
        }
    }
}

impl Default for Real {
    fn default() -> Self {
        Self {
            violations: Vec::new(),
            first_sent: BTreeMap::new(),
            sent: BTreeMap::new(),
            message_raw: histogram(),
        }
    }
}

impl Recorder {
    /// Take what one input came to for a party of a real run, in order of time.
    pub fn take_real(&mut self, me: Peer, handled: &Handled) {
        let at = handled.done;
        self.sample_until(at);
        self.end = self.end.max(at);
        self.account(me, handled);
        self.cpu(me, handled);
        let client = match me {
            Peer::Client(client) => Some(client),
            Peer::Provider(_) => None,
        };
        for fact in &handled.facts {
            let observed = self.invariants.observe(client, fact, &self.stand_ins);
            self.hold(observed);
            self.note_raw(at, client, fact);
            self.note(at, client, fact);
        }
    }

    /// What was before this was preparation: of that only the state counts in which it left everybody and everything.
    pub fn begin_measuring(&mut self) {
        let before = std::mem::take(&mut self.counts);
        let gone = before.key_packages_used + before.key_packages_expired;
        self.counts = Counts {
            key_packages_published: before.key_packages_published.saturating_sub(gone),
            ..Counts::default()
        };
        self.skipped.clear();
        self.undecryptable.clear();
        self.traffic = self.traffic.emptied();
        self.latencies = Latencies::made(Default::default);
        self.outstanding = Outstanding::default();
        self.attempts.clear();
        self.messages.clear();
        self.client_work = Work::default();
        self.hub_work = Work::default();
        self.measured.clear();
        self.point = SeriesPoint {
            time: self.point.time,
            ..SeriesPoint::default()
        };
        for follow in self.clients.values_mut() {
            follow.cpu = SimSpan::ZERO;
        }
        for room in &mut self.plan.rooms {
            room.initial_members = room.members;
            room.first_epoch += room.epoch;
            room.epoch = 0;
            room.commits = 0;
            room.attempts = 0;
            room.messages = 0;
            room.fanout_bytes = 0;
        }
        for provider in &mut self.plan.providers {
            provider.busy = SimSpan::ZERO;
            provider.requests = 0;
            provider.to_clients = 0;
            provider.to_providers = 0;
        }
        if let Some(groups) = &mut self.groups {
            groups.begin_measuring();
        }
        self.real = Some(Real::default());
    }

    /// The last checks of a real run: all has come to whom it was to come, and what was sent is accounted for.
    /// Where it was `partial` nothing has to have come.
    pub fn end_real(&mut self, partial: bool) {
        self.traffic.settle();
        let balanced = self.traffic.balanced();
        let balanced = balanced.map_err(|imbalance| imbalance.to_string());
        let balanced = self.invariants.balanced(balanced);
        self.hold(balanced);
        if partial {
            return;
        }
        let clients = &self.clients;
        let online = |client| clients.get(&client).is_none_or(|follow| follow.online);
        let arrived = self.invariants.finish(online, &self.stand_ins);
        self.hold(arrived);
    }

    fn hold(&mut self, checked: Result<(), Violation>) {
        let Err(violation) = checked else {
            return;
        };
        let real = self.real.get_or_insert_default();
        if real.violations.len() < MOST_VIOLATIONS {
            real.violations.push(violation);
        }
    }

    /// What a measurement would say that looks away while a wish waits to be sent.
    fn note_raw(&mut self, at: SimTime, client: Option<ClientId>, fact: &Fact) {
        let Some(real) = &mut self.real else {
            return;
        };
        match (fact, client) {
            (
                Fact::Sent {
                    subject, request, ..
                },
                Some(_),
            ) if subject.class == SubjectClass::Message => {
                real.first_sent.entry(*request).or_insert(at);
            }
            (Fact::Accepted(accepted), _) => {
                if let Some(sent) = real.first_sent.remove(&accepted.request) {
                    real.sent.insert((accepted.room, accepted.event), sent);
                }
            }
            (Fact::Read { room, event, .. }, Some(client)) => {
                let awaited = self.outstanding.awaits(*room, *event, client);
                let since = self.clients.get(&client).map(|follow| follow.since);
                let stayed = awaited
                    .zip(since)
                    .is_some_and(|((_, accepted), since)| since <= accepted);
                if let (Some(sent), true) = (real.sent.get(&(*room, *event)), stayed) {
                    if *sent >= self.plan.warmup {
                        enter(&mut real.message_raw, at - *sent);
                    }
                }
            }
            _ => {}
        }
    }
}
