//! Who pays for whom, who sees what, and what stops with whom.

use crate::common;

use common::{run_on, scenario};
use throng_record::{ExposureRow, Ledgers, Record};
use throng_workloads::time::SimSpan;

const ADDS_UP: &str = "what providers pay adds up, role by role";

fn ledgers(record: &Record) -> &Ledgers {
    record.ledgers.as_ref().expect("a simulated run")
}

fn exposure<'a>(record: &'a Record, party: &str, role: &str) -> &'a ExposureRow {
    let mut rows = ledgers(record).exposures.iter();
    let found = rows.find(|row| row.party == party && row.role == role);
    found.unwrap_or_else(|| panic!("no {role} at {party}"))
}

/// What the ledger has is what the accounts have, that are kept by kind of packet and not by provider.
fn adds_up(record: &Record) {
    let costs = &ledgers(record).costs;
    let traffic = |of: fn(&throng_record::TrafficRow) -> Option<u64>| -> u64 {
        record.traffic.iter().filter_map(of).sum()
    };
    let sent = traffic(|row| (row.from == "provider").then_some(row.sent));
    let received = traffic(|row| (row.to == "provider").then_some(row.received));
    assert_eq!(costs.iter().map(|row| row.sent).sum::<u64>(), sent);
    assert_eq!(costs.iter().map(|row| row.received).sum::<u64>(), received);
    for provider in &record.providers {
        let own = || costs.iter().filter(|row| row.provider == provider.domain);
        let cpu = own().fold(SimSpan::ZERO, |sum, row| sum + row.cpu);
        assert_eq!(cpu, provider.busy);
        assert_eq!(
            own().map(|row| row.requests).sum::<u64>(),
            provider.requests
        );
        let local = own().filter(|row| row.role == "local provider");
        assert_eq!(local.map(|row| row.sent).sum::<u64>(), provider.to_clients);
        // Because of its own users and because of each other's.
        let pairs = ledgers(record).pairs.iter();
        let pairs = pairs.filter(|row| row.provider == provider.domain);
        let others = own().filter(|row| row.users == "others");
        let others: u64 = others.map(|row| row.sent).sum();
        assert_eq!(pairs.clone().map(|row| row.sent_for).sum::<u64>(), others);
        assert_eq!(
            pairs.map(|row| row.sent_to).sum::<u64>(),
            provider.to_providers
        );
    }
    let checked = record.invariants.iter().find(|row| row.name == ADDS_UP);
    assert_eq!(checked.map(|row| row.checks), Some(1));
}

#[test]
fn what_providers_pay_adds_up_and_both_engines_say_the_same() {
    let settings = [
        "duration=4min",
        "rooms.hub=round-robin",
        "network.outages=[\"b.example=2min+20s\"]",
        "policy.request_timeout=5s",
    ];
    let records = ["openmls", "model"].map(|engine| {
        let engine = format!("engine={engine}");
        run_on(&scenario("small", &[&settings[..], &[&engine]].concat()), 2)
    });
    records.iter().for_each(adds_up);
    assert_eq!(records[0].ledgers, records[1].ledgers);
    let record = &records[0];
    // Both are hub and follower, for their own users and for the other's.
    let costs = ledgers(record).costs.iter();
    assert!(
        costs.clone().all(|row| row.role != "hub" || row.sent > 0),
        "{costs:?}"
    );
    assert_eq!(
        ledgers(record)
            .dependence
            .iter()
            .map(|row| row.rooms)
            .sum::<u64>(),
        3
    );
    let messages: u64 = ledgers(record)
        .dependence
        .iter()
        .map(|row| row.messages)
        .sum();
    assert_eq!(messages, record.counts.messages_accepted);
}

/// Work that many cores do at once, and deliveries in bulk.
#[test]
fn what_is_delivered_in_bulk_is_paid_for_too() {
    let record = run_on(
        &scenario(
            "webinar-100k",
            &[
                "users.count=300",
                "rooms.size=250",
                "duration=1min",
                "messages.rate=6/h",
            ],
        ),
        2,
    );
    adds_up(&record);
    let content: u64 = ledgers(&record)
        .exposures
        .iter()
        .map(|row| row.content_bytes)
        .sum();
    assert!(content > 0);
}

