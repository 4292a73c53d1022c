//! Proposals, and which of them a commit takes.

use super::key_package::{KeyPackage, REFERENCE};
use super::lengths::{Lengths, ProposalLength};
use super::refused;
use crate::app_data::AppDataUpdate;
use crate::engine::MlsError;
use crate::terms::Lifetime;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_workloads::time::SimTime;

/// Names a proposal within its group, as a ProposalRef does: the hash of the message (RFC 9420, section
/// 5.2). Two messages of one sender that say the same in the same epoch are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProposalId {
    pub(super) epoch: u64,
    pub(super) sender: Proposer,
    pub(super) says: Says,
}

/// Who proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proposer {
    /// The member at this leaf.
    Member(u32),
    /// The external sender at this place.
    External(u32),
}

impl Proposer {
    /// The leaf of a member.
    pub(super) fn leaf(self) -> Option<u32> {
        match self {
            Self::Member(leaf) => Some(leaf),
            Self::External(_) => None,
        }
    }
}

/// What makes a proposal of one sender another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// The KeyPackage's reference.
    Add([u8; REFERENCE]),
    Remove(u32),
    /// Every Update has a new key; counts the sender's.
    Update(u32),
    /// The digest of the update.
    AppData([u8; 32]),
    SelfRemove,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Add(Arc<KeyPackage>),
    Remove(u32),
    /// By whoever sends it.
    Update,
    AppData(Arc<AppDataUpdate>),
    /// Whoever sends it.
    SelfRemove,
}

/// A proposal as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) id: ProposalId,
    pub(super) what: What,
}

impl Proposal {
    /// The leaf that it removes.
    pub(super) fn removes(&self) -> Option<u32> {
        match self.what {
            What::Remove(leaf) => Some(leaf),
            What::SelfRemove => self.id.sender.leaf(),
            _ => None,
        }
    }

    /// The leaf that leaves by it.
    pub(super) fn leaver(&self) -> Option<u32> {
        self.id
            .sender
            .leaf()
            .filter(|_| self.what == What::SelfRemove)
    }

    /// The application data that it updates.
    pub(super) fn updates(&self) -> Option<&Arc<AppDataUpdate>> {
        match &self.what {
            What::AppData(update) => Some(update),
            _ => None,
        }
    }

    /// The identity of whoever it adds.
    pub(super) fn adds(&self) -> Option<Vec<u8>> {
        match &self.what {
            What::Add(package) => Some(package.identity.to_vec()),
            _ => None,
        }
    }
}

/// These, for whoever asks the engine.
pub(super) fn updates_of<'a>(
    shared: impl IntoIterator<Item = &'a Arc<AppDataUpdate>>,
) -> Vec<AppDataUpdate> {
    let each = shared.into_iter();
    each.map(|update| AppDataUpdate::clone(update)).collect()
}

impl What {
    /// `proposer`: length of the identity of whoever proposes it.
    pub(super) fn length(&self, proposer: u64) -> ProposalLength {
        match self {
            Self::Add(package) => ProposalLength::Add {
                identity: package.identity.len() as u64,
                last_resort: package.terms.last_resort,
            },
            Self::Remove(_) => ProposalLength::Remove,
            Self::Update => ProposalLength::Update { identity: proposer },
            Self::AppData(update) => ProposalLength::AppData {
                update: update.update.len() as u64,
            },
            Self::SelfRemove => ProposalLength::SelfRemove,
        }
    }
}

/// What a commit covers, in the order of RFC 9420, section 12.4.2, and OpenMLS's choice among proposals
/// about one leaf.
#[derive(Debug, Default)]
pub(super) struct Covered {
    /// Leaves that Update proposals refresh.
    pub(super) updates: Vec<u32>,
    pub(super) removes: Vec<u32>,
    /// Those among them that leave by SelfRemove.
    pub(super) leavers: Vec<u32>,
    pub(super) adds: Vec<Arc<KeyPackage>>,
    pub(super) adds_by_value: u64,
    /// Updates of application data, in the order in which they are applied.
    pub(super) app_data: Vec<Arc<AppDataUpdate>>,
    /// How many of them come by value: the last.
    pub(super) updates_by_value: usize,
    /// The proposals that are covered by reference.
    pub(super) references: Vec<ProposalId>,
    /// Length of the commit's list of proposals, in bytes.
    pub(super) bytes: u64,
    /// Whether an own Update is pending, which the commit's path replaces.
    pub(super) own_update: bool,
}

/// What a proposal does to a leaf; of several the last of the greatest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ToLeaf {
    Update,
    Remove,
    SelfRemove,
}

