//! How all generators of a load together fared.

use super::latencies;
use super::part::Part;
use crate::generator::{Generator, GeneratorPoint};
use crate::shard::Shard;
use std::collections::BTreeMap;
use throng_workloads::time::SimSpan;

/// Of a machine's cores, more than this part on average says that the generators on it were the limit, as with one.
const MOST_CORES: f64 = 0.9;

/// All generators as one: what they were to do and did, added up; how late, merged. Each reason why one was the limit says which.
pub fn merge(parts: &[Part]) -> Generator {
    let machines = Machines::of(parts);
    let mut all = Generator::idle(machines.cores());
    for part in parts {
        let one = &part.generator;
        for (to, more) in [
            (&mut all.intended, one.intended),
            (&mut all.in_time, one.in_time),
            (&mut all.taken, one.taken),
            (&mut all.vanished, one.vanished),
            (&mut all.under_way, one.under_way),
            (&mut all.repeated, one.repeated),
        ] {
            *to = to.saturating_add(more);
        }
        for (to, more) in [
            (&mut all.lateness, &one.lateness),
            (&mut all.thread_delay, &one.thread_delay),
            (&mut all.loop_delay, &one.loop_delay),
        ] {
            latencies::add(to, more);
        }
        all.cpu += one.cpu;
        all.lasted = all.lasted.max(one.lasted);
        all.memory_max = match (all.memory_max, one.memory_max) {
            (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
            (sum, more) => sum.or(more),
        };
        for (what, count) in &one.errors {
            let sum = all.errors.entry(what.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        let limits = one.limits.iter();
        let limits = limits.map(|why| format!("shard {}: {why}", part.shard));
        all.limits.extend(limits);
    }
    all.limits.extend(machines.limits());
    all.rates = parts
        .first()
        .map_or(Vec::new(), |part| part.generator.rates.clone());
    all.series = series(parts);
    // They go in step: the last to be ready had all wait.
    let prepared = parts.iter().filter_map(|part| part.generator.preparation);
    all.preparation = prepared.max_by_key(|made| made.took);
    all
}

/// Second by second.
fn series(parts: &[Part]) -> Vec<GeneratorPoint> {
    let mut all: Vec<GeneratorPoint> = Vec::new();
    for part in parts {
        for (place, point) in part.generator.series.iter().enumerate() {
            let Some(sum) = all.get_mut(place) else {
                all.push(*point);
                continue;
            };
            sum.time = sum.time.max(point.time);
            sum.late_max = sum.late_max.max(point.late_max);
            sum.delay_max = sum.delay_max.max(point.delay_max);
            sum.cpu += point.cpu;
            for (to, more) in [
                (&mut sum.intended, point.intended),
                (&mut sum.taken, point.taken),
                (&mut sum.memory, point.memory),
                (&mut sum.under_way, point.under_way),
            ] {
                *to = to.saturating_add(more);
            }
        }
    }
    all
}

/// The machines on which generators ran; where the system does not say which it is, each has one of its own.
struct Machines<'p>(BTreeMap<&'p str, Machine>, Vec<Machine>);

#[derive(Default)]
struct Machine {
    cores: u32,
    cpu: SimSpan,
    lasted: SimSpan,
    shards: Vec<Shard>,
}

impl<'p> Machines<'p> {
    fn of(parts: &'p [Part]) -> Self {
        let mut machines = Self(BTreeMap::new(), Vec::new());
        for part in parts {
            let mut own = Machine::default();
            let machine = match &part.machine {
                Some(name) => machines.0.entry(name.as_str()).or_default(),
                None => &mut own,
            };
            machine.cores = machine.cores.max(part.generator.cores);
            machine.cpu += part.generator.cpu;
            machine.lasted = machine.lasted.max(part.generator.lasted);
            machine.shards.push(part.shard);
            if part.machine.is_none() {
                machines.1.push(own);
            }
        }
        machines
    }

    fn each(&self) -> impl Iterator<Item = &Machine> {
        self.0.values().chain(&self.1)
    }

    fn cores(&self) -> u32 {
        let cores = self.each().map(|machine| machine.cores);
        cores.fold(0, u32::saturating_add)
    }

    /// Where several on one machine together used more of it than one may.
    fn limits(&self) -> Vec<String> {
        let limit = |machine: &Machine| {
            let lasted = machine.lasted.as_secs_f64();
            let used = machine.cpu.as_secs_f64() / lasted;
            let cores = machine.cores;
            let shared = machine.shards.len() > 1 && lasted > 0.0;
            let names: Vec<String> = machine.shards.iter().map(Shard::to_string).collect();
            (shared && used > MOST_CORES * f64::from(cores)).then(|| {
                let names = names.join(", ");
                format!("shards {names}: on one machine, they used {used:.1} of {cores} cores")
            })
        };
        self.each().filter_map(limit).collect()
    }
}
