//! Who never comes to an end: with TLS, with a head, with a body, with reading. Each is cut off in time, and counted; others are served.

use super::world::{Full, HONEST, PATIENCE, Shows, World, of_client, piece};
use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::Request;
use hyper::body::Frame;
use std::convert::Infallible;
use std::time::Duration;
use throng_live::Limits;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

const FROM: [u8; 4] = [127, 0, 0, 1];

fn world() -> World {
    World::within(Limits {
        handshake: Duration::from_secs(1),
        first: Duration::from_secs(1),
        body: Duration::from_secs(1),
        stalled: Duration::from_secs(1),
        idle: Duration::from_secs(2),
        ..Limits::default()
    })
}

/// Reads to the end, in whatever way that comes; that it does not is the fault.
async fn ends(stream: &mut (impl AsyncRead + Unpin)) {
    let mut all = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    assert!(ended.is_ok(), "still there after {PATIENCE:?}");
}

#[test]
fn a_handshake_that_never_ends() {
    let world = world();
    world.runtime.block_on(async {
        let mut silent = world.reach(FROM).await.expect("a connection");
        let mut halfway = world.reach(FROM).await.expect("a connection");
        // The beginning of a ClientHello of 512 bytes.
        let begins = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        halfway.write_all(&begins).await.expect("sent");
        ends(&mut silent).await;
        ends(&mut halfway).await;
    });
    world.eventually(|| world.refused("slow-handshake") == 2.0);
    world.serves_the_honest();
    world.stop();
}

/// HTTP/2 (RFC 9113): its preface, empty SETTINGS, and HEADERS of stream 1 without END_HEADERS.
const HEAD_BEGINS: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\
    \0\0\x01\x01\0\0\0\0\x01\x82";

/// CONTINUATION of it, without END_HEADERS: a field `a: a` that is not indexed.
const HEAD_GOES_ON: &[u8] = b"\0\0\x05\x09\0\0\0\0\x01\0\x01a\x01a";

#[test]
fn a_head_that_never_ends() {
    let world = world();
    world.runtime.block_on(async {
        let stream = world.connect(FROM, Shows::Nothing).await;
        let mut stream = stream.expect("a connection");
        stream.write_all(HEAD_BEGINS).await.expect("sent");
        ends(&mut stream).await;
        let stream = world.connect(FROM, Shows::Nothing).await;
        let (mut reads, mut writes) = tokio::io::split(stream.expect("a connection"));
        let drips = async {
            writes.write_all(HEAD_BEGINS).await?;
            loop {
                sleep(Duration::from_millis(50)).await;
                writes.write_all(HEAD_GOES_ON).await?;
                writes.flush().await?;
            }
        };
        let drips: std::pin::Pin<Box<dyn Future<Output = std::io::Result<()>>>> = Box::pin(drips);
        tokio::select! {
            () = ends(&mut reads) => {}
            // It is gone.
            Err(_) = drips => {}
        }
    });
    world.eventually(|| world.refused("silent") == 2.0);
    world.serves_the_honest();
    world.stop();
}

#[test]
fn a_body_that_drips() {
    let world = world();
    let bearer = world.account(70);
    let status = world.runtime.block_on(async {
        let sender = world.speak(FROM, Shows::Nothing, 1 << 20).await;
        let mut sender = sender.expect("a connection");
        let (drops, body) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, Infallible>>(1);
        tokio::spawn(async move {
            // For as long as somebody reads.
            while drops
                .send(Ok(Frame::data(Bytes::from_static(b"x"))))
                .await
                .is_ok()
            {
                sleep(Duration::from_millis(50)).await;
            }
        });
        let request = of_client(&bearer, 0, "keyPackages", b"");
        let body = StreamBody::new(Dripping(body));
        let answer = sender.send_request(request.map(|_| body)).await;
        answer.expect("an answer").status()
    });
    assert_eq!(status, 408);
    let labels = [
        ("from", "client"),
        ("route", "keyPackages"),
        ("status", "408"),
    ];
    assert_eq!(world.figure("throng_requests_total", &labels), 1.0);
    world.serves_the_honest();
    world.stop();
}

struct Dripping<T>(tokio::sync::mpsc::Receiver<T>);

impl<T> futures_core::Stream for Dripping<T> {
    type Item = T;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<T>> {
        self.0.poll_recv(context)
    }
}

/// It takes the head of the answer, and keeps the connection alive, but takes nothing of the stream.
#[test]
fn a_reader_that_never_reads() {
    let world = world();
    let bearer = world.account(70);
    let broke = world.runtime.block_on(async {
        let mut sender = world
            .speak(FROM, Shows::Nothing, 0)
            .await
            .expect("a connection");
        let events: Request<Full<Bytes>> = of_client(&bearer, 0, "events", &[0; 8]);
        let mut answer = sender.send_request(events).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        piece(answer.body_mut()).await
    });
    assert!(broke.is_err(), "{broke:?}");
    world.eventually(|| world.refused("slow-reader") == 1.0);
    // What it did not read is still there for it.
    let again = world.first_piece(of_client(&bearer, 1, "events", &[0; 8]));
    assert!(!again.is_empty());
    world.serves_the_honest();
    world.stop();
}

#[test]
fn a_connection_over_which_nothing_goes_on() {
    let world = world();
    let bearer = world.account(70);
    world.runtime.block_on(async {
        let mut idle = world
            .speak(HONEST, Shows::Nothing, 1 << 20)
            .await
            .expect("a connection");
        let ack: Request<Full<Bytes>> = of_client(&bearer, 0, "ack", &[0; 8]);
        let answer = super::world::answer(&mut idle, ack).await;
        assert_eq!(answer.expect("an answer").status(), 204);
        let mut busy = world
            .speak(HONEST, Shows::Nothing, 1 << 20)
            .await
            .expect("a connection");
        let events: Request<Full<Bytes>> = of_client(&bearer, 1, "events", &[0; 8]);
        let mut answer = busy.send_request(events).await.expect("an answer");
        assert!(!piece(answer.body_mut()).await.expect("a piece").is_empty());
        let until = std::time::Instant::now() + PATIENCE;
        while !idle.is_closed() {
            assert!(std::time::Instant::now() < until, "still there");
            sleep(Duration::from_millis(20)).await;
        }
        // A stream on which nothing comes is not nothing.
        assert!(!busy.is_closed());
    });
    world.eventually(|| world.refused("idle") >= 1.0);
    world.stop();
}
