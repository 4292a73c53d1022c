//! The bench: providers and clients with real MLS on a table, without kernel, network model and record.
//!
//! What leaves first on a link arrives first, after [`LATENCY`], and handling takes no time. [`Fault`]s say what
//! happens to single packets instead. Whatever happens to it, a packet keeps its number: it is a place in a
//! connection, or in the queue that a hub has for a follower in a room, or a provider for a client. A client's link to
//! its provider is a connection, which loses nothing before it ends ([`Fault::sever`]).
//!
//! ```ignore
//! let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]); // users 0, 1, 2; room 0 on provider 0, of user 0
//! bench.open_room(0, 0, &[1, 2]);
//! bench.fault(Fault::lose(FrameKind::UpdateResponse).from(provider(0)));
//! bench.wish(1, Action::Update { room: RoomId(0) });
//! bench.run();
//! bench.assert_converged(0, &[0, 1, 2]);
//! ```

mod fault;
mod seen;

use fault::Verdict;
pub(crate) use fault::{Fault, client, provider};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use throng_mimi::client::{Client, ClientSetup, Resumes};
use throng_mimi::directory::{Directory, Federation, RoomPlace};
use throng_mimi::framed::Framed;
use throng_mimi::hub_keys::HubKeys;
use throng_mimi::provider::Provider;
use throng_mimi::stack::{engine_config, hub_keys};
use throng_mimi::wire::FrameKind;
use throng_mls::engine::Engine;
use throng_mls::openmls::OpenMlsEngine;
use throng_stack::Fact;
use throng_stack::packet::Body;
use throng_stack::{
    Change, Envelope, Input, Keep, Keeps, Outputs, Party, Peer, Rest, RestError, Row, Table,
};
use throng_workloads::builtin;
use throng_workloads::dist::unit;
use throng_workloads::intent::{Action, ClientId, Intent, ProviderId, RoomId, UserId};
use throng_workloads::scenario::{Content, Policy, Transport};
use throng_workloads::stream::{Stream, StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// What each link takes.
pub(crate) const LATENCY: SimSpan = SimSpan::from_millis(10);

/// A story that has not come to rest by then never will.
const MOST_STEPS: usize = 100_000;

/// One packet that was put on a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carried {
    pub(crate) at: SimTime,
    pub(crate) from: Peer,
    pub(crate) to: Peer,
    pub(crate) kind: FrameKind,
    pub(crate) bytes: u64,
    /// How many events there are in it, where it brings events.
    pub(crate) events: usize,
    /// By what a body is known again; with what travels behind it.
    pub(crate) digest: u64,
}

/// The rows of a store, by table and key.
pub(crate) type Stored = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// Everybody, and what is under way.
pub(crate) struct Bench {
    now: SimTime,
    engine: Arc<OpenMlsEngine>,
    directory: Arc<dyn Directory>,
    policy: Arc<Policy>,
    hubs: HubKeys,
    speech: Arc<Content>,
    streams: Streams,
    pub(crate) clients: BTreeMap<ClientId, Client<OpenMlsEngine>>,
    pub(crate) providers: BTreeMap<ProviderId, Provider<OpenMlsEngine>>,
    /// What is stored of each provider: the rows of its tables, after each input.
    pub(crate) stores: BTreeMap<ProviderId, Stored>,
    /// What is to come, by its time and the order in which it was sent.
    coming: BTreeMap<(SimTime, u64), (Peer, Input)>,
    sent: u64,
    /// When what was sent last on each link arrives: nothing overtakes it.
    last: BTreeMap<(Peer, Peer), SimTime>,
    faults: Vec<Fault>,
    /// Which part of requests and answers between providers is lost, and what decides which.
    loss: (f64, Stream),
    carried: Vec<Carried>,
    observed: Vec<(SimTime, Peer, Fact)>,
    /// Whose inputs are taken down, with what came of each.
    listened: Option<Peer>,
    heard: Vec<Heard>,
}

/// An input, when it came, and what came of it in words.
pub(crate) type Heard = (SimTime, Input, String);

