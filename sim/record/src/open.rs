//! Wishes that were not fulfilled by the end of a run.
//!
//! No latency of theirs is known but that it is greater than their age, so a distribution of what was fulfilled leaves
//! out just the slowest. How many there are belongs beside it; and with each counted at its age, percentiles say at least how
//! long they are.

use crate::histogram::{enter, histogram};
use hdrhistogram::Histogram;
use throng_stack::{OpenWish, WishKind};
use throng_workloads::time::{SimSpan, SimTime};

/// The wishes of one kind that were open at the end.
#[derive(Debug, Clone)]
pub struct OpenLatency {
    /// The latency that they would have entered: a name of [`Latencies::each`](crate::Latencies::each).
    pub name: &'static str,
    /// How many.
    pub count: u64,
    /// How long the oldest has waited.
    pub oldest: SimSpan,
    /// How long each has waited, in microseconds.
    pub ages: Histogram<u64>,
}

/// The latency that a wish of each kind enters once when it is fulfilled: of a message that by its last receiver.
const LATENCIES: [(WishKind, &str); 4] = [
    (WishKind::Message, "message-last"),
    (WishKind::Change, "commit-accept"),
    (WishKind::Join, "join"),
    (WishKind::Leave, "leave"),
];

impl OpenLatency {
    /// The open wishes by latency, in the order of latencies; those from before `warmup` are left out, as their latencies
    /// would be.
    pub(crate) fn all(wishes: &[OpenWish], warmup: SimTime, end: SimTime) -> Vec<Self> {
        let of_kind = |(kind, name): (WishKind, &'static str)| {
            let counts = |wish: &&OpenWish| wish.kind == kind && wish.since >= warmup;
            let mut open = Self {
                name,
                count: 0,
                oldest: SimSpan::ZERO,
                ages: histogram(),
            };
            for wish in wishes.iter().filter(counts) {
                let age = end.max(wish.since) - wish.since;
                open.count += 1;
                open.oldest = open.oldest.max(age);
                enter(&mut open.ages, age);
            }
            (open.count > 0).then_some(open)
        };
        LATENCIES.into_iter().filter_map(of_kind).collect()
    }

    /// A distribution of what was fulfilled, with what was not counted at its age.
    pub fn together(&self, fulfilled: &Histogram<u64>) -> Histogram<u64> {
        let mut all = fulfilled.clone();
        // Both resize, and are as precise as each other.
        if all.add(&self.ages).is_err() {
            return fulfilled.clone();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_counted_by_kind_and_at_its_age() {
        let at = |seconds: u64| SimTime::ZERO + SimSpan::from_secs(seconds);
        let wish = |kind, since| OpenWish {
            kind,
            since: at(since),
        };
        let wishes = [
            wish(WishKind::Join, 90),
            wish(WishKind::Message, 40),
            wish(WishKind::Message, 70),
            wish(WishKind::Message, 5),
        ];
        let open = OpenLatency::all(&wishes, at(10), at(100));
        let found: Vec<_> = open
            .iter()
            .map(|open| (open.name, open.count, open.oldest))
            .collect();
        let seconds = SimSpan::from_secs;
        assert_eq!(
            found,
            [("message-last", 2, seconds(60)), ("join", 1, seconds(10))]
        );
        let mut fulfilled = histogram();
        fulfilled.record(1_000).unwrap();
        let all = open[0].together(&fulfilled);
        assert_eq!(all.len(), 3);
        assert!(all.max() >= 60_000_000 && fulfilled.max() < 60_000_000);
    }
}
