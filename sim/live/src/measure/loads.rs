//! What is done to a provider, and what that took.
//!
//! Requests and events come one by one, so far apart that each finds everybody asleep: as it is at a provider that is not at its limits. Where
//! many come at once they share what it takes to be woken and to write, and each costs a fraction of that. Those who ask and receive
//! take turns in a crowd, so that what the provider and the system know of their connections has left the caches since the last time; in
//! conversations those who receive say so, as clients do.

use super::bench::{ASKERS, Asker, Bench, ITS, MEASURED};
use super::sync::sync;
use super::threads::on_core;
use crate::error::LiveError;
use crate::store::{StoreAt, check_empty, open};
use crate::tls::Resumption;
use std::collections::BTreeMap;
use std::time::Duration;
use throng_cost::Work;
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;

/// Something that is done many times. Each load has much of one thing and little of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Load {
    /// Requests of clients that are taken at once.
    Requests {
        /// By so many in turn.
        clients: u64,
        /// With a body of so many bytes. Longer ones than an acknowledgement are turned down when they were read.
        body: u64,
    },
    /// Events of a room that the provider passes on as a follower.
    Events {
        /// To so many clients.
        receivers: u64,
        /// Whether they are there.
        online: bool,
        /// With a message of so many bytes.
        body: u64,
    },
    /// The same, to clients who are there and say at once that they have it.
    Conversation {
        /// So many.
        receivers: u64,
    },
    /// Connections of clients, each with one request. Those of one sort and the other take turns: what they differ by is less than what
    /// the same takes at one time and another.
    Connections {
        /// Whether they go on from earlier ones.
        resumed: bool,
    },
    /// Requests of clients that another provider is asked for, which turns them down.
    Forwarded {
        /// With a body of so many bytes.
        body: u64,
    },
    /// Acknowledgements of many events at once.
    Acknowledged {
        /// So many by each.
        events: u64,
    },
}

/// All loads. The fit does not see those that are held out.
const LOADS: &[(Load, bool)] = &[
    (requests(400, 8), false),
    (requests(16, 8), true),
    (requests(400, 4_000), false),
    (requests(100, 16_000), true),
    (requests(400, 60_000), false),
    (events(1, true, 100), false),
    (events(8, true, 100), false),
    (events(24, true, 1_000), true),
    (events(64, true, 100), false),
    (events(200, true, 100), true),
    (events(400, true, 100), false),
    (events(16, true, 10_000), true),
    (events(32, true, 30_000), false),
    (events(8, false, 100), false),
    (events(64, false, 100), false),
    (events(32, false, 10_000), true),
    (events(64, false, 30_000), false),
    (Load::Conversation { receivers: 1 }, false),
    (Load::Conversation { receivers: 4 }, true),
    (Load::Conversation { receivers: 32 }, false),
    (Load::Conversation { receivers: 128 }, true),
    // With those that are resumed.
    (Load::Connections { resumed: false }, false),
    (Load::Forwarded { body: 100 }, false),
    (Load::Forwarded { body: 3_000 }, true),
    (Load::Forwarded { body: 20_000 }, false),
    (Load::Acknowledged { events: 200 }, false),
    (Load::Acknowledged { events: 100 }, true),
];

const fn requests(clients: u64, body: u64) -> Load {
    Load::Requests { clients, body }
}

const fn events(receivers: u64, online: bool, body: u64) -> Load {
    Load::Events {
        receivers,
        online,
        body,
    }
}

impl Load {
    /// What it is, in words.
    pub fn name(&self) -> String {
        match self {
            Self::Requests { clients, body } => {
                format!("requests of {body} B, by {clients} clients in turn")
            }
            Self::Events {
                receivers,
                online,
                body,
            } => {
                let there = if *online { "online" } else { "offline" };
                format!("events of {body} B for {receivers} clients who are {there}")
            }
            Self::Conversation { receivers } => {
                format!("events of 100 B for {receivers} clients who say that they have them")
            }
            Self::Connections { resumed: false } => "connections".to_owned(),
            Self::Connections { resumed: true } => "connections that are resumed".to_owned(),
            Self::Forwarded { body } => format!("requests of {body} B for another provider"),
            Self::Acknowledged { events } => format!("acknowledgements of {events} events"),
        }
    }
}

/// Whose time it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The provider's.
    Provider,
    /// Its clients'.
    Clients,
    /// That of the processes of the database that the provider keeps things in.
    Database,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Every load, once in each round.
    pub samples: Vec<Sample>,
    /// How long the store waited for what it writes to, each time.
    pub waited: Vec<Duration>,
}

