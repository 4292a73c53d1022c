//! Rooms in which nobody can commit any more are named.

use crate::sample;
use throng_record::{Record, StuckRoom};
use throng_reports::page::{Figure, html};
use throng_reports::{Details, Summary, summary_text};
use throng_workloads::time::{SimSpan, SimTime};

fn stuck(rooms: u32) -> Record {
    let stuck = |room: u32| StuckRoom {
        room,
        since: SimTime::ZERO + SimSpan::from_secs(90 + u64::from(room)),
        proposals: 1 + u64::from(room),
        leaving: u64::from(room),
        lost: 1 + u64::from(room),
    };
    Record {
        stuck_rooms: (0..rooms).map(stuck).collect(),
        ..sample::record()
    }
}

fn terminal(record: &Record) -> String {
    summary_text(&sample::scenario(), record, &sample::info(), false)
}

#[test]
fn a_terminal_says_which_rooms_are_stuck_since_when_and_why() {
    assert!(!terminal(&stuck(0)).contains("stuck"));
    let text = terminal(&stuck(3));
    let told: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.contains("stuck"))
        .take(4)
        .collect();
    assert_eq!(
        told,
        [
            "  stuck: in 3 rooms nobody can commit any more",
            "    room 0 since 90 s: all members have lost their devices; 1 proposal waits",
            "    room 1 since 91 s: 1 member is to be removed, the other 2 are lost; 2 proposals wait",
            "    room 2 since 92 s: 2 members are to be removed, the other 3 are lost; 3 proposals wait",
        ]
    );
    assert!(terminal(&stuck(1)).contains("stuck: in 1 room nobody"));
    assert!(terminal(&stuck(12)).contains("    and 4 more in summary.json"));
}

#[test]
fn the_page_and_the_summary_say_it_too() {
    let record = stuck(2);
    let summary = Summary::new(&sample::scenario(), &record, &sample::info());
    let details = Details::from(&record);
    let page = html(&summary, &details, &Figure::all(&details).expect("drawn"));
    assert!(page.contains("stuck: in 2 rooms nobody can commit any more."));
    assert!(page.contains(
        "room 1 since 91 s: 1 member is to be removed, the other 2 are lost; 2 proposals wait"
    ));
    let room = &summary.stuck_rooms[1];
    assert_eq!(
        (room.room, room.since_s, room.leaving, room.lost),
        (1, 91.0, 1, 2)
    );
}
