//! What grows with the group: a dot for each accepted commit.

use super::axis::{Axis, bytes_tick, count_tick};
use super::canvas::Canvas;
use super::frame::{Frame, Sign, Space, Words, no_data};
use super::palette::Colour;
use super::values::Along;
use crate::details::Details;
use throng_record::CommitRow;
use throng_workloads::time::SimSpan;

/// Dots: their name in the legend, their colour, and (members, value) of each.
pub(super) type Cloud = (String, Colour, Vec<(f64, f64)>);

/// What the vertical axes are.
pub(super) const BYTES: &str = "bytes of the commit, logarithmic";
pub(super) const CONVERGED: &str = "accepted → at the new epoch, logarithmic";

pub(super) fn commit_size(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let cloud = |path: bool| {
        record
            .commits()
            .iter()
            .filter(|row| row.path == path)
            .map(|row| (members(row), row.commit_bytes as f64))
            .collect()
    };
    let clouds = vec![
        ("with a path".to_owned(), Colour::Blue, cloud(true)),
        ("without a path".to_owned(), Colour::Orange, cloud(false)),
    ];
    draw(canvas, title, BYTES, clouds, bytes);
}

pub(super) fn converge(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let cloud = |of: fn(&CommitRow) -> Option<SimSpan>| {
        record
            .commits()
            .iter()
            .filter_map(|row| Some((members(row), of(row)?.as_secs_f64())))
            .collect()
    };
    let clouds = vec![
        (
            "last member".to_owned(),
            Colour::Vermilion,
            cloud(|row| row.converge_max),
        ),
        (
            "median member".to_owned(),
            Colour::Blue,
            cloud(|row| row.converge_p50),
        ),
    ];
    draw(canvas, title, CONVERGED, clouds, time);
}

/// An axis of bytes between two values.
pub(super) fn bytes(low: f64, high: f64) -> Axis {
    Axis::log(low, high, 7, bytes_tick)
}

/// An axis of time between two values.
pub(super) fn time(low: f64, high: f64) -> Axis {
    Axis::log_time(low, high, 7)
}

pub(super) fn members(row: &CommitRow) -> f64 {
    f64::from(row.health.members)
}

/// Clouds of dots over the number of members, both axes logarithmic, and lines to tell the growth of the first by.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    title: &str,
    vertical: &str,
    mut clouds: Vec<Cloud>,
    up: fn(f64, f64) -> Axis,
) {
    // A logarithmic axis has no place for zero.
    for (_, _, dots) in &mut clouds {
        dots.retain(|(x, y)| *x > 0.0 && *y > 0.0);
    }
    clouds.retain(|(_, _, dots)| !dots.is_empty());
    let guides = clouds
        .first()
        .map_or_else(Vec::new, |(_, _, dots)| guides(dots));
    let words = Words {
        title: title.to_owned(),
        vertical: vertical.to_owned(),
        horizontal: "members (clients), logarithmic".to_owned(),
        legend: clouds
            .iter()
            .chain(&guides)
            .map(|(name, colour, _)| (name.clone(), Sign::Block(*colour)))
            .collect(),
    };
    if clouds.is_empty() {
        return no_data(canvas, &words, "no such commit was accepted");
    }
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let values = || clouds.iter().flat_map(|(_, _, dots)| dots).map(of);
        let low = values().fold(f64::INFINITY, f64::min);
        (low, values().fold(0.0, f64::max))
    };
    let ((left, right), (low, high)) = (ends(|dot| dot.0), ends(|dot| dot.1));
    let (x, y) = (Axis::log(left, right, 7, count_tick), up(low, high));
    let frame = Frame::draw(canvas, &words, x, y, Space::default());
    for (_, colour, line) in &guides {
        frame.line(canvas, line, *colour, 1);
    }
    for (name, colour, dots) in &clouds {
        frame.dots(canvas, dots, *colour);
        frame.tell(canvas, Along::Both, name, dots, *colour);
    }
}

/// Groups must differ by so much in size for growth to be seen.
const SPAN: f64 = 4.0;

/// What grows with √N and with N, from the middle of the smallest groups' dots on and as far up as there are dots of this
/// cloud. Nothing where all groups are about as large, and no line that would have no length.
fn guides(cloud: &[(f64, f64)]) -> Vec<Cloud> {
    let least = cloud.iter().map(|dot| dot.0).fold(f64::INFINITY, f64::min);
    let most = cloud.iter().map(|dot| dot.0).fold(0.0, f64::max);
    let top = cloud.iter().map(|dot| dot.1).fold(0.0, f64::max);
    if most < SPAN * least {
        return Vec::new();
    }
    let smallest = |dot: &&(f64, f64)| dot.0 < SPAN.sqrt() * least;
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = cloud.iter().filter(smallest).map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let begin = (median(|dot| dot.0), median(|dot| dot.1));
    let line = |name: &str, colour, power: f64| {
        // Where it leaves the dots behind, at the top or at the right; one that hardly rises cannot be seen.
        let end = (begin.0 * (top / begin.1).powf(1.0 / power)).min(most);
        let up = begin.1 * (end / begin.0).powf(power);
        (up > 1.5 * begin.1).then(|| (name.to_owned(), colour, vec![begin, (end, up)]))
    };
    [
        line("∝ √members", Colour::Muted, 0.5),
        line("∝ members", Colour::Ink, 1.0),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of each line, by its name.
    fn ends(cloud: &[(f64, f64)]) -> Vec<(String, f64, f64)> {
        let guides = guides(cloud);
        let end = |(name, _, line): &Cloud| (name.clone(), line[1].0.round(), line[1].1.round());
        guides.iter().map(end).collect()
    }

    #[test]
    fn guides_grow_from_the_smallest_groups_as_far_as_the_dots() {
        let cloud = [(10.0, 100.0), (10.0, 90.0), (10.0, 900.0), (1000.0, 400.0)];
        assert_eq!(
            ends(&cloud),
            [
                ("∝ √members".to_owned(), 810.0, 900.0),
                ("∝ members".to_owned(), 90.0, 900.0)
            ]
        );
    }

    #[test]
    fn no_guides_where_nothing_could_grow() {
        assert_eq!(ends(&[]), []);
        assert_eq!(ends(&[(10.0, 5.0), (39.0, 7.0)]), []);
        assert_eq!(ends(&[(10.0, 5.0), (100.0, 5.0)]), []);
    }
}
