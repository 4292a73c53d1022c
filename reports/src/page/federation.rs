//! Who pays for whom, who sees what, and what stops with whom.

use super::table::{Cell, NONE, Table};
use crate::details::Details;
use crate::summary::{FederationSummary, OutageSummary};
use crate::units;
use maud::{Markup, html};
use throng_record::PairRow;
use throng_record::ledgers::data::Role;

/// So many pairs of providers are shown; the others are in `pairs.csv`.
const MOST_PAIRS: usize = 20;

/// What each provider paid, and the pairs between which most was paid.
pub(super) fn costs(federation: &FederationSummary, details: &Details<'_>) -> Markup {
    let rows = federation.dependence.iter().map(|row| {
        let provider = &row.provider;
        let sent = |role: Role, others: bool| {
            let paid = federation.paid(provider, |row| {
                row.role == role.name() && row.is_for_others() == others
            });
            paid.sent_bytes
        };
        let own = federation.paid(provider, |row| !row.is_for_others());
        let others = federation.paid(provider, |row| row.is_for_others());
        let all = own.sent_bytes as f64 + others.sent_bytes as f64;
        vec![
            Cell::words(provider),
            Cell::bytes(sent(Role::Hub, false)),
            Cell::bytes(sent(Role::Hub, true)),
            Cell::bytes(sent(Role::Follower, false).saturating_add(sent(Role::Follower, true))),
            Cell::bytes(sent(Role::Local, false)),
            Cell::bytes(sent(Role::Local, true)),
            Cell::number(others.sent_bytes as f64 / all.max(1.0), |part| {
                units::percent(part, 1.0)
            }),
            Cell::bytes(own.received_bytes.saturating_add(others.received_bytes)),
            Cell::count(own.requests.saturating_add(others.requests)),
            Cell::number(own.cpu_s, units::seconds),
            Cell::number(others.cpu_s, units::seconds),
            Cell::bytes(own.stored_bytes),
        ]
    });
    let head = [
        "provider",
        "sent as hub, for its own",
        "as hub, for others",
        "as follower",
        "to own clients, for its own",
        "to own clients, for others",
        "for others",
        "received",
        "requests",
        "CPU for its own",
        "CPU for others",
        "stored, mean",
    ];
    let table = Table {
        name: "What providers pay",
        words: 1,
        head: &head,
        rows: rows.collect(),
        search: Some("payers"),
    };
    html! {
        p {
            "Something is for whoever caused it: a message, and all that comes of it, for its sender. As a hub a provider serves other providers \
             in the rooms that it orders, as a follower in the rooms of others; its own clients it has to serve in any case."
        }
        (table.show())
        (pairs(details))
    }
}

fn pairs(details: &Details<'_>) -> Markup {
    let pairs = details.ledgers.iter().flat_map(|ledgers| &ledgers.pairs);
    let mut pairs: Vec<&PairRow> = pairs.collect();
    pairs.sort_by_key(|row| std::cmp::Reverse(row.sent_for));
    let more = pairs.len().saturating_sub(MOST_PAIRS);
    let rows = pairs.into_iter().take(MOST_PAIRS).map(|row| {
        vec![
            Cell::words(&row.provider),
            Cell::words(&row.other),
            Cell::bytes(row.sent_for),
            Cell::number(row.cpu_for.as_secs_f64(), units::seconds),
            Cell::bytes(row.sent_to),
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    html! { @if !rows.is_empty() {
        (Table {
            name: "Who pays for whom",
            words: 2,
            head: &["provider", "for users of", "sent", "CPU", "sent to it"],
            rows,
            search: None,
        }.show())
        @if more > 0 { p { "And " (units::count(more as u64)) " pairs more in pairs.csv." } }
    } }
}

/// What each party saw.
pub(super) fn exposure(federation: &FederationSummary) -> Markup {
    let rows = federation.exposure.iter().map(|row| {
        vec![
            Cell::words(&row.party),
            Cell::words(&row.role),
            Cell::count(row.rooms),
            Cell::count(row.names),
            Cell::count(row.users),
            Cell::count(row.others),
            Cell::count(row.memberships),
            Cell::count(row.messages),
            Cell::count(row.senders),
            Cell::count(row.changes),
            Cell::count(row.key_requests),
            Cell::count(row.presences),
            Cell::count(row.downloads),
            Cell::count(row.packets),
            match row.content_bytes {
                0 => Cell::words(NONE),
                bytes => Cell::bytes(bytes),
            },
        ]
    });
    let head = [
        "party",
        "as",
        "rooms",
        "by name",
        "users",
        "of others",
        "users in rooms",
        "messages",
        "with sender",
        "changes",
        "keys asked",
        "device presence",
        "fetched",
        "packets",
        "content",
    ];
    let table = Table {
        name: "Who sees what",
        words: 2,
        head: &head,
        rows: rows.collect(),
        search: Some("parties"),
    };
    html! {
        p {
            "Counted from what passed through each provider's hands in this run; of members it is the most that they can know. Of each packet \
             its time and its length are seen, too. That nobody but members reads content, and that whoever sees links sees no more than \
             packets, is the protocol's construction and not counted."
        }
        (table.show())
    }
}

/// What stops with a provider, and what did.
pub(super) fn dependence(federation: &FederationSummary) -> Markup {
    let rows = federation.dependence.iter().map(|row| {
        vec![
            Cell::words(&row.provider),
            Cell::count(row.rooms),
            Cell::number(row.rooms_share, |part| units::percent(part, 1.0)),
            Cell::count(row.messages),
            Cell::count(row.own_elsewhere),
            Cell::number(row.messages_share, |part| units::percent(part, 1.0)),
            Cell::number(row.reads_share, |part| units::percent(part, 1.0)),
        ]
    });
    let head = [
        "provider",
        "rooms",
        "of all",
        "messages in them",
        "by its users elsewhere",
        "of all messages",
        "read late, of all",
    ];
    let table = Table {
        name: "What stops with a provider",
        words: 1,
        head: &head,
        rows: rows.collect(),
        search: Some("dependence"),
    };
    html! {
        (table.show())
        (outages(&federation.outages))
    }
}

fn outages(outages: &[OutageSummary]) -> Markup {
    let row = |row: &OutageSummary| {
        vec![
            Cell::words(format!(
                "{}, {} to {}",
                row.provider,
                units::seconds_short(row.from_s),
                units::seconds_short(row.until_s)
            )),
            Cell::words(&row.concerned),
            Cell::count(row.wanted),
            Cell::count(row.accepted_during),
            Cell::count(row.accepted_after),
            Cell::number(row.longest_wait_ms, units::millis),
            Cell::count(row.delivered),
            Cell::count(row.delivered_during),
            Cell::words(row.recovered().unwrap_or_else(|| NONE.to_owned())),
        ]
    };
    let head = [
        "down",
        "messages",
        "wanted meanwhile",
        "accepted meanwhile",
        "later",
        "longest wait",
        "deliveries",
        "made meanwhile",
        "all made, after its end",
    ];
    html! { @if !outages.is_empty() {
        (Table {
            name: "What stopped while a provider was down",
            words: 2,
            head: &head,
            rows: outages.iter().map(row).collect(),
            search: None,
        }.show())
        p {
            "Of the messages that were wanted meanwhile and sent at some time: what no client ever sent is among the wishes that came to nothing. \
             Deliveries are those to clients that were online when the message was accepted and stayed so."
        }
    } }
}
