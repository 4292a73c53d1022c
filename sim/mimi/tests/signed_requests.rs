//! Who asks for KeyPackages or a GroupInfo signs the request, and whoever can serve it checks that and who it is. The joiner
//! checks the hub's signature on what it gets.

use crate::engines::on_both_engines;
use crate::providers;

use providers::{A, ALICE, B, BOB, Bench, CAROL, ROOM};
use std::collections::BTreeMap;
use throng_mimi::framed::Framed;
use throng_mimi::refusal::Refusal;
use throng_mimi::signing;
use throng_mimi::vocabulary::counters;
use throng_mimi::wire::*;
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::{MlsBytes, RequiredCapabilities};
use throng_stack::{Change, Envelope, Fact, Keep, Link, Outputs, Packet, Party, Row};
use throng_workloads::intent::{ClientId, UserId};

fn key_material<E: Engine>(bench: &mut Bench<E>, asks: ClientId, whom: u32) -> KeyMaterialRequest {
    let directory = bench.directory.clone();
    let engine = bench.engine.clone();
    signing::key_material_request(
        &*engine,
        &mut bench.device(asks).mls,
        directory.user_uri(UserId(asks.0)).unwrap().into(),
        directory.user_uri(UserId(whom)).unwrap().into(),
        directory.room_uri(ROOM).unwrap().into(),
    )
    .unwrap()
}

/// The code that a request for KeyPackages gets, and how many KeyPackages.
fn ask<E: Engine>(
    bench: &mut Bench<E>,
    asks: ClientId,
    request: KeyMaterialRequest,
) -> (KeyMaterialUserCode, usize) {
    bench.request(asks, &Frame::KeyMaterialRequest(Box::new(request)));
    match bench.answer(asks) {
        Frame::KeyMaterialResponse(response) => (response.user_status, response.clients.len()),
        other => panic!("{other:?}"),
    }
}

fn key_packages_go_to_members_who_sign<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.publish(BOB);
    let good = key_material(&mut bench, ALICE, 1);

    let mut other_user = good.clone();
    other_user.content.target_user = bench.directory.user_uri(UserId(2)).unwrap().into();
    let mut no_signature = good.clone();
    no_signature.key_material_request_signature = Vec::new().into();
    for forged in [other_user, no_signature] {
        assert_eq!(
            ask(&mut bench, ALICE, forged),
            (KeyMaterialUserCode::NoConsent, 0)
        );
        assert_eq!(bench.refusals(), [Refusal::BadSignature]);
    }

    // Signed by itself, in another's name.
    let mut as_alice = key_material(&mut bench, CAROL, 1);
    as_alice.content.requesting_user = good.content.requesting_user.clone();
    assert_eq!(
        ask(&mut bench, CAROL, as_alice),
        (KeyMaterialUserCode::NoConsent, 0)
    );
    assert_eq!(bench.refusals(), [Refusal::ForeignIdentity]);
    // Alice's own request, sent by another.
    assert_eq!(
        ask(&mut bench, CAROL, good.clone()),
        (KeyMaterialUserCode::NoConsent, 0)
    );
    assert_eq!(bench.refusals(), [Refusal::ForeignIdentity]);

    let outside = key_material(&mut bench, CAROL, 1);
    assert_eq!(
        ask(&mut bench, CAROL, outside),
        (KeyMaterialUserCode::NoConsentForThisRoom, 0)
    );
    assert_eq!(bench.refusals(), [Refusal::NoMember]);

    let nobody = {
        let (directory, engine) = (bench.directory.clone(), bench.engine.clone());
        signing::key_material_request(
            &*engine,
            &mut bench.device(ALICE).mls,
            directory.user_uri(UserId(0)).unwrap().into(),
            "mimi://b.example/u/u4000000000".into(),
            directory.room_uri(ROOM).unwrap().into(),
        )
        .unwrap()
    };
    assert_eq!(
        ask(&mut bench, ALICE, nobody),
        (KeyMaterialUserCode::UserUnknown, 0)
    );
    assert_eq!(bench.refusals(), [Refusal::UserUnknown]);

    assert_eq!(
        ask(&mut bench, ALICE, good),
        (KeyMaterialUserCode::Success, 1)
    );
    assert_eq!(bench.refusals(), []);
}

