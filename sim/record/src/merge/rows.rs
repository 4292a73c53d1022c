//! Counts and tables, added up row by row.

use super::latencies;
use super::part::Part;
use crate::contents::ContentRow;
use crate::data::*;
use crate::histogram::histogram;
use crate::open::OpenLatency;
use crate::servers::ServerSample;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use throng_cost::Work;

/// A sum over all shards.
pub(super) fn sum(parts: &[Part], of: impl Fn(&Record) -> u64) -> u64 {
    let each = parts.iter().map(|part| of(&part.record));
    each.fold(0, u64::saturating_add)
}

pub(super) fn counts(parts: &[Part]) -> Counts {
    let mut all = Counts::default();
    let (mut intents, mut skipped, mut undecryptable) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for part in parts {
        let counts = &part.record.counts;
        for ((_, to), (_, more)) in all.each_mut().into_iter().zip(counts.each()) {
            *to = to.saturating_add(more);
        }
        for (sums, rows) in [
            (&mut intents, &counts.intents),
            (&mut skipped, &counts.skipped),
            (&mut undecryptable, &counts.undecryptable),
        ] {
            for (name, count) in rows {
                add(sums, name, *count);
            }
        }
        for (name, count) in &counts.others {
            add(&mut all.others, name, *count);
        }
    }
    all.intents = intents.into_iter().collect();
    all.skipped = skipped.into_iter().collect();
    all.undecryptable = undecryptable.into_iter().collect();
    all
}

fn add(sums: &mut BTreeMap<&'static str, u64>, name: &'static str, count: u64) {
    let sum = sums.entry(name).or_default();
    *sum = sum.saturating_add(count);
}

pub(super) fn open(parts: &[Part]) -> Vec<OpenLatency> {
    let of = |latency: &Latency| {
        let each = parts.iter().flat_map(|part| &part.record.open);
        let mut each = each.filter(|open| open.name == latency.name);
        let mut sum = each.next()?.clone();
        for open in each {
            sum.count = sum.count.saturating_add(open.count);
            sum.offline = sum.offline.saturating_add(open.offline);
            sum.oldest = sum.oldest.max(open.oldest);
            latencies::add(&mut sum.ages, &open.ages);
        }
        Some(sum)
    };
    LATENCIES.iter().filter_map(of).collect()
}

pub(super) fn contents(parts: &[Part]) -> Vec<ContentRow> {
    let mut all: BTreeMap<&str, ContentRow> = BTreeMap::new();
    for row in parts.iter().flat_map(|part| &part.record.contents) {
        let known = all.entry(&row.kind).or_insert_with(|| ContentRow {
            kind: row.kind.clone(),
            ..ContentRow::default()
        });
        for (to, more) in [
            (&mut known.sent, row.sent),
            (&mut known.sent_bytes, row.sent_bytes),
            (&mut known.accepted, row.accepted),
            (&mut known.read, row.read),
            (&mut known.read_bytes, row.read_bytes),
        ] {
            *to = to.saturating_add(more);
        }
    }
    all.into_values().collect()
}

pub(super) fn traffic(parts: &[Part]) -> Vec<TrafficRow> {
    let mut all: Vec<TrafficRow> = Vec::new();
    for row in parts.iter().flat_map(|part| &part.record.traffic) {
        let same = |known: &&mut TrafficRow| {
            (&known.from, &known.to, &known.kind) == (&row.from, &row.to, &row.kind)
        };
        let Some(known) = all.iter_mut().find(same) else {
            all.push(row.clone());
            continue;
        };
        for (to, more) in [
            (&mut known.messages, row.messages),
            (&mut known.sent, row.sent),
            (&mut known.bodies, row.bodies),
            (&mut known.received, row.received),
            (&mut known.lost, row.lost),
            (&mut known.duplicated, row.duplicated),
        ] {
            *to = to.saturating_add(more);
        }
    }
    all
}

pub(super) fn providers(parts: &[Part]) -> Vec<ProviderRow> {
    let mut parts = parts.iter();
    let first = parts.next().map(|part| part.record.providers.clone());
    let mut all = first.unwrap_or_default();
    for part in parts {
        for (known, row) in all.iter_mut().zip(&part.record.providers) {
            known.busy += row.busy;
            known.wait_max = known.wait_max.max(row.wait_max);
            for (to, more) in [
                (&mut known.requests, row.requests),
                (&mut known.to_clients, row.to_clients),
                (&mut known.to_providers, row.to_providers),
                (&mut known.stored_max, row.stored_max),
                (&mut known.key_packages_left, row.key_packages_left),
            ] {
                *to = to.saturating_add(more);
            }
        }
    }
    all
}

pub(super) fn client_cpu(parts: &[Part]) -> Histogram<u64> {
    let mut all = histogram();
    for part in parts {
        latencies::add(&mut all, &part.record.client_cpu);
    }
    all
}

pub(super) fn client_work(parts: &[Part]) -> Work {
    let mut all = Work::default();
    for part in parts {
        let work = &part.record.client_work;
        for (to, more) in all.counts.iter_mut().zip(work.counts) {
            *to = to.saturating_add(more);
        }
        all.measured_ns = all.measured_ns.saturating_add(work.measured_ns);
    }
    all
}

pub(super) fn measured(parts: &[Part]) -> Vec<MeasuredRow> {
    let mut all: BTreeMap<(&str, &str), MeasuredRow> = BTreeMap::new();
    for row in parts.iter().flat_map(|part| &part.record.measured) {
        all.entry((row.party, row.trigger))
            .and_modify(|known| {
                known.times = known.times.saturating_add(row.times);
                known.measured += row.measured;
                known.profiled += row.profiled;
            })
            .or_insert(*row);
    }
    all.into_values().collect()
}

pub(super) fn invariants(parts: &[Part]) -> Vec<InvariantRow> {
    let mut all: Vec<InvariantRow> = Vec::new();
    for row in parts.iter().flat_map(|part| &part.record.invariants) {
        match all.iter_mut().find(|known| known.name == row.name) {
            Some(known) => known.checks = known.checks.saturating_add(row.checks),
            None => all.push(row.clone()),
        }
    }
    all
}

/// What did not hold, and in which shard.
pub(super) fn violations(parts: &[Part]) -> Vec<Violation> {
    let of = |part: &Part| {
        let violations = part.record.real.iter().flat_map(|real| &real.violations);
        let named = violations.map(|one| Violation {
            name: one.name,
            detail: format!("shard {}: {}", part.shard, one.detail),
        });
        named.collect::<Vec<_>>()
    };
    parts.iter().flat_map(of).collect()
}

pub(super) fn undelivered(parts: &[Part]) -> u64 {
    sum(parts, |record| {
        record.real.as_ref().map_or(0, |real| real.undelivered)
    })
}

/// What servers took. Where several shards looked at one, those of the first of them count: it is one server.
pub(super) fn servers(parts: &[Part]) -> Vec<ServerSample> {
    let mut seen_by: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        for sample in part.record.real.iter().flat_map(|real| &real.servers) {
            if *seen_by.entry(&sample.server).or_insert(place) == place {
                all.push(sample.clone());
            }
        }
    }
    all.sort_by_key(|sample| sample.time);
    all
}
