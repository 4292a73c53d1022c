//! What changes in the course of a run.

use super::axis::{Axis, Format, bytes_tick, count_tick, duration_tick};
use super::buckets::{Bucket, buckets, samples};
use super::canvas::Canvas;
use super::churn::{Events, Rug};
use super::frame::{Frame, Sign, Space, Words, no_data};
use super::palette::Colour;
use super::values::Along;
use crate::details::Details;
use crate::units;
use throng_record::{CommitRow, EventMark, SeriesPoint};

/// A line of values at times in seconds.
pub(super) struct Line {
    /// Its name in the legend.
    name: String,
    values: Vec<(f64, f64)>,
    colour: Colour,
    /// In pixels.
    width: u32,
}

/// What lines over time stand in.
pub(super) struct Course<'a> {
    /// Whether all of its time was virtual.
    pub(super) is_virtual: bool,
    /// Its seconds.
    pub(super) end: f64,
    pub(super) marks: &'a [EventMark],
    pub(super) commits: &'a [CommitRow],
}

impl<'a> Course<'a> {
    pub(super) fn of(details: &'a Details<'_>) -> Self {
        Self {
            is_virtual: !details.real,
            end: end(&details.series),
            marks: &details.marks,
            commits: details.commits(),
        }
    }
}

/// When the last sample was taken, in seconds.
pub(super) fn end(series: &[SeriesPoint]) -> f64 {
    series.last().map_or(0.0, |point| point.time.as_secs_f64())
}

impl Line {
    pub(super) fn new(name: &str, values: Vec<(f64, f64)>, colour: Colour) -> Self {
        Self {
            name: name.to_owned(),
            values,
            colour,
            width: 2,
        }
    }
}

pub(super) fn commits(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let parts = buckets(&record.series);
    let mut lines = vec![
        Line::new(
            "changes of members wanted",
            rates(&parts, |part| part.churn),
            Colour::Purple,
        ),
        Line::new(
            "commits sent",
            rates(&parts, |part| part.attempts),
            Colour::Vermilion,
        ),
        Line::new(
            "accepted commits",
            rates(&parts, |part| part.commits),
            Colour::Blue,
        ),
    ];
    let unit = in_readable_unit(&mut lines);
    let vertical = match length(&parts) {
        Some(length) => format!("number {unit}, means of {length}"),
        None => format!("number {unit}"),
    };
    draw(
        canvas,
        title,
        &vertical,
        &Course::of(record),
        lines,
        count_tick,
    );
}

pub(super) fn bytes(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let lines = with_means(record, |part| part.bytes as f64 / part.seconds);
    draw(
        canvas,
        title,
        "bytes a second on all links",
        &Course::of(record),
        lines,
        bytes_tick,
    );
}

pub(super) fn provider_load(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let lines = with_means(record, |part| part.busy.as_secs_f64() / part.seconds);
    draw(
        canvas,
        title,
        "cores, all providers",
        &Course::of(record),
        lines,
        count_tick,
    );
}

pub(super) fn provider_wait(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let values = levels(&record.series, |point| {
        point.provider_wait_max.as_secs_f64()
    });
    let lines = vec![Line::new("", values, Colour::Blue)];
    draw(
        canvas,
        title,
        "longest wait of each sample",
        &Course::of(record),
        lines,
        duration_tick,
    );
}

pub(super) fn queued(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let values = levels(&record.series, |point| point.queued as f64);
    let lines = vec![Line::new("", values, Colour::Blue)];
    draw(
        canvas,
        title,
        "messages, all providers",
        &Course::of(record),
        lines,
        count_tick,
    );
}

pub(super) fn stored(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let values = levels(&record.series, |point| point.stored_bytes as f64);
    let lines = vec![Line::new("", values, Colour::Blue)];
    draw(
        canvas,
        title,
        "bytes, all providers",
        &Course::of(record),
        lines,
        bytes_tick,
    );
}

/// Turns rates for each second into rates for each of the unit of time in which they can be read; returns that.
pub(super) fn in_readable_unit(lines: &mut [Line]) -> &'static str {
    let (factor, unit) = match greatest(lines) {
        most if most * 60.0 < 1.0 => (3_600.0, "an hour"),
        most if most < 1.0 => (60.0, "a minute"),
        _ => (1.0, "a second"),
    };
    for value in lines.iter_mut().flat_map(|line| &mut line.values) {
        value.1 *= factor;
    }
    unit
}

/// Every sample as a thin line and, where samples are many, their means over it.
fn with_means(record: &Details<'_>, of: fn(&Bucket) -> f64) -> Vec<Line> {
    let values = |parts: &[Bucket]| parts.iter().map(|part| (part.middle, of(part))).collect();
    let (each, parts) = (samples(&record.series), buckets(&record.series));
    let mut lines = vec![Line::new("each sample", values(&each), Colour::Blue)];
    if let (true, Some(length)) = (parts.len() < each.len(), length(&parts)) {
        lines[0].colour = Colour::Sky;
        lines[0].width = 1;
        lines.push(Line::new(
            &format!("mean of {length}"),
            values(&parts),
            Colour::Blue,
        ));
    }
    lines
}

/// The length of a bucket, for people to read.
fn length(parts: &[Bucket]) -> Option<String> {
    parts.first().map(|part| units::seconds_short(part.seconds))
}

/// A plot of one or more lines over virtual time. Time ends where the run did.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    title: &str,
    vertical: &str,
    course: &Course<'_>,
    lines: Vec<Line>,
    format: Format,
) {
    let mut words = Words {
        title: title.to_owned(),
        vertical: vertical.to_owned(),
        ..Words::default()
    };
    if course.end <= 0.0 {
        return no_data(canvas, &words, "the run ended before its first sample");
    }
    let (x, unit) = Axis::time(course.end, 6);
    let (events, rug) = (Events::new(course.marks), Rug::new(course.commits));
    let time = if course.is_virtual {
        "virtual time"
    } else {
        "time"
    };
    words.horizontal = format!("{time}, {unit}{}", rug.key());
    if lines.len() > 1 {
        words.legend = lines
            .iter()
            .map(|line| (line.name.clone(), Sign::Block(line.colour)))
            .collect();
    }
    words.legend.extend(events.legend());
    let y = Axis::linear(greatest(&lines), 5, format);
    let space = Space {
        above: events.height(canvas.size.font()),
        below: rug.height(),
        ..Space::default()
    };
    let frame = Frame::draw(canvas, &words, x, y, space);
    events.draw(canvas, &frame);
    rug.draw(canvas, &frame);
    for line in &lines {
        frame.line(canvas, &line.values, line.colour, line.width);
        let name = match line.name.as_str() {
            "" => vertical,
            name => name,
        };
        frame.tell(canvas, Along::X, name, &line.values, line.colour);
    }
}

/// A counter as a rate for each second.
pub(super) fn rates(parts: &[Bucket], of: fn(&Bucket) -> u64) -> Vec<(f64, f64)> {
    parts
        .iter()
        .map(|part| (part.middle, of(part) as f64 / part.seconds))
        .collect()
}

/// A quantity as it stood at each sample.
pub(super) fn levels(series: &[SeriesPoint], of: fn(&SeriesPoint) -> f64) -> Vec<(f64, f64)> {
    series
        .iter()
        .map(|point| (point.time.as_secs_f64(), of(point)))
        .collect()
}

fn greatest(lines: &[Line]) -> f64 {
    lines
        .iter()
        .flat_map(|line| &line.values)
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max)
}
