//! What the hub sent on: commits, proposals, application messages and Welcomes of others.

use super::device::Client;
use super::membership::{Membership, Wish};
use crate::mimi::observation::Observation;
use crate::mimi::participant::Outputs;
use crate::mimi::wire::notify::FanoutEvent;
use crate::mimi::wire::{FanoutMessage, RatchetTreeOption};
use crate::mls::engine::{Engine, MlsError, Processed};
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;

impl<E: Engine> Client<E> {
    pub(super) fn fanout(
        &mut self,
        now: SimTime,
        room: Option<RoomId>,
        event: Option<u64>,
        fanout: FanoutMessage<E::Message>,
        out: &mut Outputs,
    ) {
        let Some(room) = room else { return };
        let messages = match fanout.event {
            FanoutEvent::Welcome {
                message,
                ratchet_tree,
            } => {
                let tree = match &ratchet_tree {
                    RatchetTreeOption::Full(tree) => Some(tree),
                    _ => None,
                };
                return self.welcome(now, room, &message, tree, out);
            }
            FanoutEvent::Application { message, .. } | FanoutEvent::Commit { message, .. } => {
                vec![message]
            }
            FanoutEvent::Proposal {
                message,
                mut more_proposals,
            } => {
                more_proposals.insert(0, message);
                more_proposals
            }
        };
        let Some(event) = event else { return };
        for message in &messages {
            self.process(now, room, event, message, out);
        }
        out.observe(Observation::EventHandled { room, event });
        self.advance(now, room, out);
        self.arm_commit(now, room, out);
    }

    fn process(
        &mut self,
        now: SimTime,
        room: RoomId,
        event: u64,
        message: &E::Message,
        out: &mut Outputs,
    ) {
        let Some(group) = self.rooms.get_mut(&room).and_then(|m| m.group.as_mut()) else {
            return out.observe(Observation::Unprocessable {
                room,
                reason: "no member",
            });
        };
        match self.engine.process(&mut self.mls, group, message) {
            Ok(Processed::Application { content, epoch, .. }) => {
                out.observe(Observation::Decrypted {
                    room,
                    event,
                    epoch,
                    bytes: content.len() as u32,
                });
            }
            Ok(Processed::Proposal) => {}
            Ok(Processed::Commit { removed: true, .. }) => self.removed(room, out),
            Ok(Processed::Commit { external, .. }) => self.new_epoch(now, room, external, out),
            Err(error) => out.observe(Observation::Unprocessable {
                room,
                reason: reason(&error),
            }),
        }
    }

    fn removed(&mut self, room: RoomId, out: &mut Outputs) {
        let Some(membership) = self.rooms.remove(&room) else {
            return;
        };
        let left = |wish: &Wish<E::Message>| matches!(wish, Wish::Leave);
        for want in membership.wants.iter().filter(|w| !left(&w.what)) {
            let reason = match want.what {
                Wish::Message(_) => "a message: removed before it could be sent",
                _ => "a change: removed before it could be made",
            };
            out.observe(Observation::Skipped { reason });
        }
        if let Some(group) = membership.group
            && self.engine.forget(&mut self.mls, group).is_err()
        {
            out.observe(Observation::Unprocessable {
                room,
                reason: "state could not be dropped",
            });
        }
        out.observe(Observation::Removed { room });
    }

    /// Another member's commit is merged.
    fn new_epoch(&mut self, now: SimTime, room: RoomId, external: bool, out: &mut Outputs) {
        self.epoch_reached(room, false, out);
        if let Some(membership) = self.rooms.get_mut(&room) {
            settle_proposed(membership, external);
        }
        self.arm_commit(now, room, out);
    }
}

/// A commit covers every proposal that the hub had cached, so what was proposed is done; an external
/// commit voids them instead, so it must be proposed anew.
pub(super) fn settle_proposed<E: Engine>(membership: &mut Membership<E>, external: bool) {
    membership.commit_armed = None;
    let proposed = std::mem::take(&mut membership.proposed);
    if external {
        for want in proposed.into_iter().rev() {
            membership.wants.push_front(want);
        }
    }
}

fn reason(error: &MlsError) -> &'static str {
    match error {
        MlsError::WrongEpoch { got, current } if got < current => {
            "message older than the member can read"
        }
        MlsError::WrongEpoch { .. } => "message of an epoch not yet reached",
        MlsError::MissingProposals { .. } => "commit without pending proposals",
        MlsError::Malformed(_) => "malformed MLS message",
        MlsError::AddedAlready | MlsError::NobodyStays | MlsError::Refused { .. } => {
            "refused by MLS"
        }
    }
}
