//! Providers of which one speaks the draft and none of our header fields: what it sends has neither number nor name, and says neither
//! which of a room's events it is nor for whom.

use crate::providers;

use providers::{A, ALICE, B, BOB, Bench, CAROL, ROOM, TIMEOUT};
use std::collections::BTreeMap;
use throng_mimi::bare::{UNNUMBERED, name};
use throng_mimi::framed::Framed;
use throng_mimi::provider::Provider;
use throng_mimi::signing;
use throng_mimi::vocabulary::subjects;
use throng_mimi::wire::*;
use throng_mls::engine::{CommitPlan, Engine};
use throng_mls::openmls::{Group, OpenMlsEngine};
use throng_mls::wire::{Bare, MlsBytes};
use throng_stack::packet::Body;
use throng_stack::{Envelope, Fact, Keep, Outputs, Packet, Peer, RequestId, Row};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::scenario::Transport;
use throng_workloads::stream::Streams;
use throng_workloads::time::SimSpan;

type E = OpenMlsEngine;

/// Two providers, one of which is bare to the other: between them is what HTTP would be.
struct World {
    bench: Bench<E>,
    bare: ProviderId,
    /// What a request is called that went out as another.
    requests: BTreeMap<RequestId, RequestId>,
    /// The same of events.
    events: BTreeMap<u64, u64>,
}

fn bytes(packet: &Packet) -> &[u8] {
    match packet.body() {
        Body::Bytes(bytes) => bytes,
        Body::Structure(_) => panic!("no bytes"),
    }
}

fn is_answer(envelope: &Envelope) -> bool {
    use FrameKind as K;
    matches!(
        envelope.packet.frame_kind(),
        Some(
            K::UpdateResponse
                | K::SubmitMessageResponse
                | K::GroupInfoResponse
                | K::KeyMaterialResponse
        )
    )
}

impl World {
    fn new(bare: ProviderId) -> (Self, Group) {
        let (bench, group) = Bench::with_room();
        let world = Self {
            bench,
            bare,
            requests: BTreeMap::new(),
            events: BTreeMap::new(),
        };
        (world, group)
    }

    /// What comes out at the other end.
    fn through(&mut self, to: ProviderId, mut envelope: Envelope) -> Envelope {
        let kind = envelope.packet.frame_kind().expect("a frame");
        let receipt = kind == FrameKind::NotifyAccepted || kind == FrameKind::NotifyLater;
        if envelope.from == Peer::Provider(self.bare) && !receipt {
            if kind.endpoint() == Endpoint::Notify {
                let number = UNNUMBERED + self.events.len() as u64;
                self.events.insert(number, envelope.sequence);
                (envelope.event, envelope.receivers) = (None, None);
                envelope.sequence = number;
            } else if is_answer(&envelope) {
                envelope.sequence = UNNUMBERED;
            } else {
                let called = name(self.bare, kind.endpoint().name(), bytes(&envelope.packet));
                self.requests.insert(called, envelope.request.unwrap());
                (envelope.request, envelope.sequence) = (Some(called), UNNUMBERED);
            }
        } else if to == self.bare {
            if receipt {
                let sequence = self.events.get(&envelope.sequence);
                envelope.sequence = sequence.copied().unwrap_or(envelope.sequence);
            } else if let Some(request) = envelope.request.and_then(|r| self.requests.get(&r)) {
                envelope.request = Some(*request);
                if self.bare == B {
                    // It has no order in which to take answers.
                    envelope.sequence = UNNUMBERED;
                }
            }
        }
        envelope
    }

    fn settle(&mut self) {
        while let Some((to, envelope)) = self.bench.wire.pop_front() {
            let envelope = self.through(to, envelope);
            self.bench.deliver(to, envelope);
        }
    }

    /// What is on the wire, as it comes out.
    fn take_off(&mut self) -> Vec<(ProviderId, Envelope)> {
        let wire: Vec<_> = self.bench.wire.drain(..).collect();
        let through = |(to, envelope)| (to, self.through(to, envelope));
        wire.into_iter().map(through).collect()
    }

    fn send(&mut self, who: ClientId, frame: &Frame<MlsBytes>) {
        let packet = Packet::seal(frame).unwrap();
        let envelope = self.bench.envelope(who, packet);
        let home = self.bench.device(who).home;
        self.bench.deliver(home, envelope);
    }

    fn ask(&mut self, who: ClientId, frame: &Frame<MlsBytes>) -> Frame<MlsBytes> {
        self.send(who, frame);
        self.settle();
        self.bench.answer(who)
    }

