//! `throng load`: a scenario for real.

use crate::abort;
use crate::arguments::{FederationArguments, LoadArguments, Peer, Scraped};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::federation::{federation, others, placed};
use crate::interrupt::Interrupt;
use crate::keys::Keys;
use crate::preparation::{self, Prepares};
use crate::progress::Meter;
use crate::request::{Request, folder};
use crate::run::{interrupted_at, print, start_threads};
use crate::shards::{self, Joined};
use crate::{machine, memory, output};
use clap::ValueEnum;
use std::time::{Duration, Instant};
use throng_live::LiveError;
use throng_live::load::own::{Federation, Gone, OwnProviders};
use throng_live::load::samples::{Samples, Watched};
use throng_live::load::{
    Away, Figures, Loaded, Order, Others, Outage, Outages, Outcome, Plan, Target, View, reach, run,
    store,
};
use throng_live::serve::facts::Lines;
use throng_live::store::StoreAt;
use throng_live::tls::Trust;
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::folder::atomic;
use throng_reports::run_info::{RealInfo, Share};
use throng_reports::{RunInfo, Summary, units, write_run};
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;
use throng_workloads::units::show_span;
use throng_workloads::visible::visible;
use throng_workloads::warp::Warp;

/// So many of a list are named.
const MOST_NAMED: usize = 10;

/// Between two looks at keys and at providers.
const LOOK: Duration = Duration::from_millis(50);

/// How many times as fast people's time passes with each key.
const FASTER: f64 = 1.25;

/// Runs a scenario against providers of its own, or those that run already, and writes the report of what it came to.
pub(crate) fn load(arguments: &LoadArguments) -> Result<Exit, Failure> {
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
    let folder = shards::folder(
        arguments,
        folder(arguments.out.as_deref(), "loads", &scenario),
    );
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
    let threads = start_threads(request.threads)?;
    let stores_only = !own && arguments.save_preparation.is_some();
    if !stores_only {
        atomic::check_writable(&folder)?;
    }
    let _kept = shards::keep(arguments, &folder)?;
    let mut attendant = Attendant::new(request.quiet, arguments.shard.is_some())?;
    let begun = Instant::now();
    let Joined::GoOn(meeting) =
        shards::join(arguments, &scenario, &attendant.meter, &attendant.interrupt)?
    else {
        return Ok(Exit::Interrupted);
    };
    let providers = Providers::new(
        arguments,
        (targets, federation),
        &scenario,
        &attendant.meter,
        &prepares,
    );
    let mut providers = shards::or_leave(meeting.as_ref(), providers)?;
    let plan = Plan {
        preparing: prepares.preparing(providers.own.as_ref()),
        targets: providers.targets,
        logs: providers.logs,
        finders: providers.finders,
        trust: providers.trust,
        speed: arguments.speed,
        most_late: arguments.real.most_late,
        judge,
        meeting,
        structure: false,
        others,
        scenario: scenario.clone(),
    };
    if stores_only {
        return store_only(plan, arguments, &mut attendant);
    }
    let mut servers = providers.watched;
    servers.extend(scraped);
    let samples = Samples::begin(servers).map_err(Failure::from);
    let samples = shards::or_leave(plan.meeting.as_ref(), samples)?;
    if let Some(own) = &mut providers.own {
        own.tell(samples.watching());
    }
    let mut looked = Ok(());
    let ended = run(plan, &mut |view| {
        if let Some(own) = &mut providers.own {
            looked = own.look(view);
        }
        match &looked {
            Ok(()) => attendant.attend(view, || providers.own.as_mut()?.gone()),
            Err(_) => Order::Stop,
        }
    });
    attendant.keys.stop();
    looked?;
    let (ended, seen) = (ended?, samples.end());
    attendant.meter.say("making the report");
    let (own, not_again) = match providers.own {
        Some(own) => own.finish().map(|(own, failed)| (Some(own), failed))?,
        None => (None, Vec::new()),
    };
    let gone = own.map_or(Vec::new(), OwnProviders::stop);
    let places: Vec<usize> = gone.iter().map(|gone| gone.place).collect();
    let outcome = ended.outcome(&places, &seen)?;
    attendant.meter.clear();
    let not_again = not_again.iter().map(LiveError::to_string);
    let failed = not_again.chain(gone.into_iter().map(|gone| gone.how));
    let failed = failed.chain(outcome.parted.clone()).collect();
    let info = RunInfo {
        wall: begun.elapsed(),
        threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command,
        peak_memory: memory::peak(),
        note: note(&outcome, &scenario, &attendant),
        folder: Some(folder.clone()),
        real: Some(RealInfo {
            share: arguments.shard.map_or(Share::Whole, Share::One),
            ..machine::real(&outcome.generator, failed)
        }),
    };
    let record = &outcome.record;
    write_run(&folder, &scenario, &scenario.to_toml(), record, &info)?;
    shards::write(arguments, &folder, &outcome, &info)?;
    print(arguments.format, request.quiet, &scenario, record, &info)?;
    let summary = Summary::new(&scenario, record, &info);
    let outcomes = summary.thresholds.iter();
    output::unmet(
        request.quiet,
        outcomes.map(|one| (one.met, one.rule.as_str(), one.values())),
    );
    if request.quiet {
        complain(&summary);
    }
    Ok(exit(&outcome, &summary, &attendant))
}

