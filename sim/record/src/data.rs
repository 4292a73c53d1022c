//! The record of a run. All counts are exact; latencies are in HdrHistograms, in microseconds of
//! virtual time, with three significant digits: percentiles and maxima are the upper end of their bucket, less than a thousandth above.

use super::intervals::LatencyInterval;
use super::open::OpenLatency;
use crate::contents::ContentRow;
use crate::findings::FindingRow;
use crate::groups::GroupRecord;
use crate::histogram::histogram;
use crate::ledgers::Ledgers;
use crate::loads::ProviderLoad;
use crate::marks::EventMark;
use crate::servers::ServerSample;
use crate::structure::Structure;
use crate::stuck::StuckRoom;
use hdrhistogram::Histogram;
use std::borrow::Cow;
use std::collections::BTreeMap;
use throng_cost::{Units, Work};
use throng_stack::{Counter, WishKind};
use throng_workloads::scenario::Start;
use throng_workloads::time::{SimSpan, SimTime};

/// Everything that a run measured.
#[derive(Debug, Clone)]
pub struct Record {
    /// 32 hexadecimal digits over the ordered trace of what happened; empty of a run over real connections, which nobody can repeat.
    pub fingerprint: String,
    /// Whether the run was stopped before its end.
    pub partial: bool,
    /// Virtual time reached.
    pub end: SimTime,
    /// Events that entities handled.
    pub events: u64,
    /// Clients that existed, new ones included.
    pub clients: u32,
    /// Exact counts.
    pub counts: Counts,
    /// A row for each kind of content; none where there is but one.
    pub contents: Vec<ContentRow>,
    /// Latency histograms.
    pub latencies: Latencies,
    /// The same by sample, in order of time: only those in which something was recorded.
    pub latency_intervals: Vec<LatencyInterval>,
    /// What was still wanted at the end, by latency: those in which something is.
    pub open: Vec<OpenLatency>,
    /// A row per room.
    pub rooms: Vec<RoomRow>,
    /// Members of the largest room, at any moment.
    pub largest_room: u32,
    /// Rooms in which nobody could commit any more at the end, in order.
    pub stuck_rooms: Vec<StuckRoom>,
    /// Samples at equal intervals of virtual time.
    pub series: Vec<SeriesPoint>,
    /// What the scenario planned for one moment, in order of time.
    pub marks: Vec<EventMark>,
    /// Bytes by sender, receiver and message kind.
    pub traffic: Vec<TrafficRow>,
    /// Who paid for whom, who saw what, and what stops with whom; `None` of a run over real connections.
    pub ledgers: Option<Ledgers>,
    /// What each provider had to do second by second, in the scenario's order; empty unless it was asked for.
    pub loads: Vec<ProviderLoad>,
    /// A row per provider, in the scenario's order.
    pub providers: Vec<ProviderRow>,
    /// CPU time of each client over the run, in microseconds: one entry a client.
    pub client_cpu: Histogram<u64>,
    /// The units in which work is counted.
    pub units: Units,
    /// Work of all clients together.
    pub client_work: Work,
    /// Work of all hubs together.
    pub hub_work: Work,
    /// What each provider did, in the scenario's order.
    pub provider_work: Vec<ProviderWork>,
    /// CPU times by a stopwatch beside those of the profile, by party and trigger. Empty unless the scenario
    /// asks for measured costs; such a run is not reproducible.
    pub measured: Vec<MeasuredRow>,
    /// The invariants, and how often each was checked.
    pub invariants: Vec<InvariantRow>,
    /// What MLS groups add; `None` for a stack that has none.
    pub groups: Option<GroupRecord>,
    /// What was sent, length by length; `None` unless it was asked for.
    pub structure: Option<Structure>,
    /// What only a run over real connections has; `None` of a simulated one.
    pub real: Option<RealRecord>,
}

