//! What each section says.

use crate::summary::{Spread, Summary, WorkSummary};
use crate::{names, units};
use maud::{Markup, html};
use std::collections::BTreeMap;
use throng_sim::record::{Record, RoomRow};

/// Rooms that a page lists; `rooms.csv` has them all.
const MOST_ROOMS: usize = 50;

/// What stands where there is no value.
const NONE: &str = "–";

fn warmup(seconds: f64) -> String {
    match seconds > 0.0 {
        true => format!("; latencies count after {}", units::seconds(seconds)),
        false => String::new(),
    }
}

pub(super) fn what(summary: &Summary) -> Markup {
    let (scenario, run, simulator) = (&summary.scenario, &summary.run, &summary.simulator);
    let facts = [
        (
            "People",
            format!(
                "{} with {} in {} of {}",
                units::counted(scenario.users.into(), "user", "users"),
                units::counted(run.clients.into(), "client", "clients"),
                units::counted(scenario.rooms.into(), "room", "rooms"),
                units::counted(scenario.providers as u64, "provider", "providers"),
            ),
        ),
        (
            "Time",
            format!(
                "{} of virtual time{}",
                units::seconds(run.end_s),
                warmup(scenario.warmup_s)
            ),
        ),
        (
            "MLS",
            format!("engine {}, {}", scenario.engine, scenario.ciphersuite),
        ),
        (
            "Simulated in",
            format!(
                "{} on {}: {} events, {} a second, {} times as fast as real time{}",
                units::seconds(simulator.wall_s),
                units::threads(simulator.threads),
                units::count(run.events),
                units::short(simulator.events_per_s),
                units::short(simulator.speed),
                simulator.peak_memory_bytes.map_or(String::new(), |bytes| {
                    format!("; {} of memory at most", units::bytes(bytes))
                }),
            ),
        ),
        ("Fingerprint", summary.fingerprint.clone()),
    ];
    html! {
        dl.facts {
            @for (term, fact) in &facts { dt { (term) } dd { (fact) } }
        }
        p { "The same run again, on any machine:" }
        pre { code { (simulator.command) } }
    }
}

pub(super) fn thresholds(summary: &Summary) -> Markup {
    html! {
        ul.verdicts {
            @for threshold in &summary.thresholds {
                li class=(if threshold.met { "met" } else { "unmet" }) {
                    b { (if threshold.met { "✓ met" } else { "✗ not met" }) } " "
                    code { (threshold.rule) } ": " (threshold.values())
                }
            }
        }
    }
}

pub(super) fn key_figures(summary: &Summary) -> Markup {
    let counts = &summary.counts;
    let latency = |name: &str, of: fn(&crate::summary::Stats) -> f64| {
        let stats = summary
            .latencies_ms
            .get(name)
            .and_then(|spread| spread.stats);
        stats.map_or(NONE.to_owned(), |stats| units::millis(of(&stats)))
    };
    let busiest = summary
        .providers
        .iter()
        .map(|row| row.utilisation)
        .fold(0.0, f64::max);
    let cards = [
        (
            latency("message", |stats| stats.p99),
            "message to a receiver, p99",
        ),
        (
            latency("commit-accept", |stats| stats.p99),
            "commit accepted, p99",
        ),
        (
            latency("converge-last", |stats| stats.p99),
            "all at the new epoch, p99",
        ),
        (latency("join", |stats| stats.p99), "join, p99"),
        (units::count(counts.commits_accepted), "commits accepted"),
        (
            units::ratio(counts.commit_attempts, counts.commits_accepted),
            "attempts for each",
        ),
        (units::count(counts.messages_accepted), "messages accepted"),
        (units::bytes(summary.traffic.sent_bytes), "put on links"),
        (
            units::significant(summary.tree.mean_ciphertexts),
            "ciphertexts in the next commit",
        ),
        (
            summary
                .client_cpu_ms
                .stats
                .map_or(NONE.to_owned(), |stats| units::millis(stats.p50)),
            "CPU of a client, median",
        ),
        (
            units::percent(busiest, 1.0),
            "of its cores, busiest provider",
        ),
        (
            units::count(summary.tree.largest_room.into()),
            "members in the largest room",
        ),
    ];
    html! {
        div.cards {
            @for (value, what) in &cards { div.card { b { (value) } span { (what) } } }
        }
    }
}

pub(super) fn latencies(summary: &Summary, record: &Record) -> Markup {
    let named = record.latencies.named();
    let rows = named.iter().filter_map(|(name, what, _)| {
        Some(spread_row(
            what,
            summary.latencies_ms.get(*name)?,
            units::millis,
        ))
    });
    table("", 1, &SPREAD_HEAD, rows.collect())
}

