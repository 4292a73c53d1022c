//! What a client and its own provider say to each other.
//!
//! Outside the drafts' scope, so ours. Where a request of the client has a counterpart between
//! providers, the same body is used on both hops: KeyMaterialRequest, HandshakeBundle,
//! SubmitMessageRequest, GroupInfoRequest and their answers; and the provider passes each FanoutMessage
//! on to its clients as it came. What is left is here.
//!
//! The two have a connection that is ordered and reliable while it lasts, as TLS over TCP is: it hands over
//! everything, in order, or ends. What then becomes of what was under way differs:
//!
//! - *To the client.* A provider numbers what it has for a client 0, 1, 2, …, per client and over all rooms, and keeps
//!   it until acknowledged. [`Connect`] says how far the client got, and the provider sends the rest again. The number
//!   itself does not travel with the message: the connection keeps their order, so the client counts.
//! - *To the provider.* What a connection did not hand over is lost as a whole: the provider goes on with the
//!   [`Connect`] of the next one. A client that waits for an answer asks again under the request's id
//!   (`policy.request_timeout`), [`Connect`] stands for a lost [`Ack`], and whoever has few KeyPackages left is told
//!   again. Where nothing can be lost (no such timeout), the provider waits for what was overtaken.

use throng_mls::wire::embedded::{BareGroupInfo, BareKeyPackage, EmbeddedMessage};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// Client to provider: KeyPackages to hand out, one at a time.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PublishKeyPackages<M: EmbeddedMessage> {
    /// `KeyPackage key_packages<V>`.
    pub key_packages: Vec<BareKeyPackage<M>>,
}

/// Provider to client: publish more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyPackagesLow {
    /// How many are left.
    pub remaining: u32,
}

/// Client to provider: back online, on a new connection; go on from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Connect {
    /// The number of the first message that the client lacks.
    pub next_sequence: u64,
}

/// Client to provider: all before this is safe here, and may be forgotten there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Ack {
    /// The number of the first message that the client lacks.
    pub next_sequence: u64,
}

/// The client's room is to exist: the group that the client created, as the hub needs to know it. The
/// drafts leave a room's creation to client and provider.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct CreateRoom<M: EmbeddedMessage> {
    /// The group's GroupInfo, without the tree.
    pub group_info: BareGroupInfo<M>,
    /// Its ratchet tree.
    pub ratchet_tree: M::Opaque,
}

/// The answer to [`Connect`], sent after everything that had waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Connected {
    /// How far the client's stream went when it connected: at this number it has caught up.
    pub head: u64,
}
