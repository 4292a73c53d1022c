//! How far a run has come, on standard error at a terminal only.

use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};
use throng_experiments as experiments;
use throng_reports::units;
use throng_world::Progress;

/// No more often than this is anything drawn.
const PAUSE: Duration = Duration::from_millis(150);

/// Steps of the bar.
const STEPS: u64 = 1_000;

/// Columns of the bar and the space behind it.
const BESIDES: usize = 8 + 1;

/// How far back rates look.
const LATELY: Duration = Duration::from_secs(5);

/// A longer time left, in seconds, is not told: virtual time stands all but still, and will not for so long.
const LONGEST_LEFT: f64 = 86_400.0;

/// A bar, or nothing where nobody would see it.
pub(crate) struct Meter {
    bar: ProgressBar,
    begun: Instant,
    drawn: Instant,
    lately: Lately,
    expected: Option<f64>,
}

impl Meter {
    /// A bar that shows unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = if quiet || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr())
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:8} {wide_msg}") {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self {
            bar,
            begun: now,
            drawn: now,
            lately: Lately::default(),
            expected: None,
        }
    }

    /// Says what is going on before virtual time begins.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.tick();
    }

    /// So many deliveries are to come: where they are very many, they take the time, whatever virtual time does.
    pub(crate) fn expect(&mut self, deliveries: Option<f64>) {
        self.expected = deliveries;
    }

    /// Draws how far the run has come, where it is time to.
    pub(crate) fn show(&mut self, progress: impl FnOnce() -> Progress) {
        if !self.is_due() {
            return;
        }
        let progress = progress();
        let rates = self.lately.take(self.begun.elapsed(), &progress);
        let work = self.expected.map(|all| Work::of(&progress, all, rates));
        let share = work.as_ref().map_or(1.0, |work| work.share);
        self.draw(|| (progress.share().min(share), parts(&progress, rates, work)));
    }

    /// Draws how many runs are done besides those that had been made `before`, where it is time to.
    pub(crate) fn runs(&mut self, before: usize, runs: experiments::Progress) {
        let elapsed = self.begun.elapsed();
        let runs = Runs { before, runs };
        self.draw(|| (runs.share(), runs.parts(elapsed)));
    }

    /// Draws a share that is done, from 0 to 1, and remarks on it, as many as there is room for, where it is time to.
    pub(crate) fn draw(&mut self, what: impl FnOnce() -> (f64, Vec<String>)) {
        if !self.is_due() {
            return;
        }
        self.drawn = Instant::now();
        let (share, parts) = what();
        let (_, columns) = Term::stderr().size();
        self.bar.set_position((share * STEPS as f64) as u64);
        self.bar
            .set_message(fitted(&parts, usize::from(columns).saturating_sub(BESIDES)));
    }

    /// The same, with further remarks on a line beneath.
    pub(crate) fn draw_both(&mut self, what: impl FnOnce() -> (f64, [Vec<String>; 2])) {
        if !self.is_due() {
            return;
        }
        let (share, [above, beneath]) = what();
        if let Ok(style) = ProgressStyle::with_template("{bar:8} {wide_msg}\n{prefix}") {
            self.bar.set_style(style);
        }
        let (_, columns) = Term::stderr().size();
        self.bar
            .set_prefix(fitted(&beneath, usize::from(columns).saturating_sub(1)));
        self.draw(|| (share, above));
    }

    /// Whether somebody sees it, and enough time has passed since it was drawn.
    fn is_due(&self) -> bool {
        !self.bar.is_hidden() && self.drawn.elapsed() >= PAUSE
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

    /// How it would read after `elapsed`, what matters most first.
    fn parts(&self, elapsed: Duration) -> Vec<String> {
        let seconds = elapsed.as_secs_f64().max(1e-9);
        let left = match self.worth() {
            worth if worth > 0.0 => {
                let left = seconds * (self.runs.of as f64 - worth) / worth;
                format!("{} left", units::seconds_short(left))
            }
            _ => "beginning".to_owned(),
        };
        vec![
            format!(
                "{} of {} runs",
                self.before + self.runs.done,
                self.before + self.runs.of
            ),
            left,
            format!(
                "{} events/s",
                units::short(self.runs.events as f64 / seconds)
            ),
        ]
    }
}

/// What had been done at a moment of real time.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Duration,
    now: f64,
    events: u64,
    deliveries: u64,
}

/// What was done of late: rates are those of now, not of all the time since the start.
#[derive(Debug, Default)]
struct Lately {
    seen: VecDeque<Seen>,
}

