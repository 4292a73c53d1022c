//! Admission of one committer at a time: a hub that tells one member first of what is proposed, and the others only when it
//! has committed, or had `policy.commit_fallback` to do so and has not (`policy.admission = "one-first"`).
//!
//! On the wire nothing is other than in the draft, which says that a hub sends proposals on, and not how soon. What it gives up: those
//! who do not know of a proposal may go on speaking, though it waits at the hub, so a member to be removed can receive a little longer.
//!
//! - Who is told first: whoever proposes, as it knows already; where that is to go itself, one of the hub's own connected clients in the
//!   room, by rendezvous hashing. Where there is none, everybody is told at once. It stays so for the epoch.
//! - What is held back is owed already, in a client's queue or to a follower, with its number. So a client that comes back gets
//!   it, and a process that ends loses nothing but the wait.
//! - Nothing overtakes it: whatever comes behind it in the same queue takes it along.

use super::answers::About;
use super::state::Provider;
use crate::hub::{Member, Room};
use crate::rendezvous::score;
use crate::timers::TimerPurpose;
use throng_mls::engine::Engine;
use throng_stack::{Outputs, Peer, Timer};
use throng_workloads::intent::RoomId;
use throng_workloads::scenario::Admission;

impl<E: Engine> Provider<E> {
    /// Who is told of proposals first, if anybody is.
    pub(super) fn told_first(&mut self, about: About) -> Option<Member> {
        if self.policy.admission == Admission::Everybody {
            return None;
        }
        let room = self.durable.rooms.get(&about.room)?;
        let epoch = room.epoch(&self.engine);
        let there = |member: &Member| {
            let connected = || self.durable.follower.connected(member.client);
            room.stays(*member) && (member.provider != self.me || connected())
        };
        let first = self
            .held_back
            .first(about.room, epoch)
            .filter(there)
            .or_else(|| Some(Member::of(about.request)).filter(there))
            .or_else(|| self.own_first(room, about.room, epoch))?;
        self.held_back.tells_first(about.room, epoch, first);
        Some(first)
    }

    /// One of the own clients in the room who could commit.
    fn own_first(&self, room: &Room<E>, id: RoomId, epoch: u64) -> Option<Member> {
        let name = self.directory.group_uri(id).unwrap_or_default();
        let own = room.members_at(self.me);
        own.filter(|member| room.stays(*member) && self.durable.follower.connected(member.client))
            .max_by_key(|member| score(name.as_bytes(), epoch, member.client.0.into()))
    }

    /// Holds back what is to be sent from that place on, but for what goes to whoever is told first.
    pub(super) fn hold_back(
        &mut self,
        about: About,
        first: Member,
        from: usize,
        out: &mut Outputs,
    ) {
        let told = match first.provider == self.me {
            true => Peer::Client(first.client),
            false => Peer::Provider(first.provider),
        };
        let sends = out.sends.split_off(from).into_iter();
        let knows = first == Member::of(about.request);
        let (now, later): (Vec<_>, Vec<_>) = sends.partition(|(to, _)| *to == told && !knows);
        out.sends.extend(now);
        if later.is_empty() {
            return;
        }
        let timer = self.held_back.timer();
        for (to, envelope) in later {
            self.held_back.hold((about.room, timer), to, envelope);
        }
        let timer = Timer {
            room: about.room,
            purpose: TimerPurpose::Notice.into(),
            generation: timer,
        };
        out.timers.push((self.policy.commit_fallback, timer));
    }

    /// Whoever was told first has had its time.
    pub(super) fn tell_all(&mut self, timer: Timer, out: &mut Outputs) {
        for (to, envelope) in self.held_back.due(timer.room, timer.generation) {
            // Who is not connected gets it from its queue.
            let gone = |client| !self.durable.follower.connected(client);
            if !matches!(to, Peer::Client(client) if gone(client)) {
                out.sends.push((to, envelope));
            }
        }
    }

    /// What is to be sent from that place on takes along what it would overtake.
    pub(super) fn take_along(&mut self, from: usize, out: &mut Outputs) {
        if self.held_back.is_empty() {
            return;
        }
        for (to, envelope) in out.sends.split_off(from) {
            for held in self.held_back.before(to, &envelope) {
                out.sends.push((to, held));
            }
            out.sends.push((to, envelope));
        }
    }
}
