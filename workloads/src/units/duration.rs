//! Durations as people type them: `30s`, `1h30m`, `1 day`, `2 weeks`, `PT1H`.
//!
//! What can be taken in one way only is read; what cannot (`90`, `3 months`, `1:30`) is answered with how to write it. Printing is
//! not done here: it keeps to one form, see [`show_span`](super::show_span).

use super::number::{Unit, split_number};
use crate::time::SimSpan;

/// A unit, and what people call it. Abbreviations are as they stand here; words of three letters and more can be capitals.
struct Named {
    /// The name that is written, and one of it in seconds.
    unit: Unit,
    names: &'static [&'static str],
}

const fn named(name: &'static str, times: f64, over: f64, names: &'static [&'static str]) -> Named {
    Named {
        unit: (name, times, over),
        names,
    }
}

/// The longest first: so they follow one another in `1h30m`.
const UNITS: [Named; 8] = [
    named("w", 604_800.0, 1.0, &["w", "wk", "wks", "week", "weeks"]),
    named("d", 86_400.0, 1.0, &["d", "day", "days"]),
    named("h", 3_600.0, 1.0, &["h", "hr", "hrs", "hour", "hours"]),
    named("min", 60.0, 1.0, &["min", "m", "mins", "minute", "minutes"]),
    named("s", 1.0, 1.0, &["s", "sec", "secs", "second", "seconds"]),
    named(
        "ms",
        1.0,
        1e3,
        &["ms", "msec", "millisecond", "milliseconds"],
    ),
    // The micro sign and the Greek letter.
    named(
        "us",
        1.0,
        1e6,
        &["us", "µs", "μs", "usec", "microsecond", "microseconds"],
    ),
    named("ns", 1.0, 1e9, &["ns", "nsec", "nanosecond", "nanoseconds"]),
];

/// What differs in length, and how many days of it to suggest.
const CALENDAR: [(&str, u64); 4] = [("month", 30), ("months", 30), ("year", 365), ("years", 365)];

/// The place of a unit among [`UNITS`].
fn place(name: &str) -> Option<usize> {
    let same = |known: &&str| {
        *known == name || (known.is_ascii() && known.len() > 2 && known.eq_ignore_ascii_case(name))
    };
    UNITS.iter().position(|unit| unit.names.iter().any(same))
}

/// The unit that people call so.
pub(super) fn unit(name: &str) -> Option<Unit> {
    place(name).map(|place| UNITS[place].unit)
}

/// A number of some unit, in which it is typed.
struct Part<'t> {
    digits: &'t str,
    number: f64,
    unit: Unit,
}

/// A duration as the sum of its parts.
pub(super) struct Typed<'t>(Vec<Part<'t>>);

impl<'t> Typed<'t> {
    /// Reads a duration. The error says what was wrong, and how what was typed is written.
    pub(super) fn parse(text: &'t str) -> Result<Self, String> {
        let parts = match text.trim().strip_prefix('P') {
            Some(rest) => iso_8601(text, rest)?,
            None => spoken(text)?,
        };
        Ok(Self(parts))
    }

    /// In seconds; a single number of a unit is rounded once.
    pub(super) fn seconds(&self) -> f64 {
        let parts = self.0.iter();
        parts
            .map(|part| part.number * part.unit.1 / part.unit.2)
            .sum()
    }

    /// Exactly to the nanosecond, where it is written in plain decimal digits, otherwise as exactly as [`Typed::seconds`]; `None` where
    /// it does not fit.
    pub(super) fn span(&self) -> Option<SimSpan> {
        let exact = self.0.iter().try_fold(0u128, |sum, part| {
            let nanos_of_unit = (part.unit.1 * 1e9 / part.unit.2) as u128;
            sum.checked_add(exact_nanos(part.digits, nanos_of_unit)?)
        });
        let nanos = exact.unwrap_or((self.seconds() * 1e9 + 0.5) as u128);
        u64::try_from(nanos).ok().map(SimSpan::from_nanos)
    }
}

/// Numbers with units, the longest unit first: `1h30m`, `1 day 12 hours`.
fn spoken(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut before = None;
    let mut rest = text.trim();
    loop {
        let (digits, after) = split_number(rest);
        let Ok(number) = digits.parse::<f64>() else {
            return Err(format!("no number in {text:?}; expected {EXAMPLE}"));
        };
        let end = after
            .find(|letter: char| letter.is_ascii_digit() || "+-.".contains(letter))
            .unwrap_or(after.len());
        let name = after[..end].trim();
        rest = &after[end..];
        if name.is_empty() {
            // Zero can stand for anything.
            if parts.is_empty() && number == 0.0 {
                return Ok(vec![part(digits, number, UNITS[4].unit)]);
            }
            return Err(lacks_unit(text, digits, before));
        }
        let Some(place) = place(name) else {
            return Err(no_unit(text, digits, name));
        };
        if before.is_some_and(|before| before >= place)
            || digits.starts_with('-') && !parts.is_empty()
        {
            return Err(format!(
                "{text:?} is no duration; expected each unit once, the longest first, such as \"1h30min\""
            ));
        }
        parts.push(part(digits, number, UNITS[place].unit));
        if rest.is_empty() {
            return Ok(parts);
        }
        before = Some(place);
    }
}

