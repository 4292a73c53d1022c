//! Consent: whether somebody may have the KeyPackages of somebody here, and who of ours waits to be allowed it elsewhere.
//!
//! Consent is between two users' providers, and no hub is between these. The target's keeps what the target has said of whom
//! ([`Word`]) and hands out KeyPackages by that; the requester's keeps which of its clients wait, and tells them. The user's answer is drawn
//! here after as long as users take (`policy.consent_delay`), since no draft says how a provider asks its user: whatever client could be
//! asked, the answer is kept at the provider.
//!
//! With `policy.consent_key_packages` a grant has KeyPackages of the target's clients in it, so that nobody has to ask for them: they are
//! handed out as to who asks, and go to one of those who wait.
//!
//! What somebody says twice changes nothing, so a word needs no memory of its own to come again: it is sent until it has been heard.

use super::answers::About;
use super::consents::{Waiter, Word};
use super::owed::Item;
use super::state::Provider;
use crate::bare::{NOBODY, digest};
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::rows::{NO_ROOM, bytes};
use crate::timers::TimerPurpose;
use crate::vocabulary::counters;
use crate::wire::{
    ConsentEntry, ConsentOperation, ConsentScope, Frame, FrameKind, IdentifierUri,
    KeyMaterialRequest, Status,
};
use throng_mls::engine::Engine;
use throng_mls::wire::BareKeyPackage;
use throng_stack::{Counter, Envelope, Fact, Outputs, Packet, Peer, RequestId, Timer};
use throng_workloads::dist::unit;
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::scenario::Consent;
use throng_workloads::time::{SimSpan, SimTime};

/// What the name of a grant is made of, and of its opposite ([`Provider::named_word`]).
const GRANT: u8 = 2;
const REVOKE: u8 = 3;

/// Who asks in a provider's own name: a client that nobody is.
const ITSELF: ClientId = ClientId(NOBODY - 1);

impl<E: Engine> Provider<E> {
    /// Whether the target of a request for KeyPackages has consented to it, as far as that is asked for.
    pub(super) fn consents_to(&self, request: &KeyMaterialRequest) -> Result<(), Refusal> {
        let content = &request.content;
        if content.requesting_user == content.target_user {
            return Ok(());
        }
        let anywhere = ConsentScope {
            requester_uri: content.requesting_user.clone(),
            target_uri: content.target_user.clone(),
            room_id: None,
        };
        let words = &self.durable.consents.words;
        if self.policy.consent == Consent::Given && words.len() == 0 {
            return Ok(());
        }
        let here = ConsentScope {
            room_id: Some(content.room_id.clone()),
            ..anywhere.clone()
        };
        // What was said of the room goes before what was said of all.
        match (words.get(&here), words.get(&anywhere), self.policy.consent) {
            (Some(Word::Granted), ..) => Ok(()),
            (Some(Word::Revoked), ..) => Err(Refusal::NoConsentForRoom),
            (_, Some(Word::Granted), _) => Ok(()),
            (_, Some(Word::Revoked), _) | (_, _, Consent::Asked) => Err(Refusal::NoConsent),
            (_, _, Consent::Given) => Ok(()),
            (_, _, Consent::AskedForRoom) => Err(Refusal::NoConsentForRoom),
        }
    }

    // ---- what own clients say ----

    /// A client asks for consent, or says what its user gives.
    pub(super) fn hear_own_word(
        &mut self,
        now: SimTime,
        about: About,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let kind = envelope.packet.frame_kind();
        let heard = match envelope.packet.open::<E::Message>() {
            Ok(Frame::RequestConsent(entry)) if entry.operation.is_requesters() => {
                let answer = Frame::<E::Message>::RequestConsentResponse(Status::ACCEPTED);
                let asked = self.client_asks(now, about, &entry, out);
                asked.map(|()| answer)
            }
            Ok(Frame::UpdateConsent(entry)) if !entry.operation.is_requesters() => {
                let answer = Frame::UpdateConsentResponse(Status::ACCEPTED);
                let said = self.client_answers(now, about, &entry, out);
                said.map(|()| answer)
            }
            _ => Err(Refusal::MalformedFrame),
        };
        match heard.map(|answer| Packet::seal(&answer)) {
            Ok(Ok(packet)) => {
                self.give_unnumbered(about, packet, out);
            }
            Ok(Err(_)) => self.refused(about, Refusal::Unanswerable, out),
            Err(reason) => self.turn_down(now, about, kind, reason, out),
        }
    }

