//! Every kind of frame over HTTP and back, and heads that somebody damaged.

use super::MimiWeb;
use crate::directory::{Directory, Learned};
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::wire::tests::every_frame;
use crate::wire::{Endpoint, Frame, FrameKind};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use throng_mls::wire::MlsBytes;
use throng_stack::packet::{Body, Overhead};
use throng_stack::web::{AnsweredBy, Ask, Who};
use throng_stack::{Envelope, Head, Packet, Peer, Reply, RequestId, Web};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

const A: ProviderId = ProviderId(0);
const B: ProviderId = ProviderId(1);
const CLIENT: ClientId = ClientId(2051);
const USER: UserId = UserId(0);

/// The webs of `a.example`, `b.example` and of clients of `a.example`, each with numbers of its own.
struct World {
    a: MimiWeb,
    b: MimiWeb,
    client: MimiWeb,
    room: RoomId,
}

fn world() -> World {
    let learned = || {
        let known = Learned::new(["a.example", "b.example"]);
        assert_eq!(known.user_named(b"mimi://a.example/u/u5"), Some((USER, A)));
        Arc::new(known)
    };
    let world = World {
        a: MimiWeb::of_provider(A, learned()),
        b: MimiWeb::of_provider(B, learned()),
        client: MimiWeb::of_clients(learned()),
        room: RoomId(0),
    };
    // To `b` the room is another number than to `a`.
    assert_eq!(world.b.room_named("mimi://b.example/r/r9"), Some(RoomId(0)));
    for web in [&world.a, &world.client] {
        assert_eq!(web.room_named("mimi://a.example/r/r1"), Some(world.room));
    }
    world
}

fn envelope(from: Peer, frame: &Frame<MlsBytes>) -> Envelope {
    let kind = frame.kind();
    let event = kind.endpoint() == Endpoint::Notify && kind != FrameKind::NotifyWelcome;
    Envelope {
        from,
        sequence: 7,
        room: Some(RoomId(0)),
        request: Some(RequestId {
            provider: A,
            client: CLIENT,
            number: 17,
        }),
        event: event.then_some(12),
        receivers: event.then(|| [ClientId(3), ClientId(70)].into()),
        overhead: Overhead::default(),
        behind: None,
        packet: Packet::seal(frame).unwrap(),
    }
}

fn head(ask: &Ask) -> Head<'_> {
    Head {
        method: ask.method,
        path: &ask.path,
        fields: ask
            .fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect(),
    }
}

fn body(packet: &Packet) -> &[u8] {
    match packet.body() {
        Body::Bytes(bytes) => bytes,
        Body::Structure(_) => panic!("no bytes"),
    }
}

fn same(one: &Envelope, other: &Envelope) {
    assert_eq!(one.packet.kind(), other.packet.kind());
    assert_eq!(body(&one.packet), body(&other.packet));
    assert_eq!(
        (
            one.from,
            one.sequence,
            one.request,
            one.event,
            &one.receivers
        ),
        (
            other.from,
            other.sequence,
            other.request,
            other.event,
            &other.receivers
        )
    );
}

