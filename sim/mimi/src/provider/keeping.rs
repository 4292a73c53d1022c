//! All that a provider keeps as rows of a store, and a provider that goes on from them.

use super::answers::{Given, Remembered};
use super::bare;
use super::known_again::KnownAgain;
use super::owed::{Followed, Sent};
use super::state::{Durable, Provider};
use crate::bare::Digest;
use crate::hub::{GroupRow, Room, RoomRows, RoomRules};
use crate::inbox::Inbox;
use crate::kept::Kept;
use crate::rows::{
    ANSWERS, Asked, BARE, BARE_ROOMS, DELETED, EARLY, EVENTS, FOLLOWED, FROM_CLIENTS, FROM_HUBS,
    GRANTED, GROUPS, INSIDE, INVITED, Names, PROPOSALS, REPORTED, REQUESTS, ROOMS, Rows, TAKEN,
    TOGETHER, Written, WrittenPacket, bytes, damaged,
};
use crate::wire::PendingProposal;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::{Change, Keep, KeepError, Outputs, Row, Table};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::SimTime;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// A room, a provider, and a number among what goes from one to the other.
type Place = (VLBytes, VLBytes, u64);

/// The row of a request that has no answer.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
struct RequestRow {
    to: VLBytes,
    envelope: Written,
}

/// The row of an answer.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
struct AnswerRow {
    at: u64,
    number: Option<u64>,
    packet: WrittenPacket,
}

impl<E: Engine> Keep for Provider<E> {
    /// Of an engine whose messages are no bytes nothing can be kept.
    fn keep(&mut self) {
        if E::Message::ENCODED {
            self.durable.keep(true);
        }
    }

    fn changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        let names = Names {
            me: self.me,
            directory: &*self.directory,
        };
        let durable = &mut self.durable;
        durable.follower.changes(names, &mut changes);
        durable.room_changes(&*self.engine, names, &mut changes);
        durable.owed_changes(names, &mut changes);
        durable.inbox_changes(names, &mut changes);
        durable.bare_changes(names, &mut changes);
        durable.consents.changes(names, &mut changes);
        durable.assets.changes(names, &mut changes);
        for user in durable.deleted.changed() {
            changes.push(Change::put(DELETED, bytes(&names.user(user)), Vec::new()));
        }
        let known = [
            (&mut durable.bare.taken.digests, TAKEN),
            (&mut durable.reported.digests, REPORTED),
            (&mut durable.granted.digests, GRANTED),
        ];
        for (digests, table) in known {
            digest_changes(digests, table, names, &mut changes);
        }
        changes
    }

    fn restore(&mut self, rows: Vec<Row>, out: &mut Outputs) -> Result<(), KeepError> {
        let mut rows = Rows::new(rows)?;
        let directory = Arc::clone(&self.directory);
        let names = Names {
            me: self.me,
            directory: &*directory,
        };
        self.durable.follower.restore(names, &mut rows)?;
        self.restore_rooms(names, &mut rows)?;
        // First: what goes to whom depends on it.
        self.durable.restore_bare(names, &mut rows)?;
        self.durable.consents.restore(names, &mut rows)?;
        self.durable.assets.restore(names, &mut rows)?;
        for (user, ()) in rows.take::<u32, ()>(DELETED)? {
            self.durable.deleted.insert(names.user_of(user)?, ());
        }
        restore_digests(&mut self.durable.bare.taken, TAKEN, names, &mut rows)?;
        restore_digests(&mut self.durable.reported, REPORTED, names, &mut rows)?;
        restore_digests(&mut self.durable.granted, GRANTED, names, &mut rows)?;
        self.durable.restore_owed(names, &mut rows)?;
        self.note_all_sent();
        self.durable.restore_inboxes(names, &mut rows)?;
        self.durable.keep(false);
        self.resume(out);
        Ok(())
    }
}

impl<E: Engine> Provider<E> {
    fn restore_rooms(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        let mut pending: BTreeMap<Vec<u8>, Vec<_>> = BTreeMap::new();
        let stored = rows.take::<(VLBytes, u32), PendingProposal<E::Message>>(PROPOSALS)?;
        // Rows of one room follow each other in the order of their places.
        for ((name, _), proposal) in stored {
            let of = pending.entry(name.into()).or_default();
            of.push(proposal);
        }
        let mut invited: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for ((name, client), ()) in rows.take::<(VLBytes, VLBytes), ()>(INVITED)? {
            invited.entry(name.into()).or_default().push(client.into());
        }
        let groups = rows.take::<VLBytes, GroupRow<E::Message>>(GROUPS)?;
        let mut groups: BTreeMap<Vec<u8>, _> = groups
            .into_iter()
            .map(|(name, group)| (name.into(), group))
            .collect();
        for (name, order) in rows.take::<VLBytes, (u64, u64)>(ROOMS)? {
            let id = names.room_of(&name)?;
            let group = groups.remove(name.as_slice());
            let kept = RoomRows {
                order,
                group: group.ok_or_else(|| damaged(ROOMS, "a room without a group"))?,
                pending: pending.remove(name.as_slice()).unwrap_or_default(),
                invited: invited.remove(name.as_slice()).unwrap_or_default(),
            };
            let rules = RoomRules::of(&self.policy);
            let with = (Arc::clone(&self.directory), &mut self.durable.identity);
            let room = Room::restore(&*self.engine, id, with, kept, rules)
                .map_err(|error| damaged(GROUPS, error))?;
            self.durable.begin_room(id, room);
        }
        Ok(())
    }
}

