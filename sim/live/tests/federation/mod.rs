//! A federation in this process, as tests load it.
pub(crate) mod wire;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use throng_live::Limits;
use throng_live::load::{Others, Plan, Preparing, Target};
use throng_live::serve::demo::Certificates;
use throng_live::serve::facts::{Lines, WrittenEvent, WrittenFact};
use throng_live::serve::{Peers, Server, Setup};
use throng_live::store::StoreAt;
use throng_live::tls::Trust;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

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
