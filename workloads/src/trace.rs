//! Traces: what people want, as CSV that takes the place of the generators.
//!
//! A header, then one wish a line, in the order of time:
//!
//! ```csv
//! time,room,actor,action,target
//! 0s,r0,u2.0,create,
//! 0.25s,r0,u2.0,add,u5;u7
//! 12.5s,r0,u5.0,message,200B
//! 13s,,u5.0,offline,
//! ```
//!
//! - `time`: seconds (`12.5`, `12.5s`) or any duration (`2min`) since the start, exact to the nanosecond.
//! - `room`: `r3`, numbered from 0; empty for wishes that concern none.
//! - `actor`: a client; `u17.1` is the second one that user 17 ever had. Users are numbered from 0,
//!   provider by provider.
//! - `action` and `target`:
//!
//! | action | room | target |
//! |---|---|---|
//! | `create`, `join` (external), `leave`, `update`, `resync` | yes | |
//! | `add` | yes | users: `u2;u3` |
//! | `remove`, `look-up` (ask for KeyPackages and add nobody) | yes | a user: `u5` |
//! | `kick`, `ban`, `unban`, `promote`, `demote` (with a `policy.profile`) | yes | a user: `u5` |
//! | `message` | yes | a size: `200B` |
//! | `new-client` | | rooms that it joins: `r1;r2`. The actor is the user's next client |
//! | `lost` | | who removes it from each room: `r1=u3.0;r2=u4.1` |
//! | `delete-account` | | the user's other devices: `u3.1;u3.2` |
//! | `offline`, `vanish` (offline without a word), `online` | | |
//!
//! Lines that begin with `#` are comments. The last line must end, too: that shows that the file is whole.
//! The population still comes from the scenario; rooms are created by the trace unless they are there at time zero.
//!
//! Wishes that make no sense are refused with their line: who acts must exist, be in the room, and so on
//! ([`crate::audit`]).

use crate::audit::{Audit, Names};
use crate::error::{ScenarioError, nearest};
use crate::intent::{Action, ClientId, Intent, Measure, RoomId, UserId};
use crate::population::Population;
use crate::scenario::Messages;
use crate::time::{SimSpan, SimTime};
use crate::units::{Quantity, parse_span};
use std::borrow::Borrow;
use std::io::{Read, Write};

const HEADER: [&str; 5] = ["time", "room", "actor", "action", "target"];

/// Each action, whether it concerns a room and whether it has a target.
const ACTIONS: [(&str, bool, bool); 20] = [
    ("create", true, false),
    ("add", true, true),
    ("join", true, false),
    ("leave", true, false),
    ("remove", true, true),
    ("kick", true, true),
    ("ban", true, true),
    ("unban", true, true),
    ("promote", true, true),
    ("demote", true, true),
    ("look-up", true, true),
    ("update", true, false),
    ("message", true, true),
    ("new-client", false, true),
    ("lost", false, true),
    ("delete-account", false, true),
    ("resync", true, false),
    ("offline", false, false),
    ("vanish", false, false),
    ("online", false, false),
];

/// Reads a whole trace. `name` is what it is called in messages; `duration` is the scenario's.
///
/// Fails with the line of the first thing that is wrong: a truncated line, an unknown action or actor, time that
/// goes back or beyond `duration`, a wish that does not fit those before it.
pub fn read(
    population: &Population,
    duration: SimSpan,
    name: &str,
    mut input: impl Read,
) -> Result<Vec<Intent>, ScenarioError> {
    let mut text = Vec::new();
    input
        .read_to_end(&mut text)
        .map_err(|source| ScenarioError::Read {
            path: name.to_owned(),
            source,
        })?;
    let error = |line: u64, message: String| ScenarioError::Trace {
        file: name.to_owned(),
        line,
        message,
    };
    let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64;
    if text.last().is_some_and(|byte| *byte != b'\n') {
        let message = "the last line does not end; is the file truncated?";
        return Err(error(lines + 1, message.to_owned()));
    }
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_slice());
    let mut audit = Audit::new(population);
    let mut intents = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut headed = false;
    loop {
        let line = csv.position().line();
        match csv.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) if headed => return Ok(intents),
            Ok(false) => return Err(error(1, no_header("nothing"))),
            Err(source) => {
                let line = source.position().map_or(line, |at| line_of(&text, at));
                return Err(error(line, "the line is not UTF-8".to_owned()));
            }
        }
        let line = record.position().map_or(line, |at| line_of(&text, at));
        let fields: Vec<&str> = record.iter().map(str::trim).collect();
        if !headed {
            if fields != HEADER {
                return Err(error(line, no_header(&format!("{:?}", fields.join(",")))));
            }
            headed = true;
            continue;
        }
        let intent = parse(&fields, audit.names()).map_err(|message| error(line, message))?;
        if intent.at.since(SimTime::ZERO) >= duration {
            let message = format!(
                "the time {} is not before the end of the run; the scenario's duration is {duration}",
                intent.at
            );
            return Err(error(line, message));
        }
        audit
            .check(&intent)
            .map_err(|message| error(line, message))?;
        intents.push(intent);
    }
}

