//! Answers that were given, so that a request that comes twice gets the same and changes nothing.

use crate::bare::is_unnamed;
use crate::framed::Framed;
use crate::kept::Kept;
use crate::storage::Rows;
use crate::wire::FrameKind;
use std::collections::{BTreeMap, VecDeque};
use throng_stack::{Packet, RequestId};
use throng_workloads::intent::RoomId;
use throng_workloads::time::{SimSpan, SimTime};

/// The headers that an envelope is answered or sent on with.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) room: RoomId,
    pub(super) request: RequestId,
}

/// An answer as it went out.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) packet: Packet,
    /// Its number among what its receiver gets in the room; `None` where it is not numbered.
    pub(super) number: Option<u64>,
}

/// Recent answers. Durable: a request may be repeated after a restart, because of it.
#[derive(Debug, Default)]
pub struct Answers {
    pub(super) given: Kept<Asked, Remembered>,
    /// In the order in which they were given.
    times: VecDeque<(SimTime, Asked)>,
    /// Those to bare providers by room, in the same order.
    unnamed: BTreeMap<RoomId, VecDeque<RequestId>>,
    pub(super) rows: Rows,
}

/// So many answers to requests without a name are remembered of a room; the oldest is forgotten then. Others are forgotten by those who
/// say that they have them.
const MOST_UNNAMED: usize = 4096;

/// An answer, and since when it is remembered.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) at: SimTime,
    pub(super) given: Given,
}

/// A request, and the room that it is about: of the same number about another room it is another.
pub(super) type Asked = (RoomId, RequestId);

impl Answers {
    /// Remember an answer, and forget those that were given longer than `keep` ago, unless somebody `lacks` them: an answer
    /// with a number that never came would leave a gap for ever.
    pub(super) fn give(
        &mut self,
        now: SimTime,
        asked: Asked,
        given: Given,
        keep: SimSpan,
        lacks: impl Fn(&Asked, u64) -> bool,
    ) {
        while let Some((at, old)) = self.times.front().copied() {
            if at + keep >= now {
                break;
            }
            self.times.pop_front();
            let remembered = self.given.get(&old);
            // Of one that was forgotten before, and maybe answered again.
            if remembered.is_none_or(|remembered| remembered.at != at) {
                continue;
            }
            let number = remembered.and_then(|old| old.given.number);
            match number.is_some_and(|number| lacks(&old, number)) {
                true => {
                    if let Some(lacked) = self.given.get_mut(&old) {
                        lacked.at = now;
                    }
                    self.times.push_back((now, old));
                }
                false => self.forget(&old),
            }
        }
        self.rows.write(given.packet.len());
        let at = match self.given.get(&asked) {
            Some(before) => before.at,
            None => {
                self.times.push_back((now, asked));
                self.note_unnamed(asked);
                now
            }
        };
        self.given.insert(asked, Remembered { at, given });
    }

    /// What it is asked in words that are all that is known of the request may be asked again in earnest when this is over, and have
    /// another answer: what a group is, and KeyPackages that were used.
    pub(super) fn forget_unnamed(&mut self, room: RoomId) {
        let Some(unnamed) = self.unnamed.get(&room) else {
            return;
        };
        let passing = |request: &&RequestId| {
            let remembered = self.given.get(&(room, **request));
            let kind = remembered.and_then(|remembered| remembered.given.packet.frame_kind());
            matches!(
                kind,
                Some(FrameKind::KeyMaterialResponse | FrameKind::GroupInfoResponse)
            )
        };
        let passing: Vec<RequestId> = unnamed.iter().filter(passing).copied().collect();
        for request in passing {
            self.forget(&(room, request));
        }
    }

    fn note_unnamed(&mut self, (room, request): Asked) {
        if !is_unnamed(request) {
            return;
        }
        let unnamed = self.unnamed.entry(room).or_default();
        unnamed.push_back(request);
        if unnamed.len() > MOST_UNNAMED
            && let Some(oldest) = unnamed.front().copied()
        {
            self.forget(&(room, oldest));
        }
    }

    fn forget(&mut self, asked: &Asked) {
        if self.given.remove(asked).is_none() {
            return;
        }
        self.rows.delete();
        if let Some(unnamed) = self.unnamed.get_mut(&asked.0) {
            match unnamed.front() == Some(&asked.1) {
                true => drop(unnamed.pop_front()),
                false => unnamed.retain(|request| *request != asked.1),
            }
            if unnamed.is_empty() {
                self.unnamed.remove(&asked.0);
            }
        }
    }

    /// What was remembered goes on to be, in this order of time.
    pub(super) fn resume(&mut self, mut kept: Vec<(Asked, Remembered)>) {
        kept.sort_by_key(|(asked, remembered)| (remembered.at, *asked));
        for (asked, remembered) in kept {
            self.times.push_back((remembered.at, asked));
            self.note_unnamed(asked);
            self.given.insert(asked, remembered);
        }
    }

    /// The answer to a request that came before.
    pub(super) fn again(&self, room: RoomId, request: RequestId) -> Option<Given> {
        let remembered = self.given.get(&(room, request));
        remembered.map(|remembered| remembered.given.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framed::Framed;
    use crate::wire::Frame;
    use throng_mls::wire::MlsBytes;
    use throng_workloads::intent::{ClientId, ProviderId};

    #[test]
    fn answers_are_given_again_until_they_are_old() {
        let request = |number| {
            let request = RequestId {
                provider: ProviderId(0),
                client: ClientId(1),
                number,
            };
            (RoomId(7), request)
        };
        let given = Given {
            packet: Packet::seal(&Frame::<MlsBytes>::NotifyAccepted(())).unwrap(),
            number: Some(4),
        };
        let again = |answers: &Answers, number| {
            let (room, request) = request(number);
            answers.again(room, request)
        };
        let keep = SimSpan::from_secs(10);
        let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
        let mut answers = Answers::default();
        let nobody = |_: &Asked, _| false;
        answers.give(at(0), request(0), given.clone(), keep, nobody);
        answers.give(at(10), request(1), given.clone(), keep, nobody);
        assert_eq!(again(&answers, 0).and_then(|g| g.number), Some(4));
        answers.give(at(11), request(2), given.clone(), keep, nobody);
        assert!(again(&answers, 0).is_none());
        assert!(again(&answers, 1).is_some());
        assert!(
            answers.again(RoomId(8), request(1).1).is_none(),
            "another room"
        );
        assert_eq!((answers.given.len(), answers.times.len()), (2, 2));
        // Whoever lacks them still can ask.
        answers.give(at(100), request(3), given.clone(), keep, |_, number| {
            number == 4
        });
        assert!(again(&answers, 1).is_some());
        answers.give(at(200), request(4), given, keep, nobody);
        assert!(again(&answers, 1).is_none());
        assert_eq!((answers.given.len(), answers.times.len()), (1, 1));
    }
}
