//! What checking the model against test vectors found, for a terminal.

use super::layout::Page;
use crate::units;
use std::collections::BTreeMap;
use throng_mls::vectors::{Failure, FileReport};

/// Failed vectors of a file that are shown in full.
const TOLD: usize = 3;

/// A line a file, then what was skipped and why, and where the first failures differ. `colour` adds bold headings.
pub fn vectors_text(reports: &[FileReport], colour: bool) -> String {
    let mut page = Page::new(colour);
    let head = [
        "file", "kind", "checked", "passed", "failed", "skipped", "compared",
    ];
    page.table(&head, reports.iter().map(row).collect());
    for report in reports {
        notes(&mut page, report);
    }
    for report in reports {
        failures(&mut page, report);
    }
    page.finish()
}

/// A file as people call it: without its folders.
fn name(report: &FileReport) -> String {
    match report.path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => report.path.display().to_string(),
    }
}

fn row(report: &FileReport) -> Vec<String> {
    let mark = if report.failed.is_empty() {
        '✓'
    } else {
        '✗'
    };
    let count = |count: usize| units::count(count as u64);
    vec![
        format!("{mark} {}", name(report)),
        report.kind.to_string(),
        count(report.checked()),
        count(report.passed),
        count(report.failed.len()),
        count(report.skipped.len()),
        units::count(report.compared),
    ]
}

/// What was skipped, and what was not compared, each with the reason.
fn notes(page: &mut Page, report: &FileReport) {
    let mut skipped: BTreeMap<&str, u64> = BTreeMap::new();
    for one in &report.skipped {
        *skipped.entry(&one.why).or_default() += 1;
    }
    for (why, count) in skipped {
        let vectors = units::counted(count, "vector", "vectors");
        page.wrapped(&format!("{}: skipped {vectors}: {why}", name(report)));
    }
    if report.blank_tails > 0 {
        let vectors = units::counted(report.blank_tails as u64, "vector", "vectors");
        page.wrapped(&format!(
            "{}: in {vectors} a tree ends with blank nodes, which RFC 9420, section 12.4.3.3, leaves out; \
             checked as if without",
            name(report)
        ));
    }
    for (what, suites, why) in [
        (
            "encoded lengths",
            &report.without_lengths,
            "the model has no lengths for it",
        ),
        (
            "hashes",
            &report.without_hashes,
            "RFC 9420 does not define it",
        ),
    ] {
        for (suite, count) in suites {
            let vectors = units::counted(*count as u64, "vector", "vectors");
            page.wrapped(&format!(
                "{}: {what} not compared in {vectors} of ciphersuite {suite}: {why}",
                name(report)
            ));
        }
    }
}

fn failures(page: &mut Page, report: &FileReport) {
    if report.failed.is_empty() {
        return;
    }
    page.heading(&format!(
        "{}: where the model differs",
        report.path.display()
    ));
    for failure in report.failed.iter().take(TOLD) {
        told(page, failure);
    }
    if let Some(more) = report
        .failed
        .len()
        .checked_sub(TOLD)
        .filter(|more| *more > 0)
    {
        let numbers: Vec<String> = report.failed[TOLD..]
            .iter()
            .map(|failure| failure.vector.to_string())
            .collect();
        let more = units::counted(more as u64, "more vector", "more vectors");
        page.wrapped(&format!("and in {more}: {}", numbers.join(", ")));
    }
}

fn told(page: &mut Page, failure: &Failure) {
    page.line(&format!(
        "  vector {}, ciphersuite {}",
        failure.vector, failure.suite
    ));
    for difference in &failure.differences {
        page.line(&format!("    {}", difference.what));
        page.line(&format!("      expected  {}", difference.expected));
        page.line(&format!("      found     {}", difference.found));
    }
    if failure.more > 0 {
        let more = units::counted(failure.more, "more value", "more values");
        page.line(&format!("    and {more}"));
    }
}
