//! Inverse distribution functions of those distributions that have none in closed form.

/// The standard normal's quantile, as exact as `erfc` is; infinite at 0 and 1.
///
/// Newton's method on the logarithm of the distribution function, which is concave: from any start the
/// next step is below the root, and all further ones climb towards it.
pub(super) fn normal_quantile(u: f64) -> f64 {
    if u > 0.5 {
        // Exact: 1 − u has no more digits than u.
        return -normal_quantile(1.0 - u);
    }
    if u == 0.5 {
        return 0.0;
    }
    if u <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // Φ(−x) < exp(−x²/2)/2: below the root already.
    let mut x = -libm::sqrt(-2.0 * libm::log(u));
    for _ in 0..64 {
        let below = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
        let density = libm::exp(-0.5 * x * x)
            * (0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2);
        // Beyond 10^-307 both underflow; the start is as good as anything there.
        if below < f64::MIN_POSITIVE || density < f64::MIN_POSITIVE {
            break;
        }
        let step = libm::log(below / u) * (below / density);
        x -= step;
        if step.abs() <= 4.0 * f64::EPSILON * x.abs() {
            break;
        }
    }
    x.min(0.0)
}

/// Ranks up to here are added one by one; the Euler–Maclaurin formula takes it from there.
const ZIPF_DIRECT: u32 = 24;

