//! What is said of other providers that do otherwise than the documents of the protocol say.

use super::world::{Full, Request, Shows, World, request};
use bytes::Bytes;
use std::time::Duration;
use throng_live::serve::facts::{Lines, WrittenFinding};

const FROM: [u8; 4] = [127, 0, 0, 1];

fn update(body: &[u8]) -> Request<Full<Bytes>> {
    let fields = [
        ("from", "mimi@b.example"),
        ("mimi-sequence", "0"),
        ("mimi-request", "\"b.example\";c=7;n=1"),
    ];
    request(
        "POST",
        "/v1/update/mimi%3A%2F%2Fa.example%2Fr%2Fr1",
        &fields,
        body,
    )
}

/// What the provider wrote down of others, in the end.
fn findings(world: World) -> Vec<WrittenFinding> {
    let mut lines = Lines::open(&world.facts()).expect("facts");
    world.stop();
    lines.end();
    let lines = std::iter::from_fn(|| lines.read_next().expect("a line"));
    lines.filter_map(|line| line.finding).collect()
}

#[test]
fn what_cannot_be_read_is_refused_and_said_of_whoever_sent_it() {
    let world = World::new();
    let folder = world.folder.path().to_owned();
    let b = Shows::Of("b.example", &folder);
    let answer = world.try_ask(FROM, b, update(b"no HandshakeBundle"));
    assert_eq!(answer.expect("an answer").status(), 400);
    // Without a certificate of that domain nothing is said of it.
    let answer = world.try_ask(FROM, Shows::Nothing, update(b"no HandshakeBundle"));
    assert_eq!(answer.expect("an answer").status(), 403);
    // It is written down and counted when the answer has gone.
    let figure = || world.figure("throng_findings_total", &[("peer", "b.example")]);
    world.eventually(|| figure() == 1.0);
    world.serves_the_honest();
    let found = findings(world);
    assert_eq!(found[0].provider, "b.example");
    assert_eq!(found[0].section, "draft-ietf-mimi-protocol-06, section 5.3");
    assert!(found[0].found.contains("a request to update"), "{found:?}");
}

#[test]
fn who_is_refused_once_has_to_come_again() {
    let world = World::probing();
    let folder = world.folder.path().to_owned();
    let b = Shows::Of("b.example", &folder);
    let ask = |body: &[u8]| {
        let answer = world.try_ask(FROM, b, update(body)).expect("an answer");
        let again = answer.headers().get("retry-after").cloned();
        (
            answer.status().as_u16(),
            again.map(|again| again.to_str().expect("text").to_owned()),
        )
    };
    assert_eq!(ask(b"first"), (503, Some("1".to_owned())));
    // Others are taken, and cannot be read.
    assert_eq!(ask(b"second").0, 400);
    std::thread::sleep(Duration::from_secs(16));
    let missed = world.figure("throng_findings_total", &[("peer", "b.example")]);
    assert_eq!(missed, 2.0);
    let found = findings(world);
    let missing = found
        .iter()
        .find(|found| found.found.contains("did not come again"));
    let missing = missing.expect("a finding");
    assert_eq!(missing.section, "draft-ietf-mimi-protocol-06, section 5.3");
}

#[test]
fn of_who_comes_again_nothing_is_said() {
    let world = World::probing();
    let folder = world.folder.path().to_owned();
    let b = Shows::Of("b.example", &folder);
    let group_info = || {
        let fields = [
            ("from", "mimi@b.example"),
            ("mimi-sequence", "0"),
            ("mimi-request", "\"b.example\";c=7;n=1"),
        ];
        let path = "/v1/groupInfo/mimi%3A%2F%2Fa.example%2Fr%2Fr1";
        let answer = world.try_ask(FROM, b, request("POST", path, &fields, b"none"));
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!(group_info(), 503);
    assert_eq!(group_info(), 200);
    std::thread::sleep(Duration::from_secs(16));
    assert_eq!(findings(world), []);
}
