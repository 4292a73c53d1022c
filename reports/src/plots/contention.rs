//! How often members commit against one another.

use super::axis::{Axis, count_tick};
use super::buckets::buckets;
use super::canvas::{Anchor, Canvas};
use super::frame::{Frame, Space, Words, no_data};
use super::palette::Colour;
use super::values::{Along, Mark};
use crate::details::Details;
use hdrhistogram::Histogram;

/// More attempts than this are shown together.
const LAST_BAR: usize = 8;

pub(super) fn attempts(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let words = Words {
        title: title.to_owned(),
        vertical: "accepted commits, %".to_owned(),
        horizontal: "attempts, the accepted one included".to_owned(),
        legend: Vec::new(),
    };
    let shares = shares(&record.latencies.attempts);
    if shares.is_empty() {
        return no_data(canvas, &words, "no commit was accepted");
    }
    let labels: Vec<String> = (1..=shares.len())
        .map(|attempts| match attempts {
            LAST_BAR => format!("{attempts}+"),
            _ => attempts.to_string(),
        })
        .collect();
    // Room for the number above the highest bar.
    let most = 1.08 * shares.iter().copied().fold(0.0, f64::max);
    let y = Axis::up_to(most, 5, count_tick);
    let frame = Frame::draw(
        canvas,
        &words,
        Axis::categories(labels.clone()),
        y,
        Space::default(),
    );
    let lift = canvas.size.font() / 2 + 3;
    for (at, share) in shares.iter().enumerate() {
        let middle = at as f64 + 0.5;
        frame.bar(canvas, (middle - 0.35, middle + 0.35), *share, Colour::Blue);
        if *share > 0.0 {
            let above = (frame.x(middle), frame.y(*share) - lift);
            canvas.text(&tenths(*share), above, Anchor::Centre, Colour::Ink);
        }
    }
    let marks = shares.iter().zip(&labels).enumerate();
    let marks = marks.map(|(at, (share, label))| Mark {
        words: (format!("{label} attempts"), format!("{} %", tenths(*share))),
        ..frame.mark((at as f64 + 0.5, *share))
    });
    let name = "accepted commits";
    canvas
        .values
        .add(Along::X, name, Colour::Blue, marks.collect());
}

/// One decimal: short enough to stand over a narrow bar.
fn tenths(share: f64) -> String {
    if share < 0.05 {
        return "<0.1".to_owned();
    }
    format!("{share:.1}")
}

/// Percent of accepted commits that took 1, 2, … attempts, up to the most that one took.
fn shares(attempts: &Histogram<u64>) -> Vec<f64> {
    let total = attempts.len() as f64;
    let mut shares = Vec::new();
    for step in attempts.iter_recorded() {
        let bar = step.value_iterated_to().clamp(1, LAST_BAR as u64) as usize;
        if shares.len() < bar {
            shares.resize(bar, 0.0);
        }
        shares[bar - 1] += 100.0 * step.count_at_value() as f64 / total;
    }
    shares
}

pub(super) fn by_load(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let words = Words {
        title: title.to_owned(),
        vertical: "commits sent for each accepted".to_owned(),
        horizontal: "commits wanted a minute, logarithmic".to_owned(),
        legend: Vec::new(),
    };
    let dots: Vec<(f64, f64)> = buckets(&record.series)
        .iter()
        .filter(|bucket| bucket.commits > 0 && bucket.churn > 0)
        .map(|bucket| {
            let offered = 60.0 * bucket.churn as f64 / bucket.seconds;
            (offered, bucket.attempts as f64 / bucket.commits as f64)
        })
        .collect();
    if dots.is_empty() {
        return no_data(
            canvas,
            &words,
            "in no part of the run was a commit both wanted and accepted",
        );
    }
    let low = dots.iter().map(|dot| dot.0).fold(f64::INFINITY, f64::min);
    let high = dots.iter().map(|dot| dot.0).fold(0.0, f64::max);
    let most = dots.iter().map(|dot| dot.1).fold(1.0, f64::max);
    let x = Axis::log(low, high, 6, count_tick);
    let frame = Frame::draw(
        canvas,
        &words,
        x,
        Axis::between(1.0, most, 5, count_tick),
        Space::default(),
    );
    frame.dots(canvas, &dots, Colour::Blue);
    frame.tell(
        canvas,
        Along::Both,
        "sent for each accepted",
        &dots,
        Colour::Blue,
    );
}