    fn uri(&self, who: ClientId) -> String {
        self.bench.directory.user_uri(UserId(who.0)).unwrap()
    }

    /// Somebody adds somebody, who joins.
    fn add(&mut self, who: ClientId, hers: &mut Group, whom: ClientId) -> Group {
        self.bench.publish(whom);
        let engine = self.bench.engine.clone();
        let room = self.bench.directory.room_uri(ROOM).unwrap();
        let (me, you) = (self.uri(who), self.uri(whom));
        let mls = &mut self.bench.device(who).mls;
        let request =
            signing::key_material_request(&*engine, mls, me.into(), you.into(), room.into());
        let request = Frame::KeyMaterialRequest(Box::new(request.unwrap()));
        let Frame::KeyMaterialResponse(response) = self.ask(who, &request) else {
            panic!("no KeyPackages");
        };
        let packages = response.clients.into_iter().map(|one| match one.material {
            ClientMaterial::Success(package) => package.into_message(),
            other => panic!("{other:?}"),
        });
        let packages: Vec<_> = packages.collect();
        let commit = self.commit(who, hers, &packages);
        let Frame::UpdateResponse(response) = self.ask(who, &commit) else {
            panic!("no answer to a commit");
        };
        assert!(matches!(response.outcome, UpdateOutcome::Success { .. }));
        let mls = &mut self.bench.device(who).mls;
        engine.merge_pending(mls, hers).unwrap();
        let Frame::Notify(FanoutMessage {
            event: FanoutEvent::Welcome { message, .. },
            ..
        }) = self.bench.answer(whom)
        else {
            panic!("no Welcome");
        };
        let mls = &mut self.bench.device(whom).mls;
        engine.join(mls, &message, None).unwrap()
    }

    fn commit(&mut self, who: ClientId, group: &mut Group, adds: &[MlsBytes]) -> Frame<MlsBytes> {
        let engine = self.bench.engine.clone();
        let plan = CommitPlan {
            adds,
            removes: &[],
            app_data: &[],
            force_path: true,
        };
        let bundle = engine
            .commit(&mut self.bench.device(who).mls, group, &plan)
            .unwrap();
        Frame::Update(Box::new(HandshakeBundle::Commit {
            commit: bundle.commit,
            welcome: bundle.welcome.map(|welcome| Bare::new(welcome).unwrap()),
            group_info: GroupInfoOption::Full(Bare::new(bundle.group_info).unwrap()),
            ratchet_tree: RatchetTreeOption::DistributionService,
        }))
    }

    fn message(&mut self, who: ClientId, group: &mut Group) -> Frame<MlsBytes> {
        let engine = self.bench.engine.clone();
        let mls = &mut self.bench.device(who).mls;
        let app_message = engine.encrypt(mls, group, b"hello").unwrap();
        Frame::SubmitMessage(SubmitMessageRequest {
            protocol: Protocol::Mls10,
            app_message,
            sending_uri: self.uri(who).into(),
        })
    }

    /// Somebody's group goes on with the commit that came for it.
    fn takes_commit(&mut self, who: ClientId, group: &mut Group) {
        let engine = self.bench.engine.clone();
        let device = self.bench.device(who);
        let commit = device.received.drain(..).find_map(|envelope| {
            let frame = envelope.packet.open::<MlsBytes>().unwrap();
            match frame {
                Frame::Notify(fanout) if matches!(fanout.event, FanoutEvent::Commit { .. }) => {
                    Some(fanout.event.message().clone())
                }
                _ => None,
            }
        });
        let commit = commit.expect("a commit");
        engine.process(&mut device.mls, group, &commit).unwrap();
    }

    fn received(&mut self, who: ClientId) -> Vec<(&'static str, Option<u64>)> {
        let received = self.bench.device(who).received.drain(..);
        received
            .map(|envelope| (envelope.packet.kind().name(), envelope.event))
            .filter(|(kind, _)| *kind != "key-packages-low")
            .collect()
    }

    fn accepted(&self) -> usize {
        let facts = self.bench.facts.iter();
        let accepted = |seen: &&Fact| matches!(seen, Fact::Accepted(accepted) if *accepted.subject == subjects::MESSAGE);
        facts.filter(accepted).count()
    }

