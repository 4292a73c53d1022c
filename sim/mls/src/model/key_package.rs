//! KeyPackages that are their structure.

use crate::terms::Terms;
use std::sync::Arc;

/// Length of a KeyPackageRef or ProposalRef, in bytes.
pub(super) const REFERENCE: usize = 32;

/// A KeyPackage: whose, its reference, and on what terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPackage {
    pub(super) reference: [u8; REFERENCE],
    pub(super) identity: Arc<[u8]>,
    pub(super) terms: Terms,
}
