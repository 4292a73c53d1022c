//! When a party is down: nothing reaches it then. What it had taken before it finishes.

use throng_workloads::scenario::Outage;
use throng_workloads::time::SimTime;

/// The times at which one party is down, in order.
///
/// ```
/// use throng_net::Outages;
/// use throng_workloads::scenario::Outage;
/// use throng_workloads::time::{SimSpan, SimTime};
///
/// let lasts = SimSpan::from_secs(600);
/// let planned = [Outage { domain: "b.example".to_owned(), at: SimSpan::from_secs(60), lasts }];
/// let outages = Outages::of("b.example", &planned);
/// let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
/// assert_eq!(outages.back(at(59)), None);
/// assert_eq!(outages.back(at(60)), Some(at(660)));
/// assert_eq!(outages.back(at(660)), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outages {
    /// From when until when; the end is outside.
    down: Vec<(SimTime, SimTime)>,
}

impl Outages {
    /// Those that are planned for a domain.
    pub fn of(domain: &str, planned: &[Outage]) -> Self {
        let own = planned.iter().filter(|outage| outage.domain == domain);
        let times = own.map(|outage| {
            let from = SimTime::ZERO + outage.at;
            (from, from + outage.lasts)
        });
        let mut down: Vec<(SimTime, SimTime)> = times.collect();
        down.sort_unstable();
        Self { down }
    }

    /// Whether it never is.
    pub fn is_empty(&self) -> bool {
        self.down.is_empty()
    }

    /// All of them, in order: from when until when.
    pub fn times(&self) -> &[(SimTime, SimTime)] {
        &self.down
    }

    /// When it is back that is down `now`; nothing where it is up.
    pub fn back(&self, now: SimTime) -> Option<SimTime> {
        let ended = self.down.partition_point(|(_, until)| *until <= now);
        let (from, until) = self.down.get(ended)?;
        (*from <= now).then_some(*until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::SimSpan;

    #[test]
    fn each_is_for_one_and_they_come_in_order() {
        let outage = |domain: &str, at, lasts| Outage {
            domain: domain.to_owned(),
            at: SimSpan::from_secs(at),
            lasts: SimSpan::from_secs(lasts),
        };
        let planned = [
            outage("a", 50, 10),
            outage("b", 20, 90),
            outage("a", 10, 40),
        ];
        let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
        let outages = Outages::of("a", &planned);
        let back: Vec<_> = [9, 10, 49, 50, 59, 60]
            .into_iter()
            .map(|seconds| outages.back(at(seconds)))
            .collect();
        let (first, second) = (Some(at(50)), Some(at(60)));
        assert_eq!(back, [None, first, first, second, second, None]);
        assert!(Outages::of("c", &planned).is_empty());
    }
}
