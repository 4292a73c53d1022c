//! Whole numbers in proportion to shares.

/// So many of `total` for each share, by largest remainder; ties go to the earlier one.
pub(crate) fn quotas(shares: &[f64], total: u32) -> Vec<u32> {
    let sum: f64 = shares.iter().sum();
    let exact: Vec<f64> = shares
        .iter()
        .map(|share| share / sum.max(f64::MIN_POSITIVE) * f64::from(total))
        .collect();
    let mut quotas: Vec<u32> = exact.iter().map(|e| *e as u32).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| {
        exact[*b]
            .fract()
            .total_cmp(&exact[*a].fract())
            .then(a.cmp(b))
    });
    let given: u32 = quotas.iter().sum();
    for index in order
        .into_iter()
        .cycle()
        .take(total.saturating_sub(given) as usize)
    {
        quotas[index] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_add_up_and_follow_the_shares() {
        let third = 1.0 / 3.0;
        assert_eq!(quotas(&[third, third, third], 100), [34, 33, 33]);
        assert_eq!(quotas(&[0.5, 0.25, 0.25], 2), [1, 1, 0]);
        assert_eq!(quotas(&[1.0], 7), [7]);
    }
}
