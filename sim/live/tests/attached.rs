//! What is attached to messages, over real HTTPS: stored at its sender's provider, and fetched by those who read of it by way of the room's hub.

use crate::federation;
use throng_workloads::scenario::Scenario;

fn scenario() -> Scenario {
    let overrides = [
        "duration=4s",
        "rooms.start=warm",
        "users.count=8",
        "users.clients=1",
        "messages.rate=1200/h",
        "messages.content=mimi",
        "messages.kinds={ text = 0.5, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0.5 }",
        "messages.attachment_size=30kB",
        "messages.downloads=hub",
    ];
    federation::small(&overrides, false)
}

#[test]
fn who_reads_has_what_is_attached() {
    let record = federation::loaded(&scenario());
    let other = |name: &str| federation::other(&record, name);
    let sent = record.contents.iter().find(|row| row.kind == "attachment");
    let (sent, read) = sent.map_or((0, 0), |row| (row.accepted, row.read));
    let (stored, fetched) = (other("assets_stored"), other("assets_fetched"));
    assert!(sent > 1 && stored == sent, "{stored} of {sent}");
    // Each who read of it has it, but what was under way at the end.
    assert!(
        fetched > 1 && fetched <= read && fetched + 8 >= read,
        "{fetched} of {read}"
    );
    assert_eq!(other("asset_bytes_fetched"), fetched * 30_000);
    // But for what was read before it was counted.
    assert!((1..=fetched).contains(&record.latencies.download.len()));
    let refused = record.counts.skipped.iter();
    let refused = refused.filter(|(id, _)| id.contains("attached"));
    assert_eq!(refused.count(), 0, "{:?}", record.counts.skipped);
}
