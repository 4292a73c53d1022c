//! What generated workloads promise, on scenarios varied at random.

use proptest::prelude::*;
use throng_workloads::audit::Audit;
use throng_workloads::builtin;
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent, RoomId};
use throng_workloads::population::Population;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::stream::Streams;
use throng_workloads::time::SimTime;

fn small(overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    builtin::find("small")
        .and_then(|b| b.scenario(&overrides))
        .expect("a sound override")
}

fn wishes(scenario: &Scenario) -> (Population, Vec<Intent>) {
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(scenario, &streams);
    let intents = Workload::new(scenario, &population, &streams).collect();
    (population, intents)
}

/// Overrides that reach every kind of wish, much more often than people do.
fn variations() -> impl Strategy<Value = Vec<String>> {
    let rate = prop_oneof![
        Just("0".to_owned()),
        (1u32..200).prop_map(|n| format!("{n}/h")),
        (1u32..100).prop_map(|n| format!("{{dist='uniform', min='1s', max='{n}min'}}")),
        (1u32..20).prop_map(|n| format!("{{dist='constant', value='{n}min'}}")),
    ];
    let keys = [
        "churn.joins",
        "churn.leaves",
        "churn.removals",
        "churn.updates",
        "churn.look_ups",
        "churn.new_clients",
        "churn.lost_clients",
        "churn.deletions",
        "churn.resyncs",
        "messages.rate",
    ];
    let rates = prop::collection::vec(rate, keys.len()).prop_map(move |rates| {
        let pairs = keys.iter().zip(rates);
        pairs
            .map(|(key, rate)| format!("{key}={rate}"))
            .collect::<Vec<_>>()
    });
    let start = prop_oneof![Just("grown"), Just("at-once"), Just("warm"), Just("bare")];
    let join_by = prop_oneof![Just("add"), Just("external")];
    let action = prop_oneof![
        Just("join"),
        Just("leave"),
        Just("remove"),
        Just("update"),
        Just("message"),
        Just("remove-every-second")
    ];
    let online = prop_oneof![Just(("always", 0)), Just(("2min", 0)), Just(("2min", 1))];
    let rest = (
        any::<u32>(),
        start,
        join_by,
        action,
        online,
        3u32..14,
        0.0f64..=1.0,
    );
    (rates, rest).prop_map(
        |(mut all, (seed, start, join_by, action, (online, vanish), users, share))| {
            all.push(format!("seed={seed}"));
            all.push(format!("users.count={users}"));
            all.push(format!("users.online={online}"));
            all.push(format!("users.vanish={}", 0.3 * f64::from(vanish)));
            all.push(format!("rooms.size={{dist='uniform', min=1, max={users}}}"));
            all.push(format!("rooms.start={start}"));
            all.push(format!("churn.join_by={join_by}"));
            all.push(format!("churn.events.0.action={action}"));
            all.push(format!("churn.events.0.share={share}"));
            all.push("churn.events.0.rooms=[]".to_owned());
            all
        },
    )
}

