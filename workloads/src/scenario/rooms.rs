//! Rooms, as the simulation sees them: how many, how large, and how they start.

use crate::dist::Dist;
use crate::quotas::quotas;

/// Rooms and how they start.
#[derive(Debug, Clone, PartialEq)]
pub struct Rooms {
    /// How many.
    pub count: u32,
    /// Participants (users) that each starts with, rounded, at least 1 (the creator).
    pub size: Dist,
    /// Which provider becomes hub.
    pub hub: HubChoice,
    /// The probability that a participant is drawn from the creator's own provider rather than from all
    /// users (1: rooms within one organisation, 0: fully mixed).
    pub locality: f64,
    /// How each starts.
    pub start: Start,
    /// With [`Start::Grown`], seconds between one add and the next.
    pub grow_interval: Dist,
    /// When each is created, in seconds after the start (ignored for rooms that exist before it).
    pub created: Dist,
    /// Kinds that differ in size and in how much is said in them, rooms numbered kind by kind. None: all are alike, and `size` holds.
    pub kinds: Vec<RoomKind>,
}

/// Rooms of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomKind {
    /// How many of all rooms.
    pub rooms: Portion,
    /// Participants that each starts with, as [`Rooms::size`].
    pub size: Dist,
    /// How likely somebody who wants to say something says it in a room of this kind, against the other rooms that they are in.
    pub talk: f64,
    /// How often people join, leave and are removed there, and members refresh their leaves, against what [`Churn`](super::Churn) says of all
    /// rooms.
    pub churn: f64,
}

/// A part of some whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Portion {
    /// So many, however large the whole is.
    Count(u32),
    /// This share of what the counts leave.
    Share(f64),
}

impl Rooms {
    /// How many rooms are of each kind, exactly as counts say, and by largest remainder for the shares of what is left. Nothing where all
    /// are alike.
    pub fn kind_counts(&self) -> Vec<u32> {
        let counted = self.kinds.iter().map(|kind| match kind.rooms {
            Portion::Count(count) => count,
            Portion::Share(_) => 0,
        });
        let left = self.count.saturating_sub(counted.clone().sum());
        let shares = self.kinds.iter().map(|kind| match kind.rooms {
            Portion::Count(_) => 0.0,
            Portion::Share(share) => share,
        });
        let shares: Vec<f64> = shares.collect();
        let shared = match shares.iter().any(|share| *share > 0.0) {
            true => quotas(&shares, left),
            false => vec![0; shares.len()],
        };
        counted
            .zip(shared)
            .map(|(some, more)| some + more)
            .collect()
    }

    /// The distributions of sizes, and how many rooms have each.
    pub fn sizes(&self) -> Vec<(&Dist, u32)> {
        match self.kinds.is_empty() {
            true => vec![(&self.size, self.count)],
            false => {
                let sizes = self.kinds.iter().map(|kind| &kind.size);
                sizes.zip(self.kind_counts()).collect()
            }
        }
    }
}

/// Which provider becomes a room's hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubChoice {
    /// The provider of the room's creator.
    Creator,
    /// The first provider of the scenario.
    First,
    /// Each in turn.
    RoundRobin,
}

/// How a room starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The creator adds the participants one by one.
    Grown,
    /// The creator adds all participants in one commit.
    AtOnce,
    /// The group exists before time zero, with every parent filled that has members under both of its
    /// children: what remains when all have committed.
    Warm,
    /// The group exists before time zero, with every parent blank: what remains when one commit without a path has
    /// added all.
    Bare,
}

impl Start {
    /// Whether the group exists before time zero.
    pub const fn is_before_zero(self) -> bool {
        matches!(self, Self::Warm | Self::Bare)
    }
}
