//! How a protocol travels over HTTP, without any I/O: which request carries an envelope, what its answer is, and which envelope a
//! request that came in is.
//!
//! A driver over real sockets moves heads and bodies; what they say, only the stack knows ([`Web`]). The envelopes that a
//! party sends are of two sorts: some go out as requests, others answer requests that came in. [`Web::pair`] says which
//! request waits for an answer; there may be several, where one was repeated.
//!
//! Clients ask their own provider, and get nothing back but a receipt: all that a provider has for a client goes over one *stream* of
//! records, which is the answer to the request that opens the connection.

use crate::packet::{Envelope, Opening, Overhead, Peer, RequestId};
use crate::vocabulary::Reason;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

/// A header field: its name in lower case, and its value.
pub type Field = (&'static str, String);

/// What stands before the body of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, without a query.
    pub path: &'a str,
    /// Header fields in the order in which they came, their names in lower case.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// A request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// Header fields.
    pub fields: Vec<Field>,
    /// The body.
    pub body: Arc<[u8]>,
    /// What comes back.
    pub answered_by: AnsweredBy,
}

/// What comes back for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// An answer, which is an envelope of its own.
    Response,
    /// Nothing but a status: it is taken.
    Receipt,
    /// The stream of records from a provider to its client, for as long as the connection lasts.
    Stream,
    /// A status, after which the connection ends.
    End,
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header fields.
    pub fields: Vec<Field>,
    /// The body.
    pub body: Arc<[u8]>,
}

/// Who has to make a request, and how large it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What it is called where requests are counted: its path, without what that names.
    pub name: &'static str,
    /// Who.
    pub who: Who,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// Which part of which document says what is asked there.
    pub section: &'static str,
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Anybody who wants to know what there is here: the reply.
    Anybody(Reply),
    /// Somebody who wants this account, which this provider can have.
    Newcomer(Account),
    /// A client of this provider; it says so by the token of its account.
    Client,
    /// A provider; its certificate has to bear this domain.
    Provider(ProviderId, String),
}

/// A request that is turned down before any party sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turned {
    /// The status.
    pub status: u16,
    /// Why, in words.
    pub why: String,
}

impl Turned {
    /// Turned down with this status, for this reason.
    pub fn new(status: u16, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
        }
    }
}

impl From<Turned> for Reply {
    fn from(turned: Turned) -> Self {
        Self {
            status: turned.status,
            fields: vec![("content-type", "text/plain; charset=utf-8".to_owned())],
            body: turned.why.into_bytes().into(),
        }
    }
}

/// Something that the other side of a connection does otherwise than the protocol's documents say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which part of which document.
    pub section: &'static str,
    /// What was found.
    pub found: String,
}

/// Who waits for an answer: the request of this peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Who asked.
    pub peer: Peer,
    /// About which room.
    pub room: Option<RoomId>,
    /// Which of its requests.
    pub about: About,
}

/// By what an answer finds its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The request that it answers.
    Request(RequestId),
    /// The number of what it acknowledges.
    Sequence(u64),
}

/// An account that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The client.
    pub client: ClientId,
    /// Whose it is.
    pub user: UserId,
    /// What people call it.
    pub uri: String,
}

/// What an envelope between a client and its provider says of a room's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The client asks for an event with this message.
    Asks(Arc<[u8]>),
    /// What the client asked for was accepted.
    Granted,
    /// An event with this message.
    Event(Arc<[u8]>),
}

/// Why an envelope cannot go over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// It is of a kind that never goes this way.
    #[error("a frame of this kind never goes this way")]
    Kind,
    /// Whom it is for does not serve it.
    #[error("a request that is not served there")]
    NotServed,
    /// It has no bytes.
    #[error("a packet without bytes")]
    NoBytes,
    /// It is about a room, a user or a provider without a name, or lacks what its kind needs.
    #[error("a header that cannot be written")]
    Header,
}

