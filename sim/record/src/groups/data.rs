//! The record of groups.

use super::small_room::SmallRoom;
use throng_mls::tree_health::TreeHealth;
use throng_workloads::time::{SimSpan, SimTime};

/// What groups add to the record of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupRecord {
    /// A row per accepted commit, in order of acceptance (time, then room).
    pub commits: Vec<CommitRow>,
    /// The tree of each room at the end, in the order of the record's rooms; of one that never began it is empty.
    pub trees: Vec<TreeHealth>,
    /// All trees together in the course of the run: one for each of the record's samples.
    pub series: Vec<TreeSample>,
    /// The ratchet tree of one small room in the course of its life; `None` where no small room was followed.
    pub small_room: Option<SmallRoom>,
}

/// One accepted commit.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitRow {
    /// When the hub accepted it.
    pub time: SimTime,
    /// The room's number.
    pub room: u32,
    /// The epoch that it created, counted from the room's first: a room's first commit creates 1.
    pub epoch: u64,
    /// The committer's leaf index.
    pub committer_leaf: u32,
    /// Whether it was an external commit.
    pub external: bool,
    /// Leaf indices that proposals added, ascending.
    pub adds: Vec<u32>,
    /// Leaf indices that were removed, ascending.
    pub removes: Vec<u32>,
    /// Leaf indices that Update proposals refreshed, ascending.
    pub updates: Vec<u32>,
    /// Whether it carried a path.
    pub path: bool,
    /// HPKE ciphertexts in its path.
    pub ciphertexts: u32,
    /// Length of the commit's MLSMessage, in bytes.
    pub commit_bytes: u64,
    /// Length of its Welcome's MLSMessage, in bytes; 0 where it has none.
    pub welcome_bytes: u64,
    /// The tree after it.
    pub health: TreeHealth,
    /// Attempts that it took, the accepted one included.
    pub attempts: u32,
    /// Wanted → accepted.
    pub accept: SimSpan,
    /// Accepted → the median online member at the new epoch; `None` where nobody else was online.
    pub converge_p50: Option<SimSpan>,
    /// Accepted → 99 % of online members at the new epoch.
    pub converge_p99: Option<SimSpan>,
    /// Accepted → all online members at the new epoch.
    pub converge_max: Option<SimSpan>,
}

/// The trees of all rooms together when a sample ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TreeSample {
    /// When.
    pub time: SimTime,
    /// Mean ciphertexts of a random member's next commit, over all members of all rooms.
    pub mean_ciphertexts: f64,
    /// Blank leaves over all rooms.
    pub blank_leaves: u64,
    /// Blank parents over all rooms.
    pub blank_parents: u64,
    /// Unmerged entries over all rooms.
    pub unmerged_leaves: u64,
}
