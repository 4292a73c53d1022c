//! Churn on plots over time: what the scenario planned for one moment as lines across, and the leaves that commits
//! changed as bars beneath.

use super::canvas::{Anchor, Canvas};
use super::frame::{Frame, Sign};
use super::palette::Colour;
use std::collections::BTreeMap;
use throng_record::{CommitRow, EventMark};

/// More names than this would fill a phone; the others share a letter.
const MOST_NAMES: usize = 6;

/// Pixels from one bar to the next; its own width is one less.
const PITCH: i32 = 4;

/// Pixels between the axis and the first row, where the label of its lowest tick ends.
const GAP: i32 = 4;

/// Pixels of a row of bars, the gap above it included, and of its highest bar.
const ROW: i32 = 12;
const HIGHEST: i32 = 9;

/// The moments of the scenario's events, and what each is called.
pub(super) struct Events {
    /// In seconds.
    times: Vec<(f64, char)>,
    names: Vec<(char, String)>,
}

impl Events {
    /// Events of one name share a letter.
    pub(super) fn new(marks: &[EventMark]) -> Self {
        let mut named: Vec<&str> = Vec::new();
        for mark in marks {
            if !named.contains(&mark.name.as_str()) {
                named.push(&mark.name);
            }
        }
        let (mut names, mut times) = (Vec::new(), Vec::new());
        let shared = named.len() > MOST_NAMES;
        let own = if shared { MOST_NAMES - 1 } else { MOST_NAMES };
        for (letter, name) in ('A'..).zip(named.iter().take(own)) {
            names.push((letter, (*name).to_owned()));
        }
        if shared {
            names.push(('…', format!("{} others", named.len() - own)));
        }
        for mark in marks {
            let found = names.iter().find(|(_, name)| *name == mark.name);
            let letter = found.map_or('…', |(letter, _)| *letter);
            times.push((mark.time.as_secs_f64(), letter));
        }
        Self { times, names }
    }

    pub(super) fn legend(&self) -> impl Iterator<Item = (String, Sign)> + '_ {
        let entry = |(letter, name): &(char, String)| (name.clone(), Sign::Letter(*letter));
        self.names.iter().map(entry)
    }

    /// Pixels that the letters need above the plot.
    pub(super) fn height(&self, font: i32) -> i32 {
        if self.times.is_empty() { 0 } else { font / 2 }
    }

    /// A line for each, with its letter above where there is room.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        let font = canvas.size.font();
        let mut free_from = i32::MIN;
        let mut last = None;
        for (time, letter) in &self.times {
            let x = frame.x(*time);
            if last.replace(x) == Some(x) {
                continue;
            }
            canvas.leader(vec![(x, frame.top), (x, frame.bottom)], Colour::Ink);
            if x - font / 3 >= free_from {
                let above = (x, frame.top - font / 2);
                canvas.text(&letter.to_string(), above, Anchor::Centre, Colour::Ink);
                free_from = x + font / 2;
            }
        }
    }
}

/// What accepted commits did to leaves: a row for each kind of change that there was.
pub(super) struct Rug {
    rows: Vec<Row>,
}

struct Row {
    sign: &'static str,
    name: &'static str,
    colour: Colour,
    /// When, in seconds, and how many leaves.
    changes: Vec<(f64, u64)>,
}

impl Rug {
    pub(super) fn new(commits: &[CommitRow]) -> Self {
        let row = |sign, name, colour, of: fn(&CommitRow) -> usize| Row {
            sign,
            name,
            colour,
            changes: commits
                .iter()
                .map(|commit| (commit.time.as_secs_f64(), of(commit) as u64))
                .filter(|(_, leaves)| *leaves > 0)
                .collect(),
        };
        let mut rows = vec![
            row("+", "joined", Colour::Green, joins),
            row("−", "left", Colour::Vermilion, leaves),
            row("↻", "updated", Colour::Muted, updates),
        ];
        rows.retain(|row| !row.changes.is_empty());
        Self { rows }
    }

    /// In pixels.
    pub(super) fn height(&self) -> i32 {
        match self.rows.len() as i32 {
            0 => 0,
            rows => GAP + rows * ROW,
        }
    }

    /// What its rows are, to go on behind the name of the axis.
    pub(super) fn key(&self) -> String {
        let entry = |row: &Row| format!(" {} {}", row.sign, row.name);
        let entries: Vec<String> = self.rows.iter().map(entry).collect();
        match entries.is_empty() {
            true => String::new(),
            false => format!(" ·{}", entries.join(",")),
        }
    }

    /// Bars between the axis and its labels. Their areas, not their heights, stand for numbers: a single leaf is seen
    /// beside a thousand.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        for (base, row) in (1..)
            .map(|at| frame.bottom + GAP + at * ROW)
            .zip(&self.rows)
        {
            let bars = row.bars(frame);
            let most = bars.values().max().copied().unwrap_or(1) as f64;
            let mut corners = vec![(frame.left, base)];
            for (x, leaves) in bars {
                let high = f64::from(HIGHEST) * (leaves as f64 / most).sqrt();
                let top = base - (high.round() as i32).max(2);
                let right = x + PITCH - 1;
                corners.extend([(x, base), (x, top), (right, top), (right, base)]);
            }
            canvas.polygon(corners, row.colour);
            let sign = (frame.left - 6, base - HIGHEST / 2);
            canvas.text(row.sign, sign, Anchor::Right, row.colour);
        }
    }
}

impl Row {
    /// The left ends of bars, and how many leaves each stands for.
    fn bars(&self, frame: &Frame) -> BTreeMap<i32, u64> {
        let mut bars = BTreeMap::new();
        for (time, leaves) in &self.changes {
            let x = frame.left + (frame.x(*time) - frame.left) / PITCH * PITCH;
            let sum: &mut u64 = bars.entry(x).or_default();
            *sum = sum.saturating_add(*leaves);
        }
        bars
    }
}

/// One who comes back by an external commit that removes its old leaf neither joins nor leaves.
fn comes_back(commit: &CommitRow) -> bool {
    commit.external && !commit.removes.is_empty()
}

fn joins(commit: &CommitRow) -> usize {
    commit.adds.len() + usize::from(commit.external && !comes_back(commit))
}

fn leaves(commit: &CommitRow) -> usize {
    if comes_back(commit) {
        0
    } else {
        commit.removes.len()
    }
}

/// Proposed updates, those who come back, and commits that do nothing but refresh their committer.
fn updates(commit: &CommitRow) -> usize {
    let proposed = commit.updates.len();
    let bare = joins(commit) + leaves(commit) + proposed == 0;
    proposed + usize::from(bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::SimTime;

    fn events(names: &[&str]) -> Events {
        let mark = |(at, name): (u64, &&str)| EventMark {
            time: SimTime::from_nanos(at),
            name: (*name).to_owned(),
        };
        Events::new(&(0..).zip(names).map(mark).collect::<Vec<_>>())
    }

    fn letters(events: &Events) -> String {
        events.times.iter().map(|(_, letter)| *letter).collect()
    }

    #[test]
    fn events_of_one_name_share_a_letter_and_so_do_those_too_many() {
        assert_eq!(letters(&events(&["a", "b", "a", "c"])), "ABAC");
        let six = events(&["a", "b", "c", "d", "e", "f"]);
        assert_eq!((letters(&six).as_str(), six.names.len()), ("ABCDEF", 6));
        let many = events(&["a", "b", "c", "d", "e", "f", "g", "a"]);
        assert_eq!(letters(&many), "ABCDE……A");
        assert_eq!(many.names[5], ('…', "2 others".to_owned()));
    }
}
