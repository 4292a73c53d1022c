//! What each section says.

use super::groups;
use super::parts::{STATS, facts, figures, spread_head, spread_row, spreads};
use super::table::{Cell, NONE, Table};
use crate::details::Details;
use crate::summary::{FindingSummary, RealSummary, ServerSummary, Spread, Summary, WorkSummary};
use crate::{left_out, names, reasons, stuck, units};
use maud::{Markup, html};
use std::collections::BTreeMap;

fn warmup(seconds: f64) -> String {
    match seconds > 0.0 {
        true => format!("; latencies count after {}", units::seconds(seconds)),
        false => String::new(),
    }
}

/// What only a run over real connections has.
pub(super) fn real(real: &RealSummary) -> Markup {
    let rows = real.generator().into_iter();
    let rows = rows.map(|(what, figure)| vec![Cell::words(what), Cell::words(figure)]);
    html! {
        (Table { name: "real", words: 1, head: &["what", "found"], rows: rows.collect(), search: None }.show())
        p { "Not as in a simulated run:" }
        ul { @for missing in &real.missing { li { (missing) } } }
        @if !real.findings.is_empty() {
            p { "What providers under test do otherwise than the documents of the protocol say:" }
            (findings(&real.findings))
        }
        @if !real.violations.is_empty() {
            p { "What had to hold and did not:" }
            ul { @for violation in &real.violations { li { (violation) } } }
        }
    }
}

fn findings(all: &[FindingSummary]) -> Markup {
    let row = |finding: &FindingSummary| {
        vec![
            Cell::words(&finding.provider),
            Cell::words(&finding.found),
            Cell::words(&finding.section),
            Cell::count(finding.times),
        ]
    };
    Table {
        name: "findings",
        words: 3,
        head: &["provider", "found", "otherwise in", "times"],
        rows: all.iter().map(row).collect(),
        search: None,
    }
    .show()
}

/// What each server took of its machine.
pub(super) fn servers<'a>(all: impl Iterator<Item = &'a ServerSummary>) -> Markup {
    let bytes = |bytes: Option<u64>| bytes.map_or_else(|| Cell::words(NONE), Cell::bytes);
    let row = |server: &ServerSummary| {
        vec![
            Cell::words(&server.server),
            Cell::number(server.cpu_s, units::seconds_short),
            Cell::number(server.cores_max, units::short),
            Cell::bytes(server.memory_max_bytes),
            Cell::count(server.files_max),
            server
                .connections_max
                .map_or_else(|| Cell::words(NONE), Cell::count),
            bytes(server.stored_first_bytes),
            bytes(server.stored_last_bytes),
        ]
    };
    let head = [
        "server",
        "CPU",
        "most cores",
        "most memory",
        "most files",
        "most connections",
        "stored at first",
        "stored at last",
    ];
    Table {
        name: "servers",
        words: 1,
        head: &head,
        rows: all.map(row).collect(),
        search: None,
    }
    .show()
}

/// What is left out of some figures and not of others.
pub(super) fn warmup_note(summary: &Summary, of: &str) -> Markup {
    let warmup = summary.scenario.warmup_s;
    html! { @if warmup > 0.0 {
        p { "What people began in the first " (units::seconds_short(warmup)) " is left out of " (of) "; counts and sizes are of the whole run." }
    } }
}

