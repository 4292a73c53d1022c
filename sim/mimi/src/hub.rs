//! One room at its hub: the group's public state, its order of events, and who receives what.
//!
//! Per room and epoch the hub accepts one commit; every other one for that epoch is told wrongEpoch
//! (draft-ietf-mimi-protocol-06, `/update`). What it accepts gets the room's next event number and goes
//! to every member but the sender, once per provider.

use crate::directory::Directory;
use crate::refusal::Refusal;
use crate::vocabulary::{counters, reasons, subjects};
use crate::wire::notify::FanoutEvent;
use crate::wire::{
    FanoutMessage, GroupInfoOption, GroupInfoRatchetTree, HandshakeBundle, PendingProposal,
    ProposalRef, RatchetTreeOption, SubmitAccepted, SubmitMessageRequest, SubmitOutcome,
    UpdateOutcome,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_mls::accepted::{AcceptedCommit, GroupTree};
use throng_mls::engine::{Checked, CommitParts, Engine, MlsError, Uncoverable};
use throng_mls::wire::{BareGroupInfo, BareWelcome};
use throng_mls::work::Work;
use throng_stack::fact::{Change, Detail};
use throng_stack::{Accepted, Fact, RequestId, Subject, Waiting};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::time::SimTime;
use tls_codec::Size;

/// A client as hubs tell them apart: its number means something at its own provider alone, and another client may have it
/// at another. Ascending by number, as events name their receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// What its provider calls it.
    pub client: ClientId,
    /// Its provider.
    pub provider: ProviderId,
}

impl Member {
    /// Whoever sends a request.
    pub fn of(request: RequestId) -> Self {
        Self {
            client: request.client,
            provider: request.provider,
        }
    }

    /// The client that a URI names, with its user.
    fn named(directory: &dyn Directory, uri: &[u8]) -> Option<(Self, UserId)> {
        let (user, client, provider) = directory.client_named(uri)?;
        Some((Self { client, provider }, user))
    }
}

/// Who comes into a group and who goes, each found to be somebody.
struct Moves {
    admits: BTreeMap<Member, UserId>,
    excludes: BTreeMap<Member, UserId>,
}

impl Moves {
    /// What they come to in the epoch that a commit of so many bytes creates.
    fn change(&self, epoch: u64, bytes: u64) -> Change {
        let excludes = self.excludes.iter();
        Change {
            state: epoch,
            bytes,
            admits: self.admits.keys().map(|new| new.client).collect(),
            excludes: excludes.map(|(gone, user)| (*user, gone.client)).collect(),
        }
    }
}

/// One room at its hub.
pub struct Room<E: Engine> {
    id: RoomId,
    state: E::Hub,
    group_info: BareGroupInfo<E::Message>,
    /// Bytes of GroupInfo and tree, for the storage figures.
    stored: u64,
    directory: Arc<dyn Directory>,
    /// Members who act, and whose they are: each at one leaf.
    members: BTreeMap<Member, UserId>,
    /// Members who do nothing but receive: how many at each provider.
    passive: BTreeMap<ProviderId, u32>,
    /// Proposals that the next commit must cover, for those who join from outside.
    pending: Vec<PendingProposal<E::Message>>,
    /// Members that these remove.
    leaving: BTreeSet<Member>,
    /// Clients that these add.
    joining: BTreeSet<Member>,
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
    /// Members who act, and whose they are.
    pub members: BTreeMap<Member, UserId>,
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
    /// All of them, ascending by what their providers call them.
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
    pub facts: Vec<Fact>,
}

impl<E: Engine, O> Decision<E, O> {
    fn refuse(outcome: O, fact: Fact) -> Self {
        Self {
            outcome,
            fanouts: Vec::new(),
            facts: vec![fact],
        }
    }
}

