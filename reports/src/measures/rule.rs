//! Conditions on measures, as people type them: `join.p95 < 1.5s`.

use super::Measure;
use super::family::covered;
use super::spelling::{self, Spelled, listed};
use crate::families::{AmountError, Class, Family, Unit, like};
use std::fmt;
use std::str::FromStr;

/// How a value is held against a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

/// In the order in which they are looked for: the longer before those that they begin with.
const OPERATORS: [(&str, Operator); 6] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<", Operator::Less),
    (">", Operator::More),
];

impl Operator {
    /// Whether `value` is as the operator says to `bound`.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Less => value < bound,
            Self::AtMost => value <= bound,
            Self::More => value > bound,
            Self::AtLeast => value >= bound,
            Self::Equal => value == bound,
            Self::Unequal => value != bound,
        }
    }
}

/// What a value is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    /// A part of the value before, for changes: 0.02 is 2 %.
    Relative(f64),
    /// An amount in the measure's unit.
    Amount(f64),
}

/// A condition on one measure, or on all that a pattern with `*` covers and that its amount can be an amount of. How the simulator
/// itself did depends on the machine: a pattern covers that only where it covers nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    text: String,
    pattern: String,
    operator: Operator,
    /// What its measures are: the simulator's only where all are.
    class: Class,
    /// For each unit that it can be about.
    bounds: Vec<(Unit, Bound)>,
}

/// Why a rule cannot be used. It says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It has no operator, or nothing on one side of it.
    #[error("{rule:?} is no rule; {hint}")]
    Form {
        /// The rule.
        rule: String,
        /// How it is spelled right.
        hint: String,
    },
    /// There is no such measure.
    #[error("{rule:?}: no measure is called {name:?}; {hint}")]
    Unknown {
        /// The rule.
        rule: String,
        /// The name in it.
        name: String,
        /// How it is spelled right, or names that are nearest to it.
        hint: String,
    },
    /// The amount is none, or none of this measure.
    #[error("{rule:?}: {wrong}; {hint}")]
    Amount {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        wrong: String,
        /// How it is spelled right.
        hint: String,
    },
}

impl RuleError {
    /// The same with the right spelling of the very rule, where it is known.
    fn with_hint(mut self, spelled: &Spelled, example: &str) -> Self {
        let quoted: Vec<String> = spelled
            .rules
            .iter()
            .map(|rule| format!("{rule:?}"))
            .collect();
        let meant = listed(&quoted).filter(|_| spelled.whole);
        match &mut self {
            Self::Form { hint, .. } => {
                *hint = meant.map_or_else(
                    || {
                        let such = spelled.rules.first().map_or(example, String::as_str);
                        format!("expected a measure, an operator and an amount, such as {such:?}")
                    },
                    |meant| format!("did you mean {meant}?"),
                );
            }
            Self::Unknown { hint, .. } | Self::Amount { hint, .. } => {
                if let Some(meant) = meant {
                    *hint = format!("did you mean {meant}?");
                }
            }
        }
        self
    }
}

impl Rule {
    /// A threshold: what a run's measure has to be.
    ///
    /// # Errors
    /// Where it is none, or of a measure that no run has; see [`RuleError`].
    ///
    /// ```
    /// use throng_reports::measures::{Rule, Unit};
    /// let rule = Rule::threshold("join.p95 < 1.5s").unwrap();
    /// assert!(rule.is_met(Unit::Milliseconds, 1_200.0));
    /// assert_eq!(
    ///     Rule::threshold("join.p59 < 1.5s").unwrap_err().to_string(),
    ///     r#""join.p59 < 1.5s": no measure is called "join.p59"; did you mean "join.p95 < 1.5s"?"#
    /// );
    /// assert_eq!(
    ///     Rule::threshold("join.p(95)<400").unwrap_err().to_string(),
    ///     r#""join.p(95)<400": no measure is called "join.p(95)"; did you mean "join.p95 < 400ms" or "join.p95 < 400s"?"#
    /// );
    /// ```
    pub fn threshold(text: &str) -> Result<Self, RuleError> {
        Self::read(text, "join.p95 < 1.5s", |unit, amount| {
            unit.parse(amount).map(Bound::Amount)
        })
    }

