//! What of a scenario can be had more or less of: what may hinder a larger value, and what the answer depends on.
//!
//! A knob changes one thing in a scenario by a factor and leaves all else, draws too, as it is. Those that are *resources* can be relieved, and
//! whatever raises the end when it is relieved hinders it.

use throng_workloads::scenario::{LinkSpec, ProfileSpec, Rate, Scenario};
use throng_workloads::time::SimSpan;

/// More providers than this are turned all together.
const MOST_PROVIDERS: usize = 4;

/// Something of a scenario that can be had more or less of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knob {
    /// What it is called by whoever asks for it: the key, and what it is of.
    pub name: String,
    /// What it is, for people.
    pub says: String,
    /// As a hindrance: what it is called then, and by which factors it is relieved.
    pub relief: Option<Relief>,
    turns: Turns,
}

/// How something is relieved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relief {
    /// What hinders where this helps.
    pub hindrance: String,
    /// Whether half of it is tried.
    pub half: bool,
    /// Whether twice as much of it is tried.
    pub twice: bool,
}

impl Relief {
    /// The factors that are tried.
    pub fn factors(&self) -> impl Iterator<Item = f64> {
        let half = self.half.then_some(0.5);
        half.into_iter().chain(self.twice.then_some(2.0))
    }
}

/// What a knob changes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Turns {
    /// What work takes one provider, or all.
    ProviderCosts(Option<usize>),
    /// Its cores.
    Cores(Option<usize>),
    /// Bits a second of its access, both ways.
    Access(Option<usize>),
    /// What work takes clients with this profile.
    ClientCosts(String),
    /// Bits a second of a class of clients' links, or of those between providers.
    Bandwidth(Option<String>),
    /// How long what is sent takes there.
    Latency(Option<String>),
    /// What is lost there.
    Loss(Option<String>),
    /// How long stores take to make something safe.
    Sync,
    Backoff,
    CommitDelay,
    KeyPackages,
    Users,
    Devices,
    Rooms,
    RoomSize,
    MessageRate,
    MessageSize,
    Joins,
    Leaves,
    Removals,
    Updates,
}

impl Knob {
    /// The scenario with so many times as much of it; nothing where that changes nothing.
    ///
    /// ```
    /// use throng_experiments::capacity::knobs;
    /// use throng_workloads::builtin;
    ///
    /// let company = builtin::find("company").and_then(|s| s.scenario(&[])).expect("built in");
    /// let knobs = knobs(&company);
    /// let rate = knobs.iter().find(|knob| knob.name == "messages.rate").expect("people say something");
    /// assert!(rate.turned(&company, 1.2).is_some());
    /// assert_eq!(rate.turned(&company, 1.0), None);
    /// ```
    pub fn turned(&self, scenario: &Scenario, factor: f64) -> Option<Scenario> {
        let mut turned = scenario.clone();
        self.turns.turn(&mut turned, factor);
        (turned != *scenario).then_some(turned)
    }
}

