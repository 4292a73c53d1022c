//! What is asked of a load, and that it can be had: all that is known before anything begins.

use crate::abort;
use crate::arguments::{FederationArguments, LoadArguments, Peer, Scraped};
use crate::failure::Failure;
use crate::federation::{federation, others, placed};
use crate::preparation::{self, Prepares};
use crate::request::{Request, folder};
use crate::shards;
use clap::ValueEnum;
use std::path::PathBuf;
use throng_live::load::own::Federation;
use throng_live::load::samples::{Samples, Watched};
use throng_live::load::{Away, Judge, Others, Outage, Plan, Target, reach};
use throng_live::store::StoreAt;
use throng_live::tls::Trust;
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::units;
use throng_workloads::scenario::Scenario;
use throng_workloads::units::show_span;
use throng_workloads::warp::Warp;

/// What is asked for, and that it can be had: all that is known before anything begins.
pub(super) struct Wanted {
    pub(super) request: Request,
    pub(super) scenario: Scenario,
    pub(super) targets: Vec<Target>,
    pub(super) federation: Option<Federation>,
    pub(super) others: Others,
    pub(super) prepares: Prepares,
    pub(super) judge: Option<Judge>,
    pub(super) scraped: Vec<Watched>,
    pub(super) folder: PathBuf,
    pub(super) command: String,
}

impl Wanted {
    pub(super) fn of(arguments: &LoadArguments) -> Result<Self, Failure> {
        let request = Request::of_real(&arguments.real, &arguments.threshold)?;
        let own = arguments.target.is_empty();
        let scenario = placed(request.scenario()?, arguments.federation.role)?;
        let scenario = match arguments.shard {
            None => Plan::in_real_time(scenario, arguments.speed, own)?,
            Some(shard) => Plan::shared_in_real_time(scenario, arguments.speed, shard)?,
        };
        known(arguments, &scenario)?;
        let targets = targets(&arguments.target, &scenario)?;
        let federation = federation(&arguments.federation, &scenario)?;
        if own {
            let ours = federation.as_ref().map(|federation| federation.own.len());
            let ours = ours.unwrap_or(scenario.providers.len());
            one_each(arguments.store.as_ref(), ours)?;
        }
        let folder = folder(arguments.out.as_deref(), "loads", &scenario);
        let folder = shards::folder(arguments, folder);
        let command = request.command("load", Some(scenario.seed), &words(arguments));
        let judge = abort::judge(&arguments.abort, arguments.abort_after, &scenario)?;
        let prepares = Prepares::new(arguments, &scenario)?;
        if is_sweep(&folder) {
            return Err(Failure::OtherKind {
                path: folder,
                holds: "a sweep",
            });
        }
        if let Some(ca) = &arguments.ca {
            // Before anything is written.
            reach(&targets, &Trust::read(ca)?)?;
        }
        let others = match &federation {
            Some(federation) => others(&arguments.federation, &scenario, federation)?,
            None => Others::default(),
        };
        let scraped: Vec<Watched> = arguments.scrape.iter().map(Scraped::watched).collect();
        if arguments.shard.is_some() {
            // Before others wait for this one.
            Samples::check(&scraped)?;
        }
        Ok(Self {
            request,
            scenario,
            targets,
            federation,
            others,
            prepares,
            judge,
            scraped,
            folder,
            command,
        })
    }
}

/// Whether each of so many providers would have a store of its own.
pub(crate) fn one_each(store: Option<&StoreAt>, providers: usize) -> Result<(), Failure> {
    match store {
        Some(store) if providers > 1 && store.is_one() => Err(Failure::OneStore {
            store: store.to_string(),
            providers,
        }),
        _ => Ok(()),
    }
}

/// Where each of the scenario's providers is, in its order; nothing where nobody says that of any.
fn targets(named: &[Peer], scenario: &Scenario) -> Result<Vec<Target>, Failure> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let domains: Vec<&str> = scenario
        .providers
        .iter()
        .map(|provider| provider.domain.as_str())
        .collect();
    let wrong = |wrong: String| Failure::Targets {
        wrong,
        known: domains.join(", "),
    };
    if let Some(stranger) = named
        .iter()
        .find(|peer| !domains.contains(&peer.domain.as_str()))
    {
        return Err(wrong(format!("{} is none of them", stranger.domain)));
    }
    let target = |domain: &&str| {
        let mut of = named.iter().filter(|peer| peer.domain == **domain);
        match (of.next().map(|peer| peer.address), of.next()) {
            (Some(Some(address)), None) => Ok(Target {
                domain: (*domain).to_owned(),
                address,
            }),
            (Some(None), _) => Err(wrong(format!(
                "{domain} has no address; expected {domain}=ADDRESS"
            ))),
            (_, Some(_)) => Err(wrong(format!("{domain} is named twice"))),
            (None, _) => Err(wrong(format!("nobody says where {domain} is"))),
        }
    };
    domains.iter().map(target).collect()
}