    fn client_asks(
        &mut self,
        now: SimTime,
        about: About,
        entry: &ConsentEntry<E::Message>,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let scope = &entry.scope;
        self.is_own_word(about.request.client, &scope.requester_uri)?;
        let (_, home) = self.named(&scope.target_uri).ok_or(Refusal::UserUnknown)?;
        let waiter = Waiter {
            room: about.room,
            client: about.request.client,
        };
        match entry.operation {
            ConsentOperation::Request => {
                self.durable.consents.waits(scope, waiter)?;
                self.durable.rows.write(0);
            }
            _ => {
                if !self.durable.consents.waits_no_more(scope, waiter) {
                    // Another device of the user still waits.
                    return Ok(());
                }
                self.durable.rows.delete();
            }
        }
        match home == self.me {
            true => self.asked_for_consent(now, entry, out),
            false => {
                self.say(home, entry.clone(), out);
                Ok(())
            }
        }
    }

    fn client_answers(
        &mut self,
        now: SimTime,
        about: About,
        entry: &ConsentEntry<E::Message>,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        self.is_own_word(about.request.client, &entry.scope.target_uri)?;
        self.named(&entry.scope.requester_uri)
            .ok_or(Refusal::UserUnknown)?;
        let word = match entry.operation {
            ConsentOperation::Grant(_) => Word::Granted,
            _ => Word::Revoked,
        };
        self.decide_consent(now, &entry.scope, word, out)
    }

    fn named(&self, user: &IdentifierUri) -> Option<(UserId, ProviderId)> {
        self.directory.user_named(user.as_str().as_bytes())
    }

    /// Whether a client is its user's who is named so.
    fn is_own_word(&self, client: ClientId, user: &IdentifierUri) -> Result<(), Refusal> {
        let own = |(user, home)| {
            home == self.me && self.durable.follower.clients_of(user).contains(&client)
        };
        match self.named(user).is_some_and(own) {
            true => Ok(()),
            false => Err(Refusal::ForeignIdentity),
        }
    }

    // ---- what other providers say ----

    /// Another provider says something about consent; it is told whether that was heard.
    pub(super) fn hear_word(
        &mut self,
        now: SimTime,
        by: ProviderId,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let heard = match envelope.packet.open::<E::Message>() {
            Ok(Frame::RequestConsent(entry)) if entry.operation.is_requesters() => self
                .is_theirs(by, &entry.scope.requester_uri, &entry.scope.target_uri)
                .and_then(|()| self.asked_for_consent(now, &entry, out)),
            Ok(Frame::UpdateConsent(entry)) if !entry.operation.is_requesters() => self
                .is_theirs(by, &entry.scope.target_uri, &entry.scope.requester_uri)
                .map(|()| self.tell_waiters(*entry, out)),
            _ => Err(Refusal::MalformedFrame),
        };
        let status = match heard {
            Ok(()) => Status::ACCEPTED,
            Err(reason) => {
                out.note(Fact::Rejected {
                    reason: reason.reason(),
                });
                reason.into()
            }
        };
        let answer = match envelope.packet.frame_kind() {
            Some(FrameKind::UpdateConsent) => Frame::UpdateConsentResponse(status),
            _ => Frame::<E::Message>::RequestConsentResponse(status),
        };
        if let Ok(packet) = Packet::seal(&answer) {
            let answer = Envelope {
                request: envelope.request,
                ..self.envelope_about(None, packet)
            };
            out.sends.push((Peer::Provider(by), answer));
        }
    }

