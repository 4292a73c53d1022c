//! What was read of an export, whatever its format: who said how much where and when, who came and went. No names, no texts.

use super::moment::Moment;
use crate::scenario::Messages;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// As many people, and as many rooms, as a scenario can have.
const MOST: u32 = 10_000_000;

/// What decides the order of people and rooms: without it nobody can tell which number is whose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Secret bytes of any length. The same give the same key.
    pub fn of(secret: &[u8]) -> Self {
        Self(blake3::derive_key(
            "throng 2026-12-02: the order of names in an imported export",
            secret,
        ))
    }
}

impl fmt::Debug for Key {
    /// Not the key itself, which might come into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Names by their keyed hashes (BLAKE3), numbered in the order in which they were met.
#[derive(Debug)]
struct Known {
    key: Key,
    what: &'static str,
    numbers: BTreeMap<[u8; 32], u32>,
}

impl Known {
    fn new(key: Key, what: &'static str) -> Self {
        Self {
            key,
            what,
            numbers: BTreeMap::new(),
        }
    }

    /// The number of whoever, or whatever, is called so.
    fn number(&mut self, parts: &[&str]) -> Result<u32, String> {
        let mut hash = blake3::Hasher::new_keyed(&self.key.0);
        hash.update(self.what.as_bytes());
        for part in parts {
            // Lengths first: no two names run into the same bytes.
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let next = self.numbers.len() as u32;
        let number = *self
            .numbers
            .entry(*hash.finalize().as_bytes())
            .or_insert(next);
        match number {
            MOST.. => Err(format!("more than {MOST} {}; expected fewer", self.what)),
            _ => Ok(number),
        }
    }

    /// The place of each number in the order of the hashes.
    fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.numbers.len()];
        for (rank, number) in (0..).zip(self.numbers.values()) {
            ranks[*number as usize] = rank;
        }
        ranks
    }
}

/// Something that happened in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) at: Moment,
    pub(super) room: u32,
    pub(super) person: u32,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// So many bytes were said.
    Message(u32),
    /// Somebody came, let in by that person or, where it is the same, by nobody.
    Join(u32),
    Leave,
}

/// All of an export.
#[derive(Debug)]
pub(super) struct Gathered {
    rooms: Known,
    people: Known,
    /// Who is known to be in a room, by room.
    pub(super) rosters: BTreeMap<u32, BTreeSet<u32>>,
    pub(super) heard: Vec<Heard>,
    /// What was not taken, by reason.
    pub(super) left_out: BTreeMap<&'static str, u64>,
    /// Messages that are longer than any can be, and were taken as the longest.
    pub(super) shortened: u64,
}

impl Gathered {
    pub(super) fn new(key: Key) -> Self {
        Self {
            rooms: Known::new(key, "rooms"),
            people: Known::new(key, "people"),
            rosters: BTreeMap::new(),
            heard: Vec::new(),
            left_out: BTreeMap::new(),
            shortened: 0,
        }
    }

    /// The room of this name, which may have several parts.
    pub(super) fn room(&mut self, name: &[&str]) -> Result<u32, String> {
        let room = self.rooms.number(name)?;
        self.rosters.entry(room).or_default();
        Ok(room)
    }

    pub(super) fn person(&mut self, name: &str) -> Result<u32, String> {
        self.people.number(&[name])
    }

    /// Somebody is known to be in a room.
    pub(super) fn member(&mut self, room: u32, person: u32) {
        self.rosters.entry(room).or_default().insert(person);
    }

    pub(super) fn message(&mut self, at: Moment, room: u32, person: u32, bytes: u64) {
        let longest = u64::from(Messages::LARGEST);
        self.shortened += u64::from(bytes > longest);
        let bytes = u32::try_from(bytes.min(longest)).unwrap_or(Messages::LARGEST);
        self.hear(at, room, person, What::Message(bytes));
    }

    pub(super) fn hear(&mut self, at: Moment, room: u32, person: u32, what: What) {
        self.heard.push(Heard {
            at,
            room,
            person,
            what,
        });
    }

    pub(super) fn leave_out(&mut self, reason: &'static str, number: u64) {
        if number > 0 {
            *self.left_out.entry(reason).or_default() += number;
        }
    }

    /// Numbers rooms and people in the order of their hashes, which tells nothing of their names, and puts what happened into the
    /// order of time.
    pub(super) fn put_in_order(&mut self) {
        let (rooms, people) = (self.rooms.ranks(), self.people.ranks());
        let person = |number: u32| people[number as usize];
        for heard in &mut self.heard {
            heard.room = rooms[heard.room as usize];
            heard.person = person(heard.person);
            if let What::Join(by) = &mut heard.what {
                *by = person(*by);
            }
        }
        let rosters = std::mem::take(&mut self.rosters).into_iter();
        self.rosters = rosters
            .map(|(room, roster)| {
                (
                    rooms[room as usize],
                    roster.into_iter().map(person).collect(),
                )
            })
            .collect();
        // At one instant the export may have rooms and people in the order of their names, and of that nothing may be left. What one of them did in
        // one room stays in its order.
        self.heard
            .sort_by_key(|heard| (heard.at, heard.room, heard.person));
    }
}
