//! How many bytes HTTP/2 and TLS 1.3 add to a body, and what it takes to set up a connection.
//!
//! What stands around a body follows from what is sent:
//!
//! - a frame has 9 bytes in front, and 16,384 bytes in it at most (RFC 9113, section 4);
//! - heads are compressed (RFC 7541). A field whose value is always the same on a connection is one byte, a reference to the dynamic
//!   table; one whose value changes is a reference to its name and the value in Huffman's code. Which fields there are says
//!   [`headers`](super::headers);
//! - a record of TLS has 5 bytes in front, one that says what is in it and a tag of 16, and 16,384 bytes in it at most (RFC 8446, section
//!   5.2). Each frame is written by itself, so that it has one of its own.
//!
//! The numbers below that do not follow from these were measured over real connections: names end in `MEASURED`, and
//! `sim/live/src/wire_test.rs` measures them again and holds the whole formula against what it counts. It leaves out what
//! depends on more than what is sent: how full the table of a connection is (a field is said anew when it was pushed out, about every 35
//! requests), updates of windows and settings in the middle of a connection (35 bytes for each 128 KiB or so), pings (every 20 s),
//! and records of TLS that several frames share, of which many wait. It also leaves out the list of an event's receivers, about 5 bytes for each: the drafts
//! have each follower work that out by itself, and where many only receive, one stands for all before the machines. TCP's and IP's own headers are nobody's: links count what is within segments.

use super::answers::{is_answer, is_asset, is_status};
use super::paths::{Side, parts, segment};
use super::tree_url;
use crate::assets;
use crate::directory::{Directory, domain_of};
use crate::framed::Framed;
use crate::wire::{Endpoint, Frame, FrameKind, IdentifierUri, KeyMaterialRequestHead};
use std::sync::Arc;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::packet::{Body, Opening, Overhead};
use throng_stack::{Envelope, Peer};
use throng_workloads::intent::RoomId;
use throng_workloads::scenario::Transport;

/// In front of each frame.
const FRAME: u64 = 9;
/// The longest frame, and the longest record of TLS.
const LONGEST: u64 = 16_384;
/// Around what is in a record of TLS.
const RECORD: u64 = 5 + 1 + 16;

/// `:method`, `:scheme`, `:authority` and `content-type`, which are the same in all requests: references.
const ALWAYS: u64 = 4;
/// Of these, that of a body's type.
const CONTENT_TYPE: u64 = 1;
/// `from`, of providers, likewise.
const FROM: u64 = 1;
/// The reference to the name of a field, where its value is said: of one of the static table, and of one that the connection has
/// learned.
const NAME: u64 = 2;
/// `authorization: Bearer` and a token of 64 hexadecimal digits, in Huffman's code: 45 bits in 8 digits, where each is as frequent as
/// another.
const AUTHORIZATION: u64 = NAME + 1 + (40 + 64 / 8 * 45) / 8;
/// `:status` by a reference, and `date`, which is another one in each second: said anew, 29 characters in 22 bytes (RFC 7541, appendix
/// C.6).
const STATUS_AND_DATE: u64 = 1 + 1 + 1 + 22;

/// TCP's handshake (no bytes), then TLS's: ClientHello; ServerHello, EncryptedExtensions, CertificateRequest, Certificate (one of
/// ECDSA P-256, issued by an authority that is trusted), CertificateVerify, Finished. Two round trips. Then Finished, the preface and settings
/// of HTTP/2, and all fields for the first time; back come tickets and settings.
static FULL_MEASURED: Opening = Opening {
    resumed: false,
    flights: &[0, 0, 225, 818],
    besides_there: 268,
    besides_back: 475,
};

/// The same with a ticket (RFC 8446, section 2.2), and no certificate. As many round trips: nobody sends early data.
static RESUMED_MEASURED: Opening = Opening {
    resumed: true,
    flights: &[0, 0, 416, 228],
    besides_there: 260,
    besides_back: 475,
};

/// How a client opens a connection, the first time or later.
pub(crate) fn opening(transport: Transport, resumed: bool) -> Option<&'static Opening> {
    match (transport, resumed) {
        (Transport::None, _) => None,
        (Transport::Https, false) => Some(&FULL_MEASURED),
        (Transport::Https, true) => Some(&RESUMED_MEASURED),
    }
}

/// What a party's envelopes take beside their bodies.
#[derive(Debug, Clone)]
pub(crate) struct Overheads {
    directory: Arc<dyn Directory>,
    transport: Transport,
    /// The last room that somebody asked about: events come to many about one.
    last: Option<(RoomId, Named)>,
}

/// How long a room's name is.
#[derive(Debug, Clone, Copy, Default)]
struct Named {
    /// Its URI, in bytes.
    uri: u64,
    /// As a segment of a path in Huffman's code, in bits.
    segment: u64,
}

