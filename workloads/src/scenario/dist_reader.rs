//! Reading distributions and rates: `"30s"`, `{ dist = "lognormal", median = "30s", sigma = 0.5 }`.

use super::model::Rate;
use super::reader::{Section, number};
use super::tree::{Node, Tree};
use crate::dist::Dist;
use crate::error::{listed, nearest};
use crate::units::Quantity;

/// The names of the distributions, and the keys that each takes.
pub(super) const FORMS: &[(&str, &str)] = &[
    ("constant", "value"),
    ("uniform", "min, max"),
    ("exponential", "mean"),
    ("lognormal", "median, and sigma or p99"),
    ("zipf", "exponent, n, unit"),
    ("pareto", "min, shape, and max if it is cut off"),
    ("empirical", "values, and weights or cumulated"),
];

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_840_8;

/// Beyond this a logarithm's standard deviation overflows; real ones are below 3.
const MAX_SIGMA: f64 = 20.0;

/// Exponents and shapes beyond this are as good as constants.
const MAX_EXPONENT: f64 = 100.0;

/// Ranks of a Zipf distribution: its mean is summed up over them.
const MAX_RANKS: u32 = 10_000_000;

/// What lies between one event and the next must move time on: 1 µs.
const MIN_INTERVAL: f64 = 1e-6;

impl<'a> Section<'a> {
    /// A plain value or a distribution of them.
    pub(super) fn dist(&self, key: &str, quantity: Quantity) -> Dist {
        match self.need(key) {
            Some(node) => self.dist_of(key, node, quantity),
            None => Dist::Constant(0.0),
        }
    }

    fn dist_of(&self, key: &str, node: &'a Node, quantity: Quantity) -> Dist {
        if matches!(node.value, Tree::Table(_)) {
            let section = Section::of_node(self.key(key), node, self.notes);
            return read_table(section, quantity);
        }
        number(node, quantity).map_or_else(
            |message| {
                self.note(key, format!("{message}, or a distribution"));
                Dist::Constant(0.0)
            },
            Dist::Constant,
        )
    }

    /// A distribution of spans that follow one another: their mean must be above zero.
    pub(super) fn intervals(&self, key: &str) -> Dist {
        let dist = self.dist(key, Quantity::Time);
        self.check_intervals(key, &dist);
        dist
    }

    fn check_intervals(&self, key: &str, dist: &Dist) {
        // Whoever returned a zero for a broken value has noted that already.
        if dist.mean() < MIN_INTERVAL && self.notes.is_clean() {
            self.note(key, "the mean is below 1us; expected one above");
        }
    }

    /// A rate: a Poisson process, or intervals drawn from a distribution of durations.
    pub(super) fn rate(&self, key: &str) -> Rate {
        let Some(node) = self.need(key) else {
            return Rate::Poisson(0.0);
        };
        if matches!(node.value, Tree::Table(_)) {
            let dist = self.dist_of(key, node, Quantity::Time);
            self.check_intervals(key, &dist);
            return Rate::Intervals(dist);
        }
        match number(node, Quantity::Rate) {
            Ok(rate) if rate > 1e6 => {
                self.note(
                    key,
                    "more than a million a second; expected a rate such as \"5/h\"",
                );
                Rate::Poisson(0.0)
            }
            Ok(rate) => Rate::Poisson(rate),
            Err(message) => {
                self.note(key, message);
                Rate::Poisson(0.0)
            }
        }
    }
}

fn read_table(section: Section<'_>, quantity: Quantity) -> Dist {
    let name = match section.get("dist").map(|node| &node.value) {
        Some(Tree::Text(name)) => name.as_str(),
        _ => {
            let names: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "a distribution needs a key `dist`, one of {}",
                listed(&names)
            );
            section.notes.note(&section.path, message);
            return Dist::Constant(0.0);
        }
    };
    let dist = match name {
        "constant" => Dist::Constant(section.quantity("value", quantity)),
        "uniform" => uniform(&section, quantity),
        "exponential" => Dist::Exponential {
            mean: section.quantity("mean", quantity),
        },
        "lognormal" => lognormal(&section, quantity),
        "zipf" => zipf(&section, quantity),
        "pareto" => pareto(&section, quantity),
        "empirical" => empirical(&section, quantity),
        unknown => {
            let hint = nearest(unknown, FORMS.iter().map(|(name, _)| *name));
            section.note("dist", format!("unknown distribution {unknown:?}; {hint}"));
            return Dist::Constant(0.0);
        }
    };
    section.finish();
    dist
}

