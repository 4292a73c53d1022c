//! Maps that know which of their keys were touched, for whoever stores them row by row.
//!
//! Nobody does in virtual time: nothing is noted then, and a touch costs a look at an `Option`.

use std::collections::BTreeSet;
use std::collections::{BTreeMap, btree_map};

/// Keys that were touched since somebody asked.
#[derive(Debug)]
pub(crate) struct Touched<K>(Option<BTreeSet<K>>);

impl<K> Default for Touched<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord> Touched<K> {
    /// From now on keys are noted; these are the first.
    pub(crate) fn begin(&mut self, first: impl IntoIterator<Item = K>) {
        self.0.get_or_insert_default().extend(first);
    }

    /// Whether keys are noted.
    pub(crate) fn noted(&self) -> bool {
        self.0.is_some()
    }

    /// Something was done to what this key stands for.
    pub(crate) fn note(&mut self, key: K) {
        if let Some(keys) = &mut self.0 {
            keys.insert(key);
        }
    }

    /// The keys that were touched since this was asked last, ascending.
    pub(crate) fn take(&mut self) -> BTreeSet<K> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// A map whose entries are rows.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    map: BTreeMap<K, V>,
    touched: Touched<K>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self {
            map: BTreeMap::new(),
            touched: Touched::default(),
        }
    }
}

impl<K: Ord + Clone, V> Kept<K, V> {
    /// From now on touched keys are noted. `anew`: all that there is counts as touched.
    pub(crate) fn begin(&mut self, anew: bool) {
        let all = anew.then(|| self.map.keys().cloned());
        self.touched.begin(all.into_iter().flatten());
    }

    /// What was touched since this was asked last, ascending, and what is there now.
    pub(crate) fn changed(&mut self) -> Vec<K> {
        self.touched.take().into_iter().collect()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.map.contains_key(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let found = self.map.get_mut(key)?;
        if self.touched.noted() {
            self.touched.note(key.clone());
        }
        Some(found)
    }

    /// For what of an entry is not stored.
    pub(crate) fn get_unstored(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key)
    }

    /// All entries, for what of them is not stored.
    pub(crate) fn all_unstored(&mut self) -> btree_map::ValuesMut<'_, K, V> {
        self.map.values_mut()
    }

    /// The same of a part of them.
    pub(crate) fn range_unstored(
        &mut self,
        range: std::ops::RangeInclusive<K>,
    ) -> btree_map::RangeMut<'_, K, V> {
        self.map.range_mut(range)
    }

    pub(crate) fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if self.touched.noted() {
            self.touched.note(key.clone());
        }
        self.map.entry(key).or_default()
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if self.touched.noted() {
            self.touched.note(key.clone());
        }
        self.map.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.map.remove(key)?;
        if self.touched.noted() {
            self.touched.note(key.clone());
        }
        Some(removed)
    }

    /// A part of the entries.
    pub(crate) fn range(&self, range: std::ops::RangeInclusive<K>) -> btree_map::Range<'_, K, V> {
        self.map.range(range)
    }

    pub(crate) fn iter(&self) -> btree_map::Iter<'_, K, V> {
        self.map.iter()
    }

    pub(crate) fn keys(&self) -> btree_map::Keys<'_, K, V> {
        self.map.keys()
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_touched_is_known_and_nothing_where_nobody_asks() {
        let mut kept: Kept<u8, u8> = Kept::default();
        kept.insert(1, 1);
        assert_eq!(kept.changed(), [0; 0]);
        kept.begin(true);
        assert_eq!(kept.changed(), [1]);
        kept.insert(3, 1);
        *kept.or_default(2) += 1;
        kept.remove(&3);
        kept.remove(&9);
        assert!(kept.get_mut(&9).is_none());
        assert_eq!(kept.changed(), [2, 3]);
        *kept.get_mut(&1).unwrap() += 1;
        *kept.get_unstored(&2).unwrap() += 1;
        assert_eq!(kept.changed(), [1]);
        assert_eq!(kept.changed(), [0; 0]);
    }
}
