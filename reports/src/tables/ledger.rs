//! `shard/*.csv`: what a shard of a load keeps of what concerns the others. Times are seconds of the measured part.
//!
//! - `sent.csv`: what its users sent and a hub accepted; `got.csv`: what of others' came to its clients, by the same digests.
//! - `invited.csv`: whom its users want in a room; `joined.csv`: who of its clients came, but for those that did so by themselves.
//! - `members.csv`: how many of its clients are members, whenever that changes; `stays.csv`: which are at the end.
//! - `agreed.csv`: on what its clients agree, state by state.

use super::cells::{Maybe, Plain, Seconds, Truth};
use super::row::{Cells, Codec, table};
use data_encoding::HEXLOWER;
use throng_record::shard::{
    Agreed, EventSort, GotEvent, Invited, Joined, MemberCount, SentEvent, Stay,
};
use throng_workloads::intent::{ClientId, RoomId, UserId};

/// The number by which somebody or something is called.
struct Number;

macro_rules! numbers {
    ($($of:ident),+) => {$(
        impl Codec<$of> for Number {
            fn write(value: &$of, cells: &mut Vec<String>) {
                Plain::write(&value.0, cells);
            }

            fn read(cells: &mut Cells<'_>) -> Result<$of, String> {
                Plain::read(cells).map($of)
            }
        }
    )+};
}
numbers!(ClientId, RoomId, UserId);

/// Bytes in hexadecimal.
struct Hex;

impl<const BYTES: usize> Codec<[u8; BYTES]> for Hex {
    fn write(value: &[u8; BYTES], cells: &mut Vec<String>) {
        cells.push(HEXLOWER.encode(value));
    }

    fn read(cells: &mut Cells<'_>) -> Result<[u8; BYTES], String> {
        let text = cells.next();
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| format!("{text:?} is no {BYTES} bytes in hexadecimal"))
    }
}

/// What latencies count an event as.
struct Sort;

const SORTS: [(EventSort, &str); 3] = [
    (EventSort::Message, "message"),
    (EventSort::Change, "change"),
    (EventSort::Other, "other"),
];

impl Codec<EventSort> for Sort {
    fn write(value: &EventSort, cells: &mut Vec<String>) {
        let name = SORTS.iter().find(|(sort, _)| sort == value);
        cells.push(name.map_or_else(String::new, |(_, name)| (*name).to_owned()));
    }

    fn read(cells: &mut Cells<'_>) -> Result<EventSort, String> {
        let text = cells.next();
        let sort = SORTS.iter().find(|(_, name)| *name == text);
        let sort = sort.map(|(sort, _)| *sort);
        sort.ok_or_else(|| format!("{text:?} is none of message, change, other"))
    }
}

table! {
    SentEvent {
        ["digest"] digest: Hex,
        ["room"] room: Number,
        ["sort"] sort: Sort,
        ["wanted_s"] wanted: Seconds,
        ["sent_s"] sent: Seconds,
        ["accepted_s"] accepted: Seconds,
        ["last_s"] last: Maybe<Seconds>,
    }
}

table! {
    GotEvent {
        ["digest"] digest: Hex,
        ["client"] client: Number,
        ["online_since_s"] since: Seconds,
        ["at_s"] at: Seconds,
        ["read"] read: Truth,
    }
}

table! {
    Invited {
        ["room"] room: Number,
        ["user"] user: Number,
        ["since_s"] since: Seconds,
    }
}

table! {
    Joined {
        ["room"] room: Number,
        ["user"] user: Number,
        ["online_since_s"] since: Seconds,
        ["at_s"] at: Seconds,
    }
}

table! {
    MemberCount {
        ["at_s"] at: Seconds,
        ["room"] room: Number,
        ["members"] members: Plain,
    }
}

table! {
    Stay {
        ["room"] room: Number,
        ["client"] client: Number,
        ["since_s"] since: Seconds,
        ["online"] online: Truth,
    }
}

table! {
    Agreed {
        ["room"] room: Number,
        ["state"] state: Plain,
        ["digest"] digest: Hex,
    }
}
