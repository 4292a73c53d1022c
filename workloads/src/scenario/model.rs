//! The scenario as the simulation sees it: every default filled in, every unit resolved.

use super::conditions::{Bursts, Recovery, SlowStart};
use super::content::Content;
pub use super::policy::*;
pub use super::rooms::*;
use crate::dist::Dist;
use crate::stream::Streams;
use crate::time::{SimSpan, SimTime};
use crate::warp::Stage;

/// A whole scenario, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Short name, used for the run's folder.
    pub name: String,
    /// What question it answers.
    pub description: String,
    /// The seed of all random streams.
    pub seed: u64,
    /// Which of the independent repetitions under this seed it is, from 0.
    pub run: u32,
    /// How long intents are generated; the run then goes on until all is delivered.
    pub duration: SimSpan,
    /// Latencies of what was wanted before this are not put into the histograms (counts and rows are
    /// complete all the same).
    pub warmup: SimSpan,
    /// The protocol, by its name. Which there are is not known here.
    pub stack: String,
    /// Which MLS engine runs.
    pub engine: EngineKind,
    /// The MLS ciphersuite of every group.
    pub ciphersuite: Ciphersuite,
    /// The providers of the federation, at least one.
    pub providers: Vec<Provider>,
    /// Users and their clients.
    pub users: Users,
    /// Rooms and how they start.
    pub rooms: Rooms,
    /// How membership changes.
    pub churn: Churn,
    /// What people write.
    pub messages: Messages,
    /// How clients and hubs behave.
    pub policy: Policy,
    /// The links.
    pub network: Network,
    /// What operations cost in virtual CPU time.
    pub cost: Cost,
    /// How fast people's time passes where the scenario is run for real. Simulations know nothing of it.
    pub load: Load,
    /// A CSV trace that takes the place of the generators of churn, messages and online periods.
    pub trace: Option<std::path::PathBuf>,
    /// Conditions that the finished run has to meet, such as `join.p95 < 1.5s`. What can be measured is not known here:
    /// whoever reports reads them.
    pub thresholds: Vec<String>,
}

impl Scenario {
    /// The streams of its run.
    pub fn streams(&self) -> Streams {
        Streams::new(self.seed, self.run.into())
    }
}

/// How fast people's time passes where a scenario is run for real.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Load {
    /// One after another; the load lasts as long as they do. None: as fast as real time, for as long as the scenario's `duration`.
    pub stages: Vec<Stage>,
}

/// Which MLS engine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// Real OpenMLS groups.
    OpenMls,
    /// The structure of MLS without its cryptography: the same run, for far larger groups.
    Model,
}

/// The MLS ciphersuites that an engine here can run (RFC 9420, section 17.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ciphersuite {
    /// 0x0001, `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519`.
    #[default]
    X25519Aes128Sha256Ed25519,
    /// 0x0002, `MLS_128_DHKEMP256_AES128GCM_SHA256_P256`.
    P256Aes128Sha256P256,
    /// 0x0003, `MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519`.
    X25519ChaCha20Sha256Ed25519,
}

/// One provider of the federation.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its domain, as in `mimi://domain/…`.
    pub domain: String,
    /// Its share of all users; the shares of all providers add up to 1.
    pub share: f64,
    /// Where it stands: provider–provider links are by pair of regions.
    pub region: String,
    /// How many requests it can work on at once.
    pub cores: u32,
    /// The cost profile of its machines.
    pub profile: String,
    /// How long its store takes to make a batch safe, in seconds.
    pub sync: Dist,
    /// Among how many writers its connections are dealt. With one, whoever handles something writes all that comes of it.
    pub writers: u32,
    /// What its access to the network carries that leaves it, all connections together, in bits a second. `None`: connections share nothing.
    pub up: Option<f64>,
    /// The same of what comes to it.
    pub down: Option<f64>,
    /// What it keeps of what was said, and how often.
    pub archive: Archive,
}

/// What a provider keeps beside what it has to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Archive {
    /// How long it keeps an event of a room, one copy for all its clients; no time: not at all.
    pub history: SimSpan,
    /// What indices take, as a part of all that is stored.
    pub indexes: f64,
    /// How many copies there are of all that is stored.
    pub copies: u32,
}

impl Archive {
    /// Nothing, once, without indices.
    pub const NOTHING: Self = Self {
        history: SimSpan::ZERO,
        indexes: 0.0,
        copies: 1,
    };

    /// So many bytes on disks for one that is stored.
    pub fn on_disks(&self) -> f64 {
        (1.0 + self.indexes) * f64::from(self.copies)
    }
}

