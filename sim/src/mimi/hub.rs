//! One room at its hub: the group's public state, its order of events, and who receives what.
//!
//! Per room and epoch the hub accepts one commit; every other one for that epoch is told wrongEpoch
//! (draft-ietf-mimi-protocol-06, `/update`). What it accepts gets the room's next event number and goes
//! to every member but the sender, once per provider.

use crate::mimi::directory::{Directory, parse_client_uri};
use crate::mimi::observation::{CommitAccepted, Observation};
use crate::mimi::packet::RequestId;
use crate::mimi::wire::notify::FanoutEvent;
use crate::mimi::wire::{
    BareGroupInfo, BareWelcome, FanoutMessage, GroupInfoOption, GroupInfoRatchetTree,
    HandshakeBundle, ProposalRef, RatchetTreeOption, SubmitAccepted, SubmitOutcome, UpdateOutcome,
};
use crate::mls::engine::{CommitEffect, Engine, HubAccepted, MlsError};
use crate::mls::work::{TreeHealth, Work};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::SimTime;
use tls_codec::Size;

/// One room at its hub.
pub struct Room<E: Engine> {
    id: RoomId,
    state: E::Hub,
    group_info: BareGroupInfo<E::Message>,
    /// Bytes of GroupInfo and tree, for the storage figures.
    stored: u64,
    directory: Arc<Directory>,
    members: BTreeMap<ClientId, ProviderId>,
    /// Members who do nothing but receive: how many at each provider.
    passive: BTreeMap<ProviderId, u32>,
    /// Proposals that the next commit must cover, for those who join from outside.
    pending: Vec<E::Message>,
    /// Members that these remove.
    leaving: BTreeSet<ClientId>,
    next_event: u64,
    epoch_tolerance: u64,
    /// Accepted timestamps rise strictly, as two events in one millisecond must not share theirs.
    last_timestamp: u64,
}

/// A group that is there already, with its members.
pub struct AdoptedGroup<E: Engine> {
    /// The GroupInfo of its epoch.
    pub group_info: BareGroupInfo<E::Message>,
    /// Its public state.
    pub state: E::Hub,
    /// Members who act, and their providers.
    pub members: BTreeMap<ClientId, ProviderId>,
    /// How many members at each provider do nothing but receive.
    pub passive: BTreeMap<ProviderId, u32>,
}

/// Something to send on.
#[derive(Debug)]
pub struct Fanout<E: Engine> {
    /// The message.
    pub message: FanoutMessage<E::Message>,
    /// Its event number and receivers; a Welcome has neither, it goes where its KeyPackages came from.
    pub event: Option<(u64, Receivers)>,
}

/// Who receives an event.
#[derive(Debug, Clone)]
pub struct Receivers {
    /// All of them, ascending.
    pub all: Arc<[ClientId]>,
    /// The same by their providers.
    pub by_provider: BTreeMap<ProviderId, Vec<ClientId>>,
    /// How many passive clients receive it besides, by their providers.
    pub passive: BTreeMap<ProviderId, u32>,
}

impl Receivers {
    /// Passive clients of all providers together.
    pub fn all_passive(&self) -> u64 {
        self.passive.values().map(|count| u64::from(*count)).sum()
    }
}

/// What came of a request.
pub struct Decision<E: Engine, O> {
    /// What to answer.
    pub outcome: O,
    /// What to send on, in order.
    pub fanouts: Vec<Fanout<E>>,
    /// What to report.
    pub observations: Vec<Observation>,
}

impl<E: Engine, O> Decision<E, O> {
    fn refuse(outcome: O, observation: Observation) -> Self {
        Self {
            outcome,
            fanouts: Vec::new(),
            observations: vec![observation],
        }
    }
}

impl<E: Engine> Room<E> {
    /// The room of a group that its creator hands over.
    pub fn create(
        engine: &E,
        id: RoomId,
        directory: Arc<Directory>,
        group_info: BareGroupInfo<E::Message>,
        tree: &E::Tree,
        epoch_tolerance: u64,
    ) -> Result<Self, MlsError> {
        let state = engine.hub(group_info.message(), tree)?;
        let uris = engine.hub_members(&state);
        let members = uris
            .iter()
            .filter_map(|(_, uri)| place(&directory, uri))
            .collect();
        let group = AdoptedGroup {
            group_info,
            state,
            members,
            passive: BTreeMap::new(),
        };
        Ok(Self::adopt(engine, id, directory, group, epoch_tolerance))
    }

