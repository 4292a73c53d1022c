//! Bencher's metric format: an object of benchmarks, each an object of measures.

use super::Figures;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// The scenario, or each point of a sweep, is a benchmark; measures are named as slugs, such as `commit-bytes-mean`.
///
/// # Errors
/// Where serde refuses.
pub fn json(figures: &Figures) -> serde_json::Result<String> {
    let mut benchmarks: BTreeMap<String, BTreeMap<String, Metric>> = BTreeMap::new();
    for figure in &figures.figures {
        let benchmark = format!("{}{}", figures.scenario, figure.at());
        let metric = Metric {
            value: figure.value,
            lower_value: figure.interval.map(|(low, _, _)| low),
            upper_value: figure.interval.map(|(_, high, _)| high),
        };
        let measures = benchmarks.entry(benchmark).or_default();
        measures.insert(slug(&figure.measure), metric);
    }
    let mut text = serde_json::to_string_pretty(&benchmarks)?;
    text.push('\n');
    Ok(text)
}

fn slug(measure: &str) -> String {
    measure.replace(['.', '_'], "-")
}
