//! The one place of this crate that asks what time it is.
//!
//! Virtual time never comes from here unless a scenario asks for `cost.source = "measured"`; the other
//! use is calibration. CPU time of the calling thread is read, so that a busy machine disturbs little. Operations
//! that use several threads have to be run in a pool of one.

/// CPU time of this thread in nanoseconds, from an unspecified beginning.
#[cfg(unix)]
#[allow(
    clippy::disallowed_methods,
    reason = "measuring is what this file is for; no run depends on it unless its scenario says so"
)]
fn cpu_nanos() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Where threads have no clock of their own, that of the wall.
#[cfg(not(unix))]
#[allow(
    clippy::disallowed_methods,
    reason = "measuring is what this file is for; no run depends on it unless its scenario says so"
)]
fn cpu_nanos() -> u64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGINNING.elapsed().as_nanos() as u64
}

/// Adds up how long operations take; or does nothing, where nobody measures.
#[derive(Debug, Default)]
pub struct Stopwatch {
    on: bool,
    spent: u64,
    left_out: u64,
}

/// Since when something is measured.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Began(Option<(u64, u64)>);

impl Stopwatch {
    /// A stopwatch that measures only if it is `on`.
    pub fn new(on: bool) -> Self {
        Self {
            on,
            ..Self::default()
        }
    }

    /// Whether it measures.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// An operation begins.
    pub fn begin(&self) -> Began {
        Began(self.on.then(|| (cpu_nanos(), self.left_out)))
    }

    /// It ends.
    pub fn end(&mut self, began: Began) {
        if let Began(Some((since, left_out))) = began {
            let elapsed = cpu_nanos().saturating_sub(since);
            self.spent += elapsed.saturating_sub(self.left_out - left_out);
        }
    }

    /// Do something that is no part of the operation: our own bookkeeping.
    pub fn leave_out<T>(&mut self, bookkeeping: impl FnOnce() -> T) -> T {
        if !self.on {
            return bookkeeping();
        }
        let since = cpu_nanos();
        let result = bookkeeping();
        self.left_out += cpu_nanos().saturating_sub(since);
        result
    }

    /// What was measured since the last call, in nanoseconds.
    pub fn take(&mut self) -> u64 {
        std::mem::take(&mut self.spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keep the processor busy for a while.
    fn work(rounds: u64) -> u64 {
        (0..rounds).fold(1, |sum, round| {
            std::hint::black_box(sum ^ round).rotate_left(7)
        })
    }

    #[test]
    fn bookkeeping_is_left_out() {
        let mut watch = Stopwatch::new(true);
        let began = watch.begin();
        watch.leave_out(|| work(20_000_000));
        watch.end(began);
        let without = watch.take();
        let began = watch.begin();
        work(20_000_000);
        watch.end(began);
        let with = watch.take();
        assert!(with > 10 * without, "{with} ns, {without} ns");
        assert_eq!(watch.take(), 0);
    }

    #[test]
    fn a_stopwatch_that_is_off_says_nothing() {
        let mut watch = Stopwatch::new(false);
        let began = watch.begin();
        watch.leave_out(|| work(1_000));
        watch.end(began);
        assert_eq!(watch.take(), 0);
    }
}
