//! From a wish to a message, a commit or a proposal.

use super::Member;
use crate::client::context::{Context, Device};
use crate::client::room::conversation::Conversation;
use crate::client::room::in_flight::{Asked, Handshake, InFlight};
use crate::client::room::wants::{Gathering, Want, Wish};
use crate::client::saying::{Composed, Saying};
use crate::client::uplink::Question;
use crate::content::encode_report;
use crate::franking;
use crate::room_state::{self, Began, Standing};
use crate::vocabulary::{reasons, subjects};
use crate::wire::client::CreateRoom;
use crate::wire::{
    Frame, GroupInfoOption, HandshakeBundle, IdentifierRequest, Protocol, RatchetTreeOption,
    SubmitMessageRequest,
};
use rand_core::Rng;
use std::sync::Arc;
use throng_mls::app_data::AppDataUpdate;
use throng_mls::engine::{BundleOf, CommitPlan, Engine, MlsError, ProposalPlan};
use throng_mls::wire::{BareGroupInfo, BareWelcome, SafeAadItem};
use throng_stack::{Fact, MembershipWish, Reason, Subject};
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::{Content, Find, GroupInfoForm, Structured};
use throng_workloads::time::SimTime;

/// What became of a want.
pub(in crate::client::room) enum Step<E: Engine> {
    /// It is dealt with: go on to the next.
    Done,
    /// It cannot be: drop it, for this reason.
    Drop(&'static Reason),
    /// It waits for others, or for what it has asked them.
    Wait,
    /// It waits for the hub.
    Asked(InFlight<E>),
}

impl<E: Engine> Step<E> {
    fn handshake(request: u32, handshake: Handshake<E::Message>) -> Self {
        Self::Asked(InFlight {
            request,
            what: Asked::Handshake(handshake),
        })
    }
}

/// Since when a commit is wanted, and which attempt at it this is, from 1.
#[derive(Debug, Clone, Copy)]
pub(in crate::client::room) struct Attempt {
    pub(in crate::client::room) wanted: SimTime,
    pub(in crate::client::room) number: u32,
}

/// What a want asks of the group, leaf by leaf.
struct Changes<M> {
    adds: Vec<M>,
    removes: Vec<u32>,
    app_data: Vec<AppDataUpdate>,
    update: bool,
}

impl<M> Changes<M> {
    /// No more than what is pending anyway.
    const NONE: Self = Self {
        adds: Vec::new(),
        removes: Vec::new(),
        app_data: Vec::new(),
        update: false,
    };

    fn changes_nothing(&self) -> bool {
        self.adds.is_empty() && self.removes.is_empty() && self.app_data.is_empty() && !self.update
    }
}

impl<E: Engine> Member<E> {
    /// Do what can be done now for a want.
    pub(in crate::client::room) fn attempt(
        &mut self,
        cx: &mut Context<'_, E>,
        talk: Option<&Conversation>,
        want: &mut Want<E::Message>,
    ) -> Step<E> {
        match &mut want.what {
            Wish::Message(saying) => self.message(cx, talk, want.since, saying),
            Wish::Leave => self.leave(cx, want.number, want.since),
            Wish::Add(gathering) if !gathering.complete() => gather(cx, want.since, gathering),
            // Those who are being taken off the participant list cannot be added before they are, nor taken off while they are being
            // added.
            what if self.crosses(cx.device, what) => Step::Wait,
            what => match self.changes((cx.device, cx.room), what) {
                Ok(changes) if self.proposes(cx) => self.propose_changes(cx, want.number, &changes),
                Ok(changes) => {
                    let attempt = Attempt {
                        wanted: want.since,
                        number: want.attempts + 1,
                    };
                    self.commit(cx, attempt, &changes, Some(want.number))
                }
                Err(reason) => Step::Drop(reason),
            },
        }
    }

