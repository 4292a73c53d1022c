//! Every frame that providers get in the life of a room is damaged in every way before it arrives: bits flipped, cut short, with
//! headers that name others or nobody, from somebody else. Nothing panics, what can be found out is refused and
//! counted, and the room's life goes on as if nothing had been.

use crate::providers;

use providers::{A, ALICE, BOB, Bench, CAROL, ROOM, refusals};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use throng_mimi::framed::Framed;
use throng_mimi::refusal::Refusal;
use throng_mimi::signing;
use throng_mimi::vocabulary::reasons;
use throng_mimi::wire::client::{Ack, Connect};
use throng_mimi::wire::*;
use throng_mls::engine::{CommitBundle, CommitPlan, Engine, ProposalPlan};
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::{Bare, MLS_HEADER_LEN, MlsBytes};
use throng_stack::Fact;
use throng_stack::{Envelope, Kind, Packet, Peer, RequestId};
use throng_stack::{Input, Outputs, Party};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

type Room = Bench<OpenMlsEngine>;

/// How many requests were damaged.
static DAMAGED: AtomicU32 = AtomicU32::new(0);

/// Kinds of frames that were damaged.
static SEEN: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

#[test]
fn a_room_lives_on_whatever_is_sent_between() {
    let mut room = Room::new();
    room.before = Some(attack);
    live(&mut room);
    let seen: Vec<_> = SEEN.lock().unwrap().iter().copied().collect();
    let expected = [
        "ack",
        "connect",
        "create-room",
        "disconnect",
        "group-info-request",
        "group-info-response",
        "key-material-request",
        "key-material-response",
        "notify-accepted",
        "notify-application",
        "notify-commit",
        "notify-proposal",
        "notify-welcome",
        "publish-key-packages",
        "submit-message",
        "submit-message-response",
        "update-commit",
        "update-proposal",
        "update-response",
    ];
    assert_eq!(seen, expected);
    assert_eq!(room.refusals(), [], "of what was sent as it should be");
}

/// Alice creates the room and adds Bob; Bob proposes and speaks, and Carol joins from outside.
fn live(room: &mut Room) {
    let engine = room.engine.clone();
    let mut hers = room.create();
    room.publish(BOB);
    let directory = room.directory.clone();
    let request = signing::key_material_request(
        &*engine,
        &mut room.device(ALICE).mls,
        directory.user_uri(UserId(0)).unwrap().into(),
        directory.user_uri(UserId(1)).unwrap().into(),
        directory.room_uri(ROOM).unwrap().into(),
    );
    room.request(
        ALICE,
        &Frame::KeyMaterialRequest(Box::new(request.unwrap())),
    );
    let Frame::KeyMaterialResponse(response) = room.answer(ALICE) else {
        panic!("another answer");
    };
    let [client] = &response.clients[..] else {
        panic!("{response:?} {:?}", room.refusals());
    };
    let ClientMaterial::Success(package) = &client.material else {
        panic!("{client:?}");
    };
    let plan = CommitPlan {
        adds: &[package.message().clone()],
        removes: &[],
        app_data: &[],
        force_path: false,
    };
    let alice = &mut room.device(ALICE).mls;
    let bundle = engine.commit(alice, &mut hers, &plan).unwrap();
    engine.merge_pending(alice, &mut hers).unwrap();
    room.request(ALICE, &commit(bundle));
    succeeded(room.answer(ALICE));

    let Frame::Notify(FanoutMessage {
        event: FanoutEvent::Welcome { message, .. },
        ..
    }) = room.answer(BOB)
    else {
        panic!("no Welcome");
    };
    let bob = &mut room.device(BOB).mls;
    let mut his = engine.join(bob, &message, None).unwrap();
    let text = engine.encrypt(bob, &mut his, b"hello").unwrap();
    say(room, BOB, text);
    let bob = &mut room.device(BOB).mls;
    let proposal = engine
        .propose(bob, &mut his, &ProposalPlan::Update)
        .unwrap();
    propose(room, BOB, proposal);
    let alice = &mut room.device(ALICE).mls;
    let text = engine.encrypt(alice, &mut hers, b"hello").unwrap();
    say(room, ALICE, text);
    let alice = &mut room.device(ALICE).mls;
    let proposal = engine
        .propose(alice, &mut hers, &ProposalPlan::Update)
        .unwrap();
    propose(room, ALICE, proposal);
    carol_joins(room);
    for frame in [
        Frame::Ack(Ack { next_sequence: 1 }),
        Frame::Disconnect(()),
        Frame::Connect(Connect { next_sequence: 1 }),
    ] {
        let envelope = room.envelope(BOB, Packet::seal::<MlsBytes>(&frame).unwrap());
        room.send(
            BOB,
            Envelope {
                room: None,
                request: None,
                ..envelope
            },
        );
    }
}

