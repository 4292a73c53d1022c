//! Where two runs part.

use std::fmt::Debug;
use throng_record::handled::{Handled, Happening, Sent};
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

/// One thing that happened in a run.
#[derive(Debug)]
pub(super) struct Witnessed {
    pub(super) at: SimTime,
    pub(super) who: Peer,
    pub(super) happening: Happening,
}

impl Witnessed {
    /// On one line, for those who look for what went before.
    pub(super) fn line(&self) -> String {
        let handled = match &self.happening {
            Happening::Handled(handled) => handled,
            Happening::Departed(all) => return format!("{} left [{}]", self.at, names(all)),
            Happening::Stray { to, kind } => {
                return format!("{} {kind} to {to:?}: no link", self.at);
            }
        };
        let received = handled.received.map_or_else(
            || "timer or wish".to_owned(),
            |received| format!("{} of {} B", received.kind, received.bytes),
        );
        format!(
            "{} {received} → sent [{}], {:?}",
            self.at,
            names(&handled.sent),
            told(&handled.facts)
        )
    }
}

fn names(sent: &[Sent]) -> String {
    let name = |sent: &Sent| format!("{} of {} B", sent.kind, sent.bytes);
    sent.iter().map(name).collect::<Vec<_>>().join(", ")
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

/// What differs between two things that happened, and how each was; the earliest cause first.
pub(super) fn between(openmls: &Witnessed, model: &Witnessed) -> Option<[String; 3]> {
    differ(
        "when and by whom",
        &(openmls.at, openmls.who),
        &(model.at, model.who),
    )
    .or_else(|| match (&openmls.happening, &model.happening) {
        (Happening::Handled(real), Happening::Handled(modelled)) => between_inputs(real, modelled),
        (Happening::Departed(real), Happening::Departed(modelled)) => {
            differ("what left", &sent(real), &sent(modelled))
        }
        _ => differ("what happened", &openmls.line(), &model.line()),
    })
}

fn between_inputs(real: &Handled, modelled: &Handled) -> Option<[String; 3]> {
    differ("what came in", &received(real), &received(modelled))
        .or_else(|| differ("what was found", &told(&real.facts), &told(&modelled.facts)))
        .or_else(|| differ("Work", &real.work, &modelled.work))
        .or_else(|| differ("what was sent", &sent(&real.sent), &sent(&modelled.sent)))
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

fn sent(sent: &[Sent]) -> Vec<(Peer, &'static str, u64, SimTime)> {
    let one = |sent: &Sent| {
        (
            sent.to,
            sent.kind.name(),
            sent.bytes,
            sent.transmission.arrival,
        )
    };
    sent.iter().map(one).collect()
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
