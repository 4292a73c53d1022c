//! Somebody else's provider, which speaks draft-ietf-mimi-protocol-06 and none of our header fields: written straight over hyper and
//! OpenMLS, with bodies made and read by hand. Ours exchanges KeyPackages, Welcomes, commits and messages with it, both ways, over mutual TLS,
//! however often and in whatever order something comes.
//!
//! - `wire`: the draft's bodies; `device`: MLS by hand; `peer`: HTTP/2 and TLS.
//! - `hub`: one that orders a room; `follower`: one whose users are in a room of ours.

pub(crate) mod device;
mod follower;
mod hub;
mod peer;
pub(crate) mod wire;

use crate::federation::unread;
use follower::Follower;
use hub::{Hub, ROOM};
use peer::Peer;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use throng_live::Limits;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Others, Outcome, Plan, Preparing, Serves, Target, look, run};
use throng_live::serve::demo::Certificates;
use throng_live::serve::facts::{Lines, WrittenFinding};
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::population::Population;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::time::SimSpan;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const HERE: [u8; 4] = [127, 0, 0, 1];

const DOMAINS: [&str; 3] = ["a.example", "b.example", "c.example"];

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// Two providers, and one room that is there from the beginning.
const SCENARIO: &str = r#"
duration = "8s"
[[providers]]
domain = "a.example"
[[providers]]
domain = "b.example"
[users]
count = 6
[rooms]
count = 1
size = 4
start = "warm"
hub = "first"
locality = 0
[churn]
updates = "400/h"
[messages]
rate = "3600/h"
"#;

/// Everything that people do with a room and their devices.
const CHURN: [&str; 8] = [
    "duration=12s",
    "churn.joins=900/h",
    "churn.join_by=external",
    "churn.leaves=500/h",
    "churn.removals=500/h",
    "churn.new_clients=150/h",
    "churn.resyncs=200/h",
    "users.count=9",
];

/// The same, where this share of the users is at the first provider, which orders the room.
fn scenario(at_hub: f64, more: &[&str]) -> Scenario {
    let source = ScenarioSource::inline("bare", SCENARIO);
    let more: Vec<String> = more.iter().map(|text| (*text).to_owned()).collect();
    let mut scenario = Scenario::parse(&source, &more).expect("a scenario");
    scenario.providers[0].share = at_hub;
    scenario.providers[1].share = 1.0 - at_hub;
    Plan::in_real_time(scenario, 1.0, true).expect("for real")
}

/// One of ours, in this process.
fn server(domain: &str, folder: &Path, scenario: &Scenario, other: (&str, SocketAddr)) -> Server {
    server_at(
        domain,
        folder,
        scenario,
        &[other],
        SocketAddr::from((HERE, 0)),
    )
}

/// The same where it is said, with what the one before it had stored.
fn server_at(
    domain: &str,
    folder: &Path,
    scenario: &Scenario,
    others: &[(&str, SocketAddr)],
    listen: SocketAddr,
) -> Server {
    let certificates = Certificates::read(folder, &[domain.to_owned()]).expect("certificates");
    let peers = Peers::default();
    others.iter().for_each(|(other, at)| peers.set(*other, *at));
    let domains: Vec<String> = others
        .iter()
        .map(|(other, _)| (*other).to_owned())
        .collect();
    let server = Server::start(Setup {
        domain: domain.to_owned(),
        listen,
        identity: certificates.identity(domain).expect("an identity"),
        trust: certificates.trust().expect("an authority"),
        others: domains.clone(),
        peers,
        scenario: scenario.clone(),
        facts: Some(folder.join(format!("{domain}.facts"))),
        store: StoreAt::File(folder.join(format!("{domain}.redb"))),
        metrics: None,
        limits: Limits::default(),
        // It refuses the first of each sort, as it does beside whoever is under test.
        probe: domains,
    });
    server.expect("a server")
}

fn plan(folder: &Path, scenario: &Scenario, at: &[SocketAddr], others: Others) -> Plan {
    let certificates = Certificates::read(folder, &[]).expect("certificates");
    let targets = DOMAINS.iter().zip(at);
    let targets = targets.map(|(domain, address)| Target {
        domain: (*domain).to_owned(),
        address: *address,
    });
    Plan {
        scenario: scenario.clone(),
        targets: targets.collect(),
        logs: Vec::new(),
        finders: Vec::new(),
        trust: certificates.trust().expect("an authority"),
        speed: 1.0,
        most_late: SimSpan::MAX,
        judge: None,
        meeting: None,
        structure: false,
        preparing: Preparing::Made,
        others,
    }
}

