//! The way to the own provider: numbered envelopes, and requests that wait for their answers.
//!
//! Where the transport can lose something (the policy has a timeout), a request is sent again under the same number
//! until its answer comes; whoever served it already knows it by that. Waits grow, and are stretched at random, so
//! that those who lost their answers at one moment do not all come back at one moment.

use super::saying::{Saying, Wanted};
use crate::content::PerMessageStatus;
use crate::framed::Framed;
use crate::timers::TimerPurpose;
use crate::wire::{Frame, WireError};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::Fact;
use throng_stack::{Envelope, OpenWish, Packet, Peer, RequestId, WishKind};
use throng_stack::{Outputs, Timer};
use throng_workloads::dist::unit;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::stream::Stream;
use throng_workloads::time::{SimSpan, SimTime};

/// So often a request is sent before it is given up.
const MOST_SENDINGS: u32 = 8;

/// Waits double up to so many times the first one.
const LONGEST_WAIT: f64 = 8.0;

/// A client's way to its provider.
#[derive(Debug)]
pub(super) struct Uplink {
    me: ClientId,
    provider: ProviderId,
    next_sequence: u64,
    next_request: u32,
    /// Requests that were not answered yet, by their numbers; boxed, since most of the time there is none or one.
    open: BTreeMap<u32, Box<Open>>,
    /// Nothing, where all that is sent arrives.
    patience: Option<Patience>,
}

/// What a request asks for.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// KeyPackages of a user.
    KeyMaterial(UserId),
    /// Which user has a user's handle.
    Find(UserId),
    /// KeyPackages, to add nobody.
    LookUp,
    /// That the hub takes a handshake, or gives GroupInfo: the room's session knows more.
    Handshake,
    /// That the hub takes an application message, and since when that is wanted.
    Message(SimTime, Saying),
    /// That it takes what the client says by itself: a report about these messages; about none, that somebody writes.
    Notice(Vec<PerMessageStatus>),
    /// That it takes a report of abuse.
    Report,
    /// That its provider stores what is attached to a message.
    Upload,
    /// What is attached to a message of another.
    Download(Arc<Wanted>),
    /// That a user is asked for consent to be added.
    Consent(UserId),
    /// That a user is asked for it no more.
    NoConsent,
    /// The ratchet tree for a Welcome.
    Tree,
}

/// A request that was not answered yet.
#[derive(Debug)]
struct Open {
    room: RoomId,
    question: Question,
    packet: Packet,
    sendings: u32,
    /// Its time was up while the client could not ask.
    overdue: bool,
}

/// How long answers are waited for.
#[derive(Debug)]
pub(super) struct Patience {
    timeout: SimSpan,
    stretch: Stream,
}

impl Patience {
    pub(super) fn new(timeout: SimSpan, stretch: Stream) -> Self {
        Self { timeout, stretch }
    }

    /// How long to wait for an answer after so many sendings: up to half as long again as the doubling says.
    fn wait(&mut self, sendings: u32) -> SimSpan {
        let doubled = f64::from(1u32 << sendings.saturating_sub(1).min(30)).min(LONGEST_WAIT);
        let stretch = 1.0 + unit(&mut self.stretch) / 2.0;
        SimSpan::from_secs_f64(self.timeout.as_secs_f64() * doubled * stretch)
    }
}

impl Uplink {
    pub(super) fn new(me: ClientId, provider: ProviderId, patience: Option<Patience>) -> Self {
        Self {
            me,
            provider,
            next_sequence: 0,
            next_request: 0,
            open: BTreeMap::new(),
            patience,
        }
    }

    /// That of a client that goes on: from the numbers of its next envelope and its next request.
    pub(super) fn resumed(
        me: ClientId,
        provider: ProviderId,
        patience: Option<Patience>,
        (next_sequence, next_request): (u64, u32),
    ) -> Self {
        Self {
            next_sequence,
            next_request,
            ..Self::new(me, provider, patience)
        }
    }

    /// What [`Self::resumed`] goes on from.
    pub(super) fn next(&self) -> (u64, u32) {
        (self.next_sequence, self.next_request)
    }

