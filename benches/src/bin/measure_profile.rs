//! Times OpenMLS through the engine and fits a cost profile.
//!
//! Each kind of operation is measured in groups of several sizes, in *bare* trees (all members
//! added at once, all parents blank) and *filled* ones, on one thread. Of several runs of the same
//! Work the fastest counts.
//!
//!     cargo run --release -p throng-benches --bin measure_profile [LARGEST]

use std::time::Duration;
use throng_sim::mls::engine::{CommitPlan, Engine, EngineConfig, HubAccepted, Processed};
use throng_sim::mls::fit::{Sample, fit};
use throng_sim::mls::openmls::{Client, Group, Hub, OpenMlsEngine};
use throng_sim::mls::work::Work;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};

const SIZES: [u64; 6] = [2, 10, 50, 100, 300, 1000];

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Fewer runs than this may all have been disturbed.
const ENOUGH: usize = 3;

/// CPU time of this thread: the machine may be busy with other things.
struct Stopwatch(Duration);

impl Stopwatch {
    fn start() -> Self {
        Self(Self::now())
    }

    fn nanos(&self) -> f64 {
        (Self::now() - self.0).as_secs_f64() * 1e9
    }

    fn now() -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    }
}

/// Runs of equal operations, by name and Work; bytes may vary a little.
#[derive(Default)]
struct Measured(Vec<(String, Vec<Sample>)>);

impl Measured {
    fn add(&mut self, label: &str, work: Work, started: &Stopwatch) {
        let nanos = started.nanos();
        let kind = |work: Work| Work { bytes: 0, ..work };
        let close = |a: u64, b: u64| a.abs_diff(b) * 20 <= a.max(b);
        let alike =
            |run: &Sample| kind(run.work) == kind(work) && close(run.work.bytes, work.bytes);
        let same =
            |(other, runs): &&mut (String, Vec<Sample>)| other == label && runs.iter().all(alike);
        let sample = Sample { work, nanos };
        match self.0.iter_mut().find(same) {
            Some((_, runs)) => runs.push(sample),
            None => self.0.push((label.to_owned(), vec![sample])),
        }
    }

    /// The fastest run of each: what disturbs a measurement only ever adds to it.
    fn samples(mut self) -> Vec<(String, Sample)> {
        self.0.retain(|(_, runs)| runs.len() >= ENOUGH);
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        let fastest = |(label, runs): (String, Vec<Sample>)| {
            let best = runs.into_iter().min_by(|a, b| a.nanos.total_cmp(&b.nanos));
            best.map(|sample| (label, sample))
        };
        self.0.into_iter().filter_map(fastest).collect()
    }
}

/// The few members of a group who act; the others only hold leaves.
struct Room {
    engine: OpenMlsEngine,
    streams: Streams,
    committer: (Client, Group),
    receiver: (Client, Group),
    hub: Hub,
    label: &'static str,
}

fn engine() -> OpenMlsEngine {
    OpenMlsEngine::new(EngineConfig {
        ciphersuite: Ciphersuite::X25519Aes128Sha256Ed25519,
        tree_in_welcome: true,
        epoch_tolerance: 0,
        padding: 0,
        max_forward: 1000,
    })
}

fn client(engine: &OpenMlsEngine, streams: &Streams, index: u64) -> Result<Client, Error> {
    let identity = format!("mimi://a.example/d/alice/{index:04}");
    Ok(engine.client(identity.as_bytes(), streams, StreamOwner::Client(index))?)
}

