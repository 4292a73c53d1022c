//! What providers make of words about consent that nobody should say, and of those that nobody asked for.

use crate::engines::on_both_engines;
use crate::providers::{A, ALICE, B, BOB, Bench, CAROL, ROOM};
use throng_mimi::framed::Framed;
use throng_mimi::refusal::Refusal;
use throng_mimi::signing;
use throng_mimi::wire::{
    ConsentEntry, ConsentOperation, ConsentScope, Endpoint, Frame, FrameKind, KeyMaterialUserCode,
};
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::MlsBytes;
use throng_stack::{Envelope, Packet, Peer, RequestId};
use throng_workloads::intent::{ClientId, ProviderId, UserId};

const ALICES: &str = "mimi://a.example/u/u0";
const BOBS: &str = "mimi://b.example/u/u1";
const CAROLS: &str = "mimi://b.example/u/u2";
const HERE: &str = "mimi://a.example/r/r0";

fn scope(requester: &str, target: &str, room: Option<&str>) -> ConsentScope {
    ConsentScope {
        requester_uri: requester.into(),
        target_uri: target.into(),
        room_id: room.map(Into::into),
    }
}

fn request<E: Engine>(requester: &str, target: &str) -> Frame<E::Message> {
    let entry = ConsentEntry::new(scope(requester, target, None), ConsentOperation::Request);
    Frame::RequestConsent(Box::new(entry))
}

fn update<E: Engine>(
    scope: ConsentScope,
    operation: ConsentOperation<E::Message>,
) -> Frame<E::Message> {
    Frame::UpdateConsent(Box::new(ConsentEntry::new(scope, operation)))
}

/// The status that a frame has for an answer.
fn status<E: Engine>(frame: &Frame<E::Message>) -> u16 {
    match frame {
        Frame::RequestConsentResponse(status) | Frame::UpdateConsentResponse(status) => {
            status.code()
        }
        other => panic!("{:?}", other.kind()),
    }
}

/// A provider says something to another: the status that it hears.
fn said<E: Engine>(
    bench: &mut Bench<E>,
    (from, to): (ProviderId, ProviderId),
    packet: Packet,
) -> u16 {
    let request = RequestId {
        provider: from,
        client: ClientId(77),
        number: 1,
    };
    let envelope = Envelope {
        request: Some(request),
        ..Envelope::new(Peer::Provider(from), packet)
    };
    let out = bench.handle(to, envelope);
    let answers = out
        .sends
        .iter()
        .filter(|(peer, _)| *peer == Peer::Provider(from));
    let answers = answers.filter(|(_, envelope)| envelope.request == Some(request));
    let answers: Vec<u16> = answers
        .map(|(_, envelope)| status::<E>(&envelope.packet.open::<E::Message>().unwrap()))
        .collect();
    bench.facts.extend(out.facts);
    let [status] = answers[..] else {
        panic!("{answers:?}");
    };
    status
}

/// What Bob's provider says to whoever asks for his KeyPackages.
fn asks_for_bob<E: Engine>(bench: &mut Bench<E>) -> KeyMaterialUserCode {
    let engine = bench.engine.clone();
    let directory = bench.directory.clone();
    let asked = signing::key_material_request(
        &*engine,
        &mut bench.device(ALICE).mls,
        directory.user_uri(UserId(0)).unwrap().into(),
        directory.user_uri(UserId(1)).unwrap().into(),
        directory.room_uri(ROOM).unwrap().into(),
    );
    bench.request(ALICE, &Frame::KeyMaterialRequest(Box::new(asked.unwrap())));
    match bench.answer(ALICE) {
        Frame::KeyMaterialResponse(response) => response.user_status,
        other => panic!("{:?}", other.kind()),
    }
}

/// Where everybody consents, somebody can still take it back, for a room or for all, and give it again.
fn consent_is_the_targets_to_give_and_take<E: Engine>() {
    use KeyMaterialUserCode as Code;
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.refusals();
    for _ in 0..4 {
        bench.publish(BOB);
    }
    assert_eq!(asks_for_bob(&mut bench), Code::Success);
    let mut says = |room, operation| {
        let word = update::<E>(scope(ALICES, BOBS, room), operation);
        bench.request(BOB, &word);
        assert_eq!(status::<E>(&bench.answer(BOB)), 201);
        asks_for_bob(&mut bench)
    };
    assert_eq!(says(None, ConsentOperation::Revoke), Code::NoConsent);
    let grant = || ConsentOperation::Grant(Vec::new());
    // What is said of the room goes before what is said of all.
    assert_eq!(says(Some(HERE), grant()), Code::Success);
    assert_eq!(
        says(Some(HERE), ConsentOperation::Revoke),
        Code::NoConsentForThisRoom
    );
    assert_eq!(says(None, grant()), Code::NoConsentForThisRoom);
    assert_eq!(says(Some(HERE), grant()), Code::Success);
    let elsewhere = Some("mimi://a.example/r/r9");
    assert_eq!(says(elsewhere, ConsentOperation::Revoke), Code::Success);
    let refused = bench.refusals();
    assert_eq!(
        refused,
        [
            Refusal::NoConsent,
            Refusal::NoConsentForRoom,
            Refusal::NoConsentForRoom
        ]
    );
}

