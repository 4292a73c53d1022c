//! How what a provider keeps is written as rows: in the TLS presentation language, by names.

use crate::directory::Directory;
use crate::framed::Framed;
use crate::wire::FrameKind;
use std::collections::BTreeMap;
use throng_stack::packet::{Body, Overhead};
use throng_stack::{Envelope, KeepError, Packet, Peer, RequestId, Row, Table};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use tls_codec::{Deserialize, Serialize, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// Clients that have an account: `uint32 client` → `uint32 user; uint64 place; uint64 next_sequence`.
pub(crate) const ACCOUNTS: Table = Table::new("accounts");
/// What waits for a client: `uint32 client; uint64 sequence` → the envelope, or where it is.
pub(crate) const QUEUES: Table = Table::new("queues");
/// Envelopes that wait for several clients: `uint64 number` → the envelope.
pub(crate) const SHARED: Table = Table::new("shared");
/// KeyPackages to hand out: `uint32 client; uint64 number` → `uint64 expires; opaque reference<V>; MLSMessage`.
pub(crate) const KEY_PACKAGES: Table = Table::new("key_packages");
/// Those to hand out when all others are gone: `uint32 client` → the same.
pub(crate) const LAST_RESORTS: Table = Table::new("last_resorts");
/// Whose KeyPackages were handed out: the reference → `uint32 client; uint8 last_resort`.
pub(crate) const OWNERS: Table = Table::new("owners");
/// Rooms that it is hub of: the URI → `uint64 next_event; uint64 last_timestamp`.
pub(crate) const ROOMS: Table = Table::new("rooms");
/// Their groups at their epochs: the URI → `GroupInfo; opaque state<V>`.
pub(crate) const GROUPS: Table = Table::new("groups");
/// Proposals that no commit covers: the URI, `uint32 place` → `PendingProposal`.
pub(crate) const PROPOSALS: Table = Table::new("proposals");
/// Clients that showed a joining code and have not come yet: the URI of the room, that of the client → nothing.
pub(crate) const INVITED: Table = Table::new("invited");
/// Requests that have no answer: the room's URI, the request → the domain that was asked, the envelope.
pub(crate) const REQUESTS: Table = Table::new("requests");
/// Events that a follower has not taken: the room's URI, the domain, `uint64 number` → the envelope.
pub(crate) const EVENTS: Table = Table::new("events");
/// Events that go to a follower in one body: the room's URI, the domain → `uint64 numbers<V>`.
pub(crate) const TOGETHER: Table = Table::new("together");
/// How far followers are: the room's URI, the domain → `uint64 next; uint64 has`.
pub(crate) const FOLLOWED: Table = Table::new("followed");
/// Answers that were given: the room's URI, the request → `uint64 at; optional<uint64> number; opaque kind<V>; opaque body<V>`.
pub(crate) const ANSWERS: Table = Table::new("answers");
/// How far hubs are: the room's URI, the domain → `uint64 next`.
pub(crate) const FROM_HUBS: Table = Table::new("from_hubs");
/// What came from them too early: the room's URI, the domain, `uint64 sequence` → the envelope.
pub(crate) const EARLY: Table = Table::new("early");
/// How far clients are: `uint32 client` → `uint64 next`.
pub(crate) const FROM_CLIENTS: Table = Table::new("from_clients");
/// Providers that speak the draft alone: the domain → nothing.
pub(crate) const BARE: Table = Table::new("bare");
/// Rooms of such hubs: the URI → `uint64 next_event; uint64 taken; optional<uint64> epoch`.
pub(crate) const BARE_ROOMS: Table = Table::new("bare_rooms");
/// Own clients in them: the URI, `uint32 client` → nothing.
pub(crate) const INSIDE: Table = Table::new("inside");
/// What came of them: the URI, `uint64 place` → a digest.
pub(crate) const TAKEN: Table = Table::new("taken");
/// Messages that were reported: the URI, `uint64 place` → a digest of what and by whom.
pub(crate) const REPORTED: Table = Table::new("reported");

/// KeyPackages that came with consent and were handed on: no room, `uint64 place` → a digest.
pub(crate) const GRANTED: Table = Table::new("granted");
/// What was said about consent: the ConsentScope → `uint8 word`.
pub(crate) const CONSENTS: Table = Table::new("consents");
/// Clients that wait for it: the ConsentScope → the URIs of rooms, each with `uint32 client`.
pub(crate) const CONSENT_WAITERS: Table = Table::new("consent_waiters");

/// Users who had an account and have none any more: `uint32 user` → nothing.
pub(crate) const DELETED: Table = Table::new("deleted");
/// What users attached: 16 bytes → `uint32 user; opaque asset<V>`.
pub(crate) const ASSETS: Table = Table::new("assets");

/// Where requests are kept that are about no room.
pub(crate) const NO_ROOM: RoomId = RoomId(u32::MAX);

/// All tables.
const TABLES: [Table; 28] = [
    ACCOUNTS,
    QUEUES,
    SHARED,
    KEY_PACKAGES,
    LAST_RESORTS,
    OWNERS,
    ROOMS,
    GROUPS,
    PROPOSALS,
    INVITED,
    REQUESTS,
    EVENTS,
    TOGETHER,
    FOLLOWED,
    ANSWERS,
    FROM_HUBS,
    EARLY,
    FROM_CLIENTS,
    BARE,
    BARE_ROOMS,
    INSIDE,
    TAKEN,
    REPORTED,
    GRANTED,
    CONSENTS,
    CONSENT_WAITERS,
    DELETED,
    ASSETS,
];

/// An envelope as it is stored. Who put it on its link follows from where it is.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Written {
    sequence: u64,
    kind: VLBytes,
    room: Option<VLBytes>,
    request: Option<Asked>,
    event: Option<u64>,
    receivers: Option<Vec<u32>>,
    body: VLBytes,
}

