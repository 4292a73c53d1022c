//! What a hub serves: requests about its rooms, each with its answer.

use super::answers::About;
use super::finding::query_code;
use super::key_packages::{user_code, without_clients};
use super::state::Provider;
use crate::framed::Framed;
use crate::hub::{Decision, Member, Room, RoomRules, Stamps};
use crate::refusal::Refusal;
use crate::wire::client::CreateRoom;
use crate::wire::{
    Download, Frame, FrameKind, GroupInfoOutcome, GroupInfoResponse, IdentifierResponse, Protocol,
    SubmitMessageResponse, SubmitOutcome, UpdateOutcome,
};
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::{Envelope, Fact, Outputs};
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    /// A request to a room whose hub this is.
    pub(super) fn serve(
        &mut self,
        now: SimTime,
        about: About,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let frame = match envelope.packet.open::<E::Message>() {
            Ok(frame) => frame,
            Err(_) => {
                let kind = envelope.packet.frame_kind();
                return self.turn_down(now, about, kind, Refusal::MalformedFrame, out);
            }
        };
        match frame {
            Frame::CreateRoom(create) => {
                if self.create_room(now, about, *create, out) {
                    let room = self.durable.rooms.get(&about.room);
                    let group = room.map_or(0, Room::stored);
                    self.durable.rows.write(0);
                    self.durable.rows.write(group);
                }
            }
            Frame::Update(bundle) => {
                let Some(room) = self.durable.rooms.get_mut(&about.room) else {
                    let kind = envelope.packet.frame_kind();
                    return self.turn_down(now, about, kind, Refusal::NoSuchRoom, out);
                };
                let as_hub = (about.request, &mut self.durable.identity);
                let before = room.stored();
                let mut decision = room.update(&self.engine, now, as_hub, *bundle);
                self.durable.group_bytes = self.durable.group_bytes - before + room.stored();
                out.work += self.engine.take_work(&mut self.durable.identity);
                if !decision.fanouts.is_empty() {
                    let kind = envelope.packet.frame_kind();
                    let commits = kind.is_some_and(FrameKind::updates_by_commit);
                    if commits {
                        self.durable.answers.forget_unnamed(about.room);
                    }
                    let group = match commits {
                        true => room.stored(),
                        false => envelope.packet.len(),
                    };
                    self.durable.rows.write(0);
                    self.durable.rows.write(group);
                }
                let issued = match self.policy.evict_ended {
                    true => self.staple(now, about, &mut decision.fanouts),
                    false => None,
                };
                self.decide(
                    now,
                    about,
                    decision,
                    |outcome| Frame::UpdateResponse(outcome.into()),
                    out,
                );
                if let Some(issued) = issued {
                    self.send_issued(about.room, issued, out);
                }
                if self.policy.evict_ended {
                    out.work += self.engine.take_work(&mut self.durable.identity);
                    self.watch_ends(now, about.room, out);
                }
            }
            Frame::SubmitMessage(submit) => {
                let Some(room) = self.durable.rooms.get_mut(&about.room) else {
                    let kind = envelope.packet.frame_kind();
                    return self.turn_down(now, about, kind, Refusal::NoSuchRoom, out);
                };
                let stamps = Stamps {
                    identity: &mut self.durable.identity,
                    key: &self.durable.hub_key,
                };
                let decision = room.submit(&self.engine, now, about.request, submit, stamps);
                out.work += self.engine.take_work(&mut self.durable.identity);
                if !decision.fanouts.is_empty() {
                    self.durable.rows.write(0);
                }
                self.decide(now, about, decision, submit_response, out);
            }
            Frame::GroupInfoRequest(request) => self.group_info(now, about, &request, out),
            Frame::RatchetTreeRequest(request) => self.give_tree(now, about, &request, out),
            Frame::ReportAbuse(report) => self.report_abuse(now, about, &report, out),
            // Its kind said that it is one of these.
            _ => {
                let kind = envelope.packet.frame_kind();
                self.turn_down(now, about, kind, Refusal::MalformedFrame, out);
            }
        }
        if let Some(room) = self.durable.rooms.get_mut(&about.room) {
            out.work += room.take_work(&self.engine);
        }
    }

    /// Refuse a request of this kind, with the code that the draft has for that.
    pub(super) fn turn_down(
        &mut self,
        now: SimTime,
        about: About,
        kind: Option<FrameKind>,
        reason: Refusal,
        out: &mut Outputs,
    ) {
        self.refused(about, reason, out);
        let frame = match kind {
            Some(FrameKind::SubmitMessage) => submit_response(SubmitOutcome::NotAllowed),
            Some(FrameKind::GroupInfoRequest) => {
                let room_id = self.directory.room_uri(about.room).unwrap_or_default();
                Frame::GroupInfoResponse(Box::new(GroupInfoResponse {
                    version: Protocol::Mls10,
                    room_id: room_id.into(),
                    outcome: match reason {
                        Refusal::NoSuchRoom => GroupInfoOutcome::NoSuchRoom,
                        _ => GroupInfoOutcome::NotAuthorized,
                    },
                }))
            }
            Some(FrameKind::RatchetTreeRequest) => Frame::RatchetTreeGone(()),
            Some(FrameKind::RequestConsent) => Frame::RequestConsentResponse(reason.into()),
            Some(FrameKind::UpdateConsent) => Frame::UpdateConsentResponse(reason.into()),
            Some(FrameKind::ReportAbuse) => Frame::ReportAbuseResponse(reason.into()),
            Some(FrameKind::UploadAsset) => Frame::UploadAssetResponse(reason.into()),
            Some(FrameKind::ProxyDownload) => {
                Frame::ProxyDownloadResponse(Download::Refused(reason.into()))
            }
            Some(FrameKind::FetchAsset) => {
                Frame::FetchAssetResponse(Download::Refused(reason.into()))
            }
            Some(FrameKind::IdentifierQuery) => {
                Frame::IdentifierResponse(Box::new(IdentifierResponse::nobody(query_code(reason))))
            }
            Some(FrameKind::KeyMaterialRequest) => {
                Frame::KeyMaterialResponse(without_clients(user_code(reason), "".into()))
            }
            _ => Frame::UpdateResponse(UpdateOutcome::NotAllowed.into()),
        };
        self.answer(now, about, &frame, out);
    }

    /// Note that a request was turned down.
    pub(super) fn refused(&self, about: About, reason: Refusal, out: &mut Outputs) {
        out.note(Fact::Refused {
            room: about.room,
            request: about.request,
            reason: reason.reason(),
        });
    }

    fn decide<O>(
        &mut self,
        now: SimTime,
        about: About,
        decision: Decision<E, O>,
        answer: impl FnOnce(O) -> Frame<E::Message>,
        out: &mut Outputs,
    ) {
        out.facts.extend(decision.facts);
        self.answer(now, about, &answer(decision.outcome), out);
        for fanout in decision.fanouts {
            self.fan_out(about, fanout, out);
        }
    }

    /// Whether the room exists because of it.
    fn create_room(
        &mut self,
        now: SimTime,
        about: About,
        create: CreateRoom<E::Message>,
        out: &mut Outputs,
    ) -> bool {
        let rules = RoomRules::of(&self.policy);
        let directory = Arc::clone(&self.directory);
        let made = match self.durable.rooms.contains_key(&about.room) {
            true => Err(Refusal::RoomExists),
            false => Room::create(
                &*self.engine,
                about.room,
                Member::of(about.request),
                directory,
                create.group_info,
                &create.ratchet_tree,
                (rules, &self.durable.identity),
            ),
        };
        let created = made.is_ok();
        let outcome = match made {
            Ok(room) => {
                out.note(Fact::Opened {
                    room: about.room,
                    by: about.request.client,
                    detail: Some(Arc::new(room.tree(&*self.engine))),
                });
                self.durable.begin_room(about.room, room);
                UpdateOutcome::Success {
                    accepted_timestamp: 0,
                }
            }
            Err(reason) => {
                self.refused(about, reason, out);
                UpdateOutcome::NotAllowed
            }
        };
        self.answer(now, about, &Frame::UpdateResponse(outcome.into()), out);
        created
    }
}

pub(super) fn submit_response<M: EmbeddedMessage>(outcome: SubmitOutcome) -> Frame<M> {
    Frame::SubmitMessageResponse(SubmitMessageResponse {
        protocol: Protocol::Mls10,
        outcome,
    })
}
