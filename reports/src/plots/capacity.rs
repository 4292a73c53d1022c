//! Plots of a search for a capacity: what is asked for by the value of the key, and what the answer depends on.

use super::axis::{Axis, bytes_tick, count_tick, duration_tick, percent_tick};
use super::canvas::{Anchor, Canvas, Drawing, Size, render, text_width};
use super::frame::{Frame, MARGIN, Sign, Space, Words, head, no_data};
use super::palette::Colour;
use super::values::{Along, Mark};
use crate::capacity::{Capacity, Sensitivity};
use crate::error::ReportError;
use crate::measures::{self, Rule, Unit};
use crate::units;
use std::collections::BTreeSet;

/// A plot that a search for a capacity has.
#[derive(Debug, Clone, PartialEq)]
pub enum CapacityPlot<'a> {
    /// A measure that is asked for, by the value of the key.
    Curve(&'a Capacity, String),
    /// How the capacity changes with a fifth less and a fifth more of each input.
    Tornado(&'a Capacity),
}

/// Inputs that a tornado shows.
const MOST: usize = 14;

/// Values farther than so many times the capacity are left out: they were only tried to find it.
const FAR: f64 = 2.0;

/// The plots of a search.
pub fn of_capacity(capacity: &Capacity) -> Vec<CapacityPlot<'_>> {
    let all = capacity.samples.iter().filter(|sample| sample.variant == 0);
    let asked: BTreeSet<&String> = all.flat_map(|sample| sample.asked.keys()).collect();
    let curves = asked
        .into_iter()
        .map(|measure| CapacityPlot::Curve(capacity, measure.clone()));
    let tornado = (!capacity.sensitivity.is_empty()).then_some(CapacityPlot::Tornado(capacity));
    curves.chain(tornado).collect()
}

impl CapacityPlot<'_> {
    /// Its file's name in `plots/`, without the ending.
    pub fn name(&self) -> String {
        match self {
            Self::Curve(capacity, measure) => {
                format!("{measure}-by-{}", capacity.key).replace('.', "-")
            }
            Self::Tornado(_) => "sensitivity".to_owned(),
        }
    }

    /// What it is called by those who cannot see it.
    pub fn title(&self) -> String {
        match self {
            Self::Curve(capacity, measure) => format!("{measure} by {}", capacity.key),
            Self::Tornado(capacity) => format!("What {} depends on", capacity.key),
        }
    }

    /// How it is to be read.
    pub fn note(&self) -> String {
        match self {
            Self::Curve(..) => "A dot for each run. Across: what is asked for; down: the capacity and its 95 % interval. Runs far above it are left out.".to_owned(),
            Self::Tornado(_) => "The capacity with a fifth less and a fifth more of each input, held against itself replica by replica.".to_owned(),
        }
    }

    /// The plot, drawn.
    ///
    /// # Errors
    /// [`ReportError::Plot`] where the drawing backend fails.
    pub fn draw(&self, size: Size) -> Result<Drawing, ReportError> {
        render("capacity", &self.title(), size, |canvas| match self {
            Self::Curve(capacity, measure) => curve(canvas, capacity, measure),
            Self::Tornado(capacity) => tornado(canvas, capacity),
        })
    }
}

