//! Round trips with real OpenMLS messages, lengths by hand, and bytes that somebody damaged.

use super::client::{Connected, CreateRoom};
use super::*;
use proptest::prelude::*;
use std::io::{Read, Write};
use std::sync::LazyLock;
use throng_mls::engine::{CommitPlan, Engine, EngineConfig, ProposalPlan};
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::message::{ContentType, PrivateMessage};
use throng_mls::wire::semi_private::{KeyForExternalReceiver, SEMI_PRIVATE, SemiPrivateContentAad};
use throng_mls::wire::{
    Bare, BareWelcome, Capabilities, Credential, Embedded, EmbeddedMessage, EncodingError,
    ExternalSender, HpkeCiphertext, MLS_HEADER_LEN, MlsBytes, OpaqueBytes, PartialGroupInfo,
    RatchetTreePresence, RequiredCapabilities, SemiPrivateMessage,
};
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::{Deserialize, Error, Serialize, Size, VLBytes};

/// `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519`.
const SUITE: u16 = 1;

/// Where a provider has a tree of a room of another's.
const TREE_URL: &str =
    "https://b.example/v1/x-throng/ratchetTree/mimi%3A%2F%2Fa.example%2Fr%2Fr1/7";

/// One message of each content, as OpenMLS makes them.
struct Messages {
    commit: MlsBytes,
    proposal: MlsBytes,
    application: MlsBytes,
    welcome: MlsBytes,
    group_info: MlsBytes,
    key_package: MlsBytes,
    tree: OpaqueBytes,
}

static PUBLIC: LazyLock<Messages> = LazyLock::new(messages);
/// The same with handshakes in SemiPrivateMessages.
static SEALED: LazyLock<Messages> = LazyLock::new(|| Messages {
    commit: semi_private(ContentType::Commit),
    proposal: semi_private(ContentType::Proposal),
    ..messages()
});
/// The same with handshakes in PrivateMessages.
static PRIVATE: LazyLock<Messages> = LazyLock::new(|| Messages {
    commit: private(ContentType::Commit),
    proposal: private(ContentType::Proposal),
    ..messages()
});

fn messages() -> Messages {
    let engine = OpenMlsEngine::new(EngineConfig {
        tree_in_welcome: false,
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    });
    let streams = Streams::new(1, 0);
    let client = |number, name: &str| {
        let owner = StreamOwner::Client(number);
        engine
            .client(name.as_bytes(), &streams, owner)
            .expect("a client")
    };
    let mut alice = client(0, "mimi://a.example/d/alice");
    let mut bob = client(1, "mimi://b.example/d/bob");
    let key_package = engine.key_package(&mut bob).expect("a KeyPackage").message;
    let mut group = engine
        .create(&mut alice, b"mimi://a.example/g/1")
        .expect("a group");
    let adds = [key_package.clone()];
    let plan = CommitPlan {
        adds: &adds,
        removes: &[],
        app_data: &[],
        force_path: false,
    };
    let bundle = engine
        .commit(&mut alice, &mut group, &plan)
        .expect("a commit");
    engine
        .merge_pending(&mut alice, &mut group)
        .expect("merged");
    let application = engine
        .encrypt(&mut alice, &mut group, b"hello")
        .expect("a message");
    let (group_info, tree) = engine.group_info(&mut alice, &group).expect("a GroupInfo");
    let proposal = engine
        .propose(&mut alice, &mut group, &ProposalPlan::Update)
        .expect("a proposal");
    Messages {
        commit: bundle.commit,
        proposal,
        application,
        welcome: bundle.welcome.expect("a Welcome"),
        group_info,
        key_package,
        tree,
    }
}

fn private(content_type: ContentType) -> MlsBytes {
    let message = PrivateMessage {
        group_id: b"mimi://a.example/g/1".to_vec().into(),
        epoch: 1,
        content_type,
        authenticated_data: Vec::new().into(),
        encrypted_sender_data: vec![1; 28].into(),
        ciphertext: vec![2; 300].into(),
    };
    MlsBytes::encode(&(1u16, (2u16, message))).expect("encodes")
}

