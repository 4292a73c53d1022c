//! What HTTP, TLS and keeping things cost a provider on this machine.
//!
//! The loads are [`throng_live::measure`]'s: a real provider under much of one thing at a time. Of each, and of the provider and its clients
//! apart, the median of all rounds counts; what one of each unit takes is fitted to that, as for MLS. None of the loads does any MLS.
//!
//! What the processes of a database take is fitted apart from that, and to what is kept alone: it is on another machine more often than not,
//! and no simulation charges it.

use crate::file::{Machine, significant};
use std::collections::BTreeMap;
use std::time::Duration;
use throng_cost::fit::{Errors, Sample, fit, predict};
use throng_cost::work::MOST_UNITS;
use throng_cost::{CostProfile, Unit};
use throng_live::LiveError;
use throng_live::measure::{self, Who, measure};
use throng_live::store::StoreAt;
use throng_mimi::work::{TRANSPORT, UNITS};
use throng_mls::work::UNITS as MLS;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// Versions that matter.
const HYPER: &str = "1.12.0";
const RUSTLS: &str = "0.23.46";

/// What was measured under one load, of one of those who had a part in it: the median of all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderPoint {
    /// The load, in words.
    pub load: String,
    /// Whose time it was.
    pub who: Who,
    /// Whether the fit did not see it.
    pub held_out: bool,
    /// What was done, and how long it took.
    pub sample: Sample,
}

/// What was measured, and what it says of each unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Nanoseconds for one of each unit of [`UNITS`]; 0 for those of which there is nothing.
    pub nanos: [f64; MOST_UNITS],
    /// How far the fit is from what it saw.
    pub fit: Errors,
    /// How far it is from what it did not see.
    pub held_out: Errors,
    /// Everything that was measured.
    pub points: Vec<ProviderPoint>,
}

/// What a provider takes on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderCosts {
    /// What the provider and its clients take.
    pub fitted: Fitted,
    /// What the processes of its database take, for what is kept alone; where there is one on this machine.
    pub database: Option<Fitted>,
    /// How long its store waits for whatever it writes to until a batch is safe, in seconds: the median, and the 95th percentile.
    pub waits: (f64, f64),
    /// Where the provider kept things; in a file of its own where nobody said.
    pub store: Option<StoreAt>,
}

