//! Those who are to be added and are known by their handles alone: their provider says who they are, and then their KeyPackages are asked
//! for. Until then all else goes on.

use super::RoomSession;
use crate::client::context::Context;
use crate::client::room::member::ask_for_key_packages;
use crate::vocabulary::reasons;
use crate::wire::{IdentifierQueryCode, IdentifierResponse};
use throng_mls::engine::Engine;
use throng_stack::Reason;
use throng_workloads::intent::UserId;

impl<E: Engine> RoomSession<E> {
    /// A provider says who has the handle of somebody who is to be added.
    pub(super) fn found(
        &mut self,
        cx: &mut Context<'_, E>,
        user: UserId,
        response: &IdentifierResponse,
    ) {
        // It may be wanted no more.
        if !self.wants.awaits(user) {
            return;
        }
        let expected = cx.device.directory.user_uri(user);
        let found = match &response.uri[..] {
            [uri] => Some(uri.as_str()) == expected.as_deref(),
            _ => false,
        };
        let known = response.response_code == IdentifierQueryCode::Success && found;
        let asked = match known {
            true => ask_for_key_packages(cx, user),
            false => Err(&reasons::NOT_FOUND),
        };
        if let Err(reason) = asked {
            self.not_found(cx, user, reason);
        }
    }

    /// Somebody who is to be added is left out, for this reason.
    pub(super) fn not_found(
        &mut self,
        cx: &mut Context<'_, E>,
        user: UserId,
        reason: &'static Reason,
    ) {
        if self.wants.put_off(user).is_some() {
            cx.skip(reason);
        }
    }
}