/// Which kinds go which way is the whole of it: each goes at least one, and comes back as it was.
#[test]
fn every_kind_of_frame_goes_over_http_and_back() {
    let World { a, b, client, .. } = world();
    let mut gone = BTreeSet::new();
    for frame in every_frame() {
        let kind = frame.kind();
        // From provider to provider.
        let sent = envelope(Peer::Provider(A), &frame);
        if let Ok(ask) = a.ask_of(B, &sent) {
            let head = head(&ask);
            let route = b.route(&head).unwrap();
            assert_eq!(
                route.who,
                Who::Provider(A, "a.example".to_owned()),
                "{kind}"
            );
            assert!(ask.body.len() <= route.body_limit);
            let came = b.asked(Peer::Provider(A), &head, &ask.body).unwrap();
            assert_eq!(came.len(), 1);
            same(&came[0], &sent);
            // The room's name travels, not its number.
            let room = came[0].room.and_then(|room| b.room_name(room));
            let named = match kind.endpoint() {
                // No room is between the two.
                Endpoint::RequestConsent
                | Endpoint::UpdateConsent
                | Endpoint::IdentifierQuery
                | Endpoint::ProxyDownload
                | Endpoint::FetchAsset => None,
                _ => Some("mimi://a.example/r/r1"),
            };
            assert_eq!(room.as_deref(), named, "{kind}");
            assert_eq!(ask.answered_by, AnsweredBy::Response);
            gone.insert(kind);
        }
        // From a client to its provider.
        let sent = Envelope {
            event: None,
            receivers: None,
            ..envelope(Peer::Client(CLIENT), &frame)
        };
        if let Ok(ask) = client.ask(&sent) {
            let head = head(&ask);
            assert_eq!(a.route(&head).unwrap().who, Who::Client, "{kind}");
            let came = a.asked(Peer::Client(CLIENT), &head, &ask.body).unwrap();
            assert_eq!(came.len(), 1);
            same(&came[0], &sent);
            assert!((200..300).contains(&a.receipt(&came[0]).status));
            gone.insert(kind);
        }
        // From a provider to its client, whatever it is.
        let sent = Envelope {
            receivers: None,
            ..envelope(Peer::Provider(A), &frame)
        };
        let record = a.record(&sent).unwrap();
        let came = client.recorded(CLIENT, A, &record).unwrap();
        same(&came, &sent);
        assert_eq!(came.room, sent.room);
    }
    // What is an answer is no request; what only ever goes to clients is neither.
    let rest: Vec<_> = FrameKind::ALL
        .into_iter()
        .filter(|kind| !gone.contains(kind))
        .collect();
    use FrameKind as K;
    assert_eq!(
        rest,
        [
            K::KeyMaterialResponse,
            K::UpdateResponse,
            K::SubmitMessageResponse,
            K::NotifyAccepted,
            K::GroupInfoResponse,
            K::KeyPackagesLow,
            K::Connected,
            K::NotifyLater,
            K::ReportAbuseResponse,
            K::RequestConsentResponse,
            K::UpdateConsentResponse,
            K::IdentifierResponse,
            K::UploadAssetResponse,
            K::ProxyDownloadResponse,
            K::FetchAssetResponse,
            K::NotifyTooLarge,
            K::RatchetTree,
            K::RatchetTreeGone,
        ]
    );
}

#[test]
fn every_answer_finds_its_request() {
    let World { a, b, .. } = world();
    let mut answered = BTreeSet::new();
    let frames = every_frame();
    for question in &frames {
        let asked = envelope(Peer::Provider(A), question);
        if a.ask_of(B, &asked).is_err() {
            continue;
        }
        for answer in &frames {
            // What `b` says to it has the number of the room there, and the request's.
            let given = Envelope {
                sequence: 7,
                ..envelope(Peer::Provider(B), answer)
            };
            if !b.is_answer(&given) {
                assert!(b.reply(&given).is_err());
                continue;
            }
            let reply = b.reply(&given).unwrap();
            let came = match a.answered(&asked, B, &reply) {
                // An answer of another kind, which may be read as one of the right kind.
                Ok(Some(came)) if came.packet.kind() == given.packet.kind() => came,
                _ => continue,
            };
            same(
                &came,
                &Envelope {
                    request: asked.request,
                    ..given.clone()
                },
            );
            assert_eq!(came.room, asked.room);
            let waits = b.pair(Peer::Provider(A), &asked);
            assert_eq!(b.pair(Peer::Provider(A), &given), waits);
            answered.insert((question.kind(), answer.kind()));
        }
    }
    use FrameKind as K;
    let mut expected = BTreeSet::from([
        (K::KeyMaterialRequest, K::KeyMaterialResponse),
        (K::UpdateCommit, K::UpdateResponse),
        (K::UpdateProposal, K::UpdateResponse),
        (K::UpdateSemiPrivateCommit, K::UpdateResponse),
        (K::UpdateSemiPrivateProposal, K::UpdateResponse),
        (K::CreateRoom, K::UpdateResponse),
        (K::SubmitMessage, K::SubmitMessageResponse),
        (K::GroupInfoRequest, K::GroupInfoResponse),
        (K::ReportAbuse, K::ReportAbuseResponse),
        (K::RequestConsent, K::RequestConsentResponse),
        (K::UpdateConsent, K::UpdateConsentResponse),
        (K::IdentifierQuery, K::IdentifierResponse),
        (K::ProxyDownload, K::ProxyDownloadResponse),
        (K::FetchAsset, K::FetchAssetResponse),
        (K::RatchetTreeRequest, K::RatchetTree),
        (K::RatchetTreeRequest, K::RatchetTreeGone),
    ]);
    for notify in [
        K::NotifyCommit,
        K::NotifyProposal,
        K::NotifySemiPrivateCommit,
        K::NotifySemiPrivateProposal,
        K::NotifyWelcome,
        K::NotifyApplication,
    ] {
        let answers = [K::NotifyAccepted, K::NotifyLater, K::NotifyTooLarge];
        expected.extend(answers.map(|answer| (notify, answer)));
    }
    assert_eq!(answered, expected);
}

