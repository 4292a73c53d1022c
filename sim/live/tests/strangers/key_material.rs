//! Requests for KeyPackages that no client of ours makes: each has the code that says why there are none, for the user and for each client.
//!
//! They come from a hub that speaks the draft alone, for a room of its own, signed by a member there.

use super::world::{Shows, World, of_client, request};
use crate::bare::device::Device;
use crate::bare::wire::{Reads, SUITE, Writes};

const ADA: &str = "mimi://b.example/u/ada";
const USER: &str = "mimi://a.example/u/u5";
const CLIENT: &str = "mimi://a.example/d/u5.70";
const ROOM: &str = "mimi://b.example/r/clubhouse";

/// What a request asks for.
struct Wish {
    protocol: u8,
    suites: Vec<u16>,
    /// Types of extensions, proposals and credentials.
    required: [Vec<u16>; 3],
}

impl Wish {
    fn usual() -> Self {
        Self {
            protocol: 1,
            suites: vec![SUITE],
            required: Default::default(),
        }
    }

    /// A `KeyMaterialRequest`, signed.
    fn request(&self, ada: &Device) -> Vec<u8> {
        let names = Writes::default()
            .u8(self.protocol)
            .vector(ADA.as_bytes())
            .vector(USER.as_bytes())
            .vector(ROOM.as_bytes());
        if self.protocol != 1 {
            // Whatever it says more, nobody here can know.
            return names.raw(b"in another protocol").0;
        }
        let list = |numbers: &[u16]| {
            let all = numbers.iter();
            all.fold(Writes::default(), |all, number| all.u16(*number))
                .0
        };
        let [extensions, proposals, credentials] = &self.required;
        let tbs = names
            .vector(&list(&self.suites))
            .vector(&list(extensions))
            .vector(&list(proposals))
            .vector(&list(credentials))
            .vector(ada.key())
            .credential(&ada.uri)
            .0;
        let signature = ada.sign("KeyMaterialRequestTBS", &tbs);
        Writes(tbs).vector(&signature).0
    }
}

/// The user's code, and of each client its code and what follows that.
fn read(body: &[u8]) -> (u8, Vec<(u8, Vec<u8>)>) {
    let mut reads = Reads(body);
    assert_eq!(reads.u8(), 1);
    let status = reads.u8();
    assert_eq!(reads.text(), USER);
    let all = reads.vector();
    assert!(reads.0.is_empty());
    let mut reads = Reads(&all);
    let mut clients = Vec::new();
    // There is one client at most here, so that the rest is all of it.
    if !reads.0.is_empty() {
        let status = reads.u8();
        assert_eq!(reads.text(), CLIENT);
        clients.push((status, reads.0.to_vec()));
    }
    (status, clients)
}

#[test]
fn whoever_gets_no_key_packages_is_told_why() {
    let world = World::new();
    let folder = world.folder.path();
    let bearer = world.account(70);
    let (ada, device) = (
        Device::new("mimi://b.example/d/ada-laptop"),
        Device::new(CLIENT),
    );
    let asks = |wish: &Wish| {
        let path = format!(
            "/v1/keyMaterial/{}",
            USER.replace(':', "%3A").replace('/', "%2F")
        );
        let body = wish.request(&ada);
        let asked = request("POST", &path, &[("from", "mimi@b.example")], &body);
        let (status, body) = world
            .ask(Shows::Of("b.example", folder), asked)
            .expect("an answer");
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        read(&body)
    };
    // KeyMaterialUserCode and KeyMaterialClientCode of the draft.
    let (success, other_protocol, none_fits, deleted) = (0, 2, 3, 7);
    let (exhausted, unfit) = (1, 2);
    let usual = Wish::usual;
    let codes = |wish: &Wish| {
        let (user, clients) = asks(wish);
        let clients: Vec<u8> = clients.iter().map(|(code, _)| *code).collect();
        (user, clients)
    };
    // Nothing is there yet.
    assert_eq!(codes(&usual()), (none_fits, vec![exhausted]));
    let packages = [device.key_package(), device.key_package()].concat();
    let body = Writes::default().vector(&packages).0;
    let published = of_client(&bearer, 0, "keyPackages", &body);
    assert_eq!(world.status(Shows::Nothing, published), 202);
    // In another protocol, whatever it says.
    for protocol in [0, 2, 255] {
        let wish = Wish {
            protocol,
            ..usual()
        };
        assert_eq!(asks(&wish), (other_protocol, Vec::new()));
    }
    // For a group of another suite, or with members of whom more is asked. What the client can do is said.
    for (suites, required) in [
        (vec![2, 3], Default::default()),
        (Vec::new(), Default::default()),
        (vec![SUITE], [vec![0xff01], Vec::new(), Vec::new()]),
        (vec![SUITE], [Vec::new(), vec![0xff02], Vec::new()]),
        (vec![SUITE], [Vec::new(), Vec::new(), vec![0xf000]]),
    ] {
        let wish = Wish {
            suites,
            required,
            ..usual()
        };
        let (user, clients) = asks(&wish);
        assert_eq!(user, none_fits);
        let [(code, said)] = &clients[..] else {
            panic!("{clients:?}");
        };
        assert_eq!((*code, said[0]), (unfit, 1));
        // Versions, suites, extensions, proposals, credentials.
        let mut reads = Reads(&said[1..]);
        assert_eq!(reads.vector(), [0, 1]);
        assert!(reads.vector().chunks(2).any(|suite| suite == [0, 1]));
        let _ = (reads.vector(), reads.vector());
        assert_eq!(reads.vector(), [0, 1]);
        assert!(reads.0.is_empty());
    }
    // None was handed out for that. What everybody knows no client has to say.
    let fits = Wish {
        suites: vec![3, SUITE],
        required: [vec![4, 5], vec![1, 2, 3], vec![1]],
        ..usual()
    };
    let (user, clients) = asks(&fits);
    assert_eq!((user, clients[0].0), (success, 0));
    assert_eq!(clients[0].1.len(), device.key_package().len());
    // The account is deleted, with all that is kept for it, and for good.
    let deletes = of_client(&bearer, 1, "deleteAccount", b"");
    assert_eq!(world.status(Shows::Nothing, deletes), 204);
    // The same request as before would have the same answer as before: this one is another.
    let another = Wish {
        suites: vec![SUITE, 7],
        ..usual()
    };
    assert_eq!(asks(&another), (deleted, Vec::new()));
    let asks_more = of_client(&bearer, 2, "ack", &[0; 8]);
    assert_eq!(world.status(Shows::Nothing, asks_more), 401);
    // Bytes that are none: cut short, too long by one, whatever the protocol.
    let whole = usual().request(&ada);
    let path = "/v1/keyMaterial/mimi%3A%2F%2Fa.example%2Fu%2Fu5";
    for body in [
        &whole[..whole.len() - 1],
        &[&whole[..], &[0]].concat(),
        &[2, 1],
        b"",
    ] {
        let asked = request("POST", path, &[("from", "mimi@b.example")], body);
        let status = world.status(Shows::Of("b.example", folder), asked);
        assert_eq!(status, 400, "{body:?}");
    }
    world.serves_the_honest();
    world.stop();
}
