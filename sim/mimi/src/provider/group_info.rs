//! GroupInfo and ratchet tree for those who join from outside, sealed to the joiner's key.

use super::service::{About, Provider};
use crate::participant::Outputs;
use crate::wire::{
    Frame, GroupInfoGranted, GroupInfoOutcome, GroupInfoRequest, GroupInfoResponse, Protocol,
};
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::{ExternalSender, HpkeCiphertext};

impl<E: Engine> Provider<E> {
    pub(super) fn group_info(
        &mut self,
        about: About,
        request: &GroupInfoRequest,
        out: &mut Outputs,
    ) {
        let outcome = match self.rooms.get(&about.room) {
            None => GroupInfoOutcome::NoSuchRoom,
            Some(room) => {
                let plaintext = room.group_info(&self.engine);
                let sealed = self.engine.seal_group_info(
                    &mut self.identity,
                    request.group_info_public_key.as_slice(),
                    &plaintext,
                );
                match sealed.and_then(|sealed| self.grant(sealed)) {
                    Ok(granted) => GroupInfoOutcome::Success(granted),
                    Err(_) => GroupInfoOutcome::NotAuthorized,
                }
            }
        };
        let room_id = self.directory.room_uri(about.room).into();
        let response = GroupInfoResponse {
            version: Protocol::Mls10,
            room_id,
            outcome,
        };
        self.answer(about, &Frame::GroupInfoResponse(Box::new(response)), out);
        out.work += self.engine.take_work(&mut self.identity);
    }

    fn grant(
        &mut self,
        sealed: HpkeCiphertext<E::Tree>,
    ) -> Result<GroupInfoGranted<E::Tree>, MlsError> {
        let signature = self
            .engine
            .sign(&mut self.identity, sealed.kem_output.as_slice())?;
        Ok(GroupInfoGranted {
            cipher_suite: self.engine.ciphersuite_code(),
            hub_sender: ExternalSender {
                signature_key: self.engine.signature_key(&self.identity).into(),
                credential: self.engine.credential(&self.identity),
            },
            encrypted_group_info_and_tree: sealed,
            signature: signature.into(),
        })
    }
}
