//! Reading `network.outages`: providers that are down for a while.

use super::model::{Outage, Scenario};
use super::reader::{Notes, Section};
use crate::error::nearest;
use crate::units::{parse_span, show_span};
use std::fmt;

const KEY: &str = "network.outages";

/// As it is written: `b.example=20min+10min`.
impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, lasts) = (show_span(self.at), show_span(self.lasts));
        write!(f, "{}={at}+{lasts}", self.domain)
    }
}

/// Reads the outages of `[network]`, as they are written.
pub(super) fn outages(section: &Section<'_>) -> Vec<Outage> {
    let mut outages = Vec::new();
    for text in section.texts("outages") {
        match outage(&text) {
            Some(outage) => outages.push(outage),
            None => section.note(
                "outages",
                format!("{text:?} is no outage; expected DOMAIN=AT+LASTS such as \"b.example=20min+10min\""),
            ),
        }
    }
    outages
}

fn outage(text: &str) -> Option<Outage> {
    let (domain, when) = text.split_once('=')?;
    let (at, lasts) = when.split_once('+')?;
    Some(Outage {
        domain: domain.trim().to_owned(),
        at: parse_span(at.trim()).ok()?,
        lasts: parse_span(lasts.trim()).ok()?,
    })
}

/// Notes outages of nobody, without an end, or of somebody who is away already; and where nobody asks again.
pub(super) fn check(scenario: &Scenario, notes: &Notes<'_>) {
    let outages = &scenario.network.outages;
    for (place, outage) in outages.iter().enumerate() {
        let mut domains = scenario.providers.iter().map(|p| p.domain.as_str());
        if !domains.clone().any(|domain| domain == outage.domain) {
            let hint = nearest(&outage.domain, &mut domains);
            notes.note(KEY, format!("no provider is {:?}; {hint}", outage.domain));
        }
        if outage.lasts.as_nanos() == 0 {
            notes.note(
                KEY,
                format!("{outage} ends as it begins; expected a span such as 10min"),
            );
        }
        if outage.at >= scenario.duration {
            let duration = show_span(scenario.duration);
            notes.note(
                KEY,
                format!("{outage} begins after the end; expected a time before {duration}"),
            );
        }
        let before = outages[..place].iter();
        let clash = |other: &&Outage| other.domain == outage.domain && other.meets(outage);
        if let Some(other) = before.clone().find(clash) {
            notes.note(
                KEY,
                format!(
                    "{outage}: it is down then, because of {other}; expected one after the other"
                ),
            );
        }
    }
    if !outages.is_empty() && scenario.policy.request_timeout.is_none() {
        notes.note(
            KEY,
            "nobody repeats what is lost, so whoever waits for it would wait for ever; expected none, or \
             policy.request_timeout with a span such as \"30s\"",
        );
    }
}
