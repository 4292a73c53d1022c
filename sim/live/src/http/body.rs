//! What bodies are.

use super::waits::Waits;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;

/// The body of an answer.
pub(crate) type Answer = UnsyncBoxBody<Bytes, Infallible>;

/// A body that is all there.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Answer {
    Full::new(bytes.into()).boxed_unsync()
}

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoBody {
    TooLong,
    TooSlow,
    Broken,
    /// Others have taken all the room that there is for bodies.
    NoRoom,
}

/// How much of a body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within {
    /// At most so many bytes.
    pub(crate) bytes: usize,
    /// And by then.
    pub(crate) time: Duration,
}

/// All of a body. `room` is asked whether there is any for each piece.
pub(crate) async fn read<B>(
    body: B,
    within: Within,
    room: impl FnMut(usize) -> bool,
) -> Result<Bytes, NoBody>
where
    B: Body<Data = Bytes>,
{
    let read = tokio::time::timeout(within.time, read_all(body, within.bytes, room));
    read.await.unwrap_or(Err(NoBody::TooSlow))
}

async fn read_all<B>(
    body: B,
    limit: usize,
    mut room: impl FnMut(usize) -> bool,
) -> Result<Bytes, NoBody>
where
    B: Body<Data = Bytes>,
{
    // What says at its head that it is too long is not read at all.
    if body.size_hint().lower() > limit as u64 {
        return Err(NoBody::TooLong);
    }
    let mut body = pin!(body);
    let mut all = Vec::new();
    while let Some(piece) = body.as_mut().frame().await {
        let piece = piece.map_err(|_| NoBody::Broken)?;
        let Some(data) = piece.data_ref() else {
            continue;
        };
        if all.len() + data.len() > limit {
            return Err(NoBody::TooLong);
        }
        if !room(data.len()) {
            return Err(NoBody::NoRoom);
        }
        all.extend_from_slice(data);
    }
    Ok(all.into())
}

/// So many records may be on the way to a client that reads slowly.
const MOST_RECORDS: usize = 4096;

/// A stream of pieces, and the body that it is. It ends when the stream is dropped; what is on the way then still goes.
pub(crate) fn stream(most_bytes: u64) -> (Stream, Events) {
    let (sender, receiver) = mpsc::channel(MOST_RECORDS);
    let waits = Arc::new(Waits::of(0));
    let stream = Stream {
        sender,
        waits: Arc::clone(&waits),
        most_bytes,
    };
    (stream, Events { receiver, waits })
}

/// The end of a stream at which pieces are put in.
#[derive(Debug)]
pub(crate) struct Stream {
    sender: mpsc::Sender<Bytes>,
    waits: Arc<Waits>,
    most_bytes: u64,
}

impl Stream {
    /// Puts one in; false where nobody reads any more, or too much is on the way.
    pub(crate) fn send(&self, piece: Bytes) -> bool {
        let length = piece.len() as u64;
        if !self.waits.add(length, self.most_bytes) {
            return false;
        }
        let sent = self.sender.try_send(piece).is_ok();
        if !sent {
            self.waits.less(length);
        }
        sent
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.waits.end();
    }
}

/// A body that goes on for as long as somebody sends pieces of it.
pub(crate) struct Events {
    receiver: mpsc::Receiver<Bytes>,
    waits: Arc<Waits>,
}

impl Events {
    /// What waits to be read of it.
    pub(crate) fn waits(&self) -> Arc<Waits> {
        Arc::clone(&self.waits)
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.receiver.poll_recv(context);
        next.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
