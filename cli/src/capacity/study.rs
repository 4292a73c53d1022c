//! The runs of a search: the scenario itself in all replicas, then what is around its capacity, then variants of it, each searched in some.

use super::key::Key;
use super::nowhere;
use super::runs::{exceptions, uses};
use crate::arguments::MOST_REPLICAS;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::Request;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use throng_experiments::capacity::search::Next;
use throng_experiments::capacity::{End, Far, Hunt, Knob, Range, Search, hunt, knobs};
use throng_experiments::run_on;
use throng_reports::capacity::model::{ReplicaEnd, SCHEMA};
use throng_reports::capacity::{
    Answer, Capacity, Change, Hindrances, Sample, Sensitivity, Tried, needed, slope,
};
use throng_reports::measures::Rule;
use throng_reports::units;
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// Replicas of variants: each is held against itself, so that few say much.
const FEW: u32 = 3;

/// The first step of a search that begins where another has ended.
const NEAR: f64 = 1.1;

/// A variant is searched no further from where the scenario itself ends than so many times.
const AROUND: f64 = 4.0;

/// Values around the capacity at which runs are made besides, as parts of it: for a curve, and to see whether what holds is all below what does
/// not.
const CURVE: [f64; 8] = [0.25, 0.5, 0.7, 0.85, 0.95, 1.05, 1.2, 1.5];

/// Less and more of an input.
const SWINGS: [f64; 2] = [0.8, 1.2];

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) rules: &'a [Rule],
    pub(super) replicas: u32,
    /// How near both ends of the interval are to be.
    pub(super) within: Option<f64>,
    /// Cores of one machine that everybody shares.
    pub(super) cores: Option<usize>,
    /// The value that is asked for, where one is.
    pub(super) at_least: Option<f64>,
    pub(super) steps: u32,
    pub(super) inputs: &'a [String],
}

/// Knobs that are turned together, and by how much.
type Turned = Vec<(Knob, f64)>;

pub(super) struct Study<'a> {
    request: &'a Request,
    base: &'a Scenario,
    key: &'a Key,
    asked: &'a Asked<'a>,
    knobs: Vec<Knob>,
    /// Those of which there is to be less and more.
    inputs: Vec<Knob>,
    threads: usize,
}

/// What was found so far.
struct Found {
    variants: Vec<Turned>,
    samples: Mutex<Vec<Sample>>,
    interrupt: Interrupt,
    meter: Meter,
}

impl Found {
    /// Of the ends of a variant's replicas, and of what its runs say of how steep it is there.
    fn answer(&mut self, variant: usize, ends: &[End], first: usize) -> Answer {
        let plain = Answer::of(ends);
        let samples = self.samples.get_mut();
        let samples = samples.unwrap_or_else(PoisonError::into_inner);
        let own = samples.iter().filter(|sample| sample.variant == variant);
        let mut runs: Vec<(u32, f64, Option<f64>)> = own
            .map(|sample| (sample.run, sample.value, sample.margin))
            .collect();
        // Threads added them as they came; sums depend on their order.
        runs.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let slope = plain.value.and_then(|value| slope(runs.into_iter(), value));
        Answer::staged(ends, first, slope)
    }
}

