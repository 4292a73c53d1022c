//! How fast the machine is just now.
//!
//! Others on the same processor slow it down by up to a half for seconds or minutes, and that is in a thread's CPU time as well.
//! A fixed piece of work, timed beside each operation, says how much; what was measured is scaled to the machine's
//! best. What remains goes either way, so the median of several runs counts.

use ed25519_dalek::{Signature, SignatureError, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};
use throng_cost::stopwatch::Stopwatch;
use throng_mls::engine::MlsError;

/// Signatures checked, leaves copied and hashed: much of what MLS spends its time with.
const SIGNATURES: usize = 2;
const LEAVES: usize = 150;
const LEAF_BYTES: usize = 250;

/// How often it is done each time.
const TRIES: usize = 3;
/// The same where a clock stands still.
const MOST_TRIES: usize = 1_000;

/// A fixed piece of work.
#[derive(Debug)]
pub(super) struct Yardstick {
    public_key: VerifyingKey,
    message: Vec<u8>,
    signature: Signature,
    leaves: Vec<Vec<u8>>,
    stopwatch: Stopwatch,
}

impl Yardstick {
    pub(super) fn new() -> Result<Self, MlsError> {
        let key = SigningKey::from_bytes(&[7; 32]);
        let message = vec![7; LEAF_BYTES];
        let yardstick = Self {
            public_key: key.verifying_key(),
            signature: key.sign(&message),
            message,
            leaves: vec![vec![7; LEAF_BYTES]; LEAVES],
            stopwatch: Stopwatch::new(true),
        };
        Ok(yardstick)
    }

    /// Do the work a few times; how long the fastest took, in nanoseconds. The first finds what the operation before it
    /// left of the caches, and says nothing about the machine. Where a virtual machine was halted and its clock set meanwhile, the work
    /// can seem to have taken no time at all: that says nothing either, and it is done again.
    pub(super) fn nanos(&mut self) -> Result<f64, MlsError> {
        fastest(|| self.once())
    }

    fn once(&mut self) -> Result<f64, MlsError> {
        let refused = |error: SignatureError| MlsError::Refused {
            operation: "calibration",
            reason: format!("{error}"),
        };
        let began = self.stopwatch.begin();
        for _ in 0..SIGNATURES {
            let verified = self.public_key.verify(&self.message, &self.signature);
            verified.map_err(refused)?;
        }
        for leaf in std::hint::black_box(self.leaves.clone()) {
            std::hint::black_box(Sha256::digest(&leaf));
        }
        self.stopwatch.end(began);
        Ok(self.stopwatch.take() as f64)
    }
}

/// The least of a few readings; those of a clock that stood still do not count.
fn fastest(mut read: impl FnMut() -> Result<f64, MlsError>) -> Result<f64, MlsError> {
    let mut readings = Vec::new();
    for _ in 0..MOST_TRIES {
        let nanos = read()?;
        if nanos > 0.0 {
            readings.push(nanos);
        }
        if readings.len() >= TRIES {
            break;
        }
    }
    let fastest = readings.into_iter().reduce(f64::min);
    fastest.ok_or_else(|| MlsError::Refused {
        operation: "calibration",
        reason: "the clock of CPU time stands still".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_says_nothing() {
        let mut readings = [3.0, 0.0, 2.0, 0.0, 4.0, 1.0].into_iter();
        let mut read = || Ok(readings.next().unwrap());
        assert_eq!(fastest(&mut read).unwrap(), 2.0);
        assert!(fastest(|| Ok(0.0)).is_err());
    }

    #[test]
    fn the_same_work_takes_time() {
        let mut yardstick = Yardstick::new().unwrap();
        assert!(yardstick.nanos().unwrap() > 1_000.0);
    }
}
