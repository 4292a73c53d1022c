//! Names of entities.

use super::tie::Tie;
use std::fmt;

/// The number of an entity, in the order in which entities were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(u32);

impl EntityId {
    /// How many entities there can be: what 24 bits number, less [`EntityId::EXTERNAL`].
    pub const MAX_COUNT: usize = Tie::MAX_SOURCE as usize;
    /// The source of injected events, which is no entity. Its events come last among those of an
    /// instant.
    pub const EXTERNAL: Self = Self(Tie::MAX_SOURCE);

    /// The id of the entity added as number `index`, from zero.
    pub const fn from_index(index: u32) -> Self {
        Self(index)
    }

    /// The number, from zero.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) const fn source(self) -> u32 {
        self.0
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EXTERNAL => f.write_str("the outside"),
            Self(index) => write!(f, "entity {index}"),
        }
    }
}
