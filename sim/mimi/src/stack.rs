//! MIMI as a stack: makes the parties of a run, over an engine.

use crate::client::{Client, ClientSetup, Resumes};
use crate::directory::{Directory, Federation, Learned, Named, RoomPlace};
use crate::hub_keys::{HubDuties, HubIdentity, HubKeys};
use crate::provider::{Provider, identity};
use crate::refusal;
use crate::shows;
use crate::vocabulary::{counters, reasons};
use crate::warm::WarmRooms;
use crate::web::MimiWeb;
use crate::wire::FrameKind;
use crate::work::UNITS;
use crate::{storage, traffic};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::accepted::GROUPS;
use throng_mls::app_data::AppDataRules;
use throng_mls::engine::{Engine, EngineConfig, MlsError};
use throng_stack::vocabulary::Shown;
use throng_stack::{
    Beginning, Listeners, Opened, Party, Peer, RestError, Service, Stack, StackError, Vocabulary,
};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::{
    Content, CostSource, Leave, ParticipantListPlace, Policy, Scenario, Transport, TreeDelivery,
};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::SimTime;

/// MIMI's words.
pub static MIMI: Vocabulary = Vocabulary {
    name: "mimi",
    packets: &FrameKind::NAMES,
    by_state: &FrameKind::BY_STATE,
    units: UNITS,
    details: &[GROUPS],
    reasons: &[refusal::REASONS, reasons::ALL],
};

/// MIMI over the engine `E`.
pub struct MimiStack<E: Engine> {
    pub(crate) engine: Arc<E>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) policy: Arc<Policy>,
    speech: Arc<Content>,
    /// What groups say of hubs.
    hubs: HubKeys,
    pub(crate) transport: Transport,
    /// Whether the clocks of all parties show one time, as they do in virtual time.
    one_clock: bool,
    pub(crate) streams: Streams,
}

/// What a scenario tells the engine of its MLS groups.
pub fn engine_config(scenario: &Scenario) -> EngineConfig {
    EngineConfig {
        ciphersuite: scenario.ciphersuite,
        tree_in_welcome: scenario.policy.tree == TreeDelivery::InWelcome,
        epoch_tolerance: scenario.policy.epoch_tolerance as usize,
        padding: scenario.policy.padding as usize,
        max_forward: scenario.policy.max_forward,
        app_data: match scenario.policy.participant_list {
            ParticipantListPlace::Context => Some(AppDataRules::MIMI),
            ParticipantListPlace::Hash => Some(AppDataRules::HASHED),
            ParticipantListPlace::Nowhere => None,
        },
        self_remove: scenario.policy.leave == Leave::SelfRemove,
        last_resort: scenario.policy.last_resort,
        signed_context: scenario.policy.signed_context,
        tree_sources: scenario.policy.tree == TreeDelivery::ByUrl,
        credentials: scenario.users.credentials,
        authority: Streams::new(scenario.seed, scenario.run.into())
            .key(StreamOwner::Run, "credential authority"),
    }
}

impl<E: Engine> MimiStack<E> {
    /// The stack of a scenario with this population, whose clients know the keys that hubs draw from these streams.
    pub fn new(scenario: &Scenario, population: &Population, streams: &Streams) -> Self {
        let directory: Arc<dyn Directory> = Arc::new(federation(scenario, population));
        let stack = Self::over(scenario, Arc::clone(&directory), streams, false);
        let hubs = hub_keys(&*stack.engine, &*directory, streams, scenario);
        stack.with_hubs(hubs)
    }

    /// The same, where these rooms are there already and are called so, and clients know no hubs.
    pub fn naming(
        scenario: &Scenario,
        population: &Population,
        streams: &Streams,
        rooms: BTreeMap<RoomId, String>,
    ) -> Self {
        let directory = Named::new(federation(scenario, population), rooms);
        Self::over(scenario, Arc::new(directory), streams, false)
    }

    /// The same, whose clients can be written down, and know no hubs.
    pub fn keeping_clients(
        scenario: &Scenario,
        population: &Population,
        streams: &Streams,
    ) -> Self {
        Self::over(
            scenario,
            Arc::new(federation(scenario, population)),
            streams,
            true,
        )
    }

    /// The stack of a federation of these domains, whose users and rooms it learns as they come. Of the scenario counts what it
    /// says of MLS and of policy. `kept`: what its providers keep is going to be stored.
    pub fn learning(
        scenario: &Scenario,
        domains: impl IntoIterator<Item = impl Into<String>>,
        streams: &Streams,
        kept: bool,
    ) -> Self {
        Self::over(scenario, Arc::new(Learned::new(domains)), streams, kept)
    }

