//! How fast people's time passes: a scenario's time against real time, where a load has stages.
//!
//! A stage says how many times as fast people's time passes as that of the machine, and so how many times as often everything happens
//! that they do. In a [`Warp`] that factor is linear in pieces, so the time of the scenario, which is its integral, is quadratic in
//! pieces: both directions are closed formulas, and nothing is summed up step by step.

use crate::time::SimSpan;

/// For a while, people's time passes faster or slower than that of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// How the factor goes on.
    pub shape: Shape,
    /// For how long, in real time.
    pub duration: SimSpan,
    /// How many times as fast, at the beginning.
    pub from: f64,
    /// How many times as fast: at the end of a ramp, in the middle of a spike, all along a hold.
    pub to: f64,
}

/// How a stage's factor goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Evenly from one factor to the other.
    Ramp,
    /// As it is.
    Hold,
    /// Evenly to the other factor in the first half, and back in the second.
    Spike,
}

impl Stage {
    /// The factor with which it ends.
    pub fn ends_with(&self) -> f64 {
        match self.shape {
            Shape::Ramp | Shape::Hold => self.to,
            Shape::Spike => self.from,
        }
    }
}

/// A factor that is linear in pieces, from a time on that is 0; after the last piece it stays as it is. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Warp {
    pieces: Vec<Piece>,
}

/// A piece in which the factor is linear.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    /// When it begins.
    begins: f64,
    /// How much of the scenario's time has passed then.
    before: f64,
    lasts: f64,
    from: f64,
    to: f64,
}

impl Piece {
    /// What of the scenario's time passes in the first seconds of the piece.
    fn area(&self, seconds: f64) -> f64 {
        let slope = (self.to - self.from) / self.lasts;
        seconds * (self.from + 0.5 * slope * seconds)
    }

    /// In how many seconds of the piece so much of the scenario's time passes.
    fn seconds(&self, area: f64) -> f64 {
        let slope = (self.to - self.from) / self.lasts;
        // The root of `area`, in the form that loses no digits where the slope is small, or none.
        let root = (self.from * self.from + 2.0 * slope * area).max(0.0).sqrt();
        match self.from + root {
            sum if sum > 0.0 => (2.0 * area / sum).min(self.lasts),
            _ => 0.0,
        }
    }
}

impl Warp {
    /// That of stages, one after another. Without one, the factor is 1.
    pub fn of(stages: &[Stage]) -> Self {
        let mut warp = Self::default();
        for stage in stages {
            let lasts = stage.duration.as_secs_f64();
            match stage.shape {
                Shape::Ramp => warp.add(lasts, stage.from, stage.to),
                Shape::Hold => warp.add(lasts, stage.to, stage.to),
                Shape::Spike => {
                    warp.add(0.5 * lasts, stage.from, stage.to);
                    warp.add(0.5 * lasts, stage.to, stage.from);
                }
            }
        }
        warp
    }

    fn add(&mut self, lasts: f64, from: f64, to: f64) {
        let (begins, before) = self.pieces.last().map_or((0.0, 0.0), |last| {
            (
                last.begins + last.lasts,
                last.before + last.area(last.lasts),
            )
        });
        self.pieces.push(Piece {
            begins,
            before,
            lasts,
            from,
            to,
        });
    }

    /// How long all stages together last; `None` where there is none.
    pub fn lasts(&self) -> Option<f64> {
        let last = self.pieces.last()?;
        Some(last.begins + last.lasts)
    }

    /// The factor at this time.
    pub fn factor(&self, time: f64) -> f64 {
        match self.piece(|piece| piece.begins <= time) {
            Some(piece) => {
                let part = ((time - piece.begins) / piece.lasts).clamp(0.0, 1.0);
                piece.from + part * (piece.to - piece.from)
            }
            None => 1.0,
        }
    }

