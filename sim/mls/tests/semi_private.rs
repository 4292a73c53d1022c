//! Handshakes that members read and those outside to whom they are encrypted: who reads them, who does not, and how long they are.

use throng_mls::app_data::{AppData, AppDataRules};
use throng_mls::engine::*;
use throng_mls::model::ModelEngine;
use throng_mls::model::lengths::Lengths;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::semi_private::EXTERNAL_RECEIVERS;
use throng_mls::wire::{Embedded, EmbeddedMessage, MlsBytes};
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::{Serialize, Size};

const GROUP_ID: &[u8] = b"mimi://a.example/g/r7";

struct Room<E: Engine> {
    engine: E,
    /// Whom the group names, and another hub.
    hubs: [E::Client; 2],
    members: Vec<(E::Client, E::Group)>,
    hub: E::Hub,
}

fn room<E: Engine>(size: u64, padding: usize) -> Room<E> {
    let engine = E::new(EngineConfig {
        app_data: Some(AppDataRules::MIMI),
        self_remove: true,
        padding,
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    });
    let streams = Streams::new(5, 0);
    let client = |owner, name: String| engine.client(name.as_bytes(), &streams, owner).unwrap();
    let hubs = [0, 1].map(|i| client(StreamOwner::Provider(i), format!("mimi://{i}.example")));
    let mut app_data = AppData::default();
    app_data.participants.push(b"mimi://a.example/u/u0", 2);
    let named = engine.external_receiver(&hubs[0]).unwrap();
    let data = vec![named].tls_serialize_detached().unwrap();
    app_data.others.insert(EXTERNAL_RECEIVERS, data);
    let mut clients: Vec<E::Client> = (0..size)
        .map(|i| client(StreamOwner::Client(i), format!("mimi://a.example/d/u{i}")))
        .collect();
    let acting = clients.iter_mut().map(WarmMember::Acting);
    let warm = engine
        .warm_group(acting, Parents::Filled, &streams, GROUP_ID, app_data)
        .unwrap();
    Room {
        members: clients.into_iter().zip(warm.groups).collect(),
        hub: warm.hub,
        engine,
        hubs,
    }
}

impl<E: Engine> Room<E> {
    fn propose(&mut self, who: usize, plan: &ProposalPlan<'_, E::Message>) -> E::Message {
        let (client, group) = &mut self.members[who];
        self.engine.propose(client, group, plan).unwrap()
    }

    fn commit(&mut self, who: usize) -> BundleOf<E> {
        let plan = CommitPlan {
            adds: &[],
            removes: &[],
            app_data: &[],
            force_path: true,
        };
        let (client, group) = &mut self.members[who];
        self.engine.commit(client, group, &plan).unwrap()
    }

    fn process(&mut self, who: usize, message: &E::Message) -> Result<Processed, MlsError> {
        let (client, group) = &mut self.members[who];
        self.engine.process(client, group, message)
    }

    fn open(&mut self, hub: usize, message: &E::Message) -> Result<E::Message, MlsError> {
        self.engine
            .hub_open(&mut self.hubs[hub], &self.hub, message)
    }
}

