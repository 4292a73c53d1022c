//! Clients as hubs tell them apart, and who of them comes and goes.

use crate::bare::is_unnamed;
use crate::directory::Directory;
use std::collections::BTreeMap;
use throng_stack::RequestId;
use throng_stack::fact::Change;
use throng_workloads::intent::{ClientId, ProviderId, UserId};

/// A client as hubs tell them apart: its number means something at its own provider alone, and another client may have it
/// at another. Ascending by number, as events name their receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// What its provider calls it.
    pub client: ClientId,
    /// Its provider.
    pub provider: ProviderId,
}

impl Member {
    /// Whoever sends a request.
    pub fn of(request: RequestId) -> Self {
        Self {
            client: request.client,
            provider: request.provider,
        }
    }

    /// Whether it is whoever sends a request: that very client, or where the request does not say who that is, one of the provider that
    /// it came from.
    pub(crate) fn asks(self, request: RequestId) -> bool {
        match is_unnamed(request) {
            true => self.provider == request.provider,
            false => self == Self::of(request),
        }
    }

    /// The client that a URI names, with its user.
    pub(super) fn named(directory: &dyn Directory, uri: &[u8]) -> Option<(Self, UserId)> {
        let (user, client, provider) = directory.client_named(uri)?;
        Some((Self { client, provider }, user))
    }
}

/// Who comes into a group and who goes, each found to be somebody.
pub(super) struct Moves {
    pub(super) admits: BTreeMap<Member, UserId>,
    pub(super) excludes: BTreeMap<Member, UserId>,
}

impl Moves {
    /// What they come to in the epoch that a commit of so many bytes creates.
    pub(super) fn change(&self, epoch: u64, bytes: u64) -> Change {
        let excludes = self.excludes.iter();
        Change {
            state: epoch,
            bytes,
            admits: self.admits.keys().map(|new| new.client).collect(),
            excludes: excludes.map(|(gone, user)| (*user, gone.client)).collect(),
        }
    }
}
