//! Several generators share one load of a federation in this process: what each knows comes together to what providers wrote down.

use crate::federation;

use federation::wire::{Wire, wires_run};
use federation::{Federation, accepted};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use throng_live::LiveError;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Outcome, Plan, View, run};
use throng_live::meeting::{Meeting, Rendezvous, Stage};
use throng_live::serve::facts::{Lines, WrittenEvent};
use throng_record::merge::{Part, generators, merge};
use throng_record::{Record, Shard};
use throng_workloads::builtin;
use throng_workloads::generate::Workload;
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::{SimSpan, SimTime};

fn scenario(more: &[&str]) -> Scenario {
    let overrides = [
        "duration=4s",
        "rooms.created=0s",
        "rooms.grow_interval=100ms",
        "messages.rate=7200/h",
        "churn.updates=600/h",
        "users.count=10",
    ];
    let overrides = overrides.iter().chain(more).map(|one| (*one).to_owned());
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&overrides.collect::<Vec<_>>());
    let shard = Shard::new(1, 2).expect("one of two");
    Plan::shared_in_real_time(scenario.expect("a scenario"), 1.0, shard).expect("for real")
}

/// An address at which nobody listens just now.
fn address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    free.expect("a port")
}

fn rendezvous(shard: &str, address: SocketAddr, within: SimSpan) -> Rendezvous {
    Rendezvous {
        shard: shard.parse().expect("a shard"),
        address,
        within,
        version: "1.2.3".to_owned(),
    }
}

fn join(
    shard: &str,
    address: SocketAddr,
    scenario: &Scenario,
) -> Result<Option<Meeting>, LiveError> {
    let to = rendezvous(shard, address, SimSpan::from_secs(30));
    Meeting::join(&to, scenario, 1.0, &mut |_| true)
}

/// Drives a shard to its end.
fn drive(plan: Plan, shard: &str, meets: SocketAddr) -> Outcome {
    drive_with(plan, shard, meets, &mut |_| Order::GoOn)
}

/// The same, with somebody who looks on.
fn drive_with(
    plan: Plan,
    shard: &str,
    meets: SocketAddr,
    look: &mut dyn FnMut(&View<'_>) -> Order,
) -> Outcome {
    let meeting = join(shard, meets, &plan.scenario).expect("all come");
    let plan = Plan {
        meeting: Some(meeting.expect("nobody interrupts")),
        ..plan
    };
    let loaded = run(plan, look).expect("a load");
    loaded.outcome(&[], &Seen::default()).expect("a record")
}

fn part(shard: &str, outcome: Outcome) -> Part {
    let of = outcome.shard.expect("a shard");
    Part {
        shard: shard.parse().expect("a shard"),
        record: outcome.record,
        generator: outcome.generator,
        machine: Some("this one".to_owned()),
        apart: of.apart().map(SimSpan::from_nanos),
        ledger: of.ledger,
    }
}

/// A load by these shards, and what providers wrote down meanwhile.
fn load(scenario: &Scenario, shards: &[&str]) -> (Vec<Part>, Vec<Lines>) {
    let folder = tempfile::tempdir().expect("a folder");
    let federation = Federation::start(scenario, folder.path(), |listens| listens);
    let (lines, meets) = (federation.lines(), address());
    let parts = thread::scope(|scope| {
        let drives = shards.iter().map(|shard| {
            let plan = federation.plan(Vec::new());
            scope.spawn(move || part(shard, drive(plan, shard, meets)))
        });
        let drives: Vec<_> = drives.collect();
        drives
            .into_iter()
            .map(|shard| shard.join().expect("it ends"))
            .collect()
    });
    federation.stop();
    (parts, lines)
}

/// What people want, by the scenario alone.
fn wishes(scenario: &Scenario) -> BTreeMap<&'static str, u64> {
    let streams = scenario.streams();
    let population = Population::draw(scenario, &streams);
    let mut all = BTreeMap::new();
    for intent in Workload::new(scenario, &population, &streams) {
        *all.entry(intent.action.name()).or_default() += 1;
    }
    all
}

fn intents(record: &Record) -> BTreeMap<&'static str, u64> {
    record.counts.intents.iter().copied().collect()
}

