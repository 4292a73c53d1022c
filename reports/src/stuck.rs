//! Rooms in which nobody can commit any more, in words.

use crate::summary::{StuckRoomSummary, Summary};
use crate::units;

/// Rooms that are named; `summary.json` has them all.
const MOST: usize = 8;

/// What a reader is told first of all about such rooms; nothing where there are none.
pub(crate) fn headline(summary: &Summary) -> Option<String> {
    match summary.stuck_rooms.len() as u64 {
        0 => None,
        1 => Some("stuck: in 1 room nobody can commit any more".to_owned()),
        rooms => Some(format!(
            "stuck: in {} rooms nobody can commit any more",
            units::count(rooms)
        )),
    }
}

/// Which they are, since when and why, a line each.
pub(crate) fn lines(summary: &Summary) -> Vec<String> {
    let rooms = &summary.stuck_rooms;
    let mut lines: Vec<String> = rooms.iter().take(MOST).map(line).collect();
    if rooms.len() > MOST {
        lines.push(format!(
            "and {} more in summary.json",
            units::count((rooms.len() - MOST) as u64)
        ));
    }
    lines
}

fn line(room: &StuckRoomSummary) -> String {
    let why = match room.leaving {
        0 => "all members have lost their devices".to_owned(),
        leaving => format!(
            "{} to be removed, the other {} lost",
            match leaving {
                1 => "1 member is".to_owned(),
                more => format!("{} members are", units::count(more)),
            },
            match room.lost {
                1 => "1 is".to_owned(),
                more => format!("{} are", units::count(more)),
            },
        ),
    };
    format!(
        "room {} since {}: {why}; {}",
        room.room,
        units::seconds_short(room.since_s),
        match room.proposals {
            1 => "1 proposal waits".to_owned(),
            more => format!("{} proposals wait", units::count(more)),
        },
    )
}