fn say(room: &mut Room, who: ClientId, message: MlsBytes) {
    let sending_uri = room.directory.user_uri(UserId(who.0)).unwrap().into();
    room.device(who).received.clear();
    room.request(
        who,
        &Frame::SubmitMessage(SubmitMessageRequest {
            protocol: Protocol::Mls10,
            app_message: message,
            sending_uri,
        }),
    );
    let answer = room.answer(who);
    assert!(
        matches!(
            &answer,
            Frame::SubmitMessageResponse(SubmitMessageResponse {
                outcome: SubmitOutcome::Accepted(_),
                ..
            })
        ),
        "{answer:?}"
    );
}

fn propose(room: &mut Room, who: ClientId, proposal: MlsBytes) {
    room.device(who).received.clear();
    let more_proposals = Vec::new();
    room.request(
        who,
        &Frame::Update(Box::new(HandshakeBundle::Proposal {
            proposal,
            more_proposals,
        })),
    );
    succeeded(room.answer(who));
}

fn carol_joins(room: &mut Room) {
    let engine = room.engine.clone();
    let carol = &mut room.device(CAROL).mls;
    let key = engine.hpke_key(carol).unwrap();
    let request = signing::group_info_request(&*engine, carol, &key.public, None).unwrap();
    room.request(CAROL, &Frame::GroupInfoRequest(Box::new(request)));
    let Frame::GroupInfoResponse(response) = room.answer(CAROL) else {
        panic!("another answer");
    };
    let GroupInfoOutcome::Success(granted) = &response.outcome else {
        panic!("{response:?}");
    };
    let hub = room.directory.provider_uri(A).unwrap();
    let room_id = room.directory.room_uri(ROOM).unwrap().into();
    let carol = &mut room.device(CAROL).mls;
    let opened = signing::open_group_info(&*engine, carol, &room_id, &hub, &key, granted).unwrap();
    assert_eq!(opened.pending_proposals.len(), 2);
    let RatchetTreeOption::Full(tree) = &opened.ratchet_tree else {
        panic!("no tree");
    };
    let (_, bundle) = engine
        .join_external(carol, opened.group_info.message(), tree)
        .unwrap();
    room.request(CAROL, &commit(bundle));
    succeeded(room.answer(CAROL));
}

fn commit(bundle: CommitBundle<MlsBytes>) -> Frame<MlsBytes> {
    Frame::Update(Box::new(HandshakeBundle::Commit {
        commit: bundle.commit,
        welcome: bundle.welcome.map(|welcome| Bare::new(welcome).unwrap()),
        group_info: GroupInfoOption::Full(Bare::new(bundle.group_info).unwrap()),
        ratchet_tree: RatchetTreeOption::DistributionService,
    }))
}

fn succeeded(answer: Frame<MlsBytes>) {
    assert!(
        matches!(
            &answer,
            Frame::UpdateResponse(UpdateRoomResponse {
                outcome: UpdateOutcome::Success { .. },
                ..
            })
        ),
        "{answer:?}"
    );
}

// ---- damage ----

fn attack(room: &mut Room, to: ProviderId, genuine: &Envelope) {
    let kind = kind_of(genuine);
    SEEN.lock().unwrap().insert(kind.name());
    for (what, damaged) in headers(genuine) {
        match in_order(to, kind) {
            true => expect_refused(&mut Room::new(), to, first(damaged), &what),
            false => expect_refused(room, to, damaged, &what),
        }
    }
    let len = genuine.packet.len() as usize;
    for keep in [0, 1, len / 2, len.saturating_sub(1)] {
        if keep < len {
            let packet = genuine.packet.with_bytes(|bytes| bytes.truncate(keep));
            body(room, to, genuine, packet, "cut", opens(to, kind));
        }
    }
    let packet = genuine.packet.with_bytes(|bytes| bytes.push(0));
    body(room, to, genuine, packet, "longer", opens(to, kind));
    let hidden = hidden(genuine);
    for at in (0..len).step_by(3) {
        let flip = |bytes: &mut Vec<u8>| bytes[at] ^= 1 << (at % 8);
        let packet = genuine.packet.with_bytes(flip);
        let must = opens(to, kind) && verified(kind) && hidden.iter().all(|h| !h.contains(&at));
        body(room, to, genuine, packet, "flipped", must);
    }
}