pub(super) fn what(summary: &Summary) -> Markup {
    let (scenario, run, simulator) = (&summary.scenario, &summary.run, &summary.simulator);
    let mut known = vec![
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
                "{} of {} time{}",
                units::seconds(run.end_s),
                if summary.real.is_some() {
                    "real"
                } else {
                    "virtual"
                },
                warmup(scenario.warmup_s)
            ),
        ),
        (
            match &summary.real {
                Some(real) if real.is_of_shards() => "Put together in",
                Some(_) => "Made in",
                None => "Simulated in",
            },
            format!(
                "{} on {}: {}, {} a second, {} times as fast as real time{}",
                units::seconds(simulator.wall_s),
                units::threads(simulator.threads),
                units::counted(run.events, "event", "events"),
                units::about(simulator.events_per_s),
                units::about(simulator.speed),
                simulator.peak_memory_bytes.map_or(String::new(), |bytes| {
                    format!("; {} of memory at most", units::bytes(bytes))
                }),
            ),
        ),
    ];
    if summary.real.is_none() {
        known.push(("Fingerprint", summary.fingerprint.clone()));
    }
    if summary.tree.is_some() {
        let mls = format!("engine {}, {}", scenario.engine, scenario.ciphersuite);
        known.insert(2, ("MLS", mls));
    }
    html! {
        (facts(&known))
        @if let Some(headline) = stuck::headline(summary) {
            p.warning { (headline) "." }
            ul { @for line in stuck::lines(summary) { li { (line) } } }
        }
        @match &summary.real {
            Some(real) if real.is_of_shards() => p { "Put together by:" },
            Some(_) => p { "The same people with the same wishes again, with other times:" },
            None => p { "The same run again, on any machine:" },
        }
        pre { code { (simulator.command) } }
    }
}

pub(super) fn thresholds(summary: &Summary) -> Markup {
    let outcomes = summary.thresholds.iter();
    verdicts(outcomes.map(|one| (one.met, one.rule.as_str(), one.values())))
}

/// Rules, each met or not, and what was found.
pub(super) fn verdicts<'r>(rules: impl Iterator<Item = (bool, &'r str, String)>) -> Markup {
    html! {
        ul.verdicts {
            @for (met, rule, found) in rules {
                li class=(if met { "met" } else { "unmet" }) {
                    b { (if met { "✓ met" } else { "✗ not met" }) } " "
                    code { (rule) } ": " (found)
                }
            }
        }
    }
}

pub(super) fn key_figures(summary: &Summary) -> Markup {
    let counts = &summary.counts;
    let shown = |spread: &Spread, stat| {
        let shown = spread.show(stat, units::millis);
        shown.unwrap_or_else(|| NONE.to_owned())
    };
    let p99 = |name: &str| {
        let spread = summary.latencies_ms.get(name);
        spread.map_or_else(|| NONE.to_owned(), |spread| shown(spread, "p99"))
    };
    let busiest = summary
        .providers
        .iter()
        .map(|row| row.utilisation)
        .fold(0.0, f64::max);
    let mut cards = vec![
        (p99("message"), "message to a receiver, p99"),
        (p99("commit-accept"), "commit accepted, p99"),
        (p99("converge-last"), "all at the new epoch, p99"),
        (p99("join"), "join, p99"),
        (units::count(counts.commits_accepted), "commits accepted"),
        (
            units::ratio(counts.commit_attempts, counts.commits_accepted),
            "sent for each accepted",
        ),
        (units::count(counts.messages_accepted), "messages accepted"),
        (units::bytes(summary.traffic.sent_bytes), "put on links"),
        (
            shown(&summary.client_cpu_ms, "p50"),
            "CPU of a client, median",
        ),
        (
            units::percent(busiest, 1.0),
            "of its cores, busiest provider",
        ),
    ];
    if let Some(tree) = &summary.tree {
        if tree.is_known() {
            let next = units::significant(tree.mean_ciphertexts);
            cards.insert(8, (next, "ciphertexts in the next commit"));
        }
        let largest = units::count(tree.largest_room.into());
        cards.push((largest, "members in the largest room"));
    }
    html! {
        div.cards {
            @for (value, what) in &cards { div.card { b { (value) } span { (what) } } }
        }
    }
}