    /// Whether a request waits for its answer.
    pub(super) fn asks(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whose it is, as others call it.
    pub(super) fn me(&self) -> Peer {
        Peer::Client(self.me)
    }

    /// Whether requests are repeated, because something can be lost.
    pub(super) fn repeats(&self) -> bool {
        self.patience.is_some()
    }

    /// Send what is about no room and has no answer.
    pub(super) fn send<M: EmbeddedMessage>(
        &mut self,
        frame: &Frame<M>,
        out: &mut Outputs,
    ) -> Result<(), WireError> {
        let packet = Packet::seal(frame)?;
        self.put(None, None, packet, out);
        Ok(())
    }

    /// Send a request about a room; its answer comes back with the id returned.
    pub(super) fn ask<M: EmbeddedMessage>(
        &mut self,
        room: RoomId,
        question: Question,
        frame: &Frame<M>,
        out: &mut Outputs,
    ) -> Result<RequestId, WireError> {
        let packet = Packet::seal(frame)?;
        let number = self.next_request;
        self.next_request += 1;
        let open = Open {
            room,
            question,
            packet,
            sendings: 0,
            overdue: false,
        };
        self.open.insert(number, Box::new(open));
        self.send_request(number, out);
        Ok(self.id(number))
    }

    /// Send an open request, and wake up when its answer is overdue.
    fn send_request(&mut self, number: u32, out: &mut Outputs) {
        let Some(open) = self.open.get_mut(&number) else {
            return;
        };
        open.sendings += 1;
        open.overdue = false;
        if let Some(patience) = &mut self.patience {
            let timer = Timer {
                room: open.room,
                purpose: TimerPurpose::Request.into(),
                generation: number,
            };
            out.timers.push((patience.wait(open.sendings), timer));
        }
        let (room, packet) = (open.room, open.packet.clone());
        self.put(Some(room), Some(self.id(number)), packet, out);
    }

    /// The answer to this request is here: what was asked about which room, unless it was answered before or
    /// never asked.
    pub(super) fn answered(&mut self, request: RequestId) -> Option<(RoomId, Question)> {
        if (request.provider, request.client) != (self.provider, self.me) {
            return None;
        }
        let open = self.open.remove(&request.number)?;
        Some((open.room, open.question))
    }

    /// Nobody waits for the answer to this request any more.
    pub(super) fn forget(&mut self, number: u32) {
        self.open.remove(&number);
    }

    /// The answer to this request is overdue: ask again, now or when the client is `ready`. What was asked about
    /// which room, if it was asked often enough.
    pub(super) fn overdue(
        &mut self,
        number: u32,
        ready: bool,
        out: &mut Outputs,
    ) -> Option<(RoomId, Question)> {
        let open = self.open.get_mut(&number)?;
        if !ready {
            open.overdue = true;
            return None;
        }
        if open.sendings >= MOST_SENDINGS {
            let open = self.open.remove(&number)?;
            return Some((open.room, open.question));
        }
        let (room, sending) = (open.room, open.sendings + 1);
        self.send_request(number, out);
        out.note(Fact::Repeated {
            room,
            request: self.id(number),
            sending,
        });
        None
    }

    /// The requests whose time was up while the client could not ask.
    pub(super) fn postponed(&self) -> Vec<u32> {
        let overdue = self.open.iter().filter(|(_, open)| open.overdue);
        overdue.map(|(number, _)| *number).collect()
    }

    /// The messages that were sent and not answered yet.
    pub(super) fn open_messages(&self) -> impl Iterator<Item = OpenWish> {
        self.open.values().filter_map(|open| match open.question {
            Question::Message(since, _) => Some(OpenWish {
                kind: WishKind::Message,
                since,
                lets_in: Vec::new(),
            }),
            Question::KeyMaterial(_)
            | Question::Find(_)
            | Question::LookUp
            | Question::Handshake
            | Question::Notice(_)
            | Question::Report
            | Question::Upload
            | Question::Download(_)
            | Question::Consent(_)
            | Question::Tree
            | Question::NoConsent => None,
        })
    }

    fn id(&self, number: u32) -> RequestId {
        RequestId {
            provider: self.provider,
            client: self.me,
            number,
        }
    }

    fn put(
        &mut self,
        room: Option<RoomId>,
        request: Option<RequestId>,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let envelope = Envelope {
            sequence: self.next_sequence,
            room,
            request,
            ..Envelope::new(Peer::Client(self.me), packet)
        };
        self.next_sequence += 1;
        out.sends.push((Peer::Provider(self.provider), envelope));
    }
}
