//! What a provider keeps of consent: what was said, and who waits.

use crate::kept::Kept;
use crate::refusal::Refusal;
use crate::rows::{CONSENT_WAITERS, CONSENTS, Names, Rows, bytes, damaged};
use crate::wire::{ConsentScope, IdentifierUri};
use std::collections::{BTreeMap, VecDeque};
use throng_stack::{Change, KeepError, Packet};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};
use tls_codec::VLBytes;

/// So much a provider keeps: anybody may ask about anybody.
const MOST: usize = 1 << 20;

/// For how long a grant is repeated as it was when it is asked for again: a request that comes twice takes KeyPackages once.
const REPEATED: SimSpan = SimSpan::from_secs(60);

/// So many grants are repeated as they were; the oldest is forgotten then.
const MOST_REPEATED: usize = 256;

/// No URI is greater.
const GREATEST: &str = "\u{10ffff}";

/// What has been said of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The requester has asked, and the target not answered.
    Asked,
    /// The target has given it.
    Granted,
    /// The target has refused it, or taken it back.
    Revoked,
}

const WORDS: [Word; 3] = [Word::Asked, Word::Granted, Word::Revoked];

/// An own client that wants to add somebody in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) room: RoomId,
    pub(super) client: ClientId,
}

/// Who consents to what, and who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Consents {
    /// Of own users.
    pub(super) words: Kept<ConsentScope, Word>,
    /// Own clients.
    waiting: Kept<ConsentScope, Vec<Waiter>>,
    /// Who is about to answer, by the timer for that. Of the process.
    asked: BTreeMap<u32, ConsentScope>,
    last: u32,
    /// Grants with KeyPackages that were made lately, in their order. Of the process: what is still owed is repeated in any case.
    made: VecDeque<(SimTime, ConsentScope, Packet)>,
}

impl Consents {
    // ---- of own users ----

    /// This is said from now on.
    pub(super) fn say(&mut self, scope: &ConsentScope, word: Word) -> Result<(), Refusal> {
        if self.words.len() >= MOST && !self.words.contains_key(scope) {
            return Err(Refusal::ConsentsFull);
        }
        self.words.insert(scope.clone(), word);
        Ok(())
    }

    /// Nobody asks any more; whether somebody did.
    pub(super) fn forget_asked(&mut self, scope: &ConsentScope) -> bool {
        let asked = self.words.get(scope) == Some(&Word::Asked);
        // The timer is nobody's from now on.
        self.asked.retain(|_, other| other != scope);
        asked && self.words.remove(scope).is_some()
    }

