//! A server that serves together all who wait.

use super::time::SimTime;

/// Serves in batches: whoever comes while it has nothing to do begins one, and all who come meanwhile are the next. It is how a disk
/// makes things safe (*group commit*), and what queueing theory calls bulk service without a limit.
///
/// When a batch is over is settled when its first comes, so that it is arithmetic and needs no events. Whoever comes has to come in order.
///
/// ```
/// use throng_kernel::batches::Batches;
/// use throng_kernel::time::{SimSpan, SimTime};
///
/// let mut disk = Batches::default();
/// let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
/// let mut write = |millis| disk.join(at(millis), |begin| begin + SimSpan::from_millis(4));
/// assert_eq!(write(10), (at(14), true)); // at once
/// assert_eq!(write(11), (at(18), true)); // with the next
/// assert_eq!(write(13), (at(18), false)); // in that one
/// assert_eq!(write(20), (at(24), true));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Batches {
    /// When the last one begins, and when it is over.
    last: Option<(SimTime, SimTime)>,
}

impl Batches {
    /// Somebody comes. `serve` says when a batch is over that begins then. When the one is that this is part of, and whether it is the
    /// first of it.
    pub fn join(&mut self, at: SimTime, serve: impl FnOnce(SimTime) -> SimTime) -> (SimTime, bool) {
        let begin = match self.last {
            // It has not begun.
            Some((begin, end)) if at < begin => return (end, false),
            Some((_, end)) => end.max(at),
            None => at,
        };
        let end = serve(begin).max(begin);
        self.last = Some((begin, end));
        (end, true)
    }

    /// When all that came so far are served: whoever needs no service, and is not to pass by others, waits until then.
    pub fn over(&self, at: SimTime) -> SimTime {
        self.last.map_or(at, |(_, end)| end.max(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{StreamOwner, Streams};
    use crate::time::SimSpan;
    use proptest::prelude::*;
    use throng_workloads::dist::unit;

    /// Poisson arrivals at a rate of λ to batches that take T each. A batch during which nobody comes, e^(−λT) of them, is followed by
    /// one that a single arrival begins, who is there for T; all others come during one, wait for half of it on average, and are
    /// in the next. So arrivals are there for T + (λT · T/2) / (λT + e^(−λT)) on average.
    #[test]
    fn those_who_come_are_there_for_as_long_as_the_formula_says() {
        const TOOK: f64 = 4e-3;
        for come in [0.1, 0.5, 1.0, 3.0, 20.0] {
            let mut stream = Streams::new(3, 0).stream(StreamOwner::Run, "batches");
            let (mut batches, mut now, mut there) = (Batches::default(), SimTime::ZERO, 0.0);
            const ARRIVALS: u32 = 200_000;
            for _ in 0..ARRIVALS {
                now += SimSpan::from_secs_f64(-(1.0 - unit(&mut stream)).ln() * TOOK / come);
                let (over, _) = batches.join(now, |begin| begin + SimSpan::from_secs_f64(TOOK));
                there += over.since(now).as_secs_f64();
            }
            let found = there / f64::from(ARRIVALS) / TOOK;
            let expected = 1.0 + come / 2.0 / (come + (-come).exp());
            assert!(
                (found / expected - 1.0).abs() < 0.005,
                "{come}: {found}, not {expected}"
            );
        }
    }

    proptest! {
        /// Nobody is served before they come, batches are one after the other, and nobody who comes later is served earlier.
        #[test]
        fn batches_are_one_after_the_other(
            arrivals in prop::collection::vec((0u64..2_000, 0u64..900), 1..200),
        ) {
            let mut batches = Batches::default();
            let (mut now, mut before) = (SimTime::ZERO, SimTime::ZERO);
            for (after, takes) in arrivals {
                now += SimSpan::from_micros(after);
                let mut began = None;
                let (over, first) = batches.join(now, |begin| {
                    began = Some(begin);
                    begin + SimSpan::from_micros(takes)
                });
                prop_assert_eq!(first, began.is_some());
                prop_assert!(began.is_none_or(|begin| begin >= now && begin >= before));
                prop_assert!(over >= now && over >= before);
                prop_assert_eq!(batches.over(now), over);
                before = over;
            }
        }
    }
}
