//! What a sizing says, as plain data. It is also the content of `size.json`.

use super::law::Law;
use super::machines::Choice;
use crate::json;
use serde::Serialize;

/// The version of the form of `size.json`: it changes when something in it is no longer where it was.
pub const SCHEMA: u32 = 1;

/// A whole sizing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sizing {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of the program.
    pub version: String,
    /// The command that makes it again.
    pub command: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of its runs.
    pub seed: u64,
    /// Users, all providers together.
    pub users: u32,
    /// How many of them were simulated, run by run: those from which laws were fitted.
    pub simulated: Vec<u32>,
    /// Whether everybody was simulated, so that no law was needed.
    pub whole: bool,
    /// How much busier than on the average of the day the busiest hour is.
    pub peak_factor: f64,
    /// The part of machines that is to stay idle.
    pub headroom: f64,
    /// What goes in and where it comes from.
    pub assumptions: Vec<Assumption>,
    /// What is wanted and done, all providers together.
    pub rates: Vec<Rate>,
    /// A row for each provider, in the scenario's order.
    pub providers: Vec<ProviderSize>,
    /// How quantities grow with the population.
    pub laws: Vec<LawRow>,
    /// What has to hold, and what was found.
    pub checks: Vec<Check>,
    /// What all machines cost, as many as there have to be for one of each provider's to be away; `None` where no list was given.
    pub price: Option<f64>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// By whoever asks.
    Given,
    /// Nobody said otherwise.
    Default,
    /// By this program, on some machine or in a simulation.
    Measured,
    /// Taken to be so.
    Assumed,
}

impl Origin {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Default => "default",
            Self::Measured => "measured",
            Self::Assumed => "assumed",
        }
    }
}

/// Something that goes in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumption {
    /// What it is of.
    pub what: String,
    /// Its value, with its unit.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The flag, file, measurement or document.
    pub source: String,
}

/// Something that happens at a rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// What.
    pub what: String,
    /// How often a second, on the average of a day.
    pub mean: f64,
    /// How often a second, on the average of the busiest hour.
    pub peak_hour: f64,
}

/// A quantity a second, at each of the levels that machines are chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Levels {
    /// On the average of a day.
    pub mean: f64,
    /// On the average of the busiest hour.
    pub peak_hour: f64,
    /// In the busiest minute of it.
    pub peak_minute: f64,
    /// In the busiest second of it.
    pub peak_second: f64,
    /// Half of the 95 % interval of the hour's average, as a part of it.
    pub error: f64,
}

/// At the least, and as it had better be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range<T> {
    /// What the busiest minute takes, with nothing to spare.
    pub minimum: T,
    /// With the headroom that was asked for.
    pub recommended: T,
}

/// What one provider needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProviderSize {
    /// Its domain.
    pub domain: String,
    /// Its part of all users.
    pub share: f64,
    /// Its users.
    pub users: f64,
    /// Their devices.
    pub devices: f64,
    /// Rooms that it is hub of.
    pub rooms: f64,
    /// Connections of clients and of other providers: those in the busiest hour, and those of all devices.
    pub connections: Range<f64>,
    /// Core seconds a second.
    pub cpu: Levels,
    /// Parts of that by what it is for.
    pub cpu_parts: Vec<(&'static str, f64)>,
    /// Cores.
    pub cores: Cores,
    /// Bytes of memory.
    pub memory: Range<f64>,
    /// Bytes a second that come.
    pub network_in: Levels,
    /// Bytes a second that leave.
    pub network_out: Levels,
    /// Bytes a second, on the average of the busiest hour, from other providers.
    pub from_providers: f64,
    /// Bytes a second, on the average of the busiest hour, to other providers.
    pub to_providers: f64,
    /// Bits a second of a link, each way: the busier direction's busiest minute, and its busiest second with headroom.
    pub link: Range<f64>,
    /// What it stores.
    pub storage: Storage,
    /// KeyPackages.
    pub key_packages: KeyPackages,
    /// What it does for rooms elsewhere, and for users of others.
    pub foreign: Foreign,
    /// Which machines, and how many.
    pub machines: Choice,
    /// How much of what is recommended of them each resource takes: cores, memory, network.
    pub demands: Vec<Demand>,
    /// What asks for how many of these machines, the most first: that binds, and what stands behind it is next.
    pub binds: Vec<Bind>,
}

