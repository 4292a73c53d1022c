//! A run that is read back from its folder: all that its page shows.

use crate::compare::{CompareError, Side};
use crate::details::{Details, clients_cpu_s};
use crate::summary::Summary;
use crate::{hlog, tables};
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;
use throng_record::{GroupRecord, Latencies, Ledgers, RoomRow, TrafficRow};

/// What a run left in its folder.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its figures and its scenario.
    pub side: Side,
    /// Its rows and distributions.
    pub details: Details<'static>,
}

/// Why a run could not be read back.
#[derive(Debug, Error)]
pub enum StoredError {
    /// A file is missing.
    #[error(
        "{} has no {file}; expected the folder of a whole run, as this version of `throng run` writes it",
        path.display()
    )]
    Missing {
        /// The folder.
        path: PathBuf,
        /// The file's name.
        file: &'static str,
    },
    /// `summary.json` cannot be read.
    #[error(transparent)]
    Summary(#[from] CompareError),
    /// Another file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file does not hold what `throng run` writes.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where in the file.
        reason: String,
    },
}

impl Stored {
    /// Reads a run's folder. `label` is how people named it.
    ///
    /// # Errors
    /// Where a file is missing, broken, of another version, or does not belong to the others.
    pub fn read(folder: &Path, label: &str) -> Result<Self, StoredError> {
        let files = Files { folder };
        // The last that is written: without it, nothing else can be trusted.
        files.find("summary.json")?;
        let side = Side::read(folder, label)?;
        let details = Details {
            latencies: Cow::Owned(files.latencies(&side.summary)?),
            rooms: Cow::Owned(files.table("rooms.csv", tables::read)?),
            series: Cow::Owned(files.table("series.csv", tables::read)?),
            marks: Cow::Owned(files.table("events.csv", tables::read)?),
            traffic: Cow::Owned(files.table("traffic.csv", tables::read)?),
            providers: Cow::Owned(files.table("providers.csv", tables::read)?),
            ledgers: match side.summary.federation {
                Some(_) => Some(Cow::Owned(files.ledgers()?)),
                None => None,
            },
            generator: Cow::Owned(match side.summary.real {
                Some(_) => files.table("generator.csv", tables::read)?,
                None => Vec::new(),
            }),
            servers: match &side.summary.real {
                Some(real) if !real.servers.is_empty() => {
                    Cow::Owned(files.table("servers.csv", tables::read)?)
                }
                _ => Cow::Borrowed(&[]),
            },
            groups: match side.summary.tree {
                Some(_) => Some(Cow::Owned(files.groups()?)),
                None => None,
            },
            clients_cpu_s: clients_cpu_s(&side.summary.client_cpu_ms),
            real: side.summary.real.is_some(),
        };
        files.belong_to(&side.summary, &details)?;
        Ok(Self { side, details })
    }
}

/// The files of a folder.
struct Files<'a> {
    folder: &'a Path,
}

impl Files<'_> {
    fn find(&self, file: &'static str) -> Result<PathBuf, StoredError> {
        let path = self.folder.join(file);
        match path.is_file() {
            true => Ok(path),
            false => Err(StoredError::Missing {
                path: self.folder.to_owned(),
                file,
            }),
        }
    }

    /// What `read` makes of a file's bytes.
    fn parsed<T>(
        &self,
        file: &'static str,
        read: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<T, StoredError> {
        let path = self.find(file)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(StoredError::Read { path, source }),
        };
        read(&bytes).map_err(|reason| StoredError::Broken { path, reason })
    }

    fn table<T>(
        &self,
        file: &'static str,
        read: impl FnOnce(&[u8]) -> csv::Result<T>,
    ) -> Result<T, StoredError> {
        self.parsed(file, |bytes| read(bytes).map_err(|error| error.to_string()))
    }

    /// What MLS groups add.
    fn groups(&self) -> Result<GroupRecord, StoredError> {
        Ok(GroupRecord {
            commits: self.table("commits.csv", tables::read)?,
            trees: self.table("rooms.csv", tables::read)?,
            series: self.table("series.csv", tables::read)?,
            small_room: self.table("trees.csv", tables::trees::read)?,
        })
    }

    /// Who paid for whom, who saw what, and what stops with whom.
    fn ledgers(&self) -> Result<Ledgers, StoredError> {
        Ok(Ledgers {
            costs: self.table("costs.csv", tables::read)?,
            pairs: self.table("pairs.csv", tables::read)?,
            exposures: self.table("exposure.csv", tables::read)?,
            dependence: self.table("dependence.csv", tables::read)?,
            outages: self.table("outages.csv", tables::read)?,
        })
    }

    /// Whether tables have what the summary says: one that was cut at the end of a line, or is of another run, does not.
    fn belong_to(&self, summary: &Summary, details: &Details<'_>) -> Result<(), StoredError> {
        let sent = |sum: u64, row: &TrafficRow| sum.saturating_add(row.sent);
        let members = |sum: u64, row: &RoomRow| sum.saturating_add(row.members.into());
        let members = details.rooms.iter().fold(0, members);
        for (file, what, found, wanted) in [
            (
                "commits.csv",
                "commits",
                details.commits().len() as u64,
                summary.commits.commit_bytes.count,
            ),
            (
                "rooms.csv",
                "members",
                members,
                summary.tree.as_ref().map_or(members, |tree| tree.members),
            ),
            (
                "providers.csv",
                "providers",
                details.providers.len() as u64,
                summary.providers.len() as u64,
            ),
            (
                "traffic.csv",
                "bytes sent",
                details.traffic.iter().fold(0, sent),
                summary.traffic.sent_bytes,
            ),
        ] {
            if found != wanted {
                return Err(StoredError::Broken {
                    path: self.folder.join(file),
                    reason: format!("it has {found} {what}, and summary.json says {wanted}"),
                });
            }
        }
        Ok(())
    }

    /// The latencies, of which the summary says how many there are.
    fn latencies(&self, summary: &Summary) -> Result<Latencies, StoredError> {
        self.parsed("latency.hlog", |bytes| {
            let latencies = hlog::read(bytes)?;
            for (name, histogram) in latencies.each() {
                let wanted = match name {
                    "attempts" => Some(&summary.commits.attempts),
                    name => summary.latencies_ms.get(name),
                };
                let (found, wanted) = (histogram.len(), wanted.map_or(0, |spread| spread.count));
                if found != wanted {
                    return Err(format!(
                        "{name} has {found} values, and summary.json says {wanted}"
                    ));
                }
            }
            Ok(latencies)
        })
    }
}
