//! SemiPrivateMessages (draft-mahy-mls-semiprivatemessage-07) on top of OpenMLS, which has none.
//!
//! OpenMLS makes and reads PublicMessages; on its way one is encrypted for the members and for the receivers that the GroupContext names,
//! in the draft's structs and by its steps. Three things differ, since OpenMLS keeps to itself what they would take:
//!
//! - Keys and nonces are exported from the epoch's secrets (RFC 9420, section 8.5) and not derived in the sender's handshake ratchet, as are
//!   those of the sender data. That takes as many derivations and no other lengths.
//! - What is signed, and goes into the transcript, has the wire format of a PublicMessage.
//! - The membership tag that OpenMLS asks of a PublicMessage is encrypted with it: 33 bytes that the draft does not have.
//!
//! Leaves do not say that their clients know the format (`supported_wire_formats` of draft-ietf-mls-extensions).

use crate::context_work::ContextOperation;
use crate::engine::MlsError;
use crate::openmls::client::Client;
use crate::openmls::crypto::Crypto;
use crate::openmls::error::{malformed, refused};
use crate::openmls::group::{Group, context_len};
use crate::openmls::hpke;
use crate::openmls::labelled::labelled;
use crate::openmls::settings::Settings;
use crate::openmls::{app_data, hub::Hub};
use crate::wire::message::{ContentType, Sender};
use crate::wire::semi_private::{
    EXTERNAL_RECEIVERS, ExternalReceiver, KeyForExternalReceiver, PerMessageKeyAndNonces,
    SEMI_PRIVATE, SemiPrivateContentAad, SemiPrivateMessage, SemiPrivateMessageContext, SenderData,
    SenderDataAad,
};
use crate::wire::{HpkeCiphertext, MlsBytes, MlsMessage, message};
use openmls::prelude::{Ciphersuite, GroupContext, OpenMlsCrypto, OpenMlsRand};
use tls_codec::{Deserialize as _, Serialize as _, Size as _};

/// What this is called where it is refused.
const WHAT: &str = "SemiPrivateMessage";
/// What receivers' keys are encrypted under.
const RECEIVER_LABEL: &str = "SemiPrivateMessageReceiver";
/// What members' keys are exported under.
const MESSAGE_LABEL: &str = "throng SemiPrivateMessage";
const SENDER_DATA_LABEL: &str = "throng SemiPrivateMessage sender data";

/// Who outside reads a group's handshakes.
fn receivers(context: &GroupContext) -> Result<Vec<ExternalReceiver>, MlsError> {
    match app_data::data(context, EXTERNAL_RECEIVERS) {
        Some(data) => Vec::tls_deserialize_exact(data).map_err(malformed),
        None => Ok(Vec::new()),
    }
}

/// A key and a nonce.
struct Keys {
    key: Vec<u8>,
    nonce: Vec<u8>,
}

impl Keys {
    /// Those that members export under this label in this context.
    fn export(
        group: &Group,
        crypto: &Crypto,
        label: &str,
        context: &[u8],
    ) -> Result<Self, MlsError> {
        let suite = group.mls.ciphersuite();
        let (key, nonce) = (suite.aead_key_length(), suite.aead_nonce_length());
        let mut secret = group
            .mls
            .export_secret(crypto, label, context, key + nonce)
            .map_err(refused(WHAT))?;
        let nonce = secret.split_off(key);
        Ok(Self { key: secret, nonce })
    }

    /// Those of a message.
    fn of_message(
        group: &Group,
        crypto: &Crypto,
        leaf: u32,
        generation: u32,
    ) -> Result<Self, MlsError> {
        let context = [leaf.to_be_bytes(), generation.to_be_bytes()].concat();
        Self::export(group, crypto, MESSAGE_LABEL, &context)
    }

    /// Those of the sender data beside a ciphertext, of which a sample is as long as a hash (RFC 9420, section 6.3.2).
    fn of_sender_data(group: &Group, crypto: &Crypto, ciphertext: &[u8]) -> Result<Self, MlsError> {
        let sample = group.mls.ciphersuite().hash_length().min(ciphertext.len());
        Self::export(group, crypto, SENDER_DATA_LABEL, &ciphertext[..sample])
    }

    /// The nonce once the reuse guard is applied (RFC 9420, section 6.3.1).
    fn guarded(&self, guard: [u8; 4]) -> Vec<u8> {
        let mut nonce = self.nonce.clone();
        for (byte, guard) in nonce.iter_mut().zip(guard) {
            *byte ^= guard;
        }
        nonce
    }
}

