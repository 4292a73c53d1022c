//! What travels beside a body, as header fields.
//!
//! The drafts put the room and the target into the URL and the sender's domain into `From`; the rest is ours, as Structured Fields
//! (RFC 9651): which request a body is, which of the room's events it is and for whom, and its place among what comes over a link
//! or from a hub. Providers go by their domains, and are resolved here; clients by what their provider calls them, which means
//! something to nobody else.

use super::items;
use crate::directory::Directory;
use std::sync::Arc;
use throng_stack::web::Field;
use throng_stack::{Envelope, RequestId};
use throng_workloads::intent::ClientId;

/// What an envelope says besides its body, its sender and its room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Its number.
    pub sequence: u64,
    /// The request that it is.
    pub request: Option<RequestId>,
    /// Which of the room's events it is.
    pub event: Option<u64>,
    /// Its receivers among the addressed provider's clients; nobody where it is an event and names none.
    pub receivers: Option<Arc<[ClientId]>>,
    /// What is said of the events that are in the same body behind the first.
    pub behind: Vec<Behind>,
}

/// What is said of an event that is in a body behind another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Behind {
    /// Its number.
    pub sequence: u64,
    /// Which of the room's events it is; nothing for a Welcome.
    pub event: Option<u64>,
    /// Its receivers among the addressed provider's clients.
    pub receivers: Option<Arc<[ClientId]>>,
}

impl From<Behind> for Headers {
    fn from(behind: Behind) -> Self {
        Self {
            sequence: behind.sequence,
            event: behind.event,
            receivers: behind.receivers,
            ..Self::default()
        }
    }
}

/// `Mimi-Sequence: 7`
pub const SEQUENCE: &str = "mimi-sequence";
/// `Mimi-Request: "a.example";c=2051;n=17`: request 17 of client 2051 of `a.example`.
pub const REQUEST: &str = "mimi-request";
/// `Mimi-Event: 12`
pub const EVENT: &str = "mimi-event";
/// `Mimi-Receivers: 2051, 2052`
pub const RECEIVERS: &str = "mimi-receivers";

/// `Mimi-Behind: (2051 2052);s=8;e=13, ();s=10`: in the body there are two more events behind the first, number 8 from the hub, which is
/// event 13 of the room and for two clients, and number 10, a Welcome.
pub const BEHIND: &str = "mimi-behind";

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
    /// The headers of an envelope.
    pub fn of(envelope: &Envelope) -> Self {
        Self {
            sequence: envelope.sequence,
            request: envelope.request,
            event: envelope.event,
            receivers: envelope.receivers.clone(),
            behind: envelope
                .behind()
                .iter()
                .map(|behind| Behind {
                    sequence: behind.sequence,
                    event: behind.event,
                    receivers: behind.receivers.clone(),
                })
                .collect(),
        }
    }

    /// As header fields.
    ///
    /// # Errors
    /// [`HeaderError::Unknown`] where the directory has no name for a provider, [`HeaderError::Malformed`] where a number is
    /// larger than a Structured Field can be.
    pub fn encode(&self, directory: &dyn Directory) -> Result<Vec<Field>, HeaderError> {
        let number = |value: u64, field| match value <= items::MOST {
            true => Ok(value.to_string()),
            false => Err(HeaderError::Malformed(field)),
        };
        let mut fields = vec![(SEQUENCE, number(self.sequence, SEQUENCE)?)];
        if let Some(RequestId {
            provider,
            client,
            number,
        }) = self.request
        {
            let domain = directory.domain(provider).and_then(items::string);
            let domain = domain.ok_or(HeaderError::Unknown(REQUEST))?;
            fields.push((REQUEST, format!("{domain};c={};n={number}", client.0)));
        }
        if let Some(event) = self.event {
            fields.push((EVENT, number(event, EVENT)?));
        }
        if let Some(receivers) = self.receivers.as_deref().filter(|all| !all.is_empty()) {
            let names: Vec<String> = receivers
                .iter()
                .map(|client| client.0.to_string())
                .collect();
            fields.push((RECEIVERS, names.join(", ")));
        }
        if !self.behind.is_empty() {
            let all = self.behind.iter().map(|behind| behind.encode(number));
            let all = all.collect::<Result<Vec<_>, HeaderError>>()?;
            fields.push((BEHIND, all.join(", ")));
        }
        Ok(fields)
    }

    /// From header fields; those of other names are somebody else's. Names of fields are in lower case, as in HTTP/2.
    ///
    /// # Errors
    /// [`HeaderError`] where one is missing, repeated, cannot be read, or names what the directory does not know.
    pub fn decode(fields: &[(&str, &str)], directory: &dyn Directory) -> Result<Self, HeaderError> {
        let sequence = number(fields, SEQUENCE)?.ok_or(HeaderError::Missing(SEQUENCE))?;
        let request = one(fields, REQUEST)?;
        let event = number(fields, EVENT)?;
        let mut lines = lines(fields, RECEIVERS).peekable();
        let receivers = match (event, lines.peek()) {
            (None, None) => None,
            _ => Some(receivers(lines)?),
        };
        Ok(Self {
            sequence,
            request: request
                .map(|value| request_of(value, directory))
                .transpose()?,
            event,
            receivers,
            behind: behind(fields)?,
        })
    }
}

