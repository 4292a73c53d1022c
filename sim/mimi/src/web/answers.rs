//! Which frames answer which.

use crate::framed::Framed;
use crate::wire::{Endpoint, FrameKind};
use throng_stack::Envelope;

/// Whether a provider sends this to another as the answer to a request of that one.
pub(crate) fn is_answer(envelope: &Envelope) -> bool {
    use FrameKind as K;
    let kind = envelope.packet.frame_kind();
    let receipt = matches!(kind, Some(K::NotifyAccepted | K::NotifyLater));
    receipt || kind.and_then(question_of).is_some()
}

/// What is answered by a frame of this kind; an update's answer is that of a room's creation, too.
pub(super) fn question_of(answer: FrameKind) -> Option<Endpoint> {
    match answer {
        FrameKind::KeyMaterialResponse => Some(Endpoint::KeyMaterialRequest),
        FrameKind::UpdateResponse => Some(Endpoint::Update),
        FrameKind::SubmitMessageResponse => Some(Endpoint::SubmitMessage),
        FrameKind::GroupInfoResponse => Some(Endpoint::GroupInfoRequest),
        _ => None,
    }
}
