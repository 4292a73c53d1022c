//! What is lost or comes twice on the way to the hub and back: nothing is blocked by it.

use super::bench::{Bench, Fault, client, provider};
use throng_mimi::vocabulary::subjects;
use throng_mimi::wire::{Frame, FrameKind, GroupInfoOutcome, GroupInfoResponse, Protocol};
use throng_mls::wire::MlsBytes;
use throng_stack::{Envelope, Fact, OpenWish, Party, WishKind};
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);
const TIMEOUT: &[&str] = &["policy.request_timeout=10s"];

fn asked_again(o: &Fact) -> bool {
    matches!(o, Fact::Repeated { .. })
}

fn rejoining(o: &Fact) -> bool {
    matches!(o, Fact::Rejoining { .. })
}

/// Everything that asks the hub of another provider for something: adding, a message, a commit, joining from outside,
/// and before that the creation.
fn busy_room(bench: &mut Bench, faults: impl IntoIterator<Item = Fault>) {
    bench.wish(1, Action::Create { room: ROOM });
    bench.run();
    for fault in faults {
        bench.fault(fault);
    }
    bench.wish(
        1,
        Action::Add {
            room: ROOM,
            users: vec![UserId(2)],
        },
    );
    bench.run();
    bench.wish(
        2,
        Action::Message {
            room: ROOM,
            bytes: 50,
        },
    );
    bench.run();
    bench.wish(2, Action::Update { room: ROOM });
    bench.run();
    bench.wish(0, Action::JoinExternal { room: ROOM });
    bench.run();
    bench.assert_alive(0, &[0, 1, 2]);
}

const REQUESTS: [FrameKind; 4] = [
    FrameKind::KeyMaterialRequest,
    FrameKind::UpdateCommit,
    FrameKind::SubmitMessage,
    FrameKind::GroupInfoRequest,
];

const ANSWERS: [FrameKind; 4] = [
    FrameKind::KeyMaterialResponse,
    FrameKind::UpdateResponse,
    FrameKind::SubmitMessageResponse,
    FrameKind::GroupInfoResponse,
];

#[test]
fn a_client_repeats_what_did_not_reach_its_provider() {
    for kind in REQUESTS {
        let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], TIMEOUT);
        let faults = (0..3).map(|of| Fault::sever(kind).from(client(of)));
        busy_room(&mut bench, faults);
        let again: usize = (0..3).map(|of| bench.count(client(of), asked_again)).sum();
        assert!(again > 0, "{}: nobody noticed", kind.name());
    }
}

/// A connection hands over everything or ends: behind what is lost nothing arrives that was sent on it.
#[test]
fn what_follows_a_loss_on_a_connection_is_lost_with_it_and_repeated() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::lose(FrameKind::SubmitMessage).from(client(1)));
    for _ in 0..3 {
        bench.wish(
            1,
            Action::Message {
                room: ROOM,
                bytes: 50,
            },
        );
    }
    bench.wish(1, Action::Vanish);
    bench.run_for(SimSpan::from_secs(1));
    let submitted = |bench: &Bench| {
        let all = bench.carried(FrameKind::SubmitMessage);
        all.filter(|c| c.to == provider(0)).count()
    };
    assert_eq!(submitted(&bench), 0, "all of them wait behind the first");
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(bench.count(client(1), asked_again), 3);
    assert_eq!(submitted(&bench), 3);
    assert_eq!(bench.read_by(0), 3);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn key_packages_that_were_lost_with_a_connection_are_published_anew() {
    let overrides = [TIMEOUT, &["policy.key_packages=2"]].concat();
    let mut bench = Bench::new(&[0, 1], &[(0, 0), (0, 0), (0, 0)], &overrides);
    bench.fault(Fault::sever(FrameKind::PublishKeyPackages).from(client(1)));
    bench.open_room(0, 0, &[1]);
    bench.open_room(1, 0, &[1]);
    bench.open_room(2, 0, &[]);
    // There is none left; who asks for one is in vain, but has the client told.
    for is_added in [false, true] {
        let (room, users) = (RoomId(2), vec![UserId(1)]);
        bench.wish(0, Action::Add { room, users });
        bench.run();
        assert_eq!(bench.epoch(2, 1).is_some(), is_added);
    }
    bench.assert_alive(2, &[0, 1]);
}

