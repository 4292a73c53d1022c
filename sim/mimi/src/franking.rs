//! Message franking (draft-ietf-mimi-protocol-06, "Message Franking"): the hub puts a stamp on a message that it cannot read, by which
//! whoever reads it can prove to the hub later who sent it, what was in it, where and when.
//!
//! The sender commits to the content with a key that is in the content ([`franking_tag`]), in clear beside the ciphertext
//! ([`frank_aad`]). The hub stamps the tag together with what it knows of the message ([`ServerFrankingContext`]): with a key of its own,
//! so that it knows its stamps again, and with a signature, so that receivers see that nobody on the way changed anything ([`stamp`]).
//! Receivers check both ([`check`]), by the hub's public key in the GroupContext ([`FrankingAgentData`]). Where one of them reports a message
//! the hub sees that it has stamped it, and just so ([`knows_again`]).
//!
//! The signature and its checks are counted as Work. The HMACs are not: nobody has measured them, and no cost profile has a unit for them.
//!
//! ```
//! use throng_mimi::franking::{franking_tag, frank_aad, tag_in};
//!
//! let tag = franking_tag(&[7; 16], b"content");
//! let aad = frank_aad(tag);
//! assert_eq!(tag_in(&[aad]), Some(tag));
//! // Another key, another tag.
//! assert_ne!(tag, franking_tag(&[8; 16], b"content"));
//! ```

use crate::content::MimiContent;
use crate::content::{Content, decode};
use crate::room_state::FrankingAgentData;
use crate::room_state::components::FRANK_AAD;
use crate::wire::{AbusiveMessage, Frank, IdentifierUri};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::SafeAadItem;
use tls_codec::{Deserialize, Serialize, TlsDeserialize, TlsSerialize, TlsSize};

/// `ServerFrankingContext`: what the hub says of a message.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ServerFrankingContext {
    /// Who sends it, as it told the hub. Followers do not learn it; receivers have it from the content.
    pub sender_uri: IdentifierUri,
    /// The room.
    pub room_uri: IdentifierUri,
    /// When the hub accepted it, in milliseconds since the epoch of the clock.
    pub accepted_timestamp: u64,
}

/// `FrankingIntegrityTBS`: what the hub signs.
#[derive(Debug, TlsSize, TlsSerialize)]
struct FrankingIntegrityTbs<'a> {
    server_frank: [u8; 32],
    franking_signature_ciphersuite: u16,
    context: &'a ServerFrankingContext,
}

/// The label of the signature.
const LABEL: &str = "FrankingIntegrityTBS";

/// The key by which a hub knows its stamps again.
#[derive(Clone)]
pub struct HubKey(pub [u8; 32]);

/// HMAC-SHA256 (RFC 2104) over these parts, with a key of no more than a block, which is filled up with zeros.
fn hmac<const LENGTH: usize>(key: &[u8; LENGTH], parts: &[&[u8]]) -> Hmac<Sha256> {
    const { assert!(LENGTH <= 64) };
    let mut block = [0; 64];
    block[..LENGTH].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac
}

fn hmac_sha256<const LENGTH: usize>(key: &[u8; LENGTH], parts: &[&[u8]]) -> [u8; 32] {
    hmac(key, parts).finalize().into_bytes().into()
}

/// `HMAC_SHA256(salt, application_data)`: the salt is that of the MIMI content which the application data is.
pub fn franking_tag(salt: &[u8; 16], application_data: &[u8]) -> [u8; 32] {
    hmac_sha256(salt, &[application_data])
}

/// `FrankAAD`, as an item of Safe AAD.
pub fn frank_aad(tag: [u8; 32]) -> SafeAadItem {
    SafeAadItem {
        component_id: FRANK_AAD,
        aad_item_data: tag.to_vec().into(),
    }
}

/// The tag among items of Safe AAD, if it is there and as long as it has to be.
pub fn tag_in(items: &[SafeAadItem]) -> Option<[u8; 32]> {
    let item = items.iter().find(|item| item.component_id == FRANK_AAD)?;
    item.aad_item_data.as_slice().try_into().ok()
}

fn server_frank(
    key: &HubKey,
    tag: &[u8; 32],
    context: &ServerFrankingContext,
) -> Result<[u8; 32], MlsError> {
    let context = context.tls_serialize_detached().map_err(malformed)?;
    Ok(hmac_sha256(&key.0, &[tag, &context]))
}

/// The hub's stamp on a message with this tag.
///
/// # Errors
/// Those of signing.
pub fn stamp<E: Engine>(
    engine: &E,
    hub: &mut E::Client,
    key: &HubKey,
    tag: &[u8; 32],
    context: &ServerFrankingContext,
) -> Result<Frank, MlsError> {
    let server_frank = server_frank(key, tag, context)?;
    let franking_signature_ciphersuite = engine.ciphersuite_code();
    let signed = FrankingIntegrityTbs {
        server_frank,
        franking_signature_ciphersuite,
        context,
    };
    let signature = engine.sign_with_label(hub, LABEL, &signed)?;
    Ok(Frank {
        server_frank,
        franking_signature_ciphersuite,
        franking_integrity_signature: signature.into(),
    })
}

