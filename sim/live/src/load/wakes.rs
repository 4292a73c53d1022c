//! The timers of all clients.

use super::cell::Cells;
use super::orders::Wake;
use crate::timers::Timers;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use throng_stack::{Input, Timer};
use throng_workloads::intent::ClientId;

/// How long it waits where nothing is set.
const IDLE: Duration = Duration::from_secs(1);

/// Wakes clients until nobody sets timers any more.
pub(super) fn run(wakes: &Receiver<Wake>, cells: &Cells) {
    let mut timers: Timers<(ClientId, Timer)> = Timers::new();
    loop {
        while let Some((client, timer)) = timers.due(Instant::now()) {
            if let Some(cell) = cells.get(client) {
                cell.post(Input::Timer(timer));
            }
        }
        let wait = timers.next().map_or(IDLE, |at| at - Instant::now());
        match wakes.recv_timeout(wait.min(IDLE)) {
            Ok((client, after, timer)) => timers.set(Instant::now(), after, (client, timer)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
