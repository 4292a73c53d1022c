//! How an MLS message sits inside another protocol's struct.
//!
//! Two ways occur. `MLSMessage m` is the message as RFC 9420, section 6 frames it, without a length in
//! front: its end is found only by parsing it. `Welcome w`, `GroupInfo g` and `KeyPackage k` are the
//! bare structs, that is the same message less the four bytes (version, wire format) that frame it;
//! [`Bare`] is that second way.
//!
//! Several structs `select` on what the embedded message is. [`EmbeddedMessage::content`] answers that.

pub use super::content::Embedded;
use super::error::EncodingError;
use std::fmt::Debug;
use std::io::{Read, Write};
use tls_codec::{Deserialize, Error, Serialize, Size};

/// A whole MLSMessage as an engine puts it on the wire.
///
/// The encoding is the message's own, with no length in front, and begins with the four bytes of
/// version and wire format. An engine that knows only lengths reports them by [`Size`]; nobody has to
/// encode its frames.
pub trait EmbeddedMessage:
    Size + Serialize + Deserialize + Clone + Debug + Eq + Send + Sync + 'static
{
    /// A vector `<V>`, length included, into which MIMI does not look: an exported ratchet tree, a
    /// ciphertext. Of its own type because it grows with the group, and a message that is only a length
    /// wants vectors that are only lengths.
    type Opaque: Size + Serialize + Deserialize + Clone + Debug + Eq + Send + Sync + 'static;

    /// Whether frames travel as bytes. Those of an engine that knows only lengths travel as they are, and
    /// can be told from bytes by nothing but their lack of content.
    const ENCODED: bool;

    /// What the message is.
    fn content(&self) -> Embedded;

    /// Whether it is a SemiPrivateMessage.
    fn is_sealed(&self) -> bool;
}

/// The length of what frames every MLSMessage: `ProtocolVersion version; WireFormat wire_format`.
pub const MLS_HEADER_LEN: usize = 4;

/// The wire format of a Welcome (RFC 9420, section 17.2).
pub const WELCOME: u16 = 3;
/// The wire format of a GroupInfo.
pub const GROUP_INFO: u16 = 4;
/// The wire format of a KeyPackage.
pub const KEY_PACKAGE: u16 = 5;

/// A `Welcome` as a field.
pub type BareWelcome<M> = Bare<M, WELCOME>;
/// A `GroupInfo` as a field.
pub type BareGroupInfo<M> = Bare<M, GROUP_INFO>;
/// A `KeyPackage` as a field.
pub type BareKeyPackage<M> = Bare<M, KEY_PACKAGE>;

/// A message of wire format `FORMAT` whose encoding omits version and wire format.
///
/// It holds the whole message, as engines hand it out and take it in; only on the wire is it bare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare<M, const FORMAT: u16>(M);

impl<M: EmbeddedMessage, const FORMAT: u16> Bare<M, FORMAT> {
    /// `message`, to be written without its first four bytes.
    ///
    /// # Errors
    /// [`EncodingError::WrongContent`] where the message is of another wire format.
    pub fn new(message: M) -> Result<Self, EncodingError> {
        match message.content() {
            found if Some(found) == Self::content() => Ok(Self(message)),
            found => Err(EncodingError::WrongContent {
                expected: Self::expected(),
                found,
            }),
        }
    }

    /// The whole message, framed.
    pub fn message(&self) -> &M {
        &self.0
    }

    /// The whole message, framed.
    pub fn into_message(self) -> M {
        self.0
    }

    const fn content() -> Option<Embedded> {
        match FORMAT {
            WELCOME => Some(Embedded::Welcome),
            GROUP_INFO => Some(Embedded::GroupInfo),
            KEY_PACKAGE => Some(Embedded::KeyPackage),
            _ => None,
        }
    }

    const fn expected() -> &'static str {
        match FORMAT {
            WELCOME => "a Welcome",
            GROUP_INFO => "a GroupInfo",
            KEY_PACKAGE => "a KeyPackage",
            _ => "no message",
        }
    }
}

impl<M: EmbeddedMessage, const FORMAT: u16> Size for Bare<M, FORMAT> {
    fn tls_serialized_len(&self) -> usize {
        self.0.tls_serialized_len().saturating_sub(MLS_HEADER_LEN)
    }
}

impl<M: EmbeddedMessage, const FORMAT: u16> Serialize for Bare<M, FORMAT> {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let mut headless = SkipFirst {
            inner: writer,
            left: MLS_HEADER_LEN,
        };
        let written = self.0.tls_serialize(&mut headless)?;
        written
            .checked_sub(MLS_HEADER_LEN)
            .ok_or_else(|| Error::EncodingError("an MLS message without a header".into()))
    }
}

impl<M: EmbeddedMessage, const FORMAT: u16> Deserialize for Bare<M, FORMAT> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let [high, low] = FORMAT.to_be_bytes();
        let header = [0, 1, high, low];
        let message = M::tls_deserialize(&mut header.as_slice().chain(bytes))?;
        Self::new(message).map_err(|error| Error::DecodingError(error.to_string()))
    }
}

/// Passes on all but the first `left` bytes.
struct SkipFirst<'a, W> {
    inner: &'a mut W,
    left: usize,
}

impl<W: Write> Write for SkipFirst<'_, W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let skipped = self.left.min(buffer.len());
        self.left -= skipped;
        self.inner.write_all(&buffer[skipped..])?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// Refuses a message, while decoding or encoding, that may not stand where it does.
pub fn require<M: EmbeddedMessage>(message: &M, wanted: Embedded) -> Result<(), Error> {
    match message.content() {
        found if found == wanted => Ok(()),
        found => Err(Error::DecodingError(format!(
            "expected {wanted}, found {found}"
        ))),
    }
}

/// [`require`] for each of a list.
pub fn require_all<M: EmbeddedMessage>(list: &[M], wanted: Embedded) -> Result<(), Error> {
    list.iter().try_for_each(|message| require(message, wanted))
}
