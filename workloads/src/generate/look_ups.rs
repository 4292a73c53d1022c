//! Who asks for KeyPackages of others and adds nobody.

use super::generator::Generator;
use super::queue::{Clock, Task, interval};
use crate::dist::below;
use crate::intent::{Action, RoomId, UserId};
use crate::time::SimTime;

impl Generator {
    pub(super) fn look_up(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        let creator = self.rooms[room.0 as usize].creator;
        let others = u64::from(self.people.count()) - 1;
        // Everybody but the creator, as if that one had no number.
        let drawn = (others > 0).then(|| below(&mut clock.who, others) as u32);
        let user = drawn.map(|drawn| UserId(drawn + u32::from(drawn >= creator.0)));
        let actor = self.people.client_of(creator, &mut clock.who);
        let there = self.people.inside(room).contains(creator);
        if let (Some(user), Some(actor), true) = (user, actor, there) {
            self.wish(now, actor, Action::LookUp { room, user });
        }
        if let Some(wait) = interval(&self.scenario.churn.look_ups, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::LookUp(room, clock));
        }
    }
}