#[test]
fn shards_together_are_the_load_that_providers_saw() {
    let scenario = scenario(&[]);
    let (parts, lines) = load(&scenario, &["1/2", "2/2"]);
    let whole = merge(&parts).expect("shards");
    let real = whole.real.as_ref().expect("a real run");
    assert_eq!(real.violations, Vec::new());
    assert_eq!(real.undelivered, 0);
    assert!(!whole.partial);

    // Everybody wants what the scenario says, once.
    assert_eq!(intents(&whole), wishes(&scenario));
    for part in &parts {
        let own = intents(&part.record).values().sum::<u64>();
        assert!(own > 0 && own < wishes(&scenario).values().sum::<u64>());
        let mut users = part.ledger.stays.iter().map(|stay| stay.client.0);
        assert!(users.next().is_some());
    }
    let clients = |part: &Part| {
        part.ledger
            .stays
            .iter()
            .map(|stay| stay.client)
            .collect::<BTreeSet<_>>()
    };
    assert!(clients(&parts[0]).is_disjoint(&clients(&parts[1])));
    let generator = generators::merge(&parts);
    assert_eq!(generator.intended, wishes(&scenario).values().sum::<u64>());
    assert_eq!(generator.taken, generator.intended);

    // What was accepted, and what came, as hubs wrote it down.
    let written: Vec<WrittenEvent> = lines.into_iter().flat_map(accepted).collect();
    let messages = written.iter().filter(|event| event.subject == "message");
    let (mut count, mut receivers) = (0, 0);
    for message in messages {
        count += 1;
        receivers += message.receivers.len() as u64;
    }
    let counts = &whole.counts;
    assert!(count > 20, "{count}");
    assert_eq!(counts.messages_accepted, count);
    let changes = written.len() as u64 - count;
    assert_eq!(counts.commits_accepted + counts.proposals, changes);
    let unread: u64 = counts.undecryptable.iter().map(|(_, count)| count).sum();
    assert!(
        counts.messages_decrypted + unread >= receivers,
        "{counts:?} {receivers}"
    );
    assert!(
        counts.messages_decrypted <= receivers,
        "{counts:?} {receivers}"
    );
    // Each that was read by somebody who had been there all along has its latency, whoever sent it, and each message one last reader.
    let latency = whole.latencies.message.len();
    assert_eq!(
        latency + counts.messages_caught_up,
        counts.messages_decrypted
    );
    let within: u64 = parts
        .iter()
        .map(|part| part.record.latencies.message.len())
        .sum();
    assert!(within < latency && within > 0, "{within} {latency}");
    assert!(whole.latencies.message_last.len() <= count);
    assert!(whole.latencies.message_last.len() > count / 2);
    let members = |rows: &[throng_record::RoomRow]| {
        rows.iter().map(|row| u64::from(row.members)).sum::<u64>()
    };
    let last = whole.series.last().expect("samples");
    assert_eq!(members(&whole.rooms), last.members);
}

