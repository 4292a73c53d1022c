//! What travels beside a body, as header fields.
//!
//! The drafts put the room and the target into the URL and the sender's domain into `From`; the rest is ours: which
//! request a body is or answers, which of the room's events it is and for whom, and its place among what comes over a link
//! or from a hub. Rooms and providers go by their names, and are resolved here; clients by what their provider calls
//! them, which means something to nobody else.

use super::directory::{Directory, number};
use std::sync::Arc;
use throng_stack::{Envelope, Packet, Peer, RequestId};
use throng_workloads::intent::{ClientId, RoomId};

/// All that an envelope says besides its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// Who put it on this link.
    pub from: Peer,
    /// Its number.
    pub sequence: u64,
    /// The room.
    pub room: Option<RoomId>,
    /// The request that it is or answers.
    pub request: Option<RequestId>,
    /// Which of the room's events it is.
    pub event: Option<u64>,
    /// Its receivers among the addressed provider's clients.
    pub receivers: Option<Arc<[ClientId]>>,
}

/// A header field: its name, and what it says.
pub type Field = (&'static str, String);

/// `From: mimi@a.example`, or `From: 2051@client` of a client of the addressed provider.
const FROM: &str = "from";
/// `Mimi-Sequence: 7`
const SEQUENCE: &str = "mimi-sequence";
/// `Mimi-Room: mimi://a.example/r/r3`
const ROOM: &str = "mimi-room";
/// `Mimi-Request: a.example/2051/17`: request 17 of client 2051 of `a.example`.
const REQUEST: &str = "mimi-request";
/// `Mimi-Event: 12`
const EVENT: &str = "mimi-event";
/// `Mimi-Receivers: 2051 2052`
const RECEIVERS: &str = "mimi-receivers";

const NAMES: [&str; 6] = [FROM, SEQUENCE, ROOM, REQUEST, EVENT, RECEIVERS];

/// Why fields are no headers of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A field that must be there is not.
    #[error("no `{0}` header")]
    Missing(&'static str),
    /// A field is there twice.
    #[error("more than one `{0}` header")]
    Repeated(&'static str),
    /// A field says nothing that it could say.
    #[error("the `{0}` header cannot be read")]
    Malformed(&'static str),
    /// A field names what is not there.
    #[error("the `{0}` header names nobody known")]
    Unknown(&'static str),
}

impl Headers {
    /// As header fields.
    ///
    /// # Errors
    /// [`HeaderError::Unknown`] where the directory has no name for a room or provider.
    pub fn encode(&self, directory: &dyn Directory) -> Result<Vec<Field>, HeaderError> {
        let domain = |provider, field| {
            directory
                .domain(provider)
                .ok_or(HeaderError::Unknown(field))
        };
        let mut fields = vec![
            match self.from {
                Peer::Provider(provider) => (FROM, format!("mimi@{}", domain(provider, FROM)?)),
                Peer::Client(client) => (FROM, format!("{}@client", client.0)),
            },
            (SEQUENCE, self.sequence.to_string()),
        ];
        if let Some(room) = self.room {
            let uri = directory.room_uri(room);
            fields.push((ROOM, uri.ok_or(HeaderError::Unknown(ROOM))?));
        }
        if let Some(request) = self.request {
            let domain = domain(request.provider, REQUEST)?;
            let RequestId { client, number, .. } = request;
            fields.push((REQUEST, format!("{domain}/{}/{number}", client.0)));
        }
        if let Some(event) = self.event {
            fields.push((EVENT, event.to_string()));
        }
        if let Some(receivers) = &self.receivers {
            let names: Vec<String> = receivers
                .iter()
                .map(|client| client.0.to_string())
                .collect();
            fields.push((RECEIVERS, names.join(" ")));
        }
        Ok(fields)
    }

    /// From header fields; those of other names are somebody else's. Names of fields are in lower case, as in HTTP/2.
    ///
    /// # Errors
    /// [`HeaderError`] where one is missing, repeated, cannot be read, or names what the directory does not know.
    pub fn decode<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
        directory: &dyn Directory,
    ) -> Result<Self, HeaderError> {
        let mut found: [Option<&str>; NAMES.len()] = Default::default();
        for (name, value) in fields {
            let Some(at) = NAMES.iter().position(|known| *known == name) else {
                continue;
            };
            if found[at].replace(value).is_some() {
                return Err(HeaderError::Repeated(NAMES[at]));
            }
        }
        let [from, sequence, room, request, event, receivers] = found;
        let from = from.ok_or(HeaderError::Missing(FROM))?;
        let sequence = sequence.ok_or(HeaderError::Missing(SEQUENCE))?;
        let room_of = |uri: &str| {
            directory
                .room_named(uri.as_bytes())
                .ok_or(HeaderError::Unknown(ROOM))
        };
        Ok(Self {
            from: sender(from, directory)?,
            sequence: plain(sequence, SEQUENCE)?,
            room: room.map(room_of).transpose()?.map(|(room, _)| room),
            request: request
                .map(|value| request_of(value, directory))
                .transpose()?,
            event: event.map(|value| plain(value, EVENT)).transpose()?,
            receivers: receivers.map(list).transpose()?,
        })
    }

    /// The headers of an envelope.
    pub fn of(envelope: &Envelope) -> Self {
        Self {
            from: envelope.from,
            sequence: envelope.sequence,
            room: envelope.room,
            request: envelope.request,
            event: envelope.event,
            receivers: envelope.receivers.clone(),
        }
    }

    /// The envelope with these headers and this body.
    pub fn around(self, packet: Packet) -> Envelope {
        Envelope {
            from: self.from,
            sequence: self.sequence,
            room: self.room,
            request: self.request,
            event: self.event,
            receivers: self.receivers,
            packet,
        }
    }
}

fn sender(value: &str, directory: &dyn Directory) -> Result<Peer, HeaderError> {
    match value.split_once('@') {
        Some(("mimi", domain)) => {
            let provider = directory.provider_at(domain);
            provider
                .map(Peer::Provider)
                .ok_or(HeaderError::Unknown(FROM))
        }
        Some((name, "client")) => client(name, FROM).map(Peer::Client),
        _ => Err(HeaderError::Malformed(FROM)),
    }
}

fn request_of(value: &str, directory: &dyn Directory) -> Result<RequestId, HeaderError> {
    let malformed = HeaderError::Malformed(REQUEST);
    let (domain, rest) = value.split_once('/').ok_or(malformed)?;
    let (name, count) = rest.split_once('/').ok_or(malformed)?;
    Ok(RequestId {
        provider: directory
            .provider_at(domain)
            .ok_or(HeaderError::Unknown(REQUEST))?,
        client: client(name, REQUEST)?,
        number: number(count).ok_or(malformed)?,
    })
}

fn list(value: &str) -> Result<Arc<[ClientId]>, HeaderError> {
    match value {
        "" => Ok(Arc::default()),
        names => names
            .split(' ')
            .map(|name| client(name, RECEIVERS))
            .collect(),
    }
}

fn client(name: &str, field: &'static str) -> Result<ClientId, HeaderError> {
    number(name)
        .map(ClientId)
        .ok_or(HeaderError::Malformed(field))
}

fn plain(value: &str, field: &'static str) -> Result<u64, HeaderError> {
    number(value).ok_or(HeaderError::Malformed(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Federation, RoomPlace};
    use proptest::prelude::*;
    use throng_workloads::intent::{ProviderId, UserId};

    fn federation() -> Federation {
        Federation {
            domains: vec!["a.example".into(), "b.example".into()],
            users: vec![ProviderId(0)],
            rooms: [1, 0]
                .map(|hub| RoomPlace {
                    hub: ProviderId(hub),
                    creator: UserId(0),
                })
                .into(),
        }
    }

    fn decode(fields: &[Field]) -> Result<Headers, HeaderError> {
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        Headers::decode(fields, &federation())
    }

    prop_compose! {
        fn headers()(
            from in prop_oneof![
                (0u16..2).prop_map(|p| Peer::Provider(ProviderId(p))),
                any::<u32>().prop_map(|c| Peer::Client(ClientId(c))),
            ],
            sequence: u64,
            room in prop::option::of((0u32..2).prop_map(RoomId)),
            request in prop::option::of((0u16..2, any::<u32>(), any::<u32>())),
            event: Option<u64>,
            receivers in prop::option::of(prop::collection::vec(any::<u32>(), 0..5)),
        ) -> Headers {
            Headers {
                from,
                sequence,
                room,
                request: request.map(|(provider, client, number)| RequestId {
                    provider: ProviderId(provider),
                    client: ClientId(client),
                    number,
                }),
                event,
                receivers: receivers.map(|all| all.into_iter().map(ClientId).collect()),
            }
        }
    }

    proptest! {
        #[test]
        fn headers_come_back_as_they_were(headers in headers()) {
            let fields = headers.encode(&federation()).unwrap();
            prop_assert_eq!(decode(&fields).unwrap(), headers);
        }

        #[test]
        fn no_field_makes_it_panic(
            headers in headers(),
            which: prop::sample::Index,
            value in "[a-z0-9@/:. -]{0,30}",
        ) {
            let mut fields = headers.encode(&federation()).unwrap();
            let which = which.index(fields.len());
            fields[which].1 = value;
            if let Ok(other) = decode(&fields) {
                prop_assert_eq!(other.encode(&federation()).unwrap(), fields);
            }
        }
    }

    #[test]
    fn what_is_no_header_of_ours_is_refused() {
        let base = vec![
            (FROM, "mimi@a.example".to_owned()),
            (SEQUENCE, "7".to_owned()),
        ];
        let with = |field: &'static str, value: &str| {
            let mut fields = base.clone();
            fields.retain(|(name, _)| *name != field);
            fields.push((field, value.to_owned()));
            decode(&fields)
        };
        assert_eq!(decode(&base[1..]), Err(HeaderError::Missing(FROM)));
        assert_eq!(decode(&base[..1]), Err(HeaderError::Missing(SEQUENCE)));
        let twice = [&base[..], &base[..1]].concat();
        assert_eq!(decode(&twice), Err(HeaderError::Repeated(FROM)));
        let unknown = [
            (FROM, "mimi@c.example"),
            (ROOM, "mimi://a.example/r/r0"),
            (ROOM, "mimi://a.example/r/r9"),
            (REQUEST, "c.example/1/1"),
        ];
        for (field, value) in unknown {
            assert_eq!(
                with(field, value),
                Err(HeaderError::Unknown(field)),
                "{value}"
            );
        }
        let malformed = [
            (FROM, "a.example"),
            (FROM, "x@client"),
            (SEQUENCE, "-1"),
            (SEQUENCE, "18446744073709551616"),
            (REQUEST, "a.example/1"),
            (REQUEST, "a.example/1/01"),
            (EVENT, "+1"),
            (RECEIVERS, "1  2"),
            (RECEIVERS, "4294967296"),
        ];
        for (field, value) in malformed {
            assert_eq!(
                with(field, value),
                Err(HeaderError::Malformed(field)),
                "{value}"
            );
        }
        let others = [&base[..], &[("accept", "x".to_owned())]].concat();
        assert!(decode(&others).is_ok());
        let nameless = Headers {
            room: Some(RoomId(9)),
            ..decode(&base).unwrap()
        };
        assert_eq!(
            nameless.encode(&federation()),
            Err(HeaderError::Unknown(ROOM))
        );
    }
}
