//! The whole life of a group on the OpenMLS engine.

use crate::room;

use room::{Member, Room, config, name};
use throng_mls::engine::*;
use throng_mls::wire::{BareGroupInfo, MlsBytes};
use throng_workloads::scenario::Ciphersuite;

#[test]
fn members_come_and_go() {
    let mut room = Room::new(config(), 1);
    let effect = room.add(0, 1..=4, false);
    assert_eq!(
        (effect.epoch, effect.path, effect.ciphertexts),
        (1, false, 0)
    );
    assert_eq!(effect.committer, name(0));
    assert_eq!(
        effect.adds,
        (1..=4).map(|i| (i as u32, name(i))).collect::<Vec<_>>()
    );
    room.say(3, b"hello");

    let effect = room.add(2, [5], true);
    assert!(effect.path);
    assert_eq!(
        (effect.committer_leaf, effect.adds),
        (2, vec![(5, name(5))])
    );
    room.say(5, b"here");

    let effect = room.commit(1, &[], &[0, 4], false);
    assert_eq!(effect.removes, vec![(0, name(0)), (4, name(4))]);
    assert!(effect.path);
    assert_eq!(room.members.len(), 4);
    room.say(1, b"two fewer");

    // The two blank leaves are taken from the left.
    let effect = room.add(5, [6, 7, 8], false);
    assert_eq!(effect.adds, vec![(0, name(6)), (4, name(7)), (6, name(8))]);
    let effect = room.commit(3, &[], &[], false);
    assert!(effect.path);
    assert_eq!(effect.health.members, 7);
    room.say(8, b"all there");
}

#[test]
fn one_commit_removes_and_adds_at_the_same_leaf() {
    let mut room = Room::at_once(config(), 2, 5);
    let mut joiner = room.client(9);
    let package = room.engine.key_package(&mut joiner).unwrap().message;
    let leaf = room.leaf(2);
    let bundle = room.make_commit(0, &[package], &[leaf], false).unwrap();
    let effect = room.deliver_commit(0, &bundle);
    room.welcome(vec![(9, joiner)], &bundle);
    room.check();
    assert_eq!(effect.removes, vec![(leaf, name(2))]);
    assert_eq!(effect.adds, vec![(leaf, name(9))]);
    room.say(9, b"in your place");
}

#[test]
fn removals_shrink_the_tree() {
    let mut room = Room::at_once(config(), 3, 9);
    assert_eq!(room.engine.hub_health(&room.hub).leaves, 16);
    let leaf = room.leaf(8);
    let effect = room.commit(0, &[], &[leaf], false);
    assert_eq!((effect.health.leaves, effect.health.blank_leaves), (8, 0));
}

#[test]
fn proposals_wait_for_a_commit() {
    let mut room = Room::at_once(config(), 4, 6);
    let mut joiner = room.client(9);
    let package = room.engine.key_package(&mut joiner).unwrap().message;
    room.propose(1, &ProposalPlan::Add(&package));
    room.propose(2, &ProposalPlan::Update);
    room.propose(3, &ProposalPlan::Remove(5));
    assert_eq!(room.engine.pending_proposals(&room.members[&4].group), 3);

    let bundle = room.make_commit(4, &[], &[], false).unwrap();
    let effect = room.deliver_commit(4, &bundle);
    room.welcome(vec![(9, joiner)], &bundle);
    room.check();
    assert_eq!(effect.updates, vec![2]);
    assert_eq!(effect.removes, vec![(5, name(5))]);
    assert_eq!(effect.adds, vec![(5, name(9))]);
    assert_eq!(room.engine.pending_proposals(&room.members[&4].group), 0);
    room.say(2, b"fresh");
    // The updated leaf's new key works: its holder follows a commit that is encrypted to it.
    room.commit(0, &[], &[], false);
}

#[test]
fn a_committer_leaves_out_its_own_update() {
    let mut room = Room::at_once(config(), 5, 4);
    room.propose(1, &ProposalPlan::Update);
    room.propose(2, &ProposalPlan::Update);
    let effect = room.commit(1, &[], &[], false);
    assert_eq!(effect.updates, vec![2]);
    assert!(effect.path);
}

#[test]
fn proposals_about_one_leaf_count_as_covered_together() {
    let mut room = Room::at_once(config(), 6, 5);
    room.propose(1, &ProposalPlan::Remove(4));
    room.propose(2, &ProposalPlan::Remove(4));
    room.propose(4, &ProposalPlan::Update);
    let effect = room.commit(3, &[], &[], false);
    assert_eq!(effect.removes, vec![(4, name(4))]);
    assert!(effect.updates.is_empty());
}

