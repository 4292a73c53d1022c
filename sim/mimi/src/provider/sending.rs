//! What a provider sends: requests and events until somebody answers them, and answers that it remembers.

use super::answers::{About, Given};
use super::owed::{Again, Due, Item, Ticket};
use super::state::{Durable, Provider};
use crate::bare::is_unnamed;
use crate::framed::Framed;
use crate::inbox::Inbox;
use crate::refusal::Refusal;
use crate::timers::TimerPurpose;
use crate::wire::{Frame, FrameKind};
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Outputs, Packet, Peer, Timer};
use throng_workloads::dist::unit;
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// How long answers are kept for those who ask twice.
const KEEP_ANSWERS: SimSpan = SimSpan::from_secs(60);

/// So often the wait before a repetition doubles.
const MOST_DOUBLINGS: u32 = 5;

impl<E: Engine> Provider<E> {
    /// Pass a request on to another provider, again and again until it is answered.
    pub(super) fn forward(
        &mut self,
        to: ProviderId,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let About { room, request } = about;
        // It says how much of the room is here, so that the hub can forget answers.
        let inbox = self.durable.from_hubs.get(&(room, to));
        let envelope = Envelope {
            request: Some(request),
            sequence: inbox.map_or(0, Inbox::next),
            ..self.envelope_about(Some(room), packet)
        };
        if self.durable.bare.is_bare(to) && request.provider == self.me {
            self.note_sent(room, request, &envelope.packet);
        }
        let owed = &mut self.durable.owed;
        owed.ask((room, request), to, envelope.clone());
        out.sends.push((Peer::Provider(to), envelope));
        self.watch(Item::Request((room, request)), 1, out);
    }

    /// Send an event of a room to a follower, again and again until it has it. One that is bare has no numbers to order them by, and gets
    /// the next when it has the one before. Where a body may hold several, they are gathered.
    pub(super) fn notify(
        &mut self,
        room: RoomId,
        to: ProviderId,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let sequence = self.durable.owed.number(room, to);
        let envelope = Envelope {
            sequence,
            ..envelope
        };
        if self.durable.owed.bodies.most.gathers() {
            self.durable.owed.owe_later(room, to, envelope);
            return self.gather(room, to, out);
        }
        if self.durable.bare.is_bare(to) && self.durable.owed.owes(room, to) {
            return self.durable.owed.owe_later(room, to, envelope);
        }
        self.durable.owed.owe(room, to, envelope.clone());
        out.sends.push((Peer::Provider(to), envelope));
        self.watch(Item::Event((room, to, sequence)), 1, out);
    }

    /// A follower has an event: what waited for that goes out.
    pub(super) fn notify_next(&mut self, room: RoomId, to: ProviderId, out: &mut Outputs) {
        if let Some(next) = self.durable.owed.next_held(room, to) {
            self.send_again(next, out);
        }
    }

    /// Have a timer for what is owed, where repeating it is the policy: each wait is twice as long as the one before, and after
    /// the first a little longer, so that not all come at once.
    pub(super) fn watch(&mut self, item: Item, sendings: u32, out: &mut Outputs) {
        let Some(timeout) = self.policy.request_timeout else {
            return;
        };
        let wait = match sendings {
            0 | 1 => timeout,
            _ => {
                let doublings = (sendings - 1).min(MOST_DOUBLINGS);
                let doubled = timeout.as_secs_f64() * f64::from(1u32 << doublings);
                SimSpan::from_secs_f64(doubled * (1.0 + 0.25 * unit(&mut self.retry)))
            }
        };
        self.see_to(item, wait, out);
    }

    /// Look after so long whether what is owed was answered.
    pub(super) fn see_to(&mut self, item: Item, wait: SimSpan, out: &mut Outputs) {
        if let Some(ticket) = self.durable.owed.ticket(item) {
            out.timers.push((wait, resend(item.room(), ticket)));
        }
    }