/// Users and their clients.
#[derive(Debug, Clone, PartialEq)]
pub struct Users {
    /// How many.
    pub count: u32,
    /// Clients (devices) of each user, rounded, at least 1.
    pub clients: Dist,
    /// How clients are connected; shares add up to 1.
    pub connections: Vec<Connection>,
    /// How long a client stays online, in seconds. `None`: always online.
    pub online: Option<Dist>,
    /// How long it then stays offline, in seconds.
    pub offline: Dist,
    /// The share of disconnections of which the provider is not told.
    pub vanish: f64,
    /// How those are treated who have nothing to do all along but receive.
    pub passive: Passive,
    /// What clients say by who they are.
    pub credentials: Credentials,
}

/// What clients say by who they are (RFC 9420, section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// Of which type.
    pub form: CredentialForm,
    /// Certificates in the chain of an X.509 credential, the client's own among them; the one that is trusted is not.
    pub certificates: u32,
    /// Bytes of each certificate, or of the token; more where what has to be in it needs more.
    pub bytes: u32,
}

impl Credentials {
    /// Basic ones, of which a name is all.
    pub const BASIC: Self = Self {
        form: CredentialForm::Basic,
        certificates: 2,
        bytes: 700,
    };
}

/// A type of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialForm {
    /// The client's URI and nothing that proves it.
    Basic,
    /// A chain of X.509 certificates, of which the client's own bears its URI.
    X509,
    /// A signed JSON Web Token with the client's URI and key.
    Jwt,
}

/// How clients are treated who have nothing to do all along but receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passive {
    /// All deliveries of an event are worked out in one loop: links and devices by the same rules as
    /// anybody's, draws of their own.
    Counted,
    /// Like everybody else: one event a delivery.
    Simulated,
}

/// A class of client connection and device.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Its name; also the name of the client–provider link class in `[network]`.
    pub link: String,
    /// The share of clients that have it.
    pub share: f64,
    /// The cost profile of such devices.
    pub profile: String,
    /// How such devices are woken where they are offline; not at all where there is none.
    pub push: Option<Push>,
}

/// How a device is woken when something comes for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// How long it takes from when its provider sends for it until it wakes, in seconds.
    pub takes: Dist,
    /// How long it then stays online, in seconds.
    pub awake: Dist,
}

/// How membership changes. Rates are per room and second unless stated otherwise; 0 means never.
#[derive(Debug, Clone, PartialEq)]
pub struct Churn {
    /// Users who join a room, per room and second.
    pub joins: Rate,
    /// How they join.
    pub join_by: JoinBy,
    /// Who adds them, where a member does.
    pub adders: Speakers,
    /// Users who leave, per room and second.
    pub leaves: Rate,
    /// Users who are removed by another, per room and second.
    pub removals: Rate,
    /// What the room's creator does to others by the role that it has.
    pub administration: Administration,
    /// Refreshes of a member's own leaf, per member and second.
    pub updates: Rate,
    /// Requests for somebody's KeyPackages of which nobody is added, by the creator of a room, per room and second.
    pub look_ups: Rate,
    /// In which rooms; empty means in all.
    pub look_up_rooms: Vec<u32>,
    /// New devices, per user and second.
    pub new_clients: Rate,
    /// Devices lost for good, per client and second.
    pub lost_clients: Rate,
    /// Accounts that are deleted, per user and second.
    pub deletions: Rate,
    /// Clients that lose their group state and come back by resync, per client and second.
    pub resyncs: Rate,
    /// Changes one after another; `None` for none.
    pub mix: Option<Mix>,
    /// Things that happen at one moment to many.
    pub events: Vec<MassEvent>,
}

/// Changes to each room that exists at time zero, one after another, evenly over the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// How many, for each participant that the room starts with.
    pub per_member: f64,
    /// How many more, however large the room is.
    pub per_room: f64,
    /// The share of them that add somebody from outside.
    pub add: f64,
    /// The share that remove another member.
    pub remove: f64,
    /// The share that refresh the actor's own leaf.
    pub update: f64,
    /// The share that change nothing and say something instead; the four add up to 1.
    pub message: f64,
    /// Who acts.
    pub actors: Speakers,
}

/// A Poisson process, or arrivals at intervals of another distribution.
#[derive(Debug, Clone, PartialEq)]
pub enum Rate {
    /// A Poisson process with so many events a second.
    Poisson(f64),
    /// A renewal process: intervals in seconds, drawn one by one.
    Intervals(Dist),
}

impl Rate {
    /// Whether nothing ever comes of it.
    pub fn is_never(&self) -> bool {
        matches!(self, Self::Poisson(rate) if *rate <= 0.0)
    }
}

