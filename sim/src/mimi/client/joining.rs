//! Becoming a member: by Welcome, or from outside by GroupInfo and external commit.

use super::device::{Client, Pending};
use super::membership::{ExternalJoin, Handshake};
use crate::mimi::observation::Observation;
use crate::mimi::participant::Outputs;
use crate::mimi::wire::{Frame, GroupInfoRequest, GroupInfoResponse, GroupInfoPlaintext};
use crate::mls::engine::Engine;
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;

/// The HPKE info string under which a hub seals GroupInfos.
pub(crate) const GROUP_INFO_LABEL: &[u8] = b"MIMI GroupInfo";

impl<E: Engine> Client<E> {
    /// What a client that is no member can do: create the room, or ask to join it from outside.
    pub(super) fn advance_outside(&mut self, _now: SimTime, room: RoomId, out: &mut Outputs) {
        let Some(membership) = self.rooms.get(&room) else { return };
        if membership.create {
            self.create_room(room, out);
        } else if membership.external.is_some() {
            self.ask_for_group_info(room, out);
        }
    }

    fn ask_for_group_info(&mut self, room: RoomId, out: &mut Outputs) {
        let public_key = match self.engine.hpke_key(&mut self.mls) {
            Ok(key) => key,
            Err(_) => return self.give_up_joining(room, "no HPKE key could be made", out),
        };
        let mut request = GroupInfoRequest::new(
            self.engine.ciphersuite_code(),
            &self.engine.signature_key(&self.mls),
            self.directory.client_uri(self.user, self.me).as_bytes(),
            &public_key,
        );
        if let Ok(signature) = self.engine.sign(&mut self.mls, &request.to_be_signed()) {
            request.set_signature(signature);
        }
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.handshake = Some(Handshake::GroupInfo { public_key });
        }
        self.request(room, Pending::Handshake, &Frame::GroupInfoRequest(request), out);
    }

    fn give_up_joining(&mut self, room: RoomId, reason: &'static str, out: &mut Outputs) {
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.external = None;
            membership.handshake = None;
        }
        out.observe(Observation::Skipped { reason });
    }

    /// The hub's GroupInfo came: make the external commit.
    pub(super) fn group_info(&mut self, now: SimTime, room: RoomId, response: &GroupInfoResponse, out: &mut Outputs) {
        let Some(membership) = self.rooms.get_mut(&room) else { return };
        let Some(Handshake::GroupInfo { public_key }) = membership.handshake.take() else { return };
        let Some(external) = membership.external else { return };
        let GroupInfoResponse::Success(sealed) = response else {
            return self.retry_joining(now, room, out);
        };
        match self.external_commit(room, &public_key, sealed, external, out) {
            Ok(()) => {}
            Err(reason) => self.give_up_joining(room, reason, out),
        }
    }

    fn external_commit(
        &mut self,
        room: RoomId,
        public_key: &[u8],
        sealed: &crate::mimi::wire::SealedGroupInfo,
        external: ExternalJoin,
        out: &mut Outputs,
    ) -> Result<(), &'static str> {
        let plaintext = self
            .engine
            .open_sealed(&mut self.mls, public_key, GROUP_INFO_LABEL, sealed.kem_output(), sealed.ciphertext())
            .map_err(|_| "a GroupInfo could not be opened")?;
        let plaintext = GroupInfoPlaintext::<E::Message>::decode(&plaintext)
            .map_err(|_| "a GroupInfo could not be decoded")?;
        let tree = plaintext.tree().ok_or("a GroupInfo came without its tree")?;
        let tree = self.engine.tree_from_bytes(tree);
        let (group, bundle) = self
            .engine
            .join_external(&mut self.mls, plaintext.group_info(), &tree)
            .map_err(|_| "an external commit could not be made")?;
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.handshake = Some(Handshake::External { group: Box::new(group) });
        }
        self.send_commit(room, bundle, external.since, external.attempts + 1, out);
        Ok(())
    }

    /// The external commit was accepted.
    pub(super) fn joined_from_outside(&mut self, now: SimTime, room: RoomId, mut group: E::Group, out: &mut Outputs) {
        if self.engine.merge_pending(&mut self.mls, &mut group).is_err() {
            return self.give_up_joining(room, "an accepted external commit could not be merged", out);
        }
        let Some(membership) = self.rooms.get_mut(&room) else { return };
        membership.external = None;
        membership.group = Some(group);
        self.epoch_reached(room, true, out);
        self.advance(now, room, out);
    }

    /// The external commit lost, or GroupInfo was not to be had: try again later.
    pub(super) fn retry_joining(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let Some(external) = self.rooms.get_mut(&room).and_then(|m| m.external.as_mut()) else { return };
        external.attempts += 1;
        let lost = external.attempts;
        self.back_off(now, room, lost, out);
    }

    /// A Welcome came.
    pub(super) fn welcome(
        &mut self,
        now: SimTime,
        room: RoomId,
        welcome: &E::Message,
        tree: Option<&[u8]>,
        out: &mut Outputs,
    ) {
        if self.rooms.get(&room).is_some_and(|m| m.group.is_some()) {
            return out.observe(Observation::Unprocessable { room, reason: "Welcome to a member" });
        }
        let tree = tree.map(|bytes| self.engine.tree_from_bytes(bytes));
        match self.engine.join(&mut self.mls, welcome, tree.as_ref()) {
            Ok(group) => {
                let membership = self.rooms.entry(room).or_default();
                membership.group = Some(group);
                membership.external = None;
                self.epoch_reached(room, true, out);
                self.advance(now, room, out);
            }
            Err(_) => out.observe(Observation::Unprocessable { room, reason: "Welcome refused" }),
        }
    }

    /// Report that the group is at a new epoch.
    pub(super) fn epoch_reached(&self, room: RoomId, joined: bool, out: &mut Outputs) {
        let Some(group) = self.rooms.get(&room).and_then(|m| m.group.as_ref()) else { return };
        let authenticator = self
            .engine
            .epoch_authenticator(group)
            .and_then(|full| full.get(..8).and_then(|head| head.try_into().ok()));
        out.observe(Observation::EpochReached { room, epoch: self.engine.epoch(group), authenticator, joined });
    }
}
