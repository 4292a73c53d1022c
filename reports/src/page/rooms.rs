//! The table of rooms: figures of each, and how they came about.

use super::sparkline::sparkline;
use super::table::{Cell, NONE, Table};
use crate::details::Details;
use crate::summary::{Summary, TreeSummary};
use crate::{names, units};
use maud::{Markup, html};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use throng_mls::tree_health::TreeHealth;
use throng_record::{CommitRow, RoomRow};
use throng_workloads::time::SimTime;

/// Rooms that a page lists; `rooms.csv` has them all.
const MOST: usize = 50;

/// Parts of the run that a sparkline tells apart.
const PARTS: usize = 48;

/// Columns that only groups have, which of all they are.
const MEMBERS: (usize, &str) = (4, "members over time");
const COMMITS: (usize, &str) = (7, "commits over time");
const CIPHERTEXTS: (usize, &str) = (11, "ciphertexts of a commit over time");
const NEXT: (usize, &str) = (12, "of the next commit");

/// All of these, those last that only whoever sees the trees knows.
const OF_GROUPS: [(usize, &str); 4] = [MEMBERS, COMMITS, CIPHERTEXTS, NEXT];
const OF_TREES: usize = 2;

pub(super) fn rooms(summary: &Summary, details: &Details<'_>) -> Markup {
    let mut rooms: Vec<(usize, &RoomRow)> = details.rooms.iter().enumerate().collect();
    rooms.sort_by_key(|(_, row)| (Reverse(row.members), row.room));
    let all = rooms.len();
    rooms.truncate(MOST);
    let known = summary.tree.as_ref().is_some_and(TreeSummary::is_known);
    let columns = OF_GROUPS.len() - if known { 0 } else { OF_TREES };
    let mut commits: BTreeMap<u32, Vec<&CommitRow>> = rooms
        .iter()
        .map(|(_, row)| (row.room, Vec::new()))
        .collect();
    for commit in details.commits() {
        if let Some(of_room) = commits.get_mut(&commit.room) {
            of_room.push(commit);
        }
    }
    let rows = rooms.iter().map(|(at, row)| {
        let mut cells = vec![
            Cell::exact(row.room.into(), row.room.to_string()),
            Cell::words(&row.hub),
            row.created.map_or_else(
                || Cell::words(NONE),
                |at| Cell::exact(at.as_nanos(), at.to_string()),
            ),
            Cell::words(names::start(row.start)),
            Cell::count(row.initial_members.into()),
            Cell::count(row.members.into()),
            Cell::count(row.commits),
            Cell::count(row.attempts),
            Cell::count(row.messages),
            Cell::bytes(row.fanout_bytes),
        ];
        if let Some(groups) = &details.groups {
            let tree = groups.trees.get(*at).copied().unwrap_or_default();
            let life = Life::new(row, &tree, &commits[&row.room], summary.run.end_s);
            let further = [
                (MEMBERS, spark("members", &life.members)),
                (
                    COMMITS,
                    spark("commits in each part of the run", &life.commits),
                ),
                (
                    CIPHERTEXTS,
                    spark("ciphertexts in the next commit", &life.ciphertexts),
                ),
                (
                    NEXT,
                    Cell::number(tree.mean_ciphertexts(), units::significant),
                ),
            ];
            for ((place, _), cell) in further.into_iter().take(columns) {
                cells.insert(place, cell);
            }
        }
        cells
    });
    let mut head = vec![
        "room",
        "hub",
        "begun",
        "start",
        "at first",
        "at the end",
        "commits",
        "commits sent",
        "messages",
        "bytes fanned out",
    ];
    if details.groups.is_some() {
        for (place, name) in OF_GROUPS.into_iter().take(columns) {
            head.insert(place, name);
        }
    }
    let table = Table {
        name: "Rooms",
        words: 2,
        head: &head,
        rows: rows.collect(),
        search: Some("rooms"),
    };
    html! {
        @if all > MOST {
            p { "The largest " (MOST) " of " (units::count(all as u64)) "; rooms.csv has them all." }
        }
        (table.show())
    }
}

fn spark(what: &str, values: &[Option<f64>]) -> Cell {
    let last = values.iter().rev().find_map(|value| *value);
    Cell::picture(sparkline(what, values), last)
}