/// A group made by one commit: creator and last joiner act.
fn bare(size: u64, measured: &mut Measured) -> Result<Room, Error> {
    let (engine, streams) = (engine(), Streams::new(1, 0));
    let mut creator = client(&engine, &streams, 0)?;
    let mut group = engine.create(&mut creator, b"measured")?;
    let (info, tree) = engine.group_info(&mut creator, &group)?;
    let mut hub = engine.hub(&info, &tree)?;
    let mut adds = Vec::new();
    let mut last = client(&engine, &streams, 1)?;
    for index in 1..size {
        last = client(&engine, &streams, index)?;
        let started = Stopwatch::start();
        adds.push(engine.key_package(&mut last)?.message);
        measured.add("key package", engine.take_work(&mut last), &started);
    }
    let plan = CommitPlan {
        adds: &adds,
        removes: &[],
        force_path: false,
    };
    engine.take_work(&mut creator);
    engine.take_hub_work(&mut hub);
    let started = Stopwatch::start();
    let bundle = engine.commit(&mut creator, &mut group, &plan)?;
    measured.add("commit adds all", engine.take_work(&mut creator), &started);
    let started = Stopwatch::start();
    engine.hub_accept(&mut hub, &bundle.commit)?;
    measured.add("hub adds all", engine.take_hub_work(&mut hub), &started);
    engine.merge_pending(&mut creator, &mut group)?;
    let welcome = bundle.welcome.ok_or("no Welcome")?;
    let started = Stopwatch::start();
    let joined = engine.join(&mut last, &welcome, None)?;
    measured.add("join bare", engine.take_work(&mut last), &started);
    Ok(Room {
        engine,
        streams,
        committer: (creator, group),
        receiver: (last, joined),
        hub,
        label: "bare",
    })
}

/// A warm group: first and last member act.
fn filled(size: u64) -> Result<Room, Error> {
    let (engine, streams) = (engine(), Streams::new(1, 0));
    let mut clients = (0..size)
        .map(|index| client(&engine, &streams, index))
        .collect::<Result<Vec<_>, _>>()?;
    let started = Stopwatch::start();
    let mut borrowed: Vec<_> = clients.iter_mut().collect();
    let (mut groups, hub) = engine.warm_group(&mut borrowed, b"measured")?;
    eprintln!("warm group of {size}: {:.2} s", started.nanos() / 1e9);
    let receiver = (
        clients.pop().ok_or("no client")?,
        groups.pop().ok_or("no group")?,
    );
    let committer = (clients.swap_remove(0), groups.swap_remove(0));
    Ok(Room {
        engine,
        streams,
        committer,
        receiver,
        hub,
        label: "filled",
    })
}

impl Room {
    /// Commit, accept, receive; the roles change every other time, so that bare trees stay mostly
    /// bare.
    fn commits(&mut self, size: u64, rounds: u64, measured: &mut Measured) -> Result<(), Error> {
        for round in 0..rounds {
            let mut joiner = client(&self.engine, &self.streams, 10_000 + round)?;
            let adds = [self.engine.key_package(&mut joiner)?.message];
            self.engine.take_work(&mut joiner);
            let plans = [
                (
                    "update",
                    CommitPlan {
                        adds: &[],
                        removes: &[],
                        force_path: true,
                    },
                ),
                (
                    "add",
                    CommitPlan {
                        adds: &adds,
                        removes: &[],
                        force_path: false,
                    },
                ),
                (
                    "remove",
                    CommitPlan {
                        adds: &[],
                        removes: &[size as u32],
                        force_path: false,
                    },
                ),
            ];
            for (kind, plan) in plans {
                self.commit(kind, &plan, &mut joiner, measured)?;
            }
        }
        Ok(())
    }

    fn commit(
        &mut self,
        kind: &str,
        plan: &CommitPlan<'_, throng_sim::mimi::wire::MlsBytes>,
        joiner: &mut Client,
        measured: &mut Measured,
    ) -> Result<(), Error> {
        let label = |what: &str| format!("{what} {kind} {}", self.label);
        let (made, received, accepted) = (label("commit"), label("receive"), label("hub"));
        let joined = label("join");
        let engine = &self.engine;
        let (client, group) = &mut self.committer;
        engine.take_work(client);
        let started = Stopwatch::start();
        let bundle = engine.commit(client, group, plan)?;
        measured.add(&made, engine.take_work(client), &started);

        engine.take_hub_work(&mut self.hub);
        let started = Stopwatch::start();
        let accept = engine.hub_accept(&mut self.hub, &bundle.commit)?;
        measured.add(&accepted, engine.take_hub_work(&mut self.hub), &started);
        assert!(matches!(accept, HubAccepted::Commit(_)));

        engine.merge_pending(client, group)?;
        let (client, group) = &mut self.receiver;
        engine.take_work(client);
        let started = Stopwatch::start();
        engine.process(client, group, &bundle.commit)?;
        measured.add(&received, engine.take_work(client), &started);

        if let Some(welcome) = &bundle.welcome {
            let started = Stopwatch::start();
            engine.join(joiner, welcome, None)?;
            measured.add(&joined, engine.take_work(joiner), &started);
        }
        Ok(())
    }

