//! What a way from one process to another takes on this machine, apart from CPU time: sockets, threads that wake each other, storage
//! that has to be safe before anybody answers. It is found out in conversations so quiet that nobody waits for anybody else.
//!
//! In the first, two clients of one provider talk: a message takes two ways between client and provider. In the second each client has a
//! provider of its own: a message takes one way between providers more. What the real conversation took beyond the CPU time that the
//! simulation charges is what these ways took. In a third everybody is there who is in the scenario: how much longer everybody takes
//! than costs say depends on how many they are. It depends on how much they say, too: in a fourth they say twice as much as in the
//! scenario. In the last they say nothing: what is taken then is taken all the time.

use hdrhistogram::Histogram;
use std::time::Duration;
use thiserror::Error;
use throng_workloads::dist::Dist;
use throng_workloads::error::ScenarioError;
use throng_workloads::scenario::{
    LinkSpec, Rate, Recovery, Scenario, ScenarioSource, messages_a_second,
};
use throng_workloads::time::SimSpan;

/// One room of people who say something so much apart that each message is alone.
const QUIET: &str = "\
name = 'quiet'
description = 'what a way between two processes takes'
duration = '10s'
[rooms]
count = 1
start = 'warm'
created = '0s'
";

/// How many messages are said in an hour: so few that each is over before the next.
const AN_HOUR: u32 = 72_000;

/// The conversation of all lasts so long: what is first of its kind in it is then little of it.
const LONGER: SimSpan = SimSpan::from_secs(20);

/// And when nobody says anything.
const SILENT: SimSpan = SimSpan::from_secs(10);

/// Fewer messages say nothing of the slowest of a hundred.
const ENOUGH: u64 = 100;

/// The part of a standard normal distribution's mass below its 95th percentile ends there.
const Z95: f64 = 1.644_853_6;

/// No message takes less in any simulation.
const SHORTEST: SimSpan = SimSpan::from_micros(1);

/// More than loopback moves, in bits a second: there it is not bandwidth that anybody waits for.
const LOOPBACK: f64 = 1e11;

/// Payload bytes of one packet on loopback: its MTU of 65,536 bytes less the headers of IPv4 and TCP.
const LOOPBACK_PACKET: u32 = 65_496;

/// How long a way takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// The mean, in seconds.
    pub mean: f64,
    /// The variance, in seconds squared.
    pub variance: f64,
}

/// Ways on one machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ways {
    /// Why they are no measurement, if they are none.
    pub doubt: Option<&'static str>,
    /// Between a client and its provider, one way.
    pub client: Way,
    /// Between two providers, one way.
    pub provider: Way,
}

/// Why a conversation says nothing.
#[derive(Debug, Error)]
pub enum QuietError {
    /// There are too few of these.
    #[error("{count} {of} say nothing of how long they take; expected at least {ENOUGH}")]
    Few {
        /// How many there are.
        count: u64,
        /// Of what.
        of: &'static str,
    },
}

/// A quiet conversation of two clients at this many of a scenario's providers, under its policy.
///
/// # Errors
/// [`ScenarioError`] where that cannot be a scenario.
pub fn conversation(scenario: &Scenario, providers: usize) -> Result<Scenario, ScenarioError> {
    among(scenario, providers, 2)
}

fn among(scenario: &Scenario, providers: usize, people: u32) -> Result<Scenario, ScenarioError> {
    let mut text = QUIET.to_owned();
    let known = scenario
        .providers
        .iter()
        .map(|provider| provider.domain.clone());
    // Where there are fewer, others are as good: these are on the same machine.
    let others = (known.len()..).map(|number| format!("quiet{number}.example"));
    for domain in known.chain(others).take(providers) {
        text.push_str(&format!("[[providers]]\ndomain = '{domain}'\n"));
    }
    let overrides = [
        format!("users.count={people}"),
        format!("rooms.size={people}"),
        format!("messages.rate={}/h", AN_HOUR / people),
    ];
    let mut quiet = Scenario::parse(&ScenarioSource::inline("quiet", text), &overrides)?;
    quiet.seed = scenario.seed;
    quiet.policy = scenario.policy.clone();
    quiet.ciphersuite = scenario.ciphersuite;
    quiet.cost = scenario.cost.clone();
    Ok(quiet)
}

