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
    loop {
        let (mut real, mut modelled) = (Vec::new(), Vec::new());
        let more = [
            openmls.step_seen(&mut |at, who, happening| {
                real.push(Witnessed { at, who, happening });
            })?,
            model.step_seen(&mut |at, who, happening| {
                modelled.push(Witnessed { at, who, happening });
            })?,
        ];
        if let Some(difference) = comparison.window(&openmls, real, modelled) {
            return Ok(Verdict {
                agreement: comparison.agreement,
                fingerprints: None,
                difference: Some(difference),
                stopped: None,
            });
        }
        if more == [false, false] {
            break;
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
}

impl Comparison {
    /// The first difference between what happened in the same window of both runs.
    fn window(
        &mut self,
        world: &World,
        openmls: Vec<Witnessed>,
        model: Vec<Witnessed>,
    ) -> Option<Difference> {
        for (real, modelled) in openmls.iter().zip(&model) {
            if let Some([what, one, other]) = between(real, modelled) {
                return Some(self.difference(world, real.at, real.who, what, [one, other]));
            }
            self.agreement.add(real.who, &real.happening);
            let before = self.before.entry(real.who).or_default();
            if before.len() == BEFORE {
                before.pop_front();
            }
            before.push_back(real.line());
        }
        let rest =
            |list: &[Witnessed], other: usize| list.get(other).map(|w| (w.at, w.who, w.line()));
        let (more_real, more_modelled) = (rest(&openmls, model.len()), rest(&model, openmls.len()));
        let (time, who, _) = more_real.clone().or_else(|| more_modelled.clone())?;
        let line = |more: Option<(SimTime, Peer, String)>| {
            more.map_or_else(|| "nothing".to_owned(), |(.., line)| line)
        };
        let sides = [line(more_real), line(more_modelled)];
        Some(self.difference(world, time, who, "what happened".to_owned(), sides))
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
