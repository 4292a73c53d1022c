//! Clocks of the machine.

/// Nanoseconds of one clock that all processes of this machine have in common and that never goes back.
#[cfg(unix)]
pub(crate) fn now() -> u64 {
    nanos(rustix::time::ClockId::Monotonic)
}

/// Nanoseconds that this thread was on a core.
#[cfg(unix)]
pub(crate) fn cpu() -> u64 {
    nanos(rustix::time::ClockId::ThreadCPUTime)
}

/// Nanoseconds that all threads of this process were on a core.
#[cfg(unix)]
pub(crate) fn process_cpu() -> u64 {
    nanos(rustix::time::ClockId::ProcessCPUTime)
}

#[cfg(unix)]
fn nanos(clock: rustix::time::ClockId) -> u64 {
    let now = rustix::time::clock_gettime(clock);
    (now.tv_sec as u64).saturating_mul(1_000_000_000) + now.tv_nsec as u64
}

/// Elsewhere that of the wall is what processes have in common.
#[cfg(not(unix))]
pub(crate) fn now() -> u64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as u64)
}

/// Where threads have no clock of their own, that of the wall.
#[cfg(not(unix))]
pub(crate) fn cpu() -> u64 {
    now()
}

/// Where a process has no clock of its own, it is not measured.
#[cfg(not(unix))]
pub(crate) fn process_cpu() -> u64 {
    0
}
