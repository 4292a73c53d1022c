//! What happens at a provider, a line of JSON for each input, for whoever makes a record of it.

use crate::error::LiveError;
use crate::monotonic;
use crate::store::{FactsSoFar, Noting, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use throng_stack::{Accepted, Change, Fact, Input, Outputs, Party, Peer, RequestId, Stored, Web};
use throng_stacks::live::WrittenDetail;

/// So often it is noted what the provider stores.
const STORED_EVERY: Duration = Duration::from_millis(500);

/// What one input came to. Clients are called as their providers call them, rooms by their URIs, and providers by their places in the
/// writer's list: itself, then the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// When it was done, by the clock of the machine.
    pub at: u64,
    /// Nanoseconds for which it waited for the provider's thread.
    pub waited: u64,
    /// Nanoseconds that the thread was on a core for it.
    pub took: u64,
    /// What came in, where it was an envelope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Packet>,
    /// What goes out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Packet>,
    /// What was done, by unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work: Vec<u64>,
    /// What happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<WrittenFact>,
    /// What the provider stores, where it is time to say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Stored>,
    /// Nothing came in: this says until when that is so, and nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
}

/// Somebody.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum End {
    /// A client.
    Client(u32),
    /// A provider.
    Provider(u16),
}

impl From<Peer> for End {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::Client(client) => Self::Client(client.0),
            Peer::Provider(provider) => Self::Provider(provider.0),
        }
    }
}

/// An envelope, from the writer's side.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Packet {
    /// The other side.
    pub peer: End,
    /// What it is, by its place in the stack's table.
    pub kind: usize,
    /// Its body's length.
    pub bytes: u64,
}

/// A request.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Request {
    /// Whose.
    pub client: u32,
    /// Its number.
    pub number: u32,
}

impl Request {
    fn of(request: RequestId) -> Self {
        Self {
            client: request.client.0,
            number: request.number,
        }
    }
}

/// A fact of a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "they are those of `throng_stack::Fact`, by identifiers and names"
)]
pub enum WrittenFact {
    Opened {
        room: String,
        by: u32,
        detail: Option<WrittenDetail>,
    },
    Accepted(Box<WrittenEvent>),
    Refused {
        room: String,
        request: Request,
        reason: String,
    },
    Rejected {
        reason: String,
    },
    Counted(Vec<(String, u64)>),
}

/// An event that the provider accepted as hub: a `throng_stack::Accepted`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "they are those of `throng_stack::Accepted`")]
pub struct WrittenEvent {
    pub room: String,
    pub event: u64,
    pub subject: String,
    pub request: Request,
    pub receivers: Vec<u32>,
    pub change: Option<WrittenChange>,
    /// How many are to leave, and who stays.
    pub waiting: Option<(u64, Vec<u32>)>,
    pub detail: Option<WrittenDetail>,
    pub counted: Option<String>,
}

/// What an event does to a room: a `throng_stack::fact::Change`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "they are those of `throng_stack`'s `Change`")]
pub struct WrittenChange {
    pub state: u64,
    pub bytes: u64,
    pub admits: Vec<u32>,
    pub excludes: Vec<u32>,
}

impl WrittenFact {
    /// `None` of what no provider says.
    fn of(fact: &Fact, web: &dyn Web) -> Option<Self> {
        let named = |room| web.room_name(room).unwrap_or_default();
        Some(match fact {
            Fact::Opened { room, by, detail } => Self::Opened {
                room: named(*room),
                by: by.0,
                detail: detail.as_deref().and_then(WrittenDetail::of),
            },
            Fact::Accepted(accepted) => {
                Self::Accepted(Box::new(WrittenEvent::of(accepted, named(accepted.room))))
            }
            Fact::Refused {
                room,
                request,
                reason,
            } => Self::Refused {
                room: named(*room),
                request: Request::of(*request),
                reason: reason.id.to_owned(),
            },
            Fact::Rejected { reason } => Self::Rejected {
                reason: reason.id.to_owned(),
            },
            Fact::Counted(counted) => {
                let counted = counted.iter();
                Self::Counted(counted.map(|(what, by)| (what.0.to_owned(), *by)).collect())
            }
            _ => return None,
        })
    }
}

impl WrittenEvent {
    fn of(accepted: &Accepted, room: String) -> Self {
        let numbers = |clients: &[throng_workloads::intent::ClientId]| {
            clients.iter().map(|client| client.0).collect::<Vec<u32>>()
        };
        Self {
            room,
            event: accepted.event,
            subject: accepted.subject.id.to_owned(),
            request: Request::of(accepted.request),
            receivers: numbers(&accepted.receivers),
            change: accepted.change.as_ref().map(|change| WrittenChange {
                state: change.state,
                bytes: change.bytes,
                admits: numbers(&change.admits),
                excludes: change.excludes.iter().map(|(_, client)| client.0).collect(),
            }),
            waiting: accepted
                .waiting
                .as_ref()
                .map(|waiting| (waiting.leaving, numbers(&waiting.stay))),
            detail: accepted.detail.as_deref().and_then(WrittenDetail::of),
            counted: accepted.counted.map(|counted| counted.0.to_owned()),
        }
    }
}

