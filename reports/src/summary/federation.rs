//! Who paid for whom, who saw what, and what stops with whom.

use super::part::part;
use crate::units::{self, without_dust};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use throng_record::{CostRow, DependenceRow, ExposureRow, Ledgers, OutageRow};
use throng_workloads::time::{SimSpan, SimTime};

/// The ledgers of a federation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FederationSummary {
    /// What each provider paid, by role and by whose users it was for: six rows each, which add up to what all providers sent, received,
    /// served and used.
    pub costs: Vec<CostSummary>,
    /// What each party saw; empty where the protocol does not say what its packets show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposure: Vec<ExposureSummary>,
    /// What stops when a provider does, a row each.
    pub dependence: Vec<DependenceSummary>,
    /// What stopped while providers were down, four rows for each outage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<OutageSummary>,
}

// Names of measures end with the provider's: it has dots in it, and what goes before has none.

part! {
    /// What one provider paid in one role for some users. Something is for whoever caused it: a message for its sender, wherever it goes.
    CostSummary of (row: &CostRow), "federation/costs/*role,users,provider", "pays.*.*.*." {
        /// Its domain.
        provider: String = row.provider.clone();
        /// `hub`: of rooms that it orders, to and from other providers. `follower`: likewise of rooms that others order. `local provider`: to
        /// and from its own clients. Requests and core time of its own rooms are the hub's, whoever asked.
        role: String = row.role.to_string();
        /// `own` users, or `others`.
        users: String = row.users.to_string();
        requests: u64 = row.requests, one "requests" Count Less "requests that it served and timers that it looked to";
        received_bytes: u64 = row.received, one "received" Bytes Less "bytes that it took from links";
        sent_bytes: u64 = row.sent, one "sent" Bytes Less "bytes that it put on links";
        events: u64 = row.events,
            one "events" Count Less "events among what it sent, once for each whom it sent one to";
        cpu_s: f64 = row.cpu.as_secs_f64(), one "cpu" Seconds Less "core time";
        stored_mean_bytes: u64 = row.stored, one "stored_mean" Bytes Less "bytes that it stored in the mean";
    }
}

impl CostSummary {
    /// Whether it is for users of other providers.
    pub fn is_for_others(&self) -> bool {
        self.users == throng_record::ledgers::data::OTHERS
    }
}

part! {
    /// What one party saw. Nobody but members has what is said, by the protocol's construction; what is counted of them is the most that
    /// they can know.
    #[derive(Eq)]
    ExposureSummary of (row: &ExposureRow), "federation/exposure/*role,party", "sees.*.*." {
        /// A provider's domain; of the network, which links.
        party: String = row.party.clone();
        /// A provider's role (`hub`, `follower`, `local provider`); `members`: all clients of its users; `network`: whoever sees links.
        role: String = row.role.to_string();
        rooms: u64 = row.rooms, one "rooms" Count Less "rooms of which it knows that there is something";
        names: u64 = row.names, one "names" Count Less "of those, rooms whose names it saw";
        users: u64 = row.users, one "users" Count Less "users of whom it knows that they are in some room";
        others: u64 = row.others, one "others" Count Less "of those, users of other providers";
        memberships: u64 = row.memberships, one "memberships" Count Less "memberships that it knows: a user in a room";
        packets: u64 = row.packets, one "packets" Count Neither "packets whose time, length and ends it saw";
        packet_bytes: u64 = row.packet_bytes, one "packet_bytes" Bytes Neither "their bytes";
        messages: u64 = row.messages,
            one "messages" Count Less "packets that it can tell to be messages of a room; of members what they read";
        senders: u64 = row.senders, one "senders" Count Less "those of whose sender it knows";
        changes: u64 = row.changes,
            one "changes" Count Less "packets that say who changes a room's membership, and whom they let in or put out";
        key_requests: u64 = row.key_requests,
            one "key_requests" Count Less "packets that say who asks for whose keys";
        presences: u64 = row.presences,
            one "presences" Count Less "packets that say that a device comes or goes";
        downloads: u64 = row.downloads,
            one "downloads" Count Less "packets that say what is fetched that was attached to a message";
        content_bytes: u64 = row.content_bytes, one "content" Bytes Less "bytes of content";
    }
}

part! {
    /// What stops when a provider does.
    DependenceSummary of (row: &DependenceRow), "federation/dependence/*provider", "without.*." {
        /// Its domain.
        provider: String = row.provider.clone();
        rooms: u64 = row.rooms, one "rooms" Count Less "rooms that it is hub of";
        rooms_share: f64 = share(row.rooms, row.rooms_all),
            one "rooms_share" Share Less "the part of all rooms that they are";
        messages: u64 = row.messages, one "messages" Count Less "messages accepted in those rooms";
        own_elsewhere: u64 = row.own_elsewhere,
            one "own_elsewhere" Count Less "messages of its users in rooms of others";
        messages_share: f64 = share(row.messages.saturating_add(row.own_elsewhere), row.messages_all),
            one "messages_share" Share Less "the part of all messages that both are: they stop";
        reads_elsewhere: u64 = row.reads_elsewhere,
            one "reads_elsewhere" Count Less "how often its users read a message in rooms of others";
        reads_share: f64 = share(row.reads_elsewhere, row.reads_all),
            one "reads_share" Share Less "the part of all readings that they are: they come when it is back";
    }
}