#[test]
fn the_hub_wants_every_pending_proposal_covered() {
    let mut room = Room::at_once(config(), 7, 4);
    // Made before the committer has seen the proposal.
    let early = room.make_commit(1, &[], &[], false).unwrap();
    room.propose(2, &ProposalPlan::Remove(3));
    let refused = room.engine.hub_accept(&mut room.hub, &early.commit);
    assert!(matches!(
        refused,
        Err(MlsError::MissingProposals { missing: 1 })
    ));
    let member = room.members.get_mut(&1).unwrap();
    room.engine
        .clear_pending(&mut member.client, &mut member.group)
        .unwrap();
    let effect = room.commit(1, &[], &[], false);
    assert_eq!(effect.removes, vec![(3, name(3))]);
}

#[test]
fn a_path_covers_the_committers_own_update_but_not_its_removal() {
    let mut room = Room::at_once(config(), 9, 4);
    // Made before the committer has seen that it is to go.
    let early = room.make_commit(3, &[], &[], true).unwrap();
    room.propose(2, &ProposalPlan::Remove(3));
    let refused = room.engine.hub_accept(&mut room.hub, &early.commit);
    assert!(matches!(
        refused,
        Err(MlsError::MissingProposals { missing: 1 })
    ));
    let effect = room.commit(1, &[], &[], false);
    assert_eq!(effect.removes, vec![(3, name(3))]);
}

#[test]
fn the_hub_keeps_somebody_who_can_commit() {
    let mut room = Room::at_once(config(), 10, 3);
    room.propose(0, &ProposalPlan::Remove(1));
    room.propose(2, &ProposalPlan::Remove(1));
    room.propose(0, &ProposalPlan::Remove(2));
    let last = room.members.get_mut(&1).unwrap();
    let last = room
        .engine
        .propose(&mut last.client, &mut last.group, &ProposalPlan::Remove(0))
        .unwrap();
    let refused = room.engine.hub_accept(&mut room.hub, &last);
    assert!(matches!(
        refused,
        Err(MlsError::InvalidProposal {
            reason: Uncoverable::NobodyStays,
            ..
        })
    ));
    let effect = room.commit(0, &[], &[], false);
    assert_eq!(effect.health.members, 1);
}

#[test]
fn the_hub_refuses_proposals_that_no_commit_could_cover() {
    let mut room = Room::at_once(config(), 8, 3);
    let mut joiner = room.client(9);
    let packages = [0, 1].map(|_| room.engine.key_package(&mut joiner).unwrap().message);
    room.propose(0, &ProposalPlan::Add(&packages[0]));
    let member = room.members.get_mut(&1).unwrap();
    let again = room
        .engine
        .propose(
            &mut member.client,
            &mut member.group,
            &ProposalPlan::Add(&packages[1]),
        )
        .unwrap();
    let refused = room.engine.hub_accept(&mut room.hub, &again);
    assert!(matches!(
        refused,
        Err(MlsError::InvalidProposal {
            reason: Uncoverable::AddedAlready,
            ..
        })
    ));
}

#[test]
fn an_outsider_joins_by_external_commit_and_voids_proposals() {
    let mut room = Room::at_once(config(), 9, 5);
    room.propose(1, &ProposalPlan::Remove(2));
    let effect = room.join_external(7, 0);
    assert!(effect.external && effect.path && effect.removes.is_empty());
    assert_eq!((effect.committer_leaf, &effect.committer), (5, &name(7)));
    assert_eq!(room.engine.pending_proposals(&room.members[&3].group), 0);
    room.say(7, b"let myself in");
    room.say(2, b"still here");
    room.commit(4, &[], &[], false);
}

#[test]
fn a_lost_client_comes_back_by_resync() {
    let mut room = Room::at_once(config(), 10, 5);
    let old = room.leaf(2);
    let effect = room.join_external(2, 0);
    assert_eq!(effect.removes, vec![(old, name(2))]);
    assert_eq!(effect.committer_leaf, old);
    room.say(2, b"back");
    room.commit(3, &[], &[], false);
    assert_eq!(room.members.len(), 5);
}

