//! The bytes of real connections, held against the rule by which the machines count them (`Web::overhead`, `Web::opening`).
//!
//! The code of both ends is that of [`crate::http`], over loopback and through something that counts in between. What is asked are all
//! kinds of frames that go over HTTP, with bodies of several lengths, each many times: the table of a connection's header fields begins
//! empty and is full later, and a field is said anew when it was pushed out, so that single requests differ by what the
//! rule does not know. The median has to be what it says, to a few bytes, and the mean to what refilling the table may take.

use crate::http::{
    Answer, Caller, Connection, Endpoint, Events, Fields, Serving, accept, exchange, open, stream,
    whole,
};
use crate::limits::Limits;
use crate::tls::{Authority, Identity, Resumption, Trust, client_config, server_config};
use crate::watch::Meters;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throng_stack::packet::Overhead;
use throng_stack::web::AnsweredBy;
use throng_stack::{Envelope, Keeps, Kind, Packet, Peer, Reply, RequestId, Web};
use throng_stacks::live::{self, LiveClients};
use throng_workloads::builtin;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::population::Population;
use throng_workloads::stream::Streams;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// How often each is asked.
const TIMES: usize = 45;
/// The median may be so many bytes off: a reference of one byte in place of two, a date of another length in Huffman's code.
const MEDIAN: i64 = 6;
/// The mean may be so many bytes off: about 35 requests fill the table, and each time all fields are said anew.
const MEAN: f64 = 12.0;
/// A date that is said, less a reference to the one before.
const DATE: i64 = 1 + 1 + 22 - 1;
/// Nothing comes any more after so long.
const STILL: Duration = Duration::from_millis(6);

/// Pieces that went by, with their lengths: true where they went there.
type Pieces = Arc<Mutex<Vec<(bool, usize)>>>;

/// Both ends, and what counts between them.
struct Wire {
    runtime: Runtime,
    pieces: Pieces,
    address: SocketAddr,
    next: Arc<Mutex<Next>>,
    trust: Trust,
    identity: Identity,
    _stop: watch::Sender<bool>,
}

/// What is answered next.
enum Next {
    Reply(Reply),
    Stream(Option<Events>),
}

async fn answered(next: Arc<Mutex<Next>>, request: Request<Incoming>) -> Response<Answer> {
    let _ = request.into_body().collect().await;
    let mut next = next.lock().expect("whole");
    match &mut *next {
        Next::Reply(reply) => {
            let mut response = Response::new(whole(Bytes::copy_from_slice(&reply.body)));
            *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
            *response.headers_mut() = reply.fields.headers();
            response
        }
        Next::Stream(stream) => Response::new(stream.take().expect("one stream").boxed_unsync()),
    }
}

/// Passes on what both ends say, and counts it.
async fn count(near: TcpStream, far: TcpStream, pieces: Pieces) {
    let pump = |mut from: tokio::net::tcp::OwnedReadHalf,
                mut to: tokio::net::tcp::OwnedWriteHalf,
                there: bool,
                pieces: Pieces| async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            pieces.lock().expect("whole").push((there, length));
            if to.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    tokio::join!(
        pump(near_in, far_out, true, Arc::clone(&pieces)),
        pump(far_in, near_out, false, pieces)
    );
}

impl Wire {
    fn new() -> Self {
        let authority = Authority::new().expect("an authority");
        let identity = |domain| {
            let issued = authority.issue(domain).expect("issued");
            Identity::of(&issued).expect("sound")
        };
        let trust = Trust::of_pem(authority.certificate()).expect("sound");
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let next = Arc::new(Mutex::new(Next::Stream(None)));
        let pieces = Pieces::default();
        let (stop, stopped) = watch::channel(false);
        let config = server_config(identity("a.example"), &trust).expect("sound");
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let (listener, between) = runtime.block_on(async {
            let bind = || TcpListener::bind(here);
            (bind().await.expect("a port"), bind().await.expect("a port"))
        });
        let end = listener.local_addr().expect("an address");
        let address = between.local_addr().expect("an address");
        let next_one = Arc::clone(&next);
        let answer = move |_: Caller, request| answered(Arc::clone(&next_one), request);
        let serving = Serving {
            config,
            limits: Arc::new(Limits::default()),
            meters: Arc::new(Meters::of("a.example")),
            stop: stopped,
        };
        runtime.spawn(accept(listener, serving, answer));
        let seen = Arc::clone(&pieces);
        runtime.spawn(async move {
            while let Ok((near, _)) = between.accept().await {
                let far = TcpStream::connect(end).await.expect("it listens");
                tokio::spawn(count(near, far, Arc::clone(&seen)));
            }
        });
        Self {
            runtime,
            pieces,
            address,
            next,
            trust,
            identity: identity("b.example"),
            _stop: stop,
        }
    }

