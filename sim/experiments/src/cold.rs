//! How much longer clients take than costs say that were measured over and over: between two messages the caches fill with
//! others, and the processor falls asleep.

use throng_cost::{CostProfile, Units};
use throng_record::Record;

/// The group of units that a stopwatch around a client's state machine sees; what HTTP and TLS take is beside it.
pub const SEEN: &str = "mls";

/// How many times as long clients took in a real run as the simulation of the same says by this profile, for what a stopwatch
/// sees of them; never less. Nothing where the simulation says that they did nothing.
pub fn coldness(
    real: &Record,
    simulated: &Record,
    (profile, units): (&CostProfile, &Units),
) -> Option<f64> {
    let rows = real.measured.iter();
    let all = rows.filter(|row| row.party == "client");
    let took: f64 = all.map(|row| row.measured.as_secs_f64()).sum();
    let parts = profile.parts(units, &simulated.client_work).into_iter();
    let seen = parts.filter(|(group, _)| *group == SEEN);
    let said: f64 = seen.map(|(_, span)| span.as_secs_f64()).sum();
    (said > 0.0).then(|| (took / said).max(1.0))
}
