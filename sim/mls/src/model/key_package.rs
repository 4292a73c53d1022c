//! KeyPackages that are their structure.

use std::sync::Arc;

/// Length of a KeyPackageRef or ProposalRef, in bytes.
pub(super) const REFERENCE: usize = 32;

/// A KeyPackage: whose, and its reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPackage {
    pub(super) reference: [u8; REFERENCE],
    pub(super) identity: Arc<[u8]>,
}
