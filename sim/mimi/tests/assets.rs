//! What providers make of requests for assets: of their own, of others' by way of them, and of what is none.

use crate::engines::on_both_engines;
use crate::providers::{A, ALICE, B, BOB, Bench, CAROL};
use throng_mimi::assets::LONGEST_ASSET;
use throng_mimi::framed::Framed;
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::{AssetBytes, Download, DownloadRequest, Frame, FrameKind, UploadAsset};
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::MlsBytes;
use throng_stack::{Envelope, Keep, Outputs, Packet, Peer, RequestId};
use throng_workloads::intent::{ClientId, ProviderId};

const OF_A: &str = "https://a.example/v1/x-throng/assets/00112233445566778899aabbccddeeff";
const OF_B: &str = "https://b.example/v1/x-throng/assets/00112233445566778899aabbccddeeff";
const OF_C: &str = "https://c.example/v1/x-throng/assets/00112233445566778899aabbccddeeff";

fn asset() -> AssetBytes {
    vec![0xa5; 1_000].into()
}

fn upload<E: Engine>(url: &str, asset: AssetBytes) -> Frame<E::Message> {
    Frame::UploadAsset(UploadAsset {
        url: url.as_bytes().into(),
        asset,
    })
}

fn wants(url: &str) -> DownloadRequest {
    DownloadRequest {
        download_url: url.as_bytes().into(),
    }
}

/// A client stores something: the status that it hears.
fn stores<E: Engine>(bench: &mut Bench<E>, by: ClientId, url: &str, asset: AssetBytes) -> u16 {
    bench.request(by, &upload::<E>(url, asset));
    match bench.answer(by) {
        Frame::UploadAssetResponse(status) => status.code(),
        other => panic!("{:?}", other.kind()),
    }
}

/// A client wants something: what it gets, and the status of that.
fn gets<E: Engine>(bench: &mut Bench<E>, by: ClientId, wish: &Frame<E::Message>) -> Download {
    let asked = bench.request(by, wish);
    let answer = bench.device(by).received.pop_back().expect("an answer");
    assert_eq!(answer.request, Some(asked));
    match answer.packet.open::<E::Message>() {
        Ok(Frame::ProxyDownloadResponse(download) | Frame::FetchAssetResponse(download)) => {
            download
        }
        other => panic!("{other:?}"),
    }
}

fn what_is_attached_is_stored_once_and_stays<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.refusals();
    // Again, and of another; somewhere else; at another path; of a provider that nobody knows.
    let other = AssetBytes::from(vec![1; 9]);
    let directory = "https://b.example/.well-known/mimi-protocol-directory";
    let long = AssetBytes::from(vec![0; LONGEST_ASSET + 1]);
    let another = OF_B.replace("ff", "fe");
    for (by, url, what, code, reason) in [
        (BOB, OF_B, asset(), 201, None),
        (BOB, OF_B, asset(), 201, None),
        (BOB, OF_B, other.clone(), 409, Some(Refusal::AssetExists)),
        (CAROL, OF_B, asset(), 409, Some(Refusal::AssetExists)),
        (BOB, OF_A, asset(), 404, Some(Refusal::NoAsset)),
        (BOB, OF_C, asset(), 403, Some(Refusal::ForeignAsset)),
        (BOB, directory, asset(), 403, Some(Refusal::ForeignAsset)),
        (BOB, "", asset(), 403, Some(Refusal::ForeignAsset)),
        (BOB, &another, long, 413, Some(Refusal::AssetTooLong)),
    ] {
        assert_eq!(stores(&mut bench, by, url, what), code, "{url}");
        assert_eq!(bench.refusals(), Vec::from_iter(reason), "{url}");
    }
    let got = gets(&mut bench, CAROL, &Frame::FetchAsset(wants(OF_B)));
    assert_eq!(got, Download::Asset(asset()));
}

