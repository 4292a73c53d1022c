//! A participant list that a million users may be on.

use super::encoded;
use super::error::AppDataError;
use super::ranks::Ranks;
use super::update::{Participant, ParticipantListUpdate, UserRolePair};
use crate::identities::{Identities, Identity};
use crate::tls::vector_len;
use hashbrown::HashTable;
use std::collections::BTreeSet;

/// `ParticipantListData` (draft-ietf-mimi-protocol-06, "Participant List"): users in the order in which they came, each with a role.
///
/// Every operation takes as many steps as the number of users has binary digits, and a change can be taken back, so that one list
/// serves all members of a group, whatever epoch each of them is at.
#[derive(Debug, Clone, Default)]
pub struct ParticipantList {
    /// All that ever came, in this order; their numbers stay when others go.
    users: Identities,
    roles: Vec<u32>,
    /// Which of them are on the list, and so at which index.
    present: Ranks,
    /// The numbers of those who are, by the hash of their URI.
    numbers: HashTable<u32>,
    /// Bytes of the list's content.
    bytes: u64,
}

/// What an update comes to in one list. [`ParticipantList::swap`] does it, or takes it back.
#[derive(Debug, Clone, Default)]
pub struct ListChange {
    /// Numbers of users, and the role that each has on the side where the list is not.
    roles: Vec<(u32, u32)>,
    removed: Vec<u32>,
    added: Vec<(Vec<u8>, u32)>,
    done: bool,
}

/// Bytes of one entry.
fn entry_len(user: u64) -> u64 {
    vector_len(user) + 4
}

fn hash(user: Identity<'_>) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for piece in user.pieces() {
        hasher.update(piece);
    }
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    u64::from_le_bytes(first)
}

impl ParticipantList {
    /// One more at the end, who must not be on the list.
    pub fn push(&mut self, user: &[u8], role: u32) {
        let number = self.users.push(user);
        self.roles.push(role);
        self.present.push();
        self.enter(number);
        self.bytes += entry_len(user.len() as u64);
    }

    /// Take back the last that came, who is on the list.
    fn pop(&mut self) {
        let number = self.present.len() as u32 - 1;
        self.bytes -= entry_len(self.users.get(number).len() as u64);
        self.exit(number);
        self.present.pop();
        self.roles.pop();
        self.users.pop();
    }

    fn enter(&mut self, number: u32) {
        let users = &self.users;
        let key = |number: &u32| hash(users.get(*number));
        self.numbers.insert_unique(key(&number), number, key);
    }

    fn exit(&mut self, number: u32) {
        let key = hash(self.users.get(number));
        if let Ok(entry) = self.numbers.find_entry(key, |other| *other == number) {
            entry.remove();
        }
    }

    fn number(&self, user: &[u8]) -> Option<u32> {
        let same = |number: &u32| self.users.get(*number) == *user;
        let key = hash(Identity::whole(user));
        self.numbers.find(key, same).copied()
    }

    /// How many are on it.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The user with this URI.
    pub fn find(&self, user: &[u8]) -> Option<Participant> {
        let number = self.number(user)?;
        Some(Participant {
            index: self.present.rank(number),
            role: self.roles[number as usize],
        })
    }

    /// The index of the user with this URI.
    pub fn position(&self, user: &[u8]) -> Option<u32> {
        self.number(user).map(|number| self.present.rank(number))
    }

    /// The user at an index, and its role.
    pub fn get(&self, index: u32) -> Option<(Vec<u8>, u32)> {
        let number = self.present.select(index)?;
        let role = self.roles[number as usize];
        Some((self.users.get(number).to_vec(), role))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Vec<u8>, u32)> {
        (0..self.len() as u32).filter_map(|index| self.get(index))
    }

    /// How long its encoding is, in bytes.
    pub fn encoded_len(&self) -> u64 {
        vector_len(self.bytes)
    }

    /// Its encoding.
    ///
    /// # Errors
    /// [`AppDataError::Malformed`] where it is longer than a vector can be (1 GiB).
    pub fn encode(&self) -> Result<Vec<u8>, AppDataError> {
        let mut content = Vec::with_capacity(self.bytes as usize);
        for (user, role) in self.iter() {
            encoded::push_entry(&mut content, &user, role)?;
        }
        encoded::whole(&content)
    }

