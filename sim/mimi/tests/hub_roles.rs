//! Whoever is no honest client: what a hub does not let people do by their role, whatever they send. Nothing of it changes anything.

use crate::engines::on_both_engines;
use crate::hub_members::{Device, Hub, device, handshake, refusals, rules_of};
use throng_mimi::hub::Decision;
use throng_mimi::refusal::Refusal;
use throng_mimi::room_state::components::{
    BASE_ROOM_POLICY, JOIN_LINKS, OPERATIONAL_POLICY, PARTICIPANT_LIST, PREAUTH_LIST, ROLES_LIST,
    ROOM_METADATA,
};
use throng_mimi::room_state::{Capability, JoinLinksData, RoleData, RoomMetaData};
use throng_mimi::wire::{HandshakeBundle, SubmitOutcome, UpdateOutcome};
use throng_mls::app_data::{
    AppData, AppDataRules, AppDataUpdate, ParticipantListUpdate, RoleChange,
};
use throng_mls::engine::{CommitPlan, Engine, ProposalPlan};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_workloads::scenario::Profile;
use tls_codec::Serialize;

/// In the order of the list: the founder, of user 0, is an ordinary user here; of users 1 and 2 one administers the room and one is ordinary.
const FOUNDER: u32 = 0;
const ADMIN: u32 = 1;
const BANNED: u32 = 1;
const ORDINARY: u32 = 2;
const GROUP_ADMIN: u32 = 3;
const LINK: &str = "mimi://a.example/r/r0";

fn metadata(name: &str, mood: &str) -> Vec<u8> {
    let metadata = RoomMetaData {
        room_uri: LINK.as_bytes().into(),
        room_name: name.as_bytes().into(),
        room_descriptions: Vec::new(),
        room_avatar: Vec::new().into(),
        room_subject: Vec::new().into(),
        room_mood: mood.as_bytes().into(),
    };
    metadata.tls_serialize_detached().unwrap()
}

/// A room of users 0, 1 and 2, with a client of the first and one of the last; what the founder is, is said.
fn room<E: Engine>(roles: &RoleData, founder: u32) -> (Hub<E>, Device<E>) {
    let mut app_data = AppData::default();
    for (user, role) in [
        ("mimi://a.example/u/u0", founder),
        ("mimi://a.example/u/u1", GROUP_ADMIN),
        ("mimi://b.example/u/u2", ORDINARY),
    ] {
        app_data.participants.push(user.as_bytes(), role);
    }
    let links = JoinLinksData {
        links: vec![format!("{LINK}?code=sesame").into_bytes().into()],
    };
    app_data.others = [
        (ROLES_LIST, roles.tls_serialize_detached().unwrap()),
        (ROOM_METADATA, metadata("r0", "")),
        (JOIN_LINKS, links.tls_serialize_detached().unwrap()),
    ]
    .into();
    let mut hub = Hub::<E>::with(Some(AppDataRules::MIMI), &app_data, Profile::Cooperative);
    let mut other = device(&hub.engine, 2, 2, 2);
    let added = hub.commit_with(&mut [&mut other.mls], &[], &[]);
    assert_eq!(refusals(&added.facts), []);
    (hub, other)
}

fn list(update: &ParticipantListUpdate) -> AppDataUpdate {
    AppDataUpdate {
        component: PARTICIPANT_LIST,
        update: update.encode().unwrap(),
    }
}

fn role(user: u32, role: u32) -> ParticipantListUpdate {
    ParticipantListUpdate {
        changed: vec![RoleChange { user, role }],
        ..ParticipantListUpdate::default()
    }
}

fn gone(users: &[u32]) -> ParticipantListUpdate {
    ParticipantListUpdate {
        removed: users.to_vec(),
        ..ParticipantListUpdate::default()
    }
}

fn new(user: &str, role: u32) -> ParticipantListUpdate {
    ParticipantListUpdate {
        added: vec![(user.as_bytes(), role).into()],
        ..ParticipantListUpdate::default()
    }
}

