//! Horizontal bars, each of parts that stand one behind the other.

use super::axis::{Axis, Format};
use super::canvas::{Anchor, Canvas, text_width};
use super::frame::{self, Words};
use super::palette::Colour;
use super::values::{Along, Mark};

/// A bar: its name, and a length for each entry of the legend.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) parts: Vec<f64>,
}

impl Bar {
    fn total(&self) -> f64 {
        self.parts.iter().sum()
    }
}

/// The longest first; where there are more than `most`, the shortest of them are one.
pub(super) fn sorted(mut bars: Vec<Bar>, most: usize) -> Vec<Bar> {
    bars.sort_by(|one, other| other.total().total_cmp(&one.total()));
    if bars.len() > most + 1 {
        let rest = bars.split_off(most);
        let mut others = Bar {
            name: format!("{} others, sum", rest.len()),
            parts: vec![0.0; rest[0].parts.len()],
        };
        for bar in rest {
            for (sum, part) in others.parts.iter_mut().zip(bar.parts) {
                *sum += part;
            }
        }
        bars.push(others);
    }
    bars
}

/// Draws bars from the top down, in their order; `tick` writes what stands at the axis, `show` what stands at a bar.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    words: &Words,
    bars: &[Bar],
    tick: Format,
    show: Format,
) {
    let font = canvas.size.font();
    let (width, height) = canvas.extent();
    let top = frame::head(canvas, words) + font;
    let bottom = height - frame::MARGIN - font - 6;
    let longest = bars.iter().map(|bar| text_width(&bar.name, font)).max();
    let left = frame::MARGIN + longest.unwrap_or(0).min(width * 9 / 20) + 6;
    let right = width - frame::MARGIN - text_width("1.23 min", font) - 8;
    let most = bars.iter().map(Bar::total).fold(0.0, f64::max);
    let steps = (right - left) / (text_width("500 MB", font) + font);
    let axis = Axis::up_to(most, steps.clamp(1, 5) as usize, tick);
    let column = |value: f64| left + (axis.position(value) * f64::from(right - left)) as i32;
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
        let name = shortened(&bar.name, left - frame::MARGIN - 6, font);
        canvas.text(&name, (left - 6, row), Anchor::Right, Colour::Ink);
        let mut reached = 0.0;
        for (number, part) in bar.parts.iter().enumerate() {
            let from = column(reached);
            reached += part;
            let corners = ((from, row - half), (column(reached), row + half));
            canvas.rectangle(corners.0, corners.1, Colour::series(number));
        }
        let after = (column(reached) + 6, row);
        canvas.text(&show(bar.total()), after, Anchor::Left, Colour::Ink);
    }
    canvas.line(vec![(left, top), (left, bottom)], Colour::Muted, 1);
    canvas.frame = Some([left, top, right, bottom]);
    tell(canvas, words, bars, &axis, show);
}

/// Keeps each part at the row of its bar, for those who point at it.
fn tell(canvas: &mut Canvas<'_>, words: &Words, bars: &[Bar], axis: &Axis, show: Format) {
    // Without a legend there is one kind of part, which is what the axis says.
    let names = words.legend.iter().map(|(name, _)| name);
    let names: Vec<&String> = match words.legend.is_empty() {
        true => vec![&words.vertical],
        false => names.collect(),
    };
    for (number, name) in names.into_iter().enumerate() {
        let has = bars
            .iter()
            .enumerate()
            .filter(|(_, bar)| bar.parts[number] > 0.0);
        let marks = has.map(|(at, bar)| Mark {
            at: (
                axis.position(bar.parts[..=number].iter().sum()),
                1.0 - (at as f64 + 0.5) / bars.len() as f64,
            ),
            words: (show(bar.parts[number]), bar.name.clone()),
        });
        let colour = Colour::series(number);
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
