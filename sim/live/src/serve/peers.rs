//! Where other providers are.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// Addresses by domain. They may be said after a server has begun: providers of one federation begin together, and learn where the
/// others listen.
#[derive(Debug, Clone, Default)]
pub struct Peers(Arc<RwLock<BTreeMap<String, SocketAddr>>>);

impl Peers {
    /// Say where a provider is.
    pub fn set(&self, domain: impl Into<String>, address: SocketAddr) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(domain.into(), address);
    }

    /// Where a provider is, if anybody said so.
    pub fn address(&self, domain: &str) -> Option<SocketAddr> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(domain).copied()
    }
}
