//! The file of facts.

use crate::error::LiveError;
use crate::store::{FactsSoFar, Noting, StoreError};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use throng_stack::Change;

/// The line before those that are about what is stored next: all that was before is stored.
pub(in crate::serve) const STORED_SO_FAR: &[u8] = b"{\"stored_so_far\":true}\n";

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
pub(in crate::serve) struct FactLog {
    pub(in crate::serve) file: File,
    pub(in crate::serve) so_far: FactsSoFar,
}

impl FactLog {
    /// A new file, or one that goes on from what belongs to what is stored.
    pub(in crate::serve) fn open(
        path: &Path,
        stored: Option<FactsSoFar>,
    ) -> Result<Self, LiveError> {
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
