//! Which kinds of message the bytes belong to.

use super::axis::bytes_tick;
use super::bars::{Bar, draw, sorted};
use super::canvas::Canvas;
use super::frame::{Sign, Words, no_data};
use super::palette::Colour;
use crate::details::Details;
use crate::{names, units};
use std::collections::BTreeMap;

/// Kinds beyond this many are shown together.
const MOST_KINDS: usize = 11;

pub(super) fn by_kind(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let links = links(record);
    let words = Words {
        title: title.to_owned(),
        vertical: "bytes put on links".to_owned(),
        horizontal: String::new(),
        legend: links
            .iter()
            .enumerate()
            .map(|(at, (from, to))| (names::link(from, to), Sign::Block(Colour::series(at))))
            .collect(),
    };
    let bars = bars(record, &links);
    if bars.is_empty() {
        return no_data(canvas, &words, "no byte was sent");
    }
    draw(canvas, &words, &bars, bytes_tick, units::bytes_f64);
}

/// The links that carried anything, in order of names.
fn links<'r>(record: &'r Details<'_>) -> Vec<(&'r str, &'r str)> {
    let mut links: Vec<_> = record
        .traffic
        .iter()
        .filter(|row| row.sent > 0)
        .map(|row| (row.from.as_ref(), row.to.as_ref()))
        .collect();
    links.sort_unstable();
    links.dedup();
    links
}

/// The kinds, most bytes first; the smallest together where there are too many.
fn bars(record: &Details<'_>, links: &[(&str, &str)]) -> Vec<Bar> {
    let mut kinds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in record.traffic.iter().filter(|row| row.sent > 0) {
        let parts = kinds
            .entry(&row.kind)
            .or_insert_with(|| vec![0.0; links.len()]);
        let link = (row.from.as_ref(), row.to.as_ref());
        if let Some(at) = links.iter().position(|known| *known == link) {
            parts[at] += row.sent as f64;
        }
    }
    let bar = |(kind, parts): (&str, Vec<f64>)| Bar {
        name: kind.to_owned(),
        parts,
    };
    sorted(kinds.into_iter().map(bar).collect(), MOST_KINDS)
}
