//! From a plan to costs, and how good they are.

use crate::plan::Plan;
use crate::points::{ENOUGH, Point, Points};
use crate::room::{Engines, Room};
use crate::round::round;
use throng_cost::fit::{Errors, Sample, fit};
use throng_cost::work::MOST_UNITS;
use throng_mls::engine::MlsError;
use throng_workloads::scenario::Ciphersuite;

/// What MLS costs on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Nanoseconds for one of each unit of [`UNITS`](throng_mls::work::UNITS).
    pub nanos: [f64; MOST_UNITS],
    /// How far the fit is from what it saw.
    pub fit: Errors,
    /// How far it is from what it did not see.
    pub held_out: Errors,
    /// How far it is from what was measured in the largest groups, which it saw.
    pub largest: Errors,
    /// Everything that was measured, by operation, tree and size.
    pub points: Vec<Point>,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// OpenMLS refused what it should do.
    #[error("calibration failed")]
    Mls(#[from] MlsError),
    /// The thread to measure on could not be started.
    #[error("cannot start a thread to measure on")]
    Thread(#[from] rayon::ThreadPoolBuildError),
    /// It was stopped before enough was measured for a fit.
    #[error("stopped before enough was measured")]
    Stopped,
}

/// How far a calibration has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Rooms made, then rooms gone through.
    pub done: u32,
    /// Of how many.
    pub of: u32,
    /// Members of the room that is next.
    pub members: u32,
}

/// Measure what `plan` says, on one thread, and fit. `progress` hears of every step, before it is made, and says whether to make it.
/// Also returns how many whole rounds were gone through: fewer than planned where it said no.
///
/// # Errors
/// [`CalibrateError::Stopped`] where it said no before there were three whole rounds.
///
/// ```no_run
/// use throng_calibrate::{Effort, Plan, calibrate};
/// use throng_workloads::scenario::Ciphersuite;
///
/// let suite = Ciphersuite::X25519Aes128Sha256Ed25519;
/// let (found, _) = calibrate(&Plan::new(Plan::LARGEST, Effort::Quick), suite, &mut |_| true)?;
/// println!("off by {:.0} % at the median", 100.0 * found.held_out.median);
/// # Ok::<(), throng_calibrate::result::CalibrateError>(())
/// ```
pub fn calibrate(
    plan: &Plan,
    ciphersuite: Ciphersuite,
    progress: &mut (dyn FnMut(Step) -> bool + Send),
) -> Result<(Calibration, u32), CalibrateError> {
    // Virtual CPU time is that of one core, and the stopwatch is that of one thread.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let (points, rounds) = pool.install(|| measure(plan, ciphersuite, progress))?;
    Ok((Calibration::of(points), rounds))
}

fn measure(
    plan: &Plan,
    ciphersuite: Ciphersuite,
    progress: &mut (dyn FnMut(Step) -> bool + Send),
) -> Result<(Vec<Point>, u32), CalibrateError> {
    let engines = Engines::new(ciphersuite);
    let of = plan.rooms.iter().map(|room| 1 + room.rounds).sum();
    let mut done = 0;
    let mut step = |members| {
        let goes_on = progress(Step { done, of, members });
        done += 1;
        goes_on
    };
    let mut rooms = Vec::new();
    let mut points = Points::new()?;
    for room in &plan.rooms {
        if !step(room.members) {
            return Err(CalibrateError::Stopped);
        }
        rooms.push(Room::new(&engines, *room, &mut points)?);
    }
    for made in 0..plan.rounds() {
        for room in rooms.iter_mut().filter(|room| made < room.plan.rounds) {
            match step(room.plan.members) {
                true => round(&engines, room, &mut points)?,
                false if made >= ENOUGH => return Ok((points.medians(), made)),
                false => return Err(CalibrateError::Stopped),
            }
        }
    }
    Ok((points.medians(), plan.rounds()))
}

impl Calibration {
    /// Members of the largest group that was measured; 0 where nothing was.
    pub fn calibrated_to(&self) -> u32 {
        largest(&self.points)
    }

