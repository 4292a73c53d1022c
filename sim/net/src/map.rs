//! Which link is between whom.

use std::sync::Arc;
use throng_workloads::scenario::{LinkSpec, Network};
use throng_workloads::time::SimSpan;

/// The links of a scenario by the parties that they connect. Specs are shared: a million clients of one
/// class hold one.
///
/// ```
/// use throng_net::NetworkMap;
/// use throng_workloads::dist::Dist;
/// use throng_workloads::scenario::{LinkSpec, Network, Recovery, Transport};
/// use throng_workloads::time::SimSpan;
///
/// let spec = |floor_ms| LinkSpec {
///     floor: SimSpan::from_millis(floor_ms),
///     latency: Dist::Constant(0.1),
///     jitter: Dist::Constant(0.0),
///     up: 1e6,
///     down: 1e6,
///     loss: 0.0,
///     retransmit: Dist::Constant(1.0),
///     duplicate: 0.0,
///     reorder: 0.0,
///     packet: 1400,
///     bursts: None,
///     recovery: Recovery::Timeout,
///     slow_start: None,
/// };
/// let network = Network {
///     client: vec![("wifi".into(), spec(3)), ("mobile".into(), spec(20))],
///     provider: vec![(("us".into(), "eu".into()), spec(40))],
///     same_region: spec(1),
///     between_regions: spec(90),
///     request_loss: 0.0,
///     outages: Vec::new(),
///     reconnect: throng_workloads::dist::Dist::Constant(0.0),
///     transport: Transport::None,
///     in_order: Default::default(),
/// };
/// let map = NetworkMap::new(&network, ["eu", "us", "asia"]);
/// assert_eq!(map.provider(0, 1).floor, SimSpan::from_millis(40));
/// assert_eq!(map.provider(2, 0).floor, SimSpan::from_millis(90));
/// assert_eq!(map.edge_floor(), SimSpan::from_millis(3));
/// // No two providers share a region, so the 1 ms within one does not count.
/// assert_eq!(map.core_floor(), SimSpan::from_millis(40));
/// ```
#[derive(Debug, Clone)]
pub struct NetworkMap {
    client: Vec<(String, Arc<LinkSpec>)>,
    /// The region of each provider, as an index into the table below.
    pub(super) region_of: Vec<usize>,
    /// Row by row: from region to region.
    pub(super) between: Vec<Arc<LinkSpec>>,
    pub(super) regions: usize,
    core_floor: SimSpan,
}

impl NetworkMap {
    /// The map for providers that stand in `regions`, in the order of their indices.
    ///
    /// A pair of regions takes the first entry that names it, in either order; else `same_region` or
    /// `between_regions`.
    pub fn new<'a>(network: &Network, regions: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = Vec::new();
        let region_of: Vec<usize> = regions
            .into_iter()
            .map(|region| index_or_insert(&mut names, region))
            .collect();
        let shared = Shared::new(network);
        let between: Vec<Arc<LinkSpec>> = names
            .iter()
            .flat_map(|from| names.iter().map(|to| shared.between(from, to)))
            .collect();
        let core_floor = core_floor(&region_of, &between, names.len());
        Self {
            client: network
                .client
                .iter()
                .map(|(name, spec)| (name.clone(), Arc::new(spec.clone())))
                .collect(),
            region_of,
            between,
            regions: names.len(),
            core_floor,
        }
    }

    /// The link class of clients that are connected by `connection`; `None` where no class has the name.
    pub fn client(&self, connection: &str) -> Option<&Arc<LinkSpec>> {
        self.client
            .iter()
            .find(|(name, _)| name == connection)
            .map(|(_, spec)| spec)
    }

    /// The link between two providers, by their indices. A provider needs none to itself; asked all the
    /// same, it is the one within its region.
    ///
    /// # Panics
    /// Where there is no such provider.
    pub fn provider(&self, from: usize, to: usize) -> &Arc<LinkSpec> {
        &self.between[self.region_of[from] * self.regions + self.region_of[to]]
    }

    /// The smallest floor of all client–provider links, whether or not a client has them;
    /// [`SimSpan::MAX`] where there are none.
    pub fn edge_floor(&self) -> SimSpan {
        self.client
            .iter()
            .map(|(_, spec)| spec.floor)
            .min()
            .unwrap_or(SimSpan::MAX)
    }

    /// The smallest floor between two providers; [`SimSpan::MAX`] where there is only one, whom nobody
    /// can surprise.
    pub fn core_floor(&self) -> SimSpan {
        self.core_floor
    }
}