    fn messages(&mut self, rounds: u64, measured: &mut Measured) -> Result<(), Error> {
        let engine = &self.engine;
        for round in 0..rounds {
            let content = vec![0; [50, 200, 1000][round as usize % 3]];
            let (client, group) = &mut self.committer;
            engine.take_work(client);
            let started = Stopwatch::start();
            let message = engine.encrypt(client, group, &content)?;
            measured.add("encrypt", engine.take_work(client), &started);
            let (client, group) = &mut self.receiver;
            engine.take_work(client);
            let started = Stopwatch::start();
            let processed = engine.process(client, group, &message)?;
            measured.add("decrypt", engine.take_work(client), &started);
            assert!(matches!(processed, Processed::Application { .. }));
        }
        Ok(())
    }

    /// GroupInfos, external joins that are thrown away, and new hubs.
    fn outsiders(&mut self, rounds: u64, measured: &mut Measured) -> Result<(), Error> {
        let engine = &self.engine;
        for round in 0..rounds {
            let (giver, group) = &mut self.committer;
            engine.take_work(giver);
            let started = Stopwatch::start();
            let (info, tree) = engine.group_info(giver, group)?;
            measured.add("group info", engine.take_work(giver), &started);
            let mut outsider = client(engine, &self.streams, 20_000 + round)?;
            let started = Stopwatch::start();
            engine.join_external(&mut outsider, &info, &tree)?;
            let label = format!("external join {}", self.label);
            measured.add(&label, engine.take_work(&mut outsider), &started);
            let started = Stopwatch::start();
            let mut hub = engine.hub(&info, &tree)?;
            measured.add("hub begins", engine.take_hub_work(&mut hub), &started);
        }
        Ok(())
    }
}

fn measure(largest: u64) -> Result<Measured, Error> {
    let mut measured = Measured::default();
    for size in SIZES.into_iter().filter(|size| *size <= largest) {
        let rounds = (600 / size).clamp(5, 30);
        for _ in 0..3 {
            let mut room = bare(size, &mut measured)?;
            room.outsiders(rounds.min(7), &mut measured)?;
            room.commits(size, rounds, &mut measured)?;
        }
        let mut room = filled(size)?;
        room.outsiders(rounds, &mut measured)?;
        room.commits(size, 2 * rounds, &mut measured)?;
        room.messages(30, &mut measured)?;
    }
    Ok(measured)
}

fn main() -> Result<(), Error> {
    let largest = std::env::args()
        .nth(1)
        .map_or(Ok(1000), |arg| arg.parse())?;
    // Virtual CPU time is that of one core.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let measured = pool.install(|| measure(largest))?;
    let labelled = measured.samples();
    let samples: Vec<Sample> = labelled.iter().map(|(_, sample)| *sample).collect();
    let fit = fit("measured", "this machine", &samples);
    for (label, Sample { work, nanos }) in &labelled {
        let predicted = fit.profile.time(work).as_nanos() as f64;
        println!(
            "{label:24} {:>10.1} µs, predicted {:>10.1} µs, {:>+6.1} %   {work:?}",
            nanos / 1e3,
            predicted / 1e3,
            (predicted / nanos - 1.0) * 100.0,
        );
    }
    println!("{:#?}", fit);
    println!("{} samples", samples.len());
    Ok(())
}
