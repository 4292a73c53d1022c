//! A queueing station: jobs wait in line for one of several cores. Virtual CPU time is served here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::time::{SimSpan, SimTime};
use throng_workloads::ahead::Ahead;

/// When a job was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// When it got a core.
    pub start: SimTime,
    /// When it was done with it.
    pub done: SimTime,
    /// From arrival to start.
    pub waited: SimSpan,
}

/// First come, first served, by `cores` equal cores.
///
/// Jobs of one *lane* (a room, whose messages must be handled in order) are also served one after
/// another; others pass by them on free cores. When a job may start is settled when it arrives, so the
/// station is arithmetic and needs no events. The price: a core that a job has taken for later, because
/// its lane is busy, does nothing else before. It takes the core that is free last among those free
/// in time, commonly the one that its lane is on, to keep that gap small.
///
/// ```
/// use throng_kernel::station::Station;
/// use throng_kernel::time::{SimSpan, SimTime};
///
/// let mut station = Station::new(2);
/// let (now, work) = (SimTime::ZERO, SimSpan::from_millis(10));
/// assert_eq!(station.serve(now, Some(7), work).waited, SimSpan::ZERO);
/// assert_eq!(station.serve(now, Some(7), work).waited, work); // behind its own lane
/// assert_eq!(station.serve(now, Some(8), work).waited, SimSpan::ZERO); // past it
/// ```
#[derive(Debug, Clone)]
pub struct Station {
    /// When the first core is free.
    first: SimTime,
    /// There are no others at most stations, of which there are as many as clients.
    more: Option<Box<More>>,
    last_arrival: SimTime,
    /// When the jobs in line start.
    starts: BinaryHeap<Reverse<SimTime>>,
    max_queue: usize,
    busy: SimSpan,
    waited: SimSpan,
    jobs: u64,
}

/// What a station with several cores has.
#[derive(Debug, Clone)]
struct More {
    /// When each core but the first is free.
    others: Box<[SimTime]>,
    /// When each lane is.
    lanes: Ahead,
}

impl Station {
    /// An idle station with so many cores, at least one.
    pub fn new(cores: usize) -> Self {
        let more = || {
            Box::new(More {
                others: vec![SimTime::ZERO; cores - 1].into(),
                lanes: Ahead::default(),
            })
        };
        Self {
            first: SimTime::ZERO,
            more: (cores > 1).then(more),
            last_arrival: SimTime::ZERO,
            starts: BinaryHeap::new(),
            max_queue: 0,
            busy: SimSpan::ZERO,
            waited: SimSpan::ZERO,
            jobs: 0,
        }
    }

    /// Serves a job that arrives at `arrival` and takes a core for `service`.
    ///
    /// The order of calls is the line: a job that is said to arrive before an earlier one stands in line
    /// from the moment of that one on.
    pub fn serve(&mut self, arrival: SimTime, lane: Option<u32>, service: SimSpan) -> Served {
        self.serve_from(arrival, lane, service, |ready| ready)
    }

    /// The same, where the job cannot begin when a core of this station has time for it, but when `begins` says then: no earlier.
    pub fn serve_from(
        &mut self,
        arrival: SimTime,
        lane: Option<u32>,
        service: SimSpan,
        begins: impl FnOnce(SimTime) -> SimTime,
    ) -> Served {
        let now = arrival.max(self.last_arrival);
        self.last_arrival = now;
        // One core does all in order: no lane is busy for longer than it.
        let lanes = self.more.as_ref().map(|more| &more.lanes);
        let lane_free = lanes.zip(lane).and_then(|(lanes, lane)| lanes.get(lane));
        let ready = lane_free.map_or(now, |free| free.max(now));

        let core = self.choose_core(ready);
        let start = begins(ready.max(*core));
        let done = start + service;
        *core = done;
        if let (Some(more), Some(lane)) = (&mut self.more, lane) {
            more.lanes.put(lane, done, now);
        }

        self.count_queue(now, start);
        let waited = start.since(arrival);
        self.busy += service;
        self.waited += waited;
        self.jobs += 1;
        Served {
            start,
            done,
            waited,
        }
    }

    /// Time that cores have worked, or have been promised to.
    pub const fn busy(&self) -> SimSpan {
        self.busy
    }

    /// Time that jobs have waited, summed over jobs.
    pub const fn waited(&self) -> SimSpan {
        self.waited
    }

    /// How many jobs have arrived.
    pub const fn jobs(&self) -> u64 {
        self.jobs
    }

    /// The longest that the line has been, the jobs being served not counted.
    pub const fn max_queue(&self) -> usize {
        self.max_queue
    }

    /// How many cores there are.
    pub fn cores(&self) -> usize {
        1 + self.more.as_ref().map_or(0, |more| more.others.len())
    }

    /// Of the cores free by `ready` the last to become so, else the first to become free.
    fn choose_core(&mut self, ready: SimTime) -> &mut SimTime {
        let Some(more) = &mut self.more else {
            return &mut self.first;
        };
        let others = more.others.iter().copied().zip(1..);
        let cores = std::iter::once((self.first, 0)).chain(others);
        let in_time = cores.clone().filter(|&(free, _)| free <= ready).max();
        match in_time.or_else(|| cores.min()) {
            Some((_, core)) if core > 0 => &mut more.others[core - 1],
            _ => &mut self.first,
        }
    }

