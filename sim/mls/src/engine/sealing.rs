//! What is sealed to somebody, and the keys for it.

use std::fmt;

/// An HPKE key pair for one message to whoever made it. It is kept with what the message is awaited for and ends with that, so
/// no key outlives its use.
#[derive(PartialEq, Eq)]
pub struct HpkeKey {
    /// What to seal to.
    pub public: Vec<u8>,
    /// Empty in an engine without cryptography.
    pub(crate) private: Vec<u8>,
}

impl fmt::Debug for HpkeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HpkeKey").field(&self.public).finish()
    }
}

/// What can be sealed to an HPKE key: an engine that has no bytes keeps it as it is.
pub trait Plaintext:
    tls_codec::Size
    + tls_codec::Serialize
    + tls_codec::Deserialize
    + Clone
    + std::fmt::Debug
    + Send
    + Sync
    + 'static
{
}

impl<P> Plaintext for P where
    P: tls_codec::Size
        + tls_codec::Serialize
        + tls_codec::Deserialize
        + Clone
        + std::fmt::Debug
        + Send
        + Sync
        + 'static
{
}
