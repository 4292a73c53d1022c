//! What is said where what is asked holds at all values that may be tried, or at none: then there is no capacity between them.

use throng_reports::capacity::{Sample, Shown};
use throng_reports::measures::Rule;

/// Of the replicas that were run at this value, the one that comes nearest to the limit; of several the first.
pub(super) fn nearest(samples: &[Sample], value: f64) -> Option<u32> {
    let far = |sample: &Sample| sample.margin.map_or(f64::INFINITY, f64::abs);
    let there = samples
        .iter()
        .filter(|sample| sample.variant == 0 && sample.value == value);
    let nearest = there.min_by(|one, other| {
        let by_run = one.run.cmp(&other.run);
        far(one).total_cmp(&far(other)).then(by_run)
    });
    nearest.map(|sample| sample.run)
}

/// What one replica came to at both ends of where it holds, or does not, in a sentence.
pub(super) fn told(
    samples: &[Sample],
    run: u32,
    holds: bool,
    rules: &[Rule],
    shown: impl Fn(f64) -> Shown,
    replicas: usize,
) -> String {
    let of_run = |sample: &&Sample| (sample.variant, sample.run, sample.holds) == (0, run, holds);
    let mut own: Vec<&Sample> = samples.iter().filter(of_run).collect();
    own.sort_by(|one, other| one.value.total_cmp(&other.value));
    let ends: Vec<&Sample> = match own.as_slice() {
        [] => Vec::new(),
        [one] => vec![one],
        [first, .., last] => vec![first, last],
    };
    let value = |sample: &Sample| shown(sample.value).value(sample.value);
    let asked = rules.iter().enumerate().map(|(at, rule)| {
        let found = ends.iter().map(|sample| {
            let said = sample.said.get(at).map_or("", String::as_str);
            format!("{said} at {}", value(sample))
        });
        let found: Vec<String> = found.collect();
        format!("{} ({})", rule.text(), found.join(", "))
    });
    let asked: Vec<String> = asked.collect();
    let values: Vec<String> = ends.iter().map(|sample| value(sample)).collect();
    let (everywhere, expected) = match holds {
        true => ("holds everywhere", "a larger --to, or a stricter limit"),
        false => ("holds nowhere", "a smaller --from, or a laxer limit"),
    };
    format!(
        "in all of {replicas} replicas what is asked {everywhere} from {}, in the one that comes nearest to the limit: {}; expected {expected}",
        values.join(" to "),
        asked.join(", ")
    )
}
