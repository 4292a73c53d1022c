//! What a twin found, for a terminal.

use super::layout::Page;
use crate::twin::{Agreement, Pair, Twin};
use crate::units;

/// What most readers ask for.
const SHOWN: &[&str] = &[
    "message.p50",
    "message.p90",
    "message.p99",
    "commit-accept.p50",
    "commit-accept.p99",
    "converge.p50",
    "converge.p99",
    "join.p50",
    "join.p99",
    "counts.messages_accepted",
    "counts.messages_decrypted",
    "counts.commits_accepted",
    "traffic.bytes",
    "client.cpu.mean",
];

/// What the times by operation are not alike in.
pub(crate) const BESIDE: &str = "of a real party this is what its state machine took; in the simulation HTTP, TLS and storage are in it. Providers as a whole are compared above, as provider.DOMAIN.cpu";

/// What agreed and what did not; `colour` adds colour.
pub fn twin_text(twin: &Twin, colour: bool) -> String {
    let mut page = Page::new(colour);
    let sign = if twin.agrees() { "✓" } else { "✗" };
    page.bold(&format!(
        "{sign} {}, seed {}: {}",
        twin.scenario,
        twin.seed,
        twin.verdict()
    ));
    page.line(&format!("  real on {}", twin.machine));
    for told in &twin.surroundings {
        page.wrapped(told);
    }
    page.heading("What had to hold");
    let checks = twin.checks.iter();
    page.verdicts(checks.map(|check| (check.met, check.what.as_str(), check.found.clone())));
    page.heading("Figures");
    let shown = |pair: &&Pair| {
        let measure = pair.measure.as_str();
        SHOWN.contains(&measure) || (measure.starts_with("provider.") && measure.ends_with(".cpu"))
    };
    let rows = twin.figures.iter().filter(shown).map(|pair| {
        let few = if pair.too_few { "too few" } else { "" };
        vec![
            pair.measure.clone(),
            pair.real_shown.clone(),
            pair.simulated_shown.clone(),
            pair.off.map_or_else(String::new, units::change),
            few.to_owned(),
        ]
    });
    page.table(&["", "real", "simulated", "off", ""], rows.collect());
    page.heading("Bytes a message");
    let rows = twin.lengths.iter().map(|kind| {
        let link = format!("{} → {}: {}", kind.from, kind.to, kind.kind);
        let mean = |mean: Option<f64>| mean.map_or_else(|| "–".to_owned(), units::bytes_f64);
        vec![
            link,
            units::count(kind.real.messages),
            units::count(kind.simulated.messages),
            mean(kind.real.mean()),
            mean(kind.simulated.mean()),
            kind.agreement.says().to_owned(),
        ]
    });
    let head = ["", "real", "simulated", "mean, real", "simulated", ""];
    page.table(&head, rows.collect());
    if twin
        .lengths
        .iter()
        .any(|kind| kind.agreement == Agreement::ByState)
    {
        page.wrapped(
            "by history: what happened in a room before decides how long they are; commits that both runs made after the same history are compared above",
        );
    }
    page.heading("CPU by operation, each");
    let rows = twin.operations.iter().map(|operation| {
        let each = |each: Option<f64>| each.map_or_else(|| "–".to_owned(), units::seconds);
        vec![
            format!("{}: {}", operation.party, operation.trigger),
            units::count(operation.real.times),
            units::count(operation.simulated.times),
            each(operation.real.each_s()),
            each(operation.simulated.each_s()),
            operation.off.map_or_else(String::new, units::change),
        ]
    });
    let head = ["", "real", "simulated", "each, real", "simulated", "off"];
    page.table(&head, rows.collect());
    page.wrapped(BESIDE);
    page.finish()
}
