//! The page of one run, and the order of its sections.

use super::figures::{Figure, figures};
use super::skeleton::{self, Section};
use super::{federation, groups, rooms, sections};
use crate::details::Details;
use crate::summary::{RealSummary, Summary, remarks};
use maud::{Markup, html};

/// The whole page. Plots that a section wants and `plots` lacks are left out.
pub fn html(summary: &Summary, details: &Details<'_>, plots: &[Figure<'_>]) -> String {
    let title = format!("{}, seed {}", summary.scenario.name, summary.scenario.seed);
    let about = html! {
        p { (summary.scenario.description) }
        (warnings(summary))
    };
    let parts = parts(summary, details, plots);
    skeleton::page(&title, &about, &parts, &summary.simulator.version)
}

/// What a reader has to know before anything else.
pub(super) fn warnings(summary: &Summary) -> Markup {
    html! {
        @if summary.partial {
            p.warning { "Partial: the run was stopped before its end." }
        }
        @for warning in summary.real.iter().flat_map(RealSummary::warnings) { p.warning { (warning) } }
        @if !summary.reproducible && summary.real.is_none() {
            p.warning { "Measured: a stopwatch says how long MLS takes, so this run is not reproducible." }
        }
        @for remark in remarks(summary) { p.warning { (remark) } }
        @if let Some(note) = &summary.simulator.note { p.warning { (note) } }
    }
}

fn parts(summary: &Summary, details: &Details<'_>, plots: &[Figure<'_>]) -> Vec<Section> {
    let show = |names: &[&str]| figures(plots, names);
    let mut parts = Vec::new();
    let mut add = |id, title, content| parts.push(Section { id, title, content });
    if !summary.thresholds.is_empty() {
        add("thresholds", "Thresholds", sections::thresholds(summary));
    }
    let title = match summary.real {
        Some(_) => "What was run",
        None => "What was simulated",
    };
    add("what", title, sections::what(summary));
    add("figures", "Key figures", sections::key_figures(summary));
    let content = html! {
        (sections::warmup_note(summary, "latencies"))
        (sections::latencies(summary, details))
        (show(&["latency-messages", "latency-membership"]))
    };
    add("latency", "Latency", content);
    if let Some(real) = &summary.real {
        let content = html! {
            (sections::real(real))
            @if !details.generator.is_empty() { (show(&["generator-wishes", "generator-delay"])) }
        };
        add("real", "Over real connections", content);
    }
    let content = html! {
        p {
            @if details.groups.is_some() {
                "The bars under a plot over time are leaves that accepted commits added, removed and refreshed. "
            }
            "A vertical line marks when an event of the scenario begins."
        }
        (show(&["commits-over-time", "bytes-over-time"]))
    };
    add("time", "In the course of the run", content);
    if let (Some(tree), Some(groups)) = (&summary.tree, &details.groups) {
        let content = html! {
            (groups::trees(tree))
            @if !tree.is_known() {
                p { "What the trees are like is known to providers, which ran already." }
            } @else {
                (show(&["tree-ciphertexts", "tree-blanks"]))
                @if groups.small_room.is_some() {
                    (show(&["small-room-tree"]))
                } @else {
                    p { "Of the first 256 rooms none stayed within 32 leaves, so no tree is pictured." }
                }
            }
        };
        add("trees", "Tree health", content);
    }
    let content = html! {
        (sections::warmup_note(summary, "attempts"))
        (sections::commits(summary))
        (show(&["commit-size", "converge", "attempts", "contention"]))
    };
    add("commits", "Commits", content);
    let content = html! {
        (show(&["bytes-by-kind"]))
        (sections::links(summary))
        (sections::kinds(summary))
        (sections::contents(summary))
    };
    add("traffic", "Traffic", content);
    let content = html! { (show(&["cpu-by-party", "bytes-by-party"])) (sections::cost(summary)) };
    add("cost", "Cost by party", content);
    if let Some(ledgers) = summary
        .federation
        .as_ref()
        .filter(|_| summary.providers.len() > 1)
    {
        let content = html! { (show(&["bytes-by-role"])) (federation::costs(ledgers, details)) };
        add("payers", "Who pays for whom", content);
        if !ledgers.exposure.is_empty() {
            add("exposure", "Who sees what", federation::exposure(ledgers));
        }
        add(
            "dependence",
            "What stops with whom",
            federation::dependence(ledgers),
        );
    }
    if !summary.reproducible {
        let title = match summary.real {
            Some(_) => "CPU time by what it was for",
            None => "CPU time: measured against profiled",
        };
        add("measured", title, sections::measured(summary));
    }
    let content = html! {
        (sections::providers(summary))
        (show(&["provider-load", "provider-wait", "latency-provider-wait", "queue", "stored-bytes"]))
    };
    add("providers", "Providers", content);
    let servers = summary.real.iter().flat_map(|real| &real.servers);
    if servers.clone().next().is_some() {
        let content = html! {
            p { "What each server's process took of its machine, HTTP, TLS and all, looked at each second." }
            (sections::servers(servers))
            (show(&["server-cpu", "server-memory", "server-connections", "server-storage"]))
        };
        add("servers", "Servers", content);
    }
    add("rooms", "Rooms", rooms::rooms(summary, details));
    let title = "What people wanted, and what became of it";
    add("counts", title, sections::counts(summary));
    add("invariants", "Invariants", sections::invariants(summary));
    parts
}
