//! What is to be done.

use crate::error::LiveError;
use crate::real_time::repeating;
use crate::tls::Trust;
use std::net::SocketAddr;
use throng_workloads::population::Population;
use throng_workloads::scenario::{EngineKind, Scenario};
use throng_workloads::time::SimSpan;

/// More connections take more open files, at both ends, than a process may have as a rule.
const MOST_CLIENTS: usize = 8_000;

/// A provider to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its domain.
    pub domain: String,
    /// Where it is.
    pub address: SocketAddr,
}

/// What is to be done.
#[derive(Debug)]
pub struct Plan {
    /// The scenario, as [`Plan::in_real_time`] has it.
    pub scenario: Scenario,
    /// Its providers, in its order.
    pub targets: Vec<Target>,
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// How late the generator may take up wishes, but one of a hundred: beyond that it was the limit, and what was measured is about
    /// it.
    pub most_late: SimSpan,
    /// Whether the record is to have what is sent length by length, and CPU times by what they are for.
    pub structure: bool,
}

impl Plan {
    /// A scenario as it is run in real time: requests are repeated.
    ///
    /// # Errors
    /// [`LiveError::Scenario`] where it cannot be run so.
    pub fn in_real_time(scenario: Scenario) -> Result<Scenario, LiveError> {
        let refused = |key, why: String| Err(LiveError::Scenario { key, why });
        if scenario.engine == EngineKind::Model {
            let why = "a model has nothing that could be sent; expected `openmls`";
            return refused("engine", why.to_owned());
        }
        let clients = Population::draw(&scenario, &scenario.streams())
            .clients
            .len();
        if clients > MOST_CLIENTS {
            return refused(
                "users.count",
                format!(
                    "{clients} clients, and each has a connection of its own; expected at most {MOST_CLIENTS} clients \
                     in real time"
                ),
            );
        }
        Ok(repeating(scenario))
    }
}
