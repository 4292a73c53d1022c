//! Rooms that exist before time zero: their groups, their hubs, and their passive members.

use super::build::{ConnectionClass, People};
use super::crowds::{Crowd, Crowds, Members};
use super::error::SimError;
use crate::audience::{Audience, AudienceClass};
use crate::mimi::client::Client;
use crate::mimi::directory::Directory;
use crate::mimi::hub::{AdoptedGroup, Room as HubRoom};
use crate::mimi::provider::Provider;
use crate::mimi::wire::BareGroupInfo;
use crate::mls::engine::{Engine, MlsError, Parents, WarmGroup, WarmMember};
use crate::net::NetworkMap;
use crate::record::recorder::Recorder;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::population::Room;
use throng_workloads::scenario::{Policy, Start};
use throng_workloads::stream::{StreamOwner, Streams};

/// What warm rooms are made from.
pub(super) struct WarmRooms<'a, E: Engine> {
    pub(super) engine: &'a Arc<E>,
    pub(super) directory: &'a Arc<dyn Directory>,
    pub(super) policy: &'a Arc<Policy>,
    pub(super) people: &'a People,
    pub(super) streams: &'a Streams,
    pub(super) classes: Vec<Arc<AudienceClass>>,
}

/// The classes of connection and device, as audiences need them; none where everybody acts.
pub(super) fn audience_classes(
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

impl<E: Engine> WarmRooms<'_, E> {
    /// Make all warm rooms, whose acting members are among `clients`.
    pub(super) fn make(
        &self,
        clients: &mut [Client<E>],
        providers: &mut [Provider<E>],
        recorder: &mut Recorder,
    ) -> Result<Crowds, SimError> {
        let actors: Vec<ClientId> = self.people.actors().map(|(id, _)| id).collect();
        let mut crowds = Crowds::default();
        for (index, room) in self.people.population.rooms.iter().enumerate() {
            if room.start.is_before_zero() {
                let id = RoomId(index as u32);
                let crowd = self.one(id, room, (&actors, clients), providers, recorder)?;
                if let Some(crowd) = crowd {
                    crowds.insert(id, crowd);
                }
            }
        }
        Ok(crowds)
    }

    fn one(
        &self,
        id: RoomId,
        room: &Room,
        (actors, clients): (&[ClientId], &mut [Client<E>]),
        providers: &mut [Provider<E>],
        recorder: &mut Recorder,
    ) -> Result<Option<Crowd>, SimError> {
        let members = self.members(room);
        let WarmGroup {
            groups,
            hub,
            audience,
        } = self.group(id, room, &members, (actors, clients))?;
        let place = |client: &ClientId| (*client, self.home(*client));
        let acting = members.iter().filter(|client| self.acts(**client));
        let at_hub: BTreeMap<ClientId, ProviderId> = acting.map(place).collect();
        let audiences = self.audiences(id, &members, providers, recorder)?;
        let count =
            |(provider, audience): (&ProviderId, &Audience)| (*provider, audience.len() as u32);
        let passive: BTreeMap<ProviderId, u32> = audiences.iter().map(count).collect();
        recorder.warm_room(
            id,
            self.engine.hub_epoch(&hub),
            (
                self.engine.hub_health(&hub),
                self.engine.hub_small_tree(&hub),
            ),
            at_hub.keys().copied().collect(),
            passive.values().map(|count| u64::from(*count)).sum(),
        );
        let mut group_info = None;
        for (client, group) in at_hub.keys().zip(groups) {
            // All clients here are among those that act, so each is found.
            let Ok(place) = actors.binary_search(client) else {
                continue;
            };
            let client = &mut clients[place];
            if group_info.is_none() {
                let (message, _) = self.engine.group_info(client.mls_mut(), &group)?;
                group_info = Some(message);
            }
            client.adopt(id, group);
            client.forget_work();
        }
        let Some(group_info) = group_info else {
            return Ok(None);
        };
        let malformed =
            |error: crate::mimi::wire::WireError| MlsError::Malformed(error.to_string());
        let group = AdoptedGroup {
            group_info: BareGroupInfo::new(group_info).map_err(malformed)?,
            state: hub,
            members: at_hub,
            passive,
        };
        let tolerance = u64::from(self.policy.epoch_tolerance);
        let directory = Arc::clone(self.directory);
        let at_hub = HubRoom::adopt(&**self.engine, id, directory, group, tolerance);
        providers[usize::from(room.hub.0)].adopt(id, at_hub);
        Ok((!audiences.is_empty()).then(|| {
            let members = Members {
                engine: Arc::clone(self.engine),
                audience,
            };
            Crowd::new(Box::new(members), audiences, self.classes.clone())
        }))
    }

    /// The clients that are members at the start, ascending: their leaves are in this order.
    fn members(&self, room: &Room) -> Vec<ClientId> {
        let users = &self.people.population.users;
        let mut members: Vec<ClientId> = room
            .initial
            .iter()
            .flat_map(|user| users[user.0 as usize].clients())
            .collect();
        members.sort_unstable();
        members
    }

    fn acts(&self, client: ClientId) -> bool {
        self.people.acting.acts(client)
    }

    fn home(&self, client: ClientId) -> ProviderId {
        let user = self.people.population.clients[client.0 as usize].user;
        self.people.home(user)
    }

    fn identity(&self, client: ClientId) -> Result<Vec<u8>, MlsError> {
        let user = self.people.population.clients[client.0 as usize].user;
        let uri = self.directory.client_uri(user, client);
        uri.map(String::into_bytes).ok_or_else(unnamed)
    }

    fn group(
        &self,
        id: RoomId,
        room: &Room,
        members: &[ClientId],
        (actors, clients): (&[ClientId], &mut [Client<E>]),
    ) -> Result<WarmGroup<E>, MlsError> {
        let mut actors = actors.iter().zip(clients);
        let mut failed = Ok(());
        let members = members.iter().map(|member| {
            // Both ascend, so each acting member is among the actors not yet passed.
            let mut found = None;
            if self.acts(*member) {
                found = actors.find(|(id, _)| *id == member);
            }
            match found {
                Some((_, client)) => WarmMember::Acting(client.mls_mut()),
                None => WarmMember::Passive {
                    identity: self.identity(*member).unwrap_or_else(|error| {
                        failed = Err(error);
                        Vec::new()
                    }),
                    owner: StreamOwner::Client(member.0.into()),
                },
            }
        });
        let parents = match room.start {
            Start::Bare => Parents::Blank,
            _ => Parents::Filled,
        };
        let group_id = self.directory.group_uri(id).ok_or_else(unnamed)?;
        let group = self
            .engine
            .warm_group(members, parents, self.streams, group_id.as_bytes())?;
        failed.map(|()| group)
    }

    /// The passive members by provider.
    fn audiences(
        &self,
        room: RoomId,
        members: &[ClientId],
        providers: &mut [Provider<E>],
        recorder: &mut Recorder,
    ) -> Result<BTreeMap<ProviderId, Audience>, SimError> {
        let mut audiences = BTreeMap::new();
        if self.classes.is_empty() {
            return Ok(audiences);
        }
        for (index, provider) in providers.iter_mut().enumerate() {
            let provider_id = ProviderId(index as u16);
            let here = members
                .iter()
                .zip(0..)
                .filter(|(client, _)| !self.acts(**client) && self.home(**client) == provider_id);
            let seats = here.clone().map(|(client, leaf)| {
                let class = self.people.population.clients[client.0 as usize].connection;
                (class as u8, leaf, *client)
            });
            let classes = self.classes.clone();
            let audience = Audience::new(classes, seats, self.streams, provider_id, room)?;
            if audience.is_empty() {
                continue;
            }
            // KeyPackages of equal identities in length are as long as each other.
            let mut lengths: BTreeMap<usize, (u64, Vec<u8>)> = BTreeMap::new();
            for (client, _) in here {
                let identity = self.identity(*client)?;
                let of_length = lengths.entry(identity.len());
                of_length.or_insert_with(|| (0, identity)).0 += 1;
            }
            let each = u64::from(self.policy.key_packages);
            let mut bytes = 0;
            for (clients, identity) in lengths.values() {
                let message = self.engine.key_package_len(identity)?;
                // The store holds the bare KeyPackage.
                bytes += clients * each * (message - crate::mimi::wire::MLS_HEADER_LEN as u64);
            }
            let clients = audience.len() as u64;
            provider.seat(room, clients, clients * each, bytes);
            recorder.published_before(clients * each);
            audiences.insert(provider_id, audience);
        }
        Ok(audiences)
    }
}

fn unnamed() -> MlsError {
    MlsError::Refused {
        operation: "warm start",
        reason: "somebody is not in the directory".to_owned(),
    }
}
