//! Traffic added up by link and by kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throng_record::TrafficRow;

/// All traffic from one kind of party to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkTraffic {
    /// `client` or `provider`.
    pub from: String,
    /// `client` or `provider`.
    pub to: String,
    /// Messages sent.
    pub messages: u64,
    /// Bytes put on links, retransmissions included.
    pub sent_bytes: u64,
    /// Bytes that receivers took.
    pub received_bytes: u64,
    /// Bytes lost on the way.
    pub lost_bytes: u64,
    /// Bytes that arrived twice.
    pub duplicated_bytes: u64,
    /// Bytes of the bodies of what was sent, each counted once: without what HTTP and TLS add. Summaries from before lack it.
    #[serde(default)]
    pub body_bytes: u64,
}

/// All traffic of one kind of message from one kind of party to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindTraffic {
    /// The message kind.
    pub kind: String,
    /// The bytes.
    #[serde(flatten)]
    pub link: LinkTraffic,
}

/// By link, in order of names.
pub(super) fn by_link(rows: &[TrafficRow]) -> Vec<LinkTraffic> {
    let mut links: BTreeMap<(&str, &str), LinkTraffic> = BTreeMap::new();
    for row in rows {
        links
            .entry((&row.from, &row.to))
            .or_insert_with(|| empty(row))
            .add(row);
    }
    links.into_values().collect()
}

/// By kind and link, in order of names.
pub(super) fn by_kind(rows: &[TrafficRow]) -> Vec<KindTraffic> {
    let mut kinds: BTreeMap<(&str, &str, &str), LinkTraffic> = BTreeMap::new();
    for row in rows {
        kinds
            .entry((&row.kind, &row.from, &row.to))
            .or_insert_with(|| empty(row))
            .add(row);
    }
    kinds
        .into_iter()
        .map(|((kind, ..), link)| KindTraffic {
            kind: kind.to_owned(),
            link,
        })
        .collect()
}

fn empty(row: &TrafficRow) -> LinkTraffic {
    LinkTraffic {
        from: row.from.to_string(),
        to: row.to.to_string(),
        messages: 0,
        sent_bytes: 0,
        received_bytes: 0,
        lost_bytes: 0,
        duplicated_bytes: 0,
        body_bytes: 0,
    }
}

impl LinkTraffic {
    fn add(&mut self, row: &TrafficRow) {
        self.messages = self.messages.saturating_add(row.messages);
        self.sent_bytes = self.sent_bytes.saturating_add(row.sent);
        self.received_bytes = self.received_bytes.saturating_add(row.received);
        self.lost_bytes = self.lost_bytes.saturating_add(row.lost);
        self.duplicated_bytes = self.duplicated_bytes.saturating_add(row.duplicated);
        self.body_bytes = self.body_bytes.saturating_add(row.bodies);
    }
}
