//! The page and the order of its sections.

use super::figures::{Figure, figures};
use super::{sections, style};
use crate::summary::Summary;
use maud::{DOCTYPE, Markup, html};
use throng_sim::record::Record;

/// What a page may load: nothing but the styles inside it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page. Plots that a section wants and `plots` lacks are left out.
pub fn html(summary: &Summary, record: &Record, plots: &[Figure<'_>]) -> String {
    let title = format!("{}, seed {}", summary.scenario.name, summary.scenario.seed);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) " · throng" }
                style { (maud::PreEscaped(style::sheet())) }
            }
            body {
                header {
                    h1 { (title) }
                    p { (summary.scenario.description) }
                    @if summary.partial {
                        p.warning { "Partial: the run was stopped before its end." }
                    }
                    @if !summary.reproducible {
                        p.warning { "Measured: a stopwatch says how long MLS takes, so this run is not reproducible." }
                    }
                    @if let Some(note) = &summary.simulator.note { p.warning { (note) } }
                }
                main { (body(summary, record, plots)) }
                footer {
                    p { "Made by throng " (summary.simulator.version) ". Times are virtual unless said otherwise." }
                }
            }
        }
    };
    page.into_string()
}

fn body(summary: &Summary, record: &Record, plots: &[Figure<'_>]) -> Markup {
    let show = |names: &[&str]| figures(plots, names);
    html! {
        @if !summary.thresholds.is_empty() {
            (section("thresholds", "Thresholds", &sections::thresholds(summary)))
        }
        (section("what", "What was simulated", &sections::what(summary)))
        (section("figures", "Key figures", &sections::key_figures(summary)))
        (section("latency", "Latency", &html! {
            (sections::latencies(summary, record))
            (show(&["latency-messages", "latency-membership"]))
        }))
        (section("time", "In the course of the run", &show(&["commits-over-time", "bytes-over-time"])))
        (section("trees", "Tree health", &html! {
            (sections::trees(summary))
            (show(&["tree-ciphertexts", "tree-blanks"]))
        }))
        (section("commits", "Commits", &html! {
            (sections::commits(summary))
            (show(&["commit-size", "converge", "attempts", "contention"]))
        }))
        (section("traffic", "Traffic", &html! {
            (show(&["bytes-by-kind"]))
            (sections::links(summary))
            (sections::kinds(summary))
        }))
        (section("cost", "Cost by party", &sections::cost(summary)))
        @if !summary.reproducible {
            (section("measured", "CPU time: measured against profiled", &sections::measured(summary)))
        }
        (section("providers", "Providers", &html! {
            (sections::providers(summary))
            (show(&["provider-load"]))
        }))
        (section("rooms", "Rooms", &sections::rooms(record)))
        (section("counts", "Wishes and what became of them", &sections::counts(summary)))
        (section("invariants", "Invariants", &sections::invariants(record)))
    }
}

fn section(id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section id=(id) {
            h2 { (title) }
            (content)
        }
    }
}
