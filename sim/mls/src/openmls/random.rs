//! All the randomness of one client, from its own key.
//!
//! Two kinds of draw, because OpenMLS makes two kinds of call:
//!
//! - *In program order* (key generation, nonces, reuse guards): block after block of a counter-mode
//!   BLAKE3 output. OpenMLS asks for these on the thread that called it, so their order repeats.
//! - *From the inputs* (HPKE encapsulation): OpenMLS seals path secrets on rayon's threads, in whatever order
//!   they run. The randomness of each is therefore a hash of the client's key, the recipient's and
//!   what is sealed, and does not depend on order. The context is left out: HPKE's key schedule takes it in
//!   anyway, and in a Welcome it is a whole encrypted GroupInfo for each joiner, whose hashing would cost
//!   time that OpenMLS itself does not take.

use std::sync::atomic::{AtomicU64, Ordering};

/// A client's generator. Shared by reference between the threads of one operation.
#[derive(Debug)]
pub(crate) struct Randomness {
    key: [u8; 32],
    drawn: AtomicU64,
}

impl Randomness {
    /// The generator for a key of [`Streams::key`](throng_workloads::stream::Streams::key).
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            drawn: AtomicU64::new(0),
        }
    }

    /// The next bytes, in program order.
    pub(crate) fn fill(&self, out: &mut [u8]) {
        let block = self.drawn.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(b"draw");
        hasher.update(&block.to_le_bytes());
        hasher.finalize_xof().fill(out);
    }

    /// 32 bytes bound to `parts` alone, whatever was drawn before.
    pub(crate) fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(purpose.as_bytes());
        for part in parts {
            // Lengths separate the parts: no two lists of parts hash the same bytes.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_and_differ() {
        let draw = |key: u8| {
            let randomness = Randomness::new([key; 32]);
            let (mut first, mut second) = ([0; 40], [0; 40]);
            randomness.fill(&mut first);
            randomness.fill(&mut second);
            (first, second)
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1).0, draw(1).1);
    }

    #[test]
    fn derivations_do_not_depend_on_draws_and_keep_parts_apart() {
        let randomness = Randomness::new([7; 32]);
        let before = randomness.derive("seal", &[b"ab", b"c"]);
        randomness.fill(&mut [0; 8]);
        assert_eq!(before, randomness.derive("seal", &[b"ab", b"c"]));
        assert_ne!(before, randomness.derive("seal", &[b"a", b"bc"]));
        assert_ne!(before, randomness.derive("export", &[b"ab", b"c"]));
    }
}
