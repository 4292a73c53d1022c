//! What several shards know of a history, put together, is what one that sees all of it knows.

use super::derive::{Derived, Told};
use super::elsewhere::Elsewhere;
use crate::meeting::Owed;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use throng_cost::Work;
use throng_record::handled::Handled;
use throng_record::histogram::histogram;
use throng_record::merge::{Part, merge};
use throng_record::recorder::{Plan, Recorder};
use throng_record::shard::{EventSort, SentEvent};
use throng_record::{Generator, Record, RoomRow, Shard};
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, MembershipWish, Peer, RequestId, Subject};
use throng_stacks::live;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Start;
use throng_workloads::time::{SimSpan, SimTime};

const USERS: u32 = 9;
const ROOMS: u32 = 3;
const INTERVAL: SimSpan = SimSpan::from_millis(500);
const WARMUP: SimTime = SimTime::from_nanos(2_000_000_000);

static MESSAGE: Subject = Subject {
    id: "message",
    class: SubjectClass::Message,
};

static COMMIT: Subject = Subject {
    id: "commit",
    class: SubjectClass::Change,
};

static PROPOSAL: Subject = Subject {
    id: "proposal",
    class: SubjectClass::Proposal,
};

/// Two devices each; the user of a client.
fn user(client: ClientId) -> UserId {
    UserId(client.0 / 2)
}

fn clients() -> impl Iterator<Item = ClientId> {
    (0..2 * USERS).map(ClientId)
}

/// What one client says, hears or does, when.
#[derive(Debug, Clone)]
enum Step {
    Fact(Vec<Fact>),
    Told(Told),
}

type History = Vec<(SimTime, ClientId, Step)>;

/// Numbers that look random (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % most
    }
}

/// An event that is to come: of which room, its number and digest, and whether it is a message.
type Coming = (RoomId, u64, [u8; 32], bool);

/// A hub, and how it comes to its clients.
struct World {
    dice: Dice,
    now: SimTime,
    history: History,
    online: BTreeSet<ClientId>,
    members: Vec<BTreeSet<ClientId>>,
    events: Vec<u64>,
    /// What waits for a client, in order.
    waits: BTreeMap<ClientId, VecDeque<Coming>>,
    requests: u32,
}

impl World {
    fn step(&mut self, client: ClientId, step: Step) {
        self.now += SimSpan::from_micros(1 + self.dice.below(9_000));
        self.history.push((self.now, client, step));
    }

    fn fact(&mut self, client: ClientId, fact: Fact) {
        self.step(client, Step::Fact(vec![fact]));
    }

    fn joins(&mut self, room: u32, client: ClientId) {
        self.members[room as usize].insert(client);
        let reached = Fact::Reached {
            room: RoomId(room),
            state: self.events[room as usize],
            digest: Some([room as u8; 8]),
            joined: true,
            counted: None,
        };
        self.fact(client, reached);
    }

    fn goes(&mut self, client: ClientId, online: bool) {
        match online {
            true => self.online.insert(client),
            false => self.online.remove(&client),
        };
        self.fact(client, Fact::Online { online });
    }

