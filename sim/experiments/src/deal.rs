//! Which of several processes makes which runs, so that all have about as much to do.
//!
//! Runs go, the dearest first, each to whoever has least so far (Graham, *Bounds on multiprocessing timing anomalies*, SIAM J. Appl. Math.
//! 17, 1969): nobody has more than 4/3 − 1/(3*n*) of what the best of all deals would leave the busiest of *n*. Nothing but the costs
//! decides, so that every process finds the same deal by itself, whatever is done already.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each run, by its expected cost in any unit, whose it is: the number of a shard, from 1. Where costs are equal the run that comes first
/// is dealt first, and the shard that comes first has it. A run that costs nothing counts as one of cost 1, so that many of them are
/// spread as well.
///
/// ```
/// use throng_experiments::deal;
/// assert_eq!(deal(&[5, 3, 3, 1], 2), [1, 2, 2, 1]);
/// assert_eq!(deal(&[0, 0, 0], 3), [1, 2, 3]);
/// ```
pub fn deal(costs: &[u64], shards: u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|run| (Reverse(costs[*run]), *run));
    let mut loads: BinaryHeap<Reverse<(u128, u32)>> = (1..=shards.max(1))
        .map(|shard| Reverse((0, shard)))
        .collect();
    let mut dealt = vec![0; costs.len()];
    for run in order {
        if let Some(Reverse((load, shard))) = loads.pop() {
            dealt[run] = shard;
            loads.push(Reverse((load + u128::from(costs[run].max(1)), shard)));
        }
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loads(costs: &[u64], dealt: &[u32], shards: u32) -> Vec<u128> {
        let of = |shard: u32| {
            let own = costs
                .iter()
                .zip(dealt)
                .filter(|(_, whose)| **whose == shard);
            own.map(|(cost, _)| u128::from((*cost).max(1))).sum()
        };
        (1..=shards).map(of).collect()
    }

    #[test]
    fn there_are_more_shards_than_runs() {
        assert_eq!(deal(&[7, 9], 5), [2, 1]);
        assert!(deal(&[], 5).is_empty());
        assert_eq!(deal(&[u64::MAX; 3], 1), [1, 1, 1]);
    }

    #[test]
    fn dear_runs_do_not_go_together() {
        // One point of a sweep is a thousand times as dear as the others, and has three replicas.
        let costs = [1, 1_000, 1, 1, 1_000, 1, 1, 1_000, 1];
        assert_eq!(loads(&costs, &deal(&costs, 3), 3), [1_002; 3]);
    }

    proptest! {
        #[test]
        fn every_run_is_dealt_to_one_and_nobody_has_much_more_than_others(
            costs in proptest::collection::vec(prop_oneof![0..4u64, 0..1_000_000u64, 1u64 << 40..1u64 << 50], 0..200),
            shards in 1..40u32,
        ) {
            let dealt = deal(&costs, shards);
            prop_assert_eq!(dealt.len(), costs.len());
            prop_assert!(dealt.iter().all(|shard| (1..=shards).contains(shard)));
            prop_assert_eq!(&dealt, &deal(&costs, shards));
            let loads = loads(&costs, &dealt, shards);
            prop_assert_eq!(loads.iter().sum::<u128>(), total(&costs));
            // What the busiest has last was dealt when nobody had less: it has the mean of all else at most, and that.
            let (n, most) = (u128::from(shards), loads.into_iter().max().unwrap_or(0));
            let dearest = u128::from(costs.iter().copied().max().unwrap_or(0).max(1));
            prop_assert!(n * most <= total(&costs) + (n - 1) * dearest);
        }

        #[test]
        fn where_no_run_is_a_third_of_the_mean_nobody_has_more_than_four_thirds(
            costs in proptest::collection::vec(1_000..9_000u64, 200..400),
            shards in 1..12u32,
        ) {
            let most = loads(&costs, &deal(&costs, shards), shards).into_iter().max().unwrap_or(0);
            prop_assert!(3 * u128::from(shards) * most <= 4 * total(&costs));
        }

        #[test]
        fn the_busiest_has_no_more_than_graham_says_of_the_best_deal(
            costs in proptest::collection::vec(1..50u64, 1..9),
            shards in 1..5u32,
        ) {
            let most = loads(&costs, &deal(&costs, shards), shards).into_iter().max().unwrap_or(0);
            let (n, mut best) = (u128::from(shards), u128::MAX);
            try_all(&costs, &mut vec![0; shards as usize], &mut best);
            prop_assert!(3 * n * most <= (4 * n - 1) * best, "{most}, and at best {best}");
        }
    }

    fn total(costs: &[u64]) -> u128 {
        costs.iter().map(|cost| u128::from((*cost).max(1))).sum()
    }

    /// What the best of all deals leaves the busiest.
    fn try_all(costs: &[u64], loads: &mut [u128], best: &mut u128) {
        let Some((cost, rest)) = costs.split_first() else {
            *best = (*best).min(loads.iter().copied().max().unwrap_or(0));
            return;
        };
        for shard in 0..loads.len() {
            loads[shard] += u128::from(*cost);
            if loads[shard] < *best {
                try_all(rest, loads, best);
            }
            loads[shard] -= u128::from(*cost);
        }
    }
}
