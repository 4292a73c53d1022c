//! What the hub answered.

use super::device::{Client, Pending};
use super::fanout::settle_proposed;
use super::membership::{Handshake, Wish};
use crate::mimi::observation::Observation;
use crate::mimi::packet::RequestId;
use crate::mimi::participant::Outputs;
use crate::mimi::wire::{ClientMaterial, Frame, KeyMaterialResponse, SubmitOutcome, UpdateOutcome};
use crate::mls::engine::Engine;
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::time::SimTime;

impl<E: Engine> Client<E> {
    pub(super) fn response(
        &mut self,
        now: SimTime,
        room: Option<RoomId>,
        request: Option<RequestId>,
        frame: Frame<E::Message>,
        out: &mut Outputs,
    ) {
        let (Some(room), Some(request)) = (room, request) else {
            return;
        };
        let Some(pending) = self.pending.remove(&request.number) else {
            return;
        };
        let current = self.rooms.get(&room).and_then(|m| m.handshake_request);
        if matches!(pending, Pending::Handshake) && current != Some(request.number) {
            // The state that it answers is gone: the client was removed, or lost it.
            return;
        }
        match (pending, frame) {
            (Pending::KeyMaterial(user), Frame::KeyMaterialResponse(response)) => {
                self.key_material(room, user, response);
            }
            (Pending::Message(since, bytes), Frame::SubmitMessageResponse(response)) => {
                self.message_answered(room, since, bytes, &response.outcome, out);
            }
            (Pending::Handshake, Frame::UpdateResponse(response)) => {
                self.handshake_answered(now, room, &response.outcome, out);
            }
            (Pending::Handshake, Frame::GroupInfoResponse(response)) => {
                self.group_info(now, room, &response, out);
            }
            _ => out.observe(Observation::Unprocessable {
                room,
                reason: "answer of another kind",
            }),
        }
        self.advance(now, room, out);
        self.arm_commit(now, room, out);
    }

    fn key_material(
        &mut self,
        room: RoomId,
        user: UserId,
        response: KeyMaterialResponse<E::Message>,
    ) {
        let packages = response
            .clients
            .into_iter()
            .filter_map(|client| match client.material {
                ClientMaterial::Success(package) => Some((
                    client.client_uri.as_str().as_bytes().to_vec(),
                    package.into_message(),
                )),
                _ => None,
            })
            .collect();
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        let asked = membership
            .wants
            .iter_mut()
            .find_map(|want| match &mut want.what {
                Wish::Add(gathering) if gathering.awaits(user) => Some(gathering),
                _ => None,
            });
        if let Some(gathering) = asked {
            gathering.found.insert(user, packages);
        }
    }

    fn message_answered(
        &mut self,
        room: RoomId,
        since: SimTime,
        bytes: u32,
        response: &SubmitOutcome,
        out: &mut Outputs,
    ) {
        match response {
            SubmitOutcome::Accepted(_) => {}
            SubmitOutcome::EpochTooOld { current_epoch } => {
                // Encrypt anew once the winner's commit is processed.
                if let Some(membership) = self.rooms.get_mut(&room) {
                    membership.retry_from = membership.retry_from.max(*current_epoch);
                    let want = membership.want(since, Wish::Message(bytes));
                    membership.wants.push_front(want);
                }
            }
            SubmitOutcome::NotAllowed => {
                out.observe(Observation::Skipped {
                    reason: "a message was not allowed",
                });
            }
        }
    }

    fn handshake_answered(
        &mut self,
        now: SimTime,
        room: RoomId,
        response: &UpdateOutcome,
        out: &mut Outputs,
    ) {
        let Some(handshake) = self.rooms.get_mut(&room).and_then(|m| m.handshake.take()) else {
            return;
        };
        match response {
            UpdateOutcome::Success { .. } => self.accepted(now, room, handshake, out),
            UpdateOutcome::WrongEpoch { current_epoch } => {
                self.lost(now, room, handshake, Some(*current_epoch), out);
            }
            // The commit left out what waits, which is still on its way to here.
            UpdateOutcome::InvalidProposal { invalid_proposals }
                if invalid_proposals.is_empty() =>
            {
                self.lost(now, room, handshake, None, out);
            }
            UpdateOutcome::InvalidProposal { .. } | UpdateOutcome::NotAllowed => {
                self.not_allowed(room, handshake, out)
            }
        }
    }

