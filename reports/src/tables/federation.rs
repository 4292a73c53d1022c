//! `costs.csv`, `pairs.csv`, `exposure.csv`, `dependence.csv`, `outages.csv`: who paid for whom, who saw what, and what stops with whom.

use super::cells::{Maybe, Millis, Name, Plain, Seconds};
use super::row::table;
use throng_record::{CostRow, DependenceRow, ExposureRow, OutageRow, PairRow};

table! {
    CostRow {
        ["provider"] provider: Plain,
        ["role"] role: Name,
        ["users"] users: Name,
        ["requests"] requests: Plain,
        ["received_bytes"] received: Plain,
        ["sent_bytes"] sent: Plain,
        ["events"] events: Plain,
        ["cpu_s"] cpu: Seconds,
        ["stored_mean_bytes"] stored: Plain,
    }
}

table! {
    PairRow {
        ["provider"] provider: Plain,
        ["other"] other: Plain,
        ["sent_to_bytes"] sent_to: Plain,
        ["sent_for_bytes"] sent_for: Plain,
        ["cpu_for_s"] cpu_for: Seconds,
    }
}

table! {
    ExposureRow {
        ["party"] party: Plain,
        ["role"] role: Name,
        ["rooms"] rooms: Plain,
        ["names"] names: Plain,
        ["users"] users: Plain,
        ["others"] others: Plain,
        ["memberships"] memberships: Plain,
        ["packets"] packets: Plain,
        ["packet_bytes"] packet_bytes: Plain,
        ["messages"] messages: Plain,
        ["senders"] senders: Plain,
        ["changes"] changes: Plain,
        ["key_requests"] key_requests: Plain,
        ["presences"] presences: Plain,
        ["downloads"] downloads: Plain,
        ["content_bytes"] content_bytes: Plain,
    }
}

table! {
    DependenceRow {
        ["provider"] provider: Plain,
        ["rooms"] rooms: Plain,
        ["rooms_all"] rooms_all: Plain,
        ["messages"] messages: Plain,
        ["own_elsewhere"] own_elsewhere: Plain,
        ["messages_all"] messages_all: Plain,
        ["reads_elsewhere"] reads_elsewhere: Plain,
        ["reads_all"] reads_all: Plain,
    }
}

table! {
    OutageRow {
        ["provider"] provider: Plain,
        ["from_s"] from: Seconds,
        ["until_s"] until: Seconds,
        ["concerned"] concerned: Name,
        ["wanted"] wanted: Plain,
        ["accepted_during"] accepted_during: Plain,
        ["accepted_after"] accepted_after: Plain,
        ["longest_wait_ms"] longest_wait: Millis,
        ["delivered"] delivered: Plain,
        ["delivered_during"] delivered_during: Plain,
        ["last_s"] last: Maybe<Seconds>,
    }
}
