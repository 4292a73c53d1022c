//! `trees.csv`: every node of one small room's ratchet tree at moments of its life. `node` is the index in the array
//! representation of RFC 9420, appendix C: leaves are even. `room` and `epoch` are those of the row in `commits.csv` that tells of
//! the commit before.

use super::cells::{Plain, Seconds};
use super::row::{self, Cells, Codec, table, wrong};
use std::io::Write;
use throng_mls::tree_health::NodeState;
use throng_record::{SmallRoom, TreeMoment};
use throng_workloads::time::SimTime;

/// A node at a moment.
struct Node {
    time: SimTime,
    room: u32,
    epoch: u64,
    node: usize,
    state: NodeState,
}

table! {
    Node {
        ["time_s"] time: Seconds,
        ["room"] room: Plain,
        ["epoch"] epoch: Plain,
        ["node"] node: Plain,
        ["state", "unmerged"] state: State,
    }
}

/// `blank` or `filled`, and how many leaves are unmerged.
struct State;

impl Codec<NodeState> for State {
    fn write(value: &NodeState, cells: &mut Vec<String>) {
        let (state, unmerged) = match value {
            NodeState::Blank => ("blank", 0),
            NodeState::Filled { unmerged } => ("filled", *unmerged),
        };
        cells.extend([state.to_owned(), unmerged.to_string()]);
    }

    fn read(cells: &mut Cells<'_>) -> Result<NodeState, String> {
        let filled = match cells.next() {
            "blank" => false,
            "filled" => true,
            other => return Err(format!("{other:?} is no state; expected blank, filled")),
        };
        let unmerged = Plain::read(cells)?;
        Ok(match filled {
            true => NodeState::Filled { unmerged },
            false => NodeState::Blank,
        })
    }
}

/// Writes the table: no row where no small room was followed.
///
/// # Errors
/// Whatever the writer says.
pub fn write(small: Option<&SmallRoom>, out: impl Write) -> csv::Result<()> {
    let mut nodes = Vec::new();
    for (room, moment) in small.into_iter().flat_map(|small| {
        let moments = small.moments.iter();
        moments.map(|moment| (small.room, moment))
    }) {
        let states = moment.nodes.iter().enumerate();
        nodes.extend(states.map(|(node, state)| Node {
            time: moment.time,
            room,
            epoch: moment.epoch,
            node,
            state: *state,
        }));
    }
    row::write(&nodes, out)
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &[u8]) -> csv::Result<Option<SmallRoom>> {
    let mut small: Option<SmallRoom> = None;
    for line in row::read::<Node>(from)? {
        let small = small.get_or_insert_with(|| SmallRoom {
            room: line.room,
            moments: Vec::new(),
        });
        if line.node == 0 {
            small.moments.push(TreeMoment {
                time: line.time,
                epoch: line.epoch,
                nodes: Vec::new(),
            });
        }
        let goes_on = |last: &&mut TreeMoment| {
            let next = (last.time, last.epoch, last.nodes.len());
            next == (line.time, line.epoch, line.node)
        };
        let room = small.room;
        match small.moments.last_mut().filter(goes_on) {
            Some(moment) if room == line.room => moment.nodes.push(line.state),
            _ => {
                return Err(wrong(format!(
                    "node {} of epoch {} in room {} does not follow on the row before",
                    line.node, line.epoch, line.room
                )));
            }
        }
    }
    Ok(small)
}
