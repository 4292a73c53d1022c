//! How ratchet trees change in the course of a run.

use super::axis::count_tick;
use super::canvas::Canvas;
use super::over_time::{Course, Line, draw};
use super::palette::Colour;
use crate::details::Details;
use throng_record::TreeSample;

pub(super) fn ciphertexts(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let values = levels(record, |sample| sample.mean_ciphertexts);
    let lines = vec![Line::new("", values, Colour::Blue)];
    draw(
        canvas,
        title,
        CIPHERTEXTS,
        &Course::of(record),
        lines,
        count_tick,
    );
}

pub(super) fn blanks(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let line = |name, of, colour| Line::new(name, levels(record, of), colour);
    let lines = vec![
        line(
            "blank leaves",
            |sample| sample.blank_leaves as f64,
            Colour::Blue,
        ),
        line(
            "blank parents",
            |sample| sample.blank_parents as f64,
            Colour::Vermilion,
        ),
        line(
            "unmerged entries",
            |sample| sample.unmerged_leaves as f64,
            Colour::Green,
        ),
    ];
    draw(
        canvas,
        title,
        "number, all rooms",
        &Course::of(record),
        lines,
        count_tick,
    );
}

/// What the vertical axis of the next commit's costs is.
pub(super) const CIPHERTEXTS: &str = "ciphertexts in a path, mean";

/// A quantity as it stood at each sample.
pub(super) fn levels(record: &Details<'_>, of: fn(&TreeSample) -> f64) -> Vec<(f64, f64)> {
    let samples = record.groups.iter().flat_map(|groups| &groups.series);
    samples
        .map(|sample| (sample.time.as_secs_f64(), of(sample)))
        .collect()
}
