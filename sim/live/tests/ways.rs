//! In which pieces things go to whom they are for, over real HTTPS: several events in one body, Welcomes for each, trees from URLs, and
//! KeyPackages that come with consent; and to whom nothing goes, whose account is deleted.

use crate::federation;

use federation::{between, busy, other};
#[test]
fn several_events_go_in_one_body_and_all_are_read() {
    let record = busy(&["policy.notify_batch=20", "policy.notify_batch_wait=100ms"]);
    let (events, receipts) = (
        between(&record, "notify-application"),
        between(&record, "notify-accepted"),
    );
    assert!(events > 20 && receipts < events, "{receipts} for {events}");
    assert!(
        record.counts.messages_decrypted > events,
        "{:?}",
        record.counts
    );
}

#[test]
fn what_is_too_large_at_once_comes_in_smaller_bodies() {
    let record = busy(&[
        "policy.notify_batch=20",
        "policy.notify_batch_wait=100ms",
        "policy.notify_most=1kB",
    ]);
    assert!(
        other(&record, "bodies_too_large") > 0,
        "{:?}",
        record.counts.others
    );
    assert!(record.counts.messages_decrypted > 20, "{:?}", record.counts);
}

#[test]
fn joiners_get_their_own_secrets_and_fetch_the_tree() {
    let record = busy(&[
        "policy.welcome=each",
        "policy.tree=url",
        "policy.consent=asked",
        "policy.consent_delay=200ms",
        "policy.consent_key_packages=true",
        "churn.new_clients=400/h",
    ]);
    let others = &record.counts.others;
    assert!(record.counts.welcomes > 2, "{:?}", record.counts);
    assert!(other(&record, "trees_fetched") > 2, "{others:?}");
    assert!(other(&record, "key_packages_granted") > 2, "{others:?}");
}

#[test]
fn of_who_is_deleted_nobody_has_key_packages() {
    let record = busy(&[
        "churn={}",
        "churn.deletions=150/h",
        "churn.look_ups=3600/h",
        "rooms.start=warm",
        "duration=8s",
    ]);
    let deleted = other(&record, "accounts_deleted");
    let intents = record.counts.intents.iter();
    let mut wished = intents.filter(|(name, _)| *name == "delete-account");
    let wished = wished.next().map(|(_, count)| *count);
    assert!(
        deleted > 0 && Some(deleted) == wished,
        "{wished:?} {deleted}"
    );
    let refused = record.counts.skipped.iter();
    let refused = refused.filter(|(id, _)| *id == "user-who-is-here-no-more");
    assert!(refused.count() > 0, "{:?}", record.counts.skipped);
    assert!(record.counts.messages_decrypted > 20, "{:?}", record.counts);
}
