//! Too many, too often, too long.

use super::world::{
    Answer, Full, HONEST, PATIENCE, Request, Shows, World, answer, of_client, request,
};
use bytes::Bytes;
use futures_core::Stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use throng_live::Limits;
use throng_live::limits::Rate;
use throng_live::watch::process;
use throng_stack::{Input, Keeps, Outputs};
use throng_stacks::live::LiveClients;
use throng_workloads::builtin;
use throng_workloads::intent::{Action, ClientId, Intent, UserId};
use throng_workloads::population::Population;
use throng_workloads::time::SimTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const FROM: [u8; 4] = [127, 0, 0, 1];

/// So many bytes, made as they are asked for.
struct Endless {
    left: u64,
    sent: Arc<AtomicU64>,
}

const PIECE: u64 = 64 << 10;

impl Stream for Endless {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= PIECE;
        self.sent.fetch_add(PIECE, Ordering::SeqCst);
        let piece = Bytes::from_static(&[0; PIECE as usize]);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

/// A body of 1 GiB is refused before it is read: at its head where that says how long it is, and otherwise when it is longer than it may
/// be. Neither takes memory.
#[test]
fn a_body_of_a_gibibyte() {
    let world = World::new();
    let bearer = world.account(70);
    let memory = || process::taken(std::process::id()).map_or(0, |taken| taken.memory);
    let before = memory();
    let mut most = 0;
    for (announced, sends) in [(true, 1 << 20), (false, 48 << 20)] {
        let sent = Arc::new(AtomicU64::new(0));
        let mut request = of_client(&bearer, 0, "keyPackages", b"");
        if announced {
            let length = (1u64 << 30).to_string();
            let length = length.parse().expect("a value");
            request.headers_mut().insert("content-length", length);
        }
        let body = StreamBody::new(Endless {
            left: 1 << 30,
            sent: Arc::clone(&sent),
        });
        let status = world.runtime.block_on(async {
            let sender = world.speak(FROM, Shows::Nothing, 1 << 20).await;
            let mut sender = sender.expect("a connection");
            let asks = sender.send_request(request.map(|_| body));
            let mut asks = std::pin::pin!(asks);
            loop {
                most = most.max(memory());
                let answer = timeout(Duration::from_millis(5), asks.as_mut()).await;
                if let Ok(answer) = answer {
                    break answer.expect("an answer").status();
                }
            }
        });
        assert_eq!(status, 413);
        let sent = sent.load(Ordering::SeqCst);
        assert!(
            sent <= sends,
            "{sent} bytes of which {sends} would have been enough"
        );
    }
    // 32 MiB are what a body may have, twice as much where it grows; other tests run beside this one.
    let taken = most.saturating_sub(before);
    assert!(taken < 256 << 20, "{taken} bytes");
    let labels = [
        ("from", "client"),
        ("route", "keyPackages"),
        ("status", "413"),
    ];
    assert_eq!(world.figure("throng_requests_total", &labels), 2.0);
    world.serves_the_honest();
    world.stop();
}

#[test]
fn a_flood_of_connections() {
    let world = World::within(Limits {
        connections: 12,
        connections_per_address: 8,
        first: PATIENCE * 2,
        ..Limits::default()
    });
    let (mut held, mut refused) = (Vec::new(), 0);
    world.runtime.block_on(async {
        for _ in 0..40 {
            match world.connect(FROM, Shows::Nothing).await {
                Ok(stream) => held.push(stream),
                Err(_) => refused += 1,
            }
        }
    });
    assert_eq!((held.len(), refused), (8, 32));
    world.eventually(|| world.refused("full-for-address") == 32.0);
    assert_eq!(world.figure("throng_connections", &[]), 8.0);
    world.serves_the_honest();

    // From many addresses at once: nobody new is let in, and whoever is in is served.
    world.eventually(|| world.figure("throng_connections", &[]) == 8.0);
    world.runtime.block_on(async {
        let honest = world.speak(HONEST, Shows::Nothing, 1 << 20).await;
        let mut honest = honest.expect("a connection");
        for host in 0..20 {
            let stream = world.connect([127, 0, 1, host], Shows::Nothing).await;
            held.extend(stream.ok());
        }
        assert_eq!(held.len(), 11);
        let directory = request("GET", "/.well-known/mimi-protocol-directory", &[], b"");
        let served = answer(&mut honest, directory).await;
        assert_eq!(served.expect("an answer").status(), 200);
    });
    world.eventually(|| world.refused("full") == 17.0);
    // With them goes what they took.
    drop(held);
    world.eventually(|| world.figure("throng_connections", &[]) == 0.0);
    world.serves_the_honest();
    world.stop();
}

/// The answers to the same over one connection.
fn answers(
    world: &World,
    from: [u8; 4],
    shows: Shows<'_>,
    requests: impl Iterator<Item = Request<Full<Bytes>>>,
) -> Vec<Answer> {
    world.runtime.block_on(async {
        let mut sender = world
            .speak(from, shows, 1 << 20)
            .await
            .expect("a connection");
        let mut answers = Vec::new();
        for request in requests {
            answers.push(answer(&mut sender, request).await.expect("an answer"));
        }
        answers
    })
}

fn count(answers: &[Answer], status: u16) -> usize {
    let all = answers.iter();
    all.filter(|answer| answer.status() == status).count()
}

#[test]
fn a_flood_of_requests() {
    let world = World::within(Limits {
        account_rate: Rate::new(1, 5),
        peer_rate: Rate::new(1, 5),
        stranger_rate: Rate::new(1, 5),
        ..Limits::default()
    });
    let (eager, calm) = (world.account(70), world.account(71));
    let acks = |bearer: &str, count| {
        let bearer = bearer.to_owned();
        (0..count).map(move |sequence| of_client(&bearer, sequence, "ack", &[0; 8]))
    };
    let heard = answers(&world, FROM, Shows::Nothing, acks(&eager, 40));
    let often = count(&heard, 429);
    assert!((25..=35).contains(&often), "{often}");
    let wait = |answer: &Answer| {
        let after = answer.headers().get("retry-after")?.to_str().ok()?;
        after.parse::<u64>().ok()
    };
    let late = heard.iter().filter(|answer| answer.status() == 429);
    for answer in late {
        assert_eq!(wait(answer), Some(1));
    }
    assert_eq!(count(&heard, 204), 40 - often);
    let labels = [("from", "client"), ("route", "ack"), ("status", "429")];
    assert_eq!(world.figure("throng_requests_total", &labels), often as f64);
    // Another account, even from the same address.
    let heard = answers(&world, FROM, Shows::Nothing, acks(&calm, 5));
    assert_eq!(count(&heard, 204), 5);

    // A provider, and another.
    let folder = world.folder.path();
    let notify = |from: &'static str| (0..20).map(move |_| super::notify(from));
    let b = Shows::Of("b.example", folder);
    let heard = answers(&world, FROM, b, notify("mimi@b.example"));
    assert!(count(&heard, 429) >= 10);
    let d = Shows::Of("d.example", folder);
    let heard = answers(&world, FROM, d, notify("mimi@d.example").take(3));
    assert_eq!(count(&heard, 429), 0);

    // Strangers: with a token that is none, and with nothing at all.
    let guesses = acks("Bearer 00", 20);
    let heard = answers(&world, FROM, Shows::Nothing, guesses);
    assert!(count(&heard, 429) >= 10 && count(&heard, 401) >= 1);
    let nothing = (0..20).map(|_| request("GET", "/", &[], b""));
    let heard = answers(&world, FROM, Shows::Nothing, nothing);
    assert!(count(&heard, 429) >= 10);
    let directory = request("GET", "/.well-known/mimi-protocol-directory", &[], b"");
    let heard = world.try_ask(HONEST, Shows::Nothing, directory);
    assert_eq!(heard.expect("an answer").status(), 200);
    world.stop();
}

/// More streams than a connection may have wait for their turn, and are served.
#[test]
fn a_flood_of_streams() {
    let world = World::within(Limits {
        streams: 4,
        ..Limits::default()
    });
    let bearer = world.account(70);
    let settings = world.runtime.block_on(async {
        let stream = world.connect(FROM, Shows::Nothing).await;
        let mut stream = stream.expect("a connection");
        let begins = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        stream.write_all(begins).await.expect("sent");
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.expect("a frame");
        assert_eq!(head[3], 4, "SETTINGS");
        let mut settings = vec![0; u16::from_be_bytes([head[1], head[2]]).into()];
        stream.read_exact(&mut settings).await.expect("all of it");
        settings
    });
    // SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113, section 6.5.2).
    assert!(
        settings
            .chunks(6)
            .any(|setting| setting == [0, 3, 0, 0, 0, 4])
    );
    let statuses = world.runtime.block_on(async {
        let sender = world
            .speak::<Full<Bytes>>(FROM, Shows::Nothing, 1 << 20)
            .await;
        let sender = sender.expect("a connection");
        let asks = (0..100).map(|sequence| {
            let mut sender = sender.clone();
            let ack = of_client(&bearer, sequence, "ack", &[0; 8]);
            tokio::spawn(async move { answer(&mut sender, ack).await })
        });
        let asks: Vec<_> = asks.collect();
        let mut statuses = Vec::new();
        for ask in asks {
            let answer = ask.await.expect("no panic").expect("an answer");
            statuses.push(answer.status().as_u16());
        }
        statuses
    });
    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    world.stop();
}

/// What is put into bodies that are not taken has its limit, of each and of all; it is given back.
#[test]
fn a_flood_of_bodies() {
    let world = World::within(Limits {
        bodies: 3 << 20,
        bodies_each: 2 << 20,
        ..Limits::default()
    });
    let (greedy, other) = (world.account(70), world.account(71));
    let large = |bearer: &str| of_client(bearer, 0, "keyPackages", &vec![0; 5 << 19]);
    let refused = answers(
        &world,
        FROM,
        Shows::Nothing,
        std::iter::once(large(&greedy)),
    );
    assert_eq!(refused[0].status(), 503);
    assert!(refused[0].headers().contains_key("retry-after"));
    let small = |bearer: &str| of_client(bearer, 0, "keyPackages", &[0; 1 << 20]);
    for _ in 0..5 {
        // It is read, and found to be nothing.
        let heard = answers(&world, FROM, Shows::Nothing, std::iter::once(small(&other)));
        assert_ne!(heard[0].status(), 503);
    }
    world.serves_the_honest();
    world.stop();
}

/// The body with which a client publishes its first KeyPackages.
fn key_packages() -> Vec<u8> {
    let scenario = builtin::find("small").expect("built in").scenario(&[]);
    let scenario = scenario.expect("a scenario");
    let streams = scenario.streams();
    let population = Population::draw(&scenario, &streams);
    let clients = LiveClients::new(&scenario, &population, &streams);
    let (actor, user) = (ClientId(0), UserId(0));
    let mut party = clients.device(actor, user).expect("a client");
    let mut out = Outputs::default();
    let rooms = Vec::new();
    for action in [Action::Online, Action::NewClient { user, rooms }] {
        let at = SimTime::ZERO;
        let intent = Box::new(Intent { at, actor, action });
        party.handle(at, Input::Intent(intent), &mut out);
    }
    let asks = out.sends.iter();
    let mut asks = asks.filter_map(|(_, envelope)| clients.web().ask(envelope).ok());
    let publishes = asks.find(|ask| ask.path.ends_with("/keyPackages"));
    publishes.expect("KeyPackages").body.to_vec()
}

#[test]
fn a_flood_of_key_packages() {
    let world = World::within(Limits {
        keeps: Keeps {
            key_packages: 25,
            ..Limits::default().keeps
        },
        ..Limits::default()
    });
    let (eager, calm) = (world.account(70), world.account(71));
    let ten = key_packages();
    let publish = |bearer: &str, sequence| {
        let request = of_client(bearer, sequence, "keyPackages", &ten);
        let heard = answers(&world, FROM, Shows::Nothing, std::iter::once(request));
        heard[0].status().as_u16()
    };
    let statuses = [0, 1, 2, 3].map(|sequence| publish(&eager, sequence));
    assert_eq!(statuses, [202, 202, 507, 507]);
    assert_eq!(publish(&calm, 0), 202);
    world.eventually(|| world.figure("throng_stored_key_packages", &[]) == 30.0);
    let bytes = world.figure("throng_stored_key_packages_bytes", &[]);
    assert!(bytes > 30.0 * 100.0, "{bytes}");
    world.stop();
}
