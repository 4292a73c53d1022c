//! Bencher's metric format: an object of benchmarks, each an object of measures.

use super::Figures;
use crate::json;
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
    json::pretty(&benchmarks)
}

/// Letters that Bencher takes in the name of a measure.
const MOST_LETTERS: usize = 64;

/// Small letters, digits and single dashes, no more than Bencher takes; a name that is cut ends with a digest of the whole.
fn slug(measure: &str) -> String {
    let plain = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_lowercase(),
        false => '-',
    };
    let words: String = measure.chars().map(plain).collect();
    let words = words.split('-').filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    if slug.len() <= MOST_LETTERS {
        return slug;
    }
    let digest = blake3::hash(measure.as_bytes()).to_hex();
    format!("{}-{}", &slug[..MOST_LETTERS - 9], &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::{MOST_LETTERS, slug};

    #[test]
    fn names_are_such_as_bencher_takes() {
        assert_eq!(slug("commit.bytes.mean"), "commit-bytes-mean");
        let long = "counts.skipped.a-proposal-of-an-epoch-that-is-over-(proposed-again)";
        let (one, other) = (slug(long), slug(&format!("{long}-too")));
        assert!(one.len() == MOST_LETTERS && one != other, "{one}");
        assert!(
            one.starts_with("counts-skipped-a-proposal-of-an-epoch-that-is-over"),
            "{one}"
        );
    }
}
