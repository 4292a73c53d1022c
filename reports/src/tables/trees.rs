//! `trees.csv`: every node of one small room's ratchet tree at moments of its life.

use super::decimal;
use serde::Deserialize;
use std::io::{self, Read, Write};
use throng_mls::tree_health::NodeState;
use throng_record::{SmallRoom, TreeMoment};
use throng_workloads::time::SimTime;

/// The columns, in order. `node` is the index in the array representation of RFC 9420, appendix C: leaves are even.
/// `room` and `epoch` are those of the row in `commits.csv` that tells of the commit before.
pub const COLUMNS: [&str; 6] = ["time_s", "room", "epoch", "node", "state", "unmerged"];

/// Writes the table: no row where no small room was followed.
///
/// # Errors
/// Whatever the writer says.
pub fn write(small: Option<&SmallRoom>, out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for (room, moment) in small.into_iter().flat_map(|small| {
        let moments = small.moments.iter();
        moments.map(|moment| (small.room, moment))
    }) {
        for (node, state) in moment.nodes.iter().enumerate() {
            let (state, unmerged) = match state {
                NodeState::Blank => ("blank", 0),
                NodeState::Filled { unmerged } => ("filled", *unmerged),
            };
            table.write_record([
                decimal::seconds(moment.time),
                room.to_string(),
                moment.epoch.to_string(),
                node.to_string(),
                state.to_owned(),
                unmerged.to_string(),
            ])?;
        }
    }
    table.flush()?;
    Ok(())
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Option<SmallRoom>> {
    let mut small: Option<SmallRoom> = None;
    for line in csv::Reader::from_reader(from).deserialize::<Line>() {
        let line = line?;
        let small = small.get_or_insert_with(|| SmallRoom {
            room: line.room,
            moments: Vec::new(),
        });
        if line.node == 0 {
            small.moments.push(TreeMoment {
                time: line.time_s,
                epoch: line.epoch,
                nodes: Vec::new(),
            });
        }
        let goes_on = |last: &&mut TreeMoment| {
            let next = (last.time, last.epoch, last.nodes.len());
            next == (line.time_s, line.epoch, line.node)
        };
        let room = small.room;
        match small.moments.last_mut().filter(goes_on) {
            Some(moment) if room == line.room => moment.nodes.push(line.state()),
            _ => {
                let text = format!(
                    "node {} of epoch {} in room {} does not follow on the row before",
                    line.node, line.epoch, line.room
                );
                return Err(io::Error::other(text).into());
            }
        }
    }
    Ok(small)
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    #[serde(deserialize_with = "decimal::read_seconds")]
    time_s: SimTime,
    room: u32,
    epoch: u64,
    node: usize,
    state: State,
    unmerged: u32,
}

impl Line {
    fn state(&self) -> NodeState {
        match self.state {
            State::Blank => NodeState::Blank,
            State::Filled => NodeState::Filled {
                unmerged: self.unmerged,
            },
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Blank,
    Filled,
}