/// The knobs that a scenario has: those that change something in it.
pub fn knobs(scenario: &Scenario) -> Vec<Knob> {
    let mut all = Vec::new();
    let mut add = |name: String, says: String, relief: Option<Relief>, turns: Turns| {
        let knob = Knob {
            name,
            says,
            relief,
            turns,
        };
        if knob.turned(scenario, 2.0).is_some() {
            all.push(knob);
        }
    };
    let relief = |hindrance: String, half, twice| {
        Some(Relief {
            hindrance,
            half,
            twice,
        })
    };
    let providers: Vec<(Option<usize>, String)> = match scenario.providers.len() {
        0..=MOST_PROVIDERS => {
            let each = scenario.providers.iter().enumerate();
            each.map(|(at, one)| (Some(at), one.domain.clone()))
                .collect()
        }
        _ => vec![(None, "all".to_owned())],
    };
    for (at, domain) in providers {
        let whose = match at {
            Some(_) => format!("of {domain}"),
            None => "of all providers".to_owned(),
        };
        add(
            format!("cost.provider.{domain}"),
            format!("what work takes on the machines {whose}"),
            relief(format!("CPU {whose}"), true, false),
            Turns::ProviderCosts(at),
        );
        add(
            format!("cores.{domain}"),
            format!("cores {whose}"),
            None,
            Turns::Cores(at),
        );
        add(
            format!("access.{domain}"),
            format!("the access to the network {whose}, up and down"),
            relief(format!("the access to the network {whose}"), false, true),
            Turns::Access(at),
        );
    }
    let mut profiles: Vec<&String> = Vec::new();
    let mut links: Vec<Option<&String>> = Vec::new();
    for connection in &scenario.users.connections {
        if !profiles.contains(&&connection.profile) {
            profiles.push(&connection.profile);
        }
        if !links.contains(&Some(&connection.link)) {
            links.push(Some(&connection.link));
        }
    }
    for profile in profiles {
        add(
            format!("cost.client.{profile}"),
            format!("what work takes clients of the class {profile}"),
            relief(format!("CPU of clients ({profile})"), true, false),
            Turns::ClientCosts(profile.clone()),
        );
    }
    if scenario.providers.len() > 1 {
        links.push(None);
    }
    for link in links {
        let (name, whose) = match link {
            Some(link) => (format!("client.{link}"), format!("of clients on {link}")),
            None => ("providers".to_owned(), "between providers".to_owned()),
        };
        let link = link.cloned();
        add(
            format!("network.bandwidth.{name}"),
            format!("bandwidth {whose}"),
            relief(format!("bandwidth {whose}"), false, true),
            Turns::Bandwidth(link.clone()),
        );
        add(
            format!("network.latency.{name}"),
            format!("latency {whose}"),
            relief(format!("latency {whose}: round trips"), true, false),
            Turns::Latency(link.clone()),
        );
        add(
            format!("network.loss.{name}"),
            format!("loss on links {whose}"),
            relief(format!("loss on links {whose}"), true, false),
            Turns::Loss(link),
        );
    }
    add(
        "providers.sync".to_owned(),
        "how long stores take to make something safe".to_owned(),
        relief("storage of providers".to_owned(), true, false),
        Turns::Sync,
    );
    add(
        "policy.backoff".to_owned(),
        "the wait after a lost commit".to_owned(),
        relief(
            "contention for commits (the wait after a lost one)".to_owned(),
            true,
            true,
        ),
        Turns::Backoff,
    );
    add(
        "policy.commit_delay".to_owned(),
        "the wait before proposals are committed".to_owned(),
        relief(
            "the wait before proposals are committed".to_owned(),
            true,
            true,
        ),
        Turns::CommitDelay,
    );
    add(
        "policy.key_packages".to_owned(),
        "KeyPackages that a client keeps at its provider".to_owned(),
        relief("KeyPackages".to_owned(), false, true),
        Turns::KeyPackages,
    );
    for (name, says, turns) in [
        ("users.count", "people", Turns::Users),
        ("users.clients", "devices of each", Turns::Devices),
        ("rooms.count", "rooms", Turns::Rooms),
        ("rooms.size", "users of a room", Turns::RoomSize),
        ("messages.rate", "messages of a user", Turns::MessageRate),
        ("messages.size", "length of a message", Turns::MessageSize),
        ("churn.joins", "joins of a room", Turns::Joins),
        ("churn.leaves", "users who leave a room", Turns::Leaves),
        ("churn.removals", "removals from a room", Turns::Removals),
        ("churn.updates", "refreshes of leaves", Turns::Updates),
    ] {
        add(name.to_owned(), says.to_owned(), None, turns);
    }
    all
}

