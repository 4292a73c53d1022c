//! What a hub did follows from what its clients were told and got: the record that is made of that says what providers wrote down
//! themselves, which is looked at only afterwards.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use throng_live::Limits;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Outcome, Plan, Target, reach, run};
use throng_live::serve::demo::Certificates;
use throng_live::serve::facts::{Lines, WrittenEvent, WrittenFact};
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_record::invariants::DELIVERED;
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

fn scenario() -> Scenario {
    let overrides = [
        "duration=4s",
        "rooms.created=0s",
        "rooms.grow_interval=100ms",
        "messages.rate=7200/h",
        "churn.updates=600/h",
        "churn.leaves=300/h",
        "users.count=10",
    ];
    let overrides = overrides.map(str::to_owned);
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&overrides).expect("a scenario");
    Plan::in_real_time(scenario, 1.0, false).expect("for real")
}

/// What a provider accepted as hub.
fn accepted(path: &std::path::Path) -> Vec<WrittenEvent> {
    let mut lines = Lines::open(path).expect("a log");
    lines.end();
    let mut all = Vec::new();
    while let Some(line) = lines.read_next().expect("a line") {
        all.extend(line.facts.into_iter().filter_map(|fact| match fact {
            WrittenFact::Accepted(event) => Some(*event),
            _ => None,
        }));
    }
    all
}

#[test]
fn what_hubs_did_follows_from_what_clients_know() {
    let scenario = scenario();
    let folder = tempfile::tempdir().expect("a folder");
    let domains = scenario.providers.iter().map(|p| p.domain.clone());
    let domains: Vec<String> = domains.collect();
    let certificates = Certificates::make(folder.path(), &domains).expect("certificates");
    let peers = Peers::default();
    let log = |domain: &String| -> PathBuf { folder.path().join(format!("{domain}.facts")) };
    let (mut servers, mut targets) = (Vec::new(), Vec::new());
    for domain in &domains {
        let others = domains.iter().filter(|other| *other != domain).cloned();
        let server = Server::start(Setup {
            domain: domain.clone(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            identity: certificates.identity(domain).expect("an identity"),
            trust: certificates.trust().expect("an authority"),
            others: others.collect(),
            peers: peers.clone(),
            scenario: scenario.clone(),
            facts: Some(log(domain)),
            store: StoreAt::Memory,
            metrics: None,
            limits: Limits::default(),
        });
        let server = server.expect("a server");
        peers.set(domain, server.address());
        targets.push(Target {
            domain: domain.clone(),
            address: server.address(),
        });
        servers.push(server);
    }
    let trust = certificates.trust().expect("an authority");
    reach(&targets, &trust).expect("they are there");
    let plan = Plan {
        scenario,
        targets,
        logs: Vec::new(),
        trust,
        speed: 1.0,
        most_late: SimSpan::MAX,
        judge: None,
        structure: false,
    };
    let loaded = run(plan, &mut |_| Order::GoOn).expect("a load");
    let Outcome { record, .. } = loaded.outcome(&[], &Seen::default()).expect("a record");
    for server in servers {
        server.stop().expect("ends in order");
    }
    let real = record.real.expect("a real run");
    assert!(real.clients_only);
    assert_eq!(real.violations, Vec::new());
    assert_eq!(real.undelivered, 0);

    let written: Vec<WrittenEvent> = domains
        .iter()
        .flat_map(|domain| accepted(&log(domain)))
        .collect();
    let mut by_subject: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &written {
        *by_subject.entry(&event.subject).or_default() += 1;
    }
    let counts = &record.counts;
    let messages = by_subject.remove("message").unwrap_or_default();
    assert_eq!(counts.messages_accepted, messages);
    assert!(messages > 20, "{messages}");
    let changes: u64 = by_subject.values().sum();
    let changes_and_proposals = counts.commits_accepted + counts.proposals;
    assert_eq!(changes_and_proposals, changes, "{by_subject:?}");
    // Each of their receivers handled each, in order.
    let receivers: u64 = written
        .iter()
        .map(|event| event.receivers.len() as u64)
        .sum();
    let delivered = record.invariants.iter();
    let mut delivered = delivered.filter(|row| row.name == DELIVERED);
    let checks = delivered.next().map_or(0, |row| row.checks);
    // Besides one check of each member at the end, and without deliveries to those who had left when these came.
    assert!(
        checks >= receivers * 9 / 10 && checks <= receivers + 200,
        "{checks} {receivers}"
    );
    // Of each message that had somebody to read it, the latency of the last is known.
    assert!(record.latencies.message.len() > messages);
}
