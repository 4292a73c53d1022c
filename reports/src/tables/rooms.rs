//! `rooms.csv`: a row for each room, with the tree as it was at the end. `created_s` is empty for a room that never began,
//! `ciphertexts_sum` divided by `final_members` is what a random member's next commit carries, and `epoch` counts from
//! `first_epoch`.

use super::cells::{Beginning, Maybe, Plain, Seconds, Tree};
use super::row::table;
use throng_record::RoomRow;

table! {
    RoomRow {
        ["room"] room: Plain,
        ["hub"] hub: Plain,
        ["created_s"] created: Maybe<Seconds>,
        ["start"] start: Beginning,
        ["initial_members"] initial_members: Plain,
        ["final_members", "leaves", "blank_leaves", "blank_parents", "unmerged_leaves", "ciphertexts_sum"] health: Tree,
        ["first_epoch"] first_epoch: Plain,
        ["epoch"] epoch: Plain,
        ["commits"] commits: Plain,
        ["attempts"] attempts: Plain,
        ["messages"] messages: Plain,
        ["fanout_bytes"] fanout_bytes: Plain,
    }
}
