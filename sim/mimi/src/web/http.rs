//! MIMI's side of HTTP.

use super::answers::{
    answered_by_asset, answered_by_status, is_answer, is_asset, is_status, question_of,
};
use super::elsewhere::{self, Elsewhere};
use super::headers::{self, HeaderError, Headers};
use super::overhead::{self, Overheads};
use super::paths::{self, Names, Place, Side};
use super::{record, tree_url, words};
use crate::assets;
use crate::bare;
use crate::directory::{Directory, domain_of, parse_client_uri};
use crate::framed::Framed;
use crate::hub_keys::HubIdentity;
use crate::refusal::Refusal;
use crate::wire::{
    AssetBytes, ConsentEntry, Download, DownloadRequest, Endpoint, FanoutMessage, Frame, FrameKind,
    IdentifierQueryCode, IdentifierRequest, IdentifierResponse, KeyMaterialRequestHead,
    NotifyLater, RatchetTreeRequest, Status,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use throng_mls::engine::MlsError;
use throng_mls::wire::MlsBytes;
use throng_stack::packet::{Body, Opening, Overhead};
use throng_stack::web::{
    About, Account, AnsweredBy, Ask, Field, Finding, Pair, Route, Turned, WebError, Who, Word,
};
use throng_stack::{Envelope, Head, Packet, Peer, Reason, Reply, Web};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Transport;
use tls_codec::{Deserialize as _, Serialize as _};

/// The draft names no type for its bodies.
const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

const FROM: &str = "from";

/// Whom a provider is asked by, at its domain. A local part is what its domain says it is (RFC 5321, section 2.4), and the draft has
/// but this one: any case of it is read.
const MIMI: &str = "mimi";
const RETRY_AFTER: &str = "retry-after";

/// Where it is said what a URL of a tree is.
const TREES_SECTION: &str = "draft-ietf-mls-ratchet-tree-options-00, section 3.1";

/// For how long a peer is spared that says so without saying for how long, in seconds.
const SPARE: u32 = 1;

/// MIMI over HTTP: of one provider, or of clients of any.
pub struct MimiWeb {
    me: Option<ProviderId>,
    directory: Arc<dyn Directory>,
    elsewhere: Elsewhere,
    /// What its directory says of it as a hub: a line.
    hub: Option<String>,
    /// The next number for what comes without one: who waits for the answer is told by it.
    unnumbered: AtomicU64,
}

impl MimiWeb {
    /// What this provider says and hears.
    pub fn of_provider(me: ProviderId, directory: Arc<dyn Directory>) -> Self {
        Self {
            me: Some(me),
            directory,
            elsewhere: Elsewhere::default(),
            hub: None,
            unnumbered: AtomicU64::new(bare::UNNUMBERED),
        }
    }

    /// The same, whose directory has what groups say of it.
    ///
    /// # Errors
    /// [`MlsError::Malformed`] where that cannot be written.
    pub fn with_hub(mut self, hub: &HubIdentity) -> Result<Self, MlsError> {
        let line = elsewhere::hub_line(hub);
        self.hub = Some(line.map_err(|error| MlsError::Malformed(error.to_string()))?);
        Ok(self)
    }

    /// What clients say and hear.
    pub fn of_clients(directory: Arc<dyn Directory>) -> Self {
        Self {
            me: None,
            directory,
            elsewhere: Elsewhere::default(),
            hub: None,
            unnumbered: AtomicU64::new(bare::UNNUMBERED),
        }
    }

    /// What is served here, as the draft has it ("Directory"), and nothing that is not.
    fn served(&self) -> Reply {
        let domain = self.me.and_then(|me| self.directory.domain(me));
        let domain = domain.unwrap_or_default();
        let line = |place: &Place| {
            let variable = match place.names {
                Names::User => "{targetUser}",
                Names::Url => "{downloadUrl}",
                Names::Asset => "{asset}",
                Names::Domain if place.endpoint == Endpoint::UpdateConsent => "{requesterDomain}",
                Names::Domain if place.endpoint == Endpoint::IdentifierQuery => "{domain}",
                Names::Domain => "{targetDomain}",
                _ => "{roomId}",
            };
            let (name, path) = (elsewhere::listed(place), place.name);
            format!("  \"{name}\": \"https://{domain}/v1/{path}/{variable}\"")
        };
        let mut lines: Vec<String> = paths::PROVIDERS.iter().map(line).collect();
        lines.extend(self.hub.clone());
        Reply {
            status: 200,
            fields: vec![("content-type", "application/json".to_owned())],
            body: format!("{{\n{}\n}}\n", lines.join(",\n"))
                .into_bytes()
                .into(),
        }
    }

    /// The provider that a request says that it is from.
    fn sender(&self, head: &Head<'_>) -> Result<Who, Turned> {
        let from = headers::one(&head.fields, FROM).map_err(damaged)?;
        let from = from.ok_or_else(|| damaged(HeaderError::Missing(FROM)))?;
        let domain = from
            .split_once('@')
            .filter(|(who, _)| who.eq_ignore_ascii_case(MIMI));
        let (_, domain) = domain.ok_or_else(|| damaged(HeaderError::Malformed(FROM)))?;
        match self.directory.provider_at(domain) {
            Some(provider) if Some(provider) != self.me => {
                Ok(Who::Provider(provider, domain.to_owned()))
            }
            _ => Err(Turned::new(403, "no provider that is known here")),
        }
    }

    fn newcomer(&self, segment: &str) -> Result<Who, Turned> {
        let uri = paths::named(segment)?;
        // Names are learned from whoever has one here, and from nobody else: there is room for so many.
        let home = self.directory.home_named(uri.as_bytes());
        let ours = home.is_some() && home == self.me && parse_client_uri(uri.as_bytes()).is_some();
        let named = ours.then(|| self.directory.client_named(uri.as_bytes()));
        match named.flatten() {
            Some((user, client, _)) => Ok(Who::Newcomer(Account { client, user, uri })),
            None => Err(Turned::new(403, "no client of this provider is called so")),
        }
    }

    fn room(&self, uri: &str) -> Result<RoomId, Turned> {
        let found = self.directory.room_named(uri.as_bytes());
        let (room, _) = found.ok_or_else(|| Turned::new(404, "no such room"))?;
        Ok(room)
    }

    /// The next number for what came without one.
    fn unnumbered(&self) -> u64 {
        bare::UNNUMBERED | self.unnumbered.fetch_add(1, Ordering::Relaxed)
    }

    /// What a request says besides its body. One of a provider that knows nothing of our fields says nothing: what can be, is worked out
    /// from the body.
    fn headers(
        &self,
        from: Peer,
        head: &Head<'_>,
        place: &Place,
        body: &[u8],
    ) -> Result<Headers, Turned> {
        if let Peer::Provider(provider) = from
            && headers::one(&head.fields, headers::SEQUENCE)
                .map_err(damaged)?
                .is_none()
        {
            let asks = place.endpoint != Endpoint::Notify;
            return Ok(Headers {
                sequence: self.unnumbered(),
                request: asks.then(|| bare::name(provider, place.name, body)),
                ..Headers::default()
            });
        }
        Headers::decode(&head.fields, &*self.directory).map_err(damaged)
    }

    /// The room that a request is about. Between providers a request for KeyPackages has it in its body.
    fn about(&self, place: &Place, name: &str, body: &[u8]) -> Result<Option<RoomId>, Turned> {
        match place.names {
            Names::Nothing | Names::Url | Names::Asset => Ok(None),
            Names::Room => self.room(name).map(Some),
            Names::User => {
                let request = KeyMaterialRequestHead::of(body)
                    .map_err(|_| Turned::new(400, "a KeyMaterialRequest that cannot be read"))?;
                if request.target_user.as_str() != name {
                    return Err(Turned::new(400, "path and body name different users"));
                }
                self.room(request.room_id.as_str()).map(Some)
            }
            Names::Domain if place.endpoint == Endpoint::IdentifierQuery => {
                IdentifierRequest::tls_deserialize_exact(body)
                    .map_err(|_| Turned::new(400, "an IdentifierRequest that cannot be read"))?;
                match self.directory.provider_at(name) == self.me {
                    true => Ok(None),
                    false => Err(Turned::new(404, "this is the provider of another domain")),
                }
            }
            Names::Domain => match consent_of(place, body).as_deref() {
                Some(domain) if domain.eq_ignore_ascii_case(name) => Ok(None),
                Some(_) => Err(Turned::new(400, "path and body name different domains")),
                None => Err(Turned::new(400, "a ConsentEntry that cannot be read")),
            },
        }
    }

    /// What the path of a request ends with. Whom it is for does not always follow from what it says.
    fn name(
        &self,
        to: Option<ProviderId>,
        place: &Place,
        envelope: &Envelope,
        body: &[u8],
    ) -> Option<String> {
        match place.names {
            Names::Nothing => Some(String::new()),
            Names::Url | Names::Asset => {
                let asked = DownloadRequest::tls_deserialize_exact(body).ok()?;
                let url = asked.download_url.as_slice();
                match place.names {
                    Names::Url => Some(std::str::from_utf8(url).ok()?.to_owned()),
                    _ => Some(assets::name(assets::parse(url)?.1)),
                }
            }
            Names::Room => self.directory.room_uri(envelope.room?),
            Names::User => {
                let request = KeyMaterialRequestHead::of(body).ok()?;
                Some(request.target_user.as_str().to_owned())
            }
            Names::Domain if place.endpoint == Endpoint::IdentifierQuery => {
                self.directory.domain(to?).map(str::to_owned)
            }
            Names::Domain => consent_of(place, body),
        }
    }

    /// The body that a request for an asset would have.
    fn asset_asked(&self, place: &Place, name: &str) -> Result<Option<Vec<u8>>, Turned> {
        let url = match place.names {
            Names::Url => name.to_owned(),
            Names::Asset => {
                let domain = self.me.and_then(|me| self.directory.domain(me));
                let asset = assets::named(name).zip(domain);
                let (id, domain) = asset.ok_or_else(|| Turned::new(404, "no such asset"))?;
                assets::url(domain, id)
            }
            _ => return Ok(None),
        };
        let asked = DownloadRequest {
            download_url: url.into_bytes().into(),
        };
        let asked = asked.tls_serialize_detached();
        asked
            .map(Some)
            .map_err(|_| Turned::new(414, "a URL that is too long"))
    }

    /// What came to this provider, with what it took on the wire by the rule.
    fn counted(&self, envelope: Envelope) -> Envelope {
        let overhead = match self.me {
            Some(me) => self.overhead(Peer::Provider(me), &envelope),
            None => Overhead::default(),
        };
        Envelope {
            overhead,
            ..envelope
        }
    }

    /// The request that carries an envelope, at the path of its place about what is named so.
    fn ask_at(
        &self,
        to: Option<ProviderId>,
        envelope: &Envelope,
        path: impl Fn(Side, &Place, &str) -> Option<String>,
    ) -> Result<Ask, WebError> {
        let kind = envelope.packet.frame_kind().ok_or(WebError::Kind)?;
        if let (FrameKind::RatchetTreeRequest, Peer::Provider(me)) = (kind, envelope.from) {
            return self.ask_for_tree(me, envelope);
        }
        let side = match envelope.from {
            Peer::Provider(_) => Side::Providers,
            Peer::Client(_) => Side::Clients,
        };
        let place = side.place(kind).ok_or(WebError::Kind)?;
        let body = &body(envelope)?;
        let name = self.name(to, place, envelope, body);
        let name = name.ok_or(WebError::Header)?;
        let gets = place.method() == "GET";
        let mut fields = match gets {
            true => Vec::new(),
            false => vec![(BYTES.0, BYTES.1.to_owned())],
        };
        if let Peer::Provider(me) = envelope.from {
            let domain = self.directory.domain(me).ok_or(WebError::Header)?;
            fields.push((FROM, format!("mimi@{domain}")));
        }
        let headers = Headers::of(envelope).encode(&*self.directory);
        fields.extend(headers.map_err(|_| WebError::Header)?);
        Ok(Ask {
            method: place.method(),
            path: path(side, place, &name).ok_or(WebError::NotServed)?,
            fields,
            body: match gets {
                true => Arc::default(),
                false => Arc::clone(body),
            },
            answered_by: match (side, kind) {
                (Side::Providers, _) => AnsweredBy::Response,
                (Side::Clients, FrameKind::Connect) => AnsweredBy::Stream,
                (Side::Clients, FrameKind::Disconnect | FrameKind::DeleteAccount) => {
                    AnsweredBy::End
                }
                (Side::Clients, _) => AnsweredBy::Receipt,
            },
        })
    }

    /// The request for a tree at a URL.
    fn ask_for_tree(&self, me: ProviderId, envelope: &Envelope) -> Result<Ask, WebError> {
        let request = RatchetTreeRequest::tls_deserialize_exact(bytes(&envelope.packet)?);
        let request = request.map_err(|_| WebError::Header)?;
        let (_, path) = request
            .url()
            .and_then(tree_url::apart)
            .ok_or(WebError::Header)?;
        let domain = self.directory.domain(me).ok_or(WebError::Header)?;
        let mut fields = vec![(FROM, format!("mimi@{domain}"))];
        let headers = Headers::of(envelope).encode(&*self.directory);
        fields.extend(headers.map_err(|_| WebError::Header)?);
        Ok(Ask {
            method: "GET",
            path: path.to_owned(),
            fields,
            body: Arc::default(),
            answered_by: AnsweredBy::Response,
        })
    }

    /// Somebody asks for the tree at a URL here.
    fn asked_for_tree(&self, from: Peer, head: &Head<'_>) -> Result<Envelope, Turned> {
        let none = || Turned::new(404, "there is nothing at this path");
        let (room, _) = tree_url::about(head.path).ok_or_else(none)?;
        let room = self.room(&room)?;
        let me = self.me.and_then(|me| self.directory.domain(me));
        let url = format!("https://{}{}", me.ok_or_else(none)?, head.path);
        let Peer::Provider(provider) = from else {
            return Err(Turned::new(403, "a path for others"));
        };
        let headers = match headers::one(&head.fields, headers::SEQUENCE).map_err(damaged)? {
            Some(_) => Headers::decode(&head.fields, &*self.directory).map_err(damaged)?,
            None => Headers {
                sequence: self.unnumbered(),
                request: Some(bare::name(provider, "ratchetTree", url.as_bytes())),
                ..Headers::default()
            },
        };
        let request = Frame::<MlsBytes>::RatchetTreeRequest(RatchetTreeRequest {
            ratchet_tree_url: url.into_bytes().into(),
        });
        let packet = Packet::seal(&request).map_err(|_| none())?;
        Ok(self.counted(Self::envelope(from, Some(room), headers, packet)))
    }

    /// The number of an answer, as a field.
    fn numbered(&self, answer: &Envelope) -> Result<Vec<Field>, WebError> {
        let number = Headers {
            sequence: answer.sequence,
            ..Headers::default()
        };
        let fields = number.encode(&*self.directory);
        fields.map_err(|_| WebError::Header)
    }

    /// Several events of one body, each with what the headers say of it.
    fn together(
        &self,
        from: Peer,
        room: Option<RoomId>,
        mut headers: Headers,
        events: Vec<FanoutMessage<MlsBytes>>,
    ) -> Result<Envelope, Turned> {
        let behind = std::mem::take(&mut headers.behind);
        if events.len() != behind.len() + 1 {
            return Err(Turned::new(
                400,
                "headers of more or fewer events than there are",
            ));
        }
        let all = std::iter::once(headers).chain(behind.into_iter().map(Headers::from));
        let mut envelopes = all.zip(events).map(|(headers, event)| {
            let packet = Packet::seal(&Frame::Notify(event));
            let packet = packet.map_err(|_| Turned::new(400, "a body that cannot be read"))?;
            Ok(Self::envelope(from, room, headers, packet))
        });
        let first = envelopes
            .next()
            .unwrap_or_else(|| Err(Turned::new(400, "an empty body")))?;
        let behind = envelopes.collect::<Result<Vec<_>, Turned>>()?;
        Ok(self.counted(Envelope {
            behind: Some(behind.into()),
            ..first
        }))
    }

    fn envelope(from: Peer, room: Option<RoomId>, headers: Headers, packet: Packet) -> Envelope {
        Envelope {
            from,
            sequence: headers.sequence,
            room,
            request: headers.request,
            event: headers.event,
            receivers: headers.receivers,
            overhead: Overhead::default(),
            packet,
            behind: None,
        }
    }
}

impl Web for MimiWeb {
    fn is_answer(&self, envelope: &Envelope) -> bool {
        is_answer(envelope)
    }

    fn ask(&self, envelope: &Envelope) -> Result<Ask, WebError> {
        self.ask_at(None, envelope, |side, place, name| {
            Some(side.path(place, name))
        })
    }

    fn ask_of(&self, of: ProviderId, envelope: &Envelope) -> Result<Ask, WebError> {
        self.ask_at(Some(of), envelope, |side, place, name| match place.names {
            // An asset's URL says where it is.
            Names::Asset => Some(side.path(place, name)),
            _ => self.elsewhere.path(of, place, name),
        })
    }

    fn ask_directory(&self) -> Ask {
        elsewhere::ask()
    }

    fn learn_directory(&self, of: ProviderId, reply: &Reply) -> Vec<Finding> {
        self.elsewhere.learn(of, reply)
    }

    fn route(&self, head: &Head<'_>) -> Result<Route, Turned> {
        let method = |expected: &str| match head.method == expected {
            true => Ok(()),
            false => Err(Turned::new(405, format!("expected {expected}"))),
        };
        if head.path == paths::DIRECTORY {
            method("GET")?;
            return Ok(Route {
                name: "directory",
                who: Who::Anybody(self.served()),
                body_limit: 0,
                section: elsewhere::DIRECTORY,
            });
        }
        let account = head.path.strip_prefix(paths::ACCOUNTS);
        if let Some(segment) = account.and_then(|rest| rest.strip_prefix('/')) {
            method("POST")?;
            return Ok(Route {
                name: "accounts",
                who: self.newcomer(segment)?,
                body_limit: 0,
                section: paths::OURS,
            });
        }
        if tree_url::about(head.path).is_some() {
            method("GET")?;
            return Ok(Route {
                name: "ratchetTree",
                who: self.sender(head)?,
                body_limit: 0,
                section: TREES_SECTION,
            });
        }
        let (side, place, _) = paths::find(head.path)?;
        method(place.method())?;
        Ok(Route {
            name: place.name,
            who: match side {
                Side::Clients => Who::Client,
                Side::Providers => self.sender(head)?,
            },
            body_limit: place.body_limit,
            section: place.section,
        })
    }

    fn asked(&self, from: Peer, head: &Head<'_>, body: &[u8]) -> Result<Vec<Envelope>, Turned> {
        if tree_url::about(head.path).is_some() {
            return Ok(vec![self.asked_for_tree(from, head)?]);
        }
        let (side, place, name) = paths::find(head.path)?;
        if (side == Side::Clients) != matches!(from, Peer::Client(_)) {
            return Err(Turned::new(403, "a path for others"));
        }
        // What is asked for is in the path alone.
        let named = self.asset_asked(place, &name)?;
        let body = named.as_deref().unwrap_or(body);
        let headers = self.headers(from, head, place, body)?;
        let room = self.about(place, &name, body)?;
        let unreadable = |_| Turned::new(400, "a body that cannot be read");
        if place.endpoint != Endpoint::Notify {
            let packet = Packet::arrived(place.endpoint, body).map_err(unreadable)?;
            let asked = Self::envelope(from, room, headers, packet);
            return Ok(vec![self.counted(asked)]);
        }
        // One body may be several events, one after another.
        let events = FanoutMessage::<MlsBytes>::decode_all(body).map_err(unreadable)?;
        if !headers.behind.is_empty() {
            return Ok(vec![self.together(from, room, headers, events)?]);
        }
        let mut envelopes = Vec::with_capacity(events.len());
        let mut next = headers;
        for event in events {
            let frame = Frame::Notify(event);
            let packet = Packet::seal(&frame).map_err(unreadable)?;
            let mut headers = next.clone();
            if frame.kind() == FrameKind::NotifyWelcome {
                (headers.event, headers.receivers) = (None, None);
            } else {
                next.event = next.event.map(|event| event.saturating_add(1));
            }
            next.sequence = match bare::is_unnumbered(next.sequence) {
                true => self.unnumbered(),
                false => next.sequence.saturating_add(1),
            };
            let asked = Self::envelope(from, room, headers, packet);
            envelopes.push(self.counted(asked));
        }
        Ok(envelopes)
    }

    fn pair(&self, peer: Peer, envelope: &Envelope) -> Option<Pair> {
        use FrameKind as K;
        let kind = envelope.packet.frame_kind()?;
        let receipt = matches!(kind, K::NotifyAccepted | K::NotifyLater | K::NotifyTooLarge);
        let about = match receipt || kind.endpoint() == Endpoint::Notify {
            true => About::Sequence(envelope.sequence),
            false => About::Request(envelope.request?),
        };
        Some(Pair {
            peer,
            room: envelope.room,
            about,
        })
    }

    fn reply(&self, envelope: &Envelope) -> Result<Reply, WebError> {
        use FrameKind as K;
        let body = bytes(&envelope.packet)?;
        let empty = |status, fields| Reply {
            status,
            fields,
            body: Arc::default(),
        };
        match envelope.packet.frame_kind() {
            Some(K::NotifyAccepted) => Ok(empty(201, Vec::new())),
            Some(K::RatchetTreeGone) => Ok(empty(404, self.numbered(envelope)?)),
            Some(K::NotifyTooLarge) => Ok(empty(413, Vec::new())),
            Some(K::NotifyLater) => {
                let later =
                    NotifyLater::tls_deserialize_exact(body).map_err(|_| WebError::Header)?;
                let seconds = later.retry_after.to_string();
                Ok(empty(503, vec![(RETRY_AFTER, seconds)]))
            }
            Some(kind) if is_status(kind) => {
                let status = Status::tls_deserialize_exact(body).map_err(|_| WebError::Header)?;
                Ok(empty(status.code(), self.numbered(envelope)?))
            }
            Some(kind) if is_asset(kind) => {
                let download =
                    Download::tls_deserialize_exact(body).map_err(|_| WebError::Header)?;
                let mut fields = self.numbered(envelope)?;
                match download {
                    Download::Asset(asset) => {
                        fields.push((BYTES.0, BYTES.1.to_owned()));
                        Ok(Reply {
                            status: 200,
                            fields,
                            body: asset.into(),
                        })
                    }
                    Download::Refused(status) => Ok(empty(status.code(), fields)),
                }
            }
            Some(kind) if question_of(kind).is_some() => {
                let mut fields = vec![(BYTES.0, BYTES.1.to_owned())];
                fields.extend(self.numbered(envelope)?);
                Ok(Reply {
                    status: 200,
                    fields,
                    body: Arc::clone(body),
                })
            }
            _ => Err(WebError::Kind),
        }
    }

    fn overhead(&self, to: Peer, envelope: &Envelope) -> Overhead {
        let mut counted = envelope.clone();
        Overheads::new(Arc::clone(&self.directory), Transport::Https)
            .put::<MlsBytes>(to, &mut counted);
        counted.overhead
    }

    fn opening(&self, resumed: bool) -> Option<&'static Opening> {
        overhead::opening(Transport::Https, resumed)
    }

    fn receipt(&self, envelope: &Envelope) -> Reply {
        use FrameKind as K;
        let status = match envelope.packet.frame_kind() {
            Some(K::Connect) => 200,
            Some(K::Ack | K::Disconnect | K::DeleteAccount) => 204,
            _ => 202,
        };
        Reply {
            status,
            fields: Vec::new(),
            body: Arc::default(),
        }
    }

    fn rejected(&self, reason: &'static Reason) -> Turned {
        let mut known = Refusal::ALL.iter();
        let refusal = known.find(|known| known.reason() == reason);
        Turned::new(refusal.map_or(400, |refusal| refusal.status()), reason.text)
    }

    fn answered(
        &self,
        asked: &Envelope,
        by: ProviderId,
        reply: &Reply,
    ) -> Result<Option<Envelope>, Finding> {
        let kind = asked.packet.frame_kind();
        let place = kind.and_then(|kind| Side::Providers.place(kind));
        let finding = |found: String| Finding {
            section: place.map_or(paths::FRAMING, |place| place.section),
            found,
        };
        let kind = kind.ok_or_else(|| finding("a request of no kind".to_owned()))?;
        let fields: Vec<_> = reply
            .fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let with = |packet, sequence| {
            let headers = Headers {
                sequence,
                request: asked.request,
                ..Headers::default()
            };
            self.counted(Self::envelope(
                Peer::Provider(by),
                asked.room,
                headers,
                packet,
            ))
        };
        let number = || {
            let number = headers::number(&fields, headers::SEQUENCE);
            let number = number.map_err(|error| finding(error.to_string()))?;
            Ok(number.unwrap_or(bare::UNNUMBERED))
        };
        let notified = kind.endpoint() == Endpoint::Notify;
        let by_status = answered_by_status(kind.endpoint());
        let by_asset = answered_by_asset(kind.endpoint());
        match (reply.status, notified) {
            (201, true) => {
                let packet = Packet::received(FrameKind::NotifyAccepted, Vec::new());
                Ok(Some(with(packet, asked.sequence)))
            }
            // However a hub says that it gives none: who came for it has another way, and nobody has one that asks for ever.
            (400..429 | 430..503 | 504..600, false) if kind == FrameKind::RatchetTreeRequest => {
                let packet = Packet::received(FrameKind::RatchetTreeGone, Vec::new());
                Ok(Some(with(packet, number()?)))
            }
            (413, true) => {
                let packet = Packet::received(FrameKind::NotifyTooLarge, Vec::new());
                let behind = asked.behind().iter();
                Ok(Some(Envelope {
                    // Up to where the body went that is too large, where it was several events.
                    event: behind.map(|behind| behind.sequence).max(),
                    ..with(packet, asked.sequence)
                }))
            }
            (429 | 503, true) => {
                let seconds = headers::number(&fields, RETRY_AFTER).ok().flatten();
                let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
                let later = Frame::<MlsBytes>::NotifyLater(NotifyLater {
                    retry_after: seconds.unwrap_or(SPARE),
                });
                let packet = Packet::seal(&later).map_err(|error| finding(error.to_string()))?;
                Ok(Some(with(packet, asked.sequence)))
            }
            // Whatever it says is the answer, unless it is one for later.
            (200..429 | 430..500, false) if by_status.is_some() => {
                let sequence = number()?;
                let answer = by_status.zip(Status::new(reply.status));
                let (kind, status) =
                    answer.ok_or_else(|| finding(format!("an answer to {kind}")))?;
                let body = status.tls_serialize_detached();
                let body = body.map_err(|error| finding(error.to_string()))?;
                Ok(Some(with(Packet::received(kind, body), sequence)))
            }
            // The asset, or that there is none to be had.
            (200..429 | 430..503 | 504..600, false) if by_asset.is_some() => {
                let answer = by_asset.ok_or_else(|| finding(format!("an answer to {kind}")))?;
                let download = match (reply.status, Status::new(reply.status)) {
                    // It is not even copied.
                    (200, _) if reply.body.len() > assets::LONGEST_ASSET => {
                        Download::Refused(Refusal::AssetTooLong.into())
                    }
                    (200, _) => Download::Asset(AssetBytes::from(Arc::clone(&reply.body))),
                    (_, Some(status)) => Download::Refused(status),
                    (_, None) => return Err(finding(format!("status {}", reply.status))),
                };
                let body = download.tls_serialize_detached();
                let body = body.map_err(|error| finding(error.to_string()))?;
                Ok(Some(with(Packet::received(answer, body), number()?)))
            }
            // Where this is not served, or not to us, nobody is named.
            (400..429 | 430..500, false) if kind == FrameKind::IdentifierQuery => {
                let nobody = IdentifierResponse::nobody(IdentifierQueryCode::Forbidden);
                let nobody = Frame::<MlsBytes>::IdentifierResponse(Box::new(nobody));
                let packet = Packet::seal(&nobody).map_err(|error| finding(error.to_string()))?;
                Ok(Some(with(packet, bare::UNNUMBERED)))
            }
            (200, false) => {
                let mut answers = FrameKind::ALL.into_iter();
                let answer = answers.find(|answer| {
                    question_of(*answer).is_some_and(|asks| asks == kind.endpoint())
                        || (*answer == FrameKind::UpdateResponse && kind == FrameKind::CreateRoom)
                });
                let answer = answer.ok_or_else(|| finding(format!("an answer to {kind}")))?;
                Frame::<MlsBytes>::decode(answer.endpoint(), &reply.body)
                    .map_err(|error| finding(format!("{answer} to {kind}: {error}")))?;
                let sequence = number()?;
                let packet = Packet::received(answer, reply.body.to_vec());
                Ok(Some(with(packet, sequence)))
            }
            // It comes again.
            (429 | 503, _) => Ok(None),
            (status, _) => Err(finding(format!("status {status} to {kind}"))),
        }
    }

    fn record(&self, envelope: &Envelope) -> Result<Vec<u8>, WebError> {
        record::encode(&*self.directory, envelope)
    }

    fn recorded(&self, to: ClientId, from: ProviderId, record: &[u8]) -> Result<Envelope, Finding> {
        record::decode(&*self.directory, to, from, record).map_err(|found| Finding {
            section: "docs/client-api.md, The stream of events",
            found: found.to_owned(),
        })
    }

    fn ask_account(&self, user: UserId, client: ClientId) -> Result<Ask, WebError> {
        let uri = self.directory.client_uri(user, client);
        let segment = paths::segment(&uri.ok_or(WebError::Header)?);
        Ok(Ask {
            method: "POST",
            path: format!("{}/{segment}", paths::ACCOUNTS),
            fields: Vec::new(),
            body: Arc::default(),
            answered_by: AnsweredBy::Receipt,
        })
    }

    fn word(&self, envelope: &Envelope) -> Option<Word> {
        words::word(envelope)
    }

    fn room_name(&self, room: RoomId) -> Option<String> {
        self.directory.room_uri(room)
    }

    fn room_named(&self, name: &str) -> Option<RoomId> {
        Some(self.directory.room_named(name.as_bytes())?.0)
    }
}