/// Makes such lines, on the provider's thread.
#[derive(Debug, Default)]
pub(super) struct Notes {
    stored: Option<Instant>,
}

/// What is known of an input before the provider takes it.
pub(super) struct Began {
    waited: u64,
    cpu: u64,
    received: Option<Packet>,
}

impl Began {
    /// What a process begins with: nothing came in.
    pub(super) fn anew() -> Self {
        Self {
            waited: 0,
            cpu: monotonic::cpu(),
            received: None,
        }
    }

    pub(super) fn with(input: &Input, waited: u64) -> Self {
        let received = match input {
            Input::Envelope(envelope) => Some(Packet {
                peer: envelope.from.into(),
                kind: envelope.packet.kind().index(),
                bytes: envelope.packet.len(),
            }),
            _ => None,
        };
        Self {
            waited,
            cpu: monotonic::cpu(),
            received,
        }
    }
}

impl Notes {
    /// What an input came to, before anybody hears of it.
    pub(super) fn line(
        &mut self,
        began: Began,
        out: &Outputs,
        party: &dyn Party,
        web: &dyn Web,
    ) -> Vec<u8> {
        let took = monotonic::cpu().saturating_sub(began.cpu);
        let sent = |(to, envelope): &(Peer, throng_stack::Envelope)| Packet {
            peer: (*to).into(),
            kind: envelope.packet.kind().index(),
            bytes: envelope.packet.len(),
        };
        let due = self
            .stored
            .is_none_or(|last| last.elapsed() >= STORED_EVERY);
        if due {
            self.stored = Some(Instant::now());
        }
        let work = match out.work.is_nothing() {
            true => Vec::new(),
            false => out.work.counts.to_vec(),
        };
        let line = Line {
            at: monotonic::now(),
            waited: began.waited,
            took,
            received: began.received,
            sent: out.sends.iter().map(sent).collect(),
            work,
            facts: out
                .facts
                .iter()
                .filter_map(|fact| WrittenFact::of(fact, web))
                .collect(),
            stored: due.then(|| party.stored()),
            idle: false,
        };
        written(&line)
    }

    /// That nothing came in until now.
    pub(super) fn idle() -> Vec<u8> {
        written(&Line {
            at: monotonic::now(),
            waited: 0,
            took: 0,
            received: None,
            sent: Vec::new(),
            work: Vec::new(),
            facts: Vec::new(),
            stored: None,
            idle: true,
        })
    }
}

