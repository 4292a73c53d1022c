//! What the times of a run rest on: which of them nobody measured.

use super::model::{ProfileSummary, Summary};
use crate::units;
use std::collections::{BTreeMap, BTreeSet};
use throng_cost::{CostProfile, Units};
use throng_workloads::scenario::Scenario;

/// The cost profiles that providers and clients have, in a run whose largest room had so many members.
pub(super) fn profiles(
    scenario: &Scenario,
    units: Units,
    largest_room: u32,
) -> Vec<ProfileSummary> {
    let providers = scenario.providers.iter().map(|provider| &provider.profile);
    let clients = scenario.users.connections.iter();
    let used: BTreeSet<&String> = providers
        .chain(clients.map(|connection| &connection.profile))
        .collect();
    let specs = scenario.cost.profiles.iter();
    specs
        .filter(|(name, _)| used.contains(name))
        .map(|(name, spec)| {
            let profile = CostProfile::of_scenario(name, spec, units);
            ProfileSummary {
                beyond: profile.beyond(largest_room),
                projection: profile.projection.iter().map(|s| (*s).to_owned()).collect(),
                calibrated_to: profile.calibrated_to,
                source: profile.source,
                name: profile.name,
            }
        })
        .collect()
}

/// What a reader has to know of the run's times before anything else, a sentence each.
pub(crate) fn remarks(summary: &Summary) -> Vec<String> {
    // Where a stopwatch decides, the times are those of this very room and this very implementation.
    if !summary.reproducible {
        return Vec::new();
    }
    let mut beyond: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut projected: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for profile in &summary.cost_profiles {
        if let (Some(measured), Some(_)) = (profile.calibrated_to, profile.beyond) {
            beyond.entry(measured).or_default().push(&profile.name);
        }
        if !profile.projection.is_empty() {
            let what = profile.projection.join(", ");
            projected.entry(what).or_default().push(&profile.name);
        }
    }
    let largest = summary.run.largest_room;
    let beyond = beyond.into_iter().map(|(measured, names)| {
        format!(
            "beyond calibration: the largest room had {} members, {:.1} times the {} up to which the times of {} were measured; \
             CPU times of larger rooms, and latencies that wait for them, are extrapolated",
            units::count(largest.into()),
            f64::from(largest) / f64::from(measured.max(1)),
            units::count(measured.into()),
            names.join(", "),
        )
    });
    let projected = projected.into_iter().map(|(what, names)| {
        format!(
            "projected: the times of {} are of an implementation that nobody measured ({what})",
            names.join(", "),
        )
    });
    beyond.chain(projected).collect()
}