    /// What the want comes to in the present tree, or why it comes to nothing.
    fn changes(
        &self,
        (device, room): (&Device<E>, RoomId),
        what: &Wish<E::Message>,
    ) -> Result<Changes<E::Message>, &'static Reason> {
        if !self.role_allows((device, room), what) {
            return Err(&reasons::ROLE_FORBIDS);
        }
        let mut changes = Changes::NONE;
        match what {
            Wish::Add(gathering) => {
                let present = |uri: &[u8]| self.leaves(&device.engine, uri).next().is_some();
                // A client can be added once: whom another has proposed to add is left to that proposal.
                let expected = device.engine.pending_additions(&self.group);
                let (others, mine): (Vec<_>, Vec<_>) = gathering
                    .found()
                    .filter(|(uri, _)| !present(uri))
                    .partition(|(uri, _)| expected.contains(uri));
                let new = mine.iter().map(|(uri, _)| uri);
                changes.app_data = self
                    .added_participants((device, room), new)
                    .map_err(|_| &reasons::UNKNOWN_PARTICIPANTS)?;
                changes.adds = mine
                    .into_iter()
                    .map(|(_, package)| package.clone())
                    .collect();
                if changes.adds.is_empty() {
                    return Err(match others.is_empty() {
                        true => &reasons::NOBODY_TO_ADD,
                        false => &reasons::ADDED_BY_ANOTHER,
                    });
                }
            }
            Wish::RemoveUser(user) if *user == device.user => {
                return Err(&reasons::REMOVES_ITSELF);
            }
            Wish::RemoveUser(user) => {
                changes.removes = self.leaves_of(device, *user);
                changes.app_data = self
                    .removed_participant(device, *user)
                    .map_err(|_| &reasons::UNKNOWN_PARTICIPANTS)?;
            }
            Wish::Administer(measure, user) => {
                let plan = self.measure((device, room), *measure, *user)?;
                changes.removes = match measure.takes_out() {
                    true => self.leaves_of(device, *user),
                    false => Vec::new(),
                };
                changes.app_data = plan;
            }
            Wish::RemoveClient(user, client) => {
                if let Some(uri) = device.directory.client_uri(*user, *client) {
                    changes.removes = self.leaves(&device.engine, uri.as_bytes()).collect();
                }
            }
            Wish::Update => changes.update = true,
            Wish::Leave | Wish::Message(_) => return Err(&reasons::NO_CHANGE),
        }
        if changes.changes_nothing() {
            return Err(&reasons::NOBODY_TO_REMOVE);
        }
        Ok(changes)
    }

    // ---- messages ----

    fn message(
        &mut self,
        cx: &mut Context<'_, E>,
        talk: Option<&Conversation>,
        since: SimTime,
        saying: &mut Saying,
    ) -> Step<E> {
        if !self.may_speak(cx.device) {
            return Step::Drop(&reasons::ROLE_FORBIDS);
        }
        let engine = &cx.device.engine;
        if engine.pending_proposals(&self.group) > 0 {
            // RFC 9420, section 12.4: no application data while valid proposals are uncommitted.
            let now = cx.now;
            return match self.may_commit(cx) {
                true => self.cover(cx, now),
                false => Step::Wait,
            };
        }
        let speech = Arc::clone(&cx.device.speech);
        let said = match &*speech {
            Content::Opaque => {
                let mut content = vec![0; saying.bytes as usize];
                cx.device.content.fill_bytes(&mut content);
                let question = Question::Message(since, saying.clone());
                self.submit(cx, (&subjects::MESSAGE, since), (&content, &[]), question)
            }
            Content::Structured(how) => self.say(cx, talk, how, since, saying),
        };
        match said {
            Ok(()) => Step::Done,
            Err(reason) => Step::Drop(reason),
        }
    }

