//! What plots and the longer tables of a page are made from, besides the figures of the summary.

use crate::run_info::RunInfo;
use crate::summary::{Spread, client_cpu_ms};
use std::borrow::Cow;
use throng_record::{
    CommitRow, EventMark, GeneratorPoint, GroupRecord, Latencies, Ledgers, ProviderRow, Record,
    RoomRow, SeriesPoint, ServerSample, TrafficRow,
};

/// The rows and distributions of one run: as they lie in its record, or read back from its folder.
#[derive(Debug, Clone)]
pub struct Details<'a> {
    /// Latency histograms of the whole run.
    pub latencies: Cow<'a, Latencies>,
    /// A row per room.
    pub rooms: Cow<'a, [RoomRow]>,
    /// Samples at equal intervals of virtual time.
    pub series: Cow<'a, [SeriesPoint]>,
    /// What the scenario planned for one moment, in order of time.
    pub marks: Cow<'a, [EventMark]>,
    /// Bytes by sender, receiver and message kind.
    pub traffic: Cow<'a, [TrafficRow]>,
    /// A row per provider.
    pub providers: Cow<'a, [ProviderRow]>,
    /// Who paid for whom, who saw what, and what stops with whom; none of a run over real connections.
    pub ledgers: Option<Cow<'a, Ledgers>>,
    /// Of a run over real connections, its generator second by second; nothing of a simulated one.
    pub generator: Cow<'a, [GeneratorPoint]>,
    /// What servers took of their machines, in order of time; nothing of a simulated run.
    pub servers: Cow<'a, [ServerSample]>,
    /// What MLS groups add; none for a stack that has none.
    pub groups: Option<Cow<'a, GroupRecord>>,
    /// CPU time of all clients together, in seconds.
    pub clients_cpu_s: f64,
    /// Whether its time was real.
    pub real: bool,
}

impl<'a> From<&'a Record> for Details<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            latencies: Cow::Borrowed(&record.latencies),
            rooms: Cow::Borrowed(&record.rooms),
            series: Cow::Borrowed(&record.series),
            marks: Cow::Borrowed(&record.marks),
            traffic: Cow::Borrowed(&record.traffic),
            providers: Cow::Borrowed(&record.providers),
            ledgers: record.ledgers.as_ref().map(Cow::Borrowed),
            generator: Cow::Borrowed(&[]),
            servers: Cow::Borrowed(servers(record)),
            groups: record.groups.as_ref().map(Cow::Borrowed),
            clients_cpu_s: clients_cpu_s(&client_cpu_ms(record)),
            real: record.real.is_some(),
        }
    }
}

impl<'a> Details<'a> {
    /// Those of a run, of which the program that made it knows more.
    pub fn of_run(record: &'a Record, info: &'a RunInfo) -> Self {
        let generator = info.real.as_ref().map(|real| &real.generator.series[..]);
        Self {
            generator: Cow::Borrowed(generator.unwrap_or_default()),
            ..Self::from(record)
        }
    }
}

/// What servers took; nothing in a simulated run.
pub(crate) fn servers(record: &Record) -> &[ServerSample] {
    record.real.as_ref().map_or(&[], |real| &real.servers)
}

impl Details<'_> {
    /// A row per accepted commit, in order of acceptance; none of a stack without groups.
    pub fn commits(&self) -> &[CommitRow] {
        self.groups.as_ref().map_or(&[], |groups| &groups.commits)
    }
}

/// What the CPU times of clients, in milliseconds, add up to.
pub(crate) fn clients_cpu_s(each: &Spread) -> f64 {
    each.stats
        .map_or(0.0, |stats| stats.mean * each.count as f64 / 1e3)
}