    /// Somebody sends something, which is granted; it waits for all others who are members.
    fn sends(&mut self, room: u32, client: ClientId) {
        let subject = [&MESSAGE, &MESSAGE, &COMMIT, &PROPOSAL][self.dice.below(4) as usize];
        self.requests += 1;
        let request = RequestId {
            provider: ProviderId(0),
            client,
            number: self.requests,
        };
        let wanted = self.now;
        let sent = Fact::Sent {
            room: RoomId(room),
            subject,
            request,
            wanted,
            attempt: 1,
            bytes: 1,
        };
        self.fact(client, sent);
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&self.requests.to_be_bytes());
        self.step(client, Step::Told(Told::Asked(request, digest)));
        self.step(client, Step::Told(Told::Granted(request)));
        let event = self.events[room as usize];
        self.events[room as usize] += 1;
        let reads = subject.class == SubjectClass::Message;
        for other in self.members[room as usize]
            .iter()
            .filter(|other| **other != client)
        {
            let waits = self.waits.entry(*other).or_default();
            waits.push_back((RoomId(room), event, digest, reads));
        }
    }

    /// The next of what waits for somebody comes.
    fn comes(&mut self, client: ClientId) {
        let next = self.waits.get_mut(&client).and_then(VecDeque::pop_front);
        let Some((room, event, digest, reads)) = next else {
            return;
        };
        self.step(client, Step::Told(Told::Got(client, (room, event), digest)));
        let mut facts = Vec::new();
        if reads {
            facts.push(Fact::Read {
                room,
                event,
                subject: &MESSAGE,
                state: 0,
                bytes: 1,
            });
        }
        facts.push(Fact::Handled { room, event });
        self.step(client, Step::Fact(facts));
    }

    /// All that waits for somebody comes.
    fn has_all(&mut self, client: ClientId) {
        let waits =
            |world: &Self| matches!(world.waits.get(&client), Some(waits) if !waits.is_empty());
        while waits(self) {
            self.comes(client);
        }
    }

    fn any(&mut self, of: &BTreeSet<ClientId>) -> Option<ClientId> {
        let place = self.dice.below(of.len().max(1) as u64);
        of.iter().nth(place as usize).copied()
    }

    fn member(&mut self, room: u32) -> Option<ClientId> {
        let there = self.members[room as usize].intersection(&self.online);
        let there = there.copied().collect();
        self.any(&there)
    }

    /// One thing happens, whichever.
    fn happens(&mut self) {
        let room = self.dice.below(ROOMS.into()) as u32;
        match self.dice.below(40) {
            0 => {
                let client = ClientId(self.dice.below(u64::from(2 * USERS)) as u32);
                let online = self.online.contains(&client);
                self.goes(client, !online);
            }
            1 => {
                let stranger = ClientId(self.dice.below(u64::from(2 * USERS)) as u32);
                let here = self.member(room);
                let new = !self.members[room as usize].contains(&stranger);
                let (Some(here), true, true) = (here, new, self.online.contains(&stranger)) else {
                    return;
                };
                let outside = self.dice.below(2) == 0;
                let (who, what) = match outside {
                    true => (stranger, MembershipWish::JoinFromOutside),
                    false => (here, MembershipWish::Join(user(stranger))),
                };
                let since = self.now;
                let wanted = Fact::Wanted {
                    room: RoomId(room),
                    what,
                    since,
                };
                self.fact(who, wanted);
                self.joins(room, stranger);
            }
            2..=4 => {
                if let Some(client) = self.member(room) {
                    self.sends(room, client);
                }
            }
            _ => {
                let online = self.online.clone();
                if let Some(client) = self.any(&online) {
                    self.comes(client);
                }
            }
        }
    }
}

/// Until when all is preparation, and from when on nothing is measured; at neither of these very moments anything happens.
#[derive(Debug, Clone, Copy)]
struct Times {
    begins: SimTime,
    over: SimTime,
}

/// A history. What is on its way to those who are there has come to them when nothing is measured any more, where that is waited for:
/// as a load does as long as it has patience.
fn history(seed: u64, waited: bool) -> (History, Times) {
    let mut world = World {
        dice: Dice(seed.wrapping_mul(2).wrapping_add(1)),
        now: SimTime::ZERO,
        history: Vec::new(),
        online: BTreeSet::new(),
        members: vec![BTreeSet::new(); ROOMS as usize],
        events: vec![0; ROOMS as usize],
        waits: BTreeMap::new(),
        requests: 0,
    };
    for client in clients() {
        world.goes(client, true);
    }
    for room in 0..ROOMS {
        for client in clients().filter(|client| (user(*client).0 + room).is_multiple_of(2)) {
            world.joins(room, client);
        }
    }
    let begins = world.now + SimSpan::from_nanos(1);
    for _ in 0..6_000 {
        world.happens();
    }
    if waited {
        for client in world.online.clone() {
            world.has_all(client);
        }
    }
    let over = world.now + SimSpan::from_nanos(1);
    // Whoever comes back has something to say.
    for client in clients().filter(|client| client.0 % 5 == 0) {
        if !world.online.contains(&client) {
            world.goes(client, true);
        }
    }
    for _ in 0..300 {
        world.happens();
    }
    if world.online.contains(&ClientId(0)) {
        world.goes(ClientId(0), false);
    }
    for client in clients().filter(|client| *client != ClientId(0)) {
        if !world.online.contains(&client) {
            world.goes(client, true);
        }
        world.has_all(client);
    }
    (world.history, Times { begins, over })
}

