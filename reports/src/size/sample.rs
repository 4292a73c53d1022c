//! What one run says of each provider: the quantities from which machines follow.

use super::queue::Offered;
use std::collections::BTreeMap;
use throng_record::ledgers::data::{OTHERS, Role};
use throng_record::{CostRow, LoadSecond, ProviderLoad, Record};
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

macro_rules! quantities {
    ($($(#[$what:meta])* $name:ident = $says:literal,)*) => {
        /// What is measured of a provider in every run, and taken to the whole population.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Quantity {
            $($(#[$what])* $name,)*
        }

        impl Quantity {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it is, and in which unit.
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$name => $says,)*
                }
            }
        }
    };
}

quantities! {
    /// Core seconds a second.
    Cpu = "core seconds a second",
    /// The variance of seconds.
    CpuSecond = "variance of that from second to second",
    /// The variance of minutes.
    CpuMinute = "variance of that from minute to minute",
    /// Requests a second.
    Requests = "requests a second",
    /// The variance of seconds.
    RequestsSecond = "variance of that from second to second",
    /// Bytes a second that come.
    In = "bytes a second that come",
    /// The variance of seconds.
    InSecond = "variance of that from second to second",
    /// The variance of minutes.
    InMinute = "variance of that from minute to minute",
    /// Bytes a second that leave.
    Out = "bytes a second that leave",
    /// The variance of seconds.
    OutSecond = "variance of that from second to second",
    /// The variance of minutes.
    OutMinute = "variance of that from minute to minute",
    /// Bytes a second that come from other providers.
    InProviders = "bytes a second from other providers",
    /// Bytes a second that leave for other providers.
    OutProviders = "bytes a second to other providers",
    /// Messages a second that it has to keep: of its own rooms, and those that its users have in rooms of others.
    Events = "messages a second that it keeps",
    /// Bytes of public group states.
    Groups = "bytes of public group states",
    /// Bytes that wait for clients.
    Queued = "bytes in queues",
    /// Rooms that it is hub of.
    Rooms = "rooms that it is hub of",
    /// Members of these.
    Members = "members of rooms that it is hub of",
    /// Bytes a second to and from others' hubs, for rooms there.
    FollowerBytes = "bytes a second for rooms hubbed elsewhere",
    /// Core seconds a second for rooms hubbed elsewhere.
    FollowerCpu = "core seconds a second for rooms hubbed elsewhere",
    /// Bytes a second as the hub of others' users.
    HubBytes = "bytes a second for others' users in its rooms",
    /// Core seconds a second as the hub of others' users.
    HubCpu = "core seconds a second for others' users in its rooms",
    /// Bytes a second to its own users of what others' users say.
    LocalBytes = "bytes a second to its own users of what others' say",
    /// Bytes a second for users of others, in whatever role.
    OthersBytes = "bytes a second for others' users",
    /// Core seconds a second for users of others, in whatever role.
    OthersCpu = "core seconds a second for others' users",
    /// All bytes a second of its ledger.
    PaidBytes = "bytes a second that it pays for",
    /// All core seconds a second of its ledger.
    PaidCpu = "core seconds a second that it pays for",
}

impl Quantity {
    /// Where it is too unsteady for its growth to be seen from itself: what causes it, and how many times as far from 1 its power is as
    /// that one's. What waits are the bytes that leave. In rooms of N^(p − 1) members the cause grows with N^p, and a variance is the sum
    /// of N events that each come to so much, squared: N · N^(2(p − 1)).
    pub(super) const fn grows_as(self) -> Option<(Self, f64)> {
        match self {
            Self::CpuSecond | Self::CpuMinute => Some((Self::Cpu, 2.0)),
            Self::RequestsSecond => Some((Self::Requests, 2.0)),
            Self::InSecond | Self::InMinute => Some((Self::In, 2.0)),
            Self::OutSecond | Self::OutMinute => Some((Self::Out, 2.0)),
            Self::Queued => Some((Self::Out, 1.0)),
            _ => None,
        }
    }
}

/// What one run says of one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How many users there were, at all providers together.
    pub users: u32,
    /// By quantity.
    values: Vec<f64>,
    /// What a request takes on a core.
    pub service: Service,
    /// Shares of core time by what it is for.
    pub by_part: Vec<(&'static str, f64)>,
    /// How many seconds were looked at.
    pub seconds: usize,
    /// The busiest second and the busiest minute that there were, in core seconds a second.
    pub busiest_cpu: [f64; 2],
}

