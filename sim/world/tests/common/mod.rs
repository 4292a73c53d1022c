//! What the whole-run tests share.
use throng_record::{GroupRecord, Record};
use throng_stack::{Input, OpenWish, Outputs, Party, Peer, Stored};
use throng_workloads::builtin;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::time::SimTime;
use throng_world::verify::verify;
use throng_world::{SimError, World, stacks};

/// A built-in scenario with overrides.
pub(crate) fn scenario(name: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    builtin::find(name)
        .and_then(|found| found.scenario(&overrides))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The scenario of a text, with overrides.
pub(crate) fn inline(text: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    Scenario::parse(&ScenarioSource::inline("test.toml", text), &overrides)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Both engines make the same of it, and one thread the same as three; what one made.
pub(crate) fn all_agree(scenario: &Scenario) -> Record {
    let verdict = verify(scenario, |_| true).unwrap_or_else(|error| panic!("{error}"));
    assert!(verdict.agrees(), "{:?}", verdict.difference);
    let [one, more] = [1, 3].map(|threads| run_on(scenario, threads));
    assert_eq!(one.fingerprint, more.fingerprint);
    one
}

/// What the groups of a run add to its record.
pub(crate) fn groups(record: &Record) -> &GroupRecord {
    record.groups.as_ref().expect("a stack with groups")
}

/// What a run counted under this name of its stack's.
pub(crate) fn other(record: &Record, name: &str) -> u64 {
    record.counts.others.get(name).copied().unwrap_or_default()
}

/// Run a world to its end.
pub(crate) fn run(mut world: World) -> Result<Record, SimError> {
    while world.step()? {}
    world.finish(false)
}

/// Do something where no thread can be waited for, so that a run's record is written on the spot.
pub(crate) fn on_the_spot<T: Send>(task: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread").install(task)
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

/// Run a scenario with a party bent by `bend`.
pub(crate) fn run_with(
    scenario: &Scenario,
    who: Peer,
    bend: impl Fn(SimTime, &mut Outputs) + Send + Sync + Clone + 'static,
) -> Result<Record, SimError> {
    let world = World::with(scenario, &stacks::of_scenario, &|peer, party| {
        if peer == who {
            Box::new(Bent {
                party,
                bend: bend.clone(),
            })
        } else {
            party
        }
    })?;
    run(world)
}

/// A party whose outputs somebody bends.
struct Bent<F> {
    party: Box<dyn Party>,
    bend: F,
}

impl<F: Fn(SimTime, &mut Outputs) + Send> Party for Bent<F> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        self.party.handle(now, input, out);
        (self.bend)(now, out);
    }

    fn online(&self) -> bool {
        self.party.online()
    }

    fn open_wishes(&self) -> Vec<OpenWish> {
        self.party.open_wishes()
    }

    fn stored(&self) -> Stored {
        self.party.stored()
    }
}
