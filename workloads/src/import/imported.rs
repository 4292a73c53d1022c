//! The whole way: what is asked for, and what comes of it.

use super::gathered::{Gathered, Key};
use super::moment::Moment;
use super::steps::{self, Does, Step, Steps};
use super::{mattermost, rows, slack};
use crate::error::ScenarioError;
use crate::intent::{Action, ClientId, Intent, ProviderId, RoomId, UserId};
use crate::population::{Client, Population, User};
use crate::time::{SimSpan, SimTime};
use crate::trace;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// What a trace is called in its folder.
pub const TRACE: &str = "trace.csv";

/// What a scenario is called in its folder.
pub const SCENARIO: &str = "scenario.toml";

/// How the scenario of an import begins.
pub const HEAD: &str = "# Made by `throng import`.";

/// As long as a scenario can be, in seconds: less than ten years.
const MOST_SECONDS: u64 = 10 * 365 * 86_400;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV with the columns `time`, `room`, `sender`, `length`.
    Csv,
    /// Mattermost's bulk export, a file of lines of JSON.
    Mattermost,
    /// The folder that an export of Slack is unpacked into.
    Slack,
}

/// Which part of an export is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Nothing that was before this.
    pub from: Option<Moment>,
    /// Nothing that was at this moment, or after it.
    pub to: Option<Moment>,
}

/// How much there is of everything in an [`Import`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages.
    pub messages: u64,
    /// Bytes of text in them.
    pub bytes: u64,
    /// Rooms.
    pub rooms: u64,
    /// People, each of whom is in one of the rooms at some time.
    pub people: u64,
    /// People who came to a room that was there, by themselves or let in by somebody.
    pub joins: u64,
    /// People who left.
    pub leaves: u64,
    /// How often somebody wrote who was not known to be in the room, and was added for that.
    pub added: u64,
    /// From the first event to the last.
    pub span: SimSpan,
    /// What was not taken, by reason.
    pub left_out: Vec<(&'static str, u64)>,
    /// Messages that were longer than any here can be, and were taken as the longest.
    pub shortened: u64,
}

/// What people did, without who they are.
#[derive(Debug)]
pub struct Import {
    steps: Steps,
    counts: Counts,
}

/// Reads an export. The path is a file, or Slack's folder; the key decides which number is whose.
///
/// Fails with [`ScenarioError::Read`], [`ScenarioError::Import`] (a line that is wrong) or [`ScenarioError::NoImport`] (all of it is).
///
/// ```
/// use throng_workloads::import::{self, Format, Key, Window};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("talk.csv");
/// std::fs::write(&file, "time,room,sender,length\n10,tea,ann,5\n12.5,tea,bob,7\n")?;
/// let import = import::read(Format::Csv, &file, Key::of(b"secret"), Window::default())?;
/// assert_eq!((import.counts().messages, import.counts().people), (2, 2));
/// let mut trace = Vec::new();
/// import.write_trace(&mut trace)?;
/// assert!(String::from_utf8(trace)?.contains("2.5s,r0,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(
    format: Format,
    path: &Path,
    key: Key,
    window: Window,
) -> Result<Import, ScenarioError> {
    let refused = |message: String| ScenarioError::NoImport {
        path: path.display().to_string(),
        message,
    };
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from >= to
    {
        return Err(refused(
            "--to is not after --from; expected a window between them".to_owned(),
        ));
    }
    let mut gathered = Gathered::new(key);
    match format {
        Format::Csv => rows::read(path, &mut gathered)?,
        Format::Mattermost => mattermost::read(path, &mut gathered)?,
        Format::Slack => slack::read(path, &mut gathered)?,
    }
    gathered.put_in_order();
    let shortened = gathered.shortened;
    let steps = steps::steps(gathered, window.from, window.to);
    let import = Import {
        counts: counts(&steps, shortened),
        steps,
    };
    if import.steps.steps.is_empty() {
        return Err(refused(match window == Window::default() {
            true => "nobody says anything in it; expected messages".to_owned(),
            false => "nobody says anything between --from and --to; expected messages".to_owned(),
        }));
    }
    if import.seconds() >= MOST_SECONDS {
        return Err(refused(format!(
            "it is of {}; expected less than ten years, which --from and --to can cut out",
            import.counts.span
        )));
    }
    Ok(import)
}

