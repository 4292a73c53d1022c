//! Everything that travels, a row each of one table (`frames!`): the one place where a kind of frame is written down.

use super::client::{Ack, Connect, Connected, CreateRoom, KeyPackagesLow, PublishKeyPackages};
use super::consent::ConsentEntry;
use super::download::{Download, DownloadRequest, UploadAsset};
use super::error::WireError;
use super::group_info::{GroupInfoRequest, GroupInfoResponse};
use super::identifier_query::{IdentifierRequest, IdentifierResponse};
use super::key_material::{KeyMaterialRequest, KeyMaterialResponse};
use super::notify::{FanoutEvent, FanoutMessage, NotifyLater};
use super::ratchet_tree::RatchetTreeRequest;
use super::report_abuse::AbuseReport;
use super::status::Status;
use super::submit::{SubmitMessageRequest, SubmitMessageResponse};
use super::update::{HandshakeBundle, UpdateRoomResponse};
use std::fmt;
use throng_mls::wire::embedded::EmbeddedMessage;
use tls_codec::{Deserialize, Error, Serialize, Size};

/// The table of frames: for each endpoint its name in messages to people, in kebab case, what its body is, and, where the accounts tell
/// several kinds of it apart, those kinds, by what the body holds. A body comes with its own codec.
///
/// Kinds `and if` are told from the others by a condition, and come after all others, whose places stay what they were.
///
/// Rows without kinds are first given one, of their own name.
macro_rules! frames {
    (@rows [$($done:tt)*]) => {
        frames!(@all $($done)*);
    };
    (@rows [$($done:tt)*]
        $(#[$note:meta])+
        $endpoint:ident($body:ty) $name:literal;
        $($rest:tt)*
    ) => {
        frames!(@rows [$($done)* {
            {$(#[$note])+} $endpoint($body) $name, body => body {
                {$(#[$note])+} $endpoint $name: _,
            } {}
        }] $($rest)*);
    };
    (@rows [$($done:tt)*]
        $(#[$note:meta])+
        $endpoint:ident($body:ty) $name:literal, $bound:ident => $what:expr, {
            $($(#[$kind_note:meta])+ $kind:ident $kind_name:literal: $pattern:pat,)+
        } $(and if {
            $($(#[$sealed_note:meta])+ $sealed:ident $sealed_name:literal: $sealed_pattern:pat if $guard:expr,)+
        })?;
        $($rest:tt)*
    ) => {
        frames!(@rows [$($done)* {
            {$(#[$note])+} $endpoint($body) $name, $bound => $what {
                $({$(#[$kind_note])+} $kind $kind_name: $pattern,)+
            } {
                $($({$(#[$sealed_note])+} $sealed $sealed_name: $sealed_pattern if $guard,)+)?
            }
        }] $($rest)*);
    };
    (@all $({
        {$($note:tt)+} $endpoint:ident($body:ty) $name:literal, $bound:ident => $what:tt {
            $({$($kind_note:tt)+} $kind:ident $kind_name:literal: $pattern:pat,)+
        } {
            $({$($sealed_note:tt)+} $sealed:ident $sealed_name:literal: $sealed_pattern:pat if $guard:expr,)*
        }
    })+) => {
        /// Whose body it is: what the URL and the direction say, and so what a body is decoded as.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $($($note)+ $endpoint,)+
        }

        impl Endpoint {
            /// Its name in messages to people, in kebab case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$endpoint => $name,)+
                }
            }
        }

        /// What the accounts tell apart: the endpoint and, for handshakes and fan-outs, what they carry.
        ///
        /// ```
        /// use throng_mimi::wire::FrameKind;
        /// assert_eq!(FrameKind::NotifyCommit.name(), "notify-commit");
        /// assert!(FrameKind::ALL.iter().enumerate().all(|(i, kind)| kind.index() == i));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FrameKind {
            $($($($kind_note)+ $kind,)+)+
            $($($($sealed_note)+ $sealed,)*)*
        }

        impl FrameKind {
            /// All kinds, each at its [`index`](Self::index).
            pub const ALL: [Self; [$($(Self::$kind,)+)+ $($(Self::$sealed,)*)*].len()] =
                [$($(Self::$kind,)+)+ $($(Self::$sealed,)*)*];

            /// The names of all kinds, in their order.
            pub const NAMES: [&'static str; Self::ALL.len()] =
                [$($($kind_name,)+)+ $($($sealed_name,)*)*];

            /// Its place in [`ALL`](Self::ALL), for tables.
            pub const fn index(self) -> usize {
                self as usize
            }

            /// The endpoint whose body it is.
            pub const fn endpoint(self) -> Endpoint {
                match self {
                    $($(Self::$kind)|+ $(| Self::$sealed)* => Endpoint::$endpoint,)+
                }
            }

            /// Its name in tables and files, in kebab case.
            pub const fn name(self) -> &'static str {
                Self::NAMES[self.index()]
            }
        }

        /// The body of one request or response.
        ///
        /// A body of `/notify` may hold several events; a frame holds one of them, so that each is accounted by
        /// what it is. Their encodings one after another are the body, and
        /// [`FanoutMessage::decode_all`] reads it. What is rare and large is boxed: most frames are neither.
        ///
        /// ```
        /// use throng_mimi::wire::{Ack, Endpoint, Frame};
        /// use throng_mls::wire::MlsBytes;
        ///
        /// let ack = Frame::<MlsBytes>::Ack(Ack { next_sequence: 7 });
        /// let bytes = ack.encode()?;
        /// assert_eq!(bytes, [0, 0, 0, 0, 0, 0, 0, 7]);
        /// assert_eq!(bytes.len(), ack.encoded_len());
        /// assert_eq!(Frame::decode(Endpoint::Ack, &bytes)?, ack);
        /// # Ok::<(), throng_mimi::wire::WireError>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Frame<M: EmbeddedMessage> {
            $($($note)+ $endpoint($body),)+
        }

        impl<M: EmbeddedMessage> Frame<M> {
            /// What the accounts call it.
            pub fn kind(&self) -> FrameKind {
                match self {
                    $(Self::$endpoint($bound) => match $what {
                        $($sealed_pattern if $guard => FrameKind::$sealed,)*
                        $($pattern => FrameKind::$kind,)+
                    },)+
                }
            }

            /// The length of the body in bytes, without encoding it.
            pub fn encoded_len(&self) -> usize {
                match self {
                    $(Self::$endpoint(body) => body.tls_serialized_len(),)+
                }
            }

            fn written(&self) -> Result<Vec<u8>, Error> {
                match self {
                    $(Self::$endpoint(body) => body.tls_serialize_detached(),)+
                }
            }

            fn read(endpoint: Endpoint, rest: &mut &[u8]) -> Result<Self, Error> {
                Ok(match endpoint {
                    $(Endpoint::$endpoint => Self::$endpoint(Deserialize::tls_deserialize(rest)?),)+
                })
            }
        }
    };
    ($($row:tt)+) => {
        frames!(@rows [] $($row)+);
    };
}

frames! {
    /// `/keyMaterial`, the request.
    KeyMaterialRequest(Box<KeyMaterialRequest>) "key-material-request";
    /// `/keyMaterial`, the response.
    KeyMaterialResponse(KeyMaterialResponse<M>) "key-material-response";
    /// `/update`, the request: a handshake on its way to the hub.
    Update(Box<HandshakeBundle<M>>) "update", bundle => **bundle, {
        /// A HandshakeBundle with a commit in clear.
        UpdateCommit "update-commit": HandshakeBundle::Commit { .. },
        /// A HandshakeBundle with proposals in clear.
        UpdateProposal "update-proposal": HandshakeBundle::Proposal { .. },
    } and if {
        /// A HandshakeBundle with a commit in a SemiPrivateMessage.
        UpdateSemiPrivateCommit "update-semi-private-commit": HandshakeBundle::Commit { ref commit, .. } if commit.is_sealed(),
        /// A HandshakeBundle with proposals in SemiPrivateMessages.
        UpdateSemiPrivateProposal "update-semi-private-proposal": HandshakeBundle::Proposal { ref proposal, .. } if proposal.is_sealed(),
    };
    /// `/update`, the response.
    UpdateResponse(UpdateRoomResponse) "update-response";
    /// `/submitMessage`, the request: an application message on its way to the hub.
    SubmitMessage(SubmitMessageRequest<M>) "submit-message";
    /// `/submitMessage`, the response.
    SubmitMessageResponse(SubmitMessageResponse) "submit-message-response";
    /// `/notify`, the request: an event on its way from the hub.
    Notify(FanoutMessage<M>) "notify", fanout => fanout.event, {
        /// A FanoutMessage with a commit in clear.
        NotifyCommit "notify-commit": FanoutEvent::Commit { .. },
        /// A FanoutMessage with proposals in clear.
        NotifyProposal "notify-proposal": FanoutEvent::Proposal { .. },
        /// A FanoutMessage with a Welcome.
        NotifyWelcome "notify-welcome": FanoutEvent::Welcome { .. },
        /// A FanoutMessage with an application message.
        NotifyApplication "notify-application": FanoutEvent::Application { .. },
    } and if {
        /// A FanoutMessage with a commit in a SemiPrivateMessage.
        NotifySemiPrivateCommit "notify-semi-private-commit": FanoutEvent::Commit { ref message, .. } if message.is_sealed(),
        /// A FanoutMessage with proposals in SemiPrivateMessages.
        NotifySemiPrivateProposal "notify-semi-private-proposal": FanoutEvent::Proposal { ref message, .. } if message.is_sealed(),
    };
    /// `/notify`, the response: 201, without a body.
    NotifyAccepted(()) "notify-accepted";
    /// `/groupInfo`, the request.
    GroupInfoRequest(Box<GroupInfoRequest>) "group-info-request";
    /// `/groupInfo`, the response.
    GroupInfoResponse(Box<GroupInfoResponse<M::Opaque>>) "group-info-response";
    /// A client publishes KeyPackages.
    PublishKeyPackages(PublishKeyPackages<M>) "publish-key-packages";
    /// A client is told to publish more.
    KeyPackagesLow(KeyPackagesLow) "key-packages-low";
    /// A client comes online.
    Connect(Connect) "connect";
    /// A client acknowledges.
    Ack(Ack) "ack";
    /// A room is to exist (client–provider, ours).
    CreateRoom(Box<CreateRoom<M>>) "create-room";
    /// Answer to a connection (client–provider, ours).
    Connected(Connected) "connected";
    /// End of a connection (client–provider, ours): without a body.
    Disconnect(()) "disconnect";
    /// `/notify`, the other response: 503 with Retry-After.
    NotifyLater(NotifyLater) "notify-later";
    /// `/reportAbuse`, the request.
    ReportAbuse(Box<AbuseReport>) "report-abuse";
    /// `/reportAbuse`, the response: a status.
    ReportAbuseResponse(Status) "report-abuse-response";
    /// `/requestConsent`, the request.
    RequestConsent(Box<ConsentEntry<M>>) "request-consent";
    /// `/requestConsent`, the response: a status.
    RequestConsentResponse(Status) "request-consent-response";
    /// `/updateConsent`, the request.
    UpdateConsent(Box<ConsentEntry<M>>) "update-consent";
    /// `/updateConsent`, the response: a status.
    UpdateConsentResponse(Status) "update-consent-response";
    /// `/identifierQuery`, the request.
    IdentifierQuery(Box<IdentifierRequest>) "identifier-query";
    /// `/identifierQuery`, the response.
    IdentifierResponse(Box<IdentifierResponse>) "identifier-response";
    /// A client stores what its user attaches (client–provider, ours).
    UploadAsset(UploadAsset) "upload-asset";
    /// The answer to that: a status.
    UploadAssetResponse(Status) "upload-asset-response";
    /// `/proxyDownload`, the request: for an asset that somebody else has.
    ProxyDownload(DownloadRequest) "proxy-download";
    /// `/proxyDownload`, the response: the asset, or a status.
    ProxyDownloadResponse(Download) "proxy-download-response";
    /// A request for an asset to the provider that has it.
    FetchAsset(DownloadRequest) "fetch-asset";
    /// The answer to that: the asset, or a status.
    FetchAssetResponse(Download) "fetch-asset-response";
    /// A user's account is to be deleted (client–provider, ours): without a body.
    DeleteAccount(()) "delete-account";
    /// `/notify`, the third response: 413, without a body.
    NotifyTooLarge(()) "notify-too-large";
    /// The tree at a URL, asked for.
    RatchetTreeRequest(RatchetTreeRequest) "ratchet-tree-request";
    /// That tree: `optional<Node> ratchet_tree<V>`.
    RatchetTree(M::Opaque) "ratchet-tree";
    /// There is none at that URL (any more): 404, without a body.
    RatchetTreeGone(()) "ratchet-tree-gone";
}

impl FrameKind {
    /// Whether it brings a commit to the hub.
    pub const fn updates_by_commit(self) -> bool {
        matches!(self, Self::UpdateCommit | Self::UpdateSemiPrivateCommit)
    }

    /// Whether it brings a commit from the hub.
    pub const fn notifies_of_commit(self) -> bool {
        matches!(self, Self::NotifyCommit | Self::NotifySemiPrivateCommit)
    }

    /// Whether it brings proposals from the hub.
    pub const fn notifies_of_proposal(self) -> bool {
        matches!(self, Self::NotifyProposal | Self::NotifySemiPrivateProposal)
    }

    /// The names of the kinds whose length depends on what happened in a room before: on its ratchet tree, on whether the hub accepts,
    /// on how many KeyPackages are left.
    pub const BY_STATE: [&'static str; 14] = [
        Self::UpdateSemiPrivateCommit.name(),
        Self::UpdateSemiPrivateProposal.name(),
        Self::UpdateCommit.name(),
        Self::UpdateProposal.name(),
        Self::UpdateResponse.name(),
        Self::SubmitMessageResponse.name(),
        Self::NotifySemiPrivateCommit.name(),
        Self::NotifyCommit.name(),
        Self::NotifyWelcome.name(),
        Self::KeyMaterialResponse.name(),
        Self::GroupInfoResponse.name(),
        Self::PublishKeyPackages.name(),
        Self::RatchetTreeRequest.name(),
        Self::RatchetTree.name(),
    ];
}

impl<M: EmbeddedMessage> Frame<M> {
    /// The length of the body in bytes, where it can be encoded at all.
    ///
    /// # Errors
    /// [`WireError::Codec`] where it is longer than a vector can be (2³⁰ − 1 bytes), and so, surely or nearly
    /// so, one in it.
    pub fn checked_len(&self) -> Result<usize, WireError> {
        match self.encoded_len() {
            len if len < 1 << 30 => Ok(len),
            _ => Err(WireError::codec(self.kind().name())(
                Error::InvalidVectorLength,
            )),
        }
    }

    /// The body.
    ///
    /// # Errors
    /// [`WireError::Codec`] where a vector is longer than the encoding can say (2³⁰ − 1 bytes), or an
    /// embedded message is not what its field says.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        self.written().map_err(WireError::codec(self.kind().name()))
    }

    /// Reads the body of one frame from bytes that may be anything.
    ///
    /// # Errors
    /// [`WireError::Codec`] where they are damaged, [`WireError::TrailingBytes`] where more follows.
    pub fn decode(endpoint: Endpoint, body: &[u8]) -> Result<Self, WireError> {
        let mut rest = body;
        let frame = Self::read(endpoint, &mut rest).map_err(WireError::codec(endpoint.name()))?;
        match rest.len() {
            0 => Ok(frame),
            count => Err(WireError::TrailingBytes {
                what: endpoint.name(),
                count,
            }),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for FrameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