impl Lately {
    /// Takes how far the run is after `elapsed`; what a second of real time has brought of late.
    fn take(&mut self, elapsed: Duration, progress: &Progress) -> Rates {
        let last = Seen {
            at: elapsed,
            now: progress.now.as_secs_f64(),
            events: progress.events,
            deliveries: progress.deliveries,
        };
        // One that is older stays: what there is to compare with is never younger than that.
        while self
            .seen
            .get(1)
            .is_some_and(|seen| seen.at + LATELY <= elapsed)
        {
            self.seen.pop_front();
        }
        self.seen.push_back(last);
        let first = match self.seen.front() {
            Some(first) if self.seen.len() > 1 => *first,
            _ => Seen {
                at: Duration::ZERO,
                now: 0.0,
                events: 0,
                deliveries: 0,
            },
        };
        let seconds = last.at.saturating_sub(first.at).as_secs_f64().max(1e-9);
        let a_second = |from: u64, to: u64| to.saturating_sub(from) as f64 / seconds;
        Rates {
            now: (last.now - first.now).max(0.0) / seconds,
            events: a_second(first.events, last.events),
            deliveries: a_second(first.deliveries, last.deliveries),
        }
    }
}

/// What a second of real time brings.
#[derive(Debug, Clone, Copy)]
struct Rates {
    /// Seconds of virtual time.
    now: f64,
    events: f64,
    deliveries: f64,
}

/// Of the deliveries that are expected, which part is done, and how many seconds the others take at the rate of late.
#[derive(Debug, Clone, Copy)]
struct Work {
    share: f64,
    left: f64,
}

impl Work {
    fn of(progress: &Progress, expected: f64, rates: Rates) -> Self {
        let done = progress.deliveries as f64;
        Self {
            share: done / expected,
            left: (expected - done).max(0.0) / rates.deliveries,
        }
    }
}

/// How far a run has come, what matters most first.
fn parts(progress: &Progress, rates: Rates, work: Option<Work>) -> Vec<String> {
    let (now, until) = (progress.now.as_secs_f64(), progress.until.as_secs_f64());
    let mut parts = vec![format!(
        "{} of {}",
        units::seconds(now),
        units::seconds_short(until)
    )];
    parts.extend(left(
        now,
        until,
        rates.now,
        work.map_or(0.0, |work| work.left),
    ));
    parts.push(format!(
        "{} delivered, {}/s",
        units::short(progress.deliveries as f64),
        units::short(rates.deliveries)
    ));
    parts.push(format!("{} events/s", units::short(rates.events)));
    let p99 = progress.p99;
    parts.extend(p99.map(|(of, p99)| format!("p99 of {of} {}", units::seconds(p99.as_secs_f64()))));
    parts.push(format!("{} × real time", units::about(rates.now)));
    parts
}

/// How long it still takes, where that can be told: by the speed of virtual time of late, which says nothing where it stands all but
/// still, as while thousands join one after another; or by the `work` that is left, where that takes longer.
fn left(now: f64, until: f64, speed: f64, work: f64) -> Option<String> {
    if now >= until && work <= 0.0 {
        return Some("delivering the last".to_owned());
    }
    if now <= 0.0 {
        return Some("beginning".to_owned());
    }
    let left = ((until - now).max(0.0) / speed).max(work);
    (left <= LONGEST_LEFT).then(|| format!("{} left", units::seconds_short(left)))
}