    /// Say something that others read as what it is. It is the same message when it is said again.
    fn say(
        &mut self,
        cx: &mut Context<'_, E>,
        talk: Option<&Conversation>,
        how: &Structured,
        since: SimTime,
        saying: &mut Saying,
    ) -> Result<(), &'static Reason> {
        if saying.composed.is_none() {
            if how.typing {
                let typing = Conversation::typing(cx).ok_or(&reasons::NAMELESS_USER)?;
                let question = Question::Notice(Vec::new());
                let aad = franked(how, &typing);
                self.submit(
                    cx,
                    (typing.subject, cx.now),
                    (&typing.content, &aad),
                    question,
                )?;
            }
            let nothing = Conversation::default();
            saying.composed = talk.unwrap_or(&nothing).compose(cx, how, saying.bytes);
        }
        // It is on the way before the message is, over the same connection.
        if let Some(upload) = saying.composed.as_mut().and_then(|all| all.upload.take()) {
            let stored = cx.ask(Question::Upload, &Frame::UploadAsset(upload));
            stored.map_err(|_| &reasons::TOO_LONG)?;
        }
        let composed = saying.composed.as_ref().ok_or(&reasons::NAMELESS_USER)?;
        let question = Question::Message(since, saying.clone());
        let aad = franked(how, composed);
        self.submit(
            cx,
            (composed.subject, since),
            (&composed.content, &aad),
            question,
        )
    }

    /// Report what came, if it is time and nothing is against it.
    pub(in crate::client::room) fn report(
        &mut self,
        cx: &mut Context<'_, E>,
        talk: &mut Conversation,
    ) {
        let engine = &cx.device.engine;
        // Nobody commits for the sake of a report: whoever is to commit what is pending does.
        if self.waits(engine) || engine.pending_proposals(&self.group) > 0 {
            return;
        }
        // Nor does anybody report whose role does not allow messages.
        if !self.may_speak(cx.device) {
            return;
        }
        let Some(content) = talk.overdue().map(encode_report) else {
            return;
        };
        let question = Question::Notice(talk.reports());
        let said = self.submit(cx, (&subjects::STATUS, cx.now), (&content, &[]), question);
        if let Err(reason) = said {
            cx.skip(reason);
        }
    }

    /// Encrypt something and send it to the hub, with what stands beside it in clear.
    fn submit(
        &mut self,
        cx: &mut Context<'_, E>,
        (subject, wanted): (&'static Subject, SimTime),
        (content, safe_aad): (&[u8], &[SafeAadItem]),
        question: Question,
    ) -> Result<(), &'static Reason> {
        let device = &mut *cx.device;
        let sending_uri = device.directory.user_uri(device.user);
        let sending_uri = sending_uri.ok_or(&reasons::NAMELESS_USER)?;
        let message =
            device
                .engine
                .encrypt_with(&mut device.mls, &mut self.group, content, safe_aad);
        let frame = Frame::SubmitMessage(SubmitMessageRequest {
            protocol: Protocol::Mls10,
            app_message: message.map_err(|_| &reasons::UNENCRYPTED)?,
            sending_uri: sending_uri.into(),
        });
        let request = cx.ask(question, &frame).map_err(|_| &reasons::TOO_LONG)?;
        cx.note(Fact::Sent {
            room: cx.room,
            subject,
            request,
            wanted,
            attempt: 1,
            bytes: frame.encoded_len() as u64,
        });
        Ok(())
    }

    // ---- commits ----

    /// Commit what is pending, and nothing else.
    pub(in crate::client::room) fn cover(
        &mut self,
        cx: &mut Context<'_, E>,
        wanted: SimTime,
    ) -> Step<E> {
        let attempt = Attempt { wanted, number: 1 };
        self.commit(cx, attempt, &Changes::NONE, None)
    }

    /// Commit what is pending, with a path whether or not that asks for one.
    pub(super) fn commit_path(&mut self, cx: &mut Context<'_, E>) -> Step<E> {
        let attempt = Attempt {
            wanted: cx.now,
            number: 1,
        };
        let changes = Changes {
            update: true,
            ..Changes::NONE
        };
        self.commit(cx, attempt, &changes, None)
    }

    fn commit(
        &mut self,
        cx: &mut Context<'_, E>,
        attempt: Attempt,
        changes: &Changes<E::Message>,
        want: Option<u32>,
    ) -> Step<E> {
        let device = &mut *cx.device;
        let plan = CommitPlan {
            adds: &changes.adds,
            removes: &changes.removes,
            app_data: &changes.app_data,
            force_path: changes.update || device.policy.path_on_add,
        };
        let bundle = device
            .engine
            .commit(&mut device.mls, &mut self.group, &plan);
        let Ok(bundle) = bundle else {
            return Step::Drop(&reasons::NO_COMMIT_MADE);
        };
        let handshake = Handshake::Commit { want };
        match send_commit(cx, bundle, attempt) {
            Ok(request) => Step::handshake(request, handshake),
            Err(reason) => {
                self.take_back(cx, &handshake);
                Step::Drop(reason)
            }
        }
    }

    // ---- proposals ----

    fn propose_changes(
        &mut self,
        cx: &mut Context<'_, E>,
        number: u32,
        changes: &Changes<E::Message>,
    ) -> Step<E> {
        let mut plans: Vec<ProposalPlan<'_, E::Message>> = Vec::new();
        plans.extend(changes.adds.iter().map(ProposalPlan::Add));
        plans.extend(
            changes
                .removes
                .iter()
                .map(|leaf| ProposalPlan::Remove(*leaf)),
        );
        plans.extend(changes.app_data.iter().map(ProposalPlan::AppData));
        if changes.update {
            plans.push(ProposalPlan::Update);
        }
        self.propose(cx, number, &plans)
    }

    fn leave(&mut self, cx: &mut Context<'_, E>, number: u32, since: SimTime) -> Step<E> {
        let own = self.leaves_of(cx.device, cx.device.user);
        let engine = &cx.device.engine;
        let mut going = self.going(engine);
        let others_go = !going.is_empty();
        going.extend(&own);
        if going.len() >= engine.member_count(&self.group) {
            // Whoever leaves needs somebody who stays and commits it. While the others are still about to go,
            // and perhaps somebody else about to come, that is this client's to commit first.
            return match others_go {
                true => Step::Wait,
                false => Step::Drop(&reasons::LAST_PARTICIPANT),
            };
        }
        if self.is_being_added(cx.device, cx.device.user) {
            return Step::Wait;
        }
        let gone = match self.resignation(cx.device) {
            Ok(gone) => gone,
            Err(reason) => return Step::Drop(reason),
        };
        let mut plans = self.own_removals(cx.device, &own);
        plans.extend(gone.iter().map(ProposalPlan::AppData));
        let step = self.propose(cx, number, &plans);
        if matches!(step, Step::Asked(_)) {
            cx.note(Fact::Wanted {
                room: cx.room,
                what: MembershipWish::Leave,
                since,
            });
        }
        step
    }

    fn propose(
        &mut self,
        cx: &mut Context<'_, E>,
        want: u32,
        plans: &[ProposalPlan<'_, E::Message>],
    ) -> Step<E> {
        let mut sent = Vec::with_capacity(plans.len());
        let asked = self.send_proposals(cx, plans, &mut sent);
        let handshake = Handshake::Propose { want, sent };
        match asked {
            Ok(request) => Step::handshake(request, handshake),
            Err(reason) => {
                // What was made of them is pending here already.
                self.take_back(cx, &handshake);
                Step::Drop(reason)
            }
        }
    }

    /// Make all of these proposals, or as many as can be, and send them to the hub if they are all.
    fn send_proposals(
        &mut self,
        cx: &mut Context<'_, E>,
        plans: &[ProposalPlan<'_, E::Message>],
        made: &mut Vec<E::Message>,
    ) -> Result<u32, &'static Reason> {
        let device = &mut *cx.device;
        for plan in plans {
            let proposal = device
                .engine
                .propose(&mut device.mls, &mut self.group, plan);
            made.push(proposal.map_err(|_| &reasons::NO_PROPOSAL_MADE)?);
        }
        let (proposal, more) = made.split_first().ok_or(&reasons::NOTHING_TO_PROPOSE)?;
        let frame = Frame::Update(Box::new(HandshakeBundle::Proposal {
            proposal: proposal.clone(),
            more_proposals: more.to_vec(),
        }));
        let request = cx
            .ask(Question::Handshake, &frame)
            .map_err(|_| &reasons::TOO_LONG)?;
        Ok(request.number)
    }

    // ---- the room's beginning ----

    /// Create the room's group and give it to the hub; whether that was tried before, with an unknown end.
    pub(in crate::client::room) fn create(
        cx: &mut Context<'_, E>,
        again: bool,
    ) -> Result<(Self, InFlight<E>), &'static Reason> {
        let group_id = cx.device.directory.group_uri(cx.room);
        let group_id = group_id.ok_or(&reasons::NAMELESS_ROOM)?;
        let (group, create) =
            create_group(cx, &group_id).map_err(|_| &reasons::NO_GROUP_CREATED)?;
        let frame = Frame::CreateRoom(Box::new(create));
        let Ok(request) = cx.ask(Question::Handshake, &frame) else {
            cx.forget(group);
            return Err(&reasons::TOO_LONG);
        };
        let in_flight = InFlight {
            request: request.number,
            what: Asked::Handshake(Handshake::Create { again }),
        };
        Ok((Self::new(group), in_flight))
    }
}

