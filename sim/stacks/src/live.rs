//! Parties over real sockets: real MLS, and the protocol's side of HTTP beside each.

use std::sync::Arc;
use throng_mimi::stack::MimiStack;
use throng_mls::openmls::OpenMlsEngine;
use throng_stack::{Party, StackError, Web};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;

/// A provider, and how others speak with it.
pub struct LiveProvider {
    /// The provider. It knows nobody yet, and learns names as they come.
    pub party: Box<dyn Party>,
    /// Its side of HTTP.
    pub web: Arc<dyn Web>,
}

/// The provider of the first of these domains; the others are those that it knows. Of the scenario counts what it says of policy
/// and ciphersuite. The streams are the root of the provider's keys.
///
/// # Errors
/// What the protocol refuses.
pub fn provider(
    scenario: &Scenario,
    domains: &[String],
    streams: &Streams,
) -> Result<LiveProvider, StackError> {
    let stack = MimiStack::<OpenMlsEngine>::learning(scenario, domains, streams);
    let (party, web) = stack.provider(ProviderId(0))?;
    Ok(LiveProvider {
        party: Box::new(party),
        web: Arc::new(web),
    })
}

/// The clients of a scenario.
pub struct LiveClients {
    stack: MimiStack<OpenMlsEngine>,
    web: Arc<dyn Web>,
}

impl LiveClients {
    /// Those of a scenario with this population.
    pub fn new(scenario: &Scenario, population: &Population, streams: &Streams) -> Self {
        let stack = MimiStack::new(scenario, population, streams);
        let web = Arc::new(stack.web_of_clients());
        Self { stack, web }
    }

    /// Their side of HTTP.
    pub fn web(&self) -> Arc<dyn Web> {
        Arc::clone(&self.web)
    }

    /// A device that has never been online and has no KeyPackages anywhere.
    ///
    /// # Errors
    /// What the protocol refuses.
    pub fn device(&self, client: ClientId, user: UserId) -> Result<Box<dyn Party>, StackError> {
        Ok(Box::new(self.stack.device(client, user, false)?))
    }
}
