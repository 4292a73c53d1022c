//! Somebody at the terminal while a load runs: keys, interruptions, and the lines that say how far it is.

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::keys::Keys;
use crate::progress::Meter;
use std::time::{Duration, Instant};
use throng_live::load::own::Gone;
use throng_live::load::{Figures, Loaded, Order, Plan, View, run};
use throng_reports::units;
use throng_workloads::time::SimSpan;

/// Between two looks at keys and at providers.
const LOOK: Duration = Duration::from_millis(50);

/// How many times as fast people's time passes with each key.
const FASTER: f64 = 1.25;

/// Runs a load with a line that says how far it is.
pub(crate) fn follow(
    plan: Plan,
    meter: &mut Meter,
    interrupt: &Interrupt,
) -> Result<Loaded, Failure> {
    let loaded = run(plan, &mut |view| {
        meter.draw_both(|| (share(view), shown(view, false)));
        match interrupt.asked() {
            true => Order::Stop,
            false => Order::GoOn,
        }
    })?;
    meter.say("making the report");
    Ok(loaded)
}

/// Looks on while a load runs: shows how far it is, and hears of keys, interrupts and providers that end.
pub(super) struct Attendant {
    pub(super) interrupt: Interrupt,
    pub(super) meter: Meter,
    pub(super) keys: Keys,
    looked: Option<Instant>,
    pub(super) gone: Option<Gone>,
}

impl Attendant {
    /// In a shard, keys would have it go another way than the others.
    pub(super) fn new(quiet: bool, shard: bool) -> Result<Self, Failure> {
        Ok(Self {
            interrupt: Interrupt::listen().map_err(Failure::Interrupts)?,
            meter: Meter::new(quiet),
            keys: Keys::listen(quiet || shard),
            looked: None,
            gone: None,
        })
    }

    pub(super) fn attend(&mut self, view: &View<'_>, gone: impl FnOnce() -> Option<Gone>) -> Order {
        let keys = self.keys.listens();
        self.meter.draw_both(|| (share(view), shown(view, keys)));
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Order::GoOn;
        }
        self.looked = Some(Instant::now());
        self.gone = self.gone.take().or_else(gone);
        if self.interrupt.asked() || self.gone.is_some() {
            // Before anything that takes a while: whoever loses patience is to have the terminal as it was.
            self.keys.stop();
            return Order::Stop;
        }
        match self.keys.pressed() {
            Some(b'+' | b'=') => Order::Faster(FASTER),
            Some(b'-' | b'_') => Order::Faster(1.0 / FASTER),
            _ => Order::GoOn,
        }
    }
}

fn share(view: &View<'_>) -> f64 {
    match view.until().as_secs_f64() {
        until if until > 0.0 => (view.now().as_secs_f64() / until).min(1.0),
        _ => 1.0,
    }
}

/// What there is to see, what matters most first: how far it is, and how it fares.
fn shown(view: &View<'_>, keys: bool) -> [Vec<String>; 2] {
    let (now, until) = (view.now().as_secs_f64(), view.until().as_secs_f64());
    let (now, until) = (units::seconds_short(now), units::seconds_short(until));
    let figures = view.figures();
    let mut above = vec![view.doing().to_owned(), format!("{now} of {until}")];
    above.push(format!(
        "{} of {} wishes/s",
        figures.taken_rate, figures.intended_rate
    ));
    above.push(format!(
        "{} × as fast{}",
        units::significant(figures.factor),
        if keys { " (+ -)" } else { "" }
    ));
    above.push(format!("{} wishes", units::count(figures.intended)));
    [above, fares(&figures)]
}

fn fares(figures: &Figures) -> Vec<String> {
    let span = |span: SimSpan| units::millis(span.as_millis_f64());
    let mut all = vec![match figures.message {
        Some((p50, p99)) => format!("messages p50 {}, p99 {}", span(p50), span(p99)),
        None => "no message yet".to_owned(),
    }];
    all.push(match (&figures.limits[..], figures.late) {
        ([], Some(late)) => format!("keeps up: p99 {} late", span(late)),
        ([], None) => "keeps up".to_owned(),
        ([why, ..], _) => format!("IS THE LIMIT: {why}"),
    });
    all.push(units::counted(figures.errors, "error", "errors"));
    all.push(format!("{} open", units::count(figures.open)));
    all.push(format!("{} accepted", units::count(figures.accepted)));
    all
}