#[test]
fn a_losing_commit_gives_way_to_the_winner() {
    let mut room = Room::at_once(config(), 11, 4);
    let _loser = room.make_commit(2, &[], &[], false).unwrap();
    let winner = room.make_commit(1, &[], &[3], false).unwrap();
    room.deliver_commit(1, &winner);
    room.check();
    // The loser's pending commit is gone; it can commit again.
    room.commit(2, &[], &[], false);
}

#[test]
fn an_external_joiner_that_lost_starts_again() {
    let mut room = Room::at_once(config(), 12, 3);
    let mut client = room.client(7);
    let giver = room.members.get_mut(&0).unwrap();
    let (info, tree) = room
        .engine
        .group_info(&mut giver.client, &giver.group)
        .unwrap();
    let (mut group, lost) = room
        .engine
        .join_external(&mut client, &info, &tree)
        .unwrap();
    room.commit(1, &[], &[], false);
    let refused = room.engine.hub_accept(&mut room.hub, &lost.commit);
    assert!(matches!(
        refused,
        Err(MlsError::WrongEpoch { got: 1, current: 2 })
    ));
    assert!(
        room.engine
            .encrypt(&mut client, &mut group, b"not yet")
            .is_err()
    );
    room.engine.clear_pending(&mut client, &mut group).unwrap();
    room.engine.forget(&mut client, group).unwrap();
    room.join_external(7, 0);
    room.say(7, b"second try");
}

#[test]
fn messages_arrive_out_of_order_and_late() {
    let mut room = Room::at_once(config(), 13, 3);
    let messages: Vec<_> = (0..20u8).map(|i| room.encrypt(0, &[i])).collect();
    for i in [19, 3, 7, 0] {
        let processed = room.process(1, &messages[i as usize]).unwrap();
        assert!(matches!(processed, Processed::Application { content, .. } if content == [i]));
    }
    // Each only once.
    assert!(room.process(1, &messages[3]).is_err());
    // Two epochs later they can still be read, three epochs later no more.
    room.commit(1, &[], &[], false);
    room.commit(2, &[], &[], false);
    let late = room.process(1, &messages[5]).unwrap();
    assert!(matches!(
        late,
        Processed::Application {
            epoch: 1,
            sender: 0,
            ..
        }
    ));
    room.commit(1, &[], &[], false);
    let too_late = room.process(1, &messages[6]);
    assert!(matches!(
        too_late,
        Err(MlsError::WrongEpoch { got: 1, current: 4 })
    ));
}

#[test]
fn a_newcomer_cannot_read_what_came_before() {
    let mut room = Room::at_once(config(), 14, 2);
    let before = room.encrypt(0, b"before");
    room.add(0, [2], false);
    let refused = room.process(2, &before);
    assert!(matches!(
        refused,
        Err(MlsError::WrongEpoch { got: 1, current: 2 })
    ));
    assert!(room.process(1, &before).is_ok());
}

#[test]
fn a_removed_member_cannot_read_what_follows() {
    let mut room = Room::at_once(config(), 15, 4);
    let bundle = room.make_commit(0, &[], &[3], false).unwrap();
    let Member {
        mut client,
        mut group,
    } = room.members.remove(&3).unwrap();
    room.deliver_commit(0, &bundle);
    let after = room.encrypt(1, b"in confidence");
    // Before it learns of its removal the message is of a later epoch; after, it is no member.
    assert!(
        room.engine
            .process(&mut client, &mut group, &after)
            .is_err()
    );
    let processed = room
        .engine
        .process(&mut client, &mut group, &bundle.commit)
        .unwrap();
    assert_eq!(
        processed,
        Processed::Commit {
            epoch: 2,
            removed: true,
            external: false,
            committer: Some(0),
        }
    );
    assert!(
        room.engine
            .process(&mut client, &mut group, &after)
            .is_err()
    );
    assert!(
        room.engine
            .encrypt(&mut client, &mut group, b"ghost")
            .is_err()
    );
}

#[test]
fn handshakes_of_other_epochs_are_refused_by_epoch() {
    let mut room = Room::at_once(config(), 16, 3);
    let stale = room.make_commit(2, &[], &[], false).unwrap();
    room.commit(1, &[], &[], false);
    let by_member = room.process(1, &stale.commit);
    assert!(matches!(
        by_member,
        Err(MlsError::WrongEpoch { got: 1, current: 2 })
    ));
    let by_hub = room.engine.hub_accept(&mut room.hub, &stale.commit);
    assert!(matches!(
        by_hub,
        Err(MlsError::WrongEpoch { got: 1, current: 2 })
    ));
    assert_eq!(room.engine.message_epoch(&stale.commit).unwrap(), 1);
}

