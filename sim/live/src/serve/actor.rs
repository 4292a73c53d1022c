//! The thread on which a provider's state machine runs: one input after another. What comes of each is stored, and only then let go.

use super::budget::Share;
use super::facts::{Began, Notes};
use super::outlet::Effect;
use super::under_way::Asking;
use crate::http::Stream;
use crate::monotonic;
use crate::store::{Step, token_row};
use crate::timers::Timers;
use crate::watch::{Meters, Quiet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use throng_cost::Work;
use throng_stack::web::{Finding, Turned};
use throng_stack::{Envelope, Input, Keep, Link, Outputs, Peer, Reply, Timer, Web};
use throng_stacks::live::LiveProvider;
use throng_workloads::intent::{ClientId, UserId};
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
    /// Somebody wants an account, and waits until it is there.
    Account(NewAccount, oneshot::Sender<()>),
    /// What another provider answers to something, which is under way until then.
    Answered(Box<Envelope>, Asking),
    /// The provider of this domain does otherwise than the documents say.
    Finding(String, Finding),
    /// It is to end.
    Stop,
}

/// What the provider has done so far, in units.
#[derive(Debug, Clone, Default)]
pub(super) struct Worked(Arc<Mutex<Work>>);

impl Worked {
    pub(super) fn add(&self, work: Work) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += work;
    }

    pub(super) fn so_far(&self) -> Work {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An account that is to be.
pub(super) struct NewAccount {
    pub(super) client: ClientId,
    pub(super) user: UserId,
    /// Of its token.
    pub(super) digest: [u8; 32],
}

/// What was put before the provider and when, and the memory that it takes until it is looked at.
pub(super) struct Posted {
    at: u64,
    post: Post,
    _share: Option<Share>,
}

#[cfg(test)]
impl Posted {
    /// What was put before it.
    pub(super) fn post(&self) -> &Post {
        &self.post
    }
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

    /// Waits until there is room, on a thread that has nothing else to do.
    pub(super) async fn send_soon(&self, post: Post) {
        if let Err(TrySendError::Full(posted)) = self.try_send(post, None) {
            let posts = self.clone();
            // Where that ends before it is sent, so does all.
            let _ = tokio::task::spawn_blocking(move || posts.send(posted.post)).await;
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

/// The provider, and the way out of it.
pub(super) struct Actor {
    party: Box<dyn Keep>,
    web: Arc<dyn Web>,
    clock: Clock,
    timers: Timers<Timer>,
    steps: SyncSender<Step<Vec<Effect>>>,
    notes: Option<Notes>,
    /// The stream of a client that asks to connect: it takes the place of another only when the machine says that this connection begins.
    candidate: Option<(ClientId, Stream)>,
    meters: Arc<Meters>,
    worked: Worked,
    /// When it was last told what the provider stores.
    stored: Option<Instant>,
    /// Nanoseconds for which what is at hand waited for this thread.
    waited: u64,
    /// What was found of other providers, by section.
    said: Quiet,
}

impl Actor {
    /// What comes of each input goes to `steps`. With `noting` there is a line of facts with it.
    pub(super) fn new(
        provider: LiveProvider,
        steps: SyncSender<Step<Vec<Effect>>>,
        noting: bool,
        (meters, worked): (Arc<Meters>, Worked),
    ) -> Self {
        Self {
            party: provider.party,
            web: provider.web,
            clock: Clock::new(),
            timers: Timers::new(),
            steps,
            notes: noting.then(Notes::default),
            candidate: None,
            meters,
            worked,
            stored: None,
            waited: 0,
            said: Quiet::default(),
        }
    }

    /// Runs until it is stopped, nobody is left who could ask, or nothing can be stored any more. `begins` is what a provider wants
    /// done that goes on from what it kept.
    pub(super) fn run(mut self, begins: Outputs, posts: &Receiver<Posted>) {
        let mut goes_on = self.go_on(begins);
        while goes_on {
            let now = Instant::now();
            while let Some(timer) = self.timers.due(now) {
                let (_, step) = self.handle(Input::Timer(timer));
                goes_on &= self.hand_over(step);
            }
            let wait = self.timers.next().map_or(IDLE, |at| at - now);
            let posted = posts.recv_timeout(wait.min(IDLE)).map(|posted| {
                self.meters.posts.dec();
                self.waited = monotonic::now().saturating_sub(posted.at);
                posted.post
            });
            self.say_what_is_stored();
            let step = match posted {
                Ok(Post::Asked(envelope, asker)) => self.asked(*envelope, asker),
                Ok(Post::Connects(envelope, stream, asker)) => {
                    if let Peer::Client(client) = envelope.from {
                        self.candidate = Some((client, stream));
                    }
                    self.asked(*envelope, asker)
                }
                Ok(Post::Account(account, asker)) => self.open_account(account, asker),
                Ok(Post::Answered(answer, asking)) => {
                    let (_, mut step) = self.handle(Input::Envelope(answer));
                    // What comes of the answer may ask the same in another way.
                    step.release.insert(0, Effect::Over(asking));
                    step
                }
                Ok(Post::Finding(domain, finding)) => match self.found(&domain, &finding) {
                    Some(step) => step,
                    None => continue,
                },
                Err(RecvTimeoutError::Timeout) => match self.notes {
                    // Whoever reads the notes is to know that nothing is missing.
                    Some(_) => Step::noting(Notes::idle()),
                    None => continue,
                },
                Ok(Post::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            };
            goes_on &= self.hand_over(step);
        }
    }

    /// False where nobody stores anything any more, and says why.
    fn hand_over(&self, step: Step<Vec<Effect>>) -> bool {
        self.steps.send(step).is_ok()
    }

    fn go_on(&mut self, begins: Outputs) -> bool {
        let nothing = begins.sends.is_empty() && begins.timers.is_empty();
        let began = self.notes.is_some().then(Began::anew);
        let step = self.step(began, begins);
        nothing || self.hand_over(step)
    }

    /// Somebody asked. Clients hear that it is taken; what a provider hears, the machine says, now or later.
    fn asked(&mut self, envelope: Envelope, asker: oneshot::Sender<Reply>) -> Step<Vec<Effect>> {
        let from = envelope.from;
        if let Peer::Client(_) = from {
            let receipt = self.web.receipt(&envelope);
            let (rejected, mut step) = self.handle(Input::Envelope(Box::new(envelope)));
            // One that came after another which the client made later.
            let stale = self
                .candidate
                .take()
                .map(|_| Turned::new(409, STALE).into());
            let reply = rejected.or(stale).unwrap_or(receipt);
            step.release.push(Effect::Replies(asker, reply));
            return step;
        }
        let Some(pair) = self.web.pair(from, &envelope) else {
            // A request without a name is nothing that could be answered: its asker waits for nothing.
            drop(asker);
            return self.handle(Input::Envelope(Box::new(envelope))).1;
        };
        let (rejected, mut step) = self.handle(Input::Envelope(Box::new(envelope)));
        step.release.insert(0, Effect::Waits(pair, asker));
        if let Some(rejected) = rejected {
            step.release.push(Effect::Answers(pair, rejected));
        }
        step
    }

    /// Says what another provider does otherwise, and notes it where notes are taken.
    fn found(&self, domain: &str, finding: &Finding) -> Option<Step<Vec<Effect>>> {
        let Finding { section, found } = finding;
        if let Some(times) = self.said.says(section, Instant::now()) {
            tracing::warn!(
                peer = domain,
                section,
                found,
                times,
                "another provider does otherwise than the documents say"
            );
        }
        self.meters.found(domain);
        let noting = self.notes.as_ref();
        noting.map(|_| Step::noting(Notes::finding(domain, finding)))
    }

    /// An account is there for good before anybody hears its token.
    fn open_account(
        &mut self,
        account: NewAccount,
        asker: oneshot::Sender<()>,
    ) -> Step<Vec<Effect>> {
        let NewAccount {
            client,
            user,
            digest,
        } = account;
        let (_, mut step) = self.handle(Input::OpenAccount { client, user });
        step.changes.push(token_row(digest, client));
        step.release.push(Effect::Opened(asker));
        step
    }

    /// Lets the machine take an input: what comes of it, and where it did nothing but turn that away, the answer that says so.
    fn handle(&mut self, input: Input) -> (Option<Reply>, Step<Vec<Effect>>) {
        let mut out = Outputs::default();
        let waited = std::mem::take(&mut self.waited);
        let began = self.notes.is_some().then(|| Began::with(&input, waited));
        let cpu = monotonic::cpu();
        self.party.handle(self.clock.now(), input, &mut out);
        let took = monotonic::cpu().saturating_sub(cpu);
        self.meters.handled(waited, took);
        let rejected = out.turned.map(|reason| self.web.rejected(reason).into());
        (rejected, self.step(began, out))
    }

    fn step(&mut self, began: Option<Began>, out: Outputs) -> Step<Vec<Effect>> {
        let line = match (&mut self.notes, began) {
            (Some(notes), Some(began)) => Some(notes.line(began, &out, &*self.party, &*self.web)),
            _ => None,
        };
        self.worked.add(out.work);
        let now = Instant::now();
        for (after, timer) in out.timers {
            self.timers.set(now, after, timer);
        }
        let mut release = self.link(&out.links);
        let sends = out.sends.into_iter();
        release.extend(sends.map(|(to, envelope)| Effect::Sends(to, envelope)));
        Step {
            changes: self.party.changes(),
            line,
            release,
        }
    }

    /// Connections begin and end when the machine says so: of those of one client the last counts, in whatever order they came.
    fn link(&mut self, links: &[Link]) -> Vec<Effect> {
        let effect = |link: &Link| match link {
            Link::Begins(client) => {
                let candidate = self.candidate.take_if(|(of, _)| of == client);
                candidate.map(|(client, stream)| Effect::Opens(client, stream))
            }
            Link::Ends(client) => Some(Effect::Closes(*client)),
        };
        links.iter().filter_map(effect).collect()
    }

    fn say_what_is_stored(&mut self) {
        let due = self
            .stored
            .is_none_or(|last| last.elapsed() >= STORED_EVERY);
        if due {
            self.stored = Some(Instant::now());
            self.meters.stores(self.party.stored());
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
