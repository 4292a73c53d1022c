//! Words about consent as nobody should say them: each has the status that says what is wrong with it.

use super::world::{Shows, World, request};

/// A `ConsentEntry` of this operation, between these two, for any room, with nothing beside.
fn entry(operation: u8, requester: &str, target: &str) -> Vec<u8> {
    let mut entry = vec![operation];
    for uri in [requester, target] {
        entry.push(uri.len() as u8);
        entry.extend(uri.as_bytes());
    }
    entry.push(0);
    if operation == 2 {
        entry.push(0);
    }
    entry.push(0);
    entry
}

#[test]
fn words_about_consent_that_nobody_should_say_are_told_what_is_wrong() {
    let world = World::new();
    let folder = world.folder.path();
    world.account(70);
    let says = |path: &str, body: &[u8]| {
        let asked = request("POST", path, &[("from", "mimi@b.example")], body);
        world.status(Shows::Of("b.example", folder), asked)
    };
    let (ask, tell) = (
        "/v1/requestConsent/a.example",
        "/v1/updateConsent/a.example",
    );
    let (ours, theirs) = ("mimi://a.example/u/u5", "mimi://b.example/u/u1");
    // In order, and again: that changes nothing.
    for _ in 0..2 {
        assert_eq!(says(ask, &entry(1, theirs, ours)), 201);
        assert_eq!(says(ask, &entry(0, theirs, ours)), 201);
        assert_eq!(says(tell, &entry(2, ours, theirs)), 201);
        assert_eq!(says(tell, &entry(3, ours, theirs)), 201);
    }
    // In another's name, of somebody who is not from here, at the other place.
    assert_eq!(says(ask, &entry(1, ours, ours)), 403);
    assert_eq!(says(ask, &entry(1, theirs, "mimi://a.example/u/u9")), 404);
    assert_eq!(says(ask, &entry(2, theirs, ours)), 400);
    assert_eq!(says(tell, &entry(1, ours, theirs)), 400);
    // Path and body name different domains; no entry; cut short; too long by one; of no operation.
    assert_eq!(
        says("/v1/requestConsent/c.example", &entry(1, theirs, ours)),
        400
    );
    let whole = entry(1, theirs, ours);
    for body in [
        b"",
        &whole[..whole.len() - 1],
        &[&whole[..], &[0]].concat(),
        &entry(4, theirs, ours),
    ] {
        assert_eq!(says(ask, body), 400, "{body:?}");
    }
    assert_eq!(says(ask, &vec![0; (64 << 10) + 1]), 413);
    let other = request("POST", ask, &[("from", "mimi@b.example")], &whole);
    assert_eq!(world.status(Shows::Nothing, other), 403);
    world.serves_the_honest();
    world.stop();
}
