//! A measure along an axis of a sweep: means with their intervals, and the law that fits them best.

use super::axis::{Axis, Format, bytes_tick, count_tick, duration_tick, percent_tick};
use super::canvas::{Canvas, Drawing, Size, render, text_width};
use super::frame::{Frame, MARGIN, Sign, Space, Words, no_data};
use super::palette::Colour;
use super::values::Along;
use crate::error::ReportError;
use crate::measures::{self, Unit};
use crate::sweep::{Cell, Fitted, Sweep};

/// A plot that a sweep has.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPlot<'a> {
    sweep: &'a Sweep,
    /// The measure that is shown.
    pub measure: &'a str,
    /// The number of the axis that it is shown along.
    pub axis: usize,
}

/// A logarithmic axis where values differ by this factor: on a linear one the small ones could not be told apart.
const LOGARITHMIC: f64 = 20.0;

/// The same for what is varied: doublings are evenly spaced as soon as there are a few.
const LOGARITHMIC_KEY: f64 = 7.0;

/// Points on a curve.
const CURVE: u32 = 64;

/// The plots of a sweep: each key measure along each axis of numbers, or along the first axis where none is.
pub fn of_sweep(sweep: &Sweep) -> Vec<SweepPlot<'_>> {
    let axes = &sweep.grid.axes;
    let several = |axis: &usize| axes[*axis].values.len() > 1;
    let numbers = |axis: &usize| axes[*axis].numbers().is_some();
    let mut along: Vec<usize> = (0..axes.len()).filter(several).filter(numbers).collect();
    if along.is_empty() {
        along.extend((0..axes.len()).find(several));
    }
    let plots = along.into_iter().flat_map(|axis| {
        let plot = move |measure| SweepPlot {
            sweep,
            measure,
            axis,
        };
        sweep.key_measures().into_iter().map(plot)
    });
    plots.collect()
}

/// The cells of a line, with the law that goes through them.
struct Line<'a> {
    name: String,
    cells: Vec<&'a Cell>,
    law: Option<Fitted>,
    colour: Colour,
}