fn vary(overrides: &[String]) -> Scenario {
    let small = builtin::find("small").expect("built in");
    small.scenario(overrides).expect("a sound override")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Order, membership, dense numbers, alternation of presence: all that the audit checks.
    #[test]
    fn wishes_make_sense(overrides in variations()) {
        let scenario = vary(&overrides);
        let (population, intents) = wishes(&scenario);
        let mut audit = Audit::new(&population);
        for intent in &intents {
            prop_assert!(intent.at < SimTime::ZERO + scenario.duration);
            if let Err(message) = audit.check(intent) {
                prop_assert!(false, "{intent:?}: {message}");
            }
        }
        prop_assert_eq!(wishes(&scenario).1, intents, "the same seed wishes the same");
    }

    #[test]
    fn talking_more_changes_nothing_else(overrides in variations(), rate in 1u32..300) {
        let silent = |scenario: &Scenario| {
            let (_, mut intents) = wishes(scenario);
            intents.retain(|i| !matches!(i.action, Action::Message { .. }));
            intents
        };
        let mut louder = overrides.clone();
        louder.push(format!("messages.rate={rate}/h"));
        louder.push("messages.size=10B".to_owned());
        prop_assert_eq!(silent(&vary(&overrides)), silent(&vary(&louder)));
    }

    #[test]
    fn vanishing_changes_nothing_but_how_clients_go(overrides in variations(), share in 0.0f64..=1.0) {
        let polite = |scenario: &Scenario| {
            let (_, mut intents) = wishes(scenario);
            for intent in &mut intents {
                if intent.action == Action::Vanish {
                    intent.action = Action::Offline;
                }
            }
            intents
        };
        let mut ruder = overrides.clone();
        ruder.push(format!("users.vanish={share}"));
        prop_assert_eq!(polite(&vary(&overrides)), polite(&vary(&ruder)));
    }

    #[test]
    fn new_clients_can_be_looked_up_once_they_are_wished(overrides in variations()) {
        let scenario = vary(&overrides);
        let streams = Streams::new(scenario.seed, 0);
        let population = Population::draw(&scenario, &streams);
        let mut workload = Workload::new(&scenario, &population, &streams);
        let mut next = population.clients.len() as u32;
        while let Some(intent) = workload.next() {
            if let Action::NewClient { user, .. } = intent.action {
                prop_assert_eq!(intent.actor, ClientId(next));
                next += 1;
                let client = workload.client(intent.actor).expect("known by now");
                prop_assert_eq!(client.user, user);
                prop_assert!(usize::from(client.connection) < scenario.users.connections.len());
            }
            prop_assert_eq!(workload.client_count(), next as usize);
        }
    }
}

/// A process of 1,000 users at 6/h over ten hours: 60,000 wishes, give or take four deviations.
#[test]
fn poisson_processes_keep_their_rate() {
    let text = "duration = '10h'\n[users]\ncount = 1000\n[rooms]\ncount = 100\nsize = 50\n\
                start = 'warm'\n[messages]\nrate = '6/h'\n[churn]\njoins = '3/h'\nleaves = '3/h'\n\
                updates = '1/h'\nresyncs = 0";
    let scenario =
        Scenario::parse(&ScenarioSource::inline("rates.toml", text), &[]).expect("sound");
    let (population, intents) = wishes(&scenario);
    let count = |name: &str| intents.iter().filter(|i| i.action.name() == name).count() as f64;
    let roomless = {
        let mut housed = vec![false; population.users.len()];
        let members = population.rooms.iter().flat_map(|room| &room.initial);
        members.for_each(|user| housed[user.0 as usize] = true);
        housed.iter().filter(|h| !**h).count() as f64
    };
    let near = |got: f64, want: f64, slack: f64| (got - want).abs() < 4.0 * want.sqrt() + slack;
    let messages = count("message");
    assert!(
        near(messages, (1_000.0 - roomless) * 60.0, 600.0),
        "{messages} messages"
    );
    assert!(near(count("add"), 3_000.0, 0.0), "{} joins", count("add"));
    assert!(
        near(count("leave"), 3_000.0, 0.0),
        "{} leaves",
        count("leave")
    );
    // Rooms wander about 50 members.
    assert!(
        near(count("update"), 50_000.0, 2_500.0),
        "{} updates",
        count("update")
    );
}

#[test]
fn so_many_vanish_as_the_scenario_says() {
    let going = |share: &str| {
        let (_, intents) = wishes(&small(&[
            "duration=10h",
            "users.online=2min",
            "users.offline=2min",
            share,
        ]));
        let count = |name: &str| intents.iter().filter(|i| i.action.name() == name).count() as f64;
        (count("offline"), count("vanish"))
    };
    assert_eq!(going("users.vanish=0").1, 0.0);
    assert_eq!(going("users.vanish=1").0, 0.0);
    let (offline, vanish) = going("users.vanish=20%");
    let want = 0.2 * (offline + vanish);
    assert!(want > 500.0);
    assert!(
        (vanish - want).abs() < 4.0 * want.sqrt(),
        "{vanish} against {want}"
    );
}