pub(super) fn latencies(summary: &Summary, details: &Details<'_>) -> Markup {
    let named = details.latencies.named();
    let rows = named.iter().filter_map(|(name, what, _)| {
        let spread = summary.latencies_ms.get(*name)?;
        let mut row = spread_row(what, spread, units::millis);
        // What rules and plots call it.
        row.insert(1, Cell::words(name));
        Some(row)
    });
    let table = Table {
        name: "Latencies",
        words: 2,
        head: &spread_head(&["from what to what", "name"]),
        rows: rows.collect(),
        search: None,
    };
    html! { (table.show()) p { (left_out::offline(summary)) "." } (open(summary, details)) }
}

/// What people still wanted: of that no latency is known but that it is longer.
fn open(summary: &Summary, details: &Details<'_>) -> Markup {
    let [_, percentiles @ .., _] = &STATS;
    let named = details.latencies.named();
    let rows = named.iter().filter_map(|(name, what, _)| {
        let open = summary.open.get(*name)?;
        let mut row = vec![
            Cell::words(what),
            Cell::words(name),
            Cell::count(open.count),
            Cell::count(open.offline),
        ];
        row.push(Cell::maybe(open.oldest(), units::millis));
        row.extend(figures(&open.at_least_ms, percentiles, units::millis));
        Some(row)
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let least = percentiles.iter();
    let least: Vec<String> = least.map(|(_, shown)| format!("{shown} ≥")).collect();
    let mut head = vec!["still open at the end", "name", "open", "offline", "oldest"];
    head.extend(least.iter().map(String::as_str));
    html! { @if !rows.is_empty() {
        (Table { name: "Still open at the end", words: 2, head: &head, rows, search: None }.show())
        p { (left_out::AT_LEAST) "." }
    } }
}

/// Commits of groups; of another protocol, its changes.
pub(super) fn commits(summary: &Summary) -> Markup {
    let (counts, commits) = (&summary.counts, &summary.commits);
    let sent = ("Sent", units::count(counts.commit_attempts));
    let (mut known, mut rows) = match summary.tree {
        Some(_) => (groups::commits(summary), groups::sizes(commits)),
        None => {
            let accepted = units::count(counts.commits_accepted);
            (vec![("Accepted", accepted)], Vec::new())
        }
    };
    known.insert(0, sent);
    known.push(("Proposals", units::count(counts.proposals)));
    rows.push(spread_row(
        "attempts that an accepted commit took",
        &commits.attempts,
        units::significant,
    ));
    html! {
        (facts(&known))
        (spreads("Sizes and attempts", "of what", rows))
    }
}

pub(super) fn links(summary: &Summary) -> Markup {
    let rows = summary.traffic.links.iter().map(|link| {
        vec![
            Cell::words(names::link(&link.from, &link.to)),
            Cell::count(link.messages),
            Cell::bytes(link.sent_bytes),
            Cell::bytes(link.received_bytes),
            Cell::bytes(link.lost_bytes),
            Cell::bytes(link.duplicated_bytes),
        ]
    });
    Table {
        name: "Traffic by link",
        words: 1,
        head: &["link", "messages", "sent", "received", "lost", "duplicated"],
        rows: rows.collect(),
        search: None,
    }
    .show()
}

pub(super) fn kinds(summary: &Summary) -> Markup {
    let mut kinds: Vec<_> = summary.traffic.kinds.iter().collect();
    kinds.sort_by_key(|row| std::cmp::Reverse(row.link.sent_bytes));
    let rows = kinds.into_iter().map(|row| {
        let mean = row.link.sent_bytes as f64 / row.link.messages.max(1) as f64;
        vec![
            Cell::words(&row.kind),
            Cell::words(names::link(&row.link.from, &row.link.to)),
            Cell::count(row.link.messages),
            Cell::bytes(row.link.sent_bytes),
            Cell::number(mean, units::bytes_f64),
        ]
    });
    Table {
        name: "Traffic by kind of message",
        words: 2,
        head: &["kind", "link", "messages", "sent", "mean size"],
        rows: rows.collect(),
        search: Some("kinds"),
    }
    .show()
}

/// Application messages by what is in them, where anybody can say.
pub(super) fn contents(summary: &Summary) -> Markup {
    let rows = summary.contents.iter().map(|row| {
        vec![
            Cell::words(&row.kind),
            Cell::count(row.sent),
            Cell::bytes(row.sent_bytes),
            Cell::count(row.accepted),
            Cell::count(row.read),
            Cell::number(row.mean_bytes(), units::bytes_f64),
        ]
    });
    let head = [
        "kind",
        "sent",
        "in packets",
        "accepted",
        "read",
        "mean content",
    ];
    let table = Table {
        name: "Application messages by kind of content",
        words: 1,
        head: &head,
        rows: rows.collect(),
        search: None,
    };
    html! { @if !summary.contents.is_empty() {
        (table.show())
        p { "What a message is, only its sender and its readers see. Of reports (status) and notices (typing) no latency counts anything." }
    } }
}

pub(super) fn cost(summary: &Summary) -> Markup {
    let each = |work: &WorkSummary| {
        let mut each = work.of_each(&[
            ("operations", "operations"),
            ("seals", "seals"),
            ("opens", "opens"),
            ("key_pairs", "key pairs"),
            ("signatures", "signatures"),
            ("verifications", "checked"),
            ("tree_nodes", "tree nodes"),
            ("member_nodes", "members' nodes"),
        ]);
        each.retain(|(unit, _)| unit != "bytes");
        each
    };
    let row = |who: &str, work: &WorkSummary| {
        let mut row = vec![Cell::words(who)];
        row.extend(each(work).into_iter().map(|(_, count)| Cell::count(count)));
        row.push(Cell::bytes(work.of("bytes")));
        row
    };
    let known = each(&summary.work.clients);
    let mut head = vec!["Work"];
    head.extend(known.iter().map(|(unit, _)| unit.as_str()));
    head.push("bytes");
    let work = Table {
        name: "Work",
        words: 1,
        head: &head,
        rows: vec![
            row("all clients", &summary.work.clients),
            row("all hubs", &summary.work.hubs),
        ],
        search: None,
    };
    let cpu = spread_row(
        "CPU of each client over the run",
        &summary.client_cpu_ms,
        units::millis,
    );
    html! {
        (spreads("CPU time of clients", "of what", vec![cpu]))
        (work.show())
    }
}

/// CPU time by the stopwatch, and by the profile.
pub(super) fn measured(summary: &Summary) -> Markup {
    if summary.real.is_some() {
        let rows = summary.measured_cpu.iter().map(|row| {
            vec![
                Cell::words(&row.party),
                Cell::words(&row.trigger),
                Cell::count(row.times),
                Cell::number(row.measured_s, units::seconds),
            ]
        });
        return Table {
            name: "CPU time",
            words: 2,
            head: &["who", "on what", "times", "measured"],
            rows: rows.collect(),
            search: None,
        }
        .show();
    }
    let rows = summary.measured_cpu.iter().map(|row| {
        vec![
            Cell::words(&row.party),
            Cell::words(&row.trigger),
            Cell::count(row.times),
            Cell::number(row.measured_s, units::seconds),
            Cell::number(row.profiled_s, units::seconds),
            Cell::maybe(row.ratio, |ratio| format!("{ratio:.2}")),
        ]
    });
    Table {
        name: "CPU time, measured and profiled",
        words: 2,
        head: &["who", "on what", "times", "measured", "profiled", "ratio"],
        rows: rows.collect(),
        search: None,
    }
    .show()
}

pub(super) fn providers(summary: &Summary) -> Markup {
    let has_groups = summary.tree.is_some();
    let parts = summary.provider_cpu();
    let mut shared = vec!["up", "down"];
    shared.retain(|way| {
        summary
            .providers
            .iter()
            .any(|row| row.access.contains_key(*way))
    });
    let mut archived = vec!["history", "disks"];
    archived.retain(|name| {
        let mut rows = summary.providers.iter();
        rows.any(|row| row.archive_max_bytes.contains_key(*name))
    });
    let rows = summary.providers.iter().map(|row| {
        let mut cells = vec![
            Cell::words(&row.domain),
            Cell::count(row.cores.into()),
            Cell::number(row.busy_s, units::seconds),
            Cell::number(row.utilisation, |part| units::percent(part, 1.0)),
        ];
        cells.extend(parts.iter().map(|(what, _)| {
            let seconds = row.cpu_s.get(*what).copied().unwrap_or(0.0);
            Cell::number(seconds, units::seconds)
        }));
        cells.extend([
            Cell::count(row.requests),
            Cell::number(row.wait_max_ms, units::millis),
            Cell::bytes(row.to_clients_bytes),
            Cell::bytes(row.to_providers_bytes),
        ]);
        for way in &shared {
            let [used, wait] =
                [&row.access, &row.access_wait_max_ms].map(|of| of.get(*way).copied());
            cells.push(Cell::maybe(used, |part| units::percent(part, 1.0)));
            cells.push(Cell::maybe(wait, units::millis));
        }
        cells.push(Cell::bytes(row.stored_max_bytes));
        for name in &archived {
            let bytes = row.archive_max_bytes.get(*name);
            cells.push(Cell::maybe(
                bytes.map(|bytes| *bytes as f64),
                units::bytes_f64,
            ));
        }
        cells.extend(has_groups.then(|| Cell::count(row.key_packages_left)));
        cells
    });
    let mut head = vec!["provider", "cores", "CPU", "busy"];
    head.extend(parts.iter().map(|(what, _)| names::work(what)));
    head.extend(["requests", "longest wait", "to clients", "to providers"]);
    for way in &shared {
        head.extend(match *way {
            "up" => ["access used, up", "longest wait for it"],
            _ => ["access used, down", "longest wait for it"],
        });
    }
    head.push("stored at most");
    head.extend(archived.iter().map(|name| match *name {
        "history" => "history at most",
        _ => "on disks at most",
    }));
    head.extend(has_groups.then_some("KeyPackages left"));
    Table {
        name: "Providers",
        words: 1,
        head: &head,
        rows: rows.collect(),
        search: Some("providers"),
    }
    .show()
}

pub(super) fn counts(summary: &Summary) -> Markup {
    let counts = &summary.counts;
    let mut known = vec![
        ("Messages accepted", units::count(counts.messages_accepted)),
        ("Refused as too old", units::count(counts.epoch_too_old)),
        (
            "Decrypted, once for each receiver",
            units::count(counts.messages_decrypted),
        ),
    ];
    if summary.tree.is_some() {
        known.extend(groups::joined(counts));
    }
    html! {
        (tally("what people wanted", "count", &counts.intents, str::to_owned))
        (tally("not carried out", "count", &counts.skipped, reasons::words))
        (tally("messages that could not be decrypted", "count", &counts.undecryptable, reasons::words))
        (facts(&known))
        (tally("what else was counted", "count", &counts.others, str::to_owned))
    }
}

pub(super) fn invariants(summary: &Summary) -> Markup {
    html! {
        @match summary.real {
            Some(_) => p { "Checked on what clients and providers noted, in the order of this machine's clock." },
            None => p { "Checked all along; a run that breaks one ends there and has no report." },
        }
        (tally("invariant", "checked", &summary.invariants, str::to_owned))
    }
}

/// Named counts, each name as `words` has it.
fn tally(
    what: &str,
    counted: &str,
    counts: &BTreeMap<String, u64>,
    words: fn(&str) -> String,
) -> Markup {
    let row = |(name, count): (&String, &u64)| vec![Cell::words(words(name)), Cell::count(*count)];
    Table {
        name: what,
        words: 1,
        head: &[what, counted],
        rows: counts.iter().map(row).collect(),
        search: None,
    }
    .show()
}