    /// Whether one user is of the provider that speaks, and the other from here.
    fn is_theirs(
        &self,
        by: ProviderId,
        theirs: &IdentifierUri,
        ours: &IdentifierUri,
    ) -> Result<(), Refusal> {
        match self.named(theirs) {
            Some((_, home)) if home == by => {}
            _ => return Err(Refusal::ForeignIdentity),
        }
        match self.named(ours) {
            Some((_, home)) if home == self.me => Ok(()),
            _ => Err(Refusal::UserUnknown),
        }
    }

    /// Another provider has heard something, or will not.
    pub(super) fn word_heard(&mut self, by: ProviderId, envelope: &Envelope, out: &mut Outputs) {
        let status = match envelope.packet.open::<E::Message>() {
            Ok(Frame::RequestConsentResponse(status) | Frame::UpdateConsentResponse(status)) => {
                Ok(status)
            }
            _ => Err(Refusal::MalformedFrame),
        };
        let said = envelope
            .request
            .filter(|request| self.durable.owed.asked(NO_ROOM, *request) == Some(by));
        let (status, request) = match (status, said) {
            (Ok(status), Some(request)) => (status, request),
            (Ok(_), None) => return rejected(Refusal::Unasked, out),
            (Err(reason), _) => return rejected(reason, out),
        };
        let said = self.durable.owed.question(NO_ROOM, request);
        let said = said.and_then(|said| said.packet.open::<E::Message>().ok());
        self.durable.owed.answered((NO_ROOM, request));
        if let (Some(Frame::RequestConsent(entry)), false) = (said, status.is_accepted()) {
            // Nobody will ever answer.
            let refused = ConsentEntry::new(entry.scope, ConsentOperation::Revoke);
            self.tell_waiters(refused, out);
        }
    }

    // ---- as the target's provider ----

    /// Somebody asks for the consent of a user from here, or does no more.
    fn asked_for_consent(
        &mut self,
        now: SimTime,
        entry: &ConsentEntry<E::Message>,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let scope = &entry.scope;
        let (target, _) = self.named(&scope.target_uri).ok_or(Refusal::UserUnknown)?;
        if self.durable.follower.clients_of(target).is_empty() {
            return Err(Refusal::UserUnknown);
        }
        let consents = &mut self.durable.consents;
        if let ConsentOperation::Cancel = entry.operation {
            if consents.forget_asked(scope) {
                self.durable.rows.delete();
            }
            return Ok(());
        }
        match (consents.words.get(scope).copied(), self.policy.consent) {
            // The user is about to answer.
            (Some(Word::Asked), _) => Ok(()),
            (Some(word @ (Word::Granted | Word::Revoked)), _) => {
                self.tell_requester(now, scope, word, out);
                Ok(())
            }
            (None, Consent::Given) => {
                // What was taken back for all rooms is so for each.
                let anywhere = ConsentScope {
                    room_id: None,
                    ..scope.clone()
                };
                let word = consents.words.get(&anywhere).copied();
                let word = word.filter(|word| *word == Word::Revoked);
                self.tell_requester(now, scope, word.unwrap_or(Word::Granted), out);
                Ok(())
            }
            (None, _) => {
                consents.say(scope, Word::Asked)?;
                self.durable.rows.write(0);
                count(counters::CONSENTS_ASKED, out);
                self.await_answer(scope.clone(), out);
                Ok(())
            }
        }
    }

    /// The user will answer after a while.
    fn await_answer(&mut self, scope: ConsentScope, out: &mut Outputs) {
        let wait = self.policy.consent_delay.sample(&mut self.answers_consent);
        let timer = Timer {
            room: NO_ROOM,
            purpose: TimerPurpose::Consent.into(),
            generation: self.durable.consents.awaits(scope),
        };
        out.timers.push((SimSpan::from_secs_f64(wait), timer));
    }

    /// The same of all who were asked before the process began.
    pub(super) fn await_answers(&mut self, out: &mut Outputs) {
        for scope in self.durable.consents.all_asked() {
            self.await_answer(scope, out);
        }
    }

