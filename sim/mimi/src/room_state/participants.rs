//! The participant list of a room (draft-ietf-mimi-protocol-06, "Participant List"), in MIMI's terms.

use super::components::PARTICIPANT_LIST;
use std::collections::BTreeSet;
use throng_mls::app_data::{AppDataError, AppDataUpdate, ParticipantListUpdate};

/// The proposal of an update; none of one that changes nothing.
pub(crate) fn proposals(
    update: &ParticipantListUpdate,
) -> Result<Vec<AppDataUpdate>, AppDataError> {
    if update.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![AppDataUpdate {
        component: PARTICIPANT_LIST,
        update: update.encode()?,
    }])
}

/// The updates of participant lists among those of application data.
pub(crate) fn updates<'a>(
    all: impl IntoIterator<Item = &'a AppDataUpdate>,
) -> Result<Vec<ParticipantListUpdate>, AppDataError> {
    let of_list = all
        .into_iter()
        .filter(|update| update.component == PARTICIPANT_LIST);
    of_list
        .map(|update| ParticipantListUpdate::decode(&update.update))
        .collect()
}

/// Whom updates are about.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Indices of those who are on the list.
    pub(crate) indices: BTreeSet<u32>,
    /// URIs of those who come to it.
    pub(crate) added: BTreeSet<Vec<u8>>,
}

impl Touched {
    pub(crate) fn by(updates: &[ParticipantListUpdate]) -> Self {
        let mut touched = Self::default();
        for update in updates {
            let changed = update.changed.iter().map(|change| change.user);
            touched
                .indices
                .extend(changed.chain(update.removed.iter().copied()));
            let added = update.added.iter();
            touched
                .added
                .extend(added.map(|new| new.user.as_slice().to_vec()));
        }
        touched
    }
}
