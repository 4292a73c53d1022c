//! How long what a participant did occupies a core.

use throng_cost::{CostProfile, Units, Work};
use throng_workloads::scenario::{CostSource, ProfileSpec};
use throng_workloads::time::SimSpan;

/// A device's way from Work to time.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    profile: CostProfile,
    /// Where a stopwatch decides: how many times slower than this machine the device is.
    stopwatch: Option<f64>,
}

/// What something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// How long it occupies a core.
    pub service: SimSpan,
    /// How long it would by the profile. Only a stopwatch makes the two differ.
    pub profiled: SimSpan,
}

impl Price {
    /// The price that a scenario asks for on devices with the profile `name`, for work counted in these units.
    pub fn new(source: CostSource, name: &str, spec: &ProfileSpec, units: Units) -> Self {
        Self {
            profile: CostProfile::of_scenario(name, spec, units),
            stopwatch: match source {
                CostSource::Profile => None,
                CostSource::Measured => Some(spec.factor),
            },
        }
    }

    /// The profile.
    pub fn profile(&self) -> &CostProfile {
        &self.profile
    }

    /// The time that `work` takes. Where a stopwatch decides, what no engine did (passing a request on) takes none.
    pub fn charge(&self, work: &Work) -> Charge {
        let profiled = self.profile.time(work);
        let service = match self.stopwatch {
            None => profiled,
            Some(factor) => SimSpan::from_nanos((work.measured_ns as f64 * factor + 0.5) as u64),
        };
        Charge { service, profiled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_cost::Unit;

    const UNITS: Units =
        Units::new(&[Unit::new("parcel", "parcels", "")]).costing("[nanoseconds]\nparcel = 700\n");

    #[test]
    fn a_stopwatch_counts_only_where_it_was_asked_for() {
        let mut work = Work {
            measured_ns: 1_000,
            ..Work::default()
        };
        work.counts[0] = 2;
        let price = |source| Price::new(source, "phone", &ProfileSpec::built_in(3.0), UNITS);
        let profiled = price(CostSource::Profile).charge(&work);
        assert_eq!(profiled.service, profiled.profiled);
        assert_eq!(profiled.service, SimSpan::from_nanos(2 * 3 * 700));
        let measured = price(CostSource::Measured).charge(&work);
        assert_eq!(measured.service, SimSpan::from_nanos(3_000));
        assert_eq!(measured.profiled, profiled.profiled);
    }
}
