//! The sections of the summary that a terminal shows.

use super::federation::federation;
use super::layout::{Page, WIDTH, cut, width_of};
use super::spark::{LEGEND, Sparks};
use crate::run_info::RunInfo;
use crate::summary::{
    OpenSummary, RealSummary, Spread, Summary, TreeSummary, WorkSummary, remarks,
};
use crate::{left_out, names, reasons, stuck, units};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// The invariant that only real cryptography can break.
const AGREE: &str = "members at the same epoch agree";

/// Providers that a terminal lists; the others are in `providers.csv`.
const MOST_PROVIDERS: usize = 8;

/// What a run was, what it cost and how it fared, for a terminal: no line that we lay out is longer than
/// 100 columns. `colour` adds bold headings and coloured warnings.
pub fn summary_text(scenario: &Scenario, record: &Record, info: &RunInfo, colour: bool) -> String {
    let summary = Summary::new(scenario, record, info);
    let mut page = Page::new(colour);
    what(&mut page, &summary);
    thresholds(&mut page, &summary);
    latencies(&mut page, &summary, record);
    real(&mut page, &summary);
    commits(&mut page, &summary);
    messages(&mut page, &summary);
    contents(&mut page, &summary);
    if let Some(tree) = &summary.tree {
        trees(&mut page, tree);
    }
    cost(&mut page, &summary);
    measured(&mut page, &summary);
    providers(&mut page, &summary);
    federation(&mut page, &summary);
    invariants(&mut page, &summary, record);
    ending(&mut page, &summary, info);
    page.finish()
}

fn what(page: &mut Page, summary: &Summary) {
    let scenario = &summary.scenario;
    for warning in summary.real.iter().flat_map(RealSummary::warnings) {
        page.warning(&warning);
    }
    page.bold(&cut(
        &format!("{}, seed {}", scenario.name, scenario.seed),
        100,
    ));
    page.wrapped(&scenario.description);
    let mut people = vec![
        units::counted(scenario.users.into(), "user", "users"),
        units::counted(summary.run.clients.into(), "client", "clients"),
        units::counted(scenario.rooms.into(), "room", "rooms"),
        units::counted(scenario.providers as u64, "provider", "providers"),
    ];
    if summary.tree.is_some() {
        people.push(format!("engine {}", scenario.engine));
        people.push(scenario.ciphersuite.clone());
    }
    page.facts(&people);
    let simulator = &summary.simulator;
    page.facts(&[
        format!(
            "{} of {}",
            units::seconds(summary.run.end_s),
            time_of(summary)
        ),
        units::counted(summary.run.events, "event", "events"),
        match &summary.real {
            Some(real) if real.is_of_shards() => {
                format!("put together in {}", units::seconds(simulator.wall_s))
            }
            Some(_) => format!(
                "{} with preparation and report",
                units::seconds(simulator.wall_s)
            ),
            None => format!("simulated in {}", units::seconds(simulator.wall_s)),
        },
        format!("{} × real time", units::about(simulator.speed)),
        format!("{} events/s", units::short(simulator.events_per_s)),
        units::threads(simulator.threads),
    ]);
    if summary.partial {
        page.warning("  partial: the run was stopped before its end");
    }
    if !summary.reproducible && summary.real.is_none() {
        page.warning(
            "  measured: a stopwatch says how long MLS takes, so this run is not reproducible",
        );
    }
    if let Some(headline) = stuck::headline(summary) {
        page.warning(&format!("  {headline}"));
        for line in stuck::lines(summary) {
            page.line(&format!("    {line}"));
        }
    }
    for remark in remarks(summary) {
        page.wrapped(&remark);
    }
    if let Some(note) = &simulator.note {
        page.wrapped(note);
    }
}

/// Whose time the figures are in.
fn time_of(summary: &Summary) -> &'static str {
    match summary.real {
        Some(_) => "real time",
        None => "virtual time",
    }
}

