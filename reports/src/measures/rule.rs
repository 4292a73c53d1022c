//! Conditions on measures, as people type them: `join.p95 < 1.5s`.

use super::family::{self, Family};
use super::unit::Unit;
use super::{Measure, like};
use std::fmt;
use std::str::FromStr;
use strsim::normalized_damerau_levenshtein;

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
pub enum Bound {
    /// A part of the value before, for changes: 0.02 is 2 %.
    Relative(f64),
    /// An amount in the measure's unit.
    Amount(f64),
}

/// A condition on one measure, or on all that a pattern with `*` covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    text: String,
    pattern: String,
    operator: Operator,
    bound: Bound,
}

/// Why a rule cannot be used. It says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It has no operator, or nothing on one side of it.
    #[error("{0:?} is no rule; expected a measure, an operator and an amount, such as \"{1}\"")]
    Form(String, &'static str),
    /// There is no such measure.
    #[error("{rule:?}: no measure is called {name:?}{hint}")]
    Unknown {
        /// The rule.
        rule: String,
        /// The name in it.
        name: String,
        /// Names that are nearest to it.
        hint: String,
    },
    /// The amount is none, or none of this measure.
    #[error("{rule:?}: {reason}")]
    Amount {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Rule {
    /// A threshold: what a run's measure has to be.
    ///
    /// # Errors
    /// Where it is none, or of a measure that no run has; see [`RuleError`].
    ///
    /// ```
    /// use throng_reports::measures::Rule;
    /// let rule = Rule::threshold("join.p95 < 1.5s").unwrap();
    /// assert!(rule.is_met(1_200.0));
    /// assert_eq!(
    ///     Rule::threshold("join.p59 < 1.5s").unwrap_err().to_string(),
    ///     r#""join.p59 < 1.5s": no measure is called "join.p59"; did you mean join.p50, join.p95 or join.p99?"#
    /// );
    /// ```
    pub fn threshold(text: &str) -> Result<Self, RuleError> {
        Self::parse(text, "join.p95 < 1.5s", |family, amount| {
            family.unit.parse(amount).map(Bound::Amount)
        })
    }

    /// A rule about a change from before to after; it names what is too much.
    ///
    /// # Errors
    /// As [`Rule::threshold`].
    ///
    /// ```
    /// use throng_reports::measures::Rule;
    /// let rule = Rule::change("commit.bytes.mean > 2%").unwrap();
    /// assert!(rule.is_too_much(1_000.0, 1_021.0));
    /// assert!(!rule.is_too_much(1_000.0, 1_020.0));
    /// ```
    pub fn change(text: &str) -> Result<Self, RuleError> {
        Self::parse(text, "commit.bytes.mean > 2%", |family, amount| {
            if amount.trim_end().ends_with('%') {
                return Unit::Share.parse(amount).map(Bound::Relative);
            }
            family.unit.parse(amount).map(Bound::Amount)
        })
    }

    fn parse(
        text: &str,
        example: &'static str,
        bound: impl Fn(&Family, &str) -> Result<Bound, String>,
    ) -> Result<Self, RuleError> {
        let no_form = || RuleError::Form(text.to_owned(), example);
        let at = text.find(['<', '>', '=', '!']).ok_or_else(no_form)?;
        let (pattern, rest) = text.split_at(at);
        let operator = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?.trim())));
        let (pattern, (operator, amount)) = (pattern.trim(), operator.ok_or_else(no_form)?);
        if pattern.is_empty() || amount.is_empty() {
            return Err(no_form());
        }
        let family = known(text, pattern)?;
        let bound = bound(family, amount).map_err(|reason| RuleError::Amount {
            rule: text.to_owned(),
            reason,
        })?;
        Ok(Self {
            text: text.trim().to_owned(),
            pattern: pattern.to_owned(),
            operator,
            bound,
        })
    }

    /// The rule as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is about this measure.
    pub fn covers(&self, name: &str) -> bool {
        like(&self.pattern, name)
    }

    /// The measures that it is about.
    pub fn of<'m>(&self, measures: &'m [Measure]) -> impl Iterator<Item = &'m Measure> {
        measures.iter().filter(|measure| self.covers(&measure.name))
    }

    /// Whether a value is as a threshold says.
    pub fn is_met(&self, value: f64) -> bool {
        match self.bound {
            Bound::Amount(bound) | Bound::Relative(bound) => self.operator.holds(value, bound),
        }
    }

    /// Whether a change is what the rule calls too much. A part of nothing is as much as can be.
    pub fn is_too_much(&self, before: f64, after: f64) -> bool {
        match self.bound {
            Bound::Amount(bound) => self.operator.holds(after - before, bound),
            Bound::Relative(bound) => self.operator.holds(relative(before, after), bound),
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

/// A family that has a measure which the pattern covers.
///
/// # Errors
/// Where none has: it names `text`, in which the pattern stands, and the names that are nearest.
pub(crate) fn known(text: &str, pattern: &str) -> Result<&'static Family, RuleError> {
    covered(pattern).ok_or_else(|| RuleError::Unknown {
        rule: text.to_owned(),
        name: pattern.to_owned(),
        hint: nearest(pattern),
    })
}

/// A family that has a measure which the pattern covers.
fn covered(pattern: &str) -> Option<&'static Family> {
    if let Some(family) = family::find(pattern) {
        return Some(family);
    }
    let name = pattern
        .contains('*')
        .then(|| family::names().find(|name| like(pattern, name)))??;
    family::find(&name)
}

