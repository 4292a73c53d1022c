//! Which key is varied, and between which values.

use crate::arguments::CapacityArguments;
use crate::failure::Failure;
use crate::request::Request;
use throng_experiments::capacity::Range;
use throng_reports::capacity::Shown;
use throng_workloads::error::{Place, Problem, ScenarioError};
use throng_workloads::scenario::{Number, Scenario};
use throng_workloads::units::Quantity;

/// Without bounds it is looked so far to either side of where it begins.
const FAR: f64 = 100.0;

/// Halvings that find where a scenario ends to be one.
const HALVINGS: u32 = 60;

/// The key, and where it is searched.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) range: Range,
    /// Where the search begins.
    pub(super) start: f64,
    /// Whether somebody said up to where.
    pub(super) to_typed: bool,
    number: Number,
}

impl Key {
    pub(super) fn new(
        arguments: &CapacityArguments,
        request: &Request,
        base: &Scenario,
        precision: f64,
    ) -> Result<Self, Failure> {
        let name = arguments.vary.trim().to_owned();
        if name.is_empty() {
            return Err(Failure::NoNumber {
                key: "''".to_owned(),
                wrong: "that is no key; expected one that is a number, such as users.count"
                    .to_owned(),
            });
        }
        let no_number = |wrong: String| Failure::NoNumber {
            key: name.clone(),
            wrong,
        };
        let bounds = [("--from", &arguments.from), ("--to", &arguments.to)];
        let typed = bounds.map(|(flag, bound)| Some((flag, bound.as_ref()?)));
        let number = match base.number(&name) {
            Ok(number) => number,
            Err(wrong) => {
                // Whether there is such a key, whatever its value.
                let set = request.scenario_with(&[format!("{name}=1")]);
                if let Err(Failure::Scenario(ScenarioError::Invalid { problems })) = set {
                    let unknown = |one: &&Problem| one.message.starts_with("unknown key");
                    if let Some(problem) = problems.iter().find(unknown) {
                        return Err(no_number(problem.message.clone()));
                    }
                }
                let typed = typed.iter().flatten().next();
                let typed = typed.and_then(|(_, value)| Number::read(value));
                typed.ok_or_else(|| no_number(wrong))?
            }
        };
        let mut key = Self {
            name: name.clone(),
            range: Range {
                low: 0.0,
                high: f64::INFINITY,
                whole: number.whole,
                precision,
            },
            start: number.value,
            to_typed: arguments.to.is_some(),
            number,
        };
        let valid = |key: &Self, value: f64| request.scenario_with(&[key.setting(value)]);
        let [low, high] = typed.map(|bound| {
            bound
                .map(|(flag, typed)| key.value(flag, typed).map(|value| (flag, typed, value)))
                .transpose()
        });
        let (low, high) = (low?, high?);
        if let (Some((_, from, low)), Some((_, to, high))) = (low, high)
            && low >= high
        {
            return Err(Failure::NoValue {
                flag: "--from",
                value: from.clone(),
                wrong: format!("it is not below --to {to}"),
            });
        }
        for (flag, typed, value) in [low, high].into_iter().flatten() {
            if let Err(failure) = valid(&key, value) {
                return Err(key.refused(flag, typed, value, failure));
            }
        }
        key.start = match (low, high) {
            _ if key.start > 0.0 => key.start,
            (Some((.., low)), Some((.., high))) => (low * high).sqrt(),
            (Some((.., one)), None) | (None, Some((.., one))) => one,
            (None, None) => {
                return Err(no_number(
                    "the scenario has 0 of it; expected --from, where the search is to begin"
                        .to_owned(),
                ));
            }
        };
        // Something that is halved is no whole number, whatever it was written as.
        key.range.whole = key.number.whole && {
            let half = key.start.floor() + 0.5;
            valid(&key, half).is_err()
        };
        let least = if key.range.whole { 1.0 } else { 0.0 };
        key.range.low = low.map_or((key.start / FAR).max(least), |(.., low)| low);
        key.range.high = high.map_or(key.start * FAR, |(.., high)| high);
        key.start = key.start.clamp(key.range.low, key.range.high);
        if let Err(failure) = valid(&key, key.start) {
            return Err(at(&key, key.start, failure));
        }
        let holds = |value: f64| valid(&key, value).is_ok();
        let [low, high] = [key.range.low, key.range.high].map(|end| key.farthest(end, &holds));
        (key.range.low, key.range.high) = (low, high);
        Ok(key)
    }