/// The first two moments of times on a core.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Service {
    /// The mean, in seconds.
    pub mean: f64,
    /// The squared coefficient of variation.
    pub varied: f64,
}

/// What one run says of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// The mean length of the body of a message as it is fanned out.
    pub message_bytes: f64,
    /// The mean length of a KeyPackage; `None` where nobody has one.
    pub key_package_bytes: Option<f64>,
    /// KeyPackages handed out, a second.
    pub key_packages_used: f64,
    /// The part of all devices that is online.
    pub online: f64,
    /// Messages that people wanted to send, a second.
    pub messages: f64,
}

impl Sample {
    /// What was measured.
    pub fn value(&self, quantity: Quantity) -> f64 {
        self.values[quantity as usize]
    }

    /// What comes to the provider's cores.
    pub fn offered(&self) -> Offered {
        let requests = self.value(Quantity::Requests);
        Offered {
            erlangs: self.value(Quantity::Cpu),
            service_s: self.service.mean,
            arrivals: match requests > 0.0 {
                true => self.value(Quantity::RequestsSecond) / requests,
                false => 1.0,
            },
            services: self.service.varied,
        }
    }

    /// One for each provider of a run that kept loads, in the scenario's order. Empty where it kept none.
    pub fn of(scenario: &Scenario, record: &Record) -> Vec<Self> {
        let mut rows: BTreeMap<&str, Vec<&CostRow>> = BTreeMap::new();
        for row in record.ledgers.iter().flat_map(|ledgers| &ledgers.costs) {
            rows.entry(&row.provider).or_default().push(row);
        }
        let loads = record.loads.iter().enumerate();
        loads
            .map(|(at, load)| {
                let costs = rows.get(&*load.domain).map_or(&[][..], |rows| rows);
                Self::one(scenario, record, (at, load), costs)
            })
            .collect()
    }

    fn one(
        scenario: &Scenario,
        record: &Record,
        (at, load): (usize, &ProviderLoad),
        costs: &[&CostRow],
    ) -> Self {
        let seconds = measured(scenario, &load.seconds);
        let each = |of: fn(&LoadSecond) -> f64| seconds.iter().map(of).collect::<Vec<f64>>();
        let cpu = each(|second| second.cpu.as_secs_f64());
        let requests = each(|second| second.requests as f64);
        let come = each(|second| (second.from_clients + second.from_providers) as f64);
        let leave = each(|second| (second.to_clients + second.to_providers) as f64);
        let span = scenario.duration.as_secs_f64().max(1.0);
        // The ledger is of the whole run and says for whom; how much there was of it in the time that is measured, seconds say.
        let paid = |role: Option<Role>, users: Option<&str>, of: fn(&CostRow) -> f64| {
            let all: f64 = costs.iter().map(|row| of(row)).sum();
            let rows = costs
                .iter()
                .filter(|row| role.is_none_or(|role| row.role == role.name()));
            let rows = rows.filter(|row| users.is_none_or(|users| row.users == users));
            rows.map(|row| of(row)).sum::<f64>() / all.max(f64::MIN_POSITIVE)
        };
        let bytes = |role, users| {
            let of = |row: &CostRow| (row.sent + row.received) as f64;
            paid(role, users, of) * (mean(&come) + mean(&leave))
        };
        let busy = |role, users| {
            let of = |row: &CostRow| row.cpu.as_secs_f64();
            paid(role, users, of) * mean(&cpu)
        };
        let exposed = record.ledgers.iter().flat_map(|ledgers| &ledgers.exposures);
        let exposed = exposed.filter(|row| row.party == load.domain);
        let handled =
            exposed.filter(|row| [Role::Hub.name(), Role::Follower.name()].contains(&&*row.role));
        let hubs = record.rooms.iter().filter(|room| room.hub == load.domain);
        let value = |quantity| match quantity {
            Quantity::Cpu => mean(&cpu),
            Quantity::CpuSecond => variance(&cpu),
            Quantity::CpuMinute => variance(&minutes(&cpu)),
            Quantity::Requests => mean(&requests),
            Quantity::RequestsSecond => variance(&requests),
            Quantity::In => mean(&come),
            Quantity::InSecond => variance(&come),
            Quantity::InMinute => variance(&minutes(&come)),
            Quantity::Out => mean(&leave),
            Quantity::OutSecond => variance(&leave),
            Quantity::OutMinute => variance(&minutes(&leave)),
            Quantity::InProviders => mean(&each(|second| second.from_providers as f64)),
            Quantity::OutProviders => mean(&each(|second| second.to_providers as f64)),
            Quantity::Events => handled.clone().map(|row| row.messages as f64).sum::<f64>() / span,
            Quantity::Groups => load.stored.group_bytes as f64,
            Quantity::Queued => load.stored.queued_bytes as f64,
            Quantity::Rooms => hubs.clone().count() as f64,
            Quantity::Members => hubs.clone().map(|room| f64::from(room.members)).sum(),
            Quantity::FollowerBytes => bytes(Some(Role::Follower), None),
            Quantity::FollowerCpu => busy(Some(Role::Follower), None),
            Quantity::HubBytes => bytes(Some(Role::Hub), Some(OTHERS)),
            Quantity::HubCpu => busy(Some(Role::Hub), Some(OTHERS)),
            Quantity::LocalBytes => bytes(Some(Role::Local), Some(OTHERS)),
            Quantity::OthersBytes => bytes(None, Some(OTHERS)),
            Quantity::OthersCpu => busy(None, Some(OTHERS)),
            Quantity::PaidBytes => bytes(None, None),
            Quantity::PaidCpu => busy(None, None),
        };
        let parts = record
            .provider_work
            .get(at)
            .map_or(&[][..], |work| &work.cpu);
        let all: f64 = parts.iter().map(|part| part.1.as_secs_f64()).sum();
        Self {
            users: scenario.users.count,
            values: Quantity::ALL.iter().copied().map(value).collect(),
            service: Service::of(load),
            seconds: seconds.len(),
            by_part: parts
                .iter()
                .map(|(name, took)| (*name, took.as_secs_f64() / all.max(f64::MIN_POSITIVE)))
                .collect(),
            busiest_cpu: [&cpu, &minutes(&cpu)]
                .map(|rates| rates.iter().copied().fold(0.0, f64::max)),
        }
    }
}

