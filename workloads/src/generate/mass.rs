//! Things that many do at one moment.

use super::generator::Generator;
use super::queue::{Clock, Task};
use crate::intent::{Action, RoomId, UserId};
use crate::population::Deck;
use crate::scenario::MassAction;
use crate::stream::StreamOwner;
use crate::time::{SimSpan, SimTime};

impl Generator {
    /// Chooses who takes part in each room, and when each does their part.
    pub(super) fn mass(&mut self, now: SimTime, event: usize) {
        let mass = self.scenario.churn.events[event].clone();
        let rooms: Vec<u32> = if mass.rooms.is_empty() {
            (0..self.rooms.len() as u32).collect()
        } else {
            mass.rooms.clone()
        };
        for room in rooms.into_iter().map(RoomId) {
            // Rooms that do not exist yet are spared.
            if self.people.inside(room).len() == 0 {
                continue;
            }
            let concerned = self.concerned(room, mass.action);
            let count = (mass.share * concerned.len() as f64).round() as usize;
            let owner = StreamOwner::Room(room.0.into());
            let purpose = format!("event {event}");
            let times = self.streams.stream(owner, &purpose);
            let mut clock = Clock::new(&self.streams, owner, &purpose, times);
            let mut deck = Deck::new(0..concerned.len() as u32);
            let mut chosen: Vec<u32> = (0..count)
                .map_while(|_| deck.draw(&mut clock.who))
                .collect();
            // In the order of joining (or of their numbers): with no spread they act in that order.
            chosen.sort_unstable();
            for index in chosen {
                let wait = SimSpan::from_secs_f64(mass.spread.sample(&mut clock.times));
                let user = concerned[index as usize];
                self.queue
                    .push(now + wait, Task::MassOne { event, room, user });
            }
        }
    }

    fn concerned(&self, room: RoomId, action: MassAction) -> Vec<UserId> {
        let inside = self.people.inside(room);
        let creator = self.rooms[room.0 as usize].creator;
        match action {
            MassAction::Join => {
                let all = (0..self.people.count()).map(UserId);
                all.filter(|user| self.people.can_join(room, *user))
                    .collect()
            }
            MassAction::Leave | MassAction::Update | MassAction::Message => inside.iter().collect(),
            MassAction::Remove => inside.iter().filter(|user| *user != creator).collect(),
            MassAction::RemoveEverySecond => {
                let every_second = inside.iter().skip(1).step_by(2);
                every_second.filter(|user| *user != creator).collect()
            }
        }
    }

    /// Does one user's part, if it is still there to be done.
    pub(super) fn mass_one(&mut self, now: SimTime, event: usize, room: RoomId, user: UserId) {
        let owner = StreamOwner::User(user.0.into());
        let purpose = format!("event {event} in {}", room.0);
        let mut who = self.streams.stream(owner, &purpose);
        let action = self.scenario.churn.events[event].action;
        let inside = self.people.inside(room).contains(user);
        match action {
            MassAction::Join => {
                if self.people.can_join(room, user) {
                    self.join(now, room, user, &mut who);
                }
            }
            _ if !inside => {}
            MassAction::Leave => self.leave(now, room, user, &mut who),
            MassAction::Update => {
                for client in self.people.clients_of(user).to_vec() {
                    self.wish(now, client, Action::Update { room });
                }
            }
            MassAction::Message => self.say(now, room, user, &mut who),
            MassAction::Remove | MassAction::RemoveEverySecond => {
                let creator = self.rooms[room.0 as usize].creator;
                let remover = if self.people.inside(room).contains(creator) {
                    Some(creator)
                } else {
                    self.people.somebody(room, Some(user), &mut who)
                };
                if let Some(remover) = remover {
                    self.remove(now, room, remover, user, &mut who);
                }
            }
        }
    }
}
