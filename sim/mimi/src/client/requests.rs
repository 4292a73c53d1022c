//! The requests that carry the client's own signature.

use super::context::Device;
use crate::room_state::Standing;
use crate::signing;
use crate::wire::{GroupInfoRequest, KeyMaterialRequest};
use throng_mls::engine::{Engine, MlsError};
use throng_workloads::intent::{RoomId, UserId};

impl<E: Engine> Device<E> {
    /// KeyPackages of all clients of a user, for a room.
    pub(super) fn key_material_request(
        &mut self,
        room: RoomId,
        target: UserId,
    ) -> Result<KeyMaterialRequest, MlsError> {
        let names = (
            self.directory.user_uri(self.user),
            self.directory.user_uri(target),
            self.directory.room_uri(room),
        );
        let (Some(requester), Some(target), Some(room_id)) = names else {
            return Err(MlsError::Refused {
                operation: "a request for KeyPackages",
                reason: "somebody is not in the directory".to_owned(),
            });
        };
        signing::key_material_request(
            &*self.engine,
            &mut self.mls,
            requester.into(),
            target.into(),
            room_id.into(),
        )
    }

    /// GroupInfo and tree of a room, sealed to this HPKE key.
    pub(super) fn group_info_request(
        &mut self,
        public_key: &[u8],
        room: RoomId,
    ) -> Result<GroupInfoRequest, MlsError> {
        let standing = Standing::of(self.policy.profile, &*self.directory, room);
        let name = self.directory.room_uri(room);
        let code = name.and_then(|name| standing.joining_code(&name));
        let code = code.as_deref().map(str::as_bytes);
        signing::group_info_request(&*self.engine, &mut self.mls, public_key, code)
    }
}
