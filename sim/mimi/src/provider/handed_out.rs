//! What is remembered of KeyPackages that were handed out, so that Welcomes find the way.

use std::collections::BTreeMap;
use throng_workloads::time::{SimSpan, SimTime};

/// So many are remembered before any is looked at again.
const FEW: usize = 64;

/// Something about each KeyPackage that was handed out, by KeyPackageRef, until its Welcome comes. Most Welcomes come at once,
/// and some never do, as whoever asked gave up: those KeyPackages are forgotten when no Welcome can be of use.
#[derive(Debug)]
pub(super) struct HandedOut<T> {
    known: BTreeMap<Vec<u8>, (T, SimTime)>,
    /// All are looked through when there are so many: twice as many as were left the last time, so that each is looked at
    /// about once for each that comes.
    look_at: usize,
}

impl<T> Default for HandedOut<T> {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            look_at: FEW,
        }
    }
}

impl<T> HandedOut<T> {
    /// One is handed out. Its maker may have made it just now, and keeps the key of one whose `lifetime` is over for another.
    pub(super) fn note(&mut self, now: SimTime, lifetime: SimSpan, reference: Vec<u8>, about: T) {
        if self.known.len() >= self.look_at {
            self.known.retain(|_, (_, until)| *until > now);
            self.look_at = FEW.max(2 * self.known.len());
        }
        let until = now + lifetime + lifetime;
        self.known.insert(reference, (about, until));
    }

    /// Its Welcome is here.
    pub(super) fn take(&mut self, reference: &[u8]) -> Option<T> {
        self.known.remove(reference).map(|(about, _)| about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_welcome_comes_for_is_forgotten_in_time() {
        let lifetime = SimSpan::from_secs(1000);
        let at = |second: u64| SimTime::ZERO + SimSpan::from_secs(second);
        let reference = |second: u64| second.to_be_bytes().to_vec();
        let mut handed_out = HandedOut::default();
        let mut most = 0;
        for second in 0..100_000 {
            handed_out.note(at(second), lifetime, reference(second), second);
            most = most.max(handed_out.known.len());
            // Of every ten KeyPackages nine are used, at once or when all but their whole time is over.
            let used = match second % 10 {
                0 => continue,
                1 => second.checked_sub(1990),
                _ => Some(second),
            };
            if let Some(used) = used {
                assert_eq!(handed_out.take(&reference(used)), Some(used));
                assert_eq!(handed_out.take(&reference(used)), None);
            }
        }
        // Two of ten of two lifetimes wait, and as many may not have been looked at again.
        assert!(most <= 2 * 2 * 2000 / 10 + FEW, "{most}");
    }
}
