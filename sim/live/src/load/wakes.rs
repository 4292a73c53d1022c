//! The timers of all clients.

use super::cell::Cells;
use super::orders::Wake;
use crate::error::LiveError;
use crate::timers::Timers;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_stack::{Input, Timer};
use throng_workloads::intent::ClientId;

/// How long it waits where nothing is set.
const IDLE: Duration = Duration::from_secs(1);

/// Wakes clients until it is dropped.
pub(super) struct Waking {
    wakes: Sender<Wake>,
    thread: Option<JoinHandle<()>>,
}

impl Waking {
    /// Sets the timers that come this way; `wakes` is where they come in.
    pub(super) fn start(
        wakes: Sender<Wake>,
        woken: Receiver<Wake>,
        cells: Cells,
    ) -> Result<Self, LiveError> {
        let thread = thread::Builder::new()
            .name("timers".to_owned())
            .spawn(move || run(&woken, &cells))
            .map_err(LiveError::Threads)?;
        Ok(Self {
            wakes,
            thread: Some(thread),
        })
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        // Clients have the way to it, and it has the clients: neither would end by itself.
        let _ = self.wakes.send(Wake::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(wakes: &Receiver<Wake>, cells: &Cells) {
    let mut timers: Timers<(ClientId, Timer)> = Timers::new();
    loop {
        while let Some((client, timer)) = timers.due(Instant::now()) {
            if let Some(cell) = cells.get(client) {
                cell.post(Input::Timer(timer));
            }
        }
        let wait = timers.next().map_or(IDLE, |at| at - Instant::now());
        match wakes.recv_timeout(wait.min(IDLE)) {
            Ok(Wake::After(client, after, timer)) => {
                timers.set(Instant::now(), after, (client, timer));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