/// Something that machines have to be enough for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bind {
    /// What, and why.
    pub what: String,
    /// So many machines are just enough for it, were there nothing else.
    pub machines: f64,
}

/// How much of the recommended machines a resource takes, as a part of all of it; in the busiest second that can be more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Demand {
    /// What: `cores`, `memory`, `network` (the busier direction).
    pub resource: &'static str,
    /// On the average of a day; `None` of memory, which follows from what there is and not from what is done.
    pub mean: Option<f64>,
    /// On the average of the busiest hour.
    pub peak_hour: f64,
    /// In the busiest minute of it.
    pub peak_minute: Option<f64>,
    /// In the busiest second of it.
    pub peak_second: Option<f64>,
    /// What is recommended, the headroom included: the most of these decides how many machines there are.
    pub recommended: f64,
}

/// How many cores, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cores {
    /// The fewest that are not overloaded in the busiest minute, and meet every service level then.
    pub minimum: u32,
    /// The fewest that also keep the headroom.
    pub recommended: u32,
    /// The part of the recommended cores that is busy in the busiest minute.
    pub used: f64,
    /// How long 99 of 100 requests wait at most then, in seconds.
    pub wait_p99_s: f64,
    /// What a request takes on a core in the mean, in seconds.
    pub service_s: f64,
    /// The index of dispersion of arrivals, second by second.
    pub arrivals: f64,
    /// The squared coefficient of variation of times on a core.
    pub services: f64,
}

/// Bytes that a provider stores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Storage {
    /// What is replaced all the time: public group states, queues, KeyPackages.
    pub live: f64,
    /// What messages add in 30 days, one copy.
    pub messages_month: f64,
    /// What is attached adds in 30 days, one copy.
    pub media_month: f64,
    /// What both add in 30 days, all copies.
    pub growth_month: f64,
    /// What there is when as much is deleted as comes, all copies; the second with headroom.
    pub kept: Range<f64>,
}

/// KeyPackages of a provider's users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KeyPackages {
    /// How many it keeps.
    pub kept: f64,
    /// Bytes of one.
    pub each: f64,
    /// Bytes of all of them.
    pub bytes: f64,
    /// How many are published on an average day: for those handed out, those that get old, and by new devices.
    pub refill_day: f64,
    /// Bytes of these.
    pub refill_day_bytes: f64,
}

/// What a provider does for rooms elsewhere, and for users of others, on the average of the busiest hour, divided as the [ledger of
/// costs](throng_record::ledgers) of whole runs is: something is for whoever caused it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Foreign {
    /// Bytes a second to and from hubs elsewhere, for rooms there, whoever caused them.
    pub follower_bytes: f64,
    /// Core seconds a second for these.
    pub follower_cpu: f64,
    /// Bytes a second to and from other providers, for their users in its rooms.
    pub hub_bytes: f64,
    /// Core seconds a second for these.
    pub hub_cpu: f64,
    /// Bytes a second between it and its own users, of what users of others caused.
    pub local_bytes: f64,
    /// All bytes a second of its ledger: what it sends and takes, for whomever.
    pub all_bytes: f64,
    /// All core seconds a second of its ledger.
    pub all_cpu: f64,
    /// The part of all these bytes that is for others' users, in whatever role.
    pub bytes_share: f64,
    /// The part of all this core time that is for others' users, in whatever role.
    pub cpu_share: f64,
}

/// How one quantity of one provider grows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LawRow {
    /// The provider.
    pub provider: String,
    /// The quantity.
    pub quantity: &'static str,
    /// Its law.
    #[serde(flatten)]
    pub law: Law,
}

/// Something that has to hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Whether it does.
    pub met: bool,
    /// Whether machines are no good where it does not: a service level. What else fails is a doubt.
    pub decides: bool,
    /// What.
    pub what: String,
    /// What was found.
    pub found: String,
}

impl Sizing {
    /// Whether every service level holds.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.met || !check.decides)
    }

    /// `size.json`.
    pub fn to_json(&self) -> String {
        // Keys are strings, and what is infinite is written as null.
        json::pretty(self).unwrap_or_default()
    }
}
