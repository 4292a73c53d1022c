//! The page: its skeleton, and that it asks nothing of the network.

use super::sample::{self, without};
use sha2::{Digest, Sha256};
use throng_record::Record;
use throng_reports::page::{Figure, html};
use throng_reports::plots::{Of, PLOTS};
use throng_reports::{Details, RunInfo, Summary};

fn page(record: &Record, info: &RunInfo) -> String {
    let details = Details::from(record);
    let plots = Figure::all(&details).expect("drawn");
    html(
        &Summary::new(&sample::scenario(), record, info),
        &details,
        &plots,
    )
}

#[test]
fn the_skeleton_of_the_page() {
    let page = page(&sample::record(), &sample::info());
    let shown = without(&without(&page, "<svg", "</svg>"), "<script", "</script>");
    let skeleton = without(&shown, "<style>", "</style>");
    let skeleton = without(&skeleton, "'sha256-", "'");
    let rows = skeleton
        .replace("<tr>", "\n<tr>")
        .replace("<section", "\n\n<section");
    insta::assert_snapshot!(
        rows.replace("<figure", "\n<figure")
            .replace("<div", "\n<div")
    );
}

#[test]
fn nothing_is_loaded_and_only_our_script_runs() {
    let page = page(&sample::record(), &sample::info());
    for foreign in [
        "<link", "<img", "<iframe", "src=", "url(", "@import", "onload", "unsafe",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let inside = page.matches("href=\"#").count();
    assert_eq!(
        page.matches("href=").count(),
        inside,
        "links lead nowhere else"
    );
    assert_eq!(page.matches("<script>").count(), 1);
    let values = page.matches("<script type=\"application/json\">").count();
    assert_eq!(page.matches("<script").count(), 1 + values);
    let addresses = page.matches("http").count();
    let namespaces = page.matches("http://www.w3.org/2000/svg").count();
    let policies = page.matches("http-equiv").count();
    assert_eq!(addresses, namespaces + policies);
}

/// What stands between two texts.
fn between<'p>(page: &'p str, begin: &str, end: &str) -> &'p str {
    let (_, rest) = page.split_once(begin).expect("it begins");
    rest.split_once(end).expect("it ends").0
}

#[test]
fn the_policy_names_the_style_and_the_script_by_their_hashes() {
    let page = page(&sample::record(), &sample::info());
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    for (directive, text) in [
        ("style-src", between(&page, "<style>", "</style>")),
        ("script-src", between(&page, "<script>", "</script>")),
    ] {
        let hash = data_encoding::BASE64.encode(&Sha256::digest(text));
        let wanted = format!("{directive} 'sha256-{hash}'");
        assert!(policy.contains(&wanted), "{wanted} is not in {policy}");
    }
}

#[test]
fn every_plot_is_on_the_page_in_both_sizes() {
    let page = page(&sample::record(), &sample::info());
    let drawn = |of| of != Of::Servers && of != Of::Real;
    let drawn = PLOTS.iter().filter(|plot| drawn(plot.of));
    assert_eq!(page.matches("<svg width=").count(), 2 * drawn.count());
}

#[test]
fn every_listed_room_has_its_lines_with_words_for_those_who_cannot_see_them() {
    let record = sample::record();
    let page = page(&record, &sample::info());
    // Fifty are listed, and one of those never began.
    assert!(record.rooms.len() > 50 && record.rooms[59].created.is_none());
    let labelled = |what: &str| page.matches(&format!("aria-label=\"{what}: ")).count();
    assert_eq!(labelled("members"), 49);
    assert_eq!(labelled("commits in each part of the run"), 49);
    assert_eq!(labelled("ciphertexts in the next commit"), 49);
}

#[test]
fn a_page_of_very_many_commits_is_no_larger_than_people_wait_for() {
    let mut record = sample::record();
    let few = sample::groups(&mut record).commits.clone();
    let mut commits: Vec<_> = (1..=60_u64)
        .flat_map(|copy| {
            few.iter().map(move |row| {
                let mut row = row.clone();
                row.commit_bytes += copy * copy * 7 % 9_001;
                row.health.members += (copy * 13 % 59) as u32;
                row.converge_max = row.converge_max.map(|span| span * copy);
                row
            })
        })
        .collect();
    commits.sort_by_key(|row| row.time);
    sample::groups(&mut record).commits = commits;
    let page = page(&record, &sample::info());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
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
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("&lt;b&gt;bold"));
}

#[test]
fn a_run_without_a_small_room_says_that_it_has_no_picture() {
    let none = "no tree is pictured";
    let pictured = "<figure id=\"plot-small-room-tree\"";
    let page = |record: &Record| page(record, &sample::info());
    let (with, without) = (page(&sample::record()), page(&sample::empty_record()));
    assert!(with.contains(pictured) && !with.contains(none));
    assert!(without.contains(none) && !without.contains(pictured));
}

#[test]
fn a_partial_run_says_so() {
    assert!(
        page(&sample::empty_record(), &sample::info()).contains("Partial: the run was stopped")
    );
    assert!(!page(&sample::record(), &sample::info()).contains("Partial"));
}
