//! `POST /keyMaterial/{targetUser}`: KeyPackages for all clients of a user
//! (draft-ietf-mimi-protocol-06, "Fetch Key Material").

use super::identity::{IdentifierUri, Protocol};
use std::io::{Read, Write};
use throng_mls::wire::embedded::{BareKeyPackage, EmbeddedMessage};
use throng_mls::wire::{Capabilities, Credential, RequiredCapabilities};
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes,
};

/// Asks for one KeyPackage of every client of a user. Goes from the requester's provider to the hub, and
/// from the hub to the target's provider.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyMaterialRequest {
    /// What is signed.
    pub content: KeyMaterialRequestTbs,
    /// SignWithLabel over the content with the requester's key, label [`KeyMaterialRequestTbs::LABEL`].
    pub key_material_request_signature: VLBytes,
}

/// `KeyMaterialRequestTBS`: the request without its signature.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyMaterialRequestTbs {
    /// MLS 1.0.
    pub protocol: Protocol,
    /// Who asks.
    pub requesting_user: IdentifierUri,
    /// Whose KeyPackages are wanted.
    pub target_user: IdentifierUri,
    /// The room for which they are wanted.
    pub room_id: IdentifierUri,
    /// Ciphersuites that would do; not empty. Numbers, not names: a provider may be asked for suites that
    /// it does not know.
    pub acceptable_ciphersuites: Vec<u16>,
    /// What a new member must be capable of.
    pub required_capabilities: RequiredCapabilities,
    /// `SignaturePublicKey`, `opaque <V>`.
    pub requester_signature_key: VLBytes,
    /// The requester's credential.
    pub requester_credential: Credential,
}

/// What a request says whatever its protocol is, and with what it begins. Of one that is not [`Protocol::Mls10`] nobody here can read the
/// rest.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyMaterialRequestHead {
    /// By number: that may be one that is not known here.
    pub protocol: u8,
    /// Who asks.
    pub requesting_user: IdentifierUri,
    /// Whose material is wanted.
    pub target_user: IdentifierUri,
    /// The room for which it is wanted.
    pub room_id: IdentifierUri,
}

impl KeyMaterialRequestHead {
    /// Of the body of a request.
    ///
    /// # Errors
    /// Where the body is none, or is one of MLS 1.0 of which the rest cannot be read.
    pub fn of(body: &[u8]) -> Result<Self, Error> {
        let head = Self::tls_deserialize(&mut &*body)?;
        if head.protocol == Protocol::Mls10 as u8 {
            KeyMaterialRequest::tls_deserialize_exact(body)?;
        }
        Ok(head)
    }
}

impl KeyMaterialRequestTbs {
    /// The label of the signature.
    pub const LABEL: &str = "KeyMaterialRequestTBS";
}

/// How it went for the user as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum KeyMaterialUserCode {
    /// There is material for every client.
    Success = 0,
    /// There is material for at least one client.
    PartialSuccess = 1,
    /// The protocol is not supported.
    IncompatibleProtocol = 2,
    /// No client has material that fits.
    NoCompatibleMaterial = 3,
    /// No such user.
    UserUnknown = 4,
    /// The user does not want to be asked by this requester.
    NoConsent = 5,
    /// The user does not want to be asked for this room.
    NoConsentForThisRoom = 6,
    /// The user was, and is no more.
    UserDeleted = 7,
}

/// How it went for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum KeyMaterialClientCode {
    /// A KeyPackage is enclosed.
    Success = 0,
    /// The client's KeyPackages are used up.
    KeyMaterialExhausted = 1,
    /// The client has none that fits.
    NothingCompatible = 2,
}

/// KeyPackages of a user's clients, each handed out once.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyMaterialResponse<M: EmbeddedMessage> {
    /// MLS 1.0.
    pub protocol: Protocol,
    /// How it went.
    pub user_status: KeyMaterialUserCode,
    /// Whose they are.
    pub user_uri: IdentifierUri,
    /// Each of the user's clients; empty where `user_status` is neither success nor partial success
    /// (with `noCompatibleMaterial` it may be filled).
    pub clients: Vec<ClientKeyMaterial<M>>,
}

/// One client's answer. On the wire the code comes before the URI and decides what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKeyMaterial<M: EmbeddedMessage> {
    /// The client.
    pub client_uri: IdentifierUri,
    /// What there is of it.
    pub material: ClientMaterial<M>,
}

/// What there is of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMaterial<M: EmbeddedMessage> {
    /// A KeyPackage.
    Success(BareKeyPackage<M>),
    /// Nothing left.
    KeyMaterialExhausted,
    /// Nothing that fits, and, unless withheld for privacy, what the client can do.
    NothingCompatible(Option<Capabilities>),
}

impl<M: EmbeddedMessage> ClientKeyMaterial<M> {
    /// The code that goes on the wire.
    pub fn client_status(&self) -> KeyMaterialClientCode {
        match self.material {
            ClientMaterial::Success(_) => KeyMaterialClientCode::Success,
            ClientMaterial::KeyMaterialExhausted => KeyMaterialClientCode::KeyMaterialExhausted,
            ClientMaterial::NothingCompatible(_) => KeyMaterialClientCode::NothingCompatible,
        }
    }
}

impl<M: EmbeddedMessage> Size for ClientKeyMaterial<M> {
    fn tls_serialized_len(&self) -> usize {
        self.client_status().tls_serialized_len()
            + self.client_uri.tls_serialized_len()
            + match &self.material {
                ClientMaterial::Success(key_package) => key_package.tls_serialized_len(),
                ClientMaterial::KeyMaterialExhausted => 0,
                ClientMaterial::NothingCompatible(can) => can.tls_serialized_len(),
            }
    }
}

impl<M: EmbeddedMessage> Serialize for ClientKeyMaterial<M> {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let mut written = self.client_status().tls_serialize(writer)?;
        written += self.client_uri.tls_serialize(writer)?;
        written += match &self.material {
            ClientMaterial::Success(key_package) => key_package.tls_serialize(writer)?,
            ClientMaterial::KeyMaterialExhausted => 0,
            ClientMaterial::NothingCompatible(can) => can.tls_serialize(writer)?,
        };
        Ok(written)
    }
}

impl<M: EmbeddedMessage> Deserialize for ClientKeyMaterial<M> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let code = KeyMaterialClientCode::tls_deserialize(bytes)?;
        let client_uri = IdentifierUri::tls_deserialize(bytes)?;
        let material = match code {
            KeyMaterialClientCode::Success => {
                ClientMaterial::Success(BareKeyPackage::tls_deserialize(bytes)?)
            }
            KeyMaterialClientCode::KeyMaterialExhausted => ClientMaterial::KeyMaterialExhausted,
            KeyMaterialClientCode::NothingCompatible => {
                ClientMaterial::NothingCompatible(Option::tls_deserialize(bytes)?)
            }
        };
        Ok(Self {
            client_uri,
            material,
        })
    }
}
