//! How fast people's time passes: when in real time something is due that the scenario has at a time of its own.

use throng_record::RateChange;
use throng_workloads::time::{SimSpan, SimTime};
use throng_workloads::warp::{Stage, Warp};

/// People's time passes at least and at most so many times as fast as somebody at the terminal began with.
const LEAST: f64 = 1.0 / 1_024.0;
const MOST: f64 = 1_024.0;

/// How fast people's time passes: as the stages say, times what was asked for from the beginning, times what somebody asks for while it
/// runs.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    stages: Warp,
    speed: f64,
    /// What was asked for while it runs, from the beginning on.
    asked: Vec<Asked>,
    changes: Vec<RateChange>,
}

/// From some time on, so many times as fast.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// Since when, in real time.
    since: f64,
    /// How much of the scenario's time had passed then.
    passed: f64,
    live: f64,
}

impl Pace {
    /// With stages, so many times as fast as they say.
    pub(super) fn new(stages: &[Stage], speed: f64) -> Self {
        let first = RateChange {
            at: SimTime::ZERO,
            factor: speed,
        };
        Self {
            stages: Warp::of(stages),
            speed,
            asked: vec![Asked {
                since: 0.0,
                passed: 0.0,
                live: 1.0,
            }],
            changes: match speed == 1.0 {
                true => Vec::new(),
                false => vec![first],
            },
        }
    }

    /// What holds now.
    fn last(&self) -> Asked {
        // There is one from the beginning.
        self.asked.last().copied().unwrap_or(Asked {
            since: 0.0,
            passed: 0.0,
            live: 1.0,
        })
    }

    /// When something is due that the scenario has then. What was due before somebody asked for another pace stays so.
    pub(super) fn due(&self, at: SimTime) -> SimTime {
        let at = at.as_secs_f64();
        let before = self.asked.partition_point(|asked| asked.passed <= at);
        let asked = self.asked.get(before.saturating_sub(1));
        let asked = asked.copied().unwrap_or(self.last());
        let passes = (at - asked.passed) / (self.speed * asked.live);
        let time = self.stages.time(self.stages.area(asked.since) + passes);
        SimTime::ZERO + SimSpan::from_secs_f64(time)
    }

    /// How much of the scenario's time has passed then.
    fn passed(&self, now: SimTime) -> f64 {
        let Asked {
            since,
            passed,
            live,
        } = self.last();
        let area = self.stages.area(now.as_secs_f64()) - self.stages.area(since);
        passed + self.speed * live * area
    }

    /// When the wishes of a scenario of this duration are over, and the stages are.
    pub(super) fn ends(&self, duration: SimSpan) -> SimTime {
        let due = self.due(SimTime::ZERO + duration);
        let stages = self.stages.lasts();
        let stages = stages.map(|lasts| SimTime::ZERO + SimSpan::from_secs_f64(lasts));
        stages.map_or(due, |stages| stages.min(due))
    }

    /// How fast people's time passes then.
    pub(super) fn factor(&self, now: SimTime) -> f64 {
        self.speed * self.last().live * self.stages.factor(now.as_secs_f64())
    }

    /// From now on, so many times as fast as until now.
    pub(super) fn change(&mut self, now: SimTime, by: f64) {
        let last = self.last();
        let live = (last.live * by).clamp(LEAST, MOST);
        if live == last.live {
            return;
        }
        self.asked.push(Asked {
            since: now.as_secs_f64(),
            passed: self.passed(now),
            live,
        });
        self.changes.push(RateChange {
            at: now,
            factor: self.speed * live,
        });
    }

    /// What was asked for besides the stages, and since when.
    pub(super) fn changes(&self) -> &[RateChange] {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::warp::Shape;

    fn at(seconds: f64) -> SimTime {
        SimTime::ZERO + SimSpan::from_secs_f64(seconds)
    }

    fn ramp() -> Vec<Stage> {
        vec![Stage {
            shape: Shape::Ramp,
            duration: SimSpan::from_secs(10),
            from: 0.0,
            to: 2.0,
        }]
    }

    #[test]
    fn ten_times_as_fast_is_a_tenth_of_the_time() {
        let pace = Pace::new(&[], 10.0);
        assert_eq!(pace.due(at(30.0)), at(3.0));
        assert_eq!(pace.ends(SimSpan::from_secs(600)), at(60.0));
        assert_eq!(pace.changes().len(), 1);
        assert_eq!(Pace::new(&[], 1.0).changes(), []);
    }

    /// The scenario's time that passes in a ramp from 0 is the area of a triangle: 10 s at most, and t²/10 after t seconds.
    #[test]
    fn a_ramp_is_a_parabola() {
        let pace = Pace::new(&ramp(), 3.0);
        for seconds in [1.0, 2.5, 7.0, 10.0] {
            let scenario = at(3.0 * seconds * seconds / 10.0);
            let found = pace.due(scenario).as_secs_f64();
            assert!((found - seconds).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn what_was_due_before_a_change_is_not_moved_and_what_is_later_comes_sooner() {
        let mut pace = Pace::new(&[], 2.0);
        pace.change(at(10.0), 1.25);
        assert_eq!(pace.due(at(20.0)), at(10.0));
        // It may not have been taken up yet, and is no less late for that.
        assert_eq!(pace.due(at(16.0)), at(8.0));
        // 25 s more of the scenario's at 2.5 a second.
        assert_eq!(pace.due(at(45.0)), at(20.0));
        pace.change(at(20.0), 1.0 / 1.25);
        assert_eq!(pace.due(at(47.0)), at(21.0));
        let factors: Vec<f64> = pace.changes().iter().map(|change| change.factor).collect();
        assert_eq!(factors, [2.0, 2.5, 2.0]);
        assert_eq!(pace.factor(at(30.0)), 2.0);
    }

    /// However often somebody leans on a key.
    #[test]
    fn keys_have_an_end() {
        let mut pace = Pace::new(&[], 1.0);
        (0..1_000).for_each(|_| pace.change(at(1.0), 1.25));
        assert_eq!(pace.factor(at(1.0)), MOST);
        (0..1_000).for_each(|_| pace.change(at(1.0), 0.8));
        assert_eq!(pace.factor(at(1.0)), LEAST);
        assert!(pace.changes().len() < 200);
    }

    #[test]
    fn stages_end_a_load_unless_its_wishes_end_before() {
        let pace = Pace::new(&ramp(), 1.0);
        assert_eq!(pace.ends(SimSpan::from_secs(10)), at(10.0));
        assert_eq!(pace.ends(SimSpan::from_secs(90)), at(10.0));
        let mut faster = pace.clone();
        faster.change(at(5.0), 4.0);
        assert!(faster.ends(SimSpan::from_secs(10)) < at(8.0));
    }
}
