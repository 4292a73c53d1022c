//! What MIMI signs: requests for KeyPackages and GroupInfos, and the answer with a GroupInfo (draft-ietf-mimi-protocol-06).
//!
//! Each is made and checked here, so that both sides sign the same bytes under the same label. A signature proves that
//! whoever asks has the key in the request; that key and credential are those of the client that it says it is, its
//! receivers check by what they know of it.

use crate::wire::{
    GroupInfoCode, GroupInfoGranted, GroupInfoRatchetTree, GroupInfoRequest, GroupInfoRequestTbs,
    GroupInfoResponseTbs, IdentifierUri, KeyMaterialRequest, KeyMaterialRequestTbs, Protocol,
};
use throng_mls::engine::{Engine, HpkeKey, MlsError};
use throng_mls::wire::{ExternalSender, HpkeCiphertext, RequiredCapabilities};

/// Ask for the KeyPackages of a user, for a room.
pub fn key_material_request<E: Engine>(
    engine: &E,
    requester: &mut E::Client,
    requesting_user: IdentifierUri,
    target_user: IdentifierUri,
    room_id: IdentifierUri,
) -> Result<KeyMaterialRequest, MlsError> {
    let content = KeyMaterialRequestTbs {
        protocol: Protocol::Mls10,
        requesting_user,
        target_user,
        room_id,
        acceptable_ciphersuites: vec![engine.ciphersuite_code()],
        required_capabilities: RequiredCapabilities::default(),
        requester_signature_key: engine.signature_key(requester).into(),
        requester_credential: engine.credential(requester),
    };
    let signature = engine.sign_with_label(requester, KeyMaterialRequestTbs::LABEL, &content)?;
    Ok(KeyMaterialRequest {
        content,
        key_material_request_signature: signature.into(),
    })
}

/// Check the signature of a request for KeyPackages.
pub fn check_key_material_request<E: Engine>(
    engine: &E,
    verifier: &mut E::Client,
    request: &KeyMaterialRequest,
) -> Result<(), MlsError> {
    engine.verify_with_label(
        verifier,
        request.content.requester_signature_key.as_slice(),
        KeyMaterialRequestTbs::LABEL,
        &request.content,
        request.key_material_request_signature.as_slice(),
    )
}

/// Ask for the GroupInfo of a room, to be sealed to `public_key`, by a code that lets somebody in who is no participant.
pub fn group_info_request<E: Engine>(
    engine: &E,
    joiner: &mut E::Client,
    public_key: &[u8],
    joining_code: Option<&[u8]>,
) -> Result<GroupInfoRequest, MlsError> {
    let content = GroupInfoRequestTbs {
        protocol: Protocol::Mls10,
        cipher_suite: engine.ciphersuite_code(),
        requesting_signature_key: engine.signature_key(joiner).into(),
        requesting_credential: engine.credential(joiner),
        group_info_public_key: public_key.to_vec().into(),
        joining_code: joining_code.map(Into::into),
    };
    let signature = engine.sign_with_label(joiner, GroupInfoRequestTbs::LABEL, &content)?;
    Ok(GroupInfoRequest {
        content,
        signature: signature.into(),
    })
}

/// Check the signature of a request for a GroupInfo.
pub fn check_group_info_request<E: Engine>(
    engine: &E,
    verifier: &mut E::Client,
    request: &GroupInfoRequest,
) -> Result<(), MlsError> {
    engine.verify_with_label(
        verifier,
        request.content.requesting_signature_key.as_slice(),
        GroupInfoRequestTbs::LABEL,
        &request.content,
        request.signature.as_slice(),
    )
}

/// Grant a GroupInfo: seal it to whoever asked, and sign the answer as the hub.
pub fn grant_group_info<E: Engine>(
    engine: &E,
    hub: &mut E::Client,
    room_id: &IdentifierUri,
    public_key: &[u8],
    plaintext: &GroupInfoRatchetTree<E::Message>,
) -> Result<GroupInfoGranted<E::Tree>, MlsError> {
    let sealed = engine.seal_group_info(hub, public_key, room_id.as_str().as_bytes(), plaintext)?;
    let hub_sender = ExternalSender {
        signature_key: engine.signature_key(hub).into(),
        credential: engine.credential(hub),
    };
    let content = to_be_signed(engine, room_id, &hub_sender, &sealed);
    let signature =
        engine.sign_with_label(hub, GroupInfoResponseTbs::<E::Tree>::LABEL, &content)?;
    Ok(GroupInfoGranted {
        cipher_suite: engine.ciphersuite_code(),
        hub_sender,
        encrypted_group_info_and_tree: sealed,
        signature: signature.into(),
    })
}

/// Open a GroupInfo that the hub granted for this room, sealed to `key`. `hub` is the hub's name: who signs as
/// somebody else is refused.
pub fn open_group_info<E: Engine>(
    engine: &E,
    joiner: &mut E::Client,
    room_id: &IdentifierUri,
    hub: &str,
    key: &HpkeKey,
    granted: &GroupInfoGranted<E::Tree>,
) -> Result<GroupInfoRatchetTree<E::Message>, MlsError> {
    let refused = |reason: &str| MlsError::Refused {
        operation: "open GroupInfo",
        reason: reason.to_owned(),
    };
    if granted.cipher_suite != engine.ciphersuite_code() {
        return Err(refused("another ciphersuite"));
    }
    let sender = &granted.hub_sender;
    let signs = sender.signature_key.as_slice();
    if engine.authenticate(joiner, &sender.credential, signs)? != hub.as_bytes() {
        return Err(refused("signed by another than the hub"));
    }
    let content = to_be_signed(
        engine,
        room_id,
        &granted.hub_sender,
        &granted.encrypted_group_info_and_tree,
    );
    engine.verify_with_label(
        joiner,
        granted.hub_sender.signature_key.as_slice(),
        GroupInfoResponseTbs::<E::Tree>::LABEL,
        &content,
        granted.signature.as_slice(),
    )?;
    engine.open_group_info(
        joiner,
        key,
        room_id.as_str().as_bytes(),
        &granted.encrypted_group_info_and_tree,
    )
}

fn to_be_signed<'a, E: Engine>(
    engine: &E,
    room_id: &IdentifierUri,
    hub_sender: &'a ExternalSender,
    sealed: &'a HpkeCiphertext<E::Tree>,
) -> GroupInfoResponseTbs<'a, E::Tree> {
    GroupInfoResponseTbs {
        version: Protocol::Mls10,
        room_id: room_id.clone(),
        status: GroupInfoCode::Success,
        cipher_suite: engine.ciphersuite_code(),
        hub_sender,
        encrypted_group_info_and_tree: sealed,
    }
}
