//! What a provider keeps of what was said, for as long as it is to.
//!
//! Whatever keeps it has written it down already, for those who wait for it ([`storage`](crate::storage)): here is only how much of it there
//! is, and when it goes. That is counted by the second.

use std::collections::VecDeque;
use throng_workloads::time::{SimSpan, SimTime};

/// Events that are kept.
#[derive(Debug, Default)]
pub(super) struct History {
    /// How long; no time: not at all.
    lasts: SimSpan,
    now: SimTime,
    /// Those of each second in which there were some, oldest first.
    seconds: VecDeque<Second>,
    /// Of all of them.
    bytes: u64,
}

/// So many events of so many bytes.
#[derive(Debug)]
struct Second {
    /// When it began.
    from: SimTime,
    events: u64,
    bytes: u64,
}

/// What counts as one moment.
const SECOND: SimSpan = SimSpan::from_secs(1);

impl History {
    /// One that keeps events for so long.
    pub(super) fn lasting(lasts: SimSpan) -> Self {
        Self {
            lasts,
            ..Self::default()
        }
    }

    /// Whether it keeps anything at all.
    pub(super) fn keeps(&self) -> bool {
        self.lasts > SimSpan::ZERO
    }

    /// Time has come so far: how many events went since.
    pub(super) fn pass(&mut self, now: SimTime) -> u64 {
        self.now = now;
        let mut gone = 0;
        let over = |second: &Second| second.from + SECOND + self.lasts <= now;
        while self.seconds.front().is_some_and(over)
            && let Some(second) = self.seconds.pop_front()
        {
            self.bytes -= second.bytes;
            gone += second.events;
        }
        gone
    }

    /// An event of so many bytes came.
    pub(super) fn add(&mut self, bytes: u64) {
        if !self.keeps() {
            return;
        }
        self.bytes += bytes;
        match self.seconds.back_mut() {
            Some(second) if self.now < second.from + SECOND => {
                second.events += 1;
                second.bytes += bytes;
            }
            _ => self.seconds.push_back(Second {
                from: self.now,
                events: 1,
                bytes,
            }),
        }
    }

    /// Bytes of all that is kept.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_millis(millis)
    }

    #[test]
    fn an_event_goes_when_its_time_is_over() {
        let mut history = History::lasting(SimSpan::from_secs(10));
        for (millis, bytes) in [(0, 5), (900, 7), (1_500, 11)] {
            assert_eq!(history.pass(at(millis)), 0);
            history.add(bytes);
        }
        assert_eq!(history.bytes(), 23);
        // The first two are of one second, and go together.
        assert_eq!(history.pass(at(10_999)), 0);
        assert_eq!(history.pass(at(11_000)), 2);
        assert_eq!(history.bytes(), 11);
        assert_eq!(history.pass(at(60_000)), 1);
        assert_eq!(history.bytes(), 0);
    }

    #[test]
    fn without_one_nothing_is_kept() {
        let mut history = History::default();
        history.pass(at(5));
        history.add(100);
        assert_eq!(history.bytes(), 0);
    }
}
