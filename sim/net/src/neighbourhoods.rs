//! Providers that are close to each other.

use super::map::NetworkMap;
use throng_workloads::time::SimSpan;

/// Providers by who is close to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbourhoods {
    /// Which each provider is in, from zero.
    pub of: Vec<u16>,
    /// How many there are.
    pub count: u16,
    /// How long messages from one to another take at least; [`SimSpan::MAX`] where there is only one.
    pub apart: SimSpan,
}

impl NetworkMap {
    /// Providers in neighbourhoods: two between which messages can take less than `near` are in one, and so are those whom
    /// others connect like that.
    ///
    /// ```
    /// # use throng_net::NetworkMap;
    /// # use throng_workloads::{builtin, time::SimSpan};
    /// let company = builtin::find("company").and_then(|s| s.scenario(&[])).expect("built in");
    /// let regions = company.providers.iter().map(|provider| provider.region.as_str());
    /// let map = NetworkMap::new(&company.network, regions);
    /// let near = SimSpan::from_millis(10);
    /// // Two in one region, and one across the ocean.
    /// assert_eq!(map.neighbourhoods(near).of, [0, 0, 1]);
    /// assert!(map.neighbourhoods(near).apart >= near);
    /// ```
    pub fn neighbourhoods(&self, near: SimSpan) -> Neighbourhoods {
        let floor = |from: usize, to: usize| {
            let [there, back] = [(from, to), (to, from)].map(|(from, to)| from * self.regions + to);
            self.between[there].floor.min(self.between[back].floor)
        };
        // Regions that are close to each other go by the number of the first of them.
        let mut first: Vec<usize> = (0..self.regions).collect();
        let pairs = || (0..self.regions).flat_map(|to| (0..to).map(move |from| (from, to)));
        for (from, to) in pairs().filter(|(from, to)| floor(*from, *to) < near) {
            let (kept, gone) = (first[from].min(first[to]), first[from].max(first[to]));
            let joined = first.iter_mut().filter(|number| **number == gone);
            joined.for_each(|number| *number = kept);
        }
        // Within a region providers may be far from each other, where nobody else connects them.
        let whole = |region: usize| {
            let alone = first
                .iter()
                .filter(|number| **number == first[region])
                .count()
                == 1;
            !alone || floor(region, region) < near
        };
        let mut of = Vec::with_capacity(self.region_of.len());
        let (mut numbers, mut count) = (vec![None; self.regions], 0);
        for region in &self.region_of {
            let number = match numbers[first[*region]].filter(|_| whole(*region)) {
                Some(number) => number,
                None => {
                    count += 1;
                    count - 1
                }
            };
            numbers[first[*region]] = Some(number);
            of.push(number);
        }
        let apart = |from: usize, to: usize| match from == to {
            true => !whole(from) && self.region_of.iter().filter(|r| **r == from).count() > 1,
            false => first[from] != first[to],
        };
        let pairs = pairs().chain((0..self.regions).map(|region| (region, region)));
        let floors = pairs
            .filter(|(from, to)| apart(*from, *to))
            .map(|(from, to)| floor(from, to));
        Neighbourhoods {
            of,
            count,
            apart: floors.min().unwrap_or(SimSpan::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;
    use throng_workloads::builtin;
    use throng_workloads::scenario::{LinkSpec, Network};

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];

    fn network(floors: &[u64]) -> Network {
        let small = builtin::find("small").and_then(|small| small.scenario(&[]));
        let network = small.expect("built in").network;
        let mut floors = floors.iter().copied();
        let mut spec = || LinkSpec {
            floor: SimSpan::from_millis(floors.next().unwrap_or(1)),
            ..network.same_region.clone()
        };
        let same_region = spec();
        let pairs = (0..NAMES.len()).flat_map(|to| (0..to).map(move |from| (from, to)));
        let named = |(from, to): (usize, usize)| (NAMES[from].to_owned(), NAMES[to].to_owned());
        Network {
            provider: pairs.map(|pair| (named(pair), spec())).collect(),
            same_region,
            ..network
        }
    }

    proptest! {
        /// By definition, pair by pair: the closure of being near, and the least between two that are not in it.
        #[test]
        fn they_are_the_closure_of_being_near(
            floors in prop::collection::vec(1u64..30, 7),
            regions in prop::collection::vec(0usize..4, 1..8),
        ) {
            let near = SimSpan::from_millis(10);
            let map = NetworkMap::new(&network(&floors), regions.iter().map(|at| NAMES[*at]));
            let count = regions.len();
            let floor = |one, other| {
                let spec: &Arc<LinkSpec> = map.provider(one, other);
                spec.floor
            };
            // Each takes the least number of all whom it is near, again and again.
            let mut least: Vec<usize> = (0..count).collect();
            for _ in 0..count {
                for (one, other) in (0..count * count).map(|pair| (pair / count, pair % count)) {
                    if one != other && floor(one, other) < near {
                        least[one] = least[one].min(least[other]);
                    }
                }
            }
            let found = map.neighbourhoods(near);
            let mut apart = SimSpan::MAX;
            for (one, other) in (0..count * count).map(|pair| (pair / count, pair % count)) {
                let together = least[one] == least[other];
                prop_assert_eq!(found.of[one] == found.of[other], together);
                if !together {
                    apart = apart.min(floor(one, other));
                }
            }
            prop_assert_eq!(found.of.iter().max(), Some(&(found.count - 1)));
            prop_assert_eq!(found.apart, apart);
        }
    }
}
