//! What another provider was asked and has not answered yet.
//!
//! A machine sends again what has had no answer for a while: on links that lose things it has to. HTTP/2 loses nothing while its connection
//! lives, so that the same request would only be work for whoever is slow already; and a hub that knows no request again, as the draft asks
//! none to, would do it twice. It goes out again when its exchange is over: given up, gone with its connection, or answered and the machine
//! has taken that.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use throng_stack::{Envelope, RequestId};
use throng_workloads::intent::RoomId;

/// By what something is the same that is sent again, and about a room: a request by its own name, anything else by its number. What is about
/// none has a name for its words, and may be said again in earnest when something else was said between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    kind: usize,
    room: RoomId,
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    Request(RequestId),
    Number(u64),
}

/// All that is under way to one provider.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<BTreeSet<Name>>>);

/// Something is under way for as long as this is there.
#[derive(Debug)]
pub(super) struct Asking {
    all: UnderWay,
    name: Option<Name>,
}

impl UnderWay {
    /// It goes out; nothing where it is under way already.
    pub(super) fn begin(&self, envelope: &Envelope) -> Option<Asking> {
        let number = Which::Number(envelope.sequence);
        let name = envelope.room.map(|room| Name {
            kind: envelope.packet.kind().index(),
            room,
            which: envelope.request.map_or(number, Which::Request),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        name.is_none_or(|name| all.insert(name)).then(|| Asking {
            all: self.clone(),
            name,
        })
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(name) = self.name {
            let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stack::{Kind, Packet, Peer};
    use throng_workloads::intent::{ClientId, ProviderId};

    fn envelope(kind: u16, sequence: u64, request: Option<u32>) -> Envelope {
        let provider = ProviderId(0);
        let packet = Packet::of_bytes(Kind::new(kind, "test"), Vec::new());
        Envelope {
            room: Some(RoomId(0)),
            sequence,
            request: request.map(|number| RequestId {
                provider,
                client: ClientId(3),
                number,
            }),
            ..Envelope::new(Peer::Provider(provider), packet)
        }
    }

    #[test]
    fn the_same_goes_out_again_when_it_is_over_and_no_sooner() {
        let under_way = UnderWay::default();
        let begin = |kind, sequence, request| under_way.begin(&envelope(kind, sequence, request));
        let event = begin(0, 1, None);
        assert!(event.is_some() && begin(0, 1, None).is_none());
        let others = [begin(0, 2, None), begin(1, 1, None), begin(0, 1, Some(1))];
        assert!(others.iter().all(Option::is_some));
        drop(event);
        assert!(begin(0, 1, None).is_some());
        // A request says anew how much of the room is here.
        assert!(begin(0, 5, Some(1)).is_none() && begin(0, 5, Some(2)).is_some());
        let word = Envelope {
            room: None,
            ..envelope(0, 0, Some(7))
        };
        let words = [under_way.begin(&word), under_way.begin(&word)];
        assert!(words.iter().all(Option::is_some));
    }
}