/// How a user enters a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinBy {
    /// A member adds them (KeyPackages, Add, Welcome).
    Add,
    /// They join by GroupInfo and external commit.
    External,
}

/// Something that many do at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct MassEvent {
    /// The moment, after the start.
    pub at: SimSpan,
    /// What happens.
    pub action: MassAction,
    /// Which part of those concerned does it (of the members; for joins, of the users outside).
    pub share: f64,
    /// In which rooms; empty means in all.
    pub rooms: Vec<u32>,
    /// Each does it after a delay drawn from this, in seconds.
    pub spread: Dist,
}

/// What many do at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MassAction {
    /// Users from outside join.
    Join,
    /// Members leave.
    Leave,
    /// Members are removed, by the room's creator.
    Remove,
    /// Members refresh their leaves.
    Update,
    /// Members send a message.
    Message,
    /// Every second leaf is removed: the creator removes every other user in order of joining.
    RemoveEverySecond,
}

/// What people write.
#[derive(Debug, Clone, PartialEq)]
pub struct Messages {
    /// Messages per user and second over all their rooms, at the diurnal curve's mean.
    pub rate: Rate,
    /// Length in bytes of what a person writes in a message; draws above [`Messages::LARGEST`] become that.
    pub size: Dist,
    /// What is in a message.
    pub content: Content,
    /// Who speaks in a room.
    pub speakers: Speakers,
    /// Relative activity in each of 24 equal parts of `day`, scaled to mean 1. Empty: constant.
    pub diurnal: Vec<f64>,
    /// The length of a day.
    pub day: SimSpan,
    /// The part of the day at which the run starts, from 0 to 1.
    pub starts_at: f64,
}

impl Messages {
    /// The largest content of a message, in bytes: each recipient holds one in memory, as people's devices do.
    pub const LARGEST: u32 = 16 << 20;

    /// The diurnal curve at an instant; 1 on average.
    pub(crate) fn activity(&self, now: SimTime) -> f64 {
        let parts = self.diurnal.len();
        if parts == 0 {
            return 1.0;
        }
        let days = now.as_secs_f64() / self.day.as_secs_f64() + self.starts_at;
        let part = (days.fract() * parts as f64) as usize;
        self.diurnal[part.min(parts - 1)]
    }
}

/// Who speaks in a room, adds those who join, or acts in a [`Mix`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speakers {
    /// Everyone alike.
    Uniform,
    /// By rank of joining, with this Zipf exponent.
    Zipf(f64),
}

/// What a room's creator does to others by the role that it has, per room and second.
#[derive(Debug, Clone, PartialEq)]
pub struct Administration {
    /// Users whose clients are taken out of the group, and who stay participants.
    pub kicks: Rate,
    /// Users who are banned.
    pub bans: Rate,
    /// Banned users who are participants again.
    pub unbans: Rate,
    /// Users who get another role.
    pub role_changes: Rate,
}

impl Administration {
    /// What is done how often, in the order of the keys, each with its key.
    pub fn rates(&self) -> [(&'static str, &Rate); 4] {
        [
            ("kicks", &self.kicks),
            ("bans", &self.bans),
            ("unbans", &self.unbans),
            ("role_changes", &self.role_changes),
        ]
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.rates().iter().all(|(_, rate)| rate.is_never())
    }
}

/// The links.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Client–provider links by name of connection.
    pub client: Vec<(String, LinkSpec)>,
    /// Provider–provider links between regions; the order of the pair does not matter.
    pub provider: Vec<((String, String), LinkSpec)>,
    /// Provider–provider links within one region.
    pub same_region: LinkSpec,
    /// Provider–provider links between regions that `provider` does not name.
    pub between_regions: LinkSpec,
    /// The probability that a request or answer between providers is lost as a whole.
    pub request_loss: f64,
    /// What carries bodies over links.
    pub transport: Transport,
    /// What comes in order between two providers.
    pub in_order: InOrder,
    /// Providers that are down for a while, as they are written.
    pub outages: Vec<Outage>,
    /// How long after an outage each of the provider's clients connects again, in seconds.
    pub reconnect: Dist,
}

/// A provider that is down for a while: nothing that comes then reaches it, and nothing leaves it. What it stored it has afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Which.
    pub domain: String,
    /// When it goes.
    pub at: SimSpan,
    /// How long it is away.
    pub lasts: SimSpan,
}

impl Outage {
    /// Whether there is a moment of both.
    pub fn meets(&self, other: &Self) -> bool {
        let ends = |outage: &Self| outage.at.as_nanos().saturating_add(outage.lasts.as_nanos());
        self.at.as_nanos() < ends(other) && other.at.as_nanos() < ends(self)
    }
}