fn semi_private(content_type: ContentType) -> MlsBytes {
    let for_hub = KeyForExternalReceiver {
        external_receiver_ref: vec![3; 32].into(),
        encrypted_keys_and_nonces: HpkeCiphertext {
            kem_output: vec![4; 32].into(),
            ciphertext: vec![5; 54].into(),
        },
    };
    let message = SemiPrivateMessage {
        header: SemiPrivateContentAad {
            group_id: b"mimi://a.example/g/1".to_vec().into(),
            epoch: 1,
            content_type,
            authenticated_data: Vec::new().into(),
            partial_context_hash: vec![6; 32].into(),
            keys_for_external_receivers: vec![for_hub],
            framed_content_tbs_hash: vec![7; 32].into(),
        },
        encrypted_sender_data: vec![1; 28].into(),
        ciphertext: vec![2; 300].into(),
    };
    MlsBytes::encode(&(1u16, (SEMI_PRIVATE, message))).expect("encodes")
}

fn uri(text: &str) -> IdentifierUri {
    text.into()
}

fn frank() -> Frank {
    Frank {
        server_frank: [7; 32],
        franking_signature_ciphersuite: SUITE,
        franking_integrity_signature: vec![9; 64].into(),
    }
}

fn credential() -> Credential {
    Credential::basic(b"mimi://a.example/d/alice")
}

fn commit_bundle(m: &Messages) -> HandshakeBundle<MlsBytes> {
    HandshakeBundle::Commit {
        commit: m.commit.clone(),
        welcome: Some(Bare::new(m.welcome.clone()).expect("a welcome")),
        group_info: GroupInfoOption::Full(Bare::new(m.group_info.clone()).expect("a group info")),
        ratchet_tree: RatchetTreeOption::Full(m.tree.clone()),
    }
}

fn client(material: ClientMaterial<MlsBytes>) -> ClientKeyMaterial<MlsBytes> {
    ClientKeyMaterial {
        client_uri: uri("mimi://b.example/d/bob"),
        material,
    }
}

fn notify(event: FanoutEvent<MlsBytes>) -> Frame<MlsBytes> {
    Frame::Notify(FanoutMessage {
        timestamp: 1_234,
        event,
    })
}

fn group_info_response(outcome: GroupInfoOutcome<OpaqueBytes>) -> Frame<MlsBytes> {
    Frame::GroupInfoResponse(Box::new(GroupInfoResponse {
        version: Protocol::Mls10,
        room_id: uri("mimi://a.example/r/1"),
        outcome,
    }))
}

fn submit_response(outcome: SubmitOutcome) -> Frame<MlsBytes> {
    Frame::SubmitMessageResponse(SubmitMessageResponse {
        protocol: Protocol::Mls10,
        outcome,
    })
}

/// At least one frame of every kind, for tests elsewhere.
pub(crate) fn every_frame() -> Vec<Frame<MlsBytes>> {
    let sealed = frames(&SEALED).into_iter();
    let sealed = sealed.filter(|frame| frame.kind().name().contains("semi-private"));
    frames(&PUBLIC).into_iter().chain(sealed).collect()
}

