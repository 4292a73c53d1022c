//! `generator.csv`: the generator of a load, second by second; `time_s` is the end of a second.

use super::cells::{Millis, Plain, Seconds};
use super::row::table;
use throng_record::GeneratorPoint;

table! {
    GeneratorPoint {
        ["time_s"] time: Seconds,
        ["due"] intended: Plain,
        ["taken"] taken: Plain,
        ["late_max_ms"] late_max: Millis,
        ["delay_max_ms"] delay_max: Millis,
        ["cpu_s"] cpu: Seconds,
        ["memory_bytes"] memory: Plain,
        ["under_way"] under_way: Plain,
    }
}