/// A proposal about one leaf, and whether it comes by reference.
#[derive(Clone, Copy)]
struct AboutLeaf {
    does: ToLeaf,
    reference: Option<ProposalId>,
}

impl Covered {
    /// Choose among the pending proposals and what the committer adds by value. Of several proposals about one
    /// leaf a SelfRemove counts, else the last Remove, else the last Update; the committer's own Updates never do.
    pub(super) fn choose(
        lengths: &Lengths,
        own_leaf: u32,
        pending: &[Proposal],
        removes: &[u32],
        adds: &[Arc<KeyPackage>],
        app_data: &[AppDataUpdate],
    ) -> Result<Self, MlsError> {
        let mut covered = Self::default();
        let mut leaves: BTreeMap<u32, AboutLeaf> = BTreeMap::new();
        let mut about = |leaf: u32, new: AboutLeaf| {
            let kept = leaves.entry(leaf).or_insert(new);
            if new.does >= kept.does {
                *kept = new;
            }
        };
        for (place, proposal) in pending.iter().enumerate() {
            let by = proposal.id.sender.leaf();
            if pending[..place].iter().any(|other| other.id == proposal.id) {
                continue;
            }
            let reference = Some(proposal.id);
            match &proposal.what {
                What::Add(package) => {
                    covered.adds.push(Arc::clone(package));
                    covered.references.push(proposal.id);
                    covered.bytes += lengths.by_reference();
                }
                What::AppData(update) => {
                    covered.app_data.push(Arc::clone(update));
                    covered.references.push(proposal.id);
                    covered.bytes += lengths.by_reference();
                }
                What::Update if by == Some(own_leaf) => covered.own_update = true,
                What::Update => {
                    let does = ToLeaf::Update;
                    if let Some(leaf) = by {
                        about(leaf, AboutLeaf { does, reference });
                    }
                }
                What::Remove(leaf) => {
                    let does = ToLeaf::Remove;
                    about(*leaf, AboutLeaf { does, reference });
                }
                What::SelfRemove => {
                    let does = ToLeaf::SelfRemove;
                    if let Some(leaf) = by {
                        about(leaf, AboutLeaf { does, reference });
                    }
                }
            }
        }
        for leaf in removes {
            about(
                *leaf,
                AboutLeaf {
                    does: ToLeaf::Remove,
                    reference: None,
                },
            );
        }
        let own = leaves.get(&own_leaf);
        if own.is_some_and(|about| about.does > ToLeaf::Update) {
            return Err(refused("commit", "a committer cannot remove itself"));
        }
        covered.adds_by_value = adds.len() as u64;
        for package in adds {
            covered.bytes += lengths.by_value(ProposalLength::Add {
                identity: package.identity.len() as u64,
                last_resort: package.terms.last_resort,
            });
            covered.adds.push(Arc::clone(package));
        }
        for update in app_data {
            covered.update(lengths, update);
        }
        for (leaf, about) in leaves {
            match about.does {
                ToLeaf::Update => covered.updates.push(leaf),
                ToLeaf::Remove => covered.removes.push(leaf),
                ToLeaf::SelfRemove => {
                    covered.removes.push(leaf);
                    covered.leavers.push(leaf);
                }
            }
            covered.bytes += match about.reference {
                Some(_) => lengths.by_reference(),
                None => lengths.by_value(ProposalLength::Remove),
            };
            covered.references.extend(about.reference);
        }
        Ok(covered)
    }

    /// Cover one more update, by value. OpenMLS takes what is the same for the same proposal.
    pub(super) fn update(&mut self, lengths: &Lengths, update: &AppDataUpdate) {
        let by_value = self.app_data.iter().rev().take(self.updates_by_value);
        if by_value.into_iter().any(|known| **known == *update) {
            return;
        }
        self.updates_by_value += 1;
        self.bytes += lengths.by_value(ProposalLength::AppData {
            update: update.update.len() as u64,
        });
        self.app_data.push(Arc::new(update.clone()));
    }

    /// Identities of those whom it adds whose leaves have a lifetime that ends, and when.
    pub(super) fn ends(&self) -> Vec<(Vec<u8>, SimTime)> {
        let ending = self.adds.iter();
        let ending = ending.filter(|package| package.terms.lifetime != Lifetime::ALWAYS);
        ending
            .map(|package| (package.identity.to_vec(), package.terms.lifetime.end()))
            .collect()
    }

    /// Whether the commit must have a path (RFC 9420, section 17.4): not if all it does is add somebody or update
    /// application data.
    pub(super) fn needs_path(&self) -> bool {
        self.own_update
            || !self.updates.is_empty()
            || !self.removes.is_empty()
            || (self.adds.is_empty() && self.app_data.is_empty())
    }
}
