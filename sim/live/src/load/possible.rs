//! What this machine can do at most: a client takes an open file and memory, here and at its provider.

use crate::error::LiveError;
use crate::limits::Limits;
use throng_record::Shard;
use throng_workloads::intent::UserId;
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;

/// Open files of a process besides those of its clients' connections: libraries, logs, the event loop, and connections between providers.
const FILES_BESIDES: u64 = 256;

/// Memory that a client takes here, in bytes, besides its groups: its KeyPackages and a connection. Measured on 30 November 2026 (x86-64,
/// Linux): 400 clients in 40 rooms of 10 took 33 MB, and 100 clients in 3 rooms of 95 took 78 MB; with so much for each client and for
/// each leaf, both come out.
const CLIENT_BYTES: u64 = 56 << 10;

/// Memory that a client's group takes for each leaf of its tree, in bytes: each member has the whole tree.
const LEAF_BYTES: u64 = 3 << 10;

/// Memory that a client takes at its provider, where that is on this machine. Measured on the same day: 200 took 12 MB.
const SERVED_BYTES: u64 = 60 << 10;

/// What is left to everybody else on this machine.
const MEMORY_BESIDES: u64 = 512 << 20;

/// Memory that can still be had without others having to give some back, in bytes, where the system says.
pub(super) fn memory_available() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        use procfs::Current;
        procfs::Meminfo::current().ok()?.mem_available
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Lets this process, and those that it starts, have as many files open as it may at all; how many that is, where there is an end.
fn open_files() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => limit.maximum,
            Err(_) => limit.current,
        }
    }
    #[cfg(not(unix))]
    None
}

/// How many clients a process can have, by what.
#[derive(Debug, Clone, Copy)]
struct Most {
    files: u64,
    memory: u64,
    connections: u64,
}

impl Most {
    /// Of this machine. With `own` providers these are on it, too.
    fn here(demand: Demand, own: bool) -> Self {
        let files = open_files().map_or(u64::MAX, |files| files.saturating_sub(FILES_BESIDES));
        let served = if own { SERVED_BYTES } else { 0 };
        let clients = demand.clients.max(1);
        // As large as rooms are in this scenario.
        let each = CLIENT_BYTES + served + demand.leaves.saturating_mul(LEAF_BYTES) / clients;
        let memory = memory_available().map_or(u64::MAX, |memory| {
            memory.saturating_sub(MEMORY_BESIDES) / each
        });
        let share = demand.of_one_provider as f64 / clients as f64;
        let connections = match own {
            true => (Limits::default().connections as f64 / share.max(1e-9)) as u64,
            false => u64::MAX,
        };
        Self {
            files,
            memory,
            connections,
        }
    }

    fn all(self) -> u64 {
        self.files.min(self.memory).min(self.connections)
    }
}

/// What a scenario takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Demand {
    clients: u64,
    /// Of those, the clients of the provider that has most.
    of_one_provider: u64,
    /// Leaves of all groups, once for each member that has them.
    leaves: u64,
}

impl Demand {
    /// That of the users of whom this holds.
    fn of(scenario: &Scenario, population: &Population, driven: impl Fn(UserId) -> bool) -> Self {
        let mut of_provider = vec![0u64; scenario.providers.len()];
        let mut clients = 0;
        for client in population
            .clients
            .iter()
            .filter(|client| driven(client.user))
        {
            clients += 1;
            let user = population.users.get(client.user.0 as usize);
            let home = user.map_or(0, |user| usize::from(user.provider.0));
            if let Some(count) = of_provider.get_mut(home) {
                *count += 1;
            }
        }
        let devices = |user: &UserId| {
            let user = population.users.get(user.0 as usize);
            user.map_or(0, |user| user.clients().count() as u64)
        };
        let leaves = population.rooms.iter().map(|room| {
            let all: u64 = room.initial.iter().map(devices).sum();
            let here = room.initial.iter().filter(|user| driven(**user));
            let here: u64 = here.map(devices).sum();
            here.saturating_mul(all)
        });
        Self {
            clients,
            of_one_provider: of_provider.into_iter().max().unwrap_or(0),
            leaves: leaves.fold(0, u64::saturating_add),
        }
    }
}

