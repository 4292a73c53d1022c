//! Who asks for KeyPackages or a GroupInfo signs the request, and whoever can serve it checks that and who it is. The joiner
//! checks the hub's signature on what it gets.

use crate::engines::on_both_engines;
use crate::providers;

use providers::{A, ALICE, B, BOB, Bench, CAROL, ROOM};
use throng_mimi::refusal::Refusal;
use throng_mimi::signing;
use throng_mimi::wire::*;
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
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
    requests_cost_signatures_and_checks,
    a_group_info_goes_to_whoever_proves_its_key
);
