//! What became of messages that people wanted to send while a provider was down.

use super::data::{Concerned, OutageRow};
use super::homes::Homes;
use std::collections::BTreeMap;
use throng_stack::{Accepted, RequestId};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// A provider, and from when until when it is down.
pub type Down = (ProviderId, SimTime, SimTime);

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    wanted: u64,
    during: u64,
    after: u64,
    longest: SimSpan,
    delivered: u64,
    delivered_during: u64,
    last: Option<SimTime>,
}

/// A message that was wanted while somebody was down, under way.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    since: SimTime,
    room: RoomId,
}

/// One that was accepted.
#[derive(Debug, Clone)]
struct Said {
    /// In which outages it was wanted, and whom it concerns in each.
    outages: Vec<(usize, Concerned)>,
    accepted: SimTime,
}

/// The book of outages.
#[derive(Debug, Clone, Default)]
pub(super) struct OutageBook {
    planned: Vec<Down>,
    /// By outage and by whom it concerns.
    tallies: Vec<[Tally; 4]>,
    wanted: BTreeMap<RequestId, Wanted>,
    said: BTreeMap<(RoomId, u64), Said>,
}

impl OutageBook {
    pub(super) fn of(planned: Vec<Down>) -> Self {
        Self {
            tallies: vec![[Tally::default(); 4]; planned.len()],
            planned,
            ..Self::default()
        }
    }

    /// Whether nobody is ever down.
    pub(super) fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// A client sends a message that is wanted since then, maybe not for the first time.
    pub(super) fn sent(&mut self, room: RoomId, request: RequestId, since: SimTime) {
        let mut planned = self.planned.iter();
        if planned.any(|(_, from, until)| (*from..*until).contains(&since)) {
            self.wanted.insert(request, Wanted { since, room });
        }
    }

    /// A request was refused: whoever still wants it asks anew.
    pub(super) fn refused(&mut self, request: RequestId) {
        self.wanted.remove(&request);
    }

    /// In which outages a message was wanted, and whom it concerns in each, as far as that does not depend on readers. What concerns one
    /// of several providers that were down at once is not without the others.
    fn concerns(
        &self,
        Wanted { since, room }: Wanted,
        by: Option<ProviderId>,
        homes: &Homes,
    ) -> Vec<(usize, Concerned)> {
        let each = self.planned.iter().enumerate();
        let each = each.filter(|(_, (_, from, until))| (*from..*until).contains(&since));
        let concerned = |down: ProviderId| match () {
            () if homes.hub(room) == Some(down) => Concerned::Rooms,
            () if by == Some(down) => Concerned::Senders,
            () => Concerned::Nobody,
        };
        let mut outages: Vec<(usize, Concerned)> = each
            .map(|(outage, (down, ..))| (outage, concerned(*down)))
            .collect();
        if outages.iter().any(|(_, whom)| *whom != Concerned::Nobody) {
            outages.retain(|(_, whom)| *whom != Concerned::Nobody);
        }
        outages
    }

    /// A hub accepted a message.
    pub(super) fn accepted(&mut self, at: SimTime, accepted: &Accepted, homes: &Homes) {
        let Some(wanted) = self.wanted.remove(&accepted.request) else {
            return;
        };
        let by = homes.home(accepted.request.client);
        let outages = self.concerns(wanted, by, homes);
        for (outage, concerned) in &outages {
            let (down, _, until) = self.planned[*outage];
            let mut counted = vec![*concerned];
            let mut receivers = accepted.receivers.iter();
            if *concerned == Concerned::Nobody
                && receivers.any(|receiver| homes.home(*receiver) == Some(down))
            {
                counted.push(Concerned::Readers);
            }
            for concerned in counted {
                let tally = &mut self.tallies[*outage][concerned as usize];
                tally.wanted += 1;
                match at < until {
                    true => tally.during += 1,
                    false => tally.after += 1,
                }
                tally.longest = tally.longest.max(at - wanted.since);
            }
        }
        let said = Said {
            outages,
            accepted: at,
        };
        self.said.insert((accepted.room, accepted.event), said);
    }

    /// A client that has been online since then handled an event.
    pub(super) fn handled(
        &mut self,
        at: SimTime,
        (room, event): (RoomId, u64),
        (client, online): (ClientId, SimTime),
        homes: &Homes,
    ) {
        let said = self.said.get(&(room, event));
        let Some(said) = said.filter(|said| online <= said.accepted) else {
            return;
        };
        for (outage, concerned) in &said.outages {
            let (down, _, until) = self.planned[*outage];
            let concerned = match concerned {
                Concerned::Nobody if homes.home(client) == Some(down) => Concerned::Readers,
                concerned => *concerned,
            };
            let tally = &mut self.tallies[*outage][concerned as usize];
            tally.delivered += 1;
            tally.delivered_during += u64::from(at < until);
            tally.last = tally.last.max(Some(at));
        }
    }

    pub(super) fn rows(&self, domains: &[String], homes: &Homes) -> Vec<OutageRow> {
        let mut tallies = self.tallies.clone();
        // What nobody ever accepted was wanted all the same.
        for (request, wanted) in &self.wanted {
            let by = homes.home(request.client);
            for (outage, concerned) in self.concerns(*wanted, by, homes) {
                tallies[outage][concerned as usize].wanted += 1;
            }
        }
        let outages = self.planned.iter().zip(&tallies);
        let rows = outages.flat_map(|((provider, from, until), tallies)| {
            let each = Concerned::ALL.into_iter().zip(tallies);
            each.map(move |(concerned, tally)| OutageRow {
                provider: domains[usize::from(provider.0)].clone(),
                from: *from,
                until: *until,
                concerned: concerned.name().into(),
                wanted: tally.wanted,
                accepted_during: tally.during,
                accepted_after: tally.after,
                longest_wait: tally.longest,
                delivered: tally.delivered,
                delivered_during: tally.delivered_during,
                last: tally.last,
            })
        });
        rows.collect()
    }
}