#[test]
fn every_kind_of_request_and_answer_can_be_lost_between_providers() {
    for kind in REQUESTS.into_iter().chain(ANSWERS) {
        // The hub is a provider of nobody's, so that everything has to cross.
        let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], TIMEOUT);
        let faults = [
            Fault::lose(kind).to(provider(0)),
            Fault::lose(kind).from(provider(0)),
        ];
        busy_room(&mut bench, faults);
        // Nobody had to join anew, and nothing was done twice.
        for of in 0..3 {
            assert_eq!(bench.count(client(of), rejoining), 0, "{}", kind.name());
            assert_eq!(bench.unprocessable(of), [""; 0], "{}", kind.name());
        }
    }
}

#[test]
fn a_request_that_comes_twice_is_done_once() {
    for kind in REQUESTS {
        let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], TIMEOUT);
        let twice = [client(1), client(2), provider(1), provider(2)];
        let faults = twice.map(|from| Fault::twice(kind).from(from).times(9));
        busy_room(&mut bench, faults);
        let accepted = |o: &Fact| matches!(o, Fact::Accepted(a) if *a.subject == subjects::MESSAGE);
        assert_eq!(bench.count(provider(0), accepted), 4, "{}", kind.name());
        for of in 0..3 {
            assert_eq!(bench.unprocessable(of), [""; 0], "{}", kind.name());
            assert_eq!(bench.skipped(of), [""; 0], "{}", kind.name());
        }
    }
}

/// The same of requests that a client repeats because their answers are late.
#[test]
fn a_request_that_is_repeated_in_vain_is_done_once() {
    for kind in ANSWERS {
        let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], TIMEOUT);
        let late = Fault::late(kind, SimSpan::from_secs(16));
        busy_room(&mut bench, [late.from(provider(0))]);
        let again: usize = (0..3).map(|of| bench.count(client(of), asked_again)).sum();
        assert!(again > 0, "{}: nobody asked again", kind.name());
        let accepted = |o: &Fact| matches!(o, Fact::Accepted(a) if *a.subject == subjects::MESSAGE);
        assert_eq!(bench.count(provider(0), accepted), 4, "{}", kind.name());
        for of in 0..3 {
            assert_eq!(bench.unprocessable(of), [""; 0], "{}", kind.name());
            assert_eq!(bench.skipped(of), [""; 0], "{}", kind.name());
        }
    }
}

#[test]
fn an_answer_that_comes_twice_is_taken_once() {
    for kind in ANSWERS {
        let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], &[]);
        busy_room(&mut bench, [Fault::twice(kind).from(provider(0)).times(9)]);
        for of in 0..3 {
            assert_eq!(bench.unprocessable(of), [""; 0], "{}", kind.name());
            assert_eq!(bench.skipped(of), [""; 0], "{}", kind.name());
        }
    }
}

#[test]
fn a_late_answer_is_ignored_once_a_repeated_request_was_answered() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[]);
    let late = SimSpan::from_secs(40);
    bench.fault(Fault::late(FrameKind::KeyMaterialResponse, late).from(provider(1)));
    bench.wish(
        0,
        Action::Add {
            room: ROOM,
            users: vec![UserId(1)],
        },
    );
    bench.run();
    assert!(bench.count(client(0), asked_again) > 0);
    assert_eq!(bench.unprocessable(0), [""; 0]);
    bench.assert_alive(0, &[0, 1]);
}

/// As if it answered another request.
fn forge(envelope: &mut Envelope) {
    if let Some(request) = &mut envelope.request {
        request.number += 1000;
    }
}

#[test]
fn an_answer_to_what_was_never_asked_is_ignored() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::forge(FrameKind::UpdateResponse, forge).to(client(1)));
    bench.wish(1, Action::Update { room: ROOM });
    bench.run();
    assert_eq!(bench.count(client(1), asked_again), 1);
    assert_eq!(bench.count(client(1), rejoining), 0);
    bench.assert_alive(0, &[0, 1]);
}

/// The hub takes one commit an epoch: who sees the next epoch has won this one.
#[test]
fn who_hears_of_the_next_epoch_needs_no_answer() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::forge(FrameKind::UpdateResponse, forge).to(client(1)));
    bench.wish(1, Action::Update { room: ROOM });
    bench.run_for(SimSpan::from_secs(1));
    assert!(bench.epoch(0, 1) < bench.epoch(0, 0));
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 30,
        },
    );
    bench.run();
    assert_eq!(bench.read_by(1), 1);
    assert_eq!(bench.count(client(1), asked_again), 0);
    assert_eq!(bench.count(client(1), rejoining), 0);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn without_a_timeout_nobody_waits_for_anything() {
    let mut bench = Bench::new(&[1, 1, 2], &[(0, 1)], &[]);
    busy_room(&mut bench, []);
    for of in 0..3 {
        assert_eq!(bench.count(client(of), asked_again), 0);
    }
    // With one, timers run, but nothing else happens than without.
    let mut patient = Bench::new(&[1, 1, 2], &[(0, 1)], TIMEOUT);
    busy_room(&mut patient, []);
    // Timers wake up in vain, so later wishes have other times.
    let told = |bench: &Bench| -> Vec<_> {
        let observed = bench.observed().iter();
        observed
            .map(|(_, who, what)| (*who, std::mem::discriminant(what)))
            .collect()
    };
    assert_eq!(told(&bench), told(&patient));
}