/// Alice asks for Bob's KeyPackages for a group of these suites, whose members have to be capable of this: what she is answered.
fn asks_for_more<E: Engine>(
    bench: &mut Bench<E>,
    suites: &[u16],
    required: RequiredCapabilities,
) -> KeyMaterialResponse<E::Message> {
    let mut request = key_material(bench, ALICE, 1);
    request.content.acceptable_ciphersuites = suites.to_vec();
    request.content.required_capabilities = required;
    let engine = bench.engine.clone();
    let alice = &mut bench.device(ALICE).mls;
    let label = KeyMaterialRequestTbs::LABEL;
    let signature = engine.sign_with_label(alice, label, &request.content);
    request.key_material_request_signature = signature.unwrap().into();
    bench.request(ALICE, &Frame::KeyMaterialRequest(Box::new(request)));
    match bench.answer(ALICE) {
        Frame::KeyMaterialResponse(response) => response,
        other => panic!("{other:?}"),
    }
}

fn a_client_for_whom_nothing_fits_says_so_and_keeps_what_it_has<E: Engine>() {
    use KeyMaterialClientCode as Client;
    use KeyMaterialUserCode as User;
    let (mut bench, _group) = Bench::<E>::with_room();
    let suite = bench.engine.ciphersuite_code();
    let nothing = RequiredCapabilities::default;
    let unfit = (User::NoCompatibleMaterial, vec![Client::NothingCompatible]);
    let none = (
        User::NoCompatibleMaterial,
        vec![Client::KeyMaterialExhausted],
    );
    let empty = asks_for_more(&mut bench, &[suite], nothing());
    assert_eq!(
        empty.clients[0].client_status(),
        Client::KeyMaterialExhausted
    );
    bench.publish(BOB);
    // What it can do instead is said.
    let other = asks_for_more(&mut bench, &[2], nothing());
    let ClientMaterial::NothingCompatible(Some(can)) = &other.clients[0].material else {
        panic!("{other:?}");
    };
    assert_eq!(
        (&can.versions[..], &can.credentials[..]),
        (&[1][..], &[1][..])
    );
    assert!(can.cipher_suites.contains(&suite));
    let mut codes = |suites: &[u16], required| {
        let response = asks_for_more(&mut bench, suites, required);
        let clients = response.clients.iter();
        let clients = clients.map(ClientKeyMaterial::client_status);
        (response.user_status, clients.collect::<Vec<_>>())
    };
    for suites in [&[][..], &[2], &[2, 3]] {
        assert_eq!(codes(suites, nothing()), unfit);
    }
    for required in [
        RequiredCapabilities {
            extension_types: vec![0xff01],
            ..nothing()
        },
        RequiredCapabilities {
            proposal_types: vec![8],
            ..nothing()
        },
        RequiredCapabilities {
            credential_types: vec![1, 2],
            ..nothing()
        },
    ] {
        assert_eq!(codes(&[suite], required), unfit);
    }
    // The one is still there for whoever asks for what it can do.
    let usual = RequiredCapabilities {
        extension_types: vec![1, 5],
        proposal_types: vec![1, 7],
        credential_types: vec![1],
    };
    let fits = (User::Success, vec![Client::Success]);
    assert_eq!(codes(&[2, suite], usual), fits);
    assert_eq!(codes(&[suite], nothing()), none);
}

