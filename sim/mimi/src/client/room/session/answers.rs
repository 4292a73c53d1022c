//! What the hub answered, and what becomes of a room then.

use super::look_ups::looked_up;
use super::{RoomSession, Standing};
use crate::client::context::Context;
use crate::client::room::conversation::fetched;
use crate::client::room::in_flight::{Asked, Knock};
use crate::client::room::member::After;
use crate::client::room::outside::ExternalJoin;
use crate::client::room::wants::Wish;
use crate::client::saying::Saying;
use crate::client::uplink::Question;
use crate::content::PerMessageStatus;
use crate::vocabulary::reasons;
use crate::wire::{
    ClientMaterial, Frame, GroupInfoOutcome, GroupInfoRatchetTree, KeyMaterialResponse,
    SubmitOutcome, UpdateOutcome,
};
use throng_mls::engine::{Engine, HpkeKey};
use throng_workloads::time::SimTime;
use tls_codec::VLBytes;

impl<E: Engine> RoomSession<E> {
    /// The answer to a request of this number.
    pub(in crate::client) fn answered(
        &mut self,
        cx: &mut Context<'_, E>,
        number: u32,
        question: Question,
        frame: Frame<E::Message>,
    ) {
        match (question, frame) {
            (Question::KeyMaterial(user), Frame::KeyMaterialResponse(response)) => {
                if !self.asks_consent(cx, user, response.user_status) {
                    let found = packages(cx, response);
                    self.wants.found(user, found);
                }
            }
            (Question::Find(user), Frame::IdentifierResponse(response)) => {
                self.found(cx, user, &response);
            }
            (Question::LookUp, Frame::KeyMaterialResponse(response)) => looked_up(cx, &response),
            (Question::Message(since, saying), Frame::SubmitMessageResponse(response)) => {
                self.message_answered(cx, since, saying, &response.outcome);
            }
            (Question::Notice(report), Frame::SubmitMessageResponse(response)) => {
                self.notice_answered(cx, report, &response.outcome);
            }
            (Question::Consent(user), Frame::RequestConsentResponse(status)) => {
                if !status.is_accepted() {
                    self.consent_refused(cx, user, &reasons::CONSENT_REFUSED);
                }
            }
            (Question::Tree, Frame::RatchetTree(tree)) => self.fetched(cx, number, Some(&tree)),
            (Question::Tree, Frame::RatchetTreeGone(())) => self.fetched(cx, number, None),
            (Question::NoConsent, Frame::RequestConsentResponse(_)) => {}
            (Question::Upload, Frame::UploadAssetResponse(status)) => {
                if !status.is_accepted() {
                    cx.skip(&reasons::ASSET_NOT_STORED);
                }
            }
            (
                Question::Download(wanted),
                Frame::ProxyDownloadResponse(download) | Frame::FetchAssetResponse(download),
            ) => fetched(cx, &wanted, &download),
            (Question::Report, Frame::ReportAbuseResponse(status)) => {
                if !status.is_accepted() {
                    cx.skip(&reasons::REPORT_REFUSED);
                }
            }
            (Question::Handshake, frame) => {
                let Some(asked) = self.in_flight.take_if(|asked| asked.request == number) else {
                    // The state that it answers is gone: the client was removed, or lost it.
                    return;
                };
                self.in_flight_answered(cx, asked.what, &frame);
            }
            _ => cx.unprocessable(&reasons::OTHER_ANSWER),
        }
        self.go_on(cx);
    }

    fn in_flight_answered(
        &mut self,
        cx: &mut Context<'_, E>,
        asked: Asked<E>,
        frame: &Frame<E::Message>,
    ) {
        match (asked, frame, &mut self.standing) {
            (
                Asked::Handshake(handshake),
                Frame::UpdateResponse(response),
                Standing::Member(member),
            ) => {
                if matches!(response.outcome, UpdateOutcome::Success { .. }) {
                    self.rejoins = 0;
                }
                let after = member.answered(cx, &mut self.wants, handshake, &response.outcome);
                self.after(cx, after);
            }
            (Asked::Knock(Knock::GroupInfo { key }), Frame::GroupInfoResponse(response), _) => {
                self.group_info(cx, &key, &response.outcome)
            }
            (Asked::Knock(Knock::Tree { opened, url }), Frame::RatchetTree(tree), _) => {
                self.came_with_tree(cx, &opened, &url, tree);
            }
            // The hub has moved on: the next GroupInfo is of the present epoch.
            (Asked::Knock(Knock::Tree { .. }), Frame::RatchetTreeGone(()), _) => {
                self.retry_joining(cx);
            }
            (Asked::Knock(Knock::Commit { group }), Frame::UpdateResponse(response), _) => {
                self.external_commit_answered(cx, *group, &response.outcome);
            }
            (asked, ..) => {
                cx.unprocessable(&reasons::OTHER_ANSWER);
                self.in_flight_lost(cx, asked);
            }
        }
    }

