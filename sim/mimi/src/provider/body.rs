//! How much one body of `/notify` may hold, and what is known of bodies besides what is stored.

use std::collections::BTreeMap;
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::scenario::Policy;

/// How much one body may hold. A single event may always go, however long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) events: usize,
    pub(super) bytes: u64,
}

impl Default for Most {
    fn default() -> Self {
        Self {
            events: 1,
            bytes: u64::MAX,
        }
    }
}

impl Most {
    pub(super) fn of(policy: &Policy) -> Self {
        Self {
            events: policy.notify_batch as usize,
            bytes: policy.notify_batch_bytes.into(),
        }
    }

    /// Whether one body of a room is under way to a follower at a time.
    pub(super) fn gathers(self) -> bool {
        self.events > 1
    }
}

/// What is known of bodies besides what is stored: of the process.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    pub(super) most: Most,
    /// Followers that found a body too large, and how much they may have.
    pub(super) smaller: BTreeMap<ProviderId, u64>,
    /// Where events wait for others, and by which timer.
    pub(super) waits: BTreeMap<(RoomId, ProviderId), u32>,
    pub(super) last: u32,
}

impl Bodies {
    /// Of a provider whose bodies hold so much.
    pub(super) fn holding(most: Most) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }
}
