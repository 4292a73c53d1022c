//! What a run did, in 128 bits.

use std::fmt;

use super::entity::EntityId;
use super::time::SimTime;

/// Bytes gathered before they are hashed: BLAKE3 is fastest on tens of kilobytes at once.
const BUFFER_BYTES: usize = 1 << 16;
/// Separates these hashes from all others, and the encoding from later ones.
const CONTEXT: &str = "throng 2026 trace fingerprint 1";

/// A hash over the ordered trace of a run: two runs have the same fingerprint if, and (but for a chance of
/// 2⁻⁶⁴ among billions of runs) only if, they did the same at the same times in the same order.
///
/// The hash is BLAKE3, cut to 128 bits. A record is encoded in fixed widths, little-endian: time (8
/// bytes, nanoseconds), entity (4), kind (2), number of sizes (4), sizes (8 each). No two sequences of
/// records have one encoding.
///
/// ```
/// use throng_kernel::entity::EntityId;
/// use throng_kernel::fingerprint::Fingerprint;
/// use throng_kernel::time::SimTime;
///
/// let mut trace = Fingerprint::new();
/// trace.record(SimTime::from_nanos(5), EntityId::from_index(1), 7, &[320, 64]);
/// assert_eq!(trace.finish().to_string().len(), 32);
/// ```
#[derive(Debug, Clone)]
pub struct Fingerprint {
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

impl Fingerprint {
    /// The fingerprint of a run that has not begun.
    pub fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new_derive_key(CONTEXT),
            buffer: Vec::new(),
        }
    }

    /// Takes in that at `time` something of this `kind` happened to the entity, with these sizes (bytes,
    /// counts, spans: whatever the kind has, always in one order).
    pub fn record(&mut self, time: SimTime, entity: EntityId, kind: u16, sizes: &[u64]) {
        // A trace that overflows the count would take 32 GiB for one record.
        let count = sizes.len() as u32;
        self.buffer
            .extend_from_slice(&time.as_nanos().to_le_bytes());
        self.buffer
            .extend_from_slice(&entity.source().to_le_bytes());
        self.buffer.extend_from_slice(&kind.to_le_bytes());
        self.buffer.extend_from_slice(&count.to_le_bytes());
        for size in sizes {
            self.buffer.extend_from_slice(&size.to_le_bytes());
        }
        if self.buffer.len() >= BUFFER_BYTES {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    /// The fingerprint of all that was recorded so far. Recording can go on.
    pub fn finish(&self) -> FingerprintHex {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.buffer);
        let mut half = [0; 16];
        hasher.finalize_xof().fill(&mut half);
        FingerprintHex(half)
    }
}

/// A finished fingerprint; prints as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FingerprintHex([u8; 16]);

impl FingerprintHex {
    /// The 128 bits.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for FingerprintHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FingerprintHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerprintHex({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Record<'a> = (u64, u32, u16, &'a [u64]);

    fn of(records: &[Record<'_>]) -> String {
        let mut fingerprint = Fingerprint::new();
        for &(time, entity, kind, sizes) in records {
            let (time, entity) = (SimTime::from_nanos(time), EntityId::from_index(entity));
            fingerprint.record(time, entity, kind, sizes);
        }
        fingerprint.finish().to_string()
    }

    #[test]
    fn every_part_counts_and_so_does_the_order() {
        let base: Record<'_> = (1, 2, 3, &[4, 5]);
        let other: Record<'_> = (9, 2, 3, &[]);
        let different = [
            of(&[]),
            of(&[base]),
            of(&[base, base]),
            of(&[(0, 2, 3, &[4, 5])]),
            of(&[(1, 0, 3, &[4, 5])]),
            of(&[(1, 2, 0, &[4, 5])]),
            of(&[(1, 2, 3, &[5, 4])]),
            of(&[(1, 2, 3, &[4, 5, 0])]),
            of(&[(1, 2, 3, &[4])]),
            of(&[base, other]),
            of(&[other, base]),
        ];
        for (i, one) in different.iter().enumerate() {
            assert!(different[..i].iter().all(|earlier| earlier != one), "{i}");
        }
        assert_eq!(of(&[base, other]), of(&[base, other]));
    }

    /// Hashed at once from the documented encoding, in place of through the buffer.
    #[test]
    fn it_is_the_hash_of_the_encoding() {
        let mut fingerprint = Fingerprint::new();
        let mut encoded = Vec::new();
        for i in 0..10_000u64 {
            let sizes = [i, i * i, 7];
            let sizes = &sizes[..(i % 4) as usize];
            let entity = EntityId::from_index(i as u32 % 50);
            fingerprint.record(SimTime::from_nanos(i * 3), entity, i as u16, sizes);
            encoded.extend((i * 3).to_le_bytes());
            encoded.extend((i as u32 % 50).to_le_bytes());
            encoded.extend((i as u16).to_le_bytes());
            encoded.extend((sizes.len() as u32).to_le_bytes());
            encoded.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        }
        let hash = blake3::derive_key(CONTEXT, &encoded);
        assert_eq!(fingerprint.finish().as_bytes()[..], hash[..16]);
    }

    /// Pins the algorithm: a change moves every fingerprint that anyone has noted.
    #[test]
    fn the_algorithm_is_pinned() {
        assert_eq!(
            of(&[(1, 2, 3, &[4, 5])]),
            "5261d9ac0e7a2f0db1f3e5cf447a1d29"
        );
    }
}