impl<'a> Study<'a> {
    pub(super) fn new(
        request: &'a Request,
        base: &'a Scenario,
        key: &'a Key,
        asked: &'a Asked<'a>,
    ) -> Result<Self, Failure> {
        let known = knobs(base);
        let inputs = match asked.inputs {
            [word] if word == "none" => Vec::new(),
            [word] if word == "all" => {
                let all = known.iter().filter(|knob| knob.name != key.name);
                all.cloned().collect()
            }
            names
                if names
                    .iter()
                    .any(|name| ["none", "all"].contains(&name.trim())) =>
            {
                return Err(Failure::NoValue {
                    flag: "--sensitivity",
                    value: names.join(","),
                    wrong: "none and all stand alone; expected one of them, or inputs by name"
                        .to_owned(),
                });
            }
            names => {
                let find = |name: &String| {
                    let found = known.iter().find(|knob| knob.name == name.trim());
                    found.cloned().ok_or_else(|| Failure::NoInput {
                        name: name.clone(),
                        known: listed(&known),
                    })
                };
                names.iter().map(find).collect::<Result<_, _>>()?
            }
        };
        let threads = match request.threads {
            Some(threads) => threads.into(),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        Ok(Self {
            request,
            base,
            key,
            asked,
            knobs: known,
            inputs,
            threads,
        })
    }

    /// All of it; nothing where it was interrupted.
    pub(super) fn make(&self) -> Result<Option<Capacity>, Failure> {
        let mut found = Found {
            variants: vec![Vec::new()],
            samples: Mutex::new(Vec::new()),
            interrupt: Interrupt::listen().map_err(Failure::Interrupts)?,
            meter: Meter::new(self.request.quiet),
        };
        let begin = (0..self.asked.replicas).map(|run| Hunt {
            variant: 0,
            run,
            search: Search::new(self.key.range, self.key.start),
        });
        let Some(mut ends) = self.ends(&mut found, begin.collect(), "the capacity")? else {
            return Ok(None);
        };
        if !self.is_somewhere(&mut found, &ends)? || !self.more(&mut found, &mut ends)? {
            return Ok(None);
        }
        let first = self.asked.replicas as usize;
        let answer = found.answer(0, &ends, first);
        let few = FEW.min(self.asked.replicas) as usize;
        let (mut hindrances, mut sensitivity) = (Vec::new(), Vec::new());
        if let Some(value) = answer.value {
            if !self.around(&mut found, value, few)? {
                return Ok(None);
            }
            let Some(steps) = self.hindrances(&mut found, &ends[..few])? else {
                return Ok(None);
            };
            hindrances = steps;
            let Some(all) = self.sensitivity(&mut found, &ends[..few])? else {
                return Ok(None);
            };
            sensitivity = all;
        }
        found.meter.clear();
        let samples = found.samples.into_inner();
        let mut samples = samples.unwrap_or_else(PoisonError::into_inner);
        // They came as threads made them; from here on nobody can tell.
        samples.sort_by(|one, other| {
            let by = |sample: &Sample| (sample.variant, sample.run);
            by(one)
                .cmp(&by(other))
                .then(one.value.total_cmp(&other.value))
        });
        let size = answer.value.unwrap_or(self.key.start);
        Ok(Some(Capacity {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: String::new(),
            scenario: self.base.name.clone(),
            description: self.base.description.clone(),
            key: self.key.name.clone(),
            shown: self.key.shown(size),
            slo: Vec::new(),
            precision: self.key.range.precision,
            within: self.asked.within,
            first,
            answer,
            at_least: None,
            replicas: (0..)
                .zip(&ends)
                .map(|(run, end)| ReplicaEnd::new(run, *end))
                .collect(),
            exceptions: exceptions(&samples),
            beyond_count: samples.iter().any(|sample| sample.beyond_count),
            uses: uses(&samples, &ends),
            hindrances,
            sensitivity,
            sensitivity_replicas: few as u32,
            runs: samples.len(),
            variants: found.variants.iter().map(called).collect(),
            samples,
        }))
    }

    /// Adds the ends of as many more replicas as it takes; false where it was interrupted.
    fn more(&self, found: &mut Found, ends: &mut Vec<End>) -> Result<bool, Failure> {
        let first = Answer::of(ends);
        let Some((within, spread)) = self.asked.within.zip(first.spread) else {
            return Ok(true);
        };
        let (Some(needed), Some(value)) = (needed(ends, within), first.value) else {
            return Ok(true);
        };
        if needed > MOST_REPLICAS as usize {
            found.meter.clear();
            return Err(Failure::ManyReplicas {
                within: units::percent(within, 1.0),
                needed,
                first: ends.len(),
                spread: units::percent(spread, 1.0),
                most: MOST_REPLICAS,
            });
        }
        // They end near where the first did.
        let step = (1.0 + 2.0 * spread).min(NEAR);
        let range = self.key.range;
        let begin = (self.asked.replicas..needed as u32).map(|run| Hunt {
            variant: 0,
            run,
            search: Search::near(range, value.clamp(range.low, range.high), step),
        });
        let more = self.ends(found, begin.collect(), "the capacity, in more replicas")?;
        ends.extend(more.iter().flatten());
        Ok(more.is_some())
    }

    /// False where it was interrupted.
    ///
    /// # Errors
    /// What is asked holds at all values that may be tried, or at none, and that does not say either whether `--at-least` is met.
    fn is_somewhere(&self, found: &mut Found, ends: &[End]) -> Result<bool, Failure> {
        let Range { low, high, .. } = self.key.range;
        let answer = Answer::of(ends);
        let holds = answer.all_hold == ends.len();
        if !holds && answer.none_holds < ends.len() {
            return Ok(true);
        }
        let (near, far) = match holds {
            true => (high, Some(low)),
            // Nobody waits for a hundred times too much who did not ask for it.
            false => (low, self.key.to_typed.then_some(high)),
        };
        let answers = |least: f64| if holds { least <= high } else { least >= low };
        if self.asked.at_least.is_some_and(answers) {
            return Ok(true);
        }
        let of = |found: &mut Found| {
            let samples = found.samples.get_mut();
            samples.unwrap_or_else(PoisonError::into_inner).clone()
        };
        let Some(run) = nowhere::nearest(&of(found), near) else {
            return Ok(true);
        };
        let far = far.map(|far| self.once(run, far)).into_iter().collect();
        if self.ends(found, far, "the other end")?.is_none() {
            return Ok(false);
        }
        found.meter.clear();
        let (rules, shown) = (self.asked.rules, |value| self.key.shown(value));
        let told = nowhere::told(&of(found), run, holds, rules, shown, ends.len());
        Err(Failure::NoEnd {
            key: self.key.name.clone(),
            told,
        })
    }

    /// No search, but a run at a value.
    fn once(&self, run: u32, value: f64) -> Hunt {
        let only = Range {
            low: value,
            high: value,
            ..self.key.range
        };
        Hunt {
            variant: 0,
            run,
            search: Search::new(only, value),
        }
    }

    /// Searches to the end, and where each ended.
    fn ends(
        &self,
        found: &mut Found,
        hunts: Vec<Hunt>,
        what: &str,
    ) -> Result<Option<Vec<End>>, Failure> {
        let Found {
            variants,
            samples,
            interrupt,
            meter,
        } = found;
        // Runs on all threads add to it.
        let samples = &*samples;
        let cores = self.asked.cores;
        let before = samples.lock().unwrap_or_else(PoisonError::into_inner).len();
        let probe = |hunt: &Hunt, value: f64| {
            let known = {
                let samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
                samples
                    .iter()
                    .find(|sample| {
                        (sample.variant, sample.run) == (hunt.variant, hunt.run)
                            && sample.value == value
                    })
                    .map(|sample| (sample.holds, sample.margin))
            };
            if known.is_some() {
                return Ok(known);
            }
            let mut scenario = self.turned(&variants[hunt.variant], value)?;
            scenario.run = hunt.run;
            let Some(made) = run_on(&scenario, cores, || interrupt.asked(), |_| ())? else {
                return Ok(None);
            };
            let sample = Sample::new(
                hunt.variant,
                value,
                self.asked.rules,
                &scenario,
                &made.record,
            );
            let told = (sample.holds, sample.margin);
            samples
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(sample);
            Ok::<_, Failure>(Some(told))
        };
        let hunted = hunt(hunts, self.threads, probe, |far| {
            meter.draw(|| shown(before, far, what));
        })?;
        Ok(hunted.map(|hunted| {
            let end = |hunt: &Hunt| match hunt.search.next() {
                Next::End(end) => Some(end),
                Next::Try(_) => None,
            };
            hunted.iter().filter_map(end).collect()
        }))
    }

    /// The scenario at a value of the key, with knobs turned.
    fn turned(&self, turned: &Turned, value: f64) -> Result<Scenario, Failure> {
        let scenario = self.request.scenario_with(&[self.key.setting(value)])?;
        Ok(turned.iter().fold(scenario, |scenario, (knob, factor)| {
            knob.turned(&scenario, *factor).unwrap_or(scenario)
        }))
    }

    /// Whether a variant changes something, and still is a scenario.
    fn can_be(&self, turned: &Turned, value: f64) -> bool {
        let Ok(scenario) = self.turned(turned, value) else {
            return false;
        };
        let before = self.turned(&turned[..turned.len() - 1].to_vec(), value);
        let changes = before.is_ok_and(|before| before != scenario);
        let source = ScenarioSource::inline("turned.toml", scenario.to_toml());
        changes && (scenario.trace.is_some() || Scenario::parse(&source, &[]).is_ok())
    }

    /// Runs at values around the capacity; false where it was interrupted.
    fn around(&self, found: &mut Found, capacity: f64, few: usize) -> Result<bool, Failure> {
        let Range {
            low, high, whole, ..
        } = self.key.range;
        let mut hunts = Vec::new();
        for part in CURVE {
            let value = match whole {
                true => (part * capacity).round(),
                false => part * capacity,
            };
            if value < low || value > high {
                continue;
            }
            hunts.extend((0..few as u32).map(|run| self.once(run, value)));
        }
        Ok(self.ends(found, hunts, "what is around it")?.is_some())
    }

    /// Searches variants, each in the replicas of which these are the ends without it.
    fn variants(
        &self,
        found: &mut Found,
        turned: &[Turned],
        ends: &[End],
        what: &str,
    ) -> Result<Option<Vec<Vec<End>>>, Failure> {
        let first = found.variants.len();
        found.variants.extend(turned.iter().cloned());
        let mut hunts = Vec::new();
        for variant in 0..turned.len() {
            for (run, end) in (0..).zip(ends) {
                let End::Crossing { at, .. } = *end else {
                    continue;
                };
                let range = Range {
                    low: self.key.range.low.max(at / AROUND),
                    high: self.key.range.high.min(at * AROUND),
                    ..self.key.range
                };
                let range = match range.whole {
                    true => Range {
                        low: range.low.floor().max(1.0),
                        high: range.high.floor(),
                        ..range
                    },
                    false => range,
                };
                hunts.push(Hunt {
                    variant: first + variant,
                    run,
                    search: Search::near(range, at, NEAR),
                });
            }
        }
        let all = self.ends(found, hunts, what)?;
        Ok(all.map(|all| all.chunks(ends.len()).map(<[End]>::to_vec).collect()))
    }

    /// What binds, what binds when that is relieved, and so on.
    fn hindrances(
        &self,
        found: &mut Found,
        ends: &[End],
    ) -> Result<Option<Vec<Hindrances>>, Failure> {
        let mut steps: Vec<Hindrances> = Vec::new();
        let mut relieved: Turned = Vec::new();
        let mut before = ends.to_vec();
        for step in 0..self.asked.steps {
            let mut variants = Vec::new();
            let Some(value) = Answer::of(&before).value else {
                break;
            };
            for knob in &self.knobs {
                let Some(relief) = &knob.relief else { continue };
                if knob.name == self.key.name
                    || relieved.iter().any(|(known, _)| known.name == knob.name)
                {
                    continue;
                }
                for factor in relief.factors() {
                    let turned = [&relieved[..], &[(knob.clone(), factor)]].concat();
                    if self.can_be(&turned, value) {
                        variants.push(turned);
                    }
                }
            }
            let what = match step {
                0 => "what binds",
                _ => "what binds next",
            };
            let number = found.variants.len();
            let Some(all) = self.variants(found, &variants, &before, what)? else {
                return Ok(None);
            };
            let mut tried: Vec<(Tried, Vec<End>)> = Vec::new();
            for (number, (turned, ends)) in (number..).zip(variants.iter().zip(all)) {
                let Some((knob, factor)) = turned.last() else {
                    continue;
                };
                let relief = knob.relief.as_ref();
                let one = Tried {
                    knob: knob.name.clone(),
                    hindrance: relief.map_or(String::new(), |relief| relief.hindrance.clone()),
                    factor: *factor,
                    answer: found.answer(number, &ends, ends.len()),
                    change: Change::of(&before, &ends),
                };
                tried.push((one, ends));
            }
            let names = relieved.iter().filter_map(|(knob, _)| knob.relief.as_ref());
            let names = names.map(|relief| relief.hindrance.clone()).collect();
            let all = tried.iter().map(|(tried, _)| tried.clone()).collect();
            let precision = self.key.range.precision;
            let hindrances = Hindrances::new(names, all, precision, before.len() as u32);
            let binds = hindrances.binds.as_ref().and(hindrances.tried.first());
            let binds = binds.map(|binds| (binds.knob.clone(), binds.factor));
            steps.push(hindrances);
            let Some((name, factor)) = binds else { break };
            let Some(knob) = self.knobs.iter().find(|knob| knob.name == name) else {
                break;
            };
            relieved.push((knob.clone(), factor));
            let ends = tried
                .into_iter()
                .find(|(tried, _)| (&tried.knob, tried.factor) == (&name, factor));
            before = ends.map_or(before, |(_, ends)| ends);
        }
        Ok(Some(steps))
    }

    /// The capacity with a fifth less and a fifth more of each input.
    fn sensitivity(
        &self,
        found: &mut Found,
        ends: &[End],
    ) -> Result<Option<Vec<Sensitivity>>, Failure> {
        let Some(value) = Answer::of(ends).value else {
            return Ok(Some(Vec::new()));
        };
        let mut variants: Vec<Turned> = Vec::new();
        for knob in &self.inputs {
            for factor in SWINGS {
                let turned = vec![(knob.clone(), factor)];
                if self.can_be(&turned, value) {
                    variants.push(turned);
                }
            }
        }
        let Some(all) = self.variants(found, &variants, ends, "what it depends on")? else {
            return Ok(None);
        };
        let mut changes: BTreeMap<(&str, bool), Option<Change>> = BTreeMap::new();
        for (turned, after) in variants.iter().zip(all) {
            let [(knob, factor)] = turned.as_slice() else {
                continue;
            };
            changes.insert((&knob.name, *factor > 1.0), Change::of(ends, &after));
        }
        let mut all: Vec<Sensitivity> = Vec::new();
        for knob in &self.inputs {
            let of = |more: bool| changes.get(&(knob.name.as_str(), more)).copied().flatten();
            let one = Sensitivity {
                knob: knob.name.clone(),
                says: knob.says.clone(),
                less: of(false),
                more: of(true),
            };
            if one.less.is_some() || one.more.is_some() {
                all.push(one);
            }
        }
        all.sort_by(|one, other| other.reach().total_cmp(&one.reach()));
        Ok(Some(all))
    }
}

/// What a variant is called in tables.
fn called(turned: &Turned) -> String {
    let words = turned.iter();
    let words = words.map(|(knob, factor)| format!("{} × {factor}", knob.name));
    words.collect::<Vec<String>>().join(", ")
}

fn listed(knobs: &[Knob]) -> String {
    let names: Vec<&str> = knobs.iter().map(|knob| knob.name.as_str()).collect();
    names.join(", ")
}

/// How far it is: of what is to be done next nobody knows how much it is.
fn shown(before: usize, far: Far, what: &str) -> (f64, Vec<String>) {
    let done = before + far.done as usize;
    let share = f64::from(far.done) / f64::from((far.done + far.left).max(1));
    let left = format!("{} more at most", far.left);
    let runs = format!("{done} runs");
    (share, vec![what.to_owned(), left, runs])
}
