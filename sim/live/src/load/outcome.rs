//! What a load came to, as people and programs read it.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use throng_workloads::time::SimSpan;

/// What a load came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Whether the generator took up wishes in time. Where it did not, it was the limit, and what follows is about it.
    pub kept_up: bool,
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Providers, clients and rooms.
    pub providers: usize,
    /// Clients, those that came into being on the way included.
    pub clients: usize,
    /// Rooms.
    pub rooms: usize,
    /// How long wishes came for, in seconds.
    pub seconds: f64,
    /// Whether it was interrupted.
    pub partial: bool,
    /// What people wanted, by kind.
    pub wishes: BTreeMap<&'static str, u64>,
    /// Events that hubs accepted, by subject, in preparation too.
    pub accepted: BTreeMap<String, u64>,
    /// How often one of these came to a receiver, once and in order.
    pub delivered: u64,
    /// What came otherwise.
    pub violations: Vec<String>,
    /// From the wish to say something to each reader that was there.
    pub message: Percentiles,
    /// The same from when it was first sent: what a measurement says that looks away while it waits.
    pub message_raw: Percentiles,
    /// From the wish that somebody be a member, or from when they were there, to that.
    pub join: Percentiles,
    /// How late the generator took up wishes.
    pub lateness: Percentiles,
    /// Requests that were sent again.
    pub repeated: u64,
    /// Wishes that were not fulfilled in the end.
    pub open_wishes: usize,
    /// What went wrong between clients and providers, how often.
    pub errors: BTreeMap<String, u64>,
    /// What clients could not read, and what they gave up, for which reasons: the protocol's course, not the transport's.
    pub unreadable: BTreeMap<&'static str, u64>,
}

/// No time is told that is longer, in microseconds: an hour.
const LONGEST_US: u64 = 3_600_000_000;

/// Times of many, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Percentiles {
    /// How many.
    pub count: u64,
    /// Half took no longer.
    pub p50_ms: f64,
    /// One of a hundred took longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Percentiles {
    /// Those of some times, to three digits, of an hour at most.
    pub(super) fn of(times: impl IntoIterator<Item = SimSpan>) -> Self {
        let Ok(mut all) = Histogram::<u64>::new_with_bounds(1, LONGEST_US, 3) else {
            return Self::default();
        };
        for time in times {
            all.saturating_record(time.as_nanos() / 1000);
        }
        let at = |quantile| all.value_at_quantile(quantile) as f64 / 1e3;
        match all.len() {
            0 => Self::default(),
            count => Self {
                count,
                p50_ms: at(0.5),
                p99_ms: at(0.99),
                max_ms: all.max() as f64 / 1e3,
            },
        }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => f.write_str("none"),
            _ => write!(
                f,
                "p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms of {}",
                self.p50_ms, self.p99_ms, self.max_ms, self.count
            ),
        }
    }
}

impl Outcome {
    /// Whether all that was accepted arrived as it had to.
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }
}

/// So many of a list are named, and the rest is counted.
const MOST_NAMED: usize = 10;

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.kept_up {
            writeln!(
                f,
                "the generator was the limit: what follows is about it, and not about the providers"
            )?;
        }
        writeln!(f, "{}, seed {}, for real", self.scenario, self.seed)?;
        writeln!(
            f,
            "  {} providers, {} clients, {} rooms, {:.1} s{}",
            self.providers,
            self.clients,
            self.rooms,
            self.seconds,
            match self.partial {
                true => ", interrupted",
                false => "",
            }
        )?;
        let listed = |all: Vec<String>| match all.is_empty() {
            true => "none".to_owned(),
            false => all.join(", "),
        };
        let wishes = self.wishes.iter();
        let wishes = wishes.map(|(name, count)| format!("{count} {name}"));
        writeln!(f, "  wishes            {}", listed(wishes.collect()))?;
        let accepted = self.accepted.iter();
        let accepted = accepted.map(|(name, count)| format!("{count} {name}"));
        writeln!(f, "  accepted          {}", listed(accepted.collect()))?;
        writeln!(f, "  message           {}", self.message)?;
        writeln!(f, "  message, raw      {}", self.message_raw)?;
        writeln!(f, "  join              {}", self.join)?;
        writeln!(f, "  wishes taken up   {}", self.lateness)?;
        writeln!(
            f,
            "  sent again {}, wishes open at the end {}",
            self.repeated, self.open_wishes
        )?;
        let errors = self.errors.iter();
        let errors = errors.map(|(what, count)| format!("{count} × {what}"));
        writeln!(
            f,
            "  errors            {}",
            listed(errors.take(MOST_NAMED).collect())
        )?;
        let unreadable = self.unreadable.iter();
        let unreadable = unreadable.map(|(what, count)| format!("{count} × {what}"));
        writeln!(f, "  unread, given up  {}", listed(unreadable.collect()))?;
        match self.violations.len() {
            0 => writeln!(
                f,
                "  delivered         {} times, each once and in order",
                self.delivered
            ),
            count => {
                writeln!(f, "  NOT delivered as accepted, in {count} cases:")?;
                for violation in self.violations.iter().take(MOST_NAMED) {
                    writeln!(f, "    {violation}")?;
                }
                Ok(())
            }
        }
    }
}
