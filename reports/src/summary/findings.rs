//! What providers under test did otherwise than the documents of the protocol say.

use crate::units;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_record::FindingRow;

/// One sort of thing that a provider under test did otherwise than a document says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingSummary {
    /// The provider's domain.
    pub provider: String,
    /// Which part of which document says otherwise.
    pub section: String,
    /// What was found. Some of the words are the provider's own.
    pub found: String,
    /// How often.
    pub times: u64,
}

impl FindingSummary {
    /// The same, as a record has it.
    pub(super) fn of(row: &FindingRow) -> Self {
        let FindingRow {
            provider,
            section,
            found,
            times,
        } = row.clone();
        Self {
            provider,
            section,
            found,
            times,
        }
    }

    /// In words, for people.
    pub(crate) fn says(&self) -> String {
        let Self {
            provider,
            section,
            found,
            times,
        } = self;
        format!(
            "{provider}, {} ×: {found} ({section})",
            units::count(*times)
        )
    }
}
