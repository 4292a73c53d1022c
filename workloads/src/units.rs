//! Numbers with units, as people write them: `"30s"`, `"5/h"`, `"2 Mbit/s"`, `"1.5 kB"`, `"30%"`.
//!
//! Every quantity has one base unit in which the rest of the program computes (seconds, events a
//! second, bits a second, bytes, parts of 1). Printing chooses the shortest text that reads back to
//! exactly the same number.
//!
//! - `duration`: the many ways in which people type durations.
//! - `number`: numbers, and the units behind them.

mod duration;
mod number;

use crate::time::SimSpan;
use duration::Typed;
use number::{Unit, split_number};

/// What a number measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A duration, in seconds.
    Time,
    /// Events a second.
    Rate,
    /// Bits a second.
    Bandwidth,
    /// Bytes.
    Size,
    /// A part of a whole or a probability, from 0 to 1.
    Share,
    /// A plain number.
    Count,
}

/// Those that are written; more are read.
const TIME: &[Unit] = &[
    ("d", 86_400.0, 1.0),
    ("h", 3_600.0, 1.0),
    ("min", 60.0, 1.0),
    ("s", 1.0, 1.0),
    ("ms", 1.0, 1e3),
    ("us", 1.0, 1e6),
    ("ns", 1.0, 1e9),
];
const RATE: &[Unit] = &[
    ("/s", 1.0, 1.0),
    ("/min", 1.0, 60.0),
    ("/h", 1.0, 3_600.0),
    ("/d", 1.0, 86_400.0),
];
const BANDWIDTH: &[Unit] = &[
    ("Gbit/s", 1e9, 1.0),
    ("Mbit/s", 1e6, 1.0),
    ("kbit/s", 1e3, 1.0),
    ("bit/s", 1.0, 1.0),
];
const SIZE: &[Unit] = &[
    ("GB", 1e9, 1.0),
    ("MB", 1e6, 1.0),
    ("kB", 1e3, 1.0),
    ("B", 1.0, 1.0),
    ("MiB", 1_048_576.0, 1.0),
    ("KiB", 1_024.0, 1.0),
];
const SHARE: &[Unit] = &[("%", 1.0, 100.0)];

