//! What a calibration found, for a terminal.

use super::layout::{Page, cut};
use crate::units;
use throng_calibrate::provider::ProviderCosts;
use throng_calibrate::{Calibration, Machine, Point};
use throng_cost::fit::{Errors, relative_error};
use throng_mls::work::UNITS;

/// Costs, and predicted against measured wherever the fit did not look; no line is longer than 100 columns.
pub fn calibration_text(found: &Calibration, machine: &Machine, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.bold("What MLS costs here");
    page.facts(&[
        machine.machine.clone(),
        machine.versions.clone(),
        machine.date.clone(),
    ]);
    page.heading("Cost of each unit of work");
    let costs = UNITS.all().zip(found.nanos);
    let rows =
        costs.map(|(unit, nanos)| vec![unit.name.replace('_', " "), units::millis(nanos / 1e6)]);
    page.table(&["", "CPU time"], rows.collect());
    page.heading("Predicted against measured, at sizes that the fit did not see");
    let held_out = found.points.iter().filter(|point| point.held_out);
    points(&mut page, found, held_out);
    page.heading("Predicted against measured, in the largest groups");
    points(&mut page, found, found.of_largest());
    page.heading("How good it is");
    page.table(
        &["", "points", "median error", "worst error"],
        vec![
            errors("sizes that the fit did not see", &found.held_out),
            errors("sizes that it saw", &found.fit),
            errors("the largest groups", &found.largest),
        ],
    );
    page.finish()
}

/// The same of what a provider takes.
pub fn provider_text(found: &ProviderCosts, machine: &Machine, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.bold("What a provider takes here");
    page.facts(&[
        machine.machine.clone(),
        machine.versions.clone(),
        machine.date.clone(),
        format!("kept in: {}", found.kept_in()),
    ]);
    page.heading("Cost of each unit of work");
    let rows = found.costs().map(|(unit, nanos)| {
        let name = unit.name.replace('_', " ");
        vec![name, units::millis(nanos / 1e6)]
    });
    page.table(&["", "CPU time"], rows.collect());
    let (median, high) = found.waits;
    let wait = |seconds: f64| units::millis(seconds * 1e3);
    page.facts(&[format!(
        "a batch waits {} to be safe, one in twenty longer than {}",
        wait(median),
        wait(high)
    )]);
    if found.database.is_some() {
        page.heading("Cost of each unit to the database's own processes");
        let rows = found.database_costs().map(|(unit, nanos)| {
            let name = unit.name.replace('_', " ");
            vec![name, units::millis(nanos / 1e6)]
        });
        page.table(&["", "CPU time"], rows.collect());
    }
    page.heading("Predicted against measured");
    let of_all = [Some(&found.fitted), found.database.as_ref()];
    let points = of_all.into_iter().flatten().flat_map(|fitted| {
        let points = fitted.points.iter();
        points.map(|point| (point, relative_error(&fitted.nanos, &point.sample)))
    });
    let rows = points.map(|(point, error)| {
        let millis = |nanos: f64| units::millis(nanos / 1e6);
        vec![
            cut(&point.load, 52),
            point.of().to_owned(),
            if point.held_out { "" } else { "seen" }.to_owned(),
            millis(point.sample.nanos),
            format!("{:+.1} %", 100.0 * error),
        ]
    });
    page.table(&["", "of", "", "measured", "error"], rows.collect());
    page.heading("How good it is");
    let mut rows = vec![
        errors("loads that the fit did not see", &found.fitted.held_out),
        errors("loads that it saw", &found.fitted.fit),
    ];
    if let Some(database) = &found.database {
        rows.push(errors("of the database, not seen", &database.held_out));
        rows.push(errors("of the database, seen", &database.fit));
    }
    page.table(&["", "points", "median error", "worst error"], rows);
    page.finish()
}

fn points<'a>(page: &mut Page, found: &Calibration, points: impl Iterator<Item = &'a Point>) {
    page.table(
        &[
            "",
            "tree",
            "members",
            "listed",
            "measured",
            "predicted",
            "error",
        ],
        points.map(|point| row(found, point)).collect(),
    );
}

fn row(found: &Calibration, point: &Point) -> Vec<String> {
    let error = relative_error(&found.nanos, &point.sample);
    let millis = |nanos: f64| units::millis(nanos / 1e6);
    vec![
        cut(point.operation, 40),
        point.tree.to_string(),
        units::count(point.members.into()),
        units::count(point.listed.into()),
        millis(point.sample.nanos),
        millis(point.sample.nanos * (1.0 + error)),
        format!("{:+.1} %", 100.0 * error),
    ]
}

fn errors(what: &str, errors: &Errors) -> Vec<String> {
    vec![
        what.to_owned(),
        units::count(errors.points as u64),
        format!("{:.1} %", 100.0 * errors.median),
        format!("{:.1} %", 100.0 * errors.worst),
    ]
}
