//! Whom somebody means by a handle: queries of own clients on their way to where that would be, and others' about users from here.
//!
//! A handle is what people call a user, `im:u17@a.example`, and names the provider to ask. By the whole of it, or by what is before its
//! `@`, a user is found who has an account here and wants to be (`policy.findable`); of a user nothing else is known here that could be
//! searched. No hub is between the two providers, and who looks for somebody does not say so.

use super::answers::About;
use super::errands::Waits;
use super::state::Provider;
use crate::directory::parse_handle;
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::vocabulary::counters;
use crate::wire::{
    Frame, FrameKind, IdentifierQueryCode, IdentifierRequest, IdentifierResponse, QueryElement,
    SearchIdentifier,
};
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Fact, Outputs, Packet, Peer};
use throng_workloads::dist::unit;
use throng_workloads::intent::{ProviderId, UserId};
use throng_workloads::stream::StreamOwner;
use throng_workloads::time::SimTime;
use tls_codec::Size as _;

/// So much may be known of somebody. There is one field here that says all.
const MOST_ELEMENTS: usize = 8;

/// No query that names somebody takes so many bytes.
const LONGEST_QUERY: usize = 8 << 10;

impl<E: Engine> Provider<E> {
    /// An own client looks for somebody.
    pub(super) fn own_query(
        &mut self,
        now: SimTime,
        about: About,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let kind = envelope.packet.frame_kind();
        let Ok(Frame::IdentifierQuery(request)) = envelope.packet.open::<E::Message>() else {
            return self.turn_down(now, about, kind, Refusal::MalformedFrame, out);
        };
        let home = match domain_asked(&request) {
            // Nobody would answer it: it does not leave the house.
            _ if asks_too_much(&request) => Some(self.me),
            Some(domain) => self.directory.provider_at(domain),
            None => Some(self.me),
        };
        match home {
            None => self.turn_down(now, about, kind, Refusal::ProviderUnknown, out),
            Some(home) if home == self.me => {
                let found = self.find(&request, out);
                let found = Frame::<E::Message>::IdentifierResponse(Box::new(found));
                match Packet::seal(&found) {
                    Ok(packet) => {
                        self.give_unnumbered(about, packet, out);
                    }
                    Err(_) => self.refused(about, Refusal::Unanswerable, out),
                }
            }
            Some(home) => {
                let packet = envelope.packet.clone();
                let waits = Waits::Client(about, FrameKind::IdentifierQuery);
                if let Err(reason) = self.run_errand(now, (waits, home), packet, out) {
                    self.turn_down(now, about, kind, reason, out);
                }
            }
        }
    }

    /// Another provider looks for somebody from here.
    pub(super) fn query(&mut self, by: ProviderId, envelope: &Envelope, out: &mut Outputs) {
        let Ok(Frame::IdentifierQuery(request)) = envelope.packet.open::<E::Message>() else {
            return out.note(Fact::Rejected {
                reason: Refusal::MalformedFrame.reason(),
            });
        };
        let found = self.find(&request, out);
        let found = Frame::<E::Message>::IdentifierResponse(Box::new(found));
        if let Ok(packet) = Packet::seal(&found) {
            let answer = Envelope {
                request: envelope.request,
                ..self.envelope_about(None, packet)
            };
            out.sends.push((Peer::Provider(by), answer));
        }
    }

    fn find(&self, request: &IdentifierRequest, out: &mut Outputs) -> IdentifierResponse {
        let found = self.meant(request);
        out.note(Fact::Counted(vec![
            (counters::IDENTIFIER_QUERIES, 1),
            (counters::IDENTIFIERS_FOUND, u64::from(found.is_ok())),
        ]));
        match found {
            Ok(uri) => IdentifierResponse::found(vec![uri.into()]),
            Err(code) => IdentifierResponse::nobody(code),
        }
    }

    /// The user of whom all of it holds. What may not be asked goes before what cannot be, and that before what is not enough.
    fn meant(&self, request: &IdentifierRequest) -> Result<String, IdentifierQueryCode> {
        use SearchIdentifier as By;
        let elements = &request.query_elements;
        // Of whoever asks for nothing in particular everybody here would hold.
        if elements.is_empty() || asks_too_much(request) {
            return Err(IdentifierQueryCode::Forbidden);
        }
        let by = |wanted: fn(&By) -> bool| elements.iter().any(|element| wanted(&element.search));
        if by(|field| {
            matches!(
                field,
                By::Email | By::Phone | By::OidcStdClaim(_) | By::VcardField(_)
            )
        }) {
            return Err(IdentifierQueryCode::UnsupportedField);
        }
        // Nobody is listed whom one did not know before.
        if by(|field| matches!(field, By::PartialName | By::WholeProfile)) {
            return Err(IdentifierQueryCode::Ambiguous);
        }
        let mut meant: Option<UserId> = None;
        for element in elements {
            let user = self
                .named_by(element)
                .ok_or(IdentifierQueryCode::NotFound)?;
            if meant.is_some_and(|other| other != user) {
                return Err(IdentifierQueryCode::NotFound);
            }
            meant = Some(user);
        }
        let uri = meant.and_then(|user| self.directory.user_uri(user));
        let uri = uri.ok_or(IdentifierQueryCode::NotFound)?;
        match self.wants_to_be_found(&uri) {
            true => Ok(uri),
            false => Err(IdentifierQueryCode::NotFound),
        }
    }

    /// The own user whose handle, or the name in it, this is.
    fn named_by(&self, element: &QueryElement) -> Option<UserId> {
        let value = element.search_value.as_slice();
        let (name, domain) = match element.search {
            SearchIdentifier::Handle => parse_handle(value)?,
            _ => (
                std::str::from_utf8(value).ok()?,
                self.directory.domain(self.me)?,
            ),
        };
        let uri = format!("mimi://{domain}/u/{name}");
        let (user, home) = self.directory.user_known(uri.as_bytes())?;
        let here = home == self.me && !self.durable.follower.clients_of(user).is_empty();
        here.then_some(user)
    }

    /// Whether a user lets others look for them: as each has decided once and for all.
    fn wants_to_be_found(&self, uri: &str) -> bool {
        if self.policy.findable >= 1.0 {
            return true;
        }
        let owner = StreamOwner::Provider(u64::from(self.me.0));
        let mut decides = self.streams.named(owner, format_args!("findable {uri}"));
        unit(&mut decides) < self.policy.findable
    }
}

/// Whether a query is of more things, or longer, than any that is answered.
fn asks_too_much(request: &IdentifierRequest) -> bool {
    request.query_elements.len() > MOST_ELEMENTS || request.tls_serialized_len() > LONGEST_QUERY
}

/// The domain that a query of an own client is for: that of the first handle in it; its own provider's, where there is none.
fn domain_asked(request: &IdentifierRequest) -> Option<&str> {
    let handles = request.query_elements.iter();
    let mut handles = handles.filter(|element| element.search == SearchIdentifier::Handle);
    let value = handles.next()?.search_value.as_slice();
    Some(parse_handle(value)?.1)
}

/// The code for a refusal of a query.
pub(super) fn query_code(reason: Refusal) -> IdentifierQueryCode {
    match reason {
        Refusal::ProviderUnknown => IdentifierQueryCode::NotFound,
        _ => IdentifierQueryCode::Forbidden,
    }
}
