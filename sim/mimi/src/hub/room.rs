//! The room itself: what a hub keeps of it, and what it says of it.

use super::decision::Receivers;
use super::handed_out::HandedOut;
use super::member::Member;
use super::rights::Authority;
use crate::directory::Directory;
use crate::hub_keys::HubIdentity;
use crate::refusal::Refusal;
use crate::room_state::Capability;
use crate::wire::{GroupInfoRatchetTree, PendingProposal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_mls::accepted::GroupTree;
use throng_mls::app_data::Listed;
use throng_mls::engine::{Engine, MlsError, Uncoverable};
use throng_mls::wire::BareGroupInfo;
use throng_mls::work::Work;
use throng_stack::{Accepted, Fact, RequestId, Subject};
use throng_workloads::intent::{ProviderId, RoomId, UserId};
use throng_workloads::scenario::{Handshakes, Policy, Profile, TreeDelivery, WelcomeFor};
use throng_workloads::time::SimTime;
use tls_codec::Size;

/// One room at its hub.
pub struct Room<E: Engine> {
    pub(super) id: RoomId,
    pub(super) state: E::Hub,
    pub(super) group_info: BareGroupInfo<E::Message>,
    /// Bytes of GroupInfo and tree, for the storage figures.
    pub(super) stored: u64,
    pub(super) directory: Arc<dyn Directory>,
    /// Its members, and whose they are: each at one leaf.
    pub(super) members: BTreeMap<Member, UserId>,
    /// Proposals that the next commit must cover, for those who join from outside.
    pub(super) pending: Vec<PendingProposal<E::Message>>,
    /// Members that these remove.
    pub(super) leaving: BTreeSet<Member>,
    /// Users who are participants no more by what the hub has accepted. An external commit that voids it has them back.
    pub(super) removed: BTreeSet<UserId>,
    /// Clients that these add, and whose they are.
    pub(super) joining: BTreeMap<Member, UserId>,
    pub(super) next_event: u64,
    pub(super) rules: RoomRules,
    /// What its roles allow, where people are held to them.
    pub(super) authority: Option<Authority>,
    /// When the leaves of members end that do, where the hub has them removed then.
    pub(super) ends: BTreeMap<Member, SimTime>,
    /// Clients that showed a joining code and have not come yet.
    pub(super) invited: BTreeMap<Member, UserId>,
    /// Accepted timestamps rise strictly, as two events in one millisecond must not share theirs.
    pub(super) last_timestamp: u64,
    pub(super) kept: StoredRoom,
    /// Trees whose URL somebody was given, by their epochs. Of the process.
    pub(super) trees: BTreeMap<u64, HandedOut<E::Tree>>,
}

/// What a hub holds its rooms to.
#[derive(Debug, Clone, Copy)]
pub struct RoomRules {
    /// Messages of how many past epochs are sent on.
    pub epoch_tolerance: u64,
    /// Which roles rooms have.
    pub profile: Profile,
    /// Whether members whose leaves have ended are removed.
    pub evicts: bool,
    /// Whether handshakes are encrypted for members and the hub.
    pub reads: bool,
    /// Whether a Welcome is cut for each provider.
    pub cuts_welcomes: bool,
    /// Where joiners are given the URL of the tree: of how many past epochs it is still there.
    pub tree_epochs: Option<u64>,
}

impl RoomRules {
    /// Those of a scenario.
    pub fn of(policy: &Policy) -> Self {
        Self {
            epoch_tolerance: policy.epoch_tolerance.into(),
            profile: policy.profile,
            evicts: policy.evict_ended,
            reads: policy.handshakes == Handshakes::SemiPrivate,
            cuts_welcomes: policy.welcome == WelcomeFor::Each,
            tree_epochs: (policy.tree == TreeDelivery::ByUrl).then_some(policy.tree_epochs.into()),
        }
    }

    /// What a group's roles allow, where people are held to them.
    pub(super) fn authority<E: Engine>(self, engine: &E, state: &E::Hub) -> Option<Authority> {
        match self.profile.is_checked() {
            // Of roles that nobody can read nobody has one.
            true => Some(Authority::of(engine, state).unwrap_or_else(Authority::nobodys)),
            false => None,
        }
    }
}

/// What of a room is stored, where somebody stores it.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredRoom {
    /// Next event, last timestamp.
    pub(super) order: Option<(u64, u64)>,
    pub(super) epoch: Option<u64>,
    /// How many proposals.
    pub(super) pending: u32,
    /// Who showed a joining code.
    pub(super) invited: BTreeMap<Member, UserId>,
}

/// A group that is there already, with its members.
pub struct AdoptedGroup<E: Engine> {
    /// The GroupInfo of its epoch.
    pub group_info: BareGroupInfo<E::Message>,
    /// Its public state.
    pub state: E::Hub,
    /// Its members, and whose they are.
    pub members: BTreeMap<Member, UserId>,
}

impl<E: Engine> Room<E> {
    /// The room of a group that its creator hands over: the group must be the room's, and the creator its only member. Nobody but the hub may
    /// stamp its messages or propose from outside, if anybody may. Where handshakes are to be encrypted for the hub, it must be so for nobody
    /// else (draft-ietf-mimi-protocol-06, "Update Room State").
    pub fn create(
        engine: &E,
        id: RoomId,
        creator: Member,
        directory: Arc<dyn Directory>,
        group_info: BareGroupInfo<E::Message>,
        tree: &E::Tree,
        (rules, hub): (RoomRules, &E::Client),
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
        for user in members.values() {
            let uri = directory.user_uri(*user).ok_or(Refusal::WrongGroup)?;
            if engine.hub_participant(&state, uri.as_bytes()) == Listed::Absent {
                return Err(Refusal::WrongGroup);
            }
        }
        if rules.profile.is_checked() && Authority::of(engine, &state).is_none() {
            return Err(Refusal::WrongGroup);
        }
        let hub = HubIdentity::of(engine, hub).map_err(|error| refusal_of(&error))?;
        if !hub.is_all_that(engine, &state) || rules.reads && !hub.is_only_receiver(engine, &state)
        {
            return Err(Refusal::WrongGroup);
        }
        let group = AdoptedGroup {
            group_info,
            state,
            members,
        };
        Ok(Self::adopt(engine, id, directory, group, rules))
    }