const CAROL: &str = "mimi://b.example/u/u3";

fn refused<E: Engine>(hub: &Hub<E>, of: &Decision<E, UpdateOutcome>, before: u64, what: &str) {
    assert_eq!(refusals(&of.facts), [Refusal::Role], "{what}");
    assert!(matches!(of.outcome, UpdateOutcome::NotAllowed), "{what}");
    assert!(of.fanouts.is_empty(), "{what}");
    assert_eq!(hub.epoch(), before, "{what}");
}

/// Each by a commit, and by proposals.
fn nobody_does_what_its_role_does_not_allow<E: Engine>() {
    let (mut hub, _) = room::<E>(&RoleData::cooperative(), ORDINARY);
    let before = hub.epoch();
    let other = hub.engine.members(&hub.group, b"mimi://b.example/d/u2.2");
    let other = [other[0].0];
    let not_allowed = [
        ("kick", &other[..], None),
        ("ban", &other[..], Some(role(2, BANNED))),
        (
            "take an administrator off the list",
            &[],
            Some(gone(&[ADMIN])),
        ),
        (
            "make another an administrator",
            &[],
            Some(role(2, GROUP_ADMIN)),
        ),
        ("make oneself one", &[], Some(role(FOUNDER, GROUP_ADMIN))),
        (
            "make an administrator an ordinary user",
            &[],
            Some(role(ADMIN, ORDINARY)),
        ),
        ("add an administrator", &[], Some(new(CAROL, GROUP_ADMIN))),
        ("add somebody who is banned", &[], Some(new(CAROL, BANNED))),
    ];
    for (what, removes, update) in not_allowed {
        let app_data: Vec<AppDataUpdate> = update.iter().map(list).collect();
        let decision = hub.commit_with(&mut [], removes, &app_data);
        refused(&hub, &decision, before, what);
        let removes = removes.iter().map(|leaf| ProposalPlan::Remove(*leaf));
        let plans: Vec<_> = removes
            .chain(app_data.iter().map(ProposalPlan::AppData))
            .collect();
        let decision = hub.propose_all(&plans);
        refused(&hub, &decision, before, what);
    }
    // What it may: take an ordinary user out, and one in.
    let added = hub.commit_with(&mut [], &[], &[list(&new(CAROL, ORDINARY))]);
    assert_eq!(refusals(&added.facts), []);
    let removed = hub.commit_with(&mut [], &other, &[list(&gone(&[2]))]);
    assert_eq!(refusals(&removed.facts), []);
}

fn whoever_administers_bans_and_lets_back<E: Engine>() {
    let (mut hub, _) = room::<E>(&RoleData::cooperative(), GROUP_ADMIN);
    let other = hub.engine.members(&hub.group, b"mimi://b.example/d/u2.2");
    let other = other[0].0;
    let without = hub.commit_with(&mut [], &[], &[list(&role(2, BANNED))]);
    assert_eq!(refusals(&without.facts), [Refusal::ActiveParticipant]);
    for (removes, update) in [
        (vec![other], role(2, BANNED)),
        (vec![], role(2, ORDINARY)),
        (vec![], role(2, GROUP_ADMIN)),
    ] {
        let done = hub.commit_with(&mut [], &removes, &[list(&update)]);
        assert_eq!(refusals(&done.facts), [], "{update:?}");
    }
}

