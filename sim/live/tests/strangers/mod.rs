//! Who asks a provider, and with which certificate, how often, how slowly and how much: what is refused, with which code, that it is
//! counted, and that others are served as before.
//!
//! - `world`: a provider, and whoever asks it.
//! - `slow`: who never comes to an end; `floods`: too many, too often, too long; `again`: what comes twice, late or early.
//! - `reports`, `consents`, `queries`: who reports abuse, speaks of consent, or looks for somebody, in whatever way.
//! - `assets`: who fetches what is attached to messages, and what is not; `key_material`: who asks for KeyPackages that there are not.
//! - `ending`: a provider that ends; `shown`: what it counts; `said`: what it says.

mod again;
mod assets;
mod consents;
mod ending;
mod floods;
mod found;
mod key_material;
mod queries;
mod reports;
mod said;
mod shown;
mod slow;
mod world;

use bytes::Bytes;
use throng_live::serve::demo::Certificates;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use world::{Full, PATIENCE, Request, Shows, World, request};

/// An event of a room of `b.example`, but that its body is none.
fn notify(from: &str) -> Request<Full<Bytes>> {
    let fields = [("from", from), ("mimi-sequence", "0"), ("mimi-event", "0")];
    let path = "/v1/notify/mimi%3A%2F%2Fb.example%2Fr%2Fr1";
    request("POST", path, &fields, b"none")
}

#[test]
fn a_provider_is_whom_its_certificate_names() {
    let world = World::new();
    let folder = world.folder.path();
    let b = "mimi@b.example";
    // It is let in, and then has sent nothing that could be read.
    let honest = world.status(Shows::Of("b.example", folder), notify(b));
    assert_eq!(honest, 400);
    assert_eq!(world.status(Shows::Nothing, notify(b)), 403);
    assert_eq!(world.status(Shows::Of("c.example", folder), notify(b)), 403);
    // One that is not known here, and this one itself.
    let c = Shows::Of("c.example", folder);
    assert_eq!(world.status(c, notify("mimi@c.example")), 403);
    let a = Shows::Of("a.example", folder);
    assert_eq!(world.status(a, notify("mimi@a.example")), 403);
    // Of another authority.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let domains = ["b.example".to_owned()];
    Certificates::make(elsewhere.path(), &domains).expect("certificates");
    let stranger = Shows::Of("b.example", elsewhere.path());
    assert!(world.ask(stranger, notify(b)).is_err());
    assert_eq!(world.status(Shows::Of("b.example", folder), notify(b)), 400);
    world.stop();
}

#[test]
fn a_client_is_whose_token_it_has() {
    let world = World::new();
    let account = |uri| {
        let path = format!("/client/v1/accounts/{uri}");
        world.ask(Shows::Nothing, request("POST", &path, &[], b""))
    };
    let (status, token) = account("mimi%3A%2F%2Fa.example%2Fd%2Fu5.70").expect("an answer");
    assert_eq!(status, 201);
    let again = account("mimi%3A%2F%2Fa.example%2Fd%2Fu5.70").expect("an answer");
    assert_eq!(again.0, 409);
    let elsewhere = account("mimi%3A%2F%2Fb.example%2Fd%2Fu5.70").expect("an answer");
    assert_eq!(elsewhere.0, 403);

    let bearer = format!(
        "Bearer {}",
        String::from_utf8(token.to_vec()).expect("text")
    );
    let ack = |authorization: Option<&str>, body: &[u8]| {
        let mut fields = vec![("mimi-sequence", "0")];
        fields.extend(authorization.map(|value| ("authorization", value)));
        let request = request("POST", "/client/v1/ack", &fields, body);
        world.status(Shows::Nothing, request)
    };
    assert_eq!(ack(None, &[0; 8]), 401);
    assert_eq!(ack(Some("Bearer 00"), &[0; 8]), 401);
    assert_eq!(ack(Some(&bearer), &[0; 8]), 204);
    assert_eq!(ack(Some(&bearer), &vec![0; 1 << 20]), 413);
    world.stop();
}

#[test]
fn what_is_not_served_here_is_said_so() {
    let world = World::new();
    let status = |request| world.status(Shows::Nothing, request);
    let directory = "/.well-known/mimi-protocol-directory";
    assert_eq!(status(request("GET", directory, &[], b"")), 200);
    assert_eq!(status(request("POST", directory, &[], b"")), 405);
    assert_eq!(status(request("GET", "/", &[], b"")), 404);
    let mut other = request("GET", directory, &[], b"");
    *other.uri_mut() = format!("https://b.example{directory}")
        .parse()
        .expect("a URI");
    assert_eq!(status(other), 421);
    world.stop();
}

/// Whatever a client sent on an earlier connection is lost with it, also where the scenario says that nothing is ever lost.
#[test]
fn what_a_connection_did_not_hand_over_does_not_hold_up_the_next() {
    let world = World::new();
    let account = "/client/v1/accounts/mimi%3A%2F%2Fa.example%2Fd%2Fu5.70";
    let account = world.ask(Shows::Nothing, request("POST", account, &[], b""));
    let (status, token) = account.expect("an answer");
    assert_eq!(status, 201);
    let bearer = format!("Bearer {}", str::from_utf8(&token).expect("text"));
    let fields = [("mimi-sequence", "7"), ("authorization", &bearer)];
    let events = request("POST", "/client/v1/events", &fields, &[0; 8]);
    let piece = world.first_piece(events);
    let kind = b"connected";
    assert!(
        piece.windows(kind.len()).any(|part| part == kind),
        "{piece:?}"
    );
    world.stop();
}

#[test]
fn who_connects_and_asks_nothing_is_not_let_stay() {
    let world = World::new();
    let ended = world.runtime.block_on(async {
        let mut stream = world
            .connect([127, 0, 0, 1], Shows::Nothing)
            .await
            .expect("a connection");
        let mut all = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut all)).await
    });
    // It ends, in whatever way; that it goes on is the fault.
    assert!(ended.is_ok(), "still there after {PATIENCE:?}");
    world.stop();
}

/// A certificate of the very domain, from the very authority, but of last year or of next.
#[test]
fn a_certificate_counts_in_its_time() {
    let world = World::new();
    let folder = world.folder.path();
    let (past, future) = (folder.join("past"), folder.join("future"));
    world.issue_for("b.example", &past, 2001, 2002);
    world.issue_for("b.example", &future, 2900, 2901);
    let refused = || world.refused("certificate-time");
    for (index, other) in [past, future].iter().enumerate() {
        let shows = Shows::Of("b.example", other);
        assert!(world.ask(shows, notify("mimi@b.example")).is_err());
        world.eventually(|| refused() == index as f64 + 1.0);
    }
    let honest = Shows::Of("b.example", folder);
    assert_eq!(world.status(honest, notify("mimi@b.example")), 400);
    world.stop();
}
