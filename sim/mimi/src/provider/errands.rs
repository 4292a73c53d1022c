//! What a provider asks others in its own name, because somebody waits for it.
//!
//! For whom it is they are not told: the request has a name of the provider's own, and which it was is known here alone, for as long as the
//! process lives. Nothing is owed: whoever waits and hears nothing asks again, and then so does the provider.

use super::answers::About;
use crate::bare::NOBODY;
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::wire::FrameKind;
use std::collections::BTreeMap;
use throng_stack::{Envelope, RequestId};
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::{SimSpan, SimTime};

/// Who runs errands: a client that nobody is.
pub(super) const ERRANDS: ClientId = ClientId(NOBODY - 2);

/// So many may be under way: beyond that the oldest is forgotten, and whoever waits for it asks again.
const MOST: usize = 1 << 16;

/// So many of these for one client: far more than one waits for at once, so that it takes many to push out what others wait for.
const MOST_OF_CLIENT: usize = 1 << 10;

/// So many for another provider, which asks for all of its users.
const MOST_OF_PROVIDER: usize = 1 << 15;

/// Nobody waits for longer: what has no answer by then is forgotten.
const LONGEST: SimSpan = SimSpan::from_secs(24 * 3600);

/// Whose share an errand counts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Client(ClientId),
    Provider(ProviderId),
}

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

    fn who(self) -> Who {
        match self {
            Self::Client(about, _) => Who::Client(about.request.client),
            Self::Provider(by, _, _) => Who::Provider(by),
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
    pub(super) since: SimTime,
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
    /// How many each waits for.
    shares: BTreeMap<Who, usize>,
    next: Option<u32>,
}

impl Errands {
    /// All are forgotten, and numbers go on: what is still answered is for nobody.
    pub(super) fn forget(&mut self) {
        self.open.clear();
        self.numbers.clear();
        self.shares.clear();
    }

    /// What has had no answer for long is forgotten.
    pub(super) fn end(&mut self, now: SimTime) {
        while let Some(oldest) = self.oldest()
            && let Some(errand) = self.open.get(&oldest)
            && errand.since + LONGEST < now
        {
            self.drop(oldest);
        }
    }

    /// Nobody waits for these clients any more.
    pub(super) fn forget_clients(&mut self, clients: &[ClientId]) {
        let theirs = self.open.iter().filter(|(_, errand)| {
            matches!(errand.waits.who(), Who::Client(client) if clients.contains(&client))
        });
        for number in theirs.map(|(number, _)| *number).collect::<Vec<_>>() {
            self.drop(number);
        }
    }

    /// Whether somebody may wait for one more.
    pub(super) fn has_room(&self, waits: Waits) -> Result<(), Refusal> {
        let who = waits.who();
        let most = match who {
            Who::Client(_) => MOST_OF_CLIENT,
            Who::Provider(_) => MOST_OF_PROVIDER,
        };
        match self.shares.get(&who) {
            Some(share) if *share >= most => Err(Refusal::TooManyErrands),
            _ => Ok(()),
        }
    }

    /// The number of the oldest: numbers begin anew after the greatest, so that it is the first from the next on, if any is there.
    fn oldest(&self) -> Option<u32> {
        let behind = self.open.range(self.next.unwrap_or(0)..).next();
        let (number, _) = behind.or_else(|| self.open.first_key_value())?;
        Some(*number)
    }

    fn drop(&mut self, number: u32) -> Option<Errand> {
        let errand = self.open.remove(&number)?;
        self.numbers.remove(&errand.waits.request());
        let who = errand.waits.who();
        if let Some(share) = self.shares.get_mut(&who) {
            *share -= 1;
            if *share == 0 {
                self.shares.remove(&who);
            }
        }
        Some(errand)
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
        // Of one that had this number when all were last used up.
        self.drop(number);
        if self.open.len() >= MOST
            && let Some(oldest) = self.oldest()
        {
            self.drop(oldest);
        }
        *self.shares.entry(errand.waits.who()).or_default() += 1;
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
        self.drop(request.number)
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
            since: SimTime::ZERO,
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
        assert!(errands.shares.is_empty());
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let mut errands = Errands::default();
        for _ in 0..=MOST {
            let number = errands.number(SimTime::ZERO);
            errands.put(number, errand(waits(number), number));
        }
        assert_eq!((errands.open.len(), errands.numbers.len()), (MOST, MOST));
        assert!(errands.of(waits(0)).is_none() && errands.of(waits(1)).is_some());
        errands.forget();
        assert_eq!((errands.open.len(), errands.numbers.len()), (0, 0));
        assert_eq!(errands.number(SimTime::ZERO), MOST as u32 + 1);
    }

    #[test]
    fn nobody_waits_for_more_than_a_share_or_for_ever() {
        let mut errands = Errands::default();
        for _ in 0..MOST_OF_CLIENT {
            assert_eq!(errands.has_room(waits(0)), Ok(()));
            let number = errands.number(SimTime::ZERO);
            errands.put(number, errand(waits(number), number));
        }
        assert_eq!(errands.has_room(waits(0)), Err(Refusal::TooManyErrands));
        let other = RequestId {
            provider: THEM,
            client: ClientId(4),
            number: 0,
        };
        let other = Waits::Provider(THEM, other, FrameKind::ProxyDownload);
        assert_eq!(errands.has_room(other), Ok(()));
        errands.end(SimTime::ZERO + LONGEST);
        assert_eq!(errands.open.len(), MOST_OF_CLIENT);
        errands.end(SimTime::ZERO + LONGEST + SimSpan::from_secs(1));
        assert_eq!(
            (errands.open.len(), errands.has_room(waits(0))),
            (0, Ok(()))
        );
        errands.put(5, errand(waits(5), 5));
        errands.forget_clients(&[ClientId(4)]);
        assert!(errands.open.is_empty() && errands.shares.is_empty());
    }

    #[test]
    fn the_oldest_goes_first_also_when_numbers_begin_anew() {
        let first = u32::MAX - 9;
        let mut errands = Errands {
            next: Some(first),
            ..Errands::default()
        };
        for _ in 0..=MOST {
            let number = errands.number(SimTime::ZERO);
            errands.put(number, errand(waits(number), number));
        }
        assert_eq!(errands.open.len(), MOST);
        assert!(errands.of(waits(first)).is_none());
        assert!(errands.of(waits(first + 1)).is_some() && errands.of(waits(0)).is_some());
    }
}
