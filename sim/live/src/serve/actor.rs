//! The thread on which a provider's state machine runs: one input after another, and what comes of each to where it goes.

use super::budget::Share;
use super::facts::{Began, FactLog};
use super::waiting::Waiting;
use super::way::Way;
use crate::error::LiveError;
use crate::http::Stream;
use crate::monotonic;
use crate::timers::Timers;
use crate::watch::Meters;
use bytes::{BufMut, BytesMut};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use throng_stack::web::Turned;
use throng_stack::{Envelope, Input, Link, Outputs, Party, Peer, Reply, Timer, Web};
use throng_stacks::live::LiveProvider;
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::SimTime;
use tokio::sync::oneshot;

/// How long it waits for something to do before it looks whether something is due.
const IDLE: Duration = Duration::from_millis(200);

/// So often it is said what the provider stores.
const STORED_EVERY: Duration = Duration::from_secs(1);

/// What a client hears that asks for a connection when it already has asked for a later one.
const STALE: &str = "a connection that another has followed";

/// What is put before the provider.
pub(super) enum Post {
    /// A request that came in, and who waits for its answer.
    Asked(Box<Envelope>, oneshot::Sender<Reply>),
    /// A client's connection begins with this: the stream to it, for as long as that lasts.
    Connects(Box<Envelope>, Stream, oneshot::Sender<Reply>),
    /// Something else.
    Input(Input),
    /// It is to end.
    Stop,
}

/// What was put before the provider and when, and the memory that it takes until it is looked at.
pub(super) struct Posted {
    at: u64,
    post: Post,
    _share: Option<Share>,
}

/// The way to the provider's thread.
#[derive(Clone)]
pub(super) struct Posts {
    sender: SyncSender<Posted>,
    meters: Arc<Meters>,
}

impl Posts {
    /// So much may wait.
    pub(super) fn new(most: usize, meters: Arc<Meters>) -> (Self, Receiver<Posted>) {
        let (sender, inbox) = sync_channel(most);
        (Self { sender, meters }, inbox)
    }

    /// Waits until there is room.
    pub(super) fn send(&self, post: Post) {
        self.meters.posts.inc();
        let sent = self.sender.send(Posted {
            at: monotonic::now(),
            post,
            _share: None,
        });
        // Where nobody is there any more, nothing is to be done either.
        if sent.is_err() {
            self.meters.posts.dec();
        }
    }

    /// Where there is room.
    pub(super) fn try_send(
        &self,
        post: Post,
        share: Option<Share>,
    ) -> Result<(), TrySendError<Posted>> {
        self.meters.posts.inc();
        let sent = self.sender.try_send(Posted {
            at: monotonic::now(),
            post,
            _share: share,
        });
        if sent.is_err() {
            self.meters.posts.dec();
        }
        sent
    }
}

/// The provider, and the ways out of it.
pub(super) struct Actor {
    party: Box<dyn Party>,
    web: Arc<dyn Web>,
    clock: Clock,
    timers: Timers<Timer>,
    waiting: Waiting,
    streams: BTreeMap<ClientId, Stream>,
    /// That of a client that asks to connect: it takes the place of another only when the machine says that this connection begins.
    candidate: Option<(ClientId, Stream)>,
    outbound: BTreeMap<ProviderId, Way>,
    log: Option<FactLog>,
    meters: Arc<Meters>,
    /// When it was last told what the provider stores.
    stored: Option<Instant>,
    /// Nanoseconds for which what is at hand waited for this thread.
    waited: u64,
}

impl Actor {
    pub(super) fn new(
        provider: LiveProvider,
        outbound: BTreeMap<ProviderId, Way>,
        log: Option<FactLog>,
        meters: Arc<Meters>,
    ) -> Self {
        Self {
            party: provider.party,
            web: provider.web,
            clock: Clock::new(),
            timers: Timers::new(),
            waiting: Waiting::default(),
            streams: BTreeMap::new(),
            candidate: None,
            outbound,
            log,
            meters,
            stored: None,
            waited: 0,
        }
    }