/// What changed in a room, at the end of each part of the run; nothing before it is known.
struct Life {
    members: Vec<Option<f64>>,
    /// In each part.
    commits: Vec<Option<f64>>,
    /// Mean over members.
    ciphertexts: Vec<Option<f64>>,
}

impl Life {
    /// Of a room with this tree at the end, in a run of so many seconds.
    fn new(row: &RoomRow, tree: &TreeHealth, commits: &[&CommitRow], end_s: f64) -> Self {
        let part = |time: SimTime| {
            let share = time.as_secs_f64() / end_s.max(f64::MIN_POSITIVE);
            ((share * PARTS as f64) as usize).min(PARTS - 1)
        };
        let mut life = Self {
            members: vec![None; PARTS],
            commits: vec![None; PARTS],
            ciphertexts: vec![None; PARTS],
        };
        let Some(created) = row.created.map(part) else {
            return life;
        };
        life.commits[created..].fill(Some(0.0));
        life.members[created] = Some(row.initial_members.into());
        if commits.is_empty() {
            life.ciphertexts[created] = Some(tree.mean_ciphertexts());
        }
        for commit in commits {
            let at = part(commit.time);
            life.members[at] = Some(commit.health.members.into());
            life.ciphertexts[at] = Some(commit.health.mean_ciphertexts());
            life.commits[at] = Some(1.0 + life.commits[at].unwrap_or(0.0));
        }
        for levels in [&mut life.members, &mut life.ciphertexts] {
            let mut last = None;
            for level in levels {
                last = level.or(last);
                *level = last;
            }
        }
        life
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::SimSpan;

    fn room(created: Option<u64>) -> RoomRow {
        RoomRow {
            room: 7,
            hub: "a.example".to_owned(),
            created: created.map(SimTime::from_nanos),
            start: throng_workloads::scenario::Start::AtOnce,
            initial_members: 1,
            members: 2,
            first_epoch: 0,
            epoch: 0,
            commits: 0,
            attempts: 0,
            messages: 0,
            fanout_bytes: 0,
        }
    }

    const TREE: TreeHealth = TreeHealth {
        members: 2,
        leaves: 2,
        blank_leaves: 0,
        blank_parents: 0,
        unmerged_leaves: 0,
        ciphertexts_sum: 2,
    };

    fn commit(time: u64, members: u32) -> CommitRow {
        CommitRow {
            time: SimTime::from_nanos(time),
            room: 7,
            epoch: 1,
            committer_leaf: 0,
            external: false,
            adds: Vec::new(),
            removes: Vec::new(),
            updates: Vec::new(),
            path: true,
            ciphertexts: 0,
            commit_bytes: 0,
            welcome_bytes: 0,
            health: TreeHealth {
                members,
                ciphertexts_sum: u64::from(3 * members),
                ..TreeHealth::default()
            },
            attempts: 1,
            accept: SimSpan::ZERO,
            converge_p50: None,
            converge_p99: None,
            converge_max: None,
        }
    }

    #[test]
    fn levels_last_until_the_next_commit_and_counts_do_not() {
        let end = SimTime::from_nanos(PARTS as u64 * 10).as_secs_f64();
        let commits = [commit(25, 4), commit(29, 5), commit(50, 6)];
        let life = Life::new(&room(Some(12)), &TREE, &commits.each_ref()[..], end);
        let (zero, three) = (Some(0.0), Some(3.0));
        assert_eq!(
            life.members[..6],
            [None, Some(1.0), Some(5.0), Some(5.0), Some(5.0), Some(6.0)]
        );
        assert_eq!(
            life.commits[..6],
            [None, zero, Some(2.0), zero, zero, Some(1.0)]
        );
        assert_eq!(
            life.ciphertexts[..6],
            [None, None, three, three, three, three]
        );
        assert_eq!(life.members[PARTS - 1], Some(6.0));
    }

    #[test]
    fn a_room_without_commits_stays_as_it_is_and_one_that_never_began_has_no_life() {
        let end = 1e-6;
        let still = Life::new(&room(Some(0)), &TREE, &[], end);
        assert_eq!(still.ciphertexts, vec![Some(1.0); PARTS]);
        let never = Life::new(&room(None), &TREE, &[], end);
        assert_eq!(never.commits, vec![None; PARTS]);
    }
}
