//! What measures are counted in.

use crate::units;
use throng_workloads::units::Quantity;

/// The unit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// A part of a whole, from 0 to 1.
    Share,
    /// Things a second.
    PerSecond,
}

/// How people write amounts: the ending, the unit it belongs to, and how many of that unit it is, times a power of ten. Those of time
/// are the scenario's.
const ENDINGS: [(&str, Unit, f64, i32); 10] = [
    ("B", Unit::Bytes, 1.0, 0),
    ("kB", Unit::Bytes, 1.0, 3),
    ("MB", Unit::Bytes, 1.0, 6),
    ("GB", Unit::Bytes, 1.0, 9),
    ("KiB", Unit::Bytes, 1_024.0, 0),
    ("MiB", Unit::Bytes, 1_048_576.0, 0),
    ("GiB", Unit::Bytes, 1_073_741_824.0, 0),
    ("%", Unit::Share, 1.0, -2),
    ("/s", Unit::PerSecond, 1.0, 0),
    ("", Unit::Count, 1.0, 0),
];

/// Why an amount cannot be one of a measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{wrong}; expected {expected}")]
pub struct AmountError {
    /// What is wrong with it.
    pub wrong: String,
    /// What would be right, such as `a time such as "1.5s"`.
    pub expected: &'static str,
}

impl Unit {
    /// What data files call it, as UCUM and OpenMetrics do: base units, spelled out or as symbols.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Count | Self::Share => "1",
            Self::Bytes => "B",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "1/s",
        }
    }

    /// A value of it as people write it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Count => match value.fract() == 0.0 && value.abs() < 1e15 {
                true if value >= 0.0 => units::count(value as u64),
                true => format!("−{}", units::count(-value as u64)),
                false => units::significant(value),
            },
            Self::Bytes if value >= 0.0 => units::bytes_f64(value),
            Self::Bytes => format!("−{}", units::bytes_f64(-value)),
            Self::Milliseconds => units::millis(value),
            Self::Seconds => units::seconds(value),
            Self::Share => units::percent(value, 1.0),
            Self::PerSecond => format!("{}/s", units::short(value)),
        }
    }

    /// The value of an amount such as `1.5s`, in this unit. Times are as scenarios take them: `1h30m`, `2 min`.
    ///
    /// # Errors
    /// What was wrong with it, and what would be right.
    ///
    /// ```
    /// use throng_reports::measures::Unit;
    /// assert_eq!(Unit::Milliseconds.parse("1.5s"), Ok(1_500.0));
    /// assert_eq!(Unit::Bytes.parse("2 kB"), Ok(2_000.0));
    /// assert_eq!(
    ///     Unit::Bytes.parse("2s").unwrap_err().to_string(),
    ///     "\"2s\" is a time; expected bytes such as \"20kB\""
    /// );
    /// ```
    pub fn parse(self, amount: &str) -> Result<f64, AmountError> {
        let amount = amount.trim();
        let error = |wrong: String| AmountError {
            wrong: format!("{amount:?} {wrong}"),
            expected: self.example(),
        };
        let Some((value, unit)) = read(amount).filter(|(value, _)| value.is_finite()) else {
            return Err(error("is no amount".to_owned()));
        };
        match (self, unit) {
            (Self::Milliseconds, Unit::Seconds) => Ok(units::shifted(value, 3)),
            (of, unit) if of == unit => Ok(value),
            // A bare number is in the unit itself where that cannot be taken for another.
            (Self::Share | Self::Bytes | Self::PerSecond, Unit::Count) => Ok(value),
            (_, Unit::Count) => Err(error("has no unit".to_owned())),
            (_, unit) => Err(error(format!("is {}", unit.kind()))),
        }
    }

    /// How amounts of it can end; times have more.
    pub(crate) fn endings(self) -> impl Iterator<Item = &'static str> {
        let own = ENDINGS.iter().filter(move |(_, unit, ..)| *unit == self);
        own.map(|(ending, ..)| *ending)
    }

    /// An amount of it, for examples.
    pub(crate) fn amount(self) -> &'static str {
        self.example().split('"').nth(1).unwrap_or_default()
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Count => "a number",
            Self::Bytes => "a size",
            Self::Milliseconds | Self::Seconds => "a time",
            Self::Share => "a share",
            Self::PerSecond => "a rate",
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Count => "a number such as \"12\"",
            Self::Bytes => "bytes such as \"20kB\"",
            Self::Milliseconds | Self::Seconds => "a time such as \"1.5s\"",
            Self::Share => "a share such as \"5%\"",
            Self::PerSecond => "a rate such as \"1000/s\"",
        }
    }
}

/// An amount in the unit that its ending says: bytes, seconds, shares, counts.
fn read(amount: &str) -> Option<(f64, Unit)> {
    let digits = amount
        .find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)))
        .unwrap_or(amount.len());
    let (number, ending) = amount.split_at(digits);
    let ending = ENDINGS.iter().find(|(known, ..)| *known == ending.trim());
    if let Some((_, unit, factor, exponent)) = ending {
        let number: f64 = number.parse().ok()?;
        return Some((units::shifted(number * factor, *exponent), *unit));
    }
    let (sign, span) = match amount.strip_prefix('-') {
        Some(span) => (-1.0, span),
        None => (1.0, amount),
    };
    // The parts of `1s118ms` are added.
    let seconds = units::without_dust(Quantity::Time.parse(span).ok()?);
    Some((sign * seconds, Unit::Seconds))
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    pub(crate) fn amounts_are_read_in_their_unit() {
        assert_eq!(Unit::Milliseconds.parse("250us"), Ok(0.25));
        assert_eq!(Unit::Seconds.parse("2 min"), Ok(120.0));
        // As a run has it, so that `==` can hold: 1.3 times a thousandth times a thousand is 1.3000000000000003.
        assert_eq!(Unit::Milliseconds.parse("1.3ms"), Ok(1.3));
        assert_eq!(Unit::Seconds.parse("319999us"), Ok(0.319_999));
        assert_eq!(Unit::Milliseconds.parse("1s118ms"), Ok(1_118.0));
        assert_eq!(Unit::Milliseconds.parse("1m30s"), Ok(90_000.0));
        assert_eq!(Unit::Seconds.parse("-1 day"), Ok(-86_400.0));
        assert_eq!(Unit::Share.parse("5%"), Ok(0.05));
        assert_eq!(Unit::Bytes.parse("12"), Ok(12.0));
        assert_eq!(Unit::Count.parse("-1.5"), Ok(-1.5));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for (unit, amount) in [
            (Unit::Milliseconds, "12"),
            (Unit::Milliseconds, "1.5 parsecs"),
            (Unit::Count, "5%"),
            (Unit::Count, "1e400"),
            (Unit::Count, ""),
            (Unit::Bytes, "--2B"),
        ] {
            assert!(unit.parse(amount).is_err(), "{amount}");
        }
    }
}
