//! The runs from which machines are sized: the peak hour and the mean hour of a scenario, of a part of its people.
//!
//! Rooms, users and devices are as many fewer as people are; what each of them does, and how large rooms are, stays. So what a user causes is the
//! same in all of these runs, unless rooms grow with the population.

use crate::one::RunError;
use thiserror::Error;
use throng_record::Record;
use throng_workloads::population::Population;
use throng_workloads::scenario::{EngineKind, Portion, Rate, RoomKind, Scenario};
use throng_workloads::stream::Streams;
use throng_workloads::time::SimSpan;
use throng_world::World;

/// As many cores as nobody waits for.
pub const AMPLE: u32 = 4_096;

/// Runs shorter than this have no peak minute to speak of.
pub const SHORTEST: SimSpan = SimSpan::from_secs(600);

/// Why a scenario cannot be shrunk or made busier.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum SizeError {
    /// What people do is written down, once and for all.
    #[error(
        "trace: what people want is in a file, which cannot be made larger or smaller; expected a scenario without one"
    )]
    Trace,
    /// A process whose intervals are drawn has no rate that could be multiplied.
    #[error(
        "{key}: intervals of a distribution cannot come more often in a peak; expected a rate such as \"5/h\", or a peak factor of 1"
    )]
    Intervals {
        /// The key of the scenario.
        key: &'static str,
    },
    /// A number of rooms that stays, however few people there are.
    #[error(
        "rooms.kinds.{kind}.count: {count} rooms, which are no fewer in a part of the people; expected kinds with shares"
    )]
    Counted {
        /// Its place among the kinds.
        kind: usize,
        /// How many rooms.
        count: u32,
    },
    /// A kind of rooms that is so rare that there is none of it.
    #[error(
        "rooms.kinds.{kind}: none of the {rooms} rooms of the {users} users that are simulated at once are of this kind; expected a larger share of it, more rooms, or a larger --simulate"
    )]
    NoneOfKind {
        /// Its place among the kinds.
        kind: usize,
        /// Rooms of the part.
        rooms: u32,
        /// Users of the part.
        users: u32,
    },
    /// Too short to say anything of a peak.
    #[error(
        "duration: {duration} has no peak minute; expected ten minutes or more after the warm-up"
    )]
    Short {
        /// How long it is, as it is written.
        duration: String,
    },
    /// Rooms do not fit into the part that may be simulated.
    #[error(
        "rooms of {room} users do not fit among the {most} that are simulated at once; expected smaller rooms, or --simulate {room} or more"
    )]
    LargeRooms {
        /// Users of a large room.
        room: u32,
        /// How many are simulated at most.
        most: u32,
    },
    /// Rooms are so few that a part of the people would have next to none.
    #[error(
        "{rooms} rooms for {users} users leave fewer than four for the {most} that are simulated at once; expected more rooms or a larger --simulate"
    )]
    FewRooms {
        /// Rooms of all.
        rooms: u32,
        /// All users.
        users: u32,
        /// How many are simulated at most.
        most: u32,
    },
    /// Fewer people than a room or a provider takes.
    #[error(
        "users.count: {users} are fewer than the {providers} providers; expected at least two for each"
    )]
    Few {
        /// How many users.
        users: u32,
        /// How many providers.
        providers: usize,
    },
}

/// One run to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// How many of the people.
    pub users: u32,
    /// How many times as often as on the average of a day they do whatever they do.
    pub factor: f64,
    /// Which repetition.
    pub run: u32,
}

/// Fewer rooms than these are no sample of many.
const FEWEST_ROOMS: f64 = 4.0;