    /// The room of a group that began before time zero.
    pub fn adopt(
        engine: &E,
        id: RoomId,
        directory: Arc<Directory>,
        group: AdoptedGroup<E>,
        epoch_tolerance: u64,
    ) -> Self {
        let AdoptedGroup {
            group_info,
            state,
            members,
            passive,
        } = group;
        let stored = stored_bytes(engine, &state, &group_info);
        Self {
            id,
            state,
            group_info,
            stored,
            directory,
            members,
            passive,
            pending: Vec::new(),
            leaving: BTreeSet::new(),
            next_event: 0,
            epoch_tolerance,
            last_timestamp: 0,
        }
    }

    /// The tree's state.
    pub fn health(&self, engine: &E) -> TreeHealth {
        engine.hub_health(&self.state)
    }

    /// The epoch.
    pub fn epoch(&self, engine: &E) -> u64 {
        engine.hub_epoch(&self.state)
    }

    /// Bytes of GroupInfo and ratchet tree.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// The hub's MLS work since the last call.
    pub fn take_work(&mut self, engine: &E) -> Work {
        engine.take_hub_work(&mut self.state)
    }

    /// What a joiner from outside needs.
    pub fn group_info(&self, engine: &E) -> GroupInfoRatchetTree<E::Message> {
        GroupInfoRatchetTree {
            group_info: self.group_info.clone(),
            ratchet_tree: RatchetTreeOption::Full(engine.hub_tree(&self.state)),
            pending_proposals: self.pending.clone(),
        }
    }

    fn timestamp(&mut self, now: SimTime) -> u64 {
        self.last_timestamp = now.as_millis().max(self.last_timestamp + 1);
        self.last_timestamp
    }

    fn event(&mut self) -> u64 {
        let event = self.next_event;
        self.next_event += 1;
        event
    }

    fn receivers_but(&self, sender: ClientId) -> Receivers {
        let mut by_provider: BTreeMap<ProviderId, Vec<ClientId>> = BTreeMap::new();
        let receivers = self.members.iter().filter(|(client, _)| **client != sender);
        let all = receivers
            .map(|(client, provider)| {
                by_provider.entry(*provider).or_default().push(*client);
                *client
            })
            .collect();
        Receivers {
            all,
            by_provider,
            passive: self.passive.clone(),
        }
    }

    // ---- handshakes ----

    /// `/update`: a commit or proposals.
    pub fn update(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        bundle: HandshakeBundle<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        match bundle {
            HandshakeBundle::Commit {
                commit,
                welcome,
                group_info: GroupInfoOption::Full(group_info),
                ..
            } => self.commit(engine, now, request, commit, welcome, group_info),
            HandshakeBundle::Commit {
                group_info: GroupInfoOption::Partial(_),
                ..
            } => Decision::refuse(
                UpdateOutcome::NotAllowed,
                self.refused(
                    request,
                    "a partial GroupInfo, which this hub does not complete",
                ),
            ),
            HandshakeBundle::Proposal {
                proposal,
                more_proposals,
            } => self.proposals(engine, now, request, proposal, more_proposals),
        }
    }

    fn refused(&self, request: RequestId, reason: &'static str) -> Observation {
        Observation::HandshakeRefused {
            room: self.id,
            request,
            reason,
        }
    }