/// At least one frame of every kind, and every variant of every `select`.
fn frames(m: &Messages) -> Vec<Frame<MlsBytes>> {
    let key_package = || Bare::new(m.key_package.clone()).expect("a key package");
    let mut frames = vec![
        Frame::KeyMaterialRequest(Box::new(key_material_request())),
        Frame::KeyMaterialResponse(KeyMaterialResponse {
            protocol: Protocol::Mls10,
            user_status: KeyMaterialUserCode::PartialSuccess,
            user_uri: uri("mimi://b.example/u/bob"),
            clients: vec![
                client(ClientMaterial::Success(key_package())),
                client(ClientMaterial::KeyMaterialExhausted),
                client(ClientMaterial::NothingCompatible(None)),
                client(ClientMaterial::NothingCompatible(Some(
                    Capabilities::default(),
                ))),
            ],
        }),
        Frame::Update(Box::new(commit_bundle(m))),
        Frame::Update(Box::new(HandshakeBundle::Commit {
            commit: m.commit.clone(),
            welcome: None,
            group_info: GroupInfoOption::Partial(PartialGroupInfo {
                ratchet_tree_presence: RatchetTreePresence::NoRatchetTree,
                group_info_extensions: VLBytes::new(Vec::new()),
                signature: vec![3; 64].into(),
            }),
            ratchet_tree: RatchetTreeOption::DistributionService,
        })),
        Frame::Update(Box::new(HandshakeBundle::Proposal {
            proposal: m.proposal.clone(),
            more_proposals: vec![m.proposal.clone(), m.proposal.clone()],
        })),
        Frame::SubmitMessage(SubmitMessageRequest {
            protocol: Protocol::Mls10,
            app_message: m.application.clone(),
            sending_uri: uri("mimi://a.example/u/alice"),
        }),
        submit_response(SubmitOutcome::Accepted(SubmitAccepted {
            accepted_timestamp: 5,
            frank: Some(frank()),
        })),
        submit_response(SubmitOutcome::NotAllowed),
        submit_response(SubmitOutcome::EpochTooOld { current_epoch: 6 }),
        notify(FanoutEvent::Application {
            message: m.application.clone(),
            frank: Some(frank()),
        }),
        notify(FanoutEvent::Proposal {
            message: m.proposal.clone(),
            more_proposals: vec![],
        }),
        notify(FanoutEvent::Commit {
            message: m.commit.clone(),
            external_proposals: vec![m.proposal.clone()],
        }),
        Frame::NotifyAccepted(()),
        Frame::NotifyLater(NotifyLater { retry_after: 30 }),
        Frame::NotifyTooLarge(()),
        Frame::RatchetTreeRequest(RatchetTreeRequest {
            ratchet_tree_url: TREE_URL.as_bytes().into(),
        }),
        Frame::RatchetTree(OpaqueBytes::new(vec![1; 99])),
        Frame::RatchetTreeGone(()),
        Frame::GroupInfoRequest(Box::new(group_info_request())),
        group_info_response(GroupInfoOutcome::Success(granted())),
        group_info_response(GroupInfoOutcome::NotAuthorized),
        group_info_response(GroupInfoOutcome::NoSuchRoom),
        Frame::PublishKeyPackages(PublishKeyPackages {
            key_packages: vec![key_package(), key_package()],
        }),
        Frame::KeyPackagesLow(KeyPackagesLow { remaining: 3 }),
        Frame::Connect(Connect { next_sequence: 17 }),
        Frame::Ack(Ack { next_sequence: 18 }),
        Frame::CreateRoom(Box::new(CreateRoom {
            group_info: Bare::new(m.group_info.clone()).expect("a group info"),
            ratchet_tree: OpaqueBytes::new(vec![1, 2, 3]),
        })),
        Frame::Connected(Connected { head: 19 }),
        Frame::Disconnect(()),
        Frame::DeleteAccount(()),
        Frame::ReportAbuse(Box::new(abuse_report())),
        Frame::ReportAbuseResponse(Status::ACCEPTED),
        Frame::RequestConsentResponse(Status::ACCEPTED),
        Frame::UpdateConsentResponse(Status::ACCEPTED),
    ];
    let consent = |operation, room: Option<&str>| {
        let scope = ConsentScope {
            requester_uri: uri("mimi://a.example/u/alice"),
            target_uri: uri("mimi://b.example/u/bob"),
            room_id: room.map(uri),
        };
        Box::new(ConsentEntry::new(scope, operation))
    };
    let grant = ConsentOperation::Grant(vec![key_package(), key_package()]);
    let room = Some("mimi://a.example/r/r1");
    frames.extend([
        Frame::RequestConsent(consent(ConsentOperation::Request, None)),
        Frame::RequestConsent(consent(ConsentOperation::Cancel, room)),
        Frame::UpdateConsent(consent(grant, room)),
        Frame::UpdateConsent(consent(ConsentOperation::Revoke, None)),
    ]);
    let bob = uri("mimi://b.example/u/bob");
    frames.extend([
        Frame::IdentifierQuery(Box::new(IdentifierRequest::by_handle("im:bob@b.example"))),
        Frame::IdentifierResponse(Box::new(IdentifierResponse::found(vec![bob]))),
        Frame::IdentifierResponse(Box::new(IdentifierResponse::nobody(
            IdentifierQueryCode::NotFound,
        ))),
    ]);
    let url = crate::assets::url("b.example", [0xab; 16]);
    let request = || DownloadRequest {
        download_url: url.as_bytes().into(),
    };
    let asset = || AssetBytes::from(vec![0xa5; 100]);
    let none = || Download::Refused(Status::new(404).expect("a status"));
    frames.extend([
        Frame::UploadAsset(UploadAsset {
            url: url.as_bytes().into(),
            asset: asset(),
        }),
        Frame::UploadAssetResponse(Status::ACCEPTED),
        Frame::ProxyDownload(request()),
        Frame::ProxyDownloadResponse(Download::Asset(asset())),
        Frame::ProxyDownloadResponse(none()),
        Frame::FetchAsset(request()),
        Frame::FetchAssetResponse(Download::Asset(asset())),
        Frame::FetchAssetResponse(none()),
    ]);
    frames.extend(
        [
            UpdateOutcome::Success {
                accepted_timestamp: 1,
            },
            UpdateOutcome::WrongEpoch { current_epoch: 2 },
            UpdateOutcome::NotAllowed,
            UpdateOutcome::InvalidProposal {
                invalid_proposals: vec![ProposalRef::new(vec![1; 32])],
            },
        ]
        .map(|outcome| Frame::UpdateResponse(outcome.into())),
    );
    frames.extend(
        [
            RatchetTreeOption::Full(m.tree.clone()),
            RatchetTreeOption::HttpsUri {
                ratchet_tree_url: b"https://a.example/tree".to_vec().into(),
            },
            RatchetTreeOption::OutOfBand,
            RatchetTreeOption::DistributionService,
        ]
        .map(|ratchet_tree| {
            notify(FanoutEvent::Welcome {
                message: m.welcome.clone(),
                ratchet_tree,
            })
        }),
    );
    frames
}

