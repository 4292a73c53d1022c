//! A room, as its members have it.

use super::super::runs::Runs;
use std::collections::{BTreeMap, BTreeSet};
use throng_stack::Subject;
use throng_stack::fact::Change;
use throng_stack::vocabulary::SubjectClass;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::SimTime;

/// By what a message is known again.
pub(in crate::load) type Digest = [u8; 32];

/// Whose numbers the events of a room have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Numbers {
    /// The hub's, which are the same for everybody.
    #[default]
    Hubs,
    /// A follower's of ours, for its own clients: the hub says none.
    Followers(ProviderId),
}

/// An event that somebody got.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Whose, and since when it was under way, where one of our clients asked for it.
    pub(super) sent: Option<(ClientId, SimTime)>,
    pub(super) digest: Digest,
    /// The number by which the record knows it.
    pub(super) recorded: u64,
    /// How many had entered rooms when the first got it; 0 where nobody is waited for.
    pub(super) entered: u64,
}

impl Event {
    /// Whose it is, where that is one of our clients.
    fn by(&self) -> Option<ClientId> {
        self.sent.map(|(by, _)| by)
    }
}

/// A member, as itself has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Member {
    pub(super) numbers: Numbers,
    pub(super) since: SimTime,
    /// How many had entered rooms then, with it.
    pub(super) entered: u64,
    pub(super) handled: Runs,
}

/// So few events are not looked at.
const MOST: usize = 256;

/// A room, as its members have it.
#[derive(Debug, Clone, Default)]
pub(super) struct Room {
    events: BTreeMap<(Numbers, u64), Event>,
    /// By what followers' numbers an event is known, of which each has one.
    numbers: BTreeMap<(Numbers, Digest), u64>,
    /// How many events there may be before it is looked at which of them are past.
    most: usize,
    pub(super) members: BTreeMap<ClientId, Member>,
    state: u64,
    /// How many events were given a number for the record.
    numbered: u64,
}

impl Room {
    /// One that is at this state, with these members.
    pub(super) fn prepared(state: u64, members: impl Iterator<Item = (ClientId, Member)>) -> Self {
        Self {
            members: members.collect(),
            state,
            ..Self::default()
        }
    }

    /// Whether nobody is or was there, as far as is known.
    pub(super) fn is_new(&self) -> bool {
        self.members.is_empty() && self.events.is_empty()
    }

    /// The event that one has this number for.
    pub(super) fn event(&self, numbers: Numbers, number: u64) -> Option<&Event> {
        self.events.get(&(numbers, number))
    }

    /// Somebody got this, and it is the first who has that number for it.
    pub(super) fn got(&mut self, numbers: Numbers, number: u64, event: Event) {
        self.events.insert((numbers, number), event);
        if let Numbers::Followers(_) = numbers {
            self.numbers.insert((numbers, event.digest), number);
        }
    }

    /// The number that a follower has for the event with this message.
    pub(super) fn number_of(&self, numbers: Numbers, digest: &Digest) -> Option<u64> {
        self.numbers.get(&(numbers, *digest)).copied()
    }

    /// Now and then forgets the events that every member has who has to and who has these numbers, but for those who are `lost`: the
    /// messages of those that are forgotten.
    pub(super) fn forget_past(
        &mut self,
        numbers: Numbers,
        lost: &BTreeSet<ClientId>,
    ) -> Vec<Digest> {
        if self.events.len() <= self.most.max(MOST) {
            return Vec::new();
        }
        let members = self.members.iter();
        let members =
            members.filter(|(client, member)| member.numbers == numbers && !lost.contains(client));
        let reached = members.map(|(client, member)| {
            let lacks = self.lacks(*client, member).next();
            // Whoever has had nothing so far may have to get whatever is not its own.
            let others = || {
                let all = self.events.range((numbers, 0)..=(numbers, u64::MAX));
                let mut others = all.filter(|(_, event)| event.by() != Some(*client));
                others.next().map(|((_, number), _)| *number)
            };
            let reached = lacks.or(member.handled.last()).or_else(others);
            reached.unwrap_or(u64::MAX)
        });
        let floor = reached.min().unwrap_or(u64::MAX);
        let gone = self.events.range((numbers, 0)..(numbers, floor));
        let gone: Vec<(u64, Digest)> = gone.map(|((_, n), event)| (*n, event.digest)).collect();
        for (number, digest) in &gone {
            self.events.remove(&(numbers, *number));
            self.numbers.remove(&(numbers, *digest));
        }
        let members = self.members.values_mut();
        for member in members.filter(|member| member.numbers == numbers) {
            member.handled.forget_before(floor);
        }
        self.most = 2 * self.events.len();
        gone.into_iter().map(|(_, digest)| digest).collect()
    }

    /// Whether a follower still has a number for this message.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        let followers: BTreeSet<Numbers> = self.members.values().map(|one| one.numbers).collect();
        let mut followers = followers.into_iter();
        followers.any(|numbers| self.number_of(numbers, digest).is_some())
    }

    /// The number by which the record is to know an event of which nothing is known but this.
    pub(super) fn record(&mut self, numbers: Numbers, number: u64) -> u64 {
        match numbers {
            Numbers::Hubs => number,
            Numbers::Followers(_) => {
                self.numbered += 1;
                self.numbered - 1
            }
        }
    }

    /// What an event changes, where it does.
    pub(super) fn change(&mut self, subject: &Subject) -> Option<Change> {
        if subject.class != SubjectClass::Change {
            return None;
        }
        self.state += 1;
        Some(Change {
            state: self.state,
            ..Change::default()
        })
    }

    /// The events that a member has to get and has not, by the numbers that it has for them: those that were sent since it is one, and those
    /// after the first that it got. No other is looked at, of which there are many.
    pub(super) fn lacks<'r>(
        &'r self,
        client: ClientId,
        member: &'r Member,
    ) -> impl Iterator<Item = u64> + 'r {
        let (numbers, first) = (member.numbers, member.handled.first());
        let gaps = member.handled.gaps();
        let lacks = gaps.flat_map(move |gap| {
            let (begin, end) = gap.into_inner();
            self.events.range((numbers, begin)..=(numbers, end))
        });
        let lacks = lacks.filter(move |((_, number), event)| {
            let own = event.by() == Some(client);
            let later = first.is_some_and(|first| first < *number);
            let since = event.sent.is_some_and(|(_, at)| at > member.since);
            !own && (later || since)
        });
        lacks.map(|((_, number), _)| *number)
    }
}

/// Rooms, by their names here.
pub(super) type Rooms = BTreeMap<RoomId, Room>;
