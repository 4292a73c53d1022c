//! Clients that are entities of their own, as the record follows them.

use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Follow {
    pub(crate) user: UserId,
    pub(crate) online: bool,
    pub(crate) since: SimTime,
    pub(crate) cpu: SimSpan,
}

/// All of them, by number: those are dense, but for clients that are no entities.
#[derive(Debug, Clone, Default)]
pub(crate) struct Follows {
    clients: Vec<Option<Follow>>,
    count: u32,
}

impl Follows {
    /// A client is this from now on.
    pub(crate) fn insert(&mut self, client: ClientId, follow: Follow) {
        let place = client.0 as usize;
        if place >= self.clients.len() {
            self.clients.resize(place + 1, None);
        }
        let before = self.clients[place].replace(follow);
        self.count += u32::from(before.is_none());
    }

    pub(crate) fn get(&self, client: ClientId) -> Option<&Follow> {
        self.clients.get(client.0 as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, client: ClientId) -> Option<&mut Follow> {
        self.clients.get_mut(client.0 as usize)?.as_mut()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.count
    }

    /// All, in the order of their numbers.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Follow> {
        self.clients.iter().flatten()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Follow> {
        self.clients.iter_mut().flatten()
    }
}
