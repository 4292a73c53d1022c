//! What is otherwise beside providers under test that speak the draft and nothing of ours.

use std::collections::{BTreeMap, BTreeSet};
use throng_workloads::intent::RoomId;

/// What such providers have already, and what nobody can do for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// Rooms that are there, and what their hub calls them: a URI. Nobody creates them, and everybody enters from outside.
    pub rooms: BTreeMap<RoomId, String>,
    /// The domains of providers that do not serve our clients: their users are theirs alone to drive.
    pub undriven: BTreeSet<String>,
    /// Whether the hub among them does not say which of a room's events something is. Then followers number what comes to them, each for
    /// itself.
    pub unnumbered: bool,
}