fn nobody_speaks_for_others<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.refusals();
    let revoke =
        |requester, target| update::<E>(scope(requester, target, None), ConsentOperation::Revoke);
    let grants_at_the_wrong_place = ConsentEntry::new(
        scope(ALICES, BOBS, None),
        ConsentOperation::<E::Message>::Grant(Vec::new()),
    );
    let asks_at_the_wrong_place = update::<E>(scope(ALICES, BOBS, None), ConsentOperation::Cancel);
    let grants_at_the_wrong_place = Frame::RequestConsent(Box::new(grants_at_the_wrong_place));
    // Of clients.
    for (by, frame, reason, code) in [
        (
            BOB,
            request::<E>(ALICES, CAROLS),
            Refusal::ForeignIdentity,
            403,
        ),
        (
            BOB,
            request::<E>(CAROLS, ALICES),
            Refusal::ForeignIdentity,
            403,
        ),
        (CAROL, revoke(ALICES, BOBS), Refusal::ForeignIdentity, 403),
        (
            ALICE,
            request::<E>(ALICES, "mimi://b.example/u/nobody"),
            Refusal::UserUnknown,
            404,
        ),
        (
            ALICE,
            request::<E>(ALICES, "mimi://c.example/u/u1"),
            Refusal::UserUnknown,
            404,
        ),
        (
            BOB,
            revoke("mimi://c.example/u/u1", BOBS),
            Refusal::UserUnknown,
            404,
        ),
        (
            BOB,
            grants_at_the_wrong_place.clone(),
            Refusal::MalformedFrame,
            400,
        ),
        (
            ALICE,
            asks_at_the_wrong_place.clone(),
            Refusal::MalformedFrame,
            400,
        ),
    ] {
        bench.request(by, &frame);
        let answer = bench.answer(by);
        assert_eq!(status::<E>(&answer), code, "{frame:?}");
        assert_eq!(bench.refusals(), [reason], "{frame:?}");
    }
    // Of providers.
    let (to_b, to_a) = ((A, B), (B, A));
    for (way, frame, reason, code) in [
        (
            to_b,
            request::<E>(CAROLS, BOBS),
            Refusal::ForeignIdentity,
            403,
        ),
        (
            to_b,
            request::<E>("mimi://c.example/u/u1", BOBS),
            Refusal::ForeignIdentity,
            403,
        ),
        (
            to_b,
            request::<E>(ALICES, ALICES),
            Refusal::UserUnknown,
            404,
        ),
        (
            to_b,
            request::<E>(ALICES, "mimi://b.example/u/nobody"),
            Refusal::UserUnknown,
            404,
        ),
        (to_b, revoke(CAROLS, BOBS), Refusal::ForeignIdentity, 403),
        (to_a, revoke(CAROLS, BOBS), Refusal::UserUnknown, 404),
        (
            to_b,
            grants_at_the_wrong_place,
            Refusal::MalformedFrame,
            400,
        ),
        (to_a, asks_at_the_wrong_place, Refusal::MalformedFrame, 400),
    ] {
        let packet = Packet::seal(&frame).unwrap();
        assert_eq!(said(&mut bench, way, packet), code, "{frame:?}");
        assert_eq!(bench.refusals(), [reason], "{frame:?}");
    }
    // A cancelling of what nobody asked, and a grant that nobody waits for, are heard and change nothing.
    let cancel = ConsentEntry::new(scope(ALICES, BOBS, None), ConsentOperation::Cancel);
    let cancel = Packet::seal::<E::Message>(&Frame::RequestConsent(Box::new(cancel))).unwrap();
    assert_eq!(said(&mut bench, to_b, cancel), 201);
    let grant = update::<E>(
        scope(ALICES, BOBS, None),
        ConsentOperation::Grant(Vec::new()),
    );
    assert_eq!(said(&mut bench, to_a, Packet::seal(&grant).unwrap()), 201);
    assert!(bench.device(ALICE).received.is_empty());
    assert_eq!(bench.refusals(), []);
}
on_both_engines!(
    consent_is_the_targets_to_give_and_take,
    nobody_speaks_for_others
);

/// Answers that nobody waits for, words in another's name, and bytes that are none: all are refused, and nothing comes of them.
#[test]
fn what_is_no_word_about_consent_is_refused() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    bench.refusals();
    let entry =
        ConsentEntry::<MlsBytes>::new(scope(ALICES, BOBS, Some(HERE)), ConsentOperation::Request);
    let whole = Frame::RequestConsent(Box::new(entry)).encode().unwrap();
    for cut in 0..whole.len() {
        assert!(Frame::<MlsBytes>::decode(Endpoint::RequestConsent, &whole[..cut]).is_err());
    }
    let mut other_operation = whole.clone();
    other_operation[0] = 4;
    for damaged in [
        whole[..whole.len() - 1].to_vec(),
        [&whole[..], &[0]].concat(),
        other_operation,
    ] {
        let packet = Packet::received(FrameKind::RequestConsent, damaged);
        assert_eq!(said(&mut bench, (A, B), packet), 400);
        assert_eq!(bench.refusals(), [Refusal::MalformedFrame]);
    }
    let request = |provider| RequestId {
        provider,
        client: ClientId(7),
        number: 1,
    };
    let word = Packet::received(FrameKind::RequestConsent, whole);
    let answer = Packet::received(FrameKind::RequestConsentResponse, vec![0, 201]);
    let nonsense = Packet::received(FrameKind::UpdateConsentResponse, vec![0, 7]);
    for (packet, request, reason) in [
        (word.clone(), None, Refusal::MissingHeader),
        (word, Some(request(B)), Refusal::ForeignSender),
        (answer, Some(request(B)), Refusal::Unasked),
        (nonsense, Some(request(B)), Refusal::MalformedFrame),
    ] {
        let envelope = Envelope {
            request,
            ..Envelope::new(Peer::Provider(A), packet)
        };
        let out = bench.handle(B, envelope);
        assert!(out.sends.is_empty());
        bench.facts.extend(out.facts);
        assert_eq!(bench.refusals(), [reason]);
    }
}