/// As many parts as fit so many columns, from the first on; the first in any case.
fn fitted(parts: &[String], columns: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let longer = match line.is_empty() {
            true => part.clone(),
            false => format!("{line} · {part}"),
        };
        if !line.is_empty() && measure_text_width(&longer) > columns {
            break;
        }
        line = longer;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::{SimSpan, SimTime};

    fn progress(now: f64, until: f64) -> Progress {
        let time = |seconds| SimTime::ZERO + SimSpan::from_secs_f64(seconds);
        Progress {
            now: time(now),
            until: time(until),
            events: 500_000,
            deliveries: 1_250_000,
            p99: None,
        }
    }

    fn late() -> Progress {
        Progress {
            p99: Some(("messages", SimSpan::from_nanos(434_000_000))),
            ..progress(7_200.0, 28_800.0)
        }
    }

    fn after(seconds: u64, progress: &Progress) -> Vec<String> {
        let elapsed = Duration::from_secs(seconds);
        parts(progress, Lately::default().take(elapsed, progress), None)
    }

    #[test]
    fn a_line_says_how_far_how_long_and_how_fast() {
        assert_eq!(
            fitted(&after(5, &late()), 200),
            "2.00 h of 8 h · 15 s left · 1.25 M delivered, 250 k/s · 100 k events/s · p99 of messages 434 ms · \
             1,440 × real time"
        );
    }

    /// The bar, a space and the line on a terminal of 80 columns: what matters most is there, whole.
    #[test]
    fn eighty_columns_show_what_matters_most() {
        // As long as these parts get.
        for progress in [
            late(),
            progress(52.4, 3_600.0),
            Progress {
                events: 99_999_999,
                deliveries: 12_345_678_901,
                ..progress(1_234.5, 90.0 * 60.0)
            },
        ] {
            let line = fitted(&after(5, &progress), 80 - BESIDES);
            assert!(BESIDES + measure_text_width(&line) <= 80, "{line}");
            for part in [" of ", " left", " delivered, ", "/s"] {
                assert!(line.contains(part), "{line}");
            }
        }
        let line = fitted(&after(5, &late()), 80 - BESIDES);
        assert!(line.ends_with(" events/s"), "{line}");
        // With fewer columns it ends with a whole part.
        assert_eq!(fitted(&after(5, &late()), 30), "2.00 h of 8 h · 15 s left");
        assert_eq!(fitted(&after(5, &late()), 1), "2.00 h of 8 h");
    }

    /// While thousands join in no virtual time, the time left is not told; what is worked off is, at the rate of now.
    #[test]
    fn where_virtual_time_stands_still_only_work_is_told() {
        let mut lately = Lately::default();
        let mut still = progress(60.0, 3_600.0);
        still.deliveries = 10_000_000;
        lately.take(Duration::from_secs(1), &still);
        let mut last = Vec::new();
        for second in 2..20 {
            still.deliveries += 20_000;
            still.events += 30_000;
            still.now += SimSpan::from_millis(1);
            last = parts(
                &still,
                lately.take(Duration::from_secs(second), &still),
                None,
            );
        }
        let line = fitted(&last, 80 - BESIDES);
        assert!(!line.contains("left"), "{line}");
        assert_eq!(
            line,
            "60.0 s of 60 min · 10.4 M delivered, 20.0 k/s · 30.0 k events/s"
        );
    }

    /// Virtual time may be over long before all who want to join have: what is left to deliver says how long that takes.
    #[test]
    fn very_many_deliveries_say_how_long_they_take() {
        for (now, until) in [(7_200.0, 7_300.0), (7_300.0, 7_200.0)] {
            let run = progress(now, until);
            let rates = Lately::default().take(Duration::from_secs(5), &run);
            let work = Work::of(&run, 151_250_000.0, rates);
            let line = parts(&run, rates, Some(work)).join(" · ");
            assert!(line.contains(" · 10 min left · "), "{line}");
            assert!(work.share < 0.01, "{work:?}");
        }
    }

    #[test]
    fn rates_are_those_of_late() {
        let mut lately = Lately::default();
        let mut run = progress(0.0, 100.0);
        for second in 1..=20 {
            run.now += SimSpan::from_secs(if second <= 10 { 1 } else { 4 });
            let rates = lately.take(Duration::from_secs(second), &run);
            if second == 10 {
                assert!((rates.now - 1.0).abs() < 1e-6, "{rates:?}");
            }
            if second == 20 {
                assert!((rates.now - 4.0).abs() < 1e-6, "{rates:?}");
            }
        }
    }

    #[test]
    fn runs_under_way_count_as_far_as_they_are() {
        let runs = experiments::Progress {
            done: 2,
            of: 10,
            begun: 0.5,
            events: 3_000,
        };
        let shown = Runs { before: 5, runs }
            .parts(Duration::from_secs(5))
            .join(" · ");
        assert_eq!(shown, "7 of 15 runs · 15 s left · 600 events/s");
        let runs = experiments::Progress {
            done: 0,
            begun: 0.0,
            events: 0,
            ..runs
        };
        let none = Runs { before: 5, runs };
        assert_eq!(none.parts(Duration::ZERO)[1], "beginning");
    }

    #[test]
    fn neither_the_beginning_nor_the_end_divides_by_zero() {
        let line = |now, until, seconds| fitted(&after(seconds, &progress(now, until)), 200);
        assert!(line(0.0, 0.0, 0).contains("delivering the last"));
        assert!(line(0.0, 10.0, 0).contains("beginning"));
        assert!(line(30.0, 10.0, 1).contains("delivering the last"));
    }
}
