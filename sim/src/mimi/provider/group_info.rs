//! GroupInfo and ratchet tree for those who join from outside, sealed to the joiner's key.

use super::service::{About, Provider};
use crate::mimi::directory::parse_client_uri;
use crate::mimi::participant::Outputs;
use crate::mimi::refusal::Refusal;
use crate::mimi::signing;
use crate::mimi::wire::{
    Frame, GroupInfoGranted, GroupInfoOutcome, GroupInfoRequest, GroupInfoResponse, IdentifierUri,
    Protocol,
};
use crate::mls::engine::Engine;

impl<E: Engine> Provider<E> {
    pub(super) fn group_info(
        &mut self,
        about: About,
        request: &GroupInfoRequest,
        out: &mut Outputs,
    ) {
        let room_id = IdentifierUri::from(self.directory.room_uri(about.room));
        let outcome = match self.grant(about, &room_id, request) {
            Ok(granted) => GroupInfoOutcome::Success(granted),
            Err(reason) => {
                self.refused(about, reason, out);
                match reason {
                    Refusal::NoSuchRoom => GroupInfoOutcome::NoSuchRoom,
                    _ => GroupInfoOutcome::NotAuthorized,
                }
            }
        };
        let response = GroupInfoResponse {
            version: Protocol::Mls10,
            room_id,
            outcome,
        };
        self.answer(about, &Frame::GroupInfoResponse(Box::new(response)), out);
        out.work += self.engine.take_work(&mut self.identity);
    }

    /// Rooms are open: who asks need not be a participant, but must be who it says, and its provider's own.
    fn grant(
        &mut self,
        about: About,
        room_id: &IdentifierUri,
        request: &GroupInfoRequest,
    ) -> Result<GroupInfoGranted<E::Tree>, Refusal> {
        let engine = &*self.engine;
        let room = self.rooms.get(&about.room).ok_or(Refusal::NoSuchRoom)?;
        if request.content.cipher_suite != engine.ciphersuite_code() {
            return Err(Refusal::OtherSuite);
        }
        let named = signing::basic_identity(&request.content.requesting_credential)
            .and_then(parse_client_uri);
        let asks = named.is_some_and(|(user, client)| {
            let home = self.directory.users.get(user.0 as usize);
            client == about.request.client && home == Some(&about.request.provider)
        });
        if !asks {
            return Err(Refusal::ForeignIdentity);
        }
        signing::check_group_info_request(engine, &mut self.identity, request)
            .map_err(|_| Refusal::BadSignature)?;
        let plaintext = room.group_info(engine).map_err(|_| Refusal::Unanswerable)?;
        let public_key = request.content.group_info_public_key.as_slice();
        signing::grant_group_info(engine, &mut self.identity, room_id, public_key, &plaintext)
            .map_err(|_| Refusal::Unanswerable)
    }
}