/// Whoever is deleted has no client and gets none again, and that there was such a user is still known to the process after.
fn who_is_deleted_is_so_for_good<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.publish(BOB);
    bench.publish(CAROL);
    let deletes = Packet::seal(&Frame::<E::Message>::DeleteAccount(())).unwrap();
    let envelope = Envelope {
        room: None,
        request: None,
        ..bench.envelope(BOB, deletes)
    };
    let out = bench.handle(B, envelope);
    assert_eq!(out.links, [Link::Ends(BOB)]);
    let counted = Fact::Counted(vec![(counters::ACCOUNTS_DELETED, 1)]);
    assert!(out.facts.contains(&counted));
    let stored = bench.providers[1].stored();
    assert_eq!(
        (stored.key_packages, stored.queued),
        (1, 0),
        "Carol's is left"
    );
    bench.providers[1].register(BOB, UserId(1), true);
    for _ in 0..2 {
        let asks = key_material(&mut bench, ALICE, 1);
        let answer = ask(&mut bench, ALICE, asks);
        assert_eq!(answer, (KeyMaterialUserCode::UserDeleted, 0));
        assert_eq!(bench.refusals(), [Refusal::UserDeleted]);
    }
    // Nobody is there to be asked anything, or to be found.
    let deletes = Packet::seal(&Frame::<E::Message>::DeleteAccount(())).unwrap();
    let envelope = bench.envelope(BOB, deletes);
    let out = bench.handle(B, envelope);
    assert_eq!(out.turned, Some(Refusal::NoAccount.reason()));
    let query = IdentifierRequest::by_handle("im:u1@b.example");
    bench.request(ALICE, &Frame::IdentifierQuery(Box::new(query)));
    let Frame::IdentifierResponse(found) = bench.answer(ALICE) else {
        panic!("another answer");
    };
    assert_eq!(found.response_code, IdentifierQueryCode::NotFound);
    let asks = key_material(&mut bench, ALICE, 2);
    assert_eq!(ask(&mut bench, ALICE, asks).0, KeyMaterialUserCode::Success);
}

/// The process after knows it, by what is stored, and nothing else of the user is.
#[test]
fn who_is_deleted_is_so_in_the_next_process() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    bench.providers[1].keep();
    bench.publish(BOB);
    let mut stored = BTreeMap::new();
    let mut store = |bench: &mut Bench<OpenMlsEngine>| {
        for Change { table, key, value } in bench.providers[1].changes() {
            match value {
                Some(value) => stored.insert((table.name(), key), value),
                None => stored.remove(&(table.name(), key)),
            };
        }
        let rows = stored.iter().map(|((table, key), value)| Row {
            table: (*table).to_owned(),
            key: key.clone(),
            value: value.clone(),
        });
        rows.collect::<Vec<_>>()
    };
    let of = |rows: &[Row], table: &str| rows.iter().filter(|row| row.table == table).count();
    let before = store(&mut bench);
    assert_eq!(
        [of(&before, "accounts"), of(&before, "key_packages")],
        [2, 1]
    );
    let deletes = Packet::seal(&Frame::<MlsBytes>::DeleteAccount(())).unwrap();
    let envelope = Envelope {
        room: None,
        request: None,
        ..bench.envelope(BOB, deletes)
    };
    bench.send(BOB, envelope);
    let rows = store(&mut bench);
    assert_eq!([of(&rows, "accounts"), of(&rows, "key_packages")], [1, 0]);
    assert_eq!(of(&rows, "owners"), 0);
    assert_eq!(of(&rows, "deleted"), 1);
    let (mut later, _group) = Bench::<OpenMlsEngine>::with_room();
    later.refusals();
    let mut out = Outputs::default();
    later.providers[1].restore(rows, &mut out).unwrap();
    let asks = key_material(&mut later, ALICE, 1);
    assert_eq!(
        ask(&mut later, ALICE, asks).0,
        KeyMaterialUserCode::UserDeleted
    );
}

/// Of a request in another protocol the beginning is read, and by whoever comes first to read it.
#[test]
fn another_protocol_is_refused_by_its_code() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    let good = key_material(&mut bench, ALICE, 1);
    let whole = Frame::<MlsBytes>::KeyMaterialRequest(Box::new(good));
    let whole = whole.encode().unwrap();
    for protocol in [0, 2, 255] {
        let mut other = whole.clone();
        other[0] = protocol;
        let packet = Packet::received(FrameKind::KeyMaterialRequest, other);
        let envelope = bench.envelope(ALICE, packet);
        bench.send(ALICE, envelope);
        let Frame::KeyMaterialResponse(response) = bench.answer(ALICE) else {
            panic!("another answer");
        };
        assert_eq!(
            response.user_status,
            KeyMaterialUserCode::IncompatibleProtocol
        );
        assert_eq!(response.user_uri.as_str(), "mimi://b.example/u/u1");
        assert!(response.clients.is_empty());
        assert_eq!(bench.refusals(), [Refusal::OtherProtocol]);
    }
    // Cut short it is none in any protocol.
    for bytes in [&[2][..], &[2, 21, b'm'], &whole[..whole.len() - 1], b""] {
        let packet = Packet::received(FrameKind::KeyMaterialRequest, bytes.to_vec());
        let envelope = bench.envelope(ALICE, packet);
        bench.send(ALICE, envelope);
        let Frame::KeyMaterialResponse(response) = bench.answer(ALICE) else {
            panic!("another answer");
        };
        assert_eq!(response.user_status, KeyMaterialUserCode::NoConsent);
        assert_eq!(bench.refusals(), [Refusal::MalformedFrame]);
    }
}

