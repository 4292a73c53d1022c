//! What a room's group says of its hub, and where clients that create one have it from.

use crate::room_state::{FrankingAgentData, HubInGroup};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::{ExternalReceiver, ExternalSender};
use throng_workloads::intent::ProviderId;
use throng_workloads::scenario::{Handshakes, ParticipantListPlace, Scenario};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

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
    /// Whether they do any of what no room can do without once it was set.
    pub fn are_vital(self) -> bool {
        self.stamp || self.read
    }

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
            agent: FrankingAgentData::of(engine, identity),
            receiver: engine.external_receiver(identity)?,
        })
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
            sender: propose.then(|| ExternalSender {
                signature_key: known.agent.franking_signature_key.clone(),
                credential: known.agent.credential.clone(),
            }),
            receiver: read.then(|| known.receiver.clone()),
        }
    }
}