/// A request, by names.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Asked {
    provider: VLBytes,
    client: u32,
    number: u32,
}

/// A packet as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct WrittenPacket {
    kind: VLBytes,
    body: VLBytes,
}

impl WrittenPacket {
    pub(crate) fn of(packet: &Packet) -> Self {
        Self {
            kind: packet.kind().name().as_bytes().into(),
            body: body(packet),
        }
    }

    pub(crate) fn read(self) -> Result<Packet, KeepError> {
        packet(&self.kind, self.body)
    }
}

/// Names for numbers, and numbers for names.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) me: ProviderId,
    pub(crate) directory: &'a dyn Directory,
}

impl Names<'_> {
    /// Whoever is in a provider's state was looked up when they came in, so everybody has a name.
    pub(crate) fn room(self, room: RoomId) -> VLBytes {
        let uri = self.directory.room_uri(room).unwrap_or_default();
        uri.into_bytes().into()
    }

    pub(crate) fn provider(self, provider: ProviderId) -> VLBytes {
        let domain = self.directory.domain(provider).unwrap_or_default();
        domain.as_bytes().into()
    }

    pub(crate) fn user(self, user: UserId) -> u32 {
        self.directory.number_of_user(user).unwrap_or_default()
    }

    pub(crate) fn asked(self, request: RequestId) -> Asked {
        Asked {
            provider: self.provider(request.provider),
            client: request.client.0,
            number: request.number,
        }
    }

    pub(crate) fn written(self, envelope: &Envelope) -> Written {
        let receivers = envelope.receivers.as_deref();
        Written {
            sequence: envelope.sequence,
            kind: envelope.packet.kind().name().as_bytes().into(),
            room: envelope.room.map(|room| self.room(room)),
            request: envelope.request.map(|request| self.asked(request)),
            event: envelope.event,
            receivers: receivers.map(|all| all.iter().map(|client| client.0).collect()),
            body: body(&envelope.packet),
        }
    }

    pub(crate) fn room_of(self, name: &VLBytes) -> Result<RoomId, KeepError> {
        if name.as_slice().is_empty() {
            return Ok(NO_ROOM);
        }
        let found = self.directory.room_named(name.as_slice());
        found.map(|(room, _)| room).ok_or_else(|| unknown(name))
    }

    pub(crate) fn provider_of(self, name: &VLBytes) -> Result<ProviderId, KeepError> {
        let domain = std::str::from_utf8(name.as_slice()).ok();
        let found = domain.and_then(|domain| self.directory.provider_at(domain));
        found.ok_or_else(|| unknown(name))
    }

    /// The own user of this number.
    pub(crate) fn user_of(self, number: u32) -> Result<UserId, KeepError> {
        let found = self.directory.user_numbered(self.me, number);
        found.ok_or_else(|| KeepError::Unknown(format!("u{number}")))
    }

    pub(crate) fn request_of(self, asked: &Asked) -> Result<RequestId, KeepError> {
        Ok(RequestId {
            provider: self.provider_of(&asked.provider)?,
            client: ClientId(asked.client),
            number: asked.number,
        })
    }

    pub(crate) fn envelope(
        self,
        from: ProviderId,
        written: Written,
    ) -> Result<Envelope, KeepError> {
        let room = written.room.map(|room| self.room_of(&room));
        let request = written.request.map(|asked| self.request_of(&asked));
        let receivers = written.receivers.map(|all| {
            let clients = all.into_iter().map(ClientId);
            clients.collect()
        });
        Ok(Envelope {
            from: Peer::Provider(from),
            sequence: written.sequence,
            room: room.transpose()?,
            request: request.transpose()?,
            event: written.event,
            receivers,
            overhead: Overhead::default(),
            behind: None,
            packet: packet(&written.kind, written.body)?,
        })
    }
}

