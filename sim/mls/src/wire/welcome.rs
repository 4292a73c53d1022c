//! What those whom a commit adds join by.

use super::hpke::HpkeCiphertext;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `Welcome` (RFC 9420, section 12.4.3.1).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Welcome {
    /// `CipherSuite`.
    pub cipher_suite: u16,
    /// `EncryptedGroupSecrets secrets<V>`: one for each new member.
    pub secrets: Vec<EncryptedGroupSecrets>,
    /// `opaque encrypted_group_info<V>`.
    pub encrypted_group_info: VLBytes,
}

/// `EncryptedGroupSecrets`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct EncryptedGroupSecrets {
    /// `KeyPackageRef new_member`, `opaque <V>`: who it is for.
    pub new_member: VLBytes,
    /// `GroupSecrets`, encrypted to its KeyPackage.
    pub encrypted_group_secrets: HpkeCiphertext<VLBytes>,
}
