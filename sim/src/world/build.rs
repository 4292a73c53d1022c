//! From a scenario to entities, links and what exists before time zero.

use super::crowds::Crowds;
use super::error::SimError;
use super::node::{Node, Places};
use super::passive::Acting;
use super::price::Price;
use super::warm::{WarmRooms, audience_classes};
use crate::kernel::entity::Class;
use crate::kernel::windows::{Lookahead, Windows};
use crate::mimi::client::{Client, ClientSetup};
use crate::mimi::directory::{Directory, Federation, RoomPlace};
use crate::mimi::packet::Peer;
use crate::mimi::participant::Participant;
use crate::mimi::provider::Provider;
use crate::mls::engine::{Engine, EngineConfig, MlsError};
use crate::mls::work::TreeHealth;
use crate::net::{Direction, Link, NetworkMap};
use crate::record::data::{ProviderRow, RoomRow};
use crate::record::marks::EventMark;
use crate::record::recorder::{Plan, Recorder};
use rayon::prelude::*;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::{CostSource, EngineKind, Policy, Scenario, TreeDelivery};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// Samples in a run's series.
const SAMPLES: u64 = 240;

/// Something to put around each participant: tests build broken ones with it.
pub type Wrap<'a> = &'a (dyn Fn(Peer, Box<dyn Participant>) -> Box<dyn Participant> + Send + Sync);

/// Makes participants, links and cores; lives as long as the run, because new clients come.
pub struct Builder {
    pub(super) streams: Streams,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) places: Places,
    map: NetworkMap,
    connections: Vec<ConnectionClass>,
    make: Make,
}

type Make = Box<dyn Fn(ClientId, UserId) -> Result<Box<dyn Participant>, MlsError> + Send + Sync>;

/// A class of connection and device, resolved.
pub(super) struct ConnectionClass {
    pub(super) link: String,
    pub(super) price: Arc<Price>,
}

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

    /// The clients that act, ascending.
    pub(super) fn actors(
        &self,
    ) -> impl Iterator<Item = (ClientId, &throng_workloads::population::Client)> {
        let all = self.population.clients.iter().enumerate();
        all.map(|(index, client)| (ClientId(index as u32), client))
            .filter(|(id, _)| self.acting.acts(*id))
    }
}

/// What a world starts from.
pub(super) struct Start {
    pub(super) builder: Builder,
    pub(super) windows: Windows<Node>,
    pub(super) recorder: Recorder,
    pub(super) crowds: Crowds,
}

/// Build everything with engine `E`.
pub(super) fn build<E: Engine>(
    scenario: &Scenario,
    people: People,
    streams: Streams,
    wrap: Wrap<'_>,
) -> Result<Start, SimError> {
    let population = &people.population;
    let engine = E::new(engine_config(scenario));
    let engine = Arc::new(match scenario.cost.source {
        CostSource::Profile => engine,
        CostSource::Measured => engine.measuring(),
    });
    let policy = Arc::new(scenario.policy.clone());
    let directory: Arc<dyn Directory> = Arc::new(directory(scenario, population));
    let places = Places {
        providers: scenario.providers.len() as u32,
        acting: people.acting.list().map(Arc::from),
        at_start: population.clients.len() as u32,
    };
    let map = NetworkMap::new(
        &scenario.network,
        scenario.providers.iter().map(|p| p.region.as_str()),
    );

    let mut clients = make_clients(&engine, &directory, &policy, &people, &streams)?;
    let mut providers = make_providers(&engine, &directory, &policy, scenario, &people, &streams)?;
    let mut recorder = Recorder::new(plan(scenario, population, places.clone()));
    publish(&people, &mut clients, &mut providers, &mut recorder)?;
    let connections = connections(scenario)?;
    let crowds = WarmRooms {
        engine: &engine,
        directory: &directory,
        policy: &policy,
        people: &people,
        streams: &streams,
        classes: audience_classes(&people, &map, &connections)?,
    }
    .make(&mut clients, &mut providers, &mut recorder)?;
    for (index, client) in population.clients.iter().enumerate() {
        let id = ClientId(index as u32);
        if people.acting.acts(id) {
            recorder.client(id, client.user, client.online, SimTime::ZERO);
        } else {
            recorder.passive_client(client.online);
        }
    }

    let make = maker(&engine, &directory, &policy, streams);
    let builder = Builder {
        streams,
        directory,
        places,
        map,
        connections,
        make,
    };
    let windows = assemble(scenario, &people, &builder, providers, clients, wrap)?;
    Ok(Start {
        builder,
        windows,
        recorder,
        crowds,
    })
}

fn engine_config(scenario: &Scenario) -> EngineConfig {
    EngineConfig {
        ciphersuite: scenario.ciphersuite,
        tree_in_welcome: scenario.policy.tree == TreeDelivery::InWelcome,
        epoch_tolerance: scenario.policy.epoch_tolerance as usize,
        padding: scenario.policy.padding as usize,
        max_forward: scenario.policy.max_forward,
    }
}

