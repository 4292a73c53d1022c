//! A member's group, and the part of the hub's answers and events that is about it.

mod acts;
mod administering;
mod committing;
mod keeping;
mod listing;
mod refreshing;
mod rights;
mod turns;

use super::conversation::Talk;
use super::in_flight::Handshake;
use super::wants::Wants;
use crate::client::context::Context;
use crate::franking::{Received, tag_in};
use crate::refusal::Refusal;
use crate::room_state::components::FRANKING_AGENT;
use crate::vocabulary::{reasons, subjects};
use crate::wire::{Frank, UpdateOutcome};
pub(super) use acts::{Attempt, Step, ask_for_key_packages, send_commit};
use committing::{Activity, Waiting};
pub(super) use keeping::WrittenMember;
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError, Processed};
use throng_stack::{Counter, Fact, Reason, Subject};
use throng_workloads::scenario::{Committer, Content};
use throng_workloads::time::SimTime;

/// So often in one epoch the hub may not allow a commit of what is pending. It is then not what was damaged on its way:
/// the member takes something for pending that the hub does not have.
const MOST_REFUSED_COVERS: u32 = 5;

/// One client's membership of a room's group.
pub(super) struct Member<E: Engine> {
    group: E::Group,
    /// The epoch that must be reached before another try (a lost commit's winner must be processed).
    retry_from: u64,
    /// Commits of no more than what is pending that the hub did not allow in this epoch.
    refused_covers: u32,
    /// When each of the proposals that are pending was seen, in order, where commits wait for several.
    seen: Vec<SimTime>,
    /// While it waits for its turn to commit them.
    waiting: Option<Box<Waiting>>,
    /// Who was heard of last, where that decides who commits.
    activity: Activity,
}

/// What of the room's events a message of the group is.
#[derive(Debug, Clone)]
pub(super) struct Came {
    /// The event's number.
    pub(super) event: u64,
    /// Whether it is a commit.
    pub(super) commit: bool,
    /// When the hub accepted it, in its own time.
    pub(super) timestamp: u64,
    /// The hub's stamp.
    pub(super) frank: Option<Frank>,
}

/// What a message says of its content besides it, and what the hub says of it.
struct Stamped<'a> {
    frank: &'a Frank,
    tag: [u8; 32],
    accepted_timestamp: u64,
}

/// What is to be done after the hub's answer to a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Go on.
    GoOn,
    /// Wait: so many tries were lost.
    BackOff(u32),
    /// The group does not exist.
    NoGroup,
    /// It exists, made by an earlier try, and this is another.
    Exists,
    /// It is not what the hub takes it for: join anew.
    Rejoin,
}

/// What a message of the group did to the membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// It goes on in a new epoch.
    NewEpoch,
    /// It ended.
    Removed,
    /// A commit could not be processed that is not merely old: the group goes on without it.
    LeftBehind,
}

impl<E: Engine> Member<E> {
    pub(super) fn new(group: E::Group) -> Self {
        Self {
            group,
            retry_from: 0,
            refused_covers: 0,
            seen: Vec::new(),
            waiting: None,
            activity: Activity::default(),
        }
    }

    /// The group, when the membership is over.
    pub(super) fn into_group(self) -> E::Group {
        self.group
    }

    /// Whether it can do nothing now: a commit that won has not come yet, or itself is leaving.
    pub(super) fn waits(&self, engine: &E) -> bool {
        self.awaits(engine).is_some() || self.leaving(engine)
    }

    /// The epoch of which it knows from the hub, where the commits up to there have not come yet.
    pub(super) fn awaits(&self, engine: &E) -> Option<u64> {
        let behind = engine.epoch(&self.group) < self.retry_from;
        behind.then_some(self.retry_from)
    }

    /// Whether this is a message of the next epoch.
    pub(super) fn is_next(&self, engine: &E, message: &E::Message) -> bool {
        let next = engine.epoch(&self.group) + 1;
        engine
            .message_epoch(message)
            .is_ok_and(|epoch| epoch == next)
    }

    /// Do not try before this epoch.
    pub(super) fn retry_from(&mut self, epoch: u64) {
        self.retry_from = self.retry_from.max(epoch);
    }

    /// What all members agree on at this epoch.
    pub(super) fn digest(&self, engine: &E) -> Option<[u8; 8]> {
        let full = engine.epoch_authenticator(&self.group)?;
        full.get(..8)?.try_into().ok()
    }

    /// Report that the group is at a new epoch.
    pub(super) fn report_epoch(
        &self,
        cx: &mut Context<'_, E>,
        joined: bool,
        counted: Option<Counter>,
    ) {
        let engine = &cx.device.engine;
        let authenticator = self.digest(engine);
        let epoch = engine.epoch(&self.group);
        cx.note(Fact::Reached {
            room: cx.room,
            state: epoch,
            digest: authenticator,
            joined,
            counted,
        });
    }

