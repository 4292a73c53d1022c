//! What a line of facts says.

use serde::{Deserialize, Serialize};
use throng_stack::{Accepted, Fact, Peer, RequestId, Stored, Web};
use throng_stacks::live::WrittenDetail;

/// What one input came to. Clients are called as their providers call them, rooms by their URIs, and providers by their places in the
/// writer's list: itself, then the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// When it was done, by the clock of the machine.
    pub at: u64,
    /// Nanoseconds for which it waited for the provider's thread.
    pub waited: u64,
    /// Nanoseconds that the thread was on a core for it.
    pub took: u64,
    /// What came in, where it was an envelope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Packet>,
    /// What came in behind it, in the same request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<Packet>,
    /// What goes out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Packet>,
    /// What was done, by unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work: Vec<u64>,
    /// What happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<WrittenFact>,
    /// What the provider stores, where it is time to say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Stored>,
    /// What another provider does otherwise than the documents say; then there is nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<WrittenFinding>,
    /// Nothing came in: this says until when that is so, and nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
}

impl Line {
    /// A line that says when, and nothing yet.
    pub(super) fn at(at: u64) -> Self {
        Self {
            at,
            waited: 0,
            took: 0,
            received: None,
            behind: Vec::new(),
            sent: Vec::new(),
            work: Vec::new(),
            facts: Vec::new(),
            stored: None,
            finding: None,
            idle: false,
        }
    }
}

/// Something that another provider does otherwise than the documents say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFinding {
    /// Its domain.
    pub provider: String,
    /// Which part of which document says otherwise.
    pub section: String,
    /// What was found.
    pub found: String,
}

/// Somebody.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum End {
    /// A client.
    Client(u32),
    /// A provider.
    Provider(u16),
}

impl From<Peer> for End {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::Client(client) => Self::Client(client.0),
            Peer::Provider(provider) => Self::Provider(provider.0),
        }
    }
}

/// An envelope, from the writer's side.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Packet {
    /// The other side.
    pub peer: End,
    /// What it is, by its place in the stack's table.
    pub kind: usize,
    /// Its body's length.
    pub bytes: u64,
}

/// A request.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Request {
    /// Whose.
    pub client: u32,
    /// Its number.
    pub number: u32,
}

impl Request {
    fn of(request: RequestId) -> Self {
        Self {
            client: request.client.0,
            number: request.number,
        }
    }
}

/// A fact of a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "they are those of `throng_stack::Fact`, by identifiers and names"
)]
pub enum WrittenFact {
    Opened {
        room: String,
        by: u32,
        detail: Option<WrittenDetail>,
    },
    Accepted(Box<WrittenEvent>),
    Refused {
        room: String,
        request: Request,
        reason: String,
    },
    Rejected {
        reason: String,
    },
    Counted(Vec<(String, u64)>),
}

/// An event that the provider accepted as hub: a `throng_stack::Accepted`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "they are those of `throng_stack::Accepted`")]
pub struct WrittenEvent {
    pub room: String,
    pub event: u64,
    pub subject: String,
    pub request: Request,
    pub receivers: Vec<u32>,
    pub change: Option<WrittenChange>,
    /// How many are to leave, and who stays.
    pub waiting: Option<(u64, Vec<u32>)>,
    pub detail: Option<WrittenDetail>,
    pub counted: Option<String>,
}

/// What an event does to a room: a `throng_stack::fact::Change`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "they are those of `throng_stack`'s `Change`")]
pub struct WrittenChange {
    pub state: u64,
    pub bytes: u64,
    pub admits: Vec<u32>,
    pub excludes: Vec<u32>,
}

impl WrittenFact {
    /// `None` of what no provider says.
    pub(super) fn of(fact: &Fact, web: &dyn Web) -> Option<Self> {
        let named = |room| web.room_name(room).unwrap_or_default();
        Some(match fact {
            Fact::Opened { room, by, detail } => Self::Opened {
                room: named(*room),
                by: by.0,
                detail: detail.as_deref().and_then(WrittenDetail::of),
            },
            Fact::Accepted(accepted) => {
                Self::Accepted(Box::new(WrittenEvent::of(accepted, named(accepted.room))))
            }
            Fact::Refused {
                room,
                request,
                reason,
            } => Self::Refused {
                room: named(*room),
                request: Request::of(*request),
                reason: reason.id.to_owned(),
            },
            Fact::Rejected { reason } => Self::Rejected {
                reason: reason.id.to_owned(),
            },
            Fact::Counted(counted) => {
                let counted = counted.iter();
                Self::Counted(counted.map(|(what, by)| (what.0.to_owned(), *by)).collect())
            }
            _ => return None,
        })
    }
}

impl WrittenEvent {
    fn of(accepted: &Accepted, room: String) -> Self {
        let numbers = |clients: &[throng_workloads::intent::ClientId]| {
            clients.iter().map(|client| client.0).collect::<Vec<u32>>()
        };
        Self {
            room,
            event: accepted.event,
            subject: accepted.subject.id.to_owned(),
            request: Request::of(accepted.request),
            receivers: numbers(&accepted.receivers),
            change: accepted.change.as_ref().map(|change| WrittenChange {
                state: change.state,
                bytes: change.bytes,
                admits: numbers(&change.admits),
                excludes: change.excludes.iter().map(|(_, client)| client.0).collect(),
            }),
            waiting: accepted
                .waiting
                .as_ref()
                .map(|waiting| (waiting.leaving, numbers(&waiting.stay))),
            detail: accepted.detail.as_deref().and_then(WrittenDetail::of),
            counted: accepted.counted.map(|counted| counted.0.to_owned()),
        }
    }
}
