//! The preparation of `throng load`, where it is stored or was.

use crate::arguments::LoadArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use throng_live::LiveError;
use throng_live::load::{Outages, Preparation, Preparing, Storing};
use throng_live::store::StoreAt;
use throng_workloads::scenario::Scenario;

/// Where accounts, KeyPackages and rooms are to come from, found out before anything begins.
pub(crate) enum Prepares {
    Made,
    Stored(Storing),
    Loaded(Box<Preparation>),
}

impl Prepares {
    /// As was typed, of a scenario as it is going to be run.
    pub(crate) fn new(arguments: &LoadArguments, scenario: &Scenario) -> Result<Self, Failure> {
        let keeps_nothing = arguments.store == Some(StoreAt::Memory);
        if keeps_nothing
            && (arguments.preparation.is_some() || arguments.save_preparation.is_some())
        {
            return Err(Failure::NothingKept);
        }
        if let Some(folder) = &arguments.preparation {
            let preparation = Preparation::open(folder, scenario)?;
            if arguments.target.is_empty() && !preparation.has_stores() {
                let path = folder.clone();
                return Err(Failure::NoStores { path });
            }
            if let Some(stores) = &arguments.store {
                // Before anything is put into any of them.
                preparation.check_empty(stores)?;
            }
            return Ok(Self::Loaded(Box::new(preparation)));
        }
        let Some(folder) = &arguments.save_preparation else {
            return Ok(Self::Made);
        };
        Ok(Self::Stored(Storing::begin(folder)?))
    }

    /// Puts stores for providers of this command's own into their folder, where there are some, or into those that they are to have.
    pub(crate) fn put_stores(
        &self,
        folder: &Path,
        stores: Option<&StoreAt>,
    ) -> Result<(), LiveError> {
        match self {
            Self::Loaded(preparation) => preparation.copy_stores(folder, stores),
            Self::Made | Self::Stored(_) => Ok(()),
        }
    }

    /// The same for a load; with the stores of its own providers, where it has some.
    pub(crate) fn preparing(self, own: Option<&Outages>) -> Preparing {
        match self {
            Self::Made => Preparing::Made,
            Self::Loaded(preparation) => Preparing::Loaded(preparation),
            Self::Stored(storing) => Preparing::Stored(match own.map(Outages::providers) {
                Some(own) => storing.with_stores(move |into| {
                    let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
                    own.rest(into)
                }),
                None => storing,
            }),
        }
    }
}

/// The flags that ask for the same.
pub(crate) fn words(arguments: &LoadArguments) -> Vec<(&'static str, String)> {
    let shown = |path: &PathBuf| path.display().to_string();
    let saved = arguments.save_preparation.iter().map(shown);
    let loaded = arguments.preparation.iter().map(shown);
    let saved = saved.map(|path| ("--save-preparation", path));
    saved
        .chain(loaded.map(|path| ("--preparation", path)))
        .collect()
}

/// Says where it is stored, and what for.
pub(crate) fn print_stored(arguments: &LoadArguments) -> Result<Exit, Failure> {
    if let Some(folder) = arguments
        .save_preparation
        .as_ref()
        .filter(|_| !arguments.real.quiet)
    {
        writeln!(
            std::io::stdout(),
            "the preparation is in {}; --preparation takes it up while the providers are as they are now",
            folder.display()
        )?;
    }
    Ok(Exit::Done)
}
