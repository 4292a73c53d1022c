//! One client: its state machine, and what waits for it. Whatever comes is put into its mailbox, and one of a pool's threads at a time
//! works that off: a client's order is kept, and none blocks another.

use super::clock::Clock;
use super::derive::Told;
use super::journal::{Happened, Journal};
use super::kept::StoredClient;
use super::orders::{Command, Wake};
use super::tally::Tally;
use crate::monotonic;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use throng_record::handled::{About, Handled, Received, Sent};
use throng_stack::web::Word;
use throng_stack::{Envelope, Fact, Input, OpenWish, Outputs, Rest, RestError, Web};
use throng_workloads::intent::{Action, ClientId, Intent, UserId};
use throng_workloads::time::{SimSpan, SimTime};
use tokio::sync::mpsc::UnboundedSender;

/// What all clients share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) tally: Tally,
    pub(super) journal: Journal,
    pub(super) wakes: mpsc::Sender<Wake>,
    /// Inputs that are not worked off, and commands that no connection has carried out.
    pub(super) under_way: AtomicUsize,
    /// Where providers say nothing themselves, what knows what clients hear of events.
    pub(super) follow: Option<Arc<dyn Web>>,
    /// Whether nothing new is wished, and the end of all that is under way is waited for.
    pub(super) ending: AtomicBool,
}

/// One client.
pub(super) struct Cell {
    client: ClientId,
    party: Mutex<Box<dyn Rest>>,
    /// What is to be taken, and since when somebody wants it, where the scenario says that.
    inputs: Mutex<VecDeque<(Input, Option<SimTime>)>>,
    /// Whether a thread works on it, or will.
    busy: AtomicBool,
    device: UnboundedSender<Command>,
    shared: Arc<Shared>,
    /// Of its account, once it has one.
    token: OnceLock<String>,
}

