//! Broadcasts that wait to be worked out, some at a time, beside the simulation.
//!
//! Nothing that passive clients do comes back, so it need not be known before the run goes on. A batch of
//! broadcasts is worked out on a thread of its own while the kernel runs the next windows; its results are taken
//! when the batch after it is full, or at the end. Both moments follow from counts alone, so the record is the same
//! on one thread, or in a worker of a pool (where a batch is worked out on the spot), as on many.

use super::crowds::{Crowds, Job, Outcome};
use hdrhistogram::Histogram;
use std::thread::JoinHandle;
use throng_kernel::entity::EntityId;
use throng_record::handled::Handled;
use throng_record::invariants::Violation;
use throng_record::recorder::Recorder;
use throng_workloads::intent::ProviderId;
use throng_workloads::time::SimTime;

/// So many broadcasts make a batch: enough that starting a thread for them is nothing, and that an audience receives
/// several together.
const BATCH: usize = 128;

/// What waits, and what is being worked out.
pub(super) struct Backlog {
    /// At hand, but while a thread has them.
    crowds: Option<Crowds>,
    waiting: Vec<Job>,
    under_way: UnderWay,
}

#[derive(Default)]
enum UnderWay {
    #[default]
    Nothing,
    Done(Vec<(Job, Outcome)>),
    Elsewhere(JoinHandle<(Crowds, Vec<(Job, Outcome)>)>),
}

/// Why a broadcast's outcome could not be taken.
pub(super) enum Broken {
    Invariant((SimTime, Violation)),
    Stack(String),
}

impl Backlog {
    pub(super) fn new(crowds: Crowds) -> Self {
        Self {
            crowds: Some(crowds),
            waiting: Vec::new(),
            under_way: UnderWay::Nothing,
        }
    }

    /// What `provider` sent to passive clients with what one input came to.
    pub(super) fn add(
        &mut self,
        recorder: &Recorder,
        (provider, entity): (ProviderId, EntityId),
        handled: &Handled,
    ) {
        let departure = handled.done;
        for broadcast in &handled.broadcasts {
            self.waiting.push(Job {
                provider,
                entity,
                departure,
                since: recorder.since(broadcast.room, broadcast.event, departure),
                broadcast: broadcast.clone(),
            });
        }
    }

    /// Whether there is enough for another batch.
    pub(super) fn is_due(&self) -> bool {
        self.waiting.len() >= BATCH
    }

    /// Take the results of the batch before, and start on what waits.
    pub(super) fn turn(&mut self, recorder: &mut Recorder) -> Result<(), Broken> {
        self.collect(recorder)?;
        let jobs = std::mem::take(&mut self.waiting);
        if jobs.is_empty() {
            return Ok(());
        }
        let Some(mut crowds) = self.crowds.take() else {
            return Ok(());
        };
        if may_wait() {
            let work = move || {
                let outcomes = work_out(&mut crowds, jobs);
                (crowds, outcomes)
            };
            self.under_way = UnderWay::Elsewhere(std::thread::spawn(work));
        } else {
            self.under_way = UnderWay::Done(work_out(&mut crowds, jobs));
            self.crowds = Some(crowds);
        }
        Ok(())
    }

    /// Work out all that is left, and take it.
    pub(super) fn finish(&mut self, recorder: &mut Recorder) -> Result<(), Broken> {
        self.turn(recorder)?;
        self.collect(recorder)
    }

    fn collect(&mut self, recorder: &mut Recorder) -> Result<(), Broken> {
        let outcomes = match std::mem::take(&mut self.under_way) {
            UnderWay::Nothing => return Ok(()),
            UnderWay::Done(outcomes) => outcomes,
            UnderWay::Elsewhere(thread) => match thread.join() {
                Ok((crowds, outcomes)) => {
                    self.crowds = Some(crowds);
                    outcomes
                }
                Err(panic) => std::panic::resume_unwind(panic),
            },
        };
        for (job, outcome) in outcomes {
            if let Some((heard, delivered)) = outcome.map_err(Broken::Stack)? {
                recorder
                    .heard(
                        (job.provider, job.entity),
                        job.departure,
                        &job.broadcast,
                        &heard,
                        &delivered,
                    )
                    .map_err(Broken::Invariant)?;
            }
        }
        Ok(())
    }

    /// Enter the CPU time of each passive client, in microseconds.
    pub(super) fn add_cpu_to(&self, histogram: &mut Histogram<u64>) {
        if let Some(crowds) = &self.crowds {
            crowds.add_cpu_to(histogram);
        }
    }
}

/// Whether this thread can wait for another: it is none of a pool's workers, all of which could come to wait here
/// for threads that wait for a worker.
pub(super) fn may_wait() -> bool {
    rayon::current_thread_index().is_none() && rayon::current_num_threads() > 1
}

fn work_out(crowds: &mut Crowds, jobs: Vec<Job>) -> Vec<(Job, Outcome)> {
    let outcomes = crowds.deliver(&jobs);
    jobs.into_iter().zip(outcomes).collect()
}
