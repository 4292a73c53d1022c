//! How fast the machine is just now.
//!
//! Others on the same processor slow it down by up to a half for seconds or minutes, and that is in a thread's CPU time as well.
//! A fixed piece of work, timed beside each operation, says how much; what was measured is scaled to the machine's
//! best. What remains goes either way, so the median of several runs counts.

use crate::mls::engine::MlsError;
use crate::mls::openmls::primitives;
use crate::mls::stopwatch::Stopwatch;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{HashType, SignatureScheme};

/// Signatures checked, leaves copied and hashed: much of what MLS spends its time with.
const SIGNATURES: usize = 2;
const LEAVES: usize = 150;
const LEAF_BYTES: usize = 250;

/// How often it is done each time.
const TRIES: u32 = 3;

/// A fixed piece of work.
#[derive(Debug)]
pub(super) struct Yardstick {
    public_key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    leaves: Vec<Vec<u8>>,
    stopwatch: Stopwatch,
}

impl Yardstick {
    pub(super) fn new() -> Result<Self, MlsError> {
        use ed25519_dalek::Signer;
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let message = vec![7; LEAF_BYTES];
        let yardstick = Self {
            public_key: key.verifying_key().to_bytes().to_vec(),
            signature: key.sign(&message).to_bytes().to_vec(),
            message,
            leaves: vec![vec![7; LEAF_BYTES]; LEAVES],
            stopwatch: Stopwatch::new(true),
        };
        Ok(yardstick)
    }

    /// Do the work a few times; how long the fastest took, in nanoseconds. The first finds what the operation before it
    /// left of the caches, and says nothing about the machine.
    pub(super) fn nanos(&mut self) -> Result<f64, MlsError> {
        let mut fastest = self.once()?;
        for _ in 1..TRIES {
            fastest = fastest.min(self.once()?);
        }
        Ok(fastest)
    }

    fn once(&mut self) -> Result<f64, MlsError> {
        let refused = |error| MlsError::Refused {
            operation: "calibration",
            reason: format!("{error}"),
        };
        let began = self.stopwatch.begin();
        for _ in 0..SIGNATURES {
            primitives()
                .verify_signature(
                    SignatureScheme::ED25519,
                    &self.message,
                    &self.public_key,
                    &self.signature,
                )
                .map_err(refused)?;
        }
        for leaf in std::hint::black_box(self.leaves.clone()) {
            let hash = primitives().hash(HashType::Sha2_256, &leaf);
            std::hint::black_box(hash.map_err(refused)?);
        }
        self.stopwatch.end(began);
        Ok(self.stopwatch.take() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_work_takes_time() {
        let mut yardstick = Yardstick::new().unwrap();
        assert!(yardstick.nanos().unwrap() > 1_000.0);
    }
}
