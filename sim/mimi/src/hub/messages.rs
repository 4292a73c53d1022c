//! Application messages.

use super::decision::{Decision, Fanout, To};
use super::member::Member;
use super::room::Room;
use crate::refusal::Refusal;
use crate::vocabulary::{reasons, subjects};
use crate::wire::notify::FanoutEvent;
use crate::wire::{FanoutMessage, SubmitAccepted, SubmitMessageRequest, SubmitOutcome};
use throng_mls::engine::Engine;
use throng_stack::{Fact, RequestId};
use throng_workloads::time::SimTime;

impl<E: Engine> Room<E> {
    /// `/submitMessage`: an application message of a member.
    pub fn submit(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        submit: SubmitMessageRequest<E::Message>,
    ) -> Decision<E, SubmitOutcome> {
        let SubmitMessageRequest {
            app_message: message,
            sending_uri,
            ..
        } = submit;
        let current_epoch = self.epoch(engine);
        let refuse =
            |reason| Decision::refuse(SubmitOutcome::NotAllowed, self.refused(request, reason));
        let Ok(epoch) = engine.message_epoch(&message) else {
            return refuse(Refusal::MalformedMessage);
        };
        // Only the header says who sends: MLS hides it from the hub.
        let sender = Member::of(request);
        let Some(user) = self.members.get(&sender) else {
            return refuse(Refusal::NoMember);
        };
        let named = self.directory.user_named(sending_uri.as_str().as_bytes());
        if named != Some((*user, sender.provider)) {
            return refuse(Refusal::ForeignSender);
        }
        if epoch > current_epoch {
            return refuse(Refusal::Mls);
        }
        if epoch + self.epoch_tolerance < current_epoch {
            return Decision::refuse(
                SubmitOutcome::EpochTooOld { current_epoch },
                Fact::Refused {
                    room: self.id,
                    request,
                    reason: &reasons::EPOCH_TOO_OLD,
                },
            );
        }
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let receivers = self.receivers_but(sender);
        let accepted = self.accepted(event, &subjects::MESSAGE, request, &receivers);
        let fact = Fact::Accepted(Box::new(accepted));
        let message = FanoutMessage {
            timestamp: accepted_timestamp,
            event: FanoutEvent::Application {
                message,
                frank: None,
            },
        };
        Decision {
            outcome: SubmitOutcome::Accepted(SubmitAccepted {
                accepted_timestamp,
                frank: None,
            }),
            fanouts: vec![Fanout {
                message,
                to: To::Members(event, receivers),
            }],
            facts: vec![fact],
        }
    }
}
