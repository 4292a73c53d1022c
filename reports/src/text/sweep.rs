//! What a sweep came to, for a terminal.

use super::layout::{Page, WIDTH, cut};
use crate::sweep::{About, Cell, Growth, Sweep};
use crate::units;

/// Measures side by side.
const COLUMNS: usize = 3;

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
    for measures in known.chunks(COLUMNS) {
        page.heading("Mean over replicas, ± half of the 95 % interval");
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
            let cells = measures
                .iter()
                .map(|measure| sweep.cell(point, measure).map_or("–".to_owned(), shown));
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
    for (axis, values) in grid.axes.iter().enumerate() {
        let along =
            |growth: &&Growth| growth.axis == axis && known.contains(&growth.measure.as_str());
        let mut growths: Vec<&Growth> = sweep.fits.iter().filter(along).collect();
        growths.sort_by_key(|growth| known.iter().position(|measure| *measure == growth.measure));
        if growths.is_empty() {
            continue;
        }
        page.heading(&format!("Growth with N = {}", values.key));
        let rows = growths.iter().map(|growth| row(sweep, growth)).collect();
        page.table(&["", "law", "off by", "than the next", "exponent"], rows);
    }
    page.finish()
}

fn shown(cell: &Cell) -> String {
    let (unit, estimate) = (cell.family.unit, &cell.estimate);
    let mean = unit.show(estimate.mean);
    match estimate.count {
        1 => mean,
        _ => format!(
            "{mean} ± {}",
            unit.show((estimate.high - estimate.low) / 2.0)
        ),
    }
}

fn row(sweep: &Sweep, growth: &Growth) -> Vec<String> {
    let (grid, fit) = (&sweep.grid, &growth.fit);
    let held = grid.others(growth.axis, growth.at);
    let name = match held.is_empty() {
        true => growth.measure.clone(),
        false => format!("{} ({})", growth.measure, held.join(" ")),
    };
    let better = match fit.how_much_better() {
        _ if fit.law().is_none() => "–".to_owned(),
        sure if sure >= 1e6 => format!("> 10⁶ × {}", fit.laws[1].law.name()),
        times => format!("{} × {}", units::significant(times), fit.laws[1].law.name()),
    };
    let exponent = fit.exponent.map_or("–".to_owned(), |exponent| {
        format!(
            "{:.3} [{:.3}, {:.3}]",
            exponent.p, exponent.low, exponent.high
        )
    });
    vec![
        name,
        fit.law().map_or("none", |best| best.law.name()).to_owned(),
        units::percent(fit.best().error, 1.0),
        better,
        exponent,
    ]
}