impl Overheads {
    pub(crate) fn new(directory: Arc<dyn Directory>, transport: Transport) -> Self {
        Self {
            directory,
            transport,
            last: None,
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// Write down what an envelope to `to` takes, which is about to be sent.
    pub(crate) fn put<M: EmbeddedMessage>(&mut self, to: Peer, envelope: &mut Envelope) {
        envelope.overhead = match self.transport {
            Transport::None => Overhead::default(),
            Transport::Https => self.of::<M>(to, envelope),
        };
    }

    fn of<M: EmbeddedMessage>(&mut self, to: Peer, envelope: &Envelope) -> Overhead {
        let Some(kind) = envelope.packet.frame_kind() else {
            return Overhead::default();
        };
        let room = self.named(envelope.room);
        let body = envelope.body_len();
        let (there, back) = match (envelope.from, to) {
            (Peer::Client(_), _) => {
                let path = path(Side::Clients, kind) + room.segment;
                let head = ALWAYS + AUTHORIZATION + self.fields(envelope) + string(path);
                (framed(head + length(body), body), receipt())
            }
            (Peer::Provider(_), Peer::Client(_)) => {
                (streamed(record(kind, envelope, room), body), 0)
            }
            (Peer::Provider(_), Peer::Provider(_)) if is_answer(envelope) => {
                (self.answer(kind, envelope), 0)
            }
            (Peer::Provider(_), Peer::Provider(_)) if kind == FrameKind::RatchetTreeRequest => {
                // A GET: what the body says is the path, and there is no `content-type`.
                let path = tree_path::<M>(envelope).unwrap_or(room.segment);
                let head = ALWAYS - 1 + FROM + self.fields(envelope) + string(path);
                (framed(head, 0).saturating_sub(body), 0)
            }
            (Peer::Provider(_), Peer::Provider(_)) => {
                let name = match kind.endpoint() {
                    Endpoint::KeyMaterialRequest
                    | Endpoint::RequestConsent
                    | Endpoint::UpdateConsent
                    | Endpoint::ProxyDownload
                    | Endpoint::FetchAsset => target::<M>(envelope).unwrap_or(room.segment),
                    Endpoint::IdentifierQuery => self.domain(to),
                    _ => room.segment,
                };
                let path = path(Side::Providers, kind) + name;
                let head = ALWAYS + FROM + self.fields(envelope) + string(path);
                let taken = match kind.endpoint() {
                    // Its body is the path, and so it has no type.
                    Endpoint::ProxyDownload | Endpoint::FetchAsset => {
                        framed(head - CONTENT_TYPE, 0).saturating_sub(body)
                    }
                    _ => framed(head + length(body), body),
                };
                (taken, 0)
            }
        };
        let fits = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
        Overhead {
            there: fits(there),
            back: fits(back),
            opening: None,
        }
    }

    /// The fields of a request that are ours, but for those that never change.
    fn fields(&self, envelope: &Envelope) -> u64 {
        let mut fields = NAME + string(digits(envelope.sequence));
        if let Some(request) = envelope.request {
            let domain = self.directory.domain(request.provider).unwrap_or_default();
            let bits = huffman("\"\";c=;n=")
                + huffman(domain)
                + digits(request.client.0.into())
                + digits(request.number.into());
            fields += NAME + string(bits);
        }
        if let Some(event) = envelope.event {
            fields += NAME + string(digits(event));
        }
        if !envelope.behind().is_empty() {
            fields += NAME + string(behind(envelope.behind()));
        }
        fields
    }

    /// An answer to another provider. A receipt has no body, and what asks for patience says for how long.
    fn answer(&self, kind: FrameKind, envelope: &Envelope) -> u64 {
        match kind {
            FrameKind::NotifyAccepted | FrameKind::NotifyTooLarge => receipt(),
            FrameKind::RatchetTreeGone => framed(
                STATUS_AND_DATE + NAME + string(digits(envelope.sequence)),
                0,
            ),
            // Its body is a header field: it says a number of seconds.
            FrameKind::NotifyLater => (receipt() + NAME + 2).saturating_sub(envelope.packet.len()),
            // Its body is the status.
            kind if is_status(kind) => {
                let sequence = NAME + string(digits(envelope.sequence));
                framed(STATUS_AND_DATE + sequence, 0).saturating_sub(envelope.packet.len())
            }
            // Its body is the status, and an asset where there is one.
            kind if is_asset(kind) => {
                let written = envelope.packet.len();
                let sequence = NAME + string(digits(envelope.sequence));
                match asset_in(written) {
                    Some(asset) => {
                        let besides = written - asset;
                        with_body(sequence, asset).saturating_sub(besides)
                    }
                    None => framed(STATUS_AND_DATE + sequence, 0).saturating_sub(written),
                }
            }
            _ => {
                let sequence = NAME + string(digits(envelope.sequence));
                with_body(sequence, envelope.packet.len())
            }
        }
    }

    /// The domain of whom a request is for, at the end of its path.
    fn domain(&self, of: Peer) -> u64 {
        let domain = match of {
            Peer::Provider(provider) => self.directory.domain(provider),
            Peer::Client(_) => None,
        };
        huffman("/") + huffman(&segment(domain.unwrap_or_default()))
    }

    fn named(&mut self, room: Option<RoomId>) -> Named {
        let Some(room) = room else {
            return Named::default();
        };
        match self.last {
            Some((last, named)) if last == room => named,
            _ => {
                let uri = self.directory.room_uri(room).unwrap_or_default();
                let named = Named {
                    uri: uri.len() as u64,
                    segment: huffman("/") + huffman(&segment(&uri)),
                };
                self.last = Some((room, named));
                named
            }
        }
    }
}

/// What is said of events behind the first, in bits, without their receivers.
fn behind(all: &[Envelope]) -> u64 {
    let one = |envelope: &Envelope| {
        let event = envelope.event;
        let event = event.map_or(0, |event| huffman(";e=") + digits(event));
        huffman("();s=") + digits(envelope.sequence) + event
    };
    let between = huffman(", ") * (all.len() as u64 - 1);
    all.iter().map(one).sum::<u64>() + between
}

/// What a request between providers has in its path that is about no room: the user whose KeyPackages it is for, the domain that a word
/// about consent goes to, or an asset.
fn target<M: EmbeddedMessage>(envelope: &Envelope) -> Option<u64> {
    let uri = |uri: &IdentifierUri| Some(domain_of(uri.as_str())?.to_owned());
    let Ok(frame) = envelope.packet.open::<M>() else {
        // Of a request in another protocol no more than the beginning is known.
        let Body::Bytes(body) = envelope.packet.body() else {
            return None;
        };
        let asks = envelope.packet.frame_kind() == Some(FrameKind::KeyMaterialRequest);
        let head = asks.then(|| KeyMaterialRequestHead::of(body).ok())??;
        return Some(huffman("/") + huffman(&segment(head.target_user.as_str())));
    };
    let target = match frame {
        Frame::KeyMaterialRequest(request) => request.content.target_user.as_str().to_owned(),
        Frame::RequestConsent(entry) => uri(&entry.scope.target_uri)?,
        Frame::UpdateConsent(entry) => uri(&entry.scope.requester_uri)?,
        Frame::ProxyDownload(request) => str::from_utf8(request.download_url.as_slice())
            .ok()?
            .to_owned(),
        Frame::FetchAsset(request) => {
            assets::name(assets::parse(request.download_url.as_slice())?.1)
        }
        _ => return None,
    };
    Some(huffman("/") + huffman(&segment(&target)))
}

/// What an answer with a body takes beside that. Head and body are there together, and the first frames leave together.
fn with_body(fields: u64, body: u64) -> u64 {
    let head = STATUS_AND_DATE + CONTENT_TYPE + fields + length(body);
    framed(head, body) - if body > 0 { RECORD } else { 0 }
}

/// How long the asset is in an answer that is written in so many bytes: two for a status, and then, where there is one, an asset with its
/// length in front.
fn asset_in(written: u64) -> Option<u64> {
    let asset = |before: u64| written.checked_sub(2 + before);
    let fits = |before: &u64| asset(*before).is_some_and(|asset| prefix(asset) == *before);
    asset([1, 2, 4].into_iter().find(fits)?)
}

/// The path at which a request asks for a tree, in bits.
fn tree_path<M: EmbeddedMessage>(envelope: &Envelope) -> Option<u64> {
    let Ok(Frame::RatchetTreeRequest(request)) = envelope.packet.open::<M>() else {
        return None;
    };
    let (_, path) = request.url().and_then(tree_url::apart)?;
    Some(huffman(path))
}

/// A path in Huffman's code, but for the name at its end, in bits.
fn path(side: Side, kind: FrameKind) -> u64 {
    parts(side, kind).into_iter().map(huffman).sum()
}

/// What a client hears at once: its request is taken.
fn receipt() -> u64 {
    framed(STATUS_AND_DATE, 0)
}

/// `content-length` of a body.
fn length(body: u64) -> u64 {
    match body {
        0 => 0,
        body => NAME + string(digits(body)),
    }
}

/// What stands in front of the body in a record of the stream to a client, and the length in front of all.
fn record(kind: FrameKind, envelope: &Envelope, room: Named) -> u64 {
    let vector = |length: u64| length + prefix(length);
    let room = envelope.room.map_or(0, |_| vector(room.uri));
    4 + 8
        + vector(kind.name().len() as u64)
        + (1 + room)
        + (1 + envelope.request.map_or(0, |_| 4))
        + (1 + envelope.event.map_or(0, |_| 8))
        + prefix(envelope.packet.len())
}

/// The length of a vector's length (RFC 9420, section 2.1.2).
fn prefix(length: u64) -> u64 {
    match length {
        0..64 => 1,
        64..16_384 => 2,
        _ => 4,
    }
}

/// What a head of so many bytes and a body take beside the body: frames and records.
fn framed(head: u64, body: u64) -> u64 {
    head + frames(head) + frames(body)
}

/// The same of a piece of a stream, whose head is part of what its frames carry.
fn streamed(head: u64, body: u64) -> u64 {
    head + frames(head + body)
}

/// What goes around so many bytes: frames, each in a record of its own, or in two where it is as long as it can be.
fn frames(bytes: u64) -> u64 {
    let around = |payload: u64| FRAME + (FRAME + payload).div_ceil(LONGEST) * RECORD;
    let rest = match bytes % LONGEST {
        0 => 0,
        rest => around(rest),
    };
    bytes / LONGEST * around(LONGEST) + rest
}

/// A text of so many bits, with its length in front (RFC 7541, section 5.2).
fn string(bits: u64) -> u64 {
    let bytes = bits.div_ceil(8);
    bytes
        + match bytes {
            0..127 => 1,
            127..255 => 2,
            255..16_511 => 3,
            _ => 4,
        }
}

/// A number's digits in Huffman's code, in bits.
fn digits(mut number: u64) -> u64 {
    let mut bits = 0;
    loop {
        bits += if number % 10 < 3 { 5 } else { 6 };
        number /= 10;
        if number == 0 {
            return bits;
        }
    }
}

/// A text in Huffman's code, in bits.
fn huffman(text: &str) -> u64 {
    text.bytes().map(|byte| u64::from(bits(byte))).sum()
}

/// How many bits a character has in HPACK's code (RFC 7541, appendix B). Others than those of ASCII that can be written do not come
/// up.
const fn bits(byte: u8) -> u8 {
    match byte {
        b'0'..=b'2' | b'a' | b'c' | b'e' | b'i' | b'o' | b's' | b't' => 5,
        b' ' | b'%' | b'-' | b'.' | b'/' | b'3'..=b'9' | b'=' | b'A' | b'_' => 6,
        b'b' | b'd' | b'f' | b'g' | b'h' | b'l' | b'm' | b'n' | b'p' | b'r' | b'u' => 6,
        b':' | b'B'..=b'W' | b'Y' | b'j' | b'k' | b'q' | b'v'..=b'z' => 7,
        b'&' | b'*' | b',' | b';' | b'X' | b'Z' => 8,
        b'!' | b'"' | b'(' | b')' | b'?' => 10,
        b'\'' | b'+' | b'|' => 11,
        b'#' | b'>' => 12,
        b'$' | b'@' | b'[' | b']' | b'~' => 13,
        b'^' | b'}' => 14,
        b'<' | b'`' | b'{' => 15,
        b'\\' => 19,
        _ => 28,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541, appendix C.4 and C.6: what the strings of its examples take in Huffman's code.
    #[test]
    fn the_examples_of_the_standard_are_as_long_as_it_says() {
        for (text, bytes) in [
            ("www.example.com", 12),
            ("no-cache", 6),
            ("custom-key", 8),
            ("custom-value", 9),
            ("302", 2),
            ("private", 5),
            ("Mon, 21 Oct 2013 20:13:21 GMT", 22),
            ("https://www.example.com", 17),
            (
                "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
                45,
            ),
        ] {
            assert_eq!(string(huffman(text)), 1 + bytes, "{text}");
        }
        for number in [0, 7, 10, 2_051, u64::MAX] {
            assert_eq!(digits(number), huffman(&number.to_string()));
        }
    }

    #[test]
    fn an_asset_is_found_by_how_long_its_answer_is() {
        assert_eq!(asset_in(2), None);
        for asset in [0, 1, 63, 64, 16_383, 16_384, 1 << 24] {
            assert_eq!(asset_in(2 + prefix(asset) + asset), Some(asset));
        }
    }

    #[test]
    fn long_bodies_take_more_frames_and_records() {
        assert_eq!(frames(16_384), FRAME + 2 * RECORD);
        assert_eq!(frames(16_375), FRAME + RECORD);
        assert_eq!(framed(20, 100), 20 + 2 * FRAME + 2 * RECORD);
        assert_eq!(framed(20, 0), 20 + FRAME + RECORD);
        assert_eq!(streamed(20, 40_000), 20 + 3 * FRAME + 5 * RECORD);
    }
}