/// Measures a provider that keeps things there, in so many rounds. `progress` hears how many loads of how many are done, and says whether to
/// go on. Nothing where it said no.
///
/// # Errors
/// [`LiveError`] where the provider cannot be started, or does not do what it has to.
pub fn provider(
    store: Option<&StoreAt>,
    rounds: u32,
    progress: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Option<ProviderCosts>, LiveError> {
    let mut goes_on = true;
    let measured = measure(store, rounds, &mut |done, of| {
        goes_on = progress(done, of);
        goes_on
    })?;
    Ok(goes_on.then(|| ProviderCosts::of(measured, store.cloned())))
}

impl Fitted {
    /// Fit the points that are not held out.
    fn to(points: Vec<ProviderPoint>) -> Self {
        let samples = |held_out: bool| -> Vec<Sample> {
            let those = points.iter().filter(|point| point.held_out == held_out);
            those.map(|point| point.sample).collect()
        };
        let seen = samples(false);
        let nanos = fit(&seen);
        Self {
            fit: Errors::of(&nanos, &seen),
            held_out: Errors::of(&nanos, &samples(true)),
            nanos,
            points,
        }
    }

    /// The units from this one on, with what one of each costs.
    fn costs_from(&self, first: usize) -> impl Iterator<Item = (&'static Unit, f64)> + '_ {
        UNITS.all().zip(self.nanos).skip(first)
    }

    fn errors(&self) -> Table {
        let mut errors = Table::new();
        errors.set_implicit(true);
        for (name, of) in [("fit", &self.fit), ("held_out", &self.held_out)] {
            let mut table = Table::new();
            table["points"] = value(of.points as i64);
            table["median"] = value(rounded(of.median));
            table["worst"] = value(rounded(of.worst));
            errors.insert(name, Item::Table(table));
        }
        errors
    }

    fn entries(&self, held_out: bool) -> Item {
        let points = self.points.iter();
        let points = points.filter(|point| point.held_out == held_out);
        let points = points.map(|point| self.entry(point));
        Item::ArrayOfTables(points.collect::<ArrayOfTables>())
    }

    fn entry(&self, point: &ProviderPoint) -> Table {
        let mut entry = Table::new();
        entry["load"] = value(point.load.as_str());
        entry["of"] = value(point.of());
        entry["measured_us"] = value(micros(point.sample.nanos));
        entry["predicted_us"] = value(micros(predict(&self.nanos, &point.sample.work)));
        entry
    }
}

impl ProviderPoint {
    /// Whose time it was, in a word.
    pub fn of(&self) -> &'static str {
        match self.who {
            Who::Provider => "provider",
            Who::Clients => "clients",
            Who::Database => "database",
        }
    }
}

impl ProviderCosts {
    fn of(measured: measure::Measured, store: Option<StoreAt>) -> Self {
        let mut alike: BTreeMap<_, Vec<measure::Sample>> = BTreeMap::new();
        for sample in measured.samples {
            let key = (sample.load, sample.who, sample.held_out);
            alike.entry(key).or_default().push(sample);
        }
        let median = |((load, who, held_out), mut all): (
            (measure::Load, Who, bool),
            Vec<measure::Sample>,
        )| {
            all.sort_by_key(|sample| sample.nanos);
            let median = all.get((all.len() - 1) / 2)?;
            let mut work = median.work;
            let before = match who {
                Who::Provider | Who::Clients => MLS.len(),
                Who::Database => TRANSPORT.len(),
            };
            work.counts[..before].fill(0);
            Some(ProviderPoint {
                load: load.name(),
                who,
                held_out,
                sample: Sample {
                    work,
                    nanos: median.nanos as f64,
                },
            })
        };
        let points = alike.into_iter().filter_map(median);
        // A database has nothing to do where nothing is kept.
        let points = points.filter(|point| {
            let counts = point.sample.work.counts.iter();
            point.who != Who::Database || counts.sum::<u64>() > 0
        });
        let mut waited = measured.waited;
        waited.sort();
        Self::fitted(points.collect(), &waited, store)
    }

    fn fitted(points: Vec<ProviderPoint>, waited: &[Duration], store: Option<StoreAt>) -> Self {
        let (database, own): (Vec<_>, Vec<_>) = points
            .into_iter()
            .partition(|point| point.who == Who::Database);
        let waits = |part: usize| {
            let at = waited.get(waited.len().saturating_sub(1) * part / 100);
            at.copied().unwrap_or_default().as_secs_f64()
        };
        Self {
            fitted: Fitted::to(own),
            database: (!database.is_empty()).then(|| Fitted::to(database)),
            waits: (waits(50), waits(95)),
            store,
        }
    }

    /// Its units, with what one of each costs.
    pub fn costs(&self) -> impl Iterator<Item = (&'static Unit, f64)> + '_ {
        self.fitted.costs_from(MLS.len())
    }

    /// What a database takes for each unit of what is kept, where there is one.
    pub fn database_costs(&self) -> impl Iterator<Item = (&'static Unit, f64)> + '_ {
        let database = self.database.iter();
        database.flat_map(|database| database.costs_from(TRANSPORT.len()))
    }

    /// Where the provider kept things, in words.
    pub fn kept_in(&self) -> String {
        let file = || "a file".to_owned();
        self.store.as_ref().map_or_else(file, StoreAt::to_string)
    }

    /// A profile file with these costs in it: the one given, whose other costs stay as they are, or where there is none one whose costs of
    /// MLS are the built-in ones.
    ///
    /// # Errors
    /// The one given is no TOML.
    pub fn merged(
        &self,
        profile: Option<&str>,
        machine: &Machine,
    ) -> Result<String, toml_edit::TomlError> {
        let mut file: DocumentMut = match profile {
            Some(text) => text.parse()?,
            None => built_in(),
        };
        let nanoseconds = file.entry("nanoseconds").or_insert_with(toml_edit::table);
        for (unit, nanos) in self.costs() {
            nanoseconds[unit.name] = written(nanos);
        }
        file.insert("provider", Item::Table(self.described(machine)));
        Ok(file.to_string())
    }

    fn described(&self, machine: &Machine) -> Table {
        let mut about = Table::new();
        about["machine"] = value(machine.machine.as_str());
        about["versions"] = value(machine.versions.as_str());
        about["date"] = value(machine.date.as_str());
        about["store"] = value(self.kept_in());
        let mut waits = Table::new();
        waits["median_us"] = value(micros(self.waits.0 * 1e9));
        waits["p95_us"] = value(micros(self.waits.1 * 1e9));
        about.insert("waits", Item::Table(waits));
        about.insert("errors", Item::Table(self.fitted.errors()));
        about.insert("seen", self.fitted.entries(false));
        about.insert("held_out", self.fitted.entries(true));
        if let Some(database) = &self.database {
            let mut table = Table::new();
            table.set_implicit(true);
            let mut nanoseconds = Table::new();
            for (unit, nanos) in self.database_costs() {
                nanoseconds[unit.name] = written(nanos);
            }
            table.insert("nanoseconds", Item::Table(nanoseconds));
            table.insert("errors", Item::Table(database.errors()));
            table.insert("seen", database.entries(false));
            table.insert("held_out", database.entries(true));
            about.insert("database", Item::Table(table));
        }
        about
    }
}

/// With no more digits than there is sense in.
fn written(nanos: f64) -> Item {
    let text = significant(nanos).parse();
    text.map_or_else(|_| value(nanos), Item::Value)
}

fn micros(nanos: f64) -> f64 {
    (nanos / 100.0).round() / 10.0
}

fn rounded(error: f64) -> f64 {
    (error * 1e4).round() / 1e4
}

/// The built-in costs of MLS as a file.
fn built_in() -> DocumentMut {
    let profile = CostProfile::built_in(MLS);
    let mut file = DocumentMut::new();
    file["machine"] = value(format!("MLS as built in: {}", profile.source));
    if let Some(members) = profile.calibrated_to {
        file["calibrated_to"] = value(i64::from(members));
    }
    file["nanoseconds"] = toml_edit::table();
    for (unit, nanos) in MLS.all().zip(profile.nanos) {
        file["nanoseconds"][unit.name] = value(nanos);
    }
    file
}

impl Machine {
    /// This machine with what a provider is made of, on this `date`.
    pub fn of_provider(date: impl Into<String>) -> Self {
        let this = Self::this(Default::default(), date);
        Self {
            machine: this.machine.replace(", one used)", ")"),
            versions: format!(
                "throng {}, hyper {HYPER}, rustls {RUSTLS} with ring, {}",
                env!("CARGO_PKG_VERSION"),
                env!("THRONG_RUSTC")
            ),
            date: this.date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_cost::Work;
    use throng_mimi::work::Transport;
    use throng_workloads::scenario::{CostUnit, MachineCosts};

    fn point(held_out: bool, requests_in: u64, records_out: u64, nanos: f64) -> ProviderPoint {
        let work: Work = Transport {
            requests_in,
            records_out,
            ..Transport::default()
        }
        .into();
        ProviderPoint {
            load: "something".to_owned(),
            who: Who::Provider,
            held_out,
            sample: Sample { work, nanos },
        }
    }

    fn costs() -> ProviderCosts {
        let points = vec![
            point(false, 10, 0, 300_000.0),
            point(false, 10, 100, 800_000.0),
            point(true, 10, 50, 500_000.0),
        ];
        let waited = (1..=101).map(Duration::from_millis).collect::<Vec<_>>();
        ProviderCosts::fitted(points, &waited, Some(StoreAt::Memory))
    }

    /// What a database takes is its own, and for what is kept alone.
    #[test]
    fn what_a_database_takes_is_apart() {
        let load = measure::Load::Acknowledged { events: 1 };
        let sample = |who, rows_deleted, nanos| {
            let transport = Transport {
                requests_in: 5,
                ..Transport::default()
            };
            let kept = throng_mimi::work::Storage {
                rows_deleted,
                ..Default::default()
            };
            let mut work: Work = transport.into();
            work += Work::from(kept);
            measure::Sample {
                load,
                who,
                held_out: false,
                work,
                nanos,
            }
        };
        let found = ProviderCosts::of(
            measure::Measured {
                samples: vec![
                    sample(Who::Provider, 100, 500_000),
                    sample(Who::Database, 100, 70_000),
                ],
                waited: Vec::new(),
            },
            None,
        );
        let deleted = found.database_costs();
        let deleted = deleted.filter(|(unit, _)| unit.name == "row_deleted");
        let deleted: Vec<f64> = deleted.map(|(_, nanos)| nanos).collect();
        assert!((deleted[0] - 700.0).abs() < 1e-6, "{deleted:?}");
        assert_eq!(found.fitted.points.len(), 1);
        let text = found.merged(None, &Machine::of_provider("2026-01-31"));
        let text = text.expect("TOML");
        assert!(text.contains("[provider.database.nanoseconds]\n"), "{text}");
        assert!(MachineCosts::parse("mine.toml", &text).is_ok());
    }

    #[test]
    fn the_versions_are_those_that_are_locked() {
        let lock = include_str!("../../../Cargo.lock");
        for (name, version) in [("hyper", HYPER), ("rustls", RUSTLS)] {
            let locked = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&locked), "{name}");
        }
    }

    #[test]
    fn what_is_merged_is_read_beside_what_was_there() {
        let machine = Machine::of_provider("2026-01-31");
        let before = "machine = 'mine'\n# Of MLS.\n[nanoseconds]\noperation = 5\n\n[errors.fit]\npoints = 3\n";
        let text = costs().merged(Some(before), &machine).expect("TOML");
        assert!(
            text.contains("# Of MLS.\n[nanoseconds]\noperation = 5\n"),
            "{text}"
        );
        let read = MachineCosts::parse("mine.toml", &text).expect("a profile");
        let cost = |name: &str| {
            let mut all = read.nanos.iter();
            all.find(|(unit, _)| unit == name).map(|(_, nanos)| *nanos)
        };
        assert_eq!(cost("operation"), Some(5.0));
        assert_eq!(cost("request_in"), Some(30_000.0));
        assert_eq!(cost("record_out"), Some(5_000.0));
        assert!(read.source.starts_with("mine; "), "{}", read.source);
        assert!(read.source.contains("hyper"), "{}", read.source);
        assert!(
            text.contains("[provider.waits]\nmedian_us = 51000.0\np95_us = 96000.0\n"),
            "{text}"
        );
        // Measured again, the new costs take the place of the old ones.
        let again = costs().merged(Some(&text), &machine).expect("TOML");
        assert_eq!(again, text);
        assert!(costs().merged(Some("machine ="), &machine).is_err());
    }

    #[test]
    fn without_a_profile_mls_costs_what_it_does() {
        let text = costs().merged(None, &Machine::of_provider("2026-01-31"));
        let text = text.expect("TOML");
        let read = MachineCosts::parse("mine.toml", &text).expect("a profile");
        let names: Vec<&str> = read.nanos.iter().map(|(unit, _)| unit.as_str()).collect();
        assert_eq!(UNITS.check(&names), Ok(()));
        let units: Vec<CostUnit> = UNITS.costs_of();
        assert_eq!(units.len(), read.nanos.len());
        assert_eq!(read.calibrated_to, Some(20_000));
    }
}
