//! Application messages.

use super::decision::{Decision, Fanout, To};
use super::member::Member;
use super::room::{Room, refusal_of};
use crate::bare::is_unnamed;
use crate::franking::{self, HubKey, ServerFrankingContext, tag_in};
use crate::refusal::Refusal;
use crate::room_state::Capability;
use crate::room_state::components::FRANKING_AGENT;
use crate::vocabulary::{reasons, subjects};
use crate::wire::notify::FanoutEvent;
use crate::wire::{
    FanoutMessage, Frank, IdentifierUri, SubmitAccepted, SubmitMessageRequest, SubmitOutcome,
};
use throng_mls::engine::{Engine, MlsError};
use throng_stack::{Fact, RequestId};
use throng_workloads::intent::{ProviderId, UserId};
use throng_workloads::time::SimTime;

/// What the hub stamps messages with.
pub struct Stamps<'a, E: Engine> {
    /// The hub's own keys.
    pub identity: &'a mut E::Client,
    /// By which it knows its stamps again.
    pub key: &'a HubKey,
}

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

    /// What a message has to be stamped by: its tag, where the room has somebody to stamp messages.
    fn tag(&self, engine: &E, message: &E::Message) -> Result<Option<[u8; 32]>, MlsError> {
        match engine.hub_component(&self.state, FRANKING_AGENT) {
            None => Ok(None),
            Some(_) => Ok(tag_in(&engine.message_safe_aad(message)?)),
        }
    }

    /// The stamp on a message of this user with this tag, which is accepted at this time.
    fn frank(
        &self,
        engine: &E,
        tag: [u8; 32],
        (sender_uri, accepted_timestamp): (IdentifierUri, u64),
        Stamps { identity, key }: Stamps<'_, E>,
    ) -> Result<Frank, MlsError> {
        let context = ServerFrankingContext {
            sender_uri,
            room_uri: self.directory.room_uri(self.id).unwrap_or_default().into(),
            accepted_timestamp,
        };
        franking::stamp(engine, identity, key, &tag, &context)
    }

    /// `/submitMessage`: an application message of a member.
    pub fn submit(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        submit: SubmitMessageRequest<E::Message>,
        stamps: Stamps<'_, E>,
    ) -> Decision<E, SubmitOutcome> {
        let SubmitMessageRequest {
            app_message: message,
            sending_uri,
            ..
        } = submit;
        let current_epoch = self.epoch(engine);
        let refuse = |room: &Self, reason| {
            Decision::refuse(SubmitOutcome::NotAllowed, room.refused(request, reason))
        };
        let Ok(epoch) = engine.message_epoch(&message) else {
            return refuse(self, Refusal::MalformedMessage);
        };
        // Only the header says who sends: MLS hides it from the hub.
        let named = self.directory.user_named(sending_uri.as_str().as_bytes());
        let sender = match is_unnamed(request) {
            true => self.sender_among(request.provider, named),
            false => self.named_sender(Member::of(request), named).map(Some),
        };
        let sender = match sender {
            Ok(sender) => sender,
            Err(reason) => return refuse(self, reason),
        };
        if named.is_some_and(|(user, _)| self.removed.contains(&user)) {
            return refuse(self, Refusal::RemovedParticipant);
        }
        let may = |user| self.allows(engine, user, Capability::SendMessage);
        if named.is_some_and(|(user, _)| !may(user)) {
            return refuse(self, Refusal::Role);
        }
        if epoch > current_epoch {
            return refuse(self, Refusal::Mls);
        }
        if epoch + self.rules.epoch_tolerance < current_epoch {
            return Decision::refuse(
                SubmitOutcome::EpochTooOld { current_epoch },
                Fact::Refused {
                    room: self.id,
                    request,
                    reason: &reasons::EPOCH_TOO_OLD,
                },
            );
        }
        let tag = match self.tag(engine, &message) {
            Ok(tag) => tag,
            Err(error) => return refuse(self, refusal_of(&error)),
        };
        let accepted_timestamp = self.timestamp(now);
        let said = (sending_uri, accepted_timestamp);
        let stamped = tag.map(|tag| self.frank(engine, tag, said, stamps));
        let frank = match stamped.transpose() {
            Ok(frank) => frank,
            Err(error) => return refuse(self, refusal_of(&error)),
        };
        let event = self.event();
        let receivers = self.listeners_but(engine, sender);
        let accepted = self.accepted(event, &subjects::MESSAGE, request, &receivers);
        let fact = Fact::Accepted(Box::new(accepted));
        let message = FanoutMessage {
            timestamp: accepted_timestamp,
            event: FanoutEvent::Application {
                message,
                frank: frank.clone(),
            },
        };
        Decision {
            outcome: SubmitOutcome::Accepted(SubmitAccepted {
                accepted_timestamp,
                frank,
            }),
            fanouts: vec![Fanout {
                message,
                to: To::Members(event, receivers),
            }],
            facts: vec![fact],
        }
    }
}