    /// Runs until it is stopped, or nobody is left who could ask.
    pub(super) fn run(mut self, posts: &Receiver<Posted>) -> Result<(), LiveError> {
        loop {
            let now = Instant::now();
            while let Some(timer) = self.timers.due(now) {
                self.handle(Input::Timer(timer))?;
            }
            let wait = self.timers.next().map_or(IDLE, |at| at - now);
            let posted = posts.recv_timeout(wait.min(IDLE)).map(|posted| {
                self.meters.posts.dec();
                self.waited = monotonic::now().saturating_sub(posted.at);
                posted.post
            });
            self.say_what_is_stored();
            match posted {
                Ok(Post::Asked(envelope, asker)) => self.asked(*envelope, asker)?,
                Ok(Post::Connects(envelope, stream, asker)) => {
                    if let Peer::Client(client) = envelope.from {
                        self.candidate = Some((client, stream));
                    }
                    self.asked(*envelope, asker)?;
                }
                Ok(Post::Input(input)) => drop(self.handle(input)?),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(log) = &mut self.log {
                        log.idle()?;
                    }
                }
                Ok(Post::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        match &mut self.log {
            Some(log) => log.flush(),
            None => Ok(()),
        }
    }

    /// Somebody asked. Clients hear at once that it is taken; what a provider hears, the machine says, now or later.
    fn asked(
        &mut self,
        envelope: Envelope,
        asker: oneshot::Sender<Reply>,
    ) -> Result<(), LiveError> {
        let from = envelope.from;
        if let Peer::Client(_) = from {
            let receipt = self.web.receipt(&envelope);
            let rejected = self.handle(Input::Envelope(Box::new(envelope)))?;
            // One that came after another which the client made later.
            let stale = self
                .candidate
                .take()
                .map(|_| Turned::new(409, STALE).into());
            let _ = asker.send(rejected.or(stale).unwrap_or(receipt));
            return Ok(());
        }
        let Some(pair) = self.web.pair(from, &envelope) else {
            // A request without a name is nothing that could be answered: its asker waits for nothing.
            drop(asker);
            return self.handle(Input::Envelope(Box::new(envelope))).map(drop);
        };
        self.waiting.add(pair, asker);
        if let Some(rejected) = self.handle(Input::Envelope(Box::new(envelope)))? {
            self.waiting.answer(pair, &rejected);
        }
        Ok(())
    }

    /// Lets the machine take an input. Where it did nothing but turn that away, the answer that says so.
    fn handle(&mut self, input: Input) -> Result<Option<Reply>, LiveError> {
        let mut out = Outputs::default();
        let began = self
            .log
            .is_some()
            .then(|| Began::with(&input, std::mem::take(&mut self.waited)));
        let (waited, cpu) = (self.waited, monotonic::cpu());
        self.party.handle(self.clock.now(), input, &mut out);
        let took = monotonic::cpu().saturating_sub(cpu);
        self.meters.handled(waited, took);
        let rejected = out.turned.map(|reason| self.web.rejected(reason).into());
        if let (Some(log), Some(began)) = (&mut self.log, began) {
            log.note(began, &out, &*self.party, &*self.web)?;
        }
        let now = Instant::now();
        for (after, timer) in out.timers {
            self.timers.set(now, after, timer);
        }
        self.link(&out.links);
        for (to, envelope) in out.sends {
            self.send(to, envelope);
        }
        Ok(rejected)
    }

    /// Connections begin and end when the machine says so: of those of one client the last counts, in whatever order they came.
    fn link(&mut self, links: &[Link]) {
        for link in links {
            match link {
                Link::Begins(client) => {
                    if let Some((_, stream)) = self.candidate.take_if(|(of, _)| of == client) {
                        self.streams.insert(*client, stream);
                    }
                }
                Link::Ends(client) => drop(self.streams.remove(client)),
            }
        }
    }

    fn say_what_is_stored(&mut self) {
        let due = self
            .stored
            .is_none_or(|last| last.elapsed() >= STORED_EVERY);
        if due {
            self.stored = Some(Instant::now());
            self.meters.stores(self.party.stored());
            let streams = self.streams.len();
            self.meters
                .streams
                .set(streams.try_into().unwrap_or(i64::MAX));
        }
    }

    fn send(&mut self, to: Peer, envelope: Envelope) {
        match to {
            Peer::Client(client) => self.tell(client, &envelope),
            Peer::Provider(_) if self.web.is_answer(&envelope) => {
                let (pair, reply) = (self.web.pair(to, &envelope), self.web.reply(&envelope));
                if let (Some(pair), Ok(reply)) = (pair, reply) {
                    self.waiting.answer(pair, &reply);
                }
            }
            Peer::Provider(provider) => {
                if let Some(way) = self.outbound.get(&provider) {
                    way.send(envelope);
                }
            }
        }
    }

    /// Sends on a client's stream. One that cannot take it is closed: the provider keeps all that is not acknowledged, and sends it again
    /// when the client connects.
    fn tell(&mut self, client: ClientId, envelope: &Envelope) {
        let Some(stream) = self.streams.get(&client) else {
            return;
        };
        let record = self.web.record(envelope).ok().and_then(|record| {
            let mut piece = BytesMut::with_capacity(record.len() + 4);
            piece.put_u32(record.len().try_into().ok()?);
            piece.put_slice(&record);
            Some(piece.freeze())
        });
        let sent = record.is_some_and(|record| stream.send(record));
        if !sent {
            self.streams.remove(&client);
        }
    }
}

/// A provider's time: since the epoch of the system's clock, as timestamps have it, and never backwards.
struct Clock {
    began: Instant,
    epoch: u64,
}

impl Clock {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            began: Instant::now(),
            epoch: since.map_or(0, nanos),
        }
    }

    fn now(&self) -> SimTime {
        SimTime::from_nanos(self.epoch.saturating_add(nanos(self.began.elapsed())))
    }
}

fn nanos(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}
