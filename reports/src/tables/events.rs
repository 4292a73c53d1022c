//! `events.csv`: what the scenario planned for one moment.

use super::cells::{Plain, Seconds};
use super::row::table;
use throng_record::EventMark;

table! {
    EventMark {
        ["time_s"] time: Seconds,
        ["event"] name: Plain,
    }
}
