//! What a shard leaves in its folder besides what any run does, and all of it read back.

use super::file::{GeneratorFile, RecordFile, SCHEMA, ShardFile};
use super::together::{Found, ShardsError, in_order};
use crate::error::ReportError;
use crate::folder::atomic;
use crate::run_info::{RunInfo, ShardInfo};
use crate::stored::Stored;
use crate::tables::Row;
use crate::{hlog, tables};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use throng_record::merge::Part;
use throng_record::shard::LoadId;
use throng_record::{Ledger, Record, Shard};
use throng_workloads::time::{SimSpan, SimTime};

/// The last that is written: a folder that holds it holds a whole shard.
const FILE: &str = "shard.json";

/// Whether a folder holds a shard of a load.
pub fn is_load(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// What is read again, besides.
const FILES: [&str; 17] = [
    "scenario.toml",
    "summary.json",
    "rooms.csv",
    "series.csv",
    "events.csv",
    "traffic.csv",
    "providers.csv",
    "generator.csv",
    "servers.csv",
    "latency.hlog",
    "shard/sent.csv",
    "shard/got.csv",
    "shard/invited.csv",
    "shard/joined.csv",
    "shard/members.csv",
    "shard/stays.csv",
    "shard/agreed.csv",
];

/// What only whoever drove a shard knows.
#[derive(Debug, Clone, Copy)]
pub struct OfShard<'a> {
    /// Which.
    pub shard: Shard,
    /// By what the load is known of which it is one.
    pub load: LoadId,
    /// How many times as fast people's time passed as the scenario says.
    pub speed: f64,
    /// By what the machine is known on which it ran, where it says that.
    pub machine: Option<&'a str>,
    /// How far its clock may have been from that of others, in nanoseconds, where that is known.
    pub apart: Option<u64>,
    /// What it kept for others.
    pub ledger: &'a Ledger,
}

/// All shards of a load, read back.
#[derive(Debug)]
pub struct Shards {
    /// What is known of each, in their order.
    pub parts: Vec<Part>,
    /// What is said of each.
    pub infos: Vec<ShardInfo>,
    /// The scenario, as resolved.
    pub scenario: String,
    /// Why the load is none to rely on, besides what its record says.
    pub failed: Vec<String>,
}

/// Leaves what others need of a shard, in the folder that holds its report. `shard.json` comes last.
///
/// # Errors
/// Where the disk refuses.
pub fn write_shard(
    dir: &Path,
    of: OfShard<'_>,
    record: &Record,
    info: &RunInfo,
) -> Result<(), ShardsError> {
    atomic::create_folder(&dir.join("shard"))?;
    let ledger = of.ledger;
    table(dir, "shard/sent.csv", &ledger.sent)?;
    table(dir, "shard/got.csv", &ledger.got)?;
    table(dir, "shard/invited.csv", &ledger.invited)?;
    table(dir, "shard/joined.csv", &ledger.joined)?;
    table(dir, "shard/members.csv", &ledger.members)?;
    table(dir, "shard/stays.csv", &ledger.stays)?;
    table(dir, "shard/agreed.csv", &ledger.agreed)?;
    let path = dir.join(FILE);
    let broken = |reason: String| ShardsError::Broken {
        path: path.clone(),
        reason,
    };
    let real = info.real.as_ref();
    let real = real.ok_or_else(|| broken("it is none of a real run".to_owned()))?;
    let file = ShardFile {
        schema: SCHEMA,
        digest: String::new(),
        shard: of.shard.number(),
        of: of.shard.of(),
        load: of.load.to_string(),
        version: info.version.clone(),
        speed: of.speed,
        machine: of.machine.map(str::to_owned),
        apart_ns: of.apart,
        failed: real.failed.clone(),
        warmup_ns: ledger.warmup.as_nanos(),
        ends_ns: ledger.ends.map(SimTime::as_nanos),
        interval_ns: ledger.interval.as_nanos(),
        record: RecordFile::of(record).map_err(broken)?,
        generator: GeneratorFile::of(&real.generator).map_err(broken)?,
        files: digests(dir)?,
    };
    let sealed = file.seal().map_err(|error| broken(error.to_string()))?;
    atomic::write(&path, |out| {
        out.write_all(&sealed)?;
        out.write_all(b"\n")
    })?;
    Ok(())
}

fn table<R: Row>(dir: &Path, name: &str, rows: &[R]) -> Result<(), ReportError> {
    atomic::write(&dir.join(name), |out| {
        tables::write(rows, out).map_err(io::Error::from)
    })
}

/// A digest of each file that is there.
fn digests(dir: &Path) -> Result<BTreeMap<String, String>, ShardsError> {
    let mut all = BTreeMap::new();
    for name in FILES {
        let path = dir.join(name);
        match fs::read(&path) {
            Ok(bytes) => {
                all.insert(name.to_owned(), blake3::hash(&bytes).to_hex().to_string());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ShardsError::Read { path, source }),
        }
    }
    Ok(all)
}

