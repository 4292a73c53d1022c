//! Reading a file of facts.

use super::line::Line;
use super::log::STORED_SO_FAR;
use crate::error::LiveError;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
    use super::super::log::FactLog;
    use super::*;
    use crate::store::{FactsSoFar, Noting};
    use std::io::Write;

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
