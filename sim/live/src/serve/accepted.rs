//! What a provider accepted, a line of JSON each, for whoever checks that all of it arrived.

use crate::error::LiveError;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use throng_stack::{Accepted, Web};

/// An event that a hub accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedEvent {
    /// The room's URI.
    pub room: String,
    /// Its number among the room's events.
    pub event: u64,
    /// What it is: `message`, `commit`, …
    pub subject: String,
    /// Who sent it, as their provider calls them.
    pub sender: u32,
    /// The number of the request by which they did.
    pub request: u32,
    /// Who is to receive it, as their providers call them.
    pub receivers: Vec<u32>,
}

impl AcceptedEvent {
    pub(super) fn of(accepted: &Accepted, web: &dyn Web) -> Self {
        Self {
            room: web.room_name(accepted.room).unwrap_or_default(),
            event: accepted.event,
            subject: accepted.subject.id.to_owned(),
            sender: accepted.request.client.0,
            request: accepted.request.number,
            receivers: accepted.receivers.iter().map(|client| client.0).collect(),
        }
    }
}

/// A file of such events.
#[derive(Debug)]
pub(super) struct AcceptedLog {
    path: PathBuf,
    file: BufWriter<File>,
}

impl AcceptedLog {
    pub(super) fn create(path: &Path) -> Result<Self, LiveError> {
        let write = |source| LiveError::Write {
            path: path.to_owned(),
            source,
        };
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(File::create(path).map_err(write)?),
        })
    }

    pub(super) fn write(&mut self, event: &AcceptedEvent) -> Result<(), LiveError> {
        let line = serde_json::to_writer(&mut self.file, event).map_err(std::io::Error::from);
        let written = line.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|source| self.failed(source))
    }

    pub(super) fn flush(&mut self) -> Result<(), LiveError> {
        self.file.flush().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> LiveError {
        LiveError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

/// The events of a file, in the order in which they were accepted.
///
/// # Errors
/// [`LiveError::Read`] where it cannot be read, or a line is no event.
pub fn read(path: &Path) -> Result<Vec<AcceptedEvent>, LiveError> {
    let failed = |source| LiveError::Read {
        path: path.to_owned(),
        source,
    };
    let file = BufReader::new(File::open(path).map_err(failed)?);
    file.lines()
        .map(|line| {
            let line = line.map_err(failed)?;
            serde_json::from_str(&line).map_err(|error| failed(error.into()))
        })
        .collect()
}