    // ---- the hub's answers ----

    /// The hub answered a handshake.
    pub(super) fn answered(
        &mut self,
        cx: &mut Context<'_, E>,
        wants: &mut Wants<E::Message>,
        handshake: Handshake<E::Message>,
        outcome: &UpdateOutcome,
    ) -> After {
        match outcome {
            UpdateOutcome::Success { accepted_timestamp } => {
                self.accepted(cx, wants, &handshake);
                if let Handshake::Commit { .. } = handshake {
                    self.spoke(cx, *accepted_timestamp);
                }
            }
            UpdateOutcome::WrongEpoch { current_epoch } => {
                self.retry_from(*current_epoch);
                return self.lost(cx, wants, &handshake);
            }
            // The tree is the hub's, so only by proposals of others that are still on their way to here can a commit leave
            // out what waits, or an own proposal not go with it: look again.
            UpdateOutcome::InvalidProposal { .. } => return self.lost(cx, wants, &handshake),
            UpdateOutcome::NotAllowed => return self.not_allowed(cx, wants, &handshake),
        }
        After::GoOn
    }

    pub(super) fn accepted(
        &mut self,
        cx: &mut Context<'_, E>,
        wants: &mut Wants<E::Message>,
        handshake: &Handshake<E::Message>,
    ) {
        match handshake {
            Handshake::Create { .. } => self.report_epoch(cx, true, None),
            Handshake::Commit { want } => {
                self.merge(cx, wants);
                if let Some(number) = want {
                    wants.take(*number);
                }
            }
            Handshake::Propose { want, .. } => wants.is_proposed(*want),
        }
    }

    /// The hub took a commit or a message of the member's own.
    pub(super) fn spoke(&mut self, cx: &Context<'_, E>, accepted_timestamp: u64) {
        if self.sees_activity(cx) {
            let own = cx.device.engine.own_leaf(&self.group);
            self.activity.hear(own, accepted_timestamp);
        }
    }

    /// Whether it matters who was heard of.
    fn sees_activity(&self, cx: &Context<'_, E>) -> bool {
        cx.device.policy.committer == Committer::MostActive
    }

    fn merge(&mut self, cx: &mut Context<'_, E>, wants: &mut Wants<E::Message>) {
        let device = &mut *cx.device;
        let merged = device
            .engine
            .merge_pending(&mut device.mls, &mut self.group);
        if merged.is_err() {
            return cx.unprocessable(&reasons::COMMIT_NOT_MERGED);
        }
        self.entered_epoch();
        wants.settle_proposed(false);
        self.report_epoch(cx, false, None);
    }

    /// What was pending before is not pending any more.
    fn entered_epoch(&mut self) {
        self.waiting = None;
        self.seen.clear();
        self.refused_covers = 0;
    }

    /// A commit or proposal came too late, or did not know of proposals that are still on their way.
    pub(super) fn lost(
        &mut self,
        cx: &mut Context<'_, E>,
        wants: &mut Wants<E::Message>,
        handshake: &Handshake<E::Message>,
    ) -> After {
        self.waiting = None;
        let lost = match handshake {
            Handshake::Create { .. } => return After::GoOn,
            Handshake::Commit { want: Some(number) } => wants.lost_attempt(*number),
            // The winner covered the proposals, or the timer is set again.
            Handshake::Commit { want: None } | Handshake::Propose { .. } => 1,
        };
        self.take_back(cx, handshake);
        After::BackOff(lost)
    }

    fn not_allowed(
        &mut self,
        cx: &mut Context<'_, E>,
        wants: &mut Wants<E::Message>,
        handshake: &Handshake<E::Message>,
    ) -> After {
        if let Handshake::Create { again: true } = handshake {
            return After::Exists;
        }
        cx.skip(&reasons::HANDSHAKE_NOT_ALLOWED);
        self.take_back(cx, handshake);
        match handshake {
            Handshake::Create { .. } => After::NoGroup,
            Handshake::Commit { want: None } => self.cover_refused(),
            Handshake::Commit { want: Some(want) } | Handshake::Propose { want, .. } => {
                wants.take(*want);
                After::GoOn
            }
        }
    }

    /// What is pending stays so, and the next commit would be as this one.
    fn cover_refused(&mut self) -> After {
        self.refused_covers += 1;
        match self.refused_covers < MOST_REFUSED_COVERS {
            true => After::BackOff(self.refused_covers),
            false => After::Rejoin,
        }
    }

    /// What the hub does not have must neither be merged nor covered by an own commit.
    fn take_back(&mut self, cx: &mut Context<'_, E>, handshake: &Handshake<E::Message>) {
        let (engine, mls) = (&cx.device.engine, &mut cx.device.mls);
        let (taken_back, reason) = match handshake {
            Handshake::Create { .. } => return,
            Handshake::Commit { .. } => (
                engine.clear_pending(mls, &mut self.group),
                &reasons::COMMIT_NOT_DROPPED,
            ),
            Handshake::Propose { sent, .. } => (
                engine.withdraw(mls, &mut self.group, sent),
                &reasons::PROPOSALS_NOT_DROPPED,
            ),
        };
        if taken_back.is_err() {
            cx.unprocessable(reason);
        }
    }

