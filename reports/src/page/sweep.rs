//! The page of a sweep.

use super::figures::figure;
use super::sections;
use super::skeleton::{self, Section};
use super::table::{Cell, NONE, Table};
use crate::error::ReportError;
use crate::plots::Size;
use crate::plots::sweep::of_sweep;
use crate::summary::marked;
use crate::sweep::{About, Cell as Mean, Growth, Sweep};
use crate::units;
use maud::{Markup, html};

/// Rows of all figures that a page lists; `sweep.csv` has them all.
const MOST_ROWS: usize = 3_000;

/// The whole page.
///
/// # Errors
/// [`ReportError::Plot`] where the drawing backend fails.
pub fn sweep_html(sweep: &Sweep, about: &About) -> Result<String, ReportError> {
    let all = sweep.grid.points() * sweep.grid.replicas as usize;
    let intro = html! {
        p { (about.description) }
        @if sweep.runs < all {
            p.warning { "Partial: " (units::count(sweep.runs as u64)) " of " (units::count(all as u64)) " runs are done." }
        }
    };
    let mut parts = Vec::new();
    let mut add = |id, title, content| parts.push(Section { id, title, content });
    if !sweep.thresholds.is_empty() {
        let verdicts = sweep.thresholds.iter();
        let verdicts = verdicts.map(|one| (one.is_met(), one.rule.as_str(), one.says()));
        add("thresholds", "Thresholds", sections::verdicts(verdicts));
    }
    add("what", "What was simulated", what(sweep, about));
    add("growth", "How costs grow", growth(sweep));
    add("plots", "Means with their intervals", plots(sweep)?);
    add("measures", "All measures", measures(sweep));
    let title = format!("{}, a sweep", about.name);
    Ok(skeleton::page(&title, &intro, &parts, &about.version))
}

fn what(sweep: &Sweep, about: &About) -> Markup {
    let (points, replicas) = (sweep.grid.points() as u64, sweep.grid.replicas.into());
    html! {
        dl.facts {
            @for axis in &sweep.grid.axes { dt { (axis.key) } dd { (axis.values.join(", ")) } }
            dt { "Runs" }
            dd {
                (units::count(points * replicas)) ": " (units::counted(points, "point", "points")) ", "
                (units::counted(replicas, "replica each", "replicas each"))
            }
        }
        p { "Replica r of each point draws the same random numbers, so that differences between points are less a matter of luck. The same sweep again, on any machine:" }
        pre { code { (about.command) } }
    }
}

fn growth(sweep: &Sweep) -> Markup {
    let known = sweep.key_measures();
    let mut growths: Vec<&Growth> = sweep.fits.iter().collect();
    growths.retain(|growth| known.contains(&growth.measure.as_str()));
    let row = |growth: &&Growth| {
        let (grid, fit) = (&sweep.grid, &growth.fit);
        let exponent = fit.exponent;
        let law = fit.law();
        vec![
            Cell::words(&growth.measure),
            Cell::words(grid.others(growth.axis, growth.at).join(" ")),
            Cell::words(&grid.axes[growth.axis].key),
            Cell::words(law.map_or("none".to_owned(), |law| law.formula(growth.unit()))),
            Cell::number(fit.best().error, |error| units::percent(error, 1.0)),
            Cell::maybe(fit.odds(), |times| match times {
                sure if sure >= 1e6 => "> 10⁶".to_owned(),
                times => units::significant(times),
            }),
            Cell::words(fit.odds().map_or(NONE, |_| fit.laws[1].law.name())),
            Cell::maybe(exponent.map(|exponent| exponent.p), |p| format!("{p:.3}")),
            Cell::words(exponent.map_or(NONE.to_owned(), |exponent| {
                format!("{:.3} to {:.3}", exponent.low, exponent.high)
            })),
        ]
    };
    let table = Table {
        name: "How measures grow",
        words: 4,
        head: &[
            "measure",
            "where",
            "N",
            "law",
            "off by",
            "odds",
            "against",
            "exponent",
            "95 % interval",
        ],
        rows: growths.iter().map(row).collect(),
        search: Some("measures"),
    };
    match growths.is_empty() {
        true => html! { p { "Laws need five points along an axis of numbers." } },
        false => html! {
            p { "A law is what does not grow and a multiple of what does. Constant is what does not surely grow (t test, 99 %). Of log N, √N, N, N log N and N² the one is named that is off by least, with its odds against the next one; none where even that is off by more than a quarter. The exponent is that of a power of N without anything that does not grow, so it lies below that of the law where much does not." }
            (table.show())
        },
    }
}

fn plots(sweep: &Sweep) -> Result<Markup, ReportError> {
    let mut figures = Vec::new();
    for plot in of_sweep(sweep) {
        let (wide, narrow) = (plot.draw(Size::Wide)?, plot.draw(Size::Narrow)?);
        let id = format!("plot-{}", plot.name());
        let drawn = [&wide.svg[..], &narrow.svg, &wide.values];
        figures.push(figure(&id, &plot.title(), &plot.note(), drawn));
    }
    Ok(html! {
        @if figures.is_empty() { p { "Only one point: nothing varies." } }
        div.plots { @for figure in &figures { (figure) } }
    })
}

fn measures(sweep: &Sweep) -> Markup {
    let known = sweep.key_measures();
    let (mut first, others): (Vec<&Mean>, Vec<&Mean>) = sweep
        .cells
        .iter()
        .partition(|cell| known.contains(&cell.measure.as_str()));
    first.extend(others);
    let all = first.len();
    first.truncate(MOST_ROWS);
    let row = |cell: &&Mean| {
        let (unit, estimate) = (cell.family.unit, &cell.estimate);
        let show = |value: f64| unit.show(value);
        let mut row: Vec<Cell> = vec![Cell::words(&cell.measure)];
        row.extend(sweep.grid.values(cell.point).into_iter().map(Cell::words));
        row.extend([
            Cell::number(estimate.mean, |mean| {
                marked(show(mean), cell.beyond_count > 0)
            }),
            Cell::maybe(estimate.interval().map(|ends| ends[0]), show),
            Cell::maybe(estimate.interval().map(|ends| ends[1]), show),
            Cell::count(estimate.count as u64),
        ]);
        row
    };
    let mut head = vec!["measure"];
    head.extend(sweep.grid.axes.iter().map(|axis| axis.key.as_str()));
    head.extend(["mean", "from", "to", "replicas"]);
    let table = Table {
        name: "All measures",
        words: 1,
        head: &head,
        rows: first.iter().map(row).collect(),
        search: Some("measures"),
    };
    html! {
        @if all > MOST_ROWS {
            p { "The first " (units::count(MOST_ROWS as u64)) " of " (units::count(all as u64)) "; sweep.csv has them all." }
        }
        (table.show())
    }
}
