//! Axes: where a value lies between two ends, and which values are named.

use crate::units;

/// A value with the words at its tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// One axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    min: f64,
    max: f64,
    log: bool,
    /// Whether ticks have grid lines.
    pub(crate) grid: bool,
    pub(crate) ticks: Vec<Tick>,
    /// How a value between ticks is written.
    pub(crate) format: Format,
}

/// How tick values are written.
pub(crate) type Format = fn(f64) -> String;

impl Axis {
    /// Linear from 0 to a round number not below `max`, with at most `most` steps.
    pub(crate) fn linear(max: f64, most: usize, format: Format) -> Self {
        Self::between(0.0, max, most, format)
    }

    /// Linear from 0 to exactly `max`, with ticks as far as they reach.
    pub(crate) fn up_to(max: f64, most: usize, format: Format) -> Self {
        let mut axis = Self::linear(max, most, format);
        if max.is_finite() && max > 0.0 {
            axis.max = max;
            axis.ticks.retain(|tick| tick.value <= max);
        }
        axis
    }

    /// Linear from `min` to a round number of steps above it, not below `max`.
    pub(crate) fn between(min: f64, max: f64, most: usize, format: Format) -> Self {
        let max = if max.is_finite() && max > min {
            max
        } else {
            min + 1.0
        };
        let step = round_step((max - min) / most.max(1) as f64);
        let steps = ((max - min) / step).ceil();
        let ticks = (0..=steps as u32)
            .map(|at| tick(min + f64::from(at) * step, format))
            .collect();
        Self {
            min,
            max: min + steps * step,
            log: false,
            grid: true,
            ticks,
            format,
        }
    }

    /// Virtual time from 0 to exactly `seconds`, in the unit that fits; the unit is the second value.
    pub(crate) fn time(seconds: f64, most: usize) -> (Self, &'static str) {
        let seconds = if seconds.is_finite() && seconds > 0.0 {
            seconds
        } else {
            1.0
        };
        let (unit, name) = match seconds {
            s if s < 1.0 => (1e-3, "ms"),
            s if s < 180.0 => (1.0, "s"),
            s if s < 3.0 * 3_600.0 => (60.0, "min"),
            s if s < 3.0 * 86_400.0 => (3_600.0, "h"),
            _ => (86_400.0, "days"),
        };
        let max = seconds / unit;
        let step = match name {
            "s" | "min" => step_of(&[1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0], max, most),
            "h" => step_of(&[1.0, 2.0, 3.0, 6.0, 12.0, 24.0], max, most),
            _ => round_step(max / most.max(1) as f64),
        };
        let ticks = (0..=(max / step + 1e-9) as u32)
            .map(|at| {
                let value = f64::from(at) * step;
                Tick {
                    value: value * unit,
                    label: units::significant(value),
                }
            })
            .collect();
        let axis = Self {
            min: 0.0,
            max: seconds,
            log: false,
            grid: true,
            ticks,
            format: duration_tick,
        };
        (axis, name)
    }

