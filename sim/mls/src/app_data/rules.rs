//! What a group begins with, and what updates of it mean.

use super::encoded;
use super::error::AppDataError;
use super::participant_list::ParticipantList;
use super::update::ParticipantListUpdate;
use crate::wire::{ComponentId, DomainList, ExternalSender};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The extension's type (draft-ietf-mls-extensions, "IANA Considerations").
pub const APP_DATA_DICTIONARY: u16 = 6;

/// The component by which a group says that its messages begin their `authenticated_data` with a SafeAAD, and the data of which lists
/// components that members have to understand there (draft-ietf-mls-extensions, section 5 and "IANA Considerations").
pub const SAFE_AAD: ComponentId = 2;

/// The proposal's type (draft-ietf-mls-extensions, "IANA Considerations").
pub const APP_DATA_UPDATE: u16 = 8;

/// What an update of each component does to its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppDataRules {
    /// The component whose data is a participant list. An update of any other replaces all of its data.
    pub participants: ComponentId,
    /// What the GroupContext has of the list.
    pub in_context: ListInContext,
}

/// What the GroupContext has of a participant list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListInContext {
    /// All of it (draft-ietf-mimi-protocol-06, "Participant List").
    List,
    /// Its SHA-256 hash, as draft-ietf-mls-extensions, section 4.7, lets implementations do with large data. The list itself is
    /// kept beside, and goes to those who join beside the ratchet tree: no draft says how.
    Hash,
}

impl AppDataRules {
    /// MIMI's `participant_list` (draft-ietf-mimi-protocol-06, "IANA Considerations").
    pub const MIMI: Self = Self {
        participants: 0x0022,
        in_context: ListInContext::List,
    };

    /// The same with no more than a hash of the list in the GroupContext.
    pub const HASHED: Self = Self {
        in_context: ListInContext::Hash,
        ..Self::MIMI
    };

    /// Whether the list is kept beside the GroupContext.
    pub(crate) fn list_is_beside(self) -> bool {
        self.in_context == ListInContext::Hash
    }

    /// What the GroupContext has of an encoded list.
    pub(crate) fn in_context(self, list: &[u8]) -> Vec<u8> {
        match self.in_context {
            ListInContext::List => list.to_vec(),
            ListInContext::Hash => Sha256::digest(list).to_vec(),
        }
    }

    /// How long that is of a list of so many bytes.
    pub(crate) fn len_in_context(self, list: u64) -> u64 {
        match self.in_context {
            ListInContext::List => list,
            ListInContext::Hash => <Sha256 as Digest>::output_size() as u64,
        }
    }

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
    /// Who may propose without being a member: another extension of the GroupContext, `external_senders` (RFC 9420, section 12.1.8.1),
    /// which is left out where there are none.
    pub external_senders: Vec<ExternalSender>,
    /// The domains from which its ratchet tree may be fetched: an extension as well, `ratchet_tree_source_domains`, which is left out where
    /// there are none.
    pub tree_sources: DomainList,
}

impl AppData {
    /// What the GroupContext has of each component.
    ///
    /// # Errors
    /// [`AppDataError::Malformed`] where the list is longer than a vector can be.
    pub fn data(
        &self,
        rules: AppDataRules,
    ) -> Result<BTreeMap<ComponentId, Vec<u8>>, AppDataError> {
        let mut data = self.others.clone();
        let list = self.participants.encode()?;
        data.insert(rules.participants, rules.in_context(&list));
        Ok(data)
    }
}
