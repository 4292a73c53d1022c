//! Many searches at a time, each on a thread of its own from one value to the next.

use super::search::{Next, Search};
use crate::progress::PAUSE;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};

/// A search with the draws of one replica.
#[derive(Debug, Clone, PartialEq)]
pub struct Hunt {
    /// In which variant of the scenario.
    pub variant: usize,
    /// Which replica.
    pub run: u32,
    /// How far it is.
    pub search: Search,
}

/// How far all of them are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Far {
    /// Runs made.
    pub done: u32,
    /// No more than so many are left, unless something goes on growing.
    pub left: u32,
}

/// Carries searches to their ends on so many threads. `probe` makes the run of a variant, a replica and a value and says whether it holds, and
/// by what margin ([`Told`](super::Told)); or nothing, where it was stopped, which ends all. They come back in their order.
///
/// # Errors
/// Of the first run that was not made.
pub fn hunt<E: Send>(
    hunts: Vec<Hunt>,
    threads: usize,
    probe: impl Fn(&Hunt, f64) -> Result<Option<(bool, Option<f64>)>, E> + Sync,
    mut see: impl FnMut(Far),
) -> Result<Option<Vec<Hunt>>, E> {
    let count = hunts.len();
    let left: Vec<AtomicU32> = hunts
        .iter()
        .map(|hunt| AtomicU32::new(hunt.search.at_most()))
        .collect();
    let (next, done, over) = (
        AtomicUsize::new(0),
        AtomicU32::new(0),
        AtomicBool::new(false),
    );
    let (send, receive) = mpsc::channel();
    let mut ended: Vec<Option<Hunt>> = vec![None; count];
    let mut fault = None;
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let (send, hunts, left) = (send.clone(), &hunts, &left);
            let (next, done, over, probe) = (&next, &done, &over, &probe);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(mut hunt) = hunts.get(at).cloned() else {
                        break;
                    };
                    let outcome = loop {
                        if over.load(Ordering::Relaxed) {
                            break Ok(None);
                        }
                        let Next::Try(value) = hunt.search.next() else {
                            break Ok(Some(hunt));
                        };
                        match probe(&hunt, value) {
                            Ok(Some((holds, margin))) => hunt.search.tell(value, holds, margin),
                            Ok(None) => break Ok(None),
                            Err(error) => break Err(error),
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                        left[at].store(hunt.search.at_most(), Ordering::Relaxed);
                    };
                    let goes_on = matches!(outcome, Ok(Some(_)));
                    if !goes_on {
                        over.store(true, Ordering::Relaxed);
                    }
                    if send.send((at, outcome)).is_err() || !goes_on {
                        break;
                    }
                }
            });
        }
        drop(send);
        loop {
            match receive.recv_timeout(PAUSE) {
                Ok((at, Ok(hunt))) => ended[at] = hunt,
                Ok((_, Err(error))) => {
                    fault.get_or_insert(error);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            see(Far {
                done: done.load(Ordering::Relaxed),
                left: left.iter().map(|left| left.load(Ordering::Relaxed)).sum(),
            });
        }
    });
    match fault {
        Some(error) => Err(error),
        None => Ok(ended.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::search::{End, Range};
    use super::*;

    fn hunts(count: u32) -> Vec<Hunt> {
        let range = Range {
            low: 1.0,
            high: 1e4,
            whole: true,
            precision: 1e-6,
        };
        (0..count)
            .map(|run| Hunt {
                variant: 0,
                run,
                search: Search::new(range, 10.0),
            })
            .collect()
    }

    #[test]
    fn each_replica_has_its_own_end_however_many_threads_there_are() {
        let probe =
            |hunt: &Hunt, value: f64| Ok::<_, ()>(Some((value <= f64::from(40 + hunt.run), None)));
        for threads in [1, 3, 9] {
            let mut last = None;
            let ended = hunt(hunts(5), threads, probe, |far| last = Some(far));
            let ended = ended.expect("no fault").expect("not stopped");
            for hunt in &ended {
                let at = f64::from(40 + hunt.run);
                let Next::End(End::Crossing { at: found, .. }) = hunt.search.next() else {
                    panic!("{hunt:?}");
                };
                assert_eq!(found, at);
            }
            let runs: usize = ended.iter().map(|hunt| hunt.search.told().len()).sum();
            let far = last.expect("seen");
            assert_eq!((far.done as usize, far.left), (runs, 0));
        }
    }

    #[test]
    fn a_fault_and_a_stop_end_all() {
        let broken = hunt(hunts(4), 2, |_, _| Err("broken"), |_| ());
        assert_eq!(broken, Err("broken"));
        let stopped = hunt(hunts(4), 2, |_, _| Ok::<_, ()>(None), |_| ());
        assert_eq!(stopped, Ok(None));
    }
}
