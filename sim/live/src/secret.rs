//! Bytes that nobody can guess.

use crate::error::LiveError;
use ring::rand::{SecureRandom, SystemRandom};

/// A secret, drawn anew.
///
/// # Errors
/// [`LiveError::Entropy`] where the system gives no randomness.
pub fn secret() -> Result<[u8; 32], LiveError> {
    let mut secret = [0; 32];
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| LiveError::Entropy)?;
    Ok(secret)
}
