//! Becoming a member: by Welcome, or from outside by GroupInfo and external commit.

use super::device::{Client, Pending};
use super::membership::{ExternalJoin, Handshake};
use crate::mimi::observation::Observation;
use crate::mimi::participant::Outputs;
use crate::mimi::signing;
use crate::mimi::wire::{
    Frame, GroupInfoGranted, GroupInfoOutcome, GroupInfoResponse, RatchetTreeOption,
};
use crate::mls::engine::Engine;
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;

/// So often a client asks for the GroupInfo of a room that does not exist (yet).
const MOST_TRIES: u32 = 100;

impl<E: Engine> Client<E> {
    /// What a client that is no member can do: create the room, or ask to join it from outside.
    pub(super) fn advance_outside(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let Some(membership) = self.rooms.get(&room) else {
            return;
        };
        if membership.create {
            self.create_room(now, room, out);
        } else if membership.external.is_some() {
            self.ask_for_group_info(now, room, out);
        }
    }

    fn ask_for_group_info(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let public_key = match self.engine.hpke_key(&mut self.mls) {
            Ok(key) => key,
            Err(_) => return self.give_up_joining(room, "no HPKE key could be made", out),
        };
        let request = signing::group_info_request(&*self.engine, &mut self.mls, &public_key);
        let Ok(request) = request else {
            return self.give_up_joining(room, "a request could not be signed", out);
        };
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.handshake = Some(Handshake::GroupInfo { public_key });
            // Nobody can join a room before it exists: what was tried in vain before does not count.
            if let Some(external) = membership.external.as_mut().filter(|e| e.attempts == 0) {
                external.since = if external.tries > 0 {
                    now
                } else {
                    external.since
                };
            }
        }
        self.request(
            room,
            Pending::Handshake,
            &Frame::GroupInfoRequest(Box::new(request)),
            out,
        );
    }

    fn give_up_joining(&mut self, room: RoomId, reason: &'static str, out: &mut Outputs) {
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.external = None;
            membership.handshake = None;
        }
        out.observe(Observation::Skipped { reason });
    }

    /// The hub's GroupInfo came: make the external commit.
    pub(super) fn group_info(
        &mut self,
        now: SimTime,
        room: RoomId,
        response: &GroupInfoResponse<E::Tree>,
        out: &mut Outputs,
    ) {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(Handshake::GroupInfo { public_key }) = membership.handshake.take() else {
            return;
        };
        let Some(external) = membership.external else {
            return;
        };
        let GroupInfoOutcome::Success(granted) = &response.outcome else {
            return self.retry_joining(now, room, out);
        };
        match self.external_commit(room, &public_key, granted, external, out) {
            Ok(()) => {}
            Err(reason) => {
                out.observe(Observation::Unprocessable { room, reason });
                self.retry_joining(now, room, out);
            }
        }
    }

    fn external_commit(
        &mut self,
        room: RoomId,
        public_key: &[u8],
        granted: &GroupInfoGranted<E::Tree>,
        external: ExternalJoin,
        out: &mut Outputs,
    ) -> Result<(), &'static str> {
        let hub = self.directory.hub_of(room);
        let names = (
            self.directory.room_uri(room),
            hub.and_then(|hub| self.directory.provider_uri(hub)),
        );
        let (Some(room_id), Some(hub)) = names else {
            return Err("a room without a name");
        };
        let plaintext = signing::open_group_info(
            &*self.engine,
            &mut self.mls,
            &room_id.into(),
            &hub,
            public_key,
            granted,
        )
        .map_err(|_| "a GroupInfo could not be opened")?;
        let RatchetTreeOption::Full(tree) = &plaintext.ratchet_tree else {
            return Err("a GroupInfo came without its tree");
        };
        let (group, bundle) = self
            .engine
            .join_external(&mut self.mls, plaintext.group_info.message(), tree)
            .map_err(|_| "an external commit could not be made")?;
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.handshake = Some(Handshake::External {
                group: Box::new(group),
            });
        }
        self.send_commit(room, bundle, external.since, external.attempts + 1, out);
        Ok(())
    }

    /// The external commit was accepted.
    pub(super) fn joined_from_outside(
        &mut self,
        now: SimTime,
        room: RoomId,
        mut group: E::Group,
        out: &mut Outputs,
    ) {
        if self
            .engine
            .merge_pending(&mut self.mls, &mut group)
            .is_err()
        {
            return self.give_up_joining(
                room,
                "an accepted external commit could not be merged",
                out,
            );
        }
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        membership.external = None;
        membership.group = Some(group);
        membership.wish_no_earlier_than(now);
        self.epoch_reached(room, true, out);
        self.advance(now, room, out);
    }

    /// The external commit lost, or GroupInfo was not to be had: try again later.
    pub(super) fn retry_joining(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let Some(external) = self.rooms.get_mut(&room).and_then(|m| m.external.as_mut()) else {
            return;
        };
        external.tries += 1;
        let tries = external.tries;
        if external.attempts == 0 && tries > MOST_TRIES {
            return self.give_up_joining(room, "the room to join does not exist", out);
        }
        self.back_off(now, room, tries, out);
    }

    /// A Welcome came.
    pub(super) fn welcome(
        &mut self,
        now: SimTime,
        room: RoomId,
        welcome: &E::Message,
        tree: Option<&E::Tree>,
        out: &mut Outputs,
    ) {
        if self.rooms.get(&room).is_some_and(|m| m.group.is_some()) {
            return out.observe(Observation::Unprocessable {
                room,
                reason: "Welcome to a member",
            });
        }
        match self.engine.join(&mut self.mls, welcome, tree) {
            Ok(group) => {
                let membership = self.rooms.entry(room).or_default();
                membership.group = Some(group);
                membership.external = None;
                membership.wish_no_earlier_than(now);
                self.epoch_reached(room, true, out);
                self.advance(now, room, out);
            }
            Err(_) => out.observe(Observation::Unprocessable {
                room,
                reason: "Welcome refused",
            }),
        }
    }

    /// Report that the group is at a new epoch.
    pub(super) fn epoch_reached(&self, room: RoomId, joined: bool, out: &mut Outputs) {
        let Some(group) = self.rooms.get(&room).and_then(|m| m.group.as_ref()) else {
            return;
        };
        let authenticator = self
            .engine
            .epoch_authenticator(group)
            .and_then(|full| full.get(..8).and_then(|head| head.try_into().ok()));
        out.observe(Observation::EpochReached {
            room,
            epoch: self.engine.epoch(group),
            authenticator,
            joined,
        });
    }
}
