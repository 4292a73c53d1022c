//! The scenario of a simulation that is to be as a real run on one machine: what of a scenario real time does not have is taken
//! out, and what it has instead is put in.

use throng_workloads::dist::Dist;
use throng_workloads::scenario::{
    CostSource, LeafChecks, LinkSpec, MachineCosts, Network, ProfileSpec, Scenario, Start,
    WholeTree,
};
use throng_workloads::time::SimSpan;

/// What a real run has around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Surroundings {
    /// From one process of the machine to another: how long a message is on its way.
    pub one_way: SimSpan,
    /// What operations cost on this machine; none for the built-in profile.
    pub costs: Option<MachineCosts>,
}

/// No message takes less in any simulation.
const SHORTEST: SimSpan = SimSpan::from_micros(1);

/// More than loopback moves, in bits a second: there it is not bandwidth that anybody waits for.
const LOOPBACK: f64 = 1e11;

/// Payload bytes of one packet on loopback: its MTU of 65,536 bytes less the headers of IPv4 and TCP.
const LOOPBACK_PACKET: u32 = 65_496;

/// A scenario as one machine runs it for real: all links are loopback, all devices are this machine, a provider handles one input after
/// another, and rooms that are there at time zero are as the commit left them that added all members: nobody has refreshed the tree.
pub fn simulated(real: &Scenario, surroundings: &Surroundings) -> Scenario {
    let link = loopback(surroundings.one_way);
    let mut scenario = real.clone();
    scenario.network = Network {
        client: scenario
            .network
            .client
            .iter()
            .map(|(name, _)| (name.clone(), link.clone()))
            .collect(),
        provider: Vec::new(),
        same_region: link.clone(),
        between_regions: link,
        request_loss: 0.0,
    };
    scenario.cost.source = CostSource::Profile;
    for (_, profile) in &mut scenario.cost.profiles {
        *profile = ProfileSpec {
            factor: 1.0,
            measured: surroundings.costs.clone(),
            whole_tree: WholeTree::Anew,
            leaf_checks: LeafChecks::Pairwise,
        };
    }
    for provider in &mut scenario.providers {
        provider.cores = 1;
    }
    if scenario.rooms.start == Start::Warm {
        scenario.rooms.start = Start::Bare;
    }
    scenario
}

fn loopback(one_way: SimSpan) -> LinkSpec {
    let one_way = one_way.max(SHORTEST);
    LinkSpec {
        floor: one_way,
        latency: Dist::Constant(one_way.as_secs_f64()),
        jitter: Dist::Constant(0.0),
        up: LOOPBACK,
        down: LOOPBACK,
        loss: 0.0,
        retransmit: Dist::Constant(0.0),
        duplicate: 0.0,
        reorder: 0.0,
        packet: LOOPBACK_PACKET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;

    #[test]
    fn nothing_is_left_of_links_and_devices_that_the_machine_does_not_have() {
        let overrides = ["rooms.start=warm".to_owned()];
        let real = builtin::find("company").and_then(|found| found.scenario(&overrides));
        let real = real.expect("built in");
        let around = Surroundings {
            one_way: SimSpan::from_micros(40),
            costs: None,
        };
        let twin = simulated(&real, &around);
        let links = twin.network.client.iter().map(|(_, link)| link);
        assert!(links.chain([&twin.network.same_region]).all(|link| {
            link.floor == around.one_way && link.loss == 0.0 && link.duplicate == 0.0
        }));
        assert!(
            twin.cost
                .profiles
                .iter()
                .all(|(_, profile)| profile.factor == 1.0)
        );
        assert!(twin.providers.iter().all(|provider| provider.cores == 1));
        assert_eq!(twin.rooms.start, Start::Bare);
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