    /// The list of this encoding.
    ///
    /// # Errors
    /// [`AppDataError::Malformed`]; [`AppDataError::ParticipantAlready`] where somebody is there twice.
    pub fn decode(bytes: &[u8]) -> Result<Self, AppDataError> {
        let mut list = Self::default();
        for entry in encoded::entries(bytes)? {
            let entry = entry?;
            if list.number(entry.user).is_some() {
                return Err(AppDataError::ParticipantAlready);
            }
            list.push(entry.user, entry.role);
        }
        Ok(list)
    }

    /// What these updates together do to this list, which is not done.
    ///
    /// # Errors
    /// [`AppDataError::NoParticipant`], [`AppDataError::ParticipantAlready`], and [`AppDataError::Twice`] where they are about the same
    /// user more than once.
    pub fn resolve(&self, updates: &[ParticipantListUpdate]) -> Result<ListChange, AppDataError> {
        let mut change = ListChange::default();
        let mut touched = BTreeSet::new();
        let mut number = |index: u32| {
            let number = self.present.select(index);
            let number = number.ok_or(AppDataError::NoParticipant(index))?;
            match touched.insert(number) {
                true => Ok(number),
                false => Err(AppDataError::Twice),
            }
        };
        for update in updates {
            for changed in &update.changed {
                change.roles.push((number(changed.user)?, changed.role));
            }
            for index in &update.removed {
                change.removed.push(number(*index)?);
            }
        }
        let mut new = BTreeSet::new();
        for UserRolePair { user, role } in updates.iter().flat_map(|update| &update.added) {
            let user = user.as_slice();
            match self.number(user) {
                Some(number) if touched.contains(&number) => return Err(AppDataError::Twice),
                Some(_) => return Err(AppDataError::ParticipantAlready),
                None if !new.insert(user) => return Err(AppDataError::Twice),
                None => change.added.push((user.to_vec(), *role)),
            }
        }
        Ok(change)
    }

    /// How long its encoding will be once this is done, in bytes.
    pub fn encoded_len_after(&self, change: &ListChange) -> u64 {
        let added = change.added.iter();
        let added: u64 = added.map(|(user, _)| entry_len(user.len() as u64)).sum();
        let removed = change.removed.iter();
        let removed: u64 = removed
            .map(|number| entry_len(self.users.get(*number).len() as u64))
            .sum();
        vector_len(self.bytes + added - removed)
    }

    /// Do what was resolved, or take back what was done. Changes are taken back in the opposite order of that in which they were done.
    pub fn swap(&mut self, change: &mut ListChange) {
        for (number, role) in &mut change.roles {
            std::mem::swap(role, &mut self.roles[*number as usize]);
        }
        if change.done {
            for _ in &change.added {
                self.pop();
            }
        }
        for number in &change.removed {
            self.present.set(*number, change.done);
            let len = entry_len(self.users.get(*number).len() as u64);
            if change.done {
                self.enter(*number);
                self.bytes += len;
            } else {
                self.exit(*number);
                self.bytes -= len;
            }
        }
        if !change.done {
            for (user, role) in &change.added {
                self.push(user, *role);
            }
        }
        change.done = !change.done;
    }

    /// Give back memory that was reserved for more.
    pub fn shrink_to_fit(&mut self) {
        self.users.shrink_to_fit();
        self.roles.shrink_to_fit();
    }

