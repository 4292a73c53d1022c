//! What is done to a provider, and what that took.
//!
//! Requests and events come one by one, so far apart that each finds everybody asleep: as it is at a provider that is not at its limits. Where
//! many come at once they share what it takes to be woken and to write, and each costs a fraction of that. Those who ask and receive
//! take turns in a crowd, so that what the provider and the system know of their connections has left the caches since the last time; in
//! conversations those who receive say so, as clients do.

use super::bench::{ASKERS, Asker, Bench, ITS, MEASURED};
use super::threads::on_core;
use crate::error::LiveError;
use crate::store::StoreAt;
use crate::tls::Resumption;
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
    /// Connections of clients, each with one request.
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
    (Load::Connections { resumed: false }, false),
    (Load::Connections { resumed: true }, false),
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

/// What was done once, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Under which load.
    pub load: Load,
    /// Whether it is the provider; otherwise its clients.
    pub provider: bool,
    /// Whether the fit is not to see it.
    pub held_out: bool,
    /// What was done.
    pub work: Work,
    /// Nanoseconds that threads were on a core for it.
    pub nanos: u64,
}

/// Measures every load once in each of so many rounds, of a provider that keeps things there, or where nobody says where in a file that is
/// gone afterwards. `say` is told how many of how many are done, and returns whether to go on; where it does not, what there is.
///
/// # Errors
/// [`LiveError`] where the provider cannot be started, or something does not go as it has to. Of what a store holds already the
/// provider knows nothing to ask for, so it has to be empty.
pub fn measure(
    store: Option<&StoreAt>,
    rounds: u32,
    say: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Vec<Sample>, LiveError> {
    let of = rounds * LOADS.len() as u32;
    let mut samples = Vec::new();
    let mut done = 0;
    for _ in 0..rounds {
        // Another provider each time: what the one before keeps is no burden.
        let folder = tempfile::tempdir().map_err(|source| LiveError::Write {
            path: std::env::temp_dir(),
            source,
        })?;
        let own = || StoreAt::in_folder(folder.path(), MEASURED);
        let store = store.cloned().unwrap_or_else(own);
        let mut bench = Bench::new(&scenario()?, &store)?;
        let mut crowd = askers(&mut bench, CROWD)?;
        for (load, held_out) in LOADS {
            if !say(done, of) {
                bench.stop()?;
                return Ok(samples);
            }
            done += 1;
            let taken = one(&mut bench, &mut crowd, *load)?;
            samples.extend(taken.into_iter().map(|(provider, work, nanos)| Sample {
                load: *load,
                provider,
                held_out: *held_out,
                work,
                nanos,
            }));
        }
        bench.stop()?;
    }
    Ok(samples)
}

/// The small company: of it counts what it says of policy, and that it has two providers.
fn scenario() -> Result<Scenario, LiveError> {
    Ok(builtin::find("small")?.scenario(&[])?)
}

/// Whose work it was, what, and nanoseconds.
type Taken = (bool, Work, u64);

/// What was done and took so long since.
struct Since {
    work: Work,
    its: u64,
    theirs: u64,
}

impl Since {
    fn now(bench: &Bench) -> Self {
        Self {
            work: bench.server().worked(),
            its: on_core(&ITS),
            theirs: on_core(&ASKERS),
        }
    }

    /// What the provider did; and the clients, whose part in it the load knows.
    fn taken(self, bench: &Bench, more: Work, clients: Option<Work>) -> Vec<Taken> {
        let mut work = bench.server().worked();
        for (now, before) in work.counts.iter_mut().zip(self.work.counts) {
            *now -= before;
        }
        work += more;
        let its = (true, work, on_core(&ITS) - self.its);
        let theirs = clients.map(|work| (false, work, on_core(&ASKERS) - self.theirs));
        std::iter::once(its).chain(theirs).collect()
    }
}

fn one(bench: &mut Bench, crowd: &mut [Asker], load: Load) -> Result<Vec<Taken>, LiveError> {
    match load {
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
        Load::Connections { resumed } => connected(bench, resumed),
        Load::Forwarded { body } => forwarded(bench, body),
        Load::Acknowledged { events } => acknowledged(bench, events),
    }
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
    let since = Since::now(bench);
    let asked = bench.ask_each(all, (times, APART), "ack", (None, &body))?;
    Ok(since.taken(bench, Work::default(), Some(asked)))
}

fn passed_on(
    bench: &mut Bench,
    crowd: &mut [Asker],
    receivers: u64,
    body: u64,
) -> Result<Vec<Taken>, LiveError> {
    let events = events_for(receivers, body);
    let since = Since::now(bench);
    let mut clients = Work::default();
    for _ in 0..events {
        let receiving = next_of(crowd, receivers);
        let each = bench.notify(receiving, 1, body as usize)?;
        clients += each.times(receivers);
        bench.come(receiving)?;
        std::thread::sleep(APART);
    }
    Ok(since.taken(bench, Work::default(), Some(clients)))
}

fn kept(bench: &mut Bench, receivers: u64, body: u64) -> Result<Vec<Taken>, LiveError> {
    let mut all = askers(bench, receivers)?;
    for asker in &mut all {
        bench.disconnect(asker)?;
    }
    bench.notify(&mut all, 1, body as usize)?;
    let since = Since::now(bench);
    for _ in 0..events_for(receivers, body) {
        bench.notify(&mut all, 1, body as usize)?;
        std::thread::sleep(APART);
    }
    Ok(since.taken(bench, Work::default(), None))
}

fn conversed(
    bench: &mut Bench,
    crowd: &mut [Asker],
    receivers: u64,
) -> Result<Vec<Taken>, LiveError> {
    let since = Since::now(bench);
    let mut clients = Work::default();
    for _ in 0..events_for(receivers, 100) {
        let receiving = next_of(crowd, receivers);
        let each = bench.notify(receiving, 1, 100)?;
        clients += each.times(receivers);
        bench.come(receiving)?;
        clients += bench.acknowledge(receiving)?;
        std::thread::sleep(APART);
    }
    Ok(since.taken(bench, Work::default(), Some(clients)))
}

/// So many connections.
const CONNECTIONS: u64 = 150;

fn connected(bench: &mut Bench, resumed: bool) -> Result<Vec<Taken>, LiveError> {
    let mut all = askers(bench, 1)?;
    let Some(asker) = all.first_mut() else {
        return Ok(Vec::new());
    };
    let resumption = match resumed {
        true => Resumption::Tickets,
        false => Resumption::Never,
    };
    let since = Since::now(bench);
    let mut clients = Work::default();
    for _ in 0..CONNECTIONS {
        // It has all that came before, so that one record comes.
        let next = asker.due();
        clients += bench.connect(asker, next, resumption)?;
        bench.come(std::slice::from_ref(asker))?;
    }
    // What its machine does not see.
    let more = bench.taken(CONNECTIONS, resumed);
    Ok(since.taken(bench, more, Some(clients)))
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
    let since = Since::now(bench);
    ask(bench, times)?;
    Ok(since.taken(bench, Work::default(), None))
}

fn acknowledged(bench: &mut Bench, events: u64) -> Result<Vec<Taken>, LiveError> {
    const CLIENTS: u64 = 40;
    let mut all = askers(bench, CLIENTS)?;
    bench.notify(&mut all, events, 100)?;
    bench.come(&all)?;
    let body = (1 + events).to_be_bytes();
    let since = Since::now(bench);
    bench.ask_each(&mut all, (1, APART), "ack", (None, &body))?;
    Ok(since.taken(bench, Work::default(), None))
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
            (
                Load::Connections { resumed: true },
                "resumptions_in",
                CONNECTIONS,
            ),
            (Load::Forwarded { body: 3_000 }, "requests_out", MOST / 2),
            (Load::Acknowledged { events: 100 }, "rows_deleted", 40 * 101),
        ];
        let mut crowd = askers(&mut bench, 30).expect("connected");
        for (load, counter, least) in wanted {
            let taken = one(&mut bench, &mut crowd, load).expect("measured");
            for (provider, work, nanos) in taken {
                assert!(nanos > 0 || cfg!(not(target_os = "linux")), "{load:?}");
                let mls = ["operations", "bytes", "verifications", "opens"];
                assert!(
                    mls.iter().all(|unit| of(&work, unit) == 0),
                    "{load:?}: {work:?}"
                );
                if provider {
                    let counted = of(&work, counter);
                    let most = least + least / 10 + 40;
                    assert!(
                        (least..=most).contains(&counted),
                        "{load:?}: {counted} {counter}"
                    );
                } else {
                    assert!(
                        of(&work, "requests_out") + of(&work, "records_in") > 0,
                        "{load:?}"
                    );
                }
            }
        }
        bench.stop().expect("ended");
    }
}