impl Service {
    fn of(load: &ProviderLoad) -> Self {
        let times = load.service;
        if times.count == 0 || times.sum == 0 {
            return Self {
                mean: 0.0,
                varied: 1.0,
            };
        }
        let count = times.count as f64;
        let mean = times.sum as f64 / count;
        let square = times.squares as f64 / count;
        Self {
            mean: mean / 1e9,
            varied: (square / mean / mean - 1.0).max(0.0),
        }
    }
}

impl Common {
    /// Of a run that kept loads.
    pub fn of(scenario: &Scenario, record: &Record) -> Self {
        let span = scenario.duration.as_secs_f64().max(1.0);
        let fanned = record
            .traffic
            .iter()
            .filter(|row| row.kind == "notify-application" && row.to == "client");
        let (bodies, messages) = fanned.fold((0, 0), |sum, row| {
            (sum.0 + row.bodies, sum.1 + row.messages)
        });
        let stored = record.loads.iter().map(|load| load.stored);
        let (bytes, packages) = stored.fold((0, 0), |sum, stored| {
            (
                sum.0 + stored.key_package_bytes,
                sum.1 + stored.key_packages,
            )
        });
        let end = throng_workloads::time::SimTime::ZERO + scenario.duration;
        let points: Vec<f64> = record
            .series
            .iter()
            .filter(|point| point.time <= end)
            .map(|point| f64::from(point.online))
            .collect();
        Self {
            message_bytes: bodies as f64 / messages.max(1) as f64,
            key_package_bytes: (packages > 0).then(|| bytes as f64 / packages as f64),
            key_packages_used: record.counts.key_packages_used as f64 / span,
            online: (mean(&points) / f64::from(record.clients.max(1))).min(1.0),
            messages: record
                .counts
                .intents
                .iter()
                .filter(|intent| intent.0 == "message")
                .map(|intent| intent.1)
                .sum::<u64>() as f64
                / span,
        }
    }
}

/// The seconds in which people act, after the warm-up.
fn measured(scenario: &Scenario, seconds: &[LoadSecond]) -> Vec<LoadSecond> {
    let whole = |span: SimSpan| span.as_secs_f64() as usize;
    let mut seconds = seconds.to_vec();
    // Those at the end in which nothing happened are in no row.
    seconds.resize(whole(scenario.duration), LoadSecond::default());
    let begin = whole(scenario.warmup).min(seconds.len());
    seconds.split_off(begin)
}

/// The mean of each whole minute.
fn minutes(seconds: &[f64]) -> Vec<f64> {
    seconds.chunks_exact(60).map(mean).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The unbiased estimate.
fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    squares / (values.len().max(2) - 1) as f64
}