/// A PublicMessage of a member, taken apart.
struct Public<'a> {
    read: Box<message::PublicMessage>,
    leaf: u32,
    /// Up to its content's end: what was signed, but for the GroupContext.
    framed: &'a [u8],
    /// From its content on.
    content: &'a [u8],
    /// All of it; more may follow.
    whole: &'a [u8],
}

impl<'a> Public<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, MlsError> {
        let mut rest = bytes;
        let MlsMessage::Public(read) = MlsMessage::tls_deserialize(&mut rest).map_err(malformed)?
        else {
            return Err(malformed("not a PublicMessage"));
        };
        let Sender::Member(leaf) = read.sender else {
            return Err(refused(WHAT)("not a member's"));
        };
        let whole = &bytes[..bytes.len() - rest.len()];
        let tag = |tag: &Option<_>| {
            tag.as_ref()
                .map_or(0, tls_codec::VLBytes::tls_serialized_len)
        };
        let tail = read.signature.tls_serialized_len()
            + tag(&read.confirmation_tag)
            + tag(&read.membership_tag);
        let framed = &whole[..whole.len() - tail];
        let content = read.content.tls_serialized_len();
        Ok(Self {
            leaf,
            framed,
            content: &whole[framed.len() - content..],
            whole,
            read,
        })
    }

    /// The hash of what was signed (RFC 9420, section 6.1: FramedContentTBS).
    fn signed_hash(
        &self,
        suite: Ciphersuite,
        crypto: &Crypto,
        context: &GroupContext,
    ) -> Result<Vec<u8>, MlsError> {
        let context = context.tls_serialize_detached().map_err(malformed)?;
        let signed = [self.framed, &context].concat();
        crypto
            .hash(suite.hash_algorithm(), &signed)
            .map_err(refused(WHAT))
    }

    fn content_type(&self) -> ContentType {
        match self.read.content {
            message::Content::Proposal(_) => ContentType::Proposal,
            message::Content::Commit { .. } => ContentType::Commit,
        }
    }
}

/// `partial_context_hash`.
fn partial_hash(
    suite: Ciphersuite,
    crypto: &Crypto,
    leaf: u32,
    nonce: &[u8],
) -> Result<Vec<u8>, MlsError> {
    crypto
        .hash(
            suite.hash_algorithm(),
            &[&leaf.to_be_bytes(), nonce].concat(),
        )
        .map_err(refused(WHAT))
}

/// `ExternalReceiverRef`.
fn reference(
    suite: Ciphersuite,
    crypto: &Crypto,
    receiver: &ExternalReceiver,
) -> Result<Vec<u8>, MlsError> {
    let receiver = receiver.tls_serialize_detached().map_err(malformed)?;
    crypto
        .hash(suite.hash_algorithm(), &receiver)
        .map_err(refused(WHAT))
}

/// What the keys of these receivers are encrypted in.
fn key_context(header: &SemiPrivateContentAad) -> Result<Vec<u8>, MlsError> {
    let context = SemiPrivateMessageContext {
        group_id: header.group_id.clone(),
        epoch: header.epoch,
        partial_context_hash: header.partial_context_hash.clone(),
    };
    let context = context.tls_serialize_detached().map_err(malformed)?;
    labelled(RECEIVER_LABEL, &context)
}