/// The runs that a sizing makes of a scenario's people, of whom at most `most` are simulated at once, in the peak: four of a quarter of these, two
/// of a half and one of all of them; four of all of them where everybody can be simulated, or where a quarter would be too few for the largest
/// rooms or would have too few rooms, or none of a kind. And one at the mean, unless that is the peak.
///
/// ```
/// use throng_experiments::size::parts;
/// use throng_workloads::builtin;
/// let company = |users: u32| {
///     let overrides = [format!("users.count={users}"), format!("rooms.count={}", users / 4)];
///     builtin::find("company").unwrap().scenario(&overrides).unwrap()
/// };
/// let users = |all, most| {
///     let parts = parts(&company(all), most, 8.0).unwrap();
///     parts.iter().map(|part| part.users).collect::<Vec<_>>()
/// };
/// assert_eq!(users(1_000_000, 800), [200, 200, 200, 200, 400, 400, 800, 800]);
/// assert_eq!(users(80, 800), [80; 5]);
/// // Rooms of up to 70.
/// assert_eq!(users(1_000_000, 200), [200; 5]);
/// let parts = parts(&company(80), 800, 8.0).unwrap();
/// assert_eq!((parts[3].factor, parts[4].factor), (8.0, 1.0));
/// ```
///
/// # Errors
/// [`SizeError`] where `most` are too few for the largest rooms, or would have too few rooms, or none of a kind, or where a number of rooms is fixed.
pub fn parts(scenario: &Scenario, most: u32, factor: f64) -> Result<Vec<Part>, SizeError> {
    let users = scenario.users.count;
    for (kind, described) in scenario.rooms.kinds.iter().enumerate() {
        if let Portion::Count(count) = described.rooms {
            return Err(SizeError::Counted { kind, count });
        }
    }
    let largest = users.min(most);
    let room = largest_room(scenario).min(users);
    let rooms = |part: u32| f64::from(scenario.rooms.count) * f64::from(part) / f64::from(users);
    if largest < room {
        return Err(SizeError::LargeRooms { room, most });
    }
    if largest < users && rooms(largest) < FEWEST_ROOMS {
        return Err(SizeError::FewRooms {
            rooms: scenario.rooms.count,
            users,
            most,
        });
    }
    if let Some(kind) = lacking(scenario, largest) {
        return Err(SizeError::NoneOfKind {
            kind,
            rooms: rooms_of(scenario, largest),
            users: largest,
        });
    }
    let smallest = largest / 4;
    let same = largest == users
        || smallest < room
        || rooms(smallest) < FEWEST_ROOMS
        || lacking(scenario, smallest).is_some();
    let divisors: &[u32] = match same {
        true => &[1; 4],
        false => &[4, 4, 4, 4, 2, 2, 1],
    };
    let peak = divisors.iter().zip(0..).map(|(divisor, run)| Part {
        users: largest / divisor,
        factor,
        run,
    });
    let mut all: Vec<Part> = peak.collect();
    let first = all.iter().find(|part| part.users == largest).copied();
    // The same people as in the peak, so that nothing else differs.
    let mean = first.filter(|_| factor != 1.0);
    all.extend(mean.map(|part| Part {
        factor: 1.0,
        ..part
    }));
    Ok(all)
}

/// How many rooms there are for a part of the users.
fn rooms_of(scenario: &Scenario, part: u32) -> u32 {
    let fraction = f64::from(part) / f64::from(scenario.users.count.max(1));
    ((f64::from(scenario.rooms.count) * fraction).round() as u32).max(1)
}

/// The first kind of rooms of which a part of the users has none, though there is to be a share of it: what such rooms cause would not be
/// in what the part says of all.
fn lacking(scenario: &Scenario, part: u32) -> Option<usize> {
    let mut rooms = scenario.rooms.clone();
    rooms.count = rooms_of(scenario, part);
    let wanted = |kind: &RoomKind| matches!(kind.rooms, Portion::Share(share) if share > 0.0);
    let counts = rooms.kind_counts();
    let mut kinds = rooms.kinds.iter().zip(counts);
    kinds.position(|(kind, count)| count == 0 && wanted(kind))
}

/// Users of the largest rooms, of which one of a thousand is larger.
fn largest_room(scenario: &Scenario) -> u32 {
    let sizes = scenario.rooms.sizes().into_iter();
    let sizes = sizes.map(|(size, _)| size.quantile(0.999).round() as u32);
    sizes.max().unwrap_or(0)
}

/// The peak factor of a scenario's own day: how much more than on the average of all hours is done in the busiest.
pub fn own_peak(scenario: &Scenario) -> f64 {
    scenario
        .messages
        .diurnal
        .iter()
        .copied()
        .fold(1.0, f64::max)
}

/// The part of a scenario's users who are in some room at the start. Who is in none says nothing.
pub fn in_rooms(scenario: &Scenario) -> f64 {
    let population = Population::draw(scenario, &Streams::new(scenario.seed, scenario.run.into()));
    let mut inside = vec![false; population.users.len()];
    for user in population.rooms.iter().flat_map(|room| &room.initial) {
        inside[user.0 as usize] = true;
    }
    inside.iter().filter(|inside| **inside).count() as f64 / inside.len().max(1) as f64
}

