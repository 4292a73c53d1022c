//! Who may send what. Everything that comes to a provider passes here first: what is let in has the headers that it needs,
//! is about a room that exists, and came from where such a frame can come from.
//!
//! A provider speaks for its own users, and no other does: requests come from the requester's provider, and answers
//! and events from the room's hub. (Providers know each other by mutual TLS, clients by how they log in.)

use super::answers::About;
use super::state::Provider;
use crate::bare::is_unnumbered;
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::wire::{Endpoint, FrameKind};
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Peer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};

/// What came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arrival {
    /// An own client about its connection or its KeyPackages.
    Account(ClientId),
    /// A request about a room with this hub.
    Request(About, ProviderId),
    /// An answer to a request for KeyPackages that this hub passed on.
    KeyMaterial(About),
    /// An event of a room, or an answer about it, from this hub of it.
    FromHub(RoomId, ProviderId),
    /// What an own client says about its user's consent, or asks of others'.
    OwnWord(About),
    /// What this provider says about consent, and what it says to what it was told.
    Word(ProviderId),
    WordHeard(ProviderId),
    /// An own client looks for somebody.
    OwnQuery(About),
    /// This provider looks for somebody.
    Query(ProviderId),
    /// An own client stores an asset, or wants one.
    OwnAsset(About),
    /// This provider wants an asset.
    AssetAsked(ProviderId),
    /// What this provider answers to what it was asked in this one's own name.
    Answer(ProviderId),
    /// What this follower says to an event of a room.
    Receipt(RoomId, ProviderId),
}

/// Why something is not let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct TurnedAway {
    pub(super) reason: Refusal,
    /// The request that it is, of an own client, and its kind: it gets an answer.
    pub(super) asked: Option<(About, FrameKind)>,
}

impl From<Refusal> for TurnedAway {
    fn from(reason: Refusal) -> Self {
        Self {
            reason,
            asked: None,
        }
    }
}

impl<E: Engine> Provider<E> {
    pub(super) fn admit(&self, envelope: &Envelope) -> Result<Arrival, TurnedAway> {
        match envelope.from {
            Peer::Client(client) => self.admit_client(client, envelope),
            Peer::Provider(provider) => Ok(self.admit_provider(provider, envelope)?),
        }
    }

    fn admit_client(&self, client: ClientId, envelope: &Envelope) -> Result<Arrival, TurnedAway> {
        use FrameKind as K;
        if !self.durable.follower.knows(client) {
            return Err(Refusal::NoAccount.into());
        }
        match known(envelope)? {
            K::PublishKeyPackages | K::Connect | K::Ack | K::Disconnect | K::DeleteAccount => {
                Ok(Arrival::Account(client))
            }
            kind if is_request(kind) => {
                let about = about(envelope)?;
                if about.request.client != client || about.request.provider != self.me {
                    return Err(Refusal::ForeignSender.into());
                }
                match self.directory.hub_of(about.room) {
                    Some(_) if is_about_consent(kind) => Ok(Arrival::OwnWord(about)),
                    Some(_) if kind == K::IdentifierQuery => Ok(Arrival::OwnQuery(about)),
                    Some(_) if is_about_assets(kind) => Ok(Arrival::OwnAsset(about)),
                    Some(hub) => Ok(Arrival::Request(about, hub)),
                    None => Err(TurnedAway {
                        reason: Refusal::NoSuchRoom,
                        asked: Some((about, kind)),
                    }),
                }
            }
            _ => Err(Refusal::UnexpectedFrame.into()),
        }
    }

    fn admit_provider(&self, from: ProviderId, envelope: &Envelope) -> Result<Arrival, Refusal> {
        use FrameKind as K;
        if from == self.me || self.directory.domain(from).is_none() {
            return Err(Refusal::ForeignSender);
        }
        let kind = known(envelope)?;
        match kind {
            K::NotifySemiPrivateCommit
            | K::NotifySemiPrivateProposal
            | K::NotifyCommit
            | K::NotifyProposal
            | K::NotifyApplication
            | K::NotifyWelcome => {
                let room = envelope.room.ok_or(Refusal::MissingHeader)?;
                let bare = is_unnumbered(envelope.sequence);
                if !bare && !is_numbered(envelope, kind) {
                    return Err(Refusal::MissingHeader);
                }
                for behind in envelope.behind() {
                    let kind = known(behind)?;
                    if kind.endpoint() != Endpoint::Notify {
                        return Err(Refusal::UnexpectedFrame);
                    }
                    if bare || is_unnumbered(behind.sequence) || !is_numbered(behind, kind) {
                        return Err(Refusal::MissingHeader);
                    }
                }
                self.hub_that_sends(from, room)
                    .map(|hub| Arrival::FromHub(room, hub))
            }
            K::NotifyAccepted | K::NotifyLater | K::NotifyTooLarge => {
                let room = envelope.room.ok_or(Refusal::MissingHeader)?;
                match self.directory.hub_of(room) {
                    Some(hub) if hub == self.me => Ok(Arrival::Receipt(room, from)),
                    Some(_) => Err(Refusal::UnexpectedFrame),
                    None => Err(Refusal::NoSuchRoom),
                }
            }
            // No hub is between the two, and no room.
            kind if is_between_two(kind) => match (envelope.request, kind) {
                (Some(request), _) if request.provider != from => Err(Refusal::ForeignSender),
                (Some(_), K::IdentifierQuery) => Ok(Arrival::Query(from)),
                (Some(_), K::ProxyDownload | K::FetchAsset) => Ok(Arrival::AssetAsked(from)),
                (Some(_), _) => Ok(Arrival::Word(from)),
                (None, _) => Err(Refusal::MissingHeader),
            },
            K::RequestConsentResponse | K::UpdateConsentResponse => Ok(Arrival::WordHeard(from)),
            K::IdentifierResponse | K::ProxyDownloadResponse | K::FetchAssetResponse => {
                Ok(Arrival::Answer(from))
            }
            kind if is_request(kind) => {
                let about = about(envelope)?;
                let hub = self
                    .directory
                    .hub_of(about.room)
                    .ok_or(Refusal::NoSuchRoom)?;
                // Requests come to the hub from the requester's provider; those for KeyPackages go on to the target's from
                // the hub.
                let comes_from = match (hub == self.me, kind) {
                    (true, _) => about.request.provider,
                    (false, K::KeyMaterialRequest) => hub,
                    (false, _) => return Err(Refusal::UnexpectedFrame),
                };
                match from == comes_from {
                    true => Ok(Arrival::Request(about, hub)),
                    false => Err(Refusal::ForeignSender),
                }
            }
            kind if is_answer(Some(kind)) => self.admit_answer(from, kind, about(envelope)?),
            _ => Err(Refusal::UnexpectedFrame),
        }
    }