const EXAMPLE: &str = "a duration such as \"30s\"";

const fn part(digits: &str, number: f64, unit: Unit) -> Part<'_> {
    Part {
        digits,
        number,
        unit,
    }
}

/// A number at the end has no unit; `before` is the place of the unit that stands before it.
fn lacks_unit(text: &str, digits: &str, before: Option<usize>) -> String {
    match before {
        // Such as `1h30`.
        Some(before) if before + 1 < UNITS.len() => {
            let (whole, next) = (text.trim(), UNITS[before + 1].unit.0);
            format!(
                "{digits} in {text:?} has no unit; expected a duration such as \"{whole}{next}\""
            )
        }
        Some(_) => format!("{digits} in {text:?} has no unit; expected {EXAMPLE}"),
        None => format!(
            "{digits} has no unit; expected a duration such as \"{digits}s\" or \"{digits}min\""
        ),
    }
}

/// A number has something else than a unit behind it.
fn no_unit(text: &str, digits: &str, name: &str) -> String {
    if let Some((_, days)) = CALENDAR
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        let days = u64::from(digits.parse::<u32>().unwrap_or(1)) * days;
        return format!(
            "{text:?}: months and years differ in length; expected days, such as \"{days}d\""
        );
    }
    if name == "M" {
        return format!("{text:?} can be minutes or months; expected \"{digits}min\" or days");
    }
    if let Some(written) = clock(text) {
        return format!("{text:?} is a time of a clock; expected {written}");
    }
    format!("unknown unit {name:?} in {text:?}; expected {EXAMPLE}")
}

/// How `1:30` or `1:30:00` is written.
fn clock(text: &str) -> Option<String> {
    let fields: Option<Vec<u32>> = text
        .trim()
        .split(':')
        .map(|field| field.parse().ok())
        .collect();
    match fields?.as_slice() {
        [one, other] => Some(format!("\"{one}h{other}min\" or \"{one}min{other}s\"")),
        [hours, minutes, seconds] => Some(format!("\"{hours}h{minutes}min{seconds}s\"")),
        _ => None,
    }
}

/// ISO 8601-1, section 5.5.2, behind its `P`: `1DT12H`, `T1H30M`, `2W`.
fn iso_8601<'t>(text: &str, rest: &'t str) -> Result<Vec<Part<'t>>, String> {
    let no_duration = || {
        format!("{text:?} is no ISO 8601 duration; expected one such as \"PT1H30M\", or {EXAMPLE}")
    };
    // The designator of each unit, behind the `T` or before it, and the unit's place.
    const DATE: [(char, usize); 2] = [('W', 0), ('D', 1)];
    const TIME: [(char, usize); 3] = [('H', 2), ('M', 3), ('S', 4)];
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return Err(no_duration()),
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    let mut parts: Vec<Part<'t>> = Vec::new();
    for (mut rest, designators) in [(date, &DATE[..]), (time, &TIME)] {
        let mut before = None;
        while !rest.is_empty() {
            let (digits, after) = split_number(rest);
            let number = digits.parse::<f64>().map_err(|_| no_duration())?;
            let mut letters = after.chars();
            let letter = letters.next().ok_or_else(no_duration)?;
            if designators == DATE && matches!(letter, 'Y' | 'M') {
                let name = if letter == 'Y' { "years" } else { "months" };
                return Err(no_unit(text, digits, name));
            }
            let found = designators.iter().find(|(known, _)| *known == letter);
            let (_, place) = *found.ok_or_else(no_duration)?;
            if before.is_some_and(|before| before >= place) || digits.starts_with(['-', '+']) {
                return Err(no_duration());
            }
            before = Some(place);
            parts.push(part(digits, number, UNITS[place].unit));
            rest = letters.as_str();
        }
    }
    match parts.is_empty() {
        true => Err(no_duration()),
        false => Ok(parts),
    }
}

