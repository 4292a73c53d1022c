//! Rooms that exist before time zero: their groups, their hubs, and their members who only receive.

use crate::client::Client;
use crate::directory::Directory;
use crate::framed::Framed;
use crate::hub::{AdoptedGroup, Member, Room as HubRoom};
use crate::provider::Provider;
use crate::wire::Frame;
use crate::wire::notify::FanoutEvent;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::accepted::GroupTree;
use throng_mls::engine::{
    Engine, Heard as MlsHeard, HeardWhat as MlsHeardWhat, MlsError, Parents, WarmGroup, WarmMember,
};
use throng_mls::wire::{BareGroupInfo, MLS_HEADER_LEN};
use throng_stack::{Beginning, Heard, HeardWhat, Hearing, OpenRoom, Packet};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::population::Room;
use throng_workloads::scenario::{Policy, Start};
use throng_workloads::stream::{StreamOwner, Streams};

/// What warm rooms are made from.
pub(crate) struct WarmRooms<'a, E: Engine> {
    pub(crate) engine: &'a Arc<E>,
    pub(crate) directory: &'a Arc<dyn Directory>,
    pub(crate) policy: &'a Policy,
    pub(crate) streams: &'a Streams,
    pub(crate) beginning: &'a Beginning<'a>,
}

/// Members who only receive, by provider, with their leaves.
type Seats = BTreeMap<ProviderId, Vec<(ClientId, u32)>>;