    /// The user answers what this timer was for.
    pub(super) fn user_answers(&mut self, now: SimTime, generation: u32, out: &mut Outputs) {
        let Some(scope) = self.durable.consents.answers(generation) else {
            return;
        };
        let word = match unit(&mut self.answers_consent) < self.policy.consent_refused {
            true => Word::Revoked,
            false => Word::Granted,
        };
        // There is room for it: it was asked for.
        let _ = self.decide_consent(now, &scope, word, out);
    }

    /// A user who was asked is here no more: whoever waits is told no.
    pub(super) fn revoke_for_deleted(&mut self, now: SimTime, user: UserId, out: &mut Outputs) {
        let asked = self.durable.consents.words.iter();
        let asked = asked.filter(|(_, word)| **word == Word::Asked);
        let of_user = |scope: &&ConsentScope| {
            let target = self.named(&scope.target_uri);
            target.is_some_and(|(target, _)| target == user)
        };
        let asked = asked.map(|(scope, _)| scope).filter(of_user).cloned();
        for scope in asked.collect::<Vec<_>>() {
            // There is room for it: it was asked for.
            let _ = self.decide_consent(now, &scope, Word::Revoked, out);
        }
    }

    fn decide_consent(
        &mut self,
        now: SimTime,
        scope: &ConsentScope,
        word: Word,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        if self.durable.consents.words.get(scope) == Some(&word) {
            return Ok(());
        }
        self.durable.consents.say(scope, word)?;
        self.durable.rows.write(0);
        let counter = match word {
            Word::Granted => counters::CONSENTS_GIVEN,
            _ => counters::CONSENTS_REFUSED,
        };
        count(counter, out);
        self.tell_requester(now, scope, word, out);
        Ok(())
    }

    /// Tell the requester's provider what its user may do. (It need not be told of a refusal; here it is, so that nobody waits in vain.)
    fn tell_requester(
        &mut self,
        now: SimTime,
        scope: &ConsentScope,
        word: Word,
        out: &mut Outputs,
    ) {
        let operation = match word {
            Word::Granted => ConsentOperation::Grant(self.packages_to(now, scope, out)),
            _ => {
                self.durable.consents.unmade(scope);
                ConsentOperation::Revoke
            }
        };
        let entry = ConsentEntry::new(scope.clone(), operation);
        match self.named(&scope.requester_uri) {
            Some((_, home)) if home != self.me => self.say(home, entry, out),
            Some(_) => self.tell_waiters(entry, out),
            None => {}
        }
    }

    /// KeyPackages that go with consent, where that is the policy: as often as they would be handed out to who asks for them. While a grant is
    /// under way or was just made, it is the same again: whoever asks twice takes none twice.
    fn packages_to(
        &mut self,
        now: SimTime,
        scope: &ConsentScope,
        out: &mut Outputs,
    ) -> Vec<BareKeyPackage<E::Message>> {
        if !self.policy.consent_key_packages {
            return Vec::new();
        }
        if let Some(packages) = self.packages_before(now, scope) {
            return packages;
        }
        let packages = match self.named(&scope.target_uri) {
            Some((target, _)) if self.may_ask_again(now, &scope.requester_uri) => {
                self.granted(now, target, out)
            }
            _ => Vec::new(),
        };
        let grant = ConsentOperation::Grant(packages.clone());
        let grant = Frame::UpdateConsent(Box::new(ConsentEntry::new(scope.clone(), grant)));
        if let Ok(grant) = Packet::seal(&grant) {
            self.durable.consents.made(now, scope, grant);
        }
        packages
    }

    /// Those that go with the grant that is owed or was just made.
    fn packages_before(
        &mut self,
        now: SimTime,
        scope: &ConsentScope,
    ) -> Option<Vec<BareKeyPackage<E::Message>>> {
        let request = self.named_word(GRANT, scope);
        let owed = self.durable.owed.question(NO_ROOM, request);
        let owed = owed.map(|owed| owed.packet.clone());
        let grant = owed.or_else(|| self.durable.consents.just_made(now, scope))?;
        match grant.open::<E::Message>() {
            // A name is a digest, and may be another scope's.
            Ok(Frame::UpdateConsent(entry)) if entry.scope == *scope => match entry.operation {
                ConsentOperation::Grant(packages) => Some(packages),
                _ => None,
            },
            _ => None,
        }
    }

