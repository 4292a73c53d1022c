//! Who exists, and which of them act.

use super::passive::Acting;
use throng_workloads::intent::{ProviderId, UserId};
use throng_workloads::population::Population;

/// Who exists, and which of them act.
pub(super) struct People {
    pub(super) population: Population,
    pub(super) acting: Acting,
}

impl People {
    /// The provider of a user of the population.
    pub(super) fn home(&self, user: UserId) -> ProviderId {
        self.population.users[user.0 as usize].provider
    }
}
