//! How high two leaves meet: receivers of a commit derive more keys the lower the common ancestor is.

use std::ops::Range;

/// The height of the lowest common ancestor of two leaves of a ratchet tree (RFC 9420, appendix C: leaves
/// are numbered from left to right, subtrees are full): 0 where they are the same leaf, at most 32.
pub(super) const fn height(a: u32, b: u32) -> usize {
    (u32::BITS - (a ^ b).leading_zeros()) as usize
}

/// Cuts ascending leaves into runs that meet `sender` at one height: at most two runs a height, each
/// found by binary search.
pub(super) fn runs(leaves: &[u32], sender: u32) -> impl Iterator<Item = (Range<usize>, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = *leaves.get(start)?;
        let height = height(first, sender);
        // They fill the subtree below the common ancestor that the sender is not in.
        let below = (height as u32).saturating_sub(1);
        let subtree = u64::from(first) >> below;
        let end = (subtree + 1) << below;
        let length = leaves[start..].partition_point(|leaf| u64::from(*leaf) < end);
        let run = start..start + length;
        start = run.end;
        Some((run, height))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By climbing from both leaves to the parent that they share.
    fn climbed(a: u32, b: u32) -> usize {
        let (mut a, mut b, mut height) = (a, b, 0);
        while a != b {
            (a, b, height) = (a / 2, b / 2, height + 1);
        }
        height
    }

    proptest! {
        #[test]
        fn runs_cover_all_leaves_at_their_heights(
            leaves in prop::collection::btree_set(
                prop_oneof![0u32..64, any::<u32>(), u32::MAX - 9..=u32::MAX], 0..80),
            sender in prop_oneof![0u32..64, any::<u32>()],
        ) {
            let leaves: Vec<u32> = leaves.into_iter().collect();
            let mut next = 0;
            let mut number = 0;
            for (run, height) in runs(&leaves, sender) {
                prop_assert!(run.start == next && !run.is_empty());
                next = run.end;
                number += 1;
                for leaf in &leaves[run] {
                    prop_assert_eq!(climbed(*leaf, sender), height);
                }
            }
            prop_assert_eq!(next, leaves.len());
            prop_assert!(number <= 33);
        }
    }
}