    /// A provider ends, and another goes on from what it had stored.
    fn kill(&mut self, which: ProviderId, rows: &BTreeMap<(&'static str, Vec<u8>), Vec<u8>>) {
        let rows = rows.iter().map(|((table, key), value)| Row {
            table: (*table).to_owned(),
            key: key.clone(),
            value: value.clone(),
        });
        let mut next = self.made(which);
        let mut out = Outputs::default();
        next.restore(rows.collect(), &mut out).expect("whole rows");
        self.bench.providers[usize::from(which.0)] = next;
        self.bench.take(which, out);
    }

    fn made(&self, which: ProviderId) -> Provider<E> {
        let policy = throng_workloads::builtin::find("small")
            .and_then(|small| small.scenario(&[]))
            .expect("built in")
            .policy;
        let policy = throng_workloads::scenario::Policy {
            request_timeout: Some(TIMEOUT),
            ..policy
        };
        Provider::new(
            which,
            self.bench.engine.clone(),
            self.bench.directory.clone(),
            policy.into(),
            Transport::Https,
            &Streams::new(3, 0),
        )
        .unwrap()
    }
}

/// The event as which a bare hub sends on what was submitted to it, which it took at 5.
fn echo(submitted: &Frame<MlsBytes>) -> Envelope {
    let Frame::SubmitMessage(submit) = submitted else {
        panic!("no message");
    };
    let echo = Frame::Notify(FanoutMessage {
        timestamp: 5,
        event: FanoutEvent::Application {
            message: submit.app_message.clone(),
            frank: None,
        },
    });
    Envelope {
        room: Some(ROOM),
        sequence: UNNUMBERED + 77,
        ..Envelope::new(Peer::Provider(A), Packet::seal(&echo).unwrap())
    }
}

#[test]
fn events_of_a_bare_hub_come_to_those_who_are_in_the_room() {
    let (mut world, mut hers) = World::new(A);
    let mut his = world.add(ALICE, &mut hers, BOB);
    let message = world.message(ALICE, &mut hers);
    world.send(ALICE, &message);
    let sent = world.take_off();
    // Once more, and once more when it was taken.
    for (to, envelope) in [sent.clone(), sent.clone(), sent].concat() {
        world.bench.deliver(to, envelope);
    }
    world.settle();
    assert_eq!(world.received(BOB), [("notify-application", Some(0))]);
    assert_eq!(world.received(CAROL), []);
    // What Bob says is accepted, and answered at once.
    let message = world.message(BOB, &mut his);
    let answer = world.ask(BOB, &message);
    assert!(matches!(answer, Frame::SubmitMessageResponse(_)));
    assert_eq!(world.accepted(), 2);
    // Carol comes from outside, and then is there as well.
    let engine = world.bench.engine.clone();
    let key = engine.hpke_key(&mut world.bench.device(CAROL).mls).unwrap();
    let mls = &mut world.bench.device(CAROL).mls;
    let request = signing::group_info_request(&*engine, mls, &key.public, None).unwrap();
    let answer = world.ask(CAROL, &Frame::GroupInfoRequest(Box::new(request)));
    let Frame::GroupInfoResponse(response) = answer else {
        panic!("{answer:?}");
    };
    let GroupInfoOutcome::Success(granted) = &response.outcome else {
        panic!("{response:?}");
    };
    let mls = &mut world.bench.device(CAROL).mls;
    let room = response.room_id.clone();
    let plain =
        signing::open_group_info(&*engine, mls, &room, "mimi://a.example", &key, granted).unwrap();
    let RatchetTreeOption::Full(tree) = &plain.ratchet_tree else {
        panic!("no tree");
    };
    let (_, bundle) = engine
        .join_external(mls, plain.group_info.message(), tree)
        .unwrap();
    let commit = Frame::Update(Box::new(HandshakeBundle::Commit {
        commit: bundle.commit,
        welcome: None,
        group_info: GroupInfoOption::Full(Bare::new(bundle.group_info).unwrap()),
        ratchet_tree: RatchetTreeOption::DistributionService,
    }));
    let answer = world.ask(CAROL, &commit);
    assert!(matches!(
        answer,
        Frame::UpdateResponse(UpdateRoomResponse {
            outcome: UpdateOutcome::Success { .. },
            ..
        })
    ));
    // The commit is Carol's own.
    assert_eq!(world.received(BOB), [("notify-commit", Some(1))]);
    assert_eq!(world.received(CAROL), []);
    assert_eq!(world.bench.refusals(), []);
}

#[test]
fn what_a_bare_hub_sends_early_comes_in_order_all_the_same() {
    let (mut world, mut hers) = World::new(A);
    world.add(ALICE, &mut hers, BOB);
    // Bob's provider knows the epoch by what was said in it.
    let message = world.message(ALICE, &mut hers);
    world.send(ALICE, &message);
    world.settle();
    let commit = world.commit(ALICE, &mut hers, &[]);
    world.send(ALICE, &commit);
    let engine = world.bench.engine.clone();
    engine
        .merge_pending(&mut world.bench.device(ALICE).mls, &mut hers)
        .unwrap();
    let message = world.message(ALICE, &mut hers);
    world.send(ALICE, &message);
    let mut events = world.take_off();
    events.reverse();
    for (to, envelope) in events {
        world.bench.deliver(to, envelope);
    }
    let kinds: Vec<_> = world
        .bench
        .wire
        .iter()
        .map(|(_, envelope)| envelope.packet.kind().name())
        .collect();
    assert_eq!(kinds, ["notify-later", "notify-accepted"]);
    world.settle();
    world.bench.wait(SimSpan::from_secs(1));
    world.settle();
    assert_eq!(
        world.received(BOB),
        [
            ("notify-application", Some(0)),
            ("notify-commit", Some(1)),
            ("notify-application", Some(2))
        ]
    );
    assert_eq!(world.bench.refusals(), []);
}

/// Carol does not know yet that Bob's commit was taken, as his provider does.
#[test]
fn what_an_own_client_commits_is_an_epoch_for_the_others_when_it_comes() {
    let (mut world, mut hers) = World::new(A);
    let mut his = world.add(ALICE, &mut hers, BOB);
    world.add(ALICE, &mut hers, CAROL);
    world.takes_commit(BOB, &mut his);
    world.received(CAROL);
    let commit = world.commit(BOB, &mut his, &[]);
    world.send(BOB, &commit);
    let asked = world.take_off();
    for (to, envelope) in asked {
        world.bench.deliver(to, envelope);
    }
    let (answers, commits): (Vec<_>, Vec<_>) = world
        .take_off()
        .into_iter()
        .partition(|(_, envelope)| is_answer(envelope));
    for (to, envelope) in answers {
        world.bench.deliver(to, envelope);
    }
    assert_eq!(world.received(BOB), [("update-response", None)]);
    world.takes_commit(ALICE, &mut hers);
    let message = world.message(ALICE, &mut hers);
    world.send(ALICE, &message);
    for (to, envelope) in [world.take_off(), commits].concat() {
        world.bench.deliver(to, envelope);
    }
    world.settle();
    world.bench.wait(SimSpan::from_secs(1));
    world.settle();
    let commit = [("notify-commit", Some(1))];
    let message = ("notify-application", Some(2));
    assert_eq!(
        world.received(CAROL),
        [commit.as_slice(), &[message]].concat()
    );
    assert_eq!(world.received(BOB), [message]);
}

/// The same message as it comes back from a hub that sends to all of a provider's clients.
#[test]
fn who_sent_something_does_not_get_it_back() {
    let (mut world, mut hers) = World::new(A);
    let mut his = world.add(ALICE, &mut hers, BOB);
    let message = world.message(BOB, &mut his);
    world.ask(BOB, &message);
    let out = world.bench.handle(B, echo(&message));
    let kinds = out.sends.iter().map(|(_, one)| one.packet.kind().name());
    assert_eq!(kinds.collect::<Vec<_>>(), ["notify-accepted"]);
}

/// It would do again what it did, and nobody could read a message that it sends on twice.
#[test]
fn what_a_bare_hub_did_it_is_not_asked_again() {
    let (mut world, mut hers) = World::new(A);
    let mut his = world.add(ALICE, &mut hers, BOB);
    for frame in [
        world.message(BOB, &mut his),
        world.commit(BOB, &mut his, &[]),
    ] {
        let envelope = world.bench.envelope(BOB, Packet::seal(&frame).unwrap());
        // Bob's client has not heard yet, and asks again.
        for asked in [1, 0] {
            world.bench.deliver(B, envelope.clone());
            let sent = world.take_off();
            assert_eq!(sent.len(), asked);
            world.bench.wire.extend(sent);
            world.settle();
        }
        let received = world.bench.device(BOB).received.split_off(0);
        let answers: Vec<_> = received.iter().map(|one| bytes(&one.packet)).collect();
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0], answers[1]);
    }
    assert_eq!(world.accepted(), 1);
    assert_eq!(world.bench.refusals(), []);
}

