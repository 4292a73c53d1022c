//! What groups say of their hubs, which hubs say of themselves over real HTTPS: by what their stamps are checked, and for whom handshakes
//! are sealed that other providers are not to read.

use crate::federation;

use federation::{between, busy, other, unread};
#[test]
fn what_is_read_with_its_stamp_is_reported() {
    let record = busy(&[
        "messages.content=mimi",
        "messages.kinds={ text = 1, reply = 0, reaction = 0, edit = 0, delete = 0, attachment = 0 }",
        "messages.franking=true",
        "messages.reports=0.2",
    ]);
    let read = record.counts.messages_decrypted;
    assert!(read > 20, "{:?}", record.counts);
    // A stamp that does not hold would be here, and stop this.
    assert!(4 * unread(&record) < read, "{:?}", record.counts);
    let reported = other(&record, "messages_reported");
    assert!(
        other(&record, "abuse_reports") > 1 && reported < read,
        "{:?}",
        record.counts.others
    );
    let refused = record.counts.skipped.iter();
    let refused = refused.filter(|(id, _)| id.contains("report"));
    assert_eq!(refused.count(), 0, "{:?}", record.counts.skipped);
}

#[test]
fn what_members_change_only_their_hub_reads() {
    let record = busy(&["policy.handshakes=semi-private", "churn.updates=600/h"]);
    let sealed = between(&record, "notify-semi-private-commit");
    assert!(sealed > 2, "{:?}", record.traffic);
    // Whoever comes from outside has no keys yet.
    let (clear, outside) = (
        between(&record, "notify-commit"),
        record.counts.external_commits,
    );
    assert!(clear <= outside, "{clear} of {:?}", record.counts);
    let read = record.counts.messages_decrypted;
    assert!(
        read > 20 && 4 * unread(&record) < read,
        "{:?}",
        record.counts
    );
}