fn key_material_request() -> KeyMaterialRequest {
    KeyMaterialRequest {
        content: KeyMaterialRequestTbs {
            protocol: Protocol::Mls10,
            requesting_user: uri("mimi://a.example/u/alice"),
            target_user: uri("mimi://b.example/u/bob"),
            room_id: uri("mimi://a.example/r/r1"),
            acceptable_ciphersuites: vec![SUITE],
            required_capabilities: RequiredCapabilities::default(),
            requester_signature_key: vec![1; 32].into(),
            requester_credential: credential(),
        },
        key_material_request_signature: vec![2; 64].into(),
    }
}

fn group_info_request() -> GroupInfoRequest {
    GroupInfoRequest {
        content: GroupInfoRequestTbs {
            protocol: Protocol::Mls10,
            cipher_suite: SUITE,
            requesting_signature_key: vec![1; 32].into(),
            requesting_credential: credential(),
            group_info_public_key: vec![4; 32].into(),
            joining_code: Some(vec![5; 8].into()),
        },
        signature: vec![6; 64].into(),
    }
}

fn abuse_report() -> AbuseReport {
    AbuseReport {
        reporting_user: uri("mimi://b.example/u/bob"),
        alleged_abuser_uri: uri("mimi://a.example/u/alice"),
        reason_code: AbuseType::RESERVED,
        note: b"see for yourself".to_vec().into(),
        messages: vec![AbusiveMessage {
            message_content: vec![0x88; 60].into(),
            frank: frank(),
            accepted_timestamp: 1_234,
        }],
        abuse_extensions: AppDataDictionary::default(),
    }
}

fn granted() -> GroupInfoGranted<OpaqueBytes> {
    GroupInfoGranted {
        cipher_suite: SUITE,
        hub_sender: ExternalSender {
            signature_key: vec![1; 32].into(),
            credential: credential(),
        },
        encrypted_group_info_and_tree: HpkeCiphertext {
            kem_output: vec![8; 32].into(),
            ciphertext: OpaqueBytes::new(vec![9; 500]),
        },
        signature: vec![6; 64].into(),
    }
}

