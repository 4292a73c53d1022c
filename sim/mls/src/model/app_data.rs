//! A group's application data, as far as its structure goes: who is on the participant list, and the data of other components.

use super::lengths::{Lengths, vector};
use crate::app_data::{
    AppData, AppDataError, AppDataRules, AppDataUpdate, ComponentId, ListChange, ParticipantList,
    ParticipantListUpdate,
};
use crate::wire::{DomainList, ExternalSender};
use crate::work::Work;
use std::collections::BTreeMap;
use std::sync::Arc;
use tls_codec::Size as _;

/// The application data of one version of a group.
#[derive(Debug, Clone)]
pub(super) struct GroupData {
    rules: AppDataRules,
    pub(super) participants: ParticipantList,
    /// The data of other components.
    others: BTreeMap<ComponentId, Arc<[u8]>>,
    /// Who may propose without being a member.
    external_senders: Arc<[ExternalSender]>,
    /// Length of the extension that says what its members are capable of.
    required: u64,
    /// From where the ratchet tree may be fetched.
    pub(super) tree_sources: Arc<DomainList>,
}

/// What a commit does to it. [`GroupData::swap`] does it, or takes it back.
#[derive(Debug, Clone, Default)]
pub(super) struct DataChange {
    participants: ListChange,
    /// Whether there was an update of the list, be it one that changes nothing.
    updates_list: bool,
    /// Data by component on the side where the group's is not.
    others: Vec<(ComponentId, Option<Arc<[u8]>>)>,
}

/// How long things are once a change is done, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DataLengths {
    /// The GroupContext's extensions.
    pub(super) extensions: u64,
    /// The participant list where it is another one; else 0.
    pub(super) rewritten: u64,
    /// The participant list where it is kept beside the GroupContext.
    pub(super) beside: Option<u64>,
}

impl DataLengths {
    /// Count that the list was worked out, where it is another one.
    pub(super) fn count(&self, work: &mut Work) {
        work.add_list(self.rewritten, self.beside.is_some());
    }
}

/// Length of what goes beside a GroupInfo, or a Welcome without the tree, from those of the tree's content and of the list: the list
/// follows the tree, which is a vector then.
pub(super) fn with_tree_len(tree: u64, list: Option<u64>) -> u64 {
    list.map_or(tree, |list| vector(tree) + list)
}

/// Length of what goes beside a Welcome, if anything does; with the tree in it an empty one is beside.
pub(super) fn beside_welcome_len(tree_inside: bool, tree: u64, list: Option<u64>) -> Option<u64> {
    match tree_inside {
        true => list.map(|list| with_tree_len(0, Some(list))),
        false => Some(with_tree_len(tree, list)),
    }
}

impl GroupData {
    pub(super) fn new(rules: AppDataRules, data: AppData, required: u64) -> Self {
        let others = data.others.iter();
        Self {
            rules,
            others: others
                .map(|(component, data)| (*component, Arc::from(&data[..])))
                .collect(),
            participants: data.participants,
            external_senders: data.external_senders.into(),
            required,
            tree_sources: Arc::new(data.tree_sources),
        }
    }

    /// What these updates together do, which is not done.
    pub(super) fn resolve<'a>(
        &self,
        updates: impl Iterator<Item = &'a AppDataUpdate>,
    ) -> Result<DataChange, AppDataError> {
        let mut lists = Vec::new();
        let mut others = BTreeMap::new();
        for update in updates {
            if update.component == self.rules.participants {
                lists.push(ParticipantListUpdate::decode(&update.update)?);
            } else {
                let data = Arc::from(&update.update[..]);
                if others.insert(update.component, Some(data)).is_some() {
                    return Err(AppDataError::Twice);
                }
            }
        }
        Ok(DataChange {
            participants: self.participants.resolve(&lists)?,
            updates_list: !lists.is_empty(),
            others: others.into_iter().collect(),
        })
    }

    /// The data of a component other than the participant list.
    pub(super) fn component(&self, component: ComponentId) -> Option<&[u8]> {
        self.others.get(&component).map(|data| &data[..])
    }

    /// Bytes of data by component, without the participant list.
    fn lengths(&self) -> BTreeMap<ComponentId, u64> {
        let others = self.others.iter();
        others
            .map(|(component, data)| (*component, data.len() as u64))
            .collect()
    }

    /// Length of the GroupContext's extensions, in bytes.
    pub(super) fn extensions_len(&self) -> u64 {
        let mut lengths = self.lengths();
        let list = self.rules.len_in_context(self.participants.encoded_len());
        lengths.insert(self.rules.participants, list);
        dictionary(&lengths) + self.senders_len() + self.sources_len() + self.required
    }

    /// Length of the extension that says from where the ratchet tree may be fetched.
    fn sources_len(&self) -> u64 {
        match self.tree_sources.domains.is_empty() {
            true => 0,
            false => Lengths::extension(self.tree_sources.tls_serialized_len() as u64),
        }
    }

    /// Length of the extension that says who may propose without being a member.
    fn senders_len(&self) -> u64 {
        let senders = self.external_senders.iter();
        match senders
            .map(|sender| sender.tls_serialized_len() as u64)
            .sum()
        {
            0 => 0,
            all => Lengths::extension(vector(all)),
        }
    }

    /// Those who may propose without being members.
    pub(super) fn external_senders(&self) -> &[ExternalSender] {
        &self.external_senders
    }

    /// The place of whoever has this signature key among them.
    pub(super) fn sender_index(&self, signature_key: &[u8]) -> Option<u32> {
        let mut keys = self.external_senders.iter();
        let at = keys.position(|sender| sender.signature_key.as_slice() == signature_key);
        at.map(|at| at as u32)
    }

    /// Length of the participant list where it is kept beside the GroupContext.
    pub(super) fn list_beside(&self) -> Option<u64> {
        let list = self.participants.encoded_len();
        self.rules.list_is_beside().then_some(list)
    }

    /// How long things are once this is done.
    pub(super) fn lengths_after(&self, change: &DataChange) -> DataLengths {
        let mut lengths = self.lengths();
        for (component, data) in &change.others {
            lengths.extend(data.as_ref().map(|data| (*component, data.len() as u64)));
        }
        let list = self.participants.encoded_len_after(&change.participants);
        lengths.insert(self.rules.participants, self.rules.len_in_context(list));
        DataLengths {
            extensions: dictionary(&lengths)
                + self.senders_len()
                + self.sources_len()
                + self.required,
            rewritten: if change.updates_list { list } else { 0 },
            beside: self.rules.list_is_beside().then_some(list),
        }
    }

    /// Do what was resolved, or take back what was done.
    pub(super) fn swap(&mut self, change: &mut DataChange) {
        self.participants.swap(&mut change.participants);
        for (component, data) in &mut change.others {
            let new = data.take();
            *data = match new {
                Some(new) => self.others.insert(*component, new),
                None => self.others.remove(component),
            };
        }
    }
}

/// Length of an `app_data_dictionary` among other extensions, from the lengths of its components' data.
fn dictionary(components: &BTreeMap<ComponentId, u64>) -> u64 {
    let entries = components.values().map(|len| 2 + vector(*len)).sum();
    Lengths::extension(vector(entries))
}
