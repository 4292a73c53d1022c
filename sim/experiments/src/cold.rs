//! How much longer clients and providers take than costs say that were measured over and over: between two messages the caches fill with
//! others, and the processor falls asleep.

use throng_cost::{CostProfile, Units};
use throng_record::{Record, ServerSample};
use throng_workloads::scenario::MachineCosts;
use throng_workloads::time::SimSpan;

/// The group of units that a stopwatch around a client's state machine sees; what HTTP and TLS take is beside it.
const SEEN: &str = "mls";

/// The unit of an operation that is begun. Whoever begins one finds the caches cold, whether it is a short one or a long one: a commit for
/// seventy takes as much more as a message does, and not as many times as much.
const BEGUN: &str = "operation";

/// The unit of a record that a client receives. All that a generator does beside what is seen is put down to these: it reads them, finds
/// out whose they are, wakes a thread, and notes what came of them, which no profile knows of.
const RECORD: &str = "record_in";

/// How much longer they take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cold {
    /// Clients, for what a stopwatch sees of them.
    pub seen: Seen,
    /// Clients, how many times as long for each record beside that.
    pub records: f64,
    /// Providers, how many times as long for all that they do.
    pub providers: f64,
    /// The part of a core that a provider takes when nobody wants anything.
    pub idle: f64,
}

/// How much longer MLS takes clients than costs say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Longer by so many nanoseconds for each operation.
    pub later: f64,
    /// So many times as long besides: 1 unless the machine is faster than it was when costs were measured.
    pub times: f64,
}

impl Cold {
    /// As long as costs say.
    pub const NOT: Self = Self {
        seen: Seen {
            later: 0.0,
            times: 1.0,
        },
        records: 1.0,
        providers: 1.0,
        idle: 0.0,
    };

    /// As long as they took in a conversation beyond what they take when the same people say nothing, which is done all the time (pings,
    /// looking around) and is none of it. Less than costs say where the machine is faster than it was when they were measured.
    ///
    /// Each was held several times, which count alike: a machine is not the same from one minute to the next.
    pub fn between(silent: &[Talk<'_>], all: &[Talk<'_>], costs: (&CostProfile, &Units)) -> Self {
        let seen = mean(all.iter().map(|talk| talk.seen(costs)));
        let begun: f64 = all.iter().map(|talk| talk.begun(costs)).sum();
        let [few, many] =
            [silent, all].map(|talks| mean(talks.iter().map(|talk| talk.providers(costs))));
        let providers = slope(few, many);
        let records = [silent, all].map(|talks| mean(talks.iter().map(|talk| talk.records(costs))));
        Self {
            seen: Seen::of(seen, begun / all.len().max(1) as f64),
            records: slope(records[0], records[1]),
            providers,
            idle: (many.took - providers * many.said).max(0.0),
        }
    }

    /// As much longer as where messages are so many times as frequent as where it is this, if it is `then` where they are `most` times as
    /// frequent: the more there is to do, the warmer are the caches. In between it is taken to go with the logarithm of how frequent they
    /// are, and beyond either to stay as it is.
    pub fn where_more_is_said(self, then: Self, frequent: f64, most: f64) -> Self {
        let part = match most > 1.0 && frequent > 1.0 {
            true => (libm::log(frequent) / libm::log(most)).min(1.0),
            false => 0.0,
        };
        let between = |here: f64, there: f64| here + part * (there - here);
        Self {
            seen: Seen {
                later: between(self.seen.later, then.seen.later),
                times: between(self.seen.times, then.seen.times),
            },
            records: between(self.records, then.records),
            providers: between(self.providers, then.providers),
            idle: self.idle,
        }
    }

    /// What operations cost clients that take so long.
    pub fn of_clients(self, profile: &CostProfile, units: &Units) -> MachineCosts {
        let Seen { later, times } = self.seen;
        profile.costs_with(units, |group, unit, nanos| match (group, unit) {
            (SEEN, BEGUN) => nanos * times + later,
            (SEEN, _) => nanos * times,
            (_, RECORD) => nanos * self.records,
            _ => nanos,
        })
    }

    /// What they cost providers that do.
    pub fn of_providers(self, profile: &CostProfile, units: &Units) -> MachineCosts {
        profile.costs_with(units, |_, _, nanos| nanos * self.providers)
    }
}