/// A member's handshake as it goes out: in clear where nobody outside is to read it.
pub(crate) fn seal(
    settings: &Settings,
    client: &mut Client,
    group: &mut Group,
    message: MlsBytes,
) -> Result<MlsBytes, MlsError> {
    let context = group.mls.public_group().group_context();
    let receivers = receivers(context)?;
    if receivers.is_empty() {
        return Ok(message);
    }
    let (suite, crypto) = (settings.ciphersuite, &client.crypto);
    let public = Public::read(message.as_slice())?;
    let generation = group.sealed;
    let keys = Keys::of_message(group, crypto, public.leaf, generation)?;
    let reuse_guard = match crypto.random_array::<4>() {
        Ok(guard) => guard,
        Err(never) => match never {},
    };
    let said = &public.read;
    let mut header = SemiPrivateContentAad {
        group_id: said.group_id.clone(),
        epoch: said.epoch,
        content_type: public.content_type(),
        authenticated_data: said.authenticated_data.clone(),
        partial_context_hash: partial_hash(suite, crypto, public.leaf, &keys.nonce)?.into(),
        keys_for_external_receivers: Vec::with_capacity(receivers.len()),
        framed_content_tbs_hash: public.signed_hash(suite, crypto, context)?.into(),
    };
    let for_receivers = PerMessageKeyAndNonces {
        key: keys.key.clone().into(),
        nonce: keys.nonce.clone().into(),
        reuse_guard,
        sender_leaf_index: public.leaf,
    };
    let for_receivers = for_receivers.tls_serialize_detached().map_err(malformed)?;
    let info = key_context(&header)?;
    for receiver in &receivers {
        let key = receiver.public_key.as_slice();
        let sealed = crypto
            .hpke_seal(suite.hpke_config(), key, &info, &[], &for_receivers)
            .map_err(refused(WHAT))?;
        let (kem_output, ciphertext): (Vec<u8>, Vec<u8>) =
            (sealed.kem_output.into(), sealed.ciphertext.into());
        header
            .keys_for_external_receivers
            .push(KeyForExternalReceiver {
                external_receiver_ref: reference(suite, crypto, receiver)?.into(),
                encrypted_keys_and_nonces: HpkeCiphertext {
                    kem_output: kem_output.into(),
                    ciphertext: ciphertext.into(),
                },
            });
    }
    let mut plaintext = public.content.to_vec();
    plaintext.resize(padded(plaintext.len(), settings.join.padding_size()), 0);
    let aad = header.tls_serialize_detached().map_err(malformed)?;
    let ciphertext = crypto
        .aead_encrypt(
            suite.aead_algorithm(),
            &keys.key,
            &plaintext,
            &keys.guarded(reuse_guard),
            &aad,
        )
        .map_err(refused(WHAT))?;
    let encrypted_sender_data = sender_data(
        group,
        crypto,
        &header,
        &ciphertext,
        &SenderData {
            leaf_index: public.leaf,
            generation,
            reuse_guard,
        },
    )?;
    let sealed = SemiPrivateMessage {
        header,
        encrypted_sender_data: encrypted_sender_data.into(),
        ciphertext: ciphertext.into(),
    };
    let mut bytes = vec![0, 1];
    bytes.extend_from_slice(&SEMI_PRIVATE.to_be_bytes());
    sealed.tls_serialize(&mut bytes).map_err(malformed)?;
    let context = context_len(context);
    client.work.message_bytes += bytes.len() as u64;
    client.count_context(ContextOperation::SemiPrivate { context });
    group.sealed += 1;
    MlsBytes::new(bytes).map_err(malformed)
}

/// A plaintext of so many bytes is filled up so that with the AEAD's tag it comes to a multiple of `padding`, as OpenMLS does it for
/// application messages.
fn padded(len: usize, padding: usize) -> usize {
    let sealed = len + crate::ciphersuite::AEAD_TAG_LEN as usize;
    match padding {
        0 => len,
        _ => len + (padding - sealed % padding) % padding,
    }
}

fn sender_data_aad(header: &SemiPrivateContentAad) -> Result<Vec<u8>, MlsError> {
    let aad = SenderDataAad {
        group_id: header.group_id.clone(),
        epoch: header.epoch,
        content_type: header.content_type,
    };
    aad.tls_serialize_detached().map_err(malformed)
}

fn sender_data(
    group: &Group,
    crypto: &Crypto,
    header: &SemiPrivateContentAad,
    ciphertext: &[u8],
    data: &SenderData,
) -> Result<Vec<u8>, MlsError> {
    let keys = Keys::of_sender_data(group, crypto, ciphertext)?;
    let data = data.tls_serialize_detached().map_err(malformed)?;
    crypto
        .aead_encrypt(
            group.mls.ciphersuite().aead_algorithm(),
            &keys.key,
            &data,
            &keys.nonce,
            &sender_data_aad(header)?,
        )
        .map_err(refused(WHAT))
}

/// The PublicMessage in one, as a member reads it. It is of the group's epoch.
pub(crate) fn open(
    client: &mut Client,
    group: &Group,
    message: &MlsBytes,
) -> Result<MlsBytes, MlsError> {
    let sealed = read(message)?;
    let crypto = &client.crypto;
    let suite = group.mls.ciphersuite();
    let keys = Keys::of_sender_data(group, crypto, sealed.ciphertext.as_slice())?;
    let data = crypto
        .aead_decrypt(
            suite.aead_algorithm(),
            &keys.key,
            sealed.encrypted_sender_data.as_slice(),
            &keys.nonce,
            &sender_data_aad(&sealed.header)?,
        )
        .map_err(refused(WHAT))?;
    let data = SenderData::tls_deserialize_exact(&data).map_err(malformed)?;
    let keys = Keys::of_message(group, crypto, data.leaf_index, data.generation)?;
    let context = group.mls.public_group().group_context();
    let sender = (data.leaf_index, data.reuse_guard);
    let public = decrypt(suite, crypto, context, &sealed, &keys, sender)?;
    let context = context_len(context);
    client.work.message_bytes += message.as_slice().len() as u64;
    client.count_context(ContextOperation::SemiPrivate { context });
    Ok(public)
}

