//! What each provider pays, in which role, and because of whose users.
//!
//! Bytes belong to the role of their link: to other providers as hub or follower of the room that they are about, to clients as local
//! provider. Work belongs to the hub where it is about a room of its own, whoever asked; otherwise to the link that it came over.

use super::data::{CostRow, OTHERS, OWN, PairRow, Role};
use super::homes::Homes;
use crate::handled::{About, Handled, Sent};
use crate::loads::LoadSecond;
use throng_net::Bulk;
use throng_stack::{Peer, Stored};
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::time::SimSpan;

/// What was paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Paid {
    requests: u64,
    received: u64,
    sent: u64,
    events: u64,
    cpu: SimSpan,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    sent_to: u64,
    sent_for: u64,
    cpu_for: SimSpan,
}

/// Sums of all providers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) requests: u64,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) cpu: SimSpan,
}

/// The book of costs.
#[derive(Debug, Clone, Default)]
pub(super) struct Costs {
    providers: usize,
    /// By provider, role, and whether it is for others.
    paid: Vec<Paid>,
    /// By who pays, and the other.
    pairs: Vec<Pair>,
    /// Bytes of group states, and of all else, that each stored in all samples together.
    stored: Vec<[u64; 2]>,
    samples: u64,
    /// By room and event: at which provider is who caused it.
    causes: Vec<Vec<ProviderId>>,
}

impl Costs {
    pub(super) fn of(providers: usize) -> Self {
        Self {
            providers,
            paid: vec![Paid::default(); providers * Role::ALL.len() * 2],
            pairs: vec![Pair::default(); providers * providers],
            stored: vec![[0; 2]; providers],
            samples: 0,
            causes: Vec::new(),
        }
    }

    /// An event of a room was accepted, and by whose user it is.
    pub(super) fn caused(&mut self, room: RoomId, event: u64, by: ProviderId) {
        let place = room.0 as usize;
        if self.causes.len() <= place {
            self.causes.resize(place + 1, Vec::new());
        }
        // Events of a room are numbered as they come; of one that began elsewhere nothing is known.
        if self.causes[place].len() as u64 == event {
            self.causes[place].push(by);
        }
    }

    /// At which provider is who caused something, where that can be said.
    fn cause(&self, about: &About) -> Option<ProviderId> {
        let event = |event| {
            let room = self.causes.get(about.room?.0 as usize)?;
            room.get(usize::try_from(event).ok()?).copied()
        };
        about.asker.or_else(|| about.event.and_then(event))
    }

    fn paid(&mut self, me: ProviderId, role: Role, cause: ProviderId) -> &mut Paid {
        let place = usize::from(me.0) * Role::ALL.len() + role as usize;
        &mut self.paid[place * 2 + usize::from(cause != me)]
    }

    fn pair(&mut self, me: ProviderId, other: ProviderId) -> &mut Pair {
        &mut self.pairs[usize::from(me.0) * self.providers + usize::from(other.0)]
    }

    fn sends(&mut self, me: ProviderId, role: Role, cause: ProviderId, bytes: u64) {
        self.paid(me, role, cause).sent += bytes;
        self.pair(me, cause).sent_for += bytes;
    }

