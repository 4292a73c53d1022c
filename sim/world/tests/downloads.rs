//! What is attached to messages and fetched by those who read them: on both engines, with its bytes on links, and who sees what of it.

use crate::common;

use common::{other, run_on, scenario};
use throng_record::{ExposureRow, Record};
use throng_world::verify::verify;

const ATTACHING: [&str; 5] = [
    "duration=5min",
    "messages.content=mimi",
    "messages.kinds={ text = 0.5, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0.5 }",
    "messages.rate=120/h",
    "messages.attachment_size={ dist = \"exponential\", mean = \"20kB\" }",
];

fn run(more: &[&str]) -> Record {
    run_on(&scenario("small", &[&ATTACHING[..], more].concat()), 2)
}

fn carried(record: &Record, from: &str, to: &str, kind: &str) -> (u64, u64) {
    let rows = record.traffic.iter();
    let rows = rows.filter(|row| row.from == from && row.to == to && row.kind == kind);
    rows.fold((0, 0), |(messages, sent), row| {
        (messages + row.messages, sent + row.sent)
    })
}

fn exposures(record: &Record) -> &[ExposureRow] {
    &record.ledgers.as_ref().expect("simulated").exposures
}

#[test]
fn what_is_attached_is_on_the_links_and_readers_have_it() {
    let (none, hub, provider) = (
        run(&["messages.downloads=none"]),
        run(&["messages.downloads=hub"]),
        run(&["messages.downloads=provider"]),
    );
    assert_eq!(other(&none, "assets_stored"), 0);
    assert!(none.latencies.download.is_empty());
    for record in [&hub, &provider] {
        let sent = record.contents.iter().find(|row| row.kind == "attachment");
        let sent = sent.expect("attachments").accepted;
        let fetched = other(record, "assets_fetched");
        assert!(sent > 20 && fetched > sent, "{fetched} of {sent}");
        // What is under way at the end has been served and not fetched.
        let served = other(record, "assets_served");
        assert!(
            (fetched..fetched + 5).contains(&served),
            "{fetched} of {served}"
        );
        assert_eq!(record.latencies.download.len(), fetched);
        // What is stored and fetched goes over the links, with what encryption and HTTP add.
        let (stored, up) = carried(record, "client", "provider", "upload-asset");
        assert!(stored >= sent && up > stored * 10_000, "{stored} of {up} B");
        let bytes = other(record, "asset_bytes_fetched");
        let down: u64 = ["proxy-download-response", "fetch-asset-response"]
            .map(|kind| carried(record, "provider", "client", kind).1)
            .iter()
            .sum();
        assert!(down >= bytes + 16 * fetched && down < bytes * 11 / 10);
    }
    // The same messages are sent, and what is about them is of the same lengths.
    let messages = |record: &Record| record.counts.messages_accepted;
    assert_eq!(messages(&hub), messages(&provider));
    // Of two providers one is the hub, and nobody is between them.
    assert_eq!(between(&hub), between(&provider));
}

/// What goes between providers as assets, in bytes.
fn between(record: &Record) -> u64 {
    let responses = ["proxy-download-response", "fetch-asset-response"];
    let sent = responses.map(|kind| carried(record, "provider", "provider", kind).1);
    sent.iter().sum()
}

#[test]
fn by_way_of_a_third_it_is_carried_twice_and_takes_longer() {
    let of_three = |by: &str| {
        let small = [
            "engine=model",
            "warmup=0s",
            "duration=2min",
            "users.count=60",
            "rooms.count=10",
            "rooms.size=8",
            "rooms.locality=0",
            "rooms.created=0s",
            by,
        ];
        run_on(&scenario("company", &[&ATTACHING[1..], &small].concat()), 2)
    };
    let (hub, provider) = (
        of_three("messages.downloads=hub"),
        of_three("messages.downloads=provider"),
    );
    let fetched = |record: &Record| other(record, "assets_fetched");
    assert!(fetched(&hub) > 100 && fetched(&hub).abs_diff(fetched(&provider)) < 20);
    assert!(between(&hub) > between(&provider));
    let typical = |record: &Record| record.latencies.download.mean();
    assert!(typical(&hub) > typical(&provider));
}

#[test]
fn who_fetches_is_known_to_its_own_provider_alone() {
    let sees = |record: &Record, role: &str| -> u64 {
        let rows = exposures(record).iter().filter(|row| row.role == role);
        rows.map(|row| row.downloads).sum()
    };
    let (hub, provider) = (
        run(&["messages.downloads=hub"]),
        run(&["messages.downloads=provider"]),
    );
    for record in [&hub, &provider] {
        assert!(sees(record, "local provider") >= other(record, "assets_fetched"));
        assert!(sees(record, "follower") > 0);
        assert_eq!(sees(record, "members"), 0);
    }
    let proxied = carried(&hub, "provider", "provider", "proxy-download").0;
    assert!(proxied > 0);
    assert_eq!(
        carried(&provider, "provider", "provider", "proxy-download").0,
        0
    );
    // A hub sees what others have it fetch, besides what its own users do in its rooms.
    assert!(sees(&hub, "hub") >= proxied);
}

#[test]
fn both_engines_fetch_alike_whatever_is_lost() {
    let lossy = ["network.request_loss=10%", "policy.request_timeout=5s"];
    for by in ["messages.downloads=hub", "messages.downloads=provider"] {
        let verdict = verify(
            &scenario("small", &[&ATTACHING[..], &lossy, &[by]].concat()),
            |_| true,
        );
        let verdict = verdict.unwrap();
        assert!(verdict.agrees(), "{verdict:#?}");
    }
}
