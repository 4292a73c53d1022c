//! What shards say to each other: a line of JSON each.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};

/// The version of these words. Whoever has another is told so.
pub(super) const VERSION: u32 = 2;

/// No line is longer.
const LONGEST: u64 = 1 << 16;

/// Up to where all have to have come before any goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// All are there.
    Met,
    /// Everybody has an account and KeyPackages.
    Accounts,
    /// The rooms are there that begin before time zero.
    Rooms,
    /// Everybody is a member who is to be one, and whoever begins offline is.
    Members,
    /// Nobody wants anything more, and each has said what its users sent of late.
    Told,
    /// Whoever is there has that, whoever sent it.
    Quiet,
    /// Everybody is there again, and all have what is known to be on its way.
    Arrived,
    /// That was so for a while, of all.
    Over,
}

/// The moment at which all went on from a stage, by the clock of whoever hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// The moment.
    pub moment: u64,
    /// How far it may be from that of others, in nanoseconds.
    pub apart: u64,
    /// How far this clock is ahead of that of the first shard, in nanoseconds.
    pub ahead: i64,
}

/// What a hub accepted of a shard's user of late: it has to come to members in other shards, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Which event, in two halves.
    pub digest: (u64, u64),
    /// In which room.
    pub room: u32,
    /// When it was sent, in nanoseconds of the measured part.
    pub sent: u64,
}

impl Owed {
    /// The same, sent so much earlier: a clock may be wrong by that.
    pub fn earlier(self, by: u64) -> Self {
        Self {
            sent: self.sent.saturating_sub(by),
            ..self
        }
    }
}

/// Whoever says hello, and what it would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Hello {
    /// The version of these words.
    pub(super) meeting: u32,
    /// The version of throng.
    pub(super) version: String,
    /// A digest of the scenario as resolved.
    pub(super) scenario: String,
    /// How many times as fast people's time passes.
    pub(super) speed: f64,
    /// Which shard, and of how many.
    pub(super) number: u32,
    pub(super) of: u32,
}

/// What a guest says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ToHost {
    /// Who it is.
    Hello(Hello),
    /// It has come up to a stage.
    Ready(Stage),
    /// What its clock says, to a question of this number.
    Clock { number: u32, now: u64 },
    /// Its users sent this of late.
    Owes(Vec<Owed>),
    /// It is still there.
    Alive,
    /// It goes; why, where it is too early.
    Leaves(Option<String>),
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ToGuest {
    /// It is none of these shards.
    Refused(String),
    /// These are not there yet.
    Missing(Vec<u32>),
    /// What does its clock say?
    Time(u32),
    /// All have come up to this stage; by this number their load is known.
    Go {
        stage: Stage,
        began: Began,
        load: u64,
    },
    /// The users of another shard sent this of late.
    Owed(Vec<Owed>),
    /// The host is still there.
    Alive,
    /// There is no going on: why.
    Gone(String),
}

/// Says something.
pub(super) fn say(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Hears what is said next; nothing where the other side has ended.
pub(super) fn hear<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    from.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        Some(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        let mut said = Vec::new();
        let began = Began {
            moment: u64::MAX,
            apart: 3,
            ahead: i64::MIN,
        };
        let all = [
            ToGuest::Missing(vec![2, 3]),
            ToGuest::Go {
                stage: Stage::Arrived,
                began,
                load: u64::MAX,
            },
            ToGuest::Gone("a\nb".to_owned()),
        ];
        for one in &all {
            say(&mut said, one).expect("memory");
        }
        let mut from = said.as_slice();
        for one in all {
            assert_eq!(hear(&mut from).expect("said"), Some(one));
        }
        assert_eq!(hear::<ToGuest>(&mut from).expect("ended"), None);
    }

    #[test]
    fn whoever_says_something_else_is_not_heard() {
        let long = [b'1'; 2 * LONGEST as usize];
        for said in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            b"\xff\n",
            b"{}\n",
            b"\"Alive\"",
            &long,
        ] {
            assert!(hear::<ToHost>(&mut &*said).is_err());
        }
    }
}
