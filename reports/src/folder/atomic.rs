//! Files that are whole or not there.

use crate::error::ReportError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside its place, under a name that begins with a dot, and moves it there when all of it
/// is on the disk. Where that fails, what stood there before is untouched and nothing is left beside it.
///
/// # Errors
/// [`ReportError::Write`] with the path that was wanted.
pub fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), ReportError> {
    let unfinished = beside(path);
    fill(&unfinished, content)
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|source| {
            // What could not be written may be impossible to remove as well; the first reason counts.
            let _ = fs::remove_file(&unfinished);
            ReportError::Write {
                path: path.to_owned(),
                source,
            }
        })
}

/// Tries whether a file can be written where `path` is, without touching what stands there: better before
/// long measuring than after it.
///
/// # Errors
/// [`ReportError::Write`] with the path.
pub fn check_replaceable(path: &Path) -> Result<(), ReportError> {
    let refused = |source| ReportError::Write {
        path: path.to_owned(),
        source,
    };
    if path.is_dir() {
        return Err(refused(io::ErrorKind::IsADirectory.into()));
    }
    let unfinished = beside(path);
    fill(&unfinished, |_| Ok(()))
        .and_then(|()| fs::remove_file(&unfinished))
        .map_err(refused)
}

fn fill(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    content(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()
}

/// A name of its own for each process, so that two of them cannot mix their halves.
fn beside(path: &Path) -> PathBuf {
    beside_as(path, "part")
}

fn beside_as(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{what}", std::process::id()));
    path.with_file_name(name)
}

/// Fills a folder beside, and puts it into the place of the one that was there before when it is whole. That one is meanwhile called
/// `.NAME.PROCESS.former`, which is where it is found if the process ends in between.
///
/// # Errors
/// What filling failed with, [`ReportError::CreateFolder`], or [`ReportError::Write`] with the path that was wanted. What was there before
/// is then there.
pub fn replace_folder(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    // A symbolic link goes on to lead to what it led to.
    let target = path.canonicalize();
    let path = target.as_deref().unwrap_or(path);
    let (unfinished, former) = (beside(path), beside_as(path, "former"));
    // By a process of the same number that ended in the middle; what was kept before only where nobody needs it.
    let _ = fs::remove_dir_all(&unfinished);
    if path.exists() {
        let _ = fs::remove_dir_all(&former);
    }
    create_folder(&unfinished)?;
    if let Ok(known) = fs::metadata(path) {
        // Whoever could not look into it cannot look into this one, nor meanwhile.
        fs::set_permissions(&unfinished, known.permissions()).map_err(|source| {
            ReportError::Write {
                path: path.to_owned(),
                source,
            }
        })?;
    }
    let put = || {
        match fs::rename(path, &former) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source),
            _ => {}
        }
        fs::rename(&unfinished, path).inspect_err(|_| {
            // Better what was kept before than nothing; it may not have been there.
            let _ = fs::rename(&former, path);
        })
    };
    let filled = fill(&unfinished).and_then(|()| {
        put().map_err(|source| ReportError::Write {
            path: path.to_owned(),
            source,
        })
    });
    // Neither is there any more, or neither is needed.
    let _ = fs::remove_dir_all(&unfinished);
    if filled.is_ok() {
        let _ = fs::remove_dir_all(&former);
    }
    filled
}

/// Makes a folder and those above it.
///
/// # Errors
/// [`ReportError::CreateFolder`] with its path.
pub fn create_folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(|source| ReportError::CreateFolder {
        path: path.to_owned(),
        source,
    })
}

/// Makes a folder where there is none, and tries whether a file can be written there: better before a long
/// simulation than after it.
///
/// # Errors
/// [`ReportError::CreateFolder`], or [`ReportError::Write`] for a file inside.
pub fn check_writable(path: &Path) -> Result<(), ReportError> {
    create_folder(path)?;
    let trial = path.join("trial");
    let unfinished = beside(&trial);
    fill(&unfinished, |_| Ok(()))
        .and_then(|()| fs::remove_file(&unfinished))
        .map_err(|source| ReportError::Write {
            path: trial,
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("summary.json");
        write(&path, |out| out.write_all(b"old")).expect("written");
        let failed = write(&path, |out| {
            out.write_all(b"half of the ne")?;
            Err(io::Error::other("the disk is full"))
        });
        let error = failed.expect_err("it failed");
        assert!(error.to_string().ends_with("summary.json"), "{error}");
        let reason = std::error::Error::source(&error).expect("the system's reason");
        assert_eq!(reason.to_string(), "the disk is full");
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_folder_is_replaced_as_a_whole_or_not_at_all() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("kept");
        let with = |name: &'static str| {
            move |folder: &Path| write(&folder.join(name), |out| out.write_all(b"new"))
        };
        replace_folder(&path, with("one")).expect("made");
        replace_folder(&path, with("other")).expect("replaced");
        let failed = replace_folder(&path, |folder| {
            with("half")(folder)?;
            let source = io::Error::other("the disk is full");
            Err(ReportError::CreateFolder {
                path: folder.to_owned(),
                source,
            })
        });
        assert!(failed.is_err());
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).expect("listed");
            let names = entries.map(|entry| entry.expect("an entry").file_name());
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(&path), ["other"]);
        assert_eq!(names(home.path()), ["kept"]);
    }
}
