//! Who is a member at a room's hub: each is a client of some provider, by that provider's name for it, and is so once.
//! What would have it otherwise is refused, and changes nothing.

use crate::engines::on_both_engines;

use std::sync::Arc;
use throng_mimi::directory::{Directory, Federation, RoomPlace};
use throng_mimi::franking::HubKey;
use throng_mimi::hub::{Decision, Member, Receivers, Room, RoomRules, Stamps, To};
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::*;
use throng_mls::app_data::{
    AppData, AppDataRules, AppDataUpdate, ParticipantListUpdate, RoleChange,
};
use throng_mls::engine::{BundleOf, CommitPlan, Engine, EngineConfig, ExternalPlan, ProposalPlan};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::Bare;
use throng_stack::{Fact, RequestId};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::{Ciphersuite, Profile};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::SimTime;

const A: ProviderId = ProviderId(0);
const B: ProviderId = ProviderId(1);

/// A device as MLS sees it, and as its provider speaks of it.
pub(crate) struct Device<E: Engine> {
    pub(crate) mls: E::Client,
    pub(crate) user: u32,
    pub(crate) member: Member,
}

/// A room at its hub, of the first device alone at first.
pub(crate) struct Hub<E: Engine> {
    pub(crate) engine: E,
    directory: Arc<dyn Directory>,
    pub(crate) room: Room<E>,
    /// The hub's.
    pub(crate) identity: E::Client,
    pub(crate) founder: Device<E>,
    pub(crate) group: E::Group,
    requests: u32,
}

pub(crate) fn engine<E: Engine>(app_data: Option<AppDataRules>) -> E {
    E::new(EngineConfig {
        app_data,
        self_remove: true,
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    })
}

/// Users 0 and 1 are at A, 2 and 3 at B.
pub(crate) fn directory() -> Arc<dyn Directory> {
    Arc::new(Federation {
        domains: vec!["a.example".to_owned(), "b.example".to_owned()],
        users: vec![A, A, B, B],
        rooms: vec![RoomPlace {
            hub: A,
            creator: UserId(0),
        }],
    })
}

/// Somebody of this name; who has the same `key` signs with the same.
fn named<E: Engine>(engine: &E, name: &str, key: u64) -> E::Client {
    let owner = StreamOwner::Client(key);
    let client = engine.client(name.as_bytes(), &Streams::new(7, 0), owner);
    client.unwrap()
}

/// The identity of the hub.
pub(crate) fn hub_of<E: Engine>(engine: &E) -> E::Client {
    named(engine, "mimi://a.example", 99)
}

pub(crate) fn device<E: Engine>(engine: &E, user: u32, client: u32, key: u64) -> Device<E> {
    let directory = directory();
    let (user_id, id) = (UserId(user), ClientId(client));
    let name = directory.client_uri(user_id, id).unwrap();
    Device {
        mls: named(engine, &name, key),
        user,
        member: Member {
            client: id,
            provider: directory.provider_of(user_id).unwrap(),
        },
    }
}

pub(crate) fn refusals(facts: &[Fact]) -> Vec<Refusal> {
    let refused = facts.iter().filter_map(|fact| match fact {
        Fact::Refused { reason, .. } => {
            let mut all = Refusal::ALL.iter();
            all.find(|refusal| refusal.reason() == *reason).copied()
        }
        _ => None,
    });
    refused.collect()
}

/// Whom something that was accepted goes to.
pub(crate) fn receivers<E: Engine, O>(decision: &Decision<E, O>) -> Receivers {
    assert_eq!(refusals(&decision.facts), []);
    match decision.fanouts.first().map(|fanout| &fanout.to) {
        Some(To::Members(_, receivers)) => receivers.clone(),
        other => panic!("no event: {other:?}"),
    }
}

pub(crate) fn clients(ids: &[u32]) -> Vec<ClientId> {
    ids.iter().copied().map(ClientId).collect()
}

impl<E: Engine> Hub<E> {
    fn new() -> Self {
        Self::of(None)
    }

