//! Rooms that exist before time zero: their groups, their hubs, and (`listeners`) their members who only receive.

mod listeners;

use crate::client::Client;
use crate::directory::Directory;
use crate::hub::{AdoptedGroup, Member, Room as HubRoom, RoomRules};
use crate::hub_keys::HubKeys;
use crate::provider::Provider;
use crate::room_state::{self, Began, Standing};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::accepted::GroupTree;
use throng_mls::app_data::AppData;
use throng_mls::engine::{Engine, MlsError, Parents, WarmGroup, WarmMember};
use throng_mls::wire::BareGroupInfo;
use throng_stack::{Beginning, OpenRoom};
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::population::Room;
use throng_workloads::scenario::{ParticipantListPlace, Policy, Start, Transport};
use throng_workloads::stream::{StreamOwner, Streams};

/// What warm rooms are made from.
pub(crate) struct WarmRooms<'a, E: Engine> {
    pub(crate) engine: &'a Arc<E>,
    pub(crate) directory: &'a Arc<dyn Directory>,
    pub(crate) policy: &'a Policy,
    pub(crate) hubs: &'a HubKeys,
    pub(crate) transport: Transport,
    pub(crate) streams: &'a Streams,
    pub(crate) beginning: &'a Beginning<'a>,
}

impl<E: Engine> WarmRooms<'_, E> {
    /// Make all warm rooms, whose acting members are among `clients`.
    pub(crate) fn make(
        &self,
        clients: &mut [Box<Client<E>>],
        providers: &mut [Provider<E>],
    ) -> Result<Vec<OpenRoom>, MlsError> {
        let actors: Vec<ClientId> = self.beginning.actors().map(|(id, _)| id).collect();
        let mut rooms = Vec::new();
        for (index, room) in self.beginning.population.rooms.iter().enumerate() {
            if room.start.is_before_zero() {
                let id = RoomId(index as u32);
                rooms.push(self.one(id, room, (&actors, clients), providers)?);
            }
        }
        Ok(rooms)
    }

    fn one(
        &self,
        id: RoomId,
        room: &Room,
        (actors, clients): (&[ClientId], &mut [Box<Client<E>>]),
        providers: &mut [Provider<E>],
    ) -> Result<OpenRoom, MlsError> {
        let engine = self.engine;
        let members = self.members(room);
        let WarmGroup {
            groups,
            hub,
            audience,
        } = self.group(id, room, &members, (actors, clients))?;
        let acting = members.iter().copied().filter(|client| self.acts(*client));
        let acting: Vec<ClientId> = acting.collect();
        let listeners = self.listeners(&members, providers)?;
        let stand_ins = listeners.iter().map(|listeners| listeners.stand_in);
        let at_hub = acting.iter().copied().chain(stand_ins);
        let at_hub = at_hub
            .map(|client| self.member(client))
            .collect::<Result<BTreeMap<Member, UserId>, MlsError>>()?;
        let hearing = (!listeners.is_empty()).then(|| self.hearing(audience));
        let mut group_info = None;
        for (client, group) in acting.iter().zip(groups) {
            // All clients here are among those that act, so each is found.
            let Some(client) = actors
                .binary_search(client)
                .ok()
                .and_then(|place| clients.get_mut(place))
            else {
                continue;
            };
            if group_info.is_none() {
                let (message, _) = engine.group_info(client.mls_mut(), &group)?;
                group_info = Some(message);
            }
            client.adopt(id, group);
            client.forget_work();
        }
        let open = OpenRoom {
            room: id,
            state: engine.hub_epoch(&hub),
            members: acting,
            listeners,
            hearing,
            detail: Some(Arc::new(GroupTree::of(&**engine, &hub))),
        };
        if let (Some(group_info), Some(provider)) =
            (group_info, providers.get_mut(usize::from(room.hub.0)))
        {
            let malformed =
                |error: throng_mls::wire::EncodingError| MlsError::Malformed(error.to_string());
            let group = AdoptedGroup {
                group_info: BareGroupInfo::new(group_info).map_err(malformed)?,
                state: hub,
                members: at_hub,
            };
            let rules = RoomRules::of(self.policy);
            let directory = Arc::clone(self.directory);
            provider.adopt(id, HubRoom::adopt(&**engine, id, directory, group, rules));
        }
        Ok(open)
    }

    /// The clients that are members at the start, ascending: their leaves are in this order.
    fn members(&self, room: &Room) -> Vec<ClientId> {
        let users = &self.beginning.population.users;
        let initial = room.initial.iter();
        let mut members: Vec<ClientId> = initial
            .filter_map(|user| users.get(user.0 as usize))
            .flat_map(|user| user.clients())
            .collect();
        members.sort_unstable();
        members
    }

    fn acts(&self, client: ClientId) -> bool {
        (self.beginning.acts)(client)
    }

    fn member(&self, client: ClientId) -> Result<(Member, UserId), MlsError> {
        let known = self.beginning.population.clients.get(client.0 as usize);
        let user = known.ok_or_else(unnamed)?.user;
        let provider = self.directory.provider_of(user).ok_or_else(unnamed)?;
        Ok((Member { client, provider }, user))
    }

    fn identity(&self, client: ClientId) -> Result<Vec<u8>, MlsError> {
        let known = self.beginning.population.clients.get(client.0 as usize);
        let uri = known.and_then(|known| self.directory.client_uri(known.user, client));
        uri.map(String::into_bytes).ok_or_else(unnamed)
    }

    fn group(
        &self,
        id: RoomId,
        room: &Room,
        members: &[ClientId],
        (actors, clients): (&[ClientId], &mut [Box<Client<E>>]),
    ) -> Result<WarmGroup<E>, MlsError> {
        let mut rest = (actors, clients);
        let mut failed = Ok(());
        let members = members.iter().map(|member| {
            let found = match self.acts(*member) {
                true => take_up_to(&mut rest, *member),
                false => None,
            };
            match found {
                Some(client) => WarmMember::Acting(client.mls_mut()),
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
        let streams = self.streams;
        let app_data = self.app_data(id, room)?;
        let group =
            self.engine
                .warm_group(members, parents, streams, group_id.as_bytes(), app_data)?;
        failed.map(|()| group)
    }

    /// The room's participants, where it has a list of them.
    fn app_data(&self, id: RoomId, room: &Room) -> Result<AppData, MlsError> {
        if self.policy.participant_list == ParticipantListPlace::Nowhere {
            return Ok(AppData::default());
        }
        let directory = &**self.directory;
        let standing = Standing::of(self.policy.profile, directory, id);
        let creator = directory.creator_of(id);
        let users = room.initial.iter().filter_map(|user| {
            let role = match Some(*user) == creator {
                true => standing.creator(),
                false => standing.added(directory.provider_of(*user)?),
            };
            Some((directory.user_uri(*user)?, role))
        });
        let uri = self.directory.room_uri(id).ok_or_else(unnamed)?;
        let hub = self.directory.hub_of(id);
        let began = Began {
            room: &uri,
            standing,
            directory,
            policy: self.policy,
            hub: self.hubs.in_group(hub),
        };
        room_state::of_room(&began, users).map_err(|error| MlsError::Malformed(error.to_string()))
    }
}

fn unnamed() -> MlsError {
    MlsError::Refused {
        operation: "warm start",
        reason: "somebody is not in the directory".to_owned(),
    }
}

/// Those who are not passed yet, ascending, and their clients.
type Rest<'a, E> = (&'a [ClientId], &'a mut [Box<Client<E>>]);

/// The client of this actor, where there is one; all up to it are passed.
fn take_up_to<'a, E: Engine>(rest: &mut Rest<'a, E>, actor: ClientId) -> Option<&'a mut Client<E>> {
    let (actors, clients) = std::mem::take(rest);
    let place = actors.partition_point(|other| *other < actor);
    let (actors, clients) = (&actors[place..], &mut clients[place..]);
    if actors.first() != Some(&actor) {
        *rest = (actors, clients);
        return None;
    }
    let (client, after) = clients.split_first_mut()?;
    *rest = (&actors[1..], after);
    Some(client)
}
