//! Lengths on the wire: known figures, and stock OpenMLS driven by hand.

use crate::room;

use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use room::{Room, config, name, new_client};
use throng_mls::engine::{CommitPlan, Engine, EngineConfig};
use throng_mls::openmls::OpenMlsEngine;
use throng_workloads::stream::Streams;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
const GROUP_ID: [u8; 16] = [7; 16];

/// Version and wire format of an MLSMessage.
const MLS_HEADER: usize = 4;

/// Lengths of one KeyPackage, of the commit that adds all to a new group, of its Welcome and
/// GroupInfo, of the creator's next commit, and of an application message.
#[derive(Debug, PartialEq, Eq)]
struct Lengths {
    key_package: usize,
    commit: usize,
    welcome: usize,
    group_info: usize,
    update: usize,
    message: usize,
}

fn ours(size: u64, force_path: bool) -> Lengths {
    let engine = OpenMlsEngine::new(config());
    let streams = Streams::new(1, 0);
    let mut creator = new_client(&engine, &streams, 0);
    let mut group = engine.create(&mut creator, &GROUP_ID).unwrap();
    let adds: Vec<_> = (1..size)
        .map(|index| {
            engine
                .key_package(&mut new_client(&engine, &streams, index))
                .unwrap()
                .message
        })
        .collect();
    let plan = CommitPlan {
        adds: &adds,
        removes: &[],
        app_data: &[],
        force_path,
    };
    let bundle = engine.commit(&mut creator, &mut group, &plan).unwrap();
    engine.merge_pending(&mut creator, &mut group).unwrap();
    let plan = CommitPlan {
        adds: &[],
        removes: &[],
        app_data: &[],
        force_path: true,
    };
    let update = engine.commit(&mut creator, &mut group, &plan).unwrap();
    engine.merge_pending(&mut creator, &mut group).unwrap();
    let message = engine.encrypt(&mut creator, &mut group, &[0; 200]).unwrap();
    Lengths {
        key_package: adds[0].as_slice().len(),
        commit: bundle.commit.as_slice().len(),
        welcome: bundle.welcome.unwrap().as_slice().len(),
        group_info: update.group_info.as_slice().len(),
        update: update.commit.as_slice().len(),
        message: message.as_slice().len(),
    }
}

fn stock(size: u64, force_path: bool) -> Lengths {
    let provider = OpenMlsRustCrypto::default();
    let person = |index| {
        let keys = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
        let credential = CredentialWithKey {
            credential: BasicCredential::new(name(index)).into(),
            signature_key: keys.to_public_vec().into(),
        };
        (keys, credential)
    };
    let len = |message: &MlsMessageOut| message.to_bytes().unwrap().len();
    let (signer, credential) = person(0);
    let config = MlsGroupCreateConfig::builder()
        .ciphersuite(SUITE)
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let id = GroupId::from_slice(&GROUP_ID);
    let mut group =
        MlsGroup::new_with_group_id(&provider, &signer, &config, id, credential).unwrap();
    let packages: Vec<_> = (1..size)
        .map(|index| {
            let (keys, credential) = person(index);
            let bundle = KeyPackage::builder().build(SUITE, &provider, &keys, credential);
            bundle.unwrap().key_package().clone()
        })
        .collect();
    let key_package = len(&MlsMessageOut::from(packages[0].clone()));
    let (commit, welcome, _) = match force_path {
        true => group.add_members(&provider, &signer, &packages),
        false => group.add_members_without_update(&provider, &signer, &packages),
    }
    .unwrap();
    group.merge_pending_commit(&provider).unwrap();
    let update = group
        .self_update(&provider, &signer, LeafNodeParameters::default())
        .unwrap();
    let update = len(&update.into_commit());
    group.merge_pending_commit(&provider).unwrap();
    let info = group
        .export_group_info(provider.crypto(), &signer, false)
        .unwrap();
    let message = group.create_message(&provider, &signer, &[0; 200]).unwrap();
    Lengths {
        key_package,
        commit: len(&commit),
        welcome: len(&welcome),
        group_info: len(&info),
        update,
        message: len(&message),
    }
}

#[test]
fn lengths_are_those_of_stock_openmls() {
    for (size, force_path) in [(2, false), (3, true), (9, false), (40, true)] {
        assert_eq!(
            ours(size, force_path),
            stock(size, force_path),
            "{size} members"
        );
    }
}

/// OpenMLS 0.9.2, 29-byte basic credentials, PublicMessage, ratchet tree in the Welcome.
#[test]
fn lengths_at_a_hundred_members_are_as_measured() {
    let lengths = ours(100, true);
    let measured = Lengths {
        key_package: MLS_HEADER + 301,
        commit: 30_723,
        welcome: 35_749,
        update: 8_749,
        ..lengths
    };
    assert_eq!(lengths, measured);
}

#[test]
fn each_ciphertext_of_a_path_takes_82_bytes() {
    let mut room = Room::at_once(
        EngineConfig {
            tree_in_welcome: false,
            ..config()
        },
        1,
        33,
    );
    let mut seen = Vec::new();
    for committer in [0, 0, 5, 5] {
        let bundle = room.make_commit(committer, &[], &[], true).unwrap();
        let effect = room.deliver_commit(committer, &bundle);
        seen.push((
            u64::from(effect.ciphertexts),
            bundle.commit.as_slice().len() as u64,
        ));
    }
    // The same committer's two commits have the same path, whose parents are filled the second
    // time.
    for pair in seen.chunks(2) {
        let [(more, long), (fewer, short)] = [pair[0], pair[1]];
        let saved = (more - fewer) * 82;
        // The lengths of the vectors around them shrink too.
        assert!((saved..saved + 8).contains(&(long - short)), "{pair:?}");
    }
}
