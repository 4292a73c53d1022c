//! Who was ever in a room, in the order of entering.

use super::homes::Homes;
use std::collections::{BTreeMap, BTreeSet};
use throng_stack::Accepted;
use throng_workloads::intent::{ClientId, UserId};

/// One room's users.
#[derive(Debug, Clone, Default)]
pub(super) struct Inside {
    /// Those with whom it began, ascending, and with how many clients.
    first: Vec<(UserId, u32)>,
    /// Those who came later, in order, each once.
    later: Vec<UserId>,
    /// How many clients more than at the beginning, or fewer, somebody has.
    more: BTreeMap<UserId, i64>,
    /// Who has none any more.
    gone: BTreeSet<UserId>,
    /// By event: how many had ever been in it then, and who made it.
    changes: Vec<(u64, usize, UserId)>,
    /// Who came by a change that only the hub saw.
    hidden: BTreeSet<UserId>,
}

impl Inside {
    /// It begins with these clients.
    pub(super) fn begin(&mut self, clients: impl IntoIterator<Item = ClientId>, homes: &Homes) {
        let users = clients.into_iter().filter_map(|client| homes.user(client));
        let mut users: Vec<UserId> = users.collect();
        users.sort_unstable();
        self.first.clear();
        for user in users {
            match self.first.last_mut() {
                Some((last, clients)) if *last == user => *clients += 1,
                _ => self.first.push((user, 1)),
            }
        }
    }

    fn at_first(&self, user: UserId) -> Option<i64> {
        let place = self.first.binary_search_by_key(&user, |(user, _)| *user);
        place.ok().map(|place| i64::from(self.first[place].1))
    }

    /// An event that says who changes the room, and how.
    pub(super) fn changed(&mut self, accepted: &Accepted, homes: &Homes) {
        let change = accepted.change.as_ref();
        for (user, _) in change.iter().flat_map(|change| &change.excludes) {
            let at_first = self.at_first(*user).unwrap_or(0);
            let more = self.more.entry(*user).or_default();
            *more -= 1;
            if at_first + *more <= 0 {
                self.gone.insert(*user);
            }
        }
        for client in change.iter().flat_map(|change| &change.admits) {
            let Some(user) = homes.user(*client) else {
                continue;
            };
            if self.at_first(user).is_none() && !self.more.contains_key(&user) {
                self.later.push(user);
                if accepted.hidden {
                    self.hidden.insert(user);
                }
            }
            *self.more.entry(user).or_default() += 1;
            self.gone.remove(&user);
        }
        if let Some(by) = homes.user(accepted.request.client) {
            let ever = self.ever();
            self.changes.push((accepted.event, ever, by));
        }
    }

    /// How many were ever in it.
    pub(super) fn ever(&self) -> usize {
        self.first.len() + self.later.len()
    }

    /// Those of them that came in these places.
    pub(super) fn users(&self, upto: usize) -> impl Iterator<Item = UserId> {
        let first = self.first.iter().map(|(user, _)| *user);
        first.chain(self.later.iter().copied()).take(upto)
    }

    /// Who is gone.
    pub(super) fn gone(&self) -> &BTreeSet<UserId> {
        &self.gone
    }

    /// How many had been in it before an event, how many with it, and who made it; nothing of an event that says no such thing.
    pub(super) fn change(&self, event: u64) -> Option<(usize, usize, UserId)> {
        let place = self
            .changes
            .binary_search_by_key(&event, |(event, ..)| *event);
        let place = place.ok()?;
        let before = match place.checked_sub(1) {
            Some(before) => self.changes[before].1,
            None => self.first.len(),
        };
        let (_, with, by) = self.changes[place];
        Some((before, with, by))
    }

    /// Who came by a change that only the hub saw.
    pub(super) fn hidden(&self) -> &BTreeSet<UserId> {
        &self.hidden
    }

    /// Those who came in between.
    pub(super) fn between(&self, before: usize, with: usize) -> impl Iterator<Item = UserId> {
        self.users(with).skip(before)
    }
}
