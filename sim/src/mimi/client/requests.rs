//! The requests that carry the client's own signature.

use super::context::Device;
use crate::mimi::wire::{GroupInfoRequest, KeyMaterialRequest, Protocol};
use crate::mls::engine::{Engine, MlsError};
use openmls::extensions::RequiredCapabilitiesExtension;
use throng_workloads::intent::{RoomId, UserId};
use tls_codec::{Serialize, VLBytes};

impl<E: Engine> Device<E> {
    /// KeyPackages of all clients of a user, for a room.
    pub(super) fn key_material_request(
        &mut self,
        room: RoomId,
        target: UserId,
    ) -> Result<KeyMaterialRequest, MlsError> {
        let mut request = KeyMaterialRequest {
            protocol: Protocol::Mls10,
            requesting_user: self.directory.user_uri(self.user).into(),
            target_user: self.directory.user_uri(target).into(),
            room_id: self.directory.room_uri(room).into(),
            acceptable_ciphersuites: vec![self.engine.ciphersuite_code()],
            required_capabilities: RequiredCapabilitiesExtension::default(),
            requester_signature_key: self.engine.signature_key(&self.mls).into(),
            requester_credential: self.engine.credential(&self.mls),
            key_material_request_signature: VLBytes::new(Vec::new()),
        };
        request.key_material_request_signature = self.signature(&request)?;
        Ok(request)
    }

    /// GroupInfo and tree of a room, sealed to this HPKE key.
    pub(super) fn group_info_request(
        &mut self,
        public_key: &[u8],
    ) -> Result<GroupInfoRequest, MlsError> {
        let mut request = GroupInfoRequest {
            protocol: Protocol::Mls10,
            cipher_suite: self.engine.ciphersuite_code(),
            requesting_signature_key: self.engine.signature_key(&self.mls).into(),
            requesting_credential: self.engine.credential(&self.mls),
            group_info_public_key: public_key.into(),
            joining_code: None,
            signature: VLBytes::new(Vec::new()),
        };
        request.signature = self.signature(&request)?;
        Ok(request)
    }

    /// Over a request whose signature is still empty.
    fn signature(&mut self, request: &impl Serialize) -> Result<VLBytes, MlsError> {
        let content = request
            .tls_serialize_detached()
            .map_err(|error| MlsError::Malformed(error.to_string()))?;
        Ok(self.engine.sign(&mut self.mls, &content)?.into())
    }
}
