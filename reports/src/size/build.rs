//! The whole sizing: every provider, what goes in, what is checked.

use super::facts;
use super::fit::Fitted;
use super::machines::NoMachine;
use super::model::{SCHEMA, Sizing};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

impl Fitted<'_> {
    /// The whole sizing; `borne` is a run of the largest part with the cores that the rule gives it.
    ///
    /// # Errors
    /// Where no machine of the list bears a provider: which one, and what it lacks.
    pub fn finish(self, borne: (&Scenario, &Record)) -> Result<Sizing, NoMachine> {
        let inputs = self.inputs;
        let scenario = &inputs.scenario;
        let providers = (0..self.laws.len())
            .map(|at| self.provider(at))
            .collect::<Result<Vec<_>, NoMachine>>()?;
        let largest = self.largest();
        let mut assumptions = inputs.assumptions.clone();
        assumptions.extend(facts::found(inputs, largest.map(|run| &run.common)));
        let prices = providers.iter().map(|one| one.machines.price_one_less);
        Ok(Sizing {
            schema: SCHEMA,
            version: inputs.version.clone(),
            command: inputs.command.clone(),
            scenario: scenario.name.clone(),
            seed: scenario.seed,
            users: scenario.users.count,
            simulated: self.peak.iter().map(|run| run.users).collect(),
            whole: largest.is_some_and(|run| run.users >= scenario.users.count),
            peak_factor: inputs.factor,
            headroom: inputs.headroom,
            price: inputs.priced.then(|| prices.sum()),
            assumptions,
            rates: facts::rates(inputs),
            laws: self.law_rows(),
            checks: self.checks(borne),
            providers,
        })
    }
}
