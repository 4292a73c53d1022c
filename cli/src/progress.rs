//! How far a run has come, on standard error at a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};
use throng_reports::units;
use throng_sim::world::Progress;

/// No more often than this is anything drawn.
const PAUSE: Duration = Duration::from_millis(150);

/// Steps of the bar.
const STEPS: u64 = 1_000;

/// A bar, or nothing where nobody would see it.
pub(crate) struct Meter {
    bar: ProgressBar,
    begun: Instant,
    drawn: Instant,
}

impl Meter {
    /// A bar that shows unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = if quiet || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr())
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:12} {wide_msg}") {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self {
            bar,
            begun: now,
            drawn: now,
        }
    }

    /// Says what is going on before virtual time begins.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.tick();
    }

    /// Draws how far the run has come, where it is time to.
    pub(crate) fn show(&mut self, progress: impl FnOnce() -> Progress) {
        if self.bar.is_hidden() || self.drawn.elapsed() < PAUSE {
            return;
        }
        self.drawn = Instant::now();
        let progress = progress();
        self.bar
            .set_position((share(&progress) * STEPS as f64) as u64);
        self.bar.set_message(line(&progress, self.begun.elapsed()));
    }

    /// Draws that `done` of `of` parts are done, where it is time to.
    pub(crate) fn part(&mut self, done: u32, of: u32, what: impl FnOnce() -> String) {
        if self.bar.is_hidden() || self.drawn.elapsed() < PAUSE {
            return;
        }
        self.drawn = Instant::now();
        let share = f64::from(done) / f64::from(of.max(1));
        self.bar.set_position((share * STEPS as f64) as u64);
        self.bar.set_message(what());
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// The part of the run that is done, from 0 to 1. What is delivered after the last wish counts as done.
fn share(progress: &Progress) -> f64 {
    let until = progress.until.as_secs_f64();
    if until > 0.0 {
        (progress.now.as_secs_f64() / until).min(1.0)
    } else {
        1.0
    }
}

/// Virtual time, rates and the time left, as they would read after `elapsed`.
fn line(progress: &Progress, elapsed: Duration) -> String {
    let (now, until) = (progress.now.as_secs_f64(), progress.until.as_secs_f64());
    let seconds = elapsed.as_secs_f64().max(1e-9);
    let done = share(progress);
    let left = match done {
        done if done >= 1.0 => "delivering the last".to_owned(),
        done if done > 0.0 => format!(
            "{} left",
            units::seconds_short(seconds * (1.0 - done) / done)
        ),
        _ => "beginning".to_owned(),
    };
    let p99 = progress.p99.map_or(String::new(), |p99| {
        format!(" · p99 {}", units::seconds(p99.as_secs_f64()))
    });
    format!(
        "{} of {} · {} × real time · {} events/s{p99} · {left}",
        units::seconds(now),
        units::seconds_short(until),
        units::short(now / seconds),
        units::short(progress.events as f64 / seconds),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::{SimSpan, SimTime};

    fn progress(now: u64, until: u64) -> Progress {
        Progress {
            now: SimTime::from_nanos(now * 1_000_000_000),
            until: SimTime::from_nanos(until * 1_000_000_000),
            events: 500_000,
            p99: None,
        }
    }

    #[test]
    fn a_line_says_how_fast_and_how_long() {
        let shown = line(&progress(7_200, 28_800), Duration::from_secs(5));
        assert_eq!(
            shown,
            "2.00 h of 8 h · 1.44 k × real time · 100 k events/s · 15 s left"
        );
        let late = Progress {
            p99: Some(SimSpan::from_nanos(434_000_000)),
            ..progress(7_200, 28_800)
        };
        let shown = line(&late, Duration::from_secs(5));
        assert!(
            shown.contains("events/s · p99 434 ms · 15 s left"),
            "{shown}"
        );
    }

    #[test]
    fn neither_the_beginning_nor_the_end_divides_by_zero() {
        assert!(line(&progress(0, 0), Duration::ZERO).ends_with("delivering the last"));
        assert!(line(&progress(0, 10), Duration::ZERO).ends_with("beginning"));
        assert!(line(&progress(30, 10), Duration::from_secs(1)).ends_with("delivering the last"));
    }
}