/// Prepares, stores that, and ends there.
fn store_only(
    plan: Plan,
    arguments: &LoadArguments,
    attendant: &mut Attendant,
) -> Result<Exit, Failure> {
    let stored = store(plan, &mut |view| attendant.attend(view, || None));
    attendant.keys.stop();
    attendant.meter.clear();
    match stored? {
        true => preparation::print_stored(arguments),
        false => Ok(Exit::Interrupted),
    }
}

/// Who is loaded.
struct Providers {
    targets: Vec<Target>,
    trust: Trust,
    /// What they write down; nothing of those that run already.
    logs: Vec<Lines>,
    /// What they write down where others are under test.
    finders: Vec<Lines>,
    watched: Vec<Watched>,
    /// Where they are of this command's own, and what is to happen to them.
    own: Option<Outages>,
}

impl Providers {
    /// Those that run already; or some that are started.
    fn new(
        arguments: &LoadArguments,
        (targets, federation): (Vec<Target>, Option<Federation>),
        scenario: &Scenario,
        meter: &Meter,
        prepares: &Prepares,
    ) -> Result<Self, Failure> {
        if let Some(ca) = &arguments.ca {
            let trust = Trust::read(ca)?;
            return Ok(Self {
                targets,
                trust,
                logs: Vec::new(),
                finders: Vec::new(),
                watched: Vec::new(),
                own: None,
            });
        }
        meter.say("starting providers");
        let store = arguments.store.clone();
        let program = std::env::current_exe()?;
        let others = federation.iter().flat_map(|all| all.others.clone());
        let others: Vec<Target> = others.collect();
        let own = match federation {
            Some(federation) => OwnProviders::start_beside(&program, scenario, store, federation)?,
            None => OwnProviders::start_with(&program, scenario, store.clone(), |folder| {
                prepares.put_stores(folder, store.as_ref())
            })?,
        };
        // What hubs and followers under test do is known from clients alone.
        let (logs, finders) = match others.is_empty() {
            true => (own.logs()?, Vec::new()),
            false => (Vec::new(), own.logs()?),
        };
        Ok(Self {
            targets: in_order(scenario, [own.targets(), others].concat()),
            trust: own.trust()?,
            logs,
            finders,
            watched: own.watched(),
            own: Some(Outages::new(own, arguments.outages())),
        })
    }
}

