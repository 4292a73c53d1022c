//! A preparation that is about to be stored.

use super::clients::{self, StoredClient};
use super::manifest::{Contents, digest};
use super::names::{CLIENTS, MANIFEST, SCENARIO, STORES, store_name};
use crate::error::LiveError;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use throng_workloads::scenario::Scenario;

/// Has providers at rest and copies their stores into a folder, each under its domain.
type CopyStores = Box<dyn FnMut(&Path) -> Result<(), LiveError> + Send>;

/// Where a preparation is to be stored: a folder that is made beside its place, and moved there when all of it is on the disk. Dropped
/// before that, nothing is left of it.
pub struct Storing {
    place: PathBuf,
    unfinished: PathBuf,
    stores: Option<CopyStores>,
}

impl Storing {
    /// Begins: before anything takes its time it is known whether there is room for a folder.
    ///
    /// # Errors
    /// [`LiveError::Taken`] where something is there already, [`LiveError::Write`] where nothing can be.
    pub fn begin(place: &Path) -> Result<Self, LiveError> {
        is_free(place)?;
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        let unfinished = place.with_file_name(name);
        let above = place.parent().filter(|above| !above.as_os_str().is_empty());
        let made = match above {
            Some(above) => fs::create_dir_all(above),
            None => Ok(()),
        };
        made.and_then(|()| private_folder(&unfinished))
            .map_err(write(place))?;
        Ok(Self {
            place: place.to_owned(),
            unfinished,
            stores: None,
        })
    }

    /// With the stores of providers, which this puts at rest and copies.
    #[must_use]
    pub fn with_stores(
        mut self,
        copy: impl FnMut(&Path) -> Result<(), LiveError> + Send + 'static,
    ) -> Self {
        self.stores = Some(Box::new(copy));
        self
    }

    /// Stores all of it. Everybody is offline meanwhile.
    pub(in crate::load) fn finish(
        mut self,
        scenario: &Scenario,
        all: &[StoredClient],
        took: Duration,
    ) -> Result<(), LiveError> {
        let cannot = |why: String| LiveError::Write {
            path: self.place.clone(),
            source: io::Error::other(why),
        };
        let domains = scenario.providers.iter();
        let mut contents = Contents {
            throng: env!("CARGO_PKG_VERSION").to_owned(),
            saved_at: now(),
            took_ms: took.as_millis() as u64,
            seed: scenario.seed,
            domains: domains.map(|provider| provider.domain.clone()).collect(),
            clients: all.len() as u32,
            files: BTreeMap::new(),
        };
        let clients = clients::write(all).map_err(cannot)?;
        for (name, bytes) in [
            (SCENARIO, scenario.to_toml().as_bytes()),
            (CLIENTS, &clients[..]),
        ] {
            self.put(name, bytes)?;
            contents.files.insert(name.to_owned(), digest(bytes));
        }
        if let Some(mut copy) = self.stores.take() {
            let folder = self.unfinished.join(STORES);
            private_folder(&folder).map_err(write(&folder))?;
            copy(&folder)?;
            for domain in &contents.domains {
                let name = store_name(domain);
                let path = self.unfinished.join(&name);
                let stored = fs::read(&path).and_then(|stored| {
                    File::open(&path)?.sync_all()?;
                    Ok(stored)
                });
                let stored = stored.map_err(write(&path))?;
                contents.files.insert(name, digest(&stored));
            }
        }
        let manifest = contents.write().map_err(cannot)?;
        self.put(MANIFEST, &manifest)?;
        is_free(&self.place)?;
        fs::rename(&self.unfinished, &self.place).map_err(write(&self.place))
    }

    /// A file that only its owner reads: tokens and keys are in it.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), LiveError> {
        let path = self.unfinished.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let written = options.open(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(write(&path))
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        // Where it was finished there is nothing of this name any more.
        let _ = fs::remove_dir_all(&self.unfinished);
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn is_free(place: &Path) -> Result<(), LiveError> {
    match place.symlink_metadata() {
        Ok(_) => Err(LiveError::Taken {
            path: place.to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

fn write(path: &Path) -> impl FnOnce(io::Error) -> LiveError {
    let path = path.to_owned();
    move |source| LiveError::Write { path, source }
}
