//! `rooms.csv`: a row for each room. `created_s` is empty for a room that never began, and `epoch` counts from `first_epoch`. What
//! MLS groups add stands behind `final_members`: see [`health`](super::health).

use super::cells::{Beginning, Maybe, Plain, Seconds};
use super::row::table;
use throng_record::RoomRow;

table! {
    RoomRow {
        ["room"] room: Plain,
        ["hub"] hub: Plain,
        ["created_s"] created: Maybe<Seconds>,
        ["start"] start: Beginning,
        ["initial_members"] initial_members: Plain,
        ["final_members"] members: Plain,
        ["first_epoch"] first_epoch: Plain,
        ["epoch"] epoch: Plain,
        ["commits"] commits: Plain,
        ["attempts"] attempts: Plain,
        ["messages"] messages: Plain,
        ["fanout_bytes"] fanout_bytes: Plain,
    }
}
