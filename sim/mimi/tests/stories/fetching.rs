//! What is attached to messages: stored, spoken of, and fetched by those who read of it.

use super::bench::{Bench, Fault, provider};
use throng_mimi::vocabulary::{counters, reasons};
use throng_mimi::wire::FrameKind;
use throng_stack::{Fact, Peer};
use throng_workloads::intent::{Action, ClientId, RoomId};
use throng_workloads::time::SimSpan;

const ATTACHING: &[&str] = &[
    "messages.content=mimi",
    "messages.kinds={ text = 0, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 1 }",
    "messages.attachment_size=5kB",
    "policy.request_timeout=10s",
];
const BY_HUB: &str = "messages.downloads=hub";
const BY_PROVIDER: &str = "messages.downloads=provider";

/// Users 0 to 3 are at providers 0, 1, 2 and 2, in a room of provider 1.
fn room(more: &[&str]) -> Bench {
    let mut bench = Bench::new(&[0, 1, 2, 2], &[(1, 1)], &[ATTACHING, more].concat());
    bench.open_room(0, 1, &[0, 2, 3]);
    bench
}

fn attach(bench: &mut Bench, by: u32) {
    let room = RoomId(0);
    bench.wish(by, Action::Message { room, bytes: 20 });
    bench.run();
}

/// How many each of the four has fetched.
fn fetched(bench: &Bench) -> [u64; 4] {
    [0, 1, 2, 3].map(|of| {
        let who = Peer::Client(ClientId(of));
        let fetched = bench.counted(who, counters::ASSETS_FETCHED);
        let bytes = bench.counted(who, counters::ASSET_BYTES_FETCHED);
        assert_eq!(bytes, fetched * 5_000);
        let facts = bench.count(who, |fact| matches!(fact, Fact::Fetched { .. }));
        assert_eq!(facts as u64, fetched);
        fetched
    })
}

/// How many requests of this kind went from one provider to another.
fn between(bench: &Bench, kind: FrameKind, from: u16, to: u16) -> usize {
    let sent = bench.carried(kind);
    let sent = sent.filter(|one| one.from == provider(from) && one.to == provider(to));
    sent.count()
}

#[test]
fn who_reads_has_it_by_way_of_the_hub() {
    use FrameKind as K;
    let mut bench = room(&[BY_HUB]);
    attach(&mut bench, 0);
    assert_eq!(fetched(&bench), [0, 1, 1, 1]);
    // Both readers' provider asks the hub, which asks the sender's; the hub's own user is served by the hub.
    assert_eq!(between(&bench, K::ProxyDownload, 2, 1), 2);
    assert_eq!(between(&bench, K::FetchAsset, 1, 0), 3);
    assert_eq!(between(&bench, K::FetchAsset, 2, 0), 0);
    assert_eq!(bench.counted(provider(0), counters::ASSETS_STORED), 1);
    assert_eq!(bench.counted(provider(0), counters::ASSETS_SERVED), 3);
    // Nobody asks before it is there.
    let first = |kind| bench.carried(kind).map(|one| one.at).min();
    assert!(first(K::UploadAsset) <= first(K::SubmitMessage));
    assert_eq!([0, 1, 2, 3].map(|of| bench.skipped(of).len()), [0; 4]);
}

#[test]
fn who_reads_has_it_by_way_of_its_own_provider() {
    use FrameKind as K;
    let mut bench = room(&[BY_PROVIDER]);
    attach(&mut bench, 0);
    assert_eq!(fetched(&bench), [0, 1, 1, 1]);
    assert_eq!(bench.carried(K::ProxyDownload).count(), 0);
    assert_eq!(between(&bench, K::FetchAsset, 1, 0), 1);
    assert_eq!(between(&bench, K::FetchAsset, 2, 0), 2);
    // What is at the reader's own provider no other hears of.
    attach(&mut bench, 2);
    assert_eq!(fetched(&bench), [1, 2, 1, 2]);
    assert_eq!(between(&bench, K::FetchAsset, 2, 2), 0);
    assert_eq!(between(&bench, K::FetchAsset, 0, 2), 1);
}