/// A message between shards that a provider has to send again comes when both would have ended, of whom neither knows that it is still to
/// come: they tell each other, and it is a latency as in a load that one process drives.
#[test]
fn what_was_late_between_shards_is_a_latency() {
    let two = |seed: u64| {
        let seed = format!("seed={seed}");
        let more = [
            &seed,
            "users.count=2",
            "users.clients=1",
            "users.online=1000h",
            "rooms.count=2",
            "rooms.size=2",
            "rooms.start=warm",
            "churn.joins=0/h",
            "churn.leaves=0/h",
            "churn.removals=0/h",
            "churn.updates=0/h",
            "churn.new_clients=0/h",
            "churn.lost_clients=0/h",
            "churn.resyncs=0/h",
        ];
        scenario(&more)
    };
    let times = [3_000, 8_000].map(|millis| SimTime::ZERO + SimSpan::from_millis(millis));
    let [from, to] = times;
    // Each at a provider of its own, and the first at the hub: what goes to the second goes over a wire between providers. While that
    // holds back, the first has something to say, and the second nothing that it would wait for.
    let apart = |scenario: &Scenario| {
        let streams = scenario.streams();
        let population = Population::draw(scenario, &streams);
        let homes = [0, 1].map(|user| population.users[user].provider);
        let mut rooms = population.rooms.iter();
        let apart = homes[0] != homes[1] && rooms.all(|room| room.hub == homes[0]);
        let (mut says, mut workload) = ([0, 0], Workload::new(scenario, &population, &streams));
        while let Some(intent) = workload.next() {
            let late =
                intent.action.name() == "message" && intent.at + SimSpan::from_millis(100) > from;
            let user = workload.client(intent.actor).map(|client| client.user.0);
            if let Some(user) = user.filter(|_| late) {
                says[user as usize] += 1;
            }
        }
        (apart && says[0] > 1 && says[1] == 0).then_some(homes[1].0)
    };
    let found = (1..1_000).find_map(|seed| {
        let scenario = two(seed);
        let far = apart(&scenario)?;
        Some((scenario, usize::from(far)))
    });
    let (scenario, far) = found.expect("one of many");

    let folder = tempfile::tempdir().expect("a folder");
    let runs = wires_run();
    let (mut wires, mut targets) = (Vec::new(), Vec::new());
    let mut federation = Federation::start(&scenario, folder.path(), |listens| {
        let wire = Wire::to(listens, &runs);
        let address = wire.address;
        wires.push(wire);
        targets.push(listens);
        address
    });
    // Providers alone go over wires.
    for (target, listens) in federation.targets.iter_mut().zip(targets) {
        target.address = listens;
    }
    let meets = address();
    let parts: Vec<Part> = thread::scope(|scope| {
        let drives = ["1/2", "2/2"].map(|shard| {
            let (plan, wire) = (federation.plan(Vec::new()), &wires[far]);
            scope.spawn(move || {
                let look = &mut |view: &View<'_>| {
                    wire.hold(view.now() >= from && view.now() < to);
                    Order::GoOn
                };
                part(shard, drive_with(plan, shard, meets, look))
            })
        });
        let ends = drives.map(|shard| shard.join().expect("it ends"));
        ends.into()
    });
    federation.stop();
    let whole = merge(&parts).expect("shards");
    let real = whole.real.as_ref().expect("a real run");
    assert_eq!(real.violations, Vec::new());
    let longest = SimSpan::from_micros(whole.latencies.message.max());
    assert!(longest > SimSpan::from_secs(3), "{longest:?}");
    assert_eq!(whole.counts.messages_caught_up, 0);
    assert_eq!(
        whole.latencies.message.len(),
        whole.counts.messages_decrypted
    );
}

/// One shard that is all of a load: what is made anew of its ledger is what it had by itself.
#[test]
fn a_single_shard_put_together_is_itself() {
    let (parts, _) = load(&scenario(&[]), &["1/1"]);
    let whole = merge(&parts).expect("a shard");
    let own = &parts[0].record;
    for ((name, merged), (_, was)) in whole.latencies.each().zip(own.latencies.each()) {
        // Who was let in by whom is known only afterwards.
        if name != "join" {
            assert_eq!(merged, was, "{name}");
        }
    }
    assert!(whole.latencies.message_last.len() > 20);
    assert!(!whole.latencies.converge_last.is_empty());
    assert_eq!(whole.counts.messages_accepted, own.counts.messages_accepted);
    assert_eq!(
        whole.counts.messages_caught_up,
        own.counts.messages_caught_up
    );
    assert_eq!(whole.series, own.series);
    assert_eq!(whole.largest_room, own.largest_room);
    assert_eq!(whole.rooms, own.rooms);
}

/// Rooms that are there at time zero are made by all shards in step: whoever makes one finds everybody's KeyPackages.
#[test]
fn warm_rooms_are_there_for_all_shards_before_the_first_wish() {
    let scenario = scenario(&["rooms.start=warm"]);
    let (parts, _) = load(&scenario, &["1/3", "2/3", "3/3"]);
    let whole = merge(&parts).expect("shards");
    assert_eq!(
        whole.real.as_ref().expect("a real run").violations,
        Vec::new()
    );
    let population = Population::draw(&scenario, &scenario.streams());
    let devices = |user: &throng_workloads::intent::UserId| {
        population.users[user.0 as usize].clients().count() as u32
    };
    let initial: Vec<u32> = population
        .rooms
        .iter()
        .map(|room| room.initial.iter().map(devices).sum())
        .collect();
    let found: Vec<u32> = whole.rooms.iter().map(|row| row.initial_members).collect();
    assert_eq!(found, initial);
    assert_eq!(intents(&whole), wishes(&scenario));
}

