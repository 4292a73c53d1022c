//! What a client can do, and what a group asks for.

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// `Capabilities` (RFC 9420, section 7.2). Numbers, not names: a client may be capable of what we do not know.
#[derive(Debug, Clone, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Capabilities {
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
}

/// `RequiredCapabilities` (RFC 9420, section 11.1): what every member has to be capable of.
#[derive(Debug, Clone, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RequiredCapabilities {
    /// `ExtensionType extension_types<V>`.
    pub extension_types: Vec<u16>,
    /// `ProposalType proposal_types<V>`.
    pub proposal_types: Vec<u16>,
    /// `CredentialType credential_types<V>`.
    pub credential_types: Vec<u16>,
}
