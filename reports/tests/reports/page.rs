//! The page: its skeleton, and that it asks nothing of the network.

use super::sample;
use throng_reports::page::{Figure, html};
use throng_reports::plots::{PLOTS, Size};
use throng_reports::{RunInfo, Summary};
use throng_sim::record::Record;

fn page(record: &Record, info: &RunInfo) -> String {
    let draw = |plot: &'static throng_reports::plots::Plot| Figure {
        plot,
        wide: plot.svg(record, Size::Wide).expect("drawn"),
        narrow: plot.svg(record, Size::Narrow).expect("drawn"),
    };
    let plots: Vec<Figure<'_>> = PLOTS.iter().map(draw).collect();
    html(
        &Summary::new(&sample::scenario(), record, info),
        record,
        &plots,
    )
}

/// The text without what stands from `begin` to `end`, wherever that occurs.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut pieces = text.split(begin);
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(piece.split_once(end).map_or("", |(_, rest)| rest));
    }
    kept
}

#[test]
fn the_skeleton_of_the_page() {
    let page = page(&sample::record(), &sample::info());
    let skeleton = without(&without(&page, "<svg", "</svg>"), "<style>", "</style>");
    let rows = skeleton
        .replace("<tr>", "\n<tr>")
        .replace("<section", "\n\n<section");
    insta::assert_snapshot!(
        rows.replace("<figure", "\n<figure")
            .replace("<div", "\n<div")
    );
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let page = page(&sample::record(), &sample::info());
    for foreign in [
        "<script", "<link", "<img", "<iframe", "src=", "href=", "url(", "@import", "onload",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let addresses = page.matches("http").count();
    let namespaces = page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count();
    let policies = page.matches("http-equiv").count();
    assert_eq!(addresses, namespaces + policies);
}

#[test]
fn every_plot_is_on_the_page_in_both_sizes() {
    let page = page(&sample::record(), &sample::info());
    assert_eq!(page.matches("<svg").count(), 2 * PLOTS.len());
}

#[test]
fn what_a_scenario_says_cannot_become_markup() {
    let mut record = sample::record();
    record.rooms[0].hub = "<script>alert(1)</script>".to_owned();
    let info = RunInfo {
        note: Some("<b>bold</b>".to_owned()),
        ..sample::info()
    };
    let page = page(&record, &info);
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;b&gt;bold"));
}

#[test]
fn a_partial_run_says_so() {
    assert!(
        page(&sample::empty_record(), &sample::info()).contains("Partial: the run was stopped")
    );
    assert!(!page(&sample::record(), &sample::info()).contains("Partial"));
}
