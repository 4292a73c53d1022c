//! The requests that carry the client's own signature, and the answer that carries the hub's.

use super::context::Device;
use crate::mimi::signing;
use crate::mimi::wire::{
    GroupInfoGranted, GroupInfoRatchetTree, GroupInfoRequest, KeyMaterialRequest,
};
use crate::mls::engine::Engine;
use throng_workloads::intent::{RoomId, UserId};

const UNSIGNED: &str = "a request could not be signed";

impl<E: Engine> Device<E> {
    /// KeyPackages of all clients of a user, for a room.
    pub(super) fn key_material_request(
        &mut self,
        room: RoomId,
        target: UserId,
    ) -> Result<KeyMaterialRequest, &'static str> {
        let names = (
            self.directory.user_uri(self.user),
            self.directory.user_uri(target),
            self.directory.room_uri(room),
        );
        let (Some(requester), Some(target), Some(room_id)) = names else {
            return Err("nobody of that name to ask for");
        };
        signing::key_material_request(
            &*self.engine,
            &mut self.mls,
            requester.into(),
            target.into(),
            room_id.into(),
        )
        .map_err(|_| UNSIGNED)
    }

    /// GroupInfo and tree of a room, sealed to this HPKE key.
    pub(super) fn group_info_request(
        &mut self,
        public_key: &[u8],
    ) -> Result<GroupInfoRequest, &'static str> {
        signing::group_info_request(&*self.engine, &mut self.mls, public_key).map_err(|_| UNSIGNED)
    }

    /// What the room's hub granted, sealed to this HPKE key.
    pub(super) fn open_group_info(
        &mut self,
        room: RoomId,
        public_key: &[u8],
        granted: &GroupInfoGranted<E::Tree>,
    ) -> Result<GroupInfoRatchetTree<E::Message>, &'static str> {
        let hub = self.directory.hub_of(room);
        let names = (
            self.directory.room_uri(room),
            hub.and_then(|hub| self.directory.provider_uri(hub)),
        );
        let (Some(room_id), Some(hub)) = names else {
            return Err("a room without a name");
        };
        signing::open_group_info(
            &*self.engine,
            &mut self.mls,
            &room_id.into(),
            &hub,
            public_key,
            granted,
        )
        .map_err(|_| "a GroupInfo could not be opened")
    }
}