fn members_and_the_hub_read_it_and_nobody_else<E: Engine>() {
    let mut room = room::<E>(3, 0);
    let proposal = room.propose(0, &ProposalPlan::Remove(2));
    let commit = room.commit(1).commit;
    for (sealed, what) in [(&proposal, Embedded::Proposal), (&commit, Embedded::Commit)] {
        assert!(sealed.is_sealed());
        assert_eq!(sealed.content(), what);
        assert_eq!(room.engine.message_epoch(sealed).unwrap(), 2);
        assert_eq!(room.engine.message_sender(sealed), None);
        assert_eq!(room.engine.message_proposal(sealed), None);
        // Nothing but what it is and of which epoch is known to whoever has no key, another hub with one of its own among them.
        assert!(matches!(
            room.open(1, sealed),
            Err(MlsError::Refused { .. })
        ));
        let clear = room.open(0, sealed).unwrap();
        assert!(!clear.is_sealed());
        assert_eq!(clear.content(), what);
    }
    let clear = room.open(0, &proposal).unwrap();
    assert_eq!(
        room.engine.message_proposal(&clear),
        Some(Proposed::Remove(2))
    );
    assert_eq!(room.engine.message_sender(&clear), Some(0));
    // As it came, a hub can check nothing.
    let as_it_came = std::slice::from_ref(&proposal);
    assert!(
        room.engine
            .hub_check_proposals(&mut room.hub, as_it_came)
            .is_err()
    );
    let checked = room
        .engine
        .hub_check_proposals(&mut room.hub, std::slice::from_ref(&clear));
    assert_eq!(checked.unwrap().sender, b"mimi://a.example/d/u0");
    let accepted = room.open(0, &commit).unwrap();
    assert!(matches!(
        room.engine.hub_accept(&mut room.hub, &accepted),
        Ok(HubAccepted::Commit(_))
    ));
    for reader in [0, 2] {
        let processed = room.process(reader, &commit).unwrap();
        assert_eq!(
            processed,
            Processed::Commit {
                epoch: 3,
                removed: false,
                external: false,
                committer: Some(1),
            }
        );
    }
    // The keys of an epoch that is over are gone, for the hub too.
    for late in [&proposal, &commit] {
        assert!(matches!(
            room.process(0, late),
            Err(MlsError::WrongEpoch { got: 2, current: 3 })
        ));
        assert!(matches!(
            room.open(0, late),
            Err(MlsError::WrongEpoch { got: 2, current: 3 })
        ));
    }
}

#[test]
fn members_and_the_hub_read_what_nobody_else_does() {
    members_and_the_hub_read_it_and_nobody_else::<OpenMlsEngine>();
    members_and_the_hub_read_it_and_nobody_else::<ModelEngine>();
}

/// Whoever joins from outside has to read who leaves (draft-ietf-mls-extensions, "SelfRemove Proposal"), and what it takes off the list.
#[test]
fn who_leaves_says_so_in_clear() {
    let mut room = room::<OpenMlsEngine>(3, 0);
    let leave = room.propose(0, &ProposalPlan::SelfRemove);
    assert!(!leave.is_sealed());
    assert_eq!(
        room.engine.message_proposal(&leave),
        Some(Proposed::SelfRemove)
    );
    let more = room.propose(0, &ProposalPlan::Remove(1));
    assert!(!more.is_sealed());
    // What others propose then is not for those.
    assert_eq!(room.process(2, &leave).unwrap(), Processed::Proposal);
    assert!(room.propose(2, &ProposalPlan::Update).is_sealed());
    // Nor what is proposed and withdrawn.
    let (client, group) = &mut room.members[0];
    room.engine.withdraw(client, group, &[leave, more]).unwrap();
    assert!(room.propose(0, &ProposalPlan::Remove(1)).is_sealed());
}

#[test]
fn nothing_of_it_is_in_clear_and_nothing_can_be_changed() {
    let mut room = room::<OpenMlsEngine>(3, 0);
    let said = room.propose(0, &ProposalPlan::Remove(2));
    let again = room.propose(0, &ProposalPlan::Remove(2));
    let clear = room.open(0, &said).unwrap();
    // From what it says to its last tag.
    let content = &clear.as_slice()[clear.as_slice().len() - 100..];
    for place in 0..content.len() - 8 {
        let part = &content[place..place + 8];
        assert!(!said.as_slice().windows(8).any(|window| window == part));
    }
    // The same said twice is encrypted twice.
    assert_eq!(room.open(0, &again).unwrap(), clear);
    let tail = |message: &MlsBytes| message.as_slice()[message.as_slice().len() - 64..].to_vec();
    assert_ne!(tail(&said), tail(&again));
    for place in 0..said.as_slice().len() {
        let mut bytes = said.as_slice().to_vec();
        bytes[place] ^= 1 << (place % 8);
        let Ok(bad) = MlsBytes::new(bytes) else {
            continue;
        };
        assert!(room.process(1, &bad).is_err(), "byte {place}");
        // Of what is encrypted for members alone, the sender's data, a hub knows nothing and needs nothing.
        let opened = room.open(0, &bad);
        assert!(
            opened.is_err() || opened.is_ok_and(|opened| opened == clear),
            "byte {place}"
        );
    }
    for len in 0..said.as_slice().len() {
        if let Ok(cut) = MlsBytes::new(&said.as_slice()[..len]) {
            assert!(room.process(1, &cut).is_err() && room.open(0, &cut).is_err());
        }
    }
    assert_eq!(room.process(1, &said).unwrap(), Processed::Proposal);
}