/// What has no body is said by its status, whoever says it; what is for later is no answer.
#[test]
fn a_status_is_an_answer_unless_it_is_for_later() {
    let World { a, b, .. } = world();
    let frames = every_frame();
    let report = frames
        .iter()
        .find(|frame| frame.kind() == FrameKind::ReportAbuse)
        .unwrap();
    let asked = envelope(Peer::Provider(A), report);
    let said = |status, fields| {
        let reply = Reply {
            status,
            fields,
            body: b"in words".as_slice().into(),
        };
        a.answered(&asked, B, &reply)
    };
    for status in [200, 201, 202, 204, 400, 403, 404, 413, 422] {
        let came = said(status, Vec::new()).unwrap().unwrap();
        let Ok(Frame::ReportAbuseResponse(found)) = came.packet.open::<MlsBytes>() else {
            panic!("{status}: {:?}", came.packet.kind());
        };
        assert_eq!(found.code(), status);
        assert_eq!(came.request, asked.request);
        // And goes on as no more than that.
        let given = Envelope {
            from: Peer::Provider(B),
            sequence: 7,
            ..came
        };
        let reply = b.reply(&given).unwrap();
        assert_eq!((reply.status, reply.body.len()), (status, 0));
        assert_eq!(reply.fields, [("mimi-sequence", "7".to_owned())]);
    }
    for status in [429, 503] {
        assert!(matches!(said(status, Vec::new()), Ok(None)), "{status}");
    }
    for status in [101, 500, 502, 600] {
        assert!(said(status, Vec::new()).is_err(), "{status}");
    }
    let damaged = vec![("mimi-sequence", "seven".to_owned())];
    assert!(said(201, damaged).is_err());
}

/// However a hub says that there is no tree to be had, nobody asks for ever.
#[test]
fn a_tree_is_gone_whatever_the_error_unless_it_is_for_later() {
    let World { a, .. } = world();
    let frames = every_frame();
    let is_request = |frame: &&Frame<MlsBytes>| frame.kind() == FrameKind::RatchetTreeRequest;
    let asked = envelope(Peer::Provider(A), frames.iter().find(is_request).unwrap());
    let said = |status| {
        let reply = Reply {
            status,
            fields: Vec::new(),
            body: b"in words".as_slice().into(),
        };
        a.answered(&asked, B, &reply)
    };
    for status in [400, 403, 404, 405, 410, 500, 502, 504] {
        let came = said(status).unwrap().unwrap();
        let kind = came.packet.frame_kind();
        assert_eq!(kind, Some(FrameKind::RatchetTreeGone), "{status}");
        assert_eq!(came.request, asked.request);
    }
    for status in [429, 503] {
        assert!(matches!(said(status), Ok(None)), "{status}");
    }
}

#[test]
fn several_events_in_one_body_are_as_many_envelopes() {
    let World { a, b, .. } = world();
    let is = |kind| move |frame: &&Frame<MlsBytes>| frame.kind() == kind;
    let frames = every_frame();
    let commit = frames.iter().find(is(FrameKind::NotifyCommit)).unwrap();
    let welcome = frames.iter().find(is(FrameKind::NotifyWelcome)).unwrap();
    let mut ask = a.ask(&envelope(Peer::Provider(A), commit)).unwrap();
    let parts = [commit, welcome, commit].map(|frame| frame.encode().unwrap());
    ask.body = parts.concat().into();
    let came = b.asked(Peer::Provider(A), &head(&ask), &ask.body).unwrap();
    let numbers: Vec<_> = came.iter().map(|one| (one.sequence, one.event)).collect();
    assert_eq!(numbers, [(7, Some(12)), (8, None), (9, Some(13))]);
}

