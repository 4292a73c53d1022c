//! Application messages by what is in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_record::ContentRow;

/// All application messages of one kind of content, as those say who send and read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentSummary {
    /// The kind.
    pub kind: String,
    /// How often one was sent, also anew because a hub did not take it.
    pub sent: u64,
    /// Bytes of the packets that carried them to their senders' providers.
    pub sent_bytes: u64,
    /// How many hubs accepted.
    pub accepted: u64,
    /// How often one was read: once for each reader.
    pub read: u64,
    /// Bytes of content that readers read.
    pub read_bytes: u64,
}

impl ContentSummary {
    /// Those of a record.
    pub(crate) fn all(rows: &[ContentRow]) -> Vec<Self> {
        let one = |row: &ContentRow| Self {
            kind: row.kind.to_string(),
            sent: row.sent,
            sent_bytes: row.sent_bytes,
            accepted: row.accepted,
            read: row.read,
            read_bytes: row.read_bytes,
        };
        rows.iter().map(one).collect()
    }

    /// As the record has it.
    pub(crate) fn row(&self) -> ContentRow {
        ContentRow {
            kind: self.kind.clone().into(),
            sent: self.sent,
            sent_bytes: self.sent_bytes,
            accepted: self.accepted,
            read: self.read,
            read_bytes: self.read_bytes,
        }
    }

    /// The mean length of what readers read, in bytes; 0 where nobody read any.
    pub(crate) fn mean_bytes(&self) -> f64 {
        self.read_bytes as f64 / self.read.max(1) as f64
    }
}