/// Plain decimal digits times a unit, rounded to the nearest nanosecond; `None` for exponents, signs
/// and more digits than 128 bits hold.
fn exact_nanos(digits: &str, nanos_of_unit: u128) -> Option<u128> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 18 || !(whole.bytes().chain(part.bytes())).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |text: &str| {
        if text.is_empty() {
            Some(0)
        } else {
            text.parse::<u128>().ok()
        }
    };
    let scale = 10u128.pow(part.len() as u32);
    let whole = number(whole)?.checked_mul(nanos_of_unit)?;
    let part = number(part)?.checked_mul(nanos_of_unit)?;
    whole.checked_add((part + scale / 2) / scale)
}

#[cfg(test)]
mod tests {
    use crate::time::SimSpan;
    use crate::units::{Quantity, parse_span, show_span};
    use proptest::prelude::*;

    #[test]
    fn what_can_be_taken_in_one_way_only_is_read() {
        for (text, seconds) in [
            ("1h30m", 5_400),
            ("1h30min", 5_400),
            ("1h 30m 15s", 5_415),
            (" 1 h 30 min ", 5_400),
            ("1 day", 86_400),
            ("1 Day 12 hours", 129_600),
            ("2 weeks", 1_209_600),
            ("2w", 1_209_600),
            ("30m", 1_800),
            ("90 SECONDS", 90),
            ("1.5 hours", 5_400),
            ("2 hrs", 7_200),
            ("PT1H", 3_600),
            ("PT1H30M", 5_400),
            ("P1DT12H", 129_600),
            ("P2W", 1_209_600),
            ("PT90S", 90),
            ("PT0.5M", 30),
            ("0", 0),
            ("1h0m", 3_600),
        ] {
            assert_eq!(parse_span(text), Ok(SimSpan::from_secs(seconds)), "{text}");
            assert_eq!(Quantity::Time.parse(text), Ok(seconds as f64), "{text}");
        }
        assert_eq!(parse_span("1s500ms"), Ok(SimSpan::from_millis(1_500)));
        assert_eq!(parse_span("3 msec"), Ok(SimSpan::from_millis(3)));
        assert_eq!(
            parse_span("365d0.000000001s"),
            Ok(SimSpan::from_nanos(31_536_000_000_000_001))
        );
    }

    #[test]
    fn what_cannot_is_answered_with_how_to_write_it() {
        for (text, said) in [
            (
                "90",
                r#"90 has no unit; expected a duration such as "90s" or "90min""#,
            ),
            (
                "1.5",
                r#"1.5 has no unit; expected a duration such as "1.5s" or "1.5min""#,
            ),
            (
                "1h30",
                r#"30 in "1h30" has no unit; expected a duration such as "1h30min""#,
            ),
            (
                "5x",
                r#"unknown unit "x" in "5x"; expected a duration such as "30s""#,
            ),
            (
                "5M",
                r#""5M" can be minutes or months; expected "5min" or days"#,
            ),
            (
                "3 months",
                r#""3 months": months and years differ in length; expected days, such as "90d""#,
            ),
            (
                "P1Y",
                r#""P1Y": months and years differ in length; expected days, such as "365d""#,
            ),
            (
                "1:30",
                r#""1:30" is a time of a clock; expected "1h30min" or "1min30s""#,
            ),
            (
                "1:30:05",
                r#""1:30:05" is a time of a clock; expected "1h30min5s""#,
            ),
            (
                "soon",
                r#"no number in "soon"; expected a duration such as "30s""#,
            ),
            ("", r#"no number in ""; expected a duration such as "30s""#),
        ] {
            assert_eq!(
                parse_span(text).as_ref().map_err(String::as_str),
                Err(said),
                "{text}"
            );
            assert_eq!(Quantity::Time.parse(text), Err(said.to_owned()), "{text}");
        }
        for text in [
            "30m1h",
            "1h1h",
            "1h-30m",
            "-1h30m",
            "P",
            "PT",
            "P1H",
            "PT1D",
            "PT1M1H",
            "PT-1H",
            "P1",
            "1h30m ago",
        ] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    proptest! {
        /// However the parts of a duration are spelled, they come to the same, and it is written in its one form.
        #[test]
        fn spellings_agree(hours in 0u64..2_000, minutes in 0u64..60, seconds in 0u64..60) {
            let span = SimSpan::from_secs(hours * 3_600 + minutes * 60 + seconds);
            for text in [
                format!("{hours}h{minutes}m{seconds}s"),
                format!("{hours} hours {minutes} minutes {seconds} seconds"),
                format!("PT{hours}H{minutes}M{seconds}S"),
            ] {
                prop_assert_eq!(parse_span(&text), Ok(span));
            }
            prop_assert_eq!(parse_span(&show_span(span)), Ok(span));
        }

        #[test]
        fn whatever_is_typed_is_answered(text in "[0-9.:PTHMSDWmhsdw +-]{0,12}|\\PC{0,12}") {
            if let Err(said) = parse_span(&text) {
                prop_assert!(!said.is_empty());
            }
        }
    }
}
