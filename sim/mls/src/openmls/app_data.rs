//! Application data in OpenMLS's terms.

use crate::app_data::{self, AppData, AppDataRules, AppDataUpdate, ComponentId, Listed};
use crate::context_work::NEW_FRAMED_CONTENT_TBS;
use crate::engine::MlsError;
use crate::openmls::error::refused;
use crate::openmls::framing::{self, Reader};
use crate::wire::{self, DomainList, MlsBytes, RATCHET_TREE_SOURCE_DOMAINS};
use crate::work::Work;
use openmls::component::ComponentData;
use openmls::group::{AppDataDictionaryUpdater, AppDataUpdates};
use openmls::messages::proposals::{AppDataUpdateOperation, AppDataUpdateProposal};
use openmls::prelude::{
    AppDataDictionary, AppDataDictionaryExtension, Extension, ExtensionType, Extensions,
    ExternalSender, GroupContext, Proposal, RequiredCapabilitiesExtension, UnknownExtension,
};
use std::collections::BTreeMap;
use throng_workloads::scenario::SignedContext;
use tls_codec::{Deserialize as _, Serialize as _};

/// The GroupContext's extensions in a group that begins with this data.
pub(crate) fn extensions(
    rules: AppDataRules,
    data: &AppData,
    signed: SignedContext,
) -> Result<Extensions<GroupContext>, MlsError> {
    let mut dictionary = AppDataDictionary::new();
    for (component, data) in data.data(rules).map_err(refused("application data"))? {
        dictionary.insert(component, data);
    }
    let mut extensions = vec![Extension::AppDataDictionary(
        AppDataDictionaryExtension::new(dictionary),
    )];
    if !data.external_senders.is_empty() {
        let senders = data.external_senders.iter();
        let senders = senders.map(|sender| {
            let encoded = sender.tls_serialize_detached();
            let encoded = encoded.map_err(refused("external senders"))?;
            ExternalSender::tls_deserialize_exact(&encoded).map_err(refused("external senders"))
        });
        let senders = senders.collect::<Result<_, MlsError>>()?;
        extensions.push(Extension::ExternalSenders(senders));
    }
    if signed == SignedContext::Hash {
        let required = [ExtensionType::Unknown(NEW_FRAMED_CONTENT_TBS)];
        let required = RequiredCapabilitiesExtension::new(&required, &[], &[]);
        extensions.push(Extension::RequiredCapabilities(required));
    }
    if !data.tree_sources.domains.is_empty() {
        let sources = data.tree_sources.tls_serialize_detached();
        let sources = UnknownExtension(sources.map_err(refused("sources of the ratchet tree"))?);
        extensions.push(Extension::Unknown(RATCHET_TREE_SOURCE_DOMAINS, sources));
    }
    Extensions::from_vec(extensions).map_err(refused("application data"))
}

/// The domains from which the ratchet tree may be fetched, as the GroupContext says; none, where it says nothing that can be read.
pub(crate) fn tree_sources(context: &GroupContext) -> DomainList {
    let sources = context.extensions().unknown(RATCHET_TREE_SOURCE_DOMAINS);
    let sources = sources.and_then(|sources| DomainList::tls_deserialize_exact(&sources.0).ok());
    sources.unwrap_or_default()
}

/// Those who may propose without being members.
pub(crate) fn external_senders(context: &GroupContext) -> Vec<wire::ExternalSender> {
    let senders = context
        .extensions()
        .external_senders()
        .into_iter()
        .flatten();
    let read = senders.filter_map(|sender| {
        let encoded = sender.tls_serialize_detached().ok()?;
        wire::ExternalSender::tls_deserialize_exact(encoded).ok()
    });
    read.collect()
}

/// The place of whoever has this signature key among them.
pub(crate) fn sender_index(context: &GroupContext, signature_key: &[u8]) -> Option<u32> {
    let senders = external_senders(context);
    let is = |sender: &wire::ExternalSender| sender.signature_key.as_slice() == signature_key;
    senders.iter().position(is).map(|at| at as u32)
}

/// The proposal that makes an update.
pub(crate) fn proposal(update: &AppDataUpdate) -> AppDataUpdateProposal {
    AppDataUpdateProposal::update(update.component, update.update.clone())
}

/// The update that a proposal makes, if it makes one.
pub(crate) fn update(proposal: &Proposal) -> Option<AppDataUpdate> {
    let Proposal::AppDataUpdate(proposal) = proposal else {
        return None;
    };
    match proposal.operation() {
        AppDataUpdateOperation::Update(update) => Some(AppDataUpdate {
            component: proposal.component_id(),
            update: update.as_slice().to_vec(),
        }),
        AppDataUpdateOperation::Remove => None,
    }
}