/// Providers in the scenario's order.
fn in_order(scenario: &Scenario, mut targets: Vec<Target>) -> Vec<Target> {
    let all = &scenario.providers;
    targets.sort_by_key(|target| all.iter().position(|one| one.domain == target.domain));
    targets
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

/// How a load ends. What must not be relied on comes before what somebody asked for, and that before what was measured.
fn exit(outcome: &Outcome, summary: &Summary, attendant: &Attendant) -> Exit {
    let real = summary.real.as_ref();
    let failed = real.is_some_and(|real| !real.failed.is_empty());
    let kept_up = real.is_none_or(|real| real.kept_up);
    if failed || !outcome.holds() {
        Exit::Failed
    } else if attendant.interrupt.asked() && outcome.record.partial {
        Exit::Interrupted
    } else if outcome.ended_by.is_some() || !kept_up || !summary.is_as_it_has_to_be() {
        Exit::Threshold
    } else {
        Exit::Done
    }
}

/// Why it is partial, where it is.
fn note(outcome: &Outcome, scenario: &Scenario, attendant: &Attendant) -> Option<String> {
    if !outcome.record.partial {
        return None;
    }
    let end = units::seconds(outcome.record.end.as_secs_f64());
    let gone = attendant.gone.as_ref().map(|gone| &gone.how);
    let why = outcome.ended_by.as_ref().or(gone);
    Some(match why.or(outcome.parted.as_ref()) {
        Some(why) => format!("ended early after {end}: {why}"),
        None => interrupted_at(&outcome.record, scenario),
    })
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

/// Runs a load with a line that says how far it is.
pub(crate) fn follow(
    plan: Plan,
    meter: &mut Meter,
    interrupt: &Interrupt,
) -> Result<Loaded, Failure> {
    let loaded = run(plan, &mut |view| {
        meter.draw_both(|| (share(view), shown(view, false)));
        match interrupt.asked() {
            true => Order::Stop,
            false => Order::GoOn,
        }
    })?;
    meter.say("making the report");
    Ok(loaded)
}

/// Says on standard error what must not be missed where nothing else is said.
pub(crate) fn complain(summary: &Summary) {
    let Some(real) = &summary.real else {
        return;
    };
    let mut all = Vec::new();
    if !real.kept_up {
        all.push("the generator was the limit".to_owned());
        all.extend(real.limits.iter().cloned());
    }
    all.extend(real.failed.iter().cloned());
    all.extend(real.violations.iter().take(MOST_NAMED).cloned());
    all.extend(summary.simulator.note.clone());
    for line in all {
        eprintln!("error: {}", visible(&line));
    }
}

/// Looks on while a load runs: shows how far it is, and hears of keys, interrupts and providers that end.
struct Attendant {
    interrupt: Interrupt,
    meter: Meter,
    keys: Keys,
    looked: Option<Instant>,
    gone: Option<Gone>,
}

impl Attendant {
    /// In a shard, keys would have it go another way than the others.
    fn new(quiet: bool, shard: bool) -> Result<Self, Failure> {
        Ok(Self {
            interrupt: Interrupt::listen().map_err(Failure::Interrupts)?,
            meter: Meter::new(quiet),
            keys: Keys::listen(quiet || shard),
            looked: None,
            gone: None,
        })
    }

    fn attend(&mut self, view: &View<'_>, gone: impl FnOnce() -> Option<Gone>) -> Order {
        let keys = self.keys.listens();
        self.meter.draw_both(|| (share(view), shown(view, keys)));
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Order::GoOn;
        }
        self.looked = Some(Instant::now());
        self.gone = self.gone.take().or_else(gone);
        if self.interrupt.asked() || self.gone.is_some() {
            // Before anything that takes a while: whoever loses patience is to have the terminal as it was.
            self.keys.stop();
            return Order::Stop;
        }
        match self.keys.pressed() {
            Some(b'+' | b'=') => Order::Faster(FASTER),
            Some(b'-' | b'_') => Order::Faster(1.0 / FASTER),
            _ => Order::GoOn,
        }
    }
}

fn share(view: &View<'_>) -> f64 {
    match view.until().as_secs_f64() {
        until if until > 0.0 => (view.now().as_secs_f64() / until).min(1.0),
        _ => 1.0,
    }
}

/// What there is to see, what matters most first: how far it is, and how it fares.
fn shown(view: &View<'_>, keys: bool) -> [Vec<String>; 2] {
    let (now, until) = (view.now().as_secs_f64(), view.until().as_secs_f64());
    let (now, until) = (units::seconds_short(now), units::seconds_short(until));
    let figures = view.figures();
    let mut above = vec![view.doing().to_owned(), format!("{now} of {until}")];
    above.push(format!(
        "{} of {} wishes/s",
        figures.taken_rate, figures.intended_rate
    ));
    above.push(format!(
        "{} × as fast{}",
        units::significant(figures.factor),
        if keys { " (+ -)" } else { "" }
    ));
    above.push(format!("{} wishes", units::count(figures.intended)));
    [above, fares(&figures)]
}

fn fares(figures: &Figures) -> Vec<String> {
    let span = |span: SimSpan| units::millis(span.as_millis_f64());
    let mut all = vec![match figures.message {
        Some((p50, p99)) => format!("messages p50 {}, p99 {}", span(p50), span(p99)),
        None => "no message yet".to_owned(),
    }];
    all.push(match (&figures.limits[..], figures.late) {
        ([], Some(late)) => format!("keeps up: p99 {} late", span(late)),
        ([], None) => "keeps up".to_owned(),
        ([why, ..], _) => format!("IS THE LIMIT: {why}"),
    });
    all.push(units::counted(figures.errors, "error", "errors"));
    all.push(format!("{} open", units::count(figures.open)));
    all.push(format!("{} accepted", units::count(figures.accepted)));
    all
}
