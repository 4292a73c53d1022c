//! Devices that sleep, and are woken by push.
//!
//! When something comes to a provider for a device that has no connection, it has a push sent to it. The device wakes some time after the first of them, connects as if somebody had taken it to hand, and sleeps again when it has been awake for a while, unless somebody has taken it
//! to hand meanwhile.

use throng_stack::Counter;
use throng_workloads::intent::Action;
use throng_workloads::scenario::Push;
use throng_workloads::stream::Stream;
use throng_workloads::time::SimSpan;

/// Devices that a push woke.
pub(super) const WOKEN: Counter = Counter("devices_woken");

/// How a device is woken.
#[derive(Debug)]
pub struct Waking {
    push: Push,
    /// Part of what a push takes that has passed when the device's entity hears of it.
    before: SimSpan,
    draws: Stream,
    /// Whether one is on its way.
    coming: bool,
    /// How often it was woken.
    times: u64,
    /// Whether it is awake for no other reason.
    woken: bool,
    /// Whether it just was.
    just: bool,
}

impl Waking {
    /// Of a device whose entity hears of a push that long after it was sent: `before` it is there.
    pub fn new(push: Push, before: SimSpan, draws: Stream) -> Self {
        Self {
            push,
            before,
            coming: false,
            draws,
            times: 0,
            woken: false,
            just: false,
        }
    }

    /// How long it takes until it wakes, from when its entity hears of a push; nothing where it will by another.
    pub(super) fn heard(&mut self) -> Option<SimSpan> {
        if std::mem::replace(&mut self.coming, true) {
            return None;
        }
        let takes = SimSpan::from_secs_f64(self.push.takes.sample(&mut self.draws));
        Some(takes.saturating_sub(self.before))
    }

    /// The push is there.
    pub(super) fn comes(&mut self) {
        self.coming = false;
    }

    /// It wakes: when it is to sleep again, and what it is to be told then.
    pub(super) fn wake(&mut self) -> (SimSpan, u64) {
        self.times += 1;
        (self.woken, self.just) = (true, true);
        let awake = SimSpan::from_secs_f64(self.push.awake.sample(&mut self.draws));
        (awake, self.times)
    }

    /// Whether it was woken since this was asked last.
    pub(super) fn just_woken(&mut self) -> bool {
        std::mem::take(&mut self.just)
    }

    /// Whether it sleeps now that it is told so.
    pub(super) fn sleeps(&mut self, told: u64) -> bool {
        let sleeps = self.woken && told == self.times;
        self.woken &= !sleeps;
        sleeps
    }

    /// What somebody does with it decides.
    pub(super) fn obey(&mut self, action: &Action) {
        let decides = matches!(
            action,
            Action::Online
                | Action::Offline
                | Action::Vanish
                | Action::Lost { .. }
                | Action::DeleteAccount { .. }
        );
        self.woken &= !decides;
    }
}