#[test]
fn nobody_but_members_sees_what_is_said_and_hubs_see_who_says_it() {
    let run = |settings: &[&str]| {
        let settings = [&["engine=model"], settings].concat();
        run_on(&scenario("small", &settings), 2)
    };
    // All rooms are b.example's by chance.
    let record = run(&[]);
    let [hub, follower] = [("b.example", "hub"), ("a.example", "follower")]
        .map(|(party, role)| exposure(&record, party, role));
    let members = exposure(&record, "b.example", "members");
    assert_eq!((hub.rooms, hub.names), (3, 3));
    // Whoever is in a room at b.example knows everybody there, and so does the hub.
    assert_eq!(
        (members.users, members.memberships),
        (hub.users, hub.memberships)
    );
    // Parts of a GroupInfo name no room.
    assert_eq!(follower.names, 0);
    assert!(follower.memberships <= hub.memberships && follower.users > 0);
    assert_eq!((hub.messages, follower.senders), (hub.senders, 0));
    assert!(hub.messages >= record.counts.messages_accepted && follower.messages > 0);
    assert!(hub.changes > 0 && follower.changes > 0);
    let seen = ledgers(&record).exposures.iter();
    let seen = seen.filter(|row| row.content_bytes > 0);
    assert!(seen.clone().all(|row| row.role == "members") && seen.count() == 2);
    // Who passes on the request that creates a room sees what it is called.
    let passed_on = run(&["rooms.hub=first"]);
    assert_eq!(exposure(&passed_on, "b.example", "follower").names, 3);

    // A whole GroupInfo names the room to the followers whose clients commit.
    let full = run(&["policy.group_info=full"]);
    assert!(exposure(&full, "a.example", "follower").names > 0);
    // A tree within the Welcome is for whoever is welcome.
    let [beside, within] = ["hub", "welcome"].map(|tree| {
        let tree = format!("policy.tree={tree}");
        let record = run(&["rooms.start=at-once", &tree]);
        exposure(&record, "a.example", "follower").memberships
    });
    assert!(within < beside, "{within} of {beside}");
}

/// Handshakes that are encrypted for the hub show a follower nothing: it knows those in the trees that passed it, and who came in clear.
#[test]
fn followers_do_not_read_what_is_encrypted_for_the_hub() {
    let run = |engine: &str, settings: &[&str]| {
        let engine = format!("engine={engine}");
        let settings = [
            &["rooms.start=at-once", "policy.tree=welcome", &engine],
            settings,
        ]
        .concat();
        run_on(&scenario("small", &settings), 2)
    };
    let sealed = "policy.handshakes=semi-private";
    let by_add = "churn.join_by=add";
    let [public, semi] = [&[by_add][..], &[by_add, sealed]].map(|settings| run("model", settings));
    let of = |record: &Record, role: &str, party: &str| exposure(record, party, role).clone();
    let (before, after) = (
        of(&public, "follower", "a.example"),
        of(&semi, "follower", "a.example"),
    );
    assert!(before.changes > 0 && before.users > 0);
    // New devices of its users join from outside, in clear.
    assert!(
        after.changes < before.changes / 4,
        "{} of {}",
        after.changes,
        before.changes
    );
    assert!(after.memberships < before.memberships);
    // The hub reads all of them as before, and pays for the keys that tell it.
    let hubs = [&public, &semi].map(|record| of(record, "hub", "b.example"));
    assert!(hubs[1].changes > 0 && hubs[1].users == hubs[0].users);
    assert!(hubs[1].packet_bytes > hubs[0].packet_bytes);
    assert_eq!(run("openmls", &[by_add, sealed]).ledgers, semi.ledgers);
    // In rooms that are there at time zero no tree has passed either.
    let [beside, within] = ["hub", "welcome"].map(|tree| {
        let tree = format!("policy.tree={tree}");
        let settings = ["engine=model", "rooms.start=warm", sealed, by_add, &tree];
        let record = run_on(&scenario("small", &settings), 2);
        exposure(&record, "a.example", "follower").memberships
    });
    assert!(within < beside, "{within} of {beside}");
}
