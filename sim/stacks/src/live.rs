//! Parties over real sockets: real MLS, and the protocol's side of HTTP beside each.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_cost::Work;
pub use throng_mimi::client::Resumes;
use throng_mimi::directory::{Directory as _, Learned};
use throng_mimi::framed::Framed;
pub use throng_mimi::hub_keys::HubIdentity;
use throng_mimi::hub_keys::{HubDuties, HubKeys};
use throng_mimi::stack::{MIMI, MimiStack};
pub use throng_mimi::vocabulary::counters::KEY_PACKAGES_PUBLISHED;
use throng_mimi::vocabulary::{counters, subjects};
use throng_mimi::web;
use throng_mimi::wire::notify::{FanoutEvent, FanoutMessage};
use throng_mimi::wire::{Frame, Protocol, SubmitMessageResponse, SubmitOutcome};
use throng_mimi::{storage, traffic};
use throng_mls::accepted::{AcceptedCommit, GroupTree};
use throng_mls::ciphersuite::Suite;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::MlsBytes;
use throng_stack::packet::Opening;
use throng_stack::web::Ask;
use throng_stack::{
    Counter, Detail, Envelope, Keep, Keeps, Packet, Reason, Reply, Rest, RestError, StackError,
    Subject, Vocabulary, Web,
};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;
use tls_codec::{Serialize as _, VLBytes};

/// A provider, and how others speak with it.
pub struct LiveProvider {
    /// The provider. It knows nobody yet, and learns names as they come.
    pub party: Box<dyn Keep>,
    /// Its side of HTTP.
    pub web: Arc<dyn Web>,
}

/// The provider of the first of these domains; the others are those that it knows. Of the scenario counts what it says of policy
/// and ciphersuite. The streams are the root of the provider's keys. It keeps no more than `keeps` for each client. `kept`: it will be
/// asked what changes.
///
/// # Errors
/// What the protocol refuses.
pub fn provider(
    scenario: &Scenario,
    domains: &[String],
    streams: &Streams,
    keeps: Keeps,
    kept: bool,
) -> Result<LiveProvider, StackError> {
    let stack = MimiStack::<OpenMlsEngine>::learning(scenario, domains, streams, kept);
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
        Self::over(MimiStack::new(scenario, population, streams))
    }

    /// The same, each of which can be [written down](Rest).
    pub fn keeping(scenario: &Scenario, population: &Population, streams: &Streams) -> Self {
        Self::over(MimiStack::keeping_clients(scenario, population, streams))
    }

    /// The same, where these rooms are there already and are called so.
    pub fn in_rooms(
        scenario: &Scenario,
        population: &Population,
        streams: &Streams,
        rooms: BTreeMap<RoomId, String>,
    ) -> Self {
        Self::over(MimiStack::naming(scenario, population, streams, rooms))
    }

    /// The same, whose groups say this of the hubs of their rooms, as far as the scenario has them.
    #[must_use]
    pub fn knowing(mut self, scenario: &Scenario, hubs: BTreeMap<ProviderId, HubIdentity>) -> Self {
        let hubs = HubKeys::new(hubs, HubDuties::of(scenario));
        self.stack = self.stack.with_hubs(hubs);
        self
    }

    fn over(stack: MimiStack<OpenMlsEngine>) -> Self {
        // Hubs over real sockets have keys that no scenario draws.
        let stack = stack.with_own_clocks().with_hubs(HubKeys::default());
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
    pub fn device(&self, client: ClientId, user: UserId) -> Result<Box<dyn Rest>, StackError> {
        Ok(Box::new(self.stack.device(client, user, false)?))
    }

    /// A device that goes on from what was written of it, offline.
    ///
    /// # Errors
    /// [`RestError`] where that cannot be read, or is another's.
    pub fn resumed(
        &self,
        client: ClientId,
        user: UserId,
        from: &Resumes<'_>,
    ) -> Result<Box<dyn Rest>, RestError> {
        Ok(Box::new(self.stack.resumed_device(client, user, from)?))
    }
}

