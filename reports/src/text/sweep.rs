//! What a sweep came to, for a terminal.

use super::layout::{Page, WIDTH, cut};
use crate::summary::marked;
use crate::sweep::estimate::{LEAST_TO_RESAMPLE, Method};
use crate::sweep::{About, Cell, Growth, Sweep};
use crate::units;
use std::collections::BTreeMap;

/// Measures side by side: fewer where intervals have two ends.
const COLUMNS: usize = 3;
const COLUMNS_OF_ENDS: usize = 2;

/// Tables of growth.
const MOST_TABLES: usize = 8;

/// Points that a table shows.
const MOST_POINTS: usize = 40;

/// The means at each point, with what they may be off by, and how they grow.
pub fn sweep_text(sweep: &Sweep, about: &About, colour: bool) -> String {
    let mut page = Page::new(colour);
    let grid = &sweep.grid;
    page.bold(&cut(&format!("{}, a sweep", about.name), WIDTH));
    page.wrapped(&about.description);
    for axis in &grid.axes {
        page.wrapped(&format!("{}: {}", axis.key, axis.values.join(", ")));
    }
    page.facts(&[
        units::counted(grid.points() as u64, "point", "points"),
        units::counted(grid.replicas.into(), "replica each", "replicas each"),
        units::counted(
            grid.points() as u64 * u64::from(grid.replicas),
            "run",
            "runs",
        ),
    ]);
    if !sweep.thresholds.is_empty() {
        page.heading("Thresholds");
        let verdicts = sweep.thresholds.iter();
        page.verdicts(verdicts.map(|one| (one.is_met(), one.rule.as_str(), one.says())));
    }
    let known = sweep.key_measures();
    let columns = match grid.replicas {
        ..LEAST_TO_RESAMPLE => COLUMNS,
        _ => COLUMNS_OF_ENDS,
    };
    for measures in known.chunks(columns) {
        page.heading(match grid.replicas {
            1 => "One run each",
            2..LEAST_TO_RESAMPLE => "Mean over replicas, ± half of the 95 % interval",
            _ => "Mean over replicas, with its 95 % interval (of percentiles from, to; of others ± half)",
        });
        let keys = grid
            .axes
            .iter()
            .map(|axis| axis.key.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        let head: Vec<&str> = [keys.as_str()]
            .into_iter()
            .chain(measures.iter().copied())
            .collect();
        let rows = (0..grid.points().min(MOST_POINTS)).map(|point| {
            let values = grid.values(point).join(" ");
            let cells = measures.iter().map(|measure| {
                let cell = sweep.cell(point, measure);
                cell.map_or("–".to_owned(), |cell| shown(cell, grid.replicas))
            });
            [values].into_iter().chain(cells).collect()
        });
        page.table(&head, rows.collect());
        if grid.points() > MOST_POINTS {
            page.line(&format!(
                "  … and {} more points",
                grid.points() - MOST_POINTS
            ));
        }
    }
    page.explain_marks();
    // A table for each axis of numbers and what the others hold.
    let mut tables: BTreeMap<(usize, usize), Vec<(usize, &Growth)>> = BTreeMap::new();
    for growth in &sweep.fits {
        if let Some(place) = known.iter().position(|name| *name == growth.measure) {
            let table = tables.entry((growth.axis, growth.at)).or_default();
            table.push((place, growth));
        }
    }
    for ((axis, at), growths) in tables.iter_mut().take(MOST_TABLES) {
        growths.sort_by_key(|(place, _)| *place);
        let mut words = vec![format!("Growth with N = {}", grid.axes[*axis].key)];
        words.extend(grid.others(*axis, *at));
        page.heading(&words.join(", "));
        let rows = growths.iter().map(|(_, growth)| row(growth)).collect();
        page.table(
            &["", "law", "off by", "odds against", "exponent of a power"],
            rows,
        );
    }
    if tables.len() > MOST_TABLES {
        let more = tables.len() - MOST_TABLES;
        page.line(&format!(
            "  … and {more} more tables like these in fits.csv"
        ));
    }
    page.finish()
}

fn shown(cell: &Cell, replicas: u32) -> String {
    let (unit, estimate) = (cell.family.unit, &cell.estimate);
    let mean = marked(unit.show(estimate.mean), cell.beyond_count > 0);
    let shown = match (estimate.method, estimate.interval()) {
        (Method::Bootstrap, Some([low, high])) => {
            format!("{mean} [{}, {}]", unit.show(low), unit.show(high))
        }
        (_, Some([low, high])) => format!("{mean} ± {}", unit.show((high - low) / 2.0)),
        (_, None) => mean,
    };
    match estimate.count < replicas as usize {
        true => format!("{shown} ({} of {replicas})", estimate.count),
        false => shown,
    }
}

fn row(growth: &Growth) -> Vec<String> {
    let (fit, law) = (&growth.fit, growth.fit.law());
    let odds = match fit.odds() {
        None => "–".to_owned(),
        Some(sure) if sure >= 1e6 => format!("> 10⁶ {}", fit.laws[1].law.name()),
        Some(times) => format!("{} {}", units::significant(times), fit.laws[1].law.name()),
    };
    let exponent = fit.exponent.map_or("–".to_owned(), |exponent| {
        let half = (exponent.high - exponent.low) / 2.0;
        format!("{:.3} ± {half:.3}", exponent.p)
    });
    vec![
        growth.measure.clone(),
        law.map_or("none".to_owned(), |law| law.formula(growth.unit())),
        units::percent(fit.best().error, 1.0),
        odds,
        exponent,
    ]
}