/// The connection over which it was asked is gone, with the answer. That it sent the message on is one.
#[test]
fn what_came_back_from_a_bare_hub_was_taken() {
    let (mut world, mut hers) = World::new(A);
    let mut his = world.add(ALICE, &mut hers, BOB);
    let message = world.message(BOB, &mut his);
    world.send(BOB, &message);
    assert_eq!(world.take_off().len(), 1);
    world.bench.deliver(B, echo(&message));
    world.take_off();
    world.bench.wait(TIMEOUT);
    let again = world.take_off();
    assert!(again.is_empty(), "{again:?}");
    let Frame::SubmitMessageResponse(response) = world.bench.answer(BOB) else {
        panic!("no answer");
    };
    let SubmitOutcome::Accepted(accepted) = response.outcome else {
        panic!("{response:?}");
    };
    assert_eq!(accepted.accepted_timestamp, 5);
}

#[test]
fn a_request_of_a_bare_follower_that_comes_twice_is_answered_as_before() {
    let (mut world, mut hers) = World::new(B);
    let mut his = world.add(ALICE, &mut hers, BOB);
    let message = world.message(BOB, &mut his);
    world.send(BOB, &message);
    let asked = world.take_off();
    let mut answers = Vec::new();
    for (to, envelope) in [asked.clone(), asked].concat() {
        let out = world.bench.handle(to, envelope);
        let answer = out.sends.iter().find(|(to, _)| *to == Peer::Provider(B));
        answers.push(bytes(&answer.expect("an answer").1.packet).to_vec());
        world.bench.take(to, out);
    }
    assert_eq!(answers[0], answers[1]);
    world.settle();
    assert_eq!(world.accepted(), 1);
    let received = world.received(ALICE);
    assert_eq!(received.last(), Some(&("notify-application", Some(1))));
    // A commit, of which MLS says whose it is.
    let commit = world.commit(BOB, &mut his, &[]);
    let answer = world.ask(BOB, &commit);
    assert!(matches!(answer, Frame::SubmitMessageResponse(_)));
    let answer = world.bench.answer(BOB);
    assert!(
        matches!(
            answer,
            Frame::UpdateResponse(UpdateRoomResponse {
                outcome: UpdateOutcome::Success { .. },
                ..
            })
        ),
        "{answer:?}"
    );
    assert_eq!(world.bench.refusals(), []);
    assert!(world.bench.providers[0].durable().owed().is_empty());
}

