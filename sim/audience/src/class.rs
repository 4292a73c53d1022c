//! Clients with the same link and the same device.

use super::draws::Delay;
use std::fmt;
use std::sync::Arc;
use throng_cost::profile::CostProfile;
use throng_workloads::scenario::LinkSpec;

/// A class of clients: what holds for their links from the provider, and what Work costs on their
/// devices. Made once and shared by all audiences of a run: its tables take up to 64 KiB and a few
/// milliseconds to fill.
pub struct AudienceClass {
    pub(super) link: Arc<LinkSpec>,
    profile: Arc<CostProfile>,
    pub(super) latency: Delay,
    pub(super) jitter: Delay,
}

impl AudienceClass {
    /// The class of clients with such links and devices.
    pub fn new(link: Arc<LinkSpec>, profile: Arc<CostProfile>) -> Self {
        let (latency, jitter) = Delay::pair(&link.latency, link.floor, &link.jitter);
        Self {
            latency,
            jitter,
            link,
            profile,
        }
    }

    /// What holds for the links.
    pub fn link(&self) -> &Arc<LinkSpec> {
        &self.link
    }

    /// What Work costs on the devices: callers turn it into an [`Event`](super::Event)'s costs.
    pub fn profile(&self) -> &Arc<CostProfile> {
        &self.profile
    }
}

impl fmt::Debug for AudienceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudienceClass")
            .field("link", &self.link)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}
