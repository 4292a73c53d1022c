//! Making the parties of a run.

use crate::fact::Detail;
use crate::hearing::Hearing;
use crate::listeners::Listeners;
use crate::packet::Peer;
use crate::party::Party;
use crate::service::Service;
use crate::vocabulary::{Counter, Shown, Vocabulary};
use std::error::Error;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;

/// Why a stack could not make its parties.
pub type StackError = Box<dyn Error + Send + Sync>;

/// A protocol, ready to run a scenario.
pub trait Stack: Send + Sync {
    /// Its words.
    fn vocabulary(&self) -> &'static Vocabulary;

    /// All who exist before time zero, and the rooms that do.
    ///
    /// # Errors
    /// What the protocol refuses.
    fn open(&self, beginning: &Beginning<'_>) -> Result<Opened, StackError>;

    /// The device of a user that comes into being during the run, online.
    ///
    /// # Errors
    /// What the protocol refuses.
    fn client(&self, client: ClientId, user: UserId) -> Result<Box<dyn Party>, StackError>;

    /// What each kind of packet shows to whoever handles it, by its place in the table of kinds; nothing where nobody says.
    fn shows(&self) -> Vec<Shown> {
        Vec::new()
    }

    /// How its providers work.
    fn service(&self) -> Service {
        Service::default()
    }

    /// What people call a party: its address, say. `user` is whose client it is.
    fn name(&self, peer: Peer, user: Option<UserId>) -> String;
}

/// Who exists before time zero.
#[derive(Clone, Copy)]
pub struct Beginning<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Everybody in it.
    pub population: &'a Population,
    /// The run's random streams.
    pub streams: &'a Streams,
    /// Whether a client is a party of its own. One that is not does nothing but receive what is said in the one room in
    /// which it is; the driver delivers to all such together ([`Listeners`]).
    pub acts: &'a (dyn Fn(ClientId) -> bool + Sync),
}

impl Beginning<'_> {
    /// The clients that are parties, ascending.
    pub fn actors(
        &self,
    ) -> impl Iterator<Item = (ClientId, &throng_workloads::population::Client)> {
        let all = self.population.clients.iter().enumerate();
        all.map(|(index, client)| (ClientId(index as u32), client))
            .filter(|(id, _)| (self.acts)(*id))
    }
}

/// What there is at time zero.
#[derive(Default)]
pub struct Opened {
    /// The providers, in the scenario's order.
    pub providers: Vec<Box<dyn Party>>,
    /// The clients that are parties, in the order of [`Beginning::actors`].
    pub clients: Vec<Box<dyn Party>>,
    /// The rooms that are there.
    pub rooms: Vec<OpenRoom>,
    /// What is counted by then.
    pub counted: Vec<(Counter, u64)>,
}

/// A room that exists before time zero.
pub struct OpenRoom {
    /// Which.
    pub room: RoomId,
    /// Its state in its own order.
    pub state: u64,
    /// Members who are parties, ascending.
    pub members: Vec<ClientId>,
    /// Members who only receive, by their providers, which ascend.
    pub listeners: Vec<Listeners>,
    /// How those process what they receive; none where there are none.
    pub hearing: Option<Box<dyn Hearing>>,
    /// What only the protocol has to say of it.
    pub detail: Option<Arc<dyn Detail>>,
}
