//! `throng load --shard`: a load that several processes share, as one of them.

use crate::arguments::LoadArguments;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::machine;
use crate::progress::Meter;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use throng_live::load::Outcome;
use throng_live::meeting::{Meeting, Rendezvous};
use throng_reports::RunInfo;
use throng_reports::shards::{OfShard, write_shard};
use throng_workloads::scenario::Scenario;

/// Whether a load can begin.
pub(crate) enum Joined {
    /// It can, with the others where it is a shard.
    GoOn(Option<Meeting>),
    /// Somebody interrupted the wait for the others.
    Interrupted,
}

/// The folder of a shard: a name of its own where nobody named it, as others may be beside it.
pub(crate) fn folder(arguments: &LoadArguments, folder: PathBuf) -> PathBuf {
    match (arguments.shard, &arguments.out) {
        (Some(shard), None) => {
            let mut name = folder.into_os_string();
            name.push(format!("-{}-of-{}", shard.number(), shard.of()));
            name.into()
        }
        _ => folder,
    }
}

/// Keeps a shard's folder to itself as long as it lives, so that two of one machine cannot mix their files; with the process it is free,
/// however that ends. Nothing where this is none, or where there is nothing of the kind: it is there to notice a mistake.
pub(crate) fn keep(arguments: &LoadArguments, folder: &Path) -> Result<Option<File>, Failure> {
    let Some(opened) = arguments.shard.and_then(|_| File::open(folder).ok()) else {
        return Ok(None);
    };
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(TryLockError::WouldBlock) => Err(Failure::FolderTaken {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Meets the others, where this is a shard.
pub(crate) fn join(
    arguments: &LoadArguments,
    scenario: &Scenario,
    meter: &Meter,
    interrupt: &Interrupt,
) -> Result<Joined, Failure> {
    let Some((shard, address)) = arguments.shard.zip(arguments.meet) else {
        return Ok(Joined::GoOn(None));
    };
    let to = Rendezvous {
        shard,
        address,
        within: arguments.meet_within,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut said = String::new();
    let meeting = Meeting::join(&to, scenario, arguments.speed, &mut |doing: &str| {
        if said != doing {
            meter.say(doing);
            doing.clone_into(&mut said);
        }
        !interrupt.asked()
    })?;
    Ok(match meeting {
        Some(meeting) => Joined::GoOn(Some(meeting)),
        None => {
            meter.clear();
            eprintln!("interrupted: nothing was measured, and nothing is written");
            Joined::Interrupted
        }
    })
}

/// What was made of something that can fail when the others wait already: they hear why this shard goes then.
pub(crate) fn or_leave<T>(
    meeting: Option<&Meeting>,
    made: Result<T, Failure>,
) -> Result<T, Failure> {
    if let (Err(failure), Some(meeting)) = (&made, meeting) {
        meeting.leave(Some(&failure.to_string()));
    }
    made
}

/// Leaves what `throng merge` needs, where this is a shard.
pub(crate) fn write(
    arguments: &LoadArguments,
    folder: &Path,
    outcome: &Outcome,
    info: &RunInfo,
) -> Result<(), Failure> {
    let Some((shard, of)) = arguments.shard.zip(outcome.shard.as_ref()) else {
        return Ok(());
    };
    let machine = machine::identity();
    let of = OfShard {
        shard,
        load: of.load,
        speed: arguments.speed,
        machine: machine.as_deref(),
        apart: of.apart(),
        ledger: &of.ledger,
    };
    Ok(write_shard(folder, of, &outcome.record, info)?)
}
