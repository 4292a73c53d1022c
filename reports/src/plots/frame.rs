//! What all plots share: title, unit, legend, axes and grid.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, text_width};
use super::palette::Colour;
use super::values::{Along, Mark};

/// Pixels between a plot's edge and its content.
pub(super) const MARGIN: i32 = 12;

/// The words around a plot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// What is shown.
    pub(crate) title: String,
    /// What the vertical axis is, with its unit.
    pub(crate) vertical: String,
    /// What the horizontal axis is, with its unit.
    pub(crate) horizontal: String,
    /// What signs stand for, above the plot, where it covers no data.
    pub(crate) legend: Vec<(String, Sign)>,
}

/// What stands before a name in a legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The colour of a series.
    Block(Colour),
    /// A filled dot.
    Dot(Colour),
    /// A hollow dot.
    Ring(Colour),
    /// A letter that stands on the plot too.
    Letter(char),
}

/// Pixels that a plot keeps free for what it draws around its data.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Space {
    /// Above the data.
    pub(crate) above: i32,
    /// At the right, for direct labels.
    pub(crate) beside: i32,
    /// Between the horizontal axis and its labels.
    pub(crate) below: i32,
}

/// The rectangle in which data is drawn, with its axes.
pub(crate) struct Frame {
    pub(crate) left: i32,
    pub(crate) right: i32,
    pub(crate) top: i32,
    pub(crate) bottom: i32,
    /// Pixels between the axis and its ticks' labels.
    below: i32,
    x: Axis,
    y: Axis,
}

impl Frame {
    /// Draws everything but the data.
    pub(crate) fn draw(
        canvas: &mut Canvas<'_>,
        words: &Words,
        x: Axis,
        y: Axis,
        Space {
            above,
            beside,
            below,
        }: Space,
    ) -> Self {
        let font = canvas.size.font();
        let (width, height) = canvas.extent();
        let top = head(canvas, words) + font + above;
        let widest = y
            .ticks
            .iter()
            .map(|tick| text_width(&tick.label, font))
            .max();
        let last = x
            .ticks
            .last()
            .map_or(0, |tick| text_width(&tick.label, font) / 2);
        let frame = Self {
            left: MARGIN + widest.unwrap_or(0) + 6,
            right: width - MARGIN - beside.max(last),
            top,
            bottom: height - MARGIN - 2 * font - 12 - below,
            below,
            x,
            y,
        };
        canvas.frame = Some([frame.left, frame.top, frame.right, frame.bottom]);
        frame.grid(canvas);
        let middle = i32::midpoint(frame.left, frame.right);
        let at = (middle, height - MARGIN - font / 2);
        canvas.text(&words.horizontal, at, Anchor::Centre, Colour::Muted);
        frame
    }

    fn grid(&self, canvas: &mut Canvas<'_>) {
        let font = canvas.size.font();
        for tick in &self.y.ticks {
            let y = self.y(tick.value);
            canvas.line(vec![(self.left, y), (self.right, y)], Colour::Grid, 1);
            canvas.text(
                &tick.label,
                (self.left - 6, y),
                Anchor::Right,
                Colour::Muted,
            );
        }
        let mut free_from = i32::MIN;
        for tick in &self.x.ticks {
            let x = self.x(tick.value);
            if self.x.grid {
                canvas.line(vec![(x, self.top), (x, self.bottom)], Colour::Grid, 1);
            }
            let half = text_width(&tick.label, font) / 2;
            if !tick.label.is_empty() && x - half >= free_from {
                let at = (x, self.bottom + self.below + 6 + font / 2);
                canvas.text(&tick.label, at, Anchor::Centre, Colour::Muted);
                free_from = x + half + 8;
            }
        }
        let base = vec![(self.left, self.bottom), (self.right, self.bottom)];
        canvas.line(base, Colour::Muted, 1);
    }

    /// The pixel column of a value.
    pub(crate) fn x(&self, value: f64) -> i32 {
        let room = f64::from(self.right - self.left);
        self.left + (self.x.position(value) * room).round() as i32
    }