/// What whoever sees this of a history makes of it; as a shard, where it is one.
fn part(seen: &[&(SimTime, ClientId, Step)], times: Times, shard: Option<Shard>) -> Part {
    let Times { begins, over } = times;
    let room = |room| RoomRow {
        room,
        hub: "a.example".to_owned(),
        created: None,
        start: Start::AtOnce,
        initial_members: 0,
        members: 0,
        first_epoch: 0,
        epoch: 0,
        commits: 0,
        attempts: 0,
        messages: 0,
        fanout_bytes: 0,
    };
    let mut recorder = Recorder::new(Plan {
        warmup: WARMUP,
        interval: INTERVAL,
        rooms: (0..ROOMS).map(room).collect(),
        ..Plan::of_nothing(live::vocabulary())
    });
    recorder.follow_clients_only();
    let elsewhere = shard.map(|_| Elsewhere::new(WARMUP, INTERVAL));
    let mut derived = Derived::new(elsewhere, false);
    for client in clients().filter(|client| shard.is_none_or(|shard| shard.drives(user(*client)))) {
        recorder.client(client, user(client), false, SimTime::ZERO);
        derived.began(client, user(client), ProviderId(0));
    }
    let (mut measuring, mut ended) = (false, false);
    for (at, client, step) in seen {
        if *at >= over && !std::mem::replace(&mut ended, true) {
            derived.over(&mut recorder);
            recorder.end_measuring();
            if let Some(elsewhere) = derived.elsewhere_mut() {
                elsewhere.ends(SimTime::ZERO + over.since(begins));
            }
        }
        if *at >= begins && !std::mem::replace(&mut measuring, true) {
            recorder.begin_measuring();
            derived.begin_measuring();
        }
        let at = SimTime::ZERO + at.since(begins);
        match step {
            Step::Told(told) => derived.told(at, *told, &mut recorder),
            Step::Fact(facts) => {
                let mut facts = shifted(facts, begins);
                for fact in &facts {
                    derived.fact(at, *client, fact, &mut recorder);
                }
                facts.retain(|fact| shard.is_none() || Elsewhere::is_own(fact));
                let handled = Handled::measured(at, SimSpan::ZERO, Work::default(), facts);
                recorder.take_real(Peer::Client(*client), &handled);
            }
        }
    }
    let undelivered = derived.finish(true, &mut recorder);
    recorder.undelivered(undelivered);
    recorder.end_real(false);
    let mut record = recorder.finish(false, 0, &[], &[], histogram());
    let ledger = derived.into_elsewhere().map(|elsewhere| {
        elsewhere.set_apart(&mut record);
        elsewhere.into_ledger()
    });
    Part {
        shard: shard.unwrap_or_else(|| Shard::new(1, 1).expect("one")),
        record,
        generator: Generator::idle(1),
        machine: None,
        apart: Some(SimSpan::ZERO),
        ledger: ledger.unwrap_or_default(),
    }
}

/// The same facts with the times that they name counted from the beginning of the measured part.
fn shifted(facts: &[Fact], begins: SimTime) -> Vec<Fact> {
    let shift = |at: SimTime| SimTime::ZERO + at.since(begins);
    let facts = facts.iter().cloned();
    facts
        .map(|mut fact| {
            match &mut fact {
                Fact::Sent { wanted, .. } => *wanted = shift(*wanted),
                Fact::Wanted { since, .. } => *since = shift(*since),
                _ => {}
            }
            fact
        })
        .collect()
}

fn whole_and_merged(seed: u64, of: u32, waited: bool) -> (Record, Record) {
    let (history, times) = history(seed, waited);
    let all: Vec<_> = history.iter().collect();
    let whole = part(&all, times, None).record;
    let shards = (1..=of).filter_map(|number| Shard::new(number, of));
    let parts: Vec<Part> = shards
        .map(|shard| {
            let own = history
                .iter()
                .filter(|(_, client, _)| shard.drives(user(*client)));
            part(&own.collect::<Vec<_>>(), times, Some(shard))
        })
        .collect();
    (whole, merge(&parts).expect("shards"))
}

