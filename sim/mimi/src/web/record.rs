//! What a provider's stream to a client consists of: one record an envelope. A u32 in front says how long it is; that is the driver's.
//!
//! ```text
//! struct {
//!     uint64 sequence;           // per client, from 0
//!     opaque kind<V>;            // such as "notify-commit"
//!     optional<opaque<V>> room;  // its URI
//!     optional<uint32> request;  // the client's request that it answers
//!     optional<uint64> event;    // which of the room's events it is
//!     opaque body<V>;            // the body, as between providers
//! } Record;
//! ```

use crate::directory::Directory;
use crate::framed::Framed;
use crate::wire::FrameKind;
use throng_stack::packet::{Body, Overhead};
use throng_stack::web::WebError;
use throng_stack::{Envelope, Packet, Peer, RequestId};
use throng_workloads::intent::{ClientId, ProviderId};
use tls_codec::{Deserialize, Serialize, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// One record.
#[derive(Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
struct Record {
    sequence: u64,
    kind: VLBytes,
    room: Option<VLBytes>,
    request: Option<u32>,
    event: Option<u64>,
    body: VLBytes,
}

/// The record of an envelope to a client.
pub(super) fn encode(directory: &dyn Directory, envelope: &Envelope) -> Result<Vec<u8>, WebError> {
    let Body::Bytes(bytes) = envelope.packet.body() else {
        return Err(WebError::NoBytes);
    };
    let room = match envelope.room {
        Some(room) => Some(directory.room_uri(room).ok_or(WebError::Header)?),
        None => None,
    };
    let record = Record {
        sequence: envelope.sequence,
        kind: envelope.packet.kind().name().as_bytes().into(),
        room: room.map(|uri| uri.into_bytes().into()),
        request: envelope.request.map(|request| request.number),
        event: envelope.event,
        body: bytes[..].into(),
    };
    record
        .tls_serialize_detached()
        .map_err(|_| WebError::Header)
}

/// The envelope of a record; in words, what is wrong with it where there is none.
pub(super) fn decode(
    directory: &dyn Directory,
    to: ClientId,
    from: ProviderId,
    record: &[u8],
) -> Result<Envelope, &'static str> {
    let record =
        Record::tls_deserialize_exact(record).map_err(|_| "a record that cannot be read")?;
    let mut kinds = FrameKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.name().as_bytes() == record.kind.as_slice());
    let kind = kind.ok_or("a record of a kind that there is not")?;
    let room = match record.room {
        Some(uri) => {
            let known = directory.room_named(uri.as_slice());
            Some(known.ok_or("a record about a room that is not known")?.0)
        }
        None => None,
    };
    Ok(Envelope {
        from: Peer::Provider(from),
        sequence: record.sequence,
        room,
        request: record.request.map(|number| RequestId {
            provider: from,
            client: to,
            number,
        }),
        event: record.event,
        receivers: None,
        overhead: Overhead::default(),
        behind: None,
        packet: Packet::received(kind, Vec::from(record.body)),
    })
}
