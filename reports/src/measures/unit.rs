//! What measures are counted in.

use crate::units;

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

/// How people write amounts: the ending, the unit it belongs to, and how many of that unit it is, times a power of ten.
const ENDINGS: [(&str, Unit, f64, i32); 17] = [
    ("ns", Unit::Seconds, 1.0, -9),
    ("us", Unit::Seconds, 1.0, -6),
    ("µs", Unit::Seconds, 1.0, -6),
    ("ms", Unit::Seconds, 1.0, -3),
    ("s", Unit::Seconds, 1.0, 0),
    ("min", Unit::Seconds, 60.0, 0),
    ("h", Unit::Seconds, 3_600.0, 0),
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

    /// The value of an amount such as `1.5s`, in this unit.
    ///
    /// # Errors
    /// What was wrong with it, and what would be right.
    ///
    /// ```
    /// use throng_reports::measures::Unit;
    /// assert_eq!(Unit::Milliseconds.parse("1.5s"), Ok(1_500.0));
    /// assert_eq!(Unit::Bytes.parse("2 kB"), Ok(2_000.0));
    /// assert_eq!(
    ///     Unit::Bytes.parse("2s"),
    ///     Err("\"2s\" is a time; expected bytes such as \"20kB\"".to_owned())
    /// );
    /// ```
    pub fn parse(self, amount: &str) -> Result<f64, String> {
        let amount = amount.trim();
        let digits = amount
            .find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)))
            .unwrap_or(amount.len());
        let (number, ending) = amount.split_at(digits);
        let number: Option<f64> = number
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite());
        let ending = ENDINGS.iter().find(|(known, ..)| *known == ending.trim());
        let (Some(number), Some((_, unit, factor, exponent))) = (number, ending) else {
            return Err(format!(
                "{amount:?} is no amount; expected {}",
                self.example()
            ));
        };
        match (self, unit) {
            (Self::Milliseconds, Unit::Seconds) => {
                Ok(units::shifted(number * factor, exponent + 3))
            }
            (of, unit) if of == *unit => Ok(units::shifted(number * factor, *exponent)),
            // A bare number is in the unit itself where that cannot be taken for another.
            (Self::Share | Self::Bytes | Self::PerSecond, Unit::Count) => Ok(number),
            (_, Unit::Count) => Err(format!(
                "{amount:?} has no unit; expected {}",
                self.example()
            )),
            (_, unit) => Err(format!(
                "{amount:?} is {}; expected {}",
                unit.kind(),
                self.example()
            )),
        }
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

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn amounts_are_read_in_their_unit() {
        assert_eq!(Unit::Milliseconds.parse("250us"), Ok(0.25));
        assert_eq!(Unit::Seconds.parse("2 min"), Ok(120.0));
        // As a run has it, so that `==` can hold: 1.3 times a thousandth times a thousand is 1.3000000000000003.
        assert_eq!(Unit::Milliseconds.parse("1.3ms"), Ok(1.3));
        assert_eq!(Unit::Seconds.parse("319999us"), Ok(0.319_999));
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
