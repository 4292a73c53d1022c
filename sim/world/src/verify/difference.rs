//! Where two runs part.

use std::fmt::Debug;
use throng_record::handled::Handled;
use throng_stack::{Fact, Peer};
use throng_workloads::time::SimTime;

/// The first thing in which the runs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// When, in virtual time.
    pub time: SimTime,
    /// Who did it, by MIMI URI.
    pub who: String,
    /// What differs.
    pub what: String,
    /// As it was with OpenMLS.
    pub openmls: String,
    /// As it was with the model.
    pub model: String,
    /// What the same client or provider did before, the oldest first: both runs agreed in it.
    pub before: Vec<String>,
}

/// One input, as a run handled it.
#[derive(Debug)]
pub(super) struct Witnessed {
    pub(super) at: SimTime,
    pub(super) who: Peer,
    pub(super) handled: Handled,
}

impl Witnessed {
    /// On one line, for those who look for what went before.
    pub(super) fn line(&self) -> String {
        let handled = &self.handled;
        let received = handled.received.map_or_else(
            || "timer or wish".to_owned(),
            |received| format!("{} of {} B", received.kind, received.bytes),
        );
        let sent: Vec<String> = handled
            .sent
            .iter()
            .map(|sent| format!("{} of {} B", sent.kind, sent.bytes))
            .collect();
        format!(
            "{} {received} → sent [{}], {:?}",
            self.at,
            sent.join(", "),
            told(&handled.facts)
        )
    }
}

/// Facts less what only one engine can know.
fn told(facts: &[Fact]) -> Vec<Fact> {
    let plain = |fact: &Fact| match fact {
        Fact::Reached {
            room,
            state,
            joined,
            counted,
            ..
        } => Fact::Reached {
            room: *room,
            state: *state,
            digest: None,
            joined: *joined,
            counted: *counted,
        },
        other => other.clone(),
    };
    facts.iter().map(plain).collect()
}

/// What differs between two inputs, and how each was; the earliest cause first.
pub(super) fn between(openmls: &Witnessed, model: &Witnessed) -> Option<[String; 3]> {
    let (real, modelled) = (&openmls.handled, &model.handled);
    differ(
        "when and by whom",
        &(openmls.at, openmls.who),
        &(model.at, model.who),
    )
    .or_else(|| differ("what came in", &received(real), &received(modelled)))
    .or_else(|| differ("what was found", &told(&real.facts), &told(&modelled.facts)))
    .or_else(|| differ("Work", &real.work, &modelled.work))
    .or_else(|| differ("what was sent", &sent(real), &sent(modelled)))
    .or_else(|| {
        differ(
            "times (done, waited, service)",
            &(real.done, real.waited, real.service),
            &(modelled.done, modelled.waited, modelled.service),
        )
    })
}

fn received(handled: &Handled) -> Option<(Peer, &'static str, u64, bool)> {
    let received = handled.received?;
    Some((
        received.from,
        received.kind.name(),
        received.bytes,
        received.lost,
    ))
}

fn sent(handled: &Handled) -> Vec<(Peer, &'static str, u64, SimTime)> {
    let one = |sent: &throng_record::handled::Sent| {
        (
            sent.to,
            sent.kind.name(),
            sent.bytes,
            sent.transmission.arrival,
        )
    };
    handled.sent.iter().map(one).collect()
}

fn differ<T: PartialEq + Debug>(what: &str, openmls: &T, model: &T) -> Option<[String; 3]> {
    (openmls != model).then(|| {
        [
            what.to_owned(),
            format!("{openmls:?}"),
            format!("{model:?}"),
        ]
    })
}