#[test]
fn shards_put_together_know_what_one_knows_who_sees_all() {
    let mut crossed = 0;
    for seed in 0..20 {
        for of in [1, 2, 3] {
            let (whole, merged) = whole_and_merged(seed, of, true);
            let real = |record: &Record| record.real.clone().expect("a real run");
            let (a, b) = (real(&whole), real(&merged));
            assert_eq!(a.violations, Vec::new(), "seed {seed}");
            assert_eq!(b.violations, Vec::new(), "seed {seed} of {of}");
            assert!(a.message_raw == b.message_raw, "seed {seed} of {of}");
            for ((name, one), (_, other)) in whole.latencies.each().zip(merged.latencies.each()) {
                // Whose wish was accepted may have gone and come back before anybody got it: only then does the one who sees all enter it.
                let same = match name {
                    "commit-accept" => one.len() == other.len(),
                    _ => one == other,
                };
                assert!(
                    same,
                    "{name}, seed {seed} of {of}: {} and {}",
                    one.len(),
                    other.len()
                );
            }
            assert!(whole.latencies.attempts == merged.latencies.attempts);
            assert!(whole.latencies.commit_accept.len() > 50);
            assert!(whole.latencies.message_last.len() > 100);
            assert!(whole.latencies.converge_last.len() > 50);
            assert!(!whole.latencies.join.is_empty());
            assert_eq!(whole.counts, merged.counts, "seed {seed} of {of}");
            assert_eq!(
                whole.largest_room, merged.largest_room,
                "seed {seed} of {of}"
            );
            assert_eq!(whole.end, merged.end);
            let rooms = |record: &Record| {
                let rows = record.rooms.iter();
                rows.map(|row| {
                    (
                        row.initial_members,
                        row.members,
                        row.messages,
                        row.commits,
                        row.epoch,
                    )
                })
                .collect::<Vec<_>>()
            };
            assert_eq!(rooms(&whole), rooms(&merged), "seed {seed} of {of}");
            assert_eq!(a.undelivered, b.undelivered, "seed {seed} of {of}");
            assert_eq!(whole.series, merged.series, "seed {seed} of {of}");
            crossed += merged.counts.messages_decrypted;
        }
    }
    assert!(crossed > 10_000, "{crossed}");
}

/// Whether somebody was a member when something was sent is no question where clocks may be further apart than that.
#[test]
fn who_became_a_member_as_something_was_sent_may_lack_it() {
    let (history, times) = history(7, true);
    let [mut one, mut two] = [1, 2].map(|number| {
        let shard = Shard::new(number, 2).expect("one of two");
        let own = history
            .iter()
            .filter(|(_, client, _)| shard.drives(user(*client)));
        part(&own.collect::<Vec<_>>(), times, Some(shard))
    });
    two.ledger.stays.retain(|stay| stay.online);
    two.ledger.stays.truncate(1);
    let stay = two.ledger.stays[0];
    one.ledger.sent.push(SentEvent {
        digest: [0xee; 16],
        room: stay.room,
        sort: EventSort::Other,
        wanted: stay.since,
        sent: stay.since + SimSpan::from_millis(3),
        accepted: stay.since + SimSpan::from_millis(4),
        last: None,
    });
    let mut missed = |apart: Option<[u64; 2]>| {
        [one.apart, two.apart] = match apart {
            Some(apart) => apart.map(|millis| Some(SimSpan::from_millis(millis))),
            None => [None; 2],
        };
        let merged = merge(&[one.clone(), two.clone()]).expect("shards");
        merged.real.expect("a real run").violations.len()
    };
    assert_eq!(missed(Some([0, 0])), 1);
    assert_eq!(missed(Some([1, 1])), 1);
    assert_eq!(missed(Some([1, 2])), 0);
    assert_eq!(missed(Some([u64::MAX / 1_000_000, 2])), 0);
    assert_eq!(missed(None), 0);
}