/// Who is to be killed or frozen has to be one of the scenario's, while the load runs, one time after another, and whoever is killed has to have
/// something to go on from.
fn known(arguments: &LoadArguments, scenario: &Scenario) -> Result<(), Failure> {
    // Those that others run are not ours to kill.
    let others: Vec<&Peer> = arguments
        .federation
        .hub
        .iter()
        .chain(&arguments.federation.follower)
        .collect();
    let ours = |domain: &&str| !others.iter().any(|peer| peer.domain == *domain);
    let domains = scenario.providers.iter().map(|p| p.domain.as_str());
    let domains: Vec<&str> = domains.filter(ours).collect();
    let lasts = Warp::of(&scenario.load.stages).lasts();
    let lasts = lasts.unwrap_or(scenario.duration.as_secs_f64() / arguments.speed);
    let all = arguments.outages();
    for (number, (away, outage)) in all.iter().enumerate() {
        let wrong = |wrong: String| {
            Err(Failure::Outage {
                flag: LoadArguments::flag(*away),
                outage: outage.to_string(),
                wrong,
            })
        };
        if !domains.contains(&outage.domain.as_str()) {
            let known = domains.join(", ");
            return wrong(format!(
                "no provider of this load's own is called so; expected one of {known}"
            ));
        }
        if *away == Away::Frozen && cfg!(not(unix)) {
            return wrong("nobody can be frozen on this system; expected --kill".to_owned());
        }
        if outage.at.as_secs_f64() >= lasts {
            let lasts = units::seconds_short(lasts);
            return wrong(format!("the load is over by then; it lasts {lasts}"));
        }
        let meets = |(_, other): &&(Away, Outage)| {
            let before = |one: &Outage, two: &Outage| one.at + one.pause < two.at;
            other.domain == outage.domain && !before(outage, other) && !before(other, outage)
        };
        if let Some((how, other)) = all[..number].iter().find(meets) {
            let flag = LoadArguments::flag(*how);
            return wrong(format!(
                "it is away then, because of {flag} {other}; expected one after the other"
            ));
        }
        if *away == Away::Killed && arguments.store == Some(StoreAt::Memory) {
            return wrong(
                "with --store memory it has nothing to go on from; expected a file, a folder or a database"
                    .to_owned(),
            );
        }
    }
    Ok(())
}

/// What the command that repeats it says besides the scenario.
fn words(arguments: &LoadArguments) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    for peer in &arguments.target {
        say("--target", peer.to_string());
    }
    if let Some(ca) = &arguments.ca {
        say("--ca", ca.display().to_string());
    }
    federation_words(&arguments.federation, &mut say);
    // Whoever has the password gives it again.
    if let Some(store) = &arguments.store {
        say("--store", store.to_string());
    }
    if let Some(shard) = arguments.shard {
        say("--shard", shard.to_string());
    }
    if let Some(meet) = arguments.meet {
        say("--meet", meet.to_string());
    }
    if arguments.speed != 1.0 {
        say("--speed", arguments.speed.to_string());
    }
    for (away, outage) in arguments.outages() {
        say(LoadArguments::flag(away), outage.to_string());
    }
    for (flag, value) in preparation::words(arguments) {
        say(flag, value);
    }
    for rule in &arguments.abort {
        say("--abort", rule.clone());
    }
    if !arguments.abort.is_empty() {
        say("--abort-after", show_span(arguments.abort_after));
    }
    words
}

fn federation_words(arguments: &FederationArguments, say: &mut impl FnMut(&str, String)) {
    let Some(role) = arguments.role.and_then(|role| role.to_possible_value()) else {
        return;
    };
    say("--as", role.get_name().to_owned());
    let named = [
        ("--hub", arguments.hub.as_slice()),
        ("--follower", &arguments.follower),
        ("--listen", &arguments.listen),
    ];
    for (flag, peers) in named {
        for peer in peers {
            say(flag, peer.to_string());
        }
    }
    for room in &arguments.room {
        say("--room", room.to_string());
    }
    if let Some(certificates) = &arguments.certificates {
        say("--certificates", certificates.display().to_string());
    }
}