impl Quantity {
    /// What to write, for messages: `a duration such as "30s"`.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Time => "a duration such as \"30s\"",
            Self::Rate => "a rate such as \"5/h\"",
            Self::Bandwidth => "a bandwidth such as \"2 Mbit/s\"",
            Self::Size => "a size such as \"1.5 kB\"",
            Self::Share => "a share such as 0.3 or \"30%\"",
            Self::Count => "a number such as 5",
        }
    }

    /// Whether a number without a unit can stand for it. Zero can stand for anything.
    pub const fn may_be_bare(self) -> bool {
        matches!(self, Self::Share | Self::Count)
    }

    const fn units(self) -> &'static [Unit] {
        match self {
            Self::Time => TIME,
            Self::Rate => RATE,
            Self::Bandwidth => BANDWIDTH,
            Self::Size => SIZE,
            Self::Share => SHARE,
            Self::Count => &[],
        }
    }

    /// Reads a text in base units.
    ///
    /// The error says what was wrong and what would be right, on one line.
    ///
    /// ```
    /// use throng_workloads::units::Quantity;
    /// assert_eq!(Quantity::Time.parse("1.5 min"), Ok(90.0));
    /// assert_eq!(Quantity::Time.parse("1h30m"), Ok(5_400.0));
    /// assert_eq!(Quantity::Rate.parse("36/h"), Ok(0.01));
    /// assert_eq!(Quantity::Bandwidth.parse("2Mbit/s"), Ok(2e6));
    /// assert_eq!(
    ///     Quantity::Size.parse("3 parsecs").unwrap_err(),
    ///     "unknown unit \"parsecs\" in \"3 parsecs\"; expected a size such as \"1.5 kB\""
    /// );
    /// ```
    pub fn parse(self, text: &str) -> Result<f64, String> {
        if self == Self::Time {
            return self.sound(Typed::parse(text)?.seconds(), text);
        }
        let (number, unit) = self.split(text)?;
        let value = match unit {
            None => number,
            Some((_, times, over)) => number * times / over,
        };
        self.sound(value, text)
    }

    /// The number and the unit of a text.
    fn split(self, text: &str) -> Result<(f64, Option<Unit>), String> {
        let (digits, unit) = split_number(text);
        let Ok(number) = digits.parse::<f64>() else {
            return Err(format!(
                "no number in {text:?}; expected {}",
                self.example()
            ));
        };
        if unit.is_empty() {
            return if self.may_be_bare() || number == 0.0 {
                Ok((number, None))
            } else {
                Err(self.lacks_unit(digits))
            };
        }
        let compact: String = unit.chars().filter(|c| *c != ' ').collect();
        match self.unit(&compact) {
            Some(found) => Ok((number, Some(found))),
            None => {
                let shown = if self == Self::Rate {
                    unit.trim_start_matches('/').trim()
                } else {
                    unit
                };
                Err(format!(
                    "unknown unit {shown:?} in {text:?}; expected {}",
                    self.example()
                ))
            }
        }
    }

    /// The unit of this name, in which no letter is a space.
    fn unit(self, name: &str) -> Option<Unit> {
        let found = self.units().iter().find(|(known, ..)| *known == name);
        let per = || {
            let of = name
                .strip_prefix('/')
                .or_else(|| name.strip_prefix("per"))?;
            let (name, times, over) = duration::unit(of)?;
            Some((name, over, times))
        };
        found.copied().or_else(|| match self {
            Self::Rate => per(),
            _ => None,
        })
    }

    /// A number without a unit, where that is allowed.
    pub(crate) fn bare(self, number: f64) -> Result<f64, String> {
        let shown = plain(number);
        if !self.may_be_bare() && number != 0.0 && number.is_finite() {
            return Err(self.lacks_unit(&shown));
        }
        self.sound(number, &shown)
    }

    fn lacks_unit(self, digits: &str) -> String {
        let [one, other] = match self {
            Self::Time => ["s", "min"],
            Self::Rate => ["/min", "/h"],
            Self::Bandwidth => [" kbit/s", " Mbit/s"],
            Self::Size => [" B", " kB"],
            Self::Share | Self::Count => ["", "%"],
        };
        let example = self.example();
        let (what, _) = example.split_once(" such as ").unwrap_or((example, ""));
        format!(
            "{digits} has no unit; expected {what} such as \"{digits}{one}\" or \"{digits}{other}\""
        )
    }

    fn sound(self, value: f64, shown: &str) -> Result<f64, String> {
        if !value.is_finite() {
            return Err(format!(
                "{shown} is not a finite number; expected {}",
                self.example()
            ));
        }
        if value < 0.0 {
            return Err(format!("{shown} is negative; expected {}", self.example()));
        }
        // Minus zero would print differently.
        Ok(value + 0.0)
    }

    /// The unit in which people read an amount of about this size, and how many of it are one base unit.
    ///
    /// ```
    /// use throng_workloads::units::Quantity;
    /// assert_eq!(Quantity::Rate.unit_for(0.01), ("/h", 3_600.0 / 1.0));
    /// assert_eq!(Quantity::Count.unit_for(7.0), ("", 1.0));
    /// ```
    pub fn unit_for(self, value: f64) -> (&'static str, f64) {
        let units = self.units().iter();
        let mut last = ("", 1.0);
        for (name, times, over) in units {
            // What people say in powers of 1,024 they read in powers of 10 as well.
            if name.ends_with("iB") {
                continue;
            }
            last = (*name, over / times);
            if value.abs() * last.1 >= 1.0 {
                break;
            }
        }
        last
    }

    /// The shortest text with a unit that reads back to exactly `value`.
    ///
    /// ```
    /// use throng_workloads::units::Quantity;
    /// assert_eq!(Quantity::Time.show(5400.0), "1.5h");
    /// assert_eq!(Quantity::Rate.show(5.0 / 3600.0), "5/h");
    /// assert_eq!(Quantity::Size.show(1500.0), "1.5kB");
    /// ```
    pub fn show(self, value: f64) -> String {
        let texts = self.units().iter().filter_map(|(name, times, over)| {
            let text = format!("{}{name}", plain(value / times * over));
            (self.parse(&text) == Ok(value)).then_some(text)
        });
        texts
            .min_by_key(String::len)
            .unwrap_or_else(|| plain(value))
    }
}

