//! The list of what everybody wants.

use super::generator::Generator;
use crate::intent::{ClientId, Intent};
use crate::population::{Client, Population};
use crate::scenario::Scenario;
use crate::stream::Streams;

/// What everybody wants, one [`Intent`] after another in the order of time.
///
/// Generated lazily: the simulation takes the next intent when it gets there. The same scenario, population
/// and streams give the same list; each process draws from streams of its own, so that changing one (say,
/// the rate of messages) leaves the others' wishes as they were.
///
/// What may be relied on:
/// - Times never decrease, and are below the scenario's duration.
/// - Whoever acts in a room is a member as far as wishes go: they were there at the start (warm rooms),
///   created it, or were added to it by an earlier intent, and no earlier intent took them out. The simulation
///   may still be at work on that.
/// - New clients are numbered densely on from the population's, in the order of their first intent.
/// - No wish empties a room, and lost clients wish nothing more.
#[derive(Debug)]
pub struct Workload {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Generated(Box<Generator>),
}

impl Workload {
    /// The generators of a scenario. Its `trace`, if it has one, is not looked at.
    pub fn new(scenario: &Scenario, population: &Population, streams: &Streams) -> Self {
        Self {
            source: Source::Generated(Box::new(Generator::new(scenario, population, streams))),
        }
    }

    /// All clients so far, by [`ClientId`]: those of the population, then those that came into being by the
    /// intents handed out so far. Lost ones stay.
    pub fn clients(&self) -> &[Client] {
        match &self.source {
            Source::Generated(generator) => generator.people.clients(),
        }
    }

    /// A client, as soon as the intent that brings it into being has been handed out.
    pub fn client(&self, client: ClientId) -> Option<&Client> {
        self.clients().get(client.0 as usize)
    }
}

impl Iterator for Workload {
    type Item = Intent;

    fn next(&mut self) -> Option<Intent> {
        match &mut self.source {
            Source::Generated(generator) => generator.next(),
        }
    }
}

impl std::iter::FusedIterator for Workload {}