/// A part of a whole, which may be nothing.
fn share(part: u64, all: u64) -> f64 {
    match all {
        0 => 0.0,
        all => without_dust(part as f64 / all as f64),
    }
}

part! {
    /// What became of some messages that people wanted while a provider was down, and that their clients sent at some time.
    OutageSummary of (row: &OutageRow, which: usize), "federation/outages/*concerned,outage,provider", "down.*.*.*." {
        /// Which provider.
        provider: String = row.provider.clone();
        /// Which of its outages, from 1.
        outage: String = which.to_string();
        from_s: f64 = row.from.as_secs_f64(), one "from" Seconds Neither "when it went";
        until_s: f64 = row.until.as_secs_f64(), one "until" Seconds Neither "when it was back";
        /// Which messages: `in its rooms`, `by its users elsewhere`, `to its users elsewhere` (deliveries to them alone), `without it`.
        concerned: String = row.concerned.to_string();
        wanted: u64 = row.wanted, one "wanted" Count Neither "messages that were wanted meanwhile, and sent at some time";
        accepted_during: u64 = row.accepted_during,
            one "accepted_during" Count More "of those, accepted while it was down";
        accepted_after: u64 = row.accepted_after, one "accepted_after" Count Neither "of those, accepted later";
        longest_wait_ms: f64 = row.longest_wait.as_millis_f64(),
            one "longest_wait" Milliseconds Neither "from wanted to accepted, at most";
        delivered: u64 = row.delivered,
            one "delivered" Count Neither "deliveries of them to those who were online when they were accepted and stayed so";
        delivered_during: u64 = row.delivered_during,
            one "delivered_during" Count More "of those, made while it was down";
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recovered_s: Option<f64> = row.last.map(|last| late(row, last).as_secs_f64()),
            one "recovered" Seconds Neither "after its end until the last of them was made; 0 where that was before, absent where there was none";
    }
}

/// How long after an outage something was.
fn late(row: &OutageRow, at: SimTime) -> SimSpan {
    match at > row.until {
        true => at - row.until,
        false => SimSpan::ZERO,
    }
}

impl OutageSummary {
    /// How long after the end the last delivery was made, for people; `None`: there was none.
    pub fn recovered(&self) -> Option<String> {
        self.recovered_s.map(|late| match late {
            late if late > 0.0 => units::seconds(late),
            _ => "0 s".to_owned(),
        })
    }
}

impl FederationSummary {
    pub(super) fn of(ledgers: &Ledgers) -> Self {
        Self {
            costs: ledgers.costs.iter().map(CostSummary::of).collect(),
            exposure: ledgers.exposures.iter().map(ExposureSummary::of).collect(),
            dependence: ledgers
                .dependence
                .iter()
                .map(DependenceSummary::of)
                .collect(),
            outages: outages(&ledgers.outages),
        }
    }

    /// What a provider paid in roles and for users that `of` picks.
    pub fn paid(&self, provider: &str, of: impl Fn(&CostSummary) -> bool) -> Paid {
        let rows = self.costs.iter().filter(|row| row.provider == provider);
        rows.filter(|row| of(row))
            .fold(Paid::default(), |sum, row| Paid {
                sent_bytes: sum.sent_bytes.saturating_add(row.sent_bytes),
                received_bytes: sum.received_bytes.saturating_add(row.received_bytes),
                requests: sum.requests.saturating_add(row.requests),
                cpu_s: sum.cpu_s + row.cpu_s,
                stored_bytes: sum.stored_bytes.saturating_add(row.stored_mean_bytes),
            })
    }
}

/// Rows of outages, each with its number among its provider's.
fn outages(rows: &[OutageRow]) -> Vec<OutageSummary> {
    let number = |row: &OutageRow| {
        let own = rows.iter().filter(|other| other.provider == row.provider);
        let begun: BTreeSet<SimTime> = own.map(|other| other.from).collect();
        begun.range(..=row.from).count()
    };
    let each = rows.iter();
    each.map(|row| OutageSummary::of(row, number(row)))
        .collect()
}

/// Sums of some costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Paid {
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Bytes received.
    pub received_bytes: u64,
    /// Requests.
    pub requests: u64,
    /// Core time in seconds.
    pub cpu_s: f64,
    /// Bytes stored in the mean.
    pub stored_bytes: u64,
}
