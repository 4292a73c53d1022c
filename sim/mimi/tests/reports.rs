//! What a hub makes of reports that no honest client would send: none counts, and each has the status that says why.

use crate::engines::on_both_engines;
use crate::providers::{A, ALICE, BOB, Bench, CAROL, ROOM};
use rand_core::Rng;
use throng_mimi::content::compose::Around;
use throng_mimi::framed::Framed;
use throng_mimi::franking::{self, HubKey, ServerFrankingContext, franking_tag};
use throng_mimi::refusal::Refusal;
use throng_mimi::vocabulary::counters;
use throng_mimi::wire::{
    AbuseReport, AbuseType, AbusiveMessage, AppDataDictionary, Endpoint, Frame, FrameKind,
};
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::MlsBytes;
use throng_stack::{Envelope, Fact, Keep, Packet};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::stream::{StreamOwner, Streams};

const ABUSER: &str = "mimi://b.example/u/u1";
const ALICES: &str = "mimi://a.example/u/u0";
const HERE: &str = "mimi://a.example/r/r0";

/// The hub as it stamps messages, with keys drawn as it draws them.
struct Stamping<E: Engine> {
    identity: E::Client,
    key: HubKey,
}

impl<E: Engine> Stamping<E> {
    fn of(bench: &Bench<E>) -> Self {
        let (streams, owner) = (Streams::new(3, 0), StreamOwner::Provider(0));
        let mut key = HubKey([0; 32]);
        streams.stream(owner, "franking").fill_bytes(&mut key.0);
        let name = bench.directory.provider_uri(A).unwrap();
        let identity = bench.engine.client(name.as_bytes(), &streams, owner);
        Self {
            identity: identity.unwrap(),
            key,
        }
    }

    /// A message of somebody, as the hub has stamped it.
    fn said(&mut self, engine: &E, salt: u8, sender: &str, room: &str) -> AbusiveMessage {
        let around = Around {
            salt: [salt; 16],
            sender_uri: sender,
            room_uri: room,
        };
        let content = around.text(b"you are not a nice person".to_vec()).encode();
        let context = ServerFrankingContext {
            sender_uri: sender.into(),
            room_uri: room.into(),
            accepted_timestamp: 77,
        };
        let tag = franking_tag(&[salt; 16], &content);
        let stamp = franking::stamp(engine, &mut self.identity, &self.key, &tag, &context);
        AbusiveMessage {
            message_content: content.into(),
            frank: stamp.unwrap(),
            accepted_timestamp: 77,
        }
    }
}

fn report(by: &str, messages: Vec<AbusiveMessage>) -> AbuseReport {
    AbuseReport {
        reporting_user: by.into(),
        alleged_abuser_uri: ABUSER.into(),
        reason_code: AbuseType::RESERVED,
        note: b"look".to_vec().into(),
        messages,
        abuse_extensions: AppDataDictionary::default(),
    }
}

fn send<E: Engine>(bench: &mut Bench<E>, by: ClientId, report: AbuseReport) -> u16 {
    bench.request(by, &Frame::ReportAbuse(Box::new(report)));
    match bench.answer(by) {
        Frame::ReportAbuseResponse(status) => status.code(),
        other => panic!("{:?}", other.kind()),
    }
}

/// How many reports and messages were counted since somebody last asked, and what was refused.
fn came<E: Engine>(bench: &mut Bench<E>) -> ([u64; 2], Vec<Refusal>) {
    let counters = [counters::ABUSE_REPORTS, counters::MESSAGES_REPORTED];
    let counted = counters.map(|counter| {
        let all = bench.facts.iter().filter_map(|fact| match fact {
            Fact::Counted(all) => Some(all),
            _ => None,
        });
        let these = all.flatten().filter(|(of, _)| *of == counter);
        these.map(|(_, count)| count).sum()
    });
    (counted, bench.refusals())
}