/// What is signed is what travels less the signature, which comes last.
#[test]
fn signed_content_is_the_message_without_its_signature() {
    let before = |body: Vec<u8>, signature: &VLBytes| {
        body[..body.len() - signature.tls_serialized_len()].to_vec()
    };
    let request = key_material_request();
    assert_eq!(
        request.content.tls_serialize_detached().expect("encodes"),
        before(
            request.tls_serialize_detached().expect("encodes"),
            &request.key_material_request_signature
        )
    );
    let request = group_info_request();
    assert_eq!(
        request.content.tls_serialize_detached().expect("encodes"),
        before(
            request.tls_serialize_detached().expect("encodes"),
            &request.signature
        )
    );
    let granted = granted();
    let room_id = uri("mimi://a.example/r/1");
    let content = GroupInfoResponseTbs {
        version: Protocol::Mls10,
        room_id: room_id.clone(),
        status: GroupInfoCode::Success,
        cipher_suite: granted.cipher_suite,
        hub_sender: &granted.hub_sender,
        encrypted_group_info_and_tree: &granted.encrypted_group_info_and_tree,
    };
    let response = GroupInfoResponse {
        version: Protocol::Mls10,
        room_id,
        outcome: GroupInfoOutcome::Success(granted.clone()),
    };
    assert_eq!(
        content.tls_serialize_detached().expect("encodes"),
        before(
            response.tls_serialize_detached().expect("encodes"),
            &granted.signature
        )
    );
}

#[test]
fn real_messages_say_what_they_are() {
    for m in [&*PUBLIC, &*PRIVATE] {
        assert_eq!(m.commit.content(), Embedded::Commit);
        assert_eq!(m.proposal.content(), Embedded::Proposal);
        assert_eq!(m.application.content(), Embedded::Application);
        assert_eq!(m.welcome.content(), Embedded::Welcome);
        assert_eq!(m.group_info.content(), Embedded::GroupInfo);
        assert_eq!(m.key_package.content(), Embedded::KeyPackage);
    }
    assert_eq!(PUBLIC.commit.as_slice()[..4], [0, 1, 0, 1]);
    assert_eq!(PRIVATE.commit.as_slice()[..4], [0, 1, 0, 2]);
}

#[test]
fn every_frame_comes_back_as_it_was() {
    let mut kinds = std::collections::BTreeSet::new();
    for m in [&*PUBLIC, &*SEALED, &*PRIVATE] {
        for frame in frames(m) {
            kinds.insert(frame.kind());
            let bytes = frame.encode().expect("encodes");
            assert_eq!(bytes.len(), frame.encoded_len(), "{}", frame.kind());
            let back = Frame::decode(frame.kind().endpoint(), &bytes).expect("decodes");
            assert_eq!(back, frame);
            assert_eq!(back.kind(), frame.kind());
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), FrameKind::ALL);
    // Whose handshakes are encrypted for members alone no kind tells apart: nobody sends them.
    assert!(SEALED.commit.is_sealed() && !PRIVATE.commit.is_sealed());
}

#[test]
fn lengths_are_the_sums_of_their_parts() {
    let m = &*PUBLIC;
    let len = |message: &MlsBytes| message.as_slice().len();
    // A vector <V> has one byte of length up to 63 bytes, two up to 16383.
    let prefix = |content: usize| if content < 64 { 1 } else { 2 };

    let submit = Frame::SubmitMessage(SubmitMessageRequest {
        protocol: Protocol::Mls10,
        app_message: m.application.clone(),
        sending_uri: uri("mimi://a.example/u/alice"),
    });
    assert_eq!(submit.encoded_len(), 1 + len(&m.application) + 1 + 24);

    let tree = m.tree.as_slice().len();
    let commit = Frame::Update(Box::new(commit_bundle(m)));
    assert_eq!(
        commit.encoded_len(),
        len(&m.commit)
            + (1 + len(&m.welcome) - 4)
            + (1 + len(&m.group_info) - 4)
            + (1 + prefix(tree) + tree)
    );

    let fanout = notify(FanoutEvent::Commit {
        message: m.commit.clone(),
        external_proposals: vec![m.proposal.clone()],
    });
    assert_eq!(
        fanout.encoded_len(),
        8 + len(&m.commit) + prefix(len(&m.proposal)) + len(&m.proposal)
    );

    let franked = notify(FanoutEvent::Application {
        message: m.application.clone(),
        frank: Some(frank()),
    });
    assert_eq!(
        franked.encoded_len(),
        8 + len(&m.application) + 1 + (32 + 2 + 2 + 64)
    );
}