impl Behind {
    fn encode(
        &self,
        number: impl Fn(u64, &'static str) -> Result<String, HeaderError>,
    ) -> Result<String, HeaderError> {
        let receivers = self.receivers.as_deref().unwrap_or_default();
        let names: Vec<String> = receivers
            .iter()
            .map(|client| client.0.to_string())
            .collect();
        let sequence = number(self.sequence, BEHIND)?;
        let event = self.event.map(|event| number(event, BEHIND)).transpose()?;
        let event = event.map_or(String::new(), |event| format!(";e={event}"));
        Ok(format!("({});s={sequence}{event}", names.join(" ")))
    }
}

fn behind(fields: &[(&str, &str)]) -> Result<Vec<Behind>, HeaderError> {
    let malformed = HeaderError::Malformed(BEHIND);
    let all = items::inner_lists(lines(fields, BEHIND)).ok_or(malformed)?;
    let one = |(receivers, parameters): items::InnerList<'_>| {
        let parameter = |key| {
            let found = parameters.iter().find(|(known, _)| *known == key);
            found.map(|(_, number)| *number)
        };
        let client = |number: u64| number.try_into().map(ClientId).map_err(|_| malformed);
        let receivers = receivers.into_iter().map(client);
        let receivers = receivers.collect::<Result<Arc<[ClientId]>, HeaderError>>()?;
        let event = parameter("e");
        if event.is_none() && !receivers.is_empty() {
            return Err(malformed);
        }
        Ok(Behind {
            sequence: parameter("s").ok_or(malformed)?,
            event,
            receivers: event.map(|_| receivers),
        })
    };
    all.into_iter().map(one).collect()
}

/// The number that a field is, where it is there.
///
/// # Errors
/// [`HeaderError`] where it is there twice, or no Integer.
pub fn number(fields: &[(&str, &str)], field: &'static str) -> Result<Option<u64>, HeaderError> {
    let value = one(fields, field)?;
    let read = |value| items::integer(value).ok_or(HeaderError::Malformed(field));
    value.map(read).transpose()
}

/// The value of a field, where it is there.
///
/// # Errors
/// [`HeaderError::Repeated`] where it is there twice.
pub fn one<'a>(
    fields: &[(&str, &'a str)],
    field: &'static str,
) -> Result<Option<&'a str>, HeaderError> {
    let mut all = lines(fields, field);
    let value = all.next();
    match all.next() {
        None => Ok(value),
        Some(_) => Err(HeaderError::Repeated(field)),
    }
}

fn lines<'a>(fields: &[(&str, &'a str)], field: &'static str) -> impl Iterator<Item = &'a str> {
    let all = fields.iter().filter(move |(name, _)| *name == field);
    all.map(|(_, value)| *value)
}

fn receivers<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Arc<[ClientId]>, HeaderError> {
    let malformed = HeaderError::Malformed(RECEIVERS);
    let all = items::integers(lines).ok_or(malformed)?;
    let client = |number: u64| number.try_into().map(ClientId).map_err(|_| malformed);
    all.into_iter().map(client).collect()
}