    fn endpoint(&self, provider: bool, resumption: Resumption) -> Endpoint {
        let identity = provider.then_some(&self.identity);
        Endpoint {
            domain: "a.example".to_owned(),
            address: self.address,
            config: client_config(identity, &self.trust, resumption).expect("sound"),
        }
    }

    fn connect(&self, endpoint: &Endpoint) -> Connection {
        self.runtime
            .block_on(endpoint.connect())
            .expect("connected")
    }

    /// What went by since the last time, when nothing comes any more.
    fn pieces(&self) -> Vec<(bool, usize)> {
        loop {
            let before = self.pieces.lock().expect("whole").len();
            std::thread::sleep(STILL);
            let mut pieces = self.pieces.lock().expect("whole");
            if pieces.len() == before {
                return std::mem::take(&mut pieces);
            }
        }
    }

    /// Bytes there and back since the last time.
    fn bytes(&self) -> (i64, i64) {
        let pieces = self.pieces();
        let sum = |which: bool| {
            let those = pieces.iter().filter(|(there, _)| *there == which);
            those.map(|(_, length)| *length as i64).sum()
        };
        (sum(true), sum(false))
    }
}

const A: ProviderId = ProviderId(0);
const B: ProviderId = ProviderId(1);
/// As accounts give them: so many hexadecimal digits, each as often as another.
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// MIMI's side of HTTP: of a provider and of clients, who know the same room.
fn webs() -> (Arc<dyn Web>, Arc<dyn Web>, RoomId) {
    let scenario = builtin::find("small").expect("built in");
    let scenario = scenario.scenario(&[]).expect("sound");
    let domains = ["a.example", "b.example"].map(str::to_owned);
    let streams = Streams::new(1, 0);
    let provider =
        live::provider(&scenario, &domains, &streams, Keeps::ALL, false).expect("a provider");
    let population = Population::draw(&scenario, &scenario.streams());
    let clients = LiveClients::new(&scenario, &population, &streams);
    let room = provider
        .web
        .room_named("mimi://a.example/r/r3")
        .expect("it is learned");
    (provider.web, clients.web(), room)
}

/// The `turn`th envelope of a kind, as such come after each other.
fn envelope(from: Peer, room: RoomId, kind: Kind, turn: usize, length: usize) -> Envelope {
    let client = kind.name();
    let about_nothing = [
        "connect",
        "ack",
        "disconnect",
        "delete-account",
        "publish-key-packages",
    ];
    let about_nothing = about_nothing.contains(&client);
    let event = client.starts_with("notify-") && client != "notify-welcome";
    Envelope {
        sequence: 95 + turn as u64,
        room: (!about_nothing).then_some(room),
        request: (!about_nothing && !client.starts_with("notify-")).then_some(RequestId {
            provider: match from {
                Peer::Client(_) => A,
                Peer::Provider(me) => me,
            },
            client: ClientId(2_051),
            number: 17 + turn as u32,
        }),
        event: event.then_some(8 + turn as u64),
        // The rule leaves out who it is for.
        receivers: None,
        ..Envelope::new(from, Packet::of_bytes(kind, body(from, kind, length)))
    }
}

/// Whatever is asked, but that providers ask for assets by their paths.
fn body(from: Peer, kind: Kind, length: usize) -> Vec<u8> {
    match (from, kind.name()) {
        (Peer::Provider(_), "proxy-download" | "fetch-asset") => {
            let url = b"https://b.example/v1/x-throng/assets/00112233445566778899aabbccddeeff";
            let length = 0x4000 | url.len() as u16;
            [&length.to_be_bytes(), &url[..]].concat()
        }
        _ => vec![7; length],
    }
}

/// An asset of so many bytes as an answer has it: a status, and a vector.
fn asset(length: usize) -> Vec<u8> {
    let prefix = 0x8000_0000 | length as u32;
    let head = [&200u16.to_be_bytes()[..], &prefix.to_be_bytes()].concat();
    [head, vec![7; length]].concat()
}

/// The same with so many events more behind it, where it is one.
fn envelope_before(
    (from, room, kind): (Peer, RoomId, Kind),
    turn: usize,
    length: usize,
    behind: usize,
) -> Envelope {
    let one = |place: usize| envelope(from, room, kind, turn * (behind + 1) + place, length);
    if behind == 0 {
        return one(0);
    }
    Envelope {
        behind: Some((1..=behind).map(one).collect()),
        ..one(0)
    }
}

/// Holds what was counted against what the rule says.
#[derive(Default)]
struct Compared {
    off: Vec<i64>,
    /// What answers have less where they are so quick that the date is the last one's: a reference in its place.
    less: i64,
}

