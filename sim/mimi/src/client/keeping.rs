//! A client as it is written down, and one that goes on from that: in the TLS presentation language, by names, as providers' rows are.
//!
//! It is written where nothing is under way: no request waits for its answer, no room for a commit, a back-off or a wish. Then there are
//! no timers either, and all that is left is what MLS keeps and some numbers. What is not written: its connection, since whoever goes on
//! opens a new one; what it draws delays from, which begins anew; and the randomness of its cryptography and of contents, which is another's.

use super::connection::Connection;
use super::context::Device;
use super::key_packages::{KeyPackages, Rules};
use super::line::Line;
use super::machine::{Client, ClientSetup};
use super::room::{RoomSession, WrittenRoom};
use super::uplink::{Patience, Uplink};
use crate::web::overhead::Overheads;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::accepted::GroupTree;
use throng_mls::engine::Engine;
use throng_stack::{Detail, Membership, Rest, RestError};
use throng_workloads::intent::RoomId;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};
use tls_codec::{
    Deserialize, DeserializeBytes, Serialize, TlsDeserialize, TlsSerialize, TlsSize, VLBytes,
};

/// How it is written. Whoever changes that changes this number.
const VERSION: u16 = 3;

/// What is written of a client, behind the version.
#[derive(Debug, TlsSize, TlsSerialize, TlsDeserialize)]
struct Written {
    /// Its URI.
    who: VLBytes,
    /// As its engine writes it.
    mls: VLBytes,
    /// The numbers of the next envelope and of the next request.
    next: (u64, u32),
    /// The number of the envelope that is to come next, and of that before which all are acknowledged.
    received: (u64, u64),
    /// References of KeyPackages, and when their lifetimes end, oldest first.
    key_packages: Vec<(VLBytes, u64)>,
    /// The same of the one of last resort, and whether somebody has added the client by it.
    last_resort: Option<(VLBytes, u64, u8)>,
    rooms: Vec<(VLBytes, WrittenRoom)>,
}

/// Whose state it is, and what takes the place of what is not written.
pub struct Resumes<'a> {
    /// All of this but the connection.
    pub written: &'a [u8],
    /// Where the randomness of its cryptography comes from: no streams that it has drawn from before.
    pub fresh: &'a Streams,
    /// How long it has rested: so much of the lifetimes of its KeyPackages has gone.
    pub rested: SimSpan,
}

impl<E: Engine> Client<E> {
    /// A client that goes on from what was written of it, offline. What its setup says of being online does not count.
    ///
    /// # Errors
    /// [`RestError`] where that cannot be read, or is another client's.
    pub fn resumed(setup: ClientSetup<'_, E>, from: &Resumes<'_>) -> Result<Self, RestError> {
        let ClientSetup {
            client,
            user,
            engine,
            directory,
            policy,
            speech,
            hubs,
            one_clock,
            transport,
            streams,
            ..
        } = setup;
        let written = read(from.written)?;
        let owner = StreamOwner::Client(u64::from(client.0));
        let expected = directory.client_uri(user, client).unwrap_or_default();
        let provider = directory.provider_of(user);
        let (true, Some(provider)) = (written.who.as_slice() == expected.as_bytes(), provider)
        else {
            return Err(RestError::Other {
                found: name(&written.who),
                expected,
            });
        };
        let mls = engine
            .client_restored(written.mls.as_slice(), from.fresh, owner)
            .map_err(damaged)?;
        let mut rooms = BTreeMap::new();
        for (uri, room) in written.rooms {
            let Some((id, _)) = directory.room_named(uri.as_slice()) else {
                return Err(damaged(format!("there is no room {}", name(&uri))));
            };
            let session =
                RoomSession::resumed((&*engine, &mls), &*directory, room).map_err(damaged)?;
            rooms.insert(id, Box::new(session));
        }
        let patience = policy
            .request_timeout
            .map(|timeout| Patience::new(timeout, streams.stream(owner, "requests")));
        let left = |(reference, expires): (VLBytes, u64)| {
            let left = expires.saturating_sub(from.rested.as_nanos());
            (reference.into(), SimTime::from_nanos(left))
        };
        let made = written.key_packages.into_iter().map(left).collect();
        let last_resort = written.last_resort;
        let last_resort =
            last_resort.map(|(reference, expires, used)| (left((reference, expires)), used != 0));
        let rules = Rules::new(&policy, one_clock);
        Ok(Self {
            line: Line::new(Overheads::new(Arc::clone(&directory), transport), false),
            connection: Connection::resumed(written.received),
            key_packages: KeyPackages::resumed(rules, (made, last_resort)),
            rooms,
            device: Device {
                user,
                mls,
                uplink: Uplink::resumed(client, provider, patience, written.next),
                choices: streams.stream(owner, "choices"),
                refreshes: streams.stream(owner, "refreshes"),
                // Salts must not be those of earlier messages, or the ids would be, too.
                content: from.fresh.stream(owner, "content"),
                kinds: streams.stream(owner, "kinds"),
                receipts: streams.stream(owner, "receipts"),
                reports: streams.stream(owner, "reports"),
                // Nor may assets be called as earlier ones were.
                assets: from.fresh.stream(owner, "assets"),
                speech,
                hubs,
                engine,
                directory,
                policy,
            },
        })
    }

