//! What changes in the course of a run, interval by interval.

use super::axis::{Axis, Format, bytes_tick, count_tick};
use super::canvas::Canvas;
use super::frame::{Frame, Words, no_data};
use super::palette::Colour;
use throng_sim::record::{Record, SeriesPoint};

/// A line: its name in the legend, and its values at times in seconds.
type Line = (&'static str, Vec<(f64, f64)>);

pub(super) fn commits(canvas: &mut Canvas<'_>, title: &'static str, record: &Record) {
    let rates = |of: fn(&SeriesPoint) -> u64| per_second(&record.series, of);
    let lines = vec![
        ("wishes to change members", rates(|point| point.churn)),
        ("commit attempts", rates(|point| point.attempts)),
        ("accepted commits", rates(|point| point.commits)),
    ];
    let greatest = greatest(&lines);
    let (factor, unit) = match greatest {
        g if g * 60.0 < 1.0 => (3_600.0, "an hour"),
        g if g < 1.0 => (60.0, "a minute"),
        _ => (1.0, "a second"),
    };
    let lines = lines
        .into_iter()
        .map(|(name, values)| {
            (
                name,
                values.into_iter().map(|(t, v)| (t, v * factor)).collect(),
            )
        })
        .collect();
    draw(
        canvas,
        title,
        &format!("number {unit}"),
        record,
        lines,
        count_tick,
    );
}

pub(super) fn bytes(canvas: &mut Canvas<'_>, title: &'static str, record: &Record) {
    let lines = vec![("", per_second(&record.series, |point| point.bytes))];
    draw(
        canvas,
        title,
        "bytes a second on all links",
        record,
        lines,
        bytes_tick,
    );
}

pub(super) fn ciphertexts(canvas: &mut Canvas<'_>, title: &'static str, record: &Record) {
    let lines = vec![("", levels(&record.series, |point| point.mean_ciphertexts))];
    draw(
        canvas,
        title,
        "ciphertexts in a path, mean",
        record,
        lines,
        count_tick,
    );
}

pub(super) fn blanks(canvas: &mut Canvas<'_>, title: &'static str, record: &Record) {
    let lines = vec![
        (
            "blank leaves",
            levels(&record.series, |point| point.blank_leaves as f64),
        ),
        (
            "blank parents",
            levels(&record.series, |point| point.blank_parents as f64),
        ),
        (
            "unmerged entries",
            levels(&record.series, |point| point.unmerged_leaves as f64),
        ),
    ];
    draw(
        canvas,
        title,
        "number, all rooms",
        record,
        lines,
        count_tick,
    );
}

pub(super) fn provider_load(canvas: &mut Canvas<'_>, title: &'static str, record: &Record) {
    let nanos = per_second(&record.series, |point| point.provider_busy.as_nanos());
    let cores = nanos.into_iter().map(|(t, v)| (t, v / 1e9)).collect();
    draw(
        canvas,
        title,
        "cores, all providers",
        record,
        vec![("", cores)],
        count_tick,
    );
}

/// A plot of one or more lines over virtual time. Time ends where the run did.
fn draw(
    canvas: &mut Canvas<'_>,
    title: &str,
    vertical: &str,
    record: &Record,
    lines: Vec<Line>,
    format: Format,
) {
    let named = lines.len() > 1;
    let mut words = Words {
        title: title.to_owned(),
        vertical: vertical.to_owned(),
        ..Words::default()
    };
    let last = record
        .series
        .last()
        .map_or(0.0, |point| point.time.as_secs_f64());
    if last <= 0.0 {
        return no_data(canvas, &words, "the run ended before its first sample");
    }
    let (x, unit) = Axis::time(last, 6);
    words.horizontal = format!("virtual time, {unit}");
    if named {
        words.legend = lines
            .iter()
            .enumerate()
            .map(|(at, (name, _))| ((*name).to_owned(), Colour::series(at)))
            .collect();
    }
    let y = Axis::linear(greatest(&lines), 5, format);
    let frame = Frame::draw(canvas, &words, x, y, 0);
    for (at, (_, values)) in lines.iter().enumerate() {
        frame.line(canvas, values, Colour::series(at));
    }
}

/// A counter as a rate: what each interval counted, over its length.
fn per_second(series: &[SeriesPoint], of: fn(&SeriesPoint) -> u64) -> Vec<(f64, f64)> {
    let mut before = 0.0;
    let mut rates = Vec::with_capacity(series.len());
    for point in series {
        let time = point.time.as_secs_f64();
        if time > before {
            rates.push((time, of(point) as f64 / (time - before)));
        }
        before = time;
    }
    rates
}

/// A quantity as it stood at each sample.
fn levels(series: &[SeriesPoint], of: fn(&SeriesPoint) -> f64) -> Vec<(f64, f64)> {
    series
        .iter()
        .map(|point| (point.time.as_secs_f64(), of(point)))
        .collect()
}

fn greatest(lines: &[Line]) -> f64 {
    lines
        .iter()
        .flat_map(|(_, values)| values)
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max)
}
