//! One group's history, shared by everybody in the run who is or was in it.
//!
//! All members at one epoch have the same tree, so it is kept once: the newest one whole, with what each
//! commit since changed, as far back as anybody still is. Whoever is at an earlier epoch (a member that has
//! not received the newest commit yet) sees the tree rolled back to it. What is seen at an epoch is therefore
//! the same whoever else has moved on, in whatever order threads run.

use super::app_data::{DataChange, GroupData};
use super::changes::Changes;
use super::lengths::Lengths;
use super::roster::Roster;
use super::tree::Tree;
use crate::app_data::{ComponentId, Listed, SAFE_AAD};
use crate::wire::{DomainList, ExternalSender};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A group at one epoch.
pub(super) struct Version {
    history: Arc<History>,
    epoch: u64,
    /// Length of its GroupContext, in bytes.
    context: u64,
}

/// What all versions of a group share.
pub(super) struct History {
    pub(super) lengths: Lengths,
    pub(super) group_id: Arc<[u8]>,
    state: Mutex<State>,
}

/// The newest version, and the way back.
pub(super) struct State {
    pub(super) tree: Tree,
    pub(super) roster: Roster,
    /// Where the group has application data.
    pub(super) app_data: Option<GroupData>,
    newest: u64,
    /// The last of them led to `newest`.
    log: VecDeque<Step>,
    /// How many versions are held, by epoch.
    held: BTreeMap<u64, usize>,
    /// Numbers commits, accepted or not.
    commits: u64,
    /// How many members have lower leaves, by leaf, in the epoch in which somebody asked last: when one member of a large group works
    /// out whose turn it is, all do.
    before: Option<(u64, Vec<u32>)>,
}

/// A commit that was taken into the history.
struct Step {
    commit: u64,
    changes: Changes,
    data: DataChange,
}

impl History {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere ends the run; no reader goes on with a tree half rolled back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Version {
    /// The beginning of a group's history.
    pub(super) fn begin(
        lengths: Lengths,
        group_id: &[u8],
        epoch: u64,
        tree: Tree,
        roster: Roster,
        app_data: Option<GroupData>,
    ) -> Self {
        let safe_aad = app_data.as_ref().and_then(|data| data.component(SAFE_AAD));
        let lengths = Lengths {
            safe_aad: safe_aad.is_some(),
            ..lengths
        };
        let extensions = app_data.as_ref().map_or(0, GroupData::extensions_len);
        let context = lengths.group_context(group_id.len() as u64, epoch, extensions);
        let state = State {
            tree,
            roster,
            app_data,
            newest: epoch,
            log: VecDeque::new(),
            held: BTreeMap::from([(epoch, 1)]),
            commits: 0,
            before: None,
        };
        let history = Arc::new(History {
            lengths,
            group_id: group_id.into(),
            state: Mutex::new(state),
        });
        Self {
            history,
            epoch,
            context,
        }
    }

    /// Length of its GroupContext, in bytes.
    pub(super) fn context(&self) -> u64 {
        self.context
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Leaves of its tree, blank ones included.
    pub(super) fn leaves(&self) -> u32 {
        // Whoever comes back after many commits asks at each: nothing is taken back for that.
        self.history.lock().width(self.epoch)
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// Length of the group id, in bytes.
    pub(super) fn group_id(&self) -> u64 {
        self.history.group_id.len() as u64
    }

    /// What stamps the keys of the commit that follows on this version.
    pub(super) fn next_stamp(&self) -> u32 {
        // One for the epoch that the commit creates, one because 0 means blank.
        (self.epoch + 2).min(u64::from(u32::MAX)) as u32
    }

    /// Look at this version; `look` leaves tree and roster as they are.
    pub(super) fn look<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        self.history.lock().at(self.epoch, look)
    }

    /// The version that follows by the commit of this number, which changes so much, on the present one; its GroupContext has
    /// `context` bytes.
    pub(super) fn after(
        &self,
        commit: u64,
        changes: &Changes,
        data: &DataChange,
        context: u64,
    ) -> Self {
        let mut state = self.history.lock();
        if state.newest == self.epoch {
            state.append(commit, changes, data);
        }
        let place = (self.epoch - state.oldest()) as usize;
        if state.log.get(place).is_some_and(|s| s.commit == commit) {
            *state.held.entry(self.epoch + 1).or_default() += 1;
            return Self {
                history: Arc::clone(&self.history),
                epoch: self.epoch + 1,
                context,
            };
        }
        // Another commit was taken here: two hubs, which a room never has but a test may.
        let fork = state.at(self.epoch, |state| {
            Self::begin(
                self.history.lengths,
                &self.history.group_id,
                self.epoch,
                state.tree.clone(),
                state.roster.clone(),
                state.app_data.clone(),
            )
        });
        drop(state);
        fork.history.lock().append(commit, changes, data);
        *fork.history.lock().held.entry(self.epoch + 1).or_default() += 1;
        Self {
            history: Arc::clone(&fork.history),
            epoch: self.epoch + 1,
            context,
        }
    }

    pub(super) fn participant(&self, user: &[u8]) -> Listed {
        self.look(|state| match &state.app_data {
            Some(data) => Listed::on_list(data.participants.find(user)),
            None => Listed::NoList,
        })
    }

    pub(super) fn participant_at(&self, index: u32) -> Option<(Vec<u8>, u32)> {
        self.look(|state| state.app_data.as_ref()?.participants.get(index))
    }

    /// All participants, in the order of the list.
    pub(super) fn participants(&self) -> Vec<(Vec<u8>, u32)> {
        self.look(|state| {
            let app_data = state.app_data.as_ref();
            app_data.map_or_else(Vec::new, |data| data.participants.iter().collect())
        })
    }

    /// The data of a component other than the participant list.
    pub(super) fn component(&self, component: ComponentId) -> Option<Vec<u8>> {
        self.look(|state| Some(state.app_data.as_ref()?.component(component)?.to_vec()))
    }

    /// Who may propose without being a member.
    pub(super) fn external_senders(&self) -> Vec<ExternalSender> {
        self.look(|state| {
            let app_data = state.app_data.as_ref();
            app_data.map_or_else(Vec::new, |data| data.external_senders().to_vec())
        })
    }

    /// From where the ratchet tree may be fetched.
    pub(super) fn tree_sources(&self) -> DomainList {
        let sources = self.look(|state| Some(state.app_data.as_ref()?.tree_sources.clone()));
        sources.map_or_else(DomainList::default, |sources| DomainList::clone(&sources))
    }

    /// Length of the participant list where it is kept beside the GroupContext.
    pub(super) fn list_beside(&self) -> Option<u64> {
        self.look(|state| state.app_data.as_ref()?.list_beside())
    }

    /// Memory of the newest tree with its members, in bytes.
    pub(super) fn memory(&self) -> usize {
        let state = self.history.lock();
        let app_data = state.app_data.as_ref();
        let list = app_data.map_or(0, |data| data.participants.memory());
        state.tree.memory() + state.roster.memory() + list
    }
}

impl Clone for Version {
    fn clone(&self) -> Self {
        *self.history.lock().held.entry(self.epoch).or_default() += 1;
        Self {
            history: Arc::clone(&self.history),
            epoch: self.epoch,
            context: self.context,
        }
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        self.history.lock().release(self.epoch);
    }
}

impl fmt::Debug for Version {
    /// Not the tree, which may have a million leaves.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl State {
    /// The earliest epoch that can still be seen.
    fn oldest(&self) -> u64 {
        self.newest - self.log.len() as u64
    }