/// The line of a record. The reader's own position is before the comments and empty lines that it skipped.
fn line_of(text: &[u8], position: &csv::Position) -> u64 {
    let rest = usize::try_from(position.byte())
        .ok()
        .and_then(|at| text.get(at..));
    let lines = rest.unwrap_or_default().split(|byte| *byte == b'\n');
    let skipped = lines.take_while(|line| matches!(line, [] | [b'\r'] | [b'#', ..]));
    position.line() + skipped.count() as u64
}

fn no_header(found: &str) -> String {
    format!("expected the header {}, found {found}", HEADER.join(","))
}

fn parse(fields: &[&str], names: &Names) -> Result<Intent, String> {
    let [time, room, actor, action, target] = fields else {
        return Err(format!(
            "{} fields; expected {}: {}; is the file truncated?",
            fields.len(),
            HEADER.len(),
            HEADER.join(",")
        ));
    };
    let at = SimTime::ZERO + parse_time(time)?;
    let action = parse_action(room, actor, action, target, names)?;
    let actor = match &action {
        Action::NewClient { user, .. } => new_actor(actor, *user, names)?,
        _ => parse_client(actor, names)?,
    };
    Ok(Intent { at, actor, action })
}

fn parse_time(text: &str) -> Result<SimSpan, String> {
    if text.parse::<f64>().is_ok() {
        return parse_span(&format!("{text}s"));
    }
    parse_span(text)
}

fn parse_action(
    room: &str,
    actor: &str,
    action: &str,
    target: &str,
    names: &Names,
) -> Result<Action, String> {
    let Some((_, has_room, has_target)) = ACTIONS.iter().find(|(name, ..)| *name == action) else {
        let hint = nearest(action, ACTIONS.iter().map(|(name, ..)| *name));
        return Err(format!("unknown action {action:?}; {hint}"));
    };
    if !has_room && !room.is_empty() {
        return Err(format!(
            "`{action}` concerns no room, found {room:?}; expected nothing"
        ));
    }
    if !has_target && !target.is_empty() {
        return Err(format!(
            "`{action}` has no target, found {target:?}; expected nothing"
        ));
    }
    // Refused only for actions that have one.
    let room = parse_room(room);
    Ok(match action {
        "create" => Action::Create { room: room? },
        "add" => {
            let users = list(target).map(parse_user).collect::<Result<_, _>>()?;
            Action::Add { room: room?, users }
        }
        "join" => Action::JoinExternal { room: room? },
        "leave" => Action::Leave { room: room? },
        "remove" => Action::Remove {
            room: room?,
            user: parse_user(target)?,
        },
        "kick" | "ban" | "unban" | "promote" | "demote" => Action::Administer {
            room: room?,
            user: parse_user(target)?,
            measure: measure(action)?,
        },
        "look-up" => Action::LookUp {
            room: room?,
            user: parse_user(target)?,
        },
        "update" => Action::Update { room: room? },
        "message" => Action::Message {
            room: room?,
            bytes: parse_bytes(target)?,
        },
        "new-client" => {
            let rooms = list(target).map(parse_room).collect::<Result<_, _>>()?;
            let user = parse_user(actor.split('.').next().unwrap_or_default())?;
            Action::NewClient { user, rooms }
        }
        "lost" => {
            let removers = list(target).map(|pair| parse_remover(pair, names));
            Action::Lost {
                removers: removers.collect::<Result<_, _>>()?,
            }
        }
        "delete-account" => {
            let others = list(target).map(|client| parse_client(client, names));
            Action::DeleteAccount {
                others: others.collect::<Result<_, _>>()?,
            }
        }
        "resync" => Action::Resync { room: room? },
        "offline" => Action::Offline,
        "vanish" => Action::Vanish,
        _ => Action::Online,
    })
}

fn measure(action: &str) -> Result<Measure, String> {
    let mut all = Measure::ALL.into_iter();
    let found = all.find(|measure| measure.name() == action);
    found.ok_or_else(|| format!("unknown action {action:?}"))
}

/// The elements of a list; none in an empty text.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').filter(move |_| !text.is_empty())
}

