//! Whether a run is as it has to be.

use super::{Measure, Rule, Unit, family};
pub use crate::summary::{Found, Outcome};
use crate::{junit, units};

/// Values that are shown where a pattern covers many.
const MOST: usize = 3;

/// What is said where a rule is about nothing that happened.
const NOTHING: &str = "nothing was measured";

impl Outcome {
    /// The values that it found for people; where some are not as they have to be, those alone.
    pub fn values(&self) -> String {
        let told = self.told();
        match told.as_slice() {
            [] => NOTHING.to_owned(),
            all if all.len() <= MOST => all.join(", "),
            all => {
                let more = all.len() - MOST;
                format!("{} and {more} more", all[..MOST].join(", "))
            }
        }
    }

    /// What breaks it, a value each; nothing where it is met.
    fn broken(&self) -> Vec<String> {
        match (self.met, self.found.is_empty()) {
            (true, _) => Vec::new(),
            (false, true) => vec![NOTHING.to_owned()],
            (false, false) => self.told(),
        }
    }

    /// The values that say how it went, each with its measure where the rule is about several.
    fn told(&self) -> Vec<String> {
        let show = |found: &Found| {
            let value = family::find(&found.measure).map_or_else(
                || units::significant(found.value),
                |family| family.unit.show(found.value),
            );
            let value = match found.beyond_count {
                true => format!("{value} (of too few values: the maximum)"),
                false => value,
            };
            match self.found.len() {
                1 => value,
                _ => format!("{} {value}", found.measure),
            }
        };
        let told = self.found.iter().filter(|found| found.met == self.met);
        told.map(show).collect()
    }
}

/// JUnit XML: a test case for each threshold.
pub fn junit_xml(outcomes: &[Outcome]) -> String {
    let cases = outcomes
        .iter()
        .map(|outcome| (outcome.rule.clone(), outcome.broken()));
    junit::xml("thresholds", cases)
}

/// Hold measures against rules, in the order of the rules.
pub fn check(rules: &[Rule], measures: &[Measure]) -> Vec<Outcome> {
    let outcome = |rule: &Rule| {
        let found = rule.of(measures).map(|measure| Found {
            measure: measure.name.clone(),
            value: measure.value,
            met: rule.is_met(measure.family.unit, measure.value),
            beyond_count: measure.beyond_count,
        });
        let mut found: Vec<Found> = found.collect();
        if found.is_empty() && rule.counts_nothing_as_zero() {
            let unit = family::find(rule.pattern()).map_or(Unit::Count, |family| family.unit);
            found.push(Found {
                measure: rule.pattern().to_owned(),
                value: 0.0,
                met: rule.is_met(unit, 0.0),
                beyond_count: false,
            });
        }
        Outcome {
            rule: rule.text().to_owned(),
            met: !found.is_empty() && found.iter().all(|found| found.met),
            found,
        }
    };
    rules.iter().map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures(values: &[(&str, f64)]) -> Vec<Measure> {
        let measure = |(name, value): &(&str, f64)| Measure {
            name: (*name).to_owned(),
            value: *value,
            family: family::find(name).expect("a known measure"),
            beyond_count: false,
        };
        values.iter().map(measure).collect()
    }

    fn outcome(rule: &str, values: &[(&str, f64)]) -> (bool, String) {
        let rule = Rule::threshold(rule).expect("sound");
        let outcome = check(&[rule], &measures(values)).remove(0);
        (outcome.met, outcome.values())
    }

    #[test]
    fn a_threshold_holds_for_all_that_it_covers() {
        let values = [("join.p95", 900.0), ("message.p95", 1_600.0)];
        assert_eq!(
            outcome("join.p95 < 1s", &values),
            (true, "900 ms".to_owned())
        );
        assert_eq!(
            outcome("*.p95 < 1s", &values),
            (false, "message.p95 1.60 s".to_owned())
        );
    }

    /// What is as it has to be does not break a rule, so it is neither named nor counted.
    #[test]
    fn what_breaks_a_threshold_is_what_is_named() {
        let values = [
            ("message.p95", 320.0),
            ("converge.p95", 68.0),
            ("join.p95", 411.0),
            ("leave.p95", 478.0),
            ("catch-up.p95", 109.0),
            ("commit-accept.p95", 389.0),
        ];
        let rule = Rule::threshold("*.p95 < 100ms").expect("sound");
        let outcomes = check(&[rule], &measures(&values));
        assert_eq!(
            outcomes[0].values(),
            "message.p95 320 ms, join.p95 411 ms, leave.p95 478 ms and 2 more"
        );
        let junit = junit_xml(&outcomes);
        assert!(junit.contains("5 break it"), "{junit}");
        assert!(junit.contains("catch-up.p95 109 ms"), "{junit}");
        assert!(!junit.contains("converge"), "{junit}");
        assert_eq!(
            outcome("*.p95 < 1s", &values[..2]),
            (true, "message.p95 320 ms, converge.p95 68.0 ms".to_owned())
        );
    }

    #[test]
    fn a_pattern_leaves_out_what_depends_on_the_machine_unless_it_is_named() {
        let values = [("run.end", 1.0), ("simulator.wall", 100.0)];
        assert_eq!(outcome("* < 2s", &values), (true, "1.00 s".to_owned()));
        for rule in ["simulator.wall < 2s", "simulator.* < 2s", "sim*.w* < 2s"] {
            assert_eq!(
                outcome(rule, &values),
                (false, "100 s".to_owned()),
                "{rule}"
            );
        }
    }

    #[test]
    fn what_is_counted_by_name_is_zero_where_it_did_not_happen() {
        for rule in [
            "counts.undecryptable.* == 0",
            "counts.skipped.sender-is-no-member < 1",
        ] {
            assert_eq!(outcome(rule, &[]), (true, "0".to_owned()));
        }
        assert!(!outcome("counts.intents.join > 0", &[]).0);
        let some = [("counts.undecryptable.no-member", 2.0)];
        assert!(!outcome("counts.undecryptable.* == 0", &some).0);
    }

    #[test]
    fn what_did_not_happen_meets_nothing() {
        assert_eq!(
            outcome("leave.p95 < 1s", &[("join.p95", 1.0)]),
            (false, "nothing was measured".to_owned())
        );
    }
}
