//! What travels: the structs of draft-ietf-mimi-protocol-06 in their TLS presentation-language encoding.
//!
//! Start with [`Frame`]: one body of an HTTPS request or response, with its [`FrameKind`] for the
//! accounts. The rest of the map:
//!
//! - [`throng_mls::wire`]: how an MLS message sits inside a MIMI struct, and the trait
//!   [`EmbeddedMessage`](throng_mls::wire::EmbeddedMessage) over which everything here is generic, so that one engine may
//!   put real messages on the wire and another only their lengths;
//! - [`identity`]: protocol numbers, URIs, references to proposals;
//! - [`key_material`], [`update`], [`submit`], [`notify`], [`group_info`], [`report_abuse`], [`consent`], [`identifier_query`]: one
//!   file an endpoint;
//! - [`download`]: assets, and how they are asked for and stored;
//! - [`status`]: answers without a body; [`extensions`]: what the draft leaves room for;
//! - [`ratchet_tree`]: the ways to convey a tree (draft-ietf-mls-ratchet-tree-options), used by several;
//! - [`client`]: what a client and its own provider say, which the drafts leave open and is ours.
//!
//! Lengths are those of *bodies*. What the URL and the headers carry (the room, the target user, the
//! sender's domain, the request's identity) is in no body and in no account, and neither is what TLS,
//! HTTP and TCP add.
//!
//! Only the draft's `mls10` protocol exists here, so each `select (protocol)` has the one case. Of a request for key material in another the
//! [beginning](KeyMaterialRequestHead) is read, by which it is refused.

pub mod client;
pub mod consent;
pub mod download;
pub mod error;
pub mod extensions;
pub mod frame;
pub mod group_info;
pub mod identifier_query;
pub mod identity;
pub mod key_material;
pub mod notify;
pub mod ratchet_tree;
pub mod report_abuse;
pub mod status;
pub mod submit;
pub mod update;

#[cfg(test)]
pub(crate) mod tests;

pub use client::{Ack, Connect, KeyPackagesLow, PublishKeyPackages};
pub use consent::{ConsentEntry, ConsentOperation, ConsentScope};
pub use download::{AssetBytes, Download, DownloadRequest, UploadAsset};
pub use error::WireError;
pub use extensions::{AppDataDictionary, ComponentData};
pub use frame::{Endpoint, Frame, FrameKind};
pub use group_info::{
    GroupInfoCode, GroupInfoGranted, GroupInfoOutcome, GroupInfoRatchetTree, GroupInfoRequest,
    GroupInfoRequestTbs, GroupInfoResponse, GroupInfoResponseTbs, PendingProposal,
};
pub use identifier_query::{
    FieldSource, IdentifierQueryCode, IdentifierRequest, IdentifierResponse, ProfileField,
    QueryElement, SearchIdentifier, UserProfile,
};
pub use identity::{IdentifierUri, ProposalRef, Protocol};
pub use key_material::{
    ClientKeyMaterial, ClientMaterial, KeyMaterialClientCode, KeyMaterialRequest,
    KeyMaterialRequestHead, KeyMaterialRequestTbs, KeyMaterialResponse, KeyMaterialUserCode,
};
pub use notify::{FanoutEvent, FanoutMessage, NotifyLater};
pub use ratchet_tree::{RatchetTreeOption, RatchetTreeRequest};
pub use report_abuse::{AbuseReport, AbuseType, AbusiveMessage};
pub use status::Status;
pub use submit::{
    Frank, SubmitAccepted, SubmitMessageRequest, SubmitMessageResponse, SubmitOutcome,
};
pub use update::{
    GroupInfoOption, HandshakeBundle, UpdateOutcome, UpdateResponseCode, UpdateRoomResponse,
};