impl Compared {
    fn add(&mut self, counted: i64, ruled: u64) {
        self.off.push(counted - ruled as i64);
    }

    fn check(mut self, what: &str, complaints: &mut Vec<String>) {
        for off in &mut self.off {
            if *off < -self.less / 2 {
                *off += self.less;
            }
        }
        let mean = self.off.iter().sum::<i64>() as f64 / self.off.len() as f64;
        self.off.sort_unstable();
        let median = self.off[self.off.len() / 2];
        println!("{what}: median {median:+}, mean {mean:+.1}");
        if median.abs() > MEDIAN || mean.abs() > MEAN {
            complaints.push(format!("{what}: median {median:+}, mean {mean:+.1}"));
        }
    }
}

fn kinds() -> impl Iterator<Item = Kind> {
    let names = live::vocabulary().packets.iter();
    names
        .enumerate()
        .map(|(index, name)| Kind::new(index as u16, name))
}

#[test]
fn requests_and_answers_are_as_long_as_the_rule_says() {
    let wire = Wire::new();
    let (provider, clients, room) = webs();
    let mut complaints = Vec::new();
    let mut asked = 0;
    for (from, to, web, token) in [
        (
            Peer::Client(ClientId(2_051)),
            Peer::Provider(A),
            &clients,
            Some(TOKEN),
        ),
        (Peer::Provider(A), Peer::Provider(B), &provider, None),
    ] {
        let events = ["notify-application", "notify-welcome"];
        let several = kinds().filter(|kind| token.is_none() && events.contains(&kind.name()));
        let several = several.flat_map(|kind| [(kind, 600, 3), (kind, 600, 40)]);
        let single = kinds().flat_map(|kind| [(kind, 8, 0), (kind, 40_000, 0)]);
        for (kind, length, behind) in single.chain(several) {
            let what = (from, room, kind);
            let sample = envelope_before(what, 0, length, behind);
            let Ok(ask) = web.ask(&sample) else { continue };
            if matches!(ask.answered_by, AnsweredBy::Stream) {
                continue;
            }
            asked += 1;
            let mut connection = wire.connect(&wire.endpoint(token.is_none(), Resumption::Never));
            let mut there = Compared::default();
            let mut back = Compared {
                less: DATE,
                ..Compared::default()
            };
            for turn in 0..TIMES {
                let sent = envelope_before(what, turn, length, behind);
                let overhead = web.overhead(to, &sent);
                let answer = answer_to(&sent, turn);
                let (reply, ruled_back) = match &answer {
                    None => (web.receipt(&sent), u64::from(overhead.back)),
                    Some(answer) => {
                        let around = provider.overhead(Peer::Provider(B), answer).there;
                        let reply = provider.reply(answer).expect("an answer");
                        (reply, answer.packet.len() + u64::from(around))
                    }
                };
                *wire.next.lock().expect("whole") = Next::Reply(reply);
                if turn == 0 {
                    // What is left of setting up the connection.
                    wire.pieces();
                }
                let ask = web.ask(&sent).expect("as before");
                let answered = exchange(&mut connection, "a.example", token, &ask);
                wire.runtime.block_on(answered).expect("answered");
                let (went, came) = wire.bytes();
                // The first says all fields for the first time: that is part of setting up.
                if turn > 0 {
                    there.add(went, sent.body_len() + u64::from(overhead.there));
                    back.add(came, ruled_back);
                }
            }
            there.check(
                &format!("{kind} from {from:?}, {length} B, {behind} behind it"),
                &mut complaints,
            );
            back.check(&format!("what answers {kind}, {length} B"), &mut complaints);
        }
    }
    assert!(asked > 30, "{asked}");
    assert_eq!(complaints, Vec::<String>::new());
}

/// What a provider hears from another; nothing of a client, who gets a receipt.
fn answer_to(sent: &Envelope, turn: usize) -> Option<Envelope> {
    let Peer::Provider(_) = sent.from else {
        return None;
    };
    let name = match sent.packet.kind().name() {
        notified if notified.starts_with("notify-") => "notify-accepted",
        "submit-message" => "submit-message-response",
        "group-info-request" => "group-info-response",
        "proxy-download" => "proxy-download-response",
        "fetch-asset" => "fetch-asset-response",
        _ => "update-response",
    };
    let kind = kinds().find(|kind| kind.name() == name).expect("a kind");
    let body = match name {
        "notify-accepted" => Vec::new(),
        "proxy-download-response" | "fetch-asset-response" => asset(20_000),
        _ => vec![7; sent.packet.len() as usize],
    };
    Some(Envelope {
        sequence: 95 + turn as u64,
        ..Envelope::new(Peer::Provider(A), Packet::of_bytes(kind, body))
    })
}