    /// A number for a new commit.
    pub(super) fn number(&mut self) -> u64 {
        self.commits += 1;
        self.commits
    }

    /// How many members have lower leaves than this one in the epoch that is looked at.
    pub(super) fn members_before(&mut self, epoch: u64, leaf: u32) -> u32 {
        let tree = &self.tree;
        let known = self.before.take_if(|(known, _)| *known != epoch);
        let (_, before) = self.before.get_or_insert_with(|| {
            let mut before = known.map(|(_, before)| before).unwrap_or_default();
            before.clear();
            before.extend((0..tree.width()).scan(0, |count, leaf| {
                let here = *count;
                *count += u32::from(!tree.leaf(leaf).is_blank());
                Some(here)
            }));
            (epoch, before)
        });
        let beyond = || tree.totals().members;
        before.get(leaf as usize).copied().unwrap_or_else(beyond)
    }

    /// How many leaves the tree has in an epoch that can be seen, blank ones included.
    fn width(&self, epoch: u64) -> u32 {
        let place = (epoch - self.oldest()) as usize;
        let step = self.log.get(place);
        step.map_or(self.tree.width(), |step| step.changes.other_width())
    }

    fn at<R>(&mut self, epoch: u64, look: impl FnOnce(&mut Self) -> R) -> R {
        let steps = self.log.len();
        let from = steps.saturating_sub((self.newest - epoch) as usize);
        for step in (from..steps).rev() {
            self.swap(step);
        }
        let result = look(self);
        for step in from..steps {
            self.swap(step);
        }
        result
    }

    fn swap(&mut self, step: usize) {
        let mut changes = std::mem::take(&mut self.log[step].changes);
        self.apply(&mut changes);
        self.log[step].changes = changes;
        if let Some(app_data) = &mut self.app_data {
            app_data.swap(&mut self.log[step].data);
        }
    }

    /// Take changes back or do them, and let the roster follow.
    fn apply(&mut self, changes: &mut Changes) {
        let mut leaves: Vec<u32> = changes.leaves().map(|(leaf, _)| leaf).collect();
        leaves.sort_unstable();
        leaves.dedup();
        for leaf in &leaves {
            self.roster.exit(&self.tree, *leaf);
        }
        changes.swap(&mut self.tree);
        for leaf in &leaves {
            self.roster.enter(&self.tree, *leaf);
        }
    }

    fn append(&mut self, commit: u64, changes: &Changes, data: &DataChange) {
        let mut changes = changes.clone();
        self.apply(&mut changes);
        let mut data = data.clone();
        if let Some(app_data) = &mut self.app_data {
            app_data.swap(&mut data);
        }
        self.log.push_back(Step {
            commit,
            changes,
            data,
        });
        self.newest += 1;
    }

    fn release(&mut self, epoch: u64) {
        if let Some(count) = self.held.get_mut(&epoch) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&epoch);
            }
        }
        let needed = self.held.keys().next().copied().unwrap_or(self.newest);
        while self.oldest() < needed {
            self.log.pop_front();
        }
    }
}
