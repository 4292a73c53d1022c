//! What is to be done.

use super::books::Judge;
use super::kept::{Preparation, Storing};
use super::others::Others;
use super::possible;
use crate::error::LiveError;
use crate::meeting::Meeting;
use crate::real_time::repeating;
use crate::serve::facts::Lines;
use crate::tls::Trust;
use std::net::SocketAddr;
use throng_record::Shard;
use throng_workloads::scenario::{CredentialForm, EngineKind, Scenario, SignedContext};
use throng_workloads::time::SimSpan;
use throng_workloads::warp::Warp;

/// A provider to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its domain.
    pub domain: String,
    /// Where it is.
    pub address: SocketAddr,
}

/// What is to be done.
pub struct Plan {
    /// The scenario, as [`Plan::in_real_time`] has it.
    pub scenario: Scenario,
    /// Its providers, in its order.
    pub targets: Vec<Target>,
    /// What each of them writes down while it runs, in the same order; nothing where that is not known of any.
    pub logs: Vec<Lines>,
    /// What providers of ours write down beside those under test; of that only counts what they find of these.
    pub finders: Vec<Lines>,
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// How many times as fast people's time passes as the scenario's stages say; above 0.
    pub speed: f64,
    /// How late the generator may take up wishes, but one of a hundred: beyond that it was the limit, and what was measured is about
    /// it.
    pub most_late: SimSpan,
    /// Ends the load early.
    pub judge: Option<Judge>,
    /// Where this is one of the shards of a load, the meeting of all of them.
    pub meeting: Option<Meeting>,
    /// Whether the record is to have what is sent length by length, and CPU times by what they are for.
    pub structure: bool,
    /// Where what has to be there before anything is measured comes from.
    pub preparing: Preparing,
    /// What others have already.
    pub others: Others,
}

/// Where accounts, KeyPackages and rooms come from.
#[derive(Default)]
pub enum Preparing {
    /// They are made, by the protocol itself.
    #[default]
    Made,
    /// They are made, and stored before anything is measured.
    Stored(Storing),
    /// They were stored.
    Loaded(Box<Preparation>),
}

impl Plan {
    /// A scenario as it is run in real time at this speed: requests are repeated, and it lasts as long as its stages do. With `own`
    /// providers these are on this machine, too.
    ///
    /// # Errors
    /// [`LiveError::Scenario`] where it cannot be run so, or not here.
    pub fn in_real_time(scenario: Scenario, speed: f64, own: bool) -> Result<Scenario, LiveError> {
        possible::check(&scenario, own, None)?;
        real_time(scenario, speed)
    }

    /// The same of a scenario that several processes share, of which this machine has one.
    ///
    /// # Errors
    /// As [`Plan::in_real_time`].
    pub fn shared_in_real_time(
        scenario: Scenario,
        speed: f64,
        shard: Shard,
    ) -> Result<Scenario, LiveError> {
        possible::check(&scenario, false, Some(shard))?;
        real_time(scenario, speed)
    }
}

fn real_time(mut scenario: Scenario, speed: f64) -> Result<Scenario, LiveError> {
    let refused = |key, why: String| Err(LiveError::Scenario { key, why });
    if scenario.engine == EngineKind::Model {
        let why = "a model has nothing that could be sent; expected `openmls`";
        return refused("engine", why.to_owned());
    }
    if scenario.users.credentials.form != CredentialForm::Basic {
        let why = "no provider says over HTTPS yet who issues credentials; expected `basic`, or a simulation";
        return refused("users.credential", why.to_owned());
    }
    if scenario.policy.evict_ended {
        let why = "over HTTPS each party has a clock of its own, so lifetimes say nothing; expected `false`, or a simulation";
        return refused("policy.evict_ended", why.to_owned());
    }
    if scenario.policy.signed_context != SignedContext::Whole {
        let why = "no library makes such signatures; expected `whole`, or a simulation, where they are modelled";
        return refused("policy.signed_context", why.to_owned());
    }
    let warp = Warp::of(&scenario.load.stages);
    if let Some(lasts) = warp.lasts() {
        scenario.duration = SimSpan::from_secs_f64(speed * warp.area(lasts));
        if scenario.warmup >= scenario.duration {
            return refused(
                "load.stages",
                format!(
                    "{} of the scenario's time pass in them, and the warm-up takes {}; expected it to be shorter",
                    scenario.duration, scenario.warmup
                ),
            );
        }
    }
    Ok(repeating(scenario))
}
