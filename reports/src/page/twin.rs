//! The page of a twin: a simulation and a real run, overlaid.

use super::figures::figure;
use super::parts::facts;
use super::skeleton::{self, Section};
use super::table::{Cell, Table};
use crate::details::Details;
use crate::error::ReportError;
use crate::plots::Size;
use crate::plots::side_by_side::{LATENCIES, Named, OVER_TIME, Overlay};
use crate::text::twin::BESIDE;
use crate::twin::Twin;
use crate::units;
use maud::{Markup, html};

/// The whole page. `simulated` and `real` are what plots are made from; `version` is that of the program that makes it.
///
/// # Errors
/// [`ReportError::Plot`] where the drawing backend fails.
pub fn twin_html(
    twin: &Twin,
    simulated: &Details<'_>,
    real: &Details<'_>,
    version: &str,
) -> Result<String, ReportError> {
    let about = html! {
        p { (twin.verdict()) "." }
        (facts(&[("real on", twin.machine.clone())]))
        @for told in &twin.surroundings { p { (told) } }
        p { a href="real/report.html" { "The real run" } " · " a href="simulated/report.html" { "the simulation" } }
    };
    let runs = [
        Named {
            name: "real",
            details: real,
        },
        Named {
            name: "simulated",
            details: simulated,
        },
    ];
    let sections = [
        Section {
            id: "checks",
            title: "What had to hold",
            content: checks(twin),
        },
        Section {
            id: "latency",
            title: "Latency",
            content: html! { (plots(&LATENCIES, &runs)?) },
        },
        Section {
            id: "lengths",
            title: "Bytes a message",
            content: lengths(twin),
        },
        Section {
            id: "operations",
            title: "CPU by operation",
            content: html! { p { (BESIDE) } (operations(twin)) },
        },
        Section {
            id: "time",
            title: "In the course of the runs",
            content: plots(&OVER_TIME, &runs)?,
        },
        Section {
            id: "figures",
            title: "All figures",
            content: figures(twin),
        },
    ];
    let title = format!("{}, simulated and real", twin.scenario);
    Ok(skeleton::page(&title, &about, &sections, version))
}

fn plots(overlays: &[Overlay], runs: &[Named<'_>]) -> Result<Markup, ReportError> {
    let groups = runs.iter().any(|run| run.details.groups.is_some());
    let mut drawn = Vec::new();
    for plot in overlays.iter().filter(|plot| groups || !plot.groups) {
        let (wide, narrow) = (plot.draw(runs, Size::Wide)?, plot.draw(runs, Size::Narrow)?);
        let sizes = [&wide.svg[..], &narrow.svg, &wide.values];
        let id = format!("plot-{}", plot.name);
        drawn.push(figure(&id, plot.title, plot.note, sizes));
    }
    Ok(html! { div.plots { @for figure in &drawn { (figure) } } })
}

fn checks(twin: &Twin) -> Markup {
    let row = |check: &crate::twin::Check| {
        vec![
            Cell::words(if check.met { "✓" } else { "✗" }),
            Cell::words(&check.what),
            Cell::words(&check.found),
        ]
    };
    Table {
        name: "What had to hold",
        words: 3,
        head: &["holds", "what", "found"],
        rows: twin.checks.iter().map(row).collect(),
        search: None,
    }
    .show()
}

fn lengths(twin: &Twin) -> Markup {
    let row = |kind: &crate::twin::KindLengths| {
        vec![
            Cell::words(format!("{} → {}", kind.from, kind.to)),
            Cell::words(kind.kind),
            Cell::words(kind.agreement.says()),
            Cell::count(kind.real.messages),
            Cell::count(kind.simulated.messages),
            Cell::count(kind.matched),
            Cell::maybe(kind.real.mean(), units::bytes_f64),
            Cell::maybe(kind.simulated.mean(), units::bytes_f64),
        ]
    };
    html! {
        p {
            "Lengths of bodies. Equal: as many of each length in both. Timing decides how many of some there are, and a room's history how "
            "long commits are: those of the same history are compared one by one."
        }
        (Table {
            name: "Bytes a message",
            words: 3,
            head: &["link", "kind", "compared", "real", "simulated", "of equal length", "mean, real", "mean, simulated"],
            rows: twin.lengths.iter().map(row).collect(),
            search: None,
        }
        .show())
    }
}

fn operations(twin: &Twin) -> Markup {
    let row = |operation: &crate::twin::OperationPair| {
        vec![
            Cell::words(operation.party),
            Cell::words(operation.trigger),
            Cell::count(operation.real.times),
            Cell::count(operation.simulated.times),
            Cell::number(operation.real.cpu_s, units::seconds),
            Cell::number(operation.simulated.cpu_s, units::seconds),
            Cell::maybe(operation.real.each_s(), units::seconds),
            Cell::maybe(operation.simulated.each_s(), units::seconds),
            Cell::maybe(operation.off, units::change),
        ]
    };
    Table {
        name: "CPU by operation",
        words: 2,
        head: &[
            "party",
            "answers to",
            "times, real",
            "simulated",
            "CPU, real",
            "simulated",
            "each, real",
            "simulated",
            "off",
        ],
        rows: twin.operations.iter().map(row).collect(),
        search: None,
    }
    .show()
}

fn figures(twin: &Twin) -> Markup {
    let row = |pair: &crate::twin::Pair| {
        let number = |value: Option<f64>, shown: &str| match value {
            Some(value) => Cell::number(value, |_| shown.to_owned()),
            None => Cell::words(shown),
        };
        vec![
            Cell::words(&pair.measure),
            number(pair.real, &pair.real_shown),
            number(pair.simulated, &pair.simulated_shown),
            Cell::maybe(pair.off, units::change),
        ]
    };
    Table {
        name: "All figures",
        words: 1,
        head: &["measure", "real", "simulated", "off"],
        rows: twin.figures.iter().map(row).collect(),
        search: Some("measures"),
    }
    .show()
}
