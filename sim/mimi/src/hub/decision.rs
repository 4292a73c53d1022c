//! What comes of a request: an answer, what goes on to whom, and what happened.

use super::member::Member;
use crate::wire::FanoutMessage;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::Fact;
use throng_workloads::intent::{ClientId, ProviderId};

/// Something to send on.
#[derive(Debug)]
pub struct Fanout<E: Engine> {
    /// The message.
    pub message: FanoutMessage<E::Message>,
    /// Where it goes.
    pub to: To,
}

/// Where something goes.
#[derive(Debug)]
pub enum To {
    /// An event of the room, of this number, to members.
    Members(u64, Receivers),
    /// A Welcome, to the providers of those who are added: they know whose the KeyPackages were that it is for.
    Joiners(BTreeSet<ProviderId>),
}

/// Who receives an event.
#[derive(Debug, Clone)]
pub struct Receivers {
    /// All of them, ascending by what their providers call them.
    pub all: Arc<[ClientId]>,
    /// The same by their providers.
    pub by_provider: BTreeMap<ProviderId, Vec<ClientId>>,
}

impl Receivers {
    /// These members.
    pub(super) fn of<'a>(members: impl Iterator<Item = &'a Member>) -> Self {
        let mut by_provider: BTreeMap<ProviderId, Vec<ClientId>> = BTreeMap::new();
        let all = members
            .map(|Member { client, provider }| {
                by_provider.entry(*provider).or_default().push(*client);
                *client
            })
            .collect();
        Self { all, by_provider }
    }
}

/// What came of a request.
pub struct Decision<E: Engine, O> {
    /// What to answer.
    pub outcome: O,
    /// What to send on, in order.
    pub fanouts: Vec<Fanout<E>>,
    /// What to report.
    pub facts: Vec<Fact>,
}

impl<E: Engine, O> Decision<E, O> {
    pub(super) fn refuse(outcome: O, fact: Fact) -> Self {
        Self {
            outcome,
            fanouts: Vec::new(),
            facts: vec![fact],
        }
    }
}
