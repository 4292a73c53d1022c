//! How a generator of load fared, second by second.

use super::axis::{count_tick, duration_tick};
use super::canvas::Canvas;
use super::over_time::{Course, Line, draw};
use super::palette::Colour;
use crate::details::Details;
use throng_record::GeneratorPoint;

pub(super) fn wishes(canvas: &mut Canvas<'_>, title: &'static str, details: &Details<'_>) {
    let lines = vec![
        line("due", Colour::Vermilion, details, |point| {
            point.intended as f64
        }),
        line("taken up", Colour::Blue, details, |point| {
            point.taken as f64
        }),
    ];
    let course = Course::of(details);
    draw(canvas, title, "wishes a second", &course, lines, count_tick);
}

pub(super) fn delays(canvas: &mut Canvas<'_>, title: &'static str, details: &Details<'_>) {
    let lines = vec![
        line("latest wish", Colour::Vermilion, details, |point| {
            point.late_max.as_secs_f64()
        }),
        line("latest thread", Colour::Blue, details, |point| {
            point.delay_max.as_secs_f64()
        }),
    ];
    let course = Course::of(details);
    draw(
        canvas,
        title,
        "longest of each second",
        &course,
        lines,
        duration_tick,
    );
}

fn line(name: &str, colour: Colour, details: &Details<'_>, of: fn(&GeneratorPoint) -> f64) -> Line {
    let points = details.generator.iter();
    let values = points.map(|point| (point.time.as_secs_f64(), of(point)));
    Line::new(name, values.collect(), colour)
}