/// The same, as a receiver outside reads it whom the group names.
pub(crate) fn open_outside(
    settings: &Settings,
    receiver: &mut Client,
    hub: &Hub,
    message: &MlsBytes,
) -> Result<MlsBytes, MlsError> {
    let sealed = read(message)?;
    let (suite, crypto) = (settings.ciphersuite, &receiver.crypto);
    let context = hub.context();
    let header = &sealed.header;
    if (header.group_id.as_slice(), header.epoch) != (hub.group_id(), hub.epoch()) {
        return Err(MlsError::WrongEpoch {
            got: header.epoch,
            current: hub.epoch(),
        });
    }
    let me = reference(suite, crypto, &receiver.as_receiver(settings)?)?;
    let mut for_receivers = header.keys_for_external_receivers.iter();
    let mine = for_receivers
        .find(|key| key.external_receiver_ref.as_slice() == me)
        .ok_or_else(|| refused(WHAT)("not encrypted for this receiver"))?;
    let sealed_keys = &mine.encrypted_keys_and_nonces;
    let input = hpke::sealed(
        sealed_keys.kem_output.as_slice(),
        sealed_keys.ciphertext.as_slice(),
    );
    let private = receiver.receiver_key(settings)?;
    let opened = crypto
        .hpke_open(
            suite.hpke_config(),
            &input,
            &private.private,
            &key_context(header)?,
            &[],
        )
        .map_err(refused(WHAT))?;
    let opened = PerMessageKeyAndNonces::tls_deserialize_exact(&opened).map_err(malformed)?;
    let keys = Keys {
        key: opened.key.into(),
        nonce: opened.nonce.into(),
    };
    let sender = (opened.sender_leaf_index, opened.reuse_guard);
    let public = decrypt(suite, crypto, context, &sealed, &keys, sender)?;
    let context = context_len(context);
    receiver.work.message_bytes += message.as_slice().len() as u64;
    receiver.count_context(ContextOperation::SemiPrivate { context });
    Ok(public)
}

fn read(message: &MlsBytes) -> Result<SemiPrivateMessage, MlsError> {
    match MlsMessage::tls_deserialize_exact(message.as_slice()).map_err(malformed)? {
        MlsMessage::SemiPrivate(sealed) => Ok(*sealed),
        _ => Err(malformed("not a SemiPrivateMessage")),
    }
}

/// Decrypt the content that the member at this leaf encrypted with this reuse guard, and check what the draft asks whoever reads it to.
/// Signature and tags are OpenMLS's to check.
fn decrypt(
    suite: Ciphersuite,
    crypto: &Crypto,
    context: &GroupContext,
    sealed: &SemiPrivateMessage,
    keys: &Keys,
    (leaf, guard): (u32, [u8; 4]),
) -> Result<MlsBytes, MlsError> {
    let header = &sealed.header;
    let wrong = refused(WHAT);
    if partial_hash(suite, crypto, leaf, &keys.nonce)? != header.partial_context_hash.as_slice() {
        return Err(wrong("keys of another sender or nonce"));
    }
    let aad = header.tls_serialize_detached().map_err(malformed)?;
    let plaintext = crypto
        .aead_decrypt(
            suite.aead_algorithm(),
            &keys.key,
            sealed.ciphertext.as_slice(),
            &keys.guarded(guard),
            &aad,
        )
        .map_err(refused(WHAT))?;
    // mls10, mls_public_message
    let mut bytes = vec![0, 1, 0, 1];
    let mut put = |field: &dyn Fn(&mut Vec<u8>) -> Result<usize, tls_codec::Error>| {
        field(&mut bytes).map(drop).map_err(malformed)
    };
    put(&|bytes| header.group_id.tls_serialize(bytes))?;
    put(&|bytes| header.epoch.tls_serialize(bytes))?;
    put(&|bytes| Sender::Member(leaf).tls_serialize(bytes))?;
    put(&|bytes| header.authenticated_data.tls_serialize(bytes))?;
    put(&|bytes| header.content_type.tls_serialize(bytes))?;
    bytes.extend_from_slice(&plaintext);
    let public = Public::read(&bytes)?;
    let len = public.whole.len();
    if bytes[len..].iter().any(|byte| *byte != 0) {
        return Err(refused(WHAT)("padding that is not zero"));
    }
    let signed = public.signed_hash(suite, crypto, context)?;
    if signed != header.framed_content_tbs_hash.as_slice() {
        return Err(refused(WHAT)("its content is not what it says was signed"));
    }
    bytes.truncate(len);
    MlsBytes::new(bytes).map_err(malformed)
}
