//! Wishes that were not fulfilled by the end of a run.
//!
//! No latency of theirs is known but that it is greater than their age, so a distribution of what was fulfilled leaves
//! out just the slowest. How many there are belongs beside it; and with each counted at its age, percentiles say at least how
//! long they are. Ages count as latencies do: from when those who are needed for it are online. Of what waits for somebody who is
//! offline, nothing is known, so its age is 0.

use crate::histogram::{enter_at_most, histogram};
use hdrhistogram::Histogram;
use throng_stack::WishKind;
use throng_workloads::time::{SimSpan, SimTime};

/// The wishes of one kind that were open at the end.
#[derive(Debug, Clone)]
pub struct OpenLatency {
    /// The latency that they would have entered: a name of [`Latencies::each`](crate::Latencies::each).
    pub name: &'static str,
    /// How many.
    pub count: u64,
    /// How many of them wait for somebody who is offline: whoever wants it, or is to be let in.
    pub offline: u64,
    /// How long the oldest has waited, as its latency counts it.
    pub oldest: SimSpan,
    /// How long each has waited, in microseconds; rounded down, so that percentiles promise no more than is known.
    pub ages: Histogram<u64>,
}

/// A wish that is open at the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// What kind of thing.
    pub(crate) kind: WishKind,
    /// From when it counts as wanted: what begins in the warm-up is left out.
    pub(crate) begun: SimTime,
    /// From when its latency counts; `None` while somebody who is needed for it is offline.
    pub(crate) since: Option<SimTime>,
}

impl OpenLatency {
    /// The open wishes by latency, in the order of `latencies`, which says of each whose wishes enter it; those from before
    /// `warmup` are left out, as their latencies would be.
    pub(crate) fn all(
        latencies: impl Iterator<Item = (WishKind, &'static str)>,
        wishes: &[Waiting],
        warmup: SimTime,
        end: SimTime,
    ) -> Vec<Self> {
        let of = |(kind, name)| {
            let counts = |wish: &&Waiting| wish.kind == kind && wish.begun >= warmup;
            let mut open = Self {
                name,
                count: 0,
                offline: 0,
                oldest: SimSpan::ZERO,
                ages: histogram(),
            };
            for wish in wishes.iter().filter(counts) {
                let age = wish.since.map(|since| end.max(since) - since);
                open.count += 1;
                open.offline += u64::from(age.is_none());
                let age = age.unwrap_or(SimSpan::ZERO);
                open.oldest = open.oldest.max(age);
                enter_at_most(&mut open.ages, age);
            }
            (open.count > 0).then_some(open)
        };
        latencies.filter_map(of).collect()
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

    fn open_of(wishes: &[Waiting], warmup: SimTime, end: SimTime) -> Vec<OpenLatency> {
        let latencies = [
            (WishKind::Message, "message-last"),
            (WishKind::Join, "join"),
        ];
        OpenLatency::all(latencies.into_iter(), wishes, warmup, end)
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_secs(seconds)
    }

    fn wish(kind: WishKind, since: u64) -> Waiting {
        Waiting {
            kind,
            begun: at(since),
            since: Some(at(since)),
        }
    }

    #[test]
    fn what_waits_is_counted_by_kind_and_at_its_age() {
        let wishes = [
            wish(WishKind::Join, 90),
            wish(WishKind::Message, 40),
            wish(WishKind::Message, 70),
            wish(WishKind::Message, 5),
        ];
        let open = open_of(&wishes, at(10), at(100));
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
        assert!(all.max() >= 59_900_000 && fulfilled.max() < 59_900_000);
    }

    /// Of what waits for somebody who is offline no bound is known: its latency has not begun to count.
    #[test]
    fn what_waits_for_somebody_offline_is_counted_apart_and_bounds_nothing() {
        let offline = Waiting {
            since: None,
            ..wish(WishKind::Message, 600)
        };
        let wishes = [offline, offline, wish(WishKind::Message, 599)];
        let open = open_of(&wishes, at(0), at(600)).remove(0);
        assert_eq!((open.count, open.offline), (3, 2));
        assert_eq!(open.oldest, SimSpan::from_secs(1));
        assert_eq!(open.ages.value_at_quantile(0.5), 0);
    }

    /// A histogram says the upper end of a bucket, and nobody has waited for so long.
    #[test]
    fn a_bound_is_no_more_than_what_is_known() {
        for millis in [1, 2, 3, 570_000, 569_999, 60_000, 36_907] {
            let since = SimTime::from_nanos((600_000 - millis) * 1_000_000);
            let waiting = Waiting {
                begun: since,
                since: Some(since),
                kind: WishKind::Join,
            };
            let open = open_of(&[waiting], at(0), at(600)).remove(0);
            let bound = open.ages.value_at_quantile(0.5);
            let known = millis * 1_000;
            assert_eq!(open.oldest, SimSpan::from_millis(millis));
            assert!(
                bound <= known && bound + bound / 400 >= known,
                "{bound} of {known}"
            );
            assert!(open.ages.max() <= known);
        }
    }
}
