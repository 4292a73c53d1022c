//! Answers that were given, so that a request that comes twice gets the same and changes nothing.

use crate::kept::Kept;
use crate::storage::Rows;
use std::collections::VecDeque;
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
    pub(super) rows: Rows,
}

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
            let number = self.given.get(&old).and_then(|old| old.given.number);
            match number.is_some_and(|number| lacks(&old, number)) {
                true => {
                    if let Some(lacked) = self.given.get_mut(&old) {
                        lacked.at = now;
                    }
                    self.times.push_back((now, old));
                }
                false => {
                    self.given.remove(&old);
                    self.rows.delete();
                }
            }
        }
        self.rows.write(given.packet.len());
        let at = match self.given.get(&asked) {
            Some(before) => before.at,
            None => {
                self.times.push_back((now, asked));
                now
            }
        };
        self.given.insert(asked, Remembered { at, given });
    }

    /// What was remembered goes on to be, in this order of time.
    pub(super) fn resume(&mut self, mut kept: Vec<(Asked, Remembered)>) {
        kept.sort_by_key(|(asked, remembered)| (remembered.at, *asked));
        for (asked, remembered) in kept {
            self.times.push_back((remembered.at, asked));
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