fn whoever_administers_leaves_one_who_does<E: Engine>() {
    let (mut hub, _) = room::<E>(&RoleData::cooperative(), GROUP_ADMIN);
    let done = hub.commit_with(&mut [], &[], &[list(&role(ADMIN, ORDINARY))]);
    assert_eq!(refusals(&done.facts), []);
    // It is the last one now, and no commit makes itself another.
    let before = hub.epoch();
    let own = hub.engine.own_leaf(&hub.group);
    let alone = [
        ProposalPlan::Remove(own),
        ProposalPlan::AppData(&list(&gone(&[FOUNDER]))),
    ];
    let decision = hub.propose_all(&alone);
    refused(&hub, &decision, before, "the last administrator");
    let heir = ParticipantListUpdate {
        changed: vec![RoleChange {
            user: 2,
            role: GROUP_ADMIN,
        }],
        removed: vec![FOUNDER],
        added: Vec::new(),
    };
    let decision = hub.propose_all(&[
        ProposalPlan::Remove(own),
        ProposalPlan::AppData(&list(&heir)),
    ]);
    assert_eq!(refusals(&decision.facts), []);
}

/// A role that is given counts from when the hub has taken the proposal.
fn what_is_accepted_counts_before_it_is_committed<E: Engine>() {
    let (mut hub, _) = room::<E>(&RoleData::cooperative(), GROUP_ADMIN);
    let demoted = hub.propose_all(&[ProposalPlan::AppData(&list(&role(ADMIN, ORDINARY)))]);
    assert_eq!(refusals(&demoted.facts), []);
    let own = hub.engine.own_leaf(&hub.group);
    let before = hub.epoch();
    let leaves = [
        ProposalPlan::Remove(own),
        ProposalPlan::AppData(&list(&gone(&[FOUNDER]))),
    ];
    let decision = hub.propose_all(&leaves);
    refused(&hub, &decision, before, "the last administrator");
}

fn metadata_changes_field_by_field<E: Engine>() {
    let (mut hub, _) = room::<E>(&RoleData::cooperative(), ORDINARY);
    let update = |data: Vec<u8>| AppDataUpdate {
        component: ROOM_METADATA,
        update: data,
    };
    let named = hub.commit_with(&mut [], &[], &[update(metadata("club", "sunny"))]);
    assert_eq!(refusals(&named.facts), []);
    let before = hub.epoch();
    let elsewhere = RoomMetaData {
        room_uri: b"mimi://a.example/r/r1".as_slice().into(),
        room_name: b"club".as_slice().into(),
        room_descriptions: Vec::new(),
        room_avatar: Vec::new().into(),
        room_subject: Vec::new().into(),
        room_mood: b"sunny".as_slice().into(),
    };
    let elsewhere = elsewhere.tls_serialize_detached().unwrap();
    for (what, data) in [("another URI", elsewhere), ("no metadata", vec![7])] {
        let decision = hub.commit_with(&mut [], &[], &[update(data)]);
        refused(&hub, &decision, before, what);
    }
    let roles = AppDataUpdate {
        component: ROLES_LIST,
        update: RoleData::strict().tls_serialize_detached().unwrap(),
    };
    let decision = hub.commit_with(&mut [], &[], &[roles]);
    refused(&hub, &decision, before, "other roles");
}

/// New definitions of roles hold from the commit on.
fn roles_change_what_people_may<E: Engine>() {
    let mut roles = RoleData::cooperative();
    let all = &mut roles.roles[3].role_capabilities;
    all.push(Capability::ChangeRoleDefinitions);
    let (mut hub, _) = room::<E>(&roles, GROUP_ADMIN);
    let mut mute = roles.clone();
    mute.roles[3]
        .role_capabilities
        .retain(|capability| *capability != Capability::SendMessage);
    let component = ROLES_LIST;
    let update = mute.tls_serialize_detached().unwrap();
    let update = AppDataUpdate { component, update };
    let before = hub.epoch();
    let both = [update.clone(), list(&new(CAROL, ORDINARY))];
    let decision = hub.commit_with(&mut [], &[], &both);
    refused(&hub, &decision, before, "with a change of the list");
    assert_eq!(refusals(&hub.hello().facts), []);
    let decision = hub.commit_with(&mut [], &[], &[update]);
    assert_eq!(refusals(&decision.facts), []);
    let said = hub.hello();
    assert_eq!(refusals(&said.facts), [Refusal::Role]);
    assert!(matches!(said.outcome, SubmitOutcome::NotAllowed));
}