    fn write(&mut self) -> Result<Written, RestError> {
        let device = &mut self.device;
        let busy = |why: &str| RestError::Busy(why.to_owned());
        if let Some(why) = self.connection.under_way() {
            return Err(busy(why));
        }
        if device.uplink.asks() {
            return Err(busy("a request waits for its answer"));
        }
        let mut rooms = Vec::new();
        for (room, session) in &mut self.rooms {
            let uri = device.directory.room_uri(*room).unwrap_or_default();
            let written = session.written(device);
            let written =
                written.map_err(|why| RestError::Busy(format!("in the room {uri}, {why}")))?;
            rooms.extend(written.map(|written| (uri.into_bytes().into(), written)));
        }
        let who = device.uri().unwrap_or_default();
        let mls = device.engine.client_kept(&device.mls);
        let (made, last_resort) = self.key_packages.written();
        Ok(Written {
            who: who.into_bytes().into(),
            mls: mls.map_err(|error| busy(&error.to_string()))?.into(),
            next: device.uplink.next(),
            received: self.connection.received(),
            key_packages: made
                .into_iter()
                .map(|(reference, expires)| (reference.into(), expires.as_nanos()))
                .collect(),
            last_resort: last_resort.map(|((reference, expires), used)| {
                (reference.into(), expires.as_nanos(), u8::from(used))
            }),
            rooms,
        })
    }
}

impl<E: Engine> Rest for Client<E> {
    fn written(&mut self) -> Result<Vec<u8>, RestError> {
        let written = (VERSION, self.write()?).tls_serialize_detached();
        written.map_err(|error| RestError::Busy(format!("it is too large: {error}")))
    }

    fn memberships(&self) -> Vec<Membership> {
        let engine = &*self.device.engine;
        let rooms = self.rooms.iter();
        let memberships = rooms.filter_map(|(room, session)| session.membership(engine, *room));
        memberships.collect()
    }

    fn detail(&self, room: RoomId) -> Option<Arc<dyn Detail>> {
        let group = self.rooms.get(&room)?.group()?;
        let tree = GroupTree::of_member(&*self.device.engine, group)?;
        Some(Arc::new(tree))
    }

    fn key_packages(&self) -> u64 {
        self.device.engine.key_packages(&self.device.mls) as u64
    }
}

fn read(written: &[u8]) -> Result<Written, RestError> {
    let (found, rest) = u16::tls_deserialize_bytes(written).map_err(damaged)?;
    if found != VERSION {
        return Err(RestError::OtherVersion {
            found,
            expected: VERSION,
        });
    }
    Written::tls_deserialize_exact(rest).map_err(damaged)
}

fn damaged(why: impl ToString) -> RestError {
    RestError::Damaged(why.to_string())
}

fn name(uri: &VLBytes) -> String {
    String::from_utf8_lossy(uri.as_slice()).into_owned()
}
