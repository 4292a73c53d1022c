//! A preparation that was stored.

use super::clients::{self, StoredClient};
use super::manifest::{Contents, digest};
use super::names::{CLIENTS, MANIFEST, SCENARIO, store_name};
use super::same::differing;
use super::storing::now;
use crate::error::LiveError;
use crate::store::{self, StoreAt};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::time::SimSpan;
use throng_workloads::units::show_span;

/// A stored preparation of a scenario, found whole. It can be taken up again and again: nothing in its folder is changed.
pub struct Preparation {
    folder: PathBuf,
    contents: Contents,
    clients: Vec<StoredClient>,
    /// The domains of its scenario's providers: what else a manifest names is no file of it.
    domains: Vec<String>,
}

impl Preparation {
    /// Reads one, for a scenario as it is going to be run.
    ///
    /// # Errors
    /// [`LiveError::NoPreparation`] where it is damaged, of another version of throng or of another scenario, or too old.
    pub fn open(folder: &Path, scenario: &Scenario) -> Result<Self, LiveError> {
        let read = || -> Result<_, String> {
            let manifest = fs::read(folder.join(MANIFEST)).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound if !folder.exists() => "it is not there".to_owned(),
                _ => format!("cannot read its manifest: {error}"),
            });
            let contents = Contents::read(&manifest?)?;
            check(&contents)?;
            let text = file(folder, &contents, SCENARIO)?;
            is_prepared(&text, scenario, &contents)?;
            let clients = clients::read(&file(folder, &contents, CLIENTS)?)?;
            Ok((contents, clients))
        };
        let (contents, clients) = read().map_err(|why| LiveError::NoPreparation {
            path: folder.to_owned(),
            why,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            contents,
            clients,
            domains: domains(scenario),
        })
    }

    /// Whether the stores of its providers are there.
    pub fn has_stores(&self) -> bool {
        let domains = self.domains.iter();
        let mut stores = domains.map(|domain| store_name(domain));
        stores.all(|store| self.contents.files.contains_key(&store))
    }

    /// Whether the stores that its providers are to have are empty.
    ///
    /// # Errors
    /// [`LiveError::Store`] where one is not, or is of no use.
    pub fn check_empty(&self, stores: &StoreAt) -> Result<(), LiveError> {
        for domain in &self.domains {
            store::check_empty(&stores.of(domain))?;
        }
        Ok(())
    }

    /// Copies the stores of its providers into a folder, each under its domain; and from there into the store that each is to have, where
    /// that is said. They have to be empty.
    ///
    /// # Errors
    /// [`LiveError::NoPreparation`] where one is damaged or not there, [`LiveError::Write`] or [`LiveError::Store`] where it cannot be
    /// copied.
    pub fn copy_stores(&self, into: &Path, stores: Option<&StoreAt>) -> Result<(), LiveError> {
        for domain in &self.domains {
            let name = store_name(domain);
            let stored = file(&self.folder, &self.contents, &name);
            let stored = stored.map_err(|why| self.useless(why))?;
            let StoreAt::File(path) = StoreAt::in_folder(into, domain) else {
                continue;
            };
            let written = fs::write(&path, stored).and_then(|()| private(&path));
            written.map_err(|source| LiveError::Write {
                path: path.clone(),
                source,
            })?;
            if let Some(stores) = stores {
                store::copy(&StoreAt::File(path), &stores.of(domain))?;
            }
        }
        Ok(())
    }

    pub(in crate::load) fn clients(&self) -> &[StoredClient] {
        &self.clients
    }

    /// How long ago it was stored.
    pub(in crate::load) fn rested(&self) -> SimSpan {
        rested(&self.contents)
    }

    /// What is wrong with it.
    pub(in crate::load) fn useless(&self, why: impl Into<String>) -> LiveError {
        LiveError::NoPreparation {
            path: self.folder.clone(),
            why: why.into(),
        }
    }
}

fn domains(scenario: &Scenario) -> Vec<String> {
    let providers = scenario.providers.iter();
    providers.map(|provider| provider.domain.clone()).collect()
}

fn rested(contents: &Contents) -> SimSpan {
    SimSpan::from_secs(now().saturating_sub(contents.saved_at))
}

/// Whether this version of throng can use it. What MLS writes has no version of its own.
fn check(contents: &Contents) -> Result<(), String> {
    let mine = env!("CARGO_PKG_VERSION");
    match contents.throng == mine {
        true => Ok(()),
        false => Err(format!(
            "throng {} stored it, and this is throng {mine}; expected one that this version stored",
            contents.throng
        )),
    }
}

/// Whether it is one of this scenario, and young enough.
fn is_prepared(text: &[u8], scenario: &Scenario, contents: &Contents) -> Result<(), String> {
    let text = String::from_utf8_lossy(text);
    let source = ScenarioSource::inline(SCENARIO, &*text);
    let prepared = Scenario::parse(&source, &[]).map_err(|error| error.to_string())?;
    if let Some(key) = differing(&prepared, scenario) {
        return Err(format!(
            "{key} is not what the scenario in it has; expected the same people, rooms, providers and policy: what people want, and for \
             how long, may differ"
        ));
    }
    let (rested, lifetime) = (rested(contents), scenario.policy.key_package_lifetime);
    // Clients replace their KeyPackages then.
    if rested.as_nanos() / 2 >= lifetime.as_nanos() / 3 {
        return Err(format!(
            "it was stored {} ago, and KeyPackages are good for {}; expected a younger one",
            show_span(rested),
            show_span(lifetime)
        ));
    }
    Ok(())
}

/// A file of it, which is what it was.
fn file(folder: &Path, contents: &Contents, name: &str) -> Result<Vec<u8>, String> {
    let expected = contents.files.get(name);
    let expected = expected.ok_or_else(|| format!("it has no {name}"))?;
    let read = fs::read(folder.join(name));
    let bytes = read.map_err(|error| format!("cannot read its {name}: {error}"))?;
    match digest(&bytes) == *expected {
        true => Ok(bytes),
        false => Err(format!("its {name} is damaged")),
    }
}

/// Has a file be its owner's alone.
fn private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
