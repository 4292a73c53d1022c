//! A run over real connections: the same facts, without what only virtual time has.
//!
//! Nothing of it is entered into a fingerprint that anybody compares. What must hold is collected where it does not, instead of
//! ending the run: it cannot be replayed. What was sent and has not come is booked as lost, and what came twice as a second copy.

use super::books::Recorder;
use crate::contents::Contents;
use crate::data::{Counts, Latencies, SeriesPoint};
use crate::handled::{About, Handled, Received, Sent};
use crate::histogram::enter;
use crate::invariants::Violation;
use crate::outstanding::{Awaited, Outstanding};
use crate::structure::Structure;
use throng_cost::Work;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, Peer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

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
            // Of what clients alone know, others have worked out what else has to hold.
            if !self.clients_only() || matches!(fact, Fact::Reached { .. }) {
                let observed = self.invariants.observe(client, fact, &self.stand_ins);
                self.hold(observed);
            }
            self.note_raw(at, client, fact);
            self.note(at, client, fact);
        }
    }

    /// From the beginning on, nothing is known but what clients note.
    pub fn follow_clients_only(&mut self) {
        self.real.get_or_insert_default().clients_only = true;
    }

    pub(super) fn clients_only(&self) -> bool {
        self.real.as_ref().is_some_and(|real| real.clients_only)
    }

    /// What a hub did, as it follows from what clients noted. That may be known only later: it belongs to the sample of its own moment.
    pub fn derived(&mut self, at: SimTime, fact: &Fact) {
        self.sample_until(at);
        self.note_raw(at, None, fact);
        self.note(at, None, fact);
    }

    /// So many are members of a room from this moment on. What was over before it has those who were members then.
    pub fn members(&mut self, at: SimTime, room: RoomId, members: u32) {
        self.sample_until(at);
        if let Some(row) = self.plan.rooms.get_mut(room.0 as usize) {
            row.members = members;
            self.largest_room = self.largest_room.max(members);
        }
    }

    /// A client hears that it is no member any more.
    pub fn left(&mut self, at: SimTime, room: RoomId, client: ClientId) {
        self.sample_until(at);
        let user = self.clients.get(client).map(|follow| follow.user);
        let wanted = user.and_then(|user| self.leaves.remove(&(room, user)));
        if let Some(wanted) = wanted.filter(|wanted| *wanted >= self.plan.warmup) {
            self.latencies.leave.enter(at - wanted);
        }
    }

    /// What has to hold was checked by somebody else.
    pub fn checked(&mut self, name: &'static str, holds: bool, detail: impl FnOnce() -> String) {
        let checked = self.invariants.check(name, holds, detail);
        self.hold(checked);
    }

    /// So many deliveries never came to clients that are not online.
    pub fn undelivered(&mut self, deliveries: u64) {
        self.real.get_or_insert_default().undelivered += deliveries;
    }

    /// Whether a client is online, or unknown.
    pub fn is_online(&self, client: ClientId) -> bool {
        let follow = self.clients.get(client);
        follow.is_none_or(|follow| follow.online)
    }

    /// What a client's provider must have sent and received, as nobody wrote that down.
    pub fn mirror(&mut self, client: ClientId, provider: ProviderId, handled: &Handled) {
        let (me, peer) = (Peer::Provider(provider), Peer::Client(client));
        let sent = handled
            .received
            .map(|received| Sent::measured(handled.done, peer, received.kind, received.bytes));
        self.account(
            me,
            &Handled {
                sent: sent.into_iter().collect(),
                ..Handled::measured(handled.done, SimSpan::ZERO, Work::default(), Vec::new())
            },
        );
        for sent in &handled.sent {
            let received = Received {
                from: peer,
                kind: sent.kind,
                bytes: sent.bytes,
                about: About::default(),
                receipt: 0,
                lost: false,
            };
            self.account(
                me,
                &Handled {
                    received: Some(received),
                    ..Handled::measured(handled.done, SimSpan::ZERO, Work::default(), Vec::new())
                },
            );
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
        self.contents = Contents::default();
        self.client_work = Work::default();
        self.provider_work.fill(Work::default());
        self.measured.clear();
        if let Some(structure) = &mut self.structure {
            *structure = Structure::default();
        }
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
        // What did not hold before has to be known all the same.
        self.real.get_or_insert_default();
    }

    /// The run lasts until then at least, whatever was planned: somebody may have changed its pace.
    pub fn lasts(&mut self, until: SimTime) {
        self.plan.until = until;
    }

    /// The last checks of a real run: all has come to whom it was to come, and what was sent is accounted for.
    /// Where it was `partial` nothing has to have come.
    pub fn end_real(&mut self, partial: bool) {
        // Also where it was stopped before anything was measured.
        self.real.get_or_insert_default();
        // That bytes add up is no invariant here: what was sent and did not come is booked as lost.
        self.traffic.settle();
        if partial {
            return;
        }
        let clients = &self.clients;
        let online = |client| clients.get(client).is_none_or(|follow| follow.online);
        let lost = |client| self.real.iter().any(|real| real.lost.contains(&client));
        let back = |client| !online(client) && !lost(client);
        let undelivered = self.invariants.awaited(back);
        let arrived = self.invariants.finish(online, &self.stand_ins);
        self.hold(arrived);
        if let Some(real) = &mut self.real {
            real.undelivered += undelivered;
        }
    }

    fn hold(&mut self, checked: Result<(), Violation>) {
        let Err(violation) = checked else {
            return;
        };
        self.real.get_or_insert_default().broken(violation);
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
                // Of the same readers as the latency that counts from the wish.
                let awaited = self.outstanding.awaits(*room, *event, client);
                let since = self.clients.get(client).map(|follow| follow.since);
                let (Some((Awaited::Message(wanted), accepted)), Some(since)) = (awaited, since)
                else {
                    return;
                };
                if let Some(sent) = real.sent.get(&(*room, *event))
                    && since <= accepted
                    && wanted >= self.plan.warmup
                    && self.last_latencies.is_none()
                {
                    enter(&mut real.message_raw, at - *sent);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Plan;
    use super::*;
    use crate::histogram::histogram;
    use crate::invariants::DELIVERED;
    use throng_cost::Units;
    use throng_stack::{Accepted, Kind, RequestId, Subject, Vocabulary};
    use throng_workloads::intent::UserId;

    const KIND: Kind = Kind::new(0, "submit");
    const HUB: Peer = Peer::Provider(ProviderId(0));
    const ROOM: RoomId = RoomId(0);

    static MESSAGE: Subject = Subject {
        id: "message",
        class: SubjectClass::Message,
    };

    static WORDS: Vocabulary = Vocabulary {
        name: "test",
        packets: &["submit"],
        by_state: &[],
        units: Units::new(&[]),
        reasons: &[],
        details: &[],
    };

    fn recorder() -> Recorder {
        let provider = crate::data::ProviderRow::idle("a.example".to_owned(), 1);
        let mut recorder = Recorder::new(Plan {
            providers: vec![provider],
            ..Plan::of_nothing(&WORDS)
        });
        for client in [0, 1] {
            recorder.client(ClientId(client), UserId(client), true, SimTime::ZERO);
        }
        recorder
    }

    fn happens(recorder: &mut Recorder, millis: u64, who: Peer, facts: Vec<Fact>) {
        let at = SimTime::ZERO + SimSpan::from_millis(millis);
        let handled = Handled::measured(at, SimSpan::ZERO, Work::default(), facts);
        recorder.take_real(who, &handled);
    }

    fn client(number: u32) -> Peer {
        Peer::Client(ClientId(number))
    }

    const REQUEST: RequestId = RequestId {
        provider: ProviderId(0),
        client: ClientId(0),
        number: 0,
    };

    /// Somebody wants to say something at 10 ms, which is sent at 30 and accepted at 40.
    fn accepted(recorder: &mut Recorder) {
        recorder.begin_measuring();
        let sent = Fact::Sent {
            room: ROOM,
            subject: &MESSAGE,
            request: REQUEST,
            wanted: SimTime::ZERO + SimSpan::from_millis(10),
            attempt: 1,
            bytes: 1,
        };
        happens(recorder, 30, client(0), vec![sent]);
        let receivers = [ClientId(1)].into();
        let event = Accepted::new((ROOM, 0), &MESSAGE, REQUEST, receivers);
        let event = Fact::Accepted(Box::new(event));
        happens(recorder, 40, HUB, vec![event]);
    }

    fn read() -> Vec<Fact> {
        vec![
            Fact::Read {
                room: ROOM,
                event: 0,
                subject: &MESSAGE,
                state: 0,
                bytes: 1,
            },
            Fact::Handled {
                room: ROOM,
                event: 0,
            },
        ]
    }

    #[test]
    fn raw_counts_from_when_it_was_sent_and_the_latency_from_the_wish() {
        let mut recorder = recorder();
        recorder.invariants.warm_room(ROOM, 0, [ClientId(1)]);
        accepted(&mut recorder);
        happens(&mut recorder, 50, client(1), read());
        recorder.end_real(false);
        let record = recorder.finish(false, 3, &[], &[], histogram());
        let real = record.real.expect("a real run");
        assert_eq!(real.violations, Vec::new());
        let raw = real.message_raw.max();
        assert!((20_000..20_100).contains(&raw), "{raw}");
        let latency = &record.latencies.message;
        assert_eq!(latency.len(), 1);
        assert!(latency.max() >= 40_000, "{}", latency.max());
        assert_eq!(record.fingerprint, "");
    }

    #[test]
    fn what_does_not_hold_is_kept_and_the_run_goes_on() {
        let mut recorder = recorder();
        recorder.invariants.warm_room(ROOM, 0, [ClientId(1)]);
        accepted(&mut recorder);
        // Twice, and then never what comes next.
        happens(&mut recorder, 50, client(1), read());
        happens(&mut recorder, 60, client(1), read());
        recorder.end_real(false);
        let record = recorder.finish(false, 4, &[], &[], histogram());
        let found = record.real.expect("a real run").violations;
        let names: Vec<&str> = found.iter().map(|one| one.name).collect();
        assert_eq!(names, [DELIVERED], "{found:?}");
        assert_eq!(record.counts.messages_decrypted, 2);
    }

    /// Whoever cannot come back reads nothing any more; whose device is lost was not to.
    #[test]
    fn what_never_came_to_those_who_are_offline_is_counted() {
        for (lost, undelivered) in [(false, 1), (true, 0)] {
            let mut recorder = recorder();
            recorder.invariants.warm_room(ROOM, 0, [ClientId(1)]);
            accepted(&mut recorder);
            assert_eq!(recorder.awaited(), 1);
            let gone = vec![Fact::Online { online: false }];
            happens(&mut recorder, 45, client(1), gone);
            assert_eq!(recorder.awaited(), 0);
            if lost {
                recorder.lost(SimTime::ZERO, ClientId(1));
            }
            recorder.end_real(false);
            let record = recorder.finish(false, 3, &[], &[], histogram());
            let real = record.real.expect("a real run");
            assert_eq!((real.undelivered, real.violations.len()), (undelivered, 0));
        }
    }

    #[test]
    fn what_a_process_took_with_it_is_lost_and_a_repetition_a_second_copy() {
        let mut recorder = recorder();
        recorder.begin_measuring();
        let at = SimTime::ZERO + SimSpan::from_millis(1);
        let sent = || Sent::measured(at, HUB, KIND, 8);
        let handled = Handled {
            sent: vec![sent(), sent()],
            ..Handled::measured(at, SimSpan::ZERO, Work::default(), Vec::new())
        };
        recorder.take_real(client(0), &handled);
        let received = Received {
            from: HUB,
            kind: KIND,
            bytes: 5,
            about: About::default(),
            receipt: 0,
            lost: false,
        };
        let handled = Handled {
            received: Some(received),
            ..Handled::measured(at, SimSpan::ZERO, Work::default(), Vec::new())
        };
        recorder.take_real(client(1), &handled);
        recorder.end_real(false);
        let record = recorder.finish(false, 2, &[], &[], histogram());
        assert_eq!(record.real.expect("a real run").violations, Vec::new());
        let row = |from: &str| {
            let rows = record.traffic.iter();
            let mut rows = rows.filter(|row| row.from == from && row.messages + row.received > 0);
            rows.next().expect("a row").clone()
        };
        assert_eq!((row("client").sent, row("client").lost), (16, 16));
        assert_eq!(
            (row("provider").received, row("provider").duplicated),
            (5, 5)
        );
    }

    #[test]
    fn of_preparation_only_the_state_counts() {
        let mut recorder = recorder();
        recorder.invariants.warm_room(ROOM, 0, [ClientId(1)]);
        happens(
            &mut recorder,
            0,
            HUB,
            vec![Fact::Counted(vec![(
                throng_stack::Counter("key_packages_published"),
                10,
            )])],
        );
        happens(
            &mut recorder,
            0,
            HUB,
            vec![Fact::Counted(vec![(
                throng_stack::Counter("key_packages_used"),
                3,
            )])],
        );
        accepted(&mut recorder);
        assert_eq!(recorder.counts.key_packages_published, 7);
        assert_eq!(recorder.counts.key_packages_used, 0);
        assert_eq!(recorder.counts.messages_accepted, 1);
    }
}
