//! Who was heard of last.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// When the hub last took a commit or a message of each member, as far as this member has heard: by its leaf, in the hub's own time, which is the
/// same for all. A leaf that another takes counts as heard of until it is overtaken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::client::room::member) struct Activity {
    last: BTreeMap<u32, u64>,
}

impl Activity {
    /// Those of whom something was heard, and when.
    pub(in crate::client::room::member) fn all(&self) -> impl Iterator<Item = (u32, u64)> {
        self.last.iter().map(|(leaf, at)| (*leaf, *at))
    }

    /// The hub took something of the member at this leaf.
    pub(in crate::client::room::member) fn hear(&mut self, leaf: u32, accepted_timestamp: u64) {
        let last = self.last.entry(leaf).or_default();
        *last = (*last).max(accepted_timestamp);
    }

    /// These are gone.
    pub(in crate::client::room::member) fn forget(&mut self, gone: &[u32]) {
        for leaf in gone {
            self.last.remove(leaf);
        }
    }

    /// Where a leaf stands: the least is who was heard of last. Of whom nothing was heard comes later, by leaf.
    pub(super) fn place(&self, leaf: u32) -> (Reverse<Option<u64>>, u32) {
        (Reverse(self.last.get(&leaf).copied()), leaf)
    }
}

impl FromIterator<(u32, u64)> for Activity {
    fn from_iter<T: IntoIterator<Item = (u32, u64)>>(heard: T) -> Self {
        Self {
            last: heard.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_heard_of_last_comes_first_and_the_silent_by_leaf() {
        let mut activity = Activity::default();
        activity.hear(4, 100);
        activity.hear(2, 300);
        activity.hear(7, 200);
        // What comes late changes nothing.
        activity.hear(2, 50);
        let order = |activity: &Activity| {
            let mut leaves: Vec<u32> = (0..9).collect();
            leaves.sort_by_key(|leaf| activity.place(*leaf));
            leaves
        };
        assert_eq!(order(&activity), [2, 7, 4, 0, 1, 3, 5, 6, 8]);
        activity.forget(&[2, 5]);
        assert_eq!(order(&activity), [7, 4, 0, 1, 2, 3, 5, 6, 8]);
    }
}