    /// As `--set` says it.
    pub(super) fn setting(&self, value: f64) -> String {
        format!("{}={}", self.name, self.number.show(value))
    }

    /// A value of the key that was typed.
    pub(super) fn value(&self, flag: &'static str, typed: &str) -> Result<f64, Failure> {
        let wrong = |wrong: String| Failure::NoValue {
            flag,
            value: typed.to_owned(),
            wrong,
        };
        let expected = self.number.quantity.example();
        let Some(number) = Number::read(typed) else {
            return Err(wrong(format!("it is no number; expected {expected}")));
        };
        let plain = |quantity: Quantity| matches!(quantity, Quantity::Count | Quantity::Share);
        let same = number.quantity == self.number.quantity
            || plain(number.quantity) && plain(self.number.quantity);
        if !same {
            return Err(wrong(format!(
                "it cannot be one of {}; expected {expected}",
                self.name
            )));
        }
        match number.value > 0.0 {
            true => Ok(number.value),
            false => Err(wrong("expected more than 0".to_owned())),
        }
    }

    /// What a scenario's reader says of a value that was typed, as of the flag that it was typed for.
    fn refused(&self, flag: &'static str, typed: &str, value: f64, failure: Failure) -> Failure {
        let Failure::Scenario(ScenarioError::Invalid { problems }) = &failure else {
            return failure;
        };
        let ours = Place::Flag(self.setting(value));
        let wrong = problems.iter().map(|one| match one.place == ours {
            true => one.message.clone(),
            false => one.to_string(),
        });
        Failure::NoValue {
            flag,
            value: typed.to_owned(),
            wrong: wrong.collect::<Vec<_>>().join("; "),
        }
    }

    /// How values are written for people; of about this size.
    pub(super) fn shown(&self, value: f64) -> Shown {
        let (unit, times) = self.number.quantity.unit_for(value);
        Shown {
            unit: unit.to_owned(),
            times,
            whole: self.range.whole,
        }
    }

    /// The value nearest to an end of the range at which the scenario still is one.
    fn farthest(&self, end: f64, holds: &impl Fn(f64) -> bool) -> f64 {
        let sound = |value: f64| match self.range.whole {
            true => value.round(),
            false => value,
        };
        if holds(sound(end)) {
            return sound(end);
        }
        let (mut good, mut bad) = (self.start, end);
        for _ in 0..HALVINGS {
            let middle = sound((good * bad).sqrt());
            if middle == good || middle == bad {
                break;
            }
            match holds(middle) {
                true => good = middle,
                false => bad = middle,
            }
        }
        good
    }
}

/// A share such as `1%`, which is above 0 and below 1.
pub(super) fn share(flag: &'static str, typed: &str) -> Result<f64, Failure> {
    let value = Quantity::Share.parse(typed);
    let wrong = |wrong: String| Failure::NoValue {
        flag,
        value: typed.to_owned(),
        wrong,
    };
    match value {
        Ok(value) if value > 1e-6 && value < 1.0 => Ok(value),
        Ok(_) => Err(wrong("expected a share from 0.0001% to 99%".to_owned())),
        Err(why) => Err(wrong(why)),
    }
}

fn at(key: &Key, value: f64, failure: Failure) -> Failure {
    match failure {
        Failure::Scenario(error @ ScenarioError::Invalid { .. }) => Failure::Point {
            point: key.setting(value),
            error,
        },
        other => other,
    }
}
