//! What a comparison of both engines found, for a terminal.

use super::layout::Page;
use crate::units;
use throng_cost::{Unit, Units, Work};
use throng_workloads::scenario::Scenario;
use throng_world::verify::{Agreement, Difference, Verdict};

/// What agreed, or where the runs part; `command` replays the comparison. `colour` adds bold headings.
pub fn verdict_text(scenario: &Scenario, verdict: &Verdict, command: &str, colour: bool) -> String {
    let mut page = Page::new(colour);
    let (name, seed) = (&scenario.name, scenario.seed);
    if let Some(at) = verdict.stopped {
        page.bold(&format!("· {name}, seed {seed}: both engines agree so far"));
        page.warning(&format!(
            "  partial: stopped at {at} of {}",
            scenario.duration
        ));
    }
    match (&verdict.difference, &verdict.fingerprints) {
        _ if verdict.stopped.is_some() => {}
        (None, Some([openmls, model])) if openmls == model => {
            page.bold(&format!("✓ {name}, seed {seed}: both engines agree"));
            page.line(&format!("  fingerprint {openmls}"));
        }
        (None, Some([openmls, model])) => {
            page.bold(&format!("✗ {name}, seed {seed}: the fingerprints differ"));
            page.line(&format!("  openmls {openmls}"));
            page.line(&format!("  model   {model}"));
        }
        _ => page.bold(&format!("✗ {name}, seed {seed}: the engines differ")),
    }
    if let Some(difference) = &verdict.difference {
        differing(&mut page, difference);
        page.heading("agreed before that");
    } else {
        page.heading("compared, one by one");
    }
    agreed(&mut page, &verdict.agreement);
    if verdict.stopped.is_none() && !verdict.agrees() {
        page.line("");
        page.line(&format!("replay with: {command}"));
    }
    page.finish()
}

fn differing(page: &mut Page, difference: &Difference) {
    page.line(&format!(
        "  first difference at {}: {}",
        difference.time, difference.who
    ));
    page.line(&format!("  {}:", difference.what));
    page.line(&format!("    openmls {}", difference.openmls));
    page.line(&format!("    model   {}", difference.model));
    page.heading("what it did before, in both runs");
    if difference.before.is_empty() {
        page.line("  nothing");
    }
    for line in &difference.before {
        page.line(&format!("  {line}"));
    }
}

fn agreed(page: &mut Page, agreement: &Agreement) {
    let row = |what: &str, count: u64, bytes: u64| {
        vec![what.to_owned(), units::count(count), units::bytes(bytes)]
    };
    let commits = &agreement.commits;
    let health = format!(
        "tree health after each of {}",
        units::counted(commits.commits, "commit", "commits")
    );
    page.table(
        &["", "count", "bytes"],
        vec![
            row("commits", commits.commits, commits.commit_bytes),
            row("Welcomes", commits.welcomes, commits.welcome_bytes),
            row(
                "application messages, as submitted",
                agreement.messages,
                agreement.message_bytes,
            ),
            row(
                "messages of all kinds on all links",
                agreement.sent,
                agreement.sent_bytes,
            ),
        ],
    );
    page.facts(&[
        health,
        format!("{} path ciphertexts", units::count(commits.ciphertexts)),
        format!("times of {} inputs", units::count(agreement.inputs)),
    ]);
    page.heading("Work");
    let (clients, providers) = (&agreement.client_work, &agreement.provider_work);
    if let Some(table) = &agreement.units {
        page.table(
            &["", "clients", "providers"],
            work(table, clients, providers),
        );
    }
}

fn work(table: &Units, clients: &Work, providers: &Work) -> Vec<Vec<String>> {
    let sides = table.count(clients).zip(table.count(providers));
    let row = |((unit, clients), (_, providers)): ((Unit, u64), (Unit, u64))| {
        vec![
            unit.counter.replace('_', " "),
            units::count(clients),
            units::count(providers),
        ]
    };
    sides.map(row).collect()
}
