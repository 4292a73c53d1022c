//! Clients that are away, say so or not, and come back.

use super::bench::{Bench, Fault, client};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Input};
use throng_workloads::intent::{Action, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);

fn caught_up(o: &Fact) -> bool {
    matches!(o, Fact::CaughtUp { .. })
}

/// Twenty commits and twenty messages.
fn much_happens(bench: &mut Bench) {
    for round in 0..20 {
        bench.wish(round % 2, Action::Update { room: ROOM });
        bench.run();
        bench.wish(
            (round + 1) % 2,
            Action::Message {
                room: ROOM,
                bytes: 10 * round + 1,
            },
        );
        bench.run();
    }
}

#[test]
fn who_was_offline_for_long_reads_everything_in_order() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(2, Action::Offline);
    bench.run();
    let silent = bench
        .carried(FrameKind::NotifyCommit)
        .filter(|c| c.to == client(2))
        .count();
    much_happens(&mut bench);
    let now = bench
        .carried(FrameKind::NotifyCommit)
        .filter(|c| c.to == client(2))
        .count();
    assert_eq!(now, silent, "the provider keeps what it cannot deliver");
    bench.wish(2, Action::Online);
    bench.run();
    assert_eq!(bench.count(client(2), caught_up), 1);
    let read: Vec<u32> = bench
        .seen(client(2))
        .filter_map(|o| match o {
            Fact::Read { bytes, .. } => Some(*bytes),
            _ => None,
        })
        .collect();
    assert_eq!(
        read,
        (0..20).map(|round| 10 * round + 1).collect::<Vec<_>>()
    );
    assert_eq!(bench.unprocessable(2), [""; 0]);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn what_was_sent_into_the_void_is_sent_again_on_return() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(2, Action::Vanish);
    let disconnects = bench.carried(FrameKind::Disconnect).count();
    assert_eq!(disconnects, 0);
    much_happens(&mut bench);
    let void = bench
        .carried(FrameKind::NotifyCommit)
        .filter(|c| c.to == client(2))
        .count();
    assert!(void >= 20, "the provider believes it connected: {void}");
    assert_eq!(bench.read_by(2), 0);
    bench.wish(2, Action::Online);
    bench.run();
    assert_eq!(bench.read_by(2), 20);
    assert_eq!(bench.count(client(2), caught_up), 1);
    assert_eq!(bench.unprocessable(2), [""; 0]);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn an_answer_that_came_while_its_client_was_gone_is_not_asked_for_again() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &["policy.request_timeout=10s"]);
    bench.open_room(0, 0, &[1]);
    bench.wish(1, Action::Update { room: ROOM });
    bench.wish(1, Action::Vanish);
    bench.run_for(SimSpan::from_secs(600));
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(
        bench
            .carried(FrameKind::UpdateCommit)
            .filter(|c| c.from == client(1))
            .count(),
        1
    );
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn a_request_that_was_lost_while_its_client_was_gone_is_repeated_on_return() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &["policy.request_timeout=10s"]);
    bench.open_room(0, 0, &[1]);
    bench.fault(Fault::lose(FrameKind::UpdateCommit).from(client(1)));
    bench.wish(1, Action::Update { room: ROOM });
    bench.wish(1, Action::Vanish);
    bench.run_for(SimSpan::from_secs(600));
    let sent = |bench: &Bench| {
        bench
            .carried(FrameKind::UpdateCommit)
            .filter(|c| c.from == client(1))
            .count()
    };
    assert_eq!(sent(&bench), 1, "who is gone asks nothing");
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(sent(&bench), 2);
    bench.assert_alive(0, &[0, 1]);
}

#[test]
fn what_is_wished_offline_is_done_on_return() {
    let mut bench = Bench::new(&[0, 1, 1], &[(0, 0)], &[]);
    bench.open_room(0, 0, &[1]);
    bench.wish(1, Action::Offline);
    bench.wish(
        1,
        Action::Add {
            room: ROOM,
            users: vec![UserId(2)],
        },
    );
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 9,
        },
    );
    bench.run();
    assert_eq!(
        bench
            .carried(FrameKind::KeyMaterialRequest)
            .filter(|c| c.at > bench.now())
            .count(),
        0
    );
    assert_eq!(bench.read_by(0), 0);
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!([bench.read_by(0), bench.read_by(2)], [1, 1]);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn a_welcome_waits_for_a_device_that_is_offline() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &[]);
    bench.wish(1, Action::Offline);
    bench.wish(0, Action::Create { room: ROOM });
    bench.wish(
        0,
        Action::Add {
            room: ROOM,
            users: vec![UserId(1)],
        },
    );
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 9,
        },
    );
    bench.run();
    assert_eq!(bench.epoch(0, 1), None);
    bench.wish(1, Action::Online);
    bench.run();
    assert_eq!(bench.read_by(1), 1);
    bench.assert_alive(0, &[0, 1]);
}

/// What was lost with a connection comes over the next, and what somebody wanted meanwhile was wanted when it was: that a connection
/// broke is no absence that a latency could begin after.
#[test]
fn a_broken_connection_is_no_absence() {
    let mut bench = Bench::new(&[0, 1], &[(0, 0)], &["policy.request_timeout=10s"]);
    bench.open_room(0, 0, &[1]);
    let (online, caught) = (
        bench.count(client(1), |o| matches!(o, Fact::Online { .. })),
        bench.count(client(1), caught_up),
    );
    bench.fault(Fault::lose(FrameKind::NotifyApplication).to(client(1)));
    bench.wish(
        0,
        Action::Message {
            room: ROOM,
            bytes: 7,
        },
    );
    bench.run();
    assert_eq!(bench.read_by(1), 0);
    // Between the break and the next connection somebody wants to say something.
    let wished = bench.now();
    bench.fault(Fault::late(FrameKind::Connect, SimSpan::from_secs(3)));
    bench.tell(client(1), Input::Reconnect);
    bench.wish(
        1,
        Action::Message {
            room: ROOM,
            bytes: 8,
        },
    );
    bench.run();
    assert_eq!((bench.read_by(1), bench.read_by(0)), (1, 1));
    let sent = bench.seen(client(1)).find_map(|o| match o {
        Fact::Sent { wanted, .. } => Some(*wanted),
        _ => None,
    });
    assert_eq!(sent, Some(wished));
    assert_eq!(bench.count(client(1), caught_up), caught + 1);
    let online_now = bench.count(client(1), |o| matches!(o, Fact::Online { .. }));
    assert_eq!(online_now, online);
    // It catches up with what was lost since the break, not since it came online.
    let mut since = bench.seen(client(1)).filter_map(|o| match o {
        Fact::CaughtUp { since } => Some(*since),
        _ => None,
    });
    assert_eq!(since.next_back(), Some(wished));
    drop(since);
    // Who is offline has no connection that could break.
    bench.wish(1, Action::Offline);
    bench.run();
    bench.tell(client(1), Input::Reconnect);
    bench.run();
    assert_eq!(bench.count(client(1), caught_up), caught + 1);
}