/// What was done once, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Under which load.
    pub load: Load,
    /// Whose work it was.
    pub who: Who,
    /// Whether the fit is not to see it.
    pub held_out: bool,
    /// What was done.
    pub work: Work,
    /// Nanoseconds that threads were on a core for it.
    pub nanos: u64,
}

/// Measures every load once in each of so many rounds, of a provider that keeps things there, or where nobody says where in a file that is
/// gone afterwards. `say` is told how many of how many are done, and returns whether to go on; where it does not, what there is. What was
/// stored is deleted again.
///
/// # Errors
/// [`LiveError`] where the provider cannot be started, where its store is not empty, or where something does not go as it has to.
pub fn measure(
    store: Option<&StoreAt>,
    rounds: u32,
    say: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Measured, LiveError> {
    let of = rounds * LOADS.len() as u32;
    let mut measured = Measured::default();
    let mut done = 0;
    for _ in 0..rounds {
        // Another provider each time: what the one before keeps is no burden.
        let folder = tempfile::tempdir().map_err(|source| LiveError::Write {
            path: std::env::temp_dir(),
            source,
        })?;
        let own = || StoreAt::in_folder(folder.path(), MEASURED);
        let store = store.cloned().unwrap_or_else(own);
        check_empty(&store)?;
        measured.waited.extend(sync(Some(&store))?);
        let goes_on = with_provider(&store, &mut |bench| {
            let mut crowd = askers(bench, CROWD)?;
            for (load, held_out) in LOADS {
                if !say(done, of) {
                    return Ok(false);
                }
                done += 1;
                let taken = one(bench, &mut crowd, *load)?.into_iter();
                measured.samples.extend(taken.map(|(load, taken)| Sample {
                    load,
                    who: taken.who,
                    held_out: *held_out,
                    work: taken.work,
                    nanos: taken.nanos,
                }));
            }
            Ok(true)
        })?;
        if !goes_on {
            return Ok(measured);
        }
    }
    Ok(measured)
}

/// Does something with a provider that keeps things there, and leaves nothing of it.
fn with_provider(
    store: &StoreAt,
    work: &mut dyn FnMut(&mut Bench) -> Result<bool, LiveError>,
) -> Result<bool, LiveError> {
    let mut bench = Bench::new(&scenario()?, store)?;
    let outcome = work(&mut bench);
    bench.stop()?;
    open(store)?.clear()?;
    outcome
}

/// The small company: of it counts what it says of policy, and that it has two providers.
fn scenario() -> Result<Scenario, LiveError> {
    Ok(builtin::find("small")?.scenario(&[])?)
}

/// Whose work it was, what, and nanoseconds.
struct Taken {
    who: Who,
    work: Work,
    nanos: u64,
}

/// What was done and took so long since.
struct Since {
    work: Work,
    its: u64,
    theirs: u64,
    database: Option<u64>,
}

impl Since {
    fn now(bench: &Bench) -> Result<Self, LiveError> {
        Ok(Self {
            work: bench.server().worked(),
            its: on_core(&ITS),
            theirs: on_core(&ASKERS),
            database: bench.database_on_core()?,
        })
    }

    /// What was done: what the provider did, `more` of which it does not know itself; and clients, whose part in it the load knows.
    fn taken(
        self,
        bench: &Bench,
        more: Work,
        clients: Option<Work>,
    ) -> Result<Vec<Taken>, LiveError> {
        let now = Self::now(bench)?;
        let mut work = now.work;
        for (now, before) in work.counts.iter_mut().zip(self.work.counts) {
            *now -= before;
        }
        work += more;
        let taken = |who, work, nanos| Taken { who, work, nanos };
        let database = now.database.zip(self.database);
        let mut all = vec![taken(Who::Provider, work, now.its - self.its)];
        all.extend(clients.map(|work| taken(Who::Clients, work, now.theirs - self.theirs)));
        // One of its processes may have ended.
        all.extend(
            database.map(|(now, before)| taken(Who::Database, work, now.saturating_sub(before))),
        );
        Ok(all)
    }
}

/// A load, and what goes with it.
fn one(
    bench: &mut Bench,
    crowd: &mut [Asker],
    load: Load,
) -> Result<Vec<(Load, Taken)>, LiveError> {
    let taken = match load {
        Load::Requests { clients, body } => requested(bench, some_of(crowd, clients), body),
        Load::Events {
            receivers,
            online: true,
            body,
        } => passed_on(bench, crowd, receivers, body),
        Load::Events {
            receivers,
            online: false,
            body,
        } => kept(bench, receivers, body),
        Load::Conversation { receivers } => conversed(bench, crowd, receivers),
        Load::Connections { .. } => return connected(bench),
        Load::Forwarded { body } => forwarded(bench, body),
        Load::Acknowledged { events } => acknowledged(bench, events),
    };
    Ok(taken?.into_iter().map(|taken| (load, taken)).collect())
}

/// So many clients take turns. What a provider, TLS and the system know of as many connections does not stay in caches near a core.
const CROWD: u64 = 400;

/// The first of a crowd.
fn some_of(crowd: &mut [Asker], count: u64) -> &mut [Asker] {
    let count = crowd.len().min(count as usize);
    &mut crowd[..count]
}

/// The next of a crowd: those who had their turn stand behind all others.
fn next_of(crowd: &mut [Asker], count: u64) -> &mut [Asker] {
    let count = crowd.len().min(count as usize);
    crowd.rotate_left(count);
    let from = crowd.len() - count;
    &mut crowd[from..]
}

/// Clients with accounts, connected.
fn askers(bench: &mut Bench, count: u64) -> Result<Vec<Asker>, LiveError> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut asker = bench.asker()?;
        bench.connect(&mut asker, 0, Resumption::Tickets)?;
        all.push(asker);
    }
    bench.come(&all)?;
    Ok(all)
}