/// The room's hub is `A`: who reads at `B` asks it for what is elsewhere.
fn the_hub_fetches_for_others_and_does_not_learn_for_whom<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    assert_eq!(stores(&mut bench, ALICE, OF_A, asset()), 201);
    bench.refusals();
    let by_hub = Frame::<E::Message>::ProxyDownload(wants(OF_A));
    let packet = Packet::seal(&by_hub).unwrap();
    let envelope = bench.envelope(BOB, packet);
    bench.deliver(B, envelope);
    let [(to, sent)] = bench.wire.make_contiguous() else {
        panic!("{:?}", bench.wire);
    };
    // Neither the room nor the client.
    assert_eq!((*to, sent.room), (A, None));
    assert_ne!(sent.request.map(|request| request.client), Some(BOB));
    bench.settle();
    let came = bench.device(BOB).received.pop_back().unwrap();
    let Ok(Frame::ProxyDownloadResponse(download)) = came.packet.open::<E::Message>() else {
        panic!("{:?}", came.packet.kind());
    };
    assert_eq!(download, Download::Asset(asset()));
    // Of what is at its own provider no other hears.
    assert_eq!(stores(&mut bench, BOB, OF_B, asset()), 201);
    let by_hub = |url| Frame::<E::Message>::ProxyDownload(wants(url));
    let direct = |url| Frame::<E::Message>::FetchAsset(wants(url));
    for wish in [by_hub(OF_B), direct(OF_B)] {
        let packet = Packet::seal(&wish).unwrap();
        let envelope = bench.envelope(CAROL, packet);
        bench.deliver(B, envelope);
        assert!(bench.wire.is_empty());
        bench.device(CAROL).received.clear();
    }
    // The hub's own users, and whoever asks by itself, have it from where it is.
    for (by, wish) in [
        (ALICE, by_hub(OF_B)),
        (ALICE, direct(OF_B)),
        (BOB, direct(OF_A)),
    ] {
        assert_eq!(gets(&mut bench, by, &wish), Download::Asset(asset()));
    }
    assert_eq!(bench.refusals(), []);
    // What there is not, nowhere and nobody's.
    let none = OF_A.replace("00", "ff");
    let path = "https://a.example/v1/notify/x";
    for (wish, code, reason) in [
        (by_hub(&none), 404, Refusal::NoAsset),
        (direct(&none), 404, Refusal::NoAsset),
        (by_hub(OF_C), 403, Refusal::ForeignAsset),
        (direct(OF_C), 403, Refusal::ForeignAsset),
        (by_hub(path), 403, Refusal::ForeignAsset),
    ] {
        assert_eq!(gets(&mut bench, BOB, &wish).status(), code);
        assert_eq!(bench.refusals(), [reason]);
    }
}

on_both_engines!(
    what_is_attached_is_stored_once_and_stays,
    the_hub_fetches_for_others_and_does_not_learn_for_whom
);

fn request(provider: ProviderId) -> RequestId {
    RequestId {
        provider,
        client: ClientId(77),
        number: 1,
    }
}

/// What `A` does with what `B` asks it.
fn asks_a(bench: &mut Bench<OpenMlsEngine>, frame: &Frame<MlsBytes>) -> Outputs {
    let envelope = Envelope {
        request: Some(request(B)),
        ..Envelope::new(Peer::Provider(B), Packet::seal(frame).unwrap())
    };
    bench.handle(A, envelope)
}

/// Nobody gets by way of a provider what is no asset, or is at a provider that is not known.
#[test]
fn a_hub_is_no_open_proxy() {
    let mut bench = Bench::<OpenMlsEngine>::new();
    for url in [
        OF_C,
        "https://localhost/v1/x-throng/assets/00112233445566778899aabbccddeeff",
        "https://127.0.0.1/v1/x-throng/assets/00112233445566778899aabbccddeeff",
        "https://b.example:1@c.example/v1/x-throng/assets/00112233445566778899aabbccddeeff",
        "http://b.example/v1/x-throng/assets/00112233445566778899aabbccddeeff",
        "https://b.example/v1/proxyDownload/https%3A%2F%2Fc.example",
        "https://b.example/v1/x-throng/assets/",
        "file:///etc/passwd",
        "",
    ] {
        for frame in [
            Frame::ProxyDownload(wants(url)),
            Frame::FetchAsset(wants(url)),
        ] {
            let out = asks_a(&mut bench, &frame);
            let [(Peer::Provider(B), answer)] = &out.sends[..] else {
                panic!("{url}: {:?}", out.sends);
            };
            let status = match answer.packet.open::<MlsBytes>() {
                Ok(
                    Frame::ProxyDownloadResponse(download) | Frame::FetchAssetResponse(download),
                ) => download.status(),
                other => panic!("{other:?}"),
            };
            assert_eq!(status, 403, "{url}");
        }
    }
    // What another has it fetches for others, and gives to nobody as its own.
    let out = asks_a(&mut bench, &Frame::FetchAsset(wants(OF_B)));
    let [(_, answer)] = &out.sends[..] else {
        panic!("{:?}", out.sends);
    };
    let Ok(Frame::FetchAssetResponse(download)) = answer.packet.open::<MlsBytes>() else {
        panic!("{:?}", answer.packet.kind());
    };
    assert_eq!(download.status(), 404);
}