    /// What was asked came to nothing: try again later.
    pub(super) fn in_flight_lost(&mut self, cx: &mut Context<'_, E>, asked: Asked<E>) {
        match (asked, &mut self.standing) {
            (Asked::Handshake(handshake), Standing::Member(member)) => {
                let after = member.lost(cx, &mut self.wants, &handshake);
                self.after(cx, after);
            }
            // The membership that it was for is over.
            (Asked::Handshake(_), _) => {}
            (Asked::Knock(Knock::GroupInfo { .. } | Knock::Tree { .. }), _) => {
                self.retry_joining(cx);
            }
            (Asked::Knock(Knock::Commit { group }), _) => self.external_commit_lost(cx, *group),
        }
    }

    fn after(&mut self, cx: &mut Context<'_, E>, after: After) {
        match after {
            After::GoOn => {}
            After::BackOff(lost) => {
                self.back_off.begin(cx, lost);
                self.watch_for_commit(cx);
            }
            After::NoGroup => self.drop_state(cx),
            After::Exists => {
                self.drop_state(cx);
                self.standing = Standing::Joining(ExternalJoin::new(cx.now));
            }
            After::Rejoin => self.rejoin(cx, &reasons::COMMITS_NOT_ALLOWED),
        }
    }

    fn message_answered(
        &mut self,
        cx: &mut Context<'_, E>,
        since: SimTime,
        saying: Saying,
        outcome: &SubmitOutcome,
    ) {
        match outcome {
            SubmitOutcome::Accepted(accepted) => {
                if let Standing::Member(member) = &mut self.standing {
                    member.spoke(cx, accepted.accepted_timestamp);
                }
                if let Some(composed) = &saying.composed {
                    self.conversation.get_or_insert_default().sent(composed);
                }
            }
            SubmitOutcome::EpochTooOld { current_epoch } => {
                match &mut self.standing {
                    // Encrypt anew once the winner's commit is processed.
                    Standing::Member(member) => member.retry_from(*current_epoch),
                    Standing::Creating { .. } | Standing::Joining(_) => {}
                    Standing::Outside => return cx.skip(&reasons::REMOVED_BEFORE_MESSAGE),
                }
                self.wants.push_first(since, Wish::Message(saying));
                self.watch_for_commit(cx);
            }
            SubmitOutcome::NotAllowed => cx.skip(&reasons::MESSAGE_NOT_ALLOWED),
        }
    }

    /// What the client said by itself: a report about these messages, or, about none, that somebody writes. A notice that comes too
    /// late is of no use any more.
    fn notice_answered(
        &mut self,
        cx: &mut Context<'_, E>,
        report: Vec<PerMessageStatus>,
        outcome: &SubmitOutcome,
    ) {
        match outcome {
            // Everybody else hears of it as of a message.
            SubmitOutcome::Accepted(accepted) => {
                if let Standing::Member(member) = &mut self.standing {
                    member.spoke(cx, accepted.accepted_timestamp);
                }
            }
            SubmitOutcome::EpochTooOld { current_epoch } => {
                if let Standing::Member(member) = &mut self.standing
                    && !report.is_empty()
                {
                    member.retry_from(*current_epoch);
                    let talk = self.conversation.get_or_insert_default();
                    talk.report_again(report);
                    self.watch_for_commit(cx);
                }
            }
            SubmitOutcome::NotAllowed => cx.skip(&reasons::NOTICE_NOT_ALLOWED),
        }
    }

    // ---- entering ----