/// A vector of so many bytes with its length (RFC 9420, section 2.1.2).
fn vector(len: usize) -> usize {
    len + match len {
        0..64 => 1,
        64..16_384 => 2,
        _ => 4,
    }
}

/// By the draft's structs with the sizes of suite 1, and the membership tag of 33 bytes that is encrypted beside what the draft encrypts.
#[test]
fn they_are_as_long_as_the_draft_says_and_a_tag_more() {
    for padding in [0, 64, 100] {
        let mut room = room::<OpenMlsEngine>(9, padding);
        let proposal = room.propose(0, &ProposalPlan::Remove(2));
        let commit = room.commit(1).commit;
        for (sealed, tags) in [(&proposal, 0), (&commit, vector(32))] {
            let clear = room.open(0, sealed).unwrap();
            // Version and wire format, group, epoch, sender, authenticated data, type: then the content, which only the second encrypts.
            let head = 4 + vector(GROUP_ID.len()) + 8 + (1 + 4) + vector(0) + 1;
            let (signature, membership_tag) = (vector(64), vector(32));
            let content = clear.tls_serialized_len() - head - signature - tags - membership_tag;
            let keys = vector(16) + vector(12) + 4 + 4;
            let for_hub = vector(32) + vector(32) + vector(keys + 16);
            let drafted = content + signature + tags + 16;
            let here = drafted + membership_tag;
            let padded = if padding == 0 {
                here
            } else {
                here.next_multiple_of(padding)
            };
            let around = 4
                + vector(GROUP_ID.len())
                + 8
                + 1
                + vector(0)
                + vector(32)
                + vector(for_hub)
                + vector(32)
                + vector(4 + 4 + 4 + 16);
            assert_eq!(sealed.tls_serialized_len(), around + vector(padded));
            if padding == 0 && content > 64 {
                // As the guide says it, of what is longer than a length of one byte can say.
                let more = sealed.tls_serialized_len() - clear.tls_serialized_len();
                let of_the_tag = sealed.tls_serialized_len() - (around + vector(drafted));
                assert_eq!((more, of_the_tag), (231, 33));
            }
        }
    }
}

/// OpenMLS itself, with its own provider: a group of one, which commits in a PublicMessage and in a PrivateMessage.
#[test]
fn private_handshakes_are_as_long_as_those_of_openmls() {
    use openmls::prelude::{Ciphersuite, *};
    use openmls_basic_credential::SignatureKeyPair;
    use openmls_rust_crypto::OpenMlsRustCrypto;

    let suite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    let signer = SignatureKeyPair::new(suite.signature_algorithm()).unwrap();
    let lengths = Lengths::new(throng_workloads::scenario::Ciphersuite::X25519Aes128Sha256Ed25519);
    for padding in [0, 64] {
        let commit = |policy| {
            let provider = OpenMlsRustCrypto::default();
            let credential = CredentialWithKey {
                credential: BasicCredential::new(b"mimi://a.example/d/u0".to_vec()).into(),
                signature_key: signer.public().into(),
            };
            let mut group = MlsGroup::builder()
                .with_group_id(GroupId::from_slice(GROUP_ID))
                .with_wire_format_policy(policy)
                .padding_size(padding)
                .ciphersuite(suite)
                .build(&provider, &signer, credential)
                .unwrap();
            let parameters = LeafNodeParameters::default();
            let made = group.self_update(&provider, &signer, parameters).unwrap();
            made.commit().tls_serialize_detached().unwrap().len() as u64
        };
        let public = commit(PURE_PLAINTEXT_WIRE_FORMAT_POLICY);
        let private = commit(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
        let said = lengths.private_handshake(GROUP_ID.len() as u64, public, padding as u64);
        assert_eq!(private, said, "{public} B in clear");
        if padding == 0 {
            assert_eq!(private - public, 9);
        }
    }
}