/// The least rank whose cumulated Zipf probability is at least `u`, by bisection: O(log n).
pub(super) fn zipf_quantile(exponent: f64, n: u32, u: f64) -> u32 {
    let n = n.max(1);
    if exponent <= 0.0 {
        return (libm::ceil(u * f64::from(n)) as u32).clamp(1, n);
    }
    let sums = ZipfSums::new(exponent);
    let wanted = u * sums.up_to(n);
    let (mut low, mut high) = (1, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if sums.up_to(middle) >= wanted {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Sums of k^−s over the first ranks.
struct ZipfSums {
    exponent: f64,
    /// The sum of the first 0, 1, 2 … ranks.
    direct: [f64; ZIPF_DIRECT as usize + 1],
}

impl ZipfSums {
    fn new(exponent: f64) -> Self {
        let mut direct = [0.0; ZIPF_DIRECT as usize + 1];
        for k in 1..direct.len() {
            direct[k] = direct[k - 1] + libm::pow(k as f64, -exponent);
        }
        Self { exponent, direct }
    }

    /// The sum over ranks 1…`k`. Four correction terms from rank 24 on: what they leave out is below
    /// the last digit, for large exponents because all ranks from there on are.
    fn up_to(&self, k: u32) -> f64 {
        if let Some(sum) = self.direct.get(k as usize) {
            return *sum;
        }
        let (s, a, b) = (self.exponent, f64::from(ZIPF_DIRECT), f64::from(k));
        let integral = if (s - 1.0).abs() < 1e-9 {
            libm::log(b / a)
        } else {
            // (b^(1-s) − a^(1-s)) / (1−s), without cancelling near s = 1.
            libm::pow(a, 1.0 - s) * libm::expm1((1.0 - s) * libm::log(b / a)) / (1.0 - s)
        };
        // The terms of the formula at one end: f/2 and the odd derivatives by Bernoulli numbers.
        let end = |x: f64, sign: f64| {
            let f = libm::pow(x, -s);
            let first = -s * f / x;
            let third = first * (s + 1.0) * (s + 2.0) / (x * x);
            let fifth = third * (s + 3.0) * (s + 4.0) / (x * x);
            let seventh = fifth * (s + 5.0) * (s + 6.0) / (x * x);
            f / 2.0
                + sign * (first / 12.0 - third / 720.0 + fifth / 30_240.0 - seventh / 1_209_600.0)
        };
        let before = self.direct[ZIPF_DIRECT as usize - 1];
        before + integral + end(a, -1.0) + end(b, 1.0)
    }
}

/// Values need not come in order, so what they weigh is cumulated anew where they do not.
pub(super) fn empirical_quantile(cumulated: &[(f64, f64)], u: f64) -> f64 {
    let least = |sorted: &[(f64, f64)]| {
        // A value without weight is none, also not at u = 0.
        let mut before = 0.0;
        let reached = sorted.iter().find(|(_, c)| {
            let weighs = *c > before;
            before = *c;
            weighs && *c >= u
        });
        reached.or(sorted.last()).map_or(0.0, |(value, _)| *value)
    };
    if cumulated.is_sorted_by(|a, b| a.0 <= b.0) {
        return least(cumulated);
    }
    let mut before = 0.0;
    let mut weighted: Vec<(f64, f64)> = cumulated
        .iter()
        .map(|(value, c)| {
            let weight = c - before;
            before = *c;
            (*value, weight)
        })
        .collect();
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sum = 0.0;
    for (_, weight) in &mut weighted {
        sum += *weight;
        *weight = sum;
    }
    if let Some(last) = weighted.last_mut() {
        last.1 = 1.0;
    }
    least(&weighted)
}

#[cfg(test)]
mod tests {
    use crate::dist::Dist;
    use crate::stream::{StreamOwner, Streams};
    use proptest::prelude::*;

    fn lognormal(median: f64, sigma: f64) -> Dist {
        Dist::LogNormal { median, sigma }
    }

    fn zipf(exponent: f64, n: u32) -> Dist {
        let unit = 1.0;
        Dist::Zipf { exponent, n, unit }
    }

    fn pareto(min: f64, shape: f64, max: f64) -> Dist {
        Dist::Pareto { min, shape, max }
    }

    fn any_dist() -> impl Strategy<Value = Dist> {
        prop_oneof![
            (0.0..9.0f64).prop_map(Dist::Constant),
            (0.0..9.0f64, 0.0..9.0f64).prop_map(|(min, width)| Dist::Uniform {
                min,
                max: min + width
            }),
            (0.0..9.0f64).prop_map(|mean| Dist::Exponential { mean }),
            (0.0..9.0f64, 0.0..3.0f64).prop_map(|(median, sigma)| lognormal(median, sigma)),
            (0.0..4.0f64, 1u32..3_000).prop_map(|(exponent, n)| zipf(exponent, n)),
            (0.1..9.0f64, 0.5..5.0f64, 1.0..99.0f64).prop_map(|(min, shape, times)| pareto(
                min,
                shape,
                min * times
            )),
            prop::collection::vec((0.0..9.0f64, 0u32..5), 1..9).prop_filter_map(
                "some weight",
                |pairs| {
                    let (values, weights): (Vec<f64>, Vec<f64>) =
                        pairs.iter().map(|(v, w)| (*v, f64::from(*w))).unzip();
                    Dist::empirical(&values, &weights)
                }
            ),
        ]
    }

    proptest! {
        #[test]
        fn quantiles_rise_from_the_least_to_the_largest(
            dist in any_dist(),
            mut points in prop::collection::vec(0.0..=1.0f64, 2..50),
        ) {
            points.extend([0.0, 1.0]);
            points.sort_by(f64::total_cmp);
            let values: Vec<f64> = points.iter().map(|u| dist.quantile(*u)).collect();
            for pair in values.windows(2) {
                prop_assert!(pair[0] <= pair[1] * (1.0 + 1e-14), "{pair:?}");
            }
            // Values without weight are none, so what is drawn may be narrower than the values.
            prop_assert!(values[0] >= dist.min());
            prop_assert!(values[values.len() - 1] <= dist.max());
            if !matches!(dist, Dist::Empirical { .. }) {
                prop_assert_eq!(values[0], dist.min().min(dist.max()));
                prop_assert_eq!(values[values.len() - 1], dist.max());
            }
            prop_assert_eq!(dist.quantile(f64::NAN), values[0]);
            prop_assert_eq!(dist.quantile(-1.0), values[0]);
            prop_assert_eq!(dist.quantile(2.0), values[values.len() - 1]);
        }
    }

    /// One-sample Kolmogorov–Smirnov in both directions, so that atoms are checked too: of `n` draws
    /// the share not above Q(u) is at least u, and the share below Q(u) at most u, but for 1.95/√n
    /// (α = 0.1 %).
    #[test]
    fn quantiles_agree_with_draws() {
        const DRAWS: usize = 100_000;
        for (number, dist) in [
            Dist::Uniform { min: 1.0, max: 4.0 },
            Dist::Exponential { mean: 2.0 },
            lognormal(0.02, 0.8),
            zipf(0.0, 9),
            zipf(0.7, 5_000),
            zipf(1.0, 100),
            zipf(2.3, 1_000_000),
            pareto(1.0, 1.5, f64::INFINITY),
            pareto(2.0, 1.0, 7.0),
            Dist::empirical(&[5.0, 1.0, 3.0], &[1.0, 2.0, 0.5]).expect("sound"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut stream = Streams::new(5, number as u64).stream(StreamOwner::Run, "quantile");
            let mut drawn: Vec<f64> = (0..DRAWS).map(|_| dist.sample(&mut stream)).collect();
            drawn.sort_by(f64::total_cmp);
            let slack = 1.95 / (DRAWS as f64).sqrt();
            for i in 1..1_000 {
                let u = f64::from(i) / 1_000.0;
                // Closed forms of draw and quantile differ in the last digit.
                let value = dist.quantile(u);
                let share = |bound: f64| {
                    drawn.partition_point(|drawn| *drawn <= bound) as f64 / DRAWS as f64
                };
                let (below, up_to) = (share(value * (1.0 - 1e-12)), share(value * (1.0 + 1e-12)));
                assert!(below <= u + slack && up_to >= u - slack, "{dist:?} at {u}");
            }
        }
    }

    /// Φ⁻¹ from published tables to 15 digits (Odeh & Evans 1974; NIST DLMF 7.17 for the tails).
    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        let normal = lognormal(1.0, 1.0);
        let z = |u: f64| libm::log(normal.quantile(u));
        for (u, want) in [
            (0.75, 0.674_489_750_196_081_7),
            (0.9, 1.281_551_565_544_600_4),
            (0.975, 1.959_963_984_540_054),
            (0.999, 3.090_232_306_167_813_5),
            (1e-6, -4.753_424_308_822_899),
            (1e-9, -5.997_807_015_007_687),
            (1e-15, -7.941_345_326_170_997),
        ] {
            assert!(
                (z(u) - want).abs() < 1e-14 * want.abs() * 4.0,
                "{u}: {} for {want}",
                z(u)
            );
        }
        // There is no probability so small that it stops making sense.
        for exponent in [20, 100, 200, 300] {
            let u = 10f64.powi(-exponent);
            let back = 0.5 * libm::erfc(-super::normal_quantile(u) / 2f64.sqrt());
            assert!((back / u - 1.0).abs() < 1e-10, "1e-{exponent}: {back}");
        }
        assert_eq!(normal.quantile(0.0), 0.0);
        assert_eq!(normal.quantile(1.0), f64::INFINITY);
        assert!(normal.quantile(1.0 - f64::EPSILON / 2.0).is_finite());
        assert!(normal.quantile(f64::from_bits(1)) > 0.0);
    }

    #[test]
    fn the_rest_is_in_closed_form() {
        let exponential = Dist::Exponential { mean: 3.0 };
        assert!((exponential.quantile(1.0 - (-2.0f64).exp()) - 6.0).abs() < 1e-14 * 6.0);
        assert!((exponential.quantile(1e-300) / 3e-300 - 1.0).abs() < 1e-15);
        let pareto = pareto(2.0, 2.0, 100.0);
        assert!((pareto.quantile(0.75) - 4.0).abs() < 1e-14);
        assert_eq!(pareto.quantile(0.999_999), 100.0, "cut off");
        assert_eq!(Dist::Uniform { min: 1.0, max: 1.7 }.quantile(1.0), 1.7);
        let dice = Dist::empirical(&[6.0, 1.0], &[1.0, 3.0]).expect("sound");
        assert_eq!((dice.quantile(0.75), dice.quantile(0.76)), (1.0, 6.0));
    }

    /// Against the plain sum over ranks.
    #[test]
    fn zipf_sums_are_exact_to_the_last_digits() {
        for exponent in [0.3, 0.999, 1.0, 1.000_001, 1.7, 3.0, 6.0, 40.0] {
            let sums = super::ZipfSums::new(exponent);
            for k in [1u32, 23, 24, 25, 100, 40_000] {
                // With the rounding of each addition carried on to the next (Kahan 1965).
                let (mut plain, mut carried) = (0.0, 0.0);
                for term in (1..=k).rev().map(|i| libm::pow(f64::from(i), -exponent)) {
                    let exact: f64 = term - carried;
                    let sum: f64 = plain + exact;
                    carried = (sum - plain) - exact;
                    plain = sum;
                }
                let got = sums.up_to(k);
                assert!(
                    (got / plain - 1.0).abs() < 3e-15,
                    "{exponent}, {k}: {got} for {plain}"
                );
            }
        }
    }
}