    /// With a participant list, where there are rules for one, on which users 0 and 3 are.
    pub(crate) fn of(rules: Option<AppDataRules>) -> Self {
        let mut app_data = AppData::default();
        for user in [0, 3] {
            let uri = directory().user_uri(UserId(user)).unwrap();
            app_data.participants.push(uri.as_bytes(), 2);
        }
        Self::with(rules, &app_data, Profile::Unchecked)
    }

    /// With this application data, and a hub that holds people to the roles of a profile in it.
    pub(crate) fn with(rules: Option<AppDataRules>, app_data: &AppData, profile: Profile) -> Self {
        let made = Self::made(rules, app_data, rules_of(profile));
        made.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// The same, if the hub takes it.
    pub(crate) fn made(
        rules: Option<AppDataRules>,
        app_data: &AppData,
        held_to: RoomRules,
    ) -> Result<Self, Refusal> {
        let (engine, directory) = (engine::<E>(rules), directory());
        let mut founder = device(&engine, 0, 0, 0);
        let group_id = directory.group_uri(RoomId(0)).unwrap();
        let group = engine.create_with(&mut founder.mls, group_id.as_bytes(), app_data);
        let group = group.unwrap();
        let room = create(&engine, &mut founder.mls, &group, founder.member, held_to);
        Ok(Self {
            room: room?,
            identity: hub_of(&engine),
            engine,
            directory,
            founder,
            group,
            requests: 0,
        })
    }

    fn request(&mut self, of: Member) -> RequestId {
        self.requests += 1;
        RequestId {
            provider: of.provider,
            client: of.client,
            number: self.requests,
        }
    }

    pub(crate) fn update(
        &mut self,
        of: Member,
        bundle: HandshakeBundle<E::Message>,
    ) -> Decision<E, UpdateOutcome> {
        let request = self.request(of);
        let now = SimTime::ZERO;
        let hub = (request, &mut self.identity);
        self.room.update(&self.engine, now, hub, bundle)
    }

    /// The founder's commit.
    pub(crate) fn commit(
        &mut self,
        adds: &mut [&mut E::Client],
        removes: &[u32],
    ) -> Decision<E, UpdateOutcome> {
        self.commit_with(adds, removes, &[])
    }

    /// The same, with updates of the room's state.
    pub(crate) fn commit_with(
        &mut self,
        adds: &mut [&mut E::Client],
        removes: &[u32],
        app_data: &[AppDataUpdate],
    ) -> Decision<E, UpdateOutcome> {
        let packages: Vec<E::Message> = adds
            .iter_mut()
            .map(|client| self.engine.key_package(client).unwrap().message)
            .collect();
        let plan = CommitPlan {
            adds: &packages,
            removes,
            app_data,
            force_path: false,
        };
        let mls = &mut self.founder.mls;
        let bundle = self.engine.commit(mls, &mut self.group, &plan).unwrap();
        let decision = self.update(self.founder.member, handshake::<E>(bundle));
        let (engine, mls) = (&self.engine, &mut self.founder.mls);
        match decision.outcome {
            UpdateOutcome::Success { .. } => engine.merge_pending(mls, &mut self.group),
            _ => engine.clear_pending(mls, &mut self.group),
        }
        .unwrap();
        decision
    }

    /// The founder's proposal to add somebody.
    fn propose(&mut self, newcomer: &mut E::Client) -> Decision<E, UpdateOutcome> {
        let package = self.engine.key_package(newcomer).unwrap().message;
        self.propose_that(&ProposalPlan::Add(&package))
    }

    /// The founder's proposal.
    fn propose_that(&mut self, plan: &ProposalPlan<'_, E::Message>) -> Decision<E, UpdateOutcome> {
        self.propose_all(std::slice::from_ref(plan))
    }

    /// The founder's proposals, together.
    pub(crate) fn propose_all(
        &mut self,
        plans: &[ProposalPlan<'_, E::Message>],
    ) -> Decision<E, UpdateOutcome> {
        let (engine, mls) = (&self.engine, &mut self.founder.mls);
        let made = plans.iter();
        let made = made.map(|plan| engine.propose(mls, &mut self.group, plan).unwrap());
        let made: Vec<E::Message> = made.collect();
        let bundle = HandshakeBundle::Proposal {
            proposal: made[0].clone(),
            more_proposals: made[1..].to_vec(),
        };
        let decision = self.update(self.founder.member, bundle);
        if !matches!(decision.outcome, UpdateOutcome::Success { .. }) {
            let (engine, mls) = (&self.engine, &mut self.founder.mls);
            engine.withdraw(mls, &mut self.group, &made).unwrap();
        }
        decision
    }

    /// Somebody comes in from outside.
    pub(crate) fn join(&mut self, who: &mut Device<E>) -> (Decision<E, UpdateOutcome>, E::Group) {
        self.join_with(who, &[])
    }

    /// The same, with updates of the room's state.
    pub(crate) fn join_with(
        &mut self,
        who: &mut Device<E>,
        app_data: &[AppDataUpdate],
    ) -> (Decision<E, UpdateOutcome>, E::Group) {
        let plan = ExternalPlan {
            pending: &[],
            app_data,
        };
        self.join_by(who, &plan)
    }

    /// The same, with more in the commit.
    pub(crate) fn join_by(
        &mut self,
        who: &mut Device<E>,
        plan: &ExternalPlan<'_, E::Message>,
    ) -> (Decision<E, UpdateOutcome>, E::Group) {
        let granted = self.room.group_info(&self.engine, ProviderId(0)).unwrap();
        let RatchetTreeOption::Full(tree) = &granted.ratchet_tree else {
            panic!("no tree");
        };
        let info = granted.group_info.message();
        let joined = self
            .engine
            .join_external_with(&mut who.mls, info, tree, plan);
        let (mut group, bundle) = joined.unwrap();
        let decision = self.update(who.member, handshake::<E>(bundle));
        if matches!(decision.outcome, UpdateOutcome::Success { .. }) {
            let merged = self.engine.merge_pending(&mut who.mls, &mut group);
            merged.unwrap();
        }
        (decision, group)
    }

    /// A member says something, in the name of a user.
    pub(crate) fn say(
        &mut self,
        message: E::Message,
        from: Member,
        user: u32,
    ) -> Decision<E, SubmitOutcome> {
        let request = self.request(from);
        let submit = SubmitMessageRequest {
            protocol: Protocol::Mls10,
            app_message: message,
            sending_uri: self.directory.user_uri(UserId(user)).unwrap().into(),
        };
        let now = SimTime::ZERO;
        let stamps = Stamps {
            identity: &mut named(&self.engine, "mimi://a.example", 99),
            key: &HubKey([0; 32]),
        };
        self.room.submit(&self.engine, now, request, submit, stamps)
    }

    /// The founder says something.
    pub(crate) fn hello(&mut self) -> Decision<E, SubmitOutcome> {
        let mls = &mut self.founder.mls;
        let message = self.engine.encrypt(mls, &mut self.group, b"hello").unwrap();
        self.say(message, self.founder.member, self.founder.user)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.room.epoch(&self.engine)
    }
}

pub(crate) fn rules_of(profile: Profile) -> RoomRules {
    RoomRules {
        epoch_tolerance: 2,
        profile,
        evicts: false,
        reads: false,
        cuts_welcomes: false,
        tree_epochs: None,
    }
}

fn create<E: Engine>(
    engine: &E,
    mls: &mut E::Client,
    group: &E::Group,
    creator: Member,
    rules: RoomRules,
) -> Result<Room<E>, Refusal> {
    let (info, tree) = engine.group_info(mls, group).unwrap();
    let info = Bare::new(info).unwrap();
    let held_to = (rules, &hub_of(engine));
    Room::create(
        engine,
        RoomId(0),
        creator,
        directory(),
        info,
        &tree,
        held_to,
    )
}

pub(crate) fn handshake<E: Engine>(bundle: BundleOf<E>) -> HandshakeBundle<E::Message> {
    HandshakeBundle::Commit {
        commit: bundle.commit,
        welcome: bundle.welcome.map(|welcome| Bare::new(welcome).unwrap()),
        group_info: GroupInfoOption::Full(Bare::new(bundle.group_info).unwrap()),
        ratchet_tree: RatchetTreeOption::DistributionService,
    }
}

/// B calls one of its clients what A calls the founder: they are two, at the hub as everywhere.
fn two_providers_may_have_one_number<E: Engine>() {
    let mut hub = Hub::<E>::new();
    let mut near = device(&hub.engine, 1, 1, 1);
    let mut far = device(&hub.engine, 2, 0, 2);
    let added = hub.commit(&mut [&mut near.mls, &mut far.mls], &[]);
    assert_eq!(receivers(&added).all[..], []);
    let to = receivers(&hub.hello());
    assert_eq!(to.by_provider[&A], clients(&[1]));
    assert_eq!(to.by_provider[&B], clients(&[0]));

    let (back, mut group) = hub.join(&mut far);
    let to = receivers(&back);
    assert_eq!(to.by_provider[&A], clients(&[0, 1]));
    assert_eq!(
        to.by_provider.get(&B),
        None,
        "it has made the commit itself"
    );
    let message = hub
        .engine
        .encrypt(&mut far.mls, &mut group, b"hello")
        .unwrap();
    let said = hub.say(message.clone(), far.member, far.user);
    assert_eq!(receivers(&said).all[..], clients(&[0, 1]));
    let other = hub.say(message, far.member, 0);
    assert_eq!(refusals(&other.facts), [Refusal::ForeignSender]);

    // One of the two goes, and the other stays.
    let said = hub.engine.process(
        &mut hub.founder.mls,
        &mut hub.group,
        back.fanouts[0].message.event.message(),
    );
    said.unwrap();
    let gone = hub.engine.members(&hub.group, b"mimi://b.example/d/u2.0");
    let removed = hub.commit(&mut [], &[gone[0].0]);
    assert_eq!(receivers(&removed).by_provider[&B], clients(&[0]));
    let to = receivers(&hub.hello());
    assert_eq!(to.by_provider[&A], clients(&[1]));
    assert_eq!(to.by_provider.get(&B), None);
}

/// A provider answers for its own clients, and each of them for its own user alone.
fn nobody_says_anything_in_anothers_name<E: Engine>() {
    let mut hub = Hub::<E>::new();
    let mut near = device(&hub.engine, 1, 1, 1);
    hub.commit(&mut [&mut near.mls], &[]);
    let message = |hub: &mut Hub<E>| {
        let mls = &mut hub.founder.mls;
        hub.engine.encrypt(mls, &mut hub.group, b"hello").unwrap()
    };
    let founder = hub.founder.member;
    for (user, expected) in [
        (1, vec![Refusal::ForeignSender]),
        (2, vec![Refusal::ForeignSender]),
        (0, vec![]),
    ] {
        let message = message(&mut hub);
        let said = hub.say(message, founder, user);
        assert_eq!(refusals(&said.facts), expected, "as user {user}");
    }
    let elsewhere = Member {
        provider: B,
        ..founder
    };
    let message = message(&mut hub);
    let said = hub.say(message, elsewhere, 2);
    assert_eq!(refusals(&said.facts), [Refusal::NoMember]);
}

fn a_room_begins_with_its_creator_alone<E: Engine>() {
    let engine = engine::<E>(None);
    let group_id = directory().group_uri(RoomId(0)).unwrap();
    for second in ["x", "mimi://c.example/d/u9.9", "mimi://b.example/d/u2.2"] {
        let mut founder = device(&engine, 0, 0, 0);
        let mut group = engine
            .create(&mut founder.mls, group_id.as_bytes())
            .unwrap();
        let mut second = named(&engine, second, 1);
        let package = engine.key_package(&mut second).unwrap().message;
        let plan = CommitPlan {
            adds: &[package],
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        engine.commit(&mut founder.mls, &mut group, &plan).unwrap();
        engine.merge_pending(&mut founder.mls, &mut group).unwrap();
        let made = create(
            &engine,
            &mut founder.mls,
            &group,
            founder.member,
            rules_of(Profile::Unchecked),
        );
        assert_eq!(made.err(), Some(Refusal::WrongGroup));
    }
    let mut founder = device(&engine, 0, 0, 0);
    let group = engine
        .create(&mut founder.mls, group_id.as_bytes())
        .unwrap();
    let elsewhere = Member {
        provider: B,
        ..founder.member
    };
    let made = create(
        &engine,
        &mut founder.mls,
        &group,
        elsewhere,
        rules_of(Profile::Unchecked),
    );
    assert_eq!(made.err(), Some(Refusal::WrongGroup), "of the number at B");
}

/// Whoever has no name would be in the group, and nowhere else.
fn whoever_is_to_be_a_member_is_a_client<E: Engine>() {
    let mut hub = Hub::<E>::new();
    for name in ["x", "", "mimi://a.example/u/u1", "mimi://b.example/d/u1.7"] {
        let mut nobody = named(&hub.engine, name, 1);
        let refused = hub.commit(&mut [&mut nobody], &[]);
        assert_eq!(refusals(&refused.facts), [Refusal::NoClient], "{name}");
        let refused = hub.propose(&mut nobody);
        assert_eq!(refusals(&refused.facts), [Refusal::NoClient], "{name}");
        let member = Member {
            client: ClientId(7),
            provider: A,
        };
        let (refused, _) = hub.join(&mut Device {
            mls: nobody,
            user: 1,
            member,
        });
        assert_eq!(refusals(&refused.facts), [Refusal::ForeignSender], "{name}");
    }
    assert_eq!(hub.epoch(), 0);
    let mut near = device(&hub.engine, 1, 1, 1);
    hub.commit(&mut [&mut near.mls], &[]);
    assert_eq!(receivers(&hub.hello()).all[..], clients(&[1]));
}

/// A client is its provider's, whosever it says that it is.
fn a_client_has_one_leaf<E: Engine>() {
    let mut hub = Hub::<E>::new();
    let mut hers = device(&hub.engine, 1, 0, 1);
    let refused = hub.commit(&mut [&mut hers.mls], &[]);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);
    let refused = hub.propose(&mut hers.mls);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);
    let (refused, _) = hub.join(&mut hers);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);

