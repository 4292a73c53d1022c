//! What happens on the clients' side, in order of the machine's clock.

use super::derive::Told;
use crate::meeting::Owed;
use crate::monotonic;
use std::sync::{Arc, Mutex, PoisonError};
use throng_record::handled::Handled;
use throng_stack::Detail;
use throng_workloads::intent::{ClientId, RoomId, UserId};

/// One thing that happens.
pub(super) enum Happened {
    /// The scenario has somebody want something: so its kind is called.
    Wish(&'static str),
    /// All that was wanted had its time. Who comes back now does so because it is the end.
    Over,
    /// What was prepared once is there.
    Prepared(Prepared),
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

/// What there is that was stored, and not made.
pub(super) struct Prepared {
    /// Rooms: their state, and their members.
    pub(super) rooms: Vec<PreparedRoom>,
    /// KeyPackages that nobody has used.
    pub(super) key_packages: u64,
}

/// A room, its state, its members, and what only the protocol has to say of it.
pub(super) type PreparedRoom = (RoomId, u64, Vec<ClientId>, Option<Arc<dyn Detail>>);

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