/// What nobody can read would be no roles, and everybody might do everything.
fn roles_that_nobody_can_read_are_none<E: Engine>() {
    let mut roles = RoleData::cooperative();
    roles.roles[3].role_capabilities.extend([
        Capability::ChangeRoleDefinitions,
        Capability::ChangePreauthorizedUserList,
        Capability::ChangeRoomMembershipStyle,
        Capability::ChangeMlsOperationalPolicies,
        Capability::CreateJoinCode,
        Capability::DeleteJoinCode,
    ]);
    let (mut hub, _) = room::<E>(&roles, GROUP_ADMIN);
    let before = hub.epoch();
    let mut twice = roles.clone();
    twice.roles.push(twice.roles[2].clone());
    let twice = twice.tls_serialize_detached().unwrap();
    let refused_data = [
        (ROLES_LIST, vec![7, 7, 7]),
        (ROLES_LIST, twice),
        (PREAUTH_LIST, vec![7, 7, 7]),
        (JOIN_LINKS, vec![7, 7, 7]),
        (BASE_ROOM_POLICY, vec![7, 7, 7]),
        (OPERATIONAL_POLICY, vec![7, 7, 7]),
        (0x0fff, vec![]),
    ];
    for (component, update) in refused_data {
        let update = AppDataUpdate { component, update };
        let decision = hub.commit_with(&mut [], &[], std::slice::from_ref(&update));
        refused(&hub, &decision, before, &format!("{component:#06x}"));
        let decision = hub.propose_all(&[ProposalPlan::AppData(&update)]);
        refused(&hub, &decision, before, &format!("{component:#06x}"));
    }
}

/// No commit could cover both, so the second of the two is refused, whichever it is.
fn roles_and_the_list_do_not_wait_together<E: Engine>() {
    let mut roles = RoleData::cooperative();
    let all = &mut roles.roles[3].role_capabilities;
    all.push(Capability::ChangeRoleDefinitions);
    let new_roles = AppDataUpdate {
        component: ROLES_LIST,
        update: roles.tls_serialize_detached().unwrap(),
    };
    let added = list(&new(CAROL, ORDINARY));
    for (first, second) in [(&new_roles, &added), (&added, &new_roles)] {
        let (mut hub, _) = room::<E>(&roles, GROUP_ADMIN);
        let waits = hub.propose_all(&[ProposalPlan::AppData(first)]);
        assert_eq!(refusals(&waits.facts), []);
        let before = hub.epoch();
        let decision = hub.propose_all(&[ProposalPlan::AppData(second)]);
        refused(&hub, &decision, before, "a proposal");
        let decision = hub.commit_with(&mut [], &[], std::slice::from_ref(second));
        refused(&hub, &decision, before, "a commit");
        let decision = hub.commit_with(&mut [], &[], &[]);
        assert_eq!(refusals(&decision.facts), []);
    }
}

/// To take a client's leaf and give it another is to kick it, whoever is there afterwards.
fn nobodys_leaf_is_made_anew_by_whoever_may_not_kick<E: Engine>() {
    let (mut hub, mut other) = room::<E>(&RoleData::cooperative(), ORDINARY);
    let leaf = hub.engine.members(&hub.group, b"mimi://b.example/d/u2.2")[0].0;
    let before = hub.epoch();
    let decision = hub.commit_with(&mut [&mut other.mls], &[leaf], &[]);
    refused(&hub, &decision, before, "another's leaf made anew");
}

fn a_room_with_roles_begins_with_roles<E: Engine>() {
    let mut app_data = AppData::default();
    app_data
        .participants
        .push(b"mimi://a.example/u/u0", ORDINARY);
    let rules = Some(AppDataRules::MIMI);
    let made = Hub::<E>::made(rules, &app_data, rules_of(Profile::Strict));
    assert_eq!(made.err(), Some(Refusal::WrongGroup));
}