    pub(super) fn timer(&mut self, now: SimTime, timer: Timer, out: &mut Outputs) {
        match TimerPurpose::of(timer.purpose) {
            Some(TimerPurpose::Resend) => self.resend(now, timer, out),
            Some(TimerPurpose::Notice) => self.tell_all(timer, out),
            Some(TimerPurpose::Evict) => self.evict(now, timer.room, out),
            Some(TimerPurpose::Consent) => self.user_answers(now, timer.generation, out),
            Some(TimerPurpose::Gather) => self.gathered(timer, out),
            _ => {}
        }
    }

    fn resend(&mut self, now: SimTime, timer: Timer, out: &mut Outputs) {
        match self.durable.owed.due(timer.generation, now) {
            Some(Due::Now(again)) => self.send_again(again, out),
            Some(Due::Later(room, wait)) => {
                out.timers.push((wait, resend(room, timer.generation)));
            }
            None => {}
        }
    }

    pub(super) fn send_again(&mut self, again: Again, out: &mut Outputs) {
        out.sends.push((Peer::Provider(again.to), again.envelope));
        self.watch(again.item, again.sendings, out);
    }

    /// Send an answer towards the client that asked, and remember it for when that asks again.
    pub(super) fn answer(
        &mut self,
        now: SimTime,
        about: About,
        frame: &Frame<E::Message>,
        out: &mut Outputs,
    ) {
        match Packet::seal(frame) {
            Ok(packet) => self.pass_back(now, about, packet, out),
            Err(_) => self.refused(about, Refusal::Unanswerable, out),
        }
    }

    pub(super) fn pass_back(
        &mut self,
        now: SimTime,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let About { room, request } = about;
        // A bare one never says how far it is: what it lacks could never be forgotten.
        let numbered = request.provider != self.me && !is_unnamed(request);
        let number = numbered.then(|| self.durable.owed.number(room, request.provider));
        let given = Given { packet, number };
        // Whether there is a tree changes, and one that asks in words that are all that is known of the request may ask in earnest again.
        let passing = is_unnamed(request)
            && matches!(
                given.packet.frame_kind(),
                Some(FrameKind::RatchetTree | FrameKind::RatchetTreeGone)
            );
        if self.directory.hub_of(room) == Some(self.me) && !passing {
            self.remember(now, about, given.clone());
        }
        self.give(about, given, out);
    }

    pub(super) fn remember(&mut self, now: SimTime, about: About, given: Given) {
        let keep = match self.policy.request_timeout {
            // Longer than a request is repeated at the longest interval.
            Some(timeout) => (timeout * 128).max(KEEP_ANSWERS),
            None => KEEP_ANSWERS,
        };
        let asked = (about.room, about.request);
        let Durable { answers, owed, .. } = &mut self.durable;
        answers.give(now, asked, given, keep, |(room, request), number| {
            owed.lacks(*room, request.provider, number)
        });
    }

    /// Give an answer that has no place among a room's events, as those to own clients have none.
    pub(super) fn give_unnumbered(&mut self, about: About, packet: Packet, out: &mut Outputs) {
        let number = None;
        self.give(about, Given { packet, number }, out);
    }

    /// Give an answer, maybe not for the first time.
    pub(super) fn give(&mut self, about: About, given: Given, out: &mut Outputs) {
        let About { room, request } = about;
        let envelope = Envelope {
            request: Some(request),
            sequence: given.number.unwrap_or(0),
            ..self.envelope_about(Some(room), given.packet)
        };
        if request.provider != self.me {
            return out.sends.push((Peer::Provider(request.provider), envelope));
        }
        self.durable.rows.hold(envelope.packet.len());
        if let Err(reason) = self.durable.follower.deliver(request.client, envelope, out) {
            self.refused(about, reason, out);
        }
    }

    pub(super) fn envelope_about(&self, room: Option<RoomId>, packet: Packet) -> Envelope {
        Envelope {
            room,
            ..Envelope::new(Peer::Provider(self.me), packet)
        }
    }
}

/// A timer to see whether a sending was answered.
fn resend(room: RoomId, ticket: Ticket) -> Timer {
    Timer {
        room,
        purpose: TimerPurpose::Resend.into(),
        generation: ticket,
    }
}
