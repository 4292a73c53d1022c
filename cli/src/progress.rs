//! How far a run has come, on standard error at a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};
use throng_experiments as experiments;
use throng_reports::units;
use throng_world::Progress;

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
        let elapsed = self.begun.elapsed();
        self.draw(|| {
            let progress = progress();
            (progress.share(), line(&progress, elapsed))
        });
    }

    /// Draws how many runs are done besides those that had been made `before`, where it is time to.
    pub(crate) fn runs(&mut self, before: usize, runs: experiments::Progress) {
        let elapsed = self.begun.elapsed();
        let runs = Runs { before, runs };
        self.draw(|| (runs.share(), runs.line(elapsed)));
    }

    /// Draws a share that is done, from 0 to 1, and a remark on it, where it is time to.
    pub(crate) fn draw(&mut self, what: impl FnOnce() -> (f64, String)) {
        if self.bar.is_hidden() || self.drawn.elapsed() < PAUSE {
            return;
        }
        self.drawn = Instant::now();
        let (share, line) = what();
        self.bar.set_position((share * STEPS as f64) as u64);
        self.bar.set_message(line);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// How many of many runs are done, and how many had been made before.
struct Runs {
    before: usize,
    runs: experiments::Progress,
}

impl Runs {
    /// Runs, with those under way as far as they are.
    fn worth(&self) -> f64 {
        (self.runs.done as f64 + self.runs.begun).min(self.runs.of as f64)
    }

    fn share(&self) -> f64 {
        let all = (self.before + self.runs.of).max(1) as f64;
        (self.before as f64 + self.worth()) / all
    }

    /// How it would read after `elapsed`.
    fn line(&self, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64().max(1e-9);
        let left = match self.worth() {
            worth if worth > 0.0 => {
                let left = seconds * (self.runs.of as f64 - worth) / worth;
                format!("{} left", units::seconds_short(left))
            }
            _ => "beginning".to_owned(),
        };
        format!(
            "{} of {} runs · {} events/s · {left}",
            self.before + self.runs.done,
            self.before + self.runs.of,
            units::short(self.runs.events as f64 / seconds),
        )
    }
}

/// Virtual time, rates and the time left, as they would read after `elapsed`.
fn line(progress: &Progress, elapsed: Duration) -> String {
    let (now, until) = (progress.now.as_secs_f64(), progress.until.as_secs_f64());
    let seconds = elapsed.as_secs_f64().max(1e-9);
    let done = progress.share();
    let left = match done {
        done if done >= 1.0 => "delivering the last".to_owned(),
        done if done > 0.0 => format!(
            "{} left",
            units::seconds_short(seconds * (1.0 - done) / done)
        ),
        _ => "beginning".to_owned(),
    };
    let p99 = progress.p99.map_or(String::new(), |(of, p99)| {
        format!(" · p99 of {of} {}", units::seconds(p99.as_secs_f64()))
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
            p99: Some(("messages", SimSpan::from_nanos(434_000_000))),
            ..progress(7_200, 28_800)
        };
        let shown = line(&late, Duration::from_secs(5));
        assert!(
            shown.contains("events/s · p99 of messages 434 ms · 15 s left"),
            "{shown}"
        );
    }

    #[test]
    fn runs_under_way_count_as_far_as_they_are() {
        let runs = experiments::Progress {
            done: 2,
            of: 10,
            begun: 0.5,
            events: 3_000,
        };
        let shown = Runs { before: 5, runs }.line(Duration::from_secs(5));
        assert_eq!(shown, "7 of 15 runs · 600 events/s · 15 s left");
        let runs = experiments::Progress {
            done: 0,
            begun: 0.0,
            events: 0,
            ..runs
        };
        let none = Runs { before: 5, runs };
        assert!(none.line(Duration::ZERO).ends_with("beginning"));
    }

    #[test]
    fn neither_the_beginning_nor_the_end_divides_by_zero() {
        assert!(line(&progress(0, 0), Duration::ZERO).ends_with("delivering the last"));
        assert!(line(&progress(0, 10), Duration::ZERO).ends_with("beginning"));
        assert!(line(&progress(30, 10), Duration::from_secs(1)).ends_with("delivering the last"));
    }
}
