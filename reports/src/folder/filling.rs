//! A folder that is filled file by file.

use super::atomic;
use crate::error::ReportError;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub dir: PathBuf,
    /// Its files, in the order in which they were written.
    pub files: Vec<PathBuf>,
}

/// A folder that is being filled.
pub(super) struct Folder {
    written: Written,
}

impl Folder {
    /// Makes it where it does not exist.
    pub(super) fn open(dir: &Path) -> Result<Self, ReportError> {
        atomic::create_folder(dir)?;
        Ok(Self {
            written: Written {
                dir: dir.to_owned(),
                files: Vec::new(),
            },
        })
    }

    /// Makes a folder inside.
    pub(super) fn inside(&self, name: &str) -> Result<(), ReportError> {
        atomic::create_folder(&self.written.dir.join(name))
    }

    /// Removes a file of an earlier time, if there is one.
    pub(super) fn remove(&self, name: &str) -> Result<(), ReportError> {
        let path = self.written.dir.join(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ReportError::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Any file.
    pub(super) fn file(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        let path = self.written.dir.join(name);
        atomic::write(&path, content)?;
        self.written.files.push(path);
        Ok(())
    }

    /// A file of words.
    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<(), ReportError> {
        self.file(name, |out| out.write_all(text.as_bytes()))
    }

    /// What was written.
    pub(super) fn written(self) -> Written {
        self.written
    }

    /// A CSV table.
    pub(super) fn table(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> csv::Result<()>,
    ) -> Result<(), ReportError> {
        self.file(name, |out| content(out).map_err(io::Error::from))
    }
}
