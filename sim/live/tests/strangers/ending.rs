//! A provider that ends: what it has taken it answers, what is new it does not take, and streams come to their end.

use super::world::{Shows, World, answer, of_client, piece};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

const FROM: [u8; 4] = [127, 0, 0, 1];

struct Pieces(mpsc::Receiver<Bytes>);

impl futures_core::Stream for Pieces {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.0.poll_recv(context);
        next.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

#[test]
fn what_was_asked_before_is_answered_and_streams_end() {
    let mut world = World::new();
    let bearer = world.account(70);
    let server = world.take_server();
    world.runtime.block_on(async {
        let sender = world.speak::<BoxBody<Bytes, Infallible>>(FROM, Shows::Nothing, 1 << 20);
        let mut sender = sender.await.expect("a connection");
        let ask = |sequence, what, body: &[u8]| {
            of_client(&bearer, sequence, what, body).map(BodyExt::boxed)
        };
        let mut live = sender
            .send_request(ask(0, "events", &[0; 8]))
            .await
            .expect("an answer");
        assert!(!piece(live.body_mut()).await.expect("a piece").is_empty());

        // The first half of a body is there when the provider begins to end, the other comes then.
        let (pieces, body) = mpsc::channel(2);
        let half = ask(1, "ack", b"").map(|_| StreamBody::new(Pieces(body)).boxed());
        let mut asker = sender.clone();
        let under_way = tokio::spawn(async move { answer(&mut asker, half).await });
        pieces
            .send(Bytes::from_static(&[0; 4]))
            .await
            .expect("sent");
        sleep(Duration::from_millis(300)).await;
        let ended = thread::spawn(move || server.stop());
        sleep(Duration::from_millis(300)).await;

        let late = answer(&mut sender, ask(2, "ack", &[0; 8]))
            .await
            .expect("an answer");
        assert_eq!(late.status(), 503);
        assert_eq!(late.headers()["retry-after"], "1");
        // Also over a connection that begins now.
        let other = world.speak(FROM, Shows::Nothing, 1 << 20).await;
        let mut other = other.expect("a connection");
        let late = answer(&mut other, ask(2, "ack", &[0; 8])).await;
        assert_eq!(late.expect("an answer").status(), 503);

        pieces
            .send(Bytes::from_static(&[0; 4]))
            .await
            .expect("sent");
        drop(pieces);
        let answered = under_way.await.expect("no panic").expect("an answer");
        assert_eq!(answered.status(), 204);
        // Its end, and not that of the connection.
        assert_eq!(piece(live.body_mut()).await, Ok(Bytes::new()));
        let ended = tokio::task::spawn_blocking(|| ended.join()).await;
        ended
            .expect("no panic")
            .expect("no panic")
            .expect("in order");
        assert!(world.reach(FROM).await.is_err(), "nobody listens any more");
    });
}
