//! What each kind of frame shows to a provider that handles it.
//!
//! Handshakes are PublicMessages, whose senders and proposals anybody reads (RFC 9420, section 6.2), or SemiPrivateMessages, which the hub
//! reads and no follower (draft-mahy-mls-semiprivatemessage); application messages are
//! PrivateMessages, of which `sendingUri` names the sender to the own provider and to the hub, and nobody to followers. A Welcome is
//! encrypted, and so is GroupInfo on its way to who joins from outside; the ratchet tree beside a Welcome is not, nor is a whole GroupInfo
//! on its way to the hub, whose GroupContext has the participant list and the room's metadata.

use crate::wire::FrameKind;
use throng_stack::vocabulary::Shown;
use throng_workloads::scenario::{GroupInfoForm, ParticipantListPlace, Policy, TreeDelivery};

/// What a kind of frame shows under a policy.
pub(crate) fn shown(kind: FrameKind, policy: &Policy) -> Shown {
    let nothing = Shown::default();
    let change = Shown {
        change: true,
        ..nothing
    };
    let sealed = Shown {
        change_to_hub: true,
        ..nothing
    };
    // Of a list of which there is a hash, GroupContexts show nobody.
    let named = policy.participant_list == ParticipantListPlace::Context;
    match kind {
        FrameKind::SubmitMessage => Shown {
            message: true,
            sender: true,
            ..nothing
        },
        FrameKind::NotifyApplication => Shown {
            message: true,
            ..nothing
        },
        FrameKind::UpdateCommit => Shown {
            state: named && policy.group_info == GroupInfoForm::Full,
            ..change
        },
        FrameKind::UpdateSemiPrivateCommit => Shown {
            state: named && policy.group_info == GroupInfoForm::Full,
            ..sealed
        },
        FrameKind::UpdateSemiPrivateProposal
        | FrameKind::NotifySemiPrivateCommit
        | FrameKind::NotifySemiPrivateProposal => sealed,
        FrameKind::UpdateProposal | FrameKind::NotifyCommit | FrameKind::NotifyProposal => change,
        FrameKind::NotifyWelcome => Shown {
            members: policy.tree == TreeDelivery::FromHub,
            ..nothing
        },
        // Only then there are any.
        FrameKind::RatchetTree => Shown {
            members: policy.tree == TreeDelivery::ByUrl,
            ..nothing
        },
        FrameKind::KeyMaterialRequest
        | FrameKind::RequestConsent
        | FrameKind::UpdateConsent
        // By handle.
        | FrameKind::IdentifierQuery => Shown {
            asks: true,
            ..nothing
        },
        FrameKind::FetchAsset => Shown {
            fetches: true,
            ..nothing
        },
        // It does not say of which room it is asked as the hub.
        FrameKind::ProxyDownload => Shown {
            fetches: true,
            as_hub: true,
            ..nothing
        },
        FrameKind::CreateRoom => Shown {
            state: policy.participant_list != ParticipantListPlace::Nowhere,
            ..nothing
        },
        FrameKind::Connect | FrameKind::Disconnect | FrameKind::DeleteAccount => Shown {
            presence: true,
            ..nothing
        },
        FrameKind::KeyMaterialResponse
        | FrameKind::UpdateResponse
        | FrameKind::SubmitMessageResponse
        | FrameKind::NotifyAccepted
        | FrameKind::GroupInfoRequest
        | FrameKind::GroupInfoResponse
        | FrameKind::PublishKeyPackages
        | FrameKind::KeyPackagesLow
        | FrameKind::Ack
        | FrameKind::Connected
        // What it shows its reporter has chosen to show: nobody learns it by carrying the room.
        | FrameKind::ReportAbuse
        | FrameKind::ReportAbuseResponse
        | FrameKind::RequestConsentResponse
        | FrameKind::UpdateConsentResponse
        | FrameKind::IdentifierResponse
        | FrameKind::UploadAsset
        | FrameKind::UploadAssetResponse
        | FrameKind::ProxyDownloadResponse
        | FrameKind::FetchAssetResponse
        | FrameKind::RatchetTreeRequest
        | FrameKind::RatchetTreeGone
        | FrameKind::NotifyTooLarge
        | FrameKind::NotifyLater => nothing,
    }
}
