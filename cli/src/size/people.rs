//! People and their habits: from flags, or from a scenario, to the scenario of which parts are simulated.

use crate::arguments::{ScenarioArguments, SizeArguments};
use crate::contradictions;
use crate::failure::Failure;
use crate::request::{checked, source};
use crate::size::flags::Flags;
use throng_experiments::size::own_peak;
use throng_reports::size::{Assumption, Origin, habit};
use throng_workloads::error::ScenarioError;
use throng_workloads::scenario::{Content, Scenario, ScenarioSource};
use throng_workloads::units::Quantity;

/// What holds where nobody says otherwise, but for what the flags below set. Rooms are there from the beginning, with full trees.
const BASE: &str = r#"name = "deployment"
description = "what machines do these people need?"
duration = "17min"
warmup = "2min"
engine = "model"
[[users.connections]]
link = "fibre"
share = 0.3
[[users.connections]]
link = "wifi"
share = 0.3
[[users.connections]]
link = "4g"
share = 0.4
profile = "phone"
[rooms]
start = "warm"
[messages]
content = "mimi"
"#;

/// Messages of a user and day.
const MESSAGES: &str = "30";

/// What is done in the busiest hour, over the average hour.
const PEAK: f64 = 8.0;

/// Users for each room.
const USERS_A_ROOM: u32 = 4;

/// The part of messages that have something attached.
const ATTACHMENTS: f64 = 0.03;

/// The longest attachment of a scenario.
const LONGEST: f64 = 16.0 * 1_048_576.0;

/// Who there is, and what they do.
#[derive(Debug)]
pub(super) struct People {
    /// All of them, on the average of a day.
    pub(super) scenario: Scenario,
    /// How much busier the busiest hour is.
    pub(super) factor: f64,
    /// The part of messages that have something attached.
    pub(super) attachments: f64,
    /// The mean length of that, in bytes.
    pub(super) attachment_bytes: f64,
    /// Where each habit comes from.
    pub(super) assumptions: Vec<Assumption>,
}

const ROOM_SIZE: &str = "--room-size";

/// Whether that gives kinds of rooms.
fn sets_kinds(set: &str) -> bool {
    set.trim_start().starts_with("rooms.kinds")
}

/// A habit: the flag, what it is, the keys that it sets, what was typed and what holds otherwise.
struct Habit {
    flag: &'static str,
    what: &'static str,
    keys: &'static [&'static str],
    typed: Option<String>,
    default: Option<&'static str>,
}

impl People {
    pub(super) fn of(arguments: &SizeArguments) -> Result<Self, Failure> {
        let typed = ScenarioArguments {
            scenario: arguments.from.clone().unwrap_or_default(),
            seed: arguments.seed,
            set: arguments.set.clone(),
        };
        contradictions::in_scenario(&typed, None)?;
        let base = match &arguments.from {
            Some(name) => source(name)?,
            None => {
                let text = format!("{BASE}{}", organisations(&arguments.organisations)?);
                let base = ScenarioSource::inline("--organisations", text);
                // The text is ours: where it is wrong says nothing.
                checked(&base, &[]).map_err(|failure| match failure {
                    Failure::Scenario(ScenarioError::Invalid { problems }) => {
                        let said = problems.into_iter().next().map(|one| one.message);
                        Failure::of("--organisations")(said.unwrap_or_default())
                    }
                    other => other,
                })?;
                base
            }
        };
        let habits = habits(arguments, &checked(&base, &[])?)?;
        let mut overrides = Vec::new();
        let mut flags = Flags::default();
        for habit in &habits {
            // Kinds of rooms have sizes of their own.
            let kinds = habit.flag == ROOM_SIZE && arguments.set.iter().any(|set| sets_kinds(set));
            let default = habit.default.filter(|_| arguments.from.is_none() && !kinds);
            let Some(value) = habit.typed.as_deref().or(default) else {
                continue;
            };
            for key in habit.keys {
                let set = format!("{key}={value}");
                flags.add(habit.flag, key, &set);
                overrides.push(set);
            }
        }
        // Together, as how large rooms may be depends on how many people there are.
        checked(&base, &overrides).map_err(|failure| flags.blame(failure))?;
        overrides.extend(attachments(arguments, &base, &overrides)?);
        overrides.extend(arguments.set.iter().cloned());
        overrides.extend(arguments.seed.map(|seed| format!("seed={seed}")));
        let scenario = checked(&base, &overrides).map_err(|failure| flags.blame(failure))?;
        // Populations give everybody one: to say fewer is to say something else than what is simulated.
        if arguments.devices.is_some() && scenario.users.clients.mean() < 1.0 {
            let few = "less than one for each user; expected one at least, such as 1.25";
            return Err(Failure::of("--devices")(few.to_owned()));
        }
        let factor = match &arguments.peak_factor {
            Some(typed) => peak_factor(typed)?,
            None if arguments.from.is_some() => own_peak(&scenario),
            None => PEAK,
        };
        let (attachments, attachment_bytes) = attached(&scenario);
        let assumptions = said(arguments, &habits, &scenario, factor, attachments);
        Ok(Self {
            scenario,
            factor,
            attachments,
            attachment_bytes,
            assumptions,
        })
    }
}

