//! Hashes of numbers that are dense: nothing depends on them but how fast something is found.

/// Two numbers spread over all 64 bits, by multiplications with the golden ratio, as Knuth has it (The Art of Computer Programming,
/// volume 3, section 6.4).
///
/// ```
/// use throng_stack::spread;
/// assert_ne!(spread(0, 1), spread(1, 0));
/// ```
#[must_use]
pub fn spread(one: u32, other: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let first = u64::from(one).wrapping_mul(GOLDEN).rotate_left(32);
    (first ^ other).wrapping_mul(GOLDEN).rotate_left(32)
}