    /// The pixel row of a value.
    pub(crate) fn y(&self, value: f64) -> i32 {
        let room = f64::from(self.bottom - self.top);
        self.bottom - (self.y.position(value) * room).round() as i32
    }

    /// Draws a line through values, with no more points than the eye can tell apart: of those in one
    /// column the first, the lowest, the highest and the last.
    pub(crate) fn line(
        &self,
        canvas: &mut Canvas<'_>,
        values: &[(f64, f64)],
        colour: Colour,
        width: u32,
    ) {
        let pixels: Vec<(i32, i32)> = values
            .iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| (self.x(*x), self.y(*y)))
            .collect();
        let mut points = Vec::new();
        for column in pixels.chunk_by(|one, other| one.0 == other.0) {
            let low = column.iter().map(|point| point.1).max();
            let high = column.iter().map(|point| point.1).min();
            points.push(column[0]);
            if let (3.., Some(low), Some(high)) = (column.len(), low, high) {
                points.extend([(column[0].0, low), (column[0].0, high)]);
            }
            points.push(column[column.len() - 1]);
        }
        points.dedup();
        match points.as_slice() {
            [] => {}
            [only] => canvas.dot(*only, 3, colour, 1.0),
            _ => canvas.line(points, colour, width),
        }
    }

    /// Draws a dot for each value; of dots that would nearly cover one another only one, so that a plot of a million commits
    /// is as small as a picture must be.
    pub(crate) fn dots(&self, canvas: &mut Canvas<'_>, values: &[(f64, f64)], colour: Colour) {
        let cell = |(x, y): (i32, i32)| (x / 3, y / 3);
        let mut dots: Vec<(i32, i32)> = values
            .iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| (self.x(*x), self.y(*y)))
            .collect();
        dots.sort_unstable_by_key(|dot| (cell(*dot), *dot));
        dots.dedup_by_key(|dot| cell(*dot));
        canvas.dots(&dots, 3, colour, 0.55);
    }

    /// Keeps the values of marks for those who point at them, as lines (along the horizontal axis) or as dots.
    pub(crate) fn tell(
        &self,
        canvas: &mut Canvas<'_>,
        along: Along,
        name: &str,
        values: &[(f64, f64)],
        colour: Colour,
    ) {
        let marks = values
            .iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|value| self.mark(*value));
        canvas.values.add(along, name, colour, marks.collect());
    }

    /// Where a value is, and how it is written.
    pub(crate) fn mark(&self, (x, y): (f64, f64)) -> Mark {
        Mark {
            at: (self.x.position(x), self.y.position(y)),
            words: ((self.x.format)(x), (self.y.format)(y)),
        }
    }

    /// Draws a dot for a value of y with its interval (low, value, high), so many pixels aside of a value of x.
    pub(crate) fn estimate(
        &self,
        canvas: &mut Canvas<'_>,
        (x, aside): (f64, i32),
        [low, value, high]: [f64; 3],
        colour: Colour,
    ) {
        let x = self.x(x) + aside;
        let (low, high) = (self.y(low), self.y(high));
        if low != high {
            canvas.line(vec![(x, low), (x, high)], colour, 1);
            for end in [low, high] {
                canvas.line(vec![(x - 3, end), (x + 3, end)], colour, 1);
            }
        }
        canvas.dot((x, self.y(value)), 3, colour, 1.0);
    }

    /// Draws a vertical bar from the axis up to `y`, between two values of x.
    pub(crate) fn bar(&self, canvas: &mut Canvas<'_>, x: (f64, f64), y: f64, colour: Colour) {
        canvas.rectangle((self.x(x.0), self.y(y)), (self.x(x.1), self.bottom), colour);
    }

    /// Names lines at their ends, to the right of the data, each at the height of its last value or as
    /// near as its neighbours allow.
    pub(crate) fn label_ends(
        &self,
        canvas: &mut Canvas<'_>,
        ends: &[(String, (f64, f64), Colour)],
    ) {
        let step = canvas.size.font() + 4;
        let mut wanted: Vec<(i32, usize)> = ends
            .iter()
            .enumerate()
            .map(|(at, (_, (_, y), _))| (self.y(*y), at))
            .collect();
        wanted.sort_unstable();
        let rows = spread(
            &wanted.iter().map(|(row, _)| *row).collect::<Vec<_>>(),
            step,
            (self.top, self.bottom),
        );
        for (row, (_, at)) in rows.into_iter().zip(wanted) {
            let (name, (x, y), colour) = &ends[at];
            let label = (self.right + 14, row);
            let leader = vec![
                (self.x(*x), self.y(*y)),
                (self.right, row),
                (label.0 - 3, row),
            ];
            canvas.leader(leader, *colour);
            canvas.dot((self.x(*x), self.y(*y)), 3, *colour, 1.0);
            canvas.text(name, label, Anchor::Left, Colour::Ink);
        }
    }
}

