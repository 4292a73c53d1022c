//! The kinds of frames: by endpoint, and finer for the accounts.

use std::fmt;

/// Whose body it is: what the URL and the direction say, and so what a body is decoded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `/keyMaterial`, the request.
    KeyMaterialRequest,
    /// `/keyMaterial`, the response.
    KeyMaterialResponse,
    /// `/update`, the request.
    Update,
    /// `/update`, the response.
    UpdateResponse,
    /// `/submitMessage`, the request.
    SubmitMessage,
    /// `/submitMessage`, the response.
    SubmitMessageResponse,
    /// `/notify`, the request.
    Notify,
    /// `/notify`, the response: 201, without a body.
    NotifyAccepted,
    /// `/groupInfo`, the request.
    GroupInfoRequest,
    /// `/groupInfo`, the response.
    GroupInfoResponse,
    /// A client publishes KeyPackages.
    PublishKeyPackages,
    /// A client is told to publish more.
    KeyPackagesLow,
    /// A client comes online.
    Connect,
    /// A client acknowledges.
    Ack,
    /// A room is to exist (client–provider, ours).
    CreateRoom,
    /// Answer to a connection (client–provider, ours).
    Connected,
    /// End of a connection (client–provider, ours).
    Disconnect,
    /// `/notify`, the other response: 503 with Retry-After.
    NotifyLater,
}

impl Endpoint {
    /// Its name in messages to people, in kebab case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyMaterialRequest => "key-material-request",
            Self::KeyMaterialResponse => "key-material-response",
            Self::Update => "update",
            Self::UpdateResponse => "update-response",
            Self::SubmitMessage => "submit-message",
            Self::SubmitMessageResponse => "submit-message-response",
            Self::Notify => "notify",
            Self::NotifyAccepted => "notify-accepted",
            Self::GroupInfoRequest => "group-info-request",
            Self::GroupInfoResponse => "group-info-response",
            Self::PublishKeyPackages => "publish-key-packages",
            Self::KeyPackagesLow => "key-packages-low",
            Self::Connect => "connect",
            Self::Ack => "ack",
            Self::CreateRoom => "create-room",
            Self::Connected => "connected",
            Self::Disconnect => "disconnect",
            Self::NotifyLater => "notify-later",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
    /// A KeyMaterialRequest.
    KeyMaterialRequest,
    /// A KeyMaterialResponse.
    KeyMaterialResponse,
    /// A HandshakeBundle with a commit.
    UpdateCommit,
    /// A HandshakeBundle with proposals.
    UpdateProposal,
    /// An UpdateRoomResponse.
    UpdateResponse,
    /// A SubmitMessageRequest.
    SubmitMessage,
    /// A SubmitMessageResponse.
    SubmitMessageResponse,
    /// A FanoutMessage with a commit.
    NotifyCommit,
    /// A FanoutMessage with proposals.
    NotifyProposal,
    /// A FanoutMessage with a Welcome.
    NotifyWelcome,
    /// A FanoutMessage with an application message.
    NotifyApplication,
    /// The 201 for a FanoutMessage.
    NotifyAccepted,
    /// A GroupInfoRequest.
    GroupInfoRequest,
    /// A GroupInfoResponse.
    GroupInfoResponse,
    /// A client's new KeyPackages.
    PublishKeyPackages,
    /// The wish for more of them.
    KeyPackagesLow,
    /// A client's coming online.
    Connect,
    /// A client's acknowledgement.
    Ack,
    /// A room is to exist (client–provider, ours).
    CreateRoom,
    /// Answer to a connection (client–provider, ours).
    Connected,
    /// End of a connection (client–provider, ours).
    Disconnect,
    /// `/notify`, the other response: 503 with Retry-After.
    NotifyLater,
}

impl FrameKind {
    /// All kinds, each at its [`index`](Self::index).
    pub const ALL: [Self; 22] = [
        Self::KeyMaterialRequest,
        Self::KeyMaterialResponse,
        Self::UpdateCommit,
        Self::UpdateProposal,
        Self::UpdateResponse,
        Self::SubmitMessage,
        Self::SubmitMessageResponse,
        Self::NotifyCommit,
        Self::NotifyProposal,
        Self::NotifyWelcome,
        Self::NotifyApplication,
        Self::NotifyAccepted,
        Self::GroupInfoRequest,
        Self::GroupInfoResponse,
        Self::PublishKeyPackages,
        Self::KeyPackagesLow,
        Self::Connect,
        Self::Ack,
        Self::CreateRoom,
        Self::Connected,
        Self::Disconnect,
        Self::NotifyLater,
    ];

    /// The names of all kinds, in their order.
    pub const NAMES: [&'static str; Self::ALL.len()] = {
        let mut names = [""; Self::ALL.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].name();
            at += 1;
        }
        names
    };

    /// Its place in [`ALL`](Self::ALL), for tables.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The endpoint whose body it is.
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::KeyMaterialRequest => Endpoint::KeyMaterialRequest,
            Self::KeyMaterialResponse => Endpoint::KeyMaterialResponse,
            Self::UpdateCommit | Self::UpdateProposal => Endpoint::Update,
            Self::UpdateResponse => Endpoint::UpdateResponse,
            Self::SubmitMessage => Endpoint::SubmitMessage,
            Self::SubmitMessageResponse => Endpoint::SubmitMessageResponse,
            Self::NotifyCommit
            | Self::NotifyProposal
            | Self::NotifyWelcome
            | Self::NotifyApplication => Endpoint::Notify,
            Self::NotifyAccepted => Endpoint::NotifyAccepted,
            Self::GroupInfoRequest => Endpoint::GroupInfoRequest,
            Self::GroupInfoResponse => Endpoint::GroupInfoResponse,
            Self::PublishKeyPackages => Endpoint::PublishKeyPackages,
            Self::KeyPackagesLow => Endpoint::KeyPackagesLow,
            Self::Connect => Endpoint::Connect,
            Self::Ack => Endpoint::Ack,
            Self::CreateRoom => Endpoint::CreateRoom,
            Self::Connected => Endpoint::Connected,
            Self::Disconnect => Endpoint::Disconnect,
            Self::NotifyLater => Endpoint::NotifyLater,
        }
    }

    /// Its name in tables and files, in kebab case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpdateCommit => "update-commit",
            Self::UpdateProposal => "update-proposal",
            Self::NotifyCommit => "notify-commit",
            Self::NotifyProposal => "notify-proposal",
            Self::NotifyWelcome => "notify-welcome",
            Self::NotifyApplication => "notify-application",
            other => other.endpoint().name(),
        }
    }
}

impl fmt::Display for FrameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