/// Between what is done and what is done next everybody has time to fall asleep.
const APART: Duration = Duration::from_millis(2);

/// About so many bytes go in one load, and so many requests and records at most.
const BYTES: u64 = 30_000_000;
const MOST: u64 = 800;
const MOST_RECORDS: u64 = 3_000;

/// So many events for so many receivers each.
fn events_for(receivers: u64, body: u64) -> u64 {
    (BYTES / (body * receivers))
        .min(MOST_RECORDS / receivers)
        .clamp(20, 300)
}

fn requested(bench: &mut Bench, all: &mut [Asker], body: u64) -> Result<Vec<Taken>, LiveError> {
    let times = ((BYTES / body).min(MOST) / all.len() as u64).max(1);
    let body = vec![0; body as usize];
    // The first says its fields for the first time.
    bench.ask_each(all, (1, APART), "ack", (None, &[0; 8]))?;
    let since = Since::now(bench)?;
    let asked = bench.ask_each(all, (times, APART), "ack", (None, &body))?;
    since.taken(bench, Work::default(), Some(asked))
}

fn passed_on(
    bench: &mut Bench,
    crowd: &mut [Asker],
    receivers: u64,
    body: u64,
) -> Result<Vec<Taken>, LiveError> {
    let events = events_for(receivers, body);
    let since = Since::now(bench)?;
    let mut clients = Work::default();
    for _ in 0..events {
        let receiving = next_of(crowd, receivers);
        let each = bench.notify(receiving, 1, body as usize)?;
        clients += each.times(receivers);
        bench.come(receiving)?;
        std::thread::sleep(APART);
    }
    since.taken(bench, Work::default(), Some(clients))
}

fn kept(bench: &mut Bench, receivers: u64, body: u64) -> Result<Vec<Taken>, LiveError> {
    let mut all = askers(bench, receivers)?;
    for asker in &mut all {
        bench.disconnect(asker)?;
    }
    bench.notify(&mut all, 1, body as usize)?;
    let since = Since::now(bench)?;
    for _ in 0..events_for(receivers, body) {
        bench.notify(&mut all, 1, body as usize)?;
        std::thread::sleep(APART);
    }
    since.taken(bench, Work::default(), None)
}

fn conversed(
    bench: &mut Bench,
    crowd: &mut [Asker],
    receivers: u64,
) -> Result<Vec<Taken>, LiveError> {
    let since = Since::now(bench)?;
    let mut clients = Work::default();
    for _ in 0..events_for(receivers, 100) {
        let receiving = next_of(crowd, receivers);
        let each = bench.notify(receiving, 1, 100)?;
        clients += each.times(receivers);
        bench.come(receiving)?;
        clients += bench.acknowledge(receiving)?;
        std::thread::sleep(APART);
    }
    since.taken(bench, Work::default(), Some(clients))
}

/// So many connections of each sort.
const CONNECTIONS: u64 = 200;