/// What only a run over real connections has.
#[derive(Debug, Clone, PartialEq)]
pub struct RealRecord {
    /// Message: first sent → decrypted, of the same readers as the latency that counts from the wish: what a measurement says that
    /// looks away while somebody waits to be served.
    pub message_raw: Histogram<u64>,
    /// Whether only what clients noted is known, and what follows from that.
    pub clients_only: bool,
    /// Deliveries that never came to clients that were not online at the end.
    pub undelivered: u64,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// What servers took of their machines, in order of time; empty where nobody looked.
    pub servers: Vec<ServerSample>,
    /// What providers under test did otherwise than the documents say, as providers of ours noted it.
    pub findings: Vec<FindingRow>,
}

/// What one kind of party took for one kind of trigger, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasuredRow {
    /// `client` or `provider`.
    pub party: &'static str,
    /// The kind of message that it answered to, or `wish or timer`.
    pub trigger: &'static str,
    /// How often.
    pub times: u64,
    /// CPU time by the stopwatch, slowed as the device's profile says.
    pub measured: SimSpan,
    /// CPU time by the profile.
    pub profiled: SimSpan,
}

macro_rules! counts {
    ($($(#[$what:meta])* $name:ident,)*) => {
        /// Exact counts over the whole run.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Counts {
            /// Intents that the workload yielded, by name of action.
            pub intents: Vec<(&'static str, u64)>,
            /// Wishes and requests that came to nothing, by identifier of the reason.
            pub skipped: Vec<(&'static str, u64)>,
            /// What receivers could make nothing of, application messages above all, by identifier of the reason.
            pub undecryptable: Vec<(&'static str, u64)>,
            $($(#[$what])* pub $name: u64,)*
            /// What only the stack of the run counts, by identifier.
            pub others: BTreeMap<&'static str, u64>,
        }

        impl Counts {
            /// Those that have a field, by its name.
            pub fn each(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }

            /// The same, in the same order, to be added to.
            pub fn each_mut(&mut self) -> Vec<(&'static str, &mut u64)> {
                vec![$((stringify!($name), &mut self.$name),)*]
            }

            /// Count something of a stack: a field where there is one of that name.
            pub fn add(&mut self, counter: Counter, by: u64) {
                match counter.0 {
                    $(stringify!($name) => self.$name += by,)*
                    other => *self.others.entry(other).or_default() += by,
                }
            }
        }
    };
}

// What any messenger has, the recorder counts. The others are here because rules have named them so from the beginning; a stack that
// has them says so by a counter of that name, and of another stack they stay 0.
counts! {
        /// Commits sent to hubs, external ones included.
        commit_attempts,
        /// Commits that hubs accepted.
        commits_accepted,
        /// Commits that hubs refused with wrongEpoch.
        wrong_epoch,
        /// Handshakes that hubs refused for another reason.
        refused,
        /// Accepted commits made from outside.
        external_commits,
        /// Proposals that hubs accepted.
        proposals,
        /// Application messages that hubs accepted.
        messages_accepted,
        /// Application messages refused as too old, to be encrypted anew.
        epoch_too_old,
        /// Application messages decrypted, once for each receiver.
        messages_decrypted,
        /// Those of them that came to a receiver who had been offline, since the hub accepted them or then: no latency of messages
        /// counts them.
        messages_caught_up,
        /// Welcomes from which somebody joined.
        welcomes,
        /// KeyPackages published.
        key_packages_published,
        /// KeyPackages handed out.
        key_packages_used,
        /// KeyPackages dropped because their lifetime ended.
        key_packages_expired,
        /// Requests for a KeyPackage where none was left.
        key_packages_exhausted,
        /// KeyPackages left at the end.
        key_packages_left,
}

/// A latency: what it is called, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// As files and rules call it.
    pub name: &'static str,
    /// From what to what.
    pub title: &'static str,
    /// The same, and of whom.
    pub says: &'static str,
    /// The wish that enters it once, when it is fulfilled.
    pub wish: Option<WishKind>,
}

macro_rules! latencies {
    ($(
        $(#[$what:meta])*
        $name:ident = $id:literal, $title:literal $(, of $whom:literal)? $(, ends $wish:ident)?;
    )*) => {
        /// All latencies, in order.
        pub const LATENCIES: &[Latency] = &[$(Latency {
            name: $id,
            title: $title,
            says: concat!($title $(, ", of ", $whom)?),
            wish: [$(Some(WishKind::$wish),)? None][0],
        },)*];

        /// Latency histograms, in microseconds. By default without a value.
        #[derive(Debug, Clone)]
        pub struct Latencies<H = Histogram<u64>> {
            $($(#[$what])* pub $name: H,)*
            /// Attempts that each accepted commit took (a count, no time).
            pub attempts: H,
        }

        impl<H> Latencies<H> {
            /// One made for each.
            pub(crate) fn made(make: impl Fn() -> H) -> Self {
                Self {
                    $($name: make(),)*
                    attempts: make(),
                }
            }

            /// Every one with its name, in the order of [`Latencies::each`], to be added to.
            pub fn each_mut(&mut self) -> Vec<(&'static str, &mut H)> {
                vec![$(($id, &mut self.$name),)* ("attempts", &mut self.attempts)]
            }
        }

        impl Default for Latencies {
            fn default() -> Self {
                Self::made(histogram)
            }
        }

        impl Latencies {

            /// Each time histogram with its file name and what it measures.
            pub fn named(&self) -> Vec<(&'static str, &'static str, &Histogram<u64>)> {
                vec![$(($id, $title, &self.$name),)*]
            }
        }
    };
}

latencies! {
        /// Message: sent → decrypted, each receiver that was online when the hub accepted it and stayed so. What the others wait
        /// for is part of their catch-up.
        message = "message", "message: sent → decrypted by each", of "those who stayed online";
        /// Message: sent → decrypted by the last of those.
        message_last = "message-last", "message: sent → decrypted by the last", of "those who stayed online", ends Message;
        /// Commit: wanted → accepted by the hub, lost attempts included.
        commit_accept = "commit-accept", "commit: wanted → accepted", ends Change;
        /// Commit: accepted → the new epoch, each member that was online when the hub accepted it and stayed so.
        converge = "converge", "commit: accepted → merged by each", of "those who stayed online";
        /// Commit: accepted → the last of those at the new epoch.
        converge_last = "converge-last", "commit: accepted → merged by the last", of "those who stayed online";
        /// Join: wanted → able to send.
        join = "join", "join: wanted → able to send", ends Join;
        /// Leave: proposed → excluded by an accepted commit.
        leave = "leave", "leave: proposed → excluded", ends Leave;
        /// Online again → at the head of every room.
        catch_up = "catch-up", "catch-up: online again → at the head";
        /// Waiting time of requests at providers before a core was free.
        provider_wait = "provider-wait", "provider: request waits for a core";
        /// Proposal: accepted by the hub → covered by an accepted commit. What an external commit voids is proposed anew, and counts from
        /// then. Not known where only what clients noted is.
        cover = "cover", "proposal: accepted → covered";
        /// Attachment: its message read → fetched and decrypted.
        download = "download", "attachment: read → fetched";
}

impl Latencies {
    /// Every histogram with its name: those of [`Latencies::named`], and `attempts`.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &Histogram<u64>)> {
        let named = self.named().into_iter();
        let named = named.map(|(name, _, histogram)| (name, histogram));
        named.chain([("attempts", &self.attempts)])
    }
}

/// One room.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomRow {
    /// The room's number.
    pub room: u32,
    /// The hub's domain.
    pub hub: String,
    /// When its group began; zero for rooms that are there then. `None`: it never did.
    pub created: Option<SimTime>,
    /// How it began.
    pub start: Start,
    /// Members (clients) with which it began: 1 unless it was there at time zero.
    pub initial_members: u32,
    /// Members (clients) at the end.
    pub members: u32,
    /// The state, in the stack's own order, at which it began: 0; for rooms that are there at time zero what their making took.
    pub first_epoch: u64,
    /// The epoch at the end, counted from the first.
    pub epoch: u64,
    /// Commits accepted.
    pub commits: u64,
    /// Commit attempts.
    pub attempts: u64,
    /// Application messages accepted.
    pub messages: u64,
    /// Bytes of changes that its hub fanned out.
    pub fanout_bytes: u64,
}

/// A sample of the run; counters are those since the sample before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesPoint {
    /// The end of the interval.
    pub time: SimTime,
    /// Clients online.
    pub online: u32,
    /// Members over all rooms.
    pub members: u64,
    /// Intents in the interval, churn only (not messages, not online/offline).
    pub churn: u64,
    /// Commits accepted in the interval.
    pub commits: u64,
    /// Commit attempts in the interval.
    pub attempts: u64,
    /// Application messages accepted in the interval.
    pub messages: u64,
    /// Bytes put on links in the interval.
    pub bytes: u64,
    /// The longest wait of a request at a provider in the interval.
    pub provider_wait_max: SimSpan,
    /// Provider core time used in the interval, of all providers.
    pub provider_busy: SimSpan,
    /// Messages that wait at providers for clients (offline or in flight).
    pub queued: u64,
    /// KeyPackages at providers, without those of last resort.
    pub key_packages: u64,
    /// Clients whose KeyPackages are all gone.
    pub exhausted: u64,
    /// Bytes stored at providers: queues, KeyPackages, public group states.
    pub stored_bytes: u64,
}

/// Bytes of one kind of message between two kinds of party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRow {
    /// "client" or "provider".
    pub from: Cow<'static, str>,
    /// "client" or "provider".
    pub to: Cow<'static, str>,
    /// The message kind.
    pub kind: Cow<'static, str>,
    /// Messages sent.
    pub messages: u64,
    /// Bytes that senders put on links, retransmissions and what HTTP and TLS add included.
    pub sent: u64,
    /// Bytes of their bodies, each counted once: what the protocol itself has to say.
    pub bodies: u64,
    /// Bytes that receivers took.
    pub received: u64,
    /// Bytes that the network lost (and, for clients, that arrived while they were offline).
    pub lost: u64,
    /// Bytes that the network made by duplicating.
    pub duplicated: u64,
}

/// One provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderRow {
    /// Its domain.
    pub domain: String,
    /// Its cores.
    pub cores: u32,
    /// Core time that it used.
    pub busy: SimSpan,
    /// Requests that it served.
    pub requests: u64,
    /// The longest that a request waited for a core.
    pub wait_max: SimSpan,
    /// Bytes that it sent to clients.
    pub to_clients: u64,
    /// Bytes that it sent to other providers.
    pub to_providers: u64,
    /// Most bytes that it stored at a time: queues, KeyPackages, public group states, history.
    pub stored_max: u64,
    /// What of it was history, and what all of it takes on disks, where a simulated one keeps more than it has to.
    pub archive: Option<ArchiveRow>,
    /// KeyPackages left at the end.
    pub key_packages_left: u64,
    /// What became of its access to the network, up and down, where its connections share it.
    pub accesses: [Option<AccessRow>; 2],
}

/// What a provider keeps beside what it has to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArchiveRow {
    /// Most bytes of its history at a time.
    pub history_max: u64,
    /// Bytes on disks for each that it stores: with indices, in all copies.
    pub on_disks: f64,
}

/// One way of a provider's access to the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccessRow {
    /// What all connections together can carry, in bits a second.
    pub bandwidth: f64,
    /// How long all that it carried takes at that.
    pub busy: SimSpan,
    /// The longest that what other connections carried held something up, from when its turn on its own came.
    pub wait_max: SimSpan,
}

impl ProviderRow {
    /// One that has done nothing yet.
    pub fn idle(domain: String, cores: u32) -> Self {
        Self {
            domain,
            cores,
            busy: SimSpan::ZERO,
            requests: 0,
            wait_max: SimSpan::ZERO,
            to_clients: 0,
            to_providers: 0,
            stored_max: 0,
            archive: None,
            key_packages_left: 0,
            accesses: [None; 2],
        }
    }

    /// Most bytes on disks at a time, where it keeps more than it has to.
    pub fn disks_max(&self) -> Option<u64> {
        let archive = self.archive?;
        Some((self.stored_max as f64 * archive.on_disks).round() as u64)
    }
}

/// What one provider did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderWork {
    /// In units.
    pub work: Work,
    /// What that takes by its cost profile, by what the units are called together; empty where no profile says.
    pub cpu: Vec<(&'static str, SimSpan)>,
}

/// One invariant that was checked all along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvariantRow {
    /// What it says.
    pub name: &'static str,
    /// How often it was checked.
    pub checks: u64,
}

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub name: &'static str,
    /// What was found.
    pub detail: String,
}
