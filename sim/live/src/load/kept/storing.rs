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
use std::time::{SystemTime, UNIX_EPOCH};
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
        let above = place.parent().filter(|above| !above.as_os_str().is_empty());
        let above = above.unwrap_or(Path::new("."));
        fs::create_dir_all(above).map_err(write(above))?;
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(".");
        // Its owner's alone, and of a name that nothing has which was killed and left something.
        let unfinished = tempfile::Builder::new()
            .prefix(&name)
            .suffix(".part")
            .tempdir_in(above)
            .map_err(write(above))?;
        Ok(Self {
            place: place.to_owned(),
            unfinished: unfinished.keep(),
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
    ) -> Result<(), LiveError> {
        let cannot = |why: String| LiveError::Write {
            path: self.place.clone(),
            source: io::Error::other(why),
        };
        let mut contents = Contents {
            throng: env!("CARGO_PKG_VERSION").to_owned(),
            saved_at: now(),
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
            for provider in &scenario.providers {
                let name = store_name(&provider.domain);
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
