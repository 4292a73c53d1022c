//! Parties over real sockets: real MLS, and the protocol's side of HTTP beside each.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use throng_mimi::stack::{MIMI, MimiStack};
use throng_mimi::vocabulary::{counters, subjects};
use throng_mls::accepted::{AcceptedCommit, GroupTree};
use throng_mls::openmls::OpenMlsEngine;
use throng_stack::{Counter, Detail, Keeps, Party, Reason, StackError, Subject, Vocabulary, Web};
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
/// and ciphersuite. The streams are the root of the provider's keys. It keeps no more than `keeps` for each client.
///
/// # Errors
/// What the protocol refuses.
pub fn provider(
    scenario: &Scenario,
    domains: &[String],
    streams: &Streams,
    keeps: Keeps,
) -> Result<LiveProvider, StackError> {
    let stack = MimiStack::<OpenMlsEngine>::learning(scenario, domains, streams);
    let (mut party, web) = stack.provider(ProviderId(0))?;
    party.keep_at_most(keeps);
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

/// The words of what is spoken over real sockets.
pub fn vocabulary() -> &'static Vocabulary {
    &MIMI
}

/// What an event of this identifier is about.
pub fn subject(id: &str) -> Option<&'static Subject> {
    subjects::ALL.into_iter().find(|subject| subject.id == id)
}

/// What is counted under this identifier.
pub fn counter(id: &str) -> Option<Counter> {
    counters::ALL.into_iter().find(|counter| counter.0 == id)
}

/// The reason of this identifier.
pub fn reason(id: &str) -> Option<&'static Reason> {
    MIMI.reasons().find(|reason| reason.id == id)
}

/// What only the protocol has to say of a fact, for another process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum WrittenDetail {
    /// Of a commit that was accepted.
    Commit(AcceptedCommit),
    /// Of a group that begins.
    Tree(GroupTree),
}

impl WrittenDetail {
    /// What a detail says.
    pub fn of(detail: &dyn Detail) -> Option<Self> {
        let detail = detail.as_any();
        let commit = detail.downcast_ref().cloned().map(Self::Commit);
        commit.or_else(|| detail.downcast_ref().cloned().map(Self::Tree))
    }

    /// The detail.
    pub fn read(self) -> Arc<dyn Detail> {
        match self {
            Self::Commit(commit) => Arc::new(commit),
            Self::Tree(tree) => Arc::new(tree),
        }
    }
}
