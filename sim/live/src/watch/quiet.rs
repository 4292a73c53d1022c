//! Saying what happens often only now and then.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So often one thing is said.
const EVERY: Duration = Duration::from_secs(1);

/// What was said when.
#[derive(Debug, Default)]
pub(crate) struct Quiet(Mutex<BTreeMap<&'static str, (Instant, u64)>>);

impl Quiet {
    /// Whether to say it now, and if so how often it happened since it was last said, this time included.
    pub(crate) fn says(&self, what: &'static str, now: Instant) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((last, unsaid)) = said.get_mut(what) else {
            said.insert(what, (now, 0));
            return Some(1);
        };
        *unsaid += 1;
        if now.saturating_duration_since(*last) < EVERY {
            return None;
        }
        *last = now;
        Some(std::mem::take(unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_a_line_a_second_that_counts() {
        let quiet = Quiet::default();
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        assert_eq!(quiet.says("full", at(0)), Some(1));
        for millis in 1..=999 {
            assert_eq!(quiet.says("full", at(millis)), None);
        }
        assert_eq!(quiet.says("silent", at(500)), Some(1));
        assert_eq!(quiet.says("full", at(1000)), Some(1000));
        assert_eq!(quiet.says("full", at(1500)), None);
        assert_eq!(quiet.says("full", at(3000)), Some(2));
    }
}
