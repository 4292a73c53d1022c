//! The samples of all shards as samples of one load: they have equal lengths and begin at one moment, and the last of each ends with it.

use super::part::Part;
use crate::data::SeriesPoint;
use throng_workloads::time::SimTime;

/// The samples of a load.
pub(super) struct Grid {
    interval: u64,
    end: SimTime,
    samples: usize,
}

impl Grid {
    /// Those of these shards.
    pub(super) fn of(parts: &[Part]) -> Self {
        let intervals = parts.iter().map(|part| part.ledger.interval.as_nanos());
        let end = parts.iter().map(|part| part.record.end).max();
        let mut grid = Self {
            interval: intervals.max().unwrap_or(0).max(1),
            end: end.unwrap_or_default(),
            samples: 0,
        };
        grid.samples = grid.place(grid.end) + 1;
        grid
    }

    /// When the last shard was over.
    pub(super) fn end(&self) -> SimTime {
        self.end
    }

    /// Which sample a moment belongs to, whose end is its own.
    pub(super) fn place(&self, at: SimTime) -> usize {
        let at = at.min(self.end).as_nanos();
        (at.div_ceil(self.interval).max(1) - 1) as usize
    }

    /// From when to when a sample is.
    pub(super) fn span(&self, place: usize) -> (SimTime, SimTime) {
        let at = |place: usize| {
            let nanos = (place as u64).saturating_mul(self.interval);
            SimTime::from_nanos(nanos).min(self.end)
        };
        (at(place), at(place + 1))
    }

    /// The series: what happened in each sample is added up, and what there is after a shard's end is what there was at it.
    pub(super) fn series(&self, parts: &[Part]) -> Vec<SeriesPoint> {
        let mut all: Vec<SeriesPoint> = (0..self.samples)
            .map(|place| SeriesPoint {
                time: self.span(place).1,
                ..SeriesPoint::default()
            })
            .collect();
        for part in parts {
            let mut own: Vec<Option<SeriesPoint>> = vec![None; self.samples];
            for point in &part.record.series {
                let Some(own) = own.get_mut(self.place(point.time)) else {
                    continue;
                };
                *own = Some(match own.take() {
                    Some(before) => after(&before, point),
                    None => point.clone(),
                });
            }
            let mut last = SeriesPoint::default();
            for (all, own) in all.iter_mut().zip(own) {
                let own = own.unwrap_or_else(|| still(&last));
                add(all, &own);
                last = own;
            }
        }
        all
    }
}

/// Two points of one shard that belong to one sample.
fn after(before: &SeriesPoint, point: &SeriesPoint) -> SeriesPoint {
    let mut both = still(point);
    add(&mut both, &still_nothing(before));
    add(&mut both, &still_nothing(point));
    both
}

/// What there is, and nothing that happened.
fn still(point: &SeriesPoint) -> SeriesPoint {
    SeriesPoint {
        online: point.online,
        members: point.members,
        queued: point.queued,
        key_packages: point.key_packages,
        exhausted: point.exhausted,
        stored_bytes: point.stored_bytes,
        ..SeriesPoint::default()
    }
}

/// What happened, and nothing that there is.
fn still_nothing(point: &SeriesPoint) -> SeriesPoint {
    SeriesPoint {
        online: 0,
        members: 0,
        queued: 0,
        key_packages: 0,
        exhausted: 0,
        stored_bytes: 0,
        ..point.clone()
    }
}

fn add(to: &mut SeriesPoint, point: &SeriesPoint) {
    to.online = to.online.saturating_add(point.online);
    for (to, more) in [
        (&mut to.members, point.members),
        (&mut to.churn, point.churn),
        (&mut to.commits, point.commits),
        (&mut to.attempts, point.attempts),
        (&mut to.messages, point.messages),
        (&mut to.bytes, point.bytes),
        (&mut to.queued, point.queued),
        (&mut to.key_packages, point.key_packages),
        (&mut to.exhausted, point.exhausted),
        (&mut to.stored_bytes, point.stored_bytes),
    ] {
        *to = to.saturating_add(more);
    }
    to.provider_wait_max = to.provider_wait_max.max(point.provider_wait_max);
    to.provider_busy += point.provider_busy;
}