fn only_what_is_proven_counts<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    let engine = bench.engine.clone();
    let mut hub = Stamping::of(&bench);
    let said = hub.said(&engine, 1, ABUSER, HERE);
    let other = hub.said(&engine, 2, ABUSER, HERE);
    assert_eq!(bench.refusals(), []);
    assert_eq!(
        send(&mut bench, ALICE, report(ALICES, vec![said.clone()])),
        201
    );
    assert_eq!(came(&mut bench), ([1, 1], vec![]));
    // Again, and with one more: each of a user's counts once.
    assert_eq!(
        send(&mut bench, ALICE, report(ALICES, vec![said.clone()])),
        201
    );
    assert_eq!(came(&mut bench), ([0, 0], vec![]));
    let both = vec![said.clone(), other.clone(), other.clone()];
    assert_eq!(send(&mut bench, ALICE, report(ALICES, both)), 201);
    assert_eq!(came(&mut bench), ([1, 1], vec![]));
    // A member without a name, and one without a message.
    assert_eq!(send(&mut bench, ALICE, report("", vec![said.clone()])), 201);
    assert_eq!(send(&mut bench, ALICE, report(ALICES, vec![])), 201);
    assert_eq!(came(&mut bench), ([2, 1], vec![]));
    // Who is no member can have been one, if it has what was said.
    assert_eq!(
        send(
            &mut bench,
            CAROL,
            report("mimi://b.example/u/u2", vec![said.clone()])
        ),
        201
    );
    assert_eq!(came(&mut bench), ([1, 1], vec![]));

    let changed = |change: &dyn Fn(&mut AbusiveMessage)| {
        let mut changed = said.clone();
        change(&mut changed);
        report(ALICES, vec![other.clone(), changed])
    };
    let mut by_another_hub = Stamping::<E> {
        identity: bench
            .engine
            .client(
                b"mimi://b.example",
                &Streams::new(9, 0),
                StreamOwner::Provider(1),
            )
            .unwrap(),
        key: HubKey([9; 32]),
    };
    let foreign = by_another_hub.said(&engine, 1, ABUSER, HERE);
    let mut another = report(ALICES, vec![said.clone()]);
    another.alleged_abuser_uri = "mimi://b.example/u/u2".into();
    let elsewhere = hub.said(&engine, 1, ABUSER, "mimi://b.example/r/r1");
    let cases = [
        (
            changed(&|m| m.accepted_timestamp += 1),
            Refusal::NotStamped,
            422,
        ),
        (
            changed(&|m| m.frank.server_frank[31] ^= 1),
            Refusal::NotStamped,
            422,
        ),
        (
            changed(&|m| m.frank.franking_signature_ciphersuite ^= 1),
            Refusal::NotStamped,
            422,
        ),
        (
            changed(&|m| {
                let mut content = m.message_content.as_slice().to_vec();
                *content.last_mut().unwrap() ^= 1;
                m.message_content = content.into();
            }),
            Refusal::NotStamped,
            422,
        ),
        (
            changed(&|m| m.message_content = vec![0xff; 9].into()),
            Refusal::NotStamped,
            422,
        ),
        (report(ALICES, vec![foreign]), Refusal::NotStamped, 422),
        (another, Refusal::ReportOfAnother, 422),
        (
            report(ALICES, vec![elsewhere]),
            Refusal::ReportOfAnother,
            422,
        ),
        (
            report(ALICES, vec![said.clone(); 17]),
            Refusal::TooManyReported,
            413,
        ),
        (
            report(ABUSER, vec![said.clone()]),
            Refusal::ForeignIdentity,
            403,
        ),
        (
            report("mimi://a.example/u/nobody", vec![said.clone()]),
            Refusal::ForeignIdentity,
            403,
        ),
    ];
    for (report, reason, status) in cases {
        let why = format!("{reason}: {report:?}");
        assert_eq!(send(&mut bench, ALICE, report), status, "{why}");
        assert_eq!(came(&mut bench), ([0, 0], vec![reason]), "{why}");
    }
    // Nobody who was never there is heard without a message, and of nobody at another provider.
    for by in ["", "mimi://b.example/u/u2"] {
        assert_eq!(send(&mut bench, CAROL, report(by, vec![])), 403);
        assert_eq!(came(&mut bench), ([0, 0], vec![Refusal::NoMember]));
    }
    assert_eq!(
        send(&mut bench, CAROL, report(ALICES, vec![said.clone()])),
        403
    );
    assert_eq!(came(&mut bench), ([0, 0], vec![Refusal::ForeignIdentity]));
}