/// Whether the clients of a scenario, or those of one shard, can all be on this machine.
///
/// # Errors
/// [`LiveError::Scenario`] where they cannot, and how many can.
pub(super) fn check(scenario: &Scenario, own: bool, shard: Option<Shard>) -> Result<(), LiveError> {
    let population = Population::draw(scenario, &scenario.streams());
    let users = population.users.len();
    if let Some(shard) = shard.filter(|shard| shard.of() as usize > users) {
        return Err(LiveError::Scenario {
            key: "users.count",
            why: format!(
                "{users} users, and {} shards are to share them; expected at most as many",
                shard.of()
            ),
        });
    }
    let driven = |user| shard.is_none_or(|shard| shard.drives(user));
    let demand = Demand::of(scenario, &population, driven);
    let (most, clients) = (Most::here(demand, own), demand.clients);
    if clients <= most.all() {
        return Ok(());
    }
    let shown = |most: u64| match most {
        u64::MAX => "any number".to_owned(),
        most => most.to_string(),
    };
    Err(LiveError::Scenario {
        key: "users.count",
        why: format!(
            "{clients} clients, and each has a connection and groups of its own; on this machine {} are possible (open files allow {}, \
             memory {}, connections of a provider {}); with the engine `model`, `throng run` simulates all of them",
            most.all(),
            shown(most.files),
            shown(most.memory),
            shown(most.connections),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;

    /// Each of the hundred members has a hundred leaves, and where rooms are larger, fewer clients are possible.
    #[test]
    fn members_take_memory_for_every_leaf() {
        let of = |size: u32| {
            let set = |key: &str, value: u32| format!("{key}={value}");
            let overrides = [
                set("users.count", 200),
                set("users.clients", 1),
                set("rooms.count", 1),
                set("rooms.size", size),
                "churn.events=[]".to_owned(),
            ];
            let small = builtin::find("small").expect("built in");
            let scenario = small.scenario(&overrides).expect("a scenario");
            Demand::of(
                &scenario,
                &Population::draw(&scenario, &scenario.streams()),
                |_| true,
            )
        };
        let (demand, larger) = (of(100), of(200));
        assert_eq!((demand.clients, demand.leaves), (200, 10_000));
        assert!(demand.of_one_provider >= 100 && demand.of_one_provider < 200);
        let (most, fewer) = (Most::here(demand, true), Most::here(larger, true));
        assert!(most.memory >= fewer.memory, "{most:?} {fewer:?}");
        let of_one = Limits::default().connections as u64;
        assert!(most.connections < 2 * of_one, "{most:?}");
        assert_eq!(Most::here(demand, false).connections, u64::MAX);
    }

    #[test]
    fn what_cannot_be_on_this_machine_is_said_with_what_can() {
        let million = builtin::find("million").expect("built in");
        let scenario = million.scenario(&[]).expect("a scenario");
        let error = check(&scenario, true, None)
            .expect_err("too many")
            .to_string();
        assert!(error.contains("are possible (open files allow "), "{error}");
    }

    /// What each has of the clients is together what there is, and each member has the leaves of others, too.
    #[test]
    fn shards_share_what_a_scenario_takes() {
        let small = builtin::find("small").expect("built in");
        let scenario = small.scenario(&[]).expect("a scenario");
        let population = Population::draw(&scenario, &scenario.streams());
        let of = |driven: &dyn Fn(UserId) -> bool| Demand::of(&scenario, &population, driven);
        let whole = of(&|_| true);
        let shards = (1..=3).filter_map(|number| Shard::new(number, 3));
        let shards: Vec<Demand> = shards.map(|shard| of(&|user| shard.drives(user))).collect();
        let sum = |of: fn(&Demand) -> u64| shards.iter().map(of).sum::<u64>();
        assert_eq!(sum(|demand| demand.clients), whole.clients);
        assert_eq!(sum(|demand| demand.leaves), whole.leaves);
        let many = Shard::new(200, 200).expect("a shard");
        let error = check(&scenario, false, Some(many)).expect_err("too many");
        assert!(
            error.to_string().contains("200 shards are to share them"),
            "{error}"
        );
    }
}
