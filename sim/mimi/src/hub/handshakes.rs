//! Commits and proposals.

use super::decision::{Decision, Fanout, To};
use super::member::{Member, Moves};
use super::participants::Comes;
use super::rights::Authority;
use super::room::{Room, refusal_of, stored_bytes};
use crate::bare::is_unnamed;
use crate::refusal::Refusal;
use crate::vocabulary::{counters, reasons, subjects};
use crate::wire::notify::FanoutEvent;
use crate::wire::{
    FanoutMessage, GroupInfoOption, HandshakeBundle, PendingProposal, ProposalRef,
    RatchetTreeOption, UpdateOutcome,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_mls::accepted::AcceptedCommit;
use throng_mls::engine::{Checked, CommitParts, Engine, Invite, MlsError, Proposed, SentGroupInfo};
use throng_mls::wire::{BareGroupInfo, BareWelcome, EmbeddedMessage as _};
use throng_stack::fact::Detail;
use throng_stack::{Accepted, Fact, RequestId, Waiting};
use throng_workloads::intent::ProviderId;
use throng_workloads::time::SimTime;
use tls_codec::Size;

/// A commit, the Welcome for those whom it adds, and the GroupInfo of the epoch that it creates.
type SentCommit<'a, M> = (Opened<M>, Option<BareWelcome<M>>, &'a GroupInfoOption<M>);

/// A handshake as it came, which goes on so, and in clear.
#[derive(Debug)]
pub(super) struct Opened<M> {
    pub(super) sent: M,
    pub(super) clear: M,
}

impl<E: Engine> Room<E> {
    /// `/update`: a commit or proposals. `hub` is the identity by which the hub reads what is encrypted for it.
    pub fn update(
        &mut self,
        engine: &E,
        now: SimTime,
        (request, hub): (RequestId, &mut E::Client),
        bundle: HandshakeBundle<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        match bundle {
            HandshakeBundle::Commit {
                commit,
                welcome,
                group_info,
                ..
            } => match self.open(engine, hub, commit) {
                Ok(commit) => self.commit(engine, now, request, (commit, welcome, &group_info)),
                Err(error) => self.refusal(request, &error),
            },
            HandshakeBundle::Proposal {
                proposal,
                more_proposals,
            } => {
                let mut proposals = vec![proposal];
                proposals.extend(more_proposals);
                let opened = proposals.into_iter();
                let opened = opened.map(|proposal| self.open(engine, hub, proposal));
                match opened.collect::<Result<Vec<_>, _>>() {
                    Ok(proposals) => self.proposals(engine, now, request, proposals),
                    Err(error) => self.refusal(request, &error),
                }
            }
        }
    }

    /// A handshake as it came, and as the hub reads it.
    pub(super) fn open(
        &self,
        engine: &E,
        hub: &mut E::Client,
        sent: E::Message,
    ) -> Result<Opened<E::Message>, MlsError> {
        let clear = match sent.is_sealed() {
            true => engine.hub_open(hub, &self.state, &sent)?,
            false => sent.clone(),
        };
        Ok(Opened { sent, clear })
    }

    /// Where handshakes are encrypted for the hub, those come in clear that are to be read by who joins from outside, and no others: SelfRemoves
    /// (draft-ietf-mls-extensions, "SelfRemove Proposal") and what whoever leaves proposes with them. One that is encrypted would have to be
    /// covered by commits of those who cannot read it.
    fn check_form(
        &self,
        engine: &E,
        opened: &[Opened<E::Message>],
        comes: Comes,
    ) -> Result<(), Refusal> {
        if !self.rules.reads {
            return Ok(());
        }
        let waiting = self.pending.iter().map(|waiting| &waiting.proposal);
        let said = waiting.chain(opened.iter().map(|handshake| &handshake.clear));
        let leaves = |proposal: &&E::Message| {
            engine.message_proposal(proposal) == Some(Proposed::SelfRemove)
        };
        let leavers: BTreeSet<u32> = said
            .filter(leaves)
            .filter_map(|proposal| engine.message_sender(proposal))
            .collect();
        for handshake in opened {
            let clear = match comes {
                Comes::FromOutside => true,
                Comes::Covering => false,
                Comes::ToWait => engine
                    .message_sender(&handshake.clear)
                    .is_some_and(|sender| leavers.contains(&sender)),
            };
            match (clear, handshake.sent.is_sealed()) {
                (true, false) | (false, true) => {}
                (false, false) => return Err(Refusal::InClear),
                (true, true) => return Err(Refusal::NotInClear),
            }
        }
        Ok(())
    }

    fn refuse(&self, request: RequestId, reason: Refusal) -> Decision<E, UpdateOutcome> {
        Decision::refuse(UpdateOutcome::NotAllowed, self.refused(request, reason))
    }

