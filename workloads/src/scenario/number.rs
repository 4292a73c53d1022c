//! What number a key of a scenario is: for whoever varies it.

use super::model::Scenario;
use super::parse::DEFAULTS;
use super::tree::{self, Node, Tree};
use crate::units::{Quantity, plain};

/// The number that a key of a scenario is, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// In the base unit of its quantity.
    pub value: f64,
    /// What it measures.
    pub quantity: Quantity,
    /// Whether it is written as a whole number, without a unit.
    pub whole: bool,
}

/// Those that have units; counts and shares have none, or need none.
const WITH_UNITS: [Quantity; 5] = [
    Quantity::Time,
    Quantity::Rate,
    Quantity::Bandwidth,
    Quantity::Size,
    Quantity::Share,
];

impl Number {
    /// Of a value as it stands in a scenario, such as `5/h` or `0.25`; what it cannot be a number of has none.
    pub fn read(text: &str) -> Option<Self> {
        number(&tree::parse_flag(text, 0))
    }

    /// How a number like this is written, so that it reads back as the same.
    ///
    /// ```
    /// use throng_workloads::scenario::Number;
    /// let rate = Number::read("10/h").expect("a rate");
    /// assert_eq!(rate.show(2.0 * rate.value), "20/h");
    /// let whole = Number::read("16").expect("a number");
    /// assert_eq!((whole.whole, whole.show(17.0)), (true, "17".to_owned()));
    /// ```
    pub fn show(&self, value: f64) -> String {
        match self.quantity {
            Quantity::Count => plain(value),
            quantity => quantity.show(value),
        }
    }
}

impl Scenario {
    /// The number that a dotted key is, as resolved; why it is none, otherwise. Which keys there are is for [`Scenario::parse`] to say.
    ///
    /// # Errors
    /// What the key is instead, for people.
    ///
    /// ```
    /// use throng_workloads::builtin;
    /// let company = builtin::find("company").and_then(|s| s.scenario(&[])).expect("built in");
    /// assert_eq!(company.number("users.count").map(|users| users.value), Ok(f64::from(company.users.count)));
    /// assert!(company.number("engine").is_err());
    /// ```
    pub fn number(&self, key: &str) -> Result<Number, String> {
        // Both are sound: the one was written by us, the other is tested.
        let written = tree::parse("scenario.toml", &self.to_toml());
        let defaults = tree::parse("defaults.toml", DEFAULTS);
        let node = [&written, &defaults].into_iter().find_map(|root| {
            let root = root.as_ref().ok()?;
            key.split('.').try_fold(root, |node, step| node.child(step))
        });
        let Some(node) = node else {
            return Err("it has no value; expected one that is a number".to_owned());
        };
        number(node).ok_or_else(|| match &node.value {
            Tree::Table(entries) => {
                let inner = entries.iter().find(|entry| number(&entry.node).is_some());
                let such = inner.map(|entry| format!(", such as {key}.{}", entry.key));
                format!(
                    "it is a table; expected a number in it{}",
                    such.unwrap_or_default()
                )
            }
            Tree::Text(text) => format!("{text:?} is no number"),
            _ => format!("it is {}, and no number", node.kind()),
        })
    }
}

fn number(node: &Node) -> Option<Number> {
    let count = |value: f64, whole: bool| Number {
        value,
        quantity: Quantity::Count,
        whole,
    };
    match &node.value {
        Tree::Integer(value) => Some(count(*value as f64, true)),
        Tree::Float(value) if value.is_finite() => Some(count(*value, false)),
        Tree::Text(text) => WITH_UNITS.into_iter().find_map(|quantity| {
            let value = quantity.parse(text).ok()?;
            Some(Number {
                value,
                quantity,
                whole: false,
            })
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioSource;

    fn scenario(text: &str) -> Scenario {
        Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).expect("sound")
    }

    #[test]
    fn numbers_are_found_where_they_are_written_and_where_they_are_not() {
        let scenario = scenario(
            "[messages]\nrate = \"36/h\"\nsize = { dist = \"exponential\", mean = \"1kB\" }\n\
             [cost.profiles]\nserver = 2\n",
        );
        for (key, value, quantity) in [
            ("messages.rate", 0.01, Quantity::Rate),
            ("messages.size.mean", 1_000.0, Quantity::Size),
            ("users.count", 100.0, Quantity::Count),
            ("policy.key_packages", 10.0, Quantity::Count),
            ("policy.backoff.max", 0.15, Quantity::Time),
            ("cost.profiles.server", 2.0, Quantity::Count),
            ("providers.0.cores", 4.0, Quantity::Count),
        ] {
            let number = scenario.number(key).expect(key);
            assert_eq!((number.value, number.quantity), (value, quantity), "{key}");
        }
    }

    #[test]
    fn what_is_no_number_is_said() {
        let scenario = scenario("");
        let wrong = |key| scenario.number(key).expect_err(key);
        assert!(wrong("messages.size").contains("such as messages.size."));
        assert!(wrong("users.online").contains("\"always\" is no number"));
        assert!(wrong("thresholds").contains("an array"));
        assert!(wrong("trace").contains("no value"));
    }
}