/// Reads the folders of a load's shards, in any order.
///
/// # Errors
/// Where one is not whole, or they are not all shards of one load.
pub fn read_shards(folders: &[PathBuf]) -> Result<Shards, ShardsError> {
    let found = folders.iter().map(|folder| find(folder));
    let found = in_order(found.collect::<Result<_, _>>()?)?;
    let mut shards = Shards {
        parts: Vec::new(),
        infos: Vec::new(),
        scenario: found
            .first()
            .map_or(String::new(), |one| one.scenario.clone()),
        failed: Vec::new(),
    };
    for one in found {
        let (part, info) = read(&one)?;
        let failed = one.file.failed.iter();
        shards
            .failed
            .extend(failed.map(|why| format!("shard {}: {why}", part.shard)));
        if let Some(note) = info.note.as_ref().filter(|_| part.record.partial) {
            shards
                .failed
                .push(format!("shard {} is partial: {note}", part.shard));
        }
        shards.parts.push(part);
        shards.infos.push(info);
    }
    Ok(shards)
}

/// What a folder says of itself, where all of it is as it was written.
fn find(folder: &Path) -> Result<Found, ShardsError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(ShardsError::NoShard {
            folder: folder.to_owned(),
        });
    }
    let text = text(&path)?;
    let broken = |reason: String| ShardsError::Broken {
        path: path.clone(),
        reason,
    };
    let any: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    match any.get("schema").and_then(serde_json::Value::as_u64) {
        Some(schema) if schema != u64::from(SCHEMA) => {
            return Err(broken(format!(
                "it is of schema {schema}, and this throng reads {SCHEMA}; expected all shards and `throng merge` of one version"
            )));
        }
        _ => {}
    }
    let file: ShardFile = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    if !file.is_sealed(&text) {
        let damaged = "it is not as it was when the shard ended: its digest is another";
        return Err(broken(damaged.to_owned()));
    }
    let now = digests(folder)?;
    for name in FILES {
        let reason = match (file.files.get(name), now.get(name)) {
            (was, is) if was == is => continue,
            (_, None) => "it is not there, and was when the shard ended",
            (_, Some(_)) => "it is not as it was when the shard ended",
        };
        return Err(ShardsError::Broken {
            path: folder.join(name),
            reason: reason.to_owned(),
        });
    }
    Ok(Found {
        scenario: self::text(&folder.join("scenario.toml"))?,
        folder: folder.to_owned(),
        file,
    })
}

fn text(path: &Path) -> Result<String, ShardsError> {
    fs::read_to_string(path).map_err(|source| ShardsError::Read {
        path: path.to_owned(),
        source,
    })
}

/// What is in a folder.
fn read(found: &Found) -> Result<(Part, ShardInfo), ShardsError> {
    let (folder, file) = (&found.folder, &found.file);
    let broken = |name: &str, reason: String| ShardsError::Broken {
        path: folder.join(name),
        reason,
    };
    let shard = Shard::new(file.shard, file.of);
    let shard = shard.ok_or_else(|| {
        broken(
            FILE,
            format!("there is no shard {}/{}", file.shard, file.of),
        )
    })?;
    let stored = Stored::read(folder, &folder.display().to_string())?;
    let log = fs::read(folder.join("latency.hlog"));
    let log = log.map_err(|source| ShardsError::Read {
        path: folder.join("latency.hlog"),
        source,
    })?;
    let intervals = hlog::intervals(&log).map_err(|why| broken("latency.hlog", why))?;
    let summary = stored.side.summary;
    let generator = file.generator.generator(&stored.details);
    let generator = generator.map_err(|why| broken(FILE, why))?;
    let record = file.record.record(stored.details, intervals);
    let record = record.map_err(|why| broken(FILE, why))?;
    samples(file.interval_ns, &record).map_err(|why| broken(FILE, why))?;
    let info = ShardInfo {
        shard,
        machine: summary.real.map(|real| real.machine).unwrap_or_default(),
        generator: generator.clone(),
        note: summary.simulator.note,
        apart: file.apart_ns.map(SimSpan::from_nanos),
    };
    let ledger = Ledger {
        warmup: SimTime::from_nanos(file.warmup_ns),
        ends: file.ends_ns.map(SimTime::from_nanos),
        interval: SimSpan::from_nanos(file.interval_ns),
        sent: rows(folder, "shard/sent.csv")?,
        got: rows(folder, "shard/got.csv")?,
        invited: rows(folder, "shard/invited.csv")?,
        joined: rows(folder, "shard/joined.csv")?,
        members: rows(folder, "shard/members.csv")?,
        stays: rows(folder, "shard/stays.csv")?,
        agreed: rows(folder, "shard/agreed.csv")?,
    };
    let part = Part {
        shard,
        record,
        generator,
        machine: file.machine.clone(),
        apart: info.apart,
        ledger,
    };
    Ok((part, info))
}

/// Whether samples are as long as the record's are: of what is put together there are no more than a shard has, so that nothing in a file
/// has more made than stands in it.
fn samples(interval_ns: u64, record: &Record) -> Result<(), String> {
    if interval_ns == 0 {
        return Err("its samples last no time; expected a number of nanoseconds".to_owned());
    }
    let (lasts, has) = (record.end.as_nanos(), record.series.len() as u64);
    let samples = lasts.div_ceil(interval_ns);
    match samples <= has {
        true => Ok(()),
        false => Err(format!(
            "in its {lasts} ns there are {samples} samples of {interval_ns} ns, and series.csv has {has}; expected no more than it has"
        )),
    }
}

fn rows<R: Row>(folder: &Path, name: &str) -> Result<Vec<R>, ShardsError> {
    let path = folder.join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(source) => return Err(ShardsError::Read { path, source }),
    };
    tables::read(&bytes).map_err(|error| ShardsError::Broken {
        path,
        reason: error.to_string(),
    })
}
