//! `throng load --as follower` beside a hub that speaks the draft alone: the one of the tests of `sim/live`, over hyper and OpenMLS by hand.

#[path = "../../../sim/live/tests/bare/device.rs"]
#[allow(dead_code, reason = "a follower of theirs needs more of it")]
mod device;
#[path = "../../../sim/live/tests/bare/hub.rs"]
#[allow(dead_code, reason = "its own user does nothing here")]
mod hub;
#[path = "../../../sim/live/tests/bare/peer.rs"]
mod peer;
#[path = "../../../sim/live/tests/bare/wire.rs"]
#[allow(dead_code, reason = "a follower of theirs needs more of it")]
mod wire;

use super::federations::{free, sound};
use super::{stderr, throng_in};
use hub::{Hub, ROOM};
use peer::Peer;
use std::fs;
use throng_live::serve::demo::Certificates;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// A room of people at two providers, and the hub is a third.
const CLUB: &str = r#"
duration = "6s"
[[providers]]
domain = "a.example"
[[providers]]
domain = "b.example"
[[providers]]
domain = "c.example"
[users]
count = 8
[rooms]
count = 1
size = 5
start = "warm"
locality = 0
[churn]
updates = "400/h"
[messages]
rate = "3600/h"
"#;

#[test]
fn followers_of_ours_are_in_a_room_of_somebody_elses_hub() {
    let home = tempfile::tempdir().expect("a folder");
    let certificates = home.path().join("certificates");
    let domains = ["a.example", "b.example", "c.example"];
    Certificates::make(&certificates, &domains.map(str::to_owned)).expect("certificates");
    fs::write(home.path().join("club.toml"), CLUB).expect("written");
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (hub, at) = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let peer = Peer::new(&certificates, "a.example", &domains[1..]);
        (Hub::start(peer, listener).await, at)
    });
    let ours = domains[1..].iter().map(|domain| free(domain));
    let ours: Vec<String> = ours.collect();
    for one in &ours {
        let (domain, address) = one.split_once('=').expect("two");
        hub.knows(domain, address.parse().expect("an address"));
    }
    let load = || {
        let mut load = throng_in(home.path());
        load.args(["load", "club.toml", "--as", "follower", "--quiet"])
            .args(["--hub", &format!("a.example={at}"), "--most-late", "10s"])
            .args(["--certificates", "certificates"]);
        ours.iter().for_each(|one| {
            load.args(["--listen", one]);
        });
        load
    };
    let message = stderr(&mut load(), 2);
    let expected = "expected rooms that are there already: --room r0=mimi://a.example/r/";
    assert!(message.contains(expected), "{message}");
    let message = stderr(load().args(["--room", "r0=mimi://b.example/r/x"]), 2);
    assert!(
        message.contains("no room of the hub under test"),
        "{message}"
    );

    let summary = sound(load().args(["--room", &format!("r0={ROOM}")]));
    let state = hub.state();
    assert_eq!(state.wrong, Vec::<String>::new());
    assert_eq!(state.unread, Vec::<String>::new());
    let accepted = summary["counts"]["messages_accepted"].as_u64();
    assert_eq!(accepted, Some(state.read.len() as u64));
    let servers = summary["real"]["servers"].as_array().expect("servers");
    assert_eq!(servers.len(), 2, "{servers:?}");
}