fn body(
    room: &mut Room,
    to: ProviderId,
    genuine: &Envelope,
    packet: Packet,
    what: &str,
    must: bool,
) {
    // Another number each, or it were taken for the repetition of one before it.
    let number = |request: RequestId| RequestId {
        number: 1_000_000 + DAMAGED.fetch_add(1, Ordering::Relaxed),
        ..request
    };
    let request = match is_request(kind_of(genuine)) {
        true => genuine.request.map(number),
        false => genuine.request,
    };
    let damaged = Envelope {
        packet,
        request,
        ..genuine.clone()
    };
    match must {
        true if in_order(to, kind_of(genuine)) => {
            expect_refused(&mut Room::new(), to, first(damaged), what);
        }
        true => expect_refused(room, to, damaged, what),
        // Nobody can tell, so it must not get in the way of the genuine one.
        false => {
            Room::new().handle(to, first(damaged));
        }
    }
}

fn expect_refused(room: &mut Room, to: ProviderId, damaged: Envelope, what: &str) {
    let kind = kind_of(&damaged);
    let said = format!("{what}: {kind} {:?} {:?}", damaged.room, damaged.request);
    let out = room.handle(to, damaged);
    let late = out.facts.iter().any(
        |seen| matches!(seen, Fact::Refused { reason, .. } if **reason == reasons::WRONG_EPOCH),
    );
    assert!(late || !refusals(&out.facts).is_empty(), "{said}");
    // Its answer goes back to where nobody waits for it.
    for (peer, answer) in out.sends {
        if let Peer::Provider(provider) = peer {
            room.handle(provider, answer);
        }
    }
}

fn kind_of(envelope: &Envelope) -> FrameKind {
    envelope.packet.frame_kind().expect("a frame")
}

/// Headers that name others, or nobody.
fn headers(genuine: &Envelope) -> Vec<(String, Envelope)> {
    let mut all = Vec::new();
    let mut add = |what: &str, change: &dyn Fn(&mut Envelope)| {
        let mut damaged = genuine.clone();
        change(&mut damaged);
        all.push((what.to_owned(), damaged));
    };
    for from in [
        Peer::Provider(ProviderId(u16::MAX)),
        Peer::Client(ClientId(u32::MAX)),
    ] {
        add("from nobody", &|e| e.from = from);
    }
    if let Peer::Provider(provider) = genuine.from {
        // A client has no business with what goes between providers, and none of the two is a third.
        add("from a client", &|e| {
            e.from = Peer::Client(ClientId(provider.0.into()))
        });
    }
    if genuine.room.is_some() {
        add("no room", &|e| e.room = None);
        add("a room that is not there", &|e| {
            e.room = Some(RoomId(u32::MAX))
        });
        // What a client asks of another hub is passed on to that, and what comes from that hub has its place in its order.
        if matches!(genuine.from, Peer::Provider(_))
            && kind_of(genuine) != FrameKind::KeyMaterialResponse
        {
            add("the other's room", &|e| e.room = Some(RoomId(1)));
        }
    }
    if genuine.request.is_some() {
        add("no request", &|e| e.request = None);
        let request = genuine.request;
        let other = |client, provider| {
            move |e: &mut Envelope| {
                e.request = request.map(|r| RequestId {
                    client,
                    provider,
                    ..r
                });
            }
        };
        add(
            "nobody's request",
            &other(ClientId(u32::MAX), ProviderId(u16::MAX)),
        );
    }
    if genuine.receivers.is_some() {
        add("no receivers", &|e| e.receivers = None);
        add("no event", &|e| e.event = None);
        add("receivers without account", &|e| {
            e.receivers = Some([ClientId(u32::MAX)].into());
        });
    }
    all
}

/// Whether it has its place in what a follower gets from the hub, which only the hub can spoil.
fn in_order(to: ProviderId, kind: FrameKind) -> bool {
    to != A && (kind.endpoint() == Endpoint::Notify || !is_request(kind))
}

