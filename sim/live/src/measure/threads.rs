//! How long threads and processes were on a core.

use std::path::Path;

/// How long those threads were on a core whose names begin like one of these, in nanoseconds; 0 where the system does not say.
/// Linux cuts names off behind 15 bytes.
pub(super) fn on_core(names: &[&str]) -> u64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0;
    };
    let times = tasks.flatten().filter_map(|task| {
        let path = task.path();
        let name = std::fs::read_to_string(path.join("comm")).ok()?;
        let known = names.iter().any(|known| name.trim_end().starts_with(known));
        if !known {
            return None;
        }
        scheduled(&path)
    });
    times.sum()
}

/// The same of the thread, or the first one of the process, of which the system tells there.
pub(super) fn scheduled(place: &Path) -> Option<u64> {
    // On a core, waiting for one, and how often, of the scheduler's own count.
    let times = std::fs::read_to_string(place.join("schedstat")).ok()?;
    times.split(' ').next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn threads_count_by_their_names() {
        let (say, said) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        let busy = thread::Builder::new().name("busy one".to_owned());
        let busy = busy.spawn(move || {
            let mut sum = 0u64;
            for number in 0..3_000_000u64 {
                sum = sum.wrapping_add(black_box(number) * 7);
            }
            say.send(sum).ok();
            ends.recv().ok();
        });
        let busy = busy.expect("a thread");
        said.recv().expect("done");
        assert!(on_core(&["busy"]) > 100_000);
        assert_eq!(on_core(&["nobody is called so"]), 0);
        drop(end);
        busy.join().expect("ended");
    }
}
