//! Requests, answers and events that get lost or come twice between providers, and providers that begin anew from what they
//! kept.

use crate::engines::on_both_engines;
use crate::providers;

use providers::{A, ALICE, B, BOB, Bench, ROOM, TIMEOUT, refusals};
use throng_mimi::framed::Framed;
use throng_mimi::refusal::Refusal;
use throng_mimi::signing;
use throng_mimi::vocabulary::{counters, subjects};
use throng_mimi::wire::*;
use throng_mls::engine::{CommitPlan, Engine};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::{Bare, EmbeddedMessage};
use throng_stack::Fact;
use throng_stack::Outputs;
use throng_stack::{Envelope, Packet, Peer};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::time::SimSpan;

/// A room with Alice at the hub and Bob at the other provider, and their groups.
fn pair<E: Engine>() -> (Bench<E>, E::Group, E::Group) {
    pair_on(Bench::new())
}

fn pair_on<E: Engine>(mut bench: Bench<E>) -> (Bench<E>, E::Group, E::Group) {
    let mut hers = bench.create();
    let engine = bench.engine.clone();
    bench.publish(BOB);
    let request = request_for(&mut bench, ALICE, BOB);
    bench.request(ALICE, &request);
    let packages = key_packages(bench.answer(ALICE));
    let alice = &mut bench.device(ALICE).mls;
    let plan = CommitPlan {
        adds: &packages,
        removes: &[],
        app_data: &[],
        force_path: false,
    };
    let bundle = engine.commit(alice, &mut hers, &plan).unwrap();
    engine.merge_pending(alice, &mut hers).unwrap();
    let commit = Frame::Update(Box::new(HandshakeBundle::Commit {
        commit: bundle.commit,
        welcome: bundle.welcome.map(|welcome| Bare::new(welcome).unwrap()),
        group_info: GroupInfoOption::Full(Bare::new(bundle.group_info).unwrap()),
        ratchet_tree: RatchetTreeOption::DistributionService,
    }));
    bench.request(ALICE, &commit);
    bench.answer(ALICE);
    let Frame::Notify(FanoutMessage {
        event: FanoutEvent::Welcome { message, .. },
        ..
    }) = bench.answer(BOB)
    else {
        panic!("no Welcome");
    };
    let his = engine
        .join(&mut bench.device(BOB).mls, &message, None)
        .unwrap();
    bench.facts.clear();
    (bench, hers, his)
}

fn request_for<E: Engine>(
    bench: &mut Bench<E>,
    who: ClientId,
    whom: ClientId,
) -> Frame<E::Message> {
    let (engine, directory) = (bench.engine.clone(), bench.directory.clone());
    let request = signing::key_material_request(
        &*engine,
        &mut bench.device(who).mls,
        directory.user_uri(UserId(who.0)).unwrap().into(),
        directory.user_uri(UserId(whom.0)).unwrap().into(),
        directory.room_uri(ROOM).unwrap().into(),
    );
    Frame::KeyMaterialRequest(Box::new(request.unwrap()))
}

fn key_packages<M: EmbeddedMessage>(answer: Frame<M>) -> Vec<M> {
    let Frame::KeyMaterialResponse(response) = answer else {
        panic!("another answer: {answer:?}");
    };
    let packages = response.clients.into_iter().map(|c| match c.material {
        ClientMaterial::Success(package) => package.into_message(),
        other => panic!("{other:?}"),
    });
    packages.collect()
}

fn message<E: Engine>(
    bench: &mut Bench<E>,
    who: ClientId,
    group: &mut E::Group,
) -> Frame<E::Message> {
    let (engine, directory) = (bench.engine.clone(), bench.directory.clone());
    let app_message = engine
        .encrypt(&mut bench.device(who).mls, group, b"hello")
        .unwrap();
    Frame::SubmitMessage(SubmitMessageRequest {
        protocol: Protocol::Mls10,
        app_message,
        sending_uri: directory.user_uri(UserId(who.0)).unwrap().into(),
    })
}

/// A device sends without anything being delivered between providers.
fn send_only<E: Engine>(bench: &mut Bench<E>, who: ClientId, frame: &Frame<E::Message>) {
    let packet = Packet::seal(frame).unwrap();
    let envelope = bench.envelope(who, packet);
    let home = bench.device(who).home;
    bench.deliver(home, envelope);
}

