//! A provider to be measured, another one that it knows, and clients.

use super::database::Database;
use crate::error::LiveError;
use crate::http::{
    Answer, Caller, Connection, Endpoint, Fields, Serving, accept, exchange, open, whole,
};
use crate::limits::{Limits, Rate};
use crate::serve::{Peers, Server, Setup};
use crate::store::StoreAt;
use crate::tls::{Authority, Identity, Resumption, Trust, client_config, server_config};
use crate::watch::Meters;
use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use rustls::ClientConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use throng_cost::Work;
use throng_stack::packet::{Opening, Overhead};
use throng_stack::web::Ask;
use throng_stack::{Envelope, Keeps, Kind, Packet, Peer, Reply, RequestId, Web};
use throng_stacks::live::{self, LiveClients};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// The one that is measured, and the one that it knows.
pub(super) const MEASURED: &str = "a.example";
const OTHER: &str = "b.example";
/// Each knows itself as the first.
const ME: ProviderId = ProviderId(0);
const THERE: ProviderId = ProviderId(1);

/// What the measured one's threads are called, and those of its clients.
pub(super) const ITS: [&str; 3] = ["a.example", "http a.example", "store a.example"];
pub(super) const ASKERS: [&str; 1] = ["askers"];

/// What was sent has come by then.
const COMES: Duration = Duration::from_secs(20);

/// All that a measurement needs.
pub(super) struct Bench {
    server: Server,
    askers: Runtime,
    /// Of the other provider; what it takes nobody measures.
    other: Runtime,
    /// MIMI's side of HTTP: that of clients, and that of the other provider.
    clients: Arc<dyn Web>,
    peer: Arc<dyn Web>,
    as_client: [Arc<ClientConfig>; 2],
    as_peer: Arc<ClientConfig>,
    address: SocketAddr,
    /// One whose hub is the other provider.
    room: RoomId,
    next_client: u32,
    next_request: u32,
    next_event: u64,
    from_other: Option<Connection>,
    /// Where the provider keeps things, if that is one.
    database: Option<Database>,
    _stop: watch::Sender<bool>,
}

/// A client with an account.
pub(super) struct Asker {
    pub(super) client: ClientId,
    token: String,
    sequence: u64,
    connection: Option<Connection>,
    /// Records that came so far.
    records: Arc<AtomicU64>,
    /// So many are to have come.
    due: u64,
}

/// Nobody is to be refused for being quick.
fn unlimited() -> Limits {
    let any = Rate::new(1_000_000, 1_000_000);
    Limits {
        account_rate: any,
        peer_rate: any,
        stranger_rate: any,
        ..Limits::default()
    }
}

fn identity(authority: &Authority, domain: &str) -> Result<Identity, LiveError> {
    Identity::of(&authority.issue(domain)?)
}

fn runtime(name: &str) -> Result<Runtime, LiveError> {
    let mut builder = Builder::new_multi_thread();
    let built = builder
        .worker_threads(1)
        .thread_name(name)
        .enable_all()
        .build();
    built.map_err(LiveError::Threads)
}

fn kind(name: &str) -> Kind {
    let names = live::vocabulary().packets.iter();
    let found = names.enumerate().find(|(_, known)| **known == name);
    found.map_or(Kind::new(u16::MAX, "unknown"), |(index, name)| {
        Kind::new(index as u16, name)
    })
}

