//! Several runs in one plot: a line or a cloud of dots for each, in the colour that is its own on all plots.

use super::axis::{bytes_tick, count_tick};
use super::buckets::{Bucket, buckets};
use super::canvas::{Canvas, Drawing, Size, render};
use super::growth::{self, Cloud};
use super::latency;
use super::over_time::{self, Course, Line};
use super::palette::Colour;
use super::trees;
use crate::details::Details;
use crate::error::ReportError;
use throng_record::CommitRow;

/// As many runs as there are colours for series.
pub const MOST_RUNS: usize = Colour::SERIES.len();

/// A run among others.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its rows and distributions.
    pub details: &'a Details<'a>,
}

/// A plot of several runs.
pub struct Overlay {
    /// What it is called in the page's addresses.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// How it is to be read.
    pub note: &'static str,
    /// Whether it is of MLS groups: runs of stacks without groups have no such plot.
    pub groups: bool,
    draw: fn(&mut Canvas<'_>, &'static str, &[Named<'_>]),
}

impl Overlay {
    /// The plot of these runs, of [`MOST_RUNS`] at most.
    ///
    /// # Errors
    /// [`ReportError::Plot`] where the drawing backend fails.
    pub fn draw(&self, runs: &[Named<'_>], size: Size) -> Result<Drawing, ReportError> {
        render(self.name, self.title, size, |canvas| {
            (self.draw)(canvas, self.title, runs);
        })
    }
}

/// How long things take.
pub const LATENCIES: [Overlay; 4] = [
    Overlay {
        name: "message",
        title: "A message, sent → decrypted by each",
        note: "By percentile; each further nine takes the same room.",
        groups: false,
        draw: |canvas, title, runs| percentiles(canvas, title, runs, "message"),
    },
    Overlay {
        name: "commit-accept",
        title: "A commit, wanted → accepted",
        note: "By percentile, attempts that were lost included.",
        groups: false,
        draw: |canvas, title, runs| percentiles(canvas, title, runs, "commit-accept"),
    },
    Overlay {
        name: "converge-last",
        title: "A commit, accepted → merged by all",
        note: "By percentile: until the last member who is online is at the new epoch.",
        groups: false,
        draw: |canvas, title, runs| percentiles(canvas, title, runs, "converge-last"),
    },
    Overlay {
        name: "join",
        title: "Joining, wanted → able to send",
        note: "By percentile.",
        groups: false,
        draw: |canvas, title, runs| percentiles(canvas, title, runs, "join"),
    },
];

/// What changes in the course of a run.
pub const OVER_TIME: [Overlay; 4] = [
    Overlay {
        name: "commits-over-time",
        title: "Accepted commits over time",
        note: "Means of parts of the run.",
        groups: false,
        draw: commits,
    },
    Overlay {
        name: "bytes-over-time",
        title: "Traffic over time",
        note: "What is put on all links, retransmissions included; means of parts of the run.",
        groups: false,
        draw: bytes,
    },
    Overlay {
        name: "tree-ciphertexts",
        title: "What the next commit costs",
        note: "HPKE ciphertexts in the path of a random member's next commit, on average.",
        groups: true,
        draw: |canvas, title, runs| {
            let of = |run: &Details<'_>| trees::levels(run, |sample| sample.mean_ciphertexts);
            levels(canvas, title, trees::CIPHERTEXTS, runs, of);
        },
    },
    Overlay {
        name: "queue",
        title: "Messages kept at providers",
        note: "Until clients acknowledge them, which they do for every 16th: of those who are offline, on their way, and up to 15 delivered ones each.",
        groups: false,
        draw: |canvas, title, runs| {
            let of =
                |run: &Details<'_>| over_time::levels(&run.series, |point| point.queued as f64);
            levels(canvas, title, "messages, all providers", runs, of);
        },
    },
];

/// What grows with the group.
pub const GROWTH: [Overlay; 2] = [
    Overlay {
        name: "commit-size",
        title: "Commit size by group size",
        note: "A dot for each accepted commit with a path. Where groups differ much in size, grey lines show what grows with √N and with N, from the first run on.",
        groups: true,
        draw: |canvas, title, runs| {
            let of = |row: &CommitRow| row.path.then_some(row.commit_bytes as f64);
            let clouds = clouds(runs, of);
            growth::draw(canvas, title, growth::BYTES, clouds, growth::bytes);
        },
    },
    Overlay {
        name: "converge",
        title: "Time to the new epoch by group size",
        note: "A dot for each accepted commit: until the last member who is online has it.",
        groups: true,
        draw: |canvas, title, runs| {
            let of = |row: &CommitRow| Some(row.converge_max?.as_secs_f64());
            let clouds = clouds(runs, of);
            growth::draw(canvas, title, growth::CONVERGED, clouds, growth::time);
        },
    },
];

/// The runs with their colours.
fn coloured<'a>(runs: &'a [Named<'a>]) -> impl Iterator<Item = (&'a Named<'a>, Colour)> {
    let colour = |(at, run)| (run, Colour::series(at));
    runs.iter().enumerate().map(colour)
}

fn percentiles(canvas: &mut Canvas<'_>, title: &str, runs: &[Named<'_>], name: &str) {
    let line = |(run, colour): (&Named<'_>, Colour)| {
        let latencies = run.details.latencies.named();
        let (_, _, histogram) = latencies.iter().find(|(known, ..)| *known == name)?;
        let curve = || latency::curve(histogram);
        (!histogram.is_empty()).then(|| (run.name.to_owned(), curve(), colour))
    };
    let lines: Vec<latency::Line> = coloured(runs).filter_map(line).collect();
    latency::draw(canvas, title, &lines);
}

fn commits(canvas: &mut Canvas<'_>, title: &'static str, runs: &[Named<'_>]) {
    let mut lines = rates(runs, |part| part.commits);
    let unit = over_time::in_readable_unit(&mut lines);
    let vertical = format!("accepted commits {unit}");
    over_time::draw(canvas, title, &vertical, &course(runs), lines, count_tick);
}

fn bytes(canvas: &mut Canvas<'_>, title: &'static str, runs: &[Named<'_>]) {
    let lines = rates(runs, |part| part.bytes);
    let vertical = "bytes a second on all links";
    over_time::draw(canvas, title, vertical, &course(runs), lines, bytes_tick);
}

fn rates(runs: &[Named<'_>], of: fn(&Bucket) -> u64) -> Vec<Line> {
    let line = |(run, colour): (&Named<'_>, Colour)| {
        let parts = buckets(&run.details.series);
        Line::new(run.name, over_time::rates(&parts, of), colour)
    };
    coloured(runs).map(line).collect()
}

fn levels(
    canvas: &mut Canvas<'_>,
    title: &str,
    vertical: &str,
    runs: &[Named<'_>],
    of: fn(&Details<'_>) -> Vec<(f64, f64)>,
) {
    let line = |(run, colour): (&Named<'_>, Colour)| Line::new(run.name, of(run.details), colour);
    let lines = coloured(runs).map(line).collect();
    over_time::draw(canvas, title, vertical, &course(runs), lines, count_tick);
}

/// As long as the longest run. What happened to members in each would hide what happened in the others.
fn course(runs: &[Named<'_>]) -> Course<'static> {
    let ends = runs.iter().map(|run| over_time::end(&run.details.series));
    Course {
        is_virtual: !runs.iter().any(|run| run.details.real),
        end: ends.fold(0.0, f64::max),
        marks: &[],
        commits: &[],
    }
}

fn clouds(runs: &[Named<'_>], of: fn(&CommitRow) -> Option<f64>) -> Vec<Cloud> {
    let cloud = |(run, colour): (&Named<'_>, Colour)| {
        let commits = run.details.commits().iter();
        let dots = commits.filter_map(|row| Some((growth::members(row), of(row)?)));
        (run.name.to_owned(), colour, dots.collect())
    };
    coloured(runs).map(cloud).collect()
}