/// A number without unnecessary digits, as TOML and this module read it.
pub(crate) fn plain(number: f64) -> String {
    let short = number.abs();
    if short == 0.0 || (1e-5..1e15).contains(&short) || !number.is_finite() {
        format!("{number}")
    } else {
        format!("{number:e}")
    }
}

/// Reads a duration exactly to the nanosecond.
///
/// Takes what [`Quantity::parse`] takes: `1h30m`, `1 day`, `2 weeks` and `PT1H`, too. Fails like it, and where the duration does not fit 64 bits of nanoseconds (584
/// years).
///
/// ```
/// use throng_workloads::{time::SimSpan, units::parse_span};
/// assert_eq!(parse_span("2 min"), Ok(SimSpan::from_secs(120)));
/// assert_eq!(parse_span("31536000.000000001s"), Ok(SimSpan::from_nanos(31_536_000_000_000_001)));
/// ```
pub fn parse_span(text: &str) -> Result<SimSpan, String> {
    Quantity::Time.parse(text)?;
    let span = Typed::parse(text)?.span();
    span.ok_or_else(|| format!("{text:?} is too long; the longest duration is 584 years"))
}

/// A duration in the largest unit that holds it in whole numbers.
///
/// ```
/// use throng_workloads::{time::SimSpan, units::show_span};
/// assert_eq!(show_span(SimSpan::from_secs(5400)), "90min");
/// ```
pub fn show_span(span: SimSpan) -> String {
    const UNITS: &[(&str, u64)] = &[
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("min", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
    ];
    let nanos = span.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    let fits = UNITS.iter().find(|(_, unit)| nanos.is_multiple_of(*unit));
    match fits {
        Some((name, unit)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_unit_reads_as_its_name_says() {
        for (text, seconds) in [
            ("7ns", 7e-9),
            ("7us", 7e-6),
            ("7µs", 7e-6),
            ("7 ms", 7e-3),
            ("7s", 7.0),
            ("7min", 420.0),
            ("7h", 25_200.0),
            ("7 d", 604_800.0),
            ("0", 0.0),
        ] {
            assert_eq!(Quantity::Time.parse(text), Ok(seconds), "{text}");
        }
        assert_eq!(Quantity::Rate.parse("3 / min"), Ok(0.05));
        assert_eq!(Quantity::Rate.parse("3 per minute"), Ok(0.05));
        assert_eq!(Quantity::Rate.parse("7/week"), Quantity::Rate.parse("1/d"));
        assert_eq!(Quantity::Size.parse("2 KiB"), Ok(2048.0));
        assert_eq!(Quantity::Share.parse("30%"), Ok(0.3));
        assert_eq!(Quantity::Share.parse("0.3"), Ok(0.3));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |quantity: Quantity, text: &str| quantity.parse(text).unwrap_err();
        assert!(wrong(Quantity::Time, "5").contains("has no unit"));
        assert_eq!(
            wrong(Quantity::Rate, "5"),
            "5 has no unit; expected a rate such as \"5/min\" or \"5/h\""
        );
        assert!(wrong(Quantity::Time, "-5s").contains("is negative"));
        assert!(wrong(Quantity::Time, "inf").contains("no number"));
        assert!(wrong(Quantity::Time, "1e999s").contains("not a finite number"));
        assert!(wrong(Quantity::Rate, "5 h").contains("unknown unit \"h\""));
        assert!(wrong(Quantity::Count, "5s").contains("unknown unit \"s\""));
        assert!(wrong(Quantity::Size, "").contains("no number"));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(value in prop_oneof![0.0f64..1e-6, 0.0f64..1.0, 0.0f64..1e12]) {
            for quantity in [Quantity::Time, Quantity::Rate, Quantity::Bandwidth, Quantity::Size] {
                prop_assert_eq!(quantity.parse(&quantity.show(value)), Ok(value));
            }
        }

        #[test]
        fn spans_read_back(nanos: u64) {
            let span = SimSpan::from_nanos(nanos);
            prop_assert_eq!(parse_span(&show_span(span)), Ok(span));
        }
    }
}
