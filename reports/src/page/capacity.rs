//! The page of a search for a capacity.

use super::figures::figure;
use super::skeleton::{self, Section};
use super::table::{Cell, Table};
use crate::capacity::{Capacity, Change, Hindrances};
use crate::error::ReportError;
use crate::plots::Size;
use crate::plots::capacity::of_capacity;
use crate::text::capacity::{binding, change, interval, says, short, wide};
use crate::units;
use maud::{Markup, html};

/// The whole page.
///
/// # Errors
/// [`ReportError::Plot`] where the drawing backend fails.
pub fn capacity_html(capacity: &Capacity) -> Result<String, ReportError> {
    let intro = html! { p { (capacity.description) } };
    let mut parts = Vec::new();
    let mut add = |id, title, content| parts.push(Section { id, title, content });
    add("capacity", "The largest value that holds", answer(capacity));
    if !capacity.hindrances.is_empty() {
        let all = html! { @for one in &capacity.hindrances { (hindrances(one, capacity)) } };
        add("binds", "What binds", all);
    }
    if !capacity.uses.is_empty() {
        add("used", "Used there", uses(capacity));
    }
    if !capacity.sensitivity.is_empty() {
        add(
            "depends",
            "What the answer depends on",
            sensitivity(capacity),
        );
    }
    add("plots", "Plots", plots(capacity)?);
    let title = format!("{}, a capacity", capacity.scenario);
    Ok(skeleton::page(&title, &intro, &parts, &capacity.version))
}

fn answer(capacity: &Capacity) -> Markup {
    let Capacity { key, shown, .. } = capacity;
    html! {
        dl.facts {
            dt { (key) } dd { (says(&capacity.answer, shown, key)) }
            dt { "Asked for" } dd { (capacity.slo.join(", ")) }
            dt { "Runs" } dd { (units::count(capacity.runs as u64)) }
            dt { "Replicas" } dd { (units::count(capacity.replicas.len() as u64)) }
        }
        @for one in &capacity.exceptions {
            p.warning {
                "Not monotone: in replica " (one.run) " " (shown.value(one.fails)) " does not hold, and " (shown.value(one.holds)) " does."
            }
        }
        @if let Some(short) = short(&capacity.answer) { p.warning { (short) "." } }
        @if capacity.beyond_count { p.warning { "In some runs a percentile had too few values: it was their maximum." } }
        @if let Some(wide) = wide(&capacity.answer) { p { "How sure that is: " (wide) "." } }
        p { "The geometric mean of the replicas' ends, with Student's interval of their logarithms. Replica r of each value draws the same random numbers. The same again, on any machine:" }
        pre { code { (capacity.command) } }
    }
}

fn cell(of: Option<&Change>) -> Cell {
    match of {
        Some(value) => Cell::number(value.mean, |_| change(of)),
        None => Cell::words(change(None)),
    }
}

fn hindrances(one: &Hindrances, capacity: &Capacity) -> Markup {
    let row = |tried: &crate::capacity::Tried| {
        vec![
            Cell::words(&tried.knob),
            Cell::words(&tried.hindrance),
            Cell::number(tried.factor, units::significant),
            Cell::maybe(tried.answer.value, |value| capacity.shown.value(value)),
            cell(tried.change.as_ref()),
            Cell::words(interval(tried.change.as_ref())),
        ]
    };
    let table = Table {
        name: "What was relieved",
        words: 2,
        head: &[
            "input",
            "hindrance",
            "times",
            &capacity.key,
            "raises it by",
            "95 % interval",
        ],
        rows: one.tried.iter().map(row).collect(),
        search: None,
    };
    html! {
        @if !one.relieved.is_empty() { p { "With more of " (one.relieved.join(", ")) ":" } }
        p { (binding(one)) }
        (table.show())
    }
}

fn uses(capacity: &Capacity) -> Markup {
    let row = |used: &crate::capacity::Use| {
        vec![
            Cell::words(&used.name),
            Cell::words(&used.says),
            Cell::number(used.value, |_| used.shown.clone()),
        ]
    };
    let table = Table {
        name: "Used at the capacity",
        words: 2,
        head: &["measure", "what it is", "mean"],
        rows: capacity.uses.iter().map(row).collect(),
        search: None,
    };
    table.show()
}

fn sensitivity(capacity: &Capacity) -> Markup {
    let row = |one: &crate::capacity::Sensitivity| {
        vec![
            Cell::words(&one.knob),
            Cell::words(&one.says),
            cell(one.less.as_ref()),
            Cell::words(interval(one.less.as_ref())),
            cell(one.more.as_ref()),
            Cell::words(interval(one.more.as_ref())),
        ]
    };
    let table = Table {
        name: "What the answer depends on",
        words: 2,
        head: &[
            "input",
            "what it is",
            "− 20 %",
            "95 % interval",
            "+ 20 %",
            "95 % interval",
        ],
        rows: capacity.sensitivity.iter().map(row).collect(),
        search: None,
    };
    table.show()
}

fn plots(capacity: &Capacity) -> Result<Markup, ReportError> {
    let mut figures = Vec::new();
    for plot in of_capacity(capacity) {
        let (wide, narrow) = (plot.draw(Size::Wide)?, plot.draw(Size::Narrow)?);
        let id = format!("plot-{}", plot.name());
        let drawn = [&wide.svg[..], &narrow.svg, &wide.values];
        figures.push(figure(&id, &plot.title(), &plot.note(), drawn));
    }
    Ok(html! { div.plots { @for figure in &figures { (figure) } } })
}