/// What only a run over real connections has.
fn real(page: &mut Page, summary: &Summary) {
    let Some(real) = &summary.real else {
        return;
    };
    page.heading("Over real connections");
    let rows = real.generator().into_iter();
    let rows = rows.map(|(what, figure)| vec![cut(&what, 60), figure]);
    page.table(&["", "found"], rows.collect());
    if !real.findings.is_empty() {
        page.line("  otherwise than the documents say:");
        for finding in &real.findings {
            page.wrapped(&finding.says());
        }
    }
    page.line("  not as in a simulated run:");
    for missing in &real.missing {
        page.wrapped(missing);
    }
}

fn thresholds(page: &mut Page, summary: &Summary) {
    if summary.thresholds.is_empty() {
        return;
    }
    page.heading("Thresholds");
    let outcomes = summary.thresholds.iter();
    page.verdicts(outcomes.map(|one| (one.met, one.rule.as_str(), one.values())));
}

fn latencies(page: &mut Page, summary: &Summary, record: &Record) {
    page.heading(&match summary.scenario.warmup_s {
        warmup if warmup > 0.0 => format!(
            "Latency ({}; of what people began after the first {})",
            time_of(summary),
            units::seconds_short(warmup)
        ),
        _ => format!("Latency ({})", time_of(summary)),
    });
    let spreads = &summary.latencies_ms;
    let sparks = Sparks::over(spreads.values().filter_map(|spread| spread.stats.as_ref()));
    let mut head = vec!["", "count", "p50", "p90", "p99", "max"];
    let row = |what: &str, spread: &Spread| spread_row(what, spread, &head[2..], units::millis);
    let named = record.latencies.named();
    let known = named.iter();
    let known = known.filter_map(|(name, what, _)| Some((what, spreads.get(*name)?)));
    let mut rows: Vec<Vec<String>> = known
        .clone()
        .map(|(what, spread)| row(what, spread))
        .collect();
    if let Some(sparks) = sparks {
        let columns = WIDTH.saturating_sub(width_of(&head, &rows) + 2);
        for ((_, spread), row) in known.zip(&mut rows) {
            let bar = spread
                .stats
                .as_ref()
                .map(|stats| sparks.bar(stats, columns));
            row.push(bar.unwrap_or_default());
        }
        head.push("");
    }
    page.table(&head, rows);
    if let Some((low, high)) = sparks.map(Sparks::ends) {
        page.line(&format!(
            "  bars: {LEGEND}; logarithmic, {} to {}",
            units::millis(low),
            units::millis(high)
        ));
    }
    page.wrapped(&left_out::offline(summary));
    if !summary.open.is_empty() {
        page.line("");
        let still = named.iter();
        let still = still.filter_map(|(name, what, _)| Some((what, summary.open.get(*name)?)));
        let row = |(what, open): (&&str, &OpenSummary)| {
            let least = &open.at_least_ms;
            let shown = ["p50", "p90", "p99"].map(|stat| least.show(stat, units::millis));
            let mut row = vec![(*what).to_owned()];
            row.extend([open.count, open.offline].map(units::count));
            row.push(open.oldest().map_or("–".to_owned(), units::millis));
            row.extend(shown.map(Option::unwrap_or_default));
            row
        };
        let head = [
            "still open at the end",
            "count",
            "offline",
            "oldest",
            "p50 ≥",
            "p90 ≥",
            "p99 ≥",
        ];
        page.table(&head, still.map(row).collect());
        page.wrapped(left_out::AT_LEAST);
    }
    page.explain_marks();
}

/// How many values, and the figures of these names.
fn spread_row(what: &str, spread: &Spread, stats: &[&str], unit: fn(f64) -> String) -> Vec<String> {
    let mut row = vec![what.to_owned(), units::count(spread.count)];
    let shown = stats.iter().map(|stat| spread.show(stat, unit));
    row.extend(shown.map(|shown| shown.unwrap_or_else(|| "–".to_owned())));
    row
}