fn directory(scenario: &Scenario, population: &Population) -> Federation {
    let place = |room: &throng_workloads::population::Room| RoomPlace {
        hub: room.hub,
        creator: room.creator,
    };
    Federation {
        domains: scenario
            .providers
            .iter()
            .map(|p| p.domain.clone())
            .collect(),
        users: population.users.iter().map(|u| u.provider).collect(),
        rooms: population.rooms.iter().map(place).collect(),
    }
}

fn plan(scenario: &Scenario, population: &Population, places: Places) -> Plan {
    let room = |(index, room): (usize, &throng_workloads::population::Room)| RoomRow {
        room: index as u32,
        hub: scenario.providers[usize::from(room.hub.0)].domain.clone(),
        created: None,
        start: room.start,
        initial_members: 0,
        health: TreeHealth::default(),
        first_epoch: 0,
        epoch: 0,
        commits: 0,
        attempts: 0,
        messages: 0,
        fanout_bytes: 0,
    };
    let provider = |provider: &throng_workloads::scenario::Provider| ProviderRow {
        domain: provider.domain.clone(),
        cores: provider.cores,
        busy: SimSpan::ZERO,
        requests: 0,
        wait_max: SimSpan::ZERO,
        to_clients: 0,
        to_providers: 0,
        stored_max: 0,
        key_packages_left: 0,
    };
    Plan {
        warmup: SimTime::ZERO + scenario.warmup,
        interval: SimSpan::from_nanos((scenario.duration.as_nanos() / SAMPLES).max(1)),
        places,
        marks: EventMark::planned(scenario),
        rooms: population.rooms.iter().enumerate().map(room).collect(),
        providers: scenario.providers.iter().map(provider).collect(),
    }
}

// ---- participants ----

fn make_clients<E: Engine>(
    engine: &Arc<E>,
    directory: &Arc<dyn Directory>,
    policy: &Arc<Policy>,
    people: &People,
    streams: &Streams,
) -> Result<Vec<Client<E>>, MlsError> {
    let make = |(id, client): (ClientId, &throng_workloads::population::Client)| {
        Client::new(ClientSetup {
            client: id,
            user: client.user,
            online: client.online,
            engine: Arc::clone(engine),
            directory: Arc::clone(directory),
            policy: Arc::clone(policy),
            streams,
        })
    };
    let actors: Vec<_> = people.actors().collect();
    actors.into_par_iter().map(make).collect()
}

