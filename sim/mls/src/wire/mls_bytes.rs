//! Real MLS messages: their bytes, shared.

use super::embedded::{Embedded, EmbeddedMessage, GROUP_INFO, KEY_PACKAGE, WELCOME};
use super::error::EncodingError;
use super::message::MlsMessage;
use super::semi_private::SEMI_PRIVATE;
use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use tls_codec::{Deserialize, Error, Serialize, Size, TlsVarInt, VLByteSlice, VLBytes};

/// A whole MLSMessage as bytes; a copy costs a counter, so fanning out to a thousand receivers holds it
/// once.
///
/// ```
/// use throng_mls::wire::{Embedded, EmbeddedMessage, MlsBytes};
///
/// // mls10, mls_private_message, empty group_id, epoch 7, commit, three empty vectors
/// let commit = MlsBytes::new([0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 7, 3, 0, 0, 0].as_slice())?;
/// assert_eq!(commit.content(), Embedded::Commit);
/// # Ok::<(), throng_mls::wire::EncodingError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MlsBytes {
    bytes: Arc<[u8]>,
    content: Embedded,
}

impl MlsBytes {
    /// Takes the bytes of one MLSMessage as an engine made them. Only what says what the message is gets
    /// read; bytes from elsewhere come in by [`Deserialize`], which parses the message whole.
    ///
    /// # Errors
    /// [`EncodingError::Codec`] where the first bytes are of no MLS 1.0 message.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Self, EncodingError> {
        let bytes = bytes.into();
        let content = peek(&bytes).map_err(EncodingError::codec("MLSMessage"))?;
        Ok(Self { bytes, content })
    }

    /// Encodes anything that is an MLSMessage, such as what OpenMLS hands out.
    ///
    /// # Errors
    /// [`EncodingError::Codec`] where it cannot be encoded or is no MLSMessage.
    pub fn encode(message: &impl Serialize) -> Result<Self, EncodingError> {
        Self::new(
            message
                .tls_serialize_detached()
                .map_err(EncodingError::codec("MLSMessage"))?,
        )
    }

    /// The message.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }
}

impl EmbeddedMessage for MlsBytes {
    type Opaque = OpaqueBytes;
    const ENCODED: bool = true;

    fn content(&self) -> Embedded {
        self.content
    }

    fn is_sealed(&self) -> bool {
        self.bytes.get(2..4) == Some(&SEMI_PRIVATE.to_be_bytes()[..])
    }
}

impl AsRef<[u8]> for MlsBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for MlsBytes {
    /// What it is and how long: nobody reads a hundred kilobytes of hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MlsBytes({:?}, {} B)", self.content, self.bytes.len())
    }
}

impl Size for MlsBytes {
    fn tls_serialized_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Serialize for MlsBytes {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        writer.write_all(&self.bytes)?;
        Ok(self.bytes.len())
    }
}

impl Deserialize for MlsBytes {
    /// Finds the end of the message by parsing it, and keeps the bytes exactly as they came: encoding
    /// the parsed message anew need not give them back.
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let mut recorder = Recorder {
            inner: bytes,
            seen: Vec::new(),
        };
        let content = MlsMessage::tls_deserialize(&mut recorder)?.content();
        Ok(Self {
            bytes: recorder.seen.into(),
            content,
        })
    }
}

/// Keeps what is read through it.
struct Recorder<'a, R> {
    inner: &'a mut R,
    seen: Vec<u8>,
}

impl<R: Read> Read for Recorder<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.seen.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

const MLS10: u16 = 1;
const PUBLIC_MESSAGE: u16 = 1;
const PRIVATE_MESSAGE: u16 = 2;