fn counts(steps: &Steps, shortened: u64) -> Counts {
    let mut counts = Counts {
        rooms: steps.first.len() as u64,
        people: steps.people.into(),
        left_out: steps
            .left_out
            .iter()
            .map(|(reason, number)| (*reason, *number))
            .collect(),
        shortened,
        ..Counts::default()
    };
    for step in &steps.steps {
        match step.does {
            Does::Message(bytes) => {
                counts.messages += 1;
                counts.bytes += u64::from(bytes);
            }
            Does::Leave => counts.leaves += 1,
            Does::Join | Does::LetIn(_) => counts.joins += 1,
            Does::Add(_) => counts.added += 1,
            Does::Create => {}
        }
    }
    if let (Some(first), Some(last)) = (steps.steps.first(), steps.steps.last()) {
        counts.span = SimSpan::from_nanos(last.at.apart(first.at));
    }
    counts
}

impl Import {
    /// How much there is of everything.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Whole seconds that are enough for everything to happen in them.
    const fn seconds(&self) -> u64 {
        self.counts.span.as_nanos() / 1_000_000_000 + 1
    }

    /// What everybody wants, in the order of time.
    pub fn intents(&self) -> impl Iterator<Item = Intent> + '_ {
        let steps = self.steps.steps.iter();
        steps.flat_map(|step| self.wishes(step))
    }

    /// What somebody who does this wants; of somebody who makes a room, that others are in it, too.
    fn wishes(&self, step: &Step) -> impl Iterator<Item = Intent> + use<> {
        let start = self.steps.steps.first().map_or(step.at, |first| first.at);
        let at = SimTime::from_nanos(step.at.apart(start));
        let room = RoomId(step.room);
        let add = |users: &[u32]| Action::Add {
            room,
            users: users.iter().copied().map(UserId).collect(),
        };
        let (action, then) = match step.does {
            Does::Create => {
                let first = self.steps.first.get(step.room as usize);
                let first = first.filter(|first| !first.is_empty());
                (Action::Create { room }, first.map(|first| add(first)))
            }
            Does::Add(person) | Does::LetIn(person) => (add(&[person]), None),
            Does::Join => (Action::JoinExternal { room }, None),
            Does::Leave => (Action::Leave { room }, None),
            Does::Message(bytes) => (Action::Message { room, bytes }, None),
        };
        // Everybody has one client.
        let actor = ClientId(step.person);
        let actions = std::iter::once(action).chain(then);
        actions.map(move |action| Intent { at, actor, action })
    }

    /// Writes the [trace].
    ///
    /// Fails where the output does.
    pub fn write_trace(&self, output: impl Write) -> Result<(), ScenarioError> {
        let everybody = 0..self.steps.people;
        let users = everybody.clone().map(|number| User {
            provider: ProviderId(0),
            first: ClientId(number),
            count: 1,
        });
        let clients = everybody.map(|number| Client {
            user: UserId(number),
            connection: 0,
            online: true,
        });
        let population = Population {
            users: Arc::new(users.collect()),
            clients: Arc::new(clients.collect()),
            rooms: Arc::default(),
        };
        trace::write(&population, self.intents(), output)
    }

    /// The scenario that replays the trace, which is [`TRACE`] beside it. It is called so, as far as scenarios can be.
    pub fn scenario(&self, name: &str) -> String {
        let Counts {
            messages,
            rooms,
            people,
            ..
        } = self.counts;
        format!(
            "{HEAD} Who is who was not kept; people and rooms are numbers in an order that says nothing, so that people who are
# spread over [[providers]] by their shares are spread at random.
name = \"{name}\"
description = \"what people wrote in a real chat (messages: {messages}, people: {people}, rooms: {rooms})\"
duration = \"{seconds}s\"
trace = \"{TRACE}\"

[users]
count = {people}

[rooms]
count = {rooms}
# The trace says who is in them.
size = 1

[policy]
# However many rooms somebody is added to at once, there is a KeyPackage for each.
last_resort = true
",
            name = sound_name(name),
            seconds = self.seconds(),
        )
    }
}

/// The name with whatever a scenario cannot be called replaced.
fn sound_name(name: &str) -> String {
    const LONGEST: usize = 64;
    let plain = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() || "._-".contains(letter) => letter,
        _ => '-',
    };
    let name: String = name.chars().map(plain).collect();
    let name: String = name.trim_start_matches('.').chars().take(LONGEST).collect();
    match name.is_empty() {
        true => "import".to_owned(),
        false => name,
    }
}