    /// A rule about a change from before to after; it names what is too much.
    ///
    /// # Errors
    /// As [`Rule::threshold`].
    ///
    /// ```
    /// use throng_reports::measures::{Rule, Unit};
    /// let rule = Rule::change("commit.bytes.mean > 2%").unwrap();
    /// assert!(rule.is_too_much(Unit::Bytes, 1_000.0, 1_021.0));
    /// assert!(!rule.is_too_much(Unit::Bytes, 1_000.0, 1_020.0));
    /// ```
    pub fn change(text: &str) -> Result<Self, RuleError> {
        Self::read(text, "commit.bytes.mean > 2%", |unit, amount| {
            if amount.trim_end().ends_with('%') {
                return Unit::Share.parse(amount).map(Bound::Relative);
            }
            unit.parse(amount).map(Bound::Amount)
        })
    }

    /// Reads a rule, or says how it is spelled right.
    fn read(
        text: &str,
        example: &str,
        bound: impl Fn(Unit, &str) -> Result<Bound, AmountError>,
    ) -> Result<Self, RuleError> {
        Self::parse(text, &bound).map_err(|error| {
            let spelled = spelling::right(text, |rule| Self::parse(rule, &bound).is_ok());
            error.with_hint(&spelled, example)
        })
    }

    fn parse(
        text: &str,
        bound: &impl Fn(Unit, &str) -> Result<Bound, AmountError>,
    ) -> Result<Self, RuleError> {
        let no_form = || RuleError::Form {
            rule: text.to_owned(),
            hint: String::new(),
        };
        let at = text.find(['<', '>', '=', '!']).ok_or_else(no_form)?;
        let (pattern, rest) = text.split_at(at);
        let operator = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?.trim())));
        let (pattern, (operator, amount)) = (pattern.trim(), operator.ok_or_else(no_form)?);
        if pattern.is_empty() || amount.is_empty() {
            return Err(no_form());
        }
        let families = known(text, pattern)?;
        let simulated = families
            .iter()
            .any(|family| family.class == Class::Simulated);
        let class = match simulated {
            true => Class::Simulated,
            false => Class::Simulator,
        };
        let families = families.iter().filter(|family| family.class == class);
        let mut units: Vec<Unit> = families.map(|family| family.unit).collect();
        units.dedup();
        // A number without a unit is one of bytes only where nothing but bytes can be meant.
        let bare = amount.parse::<f64>().is_ok();
        if units.iter().any(|unit| *unit != units[0]) && bare {
            units.retain(|unit| *unit == Unit::Count);
        }
        let each = units.iter().map(|unit| Ok((*unit, bound(*unit, amount)?)));
        let (sound, wrong): (Vec<_>, Vec<_>) = each.partition(Result::is_ok);
        let bounds: Vec<(Unit, Bound)> = sound.into_iter().filter_map(Result::ok).collect();
        match (bounds.is_empty(), wrong.into_iter().find_map(Result::err)) {
            (true, Some(AmountError { wrong, expected })) => Err(RuleError::Amount {
                rule: text.to_owned(),
                wrong,
                hint: format!("expected {expected}"),
            }),
            (true, None) => Err(RuleError::Amount {
                rule: text.to_owned(),
                wrong: "it covers no counts".to_owned(),
                hint: "expected an amount with a unit".to_owned(),
            }),
            (false, _) => Ok(Self {
                text: text.trim().to_owned(),
                pattern: pattern.to_owned(),
                operator,
                class,
                bounds,
            }),
        }
    }

    /// The rule as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The measure's name, or a pattern.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether a run that has nothing it is about has 0 of it.
    pub fn counts_nothing_as_zero(&self) -> bool {
        let families = covered(&self.pattern);
        !families.is_empty() && families.iter().all(|family| family.absent_is_zero())
    }

    /// Whether it is about this measure.
    pub fn covers(&self, name: &str, family: &Family) -> bool {
        family.class == self.class && self.bound(family.unit).is_some() && like(&self.pattern, name)
    }

    /// The measures that it is about.
    pub fn of<'m>(&self, measures: &'m [Measure]) -> impl Iterator<Item = &'m Measure> {
        let about = |measure: &&Measure| self.covers(&measure.name, measure.family);
        measures.iter().filter(about)
    }

    fn bound(&self, unit: Unit) -> Option<Bound> {
        let found = self.bounds.iter().find(|(known, _)| *known == unit);
        found.map(|(_, bound)| *bound)
    }

    /// Whether a value in this unit is as a threshold says.
    pub fn is_met(&self, unit: Unit, value: f64) -> bool {
        self.bound(unit).is_some_and(|bound| match bound {
            Bound::Amount(bound) | Bound::Relative(bound) => self.operator.holds(value, bound),
        })
    }

    /// How far a value in this unit is from where a threshold ends to be met: the logarithm of how many times as near the bound it would have to
    /// be, positive where it is met, and 0 at the bound itself. Values and bounds have to be positive, and the rule has to have a side.
    ///
    /// ```
    /// use throng_reports::measures::{Rule, Unit};
    /// let rule = Rule::threshold("join.p95 < 2s").unwrap();
    /// assert_eq!(rule.margin(Unit::Milliseconds, 1_000.0), Some(2f64.ln()));
    /// assert_eq!(rule.margin(Unit::Milliseconds, 0.0), None);
    /// ```
    pub fn margin(&self, unit: Unit, value: f64) -> Option<f64> {
        let (Bound::Amount(bound) | Bound::Relative(bound)) = self.bound(unit)?;
        let below = match self.operator {
            Operator::Less | Operator::AtMost => (bound / value).ln(),
            Operator::More | Operator::AtLeast => (value / bound).ln(),
            Operator::Equal | Operator::Unequal => return None,
        };
        (bound > 0.0 && value > 0.0 && below.is_finite()).then_some(below)
    }

    /// Where a threshold ends to be met, in this unit.
    pub fn limit(&self, unit: Unit) -> Option<f64> {
        self.bound(unit).map(|bound| match bound {
            Bound::Amount(bound) | Bound::Relative(bound) => bound,
        })
    }

    /// Whether a change is what the rule calls too much. A part of nothing is as much as can be.
    pub fn is_too_much(&self, unit: Unit, before: f64, after: f64) -> bool {
        self.is_surely_too_much(unit, before, [after; 2])
    }

    /// Whether a change to anywhere between two values is what the rule calls too much.
    pub fn is_surely_too_much(&self, unit: Unit, before: f64, ends: [f64; 2]) -> bool {
        let Some(bound) = self.bound(unit) else {
            return false;
        };
        let all = |operator: Operator| {
            ends.iter().all(|after| match bound {
                Bound::Amount(bound) => operator.holds(after - before, bound),
                Bound::Relative(bound) => operator.holds(relative(before, *after), bound),
            })
        };
        match self.operator {
            // What lies on both sides of the bound may be equal to it.
            Operator::Unequal => all(Operator::Less) || all(Operator::More),
            operator => all(operator),
        }
    }
}

