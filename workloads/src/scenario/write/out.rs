//! What a scenario is written with: headers, keys and values that read back to what they were.

use crate::dist::Dist;
use crate::scenario::model::Rate;
use crate::units::{Quantity, plain};
use crate::visible::acts;
use std::fmt::{Display, Write};

/// A scenario as far as it is written.
#[derive(Default)]
pub(super) struct Out(pub(super) String);

impl Out {
    pub(super) fn header(&mut self, header: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "\n{header}");
    }

    pub(super) fn key(&mut self, key: &str, value: impl Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    pub(super) fn time(&mut self, key: &str, value: &Dist) {
        self.key(key, dist(value, Quantity::Time));
    }
}

/// A text in quotes, of letters that show something: whoever looks at the file sees what is in it.
pub(super) fn text(text: &str) -> String {
    match text.contains(|letter| acts(letter) && letter != '\n' && letter != '\t') {
        true => escaped(text),
        false => toml_edit::Value::from(text).to_string(),
    }
}

/// The same on one line, as keys have to be.
pub(super) fn escaped(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // Writing to a String cannot fail.
            letter if acts(letter) && letter <= '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter if acts(letter) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

/// A number with its unit in quotes, or without where it has none.
pub(super) fn amount(value: f64, quantity: Quantity) -> String {
    if quantity.may_be_bare() {
        plain(value)
    } else {
        text(&quantity.show(value))
    }
}

pub(super) fn list(values: &[f64], show: impl Fn(f64) -> String) -> String {
    let shown: Vec<String> = values.iter().map(|value| show(*value)).collect();
    format!("[{}]", shown.join(", "))
}

pub(super) fn rate(rate: &Rate) -> String {
    match rate {
        Rate::Poisson(rate) => amount(*rate, Quantity::Rate),
        // A bare duration would read as a rate.
        Rate::Intervals(Dist::Constant(interval)) => {
            let interval = amount(*interval, Quantity::Time);
            format!("{{ dist = \"constant\", value = {interval} }}")
        }
        Rate::Intervals(intervals) => dist(intervals, Quantity::Time),
    }
}

pub(super) fn dist(dist: &Dist, quantity: Quantity) -> String {
    let amount = |value: f64| amount(value, quantity);
    match dist {
        Dist::Constant(value) => amount(*value),
        Dist::Uniform { min, max } => {
            let (min, max) = (amount(*min), amount(*max));
            format!("{{ dist = \"uniform\", min = {min}, max = {max} }}")
        }
        Dist::Exponential { mean } => {
            format!("{{ dist = \"exponential\", mean = {} }}", amount(*mean))
        }
        Dist::LogNormal { median, sigma } => {
            let (median, sigma) = (amount(*median), plain(*sigma));
            format!("{{ dist = \"lognormal\", median = {median}, sigma = {sigma} }}")
        }
        Dist::Zipf { exponent, n, unit } => {
            let (exponent, unit) = (plain(*exponent), amount(*unit));
            format!("{{ dist = \"zipf\", exponent = {exponent}, n = {n}, unit = {unit} }}")
        }
        Dist::Pareto { min, shape, max } => {
            let (min, shape) = (amount(*min), plain(*shape));
            let max = match max.is_finite() {
                true => format!(", max = {}", amount(*max)),
                false => String::new(),
            };
            format!("{{ dist = \"pareto\", min = {min}, shape = {shape}{max} }}")
        }
        Dist::Empirical { cumulated } => empirical(dist, cumulated, quantity),
    }
}

/// With weights where they give the same cumulated shares, otherwise with those.
fn empirical(dist: &Dist, cumulated: &[(f64, f64)], quantity: Quantity) -> String {
    let (values, sums): (Vec<f64>, Vec<f64>) = cumulated.iter().copied().unzip();
    let mut before = 0.0;
    let weights: Vec<f64> = sums
        .iter()
        .map(|sum| {
            // Twelve digits: 0.3 rather than 0.30000000000000004.
            let weight = ((sum - before) * 1e12).round() / 1e12;
            before = *sum;
            weight
        })
        .collect();
    let shown = list(&values, |value| amount(value, quantity));
    let (key, shares) = if Dist::empirical(&values, &weights).as_ref() == Some(dist) {
        ("weights", weights)
    } else {
        ("cumulated", sums)
    };
    format!(
        "{{ dist = \"empirical\", values = {shown}, {key} = {} }}",
        list(&shares, plain)
    )
}