    fn group_info(
        &mut self,
        cx: &mut Context<'_, E>,
        key: &HpkeKey,
        outcome: &GroupInfoOutcome<E::Tree>,
    ) {
        let Standing::Joining(join) = &mut self.standing else {
            return;
        };
        let granted = match outcome {
            GroupInfoOutcome::Success(granted) => granted,
            GroupInfoOutcome::NoSuchRoom if join.creates() => {
                self.standing = Standing::Creating { again: true };
                return;
            }
            GroupInfoOutcome::NotAuthorized => {
                join.turned_away();
                return self.retry_joining(cx);
            }
            GroupInfoOutcome::NoSuchRoom => return self.retry_joining(cx),
        };
        match join.open(cx, key, granted) {
            Ok(asked) => self.in_flight = Some(Box::new(asked)),
            Err(reason) => {
                cx.unprocessable(reason);
                self.retry_joining(cx);
            }
        }
    }

    /// The tree for a GroupInfo came.
    fn came_with_tree(
        &mut self,
        cx: &mut Context<'_, E>,
        opened: &GroupInfoRatchetTree<E::Message>,
        url: &VLBytes,
        tree: &E::Tree,
    ) {
        let Standing::Joining(join) = &mut self.standing else {
            return;
        };
        match join.commit(cx, opened, tree, Some(url)) {
            Ok(asked) => self.in_flight = Some(Box::new(asked)),
            Err(reason) => {
                cx.unprocessable(reason);
                self.retry_joining(cx);
            }
        }
    }

    fn external_commit_answered(
        &mut self,
        cx: &mut Context<'_, E>,
        mut group: E::Group,
        outcome: &UpdateOutcome,
    ) {
        match outcome {
            UpdateOutcome::Success { .. } => {
                let device = &mut *cx.device;
                match device.engine.merge_pending(&mut device.mls, &mut group) {
                    Ok(()) => self.joined(cx, group, None),
                    Err(_) => {
                        cx.forget(group);
                        self.give_up_entering(cx, &reasons::ENTRY_NOT_MERGED);
                    }
                }
            }
            UpdateOutcome::WrongEpoch { .. } | UpdateOutcome::InvalidProposal { .. } => {
                self.external_commit_lost(cx, group);
            }
            UpdateOutcome::NotAllowed => {
                cx.forget(group);
                cx.skip(&reasons::HANDSHAKE_NOT_ALLOWED);
                if matches!(self.standing, Standing::Joining(_)) {
                    self.standing = Standing::Outside;
                    // Whoever has left may not come back before that is committed.
                    self.wants.has_left();
                }
            }
        }
    }

    fn external_commit_lost(&mut self, cx: &mut Context<'_, E>, group: E::Group) {
        cx.forget(group);
        if let Standing::Joining(join) = &mut self.standing {
            join.commit_lost();
        }
        self.retry_joining(cx);
    }

    /// The external commit lost, or GroupInfo was not to be had: try again later.
    fn retry_joining(&mut self, cx: &mut Context<'_, E>) {
        let Standing::Joining(join) = &mut self.standing else {
            return;
        };
        match join.failed() {
            Some(tries) => self.back_off.begin(cx, tries),
            None => {
                let reason = join.in_vain();
                self.give_up_entering(cx, reason);
            }
        }
    }
}

/// Whether a KeyPackage's lifetime holds, as whoever adds somebody looks (RFC 9420, section 7.3). What cannot be read no commit will take.
pub(super) fn holds<E: Engine>(cx: &mut Context<'_, E>, package: &E::Message) -> bool {
    let terms = cx.device.engine.key_package_terms(package);
    let over = terms.is_ok_and(|terms| !terms.lifetime.holds(cx.now));
    if over {
        cx.skip(&reasons::KEY_PACKAGE_OVER);
    }
    !over
}

/// Client URIs and KeyPackages of an answer.
fn packages<E: Engine>(
    cx: &mut Context<'_, E>,
    response: KeyMaterialResponse<E::Message>,
) -> Vec<(Vec<u8>, E::Message)> {
    let mut found = Vec::with_capacity(response.clients.len());
    for client in response.clients {
        let ClientMaterial::Success(package) = client.material else {
            continue;
        };
        if !holds(cx, package.message()) {
            continue;
        }
        let uri = client.client_uri.as_str().as_bytes().to_vec();
        found.push((uri, package.into_message()));
    }
    found
}
