//! What must hold all along, whatever the scenario.
//!
//! The checks read the same facts as the record, so they trust no participant: a hub that
//! accepts two commits in one epoch, a provider that forgets a client, a client that decrypts after its
//! removal are all found here.

use crate::data::InvariantRow;
pub use crate::data::Violation;
use crate::seats::Seats;
use crate::stand_ins::StandIns;
use std::collections::BTreeMap;
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Accepted, Fact, HeardWhat};
use throng_workloads::intent::{ClientId, RoomId};

/// Members at the same epoch agree on the epoch authenticator.
pub const AGREE: &str = "members at the same epoch agree";
/// One accepted commit per room and epoch.
pub const ONE_COMMIT: &str = "one accepted commit per room and epoch";
/// What a hub accepted reaches every entitled client that is online at the end, once, in order.
pub const DELIVERED: &str = "what a hub accepted arrives once, in order";
/// Nobody decrypts a message of an epoch in which it was no member.
pub const EXCLUDED: &str = "nobody decrypts outside of its membership";
/// What was sent and duplicated equals what was received and lost, for each kind of message.
pub const BALANCED: &str = "bytes sent + duplicated = received + lost";
/// What each provider paid, role by role, is what all of them sent, received and served.
pub const ADDS_UP: &str = "what providers pay adds up, role by role";

/// The checks, and what they remember.
#[derive(Debug, Default, Clone)]
pub struct Invariants {
    authenticators: BTreeMap<(RoomId, u64), (ClientId, [u8; 8])>,
    epochs: BTreeMap<RoomId, u64>,
    seats: Seats,
    checks: [u64; 6],
}

const NAMES: [&str; 6] = [AGREE, ONE_COMMIT, DELIVERED, EXCLUDED, BALANCED, ADDS_UP];

impl Invariants {
    pub(crate) fn check(
        &mut self,
        name: &'static str,
        holds: bool,
        detail: impl FnOnce() -> String,
    ) -> Result<(), Violation> {
        if let Some(at) = NAMES.iter().position(|n| *n == name) {
            self.checks[at] += 1;
        }
        if holds {
            Ok(())
        } else {
            Err(Violation {
                name,
                detail: detail(),
            })
        }
    }

    /// A room that began before time zero, with these members, at this epoch.
    pub fn warm_room(
        &mut self,
        room: RoomId,
        epoch: u64,
        members: impl IntoIterator<Item = ClientId>,
    ) {
        self.epochs.insert(room, epoch);
        for client in members {
            self.seats.begin(room, client, epoch);
        }
    }

    /// Take what happened; `client` is who reports it, where it is a client.
    pub fn observe(
        &mut self,
        client: Option<ClientId>,
        fact: &Fact,
        stand_ins: &StandIns,
    ) -> Result<(), Violation> {
        match (fact, client) {
            (Fact::Opened { room, by, .. }, _) => self.warm_room(*room, 0, [*by]),
            (Fact::Accepted(accepted), _) => self.accepted(accepted, stand_ins)?,
            (Fact::Handled { room, event }, Some(client)) => self.handled(*room, client, *event)?,
            (Fact::Read { room, state, .. }, Some(client)) => {
                self.decrypted(*room, client, *state)?
            }
            (
                Fact::Reached {
                    room,
                    state,
                    digest: Some(digest),
                    ..
                },
                Some(client),
            ) => self.agree(*room, *state, client, *digest)?,
            _ => {}
        }
        Ok(())
    }

    /// How often something that a hub accepted has come to a client so far.
    pub fn deliveries(&self) -> u64 {
        let at = NAMES.iter().position(|name| *name == DELIVERED);
        at.map_or(0, |at| self.checks[at])
    }

    /// How often something that hubs accepted is still to come to clients of whom this holds.
    pub fn awaited(&self, of: impl Fn(ClientId) -> bool) -> u64 {
        let waiting = self.seats.waiting().into_iter();
        let waiting = waiting.filter(|(_, client, _)| of(*client));
        waiting.map(|(.., events)| events as u64).sum()
    }

    fn agree(
        &mut self,
        room: RoomId,
        epoch: u64,
        client: ClientId,
        value: [u8; 8],
    ) -> Result<(), Violation> {
        let (first, known) = *self
            .authenticators
            .entry((room, epoch))
            .or_insert((client, value));
        self.check(AGREE, known == value, || {
            format!(
                "room r{} epoch {epoch}: clients {} and {} have other epoch authenticators",
                room.0, first.0, client.0
            )
        })
    }