impl<E: Engine> Durable<E> {
    /// From now on changes are noted. `anew`: all that there is counts as changed.
    fn keep(&mut self, anew: bool) {
        self.follower.keep(anew);
        self.rooms.begin(anew);
        self.owed.requests.begin(anew);
        self.owed.events.begin(anew);
        self.owed.followed.begin(anew);
        self.owed.together.begin(anew);
        self.answers.given.begin(anew);
        self.from_hubs.begin(anew);
        self.from_clients.begin(anew);
        self.bare.peers.begin(anew);
        self.bare.rooms.begin(anew);
        self.bare.inside.begin(anew);
        self.bare.taken.digests.begin(anew);
        self.reported.digests.begin(anew);
        self.granted.digests.begin(anew);
        self.consents.keep(anew);
        self.assets.keep(anew);
        self.deleted.begin(anew);
    }

    fn room_changes(&mut self, engine: &E, names: Names<'_>, into: &mut Vec<Change>) {
        for id in self.rooms.changed() {
            // No room is ever gone.
            if let Some(room) = self.rooms.get_unstored(&id) {
                room.changes(engine, &names.room(id), into);
            }
        }
    }

    fn owed_changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        let owed = &mut self.owed;
        for asked in owed.requests.changed() {
            let key = bytes(&(names.room(asked.0), names.asked(asked.1)));
            into.push(match owed.requests.get(&asked) {
                Some(Sent { to, envelope, .. }) => {
                    let row = RequestRow {
                        to: names.provider(*to),
                        envelope: names.written(envelope),
                    };
                    Change::put(REQUESTS, key, bytes(&row))
                }
                None => Change::remove(REQUESTS, key),
            });
        }
        for place in owed.events.changed() {
            let key = bytes(&(names.room(place.0), names.provider(place.1), place.2));
            into.push(match owed.events.get(&place) {
                Some(sent) => Change::put(EVENTS, key, bytes(&names.written(&sent.envelope))),
                None => Change::remove(EVENTS, key),
            });
        }
        for follower in owed.followed.changed() {
            let key = bytes(&(names.room(follower.0), names.provider(follower.1)));
            if let Some(Followed { next, has }) = owed.followed.get(&follower) {
                into.push(Change::put(FOLLOWED, key, bytes(&(*next, *has))));
            }
        }
        for follower in owed.together.changed() {
            let key = bytes(&(names.room(follower.0), names.provider(follower.1)));
            into.push(match owed.together.get(&follower) {
                Some(numbers) => Change::put(TOGETHER, key, bytes(numbers)),
                None => Change::remove(TOGETHER, key),
            });
        }
        let given = &mut self.answers.given;
        for asked in given.changed() {
            let key = bytes(&(names.room(asked.0), names.asked(asked.1)));
            into.push(match given.get(&asked) {
                Some(Remembered { at, given }) => {
                    let row = AnswerRow {
                        at: at.as_nanos(),
                        number: given.number,
                        packet: WrittenPacket::of(&given.packet),
                    };
                    Change::put(ANSWERS, key, bytes(&row))
                }
                None => Change::remove(ANSWERS, key),
            });
        }
    }

    fn inbox_changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        for hub in self.from_hubs.changed() {
            let Some(inbox) = self.from_hubs.get(&hub) else {
                continue;
            };
            let (room, domain) = (names.room(hub.0), names.provider(hub.1));
            let place = |sequence: u64| bytes(&(room.clone(), domain.clone(), sequence));
            let key = bytes(&(room.clone(), domain.clone()));
            into.push(Change::put(FROM_HUBS, key, bytes(&inbox.next())));
            let stored = self.stored_early.entry(hub).or_default();
            stored.retain(|sequence| {
                let waits = *sequence >= inbox.next();
                if !waits {
                    into.push(Change::remove(EARLY, place(*sequence)));
                }
                waits
            });
            for (sequence, envelope) in inbox.waiting() {
                if stored.insert(sequence) {
                    let row = bytes(&names.written(envelope));
                    into.push(Change::put(EARLY, place(sequence), row));
                }
            }
            if stored.is_empty() {
                self.stored_early.remove(&hub);
            }
        }
        // What a client sent too early is lost with its connection, as all is that this did not hand over.
        for client in self.from_clients.changed() {
            if let Some(inbox) = self.from_clients.get(&client) {
                let next = bytes(&inbox.next());
                into.push(Change::put(FROM_CLIENTS, bytes(&client.0), next));
            }
        }
    }

    fn bare_changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        let known = &mut self.bare;
        for provider in known.peers.changed() {
            let key = bytes(&names.provider(provider));
            into.push(match known.peers.contains_key(&provider) {
                true => Change::put(BARE, key, Vec::new()),
                false => Change::remove(BARE, key),
            });
        }
        for room in known.rooms.changed() {
            if let Some(followed) = known.rooms.get(&room) {
                let row = (followed.next_event, followed.taken, followed.epoch);
                let key = bytes(&names.room(room));
                into.push(Change::put(BARE_ROOMS, key, bytes(&row)));
            }
        }
        for (room, client) in known.inside.changed() {
            let key = bytes(&(names.room(room), client.0));
            into.push(match known.inside.contains_key(&(room, client)) {
                true => Change::put(INSIDE, key, Vec::new()),
                false => Change::remove(INSIDE, key),
            });
        }
    }

    fn restore_bare(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        for (domain, ()) in rows.take::<VLBytes, ()>(BARE)? {
            self.bare.peers.insert(names.provider_of(&domain)?, ());
        }
        for (room, row) in rows.take::<VLBytes, (u64, u64, Option<u64>)>(BARE_ROOMS)? {
            let (next_event, taken, epoch) = row;
            let followed = bare::Followed {
                next_event,
                taken,
                epoch,
            };
            self.bare.rooms.insert(names.room_of(&room)?, followed);
        }
        for ((room, client), ()) in rows.take::<(VLBytes, u32), ()>(INSIDE)? {
            let inside = (names.room_of(&room)?, ClientId(client));
            self.bare.inside.insert(inside, ());
        }
        Ok(())
    }

    fn restore_owed(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        for ((room, asked), row) in rows.take::<(VLBytes, Asked), RequestRow>(REQUESTS)? {
            let asked = (names.room_of(&room)?, names.request_of(&asked)?);
            let to = names.provider_of(&row.to)?;
            let envelope = names.envelope(names.me, row.envelope)?;
            self.owed.ask(asked, to, envelope);
        }
        for ((room, domain, _), row) in rows.take::<Place, Written>(EVENTS)? {
            let (room, to) = (names.room_of(&room)?, names.provider_of(&domain)?);
            let envelope = names.envelope(names.me, row)?;
            self.owed.owe(room, to, envelope);
        }
        for ((room, domain), row) in rows.take::<(VLBytes, VLBytes), (u64, u64)>(FOLLOWED)? {
            let follower = (names.room_of(&room)?, names.provider_of(&domain)?);
            let (next, has) = row;
            self.owed.followed.insert(follower, Followed { next, has });
        }
        for ((room, domain), numbers) in rows.take::<(VLBytes, VLBytes), Vec<u64>>(TOGETHER)? {
            let follower = (names.room_of(&room)?, names.provider_of(&domain)?);
            self.owed.together.insert(follower, numbers);
        }
        let mut answers = Vec::new();
        for ((room, asked), row) in rows.take::<(VLBytes, Asked), AnswerRow>(ANSWERS)? {
            let asked = (names.room_of(&room)?, names.request_of(&asked)?);
            let given = Given {
                packet: row.packet.read()?,
                number: row.number,
            };
            let at = SimTime::from_nanos(row.at);
            answers.push((asked, Remembered { at, given }));
        }
        self.answers.resume(answers);
        Ok(())
    }

    fn restore_inboxes(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        let mut early: BTreeMap<(RoomId, ProviderId), Vec<_>> = BTreeMap::new();
        for ((room, domain, sequence), row) in rows.take::<Place, Written>(EARLY)? {
            let hub = (names.room_of(&room)?, names.provider_of(&domain)?);
            let envelope = names.envelope(hub.1, row)?;
            early.entry(hub).or_default().push((sequence, envelope));
            self.stored_early.entry(hub).or_default().insert(sequence);
        }
        for ((room, domain), next) in rows.take::<(VLBytes, VLBytes), u64>(FROM_HUBS)? {
            let hub = (names.room_of(&room)?, names.provider_of(&domain)?);
            let waiting = early.remove(&hub).unwrap_or_default();
            self.from_hubs.insert(hub, Inbox::resume(next, waiting));
        }
        for (client, next) in rows.take::<u32, u64>(FROM_CLIENTS)? {
            let inbox = Inbox::resume(next, []);
            self.from_clients.insert(ClientId(client), inbox);
        }
        Ok(())
    }
}

fn digest_changes(
    digests: &mut Kept<(RoomId, u64), Digest>,
    table: Table,
    names: Names<'_>,
    into: &mut Vec<Change>,
) {
    for (room, place) in digests.changed() {
        let key = bytes(&(names.room(room), place));
        into.push(match digests.get(&(room, place)) {
            Some(digest) => Change::put(table, key, digest.to_vec()),
            None => Change::remove(table, key),
        });
    }
}

fn restore_digests<const MOST: u64>(
    known: &mut KnownAgain<MOST>,
    table: Table,
    names: Names<'_>,
    rows: &mut Rows,
) -> Result<(), KeepError> {
    for ((room, place), digest) in rows.take::<(VLBytes, u64), Digest>(table)? {
        known.put(names.room_of(&room)?, place, digest);
    }
    Ok(())
}
