//! The kinds of frames: by endpoint, and finer for the accounts. Each is one row of one of two tables.

use std::fmt;

/// The table of endpoints: what each is, and its name in messages to people, in kebab case.
macro_rules! endpoints {
    ($($(#[$note:meta])+ $endpoint:ident $name:literal,)+) => {
        /// Whose body it is: what the URL and the direction say, and so what a body is decoded as.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $($(#[$note])+ $endpoint,)+
        }

        impl Endpoint {
            /// Its name in messages to people, in kebab case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$endpoint => $name,)+
                }
            }
        }
    };
}

/// The table of kinds: what each is, its endpoint, and its name where that is not the endpoint's.
macro_rules! kinds {
    ($($(#[$note:meta])+ $kind:ident at $endpoint:ident $(as $name:literal)?,)+) => {
        /// What the accounts tell apart: the endpoint and, for handshakes and fan-outs, what they carry.
        ///
        /// ```
        /// use throng_mimi::wire::FrameKind;
        /// assert_eq!(FrameKind::NotifyCommit.name(), "notify-commit");
        /// assert!(FrameKind::ALL.iter().enumerate().all(|(i, kind)| kind.index() == i));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FrameKind {
            $($(#[$note])+ $kind,)+
        }

        impl FrameKind {
            /// All kinds, each at its [`index`](Self::index).
            pub const ALL: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];

            /// The names of all kinds, in their order.
            pub const NAMES: [&'static str; Self::ALL.len()] = [$(Self::$kind.name()),+];

            /// Its place in [`ALL`](Self::ALL), for tables.
            pub const fn index(self) -> usize {
                self as usize
            }

            /// The endpoint whose body it is.
            pub const fn endpoint(self) -> Endpoint {
                match self {
                    $(Self::$kind => Endpoint::$endpoint,)+
                }
            }

            /// Its name in tables and files, in kebab case.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$kind => $name,)?)+
                    other => other.endpoint().name(),
                }
            }
        }
    };
}

endpoints! {
    /// `/keyMaterial`, the request.
    KeyMaterialRequest "key-material-request",
    /// `/keyMaterial`, the response.
    KeyMaterialResponse "key-material-response",
    /// `/update`, the request.
    Update "update",
    /// `/update`, the response.
    UpdateResponse "update-response",
    /// `/submitMessage`, the request.
    SubmitMessage "submit-message",
    /// `/submitMessage`, the response.
    SubmitMessageResponse "submit-message-response",
    /// `/notify`, the request.
    Notify "notify",
    /// `/notify`, the response: 201, without a body.
    NotifyAccepted "notify-accepted",
    /// `/groupInfo`, the request.
    GroupInfoRequest "group-info-request",
    /// `/groupInfo`, the response.
    GroupInfoResponse "group-info-response",
    /// A client publishes KeyPackages.
    PublishKeyPackages "publish-key-packages",
    /// A client is told to publish more.
    KeyPackagesLow "key-packages-low",
    /// A client comes online.
    Connect "connect",
    /// A client acknowledges.
    Ack "ack",
    /// A room is to exist (client–provider, ours).
    CreateRoom "create-room",
    /// Answer to a connection (client–provider, ours).
    Connected "connected",
    /// End of a connection (client–provider, ours).
    Disconnect "disconnect",
    /// `/notify`, the other response: 503 with Retry-After.
    NotifyLater "notify-later",
}

kinds! {
    /// A KeyMaterialRequest.
    KeyMaterialRequest at KeyMaterialRequest,
    /// A KeyMaterialResponse.
    KeyMaterialResponse at KeyMaterialResponse,
    /// A HandshakeBundle with a commit.
    UpdateCommit at Update as "update-commit",
    /// A HandshakeBundle with proposals.
    UpdateProposal at Update as "update-proposal",
    /// An UpdateRoomResponse.
    UpdateResponse at UpdateResponse,
    /// A SubmitMessageRequest.
    SubmitMessage at SubmitMessage,
    /// A SubmitMessageResponse.
    SubmitMessageResponse at SubmitMessageResponse,
    /// A FanoutMessage with a commit.
    NotifyCommit at Notify as "notify-commit",
    /// A FanoutMessage with proposals.
    NotifyProposal at Notify as "notify-proposal",
    /// A FanoutMessage with a Welcome.
    NotifyWelcome at Notify as "notify-welcome",
    /// A FanoutMessage with an application message.
    NotifyApplication at Notify as "notify-application",
    /// The 201 for a FanoutMessage.
    NotifyAccepted at NotifyAccepted,
    /// A GroupInfoRequest.
    GroupInfoRequest at GroupInfoRequest,
    /// A GroupInfoResponse.
    GroupInfoResponse at GroupInfoResponse,
    /// A client's new KeyPackages.
    PublishKeyPackages at PublishKeyPackages,
    /// The wish for more of them.
    KeyPackagesLow at KeyPackagesLow,
    /// A client's coming online.
    Connect at Connect,
    /// A client's acknowledgement.
    Ack at Ack,
    /// A room is to exist (client–provider, ours).
    CreateRoom at CreateRoom,
    /// Answer to a connection (client–provider, ours).
    Connected at Connected,
    /// End of a connection (client–provider, ours).
    Disconnect at Disconnect,
    /// `/notify`, the other response: 503 with Retry-After.
    NotifyLater at NotifyLater,
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
