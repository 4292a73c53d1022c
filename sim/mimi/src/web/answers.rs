//! Which frames answer which.

use crate::framed::Framed;
use crate::wire::{Endpoint, FrameKind};
use throng_stack::Envelope;

/// Whether a provider sends this to another as the answer to a request of that one.
pub(crate) fn is_answer(envelope: &Envelope) -> bool {
    use FrameKind as K;
    let kind = envelope.packet.frame_kind();
    let receipt = matches!(
        kind,
        Some(K::NotifyAccepted | K::NotifyLater | K::NotifyTooLarge)
    );
    receipt || kind.and_then(question_of).is_some()
}

/// The answer without a body that ends a request at this endpoint, where the status says all.
pub(super) fn answered_by_status(asked: Endpoint) -> Option<FrameKind> {
    match asked {
        Endpoint::ReportAbuse => Some(FrameKind::ReportAbuseResponse),
        Endpoint::RequestConsent => Some(FrameKind::RequestConsentResponse),
        Endpoint::UpdateConsent => Some(FrameKind::UpdateConsentResponse),
        _ => None,
    }
}

/// The answer to a request for an asset, which is that or a status.
pub(super) fn answered_by_asset(asked: Endpoint) -> Option<FrameKind> {
    match asked {
        Endpoint::ProxyDownload => Some(FrameKind::ProxyDownloadResponse),
        Endpoint::FetchAsset => Some(FrameKind::FetchAssetResponse),
        _ => None,
    }
}

/// Whether a frame of this kind is one of those.
pub(super) fn is_asset(kind: FrameKind) -> bool {
    question_of(kind).is_some_and(|asked| answered_by_asset(asked) == Some(kind))
}

/// Whether a frame of this kind is an answer without a body.
pub(super) fn is_status(kind: FrameKind) -> bool {
    question_of(kind).is_some_and(|asked| answered_by_status(asked) == Some(kind))
}

/// What is answered by a frame of this kind; an update's answer is that of a room's creation, too.
pub(super) fn question_of(answer: FrameKind) -> Option<Endpoint> {
    match answer {
        FrameKind::KeyMaterialResponse => Some(Endpoint::KeyMaterialRequest),
        FrameKind::UpdateResponse => Some(Endpoint::Update),
        FrameKind::SubmitMessageResponse => Some(Endpoint::SubmitMessage),
        FrameKind::GroupInfoResponse => Some(Endpoint::GroupInfoRequest),
        FrameKind::RatchetTree | FrameKind::RatchetTreeGone => Some(Endpoint::RatchetTreeRequest),
        FrameKind::ReportAbuseResponse => Some(Endpoint::ReportAbuse),
        FrameKind::RequestConsentResponse => Some(Endpoint::RequestConsent),
        FrameKind::UpdateConsentResponse => Some(Endpoint::UpdateConsent),
        FrameKind::IdentifierResponse => Some(Endpoint::IdentifierQuery),
        FrameKind::ProxyDownloadResponse => Some(Endpoint::ProxyDownload),
        FrameKind::FetchAssetResponse => Some(Endpoint::FetchAsset),
        _ => None,
    }
}