fn parted(joined: Result<Option<Meeting>, LiveError>) -> String {
    match joined {
        Err(LiveError::Parted { why }) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("somebody is missing"),
    }
}

#[test]
fn a_shard_that_never_comes_is_named() {
    let scenario = scenario(&[]);
    let meets = address();
    let soon = |shard| {
        let to = rendezvous(shard, meets, SimSpan::from_millis(700));
        parted(Meeting::join(&to, &scenario, 1.0, &mut |_| true))
    };
    let nobody = soon("2/3");
    assert!(
        nobody.contains("nobody is at") && nobody.contains("expected shard 1/3"),
        "{nobody}"
    );
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| soon("1/3"));
        (first.join().expect("ends"), soon("2/3"))
    });
    assert!(
        first.starts_with("shard 2/3, shard 3/3 did not come within 700 ms"),
        "{first}"
    );
    assert!(second.contains("nobody is at"), "{second}");
}

#[test]
fn whoever_would_run_something_else_is_told_so_and_the_others_go_on() {
    let scenario = scenario(&[]);
    let other = self::scenario(&["seed=2"]);
    let meets = address();
    thread::scope(|scope| {
        let first = scope.spawn(|| join("1/2", meets, &scenario).map(drop));
        match join("2/2", meets, &other) {
            Err(LiveError::Stranger { shard, why }) => {
                assert_eq!(shard.to_string(), "2/2");
                assert!(why.contains("its scenario is another"), "{why}");
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it would run something else"),
        }
        // Whoever speaks something else is nobody.
        let mut stranger = TcpStream::connect(meets).expect("somebody listens");
        stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("said");
        let mut heard = Vec::new();
        let _ = stranger.read_to_end(&mut heard);
        assert_eq!(heard, b"");
        let second = join("2/2", meets, &scenario).expect("now it is right");
        assert!(second.is_some());
        first.join().expect("ends").expect("all came");
    });
}

/// Whoever cannot go on says why, and not only that it does not.
#[test]
fn where_one_fails_the_others_hear_why() {
    let scenario = scenario(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let federation = Federation::start(&scenario, folder.path(), |listens| listens);
    let meets = address();
    let errors = thread::scope(|scope| {
        let drives = ["1/2", "2/2"].map(|shard| {
            let mut plan = federation.plan(Vec::new());
            if shard == "2/2" {
                plan.targets.truncate(1);
            }
            scope.spawn(move || {
                let meeting = join(shard, meets, &plan.scenario).expect("all come");
                plan.meeting = meeting;
                let failed = run(plan, &mut |_| Order::GoOn).err();
                failed.expect("one has nobody to load").to_string()
            })
        });
        drives.map(|drive| drive.join().expect("ends"))
    });
    federation.stop();
    let [first, second] = errors;
    let why = "a user of a provider that is no target";
    assert!(second.contains(why), "{second}");
    assert!(
        first.contains("shard 2/2 ended early: ") && first.contains(why),
        "{first}"
    );
}

#[test]
fn where_one_goes_the_others_hear_of_it() {
    let scenario = scenario(&[]);
    for goes in ["1/2", "2/2"] {
        let meets = address();
        thread::scope(|scope| {
            let joins = ["1/2", "2/2"].map(|shard| {
                let scenario = &scenario;
                scope.spawn(move || {
                    let meeting = join(shard, meets, scenario).expect("all come");
                    let meeting = meeting.expect("nobody interrupts");
                    if shard == goes {
                        meeting.leave(Some("interrupted"));
                        return;
                    }
                    meeting.ready(Stage::Accounts);
                    let mut why = None;
                    for _ in 0..500 {
                        why = why.or_else(|| meeting.parted());
                        if why.is_some() {
                            break;
                        }
                        thread::sleep(Duration::from_millis(10));
                    }
                    let why = why.expect("it hears that the other goes");
                    assert!(
                        why.contains(&format!("shard {goes} ended early: interrupted")),
                        "{why}"
                    );
                    assert_eq!(meeting.went(Stage::Accounts), None);
                })
            });
            for join in joins {
                join.join().expect("ends");
            }
        });
    }
}
