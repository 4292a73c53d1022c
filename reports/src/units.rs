//! Numbers as people write them: three significant digits and the unit that fits.

use throng_workloads::time::SimSpan;

/// Bytes in decimal units: `512 B`, `1.20 MB`, `34.0 GB`.
///
/// ```
/// assert_eq!(throng_reports::units::bytes(1_204_000), "1.20 MB");
/// ```
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        _ => scaled(count as f64, &["B", "kB", "MB", "GB", "TB", "PB", "EB"]),
    }
}

/// Bytes where a mean need not be whole.
pub fn bytes_f64(count: f64) -> String {
    bytes(count.max(0.0).round() as u64)
}

/// Bits a second, as links are sold: `64 kbit/s`, `1 Gbit/s`.
///
/// ```
/// assert_eq!(throng_reports::units::bits_a_second(1e9), "1 Gbit/s");
/// ```
pub fn bits_a_second(rate: f64) -> String {
    let rate = rate.max(0.0);
    let (value, unit) = match rate {
        r if r >= 999.5e6 => (r / 1e9, "Gbit/s"),
        r if r >= 999.5e3 => (r / 1e6, "Mbit/s"),
        r if r >= 999.5 => (r / 1e3, "kbit/s"),
        r => (r, "bit/s"),
    };
    format!("{} {unit}", significant(value))
}

/// A whole number with separators: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A large number shortened: `950`, `12.3 k`, `4.56 M`.
pub fn short(number: f64) -> String {
    if number < 1_000.0 {
        return significant(number);
    }
    scaled(number, &["", "k", "M", "G", "T", "P", "E"])
}

/// About how many, in full: three significant digits and separators, `11,900`.
///
/// ```
/// assert_eq!(throng_reports::units::about(11_872.4), "11,900");
/// ```
pub fn about(number: f64) -> String {
    match number.abs() < 1_000.0 || !number.is_finite() {
        true => significant(number),
        // Three digits, read back from how Rust writes them.
        false => significant(format!("{number:.2e}").parse().unwrap_or(number)),
    }
}

/// Milliseconds in the unit that fits: `340 ms`, `1.20 s`.
pub fn millis(millis: f64) -> String {
    SimSpan::from_secs_f64(millis / 1e3).to_string()
}

/// Seconds in the unit that fits: `340 ms`, `25.0 min`.
pub fn seconds(seconds: f64) -> String {
    SimSpan::from_secs_f64(seconds).to_string()
}

/// Seconds in the unit that fits, without zeros that say nothing: `1 s`, `5 min`.
pub fn seconds_short(length: f64) -> String {
    without_idle_zeros(&seconds(length))
}

/// `1.20 MB` becomes `1.2 MB`, and `5.00 min` becomes `5 min`.
pub(crate) fn without_idle_zeros(shown: &str) -> String {
    match shown.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => shown.to_owned(),
    }
}

/// `1 thread`, `2 threads`.
pub(crate) fn threads(threads: usize) -> String {
    match threads {
        1 => "1 thread".to_owned(),
        more => format!("{more} threads"),
    }
}

/// How many requests for a KeyPackage found none.
pub(crate) fn unmet(requests: u64) -> String {
    match requests {
        0 => "no request went unmet".to_owned(),
        _ => counted(requests, "request went unmet", "requests went unmet"),
    }
}

/// A part of a whole in percent: `12.5 %`; a dash where the whole is nothing.
pub fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{} %", significant(100.0 * part / whole))
    } else {
        "–".to_owned()
    }
}

/// A count with its noun: `1 room`, `300 rooms`.
pub fn counted(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// How many of the first come to one of the second: `1.04`; a dash where there is none of the second.
pub fn ratio(of: u64, to: u64) -> String {
    match to {
        0 => "–".to_owned(),
        _ => significant(of as f64 / to as f64),
    }
}

/// Three significant digits, without zeros that say nothing: `0.0123`, `1.5`, `87.5`, `1,234`.
pub fn significant(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let size = number.abs();
    if size >= 999.5 {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(size.round() as u64));
    }
    let digits = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        s if s >= 0.09995 => 3,
        _ => 4,
    };
    let shown = format!("{number:.digits$}");
    match shown.contains('.') {
        true => shown.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => shown,
    }
}

/// A number times a power of ten, as if its decimals were shifted: 319.999 ms are 0.319999 s, where a product of binary fractions
/// would be 0.31999900000000003.
///
/// ```
/// assert_eq!(throng_reports::units::shifted(319.999, -3), 0.319999);
/// ```
pub fn shifted(number: f64, exponent: i32) -> f64 {
    // Rust writes the shortest decimal that is read back as the same number, and reads the number nearest to a decimal.
    format!("{number}e{exponent}").parse().unwrap_or(number)
}

/// A number that was calculated, to fifteen significant digits: as many as a double holds of any decimal. What stands behind
/// them is what binary fractions left over, such as the end of 0.30000000000000004.
///
/// ```
/// assert_eq!(throng_reports::units::without_dust(0.1 + 0.2), 0.3);
/// ```
pub fn without_dust(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// Three digits of `number` in the largest of `units`, a thousand apart, that it reaches.
fn scaled(number: f64, units: &[&str]) -> String {
    let mut value = number;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {}", units[unit])
}

/// A change as a part of what was before: `+3.10 %`.
pub fn change(part: f64) -> String {
    match part * 100.0 {
        percent if percent != 0.0 && percent.abs() < 0.005 => format!("{percent:+.1e} %"),
        percent => format!("{percent:+.2} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_change_unit_at_a_thousand() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.00 kB");
        assert_eq!(bytes(999_499), "999 kB");
        assert_eq!(bytes(999_500), "1.00 MB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!(count(0), "0");
        assert_eq!(count(123), "123");
        assert_eq!(count(1_234), "1,234");
        assert_eq!(count(12_345_678), "12,345,678");
    }

    #[test]
    fn three_digits_and_no_idle_zeros() {
        assert_eq!(significant(0.0), "0");
        assert_eq!(significant(1.5), "1.5");
        assert_eq!(significant(0.01234), "0.0123");
        assert_eq!(significant(87.46), "87.5");
        assert_eq!(significant(100.0), "100");
        assert_eq!(significant(1_234.4), "1,234");
        assert_eq!(significant(-2_500.0), "-2,500");
        assert_eq!(significant(f64::NAN), "–");
    }

    #[test]
    fn parts_of_nothing_have_no_percentage() {
        assert_eq!(percent(1.0, 8.0), "12.5 %");
        assert_eq!(percent(0.0, 0.0), "–");
    }
}
