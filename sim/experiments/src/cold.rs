//! How much longer clients and providers take than costs say that were measured over and over: between two messages the caches fill with
//! others, and the processor falls asleep.

use throng_cost::{CostProfile, Units};
use throng_record::{Record, ServerSample};
use throng_workloads::scenario::MachineCosts;
use throng_workloads::time::SimSpan;

/// The group of units that a stopwatch around a client's state machine sees; what HTTP and TLS take is beside it.
const SEEN: &str = "mls";

/// The unit of a record that a client receives. All that a generator does beside what is seen is put down to these: it reads them, finds
/// out whose they are, wakes a thread, and notes what came of them, which no profile knows of.
const RECORD: &str = "record_in";

/// How many times as long they take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cold {
    /// Clients, for what a stopwatch sees of them.
    pub seen: f64,
    /// Clients, for each record beside that.
    pub records: f64,
    /// Providers, for all that they do.
    pub providers: f64,
}

impl Cold {
    /// As long as costs say.
    pub const NOT: Self = Self {
        seen: 1.0,
        records: 1.0,
        providers: 1.0,
    };

    /// As long as they took in a conversation beyond what they take when the same people say nothing, which is done all the time (pings,
    /// looking around) and is none of it. Less than costs say where the machine is faster than it was when they were measured.
    pub fn between(silent: &Talk<'_>, all: &Talk<'_>, costs: (&CostProfile, &Units)) -> Self {
        let seen = all.seen(costs);
        Self {
            seen: times(seen.took, seen.said),
            records: slope(silent.records(costs), all.records(costs)),
            providers: slope(silent.providers(costs), all.providers(costs)),
        }
    }

    /// What operations cost clients that take so long.
    pub fn of_clients(self, profile: &CostProfile, units: &Units) -> MachineCosts {
        profile.costs_with(units, |group, unit| match (group, unit) {
            (SEEN, _) => self.seen,
            (_, RECORD) => self.records,
            _ => 1.0,
        })
    }

    /// What they cost providers that do.
    pub fn of_providers(self, profile: &CostProfile, units: &Units) -> MachineCosts {
        profile.costs_with(units, |_, _| self.providers)
    }
}

/// A conversation, for real and simulated.
pub struct Talk<'a> {
    /// For real.
    pub real: &'a Record,
    /// How long the process of its clients was on a core, and how long it lasted.
    pub generator: (SimSpan, SimSpan),
    /// Simulated by what costs say.
    pub simulated: &'a Record,
}

/// Seconds on a core in one second: what was taken, and what costs say.
#[derive(Debug, Clone, Copy)]
struct Took {
    took: f64,
    said: f64,
}

impl Talk<'_> {
    fn lasted(&self) -> f64 {
        self.generator.1.as_secs_f64().max(1e-9)
    }

    fn seen(&self, (profile, units): (&CostProfile, &Units)) -> Took {
        let rows = self.real.measured.iter();
        let all = rows.filter(|row| row.party == "client");
        let took: f64 = all.map(|row| row.measured.as_secs_f64()).sum();
        let parts = profile.parts(units, &self.simulated.client_work);
        let seen = parts.into_iter().filter(|(group, _)| *group == SEEN);
        let said: f64 = seen.map(|(_, span)| span.as_secs_f64()).sum();
        Took {
            took: took / self.lasted(),
            said: said / self.lasted(),
        }
    }

    /// Clients, for all that is neither seen nor what costs say of other units than records.
    fn records(&self, costs: (&CostProfile, &Units)) -> Took {
        let (profile, units) = costs;
        let work = &self.simulated.client_work;
        let counts = units.count(work).zip(profile.nanos);
        let mut records = counts.filter(|((unit, _), _)| unit.name == RECORD);
        let said = records
            .next()
            .map_or(0.0, |((_, count), nanos)| count as f64 * nanos / 1e9);
        let seen = self.seen(costs);
        let others = profile.time(work).as_secs_f64() - said - seen.said * self.lasted();
        let took = self.generator.0.as_secs_f64() - seen.took * self.lasted() - others;
        Took {
            took: took / self.lasted(),
            said: said / self.lasted(),
        }
    }

    /// One provider, on the average.
    fn providers(&self, (profile, _): (&CostProfile, &Units)) -> Took {
        let servers = self.real.real.iter().flat_map(|real| &real.servers);
        let said = profile.time(&self.simulated.hub_work);
        of_servers(servers, said)
    }
}

/// What servers took, and what costs say that all of them did meanwhile, by the second of one of them. They are looked at for longer than
/// anybody wants anything, and go on with what they do all the time.
fn of_servers<'a>(samples: impl Iterator<Item = &'a ServerSample>, said: SimSpan) -> Took {
    let (mut took, mut all) = (0.0, 1e-9);
    for sample in samples {
        took += sample.cpu.as_secs_f64();
        all += sample.over.as_secs_f64();
    }
    Took {
        took: took / all,
        said: said.as_secs_f64() / all,
    }
}

/// How many times as long as costs say what is done in the second takes that is not in the first. Where that is nothing, all of the second.
fn slope(few: Took, many: Took) -> f64 {
    let more = Took {
        took: many.took - few.took,
        said: many.said - few.said,
    };
    match more.took > 0.0 && more.said > 0.0 {
        true => times(more.took, more.said),
        false => times(many.took, many.said),
    }
}

fn times(took: f64, said: f64) -> f64 {
    match took > 0.0 && said > 0.0 {
        true => took / said,
        false => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::SimTime;

    #[test]
    fn what_goes_on_all_the_time_is_none_of_it() {
        let (idle, factor) = (0.03, 1.7);
        let took = |said: f64| Took {
            took: idle + factor * said,
            said,
        };
        assert!((slope(took(0.001), took(0.2)) - factor).abs() < 1e-9);
        // As much is said in both, or nothing: no line goes through that.
        let same = slope(took(0.2), took(0.2));
        assert!((same - took(0.2).took / 0.2).abs() < 1e-9, "{same}");
        assert_eq!(slope(took(0.0), took(0.0)), 1.0);
    }

    /// Servers are looked at until all has arrived, which is longer by the same for a short silence and a long conversation.
    #[test]
    fn how_long_servers_are_looked_at_makes_no_difference() {
        let (idle, factor) = (0.02, 2.5);
        let looked = |seconds: u64, said: f64| {
            let all = idle * seconds as f64 + factor * said / 2.0;
            let sample = |server: &str| ServerSample {
                time: SimTime::ZERO,
                server: server.to_owned(),
                over: SimSpan::from_secs(seconds),
                cpu: SimSpan::from_secs_f64(all),
                memory: 0,
                files: 0,
                connections: None,
                stored: None,
            };
            let samples = [sample("a.example"), sample("b.example")];
            of_servers(samples.iter(), SimSpan::from_secs_f64(said))
        };
        let found = slope(looked(12, 0.01), looked(22, 3.0));
        assert!((found - factor).abs() < 1e-6, "{found}");
    }
}