fn connected(bench: &mut Bench) -> Result<Vec<(Load, Taken)>, LiveError> {
    let sorts = [false, true];
    let mut all = askers(bench, sorts.len() as u64)?;
    let mut sums: BTreeMap<(bool, Who), (Work, u64)> = BTreeMap::new();
    for _ in 0..CONNECTIONS {
        for (asker, resumed) in all.iter_mut().zip(sorts) {
            let resumption = match resumed {
                true => Resumption::Tickets,
                false => Resumption::Never,
            };
            // The one before is closed by then.
            std::thread::sleep(APART);
            let since = Since::now(bench)?;
            // It has all that came before, so that one record comes.
            let next = asker.due();
            let asked = bench.connect(asker, next, resumption)?;
            bench.come(std::slice::from_ref(asker))?;
            // What its machine does not see.
            let more = bench.taken(1, resumed);
            for taken in since.taken(bench, more, Some(asked))? {
                let (work, nanos) = sums.entry((resumed, taken.who)).or_default();
                *work += taken.work;
                *nanos += taken.nanos;
            }
        }
    }
    let taken = |((resumed, who), (work, nanos))| {
        (Load::Connections { resumed }, Taken { who, work, nanos })
    };
    Ok(sums.into_iter().map(taken).collect())
}

fn forwarded(bench: &mut Bench, body: u64) -> Result<Vec<Taken>, LiveError> {
    const CLIENTS: u64 = 8;
    let mut all = askers(bench, CLIENTS)?;
    let times = (BYTES / body).min(MOST / 2) / CLIENTS;
    let (room, body) = (Some(bench.room_there()), vec![0; body as usize]);
    let mut ask = |bench: &mut Bench, times| {
        bench.ask_each(&mut all, (times, APART), "submit-message", (room, &body))?;
        all.iter_mut().for_each(|asker| asker.hears(times));
        bench.come(&all)
    };
    ask(bench, 1)?;
    let since = Since::now(bench)?;
    ask(bench, times)?;
    since.taken(bench, Work::default(), None)
}

fn acknowledged(bench: &mut Bench, events: u64) -> Result<Vec<Taken>, LiveError> {
    const CLIENTS: u64 = 40;
    let mut all = askers(bench, CLIENTS)?;
    bench.notify(&mut all, events, 100)?;
    bench.come(&all)?;
    let body = (1 + events).to_be_bytes();
    let since = Since::now(bench)?;
    bench.ask_each(&mut all, (1, APART), "ack", (None, &body))?;
    since.taken(bench, Work::default(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stacks::live;

    /// How much of a unit.
    fn of(work: &Work, counter: &str) -> u64 {
        let mut all = live::vocabulary().units.count(work);
        all.find(|(unit, _)| unit.counter == counter)
            .expect("a unit")
            .1
    }

    #[test]
    fn each_load_has_much_of_what_it_is_for_and_nothing_of_mls() {
        let mut bench =
            Bench::new(&scenario().expect("a scenario"), &StoreAt::Memory).expect("a provider");
        let wanted = [
            (requests(4, 8), "requests_in", MOST),
            (
                Load::Conversation { receivers: 4 },
                "requests_in",
                300 * (1 + 4),
            ),
            (requests(16, 16_000), "received_bytes", MOST * 16_000),
            (
                events(24, true, 1_000),
                "records_out",
                MOST_RECORDS / 24 * 24,
            ),
            (events(8, false, 100), "rows_written", 300 * (2 + 2 * 8)),
            (
                Load::Connections { resumed: false },
                "connections_in",
                CONNECTIONS,
            ),
            (Load::Forwarded { body: 3_000 }, "requests_out", MOST / 2),
            (Load::Acknowledged { events: 100 }, "rows_deleted", 40 * 101),
        ];
        let mut crowd = askers(&mut bench, 30).expect("connected");
        let mut of_clients = BTreeMap::new();
        for (load, counter, least) in wanted {
            let taken = one(&mut bench, &mut crowd, load).expect("measured");
            for (load, Taken { who, work, nanos }) in taken {
                let counter = match load {
                    Load::Connections { resumed: true } => "resumptions_in",
                    _ => counter,
                };
                assert!(nanos > 0 || cfg!(not(target_os = "linux")), "{load:?}");
                let mls = ["operations", "bytes", "verifications", "opens"];
                assert!(
                    mls.iter().all(|unit| of(&work, unit) == 0),
                    "{load:?}: {work:?}"
                );
                assert_ne!(who, Who::Database, "there is none");
                if who == Who::Provider {
                    let counted = of(&work, counter);
                    let most = least + least / 10 + 40;
                    assert!(
                        (least..=most).contains(&counted),
                        "{load:?}: {counted} {counter}"
                    );
                } else {
                    let requests = of(&work, "requests_out");
                    of_clients.insert(load, nanos / requests.max(1));
                    assert!(requests + of(&work, "records_in") > 0, "{load:?}");
                }
            }
        }
        bench.stop().expect("ended");
        // Their part in a handshake is theirs: more than it takes to ask for something.
        let full = of_clients[&Load::Connections { resumed: false }];
        let one = of_clients[&requests(4, 8)];
        assert!(full > 2 * one, "{full} {one}");
    }
}
