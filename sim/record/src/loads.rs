//! What each provider has to do second by second, where somebody asks: what machines for it are chosen by.
//!
//! A row is what the [ledgers](crate::ledgers) know of a provider at the end of a second, less what they knew at its beginning. So all seconds
//! together are what the ledgers have of the provider in the end, to the byte.

use crate::handled::Handled;
use throng_stack::Stored;
use throng_workloads::time::{SimSpan, SimTime};

/// How long each interval is.
pub const INTERVAL: SimSpan = SimSpan::from_secs(1);

/// What one provider had to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLoad {
    /// Its domain.
    pub domain: String,
    /// Interval by interval, each [`INTERVAL`] long, from time zero; what came after the last whole interval is in one more.
    pub seconds: Vec<LoadSecond>,
    /// What it stored in the end.
    pub stored: Stored,
    /// How long requests took it on a core.
    pub service: ServiceTimes,
}

/// What one provider did in one interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadSecond {
    /// Requests that it served and timers that it looked to.
    pub requests: u64,
    /// Core time.
    pub cpu: SimSpan,
    /// Bytes that it took from links of clients.
    pub from_clients: u64,
    /// Bytes that it took from links of other providers.
    pub from_providers: u64,
    /// Bytes that it put on links to clients.
    pub to_clients: u64,
    /// Bytes that it put on links to other providers.
    pub to_providers: u64,
}

impl LoadSecond {
    /// What was done since `before`, of sums that only grow.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            cpu: self.cpu.saturating_sub(before.cpu),
            from_clients: self.from_clients - before.from_clients,
            from_providers: self.from_providers - before.from_providers,
            to_clients: self.to_clients - before.to_clients,
            to_providers: self.to_providers - before.to_providers,
        }
    }
}

/// How many requests there were, and the sums of their times and of the squares of these: what a queue's waits depend on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceTimes {
    /// How many.
    pub count: u64,
    /// Nanoseconds, together.
    pub sum: u128,
    /// Their squares, together.
    pub squares: u128,
}

impl ServiceTimes {
    fn enter(&mut self, took: SimSpan) {
        let nanos = u128::from(took.as_nanos());
        self.count += 1;
        self.sum += nanos;
        self.squares += nanos * nanos;
    }
}

/// Notes what providers do, interval by interval.
#[derive(Debug, Clone)]
pub(crate) struct LoadBook {
    due: SimTime,
    before: Vec<LoadSecond>,
    seconds: Vec<Vec<LoadSecond>>,
    service: Vec<ServiceTimes>,
}

impl LoadBook {
    pub(crate) fn of(providers: usize) -> Self {
        Self {
            due: SimTime::ZERO + INTERVAL,
            before: vec![LoadSecond::default(); providers],
            seconds: vec![Vec::new(); providers],
            service: vec![ServiceTimes::default(); providers],
        }
    }

    /// Whether an interval is over at this moment.
    pub(crate) fn is_due(&self, now: SimTime) -> bool {
        self.due <= now
    }

    /// End all intervals that are over; `sums` are what each provider did so far.
    pub(crate) fn until(&mut self, now: SimTime, sums: &[LoadSecond]) {
        // What was done belongs to the first interval that is over: in later ones nothing happened.
        while self.is_due(now) {
            self.end(sums);
            self.due += INTERVAL;
        }
    }

    fn end(&mut self, sums: &[LoadSecond]) {
        for ((seconds, before), now) in self.seconds.iter_mut().zip(&mut self.before).zip(sums) {
            seconds.push(now.since(*before));
            *before = *now;
        }
    }

    /// Something of a provider's clients is worked out later than it was: it belongs to the interval of that moment.
    pub(crate) fn late(&mut self, provider: usize, at: SimTime, [to, from]: [u64; 2]) {
        let interval = (at.as_nanos() / INTERVAL.as_nanos()) as usize;
        if let Some(second) = self.seconds[provider].get_mut(interval) {
            second.to_clients += to;
            second.from_clients += from;
            let before = &mut self.before[provider];
            before.to_clients += to;
            before.from_clients += from;
        }
    }

    /// A provider served a request.
    pub(crate) fn served(&mut self, provider: usize, handled: &Handled) {
        if handled.received.is_none_or(|received| !received.lost) {
            self.service[provider].enter(handled.service);
        }
    }

    /// The rows, with what came after the last whole interval.
    pub(crate) fn finish<'d>(
        mut self,
        sums: &[LoadSecond],
        stored: &[Stored],
        domains: impl Iterator<Item = &'d str>,
    ) -> Vec<ProviderLoad> {
        self.end(sums);
        let stored = stored
            .iter()
            .copied()
            .map(Some)
            .chain(std::iter::repeat(None));
        let rows = domains.zip(self.seconds).zip(self.service).zip(stored);
        rows.map(|(((domain, seconds), service), stored)| ProviderLoad {
            stored: stored.unwrap_or_default(),
            domain: domain.to_owned(),
            seconds,
            service,
        })
        .collect()
    }
}