/// A scenario with a part of its people, who do everything so many times as often all along. Providers have [`AMPLE`] cores, or `cores` each, and
/// links without limit. What
/// those who are in no room would say is said by the others, so that all of them together say as much as the rate has it.
///
/// # Errors
/// [`SizeError`] where it has a trace, or intervals in place of a rate, or is too short.
pub fn part(scenario: &Scenario, part: Part, cores: Option<&[u32]>) -> Result<Scenario, SizeError> {
    if scenario.trace.is_some() {
        return Err(SizeError::Trace);
    }
    if scenario.duration.saturating_sub(scenario.warmup) < SHORTEST {
        return Err(SizeError::Short {
            duration: scenario.duration.to_string(),
        });
    }
    let providers = scenario.providers.len();
    if (part.users as usize) < 2 * providers {
        let users = part.users;
        return Err(SizeError::Few { users, providers });
    }
    let mut small = scenario.clone();
    small.run = scenario.run + part.run;
    small.engine = EngineKind::Model;
    small.thresholds.clear();
    small.network.outages.clear();
    small.load.stages.clear();
    small.users.count = part.users;
    small.rooms.count = rooms_of(scenario, part.users);
    small.messages.diurnal.clear();
    for (at, provider) in small.providers.iter_mut().enumerate() {
        provider.cores = cores.map_or(AMPLE, |cores| cores[at]);
        // The link is what is asked for.
        (provider.up, provider.down) = (None, None);
    }
    for (key, rate) in rates(&mut small) {
        match rate {
            Rate::Poisson(rate) => *rate *= part.factor,
            Rate::Intervals(_) if part.factor == 1.0 => {}
            Rate::Intervals(_) => return Err(SizeError::Intervals { key }),
        }
    }
    let inside = in_rooms(&small);
    if let Rate::Poisson(rate) = &mut small.messages.rate
        && inside > 0.0
    {
        *rate /= inside;
    }
    Ok(small)
}

/// All that people do at a rate.
fn rates(scenario: &mut Scenario) -> [(&'static str, &mut Rate); 14] {
    let (churn, messages) = (&mut scenario.churn, &mut scenario.messages);
    let roles = &mut churn.administration;
    [
        ("messages.rate", &mut messages.rate),
        ("churn.joins", &mut churn.joins),
        ("churn.leaves", &mut churn.leaves),
        ("churn.removals", &mut churn.removals),
        ("churn.kicks", &mut roles.kicks),
        ("churn.bans", &mut roles.bans),
        ("churn.unbans", &mut roles.unbans),
        ("churn.role_changes", &mut roles.role_changes),
        ("churn.updates", &mut churn.updates),
        ("churn.look_ups", &mut churn.look_ups),
        ("churn.new_clients", &mut churn.new_clients),
        ("churn.lost_clients", &mut churn.lost_clients),
        ("churn.deletions", &mut churn.deletions),
        ("churn.resyncs", &mut churn.resyncs),
    ]
}

/// Makes one of these runs, with what providers had to do second by second. Nothing where it was stopped.
///
/// # Errors
/// Where the simulation fails.
pub fn run(
    scenario: &Scenario,
    mut stopped: impl FnMut(&World) -> bool,
) -> Result<Option<Record>, RunError> {
    let mut world = World::new(scenario)?;
    world.keep_loads();
    while world.step()? {
        if stopped(&world) {
            return Ok(None);
        }
    }
    Ok(Some(world.finish(false)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::scenario::ScenarioSource;

    /// Rooms of 300 among those of two: fewer people than that hold none of them, and a quarter of 800 are fewer.
    #[test]
    fn rooms_of_kinds_are_as_large_as_the_largest_kind_and_need_shares() {
        let parts = |kinds: &str, most| {
            let text = format!("[users]\ncount = 90000\n[rooms]\ncount = 30000\n{kinds}");
            let scenario = Scenario::parse(&ScenarioSource::inline("kinds.toml", text), &[]);
            parts(&scenario.expect("sound"), most, 8.0)
        };
        let shared = "[[rooms.kinds]]\nshare = 0.9\nsize = 2\n[[rooms.kinds]]\nsize = 300\n";
        let few = SizeError::LargeRooms {
            room: 300,
            most: 200,
        };
        assert_eq!(parts(shared, 200), Err(few));
        let whole = parts(shared, 800).expect("enough");
        assert!(whole.iter().all(|part| part.users == 800));
        // One of 300 is among the 267 rooms of 800 people, and not among the 66 of a quarter of these.
        let rare =
            "[[rooms.kinds]]\nshare = 0.997\nsize = 2\n[[rooms.kinds]]\nshare = 0.003\nsize = 3\n";
        let whole = parts(rare, 800).expect("enough");
        assert!(whole.iter().all(|part| part.users == 800), "{whole:?}");
        let none = SizeError::NoneOfKind {
            kind: 1,
            rooms: 100,
            users: 300,
        };
        assert_eq!(parts(rare, 300), Err(none));
        let counted = "[[rooms.kinds]]\ncount = 9\nsize = 2\n[[rooms.kinds]]\nsize = 3\n";
        let fixed = SizeError::Counted { kind: 0, count: 9 };
        assert_eq!(parts(counted, 800), Err(fixed));
    }
}