/// The request for what another provider serves.
pub fn ask_directory() -> Ask {
    web::ask_directory()
}

/// What groups say of hubs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubsInGroups {
    /// Nothing.
    Nothing,
    /// What a hub says that it has them say of it.
    IfSaid,
    /// What rooms cannot do without by this key of the scenario, and what it would be otherwise.
    Vital(&'static str, &'static str),
}

impl HubsInGroups {
    /// Those of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        match HubDuties::of(scenario) {
            HubDuties { stamp: true, .. } => Self::Vital("messages.franking", "`false`"),
            HubDuties { read: true, .. } => Self::Vital("policy.handshakes", "`public`"),
            HubDuties { propose: true, .. } => Self::IfSaid,
            _ => Self::Nothing,
        }
    }
}

/// The number of a scenario's ciphersuite (RFC 9420, section 17.1).
pub fn ciphersuite_of(scenario: &Scenario) -> u16 {
    Suite::of(scenario.ciphersuite).code
}

/// Whether this is about the hub at this domain.
pub fn is_hub_at(hub: &HubIdentity, domain: &str) -> bool {
    let named = Learned::new([domain]).provider_uri(ProviderId(0));
    named.is_some_and(|uri| hub.is_of(&uri))
}

/// What groups say of the hub that has this directory; nothing where it does not say that, or is none.
///
/// # Errors
/// What it says cannot be read, in words.
pub fn hub_of(directory: &Reply) -> Result<Option<HubIdentity>, String> {
    web::hub_of(directory)
}

/// Whether a directory says how others have rooms created there.
pub fn creates_rooms(directory: &Reply) -> bool {
    web::creates_rooms(directory)
}

/// Where whoever serves clients of ours wants a token.
pub const CLIENTS: &str = web::OF_CLIENTS;

/// The words of what is spoken over real sockets.
pub fn vocabulary() -> &'static Vocabulary {
    &MIMI
}

/// What measurements put before a follower: an event of a room, an application message with a ciphertext of so many bytes that
/// nobody can read. Nothing where it is too long.
pub fn unreadable_event(ciphertext: usize) -> Option<Packet> {
    // An MLSMessage (RFC 9420, section 6): mls10, mls_private_message, an empty group_id, epoch 0, application, and two empty vectors
    // before the ciphertext.
    let mut message = vec![0, 1, 0, 2, 0];
    message.extend([0; 8]);
    message.extend([1, 0, 0]);
    let ciphertext = VLBytes::new(vec![0; ciphertext]);
    message.extend(ciphertext.tls_serialize_detached().ok()?);
    let event = FanoutEvent::Application {
        message: MlsBytes::new(message).ok()?,
        frank: None,
    };
    let event = FanoutMessage {
        timestamp: 0,
        event,
    };
    Packet::seal(&Frame::Notify(event)).ok()
}

/// What measurements answer for a hub: that it does not take a message.
pub fn refusal() -> Option<Packet> {
    let response = SubmitMessageResponse {
        protocol: Protocol::Mls10,
        outcome: SubmitOutcome::NotAllowed,
    };
    Packet::seal(&Frame::<MlsBytes>::SubmitMessageResponse(response)).ok()
}

/// What a request takes a client that makes it, by the rule by which clients count that: its overhead says what goes with it.
pub fn asked(request: &Envelope) -> Work {
    traffic::from_client(request).into()
}

/// What a record takes a client that receives it, by the same rule.
pub fn received(record: &Envelope) -> Work {
    traffic::at_client(record).into()
}

/// What it takes a provider that a client opens a connection like this, beside what its machine counts of the first request.
pub fn taken(opening: &'static Opening) -> Work {
    traffic::opened_at_provider(opening).into()
}

/// What it takes a provider to make a batch of rows safe, beside what the rows do.
pub fn stored() -> Work {
    storage::batch().into()
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