    /// Answers come from the hub, or from whom the hub asked for KeyPackages.
    fn admit_answer(
        &self,
        from: ProviderId,
        kind: FrameKind,
        about: About,
    ) -> Result<Arrival, Refusal> {
        let About { room, request } = about;
        let hub = self.directory.hub_of(room).ok_or(Refusal::NoSuchRoom)?;
        if hub != self.me {
            // Whether this was asked is seen when its turn comes: it has its place in what comes from the hub.
            return self
                .hub_that_sends(from, room)
                .map(|hub| Arrival::FromHub(room, hub));
        }
        let asked = self.durable.owed.asked(room, request) == Some(from);
        match asked && kind == FrameKind::KeyMaterialResponse {
            true => Ok(Arrival::KeyMaterial(about)),
            false => Err(Refusal::Unasked),
        }
    }

    /// The hub of a room, where it is who sends.
    fn hub_that_sends(&self, from: ProviderId, room: RoomId) -> Result<ProviderId, Refusal> {
        match self.directory.hub_of(room) {
            Some(hub) if hub == from => Ok(hub),
            Some(_) => Err(Refusal::ForeignSender),
            None => Err(Refusal::NoSuchRoom),
        }
    }
}

fn is_request(kind: FrameKind) -> bool {
    matches!(
        kind,
        FrameKind::KeyMaterialRequest
            | FrameKind::UpdateSemiPrivateCommit
            | FrameKind::UpdateSemiPrivateProposal
            | FrameKind::UpdateCommit
            | FrameKind::UpdateProposal
            | FrameKind::SubmitMessage
            | FrameKind::GroupInfoRequest
            | FrameKind::CreateRoom
            | FrameKind::RatchetTreeRequest
            | FrameKind::ReportAbuse
            | FrameKind::RequestConsent
            | FrameKind::UpdateConsent
            | FrameKind::IdentifierQuery
            | FrameKind::UploadAsset
            | FrameKind::ProxyDownload
            | FrameKind::FetchAsset
    )
}

/// Whether an event of a hub says which it is and for whom; a Welcome goes by what is in it.
fn is_numbered(envelope: &Envelope, kind: FrameKind) -> bool {
    let numbered = envelope.event.is_some() && envelope.receivers.is_some();
    kind == FrameKind::NotifyWelcome || numbered
}

fn is_about_consent(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::RequestConsent | FrameKind::UpdateConsent)
}

fn is_about_assets(kind: FrameKind) -> bool {
    matches!(
        kind,
        FrameKind::UploadAsset | FrameKind::ProxyDownload | FrameKind::FetchAsset
    )
}

/// What one provider asks of another without a hub between them that would know of which room.
fn is_between_two(kind: FrameKind) -> bool {
    use FrameKind as K;
    is_about_consent(kind) || matches!(kind, K::IdentifierQuery | K::ProxyDownload | K::FetchAsset)
}

pub(super) fn is_answer(kind: Option<FrameKind>) -> bool {
    use FrameKind as K;
    matches!(
        kind,
        Some(
            K::KeyMaterialResponse
                | K::UpdateResponse
                | K::SubmitMessageResponse
                | K::GroupInfoResponse
                | K::ReportAbuseResponse
                | K::RatchetTree
                | K::RatchetTreeGone
        )
    )
}

/// What came, if that is a frame at all.
fn known(envelope: &Envelope) -> Result<FrameKind, Refusal> {
    let kind = envelope.packet.frame_kind();
    kind.ok_or(Refusal::UnexpectedFrame)
}

fn about(envelope: &Envelope) -> Result<About, Refusal> {
    match (envelope.room, envelope.request) {
        (Some(room), Some(request)) => Ok(About { room, request }),
        _ => Err(Refusal::MissingHeader),
    }
}