/// What is longer elsewhere than it may be here is passed on to nobody.
#[test]
fn what_others_send_is_no_longer_than_an_asset() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    for (more, code) in [(0, 200), (1, 413)] {
        let wish = Frame::<MlsBytes>::FetchAsset(wants(OF_A));
        let envelope = bench.envelope(BOB, Packet::seal(&wish).unwrap());
        bench.deliver(B, envelope);
        let (to, sent) = bench.wire.pop_back().expect("a request");
        assert_eq!(to, A);
        let long = AssetBytes::from(vec![0; LONGEST_ASSET + more]);
        let long = Frame::<MlsBytes>::FetchAssetResponse(Download::Asset(long));
        let answer = Envelope {
            request: sent.request,
            ..Envelope::new(Peer::Provider(A), Packet::seal(&long).unwrap())
        };
        let out = bench.handle(B, answer);
        let [(Peer::Client(BOB), answer)] = &out.sends[..] else {
            panic!("{:?}", out.facts);
        };
        let Ok(Frame::FetchAssetResponse(download)) = answer.packet.open::<MlsBytes>() else {
            panic!("{:?}", answer.packet.kind());
        };
        assert_eq!(download.status(), code);
    }
}

/// Requests that are none, without a name or in another's; answers that nobody waits for.
#[test]
fn what_is_no_request_for_an_asset_is_refused() {
    let mut bench = Bench::<OpenMlsEngine>::new();
    let wish = Packet::seal(&Frame::<MlsBytes>::ProxyDownload(wants(OF_B))).unwrap();
    let nonsense = |kind| Packet::received(kind, vec![0xff; 5]);
    let asset = Frame::<MlsBytes>::FetchAssetResponse(Download::Asset(asset()));
    let answer = Packet::seal(&asset).unwrap();
    let stored = Packet::seal(&upload::<OpenMlsEngine>(OF_A, vec![1].into())).unwrap();
    use FrameKind as K;
    for (packet, name, reason) in [
        (wish.clone(), None, Refusal::MissingHeader),
        (wish, Some(request(A)), Refusal::ForeignSender),
        (
            nonsense(K::ProxyDownload),
            Some(request(B)),
            Refusal::MalformedFrame,
        ),
        (
            nonsense(K::FetchAsset),
            Some(request(B)),
            Refusal::MalformedFrame,
        ),
        (
            nonsense(K::FetchAssetResponse),
            Some(request(A)),
            Refusal::MalformedFrame,
        ),
        (answer.clone(), Some(request(A)), Refusal::Unasked),
        (answer, None, Refusal::Unasked),
        // Providers store for their own users alone.
        (stored, Some(request(B)), Refusal::MissingHeader),
    ] {
        let envelope = Envelope {
            request: name,
            ..Envelope::new(Peer::Provider(B), packet)
        };
        let out = bench.handle(A, envelope);
        assert!(out.sends.is_empty(), "{reason:?}");
        assert_eq!(out.turned, Some(reason.reason()));
        bench.facts.extend(out.facts);
        assert_eq!(bench.refusals(), [reason]);
    }
}

/// What was stored is there after the process: row by row.
#[test]
fn assets_outlive_the_process() {
    let (mut bench, _group) = Bench::<OpenMlsEngine>::with_room();
    bench.providers[0].keep();
    bench.providers[0].changes();
    assert_eq!(stores(&mut bench, ALICE, OF_A, asset()), 201);
    let rows = bench.providers[0].changes();
    let kept = rows.iter().filter(|change| change.table.name() == "assets");
    assert_eq!(kept.count(), 1);
    assert_eq!(stores(&mut bench, ALICE, OF_A, asset()), 201);
    let rows = bench.providers[0].changes();
    assert!(!rows.iter().any(|change| change.table.name() == "assets"));
}
