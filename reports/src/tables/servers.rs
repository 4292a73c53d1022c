//! `servers.csv`: what each server took, each time that it was looked at. And the columns of `series.csv` that say the same of all of
//! them together: time on cores in the interval, and the rest as it was last seen. A simulated run has neither.

use super::cells::{Maybe, Plain, Seconds};
use super::row::table;
use std::collections::BTreeMap;
use throng_record::{SeriesPoint, ServerSample};
use throng_workloads::time::SimSpan;

table! {
    ServerSample {
        ["time_s"] time: Seconds,
        ["server"] server: Plain,
        ["over_s"] over: Seconds,
        ["cpu_s"] cpu: Seconds,
        ["memory_bytes"] memory: Plain,
        ["files"] files: Plain,
        ["connections"] connections: Maybe<Plain>,
        ["stored_bytes"] stored: Maybe<Plain>,
    }
}

/// All servers together in one interval of the series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Together {
    cpu: SimSpan,
    memory: u64,
    files: u64,
    connections: u64,
    stored: u64,
}

table! {
    Together {
        ["servers_cpu_s"] cpu: Seconds,
        ["servers_memory_bytes"] memory: Plain,
        ["servers_files"] files: Plain,
        ["servers_connections"] connections: Plain,
        ["servers_stored_bytes"] stored: Plain,
    }
}

/// A row for each of the series.
pub(super) fn together(series: &[SeriesPoint], samples: &[ServerSample]) -> Vec<Together> {
    let mut samples = samples.iter().peekable();
    let mut last: BTreeMap<&str, &ServerSample> = BTreeMap::new();
    let row = |point: &SeriesPoint| {
        let mut row = Together::default();
        while let Some(sample) = samples.next_if(|sample| sample.time <= point.time) {
            row.cpu += sample.cpu;
            last.insert(&sample.server, sample);
        }
        for sample in last.values() {
            row.memory += sample.memory;
            row.files += sample.files;
            row.connections += sample.connections.unwrap_or(0);
            row.stored += sample.stored.unwrap_or(0);
        }
        row
    };
    series.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::SimTime;

    #[test]
    fn servers_are_added_up_in_each_interval() {
        let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
        let sample = |seconds, server: &str, cpu, memory| ServerSample {
            time: at(seconds),
            server: server.to_owned(),
            over: SimSpan::from_secs(1),
            cpu: SimSpan::from_millis(cpu),
            memory,
            files: 1,
            connections: None,
            stored: Some(memory / 2),
        };
        let samples = [
            sample(1, "a", 100, 10),
            sample(2, "a", 200, 20),
            sample(2, "b", 5, 100),
            sample(3, "a", 7, 30),
        ];
        let series = [2, 4, 6].map(|seconds| SeriesPoint {
            time: at(seconds),
            ..SeriesPoint::default()
        });
        let rows = together(&series, &samples);
        let cpu: Vec<u64> = rows
            .iter()
            .map(|row| row.cpu.as_nanos() / 1_000_000)
            .collect();
        assert_eq!(cpu, [305, 7, 0]);
        let levels = |of: fn(&Together) -> u64| rows.iter().map(of).collect::<Vec<_>>();
        assert_eq!(levels(|row| row.memory), [120, 130, 130]);
        assert_eq!(levels(|row| row.stored), [60, 65, 65]);
        assert_eq!(levels(|row| row.files), [2, 2, 2]);
    }
}