    /// Memory that it takes, in bytes.
    pub fn memory(&self) -> usize {
        self.users.memory()
            + self.roles.capacity() * size_of::<u32>()
            + self.present.len() * size_of::<u32>()
            + self.numbers.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app_data::update::RoleChange;
    use proptest::prelude::*;

    /// Updates of random users, some of whom are not on the list.
    fn updates() -> impl Strategy<Value = Vec<ParticipantListUpdate>> {
        let name = (0u32..30).prop_map(|name| format!("mimi://a.example/u/u{name}"));
        let update = (
            prop::collection::vec((0u32..12, 0u32..5), 0..2),
            prop::collection::vec(0u32..12, 0..2),
            prop::collection::vec((name, 0u32..5), 0..3),
        );
        let update = update.prop_map(|(changed, removed, added)| ParticipantListUpdate {
            changed: changed
                .into_iter()
                .map(|(user, role)| RoleChange { user, role })
                .collect(),
            removed,
            added: added
                .iter()
                .map(|(user, role)| (user.as_bytes(), *role).into())
                .collect(),
        });
        prop::collection::vec(update, 1..3)
    }

    /// The same by the draft's words, on a plain list.
    fn plainly(
        list: &[(Vec<u8>, u32)],
        updates: &[ParticipantListUpdate],
    ) -> Option<Vec<(Vec<u8>, u32)>> {
        let mut touched: Vec<Vec<u8>> = Vec::new();
        let (mut new, mut gone) = (list.to_vec(), Vec::new());
        for update in updates {
            for change in &update.changed {
                touched.push(list.get(change.user as usize)?.0.clone());
                new[change.user as usize].1 = change.role;
            }
            for index in &update.removed {
                touched.push(list.get(*index as usize)?.0.clone());
                gone.push(*index as usize);
            }
            for added in &update.added {
                let user = added.user.as_slice().to_vec();
                if list.iter().any(|(there, _)| *there == user) {
                    return None;
                }
                touched.push(user.clone());
                new.push((user, added.role));
            }
        }
        let count = touched.len();
        touched.sort();
        touched.dedup();
        if touched.len() != count {
            return None;
        }
        gone.sort_unstable();
        for index in gone.into_iter().rev() {
            new.remove(index);
        }
        Some(new)
    }

    /// Chance seldom removes the same user twice, and more seldom the last.
    #[test]
    fn nobody_is_removed_twice() {
        let mut list = ParticipantList::default();
        list.push(b"mimi://a.example/u/alice", 1);
        list.push(b"mimi://a.example/u/bob", 1);
        let removal = |index| ParticipantListUpdate {
            removed: vec![index],
            ..ParticipantListUpdate::default()
        };
        let plain: Vec<_> = list.iter().collect();
        for twice in [[removal(0), removal(0)], [removal(1), removal(1)]] {
            assert_eq!(list.resolve(&twice).err(), Some(AppDataError::Twice));
            let encoded = encoded::apply(Some(&list.encode().unwrap()), &twice);
            assert_eq!(encoded, Err(AppDataError::Twice));
            assert_eq!(plainly(&plain, &twice), None);
        }
    }

    proptest! {
        #[test]
        fn three_ways_to_apply_updates_come_to_the_same(
            script in prop::collection::vec(updates(), 0..20),
        ) {
            let mut list = ParticipantList::default();
            let mut plain: Vec<(Vec<u8>, u32)> = Vec::new();
            let mut done: Vec<(ListChange, Vec<u8>)> = Vec::new();
            for updates in &script {
                let before = list.encode().unwrap();
                let expected = plainly(&plain, updates);
                let resolved = list.resolve(updates);
                let applied = encoded::apply(Some(&before), updates);
                prop_assert_eq!(resolved.is_ok(), expected.is_some());
                prop_assert_eq!(resolved.as_ref().err(), applied.as_ref().err());
                let (Ok(mut change), Ok(applied), Some(expected)) = (resolved, applied, expected) else {
                    continue;
                };
                let len = list.encoded_len_after(&change);
                list.swap(&mut change);
                plain = expected;
                done.push((change, before));
                prop_assert_eq!(list.iter().collect::<Vec<_>>(), plain.clone());
                prop_assert_eq!(list.encode().unwrap(), applied.clone());
                prop_assert_eq!((list.encoded_len(), len), (applied.len() as u64, applied.len() as u64));
                prop_assert_eq!(ParticipantList::decode(&applied).unwrap().encode().unwrap(), applied.clone());
                for (index, (user, role)) in (0..).zip(&plain) {
                    let found = Some(Participant { index, role: *role });
                    prop_assert_eq!(list.find(user), found);
                    prop_assert_eq!(encoded::find(&applied, user), found);
                    prop_assert_eq!(list.get(index), Some((user.clone(), *role)));
                }
            }
            for (change, before) in done.iter_mut().rev() {
                list.swap(change);
                prop_assert_eq!(&list.encode().unwrap(), before);
            }
            for (change, _) in &mut done {
                list.swap(change);
            }
            prop_assert_eq!(list.iter().collect::<Vec<_>>(), plain);
        }

        #[test]
        fn damaged_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = ParticipantList::decode(&bytes);
            let _ = ParticipantListUpdate::decode(&bytes);
            let _ = encoded::find(&bytes, b"alice");
            let _ = encoded::get(&bytes, 0);
            let _ = encoded::apply(Some(&bytes), &[ParticipantListUpdate::default()]);
        }
    }
}
