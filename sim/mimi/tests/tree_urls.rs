//! Who asks for ratchet trees that nobody told them of.

use crate::engines::on_both_engines;
use crate::providers::{ALICE, BOB, Bench};
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::{Frame, RatchetTreeRequest};
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_workloads::intent::ClientId;

const HERE: &str = "https://a.example/v1/x-throng/ratchetTree/mimi%3A%2F%2Fa.example%2Fr%2Fr0/0";

fn refused<E: Engine>(bench: &mut Bench<E>, who: ClientId, url: &[u8]) -> Vec<Refusal> {
    bench.refusals();
    let request = RatchetTreeRequest {
        ratchet_tree_url: url.to_vec().into(),
    };
    bench.request(who, &Frame::RatchetTreeRequest(request));
    let answer = bench.answer(who);
    assert!(
        matches!(answer, Frame::RatchetTreeGone(())),
        "{:?}",
        answer.kind()
    );
    bench.refusals()
}

on_both_engines!(nobody_gets_a_tree_that_nobody_told_them_of);

fn nobody_gets_a_tree_that_nobody_told_them_of<E: Engine>() {
    let (mut bench, _) = Bench::<E>::with_room();
    // Of no use is a URL that is well made: it was given to nobody.
    for who in [ALICE, BOB] {
        assert_eq!(
            refused(&mut bench, who, HERE.as_bytes()),
            [Refusal::TreeGone]
        );
    }
    // Nobody is asked on behalf of who makes up URLs.
    for url in [
        "https://c.example/x",
        "http://a.example/x",
        "https://b.example/v1/x",
        "",
    ] {
        let refusals = refused(&mut bench, BOB, url.as_bytes());
        assert_eq!(refusals, [Refusal::TreeElsewhere], "{url:?}");
        assert_eq!(
            refused(&mut bench, ALICE, url.as_bytes()),
            [Refusal::TreeGone]
        );
    }
    assert_eq!(
        refused(&mut bench, BOB, &[0xff, 0xfe]),
        [Refusal::MalformedFrame]
    );
    // Another path of the hub's, another room than the request is about, and the same tree otherwise written: the hub is not even asked, since
    // it would number its answer in the room that the URL names, and here the number would be another room's.
    for path in [
        "/v1/notify/x",
        "/v1/x-throng/ratchetTree/mimi%3A%2F%2Fa.example%2Fr%2Fr0/00",
        "/v1/x-throng/ratchetTree/mimi%3a%2f%2fa.example%2fr%2fr0/0",
        "/v1/x-throng/ratchetTree/mimi%3A%2F%2Fa.example%2Fr%2Fr9/0",
    ] {
        let url = format!("https://a.example{path}");
        let refusals = refused(&mut bench, BOB, url.as_bytes());
        assert_eq!(refusals, [Refusal::TreeElsewhere], "{url}");
    }
}
