//! Mattermost's bulk export: a JSON object a line, each of a `type` that says under which key the rest is.
//!
//! <https://docs.mattermost.com/onboard/bulk-loading-data-format.html>: a `version` first, then whatever there is of teams, channels, users,
//! posts, direct channels and direct posts. Users name the channels that they are members of, direct channels their members; replies are
//! inside of what they answer. Times are milliseconds since 1970.

use super::gathered::{Gathered, What};
use super::json::{Length, explained};
use super::lines::Lines;
use super::moment::Moment;
use crate::error::ScenarioError;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The version of the format that is known.
const VERSION: u64 = 1;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    version: Option<u64>,
    user: Option<User>,
    bot: Option<Bot>,
    post: Option<Post>,
    direct_channel: Option<DirectChannel>,
    direct_post: Option<Post>,
}

#[derive(Deserialize)]
struct User {
    username: Option<String>,
    teams: Option<Vec<UserTeam>>,
}

#[derive(Deserialize)]
struct UserTeam {
    name: Option<String>,
    channels: Option<Vec<Named>>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Bot {
    username: Option<String>,
}

/// Older exports list names, newer ones what else there is of each.
#[derive(Deserialize)]
struct DirectChannel {
    members: Option<Vec<String>>,
    participants: Option<Vec<Bot>>,
}

/// In a channel, or directly to `channel_members`.
#[derive(Deserialize)]
struct Post {
    team: Option<String>,
    channel: Option<String>,
    channel_members: Option<Vec<String>>,
    user: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<Length>,
    create_at: Option<i64>,
    replies: Option<Vec<Said>>,
}

#[derive(Deserialize)]
struct Said {
    user: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<Length>,
    create_at: Option<i64>,
}

/// Reads all lines.
pub(super) fn read(path: &Path, into: &mut Gathered) -> Result<(), ScenarioError> {
    let mut lines = Lines::open(path)?;
    let mut chat = Chat {
        into,
        bots: BTreeSet::new(),
    };
    let mut versioned = false;
    while let Some((number, line)) = lines.next()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let read = match serde_json::from_slice::<Line>(line) {
            Ok(line) if versioned => chat.take(line),
            Ok(line) => {
                versioned = true;
                version(&line)
            }
            Err(error) => Err(explained(&error)),
        };
        read.map_err(|wrong| lines.error(number, wrong))?;
    }
    match versioned {
        true => Ok(()),
        false => Err(lines.error(1, no_version("nothing"))),
    }
}

fn no_version(found: &str) -> String {
    format!(
        "expected Mattermost's bulk export, which begins with {{\"type\": \"version\", \"version\": {VERSION}}}, found {found}"
    )
}

fn version(line: &Line) -> Result<(), String> {
    match (line.kind.as_str(), line.version) {
        ("version", Some(VERSION)) => Ok(()),
        ("version", Some(other)) => Err(no_version(&format!("version {other}"))),
        (kind, _) => Err(no_version(&format!("a line of the type {kind:?}"))),
    }
}

/// The name where there is one.
fn needed<'n>(name: Option<&'n String>, whose: &str, what: &str) -> Result<&'n str, String> {
    let name = name.map(String::as_str).filter(|name| !name.is_empty());
    name.ok_or_else(|| format!("a {whose} without `{what}`; expected one"))
}

struct Chat<'g> {
    into: &'g mut Gathered,
    bots: BTreeSet<u32>,
}

impl Chat<'_> {
    fn take(&mut self, line: Line) -> Result<(), String> {
        let Line {
            kind,
            user,
            bot,
            post,
            direct_channel,
            direct_post,
            ..
        } = line;
        let lacking = || format!("a line of the type {kind:?} without `{kind}`; expected it");
        match kind.as_str() {
            "user" => self.user(&user.ok_or_else(lacking)?),
            "bot" => {
                let bot = bot.ok_or_else(lacking)?;
                let name = needed(bot.username.as_ref(), "bot", "username")?;
                self.bots.insert(self.into.person(name)?);
                Ok(())
            }
            "post" => {
                let post = post.ok_or_else(lacking)?;
                let team = needed(post.team.as_ref(), "post", "team")?;
                let channel = needed(post.channel.as_ref(), "post", "channel")?;
                let room = self.into.room(&["channel", team, channel])?;
                self.post(room, post)
            }
            "direct_channel" => {
                let direct = direct_channel.ok_or_else(lacking)?;
                let participants = direct.participants.unwrap_or_default().into_iter();
                let mut members = direct.members.unwrap_or_default();
                members.extend(participants.filter_map(|one| one.username));
                self.direct(members).map(|_| ())
            }
            "direct_post" => {
                let mut post = direct_post.ok_or_else(lacking)?;
                let room = self.direct(post.channel_members.take().unwrap_or_default())?;
                self.post(room, post)
            }
            // Nobody says anything in it.
            _ => Ok(()),
        }
    }

    fn user(&mut self, user: &User) -> Result<(), String> {
        let person = self
            .into
            .person(needed(user.username.as_ref(), "user", "username")?)?;
        for team in user.teams.iter().flatten() {
            let name = needed(team.name.as_ref(), "user's team", "name")?;
            for channel in team.channels.iter().flatten() {
                let channel = needed(channel.name.as_ref(), "user's channel", "name")?;
                let room = self.into.room(&["channel", name, channel])?;
                self.into.member(room, person);
            }
        }
        Ok(())
    }

    /// The room of these people, who are its members.
    fn direct(&mut self, mut members: Vec<String>) -> Result<u32, String> {
        members.sort_unstable();
        members.dedup();
        if members.is_empty() {
            return Err(
                "a direct channel of nobody; expected the usernames of its members".to_owned(),
            );
        }
        let names = members.iter().map(String::as_str);
        let name: Vec<&str> = std::iter::once("direct").chain(names).collect();
        let room = self.into.room(&name)?;
        for member in &members {
            let person = self.into.person(member)?;
            self.into.member(room, person);
        }
        Ok(room)
    }

    fn post(&mut self, room: u32, post: Post) -> Result<(), String> {
        let first = Said {
            user: post.user,
            kind: post.kind,
            message: post.message,
            create_at: post.create_at,
        };
        self.said(room, &first, "post")?;
        let mut replies = post.replies.iter().flatten();
        replies.try_for_each(|reply| self.said(room, reply, "reply"))
    }

    fn said(&mut self, room: u32, said: &Said, what: &str) -> Result<(), String> {
        let person = self
            .into
            .person(needed(said.user.as_ref(), what, "user")?)?;
        let at = said
            .create_at
            .and_then(Moment::from_millis)
            .ok_or_else(|| {
                format!("a {what} without a time; expected `create_at` in milliseconds since 1970")
            })?;
        match said.kind.as_deref().unwrap_or_default() {
            "system_join_channel" => self.into.hear(at, room, person, What::Join(person)),
            "system_leave_channel" => self.into.hear(at, room, person, What::Leave),
            kind if kind.starts_with("system_") => {
                self.into.leave_out("notices, such as of a new topic", 1);
            }
            _ if self.bots.contains(&person) => self.into.leave_out("messages of bots", 1),
            _ => {
                let bytes = said.message.unwrap_or_default().0;
                self.into.message(at, room, person, bytes);
            }
        }
        Ok(())
    }
}
