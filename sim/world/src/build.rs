//! From a scenario to entities, links and what exists before time zero.

use super::access::Accesses;
use super::crowds::Crowds;
use super::error::SimError;
use super::leaving::Leaving;
use super::line::Line;
use super::node::{Node, Places};
use super::people::People;
use super::price::Price;
use super::waking::Waking;
use std::sync::{Arc, Mutex};
use throng_audience::AudienceClass;
use throng_cost::Units;
use throng_kernel::entity::Class;
use throng_kernel::host::Host;
use throng_kernel::windows::{Lookahead, Windows};
use throng_net::{Direction, Link, Neighbourhoods, NetworkMap, Outages};
use throng_record::ArchiveRow;
use throng_record::recorder::{Plan, Recorder};
use throng_stack::{Beginning, Opened, Party, Peer, Stack};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::scenario::{
    Archive, EngineKind, InOrder, LinkSpec, Push, Scenario, Transport,
};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// Something to put around each party: tests build broken ones with it.
pub type Wrap<'a> = &'a (dyn Fn(Peer, Box<dyn Party>) -> Box<dyn Party> + Send + Sync);

/// Providers are run side by side where messages between them take this long: a window of this length is worth a second thread.
const NEAR: SimSpan = SimSpan::from_millis(10);

/// Makes parties, links and cores; lives as long as the run, because new clients come.
pub struct Builder {
    pub(super) streams: Streams,
    pub(super) stack: Box<dyn Stack>,
    /// The provider of each user.
    homes: Vec<ProviderId>,
    /// By provider, whether what comes to it shares its access.
    narrow: Vec<bool>,
    /// What comes in order between two providers.
    in_order: InOrder,
    pub(super) places: Places,
    map: NetworkMap,
    /// Which providers are close to each other.
    near: Neighbourhoods,
    connections: Vec<ConnectionClass>,
    /// Whether clients set up connections.
    connecting: bool,
    /// The cores that all parties share, where they do.
    pub(super) host: Option<Arc<Mutex<Host>>>,
}

/// A class of connection and device, resolved.
pub(super) struct ConnectionClass {
    pub(super) link: String,
    pub(super) price: Arc<Price>,
    /// How its devices are woken, where they are.
    push: Option<Push>,
}

/// What a world starts from.
pub(super) struct Start {
    pub(super) builder: Builder,
    pub(super) windows: Windows<Node>,
    pub(super) recorder: Recorder,
    pub(super) crowds: Crowds,
}

/// Build everything over a stack.
pub(super) fn build(
    scenario: &Scenario,
    people: &People,
    (streams, cores): (Streams, Option<usize>),
    stack: Box<dyn Stack>,
    wrap: Wrap<'_>,
) -> Result<Start, SimError> {
    let population = &people.population;
    let places = Places {
        providers: scenario.providers.len() as u32,
        acting: people.acting.list().map(Arc::from),
        at_start: population.clients.len() as u32,
    };
    let map = NetworkMap::new(
        &scenario.network,
        scenario.providers.iter().map(|p| p.region.as_str()),
    );
    let connections = connections(scenario, stack.vocabulary().units)?;
    let mut plan = Plan {
        shows: stack.shows(),
        ..Plan::of(scenario, population, stack.vocabulary())
    };
    for (row, described) in plan.providers.iter_mut().zip(&scenario.providers) {
        let archive = &described.archive;
        row.archive = (*archive != Archive::NOTHING).then(|| ArchiveRow {
            history_max: 0,
            on_disks: archive.on_disks(),
        });
    }
    let mut recorder = Recorder::new(plan);

    let acts = |client| people.acting.acts(client);
    let beginning = Beginning {
        scenario,
        population,
        streams: &streams,
        acts: &acts,
    };
    let Opened {
        providers,
        clients,
        mut rooms,
        counted,
    } = stack.open(&beginning).map_err(SimError::Stack)?;
    recorder.counted_before(&counted);
    let classes = audience_classes(people, &map, &connections)?;
    let mut crowds = Crowds::default();
    for room in &mut rooms {
        recorder.open_room(room);
        crowds.open(room, people, &streams, &classes)?;
    }
    for (index, client) in population.clients.iter().enumerate() {
        let id = ClientId(index as u32);
        if people.acting.acts(id) {
            recorder.client(id, client.user, client.online, SimTime::ZERO);
        } else {
            recorder.passive_client(client.online);
        }
    }

    let builder = Builder {
        streams,
        stack,
        homes: population.users.iter().map(|user| user.provider).collect(),
        narrow: scenario
            .providers
            .iter()
            .map(|p| p.down.is_some())
            .collect(),
        in_order: scenario.network.in_order,
        places,
        near: map.neighbourhoods(NEAR),
        map,
        connections,
        connecting: scenario.network.transport == Transport::Https,
        host: cores.map(|cores| Arc::new(Mutex::new(Host::new(cores)))),
    };
    let parties = (providers, clients);
    let regions = if builder.host.is_some() {
        // Who comes first to a core that all share has to be the first to ask for it.
        Some((1, SimSpan::MAX))
    } else if people.acting.everybody() && scenario.engine == EngineKind::Model {
        Some((builder.near.count, builder.near.apart))
    } else {
        // Real cryptography is worth a thread within a window, and passive clients are worked out on another.
        None
    };
    let mut windows = assemble(scenario, &beginning, &builder, parties, wrap, regions)?;
    for room in rooms {
        for listeners in room.listeners {
            let home = builder.places.entity(Peer::Provider(listeners.provider));
            let node = windows.entity_mut(home);
            let node = node.ok_or(SimError::NoProvider(listeners.provider.0))?;
            node.listen(room.room, listeners);
        }
    }
    Ok(Start {
        builder,
        windows,
        recorder,
        crowds,
    })
}