fn nobody_comes_in_without_the_code<E: Engine>() {
    let (mut hub, _) = room::<E>(&RoleData::strict(), GROUP_ADMIN);
    let mut carol = device(&hub.engine, 3, 3, 3);
    let who = (carol.member, throng_workloads::intent::UserId(3));
    let own = [list(&new(CAROL, ORDINARY))];
    let before = hub.epoch();
    for code in [None, Some(&b"open"[..]), Some(b"")] {
        assert!(!hub.room.lets_in(&hub.engine, who, code), "{code:?}");
        let (decision, _) = hub.join_with(&mut carol, &own);
        refused(&hub, &decision, before, "without the code");
    }
    assert!(hub.room.lets_in(&hub.engine, who, Some(b"sesame")));
    let admin = [list(&new(CAROL, GROUP_ADMIN))];
    let (decision, _) = hub.join_with(&mut carol, &admin);
    refused(
        &hub,
        &decision,
        before,
        "with the code, as an administrator",
    );
    let (decision, _) = hub.join_with(&mut carol, &own);
    assert_eq!(refusals(&decision.facts), []);
    // A second device needs none.
    let mut second = device(&hub.engine, 3, 4, 4);
    let who = (second.member, who.1);
    assert!(hub.room.lets_in(&hub.engine, who, None));
    let (decision, _) = hub.join_with(&mut second, &[]);
    assert_eq!(refusals(&decision.facts), []);
}

/// The other covers what the founder has proposed, and does not answer for it; what it adds it answers for.
fn whoever_covers_answers_for_its_own_alone<E: Engine>() {
    let (mut hub, mut other) = room::<E>(&RoleData::cooperative(), GROUP_ADMIN);
    let (decision, mut group) = hub.join_with(&mut other, &[]);
    assert_eq!(refusals(&decision.facts), []);
    let come = decision.fanouts[0].message.event.message().clone();
    let (engine, founder) = (&hub.engine, &mut hub.founder.mls);
    engine.process(founder, &mut hub.group, &come).unwrap();
    let banned = list(&new(CAROL, BANNED));
    let promoted = list(&role(ADMIN, ORDINARY));
    let decision = hub.propose_all(&[ProposalPlan::AppData(&promoted)]);
    assert_eq!(refusals(&decision.facts), []);
    let proposal = decision.fanouts[0].message.event.message().clone();
    hub.engine
        .process(&mut other.mls, &mut group, &proposal)
        .unwrap();
    let before = hub.epoch();
    for (own, expected) in [(vec![banned], vec![Refusal::Role]), (vec![], vec![])] {
        let plan = CommitPlan {
            adds: &[],
            removes: &[],
            app_data: &own,
            force_path: false,
        };
        let bundle = hub.engine.commit(&mut other.mls, &mut group, &plan);
        let bundle = handshake::<E>(bundle.unwrap());
        assert!(matches!(bundle, HandshakeBundle::Commit { .. }));
        let decision = hub.update(other.member, bundle);
        assert_eq!(refusals(&decision.facts), expected);
        let cleared = hub.engine.clear_pending(&mut other.mls, &mut group);
        cleared.unwrap();
    }
    assert_eq!(hub.epoch(), before + 1);
}

on_both_engines!(
    nobody_does_what_its_role_does_not_allow,
    whoever_administers_bans_and_lets_back,
    whoever_administers_leaves_one_who_does,
    what_is_accepted_counts_before_it_is_committed,
    metadata_changes_field_by_field,
    roles_change_what_people_may,
    roles_that_nobody_can_read_are_none,
    roles_and_the_list_do_not_wait_together,
    nobodys_leaf_is_made_anew_by_whoever_may_not_kick,
    a_room_with_roles_begins_with_roles,
    nobody_comes_in_without_the_code,
    whoever_covers_answers_for_its_own_alone
);