fn written(line: &Line) -> Vec<u8> {
    // Numbers, texts and lists: nothing that JSON could not say.
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The line before those that are about what is stored next: all that was before is stored.
const STORED_SO_FAR: &[u8] = b"{\"stored_so_far\":true}\n";

/// Whether nothing is lost where a file is written anew: it is not there, empty, or of an earlier process.
fn is_ours(path: &Path) -> std::io::Result<bool> {
    let mut begins = Vec::new();
    match File::open(path) {
        Ok(file) => file
            .take(STORED_SO_FAR.len() as u64)
            .read_to_end(&mut begins)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    Ok(begins.is_empty() || begins == STORED_SO_FAR)
}

/// The file of such lines. They are in it before that is stored which they are about, and so before anybody hears of that; what was
/// not stored after all, as the process ended, is cut off when the next one goes on.
#[derive(Debug)]
pub(super) struct FactLog {
    file: File,
    so_far: FactsSoFar,
}

impl FactLog {
    /// A new file, or one that goes on from what belongs to what is stored.
    pub(super) fn open(path: &Path, stored: Option<FactsSoFar>) -> Result<Self, LiveError> {
        let write = |source| LiveError::Write {
            path: path.to_owned(),
            source,
        };
        let stored = stored.filter(|stored| stored.is_of(path));
        if !is_ours(path).map_err(write)? {
            return Err(LiveError::NoFacts {
                path: path.to_owned(),
            });
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(stored.is_none());
        let mut file = options.open(path).map_err(write)?;
        let there = file.metadata().map_err(write)?.len();
        let bytes = stored.map_or(0, |stored| stored.bytes.min(there));
        file.set_len(bytes).map_err(write)?;
        file.seek(SeekFrom::End(0)).map_err(write)?;
        let so_far = FactsSoFar {
            path: path.to_owned(),
            bytes,
        };
        Ok(Self { file, so_far })
    }
}

impl Noting for FactLog {
    fn write(&mut self, lines: &[Vec<u8>]) -> Result<Change, StoreError> {
        let all = [STORED_SO_FAR, &lines.concat()].concat();
        let written = self.file.write_all(&all);
        written.map_err(|source| StoreError::Facts {
            path: self.so_far.path.clone(),
            source,
        })?;
        self.so_far.bytes += all.len() as u64;
        Ok(self.so_far.row())
    }
}

/// Between two looks whether a file has grown.
const LOOK: Duration = Duration::from_millis(20);

/// Reads such a file, line by line, in order of time; also while it is written. Lines are read when what they are about is known to be
/// stored: what was not, a process that ends takes with it.
pub struct Lines {
    path: PathBuf,
    file: File,
    /// Up to here they are read.
    taken: u64,
    ready: VecDeque<Vec<u8>>,
    looked: Option<Instant>,
    /// Whether nothing is written any more, so that all that is there is stored.
    ended: bool,
}

impl Lines {
    /// Those of a file.
    ///
    /// # Errors
    /// [`LiveError::Read`] where it cannot be read.
    pub fn open(path: &Path) -> Result<Self, LiveError> {
        let file = File::open(path).map_err(|source| LiveError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            taken: 0,
            ready: VecDeque::new(),
            looked: None,
            ended: false,
        })
    }

    /// Who writes them has ended in order: all that is there counts.
    pub fn end(&mut self) {
        (self.ended, self.looked) = (true, None);
    }

    /// The next; `None` where there is none yet.
    ///
    /// # Errors
    /// [`LiveError::Read`] where it cannot be read, or is none.
    pub fn read_next(&mut self) -> Result<Option<Line>, LiveError> {
        let looked = self.looked.is_some_and(|looked| looked.elapsed() < LOOK);
        if self.ready.is_empty() && !looked {
            self.looked = Some(Instant::now());
            self.look()?;
        }
        let Some(line) = self.ready.pop_front() else {
            return Ok(None);
        };
        let line = serde_json::from_slice(&line);
        line.map(Some).map_err(|error| self.failed(error.into()))
    }

    /// Reads on from where all is read. What is not stored yet is read again the next time, if it is still there.
    fn look(&mut self) -> Result<(), LiveError> {
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.taken));
        let read = read.and_then(|_| self.file.read_to_end(&mut bytes));
        read.map_err(|source| self.failed(source))?;
        // Half a line at the end is one that is being written.
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let whole: Vec<&[u8]> = lines.filter(|line| line.ends_with(b"\n")).collect();
        let stored = match self.ended {
            true => whole.len(),
            false => {
                let last = whole.iter().rposition(|line| *line == STORED_SO_FAR);
                last.unwrap_or(0)
            }
        };
        for line in &whole[..stored] {
            self.taken += line.len() as u64;
            if *line != STORED_SO_FAR {
                self.ready.push_back(line.to_vec());
            }
        }
        Ok(())
    }

    /// What is wrong with a line that was read.
    pub fn wrong(&self, why: impl Into<String>) -> LiveError {
        self.failed(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            why.into(),
        ))
    }

    fn failed(&self, source: std::io::Error) -> LiveError {
        LiveError::Read {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: u64) -> Vec<u8> {
        format!("{{\"at\":{at},\"waited\":0,\"took\":0}}\n").into_bytes()
    }

    fn read(lines: &mut Lines) -> Vec<u64> {
        // However short ago it was looked.
        lines.looked = None;
        let next = std::iter::from_fn(|| lines.read_next().expect("a line"));
        next.map(|line| line.at).collect()
    }

    #[test]
    fn what_is_no_file_of_facts_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.redb");
        std::fs::write(&path, "redb and so on").expect("written");
        let error = FactLog::open(&path, None).expect_err("another's");
        assert!(matches!(error, LiveError::NoFacts { .. }), "{error}");
        assert_eq!(std::fs::read(&path).expect("there"), b"redb and so on");
    }

    /// A process is killed before what it noted last is stored; the next notes more than was cut off before anybody looks.
    #[test]
    fn what_is_not_stored_is_not_read_and_nothing_is_read_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("facts");
        let mut first = FactLog::open(&path, None).expect("a file");
        let mut lines = Lines::open(&path).expect("a file");
        first.write(&[line(1), line(2)]).expect("written");
        assert_eq!(read(&mut lines), [0; 0]);
        let stored = FactsSoFar {
            path: path.clone(),
            bytes: first.so_far.bytes,
        };
        first.write(&[line(3)]).expect("written");
        assert_eq!(read(&mut lines), [1, 2]);
        assert_eq!(read(&mut lines), [0; 0]);
        // Line 3 was never stored.
        drop(first);
        let mut next = FactLog::open(&path, Some(stored)).expect("a file");
        next.write(&[line(4), line(5)]).expect("written");
        next.write(&[line(6)]).expect("written");
        assert_eq!(read(&mut lines), [4, 5]);
        next.file.write_all(b"{\"at\":7,").expect("written");
        lines.end();
        assert_eq!(read(&mut lines), [6]);
    }
}
