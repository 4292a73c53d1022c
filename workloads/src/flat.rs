//! Numbers by number, compact where they are dense.

use std::collections::BTreeMap;

/// In place of a value that is not there.
const NONE: u32 = u32::MAX;
/// A tree's entry takes about four times the bytes of a flat one, and ten times as long to find.
const SPARSE: u64 = 8;

/// A map from numbers to numbers below [`u32::MAX`]: a tree while few keys are taken, and a flat array
/// once one in eight of those up to the largest is. What it answers does not depend on which it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flat {
    sparse: BTreeMap<u32, u32>,
    /// Empty while it is a tree.
    dense: Vec<u32>,
    len: u32,
    /// One more than the largest key so far.
    bound: u32,
}

impl Flat {
    /// How many keys are taken.
    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn get(&self, key: u32) -> Option<u32> {
        if self.dense.is_empty() {
            return self.sparse.get(&key).copied();
        }
        let value = self.dense.get(key as usize).copied();
        value.filter(|value| *value != NONE)
    }

    /// Sets a key's value; returns what it had.
    pub(crate) fn insert(&mut self, key: u32, value: u32) -> Option<u32> {
        self.bound = self.bound.max(key.saturating_add(1));
        let before = if self.dense.is_empty() {
            self.sparse.insert(key, value)
        } else {
            if key as usize >= self.dense.len() {
                self.dense.resize(key as usize + 1, NONE);
            }
            let before = std::mem::replace(&mut self.dense[key as usize], value);
            (before != NONE).then_some(before)
        };
        self.len += u32::from(before.is_none());
        if self.dense.is_empty() && u64::from(self.len) * SPARSE > u64::from(self.bound).max(64) {
            self.dense = vec![NONE; self.bound as usize];
            for (key, value) in std::mem::take(&mut self.sparse) {
                self.dense[key as usize] = value;
            }
        }
        before
    }

    /// Takes a key out; returns its value.
    pub(crate) fn remove(&mut self, key: u32) -> Option<u32> {
        let before = if self.dense.is_empty() {
            self.sparse.remove(&key)
        } else {
            let entry = self.dense.get_mut(key as usize);
            let before = entry.map(|entry| std::mem::replace(entry, NONE));
            before.filter(|value| *value != NONE)
        };
        self.len -= u32::from(before.is_some());
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((any::<bool>(), 0u32..200, 0u32..9), 0..600)) {
            let mut flat = Flat::default();
            let mut map = BTreeMap::new();
            for (insert, key, value) in steps {
                if insert {
                    prop_assert_eq!(flat.insert(key, value), map.insert(key, value));
                } else {
                    prop_assert_eq!(flat.remove(key), map.remove(&key));
                }
                prop_assert_eq!(flat.len() as usize, map.len());
                prop_assert_eq!(flat.get(key), map.get(&key).copied());
                prop_assert_eq!(flat.get(250), None);
            }
        }
    }
}