impl Bench {
    /// Users with one client each, numbered alike, at these providers; rooms with their hubs and creators; the
    /// scenario's keys that differ from the default (`policy.…`).
    pub(crate) fn new(users: &[u16], rooms: &[(u16, u32)], overrides: &[&str]) -> Self {
        let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        let scenario = builtin::find("small")
            .and_then(|found| found.scenario(&overrides))
            .unwrap_or_else(|error| panic!("{error}"));
        let providers = users.iter().chain(rooms.iter().map(|(hub, _)| hub)).max();
        let providers: Vec<u16> = (0..=*providers.expect("somebody")).collect();
        let directory = Federation {
            domains: providers.iter().map(|p| format!("p{p}.example")).collect(),
            users: users.iter().copied().map(ProviderId).collect(),
            rooms: rooms
                .iter()
                .map(|(hub, creator)| RoomPlace {
                    hub: ProviderId(*hub),
                    creator: UserId(*creator),
                })
                .collect(),
        };
        let engine = OpenMlsEngine::new(engine_config(&scenario)).keeping();
        let streams = Streams::new(1, 0);
        let hubs = hub_keys(&engine, &directory, &streams, &scenario);
        let mut bench = Self {
            now: SimTime::ZERO,
            engine: Arc::new(engine),
            hubs,
            directory: Arc::new(directory),
            policy: Arc::new(scenario.policy),
            speech: Arc::new(scenario.messages.content),
            streams,
            clients: BTreeMap::new(),
            providers: BTreeMap::new(),
            stores: BTreeMap::new(),
            coming: BTreeMap::new(),
            sent: 0,
            last: BTreeMap::new(),
            faults: Vec::new(),
            loss: (0.0, Streams::new(1, 0).stream(StreamOwner::Run, "loss")),
            carried: Vec::new(),
            observed: Vec::new(),
            listened: None,
            heard: Vec::new(),
        };
        for id in providers {
            bench.open_provider(ProviderId(id));
        }
        for user in 0..users.len() as u32 {
            let id = ClientId(user);
            let home = bench
                .directory
                .provider_of(UserId(user))
                .expect("a known user");
            let mut client = bench.make_client(id, UserId(user));
            let packages = client.make_first_key_packages().expect("KeyPackages");
            let at_home = bench.providers.get_mut(&home).expect("a provider");
            at_home.register(id, UserId(user), true);
            let published = at_home.publish(SimTime::ZERO, id, packages);
            published.expect("an account");
            bench.clients.insert(id, client);
        }
        bench
    }

    fn open_provider(&mut self, id: ProviderId) {
        let mut provider = self.make_provider(id);
        provider.keep();
        self.providers.insert(id, provider);
    }

    pub(crate) fn make_provider(&self, id: ProviderId) -> Provider<OpenMlsEngine> {
        let provider = Provider::new(
            id,
            Arc::clone(&self.engine),
            Arc::clone(&self.directory),
            Arc::clone(&self.policy),
            Transport::Https,
            &self.streams,
        );
        provider.expect("a provider")
    }

    /// Has a provider keep no more than that for each of its clients.
    pub(crate) fn keep_at_most(&mut self, id: u16, keeps: Keeps) {
        let provider = self.providers.get_mut(&ProviderId(id));
        provider.expect("a provider").keep_at_most(keeps);
    }

    /// Stores what has changed of a provider.
    pub(crate) fn store(&mut self, id: ProviderId) {
        let provider = self.providers.get_mut(&id).expect("a provider");
        let stored = self.stores.entry(id).or_default();
        for Change { table, key, value } in provider.changes() {
            match value {
                Some(value) => stored.insert((table, key), value),
                None => stored.remove(&(table, key)),
            };
        }
    }

    /// What is stored of a provider.
    pub(crate) fn rows(&self, id: ProviderId) -> Vec<Row> {
        let stored = self.stores.get(&id).into_iter().flatten();
        let row = |((table, key), value): (&(Table, Vec<u8>), &Vec<u8>)| Row {
            table: table.name().to_owned(),
            key: key.clone(),
            value: value.clone(),
        };
        stored.map(row).collect()
    }

    /// A provider's process ends, and another begins from nothing but what is stored. Its clients, which are these, connect
    /// anew.
    pub(crate) fn restart(&mut self, id: u16, clients: &[u32]) {
        let id = ProviderId(id);
        self.store(id);
        self.providers.remove(&id).expect("a provider");
        let (mut begun, mut out) = (self.make_provider(id), Outputs::default());
        let restored = begun.restore(self.rows(id), &mut out);
        restored.unwrap_or_else(|error| panic!("{error}"));
        self.providers.insert(id, begun);
        self.take(Peer::Provider(id), out);
        for client in clients {
            self.wish(*client, Action::Offline);
            self.wish(*client, Action::Online);
        }
    }

    /// A client finds that its connection has ended, and connects anew.
    fn connect_anew(&mut self, actor: ClientId) {
        for action in [Action::Vanish, Action::Online] {
            let intent = Box::new(Intent {
                at: self.now,
                actor,
                action,
            });
            self.enqueue(self.now, Peer::Client(actor), Input::Intent(intent));
        }
    }