/// One that has no numbers to order them by gets an event when it has the one before.
#[test]
fn events_go_to_a_bare_follower_one_after_another() {
    let (mut world, mut hers) = World::new(B);
    world.add(ALICE, &mut hers, BOB);
    for _ in 0..3 {
        let message = world.message(ALICE, &mut hers);
        world.send(ALICE, &message);
    }
    for left in [2, 1, 0] {
        let mut sent = world.take_off();
        assert_eq!(sent.len(), 1, "{left} are left");
        let (to, envelope) = sent.remove(0);
        world.bench.deliver(to, envelope);
        let (to, receipt) = world.take_off().remove(0);
        world.bench.deliver(to, receipt);
    }
    assert_eq!(world.take_off().len(), 0);
    assert_eq!(world.received(BOB).len(), 3);
}

#[test]
fn what_is_known_of_a_bare_hub_outlasts_the_process() {
    let (mut world, mut hers) = World::new(A);
    let mut stored = BTreeMap::new();
    world.bench.providers[1].keep();
    world.add(ALICE, &mut hers, BOB);
    let message = world.message(ALICE, &mut hers);
    world.send(ALICE, &message);
    let sent = world.take_off();
    for (to, envelope) in sent.clone() {
        world.bench.deliver(to, envelope);
    }
    world.settle();
    for change in world.bench.providers[1].changes() {
        let key = (change.table.name(), change.key);
        match change.value {
            Some(value) => stored.insert(key, value),
            None => stored.remove(&key),
        };
    }
    world.kill(B, &stored);
    world.received(BOB);
    // What came before is known, and what comes has the next number.
    for (to, envelope) in sent {
        world.bench.deliver(to, envelope);
    }
    let message = world.message(ALICE, &mut hers);
    world.send(ALICE, &message);
    world.settle();
    let connect = Frame::<MlsBytes>::Connect(Connect { next_sequence: 0 });
    let envelope = Envelope {
        room: None,
        request: None,
        ..world.bench.envelope(BOB, Packet::seal(&connect).unwrap())
    };
    world.bench.send(BOB, envelope);
    let received = world.received(BOB);
    let events: Vec<_> = received.iter().filter_map(|(_, event)| *event).collect();
    assert_eq!(events, [0, 1], "{received:?}");
}
