//! `POST /requestConsent/{targetDomain}` and `POST /updateConsent/{requesterDomain}`: whether somebody may ask for somebody's KeyPackages
//! (draft-ietf-mimi-protocol-06, "Convey explicit consent").

use super::extensions::AppDataDictionary;
use super::identity::IdentifierUri;
use std::io::{Read, Write};
use throng_mls::wire::embedded::{BareKeyPackage, EmbeddedMessage};
use tls_codec::{Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize};

/// A word about consent, from one of two providers to the other. No hub is between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentEntry<M: EmbeddedMessage> {
    /// What it is about.
    pub scope: ConsentScope,
    /// What becomes of it.
    pub operation: ConsentOperation<M>,
    /// What else there is.
    pub consent_extensions: AppDataDictionary,
}

/// Whose consent to whom, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ConsentScope {
    /// Who asks for KeyPackages, or will.
    pub requester_uri: IdentifierUri,
    /// Whose they are.
    pub target_uri: IdentifierUri,
    /// The only room for which; nothing for any.
    pub room_id: Option<IdentifierUri>,
}

/// What becomes of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentOperation<M: EmbeddedMessage> {
    /// The requester asks for it no more.
    Cancel,
    /// The requester asks for it.
    Request,
    /// The target gives it, with these KeyPackages; there may be none.
    Grant(Vec<BareKeyPackage<M>>),
    /// The target takes it back, or does not give it.
    Revoke,
}

impl<M: EmbeddedMessage> ConsentOperation<M> {
    fn code(&self) -> u8 {
        match self {
            Self::Cancel => 0,
            Self::Request => 1,
            Self::Grant(_) => 2,
            Self::Revoke => 3,
        }
    }

    /// Whether the requester's side says it, at `/requestConsent`; the target's side says the others, at `/updateConsent`.
    pub fn is_requesters(&self) -> bool {
        matches!(self, Self::Cancel | Self::Request)
    }

    fn grant(&self) -> Option<&Vec<BareKeyPackage<M>>> {
        match self {
            Self::Grant(key_packages) => Some(key_packages),
            _ => None,
        }
    }
}

impl<M: EmbeddedMessage> ConsentEntry<M> {
    /// A word without anything beside.
    pub fn new(scope: ConsentScope, operation: ConsentOperation<M>) -> Self {
        Self {
            scope,
            operation,
            consent_extensions: AppDataDictionary::default(),
        }
    }
}

impl<M: EmbeddedMessage> Size for ConsentEntry<M> {
    fn tls_serialized_len(&self) -> usize {
        let grant = self.operation.grant();
        1 + self.scope.tls_serialized_len()
            + grant.map_or(0, Size::tls_serialized_len)
            + self.consent_extensions.tls_serialized_len()
    }
}

impl<M: EmbeddedMessage> Serialize for ConsentEntry<M> {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let mut written = self.operation.code().tls_serialize(writer)?;
        written += self.scope.tls_serialize(writer)?;
        if let Some(key_packages) = self.operation.grant() {
            written += key_packages.tls_serialize(writer)?;
        }
        Ok(written + self.consent_extensions.tls_serialize(writer)?)
    }
}

impl<M: EmbeddedMessage> Deserialize for ConsentEntry<M> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let code = u8::tls_deserialize(bytes)?;
        let scope = ConsentScope::tls_deserialize(bytes)?;
        let operation = match code {
            0 => ConsentOperation::Cancel,
            1 => ConsentOperation::Request,
            2 => ConsentOperation::Grant(Vec::tls_deserialize(bytes)?),
            3 => ConsentOperation::Revoke,
            _ => return Err(Error::UnknownValue(code.into())),
        };
        Ok(Self {
            scope,
            operation,
            consent_extensions: AppDataDictionary::tls_deserialize(bytes)?,
        })
    }
}
