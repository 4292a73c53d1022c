//! What came before, by digests: of each room so many of the last that came, and no more.

use crate::bare::Digest;
use crate::kept::Kept;
use std::collections::BTreeMap;
use throng_workloads::intent::RoomId;

/// Messages that were reported.
pub(super) type Reported = KnownAgain<4096>;

/// KeyPackages that came with consent and were handed on, of no room.
pub(super) type Granted = KnownAgain<16384>;

/// Digests by their places in rooms. Of each room the last `MOST` are known again; the oldest is forgotten then.
#[derive(Debug, Default)]
pub(super) struct KnownAgain<const MOST: u64> {
    pub(super) digests: Kept<(RoomId, u64), Digest>,
    places: BTreeMap<(RoomId, Digest), u64>,
}

impl<const MOST: u64> KnownAgain<MOST> {
    /// Whether this came in the room.
    pub(super) fn has(&self, room: RoomId, digest: Digest) -> bool {
        self.places.contains_key(&(room, digest))
    }

    /// It came, at this place. Whether another was forgotten for that.
    pub(super) fn put(&mut self, room: RoomId, place: u64, digest: Digest) -> bool {
        self.digests.insert((room, place), digest);
        self.places.insert((room, digest), place);
        let oldest = place.checked_sub(MOST);
        let oldest = oldest.and_then(|oldest| self.digests.remove(&(room, oldest)));
        if let Some(oldest) = oldest {
            self.places.remove(&(room, oldest));
        }
        oldest.is_some()
    }

    /// The place after the last in the room.
    pub(super) fn next(&self, room: RoomId) -> u64 {
        let all = self.digests.range((room, 0)..=(room, u64::MAX));
        let last = all.last().map(|((_, place), _)| *place);
        last.map_or(0, |last| last.saturating_add(1))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.digests.len(), self.places.len());
        self.digests.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_on_and_the_oldest_goes() {
        let (room, other) = (RoomId(3), RoomId(4));
        let mut known = KnownAgain::<2>::default();
        for number in 0..3u8 {
            let place = known.next(room);
            assert_eq!(place, u64::from(number));
            assert_eq!(known.put(room, place, [number; 16]), number == 2);
        }
        assert!(!known.has(room, [0; 16]) && known.has(room, [2; 16]));
        assert!(!known.has(other, [2; 16]));
        assert_eq!(
            (known.next(room), known.next(other), known.len()),
            (3, 0, 2)
        );
    }
}
