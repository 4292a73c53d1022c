//! `throng import`: a scenario and its trace of what a chat exports.

use crate::arguments::{ImportArguments, ImportFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::request::quoted;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use throng_live::secret;
use throng_reports::folder::atomic;
use throng_reports::units::{bytes, count, counted};
use throng_workloads::error::ScenarioError;
use throng_workloads::import::{self, Format, Import, Key, SCENARIO, TRACE, Window};
use throng_workloads::visible::{visible, visible_path};

/// Fewer bytes could be guessed, and names found by trying.
const SHORTEST_KEY: usize = 16;

/// Nobody's key is longer.
const LONGEST_KEY: u64 = 1 << 20;

/// Reads an export to its end, and writes nothing before that.
pub(crate) fn import(arguments: &ImportArguments) -> Result<Exit, Failure> {
    let out = folder(arguments)?;
    replaceable(&out, arguments)?;
    let key = match &arguments.key {
        Some(file) => key(file)?,
        None => Key::of(&secret()?),
    };
    let format = match arguments.format {
        ImportFormat::Csv => Format::Csv,
        ImportFormat::Mattermost => Format::Mattermost,
        ImportFormat::Slack => Format::Slack,
    };
    let window = Window {
        from: arguments.from,
        to: arguments.to,
    };
    let import = import::read(format, &arguments.export, key, window)?;
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    // Reading may have taken minutes.
    replaceable(&out, arguments)?;
    atomic::replace_folder(&out, |folder| {
        atomic::write(&folder.join(TRACE), |file| {
            import.write_trace(file).map_err(io::Error::other)
        })?;
        atomic::write(&folder.join(SCENARIO), |file| {
            file.write_all(import.scenario(&name).as_bytes())
        })
    })?;
    if !arguments.quiet {
        output::print(&summary(&arguments.export, &import, &out))?;
    }
    Ok(Exit::Done)
}

/// The folder that is wanted.
fn folder(arguments: &ImportArguments) -> Result<PathBuf, Failure> {
    let name = |path: &Path| path.file_name().map(|name| name.to_owned());
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => {
            let export = &arguments.export;
            // A folder may be called `.`, and may have a dot in its name that begins no extension.
            let named = match export.is_dir() {
                true => export.canonicalize().ok().as_deref().and_then(name),
                false => export.file_stem().map(|stem| stem.to_owned()),
            };
            Path::new("imports").join(named.unwrap_or_else(|| "import".into()))
        }
    };
    if name(&out).is_none() {
        return Err(Failure::OtherKind {
            path: out,
            holds: "more than an import",
        });
    }
    Ok(out)
}

/// Whether nothing is lost where a folder is replaced: it is not there, or empty, or an earlier import and neither what is read nor the key.
fn replaceable(out: &Path, arguments: &ImportArguments) -> Result<(), Failure> {
    let holds = |holds| {
        Err(Failure::OtherKind {
            path: out.to_owned(),
            holds,
        })
    };
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // A file, or a folder that nobody may look into.
        Err(_) => return holds("no import"),
    };
    let mut empty = true;
    for entry in entries {
        let known = entry.is_ok_and(|entry| {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            is_file && (entry.file_name() == TRACE || entry.file_name() == SCENARIO)
        });
        if !known {
            return holds("more than an import");
        }
        empty = false;
    }
    let scenario = fs::read_to_string(out.join(SCENARIO)).unwrap_or_default();
    if !empty && !scenario.starts_with(import::HEAD) {
        return holds("a scenario that is no import");
    }
    let place = |path: &Path| path.canonicalize().ok();
    let read = [Some(&arguments.export), arguments.key.as_ref()];
    let inside = |path: &PathBuf| {
        let (path, out) = (place(path), place(out));
        path.zip(out)
            .is_some_and(|(path, out)| path.starts_with(out))
    };
    if read.into_iter().flatten().any(inside) {
        return holds("what is read");
    }
    Ok(())
}

/// The key in a file.
fn key(file: &Path) -> Result<Key, Failure> {
    let path = || file.display().to_string();
    let read = |source| ScenarioError::Read {
        path: path(),
        source,
    };
    let mut secret = Vec::new();
    let opened = File::open(file).map_err(read)?;
    let taken = opened.take(LONGEST_KEY + 1).read_to_end(&mut secret);
    taken.map_err(read)?;
    if secret.len() < SHORTEST_KEY || secret.len() as u64 > LONGEST_KEY {
        let message = format!(
            "a key of {}; expected {SHORTEST_KEY} secret bytes or more, and at most 1 MiB",
            match secret.len() as u64 {
                short @ ..=LONGEST_KEY => bytes(short),
                _ => "more than 1 MiB".to_owned(),
            }
        );
        return Err(ScenarioError::NoImport {
            path: path(),
            message,
        }
        .into());
    }
    Ok(Key::of(&secret))
}

/// What was read, what was not, and what can be done with what was written.
fn summary(export: &Path, import: &Import, out: &Path) -> String {
    let counts = import.counts();
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", visible_path(export));
    let _ = writeln!(
        text,
        "  {} ({}) of {} in {}, over {}",
        counted(counts.messages, "message", "messages"),
        bytes(counts.bytes),
        counted(counts.people, "person", "people"),
        counted(counts.rooms, "room", "rooms"),
        counts.span
    );
    let _ = writeln!(
        text,
        "  {} and {}; {} added when they wrote",
        counted(counts.joins, "join", "joins"),
        counted(counts.leaves, "leave", "leaves"),
        count(counts.added)
    );
    if counts.shortened > 0 {
        let _ = writeln!(
            text,
            "  {} of more than 16 MiB, taken as of 16 MiB",
            counted(counts.shortened, "message", "messages")
        );
    }
    if !counts.left_out.is_empty() {
        text.push_str("Left out\n");
    }
    for (reason, number) in &counts.left_out {
        let _ = writeln!(text, "  {:>9}  {reason}", count(*number));
    }
    text.push_str("Written\n");
    for name in [SCENARIO, TRACE] {
        let _ = writeln!(text, "  {}", visible_path(&out.join(name)));
    }
    let scenario = out.join(SCENARIO).display().to_string();
    let _ = writeln!(
        text,
        "  throng run {} --engine model",
        visible(&quoted(&scenario))
    );
    text
}