    /// What was measured in the largest groups.
    pub fn of_largest(&self) -> impl Iterator<Item = &Point> {
        of_size(&self.points, self.calibrated_to())
    }

    /// Fit the points that are not held out.
    pub fn of(points: Vec<Point>) -> Self {
        let samples = |held_out: bool| -> Vec<Sample> {
            let of_kind = points.iter().filter(|point| point.held_out == held_out);
            of_kind.map(|point| point.sample).collect()
        };
        let seen = samples(false);
        let nanos = fit(&seen);
        let largest = of_size(&points, largest(&points)).map(|point| point.sample);
        Self {
            nanos,
            fit: Errors::of(&nanos, &seen),
            held_out: Errors::of(&nanos, &samples(true)),
            largest: Errors::of(&nanos, &largest.collect::<Vec<_>>()),
            points,
        }
    }
}

/// Members of the largest group.
fn largest(points: &[Point]) -> u32 {
    let members = points.iter().map(|point| point.members);
    members.max().unwrap_or(0)
}

fn of_size(points: &[Point], members: u32) -> impl Iterator<Item = &Point> {
    points.iter().filter(move |point| point.members == members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{AddAll, RoomPlan, Tree};

    #[test]
    fn a_small_calibration_measures_everything() {
        let rooms = [
            (Tree::Bare, 4, false),
            (Tree::HalfBlank, 12, false),
            (Tree::Full, 8, true),
        ];
        let room = |(tree, members, held_out)| RoomPlan {
            tree,
            members,
            listed: 0,
            held_out,
            rounds: 4,
            add_all: AddAll::EachRound,
        };
        // One room is made as large ones are.
        let once = RoomPlan {
            rounds: 2,
            add_all: AddAll::Once,
            ..room((Tree::Bare, 30, false))
        };
        let listed = RoomPlan {
            listed: 300,
            ..room((Tree::Full, 3, false))
        };
        let plan = Plan {
            rooms: rooms.into_iter().map(room).chain([once, listed]).collect(),
        };
        let mut steps = Vec::new();
        let suite = Ciphersuite::X25519Aes128Sha256Ed25519;
        let (found, rounds) = calibrate(&plan, suite, &mut |step| {
            steps.push(step);
            true
        })
        .unwrap();
        assert_eq!((steps.len(), rounds), (15 + 3 + 5, 4));
        assert!(steps.iter().all(|step| step.done < step.of));
        for operation in [
            "join",
            "external join",
            "commit: add 10",
            "hub: begin",
            "decrypt 5 kB",
        ] {
            for (tree, members, held_out) in rooms {
                let measured = found.points.iter().any(|point| {
                    (point.operation, point.tree, point.members) == (operation, tree, members)
                        && point.held_out == held_out
                        && point.sample.nanos > 0.0
                });
                assert!(measured, "{operation}, {tree}, {members}");
            }
        }
        for operation in [
            "commit: add all",
            "commit: add all, tree beside",
            "hub: add all",
            "join: added with all, tree beside",
        ] {
            let of = |point: &&Point| (point.operation, point.members) == (operation, 30);
            assert_eq!(found.points.iter().filter(of).count(), 1, "{operation}");
        }
        assert_eq!(found.calibrated_to(), 30);
        // Stopped in the middle of the last round it keeps what it has; stopped earlier there is too little.
        let until = |last| calibrate(&plan, suite, &mut |step: Step| step.done < last);
        let (part, rounds) = until(22).unwrap();
        assert!(rounds == 3 && part.points.len() > 20);
        assert!(matches!(until(18), Err(CalibrateError::Stopped)));
        assert!(matches!(until(1), Err(CalibrateError::Stopped)));
        // Cryptography takes time, whatever the machine.
        let cost = |name: &str| {
            let at = throng_mls::work::UNITS.position(name);
            found.nanos[at.unwrap()]
        };
        assert!(cost("seal") > 1_000.0 && cost("verification") > 1_000.0);
        assert!(found.fit.points > 20 && found.held_out.points > 20);
    }
}
