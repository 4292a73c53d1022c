//! How much longer clients and providers take than costs say that were measured over and over: between two messages the caches fill with
//! others, and the processor falls asleep.

use throng_cost::{CostProfile, Units};
use throng_record::Record;
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

    /// As long as they took in a real run, whose clients' process was on a core for `generator` in all, by what the simulation of the same
    /// says that they did; never less than costs say. Who did nothing, or of whom nobody knows what they took, takes what costs say.
    pub fn between(
        (real, generator): (&Record, SimSpan),
        simulated: &Record,
        (profile, units): (&CostProfile, &Units),
    ) -> Self {
        let rows = real.measured.iter();
        let all = rows.filter(|row| row.party == "client");
        let seen: f64 = all.map(|row| row.measured.as_secs_f64()).sum();
        let parts = profile.parts(units, &simulated.client_work).into_iter();
        let (mut said_seen, mut said_beside) = (0.0, 0.0);
        for (group, span) in parts {
            let said = if group == SEEN {
                &mut said_seen
            } else {
                &mut said_beside
            };
            *said += span.as_secs_f64();
        }
        let counts = units.count(&simulated.client_work).zip(profile.nanos);
        let mut records = counts.filter(|((unit, _), _)| unit.name == RECORD);
        let said_records = records
            .next()
            .map_or(0.0, |((_, count), nanos)| count as f64 * nanos / 1e9);
        let beside = generator.as_secs_f64() - seen - (said_beside - said_records);
        let servers = real.real.iter().flat_map(|real| &real.servers);
        let providers = servers.map(|sample| sample.cpu.as_secs_f64()).sum();
        let said_providers = profile.time(&simulated.hub_work).as_secs_f64();
        Self {
            seen: times(seen, said_seen),
            records: times(beside, said_records),
            providers: times(providers, said_providers),
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

fn times(took: f64, said: f64) -> f64 {
    match took > 0.0 && said > 0.0 {
        true => (took / said).max(1.0),
        false => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_less_than_costs_say_nor_a_multiple_of_nothing() {
        assert_eq!(times(3.0, 2.0), 1.5);
        assert_eq!(times(1.0, 2.0), 1.0);
        assert_eq!(
            (times(0.0, 2.0), times(2.0, 0.0), times(-1.0, 1.0)),
            (1.0, 1.0, 1.0)
        );
    }
}