    /// A party handled something.
    pub(super) fn handled(&mut self, me: Peer, handled: &Handled, homes: &Homes) {
        let me = match me {
            Peer::Provider(me) => me,
            Peer::Client(_) => return self.at_client(handled),
        };
        let received = handled.received.as_ref();
        let known = received.and_then(|received| self.cause(&received.about));
        let sent = handled.sent.iter();
        let cause = known.unwrap_or_else(|| match received.map(|received| received.from) {
            Some(Peer::Provider(other)) => other,
            Some(Peer::Client(_)) => me,
            // What is owed is sent again: for whoever it was sent for at first.
            None => sent
                .clone()
                .find_map(|sent| self.cause(&sent.about))
                .unwrap_or(me),
        });
        let room = received.and_then(|received| received.about.room);
        let room = room.or_else(|| sent.clone().find_map(|sent| sent.about.room));
        let works = match received.map(|received| received.from) {
            _ if room.is_some_and(|room| homes.hub(room) == Some(me)) => Role::Hub,
            Some(Peer::Provider(_)) => Role::Follower,
            Some(Peer::Client(_)) => Role::Local,
            None if room.is_some() => Role::Follower,
            None => Role::Local,
        };
        // What never came was no request.
        if received.is_none_or(|received| !received.lost) {
            let paid = self.paid(me, works, cause);
            paid.requests += 1;
            paid.cpu += handled.service;
            self.pair(me, cause).cpu_for += handled.service;
        }
        if let Some(received) = received.filter(|received| !received.lost) {
            let role = role(me, received.from, received.about.room, homes);
            self.paid(me, role, cause).received += received.bytes;
            self.receipt(
                me,
                received.from,
                (received.about.room, cause),
                received.receipt,
                homes,
            );
        }
        for received in handled.behind.iter().filter(|received| !received.lost) {
            let cause = self.cause(&received.about).unwrap_or(cause);
            let role = role(me, received.from, received.about.room, homes);
            self.paid(me, role, cause).received += received.bytes;
        }
        self.sent(me, &handled.sent, cause, homes);
    }

    /// What a client set up or acknowledged, its provider has the other half of.
    fn at_client(&mut self, handled: &Handled) {
        if let Some(received) = handled.received.filter(|received| received.receipt > 0)
            && let Peer::Provider(provider) = received.from
            && !received.lost
        {
            let cause = self.cause(&received.about).unwrap_or(provider);
            self.paid(provider, Role::Local, cause).received += received.receipt;
        }
        self.opened(&handled.sent);
    }

    /// What answers at once that a packet is taken.
    fn receipt(
        &mut self,
        me: ProviderId,
        to: Peer,
        (room, cause): (Option<RoomId>, ProviderId),
        bytes: u64,
        homes: &Homes,
    ) {
        if bytes == 0 {
            return;
        }
        self.sends(me, role(me, to, room, homes), cause, bytes);
        if let Peer::Provider(other) = to {
            self.pair(me, other).sent_to += bytes;
            let role = role(other, Peer::Provider(me), room, homes);
            self.paid(other, role, cause).received += bytes;
        }
    }

    /// Connections that clients opened.
    pub(super) fn opened(&mut self, sent: &[Sent]) {
        for sent in sent {
            if let (Some(opened), Peer::Provider(provider)) = (&sent.opened, sent.to) {
                let there = opened.there.received_bytes();
                self.paid(provider, Role::Local, provider).received += there;
                let back = opened.back.sent_bytes();
                self.sends(provider, Role::Local, provider, back);
            }
        }
    }

    /// What a provider sent left, which was done because of `cause` where it does not say itself because of whom.
    pub(super) fn sent(&mut self, me: ProviderId, sent: &[Sent], cause: ProviderId, homes: &Homes) {
        for sent in sent {
            let cause = self.cause(&sent.about).unwrap_or(cause);
            let role = role(me, sent.to, sent.about.room, homes);
            let bytes = sent.transmission.sent_bytes;
            self.sends(me, role, cause, bytes);
            self.paid(me, role, cause).events += u64::from(sent.about.event.is_some());
            if let Peer::Provider(other) = sent.to {
                self.pair(me, other).sent_to += bytes;
            }
        }
    }

    /// An event went to many of its clients at once, and so many bytes came back.
    pub(super) fn broadcast(
        &mut self,
        me: ProviderId,
        (room, event): (RoomId, u64),
        sent: [&Bulk; 2],
        received: &Bulk,
    ) {
        let about = About {
            room: Some(room),
            event: Some(event),
            asker: None,
        };
        let cause = self.cause(&about).unwrap_or(me);
        let bytes = sent.iter().map(|bulk| bulk.sent_bytes()).sum();
        self.sends(me, Role::Local, cause, bytes);
        let paid = self.paid(me, Role::Local, cause);
        paid.events += sent[0].messages;
        paid.received += received.received_bytes();
    }

