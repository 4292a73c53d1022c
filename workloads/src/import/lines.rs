//! Files that can be of any size, read a piece at a time.

use crate::error::ScenarioError;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

/// The longest line, or the longest element of an array, that is taken into memory.
const LONGEST: u64 = 128 << 20;

/// Opens a file.
pub(super) fn open(path: &Path) -> Result<File, ScenarioError> {
    File::open(path).map_err(|source| unreadable(path, source))
}

/// A file or folder could not be read.
pub(super) fn unreadable(path: &Path, source: io::Error) -> ScenarioError {
    ScenarioError::Read {
        path: path.display().to_string(),
        source,
    }
}

/// A file, line by line.
pub(super) struct Lines<R> {
    input: R,
    name: String,
    number: u64,
    line: Vec<u8>,
}

impl Lines<BufReader<File>> {
    /// Of the file there.
    pub(super) fn open(path: &Path) -> Result<Self, ScenarioError> {
        let input = BufReader::with_capacity(1 << 16, open(path)?);
        Ok(Self::new(input, path.display().to_string()))
    }
}

impl<R: BufRead> Lines<R> {
    fn new(input: R, name: String) -> Self {
        Self {
            input,
            name,
            number: 0,
            line: Vec::new(),
        }
    }

    /// The next line without its end, and its number; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &[u8])>, ScenarioError> {
        self.line.clear();
        self.number += 1;
        let limit = LONGEST + 1;
        let mut some = self.input.by_ref().take(limit);
        let taken =
            some.read_until(b'\n', &mut self.line)
                .map_err(|source| ScenarioError::Read {
                    path: self.name.clone(),
                    source,
                })?;
        if taken == 0 {
            return Ok(None);
        }
        if taken as u64 == limit && self.line.last() != Some(&b'\n') {
            return Err(self.error(self.number, too_long("line")));
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Ok(Some((
            self.number,
            line.strip_suffix(b"\r").unwrap_or(line),
        )))
    }

    /// What is wrong with a line, and what would be right.
    pub(super) fn error(&self, line: u64, message: String) -> ScenarioError {
        ScenarioError::Import {
            file: self.name.clone(),
            line,
            message,
        }
    }
}

fn too_long(what: &str) -> String {
    format!(
        "a {what} of more than {} MiB; expected a message in each",
        LONGEST >> 20
    )
}

/// How much may still be read of a file before it is refused, and how many lines were.
pub(super) struct Meter {
    left: Cell<u64>,
    lines: Cell<u64>,
}

impl Meter {
    pub(super) const fn new() -> Self {
        Self {
            left: Cell::new(LONGEST),
            lines: Cell::new(0),
        }
    }

    /// What was read so far is dealt with.
    pub(super) fn reset(&self) {
        self.left.set(LONGEST);
    }

    /// The line up to which was read, about.
    pub(super) fn line(&self) -> u64 {
        self.lines.get() + 1
    }
}

/// A file that is refused where more than [`LONGEST`] is read of it between one [`Meter::reset`] and the next.
pub(super) struct Gauge<'m> {
    file: File,
    meter: &'m Meter,
}

impl<'m> Gauge<'m> {
    /// Of the file there.
    pub(super) fn open(path: &Path, meter: &'m Meter) -> Result<Self, ScenarioError> {
        Ok(Self {
            file: open(path)?,
            meter,
        })
    }
}

impl Read for Gauge<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let Some(left) = self.meter.left.get().checked_sub(read as u64) else {
            return Err(io::Error::new(ErrorKind::FileTooLarge, too_long("message")));
        };
        self.meter.left.set(left);
        let lines = buffer.iter().take(read).filter(|byte| **byte == b'\n');
        self.meter
            .lines
            .set(self.meter.lines.get() + lines.count() as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_with_their_numbers_whatever_they_end_with() {
        let mut lines = Lines::new(&b"a\r\n\nb\xff"[..], "a.csv".to_owned());
        let mut read = Vec::new();
        while let Some((number, line)) = lines.next().expect("read") {
            read.push((number, line.to_vec()));
        }
        let expected = [(1, &b"a"[..]), (2, b""), (3, b"b\xff")];
        assert_eq!(read, expected.map(|(number, line)| (number, line.to_vec())));
    }

    /// A file without an end does not fill the memory.
    #[test]
    fn a_line_without_end_is_refused() {
        let endless = BufReader::new(io::repeat(b'x'));
        let mut lines = Lines::new(endless, "a.csv".to_owned());
        let error = lines.next().expect_err("too long").to_string();
        assert!(
            error.starts_with("a.csv:1: a line of more than 128 MiB"),
            "{error}"
        );
    }

    /// Neither does an array whose first element goes on and on.
    #[test]
    fn more_than_a_message_can_be_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        file.as_file().set_len(LONGEST + 1).expect("longer");
        let meter = Meter::new();
        let mut gauge = Gauge::open(file.path(), &meter).expect("opened");
        let error = io::copy(&mut gauge, &mut io::sink()).expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(meter.line(), 1);
        meter.reset();
        let mut gauge = Gauge::open(file.path(), &meter).expect("opened");
        let mut some = (&mut gauge).take(LONGEST);
        io::copy(&mut some, &mut io::sink()).expect("as much as is allowed");
    }
}
