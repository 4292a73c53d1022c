//! The stacks that scenarios can ask for: the one place where a protocol is registered, for whatever drives it.
//!
//! [`of_scenario`] makes everybody of a run in virtual time; [`live`] makes one party at a time, over real sockets.
#![forbid(unsafe_code)]

pub mod live;

use throng_mimi::stack::{MIMI, MimiStack};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_stack::{Stack, Vocabulary};
use throng_workloads::error::nearest;
use throng_workloads::population::Population;
use throng_workloads::scenario::{CostUnit, EngineKind, Scenario};
use throng_workloads::stream::Streams;

/// A scenario's protocol does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no protocol is called `{0}`")]
pub struct NoStack(pub String);

/// A protocol that scenarios can name.
pub struct Registered {
    /// Its words; their name is what scenarios call it.
    pub words: &'static Vocabulary,
    make: fn(&Scenario, &Population, &Streams) -> Box<dyn Stack>,
}

/// All of them, a row each.
pub static STACKS: &[Registered] = &[Registered {
    words: &MIMI,
    make: mimi,
}];

/// Makes the stack of a scenario with this population.
pub type MakeStack<'a> =
    &'a dyn Fn(&Scenario, &Population, &Streams) -> Result<Box<dyn Stack>, NoStack>;

fn mimi(scenario: &Scenario, population: &Population, streams: &Streams) -> Box<dyn Stack> {
    match scenario.engine {
        EngineKind::OpenMls => Box::new(MimiStack::<OpenMlsEngine>::new(
            scenario, population, streams,
        )),
        EngineKind::Model => Box::new(MimiStack::<ModelEngine>::new(scenario, population, streams)),
    }
}

fn find(name: &str) -> Option<&'static Registered> {
    STACKS.iter().find(|stack| stack.words.name == name)
}

/// The stack that a scenario names.
///
/// # Errors
/// [`NoStack`] where there is none of that name.
pub fn of_scenario(
    scenario: &Scenario,
    population: &Population,
    streams: &Streams,
) -> Result<Box<dyn Stack>, NoStack> {
    let found = find(&scenario.stack).ok_or_else(|| NoStack(scenario.stack.clone()))?;
    Ok((found.make)(scenario, population, streams))
}

/// The words of the stack that a scenario names, where there is one.
pub fn vocabulary(scenario: &Scenario) -> Option<&'static Vocabulary> {
    find(&scenario.stack).map(|found| found.words)
}

/// The units that cost profiles have of the stack of this name, as those who read scenarios ask for.
///
/// # Errors
/// What is wrong with the name.
pub fn units(name: &str) -> Result<Vec<CostUnit>, String> {
    let known = STACKS.iter().map(|stack| stack.words.name);
    match find(name) {
        Some(found) => Ok(found.words.units.costs_of()),
        None => Err(format!(
            "no protocol is called {name:?}; {}",
            nearest(name, known)
        )),
    }
}