    /// How much of the scenario's time has passed at this time: the integral of the factor.
    pub fn area(&self, time: f64) -> f64 {
        let Some(piece) = self.piece(|piece| piece.begins <= time) else {
            return time;
        };
        let within = time - piece.begins;
        let beyond = (within - piece.lasts).max(0.0);
        piece.before + piece.area(within.min(piece.lasts)) + beyond * piece.to
    }

    /// When so much of the scenario's time has passed, for the first time; infinite where it never does.
    pub fn time(&self, area: f64) -> f64 {
        // The last that begins before: where time stands still for a while, that is not waited for.
        let Some(piece) = self.piece(|piece| piece.before < area) else {
            return match self.pieces.is_empty() {
                true => area,
                false => 0.0,
            };
        };
        let within = area - piece.before;
        let beyond = within - piece.area(piece.lasts);
        match beyond > 0.0 {
            true => piece.begins + piece.lasts + beyond / piece.to,
            false => piece.begins + piece.seconds(within),
        }
    }

    /// The last piece of which this holds; it holds of the first ones alone.
    fn piece(&self, holds: impl Fn(&Piece) -> bool) -> Option<&Piece> {
        let count = self.pieces.partition_point(holds);
        self.pieces.get(count.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(shape: Shape, seconds: u64, from: f64, to: f64) -> Stage {
        Stage {
            shape,
            duration: SimSpan::from_secs(seconds),
            from,
            to,
        }
    }

    fn stages() -> Warp {
        Warp::of(&[
            stage(Shape::Ramp, 10, 0.0, 2.0),
            stage(Shape::Hold, 20, 2.0, 2.0),
            stage(Shape::Spike, 4, 2.0, 8.0),
            stage(Shape::Hold, 6, 0.0, 0.0),
            stage(Shape::Ramp, 10, 3.0, 0.5),
        ])
    }

    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            "{found} instead of {expected}"
        );
    }

    /// Areas of triangles and rectangles, worked out by hand.
    #[test]
    fn what_passes_is_the_area_below_the_factor() {
        let warp = stages();
        for (time, area) in [
            (0.0, 0.0),
            (5.0, 2.5),
            (10.0, 10.0),
            (30.0, 50.0),
            (32.0, 60.0),
            (34.0, 70.0),
            (37.0, 70.0),
            (40.0, 70.0),
            (50.0, 87.5),
            (60.0, 92.5),
        ] {
            near(warp.area(time), area);
        }
        assert_eq!(warp.lasts(), Some(50.0));
        near(warp.factor(5.0), 1.0);
        near(warp.factor(31.0), 5.0);
        near(warp.factor(100.0), 0.5);
    }

    /// The same by another way: many thin strips.
    #[test]
    fn the_formula_is_what_strips_add_up_to() {
        let warp = stages();
        let (mut sum, width) = (0.0, 1e-3);
        for strip in 0..60_000 {
            sum += warp.factor((f64::from(strip) + 0.5) * width) * width;
            if strip % 5_000 == 4_999 {
                let found = warp.area(f64::from(strip + 1) * width);
                assert!((found - sum).abs() < 1e-2, "{found} instead of {sum}");
            }
        }
    }

    #[test]
    fn both_directions_agree() {
        let warp = stages();
        for step in 1..=9_250 {
            let area = f64::from(step) * 0.01;
            near(warp.area(warp.time(area)), area);
        }
        // It never waits for what stands still.
        near(warp.time(70.0), 34.0);
        near(warp.time(0.0), 0.0);
        near(warp.time(92.5), 60.0);
    }

    #[test]
    fn without_stages_both_times_are_one() {
        let warp = Warp::of(&[]);
        assert_eq!((warp.area(7.5), warp.time(7.5)), (7.5, 7.5));
        assert_eq!((warp.factor(1.0), warp.lasts()), (1.0, None));
    }

    /// Nothing is wished where time stands still for good.
    #[test]
    fn what_never_comes_is_infinitely_far() {
        let warp = Warp::of(&[stage(Shape::Ramp, 10, 2.0, 0.0)]);
        near(warp.time(10.0), 10.0);
        assert_eq!(warp.time(10.1), f64::INFINITY);
    }
}