pub(super) fn trees(summary: &Summary) -> Markup {
    let tree = &summary.tree;
    let blank = units::percent(tree.blank_leaves as f64, tree.leaves as f64);
    facts(&[
        ("Members at the end", units::count(tree.members)),
        (
            "Leaves",
            format!(
                "{}, of which {} blank ({blank})",
                units::count(tree.leaves),
                units::count(tree.blank_leaves)
            ),
        ),
        ("Blank parents", units::count(tree.blank_parents)),
        ("Unmerged entries", units::count(tree.unmerged_leaves)),
        (
            "Ciphertexts in a random member's next commit",
            format!(
                "{} at the end, {} over the run",
                units::significant(tree.mean_ciphertexts),
                units::significant(tree.mean_ciphertexts_over_time),
            ),
        ),
    ])
}

pub(super) fn commits(summary: &Summary) -> Markup {
    let (counts, commits) = (&summary.counts, &summary.commits);
    let lost = units::percent(counts.wrong_epoch as f64, counts.commit_attempts as f64);
    html! {
        (facts(&[
            ("Attempts", units::count(counts.commit_attempts)),
            ("Accepted", format!(
                "{}: {} from outside, {} with a path",
                units::count(counts.commits_accepted),
                units::count(counts.external_commits),
                units::count(commits.with_path),
            )),
            ("Lost to wrongEpoch", format!("{} ({lost})", units::count(counts.wrong_epoch))),
            ("Handshakes refused otherwise", units::count(counts.refused)),
            ("Proposals", units::count(counts.proposals)),
        ]))
        (table("", 1, &SPREAD_HEAD, vec![
            spread_row("commit", &commits.commit_bytes, units::bytes_f64),
            spread_row("Welcome", &commits.welcome_bytes, units::bytes_f64),
            spread_row("ciphertexts in a path", &commits.ciphertexts, units::significant),
            spread_row("tries of a wish until its commit was accepted", &commits.attempts, units::significant),
        ]))
    }
}

pub(super) fn links(summary: &Summary) -> Markup {
    let rows = summary.traffic.links.iter().map(|link| {
        vec![
            names::link(&link.from, &link.to),
            units::count(link.messages),
            units::bytes(link.sent_bytes),
            units::bytes(link.received_bytes),
            units::bytes(link.lost_bytes),
            units::bytes(link.duplicated_bytes),
        ]
    });
    table(
        "",
        1,
        &["link", "messages", "sent", "received", "lost", "duplicated"],
        rows.collect(),
    )
}

pub(super) fn kinds(summary: &Summary) -> Markup {
    let mut kinds: Vec<_> = summary.traffic.kinds.iter().collect();
    kinds.sort_by_key(|row| std::cmp::Reverse(row.link.sent_bytes));
    let rows = kinds.into_iter().map(|row| {
        let mean = row.link.sent_bytes as f64 / row.link.messages.max(1) as f64;
        vec![
            row.kind.clone(),
            names::link(&row.link.from, &row.link.to),
            units::count(row.link.messages),
            units::bytes(row.link.sent_bytes),
            units::bytes_f64(mean),
        ]
    });
    table(
        "",
        2,
        &["kind", "link", "messages", "sent", "mean size"],
        rows.collect(),
    )
}

pub(super) fn cost(summary: &Summary) -> Markup {
    let work = |who: &str, work: &WorkSummary| {
        let mut row = vec![who.to_owned()];
        row.extend(
            [
                work.operations,
                work.seals,
                work.opens,
                work.key_pairs,
                work.signatures,
                work.verifications,
                work.tree_nodes,
                work.member_nodes,
            ]
            .map(units::count),
        );
        row.push(units::bytes(work.bytes));
        row
    };
    html! {
        (table("", 1, &SPREAD_HEAD, vec![
            spread_row("CPU of each client over the run", &summary.client_cpu_ms, units::millis),
        ]))
        (table("", 1, &["MLS work", "operations", "seals", "opens", "key pairs", "signatures", "checked", "tree nodes", "members' nodes", "bytes"], vec![
            work("all clients", &summary.work.clients),
            work("all hubs", &summary.work.hubs),
        ]))
    }
}

/// What a stopwatch said, and what the profile says.
pub(super) fn measured(summary: &Summary) -> Markup {
    let rows = summary.measured_cpu.iter().map(|row| {
        vec![
            row.party.clone(),
            row.trigger.clone(),
            units::count(row.times),
            units::seconds(row.measured_s),
            units::seconds(row.profiled_s),
            row.ratio
                .map_or("–".to_owned(), |ratio| format!("{ratio:.2}")),
        ]
    });
    let head = ["who", "on what", "times", "measured", "profiled", "ratio"];
    table("", 2, &head, rows.collect())
}

