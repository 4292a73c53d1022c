//! Connections that break because a provider is down, and begin anew when it is back.
//!
//! Nobody goes offline: people want what they want all along. A client notices at once that its connection broke, and what it wants waits;
//! it connects again some time after the provider is back, each at its own moment.

use throng_net::Outages;
use throng_workloads::dist::Dist;
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// A moment at which the clients of a provider hear something of their connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: SimTime,
    pub(super) provider: ProviderId,
    /// Whether it is back; otherwise it goes.
    back: bool,
    /// Which of its outages.
    outage: u64,
}

impl Moment {
    /// Whether the provider is back.
    pub(super) fn is_end(&self) -> bool {
        self.back
    }
}

/// What is to come of that.
#[derive(Debug)]
pub(super) struct Breaks {
    /// The next one last.
    moments: Vec<Moment>,
    after: Dist,
}

impl Breaks {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut moments = Vec::new();
        for (provider, described) in scenario.providers.iter().enumerate() {
            let outages = Outages::of(&described.domain, &scenario.network.outages);
            for (outage, (from, until)) in outages.times().iter().enumerate() {
                moments.extend([(*from, false), (*until, true)].map(|(at, back)| Moment {
                    at,
                    provider: ProviderId(provider as u16),
                    back,
                    outage: outage as u64,
                }));
            }
        }
        moments.sort_unstable_by(|one, other| other.cmp(one));
        Self {
            moments,
            after: scenario.network.reconnect.clone(),
        }
    }

    /// When the next is.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.moments.last().map(|moment| moment.at)
    }

    /// The next one, which is over with this.
    pub(super) fn take(&mut self) -> Option<Moment> {
        self.moments.pop()
    }

    /// When a client hears of it.
    pub(super) fn heard(&self, moment: &Moment, client: ClientId, streams: &Streams) -> SimTime {
        if !moment.back {
            return moment.at;
        }
        let owner = StreamOwner::Client(u64::from(client.0));
        let mut draws = streams.stream(owner, "reconnects");
        // Each outage has its own draw of the client's stream.
        let draws = (0..=moment.outage).map(|_| self.after.sample(&mut draws));
        let after = draws.last().unwrap_or(0.0);
        moment.at + SimSpan::from_secs_f64(after)
    }
}