#[test]
fn whose_commit_is_never_answered_joins_anew() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::lose(FrameKind::UpdateResponse).times(u32::MAX));
    bench.wish(1, Action::Update { room: ROOM });
    bench.run_until_seen(client(1), rejoining);
    assert_eq!(bench.count(client(1), asked_again), 7);
    bench.heal();
    bench.run();
    assert_eq!(bench.count(client(1), rejoining), 1);
    bench.assert_alive(0, &[0, 1]);
}

fn skipped(o: &Fact) -> bool {
    matches!(o, Fact::GivenUp { .. })
}

#[test]
fn a_message_that_is_never_answered_is_given_up_and_blocks_nothing() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[1]);
    bench.fault(
        Fault::sever(FrameKind::SubmitMessage)
            .from(client(1))
            .times(8),
    );
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 50,
        },
    );
    bench.run();
    assert_eq!(bench.skipped(1), ["a-message:-no-answer"]);
    bench.assert_alive(0, &[0, 1]);
}

/// Until it is answered or given up, whoever sent it wants it: else nobody would miss the answers of a hub that gives none.
#[test]
fn a_message_without_an_answer_is_an_open_wish() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1]);
    let answer = FrameKind::SubmitMessageResponse;
    let open = |bench: &Bench| bench.clients[&ClientId(1)].open_wishes();
    bench.fault(Fault::late(answer, SimSpan::from_secs(60)).to(client(1)));
    let message = Action::Message {
        room: ROOM,
        bytes: 50,
    };
    let wished = bench.now();
    bench.wish(1, message.clone());
    bench.run_for(SimSpan::from_secs(30));
    assert_eq!(bench.read_by(0), 1);
    let wish = OpenWish {
        kind: WishKind::Message,
        since: wished,
        lets_in: Vec::new(),
    };
    assert_eq!(open(&bench), std::slice::from_ref(&wish));
    bench.run();
    assert_eq!(open(&bench), []);
    // Never, where nobody asks again.
    bench.fault(Fault::lose(answer).to(client(1)));
    let since = bench.now();
    bench.wish(1, message);
    bench.run();
    assert_eq!(open(&bench), [OpenWish { since, ..wish }]);
    // Whoever is offline could not hear it.
    bench.wish(1, Action::Offline);
    bench.run();
    assert_eq!(open(&bench), []);
}

/// Its answer cannot be read and is asked for again, but meanwhile there is no room to send it in.
#[test]
fn a_message_that_was_too_old_is_given_up_by_whoever_is_removed() {
    let overrides = [TIMEOUT, &["policy.epoch_tolerance=0"]].concat();
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::damage(FrameKind::SubmitMessageResponse, Vec::clear).to(client(1)));
    bench.wish(0, Action::Update { room: ROOM });
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 70,
        },
    );
    bench.run_for(SimSpan::from_secs(1));
    bench.wish(
        0,
        Action::Remove {
            room: ROOM,
            user: UserId(1),
        },
    );
    bench.run();
    assert_eq!(bench.count(client(1), asked_again), 1);
    let reason = "a-message:-removed-before-it-could-be-sent";
    assert_eq!(bench.skipped(1), [reason]);
    assert!(bench.clients[&ClientId(1)].open_wishes().is_empty());
}

#[test]
fn who_gets_no_key_packages_adds_the_others() {
    let mut bench = Bench::new(&[0, 1, 2], &[(0, 0)], TIMEOUT);
    bench.open_room(0, 0, &[]);
    let lose = Fault::lose(FrameKind::KeyMaterialRequest).to(provider(2));
    bench.fault(lose.times(u32::MAX));
    bench.wish(
        0,
        Action::Add {
            room: ROOM,
            users: vec![UserId(1), UserId(2)],
        },
    );
    bench.run_until_seen(client(0), skipped);
    bench.heal();
    bench.run();
    assert_eq!(bench.skipped(0), ["KeyPackages:-no-answer"]);
    bench.assert_alive(0, &[0, 1]);
    assert_eq!(bench.epoch(0, 2), None);
}

