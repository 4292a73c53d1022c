//! What servers took of their machines while they were loaded: a line for each.

use super::axis::{Format, bytes_tick, count_tick};
use super::canvas::Canvas;
use super::over_time::{Course, Line, draw};
use super::palette::Colour;
use crate::details::Details;
use throng_record::ServerSample;
use throng_record::servers::servers;

pub(super) fn cpu(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let cores = ServerSample::cores;
    lines(canvas, title, record, "cores", count_tick, cores);
}

pub(super) fn memory(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let memory = |sample: &ServerSample| Some(sample.memory as f64);
    lines(canvas, title, record, "bytes", bytes_tick, memory);
}

pub(super) fn connections(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let open = |sample: &ServerSample| sample.connections.map(|count| count as f64);
    lines(canvas, title, record, "connections", count_tick, open);
}

pub(super) fn stored(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let stored = |sample: &ServerSample| sample.stored.map(|bytes| bytes as f64);
    lines(canvas, title, record, "bytes", bytes_tick, stored);
}

fn lines(
    canvas: &mut Canvas<'_>,
    title: &'static str,
    record: &Details<'_>,
    vertical: &str,
    format: Format,
    of: impl Fn(&ServerSample) -> Option<f64>,
) {
    let mut lines = Vec::new();
    for server in servers(&record.servers) {
        let samples = record
            .servers
            .iter()
            .filter(|sample| sample.server == server);
        let values = samples.filter_map(|sample| Some((sample.time.as_secs_f64(), of(sample)?)));
        let values: Vec<(f64, f64)> = values.collect();
        if !values.is_empty() {
            let colour = Colour::series(lines.len());
            lines.push(Line::new(server, values, colour));
        }
    }
    let course = Course::of(record);
    draw(canvas, title, vertical, &course, lines, format);
}
