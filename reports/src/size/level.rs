//! Service levels: what they leave for waiting.

use super::queue::Of;
use crate::measures::{Measure, Rule, Unit};

/// A rule that has to hold, and what it leaves for waiting at providers.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// The rule.
    pub rule: Rule,
    /// What it is where nobody waits for a core; `None` of a rule that is not about a latency: no number of cores is chosen by it.
    pub base_ms: Option<f64>,
    /// How long a request may wait at each provider, in seconds; negative where the rule does not hold even where nobody waits.
    pub wait_s: f64,
    /// In which part of all cases.
    pub of: Of,
}

/// How often something has to get past a provider at most, until a latency is over: a message goes to its sender's provider, to the hub and to the
/// reader's; whoever wants a change waits for the answer on the same way back. Whoever joins asks for keys or a GroupInfo before.
pub fn visits(measure: &str) -> f64 {
    match measure.split('.').next().unwrap_or_default() {
        "message" | "message-last" | "converge" | "converge-last" => 3.0,
        "commit-accept" | "commit" => 3.0,
        "provider-wait" => 1.0,
        _ => 9.0,
    }
}

impl Level {
    /// By what was measured where nobody waited for a core.
    pub fn of(rule: Rule, measures: &[Measure]) -> Self {
        let latency = measures.iter().find(|measure| {
            measure.name == rule.pattern()
                && measure.family.unit == Unit::Milliseconds
                && measure.family.spread
        });
        let Some(latency) = latency else {
            return Self {
                rule,
                base_ms: None,
                wait_s: f64::INFINITY,
                of: Of::Mean,
            };
        };
        let left = left(&rule, latency.value);
        Self {
            base_ms: Some(latency.value),
            wait_s: left / 1e3 / visits(&latency.name),
            of: part(&latency.name),
            rule,
        }
    }
}

/// How many milliseconds more still meet a rule; −1 where none do.
fn left(rule: &Rule, base: f64) -> f64 {
    let met = |more: f64| rule.is_met(Unit::Milliseconds, base + more);
    if !met(0.0) {
        return -1.0;
    }
    let (mut good, mut bad) = (0.0, 1.0);
    while met(bad) {
        (good, bad) = (bad, bad * 2.0);
        if bad > 1e12 {
            return f64::INFINITY;
        }
    }
    for _ in 0..60 {
        let middle = (good + bad) / 2.0;
        match met(middle) {
            true => good = middle,
            false => bad = middle,
        }
    }
    good
}

/// Of which part of all cases a figure of a latency is. The most of all is taken as one of ten thousand.
fn part(measure: &str) -> Of {
    match measure.rsplit('.').next().unwrap_or_default() {
        "p50" => Of::Quantile(0.5),
        "p90" => Of::Quantile(0.9),
        "p95" => Of::Quantile(0.95),
        "p99" => Of::Quantile(0.99),
        "p999" => Of::Quantile(0.999),
        "max" => Of::Quantile(0.9999),
        _ => Of::Mean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::family;

    #[test]
    fn what_is_left_is_shared_by_those_who_are_on_the_way() {
        let rule = Rule::threshold("message.p99 < 500ms").expect("a rule");
        let measure = |value| Measure {
            name: "message.p99".to_owned(),
            value,
            family: family::find("message.p99").expect("a measure"),
            beyond_count: false,
        };
        let level = Level::of(rule.clone(), &[measure(200.0)]);
        assert!((level.wait_s - 0.1).abs() < 1e-9, "{level:?}");
        assert_eq!(level.of, Of::Quantile(0.99));
        assert!(Level::of(rule, &[measure(500.0)]).wait_s < 0.0);
        let count = Rule::threshold("counts.refused == 0").expect("a rule");
        assert_eq!(Level::of(count, &[]).base_ms, None);
    }
}
