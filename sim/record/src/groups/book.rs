//! Follows the groups of a run, at the moments of which the recorder tells.

use super::data::{CommitRow, GroupRecord, TreeSample};
use super::small_room::SmallRooms;
use throng_mls::accepted::{AcceptedCommit, GROUPS, GroupTree};
use throng_mls::tree_health::TreeHealth;
use throng_stack::{Accepted, Detail, Vocabulary};
use throng_workloads::intent::RoomId;
use throng_workloads::time::{SimSpan, SimTime};

/// What is known of groups so far.
#[derive(Debug, Clone)]
pub(crate) struct GroupBook {
    commits: Vec<CommitRow>,
    /// By room.
    trees: Vec<TreeHealth>,
    series: Vec<TreeSample>,
    small_rooms: SmallRooms,
}

impl GroupBook {
    /// For so many rooms of a stack; none where its facts tell nothing of groups.
    pub(crate) fn of(vocabulary: &Vocabulary, rooms: usize) -> Option<Self> {
        vocabulary.details.contains(&GROUPS).then(|| Self {
            commits: Vec::new(),
            trees: vec![TreeHealth::default(); rooms],
            series: Vec::new(),
            small_rooms: SmallRooms::default(),
        })
    }

    /// A room's group began.
    pub(crate) fn opened(&mut self, at: SimTime, room: RoomId, detail: Option<&dyn Detail>) {
        let tree = detail.and_then(|detail| detail.as_any().downcast_ref::<GroupTree>());
        if let (Some(tree), Some(known)) = (tree, self.trees.get_mut(room.0 as usize)) {
            *known = tree.health;
            self.small_rooms.seen(room.0, at, 0, tree.nodes.as_deref());
        }
    }

    /// A change of a room was accepted: at this epoch, counted from the room's first, after so many attempts, so long after it
    /// was wanted. Returns the row of its commit.
    pub(crate) fn accepted(
        &mut self,
        at: SimTime,
        accepted: &Accepted,
        epoch: u64,
        (attempts, accept): (u32, SimSpan),
    ) -> Option<usize> {
        let commit = accepted.detail::<AcceptedCommit>()?;
        let (room, effect) = (accepted.room.0, &commit.effect);
        *self.trees.get_mut(room as usize)? = effect.health;
        self.small_rooms
            .seen(room, at, epoch, commit.tree.as_deref());
        let leaves = |list: &[(u32, Vec<u8>)]| list.iter().map(|(leaf, _)| *leaf).collect();
        self.commits.push(CommitRow {
            time: at,
            room,
            epoch,
            committer_leaf: effect.committer_leaf,
            external: effect.external,
            adds: leaves(&effect.adds),
            removes: leaves(&effect.removes),
            updates: effect.updates.clone(),
            path: effect.path,
            ciphertexts: effect.ciphertexts,
            commit_bytes: commit.commit_bytes,
            welcome_bytes: commit.welcome_bytes,
            health: effect.health,
            attempts,
            accept,
            converge_p50: None,
            converge_p99: None,
            converge_max: None,
        });
        Some(self.commits.len() - 1)
    }

    /// What was so far was preparation: only the trees stay.
    pub(crate) fn begin_measuring(&mut self) {
        self.commits.clear();
        self.small_rooms = SmallRooms::default();
    }

    /// A row's commit has reached all whom it was to reach: half of them, 99 % of them, and the last after so long.
    pub(crate) fn converged(&mut self, row: usize, [p50, p99, last]: [Option<SimSpan>; 3]) {
        if let Some(row) = self.commits.get_mut(row) {
            row.converge_p50 = p50;
            row.converge_p99 = p99;
            row.converge_max = last;
        }
    }

    /// A sample of the run ended.
    pub(crate) fn sample(&mut self, time: SimTime) {
        let mut sample = TreeSample {
            time,
            ..TreeSample::default()
        };
        let (mut ciphertexts, mut members) = (0, 0);
        for tree in &self.trees {
            members += u64::from(tree.members);
            ciphertexts += tree.ciphertexts_sum;
            sample.blank_leaves += u64::from(tree.blank_leaves);
            sample.blank_parents += u64::from(tree.blank_parents);
            sample.unmerged_leaves += u64::from(tree.unmerged_leaves);
        }
        if members > 0 {
            sample.mean_ciphertexts = ciphertexts as f64 / members as f64;
        }
        self.series.push(sample);
    }

    /// The record of groups.
    pub(crate) fn finish(mut self) -> GroupRecord {
        self.commits
            .sort_by_key(|row| (row.time, row.room, row.epoch));
        GroupRecord {
            commits: self.commits,
            trees: self.trees,
            series: self.series,
            small_room: self.small_rooms.busiest(),
        }
    }
}
