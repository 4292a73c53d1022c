//! Who pays for whom, and what stops with whom.

use super::layout::{Page, cut};
use crate::summary::{FederationSummary, OutageSummary, Summary};
use crate::units;

/// Providers that a terminal lists; the others are in `costs.csv` and `dependence.csv`.
const MOST_PROVIDERS: usize = 12;

/// Of a simulated run of several providers.
pub(super) fn federation(page: &mut Page, summary: &Summary) {
    let Some(federation) = summary
        .federation
        .as_ref()
        .filter(|_| summary.providers.len() > 1)
    else {
        return;
    };
    page.heading("Who pays for whom (by whose users caused it), and what stops with whom");
    let rows = federation
        .dependence
        .iter()
        .take(MOST_PROVIDERS)
        .map(|row| {
            let own = federation.paid(&row.provider, |row| !row.is_for_others());
            let others = federation.paid(&row.provider, |row| row.is_for_others());
            vec![
                cut(&row.provider, 24),
                units::bytes(own.sent_bytes),
                units::bytes(others.sent_bytes),
                units::seconds(own.cpu_s),
                units::seconds(others.cpu_s),
                units::percent(row.rooms_share, 1.0),
                units::percent(row.messages_share, 1.0),
            ]
        });
    let head = [
        "",
        "sent, own",
        "for others",
        "CPU, own",
        "for others",
        "its rooms",
        "messages stop",
    ];
    page.table(&head, rows.collect());
    if federation.dependence.len() > MOST_PROVIDERS {
        let more = federation.dependence.len() - MOST_PROVIDERS;
        page.line(&format!(
            "  … and {more} more in costs.csv and dependence.csv"
        ));
    }
    outages(page, federation);
}

/// What stopped while a provider was down, and until when.
fn outages(page: &mut Page, federation: &FederationSummary) {
    if federation.outages.is_empty() {
        return;
    }
    page.heading("Messages that people wanted to send while a provider was down");
    let row = |row: &OutageSummary| {
        vec![
            cut(&row.provider, 20),
            row.concerned.clone(),
            units::count(row.wanted),
            units::count(row.accepted_during),
            units::count(row.accepted_after),
            units::count(row.delivered),
            units::count(row.delivered_during),
            row.recovered().unwrap_or_else(|| "–".to_owned()),
        ]
    };
    let head = [
        "",
        "",
        "wanted",
        "accepted",
        "later",
        "delivered",
        "meanwhile",
        "all, after it",
    ];
    page.table(&head, federation.outages.iter().map(row).collect());
}