/// All but organisations and attachments, which are more than one key's value.
fn habits(arguments: &SizeArguments, base: &Scenario) -> Result<Vec<Habit>, Failure> {
    let messages = match (&arguments.messages, &arguments.from) {
        (None, Some(_)) => None,
        (typed, _) => {
            let typed = typed.as_deref().unwrap_or(MESSAGES);
            let number = Quantity::Count
                .parse(typed)
                .map_err(Failure::of("--messages"))?;
            Some(format!("{number}/d"))
        }
    };
    let users = arguments.users.map(|users| users.to_string());
    let more = |users: u32| match arguments.from {
        None => users.div_ceil(USERS_A_ROOM),
        Some(_) => {
            let times = f64::from(users) / f64::from(base.users.count.max(1));
            (f64::from(base.rooms.count) * times).round().max(1.0) as u32
        }
    };
    let rooms = arguments.rooms.or_else(|| arguments.users.map(more));
    let habit = |flag, what, keys, typed: &Option<String>, default| Habit {
        flag,
        what,
        keys,
        typed: typed.clone(),
        default,
    };
    Ok(vec![
        habit("--users", "users", &["users.count"], &users, None),
        habit(
            "--devices",
            "devices of a user",
            &["users.clients"],
            &arguments.devices,
            Some("{ dist = \"empirical\", values = [1, 2], weights = [3, 1] }"),
        ),
        habit(
            "--messages",
            "messages of a user, mean of a day",
            &["messages.rate"],
            &messages,
            None,
        ),
        habit(
            "--rooms",
            "rooms",
            &["rooms.count"],
            &rooms.map(|rooms| rooms.to_string()),
            None,
        ),
        habit(
            ROOM_SIZE,
            "users of a room",
            &["rooms.size"],
            &arguments.room_size,
            Some("{ dist = \"zipf\", exponent = 1.8, n = 35, unit = 2 }"),
        ),
        habit(
            "--locality",
            "participants from the creator's organisation",
            &["rooms.locality"],
            &arguments.locality,
            Some("80%"),
        ),
        habit(
            "--joins",
            "joins of a room, and leaves, mean of a day",
            &["churn.joins", "churn.leaves"],
            &arguments.joins,
            Some("0.1/d"),
        ),
        habit(
            "--new-devices",
            "new devices of a user, mean of a day",
            &["churn.new_clients"],
            &arguments.new_devices,
            Some("0.01/d"),
        ),
        habit(
            "--online",
            "a device stays online",
            &["users.online"],
            &arguments.online,
            Some("{ dist = \"lognormal\", median = \"40min\", sigma = 1.0 }"),
        ),
        habit(
            "--offline",
            "a device then stays offline",
            &["users.offline"],
            &arguments.offline,
            Some("{ dist = \"lognormal\", median = \"5min\", sigma = 1.0 }"),
        ),
        habit(
            "--attachment-size",
            "what is attached is so long",
            &["messages.attachment_size"],
            &arguments.attachment_size,
            None,
        ),
    ])
}

/// The providers as TOML, of `domain=share`.
fn organisations(typed: &[String]) -> Result<String, Failure> {
    let mut text = String::new();
    for one in typed {
        let bad = |said: String| Failure::of("--organisations")(said);
        let (domain, share) = one.split_once('=').ok_or_else(|| {
            bad(format!(
                "{one:?} has no share; expected such as a.example=60%"
            ))
        })?;
        let share = Quantity::Share
            .parse(share)
            .map_err(|said| bad(format!("{domain}: {said}")))?;
        text.push_str(&format!(
            "[[providers]]\ndomain = {:?}\nshare = {share}\n",
            domain.trim()
        ));
    }
    Ok(text)
}

