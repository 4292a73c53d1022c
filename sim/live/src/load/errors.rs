//! What went wrong, how often. Others choose some of the words, so there is an end to them.

use std::collections::BTreeMap;
use throng_workloads::visible::visible;

/// So many different things are told apart.
const MOST: usize = 64;

/// So much is kept of what one says.
const LONGEST: usize = 200;

/// What all further ones are called.
const OTHERS: &str = "something else";

/// What went wrong, how often.
#[derive(Debug, Clone, Default)]
pub(super) struct Errors(BTreeMap<String, u64>);

impl Errors {
    /// It went wrong once more.
    pub(super) fn add(&mut self, what: &str) {
        let short: String = what.chars().take(LONGEST).collect();
        let shown = visible(&short);
        let known = self.0.contains_key(&*shown) || self.0.len() < MOST;
        let name = if known { &*shown } else { OTHERS };
        let count = self.0.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// What went wrong most often.
    pub(super) fn most(&self) -> Option<&str> {
        let most = self.0.iter().max_by_key(|(_, count)| **count);
        most.map(|(what, _)| what.as_str())
    }

    /// All of it.
    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_chooses_the_words_fills_no_memory() {
        let mut errors = Errors::default();
        for number in 0..10_000 {
            errors.add(&format!("status {number}: {}", "x".repeat(10_000)));
        }
        errors.add("status 3: \u{1b}[31m");
        let all = errors.all();
        assert_eq!(all.len(), MOST + 1);
        assert_eq!(all[OTHERS], 10_001 - MOST as u64);
        assert_eq!(all.values().sum::<u64>(), 10_001);
        assert_eq!(errors.most(), Some(OTHERS));
        assert!(all.keys().all(|what| what.len() <= LONGEST), "{all:?}");
    }

    #[test]
    fn what_is_known_is_counted_when_there_is_no_place_for_more() {
        let mut errors = Errors::default();
        (0..MOST).for_each(|number| errors.add(&number.to_string()));
        errors.add("0");
        errors.add("\u{1b}[31m");
        assert_eq!(errors.all()["0"], 2);
        assert_eq!(errors.all()[OTHERS], 1);
    }
}