fn curve(canvas: &mut Canvas<'_>, capacity: &Capacity, measure: &str) {
    let unit = measures::family::find(measure).map_or(Unit::Count, |family| family.unit);
    let scale = match unit {
        Unit::Milliseconds => 1e-3,
        _ => 1.0,
    };
    let times = capacity.shown.times;
    let answer = &capacity.answer;
    let most = answer.value.map_or(f64::INFINITY, |value| FAR * value);
    let dots: Vec<(f64, f64)> = capacity
        .samples
        .iter()
        .filter(|sample| sample.variant == 0 && sample.value <= most)
        .filter_map(|sample| Some((sample.value * times, *sample.asked.get(measure)? * scale)))
        .collect();
    let horizontal = match capacity.shown.unit.as_str() {
        "" => capacity.key.clone(),
        unit => format!("{}, {unit}", capacity.key),
    };
    let words = Words {
        title: measure.to_owned(),
        vertical: "one run each".to_owned(),
        horizontal,
        legend: vec![
            ("run".to_owned(), Sign::Dot(Colour::Blue)),
            ("asked for".to_owned(), Sign::Block(Colour::Vermilion)),
            ("capacity".to_owned(), Sign::Block(Colour::Green)),
        ],
    };
    if dots.is_empty() {
        return no_data(canvas, &words, "no run has this measure");
    }
    let limits: Vec<f64> = capacity
        .slo
        .iter()
        .filter_map(|rule| Rule::threshold(rule).ok())
        .filter(|rule| {
            measures::family::find(measure).is_some_and(|family| rule.covers(measure, family))
        })
        .filter_map(|rule| Some(rule.limit(unit)? * scale))
        .collect();
    let high = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let top = high(&mut dots.iter().map(|dot| dot.1).chain(limits.iter().copied()));
    let right = high(&mut dots.iter().map(|dot| dot.0));
    let least = dots.iter().map(|dot| dot.1).filter(|value| *value > 0.0);
    let least = least
        .chain(limits.iter().copied())
        .fold(f64::INFINITY, f64::min);
    let format = match unit {
        Unit::Bytes => bytes_tick,
        Unit::Milliseconds | Unit::Seconds => duration_tick,
        Unit::Share => percent_tick,
        Unit::Count | Unit::PerSecond => count_tick,
    };
    let y = match (top > 20.0 * least, unit) {
        (true, Unit::Milliseconds | Unit::Seconds) => Axis::log_time(least, top, 7),
        (true, _) => Axis::log(least, top, 7, format),
        (false, _) => Axis::linear(top, 5, format),
    };
    let frame = Frame::draw(
        canvas,
        &words,
        Axis::linear(right, 6, count_tick),
        y,
        Space::default(),
    );
    for limit in limits {
        let ends = [(0.0, limit), (right, limit)];
        frame.line(canvas, &ends, Colour::Vermilion, 2);
    }
    let down = |value: f64| (frame.x(value * times), frame.top, frame.bottom);
    for (value, width) in [(answer.low, 1), (answer.value, 2), (answer.high, 1)] {
        if let Some((x, top, bottom)) = value.map(down) {
            canvas.line(vec![(x, top), (x, bottom)], Colour::Green, width);
        }
    }
    frame.dots(canvas, &dots, Colour::Blue);
    frame.tell(canvas, Along::Both, "run", &dots, Colour::Blue);
}

fn tornado(canvas: &mut Canvas<'_>, capacity: &Capacity) {
    let rows: Vec<&Sensitivity> = capacity.sensitivity.iter().take(MOST).collect();
    let sides = [("− 20 %", Colour::Blue), ("+ 20 %", Colour::Orange)];
    let words = Words {
        title: format!("What {} depends on", capacity.key),
        vertical: "change of the capacity".to_owned(),
        horizontal: String::new(),
        legend: sides
            .map(|(name, colour)| (name.to_owned(), Sign::Block(colour)))
            .to_vec(),
    };
    let reach = rows.iter().map(|row| row.reach()).fold(0.0, f64::max);
    if reach <= 0.0 {
        return no_data(canvas, &words, "nothing changes it");
    }
    let font = canvas.size.font();
    let (width, height) = canvas.extent();
    let top = head(canvas, &words) + font;
    let bottom = height - MARGIN - font - 6;
    let longest = rows.iter().map(|row| text_width(&row.knob, font)).max();
    let left = MARGIN + longest.unwrap_or(0).min(width * 9 / 20) + 6;
    let right = width - MARGIN - text_width("+100 %", font) / 2;
    // Ends that people read, in steps of a twentieth.
    let reach = (reach * 20.0).ceil() / 20.0;
    let axis = Axis::between(-reach, reach, 4, units::change);
    let column = |value: f64| left + (axis.position(value) * f64::from(right - left)) as i32;
    for tick in &axis.ticks {
        let x = column(tick.value);
        canvas.line(vec![(x, top), (x, bottom)], Colour::Grid, 1);
        let label = format!("{:+.0} %", 100.0 * tick.value);
        canvas.text(
            &label,
            (x, bottom + 6 + font / 2),
            Anchor::Centre,
            Colour::Muted,
        );
    }
    let step = f64::from(bottom - top) / rows.len() as f64;
    let half = ((step * 0.36) as i32).clamp(2, 12);
    let mut told: [Vec<Mark>; 2] = Default::default();
    for (at, row) in rows.iter().enumerate() {
        let y = top + ((at as f64 + 0.5) * step) as i32;
        canvas.text(&row.knob, (left - 6, y), Anchor::Right, Colour::Ink);
        for (side, change) in [row.less, row.more].into_iter().enumerate() {
            let Some(change) = change else { continue };
            // The one above, the other below, or one would hide the other where both go the same way.
            let (from, to) = [(y - half, y), (y, y + half)][side];
            let ends = [column(0.0), column(change.mean)];
            let ends = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            canvas.rectangle((ends.0, from), (ends.1, to), sides[side].1);
            told[side].push(Mark {
                at: (
                    axis.position(change.mean),
                    1.0 - (at as f64 + 0.5) / rows.len() as f64,
                ),
                words: (units::change(change.mean), row.knob.clone()),
            });
        }
    }
    let zero = column(0.0);
    canvas.line(vec![(zero, top), (zero, bottom)], Colour::Muted, 1);
    canvas.frame = Some([left, top, right, bottom]);
    for ((name, colour), marks) in sides.into_iter().zip(told) {
        canvas.values.add(Along::Y, name, colour, marks);
    }
}