    let (mut one, mut same) = (device(&hub.engine, 0, 5, 2), device(&hub.engine, 1, 5, 3));
    let refused = hub.commit(&mut [&mut one.mls, &mut same.mls], &[]);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);
    // No commit could cover both.
    receivers(&hub.propose(&mut one.mls));
    let refused = hub.propose(&mut same.mls);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);
    receivers(&hub.commit(&mut [], &[]));
    assert_eq!(receivers(&hub.hello()).all[..], clients(&[5]));

    // Whoever has gone can come again, the same or another.
    let gone = hub.engine.members(&hub.group, b"mimi://a.example/d/u0.5");
    receivers(&hub.commit(&mut [&mut same.mls], &[gone[0].0]));
    assert_eq!(receivers(&hub.hello()).all[..], clients(&[5]));
}

/// A client that has lost its state comes in from outside, and its old leaf goes.
fn a_client_may_come_back_in_its_own_place<E: Engine>() {
    let mut hub = Hub::<E>::new();
    let (mut near, mut far) = (device(&hub.engine, 1, 1, 1), device(&hub.engine, 2, 2, 2));
    hub.commit(&mut [&mut near.mls, &mut far.mls], &[]);
    let (back, mut group) = hub.join(&mut near);
    assert_eq!(receivers(&back).all[..], clients(&[0, 2]));
    let message = hub.engine.encrypt(&mut near.mls, &mut group, b"back");
    let said = hub.say(message.unwrap(), near.member, near.user);
    assert_eq!(receivers(&said).all[..], clients(&[0, 2]));
}