/// What is on the wire, taken off it.
fn take_off<E: Engine>(bench: &mut Bench<E>) -> Vec<(ProviderId, Envelope)> {
    bench.wire.drain(..).collect()
}

fn kinds(wire: &[(ProviderId, Envelope)]) -> Vec<&'static str> {
    let kind = |(_, envelope): &(ProviderId, Envelope)| envelope.packet.kind().name();
    wire.iter().map(kind).collect()
}

fn accepted<E: Engine>(bench: &Bench<E>) -> usize {
    let accepted = |seen: &&Fact| matches!(seen, Fact::Accepted(accepted) if *accepted.subject == subjects::MESSAGE);
    bench.facts.iter().filter(accepted).count()
}

fn received<E: Engine>(bench: &mut Bench<E>, who: ClientId) -> Vec<&'static str> {
    let received = bench.device(who).received.drain(..);
    received
        .map(|envelope| envelope.packet.kind().name())
        .filter(|kind| *kind != "key-packages-low")
        .collect()
}

fn nothing_is_owed<E: Engine>(bench: &mut Bench<E>) {
    for provider in &bench.providers {
        assert!(provider.durable().owed().is_empty());
    }
    bench.wait(TIMEOUT * 100);
    assert_eq!(bench.wire.len(), 0);
}

fn a_lost_request_is_sent_again<E: Engine>() {
    let (mut bench, _, mut his) = pair::<E>();
    let frame = message(&mut bench, BOB, &mut his);
    send_only(&mut bench, BOB, &frame);
    assert_eq!(kinds(&take_off(&mut bench)), ["submit-message"]);
    bench.wait(TIMEOUT);
    assert_eq!(
        kinds(&take_off(&mut bench)),
        ["submit-message"],
        "and lost again"
    );
    bench.wait(TIMEOUT);
    assert_eq!(bench.wire.len(), 0, "the second time it waits longer");
    bench.wait(TIMEOUT * 2);
    bench.settle();
    assert_eq!(accepted(&bench), 1);
    assert_eq!(received(&mut bench, BOB), ["submit-message-response"]);
    assert_eq!(received(&mut bench, ALICE), ["notify-application"]);
    nothing_is_owed(&mut bench);
}

fn a_lost_answer_is_given_again_and_the_state_changes_once<E: Engine>() {
    let (mut bench, _, mut his) = pair::<E>();
    let frame = message(&mut bench, BOB, &mut his);
    send_only(&mut bench, BOB, &frame);
    let request = take_off(&mut bench);
    for (to, envelope) in request.clone() {
        bench.deliver(to, envelope);
    }
    assert_eq!(kinds(&take_off(&mut bench)), ["submit-message-response"]);
    assert_eq!(accepted(&bench), 1);
    bench.wait(TIMEOUT);
    bench.settle();
    assert_eq!(accepted(&bench), 1);
    assert_eq!(received(&mut bench, BOB), ["submit-message-response"]);
    // And the same request once more, late: the follower knows the answer.
    for (to, envelope) in request {
        bench.deliver(to, envelope);
    }
    bench.settle();
    assert_eq!(accepted(&bench), 1);
    assert_eq!(received(&mut bench, BOB), [""; 0]);
    assert_eq!(received(&mut bench, ALICE), ["notify-application"]);
    assert_eq!(bench.refusals(), []);
}

fn key_packages_are_handed_out_once_however_often_they_are_asked_for<E: Engine>() {
    let (mut bench, _, _) = pair::<E>();
    bench.publish(BOB);
    bench.publish(BOB);
    // The hub asks Bob's provider; the answer is lost twice.
    let request = request_for(&mut bench, ALICE, BOB);
    send_only(&mut bench, ALICE, &request);
    for _ in 0..2 {
        let request = take_off(&mut bench);
        assert_eq!(kinds(&request), ["key-material-request"]);
        for (to, envelope) in request {
            bench.deliver(to, envelope);
        }
        assert_eq!(kinds(&take_off(&mut bench)), ["key-material-response"]);
        bench.wait(TIMEOUT * 3);
    }
    bench.settle();
    assert_eq!(key_packages(bench.answer(ALICE)).len(), 1);
    let taken = bench.facts.iter().map(|seen| match seen {
        Fact::Counted(counted) => counted
            .iter()
            .filter(|(counter, _)| *counter == counters::KEY_PACKAGES_USED)
            .map(|(_, by)| *by as u32)
            .sum(),
        _ => 0,
    });
    assert_eq!(taken.sum::<u32>(), 1);
}