/// A number after a letter.
fn number(text: &str, letter: char) -> Option<u32> {
    let digits = text.strip_prefix(letter)?;
    // `parse` alone would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

fn parse_room(text: &str) -> Result<RoomId, String> {
    let room = number(text, 'r').map(RoomId);
    room.ok_or_else(|| format!("{text:?} is no room; expected one such as r3"))
}

fn parse_user(text: &str) -> Result<UserId, String> {
    let user = number(text, 'u').map(UserId);
    user.ok_or_else(|| format!("{text:?} is no user; expected one such as u17"))
}

fn client_parts(text: &str) -> Result<(UserId, u32), String> {
    let parts = text.split_once('.').and_then(|(user, index)| {
        let index = number(&format!(".{index}"), '.')?;
        Some((number(user, 'u').map(UserId)?, index))
    });
    parts.ok_or_else(|| format!("{text:?} is no client; expected one such as u17.1"))
}

fn parse_client(text: &str, names: &Names) -> Result<ClientId, String> {
    let (user, index) = client_parts(text)?;
    if !names.has_user(user) {
        return Err(format!("there is no user u{}", user.0));
    }
    let clients = names.clients_of(user);
    clients.get(index as usize).copied().ok_or_else(|| {
        format!(
            "there is no client {text}; u{} has {} so far",
            user.0,
            clients.len()
        )
    })
}

fn new_actor(text: &str, user: UserId, names: &Names) -> Result<ClientId, String> {
    let (_, index) = client_parts(text)?;
    let next = names.clients_of(user).len();
    if index as usize != next {
        return Err(format!(
            "the new client of u{} is called {text}; expected u{}.{next}",
            user.0, user.0
        ));
    }
    Ok(names.next())
}

fn parse_remover(text: &str, names: &Names) -> Result<(RoomId, ClientId), String> {
    let Some((room, client)) = text.split_once('=') else {
        return Err(format!(
            "{text:?} names no remover; expected one such as r1=u3.0"
        ));
    };
    Ok((parse_room(room)?, parse_client(client, names)?))
}

fn parse_bytes(text: &str) -> Result<u32, String> {
    let bytes = Quantity::Size.parse(text)?;
    if bytes.fract() != 0.0 || bytes > f64::from(Messages::LARGEST) {
        return Err(format!("{text:?} is no number of whole bytes up to 16MiB"));
    }
    Ok(bytes as u32)
}

/// Writes intents as a trace that [`read`]s back to the same intents.
///
/// Fails where the output does, or where an intent's client is none of the population and no intent brought it
/// into being.
///
/// ```
/// use throng_workloads::builtin;
/// use throng_workloads::generate::Workload;
/// use throng_workloads::population::Population;
/// use throng_workloads::stream::Streams;
/// use throng_workloads::trace;
///
/// let scenario = builtin::find("small")?.scenario(&[])?;
/// let streams = Streams::new(scenario.seed, 0);
/// let population = Population::draw(&scenario, &streams);
/// let intents: Vec<_> = Workload::new(&scenario, &population, &streams).collect();
/// let mut csv = Vec::new();
/// trace::write(&population, &intents, &mut csv)?;
/// assert_eq!(trace::read(&population, scenario.duration, "saved.csv", csv.as_slice())?, intents);
/// # Ok::<(), throng_workloads::error::ScenarioError>(())
/// ```
pub fn write(
    population: &Population,
    intents: impl IntoIterator<Item = impl Borrow<Intent>>,
    output: impl Write,
) -> Result<(), ScenarioError> {
    let failed = |error: csv::Error| ScenarioError::WriteTrace(std::io::Error::other(error));
    let mut names = Names::new(population);
    let mut csv = csv::Writer::from_writer(output);
    csv.write_record(HEADER).map_err(failed)?;
    for intent in intents {
        let intent = intent.borrow();
        if let Action::NewClient { user, .. } = &intent.action
            && intent.actor == names.next()
        {
            names.add(*user);
        }
        if names.user_of(intent.actor).is_none() {
            let message = format!("client {} does not exist", intent.actor.0);
            return Err(ScenarioError::WriteTrace(std::io::Error::other(message)));
        }
        csv.write_record(record(intent, &names)).map_err(failed)?;
    }
    csv.flush().map_err(ScenarioError::WriteTrace)
}

fn record(intent: &Intent, names: &Names) -> [String; 5] {
    let join = |parts: Vec<String>| parts.join(";");
    let (room, target) = match &intent.action {
        Action::Create { room }
        | Action::JoinExternal { room }
        | Action::Leave { room }
        | Action::Update { room }
        | Action::Resync { room } => (Some(room), String::new()),
        Action::Add { room, users } => {
            let users = users.iter().map(|user| format!("u{}", user.0));
            (Some(room), join(users.collect()))
        }
        Action::Remove { room, user }
        | Action::LookUp { room, user }
        | Action::Administer { room, user, .. } => (Some(room), format!("u{}", user.0)),
        Action::Message { room, bytes } => (Some(room), format!("{bytes}B")),
        Action::NewClient { rooms, .. } => {
            let rooms = rooms.iter().map(|room| format!("r{}", room.0));
            (None, join(rooms.collect()))
        }
        Action::Lost { removers } => {
            let removers = removers.iter();
            let pairs =
                removers.map(|(room, client)| format!("r{}={}", room.0, names.show(*client)));
            (None, join(pairs.collect()))
        }
        Action::DeleteAccount { others } => {
            let others = others.iter().map(|client| names.show(*client));
            (None, join(others.collect()))
        }
        Action::Offline | Action::Vanish | Action::Online => (None, String::new()),
    };
    [
        show_time(intent.at),
        room.map(|room| format!("r{}", room.0)).unwrap_or_default(),
        names.show(intent.actor),
        intent.action.name().to_owned(),
        target,
    ]
}

/// Seconds with as many digits as it takes: `12.5s`.
fn show_time(at: SimTime) -> String {
    let nanos = at.as_nanos();
    let digits = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    format!("{}s", digits.trim_end_matches('0').trim_end_matches('.'))
}
