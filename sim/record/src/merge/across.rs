//! What was sent in one shard and came in another: latencies of the one with the other, and what has to hold between them.

use super::grid::Grid;
use super::latencies::Sums;
use super::part::Part;
use crate::data::{Counts, Violation};
use crate::histogram::enter;
use crate::invariants::{AGREE, DELIVERED};
use crate::shard::{EventDigest, EventSort, GotEvent, Joined, OF_OTHERS, SentEvent, Shard, Stay};
use hdrhistogram::Histogram;
use std::collections::{BTreeMap, BTreeSet};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::time::SimTime;

/// So many violations are told; more say no more.
const MOST_VIOLATIONS: usize = 100;

/// What came of it besides latencies.
#[derive(Default)]
pub(super) struct Across {
    /// Messages of which it is known who sent them, and those of them that had waited for their reader.
    known: u64,
    caught_up: u64,
    /// How often it was checked that something came.
    pub(super) deliveries: u64,
    /// How often it was checked that two shards agree.
    pub(super) agreements: u64,
    /// Deliveries that never came to clients that are not online.
    pub(super) undelivered: u64,
    pub(super) violations: Vec<Violation>,
}

impl Across {
    /// Enters latencies between shards, and checks what has to hold between them: that all has come where the load is `whole`.
    pub(super) fn of(
        parts: &[Part],
        grid: &Grid,
        sums: &mut Sums,
        raw: &mut Histogram<u64>,
        whole: bool,
    ) -> Self {
        let mut across = Self::default();
        let warmup = parts.iter().map(|part| part.ledger.warmup).max();
        let warmup = warmup.unwrap_or_default();
        let ends = parts.iter().filter_map(|part| part.ledger.ends).min();
        let ends = ends.unwrap_or(SimTime::MAX);
        let mut sent: BTreeMap<EventDigest, SentEvent> = BTreeMap::new();
        for event in parts.iter().flat_map(|part| &part.ledger.sent) {
            sent.entry(event.digest).or_insert(*event);
        }
        for got in parts.iter().flat_map(|part| &part.ledger.got) {
            if let Some(event) = sent.get_mut(&got.digest) {
                across.got(event, got, (warmup, ends), (grid, &mut *sums, &mut *raw));
            }
        }
        for event in sent.values() {
            let Some(last) = event.last else { continue };
            let (name, since) = match event.sort {
                EventSort::Message => ("message-last", event.wanted),
                EventSort::Change => ("converge-last", event.accepted),
                EventSort::Other => continue,
            };
            if since >= warmup && last < ends {
                sums.enter(grid.place(last), name, last.since(since));
            }
        }
        join(parts, (warmup, ends), grid, sums);
        if whole {
            across.all_came(parts);
        }
        across.agree(parts);
        across
    }

    /// An event came to a client of another shard.
    fn got(
        &mut self,
        event: &mut SentEvent,
        got: &GotEvent,
        (warmup, ends): (SimTime, SimTime),
        (grid, sums, raw): (&Grid, &mut Sums, &mut Histogram<u64>),
    ) {
        // Who was online when it was accepted and stayed so.
        let stayed = got.since <= event.accepted;
        self.known += u64::from(got.read);
        let over = got.at >= ends;
        self.caught_up += u64::from(got.read && (!stayed || over));
        if !stayed || over {
            return;
        }
        event.last = event.last.max(Some(got.at));
        match event.sort {
            EventSort::Message if got.read && event.wanted >= warmup => {
                sums.enter(grid.place(got.at), "message", got.at.since(event.wanted));
                enter(raw, got.at.since(event.sent));
            }
            EventSort::Change if event.accepted >= warmup => {
                sums.enter(grid.place(got.at), "converge", got.at.since(event.accepted));
            }
            _ => {}
        }
    }

