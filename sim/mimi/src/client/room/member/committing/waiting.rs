//! A turn that is waited for.

use throng_workloads::time::{SimSpan, SimTime};

/// A member waits for its turn to commit what others proposed.
#[derive(Debug, Clone, Copy)]
pub(in crate::client::room::member) struct Waiting {
    /// Since when it could commit.
    pub(in crate::client::room::member) since: SimTime,
    /// What it has drawn of its delay.
    pub(in crate::client::room::member) drawn: SimSpan,
    /// How many come before it.
    pub(in crate::client::room::member) turn: u32,
    /// How many proposals were pending when it last looked.
    pub(in crate::client::room::member) pending: usize,
    /// When the first turn comes.
    first: SimTime,
    /// When its own does.
    due: SimTime,
    /// When it looks again; a timer that comes earlier is stale.
    look: SimTime,
}

/// What there is to do when a timer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client::room::member) enum Look {
    /// Nothing: it is stale.
    Stale,
    /// Look again after so long.
    Later(SimSpan),
    /// It is the turn, for what could have been committed since then.
    Turn(SimTime),
}

impl Waiting {
    /// From now on, for what it has drawn, after so many others.
    pub(in crate::client::room::member) fn new(
        now: SimTime,
        drawn: SimSpan,
        (turn, pending): (u32, usize),
    ) -> Self {
        Self {
            since: now,
            drawn,
            turn,
            pending,
            first: now,
            due: now,
            look: now,
        }
    }

    /// More is proposed. Those who come first may be about to go now; nobody comes later than it would have, or nobody's turn might ever
    /// come where something is proposed all the time.
    pub(in crate::client::room::member) fn looks_again(&mut self, turn: u32, pending: usize) {
        self.turn = self.turn.min(turn);
        self.pending = pending;
    }

    /// The first turn comes then, and the own. After how long to look, where that is not settled already: when the own comes, or, where
    /// it comes later than that, a `step` after the first, and each `step` from then on. Most who wait for long wait in vain, and should
    /// find out soon.
    pub(in crate::client::room::member) fn comes(
        &mut self,
        now: SimTime,
        (first, due): (SimTime, SimTime),
        step: Option<SimSpan>,
    ) -> Option<SimSpan> {
        let settled = self.look > now && (self.first, self.due) == (first, due);
        (self.first, self.due) = (first, due);
        (!settled).then(|| self.look_after(now, step))
    }

    fn look_after(&mut self, now: SimTime, step: Option<SimSpan>) -> SimSpan {
        let next = step.map_or(self.due, |step| self.first.max(now) + step);
        self.look = self.due.min(next);
        self.look - now
    }

    /// A timer is due.
    pub(in crate::client::room::member) fn looked(
        &mut self,
        now: SimTime,
        step: Option<SimSpan>,
    ) -> Look {
        if now < self.look {
            return Look::Stale;
        }
        match now < self.due {
            true => Look::Later(self.look_after(now, step)),
            false => Look::Turn(self.since),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_secs(seconds)
    }

    const fn span(seconds: u64) -> SimSpan {
        SimSpan::from_secs(seconds)
    }

    #[test]
    fn a_turn_is_looked_at_in_steps_until_it_comes() {
        let mut waiting = Waiting::new(at(10), span(1), (2, 1));
        let step = Some(span(5));
        // The first has its turn at 12 and a step to use it.
        let turns = (at(12), at(24));
        assert_eq!(waiting.comes(at(10), turns, step), Some(span(7)));
        assert_eq!(waiting.looked(at(16), step), Look::Stale);
        assert_eq!(waiting.looked(at(17), step), Look::Later(span(5)));
        assert_eq!(waiting.looked(at(22), step), Look::Later(span(2)));
        assert_eq!(waiting.looked(at(24), step), Look::Turn(at(10)));
    }

    #[test]
    fn as_long_as_nobody_has_a_turn_nobody_looks() {
        let mut waiting = Waiting::new(at(10), span(0), (2, 1));
        let (step, turns) = (Some(span(1)), (at(1_000), at(1_002)));
        assert_eq!(waiting.comes(at(10), turns, step), Some(span(991)));
    }

    #[test]
    fn a_turn_that_comes_sooner_is_looked_at_sooner() {
        let alone = |due| (at(due), at(due));
        let mut waiting = Waiting::new(at(10), span(1), (2, 1));
        assert_eq!(waiting.comes(at(10), alone(60), None), Some(span(50)));
        // Nothing new: no other timer.
        assert_eq!(waiting.comes(at(12), alone(60), None), None);
        assert_eq!(waiting.comes(at(13), alone(20), None), Some(span(7)));
        assert_eq!(waiting.looked(at(20), None), Look::Turn(at(10)));
        // Of one that comes later the timer that runs is stale.
        let mut waiting = Waiting::new(at(10), span(1), (2, 1));
        assert_eq!(waiting.comes(at(10), alone(20), None), Some(span(10)));
        assert_eq!(waiting.comes(at(11), alone(30), None), Some(span(19)));
        assert_eq!(waiting.looked(at(20), None), Look::Stale);
        assert_eq!(waiting.looked(at(30), None), Look::Turn(at(10)));
    }

    #[test]
    fn a_turn_never_moves_back() {
        let mut waiting = Waiting::new(at(10), span(1), (2, 1));
        waiting.looks_again(5, 2);
        assert_eq!((waiting.turn, waiting.pending), (2, 2));
        waiting.looks_again(1, 3);
        assert_eq!((waiting.turn, waiting.pending), (1, 3));
    }
}
