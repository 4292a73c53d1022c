//! What a simulation is told of this machine, from quiet conversations before and after the run that it is to be like.

use super::runs::{By, Stopped};
use std::iter;
use std::time::Duration;
use throng_experiments::cold::{Cold, Talk};
use throng_experiments::quiet::{
    Way, Ways, conversation, conversation_of_all, lively_conversation_of_all, silence_of_all, sync,
    ways,
};
use throng_experiments::twin::simulated;
use throng_live::load::Plan;
use throng_live::measure;
use throng_record::Record;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

/// Conversations on this machine, one after another.
pub(super) struct Conversations {
    /// Of two clients at one provider.
    at_one: Held,
    /// Of two clients at two.
    at_two: Held,
    /// Of everybody in the scenario.
    of_all: Held,
    /// The same people, who say twice as much as in the scenario, where that is more and this machine bears it.
    lively: Option<Held>,
    /// The same people, who say nothing.
    silence: Held,
    /// How long stores waited for the disk, before each of them.
    waited: Vec<Duration>,
}

/// A conversation that was held for real.
struct Held {
    scenario: Scenario,
    record: Record,
    /// How long the process of its clients was on a core, and how long it lasted.
    generator: (SimSpan, SimSpan),
    /// How many messages hubs accepted in a second.
    rate: f64,
    /// Whether all went well.
    well: bool,
}

impl Conversations {
    /// As this machine is now; with a lively one, if it is to be.
    pub(super) fn hold(by: &By<'_>, scenario: &Scenario, lively: bool) -> Result<Self, Stopped> {
        let mut waited = Vec::new();
        let mut hold = |conversation: Scenario| {
            // Each time for a while: now and then a disk is busy with something else.
            waited.extend(measure::sync(None)?);
            Held::for_real(by, conversation)
        };
        let at_one = hold(conversation(scenario, 1)?)?;
        let at_two = hold(conversation(scenario, 2)?)?;
        let of_all = hold(conversation_of_all(scenario)?)?;
        let lively = match lively {
            true => lively_conversation_of_all(scenario)?,
            false => None,
        };
        let lively = match lively.map(&mut hold).transpose() {
            // More than this machine bears says nothing of less.
            Ok(held) => held.filter(|held| held.well),
            Err(Stopped::Failed(_)) => None,
            Err(Stopped::Interrupted) => return Err(Stopped::Interrupted),
        };
        let silence = hold(silence_of_all(scenario)?)?;
        Ok(Self {
            at_one,
            at_two,
            of_all,
            lively,
            silence,
            waited,
        })
    }

    /// Whether this machine bore a lively one, and it was to be.
    pub(super) fn has_lively(&self) -> bool {
        self.lively.is_some()
    }

    fn well(&self) -> bool {
        let all = [&self.at_one, &self.at_two, &self.of_all, &self.silence];
        all.iter().all(|held| held.well)
    }
}

impl Held {
    fn for_real(by: &By<'_>, conversation: Scenario) -> Result<Self, Stopped> {
        let scenario = Plan::in_real_time(conversation, 1.0, true)?;
        let real = by.for_real(&scenario)?;
        let rate = real.messages_a_second();
        let real = real.outcome;
        match real.record.partial {
            true => Err(Stopped::Interrupted),
            false => Ok(Self {
                rate,
                well: real.holds() && real.generator.limits.is_empty(),
                generator: (real.generator.cpu, real.generator.lasted),
                scenario,
                record: real.record,
            }),
        }
    }

    /// What half of the messages took, in seconds.
    fn median(&self) -> f64 {
        self.record.latencies.message.value_at_quantile(0.5) as f64 / 1e6
    }
}

/// What a simulation is told of the machine.
pub(super) struct Machine {
    pub(super) ways: Ways,
    /// How long a provider's store waits for what it writes to.
    pub(super) sync: Way,
    /// How much longer everybody takes than costs say.
    pub(super) cold: Cold,
    /// How many messages a second that was seen at besides where they say little.
    pub(super) lively: Option<f64>,
    /// How it was before the real run, and after it if that is known.
    pub(super) sides: Vec<Side>,
}

