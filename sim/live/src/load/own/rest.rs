//! Providers of our own at rest: so that what they keep can be copied.

use super::{END, OwnProviders};
use crate::error::LiveError;
use crate::store::{self, StoreAt};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

impl OwnProviders {
    /// Has all of them end in order, copies their stores into a folder, each under its domain, and starts them again where they were and
    /// with what they had.
    ///
    /// # Errors
    /// [`LiveError`] where one does not end in order, keeps nothing, or does not begin again.
    pub fn rest(&mut self, into: &Path) -> Result<(), LiveError> {
        for child in &mut self.children {
            child.killed = true;
            child.says = None;
        }
        let until = Instant::now() + END;
        for (place, child) in self.children.iter_mut().enumerate() {
            if let Some(how) = child.end(until) {
                return Err(LiveError::Gone(child.gone(place, &how).how));
            }
        }
        for child in &self.children {
            self.copy_store(&child.domain, into)?;
        }
        for at in 0..self.children.len() {
            let child = &self.children[at];
            let (domain, listen, shows) = (child.domain.clone(), child.address, child.shows());
            let all = self.children.iter().map(|child| child.domain.clone());
            let all: Vec<String> = all.collect();
            self.children[at] = self.begin(&domain, (listen, shows), &all)?;
        }
        self.introduce()
    }

    fn copy_store(&self, domain: &str, into: &Path) -> Result<(), LiveError> {
        let to = StoreAt::in_folder(into, domain);
        match (self.store_of(domain), to) {
            (StoreAt::File(from), StoreAt::File(to)) => {
                let copied = fs::copy(&from, &to);
                let copied = copied.map(drop);
                copied.map_err(|source| LiveError::Write { path: to, source })
            }
            (StoreAt::Memory, _) => Err(LiveError::Child {
                domain: domain.to_owned(),
                why: "it keeps nothing that could be copied".to_owned(),
            }),
            (from, to) => Ok(store::copy(&from, &to)?),
        }
    }
}

impl super::OwnProvider {
    /// Where it shows what it counts; any port where that cannot be said.
    pub(super) fn shows(&self) -> SocketAddr {
        let place = self.metrics.strip_prefix("http://");
        let place = place.and_then(|rest| rest.split('/').next());
        let address = place.and_then(|place| place.parse().ok());
        address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}