/// Rows at least `step` apart, near those wanted (ascending), within `range` where that is possible.
fn spread(wanted: &[i32], step: i32, (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut rows: Vec<i32> = Vec::with_capacity(wanted.len());
    for row in wanted {
        let least = rows.last().map_or(top, |before| before + step);
        rows.push((*row).max(least));
    }
    let mut most = bottom;
    for row in rows.iter_mut().rev() {
        *row = (*row).min(most);
        most = *row - step;
    }
    rows
}

/// Draws title, vertical axis's name and legend; returns the first free row.
pub(super) fn head(canvas: &mut Canvas<'_>, words: &Words) -> i32 {
    let font = canvas.size.font();
    let (width, _) = canvas.extent();
    let mut row = MARGIN + font / 2;
    canvas.heading(&words.title, (MARGIN, row));
    row += font + 8;
    canvas.text(&words.vertical, (MARGIN, row), Anchor::Left, Colour::Muted);
    if !words.legend.is_empty() {
        row += font + 8;
    }
    let mut x = MARGIN;
    for (name, sign) in &words.legend {
        let needed = 16 + text_width(name, font);
        if x > MARGIN && x + needed > width - MARGIN {
            x = MARGIN;
            row += font + 6;
        }
        match sign {
            Sign::Block(colour) => canvas.rectangle((x, row - 5), (x + 10, row + 5), *colour),
            Sign::Dot(colour) => canvas.dot((x + 5, row), 5, *colour, 1.0),
            Sign::Ring(colour) => canvas.ring((x + 5, row), 5, *colour),
            Sign::Letter(letter) => {
                canvas.text(&letter.to_string(), (x, row), Anchor::Left, Colour::Ink);
            }
        }
        canvas.text(name, (x + 16, row), Anchor::Left, Colour::Ink);
        x += needed + 14;
    }
    row + font / 2
}

/// A plot without data: its title, and that there is nothing to show.
pub(crate) fn no_data(canvas: &mut Canvas<'_>, words: &Words, why: &str) {
    let without_legend = Words {
        legend: Vec::new(),
        ..words.clone()
    };
    head(canvas, &without_legend);
    let (width, height) = canvas.extent();
    let font = canvas.size.font();
    let middle = (width / 2, height / 2);
    canvas.text(
        "no data",
        (middle.0, middle.1 - font),
        Anchor::Centre,
        Colour::Ink,
    );
    canvas.text(
        why,
        (middle.0, middle.1 + font),
        Anchor::Centre,
        Colour::Muted,
    );
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn labels_make_room_for_one_another() {
        assert_eq!(spread(&[10, 50, 90], 10, (0, 100)), [10, 50, 90]);
        assert_eq!(spread(&[50, 50, 50], 10, (0, 100)), [50, 60, 70]);
        assert_eq!(spread(&[95, 99, 100], 10, (0, 100)), [80, 90, 100]);
    }
}
