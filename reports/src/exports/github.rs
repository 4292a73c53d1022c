//! github-action-benchmark's `customSmallerIsBetter`.

use super::{ExportError, Figure, Figures};
use crate::json;
use crate::measures::Better;
use crate::units::without_dust;
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

/// What the other tool shows beside a figure.
fn extra(figure: &Figure) -> String {
    let mut said = figure.family.says.to_owned();
    if let Some((_, _, replicas)) = figure.interval {
        said.push_str(&format!("; mean of {replicas}"));
    }
    if figure.beyond_count {
        said.push_str("; of too few values: the maximum");
    }
    said
}

/// A JSON array with an entry for each figure of which less is better.
///
/// # Errors
/// Where none of the figures is a cost: the other tool refuses an empty list.
pub fn json(figures: &Figures) -> Result<String, ExportError> {
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
            .map(|(low, high, _)| format!("± {}", without_dust((high - low) / 2.0))),
        extra: extra(figure),
    });
    let entries: Vec<Entry> = entries.collect();
    if entries.is_empty() {
        return Err(ExportError::NoCost);
    }
    // Strings and numbers: nothing that JSON cannot hold.
    Ok(json::pretty(&entries).unwrap_or_default())
}