/// What our fields say of each is one envelope, which arrives whole or not at all.
#[test]
fn events_that_say_which_they_are_are_one_request() {
    let World { a, b, .. } = world();
    let is = |kind| move |frame: &&Frame<MlsBytes>| frame.kind() == kind;
    let frames = every_frame();
    let of = |kind| envelope(Peer::Provider(A), frames.iter().find(is(kind)).unwrap());
    let commit = Envelope {
        request: None,
        ..of(FrameKind::NotifyCommit)
    };
    let welcome = Envelope {
        sequence: 9,
        request: None,
        ..of(FrameKind::NotifyWelcome)
    };
    let message = Envelope {
        sequence: 12,
        event: Some(13),
        receivers: Some([ClientId(70)].into()),
        request: None,
        ..of(FrameKind::NotifyApplication)
    };
    let sent = Envelope {
        behind: Some([welcome, message].into()),
        ..commit
    };
    let ask = a.ask(&sent).unwrap();
    assert_eq!(ask.body.len() as u64, sent.body_len());
    let said = ask.fields.iter().find(|(name, _)| *name == "mimi-behind");
    assert_eq!(
        said.map(|(_, value)| value.as_str()),
        Some("();s=9, (70);s=12;e=13")
    );
    let came = b.asked(Peer::Provider(A), &head(&ask), &ask.body).unwrap();
    assert_eq!(came.len(), 1);
    same(&came[0], &sent);
    for (one, other) in came[0].behind().iter().zip(sent.behind()) {
        same(one, other);
    }
    assert_eq!(came[0].behind().len(), 2);
    assert_eq!(came[0].body_len(), sent.body_len());
    let about =
        |web: &MimiWeb, envelope| web.pair(Peer::Provider(A), envelope).map(|pair| pair.about);
    assert_eq!(about(&a, &sent), about(&b, &came[0]));
    // Headers of more or fewer events than there are.
    let mut fewer = ask.clone();
    fewer.fields.retain(|(name, _)| *name != "mimi-behind");
    fewer.fields.push(("mimi-behind", "();s=9".to_owned()));
    let turned = b
        .asked(Peer::Provider(A), &head(&fewer), &fewer.body)
        .unwrap_err();
    assert_eq!(turned.status, 400);
    // 413 to a body is said of its first event.
    let reply = Reply {
        status: 413,
        fields: Vec::new(),
        body: Arc::default(),
    };
    let answer = a.answered(&sent, B, &reply).unwrap().unwrap();
    assert_eq!(answer.packet.frame_kind(), Some(FrameKind::NotifyTooLarge));
    assert_eq!((answer.sequence, answer.room), (sent.sequence, sent.room));
}

#[test]
fn the_directory_names_what_is_served_and_nothing_else() {
    let web = world().a;
    let head = Head {
        method: "GET",
        path: "/.well-known/mimi-protocol-directory",
        fields: Vec::new(),
    };
    let Who::Anybody(reply) = web.route(&head).unwrap().who else {
        panic!("anybody may ask");
    };
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    assert!(
        text.contains("\"notify\": \"https://a.example/v1/notify/{roomId}\""),
        "{text}"
    );
    assert!(text.contains("\"x-throng-createRoom\""), "{text}");
    assert_eq!(text.matches("https://").count(), 12);
    let post = Head {
        method: "POST",
        ..head
    };
    assert_eq!(web.route(&post).unwrap_err().status, 405);
    // What one says another understands, and asks where it would have asked anyway.
    let (b, told_nothing) = (world().b, world().b);
    assert_eq!(b.learn_directory(A, &reply), []);
    for frame in every_frame() {
        let sent = envelope(Peer::Provider(B), &frame);
        let asked = b.ask_of(A, &sent);
        assert_eq!(asked, told_nothing.ask_of(A, &sent), "{}", frame.kind());
        match asked {
            Ok(ask) if frame.kind() == FrameKind::IdentifierQuery => {
                assert_eq!(ask.path, "/v1/identifierQuery/a.example");
                assert!(b.ask(&sent).is_err(), "it does not say whom it is for");
            }
            asked => assert_eq!(asked, b.ask(&sent), "{}", frame.kind()),
        }
    }
}

#[test]
fn accounts_are_for_own_clients() {
    let World { a, b, client, .. } = world();
    assert!(
        client.ask_account(UserId(9), CLIENT).is_err(),
        "nobody knows that user"
    );
    let ask = client.ask_account(USER, CLIENT).unwrap();
    let Who::Newcomer(account) = a.route(&head(&ask)).unwrap().who else {
        panic!("a newcomer");
    };
    assert_eq!(account.uri, "mimi://a.example/d/u5.2051");
    assert_eq!(account.client, CLIENT);
    assert_eq!(b.route(&head(&ask)).unwrap_err().status, 403);
}

