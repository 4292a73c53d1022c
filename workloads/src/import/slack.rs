//! Slack's export, unpacked: a folder with lists of users and conversations, and a folder for each conversation with a file for each day.
//!
//! <https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports>. Conversations are in `channels.json`, `groups.json` (private
//! ones), `dms.json` and `mpims.json` (among several); their folders have their names, or their ids where they have none. A day is an array
//! of messages, of which `subtype` says what else it may be than something that somebody said.

use super::gathered::{Gathered, What};
use super::json::{Length, each};
use super::lines::unreadable;
use super::moment::Moment;
use crate::error::ScenarioError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lists of users: of a workspace, or of an organization with several.
const USERS: [&str; 2] = ["users.json", "org_users.json"];

const CONVERSATIONS: [&str; 4] = ["channels.json", "groups.json", "dms.json", "mpims.json"];

#[derive(Deserialize)]
struct User {
    id: Option<String>,
    is_bot: Option<bool>,
}

#[derive(Deserialize)]
struct Conversation {
    id: Option<String>,
    name: Option<String>,
    members: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: Option<String>,
    subtype: Option<String>,
    user: Option<String>,
    inviter: Option<String>,
    ts: Option<String>,
    text: Option<Length>,
}

/// Reads all conversations.
pub(super) fn read(folder: &Path, into: &mut Gathered) -> Result<(), ScenarioError> {
    let refused = |message: &str| ScenarioError::NoImport {
        path: folder.display().to_string(),
        message: message.to_owned(),
    };
    if !folder.is_dir() {
        // The system says better why it cannot be read, if it cannot.
        fs::metadata(folder).map_err(|source| unreadable(folder, source))?;
        return Err(refused(
            "not a folder; expected the one that Slack's ZIP file was unpacked into",
        ));
    }
    let there = |names: &[&str]| -> Vec<PathBuf> {
        let paths = names.iter().map(|name| folder.join(name));
        paths.filter(|path| path.is_file()).collect()
    };
    let (users, lists) = (there(&USERS), there(&CONVERSATIONS));
    if users.is_empty() || lists.is_empty() {
        return Err(refused(
            "no export of Slack; expected users.json in it, and channels.json, groups.json, dms.json or mpims.json",
        ));
    }
    let mut bots = BTreeSet::new();
    for list in users {
        each(&list, |user: User| {
            if user.is_bot == Some(true) {
                bots.insert(into.person(&needed(user.id, "user", "id")?)?);
            }
            Ok(())
        })?;
    }
    let mut rooms = BTreeMap::new();
    for list in lists {
        each(&list, |conversation| {
            list_room(conversation, into, &mut rooms)
        })?;
    }
    for (name, path) in entries(folder, true)? {
        match rooms.get(&name) {
            Some(room) => read_room(&path, *room, &bots, into)?,
            None => into.leave_out("folders that no list of conversations names", 1),
        }
    }
    Ok(())
}

fn needed(name: Option<String>, whose: &str, what: &str) -> Result<String, String> {
    let name = name.filter(|name| !name.is_empty());
    name.ok_or_else(|| format!("a {whose} without `{what}`; expected one"))
}

/// Notes a conversation, its members, and which folders may be its own. Folders are found by looking, so that a name leads nowhere else.
fn list_room(
    conversation: Conversation,
    into: &mut Gathered,
    rooms: &mut BTreeMap<String, u32>,
) -> Result<(), String> {
    let Conversation { id, name, members } = conversation;
    let id = needed(id.or_else(|| name.clone()), "conversation", "id")?;
    let room = into.room(&[&id])?;
    for member in members.iter().flatten() {
        let person = into.person(member)?;
        into.member(room, person);
    }
    for folder in name.into_iter().chain([id]) {
        rooms.entry(folder).or_insert(room);
    }
    Ok(())
}

/// The folders, or the files, in a folder, in the order of their names.
fn entries(folder: &Path, folders: bool) -> Result<BTreeMap<String, PathBuf>, ScenarioError> {
    let failed = |source| unreadable(folder, source);
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() == folders
            && let Some(name) = path.file_name()
        {
            found.insert(name.to_string_lossy().into_owned(), path);
        }
    }
    Ok(found)
}

fn read_room(
    folder: &Path,
    room: u32,
    bots: &BTreeSet<u32>,
    into: &mut Gathered,
) -> Result<(), ScenarioError> {
    for (name, day) in entries(folder, false)? {
        match name.ends_with(".json") && !name.starts_with('.') {
            true => each(&day, |message| take(message, room, bots, into))?,
            false => into.leave_out("files that are no day of a conversation", 1),
        }
    }
    Ok(())
}

fn take(
    message: Message,
    room: u32,
    bots: &BTreeSet<u32>,
    into: &mut Gathered,
) -> Result<(), String> {
    if message.kind.as_deref() != Some("message") {
        into.leave_out("events that are no messages", 1);
        return Ok(());
    }
    let at = needed(message.ts, "message", "ts")?;
    let at = Moment::from_seconds(&at).ok_or_else(|| {
        format!("{at:?} is no time; expected seconds since 1970, such as 1609459200.000200")
    })?;
    let subtype = message.subtype.as_deref().unwrap_or_default();
    let Some(user) = message
        .user
        .filter(|user| !user.is_empty() && subtype != "bot_message")
    else {
        into.leave_out("messages of bots", 1);
        return Ok(());
    };
    let person = into.person(&user)?;
    match subtype {
        "channel_join" | "group_join" => {
            let by = match message.inviter {
                Some(inviter) if !inviter.is_empty() => into.person(&inviter)?,
                _ => person,
            };
            into.hear(at, room, person, What::Join(by));
        }
        "channel_leave" | "group_leave" => into.hear(at, room, person, What::Leave),
        _ if bots.contains(&person) => into.leave_out("messages of bots", 1),
        "" | "thread_broadcast" | "me_message" | "file_share" => {
            into.message(at, room, person, message.text.unwrap_or_default().0);
        }
        _ => into.leave_out("notices, such as of a new topic", 1),
    }
    Ok(())
}