    fn accepted(&mut self, accepted: &Accepted, stand_ins: &StandIns) -> Result<(), Violation> {
        let room = accepted.room;
        // They say nothing and never leave, whatever the hub thinks.
        if let Some(left_out) = stand_ins.left_out(accepted) {
            return self.check(DELIVERED, false, || {
                format!(
                    "room r{}: event {} is not for client {}, who stands for those who only receive",
                    room.0, accepted.event, left_out.0
                )
            });
        }
        let Some(change) = &accepted.change else {
            self.expect(room, accepted.event, &accepted.receivers);
            return Ok(());
        };
        if accepted.subject.class == SubjectClass::Change {
            let before = self.epochs.insert(room, change.state);
            self.check(
                ONE_COMMIT,
                before.is_some_and(|before| before + 1 == change.state),
                || {
                    format!(
                        "room r{}: a commit to epoch {} after epoch {before:?}",
                        room.0, change.state
                    )
                },
            )?;
        }
        self.expect(room, accepted.event, &accepted.receivers);
        for (_, gone) in &change.excludes {
            self.seats.end(room, *gone, change.state);
        }
        for new in &change.admits {
            self.seats.begin(room, *new, change.state);
        }
        Ok(())
    }

    fn expect(&mut self, room: RoomId, event: u64, receivers: &[ClientId]) {
        for &client in receivers {
            self.seats.expect(room, client, event);
        }
    }

    fn handled(&mut self, room: RoomId, client: ClientId, event: u64) -> Result<(), Violation> {
        let expected = self.seats.next(room, client);
        self.check(DELIVERED, expected == Some(event), || {
            format!(
                "room r{}: client {} handled event {event} when {expected:?} was next",
                room.0, client.0
            )
        })
    }

    /// Those who only receive in a room handle an event: so many of them, of all for whom `stand_in` stands.
    pub fn heard(
        &mut self,
        (room, event): (RoomId, u64),
        stand_in: ClientId,
        (count, due): (u64, Option<u64>),
        what: &HeardWhat,
    ) -> Result<(), Violation> {
        if due != Some(count) {
            return self.check(DELIVERED, false, || {
                format!(
                    "room r{}: event {event} came to {count} of {due:?} for whom client {} stands",
                    room.0, stand_in.0
                )
            });
        }
        // Whoever stands for them is checked as anybody; so often the same holds of others.
        let others = count.saturating_sub(1);
        self.checks_of(DELIVERED, others);
        self.handled(room, stand_in, event)?;
        match what {
            HeardWhat::Message { state, .. } => {
                self.checks_of(EXCLUDED, others);
                self.decrypted(room, stand_in, *state)
            }
            HeardWhat::Change {
                state,
                digest: Some(digest),
            } => self.agree(room, *state, stand_in, *digest),
            _ => Ok(()),
        }
    }

    /// So many more checks of this kind were made at once.
    fn checks_of(&mut self, name: &'static str, count: u64) {
        if let Some(at) = NAMES.iter().position(|n| *n == name) {
            self.checks[at] += count;
        }
    }

    fn decrypted(&mut self, room: RoomId, client: ClientId, epoch: u64) -> Result<(), Violation> {
        let member = self.seats.was_member(room, client, epoch);
        let stays = match member {
            true => Vec::new(),
            false => self.seats.stays(room, client),
        };
        self.check(EXCLUDED, member, || {
            format!("room r{}: client {} decrypted a message of epoch {epoch}, its memberships: {stays:?}", room.0, client.0)
        })
    }

    /// The run is over: everything has arrived at those who are online. Of those for whom another stands each delivery was
    /// checked, and nothing more is where nothing is missing.
    pub fn finish(
        &mut self,
        online: impl Fn(ClientId) -> bool,
        stand_ins: &StandIns,
    ) -> Result<(), Violation> {
        for (room, client, left) in self.seats.waiting() {
            if left == 0 && stand_ins.clients(room, client).is_some() {
                continue;
            }
            self.check(DELIVERED, left == 0 || !online(client), || {
                format!(
                    "room r{}: {left} events never reached client {}, which is online",
                    room.0, client.0
                )
            })?;
        }
        Ok(())
    }

    /// The network's accounts were checked.
    pub fn balanced(&mut self, result: Result<(), String>) -> Result<(), Violation> {
        let holds = result.is_ok();
        self.check(BALANCED, holds, || result.err().unwrap_or_default())
    }

    /// The ledger of costs was held against the accounts.
    pub fn adds_up(&mut self, result: Result<(), String>) -> Result<(), Violation> {
        let holds = result.is_ok();
        self.check(ADDS_UP, holds, || result.err().unwrap_or_default())
    }

    /// What was checked, how often.
    pub fn rows(&self) -> Vec<InvariantRow> {
        NAMES
            .iter()
            .zip(self.checks)
            .map(|(name, checks)| InvariantRow { name, checks })
            .collect()
    }
}