/// One signature in a stamp is real, and another is refused: only OpenMLS has any.
#[test]
fn the_hubs_signature_is_checked() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    let engine = bench.engine.clone();
    let mut said = Stamping::of(&bench).said(&engine, 1, ABUSER, HERE);
    let mut signature = said.frank.franking_integrity_signature.as_slice().to_vec();
    signature[5] ^= 1;
    said.frank.franking_integrity_signature = signature.into();
    assert_eq!(send(&mut bench, ALICE, report(ALICES, vec![said])), 422);
    assert_eq!(came(&mut bench), ([0, 0], vec![Refusal::NotStamped]));
}

fn there_must_be_a_room<E: Engine>() {
    let mut bench = Bench::<E>::new();
    let frame = Frame::<E::Message>::ReportAbuse(Box::new(report(ALICES, vec![])));
    // The first is never created here, the second is at another hub.
    for (room, statuses) in [(ROOM, [404; 2]), (RoomId(1), [404; 2])] {
        for (by, status) in [ALICE, BOB].into_iter().zip(statuses) {
            let envelope = bench.envelope(by, Packet::seal(&frame).unwrap());
            let room = Some(room);
            bench.send(by, Envelope { room, ..envelope });
            let Frame::ReportAbuseResponse(found) = bench.answer(by) else {
                panic!("another answer");
            };
            assert_eq!(found.code(), status);
            assert_eq!(came(&mut bench), ([0, 0], vec![Refusal::NoSuchRoom]));
        }
    }
    // Nobody knows a room of this number.
    let envelope = bench.envelope(ALICE, Packet::seal(&frame).unwrap());
    let room = Some(RoomId(99));
    bench.send(ALICE, Envelope { room, ..envelope });
    let Frame::ReportAbuseResponse(found) = bench.answer(ALICE) else {
        panic!("another answer");
    };
    assert_eq!(found.code(), 404);
}
on_both_engines!(only_what_is_proven_counts, there_must_be_a_room);

/// Bytes that are no report are told so, and a hub keeps what it has taken when its process ends.
#[test]
fn what_cannot_be_read_is_refused_and_what_was_taken_is_kept() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    let engine = bench.engine.clone();
    let said = Stamping::of(&bench).said(&engine, 1, ABUSER, HERE);
    let whole = Frame::<MlsBytes>::ReportAbuse(Box::new(report(ALICES, vec![said.clone()])));
    let whole = whole.encode().unwrap();
    bench.refusals();
    for cut in 0..whole.len() {
        assert!(Frame::<MlsBytes>::decode(Endpoint::ReportAbuse, &whole[..cut]).is_err());
    }
    for damaged in [
        whole[..whole.len() - 1].to_vec(),
        [&whole[..], &[0]].concat(),
    ] {
        let packet = Packet::received(FrameKind::ReportAbuse, damaged);
        let envelope = bench.envelope(ALICE, packet);
        bench.send(ALICE, envelope);
        let Frame::ReportAbuseResponse(status) = bench.answer(ALICE) else {
            panic!("another answer");
        };
        assert_eq!(status.code(), 400);
        assert_eq!(came(&mut bench), ([0, 0], vec![Refusal::MalformedFrame]));
    }
    let hub = &mut bench.providers[usize::from(A.0)];
    hub.keep();
    hub.changes();
    assert_eq!(
        send(&mut bench, ALICE, report(ALICES, vec![said.clone()])),
        201
    );
    let reported = |bench: &mut Bench<OpenMlsEngine>| {
        let changes = bench.providers[usize::from(A.0)].changes();
        let tables = changes.iter().map(|change| change.table.name());
        tables.filter(|table| *table == "reported").count()
    };
    assert_eq!(reported(&mut bench), 1);
    // One who lost all else still knows what came.
    assert_eq!(send(&mut bench, ALICE, report(ALICES, vec![said])), 201);
    assert_eq!(reported(&mut bench), 0);
}
