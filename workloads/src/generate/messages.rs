//! Who says something, when and where.

use super::generator::Generator;
use super::queue::{Clock, Task, first_interval, interval};
use crate::dist::{Dist, unit};
use crate::intent::{Action, RoomId, UserId};
use crate::scenario::{Messages, Speakers};
use crate::stream::{Stream, StreamOwner};
use crate::time::SimTime;

impl Generator {
    pub(super) fn schedule_speaker(&mut self, user: UserId) {
        let rate = &self.scenario.messages.rate;
        if rate.is_never() {
            return;
        }
        let owner = StreamOwner::User(user.0.into());
        let mut times = self.streams.stream(owner, "messages");
        let at = first_interval(rate, self.peak, &mut times).map(|wait| SimTime::ZERO + wait);
        if let Some(at) = at.filter(|at| *at < self.queue.end()) {
            let clock = Clock::new(&self.streams, owner, "messages", times);
            self.queue.push(at, Task::Speak(user, clock));
        }
    }

    /// A user's clock runs at the busiest hour's rate; of what it strikes, the share that the present hour
    /// has of that is said (thinning: Lewis & Shedler 1979).
    pub(super) fn speak(&mut self, now: SimTime, user: UserId, mut clock: Box<Clock>) {
        let activity = self.scenario.messages.activity(now) / self.peak;
        if (activity >= 1.0 || unit(&mut clock.times) < activity)
            && let Some(room) = self.kinds.pick(self.people.rooms_of(user), &mut clock.who)
        {
            let speaker = self.speaker(room, user, &mut clock.who);
            self.say(now, room, speaker, &mut clock.who);
        }
        if let Some(wait) = interval(&self.scenario.messages.rate, self.peak, &mut clock.times) {
            self.queue.push(now + wait, Task::Speak(user, clock));
        }
    }

    /// With uniform speakers the user; otherwise whoever the Zipf distribution of ranks by joining gives the
    /// word to. The rooms' volumes are the same either way.
    fn speaker(&self, room: RoomId, user: UserId, who: &mut Stream) -> UserId {
        match self.scenario.messages.speakers {
            Speakers::Uniform => user,
            Speakers::Zipf(exponent) => self.ranked(room, exponent, who).unwrap_or(user),
        }
    }

    /// A member by rank of joining, by a Zipf distribution.
    pub(super) fn ranked(&self, room: RoomId, exponent: f64, who: &mut Stream) -> Option<UserId> {
        let inside = self.people.inside(room);
        let ranks = Dist::Zipf {
            exponent,
            n: inside.len().max(1),
            unit: 1.0,
        };
        let rank = ranks.sample(who) as u32;
        inside.at(rank.saturating_sub(1))
    }

    /// A message of a user in a room.
    pub(super) fn say(&mut self, now: SimTime, room: RoomId, user: UserId, who: &mut Stream) {
        let size: &Dist = &self.scenario.messages.size;
        let most = f64::from(Messages::LARGEST);
        let bytes = size.sample(who).round().clamp(1.0, most) as u32;
        if let Some(actor) = self.people.client_of(user, who) {
            self.wish(now, actor, Action::Message { room, bytes });
        }
    }
}
