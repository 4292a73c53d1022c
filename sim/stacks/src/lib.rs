//! The stacks that scenarios can ask for: the one place where a protocol is registered, for whatever drives it.
//!
//! [`of_scenario`] makes everybody of a run in virtual time; [`live`] makes one party at a time, over real sockets.
#![forbid(unsafe_code)]

pub mod live;

use throng_mimi::stack::{MIMI, MimiStack};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_stack::{Stack, Vocabulary};
use throng_workloads::population::Population;
use throng_workloads::scenario::{EngineKind, Scenario};
use throng_workloads::stream::Streams;

/// The words of all of them: whatever rules and reports can name.
pub static VOCABULARIES: &[&Vocabulary] = &[&MIMI];

/// Makes the stack of a scenario with this population.
pub type MakeStack<'a> = &'a dyn Fn(&Scenario, &Population, &Streams) -> Box<dyn Stack>;

/// The stack that a scenario names.
pub fn of_scenario(
    scenario: &Scenario,
    population: &Population,
    streams: &Streams,
) -> Box<dyn Stack> {
    match scenario.engine {
        EngineKind::OpenMls => Box::new(MimiStack::<OpenMlsEngine>::new(
            scenario, population, streams,
        )),
        EngineKind::Model => Box::new(MimiStack::<ModelEngine>::new(scenario, population, streams)),
    }
}
