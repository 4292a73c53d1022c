//! Who paid for whom, who saw what, and what stops with whom.

use super::spread::MICROS_PER_MILLI;
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

/// What one provider paid in one role for some users. Something is for whoever caused it: a message for its sender, wherever it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostSummary {
    /// Its domain.
    pub provider: String,
    /// `hub`: of rooms that it orders, to and from other providers. `follower`: likewise of rooms that others order. `local provider`: to
    /// and from its own clients. Requests and core time of its own rooms are the hub's, whoever asked.
    pub role: String,
    /// `own` users, or `others`.
    pub users: String,
    /// Requests that it served and timers that it looked to.
    pub requests: u64,
    /// Bytes that it took from links.
    pub received_bytes: u64,
    /// Bytes that it put on links.
    pub sent_bytes: u64,
    /// Events among what it sent, once for each whom it sent one to.
    pub events: u64,
    /// Core time in seconds.
    pub cpu_s: f64,
    /// Bytes that it stored in the mean.
    pub stored_mean_bytes: u64,
}

impl CostSummary {
    fn of(row: &CostRow) -> Self {
        Self {
            provider: row.provider.clone(),
            role: row.role.to_string(),
            users: row.users.to_string(),
            requests: row.requests,
            received_bytes: row.received,
            sent_bytes: row.sent,
            events: row.events,
            cpu_s: row.cpu.as_secs_f64(),
            stored_mean_bytes: row.stored,
        }
    }

    /// Whether it is for users of other providers.
    pub fn is_for_others(&self) -> bool {
        self.users == throng_record::ledgers::data::OTHERS
    }
}

/// What one party saw. Nobody but members has what is said, by the protocol's construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExposureSummary {
    /// A provider's domain; of the network, which links.
    pub party: String,
    /// A provider's role (`hub`, `follower`, `local provider`); `members`: all clients of its users; `network`: whoever sees links.
    pub role: String,
    /// Rooms of which it knows that there is something.
    pub rooms: u64,
    /// Of those, rooms whose names it saw.
    pub names: u64,
    /// Users of whom it knows that they are in some room.
    pub users: u64,
    /// Of those, users of other providers.
    pub others: u64,
    /// Memberships that it knows: a user in a room.
    pub memberships: u64,
    /// Packets whose time, length and ends it saw.
    pub packets: u64,
    /// Their bytes.
    pub packet_bytes: u64,
    /// Packets that it can tell to be messages of a room; of members what they read.
    pub messages: u64,
    /// Those of whose sender it knows.
    pub senders: u64,
    /// Packets that say who changes a room's membership, and whom they let in or put out.
    pub changes: u64,
    /// Packets that say who asks for whose keys.
    pub key_requests: u64,
    /// Packets that say that a device comes or goes.
    pub presences: u64,
    /// Bytes of content.
    pub content_bytes: u64,
}

impl ExposureSummary {
    fn of(row: &ExposureRow) -> Self {
        Self {
            party: row.party.clone(),
            role: row.role.to_string(),
            rooms: row.rooms,
            names: row.names,
            users: row.users,
            others: row.others,
            memberships: row.memberships,
            packets: row.packets,
            packet_bytes: row.packet_bytes,
            messages: row.messages,
            senders: row.senders,
            changes: row.changes,
            key_requests: row.key_requests,
            presences: row.presences,
            content_bytes: row.content_bytes,
        }
    }
}

/// What stops when a provider does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DependenceSummary {
    /// Its domain.
    pub provider: String,
    /// Rooms that it is hub of.
    pub rooms: u64,
    /// The part of all rooms that they are.
    pub rooms_share: f64,
    /// Messages accepted in those rooms.
    pub messages: u64,
    /// Messages of its users in rooms of others.
    pub own_elsewhere: u64,
    /// The part of all messages that both are: they stop.
    pub messages_share: f64,
    /// How often its users read a message in rooms of others.
    pub reads_elsewhere: u64,
    /// The part of all readings that they are: they come when it is back.
    pub reads_share: f64,
}

impl DependenceSummary {
    fn of(row: &DependenceRow) -> Self {
        let share = |part: u64, all: u64| match all {
            0 => 0.0,
            all => without_dust(part as f64 / all as f64),
        };
        Self {
            provider: row.provider.clone(),
            rooms: row.rooms,
            rooms_share: share(row.rooms, row.rooms_all),
            messages: row.messages,
            own_elsewhere: row.own_elsewhere,
            messages_share: share(
                row.messages.saturating_add(row.own_elsewhere),
                row.messages_all,
            ),
            reads_elsewhere: row.reads_elsewhere,
            reads_share: share(row.reads_elsewhere, row.reads_all),
        }
    }
}

/// What became of some messages that people wanted to send while a provider was down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutageSummary {
    /// Which provider.
    pub provider: String,
    /// Which of its outages, from 1.
    pub outage: String,
    /// Virtual seconds at which it went.
    pub from_s: f64,
    /// Virtual seconds at which it was back.
    pub until_s: f64,
    /// Which messages: `in its rooms`, `by its users elsewhere`, `to its users elsewhere` (deliveries to them alone), `without it`.
    pub concerned: String,
    /// How many were wanted meanwhile, and sent at some time.
    pub wanted: u64,
    /// Of those, accepted while it was down.
    pub accepted_during: u64,
    /// Of those, accepted later.
    pub accepted_after: u64,
    /// Milliseconds from wanted to accepted, at most.
    pub longest_wait_ms: f64,
    /// Deliveries of them to those who were online when they were accepted and stayed so.
    pub delivered: u64,
    /// Of those, made while it was down.
    pub delivered_during: u64,
    /// Seconds after its end until the last of them was made; 0 where that was before, absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered_s: Option<f64>,
}

impl OutageSummary {
    /// `which` of the provider's outages it is.
    fn of(row: &OutageRow, which: usize) -> Self {
        let after = |last| match last > row.until {
            true => last - row.until,
            false => SimSpan::ZERO,
        };
        Self {
            provider: row.provider.clone(),
            outage: which.to_string(),
            from_s: row.from.as_secs_f64(),
            until_s: row.until.as_secs_f64(),
            concerned: row.concerned.to_string(),
            wanted: row.wanted,
            accepted_during: row.accepted_during,
            accepted_after: row.accepted_after,
            longest_wait_ms: without_dust(
                row.longest_wait.as_nanos() as f64 / 1e3 / MICROS_PER_MILLI,
            ),
            delivered: row.delivered,
            delivered_during: row.delivered_during,
            recovered_s: row.last.map(|last| after(last).as_secs_f64()),
        }
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