// ---- links and cores ----

fn price(scenario: &Scenario, name: &str, units: Units) -> Result<Arc<Price>, SimError> {
    let found = scenario
        .cost
        .profiles
        .iter()
        .find(|(known, _)| known == name);
    let (name, spec) = found.ok_or_else(|| SimError::NoProfile(name.to_owned()))?;
    if let Some(costs) = &spec.measured {
        let names: Vec<&str> = costs.nanos.iter().map(|(unit, _)| unit.as_str()).collect();
        units.check(&names).map_err(|wrong| SimError::Costs {
            profile: name.clone(),
            wrong,
        })?;
    }
    Ok(Arc::new(Price::new(
        scenario.cost.source,
        name,
        spec,
        units,
    )))
}

fn connections(scenario: &Scenario, units: Units) -> Result<Vec<ConnectionClass>, SimError> {
    let class = |c: &throng_workloads::scenario::Connection| {
        Ok(ConnectionClass {
            link: c.link.clone(),
            price: price(scenario, &c.profile, units)?,
            push: c.push.clone(),
        })
    };
    scenario.users.connections.iter().map(class).collect()
}

/// The classes of connection and device, as audiences need them; none where everybody acts.
fn audience_classes(
    people: &People,
    map: &NetworkMap,
    connections: &[ConnectionClass],
) -> Result<Vec<Arc<AudienceClass>>, SimError> {
    if people.acting.everybody() {
        return Ok(Vec::new());
    }
    let class = |connection: &ConnectionClass| {
        let link = map
            .client(&connection.link)
            .ok_or_else(|| SimError::NoLink(connection.link.clone()))?;
        let profile = Arc::new(connection.price.profile().clone());
        let class = AudienceClass::new(Arc::clone(link), profile);
        Ok(Arc::new(class))
    };
    connections.iter().map(class).collect()
}

/// Parties of one kind, in the order of their numbers.
type Parties = Vec<Box<dyn Party>>;

