//! One run of many, in a process of its own, so that its memory can be measured: a process that has made runs before holds what they
//! left.

use crate::keeper::{Job, Keeper};
use crate::one::RunError;
use crate::progress::{Far, PAUSE, UnderWay};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};

/// Has the keeper's process make a run of the scenario, which it gets on standard input as it is resolved here, and hears from it on
/// standard output how far it is ([`Far::line`]). A key that interrupts this process interrupts that one too; where this one alone is told to
/// stop, it ends the other. Nothing where the run was stopped.
pub(crate) fn run<K: Keeper>(
    job: &Job,
    keeper: &K,
    stopped: impl Fn() -> bool,
    under_way: &UnderWay,
) -> Result<Option<K::Kept>, K::Error> {
    if stopped() {
        return Ok(None);
    }
    let mut child = begin(job, keeper).map_err(RunError::Process)?;
    let events = hear(&mut child, &stopped, under_way);
    let ended = child.wait().map_err(RunError::Process)?;
    under_way.done(events);
    match keeper.kept(job).filter(|_| ended.success()) {
        Some(kept) => Ok(Some(kept)),
        None if stopped() || keeper.is_interrupted(ended) => Ok(None),
        None => Err(RunError::Ended {
            point: job.point,
            run: job.run,
            ended: ended.to_string(),
        }
        .into()),
    }
}

fn begin<K: Keeper>(job: &Job, keeper: &K) -> std::io::Result<Child> {
    let mut child = keeper
        .process(job)?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut scenario) = child.stdin.take() {
        // Who ends before it has read it says why.
        let _ = scenario.write_all(job.scenario.to_toml().as_bytes());
    }
    Ok(child)
}

/// Listens until the process has closed its output; returns how many events it last spoke of.
fn hear(child: &mut Child, stopped: &impl Fn() -> bool, under_way: &UnderWay) -> u64 {
    let (send, receive) = mpsc::channel();
    let out = child.stdout.take();
    let mut events = 0;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines());
            let lines = lines.map_while(Result::ok);
            for far in lines.filter_map(|line| Far::read(&line)) {
                if send.send(far).is_err() {
                    break;
                }
            }
        });
        loop {
            match receive.recv_timeout(PAUSE) {
                Ok(far) => {
                    events = far.events;
                    under_way.see(&far);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if stopped() {
                // It may have ended by itself meanwhile.
                let _ = child.kill();
            }
        }
    });
    events
}
