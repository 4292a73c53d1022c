//! Changes one after another: the workload of studies of tree-based group key agreement.

use super::generator::Generator;
use super::queue::Task;
use crate::dist::{below, unit};
use crate::intent::{Action, RoomId, UserId};
use crate::scenario::{Mix, Speakers};
use crate::stream::{Stream, StreamOwner};
use crate::time::{SimSpan, SimTime};

impl Generator {
    /// Begin the mix of a room that is there at time zero, if there is one.
    pub(super) fn start_mix(&mut self, room: RoomId) {
        let owner = StreamOwner::Room(room.0.into());
        let who = Box::new(self.streams.stream(owner, "mix"));
        self.mix_later(room, 0, who);
    }

    /// Changes are evenly spaced, the first and the last half a space from the ends.
    fn mix_later(&mut self, room: RoomId, done: u64, who: Box<Stream>) {
        let Some(mix) = &self.scenario.churn.mix else {
            return;
        };
        let members = self.rooms[room.0 as usize].initial.len();
        let all = (mix.per_member * members as f64 + mix.per_room).round() as u64;
        if done >= all {
            return;
        }
        let duration = u128::from(self.scenario.duration.as_nanos());
        let at = duration * u128::from(2 * done + 1) / u128::from(2 * all);
        let at = SimTime::ZERO + SimSpan::from_nanos(at as u64);
        self.queue.push(at, Task::Mix { room, done, who });
    }

    pub(super) fn mix(&mut self, now: SimTime, room: RoomId, done: u64, mut who: Box<Stream>) {
        if let Some(mix) = self.scenario.churn.mix.clone() {
            self.change(now, room, &mix, &mut who);
        }
        self.mix_later(room, done + 1, who);
    }

    fn change(&mut self, now: SimTime, room: RoomId, mix: &Mix, who: &mut Stream) {
        let drawn = unit(who);
        let Some(actor) = self.actor(room, mix, who) else {
            return;
        };
        if drawn < mix.add {
            let joiner = self.people.outsider(room, who);
            let manager = self.manager(room, Some(actor));
            let client = manager.and_then(|actor| self.people.client_of(actor, who));
            if let (Some(joiner), Some(client)) = (joiner, client) {
                self.enter(now, room, joiner);
                let users = vec![joiner];
                self.wish(now, client, Action::Add { room, users });
            }
        } else if drawn < mix.add + mix.remove {
            let inside = self.people.inside(room);
            // A room keeps two members, or nobody could remove anybody.
            if inside.len() > 2 {
                let victim = inside.at(below(who, u64::from(inside.len()) - 1) as u32);
                // The last one stands in for the actor, who is not drawn.
                let victim = match victim == Some(actor) {
                    true => inside.at(inside.len() - 1),
                    false => victim,
                };
                if let Some((victim, actor)) = victim.zip(self.manager(room, Some(actor))) {
                    self.remove(now, room, actor, victim, who);
                }
            }
        } else if drawn < mix.add + mix.remove + mix.message {
            self.say(now, room, actor, who);
        } else if let Some(client) = self.people.client_of(actor, who) {
            self.wish(now, client, Action::Update { room });
        }
    }

    fn actor(&self, room: RoomId, mix: &Mix, who: &mut Stream) -> Option<UserId> {
        match mix.actors {
            Speakers::Uniform => self.people.somebody(room, None, who),
            Speakers::Zipf(exponent) => self.ranked(room, exponent, who),
        }
    }
}