impl SweepPlot<'_> {
    /// Its file's name in `plots/`, without the ending.
    pub fn name(&self) -> String {
        format!("{}-by-{}", self.measure, self.key()).replace('.', "-")
    }

    /// How it is to be read.
    pub fn note(&self) -> String {
        let mut note = match self.sweep.grid.replicas {
            1 => "One run each.".to_owned(),
            _ => "Means of the replicas with their 95 % intervals.".to_owned(),
        };
        if self.lines().iter().any(|line| line.law.is_some()) {
            note.push_str(" The curve is the best of the laws that were tried.");
        }
        let all = self.firsts().len();
        if all > Colour::SERIES.len() {
            note.push_str(&format!(" {} of {all} lines.", Colour::SERIES.len()));
        }
        note
    }

    /// The plot, drawn.
    ///
    /// # Errors
    /// [`ReportError::Plot`] where the drawing backend fails.
    pub fn draw(&self, size: Size) -> Result<Drawing, ReportError> {
        render("sweep", &self.title(), size, |canvas| self.onto(canvas))
    }

    /// What it is called by those who cannot see it.
    pub fn title(&self) -> String {
        format!("{} by {}", self.measure, self.key())
    }

    fn key(&self) -> &str {
        &self.sweep.grid.axes[self.axis].key
    }

    /// The first point of each line.
    fn firsts(&self) -> Vec<usize> {
        let grid = &self.sweep.grid;
        let first = |point: &usize| grid.place(*point)[self.axis] == 0;
        (0..grid.points()).filter(first).collect()
    }

    /// As many lines as there are colours, evenly chosen, the first and the last among them.
    fn lines(&self) -> Vec<Line<'_>> {
        let (grid, firsts) = (&self.sweep.grid, self.firsts());
        let count = firsts.len().min(Colour::SERIES.len());
        let chosen = (0..count).map(|at| match count {
            1 => firsts[0],
            _ => firsts[at * (firsts.len() - 1) / (count - 1)],
        });
        let line = |(number, first): (usize, usize)| {
            let along = grid.along(self.axis, first);
            let here = |cell: &&Cell| cell.measure == self.measure && along.contains(&cell.point);
            let growth = self.sweep.fits.iter().find(|growth| {
                growth.axis == self.axis && growth.at == first && growth.measure == self.measure
            });
            Line {
                name: grid.others(self.axis, first).join(" "),
                cells: self.sweep.cells.iter().filter(here).collect(),
                law: growth.and_then(|growth| growth.fit.law().copied()),
                colour: Colour::series(number),
            }
        };
        chosen.enumerate().map(line).collect()
    }

    fn onto(&self, canvas: &mut Canvas<'_>) {
        let lines = self.lines();
        let cells = || lines.iter().flat_map(|line| &line.cells);
        let unit = cells().next().map_or(Unit::Count, |cell| cell.family.unit);
        let says = measures::family::find(self.measure)
            .map_or(String::new(), |family| family.in_words(self.measure));
        let (scale, format) = scale(unit);
        let numbers = self.sweep.grid.axes[self.axis].numbers();
        let mut words = Words {
            title: self.measure.to_owned(),
            vertical: String::new(),
            horizontal: self.key().to_owned(),
            legend: lines.iter().filter_map(in_legend).collect(),
        };
        if cells().next().is_none() {
            return no_data(canvas, &words, "no run has this measure");
        }
        // An interval may reach below what a logarithmic axis has; its mean does not.
        let lower = |cell: &&Cell| match cell.estimate.low > 0.0 {
            true => cell.estimate.low,
            false => cell.estimate.mean,
        };
        let least = cells().map(lower).fold(f64::INFINITY, f64::min) * scale;
        let most = cells().map(|cell| cell.estimate.high).fold(0.0, f64::max) * scale;
        let logarithmic = least > 0.0 && most > LOGARITHMIC * least;
        let y = match (logarithmic, unit) {
            (true, Unit::Milliseconds | Unit::Seconds) => Axis::log_time(least, most, 7),
            (true, _) => Axis::log(least, most, 7, format),
            (false, _) => Axis::linear(most, 5, format),
        };
        let x = match &numbers {
            Some(numbers) => {
                let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let high = numbers.iter().copied().fold(0.0, f64::max);
                match high > LOGARITHMIC_KEY * low {
                    true => {
                        words.horizontal.push_str(", logarithmic");
                        Axis::log(low, high, 7, count_tick)
                    }
                    false => Axis::linear(high, 6, count_tick),
                }
            }
            None => Axis::categories(self.sweep.grid.axes[self.axis].values.clone()),
        };
        let vertical = |what: &str| {
            let spaced = if logarithmic { ", logarithmic" } else { "" };
            format!("{what}{}{spaced}", in_unit(unit))
        };
        words.vertical = vertical(&says);
        // On a phone there is no room for what the page says elsewhere.
        let room = canvas.extent().0 - 2 * MARGIN;
        if text_width(&words.vertical, canvas.size.font()) > room {
            words.vertical = vertical(match self.sweep.grid.replicas {
                1 => "one run each",
                _ => "mean over replicas",
            });
        }
        let frame = Frame::draw(canvas, &words, x, y, Space::default());
        for (number, line) in lines.iter().enumerate() {
            if let (Some(law), Some(numbers)) = (&line.law, &numbers) {
                let curve: Vec<(f64, f64)> = along(numbers)
                    .map(|n| (n, law.at(n) * scale))
                    // A law that fits badly leaves the plot.
                    .filter(|(_, value)| (least / 2.0..=most * 2.0).contains(value))
                    .collect();
                frame.line(canvas, &curve, line.colour, 1);
            }
            // Side by side, or lines that agree would hide one another.
            let aside = 4 * number as i32 - 2 * (lines.len() as i32 - 1);
            let mut told = Vec::new();
            for cell in &line.cells {
                let place = self.sweep.grid.place(cell.point)[self.axis];
                let n = numbers
                    .as_ref()
                    .map_or(place as f64 + 0.5, |numbers| numbers[place]);
                let estimate = &cell.estimate;
                let values = [estimate.low, estimate.mean, estimate.high];
                let values = values.map(|value| value * scale);
                frame.estimate(canvas, (n, aside), values, line.colour);
                told.push((n, values[1]));
            }
            let name = match line.name.as_str() {
                "" => self.measure,
                name => name,
            };
            frame.tell(canvas, Along::X, name, &told, line.colour);
        }
    }
}

/// A line needs a name where there are others, or where a law goes through it.
fn in_legend(line: &Line<'_>) -> Option<(String, Sign)> {
    let law = line.law.map(|law| format!("~ {}", law.law.name()));
    let words: Vec<String> = [line.name.clone()]
        .into_iter()
        .chain(law)
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| (words.join(" "), Sign::Block(line.colour)))
}

/// Places on a logarithmic axis from the least to the greatest of some numbers.
fn along(numbers: &[f64]) -> impl Iterator<Item = f64> {
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(0.0, f64::max);
    (0..=CURVE).map(move |at| low * (high / low).powf(f64::from(at) / f64::from(CURVE)))
}

/// What a value is multiplied by, and how it is then written at ticks.
fn scale(unit: Unit) -> (f64, Format) {
    match unit {
        Unit::Bytes => (1.0, bytes_tick),
        Unit::Milliseconds => (1e-3, duration_tick),
        Unit::Seconds => (1.0, duration_tick),
        Unit::Share => (1.0, percent_tick),
        Unit::Count | Unit::PerSecond => (1.0, count_tick),
    }
}

const fn in_unit(unit: Unit) -> &'static str {
    match unit {
        Unit::PerSecond => ", a second",
        _ => "",
    }
}