/// Reads as far as the content type (RFC 9420, sections 6.1 to 6.3).
fn peek(mut bytes: &[u8]) -> Result<Embedded, Error> {
    let version = u16::tls_deserialize(&mut bytes)?;
    if version != MLS10 {
        return Err(Error::UnknownValue(version.into()));
    }
    match u16::tls_deserialize(&mut bytes)? {
        PUBLIC_MESSAGE => {
            skip_group_and_epoch(&mut bytes)?;
            skip_sender(&mut bytes)?;
            skip_vector(&mut bytes)?;
            match content_type(&mut bytes)? {
                // RFC 9420, section 6: application data is never sent as a PublicMessage.
                Embedded::Application => Err(Error::DecodingError(
                    "application data in a PublicMessage".into(),
                )),
                content => Ok(content),
            }
        }
        PRIVATE_MESSAGE => {
            skip_group_and_epoch(&mut bytes)?;
            content_type(&mut bytes)
        }
        SEMI_PRIVATE => {
            skip_group_and_epoch(&mut bytes)?;
            match content_type(&mut bytes)? {
                Embedded::Application => Err(Error::DecodingError(
                    "application data in a SemiPrivateMessage".into(),
                )),
                content => Ok(content),
            }
        }
        WELCOME => Ok(Embedded::Welcome),
        GROUP_INFO => Ok(Embedded::GroupInfo),
        KEY_PACKAGE => Ok(Embedded::KeyPackage),
        other => Err(Error::UnknownValue(other.into())),
    }
}

fn skip_group_and_epoch(bytes: &mut &[u8]) -> Result<(), Error> {
    skip_vector(bytes)?;
    u64::tls_deserialize(bytes).map(drop)
}

fn skip_sender(bytes: &mut &[u8]) -> Result<(), Error> {
    match u8::tls_deserialize(bytes)? {
        // member: leaf_index; external: sender_index
        1 | 2 => u32::tls_deserialize(bytes).map(drop),
        // new_member_proposal, new_member_commit
        3 | 4 => Ok(()),
        other => Err(Error::UnknownValue(other.into())),
    }
}

fn skip_vector(bytes: &mut &[u8]) -> Result<(), Error> {
    let length = usize::try_from(TlsVarInt::tls_deserialize(bytes)?.value())?;
    *bytes = bytes.get(length..).ok_or(Error::EndOfStream)?;
    Ok(())
}

fn content_type(bytes: &mut &[u8]) -> Result<Embedded, Error> {
    match u8::tls_deserialize(bytes)? {
        1 => Ok(Embedded::Application),
        2 => Ok(Embedded::Proposal),
        3 => Ok(Embedded::Commit),
        other => Err(Error::UnknownValue(other.into())),
    }
}

/// The content of a vector `<V>`, shared; its length goes in front of it on the wire.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct OpaqueBytes(Arc<[u8]>);

impl OpaqueBytes {
    /// A vector with this content.
    pub fn new(content: impl Into<Arc<[u8]>>) -> Self {
        Self(content.into())
    }

    /// Encodes anything that is a vector `<V>`, such as an exported ratchet tree
    /// (`optional<Node> ratchet_tree<V>`).
    ///
    /// # Errors
    /// [`EncodingError::Codec`] where it cannot be encoded or is not exactly one vector.
    ///
    /// ```
    /// use throng_mls::wire::OpaqueBytes;
    /// assert_eq!(OpaqueBytes::encode(&vec![1u16, 2])?.as_slice(), [0, 1, 0, 2]);
    /// # Ok::<(), throng_mls::wire::EncodingError>(())
    /// ```
    pub fn encode(vector: &impl Serialize) -> Result<Self, EncodingError> {
        vector
            .tls_serialize_detached()
            .and_then(Self::tls_deserialize_exact)
            .map_err(EncodingError::codec("vector"))
    }

    /// The content, without the length.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for OpaqueBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueBytes({} B)", self.0.len())
    }
}

impl Size for OpaqueBytes {
    fn tls_serialized_len(&self) -> usize {
        VLByteSlice(&self.0).tls_serialized_len()
    }
}

impl Serialize for OpaqueBytes {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        VLByteSlice(&self.0).tls_serialize(writer)
    }
}

impl Deserialize for OpaqueBytes {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        VLBytes::tls_deserialize(bytes).map(|content| Self(Vec::from(content).into()))
    }
}
