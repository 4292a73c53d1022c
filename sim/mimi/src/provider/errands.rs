//! What a provider asks others in its own name, because somebody waits for it.
//!
//! For whom it is they are not told: the request has a name of the provider's own, and which it was is known here alone, for as long as the
//! process lives. Nothing is owed: whoever waits and hears nothing asks again, and then so does the provider.

use super::answers::About;
use crate::bare::NOBODY;
use crate::framed::Framed;
use crate::wire::FrameKind;
use std::collections::BTreeMap;
use throng_stack::{Envelope, RequestId};
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::SimTime;

/// Who runs errands: a client that nobody is.
pub(super) const ERRANDS: ClientId = ClientId(NOBODY - 2);

/// So many may be under way: beyond that the oldest is forgotten, and whoever waits for it asks again.
const MOST: usize = 1 << 16;

/// Who waits for something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Waits {
    /// An own client that has asked this.
    Client(About, FrameKind),
    /// Another provider, by this name of what it asks.
    Provider(ProviderId, RequestId, FrameKind),
}

impl Waits {
    fn request(self) -> RequestId {
        match self {
            Self::Client(about, _) => about.request,
            Self::Provider(_, request, _) => request,
        }
    }

    /// What was asked.
    pub(super) fn asked(self) -> FrameKind {
        match self {
            Self::Client(_, asked) | Self::Provider(_, _, asked) => asked,
        }
    }
}

/// Something that was asked.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) to: ProviderId,
    pub(super) waits: Waits,
    pub(super) envelope: Envelope,
}

/// All that is under way.
#[derive(Debug, Default)]
pub(super) struct Errands {
    /// By numbers of the provider's own.
    open: BTreeMap<u32, Errand>,
    /// The same by the request that waits.
    numbers: BTreeMap<RequestId, u32>,
    next: Option<u32>,
}

impl Errands {
    /// All are forgotten, and numbers go on: what is still answered is for nobody.
    pub(super) fn forget(&mut self) {
        self.open.clear();
        self.numbers.clear();
    }

    /// The next number. The first depends on when that is: a process before this began with another.
    pub(super) fn number(&mut self, now: SimTime) -> u32 {
        let number = self.next.unwrap_or((now.as_nanos() >> 10) as u32);
        self.next = Some(number.wrapping_add(1));
        number
    }

    /// What is under way for a request.
    pub(super) fn of(&self, waits: Waits) -> Option<&Errand> {
        self.open.get(self.numbers.get(&waits.request())?)
    }

    pub(super) fn put(&mut self, number: u32, errand: Errand) {
        if self.open.len() >= MOST
            && let Some((_, oldest)) = self.open.pop_first()
        {
            self.numbers.remove(&oldest.waits.request());
        }
        self.numbers.insert(errand.waits.request(), number);
        self.open.insert(number, errand);
    }

    /// What this is the answer to, which waits no more.
    pub(super) fn take(
        &mut self,
        me: ProviderId,
        by: ProviderId,
        answer: &Envelope,
    ) -> Option<Errand> {
        let request = answer.request?;
        if (request.provider, request.client) != (me, ERRANDS) {
            return None;
        }
        let errand = self.open.get(&request.number)?;
        let kinds = (
            errand.envelope.packet.frame_kind(),
            answer.packet.frame_kind(),
        );
        let answers = matches!(
            kinds,
            (
                Some(FrameKind::IdentifierQuery),
                Some(FrameKind::IdentifierResponse)
            ) | (
                Some(FrameKind::ProxyDownload),
                Some(FrameKind::ProxyDownloadResponse)
            ) | (
                Some(FrameKind::FetchAsset),
                Some(FrameKind::FetchAssetResponse)
            )
        );
        if errand.to != by || !answers {
            return None;
        }
        self.numbers.remove(&errand.waits.request());
        self.open.remove(&request.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::NO_ROOM;
    use crate::wire::{Frame, IdentifierQueryCode, IdentifierRequest, IdentifierResponse};
    use throng_mls::wire::MlsBytes;
    use throng_stack::{Packet, Peer};

    const ME: ProviderId = ProviderId(0);
    const THEM: ProviderId = ProviderId(1);

    fn waits(number: u32) -> Waits {
        let request = RequestId {
            provider: ME,
            client: ClientId(4),
            number,
        };
        let about = About {
            room: NO_ROOM,
            request,
        };
        Waits::Client(about, FrameKind::IdentifierQuery)
    }

    fn envelope(number: u32, frame: &Frame<MlsBytes>) -> Envelope {
        let request = RequestId {
            provider: ME,
            client: ERRANDS,
            number,
        };
        let packet = Packet::seal(frame).unwrap();
        Envelope {
            request: Some(request),
            ..Envelope::new(Peer::Provider(ME), packet)
        }
    }

    fn errand(waits: Waits, number: u32) -> Errand {
        let query = IdentifierRequest::by_handle("im:u1@b.example");
        Errand {
            to: THEM,
            waits,
            envelope: envelope(number, &Frame::IdentifierQuery(Box::new(query))),
        }
    }

    #[test]
    fn answers_are_for_who_was_asked_and_come_once() {
        let mut errands = Errands::default();
        errands.put(7, errand(waits(1), 7));
        assert!(errands.of(waits(1)).is_some() && errands.of(waits(2)).is_none());
        let nobody = IdentifierResponse::nobody(IdentifierQueryCode::NotFound);
        let answer = envelope(7, &Frame::IdentifierResponse(Box::new(nobody)));
        assert!(errands.take(ME, ME, &answer).is_none(), "another was asked");
        assert!(errands.take(THEM, THEM, &answer).is_none(), "by another");
        let other = envelope(7, &Frame::NotifyAccepted(()));
        assert!(errands.take(ME, THEM, &other).is_none());
        assert!(errands.take(ME, THEM, &answer).is_some());
        assert!(errands.take(ME, THEM, &answer).is_none());
        assert!(errands.of(waits(1)).is_none() && errands.numbers.is_empty());
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let mut errands = Errands::default();
        let first = errands.number(SimTime::ZERO);
        for number in 0..=MOST as u32 {
            errands.put(number, errand(waits(number), number));
        }
        assert_eq!((errands.open.len(), errands.numbers.len()), (MOST, MOST));
        assert!(errands.of(waits(0)).is_none() && errands.of(waits(1)).is_some());
        errands.forget();
        assert_eq!((errands.open.len(), errands.numbers.len()), (0, 0));
        assert_eq!(errands.number(SimTime::ZERO), first + 1);
    }
}