fn loaded(plan: Plan) -> Outcome {
    let loaded = run(plan, &mut |_| Order::GoOn).expect("a load");
    loaded.outcome(&[], &Seen::default()).expect("whole")
}

/// Ada could read all that hubs accepted of ours, and nothing that came to her hub was wrong.
fn all_is_read(state: &hub::State, outcome: &Outcome) {
    assert_eq!(state.unread, Vec::<String>::new());
    assert_eq!(state.wrong, Vec::<String>::new());
    let accepted = outcome.record.counts.messages_accepted;
    assert_eq!(state.read.len() as u64, accepted);
}

/// What ours wrote down of the other.
fn findings(folder: &Path, domain: &str) -> Vec<WrittenFinding> {
    let facts = folder.join(format!("{domain}.facts"));
    let mut lines = Lines::open(&facts).expect("facts");
    lines.end();
    let lines = std::iter::from_fn(|| lines.read_next().expect("a line"));
    lines.filter_map(|line| line.finding).collect()
}

fn runtime() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    runtime.expect("a runtime")
}

fn bare_hub(runtime: &Runtime, folder: &Path) -> (Hub, SocketAddr) {
    runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from((HERE, 0))).await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let peer = Peer::new(folder, "a.example", &DOMAINS[1..]);
        (Hub::start(peer, listener).await, address)
    })
}

