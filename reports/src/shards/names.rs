//! The words in a shard's files that are those of the program itself: what it does not know, it did not write.

use throng_record::LATENCIES;
use throng_record::contents::{NOTICES_ACCEPTED, NOTICES_READ};
use throng_record::invariants::{ADDS_UP, AGREE, BALANCED, DELIVERED, EXCLUDED, ONE_COMMIT};
use throng_record::reasons::STILL_OPEN;
use throng_record::shard::OF_OTHERS;
use throng_stacks::live;
use throng_workloads::intent::Action;

/// What shards count besides any stack.
const COUNTED: [&str; 3] = [OF_OTHERS, NOTICES_ACCEPTED.0, NOTICES_READ.0];

/// A word of a kind, or that it is none.
fn known(what: &str, name: &str, found: Option<&'static str>) -> Result<&'static str, String> {
    found.ok_or_else(|| format!("{name:?} is no {what} that this version of throng has"))
}

fn among(all: &[&'static str], name: &str) -> Option<&'static str> {
    all.iter().copied().find(|one| *one == name)
}

/// What people want.
pub(super) fn action(name: &str) -> Result<&'static str, String> {
    known("kind of wish", name, among(&Action::NAMES, name))
}

/// Why something failed.
pub(super) fn reason(name: &str) -> Result<&'static str, String> {
    let of_stack = live::reason(name).map(|reason| reason.id);
    let own = Some(STILL_OPEN.id).filter(|id| *id == name);
    known("reason", name, of_stack.or(own))
}

/// What a stack counts.
pub(super) fn counter(name: &str) -> Result<&'static str, String> {
    let of_stack = live::counter(name).map(|counter| counter.0);
    known("count", name, of_stack.or(among(&COUNTED, name)))
}

/// A latency that wishes enter.
pub(super) fn latency(name: &str) -> Result<&'static str, String> {
    let found = LATENCIES.iter().find(|latency| latency.name == name);
    known("latency", name, found.map(|latency| latency.name))
}

/// What has to hold.
pub(super) fn invariant(name: &str) -> Result<&'static str, String> {
    let all = [AGREE, ONE_COMMIT, DELIVERED, EXCLUDED, BALANCED, ADDS_UP];
    known("invariant", name, among(&all, name))
}

/// Who was at work.
pub(super) fn party(name: &str) -> Result<&'static str, String> {
    known("party", name, among(&["client", "provider"], name))
}

/// What was answered to.
pub(super) fn trigger(name: &str) -> Result<&'static str, String> {
    let packets = among(live::vocabulary().packets, name);
    let trigger = packets.or(among(&["wish or timer"], name));
    known("kind of message", name, trigger)
}
