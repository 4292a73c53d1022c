//! Application messages.

use super::decision::{Decision, Fanout, To};
use super::member::Member;
use super::room::Room;
use crate::bare::is_unnamed;
use crate::refusal::Refusal;
use crate::vocabulary::{reasons, subjects};
use crate::wire::notify::FanoutEvent;
use crate::wire::{FanoutMessage, SubmitAccepted, SubmitMessageRequest, SubmitOutcome};
use throng_mls::engine::Engine;
use throng_stack::{Fact, RequestId};
use throng_workloads::intent::{ProviderId, UserId};
use throng_workloads::time::SimTime;

impl<E: Engine> Room<E> {
    /// The member that a request says that it is from, if the user is whose it is.
    fn named_sender(
        &self,
        sender: Member,
        named: Option<(UserId, ProviderId)>,
    ) -> Result<Member, Refusal> {
        let user = self.members.get(&sender).ok_or(Refusal::NoMember)?;
        match named == Some((*user, sender.provider)) {
            true => Ok(sender),
            false => Err(Refusal::ForeignSender),
        }
    }

    /// Who of a provider's members a message is from that does not say it: of its user, as far as names say whose clients are. Nobody in
    /// particular, where it may be several.
    fn sender_among(
        &self,
        provider: ProviderId,
        named: Option<(UserId, ProviderId)>,
    ) -> Result<Option<Member>, Refusal> {
        let (user, home) = named.ok_or(Refusal::ForeignSender)?;
        if home != provider {
            return Err(Refusal::ForeignSender);
        }
        let there = self.members.iter();
        let there = there.filter(|(member, _)| member.provider == provider);
        let all: Vec<(Member, UserId)> = there.map(|(member, of)| (*member, *of)).collect();
        let own: Vec<Member> = all
            .iter()
            .filter(|(_, of)| *of == user)
            .map(|(member, _)| *member)
            .collect();
        match (&own[..], &all[..]) {
            ([only], _) | ([], [(only, _)]) => Ok(Some(*only)),
            (_, []) => Err(Refusal::NoMember),
            _ => Ok(None),
        }
    }

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
        let named = self.directory.user_named(sending_uri.as_str().as_bytes());
        let sender = match is_unnamed(request) {
            true => self.sender_among(request.provider, named),
            false => self.named_sender(Member::of(request), named).map(Some),
        };
        let sender = match sender {
            Ok(sender) => sender,
            Err(reason) => return refuse(reason),
        };
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