/// Nothing changes but what people say.
const NO_CHANGES: [&str; 15] = [
    "warmup=0s",
    "rooms.start=warm",
    "rooms.created=0s",
    "load.stages=[]",
    "thresholds=[]",
    "messages.diurnal=none",
    "churn.joins=0/h",
    "churn.leaves=0/h",
    "churn.removals=0/h",
    "churn.updates=0/h",
    "churn.new_clients=0/h",
    "churn.lost_clients=0/h",
    "churn.resyncs=0/h",
    "churn.events=[]",
    "churn.mix={}",
];

/// The same people in the same rooms as in a scenario, all of whom together say as much as in a quiet conversation, however much they say in
/// the scenario: what is done at a time, and what has left the caches since the last time, depends on how many they are.
///
/// # Errors
/// [`ScenarioError`] where that cannot be a scenario.
pub fn conversation_of_all(scenario: &Scenario) -> Result<Scenario, ScenarioError> {
    all_say(scenario, f64::from(AN_HOUR) / 3600.0 / people(scenario))
}

/// The same people who say twice as much as in the scenario, where they say more there than in a quiet conversation: nothing otherwise, as
/// the scenario is then quiet enough itself.
///
/// # Errors
/// [`ScenarioError`] where that cannot be a scenario.
pub fn lively_conversation_of_all(scenario: &Scenario) -> Result<Option<Scenario>, ScenarioError> {
    let said = messages_a_second(scenario);
    let lively = said > f64::from(AN_HOUR) / 3600.0;
    let each = said / people(scenario);
    lively.then(|| all_say(scenario, 2.0 * each)).transpose()
}

fn people(scenario: &Scenario) -> f64 {
    f64::from(scenario.users.count.max(1))
}

/// Nothing happens but that each says so much a second.
fn all_say(scenario: &Scenario, rate: f64) -> Result<Scenario, ScenarioError> {
    let mut overrides = NO_CHANGES.map(str::to_owned).to_vec();
    overrides.push(format!("messages.rate={}/h", 3600.0 * rate));
    let all = ScenarioSource::inline("all", scenario.to_toml());
    let mut quiet = Scenario::parse(&all, &overrides)?;
    quiet.duration = LONGER;
    Ok(quiet)
}

/// The same people in the same rooms, who say nothing: what is taken then is taken all the time.
///
/// # Errors
/// [`ScenarioError`] where that cannot be a scenario.
pub fn silence_of_all(scenario: &Scenario) -> Result<Scenario, ScenarioError> {
    let mut silent = conversation_of_all(scenario)?;
    silent.messages.rate = Rate::Poisson(0.0);
    silent.duration = SILENT;
    Ok(silent)
}

/// Message latencies of a conversation, in microseconds: for real, and simulated with ways that take no time.
pub type Latencies<'a> = (&'a Histogram<u64>, &'a Histogram<u64>);

/// The ways by the conversation at one provider and the one at two.
///
/// # Errors
/// [`QuietError`] where there are too few messages.
pub fn ways(at_one: Latencies<'_>, at_two: Latencies<'_>) -> Result<Ways, QuietError> {
    let [one, two] = [at_one, at_two].map(|(real, simulated)| beyond(real, simulated));
    let (one, two) = (one?, two?);
    let [by_one, by_two] = [at_one, at_two].map(|(real, _)| real.value_at_quantile(0.5));
    let doubt = [one.doubt, two.doubt].into_iter().flatten().next();
    let doubt = doubt.or((by_one >= by_two).then_some(
        "a message by way of two providers took no longer than by one: something else was going on; try again",
    ));
    let (one, two) = (one.way, two.way);
    let client = Way {
        mean: one.mean / 2.0,
        variance: one.variance / 2.0,
    };
    // Hardly any time cannot vary much: a law of that mean and this variance would have a few messages take a hundred times as long.
    let mean = (two.mean - one.mean).max(0.0);
    let provider = Way {
        mean,
        variance: (two.variance - one.variance).clamp(0.0, mean * mean),
    };
    Ok(Ways {
        doubt,
        client,
        provider,
    })
}

/// What messages took beyond what the simulation says.
struct Beyond {
    way: Way,
    /// Why it is no measurement, if it is none.
    doubt: Option<&'static str>,
}