/// What a receiver has of a message besides its content.
#[derive(Debug)]
pub struct Received<'a> {
    /// The tag in its Safe AAD.
    pub tag: [u8; 32],
    /// The hub's stamp.
    pub frank: &'a Frank,
    /// The component of the GroupContext.
    pub agent: &'a [u8],
    /// When the hub accepted it.
    pub accepted_timestamp: u64,
}

/// Check the stamp on a message of a room, whose hub has this identity: that the tag is the content's, and that the hub says of the
/// message what the content says. That the content's sender is its MLS sender, and its room this one, is to be checked as well.
///
/// # Errors
/// [`MlsError`] of whatever does not hold.
pub fn check<E: Engine>(
    engine: &E,
    verifier: &mut E::Client,
    hub: &str,
    received: &Received<'_>,
    (content, application_data): (&MimiContent, &[u8]),
) -> Result<(), MlsError> {
    let Received {
        tag,
        frank,
        agent,
        accepted_timestamp,
    } = received;
    if frank.franking_signature_ciphersuite != engine.ciphersuite_code() {
        return Err(refused("another ciphersuite"));
    }
    let agent = FrankingAgentData::tls_deserialize_exact(agent).map_err(malformed)?;
    if agent.credential.client_uri()? != hub.as_bytes() {
        return Err(refused("stamped by another than the hub"));
    }
    if franking_tag(&content.salt, application_data) != *tag {
        return Err(refused("the tag of another content"));
    }
    let context = context_of(content, *accepted_timestamp)?;
    let signed = FrankingIntegrityTbs {
        server_frank: frank.server_frank,
        franking_signature_ciphersuite: frank.franking_signature_ciphersuite,
        context: &context,
    };
    engine.verify_with_label(
        verifier,
        agent.franking_signature_key.as_slice(),
        LABEL,
        &signed,
        frank.franking_integrity_signature.as_slice(),
    )
}

/// Whether a hub has stamped a message just as somebody reports it: what the stamp must have been about is in the content, but for the
/// time. What it was about, if it has.
///
/// # Errors
/// [`MlsError`] of whatever does not hold.
pub fn knows_again<E: Engine>(
    engine: &E,
    hub: &mut E::Client,
    key: &HubKey,
    reported: &AbusiveMessage,
) -> Result<ServerFrankingContext, MlsError> {
    let frank = &reported.frank;
    if frank.franking_signature_ciphersuite != engine.ciphersuite_code() {
        return Err(refused("another ciphersuite"));
    }
    let application_data = reported.message_content.as_slice();
    let Ok(Content::Message(content)) = decode(application_data) else {
        return Err(refused("no content of a message"));
    };
    let context = context_of(&content, reported.accepted_timestamp)?;
    let tag = franking_tag(&content.salt, application_data);
    let stamped = context.tls_serialize_detached().map_err(malformed)?;
    let stamped = hmac(&key.0, &[&tag, &stamped]);
    // In constant time: nobody is to find out a stamp byte by byte.
    if stamped.verify_slice(&frank.server_frank).is_err() {
        return Err(refused("not the hub's stamp on this"));
    }
    let signed = FrankingIntegrityTbs {
        server_frank: frank.server_frank,
        franking_signature_ciphersuite: frank.franking_signature_ciphersuite,
        context: &context,
    };
    let own = engine.signature_key(hub).to_vec();
    let signature = frank.franking_integrity_signature.as_slice();
    engine.verify_with_label(hub, &own, LABEL, &signed, signature)?;
    Ok(context)
}

/// What a hub says of a message with this content.
fn context_of(
    content: &MimiContent,
    accepted_timestamp: u64,
) -> Result<ServerFrankingContext, MlsError> {
    let said = (&content.extensions.sender_uri, &content.extensions.room_uri);
    let (Some(sender_uri), Some(room_uri)) = said else {
        return Err(refused("a content that does not say by whom and where"));
    };
    Ok(ServerFrankingContext {
        sender_uri: sender_uri.clone().into(),
        room_uri: room_uri.clone().into(),
        accepted_timestamp,
    })
}

fn malformed(error: tls_codec::Error) -> MlsError {
    MlsError::Malformed(error.to_string())
}

fn refused(reason: &str) -> MlsError {
    MlsError::Refused {
        operation: "check a frank",
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    /// Test cases 1 and 2 of RFC 4231.
    #[test]
    fn the_hmac_is_that_of_the_rfc() {
        let hex = |mac: [u8; 32]| HEXLOWER.encode(&mac);
        assert_eq!(
            hex(hmac_sha256(&[0x0b; 20], &[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(hmac_sha256(b"Jefe", &[b"what do ya want for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_tag_of_another_length_is_none() {
        let mut item = frank_aad([1; 32]);
        assert_eq!(tag_in(std::slice::from_ref(&item)), Some([1; 32]));
        item.aad_item_data = vec![1; 31].into();
        assert_eq!(tag_in(&[item]), None);
        assert_eq!(tag_in(&[]), None);
    }
}