/// An update of the participant list.
fn listing(update: ParticipantListUpdate) -> AppDataUpdate {
    AppDataUpdate {
        component: AppDataRules::MIMI.participants,
        update: update.encode().unwrap(),
    }
}

pub(crate) fn adding(uri: &str, role: u32) -> AppDataUpdate {
    listing(ParticipantListUpdate {
        added: vec![(uri.as_bytes(), role).into()],
        ..ParticipantListUpdate::default()
    })
}

pub(crate) fn removing(index: u32) -> AppDataUpdate {
    listing(ParticipantListUpdate {
        removed: vec![index],
        ..ParticipantListUpdate::default()
    })
}

pub(crate) fn uri(user: u32) -> String {
    directory().user_uri(UserId(user)).unwrap()
}

/// Who is a member is a participant, and who is none any more has no client: of users 0 and 3, who are on the list, 0 is in the group.
fn members_are_participants<E: Engine>() {
    for rules in [AppDataRules::MIMI, AppDataRules::HASHED] {
        let mut hub = Hub::<E>::of(Some(rules));
        let mut other = device(&hub.engine, 2, 5, 5);
        let epoch = hub.epoch();
        // Somebody who is not on the list, or comes to it under another name, or with a role that is nobody's to give.
        let shouted = uri(2).replace("b.example", "B.example");
        for (app_data, refusal) in [
            (vec![], Refusal::NoParticipant),
            (vec![adding(&uri(1), 2)], Refusal::NoParticipant),
            (vec![adding(&shouted, 2)], Refusal::NoParticipant),
            (vec![adding(&uri(2), 3)], Refusal::RoomState),
        ] {
            let decision = hub.commit_with(&mut [&mut other.mls], &[], &app_data);
            assert_eq!(refusals(&decision.facts), [refusal], "{app_data:?}");
            let (decision, _) = hub.join_with(&mut other, &app_data);
            assert!(!refusals(&decision.facts).is_empty(), "{app_data:?}");
        }
        // A role that somebody has, other state of the room, and a participant who has a client in the group.
        let promoted = ParticipantListUpdate {
            changed: vec![RoleChange { user: 1, role: 3 }],
            ..ParticipantListUpdate::default()
        };
        let renamed = AppDataUpdate {
            component: 0x23,
            update: b"another name".to_vec(),
        };
        for (app_data, refusal) in [
            (listing(promoted), Refusal::RoomState),
            (renamed, Refusal::RoomState),
            (removing(0), Refusal::ActiveParticipant),
        ] {
            let decision = hub.commit_with(&mut [], &[], std::slice::from_ref(&app_data));
            assert_eq!(refusals(&decision.facts), [refusal], "{app_data:?}");
            let decision = hub.propose_that(&ProposalPlan::AppData(&app_data));
            assert_eq!(refusals(&decision.facts), [refusal], "{app_data:?}");
        }
        // From outside nobody lists anybody else, or takes them off the list.
        for app_data in [adding(&uri(1), 2), removing(1)] {
            let all = [adding(&uri(2), 2), app_data];
            let (decision, _) = hub.join_with(&mut other, &all);
            assert_eq!(refusals(&decision.facts), [Refusal::RoomState]);
        }
        assert_eq!(hub.epoch(), epoch);
        // Who is on the list needs no update, and who comes to it is a member.
        let mut listed = device(&hub.engine, 3, 6, 6);
        let both = [adding(&uri(2), 2)];
        let added = hub.commit_with(&mut [&mut listed.mls, &mut other.mls], &[], &both);
        assert_eq!(refusals(&added.facts), []);
        let (joined, _) = hub.join_with(&mut device(&hub.engine, 1, 7, 7), &[adding(&uri(1), 2)]);
        assert_eq!(refusals(&joined.facts), []);
    }
}