/// Log-normal, by the median and the 95th percentile, so that a single hiccup of the machine does not count for all. What the simulation
/// varies by itself, as stores do, is none of it.
///
/// Where nothing is left of the median it is no time at all; and where the 95th percentile is not even one standard deviation above the
/// mean by that law, messages did not follow it: then each takes what the median says.
fn beyond(real: &Histogram<u64>, simulated: &Histogram<u64>) -> Result<Beyond, QuietError> {
    for histogram in [real, simulated] {
        if histogram.len() < ENOUGH {
            return Err(QuietError::Few {
                count: histogram.len(),
                of: "messages of a quiet conversation",
            });
        }
    }
    let (charged, varies) = (simulated.mean(), simulated.stdev() / 1e6);
    let at = |quantile| (real.value_at_quantile(quantile) as f64 - charged) / 1e6;
    let (median, high) = (at(0.5), at(0.95));
    if median <= SHORTEST.as_secs_f64() {
        return Ok(Beyond {
            way: Way::NONE,
            doubt: Some(
                "messages took no longer than the CPU time that the simulation charges; measure costs on this machine",
            ),
        });
    }
    let way = Way::between(median, high);
    Ok(match way.mean + way.variance.sqrt() > high {
        true => Beyond {
            way: Way {
                mean: median,
                variance: 0.0,
            },
            doubt: Some(
                "some messages took so much longer than most that something else was going on; try again",
            ),
        },
        false => Beyond {
            way: Way {
                variance: (way.variance - varies * varies).max(0.0),
                ..way
            },
            doubt: None,
        },
    })
}

/// How long a store waits for what it writes to: as long as it waited these times.
///
/// # Errors
/// [`QuietError`] where there are too few.
pub fn sync(waited: &[Duration]) -> Result<Way, QuietError> {
    let mut seconds: Vec<f64> = waited.iter().map(Duration::as_secs_f64).collect();
    if (seconds.len() as u64) < ENOUGH {
        return Err(QuietError::Few {
            count: seconds.len() as u64,
            of: "batches that a store made safe",
        });
    }
    seconds.sort_by(f64::total_cmp);
    let at = |part: usize| seconds[(seconds.len() - 1) * part / 100];
    Ok(match at(50) > 0.0 {
        true => Way::between(at(50), at(95)),
        false => Way::NONE,
    })
}

impl Way {
    /// It takes no time.
    pub const NONE: Self = Self {
        mean: 0.0,
        variance: 0.0,
    };

    /// Log-normal, by the median and the 95th percentile in seconds.
    fn between(median: f64, high: f64) -> Self {
        let sigma = libm::log((high / median).max(1.0)) / Z95;
        let squared = sigma * sigma;
        let mean = median * libm::exp(squared / 2.0);
        Self {
            mean,
            variance: mean * mean * (libm::exp(squared) - 1.0),
        }
    }

    /// The distribution, in seconds.
    pub fn dist(self) -> Dist {
        let Self { mean, variance } = self;
        if mean <= 0.0 || variance <= 0.0 {
            return Dist::Constant(mean.max(0.0));
        }
        let squared = libm::log(1.0 + variance / (mean * mean));
        Dist::LogNormal {
            median: mean / libm::exp(squared / 2.0),
            sigma: libm::sqrt(squared),
        }
    }