pub(super) fn providers(summary: &Summary) -> Markup {
    let rows = summary.providers.iter().map(|row| {
        vec![
            row.domain.clone(),
            row.cores.to_string(),
            units::seconds(row.busy_s),
            units::percent(row.utilisation, 1.0),
            units::count(row.requests),
            units::millis(row.wait_max_ms),
            units::bytes(row.to_clients_bytes),
            units::bytes(row.to_providers_bytes),
            units::bytes(row.stored_max_bytes),
            units::count(row.key_packages_left),
        ]
    });
    let head = [
        "provider",
        "cores",
        "CPU",
        "busy",
        "requests",
        "longest wait",
        "to clients",
        "to providers",
        "stored at most",
        "KeyPackages left",
    ];
    table("", 1, &head, rows.collect())
}

pub(super) fn rooms(record: &Record) -> Markup {
    let mut rooms: Vec<&RoomRow> = record.rooms.iter().collect();
    rooms.sort_by_key(|row| (std::cmp::Reverse(row.health.members), row.room));
    let caption = if rooms.len() > MOST_ROOMS {
        format!(
            "The largest {MOST_ROOMS} of {}; rooms.csv has them all.",
            units::count(rooms.len() as u64)
        )
    } else {
        String::new()
    };
    let rows = rooms.iter().take(MOST_ROOMS).map(|row| {
        vec![
            row.room.to_string(),
            row.hub.clone(),
            row.created.map_or(NONE.to_owned(), |at| at.to_string()),
            names::start(row.warm).to_owned(),
            units::count(row.initial_members.into()),
            units::count(row.health.members.into()),
            units::count(row.commits),
            units::count(row.attempts),
            units::count(row.messages),
            units::significant(row.health.mean_ciphertexts()),
            units::bytes(row.fanout_bytes),
        ]
    });
    let head = [
        "room",
        "hub",
        "begun",
        "start",
        "members first",
        "at the end",
        "commits",
        "attempts",
        "messages",
        "ciphertexts",
        "fanned out",
    ];
    table(&caption, 2, &head, rows.collect())
}

pub(super) fn counts(summary: &Summary) -> Markup {
    let counts = &summary.counts;
    let named = |title: &str, map: &BTreeMap<String, u64>| {
        let rows = map
            .iter()
            .map(|(name, count)| vec![name.clone(), units::count(*count)]);
        table("", 1, &[title, "count"], rows.collect())
    };
    let packages = &counts.key_packages;
    html! {
        (named("wished for", &counts.intents))
        (named("not carried out", &counts.skipped))
        (named("messages that could not be decrypted", &counts.undecryptable))
        (facts(&[
            ("Messages accepted", units::count(counts.messages_accepted)),
            ("Refused as too old", units::count(counts.epoch_too_old)),
            ("Decrypted, once for each receiver", units::count(counts.messages_decrypted)),
            ("Joined by Welcome", units::count(counts.welcomes)),
            ("KeyPackages", format!(
                "{} published, {} used, {} expired, {} left; none was left {} times",
                units::count(packages.published),
                units::count(packages.used),
                units::count(packages.expired),
                units::count(packages.left),
                units::count(packages.exhausted),
            )),
        ]))
    }
}

pub(super) fn invariants(record: &Record) -> Markup {
    let rows = record
        .invariants
        .iter()
        .map(|row| vec![row.name.to_owned(), units::count(row.checks)]);
    html! {
        p { "Checked all along; a run that breaks one ends there and has no report." }
        (table("", 1, &["invariant", "checked"], rows.collect()))
    }
}

const SPREAD_HEAD: [&str; 8] = ["", "count", "mean", "p50", "p90", "p99", "p99.9", "max"];

fn spread_row(what: &str, spread: &Spread, unit: fn(f64) -> String) -> Vec<String> {
    let mut row = vec![what.to_owned(), units::count(spread.count)];
    match &spread.stats {
        Some(s) => row.extend([s.mean, s.p50, s.p90, s.p99, s.p999, s.max].map(unit)),
        None => row.extend([NONE; 6].map(str::to_owned)),
    }
    row
}

fn facts(facts: &[(&str, String)]) -> Markup {
    html! {
        dl.facts {
            @for (term, fact) in facts { dt { (term) } dd { (fact) } }
        }
    }
}

/// A table that scrolls by itself where the screen is too narrow; nothing where it has no rows. The first
/// `words` columns hold words, the others numbers.
fn table(caption: &str, words: usize, head: &[&str], rows: Vec<Vec<String>>) -> Markup {
    let class = |at: usize| (at < words).then_some("words");
    html! {
        @if !rows.is_empty() {
            div.scroll tabindex="0" {
                table {
                    @if !caption.is_empty() { caption { (caption) } }
                    thead { tr { @for (at, name) in head.iter().enumerate() { th scope="col" class=[class(at)] { (name) } } } }
                    tbody {
                        @for row in &rows { tr { @for (at, cell) in row.iter().enumerate() { td class=[class(at)] { (cell) } } } }
                    }
                }
            }
        }
    }
}
