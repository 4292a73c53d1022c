//! Everything that travels.

use super::client::{Ack, Connect, Connected, CreateRoom, KeyPackagesLow, PublishKeyPackages};
use super::error::WireError;
use super::frame_kind::{Endpoint, FrameKind};
use super::group_info::{GroupInfoRequest, GroupInfoResponse};
use super::key_material::{KeyMaterialRequest, KeyMaterialResponse};
use super::notify::{FanoutEvent, FanoutMessage, NotifyLater};
use super::submit::{SubmitMessageRequest, SubmitMessageResponse};
use super::update::{HandshakeBundle, UpdateRoomResponse};
use throng_mls::wire::embedded::EmbeddedMessage;
use tls_codec::{Deserialize, Error, Serialize, Size};

/// The body of one request or response.
///
/// A body of `/notify` may hold several events; a frame holds one of them, so that each is accounted by
/// what it is. Their encodings one after another are the body, and
/// [`FanoutMessage::decode_all`] reads it.
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
    /// Asks for KeyPackages. Boxed, as are the others that are rare and large: most frames are not.
    KeyMaterialRequest(Box<KeyMaterialRequest>),
    /// KeyPackages.
    KeyMaterialResponse(KeyMaterialResponse<M>),
    /// A handshake on its way to the hub.
    Update(Box<HandshakeBundle<M>>),
    /// The hub's verdict on it.
    UpdateResponse(UpdateRoomResponse),
    /// An application message on its way to the hub.
    SubmitMessage(SubmitMessageRequest<M>),
    /// The hub's verdict on it.
    SubmitMessageResponse(SubmitMessageResponse),
    /// An event on its way from the hub.
    Notify(FanoutMessage<M>),
    /// It arrived: 201, and no body.
    NotifyAccepted,
    /// It cannot be taken now: 503.
    NotifyLater(NotifyLater),
    /// Asks for a GroupInfo.
    GroupInfoRequest(Box<GroupInfoRequest>),
    /// A GroupInfo.
    GroupInfoResponse(Box<GroupInfoResponse<M::Opaque>>),
    /// A client's new KeyPackages.
    PublishKeyPackages(PublishKeyPackages<M>),
    /// The wish for more of them.
    KeyPackagesLow(KeyPackagesLow),
    /// A client's coming online.
    Connect(Connect),
    /// A client's acknowledgement.
    Ack(Ack),
    /// A room is to exist (ours).
    CreateRoom(Box<CreateRoom<M>>),
    /// The client's stream so far is sent (ours).
    Connected(Connected),
    /// The client's connection ends (ours): no body.
    Disconnect,
}

/// The same expression for the body of whichever variant it is; `$none` for the one without a body.
macro_rules! on_body {
    ($frame:expr, $body:ident => $then:expr, $none:expr) => {
        match $frame {
            Frame::KeyMaterialRequest($body) => $then,
            Frame::KeyMaterialResponse($body) => $then,
            Frame::Update($body) => $then,
            Frame::UpdateResponse($body) => $then,
            Frame::SubmitMessage($body) => $then,
            Frame::SubmitMessageResponse($body) => $then,
            Frame::Notify($body) => $then,
            Frame::NotifyAccepted => $none,
            Frame::NotifyLater($body) => $then,
            Frame::GroupInfoRequest($body) => $then,
            Frame::GroupInfoResponse($body) => $then,
            Frame::PublishKeyPackages($body) => $then,
            Frame::KeyPackagesLow($body) => $then,
            Frame::Connect($body) => $then,
            Frame::Ack($body) => $then,
            Frame::CreateRoom($body) => $then,
            Frame::Connected($body) => $then,
            Frame::Disconnect => $none,
        }
    };
}

