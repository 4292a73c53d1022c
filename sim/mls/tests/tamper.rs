//! Damaged messages are refused, and leave no trace.

use crate::room;

use room::{GROUP_ID, Room, config};
use throng_mls::engine::*;
use throng_mls::wire::{MlsBytes, OpaqueBytes};

/// The bytes with one bit flipped in each place in turn.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let bytes = bytes.to_vec();
    (0..bytes.len()).map(move |place| {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        flipped
    })
}

/// Damaged messages; some are no MLSMessage any more and never reach an engine.
fn damaged(message: &MlsBytes) -> impl Iterator<Item = MlsBytes> {
    flips(message.as_slice()).filter_map(|bytes| MlsBytes::new(bytes).ok())
}

/// The message cut off at each place.
fn cut(message: &MlsBytes) -> impl Iterator<Item = MlsBytes> {
    let bytes = message.as_slice().to_vec();
    (0..bytes.len()).filter_map(move |len| MlsBytes::new(&bytes[..len]).ok())
}

#[test]
fn a_damaged_private_message_is_refused() {
    let mut room = Room::at_once(config(), 1, 3);
    let message = room.encrypt(0, b"pay Bob 5");
    for bad in damaged(&message).chain(cut(&message)) {
        assert!(room.process(1, &bad).is_err());
    }
    assert!(
        matches!(room.process(1, &message), Ok(Processed::Application { content, .. }) if content == b"pay Bob 5")
    );
}

#[test]
fn a_damaged_commit_is_refused_by_members() {
    let mut room = Room::at_once(config(), 2, 4);
    let mut joiner = room.client(9);
    let package = room.engine.key_package(&mut joiner).unwrap().message;
    let bundle = room.make_commit(0, &[package], &[3], true).unwrap();
    for bad in damaged(&bundle.commit).chain(cut(&bundle.commit)) {
        assert!(room.process(1, &bad).is_err());
        // The hub cannot check the tags that only members can; whatever else is damaged it refuses.
        // It must not panic.
        if room
            .engine
            .message_epoch(&bad)
            .is_ok_and(|epoch| epoch != 1)
        {
            assert!(room.engine.hub_accept(&mut room.hub, &bad).is_err());
        }
    }
    room.deliver_commit(0, &bundle);
    room.welcome(vec![(9, joiner)], &bundle);
    room.check();
}

#[test]
fn a_damaged_proposal_is_refused() {
    let mut room = Room::at_once(config(), 3, 3);
    let member = room.members.get_mut(&0).unwrap();
    let proposal = room
        .engine
        .propose(
            &mut member.client,
            &mut member.group,
            &ProposalPlan::Remove(2),
        )
        .unwrap();
    for bad in damaged(&proposal).chain(cut(&proposal)) {
        assert!(room.process(1, &bad).is_err());
    }
    assert_eq!(room.process(1, &proposal).unwrap(), Processed::Proposal);
}

#[test]
fn a_damaged_welcome_opens_nothing_and_burns_nothing() {
    for tree_in_welcome in [true, false] {
        let mut room = Room::new(
            EngineConfig {
                tree_in_welcome,
                ..config()
            },
            4,
        );
        let mut joiner = room.client(1);
        let package = room.engine.key_package(&mut joiner).unwrap().message;
        let bundle = room.make_commit(0, &[package], &[], false).unwrap();
        let welcome = bundle.welcome.as_ref().unwrap();
        let maker = &room.members[&0];
        let beside = room
            .engine
            .beside_pending_welcome(&maker.client, &maker.group)
            .unwrap();
        for bad in damaged(welcome).chain(cut(welcome)) {
            assert!(
                room.engine
                    .join(&mut joiner, &bad, beside.as_ref())
                    .is_err()
            );
        }
        if let Some(tree) = &beside {
            for bad in flips(tree.as_slice()) {
                let bad = OpaqueBytes::new(bad);
                assert!(room.engine.join(&mut joiner, welcome, Some(&bad)).is_err());
            }
        }
        room.deliver_commit(0, &bundle);
        room.welcome(vec![(1, joiner)], &bundle);
        room.check();
    }
}

#[test]
fn a_damaged_group_info_or_tree_admits_nobody() {
    let mut room = Room::at_once(config(), 5, 3);
    room.commit(1, &[], &[], true);
    let mut outsider = room.client(9);
    let giver = room.members.get_mut(&0).unwrap();
    let (info, tree) = room
        .engine
        .group_info(&mut giver.client, &giver.group)
        .unwrap();
    for bad in damaged(&info).chain(cut(&info)) {
        assert!(room.engine.hub(&bad, &tree).is_err());
        assert!(
            room.engine
                .join_external(&mut outsider, &bad, &tree)
                .is_err()
        );
    }
    for bad in flips(tree.as_slice()) {
        let bad = OpaqueBytes::new(bad);
        assert!(room.engine.hub(&info, &bad).is_err());
        assert!(
            room.engine
                .join_external(&mut outsider, &info, &bad)
                .is_err()
        );
    }
    assert!(room.engine.hub(&info, &tree).is_ok());
    assert!(
        room.engine
            .join_external(&mut outsider, &info, &tree)
            .is_ok()
    );
}

#[test]
fn a_damaged_key_package_is_not_added() {
    let mut room = Room::new(config(), 6);
    let mut joiner = room.client(1);
    let package = room.engine.key_package(&mut joiner).unwrap().message;
    for bad in damaged(&package).chain(cut(&package)) {
        assert!(room.make_commit(0, &[bad], &[], false).is_err());
    }
    assert!(room.make_commit(0, &[package], &[], false).is_ok());
}

#[test]
fn messages_of_another_group_are_refused() {
    let mut room = Room::at_once(config(), 7, 2);
    let mut client = room.client(50);
    let mut other = room.engine.create(&mut client, b"elsewhere").unwrap();
    let plan = CommitPlan {
        adds: &[],
        removes: &[],
        app_data: &[],
        force_path: true,
    };
    room.engine.commit(&mut client, &mut other, &plan).unwrap();
    room.engine.merge_pending(&mut client, &mut other).unwrap();
    assert_ne!(GROUP_ID, b"elsewhere");
    let foreign = room
        .engine
        .encrypt(&mut client, &mut other, b"hello")
        .unwrap();
    assert!(matches!(
        room.process(1, &foreign),
        Err(MlsError::Refused { .. })
    ));
    let commit = room
        .engine
        .commit(&mut client, &mut other, &plan)
        .unwrap()
        .commit;
    assert!(matches!(
        room.process(1, &commit),
        Err(MlsError::Refused { .. })
    ));
    assert!(room.engine.hub_accept(&mut room.hub, &commit).is_err());
}