impl<E: Engine> WarmRooms<'_, E> {
    /// Make all warm rooms, whose acting members are among `clients`; also how many KeyPackages those who only receive
    /// have at their providers.
    pub(crate) fn make(
        &self,
        clients: &mut [Client<E>],
        providers: &mut [Provider<E>],
    ) -> Result<(Vec<OpenRoom>, u64), MlsError> {
        let actors: Vec<ClientId> = self.beginning.actors().map(|(id, _)| id).collect();
        let (mut rooms, mut published) = (Vec::new(), 0);
        for (index, room) in self.beginning.population.rooms.iter().enumerate() {
            if room.start.is_before_zero() {
                let id = RoomId(index as u32);
                let (room, seated) = self.one(id, room, (&actors, clients), providers)?;
                rooms.push(room);
                published += seated;
            }
        }
        Ok((rooms, published))
    }

    fn one(
        &self,
        id: RoomId,
        room: &Room,
        (actors, clients): (&[ClientId], &mut [Client<E>]),
        providers: &mut [Provider<E>],
    ) -> Result<(OpenRoom, u64), MlsError> {
        let engine = self.engine;
        let members = self.members(room);
        let WarmGroup {
            groups,
            hub,
            audience,
        } = self.group(id, room, &members, (actors, clients))?;
        let acting = members.iter().filter(|client| self.acts(**client));
        let at_hub = acting
            .map(|client| self.member(*client))
            .collect::<Result<BTreeMap<Member, UserId>, MlsError>>()?;
        let seats = self.seats(&members)?;
        let published = self.seat(id, &seats, providers)?;
        let open = OpenRoom {
            room: id,
            state: engine.hub_epoch(&hub),
            members: at_hub.keys().map(|member| member.client).collect(),
            seats: seats.values().flatten().copied().collect(),
            hearing: (!seats.is_empty()).then(|| {
                let engine = Arc::clone(engine);
                Box::new(Members { engine, audience }) as Box<dyn Hearing>
            }),
            detail: Some(Arc::new(GroupTree::of(&**engine, &hub))),
        };
        let mut group_info = None;
        for (Member { client, .. }, group) in at_hub.keys().zip(groups) {
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
        if let (Some(group_info), Some(provider)) =
            (group_info, providers.get_mut(usize::from(room.hub.0)))
        {
            let malformed =
                |error: throng_mls::wire::EncodingError| MlsError::Malformed(error.to_string());
            let passive = seats
                .iter()
                .map(|(home, seats)| (*home, seats.len() as u32));
            let group = AdoptedGroup {
                group_info: BareGroupInfo::new(group_info).map_err(malformed)?,
                state: hub,
                members: at_hub,
                passive: passive.collect(),
            };
            let tolerance = u64::from(self.policy.epoch_tolerance);
            let directory = Arc::clone(self.directory);
            provider.adopt(
                id,
                HubRoom::adopt(&**engine, id, directory, group, tolerance),
            );
        }
        Ok((open, published))
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

    fn home(&self, client: ClientId) -> Result<ProviderId, MlsError> {
        self.member(client).map(|(member, _)| member.provider)
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
        let streams = self.streams;
        let group = self
            .engine
            .warm_group(members, parents, streams, group_id.as_bytes())?;
        failed.map(|()| group)
    }

    fn seats(&self, members: &[ClientId]) -> Result<Seats, MlsError> {
        let mut seats = Seats::new();
        for (client, leaf) in members.iter().zip(0..) {
            if !self.acts(*client) {
                let here = seats.entry(self.home(*client)?).or_default();
                here.push((*client, leaf));
            }
        }
        Ok(seats)
    }

    /// Have those who only receive at their providers, with their KeyPackages; how many of these.
    fn seat(
        &self,
        room: RoomId,
        seats: &Seats,
        providers: &mut [Provider<E>],
    ) -> Result<u64, MlsError> {
        let each = u64::from(self.policy.key_packages);
        let mut published = 0;
        for (home, seats) in seats {
            // KeyPackages of equal identities in length are as long as each other.
            let mut lengths: BTreeMap<usize, (u64, Vec<u8>)> = BTreeMap::new();
            for (client, _) in seats {
                let identity = self.identity(*client)?;
                let of_length = lengths.entry(identity.len());
                of_length.or_insert_with(|| (0, identity)).0 += 1;
            }
            let mut bytes = 0;
            for (clients, identity) in lengths.values() {
                let message = self.engine.key_package_len(identity)?;
                // The store holds the bare KeyPackage.
                bytes += clients * each * (message - MLS_HEADER_LEN as u64);
            }
            let clients = seats.len() as u64;
            if let Some(provider) = providers.get_mut(usize::from(home.0)) {
                provider.seat(room, clients, clients * each, bytes);
            }
            published += clients * each;
        }
        Ok(published)
    }
}

/// An engine with the members of one room who only receive.
struct Members<E: Engine> {
    engine: Arc<E>,
    audience: E::Audience,
}

impl<E: Engine> Hearing for Members<E> {
    fn hear(&mut self, packet: &Packet) -> Result<Heard, String> {
        let not_heard = || format!("malformed {}", packet.kind());
        let Ok(Frame::Notify(fanout)) = packet.open::<E::Message>() else {
            return Err(not_heard());
        };
        let (first, more) = match &fanout.event {
            FanoutEvent::Proposal {
                message,
                more_proposals,
            } => (message, more_proposals.as_slice()),
            other => (other.message(), [].as_slice()),
        };
        let mut hear = |message| {
            let heard = self.engine.hear(&mut self.audience, message);
            heard.map(told).map_err(|error| error.to_string())
        };
        let mut heard = hear(first)?;
        for message in more {
            let next = hear(message)?;
            for (height, work) in heard.work.iter_mut().enumerate() {
                *work += next.at(height);
            }
        }
        Ok(heard)
    }
}

/// What an engine found, in the seam's words.
fn told(heard: MlsHeard) -> Heard {
    Heard {
        sender: heard.sender,
        work: heard.work.into_iter().map(Into::into).collect(),
        what: match heard.what {
            MlsHeardWhat::Application { epoch, .. } => HeardWhat::Message { state: epoch },
            MlsHeardWhat::Proposal => HeardWhat::Proposal,
            MlsHeardWhat::Commit {
                epoch,
                authenticator,
            } => HeardWhat::Change {
                state: epoch,
                digest: authenticator
                    .as_deref()
                    .and_then(|value| value.get(..8)?.try_into().ok()),
            },
        },
    }
}

fn unnamed() -> MlsError {
    MlsError::Refused {
        operation: "warm start",
        reason: "somebody is not in the directory".to_owned(),
    }
}
