//! How clients are to handle the room's MLS group.

use throng_mls::app_data::ComponentId;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `OperationalParameters` (draft-ietf-mimi-room-policy-03, "Operational policy component"). Times that the draft gives no unit for are in
/// milliseconds here, as those of its pending-proposal policy.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct OperationalParameters {
    /// What every client has to be capable of.
    pub mandatory_capabilities: ExtendedCapabilities,
    /// What they are capable of unless they say so.
    pub default_capabilities: ExtendedCapabilities,
    /// What nobody may use.
    pub forbidden_capabilities: ExtendedCapabilities,
    /// `WireFormats handshake_formats<V>`.
    pub handshake_formats: Vec<u16>,
    /// A `bool`, as a byte.
    pub external_proposal_allowed: u8,
    /// A `bool`, as a byte.
    pub external_commit_allowed: u8,
    /// When members commit what is pending.
    pub pending_proposal_policy: PendingProposalPolicy,
    /// `LeafNode_update_time`.
    pub leaf_node_update_time: MinDefaultMaxTime,
    /// What holds for application messages.
    pub app_message_policy: AppMessagePolicy,
    /// Longest lifetime of a KeyPackage.
    pub max_kp_lifetime: u64,
    /// Longest lifetime of a credential.
    pub max_credential_lifetime: u64,
    /// How long resumption PSKs are kept.
    pub resumption_psk_lifetime: u64,
    /// How long unused keys of a sender are kept.
    pub sender_nonce_keypair_lifetime: MinDefaultMaxTime,
    /// How many of them.
    pub max_keypairs: u32,
    /// How long messages that come early are kept.
    pub buffer_incoming_message_time: MinDefaultMaxTime,
    /// How many of them.
    pub max_buffered_messages: u32,
}

/// `ExtendedCapabilities`.
#[derive(Debug, Clone, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ExtendedCapabilities {
    /// `ProtocolVersion versions<V>`.
    pub versions: Vec<u16>,
    /// `CipherSuite cipher_suites<V>`.
    pub cipher_suites: Vec<u16>,
    /// `ExtensionType extensions<V>`.
    pub extensions: Vec<u16>,
    /// `ProposalType proposals<V>`.
    pub proposals: Vec<u16>,
    /// `CredentialType credentials<V>`.
    pub credentials: Vec<u16>,
    /// `WireFormats wire_formats<V>`.
    pub wire_formats: Vec<u16>,
    /// `ComponentID component_ids<V>`.
    pub component_ids: Vec<ComponentId>,
    /// `ComponentID safe_aad_types<V>`.
    pub safe_aad_types: Vec<ComponentId>,
    /// `MediaType media_types<V>`.
    pub media_types: Vec<VLBytes>,
    /// `ContentType content_types<V>`.
    pub content_types: Vec<u8>,
}

/// `PendingProposalPolicy`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum PendingProposalPolicy {
    /// Nothing is said.
    #[tls_codec(discriminant = 0)]
    Unspecified,
    /// At once.
    #[tls_codec(discriminant = 1)]
    ImmediateCommit,
    /// After a random time.
    #[tls_codec(discriminant = 2)]
    RandomDelay {
        /// At least.
        minimum_delay_ms: u64,
        /// At most.
        maximum_delay_ms: u64,
    },
}

/// `MinDefaultMaxTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MinDefaultMaxTime {
    /// At least.
    pub minimum_time: u64,
    /// Unless something else is said.
    pub default_time: u64,
    /// At most.
    pub maximum_time: u64,
}

/// `AppMessagePolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AppMessagePolicy {
    /// Messages of how many past epochs are read.
    pub epoch_tolerance: u8,
    /// They are padded to a multiple of this.
    pub pad_to_size: u16,
    /// How many messages of a sender may be skipped.
    pub max_generations_skipahead: u32,
}
