use super::*;
use throng_cost::Work;
use throng_record::Record;
use throng_record::handled::Handled;
use throng_record::histogram::histogram;
use throng_record::recorder::Plan;
use throng_stack::Peer;
use throng_stacks::live;
use throng_workloads::intent::ProviderId;
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);

static MESSAGE: Subject = Subject {
    id: "message",
    class: SubjectClass::Message,
};

static COMMIT: Subject = Subject {
    id: "commit",
    class: SubjectClass::Change,
};

/// A hub that tells its clients this, and what they make of it.
struct Clients {
    derived: Derived,
    recorder: Recorder,
    now: SimTime,
}

impl Clients {
    /// So many, of whom so many are online.
    fn new(count: u32, online: u32) -> Self {
        let mut recorder = Recorder::new(Plan::of_nothing(live::vocabulary()));
        recorder.follow_clients_only();
        for client in 0..count {
            let user = UserId(client);
            recorder.client(ClientId(client), user, client < online, SimTime::ZERO);
        }
        Self {
            derived: Derived::default(),
            recorder,
            now: SimTime::ZERO,
        }
    }

    fn fact(&mut self, client: u32, fact: &Fact) {
        self.now += SimSpan::from_millis(1);
        let client = ClientId(client);
        self.derived
            .fact(self.now, client, fact, &mut self.recorder);
        let mut recorded = fact.clone();
        self.derived.recorded(client, &mut recorded);
        let handled = Handled::measured(self.now, SimSpan::ZERO, Work::default(), vec![recorded]);
        self.recorder.take_real(Peer::Client(client), &handled);
    }

    fn told(&mut self, told: Told) {
        self.now += SimSpan::from_millis(1);
        self.derived.told(self.now, told, &mut self.recorder);
    }

    fn joins(&mut self, client: u32) {
        let reached = Fact::Reached {
            room: ROOM,
            state: 0,
            digest: None,
            joined: true,
            counted: None,
        };
        self.fact(client, &reached);
    }

    /// Client 0 asks for this and hears that it is granted.
    fn granted(&mut self, number: u32, subject: &'static Subject) -> Digest {
        let request = RequestId {
            provider: ProviderId(0),
            client: ClientId(0),
            number,
        };
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        let sent = Fact::Sent {
            room: ROOM,
            subject,
            request,
            wanted: self.now,
            attempt: 1,
            bytes: 1,
        };
        self.fact(0, &sent);
        self.told(Told::Asked(request, digest));
        self.told(Told::Granted(request));
        digest
    }

    fn gets(&mut self, client: u32, event: u64, digest: Digest) {
        self.told(Told::Got(ClientId(client), (ROOM, event), digest));
        let read = Fact::Read {
            room: ROOM,
            event,
            subject: &MESSAGE,
            state: 0,
            bytes: 1,
        };
        self.fact(client, &read);
        self.fact(client, &Fact::Handled { room: ROOM, event });
    }

    /// The hub numbers nothing, and each of these clients is at a provider of its own.
    fn unnumbered(count: u32) -> Self {
        let mut clients = Self::new(count, count);
        clients.derived = Derived::new(None, true);
        for client in 0..count {
            let home = ProviderId(client as u16);
            clients
                .derived
                .began(ClientId(client), UserId(client), home);
            clients.joins(client);
        }
        clients.measure();
        clients
    }

    fn measure(&mut self) {
        self.recorder.begin_measuring();
        self.derived.begin_measuring();
    }

    fn awaited(&self) -> u64 {
        let online = |client| self.recorder.is_online(client);
        self.derived.awaited(online)
    }

    fn record(mut self) -> Record {
        let undelivered = self.derived.finish(true, &mut self.recorder);
        self.recorder.undelivered(undelivered);
        self.recorder.end_real(false);
        self.recorder.finish(false, 0, &[], &[], histogram())
    }
}

#[test]
fn what_was_granted_and_came_to_nobody_is_missed_by_whoever_was_a_member() {
    let mut clients = Clients::new(4, 3);
    // The last is offline, and the one before it comes when the message is gone.
    for client in [0, 1, 3] {
        clients.joins(client);
    }
    clients.measure();
    clients.granted(0, &MESSAGE);
    clients.joins(2);
    assert_eq!(clients.awaited(), 1);
    let record = clients.record();
    assert_eq!(record.counts.messages_accepted, 1);
    let real = record.real.expect("a real run");
    let found: Vec<_> = real.violations.iter().map(|one| one.name).collect();
    assert_eq!(found, [DELIVERED], "{:?}", real.violations);
    assert!(real.violations[0].detail.contains("client 1"));
    assert_eq!(real.undelivered, 1);
}

