//! One small room's ratchet tree at moments of its life.

use super::canvas::{Anchor, Canvas, Size};
use super::frame::{MARGIN, Sign, Words, head, no_data};
use super::palette::Colour;
use crate::details::Details;
use crate::units;
use throng_mls::tree_health::{NodeState, SMALL_TREE};
use throng_record::{CommitRow, TreeMoment};
use throng_workloads::time::SimTime;

/// Pixels between one tree and the next.
const GAP: i32 = 10;

pub(super) fn trees(canvas: &mut Canvas<'_>, title: &'static str, record: &Details<'_>) {
    let mut words = Words {
        title: title.to_owned(),
        ..Words::default()
    };
    let groups = record.groups.as_ref();
    let Some(small) = groups.and_then(|groups| groups.small_room.as_ref()) else {
        let why = format!("no followed room stayed within {SMALL_TREE} leaves");
        return no_data(canvas, &words, &why);
    };
    words.vertical = format!("room {}, after some of its commits", small.room);
    words.legend = [
        ("filled", Sign::Dot(Colour::Blue)),
        ("blank", Sign::Ring(Colour::Muted)),
        ("n leaves unmerged", Sign::Dot(Colour::Orange)),
        ("commit's path", Sign::Block(Colour::Green)),
    ]
    .map(|(name, sign)| (name.to_owned(), sign))
    .to_vec();
    let top = head(canvas, &words) + GAP / 2;
    let (most, columns) = match canvas.size {
        Size::Wide => (8, 4),
        Size::Narrow => (4, 2),
    };
    let count = small.shown(most).count();
    let columns = columns.min(count).max(1);
    let rows = count.div_ceil(columns).max(1);
    let (width, height) = canvas.extent();
    let cell = (
        (width - 2 * MARGIN + GAP) / columns as i32,
        (height - MARGIN - top + GAP) / rows as i32,
    );
    for (at, moment) in small.shown(most).enumerate() {
        let left = MARGIN + (at % columns) as i32 * cell.0;
        let row = top + (at / columns) as i32 * cell.1;
        let commit = record
            .commits()
            .iter()
            .find(|row| (row.room, row.epoch) == (small.room, moment.epoch));
        let area = Area {
            left,
            top: row,
            width: cell.0 - GAP,
            height: cell.1 - GAP,
        };
        area.draw(canvas, moment, commit);
    }
}

/// Where one tree is drawn, in pixels.
struct Area {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Area {
    fn draw(&self, canvas: &mut Canvas<'_>, moment: &TreeMoment, commit: Option<&CommitRow>) {
        let font = canvas.size.font();
        let label = match moment.time {
            SimTime::ZERO => "at the start".to_owned(),
            time => {
                let time = units::seconds_short(time.as_secs_f64());
                format!("{time}, epoch {}", moment.epoch)
            }
        };
        let at = (self.left, self.top + font / 2);
        canvas.text(&label, at, Anchor::Left, Colour::Muted);
        let nodes = moment.nodes.len() as u32;
        let leaves = nodes.div_ceil(2).max(1).next_power_of_two();
        let tree = Tree {
            area: self,
            leaves,
            from: self.top + font + 10,
        };
        let edges = (0..leaves).flat_map(|leaf| tree.branch(leaf));
        let lines: Vec<Vec<(i32, i32)>> = edges.collect();
        for line in lines {
            canvas.line(line, Colour::Grid, 1);
        }
        if let Some(commit) = commit.filter(|commit| commit.path && commit.committer_leaf < leaves)
        {
            let path = (0..=tree.height()).map(|height| tree.place(height, commit.committer_leaf));
            canvas.line(path.collect(), Colour::Green, 4);
        }
        let radius = (self.width / leaves as i32 / 2 - 1).clamp(2, 5);
        for (index, node) in (0_u32..).zip(&moment.nodes) {
            let height = index.trailing_ones();
            let at = tree.place(height, index / 2);
            match node {
                NodeState::Blank => canvas.ring(at, radius as u32, Colour::Muted),
                NodeState::Filled { unmerged: 0 } => {
                    canvas.dot(at, radius as u32, Colour::Blue, 1.0);
                }
                NodeState::Filled { unmerged } => {
                    canvas.dot(at, radius as u32, Colour::Orange, 1.0);
                    canvas.small(&unmerged.to_string(), (at.0 + radius + 1, at.1 - radius));
                }
            }
        }
    }
}

/// Where a tree's nodes stand.
struct Tree<'a> {
    area: &'a Area,
    leaves: u32,
    /// The row of the root.
    from: i32,
}

impl Tree<'_> {
    fn height(&self) -> u32 {
        self.leaves.ilog2()
    }

    /// The node so high above a leaf.
    fn place(&self, height: u32, leaf: u32) -> (i32, i32) {
        let span = 1 << height;
        let middle = f64::from(leaf / span * span) + f64::from(span) / 2.0;
        let x = f64::from(self.area.width) * middle / f64::from(self.leaves);
        let room = self.area.top + self.area.height - 6 - self.from;
        let step = f64::from(room) / f64::from(self.height().max(4));
        let down = f64::from(self.height().saturating_sub(height)) * step;
        (
            self.area.left + x.round() as i32,
            self.from + down.round() as i32,
        )
    }

    /// The way up from a leaf as far as no leaf before it has drawn it.
    fn branch(&self, leaf: u32) -> Option<Vec<(i32, i32)>> {
        let new = match leaf {
            0 => self.height(),
            _ => leaf.trailing_zeros() + 1,
        };
        (self.height() > 0).then(|| (0..=new).map(|height| self.place(height, leaf)).collect())
    }
}