fn make_providers<E: Engine>(
    engine: &Arc<E>,
    directory: &Arc<dyn Directory>,
    policy: &Arc<Policy>,
    scenario: &Scenario,
    people: &People,
    streams: &Streams,
) -> Result<Vec<Provider<E>>, MlsError> {
    let mut providers = (0..scenario.providers.len())
        .map(|index| {
            let id = ProviderId(index as u16);
            Provider::new(
                id,
                Arc::clone(engine),
                Arc::clone(directory),
                Arc::clone(policy),
                streams,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    for (id, client) in people.actors() {
        let home = people.home(client.user);
        providers[usize::from(home.0)].register(id, client.user, client.online);
    }
    Ok(providers)
}

fn maker<E: Engine>(
    engine: &Arc<E>,
    directory: &Arc<dyn Directory>,
    policy: &Arc<Policy>,
    streams: Streams,
) -> Make {
    let (engine, directory, policy) = (
        Arc::clone(engine),
        Arc::clone(directory),
        Arc::clone(policy),
    );
    Box::new(move |client, user| {
        let client = Client::new(ClientSetup {
            client,
            user,
            online: true,
            engine: Arc::clone(&engine),
            directory: Arc::clone(&directory),
            policy: Arc::clone(&policy),
            streams: &streams,
        })?;
        Ok(Box::new(client))
    })
}

// ---- before time zero ----

/// Accounts exist before the run, so their KeyPackages do.
fn publish<E: Engine>(
    people: &People,
    clients: &mut [Client<E>],
    providers: &mut [Provider<E>],
    recorder: &mut Recorder,
) -> Result<(), MlsError> {
    let packages = clients
        .par_iter_mut()
        .map(Client::make_first_key_packages)
        .collect::<Result<Vec<_>, _>>()?;
    for ((id, client), packages) in people.actors().zip(packages) {
        let home = people.home(client.user);
        recorder.published_before(packages.len() as u64);
        providers[usize::from(home.0)]
            .publish(SimTime::ZERO, id, packages)
            .map_err(|reason| MlsError::Refused {
                operation: "publish",
                reason: reason.to_string(),
            })?;
    }
    for client in clients {
        client.forget_work();
    }
    Ok(())
}

// ---- links and cores ----

fn price(scenario: &Scenario, name: &str) -> Result<Arc<Price>, SimError> {
    let found = scenario
        .cost
        .profiles
        .iter()
        .find(|(known, _)| known == name);
    let (name, spec) = found.ok_or_else(|| SimError::NoProfile(name.to_owned()))?;
    Ok(Arc::new(Price::new(scenario.cost.source, name, spec)))
}

fn connections(scenario: &Scenario) -> Result<Vec<ConnectionClass>, SimError> {
    let class = |c: &throng_workloads::scenario::Connection| {
        Ok(ConnectionClass {
            link: c.link.clone(),
            price: price(scenario, &c.profile)?,
        })
    };
    scenario.users.connections.iter().map(class).collect()
}

fn assemble<E: Engine>(
    scenario: &Scenario,
    people: &People,
    builder: &Builder,
    providers: Vec<Provider<E>>,
    clients: Vec<Client<E>>,
    wrap: Wrap<'_>,
) -> Result<Windows<Node>, SimError> {
    let lookahead = Lookahead {
        edge: builder.map.edge_floor(),
        core: builder.map.core_floor(),
    };
    let mut windows = Windows::new(lookahead)?;
    if scenario.engine == EngineKind::OpenMls {
        // Even two entities with real cryptography to do are worth a second thread.
        windows.set_parallel_from(2);
    }
    let mut nodes: Vec<Node> = Vec::with_capacity(providers.len());
    for (index, provider) in providers.into_iter().enumerate() {
        let described = &scenario.providers[index];
        let peer = Peer::Provider(ProviderId(index as u16));
        let participant = wrap(peer, Box::new(provider));
        let price = price(scenario, &described.profile)?;
        let mut node = Node::new(participant, described.cores, price, builder.places.clone());
        let owner = StreamOwner::Provider(index as u64);
        let stream = builder.streams.stream(owner, "requests lost");
        node.lose(scenario.network.request_loss, stream);
        for other in (0..scenario.providers.len()).filter(|other| *other != index) {
            node.connect(
                Peer::Provider(ProviderId(other as u16)),
                builder.provider_link(index, other),
            );
        }
        nodes.push(node);
    }
    for (id, client) in people.actors() {
        let home = people.home(client.user);
        let link = builder.downlink(home, id, client.connection.into())?;
        nodes[usize::from(home.0)].connect(Peer::Client(id), link);
    }
    for node in nodes {
        windows.add_entity(Class::Core, node)?;
    }
    for ((id, described), client) in people.actors().zip(clients) {
        let participant = wrap(Peer::Client(id), Box::new(client));
        let node =
            builder.client_node(id, described.user, described.connection.into(), participant)?;
        windows.add_entity(Class::Edge, node)?;
    }
    Ok(windows)
}

impl Builder {
    /// A client that comes into being during the run.
    pub(super) fn new_client(
        &self,
        client: ClientId,
        user: UserId,
        connection: usize,
    ) -> Result<Node, SimError> {
        let participant = (self.make)(client, user)?;
        self.client_node(client, user, connection, participant)
    }

    /// The provider of a user.
    pub(super) fn home(&self, user: UserId) -> Result<ProviderId, SimError> {
        self.directory
            .provider_of(user)
            .ok_or(SimError::UnknownUser(user.0))
    }

    fn client_node(
        &self,
        client: ClientId,
        user: UserId,
        connection: usize,
        participant: Box<dyn Participant>,
    ) -> Result<Node, SimError> {
        let class = &self.connections[connection];
        let home = Peer::Provider(self.home(user)?);
        let mut node = Node::new(
            participant,
            1,
            Arc::clone(&class.price),
            self.places.clone(),
        );
        node.connect(
            home,
            self.link(Peer::Client(client), home, &class.link, Direction::Up)?,
        );
        Ok(node)
    }

    /// The link from a provider to one of its clients.
    pub(super) fn downlink(
        &self,
        home: ProviderId,
        client: ClientId,
        connection: usize,
    ) -> Result<Link, SimError> {
        let class = &self.connections[connection];
        self.link(
            Peer::Provider(home),
            Peer::Client(client),
            &class.link,
            Direction::Down,
        )
    }

    fn link(
        &self,
        from: Peer,
        to: Peer,
        name: &str,
        direction: Direction,
    ) -> Result<Link, SimError> {
        let spec = self
            .map
            .client(name)
            .ok_or_else(|| SimError::NoLink(name.to_owned()))?;
        Ok(Link::new(
            Arc::clone(spec),
            direction,
            self.link_stream(from, to),
        ))
    }

    fn provider_link(&self, from: usize, to: usize) -> Link {
        let spec = Arc::clone(self.map.provider(from, to));
        let (from, to) = (
            Peer::Provider(ProviderId(from as u16)),
            Peer::Provider(ProviderId(to as u16)),
        );
        Link::new(spec, Direction::Up, self.link_stream(from, to))
    }

    fn link_stream(&self, from: Peer, to: Peer) -> throng_workloads::stream::Stream {
        // Clients and providers in one numbering that new clients do not shift.
        let number = |peer| match peer {
            Peer::Provider(ProviderId(provider)) => u64::from(provider),
            Peer::Client(ClientId(client)) => (1 << 32) + u64::from(client),
        };
        self.streams
            .stream(StreamOwner::Link(number(from), number(to)), "link")
    }
}
