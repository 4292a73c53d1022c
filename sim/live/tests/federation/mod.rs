//! A federation in this process, as tests load it.
pub(crate) mod wire;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use throng_live::Limits;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Others, Outcome, Plan, Preparing, Target, run};
use throng_live::serve::demo::Certificates;
use throng_live::serve::facts::{Lines, WrittenEvent, WrittenFact};
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_live::tls::Trust;
use throng_record::Record;
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

/// `small` with these keys, for real; `own`: whether its providers are begun for it ([`Plan::in_real_time`]).
pub(crate) fn small(overrides: &[&str], own: bool) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|key| (*key).to_owned()).collect();
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&overrides).expect("a scenario");
    Plan::in_real_time(scenario, 1.0, own).expect("for real")
}

/// What a load of its own providers gives, in which nothing went wrong.
pub(crate) fn loaded(scenario: &Scenario) -> Record {
    let folder = tempfile::tempdir().expect("a folder");
    let federation = Federation::start(scenario, folder.path(), |listens| listens);
    let plan = federation.plan(federation.lines());
    let loaded = run(plan, &mut |_| Order::GoOn).expect("a load");
    let Outcome { record, .. } = loaded.outcome(&[], &Seen::default()).expect("a record");
    federation.stop();
    let real = record.real.as_ref().expect("a real run");
    assert_eq!(real.violations, Vec::new());
    record
}

/// What a load of `small` gives in which much happens at once, with these keys.
pub(crate) fn busy(more: &[&str]) -> Record {
    let overrides = [
        "duration=5s",
        "rooms.created=0s",
        "rooms.grow_interval=100ms",
        "messages.rate=7200/h",
        "users.count=10",
    ];
    let overrides = [&overrides[..], more].concat();
    loaded(&small(&overrides, false))
}

/// How many of this kind providers sent each other.
pub(crate) fn between(record: &Record, kind: &str) -> u64 {
    let rows = record.traffic.iter();
    let rows = rows.filter(|row| row.from == "provider" && row.to == "provider");
    rows.filter(|row| row.kind == kind)
        .map(|row| row.messages)
        .sum()
}

/// How often somebody got what was said before they were there, and could not read it; nothing else could not be read.
pub(crate) fn unread(record: &Record) -> u64 {
    let unread = record.counts.undecryptable.iter();
    let one = |(why, count): &(&'static str, u64)| {
        assert_eq!(*why, "message-older-than-the-member-can-read");
        *count
    };
    unread.map(one).sum()
}

/// What a load counted under this name of its stack's.
pub(crate) fn other(record: &Record, name: &str) -> u64 {
    record.counts.others.get(name).copied().unwrap_or_default()
}

/// The providers of a scenario.
pub(crate) struct Federation {
    scenario: Scenario,
    servers: Vec<Server>,
    /// Where they are reached.
    pub(crate) targets: Vec<Target>,
    pub(crate) trust: Trust,
    logs: Vec<PathBuf>,
}

impl Federation {
    /// Begins them, with their certificates and facts in a folder. `reached` says where each is reached that listens there.
    pub(crate) fn start(
        scenario: &Scenario,
        folder: &Path,
        mut reached: impl FnMut(SocketAddr) -> SocketAddr,
    ) -> Self {
        let domains = scenario.providers.iter().map(|p| p.domain.clone());
        let domains: Vec<String> = domains.collect();
        let certificates = Certificates::make(folder, &domains).expect("certificates");
        let trust = || certificates.trust().expect("an authority");
        let peers = Peers::default();
        let (mut servers, mut targets, mut logs) = (Vec::new(), Vec::new(), Vec::new());
        for domain in &domains {
            let log = folder.join(format!("{domain}.facts"));
            let others = domains.iter().filter(|other| *other != domain).cloned();
            let server = Server::start(Setup {
                domain: domain.clone(),
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                identity: certificates.identity(domain).expect("an identity"),
                trust: trust(),
                others: others.collect(),
                peers: peers.clone(),
                scenario: scenario.clone(),
                facts: Some(log.clone()),
                store: StoreAt::Memory,
                metrics: None,
                limits: Limits::default(),
                probe: Vec::new(),
            });
            let server = server.expect("a server");
            let address = reached(server.address());
            peers.set(domain, address);
            targets.push(Target {
                domain: domain.clone(),
                address,
            });
            servers.push(server);
            logs.push(log);
        }
        Self {
            scenario: scenario.clone(),
            servers,
            targets,
            trust: trust(),
            logs,
        }
    }

    /// What each notes, in the scenario's order.
    pub(crate) fn lines(&self) -> Vec<Lines> {
        let logs = self.logs.iter();
        logs.map(|log| Lines::open(log).expect("a log")).collect()
    }

    /// A load of them, of which it is known what `logs` say.
    pub(crate) fn plan(&self, logs: Vec<Lines>) -> Plan {
        Plan {
            scenario: self.scenario.clone(),
            targets: self.targets.clone(),
            logs,
            finders: Vec::new(),
            trust: self.trust.clone(),
            speed: 1.0,
            most_late: SimSpan::MAX,
            judge: None,
            meeting: None,
            structure: false,
            preparing: Preparing::Made,
            others: Others::default(),
        }
    }

    /// Has them end in order.
    pub(crate) fn stop(self) {
        for server in self.servers {
            server.stop().expect("ends in order");
        }
    }
}

/// What a provider accepted as hub.
pub(crate) fn accepted(mut lines: Lines) -> Vec<WrittenEvent> {
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
