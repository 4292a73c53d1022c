//! KeyPackages that are asked for and not used: somebody looks people up, or wants their KeyPackages to run out.

use super::{RoomSession, Standing};
use crate::client::context::Context;
use crate::client::uplink::Question;
use crate::vocabulary::{counters, reasons};
use crate::wire::{ClientMaterial, Frame, KeyMaterialResponse};
use throng_mls::engine::Engine;
use throng_stack::Fact;
use throng_workloads::intent::UserId;

impl<E: Engine> RoomSession<E> {
    /// Ask for KeyPackages of a user now or not at all.
    pub(in crate::client) fn look_up(&mut self, cx: &mut Context<'_, E>, user: UserId) {
        if !cx.ready || !matches!(self.standing, Standing::Member(_)) {
            return cx.skip(&reasons::NOT_LOOKED_UP);
        }
        let Ok(request) = cx.device.key_material_request(cx.room, user) else {
            return cx.skip(&reasons::UNSIGNED_REQUEST);
        };
        let frame = Frame::KeyMaterialRequest(Box::new(request));
        if cx.ask(Question::LookUp, &frame).is_err() {
            cx.skip(&reasons::TOO_LONG);
        }
    }
}

/// They came.
pub(super) fn looked_up<E: Engine>(
    cx: &mut Context<'_, E>,
    response: &KeyMaterialResponse<E::Message>,
) {
    let clients = response.clients.iter();
    let got = clients.filter(|client| matches!(client.material, ClientMaterial::Success(_)));
    let got = got.count() as u64;
    if got > 0 {
        cx.note(Fact::Counted(vec![(counters::KEY_PACKAGES_LOOKED_UP, got)]));
    }
}