/// The change as a part of the value before: 0 without a change, infinite from nothing to something.
pub fn relative(before: f64, after: f64) -> f64 {
    if before == after {
        return 0.0;
    }
    (after - before) / before.abs()
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::threshold(text)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The families that have measures which the pattern covers.
///
/// # Errors
/// Where none has: it names `text`, in which the pattern stands, and the names that are nearest.
pub(crate) fn known(text: &str, pattern: &str) -> Result<Vec<&'static Family>, RuleError> {
    match covered(pattern) {
        families if families.is_empty() => Err(RuleError::Unknown {
            rule: text.to_owned(),
            name: pattern.to_owned(),
            hint: nearest(pattern),
        }),
        families => Ok(families),
    }
}

/// `did you mean …?` with up to three names that are like it.
fn nearest(name: &str) -> String {
    match listed(&spelling::nearest(name)) {
        None => "`throng measures` lists them".to_owned(),
        Some(names) => format!("did you mean {names}?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::family;

    #[test]
    fn operators_are_read_whole() {
        for (text, met, unmet) in [
            ("join.p95<=2s", 2_000.0, 2_000.1),
            ("join.p95 >= 2 s", 2_000.0, 1_999.9),
            ("join.p95==2s", 2_000.0, 2_001.0),
            ("join.p95 != 2s", 2_001.0, 2_000.0),
            ("join.p95 > 2s", 2_000.1, 2_000.0),
        ] {
            let rule = Rule::threshold(text).expect(text);
            let is_met = |value| rule.is_met(Unit::Milliseconds, value);
            assert!(is_met(met) && !is_met(unmet), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let say = |text| Rule::threshold(text).expect_err(text).to_string();
        insta::assert_snapshot!(
            ["join.p95", "commit.bytes.max", "< 2s", "join.p95 < ", "join.p95 < 2", "join.p95 = 2s", "joim.p95 < 2s", "xyzzy < 1", "commit.bytes.mean < 2s"]
                .map(say).join("\n"),
            @r#"
        "join.p95" is no rule; expected a measure, an operator and an amount, such as "join.p95 < 1.5s"
        "commit.bytes.max" is no rule; expected a measure, an operator and an amount, such as "commit.bytes.max < 20kB"
        "< 2s" is no rule; expected a measure, an operator and an amount, such as "message.p95 < 2s"
        "join.p95 < " is no rule; expected a measure, an operator and an amount, such as "join.p95 < 1.5s"
        "join.p95 < 2": "2" has no unit; did you mean "join.p95 < 2s" or "join.p95 < 2ms"?
        "join.p95 = 2s" is no rule; did you mean "join.p95 == 2s"?
        "joim.p95 < 2s": no measure is called "joim.p95"; did you mean "join.p95 < 2s"?
        "xyzzy < 1": no measure is called "xyzzy"; `throng measures` lists them
        "commit.bytes.mean < 2s": "2s" is a time; expected bytes such as "20kB"
        "#
        );
    }

    /// It would be 0 for ever, and a rule about it would pass for ever.
    #[test]
    fn a_reason_that_there_is_not_is_a_mistake() {
        for (typed, right) in [
            (
                "counts.skipped.still-open-at-the-emd == 0",
                r#""counts.skipped.still-open-at-the-end == 0""#,
            ),
            (
                "counts.undecryptable.welcome-refused < 2",
                r#""counts.undecryptable.Welcome-refused < 2""#,
            ),
            (
                "counts.skipped.a-message:-no-answr == 0",
                r#""counts.skipped.a-message:-no-answer == 0""#,
            ),
        ] {
            let said = Rule::threshold(typed).expect_err(typed).to_string();
            assert!(
                said.ends_with(&format!("; did you mean {right}?")),
                "{said}"
            );
            assert!(Rule::change(typed).is_err());
        }
        for (text, known) in [
            ("counts.skipped.still-open-at-the-end == 0", true),
            // That is no wish that somebody gives up.
            ("counts.skipped.Welcome-refused == 0", false),
            ("counts.undecryptable.still-open-at-the-end == 0", false),
            ("counts.skipped.malformed-frame == 0", true),
            ("counts.undecryptable.malformed-frame == 0", true),
            // It is counted as counts.epoch_too_old instead, always.
            (
                "counts.skipped.a-message-of-an-epoch-that-is-too-old-(encrypted-again) == 0",
                false,
            ),
            ("counts.skipped.a-message* == 0", true),
            ("counts.*.malformed-frame == 0", true),
            ("counts.skipped.a-massage* == 0", false),
            ("counts.skipped.* == 0", true),
            ("counts.* == 0", true),
        ] {
            assert_eq!(Rule::threshold(text).is_ok(), known, "{text}");
        }
    }

    /// Whoever comes from another tool is shown the very rule, with its number and a unit.
    #[test]
    fn rules_as_others_write_them_are_spelled_right() {
        for (typed, right) in [
            (
                "p(95)<400",
                r#""message.p95 < 400ms", "join.p95 < 400ms" or "commit-accept.p95 < 400ms""#,
            ),
            ("join.p(95) < 1.5s", r#""join.p95 < 1.5s""#),
            (
                "join.p(95)<400",
                r#""join.p95 < 400ms" or "join.p95 < 400s""#,
            ),
            (
                "errors == 0",
                r#""counts.refused == 0", "counts.skipped.* == 0" or "counts.undecryptable.* == 0""#,
            ),
            ("p99.9(join) <= 2s", r#""join.p999 <= 2s""#),
            ("join_p95 < 2s", r#""join.p95 < 2s""#),
            ("join < 2s", r#""join.p95 < 2s""#),
            ("message avg < 20 ms", r#""message.mean < 20 ms""#),
            ("commit_accept.median < 2s", r#""commit-accept.p50 < 2s""#),
            ("2s > join.p95", r#""join.p95 < 2s""#),
            ("join.p95 =< 2s", r#""join.p95 <= 2s""#),
            ("join.p95 ≥ 2s", r#""join.p95 >= 2s""#),
            ("join.p95 < 1,5s", r#""join.p95 < 1.5s""#),
            ("join.p95<2", r#""join.p95 < 2s" or "join.p95 < 2ms""#),
            ("commit.bytes.max < 2KB", r#""commit.bytes.max < 2kB""#),
            (
                "commit.bytes.maximum < 2000",
                r#""commit.bytes.max < 2000""#,
            ),
            (
                "commits_accepted > 600",
                r#""counts.commits_accepted > 600""#,
            ),
            ("commit_attempts < 10", r#""counts.commit_attempts < 10""#),
            ("refused == 0", r#""counts.refused == 0""#),
            ("skipped == 0", r#""counts.skipped.* == 0""#),
            (
                "errors < 1%",
                r#""counts.refused == 0", "counts.skipped.* == 0" or "counts.undecryptable.* == 0""#,
            ),
            (
                "rate<0.01",
                r#""counts.refused == 0", "counts.skipped.* == 0" or "counts.undecryptable.* == 0""#,
            ),
            ("latency.join.p95 < 1s", r#""join.p95 < 1s""#),
            ("percentile(join, 95) < 1s", r#""join.p95 < 1s""#),
            ("quantile(0.95, join) < 1s", r#""join.p95 < 1s""#),
            ("wait_max < 3s", r#""provider.*.wait_max < 3s""#),
            ("utilisation < 80%", r#""provider.*.utilisation < 80%""#),
            ("wall < 3s", r#""simulator.wall < 3s""#),
            (
                "http_req_duration.p(99) < 500",
                r#""message.p99 < 500ms", "join.p99 < 500ms" or "commit-accept.p99 < 500ms""#,
            ),
        ] {
            let said = Rule::threshold(typed).expect_err(typed).to_string();
            let meant = format!("; did you mean {right}?");
            assert!(said.ends_with(&meant), "{said}, expected {meant}");
        }
        // A part is a sound amount of a change alone.
        let said = Rule::change("join.p(95) > 5%")
            .expect_err("no measure")
            .to_string();
        assert!(
            said.ends_with("; did you mean \"join.p95 > 5%\"?"),
            "{said}"
        );
        let said = Rule::threshold("join.p(95) > 5%")
            .expect_err("no measure")
            .to_string();
        assert!(!said.contains("> 5%\"?"), "{said}");
        // More ways to type the same time.
        for typed in [
            "join.p95 < 1m30s",
            "join.p95 < 90 seconds",
            "join.p95<PT90S",
        ] {
            assert!(
                Rule::threshold(typed)
                    .expect(typed)
                    .is_met(Unit::Milliseconds, 89_999.0)
            );
        }
    }

    proptest::proptest! {
        /// Whatever is typed is answered, and what is suggested can be read.
        #[test]
        fn what_is_suggested_is_sound(text in "[a-z0-9.()<=> -]{0,24}|(p\\([0-9.]{1,4}\\)|errors?|join|commit.bytes|\\PC{0,6})[.a-z0-9]{0,4} ?[<>=!≤]{0,2} ?[0-9.,]{0,4}[a-zA-Z%/]{0,3}") {
            let sound = |rule: &str| Rule::threshold(rule).is_ok();
            if let Err(error) = Rule::threshold(&text) {
                proptest::prop_assert!(!error.to_string().is_empty());
                for rule in spelling::right(&text, sound).rules {
                    proptest::prop_assert!(sound(&rule), "{rule}");
                }
            }
        }
    }

    #[test]
    fn a_change_is_relative_or_an_amount() {
        let rule = |text| Rule::change(text).expect(text);
        let bytes = |text, after| rule(text).is_too_much(Unit::Bytes, 10.0, after);
        assert!(bytes("commit.bytes.max > 0 B", 11.0) && !bytes("commit.bytes.max > 1 B", 11.0));
        let count = |text, after| rule(text).is_too_much(Unit::Count, 0.0, after);
        assert!(count("counts.refused > 5%", 1.0) && !count("counts.refused > 0%", 0.0));
        assert!(rule("simulator.speed < -5%").is_too_much(Unit::Count, 100.0, 94.0));
    }

    #[test]
    fn a_pattern_is_about_what_its_amount_can_be_an_amount_of() {
        let covers = |text, name| {
            let family = family::find(name).expect(name);
            Rule::threshold(text).expect(text).covers(name, family)
        };
        assert!(covers("*.p95 < 2s", "join.p95") && !covers("*.p95 < 2s", "commit.bytes.p95"));
        assert!(covers("join.* < 2s", "join.max") && !covers("join.* < 2s", "join.count"));
        assert!(covers("provider.*.* < 9", "provider.a.cores"));
        assert!(!covers("provider.*.* < 9", "provider.a.to_clients"));
        assert!(covers("commit.bytes.p* < 2000", "commit.bytes.p50"));
        // Each in its own unit.
        let rule = Rule::threshold("* < 2s").expect("sound");
        assert!(rule.is_met(Unit::Milliseconds, 1_999.0) && !rule.is_met(Unit::Seconds, 3.0));
        let change = Rule::change("*.p99 > 10%").expect("sound");
        let join = family::find("join.p99").expect("known");
        assert!(change.covers("join.p99", join));
    }

    #[test]
    fn what_lies_on_both_sides_of_a_bound_is_not_sure() {
        let sure = |text, ends| {
            let rule = Rule::change(text).expect(text);
            rule.is_surely_too_much(Unit::Seconds, 1.0, ends)
        };
        assert!(
            !sure("simulator.wall != 0%", [0.9, 1.2]) && sure("simulator.wall != 0%", [1.1, 1.2])
        );
        assert!(
            !sure("simulator.wall > 10%", [1.05, 1.3]) && sure("simulator.wall > 10%", [1.2, 1.3])
        );
    }
}
