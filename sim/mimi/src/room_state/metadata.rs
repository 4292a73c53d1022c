//! What a room is called.

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `RoomMetaData` (draft-ietf-mimi-protocol-06, "Room Metadata").
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RoomMetaData {
    /// `Uri room_uri`.
    pub room_uri: VLBytes,
    /// `UTF8String room_name`.
    pub room_name: VLBytes,
    /// `RichDescription room_descriptions<V>`.
    pub room_descriptions: Vec<RichDescription>,
    /// `Uri room_avatar`: where its picture is.
    pub room_avatar: VLBytes,
    /// `UTF8String room_subject`.
    pub room_subject: VLBytes,
    /// `UTF8String room_mood`.
    pub room_mood: VLBytes,
}

/// `RichDescription`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RichDescription {
    /// `opaque media_type<V>`: plain text where it is empty.
    pub media_type: VLBytes,
    /// `opaque language_tag<V>`.
    pub language_tag: VLBytes,
    /// `opaque description_content<V>`.
    pub description_content: VLBytes,
}
