//! What happens on the clients' side, in order of the machine's clock.

use super::derive::Told;
use crate::meeting::Owed;
use crate::monotonic;
use std::sync::{Mutex, PoisonError};
use throng_record::handled::Handled;
use throng_workloads::intent::{ClientId, UserId};

/// One thing that happens.
pub(super) enum Happened {
    /// The scenario has somebody want something: so its kind is called.
    Wish(&'static str),
    /// A client comes into being.
    Began(ClientId, UserId),
    /// A client's device is lost.
    Lost(ClientId),
    /// A client says or hears something of an event; only where providers say nothing themselves.
    Told(Told),
    /// Other shards say what their users sent of late.
    Owed(Vec<Owed>),
    /// What one input came to for a client.
    Handled(ClientId, Box<Handled>),
}

/// What nobody has taken yet.
#[derive(Default)]
pub(super) struct Journal(Mutex<Vec<(u64, Happened)>>);

impl Journal {
    /// Something happens now. Whoever does it does it before anybody else can hear of it.
    pub(super) fn enter(&self, happened: Happened) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that what stands later is later.
        all.push((monotonic::now(), happened));
    }

    /// All that has happened so far, which is then forgotten here, and until when that is.
    pub(super) fn take(&self) -> (Vec<(u64, Happened)>, u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut all), monotonic::now())
    }
}
