//! What application messages are, as those say who send and read them: hubs cannot see it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use throng_stack::{Counter, Subject};

/// Accepted messages that clients sent by themselves.
pub const NOTICES_ACCEPTED: Counter = Counter("notices_accepted");

/// How often one of those was read.
pub const NOTICES_READ: Counter = Counter("notices_read");

/// All messages of one kind of content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentRow {
    /// The kind, by its identifier.
    pub kind: Cow<'static, str>,
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

/// All messages by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents(BTreeMap<&'static str, ContentRow>);

impl Contents {
    /// Those of this kind.
    pub(crate) fn of(&mut self, kind: &'static Subject) -> &mut ContentRow {
        self.0.entry(kind.id).or_insert_with(|| ContentRow {
            kind: kind.id.into(),
            ..ContentRow::default()
        })
    }

    /// A row for each kind, in the order of their identifiers; none where there is but one: other counts say all of that.
    pub(crate) fn finish(self) -> Vec<ContentRow> {
        match self.0.len() {
            0 | 1 => Vec::new(),
            _ => self.0.into_values().collect(),
        }
    }
}