fn commits(page: &mut Page, summary: &Summary) {
    let (counts, commits) = (&summary.counts, &summary.commits);
    page.heading("Commits");
    let each = units::ratio(counts.commit_attempts, counts.commits_accepted);
    let proposals = units::counted(counts.proposals, "proposal", "proposals");
    let mut facts = vec![
        format!("{} sent", units::count(counts.commit_attempts)),
        format!("{} accepted", units::count(counts.commits_accepted)),
        format!("{each} sent for each accepted"),
    ];
    if summary.tree.is_none() {
        facts.push(proposals);
        return page.facts(&facts);
    }
    let lost = units::percent(counts.wrong_epoch as f64, counts.commit_attempts as f64);
    facts.extend([
        format!("{} wrongEpoch ({lost})", units::count(counts.wrong_epoch)),
        units::counted(
            counts.refused,
            "handshake refused otherwise",
            "handshakes refused otherwise",
        ),
        format!("{} external", units::count(counts.external_commits)),
        format!("{} with a path", units::count(commits.with_path)),
        proposals,
    ]);
    page.facts(&facts);
    let head = ["", "count", "mean", "p50", "p90", "p99", "max"];
    let size = |what: &str, spread: &Spread, unit: fn(f64) -> String| {
        spread_row(what, spread, &head[2..], unit)
    };
    page.table(
        &head,
        vec![
            size("commit", &commits.commit_bytes, units::bytes_f64),
            size("Welcome", &commits.welcome_bytes, units::bytes_f64),
            size(
                "ciphertexts in a path",
                &commits.ciphertexts,
                units::significant,
            ),
        ],
    );
    page.explain_marks();
}

fn messages(page: &mut Page, summary: &Summary) {
    let counts = &summary.counts;
    page.heading("Messages and members");
    let unreadable = counts
        .undecryptable
        .values()
        .copied()
        .fold(0, u64::saturating_add);
    let mut facts = vec![
        units::counted(
            counts.messages_accepted,
            "message accepted",
            "messages accepted",
        ),
        format!(
            "{} decrypted by receivers",
            units::count(counts.messages_decrypted)
        ),
        format!("{} not decryptable", units::count(unreadable)),
        format!("{} refused as too old", units::count(counts.epoch_too_old)),
    ];
    if summary.tree.is_some() {
        let packages = &counts.key_packages;
        facts.extend([
            format!("{} joined by Welcome", units::count(counts.welcomes)),
            units::counted(packages.used, "KeyPackage used", "KeyPackages used"),
            format!("{} left", units::count(packages.left)),
            units::unmet(packages.exhausted),
        ]);
    }
    let others = counts.others.iter();
    facts.extend(others.map(|(name, count)| format!("{} {name}", units::count(*count))));
    page.facts(&facts);
    let skipped = counts
        .skipped
        .values()
        .copied()
        .fold(0, u64::saturating_add);
    if skipped > 0 {
        let reasons: Vec<String> = counts
            .skipped
            .iter()
            .map(|(reason, times)| format!("{} {}", units::count(*times), reasons::words(reason)))
            .collect();
        page.wrapped(&format!("not carried out: {}", reasons.join(", ")));
    }
}

/// Application messages by what is in them, where anybody can say.
fn contents(page: &mut Page, summary: &Summary) {
    if summary.contents.is_empty() {
        return;
    }
    let rows = summary.contents.iter().map(|row| {
        vec![
            cut(&row.kind, 24),
            units::count(row.sent),
            units::bytes(row.sent_bytes),
            units::count(row.accepted),
            units::count(row.read),
            units::bytes_f64(row.mean_bytes()),
        ]
    });
    let head = ["content", "sent", "in packets", "accepted", "read", "mean"];
    page.table(&head, rows.collect());
}