fn unknown(name: &VLBytes) -> KeepError {
    KeepError::Unknown(String::from_utf8_lossy(name.as_slice()).into_owned())
}

fn body(packet: &Packet) -> VLBytes {
    match packet.body() {
        Body::Bytes(bytes) => bytes[..].into(),
        // Of an engine whose messages are no bytes nothing is kept.
        Body::Structure(_) => VLBytes::new(Vec::new()),
    }
}

fn packet(kind: &VLBytes, body: VLBytes) -> Result<Packet, KeepError> {
    let mut kinds = FrameKind::ALL.into_iter();
    let known = kinds.find(|known| known.name().as_bytes() == kind.as_slice());
    Ok(Packet::received(
        known.ok_or_else(|| unknown(kind))?,
        Vec::from(body),
    ))
}

/// A key or a value, encoded.
pub(crate) fn bytes(value: &impl Serialize) -> Vec<u8> {
    // Only what is longer than 2³⁰ bytes cannot be written, and nothing as long is let in.
    value.tls_serialize_detached().unwrap_or_default()
}

/// A row that cannot be read.
pub(crate) fn damaged(table: Table, why: impl ToString) -> KeepError {
    KeepError::Damaged {
        table: table.name(),
        why: why.to_string(),
    }
}

/// A key and a value, as they are stored.
type Encoded = (Vec<u8>, Vec<u8>);

/// Stored rows by table, each table in the order of its keys.
pub(crate) struct Rows(BTreeMap<&'static str, Vec<Encoded>>);

impl Rows {
    pub(crate) fn new(rows: Vec<Row>) -> Result<Self, KeepError> {
        let mut tables: BTreeMap<&'static str, Vec<Encoded>> = BTreeMap::new();
        for row in rows {
            let table = TABLES.iter().find(|table| table.name() == row.table);
            let table = table.ok_or(KeepError::NoTable(row.table))?;
            let rows = tables.entry(table.name()).or_default();
            rows.push((row.key, row.value));
        }
        for rows in tables.values_mut() {
            rows.sort_unstable();
        }
        Ok(Self(tables))
    }

    /// The rows of a table; it has none any more.
    pub(crate) fn take<K: Deserialize, V: Deserialize>(
        &mut self,
        table: Table,
    ) -> Result<Vec<(K, V)>, KeepError> {
        let read = |(key, value): Encoded| {
            let key = K::tls_deserialize_exact(key).map_err(|error| damaged(table, error))?;
            let value = V::tls_deserialize_exact(value).map_err(|error| damaged(table, error))?;
            Ok((key, value))
        };
        let rows = self.0.remove(table.name()).unwrap_or_default();
        rows.into_iter().map(read).collect()
    }
}
