//! What orders events of the same instant.

use std::fmt;

/// Which of two events at the same instant comes first: the one from the lower source, and of one
/// source the one it made earlier.
///
/// Unique per event, so the order of events is total, and made of nothing but the source's own
/// history, so it depends neither on the order of insertion nor on threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tie(u64);

impl Tie {
    const SEQUENCE_BITS: u32 = 40;
    /// The largest source: 24 bits.
    pub const MAX_SOURCE: u32 = (1 << 24) - 1;
    /// The largest sequence number: 40 bits, which one source at a million events a second fills in
    /// twelve days.
    pub const MAX_SEQUENCE: u64 = (1 << Self::SEQUENCE_BITS) - 1;

    /// The tie of event number `sequence` of `source`. Only the low 24 and 40 bits count; whoever
    /// numbers the sources sees to it that they are enough.
    #[inline]
    pub const fn new(source: u32, sequence: u64) -> Self {
        debug_assert!(source <= Self::MAX_SOURCE && sequence <= Self::MAX_SEQUENCE);
        Self((source as u64) << Self::SEQUENCE_BITS | sequence & Self::MAX_SEQUENCE)
    }

    /// Who made the event.
    pub const fn source(self) -> u32 {
        (self.0 >> Self::SEQUENCE_BITS) as u32
    }

    /// The event's number among its source's.
    pub const fn sequence(self) -> u64 {
        self.0 & Self::MAX_SEQUENCE
    }

    /// Source and sequence in one number that sorts the same.
    #[inline]
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.source(), self.sequence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_sorts_by_source_and_then_sequence() {
        let last_of_first = Tie::new(1, Tie::MAX_SEQUENCE);
        let first_of_second = Tie::new(2, 0);
        assert!(last_of_first < first_of_second);
        assert!(Tie::new(2, 0) < Tie::new(2, 1));
        assert_eq!(last_of_first.source(), 1);
        assert_eq!(last_of_first.sequence(), Tie::MAX_SEQUENCE);
        assert_eq!(Tie::new(Tie::MAX_SOURCE, 7).source(), Tie::MAX_SOURCE);
    }
}
