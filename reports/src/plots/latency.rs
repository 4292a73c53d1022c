//! Latency percentiles: how long things take, up to the slowest.

use super::axis::Axis;
use super::canvas::{Canvas, Size, text_width};
use super::frame::{Frame, Sign, Space, Words, no_data};
use super::palette::Colour;
use super::values::Along;
use crate::details::Details;
use hdrhistogram::Histogram;

/// The shortest latency that a logarithmic axis shows, in seconds; shorter ones lie on it.
const SHORTEST: f64 = 1e-6;

/// Points of a line for each nine.
const STEPS: u32 = 60;

/// A line: its name, its points, its colour.
pub(super) type Line = (String, Vec<(f64, f64)>, Colour);

pub(super) fn messages(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let named = [
        "message",
        "message-last",
        "commit-accept",
        "converge",
        "converge-last",
    ];
    percentiles(canvas, title, record, &named);
}

pub(super) fn membership(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    percentiles(canvas, title, record, &["join", "leave", "catch-up"]);
}

pub(super) fn provider_wait(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    percentiles(canvas, title, record, &["provider-wait"]);
}

fn percentiles(canvas: &mut Canvas<'_>, title: &str, record: &Details<'_>, names: &[&'static str]) {
    let latencies = record.latencies.named();
    let lines: Vec<Line> = names
        .iter()
        .enumerate()
        .filter_map(|(at, name)| {
            let (_, _, histogram) = latencies.iter().find(|(known, ..)| known == name)?;
            (!histogram.is_empty()).then(|| {
                let name = (*name).to_owned();
                (name, curve(histogram), Colour::series(at))
            })
        })
        .collect();
    draw(canvas, title, &lines);
}

/// Lines over percentiles, the latencies in seconds on a logarithmic axis.
pub(super) fn draw(canvas: &mut Canvas<'_>, title: &str, lines: &[Line]) {
    let mut words = Words {
        title: title.to_owned(),
        vertical: "latency, logarithmic".to_owned(),
        horizontal: "percentile".to_owned(),
        legend: Vec::new(),
    };
    if lines.is_empty() {
        return no_data(canvas, &words, "nothing of this happened");
    }
    let all = || lines.iter().flat_map(|(_, points, _)| points);
    let nines = all().map(|point| point.0).fold(1.0, f64::max);
    let low = all().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let high = all().map(|point| point.1).fold(SHORTEST, f64::max);
    // Beside the lines there is room for their names only on a wide plot.
    let mut space = Space::default();
    if canvas.size == Size::Wide {
        let widest = lines
            .iter()
            .map(|line| text_width(&line.0, canvas.size.font()));
        space.beside = widest.max().unwrap_or(0) + 10;
    } else {
        words.legend = lines
            .iter()
            .map(|line| (line.0.clone(), Sign::Block(line.2)))
            .collect();
    }
    let y = Axis::log_time(low, high, 7);
    let frame = Frame::draw(canvas, &words, Axis::percentile(nines), y, space);
    for (name, points, colour) in lines {
        frame.line(canvas, points, *colour, 2);
        frame.tell(canvas, Along::X, name, points, *colour);
    }
    if canvas.size == Size::Wide {
        let ends: Vec<(String, (f64, f64), Colour)> = lines
            .iter()
            .filter_map(|(name, points, colour)| Some((name.clone(), *points.last()?, *colour)))
            .collect();
        frame.label_ends(canvas, &ends);
    }
}

/// Points from the least value to the greatest: (−log₁₀(1 − quantile), seconds). A histogram of n values
/// ends at log₁₀ n, where the distance to 100 % is one value.
pub(super) fn curve(histogram: &Histogram<u64>) -> Vec<(f64, f64)> {
    let seconds = |micros: u64| (micros as f64 / 1e6).max(SHORTEST);
    let end = (histogram.len() as f64).log10().min(9.0);
    let steps = (end * f64::from(STEPS)).ceil() as u32;
    let mut points: Vec<(f64, f64)> = (0..steps)
        .map(|step| {
            let nines = f64::from(step) / f64::from(STEPS);
            let quantile = 1.0 - 10f64.powf(-nines);
            (nines, seconds(histogram.value_at_quantile(quantile)))
        })
        .collect();
    points.push((end, seconds(histogram.max())));
    points
}
