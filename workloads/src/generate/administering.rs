//! What a room's creator does to others by the role that it has.

use super::generator::Generator;
use super::offices::{Office, Standings};
use super::queue::{Clock, Task, interval};
use crate::dist::below;
use crate::intent::{Action, Measure, RoomId, UserId};
use crate::stream::Stream;
use crate::time::SimTime;

impl Generator {
    /// Starts what the creator of a room that exists from now on does to others.
    pub(super) fn start_administering(&mut self, now: SimTime, room: RoomId) {
        for office in Office::ALL {
            let rate = office.rate(&self.scenario.churn.administration);
            if let Some((at, clock)) = self.first_in(room, office.purpose(), rate) {
                let at = now + at.since(SimTime::ZERO);
                self.queue.push(at, Task::Administer(room, office, clock));
            }
        }
    }

    pub(super) fn administer(
        &mut self,
        now: SimTime,
        room: RoomId,
        office: Office,
        mut clock: Box<Clock>,
    ) {
        if let Some(admin) = self.administrator(room) {
            self.take_measure(now, room, office, admin, &mut clock.who);
        }
        let rate = office.rate(&self.scenario.churn.administration);
        if let Some(wait) = interval(rate, self.kinds.churn(room), &mut clock.times) {
            self.queue
                .push(now + wait, Task::Administer(room, office, clock));
        }
    }

    /// The room's creator, while it is there.
    pub(super) fn administrator(&self, room: RoomId) -> Option<UserId> {
        let creator = self.rooms[room.0 as usize].creator;
        Some(creator).filter(|creator| self.people.inside(room).contains(*creator))
    }

    /// Who puts others into a room and takes them out: whoever was drawn, unless only administrators may.
    pub(super) fn manager(&self, room: RoomId, drawn: Option<UserId>) -> Option<UserId> {
        match self.scenario.policy.profile.is_administered() {
            true => self.administrator(room),
            false => drawn,
        }
    }

    fn take_measure(
        &mut self,
        now: SimTime,
        room: RoomId,
        office: Office,
        admin: UserId,
        who: &mut Stream,
    ) {
        let others: Vec<UserId> = match office {
            Office::Unbans => self.standings(room).banned.iter().copied().collect(),
            _ => {
                let inside = self.people.inside(room).iter();
                inside.filter(|user| *user != admin).collect()
            }
        };
        if others.is_empty() {
            return;
        }
        let user = others[below(who, others.len() as u64) as usize];
        let Some(actor) = self.people.client_of(admin, who) else {
            return;
        };
        let standings = self.standings(room);
        let measure = match office {
            Office::Kicks => Measure::Kick,
            Office::Bans => {
                standings.banned.insert(user);
                standings.promoted.remove(&user);
                Measure::Ban
            }
            Office::Unbans => {
                standings.banned.remove(&user);
                Measure::Unban
            }
            Office::RoleChanges => match standings.promoted.remove(&user) {
                true => Measure::Demote,
                false => {
                    standings.promoted.insert(user);
                    Measure::Promote
                }
            },
        };
        if measure.takes_out() {
            self.people.exit(room, user);
        }
        let action = Action::Administer {
            room,
            user,
            measure,
        };
        self.wish(now, actor, action);
    }

    fn standings(&mut self, room: RoomId) -> &mut Standings {
        self.standings.entry(room).or_default()
    }
}