#[test]
fn the_day_has_its_shape() {
    let mut parts = vec!["0"; 24];
    parts[6] = "1";
    parts[7] = "3";
    let diurnal = format!("messages.diurnal=[{}]", parts.join(","));
    let scenario = small(&[
        "duration=2d",
        "users.count=400",
        "messages.rate=10/d",
        &diurnal,
        "messages.starts_at=0",
        "churn.leaves=0",
        "churn.removals=0",
        "churn.lost_clients=0",
        "churn.new_clients=0",
        "churn.updates=0",
        "users.online=always",
        "rooms.start=warm",
        "rooms.size=300",
    ]);
    let (population, intents) = wishes(&scenario);
    let mut hours = [0.0f64; 24];
    for intent in intents {
        if matches!(intent.action, Action::Message { .. }) {
            hours[(intent.at.as_nanos() / 3_600_000_000_000 % 24) as usize] += 1.0;
        }
    }
    let total: f64 = hours.iter().sum();
    assert_eq!(hours[6] + hours[7], total, "nothing is said at night");
    assert!((hours[7] / hours[6] - 3.0).abs() < 0.3, "{hours:?}");
    // The curve moves messages about without making more of them.
    let want = population.users.len() as f64 * 20.0;
    assert!((total / want - 1.0).abs() < 0.05, "{total} against {want}");
}

#[test]
fn with_zipf_speakers_the_first_say_most() {
    let scenario = small(&[
        "rooms.count=1",
        "churn.events.0.rooms=[0]",
        "rooms.size=14",
        "rooms.start=warm",
        "users.clients=1",
        "churn.leaves=0",
        "churn.removals=0",
        "churn.lost_clients=0",
        "churn.new_clients=0",
        "messages.rate=600/h",
        "messages.speakers={dist='zipf', exponent=1.0}",
    ]);
    let (population, intents) = wishes(&scenario);
    let mut said = [0u32; 14];
    for intent in intents {
        if matches!(intent.action, Action::Message { .. }) {
            let order = &population.rooms[0].initial;
            let rank = order
                .iter()
                .position(|user| population.user_of(intent.actor) == Some(*user));
            said[rank.expect("a member")] += 1;
        }
    }
    let ratio = f64::from(said[0]) / f64::from(said[1]);
    assert!((1.6..2.4).contains(&ratio), "{said:?}");
}

#[test]
fn every_second_member_is_removed_by_the_creator() {
    let scenario = small(&[
        "users.clients=1",
        "rooms.count=1",
        "rooms.size=10",
        "rooms.start=warm",
        "churn={}",
        "churn.events=[{at='1min', action='remove-every-second'}]",
        "users.online=always",
        "messages.rate=0",
    ]);
    let (population, intents) = wishes(&scenario);
    let room = &population.rooms[0];
    let creator = population.users[room.creator.0 as usize]
        .clients()
        .next()
        .expect("has one");
    let every_second = room.initial.iter().skip(1).step_by(2);
    let want: Vec<(ClientId, Action)> = every_second
        .map(|user| {
            (
                creator,
                Action::Remove {
                    room: RoomId(0),
                    user: *user,
                },
            )
        })
        .collect();
    let got: Vec<(ClientId, Action)> = intents.into_iter().map(|i| (i.actor, i.action)).collect();
    assert_eq!(got, want);
}

#[test]
fn a_hundred_thousand_users_are_no_burden() {
    let scenario = small(&[
        "engine=model",
        "users.count=100000",
        "rooms.count=2",
        "churn.events.0.share=0.1",
        "rooms.size=90000",
        "rooms.start=warm",
        "churn.joins=600/h",
        "churn.leaves=600/h",
        "churn.updates=1/h",
        "messages.rate=1/h",
    ]);
    let (_, intents) = wishes(&scenario);
    assert!(intents.len() > 50_000);
}

