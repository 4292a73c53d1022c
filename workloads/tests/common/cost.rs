//! A rough estimate of what a workload costs to simulate with real cryptography.

use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, Intent, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;

/// Milliseconds for a member to process a commit: so many, and so many more a member.
const COMMIT: (f64, f64) = (0.15, 0.006);
/// Milliseconds for a newcomer to join by a Welcome, a member.
const WELCOME: f64 = 0.06;
/// Milliseconds to decrypt an application message.
const MESSAGE: f64 = 0.1;

/// Totals of a workload.
#[derive(Debug, Default)]
pub(crate) struct Estimate {
    pub(crate) commits: u32,
    pub(crate) messages: u32,
    pub(crate) deliveries: f64,
    pub(crate) commit_seconds: f64,
    pub(crate) welcome_seconds: f64,
    pub(crate) message_seconds: f64,
    pub(crate) largest: u32,
}

impl Estimate {
    /// CPU seconds in all.
    pub(crate) fn seconds(&self) -> f64 {
        self.commit_seconds + self.welcome_seconds + self.message_seconds
    }

    fn commit(&mut self, members: u32) {
        let members = f64::from(members);
        self.commits += 1;
        self.commit_seconds += members * (COMMIT.0 + COMMIT.1 * members) / 1e3;
    }

    fn welcome(&mut self, newcomers: u32, members: u32) {
        self.welcome_seconds += WELCOME * f64::from(newcomers) * f64::from(members) / 1e3;
        self.largest = self.largest.max(members);
    }
}

/// Estimates a scenario from its intents. Members are counted as clients.
pub(crate) fn estimate(scenario: &Scenario) -> Estimate {
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(scenario, &streams);
    let mut devices: Vec<u32> = population
        .users
        .iter()
        .map(|u| u.clients().len() as u32)
        .collect();
    let mut members = vec![0u32; population.rooms.len()];
    let mut total = Estimate::default();
    for (count, room) in members.iter_mut().zip(population.rooms.iter()) {
        if room.start.is_before_zero() {
            *count = room
                .initial
                .iter()
                .map(|user| devices[user.0 as usize])
                .sum();
            // Building a warm group costs about what joining it does.
            total.welcome(*count, *count);
        }
    }
    for intent in Workload::new(scenario, &population, &streams) {
        account(&intent, &population, &mut devices, &mut members, &mut total);
    }
    total
}

fn account(
    intent: &Intent,
    population: &Population,
    devices: &mut [u32],
    members: &mut [u32],
    total: &mut Estimate,
) {
    let of = |user: &UserId, devices: &[u32]| devices[user.0 as usize];
    let at = |room: &RoomId| room.0 as usize;
    let actor = || population.user_of(intent.actor);
    match &intent.action {
        Action::Create { room } => members[at(room)] = 1,
        Action::Add { room, users } => {
            let newcomers = users.iter().map(|user| of(user, devices)).sum();
            total.commit(members[at(room)]);
            members[at(room)] += newcomers;
            total.welcome(newcomers, members[at(room)]);
        }
        Action::JoinExternal { room } => {
            members[at(room)] += 1;
            total.commit(members[at(room)]);
            total.welcome(1, members[at(room)]);
        }
        Action::Leave { room } => {
            let leavers = actor().map_or(1, |u| of(&u, devices));
            members[at(room)] = members[at(room)].saturating_sub(leavers);
            total.commit(members[at(room)]);
        }
        Action::Remove { room, user } => {
            members[at(room)] = members[at(room)].saturating_sub(of(user, devices));
            total.commit(members[at(room)]);
        }
        Action::Administer {
            room,
            user,
            measure,
        } => {
            if measure.takes_out() {
                members[at(room)] = members[at(room)].saturating_sub(of(user, devices));
            }
            total.commit(members[at(room)]);
        }
        Action::Update { room } | Action::Resync { room } => total.commit(members[at(room)]),
        Action::Message { room, .. } => {
            let deliveries = f64::from(members[at(room)]);
            total.messages += 1;
            total.deliveries += deliveries;
            total.message_seconds += MESSAGE * deliveries / 1e3;
        }
        Action::NewClient { user, rooms } => {
            devices[user.0 as usize] += 1;
            for room in rooms {
                members[at(room)] += 1;
                total.commit(members[at(room)]);
                total.welcome(1, members[at(room)]);
            }
        }
        Action::Lost { removers } => {
            for (room, _) in removers {
                members[at(room)] = members[at(room)].saturating_sub(1);
                total.commit(members[at(room)]);
            }
        }
        Action::DeleteAccount { .. }
        | Action::LookUp { .. }
        | Action::Offline
        | Action::Vanish
        | Action::Online => {}
    }
}