    fn over(
        scenario: &Scenario,
        directory: Arc<dyn Directory>,
        streams: &Streams,
        kept: bool,
    ) -> Self {
        let engine = E::new(engine_config(scenario));
        let engine = match scenario.cost.source {
            CostSource::Profile => engine,
            CostSource::Measured => engine.measuring(),
        };
        let engine = match kept {
            true => engine.keeping(),
            false => engine,
        };
        let speech = Arc::new(scenario.messages.content.clone());
        Self {
            engine: Arc::new(engine),
            directory,
            hubs: HubKeys::default(),
            policy: Arc::new(scenario.policy.clone()),
            speech,
            transport: scenario.network.transport,
            one_clock: true,
            streams: *streams,
        }
    }

    /// The same, where each party has a clock of its own: KeyPackages do not say then when their lifetimes end.
    #[must_use]
    pub fn with_own_clocks(mut self) -> Self {
        self.one_clock = false;
        self
    }

    /// The same, whose clients know these hubs and no others.
    #[must_use]
    pub fn with_hubs(mut self, hubs: HubKeys) -> Self {
        self.hubs = hubs;
        self
    }

    /// A provider without clients and rooms, and its side of HTTP.
    ///
    /// # Errors
    /// It is not in the directory, or MLS refuses its name.
    pub fn provider(&self, me: ProviderId) -> Result<(Provider<E>, MimiWeb), MlsError> {
        let provider = Provider::new(
            me,
            Arc::clone(&self.engine),
            Arc::clone(&self.directory),
            Arc::clone(&self.policy),
            self.transport,
            &self.streams,
        )?;
        let web = MimiWeb::of_provider(me, Arc::clone(&self.directory));
        let web = web.with_hub(&provider.as_hub()?)?;
        Ok((provider, web))
    }

    /// What clients say and hear over HTTP.
    pub fn web_of_clients(&self) -> MimiWeb {
        MimiWeb::of_clients(Arc::clone(&self.directory))
    }

    /// A device of a user.
    ///
    /// # Errors
    /// The user is not in the directory, or MLS refuses its name.
    pub fn device(
        &self,
        client: ClientId,
        user: UserId,
        online: bool,
    ) -> Result<Client<E>, MlsError> {
        Client::new(self.setup(client, user, online))
    }

    /// A device of a user that goes on from what was written of it.
    ///
    /// # Errors
    /// [`RestError`] where that cannot be read, or is another's.
    pub fn resumed_device(
        &self,
        client: ClientId,
        user: UserId,
        from: &Resumes<'_>,
    ) -> Result<Client<E>, RestError> {
        Client::resumed(self.setup(client, user, false), from)
    }

    fn setup(&self, client: ClientId, user: UserId, online: bool) -> ClientSetup<'_, E> {
        ClientSetup {
            client,
            user,
            online,
            engine: Arc::clone(&self.engine),
            directory: Arc::clone(&self.directory),
            policy: Arc::clone(&self.policy),
            speech: Arc::clone(&self.speech),
            hubs: self.hubs.clone(),
            one_clock: self.one_clock,
            transport: self.transport,
            streams: &self.streams,
        }
    }

    /// Each in a box from the start: a table of hundreds of thousands would be copied as it grows.
    fn clients(&self, beginning: &Beginning<'_>) -> Result<Vec<Box<Client<E>>>, MlsError> {
        let actors: Vec<_> = beginning.actors().collect();
        let make = |(id, client): (ClientId, &throng_workloads::population::Client)| {
            self.device(id, client.user, client.online).map(Box::new)
        };
        actors.into_par_iter().map(make).collect()
    }

    fn providers(&self, beginning: &Beginning<'_>) -> Result<Vec<Provider<E>>, MlsError> {
        let described = beginning.scenario.providers.iter().zip(0..);
        let provider = |(described, index): (&throng_workloads::scenario::Provider, u16)| {
            let mut provider = self.provider(ProviderId(index))?.0;
            provider.keep_history(described.archive.history);
            Ok(provider)
        };
        let mut providers = described
            .map(provider)
            .collect::<Result<Vec<_>, MlsError>>()?;
        for (id, client) in beginning.actors() {
            let home = self.home(&mut providers, client.user)?;
            home.register(id, client.user, client.online);
        }
        Ok(providers)
    }

    /// The provider of a user.
    fn home<'a>(
        &self,
        providers: &'a mut [Provider<E>],
        user: UserId,
    ) -> Result<&'a mut Provider<E>, MlsError> {
        let home = self.directory.provider_of(user);
        let home = home.and_then(|home| providers.get_mut(usize::from(home.0)));
        home.ok_or_else(|| MlsError::Refused {
            operation: "a new account",
            reason: "its user is not in the directory".to_owned(),
        })
    }

    /// Accounts exist before the run, so their KeyPackages do; how many.
    fn publish(
        &self,
        beginning: &Beginning<'_>,
        clients: &mut [Box<Client<E>>],
        providers: &mut [Provider<E>],
    ) -> Result<u64, MlsError> {
        let packages = clients
            .par_iter_mut()
            .map(|client| client.make_first_key_packages())
            .collect::<Result<Vec<_>, _>>()?;
        let mut published = 0;
        for ((id, client), packages) in beginning.actors().zip(packages) {
            published += packages.len() as u64;
            self.home(providers, client.user)?
                .publish(SimTime::ZERO, id, packages)
                .map_err(|reason| MlsError::Refused {
                    operation: "publish",
                    reason: reason.to_string(),
                })?;
        }
        for client in clients {
            client.forget_work();
        }
        Ok(published)
    }
}