/// The hub's room is the scenario's.
fn clubhouse() -> Others {
    Others {
        rooms: BTreeMap::from([(RoomId(0), ROOM.to_owned())]),
        undriven: BTreeSet::new(),
        unnumbered: true,
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let domains = DOMAINS.map(str::to_owned);
    Certificates::make(folder.path(), &domains).expect("certificates");
    folder
}

/// Waits until something is so.
#[track_caller]
fn eventually(what: &str, is: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A sound load: everything that its clients wanted came about, and nothing that has to hold broke.
fn sound(outcome: &Outcome) {
    let record = &outcome.record;
    let real = record.real.as_ref().expect("a real run");
    assert_eq!(real.violations, Vec::new());
    assert_eq!(real.undelivered, 0);
    let wished = record.counts.intents.iter();
    let wished = wished.filter(|(name, _)| *name == "message");
    let wished: u64 = wished.map(|(_, count)| *count).sum();
    assert!(wished > 10, "{wished}");
    assert_eq!(record.counts.messages_accepted, wished);
    assert!(record.open.is_empty(), "{:?}", record.open);
}

/// Those of the population who are in the room from the beginning, and those who are not, as their provider calls them.
fn who(scenario: &Scenario, provider: u16) -> (Vec<String>, Vec<String>) {
    let population = Population::draw(scenario, &scenario.streams());
    let domain = &scenario.providers[usize::from(provider)].domain;
    let users = population.users.iter().enumerate();
    let users = users.filter(|(_, user)| user.provider == ProviderId(provider));
    let (inside, outside): (Vec<_>, Vec<_>) = users.map(|(number, _)| number).partition(|number| {
        let mut initial = population.rooms[0].initial.iter();
        initial.any(|user| user.0 as usize == *number)
    });
    let name = |number: usize| format!("mimi://{domain}/u/u{number}");
    (
        inside.into_iter().map(name).collect(),
        outside.into_iter().map(name).collect(),
    )
}

/// What a bare provider lacks is seen before anything begins.
#[test]
fn who_serves_what_no_draft_asks_for_is_seen() {
    let (folder, runtime) = (folder(), runtime());
    let (_, at_hub) = bare_hub(&runtime, folder.path());
    let scenario = scenario(0.5, &[]);
    let ours = server("b.example", folder.path(), &scenario, ("a.example", at_hub));
    let certificates = Certificates::read(folder.path(), &["b.example".to_owned()]);
    let certificates = certificates.expect("certificates");
    let all = [("a.example", at_hub), ("b.example", ours.address())];
    let all = all.map(|(domain, address)| Target {
        domain: domain.to_owned(),
        address,
    });
    let identity = certificates.identity("b.example").expect("an identity");
    let trust = certificates.trust().expect("an authority");
    let serve = look(&all, &identity, &trust).expect("both answer");
    let serves = |creates_rooms, clients| Serves {
        creates_rooms,
        clients,
    };
    assert_eq!(serve, [serves(false, false), serves(true, true)]);
    ours.stop().expect("ends in order");
}

#[test]
fn our_users_are_in_a_room_of_a_bare_hub() {
    let (folder, runtime) = (folder(), runtime());
    let scenario = scenario(0.0, &[]);
    let (inside, outside) = who(&scenario, 1);
    assert!(inside.len() >= 3 && !outside.is_empty());
    let (hub, at_hub) = bare_hub(&runtime, folder.path());
    let ours = server("b.example", folder.path(), &scenario, ("a.example", at_hub));
    hub.knows("b.example", ours.address());
    let others = clubhouse();
    let at = [at_hub, ours.address()];
    let plan = plan(folder.path(), &scenario, &at, others);
    let load = std::thread::spawn(move || loaded(plan));
    // When everybody is there and somebody has said something, Ada adds another user of ours, and talks.
    eventually("the first message", || !hub.state().read.is_empty());
    let devices = runtime.block_on(hub.invites(&outside[0]));
    std::thread::sleep(Duration::from_millis(800));
    let _inside = runtime.enter();
    for number in 0..12 {
        hub.says(&format!("Ada says {number}"));
        std::thread::sleep(Duration::from_millis(150));
    }
    let outcome = load.join().expect("a load");
    eventually("all is taken", || hub.state().under_way == 0);
    ours.stop().expect("ends in order");

    sound(&outcome);
    let state = hub.state();
    all_is_read(&state, &outcome);
    let counts = &outcome.record.counts;
    let members = state.ada.members();
    assert_eq!(members.len(), 1 + inside.len() + devices);
    assert_eq!(counts.welcomes, devices as u64);
    // Each of ours has read what each other said, and what Ada did.
    let (said, others) = (counts.messages_accepted, inside.len() as u64);
    let least = said * (others - 1) + 12 * (others + devices as u64) - unread(&outcome.record);
    let read = counts.messages_decrypted;
    assert!(
        (least..=said * others + 12 * (others + devices as u64)).contains(&read),
        "{read} of {least}"
    );
    let found = findings(folder.path(), "b.example");
    assert_eq!(found, [], "nobody demands our header fields");
    println!(
        "{said} messages of ours and 12 of Ada's in {} epochs, {read} times read; put off {} times",
        state.ada.epoch(),
        state.put_off
    );
}

/// With all that can happen in a room, and our provider ends in the middle and begins again from what it had stored.
#[test]
fn our_users_come_and_go_in_a_room_of_a_bare_hub() {
    let (folder, runtime) = (folder(), runtime());
    let scenario = scenario(0.0, &CHURN);
    let (hub, at_hub) = bare_hub(&runtime, folder.path());
    let other = ("a.example", at_hub);
    let ours = server("b.example", folder.path(), &scenario, other);
    let address = ours.address();
    hub.knows("b.example", address);
    let others = clubhouse();
    let plan = plan(folder.path(), &scenario, &[at_hub, address], others);
    let load = std::thread::spawn(move || loaded(plan));
    eventually("the first message", || !hub.state().read.is_empty());
    std::thread::sleep(Duration::from_secs(4));
    ours.stop().expect("ends in order");
    let ours = server_at("b.example", folder.path(), &scenario, &[other], address);
    let outcome = load.join().expect("a load");
    eventually("all is taken", || hub.state().under_way == 0);
    ours.stop().expect("ends in order");

    let record = &outcome.record;
    let real = record.real.as_ref().expect("a real run");
    let state = hub.state();
    println!(
        "{} messages, {} from outside, {} proposals in {} epochs; put off {} times; {:?}; given up: {:?}",
        record.counts.messages_accepted,
        record.counts.external_commits,
        record.counts.proposals,
        state.ada.epoch(),
        state.put_off,
        record.counts.undecryptable,
        record.counts.skipped,
    );
    assert_eq!(real.violations, Vec::new());
    assert_eq!(real.undelivered, 0);
    all_is_read(&state, &outcome);
    assert!(state.read.len() > 20);
    assert!(record.open.is_empty(), "{:?}", record.open);
    assert_eq!(findings(folder.path(), "b.example"), []);
}

/// Each has users in the room, numbers what comes for itself, and adds users of the other.
#[test]
fn two_of_ours_are_in_a_room_of_a_bare_hub() {
    let (folder, runtime) = (folder(), runtime());
    let third = [
        "providers=[{domain='a.example'},{domain='b.example'},{domain='c.example'}]",
        "duration=10s",
        "churn.joins=900/h",
        "churn.leaves=400/h",
        "users.count=12",
        "rooms.size=6",
    ];
    let mut scenario = scenario(0.0, &third);
    scenario.providers[1].share = 0.5;
    scenario.providers[2].share = 0.5;
    let (hub, at_hub) = bare_hub(&runtime, folder.path());
    let nowhere = SocketAddr::from((HERE, 9));
    let start = |domain: &str, other: &str| {
        let others = [("a.example", at_hub), (other, nowhere)];
        let here = SocketAddr::from((HERE, 0));
        let server = server_at(domain, folder.path(), &scenario, &others, here);
        hub.knows(domain, server.address());
        server
    };
    let ours = [
        start("b.example", "c.example"),
        start("c.example", "b.example"),
    ];
    let at = [at_hub, ours[0].address(), ours[1].address()];
    let plan = plan(folder.path(), &scenario, &at, clubhouse());
    let load = std::thread::spawn(move || loaded(plan));
    eventually("the first message", || !hub.state().read.is_empty());
    let _inside = runtime.enter();
    for number in 0..12 {
        hub.says(&format!("Ada says {number}"));
        std::thread::sleep(Duration::from_millis(150));
    }
    let outcome = load.join().expect("a load");
    eventually("all is taken", || hub.state().under_way == 0);
    for server in ours {
        server.stop().expect("ends in order");
    }

    sound(&outcome);
    let (state, counts) = (hub.state(), &outcome.record.counts);
    all_is_read(&state, &outcome);
    assert!(counts.welcomes > 0);
    // Messages of either were read by users of both: with that many latencies each was known again.
    let heard = outcome.record.latencies.message.len();
    assert!(
        heard > 3 * counts.messages_accepted,
        "{heard} of {}",
        counts.messages_accepted
    );
    for domain in ["b.example", "c.example"] {
        assert_eq!(findings(folder.path(), domain), []);
        assert!(state.inside.contains(domain));
    }
    println!(
        "{} messages in {} epochs, {heard} times read in time; {} Welcomes; put off {} times",
        counts.messages_accepted,
        state.ada.epoch(),
        counts.welcomes,
        state.put_off
    );
}

/// Who would create a room that opens later enters it, and adds the others.
#[test]
fn a_room_that_opens_later_is_entered_and_not_created() {
    let (folder, runtime) = (folder(), runtime());
    let grown = [
        "duration=6s",
        "rooms.start=grown",
        "rooms.created=500ms",
        "rooms.grow_interval=300ms",
        "churn.updates=0/h",
    ];
    let scenario = scenario(0.0, &grown);
    let (hub, at_hub) = bare_hub(&runtime, folder.path());
    let other = ("a.example", at_hub);
    let ours = server("b.example", folder.path(), &scenario, other);
    hub.knows("b.example", ours.address());
    let at = [at_hub, ours.address()];
    let outcome = loaded(plan(folder.path(), &scenario, &at, clubhouse()));
    eventually("all is taken", || hub.state().under_way == 0);
    ours.stop().expect("ends in order");
    let real = outcome.record.real.as_ref().expect("a real run");
    assert_eq!(real.violations, Vec::new());
    let state = hub.state();
    assert_eq!(state.wrong, Vec::<String>::new());
    assert_eq!(state.ada.members().len(), 5, "Ada, and four of ours");
    assert_eq!(outcome.record.counts.welcomes, 3);
    assert!(!state.read.is_empty());
    assert_eq!(findings(folder.path(), "b.example"), []);
}

#[test]
fn users_of_a_bare_follower_are_in_a_room_of_ours() {
    let (folder, runtime) = (folder(), runtime());
    // What the follower's users run knows no application data, so nobody could add them to a group that has some.
    let scenario = scenario(0.7, &["policy.participant_list=none"]);
    let (inside, outside) = who(&scenario, 0);
    let (theirs, _) = who(&scenario, 1);
    assert!(inside.len() >= 2 && !outside.is_empty() && !theirs.is_empty());
    let room = "mimi://a.example/r/r0";
    let follower = runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from((HERE, 0))).await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let peer = Peer::new(folder.path(), "b.example", &["a.example"]);
        (Follower::start(peer, listener).await, address)
    });
    let (follower, at_follower) = follower;
    let ours = server(
        "a.example",
        folder.path(),
        &scenario,
        ("b.example", at_follower),
    );
    follower.knows(ours.address());
    let others = Others {
        rooms: BTreeMap::new(),
        undriven: BTreeSet::from(["b.example".to_owned()]),
        unnumbered: false,
    };
    let at = [ours.address(), at_follower];
    let plan = plan(folder.path(), &scenario, &at, others);
    let load = std::thread::spawn(move || loaded(plan));
    // Ours add theirs, who are there by their Welcome.
    eventually("theirs are members", || {
        let mut state = follower.state();
        theirs.iter().all(|user| state.device(user).group.is_some())
    });
    eventually("somebody says something", || {
        !follower.state().read.is_empty()
    });
    let bob = &theirs[0];
    let eve = "mimi://b.example/u/eve";
    let devices = runtime.block_on(async {
        follower.says(bob, room, "Bob says 0").await;
        follower.commits(bob, room, &[]).await;
        follower.state().device(eve);
        follower.enters(eve, room).await;
        let devices = follower.adds(eve, room, &outside[0]).await;
        // Who is in a room can report what is said there, with the hub's stamp on it or without a message.
        let eve_reports_bob = [eve, bob.as_str()];
        assert_eq!(follower.reports(eve_reports_bob, room, None).await, 201);
        let unstamped = Some(b"Bob says 0".as_slice());
        assert_eq!(
            follower.reports(eve_reports_bob, room, unstamped).await,
            422
        );
        let anothers = ["mimi://a.example/u/u0", bob.as_str()];
        assert_eq!(follower.reports(anothers, room, None).await, 403);
        for number in 1..8 {
            follower.agree().await;
            follower
                .says(bob, room, &format!("Bob says {number}"))
                .await;
            follower
                .says(eve, room, &format!("Eve says {number}"))
                .await;
        }
        devices
    });
    let outcome = load.join().expect("a load");
    ours.stop().expect("ends in order");

    sound(&outcome);
    let state = follower.state();
    assert_eq!(state.unread, Vec::<String>::new());
    let counts = &outcome.record.counts;
    let ours_said = |(_, text): &&(String, Vec<u8>)| {
        !text.starts_with(b"Bob says") && !text.starts_with(b"Eve says")
    };
    let read = |user: &str| {
        let of = state.read.iter().filter(|(reader, _)| reader == user);
        of.filter(ours_said).count() as u64
    };
    assert_eq!(read(bob), counts.messages_accepted);
    let eves = state.read.iter().filter(|(reader, _)| reader == eve);
    let bobs = eves.filter(|(_, text)| text.starts_with(b"Bob says"));
    assert_eq!(bobs.count(), 7, "what Bob said while Eve was there");
    assert_eq!(counts.welcomes, devices as u64, "of those who are ours");
    let members = state.devices[bob].members();
    assert_eq!(
        members.len(),
        inside.len() + theirs.len() + 1 + devices,
        "{members:?}"
    );
    assert!(
        members
            .iter()
            .any(|name| name == "mimi://b.example/d/eve-phone")
    );
    let (said, there) = (counts.messages_accepted, inside.len() as u64);
    let heard = counts.messages_decrypted;
    let least =
        said * (there - 1) + there + 14 * (there + devices as u64) - unread(&outcome.record);
    let most = said * (there - 1 + devices as u64) + there + 14 * (there + devices as u64);
    assert!((least..=most).contains(&heard), "{heard} of {least}");
    let found = findings(folder.path(), "a.example");
    assert_eq!(found, [], "nobody demands our header fields");
    println!(
        "{said} messages of ours and 15 of theirs in {} epochs, {heard} times read by ours; {} early, {} twice",
        state.devices[bob].epoch(),
        state.early,
        state.twice
    );
}
