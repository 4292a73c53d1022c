//! All runs of a sizing, one after another, and what they come to.

use super::fit::Fitted;
use super::inputs::{Inputs, Tried};
use super::machines::NoMachine;
use super::model::Sizing;
use throng_experiments::size::{Part, SizeError, part, parts};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// Simulates parts of the people, at most `most` at once, and sizes machines for all of them. `simulate` makes one run, of which it is told the
/// number, from 1, and how many there are; where it makes none, there is no sizing either.
///
/// # Errors
/// Where the scenario cannot be divided or made busier, a run fails, or no machine bears a provider.
pub fn study<E: From<SizeError> + From<NoMachine>>(
    inputs: &Inputs,
    most: u32,
    mut simulate: impl FnMut(&Scenario, [usize; 2]) -> Result<Option<Record>, E>,
) -> Result<Option<Sizing>, E> {
    let scenario = &inputs.scenario;
    let parts = parts(scenario, most, inputs.factor)?;
    let scenarios = parts.iter().map(|one| part(scenario, *one, None));
    let scenarios = scenarios.collect::<Result<Vec<Scenario>, SizeError>>()?;
    let all = parts.len() + 1;
    let mut tried = Vec::new();
    for (at, (one, scenario)) in parts.iter().zip(&scenarios).enumerate() {
        let Some(record) = simulate(scenario, [at + 1, all])? else {
            return Ok(None);
        };
        tried.push(Tried::new(scenario, one.factor, &record));
    }
    let fitted = Fitted::new(inputs, tried);
    // The same people as in the largest of those without waits, so that nothing but cores differs.
    let largest = parts.iter().rev().max_by_key(|part| part.users);
    let Some(largest) = largest.copied() else {
        return Ok(None);
    };
    let busy = Part {
        factor: inputs.factor,
        ..largest
    };
    let borne = part(scenario, busy, Some(&fitted.cores(busy.users)))?;
    let Some(record) = simulate(&borne, [all, all])? else {
        return Ok(None);
    };
    Ok(Some(fitted.finish((&borne, &record))?))
}
