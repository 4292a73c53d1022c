//! From what was heard to what people do: rooms are made, people added and messages sent, so that a trace can say it.
//!
//! A room is made when something first happens in it, by whoever does that, if they are in it. Its first members are those who were in it
//! when the window began: who came before or said something, who leaves later, and otherwise who is known to be a member. Whoever says something and is not
//! in the room is added just before.

use super::gathered::{Gathered, Heard, What};
use super::moment::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: Moment,
    pub(super) room: u32,
    /// Who acts.
    pub(super) person: u32,
    pub(super) does: Does,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Makes the room, and adds its first members.
    Create,
    /// Adds somebody who is about to say something.
    Add(u32),
    /// Adds somebody who came.
    LetIn(u32),
    Join,
    Leave,
    Message(u32),
}

/// What people do in the window.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    /// The first members of each room that is made, but for whoever makes it.
    pub(super) first: Vec<Vec<u32>>,
    pub(super) people: u32,
    /// What was not taken, by reason.
    pub(super) left_out: BTreeMap<&'static str, u64>,
}

/// What is known of somebody in a room by their coming and going.
#[derive(Debug, Default)]
struct Presence {
    /// Whether they were in it after the last of these before the window.
    before: Option<bool>,
    /// Whether they have to be in it for the first of these in the window, or after it, to make sense.
    needed: Option<bool>,
}

/// Takes apart what lies between two moments. What was gathered is in order.
pub(super) fn steps(gathered: Gathered, from: Option<Moment>, to: Option<Moment>) -> Steps {
    let Gathered {
        rosters,
        heard,
        left_out,
        ..
    } = gathered;
    let early = |heard: &Heard| from.is_some_and(|from| heard.at < from);
    let late = |heard: &Heard| to.is_some_and(|to| heard.at >= to);
    let mut presence: BTreeMap<(u32, u32), Presence> = BTreeMap::new();
    for one in &heard {
        let comes = match one.what {
            // Whoever says something is there from then on, as they would have been without a window.
            What::Message(_) if early(one) => true,
            What::Message(_) => continue,
            What::Join(_) => true,
            What::Leave => false,
        };
        let known = presence.entry((one.room, one.person)).or_default();
        match early(one) {
            true => known.before = Some(comes),
            false => known.needed = known.needed.or(Some(!comes)),
        }
    }
    let mut first = rosters;
    for ((room, person), known) in presence {
        let members = first.entry(room).or_default();
        match known.before.or(known.needed) {
            Some(true) => members.insert(person),
            _ => members.remove(&person),
        };
    }
    let mut house = House {
        first,
        rooms: BTreeMap::new(),
        steps: Vec::new(),
        left_out,
    };
    let mut outside = 0;
    for one in &heard {
        match early(one) || late(one) {
            true => outside += 1,
            false => house.take(one),
        }
    }
    house.leave_out("events outside of --from and --to", outside);
    house.numbered()
}

/// A room that is made.
struct Room {
    creator: u32,
    first: BTreeSet<u32>,
    members: BTreeSet<u32>,
}

struct House {
    /// Who is in each room at first.
    first: BTreeMap<u32, BTreeSet<u32>>,
    rooms: BTreeMap<u32, Room>,
    steps: Vec<Step>,
    left_out: BTreeMap<&'static str, u64>,
}

impl House {
    fn leave_out(&mut self, reason: &'static str, number: u64) {
        if number > 0 {
            *self.left_out.entry(reason).or_default() += number;
        }
    }

    fn take(&mut self, heard: &Heard) {
        let Heard {
            at,
            room,
            person,
            what,
        } = *heard;
        if !self.rooms.contains_key(&room) {
            let made = self.make(room, person);
            self.steps.push(Step {
                at,
                room,
                person: made.creator,
                does: Does::Create,
            });
            // Whoever comes into an empty room makes it.
            let arrives =
                matches!(what, What::Join(_)) && made.members.len() == 1 && made.creator == person;
            self.rooms.insert(room, made);
            if arrives {
                return;
            }
        }
        let Some(Room {
            creator, members, ..
        }) = self.rooms.get_mut(&room)
        else {
            return;
        };
        let inside = members.contains(&person);
        let step = |person, does| Step {
            at,
            room,
            person,
            does,
        };
        match what {
            What::Message(bytes) => {
                if !inside {
                    let host = Some(*creator).filter(|creator| members.contains(creator));
                    // No room is ever empty.
                    let host = host
                        .or_else(|| members.first().copied())
                        .unwrap_or(*creator);
                    self.steps.push(step(host, Does::Add(person)));
                    members.insert(person);
                }
                self.steps.push(step(person, Does::Message(bytes)));
            }
            What::Join(_) if inside => self.leave_out("joins of somebody who was there", 1),
            What::Join(by) => {
                let let_in = by != person && members.contains(&by);
                members.insert(person);
                self.steps.push(match let_in {
                    true => step(by, Does::LetIn(person)),
                    false => step(person, Does::Join),
                });
            }
            What::Leave if !inside => self.leave_out("leaves of somebody who was not there", 1),
            What::Leave if members.len() == 1 => {
                self.leave_out("leaves of a room's last member", 1)
            }
            What::Leave => {
                members.remove(&person);
                self.steps.push(step(person, Does::Leave));
            }
        }
    }

    /// A room in which this person is the first to do something.
    fn make(&mut self, room: u32, person: u32) -> Room {
        let mut members = self.first.remove(&room).unwrap_or_default();
        let creator = match members.first() {
            Some(first) if !members.contains(&person) => *first,
            _ => person,
        };
        members.insert(creator);
        Room {
            creator,
            first: members
                .iter()
                .copied()
                .filter(|member| *member != creator)
                .collect(),
            members,
        }
    }

    /// Numbers the rooms that are made and the people who are in them without a gap.
    fn numbered(mut self) -> Steps {
        let silent = self.first.len() as u64;
        self.leave_out("rooms in which nothing happened", silent);
        let mut people: BTreeSet<u32> = BTreeSet::new();
        for room in self.rooms.values() {
            people.extend(&room.first);
        }
        for step in &self.steps {
            people.insert(step.person);
            if let Does::Add(person) | Does::LetIn(person) = step.does {
                people.insert(person);
            }
        }
        let people: Vec<u32> = people.into_iter().collect();
        // Each of them is among these.
        let number = |person: u32| people.partition_point(|known| *known < person) as u32;
        let rooms: Vec<u32> = self.rooms.keys().copied().collect();
        for step in &mut self.steps {
            step.room = rooms.partition_point(|known| *known < step.room) as u32;
            step.person = number(step.person);
            if let Does::Add(person) | Does::LetIn(person) = &mut step.does {
                *person = number(*person);
            }
        }
        let first = self.rooms.into_values();
        Steps {
            first: first
                .map(|room| room.first.into_iter().map(number).collect())
                .collect(),
            steps: self.steps,
            people: people.len() as u32,
            left_out: self.left_out,
        }
    }
}
