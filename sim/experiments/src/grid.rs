//! Which runs a sweep has.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A key of the scenario and the values that it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The dotted key, such as `users.count`.
    pub key: String,
    /// Its values as they are typed, at least one, none twice.
    pub values: Vec<String>,
}

/// All combinations of the values of some axes, each repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// The axes; the last one varies fastest.
    pub axes: Vec<Axis>,
    /// Repetitions of each point.
    pub replicas: u32,
}

/// Why there is no grid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GridError {
    /// No key, or no value.
    #[error("--vary {0:?}: expected a key and its values, such as rooms.size=16,64,256")]
    Form(String),
    /// A value occurs twice.
    #[error("--vary {key}: the value {value} is there twice")]
    Twice {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// A key is varied twice.
    #[error("--vary {0}: the key is varied twice")]
    Axis(String),
    /// More runs than anybody waits for.
    #[error("the grid has {0} points; expected at most {MOST_POINTS}")]
    Large(usize),
}

/// More points are a mistake.
const MOST_POINTS: usize = 100_000;

impl Axis {
    /// From `key=v1,v2,…`. Commas inside brackets, braces and quotes belong to a value.
    ///
    /// # Errors
    /// Where there is no key or no value, or one twice.
    ///
    /// ```
    /// use throng_experiments::Axis;
    /// let axis = Axis::parse("messages.size=120B,{ dist = \"uniform\", min = 1, max = 9 }")?;
    /// assert_eq!(axis.values.len(), 2);
    /// # Ok::<(), throng_experiments::GridError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, GridError> {
        let no_form = || GridError::Form(text.to_owned());
        let (key, values) = text.split_once('=').ok_or_else(no_form)?;
        let values = split(values);
        if key.trim().is_empty() || values.iter().any(|value| value.is_empty()) {
            return Err(no_form());
        }
        let same = |one: &String, other: &String| {
            let numbers = (number(one), number(other));
            one == other || numbers.0.is_some() && numbers.0 == numbers.1
        };
        for (at, value) in values.iter().enumerate() {
            if values[..at].iter().any(|before| same(before, value)) {
                return Err(GridError::Twice {
                    key: key.trim().to_owned(),
                    value: value.clone(),
                });
            }
        }
        Ok(Self {
            key: key.trim().to_owned(),
            values,
        })
    }

    /// The values, where all of them are positive numbers.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let positive = |value: &String| number(value).filter(|number| *number > 0.0);
        self.values.iter().map(positive).collect()
    }
}

/// A value as a number, where it is one.
fn number(value: &str) -> Option<f64> {
    let number: f64 = value.replace('_', "").parse().ok()?;
    number.is_finite().then_some(number)
}

fn split(values: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut found) = (0i32, false, vec![String::new()]);
    for letter in values.chars() {
        match letter {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(value) = found.last_mut() {
            value.push(letter);
        }
    }
    found.iter().map(|value| value.trim().to_owned()).collect()
}

impl Grid {
    /// More repetitions than anybody waits for.
    pub const MOST_REPLICAS: u32 = 100_000;

    /// A grid of these axes; without any it has one point.
    ///
    /// # Errors
    /// Where a key is varied twice, or there are too many points.
    pub fn new(axes: Vec<Axis>, replicas: u32) -> Result<Self, GridError> {
        for (at, axis) in axes.iter().enumerate() {
            if axes[..at].iter().any(|other| other.key == axis.key) {
                return Err(GridError::Axis(axis.key.clone()));
            }
        }
        let points = axes.iter().fold(1usize, |points, axis| {
            points.saturating_mul(axis.values.len())
        });
        if points > MOST_POINTS {
            return Err(GridError::Large(points));
        }
        Ok(Self { axes, replicas })
    }

    /// How many points it has.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Which value of each axis a point has.
    pub fn place(&self, point: usize) -> Vec<usize> {
        let mut rest = point;
        let mut place: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let at = rest % axis.values.len();
                rest /= axis.values.len();
                at
            })
            .collect();
        place.reverse();
        place
    }

    /// The values of a point, in the order of the axes.
    pub fn values(&self, point: usize) -> Vec<&str> {
        let place = self.place(point);
        let axes = self.axes.iter().zip(place);
        axes.map(|(axis, at)| axis.values[at].as_str()).collect()
    }

    /// What `--set` says for a point.
    pub fn overrides(&self, point: usize) -> Vec<String> {
        let keys = self.axes.iter().map(|axis| &axis.key);
        keys.zip(self.values(point))
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }

    /// What the other axes hold at a point, as `key=value`.
    pub fn others(&self, axis: usize, point: usize) -> Vec<String> {
        let mut all = self.overrides(point);
        all.remove(axis);
        all
    }

    /// The points that differ from this one in one axis alone, itself among them, in the order of the axis.
    pub fn along(&self, axis: usize, point: usize) -> Vec<usize> {
        let faster = self.axes[axis + 1..].iter();
        let stride: usize = faster.map(|axis| axis.values.len()).product();
        let first = point - self.place(point)[axis] * stride;
        let places = 0..self.axes[axis].values.len();
        places.map(|place| first + place * stride).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> Axis {
        Axis::parse(text).expect(text)
    }

    #[test]
    fn points_count_like_an_odometer() {
        let grid = Grid::new(vec![axis("a=1,2"), axis("b=x,y,z")], 1).expect("a grid");
        assert_eq!(grid.points(), 6);
        assert_eq!(grid.overrides(0), ["a=1", "b=x"]);
        assert_eq!(grid.overrides(4), ["a=2", "b=y"]);
        for point in 0..6 {
            for axis in 0..2 {
                let others = |point| grid.others(axis, point);
                let along = (0..6).filter(|other| others(*other) == others(point));
                assert_eq!(grid.along(axis, point), along.collect::<Vec<_>>());
            }
        }
        assert_eq!(Grid::new(Vec::new(), 3).expect("one point").points(), 1);
    }

    #[test]
    fn mistakes_are_named() {
        for text in ["", "a", "a=", "=1", "a=1,,2"] {
            assert!(
                matches!(Axis::parse(text), Err(GridError::Form(_))),
                "{text}"
            );
        }
        for text in ["a=1,1", "a=0.5,1,0.50", "a=10,1_0"] {
            let twice = Axis::parse(text);
            assert!(matches!(twice, Err(GridError::Twice { .. })), "{text}");
        }
        let twice = Grid::new(vec![axis("a=1"), axis("a=2")], 1);
        assert!(matches!(twice, Err(GridError::Axis(_))));
    }

    #[test]
    fn only_positive_numbers_can_be_grown_along() {
        assert_eq!(axis("a=1_000,2.5").numbers(), Some(vec![1_000.0, 2.5]));
        assert_eq!(axis("a=0,1").numbers(), None);
        assert_eq!(axis("a=1h,2h").numbers(), None);
    }
}
