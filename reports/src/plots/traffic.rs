//! Which kinds of message the bytes belong to.

use super::axis::{Axis, bytes_tick};
use super::canvas::{Anchor, Canvas, text_width};
use super::frame::{self, Sign, Words, no_data};
use super::palette::Colour;
use super::values::{Along, Mark};
use crate::details::Details;
use crate::{names, units};
use std::collections::BTreeMap;

/// Kinds beyond this many are shown together.
const MOST_KINDS: usize = 11;

/// A bar: the kind, and the bytes by link in the order of the legend.
struct Bar {
    kind: String,
    parts: Vec<u64>,
}

impl Bar {
    fn total(&self) -> u64 {
        self.parts.iter().copied().fold(0, u64::saturating_add)
    }
}

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
    draw(canvas, &words, &bars);
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
    let mut kinds: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in record.traffic.iter().filter(|row| row.sent > 0) {
        let parts = kinds
            .entry(&row.kind)
            .or_insert_with(|| vec![0; links.len()]);
        if let Some(at) = links
            .iter()
            .position(|link| *link == (row.from.as_ref(), row.to.as_ref()))
        {
            parts[at] = parts[at].saturating_add(row.sent);
        }
    }
    let mut bars: Vec<Bar> = kinds
        .into_iter()
        .map(|(kind, parts)| Bar {
            kind: kind.to_owned(),
            parts,
        })
        .collect();
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.total()));
    if bars.len() > MOST_KINDS + 1 {
        let rest = bars.split_off(MOST_KINDS);
        let kind = format!("{} others", rest.len());
        let mut parts = vec![0_u64; links.len()];
        for bar in rest {
            for (sum, part) in parts.iter_mut().zip(bar.parts) {
                *sum = sum.saturating_add(part);
            }
        }
        bars.push(Bar { kind, parts });
    }
    bars
}

fn draw(canvas: &mut Canvas<'_>, words: &Words, bars: &[Bar]) {
    let font = canvas.size.font();
    let (width, height) = canvas.extent();
    let top = frame::head(canvas, words) + font;
    let bottom = height - frame::MARGIN - font - 6;
    let longest = bars.iter().map(|bar| text_width(&bar.kind, font)).max();
    let left = frame::MARGIN + longest.unwrap_or(0).min(width * 9 / 20) + 6;
    let right = width - frame::MARGIN - text_width("1.23 MB", font) - 8;
    let most = bars.iter().map(Bar::total).max().unwrap_or(0) as f64;
    let steps = (right - left) / (text_width("500 MB", font) + font);
    let axis = Axis::up_to(most, steps.clamp(1, 5) as usize, bytes_tick);
    let column = |bytes: f64| left + (axis.position(bytes) * f64::from(right - left)) as i32;
    for tick in &axis.ticks {
        let x = column(tick.value);
        canvas.line(vec![(x, top), (x, bottom)], Colour::Grid, 1);
        let at = (x, bottom + 6 + font / 2);
        canvas.text(&tick.label, at, Anchor::Centre, Colour::Muted);
    }
    let step = f64::from(bottom - top) / bars.len() as f64;
    let half = ((step * 0.36) as i32).clamp(2, 14);
    for (at, bar) in bars.iter().enumerate() {
        let row = top + ((at as f64 + 0.5) * step) as i32;
        let kind = shortened(&bar.kind, left - frame::MARGIN - 6, font);
        canvas.text(&kind, (left - 6, row), Anchor::Right, Colour::Ink);
        let mut reached = 0_u64;
        for (link, part) in bar.parts.iter().enumerate() {
            let from = column(reached as f64);
            reached = reached.saturating_add(*part);
            let to = column(reached as f64);
            canvas.rectangle((from, row - half), (to, row + half), Colour::series(link));
        }
        let after = (column(reached as f64) + 6, row);
        canvas.text(&units::bytes(bar.total()), after, Anchor::Left, Colour::Ink);
    }
    canvas.line(vec![(left, top), (left, bottom)], Colour::Muted, 1);
    canvas.frame = Some([left, top, right, bottom]);
    tell(canvas, words, bars, &axis);
}

/// Keeps the bytes of each link, at the row of its kind, for those who point at them.
fn tell(canvas: &mut Canvas<'_>, words: &Words, bars: &[Bar], axis: &Axis) {
    for (link, (name, _)) in words.legend.iter().enumerate() {
        let carried = bars
            .iter()
            .enumerate()
            .filter(|(_, bar)| bar.parts[link] > 0);
        let marks = carried.map(|(at, bar)| {
            let end = bar.parts[..=link]
                .iter()
                .fold(0_u64, |sum, part| sum.saturating_add(*part));
            Mark {
                at: (
                    axis.position(end as f64),
                    1.0 - (at as f64 + 0.5) / bars.len() as f64,
                ),
                words: (units::bytes(bar.parts[link]), bar.kind.clone()),
            }
        });
        let colour = Colour::series(link);
        canvas.values.add(Along::Y, name, colour, marks.collect());
    }
}

/// The name, cut where it needs more than `room` pixels.
fn shortened(name: &str, room: i32, font: i32) -> String {
    if text_width(name, font) <= room {
        return name.to_owned();
    }
    let mut cut: String = name.to_owned();
    while !cut.is_empty() && text_width(&cut, font) + font > room {
        cut.pop();
    }
    cut.push('…');
    cut
}
