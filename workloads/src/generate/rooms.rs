//! How rooms start.

use super::generator::Generator;
use super::queue::{Task, span};
use crate::intent::{Action, RoomId};
use crate::scenario::Start;
use crate::stream::{Stream, StreamOwner};
use crate::time::SimTime;

impl Generator {
    /// The creator's first client creates the group, and adds all others where the room starts at once; the
    /// creator's other devices join by themselves.
    pub(super) fn start(&mut self, now: SimTime, room: RoomId) {
        let creator = self.rooms[room.0 as usize].creator;
        let devices = self.people.clients_of(creator).to_vec();
        // Somebody who lost all devices before creates no room.
        let Some((first, others)) = devices.split_first() else {
            return;
        };
        self.enter(now, room, creator);
        self.wish(now, *first, Action::Create { room });
        if self.scenario.rooms.start == Start::Grown {
            let owner = StreamOwner::Room(room.0.into());
            let times = Box::new(self.streams.stream(owner, "growth"));
            self.grow_later(now, room, 1, times);
        } else {
            let mut users = self.rooms[room.0 as usize].initial.clone();
            users.retain(|user| self.people.can_join(room, *user));
            if !users.is_empty() {
                self.enter_all(now, room, &users);
                self.wish(now, *first, Action::Add { room, users });
            }
        }
        for device in others {
            self.wish(now, *device, Action::JoinExternal { room });
        }
        self.start_room_clocks(now, room);
    }

    fn grow_later(&mut self, now: SimTime, room: RoomId, next: usize, mut times: Box<Stream>) {
        if next < self.rooms[room.0 as usize].initial.len() {
            let wait = self.scenario.rooms.grow_interval.sample(&mut times);
            self.queue
                .push(now + span(wait), Task::Grow { room, next, times });
        }
    }

    pub(super) fn grow(&mut self, now: SimTime, room: RoomId, next: usize, mut times: Box<Stream>) {
        let creator = self.rooms[room.0 as usize].creator;
        let user = self.rooms[room.0 as usize].initial[next];
        if self.people.can_join(room, user) {
            let actor = if self.people.inside(room).contains(creator) {
                self.people.clients_of(creator).first().copied()
            } else {
                // The creator has left meanwhile.
                self.people
                    .somebody(room, None, &mut times)
                    .and_then(|user| self.people.client_of(user, &mut times))
            };
            if let Some(actor) = actor {
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
        }
        self.grow_later(now, room, next + 1, times);
    }
}