    fn refusal(&self, request: RequestId, error: &MlsError) -> Decision<E, UpdateOutcome> {
        let (outcome, observation) = match error {
            MlsError::WrongEpoch { current, .. } => (
                UpdateOutcome::WrongEpoch {
                    current_epoch: *current,
                },
                Observation::WrongEpoch {
                    room: self.id,
                    request,
                },
            ),
            MlsError::MissingProposals { .. } => (
                UpdateOutcome::InvalidProposal {
                    invalid_proposals: Vec::<ProposalRef>::new(),
                },
                self.refused(request, "commit without pending proposals"),
            ),
            MlsError::AddedAlready => (
                UpdateOutcome::InvalidProposal {
                    invalid_proposals: Vec::<ProposalRef>::new(),
                },
                self.refused(
                    request,
                    "a proposal to add whom another had just proposed (looked at again)",
                ),
            ),
            MlsError::NobodyStays => (
                UpdateOutcome::InvalidProposal {
                    invalid_proposals: Vec::<ProposalRef>::new(),
                },
                self.refused(
                    request,
                    "a proposal to remove the last who could commit (looked at again)",
                ),
            ),
            MlsError::Malformed(_) => (
                UpdateOutcome::NotAllowed,
                self.refused(request, "malformed MLS message"),
            ),
            MlsError::Refused { .. } => (
                UpdateOutcome::NotAllowed,
                self.refused(request, "refused by MLS"),
            ),
        };
        Decision::refuse(outcome, observation)
    }

    fn commit(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        commit: E::Message,
        welcome: Option<BareWelcome<E::Message>>,
        group_info: BareGroupInfo<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        let effect = match engine.hub_accept(&mut self.state, &commit) {
            Ok(HubAccepted::Commit(effect)) => effect,
            Ok(HubAccepted::Proposal { .. }) => {
                return Decision::refuse(
                    UpdateOutcome::NotAllowed,
                    self.refused(request, "not a commit"),
                );
            }
            Err(error) => return self.refusal(request, &error),
        };
        // Members before the commit receive it, removed ones included.
        let receivers = self.receivers_but(request.client);
        self.apply(&effect);
        self.group_info = group_info;
        self.pending.clear();
        self.leaving.clear();
        self.stored = stored_bytes(engine, &self.state, &self.group_info);
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let observation = Observation::CommitAccepted(Box::new(CommitAccepted {
            room: self.id,
            event,
            request,
            effect,
            commit_bytes: commit.tls_serialized_len() as u64,
            welcome_bytes: welcome
                .as_ref()
                .map_or(0, |w| w.message().tls_serialized_len() as u64),
            receivers: Arc::clone(&receivers.all),
            passive: receivers.all_passive(),
            tree: engine.hub_small_tree(&self.state),
        }));
        let mut fanouts = vec![Fanout {
            message: FanoutMessage {
                timestamp: accepted_timestamp,
                event: FanoutEvent::Commit {
                    message: commit,
                    external_proposals: Vec::new(),
                },
            },
            event: Some((event, receivers)),
        }];
        if let Some(welcome) = welcome {
            fanouts.push(self.welcome(engine, accepted_timestamp, welcome));
        }
        Decision {
            outcome: UpdateOutcome::Success { accepted_timestamp },
            fanouts,
            observations: vec![observation],
        }
    }

    fn welcome(&self, engine: &E, timestamp: u64, welcome: BareWelcome<E::Message>) -> Fanout<E> {
        let ratchet_tree = if engine.tree_in_welcome() {
            RatchetTreeOption::DistributionService
        } else {
            RatchetTreeOption::Full(engine.hub_tree(&self.state))
        };
        let event = FanoutEvent::Welcome {
            message: welcome.into_message(),
            ratchet_tree,
        };
        Fanout {
            message: FanoutMessage { timestamp, event },
            event: None,
        }
    }

    fn apply(&mut self, effect: &CommitEffect) {
        for (gone, _) in effect
            .removes
            .iter()
            .filter_map(|(_, uri)| place(&self.directory, uri))
        {
            self.members.remove(&gone);
        }
        self.members.extend(
            effect
                .adds
                .iter()
                .filter_map(|(_, uri)| place(&self.directory, uri)),
        );
        if effect.external {
            self.members
                .extend(place(&self.directory, &effect.committer));
        }
    }