/// `; did you mean …?` with up to three names that are like it.
fn nearest(name: &str) -> String {
    let mut known: Vec<(f64, String)> = family::names()
        .map(|known| (normalized_damerau_levenshtein(name, &known), known))
        .filter(|(alike, _)| *alike > 0.5)
        .collect();
    // Stable, so that those equally near stay in the order of the list.
    known.sort_by(|a, b| b.0.total_cmp(&a.0));
    known.truncate(3);
    let mut names: Vec<String> = known.into_iter().map(|(_, name)| name).collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => "; `throng measures` lists them".to_owned(),
        (Some(last), true) => format!("; did you mean {last}?"),
        (Some(last), false) => format!("; did you mean {} or {last}?", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(rule.is_met(met) && !rule.is_met(unmet), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let say = |text| Rule::threshold(text).expect_err(text).to_string();
        insta::assert_snapshot!(
            ["join.p95", "< 2s", "join.p95 < ", "join.p95 < 2", "join.p95 = 2s", "joim.p95 < 2s", "xyzzy < 1", "commit.bytes.mean < 2s"]
                .map(say).join("\n"),
            @r#"
        "join.p95" is no rule; expected a measure, an operator and an amount, such as "join.p95 < 1.5s"
        "< 2s" is no rule; expected a measure, an operator and an amount, such as "join.p95 < 1.5s"
        "join.p95 < " is no rule; expected a measure, an operator and an amount, such as "join.p95 < 1.5s"
        "join.p95 < 2": "2" has no unit; expected a time such as "1.5s"
        "join.p95 = 2s" is no rule; expected a measure, an operator and an amount, such as "join.p95 < 1.5s"
        "joim.p95 < 2s": no measure is called "joim.p95"; did you mean join.p95, join.p90 or join.p99?
        "xyzzy < 1": no measure is called "xyzzy"; `throng measures` lists them
        "commit.bytes.mean < 2s": "2s" is a time; expected bytes such as "20kB"
        "#
        );
    }

    #[test]
    fn a_change_is_relative_or_an_amount() {
        let rule = |text| Rule::change(text).expect(text);
        assert!(rule("commit.bytes.max > 0 B").is_too_much(10.0, 11.0));
        assert!(!rule("commit.bytes.max > 1 B").is_too_much(10.0, 11.0));
        assert!(rule("*.p99 > 10%").covers("join.p99"));
        assert!(rule("counts.refused > 5%").is_too_much(0.0, 1.0));
        assert!(!rule("counts.refused > 0%").is_too_much(0.0, 0.0));
        assert!(rule("simulator.speed < -5%").is_too_much(100.0, 94.0));
    }
}