#[test]
fn what_was_granted_and_came_to_all_is_missed_by_nobody() {
    let mut clients = Clients::new(2, 2);
    clients.joins(0);
    clients.joins(1);
    clients.measure();
    let digest = clients.granted(0, &MESSAGE);
    assert_eq!(clients.awaited(), 1);
    clients.gets(1, 0, digest);
    assert_eq!(clients.awaited(), 0);
    let record = clients.record();
    assert_eq!(record.counts.messages_accepted, 1);
    let real = record.real.expect("a real run");
    assert_eq!((real.violations, real.undelivered), (Vec::new(), 0));
}

/// Nobody is there who could show which event it became: it is accepted at the grant, so that its latency counts although they come
/// back when nothing is measured any more.
#[test]
fn what_was_granted_while_all_others_are_away_is_accepted_then() {
    let mut clients = Clients::new(3, 1);
    for client in 0..3 {
        clients.joins(client);
    }
    clients.measure();
    let digest = clients.granted(0, &COMMIT);
    assert_eq!(clients.recorder.accepted(), 1);
    assert_eq!(clients.awaited(), 0);
    clients.recorder.end_measuring();
    clients.gets(1, 0, digest);
    let record = clients.record();
    assert_eq!(record.counts.commits_accepted, 1);
    assert_eq!(record.latencies.commit_accept.len(), 1);
    assert_eq!(record.latencies.attempts.len(), 1);
    // The last never came back.
    let real = record.real.expect("a real run");
    assert_eq!((real.violations, real.undelivered), (Vec::new(), 1));

    // Where one went away before it came, that shows only when nothing is measured any more.
    let mut clients = Clients::new(2, 2);
    clients.joins(0);
    clients.joins(1);
    clients.measure();
    clients.granted(0, &COMMIT);
    assert_eq!(clients.recorder.accepted(), 0);
    clients.derived.over(&mut clients.recorder);
    clients.recorder.end_measuring();
    assert_eq!(clients.record().latencies.commit_accept.len(), 1);

    // Also where it came to none of them at all.
    let mut clients = Clients::new(3, 1);
    for client in 0..3 {
        clients.joins(client);
    }
    clients.measure();
    clients.granted(0, &MESSAGE);
    let record = clients.record();
    assert_eq!(record.counts.messages_accepted, 1);
    let real = record.real.expect("a real run");
    assert_eq!((real.violations, real.undelivered), (Vec::new(), 2));
}

/// Client 2 is a member for the hub, but has not said so, when client 1 gets the message: of them all, that is the last that is waited for.
#[test]
fn what_a_shard_keeps_of_the_last_is_what_its_record_has() {
    let mut clients = Clients::new(3, 3);
    let elsewhere = Elsewhere::new(SimTime::ZERO, SimSpan::from_secs(1));
    clients.derived = Derived::new(Some(elsewhere), false);
    clients.joins(0);
    clients.joins(1);
    clients.measure();
    let digest = clients.granted(0, &MESSAGE);
    clients.gets(1, 5, digest);
    let last = clients.now;
    clients.joins(2);
    clients.gets(2, 5, digest);
    let elsewhere = clients
        .derived
        .elsewhere()
        .cloned()
        .expect("one of several");
    let kept = elsewhere.into_ledger().sent[0];
    assert_eq!(kept.last, Some(last));
    let lasts = clients.record().latencies.message_last;
    let own = last.since(kept.wanted).as_nanos() / 1_000;
    assert_eq!(lasts.len(), 1);
    assert!(lasts.equivalent(lasts.max(), own), "{own}");
}

/// The commit of a room's only member comes to nobody, which is as it should be; that of preparation is nobody's figure besides.
#[test]
fn a_commit_of_preparation_that_came_to_nobody_is_not_counted() {
    let mut clients = Clients::new(2, 2);
    clients.joins(0);
    clients.granted(0, &COMMIT);
    clients.joins(1);
    clients.measure();
    assert_eq!(clients.awaited(), 0);
    let record = clients.record();
    assert_eq!(record.counts.commits_accepted, 0);
    assert_eq!(record.real.expect("a real run").violations, Vec::new());

    let mut clients = Clients::new(2, 2);
    clients.joins(0);
    clients.measure();
    clients.granted(0, &COMMIT);
    clients.joins(1);
    assert_eq!(clients.awaited(), 0);
    let record = clients.record();
    assert_eq!(record.counts.commits_accepted, 1);
    assert_eq!(record.real.expect("a real run").violations, Vec::new());
}

