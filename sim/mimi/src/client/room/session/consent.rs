//! Consent of those who are to be added: who has not given it is asked, and added when it is there. Until then all else goes on.

use super::RoomSession;
use super::answers::holds;
use crate::client::context::Context;
use crate::client::room::wants::Wish;
use crate::client::uplink::Question;
use crate::vocabulary::reasons;
use crate::wire::{ConsentEntry, ConsentOperation, ConsentScope, Frame, KeyMaterialUserCode};
use throng_mls::engine::Engine;
use throng_mls::wire::BareKeyPackage;
use throng_stack::Reason;
use throng_workloads::intent::UserId;
use throng_workloads::scenario::Consent;

/// Client URIs and KeyPackages that came with a user's consent, as far as they are of clients of that user and hold.
fn granted<E: Engine>(
    cx: &mut Context<'_, E>,
    user: UserId,
    packages: &[BareKeyPackage<E::Message>],
) -> Vec<(Vec<u8>, E::Message)> {
    let mut found = Vec::with_capacity(packages.len());
    for package in packages {
        let message = package.message();
        let Ok(uri) = cx.device.engine.key_package_identity(message) else {
            continue;
        };
        let named = cx.device.directory.client_named(&uri);
        if named.is_none_or(|(of, ..)| of != user) {
            continue;
        }
        if holds(cx, message) {
            found.push((uri, message.clone()));
        }
    }
    found
}

impl<E: Engine> RoomSession<E> {
    /// Whether somebody whose KeyPackages are not given out is asked for consent instead.
    pub(super) fn asks_consent(
        &mut self,
        cx: &mut Context<'_, E>,
        user: UserId,
        status: KeyMaterialUserCode,
    ) -> bool {
        use KeyMaterialUserCode as Code;
        let refused = matches!(status, Code::NoConsent | Code::NoConsentForThisRoom);
        if !refused || cx.device.policy.consent == Consent::Given {
            return false;
        }
        let Some(since) = self.wants.put_off(user) else {
            return false;
        };
        // Whoever waits for it already wants the same.
        if self.consents.insert(user, since).is_none() {
            self.say_of_consent(cx, user, ConsentOperation::Request);
        }
        true
    }

    /// What somebody who was asked has answered.
    pub(in crate::client) fn consent_said(
        &mut self,
        cx: &mut Context<'_, E>,
        entry: &ConsentEntry<E::Message>,
    ) {
        let target = entry.scope.target_uri.as_str().as_bytes();
        let Some((user, _)) = cx.device.directory.user_named(target) else {
            return;
        };
        if let ConsentOperation::Grant(packages) = &entry.operation {
            if let Some(since) = self.consents.remove(&user) {
                let packages = granted(cx, user, packages);
                self.wants.push(since, Wish::add_consenting(user, packages));
            }
        } else {
            self.consent_refused(cx, user, &reasons::CONSENT_REFUSED);
        }
        self.go_on(cx);
    }

    /// Somebody who is to be added does not allow it, or is not heard of.
    pub(super) fn consent_refused(
        &mut self,
        cx: &mut Context<'_, E>,
        user: UserId,
        reason: &'static Reason,
    ) {
        if self.consents.remove(&user).is_some() {
            cx.skip(reason);
        }
    }

    /// Nobody can be added any more: whoever was asked for that is asked no longer.
    pub(super) fn ask_no_consent(&mut self, cx: &mut Context<'_, E>) {
        for user in std::mem::take(&mut self.consents).into_keys() {
            cx.skip(&reasons::REMOVED_BEFORE_CHANGE);
            self.say_of_consent(cx, user, ConsentOperation::Cancel);
        }
    }

    fn say_of_consent(
        &mut self,
        cx: &mut Context<'_, E>,
        user: UserId,
        operation: ConsentOperation<E::Message>,
    ) {
        let directory = &cx.device.directory;
        let names = directory.user_uri(cx.device.user);
        let names = names.zip(directory.user_uri(user));
        let room = match cx.device.policy.consent {
            Consent::AskedForRoom => directory.room_uri(cx.room),
            Consent::Given | Consent::Asked => None,
        };
        let Some((requester, target)) = names else {
            return self.consent_refused(cx, user, &reasons::NAMELESS_USER);
        };
        let scope = ConsentScope {
            requester_uri: requester.into(),
            target_uri: target.into(),
            room_id: room.map(Into::into),
        };
        let question = match operation {
            ConsentOperation::Request => Question::Consent(user),
            _ => Question::NoConsent,
        };
        let entry = ConsentEntry::new(scope, operation);
        let frame = Frame::RequestConsent(Box::new(entry));
        if cx.ask(question, &frame).is_err() {
            self.consent_refused(cx, user, &reasons::TOO_LONG);
        }
    }
}