/// A commit can do one of both, and would have to cover both.
fn nobody_is_listed_and_taken_off_at_once<E: Engine>() {
    for adds_first in [true, false] {
        let mut hub = Hub::<E>::of(Some(AppDataRules::MIMI));
        // User 3 is on the list, and not in the group.
        let mut another = device(&hub.engine, 3, 8, 8);
        let package = hub.engine.key_package(&mut another.mls).unwrap().message;
        let (add, remove) = (ProposalPlan::Add(&package), removing(1));
        let remove = ProposalPlan::AppData(&remove);
        let (first, second) = match adds_first {
            true => (add, remove),
            false => (remove, add),
        };
        assert_eq!(refusals(&hub.propose_that(&first).facts), []);
        let decision = hub.propose_that(&second);
        assert_eq!(refusals(&decision.facts), [Refusal::LeavingParticipant]);
        // It is to be looked at again.
        let retried = matches!(decision.outcome, UpdateOutcome::InvalidProposal { .. });
        assert!(retried, "{:?}", decision.outcome);
        assert_eq!(refusals(&hub.commit(&mut [], &[]).facts), []);
    }
}

/// What waits is void then, and so is whom it would have put on the list.
fn who_comes_from_outside_is_listed_by_nothing_that_waits<E: Engine>() {
    let mut hub = Hub::<E>::of(Some(AppDataRules::MIMI));
    let decision = hub.propose_that(&ProposalPlan::AppData(&adding(&uri(2), 2)));
    assert_eq!(refusals(&decision.facts), []);
    let mut other = device(&hub.engine, 2, 9, 9);
    let (decision, _) = hub.join_with(&mut other, &[]);
    assert_eq!(refusals(&decision.facts), [Refusal::NoParticipant]);
    // With it somebody can be proposed.
    let decision = hub.propose(&mut other.mls);
    assert_eq!(refusals(&decision.facts), []);
}