    /// What each stores when a sample ends.
    pub(super) fn stored(&mut self, stored: &[Stored]) {
        self.samples += 1;
        for (sum, stored) in self.stored.iter_mut().zip(stored) {
            sum[0] += stored.group_bytes;
            sum[1] += stored.bytes() - stored.group_bytes;
        }
    }

    /// What one provider paid in all roles, or all did.
    pub(super) fn sums(&self, of: Option<usize>) -> Sums {
        let each = Role::ALL.len() * 2;
        let paid = match of {
            Some(provider) => &self.paid[provider * each..(provider + 1) * each],
            None => &self.paid[..],
        };
        let mut sums = Sums::default();
        for paid in paid {
            sums.requests += paid.requests;
            sums.received += paid.received;
            sums.sent += paid.sent;
            sums.cpu += paid.cpu;
        }
        sums
    }

    /// What each provider did so far, by whom its links lead to.
    pub(super) fn loads(&self) -> Vec<LoadSecond> {
        let load = |provider: usize| {
            let mut load = LoadSecond::default();
            let each = Role::ALL.len() * 2;
            for (at, paid) in self.paid[provider * each..(provider + 1) * each]
                .iter()
                .enumerate()
            {
                load.requests += paid.requests;
                load.cpu += paid.cpu;
                let (from, to) = match at / 2 == Role::Local as usize {
                    true => (&mut load.from_clients, &mut load.to_clients),
                    false => (&mut load.from_providers, &mut load.to_providers),
                };
                *from += paid.received;
                *to += paid.sent;
            }
            load
        };
        (0..self.providers).map(load).collect()
    }

    pub(super) fn rows(&self, domains: &[String]) -> Vec<CostRow> {
        let mut rows = Vec::with_capacity(self.paid.len());
        for (provider, domain) in domains.iter().enumerate() {
            for role in Role::ALL {
                for (others, users) in [OWN, OTHERS].into_iter().enumerate() {
                    let place = (provider * Role::ALL.len() + role as usize) * 2 + others;
                    let paid = &self.paid[place];
                    let [groups, rest] = self.stored[provider];
                    let stored = match (role, others) {
                        (Role::Hub, 0) => groups,
                        (Role::Local, 0) => rest,
                        _ => 0,
                    };
                    rows.push(CostRow {
                        provider: domain.clone(),
                        role: role.name().into(),
                        users: users.into(),
                        requests: paid.requests,
                        received: paid.received,
                        sent: paid.sent,
                        events: paid.events,
                        cpu: paid.cpu,
                        stored: stored / self.samples.max(1),
                    });
                }
            }
        }
        rows
    }

    pub(super) fn pairs(&self, domains: &[String]) -> Vec<PairRow> {
        let places =
            (0..self.providers).flat_map(|me| (0..self.providers).map(move |other| (me, other)));
        let row = |(me, other): (usize, usize)| {
            let pair = &self.pairs[me * self.providers + other];
            PairRow {
                provider: domains[me].clone(),
                other: domains[other].clone(),
                sent_to: pair.sent_to,
                sent_for: pair.sent_for,
                cpu_for: pair.cpu_for,
            }
        };
        let pairs = places.filter(|(me, other)| me != other).map(row);
        pairs
            .filter(|row| row.sent_to + row.sent_for > 0 || row.cpu_for > SimSpan::ZERO)
            .collect()
    }
}

/// What a provider is to what goes over a link of its.
fn role(me: ProviderId, peer: Peer, room: Option<RoomId>, homes: &Homes) -> Role {
    match peer {
        Peer::Client(_) => Role::Local,
        Peer::Provider(_) if room.is_some_and(|room| homes.hub(room) == Some(me)) => Role::Hub,
        Peer::Provider(_) => Role::Follower,
    }
}