impl Turns {
    fn turn(&self, scenario: &mut Scenario, factor: f64) {
        let whole = |number: u32| ((f64::from(number) * factor).round() as u32).max(1);
        match self {
            Self::ProviderCosts(which) => {
                let profiles = scenario.providers.iter().enumerate();
                let profiles: Vec<(usize, String)> = profiles
                    .filter(|(at, _)| which.is_none_or(|which| which == *at))
                    .map(|(at, provider)| (at, provider.profile.clone()))
                    .collect();
                for (at, profile) in profiles {
                    let name = format!("{profile} {}", scenario.providers[at].domain);
                    if let Some(name) = another(scenario, &profile, name, factor) {
                        scenario.providers[at].profile = name;
                    }
                }
            }
            Self::Cores(which) => {
                for (at, provider) in scenario.providers.iter_mut().enumerate() {
                    if which.is_none_or(|which| which == at) {
                        provider.cores = whole(provider.cores);
                    }
                }
            }
            Self::Access(which) => {
                for (at, provider) in scenario.providers.iter_mut().enumerate() {
                    if which.is_none_or(|which| which == at) {
                        for bits in [&mut provider.up, &mut provider.down] {
                            *bits = bits.map(|bits| (bits * factor).max(1.0));
                        }
                    }
                }
            }
            Self::ClientCosts(profile) => {
                let name = format!("{profile} clients");
                if let Some(name) = another(scenario, profile, name, factor) {
                    for connection in &mut scenario.users.connections {
                        if connection.profile == *profile {
                            connection.profile.clone_from(&name);
                        }
                    }
                }
            }
            Self::Bandwidth(link) => each(scenario, link.as_ref(), |spec| {
                spec.up *= factor;
                spec.down *= factor;
            }),
            Self::Latency(link) => each(scenario, link.as_ref(), |spec| {
                // No faster than the shortest that there can be.
                spec.floor = scaled(spec.floor, factor).max(SimSpan::from_micros(1));
                spec.latency = spec.latency.times(factor);
                spec.jitter = spec.jitter.times(factor);
            }),
            Self::Loss(link) => each(scenario, link.as_ref(), |spec| {
                spec.loss = (spec.loss * factor).min(1.0);
            }),
            Self::Sync => {
                for provider in &mut scenario.providers {
                    provider.sync = provider.sync.times(factor);
                }
            }
            Self::Backoff => {
                let policy = &mut scenario.policy;
                policy.backoff = policy.backoff.times(factor);
                policy.backoff_max = scaled(policy.backoff_max, factor);
            }
            Self::CommitDelay => {
                let policy = &mut scenario.policy;
                policy.commit_delay = policy.commit_delay.times(factor);
            }
            Self::KeyPackages => {
                scenario.policy.key_packages = whole(scenario.policy.key_packages);
            }
            Self::Users => scenario.users.count = whole(scenario.users.count),
            Self::Devices => scenario.users.clients = scenario.users.clients.times(factor),
            Self::Rooms => scenario.rooms.count = whole(scenario.rooms.count),
            Self::RoomSize => {
                let rooms = &mut scenario.rooms;
                for size in rooms.kinds.iter_mut().map(|kind| &mut kind.size) {
                    *size = size.times(factor);
                }
                if rooms.kinds.is_empty() {
                    rooms.size = rooms.size.times(factor);
                }
            }
            Self::MessageRate => often(&mut scenario.messages.rate, factor),
            Self::MessageSize => scenario.messages.size = scenario.messages.size.times(factor),
            Self::Joins => often(&mut scenario.churn.joins, factor),
            Self::Leaves => often(&mut scenario.churn.leaves, factor),
            Self::Removals => often(&mut scenario.churn.removals, factor),
            Self::Updates => often(&mut scenario.churn.updates, factor),
        }
    }
}

/// A profile beside this one whose work takes so many times as long.
fn another(scenario: &mut Scenario, profile: &str, name: String, factor: f64) -> Option<String> {
    let known = scenario.cost.profiles.iter();
    let spec: &ProfileSpec = known
        .filter(|(known, _)| known == profile)
        .map(|(_, spec)| spec)
        .next()?;
    let spec = ProfileSpec {
        factor: spec.factor * factor,
        ..spec.clone()
    };
    if factor == 1.0 || spec.factor == 0.0 {
        return None;
    }
    scenario.cost.profiles.push((name.clone(), spec));
    Some(name)
}

/// Of a class of clients, or between providers.
fn each(scenario: &mut Scenario, link: Option<&String>, turn: impl Fn(&mut LinkSpec)) {
    let network = &mut scenario.network;
    match link {
        Some(link) => {
            let named = network.client.iter_mut().filter(|(name, _)| name == link);
            named.for_each(|(_, spec)| turn(spec));
        }
        None => {
            network.provider.iter_mut().for_each(|(_, spec)| turn(spec));
            turn(&mut network.same_region);
            turn(&mut network.between_regions);
        }
    }
}

fn often(rate: &mut Rate, factor: f64) {
    *rate = match rate {
        Rate::Poisson(rate) => Rate::Poisson(*rate * factor),
        Rate::Intervals(dist) => Rate::Intervals(dist.times(1.0 / factor)),
    };
}

fn scaled(span: SimSpan, factor: f64) -> SimSpan {
    SimSpan::from_nanos((span.as_nanos() as f64 * factor).round() as u64)
}
