//! How what `shard.json` holds becomes of a record and a generator, and these of it.

use super::file::{Encoded, GeneratorFile, MeasuredFile, OpenFile, RecordFile, ViolationFile};
use super::names;
use crate::details::Details;
use crate::summary::ContentSummary;
use std::collections::BTreeMap;
use throng_cost::Work;
use throng_record::invariants::Violation;
use throng_record::{
    Counts, Generator, InvariantRow, LatencyInterval, MeasuredRow, OpenLatency, Preparation,
    ProviderWork, RateChange, RealRecord, Record,
};
use throng_stacks::live;
use throng_workloads::time::{SimSpan, SimTime};

impl RecordFile {
    /// What of a record stands in no table.
    pub(super) fn of(record: &Record) -> Result<Self, String> {
        let counts = &record.counts;
        let rows = |rows: &[(&'static str, u64)]| named(rows.iter().copied());
        let open = record.open.iter().map(|open| {
            Ok(OpenFile {
                latency: open.name.to_owned(),
                count: open.count,
                offline: open.offline,
                oldest_ns: open.oldest.as_nanos(),
                ages: Encoded::of(&open.ages)?,
            })
        });
        let measured = record.measured.iter().map(|row| MeasuredFile {
            party: row.party.to_owned(),
            trigger: row.trigger.to_owned(),
            times: row.times,
            measured_ns: row.measured.as_nanos(),
            profiled_ns: row.profiled.as_nanos(),
        });
        let real = record.real.as_ref().ok_or("it is none of a real run")?;
        let violations = real.violations.iter().map(|one| ViolationFile {
            name: one.name.to_owned(),
            detail: one.detail.clone(),
        });
        let work = record.units.count(&record.client_work);
        Ok(Self {
            partial: record.partial,
            end_ns: record.end.as_nanos(),
            events: record.events,
            clients: record.clients,
            largest_room: record.largest_room,
            counts: named(counts.each().into_iter()),
            intents: rows(&counts.intents),
            skipped: rows(&counts.skipped),
            undecryptable: rows(&counts.undecryptable),
            others: named(counts.others.iter().map(|(name, count)| (*name, *count))),
            open: open.collect::<Result<_, String>>()?,
            client_cpu: Encoded::of(&record.client_cpu)?,
            client_work: named(work.map(|(unit, count)| (unit.counter, count))),
            client_measured_ns: record.client_work.measured_ns,
            measured: measured.collect(),
            invariants: named(record.invariants.iter().map(|row| (row.name, row.checks))),
            message_raw: Encoded::of(&real.message_raw)?,
            undelivered: real.undelivered,
            contents: ContentSummary::all(&record.contents),
            violations: violations.collect(),
        })
    }

    /// The record, with what its tables have and with these latencies by sample.
    pub(super) fn record(
        &self,
        details: Details<'static>,
        latency_intervals: Vec<LatencyInterval>,
    ) -> Result<Record, String> {
        let units = live::vocabulary().units;
        let invariant = |(name, checks): (&String, &u64)| {
            Ok(InvariantRow {
                name: names::invariant(name)?,
                checks: *checks,
            })
        };
        let providers = details.providers.into_owned();
        let open = self.open.iter().map(OpenFile::open);
        let measured = self.measured.iter().map(MeasuredFile::row);
        let invariants = self.invariants.iter().map(invariant);
        let violations = self.violations.iter().map(ViolationFile::violation);
        Ok(Record {
            fingerprint: String::new(),
            partial: self.partial,
            end: SimTime::from_nanos(self.end_ns),
            events: self.events,
            clients: self.clients,
            counts: self.counts()?,
            contents: self.contents.iter().map(ContentSummary::row).collect(),
            latencies: details.latencies.into_owned(),
            latency_intervals,
            open: open.collect::<Result<_, String>>()?,
            rooms: details.rooms.into_owned(),
            largest_room: self.largest_room,
            stuck_rooms: Vec::new(),
            series: details.series.into_owned(),
            marks: details.marks.into_owned(),
            traffic: details.traffic.into_owned(),
            ledgers: None,
            loads: Vec::new(),
            provider_work: vec![ProviderWork::default(); providers.len()],
            providers,
            client_cpu: self.client_cpu.histogram("client_cpu")?,
            units,
            client_work: self.work()?,
            hub_work: Work::default(),
            measured: measured.collect::<Result<_, String>>()?,
            invariants: invariants.collect::<Result<_, String>>()?,
            groups: details.groups.map(std::borrow::Cow::into_owned),
            structure: None,
            real: Some(RealRecord {
                message_raw: self.message_raw.histogram("message_raw")?,
                clients_only: true,
                undelivered: self.undelivered,
                violations: violations.collect::<Result<_, String>>()?,
                servers: details.servers.into_owned(),
                // A shard has no providers of its own who would find anything.
                findings: Vec::new(),
            }),
        })
    }

    fn counts(&self) -> Result<Counts, String> {
        type Rows = Result<Vec<(&'static str, u64)>, String>;
        let rows =
            |rows: &BTreeMap<String, u64>, of: fn(&str) -> Result<&'static str, String>| -> Rows {
                rows.iter()
                    .map(|(name, count)| Ok((of(name)?, *count)))
                    .collect()
            };
        let mut counts = Counts {
            intents: rows(&self.intents, names::action)?,
            skipped: rows(&self.skipped, names::reason)?,
            undecryptable: rows(&self.undecryptable, names::reason)?,
            others: rows(&self.others, names::counter)?.into_iter().collect(),
            ..Counts::default()
        };
        for (name, count) in counts.each_mut() {
            let found = self.counts.get(name).copied();
            *count = found.ok_or_else(|| format!("it does not say how many {name} there are"))?;
        }
        Ok(counts)
    }

    fn work(&self) -> Result<Work, String> {
        let mut work = Work {
            measured_ns: self.client_measured_ns,
            ..Work::default()
        };
        let units = live::vocabulary().units;
        for (unit, count) in units.all().zip(&mut work.counts) {
            let found = self.client_work.get(unit.counter).copied();
            *count = found
                .ok_or_else(|| format!("it does not say how many {} there are", unit.counter))?;
        }
        Ok(work)
    }
}

impl OpenFile {
    fn open(&self) -> Result<OpenLatency, String> {
        Ok(OpenLatency {
            name: names::latency(&self.latency)?,
            count: self.count,
            offline: self.offline,
            oldest: SimSpan::from_nanos(self.oldest_ns),
            ages: self.ages.histogram(&self.latency)?,
        })
    }
}

impl MeasuredFile {
    fn row(&self) -> Result<MeasuredRow, String> {
        Ok(MeasuredRow {
            party: names::party(&self.party)?,
            trigger: names::trigger(&self.trigger)?,
            times: self.times,
            measured: SimSpan::from_nanos(self.measured_ns),
            profiled: SimSpan::from_nanos(self.profiled_ns),
        })
    }
}

impl ViolationFile {
    fn violation(&self) -> Result<Violation, String> {
        Ok(Violation {
            name: names::invariant(&self.name)?,
            detail: self.detail.clone(),
        })
    }
}

impl GeneratorFile {
    /// What of a generator stands in no table.
    pub(super) fn of(generator: &Generator) -> Result<Self, String> {
        let rates = generator.rates.iter();
        Ok(Self {
            limits: generator.limits.clone(),
            intended: generator.intended,
            in_time: generator.in_time,
            taken: generator.taken,
            vanished: generator.vanished,
            under_way: generator.under_way,
            lateness: Encoded::of(&generator.lateness)?,
            thread_delay: Encoded::of(&generator.thread_delay)?,
            loop_delay: Encoded::of(&generator.loop_delay)?,
            cpu_ns: generator.cpu.as_nanos(),
            lasted_ns: generator.lasted.as_nanos(),
            prepared_ns: generator.preparation.map(|made| made.took.as_nanos()),
            cores: generator.cores,
            memory_max: generator.memory_max,
            repeated: generator.repeated,
            errors: generator.errors.clone(),
            rates: rates
                .map(|rate| (rate.at.as_nanos(), rate.factor))
                .collect(),
        })
    }

    /// The generator, with its seconds.
    pub(super) fn generator(&self, details: &Details<'_>) -> Result<Generator, String> {
        let rates = self.rates.iter().map(|(at, factor)| RateChange {
            at: SimTime::from_nanos(*at),
            factor: *factor,
        });
        Ok(Generator {
            limits: self.limits.clone(),
            intended: self.intended,
            in_time: self.in_time,
            taken: self.taken,
            vanished: self.vanished,
            under_way: self.under_way,
            lateness: self.lateness.histogram("lateness")?,
            thread_delay: self.thread_delay.histogram("thread_delay")?,
            loop_delay: self.loop_delay.histogram("loop_delay")?,
            cpu: SimSpan::from_nanos(self.cpu_ns),
            lasted: SimSpan::from_nanos(self.lasted_ns),
            cores: self.cores,
            memory_max: self.memory_max,
            repeated: self.repeated,
            errors: self.errors.clone(),
            rates: rates.collect(),
            series: details.generator.to_vec(),
            // A shard makes what it needs: none takes up what is stored.
            preparation: self.prepared_ns.map(|took| Preparation {
                took: SimSpan::from_nanos(took),
                loaded: false,
            }),
        })
    }
}

fn named(rows: impl Iterator<Item = (&'static str, u64)>) -> BTreeMap<String, u64> {
    rows.map(|(name, count)| (name.to_owned(), count)).collect()
}
