//! Whose messages are in whose rooms, and who reads them.

use super::data::DependenceRow;
use super::homes::Homes;
use throng_workloads::intent::{ProviderId, RoomId};

/// Counts by the provider of who sends or reads, and by that of the room's hub.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependence {
    providers: usize,
    sent: Vec<u64>,
    read: Vec<u64>,
}

impl Dependence {
    pub(super) fn of(providers: usize) -> Self {
        Self {
            providers,
            sent: vec![0; providers * providers],
            read: vec![0; providers * providers],
        }
    }

    fn place(&self, by: ProviderId, room: RoomId, homes: &Homes) -> Option<usize> {
        let hub = homes.hub(room)?;
        Some(usize::from(by.0) * self.providers + usize::from(hub.0))
    }

    /// A message of a user at that provider was accepted.
    pub(super) fn sent(&mut self, by: ProviderId, room: RoomId, homes: &Homes) {
        if let Some(place) = self.place(by, room, homes) {
            self.sent[place] += 1;
        }
    }

    /// Users at that provider read a message, so many.
    pub(super) fn read(&mut self, by: ProviderId, room: RoomId, readers: u64, homes: &Homes) {
        if let Some(place) = self.place(by, room, homes) {
            self.read[place] += readers;
        }
    }

    /// `rooms` are those that began.
    pub(super) fn rows(
        &self,
        domains: &[String],
        rooms: &[RoomId],
        homes: &Homes,
    ) -> Vec<DependenceRow> {
        let row = |(me, domain): (usize, &String)| {
            let hub = Some(ProviderId(me as u16));
            let here = (0..self.providers).map(|by| self.sent[by * self.providers + me]);
            let elsewhere = |counts: &[u64]| -> u64 {
                let all = (0..self.providers).filter(|hub| *hub != me);
                all.map(|hub| counts[me * self.providers + hub]).sum()
            };
            let own = rooms.iter().filter(|room| homes.hub(**room) == hub);
            DependenceRow {
                provider: domain.clone(),
                rooms: own.count() as u64,
                rooms_all: rooms.len() as u64,
                messages: here.sum(),
                own_elsewhere: elsewhere(&self.sent),
                messages_all: self.sent.iter().sum(),
                reads_elsewhere: elsewhere(&self.read),
                reads_all: self.read.iter().sum(),
            }
        };
        domains.iter().enumerate().map(row).collect()
    }
}
