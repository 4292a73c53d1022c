//! Waiting after something was lost, longer each time.

use crate::client::context::Context;
use crate::timers::TimerPurpose;
use throng_mls::engine::Engine;
use throng_workloads::time::SimSpan;

/// A room's back-off: nothing is tried before its timer.
#[derive(Debug, Default)]
pub(super) struct BackOff {
    waiting: bool,
    /// Tells stale timers from the current one.
    generation: u32,
}

impl BackOff {
    /// One that does not wait, after so many.
    pub(super) fn resumed(generation: u32) -> Self {
        Self {
            generation,
            ..Self::default()
        }
    }

    /// How many there were.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn waiting(&self) -> bool {
        self.waiting
    }

    /// So many tries were lost: wait before the next.
    pub(super) fn begin<E: Engine>(&mut self, cx: &mut Context<'_, E>, lost: u32) {
        let policy = &cx.device.policy;
        let first = policy.backoff.sample(&mut cx.device.choices);
        let doubled = first * power_of_two(lost.saturating_sub(1));
        let delay = SimSpan::from_secs_f64(doubled).min(policy.backoff_max);
        self.waiting = true;
        self.generation = self.generation.wrapping_add(1);
        cx.set_timer(delay, TimerPurpose::Retry, self.generation);
    }

    /// A timer is due; true if it is this one's.
    pub(super) fn is_over(&mut self, generation: u32) -> bool {
        let over = self.waiting && self.generation == generation;
        if over {
            self.waiting = false;
        }
        over
    }

    /// What was to be tried again is wanted no more.
    pub(super) fn cancel(&mut self) {
        self.waiting = false;
    }
}

/// 2 to the power of a small integer, exactly; saturates where it no longer matters.
fn power_of_two(exponent: u32) -> f64 {
    f64::from(1u32 << exponent.min(30))
}
