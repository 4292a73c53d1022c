//! Who joins, leaves and is removed.

use super::generator::Generator;
use super::queue::{Clock, Task, interval};
use crate::dist::{below, unit};
use crate::intent::{Action, RoomId, UserId};
use crate::scenario::{JoinBy, Speakers};
use crate::stream::Stream;
use crate::time::SimTime;

impl Generator {
    pub(super) fn join_one(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        if let Some(user) = self.joiner(room, &mut clock.who) {
            self.join(now, room, user, &mut clock.who);
        }
        if let Some(wait) = interval(
            &self.scenario.churn.joins,
            self.kinds.churn(room),
            &mut clock.times,
        ) {
            self.queue.push(now + wait, Task::Join(room, clock));
        }
    }

    /// Somebody from outside; from the creator's provider with the probability `rooms.locality`, as the
    /// first participants were.
    fn joiner(&mut self, room: RoomId, who: &mut Stream) -> Option<UserId> {
        let creator = self.rooms[room.0 as usize].creator;
        let local = unit(who) < self.scenario.rooms.locality;
        let home = self
            .homes
            .iter()
            .find(|home| local && home.contains(&creator.0));
        let near = home.and_then(|home| {
            (0..16).find_map(|_| {
                let user = UserId(home.start + below(who, home.len() as u64) as u32);
                Some(user).filter(|user| self.people.can_join(room, *user))
            })
        });
        near.or_else(|| self.people.outsider(room, who))
    }

    /// Lets somebody from outside join as the scenario has it.
    pub(super) fn join(&mut self, now: SimTime, room: RoomId, user: UserId, who: &mut Stream) {
        match self.scenario.churn.join_by {
            JoinBy::Add => {
                let member = match self.scenario.churn.adders {
                    Speakers::Uniform => self.people.somebody(room, None, who),
                    Speakers::Zipf(exponent) => self.ranked(room, exponent, who),
                };
                let member = self.manager(room, member);
                let actor = member.and_then(|member| self.people.client_of(member, who));
                let Some(actor) = actor else { return };
                self.enter(now, room, user);
                self.wish(
                    now,
                    actor,
                    Action::Add {
                        room,
                        users: vec![user],
                    },
                );
            }
            JoinBy::External => {
                self.enter(now, room, user);
                for client in self.people.clients_of(user).to_vec() {
                    self.wish(now, client, Action::JoinExternal { room });
                }
            }
        }
    }

    pub(super) fn leave_one(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        let inside = self.people.inside(room);
        if let Some(user) = inside.at(below(&mut clock.who, inside.len().into()) as u32) {
            self.leave(now, room, user, &mut clock.who);
        }
        if let Some(wait) = interval(
            &self.scenario.churn.leaves,
            self.kinds.churn(room),
            &mut clock.times,
        ) {
            self.queue.push(now + wait, Task::Leave(room, clock));
        }
    }

    /// Lets a user leave, unless they are the last.
    pub(super) fn leave(&mut self, now: SimTime, room: RoomId, user: UserId, who: &mut Stream) {
        if self.people.inside(room).len() < 2 || self.has_to_stay(room, user) {
            return;
        }
        if let Some(actor) = self.people.client_of(user, who) {
            self.people.exit(room, user);
            self.wish(now, actor, Action::Leave { room });
        }
    }

    /// Whether a user may not go: where only administrators put others in and take them out, a room needs the one that it has.
    fn has_to_stay(&self, room: RoomId, user: UserId) -> bool {
        let administered = self.scenario.policy.profile.is_administered();
        administered && self.rooms[room.0 as usize].creator == user
    }

    pub(super) fn remove_one(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        if let Some(remover) = self.people.somebody(room, None, &mut clock.who) {
            let inside = self.people.inside(room);
            let drawn = inside.at(below(&mut clock.who, u64::from(inside.len()) - 1) as u32);
            // The last one stands in for the remover, who is not drawn.
            let user = if drawn == Some(remover) {
                inside.at(inside.len() - 1)
            } else {
                drawn
            };
            if let Some((user, remover)) = user.zip(self.manager(room, Some(remover))) {
                self.remove(now, room, remover, user, &mut clock.who);
            }
        }
        if let Some(wait) = interval(
            &self.scenario.churn.removals,
            self.kinds.churn(room),
            &mut clock.times,
        ) {
            self.queue.push(now + wait, Task::Remove(room, clock));
        }
    }

    /// Lets `remover` remove `user`, unless they are the same, or may not.
    pub(super) fn remove(
        &mut self,
        now: SimTime,
        room: RoomId,
        remover: UserId,
        user: UserId,
        who: &mut Stream,
    ) {
        let checked = self.scenario.policy.profile.is_checked();
        // Nobody has a right to remove whoever administers the room.
        if remover == user || checked && self.rooms[room.0 as usize].creator == user {
            return;
        }
        if let Some(actor) = self.people.client_of(remover, who) {
            self.people.exit(room, user);
            self.wish(now, actor, Action::Remove { room, user });
        }
    }

    /// Lets a user have the account deleted, when others have wished to remove them from all rooms. Who cannot go from one of them, since
    /// nobody else is there who may or it is theirs to administer, or has no device just then, tries another time.
    pub(super) fn delete_account(&mut self, now: SimTime, user: UserId, mut clock: Box<Clock>) {
        let rooms = self.people.rooms_of(user).to_vec();
        let stays = |room: &RoomId| self.cannot_be_removed(*room, user);
        let stays = rooms.iter().any(stays);
        let actor = self.people.client_of(user, &mut clock.who);
        let Some(actor) = actor.filter(|_| !stays) else {
            let rate = &self.scenario.churn.deletions;
            if let Some(wait) = interval(rate, 1.0, &mut clock.times) {
                self.queue.push(now + wait, Task::Delete(user, clock));
            }
            return;
        };
        for room in rooms {
            let other = self.people.somebody(room, Some(user), &mut clock.who);
            if let Some(remover) = self.manager(room, other) {
                self.remove(now, room, remover, user, &mut clock.who);
            }
        }
        let others = self.people.clients_of(user).iter();
        let others: Vec<_> = others.copied().filter(|other| *other != actor).collect();
        for client in others.iter().chain([&actor]) {
            self.people.lose(*client);
        }
        self.deleted.insert(user);
        self.wish(now, actor, Action::DeleteAccount { others });
    }

    fn cannot_be_removed(&self, room: RoomId, user: UserId) -> bool {
        let administers = self.rooms[room.0 as usize].creator == user;
        let alone = self.people.inside(room).len() < 2;
        let profile = &self.scenario.policy.profile;
        let nobody_may = profile.is_administered() && self.administrator(room).is_none();
        alone || nobody_may || administers && profile.is_checked()
    }
}
