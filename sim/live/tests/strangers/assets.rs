//! Requests for assets as nobody should make them, and those that are served: what an own user stored, to providers that are known.

use super::world::{Shows, World, of_client, request};

const ASSET: &str = "/v1/x-throng/assets/00112233445566778899aabbccddeeff";

/// `UploadAsset { opaque url<V>; opaque asset<V> }`, where the asset is of 100 bytes.
fn upload(url: &str) -> Vec<u8> {
    let two = |length: usize| [0x40 | (length >> 8) as u8, length as u8];
    let mut body = Vec::new();
    body.extend(two(url.len()));
    body.extend(url.as_bytes());
    body.extend(two(100));
    body.extend([0xa5; 100]);
    body
}

/// The path at which a provider is asked to fetch something.
fn proxied(url: &str) -> String {
    let encoded: String = url
        .bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect();
    format!("/v1/proxyDownload/{encoded}")
}

#[test]
fn assets_are_given_to_providers_that_are_known_and_nothing_else_is_fetched() {
    let world = World::new();
    let folder = world.folder.path();
    let bearer = world.account(70);
    let gets = |path: &str| {
        let asked = request("GET", path, &[("from", "mimi@b.example")], b"");
        world
            .ask(Shows::Of("b.example", folder), asked)
            .expect("an answer")
    };
    assert_eq!(gets(ASSET).0, 404);
    // A client stores it at its own provider, about a room.
    let stores = |sequence, number: u32, body: &[u8]| {
        let room = "assets/mimi%3A%2F%2Fa.example%2Fr%2Fr1";
        let mut asked = of_client(&bearer, sequence, room, body);
        let name = format!("\"a.example\";c=70;n={number}");
        let name = name.parse().expect("a field");
        asked.headers_mut().insert("mimi-request", name);
        world.status(Shows::Nothing, asked)
    };
    let url = format!("https://a.example{ASSET}");
    assert_eq!(stores(0, 1, &upload(&url)), 202);
    world.eventually(|| gets(ASSET).0 == 200);
    // To who asks for it here, and to who asks this one to fetch it.
    for path in [ASSET.to_owned(), proxied(&url)] {
        let (status, body) = gets(&path);
        assert_eq!((status, &body[..]), (200, &[0xa5; 100][..]), "{path}");
    }
    // What there is not; what is no asset; of whom nobody knows; of itself, where nothing is served but assets.
    for (url, status) in [
        (url.replace("00", "ff"), 404),
        (
            "https://a.example/.well-known/mimi-protocol-directory".to_owned(),
            403,
        ),
        ("https://a.example/v1/notify/x".to_owned(), 403),
        (format!("https://c.example{ASSET}"), 403),
        (format!("https://localhost{ASSET}"), 403),
        (format!("https://127.0.0.1:1{ASSET}"), 403),
        (format!("https://b.example:9@c.example{ASSET}"), 403),
        (format!("http://b.example{ASSET}"), 403),
        ("file:///etc/passwd".to_owned(), 403),
        ("x".repeat(5_000), 403),
    ] {
        assert_eq!(gets(&proxied(&url)).0, status, "{url}");
    }
    for (path, status) in [
        ("/v1/proxyDownload/", 400),
        ("/v1/proxyDownload/%ff", 400),
        ("/v1/proxyDownload", 404),
        ("/v1/x-throng/assets/", 400),
        ("/v1/x-throng/assets/..", 404),
        ("/v1/x-throng/assets/00112233445566778899AABBCCDDEEFF", 404),
        ("/v1/assets/00112233445566778899aabbccddeeff", 404),
    ] {
        assert_eq!(gets(path).0, status, "{path}");
    }
    // Not without a certificate, nor of who is not known, nor otherwise than by asking for it.
    let of = |shows, from, method, body: &[u8]| {
        let from = format!("mimi@{from}");
        let paths = [ASSET.to_owned(), proxied(&url)];
        paths.map(|path| {
            let asked = request(method, &path, &[("from", &from)], body);
            world.status(shows, asked)
        })
    };
    let b = Shows::Of("b.example", folder);
    assert_eq!(of(Shows::Nothing, "b.example", "GET", b""), [403; 2]);
    let c = Shows::Of("c.example", folder);
    assert_eq!(of(c, "c.example", "GET", b""), [403; 2]);
    assert_eq!(of(b, "b.example", "POST", b""), [405; 2]);
    assert_eq!(of(b, "b.example", "GET", b"something"), [413; 2]);
    world.serves_the_honest();
    world.stop();
}