/// What comes when nothing is measured any more is in no latency of shards either, also where there was no patience to wait for it.
#[test]
fn what_comes_too_late_is_in_no_latency() {
    for seed in 0..20 {
        for of in [1, 2, 3] {
            let (whole, merged) = whole_and_merged(seed, of, false);
            for ((name, one), (_, other)) in whole.latencies.each().zip(merged.latencies.each()) {
                // When a shard's own clients had what one of them sent says when it was accepted.
                if name != "commit-accept" {
                    let lengths = (one.len(), other.len());
                    assert!(one == other, "{name}, seed {seed} of {of}: {lengths:?}");
                }
            }
            assert_eq!(whole.counts, merged.counts, "seed {seed} of {of}");
        }
    }
}

/// Until what others' users sent has come, it is awaited.
#[test]
fn what_others_sent_is_awaited_until_it_has_come() {
    let mut recorder = Recorder::new(Plan {
        interval: INTERVAL,
        ..Plan::of_nothing(live::vocabulary())
    });
    recorder.follow_clients_only();
    let mut derived = Derived::new(Some(Elsewhere::new(SimTime::ZERO, INTERVAL)), false);
    let at = |millis: u64| SimTime::ZERO + SimSpan::from_millis(millis);
    let (room, event, digest) = (RoomId(1), 4, [0xa5; 32]);
    for client in [0, 1] {
        let reached = Fact::Reached {
            room,
            state: 0,
            digest: None,
            joined: true,
            counted: None,
        };
        derived.began(ClientId(client), user(ClientId(client)), ProviderId(0));
        derived.fact(
            at(u64::from(client) * 10),
            ClientId(client),
            &reached,
            &mut recorder,
        );
    }
    derived.begin_measuring();
    let half = u64::from_be_bytes([0xa5; 8]);
    let owed = |sent: u64, first: u64| Owed {
        digest: (first, half),
        room: room.0,
        sent: at(sent).as_nanos(),
    };
    // The second was no member yet when the second of them was sent.
    derived.owed(&[owed(20, half), owed(5, 7)]);
    let awaited = |derived: &Derived| derived.awaited(|_| true);
    assert_eq!(awaited(&derived), 3);
    for (client, left) in [(0, 2), (1, 1)] {
        let got = Told::Got(ClientId(client), (room, event), digest);
        derived.told(at(30), got, &mut recorder);
        let handled = Fact::Handled { room, event };
        derived.fact(at(31), ClientId(client), &handled, &mut recorder);
        assert_eq!(awaited(&derived), left, "client {client}");
    }
    assert_eq!(derived.awaited(|client| client.0 == 1), 0);
}

/// What never came to somebody of another shard is missed when all is put together: no shard by itself could know.
#[test]
fn what_is_lost_between_shards_is_found() {
    let (mut history, times) = history(7, true);
    let shard = |client: ClientId| user(client).0 % 2;
    // The last message that came to a client of the second shard from the first is made never to have come.
    let sender = |digest: &[u8; 32], history: &History| {
        history.iter().find_map(|(_, client, step)| match step {
            Step::Told(Told::Asked(_, asked)) if asked == digest => Some(*client),
            _ => None,
        })
    };
    let lost = history
        .iter()
        .enumerate()
        .rev()
        .find_map(|(place, (_, client, step))| {
            let Step::Told(Told::Got(.., digest)) = step else {
                return None;
            };
            let from = sender(digest, &history)?;
            (shard(*client) == 1 && shard(from) == 0).then_some(place)
        });
    let lost = lost.expect("much goes from one to the other");
    let client = history[lost].1;
    history.remove(lost);
    let handled = history[lost..]
        .iter()
        .position(|(_, other, _)| *other == client);
    history.remove(lost + handled.expect("it handled that"));
    let parts: Vec<Part> = (1..=2)
        .map(|number| {
            let shard = Shard::new(number, 2).expect("one of two");
            let own = history
                .iter()
                .filter(|(_, client, _)| shard.drives(user(*client)));
            part(&own.collect::<Vec<_>>(), times, Some(shard))
        })
        .collect();
    let merged = merge(&parts).expect("shards");
    let violations = merged.real.expect("a real run").violations;
    assert!(
        violations
            .iter()
            .any(|one| one.detail.contains("events of other shards")
                && one
                    .detail
                    .contains(&format!("client {} of shard 2/2", client.0))),
        "{violations:?}"
    );
}
