//! What MLS puts on the wire (RFC 9420) as far as others need to read it: our own structs in their TLS encoding.
//!
//! An engine may use any library inside; who passes messages on, checks what they say of themselves, or only
//! knows how long they are speaks of these.
//!
//! - [`embedded`]: what a message is to a protocol that carries it, and the trait [`EmbeddedMessage`]. Start here.
//! - [`content`]: which kinds of messages there are, [`Embedded`].
//! - [`mls_bytes`]: a real message, [`MlsBytes`]: its bytes, shared.
//! - [`message`]: an MLSMessage read whole (section 6), which is how its end is found.
//! - [`proposal`], [`leaf_node`], [`key_package`], [`group_info`], [`welcome`]: one file a struct and what only it
//!   consists of; [`partial_group_info`], [`safe_aad`] and [`semi_private`] are of drafts beside RFC 9420.
//! - [`credential`], [`capabilities`], [`extension`], [`hpke`]: the small parts that several share.
//!
//! Nothing here is validated beyond its encoding: signatures, hashes and rules are an engine's affair.

pub mod capabilities;
pub mod content;
pub mod credential;
pub mod embedded;
pub mod error;
pub mod extension;
pub mod group_info;
pub mod hpke;
pub mod key_package;
pub mod leaf_node;
pub mod message;
pub mod mls_bytes;
pub mod partial_group_info;
pub mod proposal;
pub mod safe_aad;
pub mod semi_private;
pub mod welcome;

pub use capabilities::{Capabilities, RequiredCapabilities};
pub use content::Embedded;
pub use credential::Credential;
pub use embedded::{
    Bare, BareGroupInfo, BareKeyPackage, BareWelcome, EmbeddedMessage, MLS_HEADER_LEN,
};
pub use error::EncodingError;
pub use extension::{
    ComponentId, DomainList, Extension, ExternalSender, RATCHET_TREE_SOURCE_DOMAINS,
};
pub use group_info::{GroupContext, GroupInfo};
pub use hpke::HpkeCiphertext;
pub use key_package::KeyPackage;
pub use leaf_node::LeafNode;
pub use message::MlsMessage;
pub use mls_bytes::{MlsBytes, OpaqueBytes};
pub use partial_group_info::{PartialGroupInfo, RatchetTreePresence};
pub use proposal::Proposal;
pub use safe_aad::SafeAadItem;
pub use semi_private::{ExternalReceiver, SemiPrivateMessage};
pub use welcome::Welcome;