fn events_come_until_201_in_their_order<E: Engine>() {
    let (mut bench, mut hers, _) = pair::<E>();
    for _ in 0..3 {
        let frame = message(&mut bench, ALICE, &mut hers);
        send_only(&mut bench, ALICE, &frame);
    }
    let mut events = take_off(&mut bench);
    assert_eq!(kinds(&events), ["notify-application"; 3]);
    // The first is lost, the others come the wrong way round, and one of them twice.
    let first = events.remove(0);
    events.reverse();
    events.push(events[0].clone());
    for (to, envelope) in events {
        bench.deliver(to, envelope);
    }
    assert_eq!(
        received(&mut bench, BOB),
        [""; 0],
        "they wait for the first"
    );
    let receipts = take_off(&mut bench);
    assert_eq!(kinds(&receipts), ["notify-accepted"; 3], "201 all the same");
    // One 201 is lost, so its event comes again, as does the one that got no 201.
    for (to, envelope) in receipts.into_iter().take(1) {
        bench.deliver(to, envelope);
    }
    bench.wait(TIMEOUT);
    assert_eq!(
        kinds(bench.wire.make_contiguous()),
        ["notify-application"; 2]
    );
    bench.settle();
    let events: Vec<_> = bench
        .device(BOB)
        .received
        .drain(..)
        .filter_map(|envelope| envelope.event)
        .collect();
    assert_eq!(events, [1, 2, 3]);
    nothing_is_owed(&mut bench);
    assert_eq!(first.1.event, Some(1));
    assert_eq!(bench.refusals(), []);
}

/// Bob's commit is accepted, and the answer lost. What follows in the room waits for it.
fn no_event_overtakes_the_answer_before_it<E: Engine>() {
    let (mut bench, mut hers, mut his) = pair::<E>();
    let frame = message(&mut bench, BOB, &mut his);
    send_only(&mut bench, BOB, &frame);
    for (to, envelope) in take_off(&mut bench) {
        bench.deliver(to, envelope);
    }
    let lost = take_off(&mut bench);
    assert_eq!(kinds(&lost), ["submit-message-response"]);
    let frame = message(&mut bench, ALICE, &mut hers);
    send_only(&mut bench, ALICE, &frame);
    bench.settle();
    assert_eq!(received(&mut bench, BOB), [""; 0]);
    bench.wait(TIMEOUT);
    bench.settle();
    assert_eq!(
        received(&mut bench, BOB),
        ["submit-message-response", "notify-application"]
    );
}

/// Were it forgotten first, the request would be served anew, and the number of its first answer never come.
fn an_answer_is_kept_until_it_arrives_however_long_that_takes<E: Engine>() {
    let (mut bench, mut hers, mut his) = pair::<E>();
    let frame = message(&mut bench, BOB, &mut his);
    send_only(&mut bench, BOB, &frame);
    for _ in 0..10 {
        for (to, envelope) in take_off(&mut bench) {
            if envelope.packet.frame_kind() == Some(FrameKind::SubmitMessage) {
                bench.deliver(to, envelope);
            }
        }
        take_off(&mut bench);
        bench.wait(TIMEOUT * 50);
        let frame = message(&mut bench, ALICE, &mut hers);
        let home = bench.device(ALICE).home;
        let packet = Packet::seal(&frame).unwrap();
        let envelope = bench.envelope(ALICE, packet);
        bench.deliver(home, envelope);
    }
    bench.settle();
    bench.wait(TIMEOUT * 50);
    bench.settle();
    assert_eq!(accepted(&bench), 11);
    let received = received(&mut bench, BOB);
    assert_eq!(received[0], "submit-message-response");
    assert_eq!(received[1..], ["notify-application"; 10]);
    nothing_is_owed(&mut bench);
}

