//! Runs made several at a time. They do not share threads: each is made by one thread, and as many runs are made at once as
//! there are threads. What comes out of the simulation does not depend on it.

use crate::apart;
use crate::keeper::{Job, Keeper};
use crate::one;
use crate::progress::{PAUSE, Progress, UnderWay};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};

/// Makes runs on so many threads until all are made, one fails, or it is to stop. Where there is one thread, each run has a process of its
/// own. `see` hears how far they are, and what was kept is in the order in which the runs ended.
///
/// # Errors
/// Of the first run that was not made; those under way are then given up.
pub fn make<K: Keeper>(
    jobs: &[Job],
    threads: usize,
    keeper: &K,
    stop: impl Fn() -> bool + Sync,
    mut see: impl FnMut(Progress),
) -> Result<Vec<K::Kept>, K::Error> {
    let apart = threads == 1;
    let threads = threads.min(jobs.len());
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let under_way: Vec<UnderWay> = (0..threads).map(|_| UnderWay::default()).collect();
    let (send, receive) = mpsc::channel();
    let mut kept = Vec::with_capacity(jobs.len());
    let mut fault = None;
    std::thread::scope(|scope| {
        for under_way in &under_way {
            let (send, next, failed, stop) = (send.clone(), &next, &failed, &stop);
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let stopped = || failed.load(Ordering::Relaxed) || stop();
                    let made = match apart {
                        true => apart::run(job, keeper, stopped, under_way),
                        false => here(job, keeper, stopped, under_way),
                    };
                    let goes_on = matches!(made, Ok(Some(_)));
                    // Nobody listens any more where another run failed.
                    if send.send(made).is_err() || !goes_on {
                        break;
                    }
                }
            });
        }
        drop(send);
        loop {
            match receive.recv_timeout(PAUSE) {
                Ok(Ok(made)) => kept.extend(made),
                Ok(Err(error)) => {
                    failed.store(true, Ordering::Relaxed);
                    fault.get_or_insert(error);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            see(Progress {
                done: kept.len(),
                of: jobs.len(),
                begun: under_way.iter().map(UnderWay::share).sum(),
                events: under_way.iter().map(UnderWay::events).sum(),
            });
        }
    });
    fault.map_or(Ok(kept), Err)
}

/// Makes one run in this process and keeps what it came to; nothing where it was stopped.
fn here<K: Keeper>(
    job: &Job,
    keeper: &K,
    stopped: impl Fn() -> bool + Sync,
    under_way: &UnderWay,
) -> Result<Option<K::Kept>, K::Error> {
    let Some(made) = one::run(&job.scenario, stopped, |far| under_way.see(&far))? else {
        return Ok(None);
    };
    let kept = keeper.keep(job, &made)?;
    under_way.done(made.record.events);
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::one::{Made, RunError};
    use std::io;
    use std::process::{Command, ExitStatus};
    use std::sync::atomic::AtomicU32;
    use throng_workloads::builtin;

    /// Keeps fingerprints, and has no processes.
    struct Fingerprints {
        broken: Option<usize>,
        made: AtomicU32,
    }

    impl Keeper for Fingerprints {
        type Kept = (usize, u32, String);
        type Error = RunError;

        fn keep(&self, job: &Job, made: &Made) -> Result<Self::Kept, RunError> {
            self.made.fetch_add(1, Ordering::Relaxed);
            match self.broken == Some(job.point) {
                true => Err(RunError::Process(io::Error::other("broken"))),
                false => Ok((job.point, job.run, made.record.fingerprint.clone())),
            }
        }

        fn kept(&self, _: &Job) -> Option<Self::Kept> {
            None
        }

        fn process(&self, _: &Job) -> io::Result<Command> {
            Err(io::Error::other("none here"))
        }

        fn is_interrupted(&self, _: ExitStatus) -> bool {
            false
        }
    }

    fn keeper(broken: Option<usize>) -> Fingerprints {
        Fingerprints {
            broken,
            made: AtomicU32::new(0),
        }
    }

    fn jobs(points: usize) -> Vec<Job> {
        let job = |point: usize| {
            let flags = [
                "duration=2s".to_owned(),
                "engine=model".to_owned(),
                format!("seed={}", point + 1),
            ];
            let small = builtin::find("small").expect("built in");
            Job {
                point,
                run: 0,
                scenario: small.scenario(&flags).expect("sound"),
            }
        };
        (0..points).map(job).collect()
    }

    #[test]
    fn runs_are_the_same_however_many_are_made_at_once() {
        let jobs = jobs(5);
        let made = |threads| {
            let mut last = None;
            let see = |progress: Progress| last = Some(progress);
            let mut kept = make(&jobs, threads, &keeper(None), || false, see).expect("made");
            let last = last.expect("seen");
            assert_eq!((last.done, last.of, last.begun), (5, 5, 0.0));
            assert!(last.events > 0);
            kept.sort();
            kept
        };
        let two = made(2);
        assert_eq!(two, made(3));
        assert_eq!(
            two.iter().map(|(point, ..)| *point).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4]
        );
        let one = one::run(&jobs[3].scenario, || false, |_| ());
        assert_eq!(
            one.expect("made").expect("whole").record.fingerprint,
            two[3].2
        );
    }

    #[test]
    fn a_run_that_fails_ends_all() {
        let broken = keeper(Some(0));
        let failed = make(&jobs(50), 2, &broken, || false, |_| ());
        assert!(matches!(failed, Err(RunError::Process(_))));
        assert!(broken.made.load(Ordering::Relaxed) < 50);
        // Where there is one thread, a process would make each.
        let none = make(&jobs(2), 1, &keeper(None), || false, |_| ());
        assert!(matches!(none, Err(RunError::Process(_))));
    }

    #[test]
    fn who_stops_keeps_what_was_made() {
        let asked = AtomicBool::new(false);
        let some = keeper(None);
        let see = |progress: Progress| {
            if progress.done > 0 {
                asked.store(true, Ordering::Relaxed);
            }
        };
        let kept = make(&jobs(200), 2, &some, || asked.load(Ordering::Relaxed), see);
        let kept = kept.expect("no fault").len();
        assert!(kept > 0 && kept < 200, "{kept}");
        let none = make(&jobs(2), 2, &some, || true, |_| ()).expect("no fault");
        assert!(none.is_empty());
    }
}