    fn proposals(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        proposal: E::Message,
        more_proposals: Vec<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        let mut accepted = Vec::new();
        let mut refusal = None;
        for message in std::iter::once(proposal).chain(more_proposals) {
            match engine.hub_accept(&mut self.state, &message) {
                Ok(HubAccepted::Proposal { removes, .. }) => {
                    accepted.push(message);
                    let gone = removes.and_then(|(_, uri)| place(&self.directory, &uri));
                    self.leaving.extend(gone.map(|(client, _)| client));
                }
                Ok(HubAccepted::Commit(_)) => {
                    refusal = Some(Decision::refuse(
                        UpdateOutcome::NotAllowed,
                        self.refused(request, "not a proposal"),
                    ));
                    break;
                }
                Err(error) => {
                    refusal = Some(self.refusal(request, &error));
                    break;
                }
            }
        }
        self.pending.extend(accepted.iter().cloned());
        match refusal {
            None => self.fan_out_proposals(now, request, accepted),
            Some(refusal) if accepted.is_empty() => refusal,
            // The next commit must cover those before the refused one, so everybody gets them, their
            // maker too, who takes the whole bundle back.
            Some(refusal) => {
                let nobody = RequestId {
                    client: ClientId(u32::MAX),
                    ..request
                };
                let mut decision = self.fan_out_proposals(now, nobody, accepted);
                decision.outcome = UpdateOutcome::InvalidProposal {
                    invalid_proposals: Vec::new(),
                };
                decision.observations.extend(refusal.observations);
                decision
            }
        }
    }

    fn fan_out_proposals(
        &mut self,
        now: SimTime,
        request: RequestId,
        mut proposals: Vec<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        let proposal = proposals.remove(0);
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let receivers = self.receivers_but(request.client);
        let stays = |client: &ClientId| !self.leaving.contains(client);
        let observation = Observation::ProposalAccepted {
            room: self.id,
            event,
            receivers: Arc::clone(&receivers.all),
            passive: receivers.all_passive(),
            leaving: self.leaving.len() as u64,
            stay: self.members.keys().copied().filter(stays).collect(),
        };
        let message = FanoutMessage {
            timestamp: accepted_timestamp,
            event: FanoutEvent::Proposal {
                message: proposal,
                more_proposals: proposals,
            },
        };
        Decision {
            outcome: UpdateOutcome::Success { accepted_timestamp },
            fanouts: vec![Fanout {
                message,
                event: Some((event, receivers)),
            }],
            observations: vec![observation],
        }
    }

    // ---- application messages ----

    /// `/submitMessage`: an application message of a member.
    pub fn submit(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        message: E::Message,
    ) -> Decision<E, SubmitOutcome> {
        let current_epoch = self.epoch(engine);
        let Ok(epoch) = engine.message_epoch(&message) else {
            return Decision::refuse(
                SubmitOutcome::NotAllowed,
                self.refused(request, "malformed MLS message"),
            );
        };
        if !self.members.contains_key(&request.client) || epoch > current_epoch {
            return Decision::refuse(
                SubmitOutcome::NotAllowed,
                self.refused(request, "sender is no member"),
            );
        }
        if epoch + self.epoch_tolerance < current_epoch {
            return Decision::refuse(
                SubmitOutcome::EpochTooOld { current_epoch },
                Observation::EpochTooOld { room: self.id },
            );
        }
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let receivers = self.receivers_but(request.client);
        let observation = Observation::MessageAccepted {
            room: self.id,
            event,
            request,
            receivers: Arc::clone(&receivers.all),
            passive: receivers.all_passive(),
        };
        let message = FanoutMessage {
            timestamp: accepted_timestamp,
            event: FanoutEvent::Application {
                message,
                frank: None,
            },
        };
        Decision {
            outcome: SubmitOutcome::Accepted(SubmitAccepted {
                accepted_timestamp,
                frank: None,
            }),
            fanouts: vec![Fanout {
                message,
                event: Some((event, receivers)),
            }],
            observations: vec![observation],
        }
    }
}

/// Which client of which provider a client URI names.
fn place(directory: &Directory, uri: &[u8]) -> Option<(ClientId, ProviderId)> {
    let (user, client) = parse_client_uri(uri)?;
    let provider = directory.users.get(user.0 as usize)?;
    Some((client, *provider))
}

fn stored_bytes<E: Engine>(
    engine: &E,
    state: &E::Hub,
    group_info: &BareGroupInfo<E::Message>,
) -> u64 {
    (group_info.tls_serialized_len() + engine.hub_tree_len(state)) as u64
}