/// What a commit makes of a group's application data.
pub(crate) struct Applied {
    /// In OpenMLS's terms.
    pub(crate) updates: Option<AppDataUpdates>,
    /// The new participant list, encoded, where it is a new one.
    pub(crate) list: Option<Vec<u8>>,
}

impl Applied {
    /// Count that.
    pub(crate) fn count(&self, rules: Option<AppDataRules>, work: &mut Work) {
        if let (Some(rules), Some(list)) = (rules, &self.list) {
            work.add_list(list.len() as u64, rules.list_is_beside());
        }
    }

    /// The new list, where it is kept beside.
    pub(crate) fn beside(self, rules: Option<AppDataRules>) -> Option<Vec<u8>> {
        let beside = rules.is_some_and(AppDataRules::list_is_beside);
        self.list.filter(|_| beside)
    }
}

/// Apply what the proposals say, in their order. `beside` is the encoded list where it is kept beside.
pub(crate) fn apply<'a>(
    rules: Option<AppDataRules>,
    beside: Option<&[u8]>,
    mut updater: AppDataDictionaryUpdater<'_>,
    proposals: impl Iterator<Item = &'a AppDataUpdateProposal>,
) -> Result<Applied, MlsError> {
    let mut updates: BTreeMap<ComponentId, Vec<&[u8]>> = BTreeMap::new();
    for proposal in proposals {
        match proposal.operation() {
            AppDataUpdateOperation::Update(update) => updates
                .entry(proposal.component_id())
                .or_default()
                .push(update.as_slice()),
            AppDataUpdateOperation::Remove => {
                return Err(refused("application data")("no component may be removed"));
            }
        }
    }
    let mut list = None;
    for (component, updates) in updates {
        let rules =
            rules.ok_or_else(|| refused("application data")("the group has none to update"))?;
        let of_list = component == rules.participants;
        let old = match beside {
            Some(beside) if of_list => Some(beside),
            _ => updater.old_value(component),
        };
        let mut data = rules
            .apply(component, old, &updates)
            .map_err(refused("application data"))?;
        if of_list {
            let new = data;
            data = rules.in_context(&new);
            list = Some(new);
        }
        updater.set(ComponentData::from_parts(component, data.into()));
    }
    Ok(Applied {
        updates: updater.changes(),
        list,
    })
}

/// A component's data in a GroupContext.
pub(crate) fn data(context: &GroupContext, component: ComponentId) -> Option<&[u8]> {
    let dictionary = context.extensions().app_data_dictionary()?.dictionary();
    dictionary.get(&component)
}

/// The data of a component other than the participant list.
pub(crate) fn component(
    rules: Option<AppDataRules>,
    context: &GroupContext,
    component: ComponentId,
) -> Option<Vec<u8>> {
    let is_list = rules.is_some_and(|rules| rules.participants == component);
    let found = data(context, component).filter(|_| !is_list);
    found.map(<[u8]>::to_vec)
}

/// The encoded participant list of a GroupContext.
pub(crate) fn list(rules: Option<AppDataRules>, context: &GroupContext) -> Option<&[u8]> {
    data(context, rules?.participants)
}

/// Whether the user of this URI is on an encoded list, where there is one.
pub(crate) fn listed(list: Option<&[u8]>, user: &[u8]) -> Listed {
    match list {
        Some(list) => Listed::on_list(app_data::find(list, user)),
        None => Listed::NoList,
    }
}

/// The same by a GroupInfo message.
pub(crate) fn listed_in_group_info(
    rules: Option<AppDataRules>,
    group_info: &MlsBytes,
    user: &[u8],
) -> Result<Listed, MlsError> {
    let said = framing::group_info(group_info.as_slice())?;
    let mut context = Reader::new(said.group_context);
    let mut extensions = Reader::new(framing::context_extensions(&mut context)?);
    let Some(rules) = rules else {
        return Ok(Listed::NoList);
    };
    if rules.list_is_beside() {
        return Ok(Listed::NoList);
    }
    while !extensions.is_empty() {
        let extension = extensions.u16()?;
        let content = extensions.vector()?;
        if extension != app_data::APP_DATA_DICTIONARY {
            continue;
        }
        let mut components = Reader::new(Reader::new(content).vector()?);
        while !components.is_empty() {
            let component = components.u16()?;
            let data = components.vector()?;
            if component == rules.participants {
                return Ok(listed(Some(data), user));
            }
        }
    }
    Ok(Listed::NoList)
}
