//! The list of what everybody wants.

use super::generator::Generator;
use crate::error::ScenarioError;
use crate::intent::{Action, ClientId, Intent};
use crate::population::{Client, Population, draw_connection};
use crate::scenario::Scenario;
use crate::stream::Streams;
use crate::trace;
use std::io::Read;
use std::sync::Arc;

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
/// - [`Action::Create`] makes its actor the only member. The creator's other devices wish to join by
///   [`Action::JoinExternal`] at the same instant, so that wish may come before the hub knows the room.
/// - New clients are numbered densely on from the population's, in the order of their first intent.
/// - No wish empties a room, and lost clients wish nothing more.
#[derive(Debug)]
pub struct Workload {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Generated(Box<Generator>),
    Replayed(Replay),
}

/// A trace, read and checked.
#[derive(Debug)]
struct Replay {
    intents: std::vec::IntoIter<Intent>,
    /// Those of the population.
    first: Arc<Vec<Client>>,
    /// Those that come into being, and how many have so far.
    new: Vec<Client>,
    known: usize,
}

impl Workload {
    /// The scenario's trace if it has one, otherwise its generators.
    ///
    /// Fails where the trace cannot be read or replayed.
    pub fn open(
        scenario: &Scenario,
        population: &Population,
        streams: &Streams,
    ) -> Result<Self, ScenarioError> {
        let Some(path) = &scenario.trace else {
            return Ok(Self::new(scenario, population, streams));
        };
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(|source| ScenarioError::Read {
            path: name.clone(),
            source,
        })?;
        Self::from_trace(scenario, population, streams, &name, file)
    }

    /// A trace in place of the generators; `name` is what it is called in messages. The format is described
    /// in [`crate::trace`].
    ///
    /// Fails where the trace cannot be read or replayed.
    pub fn from_trace(
        scenario: &Scenario,
        population: &Population,
        streams: &Streams,
        name: &str,
        input: impl Read,
    ) -> Result<Self, ScenarioError> {
        let intents = trace::read(population, scenario.duration, name, input)?;
        let mut new = Vec::new();
        for intent in &intents {
            if let Action::NewClient { user, .. } = intent.action {
                new.push(Client {
                    user,
                    connection: draw_connection(&scenario.users, intent.actor, streams),
                    online: true,
                });
            }
        }
        Ok(Self {
            source: Source::Replayed(Replay {
                intents: intents.into_iter(),
                first: Arc::clone(&population.clients),
                new,
                known: 0,
            }),
        })
    }

    /// The generators of a scenario. Its `trace`, if it has one, is not looked at.
    pub fn new(scenario: &Scenario, population: &Population, streams: &Streams) -> Self {
        Self {
            source: Source::Generated(Box::new(Generator::new(scenario, population, streams))),
        }
    }

    /// The same, generated to its end here and now: what is coming can then be looked at.
    pub fn gathered(self) -> Self {
        let Source::Generated(mut generator) = self.source else {
            return self;
        };
        let known = generator.people.new_clients();
        let intents: Vec<Intent> = std::iter::from_fn(|| generator.next()).collect();
        let (first, new) = generator.people.into_clients();
        Self {
            source: Source::Replayed(Replay {
                intents: intents.into_iter(),
                first,
                new,
                known,
            }),
        }
    }

    /// What is coming, where that is known before it is asked for: of traces, and of what was
    /// [gathered](Self::gathered).
    pub fn ahead(&self) -> Option<&[Intent]> {
        match &self.source {
            Source::Generated(_) => None,
            Source::Replayed(replay) => Some(replay.intents.as_slice()),
        }
    }

    /// How many clients there are so far: those of the population, and those that came into being by the
    /// intents handed out so far. Lost ones count.
    pub fn client_count(&self) -> usize {
        match &self.source {
            Source::Generated(generator) => generator.people.client_count() as usize,
            Source::Replayed(replay) => replay.first.len() + replay.known,
        }
    }

    /// A client, as soon as the intent that brings it into being has been handed out.
    pub fn client(&self, client: ClientId) -> Option<&Client> {
        let (first, new) = match &self.source {
            Source::Generated(generator) => generator.people.clients(),
            Source::Replayed(replay) => (&**replay.first, &replay.new[..replay.known]),
        };
        let index = client.0 as usize;
        first
            .get(index)
            .or_else(|| new.get(index.checked_sub(first.len())?))
    }
}

impl Iterator for Workload {
    type Item = Intent;

    fn next(&mut self) -> Option<Intent> {
        match &mut self.source {
            Source::Generated(generator) => generator.next(),
            Source::Replayed(replay) => {
                let intent = replay.intents.next()?;
                replay.known += usize::from(matches!(intent.action, Action::NewClient { .. }));
                Some(intent)
            }
        }
    }
}

impl std::iter::FusedIterator for Workload {}
