//! Answers that were given, so that a request that comes twice gets the same and changes nothing.

use crate::mimi::packet::{Packet, RequestId};
use std::collections::{BTreeMap, VecDeque};
use throng_workloads::intent::RoomId;
use throng_workloads::time::{SimSpan, SimTime};

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
    /// With when they were given last.
    given: BTreeMap<Asked, (SimTime, Given)>,
    /// In the order in which they were given, each time anew.
    times: VecDeque<(SimTime, Asked)>,
}

/// A request, and the room that it is about: of the same number about another room it is another.
type Asked = (RoomId, RequestId);

impl Answers {
    /// Remember an answer that is given now, and forget those that were given last longer than `keep` ago. Whoever is
    /// still asked for one may not forget it: a number that nobody gives again is a gap in what its receiver gets.
    pub(super) fn give(&mut self, now: SimTime, asked: Asked, given: Given, keep: SimSpan) {
        while let Some((at, old)) = self.times.front().copied() {
            if at + keep >= now {
                break;
            }
            self.times.pop_front();
            if self.given.get(&old).is_some_and(|(last, _)| *last == at) {
                self.given.remove(&old);
            }
        }
        self.given.insert(asked, (now, given));
        self.times.push_back((now, asked));
    }

    /// The answer to a request that came before.
    pub(super) fn again(&self, room: RoomId, request: RequestId) -> Option<Given> {
        let given = self.given.get(&(room, request));
        given.map(|(_, given)| given.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mimi::wire::{Frame, MlsBytes};
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
            packet: Packet::seal(&Frame::<MlsBytes>::NotifyAccepted).unwrap(),
            number: Some(4),
        };
        let again = |answers: &Answers, number| {
            let (room, request) = request(number);
            answers.again(room, request)
        };
        let keep = SimSpan::from_secs(10);
        let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
        let mut answers = Answers::default();
        answers.give(at(0), request(0), given.clone(), keep);
        answers.give(at(10), request(1), given.clone(), keep);
        assert_eq!(again(&answers, 0).and_then(|g| g.number), Some(4));
        answers.give(at(11), request(2), given, keep);
        assert!(again(&answers, 0).is_none());
        assert!(again(&answers, 1).is_some());
        assert!(
            answers.again(RoomId(8), request(1).1).is_none(),
            "another room"
        );
        assert_eq!((answers.given.len(), answers.times.len()), (2, 2));
        // What is asked for again and again is kept.
        let one = answers.again(RoomId(7), request(1).1).unwrap();
        answers.give(at(19), request(1), one, keep);
        let two = answers.again(RoomId(7), request(2).1).unwrap();
        answers.give(at(28), request(3), two, keep);
        assert!(again(&answers, 1).is_some());
        assert!(again(&answers, 2).is_none());
    }
}
