//! The thread on which a provider's state machine runs: one input after another, and what comes of each to where it goes.

use super::facts::{Began, FactLog};
use super::waiting::Waiting;
use crate::error::LiveError;
use crate::monotonic;
use crate::timers::Timers;
use bytes::{BufMut, Bytes, BytesMut};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use throng_cost::Work;
use throng_stack::web::AnsweredBy;
use throng_stack::{Envelope, Fact, Input, Outputs, Party, Peer, Reply, Timer, Web};
use throng_stacks::live::LiveProvider;
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::SimTime;
use tokio::sync::{mpsc, oneshot};

/// How long it waits for something to do before it looks whether something is due.
const IDLE: Duration = Duration::from_millis(200);

/// What is put before the provider.
pub(super) enum Post {
    /// A request that came in, and who waits for its answer.
    Asked(Box<Envelope>, oneshot::Sender<Reply>),
    /// A client's connection begins with this: the stream to it, for as long as that lasts.
    Connects(Box<Envelope>, mpsc::Sender<Bytes>, oneshot::Sender<Reply>),
    /// Something else.
    Input(Input),
    /// It is to end.
    Stop,
}

/// What the provider has done so far, in units.
#[derive(Debug, Clone, Default)]
pub(super) struct Worked(Arc<Mutex<Work>>);

impl Worked {
    fn add(&self, work: Work) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += work;
    }

    pub(super) fn so_far(&self) -> Work {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to the provider's thread.
#[derive(Clone)]
pub(super) struct Posts(SyncSender<(u64, Post)>);

impl Posts {
    /// So much may wait.
    pub(super) fn new(most: usize) -> (Self, Receiver<(u64, Post)>) {
        let (posts, inbox) = sync_channel(most);
        (Self(posts), inbox)
    }

    /// Waits until there is room.
    pub(super) fn send(&self, post: Post) {
        // Where nobody is there any more, nothing is to be done either.
        let _ = self.0.send((monotonic::now(), post));
    }

    /// Where there is room.
    pub(super) fn try_send(&self, post: Post) -> Result<(), TrySendError<(u64, Post)>> {
        self.0.try_send((monotonic::now(), post))
    }
}

/// The provider, and the ways out of it.
pub(super) struct Actor {
    party: Box<dyn Party>,
    web: Arc<dyn Web>,
    clock: Clock,
    timers: Timers<Timer>,
    waiting: Waiting,
    streams: BTreeMap<ClientId, mpsc::Sender<Bytes>>,
    outbound: BTreeMap<ProviderId, mpsc::UnboundedSender<Envelope>>,
    log: Option<FactLog>,
    worked: Worked,
    /// Nanoseconds for which what is at hand waited for this thread.
    waited: u64,
}

impl Actor {
    pub(super) fn new(
        provider: LiveProvider,
        outbound: BTreeMap<ProviderId, mpsc::UnboundedSender<Envelope>>,
        log: Option<FactLog>,
        worked: Worked,
    ) -> Self {
        Self {
            party: provider.party,
            web: provider.web,
            clock: Clock::new(),
            timers: Timers::new(),
            waiting: Waiting::default(),
            streams: BTreeMap::new(),
            outbound,
            log,
            worked,
            waited: 0,
        }
    }

    /// Runs until it is stopped, or nobody is left who could ask.
    pub(super) fn run(mut self, posts: &Receiver<(u64, Post)>) -> Result<(), LiveError> {
        loop {
            let now = Instant::now();
            while let Some(timer) = self.timers.due(now) {
                self.handle(Input::Timer(timer))?;
            }
            let wait = self.timers.next().map_or(IDLE, |at| at - now);
            let posted = posts.recv_timeout(wait.min(IDLE)).map(|(at, post)| {
                self.waited = monotonic::now().saturating_sub(at);
                post
            });
            match posted {
                Ok(Post::Asked(envelope, asker)) => self.asked(*envelope, asker)?,
                Ok(Post::Connects(envelope, stream, asker)) => {
                    if let Peer::Client(client) = envelope.from {
                        self.streams.insert(client, stream);
                    }
                    self.asked(*envelope, asker)?;
                }
                Ok(Post::Input(input)) => drop(self.handle(input)?),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(log) = &mut self.log {
                        log.flush()?;
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
        if let Peer::Client(client) = from {
            let receipt = self.web.receipt(&envelope);
            let ends = self.web.ask(&envelope);
            let ends = ends.is_ok_and(|ask| ask.answered_by == AnsweredBy::End);
            let rejected = self.handle(Input::Envelope(Box::new(envelope)))?;
            if ends || rejected.is_some() {
                self.streams.remove(&client);
            }
            let _ = asker.send(rejected.unwrap_or(receipt));
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
        self.party.handle(self.clock.now(), input, &mut out);
        let rejected = match (&out.facts[..], out.sends.is_empty()) {
            ([Fact::Rejected { reason }], true) => Some(self.web.rejected(reason).into()),
            _ => None,
        };
        if let (Some(log), Some(began)) = (&mut self.log, began) {
            log.note(began, &out, &*self.party, &*self.web)?;
        }
        self.worked.add(out.work);
        let now = Instant::now();
        for (after, timer) in out.timers {
            self.timers.set(now, after, timer);
        }
        for (to, envelope) in out.sends {
            self.send(to, envelope);
        }
        Ok(rejected)
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
                if let Some(outbound) = self.outbound.get(&provider) {
                    // It ends only when the server does.
                    let _ = outbound.send(envelope);
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
        let sent = record.is_some_and(|record| stream.try_send(record).is_ok());
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