#[test]
fn codes_are_the_drafts() {
    let first_byte = |frame: Frame<MlsBytes>, at: usize| frame.encode().expect("encodes")[at];
    let update = |outcome: UpdateOutcome| first_byte(Frame::UpdateResponse(outcome.into()), 0);
    assert_eq!(
        [
            update(UpdateOutcome::Success {
                accepted_timestamp: 0
            }),
            update(UpdateOutcome::WrongEpoch { current_epoch: 0 }),
            update(UpdateOutcome::NotAllowed),
            update(UpdateOutcome::InvalidProposal {
                invalid_proposals: vec![]
            }),
        ],
        [0, 1, 2, 3]
    );
    let submit = |outcome| first_byte(submit_response(outcome), 1);
    assert_eq!(
        [
            submit(SubmitOutcome::Accepted(SubmitAccepted {
                accepted_timestamp: 0,
                frank: None
            })),
            submit(SubmitOutcome::NotAllowed),
            submit(SubmitOutcome::EpochTooOld { current_epoch: 0 }),
        ],
        [0, 1, 2]
    );
    let at = 1 + 1 + "mimi://a.example/r/1".len();
    assert_eq!(
        [
            first_byte(group_info_response(GroupInfoOutcome::NotAuthorized), at),
            first_byte(group_info_response(GroupInfoOutcome::NoSuchRoom), at),
        ],
        [2, 3]
    );
    assert_eq!(KeyMaterialUserCode::UserDeleted as u8, 7);
    assert_eq!(KeyMaterialClientCode::NothingCompatible as u8, 2);
    let tree = |option: RatchetTreeOption<OpaqueBytes>| option.tls_serialize_detached().unwrap()[0];
    assert_eq!(tree(RatchetTreeOption::Full(OpaqueBytes::default())), 1);
    assert_eq!(tree(RatchetTreeOption::DistributionService), 4);
}

/// The wrong-epoch answer, octet by octet: code, empty description, epoch.
#[test]
fn the_wrong_epoch_answer_is_ten_octets() {
    let answer = Frame::<MlsBytes>::UpdateResponse(
        UpdateOutcome::WrongEpoch {
            current_epoch: 0x0102,
        }
        .into(),
    );
    assert_eq!(
        answer.encode().expect("encodes"),
        [1, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    );
}

#[test]
fn the_plaintext_for_an_external_joiner_comes_back_as_it_was() {
    let m = &*PUBLIC;
    let plain = GroupInfoRatchetTree {
        group_info: Bare::new(m.group_info.clone()).expect("a group info"),
        ratchet_tree: RatchetTreeOption::Full(m.tree.clone()),
        pending_proposals: vec![PendingProposal {
            proposal: m.proposal.clone(),
            hub_accepted_time: 7,
        }],
    };
    let bytes = plain.tls_serialize_detached().expect("encodes");
    let back = GroupInfoRatchetTree::<MlsBytes>::tls_deserialize_exact(&bytes).expect("decodes");
    assert_eq!(back, plain);
}

#[test]
fn a_bare_struct_lacks_version_and_wire_format_and_nothing_else() {
    let m = &*PUBLIC;
    let bare = BareWelcome::new(m.welcome.clone()).expect("a welcome");
    let bytes = bare.tls_serialize_detached().expect("encodes");
    assert_eq!(bytes, m.welcome.as_slice()[MLS_HEADER_LEN..]);
    assert_eq!(
        BareWelcome::new(m.commit.clone()),
        Err(EncodingError::WrongContent {
            expected: "a Welcome",
            found: Embedded::Commit
        })
    );
}

#[test]
fn several_events_in_one_body_are_read_in_order() {
    let m = &*PUBLIC;
    let events = [
        FanoutMessage {
            timestamp: 1,
            event: FanoutEvent::Proposal {
                message: m.proposal.clone(),
                more_proposals: vec![],
            },
        },
        FanoutMessage {
            timestamp: 2,
            event: FanoutEvent::Commit {
                message: m.commit.clone(),
                external_proposals: vec![],
            },
        },
    ];
    let body: Vec<u8> = events
        .iter()
        .flat_map(|event| event.tls_serialize_detached().expect("encodes"))
        .collect();
    assert_eq!(
        FanoutMessage::<MlsBytes>::decode_all(&body).expect("decodes"),
        events
    );
    assert!(FanoutMessage::<MlsBytes>::decode_all(&[]).is_err());
}

#[test]
fn a_message_where_it_may_not_stand_is_refused_both_ways() {
    let m = &*PUBLIC;
    let wrong = SubmitMessageRequest {
        protocol: Protocol::Mls10,
        app_message: m.commit.clone(),
        sending_uri: uri("mimi://a.example/u/alice"),
    };
    assert!(Frame::SubmitMessage(wrong).encode().is_err());
    let wrong = HandshakeBundle::Proposal {
        proposal: m.proposal.clone(),
        more_proposals: vec![m.commit.clone()],
    };
    assert!(Frame::Update(Box::new(wrong)).encode().is_err());

    let mut body = vec![1];
    body.extend_from_slice(m.commit.as_slice());
    body.push(0);
    assert!(Frame::<MlsBytes>::decode(Endpoint::SubmitMessage, &body).is_err());
    assert!(Frame::<MlsBytes>::decode(Endpoint::Update, m.group_info.as_slice()).is_err());
}

#[test]
fn trailing_bytes_and_truncations_are_errors() {
    for frame in frames(&PUBLIC) {
        let endpoint = frame.kind().endpoint();
        let mut bytes = frame.encode().expect("encodes");
        for end in 0..bytes.len() {
            assert!(Frame::<MlsBytes>::decode(endpoint, &bytes[..end]).is_err());
        }
        bytes.push(0);
        assert_eq!(
            Frame::<MlsBytes>::decode(endpoint, &bytes),
            Err(WireError::TrailingBytes {
                what: endpoint.name(),
                count: 1
            })
        );
    }
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
    ) {
        let mut frames = frames(&PUBLIC);
        frames.retain(|frame| frame.encoded_len() > 0);
        let frame = which.get(&frames);
        let mut bytes = frame.encode().expect("encodes");
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        // What still decodes must encode to the same bytes: there is one encoding of everything.
        if let Ok(frame) = Frame::<MlsBytes>::decode(frame.kind().endpoint(), &bytes) {
            prop_assert_eq!(frame.encode().expect("encodes"), bytes);
        }
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        for kind in FrameKind::ALL {
            let _ = Frame::<MlsBytes>::decode(kind.endpoint(), &noise);
        }
        let _ = MlsBytes::new(noise);
    }
}