/// As the first that a provider gets of the room.
fn first(envelope: Envelope) -> Envelope {
    Envelope {
        sequence: 0,
        ..envelope
    }
}

fn is_request(kind: FrameKind) -> bool {
    !kind.name().ends_with("-response")
}

/// Whether the provider reads the body, rather than passing it on.
fn opens(to: ProviderId, kind: FrameKind) -> bool {
    use FrameKind as K;
    match kind {
        K::UpdateCommit
        | K::UpdateProposal
        | K::SubmitMessage
        | K::GroupInfoRequest
        | K::CreateRoom => to == A,
        K::KeyMaterialResponse => to == A,
        K::KeyMaterialRequest | K::NotifyWelcome | K::PublishKeyPackages | K::Connect | K::Ack => {
            true
        }
        _ => false,
    }
}

/// Whether whoever reads the body can tell that a bit of it is wrong.
fn verified(kind: FrameKind) -> bool {
    use FrameKind as K;
    matches!(
        kind,
        K::UpdateCommit
            | K::UpdateProposal
            | K::GroupInfoRequest
            | K::CreateRoom
            | K::KeyMaterialRequest
    )
}

/// What no hub can check: a member's membership tag, and what a Welcome hides from all but those whom it is for.
fn hidden(genuine: &Envelope) -> Vec<std::ops::Range<usize>> {
    let Ok(Frame::Update(bundle)) = genuine.packet.open::<MlsBytes>() else {
        return Vec::new();
    };
    let message = bundle.message().as_slice().len();
    let tag = message - 33..message;
    let welcome = match &*bundle {
        HandshakeBundle::Commit {
            welcome: Some(welcome),
            ..
        } => message..message + 1 + welcome.message().as_slice().len() - MLS_HEADER_LEN,
        _ => 0..0,
    };
    vec![tag, welcome]
}

/// Nobody can have a provider keep what will never be in order.
#[test]
fn what_a_client_sends_far_ahead_is_refused() {
    let mut room = Room::new();
    let ack = Packet::seal::<MlsBytes>(&Frame::Ack(Ack { next_sequence: 0 })).unwrap();
    let envelope = Envelope {
        sequence: 1_000_000,
        ..room.envelope(ALICE, ack)
    };
    let mut out = Outputs::default();
    let input = Input::Envelope(Box::new(envelope));
    room.providers[0].handle(room.now, input, &mut out);
    assert_eq!(refusals(&out.facts), [Refusal::TooEarly]);
}

#[test]
fn what_waits_for_what_a_client_never_sends_is_bounded_in_bytes() {
    let mut room = Room::new();
    let kind = FrameKind::PublishKeyPackages.into();
    let large = Packet::of_structure(kind, 30 << 20, "as good as bytes");
    let mut taken = Vec::new();
    for ahead in 1..=4 {
        let next = room.envelope(ALICE, large.clone());
        let sequence = 1000 + ahead;
        let mut out = Outputs::default();
        let input = Input::Envelope(Box::new(Envelope { sequence, ..next }));
        room.providers[0].handle(room.now, input, &mut out);
        taken.push(refusals(&out.facts));
    }
    let refused = vec![Refusal::TooEarly];
    assert_eq!(taken, [vec![], vec![], refused.clone(), refused]);
}

/// Were it taken for the empty frame that ends a connection, Bob would miss his Welcome.
#[test]
fn what_is_no_frame_is_refused() {
    let mut room = Room::new();
    let unknown = Packet::of_bytes(Kind::new(u16::MAX, "unknown"), []);
    let foreign = Packet::of_structure(FrameKind::Disconnect.into(), 0, "another engine's");
    for (packet, reason) in [
        (unknown.clone(), Refusal::UnexpectedFrame),
        (foreign, Refusal::MalformedFrame),
    ] {
        let envelope = room.envelope(BOB, packet);
        room.send(BOB, envelope);
        assert_eq!(room.refusals(), [reason]);
    }
    let envelope = Envelope {
        from: Peer::Provider(A),
        ..room.envelope(ALICE, unknown)
    };
    let out = room.handle(ProviderId(1), envelope);
    assert_eq!(refusals(&out.facts), [Refusal::UnexpectedFrame]);
    live(&mut room);
    assert_eq!(room.refusals(), []);
}
