//! What people and programs read of the sample run, as a whole.

use super::sample;
use throng_reports::{Summary, summary_text};

/// Lines that are ours to lay out stay within a terminal of 100 columns.
fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "too long: {line}");
    }
}

#[test]
fn a_terminal_shows_the_run_in_a_page() {
    let text = summary_text(
        &sample::scenario(),
        &sample::record(),
        &sample::info(),
        false,
    );
    assert_fits(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn a_terminal_shows_a_run_in_which_nothing_happened() {
    let text = summary_text(
        &sample::scenario(),
        &sample::empty_record(),
        &sample::info(),
        false,
    );
    assert_fits(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn colour_adds_escapes_and_changes_no_word() {
    let (scenario, record, info) = (sample::scenario(), sample::record(), sample::info());
    let plain = summary_text(&scenario, &record, &info, false);
    let coloured = summary_text(&scenario, &record, &info, true);
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains("\u{1b}[1mLatency"));
    let stripped = ["\u{1b}[1m", "\u{1b}[33m", "\u{1b}[0m"]
        .iter()
        .fold(coloured, |text, escape| text.replace(escape, ""));
    assert_eq!(stripped, plain);
}

#[test]
fn long_names_are_cut_and_long_words_are_wrapped() {
    let (mut scenario, mut record) = (sample::scenario(), sample::record());
    scenario.description = "What happens when everyone joins at nine? ".repeat(12);
    record.providers[0].domain = format!("{}.example", "provider".repeat(20));
    record.providers = vec![record.providers[0].clone(); 12];
    assert_fits(&summary_text(&scenario, &record, &sample::info(), false));
}

#[test]
fn a_program_reads_every_figure() {
    let summary = Summary::new(&sample::scenario(), &sample::record(), &sample::info());
    let json = summary.to_json();
    let back: Summary = serde_json::from_str(&json).expect("what was written can be read");
    assert_eq!(back, summary);
    insta::assert_snapshot!(json);
}

#[test]
fn only_the_simulator_part_depends_on_how_a_run_was_made() {
    let (scenario, record) = (sample::scenario(), sample::record());
    let one = Summary::new(&scenario, &record, &sample::info());
    let mut other = Summary::new(&scenario, &record, &throng_reports::RunInfo::default());
    assert_ne!(one, other);
    other.simulator = one.simulator.clone();
    assert_eq!(one, other);
}
