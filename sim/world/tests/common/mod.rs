//! What the whole-run tests share.
#![allow(dead_code, reason = "each test file uses its own part")]

use throng_mimi::packet::Peer;
use throng_mimi::participant::{Input, Outputs, Participant, Stored};
use throng_record::Record;
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimTime;
use throng_world::{SimError, World};

/// A built-in scenario with overrides.
pub(crate) fn scenario(name: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    builtin::find(name)
        .and_then(|found| found.scenario(&overrides))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Run a world to its end.
pub(crate) fn run(mut world: World) -> Result<Record, SimError> {
    while world.step()? {}
    world.finish(false)
}

/// Run a scenario to its end on so many threads.
pub(crate) fn run_on(scenario: &Scenario, threads: usize) -> Record {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| World::new(scenario).and_then(run))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Run a scenario with a participant bent by `bend`.
pub(crate) fn run_with(
    scenario: &Scenario,
    who: Peer,
    bend: impl Fn(SimTime, &mut Outputs) + Send + Sync + Clone + 'static,
) -> Result<Record, SimError> {
    let world = World::with(scenario, &|peer, participant| {
        if peer == who {
            Box::new(Bent {
                participant,
                bend: bend.clone(),
            })
        } else {
            participant
        }
    })?;
    run(world)
}

/// A participant whose outputs somebody bends.
struct Bent<F> {
    participant: Box<dyn Participant>,
    bend: F,
}

impl<F: Fn(SimTime, &mut Outputs) + Send> Participant for Bent<F> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        self.participant.handle(now, input, out);
        (self.bend)(now, out);
    }

    fn online(&self) -> bool {
        self.participant.online()
    }

    fn open_wants(&self) -> usize {
        self.participant.open_wants()
    }

    fn stored(&self) -> Stored {
        self.participant.stored()
    }
}
