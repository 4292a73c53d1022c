//! What a group begins with, and what updates of it mean.

use super::encoded;
use super::error::AppDataError;
use super::participant_list::ParticipantList;
use super::update::ParticipantListUpdate;
use std::collections::BTreeMap;

/// `ComponentID` (draft-ietf-mls-extensions, section 4.1).
pub type ComponentId = u16;

/// The extension's type (draft-ietf-mls-extensions, "IANA Considerations").
pub const APP_DATA_DICTIONARY: u16 = 6;

/// The proposal's type (draft-ietf-mls-extensions, "IANA Considerations").
pub const APP_DATA_UPDATE: u16 = 8;

/// What an update of each component does to its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppDataRules {
    /// The component whose data is a participant list. An update of any other replaces all of its data.
    pub participants: ComponentId,
}

impl AppDataRules {
    /// MIMI's `participant_list` (draft-ietf-mimi-protocol-06, "IANA Considerations").
    pub const MIMI: Self = Self {
        participants: 0x0022,
    };

    /// A component's data after these updates, in their order. The indices in all of them are those of the list before the first:
    /// whoever proposes does not know what else a commit is going to cover.
    ///
    /// # Errors
    /// Of a list, those of [`ParticipantList::resolve`], and where something is not encoded as it has to be; of other components,
    /// where there is not exactly one update: only one would have an effect.
    pub fn apply(
        &self,
        component: ComponentId,
        old: Option<&[u8]>,
        updates: &[&[u8]],
    ) -> Result<Vec<u8>, AppDataError> {
        if component != self.participants {
            return match updates {
                [update] => Ok(update.to_vec()),
                _ => Err(AppDataError::Twice),
            };
        }
        let updates = updates
            .iter()
            .map(|update| ParticipantListUpdate::decode(update))
            .collect::<Result<Vec<_>, _>>()?;
        encoded::apply(old, &updates)
    }
}

/// One AppDataUpdate proposal that updates a component's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDataUpdate {
    /// Whose data.
    pub component: ComponentId,
    /// What is to become of it.
    pub update: Vec<u8>,
}

/// The application data that a group begins with.
#[derive(Debug, Clone, Default)]
pub struct AppData {
    /// The participant list.
    pub participants: ParticipantList,
    /// The data of other components.
    pub others: BTreeMap<ComponentId, Vec<u8>>,
}

impl AppData {
    /// Components in the order of the dictionary, and how long the data of each is, in bytes.
    pub fn lengths(&self, rules: AppDataRules) -> BTreeMap<ComponentId, u64> {
        let others = self.others.iter();
        let mut lengths: BTreeMap<_, _> =
            others.map(|(id, data)| (*id, data.len() as u64)).collect();
        lengths.insert(rules.participants, self.participants.encoded_len());
        lengths
    }

    /// The same with their data.
    ///
    /// # Errors
    /// [`AppDataError::Malformed`] where the list is longer than a vector can be.
    pub fn data(
        &self,
        rules: AppDataRules,
    ) -> Result<BTreeMap<ComponentId, Vec<u8>>, AppDataError> {
        let mut data = self.others.clone();
        data.insert(rules.participants, self.participants.encode()?);
        Ok(data)
    }
}
