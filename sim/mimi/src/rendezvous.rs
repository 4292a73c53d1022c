//! Rendezvous hashing: whoever knows a group and its epoch puts the same members into the same order, which is another one in the
//! next epoch (Thaler and Ravishankar, "A name-based mapping scheme for rendezvous", 1996).
//!
//! The hash spreads well and is quick; it keeps nobody from choosing a place. What hangs on it is who commits first, not who may.

/// A member's score in an epoch of a group: whose is highest comes first.
///
/// ```
/// use throng_mimi::rendezvous::score;
///
/// let first = |epoch| (0..10).max_by_key(|member| score(b"group", epoch, *member));
/// let firsts: std::collections::BTreeSet<_> = (0..100).map(first).collect();
/// assert_eq!(firsts.len(), 10, "in a hundred epochs each of ten comes first");
/// ```
pub fn score(group: &[u8], epoch: u64, member: u64) -> u64 {
    // FNV-1a of the name.
    let name = group.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    mixed(mixed(name ^ mixed(epoch)) ^ mixed(member.wrapping_add(1)))
}

/// The finaliser of SplitMix64: each bit of what goes in decides on half of what comes out.
fn mixed(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_member_comes_first_about_as_often() {
        const MEMBERS: u64 = 8;
        const EPOCHS: u64 = 8_000;
        let mut firsts = [0u64; MEMBERS as usize];
        for epoch in 0..EPOCHS {
            let first =
                (0..MEMBERS).max_by_key(|member| score(b"mimi://a.example/g/1", epoch, *member));
            firsts[first.expect("members") as usize] += 1;
        }
        // A thousand each; the deviation of a fair draw is thirty.
        for (member, times) in firsts.iter().enumerate() {
            assert!((850..1_150).contains(times), "{member}: {times}");
        }
    }

    #[test]
    fn groups_are_put_into_orders_of_their_own() {
        let order = |group: &[u8]| {
            let mut members: Vec<u64> = (0..20).collect();
            members.sort_by_key(|member| std::cmp::Reverse(score(group, 7, *member)));
            members
        };
        assert_ne!(order(b"one"), order(b"another"));
        assert_eq!(order(b"one"), order(b"one"));
    }
}