    fn accepted(&mut self, now: SimTime, room: RoomId, handshake: Handshake<E>, out: &mut Outputs) {
        match handshake {
            Handshake::CommitForWant(number) => {
                self.merge_own(room, out);
                if let Some(membership) = self.rooms.get_mut(&room) {
                    membership.take_want(number);
                }
            }
            Handshake::CommitPending => self.merge_own(room, out),
            Handshake::Propose(number, _) => {
                if let Some(membership) = self.rooms.get_mut(&room) {
                    let want = membership.take_want(number);
                    membership.proposed.extend(want);
                }
            }
            Handshake::Create => self.epoch_reached(room, true, out),
            Handshake::External { group } => self.joined_from_outside(now, room, *group, out),
            Handshake::GroupInfo { .. } => {}
        }
    }

    fn merge_own(&mut self, room: RoomId, out: &mut Outputs) {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(group) = &mut membership.group else {
            return;
        };
        if self.engine.merge_pending(&mut self.mls, group).is_err() {
            return out.observe(Observation::Unprocessable {
                room,
                reason: "own commit could not be merged",
            });
        }
        settle_proposed(membership, false);
        self.epoch_reached(room, false, out);
    }

    /// A commit or proposal came too late (`current` is the epoch to reach before another try) or missed
    /// proposals that are still on their way.
    fn lost(
        &mut self,
        now: SimTime,
        room: RoomId,
        handshake: Handshake<E>,
        current: Option<u64>,
        out: &mut Outputs,
    ) {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        membership.retry_from = membership.retry_from.max(current.unwrap_or(0));
        membership.commit_armed = None;
        match handshake {
            Handshake::CommitForWant(number) => {
                let lost = membership.lost_attempt(number);
                self.clear_own(room, out);
                self.back_off(now, room, lost, out);
            }
            // The winner covered the proposals, or the timer is set again.
            Handshake::CommitPending => {
                self.clear_own(room, out);
                self.back_off(now, room, 1, out);
            }
            Handshake::Propose(_, proposals) => {
                self.withdraw(room, &proposals, out);
                self.back_off(now, room, 1, out);
            }
            Handshake::External { group } => {
                if self.engine.forget(&mut self.mls, *group).is_err() {
                    out.observe(Observation::Unprocessable {
                        room,
                        reason: "state could not be dropped",
                    });
                }
                self.external_commit_lost(room);
                self.retry_joining(now, room, out);
            }
            Handshake::Create | Handshake::GroupInfo { .. } => {}
        }
    }

    fn clear_own(&mut self, room: RoomId, out: &mut Outputs) {
        let Some(group) = self.rooms.get_mut(&room).and_then(|m| m.group.as_mut()) else {
            return;
        };
        if self.engine.clear_pending(&mut self.mls, group).is_err() {
            out.observe(Observation::Unprocessable {
                room,
                reason: "own commit could not be dropped",
            });
        }
    }

    /// Own proposals that the hub does not have must not be covered by an own commit.
    fn withdraw(&mut self, room: RoomId, proposals: &[E::Message], out: &mut Outputs) {
        let Some(group) = self.rooms.get_mut(&room).and_then(|m| m.group.as_mut()) else {
            return;
        };
        if self
            .engine
            .withdraw(&mut self.mls, group, proposals)
            .is_err()
        {
            out.observe(Observation::Unprocessable {
                room,
                reason: "own proposals could not be dropped",
            });
        }
    }

    fn not_allowed(&mut self, room: RoomId, handshake: Handshake<E>, out: &mut Outputs) {
        out.observe(Observation::Skipped {
            reason: "a handshake was not allowed",
        });
        match &handshake {
            Handshake::CommitForWant(_) | Handshake::CommitPending => self.clear_own(room, out),
            Handshake::Propose(_, proposals) => self.withdraw(room, proposals, out),
            _ => {}
        }
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        match handshake {
            Handshake::CommitForWant(number) | Handshake::Propose(number, _) => {
                membership.take_want(number);
            }
            Handshake::External { .. } => membership.external = None,
            Handshake::Create => membership.group = None,
            Handshake::CommitPending | Handshake::GroupInfo { .. } => {}
        }
    }

    /// An outsider has no epoch to reach: its next GroupInfo is the current one.
    fn external_commit_lost(&mut self, room: RoomId) {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        membership.retry_from = 0;
        if let Some(external) = &mut membership.external {
            external.attempts += 1;
        }
    }
}