/// What carries bodies over links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// HTTP/2 over TLS 1.3: heads, frames and records take bytes, and connections round trips.
    #[default]
    Https,
    /// Nothing that takes anything: links carry bodies alone, and connections are there.
    None,
}

/// What comes in order on a connection between providers: what is behind something that was lost waits until that was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InOrder {
    /// All that it carries, as with streams of HTTP/2, which share a connection of TCP (RFC 9113, section 5.2).
    #[default]
    Connection,
    /// What is about one room, each of which has a stream of its own, as with QUIC (RFC 9000, section 2.2); and what is about none.
    Room,
}

/// One direction of a link.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkSpec {
    /// No message takes less than this, in nanoseconds of virtual time: the bound that makes parallel
    /// windows safe. At least 1 µs.
    pub floor: SimSpan,
    /// One-way propagation delay, in seconds; draws below `floor` become `floor`.
    pub latency: Dist,
    /// Added to each message's latency, in seconds.
    pub jitter: Dist,
    /// Bits a second from the client to the provider, or either way between providers.
    pub up: f64,
    /// Bits a second from the provider to the client.
    pub down: f64,
    /// The probability that a packet is lost, or one outside of bursts where losses come in bursts.
    pub loss: f64,
    /// How long until a lost packet is sent again, in seconds.
    pub retransmit: Dist,
    /// The probability that a message arrives twice.
    pub duplicate: f64,
    /// The probability that a message may overtake those before it.
    pub reorder: f64,
    /// Payload bytes of one packet.
    pub packet: u32,
    /// Losses in bursts, where there are.
    pub bursts: Option<Bursts>,
    /// When what was lost is sent again.
    pub recovery: Recovery,
    /// How fast a connection may send at first; as fast as the link is where there is none.
    pub slow_start: Option<SlowStart>,
}

/// What operations cost in virtual CPU time.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Where the times come from.
    pub source: CostSource,
    /// Profiles by name.
    pub profiles: Vec<(String, ProfileSpec)>,
}

/// What a machine costs: the built-in profile or a measured one, slower by a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileSpec {
    /// 2.0 is twice as slow.
    pub factor: f64,
    /// What was measured on a machine; `None`: the built-in profile.
    pub measured: Option<MachineCosts>,
    /// What the implementation of MLS does to whole trees.
    pub whole_tree: WholeTree,
    /// How it compares leaves with all others.
    pub leaf_checks: LeafChecks,
}

/// How an implementation of MLS compares a leaf with all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeafChecks {
    /// One by one, as OpenMLS 0.9 does: whoever joins compares all leaves with all; whoever adds goes through the leaves for
    /// each joiner until one is blank, and through the copath's for each that the Welcome is sealed to.
    #[default]
    Pairwise,
    /// With what it knows of all others together: which types of credential are in use and which all members support, which
    /// leaf is the next blank one, and one resolution of the copath a Welcome. What is left grows with the tree. No such
    /// implementation was measured: this is a projection, which leaves out what keeping that knowledge takes.
    Indexed,
}

/// Whether an implementation of MLS works on all of a ratchet tree at each epoch, or on what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WholeTree {
    /// It hashes the whole tree each time, checks a new leaf against all others, lays out a secret tree with a place for
    /// every leaf, and copies the tree out for every Welcome, as OpenMLS 0.9 does.
    #[default]
    Anew,
    /// It keeps hashes from one epoch to the next, has an index of keys, lays out secrets as they are needed, and leaves
    /// the tree to the hub: what does not change takes no time, so a commit takes the same in a tree of any size but for
    /// its path. No such implementation was measured; the rest of the profile stays as it is.
    Kept,
}

impl ProfileSpec {
    /// The built-in profile, `factor` times slower.
    pub const fn built_in(factor: f64) -> Self {
        Self {
            factor,
            measured: None,
            whole_tree: WholeTree::Anew,
            leaf_checks: LeafChecks::Pairwise,
        }
    }
}

/// What each unit of work takes on one core of a machine.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MachineCosts {
    /// Which machine, measured with what, and when.
    pub source: String,
    /// Nanoseconds for one of each unit, by its name. Which units there are is for the protocol to say.
    pub nanos: Vec<(String, f64)>,
    /// Members of the largest group that was measured; `None` where the file does not say.
    pub calibrated_to: Option<u32>,
}

/// Where virtual CPU times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostSource {
    /// Work times the cost profile: reproducible.
    Profile,
    /// A stopwatch around the engine `openmls`: not reproducible. Profiles say what would have been
    /// expected; a profile's factor multiplies what was measured.
    Measured,
}
