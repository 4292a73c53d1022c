//! The record of a load from those of its shards.
//!
//! What each shard knows by itself is added up: counts, bytes, and histograms bucket by bucket, so that nothing is lost. What one
//! knows of the beginning and another of the end comes together by their [ledgers](crate::shard::Ledger).
//!
//! - [`Part`]: what is known of a shard; [`merge()`]. Start here.
//! - `rows`: counts and tables. `grid`: samples of equal times; `latencies`: histograms by sample.
//! - `across`: what was sent here and came there.
//! - `rooms`: who is in them.
//! - [`generators`]: how all generators together fared.

mod across;
pub mod generators;
mod grid;
mod latencies;
mod part;
mod rooms;
mod rows;

use crate::data::{RealRecord, Record, SeriesPoint};
use crate::groups::{GroupRecord, TreeSample};
use crate::histogram::histogram;
use crate::invariants::{AGREE, DELIVERED};
use across::Across;
use grid::Grid;
use latencies::Sums;
pub use part::Part;

/// The whole load, of all its shards.
///
/// The parts have to be those of one load, each once, and in order: whoever reads them knows that.
pub fn merge(parts: &[Part]) -> Option<Record> {
    let first = parts.first()?;
    let grid = Grid::of(parts);
    let mut sums = Sums::of(parts, &grid);
    let mut message_raw = histogram();
    for real in parts.iter().filter_map(|part| part.record.real.as_ref()) {
        latencies::add(&mut message_raw, &real.message_raw);
    }
    let partial = parts.iter().any(|part| part.record.partial);
    let across = Across::of(parts, &grid, &mut sums, &mut message_raw, !partial);
    let (latency_intervals, latencies) = sums.finish(&grid);
    let mut counts = rows::counts(parts);
    across.correct(&mut counts);
    let (mut invariants, mut violations) = (rows::invariants(parts), rows::violations(parts));
    for (name, checks) in [(DELIVERED, across.deliveries), (AGREE, across.agreements)] {
        let row = invariants.iter_mut().find(|row| row.name == name);
        if let Some(row) = row {
            row.checks = row.checks.saturating_add(checks);
        }
    }
    violations.extend(across.violations);
    let series = grid.series(parts);
    let groups = first.record.groups.as_ref().map(|groups| GroupRecord {
        series: unknown_trees(&series),
        ..groups.clone()
    });
    Some(Record {
        fingerprint: String::new(),
        partial,
        end: grid.end(),
        events: rows::sum(parts, |record| record.events),
        clients: rows::sum(parts, |record| record.clients.into()) as u32,
        counts,
        contents: rows::contents(parts),
        latencies,
        latency_intervals,
        open: rows::open(parts),
        rooms: rooms::rows(parts),
        largest_room: rooms::largest(parts),
        stuck_rooms: Vec::new(),
        series,
        marks: first.record.marks.clone(),
        traffic: rows::traffic(parts),
        // Of a run over real connections nobody knows them.
        ledgers: None,
        loads: Vec::new(),
        providers: rows::providers(parts),
        client_cpu: rows::client_cpu(parts),
        units: first.record.units,
        client_work: rows::client_work(parts),
        hub_work: first.record.hub_work,
        provider_work: first.record.provider_work.clone(),
        measured: rows::measured(parts),
        invariants,
        groups,
        structure: None,
        real: Some(RealRecord {
            message_raw,
            clients_only: true,
            undelivered: across.undelivered + rows::undelivered(parts),
            violations,
            // Shards load providers that run already, and have none of their own who would find anything.
            findings: Vec::new(),
            servers: rows::servers(parts),
        }),
    })
}

/// Of providers that run already nothing is known of trees: all are as they began.
fn unknown_trees(series: &[SeriesPoint]) -> Vec<TreeSample> {
    let sample = |point: &SeriesPoint| TreeSample {
        time: point.time,
        ..TreeSample::default()
    };
    series.iter().map(sample).collect()
}
