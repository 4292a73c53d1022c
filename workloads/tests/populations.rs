//! Populations follow the scenario.

use throng_workloads::population::Population;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::stream::Streams;

fn draw(text: &str) -> (Scenario, Population) {
    let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).expect("sound");
    let population = Population::draw(&scenario, &Streams::new(scenario.seed, 0));
    (scenario, population)
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of as f64
}

#[test]
fn users_and_connections_follow_their_shares() {
    let (_, population) = draw(
        "[[providers]]\nshare = 0.7\n[[providers]]\nshare = 0.3\n[users]\ncount = 10000\nclients = 2\n\
         [[users.connections]]\nshare = 0.2\n[[users.connections]]\nlink = '4g'\nshare = 0.8",
    );
    let at_first = population
        .users
        .iter()
        .filter(|u| u.provider.0 == 0)
        .count();
    assert_eq!(at_first, 7_000, "exactly");
    assert_eq!(population.clients.len(), 20_000);
    let on_wifi = population
        .clients
        .iter()
        .filter(|c| c.connection == 0)
        .count();
    assert!((share(on_wifi, 20_000) - 0.2).abs() < 0.015, "{on_wifi}");
    for (i, client) in population.clients.iter().enumerate() {
        let user = &population.users[client.user.0 as usize];
        assert!(user.clients().any(|c| c.0 as usize == i));
    }
}

#[test]
fn as_many_are_online_as_in_the_long_run() {
    let (_, population) = draw("[users]\ncount = 10000\nonline = '20min'\noffline = '1h'");
    let online = population.clients.iter().filter(|c| c.online).count();
    assert!((share(online, 10_000) - 0.25).abs() < 0.02, "{online}");
}

#[test]
fn locality_keeps_rooms_at_home() {
    let at_home = |locality: &str| {
        let (_, population) = draw(&format!(
            "[[providers]]\n[[providers]]\n[users]\ncount = 1000\n[rooms]\ncount = 200\nsize = 21\n\
             locality = {locality}"
        ));
        let provider =
            |user: &throng_workloads::intent::UserId| population.users[user.0 as usize].provider;
        let others = population.rooms.iter().flat_map(|room| {
            let home = provider(&room.creator);
            room.initial.iter().skip(1).map(move |user| (home, user))
        });
        let near = others
            .clone()
            .filter(|(home, user)| *home == provider(user))
            .count();
        share(near, others.count())
    };
    assert_eq!(at_home("1"), 1.0);
    assert!(
        (at_home("0.5") - 0.75).abs() < 0.03,
        "half of the mixed ones are at home, too"
    );
    assert!((at_home("0") - 0.5).abs() < 0.03);
}

#[test]
fn hubs_are_chosen_as_asked() {
    let hubs = |choice: &str| {
        let (_, population) = draw(&format!(
            "[[providers]]\n[[providers]]\n[users]\ncount = 50\n[rooms]\ncount = 6\nhub = '{choice}'"
        ));
        let homes = population
            .rooms
            .iter()
            .map(|r| population.users[r.creator.0 as usize].provider.0);
        let hubs: Vec<u16> = population.rooms.iter().map(|r| r.hub.0).collect();
        (hubs, homes.collect::<Vec<u16>>())
    };
    assert_eq!(hubs("first").0, [0; 6]);
    assert_eq!(hubs("round-robin").0, [0, 1, 0, 1, 0, 1]);
    let (hubs, homes) = hubs("creator");
    assert_eq!(hubs, homes);
}

#[test]
fn rooms_without_an_upper_size_take_everybody_at_most() {
    let (_, population) = draw(
        "[users]\ncount = 12\n[rooms]\ncount = 50\nsize = { dist = 'exponential', mean = 30 }\nstart = 'warm'",
    );
    let sizes: Vec<usize> = population
        .rooms
        .iter()
        .map(|room| room.initial.len())
        .collect();
    assert_eq!(sizes.iter().max(), Some(&12));
    assert!(sizes.iter().min() >= Some(&1));
    assert!(
        population
            .rooms
            .iter()
            .all(|room| room.start == throng_workloads::scenario::Start::Warm
                && room.initial[0] == room.creator)
    );
}

#[test]
fn a_larger_population_begins_like_a_smaller_one() {
    let text = |count: u32| {
        format!("[users]\ncount = {count}\nclients = {{ dist = 'uniform', min = 1, max = 3 }}")
    };
    let (_, small) = draw(&text(50));
    let (_, large) = draw(&text(100));
    assert_eq!(small.users[..], large.users[..50]);
    assert_eq!(small.clients[..], large.clients[..small.clients.len()]);
}
