//! Cores that many entities share, each of which does one thing after another.

use super::time::{SimSpan, SimTime};
use std::collections::BTreeMap;

/// Nobody asks for a time so long ago: what was over by then is forgotten.
const BEHIND: SimSpan = SimSpan::from_secs(1);

/// A machine on which entities run: what each does takes a core for a while, and there are so many.
///
/// A job gets the first time, from when it is ready, in which a core has nothing else to do until it is done: first come, first served,
/// where those who come later fill gaps that earlier ones left. When it gets it is settled when it is asked for. Jobs may be asked for
/// a little out of order, as entities run side by side for as long as none can hear of another.
///
/// ```
/// use throng_kernel::host::Host;
/// use throng_kernel::time::{SimSpan, SimTime};
///
/// let mut host = Host::new(1);
/// let (now, work) = (SimTime::ZERO, SimSpan::from_millis(10));
/// let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
/// assert_eq!(host.take(at(5), work), at(5));
/// assert_eq!(host.take(at(6), work), at(15)); // waits for the first
/// assert_eq!(host.take(now, SimSpan::from_millis(4)), now); // was there before it
/// ```
#[derive(Debug, Clone)]
pub struct Host {
    /// What each core does: from when until when.
    cores: Vec<BTreeMap<SimTime, SimTime>>,
    /// When something was last forgotten.
    passed: SimTime,
}

impl Host {
    /// A machine with so many cores, at least one, that have nothing to do.
    pub fn new(cores: usize) -> Self {
        Self {
            cores: vec![BTreeMap::new(); cores.max(1)],
            passed: SimTime::ZERO,
        }
    }

    /// Takes a core for so long, from `ready` on at the earliest; from when.
    pub fn take(&mut self, ready: SimTime, service: SimSpan) -> SimTime {
        if service == SimSpan::ZERO {
            return ready;
        }
        let begins = self.cores.iter().map(|busy| begin(busy, ready, service));
        let first = begins.enumerate().min_by_key(|(core, at)| (*at, *core));
        let (core, at) = first.unwrap_or((0, ready));
        if let Some(busy) = self.cores.get_mut(core) {
            occupy(busy, at, at + service);
        }
        at
    }

    /// Time has come so far. Nobody asks for a second before that any more, so what was over by then is forgotten.
    pub fn pass(&mut self, now: SimTime) {
        if now < self.passed + BEHIND {
            return;
        }
        self.passed = now;
        for busy in &mut self.cores {
            busy.retain(|_, end| *end + BEHIND > now);
        }
    }
}

/// A core has something to do from then until then. Spans that touch become one, so that many who wait for a core are one span, which
/// whoever comes next passes at one step.
fn occupy(busy: &mut BTreeMap<SimTime, SimTime>, from: SimTime, until: SimTime) {
    let until = busy.remove(&until).unwrap_or(until);
    if let Some((_, ends)) = busy.range_mut(..=from).next_back()
        && *ends == from
    {
        *ends = until;
        return;
    }
    busy.insert(from, until);
}

/// When a core with this to do has nothing to do for so long, from `ready` on.
fn begin(busy: &BTreeMap<SimTime, SimTime>, ready: SimTime, service: SimSpan) -> SimTime {
    let before = busy.range(..=ready).next_back();
    let mut at = before.map_or(ready, |(_, end)| ready.max(*end));
    for (begins, ends) in busy.range(ready..) {
        if *begins >= at + service {
            break;
        }
        at = at.max(*ends);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Stream, StreamOwner, Streams};
    use proptest::prelude::*;
    use throng_workloads::dist::unit;

    fn at(micros: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_micros(micros)
    }

    /// Poisson arrivals of jobs that take as long as an exponential draw: the mean wait by Erlang's C formula for two servers
    /// (Gross et al., "Fundamentals of Queueing Theory", section 3.3) is ρ²/(1 − ρ²) of the mean service.
    #[test]
    fn jobs_wait_as_long_as_erlang_says() {
        let exponential = |stream: &mut Stream, mean: f64| {
            SimSpan::from_secs_f64(-mean * (1.0 - unit(stream)).ln())
        };
        for load in [0.3, 0.6, 0.8] {
            let mut stream = Streams::new(7, 0).stream(StreamOwner::Run, "host");
            let mut host = Host::new(2);
            let (mut now, mut waited) = (SimTime::ZERO, 0.0);
            const JOBS: u32 = 200_000;
            for _ in 0..JOBS {
                now += exponential(&mut stream, 1e-3 / (2.0 * load));
                host.pass(now);
                let service = exponential(&mut stream, 1e-3);
                waited += host.take(now, service).since(now).as_secs_f64();
            }
            let found = waited / f64::from(JOBS) / 1e-3;
            let expected = load * load / (1.0 - load * load);
            assert!(
                (found / expected - 1.0).abs() < 0.05,
                "{load}: {found}, not {expected}"
            );
        }
    }

    proptest! {
        /// However they come: no core does two things at once, and nobody begins before they are ready.
        #[test]
        fn no_core_does_two_things_at_once(
            jobs in prop::collection::vec((0u64..2_000, 1u64..300), 1..200),
            cores in 1usize..4,
        ) {
            let mut host = Host::new(cores);
            let mut spans = Vec::new();
            for (ready, service) in jobs {
                let begin = host.take(at(ready), SimSpan::from_micros(service));
                prop_assert!(begin >= at(ready));
                spans.push((begin, begin + SimSpan::from_micros(service)));
            }
            for (begin, _) in &spans {
                let at_once = spans.iter().filter(|(from, to)| from <= begin && begin < to);
                prop_assert!(at_once.count() <= cores);
            }
        }
    }

    /// Work that waits for more and more other work is one span, not one for each.
    #[test]
    fn a_queue_is_one_span() {
        let mut host = Host::new(1);
        for ready in 0..1_000 {
            host.take(at(ready), SimSpan::from_micros(100));
        }
        assert_eq!(host.cores[0].len(), 1);
        assert_eq!(host.take(at(5), SimSpan::from_micros(1)), at(100_000));
        host.take(at(200_000), SimSpan::from_micros(10));
        host.take(at(200_020), SimSpan::from_micros(10));
        assert_eq!(host.cores[0].len(), 3);
        // It fills the gap between two.
        assert_eq!(
            host.take(at(200_010), SimSpan::from_micros(10)),
            at(200_010)
        );
        assert_eq!(host.cores[0].len(), 2);
    }

    #[test]
    fn what_takes_nothing_waits_for_nobody() {
        let mut host = Host::new(1);
        host.take(at(0), SimSpan::from_micros(100));
        assert_eq!(host.take(at(10), SimSpan::ZERO), at(10));
    }
}