    /// Logarithmic from `min` to `max`, widened to ticks at 1, 2 and 5 of each decade, or at decades only
    /// where they are many; at most `most` steps.
    pub(crate) fn log(min: f64, max: f64, most: usize, format: Format) -> Self {
        let min = if min.is_finite() && min > 0.0 {
            min
        } else {
            1.0
        };
        let max = if max.is_finite() && max > min {
            max
        } else {
            min
        };
        let most = most.max(2) as i32;
        for mantissas in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
            let values = log_ticks(min, max, mantissas, 1);
            if values.len() as i32 <= most + 1 {
                return Self::log_with(&values, format);
            }
        }
        let decades = (max.log10().ceil() - min.log10().floor()) as i32;
        let every = (decades + most - 1) / most;
        Self::log_with(&log_ticks(min, max, &[1.0], every), format)
    }

    /// Logarithmic time in seconds, with ticks at minutes, hours and days where it is as long.
    pub(crate) fn log_time(min: f64, max: f64, most: usize) -> Self {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let min = if positive(min) { min } else { 1e-6 };
        let max = if positive(max) { max.max(min) } else { min };
        let seconds =
            (-9..=1).flat_map(|decade| [1.0, 3.0].map(|times| times * 10f64.powi(decade)));
        let longer = [60.0, 180.0, 600.0, 1_800.0, 3_600.0, 10_800.0, 36_000.0];
        let days =
            (0..8).flat_map(|decade| [1.0, 3.0].map(|times| times * 86_400.0 * 10f64.powi(decade)));
        let all: Vec<f64> = seconds.chain(longer).chain(days).collect();
        let first = all.iter().rposition(|value| *value <= min).unwrap_or(0);
        let end = all
            .iter()
            .position(|value| *value >= max)
            .unwrap_or(all.len() - 1);
        let steps = (end - first).max(1);
        let every = steps.div_ceil(most.max(1));
        let last = (first + steps.next_multiple_of(every)).min(all.len() - 1);
        let mut values: Vec<f64> = all[first..=last].iter().copied().step_by(every).collect();
        if values.len() < 2 {
            values = vec![all[first], all[last]];
        }
        Self::log_with(&values, duration_tick)
    }

    fn log_with(values: &[f64], format: Format) -> Self {
        Self {
            min: values[0],
            max: values[values.len() - 1],
            log: true,
            grid: true,
            ticks: values.iter().map(|value| tick(*value, format)).collect(),
            format,
        }
    }

    /// Percentiles by the logarithm of their distance from 100 %: a position is −log₁₀(1 − quantile), so
    /// each further nine takes the same room. Runs up to position `max`.
    pub(crate) fn percentile(max: f64) -> Self {
        let max = max.clamp(1.0, 9.0);
        // Where the two collide, the median says more than the least value.
        let least = if max < 4.0 { "0 %" } else { "" };
        let mut ticks = vec![
            Tick {
                value: 0.0,
                label: least.to_owned(),
            },
            Tick {
                value: 2f64.log10(),
                label: "50 %".to_owned(),
            },
        ];
        for nines in 1..=max as usize {
            let label = match nines {
                1 => "90 %".to_owned(),
                2 => "99 %".to_owned(),
                more => format!("99.{} %", "9".repeat(more - 2)),
            };
            ticks.push(Tick {
                value: nines as f64,
                label,
            });
        }
        Self {
            min: 0.0,
            max,
            log: false,
            grid: true,
            ticks,
            format: percentile_tick,
        }
    }

    /// Named places side by side: the name number n stands at n + ½.
    pub(crate) fn categories(labels: Vec<String>) -> Self {
        Self {
            min: 0.0,
            max: labels.len().max(1) as f64,
            log: false,
            grid: false,
            ticks: labels
                .into_iter()
                .enumerate()
                .map(|(at, label)| Tick {
                    value: at as f64 + 0.5,
                    label,
                })
                .collect(),
            format: count_tick,
        }
    }

    /// Where a value lies: 0 at the axis's beginning, 1 at its end; values outside lie at the ends.
    pub(crate) fn position(&self, value: f64) -> f64 {
        let position = if self.log {
            (value.max(self.min) / self.min).log10() / (self.max / self.min).log10()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        if position.is_finite() {
            position.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

/// Seconds as a tick: `0`, `10 ms`, `1 s`, `3 min`.
pub(crate) fn duration_tick(seconds: f64) -> String {
    match seconds {
        0.0 => "0".to_owned(),
        60.0 => "1 min".to_owned(),
        3_600.0 => "1 h".to_owned(),
        86_400.0 => "1 d".to_owned(),
        _ => units::seconds_short(seconds),
    }
}

/// Bytes as a tick: `500 B`, `1 kB`, `2 MB`.
pub(crate) fn bytes_tick(bytes: f64) -> String {
    units::without_idle_zeros(&units::bytes_f64(bytes))
}

/// A count as a tick: `0.5`, `200`, `10k`.
pub(crate) fn count_tick(count: f64) -> String {
    if count < 10_000.0 {
        return units::significant(count);
    }
    units::without_idle_zeros(&units::short(count)).replace(' ', "")
}

/// A part of a whole as a tick: `0.01 %`, `50 %`.
pub(crate) fn percent_tick(part: f64) -> String {
    units::percent(part, 1.0)
}

/// A position on an axis of percentiles: `50 %`, `99.87 %`.
fn percentile_tick(nines: f64) -> String {
    let percent = 100.0 * (1.0 - 10f64.powf(-nines));
    let digits = nines.max(0.0).ceil() as usize;
    let shown = format!("{percent:.digits$}");
    let shown = match shown.contains('.') {
        true => shown.trim_end_matches('0').trim_end_matches('.'),
        false => &shown,
    };
    format!("{shown} %")
}

fn tick(value: f64, format: Format) -> Tick {
    Tick {
        value,
        label: format(value),
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let decade = 10f64.powf(step.log10().floor());
    for mantissa in [1.0, 2.0, 5.0] {
        if step <= mantissa * decade * (1.0 + 1e-9) {
            return mantissa * decade;
        }
    }
    10.0 * decade
}

/// The first of `steps` that needs no more than `most` of them.
fn step_of(steps: &[f64], max: f64, most: usize) -> f64 {
    steps
        .iter()
        .copied()
        .find(|step| max / step <= most as f64)
        .unwrap_or_else(|| round_step(max / most.max(1) as f64))
}

/// Ticks from not above `min` to not below `max`, at least two.
fn log_ticks(min: f64, max: f64, mantissas: &[f64], every: i32) -> Vec<f64> {
    let first = min.log10().floor() as i32;
    let last = max.log10().ceil() as i32 + every;
    let all: Vec<f64> = (first..=last)
        .step_by(every.max(1) as usize)
        .flat_map(|decade| mantissas.iter().map(move |m| m * 10f64.powi(decade)))
        .collect();
    let from = all
        .iter()
        .rposition(|v| *v <= min * (1.0 + 1e-9))
        .unwrap_or(0);
    let to = all
        .iter()
        .position(|v| *v >= max * (1.0 - 1e-9))
        .unwrap_or(all.len() - 1)
        .max(from + 1);
    all[from..=to.min(all.len() - 1)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn linear_axes_end_on_a_round_number() {
        let axis = Axis::linear(8.7, 5, count_tick);
        assert_eq!(labels(&axis), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(axis.position(5.0), 0.5);
        assert_eq!(axis.position(-1.0), 0.0);
        assert_eq!(axis.position(f64::NAN), 0.0);
    }

    #[test]
    fn log_axes_thin_their_ticks() {
        let few = Axis::log(120.0, 900.0, 6, bytes_tick);
        assert_eq!(labels(&few), ["100 B", "200 B", "500 B", "1 kB"]);
        let many = Axis::log(1e-6, 5e3, 5, count_tick);
        assert!(many.ticks.len() <= 6, "{:?}", labels(&many));
        assert_eq!(many.position(1e-6), 0.0);
        assert!(many.position(5e3) <= 1.0);
    }

    #[test]
    fn long_times_are_told_in_minutes_hours_and_days() {
        let short = Axis::log_time(0.02, 0.4, 7);
        assert_eq!(
            labels(&short),
            ["10 ms", "30 ms", "100 ms", "300 ms", "1 s"]
        );
        let long = Axis::log_time(2.0, 4_000.0, 7);
        assert_eq!(
            labels(&long),
            ["1 s", "10 s", "1 min", "10 min", "1 h", "10 h"]
        );
        for (min, max) in [(1e-6, 5e3), (7.0, 7.0), (0.0, f64::NAN), (1e-3, 1e15)] {
            let axis = Axis::log_time(min, max, 7);
            assert!((2..=9).contains(&axis.ticks.len()), "{:?}", axis.ticks);
        }
    }

    #[test]
    fn one_value_still_makes_an_axis() {
        for axis in [
            Axis::log(7.0, 7.0, 5, count_tick),
            Axis::log(0.0, f64::NAN, 5, count_tick),
            Axis::log(1.0, 1.0, 5, count_tick),
            Axis::linear(0.0, 5, count_tick),
            Axis::linear(f64::INFINITY, 5, count_tick),
            Axis::linear(f64::MIN_POSITIVE, 5, count_tick),
            Axis::log(f64::MIN_POSITIVE, f64::MAX, 5, count_tick),
        ] {
            assert!(axis.ticks.len() >= 2, "{axis:?}");
            assert!((0.0..=1.0).contains(&axis.position(7.0)), "{axis:?}");
        }
    }

    #[test]
    fn times_take_the_unit_that_fits() {
        let (axis, unit) = Axis::time(7_200.0, 6);
        assert_eq!(
            (labels(&axis), unit),
            (vec!["0", "30", "60", "90", "120"], "min")
        );
        let (axis, unit) = Axis::time(86_400.0, 8);
        assert_eq!((labels(&axis).len(), unit), (9, "h"));
    }

    #[test]
    fn each_nine_takes_the_same_room() {
        let axis = Axis::percentile(3.4);
        assert_eq!(
            [0.0, 2f64.log10(), 1.0, 1.5, 2.0, 4.0].map(axis.format),
            ["0 %", "50 %", "90 %", "96.84 %", "99 %", "99.99 %"]
        );
        assert_eq!(labels(&axis), ["0 %", "50 %", "90 %", "99 %", "99.9 %"]);
    }
}
