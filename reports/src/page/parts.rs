//! What several sections are made of: facts, and tables of distributions.

use super::table::{Cell, NONE, Table};
use crate::summary::Spread;
use maud::{Markup, html};

/// What tables show of a distribution, and how they call it.
pub(super) const STATS: [(&str, &str); 6] = [
    ("mean", "mean"),
    ("p50", "p50"),
    ("p90", "p90"),
    ("p99", "p99"),
    ("p999", "p99.9"),
    ("max", "max"),
];

/// The head of a table of distributions, behind these words.
pub(super) fn spread_head<'h>(words: &[&'h str]) -> Vec<&'h str> {
    let figures = STATS.iter().map(|(_, shown)| *shown);
    let words = words.iter().copied();
    words.chain(["count"]).chain(figures).collect()
}

/// Distributions, a row each.
pub(super) fn spreads(name: &str, what: &str, rows: Vec<Vec<Cell>>) -> Markup {
    Table {
        name,
        words: 1,
        head: &spread_head(&[what]),
        rows,
        search: None,
    }
    .show()
}

pub(super) fn spread_row(what: &str, spread: &Spread, unit: fn(f64) -> String) -> Vec<Cell> {
    let mut row = vec![Cell::words(what), Cell::count(spread.count)];
    row.extend(figures(spread, &STATS, unit));
    row
}

/// Figures of a distribution, a cell each.
pub(super) fn figures(
    spread: &Spread,
    stats: &[(&str, &str)],
    unit: fn(f64) -> String,
) -> Vec<Cell> {
    let figure = |(stat, _): &(&str, &str)| match (spread.get(stat), spread.show(stat, unit)) {
        (Some(value), Some(shown)) => Cell::number(value, |_| shown.clone()),
        _ => Cell::words(NONE),
    };
    stats.iter().map(figure).collect()
}

pub(super) fn facts(facts: &[(&str, String)]) -> Markup {
    html! {
        dl.facts {
            @for (term, fact) in facts { dt { (term) } dd { (fact) } }
        }
    }
}
