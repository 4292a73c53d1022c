//! The plot of a sizing: how much of its machines a provider uses, from the mean of a day to the busiest second.

use super::axis::{Axis, percent_tick};
use super::canvas::{Anchor, Canvas, Drawing, Size, render, text_width};
use super::frame::{Frame, Sign, Space, Words, no_data};
use super::palette::Colour;
use super::values::{Along, Mark};
use crate::error::ReportError;
use crate::size::{Demand, ProviderSize, Sizing};
use crate::units;

/// What is said of less than this part of a machine is said of none.
const LEAST: f64 = 1e-6;

/// How much is used at some level, where that is known.
type At = fn(&Demand) -> Option<f64>;

/// The levels at which something is used, in the order in which they come to more.
const LEVELS: [(&str, Colour, At); 4] = [
    ("mean", Colour::Blue, |one| one.mean),
    ("busiest hour", Colour::Green, |one| Some(one.peak_hour)),
    ("busiest minute", Colour::Orange, |one| one.peak_minute),
    ("busiest second", Colour::Vermilion, |one| one.peak_second),
];

/// What stands beside what is used.
const RECOMMENDED: &str = "recommended";

/// How much of one provider's machines is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizePlot<'a>(&'a ProviderSize);

/// A plot for each provider.
pub fn of_size(sizing: &Sizing) -> Vec<SizePlot<'_>> {
    sizing.providers.iter().map(SizePlot).collect()
}

impl SizePlot<'_> {
    /// Its file's name in `plots/`, without the ending: a domain is a host name, which any file system takes.
    pub fn name(&self) -> String {
        format!("machines-{}", self.0.domain)
    }

    /// What it is called by those who cannot see it.
    pub fn title(&self) -> String {
        format!("{}: what of its machines is used", self.0.domain)
    }

    /// How it is to be read.
    pub fn note(&self) -> String {
        let machines = &self.0.machines;
        format!(
            "Parts of {} × {}, on a logarithmic scale. The ring that is farthest to the right is what binds. Of the network it is the busier direction.",
            units::count(u64::from(machines.count)),
            machines.machine,
        )
    }

    /// The plot, drawn.
    ///
    /// # Errors
    /// [`ReportError::Plot`] where the drawing backend fails.
    pub fn draw(&self, size: Size) -> Result<Drawing, ReportError> {
        render("size", &self.title(), size, |canvas| {
            used(canvas, self.0);
        })
    }
}

fn used(canvas: &mut Canvas<'_>, provider: &ProviderSize) {
    let levels = LEVELS.map(|(name, colour, _)| (name.to_owned(), Sign::Dot(colour)));
    let ring = (RECOMMENDED.to_owned(), Sign::Ring(Colour::Ink));
    let words = Words {
        // Domains are long, and phones narrow.
        title: provider.domain.clone(),
        vertical: "part of all recommended machines that is used".to_owned(),
        horizontal: String::new(),
        legend: levels.into_iter().chain([ring]).collect(),
    };
    let demands = &provider.demands;
    let values = |one: &Demand| {
        let levels = LEVELS.iter().filter_map(|(.., of)| of(one));
        let all: Vec<f64> = levels.chain([one.recommended]).collect();
        all.into_iter().filter(|part| *part >= LEAST)
    };
    let least = demands.iter().flat_map(values).fold(1.0, f64::min);
    let most = demands.iter().flat_map(values).fold(1.0, f64::max);
    if demands.iter().flat_map(values).next().is_none() {
        return no_data(canvas, &words, "next to nothing is used");
    }
    let font = canvas.size.font();
    let steps = canvas.extent().0 / (6 * font);
    let x = Axis::log(least, most, steps as usize, percent_tick);
    // From the bottom up, where people read from the top down.
    let names = demands.iter().rev().map(|one| one.resource.to_owned());
    let y = Axis::categories(names.collect());
    let space = Space {
        beside: text_width("99.9 %", font) + 12,
        ..Space::default()
    };
    let frame = Frame::draw(canvas, &words, x, y, space);
    let all = frame.x(1.0);
    canvas.line(
        vec![(all, frame.top), (all, frame.bottom)],
        Colour::Muted,
        2,
    );
    let rows = || {
        let heights = (0..demands.len()).rev().map(|at| at as f64 + 0.5);
        demands.iter().zip(heights)
    };
    let mark = |part: f64, row: f64, one: &Demand| Mark {
        at: frame.mark((part, row)).at,
        words: (units::percent(part, 1.0), one.resource.to_owned()),
    };
    for (one, row) in rows() {
        let y = frame.y(row);
        let (low, high) = values(one).fold((f64::INFINITY, 0.0), |(low, high), part: f64| {
            (part.min(low), part.max(high))
        });
        if low < high {
            canvas.line(vec![(frame.x(low), y), (frame.x(high), y)], Colour::Grid, 3);
        }
        let ring = frame.x(one.recommended);
        canvas.ring((ring, y), 7, Colour::Ink);
        let label = units::percent(one.recommended, 1.0);
        canvas.text(&label, (ring + 12, y), Anchor::Left, Colour::Ink);
    }
    for (name, colour, of) in LEVELS {
        let mut marks = Vec::new();
        for (one, row) in rows() {
            let Some(part) = of(one).filter(|part| *part >= LEAST) else {
                continue;
            };
            canvas.dot((frame.x(part), frame.y(row)), 5, colour, 1.0);
            marks.push(mark(part, row, one));
        }
        canvas.values.add(Along::Y, name, colour, marks);
    }
    let rings = rows().map(|(one, row)| mark(one.recommended, row, one));
    canvas
        .values
        .add(Along::Y, RECOMMENDED, Colour::Ink, rings.collect());
}
