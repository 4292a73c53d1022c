//! The built-in scenarios keep what their comments promise.

#[path = "common/cost.rs"]
mod cost;

use std::collections::BTreeSet;
use throng_workloads::builtin::{LIBRARY, find};
use throng_workloads::generate::Workload;
use throng_workloads::population::Population;
use throng_workloads::scenario::{Cause, EngineKind, Expected, Scenario, ScenarioSource};
use throng_workloads::stream::Streams;

#[test]
fn every_scenario_is_sound_and_says_what_it_answers() {
    for builtin in LIBRARY {
        let scenario = builtin.scenario(&[]).expect(builtin.name);
        assert_eq!(scenario.name, builtin.name);
        assert!(scenario.description.contains('?'), "{}", builtin.name);
        assert!(builtin.text.starts_with("# "), "{}", builtin.name);
        let again = ScenarioSource::inline("again.toml", scenario.to_toml());
        let again = Scenario::parse(&again, &[]).expect(builtin.name);
        assert_eq!(again, scenario);
    }
}

/// Each that runs with real cryptography is to be simulated in well under 20 s on two cores.
#[test]
fn every_scenario_is_affordable() {
    for builtin in LIBRARY {
        for seed in 1..=3 {
            let scenario = builtin
                .scenario(&[format!("seed={seed}")])
                .expect(builtin.name);
            if scenario.engine == EngineKind::Model {
                continue;
            }
            let estimate = cost::estimate(&scenario);
            let seconds = estimate.seconds();
            assert!(
                seconds < 16.0,
                "{} with seed {seed}: {seconds:.1} CPU seconds, {estimate:?}",
                builtin.name
            );
        }
    }
}

#[test]
fn the_company_is_as_large_as_it_says() {
    let scenario = find("company")
        .and_then(|b| b.scenario(&[]))
        .expect("company");
    let population = Population::draw(&scenario, &Streams::new(scenario.seed, 0));
    let largest = population.rooms.iter().map(|room| room.initial.len()).max();
    assert_eq!((population.rooms.len(), scenario.providers.len()), (300, 3));
    assert!((1_900..2_100).contains(&population.clients.len()));
    assert!((60..=100).contains(&largest.unwrap_or(0)), "{largest:?}");
}

/// What the scenario's comments say, as it comes about: 50,000 people on 2.2 devices, three of four rooms of two or three, 40 messages each
/// on a working day.
#[test]
fn the_enterprise_is_as_it_says() {
    let scenario = find("enterprise")
        .and_then(|b| b.scenario(&[]))
        .expect("enterprise");
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(&scenario, &streams);
    let (users, clients) = (population.users.len(), population.clients.len());
    assert_eq!((users, scenario.providers.len()), (50_000, 4));
    assert!(
        (2.19..2.21).contains(&(clients as f64 / users as f64)),
        "{clients}"
    );
    let sizes: Vec<usize> = population
        .rooms
        .iter()
        .map(|room| room.initial.len())
        .collect();
    let between = |least, most| {
        sizes
            .iter()
            .filter(|size| (least..=most).contains(*size))
            .count()
    };
    assert_eq!(sizes.len(), 15_000);
    // And a few of the others that came out as small.
    let small = between(1, 3) as f64 / sizes.len() as f64;
    assert!((0.75..0.79).contains(&small), "{small}");
    assert!(
        (10..=20).contains(&between(500, 5_000)),
        "{}",
        between(500, 5_000)
    );
    assert_eq!(between(5_001, users), 1);
    let talked = Expected::of(&scenario).of_cause(Cause::Messages).events;
    let each = talked / users as f64;
    assert!((38.0..42.0).contains(&each), "{each} messages each");
}

#[test]
fn in_the_small_one_everything_happens() {
    let scenario = find("small").and_then(|b| b.scenario(&[])).expect("small");
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(&scenario, &streams);
    let seen: BTreeSet<&str> = Workload::new(&scenario, &population, &streams)
        .map(|intent| intent.action.name())
        .collect();
    let all = [
        "add",
        "create",
        "join",
        "leave",
        "lost",
        "message",
        "new-client",
        "offline",
        "online",
        "remove",
        "resync",
        "update",
    ];
    assert_eq!(seen, BTreeSet::from(all));
}