fn requests_cost_signatures_and_checks<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.publish(BOB);
    let engine = bench.engine.clone();
    engine.take_work(&mut bench.device(ALICE).mls);
    let request = key_material(&mut bench, ALICE, 1);
    let work = engine.take_work(&mut bench.device(ALICE).mls);
    assert_eq!((work.signatures, work.verifications), (1, 0));
    let public = request.content.requester_signature_key.clone();
    let alice = &mut bench.device(ALICE).mls;
    signing::check_key_material_request(&*engine, alice, &request).unwrap();
    let work = engine.take_work(alice);
    assert_eq!((work.signatures, work.verifications), (0, 1));
    assert_eq!(public.as_slice(), engine.signature_key(alice));
}

fn ask_for_group_info<E: Engine>(
    bench: &mut Bench<E>,
    asks: ClientId,
    request: GroupInfoRequest,
) -> GroupInfoResponse<E::Tree> {
    bench.request(asks, &Frame::GroupInfoRequest(Box::new(request)));
    match bench.answer(asks) {
        Frame::GroupInfoResponse(response) => *response,
        other => panic!("{other:?}"),
    }
}

fn a_group_info_goes_to_whoever_proves_its_key<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    let engine = bench.engine.clone();
    let key = engine.hpke_key(&mut bench.device(BOB).mls).unwrap();
    let bob = &mut bench.device(BOB).mls;
    let good = signing::group_info_request(&*engine, bob, &key.public, None).unwrap();

    let mut other_key = good.clone();
    other_key.content.group_info_public_key = vec![9; 32].into();
    let mut other_suite = good.clone();
    other_suite.content.cipher_suite = suite_2();
    let cases = [
        (BOB, other_key, Refusal::BadSignature),
        (BOB, other_suite, Refusal::OtherSuite),
        (CAROL, good.clone(), Refusal::ForeignIdentity),
    ];
    for (asks, forged, reason) in cases {
        let response = ask_for_group_info(&mut bench, asks, forged);
        assert_eq!(
            response.outcome,
            GroupInfoOutcome::NotAuthorized,
            "{reason}"
        );
        assert_eq!(bench.refusals(), [reason]);
    }

    let response = ask_for_group_info(&mut bench, BOB, good);
    assert_eq!(bench.refusals(), []);
    let GroupInfoOutcome::Success(granted) = &response.outcome else {
        panic!("{:?}", response.outcome);
    };
    let hub = bench.directory.provider_uri(A).unwrap();
    let directory = bench.directory.clone();
    let room = IdentifierUri::from(directory.room_uri(ROOM).unwrap());
    let bob = &mut bench.device(BOB).mls;
    let mut open = |room: &IdentifierUri, hub: &str, granted: &GroupInfoGranted<E::Tree>| {
        signing::open_group_info(&*engine, bob, room, hub, &key, granted)
    };
    let other_hub = directory.provider_uri(B).unwrap();
    assert!(open(&room, &other_hub, granted).is_err(), "another hub's");
    let other_room = IdentifierUri::from("mimi://a.example/r/r1");
    assert!(open(&other_room, &hub, granted).is_err(), "another room's");
    let mut forged = granted.clone();
    forged.signature = vec![0; 64].into();
    assert!(open(&room, &hub, &forged).is_err(), "not signed");
    let plaintext = open(&room, &hub, granted).unwrap();
    assert_eq!(plaintext.pending_proposals, []);
    assert_eq!(response.room_id, room);
}

/// A suite that is not the run's, by its number: that is how it travels.
fn suite_2<T: tls_codec::Deserialize>() -> T {
    T::tls_deserialize(&mut [0, 2].as_slice()).unwrap()
}

on_both_engines!(
    key_packages_go_to_members_who_sign,
    a_client_for_whom_nothing_fits_says_so_and_keeps_what_it_has,
    who_is_deleted_is_so_for_good,
    requests_cost_signatures_and_checks,
    a_group_info_goes_to_whoever_proves_its_key
);
