//! Reports of abuse as nobody should send them: each has the status that says what is wrong with it.

use super::world::{Shows, World, of_client, request};

const PATH: &str = "/v1/reportAbuse/mimi%3A%2F%2Fa.example%2Fr%2Fr1";

/// Nobody's report about nobody, with nothing in it: two names, a sort, a note, messages, extensions.
const EMPTY: &[u8] = &[0, 0, 0, 0, 0, 0];

#[test]
fn reports_that_nobody_should_send_are_told_what_is_wrong() {
    let world = World::new();
    let folder = world.folder.path();
    let by = |domain: &str, path: &str, body: &[u8]| {
        let from = format!("mimi@{domain}");
        let asked = request("POST", path, &[("from", &from)], body);
        world.status(Shows::Of("b.example", folder), asked)
    };
    // Of a room that nobody has created, and of one that is at another hub.
    assert_eq!(by("b.example", PATH, EMPTY), 404);
    let elsewhere = PATH.replace("a.example", "b.example");
    assert_eq!(by("b.example", &elsewhere, EMPTY), 400);
    let nameless = "/v1/reportAbuse/nothing";
    assert_eq!(by("b.example", nameless, EMPTY), 404);
    // Bytes that are no report: cut short, too long by one, with two components of one number.
    let twice = [0, 0, 0, 0, 0, 6, 0, 7, 0, 0, 7, 0];
    let long = [EMPTY, &[0]].concat();
    for body in [&EMPTY[..5], &long, &twice, b"", &[0xff; 64]] {
        assert_eq!(by("b.example", PATH, body), 400, "{body:?}");
    }
    assert_eq!(by("b.example", PATH, &vec![0; (1 << 20) + 1]), 413);
    assert_eq!(by("c.example", PATH, EMPTY), 403);
    let get = request("GET", PATH, &[("from", "mimi@b.example")], b"");
    assert_eq!(world.status(Shows::Of("b.example", folder), get), 405);
    // A client asks by way of its own provider, and has its answer on its stream.
    let bearer = world.account(70);
    let asked = |body: &[u8]| {
        let room = "reportAbuse/mimi%3A%2F%2Fa.example%2Fr%2Fr1";
        of_client(&bearer, 0, room, body)
    };
    assert_eq!(world.status(Shows::Nothing, asked(&EMPTY[..5])), 400);
    world.serves_the_honest();
    world.stop();
}