    // ---- the room's events ----

    /// A message of the group came.
    pub(super) fn process(
        &mut self,
        cx: &mut Context<'_, E>,
        (wants, talk): (&mut Wants<E::Message>, &mut Talk),
        came: Came,
        message: &E::Message,
    ) -> Effect {
        let Came {
            event,
            commit,
            timestamp,
            frank,
        } = came;
        // A commit removes them.
        let seen = self.sees_activity(cx).then(|| {
            let engine = &cx.device.engine;
            let going = engine.pending_removals(&self.group);
            let leavers = engine.pending_leavers(&self.group);
            (going, leavers)
        });
        let device = &mut *cx.device;
        let processed = device
            .engine
            .process(&mut device.mls, &mut self.group, message);
        match processed {
            Ok(Processed::Application {
                content,
                epoch,
                sender,
                safe_aad,
            }) => {
                if seen.is_some() {
                    self.activity.hear(sender, timestamp);
                }
                let stamped = match (&frank, tag_in(&safe_aad)) {
                    (Some(frank), Some(tag)) => Ok(Some(Stamped {
                        frank,
                        tag,
                        accepted_timestamp: timestamp,
                    })),
                    (None, None) => Ok(None),
                    // Somebody on the way took it off, or put it on.
                    _ => Err(&reasons::WRONG_FRANK),
                };
                let said = stamped
                    .and_then(|stamped| self.read(cx, talk, (epoch, sender), (&content, stamped)));
                match said {
                    Ok(subject) => cx.note(Fact::Read {
                        room: cx.room,
                        event,
                        subject,
                        state: epoch,
                        bytes: content.len() as u32,
                    }),
                    Err(reason) => cx.unprocessable(reason),
                }
            }
            // What is proposed counts for nobody: whose turn it is would change with each.
            Ok(Processed::Proposal) => self.follow(cx, wants),
            Ok(Processed::Commit { removed: true, .. }) => return Effect::Removed,
            Ok(Processed::Commit {
                external,
                committer,
                ..
            }) => {
                if let Some((going, leavers)) = seen {
                    self.activity.forget(match external {
                        true => &leavers,
                        false => &going,
                    });
                    if let Some(committer) = committer {
                        self.activity.hear(committer, timestamp);
                    }
                }
                self.report_epoch(cx, false, None);
                self.entered_epoch();
                wants.settle_proposed(external);
                return Effect::NewEpoch;
            }
            Err(error) => {
                cx.unprocessable(reason(&error));
                if commit && !is_old(&error) {
                    return Effect::LeftBehind;
                }
            }
        }
        Effect::None
    }

    /// What was in a message that the member of this leaf encrypted in this epoch.
    fn read(
        &self,
        cx: &mut Context<'_, E>,
        talk: &mut Talk,
        (epoch, sender): (u64, u32),
        (content, stamped): (&[u8], Option<Stamped<'_>>),
    ) -> Result<&'static Subject, &'static Reason> {
        let speech = Arc::clone(&cx.device.speech);
        let Content::Structured(how) = &*speech else {
            return Ok(&subjects::MESSAGE);
        };
        let engine = &cx.device.engine;
        // Who had the leaf in an epoch that is over, nobody knows any more.
        let current = epoch == engine.epoch(&self.group);
        let sender = current.then(|| engine.member(&self.group, sender));
        let agent = engine.component(&self.group, FRANKING_AGENT);
        let stamp = stamped.zip(agent.as_deref());
        let stamp = stamp.map(|(stamped, agent)| Received {
            tag: stamped.tag,
            frank: stamped.frank,
            agent,
            accepted_timestamp: stamped.accepted_timestamp,
        });
        talk.get_or_insert_default().hear(
            cx,
            how,
            sender.flatten().as_deref(),
            (content, stamp.as_ref()),
        )
    }
}

/// Whether the message is of an epoch that is over: it was of no use any more.
fn is_old(error: &MlsError) -> bool {
    matches!(error, MlsError::WrongEpoch { got, current } if got < current)
}

fn reason(error: &MlsError) -> &'static Reason {
    match error {
        MlsError::WrongEpoch { got, current } if got < current => &reasons::OLD_MESSAGE,
        MlsError::WrongEpoch { .. } => &reasons::EARLY_MESSAGE,
        MlsError::MissingProposals { .. } => Refusal::MissingProposals.reason(),
        MlsError::Malformed(_) => Refusal::MalformedMessage.reason(),
        MlsError::InvalidProposal { .. } | MlsError::WrongParts(_) | MlsError::Refused { .. } => {
            Refusal::Mls.reason()
        }
    }
}