/// What stands beside a message in clear: what commits to its content, where messages are franked.
fn franked(how: &Structured, composed: &Composed) -> Vec<SafeAadItem> {
    match how.franking {
        true => vec![franking::frank_aad(composed.tag)],
        false => Vec::new(),
    }
}

fn create_group<E: Engine>(
    cx: &mut Context<'_, E>,
    group_id: &str,
) -> Result<(E::Group, CreateRoom<E::Message>), MlsError> {
    let (engine, mls) = (&cx.device.engine, &mut cx.device.mls);
    let directory = &cx.device.directory;
    let names = directory
        .user_uri(cx.device.user)
        .zip(directory.room_uri(cx.room));
    let (creator, room) =
        names.ok_or_else(|| MlsError::Malformed("a user or room without a name".to_owned()))?;
    let hub = directory.hub_of(cx.room);
    let standing = Standing::of(cx.device.policy.profile, &**directory, cx.room);
    let began = Began {
        room: &room,
        standing,
        directory: &**directory,
        policy: &cx.device.policy,
        hub: cx.device.hubs.in_group(hub),
    };
    let creator = (creator, standing.creator());
    let app_data = room_state::of_room(&began, std::iter::once(creator))
        .map_err(|error| MlsError::Malformed(error.to_string()))?;
    let group = engine.create_with(mls, group_id.as_bytes(), &app_data)?;
    let (group_info, ratchet_tree) = engine.group_info(mls, &group)?;
    let group_info =
        BareGroupInfo::new(group_info).map_err(|error| MlsError::Malformed(error.to_string()))?;
    let create = CreateRoom {
        group_info,
        ratchet_tree,
    };
    Ok((group, create))
}