/// Provider–provider specs, each once.
struct Shared<'a> {
    named: Vec<(&'a (String, String), Arc<LinkSpec>)>,
    same: Arc<LinkSpec>,
    other: Arc<LinkSpec>,
}

impl<'a> Shared<'a> {
    fn new(network: &'a Network) -> Self {
        Self {
            named: network
                .provider
                .iter()
                .map(|(pair, spec)| (pair, Arc::new(spec.clone())))
                .collect(),
            same: Arc::new(network.same_region.clone()),
            other: Arc::new(network.between_regions.clone()),
        }
    }

    fn between(&self, from: &str, to: &str) -> Arc<LinkSpec> {
        let named = self
            .named
            .iter()
            .find(|((a, b), _)| (a == from && b == to) || (a == to && b == from));
        match named {
            Some((_, spec)) => spec.clone(),
            None if from == to => self.same.clone(),
            None => self.other.clone(),
        }
    }
}

fn index_or_insert<'a>(names: &mut Vec<&'a str>, name: &'a str) -> usize {
    names.iter().position(|n| *n == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

/// A link within a region counts only where two providers stand in it.
fn core_floor(region_of: &[usize], between: &[Arc<LinkSpec>], regions: usize) -> SimSpan {
    let crowded = |region| region_of.iter().filter(|r| **r == region).count() > 1;
    (0..regions)
        .flat_map(|from| (0..regions).map(move |to| (from, to)))
        .filter(|(from, to)| from != to || crowded(*from))
        .map(|(from, to)| between[from * regions + to].floor)
        .min()
        .unwrap_or(SimSpan::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::dist::Dist;
    use throng_workloads::scenario::{InOrder, Recovery, Transport};

    fn spec(floor_ms: u64) -> LinkSpec {
        LinkSpec {
            floor: SimSpan::from_millis(floor_ms),
            latency: Dist::Constant(0.1),
            jitter: Dist::Constant(0.0),
            up: 1e6,
            down: 1e6,
            loss: 0.0,
            retransmit: Dist::Constant(1.0),
            duplicate: 0.0,
            reorder: 0.0,
            packet: 1400,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        }
    }

    fn network() -> Network {
        Network {
            client: vec![("wifi".into(), spec(3)), ("mobile".into(), spec(20))],
            provider: vec![
                (("eu".into(), "us".into()), spec(40)),
                (("us".into(), "eu".into()), spec(41)),
            ],
            same_region: spec(1),
            between_regions: spec(90),
            request_loss: 0.0,
            transport: Transport::None,
            outages: Vec::new(),
            reconnect: Dist::Constant(0.0),
            in_order: InOrder::default(),
        }
    }

    #[test]
    fn the_order_of_a_pair_does_not_matter_and_the_first_entry_wins() {
        let map = NetworkMap::new(&network(), ["us", "eu", "eu", "asia"]);
        for from in 0..4 {
            for to in 0..4 {
                assert!(Arc::ptr_eq(map.provider(from, to), map.provider(to, from)));
            }
        }
        assert_eq!(map.provider(0, 1).floor, SimSpan::from_millis(40));
        assert_eq!(map.provider(1, 2).floor, SimSpan::from_millis(1));
        assert_eq!(map.provider(3, 1).floor, SimSpan::from_millis(90));
    }

    #[test]
    fn floors_are_those_of_links_that_exist() {
        let crowded = NetworkMap::new(&network(), ["eu", "eu"]);
        assert_eq!(crowded.core_floor(), SimSpan::from_millis(1));
        let apart = NetworkMap::new(&network(), ["eu", "asia"]);
        assert_eq!(apart.core_floor(), SimSpan::from_millis(90));
        let alone = NetworkMap::new(&network(), ["eu"]);
        assert_eq!(alone.core_floor(), SimSpan::MAX);
        assert_eq!(alone.edge_floor(), SimSpan::from_millis(3));
    }

    #[test]
    fn connections_go_by_name() {
        let map = NetworkMap::new(&network(), ["eu"]);
        let floor = |name| map.client(name).map(|spec| spec.floor);
        assert_eq!(floor("mobile"), Some(SimSpan::from_millis(20)));
        assert_eq!(floor("carrier pigeon"), None);
    }
}
