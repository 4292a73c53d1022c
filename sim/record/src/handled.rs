//! What one input came to: what a driver hands to the recorder.

use throng_cost::Work;
use throng_net::{Bulk, Transmission};
use throng_stack::{Envelope, Fact, Kind, Packet, Peer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// What a driver hands over, in order of time.
#[derive(Debug)]
pub enum Happening {
    /// A party handled an input.
    Handled(Box<Handled>),
    /// What a party sent has left, later than it handled what made it send.
    Departed(Vec<Sent>),
    /// A party sent something to a peer to which no link leads.
    Stray {
        /// To whom.
        to: Peer,
        /// What it is.
        kind: Kind,
    },
}

/// What one input came to, for the record.
#[derive(Debug)]
pub struct Handled {
    /// What came in, where it was an envelope.
    pub received: Option<Received>,
    /// What came behind it in the same request.
    pub behind: Vec<Received>,
    /// When the work was done.
    pub done: SimTime,
    /// How long it waited for a core.
    pub waited: SimSpan,
    /// How long it took on the core.
    pub service: SimSpan,
    /// How long that would have been by the profile: the same, unless a stopwatch decided.
    pub profiled: SimSpan,
    /// What was done.
    pub work: Work,
    /// What was sent and has left; where other work may still be done before this is, what was sent leaves when the
    /// work is done ([`Happening::Departed`]).
    pub sent: Vec<Sent>,
    /// What left for passive clients, when the work was done.
    pub broadcasts: Vec<Broadcast>,
    /// What happened.
    pub facts: Vec<Fact>,
}

impl Handled {
    /// All that came in, one after the other.
    pub fn all_received(&self) -> impl Iterator<Item = &Received> {
        self.received.iter().chain(&self.behind)
    }

    /// What one input came to over real connections: at once, for as long as it took this core, and nothing of it is a model's.
    pub fn measured(at: SimTime, took: SimSpan, work: Work, facts: Vec<Fact>) -> Self {
        Self {
            received: None,
            behind: Vec::new(),
            done: at,
            waited: SimSpan::ZERO,
            service: took,
            profiled: SimSpan::ZERO,
            work: Work {
                measured_ns: took.as_nanos(),
                ..work
            },
            sent: Vec::new(),
            broadcasts: Vec::new(),
            facts,
        }
    }
}

impl Sent {
    /// Something that was sent over a real connection: whether it arrives, its receiver says.
    pub fn measured(at: SimTime, to: Peer, kind: Kind, bytes: u64) -> Self {
        Self {
            to,
            kind,
            about: About::default(),
            body: bytes,
            bytes,
            opened: None,
            transmission: Transmission {
                arrival: at,
                duplicate: None,
                queued: SimSpan::ZERO,
                sent_bytes: bytes,
                lost_bytes: 0,
                duplicated_bytes: 0,
                retransmissions: 0,
            },
        }
    }
}

/// What a packet is about, as far as that stands outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct About {
    /// Its room.
    pub room: Option<RoomId>,
    /// Which of the room's events it brings.
    pub event: Option<u64>,
    /// The provider of the client whose request it is or answers.
    pub asker: Option<ProviderId>,
}

impl About {
    /// What an envelope says.
    pub fn of(envelope: &Envelope) -> Self {
        Self {
            room: envelope.room,
            event: envelope.event,
            asker: envelope.request.map(|request| request.provider),
        }
    }
}

/// A connection that was set up, for what was sent then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// What went from whoever opened it.
    pub there: Bulk,
    /// What came back.
    pub back: Bulk,
}

/// One event for all those of a room at a provider who do nothing but receive.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// The room.
    pub room: RoomId,
    /// Its number among the room's events.
    pub event: u64,
    /// Who stands for all of them.
    pub stand_in: ClientId,
    /// How many they are.
    pub clients: u64,
    /// What goes to each.
    pub packet: Packet,
    /// How many bytes that is on its way.
    pub bytes: u64,
    /// What each says in return, where it acknowledges with it what it has received.
    pub acknowledgement: Option<Acknowledgement>,
    /// What all this takes each of them, beside what it finds in the packet.
    pub work: Work,
}

/// What one who received says in return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// What it is.
    pub kind: Kind,
    /// Its body's length.
    pub body: u64,
    /// How many bytes it is on its way.
    pub bytes: u64,
    /// Bytes that come back at once.
    pub receipt: u64,
}

impl Broadcast {
    /// How many acknowledge with it what they have received: all or none, as each does it in equal intervals.
    pub fn acknowledgements(&self) -> u64 {
        match self.acknowledgement {
            Some(_) => self.clients,
            None => 0,
        }
    }
}

/// An envelope that came in.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// Who put it on the link.
    pub from: Peer,
    /// What it is.
    pub kind: Kind,
    /// What it is about; nothing where nobody says.
    pub about: About,
    /// How many bytes it was on its way.
    pub bytes: u64,
    /// Bytes that went back at once, where it was not lost.
    pub receipt: u64,
    /// Whether it was lost: the receiver was offline, or a request or answer between providers did not get through.
    pub lost: bool,
}

/// An envelope that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// To whom.
    pub to: Peer,
    /// What it is.
    pub kind: Kind,
    /// What it is about; nothing where nobody says.
    pub about: About,
    /// Its body's length.
    pub body: u64,
    /// How many bytes it is on its way.
    pub bytes: u64,
    /// What the link did with it.
    pub transmission: Transmission,
    /// The connection that was set up for it.
    pub opened: Option<Box<Opened>>,
}