/// What a machine was at one time.
pub(super) struct Side {
    /// What half of the messages took in the conversation at two providers, in seconds.
    pub(super) median: f64,
    /// How many times as long providers took as costs say, where people said little.
    pub(super) providers: f64,
}

impl Machine {
    /// By what was before and after a run in which hubs accepted so many messages a second; each of these times counts alike.
    pub(super) fn of(
        by: &By<'_>,
        before: &Conversations,
        after: Option<&Conversations>,
        rate: f64,
    ) -> Result<Self, Stopped> {
        let times: Vec<&Conversations> = iter::once(before).chain(after).collect();
        let waited: Vec<&[Duration]> = times.iter().map(|time| &time.waited[..]).collect();
        let sync = sync(&waited.concat())?;
        let all = |held: fn(&Conversations) -> &Held| {
            let times = times.iter().copied();
            times.map(held).collect::<Vec<_>>()
        };
        let by_costs = |held: &Held| at_once(by, &held.scenario, sync, Cold::NOT);
        let (silence, few) = (all(|time| &time.silence), all(|time| &time.of_all));
        let (nothing, little) = (by_costs(&before.silence)?, by_costs(&before.of_all)?);
        let (profile, units) = by.profile()?;
        let cold = |silence: &[&Held], spoken: &[&Held], simulated: &Record| {
            let [silence, spoken] = [talks(silence, &nothing), talks(spoken, simulated)];
            Cold::between(&silence, &spoken, (&profile, &units))
        };
        let quiet = cold(&silence, &few, &little);
        let many: Option<Vec<&Held>> = times.iter().map(|time| time.lively.as_ref()).collect();
        let lively = match (many, &before.lively) {
            (Some(many), Some(first)) => {
                let much = by_costs(first)?;
                Some((cold(&silence, &many, &much), mean(&many)))
            }
            _ => None,
        };
        let usual = mean(&few);
        let here = lively.map_or(quiet, |(then, most)| {
            quiet.where_more_is_said(then, rate / usual, most / usual)
        });

        // With what everybody is to take in the simulation, so that a message that is alone takes there what it took for real.
        let by_one = at_once(by, &before.at_one.scenario, sync, here)?;
        let by_two = at_once(by, &before.at_two.scenario, sync, here)?;
        let [one, two] = [all(|time| &time.at_one), all(|time| &time.at_two)].map(|held| {
            let mut all = by_one.latencies.message.clone();
            all.reset();
            held.iter()
                .for_each(|held| all += &held.record.latencies.message);
            all
        });
        let mut ways = ways(
            (&one, &by_one.latencies.message),
            (&two, &by_two.latencies.message),
        )?;
        if after.is_none() {
            ways.doubt = Some("conversations after the real run failed; try again");
        } else if !times.iter().all(|time| time.well()) {
            ways.doubt = Some(
                "a conversation went wrong, or the generator did not keep up with it; try again",
            );
        }
        let side = |time: &Conversations| Side {
            median: time.at_two.median(),
            providers: cold(&[&time.silence], &[&time.of_all], &little).providers,
        };
        Ok(Self {
            ways,
            sync,
            cold: here,
            lively: lively.map(|(_, rate)| rate),
            sides: times.iter().copied().map(side).collect(),
        })
    }
}

fn talks<'a>(times: &[&'a Held], simulated: &'a Record) -> Vec<Talk<'a>> {
    let talk = |held: &&'a Held| Talk {
        real: &held.record,
        generator: held.generator,
        simulated,
    };
    times.iter().map(talk).collect()
}

/// How many messages a second hubs accepted on the average.
fn mean(times: &[&Held]) -> f64 {
    times.iter().map(|held| held.rate).sum::<f64>() / times.len().max(1) as f64
}

/// A conversation with ways that take no time.
fn at_once(by: &By<'_>, scenario: &Scenario, sync: Way, cold: Cold) -> Result<Record, Stopped> {
    let at_once = Ways {
        doubt: None,
        client: Way::NONE,
        provider: Way::NONE,
    };
    let scenario = simulated(scenario, &by.surroundings((at_once, sync), cold)?);
    let record = by.simulated(&scenario, "throng twin")?;
    match record.partial {
        true => Err(Stopped::Interrupted),
        false => Ok(record),
    }
}
