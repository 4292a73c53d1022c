//! What a room's group says of its hub, and where clients that create one have it from.

use crate::room_state::components::FRANKING_AGENT;
use crate::room_state::{FrankingAgentData, HubInGroup};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::semi_private::EXTERNAL_RECEIVERS;
use throng_mls::wire::{ExternalReceiver, ExternalSender};
use throng_workloads::intent::ProviderId;
use throng_workloads::scenario::{Handshakes, ParticipantListPlace, Scenario};
use tls_codec::{Serialize as _, TlsDeserialize, TlsSerialize, TlsSize};

/// What hubs do in groups besides passing messages on, for which the groups have their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HubDuties {
    /// They stamp messages (draft-ietf-mimi-protocol-06, "Message Franking").
    pub stamp: bool,
    /// They may propose (RFC 9420, section 12.1.8), as they always may where a room's state is in its group (draft-ietf-mimi-protocol-06,
    /// "Authenticating proposals"). Without keys of theirs a group does without.
    pub propose: bool,
    /// They read handshakes that other providers do not (draft-mahy-mls-semiprivatemessage).
    pub read: bool,
}

impl HubDuties {
    /// Those of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            stamp: scenario.messages.content.is_franked(),
            propose: scenario.policy.participant_list != ParticipantListPlace::Nowhere,
            read: scenario.policy.handshakes == Handshakes::SemiPrivate,
        }
    }
}

/// What groups can say of one hub. Over HTTPS its directory has it, as no draft says where else.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct HubIdentity {
    /// Of what ciphersuite its keys are.
    pub ciphersuite: u16,
    /// By what stamps and proposals of its own are checked.
    agent: FrankingAgentData,
    /// For whom handshakes are sealed that it is to read.
    receiver: ExternalReceiver,
}

impl HubIdentity {
    /// What they can say of the hub that has this identity.
    ///
    /// # Errors
    /// Those of [`Engine::external_receiver`].
    pub fn of<E: Engine>(engine: &E, identity: &E::Client) -> Result<Self, MlsError> {
        Ok(Self {
            ciphersuite: engine.ciphersuite_code(),
            agent: FrankingAgentData::of(engine, identity),
            receiver: engine.external_receiver(identity)?,
        })
    }

    /// Whether it is about the provider of this URI, in everything that it says. Nothing is verified.
    pub fn is_of(&self, provider: &str) -> bool {
        let credentials = [&self.agent.credential, &self.receiver.credential];
        credentials.iter().all(|credential| {
            let named = credential.client_uri();
            named.is_ok_and(|named| *named == *provider.as_bytes())
        })
    }

    /// Who may propose by it.
    pub(crate) fn sender(&self) -> ExternalSender {
        ExternalSender {
            signature_key: self.agent.franking_signature_key.clone(),
            credential: self.agent.credential.clone(),
        }
    }

    /// Whether a group says nothing else of its hub, as far as it says anything.
    pub(crate) fn is_all_that<E: Engine>(&self, engine: &E, group: &E::Hub) -> bool {
        let senders = engine.hub_external_senders(group);
        let agent = engine.hub_component(group, FRANKING_AGENT);
        let mine = self.agent.tls_serialize_detached().ok();
        senders.iter().all(|sender| *sender == self.sender()) && (agent.is_none() || agent == mine)
    }

    /// Whether a group has its handshakes encrypted for it, and for nobody else outside.
    pub(crate) fn is_only_receiver<E: Engine>(&self, engine: &E, group: &E::Hub) -> bool {
        let named = engine.hub_component(group, EXTERNAL_RECEIVERS);
        let mine = std::slice::from_ref(&self.receiver).tls_serialize_detached();
        mine.is_ok_and(|mine| named == Some(mine))
    }
}

/// The keys of hubs, as far as a scenario has them use those: no draft says how clients learn them. In a simulation they know them as
/// they know names; over HTTPS each hub's directory is asked before anything begins.
#[derive(Debug, Clone, Default)]
pub struct HubKeys {
    keys: Arc<BTreeMap<ProviderId, HubIdentity>>,
    duties: HubDuties,
}

impl HubKeys {
    /// These, of hubs that do this.
    pub fn new(keys: BTreeMap<ProviderId, HubIdentity>, duties: HubDuties) -> Self {
        Self {
            keys: Arc::new(keys),
            duties,
        }
    }

    /// What groups of rooms of this hub say of it.
    pub(crate) fn in_group(&self, hub: Option<ProviderId>) -> HubInGroup {
        let Some(known) = hub.and_then(|hub| self.keys.get(&hub)) else {
            return HubInGroup::default();
        };
        let HubDuties {
            stamp,
            propose,
            read,
        } = self.duties;
        HubInGroup {
            agent: stamp.then(|| known.agent.clone()),
            sender: propose.then(|| known.sender()),
            receiver: read.then(|| known.receiver.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Directory as _, Learned};
    use crate::stack::hub_keys;
    use throng_mls::model::ModelEngine;
    use throng_mls::wire::Credential;
    use throng_workloads::builtin;
    use throng_workloads::stream::Streams;

    /// What groups of the one hub there is say of it, with these settings.
    fn said(settings: &[&str]) -> HubInGroup {
        let settings: Vec<String> = settings.iter().map(|key| (*key).to_owned()).collect();
        let scenario = builtin::find("small").unwrap().scenario(&settings).unwrap();
        let engine = ModelEngine::new(crate::stack::engine_config(&scenario));
        let (directory, streams) = (Learned::new(["a.example"]), Streams::new(1, 0));
        let keys = hub_keys(&engine, &directory, &streams, &scenario);
        assert!(keys.in_group(Some(ProviderId(1))).sender.is_none());
        assert!(keys.in_group(None).sender.is_none());
        keys.in_group(Some(ProviderId(0)))
    }

    #[test]
    fn whoever_keeps_a_rooms_state_in_its_group_names_the_hub() {
        let hub = said(&[]);
        let sender = hub.sender.expect("always");
        let named = Learned::new(["a.example"])
            .provider_uri(ProviderId(0))
            .unwrap();
        assert_eq!(sender.credential, Credential::basic(named.as_bytes()));
        assert!(hub.agent.is_none() && hub.receiver.is_none());
        assert!(said(&["policy.participant_list=hash"]).sender.is_some());
        assert!(said(&["policy.participant_list=none"]).sender.is_none());
        let franked = said(&["messages.content=mimi", "messages.franking=true"]);
        let key = franked.agent.expect("it stamps").franking_signature_key;
        assert_eq!(key, franked.sender.expect("always").signature_key);
        assert!(said(&["policy.handshakes=semi-private"]).receiver.is_some());
    }
}