/// Without it, attachments are as they were: spoken of, and nobody asks for them.
#[test]
fn nobody_fetches_where_nobody_is_to() {
    let mut bench = room(&[]);
    attach(&mut bench, 0);
    assert_eq!(fetched(&bench), [0; 4]);
    assert_eq!(bench.carried(FrameKind::UploadAsset).count(), 0);
    assert_eq!(bench.read_by(2), 1);
}

/// Whatever is lost between providers, and whoever is restarted meanwhile.
#[test]
fn it_comes_once_whatever_is_lost() {
    use FrameKind as K;
    for kind in [
        K::ProxyDownload,
        K::ProxyDownloadResponse,
        K::FetchAsset,
        K::FetchAssetResponse,
    ] {
        for restarted in [None, Some(0), Some(1), Some(2)] {
            let mut bench = room(&[BY_HUB]);
            for (from, to) in [(2, 1), (1, 2), (1, 0), (0, 1)] {
                let between = |fault: Fault| fault.from(provider(from)).to(provider(to));
                bench.fault(between(Fault::lose(kind)).times(2));
                bench.fault(between(Fault::twice(kind)).times(2));
            }
            bench.wish(
                0,
                Action::Message {
                    room: RoomId(0),
                    bytes: 20,
                },
            );
            bench.run_for(SimSpan::from_secs(5));
            if let Some(id) = restarted {
                let own: &[u32] = [&[0][..], &[1], &[2, 3]][usize::from(id)];
                bench.restart(id, own);
            }
            bench.run();
            assert_eq!(fetched(&bench), [0, 1, 1, 1], "{kind} {restarted:?}");
            assert_eq!([1, 2, 3].map(|of| bench.skipped(of).len()), [0; 3]);
        }
    }
}

/// Whoever is away fetches it when it is back, whatever became of the process that had stored it.
#[test]
fn who_is_away_fetches_it_later() {
    let mut bench = room(&[BY_HUB]);
    bench.wish(3, Action::Offline);
    bench.run();
    attach(&mut bench, 0);
    assert_eq!(fetched(&bench), [0, 1, 1, 0]);
    bench.restart(0, &[0]);
    bench.run();
    bench.wish(3, Action::Online);
    bench.run();
    assert_eq!(fetched(&bench), [0, 1, 1, 1]);
}

/// What is changed on its way, or never was there, is not taken for what the message speaks of.
#[test]
fn what_is_not_what_the_message_says_is_not_taken() {
    let mut bench = room(&[BY_HUB]);
    let damage = |bytes: &mut Vec<u8>| {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
    };
    bench.fault(Fault::damage(FrameKind::FetchAssetResponse, damage).to(provider(1)));
    attach(&mut bench, 0);
    assert_eq!(fetched(&bench).iter().sum::<u64>(), 2);
    let skipped: Vec<_> = (0..4).flat_map(|of| bench.skipped(of)).collect();
    assert_eq!(skipped, [reasons::ASSET_UNREADABLE.id]);

    let mut bench = room(&[BY_HUB]);
    let elsewhere = |bytes: &mut Vec<u8>| {
        // Another asset than the message speaks of: the first digit of its name.
        let at = bytes.windows(8).position(|part| part == b"/assets/");
        let digit = &mut bytes[at.expect("a URL") + 8];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    };
    bench.fault(Fault::damage(FrameKind::UploadAsset, elsewhere));
    attach(&mut bench, 0);
    assert_eq!(fetched(&bench), [0; 4]);
    let refused = [reasons::ASSET_REFUSED.id];
    assert_eq!([1, 2, 3].map(|of| bench.skipped(of)), [refused; 3]);
}