/// Of MLS groups alone.
fn trees(page: &mut Page, tree: &TreeSummary) {
    page.heading("Ratchet trees at the end");
    let blank = units::percent(tree.blank_leaves as f64, tree.leaves as f64);
    let members = format!(
        "{} members, largest room {}",
        units::count(tree.members),
        units::count(tree.largest_room.into())
    );
    if !tree.is_known() {
        let unknown = "what the trees are like is known to providers, which ran already";
        page.facts(&[members, unknown.to_owned()]);
        return;
    }
    page.facts(&[
        members,
        format!(
            "{} ciphertexts in a random member's next commit",
            units::significant(tree.mean_ciphertexts)
        ),
        format!(
            "{} over the run",
            units::significant(tree.mean_ciphertexts_over_time)
        ),
        format!("{} blank leaves ({blank})", units::count(tree.blank_leaves)),
        format!("{} blank parents", units::count(tree.blank_parents)),
        format!("{} unmerged", units::count(tree.unmerged_leaves)),
    ]);
}

fn cost(page: &mut Page, summary: &Summary) {
    page.heading("Cost");
    let cpu = ["p50", "p99", "max"].map(|stat| {
        let shown = summary.client_cpu_ms.show(stat, units::millis);
        shown.map(|shown| format!("{stat} {shown}"))
    });
    if let [Some(median), Some(p99), Some(max)] = cpu {
        let median = format!("CPU of a client over the run: {median}");
        page.facts(&[median, p99, max]);
        page.explain_marks();
    }
    page.facts(&work("clients", &summary.work.clients));
    page.facts(&work("hubs", &summary.work.hubs));
    let rows = summary.traffic.links.iter().map(|link| {
        vec![
            names::link(&link.from, &link.to),
            units::bytes(link.sent_bytes),
            units::count(link.messages),
            units::bytes(link.lost_bytes),
            units::bytes(link.duplicated_bytes),
        ]
    });
    page.table(
        &["bytes on links", "sent", "messages", "lost", "duplicated"],
        rows.collect(),
    );
}

/// Where CPU time was measured: by the stopwatch, and by the profile.
fn measured(page: &mut Page, summary: &Summary) {
    if summary.reproducible {
        return;
    }
    if summary.real.is_some() {
        page.heading("CPU time by what it was for");
        let rows = summary.measured_cpu.iter().map(|row| {
            vec![
                cut(&format!("{}: {}", row.party, row.trigger), 48),
                units::count(row.times),
                units::seconds(row.measured_s),
            ]
        });
        page.table(&["", "times", "measured"], rows.collect());
        return;
    }
    page.heading("CPU time: measured against profiled");
    let rows = summary.measured_cpu.iter().map(|row| {
        vec![
            cut(&format!("{}: {}", row.party, row.trigger), 48),
            units::count(row.times),
            units::seconds(row.measured_s),
            units::seconds(row.profiled_s),
            row.ratio
                .map_or("–".to_owned(), |ratio| format!("{ratio:.2}")),
        ]
    });
    page.table(
        &["", "times", "measured", "profiled", "ratio"],
        rows.collect(),
    );
}

fn work(who: &str, work: &WorkSummary) -> Vec<String> {
    let each = work.of_each(&[
        ("operations", "operations"),
        ("seals", "seals"),
        ("opens", "opens"),
        ("signatures", "signatures"),
        ("verifications", "checked"),
    ]);
    let said = each.into_iter();
    let mut said: Vec<String> = said
        .map(|(unit, count)| format!("{} {unit}", units::short(count as f64)))
        .collect();
    if let Some(first) = said.first_mut() {
        first.insert_str(0, &format!("{who}: "));
    }
    said
}