/// Whoever creates a room is on its list.
fn a_creator_is_a_participant<E: Engine>() {
    let engine = engine::<E>(Some(AppDataRules::MIMI));
    let mut founder = device(&engine, 0, 0, 0);
    let group_id = directory().group_uri(RoomId(0)).unwrap();
    let group = engine
        .create(&mut founder.mls, group_id.as_bytes())
        .unwrap();
    let room = create(
        &engine,
        &mut founder.mls,
        &group,
        founder.member,
        rules_of(Profile::Unchecked),
    );
    assert_eq!(room.err(), Some(Refusal::WrongGroup));
}

on_both_engines!(
    two_providers_may_have_one_number,
    nobody_says_anything_in_anothers_name,
    a_room_begins_with_its_creator_alone,
    whoever_is_to_be_a_member_is_a_client,
    a_client_has_one_leaf,
    a_client_may_come_back_in_its_own_place,
    members_are_participants,
    nobody_is_listed_and_taken_off_at_once,
    who_comes_from_outside_is_listed_by_nothing_that_waits,
    a_creator_is_a_participant
);

/// The same client with another signature key is the same client. (In the model a client's key is its name's.)
#[test]
fn another_key_makes_no_other_client() {
    let mut hub = Hub::<OpenMlsEngine>::new();
    let mut near = device(&hub.engine, 1, 1, 1);
    let mut again = device(&hub.engine, 1, 1, 2);
    let twice = hub.commit(&mut [&mut near.mls, &mut again.mls], &[]);
    assert_eq!(refusals(&twice.facts), [Refusal::MemberTwice]);
    receivers(&hub.propose(&mut near.mls));
    let refused = hub.propose(&mut again.mls);
    assert_eq!(refusals(&refused.facts), [Refusal::AddedAlready]);
    receivers(&hub.commit(&mut [], &[]));
    let refused = hub.commit(&mut [&mut again.mls], &[]);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);
    let refused = hub.propose(&mut again.mls);
    assert_eq!(refusals(&refused.facts), [Refusal::InvalidProposal]);
    let (refused, _) = hub.join(&mut again);
    assert_eq!(refusals(&refused.facts), [Refusal::MemberTwice]);
    assert_eq!(receivers(&hub.hello()).all[..], clients(&[1]));
}

/// OpenMLS takes whoever has its signature key for its old self, whatever the name.
#[test]
fn nobody_is_removed_from_outside() {
    let mut hub = Hub::<OpenMlsEngine>::new();
    let mut near = device(&hub.engine, 1, 1, 1);
    hub.commit(&mut [&mut near.mls], &[]);
    let mut thief = device(&hub.engine, 2, 2, 1);
    let (refused, _) = hub.join(&mut thief);
    assert_eq!(refusals(&refused.facts), [Refusal::NoMember]);
    assert_eq!(receivers(&hub.hello()).all[..], clients(&[1]));
}
