//! What a room's creator does by its role, and who was given another standing so.

use crate::intent::UserId;
use crate::scenario::{Administration, Rate};
use std::collections::BTreeSet;

/// What of it an independent process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Office {
    Kicks,
    Bans,
    Unbans,
    RoleChanges,
}

impl Office {
    pub(super) const ALL: [Self; 4] = [Self::Kicks, Self::Bans, Self::Unbans, Self::RoleChanges];

    pub(super) fn rate(self, all: &Administration) -> &Rate {
        match self {
            Self::Kicks => &all.kicks,
            Self::Bans => &all.bans,
            Self::Unbans => &all.unbans,
            Self::RoleChanges => &all.role_changes,
        }
    }

    pub(super) const fn purpose(self) -> &'static str {
        match self {
            Self::Kicks => "kicks",
            Self::Bans => "bans",
            Self::Unbans => "unbans",
            Self::RoleChanges => "role changes",
        }
    }
}

/// Who was given another standing in a room, as far as wishes go.
#[derive(Debug, Clone, Default)]
pub(super) struct Standings {
    pub(super) banned: BTreeSet<UserId>,
    pub(super) promoted: BTreeSet<UserId>,
}