    /// What was accepted in one shard has come to all in others who were members when it was sent and still are. Who was one says the clock
    /// of one shard and when it was sent that of another: who became one so shortly before that the clocks may be wrong about it does not
    /// have to have it.
    fn all_came(&mut self, parts: &[Part]) {
        let mut came: BTreeSet<(EventDigest, ClientId)> = BTreeSet::new();
        let mut stays: BTreeMap<RoomId, Vec<(&Part, &Stay)>> = BTreeMap::new();
        for part in parts {
            came.extend(part.ledger.got.iter().map(|got| (got.digest, got.client)));
            for stay in &part.ledger.stays {
                stays.entry(stay.room).or_default().push((part, stay));
            }
        }
        let mut missed: BTreeMap<(RoomId, ClientId), (Shard, u64, Shard)> = BTreeMap::new();
        for part in parts {
            for event in &part.ledger.sent {
                let members = stays.get(&event.room).into_iter().flatten();
                let before = |of: &Part, stay: &Stay| {
                    let apart = part.apart.zip(of.apart);
                    apart.is_some_and(|(one, other)| stay.since + one + other < event.sent)
                };
                let due = members.filter(|(of, stay)| of.shard != part.shard && before(of, stay));
                for (of, stay) in due {
                    self.deliveries += 1;
                    if came.contains(&(event.digest, stay.client)) {
                        continue;
                    }
                    if !stay.online {
                        self.undelivered += 1;
                        continue;
                    }
                    let missed = missed.entry((stay.room, stay.client));
                    missed.or_insert((of.shard, 0, part.shard)).1 += 1;
                }
            }
        }
        for ((room, client), (shard, count, from)) in missed {
            self.violate(DELIVERED, || {
                format!(
                    "room r{}: {count} events of other shards, of shard {from} say, never reached client {} of shard {shard}, which is \
                     online",
                    room.0, client.0
                )
            });
        }
    }

    /// Whoever reaches a state has the same of it in all shards.
    fn agree(&mut self, parts: &[Part]) {
        let mut known: BTreeMap<(RoomId, u64), (Shard, [u8; 8])> = BTreeMap::new();
        for part in parts {
            for agreed in &part.ledger.agreed {
                let first = known.entry((agreed.room, agreed.state));
                let (first, digest) = *first.or_insert((part.shard, agreed.digest));
                self.agreements += u64::from(first != part.shard);
                if digest != agreed.digest {
                    self.violate(AGREE, || {
                        format!(
                            "room r{} epoch {}: clients of shards {first} and {} have other epoch authenticators",
                            agreed.room.0, agreed.state, part.shard
                        )
                    });
                }
            }
        }
    }

    fn violate(&mut self, name: &'static str, detail: impl FnOnce() -> String) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(Violation {
                name,
                detail: detail(),
            });
        }
    }

    /// Messages that came from other shards are counted as any.
    pub(super) fn correct(&self, counts: &mut Counts) {
        counts.messages_caught_up = counts.messages_caught_up.saturating_add(self.caught_up);
        let left = counts.others.remove(OF_OTHERS).unwrap_or(0);
        let left = left.saturating_sub(self.known);
        if left > 0 {
            counts.others.insert(OF_OTHERS, left);
        }
    }
}

/// Somebody of one shard wanted somebody of another in a room, who came there.
fn join(parts: &[Part], (warmup, ends): (SimTime, SimTime), grid: &Grid, sums: &mut Sums) {
    let mut invited: BTreeMap<(RoomId, UserId), Vec<SimTime>> = BTreeMap::new();
    for one in parts.iter().flat_map(|part| &part.ledger.invited) {
        invited
            .entry((one.room, one.user))
            .or_default()
            .push(one.since);
    }
    for Joined {
        room,
        user,
        since,
        at,
    } in parts
        .iter()
        .flat_map(|part| part.ledger.joined.iter().copied())
    {
        if at >= ends {
            continue;
        }
        let all = invited.get(&(room, user)).into_iter().flatten();
        // As whoever follows all of a load has it: what was wanted last counts.
        let wanted = all.filter(|wanted| **wanted <= at).max();
        if let Some(wanted) = wanted.filter(|wanted| **wanted >= warmup) {
            sums.enter(grid.place(at), "join", at.since(since.max(*wanted)));
        }
    }
}
