//! What providers of ours find of those under test.

use crate::error::LiveError;
use crate::serve::facts::{Lines, WrittenFinding};
use std::collections::BTreeMap;
use throng_record::FindingRow;

/// Each sort of finding, and how often.
#[derive(Debug, Default)]
pub(super) struct Findings(BTreeMap<(String, String, String), u64>);

impl Findings {
    /// One more.
    pub(super) fn note(&mut self, finding: WrittenFinding) {
        let WrittenFinding {
            provider,
            section,
            found,
        } = finding;
        *self.0.entry((provider, section, found)).or_default() += 1;
    }

    /// All that are in such a file, of which nothing else counts.
    ///
    /// # Errors
    /// [`LiveError::Read`] where it cannot be read.
    pub(super) fn read(&mut self, lines: &mut Lines) -> Result<(), LiveError> {
        while let Some(line) = lines.read_next()? {
            if let Some(finding) = line.finding {
                self.note(finding);
            }
        }
        Ok(())
    }

    /// By provider, section and what was found.
    pub(super) fn rows(&self) -> Vec<FindingRow> {
        let rows = self.0.iter();
        rows.map(|((provider, section, found), times)| FindingRow {
            provider: provider.clone(),
            section: section.clone(),
            found: found.clone(),
            times: *times,
        })
        .collect()
    }
}