impl<E: Engine> Room<E> {
    /// The room of a group that its creator hands over: the group must be the room's, and the creator its only member.
    pub fn create(
        engine: &E,
        id: RoomId,
        creator: Member,
        directory: Arc<dyn Directory>,
        group_info: BareGroupInfo<E::Message>,
        tree: &E::Tree,
        epoch_tolerance: u64,
    ) -> Result<Self, Refusal> {
        let state = engine
            .hub(group_info.message(), tree)
            .map_err(|error| refusal_of(&error))?;
        let group_id = directory.group_uri(id).ok_or(Refusal::NoSuchRoom)?;
        if engine.hub_group_id(&state) != group_id.as_bytes() {
            return Err(Refusal::WrongGroup);
        }
        let members = match &engine.hub_members(&state)[..] {
            [(_, uri)] => Member::named(&*directory, uri).filter(|(only, _)| *only == creator),
            _ => None,
        };
        let members = BTreeMap::from([members.ok_or(Refusal::WrongGroup)?]);
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
        directory: Arc<dyn Directory>,
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
            joining: BTreeSet::new(),
            next_event: 0,
            epoch_tolerance,
            last_timestamp: 0,
        }
    }

    /// The group's tree as it is now.
    pub fn tree(&self, engine: &E) -> GroupTree {
        GroupTree::of(engine, &self.state)
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
    pub fn group_info(&self, engine: &E) -> Result<GroupInfoRatchetTree<E::Message>, MlsError> {
        Ok(GroupInfoRatchetTree {
            group_info: self.group_info.clone(),
            ratchet_tree: RatchetTreeOption::Full(engine.hub_tree(&self.state)?),
            pending_proposals: self.pending.clone(),
        })
    }

    /// Whether a client is a member with this very signature key.
    pub fn has_member(&self, engine: &E, identity: &[u8], signature_key: &[u8]) -> bool {
        engine.hub_has_member(&self.state, identity, signature_key)
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

    fn receivers_but(&self, sender: Member) -> Receivers {
        let mut by_provider: BTreeMap<ProviderId, Vec<ClientId>> = BTreeMap::new();
        let receivers = self.members.keys().filter(|member| **member != sender);
        let all = receivers
            .map(|Member { client, provider }| {
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
            } => self.refuse(request, Refusal::PartialGroupInfo),
            HandshakeBundle::Proposal {
                proposal,
                more_proposals,
            } => {
                let mut proposals = vec![proposal];
                proposals.extend(more_proposals);
                self.proposals(engine, now, request, proposals)
            }
        }
    }

    fn refused(&self, request: RequestId, reason: Refusal) -> Fact {
        Fact::Refused {
            room: self.id,
            request,
            reason: reason.reason(),
        }
    }

    fn refuse(&self, request: RequestId, reason: Refusal) -> Decision<E, UpdateOutcome> {
        Decision::refuse(UpdateOutcome::NotAllowed, self.refused(request, reason))
    }

    fn refusal(&self, request: RequestId, error: &MlsError) -> Decision<E, UpdateOutcome> {
        let outcome = match error {
            MlsError::WrongEpoch { current, .. } => {
                let outcome = UpdateOutcome::WrongEpoch {
                    current_epoch: *current,
                };
                let fact = Fact::Refused {
                    room: self.id,
                    request,
                    reason: &reasons::WRONG_EPOCH,
                };
                return Decision::refuse(outcome, fact);
            }
            MlsError::MissingProposals { .. } => UpdateOutcome::InvalidProposal {
                invalid_proposals: Vec::new(),
            },
            MlsError::InvalidProposal { reference, .. } => UpdateOutcome::InvalidProposal {
                invalid_proposals: vec![ProposalRef::new(reference.clone())],
            },
            _ => UpdateOutcome::NotAllowed,
        };
        Decision::refuse(outcome, self.refused(request, refusal_of(error)))
    }

    /// An event that is accepted, before anything is said of what it changes.
    fn accepted(
        &self,
        event: u64,
        subject: &'static Subject,
        request: RequestId,
        receivers: &Receivers,
    ) -> Accepted {
        Accepted {
            room: self.id,
            event,
            subject,
            request,
            receivers: Arc::clone(&receivers.all),
            passive: receivers.all_passive(),
            change: None,
            waiting: None,
            detail: None,
            counted: None,
            numbers: Vec::new(),
        }
    }

    /// Who goes by the proposals that wait, and who could commit them.
    fn waiting(&self) -> Waiting {
        let stays = |member: &&Member| !self.leaving.contains(*member);
        let stay = self.members.keys().filter(stays);
        Waiting {
            leaving: self.leaving.len() as u64,
            stay: stay.map(|member| member.client).collect(),
        }
    }

    /// Whom checked handshakes admit and exclude, and who sends them: that must be who MLS says made them, or somebody else
    /// would get the answer. Everybody admitted must be a client and none may come to hold two leaves, as clients are what
    /// receives, and what is gone once it is removed. From outside nobody may remove anybody but an old self.
    fn moves<H>(
        &self,
        request: RequestId,
        checked: &Checked<H>,
    ) -> Result<(Member, Moves), Refusal> {
        let named = |uri: &Vec<u8>| Member::named(&*self.directory, uri);
        let sender = match named(&checked.sender) {
            Some((maker, _)) if maker == Member::of(request) => maker,
            _ => return Err(Refusal::ForeignSender),
        };
        let excludes: BTreeMap<_, _> = checked.excludes.iter().filter_map(named).collect();
        let mut admits = BTreeMap::new();
        for uri in &checked.admits {
            let (member, user) = named(uri).ok_or(Refusal::NoClient)?;
            let stays = self.members.contains_key(&member) && !excludes.contains_key(&member);
            if stays || admits.insert(member, user).is_some() {
                return Err(Refusal::MemberTwice);
            }
        }
        let from_outside = admits.contains_key(&sender);
        if from_outside && excludes.keys().any(|gone| *gone != sender) {
            return Err(Refusal::NoMember);
        }
        Ok((sender, Moves { admits, excludes }))
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
        let parts = CommitParts {
            commit: &commit,
            welcome: welcome.as_ref().map(BareWelcome::message),
            group_info: group_info.message(),
        };
        let checked = match engine.hub_check_commit(&mut self.state, parts) {
            Ok(checked) => checked,
            Err(error) => return self.refusal(request, &error),
        };
        let (sender, moves) = match self.moves(request, &checked) {
            Ok(moves) => moves,
            Err(reason) => return self.refuse(request, reason),
        };
        let effect = match engine.hub_take_commit(&mut self.state, checked.handshake) {
            Ok(effect) => effect,
            Err(error) => return self.refusal(request, &error),
        };
        // Members before the commit receive it, removed ones included.
        let receivers = self.receivers_but(sender);
        let commit_bytes = commit.tls_serialized_len() as u64;
        let change = moves.change(effect.epoch, commit_bytes);
        for gone in moves.excludes.keys() {
            self.members.remove(gone);
        }
        self.members.extend(moves.admits);
        self.group_info = group_info;
        self.pending.clear();
        self.leaving.clear();
        self.joining.clear();
        self.stored = stored_bytes(engine, &self.state, &self.group_info);
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let external = effect.external;
        let detail = AcceptedCommit {
            effect,
            commit_bytes,
            welcome_bytes: welcome
                .as_ref()
                .map_or(0, |w| w.message().tls_serialized_len() as u64),
            tree: engine.hub_small_tree(&self.state),
        };
        let mut facts = vec![Fact::Accepted(Box::new(Accepted {
            change: Some(change),
            numbers: detail.numbers(),
            counted: external.then_some(counters::EXTERNAL_COMMITS),
            detail: Some(Arc::new(detail) as Arc<dyn Detail>),
            ..self.accepted(event, &subjects::COMMIT, request, &receivers)
        }))];
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
        match welcome.map(|welcome| self.welcome(engine, accepted_timestamp, welcome)) {
            None => {}
            Some(Ok(welcome)) => fanouts.push(welcome),
            Some(Err(error)) => facts.push(self.refused(request, refusal_of(&error))),
        }
        Decision {
            outcome: UpdateOutcome::Success { accepted_timestamp },
            fanouts,
            facts,
        }
    }

    fn welcome(
        &self,
        engine: &E,
        timestamp: u64,
        welcome: BareWelcome<E::Message>,
    ) -> Result<Fanout<E>, MlsError> {
        let ratchet_tree = if engine.tree_in_welcome() {
            RatchetTreeOption::DistributionService
        } else {
            RatchetTreeOption::Full(engine.hub_tree(&self.state)?)
        };
        let event = FanoutEvent::Welcome {
            message: welcome.into_message(),
            ratchet_tree,
        };
        Ok(Fanout {
            message: FanoutMessage { timestamp, event },
            event: None,
        })
    }

    /// Proposals stand or fall together.
    fn proposals(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        mut proposals: Vec<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        let checked = match engine.hub_check_proposals(&mut self.state, &proposals) {
            Ok(checked) => checked,
            Err(error) => return self.refusal(request, &error),
        };
        let (sender, moves) = match self.moves(request, &checked) {
            Ok(moves) => moves,
            Err(reason) => return self.refuse(request, reason),
        };
        // No commit could cover both, and each must.
        if moves.admits.keys().any(|new| self.joining.contains(new)) {
            return self.refuse(request, Refusal::MemberTwice);
        }
        if let Err(error) = engine.hub_take_proposals(&mut self.state, checked.handshake) {
            return self.refusal(request, &error);
        }
        self.leaving.extend(moves.excludes.into_keys());
        self.joining.extend(moves.admits.into_keys());
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        self.pending
            .extend(proposals.iter().map(|proposal| PendingProposal {
                proposal: proposal.clone(),
                hub_accepted_time: accepted_timestamp,
            }));
        let proposal = proposals.remove(0);
        let receivers = self.receivers_but(sender);
        let fact = Fact::Accepted(Box::new(Accepted {
            waiting: Some(self.waiting()),
            ..self.accepted(event, &subjects::PROPOSAL, request, &receivers)
        }));
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
            facts: vec![fact],
        }
    }

    // ---- application messages ----

    /// `/submitMessage`: an application message of a member.
    pub fn submit(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        submit: SubmitMessageRequest<E::Message>,
    ) -> Decision<E, SubmitOutcome> {
        let SubmitMessageRequest {
            app_message: message,
            sending_uri,
            ..
        } = submit;
        let current_epoch = self.epoch(engine);
        let refuse =
            |reason| Decision::refuse(SubmitOutcome::NotAllowed, self.refused(request, reason));
        let Ok(epoch) = engine.message_epoch(&message) else {
            return refuse(Refusal::MalformedMessage);
        };
        // Only the header says who sends: MLS hides it from the hub.
        let sender = Member::of(request);
        let Some(user) = self.members.get(&sender) else {
            return refuse(Refusal::NoMember);
        };
        let named = self.directory.user_named(sending_uri.as_str().as_bytes());
        if named != Some((*user, sender.provider)) {
            return refuse(Refusal::ForeignSender);
        }
        if epoch > current_epoch {
            return refuse(Refusal::Mls);
        }
        if epoch + self.epoch_tolerance < current_epoch {
            return Decision::refuse(
                SubmitOutcome::EpochTooOld { current_epoch },
                Fact::Refused {
                    room: self.id,
                    request,
                    reason: &reasons::EPOCH_TOO_OLD,
                },
            );
        }
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let receivers = self.receivers_but(sender);
        let accepted = self.accepted(event, &subjects::MESSAGE, request, &receivers);
        let fact = Fact::Accepted(Box::new(accepted));
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
            facts: vec![fact],
        }
    }
}

/// What the record calls an error of MLS.
fn refusal_of(error: &MlsError) -> Refusal {
    match error {
        MlsError::MissingProposals { .. } => Refusal::MissingProposals,
        MlsError::InvalidProposal { reason, .. } => match reason {
            Uncoverable::AddedAlready => Refusal::AddedAlready,
            Uncoverable::NobodyStays => Refusal::NobodyStays,
            Uncoverable::NoMember | Uncoverable::MemberAlready => Refusal::InvalidProposal,
        },
        MlsError::WrongParts(_) => Refusal::WrongParts,
        MlsError::Malformed(_) => Refusal::MalformedMessage,
        MlsError::WrongEpoch { .. } | MlsError::Refused { .. } => Refusal::Mls,
    }
}

fn stored_bytes<E: Engine>(
    engine: &E,
    state: &E::Hub,
    group_info: &BareGroupInfo<E::Message>,
) -> u64 {
    (group_info.tls_serialized_len() + engine.hub_tree_len(state)) as u64
}