    // ---- as the requester's provider ----

    /// Tell own clients that wait for it what was said. KeyPackages that came with it are the first's alone.
    fn tell_waiters(&mut self, mut entry: ConsentEntry<E::Message>, out: &mut Outputs) {
        let room = entry.scope.room_id.as_ref();
        let room = room.map(|room| self.directory.room_named(room.as_str().as_bytes()));
        let here = |waiter: &Waiter| match room {
            None => true,
            Some(room) => room.is_some_and(|(room, _)| room == waiter.room),
        };
        let waiters = self.durable.consents.take_waiters(&entry.scope, here);
        if let (ConsentOperation::Grant(packages), false) =
            (&mut entry.operation, waiters.is_empty())
        {
            packages.retain(|package| self.is_first(package));
        }
        for waiter in waiters {
            let Ok(packet) = Packet::seal(&Frame::UpdateConsent(Box::new(entry.clone()))) else {
                return rejected(Refusal::Unanswerable, out);
            };
            self.durable.rows.delete();
            self.durable.rows.hold(packet.len());
            let envelope = self.envelope_about(Some(waiter.room), packet);
            self.deliver(waiter.client, envelope, out);
            if let ConsentOperation::Grant(packages) = &mut entry.operation {
                packages.clear();
            }
        }
    }

    /// Whether a KeyPackage that comes with consent was not handed on before: what is heard twice is the same word, and may find others
    /// waiting the second time.
    fn is_first(&mut self, package: &BareKeyPackage<E::Message>) -> bool {
        let message = package.message();
        let terms = self.engine.key_package_terms(message);
        if terms.is_ok_and(|terms| terms.last_resort) {
            return true;
        }
        let Ok(reference) = self.engine.key_package_reference(message) else {
            return false;
        };
        let (known, digest) = (&mut self.durable.granted, digest(&reference));
        if known.has(NO_ROOM, digest) {
            return false;
        }
        self.durable.rows.write(0);
        if known.put(NO_ROOM, known.next(NO_ROOM), digest) {
            self.durable.rows.delete();
        }
        true
    }

    // ---- on the way ----

    /// Say something to another provider, again and again until it is heard. What was said of this before is void.
    fn say(&mut self, to: ProviderId, entry: ConsentEntry<E::Message>, out: &mut Outputs) {
        let (this, other) = match entry.operation {
            ConsentOperation::Cancel => (0, 1),
            ConsentOperation::Request => (1, 0),
            ConsentOperation::Grant(_) => (GRANT, REVOKE),
            ConsentOperation::Revoke => (REVOKE, GRANT),
        };
        let [request, void] =
            [this, other].map(|operation| self.named_word(operation, &entry.scope));
        self.durable.owed.answered((NO_ROOM, void));
        let entry = Box::new(entry);
        let frame = match entry.operation.is_requesters() {
            true => Frame::RequestConsent(entry),
            false => Frame::UpdateConsent(entry),
        };
        let Ok(packet) = Packet::seal(&frame) else {
            return rejected(Refusal::Unanswerable, out);
        };
        let envelope = Envelope {
            request: Some(request),
            ..self.envelope_about(None, packet)
        };
        let asked = (NO_ROOM, request);
        self.durable.owed.ask(asked, to, envelope.clone());
        out.sends.push((Peer::Provider(to), envelope));
        self.watch(Item::Request(asked), 1, out);
    }

    /// The name of a request with a word of its own: the same for the same word.
    fn named_word(&self, operation: u8, scope: &ConsentScope) -> RequestId {
        let mut said = bytes(scope);
        said.push(operation);
        let first = digest(&said).into_iter().take(4);
        RequestId {
            provider: self.me,
            client: ITSELF,
            number: first.fold(0, |number, byte| number << 8 | u32::from(byte)),
        }
    }
}

fn count(what: Counter, out: &mut Outputs) {
    out.note(Fact::Counted(vec![(what, 1)]));
}

fn rejected(reason: Refusal, out: &mut Outputs) {
    out.note(Fact::Rejected {
        reason: reason.reason(),
    });
}