fn a_follower_far_behind_is_spared<E: Engine>() {
    let (mut bench, mut hers, _) = pair::<E>();
    let frame = message(&mut bench, ALICE, &mut hers);
    send_only(&mut bench, ALICE, &frame);
    let (to, genuine) = take_off(&mut bench).remove(0);
    let early = Envelope {
        sequence: 1_000_000,
        ..genuine
    };
    let out = bench.handle(to, early);
    assert_eq!(refusals(&out.facts), [Refusal::TooEarly]);
    let [(_, later)] = &out.sends[..] else {
        panic!("{} frames", out.sends.len());
    };
    assert_eq!(later.packet.frame_kind(), Some(FrameKind::NotifyLater));
    let later = Envelope {
        packet: Packet::seal::<E::Message>(&Frame::NotifyLater(NotifyLater { retry_after: 25 }))
            .unwrap(),
        ..later.clone()
    };
    bench.deliver(A, later);
    bench.wait(TIMEOUT);
    assert_eq!(bench.wire.len(), 0, "not before the 25 seconds are over");
    bench.wait(TIMEOUT * 2);
    assert_eq!(kinds(bench.wire.make_contiguous()), ["notify-application"]);
}

/// A follower that was too far behind for an event has it when the time that it asked for is over, whether or not anything else
/// is repeated.
fn what_was_put_off_comes_without_a_timeout<E: Engine>() {
    let (mut bench, mut hers, _) = pair_on::<E>(Bench::with_timeout(None));
    let frame = message(&mut bench, ALICE, &mut hers);
    send_only(&mut bench, ALICE, &frame);
    let (_, genuine) = take_off(&mut bench).remove(0);
    let later = Envelope {
        from: Peer::Provider(B),
        packet: Packet::seal::<E::Message>(&Frame::NotifyLater(NotifyLater { retry_after: 25 }))
            .unwrap(),
        ..genuine
    };
    bench.deliver(A, later);
    bench.wait(SimSpan::from_secs(24));
    assert_eq!(bench.wire.len(), 0);
    bench.wait(SimSpan::from_secs(1));
    assert_eq!(kinds(bench.wire.make_contiguous()), ["notify-application"]);
    bench.settle();
    assert!(bench.providers[0].durable().owed().is_empty());
}

/// Both processes end in the middle of everything.
fn a_restart_forgets_nothing_that_was_promised<E: Engine>() {
    let (mut bench, mut hers, mut his) = pair::<E>();
    let frame = message(&mut bench, ALICE, &mut hers);
    send_only(&mut bench, ALICE, &frame);
    let frame = message(&mut bench, BOB, &mut his);
    send_only(&mut bench, BOB, &frame);
    assert_eq!(
        kinds(&take_off(&mut bench)),
        ["notify-application", "submit-message"]
    );
    bench.device(ALICE).received.clear();
    restart(&mut bench, A);
    restart(&mut bench, B);
    assert_eq!(
        kinds(bench.wire.make_contiguous()),
        ["notify-application", "submit-message"]
    );
    bench.settle();
    assert_eq!(accepted(&bench), 2);
    assert_eq!(received(&mut bench, BOB), [""; 0], "nobody is connected");
    connect(&mut bench, BOB);
    let all = received(&mut bench, BOB);
    assert_eq!(
        all[all.len() - 3..],
        ["notify-application", "submit-message-response", "connected"]
    );
    // The hub goes on to refuse what it refused, and to know what it knew.
    restart(&mut bench, A);
    let frame = message(&mut bench, BOB, &mut his);
    bench.request(BOB, &frame);
    assert_eq!(accepted(&bench), 3);
}

fn restart<E: Engine>(bench: &mut Bench<E>, which: ProviderId) {
    let at = usize::from(which.0);
    let mut out = Outputs::default();
    let stopped = bench.providers.remove(at);
    bench.providers.insert(at, stopped.restart(&mut out));
    bench.timers.retain(|(of, ..)| *of != which);
    bench.take(which, out);
}

fn connect<E: Engine>(bench: &mut Bench<E>, who: ClientId) {
    let connect = Connect { next_sequence: 0 };
    let packet = Packet::seal(&Frame::<E::Message>::Connect(connect)).unwrap();
    let envelope = Envelope {
        room: None,
        request: None,
        ..bench.envelope(who, packet)
    };
    bench.send(who, envelope);
}

on_both_engines!(
    a_lost_request_is_sent_again,
    a_lost_answer_is_given_again_and_the_state_changes_once,
    key_packages_are_handed_out_once_however_often_they_are_asked_for,
    events_come_until_201_in_their_order,
    no_event_overtakes_the_answer_before_it,
    an_answer_is_kept_until_it_arrives_however_long_that_takes,
    a_follower_far_behind_is_spared,
    what_was_put_off_comes_without_a_timeout,
    a_restart_forgets_nothing_that_was_promised
);
