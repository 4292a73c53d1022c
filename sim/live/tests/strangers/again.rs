//! What comes twice, late or early.

use super::world::{Full, PATIENCE, Request, Shows, World, answer, of_client, piece, request};
use bytes::Bytes;
use std::time::Duration;
use throng_live::serve::facts::{Lines, WrittenFact};
use tokio::time::timeout;

const FROM: [u8; 4] = [127, 0, 0, 1];

/// A request for the GroupInfo of a room of `a.example` that does not exist, by a client of `b.example`.
fn group_info(from: &str) -> Request<Full<Bytes>> {
    let fields = [
        ("from", from),
        ("mimi-sequence", "0"),
        ("mimi-request", "\"b.example\";c=7;n=1"),
    ];
    let path = "/v1/groupInfo/mimi%3A%2F%2Fa.example%2Fr%2Fr1";
    request("POST", path, &fields, b"none")
}

#[test]
fn a_request_that_comes_twice_is_answered_twice_and_done_once() {
    let world = World::new();
    let folder = world.folder.path().to_owned();
    let (b, d) = (
        Shows::Of("b.example", &folder),
        Shows::Of("d.example", &folder),
    );
    let ask = |shows, from| {
        world
            .try_ask(FROM, shows, group_info(from))
            .expect("an answer")
    };
    let first = ask(b, "mimi@b.example");
    assert_eq!(first.status(), 200);
    for _ in 0..3 {
        let again = ask(b, "mimi@b.example");
        assert_eq!(again.status(), 200);
        assert_eq!(again.body(), first.body());
        let number = |answer: &super::world::Answer| answer.headers()["mimi-sequence"].clone();
        assert_eq!(number(&again), number(&first));
    }
    // The same by another provider, in its own name and in that of the first.
    assert_eq!(ask(d, "mimi@d.example").status(), 403);
    assert_eq!(ask(d, "mimi@b.example").status(), 403);
    assert_eq!(ask(Shows::Nothing, "mimi@b.example").status(), 403);
    let labels = [
        ("from", "provider"),
        ("route", "groupInfo"),
        ("status", "403"),
    ];
    assert_eq!(world.figure("throng_requests_total", &labels), 3.0);
    world.serves_the_honest();

    let mut lines = Lines::open(&world.facts()).expect("facts");
    world.stop();
    lines.end();
    let (mut refused, mut rejected) = (0, 0);
    while let Some(line) = lines.read_next().expect("a line") {
        for fact in line.facts {
            match fact {
                WrittenFact::Refused { .. } => refused += 1,
                WrittenFact::Rejected { .. } => rejected += 1,
                _ => {}
            }
        }
    }
    // The room does not exist: that was found once. The other provider was turned away once by the provider itself.
    assert_eq!((refused, rejected), (1, 1));
}

/// A client's later connection is not closed by an earlier request that comes late.
#[test]
fn what_comes_late_does_not_end_what_came_after_it() {
    let world = World::new();
    let bearer = world.account(70);
    world.runtime.block_on(async {
        let sender = world.speak(FROM, Shows::Nothing, 1 << 20).await;
        let mut sender = sender.expect("a connection");
        let ask = |sequence, what, body| of_client(&bearer, sequence, what, body);
        let live = sender.send_request(ask(9, "events", &[0; 8])).await;
        let mut live = live.expect("an answer");
        assert_eq!(live.status(), 200);
        assert!(!piece(live.body_mut()).await.expect("a piece").is_empty());

        let stale = answer(&mut sender, ask(3, "events", &[0; 8])).await;
        assert_eq!(stale.expect("an answer").status(), 409);
        let stale = answer(&mut sender, ask(4, "disconnect", b"")).await;
        assert_eq!(stale.expect("an answer").status(), 204);
        let more = timeout(Duration::from_millis(500), piece(live.body_mut())).await;
        assert!(more.is_err(), "it ended: {more:?}");

        // One that comes early waits, and ends it when its turn comes.
        let early = answer(&mut sender, ask(11, "disconnect", b"")).await;
        assert_eq!(early.expect("an answer").status(), 204);
        let more = timeout(Duration::from_millis(500), piece(live.body_mut())).await;
        assert!(more.is_err(), "it ended: {more:?}");
        let before = answer(&mut sender, ask(10, "ack", &[0; 8])).await;
        assert_eq!(before.expect("an answer").status(), 204);
        let end = timeout(PATIENCE, piece(live.body_mut())).await;
        assert_eq!(end.expect("in time"), Ok(Bytes::new()));
    });
    world.stop();
}

/// A request that waited, and then is turned away, is not what the one before it is answered with.
#[test]
fn each_request_has_its_own_answer() {
    let world = World::new();
    let bearer = world.account(70);
    let status = |sequence, next: u64| {
        let ack = of_client(&bearer, sequence, "ack", &next.to_be_bytes());
        world.status(Shows::Nothing, ack)
    };
    // An acknowledgement of what was never sent, before its turn.
    assert_eq!(status(1, 99), 204);
    assert_eq!(status(0, 0), 204);
    assert_eq!(status(2, 99), 400);
    world.stop();
}