#[test]
fn a_creator_without_an_answer_finds_out_whether_the_room_exists() {
    let asks = |o: &Fact| matches!(o, Fact::Repeated { sending: 8, .. });
    for kind in [FrameKind::CreateRoom, FrameKind::UpdateResponse] {
        let mut bench = Bench::new(&[1, 1], &[(0, 0)], TIMEOUT);
        bench.fault(Fault::lose(kind).to(provider(0)).times(u32::MAX));
        bench.fault(Fault::lose(kind).from(provider(0)).times(u32::MAX));
        bench.wish(0, Action::Create { room: ROOM });
        bench.run_until_seen(client(0), asks);
        bench.run_until_sent(FrameKind::GroupInfoRequest);
        bench.heal();
        bench.run();
        assert_eq!(bench.skipped(0), [""; 0]);
        bench.wish(
            0,
            Action::Add {
                room: ROOM,
                users: vec![UserId(1)],
            },
        );
        bench.run();
        bench.assert_alive(0, &[0, 1]);
    }
}

/// A GroupInfoResponse of before the room was created.
fn no_such_room(bytes: &mut Vec<u8>) {
    let response = GroupInfoResponse {
        version: Protocol::Mls10,
        room_id: "mimi://p0.example/r/r0".to_owned().into(),
        outcome: GroupInfoOutcome::NoSuchRoom,
    };
    let frame: Frame<MlsBytes> = Frame::GroupInfoResponse(Box::new(response));
    *bytes = frame.encode().expect("short enough");
}

#[test]
fn a_creator_whose_room_comes_to_be_while_it_asks_joins_it() {
    let mut bench = Bench::new(&[1, 1], &[(0, 0)], TIMEOUT);
    bench.fault(Fault::lose(FrameKind::UpdateResponse).times(u32::MAX));
    bench.wish(0, Action::Create { room: ROOM });
    bench.run_until_sent(FrameKind::GroupInfoRequest);
    bench.heal();
    bench.fault(Fault::damage(FrameKind::GroupInfoResponse, no_such_room).to(client(0)));
    bench.run();
    let creations = bench.carried(FrameKind::CreateRoom);
    let creations = creations.filter(|c| c.from == client(0)).count();
    assert_eq!(creations, 9, "eight times the first, once another");
    assert_eq!(bench.skipped(0), [""; 0]);
    assert_eq!(bench.epoch(0, 0).map(|(epoch, _)| epoch), Some(1));
}

#[test]
fn waits_grow_and_differ_between_clients() {
    let mut bench = Bench::new(&[1, 1], &[(0, 0)], TIMEOUT);
    for of in [0, 1] {
        let sever = Fault::sever(FrameKind::GroupInfoRequest).from(client(of));
        bench.fault(sever.times(100));
    }
    bench.wish(0, Action::JoinExternal { room: ROOM });
    bench.wish(1, Action::JoinExternal { room: ROOM });
    bench.run_for(SimSpan::from_secs(80));
    let sent = |of: u32| -> Vec<f64> {
        let own = bench
            .carried(FrameKind::GroupInfoRequest)
            .filter(|c| c.from == client(of));
        own.map(|carried| carried.at.as_secs_f64()).collect()
    };
    let (one, other) = (sent(0), sent(1));
    let waits: Vec<f64> = one.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, least) in waits.iter().zip([10.0, 20.0, 40.0]) {
        assert!((least..=1.5 * least).contains(wait), "{waits:?}");
    }
    assert!(waits.len() >= 2, "{waits:?}");
    assert_ne!(one[1], other[1]);
}

/// Wishes of all kinds, while a part of all that goes between providers is lost.
#[test]
fn everybody_converges_where_a_part_of_everything_is_lost() {
    let policies = ["policy.commit=at-once", "policy.commit=propose"];
    for (policy, share) in policies.into_iter().flat_map(|p| [(p, 0.05), (p, 0.5)]) {
        let overrides = [policy, "policy.request_timeout=2s"];
        let mut bench = Bench::new(&[0, 0, 1, 1, 2, 2], &[(0, 0)], &overrides);
        bench.open_room(0, 0, &[1, 2, 3, 4, 5]);
        bench.lose(share, 7);
        for round in 0..60 {
            let action = match round % 4 {
                0 => Action::Update { room: ROOM },
                3 if round % 3 == 0 => Action::Resync { room: ROOM },
                _ => Action::Message {
                    room: ROOM,
                    bytes: 20,
                },
            };
            bench.wish(round * 5 % 6, action);
            bench.run_for(SimSpan::from_millis(700));
        }
        bench.run();
        bench.heal();
        bench.assert_alive(0, &[0, 1, 2, 3, 4, 5]);
    }
}
