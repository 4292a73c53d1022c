//! From a wish to a commit, a proposal or a message, and the retry after a lost commit.

use super::device::{Client, Pending};
use super::membership::{Armed, Gathering, Handshake, Want, Wish};
use crate::mimi::observation::Observation;
use crate::mimi::participant::{Outputs, Timer, TimerPurpose};
use crate::mimi::wire::client::CreateRoom;
use crate::mimi::wire::{
    BareGroupInfo, BareWelcome, Frame, GroupInfoOption, HandshakeBundle, KeyMaterialRequest,
    Protocol, RatchetTreeOption, SubmitMessageRequest,
};
use crate::mls::engine::{CommitBundle, CommitPlan, Engine, MlsError, ProposalPlan};
use openmls::extensions::RequiredCapabilitiesExtension;
use rand_core::Rng;
use std::collections::BTreeSet;
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::{CommitPolicy, Committer};
use throng_workloads::time::{SimSpan, SimTime};
use tls_codec::{Serialize, VLBytes};

/// What became of the want at the front of the queue.
enum Step {
    /// It is dealt with: go on to the next.
    Done,
    /// It cannot be: drop it, for this reason.
    Drop(&'static str),
    /// It waits for an answer or for others.
    Wait,
}

/// What a want asks of the group, leaf by leaf.
struct Changes<M> {
    adds: Vec<M>,
    removes: Vec<u32>,
    update: bool,
}

impl<E: Engine> Client<E> {
    /// Do what can be done in a room now.
    pub(super) fn advance(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        while self.ready() {
            let Some(membership) = self.rooms.get(&room) else {
                return;
            };
            if membership.handshake.is_some() || membership.backing_off {
                return;
            }
            let Some(group) = &membership.group else {
                return self.advance_outside(now, room, out);
            };
            let waits_for_winner = self.engine.epoch(group) < membership.retry_from;
            if waits_for_winner || leaving(&*self.engine, group) {
                return;
            }
            let Some(want) = membership.wants.front().cloned() else {
                return;
            };
            let number = want.number;
            match self.attempt(now, room, want, out) {
                Step::Done => self.finish(room, number),
                Step::Drop(reason) => {
                    out.observe(Observation::Skipped { reason });
                    self.finish(room, number);
                }
                Step::Wait => return,
            }
        }
    }

    fn finish(&mut self, room: RoomId, number: u32) {
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.take_want(number);
        }
    }

    fn attempt(
        &mut self,
        now: SimTime,
        room: RoomId,
        want: Want<E::Message>,
        out: &mut Outputs,
    ) -> Step {
        match want.what {
            Wish::Message(bytes) => self.message(now, room, want.since, bytes, out),
            Wish::Leave => self.leave(room, want.number, want.since, out),
            Wish::Add(gathering) if !gathering.complete() => {
                self.gather(room, want.since, &gathering, out)
            }
            what => match self.changes(room, &what) {
                Ok(changes) if self.proposes(room) => {
                    self.propose_changes(room, want.number, &changes, out)
                }
                Ok(changes) => {
                    let attempt = (want.since, want.attempts + 1);
                    let handshake = Handshake::CommitForWant(want.number);
                    self.commit(room, attempt, &changes, handshake, out)
                }
                Err(reason) => Step::Drop(reason),
            },
        }
    }

