//! Groups that exist before time zero.

use crate::room;

use room::{GROUP_ID, Member, Room, config, new_client};
use throng_mls::app_data::AppData;
use throng_mls::engine::*;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::work::Work;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::Streams;

fn warm(config: EngineConfig, size: u64) -> Room {
    standing(config, size, Parents::Filled)
}

fn standing(config: EngineConfig, size: u64, parents: Parents) -> Room {
    let engine = OpenMlsEngine::new(config);
    let streams = Streams::new(1, 0);
    let mut clients: Vec<_> = (0..size)
        .map(|index| new_client(&engine, &streams, index))
        .collect();
    let members = clients.iter_mut().map(WarmMember::Acting);
    let warm = engine
        .warm_group(members, parents, &streams, GROUP_ID, AppData::default())
        .unwrap();
    let (groups, hub) = (warm.groups, warm.hub);
    assert_eq!(groups.len() as u64, size);
    for client in &mut clients {
        assert_eq!(engine.take_work(client), Work::default());
    }
    let members = clients.into_iter().zip(groups).zip(0..);
    Room {
        engine,
        streams,
        members: members
            .map(|((client, group), index)| (index, Member { client, group }))
            .collect(),
        hub,
        hasher: blake3::Hasher::new(),
        lengths: Vec::new(),
    }
}

#[test]
fn a_warm_group_has_every_parent_filled_and_works() {
    for size in [1, 2, 3, 5, 8, 13, 33] {
        let mut room = warm(config(), size);
        room.check();
        let health = room.engine.hub_health(&room.hub);
        assert_eq!(u64::from(health.members), size);
        assert_eq!(room.engine.hub_epoch(&room.hub), size - 1);
        assert_eq!(health.unmerged_leaves, 0);
        // A path leaves out the parents that have members on one side only (RFC 9420, section
        // 4.1.2).
        assert_eq!(health.leaves - 1 - health.blank_parents, size as u32 - 1);
        for sender in 0..size.min(4) {
            room.say(sender, b"as if we had always been here");
        }
        // Everyone holds the keys that a path may be encrypted to.
        for committer in (0..size).step_by(3) {
            let before = room.engine.hub_health(&room.hub);
            let effect = room.commit(committer, &[], &[], true);
            assert!(u64::from(effect.ciphertexts) <= u64::from(before.leaves.ilog2()) + 1);
            room.say(size - 1 - committer.min(size - 1), b"on");
        }
        room.join_external(99, 0);
        room.add(0, [98], false);
        room.say(98, b"new");
    }
}

/// The first commit with a path is encrypted to every other member, one by one; what it fills saves the next some.
#[test]
fn a_bare_group_has_every_parent_blank_and_works() {
    for (size, tree_in_welcome) in [(1, true), (2, false), (5, true), (13, false), (16, true)] {
        let config = EngineConfig {
            tree_in_welcome,
            ..config()
        };
        let mut room = standing(config, size, Parents::Blank);
        room.check();
        let health = room.engine.hub_health(&room.hub);
        assert_eq!(u64::from(health.members), size);
        assert_eq!(room.engine.hub_epoch(&room.hub), (size - 1).min(1));
        assert_eq!(health.unmerged_leaves, 0);
        assert_eq!(health.blank_parents, health.leaves - 1);
        for sender in 0..size.min(4) {
            room.say(sender, b"as if we had just been added");
        }
        let first = room.commit(size - 1, &[], &[], true);
        assert_eq!(u64::from(first.ciphertexts), size - 1);
        let second = room.commit(0, &[], &[], true);
        if size == 16 {
            // To 1, to {2, 3}, to {4, …, 7}, and to the parent of {8, …, 15}.
            assert_eq!(second.ciphertexts, 1 + 2 + 4 + 1);
        }
        room.join_external(99, 0);
        room.add(0, [98], false);
        room.say(98, b"new");
    }
}

#[test]
fn warm_members_keep_past_epochs_from_then_on() {
    let mut room = warm(config(), 4);
    let early = room.encrypt(0, b"early");
    room.commit(1, &[], &[], false);
    assert!(matches!(
        room.process(2, &early),
        Ok(Processed::Application { epoch: 3, .. })
    ));
    let mut room = warm(
        EngineConfig {
            epoch_tolerance: 0,
            ..config()
        },
        4,
    );
    let early = room.encrypt(0, b"early");
    room.commit(1, &[], &[], false);
    assert!(matches!(
        room.process(2, &early),
        Err(MlsError::WrongEpoch { .. })
    ));
}

#[test]
fn warm_groups_of_all_ciphersuites_and_tree_policies() {
    for ciphersuite in [
        Ciphersuite::P256Aes128Sha256P256,
        Ciphersuite::X25519ChaCha20Sha256Ed25519,
    ] {
        let mut room = warm(
            EngineConfig {
                ciphersuite,
                tree_in_welcome: false,
                ..config()
            },
            6,
        );
        room.check();
        room.commit(3, &[], &[1], false);
        room.add(0, [9], false);
        room.say(9, b"hello");
    }
}