impl Bench {
    pub(super) fn new(scenario: &Scenario, store: &StoreAt) -> Result<Self, LiveError> {
        let authority = Authority::new()?;
        let trust = Trust::of_pem(authority.certificate())?;
        let (askers, other) = (runtime("askers")?, runtime("other")?);
        let (stop, stopped) = watch::channel(false);
        let domains = [OTHER, MEASURED].map(str::to_owned);
        let streams = Streams::new(1, 0);
        let peer = live::provider(scenario, &domains, &streams, Keeps::ALL, false)
            .map_err(LiveError::Stack)?;
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = other.block_on(TcpListener::bind(here));
        let listener = listener.map_err(|source| LiveError::Listen {
            address: here,
            source,
        })?;
        let peers = Peers::default();
        if let Ok(address) = listener.local_addr() {
            peers.set(OTHER, address);
        }
        let config = server_config(identity(&authority, OTHER)?, &trust)?;
        let web = Arc::clone(&peer.web);
        let answer = move |_: Caller, request| refuse(Arc::clone(&web), request);
        let serving = Serving {
            config,
            limits: Arc::new(unlimited()),
            meters: Arc::new(Meters::of(OTHER)),
            stop: stopped,
        };
        other.spawn(accept(listener, serving, answer));
        let server = Server::start(Setup {
            domain: MEASURED.to_owned(),
            listen: here,
            identity: identity(&authority, MEASURED)?,
            trust: trust.clone(),
            others: vec![OTHER.to_owned()],
            peers,
            scenario: scenario.clone(),
            facts: None,
            store: store.of(MEASURED),
            metrics: None,
            limits: unlimited(),
            probe: Vec::new(),
        })?;
        let population = Population::draw(scenario, &scenario.streams());
        let mut rooms = population.rooms.iter();
        let room = rooms.position(|room| room.hub == THERE);
        let room = room.ok_or_else(|| failed("a scenario without a room there".to_owned()))?;
        let room = RoomId(room as u32);
        let as_client = |resumption| client_config(None, &trust, resumption);
        Ok(Self {
            address: server.address(),
            server,
            askers,
            other,
            clients: LiveClients::new(scenario, &population, &streams).web(),
            as_client: [
                as_client(Resumption::Never)?,
                as_client(Resumption::Tickets)?,
            ],
            as_peer: client_config(
                Some(&identity(&authority, OTHER)?),
                &trust,
                Resumption::default(),
            )?,
            peer: peer.web,
            room,
            next_client: 0,
            next_request: 0,
            next_event: 0,
            from_other: None,
            database: Database::of(store)?,
            _stop: stop,
        })
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// For how long the database's processes were on a core, in nanoseconds, where there is one and the system says so.
    ///
    /// # Errors
    /// [`LiveError::Measurement`] where it does not say which those are.
    pub(super) fn database_on_core(&self) -> Result<Option<u64>, LiveError> {
        let database = self.database.as_ref();
        database.map_or(Ok(None), Database::on_core)
    }

    /// Ends.
    pub(super) fn stop(self) -> Result<(), LiveError> {
        self.askers.shutdown_background();
        self.other.shutdown_background();
        self.server.stop()
    }

    fn endpoint(&self, resumption: Resumption) -> Endpoint {
        let config = &self.as_client[usize::from(resumption == Resumption::Tickets)];
        Endpoint {
            domain: MEASURED.to_owned(),
            address: self.address,
            config: Arc::clone(config),
        }
    }

    /// A client that has an account and no connection.
    pub(super) fn asker(&mut self) -> Result<Asker, LiveError> {
        let client = ClientId(self.next_client);
        self.next_client += 1;
        // Whose it is makes no difference: each has a user of its own that the small company's first provider has.
        let ask = self.clients.ask_account(UserId(0), client);
        let ask = ask.map_err(|error| failed(error.to_string()))?;
        let endpoint = self.endpoint(Resumption::Tickets);
        let token = self.askers.block_on(async {
            let mut connection = endpoint.connect().await?;
            let reply = exchange(&mut connection, MEASURED, None, &ask).await;
            let reply = reply.map_err(failed)?;
            String::from_utf8(reply.body.to_vec()).map_err(|error| failed(error.to_string()))
        })?;
        Ok(Asker {
            client,
            token,
            sequence: 0,
            connection: None,
            records: Arc::default(),
            due: 0,
        })
    }

    /// A request of a client with this body, and what it takes the client. What opens a connection says how.
    fn request(
        &mut self,
        asker: &mut Asker,
        name: &str,
        (room, body): (Option<RoomId>, Vec<u8>),
        opening: Option<&'static Opening>,
    ) -> Result<(Ask, Work), LiveError> {
        let mut envelope = Envelope::new(
            Peer::Client(asker.client),
            Packet::of_bytes(kind(name), body),
        );
        envelope.sequence = asker.sequence;
        asker.sequence += 1;
        envelope.room = room;
        envelope.request = room.map(|_| RequestId {
            provider: ME,
            client: asker.client,
            number: self.next_request,
        });
        self.next_request += 1;
        envelope.overhead = Overhead {
            opening,
            ..self.clients.overhead(Peer::Provider(ME), &envelope)
        };
        let ask = self.clients.ask(&envelope);
        let ask = ask.map_err(|error| failed(error.to_string()))?;
        Ok((ask, live::asked(&envelope)))
    }

    /// Connect a client, which has all that came before `next`; a stream of events begins that somebody reads. What that takes
    /// the client.
    pub(super) fn connect(
        &mut self,
        asker: &mut Asker,
        next: u64,
        resumption: Resumption,
    ) -> Result<Work, LiveError> {
        let opening = self.clients.opening(resumption == Resumption::Tickets);
        let body = next.to_be_bytes().to_vec();
        let (ask, work) = self.request(asker, "connect", (None, body), opening)?;
        let endpoint = self.endpoint(resumption);
        let (token, records) = (asker.token.clone(), Arc::clone(&asker.records));
        // On the askers' thread: what a handshake takes is theirs.
        let opening = self.askers.spawn(async move {
            let mut connection = endpoint.connect().await?;
            let opened = open(&mut connection, MEASURED, Some(&token), &ask).await;
            let opened = opened.map_err(failed)?;
            tokio::spawn(read(opened.into_body(), records));
            Ok::<_, LiveError>(connection)
        });
        let opened = self.askers.block_on(opening);
        let connection = opened.map_err(|error| failed(error.to_string()))??;
        asker.connection = Some(connection);
        // It hears that it is connected.
        asker.due += 1;
        Ok(work)
    }

    /// What so many connections take a provider, beside what its machine counts of them.
    pub(super) fn taken(&self, connections: u64, resumed: bool) -> Work {
        let opening = self.clients.opening(resumed);
        opening.map_or_else(Work::default, |opening| {
            live::taken(opening).times(connections)
        })
    }

    /// Have a client go offline.
    pub(super) fn disconnect(&mut self, asker: &mut Asker) -> Result<(), LiveError> {
        let asker = std::slice::from_mut(asker);
        self.ask_each(asker, (1, Duration::ZERO), "disconnect", (None, &[]))?;
        asker[0].connection = None;
        Ok(())
    }

    /// So many requests of each of several clients, in turn and so far apart; what that takes them.
    pub(super) fn ask_each(
        &mut self,
        askers: &mut [Asker],
        (times, apart): (u64, Duration),
        name: &str,
        (room, body): (Option<RoomId>, &[u8]),
    ) -> Result<Work, LiveError> {
        let mut all = Vec::with_capacity(askers.len());
        let mut sum = Work::default();
        for asker in askers.iter_mut() {
            let mut asks = Vec::new();
            for _ in 0..times {
                let (ask, work) = self.request(asker, name, (room, body.to_vec()), None)?;
                asks.push(ask);
                sum += work;
            }
            all.push(asks);
        }
        self.ask_all(askers, all, apart)?;
        Ok(sum)
    }

    /// Each of these clients says at once that it has all that came.
    pub(super) fn acknowledge(&mut self, askers: &mut [Asker]) -> Result<Work, LiveError> {
        let mut all = Vec::with_capacity(askers.len());
        let mut sum = Work::default();
        for asker in askers.iter_mut() {
            let body = asker.due.to_be_bytes().to_vec();
            let (ask, work) = self.request(asker, "ack", (None, body), None)?;
            all.push(vec![ask]);
            sum += work;
        }
        self.ask_all(askers, all, Duration::ZERO)?;
        Ok(sum)
    }

    fn ask_all(
        &self,
        askers: &mut [Asker],
        all: Vec<Vec<Ask>>,
        apart: Duration,
    ) -> Result<(), LiveError> {
        self.askers.block_on(async {
            let mut tasks = Vec::with_capacity(askers.len());
            let (begin, turn) = (tokio::time::Instant::now(), apart * askers.len() as u32);
            for ((place, asker), asks) in askers.iter().enumerate().zip(all) {
                let (connection, token) = (asker.connection.clone(), asker.token.clone());
                let mut due = begin + apart * place as u32;
                tasks.push(tokio::spawn(async move {
                    let mut connection = connection.ok_or("no connection")?;
                    for ask in asks {
                        tokio::time::sleep_until(due).await;
                        due += turn;
                        exchange(&mut connection, MEASURED, Some(&token), &ask).await?;
                    }
                    Ok::<(), String>(())
                }));
            }
            for task in tasks {
                let done = task.await.map_err(|error| failed(error.to_string()))?;
                done.map_err(failed)?;
            }
            Ok(())
        })
    }

    /// A room that the other provider is hub of, as clients call it.
    pub(super) fn room_there(&self) -> RoomId {
        self.room
    }

    /// Events of a room there from its hub, for these clients: so many, each when the one before was taken. What it takes one of the
    /// clients to receive one of them.
    pub(super) fn notify(
        &mut self,
        receivers: &mut [Asker],
        events: u64,
        ciphertext: usize,
    ) -> Result<Work, LiveError> {
        let packet = live::unreadable_event(ciphertext);
        let packet = packet.ok_or_else(|| failed("a message that is too long".to_owned()))?;
        let name = self.clients.room_name(self.room).unwrap_or_default();
        let room = self.peer.room_named(&name);
        let online = receivers.iter_mut();
        let online = online.filter(|asker| asker.connection.is_some());
        online.for_each(|asker| asker.due += events);
        let receivers: Arc<[ClientId]> = receivers.iter().map(|asker| asker.client).collect();
        let begin = self.next_event;
        self.next_event += events;
        let asks = (begin..begin + events).map(|number| {
            self.peer.ask(&Envelope {
                sequence: number,
                room,
                event: Some(number),
                receivers: Some(Arc::clone(&receivers)),
                ..Envelope::new(Peer::Provider(ME), packet.clone())
            })
        });
        let asks: Result<Vec<Ask>, _> = asks.collect();
        let asks = asks.map_err(|error| failed(error.to_string()))?;
        let endpoint = Endpoint {
            domain: MEASURED.to_owned(),
            address: self.address,
            config: Arc::clone(&self.as_peer),
        };
        let open = self.from_other.take();
        self.from_other = Some(self.other.block_on(async {
            let mut connection = match open {
                Some(connection) => connection,
                None => endpoint.connect().await?,
            };
            for ask in asks {
                let reply = exchange(&mut connection, MEASURED, None, &ask).await;
                let reply = reply.map_err(failed)?;
                if reply.status != 201 {
                    let why = String::from_utf8_lossy(&reply.body).into_owned();
                    return Err(failed(format!("status {}: {why}", reply.status)));
                }
            }
            Ok(connection)
        })?);
        let mut record = Envelope {
            room: Some(self.room),
            event: Some(begin),
            ..Envelope::new(Peer::Provider(ME), packet)
        };
        record.overhead = self.clients.overhead(Peer::Client(ClientId(0)), &record);
        Ok(live::received(&record))
    }

    /// Wait until all that is sent to them has come to each.
    pub(super) fn come(&self, askers: &[Asker]) -> Result<(), LiveError> {
        let until = Instant::now() + COMES;
        let here = |asker: &Asker| asker.records.load(Ordering::SeqCst) >= asker.due;
        while !askers.iter().all(here) {
            if Instant::now() > until {
                return Err(failed("what was sent does not come".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Asker {
    /// Records that are to have come to it.
    pub(super) fn due(&self) -> u64 {
        self.due
    }

    /// So many answers are to come to it besides.
    pub(super) fn hears(&mut self, records: u64) {
        self.due += records;
    }
}

fn failed(why: String) -> LiveError {
    LiveError::Measurement { why }
}

/// Reads records, and counts them.
async fn read(mut events: Incoming, records: Arc<AtomicU64>) {
    let mut buffer = BytesMut::new();
    while let Some(Ok(frame)) = events.frame().await {
        if let Some(data) = frame.data_ref() {
            buffer.extend_from_slice(data);
        }
        while let Some(length) = buffer.first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize + 4;
            if buffer.len() < length {
                break;
            }
            buffer.advance(length);
            records.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// The other provider takes nothing that it is asked for.
async fn refuse(web: Arc<dyn Web>, request: Request<Incoming>) -> Response<Answer> {
    let _ = request.into_body().collect().await;
    let reply = live::refusal().and_then(|packet| {
        let answer = Envelope::new(Peer::Provider(ME), packet);
        web.reply(&answer).ok()
    });
    let reply = reply.unwrap_or_else(|| Reply {
        status: 500,
        fields: Vec::new(),
        body: Arc::default(),
    });
    let mut response = Response::new(whole(Bytes::copy_from_slice(&reply.body)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = reply.fields.headers();
    response
}