/// The domain of the provider that a word about consent is for.
fn consent_of(place: &Place, body: &[u8]) -> Option<String> {
    let entry = ConsentEntry::<MlsBytes>::tls_deserialize_exact(body).ok()?;
    let uri = match place.endpoint {
        Endpoint::UpdateConsent => entry.scope.requester_uri,
        _ => entry.scope.target_uri,
    };
    domain_of(uri.as_str()).map(str::to_owned)
}

/// The body that an envelope is: its packet, and what travels behind it.
fn body(envelope: &Envelope) -> Result<Arc<[u8]>, WebError> {
    let first = bytes(&envelope.packet)?;
    if envelope.behind().is_empty() {
        return Ok(Arc::clone(first));
    }
    let mut all = first.to_vec();
    for behind in envelope.behind() {
        all.extend_from_slice(bytes(&behind.packet)?);
    }
    Ok(all.into())
}

fn bytes(packet: &Packet) -> Result<&Arc<[u8]>, WebError> {
    match packet.body() {
        Body::Bytes(bytes) => Ok(bytes),
        Body::Structure(_) => Err(WebError::NoBytes),
    }
}

/// What the draft's REST API answers where a head makes no sense.
fn damaged(error: HeaderError) -> Turned {
    let status = match error {
        HeaderError::Unknown(_) => 403,
        _ => 400,
    };
    Turned::new(status, error.to_string())
}