/// A message that is only a length, as an engine without cryptography has it: lengths come out right
/// although nothing is ever encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hollow {
    content: Embedded,
    len: usize,
}

impl Size for Hollow {
    fn tls_serialized_len(&self) -> usize {
        self.len
    }
}

impl Serialize for Hollow {
    fn tls_serialize<W: Write>(&self, _: &mut W) -> Result<usize, Error> {
        Err(Error::EncodingError("hollow".into()))
    }
}

impl Deserialize for Hollow {
    fn tls_deserialize<R: Read>(_: &mut R) -> Result<Self, Error> {
        Err(Error::DecodingError("hollow".into()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct HollowVector(usize);

impl Size for HollowVector {
    fn tls_serialized_len(&self) -> usize {
        self.0
    }
}

impl Serialize for HollowVector {
    fn tls_serialize<W: Write>(&self, _: &mut W) -> Result<usize, Error> {
        Err(Error::EncodingError("hollow".into()))
    }
}

impl Deserialize for HollowVector {
    fn tls_deserialize<R: Read>(_: &mut R) -> Result<Self, Error> {
        Err(Error::DecodingError("hollow".into()))
    }
}

impl EmbeddedMessage for Hollow {
    const ENCODED: bool = true;
    type Opaque = HollowVector;

    fn content(&self) -> Embedded {
        self.content
    }

    fn is_sealed(&self) -> bool {
        false
    }
}

#[test]
fn a_message_that_is_only_a_length_gives_the_same_lengths() {
    let m = &*PUBLIC;
    let hollow = |message: &MlsBytes| Hollow {
        content: message.content(),
        len: message.as_slice().len(),
    };
    let real = Frame::Update(Box::new(commit_bundle(m)));
    let model = Frame::Update(Box::new(HandshakeBundle::Commit {
        commit: hollow(&m.commit),
        welcome: Some(Bare::new(hollow(&m.welcome)).expect("a welcome")),
        group_info: GroupInfoOption::Full(Bare::new(hollow(&m.group_info)).expect("a group info")),
        ratchet_tree: RatchetTreeOption::Full(HollowVector(m.tree.tls_serialized_len())),
    }));
    assert_eq!(model.encoded_len(), real.encoded_len());
    assert_eq!(model.kind(), real.kind());
    assert!(model.encode().is_err());
}