impl<M: EmbeddedMessage> Frame<M> {
    /// What the accounts call it.
    pub fn kind(&self) -> FrameKind {
        match self {
            Self::KeyMaterialRequest(_) => FrameKind::KeyMaterialRequest,
            Self::KeyMaterialResponse(_) => FrameKind::KeyMaterialResponse,
            Self::Update(bundle) => match **bundle {
                HandshakeBundle::Commit { .. } => FrameKind::UpdateCommit,
                HandshakeBundle::Proposal { .. } => FrameKind::UpdateProposal,
            },
            Self::UpdateResponse(_) => FrameKind::UpdateResponse,
            Self::SubmitMessage(_) => FrameKind::SubmitMessage,
            Self::SubmitMessageResponse(_) => FrameKind::SubmitMessageResponse,
            Self::Notify(fanout) => match fanout.event {
                FanoutEvent::Commit { .. } => FrameKind::NotifyCommit,
                FanoutEvent::Proposal { .. } => FrameKind::NotifyProposal,
                FanoutEvent::Welcome { .. } => FrameKind::NotifyWelcome,
                FanoutEvent::Application { .. } => FrameKind::NotifyApplication,
            },
            Self::NotifyAccepted => FrameKind::NotifyAccepted,
            Self::NotifyLater(_) => FrameKind::NotifyLater,
            Self::GroupInfoRequest(_) => FrameKind::GroupInfoRequest,
            Self::GroupInfoResponse(_) => FrameKind::GroupInfoResponse,
            Self::PublishKeyPackages(_) => FrameKind::PublishKeyPackages,
            Self::KeyPackagesLow(_) => FrameKind::KeyPackagesLow,
            Self::Connect(_) => FrameKind::Connect,
            Self::Ack(_) => FrameKind::Ack,
            Self::CreateRoom(_) => FrameKind::CreateRoom,
            Self::Connected(_) => FrameKind::Connected,
            Self::Disconnect => FrameKind::Disconnect,
        }
    }

    /// The length of the body in bytes, without encoding it.
    pub fn encoded_len(&self) -> usize {
        on_body!(self, body => body.tls_serialized_len(), 0)
    }

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
        on_body!(self, body => body.tls_serialize_detached(), Ok(Vec::new()))
            .map_err(WireError::codec(self.kind().name()))
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
            count => Err(WireError::TrailingBytes { endpoint, count }),
        }
    }

    fn read(endpoint: Endpoint, rest: &mut &[u8]) -> Result<Self, Error> {
        fn body<T: Deserialize>(rest: &mut &[u8]) -> Result<T, Error> {
            T::tls_deserialize(rest)
        }
        Ok(match endpoint {
            Endpoint::KeyMaterialRequest => Self::KeyMaterialRequest(Box::new(body(rest)?)),
            Endpoint::KeyMaterialResponse => Self::KeyMaterialResponse(body(rest)?),
            Endpoint::Update => Self::Update(Box::new(body(rest)?)),
            Endpoint::UpdateResponse => Self::UpdateResponse(body(rest)?),
            Endpoint::SubmitMessage => Self::SubmitMessage(body(rest)?),
            Endpoint::SubmitMessageResponse => Self::SubmitMessageResponse(body(rest)?),
            Endpoint::Notify => Self::Notify(body(rest)?),
            Endpoint::NotifyAccepted => Self::NotifyAccepted,
            Endpoint::NotifyLater => Self::NotifyLater(body(rest)?),
            Endpoint::GroupInfoRequest => Self::GroupInfoRequest(Box::new(body(rest)?)),
            Endpoint::GroupInfoResponse => Self::GroupInfoResponse(Box::new(body(rest)?)),
            Endpoint::PublishKeyPackages => Self::PublishKeyPackages(body(rest)?),
            Endpoint::KeyPackagesLow => Self::KeyPackagesLow(body(rest)?),
            Endpoint::Connect => Self::Connect(body(rest)?),
            Endpoint::Ack => Self::Ack(body(rest)?),
            Endpoint::CreateRoom => Self::CreateRoom(Box::new(body(rest)?)),
            Endpoint::Connected => Self::Connected(body(rest)?),
            Endpoint::Disconnect => Self::Disconnect,
        })
    }
}