impl Seen {
    /// By what was taken in a second, and how many operations were begun in it.
    fn of(took: Took, begun: f64) -> Self {
        let more = took.took - took.said;
        match more > 0.0 && begun > 0.0 {
            true => Self {
                later: more * 1e9 / begun,
                times: 1.0,
            },
            false => Self {
                later: 0.0,
                times: times(took.took, took.said),
            },
        }
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
#[derive(Debug, Clone, Copy, Default)]
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

    /// How many operations clients began in a second.
    fn begun(&self, (_, units): (&CostProfile, &Units)) -> f64 {
        self.count(units, BEGUN) as f64 / self.lasted()
    }

    fn count(&self, units: &Units, name: &str) -> u64 {
        let mut counts = units.count(&self.simulated.client_work);
        let found = counts.find(|(unit, _)| unit.name == name);
        found.map_or(0, |(_, count)| count)
    }

    /// Clients, for all that is neither seen nor what costs say of other units than records.
    fn records(&self, costs: (&CostProfile, &Units)) -> Took {
        let (profile, units) = costs;
        let work = &self.simulated.client_work;
        let each = units.all().zip(profile.nanos);
        let mut each = each.filter(|(unit, _)| unit.name == RECORD);
        let each = each.next().map_or(0.0, |(_, nanos)| nanos);
        let said = self.count(units, RECORD) as f64 * each / 1e9;
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

/// What they took in a second on the average.
fn mean(all: impl ExactSizeIterator<Item = Took>) -> Took {
    let many = all.len().max(1) as f64;
    let sum = all.fold(Took::default(), |sum, one| Took {
        took: sum.took + one.took,
        said: sum.said + one.said,
    });
    Took {
        took: sum.took / many,
        said: sum.said / many,
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
    use throng_cost::Unit;
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

    /// Whether an operation is long or short, it begins as cold. A machine that is faster is that for all of them.
    #[test]
    fn an_operation_is_later_and_not_so_many_times_as_long() {
        const MLS: Units = Units::new(&[
            Unit::new("operation", "operations", ""),
            Unit::new("seal", "seals", ""),
        ])
        .called("mls")
        .costing("[nanoseconds]\noperation = 4000\nseal = 50000\n");
        const UNITS: Units = Units::new(&[Unit::new("record_in", "records_in", "")])
            .called("transport")
            .costing("[nanoseconds]\nrecord_in = 11000\n")
            .after(&MLS);
        let units = &UNITS;
        let profile = CostProfile::built_in(UNITS);
        let cost = |seen: Seen, name: &str| {
            let cold = Cold { seen, ..Cold::NOT };
            let costs = cold.of_clients(&profile, units);
            let mut known = costs.nanos.into_iter();
            known
                .find(|(unit, _)| unit == name)
                .map_or(0.0, |(_, nanos)| nanos)
        };
        let as_said = Cold::NOT.seen;
        let took = |took: f64| Took { took, said: 0.01 };
        let cold = Seen::of(took(0.03), 100.0);
        assert!(cold.times == 1.0 && (cold.later - 200_000.0).abs() < 1e-6);
        let later = cost(cold, BEGUN) - cost(as_said, BEGUN);
        assert!((later - 200_000.0).abs() < 1e-6, "{later}");
        assert_eq!(cost(cold, "seal"), cost(as_said, "seal"));
        let fast = Seen::of(took(0.005), 100.0);
        assert!(fast.later == 0.0 && fast.times == 0.5);
        for unit in [BEGUN, "seal"] {
            assert_eq!(cost(fast, unit), cost(as_said, unit) / 2.0);
        }
        assert_eq!(cost(fast, RECORD), cost(as_said, RECORD));
    }

    #[test]
    fn the_more_is_said_the_less_it_takes() {
        let few = Cold {
            records: 5.0,
            providers: 2.0,
            ..Cold::NOT
        };
        let many = Cold {
            seen: Seen {
                later: 1_000.0,
                times: 1.0,
            },
            records: 3.0,
            providers: 1.0,
            idle: 0.5,
        };
        let at = |frequent: f64| few.where_more_is_said(many, frequent, 16.0);
        assert_eq!((at(0.1), at(1.0)), (few, few));
        // Four times is half of the way to sixteen times, and beyond that nobody looked.
        let half = at(4.0);
        assert!((half.records - 4.0).abs() < 1e-9 && (half.providers - 1.5).abs() < 1e-9);
        assert!((half.seen.later - 500.0).abs() < 1e-9 && half.idle == few.idle);
        for frequent in [16.0, 99.0] {
            assert_eq!(at(frequent), Cold { idle: 0.0, ..many });
        }
        // No second conversation.
        assert_eq!(few.where_more_is_said(many, 3.0, 1.0), few);
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
