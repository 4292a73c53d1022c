//! What members derive of their secret trees (RFC 9420, section 9) in order to send and to read messages.

use serde::{Deserialize, Serialize};

/// Which parts of one member's secret trees are derived, in the present epoch and in those that are remembered.
///
/// OpenMLS derives secrets when they are first needed, from the nearest ancestor that has one: the first message of
/// an epoch goes all the way down from the root, another of the same sender derives nothing. Both engines
/// count by this, so what they count is the same.
///
/// ```
/// use throng_mls::secret_tree::SecretTrees;
///
/// let mut secrets = SecretTrees::new(7, 8, 0);
/// // The root, two parents below it, and the leaf with its ratchets.
/// assert_eq!(secrets.derive(7, 5), 4);
/// assert_eq!(secrets.derive(7, 5), 0);
/// // Its sibling's secret is there already; it lacks the ratchets.
/// assert_eq!(secrets.derive(7, 4), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SecretTrees {
    /// The present one: there are as many as members of all rooms, and most have no other.
    present: Epoch,
    /// Those before it that are remembered, ascending.
    past: Vec<Epoch>,
    /// How many past ones are remembered.
    tolerance: usize,
}

/// As they are written down.
#[derive(Serialize, Deserialize)]
struct Written {
    /// Ascending; the last is the present one.
    epochs: Vec<Epoch>,
    tolerance: usize,
}

impl From<SecretTrees> for Written {
    fn from(trees: SecretTrees) -> Self {
        let mut epochs = trees.past;
        epochs.push(trees.present);
        Self {
            epochs,
            tolerance: trees.tolerance,
        }
    }
}

impl TryFrom<Written> for SecretTrees {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let mut past = written.epochs;
        let present = past.pop().ok_or("secret trees of no epoch")?;
        Ok(Self {
            present,
            past,
            tolerance: written.tolerance,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Epoch {
    number: u64,
    leaves: u32,
    /// Leaves whose ratchets are there, ascending: few, and looked at together.
    senders: Vec<u32>,
}

impl Epoch {
    fn new(number: u64, leaves: u32) -> Self {
        Self {
            number,
            leaves,
            senders: Vec::new(),
        }
    }
}

impl SecretTrees {
    /// Those of a member whose first epoch is this, in a tree of so many leaves; secrets of so many past epochs
    /// are to be kept.
    pub fn new(epoch: u64, leaves: u32, tolerance: usize) -> Self {
        Self {
            present: Epoch::new(epoch, leaves),
            past: Vec::new(),
            tolerance,
        }
    }

    /// The member goes to this epoch, whose tree has so many leaves.
    pub fn enter(&mut self, epoch: u64, leaves: u32) {
        let before = std::mem::replace(&mut self.present, Epoch::new(epoch, leaves));
        if self.tolerance == 0 {
            return;
        }
        if self.past.len() >= self.tolerance {
            self.past.remove(0);
        }
        self.past.push(before);
    }

    /// Derive what a message of this epoch and sender needs: at how many nodes secrets were derived, the leaf with
    /// its ratchets included; 0 in an epoch that is not remembered.
    pub fn derive(&mut self, epoch: u64, sender: u32) -> u64 {
        let past = self.past.iter_mut().rev();
        let mut known = std::iter::once(&mut self.present).chain(past);
        let Some(epoch) = known.find(|known| known.number == epoch) else {
            return 0;
        };
        let meets = |other: &u32| u32::BITS - (other ^ sender).leading_zeros();
        // Where paths meet, both children have secrets. The path that meets this one lowest is that of a neighbour.
        let Err(place) = epoch.senders.binary_search(&sender) else {
            return 0;
        };
        let (before, after) = epoch.senders.split_at(place);
        let neighbours = before.last().into_iter().chain(after.first());
        let nodes = match neighbours.map(meets).min() {
            None => epoch.leaves.max(1).ilog2() + 1,
            Some(height) => height,
        };
        epoch.senders.insert(place, sender);
        u64::from(nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Against a set of all nodes that have a secret, node by node.
        #[test]
        fn counts_are_those_of_the_nodes(
            height in 0..7u32,
            senders in proptest::collection::vec(0..128u32, 1..40),
        ) {
            let leaves = 1 << height;
            let mut trees = SecretTrees::new(0, leaves, 0);
            // A node is its height and its place among those.
            let mut secrets = BTreeSet::from([(height, 0)]);
            let mut ratchets = BTreeSet::new();
            for sender in senders {
                let sender = sender % leaves;
                let mut derived = 0;
                if ratchets.insert(sender) {
                    let lowest = (0..=height).find(|h| secrets.contains(&(*h, sender >> h)));
                    for h in (1..=lowest.expect("the root has one")).rev() {
                        secrets.insert((h - 1, (sender >> h) << 1));
                        secrets.insert((h - 1, ((sender >> h) << 1) + 1));
                        derived += 1;
                    }
                    derived += 1;
                }
                prop_assert_eq!(trees.derive(0, sender), derived);
            }
        }
    }

    #[test]
    fn so_many_past_epochs_are_remembered() {
        let mut trees = SecretTrees::new(3, 4, 1);
        assert_eq!(trees.derive(3, 0), 3);
        trees.enter(4, 8);
        assert_eq!((trees.derive(3, 1), trees.derive(4, 1)), (1, 4));
        trees.enter(5, 8);
        assert_eq!((trees.derive(3, 2), trees.derive(4, 0)), (0, 1));
    }
}