fn uniform(section: &Section<'_>, quantity: Quantity) -> Dist {
    let min = section.quantity("min", quantity);
    let max = section.quantity("max", quantity);
    if max < min {
        section.note("max", "max is below min");
        return Dist::Constant(0.0);
    }
    Dist::Uniform { min, max }
}

fn lognormal(section: &Section<'_>, quantity: Quantity) -> Dist {
    let median = section.quantity("median", quantity);
    let sigma = match (section.get("sigma"), section.get("p99")) {
        (Some(_), Some(_)) => {
            section.note("p99", "sigma and p99 both given; expected one of them");
            0.0
        }
        (_, Some(_)) => {
            let p99 = section.quantity("p99", quantity);
            if p99 < median {
                section.note("p99", "p99 is below the median");
            }
            libm::log(p99.max(median) / median) / Z99
        }
        _ => section.quantity("sigma", Quantity::Count),
    };
    if median <= 0.0 && section.notes.is_clean() {
        section.note("median", "the median must be above zero");
    }
    // Also refuses the NaN that a zero median makes.
    if (0.0..=MAX_SIGMA).contains(&sigma) {
        Dist::LogNormal { median, sigma }
    } else {
        section.note(
            "sigma",
            format!("sigma is out of range; expected 0 to {MAX_SIGMA}"),
        );
        Dist::Constant(0.0)
    }
}

fn zipf(section: &Section<'_>, quantity: Quantity) -> Dist {
    let exponent = section.quantity("exponent", Quantity::Count);
    if exponent > MAX_EXPONENT {
        section.note("exponent", format!("expected 0 to {MAX_EXPONENT}"));
        return Dist::Constant(0.0);
    }
    let n = section.whole("n", 1, MAX_RANKS);
    let unit = match section.get("unit") {
        None if quantity.may_be_bare() => 1.0,
        _ => section.quantity("unit", quantity),
    };
    Dist::Zipf { exponent, n, unit }
}

fn pareto(section: &Section<'_>, quantity: Quantity) -> Dist {
    let min = section.quantity("min", quantity);
    let shape = section.quantity("shape", Quantity::Count);
    let max = match section.get("max") {
        Some(_) => section.quantity("max", quantity),
        None => f64::INFINITY,
    };
    if min <= 0.0 {
        section.note(
            "min",
            "the least value of a Pareto distribution must be above zero",
        );
    } else if !(1e-3..=MAX_EXPONENT).contains(&shape) {
        section.note(
            "shape",
            format!("the shape is out of range; expected 0.001 to {MAX_EXPONENT}"),
        );
    } else if max < min {
        section.note("max", "max is below min");
    } else {
        return Dist::Pareto { min, shape, max };
    }
    Dist::Constant(0.0)
}

fn empirical(section: &Section<'_>, quantity: Quantity) -> Dist {
    let values = numbers(section, "values", quantity);
    let dist = if section.get("cumulated").is_some() {
        let cumulated = numbers(section, "cumulated", Quantity::Share);
        let rising = cumulated.is_sorted() && cumulated.last() == Some(&1.0);
        (rising && cumulated.len() == values.len()).then(|| Dist::Empirical {
            cumulated: values.iter().copied().zip(cumulated).collect(),
        })
    } else if section.get("weights").is_some() {
        Dist::empirical(&values, &numbers(section, "weights", Quantity::Count))
    } else {
        Dist::empirical(&values, &vec![1.0; values.len()])
    };
    dist.unwrap_or_else(|| {
        if section.notes.is_clean() {
            let message = "expected as many weights as values, not all of them zero \
                           (or cumulated shares that rise to 1)";
            section.note("values", message);
        }
        Dist::Constant(0.0)
    })
}

/// The numbers of an array.
pub(super) fn numbers(section: &Section<'_>, key: &str, quantity: Quantity) -> Vec<f64> {
    let Some(node) = section.need(key) else {
        return Vec::new();
    };
    let Tree::Array(nodes) = &node.value else {
        section.note(key, format!("expected an array, found {}", node.kind()));
        return Vec::new();
    };
    let mut found = Vec::with_capacity(nodes.len());
    for (i, element) in nodes.iter().enumerate() {
        match number(element, quantity) {
            Ok(value) => found.push(value),
            Err(message) => section.note(&format!("{key}.{i}"), message),
        }
    }
    found
}