    /// What clashes with what others do with the same user can be looked at again: whoever is being removed sees so then, and wants it
    /// still where that is voided.
    fn refuse_state(&self, request: RequestId, reason: Refusal) -> Decision<E, UpdateOutcome> {
        if !matches!(
            reason,
            Refusal::LeavingParticipant | Refusal::RemovedParticipant
        ) {
            return self.refuse(request, reason);
        }
        let outcome = UpdateOutcome::InvalidProposal {
            invalid_proposals: Vec::new(),
        };
        Decision::refuse(outcome, self.refused(request, reason))
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

    /// Who goes by the proposals that wait, and who could commit them.
    pub(super) fn waiting(&self) -> Waiting {
        let stays = |member: &&Member| !self.leaving.contains(*member);
        let stay = self.members.keys().filter(stays);
        Waiting {
            leaving: self.leaving.len() as u64,
            stay: stay.map(|member| member.client).collect(),
        }
    }

    /// Whom checked handshakes admit and exclude, and who sends them: that must be who MLS says made them, or somebody else
    /// would get the answer. Everybody admitted must be a client and none may come to hold two leaves, as clients are what
    /// receives, and what is gone once it is removed. From outside nobody may remove anybody but an old self, and those who leave by
    /// SelfRemove.
    fn moves<H>(
        &self,
        request: RequestId,
        checked: &Checked<H>,
    ) -> Result<(Member, Moves), Refusal> {
        let named = |uri: &Vec<u8>| Member::named(&*self.directory, uri);
        let sender = match named(&checked.sender) {
            Some((maker, _)) if maker.asks(request) => maker,
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
        let leavers: BTreeMap<_, _> = checked.leavers.iter().filter_map(named).collect();
        let from_outside = admits.contains_key(&sender);
        let mut others = excludes.keys().filter(|gone| **gone != sender);
        if from_outside && others.any(|gone| !leavers.contains_key(gone)) {
            return Err(Refusal::NoMember);
        }
        Ok((sender, Moves { admits, excludes }))
    }

    fn commit(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        (commit, welcome, group_info): SentCommit<'_, E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        let parts = CommitParts {
            commit: &commit.clear,
            welcome: welcome.as_ref().map(BareWelcome::message),
            group_info: match group_info {
                GroupInfoOption::Full(group_info) => SentGroupInfo::Whole(group_info.message()),
                GroupInfoOption::Partial(partial) => SentGroupInfo::Partial(partial),
            },
        };
        let (checked, group_info) = match engine.hub_check_commit(&mut self.state, parts) {
            Ok(checked) => checked,
            Err(error) => return self.refusal(request, &error),
        };
        let Ok(group_info) = BareGroupInfo::new(group_info) else {
            return self.refuse(request, Refusal::Mls);
        };
        let (sender, moves) = match self.moves(request, &checked) {
            Ok(moves) => moves,
            Err(reason) => return self.refuse(request, reason),
        };
        let comes = match moves.admits.contains_key(&sender) {
            true => Comes::FromOutside,
            false => Comes::Covering,
        };
        if let Err(reason) = self.check_form(engine, std::slice::from_ref(&commit), comes) {
            return self.refuse(request, reason);
        }
        let user = moves
            .admits
            .get(&sender)
            .or_else(|| self.members.get(&sender));
        if user.is_some_and(|user| self.removed.contains(user)) {
            let reason = Refusal::RemovedParticipant;
            return match comes {
                // Whoever comes back once it is out would be a participant again.
                Comes::FromOutside => self.refuse(request, reason),
                _ => self.refuse_state(request, reason),
            };
        }
        if let Err(reason) = self.check_participants(engine, &checked, (sender, &moves), comes) {
            return self.refuse_state(request, reason);
        }
        if let Err(reason) = self.check_authority(engine, &checked, (sender, &moves), comes) {
            return self.refuse(request, reason);
        }
        let effect = match engine.hub_take_commit(&mut self.state, checked.handshake) {
            Ok(effect) => effect,
            Err(error) => return self.refusal(request, &error),
        };
        if self.authority.is_some() && Authority::is_updated(&checked.app_data) {
            self.authority = self.rules.authority(engine, &self.state);
            // A code that was shown may hold no more.
            self.invited.clear();
        }
        for come in moves.admits.keys() {
            self.invited.remove(come);
        }
        // Members before the commit receive it, removed ones included.
        let receivers = self.receivers_but(Some(sender));
        let commit = commit.sent;
        let hidden = commit.is_sealed();
        let commit_bytes = commit.tls_serialized_len() as u64;
        let change = moves.change(effect.epoch, commit_bytes);
        for gone in moves.excludes.keys() {
            self.members.remove(gone);
        }
        let joiners = moves.admits.keys().map(|new| new.provider).collect();
        self.members.extend(moves.admits);
        self.note_ends(engine, &checked.ends, &effect);
        self.group_info = group_info;
        self.forget_trees(engine);
        self.pending.clear();
        self.leaving.clear();
        self.removed.clear();
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
            hidden,
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
            to: To::Members(event, receivers),
        }];
        // Who speaks the draft alone leaves the tree to the hub.
        let leaves_out = is_unnamed(request);
        let welcomes = welcome.map(|welcome| {
            let invited = (joiners, &checked.invites[..]);
            self.welcomes(engine, accepted_timestamp, (welcome, leaves_out), invited)
        });
        match welcomes {
            None => {}
            Some(Ok(welcomes)) => fanouts.extend(welcomes),
            Some(Err(error)) => facts.push(self.refused(request, refusal_of(&error))),
        }
        Decision {
            outcome: UpdateOutcome::Success { accepted_timestamp },
            fanouts,
            facts,
        }
    }

    /// What goes to the providers of those whom a commit adds: one Welcome, or to each what is for its clients.
    fn welcomes(
        &mut self,
        engine: &E,
        timestamp: u64,
        (welcome, leaves_out): (BareWelcome<E::Message>, bool),
        (joiners, invites): (BTreeSet<ProviderId>, &[Invite]),
    ) -> Result<Vec<Fanout<E>>, MlsError> {
        let beside = match leaves_out {
            true => Some(engine.hub_tree(&self.state)?),
            false => engine.hub_beside_welcome(&self.state)?,
        };
        let ratchet_tree = match beside {
            Some(tree) => self.tree_option(engine, tree, joiners.iter().copied())?,
            None => RatchetTreeOption::DistributionService,
        };
        let fanout = |message, joiners| {
            let event = FanoutEvent::Welcome {
                message,
                ratchet_tree: ratchet_tree.clone(),
            };
            Fanout {
                message: FanoutMessage { timestamp, event },
                to: To::Joiners(joiners),
            }
        };
        if !self.rules.cuts_welcomes || joiners.len() < 2 {
            return Ok(vec![fanout(welcome.into_message(), joiners)]);
        }
        let mut theirs: BTreeMap<ProviderId, Vec<Vec<u8>>> = BTreeMap::new();
        for (identity, reference) in invites {
            if let Some((member, _)) = Member::named(&*self.directory, identity) {
                let references = theirs.entry(member.provider).or_default();
                references.push(reference.clone());
            }
        }
        let theirs = theirs.into_iter().map(|(provider, references)| {
            let welcome = engine.welcome_for(welcome.message(), &references)?;
            Ok(fanout(welcome, BTreeSet::from([provider])))
        });
        theirs.collect()
    }

    /// Proposals stand or fall together.
    fn proposals(
        &mut self,
        engine: &E,
        now: SimTime,
        request: RequestId,
        opened: Vec<Opened<E::Message>>,
    ) -> Decision<E, UpdateOutcome> {
        let clear: Vec<E::Message> = opened.iter().map(|one| one.clear.clone()).collect();
        let checked = match engine.hub_check_proposals(&mut self.state, &clear) {
            Ok(checked) => checked,
            Err(error) => return self.refusal(request, &error),
        };
        let (sender, moves) = match self.moves(request, &checked) {
            Ok(moves) => moves,
            Err(reason) => return self.refuse(request, reason),
        };
        if let Err(reason) = self.check_form(engine, &opened, Comes::ToWait) {
            return self.refuse(request, reason);
        }
        if let Err(reason) = self.check_removed(engine, (sender, &moves), &clear) {
            return self.refuse_state(request, reason);
        }
        let (by, comes) = ((sender, &moves), Comes::ToWait);
        if let Err(reason) = self.check_participants(engine, &checked, by, comes) {
            return self.refuse_state(request, reason);
        }
        if let Err(reason) = self.check_authority(engine, &checked, by, comes) {
            return self.refuse(request, reason);
        }
        // No commit could cover both, and each must.
        if moves
            .admits
            .keys()
            .any(|new| self.joining.contains_key(new))
        {
            return self.refuse(request, Refusal::MemberTwice);
        }
        if let Err(error) = engine.hub_take_proposals(&mut self.state, checked.handshake) {
            return self.refusal(request, &error);
        }
        self.leaving.extend(moves.excludes.into_keys());
        self.joining.extend(moves.admits);
        self.note_removed(engine, &checked.app_data);
        let event = self.event();
        let accepted_timestamp = self.timestamp(now);
        let mut proposals: Vec<E::Message> = opened.into_iter().map(|one| one.sent).collect();
        self.pending
            .extend(proposals.iter().map(|proposal| PendingProposal {
                proposal: proposal.clone(),
                hub_accepted_time: accepted_timestamp,
            }));
        let proposal = proposals.remove(0);
        let receivers = self.receivers_but(Some(sender));
        let fact = Fact::Accepted(Box::new(Accepted {
            waiting: Some(self.waiting()),
            hidden: proposal.is_sealed(),
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
                to: To::Members(event, receivers),
            }],
            facts: vec![fact],
        }
    }
}
