//! github-action-benchmark's `customSmallerIsBetter`.

use super::Figures;
use crate::measures::Better;
use serde::Serialize;

#[derive(Serialize)]
struct Entry {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// A JSON array with an entry for each figure of which less is better.
///
/// # Errors
/// Where serde refuses.
pub fn json(figures: &Figures) -> serde_json::Result<String> {
    let costs = figures
        .figures
        .iter()
        .filter(|figure| figure.family.better == Better::Less);
    let entries = costs.map(|figure| Entry {
        name: format!("{} {}{}", figures.scenario, figure.measure, figure.at()),
        unit: figure.family.unit.symbol(),
        value: figure.value,
        range: figure
            .interval
            .map(|(low, high, _)| format!("± {}", (high - low) / 2.0)),
        extra: match figure.interval {
            Some((_, _, replicas)) => format!("{}; mean of {replicas}", figure.family.says),
            None => figure.family.says.to_owned(),
        },
    });
    let mut text = serde_json::to_string_pretty(&entries.collect::<Vec<_>>())?;
    text.push('\n');
    Ok(text)
}