#[test]
fn trees_may_travel_outside_the_welcome() {
    let mut room = Room::new(
        EngineConfig {
            tree_in_welcome: false,
            ..config()
        },
        17,
    );
    room.add(0, 1..=6, false);
    room.add(3, [7, 8], true);
    room.join_external(9, 0);
    room.say(8, b"hello");
    let tree = room.engine.hub_tree(&room.hub).unwrap();
    let giver = room.members.get_mut(&0).unwrap();
    let (_, of_member) = room
        .engine
        .group_info(&mut giver.client, &giver.group)
        .unwrap();
    assert_eq!(tree, of_member);
}

#[test]
fn a_welcome_names_its_key_packages() {
    let mut room = Room::new(config(), 18);
    let mut clients: Vec<_> = (1..=3).map(|i| (i, room.client(i))).collect();
    let packages: Vec<_> = clients
        .iter_mut()
        .map(|(_, client)| room.engine.key_package(client).unwrap())
        .collect();
    for package in &packages {
        let reference = room.engine.key_package_reference(&package.message).unwrap();
        assert_eq!(reference, package.reference);
    }
    let adds: Vec<_> = packages
        .iter()
        .map(|package| package.message.clone())
        .collect();
    let bundle = room.make_commit(0, &adds, &[], false).unwrap();
    let references = room
        .engine
        .welcome_references(bundle.welcome.as_ref().unwrap())
        .unwrap();
    let expected: Vec<_> = packages
        .iter()
        .map(|package| package.reference.clone())
        .collect();
    assert_eq!(references, expected);
    // A KeyPackage that was forgotten opens no Welcome.
    let (_, client) = &mut clients[1];
    room.engine
        .forget_key_package(client, &packages[1].reference)
        .unwrap();
    assert!(
        room.engine
            .join(client, bundle.welcome.as_ref().unwrap(), None)
            .is_err()
    );
}

#[test]
fn all_ciphersuites_live() {
    for ciphersuite in [
        Ciphersuite::X25519Aes128Sha256Ed25519,
        Ciphersuite::P256Aes128Sha256P256,
        Ciphersuite::X25519ChaCha20Sha256Ed25519,
    ] {
        let mut room = Room::at_once(
            EngineConfig {
                ciphersuite,
                ..config()
            },
            19,
            6,
        );
        room.say(4, b"hello");
        room.commit(2, &[], &[1], false);
        room.join_external(7, 0);
        room.propose(3, &ProposalPlan::Update);
        room.commit(7, &[], &[], false);
        room.say(3, b"bye");
        let content = b"signed".to_vec();
        let member = room.members.get_mut(&0).unwrap();
        let signature = room
            .engine
            .sign_with_label(&mut member.client, "TestTBS", &content)
            .unwrap();
        let expected = if ciphersuite == Ciphersuite::P256Aes128Sha256P256 {
            71
        } else {
            64
        };
        assert_eq!(signature.len(), expected);
        let public = room.engine.signature_key(&member.client);
        let mut check = |label: &str, content: &Vec<u8>| {
            let client = &mut member.client;
            room.engine
                .verify_with_label(client, &public, label, content, &signature)
        };
        check("TestTBS", &content).unwrap();
        assert!(check("OtherTBS", &content).is_err(), "another label");
        assert!(
            check("TestTBS", &b"singed".to_vec()).is_err(),
            "other content"
        );
        let key = room.engine.hpke_key(&mut member.client).unwrap();
        let (group_info, _) = room
            .engine
            .group_info(&mut member.client, &member.group)
            .unwrap();
        let plaintext = BareGroupInfo::new(group_info).unwrap();
        let (engine, client) = (&room.engine, &mut member.client);
        let room_id = b"mimi://a.example/r/r1";
        let sealed = engine
            .seal_group_info(client, &key.public, room_id, &plaintext)
            .unwrap();
        let other = engine.hpke_key(client).unwrap();
        let mut open = |key: &HpkeKey, room_id: &[u8]| {
            engine.open_group_info::<BareGroupInfo<MlsBytes>>(client, key, room_id, &sealed)
        };
        assert!(
            open(&key, b"mimi://a.example/r/r2").is_err(),
            "sealed for another room"
        );
        assert!(open(&other, room_id).is_err(), "sealed to another key");
        assert_eq!(open(&key, room_id).unwrap(), plaintext);
    }
}