#[test]
fn who_sends_what_is_not_theirs_is_turned_down() {
    let World { a, b, .. } = world();
    let frames = every_frame();
    let submit = frames
        .iter()
        .find(|frame| frame.kind() == FrameKind::SubmitMessage)
        .unwrap();
    let ask = a.ask(&envelope(Peer::Provider(A), submit)).unwrap();
    let status = |field: &'static str, value: &str| {
        let mut ask = ask.clone();
        ask.fields.retain(|(name, _)| *name != field);
        ask.fields.push((field, value.to_owned()));
        b.route(&head(&ask))
            .map_or_else(|turned| turned.status, |_| 200)
    };
    assert_eq!(status("from", "mimi@a.example"), 200);
    assert_eq!(status("from", "mimi@c.example"), 403);
    // Nobody else speaks for this provider.
    assert_eq!(status("from", "mimi@b.example"), 403);
    assert_eq!(status("from", "a.example"), 400);
    assert_eq!(status("from", "MIMI@a.example"), 200);
    assert_eq!(status("from", "Mimi@A.example"), 200);
    assert_eq!(status("from", "nomimi@a.example"), 400);
    let as_client = b.asked(Peer::Client(CLIENT), &head(&ask), &ask.body);
    assert_eq!(as_client.unwrap_err().status, 403);
    assert_eq!(a.rejected(Refusal::ForeignSender.reason()).status, 403);
    assert_eq!(a.rejected(Refusal::NoSuchRoom.reason()).status, 404);
    assert_eq!(a.rejected(Refusal::MalformedFrame.reason()).status, 400);
}

#[test]
fn what_the_other_side_does_wrong_is_a_finding() {
    let World { a, .. } = world();
    let frames = every_frame();
    let of = |kind| {
        let frame = frames.iter().find(|frame| frame.kind() == kind).unwrap();
        envelope(Peer::Provider(A), frame)
    };
    let reply = |status, body: &[u8]| Reply {
        status,
        fields: Vec::new(),
        body: body.into(),
    };
    let notify = of(FrameKind::NotifyCommit);
    let submit = of(FrameKind::SubmitMessage);
    assert!(a.answered(&notify, B, &reply(200, b"")).is_err());
    assert!(a.answered(&submit, B, &reply(201, b"")).is_err());
    assert!(a.answered(&submit, B, &reply(200, b"what")).is_err());
    assert!(a.answered(&submit, B, &reply(404, b"")).is_err());
    let section = |asked, status| {
        a.answered(asked, B, &reply(status, b""))
            .unwrap_err()
            .section
    };
    assert!(section(&notify, 200).ends_with("section 5.5"));
    assert!(section(&submit, 201).ends_with("section 5.4"));
    assert!(a.answered(&submit, B, &reply(503, b"")).unwrap().is_none());
    let broken = a.answered(&submit, B, &reply(500, b"")).unwrap_err();
    assert!(broken.found.starts_with("status 500 to "), "{broken:?}");
    let later = a.answered(&notify, B, &reply(429, b"")).unwrap().unwrap();
    assert_eq!(later.packet.frame_kind(), Some(FrameKind::NotifyLater));
}

proptest! {
    /// Whatever a head says, it is refused with a code of the draft's or understood.
    #[test]
    fn damaged_heads_are_refused_and_never_a_panic(
        which: prop::sample::Index,
        field: prop::sample::Index,
        value in "[ -~]{0,40}",
        path in prop::option::of("/(v1|client/v1)/[a-zA-Z%/.]{0,30}"),
        from_client: bool,
        cut in 0usize..40,
    ) {
        let World { a, b, client, .. } = world();
        let frames = every_frame();
        let frame = &frames[which.index(frames.len())];
        let (web, to, from) = match from_client {
            true => (&client, &a, Peer::Client(CLIENT)),
            false => (&a, &b, Peer::Provider(A)),
        };
        let sent = Envelope { event: None, receivers: None, ..envelope(from, frame) };
        if let Ok(mut ask) = web.ask(&sent) {
            let field = field.index(ask.fields.len());
            ask.fields[field].1 = value;
            ask.path = path.unwrap_or(ask.path);
            let body = &ask.body[..ask.body.len().saturating_sub(cut)];
            let head = head(&ask);
            let codes = [400, 403, 404, 405];
            if let Err(turned) = to.route(&head) {
                prop_assert!(codes.contains(&turned.status));
            }
            if let Err(turned) = to.asked(from, &head, body) {
                prop_assert!(codes.contains(&turned.status));
            }
        }
    }

    #[test]
    fn any_bytes_are_a_record_or_a_finding(bytes: Vec<u8>) {
        let _ = world().client.recorded(CLIENT, A, &bytes);
    }

    #[test]
    fn any_reply_is_an_answer_or_a_finding(
        which: prop::sample::Index,
        status in 100u16..600,
        body: Vec<u8>,
        retry in "[ -~]{0,12}",
    ) {
        let World { a, .. } = world();
        let frames = every_frame();
        let asked = envelope(Peer::Provider(A), &frames[which.index(frames.len())]);
        let fields = vec![("retry-after", retry.clone()), ("mimi-sequence", retry)];
        let _ = a.answered(&asked, B, &Reply { status, fields, body: body.into() });
    }
}
