//! Queries for users as nobody should send them, and those that are answered by each code.

use super::world::{Shows, World, of_client, request};

const PATH: &str = "/v1/identifierQuery/a.example";

/// An `IdentifierRequest` of these elements: each a sort, a name where the sort has one, and a value.
fn query(elements: &[(u8, &str, &str)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (sort, name, value) in elements {
        all.push(*sort);
        if *sort > 6 {
            all.push(name.len() as u8);
            all.extend(name.as_bytes());
        }
        all.push(value.len() as u8);
        all.extend(value.as_bytes());
    }
    // Longer than 63 bytes a vector says its length in two.
    let length = match all.len() {
        short @ 0..64 => vec![short as u8],
        long => vec![0x40 | (long >> 8) as u8, long as u8],
    };
    [length, all, vec![0]].concat()
}

#[test]
fn queries_are_told_who_is_meant_or_why_nobody_is() {
    let world = World::new();
    let folder = world.folder.path();
    let bearer = world.account(70);
    let asks = |path: &str, body: &[u8]| {
        let asked = request("POST", path, &[("from", "mimi@b.example")], body);
        world
            .ask(Shows::Of("b.example", folder), asked)
            .expect("an answer")
    };
    let handle = (1, "", "im:u5@a.example");
    let uri = b"mimi://a.example/u/u5";
    let found = [&[0, 22, 21][..], uri, &[23, 21], uri, &[0, 0]].concat();
    for elements in [&[handle][..], &[(2, "", "u5")], &[handle, (2, "", "u5")]] {
        let (status, body) = asks(PATH, &query(elements));
        assert_eq!((status, &body[..]), (200, &found[..]), "{elements:?}");
    }
    let many = vec![handle; 9];
    for (code, elements) in [
        (1, &[(1, "", "im:u6@a.example")][..]),
        (1, &[(1, "", "im:u5@b.example")]),
        (1, &[handle, (2, "", "u6")]),
        (2, &[(5, "", "u")]),
        (2, &[(6, "", "u5"), handle]),
        (3, &[]),
        (3, &many),
        (4, &[(3, "", "u5@a.example")]),
        (4, &[(4, "", "+12125551212")]),
        (4, &[(7, "given_name", "Xavier"), handle]),
        (4, &[(8, "ORG", "XYZ")]),
    ] {
        let (status, body) = asks(PATH, &query(elements));
        assert_eq!(
            (status, &body[..]),
            (200, &[code, 0, 0, 0][..]),
            "{elements:?}"
        );
    }
    // A case of its own has a domain, and nobody else's is asked for here.
    let whole = query(&[handle]);
    assert_eq!(asks("/v1/identifierQuery/A.EXAMPLE", &whole).0, 200);
    for other in ["b.example", "c.example", "a.example.", "im%3Au5"] {
        assert_eq!(asks(&format!("/v1/identifierQuery/{other}"), &whole).0, 404);
    }
    assert_eq!(asks("/v1/identifierQuery/", &whole).0, 400);
    // No query; cut short; too long by one; of sorts that there are not; with an extension twice.
    let twice = [&whole[..whole.len() - 1], &[6, 0, 7, 0, 0, 7, 0]].concat();
    for body in [
        b"",
        &whole[..whole.len() - 1],
        &[&whole[..], &[0]].concat(),
        &query(&[(0, "", "u5")]),
        &query(&[(9, "ORG", "u5")]),
        &twice,
    ] {
        assert_eq!(asks(PATH, body).0, 400, "{body:?}");
    }
    assert_eq!(asks(PATH, &vec![0; (64 << 10) + 1]).0, 413);
    let of = |shows, from, method| {
        let from = format!("mimi@{from}");
        world.status(shows, request(method, PATH, &[("from", &from)], &whole))
    };
    assert_eq!(of(Shows::Nothing, "b.example", "POST"), 403);
    assert_eq!(of(Shows::Of("c.example", folder), "c.example", "POST"), 403);
    assert_eq!(of(Shows::Of("b.example", folder), "b.example", "GET"), 405);
    // A client asks by way of its own provider, and has its answer on its stream.
    let room = "identifierQuery/mimi%3A%2F%2Fa.example%2Fr%2Fr1";
    let asked = |sequence, body: &[u8]| {
        let mut asked = of_client(&bearer, sequence, room, body);
        let name = "\"a.example\";c=70;n=1".parse().expect("a field");
        asked.headers_mut().insert("mimi-request", name);
        world.status(Shows::Nothing, asked)
    };
    assert_eq!(asked(0, &whole), 202);
    world.serves_the_honest();
    world.stop();
}