    /// A link on which every message takes this way: log-normal, without loss, and with as much bandwidth as nobody waits for.
    pub fn link(self) -> LinkSpec {
        let mean = self.mean.max(SHORTEST.as_secs_f64());
        let latency = Self { mean, ..self }.dist();
        let least = match latency {
            // One draw in a thousand would be less.
            Dist::LogNormal { median, sigma } => median * libm::exp(-3.0 * sigma),
            _ => mean,
        };
        LinkSpec {
            floor: SimSpan::from_secs_f64(least).max(SHORTEST),
            latency,
            jitter: Dist::Constant(0.0),
            up: LOOPBACK,
            down: LOOPBACK,
            loss: 0.0,
            retransmit: Dist::Constant(0.0),
            duplicate: 0.0,
            reorder: 0.0,
            packet: LOOPBACK_PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_record::histogram::histogram;
    use throng_workloads::builtin;
    use throng_workloads::population::Population;

    fn of(values: impl Iterator<Item = u64>) -> Histogram<u64> {
        let mut all = histogram();
        values.for_each(|value| all.saturating_record(value));
        all
    }

    #[test]
    fn what_is_no_measurement_is_doubted() {
        let (fast, slow) = (of((0..200).map(|_| 400)), of((0..200).map(|_| 900)));
        let charged = of((0..200).map(|_| 300));
        let doubt = |one: Latencies<'_>, two: Latencies<'_>| ways(one, two).expect("enough").doubt;
        assert_eq!(doubt((&fast, &charged), (&slow, &charged)), None);
        let unsteady = doubt((&slow, &charged), (&fast, &charged));
        assert!(unsteady.is_some_and(|why| why.contains("two providers")));
        let dear = doubt((&fast, &slow), (&slow, &charged));
        assert!(dear.is_some_and(|why| why.contains("measure costs")));
    }

    /// A busy machine: most messages take about what is charged, and some a hundred times as long. Nobody waits for minutes then.
    #[test]
    fn no_way_takes_longer_than_messages_did() {
        let charged = of((0..200).map(|_| 6_000));
        for usual in [100, 5_999, 6_000, 6_002, 6_010, 6_500] {
            let real = of((0..200).map(|number| if number % 10 == 0 { 47_000 } else { usual }));
            let found = ways((&real, &charged), (&real, &charged)).expect("enough");
            assert!(found.doubt.is_some(), "{usual}: {found:?}");
            let (mean, deviation) = (found.client.mean, found.client.variance.sqrt());
            assert!(mean + deviation < 0.041, "{usual}: {found:?}");
        }
    }

    /// Quantiles of a log-normal distribution, evenly spread.
    fn lognormal(base: f64, median: f64, sigma: f64) -> Histogram<u64> {
        use statrs::distribution::{ContinuousCDF, LogNormal};
        let known = LogNormal::new(median.ln(), sigma).expect("sound");
        of((1..1000).map(|rank| (base + known.inverse_cdf(f64::from(rank) / 1000.0)) as u64))
    }

    #[test]
    fn ways_are_what_is_left_when_cpu_time_is_taken_away() {
        let (at_one, at_two) = (
            lognormal(300.0, 1_000.0, 0.4),
            lognormal(500.0, 1_800.0, 0.3),
        );
        let (charged, more) = (of((0..200).map(|_| 300)), of((0..200).map(|_| 500)));
        let found = ways((&at_one, &charged), (&at_two, &more)).expect("enough");
        // The moments of log-normal distributions: exp(μ + σ²/2), and that squared times exp(σ²) − 1.
        let mean = |median: f64, sigma: f64| median * (sigma * sigma / 2.0).exp() / 1e6;
        let one = mean(1_000.0, 0.4);
        assert!(
            (found.client.mean / (one / 2.0) - 1.0).abs() < 0.01,
            "{found:?}"
        );
        let variance = one * one * ((0.16_f64).exp() - 1.0) / 2.0;
        assert!(
            (found.client.variance / variance - 1.0).abs() < 0.03,
            "{found:?}"
        );
        let two = mean(1_800.0, 0.3) - one;
        assert!((found.provider.mean / two - 1.0).abs() < 0.02, "{found:?}");
    }

    /// What stores take varies in the simulation, too.
    #[test]
    fn what_the_simulation_varies_is_not_the_ways() {
        let charged = lognormal(100.0, 4_000.0, 0.05);
        let real = lognormal(1_000.0, 4_000.0, 0.1);
        let found = ways((&real, &charged), (&real, &charged)).expect("enough");
        let all = ways((&real, &of((0..200).map(|_| 4_105))), (&real, &charged));
        let all = all.expect("enough").client.variance;
        let own = charged.stdev() / 1e6;
        let left = all - own * own / 2.0;
        let varies = found.client.variance;
        assert!(
            varies < 0.9 * all && (varies / left - 1.0).abs() < 0.05,
            "{varies} {left} {all}"
        );
        let steady = ways((&charged, &of((0..200).map(|_| 300))), (&real, &charged));
        assert!(steady.expect("enough").provider.variance >= 0.0);
    }

    /// What varies more by way of two providers takes hardly longer: that is not the way between them.
    #[test]
    fn a_way_that_takes_no_time_does_not_vary() {
        let charged = of((0..200).map(|_| 300));
        let (one, two) = (
            lognormal(300.0, 1_000.0, 0.1),
            lognormal(300.0, 1_001.0, 0.4),
        );
        let found = ways((&one, &charged), (&two, &charged)).expect("enough");
        let Way { mean, variance } = found.provider;
        assert!(mean < 0.000_2 && variance <= mean * mean, "{found:?}");
        let (slow, same) = (of((0..200).map(|_| 900)), of((0..200).map(|_| 901)));
        let found = ways((&slow, &charged), (&same, &of((0..200).map(|_| 400))));
        assert_eq!(found.expect("enough").provider, Way::NONE);
    }

    #[test]
    fn a_link_takes_as_long_as_its_way() {
        let way = Way {
            mean: 0.000_8,
            variance: 4e-8,
        };
        let link = way.link();
        assert!((link.latency.mean() / way.mean - 1.0).abs() < 1e-9);
        assert!(link.floor < SimSpan::from_micros(800) && link.floor >= SHORTEST);
        assert_eq!(Way::NONE.link().latency, Dist::Constant(1e-6));
    }

    #[test]
    fn a_few_messages_say_nothing() {
        let few = of(0..99);
        let error = ways((&few, &few), (&few, &few)).expect_err("too few");
        assert!(error.to_string().contains("99 messages"), "{error}");
    }

    #[test]
    fn a_conversation_is_under_the_policy_of_its_scenario() {
        let overrides = ["policy.padding=64B".to_owned(), "ciphersuite=3".to_owned()];
        let company = builtin::find("company").and_then(|found| found.scenario(&overrides));
        let company = company.expect("built in");
        for providers in [1, 2] {
            let quiet = conversation(&company, providers).expect("a scenario");
            assert_eq!(quiet.providers.len(), providers);
            assert_eq!(quiet.policy, company.policy);
            assert_eq!(quiet.ciphersuite, company.ciphersuite);
            assert_eq!(quiet.users.count, 2);
        }
        let one = Scenario::parse(&ScenarioSource::inline("one", "users.count = 12"), &[]);
        let one = conversation(&one.expect("a scenario"), 2).expect("a scenario");
        assert_eq!(one.providers.len(), 2);
        // Everybody who is there, in the same rooms, and nothing happens but that somebody says something.
        let all = conversation_of_all(&company).expect("a scenario");
        let [there, here] = [&company, &all].map(|one| Population::draw(one, &one.streams()));
        assert_eq!(there.clients.len(), here.clients.len());
        let rooms = |all: &Population| {
            all.rooms
                .iter()
                .map(|room| room.initial.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(rooms(&there), rooms(&here));
        assert_eq!(all.providers, company.providers);
        assert_eq!(all.churn.joins, Rate::Poisson(0.0));
        let Rate::Poisson(rate) = all.messages.rate else {
            panic!("{:?}", all.messages.rate);
        };
        let said = rate * f64::from(all.users.count) * all.duration.as_secs_f64();
        assert!((said - 400.0).abs() < 1.0, "{said}");
        // Where they say little anyway there is none that is more lively.
        let lively = |rate: &str| {
            let overrides = [
                format!("messages.rate={rate}"),
                "messages.diurnal=none".to_owned(),
            ];
            let company = builtin::find("company").and_then(|found| found.scenario(&overrides));
            lively_conversation_of_all(&company.expect("built in")).expect("a scenario")
        };
        let said = 3600.0 * 20.0 / f64::from(company.users.count);
        assert_eq!(lively(&format!("{}/h", 0.99 * said)), None);
        let more = lively(&format!("{}/h", 1.01 * said)).expect("lively");
        let Rate::Poisson(rate) = more.messages.rate else {
            panic!("{:?}", more.messages.rate);
        };
        assert!((3600.0 * rate / said - 2.02).abs() < 1e-6, "{rate}");
        assert_eq!((&more.users, &more.churn), (&all.users, &all.churn));
        let silent = silence_of_all(&company).expect("a scenario");
        assert_eq!(silent.messages.rate, Rate::Poisson(0.0));
        assert_eq!((&silent.users, &silent.rooms), (&all.users, &all.rooms));
    }
}
