//! A room of a client that is written down.

use super::super::back_off::BackOff;
use super::super::conversation::{Conversation, WrittenConversation};
use super::super::member::{Member, WrittenMember};
use super::super::wants::Wants;
use super::{RoomSession, Standing};
use crate::client::context::Device;
use crate::directory::Directory;
use throng_mls::engine::{Engine, MlsError};
use throng_stack::Membership;
use throng_workloads::intent::RoomId;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// What is written of a room of which the client is a member.
#[derive(Debug, TlsSize, TlsSerialize, TlsDeserialize)]
pub(in crate::client) struct WrittenRoom {
    member: WrittenMember,
    conversation: WrittenConversation,
    rejoins: u32,
    /// The number of the next want.
    next_want: u32,
    /// That of the last back-off.
    back_off: u32,
}

impl<E: Engine> RoomSession<E> {
    /// All of it; nothing of a room in which the client is nothing and wants nothing.
    ///
    /// # Errors
    /// What is under way.
    pub(in crate::client) fn written(
        &mut self,
        device: &Device<E>,
    ) -> Result<Option<WrittenRoom>, String> {
        let under_way = [
            (self.in_flight.is_some(), "the hub has not answered"),
            (self.fetching.is_some(), "a ratchet tree is on its way"),
            (self.back_off.waiting(), "it waits to try again"),
            (!self.wants.is_empty(), "somebody wants something"),
            (!self.consents.is_empty(), "somebody is asked for consent"),
        ];
        if let Some((_, why)) = under_way.into_iter().find(|(busy, _)| *busy) {
            return Err(why.to_owned());
        }
        let member = match &mut self.standing {
            Standing::Outside => return Ok(None),
            Standing::Creating { .. } => return Err("it is about to be created".to_owned()),
            Standing::Joining(_) => return Err("the client is about to join".to_owned()),
            Standing::Member(member) => member.written(&device.engine, &device.mls)?,
        };
        Ok(Some(WrittenRoom {
            member,
            conversation: self
                .conversation
                .as_ref()
                .map(|talk| talk.written(device))
                .unwrap_or_default(),
            rejoins: self.rejoins,
            next_want: self.wants.next(),
            back_off: self.back_off.generation(),
        }))
    }

    /// The session of a member that goes on from that.
    ///
    /// # Errors
    /// The group cannot be read.
    pub(in crate::client) fn resumed(
        (engine, mls): (&E, &E::Client),
        directory: &dyn Directory,
        written: WrittenRoom,
    ) -> Result<Self, MlsError> {
        let member = Member::resumed(engine, mls, &written.member)?;
        Ok(Self {
            wants: Wants::resumed(written.next_want),
            conversation: Conversation::resumed(directory, written.conversation),
            back_off: BackOff::resumed(written.back_off),
            rejoins: written.rejoins,
            ..Self::standing(Standing::Member(member))
        })
    }

    /// The group, where the client is a member.
    pub(in crate::client) fn group(&self) -> Option<&E::Group> {
        match &self.standing {
            Standing::Member(member) => Some(member.group()),
            _ => None,
        }
    }

    /// The membership, where it is one.
    pub(in crate::client) fn membership(&self, engine: &E, room: RoomId) -> Option<Membership> {
        match &self.standing {
            Standing::Member(member) => Some(Membership {
                room,
                state: engine.epoch(member.group()),
                members: engine.member_count(member.group()) as u32,
                digest: member.digest(engine),
            }),
            _ => None,
        }
    }
}