fn providers(page: &mut Page, summary: &Summary) {
    page.heading("Providers");
    let rows = summary.providers.iter().take(MOST_PROVIDERS).map(|row| {
        vec![
            cut(&row.domain, 24),
            units::seconds(row.busy_s),
            units::percent(row.utilisation, 1.0),
            units::count(row.requests),
            units::millis(row.wait_max_ms),
            units::bytes(row.to_clients_bytes),
            units::bytes(row.to_providers_bytes),
            units::bytes(row.stored_max_bytes),
        ]
    });
    let head = [
        "",
        "CPU",
        "busy",
        "requests",
        "wait max",
        "to clients",
        "to others",
        "stored",
    ];
    page.table(&head, rows.collect());
    let parts = cpu_parts(summary);
    if !parts.is_empty() {
        page.facts(&parts);
    }
    for said in [accesses(summary), archives(summary)] {
        if !said.is_empty() {
            page.facts(&said);
        }
    }
    if summary.providers.len() > MOST_PROVIDERS {
        let more = summary.providers.len() - MOST_PROVIDERS;
        page.line(&format!("  … and {more} more in providers.csv"));
    }
}

/// What is on providers' disks, where they keep more than they have to.
fn archives(summary: &Summary) -> Vec<String> {
    let rows = summary.providers.iter().take(MOST_PROVIDERS);
    let all = rows.filter_map(|row| {
        let part = |name: &str| row.archive_max_bytes.get(name).copied();
        let (history, disks) = (part("history")?, part("disks")?);
        let (history, disks) = (units::bytes(history), units::bytes(disks));
        Some(format!(
            "{} {disks} (history {history}, once)",
            cut(&row.domain, 24)
        ))
    });
    let mut said: Vec<String> = all.collect();
    if let Some(first) = said.first_mut() {
        first.insert_str(0, "On disks at most, with indices and copies: ");
    }
    said
}

/// How much of providers' accesses was used, where connections share them, and how long they held something up.
fn accesses(summary: &Summary) -> Vec<String> {
    let rows = summary.providers.iter().take(MOST_PROVIDERS);
    let ways = rows.flat_map(|row| {
        let ways = row.access.iter().zip(row.access_wait_max_ms.values());
        ways.map(|((way, used), wait)| {
            format!(
                "{} {way} {} (wait max {})",
                cut(&row.domain, 24),
                units::percent(*used, 1.0),
                units::millis(*wait)
            )
        })
    });
    let mut said: Vec<String> = ways.collect();
    if let Some(first) = said.first_mut() {
        first.insert_str(0, "Bandwidth used of the access: ");
    }
    said
}

/// What the CPU time of all providers went into, by the cost profile.
fn cpu_parts(summary: &Summary) -> Vec<String> {
    let parts = summary.provider_cpu();
    let all: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let said = parts.iter().map(|(what, seconds)| {
        let share = units::percent(*seconds, all);
        format!(
            "{} {} ({share})",
            names::work(what),
            units::seconds(*seconds)
        )
    });
    let mut said: Vec<String> = said.collect();
    if let Some(first) = said.first_mut() {
        first.insert_str(0, "CPU by what it was for: ");
    }
    said
}

fn invariants(page: &mut Page, summary: &Summary, record: &Record) {
    page.heading(match &summary.real {
        Some(real) if !real.violations.is_empty() => "Invariants, not all of which held",
        _ => "Invariants that held",
    });
    if record.invariants.is_empty() {
        page.line("  none");
    }
    for row in &record.invariants {
        let checks = match row.checks {
            0 => "not checked".to_owned(),
            checks => format!("{} ×", units::count(checks)),
        };
        let why = match (row.checks, summary.scenario.engine.as_str()) {
            (0, "model") if row.name == AGREE => " (the model has no secrets)",
            (0, _) => " (there was nothing to check)",
            _ => "",
        };
        page.line(&format!("  {checks:>14}  {}{why}", cut(row.name, 60)));
    }
}

fn ending(page: &mut Page, summary: &Summary, info: &RunInfo) {
    page.heading("Again");
    if summary.real.is_none() {
        page.line(&format!("  fingerprint  {}", summary.fingerprint));
    }
    page.line(&format!("  command      {}", info.command));
    if let Some(folder) = &info.folder {
        page.line(&format!("  files        {}", folder.display()));
        page.line(&format!(
            "  page         {}",
            folder.join("report.html").display()
        ));
    }
}
