//! Who does nothing all along but receive.

use throng_workloads::dist::Dist;
use throng_workloads::intent::{Action, ClientId, Intent, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::{Admission, CommitPolicy, CostSource, Passive, Scenario};

/// Which clients of a population act; the others only receive.
pub(super) struct Acting {
    /// By client; empty where all do.
    acts: Vec<bool>,
}

/// Whether there can be anybody who only receives: members of rooms that are there at time zero, always online, who commit for nobody
/// else, say nothing of what they got and whose KeyPackages last, at providers where nothing has to be safe before it leaves: what is sent to them all leaves when the work is
/// done. It is then worth looking at all that is wished before the run begins.
pub(super) fn possible(scenario: &Scenario) -> bool {
    // Clients renew KeyPackages when two thirds of their lifetime are over.
    let renewals =
        scenario.policy.key_package_lifetime.as_nanos() / 2 <= scenario.duration.as_nanos();
    scenario.users.passive == Passive::Counted
        && !scenario.messages.content.is_answered()
        && scenario.cost.source == CostSource::Profile
        && scenario.rooms.start.is_before_zero()
        && scenario.users.online.is_none()
        && !renewals
        && scenario.network.outages.is_empty()
        // What becomes of a message depends on those before it, or on more than how many packets it loses.
        && scenario.network.client.iter().all(|(_, link)| link.is_plain())
        && scenario
            .providers
            .iter()
            .all(|provider| {
                let waits = provider.sync != Dist::Constant(0.0);
                let apart = provider.writers > 1 && provider.cores > 1;
                // When something leaves depends on all else that does.
                !waits && !apart && provider.up.is_none() && provider.down.is_none()
            })
        && (scenario.policy.committer.leaves_to_admin()
            || scenario.policy.commit == CommitPolicy::AtOnce)
        // Whom the hub tells first may be anybody, and so may be who refreshes a leaf.
        && scenario.policy.admission == Admission::Everybody
        // Anybody may have to commit what a hub proposes.
        && !scenario.policy.evict_ended
        && scenario.policy.refresh <= 0.0
}

impl Acting {
    /// Everybody acts.
    pub(super) fn all() -> Self {
        Self { acts: Vec::new() }
    }

    /// Those who act, given all that will be wished.
    pub(super) fn find(scenario: &Scenario, population: &Population, intents: &[Intent]) -> Self {
        let creators: Vec<UserId> = population.rooms.iter().map(|room| room.creator).collect();
        // Where anybody may commit for others, or the creator goes and leaves it to them, all act.
        let covering = |intent: &Intent| match &intent.action {
            Action::Leave { .. } => {
                let user = population.user_of(intent.actor);
                !scenario.policy.committer.leaves_to_admin()
                    || user.is_none_or(|user| creators.contains(&user))
            }
            Action::Remove { user, .. } | Action::Administer { user, .. } => {
                creators.contains(user)
            }
            Action::Lost { .. } | Action::DeleteAccount { .. } => population
                .user_of(intent.actor)
                .is_none_or(|user| creators.contains(&user)),
            _ => false,
        };
        if intents.iter().any(covering) {
            return Self::all();
        }
        // One room at most: a client acknowledges what it received of all its rooms together.
        let mut rooms = vec![0u8; population.users.len()];
        for room in population.rooms.iter() {
            for user in &room.initial {
                let count = &mut rooms[user.0 as usize];
                *count = count.saturating_add(1);
            }
        }
        let mut users = vec![false; population.users.len()];
        let mut act = |user: UserId| users[user.0 as usize] = true;
        creators.iter().copied().for_each(&mut act);
        for intent in intents {
            if let Some(user) = population.user_of(intent.actor) {
                act(user);
            }
            match &intent.action {
                Action::Add { users, .. } => users.iter().copied().for_each(&mut act),
                Action::Remove { user, .. }
                | Action::Administer { user, .. }
                | Action::LookUp { user, .. }
                | Action::NewClient { user, .. } => act(*user),
                Action::Lost { removers } => removers
                    .iter()
                    .filter_map(|(_, remover)| population.user_of(*remover))
                    .for_each(&mut act),
                Action::DeleteAccount { others } => others
                    .iter()
                    .filter_map(|other| population.user_of(*other))
                    .for_each(&mut act),
                _ => {}
            }
        }
        let acts = population.clients.iter().map(|client| {
            let user = client.user.0 as usize;
            users[user] || rooms[user] != 1 || !client.online
        });
        let acts: Vec<bool> = acts.collect();
        match acts.iter().all(|acts| *acts) {
            true => Self::all(),
            false => Self { acts },
        }
    }

    /// Whether this client of the population acts.
    pub(super) fn acts(&self, client: ClientId) -> bool {
        self.acts.get(client.0 as usize).copied().unwrap_or(true)
    }

    /// Whether everybody does.
    pub(super) fn everybody(&self) -> bool {
        self.acts.is_empty()
    }

    /// Those who act, ascending; none where all do.
    pub(super) fn list(&self) -> Option<Vec<ClientId>> {
        if self.everybody() {
            return None;
        }
        let acting = self.acts.iter().enumerate().filter(|(_, acts)| **acts);
        Some(acting.map(|(client, _)| ClientId(client as u32)).collect())
    }
}