/// Send a commit with what belongs to it to the hub; the number of the request that carries it.
pub(in crate::client::room) fn send_commit<E: Engine>(
    cx: &mut Context<'_, E>,
    bundle: BundleOf<E>,
    attempt: Attempt,
) -> Result<u32, &'static Reason> {
    let parts = bundle
        .welcome
        .map(BareWelcome::new)
        .transpose()
        .ok()
        .zip(sent_group_info(cx, bundle.group_info));
    let (welcome, group_info) = parts.ok_or(&reasons::WRONG_KIND_OF_PARTS)?;
    // The hub rebuilds the tree from the handshakes that it sees, so no commit repeats it.
    let frame = Frame::Update(Box::new(HandshakeBundle::Commit {
        commit: bundle.commit,
        welcome,
        group_info,
        ratchet_tree: RatchetTreeOption::DistributionService,
    }));
    let request = cx
        .ask(Question::Handshake, &frame)
        .map_err(|_| &reasons::TOO_LONG)?;
    cx.note(Fact::Sent {
        room: cx.room,
        subject: &subjects::COMMIT,
        request,
        wanted: attempt.wanted,
        attempt: attempt.number,
        bytes: frame.encoded_len() as u64,
    });
    Ok(request.number)
}

/// As much of the GroupInfo as the room's hub is to get; nothing where it is something else.
fn sent_group_info<E: Engine>(
    cx: &Context<'_, E>,
    group_info: E::Message,
) -> Option<GroupInfoOption<E::Message>> {
    let device = &cx.device;
    match device.policy.group_info {
        GroupInfoForm::Partial => {
            let partial = device.engine.partial_group_info(&group_info).ok()?;
            Some(GroupInfoOption::Partial(partial))
        }
        GroupInfoForm::Full => BareGroupInfo::new(group_info)
            .ok()
            .map(GroupInfoOption::Full),
    }
}

/// Ask for the KeyPackages of those who are to be added, once.
fn gather<E: Engine>(
    cx: &mut Context<'_, E>,
    since: SimTime,
    gathering: &mut Gathering<E::Message>,
) -> Step<E> {
    let known = gathering.consented();
    for &user in gathering.ask() {
        if !known {
            cx.note(Fact::Wanted {
                room: cx.room,
                what: MembershipWish::Join(user),
                since,
            });
        }
        // Whoever has consented is known already.
        let asked = match cx.device.policy.find {
            Find::Handle if !known => ask_for_user(cx, user),
            Find::Handle | Find::Known => ask_for_key_packages(cx, user),
        };
        if let Err(reason) = asked {
            return Step::Drop(reason);
        }
    }
    Step::Wait
}

/// Ask for the KeyPackages of a user who is known.
pub(in crate::client::room) fn ask_for_key_packages<E: Engine>(
    cx: &mut Context<'_, E>,
    user: UserId,
) -> Result<(), &'static Reason> {
    let request = cx.device.key_material_request(cx.room, user);
    let request = request.map_err(|_| &reasons::UNSIGNED_REQUEST)?;
    let frame = Frame::KeyMaterialRequest(Box::new(request));
    let asked = cx.ask(Question::KeyMaterial(user), &frame);
    asked.map(drop).map_err(|_| &reasons::TOO_LONG)
}

/// Ask who it is that has a user's handle.
fn ask_for_user<E: Engine>(cx: &mut Context<'_, E>, user: UserId) -> Result<(), &'static Reason> {
    let handle = cx.device.directory.handle(user);
    let handle = handle.ok_or(&reasons::NAMELESS_USER)?;
    let query = IdentifierRequest::by_handle(&handle);
    let asked = cx.ask(
        Question::Find(user),
        &Frame::IdentifierQuery(Box::new(query)),
    );
    asked.map(drop).map_err(|_| &reasons::TOO_LONG)
}