    /// The room of a group that began before time zero.
    pub fn adopt(
        engine: &E,
        id: RoomId,
        directory: Arc<dyn Directory>,
        group: AdoptedGroup<E>,
        rules: RoomRules,
    ) -> Self {
        let AdoptedGroup {
            group_info,
            state,
            members,
        } = group;
        let stored = stored_bytes(engine, &state, &group_info);
        let authority = rules.authority(engine, &state);
        Self {
            id,
            state,
            group_info,
            stored,
            directory,
            members,
            pending: Vec::new(),
            leaving: BTreeSet::new(),
            removed: BTreeSet::new(),
            joining: BTreeMap::new(),
            next_event: 0,
            rules,
            authority,
            ends: BTreeMap::new(),
            invited: BTreeMap::new(),
            last_timestamp: 0,
            kept: StoredRoom::default(),
            trees: BTreeMap::new(),
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

    /// What a joiner from outside needs, who is at this provider.
    pub fn group_info(
        &mut self,
        engine: &E,
        joiner: ProviderId,
    ) -> Result<GroupInfoRatchetTree<E::Message>, MlsError> {
        let tree = engine.hub_tree(&self.state)?;
        Ok(GroupInfoRatchetTree {
            group_info: self.group_info.clone(),
            ratchet_tree: self.tree_option(engine, tree, [joiner])?,
            pending_proposals: self.pending.clone(),
        })
    }

    /// Whether a client is a member with this very signature key.
    pub fn has_member(&self, engine: &E, identity: &[u8], signature_key: &[u8]) -> bool {
        engine.hub_has_member(&self.state, identity, signature_key)
    }

    /// Whether a client is a member that no pending proposal removes.
    pub fn stays(&self, member: Member) -> bool {
        self.members.contains_key(&member) && !self.leaving.contains(&member)
    }

    /// The members at a provider.
    pub fn members_at(&self, provider: ProviderId) -> impl Iterator<Item = Member> {
        let members = self.members.keys().copied();
        members.filter(move |member| member.provider == provider)
    }

    pub(super) fn timestamp(&mut self, now: SimTime) -> u64 {
        self.last_timestamp = now.as_millis().max(self.last_timestamp + 1);
        self.last_timestamp
    }

    pub(super) fn event(&mut self) -> u64 {
        let event = self.next_event;
        self.next_event += 1;
        event
    }

    /// All members but whoever sends, where it is known who that is: a sender bears what it sent.
    pub(super) fn receivers_but(&self, sender: Option<Member>) -> Receivers {
        let receivers = self.members.keys();
        Receivers::of(receivers.filter(|member| Some(**member) != sender))
    }

    /// The same without the clients of those who are participants no more: what is said is for them no more, unlike handshakes, by which
    /// they see that they are removed.
    pub(super) fn listeners_but(&self, engine: &E, sender: Option<Member>) -> Receivers {
        let authority = self.authority.as_ref();
        let all = authority.is_none_or(Authority::everybody_listens);
        let listens = |user| all || self.allows(engine, user, Capability::ReceiveMessage);
        let participants = self.members.iter();
        let participants = participants.filter(|(_, user)| !self.removed.contains(user));
        let participants = participants.filter(|(_, user)| listens(**user));
        let participants = participants.map(|(member, _)| member);
        Receivers::of(participants.filter(|member| Some(**member) != sender))
    }

    pub(super) fn refused(&self, request: RequestId, reason: Refusal) -> Fact {
        Fact::Refused {
            room: self.id,
            request,
            reason: reason.reason(),
        }
    }

    /// An event that is accepted, before anything is said of what it changes.
    pub(super) fn accepted(
        &self,
        event: u64,
        subject: &'static Subject,
        request: RequestId,
        receivers: &Receivers,
    ) -> Accepted {
        let receivers = Arc::clone(&receivers.all);
        Accepted::new((self.id, event), subject, request, receivers)
    }
}

/// What the record calls an error of MLS.
pub(super) fn refusal_of(error: &MlsError) -> Refusal {
    match error {
        MlsError::MissingProposals { .. } => Refusal::MissingProposals,
        MlsError::InvalidProposal { reason, .. } => match reason {
            Uncoverable::AddedAlready => Refusal::AddedAlready,
            Uncoverable::NobodyStays => Refusal::NobodyStays,
            Uncoverable::NoMember
            | Uncoverable::MemberAlready
            | Uncoverable::Leaves
            | Uncoverable::OtherKind
            | Uncoverable::AppData(_) => Refusal::InvalidProposal,
        },
        MlsError::WrongParts(_) => Refusal::WrongParts,
        MlsError::Malformed(_) => Refusal::MalformedMessage,
        MlsError::WrongEpoch { .. } | MlsError::Refused { .. } => Refusal::Mls,
    }
}

pub(super) fn stored_bytes<E: Engine>(
    engine: &E,
    state: &E::Hub,
    group_info: &BareGroupInfo<E::Message>,
) -> u64 {
    (group_info.tls_serialized_len() + engine.hub_tree_len(state)) as u64
}
