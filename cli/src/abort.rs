//! What ends a load early: rules on what was measured so far.

use crate::failure::Failure;
use crate::machine::real;
use throng_live::load::Judge;
use throng_record::{Generator, Record};
use throng_reports::measures::{self, Measure, Rule};
use throng_reports::{RunInfo, Summary};
use throng_workloads::scenario::Scenario;
use throng_workloads::time::{SimSpan, SimTime};

/// A rule, and since when it holds.
struct Watched {
    rule: Rule,
    since: Option<SimTime>,
}

impl Watched {
    /// What is said where it has held without a break for as long as `after`.
    fn ends(&mut self, now: SimTime, after: SimSpan, measures: &[Measure]) -> Option<String> {
        let mut of = self.rule.of(measures);
        let found = of.find(|measure| self.rule.is_met(measure.family.unit, measure.value));
        let Some(found) = found else {
            self.since = None;
            return None;
        };
        let since = *self.since.get_or_insert(now);
        let value = found.family.unit.show(found.value);
        (now.since(since) >= after).then(|| {
            format!(
                "{} held for {after}: {} was {value}",
                self.rule.text(),
                found.name
            )
        })
    }
}

/// Whoever ends a load of this scenario where one of the rules holds for so long; nobody where there is no rule.
///
/// # Errors
/// [`Failure::Rule`] where one is none.
pub(crate) fn judge(
    rules: &[String],
    after: SimSpan,
    scenario: &Scenario,
) -> Result<Option<Judge>, Failure> {
    let mut watched = Vec::new();
    for text in rules {
        watched.push(Watched {
            rule: Rule::threshold(text)?,
            since: None,
        });
    }
    if watched.is_empty() {
        return Ok(None);
    }
    let scenario = Scenario {
        // They are for the end.
        thresholds: Vec::new(),
        ..scenario.clone()
    };
    Ok(Some(Box::new(
        move |record: &Record, generator: &Generator| {
            let info = RunInfo {
                real: Some(real(generator, Vec::new())),
                ..RunInfo::default()
            };
            let measures = measures::of(&Summary::new(&scenario, record, &info));
            let now = SimTime::ZERO + generator.lasted;
            let mut rules = watched.iter_mut();
            rules.find_map(|watched| watched.ends(now, after, &measures))
        },
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_reports::measures::family;

    fn measured(p99: f64) -> Vec<Measure> {
        vec![Measure {
            name: "message.p99".to_owned(),
            value: p99,
            family: family::find("message.p99").expect("a measure"),
            beyond_count: false,
        }]
    }

    #[test]
    fn a_rule_has_to_hold_without_a_break() {
        let rule = Rule::threshold("message.p99 > 5s").expect("a rule");
        let mut watched = Watched { rule, since: None };
        let mut at = |second: u64, p99: f64| {
            let now = SimTime::ZERO + SimSpan::from_secs(second);
            watched.ends(now, SimSpan::from_secs(10), &measured(p99))
        };
        assert_eq!(at(1, 6_000.0), None);
        assert_eq!(at(10, 6_000.0), None);
        assert_eq!(at(10, 4_000.0), None);
        assert_eq!(at(11, 6_000.0), None);
        assert_eq!(at(20, 7_000.0), None);
        assert_eq!(
            at(21, 8_000.0).as_deref(),
            Some("message.p99 > 5s held for 10.0 s: message.p99 was 8.00 s")
        );
    }

    #[test]
    fn what_was_not_measured_ends_nothing() {
        let rule = Rule::threshold("message.p99 > 5s").expect("a rule");
        let mut watched = Watched { rule, since: None };
        assert_eq!(watched.ends(SimTime::ZERO, SimSpan::ZERO, &[]), None);
    }
}
