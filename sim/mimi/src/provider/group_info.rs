//! GroupInfo and ratchet tree for those who join from outside, sealed to the joiner's key.

use super::answers::About;
use super::state::Provider;
use crate::hub::Member;
use crate::refusal::Refusal;
use crate::signing;
use crate::wire::{
    Frame, FrameKind, GroupInfoGranted, GroupInfoOutcome, GroupInfoRequest, GroupInfoResponse,
    IdentifierUri, Protocol,
};
use throng_mls::engine::Engine;
use throng_stack::Outputs;
use throng_workloads::time::SimTime;

const KIND: Option<FrameKind> = Some(FrameKind::GroupInfoRequest);

impl<E: Engine> Provider<E> {
    pub(super) fn group_info(
        &mut self,
        now: SimTime,
        about: About,
        request: &GroupInfoRequest,
        out: &mut Outputs,
    ) {
        let room_id = match self.directory.room_uri(about.room) {
            Some(room_id) => IdentifierUri::from(room_id),
            None => {
                return self.turn_down(now, about, KIND, Refusal::NoSuchRoom, out);
            }
        };
        let granted = self.grant(about, &room_id, request);
        out.work += self.engine.take_work(&mut self.durable.identity);
        let outcome = match granted {
            Ok(granted) => GroupInfoOutcome::Success(granted),
            // Who asks for a room that its creator has yet to open goes on from the answer; no wish fails by it.
            Err(Refusal::NoSuchRoom) => GroupInfoOutcome::NoSuchRoom,
            Err(reason) => {
                return self.turn_down(now, about, KIND, reason, out);
            }
        };
        let response = GroupInfoResponse {
            version: Protocol::Mls10,
            room_id,
            outcome,
        };
        self.answer(
            now,
            about,
            &Frame::GroupInfoResponse(Box::new(response)),
            out,
        );
    }

    /// Who asks must be who it says, and its provider's own. Where nobody is held to a role, rooms are open.
    fn grant(
        &mut self,
        about: About,
        room_id: &IdentifierUri,
        request: &GroupInfoRequest,
    ) -> Result<GroupInfoGranted<E::Tree>, Refusal> {
        let engine = &*self.engine;
        if !self.durable.rooms.contains_key(&about.room) {
            return Err(Refusal::NoSuchRoom);
        }
        if request.content.cipher_suite != engine.ciphersuite_code() {
            return Err(Refusal::OtherSuite);
        }
        let (credential, key) = (
            &request.content.requesting_credential,
            request.content.requesting_signature_key.as_slice(),
        );
        let identity = engine.authenticate(&mut self.durable.identity, credential, key);
        let identity = identity.map_err(|_| Refusal::ForeignIdentity)?;
        let named = self.directory.client_named(&identity);
        let named = named.map(|(user, client, provider)| (Member { client, provider }, user));
        let Some((client, user)) = named.filter(|(client, _)| client.asks(about.request)) else {
            return Err(Refusal::ForeignIdentity);
        };
        signing::check_group_info_request(engine, &mut self.durable.identity, request)
            .map_err(|_| Refusal::BadSignature)?;
        let code = request.content.joining_code.as_ref();
        let code = code.map(|code| code.as_slice());
        let room = self.durable.rooms.get_mut(&about.room);
        let room = room.ok_or(Refusal::NoSuchRoom)?;
        if !room.lets_in(engine, (client, user), code) {
            return Err(Refusal::NotLetIn);
        }
        let joiner = about.request.provider;
        let plaintext = room.group_info(engine, joiner);
        let plaintext = plaintext.map_err(|_| Refusal::Unanswerable)?;
        let public_key = request.content.group_info_public_key.as_slice();
        signing::grant_group_info(
            engine,
            &mut self.durable.identity,
            room_id,
            public_key,
            &plaintext,
        )
        .map_err(|_| Refusal::Unanswerable)
    }
}