    /// What the want comes to in the present tree, or why it comes to nothing.
    fn changes(
        &self,
        room: RoomId,
        what: &Wish<E::Message>,
    ) -> Result<Changes<E::Message>, &'static str> {
        let mut changes = Changes {
            adds: Vec::new(),
            removes: Vec::new(),
            update: false,
        };
        match what {
            Wish::Add(gathering) => {
                let present = |uri: &[u8]| self.leaves(room, uri).next().is_some();
                // A client can be added once: whom another has proposed to add is left to that proposal.
                let group = self.rooms.get(&room).and_then(|m| m.group.as_ref());
                let expected = group.map_or_else(Vec::new, |g| self.engine.pending_additions(g));
                // In the order in which they were wished, so that leaves are.
                let found = gathering
                    .users
                    .iter()
                    .filter_map(|user| gathering.found.get(user))
                    .flatten();
                let (others, mine): (Vec<_>, Vec<_>) = found
                    .filter(|(uri, _)| !present(uri))
                    .partition(|(uri, _)| expected.contains(uri));
                changes.adds = mine
                    .into_iter()
                    .map(|(_, package)| package.clone())
                    .collect();
                if changes.adds.is_empty() {
                    return Err(match others.is_empty() {
                        true => "nobody to add: no KeyPackage, or members already",
                        false => "nobody to add: another has proposed it",
                    });
                }
            }
            Wish::RemoveUser(user) if *user == self.user => {
                return Err("a user cannot remove itself");
            }
            Wish::RemoveUser(user) => {
                changes.removes = self.leaves_of(room, *user);
            }
            Wish::RemoveClient(user, client) => {
                let uri = self.directory.client_uri(*user, *client);
                changes.removes = self.leaves(room, uri.as_bytes()).collect();
            }
            Wish::Update => changes.update = true,
            Wish::Leave | Wish::Message(_) => return Err("not a change of the group"),
        }
        if changes.adds.is_empty() && changes.removes.is_empty() && !changes.update {
            return Err("whom to remove is no member");
        }
        Ok(changes)
    }

    fn leaves(&self, room: RoomId, uri: &[u8]) -> impl Iterator<Item = u32> + use<E> {
        let group = self.rooms.get(&room).and_then(|m| m.group.as_ref());
        let found = group
            .map(|g| self.engine.members(g, uri))
            .unwrap_or_default();
        let uri = uri.to_vec();
        // A prefix also matches longer client numbers.
        found
            .into_iter()
            .filter(move |(_, identity)| *identity == uri || uri.ends_with(b"."))
            .map(|(leaf, _)| leaf)
    }

    fn leaves_of(&self, room: RoomId, user: UserId) -> Vec<u32> {
        self.leaves(room, self.directory.client_prefix(user).as_bytes())
            .collect()
    }

    /// Whether this client may commit what itself wishes.
    fn may_commit(&self, room: RoomId) -> bool {
        match self.policy.committer {
            Committer::Anyone | Committer::AdminCovers => true,
            Committer::Admin => self.is_admin(room),
        }
    }

    /// Whether this client may commit what others proposed.
    fn may_cover(&self, room: RoomId) -> bool {
        match self.policy.committer {
            Committer::Anyone => true,
            Committer::Admin | Committer::AdminCovers => self.is_admin(room),
        }
    }

    /// Whether it is the room's creator, or that has gone.
    fn is_admin(&self, room: RoomId) -> bool {
        let admin = self.directory.creator_of(room);
        admin == self.user || !self.stays(room, admin)
    }

    /// Whether a user has a client in the room that no pending proposal removes.
    fn stays(&self, room: RoomId, user: UserId) -> bool {
        let Some(group) = self.rooms.get(&room).and_then(|m| m.group.as_ref()) else {
            return false;
        };
        let leaving = self.engine.pending_removals(group);
        self.leaves_of(room, user)
            .iter()
            .any(|leaf| !leaving.contains(leaf))
    }

    /// Whether its wishes become proposals.
    fn proposes(&self, room: RoomId) -> bool {
        self.policy.commit == CommitPolicy::Propose || !self.may_commit(room)
    }

    // ---- messages ----

    fn message(
        &mut self,
        now: SimTime,
        room: RoomId,
        since: SimTime,
        bytes: u32,
        out: &mut Outputs,
    ) -> Step {
        let mut content = vec![0; bytes as usize];
        self.content.fill_bytes(&mut content);
        let Some(membership) = self.rooms.get_mut(&room) else {
            return Step::Wait;
        };
        let Some(group) = &mut membership.group else {
            return Step::Wait;
        };
        if self.engine.pending_proposals(group) > 0 {
            // RFC 9420, section 12.4: no application data while valid proposals are uncommitted.
            return self.commit_before_sending(now, room, out);
        }
        let message = match self.engine.encrypt(&mut self.mls, group, &content) {
            Ok(message) => message,
            Err(_) => return Step::Drop("a message could not be encrypted"),
        };
        let frame = Frame::SubmitMessage(SubmitMessageRequest {
            protocol: Protocol::Mls10,
            app_message: message,
            sending_uri: self.directory.user_uri(self.user).into(),
        });
        let request = self.request(room, Pending::Message(since, bytes), &frame, out);
        out.observe(Observation::MessageSent {
            room,
            request,
            wanted: since,
        });
        Step::Done
    }

    fn commit_before_sending(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) -> Step {
        if !self.may_commit(room) {
            return Step::Wait;
        }
        let nothing = Changes {
            adds: Vec::new(),
            removes: Vec::new(),
            update: false,
        };
        self.commit(room, (now, 1), &nothing, Handshake::CommitPending, out)
    }

    // ---- commits ----

    /// Send a commit; `attempt` says since when it is wanted and the how-manieth attempt it is.
    fn commit(
        &mut self,
        room: RoomId,
        (wanted, attempt): (SimTime, u32),
        changes: &Changes<E::Message>,
        handshake: Handshake<E>,
        out: &mut Outputs,
    ) -> Step {
        let plan = CommitPlan {
            adds: &changes.adds,
            removes: &changes.removes,
            force_path: changes.update || self.policy.path_on_add,
        };
        let Some(membership) = self.rooms.get_mut(&room) else {
            return Step::Wait;
        };
        let Some(group) = &mut membership.group else {
            return Step::Wait;
        };
        let bundle = match self.engine.commit(&mut self.mls, group, &plan) {
            Ok(bundle) => bundle,
            Err(_) => return Step::Drop("a commit could not be made"),
        };
        membership.handshake = Some(handshake);
        self.send_commit(room, bundle, wanted, attempt, out);
        Step::Wait
    }

    /// Send a commit with what belongs to it to the hub.
    pub(super) fn send_commit(
        &mut self,
        room: RoomId,
        bundle: CommitBundle<E::Message, E::Tree>,
        wanted: SimTime,
        attempt: u32,
        out: &mut Outputs,
    ) {
        let parts = bundle
            .welcome
            .map(BareWelcome::new)
            .transpose()
            .and_then(|welcome| Ok((welcome, BareGroupInfo::new(bundle.group_info)?)));
        let Ok((welcome, group_info)) = parts else {
            return out.observe(Observation::Skipped {
                reason: "a commit's parts are of the wrong kind",
            });
        };
        // The hub rebuilds the tree from the handshakes that it sees, so no commit repeats it.
        let frame = Frame::Update(Box::new(HandshakeBundle::Commit {
            commit: bundle.commit,
            welcome,
            group_info: GroupInfoOption::Full(group_info),
            ratchet_tree: RatchetTreeOption::DistributionService,
        }));
        let request = self.request(room, Pending::Handshake, &frame, out);
        out.observe(Observation::CommitSent {
            room,
            request,
            wanted,
            attempt,
        });
    }

    /// The timer to commit what others proposed is due.
    pub(super) fn commit_pending(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(Armed { since, .. }) = membership.commit_armed.take_if(|armed| armed.due <= now)
        else {
            return;
        };
        let free = membership.handshake.is_none() && !membership.backing_off;
        let due = membership.group.as_ref().is_some_and(|group| {
            self.engine.pending_proposals(group) > 0 && !leaving(&*self.engine, group)
        });
        if !(free && due && self.ready()) {
            return;
        }
        let nothing = Changes {
            adds: Vec::new(),
            removes: Vec::new(),
            update: false,
        };
        if let Step::Drop(reason) =
            self.commit(room, (since, 1), &nothing, Handshake::CommitPending, out)
        {
            out.observe(Observation::Skipped { reason });
        }
    }

    /// Set the timer to commit pending proposals, if this client is to do that and has not set it.
    pub(super) fn arm_commit(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let Some(membership) = self.rooms.get(&room) else {
            return;
        };
        let due = membership.group.as_ref().is_some_and(|group| {
            self.engine.pending_proposals(group) > 0 && !leaving(&*self.engine, group)
        });
        // Whether it may is asked last: that looks somebody up.
        let free = due && membership.commit_armed.is_none() && self.ready();
        if !free || !self.may_cover(room) {
            return;
        }
        let delay = SimSpan::from_secs_f64(self.policy.commit_delay.sample(&mut self.choices));
        let due = now + delay;
        if let Some(membership) = self.rooms.get_mut(&room) {
            membership.commit_armed = Some(Armed { since: now, due });
        }
        out.timers.push((
            due,
            Timer {
                room,
                purpose: TimerPurpose::CommitPending,
                generation: 0,
            },
        ));
    }

    /// A commit was lost: wait, longer each time, before the next try.
    pub(super) fn back_off(&mut self, now: SimTime, room: RoomId, lost: u32, out: &mut Outputs) {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return;
        };
        let first = self.policy.backoff.sample(&mut self.choices);
        let doubled = first * power_of_two(lost.saturating_sub(1));
        let delay = SimSpan::from_secs_f64(doubled).min(self.policy.backoff_max);
        membership.backing_off = true;
        membership.generation = membership.generation.wrapping_add(1);
        let timer = Timer {
            room,
            purpose: TimerPurpose::Retry,
            generation: membership.generation,
        };
        out.timers.push((now + delay, timer));
    }

    // ---- proposals ----

    fn propose_changes(
        &mut self,
        room: RoomId,
        number: u32,
        changes: &Changes<E::Message>,
        out: &mut Outputs,
    ) -> Step {
        let mut plans: Vec<ProposalPlan<'_, E::Message>> = Vec::new();
        plans.extend(changes.adds.iter().map(ProposalPlan::Add));
        plans.extend(
            changes
                .removes
                .iter()
                .map(|leaf| ProposalPlan::Remove(*leaf)),
        );
        if changes.update {
            plans.push(ProposalPlan::Update);
        }
        self.propose(room, number, &plans, out)
    }

    fn leave(&mut self, room: RoomId, number: u32, since: SimTime, out: &mut Outputs) -> Step {
        let own = self.leaves_of(room, self.user);
        let Some(group) = self.rooms.get(&room).and_then(|m| m.group.as_ref()) else {
            return Step::Wait;
        };
        let pending = self.engine.pending_removals(group);
        let going: BTreeSet<u32> = pending.iter().chain(&own).copied().collect();
        if going.len() >= self.engine.member_count(group) {
            // Whoever leaves needs somebody who stays and commits it. While the others are still about to go,
            // and perhaps somebody else about to come, that is this client's to commit first.
            return match pending.is_empty() {
                true => Step::Drop("the last participant cannot leave: nobody could commit it"),
                false => Step::Wait,
            };
        }
        let plans: Vec<_> = own.iter().map(|leaf| ProposalPlan::Remove(*leaf)).collect();
        let step = self.propose(room, number, &plans, out);
        if matches!(step, Step::Wait) {
            out.observe(Observation::LeaveProposed {
                room,
                wanted: since,
            });
        }
        step
    }

    fn propose(
        &mut self,
        room: RoomId,
        number: u32,
        plans: &[ProposalPlan<'_, E::Message>],
        out: &mut Outputs,
    ) -> Step {
        let Some(membership) = self.rooms.get_mut(&room) else {
            return Step::Wait;
        };
        let Some(group) = &mut membership.group else {
            return Step::Wait;
        };
        let mut messages = Vec::with_capacity(plans.len());
        for plan in plans {
            match self.engine.propose(&mut self.mls, group, plan) {
                Ok(message) => messages.push(message),
                Err(_) => return Step::Drop("a proposal could not be made"),
            }
        }
        let sent = messages.clone();
        let mut messages = messages.into_iter();
        let Some(proposal) = messages.next() else {
            return Step::Drop("nothing to propose");
        };
        membership.handshake = Some(Handshake::Propose(number, sent));
        let frame = Frame::Update(Box::new(HandshakeBundle::Proposal {
            proposal,
            more_proposals: messages.collect(),
        }));
        self.request(room, Pending::Handshake, &frame, out);
        Step::Wait
    }

    // ---- KeyPackages of others ----

    fn gather(
        &mut self,
        room: RoomId,
        since: SimTime,
        gathering: &Gathering<E::Message>,
        out: &mut Outputs,
    ) -> Step {
        if gathering.asked {
            return Step::Wait;
        }
        if let Some(Want {
            what: Wish::Add(gathering),
            ..
        }) = self.rooms.get_mut(&room).and_then(|m| m.wants.front_mut())
        {
            gathering.asked = true;
        }
        for &user in &gathering.users {
            out.observe(Observation::JoinWanted {
                room,
                user,
                wanted: since,
            });
            let frame = Frame::KeyMaterialRequest(Box::new(self.key_material_request(room, user)));
            self.request(room, Pending::KeyMaterial(user), &frame, out);
        }
        Step::Wait
    }

    fn key_material_request(&mut self, room: RoomId, target: UserId) -> KeyMaterialRequest {
        let mut request = KeyMaterialRequest {
            protocol: Protocol::Mls10,
            requesting_user: self.directory.user_uri(self.user).into(),
            target_user: self.directory.user_uri(target).into(),
            room_id: self.directory.room_uri(room).into(),
            acceptable_ciphersuites: vec![self.engine.ciphersuite_code()],
            required_capabilities: RequiredCapabilitiesExtension::default(),
            requester_signature_key: self.engine.signature_key(&self.mls).into(),
            requester_credential: self.engine.credential(&self.mls),
            key_material_request_signature: VLBytes::new(Vec::new()),
        };
        // Signed over the request with an empty signature.
        let content = request.tls_serialize_detached().unwrap_or_default();
        if let Ok(signature) = self.engine.sign(&mut self.mls, &content) {
            request.key_material_request_signature = signature.into();
        }
        request
    }

    // ---- the room's beginning ----

    /// Create the room's group and give it to the hub.
    pub(super) fn create_room(&mut self, now: SimTime, room: RoomId, out: &mut Outputs) {
        let group_id = self.directory.group_uri(room);
        let created = self
            .engine
            .create(&mut self.mls, group_id.as_bytes())
            .and_then(|group| {
                let (group_info, ratchet_tree) = self.engine.group_info(&mut self.mls, &group)?;
                let group_info = BareGroupInfo::new(group_info)
                    .map_err(|error| MlsError::Malformed(error.to_string()))?;
                Ok((
                    group,
                    CreateRoom {
                        group_info,
                        ratchet_tree,
                    },
                ))
            });
        match created {
            Ok((group, create)) => {
                let membership = self.rooms.entry(room).or_default();
                membership.create = false;
                membership.wish_no_earlier_than(now);
                membership.group = Some(group);
                membership.handshake = Some(Handshake::Create);
                self.request(
                    room,
                    Pending::Handshake,
                    &Frame::CreateRoom(Box::new(create)),
                    out,
                );
            }
            Err(_) => out.observe(Observation::Skipped {
                reason: "a group could not be created",
            }),
        }
    }
}

/// Whether a pending proposal removes the member itself: it may neither commit nor speak then.
fn leaving<E: Engine>(engine: &E, group: &E::Group) -> bool {
    engine
        .pending_removals(group)
        .contains(&engine.own_leaf(group))
}

/// 2 to the power of a small integer, exactly; saturates where it no longer matters.
fn power_of_two(exponent: u32) -> f64 {
    f64::from(1u32 << exponent.min(30))
}
