//! What passes between a client and its provider says of a room's events, for whoever follows clients alone.

use crate::framed::Framed;
use crate::wire::notify::FanoutEvent;
use crate::wire::{Frame, SubmitOutcome, UpdateOutcome};
use throng_mls::wire::MlsBytes;
use throng_stack::Envelope;
use throng_stack::web::Word;

/// What an envelope says; nothing where it is about no event. The hub sends on the very MLSMessage that it accepted, so that the message
/// is what an event is known by.
pub(super) fn word(envelope: &Envelope) -> Option<Word> {
    let bytes = |message: &MlsBytes| message.as_slice().into();
    match envelope.packet.open::<MlsBytes>().ok()? {
        Frame::SubmitMessage(request) => Some(Word::Asks(bytes(&request.app_message))),
        Frame::Update(bundle) => Some(Word::Asks(bytes(bundle.message()))),
        Frame::SubmitMessageResponse(response) => match response.outcome {
            SubmitOutcome::Accepted(_) => Some(Word::Granted),
            _ => None,
        },
        Frame::UpdateResponse(response) => match response.outcome {
            UpdateOutcome::Success { .. } => Some(Word::Granted),
            _ => None,
        },
        Frame::Notify(fanout) => match &fanout.event {
            FanoutEvent::Welcome { .. } => None,
            event => Some(Word::Event(bytes(event.message()))),
        },
        _ => None,
    }
}