/// What sets the part of messages that have something attached: the other kinds keep their proportions. A scenario of opaque messages has those
/// of all scenarios.
fn attachments(
    arguments: &SizeArguments,
    base: &ScenarioSource,
    overrides: &[String],
) -> Result<Vec<String>, Failure> {
    let share = match (&arguments.attachments, &arguments.from) {
        (None, Some(_)) => return Ok(Vec::new()),
        (None, None) => ATTACHMENTS,
        (Some(typed), _) => {
            let bad = Failure::of("--attachments");
            let share = Quantity::Share.parse(typed).map_err(&bad)?;
            if share > 1.0 {
                let said = format!("{typed} is more than all of them; expected 0% to 100%");
                return Err(bad(said));
            }
            share
        }
    };
    let mut structured = overrides.to_vec();
    structured.push("messages.content=mimi".to_owned());
    let own = match checked(base, &structured)?.messages.content {
        Content::Structured(how) => how.kinds.each(),
        Content::Opaque => return Ok(Vec::new()),
    };
    let others = || own.iter().filter(|(kind, _)| *kind != "attachment");
    let all: f64 = others().map(|(_, part)| part).sum();
    let kinds = others().map(|(kind, part)| {
        let part = part / all.max(f64::MIN_POSITIVE);
        format!("messages.kinds.{kind}={}", part * (1.0 - share))
    });
    let downloads = if share > 0.0 { "provider" } else { "none" };
    let mut set = vec![
        "messages.content=mimi".to_owned(),
        format!("messages.downloads={downloads}"),
        format!("messages.kinds.attachment={share}"),
    ];
    set.extend(kinds);
    Ok(set)
}

fn peak_factor(typed: &str) -> Result<f64, Failure> {
    let bad = Failure::of("--peak-factor");
    let factor = Quantity::Count.parse(typed).map_err(&bad)?;
    match (1.0..=1e6).contains(&factor) {
        true => Ok(factor),
        false => Err(bad(format!(
            "{typed}: the busiest hour has at least the mean rate; expected 1 to a million"
        ))),
    }
}

/// The part of a scenario's messages that have something attached which is stored, and its mean length in bytes.
fn attached(scenario: &Scenario) -> (f64, f64) {
    /// So many equal parts of the distribution.
    const PARTS: u32 = 10_000;
    let Content::Structured(how) = &scenario.messages.content else {
        return (0.0, 0.0);
    };
    let Some(downloads) = &how.downloads else {
        return (0.0, 0.0);
    };
    let parts = downloads.size.strata(PARTS).map(|part| part.min(LONGEST));
    let mean = parts.sum::<f64>() / f64::from(PARTS);
    (how.kinds.attachment, mean)
}

/// Every habit with its value in the scenario, and who said so.
fn said(
    arguments: &SizeArguments,
    habits: &[Habit],
    scenario: &Scenario,
    factor: f64,
    attachments: f64,
) -> Vec<Assumption> {
    let set = |key: &str| {
        let sets = |set: &&String| set.split('=').next().is_some_and(|name| name.trim() == key);
        arguments.set.iter().any(|set| sets(&set))
    };
    let origin = |flag: &str, typed: bool, key: &str| match (&arguments.from, typed) {
        _ if set(key) => (Origin::Given, "--set".to_owned()),
        (_, true) => (Origin::Given, flag.to_owned()),
        (Some(from), false) => (Origin::Given, format!("scenario {from}")),
        (None, false) => (Origin::Default, format!("a guess; {flag} says otherwise")),
    };
    let row = |what: &str, value: String, (origin, source)| Assumption {
        what: what.to_owned(),
        value,
        origin,
        source,
    };
    let mut rows = Vec::new();
    for one in habits {
        let key = match one.flag {
            ROOM_SIZE if !scenario.rooms.kinds.is_empty() => "rooms.kinds",
            _ => one.keys[0],
        };
        let Some(value) = habit(scenario, key) else {
            continue;
        };
        let typed = match one.flag {
            "--messages" => arguments.messages.is_some(),
            "--rooms" => arguments.rooms.is_some(),
            _ => one.typed.is_some(),
        };
        rows.push(row(one.what, value, origin(one.flag, typed, key)));
    }
    let providers: Vec<String> = scenario
        .providers
        .iter()
        .map(|provider| {
            format!(
                "{} {}",
                provider.domain,
                Quantity::Share.show(provider.share)
            )
        })
        .collect();
    let flag = "--organisations";
    let given = origin(flag, !arguments.organisations.is_empty(), "providers");
    rows.push(row(
        "organisations, with their share of the people",
        providers.join(", "),
        given,
    ));
    let given = origin(
        "--peak-factor",
        arguments.peak_factor.is_some(),
        "messages.diurnal",
    );
    rows.push(row(
        "the busiest hour's rate (peak), over the mean of a day",
        factor.to_string(),
        given,
    ));
    let given = origin(
        "--attachments",
        arguments.attachments.is_some(),
        "messages.kinds.attachment",
    );
    rows.push(row(
        "messages with something attached",
        Quantity::Share.show(attachments),
        given,
    ));
    rows
}