fn assemble(
    scenario: &Scenario,
    beginning: &Beginning<'_>,
    builder: &Builder,
    (providers, clients): (Parties, Parties),
    wrap: Wrap<'_>,
    regions: Option<(u16, SimSpan)>,
) -> Result<Windows<Node>, SimError> {
    let lookahead = Lookahead {
        edge: builder.map.edge_floor(),
        core: builder.map.core_floor(),
    };
    let mut windows = match regions {
        Some((count, apart)) => Windows::in_regions(count, apart, lookahead)?,
        None => Windows::new(lookahead)?,
    };
    if scenario.engine == EngineKind::OpenMls {
        // Even two entities with real cryptography to do are worth a second thread.
        windows.set_parallel_from(2);
    }
    let units = builder.stack.vocabulary().units;
    let mut nodes: Vec<Node> = Vec::with_capacity(providers.len());
    for (index, provider) in providers.into_iter().enumerate() {
        let described = &scenario.providers[index];
        let peer = Peer::Provider(ProviderId(index as u16));
        let party = wrap(peer, provider);
        let price = price(scenario, &described.profile, units)?;
        let mut node = Node::new(party, described.cores, price, builder.places.clone());
        let owner = StreamOwner::Provider(index as u64);
        let draws = builder.streams.stream(owner, "sync");
        let sync = described.sync.clone();
        node.set_leaving(Leaving::new(builder.stack.service(), sync, draws));
        let stream = builder.streams.stream(owner, "requests lost");
        node.lose(scenario.network.request_loss, stream);
        node.set_writers(described.writers);
        if let Some(accesses) = Accesses::of(described) {
            node.set_accesses(accesses);
        }
        if let Some(host) = &builder.host {
            node.set_host(Arc::clone(host));
        }
        let planned = &scenario.network.outages;
        node.set_outages(Outages::of(&described.domain, planned));
        for other in (0..scenario.providers.len()).filter(|other| *other != index) {
            node.connect(
                Peer::Provider(ProviderId(other as u16)),
                builder.provider_link(index, other),
            );
        }
        nodes.push(node);
    }
    for (id, client) in beginning.actors() {
        let home = builder.home(client.user)?;
        let link = builder.downlink(home, id, client.connection.into())?;
        let node = &mut nodes[usize::from(home.0)];
        node.connect(Peer::Client(id), link);
        if builder.wakes(client.connection.into()) {
            node.add_wakeable(id);
        }
    }
    for (index, node) in nodes.into_iter().enumerate() {
        let region = builder.region(ProviderId(index as u16));
        windows.add_entity_in(region, Class::Core, node)?;
    }
    let mut by_region = vec![0; usize::from(builder.near.count)];
    for (_, client) in beginning.actors() {
        by_region[usize::from(builder.region(builder.home(client.user)?))] += 1;
    }
    for (region, clients) in by_region.into_iter().enumerate() {
        windows.expect(region as u16, Class::Edge, clients);
    }
    for ((id, described), client) in beginning.actors().zip(clients) {
        let party = wrap(Peer::Client(id), client);
        let node = builder.client_node(id, described.user, described.connection.into(), party)?;
        let region = builder.region(builder.home(described.user)?);
        windows.add_entity_in(region, Class::Edge, node)?;
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
        let party = self.stack.client(client, user).map_err(SimError::Stack)?;
        self.client_node(client, user, connection, party)
    }

    /// Whether any devices are woken by push.
    pub(super) fn pushes(&self) -> bool {
        self.connections.iter().any(|class| class.push.is_some())
    }

    /// Whether devices of a class of connections are.
    pub(super) fn wakes(&self, connection: usize) -> bool {
        self.connections[connection].push.is_some()
    }

    /// The provider of a user.
    pub(super) fn home(&self, user: UserId) -> Result<ProviderId, SimError> {
        let home = self.homes.get(user.0 as usize).copied();
        home.ok_or(SimError::UnknownUser(user.0))
    }

    /// Where the kernel has a provider and its clients, where it divides them by who is close to whom.
    pub(super) fn region(&self, home: ProviderId) -> u16 {
        self.near.of[usize::from(home.0)]
    }

    fn client_node(
        &self,
        client: ClientId,
        user: UserId,
        connection: usize,
        party: Box<dyn Party>,
    ) -> Result<Node, SimError> {
        let class = &self.connections[connection];
        let provider = self.home(user)?;
        let home = Peer::Provider(provider);
        let mut node = Node::new(party, 1, Arc::clone(&class.price), self.places.clone());
        let me = Peer::Client(client);
        let up = self.link(me, home, &class.link, Direction::Up)?;
        node.connect(home, self.to_provider(up, provider));
        if let Some(push) = &class.push {
            let draws = self.link_stream(home, me, "push");
            node.set_waking(Waking::new(
                push.clone(),
                self.spec(&class.link)?.floor,
                draws,
            ));
        }
        if let Some(host) = &self.host {
            node.set_host(Arc::clone(host));
        }
        if self.connecting {
            let spec = self.spec(&class.link)?;
            let way = |from, to, direction| {
                let stream = self.link_stream(from, to, "connection");
                Link::new(Arc::clone(spec), direction, stream)
            };
            let (up, down) = (Direction::Up, Direction::Down);
            node.set_line(Line::new(way(me, home, up), way(home, me, down)));
        }
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
        Ok(Link::new(
            Arc::clone(self.spec(name)?),
            direction,
            self.link_stream(from, to, "link"),
        ))
    }

    fn spec(&self, name: &str) -> Result<&Arc<LinkSpec>, SimError> {
        let found = self.map.client(name);
        found.ok_or_else(|| SimError::NoLink(name.to_owned()))
    }

    fn provider_link(&self, from: usize, to: usize) -> Link {
        let spec = Arc::clone(self.map.provider(from, to));
        let [from, to] = [from, to].map(|provider| ProviderId(provider as u16));
        let stream = self.link_stream(Peer::Provider(from), Peer::Provider(to), "link");
        let link = Link::new(spec, Direction::Up, stream);
        let link = match self.in_order {
            InOrder::Connection => link,
            InOrder::Room => link.with_streams(),
        };
        self.to_provider(link, to)
    }

    /// A link that leads to a provider.
    fn to_provider(&self, link: Link, provider: ProviderId) -> Link {
        match self.narrow[usize::from(provider.0)] {
            true => link.into_access(),
            false => link,
        }
    }

    fn link_stream(&self, from: Peer, to: Peer, purpose: &str) -> throng_workloads::stream::Stream {
        // Clients and providers in one numbering that new clients do not shift.
        let number = |peer| match peer {
            Peer::Provider(ProviderId(provider)) => u64::from(provider),
            Peer::Client(ClientId(client)) => (1 << 32) + u64::from(client),
        };
        self.streams
            .stream(StreamOwner::Link(number(from), number(to)), purpose)
    }
}
