//! How a twin's runs are made: for real, and simulated on what is known of the machine.

use crate::arguments::TwinArguments;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::run::simulate;
use crate::{load, machine};
use std::time::{Duration, Instant};
use throng_cost::{CostProfile, Units};
use throng_experiments::cold::Cold;
use throng_experiments::quiet::{Way, Ways};
use throng_experiments::twin::Surroundings;
use throng_live::load::own::OwnProviders;
use throng_live::load::samples::Samples;
use throng_live::load::{Others, Outcome, Plan, Preparing};
use throng_record::Record;
use throng_stacks::live;
use throng_workloads::scenario::{LeafChecks, MachineCosts, ProfileSpec, Scenario, WholeTree};

/// Why there is no twin.
pub(super) enum Stopped {
    /// Somebody did not want to wait.
    Interrupted,
    /// Something failed.
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Stopped {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// What came of a real run.
pub(super) struct Real {
    pub(super) outcome: Outcome,
    pub(super) wall: Duration,
}

impl Real {
    /// How many messages hubs accepted in a second of the measured part.
    pub(super) fn messages_a_second(&self) -> f64 {
        let lasted = self.outcome.generator.lasted.as_secs_f64().max(1e-9);
        self.outcome.record.counts.messages_accepted as f64 / lasted
    }
}

/// How runs are made here.
pub(super) struct By<'a> {
    pub(super) arguments: &'a TwinArguments,
    pub(super) quiet: bool,
    pub(super) costs: Option<MachineCosts>,
    pub(super) interrupt: &'a Interrupt,
}

impl By<'_> {
    pub(super) fn for_real(&self, scenario: &Scenario) -> Result<Real, Failure> {
        let mut meter = Meter::new(self.quiet);
        meter.say("starting providers");
        let begun = Instant::now();
        let own = OwnProviders::start(&std::env::current_exe()?, scenario, None)?;
        let plan = Plan {
            targets: own.targets(),
            logs: own.logs()?,
            finders: Vec::new(),
            trust: own.trust()?,
            speed: 1.0,
            most_late: self.arguments.real.most_late,
            judge: None,
            meeting: None,
            structure: true,
            preparing: Preparing::Made,
            others: Others::default(),
            scenario: scenario.clone(),
        };
        let samples = Samples::begin(own.watched())?;
        let loaded = load::follow(plan, &mut meter, self.interrupt)?;
        let seen = samples.end();
        if let Some(gone) = own.stop().into_iter().next() {
            return Err(gone.into());
        }
        let outcome = loaded.outcome(&[], &seen)?;
        meter.clear();
        Ok(Real {
            outcome,
            wall: begun.elapsed(),
        })
    }

    pub(super) fn simulated(&self, scenario: &Scenario, command: &str) -> Result<Record, Failure> {
        let cores = Some(machine::machine().cores);
        simulate(scenario, command, self.quiet, cores, self.interrupt)
    }

    pub(super) fn surroundings(
        &self,
        (ways, sync): (Ways, Way),
        cold: Cold,
    ) -> Result<Surroundings, Failure> {
        let (profile, units) = self.profile()?;
        Ok(Surroundings {
            ways,
            sync,
            costs: cold.of_providers(&profile, &units),
            clients: cold.of_clients(&profile, &units),
        })
    }

    /// What operations cost, and of which units.
    pub(super) fn profile(&self) -> Result<(CostProfile, Units), Failure> {
        let units = live::vocabulary().units;
        let spec = ProfileSpec {
            factor: 1.0,
            measured: self.costs.clone(),
            whole_tree: WholeTree::Anew,
            leaf_checks: LeafChecks::Pairwise,
        };
        Ok((CostProfile::of_scenario("twin", &spec, units), units))
    }
}
