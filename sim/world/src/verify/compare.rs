//! Two worlds side by side.

use super::agreement::Agreement;
use super::difference::{Difference, Witnessed, between};
use crate::{Progress, SimError, World};
use std::collections::{BTreeMap, VecDeque};
use throng_stack::Peer;
use throng_workloads::scenario::{EngineKind, Scenario};
use throng_workloads::time::SimTime;

/// So much of what went before a difference is told.
const BEFORE: usize = 5;

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How much agreed, up to the first difference.
    pub agreement: Agreement,
    /// Fingerprint of the run with OpenMLS, and of that with the model; none where a difference was found
    /// before the end.
    pub fingerprints: Option<[String; 2]>,
    /// The first difference.
    pub difference: Option<Difference>,
    /// When both were stopped before their end, which until then agreed.
    pub stopped: Option<SimTime>,
}

impl Verdict {
    /// Whether all agreed.
    pub fn agrees(&self) -> bool {
        let same = |[openmls, model]: &[String; 2]| openmls == model;
        self.difference.is_none() && self.fingerprints.as_ref().is_some_and(same)
    }
}

/// Run `scenario` on both engines, whichever it names, and compare all that happens. `progress` is told how far
/// both have come and says whether to go on; where it says no, the verdict is about what there was until then.
///
/// # Errors
/// As [`World::new`] and [`World::step`]; an invariant that breaks in either run is one.
///
/// ```
/// use throng_world::verify::verify;
/// use throng_workloads::builtin;
///
/// let overrides = ["duration=20s".to_owned()];
/// let scenario = builtin::find("small").and_then(|s| s.scenario(&overrides)).expect("built in");
/// let verdict = verify(&scenario, |_| true)?;
/// assert!(verdict.agrees(), "{:?}", verdict.difference);
/// # Ok::<(), throng_world::SimError>(())
/// ```
pub fn verify(
    scenario: &Scenario,
    mut progress: impl FnMut(Progress) -> bool,
) -> Result<Verdict, SimError> {
    let world = |engine| {
        World::new(&Scenario {
            engine,
            ..scenario.clone()
        })
    };
    let (mut openmls, mut model) = (world(EngineKind::OpenMls)?, world(EngineKind::Model)?);
    let mut comparison = Comparison::default();
    comparison.agreement.units = Some(model.units());
    let mut more = [true; 2];
    while more.contains(&true) {
        // Their windows differ: each goes on while nothing of it waits for the other.
        for (place, world) in [&mut openmls, &mut model].into_iter().enumerate() {
            let seen = &mut comparison.seen[place];
            if more[place] && seen.is_empty() {
                more[place] = world.step_seen(&mut |at, who, happening| {
                    seen.push_back(Witnessed { at, who, happening });
                })?;
            }
        }
        if let Some(difference) = comparison.compare(&openmls, more) {
            return Ok(Verdict {
                agreement: comparison.agreement,
                fingerprints: None,
                difference: Some(difference),
                stopped: None,
            });
        }
        if !progress(openmls.progress()) {
            return Ok(Verdict {
                agreement: comparison.agreement,
                fingerprints: None,
                difference: None,
                stopped: Some(openmls.progress().now),
            });
        }
    }
    Ok(Verdict {
        agreement: comparison.agreement,
        fingerprints: Some([
            openmls.finish(false)?.fingerprint,
            model.finish(false)?.fingerprint,
        ]),
        difference: None,
        stopped: None,
    })
}

#[derive(Default)]
struct Comparison {
    agreement: Agreement,
    /// What each did last.
    before: BTreeMap<Peer, VecDeque<String>>,
    /// What happened in each run, as far as it is not yet compared.
    seen: [VecDeque<Witnessed>; 2],
}

impl Comparison {
    /// The first difference between what happened in both runs; `more`: whether something can still happen in each.
    fn compare(&mut self, world: &World, more: [bool; 2]) -> Option<Difference> {
        let [openmls, model] = &mut self.seen;
        while let (Some(real), Some(modelled)) = (openmls.front(), model.front()) {
            if let Some([what, one, other]) = between(real, modelled) {
                let (at, who) = (real.at, real.who);
                return Some(self.difference(world, at, who, what, [one, other]));
            }
            self.agreement.add(real.who, &real.happening);
            let before = self.before.entry(real.who).or_default();
            if before.len() == BEFORE {
                before.pop_front();
            }
            before.push_back(real.line());
            openmls.pop_front();
            model.pop_front();
        }
        let fronts = [openmls.front(), model.front()];
        // What one has and the other may still come to is no difference.
        let lacks = |place: usize| fronts[place].is_none() && !more[place];
        let found = fronts.into_iter().flatten().next()?;
        if !lacks(0) && !lacks(1) {
            return None;
        }
        let (at, who) = (found.at, found.who);
        let line =
            |front: Option<&Witnessed>| front.map_or_else(|| "nothing".to_owned(), Witnessed::line);
        let sides = fronts.map(line);
        Some(self.difference(world, at, who, "what happened".to_owned(), sides))
    }

    fn difference(
        &self,
        world: &World,
        time: SimTime,
        who: Peer,
        what: String,
        [openmls, model]: [String; 2],
    ) -> Difference {
        let before = self.before.get(&who).cloned().unwrap_or_default();
        Difference {
            time,
            who: world.name_of(who),
            what,
            openmls,
            model,
            before: before.into(),
        }
    }
}