/// Each provider numbers what comes to it, and not all began at the same time.
#[test]
fn an_event_is_the_same_whatever_numbers_it_has() {
    let mut clients = Clients::unnumbered(3);
    let first = clients.granted(0, &MESSAGE);
    clients.gets(1, 0, first);
    assert_eq!(clients.awaited(), 1, "that at the other provider");
    let second = clients.granted(1, &MESSAGE);
    assert_eq!(clients.awaited(), 3);
    clients.gets(2, 7, first);
    clients.gets(2, 8, second);
    clients.gets(1, 1, second);
    assert_eq!(clients.awaited(), 0);
    let record = clients.record();
    assert_eq!(record.counts.messages_accepted, 2);
    assert_eq!(record.latencies.message.len(), 4);
    assert_eq!(record.latencies.message_last.len(), 2);
    let real = record.real.expect("a real run");
    assert_eq!((real.violations, real.undelivered), (Vec::new(), 0));
}

#[test]
fn what_came_to_one_provider_is_missed_at_another() {
    let mut clients = Clients::unnumbered(3);
    let first = clients.granted(0, &MESSAGE);
    clients.gets(1, 0, first);
    // Whoever numbers what comes as it comes does not know the hub's order.
    let (second, third) = (clients.granted(1, &MESSAGE), clients.granted(2, &MESSAGE));
    clients.gets(1, 2, third);
    clients.gets(1, 1, second);
    assert_eq!(clients.awaited(), 3, "all three at the other");
    let record = clients.record();
    assert_eq!(record.counts.messages_accepted, 3);
    let violations = record.real.expect("a real run").violations;
    let details: Vec<&str> = violations.iter().map(|one| &*one.detail).collect();
    assert!(details.len() == 1, "{details:?}");
    assert!(
        details[0].contains("3 events never reached client 2"),
        "{details:?}"
    );
}

#[test]
fn what_comes_twice_or_is_two_things_is_found_whoever_numbers_it() {
    let details = |clients: Clients| {
        let violations = clients.record().real.expect("a real run").violations;
        let details = violations.into_iter().map(|one| one.detail);
        details.collect::<Vec<String>>()
    };
    let mut clients = Clients::unnumbered(2);
    let first = clients.granted(0, &MESSAGE);
    clients.gets(1, 0, first);
    clients.gets(1, 1, first);
    let found = details(clients);
    assert!(
        found.len() == 1 && found[0].contains("came to client 1 before, as Some(0)"),
        "{found:?}"
    );

    let mut clients = Clients::new(3, 3);
    (0..3).for_each(|client| clients.joins(client));
    let (first, second) = (clients.granted(0, &MESSAGE), clients.granted(1, &MESSAGE));
    clients.gets(1, 0, first);
    clients.gets(2, 0, second);
    clients.gets(2, 1, second);
    let found = details(clients);
    assert!(
        found[0].contains("event 0 is another message for client 2"),
        "{found:?}"
    );
}

/// A device that is lost has nothing to come to it.
#[test]
fn whose_device_is_lost_misses_nothing() {
    for (lost, undelivered) in [(false, 1), (true, 0)] {
        let mut clients = Clients::new(3, 3);
        (0..3).for_each(|client| clients.joins(client));
        clients.measure();
        clients.fact(2, &Fact::Online { online: false });
        if lost {
            clients.recorder.lost(clients.now, ClientId(2));
            clients.derived.lost(ClientId(2));
        }
        let digest = clients.granted(0, &MESSAGE);
        clients.gets(1, 0, digest);
        let real = clients.record().real.expect("a real run");
        assert_eq!(
            (real.violations, real.undelivered),
            (Vec::new(), undelivered)
        );
    }
}

/// What all have is forgotten, and nothing that somebody lacks.
#[test]
fn a_long_load_is_kept_as_a_short_one_is() {
    let unnumbered = Clients::unnumbered(3);
    let mut numbered = Clients::new(3, 3);
    (0..3).for_each(|client| numbered.joins(client));
    numbered.measure();
    for mut clients in [numbered, unnumbered] {
        for number in 0..5_000 {
            let digest = clients.granted(number, &MESSAGE);
            clients.gets(1, number.into(), digest);
            // Of the last thousand one never comes to somebody.
            if number != 4_500 {
                clients.gets(2, number.into(), digest);
            }
        }
        let derived = &clients.derived;
        let (sent, asked) = (derived.sent.len(), derived.asked.len());
        assert!(sent < 1_600 && asked == sent, "{sent} {asked}");
        let record = clients.record();
        assert_eq!(record.latencies.message.len(), 9_999);
        let violations = record.real.expect("a real run").violations;
        let found: Vec<&str> = violations.iter().map(|one| &*one.detail).collect();
        assert!(
            found.len() == 1 && found[0].contains("1 events never reached client 2"),
            "{found:?}"
        );
    }
}