    fn setup(&self, client: ClientId, user: UserId) -> ClientSetup<'_, OpenMlsEngine> {
        ClientSetup {
            client,
            user,
            online: true,
            engine: Arc::clone(&self.engine),
            directory: Arc::clone(&self.directory),
            policy: Arc::clone(&self.policy),
            one_clock: true,
            speech: Arc::clone(&self.speech),
            hubs: self.hubs.clone(),
            transport: Transport::Https,
            streams: &self.streams,
        }
    }

    fn make_client(&self, client: ClientId, user: UserId) -> Client<OpenMlsEngine> {
        Client::new(self.setup(client, user)).expect("a client")
    }

    /// What is written of a client.
    pub(crate) fn written(&mut self, of: u32) -> Result<Vec<u8>, RestError> {
        let client = self.clients.get_mut(&ClientId(of));
        client.expect("a client").written()
    }

    /// A client of a user, numbered alike, that goes on from what was written; it draws from streams of this number.
    pub(crate) fn resumed(
        &self,
        of: u32,
        written: &[u8],
        run: u64,
    ) -> Result<Client<OpenMlsEngine>, RestError> {
        let from = Resumes {
            written,
            fresh: &Streams::new(2, run),
            rested: SimSpan::ZERO,
        };
        Client::resumed(self.setup(ClientId(of), UserId(of)), &from)
    }

    /// A client's process ends, and another goes on from what is written of it.
    pub(crate) fn rest(&mut self, of: u32, run: u64) {
        let written = self.written(of).unwrap_or_else(|error| panic!("{error}"));
        let resumed = self.resumed(of, &written, run).expect("a client");
        self.clients.insert(ClientId(of), resumed);
    }

    /// The same, whose user's messages have other content from now on.
    pub(crate) fn rest_saying(&mut self, of: u32, run: u64, content: Content) {
        let own = std::mem::replace(&mut self.speech, Arc::new(content));
        self.rest(of, run);
        self.speech = own;
    }

    /// A new device of a user, which joins these rooms from outside. Its number.
    pub(crate) fn add_device(&mut self, user: u32, rooms: &[u32]) -> u32 {
        let id = self.clients.len() as u32;
        let (client, user) = (ClientId(id), UserId(user));
        let made = self.make_client(client, user);
        self.clients.insert(client, made);
        let home = Peer::Provider(self.directory.provider_of(user).expect("a known user"));
        self.tell(home, Input::OpenAccount { client, user });
        let rooms = rooms.iter().copied().map(RoomId).collect();
        self.wish(id, Action::NewClient { user, rooms });
        id
    }

    // ---- what people do ----

    /// A client is to do something now.
    pub(crate) fn wish(&mut self, actor: u32, action: Action) {
        let actor = ClientId(actor);
        let intent = Intent {
            at: self.now,
            actor,
            action,
        };
        self.tell(Peer::Client(actor), Input::Intent(Box::new(intent)));
    }

    /// A room with its creator and others, who are all members and know it when this returns.
    pub(crate) fn open_room(&mut self, room: u32, creator: u32, others: &[u32]) {
        let id = RoomId(room);
        self.wish(creator, Action::Create { room: id });
        self.run();
        if !others.is_empty() {
            let users = others.iter().copied().map(UserId).collect();
            self.wish(creator, Action::Add { room: id, users });
            self.run();
        }
        self.assert_converged(room, &[&[creator], others].concat());
    }

    // ---- time ----

    pub(crate) fn now(&self) -> SimTime {
        self.now
    }

    /// What is to go wrong from now on; the first that fits a packet decides.
    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Between two providers the next two packets of this kind each way are lost, and the four after them come twice.
    pub(crate) fn lose_and_double(&mut self, kind: FrameKind) {
        for (from, to) in [(0, 1), (1, 0)] {
            let (from, to) = (provider(from), provider(to));
            self.fault(Fault::lose(kind).from(from).to(to).times(2));
            self.fault(Fault::twice(kind).from(from).to(to).times(4));
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&mut self) {
        self.faults.clear();
        self.loss.0 = 0.0;
    }

    /// Which part of all that goes between providers is lost from now on.
    pub(crate) fn lose(&mut self, share: f64, seed: u64) {
        let stream = Streams::new(seed, 0).stream(StreamOwner::Run, "loss");
        self.loss = (share, stream);
    }

    fn is_lost(&mut self, from: Peer, to: Peer) -> bool {
        let (share, stream) = &mut self.loss;
        let between = matches!((from, to), (Peer::Provider(_), Peer::Provider(_)));
        between && unit(stream) < *share
    }

    /// Handle one input; false: nothing is left to come.
    pub(crate) fn step(&mut self) -> bool {
        let Some(((at, _), (to, input))) = self.coming.pop_first() else {
            return false;
        };
        self.now = at;
        self.tell(to, input);
        true
    }

    /// Until nothing is left to come.
    pub(crate) fn run(&mut self) {
        for _ in 0..MOST_STEPS {
            if !self.step() {
                return;
            }
        }
        panic!("the story does not end; last:\n{}", self.last_words());
    }

    /// So long, whatever comes.
    pub(crate) fn run_for(&mut self, span: SimSpan) {
        let until = self.now + span;
        while self
            .coming
            .first_key_value()
            .is_some_and(|(key, _)| key.0 <= until)
        {
            self.step();
        }
        self.now = until;
    }

    /// Until a packet of this kind has been sent that had not been when this was called.
    pub(crate) fn run_until_sent(&mut self, kind: FrameKind) {
        let before = self.carried.len();
        while !self.carried[before..]
            .iter()
            .any(|carried| carried.kind == kind)
        {
            assert!(self.step(), "nobody sends {}", kind.name());
        }
    }

    /// Until a machine has reported such a thing that it had not when this was called.
    pub(crate) fn run_until_seen(&mut self, who: Peer, what: impl Fn(&Fact) -> bool) {
        let before = self.count(who, &what);
        while self.count(who, &what) == before {
            assert!(self.step(), "never seen of {who:?}:\n{}", self.last_words());
        }
    }

    /// Give a machine an input now.
    pub(crate) fn tell(&mut self, to: Peer, input: Input) {
        let machine: &mut dyn Party = match to {
            Peer::Client(client) => self.clients.get_mut(&client).expect("a client"),
            Peer::Provider(provider) => self.providers.get_mut(&provider).expect("a provider"),
        };
        if matches!(input, Input::Envelope(_)) && !machine.online() {
            return;
        }
        let mut out = Outputs::default();
        let listened = (self.listened == Some(to)).then(|| input.clone());
        machine.handle(self.now, input, &mut out);
        if let Some(input) = listened {
            self.heard.push((self.now, input, came_of(&out)));
        }
        if let Peer::Provider(provider) = to {
            self.store(provider);
        }
        self.take(to, out);
    }

    /// Take down from now on what comes to a machine.
    pub(crate) fn hear(&mut self, of: Peer) {
        self.listened = Some(of);
    }

    /// What was taken down.
    pub(crate) fn heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.heard)
    }

    /// What a machine wants done.
    pub(crate) fn take(&mut self, of: Peer, out: Outputs) {
        let seen = out.facts.into_iter();
        self.observed
            .extend(seen.map(|observation| (self.now, of, observation)));
        for (wait, timer) in out.timers {
            self.enqueue(self.now + wait, of, Input::Timer(timer));
        }
        for (receiver, envelope) in out.sends {
            self.carry(of, receiver, envelope);
        }
    }

    fn carry(&mut self, from: Peer, to: Peer, envelope: Envelope) {
        let kind = envelope.packet.frame_kind().expect("a frame");
        self.carried.push(Carried {
            at: self.now,
            from,
            to,
            kind,
            bytes: envelope.packet.len(),
            events: 1 + envelope.behind().len(),
            digest: digest(&envelope),
        });
        let fault = self
            .faults
            .iter_mut()
            .find_map(|fault| fault.fits(from, to, kind));
        let (copies, late, envelope) = match (fault, from) {
            (Some(Verdict::Severed), Peer::Client(client)) => return self.connect_anew(client),
            (Some(verdict), _) => verdict.apply(envelope),
            (None, _) if self.is_lost(from, to) => return,
            (None, _) => (1, SimSpan::ZERO, envelope),
        };
        let last = self.last.entry((from, to)).or_default();
        let arrival = (self.now + LATENCY + late).max(*last);
        *last = arrival;
        for _ in 0..copies {
            self.enqueue(arrival, to, Input::Envelope(Box::new(envelope.clone())));
        }
    }

    fn enqueue(&mut self, at: SimTime, to: Peer, input: Input) {
        self.coming.insert((at, self.sent), (to, input));
        self.sent += 1;
    }
}

fn digest(envelope: &Envelope) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in std::iter::once(envelope).chain(envelope.behind()) {
        match part.packet.body() {
            Body::Bytes(bytes) => bytes.hash(&mut hasher),
            Body::Structure(_) => part.packet.len().hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// What comes of an input, but for its timers: how long they run repetitions draw, and a new process draws anew.
pub(crate) fn came_of(out: &Outputs) -> String {
    let timers = out.timers.iter().map(|(_, timer)| timer.purpose);
    let timers: Vec<u16> = timers.collect();
    format!("{:?}\n{:?}\n{timers:?}", out.sends, out.facts)
}