impl Cell {
    pub(super) fn new(
        client: ClientId,
        party: Box<dyn Rest>,
        device: UnboundedSender<Command>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            client,
            party: Mutex::new(party),
            inputs: Mutex::default(),
            busy: AtomicBool::new(false),
            device,
            shared,
            token: OnceLock::new(),
        }
    }

    /// It has an account, of this token.
    pub(super) fn bring(&self, token: String) {
        // Where it has one, it is this.
        let _ = self.token.set(token);
    }

    /// The token of its account.
    pub(super) fn token(&self) -> Option<String> {
        self.token.get().cloned()
    }

    /// All of it, of this user, where it is at rest.
    pub(super) fn stored(&self, user: UserId) -> Result<StoredClient, RestError> {
        let token = self.token();
        Ok(StoredClient {
            client: self.client.0,
            user: user.0,
            token: token.ok_or_else(|| RestError::Busy("it has no account".to_owned()))?,
            state: lock(&self.party).written()?,
        })
    }

    /// Has somebody want something at this moment of the run.
    pub(super) fn want(self: &Arc<Self>, action: Action) {
        self.post(Input::Intent(Box::new(Intent {
            at: self.shared.clock.now(),
            actor: self.client,
            action,
        })));
    }

    /// Somebody wants what the scenario says: how late that is taken up is measured.
    pub(super) fn wish(self: &Arc<Self>, intent: Intent) {
        let at = intent.at;
        self.put(Input::Intent(Box::new(intent)), Some(at));
    }

    /// Puts something into its mailbox.
    pub(super) fn post(self: &Arc<Self>, input: Input) {
        self.put(input, None);
    }

    fn put(self: &Arc<Self>, input: Input, wished: Option<SimTime>) {
        self.shared.under_way.fetch_add(1, Ordering::SeqCst);
        lock(&self.inputs).push_back((input, wished));
        if !self.busy.swap(true, Ordering::SeqCst) {
            let cell = Arc::clone(self);
            rayon::spawn(move || cell.work());
        }
    }

    fn work(&self) {
        loop {
            while let Some((input, wished)) = self.next() {
                self.handle(input, wished);
                self.shared.under_way.fetch_sub(1, Ordering::SeqCst);
            }
            self.busy.store(false, Ordering::SeqCst);
            // Something may have come since, from somebody who saw it busy.
            if lock(&self.inputs).is_empty() || self.busy.swap(true, Ordering::SeqCst) {
                return;
            }
        }
    }

    fn next(&self) -> Option<(Input, Option<SimTime>)> {
        lock(&self.inputs).pop_front()
    }

    fn handle(&self, input: Input, wished: Option<SimTime>) {
        let shared = &self.shared;
        let mut out = Outputs::default();
        let mut party = lock(&self.party);
        let was_online = party.online();
        if !was_online && matches!(input, Input::Envelope(_)) {
            // It came over a connection that the client has left.
            return;
        }
        let now = shared.clock.now();
        if let Some(at) = wished {
            shared.tally.taken(now, now.since(at));
        }
        let received = match &input {
            Input::Envelope(envelope) => Some(Received {
                from: envelope.from,
                kind: envelope.packet.kind(),
                bytes: envelope.packet.len(),
                about: About::default(),
                receipt: 0,
                lost: false,
            }),
            _ => None,
        };
        if let Input::Envelope(envelope) = &input {
            self.note_word(envelope);
        }
        let cpu = monotonic::cpu();
        party.handle(now, input, &mut out);
        let took = SimSpan::from_nanos(monotonic::cpu().saturating_sub(cpu));
        let comes = |fact: &Fact| matches!(fact, Fact::Online { online: true });
        let gone = (was_online || out.facts.iter().any(comes)) && !party.online();
        drop(party);
        shared.tally.take(self.client, &out.facts);
        // Before anything leaves, so that nobody answers what has not happened yet.
        let sent = out.sends.iter();
        let sent = sent.map(|(to, envelope)| {
            let packet = &envelope.packet;
            Sent::measured(now, *to, packet.kind(), packet.len())
        });
        let handled = Handled {
            received,
            sent: sent.collect(),
            ..Handled::measured(now, took, out.work, out.facts)
        };
        let happened = Happened::Handled(self.client, Box::new(handled));
        shared.journal.enter(happened);
        for (_, envelope) in &out.sends {
            self.note_word(envelope);
        }
        for (after, timer) in out.timers {
            // It ends only when the run does.
            let _ = shared.wakes.send(Wake::After(self.client, after, timer));
        }
        for (_, envelope) in out.sends {
            self.command(Command::Send(Box::new(envelope)));
        }
        if gone {
            self.command(Command::Drop);
        }
    }

    /// Notes what an envelope says of events, where that has to be known.
    fn note_word(&self, envelope: &Envelope) {
        let word = self.shared.follow.as_ref();
        let word = word.and_then(|web| web.word(envelope));
        let digest = |message: &[u8]| blake3::hash(message).into();
        let told = match (word, envelope.request) {
            (Some(Word::Asks(message)), Some(request)) => Told::Asked(request, digest(&message)),
            (Some(Word::Granted), Some(request)) => Told::Granted(request),
            (Some(Word::Event(message)), _) => match (envelope.room, envelope.event) {
                (Some(room), Some(event)) => {
                    Told::Got(self.client, (room, event), digest(&message))
                }
                _ => return,
            },
            _ => return,
        };
        self.shared.journal.enter(Happened::Told(told));
    }

    fn command(&self, command: Command) {
        self.shared.under_way.fetch_add(1, Ordering::SeqCst);
        if self.device.send(command).is_err() {
            self.shared.under_way.fetch_sub(1, Ordering::SeqCst);
        }
    }

    pub(super) fn client(&self) -> ClientId {
        self.client
    }

    /// The wishes that it has and that are not fulfilled.
    pub(super) fn open_wishes(&self) -> Vec<OpenWish> {
        lock(&self.party).open_wishes()
    }

    /// How many those are; none where it is at work just now.
    pub(super) fn count_open(&self) -> u64 {
        let party = self.party.try_lock();
        party.map_or(0, |party| party.open_wishes().len() as u64)
    }

    pub(super) fn online(&self) -> bool {
        lock(&self.party).online()
    }
}

/// All clients that are driven here, by their numbers.
#[derive(Default, Clone)]
pub(super) struct Cells(Arc<RwLock<BTreeMap<ClientId, Arc<Cell>>>>);

impl Cells {
    /// Adds a client.
    pub(super) fn add(&self, cell: Arc<Cell>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(cell.client(), cell);
    }

    pub(super) fn get(&self, client: ClientId) -> Option<Arc<Cell>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&client).cloned()
    }

    /// All of them, in the order of their numbers.
    pub(super) fn all(&self) -> Vec<Arc<Cell>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