#[test]
fn records_of_a_stream_are_as_long_as_the_rule_says() {
    let wire = Wire::new();
    let (provider, clients, room) = webs();
    let (records, events) = stream(1 << 20);
    *wire.next.lock().expect("whole") = Next::Stream(Some(events));
    let mut connection = wire.connect(&wire.endpoint(false, Resumption::Never));
    let kind = kinds()
        .find(|kind| kind.name() == "connect")
        .expect("a kind");
    let begin = envelope(Peer::Client(ClientId(2_051)), room, kind, 0, 8);
    let ask = clients.ask(&begin).expect("a request");
    let opened = open(&mut connection, "a.example", Some(TOKEN), &ask);
    let mut records_of = wire.runtime.block_on(opened).expect("a stream").into_body();
    wire.pieces();
    for kind in kinds() {
        for length in [0, 8, 900, 20_000] {
            let me = Peer::Client(ClientId(2_051));
            let mut sent = envelope(Peer::Provider(A), room, kind, 3, length);
            sent.receivers = None;
            // A client is told what it asked for as a body, whatever that is.
            sent.packet = Packet::of_bytes(kind, vec![7; length]);
            let record = provider.record(&sent).expect("a record");
            let mut piece = (record.len() as u32).to_be_bytes().to_vec();
            piece.extend(record);
            let all = piece.len();
            assert!(records.send(piece.into()), "room for it");
            let mut read = 0;
            wire.runtime.block_on(async {
                while read < all {
                    let frame = records_of.frame().await.expect("more").expect("whole");
                    read += frame.into_data().expect("data").len();
                }
            });
            let (_, came) = wire.bytes();
            let ruled = length as u64 + u64::from(provider.overhead(me, &sent).there);
            assert_eq!(came, ruled as i64, "{kind} of {length} B");
        }
    }
}

/// Certificates and signatures (ECDSA, in DER) are not always of one length, and two frames may share a record of TLS.
const ABOUT: i64 = 24;

#[test]
fn connections_are_set_up_as_the_rule_says() {
    let wire = Wire::new();
    let (_, clients, room) = webs();
    // Tickets of the first are what the others go on from.
    let endpoint = wire.endpoint(false, Resumption::Tickets);
    let mut complaints = Vec::new();
    for turn in 0..6 {
        let resumed = turn > 0;
        let opening = clients.opening(resumed).expect("a rule");
        let connection = wire.connect(&endpoint);
        let kind = kinds()
            .find(|kind| kind.name() == "connect")
            .expect("a kind");
        let first = envelope(Peer::Client(ClientId(2_051)), room, kind, turn, 8);
        let Overhead { there, back, .. } = clients.overhead(Peer::Provider(A), &first);
        let ask = clients.ask(&first).expect("a request");
        let (records, events) = stream(1 << 20);
        *wire.next.lock().expect("whole") = Next::Stream(Some(events));
        let mut connection = connection;
        let opened = open(&mut connection, "a.example", Some(TOKEN), &ask);
        let stream = wire.runtime.block_on(opened).expect("a stream");
        // Each acknowledges what the other wants, whenever it comes to it.
        std::thread::sleep(20 * STILL);
        let pieces = wire.pieces();
        let flights = flights(&pieces);
        let all = |which: bool| -> i64 {
            let those = pieces.iter().filter(|(there, _)| *there == which);
            those.map(|(_, length)| *length as i64).sum()
        };
        let besides_there = all(true) - flights[0] - (first.packet.len() as i64 + i64::from(there));
        let besides_back = all(false) - flights[1] - i64::from(back);
        let counted = [flights[0], flights[1], besides_there, besides_back];
        let ruled = [
            opening.flights[2],
            opening.flights[3],
            opening.besides_there,
            opening.besides_back,
        ];
        println!("resumed {resumed}: {counted:?}, by the rule {ruled:?}");
        let off = counted
            .iter()
            .zip(ruled)
            .map(|(counted, ruled)| counted - i64::from(ruled));
        if off.into_iter().any(|off| off.abs() > ABOUT) {
            complaints.push(format!(
                "resumed {resumed}: {counted:?}, by the rule {ruled:?}"
            ));
        }
        drop((records, stream, connection));
        // What they say in parting.
        std::thread::sleep(20 * STILL);
        wire.pieces();
    }
    assert_eq!(complaints, Vec::<String>::new());
}

/// Whoever opens speaks first, then the other, then all is open.
fn flights(pieces: &[(bool, usize)]) -> [i64; 2] {
    let mut flights = [0, 0];
    let mut turn = 0;
    for (there, length) in pieces {
        if *there != (turn % 2 == 0) {
            turn += 1;
        }
        match flights.get_mut(turn) {
            Some(flight) => *flight += *length as i64,
            None => break,
        }
    }
    flights
}
