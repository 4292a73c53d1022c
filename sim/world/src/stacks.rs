//! The stacks that scenarios can ask for: the one place where a protocol is registered.

use crate::error::SimError;
use throng_mimi::stack::{MIMI, MimiStack};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_stack::{Stack, Vocabulary};
use throng_workloads::error::nearest;
use throng_workloads::population::Population;
use throng_workloads::scenario::{EngineKind, Scenario, WrongUnit};
use throng_workloads::stream::Streams;

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
    &'a dyn Fn(&Scenario, &Population, &Streams) -> Result<Box<dyn Stack>, SimError>;

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
/// [`SimError::NoStack`] where there is none of that name.
pub fn of_scenario(
    scenario: &Scenario,
    population: &Population,
    streams: &Streams,
) -> Result<Box<dyn Stack>, SimError> {
    let found = find(&scenario.stack).ok_or_else(|| SimError::NoStack(scenario.stack.clone()))?;
    Ok((found.make)(scenario, population, streams))
}

/// The words of the stack that a scenario names, where there is one.
pub fn vocabulary(scenario: &Scenario) -> Option<&'static Vocabulary> {
    find(&scenario.stack).map(|found| found.words)
}

/// What is wrong with the name of a stack.
///
/// # Errors
/// What would be right.
pub fn check_name(name: &str) -> Result<(), String> {
    let known = STACKS.iter().map(|stack| stack.words.name);
    match find(name) {
        Some(_) => Ok(()),
        None => Err(format!(
            "no protocol is called {name:?}; {}",
            nearest(name, known)
        )),
    }
}

/// What is wrong with a cost profile that has costs of just these units: nothing where one of the stacks counts in them.
pub fn wrong_units(units: &[&str]) -> Vec<WrongUnit> {
    let wrong = STACKS.iter().map(|stack| stack.words.units.wrong(units));
    wrong.min_by_key(Vec::len).unwrap_or_default()
}