fn request_of(value: &str, directory: &dyn Directory) -> Result<RequestId, HeaderError> {
    let malformed = HeaderError::Malformed(REQUEST);
    let (domain, parameters) = items::named(value).ok_or(malformed)?;
    let parameter = |key| {
        let found = parameters.iter().find(|(known, _)| *known == key);
        let (_, number) = found.ok_or(malformed)?;
        u32::try_from(*number).map_err(|_| malformed)
    };
    Ok(RequestId {
        client: ClientId(parameter("c")?),
        number: parameter("n")?,
        provider: directory
            .provider_at(&domain)
            .ok_or(HeaderError::Unknown(REQUEST))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Learned;
    use proptest::prelude::*;
    use throng_workloads::intent::ProviderId;

    fn known() -> Learned {
        Learned::new(["a.example", "b.example"])
    }

    fn decode(fields: &[Field]) -> Result<Headers, HeaderError> {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Headers::decode(&fields, &known())
    }

    prop_compose! {
        fn one_behind()(
            sequence in 0..=items::MOST,
            event in prop::option::of((0..=items::MOST, prop::collection::vec(any::<u32>(), 0..5))),
        ) -> Behind {
            let (event, receivers) = event.unzip();
            Behind {
                sequence,
                event,
                receivers: receivers.map(|all| all.into_iter().map(ClientId).collect()),
            }
        }
    }

    prop_compose! {
        fn headers()(
            sequence in 0..=items::MOST,
            request in prop::option::of((0u16..2, any::<u32>(), any::<u32>())),
            event in prop::option::of((0..=items::MOST, prop::collection::vec(any::<u32>(), 0..5))),
            behind in prop::collection::vec(one_behind(), 0..4),
        ) -> Headers {
            let (event, receivers) = event.unzip();
            Headers {
                sequence,
                request: request.map(|(provider, client, number)| RequestId {
                    provider: ProviderId(provider),
                    client: ClientId(client),
                    number,
                }),
                event,
                receivers: receivers.map(|all| all.into_iter().map(ClientId).collect()),
                behind,
            }
        }
    }

    proptest! {
        #[test]
        fn headers_come_back_as_they_were(headers in headers()) {
            let fields = headers.encode(&known()).unwrap();
            prop_assert_eq!(decode(&fields).unwrap(), headers);
        }

        #[test]
        fn no_field_makes_it_panic(
            headers in headers(),
            which: prop::sample::Index,
            value in "[a-z0-9;=\"\\\\,. ()-]{0,30}",
        ) {
            let mut fields = headers.encode(&known()).unwrap();
            let which = which.index(fields.len());
            fields[which].1 = value;
            if let Ok(other) = decode(&fields) {
                let again = other.encode(&known()).unwrap();
                prop_assert_eq!(decode(&again).unwrap(), other);
            }
        }
    }

    #[test]
    fn what_is_no_header_of_ours_is_refused() {
        let base = vec![(SEQUENCE, "7".to_owned())];
        let with = |field: &'static str, value: &str| {
            let mut fields = base.clone();
            fields.retain(|(name, _)| *name != field);
            fields.push((field, value.to_owned()));
            decode(&fields)
        };
        assert_eq!(decode(&[]), Err(HeaderError::Missing(SEQUENCE)));
        let twice = [&base[..], &base[..]].concat();
        assert_eq!(decode(&twice), Err(HeaderError::Repeated(SEQUENCE)));
        assert_eq!(
            with(REQUEST, "\"c.example\";c=1;n=1"),
            Err(HeaderError::Unknown(REQUEST))
        );
        let malformed = [
            (SEQUENCE, "-1"),
            (SEQUENCE, "18446744073709551616"),
            (REQUEST, "\"a.example\";c=1"),
            (REQUEST, "a.example;c=1;n=1"),
            (REQUEST, "\"a.example\";c=1;n=4294967296"),
            (EVENT, "+1"),
            (RECEIVERS, "1  2"),
            (RECEIVERS, "4294967296"),
            (BEHIND, "(1);s=2"),
            (BEHIND, "(1);e=2"),
            (BEHIND, "(4294967296);s=1;e=2"),
            (BEHIND, "(1 2;s=1;e=2"),
            (BEHIND, "1;s=1;e=2"),
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
        let too_large = Headers {
            sequence: items::MOST + 1,
            ..Headers::default()
        };
        assert_eq!(
            too_large.encode(&known()),
            Err(HeaderError::Malformed(SEQUENCE))
        );
    }

    /// An empty List is no field at all (RFC 9651, section 3.1), so an event for nobody looks like that.
    #[test]
    fn an_event_for_nobody_has_an_empty_list() {
        let fields = [(SEQUENCE, "1".to_owned()), (EVENT, "2".to_owned())];
        assert_eq!(decode(&fields).unwrap().receivers, Some(Arc::default()));
        assert_eq!(decode(&fields[..1]).unwrap().receivers, None);
    }
}