impl<E: Engine> Stack for MimiStack<E> {
    fn vocabulary(&self) -> &'static Vocabulary {
        &MIMI
    }

    fn shows(&self) -> Vec<Shown> {
        FrameKind::ALL
            .map(|kind| shows::shown(kind, &self.policy))
            .into()
    }

    fn open(&self, beginning: &Beginning<'_>) -> Result<Opened, StackError> {
        let mut clients = self.clients(beginning)?;
        let mut providers = self.providers(beginning)?;
        let published = self.publish(beginning, &mut clients, &mut providers)?;
        let warm = WarmRooms {
            engine: &self.engine,
            directory: &self.directory,
            policy: &self.policy,
            hubs: &self.hubs,
            transport: self.transport,
            streams: &self.streams,
            beginning,
        };
        let rooms = warm.make(&mut clients, &mut providers)?;
        providers.iter_mut().for_each(Provider::forget_work);
        let listeners = rooms.iter().flat_map(|room| &room.listeners);
        let last_resort = u64::from(self.policy.last_resort);
        let theirs =
            |all: &Listeners| all.stored.key_packages + last_resort * all.seats.len() as u64;
        let theirs: u64 = listeners.map(theirs).sum();
        let party = |client| client as Box<dyn Party>;
        Ok(Opened {
            providers: providers
                .into_iter()
                .map(|provider| Box::new(provider) as Box<dyn Party>)
                .collect(),
            clients: clients.into_iter().map(party).collect(),
            rooms,
            counted: vec![(counters::KEY_PACKAGES_PUBLISHED, published + theirs)],
        })
    }

    fn client(&self, client: ClientId, user: UserId) -> Result<Box<dyn Party>, StackError> {
        Ok(Box::new(
            self.device(client, user, true)?.not_yet_connected(),
        ))
    }

    fn service(&self) -> Service {
        Service {
            written: |to, envelope| traffic::from_provider(to, envelope).into(),
            stores: |work| {
                let kept = &work.counts[UNITS.from()..UNITS.len()];
                kept.iter().any(|count| *count > 0)
            },
            batch: storage::batch().into(),
        }
    }

    fn name(&self, peer: Peer, user: Option<UserId>) -> String {
        match peer {
            Peer::Client(client) => user
                .and_then(|user| self.directory.client_uri(user, client))
                .unwrap_or_else(|| format!("client {}", client.0)),
            Peer::Provider(provider) => self
                .directory
                .provider_uri(provider)
                .unwrap_or_else(|| format!("provider {}", provider.0)),
        }
    }
}

/// The keys of a federation's hubs, which draw them from these streams, as far as a scenario has them use those.
pub fn hub_keys<E: Engine>(
    engine: &E,
    directory: &dyn Directory,
    streams: &Streams,
    scenario: &Scenario,
) -> HubKeys {
    let duties = HubDuties::of(scenario);
    if duties == HubDuties::default() {
        return HubKeys::default();
    }
    let providers = (0..=u16::MAX).map(ProviderId);
    let known = providers.take_while(|provider| directory.domain(*provider).is_some());
    let keys = known.filter_map(|provider| {
        // Where there is none there will be no provider either, and that is said then.
        let identity = identity(engine, directory, streams, provider).ok()?;
        Some((provider, HubIdentity::of(engine, &identity).ok()?))
    });
    HubKeys::new(keys.collect(), duties)
}

fn federation(scenario: &Scenario, population: &Population) -> Federation {
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