/// Pins every draw of a whole workload: what changes this moves every fingerprint.
#[test]
fn the_wishes_of_the_small_scenario_are_pinned() {
    let (population, intents) = wishes(&small(&[]));
    let mut csv = Vec::new();
    throng_workloads::trace::write(&population, &intents, &mut csv)
        .expect("a Vec takes everything");
    let digest = blake3::hash(&csv).to_hex();
    assert_eq!(
        &digest[..16],
        "52d57a950c171aab",
        "{} intents",
        intents.len()
    );
}

#[test]
fn who_looks_others_up_stays_online_and_takes_each_of_them_alike() {
    let scenario = small(&[
        "users.count=21",
        "users.online={ dist = \"exponential\", mean = \"1min\" }",
        "users.offline={ dist = \"exponential\", mean = \"9min\" }",
        "duration=10h",
        "churn.look_ups=800/h",
        "churn.look_up_rooms=[1]",
        "churn.new_clients=0",
        "churn.lost_clients=0",
        "churn.leaves=0",
        "churn.removals=0",
    ]);
    let (population, intents) = wishes(&scenario);
    let creator = population.rooms[1].creator;
    let mut of = vec![0u32; 21];
    for intent in &intents {
        let actor = population.user_of(intent.actor);
        match intent.action {
            Action::LookUp { room, user } => {
                assert_eq!((room, actor), (RoomId(1), Some(creator)));
                of[user.0 as usize] += 1;
            }
            Action::Offline => assert_ne!(actor, Some(creator)),
            _ => {}
        }
    }
    assert_eq!(of.remove(creator.0 as usize), 0);
    // Poisson: 400 of each are expected, with a deviation of 20.
    for count in of {
        assert!((300..500).contains(&count), "{count}");
    }
    let back = |intent: &&Intent| population.user_of(intent.actor) == Some(creator);
    let back = intents.iter().filter(back);
    let back = back.filter(|intent| intent.action == Action::Online);
    assert!(back.clone().all(|intent| intent.at == SimTime::ZERO) && back.count() <= 2);
}

/// Rooms in which people come and go four times as often, those in which nobody does, and those as all are; and the same of what is said.
#[test]
fn rooms_of_kinds_change_and_talk_as_often_as_their_kinds_say() {
    let text = r#"
duration = "4h"
[users]
count = 3000
[rooms]
count = 90
start = "warm"
[[rooms.kinds]]
count = 30
size = 100
churn = 4
talk = 0
[[rooms.kinds]]
count = 30
size = 100
churn = 0
talk = 4
[[rooms.kinds]]
size = 100
[churn]
joins = "10/h"
leaves = "5/h"
removals = "5/h"
updates = "0.2/h"
[messages]
rate = "4/h"
"#;
    let scenario = Scenario::parse(&ScenarioSource::inline("kinds.toml", text), &[]);
    let (_, intents) = wishes(&scenario.expect("sound"));
    let of = |name: &str| {
        let mut by_kind = [0u32; 3];
        for intent in &intents {
            let (room, of) = match &intent.action {
                Action::Add { room, .. } | Action::JoinExternal { room } => (room, "join"),
                Action::Leave { room } => (room, "leave"),
                Action::Remove { room, .. } => (room, "remove"),
                Action::Update { room } => (room, "update"),
                Action::Message { room, .. } => (room, "message"),
                _ => continue,
            };
            by_kind[(room.0 / 30) as usize] += u32::from(of == name);
        }
        by_kind
    };
    for name in ["join", "leave", "remove", "update"] {
        let [often, never, as_all] = of(name);
        assert!(as_all > 400, "{name}: {as_all}");
        let ratio = f64::from(often) / f64::from(as_all);
        assert!((3.0..5.0).contains(&ratio), "{name}: {often} to {as_all}");
        assert_eq!(never, 0, "{name}");
    }
    let [quiet, loud, as_all] = of("message");
    assert!(
        quiet == 0 && loud > as_all && as_all > 0,
        "{quiet} {loud} {as_all}"
    );
}