    /// A user will answer when a timer of this generation is due.
    pub(super) fn awaits(&mut self, scope: ConsentScope) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.asked.insert(self.last, scope);
        self.last
    }

    /// It is due: what it was for, if that is still asked.
    pub(super) fn answers(&mut self, generation: u32) -> Option<ConsentScope> {
        let scope = self.asked.remove(&generation)?;
        (self.words.get(&scope) == Some(&Word::Asked)).then_some(scope)
    }

    /// A grant was made.
    pub(super) fn made(&mut self, now: SimTime, scope: &ConsentScope, grant: Packet) {
        self.unmade(scope);
        self.made.push_back((now, scope.clone(), grant));
        if self.made.len() > MOST_REPEATED {
            self.made.pop_front();
        }
    }

    /// It counts no more.
    pub(super) fn unmade(&mut self, scope: &ConsentScope) {
        self.made.retain(|(_, other, _)| other != scope);
    }

    /// The grant of this that was just made.
    pub(super) fn just_made(&mut self, now: SimTime, scope: &ConsentScope) -> Option<Packet> {
        self.made.retain(|(at, ..)| *at + REPEATED > now);
        let mut made = self.made.iter();
        let (.., grant) = made.find(|(_, other, _)| other == scope)?;
        Some(grant.clone())
    }

    /// All that is asked, when no timer runs any more.
    pub(super) fn all_asked(&mut self) -> Vec<ConsentScope> {
        self.asked.clear();
        self.made.clear();
        let asked = self.words.iter().filter(|(_, word)| **word == Word::Asked);
        asked.map(|(scope, _)| scope.clone()).collect()
    }

    // ---- of own clients ----

    /// A client waits from now on.
    pub(super) fn waits(&mut self, scope: &ConsentScope, waiter: Waiter) -> Result<(), Refusal> {
        if self.waiting.len() >= MOST && !self.waiting.contains_key(scope) {
            return Err(Refusal::ConsentsFull);
        }
        let waiting = self.waiting.or_default(scope.clone());
        if !waiting.contains(&waiter) {
            waiting.push(waiter);
        }
        Ok(())
    }

    /// A client waits no more; whether nobody does.
    pub(super) fn waits_no_more(&mut self, scope: &ConsentScope, waiter: Waiter) -> bool {
        let Some(waiting) = self.waiting.get_mut(scope) else {
            return true;
        };
        waiting.retain(|other| *other != waiter);
        let nobody = waiting.is_empty();
        if nobody {
            self.waiting.remove(scope);
        }
        nobody
    }

    /// These clients are no more, and wait for nothing; how many scopes nobody waits for by that.
    pub(super) fn forget_clients(&mut self, clients: &[ClientId]) -> usize {
        let theirs = |waiter: &Waiter| clients.contains(&waiter.client);
        let waited = self.waiting.iter();
        let waited = waited.filter(|(_, waiting)| waiting.iter().any(theirs));
        let waited: Vec<_> = waited.map(|(scope, _)| scope.clone()).collect();
        let before = self.waiting.len();
        for scope in waited {
            let Some(waiting) = self.waiting.get_mut(&scope) else {
                continue;
            };
            waiting.retain(|waiter| !theirs(waiter));
            if waiting.is_empty() {
                self.waiting.remove(&scope);
            }
        }
        before - self.waiting.len()
    }

    /// Those who wait for what was said of a scope, and are where it counts: they wait no more. What was said of any room counts in
    /// each, and somebody may wait for any and be answered for one.
    pub(super) fn take_waiters(
        &mut self,
        said: &ConsentScope,
        here: impl Fn(&Waiter) -> bool,
    ) -> Vec<Waiter> {
        let scope = |room_id| ConsentScope {
            room_id,
            ..said.clone()
        };
        let between = scope(None)..=scope(Some(IdentifierUri::from(GREATEST)));
        let between = self.waiting.range(between).map(|(scope, _)| scope.clone());
        let mut all = Vec::new();
        for scope in between.collect::<Vec<_>>() {
            let Some(waiting) = self.waiting.get_mut(&scope) else {
                continue;
            };
            let (told, rest): (Vec<Waiter>, Vec<_>) = waiting.iter().copied().partition(&here);
            *waiting = rest;
            if waiting.is_empty() {
                self.waiting.remove(&scope);
            }
            all.extend(told);
        }
        all
    }

    // ---- rows ----

    pub(super) fn keep(&mut self, anew: bool) {
        self.words.begin(anew);
        self.waiting.begin(anew);
    }

    pub(super) fn changes(&mut self, names: Names<'_>, into: &mut Vec<Change>) {
        for scope in self.words.changed() {
            let key = bytes(&scope);
            let word = self.words.get(&scope);
            let code = word.and_then(|word| WORDS.iter().position(|known| known == word));
            into.push(match code {
                Some(code) => Change::put(CONSENTS, key, bytes(&(code as u8))),
                None => Change::remove(CONSENTS, key),
            });
        }
        for scope in self.waiting.changed() {
            let key = bytes(&scope);
            into.push(match self.waiting.get(&scope) {
                Some(waiting) => {
                    let row = waiting.iter();
                    let row = row.map(|waiter| (names.room(waiter.room), waiter.client.0));
                    let row: Vec<(VLBytes, u32)> = row.collect();
                    Change::put(CONSENT_WAITERS, key, bytes(&row))
                }
                None => Change::remove(CONSENT_WAITERS, key),
            });
        }
    }

    pub(super) fn restore(&mut self, names: Names<'_>, rows: &mut Rows) -> Result<(), KeepError> {
        for (scope, code) in rows.take::<ConsentScope, u8>(CONSENTS)? {
            let word = WORDS.get(usize::from(code)).copied();
            let word = word.ok_or_else(|| damaged(CONSENTS, format!("no word {code}")))?;
            self.words.insert(scope, word);
        }
        for (scope, row) in rows.take::<ConsentScope, Vec<(VLBytes, u32)>>(CONSENT_WAITERS)? {
            let waiter = |(room, client): (VLBytes, u32)| {
                Ok(Waiter {
                    room: names.room_of(&room)?,
                    client: ClientId(client),
                })
            };
            let waiting = row.into_iter().map(waiter);
            let waiting = waiting.collect::<Result<_, KeepError>>()?;
            self.waiting.insert(scope, waiting);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever asks and cancels without end leaves nothing behind, and is answered once by the last timer.
    #[test]
    fn what_is_cancelled_is_forgotten() {
        let mut consents = Consents::default();
        let scope = ConsentScope {
            requester_uri: "mimi://a.example/u/u0".to_owned().into(),
            target_uri: "mimi://b.example/u/u1".to_owned().into(),
            room_id: None,
        };
        let mut timers = Vec::new();
        for _ in 0..100 {
            consents.say(&scope, Word::Asked).unwrap();
            timers.push(consents.awaits(scope.clone()));
            assert!(consents.forget_asked(&scope));
            assert!(!consents.forget_asked(&scope));
        }
        assert_eq!((consents.words.len(), consents.asked.len()), (0, 0));
        consents.say(&scope, Word::Asked).unwrap();
        let last = consents.awaits(scope.clone());
        for timer in timers {
            assert_eq!(consents.answers(timer), None);
        }
        assert_eq!(consents.answers(last), Some(scope));
    }

    #[test]
    fn who_is_deleted_waits_for_nothing() {
        let mut consents = Consents::default();
        let scope = |target: &str| ConsentScope {
            requester_uri: "mimi://a.example/u/u0".to_owned().into(),
            target_uri: target.to_owned().into(),
            room_id: None,
        };
        let (one, other) = (
            scope("mimi://b.example/u/u1"),
            scope("mimi://b.example/u/u2"),
        );
        let waiter = |client| Waiter {
            room: RoomId(0),
            client: ClientId(client),
        };
        for (scope, client) in [(&one, 1), (&one, 2), (&other, 1)] {
            consents.waits(scope, waiter(client)).unwrap();
        }
        assert_eq!(consents.forget_clients(&[ClientId(1)]), 1);
        assert_eq!(consents.take_waiters(&other, |_| true), []);
        assert_eq!(consents.take_waiters(&one, |_| true), [waiter(2)]);
    }
}
