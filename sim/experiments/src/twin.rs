//! The scenario of a simulation that is to be as a real run on one machine: what of a scenario real time does not have is taken
//! out, and what it has instead is put in.

use crate::quiet::{Way, Ways};
use throng_workloads::scenario::{
    Archive, CostSource, InOrder, LeafChecks, MachineCosts, Network, ProfileSpec, Scenario, Start,
    Transport, WholeTree,
};

/// What a real run has around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Surroundings {
    /// How long ways between processes take.
    pub ways: Ways,
    /// How long a provider's store takes to make something safe.
    pub sync: Way,
    /// What operations cost providers on this machine.
    pub costs: MachineCosts,
    /// What they cost clients there.
    pub clients: MachineCosts,
}

/// What the profiles of clients and of providers are called.
const CLIENTS: &str = "clients";
const PROVIDERS: &str = "providers";

/// A scenario as one machine runs it for real: all links are ways on it, all devices are this machine, a provider handles one input after
/// another, and rooms that are there at time zero are as the commit left them that added all members: nobody has refreshed the tree.
pub fn simulated(real: &Scenario, surroundings: &Surroundings) -> Scenario {
    let mut scenario = real.clone();
    let client = surroundings.ways.client.link();
    let provider = surroundings.ways.provider.link();
    let clients = scenario.network.client.iter();
    scenario.network = Network {
        client: clients
            .map(|(name, _)| (name.clone(), client.clone()))
            .collect(),
        provider: Vec::new(),
        same_region: provider.clone(),
        between_regions: provider,
        request_loss: 0.0,
        // Ways are measured with HTTPS in them.
        transport: Transport::None,
        // Providers that are served speak HTTP/2.
        in_order: InOrder::Connection,
        // Nobody was down, unless --kill or --freeze said so.
        outages: Vec::new(),
        reconnect: scenario.network.reconnect.clone(),
    };
    scenario.cost.source = CostSource::Profile;
    let profile = |name: &str, costs: &MachineCosts| {
        let profile = ProfileSpec {
            factor: 1.0,
            measured: Some(costs.clone()),
            whole_tree: WholeTree::Anew,
            leaf_checks: LeafChecks::Pairwise,
        };
        (name.to_owned(), profile)
    };
    scenario.cost.profiles = vec![
        profile(CLIENTS, &surroundings.clients),
        profile(PROVIDERS, &surroundings.costs),
    ];
    for connection in &mut scenario.users.connections {
        connection.profile = CLIENTS.to_owned();
        connection.push = None;
    }
    for provider in &mut scenario.providers {
        provider.cores = 1;
        // Of what only a simulation knows a real run had nothing.
        (provider.writers, provider.up, provider.down) = (1, None, None);
        provider.archive = Archive::NOTHING;
        provider.profile = PROVIDERS.to_owned();
        provider.sync = surroundings.sync.dist();
    }
    if scenario.rooms.start == Start::Warm {
        scenario.rooms.start = Start::Bare;
    }
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;
    use throng_workloads::scenario::Provider;

    #[test]
    fn nothing_is_left_of_links_and_devices_that_the_machine_does_not_have() {
        let overrides = [
            "rooms.start=warm",
            "network.in_order=room",
            "providers.0.writers=3",
            "providers.0.up=1 Gbit/s",
            "providers.0.down=1 Gbit/s",
            "providers.0.history=1d",
            "providers.0.copies=3",
            "users.connections.0.push=2s",
        ]
        .map(str::to_owned);
        let real = builtin::find("company").and_then(|found| found.scenario(&overrides));
        let real = real.expect("built in");
        let way = |mean| Way {
            mean,
            variance: 1e-8,
        };
        let costs = |nanos| MachineCosts {
            source: "this machine".to_owned(),
            nanos: vec![("operation".to_owned(), nanos)],
            calibrated_to: None,
        };
        let ways = Ways {
            doubt: None,
            client: way(0.000_4),
            provider: way(0.000_7),
        };
        let around = Surroundings {
            ways,
            sync: way(0.002),
            costs: costs(7.5),
            clients: costs(5.0),
        };
        let twin = simulated(&real, &around);
        let (client, provider) = (ways.client.link(), ways.provider.link());
        assert!(twin.network.client.iter().all(|(_, link)| *link == client));
        assert!(twin.network.same_region == provider && twin.network.provider.is_empty());
        assert!(client.loss == 0.0 && client.duplicate == 0.0 && client.reorder == 0.0);
        assert!(
            twin.cost
                .profiles
                .iter()
                .all(|(_, profile)| profile.factor == 1.0)
        );
        assert!(twin.providers.iter().all(|provider| provider.cores == 1));
        assert!(
            twin.providers
                .iter()
                .all(|provider| (provider.sync.mean() - 0.002).abs() < 1e-9)
        );
        assert_eq!(twin.rooms.start, Start::Bare);
        assert_eq!(twin.network.in_order, InOrder::Connection);
        let only_simulated = |provider: &Provider| {
            let access = provider.up.is_some() || provider.down.is_some();
            access || provider.writers > 1 || provider.archive != Archive::NOTHING
        };
        assert!(real.providers.iter().any(only_simulated));
        assert!(!twin.providers.iter().any(only_simulated));
        let connections = twin.users.connections.iter();
        assert_eq!(connections.filter(|each| each.push.is_some()).count(), 0);
        // What people do is the same.
        assert_eq!((twin.users.count, twin.seed), (real.users.count, real.seed));
        assert_eq!(twin.messages, real.messages);
        // It is a scenario as any: written down and read back it says the same.
        let written = twin.to_toml();
        let read = throng_workloads::scenario::ScenarioSource::inline("twin.toml", &written);
        let read = Scenario::parse(&read, &[]).expect("a scenario");
        assert_eq!(read.to_toml(), written);
    }
}