    fn count_queue(&mut self, now: SimTime, start: SimTime) {
        while self
            .starts
            .peek()
            .is_some_and(|&Reverse(start)| start <= now)
        {
            self.starts.pop();
        }
        if start > now {
            self.starts.push(Reverse(start));
            self.max_queue = self.max_queue.max(self.starts.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Stream, StreamOwner, Streams};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use throng_workloads::dist::unit;

    const SERVICE: f64 = 1e-3;

    fn exponential(stream: &mut Stream, mean: f64) -> SimSpan {
        SimSpan::from_secs_f64(-mean * (1.0 - unit(stream)).ln())
    }

    /// Mean wait in units of the mean service, over a run of `jobs` Poisson arrivals.
    fn mean_wait(
        cores: usize,
        load: f64,
        jobs: u64,
        run: u64,
        service: impl Fn(&mut Stream) -> SimSpan,
    ) -> f64 {
        let streams = Streams::new(5, run);
        let mut arrivals = streams.stream(StreamOwner::Run, "arrivals");
        let mut services = streams.stream(StreamOwner::Run, "services");
        let mut station = Station::new(cores);
        let mut now = SimTime::ZERO;
        for _ in 0..jobs {
            now += exponential(&mut arrivals, SERVICE / (load * cores as f64));
            station.serve(now, None, service(&mut services));
        }
        assert_eq!(station.jobs(), jobs);
        let work = station.busy().as_secs_f64() / (now.as_secs_f64() * cores as f64);
        assert!((work / load - 1.0).abs() < 0.05, "worked {work} of {load}");
        station.waited().as_secs_f64() / jobs as f64 / SERVICE
    }

    /// Ten runs must agree with theory within four standard errors of their mean, and those must be
    /// small enough for that to say something.
    fn assert_mean_wait(
        cores: usize,
        load: f64,
        theory: f64,
        service: impl Fn(&mut Stream) -> SimSpan,
    ) {
        const RUNS: usize = 10;
        let waits = (0..RUNS as u64).map(|run| mean_wait(cores, load, 100_000, run, &service));
        let waits: Vec<f64> = waits.collect();
        let mean = waits.iter().sum::<f64>() / RUNS as f64;
        let squares: f64 = waits.iter().map(|wait| (wait - mean).powi(2)).sum();
        let error = (squares / (RUNS * (RUNS - 1)) as f64).sqrt();
        assert!(error < 0.04 * theory, "{error} is too rough for {theory}");
        assert!(
            (mean - theory).abs() < 4.0 * error,
            "{mean} ± {error}, theory {theory}"
        );
    }

    /// The chance to wait in M/M/c, where `offered` is load times cores (Erlang 1917).
    fn erlang_c(cores: usize, offered: f64) -> f64 {
        // Erlang B by its recurrence, which does not overflow.
        let blocked = (1..=cores).fold(1.0, |b, n| offered * b / (n as f64 + offered * b));
        let load = offered / cores as f64;
        blocked / (1.0 - load + load * blocked)
    }

    #[test]
    fn one_core_waits_as_m_m_1() {
        for load in [0.3, 0.7, 0.8] {
            let theory = load / (1.0 - load);
            assert_mean_wait(1, load, theory, |stream| exponential(stream, SERVICE));
        }
    }

    #[test]
    fn many_cores_wait_as_erlang_c() {
        for (cores, load) in [(2, 0.6), (4, 0.8), (16, 0.9)] {
            let wait = erlang_c(cores, load * cores as f64) / (cores as f64 * (1.0 - load));
            assert_mean_wait(cores, load, wait, |stream| exponential(stream, SERVICE));
        }
    }

    /// Pollaczek and Khinchine: constant service waits half as long as exponential.
    #[test]
    fn constant_service_waits_as_m_d_1() {
        for load in [0.5, 0.8] {
            let theory = load / (2.0 * (1.0 - load));
            assert_mean_wait(1, load, theory, |_| SimSpan::from_secs_f64(SERVICE));
        }
    }

    #[test]
    fn the_longest_line_is_kept() {
        let mut station = Station::new(2);
        let at = SimTime::from_nanos;
        for _ in 0..5 {
            station.serve(at(0), None, SimSpan::from_nanos(10));
        }
        assert_eq!(station.max_queue(), 3);
        station.serve(at(10), None, SimSpan::from_nanos(10));
        station.serve(at(60), None, SimSpan::from_nanos(10));
        assert_eq!(station.max_queue(), 3);
        assert_eq!(station.busy(), SimSpan::from_nanos(70));
    }

    #[test]
    fn no_cores_are_one() {
        assert_eq!(Station::new(0).cores(), 1);
    }

    proptest! {
        /// Nothing starts early, no lane overlaps itself, and no more jobs run at once than cores
        /// there are; also with more lanes than are remembered.
        #[test]
        fn lanes_and_cores_serve_one_job_at_a_time(
            cores in 1usize..6,
            lanes in 1u32..3_000,
            seed in any::<u64>(),
            mean_gap in 1e-9..1e-6,
        ) {
            let mut stream = Streams::new(seed, 0).stream(StreamOwner::Run, "jobs");
            let mut station = Station::new(cores);
            let mut lane_done = BTreeMap::new();
            let mut changes = Vec::new();
            let mut now = SimTime::ZERO;
            for _ in 0..5_000 {
                now += exponential(&mut stream, mean_gap);
                let lane = (unit(&mut stream) * f64::from(lanes + 1)) as u32;
                let lane = (lane < lanes).then_some(lane);
                let service = exponential(&mut stream, 2e-7);
                let served = station.serve(now, lane, service);
                prop_assert!(served.start >= now && served.waited == served.start - now);
                prop_assert_eq!(served.done, served.start + service);
                if let Some(before) = lane.and_then(|lane| lane_done.insert(lane, served.done)) {
                    prop_assert!(served.start >= before);
                }
                if served.start < served.done {
                    changes.extend([(served.start, 1), (served.done, -1)]);
                }
            }
            changes.sort();
            let mut running = 0;
            for (_, change) in changes {
                running += change;
                prop_assert!(running <= cores as i64);
            }
        }
    }
}
