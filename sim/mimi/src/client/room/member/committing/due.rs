//! When a turn comes.

use throng_workloads::scenario::Policy;
use throng_workloads::time::{SimSpan, SimTime};

/// Proposals that are pending, as far as it decides when they are committed.
#[derive(Debug, Clone, Copy)]
pub(in crate::client::room::member) struct Pending<'a> {
    /// When each was seen, in order. Empty where commits do not wait for several.
    pub(in crate::client::room::member) seen: &'a [SimTime],
    /// Since when the member could commit them.
    pub(in crate::client::room::member) since: SimTime,
    /// What it has drawn of `policy.commit_delay`.
    pub(in crate::client::room::member) drawn: SimSpan,
}

impl Pending<'_> {
    /// When whoever has this turn commits them: its delay after they are enough, or have waited long enough, and `policy.commit_fallback`
    /// more for each who comes before it and has not.
    pub(in crate::client::room::member) fn due(&self, policy: &Policy, turn: u32) -> SimTime {
        let staggered = policy.commit_fallback * u64::from(turn);
        self.since.max(self.enough(policy)) + self.drawn + staggered
    }

    /// When they are enough for a commit.
    fn enough(&self, policy: &Policy) -> SimTime {
        let last = policy.commit_batch.saturating_sub(1) as usize;
        match (last, self.seen.get(last), self.seen.first()) {
            // One is enough.
            (0, ..) => self.since,
            (_, Some(enough), Some(oldest)) => (*enough).min(*oldest + policy.commit_batch_wait),
            (_, None, Some(oldest)) => *oldest + policy.commit_batch_wait,
            (_, _, None) => self.since + policy.commit_batch_wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;

    fn policy(overrides: &[&str]) -> Policy {
        let overrides: Vec<String> = overrides.iter().map(|o| format!("policy.{o}")).collect();
        let small = builtin::find("small").and_then(|small| small.scenario(&overrides));
        small.unwrap_or_else(|error| panic!("{error}")).policy
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_secs(seconds)
    }

    fn pending(seen: &[SimTime], since: u64, drawn: u64) -> Pending<'_> {
        Pending {
            seen,
            since: at(since),
            drawn: SimSpan::from_secs(drawn),
        }
    }

    #[test]
    fn one_is_enough_unless_several_are_asked_for() {
        let policy = policy(&["commit_fallback=5s"]);
        assert_eq!(pending(&[], 10, 2).due(&policy, 0), at(12));
        assert_eq!(pending(&[], 10, 2).due(&policy, 3), at(27));
    }

    #[test]
    fn a_batch_is_complete_by_count() {
        let policy = policy(&[
            "commit_batch=3",
            "commit_batch_wait=60s",
            "commit_fallback=5s",
        ]);
        let seen = [at(10), at(20), at(31), at(40)];
        // Two are not enough: the oldest has to wait its time.
        assert_eq!(pending(&seen[..2], 10, 1).due(&policy, 0), at(71));
        // With the third they are, and the delay begins.
        assert_eq!(pending(&seen[..3], 10, 1).due(&policy, 0), at(32));
        assert_eq!(pending(&seen, 10, 1).due(&policy, 2), at(42));
    }

    #[test]
    fn a_batch_is_complete_by_time() {
        let policy = policy(&["commit_batch=3", "commit_batch_wait=15s"]);
        let seen = [at(10), at(20), at(31)];
        for seen in [&seen[..1], &seen[..2], &seen[..]] {
            assert_eq!(pending(seen, 10, 0).due(&policy, 0), at(25));
        }
        // Whoever could not commit before has to wait for nothing that is over.
        assert_eq!(pending(&seen, 100, 2).due(&policy, 0), at(102));
    }

    #[test]
    fn the_last_of_many_waits_for_ever_rather_than_a_time_that_is_too_large_to_count() {
        let policy = policy(&["commit_fallback=3000d"]);
        let last = pending(&[], 10, 2).due(&policy, u32::MAX);
        assert_eq!(last, SimTime::from_nanos(u64::MAX));
    }
}