/// A protocol's side of HTTP.
pub trait Web: Send + Sync {
    /// Whether a provider sends this to another as the answer to a request of that one.
    fn is_answer(&self, envelope: &Envelope) -> bool;

    /// The request that carries an envelope.
    ///
    /// # Errors
    /// [`WebError`] where nothing carries it.
    fn ask(&self, envelope: &Envelope) -> Result<Ask, WebError>;

    /// The request of this provider that carries an envelope, at the path that its directory says.
    ///
    /// # Errors
    /// [`WebError`] where nothing carries it, or that provider does not serve it.
    fn ask_of(&self, of: ProviderId, envelope: &Envelope) -> Result<Ask, WebError>;

    /// The request for what another provider serves, and where.
    fn ask_directory(&self) -> Ask;

    /// What another provider serves, and what is wrong with how it says so.
    fn learn_directory(&self, of: ProviderId, reply: &Reply) -> Vec<Finding>;

    /// Who has to make this request.
    ///
    /// # Errors
    /// [`Turned`] where there is no such request.
    fn route(&self, head: &Head<'_>) -> Result<Route, Turned>;

    /// The envelopes that a request is, with the names that it mentions resolved. `from` has shown that it is whom
    /// [`Self::route`] said.
    ///
    /// # Errors
    /// [`Turned`] where head or body are damaged.
    fn asked(&self, from: Peer, head: &Head<'_>, body: &[u8]) -> Result<Vec<Envelope>, Turned>;

    /// Which request waits for an answer: of an envelope that came from `peer` as a request, and of one that goes there as an
    /// answer. Nothing where none does.
    fn pair(&self, peer: Peer, envelope: &Envelope) -> Option<Pair>;

    /// The answer that an envelope is.
    ///
    /// # Errors
    /// [`WebError`] where it is none.
    fn reply(&self, envelope: &Envelope) -> Result<Reply, WebError>;

    /// What an envelope to `to` takes on the wire beside its body, by the rule by which the stack's machines count it. The set-up of a
    /// connection is none of it.
    fn overhead(&self, to: Peer, envelope: &Envelope) -> Overhead;

    /// How a client opens a connection, with a full handshake or one that goes on from an earlier one, by the same rule.
    fn opening(&self, resumed: bool) -> Option<&'static Opening>;

    /// The answer to a client whose request was taken.
    fn receipt(&self, envelope: &Envelope) -> Reply;

    /// What to answer where a party would not take a request, for this reason.
    fn rejected(&self, reason: &'static Reason) -> Turned;

    /// The envelope that `by` answered what was asked with. Nothing where that is none: not now, say.
    ///
    /// # Errors
    /// [`Finding`] where it is no answer to that.
    fn answered(
        &self,
        asked: &Envelope,
        by: ProviderId,
        reply: &Reply,
    ) -> Result<Option<Envelope>, Finding>;

    /// A record of the stream to a client, without its length.
    ///
    /// # Errors
    /// [`WebError`] where the envelope cannot be one.
    fn record(&self, envelope: &Envelope) -> Result<Vec<u8>, WebError>;

    /// The envelope of a record that came to this client from its provider.
    ///
    /// # Errors
    /// [`Finding`] where it is none.
    fn recorded(&self, to: ClientId, from: ProviderId, record: &[u8]) -> Result<Envelope, Finding>;

    /// The request for an account of a client.
    ///
    /// # Errors
    /// [`WebError`] where it has no name.
    fn ask_account(&self, user: UserId, client: ClientId) -> Result<Ask, WebError>;

    /// What an envelope between a client and its provider says of a room's events, for whoever knows clients alone; nothing where it says
    /// nothing of them.
    fn word(&self, envelope: &Envelope) -> Option<Word>;

    /// What a room is called by everybody.
    fn room_name(&self, room: RoomId) -> Option<String>;

    /// The room of that name.
    fn room_named(&self, name: &str) -> Option<RoomId>;
}
