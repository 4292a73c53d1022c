//! The hub's stamp on a message, made and checked: nothing of it can be another's.

use throng_mimi::content::MimiContent;
use throng_mimi::content::compose::Around;
use throng_mimi::franking::{self, HubKey, Received, ServerFrankingContext, franking_tag};
use throng_mimi::room_state::FrankingAgentData;
use throng_mimi::wire::Frank;
use throng_mls::engine::{Engine, EngineConfig, MlsError};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::{Serialize, Size};

const HUB: &str = "mimi://a.example";
const SENDER: &str = "mimi://b.example/u/u1";
const ROOM: &str = "mimi://a.example/r/r0";
const ACCEPTED: u64 = 1_234;

fn content(sender: &str, room: &str) -> MimiContent {
    let around = Around {
        salt: [7; 16],
        sender_uri: sender,
        room_uri: room,
    };
    around.text(b"I never said that".to_vec())
}

fn context(sender: &str) -> ServerFrankingContext {
    ServerFrankingContext {
        sender_uri: sender.into(),
        room_uri: ROOM.into(),
        accepted_timestamp: ACCEPTED,
    }
}

/// What a receiver finds of a stamp, after something was changed.
struct Case<'a> {
    content: MimiContent,
    tag: [u8; 32],
    frank: &'a Frank,
    agent: &'a [u8],
    accepted: u64,
    hub: &'a str,
}

fn check<E: Engine>(engine: &E, reader: &mut E::Client, case: &Case<'_>) -> Result<(), MlsError> {
    let received = Received {
        tag: case.tag,
        frank: case.frank,
        agent: case.agent,
        accepted_timestamp: case.accepted,
    };
    let bytes = case.content.encode();
    franking::check(engine, reader, case.hub, &received, (&case.content, &bytes))
}

fn nothing_of_it_can_be_anothers<E: Engine>() {
    let engine = E::new(EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519));
    let streams = Streams::new(1, 0);
    let client = |name: &str, number| {
        let owner = StreamOwner::Client(number);
        engine.client(name.as_bytes(), &streams, owner).unwrap()
    };
    let [mut hub, other] = [client(HUB, 0), client("mimi://b.example", 1)];
    let mut reader = client("mimi://b.example/d/u2.2", 2);
    let agent = |of| FrankingAgentData::of(&engine, of).tls_serialize_detached();
    let [agent, others] = [agent(&hub).unwrap(), agent(&other).unwrap()];
    let message = content(SENDER, ROOM);
    let tag = franking_tag(&message.salt, &message.encode());
    let key = HubKey([1; 32]);
    let mut stamp = |of: &ServerFrankingContext, key: &HubKey| {
        franking::stamp(&engine, &mut hub, key, &tag, of).unwrap()
    };
    let frank = stamp(&context(SENDER), &key);
    // HMAC, ciphersuite, and a signature of 64 bytes.
    assert_eq!(frank.tls_serialized_len(), 32 + 2 + 2 + 64);
    let right = || Case {
        content: message.clone(),
        tag,
        frank: &frank,
        agent: &agent,
        accepted: ACCEPTED,
        hub: HUB,
    };
    check(&engine, &mut reader, &right()).unwrap();
    assert_eq!(engine.take_work(&mut reader).verifications, 1);

    let of_another = stamp(&context("mimi://b.example/u/u9"), &key);
    let by_another_key = stamp(&context(SENDER), &HubKey([2; 32]));
    assert_ne!(by_another_key.server_frank, frank.server_frank);
    let mut of_another_suite = frank.clone();
    of_another_suite.franking_signature_ciphersuite = 2;
    let mut mixed = frank.clone();
    mixed.server_frank = by_another_key.server_frank;
    let wrong = [
        (
            "another tag",
            Case {
                tag: [0; 32],
                ..right()
            },
        ),
        (
            "another sender in the content",
            Case {
                content: content("mimi://b.example/u/u9", ROOM),
                ..right()
            },
        ),
        (
            "the stamp on another sender's",
            Case {
                frank: &of_another,
                ..right()
            },
        ),
        (
            "another room in the content",
            Case {
                content: content(SENDER, "mimi://a.example/r/r1"),
                ..right()
            },
        ),
        (
            "another time",
            Case {
                accepted: ACCEPTED + 1,
                ..right()
            },
        ),
        (
            "another HMAC",
            Case {
                frank: &mixed,
                ..right()
            },
        ),
        (
            "another suite",
            Case {
                frank: &of_another_suite,
                ..right()
            },
        ),
        (
            "another agent",
            Case {
                agent: &others,
                ..right()
            },
        ),
        (
            "an agent that is not the hub",
            Case {
                hub: "mimi://b.example",
                ..right()
            },
        ),
        (
            "no agent",
            Case {
                agent: &[],
                ..right()
            },
        ),
    ];
    for (what, case) in wrong {
        assert!(check(&engine, &mut reader, &case).is_err(), "{what}");
    }
}

#[test]
fn nothing_of_a_stamp_can_be_anothers() {
    nothing_of_it_can_be_anothers::<OpenMlsEngine>();
    nothing_of_it_can_be_anothers::<ModelEngine>();
}
